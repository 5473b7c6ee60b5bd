//! The month from beginning to end: who has what, the moves, the plan, the run, and nothing left to move.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::samples::{OWNER, WORKBOOK, sample, sheet};
use super::{LOAD, MOVES, ROSTER, moves, way, ways};
use crate::json::agrees;
use crate::support::{Ended, Sandbox, TOKEN, Workdir};

/// A folder with the month's load and roster.
fn month() -> Workdir {
    let dir = Workdir::with_sample(WORKBOOK);
    dir.write(ROSTER, fs::read(sample(ROSTER)).expect("the roster"));
    dir
}

/// The lead's sheet as it would be exported now.
fn export(dir: &Workdir, sandbox: &Sandbox) {
    let record = sandbox.record();
    let mut writer = csv::Writer::from_path(dir.path(LOAD)).expect("a file");
    for (place, mut cells) in sheet().into_iter().enumerate() {
        if place > 0 {
            let id = cells[0].parse().expect("an ID");
            cells[OWNER].clone_from(&record[&id].assignee);
        }
        writer.write_record(&cells).expect("a row");
    }
    writer.flush().expect("the file");
}

/// The cells of a workbook's sheet.
fn workbook_rows(path: &std::path::Path, name: &str) -> Vec<Vec<String>> {
    let options = reassign::sheet::Options {
        sheet: Some(name.to_owned()),
        ..Default::default()
    };
    let sheet = reassign::sheet::Sheet::open(path, &options).expect("a workbook");
    let batches = sheet.batches().expect("rows");
    let batches: Vec<_> = batches.map(|batch| batch.expect("rows")).collect();
    let rows = batches.iter().flat_map(|batch| batch.rows());
    rows.map(|row| row.cells().map(str::to_owned).collect())
        .collect()
}

#[test]
fn after_a_month_was_applied_a_second_one_finds_nothing_to_move() {
    let (dir, sandbox) = (month(), Sandbox::start());
    dir.run(["rebalance", WORKBOOK, "--roster", ROSTER, "-o", MOVES])
        .exits(0)
        .says("Farid Aziz <farid.aziz@example.com>")
        .says("46 `closed` (not moved)")
        .says("the least possible is");
    let made = moves(&dir);
    assert!(made.len() > 100, "{}", made.len());
    dir.run(["plan", MOVES, "--base-url", &sandbox.url])
        .exits(0)
        .says(&format!("give {} contacts to new owners", made.len()))
        .says(&format!(
            "present owner in `from`: {} rows say who",
            made.len()
        ));
    dir.apply(MOVES, &sandbox, &["--rate", "1000/s"])
        .exits(0)
        .says(&format!("{} assigned", made.len()));
    assert_eq!(sandbox.writes() as usize, made.len());
    export(&dir, &sandbox);
    dir.run(["rebalance", LOAD, "--roster", ROSTER, "-o", "again.csv"])
        .exits(0)
        .says("Nothing to move");
}

#[test]
fn a_contact_that_somebody_else_moved_meanwhile_is_left_alone() {
    let (dir, sandbox) = (month(), Sandbox::start());
    dir.run(["rebalance", WORKBOOK, "--roster", ROSTER, "-o", MOVES])
        .exits(0);
    let made = moves(&dir);
    let meanwhile = made
        .iter()
        .find(|row| row["from"] == "106" && row["to"] != "109")
        .expect("one of Farid's");
    dir.write(
        "meanwhile.csv",
        format!("contact,assignee\n{},109\n", meanwhile["contact"]),
    );
    dir.apply("meanwhile.csv", &sandbox, &[]).exits(0);
    dir.apply(MOVES, &sandbox, &["--rate", "1000/s"])
        .exits(1)
        .says("1 moved since the plan");
    let id = meanwhile["contact"]
        .trim_start_matches("id:")
        .parse()
        .expect("an ID");
    assert_eq!(sandbox.record()[&id].assignee, "ingrid.ostby@example.org");
}

#[test]
fn the_load_can_be_that_of_the_workspace_itself() {
    let sandbox = Sandbox::start();
    let roster: String = fs::read_to_string(sample(ROSTER)).expect("the roster");
    // The workspace's list tells no teams.
    let without_teams = roster.lines().map(|line| {
        let (rest, _) = line.rsplit_once(',').expect("a column of teams");
        format!("{rest}\n")
    });
    let dir = super::month("", &without_teams.collect::<String>());
    let live = |out: &str| {
        let mut command = dir.command(["rebalance", "--live", "--roster", ROSTER, "-o", out]);
        command
            .args(["--base-url", &sandbox.url])
            .env("REASSIGN_TOKEN", TOKEN);
        Ended::of(&mut command)
    };
    live(MOVES)
        .exits(0)
        .says("254 contacts with their owners as they were at")
        .says("254 `open`, 46 `closed` (not moved)")
        .says(&format!("plan moves.csv --base-url {}", sandbox.url));
    let made = moves(&dir).len();
    assert!(made > 100, "{made}");
    dir.apply(MOVES, &sandbox, &["--rate", "1000/s"])
        .exits(0)
        .says(&format!("{made} assigned"));
    live("again.csv").exits(0).says("Nothing to move");
    dir.run(["rebalance", "--sandbox", "--live", "--roster", ROSTER])
        .exits(0)
        .says(&format!(
            "{made} moves to bring everybody within 5% of fair; the least possible is {made}"
        ));
}

#[test]
fn a_workspace_does_not_say_which_contact_is_of_which_team() {
    let dir = month();
    dir.run(["rebalance", "--live", "--sandbox", "--roster", ROSTER])
        .is_refused(2)
        .says("`roster.csv` has groups, and the workspace's list does not say which contact is of which");
    dir.run(["rebalance", "--roster", ROSTER])
        .is_refused(2)
        .says("name the sheet that says who has which contacts, or add `--live`");
    dir.run(["rebalance", WORKBOOK, "--live", "--roster", ROSTER])
        .is_refused(2)
        .says("give only one of them");
}

#[test]
fn the_moves_can_be_a_workbook_with_everybodys_load_beside_them() {
    let (dir, sandbox) = (month(), Sandbox::start());
    let rebalance = |more: &[&str]| {
        dir.run(
            [
                &[
                    "rebalance",
                    WORKBOOK,
                    "--roster",
                    ROSTER,
                    "-o",
                    "moves.xlsx",
                ],
                more,
            ]
            .concat(),
        )
    };
    rebalance(&["--tolerance", "0"]).exits(0);
    // Once more, in place of the former moves.
    rebalance(&[]).exits(0).says("149 moves");
    dir.run(["plan", "moves.xlsx", "--sandbox"])
        .exits(0)
        .says("sheet `Moves`")
        .says("give 149 contacts to new owners")
        .says("`Load`");
    let load = workbook_rows(&dir.path("moves.xlsx"), "Load");
    let place = |name: &str| load[0].iter().position(|cell| cell == name);
    let (user, after) = (place("User"), place("after"));
    assert_eq!(user, Some(0), "{load:?}");
    let after = after.expect("what everybody has");
    let sum: f64 = load[1..]
        .iter()
        .filter_map(|row| row.get(after)?.parse::<f64>().ok())
        .sum();
    assert_eq!(sum, 254.0, "{load:?}");
    dir.apply("moves.xlsx", &sandbox, &["--rate", "1000/s"])
        .exits(0)
        .says("149 assigned");
    export(&dir, &sandbox);
    dir.run(["rebalance", LOAD, "--roster", ROSTER])
        .exits(0)
        .says("Nothing to move");
}

#[test]
fn who_is_away_for_two_weeks_gets_everything_back() {
    let (dir, sandbox) = (month(), Sandbox::start());
    let holders = || -> BTreeMap<u64, String> {
        let record = sandbox.record().into_iter();
        record.map(|(id, held)| (id, held.assignee)).collect()
    };
    let before = holders();
    dir.run([
        "rebalance",
        WORKBOOK,
        "--roster",
        ROSTER,
        "--from",
        "Chloé Dubois",
        "-o",
        MOVES,
    ])
    .exits(0);
    let made = moves(&dir);
    assert!(
        made.len() > 20 && made.iter().all(|row| row["from"] == "103"),
        "{made:?}"
    );
    dir.apply(MOVES, &sandbox, &["--rate", "1000/s"]).exits(0);
    let meanwhile = holders();
    let hers = |holders: &BTreeMap<u64, String>| {
        let mine = holders
            .values()
            .filter(|holder| *holder == "chloe.dubois@example.com");
        mine.count()
    };
    assert_eq!(hers(&before) - hers(&meanwhile), made.len());
    dir.run(["undo", "moves.results.csv"]).exits(0);
    dir.apply("moves.undo.csv", &sandbox, &["--rate", "1000/s"])
        .exits(0);
    assert_eq!(holders(), before);
}

#[test]
fn programs_get_the_same_as_json() {
    const SCHEMA: &str = include_str!("../../../docs/json/rebalance.schema.json");
    let dir = month();
    let ended = dir
        .run([
            "rebalance",
            WORKBOOK,
            "--roster",
            ROSTER,
            "-o",
            MOVES,
            "--json",
        ])
        .exits(0);
    let document: Value = serde_json::from_str(&ended.stdout()).expect("JSON on standard output");
    agrees(SCHEMA, &document);
    assert!(ended.stderr().contains("149 moves"), "{ended}");
    assert_eq!(document["least"], json!({"moves": 149, "proven": true}));
    assert_eq!(document["stays"], json!({"pinned": 11}));
    let told: Vec<BTreeMap<String, String>> =
        serde_json::from_value(document["moves"].clone()).expect("moves");
    // The sheet's own columns stand in the moves besides.
    let ours = moves(&dir).into_iter().map(|mut made| {
        made.retain(|name, _| ["contact", "from", "to", "reason"].contains(&name.as_str()));
        made
    });
    assert_eq!(told, ours.collect::<Vec<_>>());
    let of = |name: &str| -> f64 {
        let users = document["users"].as_array().expect("users").iter();
        users
            .map(|user| user[name].as_f64().expect("a number"))
            .sum()
    };
    assert_eq!(
        of("before") + document["unassigned"]["before"].as_f64().expect("a load"),
        254.0
    );
    assert_eq!(of("after"), 254.0);
    assert!((of("fair") - 254.0).abs() < 0.001);
}

#[test]
fn who_left_gives_everything_away_even_if_nobody_knows_them_any_more() {
    let load = super::load(&[("1", 4), ("2", 2), ("900", 5), ("", 2)]);
    let dir = super::month(&load, "user,capacity\n1,1\n2,1\n");
    super::rebalance(&dir, &["--from", "900"])
        .exits(0)
        .says("  user 900         5      0     0     -5")
        .says("8  not with a user whom `--from` names");
    assert_eq!(
        ways(&dir),
        BTreeMap::from([(way("900", "1"), 1), (way("900", "2"), 4)])
    );
    assert!(
        moves(&dir)[0]["reason"].starts_with("user 900 gives all away; "),
        "{:?}",
        moves(&dir)
    );
}

#[test]
fn what_nobody_has_is_given_out_on_the_condition_that_nobody_has_it() {
    let load = super::load(&[("1", 4), ("2", 1), ("", 2), ("-", 1)]);
    let dir = super::month(&load, "user,capacity\n1,1\n2,1\n");
    super::rebalance(&dir, &["--only-unassigned"])
        .exits(0)
        .says("(no owner)       3      0           -3");
    assert_eq!(ways(&dir), BTreeMap::from([(way("unassign", "2"), 3)]));
}

#[test]
fn the_load_can_come_from_standard_input() {
    let dir = super::month("", "user,capacity\n1,1\n2,1\n");
    let mut command = dir.command(["rebalance", "-", "--roster", ROSTER, "-o", MOVES]);
    dir.write(LOAD, super::load(&[("1", 4)]));
    command.stdin(fs::File::open(dir.path(LOAD)).expect("the load"));
    Ended::of(&mut command).exits(0).says("2 moves");
    assert_eq!(moves(&dir).len(), 2);
}
