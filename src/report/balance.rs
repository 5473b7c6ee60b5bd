//! Who had how many of the contacts before, and who has them after.

use std::collections::HashMap;

use crate::outcome::Status;

use super::people::Key;
use super::{Kind, Report};

/// What the changes come to, for each user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Balance<'a> {
    /// The users, by how many they have after, most first.
    pub(super) shares: Vec<Share<'a>>,
    /// How many contacts are counted.
    pub(super) contacts: usize,
    /// How many of them were with somebody unknown.
    pub(super) unknown: usize,
}

/// One user's contacts, among those that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share<'a> {
    pub(super) who: Key<'a>,
    pub(super) before: usize,
    pub(super) after: usize,
    /// Those that come from others.
    pub(super) receives: usize,
    /// Those that go to others.
    pub(super) gives: usize,
}

impl<'a> Balance<'a> {
    /// Counts the contacts that were settled, or of a plan those that would be. The others stay where they are, wherever
    /// that is.
    pub(super) fn of(report: &'a Report) -> Balance<'a> {
        let mut balance = Balance::default();
        let mut places: HashMap<Key<'a>, usize> = HashMap::new();
        for row in &report.rows {
            let record = &row.record;
            let counts = match record.status {
                Status::Assigned | Status::Unassigned | Status::Unchanged => true,
                Status::Planned => report.kind == Kind::Plan,
                _ => false,
            };
            let Some(after) = record.assignee.as_ref().filter(|_| counts) else {
                continue;
            };
            let unchanged = (record.status == Status::Unchanged).then_some(after);
            let before = record.owner_before().or(unchanged);
            let before = before.map(|before| report.people.key(before));
            let after = report.people.key(after);
            let moves = usize::from(before != Some(after));
            let share = balance.share(&mut places, after);
            share.after += 1;
            share.receives += moves;
            if let Some(before) = before {
                let share = balance.share(&mut places, before);
                share.before += 1;
                share.gives += moves;
            } else {
                balance.unknown += 1;
            }
            balance.contacts += 1;
        }
        // Nobody stands last, however many are left with nobody.
        balance.shares.sort_by_key(|share| {
            (
                share.who == Key::Nobody,
                std::cmp::Reverse((share.after, share.before)),
            )
        });
        balance
    }

    fn share(&mut self, places: &mut HashMap<Key<'a>, usize>, who: Key<'a>) -> &mut Share<'a> {
        let place = *places.entry(who).or_insert_with(|| {
            self.shares.push(Share {
                who,
                before: 0,
                after: 0,
                receives: 0,
                gives: 0,
            });
            self.shares.len() - 1
        });
        &mut self.shares[place]
    }

    /// Whether it is known of enough contacts who had them that comparing makes sense.
    pub(super) fn compares(&self) -> bool {
        self.unknown < self.contacts
    }
}
