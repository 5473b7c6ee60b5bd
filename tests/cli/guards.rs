//! What a plan must not exceed, and what must be approved.

use crate::main_job::choices::shell;
use crate::main_job::command_after;
use crate::moves::Moves;
use crate::support::{Ended, Sandbox, TOKEN, Workdir, for_shell, http, journal_with};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const GRACE: &str = "grace.tan@example.com";

/// A sheet of so many moves, and a sandbox for it.
fn setup(count: usize) -> (Sandbox, Workdir) {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, Moves::of(&sandbox, count).sheet());
    (sandbox, dir)
}

fn plan(dir: &Workdir, sandbox: &Sandbox, more: &[&str]) -> Ended {
    let mut args = vec!["plan", SHEET, "--base-url", &sandbox.url];
    args.extend(more);
    dir.run(args)
}

/// The ID that a plan shows.
fn id(ended: &Ended) -> String {
    let text = ended.stdout();
    let (_, rest) = text.split_once("Plan ").expect("an ID");
    rest[..12].to_owned()
}

/// The command that a refusal says would work, run as a shell does.
fn as_offered(dir: &Workdir, refused: &Ended) -> Ended {
    let stderr = refused.stderr();
    let mut lines = stderr.lines();
    assert!(
        lines.any(|line| line.ends_with("this would work:")),
        "no command in\n{refused}"
    );
    let line = lines.next().expect("a command").trim();
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", &for_shell(line)])
        .current_dir(dir.path("."));
    Ended::of(command.env("REASSIGN_TOKEN", TOKEN))
}

#[test]
fn more_changes_than_allowed_are_refused_with_the_figure_and_the_option() {
    let (sandbox, dir) = setup(10);
    let refused = dir
        .apply(SHEET, &sandbox, &["--max-changes", "9"])
        .is_refused(3);
    let refused = refused
        .says("10 contacts would be changed, and `--max-changes` allows 9")
        .says("`--max-changes 10`");
    assert_eq!(sandbox.writes(), 0, "{refused}");
    let share = dir
        .apply(SHEET, &sandbox, &["--max-changes", "50%"])
        .is_refused(3);
    share.says("allows 50 % of the 10 rows");
    dir.apply(SHEET, &sandbox, &["--max-changes", "5", "--limit", "5"])
        .exits(1);
    assert_eq!(sandbox.writes(), 5);
    as_offered(&dir, &refused).exits(0);
    assert_eq!(sandbox.writes(), 10);
}

#[test]
fn refusals_come_together_and_end_in_one_command_that_works() {
    let sandbox = Sandbox::start();
    let ids: Vec<u64> = sandbox
        .record()
        .into_iter()
        .filter(|(_, held)| !held.assignee.is_empty())
        .map(|(id, _)| id)
        .take(3)
        .collect();
    let rows: String = ids.iter().map(|id| format!("id:{id},unassign\n")).collect();
    let dir = Workdir::with(SHEET, format!("contact,assignee\n{rows}"));
    let options = [
        "--max-changes",
        "2",
        "--max-unassign",
        "50%",
        "--expect",
        "0123456789ab",
    ];
    let refused = dir.apply(SHEET, &sandbox, &options).is_refused(3);
    let refused = refused
        .says("3 problems have to be solved first")
        .says("to change so many, add `--max-changes 3`")
        .says("if they should have no owner, add `--max-unassign 3`")
        .says("the plan 0123456789ab was approved");
    assert_eq!(sandbox.writes(), 0, "{refused}");
    // Nobody's approval is passed on by copying a command.
    let refused = refused.does_not_say("this would work");
    let page = refused.stderr();
    let page = page.lines().find(|line| line.contains("--report"));
    let page = page.unwrap_or_else(|| panic!("no command in\n{refused}"));
    shell(&dir, page).exits(0);
    assert!(dir.path("contacts.plan.html").exists(), "{refused}");
    let refused = dir.apply(SHEET, &sandbox, &options[..4]).is_refused(3);
    as_offered(&dir, &refused).exits(0);
    assert_eq!(dir.results(RESULTS).count("unassigned"), 3);
}

#[test]
fn what_was_approved_is_sent() {
    let (sandbox, dir) = setup(5);
    let id = id(&plan(&dir, &sandbox, &[]).exits(0));
    dir.apply(SHEET, &sandbox, &["--expect", &id.to_uppercase()])
        .exits(0);
    assert_eq!(sandbox.writes(), 5);
}

#[test]
fn a_sheet_that_was_changed_after_its_approval_is_refused_and_the_rows_are_named() {
    let (sandbox, dir) = setup(5);
    let planned = plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0);
    let approved = id(&planned);
    let sheet = dir.read(SHEET);
    let mut lines: Vec<&str> = sheet.lines().collect();
    let contact = |line: &str| line.split(',').next().expect("a contact").to_owned();
    let (other, gone) = (contact(lines[2]), contact(lines[5]));
    let changed = format!("{other},{GRACE}");
    lines[2] = &changed;
    lines[5] = "id:10030,grace.tan@example.com";
    dir.write(SHEET, lines.join("\n"));
    let refused = dir
        .apply(SHEET, &sandbox, &["--expect", &approved])
        .is_refused(3);
    let refused = refused
        .says(&format!("the plan {approved} was approved, with 5 changes"))
        .says(&format!("row 3: {other} goes to {GRACE}; approved was "))
        .says(&format!(
            "row 6: id:10030 goes to {GRACE}, which was not approved"
        ))
        .says(&format!("row 6 as it was: {gone} was approved to go to "))
        .does_not_say("row 2:")
        .does_not_say("row 4:");
    assert_eq!(sandbox.writes(), 0, "{refused}");
    assert!(
        !dir.files().iter().any(|name| name.contains("results")),
        "{:?}",
        dir.files()
    );

    // The saved plan itself is what was approved.
    dir.apply("plan.csv", &sandbox, &["--expect", &approved])
        .exits(0);
    assert_eq!(sandbox.writes(), 5);
}

#[test]
fn the_approved_plan_is_found_in_the_folder_of_the_results_and_in_a_run_that_was_started_with_its_id()
 {
    let (sandbox, dir) = setup(5);
    std::fs::create_dir(dir.path("else")).expect("a folder");
    let approved = id(&plan(&dir, &sandbox, &["-o", "else/plan.csv"]).exits(0));
    let as_approved = dir.read(SHEET);
    let mut lines: Vec<&str> = as_approved.lines().collect();
    let (contact, _) = lines[2].split_once(',').expect("two cells");
    let (contact, changed) = (contact.to_owned(), format!("{contact},{GRACE}"));
    lines[2] = &changed;
    let edited = lines.join("\n");
    let names_the_row = |out: &str| {
        dir.write(SHEET, edited.as_str());
        dir.apply(SHEET, &sandbox, &["--expect", &approved, "-o", out])
            .is_refused(3)
            .says(&format!("row 3: {contact} goes to {GRACE}; approved was "));
        dir.write(SHEET, as_approved.as_str());
    };
    names_the_row("else/results.csv");
    std::fs::remove_dir_all(dir.path("else")).expect("the folder");
    let options = ["--expect", &approved, "-o", "first.csv", "--limit", "1"];
    dir.apply(SHEET, &sandbox, &options).exits(1);
    names_the_row("other.csv");
    assert_eq!(sandbox.writes(), 1);
}

#[test]
fn a_list_of_changes_of_which_the_id_is_not_that_of_the_approved_plan_counts_for_nothing() {
    let (sandbox, dir) = setup(5);
    let approved = id(&plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0));
    let sheet = dir.read(SHEET);
    let mut lines: Vec<&str> = sheet.lines().collect();
    let (contact, assignee) = lines[2].split_once(',').expect("two cells");
    let changed = format!("{contact},{GRACE}");
    lines[2] = &changed;
    dir.write(SHEET, lines.join("\n"));
    // Somebody gives the list of the approved plan the change that was not approved.
    let journal = "plan.reassign/journal";
    let list = dir.read(journal);
    let said = |to: &str| format!("\"{contact}\",\"{to}\"");
    assert!(list.contains(&said(assignee)), "{list}");
    let forged = journal_with(&list, |line| line.replace(&said(assignee), &said(GRACE)));
    dir.write(journal, forged);
    dir.apply(SHEET, &sandbox, &["--expect", &approved])
        .is_refused(3)
        .says(&format!("the plan {approved} was approved"))
        .says("to see which changes differ, save the plan");
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn rows_in_another_order_are_the_same_changes() {
    let (sandbox, dir) = setup(5);
    let approved = id(&plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0));
    let sheet = dir.read(SHEET);
    let (header, rows) = sheet.split_once('\n').expect("rows");
    let rows: Vec<&str> = rows.lines().rev().collect();
    dir.write(SHEET, format!("{header}\n{}\n", rows.join("\n")));
    dir.apply(SHEET, &sandbox, &["--expect", &approved])
        .exits(0);
    assert_eq!(sandbox.writes(), 5);
}

#[test]
fn without_the_approved_plan_at_hand_both_plans_are_named_and_how_to_tell_them_apart() {
    let (sandbox, dir) = setup(2);
    let now = id(&plan(&dir, &sandbox, &[]).exits(0));
    let refused = dir
        .apply(SHEET, &sandbox, &["--expect", "ffffffffffff"])
        .is_refused(3);
    refused
        .says("the plan ffffffffffff was approved")
        .says(&format!("this is the plan {now} with 2 changes"))
        .says("`reassign plan -o FILE`");
    assert_eq!(sandbox.writes(), 0);
    let wrong = dir.apply(SHEET, &sandbox, &["--expect", "monday"]);
    wrong
        .exits(2)
        .says("a plan's ID is the 12 digits and letters");
}

#[test]
fn what_is_left_of_an_approved_plan_is_approved_and_what_was_added_is_not() {
    let (sandbox, dir) = setup(6);
    let approved = id(&plan(&dir, &sandbox, &[]).exits(0));
    let expect = ["--expect", approved.as_str()];
    dir.apply(SHEET, &sandbox, &["--expect", &approved, "--limit", "2"])
        .exits(1);
    assert_eq!(sandbox.writes(), 2);
    let mut results = dir.results(RESULTS);
    results.repair(5, "assignee", GRACE);
    // The approved rest is sent, and the repaired row waits for an approval of its own.
    let contact: u64 = results.row(5).get("contact")[3..].parse().expect("an ID");
    let ended = dir.apply(RESULTS, &sandbox, &expect).exits(1);
    let ended = ended.says("row 5 was not part of the approved plan and waits");
    assert_eq!(sandbox.writes(), 5);
    assert_eq!(sandbox.record()[&contact].writes, 0);
    let results = dir.results(RESULTS);
    assert_eq!(results.row(5).get("status"), "not_attempted");
    let page = ended.stderr();
    let page = page.lines().find(|line| line.contains("--report"));
    let page = page.unwrap_or_else(|| panic!("no command in\n{ended}"));
    let again = id(&shell(&dir, page).exits(0));
    dir.apply(RESULTS, &sandbox, &["--expect", &again]).exits(0);
    assert_eq!(sandbox.writes(), 6);
}

#[test]
fn an_approved_plan_is_gone_on_with_under_its_id_whatever_it_was_started_from() {
    for from_the_plan in [true, false] {
        let (sandbox, dir) = setup(6);
        let approved = id(&plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0));
        let sheet = dir.read(SHEET);
        let (header, rows) = sheet.split_once('\n').expect("rows");
        let rows: Vec<&str> = rows.lines().rev().collect();
        dir.write(SHEET, format!("{header}\n{}\n", rows.join("\n")));
        let sheet = if from_the_plan { "plan.csv" } else { SHEET };
        for limit in ["2", "2", "6"] {
            let options = ["--expect", approved.as_str(), "--limit", limit];
            let ended = dir.apply(sheet, &sandbox, &options);
            assert_ne!(ended.code(), 3, "{ended}");
        }
        assert_eq!(sandbox.writes(), 6, "from {sheet}");
    }
}

#[test]
fn a_saved_plan_sends_its_planned_rows_and_a_row_repaired_since_waits_for_the_next_run() {
    let (sandbox, dir) = setup(3);
    dir.write(SHEET, format!("{}not a contact,{GRACE}\n", dir.read(SHEET)));
    plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(1);
    dir.results("plan.csv").repair(5, "contact", "id:10030");
    dir.run(["plan", "plan.csv", "--base-url", &sandbox.url])
        .exits(0)
        .says("give 4 contacts to new owners")
        .says("Not in the saved plan is row 5");
    let ended = dir.apply("plan.csv", &sandbox, &[]).exits(1);
    let results = dir.results("plan.csv");
    assert_eq!(results.count("assigned"), 3, "{ended}");
    let repaired = results.row(5);
    assert_eq!(repaired.get("status"), "not_attempted", "{ended}");
    assert!(
        repaired.get("error").contains("apply again"),
        "{repaired:?}"
    );
    assert_eq!(sandbox.record()[&10030].writes, 0);
    dir.apply("plan.csv", &sandbox, &[]).exits(0);
    assert_eq!(sandbox.record()[&10030].assignee, GRACE);
}

#[test]
fn the_age_and_maker_of_a_saved_plan_are_told_before_it_is_applied() {
    let (sandbox, dir) = setup(1);
    let planned = plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0);
    let ended = dir.apply("plan.csv", &sandbox, &[]).exits(0);
    let told = format!("Plan {} was made just now by ", id(&planned));
    let ended = ended.says(&told);
    let stderr = ended.stderr();
    let line = stderr
        .lines()
        .find(|line| line.starts_with(&told))
        .expect("the line");
    assert!(line.contains(" on ") && line.ends_with(")."), "{line}");
}

#[cfg(unix)]
#[test]
fn who_made_a_saved_plan_and_when_is_told_before_anything_is_asked() {
    let (sandbox, dir) = setup(1);
    let planned = plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0);
    let args = ["apply", "plan.csv", "--base-url", &sandbox.url];
    let screen = crate::screens::asked(&dir, &args, &[("REASSIGN_TOKEN", TOKEN)], "n");
    let told = screen.find(&format!("Plan {} was made", id(&planned)));
    let asked = screen.find("[y/N]");
    assert!(told.is_some() && told < asked, "{screen}");
    assert_eq!(sandbox.writes(), 0, "{screen}");
}

#[test]
fn a_plan_for_another_workspace_is_refused() {
    let (sandbox, dir) = setup(1);
    let other = Sandbox::start();
    plan(&dir, &other, &["-o", "plan.csv"]).exits(0);
    let refused = dir.apply("plan.csv", &sandbox, &[]).is_refused(2);
    refused.says(&other.url).says(&sandbox.url);
    assert_eq!(sandbox.writes(), 0);
    // Trying it out in the sandbox inside the program is no mistake.
    dir.run(["apply", "plan.csv", "--sandbox"]).exits(0);
}

/// Gives a contact to somebody, as another program would.
pub(crate) fn by_hand(sandbox: &Sandbox, contact: u64, assignee: &str) {
    let path = format!("/v1/contact/id:{contact}/conversation/assignee");
    let body = format!(r#"{{"assignee":"{assignee}"}}"#);
    let answer = http(sandbox.authority(), "POST", &path, &[], &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn a_row_of_a_saved_plan_that_was_edited_since_waits() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, "contact,assignee\nid:10001,104\nid:10003,104\n");
    plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0);
    let edited = dir
        .read("plan.csv")
        .replacen("id:10003,104,", "id:10009,103,", 1);
    dir.write("plan.csv", edited);
    dir.apply("plan.csv", &sandbox, &[]).exits(1);
    let results = dir.results("plan.csv");
    assert_eq!(results.rows[0].get("status"), "assigned");
    assert_eq!(results.rows[1].get("reason"), "not-planned");
    assert_eq!(sandbox.writes(), 1);
    // It is asked for by the next run.
    dir.apply("plan.csv", &sandbox, &[]).exits(0);
    assert_eq!(sandbox.writes(), 2);
}

#[test]
fn what_was_corrected_after_an_approval_is_to_be_approved_and_no_command_promises_more() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, "contact,assignee\nid:10001,104\nid:10003,\n");
    let planned = dir.run(["plan", SHEET, "-o", "plan.csv", "--base-url", &sandbox.url]);
    let expect = ["--expect", &id(&planned)];
    dir.apply("plan.csv", &sandbox, &expect).exits(1);
    let corrected = dir
        .read("plan.csv")
        .replacen("id:10003,,", "id:10003,104,", 1);
    dir.write("plan.csv", corrected);
    for _ in 0..2 {
        let waits = dir.apply("plan.csv", &sandbox, &expect).exits(1);
        let printed = waits.stderr();
        assert!(!printed.contains("--expect"), "{waits}");
        assert!(!printed.contains("In the results file:"), "{waits}");
        let page = "give the approver the page that this command writes.";
        shell(&dir, &command_after(&waits, page)).exits(0);
        assert_eq!(sandbox.writes(), 1);
    }
    let approved = dir.run(["plan", "plan.csv", "--base-url", &sandbox.url]);
    dir.apply("plan.csv", &sandbox, &["--expect", &id(&approved)])
        .exits(0);
    assert_eq!(sandbox.writes(), 2);
}

#[test]
fn the_rest_after_a_limit_does_again_only_what_is_left() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(
        SHEET,
        "contact,assignee\nid:10001,104\nid:10003,104\nid:10005,104\n",
    );
    dir.apply(SHEET, &sandbox, &[]).exits(0);
    let limited = dir
        .apply(SHEET, &sandbox, &["--again", "all", "--limit", "1"])
        .exits(1);
    by_hand(&sandbox, 10001, "101");
    let now = sandbox.record()[&10001].clone();
    let rest = command_after(&limited, "Then this command makes the other 2 changes:");
    shell(&dir, &rest).exits(0);
    assert_eq!(sandbox.record()[&10001], now);
}
