//! What stands on disk, read into one plain value.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::mapping::{Choice, HEADER_WITHIN, own_cells};
use crate::outcome::{Status, column};
use crate::results::{Error, History, JobFolder, Lock, sha256};
use crate::sheet::{self, Sheet};

use super::decide::{
    Aside, Doing, FileState, JournalState, NamedFile, Open, RealOrTrial, ResultsPlace, SheetState,
    State,
};
use super::file_names::{dated, is_free, results_of};
use super::text_and_workbook::{TEXT, first_difference, is_workbook, main_results};
use super::worksheet::{self, each_result, guard, has_results};

/// What journals call the workspace of a trial.
pub(super) use crate::workspace::SANDBOX;

/// What a command asks of the disk.
pub(crate) struct DiskQuery<'a> {
    pub(crate) doing: Doing,
    pub(crate) kind: RealOrTrial,
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
    pub(super) damage: Option<Error>,
    /// Who is at work.
    pub(super) holder: Option<String>,
    /// Results, or a saved plan, that have the folder which the results of this command would have.
    pub(super) namesake: Option<PathBuf>,
    /// The first row in which text and workbook differ.
    pub(super) differs_in: Option<u32>,
    pub(super) state: State,
}

impl Disk {
    /// Reads what stands on disk.
    pub(super) fn read(asked: &DiskQuery<'_>) -> anyhow::Result<Disk> {
        let sheet = worksheet::open(asked.path, asked.options, asked.choice)?;
        let in_workbook = matches!(sheet.source(), sheet::Source::Workbook { .. });
        let named = match (has_results(&sheet)?, in_workbook) {
            (false, false) => NamedFile::Sheet,
            (false, true) => NamedFile::SheetInWorkbook,
            (true, false) => NamedFile::Results,
            (true, true) => NamedFile::ResultsInWorkbook,
        };
        let is_named = matches!(named, NamedFile::Results | NamedFile::ResultsInWorkbook);
        let place = match asked.out {
            _ if is_named => main_results(asked.path),
            Some(out) => out.to_owned(),
            None => place_of(&sheet, asked),
        };
        let (history, damage) = match History::read(&JobFolder::of(&place).journal()) {
            Ok(history) => (history, None),
            Err(err @ (Error::Damaged { .. } | Error::Format { .. })) => {
                (History::default(), Some(err))
            }
            Err(err) => return Err(err.into()),
        };
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
        let is_same = is_of(&history, &sheet);
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
            target: target(asked, named, &place),
        };
        Ok(Disk {
            sheet,
            out: match state.target {
                ResultsPlace::Own | ResultsPlace::Named | ResultsPlace::Unwritable => place.clone(),
                ResultsPlace::Free | ResultsPlace::Taken => asked.out.unwrap_or(&place).to_owned(),
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
}

/// Where the results go.
fn target(asked: &DiskQuery<'_>, named: NamedFile, place: &Path) -> ResultsPlace {
    let is_named = matches!(named, NamedFile::Results | NamedFile::ResultsInWorkbook);
    match asked.out {
        Some(out) if is_named && out != place => match is_free_for(out, place) {
            true => ResultsPlace::Free,
            false => ResultsPlace::Taken,
        },
        Some(_) if !is_named => ResultsPlace::Named,
        _ if named == NamedFile::ResultsInWorkbook
            && place == asked.path
            && !is_workbook(place) =>
        {
            ResultsPlace::Unwritable
        }
        _ => ResultsPlace::Own,
    }
}

/// The place of a sheet's results: where those of this very sheet are, else the newest.
fn place_of(sheet: &Sheet, asked: &DiskQuery<'_>) -> PathBuf {
    let first = results_of(asked.path, asked.kind);
    if asked.kind == RealOrTrial::Trial {
        return first;
    }
    let mut places = dated(&first);
    let newest = places.first().cloned();
    places.push(first.clone());
    if places.len() == 1 {
        return first;
    }
    let is_of_this = |place: &PathBuf| {
        // One that cannot be read is found damaged when it is the place.
        History::read(&JobFolder::of(place).journal()).is_ok_and(|history| is_of(&history, sheet))
    };
    let of_this = places.into_iter().find(is_of_this);
    of_this.or(newest).unwrap_or(first)
}

/// The results in a workbook beside the text, if they are kept as one, or are there.
fn partner(
    place: &Path,
    asked: &DiskQuery<'_>,
    history: &History,
    named: NamedFile,
) -> Option<PathBuf> {
    let workbook = place.with_extension("xlsx");
    if workbook == place || is_workbook(place) {
        return None;
    }
    let is_kept = history
        .written
        .as_ref()
        .is_some_and(|sums| sums.workbook.is_some());
    let is_wanted = match (named, asked.out) {
        (NamedFile::SheetInWorkbook, None) => true,
        (NamedFile::ResultsInWorkbook, _) => asked.path == workbook,
        _ => false,
    };
    let is_there = || {
        let results = |path: &Path| worksheet::results(path).and_then(|sheet| has_results(&sheet));
        workbook != asked.path && workbook.is_file() && results(&workbook).unwrap_or(false)
    };
    (is_kept || is_wanted || is_there()).then_some(workbook)
}

/// The results, or the saved plan, that a journal is of, if they are still there and `place` is another file, which is not
/// there or a copy as text: `out.csv` has the folder `out.reassign`, and so would `out.tsv`.
pub(super) fn namesake(history: &History, place: &Path) -> Option<PathBuf> {
    let Some(start) = history.last.as_ref().or(history.planned.as_ref()) else {
        return unrecorded_namesake(place);
    };
    let named = start.results.as_ref()?;
    // A job that was renamed still has results of the ending that it had.
    let renamed = named.extension().map(|ending| place.with_extension(ending));
    let others = [Some(place.with_file_name(named.file_name()?)), renamed];
    others.into_iter().flatten().find(|other| {
        // Text beside a workbook is the same job in two forms; text beside text is a copy.
        let is_other = !place.exists() || !is_workbook(place) && !is_workbook(other);
        other != place && is_other && other.exists() && JobFolder::of(other).is_of(place)
    })
}

/// Results as text that have the folder of `place`, which is not there, where no journal tells whose the folder is.
fn unrecorded_namesake(place: &Path) -> Option<PathBuf> {
    if place.exists() || is_workbook(place) {
        return None;
    }
    let others = TEXT.map(|ending| place.with_extension(ending));
    others.into_iter().find(|other| {
        let results = |path: &Path| worksheet::results(path).and_then(|sheet| has_results(&sheet));
        other != place && other.is_file() && results(other).unwrap_or(false)
    })
}

/// Whether results of a job can be put there: nothing is there, and no other job has its journal there.
fn is_free_for(out: &Path, place: &Path) -> bool {
    is_free(out) || !out.exists() && JobFolder::of(place).is_of(out)
}

/// A run that was cut short may have replaced one of two files and not the other: until it has been continued, every
/// state that was ever written is nobody else's.
pub(super) fn file_state(
    path: &Path,
    written: Option<&str>,
    history: &History,
) -> anyhow::Result<FileState> {
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
    asked: &DiskQuery<'_>,
    history: &History,
    is_damaged: bool,
    is_held: bool,
    contents: Option<&Contents>,
) -> JournalState {
    let kind = |workspace: &str| match workspace {
        SANDBOX => RealOrTrial::Trial,
        _ => RealOrTrial::Real,
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
        (None, Some(there), _)
            if kind(there) == RealOrTrial::Trial && asked.kind == RealOrTrial::Real =>
        {
            JournalState::OfOtherKind
        }
        (None, Some(there), _) if asked.kind == RealOrTrial::Real && there != asked.workspace => {
            JournalState::OfOtherWorkspace
        }
        (None, Some(_), _) => JournalState::OfPlan,
        (None, None, Some(there)) if kind(there) != asked.kind => JournalState::OfOtherKind,
        (None, None, _) => JournalState::Absent,
    }
}

/// Whether the user gives up the edits in one of the two.
fn aside(asked: &DiskQuery<'_>, place: &Path, workbook: Option<&Path>) -> Aside {
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

/// Whether results are of this sheet as it is now.
fn is_of(history: &History, sheet: &Sheet) -> bool {
    history.sheet.as_ref() == Some(&sheet.sha256().to_string())
        && other_worksheet(history, sheet).is_none()
}

/// The sheet of this workbook that results are of, if it is not the one that was named; not one that has another name now.
pub(super) fn other_worksheet<'a>(history: &'a History, sheet: &Sheet) -> Option<&'a str> {
    let then = history.worksheet.as_deref()?;
    match sheet.source() {
        sheet::Source::Workbook { sheet, sheets, .. } => {
            let is_there = sheets.iter().any(|other| other.name == then);
            (sheet != then && is_there).then_some(then)
        }
        sheet::Source::Text { .. } => None,
    }
}

fn sheet_state(
    sheet: &Sheet,
    history: &History,
    contents: Option<&Contents>,
) -> anyhow::Result<SheetState> {
    match (&history.sheet, contents) {
        _ if is_of(history, sheet) => Ok(SheetState::Same),
        (Some(_), Some(contents)) if !contents.rows.is_empty() => {
            let (guard, mut now) = (guard(sheet), Vec::new());
            for batch in sheet.batches()? {
                let batch = batch?;
                let rows = batch.rows().filter(|row| !row.is_blank());
                now.extend(rows.map(|row| own_cells(&row, guard, None)));
            }
            Ok(compared(&contents.rows, &now))
        }
        (Some(_), _) if other_worksheet(history, sheet).is_some() => Ok(SheetState::Another),
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
        each_result(results, |header, row| {
            let columns = &header.columns;
            // What cannot be read is told when the rows are.
            let status = columns.cell(row, column::STATUS).parse();
            contents.statuses.insert(status.unwrap_or(Status::Invalid));
            if contents.workspace.is_none() {
                let there = columns.cell(row, column::WORKSPACE);
                contents.workspace = (!there.is_empty()).then(|| there.into_owned());
            }
            let cells = own_cells(row, header.guard, Some(columns));
            contents.rows.push(cells);
            Ok(())
        })?;
        Ok(contents)
    }
}
