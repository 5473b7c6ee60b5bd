//! The journal: what happened, line by line, as it happens.
//!
//! JSON Lines, append-only. Each line ends in a checksum: the first eight hex digits of the SHA-256 of the line without
//! it. It is what a killed run continues from.

mod history;
mod lines;
mod renumbering;
mod runs;
mod writes;

use std::fs::OpenOptions;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use crate::files::{self, File, Temporary};
use crate::outcome::{Event, Outcome, Status};
use crate::sheet::{sync_folder, temporary};
use crate::unprintable::lossy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::job_folder::{is_at, open_plain};
use super::{Error, Lock, Sums};

use lines::{Line, ROWS, RowLine, each_line, print, print_changes};

pub(crate) use history::History;
pub(crate) use renumbering::Renumbering;
pub(crate) use writes::{Latest, SentWrite, Writes, latest, sent, writes};

pub(crate) use runs::{Run, runs};

/// The format of the lines; another number is refused.
pub(crate) const FORMAT: u32 = 1;

/// How a run began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Start {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of reassign.
    pub tool: String,
    /// The run's own name.
    pub run: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub user: String,
    /// Where.
    pub computer: String,
    /// `sandbox`, or the address.
    pub workspace: String,
    /// The sheet's path as it was given.
    #[serde(serialize_with = "lossy")]
    pub sheet: PathBuf,
    /// SHA-256 of the sheet, in hex.
    pub sha256: String,
    /// Which sheet of a workbook was read; journals of version 0.1.0 do not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worksheet: Option<String>,
    /// The options that say how the sheet is read, as they are typed.
    pub options: Vec<String>,
    /// The command as it was typed; older journals do not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The plan's ID.
    pub plan: String,
    /// The name of the results; journals of version 0.1.0 do not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<PathBuf>,
    /// What the user wanted to be remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// SHA-256 of the sheet as the run that this one continues had read it, if the sheet has changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
}

/// What a row said when a run began, as the results show it; blank where it was not readable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowAtStart {
    /// The row's number in the first sheet.
    pub row: u32,
    /// The contact.
    pub contact: String,
    /// Who was to get it.
    pub assignee: String,
    /// All its own cells, summed up as by [`own_cells`](crate::mapping::own_cells); journals of version 0.1.0 do not tell it.
    pub cells: Option<u64>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EndLine {
    /// When.
    pub at: Timestamp,
    /// Why, in words.
    pub why: String,
    /// How many rows of the sheet have which status now.
    pub counts: Vec<(Status, usize)>,
}

/// Whether changes were undone, or their undo was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Contacts went back to their previous owners.
    Back,
    /// They went to their new owners again.
    Again,
}

/// A journal that is open for writing.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    /// Its length before this run.
    began_at: u64,
    /// Its length now, if nobody else touches it.
    length: u64,
    lines: Vec<u8>,
}

/// Writes the journal of a saved plan, which tells who has made it, when and from what, and which changes its ID stands
/// for, and what the plan's file looks like. It takes the place of the journal of another plan: whole, or not at all.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn of_a_plan(
    lock: &Lock,
    start: Start,
    changes: &[RowAtStart],
    written: Option<&Sums>,
) -> io::Result<()> {
    let mut lines = Vec::new();
    let path = &lock.job().journal();
    let plan = start.plan.clone();
    print(&Line::Planned(Box::new(start)), &mut lines)?;
    print_changes(&plan, changes, &mut lines)?;
    if let Some(sums) = written {
        print(&Line::of_sums(sums), &mut lines)?;
    }
    let folder = lock.job().path();
    let mut file = temporary(folder, |builder| builder.tempfile_in(folder))?;
    file.write_all(&lines)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_folder(path);
    Ok(())
}

/// Adds a line to the journal of a job at which no run is at work. A torn last line is cut off first.
fn add(lock: &Lock, line: &Line) -> Result<io::Result<()>, Error> {
    let path = &lock.job().journal();
    let whole = each_line(path, |_| {})?;
    let mut lines = Vec::new();
    let added = print(line, &mut lines)
        .and_then(|()| open_plain(path, OpenOptions::new().append(true)))
        .and_then(|mut file| {
            file.cut(path, whole)?;
            file.write_all(&lines)?;
            file.sync_data()
        });
    Ok(added)
}

impl Journal {
    /// Opens the journal of a job for a run and writes how it begins; a torn last line is cut off first. The run stands
    /// on what `history` tells.
    ///
    /// # Errors
    /// If it cannot be read or written, is damaged, or has grown since `history` was read.
    pub(crate) fn begin(lock: &Lock, history: &History, start: Start) -> Result<Journal, Error> {
        let path = &lock.job().journal();
        let whole = each_line(path, |_| {})?;
        if whole != history.length {
            return Err(Error::Overtaken {
                path: path.to_owned(),
            });
        }
        let options = &mut OpenOptions::new();
        let file = open_plain(path, options.create(true).read(true).append(true))
            .map_err(Error::io("write", path))?;
        file.cut(path, whole).map_err(Error::io("write", path))?;
        let mut journal = Journal {
            file,
            path: path.to_owned(),
            began_at: whole,
            length: whole,
            lines: Vec::new(),
        };
        journal
            .line(&Line::Start(Box::new(start)))
            .and_then(|()| journal.sync())
            .map_err(Error::io("write", path))?;
        // A new journal survives a power cut only once its name does.
        sync_folder(path);
        Ok(journal)
    }

    /// Writes down that an undo of a run, or of all, has given back the contacts of these rows, or was itself taken back. A
    /// torn last line is cut off first.
    ///
    /// # Errors
    /// If the journal cannot be read or written, or is damaged.
    pub(crate) fn note_taken(
        lock: &Lock,
        taken: Taken,
        rows: &[u32],
        run: Option<usize>,
    ) -> Result<(), Error> {
        let rows = rows.to_vec();
        let path = lock.job().journal();
        let line = match taken {
            Taken::Back => Line::Undone { rows, run },
            Taken::Again => Line::Redone { rows, run },
        };
        add(lock, &line)?.map_err(Error::io("write", path))
    }

    /// Writes down that results of this SHA-256 are about to take their place, without a run.
    ///
    /// # Errors
    /// If the journal cannot be read or written, or is damaged.
    pub(crate) fn note_writing(lock: &Lock, sums: &Sums) -> io::Result<()> {
        add(lock, &Line::of_sums(sums)).map_err(io::Error::other)?
    }

    /// Writes down which numbers the rows of the run that this one continues have now.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn renumbered(&mut self, renumbering: &Renumbering) -> io::Result<()> {
        self.line(&Line::Renumbered(renumbering.clone()))?;
        self.sync()
    }

    /// Writes down what the open rows say now, for whoever continues this run with another version of the sheet.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn rows(&mut self, said: impl IntoIterator<Item = RowAtStart>) -> io::Result<()> {
        let mut rows = said.into_iter().map(RowLine::of).peekable();
        while rows.peek().is_some() {
            let some = rows.by_ref().take(ROWS).collect();
            print(&Line::Rows(some), &mut self.lines)?;
        }
        self.write()?;
        self.sync()
    }

    /// Writes down which changes a plan's ID stands for.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn changes(&mut self, plan: &str, changes: &[RowAtStart]) -> io::Result<()> {
        print_changes(plan, changes, &mut self.lines)?;
        self.write()?;
        self.sync()
    }

    /// Writes down what happened. It is on disk when this returns if a write was announced or a row has its outcome: all
    /// of them by one sync.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn record(&mut self, events: &[Event]) -> io::Result<()> {
        let mut must_last = false;
        for event in events {
            match event {
                Event::Sent(sent) => {
                    must_last = true;
                    print(&Line::Sent(sent.clone()), &mut self.lines)?;
                }
                Event::Withdrawn(withdrawn) => {
                    print(&Line::Withdrawn(*withdrawn), &mut self.lines)?;
                }
                Event::Settled(outcome) => {
                    must_last = true;
                    print(&Line::Outcome(outcome.clone()), &mut self.lines)?;
                }
                Event::Pace(pace) => print(&Line::Pace(*pace), &mut self.lines)?,
                Event::Met(met) => print(&Line::User(met.clone()), &mut self.lines)?,
                Event::Verified(verified) => {
                    print(&Line::Verified(*verified), &mut self.lines)?;
                }
                Event::Slept(slept) => print(&Line::Slept(*slept), &mut self.lines)?,
                Event::Waits(_) => {}
            }
        }
        self.write()?;
        if must_last {
            self.sync()?;
            self.in_place()
        } else {
            Ok(())
        }
    }

    /// Whether it is still where the next run looks for it, with every line in it.
    fn in_place(&self) -> io::Result<()> {
        let path = self.path.display();
        let gone = |what: &str| Err(io::Error::other(format!("the journal `{path}` {what}")));
        match is_at(&self.file, &self.path) {
            Ok(true) => {}
            Ok(false) => return gone("was deleted, moved or replaced"),
            Err(err) => return gone(&format!("cannot be reached any more: {err}")),
        }
        match self.file.metadata()?.len() == self.length {
            true => Ok(()),
            false => gone("was changed by another program"),
        }
    }

    /// Saves a journal that is not in its place any more into the system's folder for temporary files, with these
    /// outcomes at its end; `None` if it is in its place.
    ///
    /// # Errors
    /// If it cannot be read or saved.
    pub(crate) fn save(&mut self, outcomes: &[Outcome]) -> io::Result<Option<PathBuf>> {
        if self.in_place().is_ok() {
            return Ok(None);
        }
        let folder = self.path.parent().and_then(Path::file_stem);
        let name = folder.unwrap_or_default();
        let mut saved = Temporary::new(|| {
            tempfile::Builder::new()
                .prefix(&[name.to_string_lossy().as_ref(), "."].concat())
                .suffix(".journal")
                .tempfile()
        })?;
        self.file.rewind()?;
        io::copy(&mut self.file, &mut saved)?;
        let mut lines = Vec::new();
        // A row that was never answered is told by the line that announced its write.
        for outcome in outcomes
            .iter()
            .filter(|outcome| !matches!(outcome.status, Status::NotAttempted | Status::Unknown))
        {
            print(&Line::Outcome(outcome.clone()), &mut lines)?;
        }
        saved.write_all(&lines)?;
        saved.as_file().sync_all()?;
        saved.keep().map(Some)
    }

    /// Writes down that results of this SHA-256 are about to take their place.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn writing(&mut self, sums: &Sums) -> io::Result<()> {
        self.line(&Line::of_sums(sums))?;
        self.sync()
    }

    /// Writes down how the run ended.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn end(mut self, end: EndLine) -> io::Result<()> {
        self.line(&Line::End(end))?;
        self.sync()
    }

    /// Takes the run back, as if it had never begun: for one in which nothing was sent.
    ///
    /// # Errors
    /// If the journal cannot be cut to its former length, or removed where it had none.
    pub(crate) fn take_back(mut self) -> io::Result<()> {
        if self.began_at == 0 {
            return files::remove_file(&self.path);
        }
        self.file.set_len(self.began_at)?;
        self.file.rewind()?;
        self.sync()
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        print(line, &mut self.lines)?;
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        let written = self.file.write_all(&self.lines);
        // On a full disk a piece of it may be there.
        self.length = match &written {
            Ok(()) => self.length + self.lines.len() as u64,
            Err(_) => self.file.metadata()?.len(),
        };
        self.lines.clear();
        written
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests;
