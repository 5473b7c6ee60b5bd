//! The command line: the only room that names clap.

mod apply;
mod choices;
mod completions;
mod limits;
mod manual;
mod reading;
mod rebalance;
mod report;
mod sandbox;
mod settings;
mod undo;
mod values;
mod without_command;
mod workspace;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};

use crate::api::Rate;
use crate::unprintable::visible;

use values::{duration, output_name, time_above_zero};
use without_command::with_command;

pub(crate) use apply::{ApplyArgs, JobArgs};
pub(crate) use choices::word;
pub use completions::answer_shell;
pub(crate) use completions::{CompletionsArgs, script};
pub(crate) use limits::ChangeLimit;
pub(crate) use reading::ReadingArgs;
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
}
