//! Whether two rows say the same.

use sha2::{Digest as _, Sha256};

use crate::sheet::{Guard, Row, unguard};

use super::EarlierColumns;
use super::fingerprint::bare;

/// Ends each cell.
const END: u8 = 0xff;

/// The cells of a row that are the sheet's own, summed up: equal for rows that say the same, also after a spreadsheet
/// program has saved them. Blank cells at the end count for nothing. Journals keep this: the first 53 bits of a SHA-256.
pub fn own_cells(row: &Row<'_>, guard: Guard, ours: Option<&EarlierColumns>) -> u64 {
    let is_own = |place: &usize| ours.is_none_or(|ours| !ours.contains(*place));
    let (mut line, mut next) = (Vec::new(), 0);
    for place in row.filled().filter(is_own) {
        let cell = row.cell(place);
        if cell.trim().is_empty() {
            continue;
        }
        let blank = match ours {
            None => place - next,
            Some(_) => (next..place).filter(is_own).count(),
        };
        // No text of a cell holds this byte, which ends each.
        line.resize(line.len() + blank, END);
        line.extend(bare(&unguard(&guard.off(cell))).as_bytes());
        line.push(END);
        next = place + 1;
    }
    let first = Sha256::digest(&line)[..8].try_into().expect("eight bytes");
    // Programs that keep numbers as floating-point ones lose no digit of these.
    u64::from_be_bytes(first) >> 11
}
