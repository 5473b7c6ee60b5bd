//! What makes a row unusable as it was read.

use std::fmt;

/// What makes a row unusable as it was read.
///
/// Rare, and the fault of the file; that a row has too few or too many cells is for the caller to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The cell in `column` (counted from 0) holds bytes that mean nothing in `encoding`; they stand as `U+FFFD`.
    Undecodable {
        /// The cell's column, counted from 0.
        column: usize,
        /// The encoding's name, such as `UTF-8`.
        encoding: &'static str,
    },
    /// The cell in `column` (counted from 0) holds a NUL character.
    Nul {
        /// The cell's column, counted from 0.
        column: usize,
    },
    /// A quote is opened and not closed; the row is given up to the end of its first line, quotes and all.
    UnclosedQuote,
    /// The row is longer than [`MAX_ROW_BYTES`](super::MAX_ROW_BYTES); its cells are not given.
    TooLong,
    /// The row has more cells than [`MAX_COLUMNS`](super::MAX_COLUMNS); its cells are not given.
    TooManyCells,
}

impl Flaw {
    /// The column of the cell that is damaged, counted from 0, if the others are as they should be.
    pub fn column(&self) -> Option<usize> {
        match self {
            Flaw::Undecodable { column, .. } | Flaw::Nul { column } => Some(*column),
            Flaw::UnclosedQuote | Flaw::TooLong | Flaw::TooManyCells => None,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Undecodable { column, encoding } => write!(
                f,
                "cell {} holds bytes that are not {encoding}; save the sheet as `CSV UTF-8`, or name its encoding with \
                 `--encoding`",
                column + 1
            ),
            Flaw::Nul { column } => {
                write!(f, "cell {} holds a NUL character, so the file is damaged here; type the cell again", column + 1)
            }
            Flaw::UnclosedQuote => {
                f.write_str("a `\"` opens a cell and none closes it; add the closing `\"`, or take the first one out")
            }
            Flaw::TooLong => {
                write!(f, "the row is longer than {} MB; look for a missing line break", super::MAX_ROW_BYTES >> 20)
            }
            Flaw::TooManyCells => {
                write!(f, "the row has more than {} cells; look for a missing line break", super::MAX_COLUMNS)
            }
        }
    }
}
