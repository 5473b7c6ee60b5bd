//! Which sheet of a workbook is meant: the one that has the columns.

use std::path::Path;

use anyhow::Context;

use crate::mapping::{self, Choice, ColumnError, EarlierColumns, HEADER_WITHIN};
use crate::platform;
use crate::results::SUMMARY_SHEET;
use crate::sheet::{self, Batch, Error, Sheet, Source};

use crate::refusal::{Refusal, Refused};

/// Opens the sheet that is meant: the one named, else the only visible one whose columns are recognized.
pub(crate) fn open(
    path: &Path,
    options: &sheet::Options,
    choice: &Choice,
) -> anyhow::Result<Sheet> {
    let candidates = Sheet::candidates(path, options)?;
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
                "`{}` has several sheets ({}), and none has columns named like a contact and an assignee; name the right \
                 sheet with `--sheet`, and its columns with `--identifier` and `--assignee`",
                path.display(),
                quoted(&found),
            );
            Err(Refused::from(Refusal::new(why)).into())
        }
        (Some(last), _) => {
            usable.push(last);
            let found = names(&usable);
            let fix = ["--sheet".to_owned(), found[0].clone()];
            let path = path.to_owned();
            let why = Error::SeveralSheets { path, found };
            let refusal = Refusal::new(why.to_string()).fixed_by(fix);
            Err(Refused::from(refusal).into())
        }
    }
}

/// Opens results: text, or the sheet of a workbook that holds them.
pub(crate) fn results(path: &Path) -> anyhow::Result<Sheet> {
    let open = || -> anyhow::Result<Sheet> {
        let candidates = Sheet::candidates(path, &reading_apart())?;
        match only_results(&candidates)? {
            Some(results) => Ok(results),
            None => Ok(Sheet::open(path, &reading_apart())?),
        }
    };
    open().with_context(|| format!("the results `{}`", path.display()))
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

/// Whether we wrote this workbook: then no cell carries a guard.
pub(crate) fn is_ours(sheet: &Sheet) -> bool {
    match sheet.source() {
        Source::Text { .. } => false,
        Source::Workbook { sheets, .. } => sheets.iter().any(|sheet| sheet.name == SUMMARY_SHEET),
    }
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
