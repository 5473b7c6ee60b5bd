//! Merged cells: what a person sees in them is what is read.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::{content, ods, plan, workbook};
use crate::support::{Results, Workdir};

/// Row number, contact, assignee and status of every row, with spaces between.
pub(super) fn read(results: &Results) -> Vec<String> {
    let rows = results.rows.iter();
    rows.map(|row| {
        let cells = ["row", "contact", "assignee", "status"].map(|name| row.get(name));
        cells.join(" ")
    })
    .collect()
}

/// What is planned for a workbook.
#[track_caller]
pub(super) fn planned(name: &str, bytes: Vec<u8>, more: &[&str]) -> Results {
    let dir = Workdir::with(name, bytes);
    let ended = plan(&dir, name, &[more, &["-o", "plan.csv"]].concat());
    assert!([0, 1].contains(&ended.code()), "not planned:\n{ended}");
    dir.results("plan.csv")
}

fn book(fill: impl Fn(&mut Worksheet, &Format) -> Result<(), XlsxError>) -> Vec<u8> {
    workbook(&[&|sheet| {
        super::fill(sheet, &[["contact", "assignee"]])?;
        fill(sheet, &Format::new())
    }])
}

#[test]
fn an_assignee_merged_over_several_contacts_is_the_assignee_of_each() {
    let book = book(|sheet, format| {
        for (row, contact) in (1..).zip(["id:1", "id:2", "id:3", "id:4"]) {
            sheet.write(row, 0, contact)?;
        }
        sheet.merge_range(1, 1, 3, 1, "12", format)?;
        sheet.write(2, 1, "13")?; // hidden beneath
        sheet.write(4, 1, "14")?;
        Ok(())
    });
    for blank in ["error", "skip", "unassign"] {
        let results = planned("team.xlsx", book.clone(), &["--blank", blank]);
        assert_eq!(
            read(&results),
            [
                "2 id:1 12 planned",
                "3 id:2 12 planned",
                "4 id:3 12 planned",
                "5 id:4 14 planned"
            ],
            "--blank {blank}"
        );
        assert_eq!(
            results.row(3).0["assignee"],
            "12",
            "the results hold what is seen"
        );
    }
}

#[test]
fn a_contact_merged_over_several_owners_is_a_conflict_that_says_so() {
    let book = book(|sheet, format| {
        sheet.merge_range(1, 0, 2, 0, "id:1", format)?;
        sheet.write(1, 1, 12)?.write(2, 1, 13)?;
        Ok(())
    });
    let results = planned("team.xlsx", book, &[]);
    assert_eq!(read(&results), ["2 id:1 12 conflict", "3 id:1 13 conflict"]);
    let error = results.row(3).get("error");
    assert!(
        error.contains("one merged cell holds the contact of both rows"),
        "{error}"
    );
}

#[test]
fn a_cell_merged_across_contact_and_assignee_is_a_heading_and_no_row() {
    let book = book(|sheet, format| {
        sheet.merge_range(1, 0, 1, 1, "Team North", format)?;
        sheet.write(2, 0, "id:1")?.write(2, 1, 12)?;
        sheet.merge_range(3, 0, 3, 1, "id:2", format)?;
        Ok(())
    });
    let results = planned("team.xlsx", book, &["--blank", "unassign"]);
    assert_eq!(
        read(&results),
        ["2   skipped", "3 id:1 12 planned", "4 id:2  invalid"]
    );
    assert_eq!(results.row(2).get("error"), "a heading in a merged cell");
    let error = results.row(4).get("error");
    assert!(error.contains("a merged cell covers this one"), "{error}");
}

#[test]
fn merging_equal_neighbours_changes_no_row() {
    let rows = [
        ("id:1", "12"),
        ("id:1", "12"),
        ("id:2", "12"),
        ("id:3", "15"),
    ];
    let apart = book(|sheet, _| {
        for (row, (contact, assignee)) in (1..).zip(rows) {
            sheet.write(row, 0, contact)?.write(row, 1, assignee)?;
        }
        Ok(())
    });
    let together = book(|sheet, format| {
        sheet.merge_range(1, 0, 2, 0, "id:1", format)?;
        sheet.merge_range(1, 1, 3, 1, "12", format)?;
        sheet.write(3, 0, "id:2")?;
        sheet.write(4, 0, "id:3")?.write(4, 1, "15")?;
        Ok(())
    });
    let apart = planned("team.xlsx", apart, &[]);
    assert_eq!(read(&planned("team.xlsx", together, &[])), read(&apart));
}

#[test]
fn merged_cells_of_an_open_document_are_read_alike() {
    let cell = |attributes: &str, text: &str| {
        format!(
            r#"<table:table-cell {attributes} office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    let covered = r#"<table:covered-table-cell office:value-type="string"><text:p>99</text:p></table:covered-table-cell>"#;
    let row = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let rows = [
        row(&[cell("", "contact"), cell("", "assignee")]),
        row(&[
            cell("", "id:1"),
            cell(r#"table:number-rows-spanned="2""#, "12"),
        ]),
        row(&[cell("", "id:2"), covered.to_owned()]),
        row(&[
            cell(r#"table:number-columns-spanned="2""#, "Team South"),
            covered.to_owned(),
        ]),
        row(&[cell("", "id:3"), cell("", "14")]),
    ];
    let table = format!(
        r#"<table:table table:name="Team">{}</table:table>"#,
        rows.concat()
    );
    let results = planned(
        "team.ods",
        ods(&content("", &table)),
        &["--blank", "unassign"],
    );
    assert_eq!(
        read(&results),
        [
            "2 id:1 12 planned",
            "3 id:2 12 planned",
            "4   skipped",
            "5 id:3 14 planned"
        ]
    );
}
