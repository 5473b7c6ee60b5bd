//! Servers that answer for another contact than was asked for, or do not say for which.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::server::{Asked, Reply, Server};
use crate::support::{Ended, Sandbox, TOKEN, Workdir, at_once, http};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";

/// A sheet that gives so many contacts to one user.
fn sheet(count: usize) -> String {
    let rows: String = (10_001..)
        .take(count)
        .map(|id| format!("id:{id},109\n"))
        .collect();
    format!("contact,assignee\n{rows}")
}

fn apply(dir: &Workdir, server: &Server, more: &[&str]) -> Ended {
    let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", &server.url]);
    command.args(more).env("REASSIGN_TOKEN", TOKEN);
    Ended::of(at_once(&mut command))
}

/// The ID of the contact in a request's path.
fn id(asked: &Asked) -> u64 {
    let rest = asked.path.split_once("id").expect("an ID").1;
    let digits: String = rest
        .trim_start_matches("%3A")
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().expect("a number")
}

fn contact(id: u64) -> Reply {
    Reply::body(
        200,
        &format!(r#"{{"id":{id},"firstName":"Somebody","status":"open","assignee":null}}"#),
    )
}

fn written(id: u64) -> Reply {
    Reply::body(200, &format!(r#"{{"contactId":{id}}}"#))
}

#[test]
fn a_contact_that_another_one_answers_for_is_not_written() {
    let sandbox = Sandbox::start();
    let server = Server::before(&sandbox, |asked| match asked.method.as_str() {
        "GET" if id(asked) == 10_003 => contact(4711),
        _ => Reply::PassedOn,
    });
    let dir = Workdir::with(SHEET, sheet(5));
    let ended = apply(&dir, &server, &[]).exits(1);
    let results = dir.results(RESULTS);
    let row = results.row(4);
    assert_eq!(row.get("status"), "failed", "{ended}");
    let error = row.get("error");
    assert!(
        error.contains("write `id:4711` if that is the one"),
        "{error}"
    );
    assert_eq!(results.count("failed"), 1, "{ended}");
    let record = sandbox.record();
    assert_eq!(record[&10_003].writes, 0, "{ended}");
}

#[test]
fn an_id_that_a_server_rounds_is_not_written() {
    let sandbox = Sandbox::start();
    // What comes of it in a double.
    let server = Server::before(&sandbox, |asked| match asked.method.as_str() {
        "GET" => contact(9_007_199_254_740_992),
        _ => written(9_007_199_254_740_992),
    });
    let dir = Workdir::with(SHEET, "contact,assignee\nid:9007199254740993,109\n");
    let ended = apply(&dir, &server, &[]).exits(1);
    let error = dir.results(RESULTS).row(2).get("error").to_owned();
    assert!(error.contains("rounds long IDs"), "{error}\n{ended}");
    assert_eq!(server.of("POST").len(), 0, "{ended}");
}

#[test]
fn what_a_server_folds_into_one_is_the_contact_that_was_asked_for() {
    let sandbox = Sandbox::start();
    let server = Server::before(&sandbox, |asked| match asked.method.as_str() {
        "GET" => {
            let (phone, email) = match asked.path.contains("phone") {
                true => (r#""+52 1 55 1234 5678""#, "null"),
                false => ("null", r#""Ann.Lee@EXAMPLE.com""#),
            };
            Reply::body(
                200,
                &format!(r#"{{"id":10001,"phone":{phone},"email":{email},"assignee":null}}"#),
            )
        }
        _ => written(10_001),
    });
    for contact in ["+525512345678", "ann.lee@example.com"] {
        let dir = Workdir::with(SHEET, format!("contact,assignee\n{contact},109\n"));
        let ended = apply(&dir, &server, &["--check", "off"]).exits(0);
        assert_eq!(dir.results(RESULTS).count("assigned"), 1, "{ended}");
    }
}

#[test]
fn a_phone_number_that_somebody_else_answers_for_is_not_written() {
    let sandbox = Sandbox::start();
    let server = Server::before(&sandbox, |asked| match asked.method.as_str() {
        "GET" => Reply::body(
            200,
            r#"{"id":4711,"phone":"+60198765432","email":null,"assignee":null}"#,
        ),
        _ => written(4711),
    });
    let dir = Workdir::with(SHEET, "contact,assignee\n+60121233112,109\n");
    let ended = apply(&dir, &server, &[]).exits(1);
    let error = dir.results(RESULTS).row(2).get("error").to_owned();
    assert!(error.contains("id:4711"), "{error}\n{ended}");
    assert_eq!(server.of("POST").len(), 0, "{ended}");
}

#[test]
fn a_list_without_an_end_is_given_up_with_a_sentence() {
    let sandbox = Sandbox::start();
    let server = Server::before(&sandbox, |asked| match asked.path.as_str() {
        path if path.starts_with("/v1/space/user") => Reply::body(
            200,
            &format!(
                r#"{{"items":[{{"id":7,"firstName":"Ann","email":"ann@example.com"}}],
                    "pagination":{{"next":"http://127.0.0.1/v1/space/user?cursorId={}"}}}}"#,
                asked.count
            ),
        ),
        _ => Reply::PassedOn,
    });
    let dir = Workdir::new();
    let mut command = dir.command(["users", "--base-url", &server.url]);
    Ended::of(command.env("REASSIGN_TOKEN", TOKEN))
        .is_refused(2)
        .says("there is no end to the list after");
    assert!(server.of("GET").len() < 100, "{}", server.of("GET").len());
}

#[test]
fn writes_that_are_answered_for_other_contacts_stop_a_run_and_are_not_repeated() {
    let sandbox = Sandbox::start();
    let mixed_up = Arc::new(AtomicBool::new(true));
    let server = {
        let mixed_up = Arc::clone(&mixed_up);
        Server::before(&sandbox, move |asked| match asked.method.as_str() {
            "POST" if mixed_up.load(Ordering::Relaxed) => written(id(asked) + 500_000),
            _ => Reply::PassedOn,
        })
    };
    let dir = Workdir::with(SHEET, sheet(60));
    let more = ["--blind", "--concurrency", "1"];
    let ended = apply(&dir, &server, &more)
        .exits(3)
        .says("3 contacts were answered for by another one")
        .says("3 changes were answered for another contact, which may have changed instead.")
        .does_not_say("No contact was changed")
        .does_not_say("othing was changed");
    let results = dir.results(RESULTS);
    assert_eq!(server.of("POST").len(), 3, "{ended}");
    assert_eq!(results.count("failed"), 3, "{ended}");
    assert_eq!(results.row(2).get("reason"), "other-contact", "{ended}");
    assert!(results.row(2).get("error").contains("id:510001"), "{ended}");
    assert_eq!(results.count("not_attempted"), 57, "{ended}");

    dir.run(["undo", RESULTS])
        .exits(1)
        .says("row 2 wrote id:10001, and id:510001 answered");

    // The rows whose contacts are as they were are left alone, and the others are sent.
    mixed_up.store(false, Ordering::Relaxed);
    let mut command = dir.command(["apply", RESULTS, "--yes", "--base-url", &server.url]);
    command.arg("--same-workspace"); // after blind writes nothing shows that it is
    let ended = Ended::of(command.env("REASSIGN_TOKEN", TOKEN)).exits(1);
    let results = dir.results(RESULTS);
    assert_eq!(results.count("failed"), 3, "{ended}");
    assert_eq!(
        results.count("assigned") + results.count("unchanged"),
        57,
        "{ended}"
    );
    let record = sandbox.record();
    assert!(
        (10_001..10_004).all(|id| record[&id].writes == 0),
        "{ended}"
    );
}

#[test]
fn three_of_the_first_contacts_that_others_answer_for_stop_a_run() {
    let sandbox = Sandbox::start();
    let server = Server::before(&sandbox, |asked| match asked.method.as_str() {
        "GET" if id(asked).is_multiple_of(10) => contact(4711),
        _ => Reply::PassedOn,
    });
    let dir = Workdir::with(SHEET, sheet(200));
    let more = ["--concurrency", "1", "--max-failures", "off"];
    let ended = apply(&dir, &server, &more).exits(3);
    let results = dir.results(RESULTS);
    assert_eq!(results.count("failed"), 3, "{ended}");
}

/// Has the sandbox do what was asked, whatever is answered then.
fn done(authority: &str, asked: &Asked) {
    let body = asked.text.split_once("\r\n\r\n").expect("a body").1;
    let headers = [("Content-Type", "application/json")];
    let answer = http(authority, "POST", &asked.path, &headers, body);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Answers of 2xx that do not say which contact was written.
const UNCLEAR: [(u16, &str, &str); 6] = [
    (204, "", ""),
    (200, "", ""),
    (200, "", r#"{"success":true}"#),
    (200, "Content-Type: text/html", "<p>Done.</p>"),
    (200, "", r#"{"contactId":5.0}"#),
    (200, "Content-Encoding: gzip", "\u{1f}\u{8}\u{0}"),
];

#[test]
fn a_write_whose_answer_does_not_tell_is_told_by_what_is_found() {
    for (status, header, body) in UNCLEAR {
        for is_done in [true, false] {
            let sandbox = Sandbox::start();
            let authority = sandbox.authority().to_owned();
            let server = Server::before(&sandbox, move |asked| {
                if asked.method != "POST" {
                    return Reply::PassedOn;
                }
                if is_done {
                    done(&authority, asked);
                }
                Reply::with(status, header, body)
            });
            let dir = Workdir::with(SHEET, "contact,assignee\nid:10001,109\n");
            let ended = apply(&dir, &server, &[]);
            let expected = match is_done {
                true => ("assigned", 0),
                false => ("not_applied", 1),
            };
            let row = dir.results(RESULTS);
            let seen = (row.row(2).get("status"), ended.code());
            assert_eq!(seen, expected, "{status} {body}\n{ended}");
            assert_eq!(server.of("POST").len(), 1, "{ended}");
        }
    }
}

#[test]
fn without_reads_such_a_write_is_unknown_and_stops_nothing() {
    let sandbox = Sandbox::start();
    let server = Server::before(&sandbox, |asked| match asked.method.as_str() {
        "POST" => Reply::with(204, "", ""),
        _ => Reply::PassedOn,
    });
    let dir = Workdir::with(SHEET, sheet(60));
    let ended = apply(&dir, &server, &["--blind"]).exits(1);
    assert_eq!(dir.results(RESULTS).count("unknown"), 60, "{ended}");
    // Nobody knows that nothing has changed, and the next run is to read.
    let told = ended
        .says("60 contacts may have changed: whether is not known.")
        .says("To run again, with each contact read before it is changed:")
        .does_not_say("No contact was changed");
    let stderr = told.stderr();
    let again = stderr.lines().find(|line| line.contains(" apply "));
    let again = again.unwrap_or_else(|| panic!("no command: {told}"));
    assert!(!again.contains("--blind"), "{again}");
}

#[test]
fn a_write_that_left_before_the_connection_broke_is_unknown_and_kept() {
    let sandbox = Sandbox::start();
    let server = Server::before(&sandbox, |_| Reply::Closed);
    let dir = Workdir::with(SHEET, "contact,assignee\nid:10001,109\n");
    let ended = apply(&dir, &server, &["--blind", "--give-up-after", "1s"])
        .does_not_say("othing was changed");
    assert_ne!(ended.code(), 2, "{ended}");
    assert_eq!(dir.results(RESULTS).count("unknown"), 1, "{ended}");
}

#[test]
fn a_live_plan_tells_of_a_contact_that_another_one_answers_for() {
    let sandbox = Sandbox::start();
    let server = Server::before(&sandbox, |asked| match asked.method.as_str() {
        "GET" if asked.path.contains("10003") => contact(4711),
        _ => Reply::PassedOn,
    });
    let dir = Workdir::with(SHEET, sheet(5));
    let mut command = dir.command(["plan", SHEET, "--live", "--base-url", &server.url]);
    Ended::of(command.env("REASSIGN_TOKEN", TOKEN))
        .exits(1)
        .says("write `id:4711` if that is the one");
}

#[test]
fn what_another_contact_answers_for_when_it_is_read_back_has_failed() {
    let sandbox = Sandbox::start();
    let server = Server::before(&sandbox, |asked| match asked.method.as_str() {
        "GET" if asked.times > 1 && id(asked) == 10_004 => contact(4711),
        _ => Reply::PassedOn,
    });
    let dir = Workdir::with(SHEET, sheet(5));
    let ended = apply(&dir, &server, &["--check", "all"]).exits(1);
    let results = dir.results(RESULTS);
    let row = results.row(5);
    assert_eq!(
        (row.get("status"), row.get("reason")),
        ("failed", "other-contact"),
        "{ended}"
    );
}

/// The rows of a status, by what they are about.
fn contacts_that_are(status: &str, dir: &Workdir) -> Vec<String> {
    let results = dir.results(RESULTS);
    let rows = results
        .rows
        .iter()
        .filter(|row| row.get("status") == status);
    rows.map(|row| {
        assert_eq!(row.get("reason"), "conversation-closed", "{row:?}");
        row.get("contact").to_owned()
    })
    .collect()
}

#[test]
fn closed_conversations_are_left_alone_where_that_was_chosen() {
    let run = |more: &[&str], code| {
        let sandbox = Sandbox::with(["--fault", "closed=0.1"]);
        let dir = Workdir::with(SHEET, sheet(150));
        dir.apply(SHEET, &sandbox, more).exits(code);
        dir
    };
    let not_applied = contacts_that_are("not_applied", &run(&[], 1));
    assert!(not_applied.len() > 5, "{not_applied:?}");
    let skipped = contacts_that_are("skipped", &run(&["--closed", "skip"], 0));
    assert!(
        not_applied.iter().all(|contact| skipped.contains(contact)),
        "{not_applied:?} {skipped:?}"
    );
}

#[test]
fn every_closed_conversation_that_is_written_is_read_back() {
    // Some conversations of the sample are closed, and take writes all the same.
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(150));
    dir.apply(SHEET, &sandbox, &["--closed", "skip"]).exits(0);
    let closed = contacts_that_are("skipped", &dir).len();

    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(150));
    let ended = dir.apply(SHEET, &sandbox, &[]).exits(0);
    let said = ended.stderr();
    let (_, rest) = said
        .split_once("Check of a sample: ")
        .expect("what was read back");
    let read_back: usize = rest
        .split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .expect("a number");
    let sample = 20 + 150 / 20;
    assert!(
        closed > 10 && read_back > sample.max(closed),
        "{closed} closed\n{ended}"
    );
}
