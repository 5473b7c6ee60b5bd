use std::time::Instant;

use serde_json::json;

use super::*;

const CONTACTS: &str = "\
id,first_name,last_name,phone,email,language,country,status,tags,assignee,created_at
7,Kim,Lee,+6581234567,Kim@x.com,en,SG,open,vip; north,102,2025-01-31T09:00:00Z
8,,,,,,,blocked,,,1738314000
9007199254740993,Big,,,,,,closed,,Ben.Carter@example.com,
9223372036854775807,Biggest,,,,,,,,,
";

fn small(files: &Files) -> Options {
    Options {
        contacts: Some(files.write("contacts.csv", CONTACTS)),
        ..options()
    }
}

#[test]
fn a_contact_has_every_member_of_the_contract() {
    let files = Files::new();
    let sandbox = Running::start(&small(&files));
    assert_eq!(
        sandbox.get("/v1/contact/id:7").json(),
        json!({
            "id": 7, "firstName": "Kim", "lastName": "Lee", "phone": "+6581234567", "email": "Kim@x.com",
            "language": "en", "profilePic": null, "countryCode": "SG", "custom_fields": [], "status": "open",
            "tags": ["vip", "north"],
            "assignee":
                { "id": 102, "firstName": "Ben", "lastName": "Carter", "email": "ben.carter@example.com" },
            "lifecycle": null, "created_at": 1738314000, "isBlocked": false,
        })
    );
    assert_eq!(
        sandbox.get("/v1/contact/id:8").json(),
        json!({
            "id": 8, "firstName": "", "lastName": null, "phone": null, "email": null, "language": null,
            "profilePic": null, "countryCode": null, "custom_fields": [], "status": "blocked", "tags": [],
            "assignee": null, "lifecycle": null, "created_at": 1738314000, "isBlocked": true,
        })
    );
}

#[test]
fn large_ids_keep_all_their_digits() {
    let files = Files::new();
    let sandbox = Running::start(&small(&files));
    for id in [9_007_199_254_740_993_u64, 9_223_372_036_854_775_807] {
        assert_eq!(
            sandbox.get(&format!("/v1/contact/id:{id}")).json()["id"],
            id
        );
        assert_eq!(
            sandbox.assign(&format!("id:{id}"), "103").json()["contactId"],
            id
        );
        assert_eq!(
            sandbox.recorded(&id.to_string()),
            ("chloe.dubois@example.com".to_owned(), 1)
        );
    }
}

#[test]
fn a_read_shows_the_write_before_it() {
    let sandbox = Running::start(&options());
    sandbox.assign("id:10001", "112");
    assert_eq!(
        sandbox.get("/v1/contact/id:10001").json()["assignee"]["id"],
        112
    );
    sandbox.assign("id:10001", "null");
    assert_eq!(
        sandbox.get("/v1/contact/id:10001").json()["assignee"],
        Value::Null
    );
}

#[test]
fn a_user_is_read_by_id() {
    let sandbox = Running::start(&options());
    assert_eq!(
        sandbox.get("/v1/space/user/103").json(),
        json!({
            "id": 103, "firstName": "Chloé", "lastName": "Dubois", "email": "chloe.dubois@example.com",
            "role": "agent", "team": { "id": 1, "name": "Support" }, "restrictions": [],
        })
    );
    assert_eq!(
        sandbox.get("/v1/space/user/112").json()["team"],
        Value::Null
    );
    sandbox
        .get("/v1/space/user/999")
        .refuses(404, "User not found");
    sandbox
        .get("/v1/space/user/99999999999999999999")
        .refuses(404, "User not found");
    sandbox
        .get("/v1/space/user/113")
        .refuses(404, "User not found"); // pending
    sandbox
        .get("/v1/space/user/chloe.dubois@example.com")
        .refuses(400, "Validation error.");
}

#[test]
fn without_the_token_every_operation_answers_401_and_does_nothing() {
    let sandbox = Running::start(&options());
    let requests = [
        request(
            "POST",
            &assignee_path("id:10001"),
            Some("{\"assignee\":105}"),
        ),
        request("GET", "/v1/contact/id:10001", None),
        request("POST", "/v1/contact/list", Some("{}")),
        request("GET", "/v1/space/user", None),
        request("GET", "/v1/space/user/101", None),
        request("GET", "/_sandbox/assignments", None),
    ];
    let right = format!("Authorization: Bearer {TOKEN}\r\n");
    for request in requests {
        for wrong in [
            String::new(),
            "Authorization: Bearer \r\n".to_owned(),
            "Authorization: Bearer another\r\n".to_owned(),
            format!("Authorization: Bearer {TOKEN}x\r\n"),
            format!("Authorization: Basic {TOKEN}\r\n"),
            format!("Authorization: {TOKEN}\r\n"),
        ] {
            let answer = sandbox
                .raw(&request.replace(&right, &wrong))
                .expect("an answer");
            answer.refuses(401, "UN_AUTHORIZED");
        }
    }
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn the_scheme_is_read_without_regard_to_case() {
    let sandbox = Running::start(&options());
    let request = request("GET", "/v1/space/user/101", None).replace("Bearer", "bearer");
    assert_eq!(sandbox.raw(&request).expect("an answer").status, 200);
}

#[test]
fn an_unknown_path_answers_404_and_a_wrong_method_405_as_json() {
    let sandbox = Running::start(&options());
    for path in [
        "/",
        "/v1",
        "/contact/id:10001",
        "/v1/contact",
        "/v1/contact/id:10001/",
        "/v1/contact/id:1/x",
        "/_sandbox",
    ] {
        sandbox.get(path).refuses(404, "Path not found");
    }
    for (method, path) in [
        ("GET", "/v1/contact/list"),
        ("GET", "/v1/contact/id:10001/conversation/assignee"),
        ("PUT", "/v1/contact/id:10001/conversation/assignee"),
        ("POST", "/v1/space/user"),
        ("DELETE", "/v1/space/user/101"),
        ("POST", "/_sandbox/assignments"),
    ] {
        sandbox
            .attempt(method, path, None)
            .expect("an answer")
            .refuses(405, "Method not allowed");
    }
}

#[test]
fn the_record_has_one_line_per_contact_in_order_of_id() {
    let files = Files::new();
    let sandbox = Running::start(&small(&files));
    sandbox.assign("id:8", "101");
    sandbox.assign("id:8", "101");
    let answer = sandbox.get("/_sandbox/assignments");
    assert_eq!(
        answer.header("content-type"),
        Some("text/csv; charset=utf-8")
    );
    assert_eq!(
        answer.body,
        "contact_id,email,phone,assignee,writes\n\
         7,Kim@x.com,+6581234567,ben.carter@example.com,0\n\
         8,,,aisha.rahman@example.com,2\n\
         9007199254740993,,,ben.carter@example.com,0\n\
         9223372036854775807,,,,0\n"
    );
}

#[test]
fn every_answer_of_the_api_waits_for_the_latency() {
    let latency = Duration::from_millis(120);
    let sandbox = Running::start(&Options {
        latency,
        ..options()
    });
    let waited = |path: &str| {
        let start = Instant::now();
        sandbox.get(path);
        start.elapsed()
    };
    for path in [
        "/v1/contact/id:10001",
        "/v1/contact/id:1",
        "/v1/nothing",
        "/v1/space/user",
    ] {
        assert!(waited(path) >= latency, "{path}");
    }
}

#[test]
fn a_write_whose_client_gave_up_during_the_latency_is_done() {
    let latency = Duration::from_secs(600);
    let sandbox = Running::start(&Options {
        latency,
        ..options()
    });
    let given_up = sandbox.open(&request(
        "POST",
        &assignee_path("id:10001"),
        Some("{\"assignee\":105}"),
    ));
    let start = Instant::now();
    while sandbox.recorded("10001").1 == 0 {
        assert!(start.elapsed() < PATIENCE, "the write never happened");
    }
    drop(given_up);
    assert_eq!(
        sandbox.recorded("10001"),
        ("elena.garcia@example.com".to_owned(), 1)
    );
}

#[test]
fn many_requests_go_over_one_connection() {
    let sandbox = Running::start(&options());
    let one = request("GET", "/v1/contact/id:10001", None);
    let kept = one.replace("Connection: close\r\n", "");
    let mut answers = String::new();
    sandbox
        .open(&format!("{kept}{kept}{one}"))
        .read_to_string(&mut answers)
        .expect("answers");
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3);
}

#[test]
fn an_idle_connection_does_not_keep_the_server_from_ending() {
    let mut sandbox = Running::start(&options());
    let mut idle = sandbox.open("");
    let half = sandbox.open("GET /v1/contact/id:1 HTTP/1.1\r\n");
    assert_eq!(sandbox.get("/v1/space/user").status, 200);
    sandbox.stop();
    assert_eq!(idle.read(&mut [0]).expect("the end"), 0);
    drop(half);
}
