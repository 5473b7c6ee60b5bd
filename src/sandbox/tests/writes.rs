use serde_json::json;

use super::*;

const LUCIA: &str = "10001"; // lucia.nunez@example.com, +34612345610

#[test]
fn a_write_assigns_the_contact_and_names_it() {
    let sandbox = Running::start(&options());
    for identifier in [
        "id:10001",
        "email:lucia.nunez@example.com",
        "phone:+34612345610",
    ] {
        sandbox.assign(identifier, "null");
        let answer = sandbox.assign(identifier, "105");
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({ "contactId": 10001 })),
            "{identifier}"
        );
        assert_eq!(sandbox.recorded(LUCIA).0, "elena.garcia@example.com");
    }
    assert_eq!(sandbox.recorded(LUCIA).1, 6);
    assert_eq!(sandbox.writes(), 6, "no other contact was written");
}

#[test]
fn literal_and_percent_encoded_paths_are_alike() {
    let sandbox = Running::start(&options());
    for identifier in [
        "id%3A10001",
        "id%3a10001",
        "%69d:10001",
        "phone:%2B34612345610",
        "phone:%2b34612345610",
        "phone%3A+34612345610",
        "phone%3A%2B34612345610",
        "email:lucia.nunez%40example.com",
        "email%3alucia.nunez@example.com",
        "email%3ALucia%2ENunez%40EXAMPLE.com",
    ] {
        let answer = sandbox.assign(identifier, "105");
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({ "contactId": 10001 })),
            "{identifier}"
        );
        assert_eq!(
            sandbox.get(&format!("/v1/contact/{identifier}")).json()["id"],
            10001,
            "{identifier}"
        );
    }
}

#[test]
fn a_user_is_named_by_number_text_or_email_without_regard_to_case() {
    let sandbox = Running::start(&options());
    for user in [
        "107",
        "\"107\"",
        "\"grace.tan@example.com\"",
        "\"Grace.TAN@Example.com\"",
    ] {
        sandbox.assign("id:10001", "null");
        assert_eq!(sandbox.recorded(LUCIA).0, "");
        assert_eq!(sandbox.assign("id:10001", user).status, 200, "{user}");
        assert_eq!(sandbox.recorded(LUCIA).0, "grace.tan@example.com", "{user}");
    }
}

#[test]
fn a_write_that_makes_no_sense_answers_400_and_changes_nothing() {
    let sandbox = Running::start(&options());
    for body in [
        "",
        "{",
        "null",
        "[]",
        "\"105\"",
        "{}",
        "{\"Assignee\":105}",
        "{\"assignee\":\"\"}",
        "{\"assignee\":true}",
        "{\"assignee\":[105]}",
        "{\"assignee\":{\"id\":105}}",
        "{\"assignee\":105.5}",
        "{\"assignee\":-105}",
        "{\"assignee\":\"elena\"}",
        "{\"assignee\":\"unassign\"}",
        "{\"assignee\":\" 105\"}",
        "{\"assignee\":999}",
        "{\"assignee\":\"999\"}",
        "{\"assignee\":\"nobody@example.com\"}",
        "{\"assignee\":18446744073709551615}",
        "{\"assignee\":1e400}",
    ] {
        sandbox
            .post(&assignee_path("id:10001"), body)
            .refuses(400, "Validation error.");
    }
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn a_pending_user_cannot_be_assigned() {
    let sandbox = Running::start(&options());
    for user in ["113", "\"113\"", "\"mina.park@example.org\""] {
        sandbox.assign("id:10001", user).refuses(
            400,
            "Validation error. The user `assignee` has not accepted",
        );
    }
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn an_identifier_that_is_none_answers_400_and_an_unknown_one_404() {
    let sandbox = Running::start(&options());
    for identifier in [
        "10001",
        "id:",
        "id:x",
        "ID:10001",
        "phone:34612345610",
        "phone:%2034612345610",
        "phone:%252B34612345610",
        "email:lucia",
        "name:lucia",
        "id:%FF",
    ] {
        sandbox
            .assign(identifier, "105")
            .refuses(400, "Validation error.");
        sandbox
            .get(&format!("/v1/contact/{identifier}"))
            .refuses(400, "Validation error.");
    }
    for identifier in [
        "id:1",
        "id:99999999999999999999999",
        "email:nobody@example.com",
        "phone:+15550100",
    ] {
        sandbox
            .assign(identifier, "105")
            .refuses(404, "Contact not found");
        sandbox
            .get(&format!("/v1/contact/{identifier}"))
            .refuses(404, "Contact not found");
    }
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn a_body_must_say_that_it_is_json_and_stay_under_64_kib() {
    let sandbox = Running::start(&options());
    let plain = request(
        "POST",
        &assignee_path("id:10001"),
        Some("{\"assignee\":105}"),
    )
    .replace("Content-Type: application/json", "Content-Type: text/plain");
    sandbox
        .raw(&plain)
        .expect("an answer")
        .refuses(400, "Validation error. The header `Content-Type`");

    let padded = |spaces: usize| format!("{{\"assignee\":{}105}}", " ".repeat(spaces));
    let fits = 64 * 1024 - padded(0).len();
    sandbox
        .post(&assignee_path("id:10001"), &padded(fits + 1))
        .refuses(413, "The request's body is longer");
    assert_eq!(sandbox.writes(), 0);
    assert_eq!(
        sandbox
            .post(&assignee_path("id:10001"), &padded(fits))
            .status,
        200
    );
}

#[test]
fn a_path_that_lost_its_end_neither_creates_nor_changes_nor_deletes() {
    let sandbox = Running::start(&options());
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = sandbox
            .attempt(method, "/v1/contact/id:10001", Some("{\"assignee\":105}"))
            .expect("an answer");
        answer.refuses(405, "Method not allowed");
        assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    }
    assert_eq!(sandbox.get("/v1/contact/id:10001").status, 200);
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn of_contacts_that_share_an_email_or_phone_the_lowest_id_answers() {
    let files = Files::new();
    let contacts = "id,email,phone\n30,kim@x.com,+6581234567\n20,KIM@x.com,+6581234567\n40,kim@X.com,+6581234567\n";
    let contacts = Some(files.write("contacts.csv", contacts));
    let sandbox = Running::start(&Options {
        contacts,
        ..options()
    });
    for identifier in ["email:kim@x.com", "phone:+6581234567"] {
        assert_eq!(
            sandbox.assign(identifier, "101").json(),
            json!({ "contactId": 20 })
        );
        assert_eq!(
            sandbox.get(&format!("/v1/contact/{identifier}")).json()["id"],
            20
        );
    }
}

#[test]
fn every_accepted_write_is_recorded_in_the_database() {
    let files = Files::new();
    let database = files.path("workspace.db");
    let contacts = Some(files.write("contacts.csv", "id,email,assignee\n7,kim@x.com,101\n"));
    let mut sandbox = Running::start(&Options {
        contacts,
        database: Some(database.clone()),
        ..options()
    });
    sandbox.assign("email:Kim%40x.com", "102");
    sandbox.assign("id:7", "999");
    sandbox.assign("id:7", "102");
    sandbox.assign("id:7", "null");
    sandbox.stop();

    let connection = rusqlite::Connection::open(database).expect("a database");
    let mut statement = connection
        .prepare(
            "SELECT concat_ws(' ', seq, contact_id, identifier, ifnull(previous, 'nobody'), ifnull(assignee, 'nobody'),
             time LIKE '20__-__-__T__:__:%Z') FROM writes ORDER BY seq",
        )
        .expect("a statement");
    let writes: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .expect("writes");
    assert_eq!(
        writes,
        [
            "1 7 email:Kim@x.com 101 102 1",
            "2 7 id:7 102 102 1",
            "3 7 id:7 102 nobody 1"
        ]
    );
}
