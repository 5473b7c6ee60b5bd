//! What a fuzzer drives: everything about workbooks that is read without the engine.

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::kind::Kind;
use super::cells::{Rows, Stop};
use super::ods::{Container, Document};
use super::xlsx::Spreadsheet;
use super::{Message, wire, xls, xlsb};

/// Reads `data` in the way its first byte says; nothing may panic, and what is read must make sense.
///
/// # Panics
/// If what is read makes no sense.
pub fn probe(data: &[u8]) {
    let Some((way, data)) = data.split_first() else {
        return;
    };
    match way % 7 {
        0 => drop(Kind::of(&mut Cursor::new(data))),
        1 => document(data, Container::Plain),
        2 => document(&package(&[("content.xml", data)]), Container::Package),
        3 => workbook(spreadsheet(data)),
        4 => binary(data),
        5 => drop(xls::marks(data, 0)),
        _ => {
            let mut input = data;
            while let Ok(message) = wire::read_message(&mut input) {
                check(&message);
            }
        }
    }
}

fn document(data: &[u8], container: Container) {
    let Ok(document) = Document::open(data.into(), container) else {
        return;
    };
    let Ok(sheets) = document.sheets() else {
        return;
    };
    for sheet in sheets {
        gathered(|rows| document.rows(&sheet.name, rows));
    }
}

fn workbook(data: Arc<[u8]>) {
    if let Ok(mut book) = Spreadsheet::open(data) {
        gathered(|rows| {
            book.mark("Sheet1", rows)?;
            book.cells("Sheet1", rows)
        });
    }
}

/// Gathers the first batches of rows.
fn gathered(read: impl FnOnce(&mut Rows<'_>) -> Result<(), Stop>) {
    let mut numbers = 0;
    let mut sink = |message| {
        check(&message);
        numbers += 1;
        numbers < 64
    };
    let mut rows = Rows::new(&mut sink);
    let read = read(&mut rows);
    drop(read.and_then(|()| rows.finish()));
}

fn check(message: &Message) {
    let Message::Batch(batch) = message else {
        return;
    };
    let mut before = 0;
    for row in batch.rows() {
        let _ = (
            row.is_hidden(),
            row.kind(0),
            row.cells().map(str::len).sum::<usize>(),
        );
        before = row.number().max(before);
    }
}

fn binary(data: &[u8]) {
    let bytes = package(&[
        ("xl/workbook.bin", b"\x9C\x01\x24\0\0\0\0\x01\0\0\0\x04\0\0\0r\0I\0d\x001\0\x06\0\0\0S\0h\0e\0e\0t\x001\0"),
        (
            "xl/_rels/workbook.bin.rels",
            br#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.bin"/></Relationships>"#,
        ),
        ("xl/worksheets/sheet1.bin", data),
    ]);
    if let Ok(longer) = xlsb::lengthened(bytes) {
        drop(xlsb::marks(longer.clone(), "Sheet1"));
        // What was written out has nothing left to write out.
        if let Ok(again) = xlsb::lengthened(longer.clone()) {
            assert_eq!(again, longer);
        }
    }
}

fn spreadsheet(data: &[u8]) -> Arc<[u8]> {
    let relation = |id: &str, kind: &str, target: &str| {
        format!(
            r#"<Relationships><Relationship Id="{id}" Type="x/relationships/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    package(&[
        (
            "_rels/.rels",
            relation("r", "officeDocument", "xl/workbook.xml").as_bytes(),
        ),
        (
            "xl/workbook.xml",
            br#"<workbook><sheets><sheet name="Sheet1" r:id="r"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relation("r", "worksheet", "worksheets/sheet1.xml").as_bytes(),
        ),
        ("xl/worksheets/sheet1.xml", data),
    ])
}

fn package(parts: &[(&str, &[u8])]) -> Arc<[u8]> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in parts {
        zip.start_file(*name, stored)
            .and_then(|()| Ok(zip.write_all(content)?))
            .expect("memory takes all of it");
    }
    zip.finish()
        .expect("memory takes all of it")
        .into_inner()
        .into()
}
