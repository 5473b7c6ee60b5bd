use serde_json::json;

use super::*;

const CONTACTS: &str = "\
id,first_name,last_name,phone,email,status,tags,assignee
1,Ann,Lee,+6581234501,Ann@x.com,open,vip;north,101
2,Ben,,+6581234502,,closed,vip,102
3,Cy_d,Ng,,cyd@x.com,open,north,
4,Dee,Ng,+6581234504,dee@x.com,blocked,,101
5,Eve,Lee,,eve@x.com,open,south,
";

fn small(files: &Files) -> Running {
    let contacts = Some(files.write("contacts.csv", CONTACTS));
    Running::start(&Options {
        contacts,
        ..options()
    })
}

fn query(filter: &Value, search: &str) -> String {
    json!({ "search": search, "timezone": "UTC", "filter": filter }).to_string()
}

fn everyone() -> String {
    query(&json!({ "$and": [] }), "")
}

fn ids(page: &Value) -> Vec<u64> {
    page["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["id"].as_u64().expect("an ID"))
        .collect()
}

fn listed(sandbox: &Running, filter: &Value, search: &str) -> Vec<u64> {
    let answer = sandbox.post("/v1/contact/list?limit=99", &query(filter, search));
    assert_eq!(answer.status, 200, "{answer:?}");
    ids(&answer.json())
}

fn on(field: &str, operator: &str, value: &Value) -> Value {
    json!({ "category": "contactField", "field": field, "operator": operator, "value": value })
}

fn tags(operator: &str, value: &Value) -> Value {
    json!({ "category": "contactTag", "field": null, "operator": operator, "value": value })
}

/// The path of a full address that this server gave.
fn followed(sandbox: &Running, address: &Value) -> String {
    let address = address.as_str().expect("an address");
    address
        .strip_prefix(&format!("http://{}", sandbox.address))
        .expect("an address of this server")
        .to_owned()
}

/// A page of all contacts.
fn page(sandbox: &Running, path: &str) -> Value {
    sandbox.post(path, &everyone()).json()
}

/// The page that another one leads to, `next` or `previous`.
fn beside(sandbox: &Running, of: &Value, which: &str) -> Value {
    page(sandbox, &followed(sandbox, &of["pagination"][which]))
}

#[test]
fn all_pages_together_hold_every_contact_once() {
    let sandbox = Running::start(&options());
    let mut path = "/v1/contact/list?limit=99".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = page(&sandbox, &path);
        seen.extend(ids(&page));
        if page["pagination"]["next"].is_null() {
            break;
        }
        path = followed(&sandbox, &page["pagination"]["next"]);
    }
    assert_eq!(seen, (10_001..=10_300).collect::<Vec<u64>>());
}

#[test]
fn pages_lead_forth_and_back() {
    let files = Files::new();
    let sandbox = small(&files);
    let first = page(&sandbox, "/v1/contact/list?limit=2");
    assert_eq!(
        (ids(&first), &first["pagination"]["previous"]),
        (vec![1, 2], &Value::Null)
    );
    let second = beside(&sandbox, &first, "next");
    assert_eq!(ids(&second), [3, 4]);
    let third = beside(&sandbox, &second, "next");
    assert_eq!(
        (ids(&third), &third["pagination"]["next"]),
        (vec![5], &Value::Null)
    );

    let back = beside(&sandbox, &third, "previous");
    assert_eq!(ids(&back), [3, 4]);
    let back = beside(&sandbox, &back, "previous");
    assert_eq!(
        (ids(&back), &back["pagination"]["previous"]),
        (vec![1, 2], &Value::Null)
    );
    assert_eq!(ids(&beside(&sandbox, &back, "next")), [3, 4]);
}

#[test]
fn past_the_end_a_page_is_empty_and_leads_back() {
    let files = Files::new();
    let sandbox = small(&files);
    let at = |query: &str| page(&sandbox, &format!("/v1/contact/list?{query}"));
    for cursor in ["5", "9223372036854775807"] {
        let page = at(&format!("limit=2&cursorId={cursor}"));
        assert_eq!(
            (ids(&page), &page["pagination"]["next"]),
            (vec![], &Value::Null)
        );
        assert_eq!(ids(&beside(&sandbox, &page, "previous")), [4, 5]);
    }
    let page = at("cursorId=-1");
    assert_eq!(
        (ids(&page), &page["pagination"]["previous"]),
        (vec![], &Value::Null)
    );
    assert_eq!(ids(&beside(&sandbox, &page, "next"))[0], 1);
    let lowest = "/v1/contact/list?cursorId=-9223372036854775808";
    assert_eq!(sandbox.post(lowest, &everyone()).status, 200);
}

#[test]
fn a_page_has_ten_items_unless_the_address_says_otherwise() {
    let sandbox = Running::start(&options());
    assert_eq!(ids(&page(&sandbox, "/v1/contact/list")).len(), 10);
    let in_the_body = everyone().replacen('{', "{\"limit\":50,\"cursorId\":10020,", 1);
    assert_eq!(
        ids(&sandbox.post("/v1/contact/list", &in_the_body).json()),
        (10_001..=10_010).collect::<Vec<u64>>()
    );
    assert_eq!(ids(&page(&sandbox, "/v1/contact/list?limit=99")).len(), 99);
    for wrong in [
        "limit=0",
        "limit=100",
        "limit=-1",
        "limit=x",
        "limit=",
        "cursorId=x",
        "cursorId=1.5",
    ] {
        sandbox
            .post(&format!("/v1/contact/list?{wrong}"), &everyone())
            .refuses(400, "Validation error.");
        sandbox
            .get(&format!("/v1/space/user?{wrong}"))
            .refuses(400, "Validation error.");
    }
}

#[test]
fn an_item_of_a_list_is_what_the_read_of_the_contact_shows() {
    let files = Files::new();
    let sandbox = small(&files);
    let page = page(&sandbox, "/v1/contact/list");
    for item in page["items"].as_array().expect("items") {
        let read = sandbox.get(&format!("/v1/contact/id:{}", item["id"]));
        assert_eq!(*item, read.json());
    }
}

#[test]
fn filters_find_the_contacts_that_they_describe() {
    let files = Files::new();
    let sandbox = small(&files);
    let null = Value::Null;
    for (condition, expected) in [
        (on("assigneeUserId", "isEqualTo", &null), vec![3, 5]),
        (on("assigneeUserId", "isEqualTo", &json!("101")), vec![1, 4]),
        (on("assigneeUserId", "isEqualTo", &json!("999")), vec![]),
        (
            on("assigneeUserId", "isNotEqualTo", &json!("101")),
            vec![2, 3, 5],
        ),
        (on("assigneeUserId", "exists", &null), vec![1, 2, 4]),
        (on("firstName", "isEqualTo", &json!("Ann")), vec![1]),
        (on("lastName", "isNotEqualTo", &json!("Lee")), vec![2, 3, 4]),
        (on("lastName", "doesNotExist", &null), vec![2]),
        (on("phone", "exists", &null), vec![1, 2, 4]),
        (on("phone", "isEqualTo", &json!("+6581234502")), vec![2]),
        (on("email", "isEqualTo", &json!("ANN@x.com")), vec![1]),
        (on("email", "doesNotExist", &null), vec![2]),
        (on("status", "isEqualTo", &json!("open")), vec![1, 3, 5]),
        (on("tags", "hasAnyOf", &json!(["vip"])), vec![1, 2]),
        (tags("hasAnyOf", &json!(["vip", "south"])), vec![1, 2, 5]),
        (tags("hasAllOf", &json!(["vip", "north"])), vec![1]),
        (tags("hasNoneOf", &json!(["vip", "north"])), vec![4, 5]),
        (tags("doesNotExist", &null), vec![4]),
    ] {
        for junction in ["$and", "$or"] {
            assert_eq!(
                listed(&sandbox, &json!({ junction: [condition] }), ""),
                expected,
                "{condition}"
            );
        }
    }
}

#[test]
fn conditions_are_joined_as_asked_and_none_matches_every_contact() {
    let files = Files::new();
    let sandbox = small(&files);
    let both = [
        on("status", "isEqualTo", &json!("open")),
        on("lastName", "isEqualTo", &json!("Lee")),
    ];
    assert_eq!(listed(&sandbox, &json!({ "$and": both }), ""), [1, 5]);
    assert_eq!(listed(&sandbox, &json!({ "$or": both }), ""), [1, 3, 5]);
    assert_eq!(listed(&sandbox, &json!({ "$or": [] }), ""), [1, 2, 3, 4, 5]);
}

#[test]
fn filtered_pages_lead_on_too() {
    let files = Files::new();
    let sandbox = small(&files);
    let open = query(
        &json!({ "$or": [on("status", "isEqualTo", &json!("open"))] }),
        "",
    );
    let first = sandbox.post("/v1/contact/list?limit=2", &open).json();
    assert_eq!(ids(&first), [1, 3]);
    let second = sandbox
        .post(&followed(&sandbox, &first["pagination"]["next"]), &open)
        .json();
    assert_eq!(
        (ids(&second), &second["pagination"]["next"]),
        (vec![5], &Value::Null)
    );
}

#[test]
fn a_search_looks_into_names_emails_and_phones_and_takes_every_character_as_itself() {
    let files = Files::new();
    let sandbox = small(&files);
    let all = json!({ "$and": [] });
    for (search, expected) in [
        ("lee", vec![1, 5]),
        ("ann l", vec![1]),
        ("@X.com", vec![1, 3, 4, 5]),
        ("81234504", vec![4]),
        ("_", vec![3]),
        ("%", vec![]),
    ] {
        assert_eq!(listed(&sandbox, &all, search), expected, "{search}");
    }
    let open = json!({ "$or": [on("status", "isEqualTo", &json!("open"))] });
    assert_eq!(listed(&sandbox, &open, "ng"), [3]);
}

#[test]
fn a_query_that_makes_no_sense_answers_400() {
    let files = Files::new();
    let sandbox = small(&files);
    let mut wrong = vec![
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        json!({ "timezone": "UTC", "filter": { "$and": [] } }).to_string(),
        json!({ "search": "", "filter": { "$and": [] } }).to_string(),
        json!({ "search": "", "timezone": "UTC" }).to_string(),
    ];
    let hundred_and_one = vec![on("status", "isEqualTo", &json!("open")); 101];
    for filter in [
        json!({}),
        json!([]),
        json!(null),
        json!({ "$and": [], "$or": [] }),
        json!({ "$nor": [] }),
        json!({ "$and": [{}] }),
        json!({ "$and": [{ "category": "contactField", "field": "status", "operator": "isEqualTo" }] }),
        json!({ "$and": [on("shoeSize", "isEqualTo", &json!("9"))] }),
        json!({ "$and": [on("assigneeUserId", "isEqualTo", &json!(101))] }),
        json!({ "$and": [on("assigneeUserId", "isEqualTo", &json!("ann"))] }),
        json!({ "$and": [on("status", "isGreaterThan", &json!("open"))] }),
        json!({ "$and": [on("status", "isEqualTo", &json!(["open"]))] }),
        json!({ "$and": [tags("hasAnyOf", &json!("vip"))] }),
        json!({ "$and": [tags("hasAnyOf", &json!([]))] }),
        json!({ "$and": [tags("isEqualTo", &json!("vip"))] }),
        json!({ "$and": [{ "category": "lifecycle", "field": null, "operator": "exists", "value": null }] }),
        json!({ "$and": hundred_and_one }),
    ] {
        wrong.push(query(&filter, ""));
    }
    for body in wrong {
        sandbox
            .post("/v1/contact/list", &body)
            .refuses(400, "Validation error.");
    }
}

#[test]
fn users_are_listed_page_by_page_without_pending_ones() {
    let sandbox = Running::start(&options());
    let first = sandbox.get("/v1/space/user?limit=7").json();
    assert_eq!(ids(&first), (101..=107).collect::<Vec<u64>>());
    assert_eq!(first["pagination"]["previous"], Value::Null);
    assert_eq!(first["items"][0], sandbox.get("/v1/space/user/101").json());
    let second = sandbox
        .get(&followed(&sandbox, &first["pagination"]["next"]))
        .json();
    assert_eq!(
        (ids(&second), &second["pagination"]["next"]),
        ((108..=112).collect(), &Value::Null)
    );
    let back = sandbox
        .get(&followed(&sandbox, &second["pagination"]["previous"]))
        .json();
    assert_eq!(ids(&back), (101..=107).collect::<Vec<u64>>());
}
