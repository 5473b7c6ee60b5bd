//! The sheet of a results workbook that sums it up: what a colleague who opens it wants to know first.

use crate::outcome::local_time;
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
    for ((status, guidance), count) in work.counts_by_guidance() {
        line(&[
            status.name(),
            &number(count),
            status.meaning(),
            guidance.text(),
        ]);
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
