//! Whether two rows say the same.

use sha2::{Digest as _, Sha256};

use crate::sheet::{Guard, Row, unguard};

use super::EarlierColumns;
use super::fingerprint::bare;

/// The cells of a row that are the sheet's own, summed up: equal for rows that say the same, also after a spreadsheet
/// program has saved them. Blank cells at the end count for nothing. Journals keep this: the first 53 bits of a SHA-256.
pub fn own_cells(row: &Row<'_>, guard: Guard, ours: Option<&EarlierColumns>) -> u64 {
    let is_own = |place: &usize| ours.is_none_or(|ours| !ours.contains(*place));
    let is_filled = |place: &usize| !row.cell(*place).trim().is_empty();
    let last = (0..row.len()).filter(is_own).rfind(is_filled);
    let mut sum = Sha256::new();
    for place in (0..last.map_or(0, |last| last + 1)).filter(is_own) {
        sum.update(bare(&unguard(&guard.off(row.cell(place)))).as_bytes());
        // No text of a cell holds this byte.
        sum.update([0xff]);
    }
    let first = sum.finalize()[..8].try_into().expect("eight bytes");
    // Programs that keep numbers as floating-point ones lose no digit of these.
    u64::from_be_bytes(first) >> 11
}
