//! The assignees of a sheet, each kept once.

use std::collections::HashMap;
use std::num::NonZeroU32;

use crate::contact::Assignee;

/// An assignee of a sheet, as a number: the same assignee in many rows is kept once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssigneeKey(NonZeroU32);

/// The assignees of a sheet, in the order in which they first appear.
#[derive(Clone, Debug, Default)]
pub struct Assignees {
    all: Vec<Assignee>,
    keys: HashMap<Assignee, AssigneeKey>,
}

impl Assignees {
    /// The key of this assignee, new or known.
    pub fn key(&mut self, assignee: Assignee) -> AssigneeKey {
        *self.keys.entry(assignee).or_insert_with_key(|assignee| {
            self.all.push(assignee.clone());
            let place = u32::try_from(self.all.len()).ok();
            AssigneeKey(
                place
                    .and_then(NonZeroU32::new)
                    .expect("a sheet has fewer rows than u32::MAX"),
            )
        })
    }

    /// The assignee behind a key.
    pub fn get(&self, key: AssigneeKey) -> &Assignee {
        &self.all[key.0.get() as usize - 1]
    }
}
