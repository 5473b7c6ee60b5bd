//! Taking back what was applied: a sheet that gives contacts back to who had them, applied like any other.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use crate::support::{Ended, Held, ResultRow, Sandbox, Workdir, http};

mod evidence;

const SHEET: &str = "team.csv";
const RESULTS: &str = "team.results.csv";
const JOURNAL: &str = "team.reassign/journal";
const UNDO: &str = "team.undo.csv";

fn apply(dir: &Workdir, sheet: &str, sandbox: &Sandbox) -> Ended {
    let more = ["--rate", "1000/s", "--max-unassign", "100%"];
    dir.apply(sheet, sandbox, &more)
}

/// Who has which contact.
fn holders(sandbox: &Sandbox) -> BTreeMap<u64, String> {
    let record = sandbox.record();
    let holder = |(id, held): (u64, Held)| (id, held.assignee);
    record.into_iter().map(holder).collect()
}

/// Somebody else gives a contact to a user.
fn moved(sandbox: &Sandbox, id: u64, user: u64) {
    let target = format!("/v1/contact/id:{id}/conversation/assignee");
    let body = format!("{{\"assignee\":{user}}}");
    let answer = http(sandbox.authority(), "POST", &target, &[], &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// The lines of a sheet below its header, as cells.
fn lines(dir: &Workdir, name: &str) -> Vec<Vec<String>> {
    let text = dir.read(name);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(
        reader.headers().expect("a header"),
        [
            "contact",
            "from",
            "to",
            "reason",
            "undo_of",
            "undo_row",
            "undo_run",
            "undo_workspace"
        ]
        .as_slice()
    );
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| row.iter().map(str::to_owned).collect())
        .collect()
}

/// Runs the command on the line below the one that ends in this text, as somebody would who copies it.
#[track_caller]
pub(crate) fn as_printed(dir: &Workdir, ended: &Ended, text: &str) -> Ended {
    let stderr = ended.stderr();
    let mut lines = stderr.lines();
    lines
        .find(|line| line.ends_with(text))
        .unwrap_or_else(|| panic!("no `{text}` in\n{ended}"));
    let command = lines.next().expect("a command").trim();
    let args: Vec<&str> = command.split(' ').skip(1).collect();
    let mut command = dir.command(args);
    command.args(["--yes", "--rate", "1000/s"]);
    Ended::of(command.env("REASSIGN_TOKEN", crate::support::TOKEN))
}

/// A sheet that gives the first contacts of the sandbox to one of two users, or to nobody.
fn sheet(sandbox: &Sandbox, count: usize) -> String {
    let mut text = "contact,assignee\n".to_owned();
    for (place, id) in sandbox.record().into_keys().take(count).enumerate() {
        let to = ["101", "ben.carter@example.com", "unassign"][place % 3];
        writeln!(text, "id:{id},{to}").expect("a string takes text");
    }
    text
}

/// A sandbox, and a folder with a sheet that gives so many of its contacts to somebody else.
fn setup(count: usize) -> (Sandbox, Workdir) {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(&sandbox, count));
    (sandbox, dir)
}

/// The same with the sheet applied, and who had which contact before.
fn applied(count: usize) -> (Sandbox, Workdir, BTreeMap<u64, String>) {
    let (sandbox, dir) = setup(count);
    let before = holders(&sandbox);
    apply(&dir, SHEET, &sandbox).exits(0);
    (sandbox, dir, before)
}

#[test]
fn applying_the_undo_gives_every_contact_back_but_what_somebody_has_moved_since() {
    let (sandbox, dir) = setup(120);
    let before = holders(&sandbox);
    let applied = apply(&dir, SHEET, &sandbox).exits(0);
    applied.says(&format!("undo {RESULTS}"));
    let after = holders(&sandbox);
    let changed: Vec<u64> = before
        .iter()
        .filter(|(id, had)| after[id] != **had)
        .map(|(id, _)| *id)
        .collect();
    assert!(changed.len() > 80, "{}", changed.len());
    let theirs = changed[5];
    moved(&sandbox, theirs, 110);
    if holders(&sandbox)[&theirs] == before[&theirs] {
        moved(&sandbox, theirs, 109);
    }

    let undone = dir.run(["undo", RESULTS]).exits(0);
    assert_eq!(undone.stdout(), format!("{UNDO}\n"));
    assert_eq!(lines(&dir, UNDO).len(), changed.len());
    as_printed(&dir, &undone, "To give them back:").exits(1);
    let mut expected = before;
    expected.insert(theirs, holders(&sandbox)[&theirs].clone());
    assert_eq!(holders(&sandbox), expected);
    let results = dir.results("team.undo.results.csv");
    assert_eq!(results.count("drifted"), 1);
    let drifted = results
        .rows
        .iter()
        .find(|row| row.get("status") == "drifted")
        .expect("one");
    assert_eq!(drifted.get("contact"), format!("id:{theirs}"));
}

#[test]
fn who_had_nobody_gets_an_explicit_word_and_the_command_allows_as_many() {
    let sandbox = Sandbox::start();
    let nobodys: Vec<u64> = holders(&sandbox)
        .into_iter()
        .filter(|(_, held)| held.is_empty())
        .map(|(id, _)| id)
        .take(2)
        .collect();
    let rows: String = nobodys.iter().map(|id| format!("id:{id},101\n")).collect();
    let dir = Workdir::with(SHEET, format!("contact,assignee\n{rows}"));
    apply(&dir, SHEET, &sandbox).exits(0);
    let undone = dir
        .run(["undo", RESULTS])
        .exits(0)
        .says("The undo sheet is in team.undo.csv. Nothing has been changed yet.")
        .says("2 of these had no owner before and will have none again")
        .says("--max-unassign 2");
    let rows = lines(&dir, UNDO);
    assert_eq!(
        rows[0][..3],
        [
            format!("id:{}", nobodys[0]),
            "101".into(),
            "unassign".into()
        ]
    );
    as_printed(&dir, &undone, "To give them back:").exits(0);
    assert!(nobodys.iter().all(|id| holders(&sandbox)[id].is_empty()));
}

#[test]
fn what_was_unassigned_goes_back_only_while_nobody_has_it() {
    let sandbox = Sandbox::start();
    let ids: Vec<u64> = holders(&sandbox)
        .into_iter()
        .filter(|(_, held)| !held.is_empty())
        .map(|(id, _)| id)
        .take(2)
        .collect();
    let before = holders(&sandbox);
    let rows: String = ids.iter().map(|id| format!("id:{id},unassign\n")).collect();
    let dir = Workdir::with(SHEET, format!("contact,assignee\n{rows}"));
    apply(&dir, SHEET, &sandbox).exits(0);
    moved(&sandbox, ids[1], 110);
    let undone = dir.run(["undo", RESULTS]).exits(0);
    assert_eq!(lines(&dir, UNDO)[0][1], "nobody");
    as_printed(&dir, &undone, "To give them back:").exits(1);
    let after = holders(&sandbox);
    assert_eq!(after[&ids[0]], before[&ids[0]]);
    assert_ne!(after[&ids[1]], before[&ids[1]]);
}

#[test]
fn what_was_written_blindly_is_listed_and_not_guessed() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, "contact,assignee\nid:10001,101\nid:10002,101\n");
    let more = ["--blind", "--rate", "1000/s"];
    dir.apply(SHEET, &sandbox, &more)
        .exits(0)
        .says("This cannot be undone");
    dir.run(["undo", RESULTS])
        .exits(1)
        .says("2  not given back: nobody recorded who had them")
        .says("rows 2, 3")
        .says("no sheet was written");
    assert!(!dir.path(UNDO).exists());
}

#[test]
fn one_run_is_undone_by_its_number() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(
        SHEET,
        "contact,assignee\nid:10001,101\nid:10002,101\nid:10003,Grace\n",
    );
    let before = holders(&sandbox);
    apply(&dir, SHEET, &sandbox).exits(1);
    let mut results = dir.results(RESULTS);
    results.repair(2, "assignee", "102");
    results.repair(2, "reassign_decision", "again");
    results.repair(4, "assignee", "101");
    // Between the runs somebody has moved the contact that is sent again.
    moved(&sandbox, 10001, 110);
    let between = holders(&sandbox);
    apply(&dir, RESULTS, &sandbox).exits(0);

    dir.run(["undo", RESULTS, "--run", "1", "-o", "early.csv"])
        .exits(1)
        .says("1  not given back: changed again by a later run, row 2");
    let undone = dir
        .run(["undo", RESULTS, "--run", "2", "-o", "second.csv"])
        .exits(0)
        .says("run 2 of ");
    let rows = lines(&dir, "second.csv");
    assert_eq!(rows[0][..3], ["id:10001", "102", "110"]);
    assert_eq!(rows.len(), 2);
    as_printed(&dir, &undone, "To give them back:").exits(0);
    assert_eq!(holders(&sandbox), between);

    // What was taken back is not there any more; what the first run did is.
    dir.run(["undo", RESULTS, "--run", "1", "-o", "first.csv"])
        .exits(0)
        .says("2  to give back");
    assert_eq!(lines(&dir, "first.csv").len(), 2);
    dir.run(["undo", RESULTS, "-o", "all.csv"]).exits(0);
    let all = lines(&dir, "all.csv");
    assert_eq!(all.len(), 2);
    assert_eq!(all[0][0], "id:10001");
    let users = include_str!("../../samples/workspace/users.csv");
    let first = users
        .lines()
        .find(|line| line.contains(&before[&10001]))
        .expect("a user");
    assert_eq!(all[0][2], first.split(',').next().expect("an ID"));
    dir.run(["undo", RESULTS, "--run", "3"])
        .is_refused(2)
        .says("there is no run 3; the journal has 2 runs");
}

#[test]
fn without_the_journal_the_results_tell_who_had_each_contact_first() {
    let (sandbox, dir, before) = applied(30);
    fs::remove_file(dir.path(JOURNAL)).expect("the journal");
    let undone = dir
        .run(["undo", RESULTS])
        .exits(0)
        .says("from the results alone");
    dir.run(["undo", RESULTS, "--run", "1"])
        .is_refused(2)
        .says("leave out `--run`");
    assert_eq!(undone.stdout(), format!("{UNDO}\n"));
    apply(&dir, UNDO, &sandbox).exits(0);
    assert_eq!(holders(&sandbox), before);
}

#[test]
fn without_the_results_the_journal_is_enough() {
    let (sandbox, dir, before) = applied(30);
    fs::remove_file(dir.path(RESULTS)).expect("the results");
    dir.run(["undo", RESULTS]).exits(0);
    apply(&dir, UNDO, &sandbox).exits(0);
    assert_eq!(holders(&sandbox), before);
}

#[test]
fn a_run_that_was_cut_short_is_undone_with_what_is_in_doubt() {
    let (sandbox, dir, before) = applied(30);
    // As a run leaves it that is killed before it hears what became of a write.
    let journal = dir.read(JOURNAL);
    let is = |line: &str, kind: &str| line.starts_with(&format!("{{\"{kind}\":"));
    let (mut sent, mut cut_short) = (0, String::new());
    for line in journal.lines() {
        sent += u32::from(is(line, "sent"));
        if sent > 8 {
            break;
        }
        // However soon it was answered on this machine.
        if sent == 0 || !is(line, "outcome") && !is(line, "verified") {
            cut_short += line;
            cut_short.push('\n');
        }
    }
    dir.write(JOURNAL, cut_short);
    dir.run(["undo", RESULTS])
        .exits(0)
        .says("was cut short or is still at work");
    assert!(dir.read(UNDO).contains("may have been given to"));
    let given: Vec<_> = lines(&dir, UNDO);
    let id = |row: &[String]| -> u64 { row[0].trim_start_matches("id:").parse().expect("an ID") };
    // A write that did not come about, and a contact that somebody has moved since: the condition decides.
    let doubtful: Vec<u64> = given
        .iter()
        .filter(|row| row[3].contains("may have been given to"))
        .map(|row| id(row))
        .filter(|id| !before[id].is_empty())
        .take(2)
        .collect();
    let [never, theirs] = doubtful[..] else {
        panic!("{given:?}");
    };
    let body = format!(r#"{{"assignee":"{}"}}"#, before[&never]);
    let path = format!("/v1/contact/id:{never}/conversation/assignee");
    assert_eq!(
        http(sandbox.authority(), "POST", &path, &[], &body).status,
        200
    );
    moved(&sandbox, theirs, 110);
    let now = holders(&sandbox);
    apply(&dir, UNDO, &sandbox);
    let after = holders(&sandbox);
    let results = dir.results("team.undo.results.csv");
    let status = |wanted: u64| {
        let mut rows = results.rows.iter();
        let row = rows.find(|row| row.get("contact") == format!("id:{wanted}"));
        row.expect("its row").get("status").to_owned()
    };
    assert_eq!(status(never), "unchanged");
    assert_eq!(status(theirs), "drifted");
    for row in given {
        let id = id(&row);
        let expected = if id == theirs { &now } else { &before };
        assert_eq!(after[&id], expected[&id], "id:{id}");
    }
}

#[test]
fn an_undo_can_be_a_workbook_and_can_be_undone_itself() {
    let (sandbox, dir, before) = applied(30);
    let after = holders(&sandbox);
    dir.run(["undo", RESULTS, "-o", "back.xlsx"]).exits(0);
    apply(&dir, "back.xlsx", &sandbox).exits(0);
    assert_eq!(holders(&sandbox), before);
    dir.run(["undo", "back.results.xlsx", "-o", "forth.csv"])
        .exits(0);
    apply(&dir, "forth.csv", &sandbox).exits(0);
    assert_eq!(holders(&sandbox), after);
}

#[test]
fn no_file_is_overwritten() {
    let (_sandbox, dir, _) = applied(3);
    dir.run(["undo", RESULTS]).exits(0);
    dir.run(["undo", RESULTS]).exits(0);
    assert!(dir.path("team.undo-2.csv").exists());
    let sheet = dir.read(SHEET);
    dir.run(["undo", RESULTS, "-o", SHEET])
        .is_refused(2)
        .says("`team.csv` exists, and is left alone");
    assert_eq!(dir.read(SHEET), sheet);
}

#[test]
fn what_holds_no_results_is_not_undone() {
    let dir = Workdir::with(SHEET, "contact,assignee\nid:1,101\n");
    dir.run(["undo", SHEET])
        .is_refused(2)
        .says("`team.csv` holds no results");
    dir.run(["undo", "nowhere.csv"]).is_refused(2);
    dir.run(["plan", SHEET, "--sandbox", "-o", "plan.csv"])
        .exits(0);
    dir.run(["undo", "plan.csv"])
        .exits(0)
        .says("There is nothing to give back");
}

#[test]
fn rows_that_were_written_before_the_journal_began_are_given_back_by_what_the_results_tell() {
    let (sandbox, dir) = setup(10);
    let before = holders(&sandbox);
    let more = ["--rate", "1000/s", "--max-unassign", "100%"];
    let limited = [&more[..], &["--limit", "8"]].concat();
    dir.apply(SHEET, &sandbox, &limited).exits(1);
    fs::remove_file(dir.path(JOURNAL)).expect("a journal");
    dir.apply(RESULTS, &sandbox, &more).exits(0);
    let changed: Vec<u64> = before
        .iter()
        .filter(|(id, had)| holders(&sandbox)[id] != **had)
        .map(|(id, _)| *id)
        .collect();

    let undone = dir
        .run(["undo", RESULTS])
        .exits(0)
        .says("by runs that are in no journal");
    assert_eq!(lines(&dir, UNDO).len(), changed.len(), "{undone}");
    as_printed(&dir, &undone, "To give them back:").exits(0);
    assert_eq!(holders(&sandbox), before);
}

#[test]
fn results_that_go_on_in_a_second_file_keep_what_the_first_knew() {
    let (sandbox, dir) = setup(12);
    let before = holders(&sandbox);
    let more = ["--rate", "1000/s", "--max-unassign", "100%"];
    let limited = [&more[..], &["--limit", "8"]].concat();
    dir.apply(SHEET, &sandbox, &limited).exits(1);
    let second = [&more[..], &["-o", "second.csv"]].concat();
    dir.apply(RESULTS, &sandbox, &second).exits(0);
    let undone = dir.run(["undo", "second.csv"]).exits(0);
    as_printed(&dir, &undone, "To give them back:").exits(0);
    assert_eq!(holders(&sandbox), before);
}

#[test]
fn after_an_undo_the_rows_are_undone_and_can_be_sent_again() {
    let (sandbox, dir, before) = applied(9);
    let after = holders(&sandbox);
    let undone = dir.run(["undo", RESULTS]).exits(0);
    let given = lines(&dir, UNDO).len();
    as_printed(&dir, &undone, "To give them back:")
        .exits(0)
        .says(&format!("{given} rows of `{RESULTS}` are undone now"))
        .does_not_say("after the next run");
    assert_eq!(holders(&sandbox), before);
    assert_eq!(dir.results(RESULTS).count("undone"), given);

    // There is nothing left to undo, and the sheet says that it was.
    dir.run(["undo", RESULTS])
        .exits(0)
        .says(&format!(
            "{given} contacts changed, {given} of them given back since"
        ))
        .says("nothing to give back");
    let told = dir.read(RESULTS);
    apply(&dir, SHEET, &sandbox).exits(1).says(&format!(
        "{given} rows have to be repaired or decided first"
    ));
    assert_eq!(dir.read(RESULTS), told);
    assert_eq!(dir.results(RESULTS).count("undone"), given);
    assert_eq!(holders(&sandbox), before, "nothing was sent");

    let again = [
        "--rate",
        "1000/s",
        "--max-unassign",
        "100%",
        "--again",
        "all",
    ];
    dir.apply(SHEET, &sandbox, &again).exits(0);
    assert_eq!(holders(&sandbox), after);
    assert_eq!(dir.results(RESULTS).count("undone"), 0);
}

#[test]
fn an_undo_sheet_is_applied_in_the_workspace_that_it_is_of_or_in_practice() {
    let (sandbox, dir) = setup(5);
    Ended::of(&mut dir.command(["apply", SHEET, "--sandbox", "--quiet"])).exits(0);
    let trial = "team.trial.results.csv";
    Ended::of(&mut dir.command(["undo", trial, "-o", "practice.undo.csv"])).exits(0);
    apply(&dir, "practice.undo.csv", &sandbox)
        .exits(2)
        .says("`practice.undo.csv` gives back what was changed in practice (`--sandbox`), and this command is about 127.0.0.1");
    apply(&dir, SHEET, &sandbox).exits(0);
    Ended::of(&mut dir.command(["undo", RESULTS, "-o", "real.undo.csv"])).exits(0);
    let (before, other) = (holders(&sandbox), Sandbox::start());
    apply(&dir, "real.undo.csv", &other)
        .exits(2)
        .says(&format!(
            "`real.undo.csv` gives back what was changed in the workspace {}",
            sandbox.url
        ))
        .says("or if both are the same, empty the column `undo_workspace`");
    assert_eq!((other.writes(), holders(&sandbox)), (0, before));
    Ended::of(&mut dir.command(["apply", "real.undo.csv", "--sandbox", "--max-drift", "100%"]))
        .does_not_say("gives back what was changed");
    apply(&dir, "real.undo.csv", &sandbox).exits(0);
}

#[test]
fn the_undo_of_an_undo_makes_the_first_results_true_again_and_so_on() {
    let (sandbox, dir, before) = applied(9);
    let (after, told) = (holders(&sandbox), dir.results(RESULTS));
    let is_undone = |name: &str| dir.results(name).count("undone") > 0;

    let undo = |of: &str| {
        let undone = dir.run(["undo", of]).exits(0);
        as_printed(&dir, &undone, "To give them back:").exits(0)
    };
    undo(RESULTS);
    assert!(is_undone(RESULTS) && holders(&sandbox) == before);
    undo("team.undo.results.csv").says("are as they were before they were undone");
    assert!(is_undone("team.undo.results.csv") && holders(&sandbox) == after);
    assert_eq!(dir.results(RESULTS).statuses(), told.statuses());
    apply(&dir, SHEET, &sandbox)
        .exits(0)
        .says("every row is finished");

    // The first can be undone again, and the undo of the undo, too.
    dir.run(["undo", RESULTS, "-o", "look.csv"]).exits(0);
    undo("team.undo.undo.results.csv");
    assert!(is_undone(RESULTS) && !is_undone("team.undo.results.csv"));
    assert_eq!(holders(&sandbox), before);
    dir.run(["undo", RESULTS])
        .exits(0)
        .says("nothing to give back");
}

#[test]
fn results_that_somebody_has_edited_are_left_alone_by_an_undo_and_say_so_after_the_next_run() {
    let (sandbox, dir, _) = applied(6);
    let undone = dir.run(["undo", RESULTS]).exits(0);
    let mut results = dir.results(RESULTS);
    results.repair_first("reassign_error", "call Ann first");
    let edited = dir.read(RESULTS);
    let given = lines(&dir, UNDO).len();
    as_printed(&dir, &undone, "To give them back:")
        .exits(0)
        .says("the file itself says so after the next run on it");
    assert_eq!(dir.read(RESULTS), edited);
    apply(&dir, RESULTS, &sandbox).exits(1);
    assert_eq!(dir.results(RESULTS).count("undone"), given);
}

#[test]
fn after_an_undo_both_results_of_a_workbook_say_so() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with_sample("team-migration.xlsx");
    apply(&dir, "team-migration.xlsx", &sandbox).exits(1);
    let (text, workbook) = ("team-migration.results.csv", "team-migration.results.xlsx");
    let (first, rows) = (dir.read(text), dir.results(text));
    let undone = dir.run(["undo", text]).exits(0);
    as_printed(&dir, &undone, "To give them back:").exits(0);
    let now = dir.results(text);
    assert!(now.count("undone") > 20, "{}", dir.read(text));
    for (then, now) in rows.rows.iter().zip(&now.rows) {
        let same = |row: &ResultRow| {
            let mut cells = row.0.clone();
            for column in ["status", "reason", "error"] {
                cells.remove(&format!("reassign_{column}"));
            }
            cells
        };
        assert_eq!(same(then), same(now));
        let is_undone = now.get("status") == "undone";
        assert!(is_undone || then.0 == now.0, "{then:?}\n{now:?}");
    }
    assert_eq!(
        dir.read("team-migration.reassign/earlier/team-migration.results.1.csv"),
        first
    );
    // Neither of the two counts as edited.
    for named in ["team-migration.xlsx", text, workbook] {
        apply(&dir, named, &sandbox)
            .exits(1)
            .does_not_say("edited")
            .does_not_say("say the same");
    }
}

#[test]
fn an_undo_in_another_folder_finds_the_results_that_it_came_from() {
    let (sandbox, dir) = setup(6);
    fs::create_dir(dir.path("taken back")).expect("a folder");
    apply(&dir, SHEET, &sandbox).exits(0);
    dir.run(["undo", RESULTS, "-o", "taken back/it.csv"])
        .exits(0);
    apply(&dir, "taken back/it.csv", &sandbox)
        .exits(0)
        .says("are undone now");
    assert!(dir.results(RESULTS).count("undone") > 0);
}

#[test]
fn an_undo_that_is_tried_in_the_sandbox_changes_nothing_about_the_results() {
    let (_sandbox, dir, _) = applied(6);
    let journal = dir.read(JOURNAL);
    dir.run(["undo", RESULTS]).exits(0);
    dir.run(["apply", UNDO, "--sandbox"]);
    assert_eq!(dir.read(JOURNAL), journal);
}

#[test]
fn what_was_wrong_with_rows_may_be_lost_from_the_results_and_everything_is_given_back() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(&sandbox, 12) + "no contact,101\n");
    let before = holders(&sandbox);
    apply(&dir, SHEET, &sandbox).exits(1);
    let after = holders(&sandbox);
    let changed = before.iter().filter(|(id, had)| after[id] != **had);
    let changed = changed.count();
    dir.results(RESULTS).repair(14, "reassign_reason", "");

    // To send the row, it would have to be known.
    apply(&dir, RESULTS, &sandbox)
        .exits(2)
        .says("it says why the row is `invalid`");
    dir.run(["report", RESULTS]).exits(0);
    let undone = dir.run(["undo", RESULTS]).exits(0);
    assert_eq!(lines(&dir, UNDO).len(), changed);
    as_printed(&dir, &undone, "To give them back:").exits(0);
    assert_eq!(holders(&sandbox), before);
}
