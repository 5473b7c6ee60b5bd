//! Contacts that share a phone number or an email: a request that names one takes the first of them, and nobody but the
//! admin knows which was meant.

use super::{plan, run, told, workspace};
use crate::server::{Asked, Reply, Server};
use crate::support::{Sandbox, Workdir};

const SEVERAL: &str =
    "the workspace has 2 contacts with phone number `phone:+60121233111`; write `id:11` or `id:57`";

/// A sheet whose look finds all its contacts in the list of their owner: the first row's, which shares its number with
/// another owner's contact of a lower ID, and ten more.
fn listed() -> (Workdir, Sandbox) {
    let mut contacts =
        String::from("id,phone,email,assignee\n11,+60121233111,,1\n57,+60121233111,,2\n");
    let mut sheet = String::from("Contact,Owner,Current owner\n+60121233111,3,2\n");
    for id in 101..111 {
        contacts += &format!("{id},+60121233{id},,2\n");
        sheet += &format!("+60121233{id},3,2\n");
    }
    let dir = Workdir::with("team.csv", sheet);
    dir.write("users.csv", super::USERS);
    dir.write("contacts.csv", contacts);
    let sandbox = super::sandbox(&dir, &[]);
    (dir, sandbox)
}

#[test]
fn a_look_that_meets_a_second_contact_of_a_number_rejects_the_row_that_names_it() {
    let (dir, sandbox) = workspace("Contact,Owner\n+60121233111,3\neve2@example.org,3\n", &[]);
    let ended = plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(1);
    let told = told(&dir, "plan.csv");
    assert_eq!(
        (told[0].0.as_str(), told[0].2.as_str()),
        ("invalid", SEVERAL),
        "{ended}"
    );
    assert_eq!(told[1].0, "planned", "{ended}");
}

#[test]
fn a_run_that_meets_a_second_contact_of_a_number_does_not_write_either_of_them_by_it() {
    let sheet = "Contact,Owner\neve2@example.org,3\n+60121233111,3\nid:13,3\n";
    let (dir, sandbox) = workspace(sheet, &[]);
    let args = ["apply", "team.csv", "--yes", "--concurrency", "1"];
    let ended = run(&dir, &sandbox.url, &args).exits(1);
    let results = dir.results("team.results.csv");
    assert_eq!(results.count("assigned"), 2, "{ended}");
    let row = results.row(3);
    assert_eq!(
        [row.get("status"), row.get("reason")],
        ["invalid", "several-contacts"],
        "{ended}"
    );
    assert_eq!(row.get("error"), SEVERAL);
    assert_eq!(sandbox.record()[&11].writes, 0, "{ended}");
    // It stays known, whoever is to get the contact, and in whichever row.
    let edited = dir
        .read("team.results.csv")
        .replace("+60121233111,3,", "+60121233111,2,");
    dir.write("team.results.csv", edited);
    let ended = run(&dir, &sandbox.url, &["apply", "team.results.csv", "--yes"]).exits(1);
    assert_eq!(
        dir.results("team.results.csv").row(3).get("error"),
        SEVERAL,
        "{ended}"
    );
    assert_eq!(sandbox.record()[&11].writes, 0, "{ended}");
    let edited = dir
        .read("team.results.csv")
        .replace("+60121233111,2,", "id:57,2,");
    dir.write("team.results.csv", edited);
    let ended = run(&dir, &sandbox.url, &["apply", "team.results.csv", "--yes"]);
    assert_eq!(sandbox.record()[&11].writes, 0, "{ended}");
}

#[test]
fn a_look_for_the_rest_meets_the_contacts_that_were_done_under_another_kind_of_name() {
    let (dir, sandbox) = workspace("Contact,Owner\nid:57,3\n+60121233111,99\n", &[]);
    let args = ["apply", "team.csv", "--users", "users.csv", "--yes"];
    run(&dir, &sandbox.url, &args).exits(1);
    let mut results = dir.results("team.results.csv");
    assert_eq!(results.row(2).get("status"), "assigned");
    results.repair(3, "Owner", "2");
    for command in [&["plan"][..], &["apply", "--yes"]] {
        let args = [command, &["team.results.csv", "--live"]].concat();
        run(&dir, &sandbox.url, &args)
            .exits(1)
            .says("several contacts with this phone number");
    }
    let row = dir.results("team.results.csv").row(3).clone();
    assert_eq!([row.get("status"), row.get("error")], ["invalid", SEVERAL]);
    let record = sandbox.record();
    assert_eq!((record[&11].writes, record[&57].writes), (0, 1));
}

#[test]
fn what_was_written_before_the_second_contact_of_a_number_was_met_stays_written() {
    let (dir, sandbox) = workspace("Contact,Owner\n+60121233111,3\neve2@example.org,3\n", &[]);
    let args = ["apply", "team.csv", "--yes", "--concurrency", "1"];
    for _ in 0..2 {
        let ended = run(&dir, &sandbox.url, &args);
        let results = dir.results("team.results.csv");
        let first = results.row(2);
        assert_eq!(
            [first.get("status"), first.get("contact_id")],
            ["assigned", "11"],
            "{ended}"
        );
        assert_eq!(results.row(3).get("contact_id"), "57", "{ended}");
        let record = sandbox.record();
        assert_eq!((record[&11].writes, record[&57].writes), (1, 1), "{ended}");
    }
}

#[test]
fn a_number_that_answers_for_another_contact_than_a_list_showed_is_not_written() {
    let (dir, sandbox) = listed();
    plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0);
    assert_eq!(dir.results("plan.csv").row(2).get("contact_id"), "57");
    let ended = run(&dir, &sandbox.url, &["apply", "plan.csv", "--yes"]).exits(1);
    let row = dir.results("plan.csv").row(2).clone();
    assert_eq!(
        [row.get("status"), row.get("reason")],
        ["failed", "other-contact"],
        "{ended}"
    );
    assert_eq!(
        row.get("error"),
        "the workspace showed id:57 for `phone:+60121233111`, and now answers for id:11; write `id:57` or `id:11`"
    );
    assert_eq!(dir.results("plan.csv").count("assigned"), 10, "{ended}");
    let record = sandbox.record();
    assert_eq!((record[&11].writes, record[&57].writes), (0, 0), "{ended}");
    // What the sentence says works.
    dir.write(
        "plan.csv",
        dir.read("plan.csv")
            .replacen("\n'+60121233111,", "\nid:57,", 1),
    );
    let ended = run(&dir, &sandbox.url, &["apply", "plan.csv", "--yes"]).exits(0);
    let record = sandbox.record();
    assert_eq!((record[&11].writes, record[&57].writes), (0, 1), "{ended}");
}

#[test]
fn where_contacts_are_found_by_id_alone_the_id_that_a_list_showed_counts() {
    let (dir, sandbox) = listed();
    let server = Server::before(&sandbox, |asked: &Asked| {
        match asked.method == "GET" && asked.path.contains("/contact/phone") {
            true => Reply::error(404, "Contact not found"),
            false => Reply::PassedOn,
        }
    });
    let args = ["apply", "team.csv", "--live", "--yes"];
    let ended = run(&dir, &server.url, &args).exits(0);
    assert_eq!(
        dir.results("team.results.csv").count("assigned"),
        11,
        "{ended}"
    );
    assert_eq!(sandbox.record()[&57].writes, 1, "{ended}");
}
