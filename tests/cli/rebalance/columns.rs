//! The columns of a load beside contact and owner: named, found by name, and switched off.

use std::collections::BTreeMap;

use super::{MOVES, load, month, moves, rebalance, way, ways};
use crate::support::{Sandbox, TOKEN, Workdir};

/// Which contacts move.
fn moved(dir: &Workdir) -> Vec<String> {
    let moves = moves(dir).into_iter();
    moves.map(|made| made["contact"].clone()).collect()
}

/// Four contacts of user 1: one pinned, one closed, one active lately, one of another team.
fn rows(header: &str) -> String {
    format!(
        "contact,owner,{header}\n\
         id:1,1,North,yes,open,2020-01-01\n\
         id:2,1,North,,closed,2020-01-02\n\
         id:3,1,North,,open,2999-01-01\n\
         id:4,1,South,,open,2020-01-03\n"
    )
}

const LEAVER: &str = "user,capacity,teams\n1,0,\n2,1,North\n3,1,South\n";
const NAMED: [&str; 8] = [
    "--group",
    "A",
    "--pinned",
    "B",
    "--status",
    "C",
    "--activity",
    "D",
];

#[test]
fn columns_are_found_by_name_or_named() {
    let found = month(&rows("team,pinned,status,last activity"), LEAVER);
    rebalance(&found, &["--idle-days", "90"]).exits(0);
    assert_eq!(moved(&found), ["id:4"]);
    assert_eq!(ways(&found), BTreeMap::from([(way("1", "3"), 1)]));
    let named = month(&rows("A,B,C,D"), LEAVER);
    rebalance(&named, &[&NAMED[..], &["--idle-days", "90"]].concat()).exits(0);
    assert_eq!(ways(&named), ways(&found));
    assert_eq!(moved(&named), moved(&found));
}

#[test]
fn a_column_that_is_switched_off_decides_nothing() {
    let dir = month(&rows("team,pinned,status,last activity"), LEAVER);
    rebalance(&dir, &["--pinned", "none"]).exits(0);
    assert_eq!(moved(&dir), ["id:1", "id:3", "id:4"]);
    rebalance(&dir, &["--status", "none"]).exits(0);
    assert_eq!(moved(&dir), ["id:2", "id:3", "id:4"]);
    rebalance(&dir, &["--activity", "none", "--idle-days", "90"])
        .is_refused(2)
        .says("`--idle-days` needs the last activity");
}

#[test]
fn without_groups_everybody_may_have_every_contact() {
    let text = "contact,owner,team\nid:1,1,North\nid:2,1,South\nid:3,1,North\nid:4,1,South\n";
    let half = BTreeMap::from([(way("1", "2"), 2)]);
    // The roster names none.
    let dir = month(text, "user,capacity\n1,1\n2,1\n");
    rebalance(&dir, &[]).exits(0).does_not_say("of no group");
    assert_eq!(ways(&dir), half);
    // The roster names some, and they are not to count, also where some are missing.
    for roster in [
        "user,capacity,team\n1,1,North\n2,1,North\n",
        "user,capacity,team\n1,1,North\n2,1,\n",
    ] {
        let dir = month(text, roster);
        rebalance(&dir, &[]).is_refused(2);
        rebalance(&dir, &["--group", "none"]).exits(0);
        assert_eq!(ways(&dir), half, "{roster}");
    }
}

#[test]
fn the_workspaces_own_list_of_users_becomes_a_roster_with_a_column_of_capacities() {
    let sandbox = Sandbox::start();
    let dir = Workdir::new();
    let live = |args: &[&str]| {
        let mut command = dir.command(args);
        command
            .args(["--base-url", &sandbox.url])
            .env("REASSIGN_TOKEN", TOKEN);
        crate::support::Ended::of(&mut command)
    };
    live(&["users", "-o", "users.csv"]).exits(0);
    let users = dir.read("users.csv");
    let mut lines = users.trim_start_matches('\u{feff}').lines();
    let mut roster = format!("{},capacity\n", lines.next().expect("a header"));
    lines.for_each(|line| roster += &format!("{line},1\n"));
    dir.write("roster.csv", roster);
    let args = ["rebalance", "--live", "--roster", "roster.csv", "-o", MOVES];
    live(&args)
        .is_refused(2)
        .says("add `--group none` if everybody may have every contact");
    live(&[&args[..], &["--group", "none"]].concat()).exits(0);
    assert!(!moves(&dir).is_empty());
}

#[test]
fn a_workspace_has_no_columns_that_could_be_named() {
    let dir = Workdir::with("roster.csv", "user,capacity\n101,1\n");
    let live = ["rebalance", "--live", "--sandbox", "--roster", "roster.csv"];
    for (option, column) in [
        ("--weight", "Load"),
        ("--group", "Team"),
        ("--pinned", "Keep"),
        ("--activity", "Last"),
        ("--status", "State"),
    ] {
        dir.run([&live[..], &[option, column]].concat())
            .is_refused(2)
            .says(&format!(
                "`{option}` names a column of a sheet, and with `--live` there is none"
            ));
    }
    dir.run([&live[..], &["--idle-days", "90"]].concat())
        .is_refused(2)
        .says("the workspace's list does not show");
}

#[test]
fn closed_contacts_of_somebody_who_leaves_are_a_warning_with_the_option_that_moves_them() {
    let dir = month(
        "contact,owner,status\nid:1,1,closed\nid:2,1,open\nid:3,1,closed\n",
        "user,capacity\n1,0\n2,1\n",
    );
    let warning = "user 1 keeps 2 contacts with closed conversations, which the table does not count; add `--include-closed`";
    rebalance(&dir, &[]).exits(0).says(warning);
    assert_eq!(moved(&dir), ["id:2"]);
    rebalance(&dir, &["--include-closed"])
        .exits(0)
        .does_not_say(warning);
    assert_eq!(moved(&dir), ["id:1", "id:2", "id:3"]);
}

#[test]
fn why_contacts_stay_is_said_as_it_was_asked() {
    let roster = "user,capacity\n1,1\n2,1\n";
    let dir = month(&load(&[("1", 4), ("2", 1), ("", 2)]), roster);
    rebalance(&dir, &["--only-unassigned"])
        .exits(0)
        .says("5  somebody has them already")
        .does_not_say("--from");
    rebalance(&dir, &["--from", "1"])
        .exits(0)
        .says("3  not with a user whom `--from` names");
}

#[test]
fn where_what_is_proven_is_only_a_bound_the_output_says_so_and_a_second_time_finds_few_moves_or_none()
 {
    let lines = |owners: &BTreeMap<String, String>| {
        let line = |id: u32| {
            let owner = &owners[&format!("id:{id}")];
            format!("id:{id},{owner},{}\n", 1 + (id - 1) * (id - 1) % 37)
        };
        "contact,owner,weight\n".to_owned() + &(1..=80).map(line).collect::<String>()
    };
    let mut owners: BTreeMap<String, String> = (1..=80_u32)
        .map(|id| (format!("id:{id}"), (1 + (id - 1) % 3).to_string()))
        .collect();
    let mut made = Vec::new();
    for _ in 0..2 {
        let dir = month(&lines(&owners), "user,capacity\n1,0.2\n2,1\n3,1.7\n4,1\n");
        let ended = rebalance(&dir, &["--tolerance", "0"]).exits(0);
        if made.is_empty() {
            ended.says(" or more");
        }
        let moves = if dir.path("moves.csv").exists() {
            moves(&dir)
        } else {
            Vec::new()
        };
        made.push(moves.len());
        owners.extend(
            moves
                .into_iter()
                .map(|made| (made["contact"].clone(), made["to"].clone())),
        );
    }
    assert!(made[0] > 20 && made[1] <= made[0] / 10, "{made:?}");
}
