//! The command line: the only room that names clap.

mod completions;
mod limits;
mod manual;
mod reading;
mod rebalance;
mod report;
mod sandbox;
mod settings;
mod undo;
mod workspace;

use std::ffi::OsString;
use std::io::{self, Write};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use jiff::Zoned;

use crate::api::Rate;
use crate::plan::PlanId;
use crate::visible::visible;

pub use completions::answer_shell;
pub(crate) use completions::{CompletionsArgs, script};
pub(crate) use limits::{ChangeLimit, ClosedArg, FailureLimit, VerifyArg};
pub(crate) use reading::{ConflictArg, HiddenArg, ReadingArgs};
pub(crate) use rebalance::{RebalanceArgs, ToleranceArg};
pub(crate) use report::{LeaveReport, ReportArgs};
pub(crate) use sandbox::SandboxArgs;
pub(crate) use settings::{RecipeToSave, SettingsArgs};
pub(crate) use undo::UndoArgs;
pub(crate) use workspace::WorkspaceArgs;

/// Reassign contacts in bulk from a spreadsheet: preview, apply, fix and rerun.
#[derive(Debug, Parser)]
#[command(name = "reassign", version)]
#[command(after_help = "\
Examples:
  reassign demo                       See it work, in a practice workspace
  reassign users                      See that the token works; only reads
  reassign plan team.xlsx --live      Compare with the workspace; only reads
  reassign apply team.xlsx --limit 5  Make five changes, then check them
  reassign undo team.results.csv      Write the sheet that takes it back

`reassign SHEET` is the same as `reassign plan SHEET`: it changes nothing.")]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// When output is coloured: `auto` is on a terminal, unless NO_COLOR is set
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    pub color: ColorArg,
    /// The recipe to keep once that has worked.
    #[arg(skip)]
    pub recipe: Option<RecipeToSave>,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<ColorArg> for anstream::ColorChoice {
    fn from(arg: ColorArg) -> anstream::ColorChoice {
        match arg {
            // A terminal that shows no colours says so, also to the machines that tests run on.
            ColorArg::Auto if std::env::var_os("TERM").is_some_and(|term| term == "dumb") => {
                anstream::ColorChoice::Never
            }
            ColorArg::Auto => anstream::ColorChoice::Auto,
            ColorArg::Always => anstream::ColorChoice::Always,
            ColorArg::Never => anstream::ColorChoice::Never,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read and check a sheet, and show what will change
    Plan(Box<PlanArgs>),
    /// Make the changes, after showing them and asking
    Apply(Box<ApplyArgs>),
    /// Even out the load: a sheet with the fewest moves to everybody's fair share
    Rebalance(Box<RebalanceArgs>),
    /// List the workspace's users: reads only, a harmless first command
    Users(UsersArgs),
    /// Write an undo sheet: it gives contacts back to their previous owners
    Undo(UndoArgs),
    /// Write a page about a run or a plan, for a manager
    Report(ReportArgs),
    /// Serve a workspace to try things out, on this computer
    Sandbox(SandboxArgs),
    /// See it work within a minute: the sample sheet, previewed and applied in a practice workspace
    Demo(DemoArgs),
    /// Show which settings count here, and where each is from
    Config(ConfigArgs),
    /// Print what makes a shell complete commands, options, sheets and columns
    Completions(CompletionsArgs),
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Manual(ManualArgs),
}

impl Command {
    /// The sheet that it is about and how that is read, where a recipe can say so.
    pub(crate) fn reads(&self) -> Option<(&Path, &ReadingArgs)> {
        match self {
            Command::Plan(args) => Some((&args.sheet, &args.reading)),
            Command::Apply(args) => Some((&args.sheet, &args.reading)),
            _ => None,
        }
    }

    /// The workspace that it is about.
    fn workspace(&mut self) -> Option<&mut WorkspaceArgs> {
        Some(match self {
            Command::Plan(args) => &mut args.workspace,
            Command::Apply(args) => &mut args.workspace,
            Command::Rebalance(args) => &mut args.workspace,
            Command::Users(args) => &mut args.workspace,
            _ => return None,
        })
    }

    /// The recipe that it names.
    pub(crate) fn recipe(&self) -> Option<&str> {
        let settings = match self {
            Command::Plan(args) => &args.settings,
            Command::Apply(args) => &args.settings,
            Command::Rebalance(args) => &args.settings,
            _ => return None,
        };
        settings.recipe.as_deref()
    }
}

/// `reassign manual`.
#[derive(Debug, Args)]
pub(crate) struct ManualArgs {
    /// The folder, which must exist
    pub folder: PathBuf,
}

/// `reassign demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where the sample sheet and its results go; made if it is not there
    #[arg(default_value = "reassign-demo", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}

/// `reassign plan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reassign plan team.xlsx                             Check the sheet alone
  reassign plan team.xlsx --live --report plan.html   Compare with the workspace, and leave a page
  reassign plan team.xlsx -o plan.csv                 Save the plan, to be approved")]
pub(crate) struct PlanArgs {
    /// The spreadsheet: CSV, TSV, XLSX, XLSM, XLSB, XLS, ODS, or a results file; `-`: CSV on standard input
    pub sheet: PathBuf,
    /// How the sheet is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// The workspace that it is for.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// Write the plan as a results file, which `apply` takes up
    #[arg(short, long, value_name = "FILE", help_heading = "Output", value_parser = output_name())]
    pub out: Option<PathBuf>,
    /// Which files it works on.
    #[command(flatten)]
    pub job: JobArgs,
    /// The pace to reckon with, and to keep with `--live` [default: 10/s is reckoned with; a pace is found]
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N/s",
        help_heading = "Pace"
    )]
    pub rate: Option<Rate>,
    /// How long an answer may take, with `--live`
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "30s", value_parser = time_above_zero, help_heading = "Pace")]
    pub timeout: Duration,
    /// How long the server may be gone, with `--live`
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "5m", value_parser = duration, help_heading = "Pace")]
    pub give_up_after: Duration,
    /// Print the plan as JSON, for programs
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// The page to leave.
    #[command(flatten)]
    pub report: LeaveReport,
    /// Settings that are kept in a file.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Keep the columns, safety and outputs of this command in the file of settings, under this name, once it has worked
    #[arg(
        hide_short_help = true,
        long,
        value_name = "NAME",
        help_heading = "Settings"
    )]
    pub save_recipe: Option<String>,
}

/// `reassign config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Which settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Which of several files a command works on.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct JobArgs {
    /// Give up what was edited in this results file: the other one, text or workbook, is read
    #[arg(
        hide_short_help = true,
        long,
        value_name = "FILE",
        help_heading = "Output"
    )]
    pub set_aside: Option<PathBuf>,
    /// Do finished rows again, too: as if `again` stood in `reassign_decision` of each
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        value_name = "all",
        help_heading = "Safety"
    )]
    pub again: Option<AgainArg>,
}

/// Which settled rows are done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AgainArg {
    /// All that were done or found to be right, and those that were undone
    All,
}

/// `reassign users`.
#[derive(Debug, Args)]
pub(crate) struct UsersArgs {
    /// Settings that are kept in a file.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Which workspace.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// Write the users as a sheet, which `--users` takes
    #[arg(short, long, value_name = "FILE", help_heading = "Output", value_parser = output_name())]
    pub out: Option<PathBuf>,
    /// Print the users as JSON, for programs
    #[arg(long)]
    pub json: bool,
    /// Requests that may leave in that time (also N/m, N/h) [default: as many as the server takes]
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N/s",
        help_heading = "Pace"
    )]
    pub rate: Option<Rate>,
    /// How long an answer may take
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "30s", value_parser = time_above_zero, help_heading = "Pace")]
    pub timeout: Duration,
    /// How long the server may be gone
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "5m", value_parser = duration, help_heading = "Pace")]
    pub give_up_after: Duration,
}

/// `reassign apply`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[command(after_help = "\
Examples:
  reassign apply team.xlsx --sandbox          Try it, on a practice workspace
  reassign apply team.xlsx --limit 5          Make five changes, then check them
  reassign apply team.results.xlsx            Do the corrected rows
  reassign apply plan.csv --expect 4eb110d10e03   Change only what was approved")]
pub(crate) struct ApplyArgs {
    /// The spreadsheet: CSV, TSV, XLSX, XLSM, XLSB, XLS, ODS, or a results file; `-`: CSV on standard input
    pub sheet: PathBuf,
    /// How the sheet is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// The workspace that is changed.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// The results file [default: the sheet's name with `.results.csv`]
    #[arg(short, long, value_name = "FILE", help_heading = "Output", value_parser = output_name())]
    pub out: Option<PathBuf>,
    /// Which files it works on.
    #[command(flatten)]
    pub job: JobArgs,
    /// Show what would change, and change nothing: the same as `plan`
    #[arg(hide_short_help = true, long, help_heading = "Safety")]
    pub dry_run: bool,
    /// Make the changes without asking
    #[arg(long, short, help_heading = "Safety")]
    pub yes: bool,
    /// Print what happens as JSON, a line for each event, for programs
    #[arg(hide_short_help = true, long, help_heading = "Output")]
    pub json: bool,
    /// Show no progress
    #[arg(hide_short_help = true, long, short, help_heading = "Output")]
    pub quiet: bool,
    /// Requests, of each kind, that may leave in that time (also N/m, N/h) [default: as many as the server takes]
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N/s",
        help_heading = "Pace"
    )]
    pub rate: Option<Rate>,
    /// Rows under way at the same time [default: as many as pace and latency need]
    #[arg(hide_short_help = true, long, value_name = "N", value_parser = at_least_one::<NonZeroUsize>, help_heading = "Pace")]
    pub concurrency: Option<NonZeroUsize>,
    /// How long an answer may take
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "30s", value_parser = time_above_zero, help_heading = "Pace")]
    pub timeout: Duration,
    /// Failed attempts before a row has failed
    #[arg(hide_short_help = true, long, value_name = "N", default_value = "8", value_parser = at_least_one::<NonZeroU32>, help_heading = "Pace")]
    pub max_attempts: NonZeroU32,
    /// First wait of a row whose contact is queued on the server (449); doubled each time
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "1m", value_parser = time_above_zero, help_heading = "Pace")]
    pub queue_wait: Duration,
    /// How long such a row is tried
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "10m", value_parser = duration, help_heading = "Pace")]
    pub queue_patience: Duration,
    /// How long the server may be gone
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "5m", value_parser = duration, help_heading = "Pace")]
    pub give_up_after: Duration,
    /// Only the first N changes, to check them before the rest
    #[arg(long, value_name = "N", value_parser = whole_number::<usize>, help_heading = "Safety")]
    pub limit: Option<usize>,
    /// Stop after so many failed rows one after the other, or when half of the first 50 fail; `off`: never
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N|off",
        default_value = "25",
        help_heading = "Safety"
    )]
    pub max_failures: FailureLimit,
    /// Refuse to leave more contacts than this without an owner (a number, or a share of the changes like 5%) [default: 0; no limit in the sandbox]
    #[arg(long, value_name = "N|P%", help_heading = "Safety")]
    pub max_unassign: Option<ChangeLimit>,
    /// Refuse to change more contacts than this (a number, or a share of the sheet's rows like 5%)
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N|P%",
        help_heading = "Safety"
    )]
    pub max_changes: Option<ChangeLimit>,
    /// Change nothing if somebody else has moved more contacts than this since the plan or sheet was made (a number, or a
    /// share of the rows that say who has the contact) [default: 5%, and never fewer than 5]
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N|P%",
        help_heading = "Safety"
    )]
    pub max_drift: Option<ChangeLimit>,
    /// Change only what was approved: the plan of this ID, which `plan` shows
    #[arg(long, value_name = "PLAN-ID", help_heading = "Safety")]
    pub expect: Option<PlanId>,
    /// Look up again what was changed [default: sample; off with --blind]
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        value_name = "WHICH",
        help_heading = "Safety"
    )]
    pub check: Option<VerifyArg>,
    /// Continue although nothing shows that this is the workspace of the runs before
    #[arg(hide_short_help = true, long, help_heading = "Safety")]
    pub same_workspace: bool,
    /// What becomes of contacts whose conversation is closed: a change there may be accepted and not be made
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        value_name = "HOW",
        default_value = "send",
        help_heading = "Safety"
    )]
    pub closed: ClosedArg,
    /// Write without reading first: who had each contact stays unknown, and nothing can be put back
    #[arg(hide_short_help = true, long, help_heading = "Safety")]
    pub blind: bool,
    /// A remark for the journal
    #[arg(
        hide_short_help = true,
        long,
        value_name = "TEXT",
        help_heading = "Output"
    )]
    pub note: Option<String>,
    /// Run this command once the run has ended, stopped, or waits for somebody: without a shell, with REASSIGN_OUTCOME
    /// (`done`, `rows-left`, `stopped` or `not-started`), REASSIGN_EXIT_CODE and REASSIGN_RESULTS in its environment
    #[arg(
        hide_short_help = true,
        long,
        value_name = "COMMAND",
        help_heading = "Output"
    )]
    pub when_done: Option<String>,
    /// The page to leave.
    #[command(flatten)]
    pub report: LeaveReport,
    /// Settings that are kept in a file.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Keep the columns, safety and outputs of this command in the file of settings, under this name, once it has worked
    #[arg(
        hide_short_help = true,
        long,
        value_name = "NAME",
        help_heading = "Settings"
    )]
    pub save_recipe: Option<String>,
}

/// A number of things, or the number of one, from 1 on.
fn at_least_one<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| "write a whole number from 1 on".to_owned())
}

/// A number of things, or the number of one, from 0 on.
fn whole_number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "write a whole number".to_owned())
}

/// The name of a file to write, with today's date in the place of `{date}`.
fn output_name() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| match path.to_str() {
        Some(name) => name
            .replace("{date}", &Zoned::now().date().to_string())
            .into(),
        None => path,
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "write a time like 30s, 200ms or 5m".to_owned())?;
    Duration::try_from(span).map_err(|_| "a time cannot be negative".to_owned())
}

/// How long something may take that takes some time.
fn time_above_zero(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("write a time above zero, like 30s or 200ms".to_owned()),
        time => Ok(time),
    }
}

/// The manual pages, each under its file's name.
///
/// # Errors
/// If one cannot be made.
pub(crate) fn manual_pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    manual::manual(Cli::command())
}

/// Reads the command line, and adds what settings say; prints help and ends the program where that was asked for, or
/// where it makes no sense.
///
/// # Errors
/// If the settings cannot be used.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> anyhow::Result<Cli> {
    let typed = with_command(args.into_iter().collect());
    let matches = Cli::command()
        .try_get_matches_from(&typed)
        .unwrap_or_else(|err| exit(&err));
    let (args, added) = settings::added(&typed, &matches)?;
    let mut cli = if args == typed {
        Cli::from_arg_matches(&matches).unwrap_or_else(|err| exit(&err))
    } else {
        Cli::try_parse_from(args).map_err(|err| {
            let text = err.to_string();
            let first = text.lines().next().unwrap_or_default();
            anyhow::anyhow!(
                "with the settings added (`reassign config` shows them): {}",
                first.trim_start_matches("error: ")
            )
        })?
    };
    cli.recipe = settings::to_save(&matches);
    if let Some(workspace) = cli.command.workspace() {
        workspace.added = added;
    }
    anstream::ColorChoice::from(cli.color).write_global();
    Ok(cli)
}

/// Ends the program with what clap has to say. What was typed is repeated there, and must not steer the terminal.
fn exit(err: &clap::Error) -> ! {
    if !err.use_stderr() {
        err.exit();
    }
    let _ = write!(io::stderr(), "{}", visible(&err.to_string()));
    std::process::exit(err.exit_code())
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
    let is_sheet = |arg: &OsString| {
        Path::new(arg).exists() || (looks_like_a_file(arg) && !resembles_a_command(arg))
    };
    if args.get(1).is_some_and(|arg| arg == "version") {
        args[1] = "--version".into();
    }
    if args.get(1).is_some_and(|arg| !known(arg) && is_sheet(arg)) {
        args.insert(1, "plan".into());
    }
    args
}

/// Whether somebody meant a file or an option, and no command: `team.xlsx`, `data/team`, `-`.
fn looks_like_a_file(arg: &OsString) -> bool {
    let text = arg.to_string_lossy();
    text.starts_with('-') || text.contains(['.', '/', '\\'])
}

/// How many letters may be wrong, missing or swapped in a command.
const TYPOS: usize = 2;

/// Whether somebody meant a command and mistyped it; clap then says which.
fn resembles_a_command(arg: &OsString) -> bool {
    let word = arg.to_string_lossy().to_lowercase();
    word.len() > TYPOS
        && Cli::command()
            .get_subcommands()
            .any(|command| strsim::damerau_levenshtein(&word, command.get_name()) <= TYPOS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_makes_sense_to_clap() {
        Cli::command().debug_assert();
    }

    /// The options of a command, grouped as its help groups them.
    fn options_of(command: &clap::Command) -> String {
        let mut text = format!("## reassign {}\n\n", command.get_name());
        if let Some(about) = command.get_about() {
            text += &format!("{about}.\n\n");
        }
        text += "| option | does |\n|---|---|\n";
        let mut options: Vec<_> = command.get_arguments().collect();
        options.retain(|arg| !arg.is_hide_set() && arg.get_help().is_some());
        options.sort_by_key(|arg| arg.get_help_heading().map(str::to_owned));
        for arg in options {
            let value = arg.get_value_names().unwrap_or_default().first();
            let value = value.filter(|_| arg.get_action().takes_values());
            let name = match (arg.get_long(), value) {
                (Some(long), Some(value)) => format!("--{long} {value}"),
                (Some(long), None) => format!("--{long}"),
                (None, _) => arg.get_id().as_str().to_uppercase(),
            };
            let values: Vec<String> = match arg.get_action().takes_values() {
                true => arg.get_possible_values(),
                false => Vec::new(),
            }
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
            let values = match values.is_empty() {
                true => String::new(),
                false => format!(" ({})", values.join(", ")),
            };
            let default: Vec<_> = arg.get_default_values().iter().collect();
            let default = match default.as_slice() {
                [default] if arg.get_action().takes_values() => {
                    format!(" [default: {}]", default.to_string_lossy())
                }
                _ => String::new(),
            };
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let help = format!("{help}{values}{default}").replace('|', "\\|");
            text += &format!("| `{name}` | {help} |\n");
        }
        text
    }

    #[test]
    fn the_page_of_options_lists_all_of_each_command() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/options.md");
        let mut program = Cli::command();
        program.build();
        let mut page = String::from(
            "# Options\n\nWhat `reassign COMMAND --help` says, made from the same source. An option that is not given has its \
             default; `--color` and `--help` go with every command.\n",
        );
        let commands = program.get_subcommands();
        for command in commands.filter(|of| !of.is_hide_set() && of.get_name() != "help") {
            page += &format!("\n{}", options_of(command));
        }
        if std::env::var_os("UPDATE_OPTIONS").is_some() {
            std::fs::write(path, page).expect("the page can be written");
        } else {
            let found = std::fs::read_to_string(path).expect("the page");
            assert!(
                found == page,
                "out of date; UPDATE_OPTIONS=1 writes it anew"
            );
        }
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
    fn a_mistyped_command_is_no_sheet() {
        for word in ["aply", "appyl", "Aplly", "plans", "sandbx"] {
            assert!(resembles_a_command(&word.into()), "{word}");
        }
        for word in ["team", "apply.csv", "pl", "planets.csv", "-x"] {
            assert!(!resembles_a_command(&word.into()), "{word}");
        }
    }
}
