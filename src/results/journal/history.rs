//! What a journal tells about earlier runs.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::outcome::{Met, Outcome, Pace, Sent, Withdrawn};

use super::lines::{Line, RowLine, each_line};
use super::{EndLine, Error, Renumbering, RowAtStart, Start, Sums};

/// What a journal tells about earlier runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// How the plan was made, if the results began as a saved plan.
    pub planned: Option<Start>,
    /// The changes that a plan's ID stands for, in the order of sending.
    pub changes: HashMap<String, Vec<RowAtStart>>,
    /// How the first run began.
    pub first: Option<Start>,
    /// SHA-256 of the sheet that results are about: the first run's, or a later version that a run went on with.
    pub sheet: Option<String>,
    /// Which sheet of a workbook that was.
    pub worksheet: Option<String>,
    /// How the last run began.
    pub last: Option<Start>,
    /// How the last run ended; `None` if it was cut short.
    pub end: Option<EndLine>,
    /// What became of rows since the last run that ended.
    pub outcomes: HashMap<u32, Outcome>,
    /// What rows said that have been open since then.
    pub said: HashMap<u32, RowAtStart>,
    /// Rows whose writes since then were read back and hold.
    pub verified: HashSet<u32>,
    /// Writes since then whose outcome is not known.
    pub in_doubt: HashMap<u32, Sent>,
    /// Rows whose contacts an undo has given back, and that were not sent again since.
    pub undone: HashSet<u32>,
    /// Rows whose undo was itself taken back, and that were not sent again since.
    pub redone: HashSet<u32>,
    /// The users that runs met, by their IDs in the workspace.
    pub users: HashSet<u64>,
    /// What each run called the users whom it met.
    pub met: Vec<Met>,
    /// The course of the last run.
    course: Vec<Pace>,
    /// What was in doubt before the last write was announced, for the case that this one did not leave.
    before: HashMap<u32, Sent>,
    /// What was last written.
    pub written: Option<Sums>,
    /// SHA-256 of everything that was ever written.
    pub known: HashSet<String>,
    /// How long the journal is, in bytes, without a torn last line.
    pub length: u64,
}

impl History {
    /// Reads a journal; one that is not there tells of nothing. A torn last line is left out.
    ///
    /// # Errors
    /// If it cannot be read, a line before the last is damaged, or it has another format.
    pub(crate) fn read(path: &Path) -> Result<History, Error> {
        let mut history = History::default();
        history.length = each_line(path, |line| history.add(line))?;
        Ok(history)
    }

    /// How many changes a second were accepted in the last run, if it lasted long enough to tell.
    pub(crate) fn pace(&self) -> Option<f64> {
        const ENOUGH: (f64, u32) = (2.0, 5);
        let began = self.last.as_ref()?.at;
        let seconds = self.course.last()?.at.duration_since(began).as_secs_f64();
        let refused = |pace: &Pace| pace.throttled + pace.queued;
        let accepted = |pace: &Pace| pace.writes.saturating_sub(refused(pace));
        let written: u32 = self.course.iter().map(accepted).sum();
        (seconds >= ENOUGH.0 && written >= ENOUGH.1).then(|| f64::from(written) / seconds)
    }

    fn add(&mut self, line: Line) {
        match line {
            Line::Planned(start) => self.planned = Some(*start),
            Line::Changes { plan, rows } => {
                let changes = self.changes.entry(plan).or_default();
                changes.extend(rows.into_iter().map(|row| row.said().1));
            }
            Line::Start(start) => {
                if self.end.take().is_some() {
                    self.outcomes.clear();
                    self.said.clear();
                    self.verified.clear();
                    self.in_doubt.clear();
                    self.before.clear();
                }
                self.course.clear();
                if self.first.is_none() || start.instead_of.is_some() {
                    self.sheet = Some(start.sha256.clone());
                    self.worksheet = start.worksheet.clone();
                }
                self.first.get_or_insert_with(|| (*start).clone());
                self.last = Some(*start);
            }
            Line::Renumbered(renumbering) => self.renumber(&renumbering),
            Line::Rows(rows) => self.said.extend(rows.into_iter().map(RowLine::said)),
            Line::Slept(_) => {}
            Line::Verified(verified) => {
                self.verified.insert(verified.row);
            }
            Line::Undone { rows, .. } => {
                rows.iter().for_each(|row| _ = self.redone.remove(row));
                self.undone.extend(rows);
            }
            Line::Redone { rows, .. } => {
                rows.iter().for_each(|row| _ = self.undone.remove(row));
                self.redone.extend(rows);
            }
            Line::Sent(sent) => {
                self.undone.remove(&sent.row);
                self.redone.remove(&sent.row);
                self.outcomes.remove(&sent.row);
                self.verified.remove(&sent.row);
                let (row, attempts) = (sent.row, sent.attempts);
                let former = self.in_doubt.insert(row, sent);
                // The same attempt, announced anew, has not left before.
                let former = former.filter(|former| former.attempts < attempts);
                self.before.extend(former.map(|former| (row, former)));
            }
            Line::Withdrawn(Withdrawn { row, attempts, .. }) => {
                let last = self.in_doubt.get(&row);
                if last.is_some_and(|last| last.attempts == attempts) {
                    self.in_doubt.remove(&row);
                    let former = self.before.remove(&row);
                    self.in_doubt.extend(former.map(|former| (row, former)));
                }
            }
            Line::Outcome(outcome) => {
                self.in_doubt.remove(&outcome.row);
                self.before.remove(&outcome.row);
                self.outcomes.insert(outcome.row, outcome);
            }
            Line::Writing { sha256, workbook } => {
                self.known.insert(sha256.clone());
                self.known.extend(workbook.clone());
                self.written = Some(Sums {
                    results: sha256,
                    workbook,
                });
            }
            Line::User(met) => {
                self.users.extend(met.id);
                self.met.push(met);
            }
            Line::Pace(pace) => self.course.push(pace),
            Line::End(end) => self.end = Some(end),
        }
    }

    /// Calls the rows by the numbers that they have now, and forgets those that are there no more: the journal itself still
    /// tells what became of them.
    pub(crate) fn renumber(&mut self, renumbering: &Renumbering) {
        fn keys<T>(map: &mut HashMap<u32, T>, by: &Renumbering, set: impl Fn(&mut T, u32)) {
            let rows = std::mem::take(map).into_iter();
            map.extend(rows.filter_map(|(row, mut value)| {
                let row = by.now(row)?;
                set(&mut value, row);
                Some((row, value))
            }));
        }
        keys(&mut self.outcomes, renumbering, |outcome, row| {
            outcome.row = row;
        });
        keys(&mut self.said, renumbering, |said, row| said.row = row);
        keys(&mut self.in_doubt, renumbering, |sent, row| sent.row = row);
        keys(&mut self.before, renumbering, |sent, row| sent.row = row);
        for rows in [&mut self.verified, &mut self.undone, &mut self.redone] {
            let then = std::mem::take(rows);
            rows.extend(then.iter().filter_map(|row| renumbering.now(*row)));
        }
    }

    /// Whether the last run was cut short.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.last.is_some() && self.end.is_none()
    }
}
