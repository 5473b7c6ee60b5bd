//! Which rows of which sheet are read, and how: hidden rows, several sheets, encodings, and files that are something
//! else than their name says.

mod encodings;
mod hidden_rows;
mod invariance;
mod kinds;
mod merged;
mod no_rows;
mod number_formats;
mod opened;
mod worksheets;

use std::io::{Cursor, Write as _};

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{Ended, Workdir};

/// What puts cells into a sheet.
type Fill<'a> = &'a dyn Fn(&mut Worksheet) -> Result<(), XlsxError>;

/// A workbook of these sheets.
pub fn workbook(sheets: &[Fill<'_>]) -> Vec<u8> {
    let mut book = Workbook::new();
    for fill in sheets {
        fill(book.add_worksheet()).expect("the sheet is filled");
    }
    book.save_to_buffer().expect("the workbook is written")
}

/// Cells from the first row on.
pub fn fill(sheet: &mut Worksheet, rows: &[[&str; 2]]) -> Result<(), XlsxError> {
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write(row, column, *cell)?;
        }
    }
    Ok(())
}

/// A ZIP package of these parts.
pub fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default())
            .and_then(|()| Ok(zip.write_all(content.as_bytes())?))
            .expect("the part is written");
    }
    zip.finish().expect("the package is written").into_inner()
}

/// `content.xml` of an OpenDocument spreadsheet with these automatic styles and tables.
pub fn content(styles: &str, tables: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
  xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
  xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
  xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
  <office:automatic-styles>{styles}</office:automatic-styles>
  <office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>
</office:document-content>"#
    )
}

/// An OpenDocument spreadsheet with this content.
pub fn ods(content: &str) -> Vec<u8> {
    package(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content),
        (
            "META-INF/manifest.xml",
            r#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#,
        ),
    ])
}

/// A row of text cells in OpenDocument; `attributes` are those of the row.
pub fn ods_row(attributes: &str, cells: &[&str]) -> String {
    let cells: String = cells
        .iter()
        .map(|cell| {
            format!(
                r#"<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>"#
            )
        })
        .collect();
    format!("<table:table-row {attributes}>{cells}</table:table-row>")
}

/// `reassign plan FILE --sandbox` with more arguments.
pub fn plan(dir: &Workdir, file: &str, more: &[&str]) -> Ended {
    dir.run(["plan", file, "--sandbox"].iter().chain(more))
}
