//! Why a row cannot be used as it stands.

use std::fmt;

use crate::contact::{self, Identifier};
use crate::sheet::{CellKind, Flaw, Row};
use crate::workspace::NoUser;

use super::{AssigneeKey, Columns};

/// Longest piece of a cell that a message repeats, in characters.
const EXCERPT: usize = 60;

/// A row that cannot be used: what could be read of it, and what could not.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The contact, if that side was readable.
    pub contact: Option<Identifier>,
    /// The assignee, if that side was readable.
    pub assignee: Option<AssigneeKey>,
    /// What is wrong; at least one, at most one per side.
    pub problems: Box<[Problem]>,
}

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The column, counted from 0; `None` if the row as a whole is meant.
    pub column: Option<usize>,
    /// What stands there, shortened.
    pub found: Box<str>,
    /// What is wrong with it, and what would fix it.
    pub reason: Reason,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The cell's text.
    Cell(contact::Reason),
    /// What the cell is, whatever it shows.
    Kind(CellKind),
    /// The row as it was read from the file.
    Row(Flaw),
    /// What an earlier run said of the row as a whole, and the row still shows.
    Still(Box<str>),
    /// The row has more cells than the header.
    MoreCells,
    /// The row says `Total` and numbers, all of which could be read.
    Total,
    /// The country of a phone number in national form.
    Country,
    /// The assignee is not one of the workspace's users, or not one alone.
    User(NoUser),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Cell(reason) => reason.fmt(f),
            Reason::Kind(kind) => f.write_str(match kind {
                CellKind::LongNumber => {
                    "this number has more digits than a workbook keeps, so the last ones were lost; export again, with \
                     the column as text"
                }
                CellKind::Date => "this is a date; export again, with the column as text",
                CellKind::Boolean => "this is a yes or no, which names nobody; write the value itself",
                CellKind::Error => "the formula in this cell failed; repair it, or type the value",
                CellKind::Formula => {
                    "this formula was never computed; open and save the workbook in a spreadsheet program, or type the \
                     value"
                }
                CellKind::Unshown => {
                    "the format of this cell hides its value, or shows it in a way that cannot be told here; format \
                     the column as text and type what it shows"
                }
                CellKind::Covered => {
                    "a merged cell covers this one, so it is not known what belongs here; unmerge the cells and fill \
                     in the value"
                }
                CellKind::Text | CellKind::Number => "this cannot be used",
            }),
            Reason::Row(flaw) => flaw.fmt(f),
            Reason::Still(said) => f.write_str(said),
            Reason::MoreCells => {
                f.write_str("this row has more cells than the header; is a comma unquoted?")
            }
            Reason::Total => f.write_str(
                "this looks like a total of the rows above; delete the row, or change the word if it is a name",
            ),
            Reason::Country => f.write_str(
                "this is no country that is known, and the phone number needs one; write a two-letter code such as \
                 `MY`, or the number with `+` and country code",
            ),
            Reason::User(no_user) => no_user.fmt(f),
        }
    }
}

impl Problem {
    /// What is wrong with a row as a whole.
    pub(super) fn of_row(reason: Reason) -> Problem {
        Problem {
            column: None,
            found: "".into(),
            reason,
        }
    }

    /// What is wrong with the country in a cell.
    pub(super) fn of_country(column: usize, found: &str) -> Problem {
        Problem {
            column: Some(column),
            found: excerpt(found).into(),
            reason: Reason::Country,
        }
    }

    /// What is wrong with the kind of a cell, if anything is.
    pub(super) fn of_kind(column: usize, row: &Row<'_>) -> Option<Problem> {
        match row.kind(column) {
            CellKind::Text | CellKind::Number => None,
            kind => Some(Problem {
                column: Some(column),
                found: excerpt(row.cell(column)).into(),
                reason: Reason::Kind(kind),
            }),
        }
    }

    pub(super) fn new(column: usize, found: &str, reason: contact::Reason) -> Problem {
        Problem::of_cell(column, found, Reason::Cell(reason))
    }

    pub(super) fn of_cell(column: usize, found: &str, reason: Reason) -> Problem {
        Problem {
            column: Some(column),
            found: excerpt(found).into(),
            reason,
        }
    }

    /// The place, the text found, and the reason: ``column `Phone`, `abc`: …``.
    pub fn sentence(&self, columns: &Columns) -> String {
        match self.column {
            None => self.reason.to_string(),
            Some(column) if self.found.is_empty() => {
                format!("column `{}`: {}", columns.name(column), self.reason)
            }
            Some(column) => format!(
                "column `{}`, `{}`: {}",
                columns.name(column),
                self.found,
                self.reason
            ),
        }
    }

    /// The place and the reason, without the text found: rows that share it are listed together. A user who is not
    /// known is repaired once for all rows, so there the text belongs to it.
    pub fn group(&self, columns: &Columns) -> String {
        match self.column {
            _ if matches!(self.reason, Reason::User(_)) => self.sentence(columns),
            None => self.reason.to_string(),
            Some(column) => format!("column `{}`: {}", columns.name(column), self.reason),
        }
    }
}

impl Rejection {
    /// All problems as one sentence for the results file.
    pub fn sentence(&self, columns: &Columns) -> String {
        self.problems
            .iter()
            .map(|problem| problem.sentence(columns))
            .collect::<Vec<_>>()
            .join("; also ")
    }
}

/// The beginning of a cell on one line, with control characters made visible.
pub fn excerpt(text: &str) -> String {
    let mut short = String::new();
    for (count, char) in text.trim().chars().enumerate() {
        if count == EXCERPT {
            short.push('…');
            break;
        }
        match char {
            '\n' | '\r' => short.push('⏎'),
            '\t' => short.push('⇥'),
            char if char.is_control() => short.push('\u{fffd}'),
            char => short.push(char),
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_stays_on_one_line_and_is_short() {
        assert_eq!(excerpt(" a\nb\tc\u{7}d "), "a⏎b⇥c\u{fffd}d");
        assert_eq!(excerpt(&"x".repeat(100)).chars().count(), EXCERPT + 1);
        assert_eq!(excerpt(""), "");
    }
}
