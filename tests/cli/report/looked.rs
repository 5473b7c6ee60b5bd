//! What a look at the workspace showed stands in the page, as it does on the terminal.

use crate::live::{run, sandbox as sandbox_of, workspace};
use crate::support::Ended;

const SHEET: &str = "Contact ID,Owner\n11,2\n12,3\n13,2\n14,3\n";

/// The part of a page about the workspace.
fn section(page: &str) -> &str {
    let (_, rest) = page
        .split_once("<section id=\"workspace\"")
        .unwrap_or_else(|| panic!("a section about the workspace in {page}"));
    rest.split_once("</section>").expect("its end").0
}

/// The time of day that the terminal says the look was of: `14:02`.
fn as_of(ended: &Ended) -> String {
    let text = format!("{}{}", ended.stdout(), ended.stderr());
    let (_, rest) = text.split_once("as of ").expect("a time");
    rest[..5].to_owned()
}

#[test]
fn the_pages_of_a_plan_and_of_a_run_tell_what_the_look_at_the_workspace_showed() {
    let (dir, sandbox) = workspace(SHEET, &[]);
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
    let mut apply = vec!["apply", "--yes", "--verify", "off"];
    apply.extend(looks);
    for args in [plan, apply] {
        let ended = run(&dir, &sandbox.url, &args)
            .says("Workspace 127.0.0.1: 3 users, owner Ann Lee <ann@example.com>")
            .says("3 notifications to 2 users, over about 4 s: to each as many as it gets")
            .says("1 conversation is closed");
        let page = dir.read("page.html");
        let told = section(&page);
        for said in [
            "<dt>Workspace</dt><dd><bdi>127.0.0.1</bdi></dd>",
            "<dt>Users</dt><dd>3</dd>",
            "<dt>Owner</dt><dd><bdi>Ann Lee &lt;ann@example.com&gt;</bdi></dd>",
            "4 contacts read one by one. ",
            "The read before each write decides.",
            "1 conversation among the rows to be sent is closed (row 3): ",
            "<p>3 notifications to 2 users, over about 4 s: to each as many as it gets.</p>",
            &format!(", {}:", as_of(&ended)),
        ] {
            assert!(told.contains(said), "{said} with {args:?} in {told}");
        }
        assert!(page.contains("<a href=\"#workspace\">"), "{page}");
    }
}

#[test]
fn a_page_without_rows_counts_closed_conversations_and_names_none() {
    let (dir, sandbox) = workspace(SHEET, &[]);
    let args = ["plan", "team.csv", "--live", "--report", "page.html"];
    let args = [&args[..], &["--report-rows", "none"]].concat();
    run(&dir, &sandbox.url, &args).exits(0);
    let page = dir.read("page.html");
    let told = section(&page);
    assert!(
        told.contains("1 conversation among the rows to be sent is closed: ")
            && !told.contains("row 3"),
        "{told}"
    );
}

#[test]
fn without_a_look_there_is_nothing_to_tell_about_the_workspace() {
    let (dir, sandbox) = workspace(SHEET, &[]);
    let args = ["plan", "team.csv", "--report", "page.html"];
    run(&dir, &sandbox.url, &args).exits(0);
    let page = dir.read("page.html");
    assert!(
        !page.contains("id=\"workspace\"") && !page.contains("#workspace"),
        "{page}"
    );
}

#[test]
fn a_page_says_that_the_list_lags_behind_where_the_list_told_who_has_what() {
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
        .says("30 contacts from the list, which lags behind");
    let page = dir.read("page.html");
    let told = section(&page);
    assert!(
        told.contains("Who has what is known of 30 contacts from the list, which lags behind. "),
        "{told}"
    );
    assert!(
        told.contains("No conversation among the rows to be sent is closed."),
        "{told}"
    );
}

#[test]
fn what_is_so_already_is_not_counted_as_a_change() {
    let (dir, sandbox) = workspace("Contact ID,Owner\n11,2\n12,1\n13,ann@example.com\n", &[]);
    let args = ["plan", "team.csv", "--live", "--report", "page.html"];
    run(&dir, &sandbox.url, &args)
        .exits(0)
        .says("2 to assign")
        .says("1 unchanged: already so");
    let page = dir.read("page.html");
    for said in [
        "2 contacts would get a new user, 1 is so already. Nothing has been sent.",
        "<dt>to assign</dt><dd>2</dd>",
        "<dt>already so, or settled earlier</dt><dd>1</dd>",
    ] {
        assert!(page.contains(said), "{said} in {page}");
    }
}
