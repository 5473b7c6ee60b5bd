//! What ends a run early, and what does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::moves::{Moves, moving};
use crate::running::as_printed;
use crate::server::{Reply, Server};
use crate::support::{Ended, Sandbox, TOKEN, Workdir};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const PACE: [&str; 4] = ["--rate", "200/s", "--concurrency", "1"];

/// A sheet where every other contact is not there.
fn every_other(sandbox: &Sandbox, count: usize) -> Workdir {
    let moves = Moves::of(sandbox, count).sheet();
    let mut lines = moves.lines();
    let mut sheet = format!("{}\n", lines.next().expect("a header"));
    for (line, missing) in lines.zip(90_001..) {
        let (_, assignee) = line.split_once(',').expect("two cells");
        sheet.push_str(&format!("{line}\nid:{missing},{assignee}\n"));
    }
    Workdir::with(SHEET, sheet)
}

#[test]
fn a_run_stops_when_half_of_its_first_rows_fail_and_the_printed_command_goes_on_past_them() {
    let sandbox = Sandbox::start();
    let dir = every_other(&sandbox, 40);
    let ended = dir
        .apply(SHEET, &sandbox, &PACE)
        .exits(3)
        .says("Stopped: 25 of the first 50 rows failed, most often (25) with: the workspace has no such contact")
        .says("To continue as it is, however many rows fail:");
    let results = dir.results(RESULTS);
    assert_eq!(results.rows.len(), 80);
    assert_eq!(results.count("failed"), 25, "{ended}");
    assert_eq!(results.count("assigned"), 25, "{ended}");
    assert_eq!(results.count("not_attempted"), 30, "{ended}");
    let continued = as_printed(&dir, &ended).exits(1);
    let results = dir.results(RESULTS);
    assert_eq!(results.count("failed"), 40, "{continued}");
    assert_eq!(results.count("assigned"), 40, "{continued}");
    assert_eq!(sandbox.writes(), 40, "nothing was written twice");
}

#[test]
fn a_run_of_fewer_rows_than_that_is_finished() {
    let sandbox = Sandbox::start();
    let dir = every_other(&sandbox, 24);
    let ended = dir.apply(SHEET, &sandbox, &PACE).exits(1);
    let results = dir.results(RESULTS);
    assert_eq!(results.count("failed"), 24, "{ended}");
    assert_eq!(results.count("assigned"), 24, "{ended}");
}

#[test]
fn rows_that_failed_one_after_the_other_are_passed_by_the_printed_command() {
    let sandbox = Sandbox::start();
    let rows: String = (90_001..=90_060)
        .map(|id| format!("id:{id},ben.carter@example.com\n"))
        .collect();
    let last = Moves::of(&sandbox, 1).sheet();
    let (header, row) = last.split_once('\n').expect("a header");
    let dir = Workdir::with(SHEET, format!("{header}\n{rows}{row}"));
    let ended = dir
        .apply(
            SHEET,
            &sandbox,
            &[&PACE[..], &["--max-failures", "5"]].concat(),
        )
        .exits(3);
    let ended = as_printed(&dir, &ended).exits(1);
    assert_eq!(dir.results(RESULTS).count("assigned"), 1, "{ended}");
}

#[test]
fn the_last_row_outlasts_a_server_that_is_gone_for_longer_than_its_attempts() {
    let (sandbox, moves, dir) = moving(SHEET, 2);
    let gone = Arc::new(AtomicUsize::new(0));
    let times = Arc::clone(&gone);
    // From the second contact on nobody is met eight times, which is more than its attempts.
    let server = Server::before(&sandbox, move |asked| {
        let is_gone = asked.path.contains("10002") || times.load(Ordering::SeqCst) > 0;
        if is_gone && times.fetch_add(1, Ordering::SeqCst) < 8 {
            Reply::Closed
        } else {
            Reply::PassedOn
        }
    });
    let more = [
        "--max-attempts",
        "2",
        "--concurrency",
        "1",
        "--rate",
        "50/s",
    ];
    let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", &server.url]);
    let ended = Ended::of(command.args(more).env("REASSIGN_TOKEN", TOKEN)).exits(0);
    assert!(gone.load(Ordering::SeqCst) > 8, "{ended}");
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn a_mistyped_command_is_not_taken_for_a_sheet() {
    let sheet = "contact,assignee\nid:10001,ben.carter@example.com\n";
    let dir = Workdir::with(SHEET, sheet);
    dir.run(["aply", SHEET, "--sandbox"])
        .is_refused(2)
        .says("'aply'")
        .says("'apply'");
    dir.write("aply", sheet);
    dir.run(["aply", "--sandbox"])
        .exits(0)
        .says("give 1 contact to a new owner");
}
