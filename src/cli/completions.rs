//! Completions for shells: commands and options, and the sheets and columns of the sheet that stands on the line.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;

use crate::settings::{self, Settings};
use crate::sheet::{self, Sheet, Source};

use super::Cli;
use super::choices::word;

/// The variable by which a shell asks for completions; its value is the shell's name.
const VARIABLE: &str = "REASSIGN_COMPLETE";

/// Among how many rows the header of a sheet is looked for.
const HEADER_WITHIN: usize = 50;

/// `reassign completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: ShellArg,
}

/// A shell whose completions can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShellArg {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
}

/// Answers a shell that asks for completions, and ends the program; does nothing otherwise.
pub fn answer_shell() {
    CompleteEnv::with_factory(Cli::command)
        .var(VARIABLE)
        .complete();
}

/// Writes the script that makes a shell ask this program for completions.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn script(shell: ShellArg, to: &mut dyn io::Write) -> io::Result<()> {
    let shells = Shells::builtins();
    let completer = word(shell)
        .and_then(|name| shells.completer(&name))
        .ok_or_else(|| io::Error::other("this shell is not known"))?;
    completer.write_registration(VARIABLE, "reassign", "reassign", "reassign", to)
}

/// Completes the name of a column of the sheet on the command line.
pub(super) fn columns() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        candidates(current, &header(&arguments()).unwrap_or_default())
    })
}

/// Completes the name of a sheet of the workbook on the command line.
pub(super) fn worksheets() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        candidates(current, &sheet_names(&arguments()).unwrap_or_default())
    })
}

/// Completes the name of a workspace of the settings file.
pub(super) fn workspaces() -> ArgValueCompleter {
    of_settings(|settings| settings.workspaces.into_keys().collect())
}

/// Completes the name of a recipe of the settings file.
pub(super) fn recipes() -> ArgValueCompleter {
    of_settings(|settings| settings.recipes.into_keys().collect())
}

fn of_settings(names: fn(Settings) -> Vec<String>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        let args = arguments();
        let config = option(&args, "--config").map(Path::new);
        let settings = settings::location(config).and_then(|path| settings::read(&path).ok());
        candidates(current, &settings.map_or_else(Vec::new, names))
    })
}

/// The names that begin as the word does. Bash takes a completion as it would be typed; other shells quote it.
fn candidates(current: &OsStr, names: &[String]) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy().replace('\\', "");
    let begun = typed.trim_start_matches(['"', '\'']);
    let is_bash = std::env::var_os("_CLAP_COMPLETE_COMP_TYPE").is_some(); // only its script sets that
    let names = names
        .iter()
        .filter(|name| name.starts_with(begun) && !name.chars().any(char::is_control));
    let names = names.map(|name| match is_bash {
        true => escaped(name),
        false => name.clone(),
    });
    names.map(CompletionCandidate::new).collect()
}

/// With a backslash before everything that means something to a shell.
fn escaped(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-.,/:@%+".contains(c);
    let escaped = name.chars().flat_map(|c| {
        let backslash = (!plain(c)).then_some('\\');
        backslash.into_iter().chain([c])
    });
    escaped.collect()
}

/// The words of the line that is being completed, as the shell hands them over behind `--`.
fn arguments() -> Vec<OsString> {
    let args = std::env::args_os().skip_while(|arg| arg != "--");
    args.skip(1).collect()
}

/// The sheet on a command line: the first word that is the name of a file.
fn path(args: &[OsString]) -> Option<PathBuf> {
    let words = args.iter().skip(1);
    words.map(PathBuf::from).find(|path| path.is_file())
}

/// What `--sheet` says on a command line.
fn worksheet(args: &[OsString]) -> Option<String> {
    Some(option(args, "--sheet")?.to_str()?.to_owned())
}

/// The word behind an option.
fn option<'a>(args: &'a [OsString], name: &str) -> Option<&'a OsStr> {
    let after = args.iter().skip_while(|arg| *arg != name).nth(1)?;
    Some(after)
}

/// The names in the header, as far as it is known: of the first rows the one with the most cells.
fn header(args: &[OsString]) -> Option<Vec<String>> {
    let options = sheet::Options {
        sheet: worksheet(args),
        ..options()
    };
    let sheet = Sheet::candidates(&path(args)?, &options)
        .ok()?
        .into_iter()
        .next()?;
    let batch = sheet.batches().ok()?.next()?.ok()?;
    let rows = batch.rows().take(HEADER_WITHIN);
    let mut found: Vec<String> = Vec::new();
    for row in rows {
        let cells: Vec<String> = row
            .cells()
            .filter(|cell| !cell.trim().is_empty())
            .map(str::to_owned)
            .collect();
        if cells.len() > found.len() {
            found = cells;
        }
    }
    Some(found)
}

fn sheet_names(args: &[OsString]) -> Option<Vec<String>> {
    let sheet = Sheet::candidates(&path(args)?, &options()).ok()?;
    match sheet.into_iter().next()?.source() {
        Source::Text { .. } => None,
        Source::Workbook { sheets, .. } => {
            Some(sheets.iter().map(|sheet| sheet.name.clone()).collect())
        }
    }
}

/// A workbook is read in a process of its own here as everywhere.
fn options() -> sheet::Options {
    let program = std::env::current_exe();
    sheet::Options {
        reader: program.map_or(sheet::Reader::Thread, |program| sheet::Reader::Process {
            program,
        }),
        ..sheet::Options::default()
    }
}
