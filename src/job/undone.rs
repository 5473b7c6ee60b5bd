//! An undo sheet knows which rows it gives back: once it is applied, they are `undone` in the results that they came from.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;

use crate::contact::Identifier;
use crate::mapping::Columns;
use crate::outcome::{Guidance, Sent, Status};
use crate::results::{
    self, Former, History, JobFolder, Journal, Layout, Lock, Record, ResultsForm, ResultsTarget,
    journal, journal::Taken, sha256,
};
use crate::sheet::{self, Guard, Page, Row, Sheet, Source};

use super::text_and_workbook::main_results;
use super::worksheet::{self, each_result};

/// The column of an undo sheet that names the results it was made from.
pub(crate) const UNDO_OF: &str = "undo_of";
/// The column of an undo sheet that holds the row's number in those results.
pub(crate) const UNDO_ROW: &str = "undo_row";

/// The column of an undo sheet that holds the run that is taken back; blank for all of them.
pub(crate) const UNDO_RUN: &str = "undo_run";
/// The column of an undo sheet that names the workspace in which the changes were made.
pub(crate) const UNDO_WORKSPACE: &str = "undo_workspace";

/// How an undo sheet names results: by their file name where they are beside it, else by where they really are.
pub(crate) fn name_of(results: &Path, sheet: &Path) -> String {
    // A folder that cannot be found is told as it was given.
    let real = |path: &Path| {
        let folder = sheet::folder(path);
        folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
    };
    let name = Path::new(results.file_name().unwrap_or_default());
    let folder = real(results);
    match folder == real(sheet) {
        true => name.display().to_string(),
        false => folder.join(name).display().to_string(),
    }
}

/// Results some of whose rows were given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undone {
    pub(crate) results: PathBuf,
    /// The run that was taken back, counted from 1; all of them if none is told.
    pub(crate) run: Option<usize>,
    pub(crate) rows: Vec<GivenBack>,
}

/// A row whose contact was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GivenBack {
    /// Its number in the results that it came from.
    row: u32,
    contact: Option<Identifier>,
    contact_id: Option<u64>,
    /// When, if a run before this one did it.
    at: Option<Timestamp>,
}

impl GivenBack {
    /// Whether a write was one of this contact.
    fn is_of(&self, sent: &Sent) -> bool {
        match (self.contact_id, sent.contact_id) {
            (Some(id), Some(sent)) => id == sent,
            _ => self.contact.as_ref() == Some(&sent.contact),
        }
    }
}

impl Undone {
    /// Whether this run has given any of it back.
    pub(crate) fn is_news(&self) -> bool {
        self.rows.iter().any(|back| back.at.is_none())
    }

    fn numbers(&self) -> Vec<u32> {
        self.rows.iter().map(|back| back.row).collect()
    }
}

/// The rows that an applied sheet has given back, by the results they came from; none if it is no undo sheet.
///
/// `before` tells when a row was done, if a run before this one did it.
///
/// # Errors
/// If the sheet can no longer be read.
pub(crate) fn undone(
    sheet: &Sheet,
    columns: &Columns,
    records: impl Iterator<Item = Record>,
    before: impl Fn(&Record) -> Option<Timestamp>,
) -> anyhow::Result<Vec<Undone>> {
    let Some(places) = Places::find(&columns.names) else {
        return Ok(Vec::new());
    };
    let mut all: Vec<Undone> = Vec::new();
    let mut records = records;
    for batch in sheet.batches()? {
        let batch = batch?;
        for row in batch.rows() {
            let is_header = columns
                .header_row
                .is_some_and(|header| row.number() <= header);
            if is_header || (row.is_blank() && row.flaw().is_none()) {
                continue;
            }
            let Some(record) = records.next() else {
                return Ok(all);
            };
            let is_back = matches!(
                record.status,
                Status::Assigned | Status::Unassigned | Status::Unchanged
            );
            if is_back {
                let back = GivenBack {
                    row: record.row,
                    at: before(&record),
                    contact: record.contact,
                    contact_id: record.contact_id,
                };
                places.gather(&row, columns.guard, sheet.path(), back, &mut all);
            }
        }
    }
    Ok(all)
}

/// The workspace whose changes an undo sheet gives back, if that has none of these names.
///
/// # Errors
/// If the sheet can no longer be read.
pub(crate) fn of_another_workspace(
    sheet: &Sheet,
    columns: &Columns,
    here: [&str; 2],
) -> anyhow::Result<Option<String>> {
    let place = |wanted: &str| columns.names.iter().position(|name| name.trim() == wanted);
    let (Some(_), Some(place)) = (place(UNDO_OF), place(UNDO_WORKSPACE)) else {
        return Ok(None);
    };
    for batch in sheet.batches()? {
        let batch = batch?;
        let below = |row: &Row<'_>| {
            columns
                .header_row
                .is_none_or(|header| row.number() > header)
        };
        for row in batch.rows().filter(below) {
            let there = columns.guard.off(row.cell(place));
            let there = there.trim();
            if !there.is_empty() && !here.contains(&there) {
                return Ok(Some(there.to_owned()));
            }
        }
    }
    Ok(None)
}

/// The rows that these rows of an applied undo sheet had given back: with its undo they are as they were before it.
///
/// # Errors
/// If the results of the undo sheet cannot be read.
pub(crate) fn redone(undone: &Undone) -> anyhow::Result<Vec<Undone>> {
    let path = main_results(&undone.results);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let sheet = worksheet::results(&path)?;
    let numbers = undone.numbers();
    let mut all = Vec::new();
    each_result(&sheet, |header, row| {
        let Some(places) = Places::find(&header.names) else {
            return Ok(());
        };
        let number = header.columns.row_number(row)?;
        let Some(number) = number.filter(|number| numbers.contains(number)) else {
            return Ok(());
        };
        let told = header.columns.told(row)?;
        let back = GivenBack {
            row: number,
            contact: told.as_ref().and_then(|told| told.contact.clone()),
            contact_id: told.and_then(|told| told.contact_id),
            at: None,
        };
        places.gather(row, header.guard, &path, back, &mut all);
        Ok(())
    })?;
    Ok(all)
}

/// Where an undo sheet says what it gives back.
struct Places {
    of: usize,
    row: usize,
    run: Option<usize>,
}

impl Places {
    fn find(names: &[String]) -> Option<Places> {
        let place = |wanted: &str| names.iter().position(|name| name.trim() == wanted);
        Some(Places {
            of: place(UNDO_OF)?,
            row: place(UNDO_ROW)?,
            run: place(UNDO_RUN),
        })
    }

    /// Adds what a row of a sheet gives back.
    fn gather(
        &self,
        row: &Row<'_>,
        guard: Guard,
        sheet: &Path,
        back: GivenBack,
        all: &mut Vec<Undone>,
    ) {
        let text = |index: usize| guard.off(row.cell(index)).trim().to_owned();
        let whole = |index: usize| -> Option<u32> {
            let text = text(index);
            text.strip_suffix(".0").unwrap_or(&text).parse().ok()
        };
        let name = text(self.of);
        let (false, Some(number)) = (name.is_empty(), whole(self.row)) else {
            return;
        };
        let back = GivenBack {
            row: number,
            ..back
        };
        let run = self.run.and_then(whole).and_then(|run| run.try_into().ok());
        let results = sheet.with_file_name(name);
        let mut known = all.iter_mut();
        match known.find(|undone| undone.results == results && undone.run == run) {
            Some(undone) => undone.rows.push(back),
            None => all.push(Undone {
                results,
                run,
                rows: vec![back],
            }),
        }
    }
}

/// What of this is so, by what the journal of the results tells: it may have been done again since, or the results, or their
/// rows, may be about other contacts now. Without a journal nothing is known against it.
///
/// # Errors
/// If the journal cannot be read.
pub(crate) fn as_sent(undone: Undone) -> anyhow::Result<Undone> {
    let journal = JobFolder::of(&undone.results).journal();
    if !journal.exists() {
        return Ok(undone);
    }
    let runs = journal::sent(&journal)?;
    let redone = History::read(&journal)?.redone;
    // Where rows have got other numbers, those of earlier runs say nothing about the rows of now.
    let renumbered = runs.iter().rposition(|run| run.is_renumbered);
    let is_so = |back: &GivenBack| {
        let of = |place: usize| runs[place].rows.get(&back.row);
        let now = (renumbered.unwrap_or(0)..runs.len()).rev().find_map(of);
        let mut scope =
            (0..runs.len()).filter(|place| undone.run.is_none_or(|run| run == place + 1));
        let was_sent = scope.any(|place| of(place).is_some_and(|sent| back.is_of(sent)));
        let is_another = now.is_some_and(|sent| !back.is_of(sent));
        let is_again = back
            .at
            .is_some_and(|at| redone.contains(&back.row) || now.is_some_and(|sent| sent.at >= at));
        was_sent && !is_another && !is_again
    };
    let rows = undone.rows.iter().filter(|back| is_so(back)).cloned();
    Ok(Undone {
        rows: rows.collect(),
        ..undone
    })
}

/// What became of the results that rows were given back of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// They say so.
    Told,
    /// Their journal says so, and they will with the next run: somebody has edited them, or a run was cut short.
    InJournal,
    /// The results are about another workspace; an undo may be tried in the sandbox, too.
    OtherWorkspace,
    /// There is no journal that could take the note.
    NoJournal,
}

/// How many rows of results have which status and ask for what.
pub(crate) type ResultCounts = BTreeMap<(Status, Guidance), usize>;

/// Writes down in the job of the results that these rows were given back in this workspace, and in the results themselves
/// if they are as they were written. `page` sums them up, where they are a workbook.
///
/// # Errors
/// If another command is at work there, or journal or results cannot be read or written.
pub(crate) fn note(
    undone: &Undone,
    taken: Taken,
    holder: &str,
    workspace: &str,
    page: impl Fn(&History, ResultCounts) -> Page,
) -> anyhow::Result<Noted> {
    let job = JobFolder::of(&undone.results);
    if !job.journal().exists() {
        return Ok(Noted::NoJournal);
    }
    let lock = Lock::take(&job, holder)?;
    let history = History::read(&job.journal())?;
    if history
        .last
        .as_ref()
        .is_none_or(|last| last.workspace != workspace)
    {
        return Ok(Noted::OtherWorkspace);
    }
    Journal::note_taken(&lock, taken, &undone.numbers(), undone.run)?;
    if history.is_unfinished() {
        return Ok(Noted::InJournal);
    }
    rewrite(undone, taken, &history, &lock, page)
}

/// Rewrites the results so that these rows are `undone` in them, or not any more, if nobody has edited them.
fn rewrite(
    undone: &Undone,
    taken: Taken,
    history: &History,
    lock: &Lock,
    page: impl Fn(&History, ResultCounts) -> Page,
) -> anyhow::Result<Noted> {
    let results = main_results(&undone.results);
    let written = history.written.as_ref();
    let is_as = |path: &Path, sum: Option<&String>| {
        sum.is_some_and(|sum| sha256(path).is_ok_and(|found| found == *sum))
    };
    if !is_as(&results, written.map(|sums| &sums.results)) {
        return Ok(Noted::InJournal);
    }
    let beside = results.with_extension("xlsx");
    let is_beside =
        beside != results && is_as(&beside, written.and_then(|sums| sums.workbook.as_ref()));
    let sheet = worksheet::results(&results)?;
    let (layout, records) = records(&sheet, taken, &undone.numbers())?;
    let counts = counts(&records);
    let target = |path: &Path| ResultsTarget {
        path: path.to_owned(),
        form: match (sheet::Form::of(path), sheet.source()) {
            (
                sheet::Form::Text { .. },
                Source::Text {
                    delimiter,
                    byte_order_mark,
                    ..
                },
            ) => ResultsForm::Text {
                delimiter: *delimiter,
                mark: *byte_order_mark,
            },
            (sheet::Form::Text { delimiter, mark }, Source::Workbook { .. }) => {
                ResultsForm::Text { delimiter, mark }
            }
            (sheet::Form::Workbook, _) => ResultsForm::Workbook(page(history, counts.clone())),
        },
        former: Former::Kept,
    };
    let workbook = is_beside.then(|| target(&beside));
    let unbooked = results::write(
        &sheet,
        &layout,
        records.into_iter(),
        &target(&results),
        workbook.as_ref(),
        |sums| Journal::note_writing(lock, sums),
    )?;
    match unbooked {
        None => Ok(Noted::Told),
        Some(err) => Err(err.into()),
    }
}

/// What results say of every row, with these rows undone or redone, and how they stand there.
fn records(sheet: &Sheet, taken: Taken, rows: &[u32]) -> anyhow::Result<(Layout, Vec<Record>)> {
    let taken_rows: HashSet<u32> = rows.iter().copied().collect();
    let mut records = Vec::new();
    let header = each_result(sheet, |header, row| {
        let place = || format!("row {} of `{}`", row.number(), sheet.path().display());
        let earlier = header.columns.told(row).with_context(place)?;
        let number = header.columns.row_number(row).with_context(place)?;
        let (Some(earlier), Some(number)) = (earlier, number) else {
            bail!("{} is not as it was written", place());
        };
        let record = worksheet::record(number, earlier);
        records.push(match (taken_rows.contains(&number), taken) {
            (true, Taken::Back) => record.undone(),
            (true, Taken::Again) if record.status == Status::Undone => record.redone(),
            (true, Taken::Again) | (false, _) => record,
        });
        Ok(())
    })?;
    let Some(header) = header else {
        bail!("`{}` holds no results", sheet.path().display());
    };
    let own = header.own.iter();
    let own = own.map(|place| (*place, header.names[*place].clone()));
    let layout = Layout {
        header_row: Some(header.row),
        own: own.collect(),
        in_use: Vec::new(), // what a value has lost shows in its text here
        guard: header.guard,
    };
    Ok((layout, records))
}

/// How many rows have which status and ask for what; a duplicate asks for what its row does.
fn counts(records: &[Record]) -> ResultCounts {
    let change = |record: &Record| Some((record.contact.clone()?, record.assignee.clone()?));
    let is_duplicate = |record: &Record| record.status == Status::Duplicate;
    let rows = records.iter().filter(|record| !is_duplicate(record));
    let asked: HashMap<_, Guidance> = rows
        .filter_map(|record| Some((change(record)?, record.guidance())))
        .collect();
    let mut counts = ResultCounts::new();
    for record in records {
        let of_its_row = || change(record).and_then(|change| asked.get(&change).copied());
        let guidance = match is_duplicate(record) {
            true => of_its_row().unwrap_or_else(|| record.guidance()),
            false => record.guidance(),
        };
        *counts.entry((record.status, guidance)).or_default() += 1;
    }
    counts
}
