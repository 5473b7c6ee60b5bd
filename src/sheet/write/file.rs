//! A new sheet on disk: text or workbook, by the name it is to have.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::files::{self, Temporary};
use crate::platform;

use super::workbook::{Page, Size, Unfit, WorkbookWriter};
use super::{ByteOrderMark, TextWriter};

/// What kind of file rows go into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Delimited text.
    Text {
        /// Between cells.
        delimiter: u8,
        /// Whether a byte-order mark tells spreadsheet programs that this is UTF-8.
        mark: ByteOrderMark,
    },
    /// A workbook.
    Workbook,
}

impl Form {
    /// The form that a file of this name has: `.xlsx` is a workbook, `.tsv` has tabs, all else has commas.
    pub fn of(path: &Path) -> Form {
        let is = |wanted: &str| {
            let extension = path.extension();
            extension.is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
        };
        let mark = ByteOrderMark::Present;
        match () {
            () if is("xlsx") => Form::Workbook,
            () if is("tsv") => Form::Text {
                delimiter: b'\t',
                mark,
            },
            () => Form::Text {
                delimiter: b',',
                mark,
            },
        }
    }
}

/// A sheet that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// The sheet's name in a workbook.
    pub name: &'a str,
    /// The names of its columns.
    pub header: &'a [&'a str],
    /// Further sheets of a workbook; text has none.
    pub pages: &'a [Page],
}

/// Writes a sheet to a new file: whole, or not at all. What stands there already is left alone.
///
/// # Errors
/// If there is a file of that name, it cannot be written, or a workbook cannot hold the rows.
pub fn save(
    path: &Path,
    table: &Table<'_>,
    rows: impl ExactSizeIterator<Item = Vec<String>>,
) -> Result<(), Unfit> {
    let file = draft(path, table, rows)?;
    file.persist_noclobber(path)?;
    sync_folder(path);
    Ok(())
}

/// Writes a sheet beside the place where it is to be, and is on disk: to be renamed.
///
/// # Errors
/// If it cannot be written, or a workbook cannot hold the rows.
pub(crate) fn draft(
    path: &Path,
    table: &Table<'_>,
    rows: impl ExactSizeIterator<Item = Vec<String>>,
) -> Result<Temporary, Unfit> {
    let file = beside(path)?;
    match Form::of(path) {
        Form::Text { delimiter, mark } => {
            let mut writer = TextWriter::new(BufWriter::new(file.as_file()), delimiter, mark)?;
            writer.row(table.header.iter().copied())?;
            for row in rows {
                writer.row(row.iter().map(String::as_str))?;
            }
            writer.finish()?.flush()?;
        }
        Form::Workbook => {
            let size = Size {
                rows: rows.len() + 1,
                columns: table.header.len(),
            };
            let mut writer = WorkbookWriter::new(table.name, size, folder(path))?;
            writer.row(table.header.iter().copied(), None)?;
            for row in rows {
                writer.row(row.iter().map(String::as_str), None)?;
            }
            writer.finish(table.pages, file.as_file())?;
        }
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// How the names of temporary files begin.
const TEMPORARY: &str = ".reassign-";

/// A temporary file of this command; those that killed commands left in the folder are taken away first.
pub(crate) fn temporary(
    folder: &Path,
    make: impl FnOnce(&mut tempfile::Builder<'_, '_>) -> io::Result<NamedTempFile>,
) -> io::Result<Temporary> {
    remove_abandoned(folder);
    let made = Temporary::new(|| make(tempfile::Builder::new().prefix(TEMPORARY)));
    // The name that it would have had says nothing to anybody.
    let file = made.map_err(|err| match err.kind() {
        kind @ (ErrorKind::PermissionDenied | ErrorKind::StorageFull | ErrorKind::NotFound) => {
            kind.into()
        }
        _ => err,
    })?;
    // Where files cannot be locked, none is taken for abandoned.
    let _ = platform::try_lock(file.as_file());
    Ok(file)
}

/// Takes away the temporary files that killed commands left in a folder: those that hold something and that no living
/// command has locked.
fn remove_abandoned(folder: &Path) {
    // What cannot be listed, opened or locked is left alone.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        let holds_something = || {
            entry
                .metadata()
                .is_ok_and(|it| it.is_file() && it.len() > 0)
        };
        if is_ours
            && holds_something()
            && File::open(entry.path()).is_ok_and(|file| platform::try_lock(&file).is_ok())
        {
            let _ = files::remove_file(&entry.path());
        }
    }
}

/// A temporary file in the folder of `path`, to be renamed once it is whole. It is as readable as the file it replaces,
/// or as any new file would be.
pub(crate) fn beside(path: &Path) -> io::Result<Temporary> {
    let folder = folder(path);
    temporary(folder, |builder| {
        platform::allow_like(path, builder, |builder| builder.tempfile_in(folder))
    })
}

/// The folder in which `path` stands.
pub fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Has the folder of a file on disk, without which a new name does not survive a power cut.
pub(crate) fn sync_folder(path: &Path) {
    files::sync_folder(folder(path));
}
