//! What a look at the workspace showed stands in the page, as it does on the terminal.

use std::thread;

use crate::live::{run, sandbox as sandbox_of, workspace};
use crate::support::Ended;

const SHEET: &str = "Contact ID,Owner\n11,2\n12,3\n13,2\n14,3\n";

/// The part of a page about the workspace.
fn section(page: &str) -> &str {
    let (_, rest) = page
        .split_once("<details id=\"workspace\"")
        .unwrap_or_else(|| panic!("a section about the workspace in {page}"));
    rest.split_once("</details>").expect("its end").0
}

/// The time of day that the terminal says the look was of: `14:02`.
fn as_of(ended: &Ended) -> String {
    let text = format!("{}{}", ended.stdout(), ended.stderr());
    let (_, rest) = text.split_once("Owners as they were at ").expect("a time");
    rest[..5].to_owned()
}

#[test]
fn the_pages_of_a_plan_and_of_a_run_tell_what_the_look_at_the_workspace_showed() {
    let looks = [
        "team.csv",
        "--live",
        "--rate",
        "1/s",
        "--report",
        "page.html",
    ];
    let mut plan = vec!["plan"];
    plan.extend(looks);
    let mut apply = vec!["apply", "--yes", "--check", "off"];
    apply.extend(looks);
    let look = |args: &[&str]| {
        let (dir, sandbox) = workspace(SHEET, &[]);
        let ended = run(&dir, &sandbox.url, args)
            .says("Workspace 127.0.0.1: 3 users, account holder Ann Lee <ann@example.com>")
            .says("2 users will be notified, 3 times in total (once per contact).")
            .says("Time: at least 3 seconds (`--rate 1/s`).")
            .says("1 contact has a closed conversation (row 3);");
        let page = dir.read("page.html");
        let told = section(&page);
        for said in [
            "<dt>Workspace</dt><dd><bdi>127.0.0.1</bdi></dd>",
            "<dt>Users</dt><dd>3</dd>",
            "<dt>Account holder</dt><dd><bdi>Ann Lee &lt;ann@example.com&gt;</bdi></dd>",
            "4 contacts read one by one. Each is checked again just before its change.",
            "1 contact has a closed conversation (row 3); the workspace may keep its old owner.",
            "Making the changes takes about 3 seconds.",
            &format!(", {} ", as_of(&ended)),
        ] {
            assert!(told.contains(said), "{said} with {args:?} in {told}");
        }
    };
    // One beside the other, because both keep to that rate.
    thread::scope(|scope| {
        scope.spawn(|| look(&plan));
        scope.spawn(|| look(&apply));
    });
}

#[test]
fn without_a_look_there_is_nothing_to_tell_about_the_workspace() {
    let (dir, sandbox) = workspace(SHEET, &[]);
    let args = ["plan", "team.csv", "--report", "page.html"];
    run(&dir, &sandbox.url, &args).exits(0);
    let page = dir.read("page.html");
    assert!(!page.contains("id=\"workspace\""), "{page}");
}

#[test]
fn a_page_says_from_where_it_is_known_who_has_what() {
    // Enough rows for the list to be worth it.
    let rows: String = (100..130).map(|id| format!("id:{id},3\n")).collect();
    let (dir, sandbox) = workspace(&format!("Contact,Owner\n{rows}"), &[]);
    drop(sandbox);
    let contacts = (100..130).map(|id| format!("{id},X,,,x{id}@example.org,open,1\n"));
    let header = "id,first_name,last_name,phone,email,status,assignee\n";
    dir.write(
        "contacts.csv",
        format!("{header}{}", contacts.collect::<String>()),
    );
    let sandbox = sandbox_of(&dir, &[]);
    let args = ["plan", "team.csv", "--live", "--report", "page.html"];
    run(&dir, &sandbox.url, &args)
        .exits(0)
        .says("30 contacts from the list");
    let page = dir.read("page.html");
    let told = section(&page);
    assert!(
        told.contains("30 contacts from the list. Each is checked again just before its change."),
        "{told}"
    );
    assert!(!told.contains("closed conversation"), "{told}");
}

#[test]
fn what_is_so_already_is_not_counted_as_a_change() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n11,2\n12,1\n13,ann@example.com\n", &[]);
    let args = ["plan", "team.csv", "--live", "--report", "page.html"];
    run(&dir, &sandbox.url, &args)
        .exits(0)
        .says("give 2 contacts to new owners")
        .says("1 contact has the right owner already.");
    let page = dir.read("page.html");
    for said in [
        "<h1>2 contacts would get a new owner.</h1>",
        "<dt>contacts get a new owner</dt><dd>2</dd>",
        "Of these, 1 contact has the right owner already, and nothing will be written.",
    ] {
        assert!(page.contains(said), "{said} in {page}");
    }
}
