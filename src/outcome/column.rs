//! The columns that `reassign` adds to a sheet, in the order they are written.

/// The row's number in the first sheet, as the spreadsheet program shows it.
pub const ROW: &str = "reassign_row";
/// The normalized identifier of the contact.
pub const CONTACT: &str = "reassign_contact";
/// The normalized assignee: user ID, email or `unassign`.
pub const ASSIGNEE: &str = "reassign_assignee";
/// Who had the contact right before the first write that was accepted, or may have been; `unassign` for nobody.
pub const PREVIOUS: &str = "reassign_previous";
/// Who must have the contact for the row to be sent.
pub const EXPECTED: &str = "reassign_expected";
/// A [`Status`](super::Status).
pub const STATUS: &str = "reassign_status";
/// [`Code`](super::Code)s, with spaces between them.
pub const REASON: &str = "reassign_reason";
/// One sentence for people: what is wrong and what would fix it. Nothing is decided by its words.
pub const ERROR: &str = "reassign_error";
/// What was found in the row and its text does not show, with digests of that text.
pub const CELLS: &str = "reassign_cells";
/// The admin's own column: a [`Decision`](super::Decision).
pub const DECISION: &str = "reassign_decision";
/// The last HTTP status.
pub const HTTP: &str = "reassign_http";
/// The API's ID of the contact.
pub const CONTACT_ID: &str = "reassign_contact_id";
/// How many writes were sent.
pub const ATTEMPTS: &str = "reassign_attempts";
/// When the row was settled: RFC 3339, local time with offset.
pub const AT: &str = "reassign_at";
/// `sandbox`, or the host of the API's address.
pub const WORKSPACE: &str = "reassign_workspace";

/// What cells beyond the header are called: own columns, as many as there are, behind those that have a name.
pub const SURPLUS: &str = "reassign_surplus";

/// All that stand once in every results file, in the order they are written.
pub const ALL: [&str; 15] = [
    ROW, CONTACT, ASSIGNEE, PREVIOUS, EXPECTED, STATUS, REASON, ERROR, CELLS, DECISION, HTTP,
    CONTACT_ID, ATTEMPTS, AT, WORKSPACE,
];
/// A sheet whose header has these, in any order, is a results file.
pub const OF_A_RESULTS_FILE: [&str; 4] = [ROW, CONTACT, ASSIGNEE, STATUS];
