//! An undo sheet knows which rows it gives back: once it is applied, they are `undone` in the results that they came from.

use std::path::{Path, PathBuf};

use crate::mapping::Columns;
use crate::outcome::Status;
use crate::results::{Error, History, JobFolder, Journal, Lock, Record};
use crate::sheet::Sheet;

/// The column of an undo sheet that names the results it was made from.
pub(crate) const UNDO_OF: &str = "undo_of";
/// The column of an undo sheet that holds the row's number in those results.
pub(crate) const UNDO_ROW: &str = "undo_row";

/// The column of an undo sheet that holds the run that is taken back; blank for all of them.
pub(crate) const UNDO_RUN: &str = "undo_run";

/// How an undo sheet names results: by their file name where they are beside it.
pub(crate) fn name_of(results: &Path, sheet: &Path) -> String {
    let beside = results.parent() == sheet.parent();
    let name = results.file_name().filter(|_| beside).map(Path::new);
    name.unwrap_or(results).display().to_string()
}

/// Results some of whose rows were given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undone {
    pub(crate) results: PathBuf,
    /// The run that was taken back, counted from 1; all of them if none is told.
    pub(crate) run: Option<usize>,
    pub(crate) rows: Vec<u32>,
}

/// The rows that an applied sheet has given back, by the results they came from; none if it is no undo sheet.
///
/// # Errors
/// If the sheet can no longer be read.
pub(crate) fn undone(
    sheet: &Sheet,
    columns: &Columns,
    records: impl Iterator<Item = Record>,
) -> anyhow::Result<Vec<Undone>> {
    let place = |wanted: &str| columns.names.iter().position(|name| name.trim() == wanted);
    let (Some(of), Some(number)) = (place(UNDO_OF), place(UNDO_ROW)) else {
        return Ok(Vec::new());
    };
    let run = place(UNDO_RUN);
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
            let whole = |index: usize| -> Option<u32> {
                let text = columns.guard.off(row.cell(index));
                let text = text.trim();
                text.strip_suffix(".0").unwrap_or(text).parse().ok()
            };
            let run = run.and_then(whole).and_then(|run| run.try_into().ok());
            let name = columns.guard.off(row.cell(of));
            let name = name.trim();
            if let (true, false, Some(number)) = (is_back, name.is_empty(), whole(number)) {
                let results = sheet.path().with_file_name(name);
                let mut known = all.iter_mut();
                match known.find(|undone| undone.results == results && undone.run == run) {
                    Some(undone) => undone.rows.push(number),
                    None => all.push(Undone {
                        results,
                        run,
                        rows: vec![number],
                    }),
                }
            }
        }
    }
    Ok(all)
}

/// What became of the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    Yes,
    /// The results are about another workspace; an undo may be tried in the sandbox, too.
    OtherWorkspace,
    /// There is no journal that could take the note.
    NoJournal,
}

/// Writes down in the job of the results that these rows were given back in this workspace.
///
/// # Errors
/// If another command is at work there, or its journal cannot be read or written.
pub(crate) fn note(undone: &Undone, holder: &str, workspace: &str) -> Result<Noted, Error> {
    let job = JobFolder::of(&undone.results);
    if !job.journal().exists() {
        return Ok(Noted::NoJournal);
    }
    let lock = Lock::take(&job, holder)?;
    let history = History::read(&job.journal())?;
    if history.last.is_none_or(|last| last.workspace != workspace) {
        return Ok(Noted::OtherWorkspace);
    }
    Journal::note_undone(&lock, &undone.rows, undone.run)?;
    Ok(Noted::Yes)
}
