//! How a sheet is read: options that every command with a sheet shares.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::{Args, Parser};
use encoding_rs::Encoding;

use crate::contact::{BareDigits, BarePhones, Region};
use crate::mapping::{OnBlank, OnHidden};
use crate::plan::OnConflict;

use super::choices::word;
use super::completions;

/// How a sheet is read.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Reading the sheet")]
pub(crate) struct ReadingArgs {
    /// The sheet of a workbook
    #[arg(long = "sheet", value_name = "NAME", add = completions::worksheets())]
    pub worksheet: Option<String>,
    /// The row of the header (0: there is none; then columns are given by number or letter)
    #[arg(hide_short_help = true, long, value_name = "N", value_parser = super::values::whole_number::<u32>)]
    pub header_row: Option<u32>,
    /// The columns that identify the contact; the first that is not blank in a row is used
    #[arg(hide_short_help = true, long, value_name = "COLUMN", value_delimiter = ',', add = completions::columns())]
    pub identifier: Vec<String>,
    /// The column of the new owner
    #[arg(hide_short_help = true, long, value_name = "COLUMN", add = completions::columns())]
    pub assignee: Option<String>,
    /// The column of who has each contact now: written only if that is still so (`none`: no condition)
    #[arg(hide_short_help = true, long, value_name = "COLUMN|none", add = completions::columns())]
    pub current: Option<String>,
    /// The country of phone numbers written without a country code (MY, GB, …)
    #[arg(hide_short_help = true, long, value_name = "CC")]
    pub region: Option<Region>,
    /// The column of each phone number's country, in front of `--region` (`none`: there is none)
    #[arg(hide_short_help = true, long, value_name = "COLUMN|none", add = completions::columns())]
    pub region_column: Option<String>,
    /// What bare digits are, where the column's name does not say
    #[arg(hide_short_help = true, long, value_name = "id|phone")]
    pub bare_digits: Option<BareDigits>,
    /// How phone numbers without a plus sign are meant, where both make sense
    #[arg(hide_short_help = true, long, value_name = "international|national")]
    pub bare_phones: Option<BarePhones>,
    /// What a blank cell of the new owner means [default: error]
    #[arg(hide_short_help = true, long, value_enum, value_name = "HOW")]
    pub blank: Option<OnBlank>,
    /// Which of two rows decides that give one contact to different users [default: error]
    #[arg(hide_short_help = true, long, value_enum, value_name = "HOW")]
    pub on_conflict: Option<OnConflict>,
    /// What becomes of rows that the workbook hides, by hand or by a filter [default: error]
    #[arg(hide_short_help = true, long, value_enum, value_name = "HOW")]
    pub hidden_rows: Option<OnHidden>,
    /// A sheet of the workspace's users: new owners may then be names, and must be among them
    #[arg(long, value_name = "SHEET", value_parser = path)]
    pub users: Option<PathBuf>,
    /// Compare with the workspace as it is now: its users may be named, and it says who has each contact
    #[arg(long)]
    pub live: bool,
    /// What separates the cells of a text file (`tab` for a tab) [default: found]
    #[arg(hide_short_help = true, long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// How a text file is encoded (utf-8, windows-1252, utf-16le, shift_jis, gb18030, …) [default: found]
    #[arg(hide_short_help = true, long, value_name = "NAME", value_parser = encoding)]
    pub encoding: Option<&'static Encoding>,
}

impl ReadingArgs {
    /// The options as they are typed, for a command that repeats them.
    pub(crate) fn typed(&self) -> Vec<String> {
        let delimiter = |byte| match byte {
            b'\t' => "tab".to_owned(),
            byte => char::from(byte).to_string(),
        };
        let identifier = Some(self.identifier.join(",")).filter(|names| !names.is_empty());
        let users = self.users.as_ref();
        let valued = [
            ("--sheet", self.worksheet.clone()),
            ("--header-row", self.header_row.map(|row| row.to_string())),
            ("--identifier", identifier),
            ("--assignee", self.assignee.clone()),
            ("--current", self.current.clone()),
            ("--region-column", self.region_column.clone()),
            ("--region", self.region.map(|region| region.to_string())),
            ("--bare-digits", self.bare_digits.map(|of| of.to_string())),
            ("--bare-phones", self.bare_phones.map(|of| of.to_string())),
            ("--blank", self.blank.and_then(word)),
            ("--on-conflict", self.on_conflict.and_then(word)),
            ("--hidden-rows", self.hidden_rows.and_then(word)),
            ("--users", users.map(|path| path.display().to_string())),
            ("--delimiter", self.delimiter.map(delimiter)),
            (
                "--encoding",
                self.encoding.map(|of| of.name().to_lowercase()),
            ),
        ];
        let valued = valued.into_iter();
        let typed = valued.filter_map(|(name, value)| Some([name.to_owned(), value?]));
        let live = self.live.then(|| "--live".to_owned());
        typed.flatten().chain(live).collect()
    }

    /// Reads options that were remembered as they were typed.
    ///
    /// # Errors
    /// If they are not options of this version.
    pub(crate) fn from_typed(typed: &[String]) -> Result<ReadingArgs, String> {
        #[derive(Parser)]
        #[command(no_binary_name = true)]
        struct Typed {
            #[command(flatten)]
            reading: ReadingArgs,
        }
        Typed::try_parse_from(typed)
            .map(|typed| typed.reading)
            .map_err(|err| err.to_string())
    }

    /// These options, and for those not given the ones of an earlier run.
    ///
    /// What says where cells stand in a file (`--sheet`, `--header-row`, `--delimiter`, `--encoding`) is no part of that:
    /// the results file is another file.
    pub(crate) fn or_earlier(self, earlier: ReadingArgs) -> ReadingArgs {
        ReadingArgs {
            worksheet: self.worksheet,
            header_row: self.header_row,
            delimiter: self.delimiter,
            encoding: self.encoding,
            identifier: if self.identifier.is_empty() {
                earlier.identifier
            } else {
                self.identifier
            },
            assignee: self.assignee.or(earlier.assignee),
            current: self.current.or(earlier.current),
            region: self.region.or(earlier.region),
            region_column: self.region_column.or(earlier.region_column),
            bare_digits: self.bare_digits.or(earlier.bare_digits),
            bare_phones: self.bare_phones.or(earlier.bare_phones),
            blank: self.blank.or(earlier.blank),
            on_conflict: self.on_conflict.or(earlier.on_conflict),
            hidden_rows: self.hidden_rows.or(earlier.hidden_rows),
            users: self.users.or(earlier.users),
            live: self.live || earlier.live,
        }
    }
}

/// A path that can be repeated in a command.
fn path(text: &str) -> Result<PathBuf, Infallible> {
    Ok(PathBuf::from(text))
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        text => match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(*byte),
            _ => Err("write one character, or `tab`".to_owned()),
        },
    }
}

fn encoding(text: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label_no_replacement(text.as_bytes()).ok_or_else(|| {
        "write a name like utf-8, windows-1252, windows-1250, windows-1251, utf-16le, shift_jis, gb18030, big5 or euc-kr"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_options_are_typed_as_they_are_read() {
        let typed: Vec<String> =
            "--identifier Phone,E-mail --current From --region-column none --region MY --blank skip --on-conflict \
             last --delimiter tab --header-row 3 --users team/users.csv"
                .split(' ')
                .map(str::to_owned)
                .collect();
        let again = ReadingArgs::from_typed(&typed).expect("valid").typed();
        let sorted = |mut all: Vec<String>| {
            all.sort();
            all
        };
        assert_eq!(sorted(again), sorted(typed));
    }
}
