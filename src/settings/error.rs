//! Why settings cannot be used.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

use crate::platform;

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file cannot be read.
    #[error("cannot read the settings in `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the settings to `{}`", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("`{}` is not valid TOML: {what}", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// What is wrong, and in which line.
        what: String,
    },
    /// A key that means nothing here.
    #[error("`{}`: `{key}` is no setting{}{}", path.display(), place(table), meant)]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The table it stands in; blank at the top.
        table: String,
        /// The key.
        key: String,
        /// What was probably meant, as the end of the sentence.
        meant: String,
    },
    /// A value where a table belongs, or the other way round.
    #[error("`{}`: `{key}`{} has to be {wanted}", path.display(), place(table))]
    Shape {
        /// The file.
        path: PathBuf,
        /// The table it stands in; blank at the top.
        table: String,
        /// The key.
        key: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// A value that no option takes.
    #[error("`{}`: `{key}`{} has to be a text, a number, true, or a list of texts", path.display(), place(table))]
    Value {
        /// The file.
        path: PathBuf,
        /// The table it stands in.
        table: String,
        /// The key.
        key: String,
    },
    /// A token in the file.
    #[error(
        "`{}` holds a token{}; a token does not belong in this file: put it into a file that only you can read and write \
         `token_file = \"…\"`, or have a password manager print it with `token_command = [\"…\"]`; then make a new token in \
         the workspace, because this one may have been seen",
        path.display(), place(table)
    )]
    Token {
        /// The file.
        path: PathBuf,
        /// The table it stands in.
        table: String,
    },
    /// A workspace or recipe, where there is no settings file at all.
    #[error("there is no {what} `{name}`, because there is no settings file (it would be `{}`){}", path.display(), made(what, name))]
    NoFile {
        /// Where the file would be.
        path: PathBuf,
        /// `workspace` or `recipe`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A workspace or recipe that the file does not have.
    #[error("`{}` has no {what} `{name}`{}", path.display(), having(.known))]
    Unknown {
        /// The file.
        path: PathBuf,
        /// `workspace` or `recipe`.
        what: &'static str,
        /// The name.
        name: String,
        /// The names it has.
        known: Vec<String>,
    },
}

fn place(table: &str) -> String {
    match table {
        "" => String::new(),
        table => format!(" in `[{table}]`"),
    }
}

/// How a recipe comes to be.
fn made(what: &str, name: &str) -> String {
    match what {
        "recipe" => format!(
            "; a recipe is a command with its options under a name: add `--save-recipe {}` to one that works",
            platform::quoted(OsStr::new(name))
        ),
        _ => String::new(),
    }
}

fn having(names: &[String]) -> String {
    match names {
        [] => " (it has none)".to_owned(),
        names => format!(" (it has {})", names.join(", ")),
    }
}
