//! Servers that answer for another contact than was asked for, or do not say for which.

use crate::server::{Asked, Reply, Server};
use crate::support::{Ended, Sandbox, TOKEN, Workdir};

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
    Ended::of(&mut command)
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
        let ended = apply(&dir, &server, &["--verify", "off"]).exits(0);
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
