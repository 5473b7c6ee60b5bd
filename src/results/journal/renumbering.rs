//! Rows that have other numbers than when a run began, because somebody has edited the sheet since.

use serde::{Deserialize, Serialize};

/// Which number each row has now: stretches of rows that follow each other, as (then, now, how many). A row that is in none
/// of them is there no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Renumbering(Vec<(u32, u32, u32)>);

impl Renumbering {
    /// From the numbers then and now of every row that is still there.
    pub(crate) fn of(mut rows: Vec<(u32, u32)>) -> Renumbering {
        rows.sort_unstable();
        let mut stretches: Vec<(u32, u32, u32)> = Vec::new();
        for (then, now) in rows {
            match stretches.last_mut() {
                Some((first, to, count)) if *first + *count == then && *to + *count == now => {
                    *count += 1;
                }
                _ => stretches.push((then, now, 1)),
            }
        }
        Renumbering(stretches)
    }

    /// The number now of a row that had this one; `None` if it is there no more.
    pub(crate) fn now(&self, then: u32) -> Option<u32> {
        let after = self.0.partition_point(|(first, ..)| *first <= then);
        let (first, to, count) = *self.0.get(after.checked_sub(1)?)?;
        (then < first + count).then(|| to + (then - first))
    }

    /// The number then of a row that has this one; `None` if it was not there.
    pub(crate) fn then(&self, now: u32) -> Option<u32> {
        let mut stretches = self.0.iter();
        let (first, to, _) = stretches.find(|(_, to, count)| (*to..to + count).contains(&now))?;
        Some(first + (now - to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_above_and_one_that_is_gone_make_two_stretches() {
        let rows = vec![(2, 3), (3, 4), (5, 5), (6, 6)];
        let renumbering = Renumbering::of(rows.clone());
        assert_eq!(renumbering.0, [(2, 3, 2), (5, 5, 2)]);
        for (then, now) in rows {
            assert_eq!(renumbering.now(then), Some(now));
            assert_eq!(renumbering.then(now), Some(then));
        }
        for there_no_more in [1, 4, 7] {
            assert_eq!(renumbering.now(there_no_more), None);
        }
        assert_eq!(renumbering.then(2), None, "it was not there");
    }
}
