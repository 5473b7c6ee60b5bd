//! Results that went through a spreadsheet program, and are run again.

use encoding_rs::WINDOWS_1252;

use crate::support::{Ended, Results, Sandbox, Workdir};

const SHEET: &str = "team.csv";
const RESULTS: &str = "team.results.csv";
/// Contacts of the sample workspace by phone, in other forms than the workspace has them, and one unknown to it.
const ROWS: &str = "Name,Phone,Owner,Active,Note\n\
    Zoë,PHONE0,105,true,\"a, b; c\"\n\
    Bala,PHONE1,grace.tan@example.com,false,-\n\
    Cik,PHONE2,Grace Tan,true,\n\
    Dee,PHONE3,105,true,\n\
    Eve,+60,105,true,\n";

/// A table as a spreadsheet program has it.
type Table = Vec<Vec<String>>;

fn phones(sandbox: &Sandbox) -> Vec<String> {
    let answer = crate::support::http(sandbox.authority(), "GET", "/_sandbox/assignments", &[], "");
    let mut reader = csv::Reader::from_reader(answer.body.as_bytes());
    let place = reader
        .headers()
        .expect("a header")
        .iter()
        .position(|name| name == "phone");
    let place = place.expect("the column");
    let rows = reader
        .records()
        .map(|row| row.expect("a row")[place].to_owned());
    let found: Vec<_> = rows
        .filter(|phone| phone.starts_with("+60"))
        .take(4)
        .collect();
    assert_eq!(found.len(), 4);
    found
}

fn apply(dir: &Workdir, sheet: &str, sandbox: &Sandbox) -> Ended {
    dir.apply(sheet, sandbox, &["--rate", "1000/s"])
}

/// The results of a first run: two settled rows, and one each to repair on either side, and one that was not attempted.
struct First {
    dir: Workdir,
    sandbox: Sandbox,
    table: Table,
}

impl First {
    fn run() -> First {
        let sandbox = Sandbox::start();
        let mut sheet = ROWS.to_owned();
        for (place, phone) in phones(&sandbox).iter().enumerate() {
            sheet = sheet.replace(&format!("PHONE{place}"), phone);
        }
        let dir = Workdir::with(SHEET, sheet);
        dir.apply(SHEET, &sandbox, &["--rate", "1000/s", "--limit", "2"])
            .exits(1);
        assert_eq!(
            dir.results(RESULTS).statuses(),
            [
                (2, "assigned"),
                (3, "assigned"),
                (4, "invalid"),
                (5, "not_attempted"),
                (6, "invalid")
            ]
        );
        assert_eq!(sandbox.writes(), 2);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_path(dir.path(RESULTS))
            .expect("results");
        let rows = reader
            .records()
            .map(|row| row.expect("a row").iter().map(str::to_owned).collect());
        let table = rows.collect();
        First {
            dir,
            sandbox,
            table,
        }
    }

    /// Writes another text into a cell.
    fn set(&mut self, row: usize, column: &str, text: &str) {
        let place = self.table[0]
            .iter()
            .position(|name| name == column)
            .expect("the column");
        self.table[row - 1][place] = text.to_owned();
    }

    /// Changes every cell of a column below the header.
    fn change(&mut self, column: &str, change: impl Fn(&str) -> String) {
        let place = self.table[0]
            .iter()
            .position(|name| name == column)
            .expect("the column");
        self.table[1..]
            .iter_mut()
            .for_each(|row| row[place] = change(&row[place]));
    }

    fn repair(&mut self) {
        self.set(4, "Owner", "106");
        self.set(6, "reassign_decision", "skip");
    }

    fn text(&self, delimiter: u8) -> String {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        self.table
            .iter()
            .for_each(|row| writer.write_record(row).expect("a row"));
        String::from_utf8(writer.into_inner().expect("rows")).expect("UTF-8")
    }

    /// Saves the results in this form, and expects that a second run settles what was open and sends nothing else.
    #[track_caller]
    fn settles(&self, saved: &[u8]) -> Results {
        self.dir.write(RESULTS, saved);
        let ended = apply(&self.dir, RESULTS, &self.sandbox).exits(0);
        let ended = ended
            .does_not_say("says something else")
            .does_not_say("say something else");
        let results = Results::read_any(&self.dir.path(RESULTS));
        assert_eq!(
            results.statuses(),
            [
                (2, "assigned"),
                (3, "assigned"),
                (4, "assigned"),
                (5, "assigned"),
                (6, "skipped")
            ],
            "{ended}"
        );
        let writes: Vec<_> = self
            .sandbox
            .record()
            .values()
            .map(|held| held.writes)
            .filter(|writes| *writes > 0)
            .collect();
        assert_eq!(writes, [1; 4], "{ended}");
        apply(&self.dir, RESULTS, &self.sandbox)
            .exits(0)
            .says("Nothing to change");
        results
    }
}

#[test]
fn plus_signs_and_apostrophes_may_be_gone() {
    let mut first = First::run();
    first.repair();
    first.change("Phone", |cell| {
        cell.trim_start_matches(['\'', '+']).to_owned()
    });
    first.change("Note", |cell| cell.trim_start_matches('\'').to_owned());
    first.settles(first.text(b',').as_bytes());
}

#[test]
fn apostrophes_may_be_kept_and_every_cell_quoted() {
    let mut first = First::run();
    first.repair();
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let lines = first.table.iter().map(|row| {
        let cells: Vec<_> = row.iter().map(quoted).collect();
        cells.join(",") + "\n"
    });
    first.settles(lines.collect::<String>().as_bytes());
}

#[test]
fn numbers_may_have_decimals() {
    let mut first = First::run();
    first.repair();
    let float = |cell: &str| match cell.trim_start_matches(['\'', '+']) {
        digits if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{digits}.0")
        }
        _ => cell.to_owned(),
    };
    for column in [
        "Phone",
        "Owner",
        "reassign_row",
        "reassign_http",
        "reassign_contact_id",
        "reassign_attempts",
        "reassign_assignee",
        "reassign_previous",
    ] {
        first.change(column, float);
    }
    first.settles(first.text(b',').as_bytes());
}

#[test]
fn scientific_notation_agrees_in_rows_that_needed_no_repair() {
    let mut first = First::run();
    first.repair();
    let rounded = |cell: &str| {
        let digits: f64 = cell
            .trim_start_matches(['\'', '+'])
            .parse()
            .expect("digits");
        let text = format!("{digits:.2e}");
        text.replace('e', "E+")
    };
    let phone = |row: usize, first: &First| first.table[row - 1][1].clone();
    for row in [2, 3, 5] {
        let cell = rounded(&phone(row, &first));
        assert!(cell.ends_with("E+10") && cell.starts_with("6.01"), "{cell}");
        first.set(row, "Phone", &cell);
    }
    first.settles(first.text(b',').as_bytes());
}

#[test]
fn scientific_notation_is_rejected_in_a_row_that_was_to_be_repaired() {
    let mut first = First::run();
    first.repair();
    first.set(4, "Phone", "6.01E+10");
    first.dir.write(RESULTS, first.text(b','));
    apply(&first.dir, RESULTS, &first.sandbox).exits(1);
    let results = first.dir.results(RESULTS);
    assert_eq!(results.row(4).get("status"), "invalid");
    assert!(
        results.row(4).get("error").contains("digits were lost"),
        "{}",
        results.row(4).get("error")
    );
    assert_eq!(first.sandbox.writes(), 3, "row 5 only");
}

#[test]
fn scientific_notation_of_another_number_is_something_else() {
    let mut first = First::run();
    first.repair();
    first.set(2, "Phone", "4.42E+11");
    first.set(5, "Phone", "4.42E+11");
    first.dir.write(RESULTS, first.text(b','));
    apply(&first.dir, RESULTS, &first.sandbox)
        .exits(1)
        .says("row 2 was settled");
    let results = first.dir.results(RESULTS);
    assert_eq!(
        (results.row(2).get("status"), results.row(5).get("status")),
        ("assigned", "invalid")
    );
}

#[test]
fn another_delimiter_is_kept() {
    for delimiter in *b";\t|" {
        let mut first = First::run();
        first.repair();
        first.settles(first.text(delimiter).as_bytes());
        let text = first.dir.read(RESULTS);
        let between = format!("Name{0}Phone{0}Owner", char::from(delimiter));
        assert!(text.starts_with(&between), "{text}");
    }
}

#[test]
fn any_encoding_is_read_and_written_back_so_that_spreadsheet_programs_know_it() {
    fn utf_16(text: &str) -> Vec<u8> {
        let units = [0xFEFF].into_iter().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    }
    let forms: [fn(&str) -> Vec<u8>; 3] = [
        |text| WINDOWS_1252.encode(text).0.into_owned(),
        utf_16,
        |text| format!("\u{feff}{text}").into_bytes(),
    ];
    for form in forms {
        let mut first = First::run();
        first.repair();
        first.settles(&form(&first.text(b';')));
        let text = first.dir.read(RESULTS);
        assert!(text.starts_with("\u{feff}Name;Phone"), "{text}");
        assert!(text.contains("Zoë"), "{text}");
    }
}

#[test]
fn what_a_spreadsheet_program_makes_of_other_cells_does_not_matter() {
    let mut first = First::run();
    first.repair();
    first.change("Active", |cell| cell.to_uppercase());
    first.change("reassign_at", |at| match at {
        "" => String::new(),
        _ => "23/11/2026 10:41".to_owned(),
    });
    let header = first.table[0].clone();
    for row in &mut first.table {
        row.extend([String::new(), String::new()]);
    }
    let results = first.settles(first.text(b',').as_bytes());
    assert_eq!(results.row(2).get("at"), "23/11/2026 10:41");
    assert_eq!(
        results.header, header,
        "columns without anything in them are dropped"
    );
}

#[test]
fn results_saved_as_a_workbook_are_taken_up_and_kept_as_both() {
    let mut first = First::run();
    let text = first.dir.read(RESULTS);
    first.repair();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(&first.table) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    let saved = workbook.save_to_buffer().expect("a workbook");
    first.dir.write("team.results.xlsx", &saved);
    apply(&first.dir, "team.results.xlsx", &first.sandbox)
        .exits(0)
        .says("The same as text: team.results.csv");
    assert_eq!(first.sandbox.writes(), 4);
    let before = first.dir.path("team.reassign/earlier/team.results.1.xlsx");
    assert_eq!(std::fs::read(before).expect("the former workbook"), saved);
    assert_eq!(
        first.dir.read("team.reassign/earlier/team.results.1.csv"),
        text
    );
    assert_eq!(first.dir.results(RESULTS).count("assigned"), 4);
    apply(&first.dir, RESULTS, &first.sandbox)
        .exits(0)
        .says("Nothing to change");
}

#[test]
fn results_say_by_themselves_how_they_are_read_whatever_was_said_about_the_sheet() {
    type Case<'a> = ([&'a str; 2], char, fn(&str) -> Vec<u8>);
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [Case<'_>; 3] = [
        (["--delimiter", "~"], '~', |text| text.into()),
        (["--encoding", "utf-16le"], ',', utf_16),
        (["--encoding", "macintosh"], ';', |text| {
            text.replace('é', "\u{8e}")
                .chars()
                .map(|char| char as u8)
                .collect()
        }),
    ];
    let (sheet, results) = ("s.csv", "s.results.csv");
    for (said, delimiter, form) in cases {
        let sandbox = Sandbox::start();
        let text: String = (10_001..10_006)
            .map(|id| format!("id:{id},101,née\n"))
            .collect();
        let text = format!("contact,assignee,née\n{text}").replace(',', &delimiter.to_string());
        let dir = Workdir::with(sheet, form(&text));
        let one = [&["--limit", "1"], &said[..]].concat();
        for named in [sheet, sheet, results] {
            dir.apply(named, &sandbox, &one).exits(1);
        }
        dir.apply(results, &sandbox, &["--limit", "1"]).exits(1);
        dir.run(["undo", results]).exits(0);
        dir.run(["report", results]).exits(0);
        dir.apply(results, &sandbox, &[]).exits(0);
        let text = dir.read(results);
        let lines = text.trim_start_matches('\u{feff}').lines();
        let own = |line: &str| line.split(delimiter).nth(2).map(str::to_owned);
        assert!(
            lines.map(own).all(|own| own.as_deref() == Some("née")),
            "{text}"
        );
    }
}
