//! What a run tells is what it has done: random sheets that name contacts in several ways and disagree.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::sandbox;
use crate::support::{Held, Results, Sandbox, TOKEN, Workdir};

const USERS: [&str; 4] = ["", "ann@example.com", "bob@example.com", "cyd@example.com"];
const RESULTS: &str = "team.results.csv";

/// A row: which contact, how it is called, and who gets it (0: nobody).
type Row = (usize, u8, usize);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Policy {
    Error,
    First,
    Last,
}

/// How the sheet is applied.
#[derive(Clone, Copy, Debug)]
enum Way {
    Straight,
    OneAtATime,
    SavedPlan,
    LivePlan,
}

fn name(contact: usize, how: u8) -> String {
    match how {
        0 => format!("id:{}", contact + 1),
        1 => format!("C{contact}@Example.org"),
        _ => format!("+60121233{:03}", contact + 1),
    }
}

fn sheet(rows: &[Row]) -> String {
    let mut text = String::from("Contact,Owner\n");
    for (contact, how, user) in rows {
        let user = match user {
            0 => "unassign".to_owned(),
            user => user.to_string(),
        };
        text += &format!("{},{user}\n", name(*contact, *how));
    }
    text
}

type Owners = BTreeMap<u64, String>;

fn owners(sandbox: &Sandbox) -> Owners {
    let record = sandbox.record().into_iter();
    record.map(|(id, held)| (id, held.assignee)).collect()
}

fn is_open(status: &str) -> bool {
    ![
        "assigned",
        "unassigned",
        "unchanged",
        "duplicate",
        "skipped",
    ]
    .contains(&status)
}

fn check(all: &[usize], rows: &[Row], policy: Policy, way: Way) -> Result<(), TestCaseError> {
    let rows: Vec<Row> = rows
        .iter()
        .map(|(contact, how, user)| (contact % all.len(), *how, *user))
        .collect();
    let dir = Workdir::with("team.csv", sheet(&rows));
    dir.write("users.csv", super::USERS);
    let mut contacts = String::from("id,phone,email,assignee\n");
    for (place, user) in all.iter().enumerate() {
        let (phone, owner) = (name(place, 2), USERS[*user]);
        contacts += &format!("{},{phone},c{place}@example.org,{owner}\n", place + 1);
    }
    dir.write("contacts.csv", contacts);
    let sandbox = sandbox(&dir, &[]);
    let before = owners(&sandbox);
    let policy_args: &[&str] = match policy {
        Policy::Error => &[],
        Policy::First => &["--on-conflict", "first"],
        Policy::Last => &["--on-conflict", "last"],
    };
    let pace: &[&str] = &["--rate", "1000/s", "--max-unassign", "100%"];
    let (results, ended) = match way {
        Way::Straight | Way::OneAtATime => {
            let one: &[&str] = match way {
                Way::OneAtATime => &["--concurrency", "1"],
                _ => &[],
            };
            let more = [policy_args, pace, one].concat();
            (RESULTS, dir.apply("team.csv", &sandbox, &more))
        }
        Way::SavedPlan | Way::LivePlan => {
            let live: &[&str] = match way {
                Way::LivePlan => &["--live", "--rate", "1000/s"],
                _ => &[],
            };
            let args = [&["plan", "team.csv", "-o", "plan.csv"], policy_args, live].concat();
            let mut command = dir.command(args);
            command
                .args(["--base-url", &sandbox.url])
                .env("REASSIGN_TOKEN", TOKEN);
            let planned = crate::support::Ended::of(&mut command);
            prop_assert!(planned.code() < 2, "{planned}");
            if !dir
                .results("plan.csv")
                .rows
                .iter()
                .any(|row| row.get("status") == "planned")
            {
                return Ok(());
            }
            ("plan.csv", dir.apply("plan.csv", &sandbox, pace))
        }
    };
    let told = dir.results(results);
    let after = sandbox.record();
    tells_what_was_done(&rows, &told, &after, &ended.to_string())?;
    let open = told.rows.iter().any(|row| is_open(row.get("status")));
    prop_assert_eq!(ended.code(), i32::from(open), "{}", ended);
    for id in (1..).take(all.len()) {
        let about = rows
            .iter()
            .filter(|(contact, ..)| *contact as u64 + 1 == id);
        let wanted: Vec<&str> = about.map(|(_, _, user)| USERS[*user]).collect();
        let now = after[&id].assignee.as_str();
        let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else {
            prop_assert_eq!(after[&id].writes, 0, "id:{} is in no row", id);
            continue;
        };
        match policy {
            _ if wanted.iter().all(|user| user == first) => prop_assert_eq!(now, *first),
            Policy::First => prop_assert_eq!(now, *first, "id:{} {}", id, ended),
            Policy::Last => prop_assert_eq!(now, *last, "id:{} {}", id, ended),
            Policy::Error => prop_assert!(now == before[&id] || wanted.contains(&now)),
        }
    }
    // A second run has nothing to add.
    let again = dir.apply(results, &sandbox, pace);
    let writes =
        |record: &BTreeMap<u64, Held>| record.values().map(|held| held.writes).sum::<u32>();
    prop_assert_eq!(writes(&sandbox.record()), writes(&after), "{}", again);
    // The way back leads to where everything was.
    let undone = dir.run(["undo", results, "-o", "back.csv"]);
    prop_assert_eq!(undone.code(), 0, "{}", undone);
    dir.apply("back.csv", &sandbox, pace);
    prop_assert_eq!(owners(&sandbox), before);
    Ok(())
}

/// Each row that is told as written was written, no other was, and who has each contact is who its last writer gave it to.
fn tells_what_was_done(
    rows: &[Row],
    told: &Results,
    after: &BTreeMap<u64, Held>,
    ended: &str,
) -> Result<(), TestCaseError> {
    let mut written: BTreeMap<u64, u32> = BTreeMap::new();
    for ((contact, _, user), row) in rows.iter().zip(&told.rows) {
        let id = *contact as u64 + 1;
        let status = row.get("status");
        match status {
            "assigned" | "unassigned" => {
                *written.entry(id).or_default() += 1;
                prop_assert_eq!(status == "unassigned", *user == 0);
                if row.get("reason") != "replaced" {
                    prop_assert_eq!(&after[&id].assignee, USERS[*user], "{:?}\n{}", row, ended);
                }
            }
            "unchanged" if row.get("reason") == "replaced" => {}
            "unchanged" => {
                prop_assert_eq!(&after[&id].assignee, USERS[*user], "{:?}\n{}", row, ended);
            }
            "duplicate" | "skipped" | "conflict" | "not_attempted" => {}
            other => prop_assert!(false, "{other}: {row:?}\n{ended}"),
        }
    }
    for (id, held) in after {
        prop_assert_eq!(
            held.writes,
            written.get(id).copied().unwrap_or(0),
            "id:{} {}",
            id,
            ended
        );
    }
    let count = |status: &str| {
        told.rows
            .iter()
            .filter(|row| row.get("status") == status)
            .count()
    };
    for status in ["assigned", "unassigned"] {
        let count = count(status);
        if count > 0 {
            prop_assert!(
                ended.contains(&format!("{count} {status}")),
                "{count} {status}\n{ended}"
            );
        }
    }
    Ok(())
}

/// So many random cases, or as many as `EFFECT_CASES` says.
fn cases() -> ProptestConfig {
    let asked = std::env::var("EFFECT_CASES").ok();
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 40,
        ..ProptestConfig::with_cases(asked.and_then(|cases| cases.parse().ok()).unwrap_or(24))
    }
}

proptest! {
    #![proptest_config(cases())]
    #[test]
    fn what_a_run_tells_is_what_it_has_done_and_undo_takes_it_back(
        all in proptest::collection::vec(0..USERS.len(), 1..8),
        rows in proptest::collection::vec((0_usize..8, 0_u8..3, 0..USERS.len()), 1..16),
        policy in prop_oneof![Just(Policy::Error), Just(Policy::First), Just(Policy::Last)],
        way in prop_oneof![
            Just(Way::Straight), Just(Way::OneAtATime), Just(Way::SavedPlan), Just(Way::LivePlan)
        ],
    ) {
        check(&all, &rows, policy, way)?;
    }
}
