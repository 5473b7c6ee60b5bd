//! A run that was killed, and a sheet, results or clock that are not what they were when it goes on.

use crate::moves::Moves;
use crate::running::{Running, as_printed, journaled};
use crate::support::{Sandbox, Workdir, journal_with, wait_until};
use crate::workbooks::workbook;

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const JOURNAL: &str = "contacts.reassign/journal";
const GRACE: &str = "grace.tan@example.com";

/// A run of 40 contacts in rows 2 to 41, one after the other, killed when some were settled.
fn killed() -> (Sandbox, Moves, Workdir) {
    let sandbox = Sandbox::with(["--latency", "30ms"]);
    let moves = Moves::of(&sandbox, 40);
    let dir = Workdir::with(SHEET, moves.sheet());
    let options = ["--rate", "20/s", "--concurrency", "1"];
    let run = Running::start(&mut dir.applying(SHEET, &sandbox, &options));
    wait_until("some rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= 5
    });
    run.signal("KILL");
    run.ends();
    (sandbox, moves, dir)
}

/// The sheet with other text in some lines, counted as the spreadsheet program does.
fn edited(sheet: &str, edit: impl Fn(usize, &str) -> Option<String>) -> String {
    let lines = sheet.lines().zip(1..);
    let lines = lines.filter_map(|(line, row)| edit(row, line));
    lines.map(|line| line + "\n").collect()
}

fn to(line: &str, assignee: &str) -> String {
    let (contact, _) = line.split_once(',').expect("two cells");
    format!("{contact},{assignee}")
}

#[test]
fn a_settled_row_that_was_asked_for_again_and_was_wrong_is_taken_as_it_is_corrected() {
    let sandbox = Sandbox::start();
    let nobodys = sandbox
        .record()
        .into_iter()
        .filter(|(_, held)| held.assignee.is_empty());
    let ids: Vec<u64> = nobodys.map(|(id, _)| id).take(2).collect();
    let dir = Workdir::with(
        "team.csv",
        format!("contact,assignee\nid:{},unassign\n", ids[0]),
    );
    let results = "team.results.csv";
    let options = ["--rate", "1000/s", "--max-unassign", "1"];
    let apply = |sheet| dir.apply(sheet, &sandbox, &options);
    apply("team.csv").exits(0);
    assert_eq!(dir.results(results).count("unchanged"), 1);
    dir.results(results).repair(2, "reassign_decision", "again");
    dir.results(results).repair(2, "assignee", "nobody knows");
    apply(results).exits(1);
    assert_eq!(dir.results(results).count("invalid"), 1);
    dir.results(results)
        .repair(2, "contact", &format!("id:{}", ids[1]));
    dir.results(results).repair(2, "assignee", "101");
    let ended = apply(results).exits(0).does_not_say("a former state");
    assert_eq!(dir.results(results).count("assigned"), 1, "{ended}");
    assert_eq!(sandbox.record()[&ids[1]].writes, 1, "{ended}");
    assert_eq!(sandbox.record()[&ids[0]].writes, 0, "{ended}");
}

#[test]
fn a_settled_row_that_was_asked_for_again_and_contradicted_gives_way_when_it_is_skipped() {
    let sandbox = Sandbox::start();
    let id = *sandbox.record().keys().next().expect("a contact");
    let dir = Workdir::with(
        "team.csv",
        format!("contact,assignee\nid:{id},101\nid:{id},nobody knows\n"),
    );
    let results = "team.results.csv";
    let apply = |sheet| dir.apply(sheet, &sandbox, &["--rate", "1000/s"]);
    apply("team.csv").exits(1);
    assert_eq!(dir.results(results).count("assigned"), 1);
    dir.results(results).repair(2, "reassign_decision", "again");
    dir.results(results).repair(3, "assignee", "102");
    apply(results).exits(1);
    assert_eq!(dir.results(results).count("conflict"), 2);
    dir.results(results).repair(2, "reassign_decision", "skip");
    let ended = apply(results).exits(0).does_not_say("a former state");
    let told = dir.results(results);
    let expected = [(2, "skipped"), (3, "assigned")];
    assert_eq!(told.statuses(), expected, "{ended}");
    assert_eq!(sandbox.record()[&id].writes, 2, "{ended}");
}

#[test]
fn a_killed_run_goes_on_with_an_edited_sheet_and_names_what_changed() {
    let (sandbox, moves, dir) = killed();
    let sheet = edited(&moves.sheet(), |row, line| match row {
        3 | 30 => Some(to(line, GRACE)),
        40.. => None,
        _ => Some(line.to_owned()),
    });
    dir.write(SHEET, sheet);
    let written = sandbox.record()[&10_002].clone();
    let ended = dir
        .apply(SHEET, &sandbox, &["--rate", "200/s"])
        .exits(0)
        .says("Continuing the run of ")
        .says("the sheet has changed since then")
        .says("rows 3, 30 say something else now; open rows are read as they are now, finished rows are not done again")
        .says("rows 40, 41 are not in the sheet any more")
        .says("1 row is done and says something else now, which will not be done")
        .says("row 3 was settled as id:10002 for ");
    assert_eq!(
        sandbox.record()[&10_002],
        written,
        "not sent again\n{ended}"
    );
    let results = dir.results(RESULTS);
    assert_eq!(results.rows.len(), 38, "{ended}");
    assert_eq!(results.count("assigned"), 38, "{ended}");
    assert_eq!(results.row(3).get("assignee"), written.assignee);
    assert_eq!(results.row(3).0["assignee"], GRACE);
    assert_eq!(results.row(30).get("assignee"), GRACE);
    let record = sandbox.record();
    assert_eq!(record[&10_029].assignee, GRACE);
    assert!(record.values().all(|held| held.writes <= 1));
    assert_eq!(record[&10_039].writes + record[&10_040].writes, 0);

    // From here on this version of the sheet is the one that the results are about.
    dir.apply(SHEET, &sandbox, &[])
        .exits(0)
        .says("Nothing to change: every row is finished.");
    dir.write(SHEET, moves.sheet());
    dir.apply(SHEET, &sandbox, &[])
        .is_refused(2)
        .says("this sheet was edited since");
}

#[test]
fn rows_that_stand_elsewhere_in_an_edited_sheet_are_known_by_what_they_say() {
    let (sandbox, moves, dir) = killed();
    let (header, rows) = moves.sheet().split_once('\n').map_or_else(
        || panic!("a header"),
        |(header, rows)| (header.to_owned(), rows.to_owned()),
    );
    // A row in front, twice, each time with a run that is killed, then all of them the other way round.
    let settled = journaled(&dir, JOURNAL, "outcome");
    dir.write(SHEET, format!("{header}\nid:10055,{GRACE}\n{rows}"));
    let options = ["--rate", "20/s", "--concurrency", "1"];
    let run = Running::start(&mut dir.applying(SHEET, &sandbox, &options));
    wait_until("more rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= settled + 3
    });
    run.signal("KILL");
    run.ends();
    let mut lines: Vec<&str> = rows.lines().collect();
    lines.reverse();
    let lines = lines.join("\n");
    dir.write(
        SHEET,
        format!("{header}\n{lines}\nid:10056,{GRACE}\nid:10055,{GRACE}\n"),
    );
    let ended = dir
        .apply(SHEET, &sandbox, &["--rate", "200/s"])
        .exits(0)
        .says("Continuing the run of ")
        .says("row 42 is new")
        .does_not_say("say something else now");
    let results = dir.results(RESULTS);
    assert_eq!(results.count("assigned"), 42, "{ended}");
    assert_eq!(results.row(2).get("contact"), "id:10040", "{ended}");
    assert_eq!(results.row(42).get("contact"), "id:10056", "{ended}");
    let record = sandbox.record();
    assert!(record.values().all(|held| held.writes <= 1), "{ended}");
    dir.run(["undo", RESULTS]).exits(0).says("42  to give back");
}

#[test]
fn a_sheet_that_is_edited_while_its_run_is_under_way_is_gone_on_with_by_the_printed_command() {
    let sandbox = Sandbox::with(["--latency", "30ms"]);
    let moves = Moves::of(&sandbox, 20);
    let dir = Workdir::with(SHEET, moves.sheet());
    let run = Running::start(&mut dir.applying(SHEET, &sandbox, &["--rate", "20/s"]));
    wait_until("some rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= 5
    });
    let added = format!("{}id:10030,{GRACE}\n", moves.sheet());
    dir.write(SHEET, added);
    let ended = run
        .ends()
        .is_refused(3)
        .says("`contacts.csv` was changed while it was being read");
    assert!(!dir.files().contains(&RESULTS.to_owned()), "{ended}");
    let continued = as_printed(&dir, &ended)
        .exits(0)
        .says("done by then: 20 rows finished")
        .says("row 22 is new");
    let results = dir.results(RESULTS);
    assert_eq!(results.count("assigned"), 21, "{continued}");
    assert_eq!(sandbox.writes(), 21, "{continued}");
}

#[test]
fn a_killed_run_does_not_go_on_with_another_sheet() {
    let (sandbox, moves, dir) = killed();
    let (writes, journal) = (sandbox.writes(), dir.read(JOURNAL));
    let another = edited(&moves.sheet(), |row, line| {
        Some(match row {
            1 => line.to_owned(),
            row => format!("id:{},{GRACE}", 10_100 + row),
        })
    });
    dir.write(SHEET, another);
    dir.apply(SHEET, &sandbox, &[])
        .is_refused(2)
        .says("`contacts.csv` is not the sheet of the run that was cut short (begun ")
        .says("of its 40 rows, ")
        .says("-o contacts-2.results.csv");
    assert_eq!(sandbox.writes(), writes, "nothing was sent");
    assert_eq!(dir.read(JOURNAL), journal, "the journal stands as it was");

    // Nor with an edited one if the journal does not tell what the rows said.
    let told: Vec<&str> = journal
        .lines()
        .filter(|line| !line.starts_with(r#"{"rows":"#))
        .collect();
    assert_eq!(told.len() + 1, journal.lines().count());
    dir.write(JOURNAL, told.join("\n") + "\n");
    dir.write(
        SHEET,
        edited(&moves.sheet(), |row, line| {
            Some(if row == 30 {
                to(line, GRACE)
            } else {
                line.to_owned()
            })
        }),
    );
    dir.apply(SHEET, &sandbox, &[])
        .is_refused(2)
        .says("is not the sheet of the run that was cut short (begun ")
        .says("the journal does not say what its rows said then");

    dir.write(JOURNAL, journal);
    dir.write(SHEET, moves.sheet());
    dir.apply(SHEET, &sandbox, &["--rate", "200/s"]).exits(0);
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn a_killed_rerun_does_not_take_an_edited_cell_for_what_it_had_sent() {
    let (sandbox, moves, dir) = killed();
    let options = ["--rate", "20/s", "--concurrency", "1"];
    let settled = journaled(&dir, JOURNAL, "outcome");
    let run = Running::start(&mut dir.applying(SHEET, &sandbox, &options));
    wait_until("more rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= settled + 3
    });
    run.signal("INT");
    run.ends().exits(130);
    // The results are there now, and a rerun of them is killed.
    let settled = journaled(&dir, JOURNAL, "outcome");
    let run = Running::start(&mut dir.applying(RESULTS, &sandbox, &options));
    wait_until("yet more rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= settled + 3
    });
    run.signal("KILL");
    run.ends();
    let mut results = dir.results(RESULTS);
    let first_open = results
        .rows
        .iter()
        .find(|row| row.get("status") == "not_attempted")
        .map(|row| (row.row(), row.get("assignee").to_owned()));
    let (row, was) = first_open.expect("an open row");
    results.repair(row, "assignee", GRACE);
    dir.apply(RESULTS, &sandbox, &["--rate", "200/s"])
        .exits(0)
        .says(&format!("row {row} says something else now"))
        .says(&format!("row {row} was settled as "));
    let results = dir.results(RESULTS);
    assert_eq!(results.row(row).get("assignee"), was);
    moves.are_made(&results, &sandbox);
}

/// The journal with all its times an hour later, as a clock that was ahead would have written it.
fn an_hour_ahead(journal: &str) -> String {
    let later = |at: &str| {
        let at: jiff::Timestamp = at.parse().expect("a time");
        (at + jiff::SignedDuration::from_hours(1)).to_string()
    };
    journal_with(journal, |line| match line.split_once("\"at\":\"") {
        Some((start, rest)) => {
            let (at, rest) = rest.split_once('"').expect("its end");
            format!("{start}\"at\":\"{}\"{rest}", later(at))
        }
        None => line.to_owned(),
    })
}

#[test]
fn a_clock_that_was_set_back_since_stops_nothing() {
    let (sandbox, moves, dir) = killed();
    dir.write(JOURNAL, an_hour_ahead(&dir.read(JOURNAL)));
    dir.apply(SHEET, &sandbox, &["--rate", "200/s", "--limit", "5"])
        .exits(1)
        .says("Continuing the run of ")
        .says("(by a clock that was ahead of this one)");
    dir.write(JOURNAL, an_hour_ahead(&dir.read(JOURNAL)));
    dir.apply(SHEET, &sandbox, &["--rate", "200/s"])
        .exits(0)
        .says("These are the results of the run of ")
        .says("(by a clock that was ahead of this one)");
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn a_repair_that_does_not_help_is_told_in_the_results_though_nothing_is_sent() {
    let sandbox = Sandbox::start();
    let sheet = "contact,assignee\nid:10001,102\nid:10002,103\nid:10002,104\n";
    let dir = Workdir::with(SHEET, sheet);
    dir.apply(SHEET, &sandbox, &[]).exits(1);
    let results = dir.read(RESULTS);
    dir.write(
        RESULTS,
        results
            .replace("\nid:10002,103,", "\nid:10001,103,")
            .replace("\nid:10002,104,", "\nid:10001,104,"),
    );
    dir.apply(RESULTS, &sandbox, &[]).exits(1);
    for row in [3, 4] {
        let row = dir.results(RESULTS).row(row).clone();
        assert_eq!(row.get("status"), "conflict");
        assert_eq!(row.get("contact"), "id:10001");
        assert!(row.get("error").contains("row 2"), "{row:?}");
    }
}

#[test]
fn a_row_that_was_refused_and_is_a_conflict_now_was_not_written_and_undo_knows_it() {
    let sandbox = Sandbox::start();
    // Nobody has that number, so that the API refuses the first row.
    let sheet = format!("contact,assignee\nid:10001,999\nid:10002,{GRACE}\n");
    let dir = Workdir::with(SHEET, sheet);
    dir.apply(SHEET, &sandbox, &[]).exits(1);
    let results = dir.read(RESULTS);
    dir.write(
        RESULTS,
        results.replace("\nid:10001,999,", "\nid:10002,104,"),
    );
    dir.apply(RESULTS, &sandbox, &[]).exits(1);
    assert_eq!(dir.results(RESULTS).row(2).get("status"), "conflict");
    dir.run(["undo", RESULTS, "-o", "back.csv"])
        .exits(0)
        .says("1  to give back")
        .does_not_say("nobody recorded");
}

#[test]
fn of_two_rows_that_make_the_same_change_each_keeps_its_outcome_when_rows_move() {
    let twin = |name| ["id:10060", GRACE, name];
    let bad = |name| ["nobody", GRACE, name];
    let other = |id| [id, GRACE, ""];
    let names = ["contact", "assignee", "name"];
    let then = [
        vec![names, twin("sent"), bad("one"), bad("two")],
        vec![other("id:10061"), other("id:10062"), other("id:10063")],
        vec![other("id:10064"), other("id:10065"), twin("duplicate")],
    ]
    .concat();
    let mut now = then.clone();
    now.reverse();
    now.rotate_right(1);
    now.insert(1, other("id:10066"));
    let made = |name: &str, rows: &[[&str; 3]]| match name {
        "contacts.xlsx" => workbook(&rows.iter().map(|row| &row[..]).collect::<Vec<_>>()),
        _ => {
            let lines = rows.iter().map(|row| row.join(",") + "\n");
            lines.collect::<String>().into_bytes()
        }
    };
    for name in ["contacts.csv", "contacts.xlsx"] {
        let sandbox = Sandbox::with(["--latency", "30ms"]);
        let dir = Workdir::with(name, made(name, &then));
        let options = ["--rate", "20/s", "--concurrency", "1"];
        let run = Running::start(&mut dir.applying(name, &sandbox, &options));
        wait_until("some rows are settled", || {
            journaled(&dir, JOURNAL, "outcome") >= 2
        });
        run.signal("KILL");
        run.ends();
        dir.write(name, made(name, &now));
        let ended = dir
            .apply(name, &sandbox, &["--rate", "200/s"])
            .exits(1)
            .says("row 2 is new")
            .does_not_say("say something else now");
        let results = dir.results(RESULTS);
        let statuses: Vec<(&str, &str)> = results
            .rows
            .iter()
            .map(|row| (row.0["name"].as_str(), row.get("status")))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        let expected = [
            ("duplicate", "duplicate"),
            ("two", "invalid"),
            ("one", "invalid"),
            ("sent", "assigned"),
        ];
        assert_eq!(statuses, expected, "{ended}");
        let record = sandbox.record();
        assert!(record.values().all(|held| held.writes <= 1), "{ended}");
    }
}
