//! Merged ranges: one cell's value is seen in place of all the others.

use std::collections::VecDeque;

use super::super::cell_facts::Mark;
use super::Failure;

/// More merged ranges than a sheet that people work with has.
const MAX_MERGES: usize = 1 << 22;

/// A merged range; rows and columns are counted from 0, and the last ones belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Merge {
    pub(super) rows: (u32, u32),
    pub(super) columns: (u32, u32),
}

impl Merge {
    /// The range of a reference such as `A2:B4`.
    pub(super) fn parse(reference: &str) -> Option<Merge> {
        let (first, last) = reference.split_once(':')?;
        let (first, last) = (place(first)?, place(last)?);
        Some(Merge {
            rows: (first.0.min(last.0), first.0.max(last.0)),
            columns: (first.1.min(last.1), first.1.max(last.1)),
        })
    }

    pub(super) fn is_wide(&self) -> bool {
        self.columns.0 < self.columns.1
    }

    fn is_single(&self) -> bool {
        !self.is_wide() && self.rows.0 == self.rows.1
    }
}

/// The row and the column, counted from 0, of a reference such as `B12` or `$B$12`.
pub(super) fn place(reference: &str) -> Option<(u32, u32)> {
    let mut column = 0_u32;
    let mut row = 0_u32;
    for byte in reference.bytes() {
        match byte {
            b'$' => {}
            b'A'..=b'Z' | b'a'..=b'z' if row == 0 && column < 1 << 16 => {
                column = column * 26 + u32::from(byte.to_ascii_uppercase() - b'A') + 1;
            }
            b'0'..=b'9' if column > 0 => {
                row = row.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
            }
            _ => return None,
        }
    }
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}

/// The merged ranges of a sheet, while its rows go by in ascending order.
#[derive(Debug, Default)]
pub(super) struct Merges {
    /// Those that begin further down, in the order of their first rows.
    pending: VecDeque<Merge>,
    /// Those that the row goes through, from left to right.
    pub(super) active: Vec<Active>,
}

/// A merged range that the row goes through.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) merge: Merge,
    /// What it shows; nothing if its first cell is blank.
    pub(super) shown: Option<(String, Mark)>,
}

impl Merges {
    /// Adds ranges that begin in rows that have not gone by.
    pub(super) fn add(&mut self, merges: impl IntoIterator<Item = Merge>) -> Result<(), Failure> {
        let merges = merges.into_iter().filter(|merge| !merge.is_single());
        self.pending.extend(merges);
        if self.pending.len() > MAX_MERGES {
            return Err(Failure::TooLarge(format!("{MAX_MERGES} merged ranges")));
        }
        let pending = self.pending.make_contiguous();
        if !pending.is_sorted_by_key(|merge| merge.rows.0) {
            pending.sort_by_key(|merge| merge.rows.0);
        }
        Ok(())
    }

    /// Goes to a row: ranges that end above it are forgotten.
    pub(super) fn begin(&mut self, row: u32) {
        if self.active.is_empty() && self.pending.front().is_none_or(|next| next.rows.0 > row) {
            return;
        }
        self.active.retain(|active| active.merge.rows.1 >= row);
        while self.pending.front().is_some_and(|next| next.rows.0 <= row) {
            let next = self.pending.pop_front();
            if let Some(merge) = next.filter(|merge| merge.rows.1 >= row) {
                self.active.push(Active { merge, shown: None });
            }
        }
        self.active.sort_by_key(|active| active.merge.columns.0);
    }

    /// Whether any range shows something in the rows below its first.
    pub(super) fn fill(&self) -> bool {
        self.active.iter().any(|active| active.shown.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_rows_and_columns_from_0() {
        assert_eq!(place("A1"), Some((0, 0)));
        assert_eq!(place("$XFD$1048576"), Some((1_048_575, 16_383)));
        for nonsense in ["", "1", "A", "A0", "1A", "A1:B2", "Ä1", "A99999999999"] {
            assert_eq!(place(nonsense), None, "{nonsense}");
        }
        let merge = Merge {
            rows: (1, 3),
            columns: (0, 1),
        };
        assert_eq!(Merge::parse("A2:B4"), Some(merge));
        assert_eq!(Merge::parse("B4:A2"), Some(merge));
        assert_eq!(Merge::parse("A2"), None);
    }
}
