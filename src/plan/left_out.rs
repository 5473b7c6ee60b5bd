//! The rows that are left out, and what is said about each.

use std::collections::HashMap;

use crate::contact::{Assignee, Identifier};
use crate::mapping::{Assignees, Columns, Item, NoRow, Reading};
use crate::outcome::{Code, Reason, Status};
use crate::workspace::People;

use super::{Plan, RowFate};

/// Why a row is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// It was rejected; the rejection stands in the row's reading.
    Rejected,
    /// Its assignee is blank, and such rows are left out.
    Blank,
    /// It is no row of data.
    NoRow(NoRow),
    /// The workbook hides it, and such rows are left out.
    Hidden,
    /// The admin wrote `skip`.
    Decided,
    /// The same change stands on another row.
    Duplicate {
        /// Its place among the rows.
        of: usize,
    },
    /// Another row gives the contact to someone else.
    Conflict {
        /// Its place among the rows.
        with: usize,
    },
    /// Another row decides about the contact, by `--on-conflict`.
    Overruled {
        /// Its place among the rows.
        by: usize,
    },
    /// Somebody else moved the contact, and the admin has not written `move`.
    Drifted,
    /// Another contact has answered for the row's, and its cell is as it was.
    OtherContact,
    /// A look at the workspace shows that another contact answers for the row's.
    Answered(Box<Reason>),
    /// An undo of it was applied, and the admin has not written `again`.
    Undone,
    /// A look at the workspace shows that the contact is not with whom it must be.
    Moved(Box<Reason>),
    /// A look at the workspace speaks against it.
    Found(Box<Reason>),
    /// The sheet is a saved plan, and the row was not planned to be sent.
    Unplanned,
}

impl Left {
    /// The status that goes with it.
    pub fn status(&self) -> Status {
        match self {
            Left::Rejected | Left::Found(_) => Status::Invalid,
            Left::Blank
            | Left::NoRow(_)
            | Left::Hidden
            | Left::Decided
            | Left::Overruled { .. } => Status::Skipped,
            Left::Duplicate { .. } => Status::Duplicate,
            Left::Conflict { .. } => Status::Conflict,
            Left::Drifted | Left::Moved(_) => Status::Drifted,
            Left::OtherContact | Left::Answered(_) => Status::Failed,
            Left::Undone => Status::Undone,
            Left::Unplanned => Status::NotAttempted,
        }
    }
}

/// Rows that are left out for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Their status.
    pub status: Status,
    /// The reason they share.
    pub reason: String,
    /// Their numbers.
    pub rows: Vec<u32>,
    /// Which of them contradict each other: sets of rows with the same contact, a row that is done among them; empty for
    /// other reasons.
    pub together: Vec<Vec<u32>>,
}

impl Group {
    /// Notes that two rows contradict each other.
    fn join(&mut self, one: u32, other: u32) {
        let has = |set: &&mut Vec<u32>| set.contains(&one) || set.contains(&other);
        match self.together.iter_mut().find(has) {
            Some(set) => {
                set.extend([one, other]);
                set.sort_unstable();
                set.dedup();
            }
            None => self.together.push(vec![one.min(other), one.max(other)]),
        }
    }
}

impl Plan {
    /// The rows that are left out, by reason: in order of status, then of the first row.
    pub fn left_out(&self, columns: &Columns) -> Vec<Group> {
        let mut places: HashMap<(Status, String), usize> = HashMap::new();
        let mut all: Vec<Group> = Vec::new();
        for (item, fate) in self.rows() {
            let RowFate::Left(left) = fate else { continue };
            let status = left.status();
            for reason in self.reasons(item, left, columns) {
                let place = *places
                    .entry((status, reason))
                    .or_insert_with_key(|(_, reason)| {
                        all.push(Group {
                            status,
                            reason: reason.clone(),
                            rows: Vec::new(),
                            together: Vec::new(),
                        });
                        all.len() - 1
                    });
                all[place].rows.push(item.row);
                if let Left::Conflict { with } = left {
                    all[place].join(item.row, self.items[*with].row);
                }
            }
        }
        all.sort_by_key(|group| group.status);
        all
    }

    /// The sentence about a left row for the results file.
    pub fn sentence(&self, item: &Item, left: &Left, columns: &Columns, people: &People) -> String {
        match (left, &item.reading) {
            (Left::Rejected, Reading::Rejected(rejection)) => rejection.sentence(columns),
            _ => self.reason(item, left).told(people).to_string(),
        }
    }

    /// The stable names of what is said about a left row. What is wrong with its cells stays known while it is left out by
    /// choice.
    pub fn codes(&self, item: &Item, left: &Left) -> Vec<Code> {
        match (left, &item.reading) {
            (Left::Rejected, Reading::Rejected(rejection)) => rejection.codes(),
            (_, Reading::Rejected(rejection)) if !rejection.cells.is_empty() => {
                let mut codes = vec![self.reason(item, left).code()];
                codes.extend(rejection.codes());
                codes
            }
            _ => vec![self.reason(item, left).code()],
        }
    }

    /// Why a row is left out that was not rejected.
    fn reason(&self, item: &Item, left: &Left) -> Reason {
        let row = |place: &usize| self.items[*place].row;
        match left {
            Left::Rejected => unreachable!("a rejected row has a rejection"),
            Left::Blank => Reason::BlankLeftOut,
            Left::NoRow(NoRow::Footer) => Reason::NoData,
            Left::NoRow(NoRow::Heading) => Reason::Heading,
            Left::NoRow(NoRow::Header) => Reason::HeaderAgain,
            Left::NoRow(NoRow::Prefilled) => Reason::PrefilledRow,
            Left::Hidden => Reason::HiddenRow,
            Left::Decided => Reason::SkipDecided,
            Left::Duplicate { of } => Reason::Duplicate {
                of: row(of),
                id: None,
            },
            Left::Conflict { with } if item.is_merged || self.items[*with].is_merged => {
                Reason::MergedConflict { with: row(with) }
            }
            Left::Conflict { with } => {
                let (other, fate) = (&self.items[*with], &self.fates[*with]);
                let theirs = says(other, fate, &self.assignees)
                    .map(|(_, theirs)| theirs)
                    .or_else(|| self.assignee(other));
                let theirs = theirs.cloned().unwrap_or(Assignee::Nobody);
                let (with, id) = (row(with), None);
                match fate {
                    RowFate::Kept(_) => Reason::ConflictWithDone {
                        with,
                        theirs,
                        id,
                        is_later: with < item.row,
                    },
                    _ => Reason::Conflict { with, theirs, id },
                }
            }
            Left::Overruled { by } => Reason::Overruled { by: row(by) },
            Left::OtherContact => still(item, Code::OtherContact),
            Left::Answered(reason) => (**reason).clone(),
            Left::Undone => Reason::Undone,
            Left::Drifted => {
                let codes = item.earlier.iter().flat_map(|earlier| &earlier.codes);
                still(item, codes.copied().next().unwrap_or(Code::MovedSincePlan))
            }
            Left::Moved(reason) | Left::Found(reason) => (**reason).clone(),
            Left::Unplanned => Reason::NotPlanned,
        }
    }

    fn reasons(&self, item: &Item, left: &Left, columns: &Columns) -> Vec<String> {
        match (left, &item.reading) {
            (Left::Rejected, Reading::Rejected(rejection)) => {
                let problems = rejection.problems.iter();
                problems.map(|problem| problem.group(columns)).collect()
            }
            _ => vec![self.reason(item, left).of_many()],
        }
    }
}

/// What an earlier run has found about a row, in its words.
pub(super) fn still(item: &Item, code: Code) -> Reason {
    let said = item
        .earlier
        .as_ref()
        .and_then(|earlier| earlier.error.as_deref());
    Reason::Still {
        code,
        said: said.unwrap_or_default().into(),
    }
}

/// Which contact a row gives to whom; `None` if it has no say.
pub(super) fn says<'a>(
    item: &'a Item,
    fate: &RowFate,
    assignees: &'a Assignees,
) -> Option<(&'a Identifier, &'a Assignee)> {
    match (fate, &item.reading, item.earlier.as_deref()) {
        (RowFate::Kept(_), _, Some(earlier))
            if earlier.status != Status::Skipped && !earlier.codes.contains(&Code::Replaced) =>
        {
            Some((earlier.contact.as_ref()?, earlier.assignee.as_ref()?))
        }
        (
            RowFate::Change(_) | RowFate::Left(Left::Drifted | Left::Undone),
            Reading::Mapping { contact, assignee },
            _,
        ) => Some((contact, assignees.get(*assignee))),
        // Whoever leaves out what was given back leaves out its duplicates, too.
        (RowFate::Left(Left::Decided), Reading::Mapping { contact, assignee }, Some(earlier))
            if earlier.previous.is_some() =>
        {
            Some((contact, assignees.get(*assignee)))
        }
        _ => None,
    }
}
