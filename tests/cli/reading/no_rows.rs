//! Rows that are no rows of data: totals, by what the file says of them, and rows filled in for contacts to come.

use crate::support::Workdir;
use rust_xlsxwriter::{Formula, Table, TableColumn, TableFunction, Worksheet, XlsxError};

use super::merged::{planned, read};
use super::{fill, workbook};

fn team(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    fill(sheet, &[["Contact ID", "Owner"]])?;
    for row in 1..4 {
        sheet.write(row, 0, 10 + row)?.write(row, 1, 105)?;
    }
    Ok(())
}

const DATA: [&str; 3] = [
    "2 id:11 105 planned",
    "3 id:12 105 planned",
    "4 id:13 105 planned",
];

#[track_caller]
fn is_no_row(last: impl Fn(&mut Worksheet) -> Result<(), XlsxError>, status: &str) {
    let book = workbook(&[&|sheet| {
        team(sheet)?;
        last(sheet)
    }]);
    let results = planned("team.xlsx", book, &["--identifier", "Contact ID"]);
    let read = read(&results);
    assert_eq!(read[..3], DATA);
    assert_eq!(read.len(), 4, "{read:?}");
    assert!(read[3].ends_with(status), "{read:?}");
}

#[test]
fn a_count_and_a_sum_of_the_rows_above_are_no_row() {
    for (contact, owner) in [
        ("=COUNTA(A2:A4)", "=COUNTA(B2:B4)"),
        ("=SUBTOTAL(103,A2:A4)", "=SUBTOTAL(109,B2:B4)"),
        ("=COUNT(A2:A4)", ""),
        ("", "=SUM(B2:B4)"),
    ] {
        let sums = |sheet: &mut Worksheet| {
            for (column, formula) in [(0, contact), (1, owner)] {
                if !formula.is_empty() {
                    sheet.write(4, column, Formula::new(formula).set_result("3"))?;
                }
            }
            Ok(())
        };
        is_no_row(sums, "skipped");
    }
}

#[test]
fn the_totals_row_of_a_table_is_no_row() {
    is_no_row(
        |sheet| {
            let table = Table::new().set_total_row(true).set_columns(&[
                TableColumn::new()
                    .set_header("Contact ID")
                    .set_total_function(TableFunction::Count),
                TableColumn::new()
                    .set_header("Owner")
                    .set_total_function(TableFunction::Max),
            ]);
            sheet.add_table(0, 0, 4, 1, &table)?;
            // As a program that computes leaves it.
            sheet.write(4, 0, 3)?.write(4, 1, 105)?;
            Ok(())
        },
        "skipped",
    );
}

#[test]
fn a_last_row_that_alone_has_a_formula_is_not_sent() {
    is_no_row(
        |sheet| {
            sheet.write(4, 0, Formula::new("=ROWS(A2:A4)").set_result("3"))?;
            sheet.write(4, 1, 105)?;
            Ok(())
        },
        "invalid",
    );
}

#[test]
fn a_last_row_whose_formula_looks_up_the_user_of_a_typed_contact_is_a_row() {
    let sheet = |result: &'static str| {
        workbook(&[&move |sheet: &mut Worksheet| {
            fill(
                sheet,
                &[
                    ["Contact ID", "Owner"],
                    ["11", "105"],
                    ["12", "105"],
                    ["13", "105"],
                ],
            )?;
            let lookup = Formula::new("=VLOOKUP(A5,Users!A:B,2,0)").set_result(result);
            sheet.write(4, 0, 14)?.write(4, 1, lookup)?;
            Ok(())
        }])
    };
    for (result, status) in [("ann@example.com", "planned"), ("#N/A", "invalid")] {
        let results = planned("team.xlsx", sheet(result), &[]);
        assert_eq!(results.statuses()[3].1, status, "{result}");
    }
}

#[test]
fn bare_numbers_below_the_data_are_not_sent() {
    is_no_row(
        |sheet| {
            sheet.write(6, 0, 3)?.write(6, 1, 105)?;
            Ok(())
        },
        "invalid",
    );
}

#[test]
fn a_number_that_counts_or_sums_up_the_rows_above_is_not_sent() {
    for number in [3, 11 + 12 + 13] {
        is_no_row(
            |sheet| {
                sheet.write(4, 0, number)?.write(4, 1, 105)?;
                Ok(())
            },
            "invalid",
        );
    }
    // What the advice says.
    let rows = "Contact ID,Owner\n11,105\n12,105\n13,105\nid:3,105\n";
    let results = planned("team.csv", rows.into(), &[]);
    assert_eq!(read(&results)[3], "5 id:3 105 planned");
}

#[test]
fn users_that_were_filled_in_below_the_data_are_no_rows_if_they_are_many() {
    for (count, status) in [(9, "invalid"), (10, "skipped")] {
        let rows = format!("Phone,Owner\n+60123456701,12\n{}", ",12\n".repeat(count));
        let results = planned("team.csv", rows.into(), &[]);
        assert_eq!(results.statuses()[1].1, status);
    }
    let above = format!("Phone,Owner\n{}+60123456701,12\n", ",12\n".repeat(20));
    let results = planned("team.csv", above.into(), &[]);
    assert_eq!(results.statuses()[1].1, "invalid");
}

#[test]
fn a_column_of_formulas_holds_data() {
    let book = workbook(&[&|sheet| {
        fill(sheet, &[["Contact ID", "Owner"]])?;
        for row in 1..4_u32 {
            sheet.write(row, 0, 10 + row)?;
            let formula = Formula::new(format!("=MAX(C$1:C{row})+105")).set_result("105");
            sheet.write(row, 1, formula)?;
        }
        Ok(())
    }]);
    let results = planned("team.xlsx", book, &["--identifier", "Contact ID"]);
    assert_eq!(read(&results).len(), 3);
}

#[test]
fn rows_that_were_filled_in_for_contacts_to_come_are_no_rows_and_counted() {
    let mut rows = "No.,Done,Phone,Owner,Stage\n1,TRUE,+60123456701,12,Open\n".to_owned();
    for number in 2..40 {
        rows += &format!("{number},FALSE,,,Open\n");
    }
    let results = planned("team.csv", rows.into_bytes(), &[]);
    let mut statuses = results.statuses().into_iter();
    assert_eq!(statuses.next(), Some((2, "planned")));
    assert!(statuses.all(|(_, status)| status == "skipped"));
    assert_eq!(results.rows.len(), 39);
}

#[test]
fn one_row_that_goes_on_with_what_stands_above_is_none() {
    for rows in [
        "No.,Done,Phone,Owner\n1,TRUE,+60123456701,12\n2,FALSE,,\n",
        "Nr.,Erledigt,Telefon,Betreuer\n1,WAHR,+60123456701,12\n2,FALSCH,,\n",
        "Fait,Téléphone,Responsable\nVRAI,+60123456701,12\nFAUX,,\n",
        "Phone,Owner,Stage\n+60123456701,12,Open\n+60123456702,12,Open\n+60123456703,12,Open\n,,Open\n",
    ] {
        let results = planned("team.csv", rows.into(), &[]);
        let last = results.statuses().pop().map(|(_, status)| status);
        assert_eq!(last, Some("skipped"), "{rows}");
    }
    for rows in [
        "No.,Phone,Owner\n1,+60123456701,12\n7,,\n",
        "Phone,Owner,Stage\n+60123456701,12,Open\n+60123456702,12,Open\n+60123456703,12,Open\n,,Won\n",
    ] {
        let results = planned("team.csv", rows.into(), &[]);
        let last = results.statuses().pop().map(|(_, status)| status);
        assert_eq!(last, Some("invalid"), "{rows}");
    }
}

#[test]
fn a_row_behind_a_subtotal_is_no_total() {
    let rows = "Contact ID,Owner,Deals\n11,105,3\n12,105,4\nSubtotal,,7\n13,106,5\nSubtotal,,5\nGrand total,,12\n";
    let results = planned("team.csv", rows.into(), &[]);
    let statuses: Vec<_> = results
        .statuses()
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(
        statuses,
        [
            "planned", "planned", "skipped", "planned", "skipped", "skipped"
        ]
    );
}

#[test]
fn what_pivot_tables_and_reports_call_a_total_is_one() {
    for total in [
        "Gesamtergebnis",
        "Total général",
        "Totale complessivo",
        "Total geral",
        "Eindtotaal",
        "総計",
        "总计",
        "Anzahl Kontakte",
        "Número de contactos: 2",
        "2 rows",
    ] {
        let rows = format!("Contact ID,Owner,Deals\n11,105,3\n12,105,4\n{total},,7\n");
        let results = planned("team.csv", rows.into(), &[]);
        assert_eq!(results.statuses()[2].1, "skipped", "{total}");
    }
    let results = planned(
        "team.csv",
        "Contact,Owner\nid:1,12\nCustomer 2,\n".into(),
        &[],
    );
    assert_eq!(results.statuses()[1].1, "invalid");
}

#[test]
fn a_text_that_says_how_many_rows_stand_above_it_is_no_row() {
    let rows = "Name,Phone,Owner\nAnn,+60123456701,12\nBob,+60123456702,12\nCem,+60123456703,12\n";
    for (last, status) in [
        ("Total général : 3 contacts", "skipped"),
        ("共3位客户", "skipped"),
        ("Kunden: 3", "skipped"),
        ("3 mga kliyente", "skipped"),
        // Another number, and what could be somebody.
        ("共4位客户", "invalid"),
        ("Customer 3", "invalid"),
    ] {
        let results = planned("team.csv", format!("{rows}{last},,\n").into(), &[]);
        assert_eq!(results.statuses()[3].1, status, "{last}");
    }
}

#[test]
fn a_row_without_a_new_owner_needs_no_repair() {
    let rows =
        "Phone,Owner,New owner\n+60123456701,12,13\n012-345 6702,12,\n,12,-\n012-345 6703,12,13\n";
    let results = planned("team.csv", rows.into(), &[]);
    assert_eq!(
        results.statuses(),
        [
            (2, "planned"),
            (3, "skipped"),
            (4, "skipped"),
            (5, "invalid")
        ]
    );
    // What its text does not show is kept in mind.
    let book = workbook(&[&|sheet| {
        fill(sheet, &[["Contact ID", "Owner"]])?;
        sheet.write(0, 2, "New owner")?;
        sheet
            .write(1, 0, 1_234_567_890_123_456_u64)?
            .write(1, 1, 12)?;
        Ok(())
    }]);
    let results = planned("team.xlsx", book, &[]);
    assert_eq!(results.statuses(), [(2, "invalid")]);
}

#[test]
fn rows_of_checkboxes_are_no_rows() {
    let results = planned("team.csv", fault("sheets_checkboxes.csv"), &[]);
    let skipped = results.statuses().into_iter();
    let skipped = skipped.filter(|(_, status)| *status == "skipped").count();
    assert_eq!((results.rows.len() - skipped, skipped > 900), (1, true));
}

#[test]
fn a_name_without_contact_and_assignee_is_still_to_be_repaired() {
    let rows = "Name,Phone,Owner\nAnn,+60123456701,12\nBob,,\nCem,,\n";
    let results = planned("team.csv", rows.into(), &[]);
    assert_eq!(
        results.statuses(),
        [(2, "planned"), (3, "invalid"), (4, "invalid")]
    );
}

#[test]
fn a_formula_that_comes_to_an_empty_text_leaves_a_blank_cell() {
    let results = planned(
        "team.ods",
        fault("empty_text_formula_libreoffice.ods"),
        &["--sheet", "Handover"],
    );
    let errors: Vec<_> = results.rows.iter().map(|row| row.get("error")).collect();
    assert!(
        !errors.iter().any(|error| error.contains("never computed")),
        "{errors:?}"
    );
    assert!(read(&results)[0].starts_with("2 phone:+60123456700 12"));
}

#[test]
fn a_header_that_comes_again_is_no_row() {
    let rows = "Phone,Owner\n+60123456701,12\nPhone,Owner\n+60123456702,12\n";
    let results = planned("team.csv", rows.into(), &[]);
    assert_eq!(
        results.statuses(),
        [(2, "planned"), (3, "skipped"), (4, "planned")]
    );
}

#[test]
fn columns_that_are_named_again_in_another_order_stop_the_plan() {
    for again in [
        "Owner,Email\nann@y.org,c2@x.org\n",
        "Email,Name,Owner\nc2@x.org,Cy,ann@y.org\n",
    ] {
        let rows = format!("Email,Owner\nc1@x.org,bo@y.org\n{again}");
        let dir = Workdir::with("team.csv", rows);
        dir.run(["plan", "team.csv", "--sandbox"])
            .is_refused(2)
            .says("row 3 names the columns again, in another order");
        let dir = Workdir::with(
            "team.csv",
            "Email,Owner\nc1@x.org,bo@y.org\nc2@x.org,ann@y.org\n",
        );
        dir.run(["plan", "team.csv", "--sandbox"]).exits(0);
    }
}

#[test]
fn a_mark_that_ends_the_file_is_no_row() {
    let results = planned(
        "team.csv",
        b"Phone,Owner\n+60123456701,12\n\x1A".to_vec(),
        &[],
    );
    assert_eq!(results.statuses(), [(2, "planned")]);
}

fn fault(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/faults/");
    std::fs::read(format!("{folder}{name}")).expect("the sample")
}
