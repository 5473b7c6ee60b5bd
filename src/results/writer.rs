//! The results file: the sheet's own columns, then ours, one line per row of the sheet.

use std::borrow::Cow;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::contact::{Assignee, Identifier};
use crate::files::{self, File, Temporary};
use crate::outcome::{Code, Guidance, Reason, Status, Todo, column, guidance};
use crate::sheet::{
    self, ByteOrderMark, Guard, Page, Row, Sheet, SheetColumns, Size, TextWriter, Tone,
    WorkbookWriter, beside, folder, sync_folder,
};

use super::job_folder::{make_private, out_of_place};
use super::{Error, JobFolder};

/// The sheet of a results workbook that holds the rows.
pub(crate) const ROWS_SHEET: &str = "Results";

/// The sheet of a results workbook that sums them up; where it is, no cell carries a guard.
pub(crate) const SUMMARY_SHEET: &str = "reassign summary";

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

/// What our columns say about a row.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Its number in the first sheet.
    pub row: u32,
    /// The contact, if it was readable.
    pub contact: Option<Identifier>,
    /// The assignee, if it was readable.
    pub assignee: Option<Assignee>,
    /// Who had the contact right before the first write that was accepted, or may have been; if known.
    pub previous: Option<Assignee>,
    /// Who must have the contact for the row to be sent, if that matters.
    pub expected: Option<Assignee>,
    /// What is true of the row.
    pub status: Status,
    /// What is wrong with it, or why it was not sent.
    pub codes: Vec<Code>,
    /// The same as a sentence for people: what is wrong and what would fix it.
    pub error: Option<String>,
    /// What of it the row's text does not show, with digests of that text; blank if there is nothing.
    pub cells: String,
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

/// SHA-256 of what is about to take its place, in hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Of the results.
    pub results: String,
    /// Of the same results as a workbook beside them.
    pub workbook: Option<String>,
}

/// What becomes of the results file that is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Former {
    /// It stays, among the earlier states of the job.
    Kept,
    /// It goes.
    Replaced,
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
    rows(sheet, layout, records, |cells, status| {
        main.row(cells, status)?;
        let failed = match &mut beside {
            Some(Ok(draft)) => draft.row(cells, status).err(),
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

/// Gives the header and every row, own cells first, with the status where it is a row.
fn rows(
    sheet: &Sheet,
    layout: &Layout,
    mut records: impl Iterator<Item = Record>,
    mut write: impl FnMut(&[&str], Option<Mark>) -> Result<(), Error>,
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
            let mark = Mark::of(&record);
            let ours = record.into_cells();
            let own = layout.own.iter();
            let own: Vec<Cow<'_, str>> = own
                .map(|(index, _)| layout.own_cell(&row, *index))
                .collect();
            let ours = ours.iter().map(String::as_str);
            let cells: Vec<&str> = own.iter().map(AsRef::as_ref).chain(ours).collect();
            write(&cells, Some(mark))?;
        }
    }
    if records.next().is_some() {
        return Err(changed());
    }
    Ok(())
}

/// A file that is being written beside its place.
struct Draft<'a> {
    target: &'a ResultsTarget,
    file: Temporary,
    to: Sink<'a>,
}

enum Sink<'a> {
    Text(Box<TextWriter<Hashed<BufWriter<File>>>>),
    Workbook(Box<WorkbookWriter>, &'a Page),
}

impl<'a> Draft<'a> {
    fn begin(target: &'a ResultsTarget, size: Size) -> Result<Draft<'a>, Error> {
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

    fn row(&mut self, cells: &[&str], mark: Option<Mark>) -> Result<(), Error> {
        let path = &self.target.path;
        match &mut self.to {
            Sink::Text(writer) => writer
                .row(cells.iter().copied())
                .map_err(Error::io("write", path)),
            Sink::Workbook(writer, _) => {
                let place = cells.len() - column::ALL.len() + STATUS_PLACE;
                let tone = mark.map(|mark| (place, mark.tone()));
                writer
                    .row(cells.iter().copied(), tone)
                    .map_err(Error::unfit(path))
            }
        }
    }

    fn finish(self) -> Result<Done<'a>, Error> {
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
struct Done<'a> {
    target: &'a ResultsTarget,
    file: Temporary,
    sha256: String,
}

impl Done<'_> {
    /// Keeps the former state where it is wanted.
    fn make_room(&self) -> Result<Option<PathBuf>, Error> {
        let path = &self.target.path;
        match self.target.former {
            Former::Kept if path.is_file() => keep(path).map(Some),
            Former::Kept | Former::Replaced => Ok(None),
        }
    }

    fn persist(self) -> Result<(), Error> {
        let path = &self.target.path;
        self.file.persist(path).map_err(Error::io("write", path))?;
        sync_folder(path);
        Ok(())
    }
}

/// SHA-256 of a file, in hex.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn sha256(path: &Path) -> io::Result<String> {
    let (mut file, mut hash) = (fs::File::open(path)?, Sha256::new());
    let mut bytes = vec![0; 1 << 16];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(hex(hash)),
            length => hash.update(&bytes[..length]),
        }
    }
}

pub(crate) fn hex(hash: Sha256) -> String {
    let hash = hash.finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Our columns that are for programs, of so many columns in all.
fn special(columns: usize) -> SheetColumns {
    const FOR_PROGRAMS: [&str; 6] = [
        column::EXPECTED,
        column::CELLS,
        column::HTTP,
        column::CONTACT_ID,
        column::ATTEMPTS,
        column::WORKSPACE,
    ];
    let own = columns - column::ALL.len();
    let place = |name: &str| column::ALL.iter().position(|known| *known == name);
    let ours = |name: &str| place(name).map(|place| own + place);
    SheetColumns {
        hidden: FOR_PROGRAMS.into_iter().filter_map(ours).collect(),
        wrapped: ours(column::ERROR).into_iter().collect(),
        editable: (0..own).chain(ours(column::DECISION)).collect(),
        words: ours(column::DECISION).map(|place| (place, DECISIONS)),
    }
}

/// What the admin may decide about a row.
const DECISIONS: &[&str] = &["skip", "again", "move"];

/// Where the status stands among our columns.
const STATUS_PLACE: usize = 5;

/// What the colour of a row's status tells.
#[derive(Clone, Copy, Debug)]
struct Mark {
    status: Status,
    guidance: Guidance,
}

impl Mark {
    fn of(record: &Record) -> Mark {
        Mark {
            status: record.status,
            guidance: record.guidance(),
        }
    }

    fn tone(self) -> Tone {
        match (self.status, self.guidance.todo()) {
            (Status::Skipped | Status::Duplicate, _) => Tone::Quiet,
            (_, Todo::Done) => Tone::Good,
            (_, Todo::RunAgain) => Tone::Waiting,
            (_, Todo::Repair | Todo::Decide) => Tone::Wrong,
        }
    }
}

impl Layout {
    fn own_cell<'a>(&self, row: &Row<'a>, index: usize) -> Cow<'a, str> {
        match row.lasting_text(index) {
            lost @ Cow::Owned(_) if self.in_use.contains(&index) => lost,
            _ => self.guard.off(row.cell(index)),
        }
    }
}

impl Record {
    /// Who has the contact, or had it before this row was sent, as far as that is known or the row says so.
    pub(crate) fn owner_before(&self) -> Option<&Assignee> {
        self.previous.as_ref().or(self.expected.as_ref())
    }

    /// The codes of what is wrong with it, as the results show them.
    pub(crate) fn reason(&self) -> String {
        let codes: Vec<&str> = self.codes.iter().map(|code| code.name()).collect();
        codes.join(" ")
    }

    /// As one whose change an undo has taken back.
    pub(crate) fn undone(self) -> Record {
        Record {
            status: Status::Undone,
            codes: vec![Code::Undone],
            error: Some(Reason::Undone.to_string()),
            ..self
        }
    }

    /// As one whose change was undone, and is made again.
    pub(crate) fn redone(self) -> Record {
        Record {
            status: match self.assignee {
                Some(Assignee::Nobody) => Status::Unassigned,
                Some(_) | None => Status::Assigned,
            },
            codes: Vec::new(),
            error: None,
            ..self
        }
    }

    /// What the row asks for.
    pub(crate) fn guidance(&self) -> Guidance {
        guidance(self.status, self.codes.first().copied())
    }

    /// In the order of [`column::ALL`].
    fn into_cells(self) -> [String; column::ALL.len()] {
        fn text<T: ToString>(value: Option<&T>) -> String {
            value.map(T::to_string).unwrap_or_default()
        }
        let reason = self.reason();
        [
            self.row.to_string(),
            text(self.contact.as_ref()),
            text(self.assignee.as_ref()),
            text(self.previous.as_ref()),
            text(self.expected.as_ref()),
            self.status.to_string(),
            reason,
            self.error.unwrap_or_default(),
            self.cells,
            self.decision.unwrap_or_default().to_owned(),
            text(self.http.as_ref()),
            text(self.contact_id.as_ref()),
            self.attempts.to_string(),
            self.at.unwrap_or_default(),
            self.workspace,
        ]
    }
}

/// Keeps the file among the earlier states of its job, under the first numbered name that is free.
fn keep(path: &Path) -> Result<PathBuf, Error> {
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

/// Knows the SHA-256 of what went through.
#[derive(Debug)]
pub(crate) struct Hashed<W> {
    to: W,
    hash: Sha256,
}

impl<W> Hashed<W> {
    pub(crate) fn new(to: W) -> Hashed<W> {
        let hash = Sha256::new();
        Hashed { to, hash }
    }

    /// Where it went, and its SHA-256 in hex.
    pub(crate) fn finish(self) -> (W, String) {
        (self.to, hex(self.hash))
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
