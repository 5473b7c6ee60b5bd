//! The command line: the only file that names clap.

use std::convert::Infallible;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use encoding_rs::Encoding;

use crate::api::Rate;
use crate::contact::{BareDigits, BarePhones, Region};
use crate::mapping::{OnBlank, OnHidden};
use crate::plan::OnConflict;
use crate::sandbox::{Faults, Headers, Policy, RateLimit};

/// Give contacts to other users in bulk, from a spreadsheet: see it first, apply it, run it again until nothing is left.
#[derive(Debug, Parser)]
#[command(name = "reassign", version)]
#[command(
    after_help = "`reassign SHEET` is the same as `reassign plan SHEET`: it shows, and sends nothing."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read and check a sheet, and show what would change
    Plan(PlanArgs),
    /// The same, then ask, then apply it
    Apply(Box<ApplyArgs>),
    /// Serve a workspace to try things out, on this computer
    Sandbox(SandboxArgs),
}

/// `reassign plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The spreadsheet: CSV, TSV, XLSX, XLSM, XLSB, XLS, ODS, or a results file; `-`: CSV on standard input
    pub sheet: PathBuf,
    /// How the sheet is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Where it would be sent.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// Write the plan as a results file, which `apply` takes up
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The pace to reckon with [default: 10/s; while sending, it is found]
    #[arg(long, value_name = "N/s")]
    pub rate: Option<Rate>,
}

/// `reassign apply`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct ApplyArgs {
    /// The spreadsheet: CSV, TSV, XLSX, XLSM, XLSB, XLS, ODS, or a results file; `-`: CSV on standard input
    pub sheet: PathBuf,
    /// How the sheet is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Where it is sent.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// The results file [default: the sheet's name with `.results.csv`]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Show what would change, and send nothing: the same as `plan`
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask before sending
    #[arg(long, short)]
    pub yes: bool,
    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
    /// Requests, of each kind, that may leave in that time (also N/m, N/h) [default: as many as the server takes]
    #[arg(long, value_name = "N/s", help_heading = "Pace")]
    pub rate: Option<Rate>,
    /// Rows under way at the same time [default: as many as pace and latency need]
    #[arg(long, value_name = "N", help_heading = "Pace")]
    pub concurrency: Option<NonZeroUsize>,
    /// How long an answer may take
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Pace")]
    pub timeout: Duration,
    /// Failed attempts before a row has failed
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Pace")]
    pub max_attempts: u32,
    /// First wait of a row whose contact is queued on the server (449); doubled each time
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = duration, help_heading = "Pace")]
    pub queue_wait: Duration,
    /// How long such a row is tried
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration, help_heading = "Pace")]
    pub queue_patience: Duration,
    /// How long the server may be gone
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration, help_heading = "Pace")]
    pub give_up_after: Duration,
    /// Only the first N changes, to look at them before the rest
    #[arg(long, value_name = "N", help_heading = "Safety")]
    pub limit: Option<usize>,
    /// Stop after so many failed rows, one after the other
    #[arg(long, value_name = "N", default_value = "25", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Safety")]
    pub max_failures: u32,
    /// Refuse to unassign more contacts than this (a number, or a share of the changes like 5%) [default: 0; no limit in the sandbox]
    #[arg(long, value_name = "N|P%", help_heading = "Safety")]
    pub max_unassign: Option<Guard>,
    /// Write without reading first: who had each contact stays unknown, and nothing can be put back
    #[arg(long, help_heading = "Safety")]
    pub blind: bool,
    /// A remark for the journal
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// How a sheet is read.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Reading the sheet")]
pub struct ReadingArgs {
    /// The sheet of a workbook
    #[arg(long = "sheet", value_name = "NAME")]
    pub worksheet: Option<String>,
    /// The row of the header (0: there is none; then columns are given by number or letter)
    #[arg(long, value_name = "N")]
    pub header_row: Option<u32>,
    /// The columns that identify the contact; the first that is not blank in a row is used
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub identifier: Vec<String>,
    /// The column of the assignee
    #[arg(long, value_name = "COLUMN")]
    pub assignee: Option<String>,
    /// The column of who has each contact now: written only if that is still so (`none`: no condition)
    #[arg(long, value_name = "COLUMN|none")]
    pub current: Option<String>,
    /// The country of phone numbers written without a country code (MY, GB, …)
    #[arg(long, value_name = "CC")]
    pub region: Option<Region>,
    /// The column of each phone number's country, in front of `--region` (`none`: there is none)
    #[arg(long, value_name = "COLUMN|none")]
    pub region_column: Option<String>,
    /// What bare digits are, where the column's name does not say
    #[arg(long, value_name = "id|phone")]
    pub bare_digits: Option<BareDigits>,
    /// How phone numbers without a plus sign are meant, where both make sense
    #[arg(long, value_name = "international|national")]
    pub bare_phones: Option<BarePhones>,
    /// What a blank assignee means [default: error]
    #[arg(long, value_enum)]
    pub blank: Option<BlankArg>,
    /// Which of two rows decides that give one contact to different assignees [default: error]
    #[arg(long, value_enum)]
    pub on_conflict: Option<ConflictArg>,
    /// What becomes of rows that the workbook hides, by hand or by a filter [default: error]
    #[arg(long, value_enum)]
    pub hidden_rows: Option<HiddenArg>,
    /// A sheet of the workspace's users: assignees may then be names, and must be among them
    #[arg(long, value_name = "SHEET", value_parser = path)]
    pub users: Option<PathBuf>,
    /// What stands between cells of a text file (`tab` for a tab) [default: found]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// How a text file is encoded (utf-8, windows-1252, utf-16le, shift_jis, gb18030, …) [default: found]
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub encoding: Option<&'static Encoding>,
}

/// Where changes are sent.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Connecting")]
pub struct WorkspaceArgs {
    /// Try it on a workspace that exists only for this run
    #[arg(long)]
    pub sandbox: bool,
    /// Keep the sandbox's workspace in this file
    #[arg(long, value_name = "FILE", requires = "sandbox")]
    pub sandbox_db: Option<PathBuf>,
    /// The file that holds the token [default: the variable REASSIGN_TOKEN, or a prompt]
    #[arg(long, value_name = "FILE", conflicts_with = "sandbox")]
    pub token_file: Option<PathBuf>,
    /// The API's address.
    #[arg(
        long,
        help = "The API's address [default: the variable REASSIGN_BASE_URL, or https://api.aelyst.ai/v1]",
        value_name = "URL",
        conflicts_with = "sandbox"
    )]
    pub base_url: Option<String>,
    /// Certificates to trust besides the usual ones, as PEM
    #[arg(long, value_name = "FILE", conflicts_with = "sandbox")]
    pub ca_file: Option<PathBuf>,
}

/// `reassign sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// The contacts, as CSV [default: the sample workspace]
    #[arg(long, value_name = "FILE")]
    pub contacts: Option<PathBuf>,
    /// The users, as CSV [default: the sample workspace]
    #[arg(long, value_name = "FILE")]
    pub users: Option<PathBuf>,
    /// Keep the workspace in this file [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// The port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    pub port: u16,
    /// Requests that each endpoint takes in that time (also N/m, N/h) [default: any number]
    #[arg(long, value_name = "N/s")]
    pub rate_limit: Option<RateLimit>,
    /// How requests are counted against that limit
    #[arg(long, value_enum, default_value = "sliding")]
    pub policy: PolicyArg,
    /// Which answers tell about the limit
    #[arg(long, value_enum, default_value = "always")]
    pub headers: HeadersArg,
    /// How long every answer takes
    #[arg(long, value_name = "TIME", default_value = "0ms", hide_default_value = true, value_parser = duration)]
    pub latency: Duration,
    /// Shares of requests that go wrong: 449=0.02,500=0.01,drop=0.005,lost=0.005,stall=0.001 [default: none]
    #[arg(long, value_name = "NAME=SHARE,…")]
    pub fault: Option<Faults>,
    /// Which requests those are
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    pub seed: u64,
}

/// How requests are counted against the sandbox's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PolicyArg {
    /// N in each second, minute or hour since the start
    Fixed,
    /// N in any second, minute or hour
    Sliding,
    /// A bucket of N that is refilled continuously
    Token,
    /// A queue that lets requests through evenly, and refuses what it cannot hold
    Leaky,
}

impl From<PolicyArg> for Policy {
    fn from(arg: PolicyArg) -> Policy {
        match arg {
            PolicyArg::Fixed => Policy::Fixed,
            PolicyArg::Sliding => Policy::Sliding,
            PolicyArg::Token => Policy::Token,
            PolicyArg::Leaky => Policy::Leaky,
        }
    }
}

/// Which answers of the sandbox tell about its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HeadersArg {
    /// All
    Always,
    /// Those that refuse a request for being too many
    #[value(name = "on-429")]
    On429,
    /// None, `Retry-After` included
    Never,
}

impl From<HeadersArg> for Headers {
    fn from(arg: HeadersArg) -> Headers {
        match arg {
            HeadersArg::Always => Headers::Always,
            HeadersArg::On429 => Headers::On429,
            HeadersArg::Never => Headers::Never,
        }
    }
}

/// What a blank assignee means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BlankArg {
    /// The row is rejected
    Error,
    /// The row is left out
    Skip,
    /// The contact is unassigned
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
    /// They are left out
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
    /// Neither: both are left out
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

/// A limit that a plan must not exceed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Guard {
    /// So many changes.
    Number(usize),
    /// So many of a hundred changes.
    Percent(f64),
}

impl Guard {
    /// Whether `count` of `total` changes stay within the limit.
    pub fn allows(self, count: usize, total: usize) -> bool {
        match self {
            Guard::Number(most) => count <= most,
            Guard::Percent(most) => count as f64 * 100.0 <= most * total as f64,
        }
    }
}

impl std::str::FromStr for Guard {
    type Err = String;

    fn from_str(text: &str) -> Result<Guard, String> {
        let wrong = || "write a number, or a share like 5%".to_owned();
        match text.strip_suffix('%') {
            Some(percent) => {
                let percent = percent
                    .trim()
                    .parse()
                    .ok()
                    .filter(|percent| (0.0..=100.0).contains(percent));
                percent.map(Guard::Percent).ok_or_else(wrong)
            }
            None => text.parse().map(Guard::Number).map_err(|_| wrong()),
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "write a time like 30s, 200ms or 5m".to_owned())?;
    Duration::try_from(span).map_err(|_| "a time cannot be negative".to_owned())
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

impl ReadingArgs {
    /// The options as they are typed, for a command that repeats them.
    pub fn typed(&self) -> Vec<String> {
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
    pub fn from_typed(typed: &[String]) -> Result<ReadingArgs, String> {
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
    pub fn or_earlier(self, earlier: ReadingArgs) -> ReadingArgs {
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
        }
    }
}

impl WorkspaceArgs {
    /// The options as they are typed, for a command that repeats them.
    pub fn typed(&self) -> Vec<OsString> {
        let mut typed: Vec<OsString> = Vec::new();
        if self.sandbox {
            typed.push("--sandbox".into());
        }
        let mut add = |name: &str, value: Option<OsString>| {
            typed.extend(value.into_iter().flat_map(|value| [name.into(), value]));
        };
        let path =
            |path: &Option<PathBuf>| path.as_deref().map(Path::as_os_str).map(OsString::from);
        add("--sandbox-db", path(&self.sandbox_db));
        add("--token-file", path(&self.token_file));
        add("--base-url", self.base_url.clone().map(Into::into));
        add("--ca-file", path(&self.ca_file));
        typed
    }
}

/// Reads the command line; prints help and ends the program where that was asked for, or where it makes no sense.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Cli {
    Cli::parse_from(with_command(args.into_iter().collect()))
}

/// A sheet without a command is planned.
fn with_command(mut args: Vec<OsString>) -> Vec<OsString> {
    let known = |arg: &OsString| {
        ["help", "-h", "--help", "-V", "--version"]
            .iter()
            .any(|word| arg == word)
            || Cli::command()
                .get_subcommands()
                .any(|command| arg == command.get_name())
    };
    if args.get(1).is_some_and(|arg| !known(arg)) {
        args.insert(1, "plan".into());
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_makes_sense_to_clap() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_sheet_alone_is_a_plan() {
        let args = ["reassign", "--region", "my", "team.xlsx"].map(OsString::from);
        let cli = Cli::try_parse_from(with_command(args.to_vec())).expect("a plan");
        let Command::Plan(plan) = cli.command else {
            panic!("not a plan: {cli:?}")
        };
        assert_eq!(plan.sheet, Path::new("team.xlsx"));
        let args = ["reassign", "sandbox"].map(OsString::from);
        assert_eq!(with_command(args.to_vec()), args);
    }

    #[test]
    fn reading_options_are_typed_as_they_are_read() {
        let typed: Vec<String> =
            "--identifier Phone,E-mail --current From --region-column none --region MY --blank skip --on-conflict last --delimiter tab --header-row 3 --users team/users.csv"
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

    #[test]
    fn a_guard_is_a_number_or_a_share() {
        assert!("51".parse::<Guard>().expect("a number").allows(51, 51));
        assert!(!"5%".parse::<Guard>().expect("a share").allows(6, 100));
        assert!("5%".parse::<Guard>().expect("a share").allows(5, 100));
        assert!("-1".parse::<Guard>().is_err());
        assert!("120%".parse::<Guard>().is_err());
    }
}
