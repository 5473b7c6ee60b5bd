//! `reassign demo`: the first minute with the program.

use std::fs;

use crate::support::{Ended, Workdir, shown};

const SHEET: &str = "try/team-migration.xlsx";

fn sample() -> Vec<u8> {
    fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/samples/team-migration.xlsx"
    ))
    .expect("the sample")
}

#[test]
fn the_demo_shows_preview_apply_and_results_in_ten_lines_and_says_what_comes_next() {
    let dir = Workdir::new();
    let ended = dir.run(["demo", "try"]).exits(0);
    let lines = ended.stdout().lines().count();
    assert!((5..=10).contains(&lines), "{lines} lines\n{ended}");
    assert_eq!(ended.stderr(), "", "{ended}");
    assert_eq!(fs::read(dir.path(SHEET)).expect("the sheet"), sample());
    let results = dir.results("try/team-migration.trial.results.csv");
    let (assigned, unassigned) = (results.count("assigned"), results.count("unassigned"));
    assert!(
        dir.path("try/team-migration.trial.results.xlsx").is_file(),
        "{ended}"
    );
    let ended = ended
        .says(&format!(
            "team-migration.xlsx`: {} rows",
            results.rows.len()
        ))
        .says(&format!(
            "Done: {assigned} assigned, {unassigned} unassigned"
        ))
        .says("This will give 47 contacts to new owners and leave 4 without an owner.")
        .says(&format!("plan {} --sandbox\n", shown(SHEET)))
        .says(&format!("apply {} --sandbox\n", shown(SHEET)))
        .says("apply YOUR-SHEET.xlsx --sandbox\n");
    let open = results
        .statuses()
        .iter()
        .filter(|(_, status)| ["invalid", "conflict", "failed"].contains(status))
        .count();
    ended.says(&format!("{open} rows to repair or decide."));
}

#[test]
fn the_demo_can_be_seen_again_and_leaves_alone_what_else_has_its_name() {
    let dir = Workdir::new();
    dir.run(["demo", "try"]).exits(0);
    dir.run(["demo", "try"]).exits(0);
    dir.write(SHEET, "mine");
    dir.run(["demo", "try"])
        .is_refused(2)
        .says("name an empty folder");
    assert_eq!(dir.read(SHEET), "mine");
    dir.write("file", "mine");
    dir.run(["demo", "file"])
        .is_refused(2)
        .says("cannot write the sample sheet");
}

#[test]
fn the_demo_asks_nobody_elses_settings_and_workspace() {
    let dir = Workdir::with(
        "config.toml",
        "workspace = \"x\"\n[workspaces.x]\nmax_changes = 1\nbase_url = \"http://127.0.0.1:9/v1\"\n",
    );
    let mut command = dir.command(["demo", "."]);
    let command = command
        .env("REASSIGN_CONFIG", dir.path("config.toml"))
        .env("REASSIGN_WORKSPACE", "x");
    Ended::of(command).exits(0).says("Done: ");
}
