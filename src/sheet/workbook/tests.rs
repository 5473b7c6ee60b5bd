use std::path::Path;

use rust_xlsxwriter::{
    ExcelDateTime, Format as CellFormat, Formula, Workbook as Writer, XlsxError,
};
use tempfile::TempDir;

use super::super::{CellKind, Error, Row, Sheet, Source};
use super::*;

mod writers;

/// A workbook among the tests' data.
pub(super) fn data(folder: &str, name: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    data.join(folder).join(name)
}

fn sample(name: &str) -> PathBuf {
    data("sheets", name)
}

fn open(path: &Path) -> Sheet {
    open_sheet(path, None)
}

fn open_sheet(path: &Path, sheet: Option<&str>) -> Sheet {
    opened(path, sheet).expect("the workbook opens")
}

fn refused(path: &Path, sheet: Option<&str>) -> Error {
    opened(path, sheet).expect_err("the workbook is refused")
}

fn opened(path: &Path, sheet: Option<&str>) -> Result<Sheet, Error> {
    let options = Options {
        sheet: sheet.map(str::to_owned),
        ..Options::default()
    };
    Sheet::open(path, &options)
}

fn rows(sheet: &Sheet) -> Vec<(u32, Vec<(String, CellKind)>)> {
    let mut rows = Vec::new();
    for batch in sheet.batches().expect("the file is still there") {
        let batch = batch.expect("the sheet is sound");
        rows.extend(batch.rows().map(|row| {
            let cells = row
                .cells()
                .enumerate()
                .map(|(column, cell)| (cell.to_owned(), row.kind(column)));
            (row.number(), cells.collect())
        }));
    }
    rows
}

fn cell(sheet: &Sheet, number: u32, column: usize) -> (String, CellKind) {
    let row = rows(sheet)
        .into_iter()
        .find(|row| row.0 == number)
        .expect("there is such a row");
    row.1.into_iter().nth(column).unwrap_or_default()
}

fn written(build: impl FnOnce(&mut Writer) -> Result<(), XlsxError>) -> (TempDir, PathBuf) {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("contacts.xlsx");
    let mut writer = Writer::new();
    build(&mut writer)
        .and_then(|()| writer.save(&path))
        .expect("the workbook is written");
    (dir, path)
}

#[test]
fn values_become_text_and_keep_their_kind() {
    let (_dir, path) = written(|book| {
        let date = CellFormat::new().set_num_format("yyyy-mm-dd");
        let sheet = book.add_worksheet();
        sheet
            .write(0, 0, "text")?
            .write(0, 1, 12)?
            .write(0, 2, 12.5)?
            .write(0, 3, true)?;
        sheet.write_with_format(0, 4, &ExcelDateTime::from_ymd(2024, 6, 30)?, &date)?;
        sheet.write(0, 5, 6_012_345_678_901_234.0)?;
        sheet.write(0, 6, Formula::new("=10+2").set_result("12"))?;
        Ok(())
    });
    let expected = [
        ("text", CellKind::Text),
        ("12", CellKind::Number),
        ("12.5", CellKind::Number),
        ("TRUE", CellKind::Boolean),
        ("2024-06-30", CellKind::Date),
        ("6012345678901234", CellKind::LongNumber),
        ("12", CellKind::Number),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(text, kind)| (text.to_owned(), kind))
        .collect();
    assert_eq!(rows(&open(&path)), [(1, expected)]);
}

#[test]
fn row_numbers_are_those_of_the_workbook_and_blank_rows_are_left_out() {
    let (_dir, path) = written(|book| {
        let sheet = book.add_worksheet();
        sheet.write(4, 1, "a")?.write(9, 0, "b")?.write_blank(
            7,
            0,
            &CellFormat::new().set_bold(),
        )?;
        Ok(())
    });
    let text = |text: &str| (text.to_owned(), CellKind::Text);
    assert_eq!(
        rows(&open(&path)),
        [(5, vec![text(""), text("a")]), (10, vec![text("b")])]
    );
}

#[test]
fn a_cell_in_the_last_corner_costs_nothing() {
    let (_dir, path) = written(|book| {
        book.add_worksheet()
            .write(0, 0, "a")?
            .write(1_048_575, 16_383, "z")?;
        Ok(())
    });
    let read = rows(&open(&path));
    assert_eq!(
        (read.len(), read[1].0, read[1].1.len()),
        (2, 1_048_576, 16_384)
    );
}

#[test]
fn more_rows_than_a_batch_holds_come_in_order() {
    let (_dir, path) = written(|book| {
        let sheet = book.add_worksheet();
        (0..10_000).try_for_each(|row| sheet.write(row, 0, row).map(|_| ()))
    });
    let numbers: Vec<u32> = rows(&open(&path)).into_iter().map(|row| row.0).collect();
    assert_eq!(numbers, (1..=10_000).collect::<Vec<_>>());
}

#[test]
fn the_only_visible_sheet_with_cells_is_taken() {
    let (_dir, path) = written(|book| {
        book.add_worksheet().set_name("Blank")?;
        book.add_worksheet()
            .set_name("Contacts")?
            .write(0, 0, "a")?;
        book.add_worksheet()
            .set_name("Old")?
            .set_hidden(true)
            .write(0, 0, "b")?;
        Ok(())
    });
    let Source::Workbook {
        format: Format::Xlsx,
        sheet,
        sheets,
    } = open(&path).source().clone()
    else {
        panic!("this is an xlsx workbook");
    };
    assert_eq!(sheet, "Contacts");
    let sheets: Vec<String> = sheets.iter().map(SheetInfo::to_string).collect();
    assert_eq!(sheets, ["`Blank` (empty)", "`Contacts`", "`Old` (hidden)"]);
    assert_eq!(cell(&open_sheet(&path, Some("old")), 1, 0).0, "b");
}

#[test]
fn several_sheets_with_cells_are_named() {
    let (_dir, path) = written(|book| {
        book.add_worksheet().set_name("North")?.write(0, 0, "a")?;
        book.add_worksheet().set_name("South")?.write(0, 0, "b")?;
        Ok(())
    });
    let message = refused(&path, None).to_string();
    assert!(
        message
            .ends_with("has several sheets (`North`, `South`); name the right one with `--sheet`"),
        "{message}"
    );
    let message = refused(&path, Some("East")).to_string();
    assert!(
        message.ends_with("has no sheet named `East` (it has: `North`, `South`)"),
        "{message}"
    );
    assert_eq!(cell(&open_sheet(&path, Some("South")), 1, 0).0, "b");
}

#[test]
fn a_workbook_with_nothing_visible_is_refused() {
    let (_dir, path) = written(|book| book.add_worksheet().set_name("Blank").map(|_| ()));
    assert!(matches!(
        refused(&path, None).kind,
        ErrorKind::NothingVisible(_)
    ));
}

#[test]
fn a_workbook_has_no_delimiter_and_no_encoding() {
    let options = Options {
        delimiter: Some(b';'),
        ..Options::default()
    };
    let err = Sheet::open(&sample("14_numbers_openpyxl.xlsx"), &options)
        .expect_err("a delimiter makes no sense");
    assert!(
        err.to_string()
            .ends_with("is a workbook (xlsx), which has no delimiter; leave that option out")
    );
}

#[test]
fn a_workbook_that_changed_since_it_was_opened_is_told_before_any_row() {
    let (_dir, path) = written(|book| book.add_worksheet().write(0, 0, "a").map(|_| ()));
    let sheet = open(&path);
    std::fs::copy(sample("14_numbers_openpyxl.xlsx"), &path).expect("the file is replaced");
    let changed = sheet.batches().map_err(|err| err.kind);
    assert!(matches!(changed, Err(ErrorKind::Changed)));
}

#[test]
fn a_password_is_told_whatever_the_name() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("contacts.xls");
    std::fs::copy(sample("33_encrypted.xlsx"), &path).expect("the sample is copied");
    for path in [sample("33_encrypted.xlsx"), path] {
        let message = refused(&path, None).to_string();
        assert!(
            message.ends_with("is password-protected; save it without a password"),
            "{message}"
        );
    }
}

#[test]
fn a_workbook_named_csv_is_read_as_a_workbook() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("contacts.csv");
    std::fs::copy(sample("29_duplicates_openpyxl.xlsx"), &path).expect("the sample is copied");
    assert_eq!(cell(&open(&path), 2, 0).0, "phone:+60123456789");
}

#[test]
fn a_workbook_cut_off_anywhere_is_an_error_or_whole_and_never_a_panic() {
    let whole = std::fs::read(sample("20_xlwt_numbers.xls")).expect("the sample is there");
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("contacts.xls");
    for length in (1..whole.len()).step_by(97) {
        std::fs::write(&path, &whole[..length]).expect("the file is written");
        if let Ok(sheet) = Sheet::open(&path, &Options::default()) {
            let batches = sheet.batches().expect("the file did not change");
            assert!(batches.count() > 0, "cut off after {length} bytes");
        }
    }
}

#[test]
fn formulas_without_a_result_and_errors_are_told_from_blank_cells() {
    let sheet = open(&sample("17_formulas_no_cache_openpyxl.xlsx"));
    assert_eq!(cell(&sheet, 2, 1), ("=10+2".into(), CellKind::Formula));
    assert_eq!(
        cell(&sheet, 3, 0),
        ("=\"+6019\"&\"8765432\"".into(), CellKind::Formula)
    );
    assert_eq!(cell(&sheet, 4, 1), ("#N/A".into(), CellKind::Error));
    assert_eq!(cell(&sheet, 5, 0), ("#REF!".into(), CellKind::Error));
    assert_eq!(cell(&sheet, 6, 1).1, CellKind::Formula);
}

#[test]
fn xls_values_are_read() {
    let sheet = open(&sample("20_xlwt_numbers.xls"));
    assert_eq!(cell(&sheet, 3, 0), ("60123456701".into(), CellKind::Number));
    assert_eq!(cell(&sheet, 4, 1), ("12".into(), CellKind::Number));
    assert_eq!(cell(&sheet, 6, 1), ("=10+2".into(), CellKind::Formula));
    assert_eq!(cell(&sheet, 7, 1), ("TRUE".into(), CellKind::Boolean));
    assert_eq!(cell(&sheet, 9, 1), ("2024-06-30".into(), CellKind::Date));
    assert!(rows(&sheet).iter().all(|row| row.0 != 8), "row 8 is blank");
}

#[test]
fn ods_values_are_read_and_repeated_rows_counted() {
    let sheet = open(&sample("22_odfpy_repeats.ods"));
    assert_eq!(cell(&sheet, 4, 0), ("60123456701".into(), CellKind::Number));
    assert_eq!(cell(&sheet, 9, 0).0, "+60198765432\n+60112345678");
    assert_eq!(cell(&sheet, 11, 2), ("15".into(), CellKind::Number));
    assert_eq!(cell(&sheet, 13, 0).0, "+442079460958");
}
