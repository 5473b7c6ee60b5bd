//! What is known of a row on its way.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::api::{Attempts, ConversationStatus, Operation};
use crate::contact::{Assignee, Identifier};
use crate::outcome::{Met, Outcome, Reason, Status};
use crate::plan::{Change, Plan};
use crate::run::claims::ReadAt;
use crate::run::clock::Moment;

/// A row on its way.
#[derive(Debug)]
pub(in crate::run) struct Job {
    /// Its place in the plan's changes.
    pub(in crate::run) change: u32,
    /// What its requests have been through.
    pub(in crate::run) attempts: Attempts,
    /// Who had the contact when it was last read.
    pub(in crate::run) met: Option<Met>,
    /// Whether the contact was read since the job was started last, and has to be written.
    pub(in crate::run) compared_now: Option<Wanted>,
    /// Which write was announced and has not left, or was not carried out.
    pub(in crate::run) announced: Option<u32>,
    /// Since when the API answers 449, and how long to wait next.
    pub(super) queued: Option<(Instant, Duration)>,
    /// Writes sent, over all runs.
    pub(super) sent: u32,
    /// The HTTP status that refused the last of them before this run.
    pub(super) refused_before: Option<u16>,
    pub(super) previous: Option<Assignee>,
    /// Who has the contact, as it was read last.
    pub(super) holder: Option<Assignee>,
    pub(super) contact_id: Option<u64>,
    pub(super) asks_by: AsksBy,
    /// How far it is on the way to its next write.
    pub(super) stage: Stage,
    /// Whether the outcome was told by reading.
    pub(in crate::run) seen: bool,
    /// The state of the conversation as it was read last: where it is closed, a write may be accepted and change nothing.
    pub(super) conversation: Option<ConversationStatus>,
    /// Whether a write was sent whose end nobody saw, in this run or before.
    pub(super) in_doubt: bool,
    /// What may have become of the last write, until the contact is read again.
    pub(super) unknown: Unknown,
    /// Whether a write was accepted, or may have been.
    pub(super) may_have_written: bool,
}

/// How a row's contact is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AsksBy {
    /// As the row calls it, although its ID may be known: several contacts may have that name, and a list showed one of
    /// them.
    Name,
    /// By its ID, once that is known.
    Id,
}

/// How far a row is on the way to its next write.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// Its contact is read next.
    ToRead,
    /// Its contact was read then, and nothing has been written since.
    Compared(Compared),
    /// The turn of its write was far off: it is looked for again before the contact is read, if that was too long ago.
    SetAside(Option<Compared>),
}

/// When a contact was read and compared with what its row wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    pub(super) at: Moment,
    pub(super) read: ReadAt,
}

/// Whether it is unknown if a row's last write was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It is known, or nothing was written.
    #[default]
    No,
    /// The API answered with an error of its own.
    AfterError,
    /// No answer was seen, or none that can be read.
    NoAnswer,
}

/// Whether a contact that was read has to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Wanted {
    Written,
    LeftAlone,
}

impl Job {
    pub(in crate::run) fn new(change: u32, plan: &Plan) -> Job {
        let row = plan.change(change as usize);
        Job {
            change,
            attempts: Attempts::new(u64::from(row.row)),
            met: None,
            compared_now: None,
            announced: None,
            queued: None,
            sent: row.attempts,
            refused_before: row.refused_with,
            previous: row.previous.cloned(),
            holder: None,
            contact_id: row.contact_id,
            asks_by: match row.attempts == 0 && !row.may_have_written {
                true => AsksBy::Name,
                false => AsksBy::Id,
            },
            stage: Stage::ToRead,
            seen: false,
            conversation: None,
            in_doubt: row.in_doubt,
            unknown: match row.in_doubt {
                true => Unknown::NoAnswer,
                false => Unknown::No,
            },
            may_have_written: row.may_have_written,
        }
    }

    pub(super) fn outcome(&self, row: u32, status: Status, reason: Option<Reason>) -> Outcome {
        Outcome {
            row,
            status,
            previous: self.previous.clone().filter(|_| self.may_have_written),
            reason,
            http: self.refused_before.or(self.attempts.http),
            contact_id: self.contact_id,
            attempts: self.sent,
            at: Timestamp::now(),
        }
    }

    /// The write that was sent last has changed nothing.
    pub(super) fn not_carried_out(&mut self) {
        self.announced = Some(self.sent);
        self.sent -= 1;
    }

    /// The outcome if the run ends now.
    pub(in crate::run) fn unfinished(&self, row: u32) -> Outcome {
        let last = self.attempts.said.as_deref().map(Box::from);
        let (status, reason) = match self.unknown {
            _ if self.queued.is_some() => (Status::Busy, Reason::NotReached { last }),
            Unknown::No => (Status::NotAttempted, Reason::NotReached { last }),
            Unknown::AfterError | Unknown::NoAnswer => (Status::Unknown, Reason::NoAnswer),
        };
        self.outcome(row, status, Some(reason))
    }

    /// Takes in that a write may have been done.
    pub(super) fn doubt(&mut self, unknown: Unknown) {
        self.unknown = unknown;
        (self.in_doubt, self.may_have_written) = (true, true);
    }

    pub(in crate::run) fn is_closed(&self) -> bool {
        self.conversation == Some(ConversationStatus::Closed)
    }

    pub(in crate::run) fn is_parked(&self) -> bool {
        self.queued.is_some()
    }

    /// The contact as a request for this names it.
    pub(super) fn target(&self, operation: Operation, change: &Change<'_>) -> Identifier {
        match operation {
            Operation::Read => self.asked(change),
            _ => self.contact(change),
        }
    }

    /// The contact as it is asked for.
    pub(super) fn asked(&self, change: &Change<'_>) -> Identifier {
        match self.asks_by {
            AsksBy::Name => change.contact.clone(),
            AsksBy::Id => self.contact(change),
        }
    }

    /// Whether there is a better name for the contact than the one that it was asked for by.
    pub(super) fn knows_better(&self, change: &Change<'_>) -> bool {
        self.asked(change) != self.contact(change)
    }

    /// The contact as it is named best by now.
    pub(super) fn contact(&self, change: &Change<'_>) -> Identifier {
        match self.contact_id {
            Some(id) => Identifier::Id(id),
            None => change.contact.clone(),
        }
    }
}
