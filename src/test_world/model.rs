//! What must hold after every command, whatever the program decides: from the files before and after it, from what the
//! workspace has accepted, and from what it said. Nothing here is shared with the program.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use serde_json::Value;

/// Users of the sample workspace, by ID; 0 is nobody.
pub(crate) const USERS: [(u64, &str); 5] = [
    (0, ""),
    (101, "aisha.rahman@example.com"),
    (102, "ben.carter@example.com"),
    (103, "chloe.dubois@example.com"),
    (107, "grace.tan@example.com"),
];

/// The first contact's ID.
pub(crate) const FIRST: u64 = 50_001;

/// Every file of a folder, by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A write that the workspace accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) contact: u64,
    pub(crate) previous: u64,
    pub(crate) assignee: u64,
}

/// What a command may do.
#[derive(Clone, Debug)]
pub(crate) enum May {
    /// It changes nothing in the workspace, and no file but its own outputs, by the beginning of their names.
    Make(Vec<String>),
    /// It sends what these files say, and writes down what came of it here.
    Send { read: Vec<String>, results: String },
}

/// What is to be excused.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each excuses something else")]
pub(crate) struct Excuses {
    /// Nobody reads before writing.
    pub(crate) is_blind: bool,
    /// Settled rows are to be sent again.
    pub(crate) is_again: bool,
    /// An answer may have been lost, so that a write is made twice.
    pub(crate) may_repeat: bool,
    /// Results may be missing: the disk was full, or the process killed.
    pub(crate) may_lack_results: bool,
}

/// How a command ended.
pub(crate) struct Said<'a> {
    pub(crate) code: u8,
    pub(crate) text: &'a str,
}

const SETTLED: [&str; 4] = ["assigned", "unassigned", "unchanged", "skipped"];
/// What a row whose contact was written may not be said to be.
const NOT_SENT: [&str; 6] = [
    "not_attempted",
    "planned",
    "invalid",
    "unchanged",
    "skipped",
    "conflict",
];

/// What is wrong, if anything is.
pub(crate) type Held = Result<(), String>;

fn holds(is_so: bool, why: impl FnOnce() -> String) -> Held {
    if is_so { Ok(()) } else { Err(why()) }
}

/// Holds what a command did against what it may do.
pub(crate) fn check(
    before: &Files,
    after: &Files,
    new: &[Accepted],
    may: &May,
    said: &Said<'_>,
    excuses: Excuses,
) -> Held {
    journals_only_grow(before, after)?;
    says_what_it_sent(new, said)?;
    match may {
        May::Make(outputs) => {
            holds(new.is_empty(), || {
                format!("a command that only shows or makes files has written {new:?}")
            })?;
            for (name, then) in before {
                holds(
                    may_go(name, then, outputs) || after.get(name) == Some(then),
                    || {
                        let done = match after.contains_key(name) {
                            true => "changed",
                            false => "removed",
                        };
                        format!("a command that only shows or makes files has {done} `{name}`")
                    },
                )?;
            }
            Ok(())
        }
        May::Send { read, results } => {
            sends(before, after, new, read, results, excuses)?;
            if new.is_empty() || !matches!(said.code, 0 | 1 | 3 | 130 | 143) {
                return Ok(());
            }
            holds(
                excuses.may_lack_results || after.contains_key(results),
                || {
                    format!(
                        "{} writes were made, and there is no `{results}`",
                        new.len()
                    )
                },
            )?;
            let is_told = !excuses.may_lack_results || matches!(said.code, 0 | 1);
            if is_told && after.contains_key(results) {
                let rows = read.iter().filter_map(|name| before.get(name));
                let rows = rows.map(|bytes| Table::read(bytes).rows.len()).max();
                told_in(&after[results], rows.unwrap_or_default(), new)?;
            }
            Ok(())
        }
    }
}

/// No journal is removed, replaced or shortened, but for a last line that was torn.
pub(crate) fn journals_only_grow(before: &Files, after: &Files) -> Held {
    for (name, then) in before.iter().filter(|(name, _)| is_journal(name)) {
        // A trial begins anew, and a plan may replace a plan.
        if name.contains(".trial") || !is_of_a_run(then) {
            continue;
        }
        let whole = then.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |end| end + 1);
        let now = after.get(name);
        holds(
            now.is_some_and(|now| now.starts_with(&then[..whole])),
            || format!("the journal `{name}` was removed, replaced or shortened"),
        )?;
    }
    Ok(())
}

fn says_what_it_sent(new: &[Accepted], said: &Said<'_>) -> Held {
    holds(said.code != 101, || "it panicked".to_owned())?;
    let real = said
        .text
        .replace("nothing was changed in your workspace", "");
    let nothing = said.code == 2 || real.to_lowercase().contains("nothing was changed");
    holds(!nothing || new.is_empty(), || {
        format!(
            "it says that nothing was changed, and {} writes were made",
            new.len()
        )
    })
}

/// What holds of a command that sends, even where the power has failed: what it read is as it was, and all that it wrote was
/// asked for and is announced on disk.
pub(crate) fn sends(
    before: &Files,
    after: &Files,
    new: &[Accepted],
    read: &[String],
    results: &str,
    excuses: Excuses,
) -> Held {
    // Text and workbook of one job are written together.
    for name in read.iter().filter(|name| job_of(name) != job_of(results)) {
        holds(before.get(name) == after.get(name), || {
            format!("a command that sends has changed `{name}`, which it only reads")
        })?;
    }
    if new.is_empty() {
        return Ok(());
    }
    let mut asked = BTreeSet::new();
    for bytes in read
        .iter()
        .map(String::as_str)
        .chain([results])
        .filter_map(|name| before.get(name))
    {
        asked.extend(Table::read(bytes).pairs());
    }
    let settled = before
        .get(results)
        .map(|bytes| Table::read(bytes).settled())
        .unwrap_or_default();
    let (announced, answered) = (announced(after), answered(before, results));
    for write in new {
        holds(asked.contains(&(write.contact, write.assignee)), || {
            format!("no row asks for {write:?}")
        })?;
        holds(announced.contains(&(write.contact, write.assignee)), || {
            format!("no journal has an announcement of {write:?}")
        })?;
        let is_repeated = write.previous == write.assignee
            && answered.get(&write.contact) == Some(&write.assignee);
        holds(excuses.is_blind || !is_repeated, || {
            format!("its answer was on disk, and it was written again: {write:?}")
        })?;
        if excuses.may_repeat || excuses.is_blind {
            continue;
        }
        holds(
            excuses.is_again || !settled.contains(&write.contact),
            || format!("the row was settled, and it was written again: {write:?}"),
        )?;
        holds(write.previous != write.assignee, || {
            format!("a contact was written that was so already: {write:?}")
        })?;
    }
    Ok(())
}

/// Results say of every row, and of every write, what happened.
fn told_in(results: &[u8], rows: usize, new: &[Accepted]) -> Held {
    let results = Table::read(results);
    holds(results.rows.len() >= rows, || {
        format!("{} rows in the results, {rows} before", results.rows.len())
    })?;
    let numbers: BTreeSet<&str> = results
        .rows
        .iter()
        .map(|row| results.cell(row, "reassign_row"))
        .collect();
    holds(numbers.len() == results.rows.len(), || {
        "a row stands twice in the results".to_owned()
    })?;
    for write in new {
        let mut of = results
            .rows
            .iter()
            .filter(|row| results.contact(row) == Some(write.contact));
        holds(
            of.any(|row| !NOT_SENT.contains(&results.cell(row, "reassign_status"))),
            || format!("no row of the results says that it was sent: {write:?}"),
        )?;
    }
    Ok(())
}

/// Of rows that are said to be written, a write was made, and who had the contact before is known.
pub(crate) fn results_are_true(
    results: &[u8],
    ours: &[Accepted],
    excused: &BTreeSet<u64>,
    lost_columns: bool,
) -> Held {
    let results = Table::read(results);
    for row in &results.rows {
        let status = results.cell(row, "reassign_status");
        let (Some(id), "assigned" | "unassigned") = (results.contact(row), status) else {
            continue;
        };
        // Others may have given it to the same user.
        if excused.contains(&id) {
            continue;
        }
        let number = results.cell(row, "reassign_row");
        let given = user(results.cell(row, "reassign_assignee"));
        let of: Vec<&Accepted> = ours
            .iter()
            .filter(|write| write.contact == id && Some(write.assignee) == given)
            .collect();
        holds(!of.is_empty(), || {
            format!("row {number} is said to be written, and no write was made")
        })?;
        let previous = user(results.cell(row, "reassign_previous"));
        if previous.is_none() && lost_columns {
            continue;
        }
        let known = ours
            .iter()
            .any(|write| write.contact == id && Some(write.previous) == previous);
        holds(known, || {
            format!("row {number}: {previous:?} is said to have had {id} before, and never had")
        })?;
    }
    Ok(())
}

/// Whether a command that makes these files, by the beginning of their names, may change this one.
pub(crate) fn may_go(name: &str, bytes: &[u8], outputs: &[String]) -> bool {
    let is_its_own = outputs.iter().any(|begins| name.starts_with(begins));
    // The first line of a journal is whole, or it tells of nothing.
    is_its_own || is_left_behind(name) || (is_journal(name) && !bytes.contains(&b'\n'))
}

/// What a killed command left behind, which the next one takes away.
fn is_left_behind(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or_default();
    name.starts_with(".reassign-") || name == "lock"
}

/// Whether a journal tells of a run.
pub(crate) fn is_of_a_run(journal: &[u8]) -> bool {
    journal.windows(9).any(|at| at == br#"{"start":"#)
}

fn is_journal(name: &str) -> bool {
    name.ends_with("/journal")
}

/// What all journals announce: contact and assignee.
pub(crate) fn announced(files: &Files) -> BTreeSet<(u64, u64)> {
    let mut announced = BTreeSet::new();
    for (_, bytes) in files.iter().filter(|(name, _)| is_journal(name)) {
        for line in bytes.split(|byte| *byte == b'\n') {
            let Ok(line) = serde_json::from_slice::<Value>(line) else {
                continue;
            };
            let sent = &line["sent"];
            if let (Some(id), Some(user)) = (
                written_contact(sent),
                sent["assignee"].as_str().and_then(user),
            ) {
                announced.insert((id, user));
            }
        }
    }
    announced
}

/// The name of results without the ending of their form.
fn job_of(name: &str) -> &str {
    name.trim_end_matches(".csv").trim_end_matches(".xlsx")
}

/// The last writes that the journal of these results knows to have been accepted: contact and assignee.
fn answered(files: &Files, results: &str) -> BTreeMap<u64, u64> {
    let job = results
        .trim_end_matches(".csv")
        .trim_end_matches(".results");
    let (mut sent, mut answered) = (BTreeMap::new(), BTreeMap::new());
    let journal = files.get(&format!("{job}.reassign/journal"));
    for line in journal
        .iter()
        .flat_map(|bytes| bytes.split(|byte| *byte == b'\n'))
    {
        let Ok(line) = serde_json::from_slice::<Value>(line) else {
            continue;
        };
        if line.get("renumbered").is_some() {
            sent.clear();
        }
        let write = &line["sent"];
        if let (Some(row), Some(id), Some(user)) = (
            write["row"].as_u64(),
            written_contact(write),
            write["assignee"].as_str().and_then(user),
        ) {
            sent.insert(row, (id, user));
            if answered.get(&id) != Some(&user) {
                answered.remove(&id);
            }
        }
        let outcome = &line["outcome"];
        let is_written = matches!(outcome["status"].as_str(), Some("assigned" | "unassigned"));
        if let (true, Some((id, user))) = (
            is_written,
            outcome["row"].as_u64().and_then(|row| sent.get(&row)),
        ) {
            answered.insert(*id, *user);
        }
    }
    answered
}

/// The contact of an announcement.
fn written_contact(sent: &Value) -> Option<u64> {
    let id = sent["contact_id"].as_u64();
    id.or_else(|| contact(sent["contact"].as_str()?))
}

/// How cells are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As text, with this between them.
    Text(u8),
    /// In a workbook.
    Workbook,
}

/// A sheet or results, cell by cell.
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) form: Form,
}

impl Table {
    pub(crate) fn read(bytes: &[u8]) -> Table {
        let (form, mut rows) = match bytes.starts_with(b"PK") {
            true => (Form::Workbook, of_workbook(bytes)),
            false => of_text(bytes),
        };
        let header = match rows.is_empty() {
            true => Vec::new(),
            false => rows.remove(0),
        };
        Table { header, rows, form }
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let lines = || std::iter::once(&self.header).chain(&self.rows);
        match self.form {
            Form::Text(delimiter) => {
                let mut writer = csv::WriterBuilder::new()
                    .flexible(true)
                    .delimiter(delimiter)
                    .from_writer(Vec::new());
                for line in lines() {
                    writer.write_record(line).expect("in memory");
                }
                writer.into_inner().expect("in memory")
            }
            Form::Workbook => {
                let mut book = rust_xlsxwriter::Workbook::new();
                let sheet = book.add_worksheet();
                for (row, line) in (0..).zip(lines()) {
                    sheet.write_row(row, 0, line).expect("a row");
                }
                book.save_to_buffer().expect("in memory")
            }
        }
    }

    pub(crate) fn place(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| name == column)
    }

    pub(crate) fn cell<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        let cell = self.place(column).and_then(|place| row.get(place));
        cell.map_or("", |cell| cell.strip_prefix('\'').unwrap_or(cell))
    }

    fn contact(&self, row: &[String]) -> Option<u64> {
        let id = self.cell(row, "reassign_contact_id").parse().ok();
        let id = id.or_else(|| contact(self.cell(row, "reassign_contact")));
        id.or_else(|| contact(self.cell(row, "contact")))
    }

    /// Who is to get which contact, by the sheet's own cells.
    fn pairs(&self) -> BTreeSet<(u64, u64)> {
        let to = if self.place("assignee").is_some() {
            "assignee"
        } else {
            "to"
        };
        let pairs = self.rows.iter().filter_map(|row| {
            Some((
                contact(self.cell(row, "contact"))?,
                user(self.cell(row, to))?,
            ))
        });
        pairs.collect()
    }

    /// The contacts of settled rows that nobody wants to have sent again, and that no open row names.
    fn settled(&self) -> BTreeSet<u64> {
        let (mut settled, mut open) = (BTreeSet::new(), BTreeSet::new());
        for row in &self.rows {
            let own = contact(self.cell(row, "contact"));
            let Some(id) = own.or_else(|| self.contact(row)) else {
                continue;
            };
            let is_settled = SETTLED.contains(&self.cell(row, "reassign_status"))
                && self.cell(row, "reassign_decision").is_empty();
            if is_settled {
                settled.insert(id);
            } else {
                open.insert(id);
            }
        }
        settled.retain(|id| !open.contains(id));
        settled
    }

    /// How many rows ask for nothing but another run.
    pub(crate) fn to_run(&self) -> usize {
        let again = ["not_attempted", "planned", "busy", "unknown"];
        let rows = self.rows.iter();
        rows.filter(|row| again.contains(&self.cell(row, "reassign_status")))
            .count()
    }
}

fn of_text(bytes: &[u8]) -> (Form, Vec<Vec<String>>) {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let first = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let delimiter = match first.contains(&b';') {
        true => b';',
        false => b',',
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(delimiter)
        .from_reader(bytes);
    let rows = reader.records().filter_map(Result::ok);
    let rows = rows.map(|record| record.iter().map(str::to_owned).collect());
    (Form::Text(delimiter), rows.collect())
}

/// The first worksheet.
fn of_workbook(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let sheet = book.worksheet_range_at(0).expect("a worksheet");
    let sheet = sheet.expect("its cells");
    let cell = |cell: &Data| match cell {
        Data::Empty => String::new(),
        cell => cell.to_string(),
    };
    sheet
        .rows()
        .map(|row| row.iter().map(cell).collect())
        .collect()
}

/// A user's email; blank for nobody.
pub(crate) fn email(user: u64) -> &'static str {
    let found = USERS.iter().find(|(id, _)| *id == user);
    found.expect("a user of the sample").1
}

/// A user as a cell names them.
pub(crate) fn user(cell: &str) -> Option<u64> {
    match cell {
        "unassign" => Some(0),
        "" => None,
        _ => USERS
            .iter()
            .find(|(id, email)| cell == *email || cell == id.to_string())
            .map(|(id, _)| *id),
    }
}

/// A contact as a cell names it.
pub(crate) fn contact(cell: &str) -> Option<u64> {
    if let Some(id) = cell.strip_prefix("id:") {
        return id.parse().ok();
    }
    let number = cell.strip_prefix("phone:").unwrap_or(cell);
    if let Some(number) = number.strip_prefix("+6012") {
        return Some(number.parse::<u64>().ok()? + FIRST);
    }
    let address = cell.strip_prefix("email:").unwrap_or(cell);
    let address = address.strip_suffix("@example.com")?;
    address.strip_prefix('c')?.parse().ok()
}
