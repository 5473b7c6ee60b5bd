//! Plan and outcomes become what the results file says about each row, and what is left to do.

use std::collections::{BTreeMap, HashMap};

use crate::contact::Assignee;
use crate::mapping::{Columns, Item, Reading};
use crate::outcome::{Code, Decision, Guidance, Outcome, Reason, Status, Tally, Todo, guidance};
use crate::plan::{Change, Expected, Left, Plan, RowFate};
use crate::results::Record;
use crate::workspace::{Handover, Held, People, Workloads};

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

/// The rows of a sheet by status and by what they ask for; duplicates ask for what their rows do.
#[derive(Clone, Debug, Default)]
pub(super) struct Work(BTreeMap<(Status, Guidance), usize>);

impl Work {
    /// The statuses of the rows that are left with this to do.
    pub(super) fn of(&self, todo: Todo) -> Tally {
        let mut tally = Tally::default();
        for ((status, guidance), count) in &self.0 {
            if guidance.todo() == todo {
                (0..*count).for_each(|_| tally.add(*status));
            }
        }
        tally
    }

    /// How many rows are open.
    pub(super) fn open(&self) -> usize {
        let open = self.0.iter();
        let open = open.filter(|((_, guidance), _)| guidance.todo() != Todo::Done);
        open.map(|(_, count)| count).sum()
    }

    /// How many rows have which status.
    pub(super) fn counts(&self) -> Vec<(Status, usize)> {
        let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
        for ((status, _), count) in &self.0 {
            *counts.entry(*status).or_default() += count;
        }
        counts.into_iter().collect()
    }

    /// How many rows have which status and ask for what.
    pub(super) fn counts_by_guidance(&self) -> impl Iterator<Item = ((Status, Guidance), usize)> {
        self.0.iter().map(|(kind, count)| (*kind, *count))
    }
}

/// The sheet's rows with what is true of them now.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordedRows<'a> {
    pub(super) plan: &'a Plan,
    pub(super) outcomes: Outcomes<'a>,
    pub(super) columns: &'a Columns,
    pub(super) workspace: &'a str,
    /// Who is who, for the sentences.
    pub(super) people: &'a People,
}

impl<'a> RecordedRows<'a> {
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

    /// The status of a row, and why it has it.
    fn status(&self, item: &Item, fate: &RowFate) -> (Status, Option<Code>) {
        let of = |outcome: &Outcome| (outcome.status, outcome.reason.as_ref().map(Reason::code));
        let earlier = item.earlier.as_deref();
        match fate {
            RowFate::Change(change) => self.outcome(*change).map_or((Status::Planned, None), of),
            RowFate::Kept(_) if let Some(outcome) = self.revised(item.row) => of(outcome),
            RowFate::Kept(_) => earlier.map_or((Status::Skipped, None), |earlier| {
                (earlier.status, earlier.codes.first().copied())
            }),
            RowFate::Left(left) => (left.status(), self.plan.codes(item, left).first().copied()),
        }
    }

    /// What is left to do about how many rows of which status; duplicates do as their rows do.
    pub(super) fn work(&self) -> Work {
        let asks = |(status, code)| guidance(status, code);
        let by_contact: HashMap<u64, Guidance> = match self.outcomes {
            Outcomes::Planned => HashMap::new(),
            Outcomes::Of { changes, revised } => changes
                .iter()
                .chain(revised.values())
                .filter(|outcome| outcome.status != Status::Duplicate)
                .filter_map(|outcome| {
                    let code = outcome.reason.as_ref().map(Reason::code);
                    Some((outcome.contact_id?, asks((outcome.status, code))))
                })
                .collect(),
        };
        let mut work = Work::default();
        for (item, fate) in self.plan.rows() {
            let (status, code) = self.status(item, fate);
            let asks = match fate {
                RowFate::Left(Left::Duplicate { of }) => {
                    let (item, fate) = self.plan.row(*of);
                    asks(self.status(item, fate))
                }
                // Found out only while running: its row is the one that settled the same contact.
                RowFate::Change(change) if status == Status::Duplicate => {
                    let id = self.outcome(*change).and_then(|outcome| outcome.contact_id);
                    let row = id.and_then(|id| by_contact.get(&id));
                    row.copied().unwrap_or(Guidance::Nothing)
                }
                _ => asks((status, code)),
            };
            *work.0.entry((status, asks)).or_default() += 1;
        }
        work
    }

    /// What this run did to everybody's contacts.
    pub(super) fn workloads(&self) -> Workloads {
        let outcomes: &[Outcome] = match self.outcomes {
            Outcomes::Planned => &[],
            Outcomes::Of { changes, .. } => changes,
        };
        let changes = self.plan.changes().zip(outcomes);
        let written = changes
            .filter(|(_, outcome)| matches!(outcome.status, Status::Assigned | Status::Unassigned));
        let moves = written.map(|(change, outcome)| Handover {
            from: outcome.previous.as_ref(),
            to: change.assignee,
        });
        Workloads::new(moves, &Held::default(), self.people)
    }

    /// What the results say about each row, in the sheet's order.
    pub(super) fn records(self) -> impl Iterator<Item = Record> + 'a {
        let rows = self.plan.rows().enumerate();
        rows.map(move |(place, (item, fate))| self.record(place, item, fate))
    }

    fn record(&self, place: usize, item: &Item, fate: &RowFate) -> Record {
        let earlier = item.earlier.as_deref();
        // What an earlier run knew of another contact says nothing about this one.
        let same = earlier.filter(|earlier| {
            matches!(fate, RowFate::Kept(_)) || earlier.contact.as_ref() == self.plan.contact(item)
        });
        let (id, holder) = self.plan.look(place).unzip();
        let decision = item.decision();
        let record = Record {
            contact: self.plan.contact(item).cloned(),
            assignee: self.plan.assignee(item).cloned(),
            previous: same.and_then(|earlier| earlier.previous.clone()),
            decision: decision.map(Decision::name),
            http: earlier.and_then(|earlier| earlier.http),
            contact_id: id.or(same.and_then(|earlier| earlier.contact_id)),
            attempts: earlier.map_or(0, |earlier| earlier.attempts),
            at: earlier.and_then(|earlier| earlier.at.clone()),
            workspace: earlier
                .and_then(|earlier| earlier.workspace.clone())
                .unwrap_or(self.workspace.to_owned()),
            ..Record::new(item.row, self.status(item, fate).0)
        };
        match fate {
            RowFate::Change(change) => {
                let this = self.plan.change(*change as usize);
                let expected = || expected(this).cloned();
                let Some(outcome) = self.outcome(*change) else {
                    return Record {
                        expected: expected(),
                        http: this.refused_with,
                        ..record
                    };
                };
                let is_settled = outcome.status.is_settled();
                Record {
                    previous: outcome.previous.clone(),
                    // It still matters to a row that is sent later.
                    expected: (!is_settled).then(expected).flatten(),
                    // A decision is heeded once: what it asked for is done now.
                    decision: decision.filter(|_| !is_settled).map(Decision::name),
                    contact_id: outcome.contact_id.or(record.contact_id),
                    workspace: self.workspace.to_owned(),
                    ..record
                }
                .with(outcome, self.people)
            }
            RowFate::Kept(_) => {
                let Some(earlier) = earlier else {
                    return record;
                };
                let kept = Record {
                    contact: earlier.contact.clone(),
                    assignee: earlier.assignee.clone(),
                    codes: earlier.codes.clone(),
                    error: earlier.error.clone(),
                    cells: earlier.cells.to_string(),
                    ..record
                };
                match self.revised(item.row) {
                    Some(outcome) => kept.with(outcome, self.people),
                    None => kept,
                }
            }
            RowFate::Left(left) => Record {
                expected: same
                    .and_then(|earlier| earlier.expected.clone())
                    .or(holder.flatten().cloned()),
                codes: self.plan.codes(item, left),
                error: Some(self.plan.sentence(item, left, self.columns, self.people)),
                cells: match &item.reading {
                    Reading::Rejected(rejection) => rejection.cells.to_string(),
                    _ => String::new(),
                },
                ..record
            },
        }
    }
}

/// Who must have the contact of a change for it to be sent, or has it already, as a look at the workspace showed.
pub(super) fn expected(change: Change<'_>) -> Option<&Assignee> {
    let already = change.holder.filter(|_| change.is_unchanged());
    let expected = change.expected.map(Expected::holder);
    already.or(expected).or(change.holder)
}
