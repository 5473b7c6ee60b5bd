//! What was answered 200 is read back.

use std::collections::BTreeSet;
use std::process::Command;
use std::thread;

use crate::moves::{Moves, moving};
use crate::running::{Running, journaled};
use crate::server::{Asked, Reply, Server};
use crate::support::{Ended, Sandbox, TOKEN, Workdir, http, wait_until};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const JOURNAL: &str = "contacts.reassign/journal";

/// The contact of the request, if it is a write.
fn written(asked: &Asked) -> Option<u64> {
    let rest = asked.path.strip_prefix("/v1/contact/id:")?;
    rest.strip_suffix("/conversation/assignee")?.parse().ok()
}

fn accepted(contact: u64) -> Reply {
    Reply::body(200, &format!(r#"{{"contactId":{contact}}}"#))
}

/// The IDs of the sandbox's first contacts; the first stands in row 2 of a sheet of moves.
fn ids(sandbox: &Sandbox, count: usize) -> Vec<u64> {
    sandbox.record().into_keys().take(count).collect()
}

fn applying(dir: &Workdir, server: &Server, sheet: &str, more: &[&str]) -> Command {
    let mut command = dir.command(["apply", sheet, "--yes", "--base-url", &server.url]);
    if !more.contains(&"--rate") {
        command.args(["--rate", "1000/s"]);
    }
    command.args(more).env("REASSIGN_TOKEN", TOKEN);
    command
}

fn apply(dir: &Workdir, server: &Server, sheet: &str, more: &[&str]) -> Ended {
    Ended::of(&mut applying(dir, server, sheet, more))
}

/// A server that answers 200 to the first writes of some rows without doing them.
fn ignoring(sandbox: &Sandbox, rows: impl IntoIterator<Item = usize>, ids: &[u64]) -> Server {
    let ignored: BTreeSet<u64> = rows.into_iter().map(|row| ids[row - 2]).collect();
    Server::before(sandbox, move |asked| {
        match written(asked).filter(|id| asked.times == 1 && ignored.contains(id)) {
            Some(id) => accepted(id),
            None => Reply::PassedOn,
        }
    })
}

#[test]
fn a_write_that_did_not_take_says_who_has_the_contact() {
    let sandbox = Sandbox::start();
    let moves = Moves::of(&sandbox, 6);
    let (ids, dir) = (ids(&sandbox, 6), Workdir::with(SHEET, moves.sheet()));
    let authority = sandbox.authority().to_owned();
    let (still, closed, taken, freed) = (ids[0], ids[1], ids[2], ids[5]);
    let by_others = move |contact: u64, assignee: &str| {
        let path = format!("/v1/contact/id:{contact}/conversation/assignee");
        let body = format!(r#"{{"assignee":{assignee}}}"#);
        assert_eq!(http(&authority, "POST", &path, &[], &body).status, 200);
        accepted(contact)
    };
    let server = Server::before(&sandbox, move |asked| match written(asked) {
        Some(id) if id == still || id == closed => accepted(id),
        Some(id) if id == taken => by_others(id, "\"grace.tan@example.com\""),
        Some(id) if id == freed => by_others(id, "null"),
        None if asked.path == format!("/v1/contact/id:{closed}") => Reply::body(
            200,
            &format!(r#"{{"id":{closed},"status":"closed","assignee":{{"id":113}}}}"#),
        ),
        _ => Reply::PassedOn,
    });
    let ended = apply(&dir, &server, SHEET, &[]).exits(1);
    let results = dir.results(RESULTS);
    for (row, says) in [
        (2, "still has this contact; run again"),
        (3, "the conversation is closed; open it"),
        (4, "(`grace.tan@example.com`) has this contact now"),
        (7, "nobody has this contact now"),
    ] {
        let row = results.row(row);
        assert_eq!(row.get("status"), "not_applied", "{ended}");
        assert!(row.get("error").contains(says), "{row:?}\n{ended}");
        assert_eq!(
            (row.get("http"), row.get("attempts")),
            ("200", "1"),
            "{row:?}"
        );
        assert!(!row.get("previous").is_empty(), "{row:?}");
    }
    assert_eq!(results.count("assigned"), 2, "{ended}");
    ended
        .says("Check: 6 of 6 changes were looked up in the workspace; 2 are correct, 4 are not.")
        .says("1  for the next run  (1 not applied)")
        .says("1  to repair  (1 not applied)")
        .says("2  to decide  (2 not applied)");
}

#[test]
fn exactly_the_closed_conversations_are_not_applied_when_all_are_read_back() {
    const CONTACTS: u64 = 300;
    let lines = (1..=CONTACTS).map(|id| format!("{id},c{id}@example.com,open,102\n"));
    let workspace = lines.collect::<String>();
    let dir = Workdir::with(
        "workspace.csv",
        format!("id,email,status,assignee\n{workspace}"),
    );
    let rows = (1..=CONTACTS).map(|id| format!("id:{id},101\n"));
    dir.write(
        SHEET,
        format!("contact,assignee\n{}", rows.collect::<String>()),
    );
    let workspace = dir.path("workspace.csv");
    let sandbox = Sandbox::with([
        "--contacts",
        workspace.to_str().expect("UTF-8"),
        "--fault",
        "closed=0.05",
        "--seed",
        "7",
    ]);
    // The server itself says which they are, before anything is sent.
    let is_closed = |id: &u64| {
        let path = format!("/v1/contact/id:{id}");
        let answer = http(sandbox.authority(), "GET", &path, &[], "");
        assert_eq!(answer.status, 200, "{}", answer.body);
        let contact: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        contact["status"] == "closed"
    };
    let closed: BTreeSet<u64> = (1..=CONTACTS).filter(is_closed).collect();
    assert!((5..=30).contains(&closed.len()), "{closed:?}");

    let options = ["--check", "all", "--rate", "1000/s"];
    let ended = dir.apply(SHEET, &sandbox, &options).exits(1);
    let (results, record) = (dir.results(RESULTS), sandbox.record());
    for (id, row) in (1..=CONTACTS).zip(&results.rows) {
        assert_eq!(row.get("contact"), format!("id:{id}"), "{row:?}");
        let (status, holder) = match closed.contains(&id) {
            true => ("not_applied", "ben.carter@example.com"),
            false => ("assigned", "aisha.rahman@example.com"),
        };
        let held = &record[&id];
        assert_eq!(row.get("status"), status, "{row:?}\n{ended}");
        assert_eq!(
            (held.assignee.as_str(), held.writes),
            (holder, 1),
            "{row:?}\n{ended}"
        );
        assert_eq!(
            row.get("error").contains("the conversation is closed"),
            closed.contains(&id),
            "{row:?}\n{ended}"
        );
    }
    assert_eq!(results.rows.len() as u64, CONTACTS, "{ended}");
    let (hold, not) = (CONTACTS as usize - closed.len(), closed.len());
    ended
        .says(&format!(
            "Check: 300 of 300 changes were looked up in the workspace; {hold} are correct, {not} are not."
        ))
        .says(&format!("{not}  to repair  ({not} not applied)"));
}

#[test]
fn what_did_not_take_is_sent_again_by_the_next_run_unless_somebody_moved_it() {
    let sandbox = Sandbox::start();
    let moves = Moves::of(&sandbox, 2);
    let (ids, dir) = (ids(&sandbox, 2), Workdir::with(SHEET, moves.sheet()));
    let server = ignoring(&sandbox, [2, 3], &ids);
    apply(&dir, &server, SHEET, &[]).exits(1);
    let path = format!("/v1/contact/id:{}/conversation/assignee", ids[1]);
    let grace = r#"{"assignee":"grace.tan@example.com"}"#;
    assert_eq!(
        http(sandbox.authority(), "POST", &path, &[], grace).status,
        200
    );
    let ended = apply(&dir, &server, RESULTS, &[]).exits(1);
    let results = dir.results(RESULTS);
    assert_eq!(
        results.statuses(),
        [(2, "assigned"), (3, "drifted")],
        "{ended}"
    );
    assert_eq!(results.row(2).get("attempts"), "2", "{ended}");
    assert_eq!(journaled(&dir, JOURNAL, "verified"), 1, "{ended}");
}

#[test]
fn one_that_did_not_take_in_the_sample_has_all_read_back() {
    // Without concurrency the 34th write is row 35, and the 40th, which is in the sample, row 41. Rows 31 to 34 are read
    // back because their conversations are closed.
    let one_by_one = ["--concurrency", "1"];
    let look = |ignored: Vec<usize>, not_applied: usize| {
        let (sandbox, _, dir) = moving(SHEET, 45);
        let server = ignoring(&sandbox, ignored.clone(), &ids(&sandbox, 45));
        let ended = apply(&dir, &server, SHEET, &one_by_one);
        let results = dir.results(RESULTS);
        assert_eq!(
            results.count("not_applied"),
            not_applied,
            "{ignored:?}\n{ended}"
        );
        assert_eq!(results.count("assigned"), 45 - not_applied, "{ended}");
        if not_applied == 0 {
            ended.exits(0).says(
                "Check of a sample: 25 of 45 changes were looked up in the workspace; all 25 are correct.",
            );
        } else {
            ended
                .exits(1)
                .says("Check: 45 of 45 changes were looked up in the workspace; 43 are correct, 2 are not.");
            // The outcome that stood in the journal first was that it was assigned.
            assert_eq!(journaled(&dir, JOURNAL, "outcome"), 47);
        }
    };
    // One beside the other, because what did not take is read once more after a moment.
    thread::scope(|scope| {
        for (ignored, not_applied) in [(vec![35], 0), (vec![35, 41], 2), (vec![5, 35], 2)] {
            scope.spawn(move || look(ignored, not_applied));
        }
    });
}

#[test]
fn a_server_that_makes_no_change_stops_the_run_and_nothing_it_was_sent_counts_as_done() {
    let (sandbox, _, dir) = moving(SHEET, 150);
    let server = ignoring(&sandbox, 2..152, &ids(&sandbox, 150));
    let ended = apply(&dir, &server, SHEET, &[])
        .exits(3)
        .says("changes that were looked up were not made although the API accepted them");
    let results = dir.results(RESULTS);
    let sent = results.count("not_applied");
    assert!(sent <= 64, "{sent} writes have left\n{ended}");
    assert_eq!(results.count("assigned"), 0, "{ended}");
    assert_eq!(results.count("not_attempted"), 150 - sent, "{ended}");
    let ended = apply(&dir, &server, RESULTS, &["--max-failures", "off"]);
    assert_eq!(dir.results(RESULTS).count("not_attempted"), 0, "{ended}");
}

#[test]
fn all_are_read_back_or_none_where_that_was_asked_for() {
    for (verify, reads, says) in [
        (
            "all",
            60,
            "Check: 30 of 30 changes were looked up in the workspace; all 30 are correct.",
        ),
        (
            "sample",
            51, // the 30th is closed
            "Check of a sample: 21 of 30 changes were looked up in the workspace; all 21 are correct.",
        ),
        (
            "off",
            30,
            "No check: 30 changes were not looked up (`--check off`).",
        ),
    ] {
        let sandbox = Sandbox::start();
        let moves = Moves::of(&sandbox, 30);
        let (dir, server) = (
            Workdir::with(SHEET, moves.sheet()),
            Server::noting(&sandbox),
        );
        let options = ["--check", verify, "--concurrency", "1"];
        let ended = apply(&dir, &server, SHEET, &options).exits(0);
        let ended = ended.says(says);
        assert_eq!(server.of("GET").len(), reads, "{verify}\n{ended}");
        moves.are_made(&dir.results(RESULTS), &sandbox);
    }
}

#[test]
fn writing_blindly_reads_nothing_back_unless_asked() {
    let sandbox = Sandbox::start();
    let moves = Moves::of(&sandbox, 3);
    let server = Server::noting(&sandbox);
    let dir = Workdir::with(SHEET, moves.sheet());
    apply(&dir, &server, SHEET, &["--blind"]).exits(0);
    assert_eq!(server.of("GET").len(), 0);
    let dir = Workdir::with(SHEET, moves.sheet());
    let ended = apply(&dir, &server, SHEET, &["--blind", "--check", "all"]).exits(0);
    let ended = ended.says("all 3 are correct");
    assert_eq!(server.of("GET").len(), 3, "{ended}");
}

#[test]
fn a_contact_that_cannot_be_read_back_stays_assigned_and_is_named() {
    let sandbox = Sandbox::start();
    let moves = Moves::of(&sandbox, 2);
    let (ids, dir) = (ids(&sandbox, 2), Workdir::with(SHEET, moves.sheet()));
    let unread = format!("/v1/contact/id:{}", ids[0]);
    let server = Server::before(&sandbox, move |asked| {
        if asked.path == unread && asked.times == 2 {
            Reply::error(400, "not today")
        } else {
            Reply::PassedOn
        }
    });
    let ended = apply(&dir, &server, SHEET, &[]).exits(0);
    ended
        .says("Check: 1 of 2 changes was looked up in the workspace; it is correct. Not looked up: row 2 (")
        .says("not today");
    assert_eq!(dir.results(RESULTS).count("assigned"), 2);
}

#[test]
fn a_killed_run_has_its_writes_read_back_by_the_one_that_continues_it() {
    let sandbox = Sandbox::start();
    let moves = Moves::of(&sandbox, 30);
    let (ids, dir) = (ids(&sandbox, 30), Workdir::with(SHEET, moves.sheet()));
    let server = ignoring(&sandbox, [3], &ids);
    // At this rate every turn to read is wanted by a row: nothing is read back before it is killed.
    let options = ["--rate", "20/s"];
    let run = Running::start(&mut applying(&dir, &server, SHEET, &options));
    // One that is still under way is read and written again anyway.
    wait_until("some rows are settled, row 3 among them", || {
        journaled(&dir, JOURNAL, "outcome") >= 8
            && dir.read(JOURNAL).contains(r#"{"outcome":{"row":3,"#)
    });
    run.signal("KILL");
    run.ends();
    assert_eq!(journaled(&dir, JOURNAL, "verified"), 0);
    // In a sample it would depend on when row 3 was written.
    let ended = apply(&dir, &server, SHEET, &["--check", "all"]).exits(1);
    let results = dir.results(RESULTS);
    assert_eq!(results.row(3).get("status"), "not_applied", "{ended}");
    let error = results.row(3).get("error");
    assert!(error.contains("still has this contact"), "{error}\n{ended}");
    assert_eq!(results.count("assigned"), 29, "{ended}");
    ended
        .says("Check: 30 of 30 changes were looked up in the workspace; 29 are correct, 1 is not.");
    let again = apply(&dir, &server, RESULTS, &[]).exits(0);
    moves_are_made(&dir, &sandbox, &moves, &again);
}

/// Every contact is where it should be, although one took two writes to get there.
#[track_caller]
fn moves_are_made(dir: &Workdir, sandbox: &Sandbox, moves: &Moves, ended: &Ended) {
    assert_eq!(dir.results(RESULTS).count("assigned"), 30, "{ended}");
    moves.agree(&dir.results(RESULTS), sandbox);
}

#[test]
fn reading_back_everything_takes_no_turns_from_rows() {
    const ROWS: usize = 120;
    let sandbox = Sandbox::start();
    let moves = Moves::of(&sandbox, ROWS);
    let (dir, server) = (
        Workdir::with(SHEET, moves.sheet()),
        Server::noting(&sandbox),
    );
    let options = ["--rate", "50/s", "--check", "all"];
    let ended = apply(&dir, &server, SHEET, &options).exits(0);
    let writes = server.of("POST");
    let (first, last) = (writes[0].at, writes[ROWS - 1].at);
    let took = last.duration_since(first).as_secs_f64();
    // At 50 a second it is 2.4 s, and 0.4 s for the first twenty, which do not stand back; taking turns would double it to 4.8 s.
    assert!(took < 4.5, "writing took {took} s\n{ended}");
    ended.says("all 120 are correct");
}

#[test]
fn an_interrupted_run_says_what_was_not_read_back() {
    let (sandbox, moves, dir) = moving(SHEET, 3);
    // Whoever reads a contact for the second time has to wait.
    let server = Server::before(&sandbox, |asked| {
        if asked.method == "GET" && asked.times > 1 {
            Reply::with(
                429,
                "Retry-After: 3000",
                r#"{"code":429,"message":"later"}"#,
            )
        } else {
            Reply::PassedOn
        }
    });
    let run = Running::start(&mut applying(&dir, &server, SHEET, &["--check", "all"]));
    wait_until("all rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") == 3
    });
    run.signal("INT");
    let ended = run.ends().exits(0);
    ended.says("No check: the run ended before any of 3 changes was looked up.");
    moves.are_made(&dir.results(RESULTS), &sandbox);
}
