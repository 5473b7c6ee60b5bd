//! A row as JSON.

use serde::Serialize;

use crate::contact::{Assignee, Identifier};
use crate::outcome::Code;
use crate::results::Record;

/// A row of a plan: what the results would say of it, and what only a plan knows.
#[derive(Serialize)]
pub(crate) struct PlannedRow {
    /// What the results would say; `unchanged` if its contact has the right owner already, so that nothing would be written.
    #[serde(flatten)]
    pub(crate) record: Record,
    /// Whether it was settled before.
    #[serde(skip)]
    pub(crate) is_settled: bool,
    /// The new owner by name and email, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) assignee_name: Option<String>,
    /// What a lookup has shown of its contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<SeenContact>,
    /// Each thing that is wrong with it, if it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasons: Option<Vec<ProblemDocument>>,
}

/// What a lookup has shown of a row's contact.
#[derive(Serialize)]
pub(crate) struct SeenContact {
    /// The workspace's ID of it.
    pub(crate) contact_id: u64,
    /// Who has it: an assignee; left out if that is somebody who cannot be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    /// The same by name and email.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner_name: Option<String>,
}

/// One thing that is wrong with a row.
#[derive(Serialize)]
pub(crate) struct ProblemDocument {
    /// The name of the column that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<String>,
    /// Its stable name.
    pub(crate) code: Code,
    /// The same as a sentence.
    pub(crate) reason: String,
}

/// What a row that is sent says.
pub(crate) struct Subject {
    pub(crate) contact: Identifier,
    pub(crate) assignee: Assignee,
    /// Who must have the contact for the row to be sent.
    pub(crate) expected: Option<Assignee>,
}
