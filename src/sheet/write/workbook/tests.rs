use std::io::Cursor;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::sheet::{CellKind, Options, Sheet, Source};

/// A folder with a workbook of these rows, and its path.
fn written(rows: &[Vec<String>], size: Size, pages: &[Page]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut writer = WorkbookWriter::new("Results", size, dir.path()).expect("a workbook");
    for row in rows {
        writer
            .row(row.iter().map(String::as_str), Some((0, Tone::Good)))
            .expect("a row");
    }
    let mut bytes = Cursor::new(Vec::new());
    writer.finish(pages, &mut bytes).expect("a workbook");
    let path = dir.path().join("x.xlsx");
    std::fs::write(&path, bytes.into_inner()).expect("written");
    (dir, path)
}

/// All rows of the only visible sheet, without cells that are empty at their ends.
fn read(path: &Path) -> Vec<Vec<String>> {
    let options = Options {
        sheet: Some("Results".to_owned()),
        ..Options::default()
    };
    let sheet = Sheet::open(path, &options).expect("a workbook");
    let mut rows = Vec::new();
    for batch in sheet.batches().expect("a workbook") {
        for row in batch.expect("rows").rows() {
            assert!(
                (0..row.len()).all(|cell| row.kind(cell) == CellKind::Text),
                "every cell is text"
            );
            assert_eq!(row.number() as usize, rows.len() + 1);
            rows.push(row.cells().map(str::to_owned).collect());
        }
    }
    rows
}

const SMALL: Size = Size {
    rows: 10,
    columns: 5,
};
const LARGE: Size = Size {
    rows: MAX_WORKBOOK_ROWS,
    columns: 17,
};

fn texts(rows: &[&[&str]]) -> Vec<Vec<String>> {
    let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
    rows.iter().map(row).collect()
}

#[test]
fn cells_are_text_whatever_they_look_like() {
    let rows = texts(&[
        &["contact", "=1+1", "n"],
        &["+60121233112", "=HYPERLINK(\"http://x\")", "007"],
        &["1234567890123456789", "-1", "@x"],
        &["'quoted", "2024-06-30", "TRUE"],
        &["_x000D_", "_x0041_x0042_", " both ends \t"],
        &["a\r\nb", "\u{1}\u{1f}\u{fffe}", "\r"],
    ]);
    for size in [SMALL, LARGE] {
        let (_dir, path) = written(&rows, size, &[]);
        assert_eq!(read(&path), rows);
    }
}

#[test]
fn a_second_sheet_is_there_to_be_read() {
    let page = Page {
        name: "summary".to_owned(),
        rows: texts(&[&["Heading"], &["Workspace", "sandbox"]]),
    };
    let (_dir, path) = written(&texts(&[&["a"], &["b"]]), SMALL, &[page]);
    let all = Sheet::candidates(&path, &Options::default()).expect("sheets");
    let names: Vec<_> = all.iter().filter_map(Sheet::name).collect();
    assert_eq!(names, ["Results", "summary"]);
    assert!(matches!(all[0].source(), Source::Workbook { .. }));
}

#[test]
fn what_a_workbook_cannot_hold_is_refused_with_its_place() {
    let mut writer = WorkbookWriter::new("x", SMALL, Path::new(".")).expect("a workbook");
    writer.row(["a", "b"], None).expect("a header");
    let longest = "\u{1F600}".repeat(MAX_CELL_LENGTH / 2);
    writer.row(["", &longest], None).expect("it fits");
    let too_long = format!("{longest}xx");
    let err = writer.row(["", &too_long], None).expect_err("too long");
    assert_eq!(
        err.to_string(),
        "a cell of a workbook holds 32767 characters, and the one in row 3, column 2, would have 32768"
    );
    let err = writer.row(["_x0041\u{1}"], None).expect_err("misread");
    assert!(err.to_string().contains("control character"), "{err}");
    let wide = vec!["x"; crate::sheet::MAX_COLUMNS + 1];
    let err = writer.row(wide, None).expect_err("too wide");
    assert!(err.to_string().contains("16384 columns"), "{err}");
    let rows = MAX_WORKBOOK_ROWS + 1;
    let size = Size { rows, columns: 1 };
    assert!(matches!(
        WorkbookWriter::new("x", size, Path::new(".")),
        Err(Unfit::Rows)
    ));
}

/// Cells as sheets have them, and as nobody would wish them.
fn cell() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        4 => "[ -~]{0,6}",
        2 => "[\\x00-\\x1f]",
        1 => Just("_x000D_".to_owned()),
        1 => Just("_x".to_owned()),
        1 => "_x[0-9A-F]{4}",
        1 => Just("=".to_owned()),
        1 => Just("'".to_owned()),
        1 => Just(" ".to_owned()),
        1 => Just("\u{a0}".to_owned()),
        1 => Just("]]>".to_owned()),
        1 => Just("&#10;".to_owned()),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_back(
        rows in prop::collection::vec((cell(), cell(), cell()), 1..12),
        is_large in any::<bool>(),
    ) {
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            // The last cell keeps rows as long as they are.
            .map(|(a, b, c)| vec![a, b, c, "end".to_owned()])
            .collect();
        prop_assume!(rows.iter().flatten().all(|cell| !is_misread(cell)));
        let size = if is_large { LARGE } else { SMALL };
        let (_dir, path) = written(&rows, size, &[]);
        prop_assert_eq!(read(&path), rows);
    }

    #[test]
    fn what_would_be_misread_is_refused(rows in prop::collection::vec(cell(), 1..4)) {
        let mut writer = WorkbookWriter::new("x", SMALL, Path::new(".")).expect("a workbook");
        for row in &rows {
            let fits = writer.row([row.as_str()], None).is_ok();
            prop_assert_eq!(fits, !is_misread(row));
        }
    }
}

/// A part of a workbook as it is on disk.
fn part(path: &Path, name: &str) -> String {
    let file = std::fs::File::open(path).expect("a workbook");
    let mut archive = zip::ZipArchive::new(file).expect("an archive");
    let part = archive.by_name(name).expect("a part");
    io::read_to_string(part).expect("text")
}

#[test]
fn long_errors_have_room_and_no_column_is_printed_on_a_page_of_its_own() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("x.xlsx");
    let mut writer = WorkbookWriter::new("Results", SMALL, dir.path()).expect("a workbook");
    writer.set_columns(SheetColumns {
        wrapped: vec![1],
        words: Some((2, &["skip", "again"])),
        ..SheetColumns::default()
    });
    let long = "a word ".repeat(20);
    for cells in [
        ["contact", "error", "decision"],
        ["id:1", &long, ""],
        ["id:2", "", ""],
    ] {
        writer.row(cells, None).expect("a row");
    }
    let pages = [Page {
        name: "Summary".to_owned(),
        rows: texts(&[&["assigned", "1", &long]]),
    }];
    let file = std::fs::File::create(&path).expect("a file");
    writer.finish(&pages, file).expect("a workbook");
    let results = part(&path, "xl/worksheets/sheet1.xml");
    // 140 characters in lines of 52.
    assert!(
        results.contains(r#"<row r="2" spans="1:3" ht="45" customHeight="1">"#),
        "{results}"
    );
    assert!(results.contains(r#"<row r="3" spans="1:3">"#), "{results}");
    assert!(
        results.contains(r#"sqref="C2:C3"><formula1>"skip,again"</formula1>"#),
        "{results}"
    );
    for sheet in [results, part(&path, "xl/worksheets/sheet2.xml")] {
        assert!(sheet.contains("<pageSetUpPr fitToPage=\"1\"/>"), "{sheet}");
        assert!(
            sheet.contains("fitToHeight=\"0\" orientation=\"landscape\""),
            "{sheet}"
        );
    }
}
