//! Any bytes as a text file: opened, and read to the last row.

#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use reassign::sheet::{Flaw, MAX_COLUMNS, Options, Sheet};

fuzz_target!(|data: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(data).expect("the file is written");
    // Packages and compound files are the other target's.
    if data.starts_with(b"PK") || data.starts_with(b"\xD0\xCF\x11\xE0") {
        return;
    }
    let Ok(sheet) = Sheet::open(file.path(), &Options::default()) else {
        return;
    };
    if sheet.name().is_some() {
        return;
    }
    let mut before = 0;
    for batch in sheet.batches().expect("the file is there") {
        let batch = batch.expect("the file did not change");
        for row in batch.rows() {
            assert!(row.number() > before, "rows are in order");
            before = row.number();
            assert!(row.len() <= MAX_COLUMNS);
            assert!(!row.is_hidden(), "text hides nothing");
            let length: usize = row.cells().map(str::len).sum();
            // What stands for bytes that do not decode is longer than they are.
            assert!(length <= 3 * data.len() + 3, "nothing is made up");
            if let Some(Flaw::Undecodable { column, .. } | Flaw::Nul { column }) = row.flaw() {
                assert!(*column < row.len(), "the flaw has a cell");
            }
        }
    }
});
