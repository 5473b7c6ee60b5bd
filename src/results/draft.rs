//! A file that is written beside its place, and put there once it is whole.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::files::{self, File, Temporary};
use crate::outcome::column;
use crate::sheet::{
    ByteOrderMark, Page, Size, TextWriter, Tone, WorkbookWriter, beside, folder, sync_folder,
};

use super::hashed::{Hashed, sha256};
use super::job_folder::make_private;
use super::record::{special, status_place};
use super::{Error, JobFolder};

/// The sheet of a results workbook that holds the rows.
pub(crate) const ROWS_SHEET: &str = "Results";

/// The sheet of a results workbook that sums them up; where it is, no cell carries a guard.
pub(crate) const SUMMARY_SHEET: &str = "reassign summary";

/// Where and how results are written.
#[derive(Clone, Debug)]
pub(crate) struct ResultsTarget {
    /// The file.
    pub path: PathBuf,
    /// What kind of file it is.
    pub form: ResultsForm,
    /// What becomes of the file that is there.
    pub former: Former,
}

/// What kind of file results are written to.
#[derive(Clone, Debug)]
pub(crate) enum ResultsForm {
    /// Delimited text.
    Text {
        /// Between cells.
        delimiter: u8,
        /// Whether a byte-order mark tells spreadsheet programs that this is UTF-8.
        mark: ByteOrderMark,
    },
    /// A workbook, with a sheet that sums the rows up.
    Workbook(Page),
}

/// What becomes of the results file that is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Former {
    /// It stays, among the earlier states of the job.
    Kept,
    /// It goes.
    Replaced,
}

/// A file that is being written beside its place.
pub(super) struct Draft<'a> {
    target: &'a ResultsTarget,
    file: Temporary,
    to: Sink<'a>,
}

enum Sink<'a> {
    Text(Box<TextWriter<Hashed<BufWriter<File>>>>),
    Workbook(Box<WorkbookWriter>, &'a Page),
}

impl<'a> Draft<'a> {
    pub(super) fn begin(target: &'a ResultsTarget, size: Size) -> Result<Draft<'a>, Error> {
        let path = &target.path;
        let file = beside(path).map_err(Error::io("write into", folder(path)))?;
        let to = match &target.form {
            ResultsForm::Text { delimiter, mark } => {
                let fail = |err| Error::io("write", path)(err);
                let to = Hashed::new(BufWriter::new(file.as_file().try_clone().map_err(fail)?));
                let writer = TextWriter::new(to, *delimiter, *mark).map_err(fail)?;
                Sink::Text(Box::new(writer))
            }
            ResultsForm::Workbook(page) => {
                let writer = WorkbookWriter::new(ROWS_SHEET, size, folder(path));
                let mut writer = writer.map_err(Error::unfit(path))?;
                writer.set_columns(special(size.columns));
                Sink::Workbook(Box::new(writer), page)
            }
        };
        Ok(Draft { target, file, to })
    }

    pub(super) fn row(&mut self, cells: &[&str], tone: Option<Tone>) -> Result<(), Error> {
        let path = &self.target.path;
        match &mut self.to {
            Sink::Text(writer) => writer
                .row(cells.iter().copied())
                .map_err(Error::io("write", path)),
            Sink::Workbook(writer, _) => {
                let place = cells.len() - column::ALL.len() + status_place();
                let tone = tone.map(|tone| (place, tone));
                writer
                    .row(cells.iter().copied(), tone)
                    .map_err(Error::unfit(path))
            }
        }
    }

    pub(super) fn finish(self) -> Result<Done<'a>, Error> {
        let Draft { target, file, to } = self;
        let fail = |err| Error::io("write", &target.path)(err);
        let sha256 = match to {
            Sink::Text(writer) => {
                let mut hashed = writer.finish().map_err(fail)?;
                hashed.flush().map_err(fail)?;
                hashed.finish().1
            }
            Sink::Workbook(writer, page) => {
                writer
                    .finish(std::slice::from_ref(page), file.as_file())
                    .map_err(Error::unfit(&target.path))?;
                // A workbook is not written from front to back.
                sha256(file.path()).map_err(fail)?
            }
        };
        file.as_file().sync_all().map_err(fail)?;
        Ok(Done {
            target,
            file,
            sha256,
        })
    }
}

/// A file that is whole, and not yet in its place.
pub(super) struct Done<'a> {
    target: &'a ResultsTarget,
    file: Temporary,
    pub(super) sha256: String,
}

impl Done<'_> {
    /// Keeps the former state where it is wanted.
    pub(super) fn make_room(&self) -> Result<Option<PathBuf>, Error> {
        let path = &self.target.path;
        match self.target.former {
            Former::Kept if path.is_file() => keep(path).map(Some),
            Former::Kept | Former::Replaced => Ok(None),
        }
    }

    pub(super) fn persist(self) -> Result<(), Error> {
        let path = &self.target.path;
        self.file.persist(path).map_err(Error::io("write", path))?;
        sync_folder(path);
        Ok(())
    }
}

/// Keeps the file among the earlier states of its job, under the first numbered name that is free.
pub(super) fn keep(path: &Path) -> Result<PathBuf, Error> {
    let job = JobFolder::of(path);
    let free = job
        .earlier_states(path)
        .find(|state| !state.exists())
        .expect("there are more numbers than files");
    job.make()
        .and_then(|()| make_private(&job.earlier()))
        .and_then(|()| files::link_or_copy(path, &free))
        .map_err(Error::io("keep the former state of", path))?;
    sync_folder(&free);
    Ok(free)
}
