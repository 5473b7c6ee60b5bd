//! Why columns cannot be told, and which option would tell them.

use super::super::rejection::excerpt;
use super::question::{Question, list};

/// Why columns cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "their sentences say what they are")]
pub enum Error {
    #[error("{0}")]
    Open(Question),
    /// Every row is one cell of the first column.
    #[error(
        "all cells of each row are in column A, as in `{}`; in a spreadsheet program, part column A at {} (in Excel: \
         Data, Text to Columns) and save the sheet again",
        excerpt(line),
        match delimiter { '\t' => "tabs".to_owned(), other => format!("`{other}`") }
    )]
    RowsAsCells { line: String, delimiter: char },
    #[error("no column is named `{wanted}` (found: {})", list(found))]
    NoSuchColumn {
        option: &'static str,
        wanted: String,
        found: Vec<String>,
    },
    #[error("{} columns are named `{wanted}`; name one by its letter: {}", letters.len(), letters.join(" or "))]
    Ambiguous {
        option: &'static str,
        wanted: String,
        letters: Vec<String>,
    },
    #[error("two columns are named `{wanted}`; give one of them another name")]
    TwiceOurs { wanted: &'static str },
    /// The header row asked for is blank, or not among the first rows.
    #[error(
        "row {row} holds no header: nothing is there, or it is too far down; name another row, or leave `--header-row` out"
    )]
    NoSuchHeader { row: u32 },
    /// One column would have two meanings.
    #[error("`{name}` cannot be two things at once; name a column of its own for each")]
    SameColumn { name: String },
    /// Some of our own columns are there, and not all that make a results file: what was settled would be sent again.
    #[error(
        "the columns of a results file are here, but not `{missing}`; name it so again, or rename all columns that begin with `reassign_` to start over"
    )]
    HalfResults { missing: &'static str },
    #[error("the sheet is empty; export it again")]
    Empty,
}
