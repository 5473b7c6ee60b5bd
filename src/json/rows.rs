//! A row as JSON.

use serde::Serialize;

use crate::outcome::{Code, Status};
use crate::results::Record;

/// A row of a plan: what the results would say of it, and what only a plan knows.
pub(crate) struct PlannedRow {
    /// What the results would say.
    pub(crate) record: Record,
    /// Whether it was settled before.
    pub(crate) is_settled: bool,
    /// Whether it would be sent and its contact has the right owner already: nothing would be written.
    pub(crate) is_right: bool,
    /// The new owner by name and email, where they are known.
    pub(crate) assignee_name: Option<String>,
    /// What a lookup has shown of its contact.
    pub(crate) seen: Option<SeenContact>,
    /// Each thing that is wrong with it.
    pub(crate) problems: Vec<ProblemDocument>,
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
    pub(crate) contact: String,
    pub(crate) assignee: String,
    /// Who must have the contact for the row to be sent.
    pub(crate) expected: Option<String>,
}

/// A row, named as in the results.
#[derive(Serialize)]
pub(super) struct RowDocument {
    pub(super) row: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) contact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assignee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expected: Option<String>,
    pub(super) status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) http: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) contact_id: Option<u64>,
    pub(super) attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<String>,
    /// The user by name and email, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assignee_name: Option<String>,
    /// What a lookup has shown of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seen: Option<SeenContact>,
}

impl RowDocument {
    pub(super) fn of(record: Record) -> RowDocument {
        let text = |value: Option<String>| value.filter(|text| !text.is_empty());
        let reason = text(Some(record.reason()));
        RowDocument {
            row: record.row,
            contact: record.contact.map(|contact| contact.to_string()),
            assignee: record.assignee.map(|assignee| assignee.to_string()),
            previous: record.previous.map(|previous| previous.to_string()),
            expected: record.expected.map(|expected| expected.to_string()),
            status: record.status,
            reason,
            error: text(record.error),
            decision: record.decision,
            http: record.http,
            contact_id: record.contact_id,
            attempts: record.attempts,
            at: text(record.at),
            assignee_name: None,
            seen: None,
        }
    }
}

impl From<PlannedRow> for RowDocument {
    /// One whose contact has the right owner already is `unchanged`: nothing would be written.
    fn from(row: PlannedRow) -> RowDocument {
        let is_right = row.is_right;
        let of = RowDocument {
            seen: row.seen,
            assignee_name: row.assignee_name,
            ..RowDocument::of(row.record)
        };
        RowDocument {
            status: if is_right {
                Status::Unchanged
            } else {
                of.status
            },
            ..of
        }
    }
}

/// A row that cannot be used, with each thing that is wrong with it.
#[derive(Serialize)]
pub(super) struct Rejected {
    #[serde(flatten)]
    pub(super) row: RowDocument,
    pub(super) reasons: Vec<ProblemDocument>,
}
