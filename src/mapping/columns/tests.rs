use super::position::position;
use super::*;
use crate::sheet::{Options, Sheet};

/// What is found in a sheet of this text: identifier columns with their kinds, assignee, header row.
fn found(text: &str, choice: &Choice) -> Result<Columns, Vec<Error>> {
    let file = tempfile::NamedTempFile::with_suffix(".csv").expect("a file");
    std::fs::write(file.path(), text).expect("writable");
    let sheet = Sheet::open(file.path(), &Options::default()).expect("a sheet");
    let batches: Vec<_> = sheet
        .batches()
        .expect("rows")
        .map(|batch| batch.expect("rows"))
        .collect();
    let rows: Vec<_> = batches.iter().flat_map(|batch| batch.rows()).collect();
    find(&rows, choice)
}

fn columns(text: &str) -> Columns {
    found(text, &Choice::default()).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"))
}

fn errors(text: &str, choice: &Choice) -> Vec<String> {
    let errors = found(text, choice).expect_err("errors");
    errors
        .iter()
        .map(|err| format!("{err} [{}]", err.fix().join(" ")))
        .collect()
}

#[test]
fn columns_are_found_by_their_names_wherever_the_header_stands() {
    let found = columns("Handover 2024\n\nName,Mobile No.,Assigned to\nAnn,+1,7\n");
    assert_eq!(found.header_row, Some(3));
    assert_eq!(
        found.identifiers,
        [IdentifierColumn {
            index: 1,
            kind: Some(Kind::Phone)
        }]
    );
    assert_eq!(found.assignee, 2);
}

#[test]
fn phone_and_email_are_used_in_that_order() {
    let found = columns("Email,Phone,Owner\na@x.org,+1,7\n");
    let kinds: Vec<_> = found
        .identifiers
        .iter()
        .map(|column| (column.index, column.kind))
        .collect();
    assert_eq!(kinds, [(1, Some(Kind::Phone)), (0, Some(Kind::Email))]);
}

#[test]
fn what_could_mean_two_things_is_refused_with_the_option_that_decides() {
    let none = Choice::default();
    assert_eq!(
        errors("Phone,Owner,Agent\n1,2,3\n", &none),
        ["`Owner`, `Agent` could all hold the assignee [--assignee Owner]"]
    );
    assert_eq!(
        errors("Contact ID,Phone,Owner\n1,2,3\n", &none),
        [
            "`Contact ID`, `Phone` stand side by side, and an ID may be another system's record ID [--identifier Phone]"
        ]
    );
    assert_eq!(
        errors("Name,City\nAnn,Rome\n", &none),
        [
            "no column is named like a contact (found: `Name`, `City`) [--identifier Name]",
            "no column is named like an assignee (found: `Name`, `City`) [--assignee City]"
        ]
    );
    let wrong = Choice {
        assignee: Some("Boss".to_owned()),
        ..Choice::default()
    };
    assert_eq!(
        errors("Phone,Owner\n1,2\n", &wrong),
        ["no column is named `Boss` (found: `Phone`, `Owner`) [--assignee Owner]"]
    );
}

#[test]
fn options_override_names() {
    let choice = Choice {
        identifiers: vec!["E_MAIL".to_owned(), "Contact ID".to_owned()],
        assignee: Some("Agent".to_owned()),
        ..Choice::default()
    };
    let header = "Contact ID,E-mail,e mail,Owner,Agent\n";
    let errors = found(header, &choice).expect_err("two have the same words");
    assert_eq!(
        errors,
        [Error::Ambiguous {
            wanted: "E_MAIL".to_owned()
        }]
    );
    let choice = Choice {
        identifiers: vec!["e mail".to_owned(), "contact id".to_owned()],
        ..choice
    };
    let found = found(header, &choice).expect("exact names win");
    assert_eq!(
        found
            .identifiers
            .iter()
            .map(|column| column.index)
            .collect::<Vec<_>>(),
        [2, 0]
    );
    assert_eq!(found.assignee, 4);
}

#[test]
fn without_a_header_columns_go_by_number_or_letter() {
    let by = |identifier: &str, assignee: &str| Choice {
        identifiers: vec![identifier.to_owned()],
        assignee: Some(assignee.to_owned()),
        header_row: Some(0),
        ..Choice::default()
    };
    for choice in [by("3", "1"), by("C", "a")] {
        let found = found("7,x,+1\n", &choice).expect("columns");
        assert_eq!((found.identifiers[0].index, found.assignee), (2, 0));
    }
    assert!(found("7,x,+1\n", &by("D", "A")).is_err());
    assert_eq!(position("AA"), Some(26));
    assert_eq!(position("0"), None);
}
