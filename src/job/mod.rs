//! What a command works on, what it may do, and what it will write.
//!
//! [`disk`] reads what stands on disk into one plain value, [`decide`] says what follows from it, [`find`] makes a job of
//! it, and [`refused`] says why there is none. Reading rows and sending them is left to others.

mod decide;
pub(crate) mod evidence;
mod file_names;
mod files_found;
mod find;
mod known_rows;
mod matching;
pub(crate) mod resume;
pub(crate) mod text_and_workbook;
pub(crate) mod undone;
mod unusable_files;
pub(crate) mod worksheet;

pub(crate) use decide::{Doing, RealOrTrial};
#[cfg(test)]
pub(crate) use decide::{JobAction, tests::decisions_about_text};
pub(crate) use files_found::DiskQuery;
pub(crate) use find::{Job, RunKind, What, saving};
pub(crate) use known_rows::{Again, KnownRows};
