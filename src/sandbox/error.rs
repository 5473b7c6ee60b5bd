//! Why a sandbox could not be opened, or an option not be read.

use std::io;
use std::path::PathBuf;

/// Why a sandbox could not be opened, or an option not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The token is empty, or holds what a header cannot carry.
    #[error("the sandbox's token must be one or more visible ASCII characters without spaces")]
    Token,

    /// A CSV could not be read from disk.
    #[error("cannot read `{file}`")]
    Read {
        /// The file as it was given.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },

    /// The CSV reader gave up.
    #[error("cannot read `{file}` as CSV")]
    Csv {
        /// The file as it was given.
        file: String,
        /// What the reader said.
        #[source]
        source: csv::Error,
    },

    /// A CSV makes no sense: where, and what would fix it.
    #[error("{0}")]
    Table(String),

    /// SQLite refused.
    #[error("cannot use the database `{}`", .file.display())]
    Database {
        /// The database file; `:memory:` without one.
        file: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },

    /// A database file that another program, or another version of the sandbox, wrote; and what would work.
    #[error("{0}")]
    ForeignDatabase(String),

    /// An option that makes no sense, and what would.
    #[error("{0}")]
    Option(String),
}

/// Names as a sentence lists them.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.is_empty() {
        true => "nothing".to_owned(),
        false => quoted.join(", "),
    }
}
