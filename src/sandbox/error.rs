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

    /// A CSV is not UTF-8.
    #[error("`{file}`, line {line}: not UTF-8; save it as CSV UTF-8")]
    Encoding {
        /// The file as it was given.
        file: String,
        /// The line of the first byte that does not decode, from 1.
        line: usize,
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

    /// A column that has to be there is not.
    #[error("`{file}` has no column `{wanted}` (found: {})", list(.found))]
    MissingColumn {
        /// The file as it was given.
        file: String,
        /// The column's name.
        wanted: &'static str,
        /// The header as it was found.
        found: Vec<String>,
    },

    /// A column that means nothing here, perhaps a misspelt one.
    #[error("`{file}` has an unknown column `{column}`; remove it or name it one of {}", list(.known))]
    UnknownColumn {
        /// The file as it was given.
        file: String,
        /// The name that was found.
        column: String,
        /// The names that mean something.
        known: &'static [&'static str],
    },

    /// Two columns of one name.
    #[error("`{file}` has the column `{column}` twice; remove one of them")]
    RepeatedColumn {
        /// The file as it was given.
        file: String,
        /// The name that was found twice.
        column: String,
    },

    /// A line with more or fewer cells than the header.
    #[error(
        "`{file}`, line {line}: {found} cells where the header has {expected}; quote cells that hold a comma"
    )]
    Ragged {
        /// The file as it was given.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The header's cells.
        expected: usize,
        /// The line's cells.
        found: usize,
    },

    /// A cell that makes no sense.
    #[error("`{file}`, line {line}, column `{column}`: {problem}")]
    Cell {
        /// The file as it was given.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column's name.
        column: &'static str,
        /// What is wrong, and what would fix it.
        problem: String,
    },

    /// SQLite refused.
    #[error("cannot use the database `{}`", .file.display())]
    Database {
        /// The database file; `:memory:` without one.
        file: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },

    /// A database file that something else wrote.
    #[error("`{}` is the database of another program; name a file that does not exist yet", .file.display())]
    ForeignDatabase {
        /// The database file.
        file: PathBuf,
    },

    /// A database file that another version of the sandbox wrote.
    #[error(
        "`{}` holds a workspace of format {found}, this version reads format {expected}; \
         name a file that does not exist yet",
        .file.display()
    )]
    DatabaseVersion {
        /// The database file.
        file: PathBuf,
        /// The format it has.
        found: i64,
        /// The format this version reads and writes.
        expected: i64,
    },

    /// A rate limit that cannot be read.
    #[error(
        "`{text}` is not a rate limit; write a number of requests from 1 to 1000000 per `s`, `m` or `h`, \
         such as `10/s`"
    )]
    RateLimit {
        /// The text as it was given.
        text: String,
    },

    /// A part of the faults is not `name=share`.
    #[error(
        "`{text}` is not a fault; write its name, `=` and its share of the requests, such as `500=0.01`"
    )]
    Fault {
        /// The part as it was given.
        text: String,
    },

    /// A fault that does not exist.
    #[error("unknown fault `{name}` (known: {})", list(.known))]
    UnknownFault {
        /// The name as it was given.
        name: String,
        /// The names that exist.
        known: &'static [&'static str],
    },

    /// A fault that is named twice.
    #[error("the fault `{name}` is given twice; give each once")]
    RepeatedFault {
        /// The fault's name.
        name: &'static str,
    },

    /// A share that is no number from 0 to 1.
    #[error(
        "`{share}` is not a share for the fault `{name}`; write a number from 0 to 1, such as `0.01`"
    )]
    Share {
        /// The fault's name.
        name: &'static str,
        /// The share as it was given.
        share: String,
    },

    /// Shares that are more than all requests.
    #[error("the faults' shares add up to {sum}, which is more than 1; lower one of them")]
    Shares {
        /// What they add up to.
        sum: f64,
    },
}

fn list<Name: AsRef<str>>(names: &[Name]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let quoted: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    quoted.join(", ")
}
