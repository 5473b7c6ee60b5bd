//! `--sandbox` with a sheet of one's own, whose contacts the sample workspace does not have.

use crate::support::{Ended, Workdir};

/// A sheet as people have it: three kinds of contacts, two of users, somebody who has it now, and one row twice.
const OWN: &str = "\
Contact,Current owner,New owner
id:900001,kim@ours.example,lee@ours.example
id:900002,lee@ours.example,lee@ours.example
pat@customers.example,4711,lee@ours.example
+60121233112,,4711
id:900003,kim@ours.example,unassign
id:900001,kim@ours.example,lee@ours.example
";

const USERS: &str = "\
ID,Name,Email
77,Kim Ng,kim@ours.example
78,Lee Tan,lee@ours.example
4711,Pat Roy,pat@ours.example
";

const SAYS: &str = "so this trial uses a workspace made from the sheet: 5 contacts, 3 users.";

fn statuses(dir: &Workdir, name: &str) -> Vec<String> {
    let results = dir.results(name);
    let rows = results.rows.iter();
    rows.map(|row| row.get("status").to_owned()).collect()
}

fn results(dir: &Workdir) -> String {
    let mut files = dir.files();
    files.retain(|name| name.ends_with(".results.csv"));
    files.pop().expect("results")
}

#[test]
fn ones_own_sheet_can_be_tried_and_one_line_says_on_what() {
    let dir = Workdir::with("own.csv", OWN);
    let ended = dir
        .run(["apply", "own.csv", "--sandbox"])
        .exits(0)
        .says(SAYS);
    let said = ended.stderr().matches("made from the sheet").count();
    assert_eq!(said, 1, "{ended}");
    let expected = [
        "assigned",
        "unchanged",
        "assigned",
        "assigned",
        "unassigned",
        "duplicate",
    ];
    assert_eq!(statuses(&dir, &results(&dir)), expected, "{ended}");
}

#[test]
fn a_live_plan_of_ones_own_sheet_shows_who_has_the_contacts() {
    for users in [false, true] {
        let dir = Workdir::with("own.csv", OWN);
        dir.write("users.csv", USERS);
        let mut args = vec!["plan", "own.csv", "--sandbox", "--live"];
        if users {
            args.extend(["--users", "users.csv"]);
        }
        let ended = dir.run(args).exits(0).says(SAYS);
        let said = ended.stderr().matches("made from the sheet").count();
        assert_eq!(said, 1, "{ended}");
        ended.does_not_say("no such");
    }
}

#[test]
fn users_that_are_named_by_their_names_alone_are_part_of_what_is_tried() {
    let dir = Workdir::with(
        "own.csv",
        "contact,assignee\nid:900001,Kim Ng\nid:900002,Lee Tan\nid:900003,Kim Ng\n",
    );
    dir.run(["apply", "own.csv", "--sandbox", "--live"])
        .exits(0)
        .says("3 contacts, 2 users.");
    let expected = ["assigned", "assigned", "assigned"];
    assert_eq!(statuses(&dir, &results(&dir)), expected);
}

#[test]
fn the_moves_of_a_rebalance_can_be_tried() {
    let load: String = (1..=30)
        .map(|n| format!("id:90{n:04},kim@ours.example\n"))
        .collect();
    let dir = Workdir::with("load.csv", format!("contact,owner\n{load}"));
    dir.write(
        "roster.csv",
        "email,capacity\nkim@ours.example,1\nlee@ours.example,1\nsam@ours.example,1\n",
    );
    dir.run([
        "rebalance",
        "load.csv",
        "--roster",
        "roster.csv",
        "-o",
        "moves.csv",
    ])
    .exits(0);
    let ended = dir
        .run(["apply", "moves.csv", "--sandbox"])
        .exits(0)
        .says("made from the sheet");
    let statuses = statuses(&dir, &results(&dir));
    assert_eq!(statuses, vec!["assigned"; 20], "{ended}");
}

#[test]
fn a_sheet_of_which_the_sample_workspace_knows_a_contact_is_tried_there() {
    let dir = Workdir::with(
        "mixed.csv",
        "contact,assignee\nid:10001,105\nid:900001,105\n",
    );
    dir.run(["apply", "mixed.csv", "--sandbox"])
        .exits(1)
        .does_not_say("made from the sheet");
    assert_eq!(statuses(&dir, &results(&dir)), ["assigned", "failed"]);
}

#[test]
fn a_workspace_made_from_a_sheet_can_be_kept() {
    let dir = Workdir::with("own.csv", OWN);
    let apply = |dir: &Workdir, sheet: &str| -> Ended {
        dir.run(["apply", sheet, "--sandbox", "--sandbox-db", "kept.db"])
    };
    let ended = apply(&dir, "own.csv").exits(0).says(SAYS);
    ended
        .says("This was practice: nothing was changed in your workspace.")
        .says("To undo this practice");
    dir.write("again.csv", OWN.replace("Current owner", "Earlier"));
    apply(&dir, "again.csv")
        .exits(0)
        .does_not_say("made from the sheet");
    let mut files = dir.files();
    files.retain(|name| name.starts_with("again") && name.ends_with(".results.csv"));
    let expected = [
        "unchanged",
        "unchanged",
        "unchanged",
        "unchanged",
        "unchanged",
        "duplicate",
    ];
    assert_eq!(statuses(&dir, &files[0]), expected);
}
