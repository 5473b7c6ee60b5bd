//! How a sheet's own columns stand in its results, so that the next run finds them there.

use crate::cli::ReadingArgs;
use crate::mapping::{Columns, Overlong};
use crate::outcome::column;
use crate::results::Layout;

/// What columns without a name are called in results, so that the next run finds them.
const ASSIGNEE: &str = "assignee";
const CURRENT: &str = "current assignee";
const COUNTRY: &str = "country";

/// The same for the contact, by its place in the order of preference.
fn contact(place: usize) -> String {
    match place {
        0 => "contact".to_owned(),
        place => format!("contact {}", place + 1),
    }
}

fn place(columns: &Columns, index: usize) -> Option<usize> {
    let identifiers = &columns.identifiers;
    identifiers.iter().position(|column| column.index == index)
}

/// Columns that the first run was given by number have names of ours in its results.
pub(super) fn named_by_us(reading: &mut ReadingArgs, now: &ReadingArgs) {
    if now.identifier.is_empty() {
        let places = 0..reading.identifier.len();
        reading.identifier = places.map(contact).collect();
    }
    if now.assignee.is_none() {
        reading.assignee = None;
    }
    for (kept, now, name) in [
        (&mut reading.current, &now.current, CURRENT),
        (&mut reading.region_column, &now.region_column, COUNTRY),
    ] {
        if let (Some(first), None) = (kept, now) {
            let is_none = first == "none";
            *first = if is_none { "none" } else { name }.to_owned();
        }
    }
}

/// How the rows of a sheet stand in its results.
pub(super) fn layout(columns: &Columns, width: usize, overlong: Overlong) -> Layout {
    let is_surplus = |index: usize| {
        overlong == Overlong::Rejected && columns.last_named().is_some_and(|last| index > last)
    };
    let named = |index: usize| match columns.names.get(index) {
        _ if is_surplus(index) => column::SURPLUS.to_owned(),
        Some(name) => name.clone(),
        None if columns.header_row.is_some() => String::new(),
        None if columns.assignee == index => ASSIGNEE.to_owned(),
        None if columns.current == Some(index) => CURRENT.to_owned(),
        None if columns.region == Some(index) => COUNTRY.to_owned(),
        None => match place(columns, index) {
            Some(place) => contact(place),
            None => format!("column {}", index + 1),
        },
    };
    let own = (0..width).filter(|index| columns.earlier.is_none_or(|ours| !ours.contains(*index)));
    let unguarded = |name: String| columns.guard.off(&name).into_owned();
    Layout {
        header_row: columns.header_row,
        in_use: columns.in_use().collect(),
        own: own.map(|index| (index, unguarded(named(index)))).collect(),
        guard: columns.guard,
    }
}
