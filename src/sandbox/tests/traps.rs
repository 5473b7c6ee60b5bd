use serde_json::json;

use super::*;

const EVERYONE: &str = r#"{"search":"","timezone":"UTC","filter":{"$and":[]}}"#;

/// The assignee's ID that the list shows for a contact.
fn listed(sandbox: &Running, contact: u64) -> Value {
    let page = sandbox.post("/v1/contact/list?limit=99", EVERYONE).json();
    let items = page["items"].as_array().expect("items");
    let found = items.iter().find(|item| item["id"] == contact);
    found.expect("the contact")["assignee"]["id"].clone()
}

#[test]
fn a_write_to_a_closed_conversation_answers_200_and_changes_nothing() {
    let sandbox = Running::start(&faults("closed=1"));
    let before = sandbox.get("/v1/contact/id:10001").json();
    assert_eq!(before["status"], "closed");
    let answer = sandbox.assign("id:10001", "105");
    assert_eq!(
        (answer.status, &answer.json()["contactId"]),
        (200, &json!(10001))
    );
    assert_eq!(sandbox.get("/v1/contact/id:10001").json(), before);
    assert_eq!(
        sandbox.recorded("10001").1,
        1,
        "it is recorded all the same"
    );
    let page = sandbox.post("/v1/contact/list?limit=1", EVERYONE).json();
    assert_eq!(page["items"][0]["status"], "closed");
}

#[test]
fn the_others_are_written_as_ever() {
    let sandbox = Running::start(&faults("closed=0.5"));
    let (mut closed, mut written) = (0, 0);
    for contact in 10_001..10_021 {
        let path = format!("/v1/contact/id:{contact}");
        let is_closed = sandbox.get(&path).json()["status"] == "closed";
        let before = sandbox.get(&path).json()["assignee"]["id"].clone();
        let wanted = if before == 105 { 106 } else { 105 };
        assert_eq!(
            sandbox
                .assign(&format!("id:{contact}"), &wanted.to_string())
                .status,
            200
        );
        let took = sandbox.get(&path).json()["assignee"]["id"] == wanted;
        closed += u32::from(is_closed && !took);
        written += u32::from(took);
    }
    assert_eq!(closed + written, 20);
    assert!(
        closed > 0 && written > 0,
        "{closed} closed, {written} written"
    );
}

#[test]
fn a_lagging_list_shows_who_had_a_contact_before() {
    let lagging = Options {
        list_lag: Duration::from_secs(3600),
        ..options()
    };
    let sandbox = Running::start(&lagging);
    let before = listed(&sandbox, 10_001);
    for user in ["105", "106"] {
        assert_ne!(before, user.parse::<u64>().expect("an ID"));
        assert_eq!(sandbox.assign("id:10001", user).status, 200);
    }
    assert_eq!(listed(&sandbox, 10_001), before);
    assert_eq!(
        sandbox.get("/v1/contact/id:10001").json()["assignee"]["id"],
        106
    );
    let of = |user: &Value| {
        let condition = json!({ "category": "contactField", "field": "assigneeUserId", "operator": "isEqualTo",
            "value": user.to_string() });
        let query = json!({ "search": "", "timezone": "UTC", "filter": { "$and": [condition] } });
        let page = sandbox
            .post("/v1/contact/list?limit=99", &query.to_string())
            .json();
        let items = page["items"].as_array().expect("items").clone();
        items.iter().any(|item| item["id"] == 10_001)
    };
    assert!(of(&before), "the filter is as old as the list");
    assert!(!of(&json!(106)));
}

#[test]
fn a_list_catches_up_once_its_lag_has_passed() {
    let lagging = Options {
        list_lag: Duration::from_millis(40),
        ..options()
    };
    let sandbox = Running::start(&lagging);
    assert_eq!(sandbox.assign("id:10001", "106").status, 200);
    let deadline = std::time::Instant::now() + PATIENCE;
    while listed(&sandbox, 10_001) != 106 {
        assert!(
            std::time::Instant::now() < deadline,
            "the list never catches up"
        );
    }
}

#[test]
fn an_address_without_the_version_leads_nowhere_but_its_cursor_does() {
    let without = Options {
        links: Links::WithoutVersion,
        ..options()
    };
    let sandbox = Running::start(&without);
    let page = sandbox.get("/v1/space/user?limit=2").json();
    let next = page["pagination"]["next"].as_str().expect("an address");
    let path = next
        .strip_prefix(&format!("http://{}", sandbox.address))
        .expect("an address of this server");
    assert!(path.starts_with("/space/user?"), "{path}");
    assert_eq!(sandbox.get(path).status, 404);
    assert_eq!(sandbox.get(&format!("/v1{path}")).status, 200);
}
