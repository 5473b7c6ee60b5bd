//! The results file and its journal: what happened to every row, on disk.
//!
//! Which rows there are and what becomes of them is decided elsewhere; this room makes sure that it is not lost.

mod draft;
mod hashed;
mod job_folder;
pub(crate) mod journal;
mod lock;
mod record;
mod writer;

pub(crate) use draft::{Former, ResultsForm, ResultsTarget, SUMMARY_SHEET};
pub(crate) use hashed::{Hashed, hex, sha256};
pub(crate) use job_folder::{JobFolder, default_path, trial_path};
pub(crate) use journal::{History, Journal};
pub(crate) use lock::Lock;
pub(crate) use record::Record;
pub(crate) use writer::{Layout, Sums, fits, write, write_out_of_place};

use std::io;
use std::path::PathBuf;

use crate::sheet;

/// Why results or journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file cannot be opened, read or written.
    #[error("cannot {doing} `{}`", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The user may not read a file.
    #[error("`{}` may not be read by you; change its permissions and those of its folder", .path.display())]
    NotPermitted {
        /// The file.
        path: PathBuf,
    },
    /// A workbook cannot hold the rows.
    #[error("cannot write `{}`", .path.display())]
    Unfit {
        /// The workbook.
        path: PathBuf,
        /// Why not.
        #[source]
        source: sheet::Unfit,
    },
    /// Nothing can be written where the results should go.
    #[error("cannot write results as `{}`, so nothing was changed; `-o FILE` puts them elsewhere", .path.display())]
    Place {
        /// The results file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The sheet could not be read a second time.
    #[error(transparent)]
    Sheet(#[from] sheet::Error),
    /// The sheet has other rows than it had a moment ago.
    #[error("the sheet `{}` was changed while reassign was at work; what happened is in the journal, run again", .path.display())]
    SheetChanged {
        /// The sheet.
        path: PathBuf,
    },
    /// A line of the journal is not as it was written.
    #[error("line {line} of the journal `{}` is damaged, so it is not certain what was changed; restore it from a backup, or start over with another `-o FILE`", .path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The journal was written by a version with another format.
    #[error("the journal `{}` has format {found}, and this version of reassign reads format {}; use the version that wrote it ({tool})", journal::FORMAT, .path.display())]
    Format {
        /// The journal.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The version that wrote it.
        tool: String,
    },
    /// Another run has written to the journal since it was read.
    #[error("another run was at work on the same results meanwhile (journal `{}`); run the command again", .path.display())]
    Overtaken {
        /// The journal.
        path: PathBuf,
    },
    /// Another run is at work on the same results.
    #[error("another run is at work on `{}`: {holder}; wait until it ends", .path.display())]
    Locked {
        /// The results file.
        path: PathBuf,
        /// Who holds it, since when, on which computer.
        holder: String,
    },
}

impl Error {
    fn unfit(path: impl Into<PathBuf>) -> impl FnOnce(sheet::Unfit) -> Error {
        let path = path.into();
        move |source| Error::Unfit { path, source }
    }

    fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| match (doing, source.kind()) {
            ("read", io::ErrorKind::PermissionDenied) => Error::NotPermitted { path },
            _ => Error::Io {
                doing,
                path,
                source,
            },
        }
    }
}
