//! The workbooks of spreadsheet programs.
//!
//! The engine that reads them can be made to panic, abort, hang or take all memory by a damaged or hostile file. It
//! therefore never runs in the caller's thread: either in one of its own, or in a process of its own that has a
//! memory limit. Both answer with the same [`Message`]s, and both are given up when they fall silent.

mod cells;
mod child;
mod engine;
mod formula;
mod hidden;
mod merged;
mod ods;
mod package;
mod plain_cell;
#[cfg(fuzzing)]
mod probe;
mod shown;
mod value;
mod wire;
mod xls;
mod xlsb;
mod xlsx;

use std::fmt;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use self::child::ChildReader;
pub use self::child::serve_child;
use self::engine::Engine;
#[cfg(fuzzing)]
pub use self::probe::probe;
use super::{
    Batch, Digest, ErrorKind, Format, MAX_UNPACKED_BYTES, MAX_WORKBOOK_BYTES, Options, PATIENCE,
};

/// How many messages may wait to be looked at.
const READ_AHEAD: usize = 4;

/// Where workbooks are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reader {
    /// In a thread of this process. A hostile file can end the process.
    #[default]
    Thread,
    /// In a process of its own, with limits. The program, normally
    /// [`std::env::current_exe`], must begin by calling [`serve_child`].
    Process {
        /// The program to start.
        program: PathBuf,
    },
}

/// A sheet as a workbook lists it.
struct Listed {
    name: String,
    is_hidden: bool,
    is_chart: bool,
}

/// One sheet of a workbook, as far as choosing needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetInfo {
    /// Its name.
    pub name: String,
    /// Whether the user sees it.
    pub visibility: Visibility,
}

/// Whether the user sees a sheet, and whether there is anything to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    /// It is shown and has cells.
    Visible,
    /// It is shown, but has no cell (or is a chart).
    Empty,
    /// It is hidden.
    Hidden,
}

impl fmt::Display for SheetInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.visibility {
            Visibility::Visible => write!(f, "`{}`", self.name),
            Visibility::Empty => write!(f, "`{}` (empty)", self.name),
            Visibility::Hidden => write!(f, "`{}` (hidden)", self.name),
        }
    }
}

/// What to ask of the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Request {
    /// The list of sheets.
    Sheets,
    /// The first rows of the sheet of this name.
    Head(String),
    /// The rows of the sheet of this name.
    Rows(String),
}

/// What the engine answers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Message {
    /// All the sheets, in their order.
    Sheets(Vec<SheetInfo>),
    /// The first rows, if there are any.
    Head(Option<Batch>),
    /// The next rows.
    Batch(Batch),
    /// There is nothing more.
    End,
    /// It cannot go on.
    Failed(Failure),
}

/// Why the engine cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Failure {
    Encrypted,
    TooLarge(String),
    Damaged(String),
}

impl Failure {
    fn damaged(detail: impl Into<String>) -> Failure {
        Failure::Damaged(detail.into())
    }
}

impl From<Failure> for ErrorKind {
    fn from(failure: Failure) -> ErrorKind {
        match failure {
            Failure::Encrypted => ErrorKind::Encrypted,
            Failure::TooLarge(limit) => ErrorKind::TooLarge(limit),
            Failure::Damaged(detail) => ErrorKind::Damaged(detail),
        }
    }
}

/// What it takes to read a workbook again.
#[derive(Clone, Debug)]
pub(super) struct Workbook {
    format: Format,
    pub(super) sheet: String,
    reader: Reader,
    /// What the file was when it was read.
    stamp: Option<Stamp>,
    idle: Idle,
}

/// What tells without reading it that a file is what it was: its length, and when it was written.
type Stamp = (u64, SystemTime);

fn stamp(known: std::io::Result<Metadata>) -> Option<Stamp> {
    let known = known.ok()?;
    Some((known.len(), known.modified().ok()?))
}

/// A reader of the workbook that waits for requests, if there is one.
type Idle = Arc<Mutex<Option<Session>>>;

impl Workbook {
    /// Lists the sheets, and gives those that may be meant.
    pub(super) fn survey(
        file: File,
        format: Format,
        options: &Options,
    ) -> Result<(Vec<Workbook>, Vec<SheetInfo>, Digest), ErrorKind> {
        let stamp = stamp(file.metadata());
        let (bytes, digest) = load(file)?;
        check_size(format, &bytes)?;
        let mut session = Session::start(&options.reader, format, bytes)?;
        session.ask(Request::Sheets);
        let Message::Sheets(sheets) = session.next()? else {
            return Err(nonsense());
        };
        let names = choose(&sheets, options.sheet.as_deref())?;
        let idle = Arc::new(Mutex::new(Some(session)));
        let workbook = |sheet| Workbook {
            format,
            sheet,
            reader: options.reader.clone(),
            stamp,
            idle: idle.clone(),
        };
        Ok((names.into_iter().map(workbook).collect(), sheets, digest))
    }

    /// The first rows, as many as a batch holds; nothing if there are none.
    pub(super) fn head(&self, path: &Path, expected: Digest) -> Result<Option<Batch>, ErrorKind> {
        let mut session = self.session(path, expected)?;
        session.ask(Request::Head(self.sheet.clone()));
        let Message::Head(head) = session.next()? else {
            return Err(nonsense());
        };
        rest(&self.idle, session);
        Ok(head)
    }

    /// A reader of the workbook, if the file still is what it was. One that is there already has read it.
    fn session(&self, path: &Path, expected: Digest) -> Result<Session, ErrorKind> {
        let idle = lock(&self.idle).take();
        let idle = match idle {
            Some(session) if self.stamp.is_some() && stamp(path.metadata()) == self.stamp => {
                return Ok(session);
            }
            idle => idle,
        };
        let (bytes, digest) = load(super::open(path)?)?;
        if digest != expected {
            return Err(ErrorKind::Changed);
        }
        match idle {
            Some(session) => Ok(session),
            None => Session::start(&self.reader, self.format, bytes),
        }
    }
}

/// Lets a reader that has answered wait for further requests.
fn rest(idle: &Idle, session: Session) {
    *lock(idle) = Some(session);
}

fn lock(idle: &Idle) -> MutexGuard<'_, Option<Session>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The sheets that may be meant, at least one: the one named, else the visible ones with cells.
fn choose(sheets: &[SheetInfo], wanted: Option<&str>) -> Result<Vec<String>, ErrorKind> {
    let names = |visibility| {
        sheets
            .iter()
            .filter(move |sheet| sheet.visibility == visibility)
            .map(|sheet| sheet.name.clone())
    };
    if let Some(wanted) = wanted {
        let found = sheets.iter().find(|sheet| sheet.name == wanted);
        // Names differ by more than case in every spreadsheet program.
        let found = found.or_else(|| sheets.iter().find(|sheet| same_name(&sheet.name, wanted)));
        return match found {
            Some(sheet) => Ok(vec![sheet.name.clone()]),
            None => Err(ErrorKind::NoSuchSheet {
                wanted: wanted.to_owned(),
                found: sheets.iter().map(|sheet| sheet.name.clone()).collect(),
            }),
        };
    }
    let visible: Vec<String> = names(Visibility::Visible).collect();
    if visible.is_empty() {
        let hidden = names(Visibility::Hidden).collect();
        return Err(ErrorKind::NothingVisible(hidden));
    }
    Ok(visible)
}

fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Reads the whole file, so that what is hashed is what is read.
fn load(file: File) -> Result<(Vec<u8>, Digest), ErrorKind> {
    let mut bytes = Vec::new();
    file.take(MAX_WORKBOOK_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_WORKBOOK_BYTES {
        let limit = format!("{} MiB", MAX_WORKBOOK_BYTES >> 20);
        return Err(ErrorKind::TooLarge(limit));
    }
    let digest = Digest(Sha256::digest(&bytes).into());
    Ok((bytes, digest))
}

/// Refuses a package whose parts would take more room than is sensible.
fn check_size(format: Format, bytes: &[u8]) -> Result<(), ErrorKind> {
    if matches!(format, Format::Xls | Format::Fods) {
        return Ok(());
    }
    let damaged = || Failure::damaged("its list of parts cannot be read");
    let mut package = zip::ZipArchive::new(std::io::Cursor::new(bytes)).map_err(|_| damaged())?;
    let mut size = 0_u64;
    for index in 0..package.len() {
        size = size.saturating_add(package.by_index_raw(index).map_err(|_| damaged())?.size());
    }
    if size > MAX_UNPACKED_BYTES {
        let limit = format!("{} MiB when unpacked", MAX_UNPACKED_BYTES >> 20);
        return Err(ErrorKind::TooLarge(limit));
    }
    Ok(())
}

/// A pass over the rows of a sheet.
#[derive(Debug)]
pub(super) struct WorkbookBatches {
    /// Ended when dropped before the last row: its answers would be taken for those to the next request.
    session: Option<Session>,
    idle: Idle,
}

impl WorkbookBatches {
    /// Starts at the first row, if the file still is what it was.
    pub(super) fn start(
        path: &Path,
        workbook: &Workbook,
        expected: Digest,
    ) -> Result<WorkbookBatches, ErrorKind> {
        let session = workbook.session(path, expected)?;
        session.ask(Request::Rows(workbook.sheet.clone()));
        Ok(WorkbookBatches {
            session: Some(session),
            idle: workbook.idle.clone(),
        })
    }

    /// The next batch; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Batch>, ErrorKind> {
        let Some(session) = &mut self.session else {
            return Ok(None);
        };
        match session.next()? {
            Message::Batch(batch) => Ok(Some(batch)),
            Message::End => {
                if let Some(session) = self.session.take() {
                    rest(&self.idle, session);
                }
                Ok(None)
            }
            Message::Sheets(_) | Message::Head(_) | Message::Failed(_) => Err(nonsense()),
        }
    }
}

/// A reader of one workbook, wherever it works, that answers one request after the other.
#[derive(Debug)]
struct Session {
    requests: Sender<Request>,
    messages: Receiver<Message>,
    /// Killed when dropped.
    child: Option<ChildReader>,
}

impl Session {
    fn start(reader: &Reader, format: Format, bytes: Vec<u8>) -> Result<Session, ErrorKind> {
        let (requests, asked) = channel::<Request>();
        let (answers, messages) = sync_channel(READ_AHEAD);
        let child = match reader {
            Reader::Thread => {
                thread::Builder::new()
                    .name("workbook".to_owned())
                    .spawn(move || {
                        let mut engine = Engine::open(format, bytes.into());
                        for request in asked {
                            let mut sink = |message| answers.send(message).is_ok();
                            let last = engine.answer(&request, &mut sink);
                            if answers.send(last).is_err() {
                                return; // the listener is gone, and then there is nobody to tell
                            }
                        }
                    })?;
                None
            }
            Reader::Process { program } => {
                Some(ChildReader::start(program, format, bytes, asked, answers)?)
            }
        };
        Ok(Session {
            requests,
            messages,
            child,
        })
    }

    /// Asks for something; what comes of it is told by [`next`](Session::next).
    fn ask(&self, request: Request) {
        // A reader that is gone has closed its answers, too.
        let _ = self.requests.send(request);
    }

    /// The next message, failures apart.
    fn next(&mut self) -> Result<Message, ErrorKind> {
        match self.messages.recv_timeout(PATIENCE) {
            Ok(Message::Failed(failure)) => Err(failure.into()),
            Ok(message) => Ok(message),
            Err(RecvTimeoutError::Timeout) => Err(ErrorKind::TookTooLong(PATIENCE.as_secs())),
            Err(RecvTimeoutError::Disconnected) => {
                Err(ErrorKind::ReaderDied(match &mut self.child {
                    Some(child) => child.epitaph(),
                    None => UNEXPECTED.to_owned(),
                }))
            }
        }
    }
}

/// How a reader ends that was not made for what it finds.
const UNEXPECTED: &str = "the workbook is damaged in a way that it does not expect";

fn nonsense() -> ErrorKind {
    ErrorKind::ReaderDied("it answered what it was not asked".to_owned())
}

#[cfg(test)]
mod tests;
