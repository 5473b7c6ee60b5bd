//! What stands on disk decides what a command does: nothing that was sent is lost, whatever command follows.

use std::fs;

use crate::moves::{Moves, moving};
use crate::running::{Running, as_printed, journaled};
use crate::support::{Ended, Sandbox, Workdir, journal_with, wait_until};
use crate::workbooks::workbook;

mod worksheets;

const SHEET: &str = "s.csv";
const OUT: &str = "out.csv";
const JOURNAL: &str = "out.reassign/journal";

/// A run into `out.csv` that was killed after some rows.
fn killed(count: usize) -> (Sandbox, Moves, Workdir) {
    let sandbox = Sandbox::with(["--latency", "20ms"]);
    let moves = Moves::of(&sandbox, count);
    let dir = Workdir::with(SHEET, moves.sheet());
    let mut run =
        Running::start(&mut dir.applying(SHEET, &sandbox, &["-o", OUT, "--rate", "50/s"]));
    wait_until("some rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= 8
    });
    run.kill();
    run.ends();
    (sandbox, moves, dir)
}

fn plan(dir: &Workdir, sandbox: &Sandbox, args: &[&str]) -> Ended {
    let mut command = dir.command(args);
    command.args(["--base-url", &sandbox.url]);
    Ended::of(&mut command)
}

#[test]
fn a_dry_run_of_a_killed_run_changes_nothing_and_the_run_is_continued_and_undone() {
    let (sandbox, moves, dir) = killed(40);
    let (files, journal) = (dir.files(), dir.read(JOURNAL));
    plan(&dir, &sandbox, &["apply", SHEET, "-o", OUT, "--dry-run"])
        .exits(0)
        .says("done by then: ");
    assert_eq!(dir.read(JOURNAL), journal);
    assert_eq!(dir.files(), files);
    dir.apply(SHEET, &sandbox, &["-o", OUT, "--rate", "1000/s"])
        .exits(0);
    moves.are_made(&dir.results(OUT), &sandbox);
    dir.run(["undo", OUT]).exits(0).says("40  to give back");
}

#[test]
fn a_plan_is_not_saved_over_the_record_of_a_killed_run() {
    let (sandbox, moves, dir) = killed(30);
    let journal = dir.read(JOURNAL);
    plan(&dir, &sandbox, &["plan", SHEET, "-o", OUT])
        .is_refused(2)
        .says("holds the results of a run, or the record of one, which a plan must not replace")
        .says("-o out-2.csv");
    assert_eq!(dir.read(JOURNAL), journal);
    plan(&dir, &sandbox, &["plan", SHEET, "-o", "out-2.csv"]).exits(0);
    dir.apply(SHEET, &sandbox, &["-o", OUT, "--rate", "1000/s"])
        .exits(0);
    moves.are_made(&dir.results(OUT), &sandbox);
}

#[test]
fn a_plan_in_a_second_terminal_leaves_the_record_of_a_run_alone() {
    let sandbox = Sandbox::with(["--latency", "50ms"]);
    let moves = Moves::of(&sandbox, 60);
    let dir = Workdir::with(SHEET, moves.sheet());
    let run = Running::start(&mut dir.applying(SHEET, &sandbox, &["-o", OUT, "--rate", "40/s"]));
    wait_until("some rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= 5
    });
    plan(&dir, &sandbox, &["apply", SHEET, "-o", OUT, "--dry-run"])
        .exits(0)
        .says("A run is at work on these results");
    plan(&dir, &sandbox, &["plan", SHEET, "-o", OUT]).is_refused(2);
    run.ends().exits(0);
    moves.are_made(&dir.results(OUT), &sandbox);
    dir.run(["undo", OUT]).exits(0).says("60  to give back");
}

#[test]
fn a_trial_and_a_real_run_share_no_file() {
    let (sandbox, moves, dir) = moving(SHEET, 12);
    let trial = ["apply", SHEET, "--sandbox"];
    dir.run(trial).exits(0);
    // A saved plan is tried beside it.
    plan(&dir, &sandbox, &["plan", SHEET, "-o", "plan.csv"]).exits(0);
    let saved = (dir.read("plan.csv"), dir.read("plan.reassign/journal"));
    dir.run(["apply", "plan.csv", "--sandbox"]);
    assert_eq!(
        (dir.read("plan.csv"), dir.read("plan.reassign/journal")),
        saved
    );
    assert!(dir.path("plan.trial.results.csv").exists());
    let made = dir.files();
    assert!(made.contains(&"s.trial.results.csv".to_owned()), "{made:?}");
    assert!(!made.contains(&"s.results.csv".to_owned()), "{made:?}");
    let kept = dir.read("s.trial.results.csv");

    // A run that cannot connect leaves the trial alone and locks nothing.
    let mut nowhere = dir.command([
        "apply",
        SHEET,
        "--yes",
        "--base-url",
        "http://127.0.0.1:9/v1",
    ]);
    Ended::of(nowhere.env("REASSIGN_TOKEN", "t")).is_refused(2);
    assert_eq!(dir.files(), made);
    assert_eq!(dir.read("s.trial.results.csv"), kept);
    dir.apply(SHEET, &sandbox, &["--rate", "1000/s"]).exits(0);
    moves.are_made(&dir.results("s.results.csv"), &sandbox);

    // The other way round.
    let journal = dir.read("s.reassign/journal");
    dir.run(trial).exits(0);
    assert_eq!(dir.read("s.reassign/journal"), journal);
    dir.run(["undo", "s.results.csv"])
        .exits(0)
        .says("12  to give back");
}

#[test]
fn results_of_a_trial_are_refused_without_the_sandbox_and_real_ones_with_it() {
    let (sandbox, _, dir) = moving(SHEET, 6);
    dir.run(["apply", SHEET, "--sandbox", "--limit", "2"])
        .exits(1);
    dir.apply("s.trial.results.csv", &sandbox, &[])
        .is_refused(2)
        .says("was made by practice (`--sandbox`)")
        .says("--sandbox");
    assert_eq!(sandbox.writes(), 0);
    dir.run(["apply", "s.trial.results.csv", "--sandbox"])
        .exits(0);

    dir.apply(SHEET, &sandbox, &["--limit", "2"]).exits(1);
    let journal = dir.read("s.reassign/journal");
    dir.run(["apply", "s.results.csv", "--sandbox"])
        .is_refused(2)
        .says("was made by a real run");
    dir.run(["apply", SHEET, "--sandbox", "-o", "s.results.csv"])
        .is_refused(2)
        .says("was made by a real run");
    assert_eq!(dir.read("s.reassign/journal"), journal);
    // Without its journal, too.
    fs::remove_file(dir.path("s.trial.reassign/journal")).expect("a journal");
    dir.apply("s.trial.results.csv", &sandbox, &[])
        .is_refused(2)
        .says("was made by practice (`--sandbox`)");
}

#[test]
fn this_months_sheet_of_the_same_name_gets_results_with_the_date() {
    let sandbox = Sandbox::start();
    let ids: Vec<u64> = sandbox.record().into_keys().take(20).collect();
    let sheet = |ids: &[u64], to: &str| {
        let rows: String = ids.iter().map(|id| format!("id:{id},{to}\n")).collect();
        format!("contact,assignee\n{rows}")
    };
    let dir = Workdir::with("moves.csv", sheet(&ids[..10], "101"));
    dir.apply("moves.csv", &sandbox, &["--rate", "1000/s"])
        .exits(0);
    let last_month = dir.read("moves.results.csv");
    let journal = dir.read("moves.reassign/journal");

    dir.write("moves.csv", sheet(&ids[10..], "102"));
    let today = jiff::Zoned::now()
        .with_time_zone(jiff::tz::TimeZone::UTC)
        .date();
    let name = format!("moves.{today}.results.csv");
    plan(&dir, &sandbox, &["plan", "moves.csv"])
        .exits(0)
        .says(&format!("new results are written to `{name}`"));
    let ended = dir
        .apply("moves.csv", &sandbox, &["--rate", "1000/s", "--limit", "4"])
        .exits(1)
        .says(&format!("new results are written to `{name}`"));
    assert_eq!(ended.stdout(), format!("{name}\n"));
    // The same command goes on with this month's.
    let ended = dir
        .apply("moves.csv", &sandbox, &["--rate", "1000/s"])
        .exits(0);
    assert_eq!(ended.stdout(), format!("{name}\n"));
    assert_eq!(dir.results(&name).count("not_attempted"), 0);
    assert_eq!(dir.read("moves.results.csv"), last_month);
    assert_eq!(dir.read("moves.reassign/journal"), journal);
}

#[test]
fn another_sheet_is_refused_while_the_results_of_the_first_have_open_rows() {
    let sandbox = Sandbox::start();
    let ids: Vec<u64> = sandbox.record().into_keys().take(20).collect();
    let sheet = |ids: &[u64]| {
        let rows: String = ids.iter().map(|id| format!("id:{id},101\n")).collect();
        format!("contact,assignee\n{rows}")
    };
    let dir = Workdir::with("moves.csv", sheet(&ids[..10]));
    dir.apply("moves.csv", &sandbox, &["--limit", "3"]).exits(1);
    dir.write("moves.csv", sheet(&ids[10..]));
    dir.apply("moves.csv", &sandbox, &[])
        .is_refused(2)
        .says("and this sheet is another")
        .says("apply moves.results.csv")
        .says("-o moves-2.results.csv");
    // An edited one is neither.
    dir.write("moves.csv", sheet(&ids[..11]));
    dir.apply("moves.csv", &sandbox, &[])
        .is_refused(2)
        .says("this sheet was edited since");
}

/// A workbook of contacts, of which some rows were sent, with results as text and as a workbook.
fn half_done() -> (Sandbox, Workdir) {
    let sandbox = Sandbox::start();
    let ids: Vec<u64> = sandbox.record().into_keys().take(20).collect();
    let contacts: Vec<String> = ids.iter().map(|id| format!("id:{id}")).collect();
    let mut rows = vec![["contact", "assignee"]];
    rows.extend(contacts.iter().map(|contact| [contact.as_str(), "101"]));
    let rows: Vec<&[&str]> = rows.iter().map(<[&str; 2]>::as_slice).collect();
    let dir = Workdir::with("m.xlsx", workbook(&rows));
    dir.apply("m.xlsx", &sandbox, &["--limit", "8", "--rate", "1000/s"])
        .exits(1);
    (sandbox, dir)
}

#[test]
fn a_workbook_beside_results_without_a_journal_is_written_with_them() {
    let (sandbox, dir) = half_done();
    fs::remove_file(dir.path("m.reassign/journal")).expect("a journal");
    let refused = dir.apply("m.xlsx", &sandbox, &[]).is_refused(2);
    refused
        .says("the record of the run that wrote it (`m.reassign/journal`) does not")
        .says("; nothing was changed");
    dir.apply("m.results.csv", &sandbox, &["--rate", "1000/s"])
        .exits(0)
        .says("has no journal (the record of its runs) beside it");
    let writes = sandbox.writes();
    // Both say the same now, whichever is read.
    dir.apply("m.xlsx", &sandbox, &[])
        .exits(0)
        .says("Nothing to change");
    dir.apply("m.results.xlsx", &sandbox, &["--blind"])
        .exits(0)
        .says("Nothing to change");
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn a_former_state_of_the_results_sends_nothing_again_and_is_brought_up_to_date() {
    let sandbox = Sandbox::with(["--latency", "1ms"]);
    let moves = Moves::of(&sandbox, 20);
    let dir = Workdir::with(SHEET, moves.sheet());
    let fast = ["-o", OUT, "--rate", "1000/s"];
    dir.apply(SHEET, &sandbox, &[&fast[..], &["--limit", "5"]].concat())
        .exits(1);
    let former = dir.read(OUT);
    dir.apply(SHEET, &sandbox, &fast).exits(0);
    let (last, writes) = (dir.results(OUT), sandbox.writes());

    // Whether it is put back as it was, or saved again by a spreadsheet program, and even where nothing is read.
    for state in [former.clone(), former.replace('\n', "\r\n")] {
        for more in [&[][..], &["--blind", "--same-workspace"]] {
            dir.write(OUT, &state);
            dir.apply(OUT, &sandbox, &[&["--rate", "1000/s"], more].concat())
                .exits(0)
                .says("a former state of these results: rows 7, 8, 9, 10, 11, 12, 13, 14 and 7 more say less");
            let now = dir.results(OUT);
            for (row, then) in now.rows.iter().zip(&last.rows) {
                assert_eq!(row.0, then.0);
            }
        }
    }
    assert_eq!(sandbox.writes(), writes);
    dir.run(["undo", OUT]).exits(0).says("20  to give back");
}

#[test]
fn what_differs_in_its_ending_only_does_not_share_the_folder_of_what_is_there() {
    let (sandbox, moves, dir) = moving(SHEET, 6);
    dir.write("other.csv", moves.sheet());
    dir.apply(SHEET, &sandbox, &["-o", OUT, "--limit", "2"])
        .exits(1);
    let journal = dir.read(JOURNAL);
    for refused in [
        dir.apply("other.csv", &sandbox, &["-o", "out.tsv"]),
        dir.run(["apply", "other.csv", "--sandbox", "-o", "out.tsv"]),
    ] {
        refused
            .is_refused(2)
            .says("`out.tsv` would share the folder `out.reassign` with `out.csv`")
            .says("-o out-2.tsv");
    }
    plan(&dir, &sandbox, &["plan", "other.csv", "-o", "plan.csv"]).exits(0);
    let plans = dir.read("plan.reassign/journal");
    plan(&dir, &sandbox, &["plan", "other.csv", "-o", "plan.tsv"])
        .is_refused(2)
        .says("`plan.tsv` would share the folder `plan.reassign` with `plan.csv`");
    assert_eq!(dir.read(JOURNAL), journal);
    assert_eq!(dir.read("plan.reassign/journal"), plans);
}

#[test]
fn a_copy_of_results_that_differs_in_its_ending_only_does_not_take_their_folder_over() {
    let (sandbox, moves, dir) = moving(SHEET, 6);
    dir.apply(SHEET, &sandbox, &["-o", OUT, "--limit", "2"])
        .exits(1);
    let journal = dir.read(JOURNAL);
    dir.write("out.tsv", dir.read(OUT));
    let refused = dir
        .apply("out.tsv", &sandbox, &[])
        .is_refused(2)
        .says("`out.tsv` would share the folder `out.reassign` with `out.csv`");
    assert_eq!(dir.read(JOURNAL), journal);
    assert_eq!(sandbox.writes(), 2);
    let refused = refused.says("continue with `out.csv`:");
    as_printed(&dir, &refused).exits(0);
    moves.are_made(&dir.results(OUT), &sandbox);
}

#[test]
fn results_keep_their_folder_when_they_are_renamed_or_their_journal_is_lost() {
    let (sandbox, _, dir) = moving(SHEET, 6);
    dir.apply(SHEET, &sandbox, &["-o", OUT, "--limit", "2"])
        .exits(1);
    let renamed = |from: &str, to: &str| fs::rename(dir.path(from), dir.path(to)).expect("there");
    renamed(OUT, "new.csv");
    renamed("out.reassign", "new.reassign");
    let journal = dir.read("new.reassign/journal");
    let is_refused = || {
        dir.apply(SHEET, &sandbox, &["-o", "new.tsv"])
            .is_refused(2)
            .says("`new.tsv` would share the folder `new.reassign` with `new.csv`");
        assert_eq!(sandbox.writes(), 2);
    };
    is_refused();
    assert_eq!(dir.read("new.reassign/journal"), journal);

    fs::remove_dir_all(dir.path("new.reassign")).expect("there");
    is_refused();
}

/// A workspace of twenty contacts that no other one has, behind this port.
fn workspace(dir: &Workdir, first: u64, port: &str) -> Sandbox {
    let rows: String = (first..first + 20)
        .map(|id| format!("{id},c{id}@example.com,c{id}@example.com\n"))
        .collect();
    let file = dir.path("workspace.csv");
    fs::write(&file, format!("id,first_name,email\n{rows}")).expect("a file");
    let users = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/workspace/users.csv");
    let file = file.to_str().expect("a path");
    Sandbox::with(["--contacts", file, "--users", users, "--port", port])
}

#[test]
fn a_run_does_not_go_on_in_another_workspace_behind_the_same_address() {
    let dir = Workdir::new();
    let one = workspace(&dir, 500, "0");
    let rows: String = (500..520)
        .map(|id| format!("c{id}@example.com,101\n"))
        .collect();
    dir.write(SHEET, format!("contact,assignee\n{rows}"));
    dir.apply(SHEET, &one, &["--limit", "6", "--rate", "1000/s"])
        .exits(1);
    let (_, port) = one.authority().split_once(':').expect("a port");
    let port = port.to_owned();
    drop(one);
    // The same address, and behind it what another token shows.
    let other = workspace(&dir, 900, &port);
    let (results, journal) = (dir.read("s.results.csv"), dir.read("s.reassign/journal"));
    dir.apply(SHEET, &other, &[])
        .is_refused(2)
        .says("this is another workspace than the one that the runs before wrote to")
        .says("--same-workspace");
    dir.apply(SHEET, &other, &["--blind"])
        .is_refused(2)
        .says("nothing shows that this is the workspace");
    assert_eq!(other.writes(), 0);
    assert_eq!(dir.read("s.results.csv"), results);
    assert_eq!(dir.read("s.reassign/journal"), journal);
    drop(other);
    let one = workspace(&dir, 500, &port);
    dir.apply(SHEET, &one, &["--rate", "1000/s"]).exits(0);
    assert_eq!(one.writes(), 14);
}

#[test]
fn a_plan_shows_the_sheet_for_new_results_where_it_cannot_go_on_and_changes_nothing() {
    type Make = fn(&Workdir, &Sandbox);
    type Case<'a> = (&'a str, Make, &'a [&'a str]);
    fn begun(dir: &Workdir, sandbox: &Sandbox) {
        dir.apply(SHEET, sandbox, &["--limit", "2"]).exits(1);
    }
    const RESULTS: &str = "s.results.csv";
    let shown: &[&str] = &["plan", SHEET];
    let cases: [Case<'_>; 10] = [
        (
            "line 2 of the journal `s.reassign/journal` is damaged",
            |dir, sandbox| {
                begun(dir, sandbox);
                let journal = dir.read("s.reassign/journal").replacen("rows", "cows", 1);
                dir.write("s.reassign/journal", journal);
            },
            shown,
        ),
        (
            "`out.tsv` would share the folder `out.reassign` with `out.csv`",
            |dir, sandbox| {
                dir.apply(SHEET, sandbox, &["-o", OUT]).exits(0);
            },
            &["apply", SHEET, "--dry-run", "-o", "out.tsv"],
        ),
        (
            "`s.trial.results.csv` was made by practice (`--sandbox`)",
            |dir, _| {
                dir.run(["apply", SHEET, "--sandbox"]).exits(0);
            },
            &["apply", SHEET, "--dry-run", "-o", "s.trial.results.csv"],
        ),
        (
            "`s.results.csv` was made by a real run",
            begun,
            &["apply", SHEET, "--sandbox", "--dry-run", "-o", RESULTS],
        ),
        (
            "`s.results.csv` holds results of the workspace https://elsewhere.example/v1",
            |dir, sandbox| {
                begun(dir, sandbox);
                let journal = "s.reassign/journal";
                dir.write(journal, journal_of(&dir.read(journal), &sandbox.url));
            },
            shown,
        ),
        (
            "`s.results.csv` exists, and holds no results of this sheet",
            |dir, _| dir.write(RESULTS, "a,b\n1,2\n"),
            shown,
        ),
        (
            "`out.csv` holds a saved plan",
            |dir, sandbox| {
                plan(dir, sandbox, &["plan", SHEET, "-o", OUT]).exits(0);
            },
            &["apply", SHEET, "--dry-run", "-o", OUT],
        ),
        (
            "`s.results.csv` exists, and the record of the run that wrote it",
            |dir, sandbox| {
                begun(dir, sandbox);
                fs::remove_file(dir.path("s.reassign/journal")).expect("a journal");
            },
            shown,
        ),
        (
            "the results `s.results.csv` are gone",
            |dir, sandbox| {
                begun(dir, sandbox);
                fs::remove_file(dir.path(RESULTS)).expect("results");
            },
            shown,
        ),
        (
            "this sheet was edited since",
            |dir, sandbox| {
                begun(dir, sandbox);
                dir.write(SHEET, dir.read(SHEET) + "id:10050,101\n");
            },
            shown,
        ),
    ];
    let sandbox = Sandbox::start();
    for (why, make, command) in cases {
        let moves = Moves::of(&sandbox, 6);
        let dir = Workdir::with(SHEET, moves.sheet());
        make(&dir, &sandbox);
        let state = || -> Vec<_> {
            let files = dir.all_files().into_iter();
            files
                .map(|file| (fs::read(dir.path(&file)).ok(), file))
                .collect()
        };
        let before = (state(), sandbox.writes());
        let is_trial = command.contains(&"--sandbox");
        let ended = match is_trial {
            true => dir.run(command),
            false => plan(&dir, &sandbox, command),
        };
        ended
            .exits(0)
            .says("This is a plan for new results: ")
            .says(why);
        assert_eq!((state(), sandbox.writes()), before, "{why}");
    }
}

/// A journal of a workspace elsewhere.
fn journal_of(journal: &str, here: &str) -> String {
    journal_with(journal, |line| {
        line.replace(here, "https://elsewhere.example/v1")
    })
}

#[test]
fn results_in_a_workbook_of_a_kind_that_is_not_written_are_planned_and_go_on_elsewhere() {
    let (sandbox, dir) = half_done();
    fs::copy(dir.path("m.results.xlsx"), dir.path("there.xlsm")).expect("a copy");
    plan(&dir, &sandbox, &["plan", "there.xlsm"]).exits(0);
    let refused = dir.apply("there.xlsm", &sandbox, &["--rate", "1000/s"]);
    let refused = refused
        .is_refused(2)
        .says("is a workbook of another kind than results are written as");
    assert_eq!(sandbox.writes(), 8);
    as_printed(&dir, &refused).exits(0);
    assert_eq!(sandbox.writes(), 20);
    assert!(dir.path("there-2.csv").exists());
}
