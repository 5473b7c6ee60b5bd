//! Plan and outcomes become what the results file says about each row, and what is left to do.

use std::collections::{BTreeMap, HashMap};

use crate::mapping::{Columns, Item};
use crate::outcome::{Decision, Outcome, Status, Tally, Todo, local_time};
use crate::plan::{Fate, Left, Plan};
use crate::results::Record;

/// What became of the changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcomes<'a> {
    /// Nothing was sent.
    Planned,
    /// These.
    Of {
        /// In the order of the plan's changes.
        changes: &'a [Outcome],
        /// Rows that were settled before and are not so any more, by their numbers.
        revised: &'a HashMap<u32, Outcome>,
    },
}

/// The rows of a sheet by what is left to do about them.
#[derive(Clone, Debug, Default)]
pub(super) struct Work(BTreeMap<Todo, Tally>);

impl Work {
    /// The statuses of the rows that are left with this to do.
    pub(super) fn of(&self, todo: Todo) -> Tally {
        self.0.get(&todo).copied().unwrap_or_default()
    }

    /// How many rows are open.
    pub(super) fn open(&self) -> usize {
        let open = self.0.iter().filter(|(todo, _)| **todo != Todo::Done);
        open.map(|(_, tally)| tally.total()).sum()
    }

    /// How many rows have which status.
    pub(super) fn counts(&self) -> Vec<(Status, usize)> {
        let count = |status| self.0.values().map(|tally| tally.of(status)).sum();
        let all = Status::ALL.map(|status| (status, count(status)));
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

/// The sheet's rows with what is true of them now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub(super) plan: &'a Plan,
    pub(super) outcomes: Outcomes<'a>,
    pub(super) columns: &'a Columns,
    pub(super) workspace: &'a str,
}

impl<'a> Rows<'a> {
    fn outcome(&self, change: u32) -> Option<&'a Outcome> {
        match self.outcomes {
            Outcomes::Planned => None,
            Outcomes::Of { changes, .. } => changes.get(change as usize),
        }
    }

    /// What is true now of a row that was settled before, if that has changed.
    fn revised(&self, row: u32) -> Option<&'a Outcome> {
        match self.outcomes {
            Outcomes::Planned => None,
            Outcomes::Of { revised, .. } => revised.get(&row),
        }
    }

    /// The status of a row, and the last HTTP status.
    fn status(&self, item: &Item, fate: &Fate) -> (Status, Option<u16>) {
        let earlier = item.earlier.as_deref();
        match fate {
            Fate::Change(change) => self
                .outcome(*change)
                .map_or((Status::Planned, None), |outcome| {
                    (outcome.status, outcome.http)
                }),
            Fate::Kept(_) if let Some(outcome) = self.revised(item.row) => {
                (outcome.status, outcome.http)
            }
            Fate::Kept(_) => earlier.map_or((Status::Skipped, None), |earlier| {
                (earlier.status, earlier.http)
            }),
            Fate::Left(left) => (left.status(), earlier.and_then(|earlier| earlier.http)),
        }
    }

    /// What is left to do about how many rows of which status; duplicates do as their rows do.
    pub(super) fn work(&self) -> Work {
        let rows: Vec<_> = self.plan.rows().collect();
        let by_contact: HashMap<u64, Status> = match self.outcomes {
            Outcomes::Planned => HashMap::new(),
            Outcomes::Of { changes, revised } => changes
                .iter()
                .chain(revised.values())
                .filter(|outcome| outcome.status != Status::Duplicate)
                .filter_map(|outcome| Some((outcome.contact_id?, outcome.status)))
                .collect(),
        };
        let mut work = Work::default();
        for (item, fate) in &rows {
            let (status, http) = self.status(item, fate);
            let todo = match fate {
                Fate::Left(Left::Duplicate { of }) => {
                    let (item, fate) = rows[*of];
                    let (status, http) = self.status(item, fate);
                    status.todo(http)
                }
                // Found out only while running: its row is the one that settled the same contact.
                Fate::Change(change) if status == Status::Duplicate => {
                    let id = self.outcome(*change).and_then(|outcome| outcome.contact_id);
                    id.and_then(|id| by_contact.get(&id))
                        .map_or(Todo::Done, |status| status.todo(None))
                }
                _ => status.todo(http),
            };
            work.0.entry(todo).or_default().add(status);
        }
        work
    }

    /// What the results say about each row, in the sheet's order.
    pub(super) fn records(self) -> impl Iterator<Item = Record> + 'a {
        let rows = self.plan.rows().enumerate();
        rows.map(move |(place, (item, fate))| self.record(place, item, fate))
    }

    fn record(&self, place: usize, item: &Item, fate: &Fate) -> Record {
        let earlier = item.earlier.as_deref();
        let (status, http) = self.status(item, fate);
        let decision = item.decision();
        let record = Record {
            row: item.row,
            contact: self.plan.contact(item).cloned(),
            assignee: self.plan.assignee(item).cloned(),
            previous: earlier.and_then(|earlier| earlier.previous.clone()),
            status,
            error: None,
            decision: decision.map(Decision::name),
            http,
            contact_id: earlier.and_then(|earlier| earlier.contact_id),
            attempts: earlier.map_or(0, |earlier| earlier.attempts),
            at: earlier.and_then(|earlier| earlier.at.clone()),
            workspace: earlier
                .and_then(|earlier| earlier.workspace.clone())
                .unwrap_or(self.workspace.to_owned()),
        };
        let (id, holder) = self.plan.look(place).unzip();
        let record = Record {
            contact_id: id.or(record.contact_id),
            ..record
        };
        // What an earlier run knew of another contact says nothing about this one.
        let same = earlier.filter(|earlier| earlier.contact.as_ref() == self.plan.contact(item));
        let seen = || {
            let before = same.and_then(|earlier| earlier.previous.clone());
            before.or(holder.flatten().cloned())
        };
        let seen_id = id.or(same.and_then(|earlier| earlier.contact_id));
        match (fate, earlier) {
            (Fate::Change(change), _) => match self.outcome(*change) {
                None => Record {
                    previous: seen(),
                    contact_id: seen_id,
                    ..record
                },
                Some(outcome) => Record {
                    // What was seen before is still the condition of a row that is sent later.
                    previous: match outcome.status.is_settled() {
                        true => outcome.previous.clone(),
                        false => outcome.previous.clone().or_else(seen),
                    },
                    error: outcome.error.clone(),
                    // A decision is heeded once: what it asked for is done now.
                    decision: decision
                        .filter(|_| !outcome.status.is_settled())
                        .map(Decision::name),
                    contact_id: outcome.contact_id.or(seen_id),
                    attempts: outcome.attempts,
                    at: Some(local_time(outcome.at)),
                    workspace: self.workspace.to_owned(),
                    ..record
                },
            },
            (Fate::Kept(_), Some(earlier)) => {
                let revised = self.revised(item.row);
                Record {
                    contact: earlier.contact.clone(),
                    assignee: earlier.assignee.clone(),
                    error: revised
                        .map_or(&earlier.error, |outcome| &outcome.error)
                        .clone(),
                    at: revised.map(|outcome| local_time(outcome.at)).or(record.at),
                    ..record
                }
            }
            (Fate::Kept(_), None) => record,
            (Fate::Left(left), _) => Record {
                error: Some(self.plan.sentence(item, left, self.columns)),
                ..record
            },
        }
    }
}
