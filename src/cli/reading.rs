//! How a sheet is read: options that every command with a sheet shares.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};
use encoding_rs::Encoding;

use crate::contact::{BareDigits, BarePhones, Region};
use crate::mapping::{OnBlank, OnHidden};
use crate::plan::OnConflict;

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
    pub blank: Option<BlankArg>,
    /// Which of two rows decides that give one contact to different users [default: error]
    #[arg(hide_short_help = true, long, value_enum, value_name = "HOW")]
    pub on_conflict: Option<ConflictArg>,
    /// What becomes of rows that the workbook hides, by hand or by a filter [default: error]
    #[arg(hide_short_help = true, long, value_enum, value_name = "HOW")]
    pub hidden_rows: Option<HiddenArg>,
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
        let mut typed = Vec::new();
        let mut add = |name: &str, value: Option<String>| {
            typed.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
        };
        add("--sheet", self.worksheet.clone());
        add("--header-row", self.header_row.map(|row| row.to_string()));
        add(
            "--identifier",
            (!self.identifier.is_empty()).then(|| self.identifier.join(",")),
        );
        add("--assignee", self.assignee.clone());
        add("--current", self.current.clone());
        add("--region-column", self.region_column.clone());
        add("--region", self.region.map(|region| region.to_string()));
        add(
            "--bare-digits",
            self.bare_digits.map(|digits| digits.to_string()),
        );
        add(
            "--bare-phones",
            self.bare_phones.map(|phones| phones.to_string()),
        );
        add(
            "--blank",
            self.blank
                .and_then(|blank| Some(blank.to_possible_value()?.get_name().to_owned())),
        );
        add(
            "--on-conflict",
            self.on_conflict
                .and_then(|policy| Some(policy.to_possible_value()?.get_name().to_owned())),
        );
        add(
            "--hidden-rows",
            self.hidden_rows
                .and_then(|policy| Some(policy.to_possible_value()?.get_name().to_owned())),
        );
        add(
            "--users",
            self.users.as_ref().map(|path| path.display().to_string()),
        );
        if self.live {
            typed.push("--live".to_owned());
        }
        let mut add = |name: &str, value: Option<String>| {
            typed.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
        };
        let delimiter = |byte| {
            if byte == b'\t' {
                "tab".to_owned()
            } else {
                char::from(byte).to_string()
            }
        };
        add("--delimiter", self.delimiter.map(delimiter));
        let encoding = self.encoding.map(|encoding| encoding.name().to_lowercase());
        add("--encoding", encoding);
        typed
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

/// What a blank cell of the new owner means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BlankArg {
    /// The row is rejected
    Error,
    /// The row is not processed
    Skip,
    /// The contact is left without an owner
    Unassign,
}

impl From<BlankArg> for OnBlank {
    fn from(arg: BlankArg) -> OnBlank {
        match arg {
            BlankArg::Error => OnBlank::Error,
            BlankArg::Skip => OnBlank::Skip,
            BlankArg::Unassign => OnBlank::Unassign,
        }
    }
}

/// What becomes of hidden rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HiddenArg {
    /// Nothing starts while there are any
    Error,
    /// They are rows like others
    Include,
    /// They are not processed
    Skip,
}

impl From<HiddenArg> for OnHidden {
    fn from(arg: HiddenArg) -> OnHidden {
        match arg {
            HiddenArg::Error => OnHidden::Error,
            HiddenArg::Include => OnHidden::Include,
            HiddenArg::Skip => OnHidden::Skip,
        }
    }
}

/// Which of two rows decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConflictArg {
    /// Neither is processed
    Error,
    /// The first
    First,
    /// The last
    Last,
}

impl From<ConflictArg> for OnConflict {
    fn from(arg: ConflictArg) -> OnConflict {
        match arg {
            ConflictArg::Error => OnConflict::Error,
            ConflictArg::First => OnConflict::First,
            ConflictArg::Last => OnConflict::Last,
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
