//! Whatever the server does, every row ends with a true status and nothing is written twice.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::moves::{Moves, moving};
use crate::running::{Running, journaled};
use crate::server::{Asked, Reply, Server};
use crate::support::{Ended, Sandbox, TOKEN, Workdir, at_once, wait_until};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const JOURNAL: &str = "contacts.reassign/journal";

fn apply(dir: &Workdir, server: &Server, more: &[&str]) -> Ended {
    apply_to(dir, SHEET, server, more)
}

fn apply_to(dir: &Workdir, sheet: &str, server: &Server, more: &[&str]) -> Ended {
    let mut command = dir.command(["apply", sheet, "--yes", "--base-url", &server.url]);
    Ended::of(at_once(command.args(more).env("REASSIGN_TOKEN", TOKEN)))
}

/// A sandbox, contacts of it that are to be moved, and a folder with the sheet for that.
fn path_of(id: u32) -> String {
    format!("/v1/contact/id:{id}/conversation/assignee")
}

#[test]
fn what_the_server_says_reaches_the_results_in_plain_words() {
    let invited =
        "check that the new owner is a user of this workspace, and has accepted the invitation";
    let no_user = "the workspace has no such contact or user";
    let cases: Vec<(Reply, &str, String)> = vec![
        (
            Reply::error(400, "Validation error. assignee is odd"),
            "400",
            format!("the workspace refused this: `Validation error. assignee is odd`; {invited}"),
        ),
        (
            Reply::error(404, "Contact not found"),
            "404",
            "the workspace has no such contact".to_owned(),
        ),
        (
            Reply::error(404, "User not found"),
            "404",
            format!("{no_user}: `User not found`; {invited}"),
        ),
        (
            Reply::body(418, "<html><body><h1>Go\naway</h1></body></html>"),
            "418",
            "the workspace refused this (418): `Go away`".to_owned(),
        ),
        (
            Reply::body(409, ""),
            "409",
            "the workspace refused this (409)".to_owned(),
        ),
        (
            Reply::error(500, "disk on fire"),
            "500",
            "the API had an error of its own (500): `disk on fire`; tried 2 times".to_owned(),
        ),
        (
            Reply::body(503, "upstream `x` gone\r\n"),
            "503",
            "the API cannot be used at the moment (503): `upstream 'x' gone`; tried 2 times"
                .to_owned(),
        ),
        (
            Reply::body(200, "OK"),
            "200",
            "the API answered 200 without a contact ID: `OK`".to_owned(),
        ),
        (
            Reply::with(302, "Location: https://elsewhere.example/login", ""),
            "302",
            "the API sends us on to `elsewhere.example` (302), which is not followed; is `--base-url` right?"
                .to_owned(),
        ),
    ];
    let (sandbox, _, dir) = moving(SHEET, cases.len());
    let replies: Vec<_> = cases.iter().map(|(reply, ..)| reply.clone()).collect();
    let server = Server::before(&sandbox, move |asked| {
        let place = (10_001..)
            .zip(&replies)
            .find(|(id, _)| path_of(*id) == asked.path);
        place.map_or(Reply::PassedOn, |(_, reply)| reply.clone())
    });
    let ended = apply(&dir, &server, &["--max-attempts", "2", "--rate", "50/s"]).exits(1);
    let results = dir.results(RESULTS);
    for (row, (_, http, sentence)) in (2..).zip(&cases) {
        let told = results.row(row);
        assert_eq!(told.get("http"), *http, "{told:?}");
        if *http == "200" {
            // An answer that says that it was done, and nothing else, leaves open whether it was; a read tells.
            let found = (told.get("status"), told.get("reason"));
            assert_eq!(found, ("not_applied", "not-made"), "{told:?}");
            continue;
        }
        assert_eq!(told.get("error"), sentence, "{ended}");
        assert_eq!(told.get("status"), "failed", "{told:?}");
    }
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn a_contact_that_is_not_there_is_told_without_a_write() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(
        SHEET,
        "contact,assignee\nid:99999,ben.carter@example.com\nnobody@example.com,ben.carter@example.com\n",
    );
    let server = Server::noting(&sandbox);
    apply(&dir, &server, &[]).exits(1);
    let results = dir.results(RESULTS);
    for row in [2, 3] {
        let told = results.row(row);
        let contact = told.get("contact");
        let says = format!(
            "the workspace has no contact `{contact}`; correct it, or create the contact there first"
        );
        assert_eq!(told.get("error"), says);
        assert_eq!(told.get("reason"), "no-such-contact");
        assert_eq!((told.get("http"), told.get("attempts")), ("404", "0"));
    }
    assert!(server.of("POST").is_empty());
}

#[test]
fn a_server_without_reads_is_told_from_a_missing_contact() {
    for reply in [
        Reply::body(404, "<html><h1>404 Not Found</h1></html>"),
        Reply::error(405, "Method not allowed"),
    ] {
        let (sandbox, _, dir) = moving(SHEET, 5);
        let server = Server::before(&sandbox, move |asked| match asked.method.as_str() {
            "GET" => reply.clone(),
            _ => Reply::PassedOn,
        });
        apply(&dir, &server, &[])
            .is_refused(2)
            .says("this server does not serve reads of contacts")
            .says("`--blind`")
            .says("nothing was changed");
        assert_eq!(dir.files(), [SHEET], "nothing is left behind");
        assert_eq!(sandbox.writes(), 0);

        apply(&dir, &server, &["--blind"]).exits(0);
        let results = dir.results(RESULTS);
        assert_eq!(results.count("assigned"), 5);
        assert!(
            results
                .rows
                .iter()
                .all(|row| row.get("previous").is_empty())
        );
        assert_eq!(sandbox.writes(), 5);
    }
}

#[test]
fn a_token_refused_in_the_middle_stops_the_run_with_every_row_told() {
    let (sandbox, moves, dir) = moving(SHEET, 20);
    let mended = Arc::new(AtomicBool::new(false));
    let healthy = Arc::clone(&mended);
    let server = Server::before(&sandbox, move |asked| {
        if asked.method == "POST" && asked.count > 5 && !healthy.load(Ordering::SeqCst) {
            Reply::error(401, "UN_AUTHORIZED")
        } else {
            Reply::PassedOn
        }
    });
    let ended = apply(&dir, &server, &["--rate", "50/s"])
        .exits(3)
        .says("Stopped: the token was not accepted (401)")
        .does_not_say(TOKEN_IN_HEADER);
    let results = dir.results(RESULTS);
    moves.agree(&results, &sandbox);
    assert_eq!(results.count("assigned"), 5, "{ended}");
    assert_eq!(results.count("not_attempted"), 15, "{ended}");

    mended.store(true, Ordering::SeqCst);
    apply_to(&dir, RESULTS, &server, &["--rate", "200/s"]).exits(0);
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

const TOKEN_IN_HEADER: &str = "Bearer ";

#[test]
fn a_pause_that_the_server_asks_for_is_kept_and_uses_up_no_attempt() {
    let later = |seconds| {
        let at = SystemTime::now() + Duration::from_secs(seconds);
        format!("Retry-After: {}", httpdate::fmt_http_date(at))
    };
    type Header = Box<dyn Fn() -> String + Send + Sync>;
    let pauses: [(Header, u64); 4] = [
        (Box::new(|| "Retry-After: 1".to_owned()), 1_000),
        (Box::new(|| "Retry-After: 0.6".to_owned()), 600),
        (Box::new(move || later(2)), 950), // whole seconds: between one and two of them
        (Box::new(String::new), 0),
    ];
    for (header, pause) in pauses {
        let (sandbox, moves, dir) = moving(SHEET, 6);
        let server = Server::before(&sandbox, move |asked| match asked {
            // One alone may have been asked for too often by somebody else.
            Asked {
                count: 1 | 2,
                method,
                ..
            } if method == "POST" => Reply::with(
                429,
                &header(),
                r#"{"code":429,"message":"Too Many Requests"}"#,
            ),
            _ => Reply::PassedOn,
        });
        let ended = apply(&dir, &server, &["--rate", "10/s", "--max-attempts", "1"]).exits(0);
        let results = dir.results(RESULTS);
        moves.are_made(&results, &sandbox);
        assert!(
            results.rows.iter().all(|row| row.get("attempts") == "1"),
            "{ended}"
        );
        let writes = server.of("POST");
        assert_eq!(writes.len(), 8, "{ended}");
        let first = writes[1].at;
        // One that had left before the pause was heard of may arrive a little later.
        let early = writes[2..]
            .iter()
            .map(|write| write.at - first)
            .filter(|after| *after >= Duration::from_millis(300))
            .find(|after| *after < Duration::from_millis(pause));
        assert_eq!(early, None, "a write in the pause of {pause} ms\n{ended}");
    }
}

#[test]
fn a_contact_in_the_servers_queue_holds_up_nobody_else() {
    let (sandbox, moves, dir) = moving(SHEET, 8);
    // It stays in the queue until all others went: a run that waited for it would never come to an end.
    let server = Server::before(&sandbox, |asked| {
        let others = asked.count - asked.times;
        if asked.path == path_of(10_001) && (asked.times <= 2 || others < 7) {
            Reply::error(449, "Your request is in queue.")
        } else {
            Reply::PassedOn
        }
    });
    let waits = ["--queue-wait", "200ms", "--queue-patience", "10s"];
    let ended = apply(&dir, &server, &waits).exits(0);
    let results = dir.results(RESULTS);
    moves.are_made(&results, &sandbox);
    let writes = server.of("POST");
    let parked: Vec<_> = writes
        .iter()
        .filter(|write| write.path == path_of(10_001))
        .collect();
    let attempts = parked.len().to_string();
    assert_eq!(results.row(2).get("attempts"), attempts, "{ended}");
    let waits: Vec<_> = parked.windows(2).map(|two| two[1].at - two[0].at).collect();
    assert!(waits[0] >= Duration::from_millis(200), "{waits:?}\n{ended}");
    assert!(waits[1] >= Duration::from_millis(400), "{waits:?}\n{ended}");
}

#[test]
fn a_contact_that_stays_in_the_queue_is_busy_once_patience_runs_out() {
    let (sandbox, _, dir) = moving(SHEET, 2);
    let mended = Arc::new(AtomicBool::new(false));
    let healthy = Arc::clone(&mended);
    let server = Server::before(&sandbox, move |asked| {
        if asked.path == path_of(10_001) && !healthy.load(Ordering::SeqCst) {
            Reply::error(449, "Your request is in queue.")
        } else {
            Reply::PassedOn
        }
    });
    let patience = ["--queue-wait", "50ms", "--queue-patience", "300ms"];
    let ended = apply(&dir, &server, &patience).exits(1).says("run again");
    let results = dir.results(RESULTS);
    assert_eq!(
        results.statuses(),
        [(2, "busy"), (3, "assigned")],
        "{ended}"
    );
    assert_eq!(results.row(2).get("http"), "449");
    assert!(
        results.row(2).get("error").contains("queue (449)"),
        "{ended}"
    );

    mended.store(true, Ordering::SeqCst);
    apply_to(&dir, RESULTS, &server, &[]).exits(0);
    let results = dir.results(RESULTS);
    assert_eq!(results.statuses(), [(2, "assigned"), (3, "assigned")]);
}

#[test]
fn a_row_has_as_many_attempts_as_it_was_given() {
    let (sandbox, _, dir) = moving(SHEET, 1);
    let server = Server::before(&sandbox, |asked| match asked.method.as_str() {
        "POST" => Reply::error(500, "Unexpected error occurred"),
        _ => Reply::PassedOn,
    });
    let ended = apply(&dir, &server, &["--max-attempts", "3"]).exits(1);
    let results = dir.results(RESULTS);
    let row = results.row(2);
    assert_eq!((row.get("status"), row.get("attempts")), ("failed", "3"));
    assert_eq!(
        row.get("error"),
        "the API had an error of its own (500); tried 3 times"
    );
    assert_eq!(server.of("POST").len(), 3, "{ended}");
    assert_eq!(server.of("GET").len(), 3, "read before each write\n{ended}");
}

#[test]
fn rows_that_fail_one_after_the_other_stop_the_run() {
    let sandbox = Sandbox::start();
    let rows: String = (90_001..=90_030)
        .map(|id| format!("id:{id},ben.carter@example.com\n"))
        .collect();
    let dir = Workdir::with(SHEET, format!("contact,assignee\n{rows}"));
    let ended = dir
        .apply(
            SHEET,
            &sandbox,
            &[
                "--max-failures",
                "5",
                "--concurrency",
                "1",
                "--rate",
                "200/s",
            ],
        )
        .exits(3)
        .says("5 rows failed one after the other")
        .says("`--max-failures N`");
    let results = dir.results(RESULTS);
    assert_eq!(results.rows.len(), 30);
    assert_eq!(results.count("failed"), 5, "{ended}");
    assert_eq!(results.count("not_attempted"), 25, "{ended}");

    dir.write(
        SHEET,
        format!("contact,assignee\nid:10001,farid.aziz@example.com\n{rows}"),
    );
    dir.apply(
        SHEET,
        &sandbox,
        &["-o", "all.csv", "--max-failures", "31", "--rate", "200/s"],
    )
    .exits(1);
    assert_eq!(dir.results("all.csv").count("failed"), 30);
}

#[test]
fn two_names_of_one_contact_are_one_change_or_a_conflict() {
    let contact = "lucia.nunez@example.com";
    for (second, other, code) in [
        ("ben.carter@example.com", "duplicate", 0),
        ("grace.tan@example.com", "conflict", 1),
    ] {
        for one_at_a_time in [&[][..], &["--concurrency", "1"]] {
            let sandbox = Sandbox::start();
            let sheet =
                format!("contact,assignee\nid:10001,ben.carter@example.com\n{contact},{second}\n");
            let dir = Workdir::with(SHEET, sheet);
            let ended = dir.apply(SHEET, &sandbox, one_at_a_time).exits(code);
            let results = dir.results(RESULTS);
            let mut told: Vec<_> = results.rows.iter().map(|row| row.get("status")).collect();
            if one_at_a_time.is_empty() {
                told.sort_unstable(); // either row may be read first
            }
            // Whether the first was written by the time the second is read depends on who is faster; one after the
            // other, it was, and is told so.
            let is_written =
                !one_at_a_time.is_empty() || other == "duplicate" || sandbox.writes() > 0;
            let first = if is_written { "assigned" } else { other };
            assert_eq!(told, [first, other], "{ended}");
            assert_eq!(sandbox.writes(), u32::from(is_written), "{ended}");
            for (row, other) in [(2, 3), (3, 2)] {
                let told = results.row(row);
                assert_eq!((told.get("http"), told.get("contact_id")), ("200", "10001"));
                if told.get("status") != "assigned" {
                    let error = told.get("error");
                    assert!(error.contains(&format!("row {other}")), "{error}\n{ended}");
                }
            }
        }
    }
}

#[test]
fn a_server_that_is_not_there_at_the_start_leaves_nothing_behind() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let dir = Workdir::with(SHEET, "contact,assignee\nid:10001,ben.carter@example.com\n");
    let url = format!("http://127.0.0.1:{port}/v1");
    let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", &url]);
    let ended = Ended::of(command.env("REASSIGN_TOKEN", TOKEN)).is_refused(2);
    let stderr = ended.stderr();
    assert!(
        stderr.ends_with(&format!(
            "error: cannot reach `127.0.0.1:{port}`: connection refused; nothing was changed\n"
        )),
        "{ended}"
    );
    assert_eq!(ended.stdout(), "");
    assert_eq!(dir.files(), [SHEET]);
}

#[test]
fn a_server_that_goes_away_ends_the_run_and_the_next_one_settles_the_rest() {
    let dir = Workdir::new();
    let database = dir.path("workspace.db");
    let options = [
        "--database",
        database.to_str().unwrap(),
        "--latency",
        "100ms",
    ];
    let sandbox = Sandbox::with(options);
    let moves = Moves::of(&sandbox, 60);
    dir.write(SHEET, moves.sheet());
    let more = ["--rate", "50/s", "--give-up-after", "300ms"];
    let run = Running::start(&mut dir.applying(SHEET, &sandbox, &more));
    wait_until("some rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= 5
    });
    let port = sandbox.authority().rsplit(':').next().unwrap().to_owned();
    drop(sandbox); // killed, with requests under way
    let ended = run
        .ends()
        .exits(3)
        .says("Stopped: ")
        .says("`--give-up-after`");
    let sandbox = Sandbox::with(options.iter().copied().chain(["--port", &port]));
    let results = dir.results(RESULTS);
    moves.agree(&results, &sandbox);
    assert!(results.count("not_attempted") > 0, "{ended}");

    dir.apply(SHEET, &sandbox, &["--rate", "200/s"]).exits(0);
    moves.are_made(&dir.results(RESULTS), &sandbox);
}
