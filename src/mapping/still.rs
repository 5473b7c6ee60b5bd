//! What was wrong with a row or cell when it was first read, and does not show in the text of a results file: it is
//! still wrong until somebody has changed what shows it.

use crate::outcome::Status;
use crate::sheet::{CellKind, Row};

use super::rejection::{Problem, Reason};
use super::{Columns, Earlier, excerpt};

/// Stands for bytes that did not decode.
const UNDECODABLE: char = '\u{fffd}';

/// What was said of the row as a whole, if the row still shows it.
pub(super) fn row(earlier: &Earlier, row: &Row<'_>, columns: &Columns) -> Option<Reason> {
    let said = said(earlier)?;
    let ours = columns.earlier?;
    let own = || (0..row.len()).filter(|index| !ours.contains(*index));
    let more = Reason::MoreCells;
    if said.contains(&more.to_string()) {
        // They stand in columns without a name now, behind those that have one.
        let is_named = |index: &usize| {
            !columns
                .names
                .get(*index)
                .is_none_or(|name| name.trim().is_empty())
        };
        let last = own().rfind(is_named)?;
        let filled = |index: usize| !columns.own_text(row, index).trim().is_empty();
        return own()
            .any(|index| index > last && filled(index))
            .then_some(more);
    }
    if said.starts_with("column `") {
        return None;
    }
    let shows = |index: usize| {
        let cell = columns.own_text(row, index);
        cell.contains(UNDECODABLE) || cell.starts_with('"')
    };
    own().any(shows).then(|| Reason::Still(said.into()))
}

/// What was said of the kind of a cell that a workbook told and text does not, if its text is still the same.
pub(super) fn cell(earlier: Option<&Earlier>, column: usize, cell: &str) -> Option<Problem> {
    let said = said(earlier?)?;
    [
        CellKind::LongNumber,
        CellKind::Date,
        CellKind::Boolean,
        CellKind::Error,
        CellKind::Formula,
        CellKind::Unshown,
        CellKind::Covered,
    ]
    .into_iter()
    .map(Reason::Kind)
    .find(|reason| match excerpt(cell) {
        // Which cell it was said of is not known, but a blank one names nobody.
        blank if blank.is_empty() => said.contains(&format!("`: {reason}")),
        cell => said.contains(&format!("`{cell}`: {reason}")),
    })
    .map(|reason| Problem::of_cell(column, cell, reason))
}

fn said(earlier: &Earlier) -> Option<&str> {
    let error = earlier.error.as_deref()?;
    (earlier.status == Status::Invalid).then_some(error)
}
