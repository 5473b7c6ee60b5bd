//! What becomes of each row, as plain data.

use crate::contact::Identifier;
use crate::outcome::{Decision, Status};

use super::assignees::{AssigneeKey, Assignees};
use super::earlier::Earlier;
use super::footer::NoRow;
use super::rejection::Rejection;

/// What a row says.
#[derive(Clone, Debug)]
pub enum Reading {
    /// This contact goes to this assignee.
    Mapping {
        /// The contact.
        contact: Identifier,
        /// Who gets it.
        assignee: AssigneeKey,
    },
    /// The assignee is blank, and such rows are left out.
    Blank {
        /// The contact, as far as it could be read.
        contact: Option<Identifier>,
    },
    /// No row of data.
    NoRow(NoRow),
    /// The row cannot be used as it stands.
    Rejected(Box<Rejection>),
}

/// What else a row says that its contact is. Most rows say nothing more, and take a word of memory for it.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::box_collection,
    reason = "a million rows each hold one word and not three"
)]
pub struct Witnesses(Option<Box<Vec<Identifier>>>);

impl Witnesses {
    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Identifier> {
        self.0
            .as_deref()
            .map_or_else(Default::default, |all| all.iter())
    }
}

impl FromIterator<Identifier> for Witnesses {
    fn from_iter<I: IntoIterator<Item = Identifier>>(all: I) -> Witnesses {
        let mut all: Vec<Identifier> = all.into_iter().collect();
        all.shrink_to_fit();
        Witnesses((!all.is_empty()).then(|| Box::new(all)))
    }
}

/// A row of the sheet.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its number in the first sheet.
    pub row: u32,
    /// What it says.
    pub reading: Reading,
    /// Who the sheet says has the contact now; `None` if it does not say.
    pub current: Option<AssigneeKey>,
    /// What its columns say that the contact is, where these were asked for: all of it must be true of one contact.
    pub witnesses: Witnesses,
    /// What an earlier run wrote into it.
    pub earlier: Option<Box<Earlier>>,
    /// Its own cells, summed up by [`own_cells`](super::own_cells).
    pub cells: u64,
    /// Whether its contact is shown by a merged cell that begins further up.
    pub is_merged: bool,
    /// Whether it is left out because the workbook hides it.
    pub hidden_away: bool,
}

impl Item {
    /// What the row's own cells say differs from what was read when it was settled.
    pub fn says_something_else(&self, assignees: &Assignees) -> bool {
        let Some(earlier) = &self.earlier else {
            return false;
        };
        match &self.reading {
            Reading::Mapping { contact, assignee } => {
                earlier.contact.as_ref() != Some(contact)
                    || earlier.assignee.as_ref() != Some(assignees.get(*assignee))
            }
            Reading::Blank { .. } => earlier.assignee.is_some(),
            Reading::NoRow(_) => earlier.contact.is_some() || earlier.assignee.is_some(),
            Reading::Rejected(rejection) => {
                rejection.contact != earlier.contact
                    || rejection.assignee.map(|key| assignees.get(key)) != earlier.assignee.as_ref()
            }
        }
    }

    /// What the admin decided, as far as it still has to be heeded.
    pub fn decision(&self) -> Option<Decision> {
        self.earlier.as_ref().and_then(|earlier| earlier.decision)
    }

    /// The status an earlier run left.
    pub fn status(&self) -> Option<Status> {
        self.earlier.as_ref().map(|earlier| earlier.status)
    }
}
