//! One file per subcommand: wires the rooms together and prints.

mod after_run;
mod apply;
mod approved_plan;
mod choose;
mod columns;
mod command_line;
mod config;
mod confirm;
mod cut_short_writes;
mod demo;
mod finish;
mod guards;
mod json;
mod layout;
mod plan;
mod prepare;
mod provenance;
mod rebalance;
mod report;
mod result_rows;
mod right_column;
mod runtime;
mod sandbox;
mod screen;
mod session;
mod show;
mod signals;
mod summary;
mod summary_sheet;
mod trial_workspace;
mod undo;
mod user_sources;
mod users;
mod when_done;

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use crate::cli::{self, Command};
use crate::files;
use crate::refusal::Refusals;
use crate::terminal::streams;

pub use crate::refusal::ExitStatus;

use command_line::Program;

/// An error as it is told, on standard error: to people in sentences, with `--json` to programs as one line.
pub fn tell_error(err: &anyhow::Error, args: &[OsString]) {
    let options = args.iter().take_while(|arg| *arg != "--");
    let is_json = options.into_iter().any(|arg| arg == "--json");
    if is_json {
        screen::tell(crate::json::error(err));
    } else {
        screen::tell_error(err);
    }
}

/// Runs the program with its arguments, the first of which is how it was called.
///
/// # Errors
/// What made it pointless to go on; [`ExitStatus::of`] tells the exit status.
pub fn run(mut args: Vec<OsString>) -> anyhow::Result<ExitStatus> {
    crate::platform::outlive_full_files().context("cannot prepare for a full disk")?;
    let (status, to_save, reads) = loop {
        let program = Program::called(&args);
        let cli = cli::parse(args)?;
        let used = cli.command.recipe().map(str::to_owned);
        let reads = cli.command.reads();
        let reads = reads.map(|(sheet, reading)| (sheet.to_owned(), reading.clone()));
        let mut err = match run_command(&program, cli.command) {
            Ok(status) => break (status, cli.recipe, reads),
            Err(err) => err,
        };
        if let Some(refused) = err.downcast_mut::<Refusals>() {
            if let Some(options) = choose::answered(refused)? {
                args = program.called_again_with(options);
                continue;
            }
            refused.type_out(|offer| program.offered(offer));
        }
        return Err(
            match used.filter(|_| ExitStatus::of(&err) == ExitStatus::CouldNotStart) {
                Some(recipe) => err.context(format!("with the recipe `{recipe}`")),
                None => err,
            },
        );
    };
    if let Some(mut recipe) =
        to_save.filter(|_| matches!(status, ExitStatus::Done | ExitStatus::RowsOpen))
    {
        if let Some((sheet, reading)) = reads {
            let columns = config::recognized(&sheet, &reading)?;
            recipe.options = columns.into_iter().chain(recipe.options).collect();
        }
        config::save(&recipe)?;
    }
    Ok(status)
}

/// Applies, and runs the command that was asked for once that has ended.
fn apply_and_tell(program: &Program, args: cli::ApplyArgs) -> anyhow::Result<ExitStatus> {
    let command = args.when_done.clone();
    let mut results = None;
    let ended = apply::run(program, args, &mut results);
    if let Some(command) = command {
        let status = match &ended {
            Ok(status) => *status,
            Err(err) => ExitStatus::of(err),
        };
        when_done::run(&command, status, results.as_deref());
    }
    ended
}

fn run_command(program: &Program, command: Command) -> anyhow::Result<ExitStatus> {
    match command {
        Command::Plan(args) => plan::run(program, &args),
        Command::Apply(args) if args.dry_run => plan::dry_run(program, *args),
        Command::Apply(args) => apply_and_tell(program, *args),
        Command::Rebalance(args) => rebalance::run(program, *args),
        Command::Users(args) => users::run(program, args),
        Command::Undo(args) => undo::run(program, &args),
        Command::Report(args) => report::run(&args),
        Command::Sandbox(args) => sandbox::run(args),
        Command::Demo(args) => demo::run(program, &args),
        Command::Config(args) => config::run(&args),
        Command::Completions(args) => {
            cli::script(args.shell, &mut streams::stdout())
                .context("cannot print the completions")?;
            Ok(ExitStatus::Done)
        }
        Command::Manual(args) => {
            let folder = args.folder.display();
            write_manual(&args.folder)
                .with_context(|| format!("cannot write manual pages into `{folder}`"))?;
            Ok(ExitStatus::Done)
        }
    }
}

fn write_manual(folder: &Path) -> io::Result<()> {
    for (name, text) in cli::manual_pages()? {
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(true);
        files::open(&folder.join(name), options)?.write_all(&text)?;
    }
    Ok(())
}
