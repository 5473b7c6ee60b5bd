//! Why columns cannot be told, and which option would tell them.

use super::super::rejection::excerpt;
use super::question::{Question, list};

/// Why columns cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Only the user can tell.
    #[error("{0}")]
    Open(Question),
    /// Every row is one cell of the first column.
    #[error(
        "all cells of each row are in column A, as in `{}`; in a spreadsheet program, part column A at {} (in Excel: \
         Data, Text to Columns) and save the sheet again",
        excerpt(line),
        match delimiter { '\t' => "tabs".to_owned(), other => format!("`{other}`") }
    )]
    RowsAsCells {
        /// The row with the names.
        line: String,
        /// What stands between them.
        delimiter: char,
    },
    /// An option names a column that is not there.
    #[error("no column is named `{wanted}` (found: {})", list(found))]
    NoSuchColumn {
        /// The option, with its dashes.
        option: &'static str,
        /// The name it asked for.
        wanted: String,
        /// The names in the header.
        found: Vec<String>,
    },
    /// An option names a column that is there twice.
    #[error("{} columns are named `{wanted}`; name one by its letter: {}", letters.len(), letters.join(" or "))]
    Ambiguous {
        /// The option, with its dashes.
        option: &'static str,
        /// The name.
        wanted: String,
        /// Where they stand.
        letters: Vec<String>,
    },
    /// One of our own columns is there twice.
    #[error("two columns are named `{wanted}`; give one of them another name")]
    TwiceOurs {
        /// The name.
        wanted: &'static str,
    },
    /// The header row asked for is blank, or not among the first rows.
    #[error(
        "row {row} holds no header: nothing is there, or it is too far down; name another row, or leave `--header-row` out"
    )]
    NoSuchHeader {
        /// The row asked for.
        row: u32,
    },
    /// One column would have two meanings.
    #[error("`{name}` cannot be two things at once; name a column of its own for each")]
    SameColumn {
        /// Its name.
        name: String,
    },
    /// Some of our own columns are there, and not all that make a results file: what was settled would be sent again.
    #[error(
        "the columns of a results file are here, but not `{missing}`; name it so again, or rename all columns that begin with `reassign_` to start over"
    )]
    HalfResults {
        /// The first one that is missing.
        missing: &'static str,
    },
    /// The sheet holds no row at all.
    #[error("the sheet is empty; export it again")]
    Empty,
}
