//! The sheet of a results workbook that sums it up: what a colleague who opens it wants to know first.

use crate::outcome::{Status, local_time};
use crate::results::SUMMARY_SHEET;
use crate::sheet::Page;

use jiff::Timestamp;

use super::prepare::Prepared;
use super::records::Work;
use super::screen::number;

/// What the sheet says besides the counts.
pub(super) struct About<'a> {
    /// `plan` or `results`.
    pub(super) what: &'a str,
    /// User and computer.
    pub(super) by: String,
    /// How it ended, in a sentence.
    pub(super) ended: String,
    /// What is to be done now.
    pub(super) next: Vec<String>,
}

/// Sums up the rows.
pub(super) fn page(prepared: &Prepared, work: &Work, about: &About<'_>) -> Page {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut line = |cells: &[&str]| rows.push(cells.iter().map(|cell| (*cell).into()).collect());
    line(&[about.what]);
    line(&["Workspace", prepared.workspace.name()]);
    line(&["When", &local_time(Timestamp::now())]);
    line(&["By", &about.by]);
    line(&["Sheet", &prepared.job.sheet.path().display().to_string()]);
    line(&[
        "Plan",
        &prepared.plan.id(&prepared.workspace.id()).to_string(),
    ]);
    line(&["Ended", &about.ended]);
    line(&[]);
    line(&["Rows by status"]);
    line(&["Status", "Rows", "Means", "What to do"]);
    for (status, count) in work.counts() {
        let (means, todo) = explained(status);
        line(&[status.name(), &number(count), means, todo]);
    }
    line(&[]);
    line(&["What to do now"]);
    for text in &about.next {
        line(&[text.trim(), ""]);
    }
    Page {
        name: SUMMARY_SHEET.to_owned(),
        rows,
    }
}

/// What a status means, and what is to be done about it.
fn explained(status: Status) -> (&'static str, &'static str) {
    const NOTHING: &str = "nothing";
    const AGAIN: &str = "run again";
    const REPAIR: &str = "repair the row's cells; `reassign_error` says how";
    const DECIDE: &str = "write `move` or `skip` into `reassign_decision`";
    match status {
        Status::Assigned => ("the API accepted it: the contact went to the user", NOTHING),
        Status::Unassigned => ("the API accepted it: nobody has the contact now", NOTHING),
        Status::Unchanged => ("it was already so; nothing was written", NOTHING),
        Status::Duplicate => ("the same change stands on another row", "as for that row"),
        Status::Skipped => ("left out by a choice of yours", NOTHING),
        Status::Planned => ("would be sent", "apply this file"),
        Status::Invalid => ("the row cannot be used as it stands", REPAIR),
        Status::Conflict => (
            "another row gives the contact to someone else; neither was sent",
            "write `skip` into `reassign_decision` of the row that is wrong, or correct it",
        ),
        Status::Failed => ("the API refused it, or every attempt failed", REPAIR),
        Status::Busy => ("the API still had the contact in its queue", AGAIN),
        Status::NotApplied => ("the API said yes, and another user has the contact", DECIDE),
        Status::Drifted => ("somebody else moved the contact; not sent", DECIDE),
        Status::NotAttempted => ("the run ended before its turn", AGAIN),
    }
}
