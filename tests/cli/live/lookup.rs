//! How many requests a look takes, and what it survives.

use super::{run, sandbox};
use crate::server::{Asked, Reply, Server};
use crate::support::{Sandbox, Workdir};

/// A workspace of so many contacts, and a sheet with every so many of them.
fn large(total: usize, every: usize, sheet: &str) -> (Workdir, Sandbox, usize) {
    let mut contacts = String::from("id,email,assignee\n");
    let mut rows = format!("{sheet}\n");
    let current = sheet.contains("Current");
    let mut wanted = 0;
    for id in 1..=total {
        contacts += &format!("{id},c{id}@example.org,{}\n", 1 + id % 50 / 49);
        if id % every == 0 {
            let now = if current { ",1" } else { "" };
            rows += &format!("{id},2{now}\n");
            wanted += 1;
        }
    }
    let dir = Workdir::with("team.csv", rows);
    dir.write(
        "users.csv",
        "id,email,role\n1,ann@example.com,owner\n2,bob@example.com,agent\n",
    );
    dir.write("contacts.csv", contacts);
    let sandbox = sandbox(&dir, &["--links", "without-version"]);
    (dir, sandbox, wanted)
}

/// How many lists and reads of contacts a plan took.
fn requests(server: &Server) -> (usize, usize) {
    let exchanges = server.exchanges();
    let of = |part: &str| {
        exchanges
            .iter()
            .filter(|exchange| exchange.path.contains(part))
            .count()
    };
    (of("/contact/list"), of("/contact/id:"))
}

#[test]
fn a_plan_of_most_contacts_reads_the_list() {
    let (dir, sandbox, wanted) = large(1_000, 2, "Contact ID,Owner");
    let server = Server::noting(&sandbox);
    run(&dir, &server.url, &["plan", "team.csv", "--live"])
        .exits(0)
        .says("All contacts ");
    assert_eq!((requests(&server), wanted), ((11, 0), 500));
}

#[test]
fn a_plan_of_few_of_many_contacts_reads_them_one_by_one_at_hardly_more_cost() {
    let (dir, sandbox, wanted) = large(20_000, 200, "Contact ID,Owner");
    let server = Server::noting(&sandbox);
    run(&dir, &server.url, &["plan", "team.csv", "--live"])
        .exits(0)
        .says("Only these contacts were looked up")
        .says("Contacts of the sheet")
        .does_not_say("All contacts ");
    let (lists, reads) = requests(&server);
    assert_eq!(wanted, 100);
    assert!(
        (lists + reads) * 10 <= wanted * 11,
        "{lists} pages and {reads} reads"
    );
    assert!(lists > 0 && reads > 0, "{lists} pages and {reads} reads");
}

#[test]
fn where_the_sheet_says_who_has_them_that_users_list_is_enough() {
    let (dir, sandbox, wanted) = large(6_000, 50, "Contact ID,Owner,Current owner");
    let server = Server::noting(&sandbox);
    let ended = run(&dir, &server.url, &["plan", "team.csv", "--live"]);
    let (lists, reads) = requests(&server);
    assert_eq!(wanted, 120);
    assert!(
        lists + reads <= 70,
        "{lists} pages and {reads} reads\n{ended}"
    );
}

#[test]
fn where_the_sheet_names_two_owners_their_own_lists_are_enough() {
    let mut contacts = String::from("id,email,assignee\n");
    let mut rows = String::from("Contact ID,Owner,Current owner\n");
    for id in 1..=6_000 {
        let owner = if id % 50 < 2 { 2 + id % 50 } else { 1 };
        contacts += &format!("{id},c{id}@example.org,{owner}\n");
        if owner > 1 {
            rows += &format!("{id},1,{owner}\n");
        }
    }
    let dir = Workdir::with("team.csv", rows);
    dir.write("users.csv", super::USERS);
    dir.write("contacts.csv", contacts);
    let sandbox = sandbox(&dir, &["--links", "without-version"]);
    let server = Server::noting(&sandbox);
    let ended = run(&dir, &server.url, &["plan", "team.csv", "--live"]).exits(0);
    // 120 contacts of each, at 99 a page; the whole list has 61 pages.
    assert_eq!(requests(&server), (4, 0), "{ended}");
}

#[test]
fn a_look_survives_what_a_run_survives() {
    let (dir, sandbox, _) = large(300, 10, "Contact ID,Owner");
    let server = Server::before(&sandbox, |asked: &Asked| {
        let hit =
            asked.times == 1 && (asked.path.contains("cursorId=99") || asked.path.ends_with("=99"));
        match (hit, asked.method.as_str()) {
            (true, "POST") => Reply::error(500, "Unexpected error occurred"),
            _ if asked.method == "POST" && asked.times == 2 => {
                Reply::with(429, "Retry-After: 0.01", "{}")
            }
            _ => Reply::PassedOn,
        }
    });
    run(&dir, &server.url, &["plan", "team.csv", "--live"])
        .exits(0)
        .says("30 contacts from the list");
    assert_eq!((server.answered(500), server.answered(429)), (2, 2));
}

#[test]
fn where_there_is_no_list_contacts_are_read_one_by_one() {
    let (dir, sandbox, wanted) = large(300, 10, "Contact ID,Owner");
    let server = Server::before(&sandbox, |asked: &Asked| {
        match asked.path.contains("/contact/list") {
            true => Reply::error(404, "Not found"),
            false => Reply::PassedOn,
        }
    });
    run(&dir, &server.url, &["plan", "team.csv", "--live"])
        .exits(0)
        .says(&format!("{wanted} contacts read one by one"))
        .says("The list of contacts cannot be used: this server does not list contacts (404)");
}

#[test]
fn a_list_that_leads_in_circles_ends() {
    let (dir, sandbox, _) = large(300, 10, "Contact ID,Owner");
    let server = Server::before(&sandbox, |asked: &Asked| {
        match asked.path.contains("/contact/list") {
            true => Reply::body(
                200,
                r#"{"items":[{"id":10,"assignee":null},{"id":10,"assignee":{"id":2}}],"pagination":{"next":"?cursorId=5"}}"#,
            ),
            false => Reply::PassedOn,
        }
    });
    run(&dir, &server.url, &["plan", "team.csv", "--live"]).exits(0);
    let (lists, reads) = requests(&server);
    assert_eq!((lists, reads), (2, 29));
}

#[test]
fn a_list_of_contacts_that_leads_on_for_ever_ends_with_a_sentence_that_names_how_far() {
    let (dir, sandbox, _) = large(300, 10, "Contact ID,Owner");
    let server = Server::before(&sandbox, |asked: &Asked| {
        match asked.path.contains("/contact/list") {
            true => Reply::body(
                200,
                &format!(
                    r#"{{"items":[{{"id":10,"assignee":null}}],"pagination":{{"next":"?cursorId={}"}}}}"#,
                    asked.count
                ),
            ),
            false => Reply::PassedOn,
        }
    });
    dir.write("roster.csv", "user,capacity\n1,1\n2,1\n");
    run(
        &dir,
        &server.url,
        &[
            "rebalance",
            "--live",
            "--roster",
            "roster.csv",
            "--group",
            "none",
        ],
    )
    .exits(2)
    .says("there is no end to the list after 51 pages; tell whoever runs the API");
}

#[test]
fn a_lagging_list_is_told_as_old_and_the_read_before_the_write_decides() {
    let (dir, first, _) = large(300, 10, "Contact ID,Owner");
    drop(first);
    let sandbox = sandbox(&dir, &["--list-lag", "1h"]);
    for contact in [10, 20] {
        let path = format!("/v1/contact/id:{contact}/conversation/assignee");
        let body = r#"{"assignee":2}"#;
        let answer = crate::support::http(sandbox.authority(), "POST", &path, &[], body);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    run(
        &dir,
        &sandbox.url,
        &["plan", "team.csv", "--live", "-o", "plan.csv"],
    )
    .exits(0)
    .says("give 30 contacts to new owners")
    .says("Owners as they were at ");
    dir.apply("plan.csv", &sandbox, &[]).exits(0);
    let results = dir.results("plan.csv");
    assert_eq!(
        (results.count("assigned"), results.count("unchanged")),
        (28, 2)
    );
}
