//! What was wrong with a row is still wrong in its results, until somebody has repaired it there.

use rust_xlsxwriter::Workbook;

use crate::support::{Results, Workdir};

/// The results of a plan, and those of a plan on them.
fn twice(dir: &Workdir, sheet: &str) -> (Results, Results) {
    let plan = |sheet: &str, out: &str| {
        let args = ["plan", sheet, "--sandbox", "-o", out];
        let ended = dir.run(args);
        assert!([0, 1].contains(&ended.code()), "{ended}");
        dir.results(out)
    };
    let first = plan(sheet, "first.csv");
    (first, plan("first.csv", "second.csv"))
}

#[track_caller]
fn stays_invalid(results: &(Results, Results), row: u32, why: &str) {
    let (first, second) = results;
    for results in [first, second] {
        let found = results.row(row);
        assert_eq!(found.get("status"), "invalid", "{found:?}");
        assert!(found.get("error").contains(why), "{found:?}");
    }
}

/// The first row of `team.csv` is wrong, in its results as well, until its name is written anew.
#[track_caller]
fn stays_invalid_until_repaired(dir: &Workdir, why: &str, name: &str) {
    let results = twice(dir, "team.csv");
    stays_invalid(&results, 2, why);
    let (mut first, _) = results;
    first.repair(2, "Name", name);
    dir.run(["plan", "first.csv", "--sandbox"])
        .exits(0)
        .says("give 2 contacts to new owners");
}

#[test]
fn digits_that_a_workbook_lost_are_not_found_again_in_the_results() {
    let dir = Workdir::new();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet
        .write(0, 0, "Contact ID")
        .and_then(|sheet| sheet.write(0, 1, "Owner"))
        .and_then(|sheet| sheet.write(1, 0, 1_234_567_890_123_456_u64))
        .and_then(|sheet| sheet.write(1, 1, 102))
        .expect("cells");
    workbook.save(dir.path("book.xlsx")).expect("a workbook");
    let results = twice(&dir, "book.xlsx");
    stays_invalid(&results, 2, "more digits than a workbook keeps");
    let (mut first, _) = results;
    first.repair(2, "Contact ID", "1234567890123457");
    dir.run(["plan", "first.csv", "--sandbox"])
        .exits(0)
        .says("give 1 contact to a new owner");
}

/// A plan of a workbook in which the contact in row 2 has lost its last digits.
fn lost_digits() -> Workdir {
    let dir = Workdir::new();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet
        .write(0, 0, "Contact ID")
        .and_then(|sheet| sheet.write(0, 1, "Owner"))
        .and_then(|sheet| sheet.write(0, 2, "Order"))
        .and_then(|sheet| sheet.write(1, 0, 1_234_567_890_123_456_u64))
        .and_then(|sheet| sheet.write(1, 1, 102))
        .and_then(|sheet| sheet.write(1, 2, 1_234_567_890_123_456_u64))
        .expect("cells");
    workbook.save(dir.path("book.xlsx")).expect("a workbook");
    dir.run(["plan", "book.xlsx", "--sandbox", "-o", "first.csv"])
        .exits(1);
    dir
}

#[test]
fn a_lost_value_is_written_so_that_every_later_reading_finds_the_same() {
    let dir = lost_digits();
    let mut first = dir.results("first.csv");
    let row = first.row(2);
    assert_eq!(row.0["Contact ID"], "1.234567890123456E+15");
    assert_eq!(row.0["Order"], "1234567890123456", "nobody reads this one");
    assert_eq!(row.get("reason"), "digits-lost");
    assert!(row.get("cells").starts_with("contact:digits-lost:"));
    // A row of which nobody knows anything any more is a new one, and reads the same.
    for column in reassign::outcome::column::ALL {
        first.repair_first(column, "");
    }
    dir.run(["plan", "first.csv", "--sandbox", "-o", "second.csv"])
        .exits(1);
    let second = dir.results("second.csv");
    assert_eq!(second.count("invalid"), 1);
    assert_eq!(second.rows[0].get("reason"), "digits-lost");
}

#[test]
fn nothing_is_decided_by_the_words_of_a_sentence() {
    let mut text = b"\xef\xbb\xbfContact,Owner,Name\nid:1,102,Zo".to_vec();
    text.extend(b"\xeb\nid:2,102,\"Bo\nid:3,102,Cy,x\n");
    for words in ["", "all is well", "column `Contact`: no"] {
        for dir in [lost_digits(), Workdir::with("team.csv", text.clone())] {
            if dir.files().contains(&"team.csv".to_owned()) {
                dir.run(["plan", "team.csv", "--sandbox", "-o", "first.csv"])
                    .exits(1);
            }
            let mut first = dir.results("first.csv");
            let rows: Vec<u32> = first.rows.iter().map(|row| row.row()).collect();
            for row in &rows {
                assert_eq!(first.row(*row).get("status"), "invalid");
                first.repair(*row, "reassign_error", words);
            }
            dir.run(["plan", "first.csv", "--sandbox", "-o", "second.csv"])
                .exits(1);
            let second = dir.results("second.csv");
            for row in rows {
                let (before, after) = (first.row(row), second.row(row));
                assert_eq!(after.get("status"), "invalid", "{after:?}");
                assert_eq!(after.get("reason"), before.get("reason"));
            }
        }
    }
}

#[test]
fn a_reason_or_a_digest_that_was_emptied_is_refused() {
    for (column, says) in [
        ("reason", "it says why the row is `invalid`"),
        ("cells", "it tells whether the row was repaired"),
        ("status", "it says what became of the row"),
    ] {
        let dir = lost_digits();
        let column = format!("reassign_{column}");
        dir.results("first.csv").repair(2, &column, "");
        dir.run(["plan", "first.csv", "--sandbox"])
            .is_refused(2)
            .says(&format!(
                "row 2: the blank cell in column `{column}` cannot be read: {says}; restore it, or empty the row's \
                 cells in all columns named `reassign_…`"
            ));
    }
}

#[test]
fn what_a_spreadsheet_program_does_to_a_row_repairs_nothing() {
    let mut text = b"\xef\xbb\xbfContact,Owner,Name\nid:1,102,Zo".to_vec();
    text.extend(b"\xeb\n");
    let dir = Workdir::with("team.csv", text);
    dir.run(["plan", "team.csv", "--sandbox", "-o", "first.csv"])
        .exits(1);
    let mut first = dir.results("first.csv");
    first.repair(2, "Name", "Zo?");
    first.repair(2, "Owner", "102.0");
    dir.run(["plan", "first.csv", "--sandbox", "-o", "second.csv"])
        .exits(1);
    assert_eq!(
        dir.results("second.csv").row(2).get("reason"),
        "undecodable"
    );
}

#[test]
fn a_row_with_more_cells_than_the_header_is_not_right_because_its_results_have_a_column_for_them() {
    let dir = Workdir::with(
        "team.csv",
        "Name,Backup phone number,Phone,Owner\nLee, Ann,x,+60121233112,102\nBo,y,+60121233113,102\n\"Lee, Cy\",+60121233119,+60121233114,102,7\n",
    );
    let results = twice(&dir, "team.csv");
    stays_invalid(&results, 4, "more cells than the header");
    let (mut first, _) = results;
    first.repair(4, "reassign_surplus", "");
    dir.run(["plan", "first.csv", "--sandbox", "-o", "third.csv"]);
    assert_eq!(dir.results("third.csv").row(4).get("status"), "planned");
}

#[test]
fn bytes_that_did_not_decode_are_not_right_because_the_results_decode() {
    let mut text = b"\xef\xbb\xbfContact,Owner,Name\nid:1,102,Zo".to_vec();
    text.extend(b"\xeb,\nid:2,102,Bo\n");
    let dir = Workdir::with("team.csv", text);
    stays_invalid_until_repaired(&dir, "bytes that are not UTF-8", "Zoë");
}

#[test]
fn a_quote_that_was_never_closed_is_not_right_because_the_results_close_it() {
    let dir = Workdir::with(
        "team.csv",
        "Contact,Owner,Name\nid:1,102,\"Zoe\nid:2,102,Bo\n",
    );
    stays_invalid_until_repaired(&dir, "none closes it", "Zoe");
}

#[test]
fn results_without_one_of_their_columns_are_refused_and_not_taken_for_a_new_sheet() {
    for lost in [
        "reassign_row",
        "reassign_contact",
        "reassign_assignee",
        "reassign_status",
    ] {
        let dir = Workdir::with("team.csv", "Contact,Owner\nid:1,102\n");
        dir.run(["plan", "team.csv", "--sandbox", "-o", "first.csv"])
            .exits(0);
        let text = dir.read("first.csv").replace(lost, "gone");
        dir.write("first.csv", text);
        dir.run(["plan", "first.csv", "--sandbox"])
            .is_refused(2)
            .says(&format!(
                "the columns of a results file are here, but not `{lost}`; name it so again"
            ));
    }
    let dir = Workdir::with("team.csv", "Contact,Owner,reassign_row\nid:1,102,9\n");
    dir.run(["plan", "team.csv", "--sandbox"])
        .is_refused(2)
        .says("but not `reassign_contact`");
    let dir = Workdir::with("team.csv", "Contact,Owner,Note\nid:1,102,x\n");
    dir.run(["plan", "team.csv", "--sandbox", "-o", "first.csv"])
        .exits(0);
    let text = dir.read("first.csv").replace("Note", "reassign_status");
    dir.write("first.csv", text);
    dir.run(["plan", "first.csv", "--sandbox"])
        .is_refused(2)
        .says("two columns are named `reassign_status`");
}

#[test]
fn remarks_above_the_header_of_results_do_not_make_a_new_sheet_of_them() {
    let sandbox = crate::support::Sandbox::start();
    let dir = Workdir::with("team.csv", "Contact,Owner\nid:10001,102\n");
    dir.apply("team.csv", &sandbox, &[]).exits(0);
    let text = dir.read("team.results.csv");
    dir.write("team.results.csv", format!(",,checked,,by Ann\n{text}"));
    dir.run(["plan", "team.results.csv", "--base-url", &sandbox.url])
        .says("done earlier and will not be done again")
        .says("This will change nothing");
}
