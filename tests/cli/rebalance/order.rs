//! The order of rows and of the roster decides nothing, whatever they hold.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{month, moves, rebalance};
use crate::support::Ended;

/// Who has a contact (0: nobody), its team, and its weight.
type Row = (usize, usize, u64);
/// Capacity in quarters, maximum (0: none), and teams.
type Person = (u64, u64, usize);

const TEAMS: [&str; 3] = ["East", "West", "East;West"];

fn lines(rows: &[Row], people: &[Person]) -> (Vec<String>, Vec<String>) {
    let row = |(id, (owner, team, weight)): (usize, &Row)| {
        let owner = match owner % (people.len() + 1) {
            0 => String::new(),
            owner => owner.to_string(),
        };
        format!("id:{},{owner},{},{weight}", id + 1, TEAMS[*team])
    };
    let person = |(id, (quarters, maximum, teams)): (usize, &Person)| {
        let maximum = match maximum {
            0 => String::new(),
            maximum => maximum.to_string(),
        };
        let capacity = *quarters as f64 / 4.0;
        format!("{},{capacity},{maximum},{}", id + 1, TEAMS[*teams])
    };
    // Each team has somebody.
    let both = [(4, 0, 2)];
    (
        rows.iter().enumerate().map(row).collect(),
        people.iter().chain(&both).enumerate().map(person).collect(),
    )
}

/// What is said at the end, and which contact goes to whom.
fn made(rows: &[String], people: &[String], more: &[&str]) -> (Ended, BTreeMap<String, String>) {
    let load = ["contact,owner,team,weight".to_owned(), rows.join("\n")].join("\n");
    let roster = ["user,capacity,maximum,teams".to_owned(), people.join("\n")].join("\n");
    let dir = month(&load, &roster);
    let ended = rebalance(&dir, &[more, &["--empty-groups"]].concat());
    let made = match dir.path(super::MOVES).exists() {
        true => moves(&dir),
        false => Vec::new(),
    };
    let ways = made.into_iter();
    let ways = ways.map(|made| (made["contact"].clone(), made["to"].clone()));
    (ended, ways.collect())
}

fn cases() -> u32 {
    let asked = std::env::var("ORDER_CASES").ok();
    asked.map_or(12, |asked| {
        asked.parse().expect("`ORDER_CASES` is a number")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]
    #[test]
    fn rows_and_roster_in_any_order_give_the_same_moves(
        (rows, other_rows) in proptest::collection::vec((0_usize..9, 0_usize..2, 1_u64..12), 1..40)
            .prop_flat_map(|rows| (Just(rows.clone()), Just((0..rows.len()).collect::<Vec<_>>()).prop_shuffle())),
        (people, other_people) in proptest::collection::vec((0_u64..5, 0_u64..40, 0_usize..3), 1..6)
            .prop_flat_map(|people| (Just(people.clone()), Just((0..=people.len()).collect::<Vec<_>>()).prop_shuffle())),
        most in prop_oneof![Just(None), (1_usize..12).prop_map(Some)],
        is_weighted: bool,
    ) {
        let (rows, people) = lines(&rows, &people);
        let most = most.map(|most| most.to_string());
        let mut more = vec!["--tolerance", "0"];
        if let Some(most) = &most {
            more.extend(["--max-moves", most]);
        }
        if !is_weighted {
            more.extend(["--weight", "none"]);
        }
        let mixed = |lines: &[String], order: &[usize]| -> Vec<String> {
            order.iter().map(|place| lines[*place].clone()).collect()
        };
        let (ended, one) = made(&rows, &people, &more);
        let (other_ended, other) = made(&mixed(&rows, &other_rows), &mixed(&people, &other_people), &more);
        prop_assert_eq!(ended.code(), other_ended.code(), "{}\n{}", ended, other_ended);
        prop_assert!(ended.code() == 0, "{}", ended);
        prop_assert_eq!(one, other, "{}\n{}", ended, other_ended);
    }
}
