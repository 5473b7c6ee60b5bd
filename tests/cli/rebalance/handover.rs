//! Somebody leaves: what they have is shared out among those who are named.

use std::collections::BTreeMap;

use super::{LOAD, MOVES, ROSTER, load, month, moves, rebalance, way, ways};
use crate::support::{Ended, Sandbox, TOKEN, Workdir};

fn handover(dir: &Workdir, to: &str, more: &[&str]) -> Ended {
    dir.run([&["rebalance", LOAD, "-o", MOVES, "--to", to], more].concat())
}

#[test]
fn it_is_shared_out_evenly_whatever_the_others_have() {
    let dir = Workdir::with(LOAD, load(&[("9", 6), ("1", 20), ("2", 1), ("3", 5)]));
    handover(&dir, "1,2", &["--from", "9"])
        .exits(0)
        .says("6 moves, as near to the shares of `--to` as whole contacts allow");
    let expected = BTreeMap::from([(way("9", "1"), 3), (way("9", "2"), 3)]);
    assert_eq!(ways(&dir), expected);
}

#[test]
fn it_is_shared_out_by_the_shares_that_are_given() {
    let dir = Workdir::with(LOAD, load(&[("farid@example.com", 6), ("5", 4)]));
    let to = "ann@example.com:2,ben@example.com:1";
    handover(&dir, to, &["--from", "farid@example.com"]).exits(0);
    let way = |to: &str| way("farid@example.com", to);
    let expected = BTreeMap::from([(way("ann@example.com"), 4), (way("ben@example.com"), 2)]);
    assert_eq!(ways(&dir), expected);
}

#[test]
fn names_are_understood_where_the_users_are_known_and_others_are_refused() {
    let dir = Workdir::with(LOAD, "contact,owner\nid:1,Farid Aziz\nid:2,Somebody Else\n");
    dir.write(
        "users.csv",
        "id,name,email\n106,Farid Aziz,farid@example.com\n101,Ann Lee,ann@example.com\n",
    );
    let users = ["--from", "Farid Aziz", "--users", "users.csv"];
    handover(&dir, "Ann Lee", &users).exits(0);
    assert_eq!(ways(&dir), BTreeMap::from([(way("106", "101"), 1)]));
    handover(&dir, "Ann Leee", &users)
        .exits(2)
        .says("`--to Ann Leee`: not one user in users.csv has this name; did you mean Ann Lee");
    handover(&dir, "ben@example.com", &users)
        .exits(2)
        .says("`--to ben@example.com`: there is no such user in users.csv");
    handover(&dir, "106,101", &users)
        .exits(2)
        .says("is named by `--from` and by `--to`; leave one of them out");
}

#[test]
fn the_workspace_itself_says_what_somebody_has_and_it_is_asked_at_the_pace_that_is_given() {
    let sandbox = Sandbox::start();
    let dir = Workdir::new();
    let mut command = dir.command([
        "rebalance",
        "--live",
        "--from",
        "farid.aziz@example.com",
        "--to",
        "101:2,102",
        "-o",
        MOVES,
        "--rate",
        "500/s",
        "--timeout",
        "10s",
        "--give-up-after",
        "10s",
    ]);
    command
        .args(["--base-url", &sandbox.url])
        .env("REASSIGN_TOKEN", TOKEN);
    Ended::of(&mut command).exits(0);
    let ways = ways(&dir);
    let (ann, ben) = (ways[&way("106", "101")], ways[&way("106", "102")]);
    assert!(ann.abs_diff(2 * ben) <= 2, "{ways:?}");
    dir.apply(MOVES, &sandbox, &["--rate", "1000/s"])
        .exits(0)
        .says(&format!("{} assigned", ann + ben));
}

#[test]
fn the_moves_keep_the_columns_of_the_sheet_and_can_be_planned_all_the_same() {
    let dir = Workdir::with(
        LOAD,
        "Contact ID,Customer,Current owner,New owner?,E-mail\n1,=Ann,9,x,a@example.com\n2,Bo,9,y,b@example.com\n",
    );
    rebalance_columns(&dir).exits(0);
    let made = &moves(&dir)[0];
    assert_eq!(
        [
            "contact",
            "from",
            "to",
            "Customer",
            "Current owner",
            "E-mail"
        ]
        .map(|name| made[name].as_str()),
        ["id:1", "9", "1", "'=Ann", "9", "a@example.com"]
    );
    dir.run(["plan", MOVES])
        .exits(0)
        .says("give 2 contacts to new owners")
        .says("present owner in `from`: 2 rows say who");
    // What is there is known as moves, and replaced.
    rebalance_columns(&dir).exits(0);
}

fn rebalance_columns(dir: &Workdir) -> Ended {
    handover(
        dir,
        "1",
        &[
            "--from",
            "9",
            "--current",
            "Current owner",
            "--identifier",
            "Contact ID",
        ],
    )
}

#[test]
fn pinned_contacts_of_somebody_who_gives_all_away_are_a_warning_with_their_number() {
    let dir = month(
        "contact,owner,pinned\nid:1,1,yes\nid:2,1,\nid:3,1,yes\n",
        "user,capacity\n1,0\n2,1\n",
    );
    let warning = "2 contacts of user 1 are pinned and not given away";
    rebalance(&dir, &[]).exits(0).says(warning);
    handover(&dir, "2", &["--from", "1"]).exits(0).says(warning);
}

#[test]
fn a_group_of_the_roster_that_no_contact_is_of_is_asked_about() {
    let dir = month(
        "contact,owner,team\nid:1,1,West\nid:2,1,East\n",
        "user,capacity,teams\n1,1,West;East\n2,1,Wset\n",
    );
    rebalance(&dir, &[]).exits(2).says(
        "`roster.csv`: no contact in `load.csv` is of the group `Wset`; did you mean `West`?",
    );
    rebalance(&dir, &["--empty-groups"])
        .exits(0)
        .says("no contact is of the roster's `Wset`");
}

#[test]
fn a_roster_or_those_who_take_it_are_needed_and_not_both() {
    let dir = month(&load(&[("1", 2)]), "user,capacity\n1,1\n");
    dir.run(["rebalance", LOAD]).exits(2);
    dir.run(["rebalance", LOAD, "--to", "2"]).exits(2);
    handover(&dir, "2", &["--from", "1", "--roster", ROSTER]).exits(2);
}
