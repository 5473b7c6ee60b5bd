//! Plans and runs as JSON: as the schemas say, with the names of the results' columns, and nothing else on standard output.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{Ended, Results, Sandbox, TOKEN, Workdir};

const PLAN: &str = include_str!("../../docs/json/plan.schema.json");
const EVENTS: &str = include_str!("../../docs/json/events.schema.json");
const SHEET: &str = "team-migration.xlsx";
const RESULTS: &str = "team-migration.results.csv";

/// Expects a value to be as a schema says.
#[track_caller]
pub(crate) fn agrees(schema: &str, value: &Value) {
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|err| format!("{}: {err}", err.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\nin {value:#}");
}

/// The only document on standard output.
#[track_caller]
fn document(ended: &Ended) -> Value {
    let value = serde_json::from_str(&ended.stdout());
    let value = value.unwrap_or_else(|err| panic!("{err} in\n{ended}"));
    agrees(PLAN, &value);
    value
}

/// The lines on standard output.
#[track_caller]
fn events(ended: &Ended) -> Vec<Value> {
    let stdout = ended.stdout();
    let lines = stdout.lines().map(|line| {
        let value = serde_json::from_str(line);
        let value = value.unwrap_or_else(|err| panic!("{err} in `{line}` of\n{ended}"));
        agrees(EVENTS, &value);
        value
    });
    lines.collect()
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().expect("a list")
}

/// What results say of a row, as JSON would.
fn as_json(results: &Results, row: u32) -> BTreeMap<String, Value> {
    let of = results.row(row);
    let columns = [
        "row",
        "contact",
        "assignee",
        "previous",
        "expected",
        "status",
        "reason",
        "error",
        "decision",
        "http",
        "contact_id",
        "attempts",
        "at",
    ];
    let numbers = ["row", "http", "contact_id", "attempts"];
    let filled = columns.iter().filter(|name| !of.get(name).is_empty());
    filled
        .map(|name| {
            let text = of.get(name);
            let value = if numbers.contains(name) {
                json!(text.parse::<u64>().expect("a number"))
            } else {
                json!(text)
            };
            ((*name).to_owned(), value)
        })
        .collect()
}

/// A row of JSON without what only JSON has.
fn plain(row: &Value) -> BTreeMap<String, Value> {
    let members = row.as_object().expect("an object").iter();
    members
        .filter(|(name, _)| !["event", "reasons", "seen", "assignee_name"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[test]
fn a_plan_is_one_document_with_every_row_once() {
    let dir = Workdir::with_sample(SHEET);
    let ended = dir
        .run(["plan", SHEET, "--sandbox", "--json", "-o", "plan.csv"])
        .exits(1);
    let plan = document(&ended);
    assert_eq!(plan["workspace"], "sandbox");
    assert_eq!(plan["sheet"]["contact"], json!(["Contact"]));
    assert_eq!(plan["sheet"]["read_as"], "xlsx workbook, sheet `Handover`");
    let results = dir.results("plan.csv");
    let mut seen = BTreeSet::new();
    for name in ["changes", "unchanged", "rejections", "left_out", "settled"] {
        for row in list(&plan, name) {
            let number = row["row"].as_u64().expect("a number") as u32;
            assert!(seen.insert(number), "row {number} stands twice");
            assert_eq!(plain(row), as_json(&results, number));
        }
    }
    assert_eq!(seen, (2..=67).collect());
    let counts: usize = plan["counts"]
        .as_object()
        .expect("counts")
        .values()
        .map(|count| count.as_u64().expect("a count") as usize)
        .sum();
    assert_eq!(counts, 66);
    let planned = list(&plan, "changes").len() as u64;
    let received: u64 = list(&plan["balance"], "users")
        .iter()
        .chain([&plan["balance"]["nobody"]])
        .map(|user| user["receives"].as_u64().expect("a count"))
        .sum();
    assert_eq!(received, planned);
    let stdout = dir.run(["plan", SHEET, "--sandbox"]).stdout();
    let id = plan["plan"].as_str().expect("an ID");
    assert!(stdout.contains(&format!("Plan {id}")), "{stdout}");
}

#[test]
fn a_live_plan_tells_what_the_look_at_the_workspace_showed() {
    let dir = Workdir::with_sample(SHEET);
    let ended = dir
        .run(["plan", SHEET, "--sandbox", "--live", "--json"])
        .exits(1);
    let plan = document(&ended);
    let looked = &plan["looked"];
    assert_eq!(looked["users"], 12);
    assert_eq!(
        looked["owners"],
        json!(["Aisha Rahman <aisha.rahman@example.com>"])
    );
    assert_eq!(looked["closed_rows"], json!([2, 27, 46]));
    assert_eq!(plan["balance"]["counted"], "workspace");
    let receives = |user: &Value| user["receives"].as_u64().expect("a count");
    let received: u64 = list(&plan["balance"], "users").iter().map(receives).sum();
    assert_eq!(looked["notifications"], received);
}

#[test]
fn a_live_plan_tells_of_each_row_what_was_seen_and_what_will_be_written() {
    let dir = Workdir::with_sample(SHEET);
    let ended = dir
        .run(["plan", SHEET, "--sandbox", "--live", "--json"])
        .exits(1);
    let plan = document(&ended);
    let owner = |row: &Value| row["seen"]["owner"].clone();
    let assignee = |row: &Value| row["assignee"].clone();
    let (changes, unchanged) = (list(&plan, "changes"), list(&plan, "unchanged"));
    assert_eq!((changes.len(), unchanged.len()), (44, 3));
    assert!(
        changes
            .iter()
            .all(|row| row["status"] == "planned" && owner(row) != assignee(row))
    );
    assert!(
        unchanged
            .iter()
            .all(|row| row["status"] == "unchanged" && owner(row) == assignee(row))
    );
    assert_eq!(plan["counts"]["planned"], changes.len());
    assert_eq!(plan["counts"]["unchanged"], unchanged.len());
    assert_eq!(plan["balance"]["already_so"], unchanged.len());
    let first = &changes[0];
    assert_eq!(
        first["seen"]["owner_name"],
        "Farid Aziz <farid.aziz@example.com>"
    );
    assert_eq!(first["assignee_name"], "Grace Tan <grace.tan@example.com>");
}

#[test]
fn each_rejection_tells_its_reasons_by_column() {
    let dir = Workdir::with("team.csv", "Phone,Owner\nabc,Grace\n+60123456789,105\n");
    let plan = document(
        &dir.run(["plan", "team.csv", "--sandbox", "--json"])
            .exits(1),
    );
    let [rejected] = list(&plan, "rejections") else {
        panic!("{plan:#}")
    };
    let columns: Vec<&Value> = list(rejected, "reasons")
        .iter()
        .map(|reason| &reason["column"])
        .collect();
    assert_eq!(columns, ["Phone", "Owner"]);
    assert_eq!(list(&plan, "changes")[0]["contact"], "phone:+60123456789");
}

#[test]
fn a_run_is_a_line_for_each_event_and_they_agree_with_the_results() {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    let more = ["--rate", "1000/s", "--max-unassign", "4", "--json"];
    let ended = dir.apply(SHEET, &sandbox, &more).exits(1);
    let events = events(&ended);
    let (first, last) = (&events[0], events.last().expect("lines"));
    assert_eq!(first["event"], "start");
    assert_eq!(first["changes"], 51);
    assert_eq!(first["workspace"], sandbox.url.as_str());
    assert_eq!(
        (&last["event"], &last["why"]),
        (&json!("end"), &json!("done"))
    );
    assert_eq!(last["results"], RESULTS);
    assert_eq!(last["workbook"], "team-migration.results.xlsx");
    let results = dir.results(RESULTS);
    let mut rows: BTreeMap<u32, &Value> = BTreeMap::new();
    for event in events.iter().filter(|event| event["event"] == "outcome") {
        rows.insert(event["row"].as_u64().expect("a number") as u32, event);
    }
    assert_eq!(rows.len(), 66);
    // A sentence names users as they are known when it is printed; the results know those, too, whom the run met later.
    let without_sentence = |mut row: BTreeMap<String, Value>| {
        row.insert("error".to_owned(), json!(row.contains_key("error")));
        row
    };
    for (number, row) in rows {
        assert_eq!(
            without_sentence(plain(row)),
            without_sentence(as_json(&results, number))
        );
    }
    assert!(!ended.stdout().contains(TOKEN_IN_USE), "the token");
    let again = dir.apply(RESULTS, &sandbox, &more).exits(1);
    let again = self::events(&again);
    assert_eq!(again[0]["event"], "start");
    assert_eq!(again.last().expect("lines")["open"], 18);
}

/// The tests' token is a common word; this one is not.
const TOKEN_IN_USE: &str = "t0ken-that-nobody-may-see";

#[test]
fn the_token_is_in_no_json() {
    assert_ne!(TOKEN, TOKEN_IN_USE);
    let dir = Workdir::with("team.csv", "contact,assignee\nid:10001,101\n");
    let sandbox = Sandbox::start();
    for command in ["plan", "apply"] {
        let mut command = dir.command([command, "team.csv", "--json", "--base-url", &sandbox.url]);
        if command.get_args().any(|arg| arg == "apply") {
            command.arg("--yes");
        }
        let ended = Ended::of(command.env("REASSIGN_TOKEN", TOKEN_IN_USE));
        ended.does_not_say(TOKEN_IN_USE);
    }
}

#[test]
fn waits_and_rows_that_were_not_reached_are_told() {
    let dir = Workdir::with(
        "team.csv",
        "contact,assignee\nid:10001,101\nid:10002,101\nid:10003,101\nid:10004,101\n",
    );
    let sandbox = Sandbox::with(["--fault", "449=1"]);
    let more = [
        "--rate",
        "1000/s",
        "--limit",
        "2",
        "--json",
        "--queue-wait",
        "20ms",
        "--queue-patience",
        "100ms",
    ];
    let ended = dir.apply("team.csv", &sandbox, &more);
    let events = events(&ended);
    let parked = |event: &&Value| event["event"] == "waits" && event["parked"].as_u64() > Some(0);
    assert!(events.iter().any(|event| parked(&event)), "{ended}");
    let statuses: BTreeMap<u64, &str> = events
        .iter()
        .filter(|event| event["event"] == "outcome")
        .map(|event| {
            (
                event["row"].as_u64().unwrap(),
                event["status"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        (2, "busy"),
        (3, "busy"),
        (4, "not_attempted"),
        (5, "not_attempted"),
    ];
    assert_eq!(statuses, expected.into());
    assert_eq!(
        events.last().expect("lines")["counts"],
        json!({"busy": 2, "not_attempted": 2})
    );
}

#[test]
fn nothing_to_send_is_told_as_a_run_without_changes() {
    let (dir, sandbox) = (
        Workdir::with("team.csv", "contact,assignee\nid:10001,101\n"),
        Sandbox::start(),
    );
    dir.apply("team.csv", &sandbox, &["--json"]).exits(0);
    let ended = dir.apply("team.csv", &sandbox, &["--json"]).exits(0);
    let events = events(&ended);
    assert_eq!(events.len(), 2, "{ended}");
    assert_eq!(
        (&events[0]["changes"], &events[1]["why"]),
        (&json!(0), &json!("nothing to send"))
    );
    assert_eq!(events[1]["open"], 0);
}

#[test]
fn users_and_what_an_undo_gives_back_are_documents_too() {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    let more = ["--rate", "1000/s", "--max-unassign", "4"];
    dir.apply(SHEET, &sandbox, &more).exits(1);
    let undo = dir.run(["undo", RESULTS, "--json"]).exits(0);
    let undo: Value = serde_json::from_str(&undo.stdout()).expect("JSON");
    assert_eq!(list(&undo, "back").len() as u32, sandbox.writes());
    assert_eq!(undo["sheet"], "team-migration.undo.csv");
    let users = dir.run(["users", "--sandbox", "--json"]).exits(0);
    let users: Value = serde_json::from_str(&users.stdout()).expect("JSON");
    assert_eq!(list(&users, "users").len(), 12);
    assert_eq!(users["users"][0]["email"], "aisha.rahman@example.com");
}

#[test]
fn a_refusal_tells_programs_the_reasons_and_the_commands_that_would_work() {
    let dir = Workdir::with("team.csv", "a,b\nid:1,102\n");
    let ended = dir.run(["plan", "team.csv", "--json"]).exits(2);
    let stderr = ended.stderr();
    let last = stderr.lines().last().expect("a line");
    let error: Value = serde_json::from_str(last).expect("JSON");
    let error = &error["error"];
    assert_eq!(error["exit"], 2);
    assert!(!list(error, "reasons").is_empty(), "{ended}");
    for way in list(error, "commands") {
        let command = way["command"].as_str().expect("a command");
        assert!(command.contains("plan team.csv --json"), "{ended}");
    }
}

#[test]
fn a_refusal_prints_nothing_on_standard_output() {
    let dir = Workdir::with("team.csv", "a,b\n1,2\n");
    for command in ["plan", "apply"] {
        let ended = dir
            .run([command, "team.csv", "--sandbox", "--json"])
            .exits(2)
            .does_not_say("panicked");
        assert_eq!(ended.stdout(), "");
    }
}
