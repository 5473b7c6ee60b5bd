//! A look at the workspace before anything is sent: `users` and `plan --live`.

mod columns;
mod effect;
mod lookup;
mod prediction;
mod shared;

use crate::server::{Asked, Reply, Server};
use crate::support::{Ended, Sandbox, TOKEN, Workdir, at_once};

pub const USERS: &str = "id,first_name,last_name,email,role,team_id,team,pending\n\
    1,Ann,Lee,ann@example.com,owner,7,North,\n\
    2,Bob,Ray,bob@example.com,agent,,,\n\
    3,Cyd,Poe,cyd@example.com,agent,,,\n\
    4,Dan,Fox,dan@example.com,agent,,,yes\n";

const CONTACTS: &str = "id,first_name,last_name,phone,email,status,assignee\n\
    11,Eve,One,+60121233111,eve@example.org,open,1\n\
    12,Fay,Two,+60121233112,fay@example.org,closed,1\n\
    13,Gus,Three,+60121233113,gus@example.org,open,2\n\
    14,Hal,Four,,hal@example.org,open,\n\
    57,Eve,Again,+60121233111,eve2@example.org,open,2\n";

/// A folder with a sheet, and a sandbox with four contacts or more and three users, one more of whom is pending.
pub fn workspace(sheet: &str, options: &[&str]) -> (Workdir, Sandbox) {
    let dir = Workdir::with("team.csv", sheet);
    dir.write("users.csv", USERS);
    dir.write("contacts.csv", CONTACTS);
    let sandbox = sandbox(&dir, options);
    (dir, sandbox)
}

pub fn sandbox(dir: &Workdir, options: &[&str]) -> Sandbox {
    let (users, contacts) = (dir.path("users.csv"), dir.path("contacts.csv"));
    let files = [
        "--users".into(),
        users.into_os_string(),
        "--contacts".into(),
        contacts.into_os_string(),
    ];
    Sandbox::with(files.into_iter().chain(options.iter().map(Into::into)))
}

pub fn run(dir: &Workdir, url: &str, args: &[&str]) -> Ended {
    let mut command = dir.command(args);
    command
        .args(["--base-url", url])
        .env("REASSIGN_TOKEN", TOKEN);
    Ended::of(at_once(&mut command))
}

fn plan(dir: &Workdir, sandbox: &Sandbox, more: &[&str]) -> Ended {
    let args: Vec<&str> = ["plan", "team.csv", "--live"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    run(dir, &sandbox.url, &args)
}

/// Status, previous assignee and error of each row of a saved plan.
fn told(dir: &Workdir, name: &str) -> Vec<(String, String, String)> {
    let results = dir.results(name);
    let rows = results.rows.iter();
    rows.map(|row| {
        ["status", "expected", "error"]
            .map(|column| row.get(column).to_owned())
            .into()
    })
    .collect()
}

#[test]
fn users_are_listed_on_the_terminal_and_nothing_is_written() {
    let (dir, sandbox) = workspace("", &["--links", "without-version"]);
    let ended = run(&dir, &sandbox.url, &["users"])
        .exits(0)
        .says("Workspace 127.0.0.1: 3 users, account holder Ann Lee <ann@example.com>")
        .says("People who have not accepted their invitation yet are not listed")
        .does_not_say("dan@example.com");
    let table: Vec<String> = ended.stdout().lines().map(str::to_owned).collect();
    assert_eq!(
        table,
        [
            "id  name     email            role   team",
            "1   Ann Lee  ann@example.com  owner  North",
            "2   Bob Ray  bob@example.com  agent",
            "3   Cyd Poe  cyd@example.com  agent",
        ]
    );
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn users_as_a_sheet_are_taken_again_and_never_overwrite_anything() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n14,Cyd Poe\n", &[]);
    let ended = run(&dir, &sandbox.url, &["users", "-o", "staff.csv"]).exits(0);
    assert_eq!(ended.stdout(), "staff.csv\n");
    assert!(
        dir.read("staff.csv")
            .contains("id,name,email,role,team\r\n1,Ann Lee,ann@example.com,owner,North\r\n")
    );
    dir.run(["plan", "team.csv", "--users", "staff.csv", "--sandbox"])
        .exits(0)
        .says("→ Cyd Poe");
    run(&dir, &sandbox.url, &["users", "-o", "staff.csv"])
        .is_refused(2)
        .says("`staff.csv` exists");
    run(&dir, &sandbox.url, &["users", "-o", "staff.doc"])
        .is_refused(2)
        .says("`.csv`, `.tsv` or `.xlsx`");
}

#[test]
fn many_pages_of_users_are_followed_each_once() {
    let mut users = String::from("id,email,role\n");
    for id in 1..=250 {
        users += &format!(
            "{id},u{id}@example.com,{}\n",
            if id == 1 { "owner" } else { "agent" }
        );
    }
    let dir = Workdir::with("users.csv", users);
    dir.write("contacts.csv", "id\n1\n");
    let sandbox = sandbox(&dir, &["--links", "without-version", "--fault", "500=0.5"]);
    let server = Server::before(&sandbox, |asked: &Asked| match asked.count {
        1 => Reply::with(429, "Retry-After: 0.01", "{}"),
        2 => Reply::error(500, "Unexpected error occurred"),
        3 => Reply::Lost,
        4 => Reply::error(449, "in queue"),
        _ => Reply::PassedOn,
    });
    let ended = run(&dir, &server.url, &["users"])
        .exits(0)
        .says("250 users");
    assert_eq!(ended.stdout().lines().count(), 251);
    let pages = server.of("GET");
    let answered = pages.iter().filter(|page| page.status == Some(200)).count();
    assert_eq!(answered, 3, "{pages:?}");
}

#[test]
fn without_token_or_server_the_look_says_so_and_nothing_is_sent() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n14,3\n", &[]);
    let mut command = dir.command(["users", "--base-url", &sandbox.url]);
    Ended::of(command.env("REASSIGN_TOKEN", "wrong"))
        .is_refused(2)
        .says("401")
        .says("nothing was changed");
    let mut command = dir.command(["plan", "team.csv", "--live", "--base-url", &sandbox.url]);
    Ended::of(
        command
            .env_remove("REASSIGN_TOKEN")
            .stdin(std::process::Stdio::null()),
    )
    .is_refused(2)
    .says("there is no token");
    drop(sandbox);
    let (dir, sandbox) = workspace("Contact ID,Owner\n14,3\n", &[]);
    let server = Server::before(&sandbox, |_| Reply::error(503, "away"));
    run(
        &dir,
        &server.url,
        &["plan", "team.csv", "--live", "--give-up-after", "200ms"],
    )
    .is_refused(2)
    .says("503")
    .says("nothing was changed");
}

#[test]
fn a_live_plan_is_a_true_difference() {
    let sheet = "Contact ID,Owner\n11,Bob Ray\n12,cyd@example.com\n13,2\n14,3\n";
    let (dir, sandbox) = workspace(sheet, &[]);
    plan(&dir, &sandbox, &["-o", "plan.csv"])
        .exits(0)
        .says("Workspace 127.0.0.1: 3 users, account holder Ann Lee <ann@example.com>")
        .says("give 3 contacts to new owners")
        .says("1 contact has the right owner already.")
        .says("row 2: id:11, Ann Lee → Bob Ray")
        .says("row 5: id:14, no owner → Cyd Poe")
        .does_not_say("row 4: id:13")
        .says("1 contact has a closed conversation (row 3);")
        .says("row 3")
        .says("Left with none of the sheet's contacts: Ann Lee.")
        .says("2 users will be notified, 3 times in total (once per contact).")
        .says("Each is checked again just before its change.");
    let kept = |previous: &str| ("planned".to_owned(), previous.to_owned(), String::new());
    assert_eq!(
        told(&dir, "plan.csv"),
        [kept("1"), kept("1"), kept("2"), kept("unassign")]
    );
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn what_the_workspace_contradicts_is_rejected_before_anything_is_sent() {
    let sheet = "Customer ID,Phone,Email,Owner\n\
        99,,,3\n\
        11,+60121233113,,3\n\
        13,+60121233113,gus@example.org,4\n\
        13,,,dan@example.com\n\
        14,+6581234567,,Nobody Known\n\
        14,,hal@example.org,3\n";
    let (dir, sandbox) = workspace(sheet, &[]);
    plan(
        &dir,
        &sandbox,
        &["--identifier", "Customer ID", "-o", "plan.csv"],
    )
    .exits(1);
    let errors: Vec<(String, String)> = told(&dir, "plan.csv")
        .into_iter()
        .map(|(status, _, error)| (status, error))
        .collect();
    let says = |place: usize, status: &str, text: &str| {
        let (found, error) = &errors[place];
        assert!(
            found == status && error.contains(text),
            "{place}: {found}, {error}"
        );
    };
    says(0, "invalid", "the workspace has no contact `id:99`");
    says(
        1,
        "invalid",
        "the workspace says that `id:11` is Eve One, `phone:+60121233111`, and the row says `phone:+60121233113`",
    );
    says(
        2,
        "invalid",
        "`4`: this is not a user of the workspace `127.0.0.1`; correct it",
    );
    says(
        3,
        "invalid",
        "`dan@example.com`: this is not a user of the workspace",
    );
    says(
        4,
        "invalid",
        "no user of the workspace `127.0.0.1` has this name",
    );
    says(5, "planned", "");
}

#[test]
fn two_contacts_with_one_phone_number_and_one_contact_with_two_names_are_found() {
    // Enough rows for the list to be worth it.
    let mut sheet =
        "Contact,Owner\n+60121233111,3\nid:12,3\nfay@example.org,3\nid:13,3\ngus@example.org,1\n"
            .to_owned();
    for id in 100..110 {
        sheet += &format!("id:{id},2\n");
    }
    let (dir, sandbox) = workspace(&sheet, &[]);
    drop(sandbox);
    let mut contacts = CONTACTS.to_owned();
    for id in 100..110 {
        contacts += &format!("{id},X,,,x{id}@example.org,open,1\n");
    }
    dir.write("contacts.csv", contacts);
    let sandbox = self::sandbox(&dir, &[]);
    plan(&dir, &sandbox, &["-o", "plan.csv"])
        .exits(1)
        .says("from the list");
    let told = told(&dir, "plan.csv");
    assert_eq!(told[0].0, "invalid");
    assert!(told[0].2.contains("write `id:11` or `id:57`"), "{told:?}");
    let statuses: Vec<&str> = told[1..5]
        .iter()
        .map(|(status, ..)| status.as_str())
        .collect();
    assert_eq!(statuses, ["planned", "duplicate", "conflict", "conflict"]);
    // What was found stays found: only the rows that were planned are applied.
    let mut command = dir.command(["apply", "plan.csv", "--yes", "--base-url", &sandbox.url]);
    Ended::of(at_once(command.env("REASSIGN_TOKEN", TOKEN))).exits(1);
    let record = sandbox.record();
    assert_eq!(record[&12].assignee, "cyd@example.com");
    for untouched in [11, 57, 13] {
        assert_eq!(record[&untouched].writes, 0, "id:{untouched}");
    }
}

#[test]
fn a_contact_that_moved_after_the_plan_is_left_alone_and_told() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n11,3\n12,3\n13,2\n", &[]);
    plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0);
    for (contact, user) in [(11, 2), (13, 1)] {
        let path = format!("/v1/contact/id:{contact}/conversation/assignee");
        let body = format!(r#"{{"assignee":{user}}}"#);
        let answer = crate::support::http(sandbox.authority(), "POST", &path, &[], &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    dir.apply("plan.csv", &sandbox, &[]).exits(1);
    let results = dir.results("plan.csv");
    assert_eq!(
        results.statuses(),
        [(2, "drifted"), (3, "assigned"), (4, "drifted")]
    );
    let record = sandbox.record();
    assert_eq!(record[&11].assignee, "bob@example.com");
    assert_eq!(
        record[&13].assignee, "ann@example.com",
        "what was so already has moved, too"
    );
}

#[test]
fn a_live_plan_lists_settled_rows_whose_contacts_a_colleague_has_moved() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n11,3\n12,3\n13,2\n", &[]);
    dir.apply("team.csv", &sandbox, &[]).exits(0);
    let path = "/v1/contact/id:11/conversation/assignee";
    let answer = crate::support::http(sandbox.authority(), "POST", path, &[], r#"{"assignee":2}"#);
    assert_eq!(answer.status, 200, "{}", answer.body);

    // Whichever file is named, and in JSON, too.
    for named in ["team.csv", "team.results.csv"] {
        let told = run(&dir, &sandbox.url, &["plan", named, "--live"]).exits(0);
        let told = told.says("1 row was done earlier, and its contact has another owner now");
        told.says("row 2: id:11 was given to Cyd Poe <cyd@example.com>, and has Bob Ray <bob@example.com> now");
    }
    let told = plan(&dir, &sandbox, &["--json"]).exits(0);
    let told: serde_json::Value = serde_json::from_str(&told.stdout()).expect("JSON");
    assert_eq!(told["looked"]["moved_rows"], serde_json::json!([2]));

    let mut results = dir.results("team.results.csv");
    results.repair(2, "reassign_decision", "again");
    plan(&dir, &sandbox, &[])
        .exits(0)
        .does_not_say("settled earlier, and");
    dir.apply("team.csv", &sandbox, &[]).exits(0);
    assert_eq!(sandbox.record()[&11].assignee, "cyd@example.com");
}

#[test]
fn a_run_that_was_begun_with_a_look_looks_again_when_it_goes_on() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n11,Cyd Poe\n14,Cyd Poe\n", &[]);
    dir.apply("team.csv", &sandbox, &["--live", "--limit", "1"])
        .exits(1);
    dir.apply("team.csv", &sandbox, &[])
        .exits(0)
        .says("Owners as they were at ");
    assert_eq!(dir.results("team.results.csv").count("assigned"), 2);
}

#[test]
fn who_had_a_contact_is_known_after_a_write_was_refused_and_a_look_has_judged_its_row() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n11,dan@example.com\n", &[]);
    let results = "team.results.csv";
    dir.apply("team.csv", &sandbox, &[]).exits(1);
    assert_eq!(dir.results(results).row(2).get("reason"), "refused");
    dir.apply(results, &sandbox, &["--live"]).exits(1);
    assert_eq!(dir.results(results).row(2).get("reason"), "no-such-user");
    // A plan that is saved and a run that does not come to the row know it, too.
    dir.results(results).repair(2, "Owner", "3");
    run(&dir, &sandbox.url, &["plan", results, "-o", "plan.csv"]).exits(0);
    assert_eq!(dir.results("plan.csv").row(2).get("http"), "400");
    dir.apply("plan.csv", &sandbox, &["--limit", "0"]);
    dir.apply("plan.csv", &sandbox, &[]).exits(0);
    assert_eq!(dir.results("plan.csv").row(2).get("previous"), "1");
    assert_eq!(sandbox.record()[&11].assignee, "cyd@example.com");
}

#[test]
fn what_was_written_blindly_has_no_previous_owner_whatever_became_of_its_row_since() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n11,2\n", &[]);
    let results = "team.results.csv";
    dir.apply("team.csv", &sandbox, &["--blind"]).exits(0);
    dir.apply(results, &sandbox, &["--again", "all", "--check", "off"]);
    assert_eq!(sandbox.record()[&11].assignee, "bob@example.com");
    dir.results(results).repair(2, "Owner", "3");
    dir.results(results).repair(2, "reassign_decision", "again");
    dir.apply(results, &sandbox, &[]);
    assert_eq!(sandbox.record()[&11].assignee, "cyd@example.com");
    assert_eq!(dir.results(results).row(2).get("previous"), "");
}

#[test]
fn a_sheet_of_users_beside_a_look_adds_names_and_who_had_contacts_and_nobody_who_gets_any() {
    let (dir, sandbox) = workspace(
        "Contact ID,Owner,Current owner\n11,Boss,\n13,Dan Fox,\n14,Cyd Poe,Old Hand\n",
        &[],
    );
    dir.write(
        "more.csv",
        "id,email,name,also known as\n1,,,Boss\n4,dan@example.com,Dan Fox,\n9,old@example.com,Old Hand,\n",
    );
    plan(&dir, &sandbox, &["--users", "more.csv", "-o", "plan.csv"])
        .exits(1)
        .says("the invitation has to be accepted first");
    let results = dir.results("plan.csv");
    let told = [2, 3, 4].map(|row| results.row(row).get("status").to_owned());
    assert_eq!(told, ["planned", "invalid", "drifted"]);
    assert_eq!(results.row(2).get("assignee"), "1");
    assert_eq!(results.row(3).get("reason"), "not-yet-a-user");
}

#[test]
fn apply_looks_too_and_what_it_prints_would_work() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n11,Cyd Poe\n13,Bob Ray\n", &[]);
    plan(&dir, &sandbox, &["-o", "plan.csv"])
        .exits(0)
        .says(&format!("apply plan.csv --live --base-url {}", sandbox.url));
    dir.apply("plan.csv", &sandbox, &["--live"])
        .exits(0)
        .says("give 1 contact to a new owner. 1 contact has the right owner already.");
    let results = dir.results("plan.csv");
    assert_eq!(results.statuses(), [(2, "assigned"), (3, "unchanged")]);
}

#[test]
fn what_was_planned_holds_for_rows_that_a_first_part_of_the_run_left_for_later() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n12,3\n11,3\n13,3\n", &[]);
    plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0);
    dir.apply("plan.csv", &sandbox, &["--limit", "1"]).exits(1);
    let path = "/v1/contact/id:11/conversation/assignee";
    let answer = crate::support::http(sandbox.authority(), "POST", path, &[], r#"{"assignee":2}"#);
    assert_eq!(answer.status, 200, "{}", answer.body);
    dir.apply("plan.csv", &sandbox, &[]).exits(1);
    let results = dir.results("plan.csv");
    assert_eq!(
        results.statuses(),
        [(2, "assigned"), (3, "drifted"), (4, "assigned")]
    );
    assert_eq!(sandbox.record()[&11].assignee, "bob@example.com");
}

#[test]
fn a_look_and_writing_blindly_do_not_go_together() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n11,3\n", &[]);
    dir.apply("team.csv", &sandbox, &["--live", "--blind"])
        .is_refused(2)
        .says("leave out one of them");
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn two_names_that_the_sheet_ties_together_are_told_without_a_look_and_found_with_one() {
    let sheet = "Phone,Email,Owner\n+60121233112,fay@example.org,2\n,fay@example.org,3\n";
    let (dir, sandbox) = workspace(sheet, &[]);
    dir.run(["plan", "team.csv"])
        .exits(0)
        .says("1 pair of rows may name one contact in two ways")
        .says("rows 2 and 3");
    plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(1);
    let told = told(&dir, "plan.csv");
    let statuses: Vec<&str> = told.iter().map(|(status, ..)| status.as_str()).collect();
    assert_eq!(statuses, ["conflict", "conflict"]);
}
