//! Which columns hold what: who has a contact now, headers in two rows or none, footers, countries.

mod asked;
mod cells;
mod current;
mod exports;
mod header;
mod identifiers;
mod phones;
mod right_column;
mod went_wrong;

use crate::support::{Ended, Held, Results, Sandbox, Workdir};

const SHEET: &str = "team.csv";
const RESULTS: &str = "team.results.csv";
/// Contacts of the sample workspace that have an email address and no phone number.
const LINA: u64 = 10014;
const ZOE: u64 = 10074;

fn apply(dir: &Workdir, sheet: &str, sandbox: &Sandbox, more: &[&str]) -> Ended {
    dir.apply(sheet, sandbox, &[&["--rate", "1000/s"], more].concat())
}

/// What `plan` says of a sheet, and its rows.
#[track_caller]
fn plan(text: &str, more: &[&str]) -> (Ended, Results) {
    let dir = Workdir::with(SHEET, text);
    let args = ["plan", SHEET, "--sandbox", "-o", "plan.csv"];
    let ended = dir.run(args.iter().chain(more));
    assert!(ended.code() == 0 || ended.code() == 1, "refused\n{ended}");
    let rows = Results::read_any(&dir.path("plan.csv"));
    (ended, rows)
}

/// What `plan` says of a sheet that it refuses.
#[track_caller]
fn refused(text: &str, more: &[&str]) -> Ended {
    let dir = Workdir::with(SHEET, text);
    let args = ["plan", SHEET, "--sandbox"];
    dir.run(args.iter().chain(more)).is_refused(2)
}

/// Row number, contact, assignee and status of every row, with spaces between.
fn read(rows: &Results) -> Vec<String> {
    let rows = rows.rows.iter();
    rows.map(|row| {
        let cells = ["row", "contact", "assignee", "status"].map(|name| row.get(name));
        cells.join(" ")
    })
    .collect()
}

fn held(assignee: &str, writes: u32) -> Held {
    Held {
        assignee: assignee.to_owned(),
        writes,
    }
}
