//! Too many cells, too few, and rows that are none.

use super::*;

#[test]
fn a_row_with_more_cells_than_the_header_is_rejected() {
    let (_, rows) = plan(
        "Phone,Name,Owner\n+60123456789,Tan, Ah Kow,12\n+60198765432,Bo,13,,\n",
        &[],
    );
    assert_eq!(
        read(&rows),
        [
            "2 phone:+60123456789  invalid",
            "3 phone:+60198765432 13 planned"
        ]
    );
    let error = rows.row(2).get("error");
    assert_eq!(
        error,
        "this row has more cells than the header; put quotes around the cell whose comma parts it, or, in the results, correct the row and empty `reassign_surplus`"
    );
}

#[test]
fn a_short_row_is_blank_where_it_ends() {
    let (_, rows) = plan(
        "sep=;\nPhone;Name;Owner\n+60123456789;Tan\n\n+60198765432\n+60112345678;Bo;13\n",
        &[],
    );
    assert_eq!(
        read(&rows),
        [
            "3 phone:+60123456789  invalid",
            "5 phone:+60198765432  invalid",
            "6 phone:+60112345678 13 planned"
        ]
    );
    assert!(
        rows.row(3)
            .get("error")
            .contains("column `Owner`: the cell is blank")
    );
}

#[test]
fn totals_and_remarks_below_are_left_out() {
    let sheet = "No.,Name,Phone,Owner\n1,Ann,+60123456789,12\nGesamt,,1,1\nTotal:,,,\n*** end of report ***,,,\nExported by: crm@example.com,,,\n合计,,3,\n";
    let (ended, rows) = plan(sheet, &[]);
    let ended = ended.says("total or footer row");
    let statuses: Vec<_> = rows
        .statuses()
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(
        statuses,
        [
            "planned", "skipped", "skipped", "skipped", "skipped", "skipped"
        ],
        "{ended}"
    );
    assert_eq!(rows.row(3).get("error"), "total or footer row");
    assert_eq!(
        (rows.row(3).get("contact"), rows.row(3).get("assignee")),
        ("", "")
    );
}

#[test]
fn a_row_that_could_be_somebodys_is_never_taken_for_a_footer() {
    let sheet = "Name,Phone,Owner\nTotal Energies,,12\nAh Meng,,\nTotal,+60123456789,12\nSum,abc,12\nEnde,,\n,*** 12,13\n";
    let (_, rows) = plan(sheet, &[]);
    let statuses: Vec<_> = rows
        .statuses()
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(
        statuses,
        [
            "invalid", "invalid", "planned", "invalid", "invalid", "invalid"
        ]
    );
}

#[test]
fn a_total_that_reads_as_a_contact_and_a_user_is_rejected_and_not_sent() {
    let (_, rows) = plan("Name,Contact ID,Owner\nAnn,1001,12\nTotal,1200,3\n", &[]);
    assert_eq!(read(&rows), ["2 id:1001 12 planned", "3   invalid"]);
    assert!(rows.row(3).get("error").contains("looks like a total"));
}

/// So many rows that the last of them are none of the first that columns are judged by.
fn long(header: &str, first: impl Fn(usize) -> String, last: impl Fn(usize) -> String) -> String {
    let row = |number: usize| match number < 5_000 {
        true => first(number),
        false => last(number),
    };
    let rows = (1..=5_040).map(|number| format!("{},{}\n", 10_000 + number, row(number)));
    format!("{header}\n{}", rows.collect::<String>())
}

#[test]
fn a_rival_that_shows_only_far_below_is_asked_about() {
    let sheet = long(
        "Contact ID,Owner,Desk",
        |number| format!("u{}@example.org,", number % 40),
        |number| {
            format!(
                "u{}@example.org,u{}@example.org",
                number % 40,
                (number + 1) % 40
            )
        },
    );
    refused(&sheet, &[]).says("`Owner`, `Desk` could all hold the new owner");
    let (ended, _) = plan(&sheet, &["--assignee", "Owner"]);
    ended.exits(0);
}

#[test]
fn a_column_that_names_the_same_people_only_in_the_first_rows_is_a_rival() {
    let sheet = long(
        "Contact ID,Owner,Account manager",
        |number| format!("u{0}@example.org,u{0}@example.org", number % 40),
        |number| {
            format!(
                "u{}@example.org,u{}@example.org",
                number % 40,
                (number + 1) % 40
            )
        },
    );
    refused(&sheet, &[]).says("`Owner`, `Account manager` could all hold the new owner");
}

#[test]
fn a_condition_that_is_filled_in_far_below_and_cannot_be_read_is_none() {
    let sheet = long(
        "Contact ID,Owner,New owner",
        |number| format!(",u{}@example.org", number % 40),
        |number| {
            format!(
                "Ann Lee {},u{}@example.org",
                ["A", "B"][number % 2],
                number % 40
            )
        },
    );
    let (ended, rows) = plan(&sheet, &[]);
    ended.exits(0).does_not_say("present owner in `Owner`");
    assert_eq!(rows.count("planned"), 5_040);
}
