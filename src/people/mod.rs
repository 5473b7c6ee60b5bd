//! Sheets that say who works in a workspace: its users, and who is there to take contacts.

pub(crate) mod roster;
pub(crate) mod users;

use std::fmt;

use crate::mapping::HEADER_WITHIN;
use crate::sheet::{self, Row, Sheet};

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowFault {
    pub row: u32,
    /// The name of the column; `None` if the row as a whole is meant.
    pub column: Option<String>,
    /// What is wrong, and what would fix it.
    pub why: String,
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "row {}, column `{column}`: {}", self.row, self.why),
            None => write!(f, "row {}: {}", self.row, self.why),
        }
    }
}

fn all(faults: &[RowFault]) -> String {
    let faults: Vec<String> = faults.iter().map(RowFault::to_string).collect();
    faults.join("; ")
}

/// Two columns could hold the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("columns {first} and {second} could both hold the {what}; give one of them another name")]
pub(crate) struct TwoColumns {
    pub what: &'static str,
    /// The number of the first one, counted from 1.
    pub first: usize,
    /// The number of the second one.
    pub second: usize,
}

/// Takes the column at `index` for what it holds.
fn take(place: &mut Option<usize>, what: &'static str, index: usize) -> Result<(), TwoColumns> {
    match place.replace(index) {
        Some(first) => Err(TwoColumns {
            what,
            first: first + 1,
            second: index + 1,
        }),
        None => Ok(()),
    }
}

/// How messages call a column.
fn name_of(names: &[String], index: usize) -> String {
    match names.get(index) {
        Some(name) if !name.is_empty() => name.clone(),
        _ => (index + 1).to_string(),
    }
}

/// Reads the rows below a header, which is the first row that `header` takes for one, and gives it; nothing if there is none.
fn below_header<Header, Error: From<sheet::Error>>(
    sheet: &Sheet,
    mut header: impl FnMut(&Row<'_>) -> Result<Option<Header>, Error>,
    mut below: impl FnMut(&Header, &Row<'_>),
) -> Result<Option<Header>, Error> {
    let mut found = None;
    for batch in sheet.batches()? {
        for row in batch?.rows().filter(|row| !row.is_blank()) {
            match &found {
                Some(header) => below(header, &row),
                None if row.number() > HEADER_WITHIN => return Ok(None),
                None => found = header(&row)?,
            }
        }
    }
    Ok(found)
}
