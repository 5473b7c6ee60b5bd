//! Every operation, and every status that the contract documents for it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::document::{Contract, members};
use super::speak::{Ask, Spoken, json_of};
use crate::support::{Workdir, http};

pub(super) const EVERYONE: &str = r#"{"search":"","timezone":"UTC","filter":{"$and":[]}}"#;

/// One request per operation that is answered with 200.
pub(super) const GOOD: [Ask<'static>; 5] = [
    Ask {
        operation: "setConversationAssignee",
        parameter: "id:10001",
        query: "",
        authorization: None,
        body: r#"{"assignee":105}"#,
    },
    Ask {
        operation: "getContact",
        parameter: "id:10001",
        query: "",
        authorization: None,
        body: "",
    },
    Ask {
        operation: "listContacts",
        parameter: "",
        query: "?limit=99",
        authorization: None,
        body: EVERYONE,
    },
    Ask {
        operation: "listUsers",
        parameter: "",
        query: "",
        authorization: None,
        body: "",
    },
    Ask {
        operation: "getUser",
        parameter: "101",
        query: "",
        authorization: None,
        body: "",
    },
];

/// What the sandbox never answers: a read is not queued.
const NEVER: [(&str, u16); 1] = [("getContact", 449)];

fn good(operation: &str) -> Ask<'static> {
    let found = GOOD.into_iter().find(|ask| ask.operation == operation);
    found.unwrap_or_else(|| panic!("no request for `{operation}`"))
}

/// Takes the tables of a running sandbox away, as a broken disk would.
fn break_database(file: &Path) {
    let database = rusqlite::Connection::open(file).expect("the database");
    database
        .execute_batch(
            "ALTER TABLE contacts RENAME TO lost_contacts; ALTER TABLE users RENAME TO lost_users;",
        )
        .expect("tables that can be renamed");
}

#[test]
fn every_operation_gives_every_answer_that_the_contract_documents_and_no_other() {
    let documented: BTreeSet<(String, u16)> = Contract::read()
        .operations()
        .iter()
        .flat_map(|operation| {
            operation
                .statuses()
                .into_iter()
                .map(|status| (operation.id.to_owned(), status))
        })
        .collect();
    let mut seen = BTreeSet::new();
    let mut expect = |spoken: &Spoken, status, ask: Ask<'_>| {
        spoken.answers(status, ask);
        seen.insert((ask.operation.to_owned(), status));
    };

    let plain = Spoken::with(&[]);
    for ask in GOOD {
        expect(&plain, 200, ask);
        for authorization in ["", "Bearer", "Bearer another", "Basic sandbox", "sandbox"] {
            let authorization = Some(authorization);
            expect(
                &plain,
                401,
                Ask {
                    authorization,
                    ..ask
                },
            );
        }
    }
    let change = |operation, parameter, query, body| Ask {
        parameter,
        query,
        body,
        ..good(operation)
    };
    for body in ["{}", "", "[]", "null", "{", r#"{"assignee":"#, "assignee=1"] {
        expect(
            &plain,
            400,
            change("setConversationAssignee", "id:10001", "", body),
        );
    }
    for identifier in [
        "nonsense",
        "10001",
        "id:",
        "id:x",
        "email:ann",
        "phone:60121233112",
        "%FF",
    ] {
        expect(&plain, 400, change("getContact", identifier, "", ""));
        let body = r#"{"assignee":null}"#;
        expect(
            &plain,
            400,
            change("setConversationAssignee", identifier, "", body),
        );
    }
    for body in [
        "{}",
        "",
        "[]",
        r#"{"timezone":"UTC","filter":{"$and":[]}}"#,
        r#"{"search":"","filter":{"$and":[]}}"#,
        r#"{"search":"","timezone":"UTC"}"#,
        r#"{"search":"","timezone":"UTC","filter":{}}"#,
        r#"{"search":"","timezone":"UTC","filter":{"$not":[]}}"#,
        r#"{"search":"","timezone":"UTC","filter":{"$and":[],"$or":[]}}"#,
    ] {
        expect(&plain, 400, change("listContacts", "", "", body));
    }
    for query in [
        "?limit=0",
        "?limit=-1",
        "?limit=ten",
        "?limit=",
        "?cursorId=x",
    ] {
        expect(&plain, 400, change("listContacts", "", query, EVERYONE));
        expect(&plain, 400, change("listUsers", "", query, ""));
    }
    for id in ["kim", "-1", "1.0", "aisha.rahman@example.com"] {
        expect(&plain, 400, change("getUser", id, "", ""));
    }
    for identifier in [
        "id:1",
        "id:99999999999999999999",
        "email:no@example.com",
        "phone:+60100000000",
    ] {
        expect(&plain, 404, change("getContact", identifier, "", ""));
        let body = r#"{"assignee":105}"#;
        expect(
            &plain,
            404,
            change("setConversationAssignee", identifier, "", body),
        );
    }
    for id in ["1", "113", "99999999999999999999"] {
        expect(&plain, 404, change("getUser", id, "", ""));
    }

    let limited = Spoken::with(&["--rate-limit", "2/h"]);
    for ask in GOOD {
        for status in [200, 200, 429, 429] {
            expect(&limited, status, ask);
        }
    }

    let queued = Spoken::with(&["--fault", "449=1"]);
    expect(&queued, 449, good("setConversationAssignee"));
    expect(&queued, 200, good("getContact"));

    let failing = Spoken::with(&["--fault", "500=1"]);
    expect(&failing, 500, good("setConversationAssignee"));
    expect(&failing, 500, good("getContact"));

    let dir = Workdir::new();
    let file = dir.path("workspace.db");
    let broken = Spoken::with(&["--database", file.to_str().expect("a path in UTF-8")]);
    for ask in GOOD {
        expect(&broken, 200, ask);
    }
    break_database(&file);
    for ask in GOOD {
        expect(&broken, 500, ask);
    }

    let never = NEVER.map(|(operation, status)| (operation.to_owned(), status));
    let missing: Vec<_> = documented
        .iter()
        .filter(|pair| !seen.contains(*pair) && !never.contains(pair))
        .collect();
    assert!(missing.is_empty(), "documented, never seen: {missing:?}");
    assert!(
        never
            .iter()
            .all(|pair| documented.contains(pair) && !seen.contains(pair))
    );
}

#[test]
fn a_refused_request_learns_its_limit_and_when_to_come_back() {
    let limited = Spoken::with(&["--rate-limit", "2/h"]);
    for ask in GOOD {
        let remaining = [1, 2].map(|_| {
            let answer = limited.answers(200, ask);
            assert_eq!(answer.header("retry-after"), None, "{answer:?}");
            answer.header("x-ratelimit-remaining").map(str::to_owned)
        });
        assert_eq!(remaining, [Some("1".to_owned()), Some("0".to_owned())]);
        let answer = limited.answers(429, ask);
        assert_eq!(answer.header("x-ratelimit-limit"), Some("2"));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
        let seconds: f64 = answer
            .header("retry-after")
            .and_then(|value| value.parse().ok())
            .expect("a number of seconds");
        assert!((3000.0..=3600.0).contains(&seconds), "{seconds}");
    }
}

#[test]
fn a_contact_and_a_user_have_every_member_that_the_contract_names() {
    let plain = Spoken::with(&[]);
    let contact = plain.read("id:10001");
    let user = json_of(&plain.answers(200, good("getUser")));
    for (value, schema) in [
        (&contact, "Contact"),
        (&contact["assignee"], "Assignee"),
        (&user, "SpaceUser"),
    ] {
        let names = |value: &Value| -> BTreeSet<String> {
            members(value).map(|(name, _)| name.clone()).collect()
        };
        let named = names(&plain.contract.schema(schema)["properties"]);
        assert_eq!(names(value), named, "{schema}");
    }
}

#[test]
fn what_the_contract_does_not_have_is_refused_and_does_nothing() {
    let plain = Spoken::with(&[]);
    for (method, target, status) in [
        ("DELETE", "/v1/contact/id:10001", 405),
        ("PUT", "/v1/contact/id:10001", 405),
        ("POST", "/v1/contact/id:10001", 405),
        ("GET", "/v1/contact/list", 405),
        ("GET", "/v1/contact/id:10001/conversation/assignee", 405),
        ("POST", "/v1/contact/id:10001/conversation/status", 404),
        ("GET", "/contact/id:10001", 404),
        ("GET", "/v2/contact/id:10001", 404),
        ("GET", "/", 404),
    ] {
        let body = if method == "GET" {
            ""
        } else {
            r#"{"assignee":105}"#
        };
        let answer = http(plain.sandbox.authority(), method, target, &[], body);
        assert_eq!(answer.status, status, "{method} {target}: {answer:?}");
        let misfits = plain.contract.misfits(
            plain.contract.schema("Error"),
            super::document::Members::OnlyNamed,
            &json_of(&answer),
        );
        assert!(misfits.is_empty(), "{method} {target}: {misfits:?}");
    }
    assert_eq!(plain.sandbox.writes(), 0);
}
