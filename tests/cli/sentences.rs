//! `docs/sentences.md` says of every kind of repair and rejection what the program says, in the same words.

mod followed;
mod kinds;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet, XlsxError};

use crate::support::{Ended, Sandbox, Workdir};
use page::{Example, Page, path, updating};

const MESSY: &str = "messy.csv";
const REPAIRS: &str = "Repairs";
const CELLS: &str = "Cells that are rejected";
const WORKBOOK: &str = "Cells of a workbook that are rejected";
const ROWS: &str = "Rows that are rejected";
const ABOUT_ROWS: &str = "Rows that stop a plan";
const COLUMNS: &str = "Columns that cannot be recognized";
const RESULTS: &str = "Results files that were changed";

/// A folder with the users that the examples speak of.
fn dir() -> Workdir {
    Workdir::with_sample("users.csv")
}

fn plan(dir: &Workdir, sheet: &str, more: &[String]) -> Ended {
    let args = ["plan", sheet, "--sandbox"].map(str::to_owned);
    dir.run(args.iter().chain(more))
}

/// The same, and what it says of each row.
fn planned(dir: &Workdir, sheet: &str, more: &[String]) -> crate::support::Results {
    let saved = ["-o", "plan.csv"].map(str::to_owned);
    let ended = plan(dir, sheet, &[more, &saved].concat());
    assert!([0, 1].contains(&ended.code()), "not planned:\n{ended}");
    let results = dir.results("plan.csv");
    fs::remove_file(dir.path("plan.csv")).expect("the plan");
    results
}

/// The reason behind the place and the text found: ``column `Phone`, `abc`: …``.
fn reason(error: &str) -> &str {
    let Some(rest) = error.strip_prefix("column `") else {
        return error;
    };
    let (column, found) = rest.split_once('`').expect("the column's name ends");
    match found.strip_prefix(", `") {
        Some(found) => found.split_once("`: ").expect("the text found ends").1,
        None => found
            .strip_prefix(": ")
            .unwrap_or_else(|| panic!("{column}{found}")),
    }
}

/// A row of `messy.csv` for an example: contact and owner, the other side of which is in order.
fn sides(example: &Example, row: usize) -> [String; 2] {
    let cell = example.cell(1);
    match example.cell(2).as_str() {
        "Owner" => [format!("id:{}", 20_000 + row), cell],
        _ => [cell, "102".to_owned()],
    }
}

/// The examples that a CSV can hold, in the order of the page.
fn of_cells(page: &Page) -> Vec<Example> {
    [page.examples(REPAIRS), page.examples(CELLS)].concat()
}

/// `messy.csv` as the page has it.
fn messy(page: &Page) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(["Contact", "Owner", "Shows", "With"])
        .expect("a vector takes bytes");
    for (place, example) in of_cells(page).iter().enumerate() {
        let [contact, owner] = sides(example, place + 2);
        let with = example.options(3).join(" ");
        writer
            .write_record([&contact, &owner, example.what(), &with])
            .expect("a vector takes bytes");
    }
    String::from_utf8(writer.into_inner().expect("a vector takes bytes")).expect("UTF-8")
}

#[test]
fn the_messy_sample_shows_one_row_of_each() {
    let sample = path("samples").join(MESSY);
    let expected = messy(&Page::read());
    if updating() {
        fs::write(&sample, &expected).expect("the sample can be written");
    }
    let found = fs::read_to_string(&sample).expect("the sample");
    assert_eq!(found, expected, "UPDATE_SENTENCES=1 writes it anew");
    Workdir::with_sample(MESSY)
        .run(["plan", MESSY])
        .exits(1)
        .says("will not be processed")
        .says("repaired: ");
}

#[test]
fn a_rejected_cell_is_told_in_the_words_of_the_page() {
    let mut page = Page::read();
    let dir = dir();
    dir.write(MESSY, messy(&page));
    let first = page.examples(REPAIRS).len();
    let examples = page.examples(CELLS);
    let mut by_options: BTreeMap<Vec<String>, Vec<(u32, &Example)>> = BTreeMap::new();
    for (row, example) in (first + 2..).zip(&examples) {
        let row = u32::try_from(row).expect("a small number");
        by_options
            .entry(example.options(3))
            .or_default()
            .push((row, example));
    }
    for (options, examples) in by_options {
        let results = planned(&dir, MESSY, &options);
        for (row, example) in examples {
            let row = results.row(row);
            assert_eq!(row.get("status"), "invalid", "{example:?}");
            let place = format!("column `{}`", example.cell(2));
            assert!(row.get("error").starts_with(&place), "{example:?}: {row:?}");
            page.compare(example, 0, reason(row.get("error")));
        }
    }
    page.holds();
}

#[test]
fn a_repaired_cell_is_counted_in_the_words_of_the_page() {
    let mut page = Page::read();
    let dir = dir();
    for example in page.examples(REPAIRS) {
        let mut writer = csv::Writer::from_path(dir.path("one.csv")).expect("a file");
        writer.write_record(["Contact", "Owner"]).expect("a header");
        writer.write_record(sides(&example, 2)).expect("a row");
        writer.flush().expect("a file");
        let ended = plan(&dir, "one.csv", &example.options(3));
        let text = ended.stdout();
        let repaired = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("repaired: 1 "));
        let repaired = repaired.unwrap_or_else(|| panic!("{example:?} is not repaired:\n{ended}"));
        page.compare(&example, 0, repaired);
        let side = match example.cell(2).as_str() {
            "Owner" => "assignee",
            _ => "contact",
        };
        let results = planned(&dir, "one.csv", &example.options(3));
        page.compare(&example, 1, &format!("`{}`", results.row(2).get(side)));
    }
    page.holds();
}

/// Writes cells of a sheet.
type Fill = Box<dyn Fn(&mut Worksheet) -> Result<(), XlsxError>>;

/// A workbook of one row that gives somebody to 102, but for what is written over that.
fn book(fill: Fill) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let filled = sheet
        .write(0, 0, "Contact")
        .and_then(|sheet| sheet.write(0, 1, "Owner"))
        .and_then(|sheet| sheet.write(1, 1, 102))
        .and_then(fill);
    filled.expect("cells");
    workbook.save_to_buffer().expect("a workbook")
}

/// The cell that is rejected so.
fn rejected(what: &str) -> Fill {
    let what = what.to_owned();
    Box::new(move |sheet| {
        let day = || ExcelDateTime::from_ymd(2024, 6, 30).expect("a day");
        let as_date = Format::new().set_num_format("yyyy-mm-dd");
        let hidden = Format::new().set_num_format(";;;");
        let written = match what.as_str() {
            "long number" => sheet.write(1, 0, 1_234_567_890_123_456_u64),
            "date" => sheet.write_with_format(1, 0, day(), &as_date),
            "boolean" => sheet.write(1, 0, true),
            "error" => sheet.write(1, 0, Formula::new("=NA()").set_result("#N/A")),
            "formula" => sheet.write(1, 0, Formula::new("=B2")),
            "unshown" => sheet.write_with_format(1, 0, 12, &hidden),
            "covered" => sheet.merge_range(1, 0, 1, 1, "id:10131", &Format::new()),
            other => panic!("what is `{other}`?"),
        };
        written.map(drop)
    })
}

#[test]
fn a_cell_of_a_workbook_is_rejected_in_the_words_of_the_page() {
    let mut page = Page::read();
    let dir = dir();
    for example in page.examples(WORKBOOK) {
        dir.write("book.xlsx", book(rejected(example.what())));
        let results = planned(&dir, "book.xlsx", &[]);
        assert_eq!(results.row(2).get("status"), "invalid", "{example:?}");
        page.compare(&example, 0, reason(results.row(2).get("error")));
    }
    page.holds();
}

/// A sheet whose second row of data is rejected so.
fn row(what: &str) -> Vec<u8> {
    let mut text = b"Contact,Owner\nid:1,102\n".to_vec();
    match what {
        "unknown country" => text = b"Phone,Owner,Country\n+60123456789,102,MY\n".to_vec(),
        "total" => text = b"Contact ID,Owner,Name\n1,102,Ann\n".to_vec(),
        _ => {}
    }
    text.extend(match what {
        "undecodable" => b"\xffid:2,102\n".to_vec(),
        "nul" => b"id:2,1\x0002\n".to_vec(),
        "unclosed quote" => b"\"id:2,102\n".to_vec(),
        "too long" => ["id:2,", &"1".repeat(1 << 20), "\n"].concat().into_bytes(),
        "too many cells" => [&"id:2,".repeat(16_384), "\n"].concat().into_bytes(),
        "more cells" => b"id:2,102,Tan\n".to_vec(),
        "total" => b"12,102,Total\n".to_vec(),
        "unknown country" => b"012-345 6789,102,Wakanda\n".to_vec(),
        other => panic!("what is `{other}`?"),
    });
    text.extend(b"id:3,102\n");
    if what == "undecodable" {
        text.splice(0..0, *b"\xef\xbb\xbf");
    }
    text
}

#[test]
fn a_row_that_was_not_read_well_is_rejected_in_the_words_of_the_page() {
    let mut page = Page::read();
    let dir = dir();
    for example in page.examples(ROWS) {
        dir.write("rows.csv", row(example.what()));
        let results = planned(&dir, "rows.csv", &[]);
        assert_eq!(
            results.statuses(),
            [(2, "planned"), (3, "invalid"), (4, "planned")],
            "{example:?}"
        );
        page.compare(&example, 0, reason(results.row(3).get("error")));
    }
    page.holds();
}

/// What stands behind the sheet's name on the line of the error.
fn refused(ended: &Ended, place: &str) -> String {
    let text = ended.stderr();
    // One of several reasons stands behind a dash.
    let lines = text.lines().map(|line| {
        let reason = line
            .strip_prefix("error: ")
            .or_else(|| line.strip_prefix("  - "));
        reason.unwrap_or(line)
    });
    let found = lines
        .into_iter()
        .find_map(|line| line.strip_prefix(place.trim_start_matches("error: ")));
    found
        .unwrap_or_else(|| panic!("no line begins with `{place}` in\n{ended}"))
        .to_owned()
}

/// The sheet for which nothing is planned because of its rows.
fn in_the_way(dir: &Workdir, what: &str) -> &'static str {
    let text = match what {
        "hidden" => {
            dir.write(
                "book.xlsx",
                book(Box::new(|sheet| {
                    sheet.write(1, 0, "id:1")?;
                    sheet.set_row_hidden(1).map(drop)
                })),
            );
            return "book.xlsx";
        }
        "digits" => "Contact,Owner,Agent\n60123456789,105,102\n",
        "without owner" => "Contact,Owner,Agent\nlina.ng@example.com,unassign,102\n",
        "other order" => "Contact,Owner\nid:1,102\nOwner,Contact\n102,id:2\n",
        "same row" => {
            dir.write("sheet.csv", "Contact,Owner\nid:1,102\nid:2,102\n");
            plan(dir, "sheet.csv", &["-o", "saved.csv"].map(str::to_owned)).exits(0);
            let mut saved = dir.results("saved.csv");
            saved.repair(3, "reassign_row", "2");
            return "saved.csv";
        }
        other => panic!("what is `{other}`?"),
    };
    dir.write("sheet.csv", text);
    "sheet.csv"
}

/// The last reason of a refusal, without the place in front.
fn last_reason(ended: &Ended) -> String {
    let text = ended.stderr();
    let mut reasons = text.lines().rev().filter_map(|line| {
        let one = line.strip_prefix("error: ");
        one.or_else(|| line.strip_prefix("  - "))
    });
    let reason = reasons
        .next()
        .unwrap_or_else(|| panic!("no reason in\n{ended}"));
    let place = reason.strip_prefix("`sheet.csv`: ").unwrap_or(reason);
    place.to_owned()
}

#[test]
fn rows_that_stop_a_plan_are_told_in_the_words_of_the_page() {
    let mut page = Page::read();
    let sandbox = Sandbox::start();
    for example in page.examples(ABOUT_ROWS) {
        let dir = dir();
        let sheet = in_the_way(&dir, example.what());
        let ended = match example.what() {
            "without owner" => dir.apply(sheet, &sandbox, &[]),
            _ => plan(&dir, sheet, &[]),
        };
        let ended = ended.is_refused(2);
        page.compare(&example, 0, &last_reason(&ended));
    }
    page.holds();
}

#[test]
fn columns_that_cannot_be_told_are_refused_in_the_words_of_the_page() {
    let mut page = Page::read();
    let dir = dir();
    for example in page.examples(COLUMNS) {
        let header = example.cell(1);
        let cells = match example.what() {
            "empty" => header.clone(),
            "country" => "1,MY,MY,1".to_owned(),
            "rows as cells" => "\"1,2\"".to_owned(),
            "no header" => String::new(),
            _ => (1..=header.split(',').count())
                .map(|cell| cell.to_string())
                .collect::<Vec<_>>()
                .join(","),
        };
        dir.write("sheet.csv", format!("{header}\n{cells}\n"));
        let ended = plan(&dir, "sheet.csv", &example.options(2)).is_refused(2);
        page.compare(&example, 0, &refused(&ended, "error: `sheet.csv`: "));
    }
    page.holds();
}

#[test]
fn a_results_file_that_was_changed_is_refused_in_the_words_of_the_page() {
    let mut page = Page::read();
    let dir = dir();
    dir.write("sheet.csv", "Contact,Owner\nid:1,102\n");
    for example in page.examples(RESULTS) {
        let saved = ["-o", "saved.csv"].map(str::to_owned);
        plan(&dir, "sheet.csv", &saved).exits(0);
        let mut results = dir.results("saved.csv");
        results.repair(2, &example.cell(1), &example.cell(2));
        let ended = plan(&dir, "saved.csv", &[]).is_refused(2);
        page.compare(&example, 0, &refused(&ended, "error: row 2: "));
        fs::remove_file(dir.path("saved.csv")).expect("the plan");
    }
    page.holds();
}

#[test]
fn every_kind_of_repair_and_rejection_has_a_line() {
    let page = Page::read();
    let known = |kinds: &[&[&str]], but: &[&str]| -> BTreeSet<String> {
        let all = kinds.iter().copied().flatten();
        all.filter(|kind| !but.contains(kind))
            .map(|kind| kinds::in_words(kind))
            .collect()
    };
    // What is not canonical stands only in columns of our own; text and numbers of a workbook are read as text.
    for (heading, expected) in [
        (REPAIRS, known(&[kinds::REPAIRS, kinds::SPELLINGS], &[])),
        (
            CELLS,
            known(
                &[kinds::REASONS, kinds::NO_USERS],
                &["NotCanonical", "NotYet"],
            ),
        ),
        (WORKBOOK, known(&[kinds::CELL_KINDS], &["Text", "Number"])),
        (
            ROWS,
            known(
                &[kinds::FLAWS, kinds::ROW_REASONS],
                &[kinds::OF_CELLS, kinds::OF_NO_REJECTION].concat(),
            ),
        ),
        (
            ABOUT_ROWS,
            // What cannot be read of results has a table of its own, and so have files.
            known(
                &[kinds::ROW_QUESTIONS, kinds::ROW_ERRORS],
                &["Sheet", "Unreadable"],
            ),
        ),
        (
            COLUMNS,
            // A holder is asked for by `rebalance` only.
            known(&[kinds::COLUMNS, kinds::QUESTIONS], &["Open", "Holder"]),
        ),
    ] {
        let shown = page.examples(heading);
        let shown: BTreeSet<String> = shown
            .iter()
            .map(|example| example.what().to_owned())
            .collect();
        assert_eq!(shown, expected, "below `{heading}`");
    }
    // A line that shows another kind than it says would have its words.
    for heading in [REPAIRS, CELLS, WORKBOOK, ROWS, ABOUT_ROWS, COLUMNS] {
        let mut of: BTreeMap<String, String> = BTreeMap::new();
        for example in page.examples(heading) {
            let what = example.what().to_owned();
            let first = of.entry(example.printed()).or_insert_with(|| what.clone());
            assert_eq!(*first, what, "both print `{}`", example.printed());
        }
    }
}
