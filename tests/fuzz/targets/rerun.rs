//! Any bytes as a sheet or a results file: planned, written as results, read back, and planned again.

#![no_main]

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use reassign::outcome::column;
use reassign::sheet::{Options, Sheet, unguard};

const USERS: &str =
    "id,name,email,aka\n1,Ann Lee,ann@example.com,\n2,Bo Müller,bo@example.com,Bob; B\n";

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else {
        return;
    };
    // Workbooks are read in another process, which this one is not the program for.
    if text.starts_with(b"PK") || text.starts_with(b"\xD0\xCF\x11\xE0") {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name);
    fs::write(at("sheet.csv"), text).expect("the sheet is written");
    fs::write(at("users.csv"), USERS).expect("the users are written");
    let plan = |sheet: &str, out: &str| plan(&at(sheet), &at(out), *choice, &at("users.csv"));
    let Some(before) = read(&at("sheet.csv")) else {
        return;
    };
    if !plan("sheet.csv", "first.csv") {
        return;
    }
    let first = read(&at("first.csv")).expect("results are readable");
    every_row_once(&before, &first);
    assert!(plan("first.csv", "second.csv"), "results can be planned");
    let second = read(&at("second.csv")).expect("results are readable");
    assert_eq!(first.len(), second.len(), "the same rows");
    // A flaw in a column of our own is gone once that is written anew, and its row is judged beside the others again.
    let is_of_the_row = |row: &Row| {
        let own = row.cells.len() - column::ALL.len();
        row.plain(own + 4) == "invalid" && !row.plain(own + 5).starts_with("column `")
    };
    let judged_anew = first.iter().any(is_of_the_row);
    for (first, second) in first.iter().zip(&second) {
        let own = first.cells.len() - column::ALL.len();
        // The other columns tell of the run.
        let is_of_the_row = is_of_the_row(first);
        let places = column::ALL.iter().zip(own..).filter(|_| !is_of_the_row);
        let same = places.filter(|(name, _)| {
            [
                column::ROW,
                column::CONTACT,
                column::ASSIGNEE,
                column::STATUS,
            ]
            .contains(name)
                && !(judged_anew && **name == column::STATUS)
        });
        for place in (0..own).chain(same.map(|(_, place)| place)) {
            assert_eq!(first.cell(place), second.cell(place), "column {place}");
        }
    }
});

/// A row that is not blank.
struct Row {
    number: u32,
    cells: Vec<String>,
}

impl Row {
    fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    fn plain(&self, column: usize) -> Cow<'_, str> {
        unguard(self.cell(column))
    }
}

/// The rows of a sheet, if it is one of text.
fn read(path: &Path) -> Option<Vec<Row>> {
    let sheet = Sheet::open(path, &Options::default()).ok()?;
    let mut all = Vec::new();
    for batch in sheet.batches().expect("the file is there") {
        let batch = batch.expect("the file did not change");
        let rows = batch.rows().filter(|row| !row.is_blank());
        all.extend(rows.map(|row| Row {
            number: row.number(),
            cells: row.cells().map(str::to_owned).collect(),
        }));
    }
    Some(all)
}

/// Whether the program planned it; what it refuses, it refuses with a sentence.
fn plan(sheet: &Path, out: &Path, choice: u8, users: &Path) -> bool {
    let mut args: Vec<OsString> = ["reassign", "plan", "--sandbox"].map(Into::into).to_vec();
    args.extend([sheet.into(), "-o".into(), out.into()]);
    let mut add = |bit: u8, name: &str, value: OsString| {
        if choice & bit != 0 {
            args.extend([name.into(), value]);
        }
    };
    add(1, "--users", users.into());
    add(2, "--region", "MY".into());
    add(4, "--bare-digits", "phone".into());
    add(8, "--blank", "skip".into());
    add(16, "--on-conflict", "first".into());
    add(32, "--bare-phones", "international".into());
    match reassign::run(args) {
        Ok(_) => true,
        Err(err) => {
            assert!(!format!("{err:#}").is_empty());
            false
        }
    }
}

/// Every row below the header stands once in the results, in order, with its own cells.
fn every_row_once(sheet: &[Row], results: &[Row]) {
    let (header, results) = results.split_first().expect("results have a header");
    let own = header.cells.len() - column::ALL.len();
    for (name, place) in column::ALL.iter().zip(own..) {
        assert_eq!(header.cell(place), *name);
    }
    let above = sheet
        .len()
        .checked_sub(results.len())
        .expect("no row is made up");
    let names = above.checked_sub(1).map(|header| &sheet[header]);
    let places: Vec<usize> = names
        .iter()
        .flat_map(|names| {
            column::ALL.map(|ours| {
                names
                    .cells
                    .iter()
                    .position(|name| unguard(name).trim() == ours)
            })
        })
        .flatten()
        .collect();
    let is_rerun = column::OF_A_RESULTS_FILE.iter().all(|ours| {
        names.is_some_and(|names| names.cells.iter().any(|name| unguard(name).trim() == *ours))
    });
    let mut numbers = HashSet::new();
    for (row, result) in sheet[above..].iter().zip(results) {
        let number: u32 = result.plain(own).parse().expect("a row number");
        assert!(numbers.insert(number), "row {number} stands there once");
        assert!(
            !result.plain(own + 4).is_empty(),
            "row {number} has a status"
        );
        let written: Vec<_> = (0..own).map(|column| result.plain(column)).collect();
        let mut cells: Vec<Cow<'_, str>> = if is_rerun {
            let ours = |column: &usize| !places.contains(column);
            (0..row.cells.len())
                .filter(ours)
                .map(|column| row.plain(column))
                .collect()
        } else {
            assert_eq!(number, row.number, "as the spreadsheet program shows it");
            row.cells.iter().map(Cow::from).collect()
        };
        // Blank cells at the end are no cells.
        while cells.len() > own && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        cells.resize(own.max(cells.len()), "".into());
        assert_eq!(written, cells, "row {number} keeps its cells");
    }
}
