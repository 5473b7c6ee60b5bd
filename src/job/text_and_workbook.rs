//! Results that are kept as text and as a workbook side by side.
//!
//! Both are written by every run, with the same cells. The journal belongs to the text.

use std::path::{Path, PathBuf};

use crate::results::{History, JobFolder};
use crate::sheet::unguard;

use super::worksheet;

/// Names that results as text have beside a workbook.
pub(super) const TEXT: [&str; 2] = ["csv", "tsv"];

/// Whether a file of this name is a workbook that we write.
pub(crate) fn is_workbook(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx"))
}

/// The results that a run goes on with, whichever of the two is named: those that the journal names, else the text where
/// there is one.
pub(crate) fn main_results(named: &Path) -> PathBuf {
    if !is_workbook(named) {
        return named.to_owned();
    }
    // One that cannot be read is told of when it is.
    let history = History::read(&JobFolder::of(named).journal()).unwrap_or_default();
    let started = history.last.or(history.planned);
    let results = started.and_then(|start| start.results);
    if let Some(extension) = results.as_deref().and_then(Path::extension) {
        return named.with_extension(extension);
    }
    let holds_results =
        |path: &PathBuf| worksheet::results(path).and_then(|sheet| worksheet::has_results(&sheet));
    TEXT.map(|extension| named.with_extension(extension))
        .into_iter()
        .find(|path| path.is_file() && holds_results(path).unwrap_or(false))
        .unwrap_or_else(|| named.to_owned())
}

/// The first row in which the two say something else; `None` if they say the same.
pub(crate) fn first_difference(text: &Path, workbook: &Path) -> anyhow::Result<Option<u32>> {
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
    let guard = worksheet::guard(&sheet);
    Ok(sheet.batches()?.flat_map(move |batch| match batch {
        Err(err) => vec![Err(err.into())],
        Ok(batch) => {
            let rows = batch.rows().filter(|row| !row.is_blank());
            rows.map(|row| {
                // Spreadsheet programs keep the apostrophe, or take it off.
                let plain = |cell| unguard(&guard.off(cell)).trim().to_owned();
                let mut cells: Vec<String> = row.cells().map(plain).collect();
                while cells.last().is_some_and(String::is_empty) {
                    cells.pop();
                }
                Ok((row.number(), cells))
            })
            .collect()
        }
    }))
}
