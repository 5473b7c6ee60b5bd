//! A file becomes rows of text, and rows become a file.
//!
//! Reads CSV and its relatives and the workbooks of spreadsheet programs, in batches of some thousands of rows, and
//! writes the delimited text of a results file. What a row means (headers, contacts, statuses) is left to others, as
//! is any judgement on whether it has the right number of cells.

mod batch;
mod cell_facts;
mod error;
mod flaw;
mod kind;
mod text;
mod workbook;
mod write;

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use encoding_rs::Encoding;

pub use self::batch::{Batch, MAX_BATCH_BYTES, MAX_BATCH_CELLS, MAX_BATCH_ROWS, Row};
pub use self::cell_facts::{CellKind, Origin};
pub use self::error::{Error, ErrorKind};
pub use self::flaw::Flaw;
use self::kind::Kind;
use self::text::{Text, TextBatches};
#[cfg(fuzzing)]
pub use self::workbook::probe;
pub use self::workbook::{Reader, SheetInfo, Visibility, serve_child};
use self::workbook::{Workbook, WorkbookBatches};
pub use self::write::{
    ByteOrderMark, Form, Guard, MAX_CELL_LENGTH, MAX_WORKBOOK_ROWS, Page, SheetColumns, Size,
    Table, TextWriter, Tone, Unfit, WorkbookWriter, fits, folder, save, unguard,
};
pub(crate) use write::{beside, draft, sync_folder, temporary};

/// How many rows of text are read at most; a workbook holds 1,048,576 at most.
pub const MAX_ROWS: u32 = 100_000_000;

/// How many cells a row may have: as many as a workbook has columns.
pub const MAX_COLUMNS: usize = 16_384;

/// How many bytes one row of text may take; a longer one gets a [`Flaw`].
pub const MAX_ROW_BYTES: usize = 1 << 20;

/// How many cells of a workbook are read at most.
pub const MAX_CELLS: u64 = 100_000_000;

/// How large a workbook may be, in bytes as it lies on disk.
pub const MAX_WORKBOOK_BYTES: u64 = 256 << 20;

/// How large a workbook may be, in bytes once its parts are unpacked.
pub const MAX_UNPACKED_BYTES: u64 = 2 << 30;

/// How much memory the process that reads a workbook may use, in bytes.
pub const MAX_READER_BYTES: u64 = 1 << 30;

/// How long the reading of a workbook may go without yielding rows.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How a sheet is to be read; what is not said is found out from the file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of the sheet in a workbook.
    pub sheet: Option<String>,
    /// The character between cells of text.
    pub delimiter: Option<u8>,
    /// The encoding of text.
    pub encoding: Option<&'static Encoding>,
    /// Where workbooks are read.
    pub reader: Reader,
}

/// A sheet that can be read, as often as needed.
///
/// Holds what is known about it, no rows.
#[derive(Clone, Debug)]
pub struct Sheet {
    path: PathBuf,
    source: Source,
    sha256: Digest,
    pass: Pass,
    head: Arc<OnceLock<Option<Batch>>>,
}

/// What it takes to read the rows.
#[derive(Clone, Debug)]
enum Pass {
    Text(Text),
    Workbook(Workbook),
}

impl Sheet {
    /// Finds out what the file at `path` is, by its content first, and reads what is needed to describe it.
    ///
    /// # Errors
    /// If the file cannot be read, is no sheet, or leaves open which of its sheets is meant.
    pub fn open(path: &Path, options: &Options) -> Result<Sheet, Error> {
        let mut sheets = Sheet::candidates(path, options)?;
        match (sheets.pop(), sheets.as_slice()) {
            (Some(only), []) => Ok(only),
            (last, _) => {
                let names = sheets.iter().chain(&last).filter_map(Sheet::name);
                let found = names.map(str::to_owned).collect();
                Err(ErrorKind::SeveralSheets(found).at(path))
            }
        }
    }

    /// The same, but gives every sheet that may be meant, at least one: of a workbook the one that is named, else all
    /// that are visible and have cells.
    ///
    /// # Errors
    /// If the file cannot be read, is no sheet, or has none that may be meant.
    pub fn candidates(path: &Path, options: &Options) -> Result<Vec<Sheet>, Error> {
        Sheet::found(path, options).map_err(|kind| kind.at(path))
    }

    fn found(path: &Path, options: &Options) -> Result<Vec<Sheet>, ErrorKind> {
        let mut file = open(path)?;
        match Kind::of(&mut file)? {
            Kind::Text => {
                if let Some(wanted) = &options.sheet {
                    return Err(ErrorKind::NoSheets(wanted.clone()));
                }
                let (text, head, sha256) = Text::survey(path, file, options)?;
                let source = Source::Text {
                    delimiter: text.delimiter,
                    encoding: text.encoding,
                    byte_order_mark: match text.mark {
                        0 => ByteOrderMark::Absent,
                        _ => ByteOrderMark::Present,
                    },
                    plain: text.plain,
                };
                Ok(vec![Sheet {
                    path: path.to_owned(),
                    source,
                    sha256,
                    pass: Pass::Text(text),
                    head: Arc::new(head.map_or_else(OnceLock::new, |head| Some(head).into())),
                }])
            }
            Kind::Workbook(format) => {
                let of_text = [
                    ("delimiter", options.delimiter.is_some()),
                    ("encoding", options.encoding.is_some()),
                ];
                if let Some((option, _)) = of_text.into_iter().find(|(_, is_given)| *is_given) {
                    return Err(ErrorKind::NotText { format, option });
                }
                let (found, sheets, sha256) = Workbook::survey(file, format, options)?;
                let one = |workbook: Workbook| Sheet {
                    path: path.to_owned(),
                    source: Source::Workbook {
                        format,
                        sheet: workbook.sheet.clone(),
                        sheets: sheets.clone(),
                    },
                    sha256,
                    pass: Pass::Workbook(workbook),
                    head: Arc::default(),
                };
                Ok(found.into_iter().map(one).collect())
            }
        }
    }

    /// The name of the sheet of a workbook; text has none.
    pub fn name(&self) -> Option<&str> {
        match &self.source {
            Source::Text { .. } => None,
            Source::Workbook { sheet, .. } => Some(sheet),
        }
    }

    /// Whether the encoding of a text was neither named nor marked, and is only likely.
    pub(crate) fn is_encoding_guessed(&self) -> bool {
        matches!(&self.pass, Pass::Text(text) if text.is_guessed)
    }

    /// The path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was found out about the file.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The hash of the file's bytes.
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// The first rows, some thousands at most; nothing if there are none. They are read once, with what describes the
    /// sheet.
    ///
    /// # Errors
    /// If the file cannot be read any more, or was changed.
    pub fn head(&self) -> Result<Option<&Batch>, Error> {
        if let Some(head) = self.head.get() {
            return Ok(head.as_ref());
        }
        let head = match &self.pass {
            // A first row that is longer than what was looked at.
            Pass::Text(_) => self.batches()?.next().transpose()?,
            Pass::Workbook(workbook) => workbook
                .head(&self.path, self.sha256)
                .map_err(|kind| kind.at(&self.path))?,
        };
        Ok(self.head.get_or_init(|| head).as_ref())
    }

    /// Starts a pass over the rows, from the first one.
    ///
    /// The pass checks that the file still has the same [`sha256`](Sheet::sha256): for a workbook here, before any
    /// row; for text, which is hashed while it is split, at the end, so that a pass is only good once it has ended
    /// without an error. After an error there are no more batches.
    ///
    /// # Errors
    /// If the file cannot be opened any more, or is a workbook that was changed.
    pub fn batches(&self) -> Result<Batches, Error> {
        let rows = match &self.pass {
            Pass::Text(text) => TextBatches::start(&self.path, text, self.sha256).map(Rows::Text),
            Pass::Workbook(workbook) => {
                WorkbookBatches::start(&self.path, workbook, self.sha256).map(Rows::Workbook)
            }
        };
        Ok(Batches {
            path: self.path.clone(),
            rows: Some(rows.map_err(|kind| kind.at(&self.path))?),
        })
    }
}

/// Opens what must be a file.
fn open(path: &Path) -> Result<File, ErrorKind> {
    // Opening a pipe would wait for somebody to write into it.
    match path.metadata()?.file_type() {
        kind if kind.is_file() => Ok(File::open(path)?),
        kind if kind.is_dir() => Err(ErrorKind::NotAFile("a folder")),
        _ => Err(ErrorKind::NotAFile("a device or pipe")),
    }
}

/// Whether text is UTF-8 as most programs write it: no mark, and no control characters but tabs and ends of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Delimited text.
    Text {
        /// The character between cells.
        delimiter: u8,
        /// The encoding.
        encoding: &'static Encoding,
        /// Whether a byte-order mark stands at its start.
        byte_order_mark: ByteOrderMark,
        /// Whether a copy of it needs no mark to be taken for text.
        plain: Plain,
    },
    /// One sheet of a workbook.
    Workbook {
        /// The kind of workbook.
        format: Format,
        /// The name of the sheet that is read.
        sheet: String,
        /// All the sheets there are, in their order.
        sheets: Vec<SheetInfo>,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Text {
                delimiter,
                encoding,
                byte_order_mark,
                plain: _,
            } => {
                f.write_str(encoding.name())?;
                if *byte_order_mark == ByteOrderMark::Present {
                    f.write_str(" with byte-order mark")?;
                }
                match delimiter {
                    b'\t' => f.write_str(", cells parted by tabs"),
                    delimiter => write!(f, ", cells parted by `{}`", char::from(*delimiter)),
                }
            }
            Source::Workbook { format, sheet, .. } => {
                write!(f, "{format} workbook, sheet `{sheet}`")
            }
        }
    }
}

/// The kinds of workbooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Format {
    /// Excel since 2007, with or without macros.
    Xlsx,
    /// Excel's binary workbook.
    Xlsb,
    /// Excel 5.0 to 2003.
    Xls,
    /// OpenDocument, as LibreOffice writes it.
    Ods,
    /// OpenDocument as a single XML file.
    Fods,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Xlsx => "xlsx",
            Format::Xlsb => "xlsb",
            Format::Xls => "xls",
            Format::Ods => "ods",
            Format::Fods => "fods",
        })
    }
}

/// A SHA-256; displayed as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The batches of one pass over a sheet.
#[derive(Debug)]
pub struct Batches {
    path: PathBuf,
    /// Nothing once the pass has ended.
    rows: Option<Rows>,
}

#[derive(Debug)]
enum Rows {
    Text(TextBatches),
    Workbook(WorkbookBatches),
}

impl Iterator for Batches {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match self.rows.as_mut()? {
            Rows::Text(batches) => batches.next(),
            Rows::Workbook(batches) => batches.next(),
        };
        if !matches!(next, Ok(Some(_))) {
            self.rows = None;
        }
        next.map_err(|kind| kind.at(&self.path)).transpose()
    }
}

#[cfg(test)]
mod tests;
