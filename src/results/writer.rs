//! The results file: the sheet's own columns, then ours, one line per row of the sheet.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::contact::{Assignee, Identifier};
use crate::outcome::{Status, column};
use crate::sheet::{ByteOrderMark, Row, Sheet, TextWriter, unguard};

use super::{Error, path};

/// How the rows of a sheet become lines of the results.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The header's row number; `None` if the sheet has no header.
    pub header_row: Option<u32>,
    /// The sheet's own columns: where they stand, and how they are named in the results.
    pub own: Vec<(usize, String)>,
    /// Whether the sheet's text cells carry the guard of a results file, which is taken off before it is put on again.
    pub guard: Guard,
}

/// Whether cells that look like formulas carry an apostrophe in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// As in text results.
    Guarded,
    /// As anywhere else.
    Plain,
}

/// What our columns say about a row.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its number in the first sheet.
    pub row: u32,
    /// The contact, if it was readable.
    pub contact: Option<Identifier>,
    /// The assignee, if it was readable.
    pub assignee: Option<Assignee>,
    /// Who had the contact before the first write, if known.
    pub previous: Option<Assignee>,
    /// What is true of the row.
    pub status: Status,
    /// What is wrong and what would fix it.
    pub error: Option<String>,
    /// What the admin wrote, as far as it still has to be heeded.
    pub decision: Option<&'static str>,
    /// The last HTTP status.
    pub http: Option<u16>,
    /// The API's ID of the contact.
    pub contact_id: Option<u64>,
    /// Writes sent.
    pub attempts: u32,
    /// When it was settled, as [`local_time`](crate::outcome::local_time) writes it.
    pub at: Option<String>,
    /// The workspace.
    pub workspace: String,
}

/// Where and how results are written.
#[derive(Clone, Debug)]
pub struct Target {
    /// The file.
    pub path: PathBuf,
    /// Between cells.
    pub delimiter: u8,
    /// Whether a byte-order mark tells spreadsheet programs that this is UTF-8.
    pub mark: ByteOrderMark,
    /// What becomes of the file that is there.
    pub former: Former,
}

/// What becomes of the results file that is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Former {
    /// It stays, under a numbered name.
    Kept,
    /// It goes.
    Replaced,
}

/// Writes results beside the place where they belong, then puts them there in one step: whoever looks sees the former
/// file or the new one, whole. `before` is told the SHA-256 just before that step.
///
/// # Errors
/// If the file cannot be written, or the sheet has changed since it was read.
pub fn write(
    sheet: &Sheet,
    layout: &Layout,
    records: impl Iterator<Item = Record>,
    target: &Target,
    before: impl FnOnce(&str) -> io::Result<()>,
) -> Result<(), Error> {
    let path = &target.path;
    let folder = path::folder(path);
    let file = NamedTempFile::with_prefix_in(".reassign-", folder)
        .map_err(Error::io("write into", folder))?;
    let mut to = Hashed {
        file: BufWriter::new(
            file.as_file()
                .try_clone()
                .map_err(Error::io("write", path))?,
        ),
        hash: Sha256::new(),
    };
    lines(sheet, layout, records, target, &mut to)?;
    to.flush().map_err(Error::io("write", path))?;
    let sha256: String = to
        .hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    file.as_file()
        .sync_all()
        .map_err(Error::io("write", path))?;
    let kept = match target.former {
        Former::Kept if path.is_file() => Some(keep(path)?),
        _ => None,
    };
    before(&sha256).map_err(Error::io("write the journal of", path))?;
    permissions(&file, path);
    file.persist(path).map_err(|err| {
        // The former state still has its place, and needs no second one.
        kept.map(fs::remove_file);
        Error::io("write", path)(err.error)
    })?;
    sync_folder(folder);
    Ok(())
}

/// Writes results that cannot take their place under the next free name beside it, and returns that.
///
/// # Errors
/// As [`write()`].
pub fn write_out_of_place(
    sheet: &Sheet,
    layout: &Layout,
    records: impl Iterator<Item = Record>,
    target: &Target,
) -> Result<PathBuf, Error> {
    let path = path::out_of_place(&target.path)
        .find(|path| !path.exists())
        .expect("there are more numbers than files");
    let target = Target {
        path,
        ..target.clone()
    };
    write(sheet, layout, records, &target, |_| Ok(()))?;
    Ok(target.path)
}

fn lines(
    sheet: &Sheet,
    layout: &Layout,
    mut records: impl Iterator<Item = Record>,
    target: &Target,
    to: impl Write,
) -> Result<(), Error> {
    let fail = |err| Error::io("write", &target.path)(err);
    let changed = || Error::SheetChanged {
        path: sheet.path().to_owned(),
    };
    let mut writer = TextWriter::new(to, target.delimiter, target.mark).map_err(fail)?;
    writer
        .row(
            layout
                .own
                .iter()
                .map(|(_, name)| name.as_str())
                .chain(column::ALL),
        )
        .map_err(fail)?;
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
            let own = layout
                .own
                .iter()
                .map(|(index, _)| layout.own_cell(&row, *index));
            let ours = records.next().ok_or_else(changed)?.into_cells();
            writer
                .row(own.chain(ours.iter().map(String::as_str)))
                .map_err(fail)?;
        }
    }
    if records.next().is_some() {
        return Err(changed());
    }
    writer.finish().map_err(fail)?;
    Ok(())
}

impl Layout {
    fn own_cell<'a>(&self, row: &Row<'a>, index: usize) -> &'a str {
        let cell = row.cell(index);
        match self.guard {
            Guard::Guarded => unguard(cell),
            Guard::Plain => cell,
        }
    }
}

impl Record {
    /// In the order of [`column::ALL`].
    fn into_cells(self) -> [String; column::ALL.len()] {
        fn text<T: ToString>(value: Option<&T>) -> String {
            value.map(T::to_string).unwrap_or_default()
        }
        [
            self.row.to_string(),
            text(self.contact.as_ref()),
            text(self.assignee.as_ref()),
            text(self.previous.as_ref()),
            self.status.to_string(),
            self.error.unwrap_or_default(),
            self.decision.unwrap_or_default().to_owned(),
            text(self.http.as_ref()),
            text(self.contact_id.as_ref()),
            self.attempts.to_string(),
            self.at.unwrap_or_default(),
            self.workspace,
        ]
    }
}

/// Leaves the file under the first numbered name that is free, too.
fn keep(path: &Path) -> Result<PathBuf, Error> {
    let free = path::earlier_states(path)
        .find(|state| !state.exists())
        .expect("there are more numbers than files");
    fs::hard_link(path, &free)
        .or_else(|_| fs::copy(path, &free).map(|_| ()))
        .map_err(Error::io("keep the former state of", path))?;
    Ok(free)
}

/// A temporary file is for its owner alone; results are as readable as the file they replace, or as a new file would be.
#[cfg(unix)]
fn permissions(file: &NamedTempFile, path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = path
        .metadata()
        .map_or(0o644, |former| former.permissions().mode());
    // Failing to widen access loses nothing: the owner can read the file.
    let _ = file
        .as_file()
        .set_permissions(fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
fn permissions(_: &NamedTempFile, _: &Path) {}

/// The new name survives a power cut only when the folder is on disk; where folders cannot be synced, nothing is lost
/// that the journal does not hold.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

struct Hashed<W> {
    file: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
