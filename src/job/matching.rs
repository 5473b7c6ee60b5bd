//! Which row of an edited sheet is which row of the run that was cut short.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::results::journal::{Renumbering, RowAtStart};

/// What makes a row now and a row then the same.
#[derive(Clone, Copy)]
enum By {
    /// All their own cells.
    Cells,
    /// They give the same contact to the same user.
    Change,
    /// They are about the same contact.
    Contact,
}

/// The order in which rows are matched, and whether they were sent. What was sent comes first: where two rows make the same
/// change and one of them is left, this is the one.
const ORDER: [(By, bool); 6] = [
    (By::Cells, true),
    (By::Change, true),
    (By::Cells, false),
    (By::Change, false),
    (By::Contact, true),
    (By::Contact, false),
];

/// Which numbers rows have now, where these are other ones, or some rows are there no more. Rows that are alike are matched in
/// their order; what is left then is matched by where it stands.
pub(super) fn renumbering(
    then: &HashMap<u32, RowAtStart>,
    now: &[RowAtStart],
    is_sent: impl Fn(u32) -> bool,
) -> Option<Renumbering> {
    let mut rows: Vec<&RowAtStart> = then.values().collect();
    rows.sort_unstable_by_key(|said| said.row);
    let mut left: HashSet<u32> = then.keys().copied().collect();
    let mut was: Vec<Option<u32>> = vec![None; now.len()];
    for (by, sent) in ORDER {
        let mut waiting: HashMap<_, VecDeque<u32>> = HashMap::new();
        for said in &rows {
            if left.contains(&said.row)
                && is_sent(said.row) == sent
                && let Some(key) = key(said, by)
            {
                waiting.entry(key).or_default().push_back(said.row);
            }
        }
        for (was, said) in was.iter_mut().zip(now).filter(|(was, _)| was.is_none()) {
            let alike = key(said, by).and_then(|key| waiting.get_mut(&key));
            *was = alike.and_then(VecDeque::pop_front);
            was.iter().for_each(|row| _ = left.remove(row));
        }
    }
    by_place(&mut was, now, &mut left);
    let rows = was.iter().zip(now);
    let rows: Vec<(u32, u32)> = rows
        .filter_map(|(was, said)| Some(((*was)?, said.row)))
        .collect();
    let is_other = !left.is_empty() || rows.iter().any(|(then, now)| then != now);
    (is_other && !then.is_empty()).then(|| Renumbering::of(rows))
}

fn key(said: &RowAtStart, by: By) -> Option<(u64, &str, &str)> {
    match by {
        By::Cells => said.cells.map(|cells| (cells, "", "")),
        _ if said.contact.is_empty() => None,
        By::Change => Some((0, &said.contact, &said.assignee)),
        By::Contact => Some((0, &said.contact, "")),
    }
}

/// A row that nothing else tells is the one that stood as far behind the row before it.
fn by_place(was: &mut [Option<u32>], now: &[RowAtStart], left: &mut HashSet<u32>) {
    let mut shift = 0;
    for (was, said) in was.iter_mut().zip(now) {
        let row = i64::from(said.row);
        if was.is_none() {
            let there = u32::try_from(row - shift).ok();
            *was = there.filter(|there| left.remove(there));
        }
        if let Some(was) = was {
            shift = row - i64::from(*was);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows from 2 on, each as `contact assignee rest`; what is unreadable has no contact.
    fn rows(texts: &[&str]) -> Vec<RowAtStart> {
        let said = |(row, text): (u32, &&str)| {
            let mut words = text.split(' ');
            let word = words.next().unwrap_or_default();
            let is_readable = !word.starts_with('?');
            RowAtStart {
                row,
                contact: if is_readable { word } else { "" }.to_owned(),
                assignee: words.next().unwrap_or_default().to_owned(),
                cells: Some(text.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte))),
            }
        };
        (2..).zip(texts).map(said).collect()
    }

    /// The numbers then of the rows now, where `sent` were sent.
    fn matched(then: &[&str], now: &[&str], sent: &[u32]) -> Vec<Option<u32>> {
        let then = rows(then)
            .into_iter()
            .map(|said| (said.row, said))
            .collect();
        let now = rows(now);
        match renumbering(&then, &now, |row| sent.contains(&row)) {
            Some(by) => now.iter().map(|said| by.then(said.row)).collect(),
            None => now.iter().map(|said| Some(said.row)).collect(),
        }
    }

    #[test]
    fn rows_are_matched_by_their_cells_then_their_change_then_their_contact_then_their_place() {
        type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [u32], &'a [Option<u32>]);
        let cases: [Case<'_>; 10] = [
            // A row above, below, and one that is gone.
            (
                &["a x", "b x"],
                &["new x", "a x", "b x"],
                &[2],
                &[None, Some(2), Some(3)],
            ),
            (
                &["a x", "b x", "c x"],
                &["a x", "c x"],
                &[2, 3],
                &[Some(2), Some(4)],
            ),
            // Sorted by another column, also rows that nobody can read.
            (
                &["?1 x", "?2 x", "a x"],
                &["a x", "?2 x", "?1 x"],
                &[4],
                &[Some(4), Some(3), Some(2)],
            ),
            (
                &["?1 x", "a x"],
                &["?0 x", "a x", "?1 x"],
                &[],
                &[None, Some(3), Some(2)],
            ),
            // Another cell, another assignee, another contact in its place.
            (
                &["a x 1", "b x"],
                &["a x 2", "b x"],
                &[2],
                &[Some(2), Some(3)],
            ),
            (
                &["a x", "b x"],
                &["new x", "a y", "b x"],
                &[2],
                &[None, Some(2), Some(3)],
            ),
            (&["a x", "b x"], &["a x", "c x"], &[3], &[Some(2), Some(3)]),
            // Of two that make the same change, each keeps what became of it.
            (
                &["a x 1", "a x 2"],
                &["a x 2", "a x 1"],
                &[2],
                &[Some(3), Some(2)],
            ),
            // Where one of them is left, it is the one that was sent.
            (&["a x 1", "a x 2"], &["a x 2"], &[2], &[Some(2)]),
            (&["a x 1", "a x 1"], &["a x 1"], &[3], &[Some(3)]),
        ];
        for (then, now, sent, expected) in cases {
            assert_eq!(matched(then, now, sent), expected, "{then:?} {now:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_moved_added_or_deleted_rows_that_say_the_same_are_the_same(
            then in prop::collection::vec(0..12_u8, 1..12),
            kept in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
            added in prop::collection::vec(20..24_u8, 0..3),
            sent in prop::collection::hash_set(2..14_u32, 0..8),
        ) {
            let text = |number: &u8| format!("{} x {number}", number / 2);
            let was: Vec<String> = then.iter().map(text).collect();
            let mut places: Vec<usize> = kept.iter().map(|place| place.index(then.len())).collect();
            let mut seen = HashSet::new();
            places.retain(|place| seen.insert(*place));
            let is: Vec<String> = added
                .iter()
                .map(text)
                .chain(places.iter().map(|place| was[*place].clone()))
                .collect();
            let (was, is): (Vec<&str>, Vec<&str>) = (
                was.iter().map(String::as_str).collect(),
                is.iter().map(String::as_str).collect(),
            );
            let sent: Vec<u32> = sent.into_iter().collect();
            let found = matched(&was, &is, &sent);
            let matched: HashSet<u32> = found.iter().flatten().copied().collect();
            prop_assert_eq!(matched.len(), found.iter().flatten().count(), "no row is two");
            let change = |text: &str| text.rsplit_once(' ').map(|(change, _)| change.to_owned());
            for of in was.iter().map(|text| change(text)) {
                let there = |rows: &[&str]| rows.iter().filter(|text| change(text) == of).count();
                let then = |row: &u32| was[*row as usize - 2];
                let same = is.iter().zip(&found);
                let same = same.filter(|(text, row)| {
                    change(text) == of && row.is_some_and(|row| change(then(&row)) == of)
                });
                prop_assert_eq!(same.count(), there(&was).min(there(&is)), "as many as there are");
                let sent = sent.iter().filter(|row| was.len() + 2 > **row as usize);
                let sent: Vec<&u32> = sent.filter(|row| change(then(row)) == of).collect();
                let kept = sent.iter().filter(|row| matched.contains(row)).count();
                prop_assert!(kept >= sent.len().min(there(&is)), "what was sent comes first");
            }
        }
    }
}
