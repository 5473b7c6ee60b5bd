//! Results are of one sheet of a workbook; another sheet of it is another sheet.

use super::*;
use crate::main_job::choices::shell;
use crate::main_job::command_after;
use crate::reading::{fill, workbook as sheets};

/// A workbook with two sheets of two contacts each, for two users.
fn two_sheets() -> Vec<u8> {
    let north = [
        ["contact", "assignee"],
        ["id:10001", "101"],
        ["id:10002", "101"],
    ];
    let south = [
        ["contact", "assignee"],
        ["id:10003", "102"],
        ["id:10004", "102"],
    ];
    sheets(
        &[&|sheet| fill(sheet.set_name("North")?, &north), &|sheet| {
            fill(sheet.set_name("South")?, &south)
        }],
    )
}

fn assignees(sandbox: &Sandbox) -> Vec<String> {
    let record = sandbox.record();
    let first = [10001, 10002, 10003, 10004];
    first.map(|id| record[&id].assignee.clone()).to_vec()
}

#[test]
fn another_sheet_of_a_workbook_gets_results_of_its_own() {
    let sandbox = Sandbox::start();
    let before = assignees(&sandbox);
    let dir = Workdir::with("team.xlsx", two_sheets());
    dir.apply("team.xlsx", &sandbox, &["--sheet", "North"])
        .exits(0);
    let north = dir.read("team.results.csv");
    let ended = dir
        .apply("team.xlsx", &sandbox, &["--sheet", "South"])
        .exits(0)
        .says("2 contacts were given to 1 user");
    assert_ne!(ended.stdout(), "team.results.csv\n");
    assert_eq!(dir.read("team.results.csv"), north);
    assert!(
        assignees(&sandbox)
            .iter()
            .zip(&before)
            .all(|(now, then)| now != then),
        "{ended}"
    );
    // Each goes on with its own.
    for sheet in ["North", "South"] {
        dir.apply("team.xlsx", &sandbox, &["--sheet", sheet])
            .exits(0)
            .says("every row is finished");
    }
}

#[test]
fn another_sheet_of_a_workbook_is_refused_while_the_first_has_open_rows() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with("team.xlsx", two_sheets());
    dir.apply("team.xlsx", &sandbox, &["--sheet", "North", "--limit", "1"])
        .exits(1);
    let refused = dir
        .apply("team.xlsx", &sandbox, &["--sheet", "South"])
        .is_refused(2)
        .says("holds results of the sheet `North` of")
        .says("this is the sheet `South`");
    assert_eq!(sandbox.writes(), 1);
    shell(
        &dir,
        &command_after(&refused, "start over in another file:"),
    )
    .exits(0);
    assert_eq!(sandbox.writes(), 3);
}

#[test]
fn another_sheet_of_a_workbook_does_not_go_on_with_a_run_that_was_killed() {
    let sandbox = Sandbox::with(["--latency", "100ms"]);
    let dir = Workdir::with("team.xlsx", two_sheets());
    let first = ["--sheet", "North", "--concurrency", "1"];
    let mut run = Running::start(&mut dir.applying("team.xlsx", &sandbox, &first));
    wait_until("a row is settled", || {
        journaled(&dir, "team.reassign/journal", "outcome") >= 1
    });
    run.kill();
    run.ends();
    let refused = dir
        .apply("team.xlsx", &sandbox, &["--sheet", "South"])
        .is_refused(2)
        .says("this is the sheet `South`");
    shell(
        &dir,
        &command_after(&refused, "continue the run that was cut short:"),
    )
    .exits(0);
    assert_eq!(dir.results("team.results.csv").count("assigned"), 2);
}
