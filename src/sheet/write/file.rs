//! A new sheet on disk: text or workbook, by the name it is to have.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

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
    file.persist_noclobber(path).map_err(|err| err.error)?;
    sync_folder(path);
    Ok(())
}

/// A temporary file in the folder of `path`, to be renamed once it is whole. It is as readable as the file it replaces,
/// or as any new file would be.
///
/// # Errors
/// If it cannot be made.
pub fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".reassign-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let former = fs::metadata(path).map(|former| former.permissions().mode() & 0o777);
        // The user's mask takes from this what it takes from every new file.
        builder.permissions(fs::Permissions::from_mode(
            *former.as_ref().unwrap_or(&0o666),
        ));
        let file = builder.tempfile_in(folder(path))?;
        if let Ok(mode) = former {
            // Failing to widen access loses nothing: the owner can read the file.
            let _ = file
                .as_file()
                .set_permissions(fs::Permissions::from_mode(mode));
        }
        Ok(file)
    }
    #[cfg(not(unix))]
    builder.tempfile_in(folder(path))
}

/// The folder in which `path` stands.
pub fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A new name survives a power cut only when the folder is on disk. Where folders cannot be synced, nothing is done.
pub fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(folder(path)) {
        let _ = folder.sync_all();
    }
}
