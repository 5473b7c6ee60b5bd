//! The course of a run: how many requests left when, what they waited for, and who was met on the way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::workspace::People;

/// What a stretch of a run came to. It began where the one before ended, the first one where the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// When it ended.
    pub at: Timestamp,
    /// Contacts that were asked for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reads: u32,
    /// Assignees that were written.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub writes: u32,
    /// How many of these requests the API refused as too many (429).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub throttled: u32,
    /// How many it put off, because the contact is in its queue (449).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub queued: u32,
    /// Rows that were set aside when it ended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waiting: u32,
    /// How long every request was held back, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held_ms: u32,
}

impl Pace {
    /// How many requests were sent.
    pub fn requests(&self) -> u32 {
        self.reads.saturating_add(self.writes)
    }
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A user who had one of the contacts, as the API names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Met {
    /// The workspace's number for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The email address, as it was written there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// First and last name, as far as they are given; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl Met {
    /// Tells who this is.
    pub fn introduce(&self, to: &mut People) {
        to.add(self.id, self.email.as_deref(), Some(&self.name));
    }
}
