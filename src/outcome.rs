//! What becomes of a row: plain data that every later room speaks in.
//!
//! The names of statuses, decisions and result columns stand here once, so that the results file, the journal,
//! the screen and the documentation cannot disagree. Deciding and writing are left to others.

mod code;
pub mod column;
mod course;
mod guidance;
mod reason;

use std::fmt;
use std::str::FromStr;
use std::time::Instant;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contact::{Assignee, Identifier};

pub use code::Code;
pub use course::{Met, Pace};
pub use guidance::{Guidance, Todo, guidance};
pub use reason::{Difference, Moved, Reason};

/// A word that is none of those expected; prints the ones that are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is none of {}", expected.join(", "))]
pub struct UnknownWord {
    found: String,
    expected: Vec<&'static str>,
}

/// What is true of a row of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The API accepted the write that gives the contact to a user.
    Assigned,
    /// The API accepted the write that leaves the contact with nobody.
    Unassigned,
    /// Read: the contact was already so; nothing was written.
    Unchanged,
    /// An earlier row makes the same change, and it has the same fate.
    Duplicate,
    /// Left out by a choice of the user.
    Skipped,
    /// Would be sent by `apply`.
    Planned,
    /// Cannot be used as it stands.
    Invalid,
    /// Another row gives this contact to someone else.
    Conflict,
    /// The API refused it, every attempt failed, or it answered for another contact.
    Failed,
    /// It was sent; whether it was done is not known.
    Unknown,
    /// An undo of this row was applied.
    Undone,
    /// The API still answered 449 when patience ran out.
    Busy,
    /// The API answered 200, but reading back shows another assignee.
    NotApplied,
    /// Somebody else moved the contact meanwhile; nothing was sent.
    Drifted,
    /// The run ended before its turn.
    NotAttempted,
}

impl Status {
    /// Every status, in the order in which summaries list them.
    pub const ALL: [Status; 15] = [
        Status::Assigned,
        Status::Unassigned,
        Status::Unchanged,
        Status::Duplicate,
        Status::Skipped,
        Status::Planned,
        Status::Invalid,
        Status::Conflict,
        Status::Failed,
        Status::Unknown,
        Status::Undone,
        Status::Busy,
        Status::NotApplied,
        Status::Drifted,
        Status::NotAttempted,
    ];

    /// The word in the results file.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Assigned => "assigned",
            Status::Unassigned => "unassigned",
            Status::Unchanged => "unchanged",
            Status::Duplicate => "duplicate",
            Status::Skipped => "skipped",
            Status::Planned => "planned",
            Status::Invalid => "invalid",
            Status::Conflict => "conflict",
            Status::Failed => "failed",
            Status::Unknown => "unknown",
            Status::Undone => "undone",
            Status::Busy => "busy",
            Status::NotApplied => "not_applied",
            Status::Drifted => "drifted",
            Status::NotAttempted => "not_attempted",
        }
    }

    /// What people read on screens and pages.
    pub const fn title(self) -> &'static str {
        match self {
            Status::NotApplied => "not applied",
            Status::Drifted => "moved since the plan",
            Status::NotAttempted => "not tried yet",
            status => status.name(),
        }
    }

    /// What it means, in a sentence for somebody who has never seen the program.
    pub const fn meaning(self) -> &'static str {
        match self {
            Status::Assigned => "The contact was given to the user that the sheet names.",
            Status::Unassigned => "The contact was left without an owner, as the sheet asks.",
            Status::Unchanged => "The contact already had this owner; nothing was written.",
            Status::Duplicate => {
                "An earlier row makes the same change; this row is done when that one is."
            }
            Status::Skipped => {
                "Not processed, by choice: by a decision, an option, or because it is no row of data."
            }
            Status::Planned => "Will be done when the plan is applied.",
            Status::Invalid => "The row cannot be used as it is; nothing was changed.",
            Status::Conflict => {
                "Another row gives the same contact to somebody else; neither was done."
            }
            Status::Failed => {
                "The workspace refused the change, every attempt failed, or it answered for another contact."
            }
            Status::Unknown => {
                "The change was sent to the workspace; whether it was made is not known."
            }
            Status::Undone => "An undo of this row was applied.",
            Status::Busy => "The workspace was still preparing the contact when patience ran out.",
            Status::NotApplied => "The workspace accepted the change, but it did not hold.",
            Status::Drifted => "The contact has another owner than expected, so it was left alone.",
            Status::NotAttempted => "The run ended before the turn of this row.",
        }
    }

    /// Whether nothing more happens to such a row unless someone asks for it. A duplicate is judged anew each time.
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Status::Assigned | Status::Unassigned | Status::Unchanged | Status::Skipped
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Status {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Status::ALL
            .into_iter()
            .find(|status| text.eq_ignore_ascii_case(status.name()))
            .ok_or_else(|| UnknownWord {
                found: text.to_owned(),
                expected: Status::ALL.map(Status::name).to_vec(),
            })
    }
}

/// What the admin wrote into `reassign_decision`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Leave this row out, and settle it.
    Skip,
    /// Send it although it is settled.
    Again,
    /// Send it although somebody else moved the contact.
    Move,
}

impl Decision {
    const ALL: [Decision; 3] = [Decision::Skip, Decision::Again, Decision::Move];
    /// Their words.
    pub const NAMES: [&'static str; 3] = [
        Decision::Skip.name(),
        Decision::Again.name(),
        Decision::Move.name(),
    ];

    /// The word in the results file.
    pub const fn name(self) -> &'static str {
        match self {
            Decision::Skip => "skip",
            Decision::Again => "again",
            Decision::Move => "move",
        }
    }
}

impl FromStr for Decision {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Decision::ALL
            .into_iter()
            .find(|decision| text.trim().eq_ignore_ascii_case(decision.name()))
            .ok_or_else(|| UnknownWord {
                found: text.to_owned(),
                expected: Decision::ALL.map(Decision::name).to_vec(),
            })
    }
}

/// What happened to one row during a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The row's number in the first sheet.
    pub row: u32,
    /// What is true of the row now.
    pub status: Status,
    /// Who had the contact right before our first write that was accepted, or may have been; if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Assignee>,
    /// What is wrong, if anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The last HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<u16>,
    /// The API's ID of the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<u64>,
    /// Writes sent for this row, over all runs.
    pub attempts: u32,
    /// When it was settled, or given up.
    pub at: Timestamp,
}

/// What a run tells while it goes on, in the order in which it happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// A write is about to leave: from here on it may have happened.
    Sent(Sent),
    /// An announced write did not leave.
    Withdrawn(Withdrawn),
    /// A row has its outcome. A later one for the same row replaces it.
    Settled(Outcome),
    /// A write was read back, and it holds.
    Verified(Verified),
    /// What the run is waiting for has changed.
    Waits(Waits),
    /// A stretch of the run has ended.
    Pace(Pace),
    /// A user had one of the contacts; told once for each.
    Met(Met),
    /// The clock has jumped: the computer slept.
    Slept(Slept),
}

/// A write that was read back and holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The row's number in the first sheet.
    pub row: u32,
    /// When.
    pub at: Timestamp,
}

/// A time in which the computer slept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slept {
    /// When it was noticed.
    pub at: Timestamp,
    /// How long, in whole seconds.
    pub seconds: u64,
}

/// A write that was announced and did not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The row's number in the first sheet.
    pub row: u32,
    /// What [`Sent::attempts`] said in the announcement.
    pub attempts: u32,
    /// When.
    pub at: Timestamp,
}

/// A write that is about to leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The row's number in the first sheet.
    pub row: u32,
    /// The contact that is written.
    pub contact: Identifier,
    /// Who gets it.
    pub assignee: Assignee,
    /// Who had it before our first write, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Assignee>,
    /// Who had it right before this write, if it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Assignee>,
    /// The API's ID of the contact, if it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<u64>,
    /// Writes sent for this row, this one included, over all runs.
    pub attempts: u32,
    /// When.
    pub at: Timestamp,
}

/// What a run is waiting for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// Rows that are set aside until the API can take them, or until they are tried again.
    pub parked: usize,
    /// Before the first write: the number of rows whose owner has been checked, and how many must be.
    pub owners_checked: Option<(usize, usize)>,
    /// Writes that are still to be read back.
    pub unverified: usize,
    /// A pause of the whole run.
    pub hold: Option<Hold>,
}

/// A pause that holds every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub why: HoldReason,
    /// Until when, at least.
    pub until: Instant,
}

/// Why a whole run pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldReason {
    /// The API asked for it (429).
    Throttled,
    /// The API does not answer, or only with server errors.
    Outage,
    /// The rate that is kept: the next change has its turn then.
    Turn,
}

/// How many rows have which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([usize; Status::ALL.len()]);

impl Tally {
    /// Counts one more row of this status.
    pub fn add(&mut self, status: Status) {
        self.0[status as usize] += 1;
    }

    /// Takes back one row of this status, because it has another one now.
    pub fn remove(&mut self, status: Status) {
        self.0[status as usize] -= 1;
    }

    /// How many rows have this status.
    pub fn of(&self, status: Status) -> usize {
        self.0[status as usize]
    }

    /// How many rows there are in all.
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// The statuses that occur, with their counts, in the order of [`Status::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Status, usize)> {
        Status::ALL
            .into_iter()
            .map(|status| (status, self.of(status)))
            .filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_reads_back_from_its_name() {
        for (place, status) in Status::ALL.into_iter().enumerate() {
            assert_eq!(status.name().parse(), Ok(status));
            assert_eq!(
                status as usize, place,
                "{status} stands out of order in Status::ALL"
            );
            assert_eq!(
                serde_json::to_value(status).ok(),
                Some(status.name().into())
            );
        }
    }

    #[test]
    fn an_unknown_decision_names_the_known_ones() {
        let err = "maybe".parse::<Decision>().expect_err("not a decision");
        assert_eq!(err.to_string(), "`maybe` is none of skip, again, move");
        assert_eq!(" Again ".parse(), Ok(Decision::Again));
    }
}
