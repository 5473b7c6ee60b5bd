//! Laws of reading: what a person does not see, or sees and knows to mean nothing, changes no row.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::sample::select;
use reassign::mapping::{self, Choice, ColumnError, OnBlank, Reader, Reading, find_columns};
use reassign::sheet::{Options, Sheet};
use rust_xlsxwriter::{Format, Formula, Workbook};

/// A cell as it is written.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Text(String),
    /// A number and its format, nothing for the general one.
    Number(f64, &'static str),
    /// A formula and its result.
    Sum(String, f64),
    Blank,
}

/// A sheet as it is written.
#[derive(Clone, Debug)]
struct Written {
    rows: Vec<Vec<Cell>>,
    /// Ranges by their first and last row and column.
    merged: Vec<(u32, u16, u32, u16)>,
}

/// One change that must change nothing.
#[derive(Clone, Debug)]
enum Change {
    /// The columns in another order: where each is taken from, by its rank.
    Reorder(Vec<u16>),
    /// A title in a row on top, and whether it is merged across.
    Title(&'static str, bool),
    /// Totals below the data: a word, or sums of all columns.
    Totals { word: bool },
    /// Equal neighbours of the column of owners become one merged cell.
    MergeEqual,
    /// Numbers in a format that shows the same text, or stored as text.
    SameText(&'static str),
    /// Numbers stored as text.
    AsText,
}

const ROWS: std::ops::Range<usize> = 3..8;

fn base() -> impl Strategy<Value = Written> {
    let owners = proptest::collection::vec(select(vec![12_u32, 13, 14]), ROWS);
    (
        owners,
        select(vec!["Phone", "Email", "Contact ID"]),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(owners, contact, has_new, by_email)| {
            let text = |text: String| Cell::Text(text);
            let mut header = vec![
                text(contact.to_owned()),
                text("City".to_owned()),
                text("Owner".to_owned()),
            ];
            header.extend(has_new.then(|| text("New owner".to_owned())));
            let person = |number: u32| match by_email {
                true => text(format!("user{number}@example.com")),
                false => Cell::Number(f64::from(number), ""),
            };
            let row = |(place, owner): (usize, &u32)| {
                let contact = match contact {
                    "Phone" => Cell::Number(60_123_456_701.0 + place as f64, "\"+\"0"),
                    "Email" => text(format!("c{place}@example.org")),
                    _ => Cell::Number(900.0 + 7.0 * place as f64, ""),
                };
                let mut row = vec![
                    contact,
                    text(format!("Town {}", char::from(b'A' + place as u8))),
                    person(*owner),
                ];
                row.extend(has_new.then(|| person(owner + 10)));
                row
            };
            let rows = owners.iter().enumerate().map(row);
            Written {
                rows: std::iter::once(header).chain(rows).collect(),
                merged: Vec::new(),
            }
        })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        proptest::collection::vec(any::<u16>(), 5).prop_map(Change::Reorder),
        (
            select(vec![
                "Handover of May",
                "Contacts by owner",
                "Report: contacts, 2026-11-26"
            ]),
            any::<bool>()
        )
            .prop_map(|(title, merged)| Change::Title(title, merged)),
        any::<bool>().prop_map(|word| Change::Totals { word }),
        Just(Change::MergeEqual),
        select(vec!["0", "@", "General", "#", "##0"]).prop_map(Change::SameText),
        Just(Change::AsText),
    ]
}

impl Written {
    /// Where the header stands.
    fn header(&self) -> usize {
        let is_header = |row: &Vec<Cell>| row.contains(&Cell::Text("Owner".to_owned()));
        self.rows.iter().position(is_header).expect("a header")
    }

    fn column(&self, name: &str) -> Option<usize> {
        let header = &self.rows[self.header()];
        header
            .iter()
            .position(|cell| *cell == Cell::Text(name.to_owned()))
    }

    fn changed(mut self, change: &Change) -> Written {
        let header = self.header();
        let width = self.rows[header].len();
        match change {
            // A total stands on its own, and so does what is merged.
            Change::Reorder(ranks) if self.merged.is_empty() && header == 0 => {
                let mut order: Vec<usize> = (0..width).collect();
                order.sort_by_key(|column| ranks.get(*column).copied().unwrap_or(0));
                // A word for the totals stands in front of them.
                let has_word = self
                    .rows
                    .iter()
                    .any(|row| row[0] == Cell::Text("Total".to_owned()));
                if !has_word {
                    for row in &mut self.rows {
                        *row = order.iter().map(|column| row[*column].clone()).collect();
                    }
                }
            }
            Change::Title(title, merged) if self.merged.is_empty() => {
                let mut row = vec![Cell::Text((*title).to_owned())];
                row.resize(width, Cell::Blank);
                self.rows.insert(0, row);
                if *merged {
                    self.merged.push((0, 0, 0, width as u16 - 1));
                }
                self.shift_sums();
            }
            Change::Totals { word } if !self.has_totals() => {
                let (first, last) = (header + 2, self.rows.len());
                let sum = |column: usize| {
                    let letter = char::from(b'A' + column as u8);
                    Cell::Sum(
                        format!("=SUBTOTAL(103,{letter}{first}:{letter}{last})"),
                        (last + 1 - first) as f64,
                    )
                };
                let mut row: Vec<Cell> = (0..width).map(sum).collect();
                if *word {
                    row[0] = Cell::Text("Total".to_owned());
                }
                self.rows.push(row);
            }
            Change::MergeEqual => {
                let owner = self.column("Owner").expect("owners");
                let mut at = header + 1;
                while at < self.rows.len() {
                    let same = self.rows[at..]
                        .iter()
                        .take_while(|row| row[owner] == self.rows[at][owner])
                        .count();
                    let range = (
                        at as u32,
                        owner as u16,
                        (at + same - 1) as u32,
                        owner as u16,
                    );
                    if same > 1 && !self.merged.contains(&range) {
                        self.merged.push(range);
                    }
                    at += same;
                }
            }
            Change::SameText(format) => {
                for cell in self.rows.iter_mut().flatten() {
                    if let Cell::Number(_, old @ "") = cell {
                        *old = format;
                    }
                }
            }
            Change::AsText => {
                for cell in self.rows.iter_mut().flatten() {
                    match cell {
                        Cell::Number(number, "\"+\"0") => *cell = Cell::Text(format!("+{number}")),
                        Cell::Number(number, _) => *cell = Cell::Text(number.to_string()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        self
    }

    fn has_totals(&self) -> bool {
        let is_sum = |cell: &Cell| matches!(cell, Cell::Sum(..));
        self.rows.iter().flatten().any(is_sum)
    }

    /// Sums go by rows that have moved down by one.
    fn shift_sums(&mut self) {
        let (first, last) = (self.header() + 2, self.rows.len() - 1);
        for row in &mut self.rows {
            for (column, cell) in row.iter_mut().enumerate() {
                if let Cell::Sum(formula, _) = cell {
                    let letter = char::from(b'A' + column as u8);
                    *formula = format!("=SUBTOTAL(103,{letter}{first}:{letter}{last})");
                }
            }
        }
    }

    fn save(&self, path: &Path) {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (first_row, first, last_row, last) in &self.merged {
            sheet
                .merge_range(*first_row, *first, *last_row, *last, "", &Format::new())
                .expect("merged");
        }
        let is_covered = |row: u32, column: u16| {
            let covers = |(first_row, first, last_row, last): &(u32, u16, u32, u16)| {
                (*first_row..=*last_row).contains(&row)
                    && (*first..=*last).contains(&column)
                    && (row, column) != (*first_row, *first)
            };
            self.merged.iter().any(covers)
        };
        for (row, cells) in (0..).zip(&self.rows) {
            for (column, cell) in (0..).zip(cells) {
                if is_covered(row, column) {
                    continue;
                }
                let written = match cell {
                    Cell::Blank => continue,
                    Cell::Text(text) => sheet.write_string(row, column, text),
                    Cell::Number(number, "") => sheet.write_number(row, column, *number),
                    Cell::Number(number, format) => sheet.write_number_with_format(
                        row,
                        column,
                        *number,
                        &Format::new().set_num_format(*format),
                    ),
                    Cell::Sum(formula, result) => sheet.write_formula(
                        row,
                        column,
                        Formula::new(formula).set_result(result.to_string()),
                    ),
                };
                written.expect("a cell");
            }
        }
        book.save(path).expect("saved");
    }

    fn read(&self) -> Result<Vec<String>, Vec<ColumnError>> {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("team.xlsx");
        self.save(&path);
        read(&path)
    }
}

/// Contact and assignee of every row that is one; anything else stands there as it is.
fn read(path: &Path) -> Result<Vec<String>, Vec<ColumnError>> {
    let sheet = Sheet::open(path, &Options::default()).expect("a sheet");
    let head = sheet.head().expect("readable").expect("rows");
    let rows: Vec<_> = head.rows().collect();
    let columns = find_columns(&rows, &Choice::default(), None)?;
    let reader = Reader {
        blank: if columns.blank_stays {
            OnBlank::Skip
        } else {
            OnBlank::Error
        },
        ..Reader::default()
    };
    let mappings = mapping::read(&sheet, &columns, &reader).expect("readable");
    let said = mappings
        .items
        .iter()
        .filter_map(|item| match &item.reading {
            Reading::Mapping { contact, assignee } => {
                Some(format!("{contact} {}", mappings.assignees.get(*assignee)))
            }
            Reading::NoRow(_) => None,
            other => Some(format!("{other:?}")),
        });
    Ok(said.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_nobody_sees_or_everybody_knows_to_mean_nothing_changes_no_row(
        base in base(),
        changes in proptest::collection::vec(change(), 1..5),
    ) {
        let before = base.read().expect("columns");
        prop_assert_eq!(before.len(), base.rows.len() - 1);
        let changed = changes.iter().fold(base, Written::changed);
        let after = changed.read();
        prop_assert_eq!(after.as_ref().ok(), Some(&before), "{:?} {:?}", changed, after);
    }

    #[test]
    fn another_column_changes_no_row_or_is_asked_about(
        base in base(),
        name in select(vec![
            "Notes", "Tags", "Created at", "Deal value", "Score", "Created by", "Account manager", "Region", "Language",
            "Last modified by", "Backup owner", "Team lead", "Company", "", "Status", "Extension", "Reference", "Kundennummer",
        ]),
        values in proptest::collection::vec(0_u32..4, 8),
        kind in 0..4,
        place in 0..4_usize,
    ) {
        let before = base.read().expect("columns");
        let mut more = base;
        let at = place.min(more.rows[0].len());
        // Cells beyond the header are no column: their rows are rejected.
        prop_assume!(!name.is_empty() || at < more.rows[0].len());
        for (number, row) in more.rows.iter_mut().enumerate() {
            let value = values[number % values.len()];
            row.insert(at, match (number, kind) {
                (0, _) => Cell::Text(name.to_owned()),
                (_, 0) => Cell::Number(f64::from(value + 11), ""),
                (_, 1) => Cell::Text(format!("user{}@example.com", value + 11)),
                (_, 2) => Cell::Text(["Ann Lee", "Dee Fox", "", "North"][value as usize].to_owned()),
                _ => Cell::Blank,
            });
        }
        match more.read() {
            Ok(after) => prop_assert_eq!(after, before, "{:?}", more),
            Err(errors) => {
                let asks = |err: &ColumnError| matches!(err, ColumnError::Open(question) if !question.offers.is_empty());
                prop_assert!(errors.iter().all(asks), "{:?}", errors);
            }
        }
    }
}

/// Many sheets in one go, because LibreOffice takes seconds to start.
#[test]
fn what_libreoffice_saves_says_the_same() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    const SHEETS: usize = 24;
    let dir = tempfile::tempdir().expect("a folder");
    let mut runner = TestRunner::deterministic();
    let mut written = Vec::new();
    let mut names = BTreeSet::new();
    for number in 0..SHEETS {
        let drawn = (base(), proptest::collection::vec(change(), 0..4)).new_tree(&mut runner);
        let (base, changes) = drawn.expect("a sheet").current();
        let sheet = changes.iter().fold(base, Written::changed);
        let name = format!("sheet{number}.xlsx");
        sheet.save(&dir.path().join(&name));
        names.insert(name);
        written.push(sheet);
    }
    let profile = format!(
        "-env:UserInstallation=file://{}",
        dir.path().join("profile").display()
    );
    for ending in ["ods", "xlsx"] {
        let saved = Command::new("soffice")
            .args([
                &profile,
                "--headless",
                "--convert-to",
                ending,
                "--outdir",
                &format!("saved_{ending}"),
            ])
            .args(&names)
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if let Err(err) = saved {
            crate::writers::skipped("LibreOffice", &err.to_string());
            return;
        }
        for (number, sheet) in written.iter().enumerate() {
            let path = dir
                .path()
                .join(format!("saved_{ending}/sheet{number}.{ending}"));
            assert_eq!(read(&path).ok(), sheet.read().ok(), "{ending}: {sheet:?}");
        }
    }
}
