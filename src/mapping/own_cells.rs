//! Whether two rows say the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::sheet::{Guard, Row, unguard};

use super::EarlierColumns;
use super::fingerprint::bare;

/// The cells of a row that are the sheet's own, summed up: equal for rows that say the same, also after a spreadsheet
/// program has saved them. Blank cells at the end count for nothing.
///
/// Another version of Rust may sum up differently; then no two rows are equal, and nothing worse.
pub fn own_cells(row: &Row<'_>, guard: Guard, ours: Option<&EarlierColumns>) -> u64 {
    let is_own = |place: &usize| ours.is_none_or(|ours| !ours.contains(*place));
    let is_filled = |place: &usize| !row.cell(*place).trim().is_empty();
    let last = (0..row.len()).filter(is_own).rfind(is_filled);
    let mut hasher = DefaultHasher::new();
    for place in (0..last.map_or(0, |last| last + 1)).filter(is_own) {
        bare(&unguard(&guard.off(row.cell(place)))).hash(&mut hasher);
    }
    // Programs that keep numbers as floating-point ones lose no digit of these.
    hasher.finish() >> 11
}
