//! Sheets by writers that nobody here wrote, against what is known of their cells.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Batches, Error, ErrorKind, Options, Sheet};

/// Cells that read otherwise than their author meant them: file, row, column, what is read.
///
/// A percentage that is stored as a fraction, a number whose format shows a plus sign, and quotes that were not doubled.
const EXCEPTIONS: [(&str, u32, usize, &str); 3] = [
    (
        "15_links_merged_hidden_xlsxwriter.xlsx",
        8,
        2,
        "+60198765432",
    ),
    ("22_odfpy_repeats.ods", 10, 2, "0.5"),
    ("11_ragged.csv", 6, 1, "D the\" D\""),
];

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sheets");
    let mut samples: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the samples are there")
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "json"))
        .collect();
    samples.sort();
    samples
}

fn expected(sample: &Path) -> Value {
    let path = PathBuf::from(format!("{}.expected.json", sample.display()));
    let text = fs::read_to_string(path).expect("every sample has its expectation");
    serde_json::from_str(&text).expect("expectations are JSON")
}

/// A cell as its author meant it, as it reads here.
fn text(raw: &Value) -> String {
    match raw {
        Value::Null => String::new(),
        Value::Bool(boolean) => boolean.to_string().to_uppercase(),
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        Value::String(text) => text.trim_end_matches(" 00:00:00").to_owned(),
        other => panic!("no cell: {other}"),
    }
}

fn rows(sheet: &Sheet) -> HashMap<u32, Vec<String>> {
    let mut rows = HashMap::new();
    for batch in sheet.batches().expect("the sample is there") {
        for row in batch.expect("the sample is sound").rows() {
            let place = format!("{} row {}", sheet.path().display(), row.number());
            assert_eq!(row.flaw(), None, "{place}");
            let before = rows.insert(row.number(), row.cells().map(str::to_owned).collect());
            assert_eq!(before, None, "{place} comes once");
        }
    }
    rows
}

#[test]
fn every_cell_of_every_sample_reads_as_it_was_meant() {
    let mut checked = 0;
    for sample in samples() {
        let expected = expected(&sample);
        let name = sample
            .file_name()
            .and_then(|name| name.to_str())
            .expect("samples have names");
        let hinted = expected["hints"]["sheet"].as_str().map(str::to_owned);
        let options = Options {
            sheet: hinted,
            ..Options::default()
        };
        let sheet = match Sheet::open(&sample, &options) {
            Err(Error {
                kind: ErrorKind::Encrypted,
                ..
            }) if expected["file_outcome"] == "error" => continue,
            sheet => sheet.expect("the sample opens"),
        };
        let rows = rows(&sheet);
        for row in expected["rows"].as_array().expect("rows are listed") {
            let number = row["row"]
                .as_u64()
                .and_then(|row| u32::try_from(row).ok())
                .expect("a number");
            let read = rows.get(&number).map(Vec::as_slice).unwrap_or_default();
            for (column, raw) in row["raw"]
                .as_array()
                .expect("cells are listed")
                .iter()
                .enumerate()
            {
                let exception = EXCEPTIONS
                    .iter()
                    .find(|(file, row, cell, _)| (*file, *row, *cell) == (name, number, column));
                let meant = exception.map_or_else(|| text(raw), |(.., read)| (*read).to_owned());
                let cell = read.get(column).map_or("", String::as_str);
                assert_eq!(cell, meant, "{name}, row {number}, cell {}", column + 1);
                checked += 1;
            }
        }
    }
    assert!(checked > 300, "only {checked} cells were checked");
}

#[test]
fn no_sample_but_the_one_with_two_sheets_needs_an_option() {
    for sample in samples() {
        match Sheet::open(&sample, &Options::default()) {
            Ok(_) => {}
            Err(err) => match err.kind {
                ErrorKind::Encrypted | ErrorKind::SeveralSheets(_) => {}
                _ => panic!("{err}"),
            },
        }
    }
}

#[test]
fn a_pass_can_move_to_another_thread() {
    fn movable<T: Send>() {}
    movable::<Batches>();
}
