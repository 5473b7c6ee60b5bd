//! The rows that are left out, and what is said about each.

use std::collections::HashMap;

use crate::contact::Assignee;
use crate::mapping::{Columns, Item, Reading};
use crate::outcome::Status;

use super::judge::says;
use super::{Fate, Finding, Plan};

/// Why a row is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// It was rejected; the rejection stands in the row's reading.
    Rejected,
    /// Its assignee is blank, and such rows are left out.
    Blank,
    /// A total or a remark, and no row of data.
    Footer,
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
    /// A look at the workspace shows that the contact is not with whom it must be; in a sentence.
    Moved(Box<str>),
    /// A look at the workspace speaks against it.
    Found(Box<Finding>),
    /// The sheet is a saved plan, and the row was not planned to be sent.
    Unplanned,
}

impl Left {
    /// The status that goes with it.
    pub fn status(&self) -> Status {
        match self {
            Left::Rejected | Left::Found(_) => Status::Invalid,
            Left::Blank | Left::Footer | Left::Hidden | Left::Decided | Left::Overruled { .. } => {
                Status::Skipped
            }
            Left::Duplicate { .. } => Status::Duplicate,
            Left::Conflict { .. } => Status::Conflict,
            Left::Drifted | Left::Moved(_) => Status::Drifted,
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
}

impl Plan {
    /// The rows that are left out, by reason: in order of status, then of the first row.
    pub fn left_out(&self, columns: &Columns) -> Vec<Group> {
        let mut places: HashMap<(Status, String), usize> = HashMap::new();
        let mut all: Vec<Group> = Vec::new();
        for (item, fate) in self.rows() {
            let Fate::Left(left) = fate else { continue };
            let status = left.status();
            for reason in self.reasons(item, left, columns) {
                let place = *places
                    .entry((status, reason))
                    .or_insert_with_key(|(_, reason)| {
                        all.push(Group {
                            status,
                            reason: reason.clone(),
                            rows: Vec::new(),
                        });
                        all.len() - 1
                    });
                all[place].rows.push(item.row);
            }
        }
        all.sort_by_key(|group| group.status);
        all
    }

    /// The sentence about a left row for the results file.
    pub fn sentence(&self, item: &Item, left: &Left, columns: &Columns) -> String {
        match (left, &item.reading) {
            (Left::Rejected, Reading::Rejected(rejection)) => rejection.sentence(columns),
            (Left::Duplicate { of }, _) => {
                format!("the same change as row {}", self.items[*of].row)
            }
            (Left::Conflict { with }, _) => {
                let theirs = match says(&self.items[*with], &self.fates[*with], &self.assignees)
                    .map(|(_, theirs)| theirs)
                    .or_else(|| self.assignee(&self.items[*with]))
                {
                    None | Some(Assignee::Nobody) => "unassigns this contact".to_owned(),
                    Some(theirs) => format!("gives this contact to `{theirs}`"),
                };
                let with = self.items[*with].row;
                format!(
                    "row {with} {theirs}; write `skip` into `reassign_decision` of the row that is wrong, or correct it"
                )
            }
            (Left::Overruled { by }, _) => {
                format!(
                    "row {} decides about this contact, by `--on-conflict`",
                    self.items[*by].row
                )
            }
            (Left::Drifted, _) => item
                .earlier
                .as_ref()
                .and_then(|earlier| earlier.error.clone())
                .unwrap_or_default(),
            (Left::Moved(sentence), _) => sentence.to_string(),
            (Left::Found(finding), _) => finding.to_string(),
            _ => self.reasons(item, left, columns).remove(0),
        }
    }

    fn reasons(&self, item: &Item, left: &Left, columns: &Columns) -> Vec<String> {
        let one = |reason: &str| vec![reason.to_owned()];
        match (left, &item.reading) {
            (Left::Rejected, Reading::Rejected(rejection)) => rejection
                .problems
                .iter()
                .map(|problem| problem.group(columns))
                .collect(),
            (Left::Rejected, _) => unreachable!("a rejected row has a rejection"),
            (Left::Blank, _) => one("the row has no new owner and stays as it is"),
            (Left::Footer, _) => one("total or footer row"),
            (Left::Hidden, _) => one(
                "the workbook hides the row (by hand or by a filter), and `--hidden-rows skip` leaves such rows out",
            ),
            (Left::Decided, _) => one("left out by `skip` in `reassign_decision`"),
            (Left::Duplicate { .. }, _) => one("the same change stands on another row"),
            (Left::Conflict { .. }, _) => one("two rows give one contact to different assignees"),
            (Left::Overruled { .. }, _) => {
                one("another row decides about the contact, by `--on-conflict`")
            }
            (Left::Found(finding), _) => vec![finding.group()],
            (Left::Unplanned, _) => {
                one("the saved plan has no change for this row; apply again to send it")
            }
            (Left::Drifted | Left::Moved(_), _) => one(
                "somebody else moved the contact; write `move` into `reassign_decision` to send it all the same",
            ),
        }
    }
}
