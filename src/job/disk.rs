//! What stands on disk, read into one plain value; and the job that a command works on.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Zoned;

use crate::mapping::{Choice, EarlierColumns, HEADER_WITHIN};
use crate::outcome::{Status, column};
use crate::results::journal::{self, Latest};
use crate::results::{self, History, JobFolder, Lock, sha256};
use crate::sheet::{self, Guard, Row, Sheet, unguard};

use super::decide::{
    Aside, Decision, Doing, FileState, JournalState, Kind, Named, Open, Read, Saving, SheetState,
    State, Target, decide, save,
};
use super::place::{dated, is_free, results_of, with_date};
use super::refused;
use super::text_and_workbook::{first_difference, guard, is_workbook, main_results};
use super::worksheet::{self, has_results};

/// What journals call the workspace of a trial.
pub(super) const SANDBOX: &str = "sandbox";

/// What a command asks of the disk.
pub(crate) struct Asked<'a> {
    pub(crate) doing: Doing,
    pub(crate) kind: Kind,
    /// The file as it was named.
    pub(crate) named: &'a Path,
    /// The file to read: the one that was named, or where standard input is kept.
    pub(crate) path: &'a Path,
    /// Where the user wants the results.
    pub(crate) out: Option<&'a Path>,
    /// The results file whose edits the user gives up.
    pub(crate) set_aside: Option<&'a Path>,
    pub(crate) options: &'a sheet::Options,
    pub(crate) choice: &'a Choice,
    /// The workspace as journals name it.
    pub(crate) workspace: &'a str,
}

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

/// Everything that stands on disk about the file that was named.
#[derive(Debug)]
pub(super) struct Disk {
    /// The file that was named.
    pub(super) sheet: Sheet,
    /// The job's results as text, or the only results it has.
    pub(super) results: PathBuf,
    /// Where results go.
    pub(super) out: PathBuf,
    /// The results in a workbook beside the text.
    pub(super) workbook: Option<PathBuf>,
    /// The workspace that the command is about.
    pub(super) here: String,
    pub(super) history: History,
    /// Why the journal cannot be read as a whole.
    pub(super) damage: Option<results::Error>,
    /// Who is at work.
    pub(super) holder: Option<String>,
    /// Results, or a saved plan, that have the folder which the results of this command would have.
    pub(super) namesake: Option<PathBuf>,
    /// The first row in which text and workbook differ.
    pub(super) differs_in: Option<u32>,
    pub(super) state: State,
}

impl Job {
    /// Finds out what a command works on.
    ///
    /// # Errors
    /// If the file cannot be read, or what stands on disk speaks against the command.
    pub(crate) fn find(asked: &Asked<'_>) -> anyhow::Result<Job> {
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
    /// Reads what stands on disk.
    fn read(asked: &Asked<'_>) -> anyhow::Result<Disk> {
        let sheet = worksheet::open(asked.path, asked.options, asked.choice)?;
        let in_workbook = matches!(sheet.source(), sheet::Source::Workbook { .. });
        let named = match (has_results(&sheet)?, in_workbook) {
            (false, false) => Named::Sheet,
            (false, true) => Named::SheetInWorkbook,
            (true, false) => Named::Results,
            (true, true) => Named::ResultsInWorkbook,
        };
        let place = match (named, asked.out) {
            (Named::Results | Named::ResultsInWorkbook, _) => main_results(asked.path),
            (_, Some(out)) => out.to_owned(),
            (_, None) => place_of(&sheet, asked),
        };
        let (history, damage) = match History::read(&JobFolder::of(&place).journal()) {
            Ok(history) => (history, None),
            Err(err) => (History::default(), Some(err)),
        };
        let is_named = matches!(named, Named::Results | Named::ResultsInWorkbook);
        let workbook = partner(&place, asked, &history, named);
        let written = history.written.as_ref();
        let text = file_state(&place, written.map(|sums| sums.results.as_str()), &history)?;
        let beside = match &workbook {
            Some(path) => {
                let sum = written.and_then(|sums| sums.workbook.as_deref());
                file_state(path, sum, &history)?
            }
            None => FileState::Absent,
        };
        // Where results are a workbook only, that is the file that the text is elsewhere.
        let (text, beside) = match is_workbook(&place) {
            true => (FileState::Absent, text),
            false => (text, beside),
        };
        let (text, beside, differs_in) = alike(text, beside, &place, workbook.as_deref())?;
        let first = [Some(&place), workbook.as_ref()]
            .into_iter()
            .flatten()
            .find(|path| path.exists());
        let is_same = history.sheet.as_ref() == Some(&sheet.sha256().to_string());
        let are_results = text != FileState::Foreign && beside != FileState::Foreign;
        // What the journal tells need not be read out of the results.
        let contents = match (is_named, first) {
            (true, _) if history.first.is_none() => Some(Contents::of(&sheet)?),
            (false, Some(path)) if !is_same && are_results => {
                Some(Contents::of(&worksheet::results(path)?)?)
            }
            _ => None,
        };
        let holder = Lock::holder(&JobFolder::of(&place))?;
        let namesake = namesake(&history, &place);
        let state = State {
            named,
            kind: asked.kind,
            journal: match &namesake {
                Some(_) => JournalState::OfOtherResults,
                None => journal_state(
                    asked,
                    &history,
                    damage.is_some(),
                    holder.is_some(),
                    contents.as_ref(),
                ),
            },
            text,
            workbook: beside,
            aside: aside(asked, &place, workbook.as_deref()),
            sheet: match is_named {
                true => SheetState::Same,
                false => sheet_state(&sheet, &history, contents.as_ref())?,
            },
            open: open(&history, contents.as_ref()),
            target: match asked.out {
                Some(out) if is_named && out != place => match is_free_for(out, &place) {
                    true => Target::Free,
                    false => Target::Taken,
                },
                Some(_) if !is_named => Target::Named,
                _ if is_named && in_workbook && place == asked.path && !is_workbook(&place) => {
                    Target::Unwritable
                }
                _ => Target::Own,
            },
        };
        Ok(Disk {
            sheet,
            out: match state.target {
                Target::Own | Target::Named | Target::Unwritable => place.clone(),
                Target::Free | Target::Taken => asked.out.unwrap_or(&place).to_owned(),
            },
            results: place,
            here: asked.workspace.to_owned(),
            workbook,
            history,
            damage,
            holder,
            namesake,
            differs_in,
            state,
        })
    }

    /// The job that follows from a decision.
    fn job(&self, decision: Decision, asked: &Asked<'_>) -> anyhow::Result<Job> {
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
            Decision::Begin => new(RunKind::First, self.out.clone(), self.inherited()),
            Decision::BeginAnew => new(RunKind::Anew, self.out.clone(), History::default()),
            Decision::BeginDated => {
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
            Decision::BeginTrialOfPlan => {
                let out = match asked.out {
                    Some(out) => out.to_owned(),
                    None => results_of(asked.path, Kind::Trial),
                };
                let run = match is_free(&out) {
                    true => RunKind::First,
                    false => RunKind::Anew,
                };
                let mut history = self.history.clone();
                history.length = 0;
                new(run, out, history)
            }
            Decision::GoOn(read) | Decision::Resume(read) => self.taken_up(decision, read)?,
            Decision::ShowApart(why) => {
                let out = super::free(&self.out);
                let mut job = new(RunKind::First, out, History::default());
                job.is_apart = true;
                job.workbook = None;
                job.notes.push(format!(
                    "This is a plan for new results: {}.",
                    refused::sentence(self, why)
                ));
                job
            }
            Decision::Refuse(why) => return Err(refused::refused(self, why, asked).into()),
        })
    }

    /// What the file that was named is.
    fn what(&self) -> What {
        match self.state.named {
            Named::Sheet | Named::SheetInWorkbook => What::Sheet,
            Named::Results | Named::ResultsInWorkbook => What::Results,
        }
    }

    /// The name that results of this sheet have if there are no others.
    fn first_place(&self, asked: &Asked<'_>) -> PathBuf {
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
    fn workbook_of(&self, out: &Path, asked: &Asked<'_>) -> Option<PathBuf> {
        match (asked.out, self.state.named) {
            (None, Named::SheetInWorkbook) => Some(out.with_extension("xlsx")),
            _ if out == self.results => self.workbook.clone(),
            _ => None,
        }
    }

    /// A job that earlier runs have begun.
    fn taken_up(&self, decision: Decision, read: Read) -> anyhow::Result<Job> {
        let text = self.results.as_path();
        let workbook = self.workbook.as_deref().unwrap_or(text);
        let (path, what) = match read {
            Read::Named => (self.sheet.path(), self.what()),
            Read::Text => (text, What::Results),
            Read::Workbook => (workbook, What::Results),
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
                Decision::Resume(_) => RunKind::Continues,
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
                "`{shown}` has no journal beside it: which writes were under way when its last run ended is not known"
            ));
        }
        notes
    }
}

/// The place of a sheet's results: where those of this very sheet are, else the newest.
fn place_of(sheet: &Sheet, asked: &Asked<'_>) -> PathBuf {
    let first = results_of(asked.path, asked.kind);
    if asked.kind == Kind::Trial {
        return first;
    }
    let mut places = dated(&first);
    let newest = places.first().cloned();
    places.push(first.clone());
    if places.len() == 1 {
        return first;
    }
    let sum = sheet.sha256().to_string();
    let is_of_this = |place: &PathBuf| {
        // One that cannot be read is found damaged when it is the place.
        History::read(&JobFolder::of(place).journal())
            .is_ok_and(|history| history.sheet.as_ref() == Some(&sum))
    };
    let of_this = places.into_iter().find(is_of_this);
    of_this.or(newest).unwrap_or(first)
}

/// The results in a workbook beside the text, if they are kept as one, or are there.
fn partner(place: &Path, asked: &Asked<'_>, history: &History, named: Named) -> Option<PathBuf> {
    let workbook = place.with_extension("xlsx");
    if workbook == place || is_workbook(place) {
        return None;
    }
    let is_kept = history
        .written
        .as_ref()
        .is_some_and(|sums| sums.workbook.is_some());
    let is_wanted = match (named, asked.out) {
        (Named::SheetInWorkbook, None) => true,
        (Named::ResultsInWorkbook, _) => asked.path == workbook,
        _ => false,
    };
    let is_there = || {
        let results = |path: &Path| worksheet::results(path).and_then(|sheet| has_results(&sheet));
        workbook != asked.path && workbook.is_file() && results(&workbook).unwrap_or(false)
    };
    (is_kept || is_wanted || is_there()).then_some(workbook)
}

/// The results, or the saved plan, that a journal is of, if they are still there and `place` is another file that is not:
/// `out.csv` has the folder `out.reassign`, and so would `out.tsv`.
fn namesake(history: &History, place: &Path) -> Option<PathBuf> {
    let start = history.last.as_ref().or(history.planned.as_ref())?;
    let other = place.with_file_name(start.results.as_ref()?.file_name()?);
    let is_of_place = |path: &Path| path.exists() && JobFolder::of(path).is_of(place);
    (other != place && !place.exists() && is_of_place(&other)).then_some(other)
}

/// Whether results of a job can be put there: nothing is there, and no other job has its journal there.
fn is_free_for(out: &Path, place: &Path) -> bool {
    is_free(out) || !out.exists() && JobFolder::of(place).is_of(out)
}

/// A run that was cut short may have replaced one of two files and not the other: until it has been continued, every
/// state that was ever written is nobody else's.
fn file_state(path: &Path, written: Option<&str>, history: &History) -> anyhow::Result<FileState> {
    let found = match path.metadata() {
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(FileState::Absent),
        Ok(there) if !there.is_file() => return Ok(FileState::Foreign),
        Ok(_) | Err(_) => sha256(path),
    };
    let found = match found {
        Ok(found) => found,
        Err(err) => return Err(err).with_context(|| format!("cannot read `{}`", path.display())),
    };
    let ours =
        written == Some(&found) || (history.is_unfinished() && history.known.contains(&found));
    if ours {
        return Ok(FileState::AsWritten);
    }
    let is_results = worksheet::results(path).and_then(|sheet| has_results(&sheet));
    Ok(match is_results {
        Ok(true) => FileState::Edited,
        Ok(false) | Err(_) => FileState::Foreign,
    })
}

/// Text and workbook that say the same are as good as written, whoever has saved them.
fn alike(
    text: FileState,
    workbook: FileState,
    place: &Path,
    beside: Option<&Path>,
) -> anyhow::Result<(FileState, FileState, Option<u32>)> {
    let are_results = |state| matches!(state, FileState::AsWritten | FileState::Edited);
    let is_edited = text == FileState::Edited || workbook == FileState::Edited;
    match beside {
        Some(beside) if is_edited && are_results(text) && are_results(workbook) => {
            Ok(match first_difference(place, beside)? {
                None => (FileState::AsWritten, FileState::AsWritten, None),
                Some(row) => (text, workbook, Some(row)),
            })
        }
        _ => Ok((text, workbook, None)),
    }
}

fn journal_state(
    asked: &Asked<'_>,
    history: &History,
    is_damaged: bool,
    is_held: bool,
    contents: Option<&Contents>,
) -> JournalState {
    let kind = |workspace: &str| match workspace {
        SANDBOX => Kind::Trial,
        _ => Kind::Real,
    };
    if is_damaged {
        return JournalState::Damaged;
    }
    let run = history.last.as_ref().map(|start| start.workspace.as_str());
    let plan = history
        .planned
        .as_ref()
        .map(|start| start.workspace.as_str());
    let results = contents.and_then(|contents| contents.workspace.as_deref());
    match (run, plan, results) {
        (Some(there), _, _) if kind(there) != asked.kind => JournalState::OfOtherKind,
        (Some(there), _, _) if there != asked.workspace => JournalState::OfOtherWorkspace,
        (Some(_), _, _) if is_held => JournalState::AtWork,
        (Some(_), _, _) if history.is_unfinished() => JournalState::CutShort,
        (Some(_), _, _) => JournalState::Ended,
        // A real plan can be tried; one that was made in the sandbox has no other workspace.
        (None, Some(there), _) if kind(there) == Kind::Trial && asked.kind == Kind::Real => {
            JournalState::OfOtherKind
        }
        (None, Some(there), _) if asked.kind == Kind::Real && there != asked.workspace => {
            JournalState::OfOtherWorkspace
        }
        (None, Some(_), _) => JournalState::OfPlan,
        (None, None, Some(there)) if kind(there) != asked.kind => JournalState::OfOtherKind,
        (None, None, _) => JournalState::Absent,
    }
}

/// Whether the user gives up the edits in one of the two.
fn aside(asked: &Asked<'_>, place: &Path, workbook: Option<&Path>) -> Aside {
    // By whatever name it is called.
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let named = asked.set_aside.map(real);
    let names = |path: &Path| named.as_ref() == Some(&real(path));
    let read_in_workbook = is_workbook(asked.path);
    let other = match read_in_workbook {
        true => Some(place),
        false => workbook,
    };
    match other.is_some_and(names) {
        true => Aside::Said,
        false => Aside::Unsaid,
    }
}

fn sheet_state(
    sheet: &Sheet,
    history: &History,
    contents: Option<&Contents>,
) -> anyhow::Result<SheetState> {
    match (&history.sheet, contents) {
        (Some(then), _) if *then == sheet.sha256().to_string() => Ok(SheetState::Same),
        (Some(_), Some(contents)) if !contents.rows.is_empty() => {
            let mut now = Vec::new();
            each_row(sheet, |row, guard| {
                now.push(own_cells(row, guard, None));
                Ok(())
            })?;
            Ok(compared(&contents.rows, &now))
        }
        // What rows said stands in the journal only, and is compared once they are read.
        (Some(_), _) => Ok(SheetState::Edited),
        (None, _) => Ok(SheetState::Same),
    }
}

/// How the rows of results compare with those of a sheet, whose header is one of them. A sheet that a program has saved
/// again is the same as long as its cells are.
fn compared(then: &[u64], now: &[u64]) -> SheetState {
    if now.ends_with(then) && now.len() - then.len() <= HEADER_WITHIN as usize {
        return SheetState::Same;
    }
    let now: HashSet<u64> = now.iter().copied().collect();
    let same = then.iter().filter(|row| now.contains(*row)).count();
    match same * 2 < then.len() {
        true => SheetState::Another,
        false => SheetState::Edited,
    }
}

fn open(history: &History, contents: Option<&Contents>) -> Open {
    let is_open = |status: Status| !status.is_settled() && status != Status::Duplicate;
    let any = match (contents, &history.end) {
        (Some(contents), _) => contents.statuses.iter().any(|status| is_open(*status)),
        (None, Some(end)) => end.counts.iter().any(|(status, _)| is_open(*status)),
        (None, None) => true,
    };
    match any {
        true => Open::Some,
        false => Open::None,
    }
}

/// What results say, as far as a decision depends on it.
struct Contents {
    /// The own cells of each row, as [`own_cells`] sums them up.
    rows: Vec<u64>,
    statuses: HashSet<Status>,
    /// The first workspace that a row names.
    workspace: Option<String>,
}

impl Contents {
    fn of(results: &Sheet) -> anyhow::Result<Contents> {
        let mut contents = Contents {
            rows: Vec::new(),
            statuses: HashSet::new(),
            workspace: None,
        };
        let mut ours: Option<EarlierColumns> = None;
        each_row(results, |row, guard| {
            let Some(columns) = &ours else {
                let names: Vec<String> = row.cells().map(str::to_owned).collect();
                ours = EarlierColumns::find(&names);
                return match ours.is_none() && row.number() > HEADER_WITHIN {
                    true => Err(Stop),
                    false => Ok(()),
                };
            };
            // What cannot be read is told when the rows are.
            contents.statuses.insert(
                columns
                    .cell(row, column::STATUS)
                    .parse()
                    .unwrap_or(Status::Invalid),
            );
            if contents.workspace.is_none() {
                let there = columns.cell(row, column::WORKSPACE);
                contents.workspace = (!there.is_empty()).then(|| there.into_owned());
            }
            contents.rows.push(own_cells(row, guard, Some(columns)));
            Ok(())
        })?;
        Ok(contents)
    }
}

/// Enough was seen.
struct Stop;

fn each_row(
    sheet: &Sheet,
    mut with: impl FnMut(&Row<'_>, Guard) -> Result<(), Stop>,
) -> anyhow::Result<()> {
    let guard = guard(sheet);
    for batch in sheet.batches()? {
        let batch = batch?;
        for row in batch.rows().filter(|row| !row.is_blank()) {
            if with(&row, guard).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The cells of a row that are the sheet's own, summed up. Blank ones at the end count for nothing.
fn own_cells(row: &Row<'_>, guard: Guard, ours: Option<&EarlierColumns>) -> u64 {
    let own = row.cells().enumerate();
    let own = own.filter(|(place, _)| ours.is_none_or(|ours| !ours.contains(*place)));
    let cells: Vec<String> = own
        .map(|(_, cell)| unguard(&guard.off(cell)).trim().to_owned())
        .collect();
    let filled = cells.iter().rposition(|cell| !cell.is_empty());
    let mut hasher = DefaultHasher::new();
    cells[..filled.map_or(0, |last| last + 1)].hash(&mut hasher);
    hasher.finish()
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
            Err(refused::unsaved(out, why, namesake.as_deref(), planned).into())
        }
    }
}
