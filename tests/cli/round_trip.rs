//! Five thousand contacts there and back: every one is with whom it was before, but for the one that somebody moved.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::guards::by_hand;
use crate::support::{Held, Sandbox, Workdir};
use crate::undo::as_printed;

const CONTACTS: u64 = 5_000;
const GRACE: &str = "grace.tan@example.com";
/// Who has the contacts, and who gets them.
const USERS: [&str; 3] = [
    "aisha.rahman@example.com",
    "ben.carter@example.com",
    "chloe.dubois@example.com",
];

fn assignees(record: BTreeMap<u64, Held>) -> BTreeMap<u64, String> {
    let held = record.into_iter();
    held.map(|(id, held)| (id, held.assignee)).collect()
}

#[test]
fn five_thousand_contacts_go_there_and_back_but_for_one_that_was_moved_by_hand() {
    let (mut contacts, mut sheet) = (
        "id,email,assignee\n".to_owned(),
        "contact,assignee\n".to_owned(),
    );
    for id in 1..=CONTACTS {
        let place = (id % 4) as usize;
        // Every fourth is with nobody.
        let before = USERS.get(place).copied().unwrap_or_default();
        let after = USERS[(place + 1) % USERS.len()];
        writeln!(contacts, "{id},c{id}@example.com,{before}").unwrap();
        writeln!(sheet, "c{id}@example.com,{after}").unwrap();
    }
    let dir = Workdir::with("workspace.csv", contacts);
    dir.write("team.csv", sheet);
    let workspace = dir.path("workspace.csv");
    let sandbox = Sandbox::with(["--contacts", workspace.to_str().unwrap()]);
    let before = assignees(sandbox.record());

    dir.plan_live("team.csv", &sandbox).exits(0);
    let options = ["--rate", "1000/s", "--concurrency", "32", "--check", "all"];
    let ended = dir.apply("plan.csv", &sandbox, &options).exits(0);
    let ended = ended.says(
        "Check: 5,000 of 5,000 changes were looked up in the workspace; all 5,000 are correct.",
    );
    let results = dir.results("plan.csv");
    assert_eq!(results.count("assigned") as u64, CONTACTS, "{ended}");
    let changed = assignees(sandbox.record());
    let same = changed.iter().filter(|(id, who)| before[id] == **who);
    assert_eq!(same.count(), 0, "{ended}");

    by_hand(&sandbox, 1234, GRACE);
    let undone = dir.run(["undo", "plan.csv"]).exits(0);
    let undone = undone
        .says("5,000  to give back to their previous owners")
        .says("1,250 of these had no owner before and will have none again");
    let ended = as_printed(&dir, &undone, "To give them back:").exits(1);
    let ended = ended.says("1  to decide  (1 moved since the plan)");
    let results = dir.results("plan.undo.results.csv");
    let drifted: Vec<_> = results
        .rows
        .iter()
        .filter(|row| row.get("status") == "drifted")
        .map(|row| (row.get("contact"), row.get("error").contains(GRACE)))
        .collect();
    assert_eq!(drifted, [("id:1234", true)], "{ended}");
    let given_back = results.count("assigned") + results.count("unassigned");
    assert_eq!(given_back as u64, CONTACTS - 1, "{ended}");
    let after = assignees(sandbox.record());
    let differ: Vec<_> = after
        .iter()
        .filter(|(id, who)| before[id] != **who)
        .collect();
    assert_eq!(differ, [(&1234, &GRACE.to_owned())], "{ended}");
}
