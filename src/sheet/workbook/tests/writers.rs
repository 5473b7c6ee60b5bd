//! One sheet as a writer that nobody here wrote puts it into every format.

use super::*;

const FORMATS: [&str; 8] = [
    "sheetjs.xlsb",
    "sheetjs_shared.xlsb",
    "sheetjs.xlsx",
    "sheetjs_shared.xlsx",
    "sheetjs_biff8.xls",
    "sheetjs_biff5.xls",
    "sheetjs.ods",
    "sheetjs.fods",
];

fn sample(name: &str) -> PathBuf {
    data("workbooks", name)
}

#[test]
fn every_format_holds_the_same_cells() {
    use CellKind::{Boolean, Date, Error, Number, Text, Unshown};
    let expected: [&[(&str, CellKind)]; 6] = [
        &[
            ("Contact", Text),
            ("Owner", Text),
            ("Note", Text),
            ("Since", Text),
        ],
        &[
            ("email:ann@example.org", Text),
            ("12", Text),
            ("Zoë", Text),
            ("2024-06-30", Date),
        ],
        &[
            ("60123456701", Number),
            ("12", Number),
            ("TRUE", Boolean),
            ("1.5", Number),
        ],
        &[("phone:+60 12-345 6702", Text), ("kim@example.org", Text)],
        &[
            ("id:88", Text),
            ("unassign", Text),
            ("hidden", Text),
            ("7", Number),
        ],
        &[
            ("email:bob@example.org", Text),
            ("", Text),
            ("#N/A", Error),
            ("123456789012", Number),
        ],
    ];
    for format in FORMATS {
        let read = rows(&open_sheet(&sample(format), Some("Team")));
        let numbers: Vec<u32> = read.iter().map(|row| row.0).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6], "{format}");
        for ((number, cells), expected) in read.iter().zip(expected) {
            for (column, (text, kind)) in expected.iter().enumerate() {
                let (text, kind) = match (format, *text) {
                    // That is what their writer made of it.
                    ("sheetjs_biff5.xls", "Zoë") => ("Zo_", Text),
                    ("sheetjs.ods" | "sheetjs.fods", "2024-06-30") => ("45473", Unshown),
                    ("sheetjs.ods" | "sheetjs.fods", "#N/A") => ("", Text),
                    (_, text) => (text, *kind),
                };
                let (read, read_kind) = cells.get(column).cloned().unwrap_or_default();
                let read = read
                    .trim_end_matches("T00:00:00")
                    .trim_end_matches("T00:00:00.000Z");
                assert_eq!(
                    (read, read_kind),
                    (text, kind),
                    "{format}, row {number}, cell {}",
                    column + 1
                );
            }
        }
    }
}

fn hidden(name: &str, sheet: &str) -> Vec<u32> {
    let sheet = open_sheet(&sample(name), Some(sheet));
    let batches = sheet.batches().expect("the file is there");
    batches
        .flat_map(|batch| {
            let batch = batch.expect("the sheet is sound");
            let hidden = batch.rows().filter(Row::is_hidden).map(|row| row.number());
            hidden.collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn a_row_hidden_in_xml_and_binary_workbooks_is_told() {
    for format in ["sheetjs.xlsb", "sheetjs_shared.xlsb", "sheetjs.xlsx"] {
        assert_eq!(hidden(format, "Team"), [5], "{format}");
    }
}

#[test]
fn a_row_hidden_in_an_old_workbook_is_told_and_those_of_other_sheets_are_not() {
    assert_eq!(hidden("hidden_xlwt.xls", "Team"), [4, 5, 51, 71]);
    assert!(hidden("hidden_xlwt.xls", "Notes").is_empty());
    for format in ["sheetjs_biff8.xls", "sheetjs_biff5.xls"] {
        assert!(hidden(format, "Team").is_empty(), "{format}");
    }
}

#[test]
fn an_old_workbook_is_read_as_it_is_shown() {
    use CellKind::{Covered, Number, Text, Unshown};
    let read = rows(&open_sheet(&sample("shown_xlwt.xls"), Some("Team")));
    let cell = |row: usize, column: usize| {
        let (text, kind) = &read[row].1[column];
        (text.as_str(), *kind)
    };
    assert_eq!(cell(1, 0), ("+62 812345671", Text));
    assert_eq!(cell(1, 1), ("12", Number));
    assert_eq!(cell(1, 2), ("00042", Text));
    assert_eq!(cell(3, 0), ("+62 812345673", Text));
    assert_eq!(cell(3, 1), ("12", Number));
    assert_eq!(
        (cell(4, 0), cell(4, 1)),
        (("Team North", Text), ("", Covered))
    );
    assert_eq!(cell(5, 1), ("13", Unshown));
    assert_eq!(cell(6, 1), ("14", Number));
}

#[test]
fn formats_that_are_not_read_are_called_by_their_names() {
    for (name, found) in [
        ("sheetjs_2003.xml", "is an XML spreadsheet of Excel 2003"),
        ("sheetjs_table.xls", "is a web page (HTML)"),
        ("sheetjs_biff2.xls", "is a workbook of Excel 4.0 or older"),
    ] {
        let message = refused(&sample(name), None).to_string();
        assert!(message.contains(found), "{message}");
        assert!(message.contains("save it as `.xlsx`"), "{message}");
    }
}
