//! The month's sample: the load of the sample workspace, as a lead's spreadsheet program would keep it.
//!
//! With `UPDATE_SAMPLES=1` the workbook is written anew from the workspace, which is the source of truth.

use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

use crate::support::{Sandbox, Workdir};

pub(super) const WORKBOOK: &str = "monthly-load.xlsx";
/// The place of the column that says who has each contact.
pub(super) const OWNER: usize = 5;

pub(super) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name)
}

type Row = HashMap<String, String>;

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).expect("the sample");
    let rows = reader.deserialize().map(|row| row.expect("a row"));
    rows.collect()
}

/// The lead's sheet: header, then a row per contact of the workspace.
pub(super) fn sheet() -> Vec<Vec<String>> {
    let users = rows(&sample("roster.csv"));
    let name = |email: &str| match users.iter().find(|user| user["email"] == email) {
        Some(user) => user["name"].clone(),
        None => email.to_owned(),
    };
    let header = [
        "Contact ID",
        "Customer name",
        "Team",
        "Status",
        "Last activity",
        "Current owner",
        "Pinned",
    ];
    let mut sheet = vec![header.map(str::to_owned).to_vec()];
    for (place, row) in rows(&sample("workspace/contacts.csv")).iter().enumerate() {
        let team = match row["country"].as_str() {
            "MY" | "SG" | "IN" | "JP" | "AU" => "East",
            _ => "West",
        };
        let pinned = if place % 23 == 7 { "yes" } else { "" };
        sheet.push(vec![
            row["id"].clone(),
            format!("{} {}", row["first_name"], row["last_name"])
                .trim()
                .to_owned(),
            team.to_owned(),
            row["status"].clone(),
            // The workspace knows when a contact was created; most were last heard of some weeks later.
            format!("2024-{:02}-{:02}", 1 + place % 5, 1 + (place * 7) % 28),
            name(&row["assignee"]),
            pinned.to_owned(),
        ]);
    }
    sheet
}

fn write_workbook(rows: &[Vec<String>]) {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2026, 5, 4).expect("a date");
    workbook.set_properties(
        &DocProperties::new()
            .set_title("Monthly load")
            .set_creation_datetime(&created),
    );
    let sheet = workbook.add_worksheet();
    sheet.set_name("Load").expect("a name");
    sheet.set_freeze_panes(1, 0).expect("a place");
    let (bold, day) = (
        Format::new().set_bold(),
        Format::new().set_num_format("yyyy-mm-dd"),
    );
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match (row, column) {
                (0, _) => sheet.write_with_format(row, column, cell, &bold),
                _ if cell.is_empty() => continue,
                (_, 0) => sheet.write_number(row, column, cell.parse::<f64>().expect("an ID")),
                (_, 4) => {
                    let date = ExcelDateTime::parse_from_str(cell).expect("a day");
                    sheet.write_datetime_with_format(row, column, &date, &day)
                }
                _ => sheet.write_string(row, column, cell),
            }
            .expect("a cell");
        }
    }
    sheet.autofit();
    workbook.save(sample(WORKBOOK)).expect("the workbook");
}

#[test]
fn the_months_load_is_who_has_what_in_the_sample_workspace() {
    let rows = sheet();
    if env::var_os("UPDATE_SAMPLES").is_some_and(|value| value == "1") {
        write_workbook(&rows);
    }
    let dir = Workdir::with_sample(WORKBOOK);
    dir.write(
        "roster.csv",
        std::fs::read(sample("roster.csv")).expect("the roster"),
    );
    // A plan that leaves everybody who they have knows of no change.
    let ended = dir.run([
        "plan",
        WORKBOOK,
        "--assignee",
        "Current owner",
        "--users",
        "roster.csv",
        "--blank",
        "unassign",
        "--sandbox",
        "-o",
        "plan.csv",
    ]);
    let ended = ended.exits(0);
    let record = Sandbox::start().record();
    let plan = dir.results("plan.csv");
    assert_eq!(plan.rows.len(), record.len(), "{ended}");
    let ids: HashMap<String, String> = self::rows(&sample("roster.csv"))
        .into_iter()
        .map(|user| (user["email"].clone(), user["id"].clone()))
        .collect();
    for row in &plan.rows {
        let contact = row
            .get("contact")
            .trim_start_matches("id:")
            .parse()
            .expect("an ID");
        let holder = &record[&contact].assignee;
        let expected = ids.get(holder).map_or("unassign", String::as_str);
        assert_eq!(row.get("assignee"), expected, "contact {contact}");
    }
}
