//! Results as a workbook: beside the text, or alone, and taken up again after somebody worked in them.

use std::collections::BTreeMap;
use std::path::Path;

use reassign::sheet::{Options, Sheet};
use rust_xlsxwriter::Workbook;

use crate::main_job::choices::shell;
use crate::running::{Running, journaled};
use crate::support::{Ended, ResultRow, Sandbox, Workdir, wait_until};

/// The cells of a sheet, without those at the end of a row that hold nothing.
fn cells(path: &Path, sheet: &str) -> Vec<Vec<String>> {
    let options = Options {
        sheet: Some(sheet.to_owned()),
        ..Options::default()
    };
    let sheet = Sheet::open(path, &options).expect("a workbook");
    let batches = sheet.batches().expect("its rows");
    let rows = batches.flat_map(|batch| {
        let batch = batch.expect("rows");
        let rows = batch.rows();
        rows.map(|row| row.cells().map(str::to_owned).collect())
            .collect::<Vec<Vec<String>>>()
    });
    rows.collect()
}

/// The rows of a results workbook.
fn results(path: &Path) -> Vec<ResultRow> {
    let all = cells(path, "Results");
    let (header, rows) = all.split_first().expect("a header");
    let row = |cells: &Vec<String>| {
        let padded = cells
            .iter()
            .cloned()
            .chain(std::iter::repeat(String::new()));
        ResultRow(header.iter().cloned().zip(padded).collect())
    };
    rows.iter().map(row).collect()
}

/// How the rows are filtered.
type Hidden = &'static [u32];

/// Opens a results workbook, writes into some cells of it (row, column, text), and saves it, as an admin does.
fn edit(path: &Path, cells_to_write: &[(u32, &str, &str)], hidden: Hidden) {
    let rows = cells(path, "Results");
    let summary = cells(path, "reassign summary");
    let mut workbook = Workbook::new();
    let sheet = workbook
        .add_worksheet()
        .set_name("Results")
        .expect("a name");
    for (row, cells) in (0..).zip(&rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    let header = &rows[0];
    let place = |wanted: &str| {
        let place = header.iter().position(|name| name == wanted);
        u16::try_from(place.expect("the column")).expect("few columns")
    };
    for (row, column, text) in cells_to_write {
        sheet
            .write_string(row - 1, place(column), *text)
            .expect("a cell");
    }
    for row in hidden {
        sheet.set_row_hidden(row - 1).expect("a row");
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name("reassign summary").expect("a name");
    for (row, cells) in (0..).zip(&summary) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    workbook.save(path).expect("saved");
}

/// A workbook of these rows.
pub(crate) fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(row, column, *cell).expect("a cell");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

const ROWS: &[&[&str]] = &[
    &["Contact", "Owner", "Note"],
    &["id:10101", "105", "=1+1"],
    &["id:10102", "106", "'quoted"],
    &["id:10103", "Grace", "007"],
    &["id:10104", "105", "_x0041_ \u{1}"],
    &["id:10105", "", "+60"],
];

/// A run on a workbook that leaves rows 4 and 6 to repair.
fn first() -> (Workdir, Sandbox) {
    let (dir, sandbox) = (Workdir::with("team.xlsx", workbook(ROWS)), Sandbox::start());
    apply(&dir, "team.xlsx", &sandbox).exits(1);
    (dir, sandbox)
}

fn apply(dir: &Workdir, sheet: &str, sandbox: &Sandbox) -> Ended {
    dir.apply(sheet, sandbox, &["--rate", "1000/s"])
}

const TEXT: &str = "team.results.csv";
const BOOK: &str = "team.results.xlsx";

fn statuses(rows: &[ResultRow]) -> Vec<(u32, &str)> {
    rows.iter()
        .map(|row| (row.row(), row.get("status")))
        .collect()
}

#[test]
fn the_results_of_a_workbook_come_as_text_and_as_a_workbook_that_say_the_same() {
    let (dir, _sandbox) = first();
    let (text, book) = (dir.results(TEXT), results(&dir.path(BOOK)));
    assert_eq!(statuses(&book), text.statuses());
    let rows: Vec<&BTreeMap<String, String>> = text.rows.iter().map(|row| &row.0).collect();
    assert_eq!(book.iter().map(|row| &row.0).collect::<Vec<_>>(), rows);
    for (row, cells) in book.iter().zip(&ROWS[1..]) {
        assert_eq!(row.0["Note"], cells[2], "text as it was, and no apostrophe");
    }
    assert_eq!(
        statuses(&book),
        [
            (2, "assigned"),
            (3, "assigned"),
            (4, "invalid"),
            (5, "assigned"),
            (6, "invalid")
        ]
    );
}

#[test]
fn the_second_sheet_says_which_workspace_when_by_whom_and_what_to_do() {
    let (dir, sandbox) = first();
    let summary = cells(&dir.path(BOOK), "reassign summary");
    let value = |name: &str| {
        let row = summary
            .iter()
            .find(|row| row.first().is_some_and(|cell| cell == name));
        row.unwrap_or_else(|| panic!("no {name} in {summary:?}"))[1].clone()
    };
    assert_eq!(value("Workspace"), "127.0.0.1");
    assert!(value("When").starts_with("20"), "{summary:?}");
    assert!(value("By").contains(" on "), "{summary:?}");
    assert_eq!(
        (value("assigned"), value("invalid")),
        ("3".into(), "2".into())
    );
    let text = summary.concat().join("\n");
    assert!(
        text.contains(&format!("apply {BOOK} --yes --base-url {}", sandbox.url)),
        "{text}"
    );
}

#[test]
fn a_workbook_that_was_repaired_is_read_where_it_or_the_sheet_is_named() {
    for named in ["team.xlsx", BOOK] {
        let (dir, sandbox) = first();
        edit(
            &dir.path(BOOK),
            &[(4, "Owner", "105"), (6, "reassign_decision", "skip")],
            &[],
        );
        apply(&dir, named, &sandbox).exits(0);
        let (text, book) = (dir.results(TEXT), results(&dir.path(BOOK)));
        assert_eq!(text.row(4).get("status"), "assigned", "{named}");
        assert_eq!(text.row(4).0["Owner"], "105", "{named}");
        assert_eq!(statuses(&book), text.statuses(), "{named}");
        assert_eq!(text.row(3).0["Note"], "'quoted", "{named}");
        assert_eq!(sandbox.writes(), 4, "{named}");
        apply(&dir, named, &sandbox)
            .exits(0)
            .says("Nothing to change");
    }
}

#[test]
fn where_the_other_one_was_repaired_nothing_is_chosen_and_each_printed_command_works() {
    for named in ["team.xlsx", BOOK] {
        let (dir, sandbox) = first();
        let mut text = dir.results(TEXT);
        text.repair(4, "Owner", "105");
        let refused = apply(&dir, named, &sandbox).is_refused(2).says(
            "`team.results.csv` and `team.results.xlsx` do not say the same (first in row 4)",
        );
        assert_eq!(sandbox.writes(), 3);
        let commands: Vec<String> = refused
            .stderr()
            .lines()
            .filter(|line| line.contains(" --set-aside "))
            .map(str::to_owned)
            .collect();
        assert_eq!(commands.len(), 2, "{refused}");
        // The workbook as it was has nothing new to send; the text, if it is named, has.
        shell(&dir, &commands[1])
            .exits(1)
            .says("`team.results.csv`, which was edited, is kept among the earlier states");
        assert_eq!(sandbox.writes(), 3);
    }
    let (dir, sandbox) = first();
    let mut text = dir.results(TEXT);
    text.repair(4, "Owner", "105");
    text.repair(6, "Owner", "105");
    apply(&dir, TEXT, &sandbox).exits(0);
    assert_eq!(sandbox.writes(), 5);
    let book = results(&dir.path(BOOK));
    assert!(
        book.iter().all(|row| row.get("status") == "assigned"),
        "{book:?}"
    );
    assert!(
        !dir.path("team.reassign/earlier/team.results.1.xlsx")
            .exists(),
        "nobody had changed the workbook"
    );
}

#[test]
fn if_both_were_changed_and_differ_neither_is_read() {
    let (dir, sandbox) = first();
    edit(&dir.path(BOOK), &[(4, "Owner", "105")], &[]);
    dir.results(TEXT).repair(6, "Owner", "105");
    for named in ["team.xlsx", TEXT, BOOK] {
        apply(&dir, named, &sandbox).is_refused(2).says(
            "`team.results.csv` and `team.results.xlsx` do not say the same (first in row 4)",
        );
    }
    assert_eq!(sandbox.writes(), 3);
    edit(
        &dir.path(BOOK),
        &[(4, "Owner", "Grace"), (6, "Owner", "105")],
        &[],
    );
    apply(&dir, TEXT, &sandbox).exits(1);
    assert_eq!(sandbox.writes(), 4, "both say the same about row 6");
}

#[test]
fn without_the_text_the_workbook_is_enough() {
    let (dir, sandbox) = first();
    std::fs::remove_file(dir.path(TEXT)).expect("the text");
    edit(
        &dir.path(BOOK),
        &[(4, "Owner", "105"), (6, "Owner", "105")],
        &[],
    );
    apply(&dir, "team.xlsx", &sandbox).exits(0);
    assert_eq!(sandbox.writes(), 5);
    assert_eq!(dir.results(TEXT).count("assigned"), 5);
}

#[test]
fn results_named_xlsx_are_a_workbook_alone_and_go_on_in_it() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(
        "team.csv",
        "Contact,Owner,Note\nid:10101,105,=1\nid:10103,Grace,\n",
    );
    dir.apply(
        "team.csv",
        &sandbox,
        &["--rate", "1000/s", "-o", "out.xlsx"],
    )
    .exits(1);
    assert_eq!(dir.files(), ["out.reassign", "out.xlsx", "team.csv"]);
    let path = dir.path("out.xlsx");
    assert_eq!(statuses(&results(&path)), [(2, "assigned"), (3, "invalid")]);
    assert_eq!(results(&path)[0].0["Note"], "=1");
    edit(&path, &[(3, "Owner", "105")], &[]);
    apply(&dir, "out.xlsx", &sandbox).exits(0);
    assert_eq!(
        statuses(&results(&path)),
        [(2, "assigned"), (3, "assigned")]
    );
    assert_eq!(sandbox.writes(), 2);
    assert!(dir.path("out.reassign/earlier/out.1.xlsx").exists());
}

#[test]
fn a_plan_kept_as_a_workbook_is_applied() {
    let (dir, sandbox) = (Workdir::with("team.xlsx", workbook(ROWS)), Sandbox::start());
    dir.run([
        "plan",
        "team.xlsx",
        "--base-url",
        &sandbox.url,
        "-o",
        "plan.xlsx",
    ])
    .exits(1);
    let planned = statuses(&results(&dir.path("plan.xlsx")))
        .iter()
        .filter(|(_, status)| *status == "planned")
        .count();
    assert_eq!(planned, 3);
    let summary = cells(&dir.path("plan.xlsx"), "reassign summary")
        .concat()
        .join("\n");
    assert!(summary.contains("nothing was changed"), "{summary}");
    apply(&dir, "plan.xlsx", &sandbox).exits(1);
    assert_eq!(sandbox.writes(), 3);
    // A plan may be written over a plan, and over nothing else.
    dir.write("other.xlsx", workbook(&[&["a"], &["b"]]));
    dir.run(["plan", "team.xlsx", "--sandbox", "-o", "other.xlsx"])
        .is_refused(2)
        .says("is not known to be a plan of ours");
}

#[test]
fn open_rows_that_a_filter_hides_stop_results_and_settled_ones_do_not() {
    let (dir, sandbox) = first();
    edit(&dir.path(BOOK), &[(4, "Owner", "105")], &[2, 3]);
    apply(&dir, BOOK, &sandbox).exits(1);
    assert_eq!(sandbox.writes(), 4);
    edit(&dir.path(BOOK), &[(6, "Owner", "105")], &[2, 6]);
    apply(&dir, BOOK, &sandbox)
        .is_refused(2)
        .says("hides 1 row, by hand or by a filter (row 6)");
    assert_eq!(sandbox.writes(), 4);
}

#[test]
fn hidden_rows_of_the_first_sheet_decide_nothing_about_those_of_results() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(ROWS) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(row, column, *cell).expect("a cell");
        }
    }
    sheet.set_row_hidden(1).expect("a row");
    let dir = Workdir::with("team.xlsx", book.save_to_buffer().expect("a workbook"));
    let sandbox = Sandbox::start();
    dir.apply(
        "team.xlsx",
        &sandbox,
        &["--rate", "1000/s", "--hidden-rows", "skip"],
    )
    .exits(1);
    edit(&dir.path(BOOK), &[(4, "Owner", "105")], &[4]);
    apply(&dir, BOOK, &sandbox).is_refused(2).says("(row 4)");
}

#[test]
fn what_a_workbook_cannot_hold_is_told_before_anything_is_sent() {
    let sandbox = Sandbox::start();
    let long = "x".repeat(40_000);
    let dir = Workdir::with(
        "team.csv",
        format!("Contact,Owner,Note\nid:10101,105,{long}\n"),
    );
    let ended = dir
        .apply("team.csv", &sandbox, &["-o", "out.xlsx"])
        .is_refused(2);
    let ended = ended.says("a cell of a workbook holds 32767 characters, and the one in row 2, column 3, would have 40000");
    assert_eq!(sandbox.writes(), 0);
    let text = ended.stderr();
    let command = text.lines().last().expect("a command").trim();
    assert!(command.ends_with("-o out.csv"), "{command}");
    dir.run(["plan", "team.csv", "--sandbox", "-o", "plan.xlsx"])
        .is_refused(2)
        .says("-o plan.csv");
}

#[test]
fn a_workbook_that_cannot_hold_the_rows_leaves_the_text_whole() {
    let sandbox = Sandbox::start();
    let long = "x".repeat(40_000);
    let table = format!(
        "<table:table table:name=\"Team\">{}{}</table:table>",
        crate::reading::ods_row("", &["Contact", "Owner", "Note"]),
        crate::reading::ods_row("", &["id:10101", "105", &long])
    );
    let content = crate::reading::content("", &table);
    let dir = Workdir::with("team.ods", crate::reading::ods(&content));
    apply(&dir, "team.ods", &sandbox)
        .exits(0)
        .says("The results could not be written as a workbook: cannot write `team.results.xlsx`: a cell of a workbook holds");
    assert_eq!(dir.results(TEXT).statuses(), [(2, "assigned")]);
    assert!(!dir.path(BOOK).exists());
}

#[test]
fn a_file_that_stands_where_the_workbook_would_go_is_left_alone() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with("team.xlsx", workbook(ROWS));
    let mine = workbook(&[&["my own"]]);
    dir.write(BOOK, &mine);
    apply(&dir, "team.xlsx", &sandbox)
        .is_refused(2)
        .says("`team.results.xlsx` exists");
    assert_eq!(std::fs::read(dir.path(BOOK)).expect("my own"), mine);
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn a_workbook_that_somebody_saves_during_a_run_is_kept() {
    let sandbox = Sandbox::with(["--latency", "300ms"]);
    let dir = Workdir::with("team.xlsx", workbook(ROWS));
    apply(&dir, "team.xlsx", &sandbox).exits(1);
    let mut text = dir.results(TEXT);
    text.repair(4, "Owner", "105");
    let run = Running::start(&mut dir.applying(TEXT, &sandbox, &[]));
    wait_until("the run has begun", || {
        journaled(&dir, "team.reassign/journal", "start") == 2
    });
    edit(&dir.path(BOOK), &[(6, "Note", "typed meanwhile")], &[]);
    run.ends().exits(1);
    let kept = results(&dir.path("team.reassign/earlier/team.results.1.xlsx"));
    assert_eq!(kept[4].0["Note"], "typed meanwhile");
    assert_eq!(results(&dir.path(BOOK))[4].0["Note"], "+60");
}

#[test]
fn a_run_that_was_killed_between_the_two_files_goes_on_from_the_text() {
    let (dir, sandbox) = first();
    let before = std::fs::read(dir.path(BOOK)).expect("the workbook");
    dir.results(TEXT).repair(4, "Owner", "105");
    apply(&dir, TEXT, &sandbox).exits(1);
    // The workbook was not replaced yet, and the run has not ended.
    dir.write(BOOK, before);
    let journal = dir.read("team.reassign/journal");
    let end = journal.trim_end().rfind('\n').expect("lines");
    assert!(journal[end..].contains("{\"end\""), "{}", &journal[end..]);
    dir.write("team.reassign/journal", &journal[..=end]);
    for named in [BOOK, "team.xlsx"] {
        apply(&dir, named, &sandbox)
            .exits(1)
            .does_not_say("was changed since");
        assert_eq!(
            statuses(&results(&dir.path(BOOK))),
            dir.results(TEXT).statuses()
        );
        assert_eq!(dir.results(TEXT).count("assigned"), 4);
    }
    assert_eq!(sandbox.writes(), 4);
}
