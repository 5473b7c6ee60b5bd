//! One write to make, and who must have its contact for that.

use crate::contact::{Assignee, Identifier};
use crate::outcome::{Moved, Reason};

/// One write to make.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The row's number in the first sheet.
    pub row: u32,
    /// The contact.
    pub contact: &'a Identifier,
    /// The API's ID of it, where a look or an earlier run has learned it. Whatever the row calls it, this is the contact.
    pub contact_id: Option<u64>,
    /// Who gets it.
    pub assignee: &'a Assignee,
    /// Who had it before our first write that was accepted, or may have been; if there was one, and that is known.
    pub previous: Option<&'a Assignee>,
    /// Who had it when the workspace was looked at; `None` if nobody looked, or that is somebody who cannot be named.
    pub holder: Option<&'a Assignee>,
    /// Who must have it for the write to be sent; `None`: whoever has it.
    pub expected: Option<Expected<'a>>,
    /// Writes sent in earlier runs.
    pub attempts: u32,
    /// Whether one of them was accepted, or may have been.
    pub may_have_written: bool,
    /// The HTTP status that refused the last of them, where none may have been.
    pub refused_with: Option<u16>,
    /// Whether an earlier write may have taken without our knowing.
    pub in_doubt: bool,
}

impl Change<'_> {
    /// Whether the write goes by who had the contact when the row was written, which somebody may have changed since.
    pub fn is_conditional(&self) -> bool {
        self.expected.is_some() && !self.may_have_written
    }
}

/// Who must have a contact for a write to be sent, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected<'a> {
    /// An earlier run saw it so.
    Seen(&'a Assignee),
    /// The sheet's column of who has it now.
    Told(&'a Assignee),
}

impl<'a> Change<'a> {
    /// Whether nothing is to be written: the contact was already with the assignee when the workspace was looked at, or
    /// else the row itself says so. The read before the write decides whether it still is.
    pub fn is_unchanged(&self) -> bool {
        self.owner() == Some(self.assignee)
    }

    /// Who has the contact: as the workspace showed, else as the row says and the run will check.
    pub fn owner(&self) -> Option<&'a Assignee> {
        let told = self.expected.filter(|_| self.is_conditional());
        self.holder.or(told.map(Expected::holder))
    }
}

impl<'a> Expected<'a> {
    /// Who must have it.
    pub fn holder(self) -> &'a Assignee {
        match self {
            Expected::Seen(holder) | Expected::Told(holder) => holder,
        }
    }

    /// Why a write is not sent if somebody else has the contact now; `None` for nobody.
    pub fn moved(self, now: Option<String>) -> Reason {
        let moved = Box::new(Moved {
            now,
            then: self.holder().clone(),
        });
        match self {
            Expected::Seen(_) => Reason::MovedSincePlan(moved),
            Expected::Told(_) => Reason::OtherOwner(moved),
        }
    }
}
