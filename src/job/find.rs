//! The job that a command works on: what follows from what stands on disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::Zoned;

use crate::file_clashes::OutputFiles;
use crate::refusal::Refusals;
use crate::results::journal::{self, Latest};
use crate::results::{History, JobFolder};
use crate::sheet::Sheet;

use super::decide::{
    Aside, FileState, JobAction, JournalState, NamedFile, RealOrTrial, RowSource, Saving, decide,
    save,
};
use super::file_names::{free, is_free, results_of, with_date};
use super::files_found::{Disk, DiskQuery, file_state, namesake};
use super::unusable_files;
use super::worksheet;

/// The file to work on, where results go, and what is known from before.
#[derive(Debug)]
pub(crate) struct Job {
    /// The file that rows are read from.
    pub(crate) sheet: Sheet,
    pub(crate) what: What,
    pub(crate) run: RunKind,
    /// Where results go.
    pub(crate) out: PathBuf,
    /// Where they go as a workbook as well.
    pub(crate) workbook: Option<PathBuf>,
    pub(crate) history: History,
    /// What rows came to last by the journal, where the results are not as they were written: somebody may have edited
    /// them, or put a former state in their place.
    pub(crate) latest: HashMap<u32, Latest>,
    /// SHA-256 of the sheet as the run that is continued had read it, if it has changed since.
    pub(crate) instead_of: Option<String>,
    /// What the user should know about the choice of files.
    pub(crate) notes: Vec<String>,
    /// Whether only a plan is shown, as for results in another file.
    pub(crate) is_apart: bool,
}

/// What the file to work on is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A sheet as somebody made it.
    Sheet,
    /// The results of an earlier command.
    Results,
}

/// How a command stands to earlier runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunKind {
    /// The first run of the job.
    First,
    /// What is there is set aside, and the run begins anew.
    Anew,
    /// The last run was cut short; its journal tells what it did.
    Continues,
    /// Goes on with what the results of an earlier run left open.
    GoesOn,
}

impl Job {
    /// Finds out what a command works on.
    ///
    /// # Errors
    /// If the file cannot be read, or what stands on disk speaks against the command.
    pub(crate) fn find(asked: &DiskQuery<'_>) -> anyhow::Result<Job> {
        // A device or a pipe must not be read as if results stood there.
        if let Some(fault) = OutputFiles::default()
            .writes("the results", asked.out)
            .faults()
            .pop()
        {
            return Err(Refusals::new(vec![fault.into()], Vec::new()).into());
        }
        let disk = Disk::read(asked)?;
        let decision = decide(asked.doing, &disk.state);
        let mut job = disk.job(decision, asked)?;
        if disk.holder.is_some() {
            job.notes.push(
                "A run is at work on these results; this shows them as they were.".to_owned(),
            );
        }
        Ok(job)
    }
}

impl Disk {
    /// The job that follows from a decision.
    fn job(&self, decision: JobAction, asked: &DiskQuery<'_>) -> anyhow::Result<Job> {
        let new = |run, out: PathBuf, history| Job {
            workbook: self.workbook_of(&out, asked),
            sheet: self.sheet.clone(),
            what: self.what(),
            run,
            out,
            history,
            latest: HashMap::new(),
            instead_of: None,
            notes: Vec::new(),
            is_apart: false,
        };
        Ok(match decision {
            JobAction::Begin => new(RunKind::First, self.out.clone(), self.inherited()),
            JobAction::BeginAnew => new(RunKind::Anew, self.out.clone(), History::default()),
            JobAction::BeginDated => {
                let out = with_date(&self.first_place(asked), Zoned::now().date());
                let note = format!(
                    "`{}` holds finished results of another sheet of this name; new results are written to `{}`",
                    self.results.display(),
                    out.display()
                );
                let mut job = new(RunKind::First, out, History::default());
                job.notes.push(note);
                job
            }
            JobAction::BeginTrialOfPlan => {
                let out = match asked.out {
                    Some(out) => out.to_owned(),
                    None => results_of(asked.path, RealOrTrial::Trial),
                };
                let run = match is_free(&out) {
                    true => RunKind::First,
                    false => RunKind::Anew,
                };
                let mut history = self.history.clone();
                history.length = 0;
                new(run, out, history)
            }
            JobAction::GoOn(read) | JobAction::Resume(read) => self.taken_up(decision, read)?,
            JobAction::ShowApart(why) => {
                let out = free(&self.out);
                let mut job = new(RunKind::First, out, History::default());
                job.is_apart = true;
                job.workbook = None;
                job.notes.push(format!(
                    "This is a plan for new results: {}.",
                    unusable_files::sentence(self, why)
                ));
                job
            }
            JobAction::Refuse(why) => return Err(unusable_files::refused(self, why, asked).into()),
        })
    }

    /// What the file that was named is.
    fn what(&self) -> What {
        match self.state.named {
            NamedFile::Sheet | NamedFile::SheetInWorkbook => What::Sheet,
            NamedFile::Results | NamedFile::ResultsInWorkbook => What::Results,
        }
    }

    /// The name that results of this sheet have if there are no others.
    fn first_place(&self, asked: &DiskQuery<'_>) -> PathBuf {
        match asked.out {
            Some(out) => out.to_owned(),
            None => results_of(asked.path, asked.kind),
        }
    }

    /// What is known from before, for results that go to another file.
    fn inherited(&self) -> History {
        let mut history = self.history.clone();
        if !JobFolder::of(&self.results).is_of(&self.out) {
            history.length = 0; // they get a journal of their own there
        }
        history
    }

    /// Where new results go as a workbook as well: where the sheet was one, and the user named no place.
    fn workbook_of(&self, out: &Path, asked: &DiskQuery<'_>) -> Option<PathBuf> {
        match (asked.out, self.state.named) {
            (None, NamedFile::SheetInWorkbook) => Some(out.with_extension("xlsx")),
            _ if out == self.results => self.workbook.clone(),
            _ => None,
        }
    }

    /// A job that earlier runs have begun.
    fn taken_up(&self, decision: JobAction, read: RowSource) -> anyhow::Result<Job> {
        let text = self.results.as_path();
        let workbook = self.workbook.as_deref().unwrap_or(text);
        let (path, what) = match read {
            RowSource::Named => (self.sheet.path(), self.what()),
            RowSource::Text => (text, What::Results),
            RowSource::Workbook => (workbook, What::Results),
        };
        let sheet = match path == self.sheet.path() {
            true => self.sheet.clone(),
            false => worksheet::results(path)?,
        };
        let written = self.history.written.iter();
        let sum = sheet.sha256().to_string();
        let is_as_written = written
            .flat_map(|sums| [Some(&sums.results), sums.workbook.as_ref()])
            .any(|written| written == Some(&sum));
        let latest = match what {
            What::Results if !is_as_written && self.damage.is_none() => {
                journal::latest(&JobFolder::of(&self.results).journal())?
            }
            What::Results | What::Sheet => HashMap::new(),
        };
        let changed = self.history.sheet.clone();
        let changed = changed.filter(|then| *then != self.sheet.sha256().to_string());
        Ok(Job {
            notes: self.notes(path),
            sheet,
            what,
            run: match decision {
                JobAction::Resume(_) => RunKind::Continues,
                _ => RunKind::GoesOn,
            },
            workbook: self.workbook.clone().filter(|_| self.out == self.results),
            out: self.out.clone(),
            history: self.inherited(),
            latest,
            instead_of: changed.filter(|_| what == What::Sheet),
            is_apart: false,
        })
    }

    /// Why another file is read than one would think, and what is not known.
    fn notes(&self, read: &Path) -> Vec<String> {
        let mut notes = Vec::new();
        let shown = read.display();
        let stands = |path: &Path, state: FileState| path.exists() && state != FileState::Absent;
        let others = [
            (Some(self.results.as_path()), self.state.text),
            (self.workbook.as_deref(), self.state.workbook),
        ];
        let edited = others
            .into_iter()
            .filter_map(|(path, state)| Some((path?, state)))
            .find(|(path, state)| *path != read && stands(path, *state));
        if let (Some((other, FileState::Edited)), Aside::Said) = (edited, self.state.aside) {
            let other = other.display();
            notes.push(format!(
                "`{shown}` is read; `{other}`, which was edited, is kept among the earlier states"
            ));
        }
        if self.what() == What::Results && self.state.journal == JournalState::Absent {
            notes.push(format!(
                "`{shown}` has no journal (the record of its runs) beside it: which changes were under way when its last run ended is not known"
            ));
        }
        notes
    }
}

/// Whether a plan may be saved in a place.
///
/// # Errors
/// If what stands there cannot be read, or must stay.
pub(crate) fn saving(out: &Path) -> anyhow::Result<()> {
    let (history, damaged) = match History::read(&JobFolder::of(out).journal()) {
        Ok(history) => (history, false),
        Err(_) => (History::default(), true),
    };
    let namesake = namesake(&history, out);
    let journal = match (damaged, &history.first, &history.planned) {
        (true, ..) => JournalState::Damaged,
        _ if namesake.is_some() => JournalState::OfOtherResults,
        (_, Some(_), _) => JournalState::Ended,
        (_, None, Some(_)) => JournalState::OfPlan,
        (_, None, None) => JournalState::Absent,
    };
    let written = history.written.as_ref();
    let file = file_state(out, written.map(|sums| sums.results.as_str()), &history)?;
    match save(journal, file) {
        Saving::Write | Saving::Replace => Ok(()),
        why @ (Saving::OfARun | Saving::OfOtherResults | Saving::PlanEdited | Saving::Foreign) => {
            let planned = history.planned.as_ref();
            Err(unusable_files::unsaved(out, why, namesake.as_deref(), planned).into())
        }
    }
}
