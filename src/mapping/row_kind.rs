//! What a row is: data, a total, or none.

use crate::sheet::{CellKind, Origin, Row};

use super::footer::{NoRow, Sign, has_aggregate, sign};
use super::{Columns, IdentifierColumn};

/// What would fit a total.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// Whether a formula computes contact or assignee.
    pub(super) is_computed: bool,
    /// Whether contact and assignee could be the sums of a column.
    pub(super) could_be_sums: bool,
    /// What stands for the contact, where that is a number.
    pub(super) number: Option<u64>,
}

impl Figures {
    pub(super) fn of(row: &Row<'_>, columns: &Columns, has_contact: bool) -> Figures {
        Figures {
            is_computed: is_computed(row, columns)
                && !names_contact(row, columns)
                && !(has_contact && names_user(row, columns)),
            could_be_sums: could_be_sums(row, columns),
            number: bare_number(row, columns),
        }
    }
}

/// What a row is, once its cells were read as far as they can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Data,
    NoRow(NoRow),
    /// A total, though contact and assignee can be read.
    Total,
}

/// Careful on one side: what could be somebody's row is never left out.
pub(super) fn judged(row: &Row<'_>, columns: &Columns, no_contact: bool, in_doubt: bool) -> Judged {
    let is_bare = could_be_sums(row, columns);
    // A look that costs nothing: rows that can be read and hold more than numbers are data.
    if !in_doubt && !is_bare && !row.is_total() && !is_computed(row, columns) {
        return Judged::Data;
    }
    match sign(row, columns) {
        Some(Sign::Structure) if in_doubt || is_bare => Judged::NoRow(NoRow::Footer),
        Some(Sign::Structure) => Judged::Total,
        Some(Sign::Heading) if !no_contact => Judged::Data,
        Some(sign) if in_doubt => Judged::NoRow(sign.into()),
        Some(Sign::Total) => Judged::Total,
        None if in_doubt && has_aggregate(row) => Judged::NoRow(NoRow::Footer),
        _ => Judged::Data,
    }
}

/// Whether a row names the columns of contact and assignee, but not where the header does: in joined files, what stands
/// below is in another order.
pub(super) fn names_elsewhere(row: &Row<'_>, columns: &Columns) -> bool {
    if columns.header_row.is_none() || columns.earlier.is_some() {
        return false;
    }
    let place = |index: usize| {
        let name = columns.names.get(index)?.trim();
        let is_name = |cell: &str| !name.is_empty() && cell.trim().eq_ignore_ascii_case(name);
        row.cells().position(is_name)
    };
    let contact = columns.identifiers.iter().map(|column| column.index);
    let mut named = contact.filter_map(|index| Some((index, place(index)?)));
    match (named.next(), place(columns.assignee)) {
        (Some((contact, at)), Some(assignee)) => contact != at || columns.assignee != assignee,
        _ => false,
    }
}

fn is_computed(row: &Row<'_>, columns: &Columns) -> bool {
    let mut used = columns.contact_and_assignee();
    used.any(|index| row.origin(index) != Origin::Typed)
}

/// Whether somebody typed a contact that no sum could be.
fn names_contact(row: &Row<'_>, columns: &Columns) -> bool {
    let mut used = columns.identifiers.iter().map(|column| column.index);
    used.any(|index| {
        let cell = row.cell(index).trim();
        row.origin(index) == Origin::Typed && cell.contains([':', '@', '+'])
    })
}

/// Whether a formula says who gets a contact that somebody has typed: then it is no sum, also if it was never computed.
fn names_user(row: &Row<'_>, columns: &Columns) -> bool {
    let is_typed = |column: &IdentifierColumn| row.origin(column.index) == Origin::Typed;
    let is_number = || could_be_sums(row, columns);
    columns.identifiers.iter().all(is_typed)
        && (matches!(
            row.kind(columns.assignee),
            CellKind::Formula | CellKind::Error
        ) || !is_number())
}

/// Whether contact and assignee could be the sums of a column: a look that costs nothing.
fn could_be_sums(row: &Row<'_>, columns: &Columns) -> bool {
    let bare = |index: usize| {
        let cell = columns.own_text(row, index);
        let cell = cell.trim();
        cell.bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
    };
    columns.contact_and_assignee().all(bare)
}

/// The number that stands for the contact, if it is one without signs and zeros in front.
fn bare_number(row: &Row<'_>, columns: &Columns) -> Option<u64> {
    let mut cells = columns
        .identifiers
        .iter()
        .map(|column| row.cell(column.index).trim());
    let cell = cells.find(|cell| !cell.is_empty())?;
    let is_number = cell.len() < 16 && !cell.starts_with('0');
    is_number.then(|| cell.parse().ok()).flatten()
}

/// Whether something stands right of the header's last name.
pub(super) fn has_more(row: &Row<'_>, columns: &Columns) -> bool {
    let beyond = columns.last_named().map(|last| last + 1..row.len());
    beyond.is_some_and(|mut beyond| beyond.any(|index| !row.cell(index).trim().is_empty()))
}
