//! Sheets by writers of many kinds, each beside what is expected of every row of it.
//!
//! `FILE.expected.json` names per row the `outcome`, what else is `also_ok`, and what must `never` be sent; what a user
//! would say about the file stands in `hints`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ended, ResultRow, Results, Workdir};

/// Files that say too little by themselves, the hints that they need, and why.
const NEEDED: [(&str, &[&str], &str); 1] = [(
    "15_links_merged_hidden_xlsxwriter.xlsx",
    &["hidden_rows"],
    "a filter hides a row, and only the user knows whether it is meant",
)];

/// Rows that are treated otherwise than the rest of their policy, and why.
const APART: [(&str, u64, &str); 2] = [
    (
        "29_duplicates_openpyxl.xlsx",
        7,
        "the other row about this contact is blank: a row that cannot be used has no say about another",
    ),
    (
        "15_links_merged_hidden_xlsxwriter.xlsx",
        8,
        "the number's format shows a plus sign, which is part of what a person sees",
    ),
];

/// A request as it would be sent.
type Sent = (String, Value);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sheets")
}

/// Every sheet by its name, with what is expected of it.
fn sheets() -> BTreeMap<String, Value> {
    let files = fs::read_dir(folder()).expect("the sheets");
    let names = files.map(|file| file.expect("a file").file_name());
    let names =
        names.filter_map(|name| Some(name.to_str()?.strip_suffix(".expected.json")?.to_owned()));
    let read = |name: &String| {
        fs::read_to_string(folder().join(format!("{name}.expected.json"))).expect("a text")
    };
    let sheets: BTreeMap<_, _> = names
        .map(|name| (serde_json::from_str(&read(&name)).expect("JSON"), name))
        .map(|(expected, name)| (name, expected))
        .collect();
    assert!(sheets.len() >= 16, "only {:?}", sheets.keys());
    sheets
}

/// A hint as the options that say it.
fn options(hint: &str, value: &Value) -> Vec<String> {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let option = match hint {
        "sheet" => "--sheet",
        "contact_column" => "--identifier",
        "assignee_column" => "--assignee",
        "header_row" => "--header-row",
        "kind" => "--bare-digits",
        "delimiter" => "--delimiter",
        "encoding" => "--encoding",
        "region" => "--region",
        "hidden_rows" => "--hidden-rows",
        _ => panic!("no option says the hint `{hint}`"),
    };
    vec![option.to_owned(), text]
}

/// What became of a file.
struct Read {
    ended: Ended,
    /// The rows of its plan; none where it was refused.
    plan: Option<Results>,
}

fn plan(name: &str, options: &[String]) -> Read {
    let dir = Workdir::with(name, fs::read(folder().join(name)).expect("the sheet"));
    let args = ["plan", name, "--sandbox", "-o", "plan.out.csv"].map(str::to_owned);
    let ended = dir.run(args.iter().chain(options)).does_not_say("panicked");
    let plan = dir
        .path("plan.out.csv")
        .exists()
        .then(|| Results::read_any(&dir.path("plan.out.csv")));
    Read { ended, plan }
}

/// What a row of the plan came to, in the words of the expectations.
fn observed(row: &ResultRow) -> (BTreeSet<&'static str>, Option<Sent>) {
    let (contact, assignee, error) = (row.get("contact"), row.get("assignee"), row.get("error"));
    let mut names = BTreeSet::new();
    match row.get("status") {
        "planned" => {
            names.insert("send");
            return (names, Some((contact.to_owned(), on_the_wire(assignee))));
        }
        "skipped" => names.insert("skip"),
        "duplicate" => names.insert("duplicate"),
        "conflict" => names.insert("conflict"),
        "invalid" => {
            // A word for blank is blank to some and wrong to others.
            let (blank, word) = (
                error.contains("cell is blank"),
                error.contains("stands for a blank cell"),
            );
            let wrong = !blank || error.contains("; also ");
            if contact.is_empty() {
                names.extend((blank || word).then_some("blank_identifier"));
                names.extend(wrong.then_some("invalid_identifier"));
            }
            if assignee.is_empty() {
                names.extend((blank || word).then_some("blank_assignee"));
                names.extend(wrong.then_some("invalid_assignee"));
            }
            assert!(
                !names.is_empty(),
                "row {} is invalid though both sides are there: {error}",
                row.row()
            );
            true
        }
        status => panic!("row {} is {status}", row.row()),
    };
    (names, None)
}

/// An assignee as the API is told.
fn on_the_wire(assignee: &str) -> Value {
    match assignee.parse::<u64>() {
        _ if assignee == "unassign" => Value::Null,
        Ok(id) => id.into(),
        Err(_) => assignee.into(),
    }
}

fn list<'a>(expected: &'a Value, key: &str) -> &'a [Value] {
    expected[key].as_array().map_or(&[], Vec::as_slice)
}

fn matches(sent: &Sent, entry: &Value) -> bool {
    entry["identifier"] == *sent.0 && (entry["assignee"] == "*" || entry["assignee"] == sent.1)
}

/// Whether an expected outcome is what was observed.
fn holds(entry: &Value, names: &BTreeSet<&str>, sent: Option<&Sent>) -> bool {
    match (entry["outcome"].as_str().expect("an outcome"), sent) {
        ("send", Some(sent)) => matches(sent, entry),
        ("send", None) => false,
        (outcome, _) => names.contains(outcome),
    }
}

/// Rows of one policy that are expected to end alike: how each was treated.
type Policies = BTreeMap<(String, String), BTreeMap<String, Vec<String>>>;

/// Compares a plan with what is expected of it.
fn compare(name: &str, expected: &Value, read: &Read, policies: &mut Policies) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some(plan) = &read.plan else {
        if expected["file_outcome"] == "ok" {
            wrong.push(format!("{name} is refused:\n{}", read.ended));
        }
        return wrong;
    };
    if expected["file_outcome"] == "error" {
        return vec![format!("{name} is read")];
    }
    let skipped = BTreeSet::from(["skip"]);
    let mut planned = Vec::new();
    for entry in list(expected, "rows") {
        let number = entry["row"].as_u64().expect("a number");
        let row = plan.rows.iter().find(|row| u64::from(row.row()) == number);
        let (names, sent) = row.map_or((skipped.clone(), None), observed);
        let also = list(entry, "also_ok")
            .iter()
            .find(|also| holds(also, &names, sent.as_ref()));
        let first = holds(entry, &names, sent.as_ref());
        let found = || match &sent {
            Some(sent) => format!("{} -> {}", sent.0, sent.1),
            None => format!("{names:?} ({})", row.map_or("", |row| row.get("error"))),
        };
        if !first && also.is_none() {
            wrong.push(format!(
                "{name} row {number}: {} expected, got {}",
                entry["outcome"],
                found()
            ));
        }
        if let Some(sent) = sent.as_ref().filter(|sent| {
            list(entry, "never")
                .iter()
                .any(|never| matches(sent, never))
        }) {
            wrong.push(format!("{name} row {number}: {sent:?} must never be sent"));
        }
        let apart = APART
            .iter()
            .any(|(file, row, _)| *file == name && *row == number);
        if let Some(policy) = entry["policy"].as_str().filter(|_| !apart) {
            let outcome = if first {
                &entry["outcome"]
            } else {
                also.map_or(&Value::Null, |also| &also["outcome"])
            };
            let alike = (policy.to_owned(), entry["outcome"].to_string());
            let rows = policies.entry(alike).or_default();
            rows.entry(outcome.to_string())
                .or_default()
                .push(format!("{name} row {number}"));
        }
        planned.extend(sent);
    }
    let known: BTreeSet<u64> = list(expected, "rows")
        .iter()
        .filter_map(|row| row["row"].as_u64())
        .collect();
    for row in plan
        .rows
        .iter()
        .filter(|row| !known.contains(&u64::from(row.row())))
    {
        wrong.push(format!("{name} row {}: nobody expects this row", row.row()));
    }
    for must in list(expected, "must_send") {
        if !planned.iter().any(|sent| matches(sent, must)) {
            wrong.push(format!("{name}: {must} is not planned"));
        }
    }
    for sent in &planned {
        let may = ["must_send", "must_send_one_of", "may_send"]
            .iter()
            .flat_map(|key| list(expected, key));
        let mut may = may.flat_map(|entry| {
            entry
                .as_array()
                .map_or(std::slice::from_ref(entry), Vec::as_slice)
        });
        if !may.any(|may| matches(sent, may)) {
            wrong.push(format!("{name}: {sent:?} is planned, and may not be sent"));
        }
    }
    wrong
}

/// Never, whatever the row: unless the very request is asked for elsewhere in the file.
fn never_sent(name: &str, expected: &Value, read: &Read) -> Vec<String> {
    let rows = read
        .plan
        .iter()
        .flat_map(|plan| &plan.rows)
        .filter_map(|row| observed(row).1);
    let never = |sent: &Sent| {
        list(expected, "never_send")
            .iter()
            .any(|never| matches(sent, never))
            && !["must_send", "may_send"]
                .iter()
                .any(|key| list(expected, key).iter().any(|may| matches(sent, may)))
    };
    rows.filter(never)
        .map(|sent| format!("{name}: {sent:?} must never be sent"))
        .collect()
}

fn consistent(policies: &Policies) -> Vec<String> {
    let differ = policies.iter().filter(|(_, treated)| treated.len() > 1);
    differ
        .map(|((policy, _), treated)| {
            format!("rows of the policy `{policy}` are treated differently: {treated:#?}")
        })
        .collect()
}

/// Every sheet with the options that `hints` lets through.
fn every_sheet(hints: impl Fn(&str, &str) -> bool) {
    let (mut wrong, mut policies) = (Vec::new(), Policies::new());
    for (name, expected) in sheets() {
        let all = expected["hints"].as_object().expect("hints");
        let kept = all.iter().filter(|(hint, _)| hints(&name, hint));
        let options: Vec<String> = kept
            .flat_map(|(hint, value)| options(hint, value))
            .collect();
        let read = plan(&name, &options);
        wrong.extend(compare(&name, &expected, &read, &mut policies));
        wrong.extend(never_sent(&name, &expected, &read));
    }
    wrong.extend(consistent(&policies));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn with_hints_every_row_of_every_sheet_is_read_as_expected() {
    every_sheet(|_, _| true);
}

#[test]
fn without_hints_every_row_is_read_as_expected_or_the_sheet_is_known_to_need_them() {
    every_sheet(|name, hint| {
        NEEDED
            .iter()
            .any(|(needy, hints, _)| *needy == name && hints.contains(&hint))
    });
}

#[test]
fn a_sheet_that_needs_hints_is_refused_without_them_in_a_command_that_would_work() {
    for (name, hints, why) in NEEDED {
        let read = plan(name, &[]);
        assert!(read.plan.is_none(), "{name} can do without, though {why}");
        let ended = read
            .ended
            .is_refused(2)
            .says("hidden rows are not processed:");
        for hint in hints {
            let option = options(hint, &Value::Null).swap_remove(0);
            assert!(
                ended.stderr().contains(&option),
                "no `{option}` in\n{ended}"
            );
        }
    }
}

#[test]
fn a_sheet_that_cannot_be_opened_is_refused_with_a_sentence() {
    let read = plan("33_encrypted.xlsx", &[]);
    assert!(read.plan.is_none());
    read.ended.is_refused(2).says("password-protected");
}
