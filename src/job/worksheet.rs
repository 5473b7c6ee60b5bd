//! Which sheet of a workbook is meant: the one that has the columns.

use std::path::Path;

use anyhow::Context;

use crate::mapping::{self, Choice, ColumnError, Earlier, EarlierColumns, HEADER_WITHIN};
use crate::outcome::{Decision, column};
use crate::platform;
use crate::results::{Record, SUMMARY_SHEET};
use crate::sheet::{self, Batch, ErrorKind, Guard, Row, Sheet, SheetInfo, Source};

use crate::refusal::{Refusal, Refusals};

/// Opens the sheet that is meant: the one named, else the only visible one whose columns are recognized.
pub(crate) fn open(
    path: &Path,
    options: &sheet::Options,
    choice: &Choice,
) -> anyhow::Result<Sheet> {
    let candidates = Sheet::candidates(path, options)?;
    let is_said = options.delimiter.is_some() || options.encoding.is_some();
    // What was said about the first sheet does its results no harm.
    let own = match candidates.as_slice() {
        [sheet] if is_said || unguessed(sheet)?.is_some() => results(path).ok(),
        _ => None,
    };
    let own = own.filter(|own| !own.is_encoding_guessed());
    if let Some(own) = own.filter(|own| has_results(own).unwrap_or(false)) {
        return Ok(own);
    }
    if let Some(results) = only_results(&candidates)? {
        return Ok(results);
    }
    let mut usable = Vec::new();
    for sheet in &candidates {
        if candidates.len() == 1 || has_columns(sheet, choice)? {
            usable.push(sheet.clone());
        }
    }
    match (usable.pop(), usable.as_slice()) {
        (Some(only), []) => Ok(only),
        (None, _) => {
            let found = names(&candidates);
            let why = format!(
                "`{}` has several sheets ({}), and none has columns named like a contact and a new owner; name the right \
                 sheet with `--sheet`, and its columns with `--identifier` and `--assignee`",
                path.display(),
                quoted(&found),
            );
            Err(Refusals::from(Refusal::new(why)).into())
        }
        (Some(last), _) => {
            usable.push(last);
            let found = names(&usable);
            let fix = ["--sheet".to_owned(), found[0].clone()];
            let why = ErrorKind::SeveralSheets(found).at(path);
            let refusal = Refusal::new(why.to_string()).fixed_by(fix);
            Err(Refusals::from(refusal).into())
        }
    }
}

/// Opens results: text, or the sheet of a workbook that holds them.
pub(crate) fn results(path: &Path) -> anyhow::Result<Sheet> {
    let open = || -> anyhow::Result<Sheet> {
        let mut candidates = by_itself(path)?;
        match (only_results(&candidates)?, candidates.len()) {
            (Some(results), _) => Ok(results),
            (None, 1) => Ok(candidates.remove(0)),
            (None, _) => Ok(Sheet::open(path, &reading_apart())?),
        }
    };
    open().with_context(|| format!("the results `{}`", path.display()))
}

/// The sheets of a file, read as it says by itself.
pub(crate) fn by_itself(path: &Path) -> anyhow::Result<Vec<Sheet>> {
    let candidates = Sheet::candidates(path, &reading_apart())?;
    let delimiter = match candidates.as_slice() {
        [sheet] => unguessed(sheet)?,
        _ => None,
    };
    if delimiter.is_none() {
        return Ok(candidates);
    }
    let options = sheet::Options {
        delimiter,
        ..reading_apart()
    };
    Ok(Sheet::candidates(path, &options)?)
}

/// What stands between the names of our columns, where that is a delimiter which nobody would guess.
fn unguessed(sheet: &Sheet) -> anyhow::Result<Option<u8>> {
    let (Source::Text { .. }, Some(head)) = (sheet.source(), sheet.head()?) else {
        return Ok(None);
    };
    let rows = head.rows().take(HEADER_WITHIN as usize);
    Ok(rows.flat_map(|row| row.cells()).find_map(|cell| {
        let (before, after) = cell.split_once(column::ROW)?;
        let beside = after.trim_start_matches('"').chars().next();
        let beside = beside.or(before.trim_end_matches('"').chars().next_back())?;
        u8::try_from(beside)
            .ok()
            .filter(u8::is_ascii_punctuation)
            .filter(|byte| *byte != b'_')
    }))
}

/// The only one of several sheets that holds results.
fn only_results(candidates: &[Sheet]) -> anyhow::Result<Option<Sheet>> {
    if candidates.len() < 2 {
        return Ok(None);
    }
    let mut found = None;
    for sheet in candidates {
        if has_results(sheet)? && found.replace(sheet.clone()).is_some() {
            return Ok(None);
        }
    }
    Ok(found)
}

/// Whether cells of results carry an apostrophe: not in a workbook that we wrote.
pub(crate) fn guard(results: &Sheet) -> Guard {
    let is_summary = |sheet: &SheetInfo| sheet.name == SUMMARY_SHEET;
    match results.source() {
        Source::Workbook { sheets, .. } if sheets.iter().any(is_summary) => Guard::Plain,
        Source::Text { .. } | Source::Workbook { .. } => Guard::Guarded,
    }
}

/// The header of results.
pub(crate) struct ResultsHeader {
    /// The number of its row.
    pub(crate) row: u32,
    /// Where our columns are.
    pub(crate) columns: EarlierColumns,
    /// What all columns are called, and the places of those that are the sheet's own.
    pub(crate) names: Vec<String>,
    pub(crate) own: Vec<usize>,
    /// Whether cells carry an apostrophe.
    pub(crate) guard: Guard,
}

/// Hands over each row of results that is not blank, and returns the header above them; `None` if there is none, because
/// these are no results.
pub(crate) fn each_result(
    sheet: &Sheet,
    mut with: impl FnMut(&ResultsHeader, &Row<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<Option<ResultsHeader>> {
    let guard = guard(sheet);
    let mut header = None;
    for batch in sheet.batches()? {
        for row in batch?.rows().filter(|row| !row.is_blank()) {
            if let Some(header) = &header {
                with(header, &row)?;
                continue;
            }
            if row.number() > HEADER_WITHIN {
                return Ok(None);
            }
            let names: Vec<String> = row.cells().map(|name| guard.off(name).into()).collect();
            header = EarlierColumns::find(&names).map(|columns| ResultsHeader {
                row: row.number(),
                own: (0..names.len())
                    .filter(|place| !columns.contains(*place))
                    .collect(),
                columns,
                names,
                guard,
            });
        }
    }
    Ok(header)
}

/// Whether contact and assignee have columns in it, be it too many of them.
fn has_columns(sheet: &Sheet, choice: &Choice) -> anyhow::Result<bool> {
    let head = sheet.head()?;
    let rows: Vec<_> = head.into_iter().flat_map(Batch::rows).collect();
    let lacking = |err: &ColumnError| match err {
        ColumnError::Open(question) => question.about.is_lacking(),
        ColumnError::NoSuchColumn { .. }
        | ColumnError::NoSuchHeader { .. }
        | ColumnError::RowsAsCells { .. }
        | ColumnError::Empty => true,
        _ => false,
    };
    Ok(match mapping::find_columns(&rows, choice, None) {
        Ok(_) => true,
        Err(errors) => !errors.iter().any(lacking),
    })
}

fn names(sheets: &[Sheet]) -> Vec<String> {
    let names = sheets.iter().filter_map(Sheet::name);
    names.map(str::to_owned).collect()
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Whether a sheet is a results file: its header says so.
pub(crate) fn has_results(sheet: &Sheet) -> anyhow::Result<bool> {
    let Some(batch) = sheet.head()? else {
        return Ok(false);
    };
    Ok(batch.rows().take(HEADER_WITHIN as usize).any(|row| {
        let names: Vec<String> = row.cells().map(str::to_owned).collect();
        EarlierColumns::find(&names).is_some()
    }))
}

/// Workbooks are read in a process of their own, so that a hostile one cannot take this one down.
pub(crate) fn reading_apart() -> sheet::Options {
    let reader = match platform::running_program() {
        Ok(program) => sheet::Reader::Process { program },
        Err(_) => sheet::Reader::Thread, // the same rows, without the protection
    };
    sheet::Options {
        reader,
        ..sheet::Options::default()
    }
}

/// What results say of a row, as it was read.
pub(crate) fn record(row: u32, earlier: Earlier) -> Record {
    Record {
        row,
        contact: earlier.contact,
        assignee: earlier.assignee,
        previous: earlier.previous,
        expected: earlier.expected,
        status: earlier.status,
        codes: earlier.codes,
        error: earlier.error,
        cells: earlier.cells.to_string(),
        decision: earlier.decision.map(Decision::name),
        http: earlier.http,
        contact_id: earlier.contact_id,
        attempts: earlier.attempts,
        at: earlier.at,
        workspace: earlier.workspace.unwrap_or_default(),
    }
}
