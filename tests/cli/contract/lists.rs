//! Lists page by page, filtered lists, and the sandbox's own record.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answers::EVERYONE;
use super::document::Members;
use super::speak::{Ask, Spoken, json_of};
use crate::support::{TOKEN, http};

/// The cursor in an address of `pagination`, which has to lead back to this sandbox.
fn cursor(spoken: &Spoken, address: &Value) -> Option<i64> {
    let address = address.as_str()?;
    assert!(address.starts_with(&spoken.sandbox.url), "{address}");
    let (_, cursor) = address.split_once("cursorId=").expect("a cursor");
    Some(cursor.parse().expect("a whole number"))
}

/// The pages of a list, in order, from the first to the last.
fn pages(spoken: &Spoken, operation: &str, limit: usize, body: &str) -> Vec<Value> {
    let mut pages: Vec<Value> = Vec::new();
    let mut from = None;
    loop {
        let page = page(spoken, operation, limit, from, body);
        assert_eq!(page["pagination"]["previous"].is_null(), from.is_none());
        from = cursor(spoken, &page["pagination"]["next"]);
        pages.push(page);
        if from.is_none() {
            return pages;
        }
        assert!(pages.len() <= 400, "the list does not end");
    }
}

#[track_caller]
fn page(spoken: &Spoken, operation: &str, limit: usize, from: Option<i64>, body: &str) -> Value {
    let from = from.map_or_else(String::new, |cursor| format!("&cursorId={cursor}"));
    let ask = Ask {
        operation,
        query: &format!("?limit={limit}{from}"),
        body,
        ..Ask::default()
    };
    json_of(&spoken.answers(200, ask))
}

fn ids(page: &Value) -> Vec<u64> {
    let items = page["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["id"].as_u64().expect("an ID"))
        .collect()
}

/// The contacts of a filtered list.
fn listed(spoken: &Spoken, filter: &Value) -> BTreeSet<u64> {
    let query = json!({ "search": "", "timezone": "UTC", "filter": filter });
    let schema = spoken.contract.operation("listContacts").request_schema();
    let misfits = spoken.contract.misfits(schema, Members::AsWritten, &query);
    assert!(
        misfits.is_empty(),
        "the request does not fit: {misfits:#?}: {query}"
    );
    let pages = pages(spoken, "listContacts", 7, &query.to_string());
    let all: Vec<u64> = pages.iter().flat_map(ids).collect();
    let once: BTreeSet<u64> = all.iter().copied().collect();
    assert_eq!(once.len(), all.len(), "a contact is listed twice");
    once
}

fn held_by(assignee: &Value) -> Value {
    json!({ "$and": [
        { "category": "contactField", "field": "assigneeUserId", "operator": "isEqualTo", "value": assignee }
    ] })
}

#[test]
fn every_contact_is_listed_once_whatever_the_size_of_a_page() {
    let spoken = Spoken::with(&[]);
    let known: Vec<u64> = spoken.sandbox.record().into_keys().collect();
    assert_eq!(known.len(), 300);
    for limit in [7, 10, 99] {
        let pages = pages(&spoken, "listContacts", limit, EVERYONE);
        assert_eq!(pages.len(), known.len().div_ceil(limit));
        let (last, full) = pages.split_last().expect("a page");
        assert!(
            full.iter().all(|page| ids(page).len() == limit),
            "a page is not full"
        );
        assert!(!ids(last).is_empty(), "the last page is empty");
        let mut all: Vec<u64> = pages.iter().flat_map(ids).collect();
        all.sort_unstable();
        assert_eq!(all, known, "pages of {limit}");
    }
}

#[test]
fn the_page_before_is_the_one_that_came_before() {
    let spoken = Spoken::with(&[]);
    let pages = pages(&spoken, "listContacts", 99, EVERYONE);
    for (earlier, later) in pages.iter().zip(&pages[1..]) {
        let back = cursor(&spoken, &later["pagination"]["previous"]);
        assert_eq!(&page(&spoken, "listContacts", 99, back, EVERYONE), earlier);
    }
}

#[test]
fn a_list_without_a_limit_has_ten_per_page() {
    let spoken = Spoken::with(&[]);
    for (operation, body) in [("listContacts", EVERYONE), ("listUsers", "")] {
        let ask = Ask {
            operation,
            body,
            ..Ask::default()
        };
        assert_eq!(ids(&json_of(&spoken.answers(200, ask))).len(), 10);
    }
}

#[test]
fn paging_in_the_body_is_ignored_without_an_error() {
    let spoken = Spoken::with(&[]);
    let body = r#"{"search":"","timezone":"UTC","filter":{"$and":[]},"limit":2,"cursorId":10200}"#;
    let ask = Ask {
        operation: "listContacts",
        body,
        ..Ask::default()
    };
    let first = ids(&json_of(&spoken.answers(200, ask)));
    assert_eq!(first, (10_001..=10_010).collect::<Vec<u64>>());
}

#[test]
fn every_user_but_those_still_invited_is_listed_once_and_can_be_read() {
    let spoken = Spoken::with(&[]);
    let pages = pages(&spoken, "listUsers", 5, "");
    assert_eq!(pages.len(), 3);
    let users: Vec<&Value> = pages
        .iter()
        .flat_map(|page| page["items"].as_array().expect("items"))
        .collect();
    let found: Vec<u64> = users
        .iter()
        .map(|user| user["id"].as_u64().expect("an ID"))
        .collect();
    assert_eq!(found, (101..=112).collect::<Vec<u64>>());
    for user in users {
        let id = user["id"].to_string();
        let ask = Ask {
            operation: "getUser",
            parameter: &id,
            ..Ask::default()
        };
        assert_eq!(&json_of(&spoken.answers(200, ask)), user);
    }
}

#[test]
fn a_list_filtered_by_assignee_has_exactly_the_contacts_that_user_or_nobody_has() {
    let spoken = Spoken::with(&[]);
    let had_by = |email: &str| -> BTreeSet<u64> {
        let record = spoken.sandbox.record().into_iter();
        record
            .filter(|(_, held)| held.assignee == email)
            .map(|(id, _)| id)
            .collect()
    };
    for (assignee, email) in [
        (Value::Null, ""),
        (json!("105"), "elena.garcia@example.com"),
        (json!("112"), "lev.orlov@example.org"),
    ] {
        let found = listed(&spoken, &held_by(&assignee));
        assert!(found.len() > 1, "{assignee} has too few to tell");
        assert_eq!(found, had_by(email), "{assignee}");
    }
    assert_eq!(listed(&spoken, &held_by(&json!("999"))), BTreeSet::new());

    let moved = *listed(&spoken, &held_by(&Value::Null))
        .first()
        .expect("a contact of nobody's");
    spoken.write(&format!("id:{moved}"), &json!(105));
    assert!(!listed(&spoken, &held_by(&Value::Null)).contains(&moved));
    assert!(listed(&spoken, &held_by(&json!("105"))).contains(&moved));
}

#[test]
fn an_empty_filter_of_either_kind_lists_everyone_and_one_that_cannot_be_decided_lists_no_one() {
    let spoken = Spoken::with(&[]);
    assert_eq!(listed(&spoken, &json!({ "$and": [] })).len(), 300);
    assert_eq!(listed(&spoken, &json!({ "$or": [] })).len(), 300);
    for (category, field, operator, value) in [
        ("contactField", "assigneeUserId", "isEqualTo", json!("kim")),
        ("contactField", "assigneeUserId", "hasAnyOf", json!(["105"])),
        ("contactField", "favouriteColour", "isEqualTo", json!("red")),
        ("lifecycle", "stage", "isEqualTo", json!("new")),
    ] {
        let condition =
            json!({ "category": category, "field": field, "operator": operator, "value": value });
        let query = json!({ "search": "", "timezone": "UTC", "filter": { "$and": [condition] } });
        let ask = Ask {
            operation: "listContacts",
            body: &query.to_string(),
            ..Ask::default()
        };
        spoken.answers(400, ask);
    }
}

#[test]
fn the_record_needs_the_token_is_not_limited_and_counts_every_accepted_write() {
    let spoken = Spoken::with(&["--rate-limit", "3/h"]);
    let authority = spoken.sandbox.authority();
    let record =
        |headers: &[(&str, &str)]| http(authority, "GET", "/_sandbox/assignments", headers, "");
    for wrong in ["", "Bearer another", "Basic sandbox"] {
        let answer = record(&[("Authorization", wrong)]);
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(!answer.body.contains("10001"), "{answer:?}");
    }
    let answer = record(&[("Authorization", &format!("Bearer {TOKEN}"))]);
    assert_eq!(
        answer.header("content-type"),
        Some("text/csv; charset=utf-8")
    );
    assert_eq!(
        answer.body.lines().next(),
        Some("contact_id,email,phone,assignee,writes")
    );
    assert_eq!(answer.body.lines().count(), 301);

    assert_eq!(spoken.sandbox.writes(), 0);
    spoken.write("id:10001", &json!(105));
    spoken.write("id:10001", &json!(105));
    let refused = Ask {
        operation: "setConversationAssignee",
        parameter: "id:10001",
        body: r#"{"assignee":999}"#,
        ..Ask::default()
    };
    spoken.answers(400, refused);
    spoken.answers(
        429,
        Ask {
            body: r#"{"assignee":106}"#,
            ..refused
        },
    );
    for _ in 0..10 {
        let answer = record(&[]);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-ratelimit-limit"), None);
    }
    let held = &spoken.sandbox.record()[&10001];
    assert_eq!(
        (held.assignee.as_str(), held.writes),
        ("elena.garcia@example.com", 2)
    );
    assert_eq!(spoken.sandbox.writes(), 2);
}

#[test]
fn an_item_of_the_list_is_what_a_read_of_that_contact_says() {
    let spoken = Spoken::with(&[]);
    let page = page(&spoken, "listContacts", 20, None, EVERYONE);
    for item in page["items"].as_array().expect("items") {
        assert_eq!(&spoken.read(&format!("id:{}", item["id"])), item);
    }
}
