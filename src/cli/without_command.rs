//! What was typed where a command should stand: a sheet alone, or a command with a typo.

use std::ffi::OsString;
use std::path::Path;

use clap::CommandFactory;

use super::Cli;

/// A sheet without a command is planned.
pub(super) fn with_command(mut args: Vec<OsString>) -> Vec<OsString> {
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
    use clap::Parser;

    use super::super::Command;
    use super::*;

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
