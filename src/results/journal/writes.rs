//! The writes that a journal tells of, run by run: what it takes to give contacts back.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crate::outcome::{Outcome, Sent, Status, Withdrawn};

use super::lines::RowLine;
use super::{EndLine, Line, Renumbering, RowAtStart, Start, each_line};
use crate::results::Error;

/// What one run sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Writes {
    /// How it began.
    pub start: Start,
    /// The rows it sent a write for, by their number in the first sheet.
    pub rows: BTreeMap<u32, SentWrite>,
    /// How many writes are left out of `rows`, because an undo has given their contacts back since.
    pub given_back: usize,
    /// How it ended; `None` if it was cut short, or is still at work.
    pub end: Option<EndLine>,
    /// Which numbers the rows of the run before have in this one, if they have others.
    pub renumbered: Option<Renumbering>,
}

/// A write that a run sent, more than once if it had to be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SentWrite {
    /// The write, as it was announced last.
    pub sent: Sent,
    /// What became of the row afterwards; `None` if nobody knows.
    pub outcome: Option<Outcome>,
}

/// What each run of a journal sent, in their order; nothing if there is no journal. What a run that was cut short left in doubt is
/// settled by the one that continued it: both tell of the write.
///
/// # Errors
/// If it cannot be read, a line before the last is damaged, or it has another format.
pub(crate) fn writes(path: &Path) -> Result<Vec<Writes>, Error> {
    let mut runs: Vec<Writes> = Vec::new();
    // What stood for a row before its last write was announced, for the case that this one did not leave.
    let mut before: HashMap<u32, Option<SentWrite>> = HashMap::new();
    let mut given_back: HashMap<(usize, u32), SentWrite> = HashMap::new();
    each_line(path, |line| match line {
        Line::Start(start) => {
            before.clear();
            runs.push(Writes {
                start: *start,
                rows: BTreeMap::new(),
                given_back: 0,
                end: None,
                renumbered: None,
            });
        }
        Line::Sent(mut sent) => {
            if let Some(run) = runs.last_mut() {
                if let Some(first) = run.rows.get(&sent.row) {
                    // An attempt whose end nobody saw may have changed who has it now.
                    sent.held = first.sent.held.clone();
                }
                let write = SentWrite {
                    sent,
                    outcome: None,
                };
                let (row, attempts) = (write.sent.row, write.sent.attempts);
                let former = run.rows.insert(row, write);
                // The same attempt, announced anew, has not left before.
                if former
                    .as_ref()
                    .is_none_or(|former| former.sent.attempts < attempts)
                {
                    before.insert(row, former);
                }
            }
        }
        Line::Withdrawn(Withdrawn { row, attempts, .. }) => {
            let Some(run) = runs.last_mut() else { return };
            if run
                .rows
                .get(&row)
                .is_some_and(|last| last.sent.attempts == attempts)
            {
                match before.remove(&row).flatten() {
                    Some(former) => run.rows.insert(row, former),
                    None => run.rows.remove(&row),
                };
            }
        }
        Line::Renumbered(renumbering) => {
            if let Some(run) = runs.last_mut() {
                run.renumbered = Some(renumbering);
            }
        }
        Line::Outcome(outcome) => settle(&mut runs, outcome),
        // What was given back is not there to be given back again.
        Line::Undone { rows, run } => {
            let there = (1..).zip(&runs);
            let there = there.flat_map(|(place, of)| {
                of.rows.iter().map(move |(row, write)| (place, *row, write))
            });
            let meant = Meant::of(&rows, run, there);
            for (place, of) in (1..).zip(&mut runs) {
                let (gone, left) = std::mem::take(&mut of.rows)
                    .into_iter()
                    .partition::<BTreeMap<_, _>, _>(|(row, write)| meant.is(place, *row, write));
                of.rows = left;
                let gone = gone.into_iter();
                given_back.extend(gone.map(|(row, write)| ((place, row), write)));
            }
        }
        Line::Redone { rows, run } => {
            let gone = given_back.iter();
            let gone = gone.map(|((place, row), write)| (*place, *row, write));
            let meant = Meant::of(&rows, run, gone);
            let again = given_back.extract_if(|(place, row), write| meant.is(*place, *row, write));
            for ((place, row), write) in again {
                runs[place - 1].rows.insert(row, write);
            }
        }
        Line::End(end) => {
            if let Some(run) = runs.last_mut() {
                run.end = Some(end);
            }
        }
        _ => {}
    })?;
    for (run, _) in given_back.into_keys() {
        runs[run - 1].given_back += 1;
    }
    Ok(runs)
}

/// Which writes an undo, or the undo of one, is about: those of its rows, and of the contacts that these had written. Rows that
/// gave one contact away one after the other are given back together.
struct Meant<'a> {
    rows: &'a [u32],
    run: Option<usize>,
    contacts: HashSet<u64>,
}

impl<'a> Meant<'a> {
    fn of<'w>(
        rows: &'a [u32],
        run: Option<usize>,
        writes: impl Iterator<Item = (usize, u32, &'w SentWrite)>,
    ) -> Meant<'a> {
        let mut meant = Meant {
            rows,
            run,
            contacts: HashSet::new(),
        };
        let named = writes.filter(|(place, row, write)| meant.is(*place, *row, write));
        let contacts = named
            .filter_map(|(.., write)| write.sent.contact_id)
            .collect();
        meant.contacts = contacts;
        meant
    }

    fn is(&self, place: usize, row: u32, write: &SentWrite) -> bool {
        let id = write.sent.contact_id;
        self.run.is_none_or(|run| run == place)
            && (self.rows.contains(&row) || id.is_some_and(|id| self.contacts.contains(&id)))
    }
}

/// What one run has announced, given back since or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SentInRun {
    /// Whether rows have other numbers in it than in the run before.
    pub is_renumbered: bool,
    /// The last write of each row.
    pub rows: HashMap<u32, Sent>,
}

/// What each run of a journal has announced, in their order.
///
/// # Errors
/// As [`writes()`].
pub(crate) fn sent(path: &Path) -> Result<Vec<SentInRun>, Error> {
    let mut runs: Vec<SentInRun> = Vec::new();
    each_line(path, |line| match (line, runs.last_mut()) {
        (Line::Start(_), _) => runs.push(SentInRun::default()),
        (Line::Renumbered(_), Some(run)) => run.is_renumbered = true,
        (Line::Sent(sent), Some(run)) => _ = run.rows.insert(sent.row, sent),
        (Line::Withdrawn(Withdrawn { row, attempts, .. }), Some(run)) => {
            let is_it = |sent: &Sent| sent.attempts == attempts;
            if attempts == 1 && run.rows.get(&row).is_some_and(is_it) {
                run.rows.remove(&row);
            }
        }
        _ => {}
    })?;
    Ok(runs)
}

/// What a row came to last, and what it said then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Latest {
    /// What became of it.
    pub outcome: Outcome,
    /// What it said when its run began.
    pub said: RowAtStart,
}

/// What each row came to last, over all runs, by the numbers that rows have now. Rows that were given back since are left
/// out.
///
/// # Errors
/// As [`writes()`].
pub(crate) fn latest(path: &Path) -> Result<HashMap<u32, Latest>, Error> {
    let mut said: HashMap<u32, RowAtStart> = HashMap::new();
    // With whether it was given back since.
    let mut latest: HashMap<u32, (Latest, bool)> = HashMap::new();
    each_line(path, |line| match line {
        Line::Renumbered(by) => {
            let now = |row: u32| Some((by.now(row)?, row));
            let rows: Vec<(u32, u32)> = said.keys().filter_map(|row| now(*row)).collect();
            let mut then = std::mem::take(&mut said);
            said.extend(rows.into_iter().filter_map(|(row, was)| {
                Some((
                    row,
                    RowAtStart {
                        row,
                        ..then.remove(&was)?
                    },
                ))
            }));
            let rows: Vec<(u32, u32)> = latest.keys().filter_map(|row| now(*row)).collect();
            let mut then = std::mem::take(&mut latest);
            latest.extend(rows.into_iter().filter_map(|(row, was)| {
                let mut value = then.remove(&was)?;
                (value.0.outcome.row, value.0.said.row) = (row, row);
                Some((row, value))
            }));
        }
        Line::Rows(rows) => said.extend(rows.into_iter().map(RowLine::said)),
        Line::Sent(sent) => _ = latest.remove(&sent.row),
        Line::Outcome(outcome) => {
            if let Some(said) = said.get(&outcome.row) {
                let said = said.clone();
                latest.insert(outcome.row, (Latest { outcome, said }, false));
            }
        }
        Line::Undone { rows, .. } => mark(&mut latest, &rows, true),
        Line::Redone { rows, .. } => mark(&mut latest, &rows, false),
        _ => {}
    })?;
    let latest = latest
        .into_iter()
        .filter(|(_, (_, is_given_back))| !is_given_back);
    Ok(latest.map(|(row, (latest, _))| (row, latest)).collect())
}

/// Notes of rows whether they were given back.
fn mark(latest: &mut HashMap<u32, (Latest, bool)>, rows: &[u32], is_given_back: bool) {
    for row in rows {
        if let Some(known) = latest.get_mut(row) {
            known.1 = is_given_back;
        }
    }
}

/// The outcome is that of the row's last write. A later run may settle it without sending: then the write of the one
/// that was cut short before is what it tells about.
fn settle(runs: &mut [Writes], outcome: Outcome) {
    let mut row = outcome.row;
    for (place, run) in runs.iter_mut().rev().enumerate() {
        if place > 0 && run.end.is_some() {
            return;
        }
        if let Some(write) = run.rows.get_mut(&row) {
            let known = write.outcome.as_ref().map(|outcome| outcome.status);
            // What was accepted before stays accepted, also if a later run finds nothing left to do.
            let is_accepted = matches!(known, Some(Status::Assigned | Status::Unassigned));
            // What other rows or the sheet decide tells nothing about a write that was in doubt.
            let is_unseen = matches!(
                outcome.status,
                Status::Conflict | Status::Duplicate | Status::Invalid
            );
            if place == 0 || !(is_accepted || is_unseen) {
                write.outcome = Some(outcome);
            }
            return;
        }
        if let Some(renumbered) = &run.renumbered {
            let Some(then) = renumbered.then(row) else {
                return;
            };
            row = then;
        }
    }
}
