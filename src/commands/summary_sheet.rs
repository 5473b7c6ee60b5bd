//! The sheet of a results workbook that sums it up: what a colleague who opens it wants to know first.

use std::path::Path;

use crate::outcome::{Guidance, Status};
use crate::results::SUMMARY_SHEET;
use crate::sheet::Page;
use crate::wording::local_time;

use jiff::Timestamp;

use super::screen::number;

/// What the sheet says besides the counts.
pub(super) struct SummaryFacts<'a> {
    /// `plan` or `results`.
    pub(super) what: &'a str,
    pub(super) workspace: &'a str,
    /// User and computer.
    pub(super) by: String,
    pub(super) sheet: &'a Path,
    /// The plan's ID.
    pub(super) plan: String,
    /// How it ended, in a sentence.
    pub(super) ended: String,
    /// What is to be done now.
    pub(super) next: Vec<String>,
}

/// Sums up the rows: how many have which status and ask for what.
pub(super) fn page(
    about: &SummaryFacts<'_>,
    counts: impl Iterator<Item = ((Status, Guidance), usize)>,
) -> Page {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut line = |cells: &[&str]| rows.push(cells.iter().map(|cell| (*cell).into()).collect());
    line(&[about.what]);
    line(&["Workspace", about.workspace]);
    line(&["When", &local_time(Timestamp::now())]);
    line(&["By", &about.by]);
    line(&["Sheet", &about.sheet.display().to_string()]);
    line(&["Plan", &about.plan]);
    line(&["Ended", &about.ended]);
    line(&[]);
    line(&["Rows by status"]);
    line(&["Status", "Rows", "Means", "What to do"]);
    for ((status, guidance), count) in counts {
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
        line(&[text, ""]);
    }
    Page {
        name: SUMMARY_SHEET.to_owned(),
        rows,
    }
}
