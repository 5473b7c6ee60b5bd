//! One file per subcommand: wires the rooms together and prints.

mod apply;
mod approval;
mod ask;
mod columns;
mod config;
mod connect;
mod continued;
mod earlier;
mod finish;
mod guards;
mod json;
mod known;
mod layout;
mod left;
mod load;
mod look;
mod maker;
mod page;
mod pair;
mod plan;
mod prepare;
mod rebalance;
mod records;
mod refusal;
mod rehearsal;
mod report;
mod sandbox;
mod screen;
mod show;
mod signals;
mod summary;
mod token;
mod typed;
mod undo;
mod users;
mod worksheet;
mod workspace;
mod written;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;

use crate::cli::{self, Command};

use refusal::Refused;
use typed::Program;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// No row is open.
    Done,
    /// It finished, and rows are open.
    RowsOpen,
    /// Nothing was sent, and it could not start.
    CouldNotStart,
    /// It stopped early.
    StoppedEarly,
    /// SIGINT.
    Interrupted,
    /// SIGTERM or SIGHUP.
    Terminated,
}

impl ExitStatus {
    /// The exit status that goes with an error.
    pub fn of(err: &anyhow::Error) -> ExitStatus {
        err.downcast_ref::<Refused>()
            .map_or(ExitStatus::CouldNotStart, Refused::status)
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> ExitCode {
        ExitCode::from(match status {
            ExitStatus::Done => 0,
            ExitStatus::RowsOpen => 1,
            ExitStatus::CouldNotStart => 2,
            ExitStatus::StoppedEarly => 3,
            ExitStatus::Interrupted => 130,
            ExitStatus::Terminated => 143,
        })
    }
}

/// Runs the program with its arguments, the first of which is how it was called.
///
/// # Errors
/// What made it pointless to go on; [`ExitStatus::of`] tells the exit status.
pub fn run(args: Vec<OsString>) -> anyhow::Result<ExitStatus> {
    signals::outlive_full_files().context("cannot prepare for a full disk")?;
    let program = Program::called(&args);
    let cli = cli::parse(args)?;
    let recipe = cli.recipe;
    let status = started(&program, cli.command)?;
    if let Some(recipe) =
        recipe.filter(|_| matches!(status, ExitStatus::Done | ExitStatus::RowsOpen))
    {
        config::save(&recipe)?;
    }
    Ok(status)
}

fn started(program: &Program, command: Command) -> anyhow::Result<ExitStatus> {
    match command {
        Command::Plan(args) => plan::run(program, *args),
        Command::Apply(args) if args.dry_run => plan::run(program, (*args).into()),
        Command::Apply(args) => apply::run(program, *args),
        Command::Rebalance(args) => rebalance::run(program, *args),
        Command::Users(args) => users::run(program, args),
        Command::Undo(args) => undo::run(program, &args),
        Command::Report(args) => report::run(&args),
        Command::Sandbox(args) => sandbox::run(args),
        Command::Config(args) => config::run(&args),
        Command::Completions(args) => {
            cli::script(args.shell, &mut std::io::stdout().lock())
                .context("cannot print the completions")?;
            Ok(ExitStatus::Done)
        }
        Command::Manual(args) => {
            let folder = args.folder.display();
            cli::manual(&args.folder)
                .with_context(|| format!("cannot write manual pages into `{folder}`"))?;
            Ok(ExitStatus::Done)
        }
    }
}
