//! What a live plan predicts comes true, whatever the sheet and the workspace are, but for what other hands have moved.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{plan, sandbox};
use crate::support::{Held, Sandbox, Workdir, http};

const EMAILS: [&str; 4] = [
    "ann@example.com",
    "bob@example.com",
    "cyd@example.com",
    "dan@example.com",
];

/// Who gets a contact, as a cell, and the email of whom that means; `None` if it means nobody who can get it.
const ASSIGNEES: [(&str, Option<&str>); 9] = [
    ("1", Some("ann@example.com")),
    ("Bob Ray", Some("bob@example.com")),
    ("cyd@example.com", Some("cyd@example.com")),
    ("3", Some("cyd@example.com")),
    ("Ray, Bob", Some("bob@example.com")),
    ("unassign", Some("")),
    ("dan@example.com", None), // pending
    ("99", None),
    ("", None),
];

/// A contact: whether it shares its phone number, and who has it (0: nobody).
type Contact = (bool, u64);
/// A row: which contact, how it is called, an entry of [`ASSIGNEES`], and what the row says of who has it (0: nothing).
type Row = (usize, u8, usize, u64);

fn email(user: u64) -> &'static str {
    match user {
        0 => "",
        user => EMAILS[user as usize - 1],
    }
}

fn number(contact: usize, shares: bool) -> String {
    let last = if shares { 0 } else { contact };
    format!("+60121233{last:03}")
}

fn contacts(all: &[Contact]) -> String {
    let mut text = String::from("id,phone,email,assignee\n");
    for (place, (shares, user)) in all.iter().enumerate() {
        let phone = number(place + 1, *shares);
        text += &format!(
            "{},{phone},c{place}@example.org,{}\n",
            place + 1,
            email(*user)
        );
    }
    text
}

fn sheet(all: &[Contact], rows: &[Row]) -> String {
    let mut text = String::from("Contact,Owner,Current owner\n");
    for (contact, how, assignee, current) in rows {
        let place = contact % (all.len() + 1);
        let name = match (all.get(place), how) {
            (None, _) => "id:777".to_owned(),
            (Some(_), 0) => format!("id:{}", place + 1),
            (Some(_), 1) => format!("C{place}@Example.org"),
            (Some((shares, _)), _) => number(place + 1, *shares),
        };
        let current = if *current == 0 {
            String::new()
        } else {
            current.to_string()
        };
        text += &format!("{name},\"{}\",{current}\n", ASSIGNEES[*assignee].0);
    }
    text
}

fn by_hand(sandbox: &Sandbox, contact: u64, user: u64) {
    let path = format!("/v1/contact/id:{contact}/conversation/assignee");
    let user = if user == 0 {
        "null".to_owned()
    } else {
        user.to_string()
    };
    let answer = http(
        sandbox.authority(),
        "POST",
        &path,
        &[],
        &format!(r#"{{"assignee":{user}}}"#),
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn of(user: &str) -> &str {
    match user {
        "unassign" => "",
        user => email(user.parse().expect("a user's ID")),
    }
}

/// What knows the names when the plan is applied.
#[derive(Clone, Copy, Debug)]
enum Names {
    /// Another look at the workspace.
    Workspace,
    /// A sheet of its users.
    Sheet,
}

fn check(
    all: &[Contact],
    rows: &[Row],
    hands: &[(usize, u64)],
    names: Names,
) -> Result<(), TestCaseError> {
    let dir = Workdir::with("team.csv", sheet(all, rows));
    dir.write("users.csv", super::USERS);
    dir.write("contacts.csv", contacts(all));
    let sandbox = sandbox(&dir, &[]);
    let ended = plan(&dir, &sandbox, &["--rate", "1000/s", "-o", "plan.csv"]);
    prop_assert!(ended.code() < 2, "{ended}");
    let planned = dir.results("plan.csv");
    prop_assert_eq!(planned.rows.len(), rows.len());
    // What the plan says that everything will be like.
    let before = sandbox.record();
    let mut predicted: BTreeMap<u64, String> = before
        .iter()
        .map(|(id, held)| (*id, held.assignee.clone()))
        .collect();
    for row in planned
        .rows
        .iter()
        .filter(|row| row.get("status") == "planned")
    {
        let id: u64 = row.get("contact_id").parse().expect("a contact's ID");
        prop_assert_eq!(of(row.get("expected")), before[&id].assignee.as_str());
        let assignee = of(row.get("assignee")).to_owned();
        prop_assert_eq!(
            predicted.insert(id, assignee),
            Some(before[&id].assignee.clone())
        );
    }
    for (contact, user) in hands {
        by_hand(&sandbox, (contact % all.len()) as u64 + 1, *user);
    }
    let handled = sandbox.record();
    let listed = super::USERS.lines().filter(|line| !line.ends_with("yes"));
    dir.write("staff.csv", listed.collect::<Vec<_>>().join("\n"));
    let names: &[&str] = match names {
        Names::Workspace => &["--live"],
        Names::Sheet => &["--users", "staff.csv"],
    };
    let more = [names, &["--rate", "1000/s", "--max-unassign", "100%"]].concat();
    let ended = dir.apply("plan.csv", &sandbox, &more);
    prop_assert!(ended.code() < 2, "{ended}");
    let after = sandbox.record();
    let results = dir.results("plan.csv");
    let mut settled: BTreeMap<u64, &str> = BTreeMap::new();
    for (was, is) in planned.rows.iter().zip(&results.rows) {
        let status = is.get("status");
        // A look that reads contacts one by one cannot see that two share a phone number; the next one may list all.
        if status == "invalid" && is.get("error").contains(" contacts with ") {
            continue;
        }
        if was.get("status") != "planned" {
            // Only a contact that other hands have moved may have become another story.
            prop_assert_eq!(
                was.get("status") == "invalid",
                status == "invalid",
                "{:?}\n{:?}",
                was,
                is
            );
            continue;
        }
        let id: u64 = was.get("contact_id").parse().expect("a contact's ID");
        let now: &Held = &after[&id];
        let is_so = now.assignee == predicted[&id];
        let written = now.writes - handled[&id].writes;
        let is_true = match status {
            "assigned" | "unassigned" => is_so && written == 1,
            "unchanged" => is_so && written == 0,
            "drifted" => !is_so && written == 0,
            _ => false,
        };
        prop_assert!(is_true, "{was:?}\n{is:?}\n{now:?}\n{ended}");
        prop_assert_eq!(settled.insert(id, status), None);
    }
    for (id, now) in &after {
        let expected = match settled.get(id) {
            Some(&"drifted") | None => &handled[id].assignee,
            Some(_) => &predicted[id],
        };
        prop_assert_eq!(&now.assignee, expected, "id:{}", id);
        if !settled.contains_key(id) {
            prop_assert_eq!(
                now.writes,
                handled[id].writes,
                "id:{} is left to others",
                id
            );
        }
    }
    Ok(())
}

proptest! {
    // Each case starts three processes.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(16) })]
    #[test]
    fn the_prediction_of_a_live_plan_comes_true_but_for_what_drifted(
        all in proptest::collection::vec((proptest::bool::weighted(0.2), 0_u64..5), 1..25),
        rows in proptest::collection::vec(
            (0_usize..40, 0_u8..3, 0..ASSIGNEES.len(), prop_oneof![4 => Just(0_u64), 1 => 1_u64..4]),
            1..30,
        ),
        hands in proptest::collection::vec((0_usize..25, 0_u64..4), 0..6),
        names in prop_oneof![Just(Names::Workspace), Just(Names::Sheet)],
    ) {
        check(&all, &rows, &hands, names)?;
    }
}
