//! The sample sheets: the workbook holds what the text file holds, as an admin's spreadsheet program would keep it.
//!
//! With `UPDATE_SAMPLES=1` the workbook is written anew from the text file, which is the source of truth.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

use crate::support::{Results, Workdir};

const TEXT: &str = "team-migration-text.csv";
const WORKBOOK: &str = "team-migration.xlsx";

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name)
}

/// The cells of the text sample, header included.
fn cells() -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(sample(TEXT))
        .expect("the sample");
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| row.iter().map(str::to_owned).collect())
        .collect()
}

/// What a spreadsheet program would take for a number, and show again as it was typed.
fn number(cell: &str) -> Option<f64> {
    let plain = !cell.is_empty()
        && cell.len() <= 15
        && !cell.starts_with('0')
        && cell.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| cell.parse().expect("digits"))
}

fn write_workbook(rows: &[Vec<String>]) {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2026, 5, 4).expect("a date");
    workbook.set_properties(
        &DocProperties::new()
            .set_title("Team migration")
            .set_creation_datetime(&created),
    );
    let sheet = workbook.add_worksheet();
    sheet.set_name("Handover").expect("a name");
    sheet.set_freeze_panes(1, 0).expect("a place");
    for (column, width) in (0..).zip([22.0, 40.0, 30.0, 28.0]) {
        sheet.set_column_width(column, width).expect("a column");
    }
    let bold = Format::new().set_bold();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match number(cell) {
                _ if row == 0 => sheet.write_with_format(row, column, cell, &bold),
                _ if cell.is_empty() => continue,
                Some(number) => sheet.write_number(row, column, number),
                None => sheet.write_string(row, column, cell),
            }
            .expect("a cell");
        }
    }
    workbook.save(sample(WORKBOOK)).expect("the workbook");
}

/// What `plan` makes of a sample.
fn planned(name: &str) -> Results {
    let dir = Workdir::with_sample(name);
    dir.run(["plan", name, "--sandbox", "-o", "plan.csv"])
        .exits(1);
    dir.results("plan.csv")
}

#[test]
fn the_workbook_and_the_text_give_the_same_plan() {
    let rows = cells();
    if env::var_os("UPDATE_SAMPLES").is_some_and(|value| value == "1") {
        write_workbook(&rows);
    }
    let (workbook, text) = (planned(WORKBOOK), planned(TEXT));
    assert_eq!(workbook.header, text.header);
    assert_eq!(
        text.rows.len(),
        rows.len() - 1,
        "every row of the text is in the plan"
    );
    assert_eq!(workbook.rows.len(), text.rows.len());
    for (workbook, text) in workbook.rows.iter().zip(&text.rows) {
        assert_eq!(workbook.0, text.0, "row {}", text.row());
    }
}

#[test]
fn the_samples_hold_every_kind_of_row_and_mostly_plain_ones() {
    let plan = planned(TEXT);
    assert!(plan.count("planned") >= 40, "{:?}", plan.statuses());
    for status in ["invalid", "duplicate", "conflict"] {
        assert!(
            plan.count(status) >= 2,
            "no {status}: {:?}",
            plan.statuses()
        );
    }
    let planned = || {
        plan.rows
            .iter()
            .filter(|row| row.get("status") == "planned")
    };
    for kind in ["id:", "email:", "phone:"] {
        let of_kind = planned().filter(|row| row.get("contact").starts_with(kind));
        assert!(of_kind.count() >= 5, "{kind}");
    }
    let unassigned = planned().filter(|row| row.get("assignee") == "unassign");
    assert!(unassigned.count() >= 2);
    let users = planned().filter(|row| row.get("assignee").parse::<u64>().is_ok());
    assert!(users.count() >= 5);
}

#[test]
fn every_file_among_the_samples_is_known() {
    let mut names: Vec<String> = fs::read_dir(sample(""))
        .expect("the samples")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !name.contains(".results.") && !name.contains(".reassign")) // what the first command in the README leaves behind
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "messy.csv",
            "monthly-load.xlsx",
            "roster.csv",
            TEXT,
            WORKBOOK,
            "users.csv",
            "workspace"
        ]
    );
}
