//! Rebalancing: a month's load, a roster, and what comes of them.

mod columns;
mod handover;
mod order;
mod page;
mod refusals;
mod samples;
mod trip;

use std::collections::BTreeMap;

use crate::support::{Ended, Workdir};

const LOAD: &str = "load.csv";
const ROSTER: &str = "roster.csv";
const MOVES: &str = "moves.csv";

/// A folder with a load and a roster.
fn month(load: &str, roster: &str) -> Workdir {
    let dir = Workdir::with(LOAD, load);
    dir.write(ROSTER, roster);
    dir
}

/// `reassign rebalance load.csv --roster roster.csv -o moves.csv` with more arguments.
fn rebalance(dir: &Workdir, more: &[&str]) -> Ended {
    dir.run([&["rebalance", LOAD, "--roster", ROSTER, "-o", MOVES], more].concat())
}

/// A load of contacts `id:1`, `id:2` and so on, so many of each holder in turn.
fn load(held: &[(&str, usize)]) -> String {
    let mut text = "contact,owner\n".to_owned();
    let holders = held
        .iter()
        .flat_map(|(who, count)| std::iter::repeat_n(who, *count));
    for (id, who) in (1..).zip(holders) {
        text.push_str(&format!("id:{id},{who}\n"));
    }
    text
}

/// The rows of a sheet of moves, by column.
fn moves(dir: &Workdir) -> Vec<BTreeMap<String, String>> {
    let text = dir.read(MOVES);
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().expect("a header").clone();
    let ours: Vec<&str> = header.iter().take(4).collect();
    assert_eq!(ours, ["contact", "from", "to", "reason"]);
    reader
        .records()
        .map(|row| {
            let row = row.expect("a row");
            let cells = header.iter().zip(&row);
            cells
                .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
                .collect()
        })
        .collect()
}

/// How many contacts move from whom to whom.
fn ways(dir: &Workdir) -> BTreeMap<(String, String), usize> {
    let mut ways = BTreeMap::new();
    for made in moves(dir) {
        *ways
            .entry((made["from"].clone(), made["to"].clone()))
            .or_default() += 1;
    }
    ways
}

fn way(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

#[test]
fn the_fewest_contacts_move_to_everybodys_fair_share() {
    let dir = month(
        &load(&[("1", 6), ("2", 2), ("3", 4)]),
        "user,capacity\n1,1\n2,1\n3,0.5\n",
    );
    let ended = rebalance(&dir, &["--tolerance", "0"]).exits(0);
    assert_eq!(
        ways(&dir),
        BTreeMap::from([(way("1", "2"), 1), (way("3", "2"), 2)])
    );
    assert_eq!(moves(&dir)[0]["contact"], "id:1");
    assert_eq!(
        moves(&dir)[0]["reason"],
        "user 1 has 6, fair is 4.8; user 2 has 2, fair is 4.8"
    );
    ended
        .says("3 moves to bring everybody as near to fair as whole contacts allow; the least possible is 3")
        .says("  user 1       6      5   4.8     -1")
        .says("Largest difference from fair: 2.8 before, 0.4 after")
        .says("plan moves.csv");
}

#[test]
fn the_screen_says_why_contacts_move_and_counts_whoever_leaves() {
    let dir = month(
        "contact,owner,team\nid:1,1,North\nid:2,1,North\nid:3,1,North\nid:4,1,North\nid:5,2,South\nid:6,,North\n",
        "user,capacity,teams\n1,0,North\n2,1,North\n3,1,North;South\n",
    );
    let ended = rebalance(&dir, &["--tolerance", "0"]).exits(0);
    ended
        .says("Why contacts move:")
        .says("     1  they have no owner")
        .says("     4  their owner gives everything away")
        .says("     1  their owner does not serve their group")
        .says("Fair: the user's share of the load by capacity, as far as groups and maxima allow.")
        .says("Largest difference from fair: 4 before, 0 after.");
}

#[test]
fn within_the_tolerance_nothing_moves() {
    let dir = month(&load(&[("1", 103), ("2", 97)]), "user,capacity\n1,1\n2,1\n");
    rebalance(&dir, &[]).exits(0).says("Nothing to move");
    assert_eq!(moves(&dir), []);
    rebalance(&dir, &["--tolerance", "2"]).exits(0);
    assert_eq!(ways(&dir), BTreeMap::from([(way("1", "2"), 1)]));
}

#[test]
fn without_a_file_the_moves_are_shown_and_nothing_is_written() {
    let dir = month(&load(&[("1", 4)]), "user,capacity\n1,1\n2,1\n");
    dir.run(["rebalance", LOAD, "--roster", ROSTER])
        .exits(0)
        .says("2 moves")
        .says("add `-o FILE`");
    assert_eq!(dir.files(), [LOAD, ROSTER]);
}

#[test]
fn what_is_pinned_closed_or_of_no_group_stays() {
    let dir = month(
        "contact,owner,team,pinned,status\n\
         id:1,1,North,yes,open\n\
         id:2,1,North,,open\n\
         id:3,1,North,,Closed\n\
         id:4,1,North,no,pending\n\
         id:5,1,,,open\n\
         id:6,1,South,,open\n",
        "user,capacity,teams\n1,1,North\n2,1,north;SOUTH\n",
    );
    rebalance(&dir, &["--tolerance", "0"])
        .exits(0)
        .says("4 `open`, 1 `Closed` (not moved), 1 `pending`")
        .says("1  pinned")
        .says("1  of no group");
    let to: Vec<String> = moves(&dir)
        .iter()
        .map(|made| made["contact"].clone())
        .collect();
    assert_eq!(to, ["id:2", "id:6"]);
    assert_eq!(
        moves(&dir)[1]["reason"],
        "user 1 does not serve `South`; user 2 has 0, fair is 2.5"
    );
    rebalance(&dir, &["--tolerance", "0", "--include-closed"]).exits(0);
    assert_eq!(moves(&dir).len(), 3);
}

#[test]
fn the_idlest_contacts_go_first_whatever_the_order_of_the_rows() {
    let rows = [
        "id:1,1,2024-03-01",
        "id:2,1,2024-01-01 10:00",
        "id:3,1,",
        "id:4,1,01.02.2024",
    ];
    for turned in [rows, [rows[3], rows[0], rows[2], rows[1]]] {
        let text = format!("contact,owner,last activity\n{}\n", turned.join("\n"));
        let dir = month(&text, "user,capacity\n1,1\n2,1\n");
        rebalance(&dir, &[]).exits(0);
        let mut moved: Vec<String> = moves(&dir)
            .iter()
            .map(|made| made["contact"].clone())
            .collect();
        moved.sort();
        assert_eq!(moved, ["id:2", "id:4"]);
    }
}

#[test]
fn the_sample_in_any_order_gives_the_same_moves_and_they_follow_the_sheet() {
    let rows = samples::sheet();
    let (header, rows) = rows.split_first().expect("a header");
    let roster = std::fs::read_to_string(samples::sample("roster.csv")).expect("the roster");
    let (roster_header, people) = roster.split_once('\n').expect("a header");
    // An order that has nothing to do with what the rows say.
    let mixed = |text: &str, salt: u64| {
        let mix = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        text.bytes().fold(salt, mix)
    };
    let made = |order: &dyn Fn(&Vec<String>) -> (String, u64), salt: u64| {
        let mut rows = rows.to_vec();
        rows.sort_by_key(order);
        let lines = std::iter::once(header).chain(&rows);
        let lines: Vec<String> = lines.map(|row| row.join(",")).collect();
        let mut people: Vec<&str> = people.lines().collect();
        people.sort_by_key(|line| mixed(line, salt));
        let dir = month(
            &lines.join("\n"),
            &[&[roster_header], people.as_slice()].concat().join("\n"),
        );
        rebalance(&dir, &[]).exits(0);
        let moves = moves(&dir);
        let place = |id: &str| rows.iter().position(|row| format!("id:{}", row[0]) == id);
        assert!(
            moves.is_sorted_by_key(|made| place(&made["contact"])),
            "{moves:?}"
        );
        let ways = moves
            .into_iter()
            .map(|made| (made["contact"].clone(), made["to"].clone()));
        ways.collect::<BTreeMap<_, _>>()
    };
    let as_shipped = made(&|_| (String::new(), 0), 1);
    assert_eq!(as_shipped.len(), 149);
    let by_team = made(&|row| (row[2].clone(), 0), 2);
    let by_owner = made(&|row| (row[samples::OWNER].clone(), 0), 3);
    assert_eq!(as_shipped, by_team);
    assert_eq!(as_shipped, by_owner);
    for salt in 4..7 {
        assert_eq!(
            as_shipped,
            made(&|row| (String::new(), mixed(&row[0], salt)), salt)
        );
    }
}

#[test]
fn a_maximum_that_no_load_comes_to_is_said_to_mean_less() {
    let dir = month(
        "contact,owner,weight\nid:1,1,10\nid:2,1,10\nid:3,1,10\nid:4,1,10\n",
        "user,capacity,maximum\n1,1,\n2,1,15\n",
    );
    rebalance(&dir, &["--tolerance", "0"])
        .exits(0)
        .says("every weight is a multiple of 10, so that the maximum of user 2, 15, means 10");
    assert_eq!(ways(&dir), BTreeMap::from([(way("1", "2"), 1)]));
}

#[test]
fn rows_about_one_contact_that_do_not_agree_are_asked_about() {
    let dir = month(
        "contact,owner,weight\nid:1,1,10\nid:2,1,10\nid:1,1,20\n",
        "user,capacity\n1,1\n2,1\n",
    );
    rebalance(&dir, &[]).exits(2).says(
        "rows 2, 4: id:1 has different weights there; `--on-conflict first` or `last` decides",
    );
    rebalance(&dir, &["--on-conflict", "last"]).exits(0);
    assert_eq!(moves(&dir)[0]["contact"], "id:2");
}

#[test]
fn only_idle_contacts_move_where_that_is_asked_for() {
    let dir = month(
        "contact,owner,last activity\nid:1,1,2020-01-01\nid:2,1,2999-01-01\nid:3,1,\nid:4,1,2020-01-02\n",
        "user,capacity\n1,0\n2,1\n",
    );
    rebalance(&dir, &["--idle-days", "90"])
        .exits(0)
        .says("1  active too recently")
        .says("1  last activity not known");
    assert_eq!(moves(&dir).len(), 2);
}

#[test]
fn weights_count_instead_of_contacts() {
    let dir = month(
        "contact,owner,open conversations\nid:1,1,10\nid:2,1,4\nid:3,1,3\nid:4,1,\nid:5,1,\"1,5\"\n",
        "user,capacity\n1,1\n2,1\n",
    );
    rebalance(&dir, &["--tolerance", "0"])
        .exits(0)
        .says("1 row has no weight and count")
        .says("  user 1    19.5    9.5")
        .says("1 move to bring everybody as near to fair as whole contacts allow; the least possible is 1");
    rebalance(&dir, &["--tolerance", "0", "--max-moves", "0"])
        .exits(0)
        .says("0 moves, as `--max-moves` says");
    rebalance(&dir, &["--tolerance", "0", "--weight", "none"])
        .exits(0)
        .says("2 moves to bring everybody as near to fair as whole contacts allow; the least possible is 2");
}

#[test]
fn with_few_moves_the_best_are_made() {
    let dir = month(
        &load(&[("1", 20), ("2", 12), ("3", 4), ("4", 4)]),
        "user,capacity\n1,1\n2,1\n3,1\n4,1\n",
    );
    rebalance(&dir, &["--tolerance", "0", "--max-moves", "5"])
        .exits(0)
        .says("5 moves, as `--max-moves` says; 12 would bring everybody exactly fair");
    let given: usize = ways(&dir)
        .iter()
        .filter(|((from, _), _)| from == "1")
        .map(|(_, count)| count)
        .sum();
    assert_eq!(given, 5);
}

#[test]
fn users_are_named_as_the_roster_or_a_list_of_users_knows_them() {
    let dir = month(
        &load(&[("Ann Lee", 3), ("bob@example.com", 1)]),
        "id,email,name,capacity\n11,ann@example.com,Ann Lee,1\n12,bob@example.com,Bob Ray,1\n",
    );
    rebalance(&dir, &["--tolerance", "0"])
        .exits(0)
        .says("Ann Lee <ann@example.com>");
    assert_eq!(ways(&dir), BTreeMap::from([(way("11", "12"), 1)]));
    dir.write(ROSTER, "agent,capacity\nAnn Lee,1\n\"Ray, Bob\",1\n");
    rebalance(&dir, &["--tolerance", "0"])
        .is_refused(2)
        .says("`Ann Lee`");
    dir.write(
        "users.csv",
        "id,email,name\n11,ann@example.com,Ann Lee\n12,bob@example.com,Bob Ray\n",
    );
    rebalance(&dir, &["--tolerance", "0", "--users", "users.csv"]).exits(0);
    assert_eq!(ways(&dir), BTreeMap::from([(way("11", "12"), 1)]));
}

#[test]
fn a_contact_whose_row_cannot_be_read_counts_and_stays() {
    let dir = month(
        "phone,owner\n+60123456789,1\n+60123456780,1\nnot known,1\nnot known either,1\n",
        "user,capacity\n1,0\n2,1\n",
    );
    rebalance(&dir, &[])
        .exits(0)
        .says("2  the contact cannot be read")
        .says("rows 4, 5: ");
    assert_eq!(moves(&dir).len(), 2);
}

#[test]
fn a_sheet_that_says_twice_who_has_a_contact_is_asked_about() {
    let dir = month(
        "contact,owner\nid:1,1\nid:2,1\nid:1,2\nid:2,1\n",
        "user,capacity\n1,1\n2,1\n",
    );
    rebalance(&dir, &[])
        .is_refused(2)
        .says("`load.csv`, rows 2, 4: id:1 is with different users there")
        .says("--on-conflict last");
    rebalance(&dir, &["--on-conflict", "last"])
        .exits(0)
        .says("2 rows are about a contact that another row counts: rows 2, 5")
        .says("Nothing to move");
}
