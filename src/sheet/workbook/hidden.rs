//! Rows that a spreadsheet program does not show, because somebody hid them or a filter leaves them out.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use super::Failure;

/// More stretches of hidden rows than a sheet can have: every other row.
const MAX_STRETCHES: usize = 1 << 20;

/// The hidden rows of a sheet as stretches, counted from 0, in ascending order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct HiddenRows(VecDeque<RangeInclusive<u32>>);

impl HiddenRows {
    /// Adds rows; those of an earlier call come before them.
    pub(super) fn add(&mut self, rows: RangeInclusive<u32>) -> Result<(), Failure> {
        let stretches = self.0.len();
        match self.0.back_mut() {
            Some(last) if *rows.start() <= *last.end() => {
                // Rows out of order are refused once they have cells; blank ones do not matter.
                *last = *last.start()..=*rows.end().max(last.end());
            }
            Some(last) if *rows.start() == *last.end() + 1 => *last = *last.start()..=*rows.end(),
            _ if stretches == MAX_STRETCHES => {
                return Err(Failure::TooLarge(format!(
                    "{MAX_STRETCHES} stretches of hidden rows"
                )));
            }
            _ => self.0.push_back(rows),
        }
        Ok(())
    }

    /// Whether a row is hidden; rows are asked about in ascending order, and forgotten on the way.
    pub(super) fn take(&mut self, row: u32) -> bool {
        while self.0.front().is_some_and(|first| *first.end() < row) {
            self.0.pop_front();
        }
        self.0.front().is_some_and(|first| first.contains(&row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_grow_together_and_are_found_again() -> Result<(), Failure> {
        let mut hidden = HiddenRows::default();
        for rows in [1..=1, 2..=2, 5..=9, 7..=8, 20..=20] {
            hidden.add(rows)?;
        }
        assert_eq!(hidden.0, [1..=2, 5..=9, 20..=20]);
        let found: Vec<u32> = (0..30).filter(|row| hidden.take(*row)).collect();
        assert_eq!(found, [1, 2, 5, 6, 7, 8, 9, 20]);
        Ok(())
    }
}
