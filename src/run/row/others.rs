//! What other rows have to say about a row's contact.

use std::ops::ControlFlow::Continue;

use crate::outcome::{Reason, Status};
use crate::plan::Change;
use crate::run::claims::{Other, Verdict};

use super::job::Job;
use super::{Shared, Step, other_first, settled};

impl Shared {
    /// Makes sure that no other row means this contact, or that this one decides.
    pub(super) fn judged(
        &self,
        job: &Job,
        change: &Change<'_>,
        id: u64,
        verdict: Verdict,
    ) -> Step<()> {
        let named = |other: &Other| Some(id).filter(|_| other.contact != *change.contact);
        let (status, reason) = match verdict {
            Verdict::Ours => return Continue(()),
            Verdict::OursLater => return other_first(),
            Verdict::Duplicate(other) => {
                let (of, id) = (other.row, named(&other));
                (Status::Duplicate, Reason::Duplicate { of, id })
            }
            Verdict::Conflict(other) if other.is_done => {
                let id = named(&other);
                let (with, theirs) = (other.row, other.assignee);
                let is_later = with < change.row;
                let reason = Reason::ConflictWithDone {
                    with,
                    theirs,
                    id,
                    is_later,
                };
                (Status::Conflict, reason)
            }
            Verdict::Conflict(other) => {
                let id = named(&other);
                let (with, theirs) = (other.row, other.assignee);
                (Status::Conflict, Reason::Conflict { with, theirs, id })
            }
            Verdict::Overruled(other) => (Status::Skipped, Reason::Overruled { by: other.row }),
        };
        settled(job.outcome(change.row, status, Some(reason)))
    }
}
