//! The main job on the samples: a sheet in, assignments applied, a results file out, and all of it again.

pub(crate) mod choices;
mod every_row;
mod journal;
mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::{Ended, Held, ResultRow, Results, Sandbox, Workdir};

const SHEET: &str = "team-migration.xlsx";
const TRIAL: &str = "team-migration.trial.results.csv";
const RESULTS: &str = "team-migration.results.csv";
/// How many rows of the sample unassign a contact.
const UNASSIGNING: &str = "4";

type Record = BTreeMap<u64, Held>;

/// `apply` as fast as the sandbox answers.
fn apply(dir: &Workdir, sheet: &str, sandbox: &Sandbox) -> Ended {
    let more = ["--rate", "1000/s", "--max-unassign", UNASSIGNING];
    dir.apply(sheet, sandbox, &more)
}

/// The command on the line below the one that ends in this text.
#[track_caller]
pub(crate) fn command_after(ended: &Ended, text: &str) -> String {
    let (stdout, stderr) = (ended.stdout(), ended.stderr());
    let mut lines = stdout.lines().chain(stderr.lines());
    let found = lines.find(|line| line.ends_with(text));
    assert!(found.is_some(), "no `{text}` in\n{ended}");
    lines.next().expect("a command").trim().to_owned()
}

/// The sample workspace's users: email by ID.
fn users() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/workspace/users.csv");
    let mut reader = csv::Reader::from_path(path).expect("the users");
    let columns = reader.headers().expect("a header").clone();
    let at = |name| {
        columns
            .iter()
            .position(|column| column == name)
            .expect("a column")
    };
    let (id, email) = (at("id"), at("email"));
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| (row[id].to_owned(), row[email].to_owned()))
        .collect()
}

/// Whether a contact is with whom the row wants it.
fn is_with(held: &Held, row: &ResultRow, users: &BTreeMap<String, String>) -> bool {
    let wanted = match row.get("assignee") {
        "unassign" => "",
        wanted => users.get(wanted).map_or(wanted, String::as_str),
    };
    held.assignee.eq_ignore_ascii_case(wanted)
}

/// Expects that the sandbox's record agrees with what the results say, and that nothing else was written.
#[track_caller]
fn agrees(results: &Results, before: &Record, after: &Record) {
    let users = users();
    let mut accounted = BTreeSet::new();
    for row in &results.rows {
        let writes = match row.get("status") {
            "assigned" | "unassigned" => 1,
            "unchanged" => 0,
            _ => continue,
        };
        let id: u64 = row.get("contact_id").parse().expect("a contact's ID");
        let held = &after[&id];
        assert!(
            accounted.insert(id),
            "contact {id} was settled twice: {row:?}"
        );
        assert!(is_with(held, row, &users), "{held:?}, but {row:?}");
        assert_eq!(held.writes, writes, "{row:?}");
        let attempts: u32 = row.get("attempts").parse().expect("a count");
        assert!(attempts >= writes, "{row:?}"); // the API may have refused some
    }
    for (id, held) in after.iter().filter(|(id, _)| !accounted.contains(id)) {
        assert_eq!(
            held, &before[id],
            "contact {id} is in no settled row of the results"
        );
    }
}

/// The rows of the sample that cannot be settled as they stand, with what an admin would write into them.
const REPAIRS: &[(u32, &str, &str)] = &[
    (17, "Contact", "deepa.iyer@example.com"),
    (29, "Contact", "id:10131"),
    (30, "Contact", "id:10139"),
    (32, "New owner", "ben.carter@example.com"),
    (41, "New owner", "grace.tan@example.com"),
    (42, "reassign_decision", "skip"),
    (45, "Contact", "+44 20 7946 0105"),
    (49, "Contact", "+65 8123 4511"),
    (51, "reassign_decision", "skip"),
    (52, "Contact", "noah.reedpark@example.org"),
    (54, "reassign_decision", "Skip"),
    (57, "reassign_decision", "skip"),
    (58, "Contact", "siti.hassan@example.com"),
    (59, "reassign_decision", "skip"),
    (60, "New owner", "112"),
    (61, "New owner", "joao.pereira@example.org"),
];

/// Repairs the sample's results; the rows that can be sent now.
fn repair(dir: &Workdir) -> BTreeSet<u32> {
    let mut results = dir.results(RESULTS);
    for (row, column, text) in REPAIRS {
        results.repair(*row, column, text);
    }
    let skipped = |row: u32| {
        REPAIRS
            .iter()
            .any(|(of, column, _)| *of == row && *column == "reassign_decision")
    };
    let open = ["invalid", "failed", "conflict"];
    results
        .rows
        .iter()
        .filter(|row| open.contains(&row.get("status")) && !skipped(row.row()))
        .map(ResultRow::row)
        .collect()
}

#[test]
fn the_first_command_tells_what_became_of_every_row() {
    let dir = Workdir::with_sample(SHEET);
    dir.run(["apply", SHEET, "--sandbox"])
        .exits(1)
        .says("40 assigned, 3 unassigned, 3 unchanged, 2 duplicate")
        .says("14  to repair  (9 invalid, 5 failed)")
        .says("4  to decide  (4 conflict)")
        .says(TRIAL);
    assert!(
        dir.read(TRIAL).starts_with('\u{feff}'),
        "a workbook's results are opened in a spreadsheet program, which wants a byte-order mark"
    );
    let results = dir.results(TRIAL);
    let numbers: Vec<u32> = results.rows.iter().map(ResultRow::row).collect();
    assert_eq!(numbers, (2..=67).collect::<Vec<_>>());
    for row in &results.rows {
        let settled = ["assigned", "unassigned", "unchanged"].contains(&row.get("status"));
        assert_eq!(row.get("error").is_empty(), settled, "{row:?}");
        assert_eq!(row.get("workspace"), "sandbox");
    }
}

#[test]
fn the_results_of_plain_text_have_no_byte_order_mark() {
    let dir = Workdir::with_sample("team-migration-text.csv");
    dir.run([
        "apply",
        "team-migration-text.csv",
        "--sandbox",
        "--rate",
        "1000/s",
    ])
    .exits(1);
    let text = dir.read("team-migration-text.trial.results.csv");
    assert!(text.starts_with("Name,Contact,New owner,Reason,reassign_row,"));
}

#[test]
fn the_record_of_the_sandbox_agrees_with_the_results() {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    let before = sandbox.record();
    apply(&dir, SHEET, &sandbox).exits(1);
    let results = dir.results(RESULTS);
    assert_eq!(results.count("assigned"), 40);
    assert_eq!(results.count("unassigned"), 3);
    assert_eq!(results.count("unchanged"), 3);
    agrees(&results, &before, &sandbox.record());
}

#[test]
fn who_had_a_contact_before_is_recorded() {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    let (before, users) = (sandbox.record(), users());
    apply(&dir, SHEET, &sandbox).exits(1);
    for row in dir.results(RESULTS).rows {
        if ["assigned", "unassigned"].contains(&row.get("status")) {
            let id: u64 = row.get("contact_id").parse().expect("a contact's ID");
            let previous = match row.get("previous") {
                "unassign" => "",
                previous => users.get(previous).map_or(previous, String::as_str),
            };
            assert_eq!(previous, before[&id].assignee, "{row:?}");
        }
    }
}

#[test]
fn repaired_rows_are_sent_and_no_others_and_then_nothing_is_left() {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    let untouched = sandbox.record();
    apply(&dir, SHEET, &sandbox).exits(1);
    let first = sandbox.record();
    let repaired = repair(&dir);
    assert_eq!(repaired.len(), 13);

    apply(&dir, RESULTS, &sandbox)
        .exits(0)
        .says("Nothing is left to do");
    let (second, results) = (sandbox.record(), dir.results(RESULTS));
    agrees(&results, &untouched, &second);
    let written: BTreeSet<u64> = second
        .iter()
        .filter(|(id, held)| held.writes > first[id].writes)
        .map(|(id, _)| *id)
        .collect();
    let expected: BTreeSet<u64> = repaired
        .iter()
        .map(|row| {
            results
                .row(*row)
                .get("contact_id")
                .parse()
                .expect("a contact's ID")
        })
        .collect();
    assert_eq!(written, expected);
    assert_eq!(results.count("skipped"), 5);

    let text = dir.read(RESULTS);
    apply(&dir, SHEET, &sandbox)
        .exits(0)
        .says("Nothing to change: every row is finished");
    apply(&dir, RESULTS, &sandbox).exits(0);
    assert_eq!(
        sandbox.record(),
        second,
        "the sheet was sent again although all of it is settled"
    );
    assert_eq!(
        dir.read(RESULTS),
        text,
        "results were rewritten although nothing happened"
    );
}

#[test]
fn a_rerun_without_repairs_sends_only_what_was_refused_and_ends_as_before() {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    apply(&dir, SHEET, &sandbox).exits(1);
    let (first, before) = (sandbox.record(), dir.results(RESULTS));
    apply(&dir, SHEET, &sandbox)
        .exits(1)
        .says("These are the results of the run");
    assert_eq!(sandbox.record(), first);
    assert_eq!(dir.results(RESULTS).statuses(), before.statuses());
}

#[test]
fn the_states_before_are_kept_under_a_number() {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    apply(&dir, SHEET, &sandbox).exits(1);
    let first = dir.read(RESULTS);
    apply(&dir, SHEET, &sandbox).exits(1);
    repair(&dir);
    let repaired = dir.read(RESULTS);
    apply(&dir, RESULTS, &sandbox).exits(0);
    assert_eq!(
        dir.read("team-migration.reassign/earlier/team-migration.results.1.csv"),
        first
    );
    assert_eq!(
        dir.read("team-migration.reassign/earlier/team-migration.results.2.csv"),
        repaired
    );
    assert!(
        !dir.path("team-migration.reassign/earlier/team-migration.results.3.csv")
            .exists()
    );
}
