//! What holds whatever columns a sheet has.

use proptest::prelude::*;

use super::*;

/// Columns that sheets of this kind have, with their cells.
const COLUMNS: [(&str, [&str; 3]); 26] = [
    ("Email", ["c1@x.org", "c2@x.org", "c3@x.org"]),
    ("Phone", ["+60123456701", "+60123456702", "+60123456703"]),
    ("Contact ID", ["12", "13", "14"]),
    ("Record ID", ["0035g0001", "0035g0002", "0035g0003"]),
    ("Contact", ["c1@x.org", "c2@x.org", "c3@x.org"]),
    ("Owner", ["101", "102", "101"]),
    ("Owner email", ["ann@y.org", "bo@y.org", "ann@y.org"]),
    ("Owner name", ["Ann Lee", "Bo Ek", "Ann Lee"]),
    ("Contact owner", ["ann@y.org", "bo@y.org", "ann@y.org"]),
    ("Account manager", ["bo@y.org", "bo@y.org", "ann@y.org"]),
    ("New owner", ["102", "", "103"]),
    ("Reassign to", ["cy@y.org", "ann@y.org", ""]),
    ("Backup owner", ["bo@y.org", "ann@y.org", "bo@y.org"]),
    ("Owner Nov", ["bo@y.org", "cy@y.org", "bo@y.org"]),
    ("From", ["101", "102", "101"]),
    ("To", ["103", "103", "101"]),
    ("Created by", ["ann@y.org", "bo@y.org", "ann@y.org"]),
    ("Manager", ["Cy Po", "Cy Po", "Cy Po"]),
    ("Name", ["Di", "Ed", "Flo"]),
    ("Score", ["101", "7", "102"]),
    ("City", ["Rome", "Oslo", "Bonn"]),
    ("Country", ["IT", "NO", "DE"]),
    ("Region", ["Lazio", "Oslo", "NRW"]),
    ("Notes", ["call", "", "write to Ann"]),
    ("Next call", ["2026-12-01", "2026-12-02", ""]),
    ("Xyz", ["ann@y.org", "bo@y.org", ""]),
];

fn sheet(columns: &[usize]) -> String {
    let line = |cell: &dyn Fn(usize) -> &'static str| {
        let cells: Vec<&str> = columns.iter().map(|column| cell(*column)).collect();
        cells.join(",") + "\n"
    };
    let rows = (0..3).map(|row| line(&|column| COLUMNS[column].1[row]));
    line(&|column| COLUMNS[column].0) + &rows.collect::<String>()
}

/// The names of all columns in use.
fn used(columns: &[usize]) -> Result<Vec<String>, Vec<Error>> {
    let found = found(&sheet(columns), &Choice::default())?;
    let name = |index: usize| found.names[index].clone();
    let identifiers = found.identifiers.iter().map(|column| name(column.index));
    let owner = [
        name(found.assignee),
        format!("{:?}", found.current.map(name)),
    ];
    let region = [format!("{:?}", found.region.map(name))];
    Ok(identifiers.chain(owner).chain(region).collect())
}

fn some_columns() -> impl Strategy<Value = Vec<usize>> {
    let all: Vec<usize> = (0..COLUMNS.len()).collect();
    proptest::sample::subsequence(all, 2..8).prop_shuffle()
}

proptest! {
    #[test]
    fn the_order_of_columns_decides_nothing(columns in some_columns(), seed in any::<u64>()) {
        let mut other = columns.clone();
        let by = usize::try_from(seed % 7).unwrap_or(0) % other.len();
        other.rotate_left(by);
        if seed % 2 == 1 {
            other.reverse();
        }
        match (used(&columns), used(&other)) {
            (Ok(one), Ok(other)) => prop_assert_eq!(one, other),
            (Err(_), Err(_)) => {}
            (one, other) => prop_assert!(false, "{:?} but {:?}", one, other),
        }
    }

    #[test]
    fn a_column_that_is_not_used_adds_at_most_a_question(columns in some_columns(), more in 0..COLUMNS.len(), at in 0..8_usize) {
        prop_assume!(!columns.contains(&more));
        let mut wider = columns.clone();
        wider.insert(at.min(columns.len()), more);
        if let (Ok(before), Ok(after)) = (used(&columns), used(&wider)) {
            let name = COLUMNS[more].0;
            let is_used = after.iter().any(|used| used.contains(name));
            prop_assert!(is_used || before == after, "{:?} with {}: {:?}", before, name, after);
        }
    }
}
