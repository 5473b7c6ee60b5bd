//! Contacts of a sandbox that are to go to someone else, and what must be true of them afterwards.

use std::collections::BTreeMap;

use crate::support::{Held, Results, Sandbox, Workdir};

const ANN: &str = "aisha.rahman@example.com";
const BEN: &str = "ben.carter@example.com";

/// The first contacts of a workspace, each of which goes to somebody who does not have it.
pub(crate) struct Moves {
    before: BTreeMap<u64, Held>,
}

/// A sandbox, a sheet that moves its first contacts, and a folder with that.
pub(crate) fn moving(sheet: &str, count: usize) -> (Sandbox, Moves, Workdir) {
    let sandbox = Sandbox::start();
    let moves = Moves::of(&sandbox, count);
    let dir = Workdir::with(sheet, moves.sheet());
    (sandbox, moves, dir)
}

impl Moves {
    pub(crate) fn of(sandbox: &Sandbox, count: usize) -> Moves {
        let before: BTreeMap<_, _> = sandbox.record().into_iter().take(count).collect();
        assert_eq!(before.len(), count, "contacts in the sandbox");
        Moves { before }
    }

    /// As a sheet; the first contact stands in row 2.
    pub(crate) fn sheet(&self) -> String {
        let rows = self
            .before
            .iter()
            .map(|(id, held)| format!("id:{id},{}\n", to(held)));
        format!("contact,assignee\n{}", rows.collect::<String>())
    }

    /// Expects every contact once, each status to agree with what the sandbox did, and nothing to be written twice.
    #[track_caller]
    pub(crate) fn agree(&self, results: &Results, sandbox: &Sandbox) {
        assert_eq!(results.rows.len(), self.before.len(), "rows in the results");
        let record = sandbox.record();
        for (row, (id, before)) in (2..).zip(&self.before) {
            let told = results.row(row);
            let now = &record[id];
            assert_eq!(told.get("contact"), format!("id:{id}"));
            let previous = match before.assignee.as_str() {
                "" => "unassign",
                email => email,
            };
            assert!(now.writes <= 1, "written {} times: {told:?}", now.writes);
            let sent = told.get("attempts") != "0";
            match told.get("status") {
                "assigned" => {
                    assert_eq!(
                        (now.writes, now.assignee.as_str()),
                        (1, to(before)),
                        "{told:?}"
                    );
                    assert!(sent, "{told:?}");
                    assert_same_user(told.get("previous"), previous);
                }
                "unknown" => assert_same_user(told.get("previous"), previous),
                "not_attempted" => assert_eq!(now, before, "{told:?}"),
                _ => panic!("an unexpected status: {told:?}"),
            }
        }
    }

    /// Expects every contact to have gone where it should, by one write.
    #[track_caller]
    pub(crate) fn are_made(&self, results: &Results, sandbox: &Sandbox) {
        self.agree(results, sandbox);
        assert_eq!(results.count("assigned"), self.before.len());
    }
}

/// Who gets a contact.
fn to(held: &Held) -> &'static str {
    if held.assignee == ANN { BEN } else { ANN }
}

/// A user is told by email, or by the sample workspace's ID.
#[track_caller]
fn assert_same_user(told: &str, expected: &str) {
    let users = include_str!("../../samples/workspace/users.csv");
    let by_id = users
        .lines()
        .find_map(|line| line.strip_prefix(told)?.split(',').nth(3));
    assert!(
        told == expected || (!told.is_empty() && by_id == Some(expected)),
        "previous is {told:?} instead of {expected:?}"
    );
}
