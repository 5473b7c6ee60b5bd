//! Why a row cannot be used as it stands.

use crate::contact::Identifier;
use crate::outcome::{Code, Reason};
use crate::sheet::{self, CellKind, Flaw, Row};

use super::fingerprint::Fingerprints;
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
    /// What of it the text of the results does not show.
    pub cells: Fingerprints,
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

/// What is wrong with the row as it was read from the file.
pub(super) fn of_flaw(flaw: &Flaw) -> Reason {
    let cell = |column: &usize| u32::try_from(column + 1).unwrap_or(u32::MAX);
    match flaw {
        Flaw::Undecodable { column, encoding } => Reason::Undecodable {
            cell: cell(column),
            encoding: (*encoding).into(),
        },
        Flaw::Nul { column } => Reason::NulCharacter { cell: cell(column) },
        Flaw::UnclosedQuote => Reason::UnclosedQuote,
        Flaw::TooLong => Reason::RowTooLong {
            megabytes: u32::try_from(sheet::MAX_ROW_BYTES >> 20).unwrap_or(u32::MAX),
        },
        Flaw::TooManyCells => Reason::TooManyCells {
            most: u32::try_from(sheet::MAX_COLUMNS).unwrap_or(u32::MAX),
        },
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

    /// What is wrong with the kind of a cell, if anything is.
    pub(crate) fn of_kind(column: usize, row: &Row<'_>) -> Option<Problem> {
        let reason = match row.kind(column) {
            CellKind::Text | CellKind::Number => return None,
            CellKind::LongNumber => Reason::LongNumber,
            CellKind::Date => Reason::Date,
            CellKind::Boolean => Reason::Boolean,
            CellKind::Error => Reason::FailedFormula,
            CellKind::Formula => Reason::UncomputedFormula,
            CellKind::Unshown => Reason::HiddenByFormat,
            CellKind::Covered => Reason::CoveredCell,
        };
        Some(Problem::of_cell(column, row.cell(column), reason))
    }

    /// What is wrong with a cell.
    pub(super) fn of_cell(column: usize, found: &str, reason: Reason) -> Problem {
        Problem {
            column: Some(column),
            found: excerpt(found).into(),
            reason,
        }
    }

    /// The place, the text found, and the reason: ``column `Phone`, `abc`: …``.
    pub fn sentence(&self, columns: &Columns) -> String {
        match (self.column, &self.reason) {
            // It was said with its place.
            (_, Reason::Still { said, .. }) if !said.is_empty() => said.to_string(),
            (None, reason) => reason.to_string(),
            (Some(column), reason) if self.found.is_empty() => {
                format!("column `{}`: {reason}", columns.name(column))
            }
            (Some(column), reason) => {
                let column = columns.name(column);
                format!("column `{column}`, `{}`: {reason}", self.found)
            }
        }
    }

    /// The place and the reason, without the text found: rows that share it are listed together. A user who is not
    /// known is repaired once for all rows, so there the text belongs to it.
    pub fn group(&self, columns: &Columns) -> String {
        match self.column {
            _ if matches!(self.reason, Reason::User(_)) => self.sentence(columns),
            None => self.reason.of_many(),
            Some(column) => format!(
                "column `{}`: {}",
                columns.name(column),
                self.reason.of_many()
            ),
        }
    }
}

impl Rejection {
    /// All problems as one sentence for the results file.
    pub fn sentence(&self, columns: &Columns) -> String {
        let problems = self.problems.iter();
        let mut all: Vec<String> = problems.map(|problem| problem.sentence(columns)).collect();
        all.dedup();
        all.join("; also ")
    }

    /// What is wrong, by its stable names.
    pub fn codes(&self) -> Vec<Code> {
        let mut all: Vec<Code> = Vec::new();
        for problem in &self.problems {
            let code = problem.reason.code();
            if !all.contains(&code) {
                all.push(code);
            }
        }
        all
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
