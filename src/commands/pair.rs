//! Results that are kept as text and as a workbook side by side: which of the two is read.
//!
//! Both are written by every run, with the same cells. The journal belongs to the text. Whichever somebody has changed
//! since is read by the next run, under whatever name it was called; if both were changed, they must say the same.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::results::{self, History, JobFolder, sha256};
use crate::sheet::{Guard, Sheet, unguard};

use super::refusal::{Refused, Way};
use super::worksheet;

/// Which of the two is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) path: PathBuf,
    /// Why, if it is not what one would think.
    pub(super) why: Option<String>,
}

/// What became of a file since the last run wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Missing,
    AsWritten,
    Changed,
}

/// Whether a file of this name is a workbook that we write.
pub(super) fn is_workbook(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx"))
}

/// The results that a run goes on with, whichever of the two is named: those that the journal names.
pub(super) fn with_journal(named: &Path) -> Result<PathBuf, results::Error> {
    if !is_workbook(named) {
        return Ok(named.to_owned());
    }
    let history = History::read(&JobFolder::of(named).journal())?;
    let started = history.last.or(history.planned);
    let results = started.and_then(|start| start.results);
    let extension = results.as_deref().and_then(Path::extension);
    Ok(match extension {
        Some(extension) => named.with_extension(extension),
        None => named.to_owned(),
    })
}

/// The workbook beside these results, if they are kept as one or it is what was named.
pub(super) fn beside(results: &Path, named: &Path, history: &History) -> Option<PathBuf> {
    let workbook = results.with_extension("xlsx");
    let is_kept = || {
        let written = history.written.as_ref();
        written.is_some_and(|sums| sums.workbook.is_some()) || named == workbook
    };
    (workbook != results && is_kept()).then_some(workbook)
}

/// Chooses between results as text and as a workbook.
pub(super) fn choose(
    text: &Path,
    workbook: Option<&Path>,
    named: &Path,
    history: &History,
) -> anyhow::Result<Chosen> {
    let plainly = |path: &Path| Chosen {
        path: path.to_owned(),
        why: None,
    };
    let Some(workbook) = workbook else {
        return Ok(plainly(text));
    };
    let written = history.written.as_ref();
    let states = (
        state(text, written.map(|sums| sums.results.as_str()), history)?,
        state(
            workbook,
            written.and_then(|sums| sums.workbook.as_deref()),
            history,
        )?,
    );
    let instead = |path: &Path, of: &Path, what: &str| Chosen {
        path: path.to_owned(),
        why: (path != named).then(|| {
            let (path, of) = (path.display(), of.display());
            format!("`{path}` {what}, and is read in the place of `{of}`")
        }),
    };
    Ok(match states {
        (State::Changed, State::Changed) => match first_difference(text, workbook)? {
            None => plainly(text),
            Some(row) => return Err(both(text, workbook, row).into()),
        },
        (State::Missing, State::AsWritten | State::Changed) => {
            instead(workbook, text, "is what there is")
        }
        (_, State::Changed) => instead(workbook, text, "was changed since the last run"),
        (State::Changed, State::AsWritten) => {
            instead(text, workbook, "was changed since the last run")
        }
        _ => plainly(text),
    })
}

/// A run that was cut short may have replaced one of the two and not the other: until it has been continued, every
/// state that was ever written is nobody else's.
fn state(path: &Path, written: Option<&str>, history: &History) -> anyhow::Result<State> {
    let found = match sha256(path) {
        Ok(found) => found,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(State::Missing),
        Err(err) => return Err(err).with_context(|| format!("cannot read `{}`", path.display())),
    };
    let ours =
        written == Some(&found) || (history.is_unfinished() && history.known.contains(&found));
    Ok(if ours {
        State::AsWritten
    } else {
        State::Changed
    })
}

/// The first row in which the two say something else; `None` if they say the same.
fn first_difference(text: &Path, workbook: &Path) -> anyhow::Result<Option<u32>> {
    let (mut text, mut workbook) = (cells(text)?, cells(workbook)?);
    loop {
        match (text.next().transpose()?, workbook.next().transpose()?) {
            (None, None) => return Ok(None),
            (Some((_, one)), Some((_, other))) if one == other => {}
            (Some((row, _)), _) | (None, Some((row, _))) => return Ok(Some(row)),
        }
    }
}

type Cells = anyhow::Result<(u32, Vec<String>)>;

/// The rows of results that are not blank, without their guards.
fn cells(path: &Path) -> anyhow::Result<impl Iterator<Item = Cells>> {
    let sheet = worksheet::results(path)?;
    let guard = guard(&sheet);
    Ok(sheet.batches()?.flat_map(move |batch| match batch {
        Err(err) => vec![Err(err.into())],
        Ok(batch) => {
            let rows = batch.rows().filter(|row| !row.is_blank());
            rows.map(|row| {
                // Spreadsheet programs keep the apostrophe, or take it off.
                let cells = row.cells().map(|cell| unguard(guard.off(cell)).trim());
                let cells = cells.map(str::to_owned);
                let mut cells: Vec<String> = cells.collect();
                while cells.last().is_some_and(String::is_empty) {
                    cells.pop();
                }
                Ok((row.number(), cells))
            })
            .collect()
        }
    }))
}

/// Whether cells of results carry an apostrophe: not in a workbook that we wrote.
pub(super) fn guard(results: &Sheet) -> Guard {
    match worksheet::is_ours(results) {
        true => Guard::Plain,
        false => Guard::Guarded,
    }
}

fn both(text: &Path, workbook: &Path, row: u32) -> Refused {
    let (text, workbook) = (text.display(), workbook.display());
    let why = format!(
        "`{text}` and `{workbook}` were both changed since the last run, and do not say the same (first in row {row}); \
         keep the one that is right, and put the other one away"
    );
    Refused::of(why, Vec::<Way>::new())
}
