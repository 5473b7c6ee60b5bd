//! A sheet of the workspace's users: assignees by name, and none but the workspace's own.

use crate::support::{Ended, Sandbox, Workdir};

/// Users of the sample workspace, as an admin would list them.
const USERS: &str = "id,first_name,last_name,email,also known as\n\
    101,Aisha,Rahman,aisha.rahman@example.com,\n\
    102,Ben,Carter,ben.carter@example.com,Benny; B. Carter\n\
    103,Chloé,Dubois,chloe.dubois@example.com,\n\
    105,Sam,Roe,elena.garcia@example.com,\n\
    106,Sam,Roe,farid.aziz@example.com,\n";

const CONTACTS: [&str; 9] = [
    "10001", "10002", "10003", "10004", "10005", "10006", "10007", "10008", "10009",
];

/// A folder with the users and a sheet that gives one contact each to these assignees.
fn sheet(assignees: &[&str]) -> Workdir {
    let mut text = "Contact ID,Owner\n".to_owned();
    for (contact, assignee) in CONTACTS.iter().zip(assignees) {
        text += &format!("{contact},\"{assignee}\"\n");
    }
    let dir = Workdir::with("team.csv", text);
    dir.write("users.csv", USERS);
    dir
}

fn plan(dir: &Workdir, sheet: &str) -> Ended {
    dir.run([
        "plan",
        sheet,
        "--users",
        "users.csv",
        "--sandbox",
        "-o",
        "plan.csv",
    ])
}

/// What each row comes to: the assignee, or why there is none.
fn read(dir: &Workdir) -> Vec<(String, String)> {
    let results = dir.results("plan.csv");
    let cells = |name: &str| {
        let rows = results.rows.iter();
        rows.map(|row| row.get(name).to_owned()).collect::<Vec<_>>()
    };
    cells("assignee").into_iter().zip(cells("error")).collect()
}

#[test]
fn a_user_is_named_by_name_id_or_email_and_sent_by_id() {
    let dir = sheet(&[
        "Ben Carter",
        "carter,  BEN",
        "Benny",
        "102.0",
        "Ben.Carter@Example.com",
        "unassign",
        "chloe dubois",
    ]);
    plan(&dir, "team.csv")
        .exits(0)
        .says("users in users.csv: 5")
        .says("2 with a user's name instead of an ID or email")
        .says("1 with a user's name as in `Lee, Ann`")
        .says("1 with a user's name in other accents: please check")
        .says("row 2: id:10001 → Ben Carter")
        .says("Ben Carter <ben.carter@example.com>        +5");
    let assignees: Vec<_> = read(&dir).into_iter().map(|(who, _)| who).collect();
    assert_eq!(
        assignees,
        ["102", "102", "102", "102", "102", "unassign", "103"]
    );
}

#[test]
fn who_is_not_among_the_users_is_rejected_before_anything_is_sent() {
    let dir = sheet(&[
        "Carter, Benn",
        "Sam Roe",
        "109",
        "ingrid.ostby@example.org",
        "Zoltan Q",
    ]);
    let sandbox = Sandbox::start();
    dir.apply("team.csv", &sandbox, &["--users", "users.csv"])
        .exits(1);
    assert_eq!(sandbox.writes(), 0);
    let results = dir.results("team.results.csv");
    let not_listed =
        "this is not among the users in `users.csv`; correct it, or add the user there";
    for (row, why) in [
        (
            2,
            "column `Owner`, `Carter, Benn`: no user in `users.csv` has this name; did you mean Ben Carter <ben.carter@example.com>?",
        ),
        (
            3,
            "column `Owner`, `Sam Roe`: this can be Sam Roe <elena.garcia@example.com> or Sam Roe <farid.aziz@example.com>; \
             write the ID or email of the right one",
        ),
        (4, &format!("column `Owner`, `109`: {not_listed}")),
        (
            5,
            &format!("column `Owner`, `ingrid.ostby@example.org`: {not_listed}"),
        ),
        (
            6,
            "column `Owner`, `Zoltan Q`: no user in `users.csv` has this name; write the user's ID or email, or add the name \
             there under `also known as`",
        ),
    ] {
        assert_eq!(results.row(row).get("status"), "invalid");
        assert_eq!(results.row(row).get("error"), why);
    }
}

#[test]
fn an_unknown_name_is_told_once_for_all_its_rows() {
    let dir = sheet(&["Carter, Benn", "Zoltan Q", "Carter, Benn"]);
    plan(&dir, "team.csv").exits(1).says(
        "2  invalid, rows 2, 4: column `Owner`, `Carter, Benn`: no user in `users.csv` has this name; did you mean Ben Carter",
    );
}

#[test]
fn one_user_is_one_however_it_is_named() {
    let dir = Workdir::with(
        "team.csv",
        "Contact ID,Owner\n10001,Ben Carter\n10001,102\n10001,ben.carter@example.com\n10002,Benny\n10002,101\n",
    );
    dir.write("users.csv", USERS);
    plan(&dir, "team.csv").exits(1);
    let statuses: Vec<_> = dir
        .results("plan.csv")
        .statuses()
        .into_iter()
        .map(|(_, status)| status.to_owned())
        .collect();
    assert_eq!(
        statuses,
        ["planned", "duplicate", "duplicate", "conflict", "conflict"]
    );
}

#[test]
fn a_name_that_is_also_a_number_or_a_word_for_nobody_is_refused_where_it_means_two_things() {
    let dir = sheet(&["102", "103", "Nobody", "007"]);
    dir.write(
        "users.csv",
        "id,name,aka\n102,Ben,\n103,Chloe,102\n104,Nobody,007\n",
    );
    plan(&dir, "team.csv").exits(1);
    let read = read(&dir);
    assert!(
        read[0]
            .1
            .contains("this can be Ben (user 102) or Chloe (user 103)"),
        "{read:?}"
    );
    assert_eq!(read[1].0, "103");
    assert!(
        read[2]
            .1
            .contains("this can be nobody (`unassign`) or Nobody (user 104)"),
        "{read:?}"
    );
    assert_eq!(read[3].0, "104");
}

#[test]
fn a_rerun_remembers_the_users_and_keeps_what_was_read() {
    let dir = sheet(&["Ben Carter", "Carter, Benn", "Chloe Dubois"]);
    let sandbox = Sandbox::start();
    dir.apply(
        "team.csv",
        &sandbox,
        &["--users", "users.csv", "--limit", "1"],
    )
    .exits(1);
    // Meanwhile a second Ben Carter has come; the first one stands where it was read.
    let now = USERS.replace("101,Aisha,Rahman", "101,Ben,Carter");
    dir.write(
        "users.csv",
        now.replace("103,Chloé,Dubois", "103,Chloé,Dubois-Roy"),
    );
    let mut results = dir.results("team.results.csv");
    assert_eq!(results.row(2).get("assignee"), "102");
    results.repair(3, "Owner", "b. carter");
    let ended = dir.apply("team.results.csv", &sandbox, &[]).exits(1);
    let results = dir.results("team.results.csv");
    assert_eq!(results.row(2).get("status"), "assigned", "{ended}");
    assert_eq!(results.row(3).get("status"), "assigned", "{ended}");
    assert_eq!(results.row(3).get("assignee"), "102");
    assert!(
        results
            .row(4)
            .get("error")
            .contains("did you mean Chloé Dubois-Roy"),
        "{ended}"
    );
    let ended = ended.does_not_say("something else now");
    let held = sandbox.record();
    for contact in [10001, 10002] {
        assert_eq!(held[&contact].assignee, "ben.carter@example.com", "{ended}");
    }
    assert_eq!(sandbox.writes(), 2);
}

#[test]
fn rows_settled_by_email_agree_with_the_same_user_by_id() {
    let dir = Workdir::with(
        "team.csv",
        "Contact ID,Owner\n10001,ben.carter@example.com\n10001,Benny\n10002,Benny\n",
    );
    dir.write("users.csv", USERS);
    let sandbox = Sandbox::start();
    dir.apply("team.csv", &sandbox, &[]).exits(1);
    let results = dir.results("team.results.csv");
    assert_eq!(results.row(2).get("assignee"), "ben.carter@example.com");
    assert!(results.row(3).get("error").contains("`--users`"));
    dir.apply("team.results.csv", &sandbox, &["--users", "users.csv"])
        .exits(0)
        .does_not_say("something else now");
    let results = dir.results("team.results.csv");
    assert_eq!(
        results.statuses(),
        [(2, "assigned"), (3, "duplicate"), (4, "assigned")]
    );
}

#[test]
fn a_user_who_has_left_since_is_not_sent_by_a_rerun() {
    let dir = sheet(&["ben.carter@example.com", "ben.carter@example.com"]);
    let sandbox = Sandbox::start();
    dir.apply("team.csv", &sandbox, &["--limit", "1"]).exits(1);
    dir.write("users.csv", "id,email\n101,aisha.rahman@example.com\n");
    dir.apply("team.results.csv", &sandbox, &["--users", "users.csv"])
        .exits(1)
        .does_not_say("something else now");
    let results = dir.results("team.results.csv");
    assert_eq!(results.statuses(), [(2, "assigned"), (3, "invalid")]);
    assert_eq!(sandbox.writes(), 1);
}

#[test]
fn the_command_after_a_saved_plan_names_the_users_again() {
    let dir = sheet(&["Ben Carter"]);
    let ended = plan(&dir, "team.csv").exits(0);
    ended.says("apply plan.csv --users users.csv --sandbox");
    let planned = dir
        .run(["plan", "plan.csv", "--users", "users.csv", "--sandbox"])
        .exits(0);
    assert!(
        planned.stdout().contains("give 1 contact to a new owner"),
        "{planned}"
    );
}

#[test]
fn everything_that_is_wrong_with_the_users_is_told_at_once() {
    let dir = sheet(&["Ben Carter"]);
    dir.write(
        "users.csv",
        "id,email,name\n1,ann@x.com,Ann\nx1,b@x,Bo\n,,Cy\n",
    );
    plan(&dir, "team.csv")
        .is_refused(2)
        .says("`users.csv`, row 3, column `id`: this is not a user ID; an ID is written with digits only")
        .says("`users.csv`, row 3, column `email`: the part after the `@` is not complete")
        .says("`users.csv`, row 4: there is neither an ID nor an email; fill one in, or remove the row");
    dir.write("users.csv", "name,team\nAnn,A\n");
    plan(&dir, "team.csv")
        .is_refused(2)
        .says("the users' sheet: `users.csv`: no column is named `id` or `email`");
    std::fs::remove_file(dir.path("users.csv")).expect("the file");
    plan(&dir, "team.csv")
        .is_refused(2)
        .says("the users' sheet: there is no file `users.csv`; check the path");
}
