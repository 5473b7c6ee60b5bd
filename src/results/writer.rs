//! The results file: the sheet's own columns, then ours, one line per row of the sheet.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use crate::files;
use crate::outcome::column;
use crate::sheet::{self, Guard, Row, Sheet, Size, Tone};

use super::draft::{Done, Draft, ResultsTarget, keep};
use super::hashed::sha256;
use super::job_folder::out_of_place;
use super::record::Record;
use super::{Error, JobFolder};

/// How the rows of a sheet become lines of the results.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The header's row number; `None` if the sheet has no header.
    pub header_row: Option<u32>,
    /// The sheet's own columns: where they stand, and how they are named in the results.
    pub own: Vec<(usize, String)>,
    /// Those of them that are in use: a value that was lost there is written so that this still shows.
    pub in_use: Vec<usize>,
    /// Whether the sheet's text cells carry the guard of a results file, which is taken off before it is put on again.
    pub guard: Guard,
}

/// SHA-256 of what is about to take its place, in hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Of the results.
    pub results: String,
    /// Of the same results as a workbook beside them.
    pub workbook: Option<String>,
}

/// Writes results beside the place where they belong, then puts them there in one step: whoever looks sees the former
/// file or the new one, whole. `before` is told the SHA-256 just before that step.
///
/// With a `workbook` the same rows go there, too. If it cannot be made, the results are written all the same, and why
/// is returned; a former workbook is not left to be mistaken for the present state.
///
/// # Errors
/// If the results cannot be written, or the sheet has changed since it was read.
pub(crate) fn write(
    sheet: &Sheet,
    layout: &Layout,
    records: impl Iterator<Item = Record>,
    target: &ResultsTarget,
    workbook: Option<&ResultsTarget>,
    before: impl FnOnce(&Sums) -> io::Result<()>,
) -> Result<Option<Error>, Error> {
    let size = Size {
        rows: records.size_hint().0 + 1,
        columns: layout.own.len() + column::ALL.len(),
    };
    let mut main = Draft::begin(target, size)?;
    let mut beside = workbook.map(|target| Draft::begin(target, size));
    rows(sheet, layout, records, |cells, tone| {
        main.row(cells, tone)?;
        let failed = match &mut beside {
            Some(Ok(draft)) => draft.row(cells, tone).err(),
            Some(Err(_)) | None => None,
        };
        if let Some(err) = failed {
            beside = Some(Err(err));
        }
        Ok(())
    })?;
    let main = main.finish()?;
    let (beside, mut failed) = match beside.map(|draft| draft.and_then(Draft::finish)) {
        None => (None, None),
        Some(Ok(done)) => (Some(done), None),
        Some(Err(err)) => (None, Some(err)),
    };
    let kept = main.make_room()?;
    if let Some(Err(err)) = beside.as_ref().map(Done::make_room) {
        failed.get_or_insert(err);
    }
    before(&Sums {
        results: main.sha256.clone(),
        workbook: beside.as_ref().map(|done| done.sha256.clone()),
    })
    .map_err(Error::io("write the journal of", &target.path))?;
    main.persist().inspect_err(|_| {
        // The former state still has its place, and needs no second one.
        let _ = kept.map(|kept| files::remove_file(&kept));
    })?;
    match (beside, workbook) {
        (Some(done), _) => done.persist()?,
        (None, Some(target)) if target.path.exists() => {
            keep(&target.path)?;
            files::remove_file(&target.path).map_err(Error::io("remove", &target.path))?;
        }
        (None, _) => {}
    }
    remove_out_of_place(&target.path);
    Ok(failed)
}

/// Writes results that cannot take their place under the next free name beside it, and returns that.
///
/// # Errors
/// As [`write()`].
pub(crate) fn write_out_of_place(
    sheet: &Sheet,
    layout: &Layout,
    records: impl Iterator<Item = Record>,
    target: &ResultsTarget,
) -> Result<PathBuf, Error> {
    let job = JobFolder::of(&target.path);
    let path = out_of_place(&target.path)
        .find(|path| !path.exists())
        .expect("there are more numbers than files");
    let target = ResultsTarget {
        path,
        ..target.clone()
    };
    write(sheet, layout, records, &target, None, |sums| {
        // Without the note the file only stays where it is when the results have taken their place.
        let _ = job.note_written(&target.path, &sums.results);
        Ok(())
    })?;
    Ok(target.path)
}

/// Takes away what stood beside results that could not take their place, unless somebody has worked in it.
fn remove_out_of_place(results: &Path) {
    let job = JobFolder::of(results);
    for path in out_of_place(results).take_while(|path| path.is_file()) {
        if sha256(&path).is_ok_and(|sum| job.has_written(&sum).unwrap_or(false)) {
            // It says what the results say; if it stays, nothing is wrong but that it is there.
            let _ = files::remove_file(&path);
        }
    }
}

/// Whether a workbook can hold the results, as far as the sheet's own cells tell: to be known before anything is sent.
///
/// # Errors
/// If it cannot, or the sheet cannot be read.
pub(crate) fn fits(
    sheet: &Sheet,
    layout: &Layout,
    records: impl Iterator<Item = Record>,
    path: &Path,
) -> Result<(), Error> {
    let mut row = 0;
    rows(sheet, layout, records, |cells, _| {
        row += 1;
        let mut places = cells.iter().zip(1..);
        places
            .try_for_each(|(cell, column)| sheet::fits(cell, row, column))
            .map_err(Error::unfit(path))
    })
}

/// Gives the header and every row, own cells first, with the colour of its status where it is a row.
fn rows(
    sheet: &Sheet,
    layout: &Layout,
    mut records: impl Iterator<Item = Record>,
    mut write: impl FnMut(&[&str], Option<Tone>) -> Result<(), Error>,
) -> Result<(), Error> {
    let changed = || Error::SheetChanged {
        path: sheet.path().to_owned(),
    };
    let own = layout.own.iter().map(|(_, name)| name.as_str());
    let header: Vec<&str> = own.chain(column::ALL).collect();
    write(&header, None)?;
    for batch in sheet.batches()? {
        let batch = batch?;
        for row in batch.rows() {
            if layout
                .header_row
                .is_some_and(|header| row.number() <= header)
                || (row.is_blank() && row.flaw().is_none())
            {
                continue;
            }
            let record = records.next().ok_or_else(changed)?;
            let tone = record.tone();
            let ours = record.into_cells();
            let own = layout.own.iter();
            let own: Vec<Cow<'_, str>> = own
                .map(|(index, _)| layout.own_cell(&row, *index))
                .collect();
            let ours = ours.iter().map(String::as_str);
            let cells: Vec<&str> = own.iter().map(AsRef::as_ref).chain(ours).collect();
            write(&cells, Some(tone))?;
        }
    }
    if records.next().is_some() {
        return Err(changed());
    }
    Ok(())
}

impl Layout {
    fn own_cell<'a>(&self, row: &Row<'a>, index: usize) -> Cow<'a, str> {
        match row.lasting_text(index) {
            lost @ Cow::Owned(_) if self.in_use.contains(&index) => lost,
            _ => self.guard.off(row.cell(index)),
        }
    }
}
