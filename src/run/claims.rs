//! Which row has a contact under way, by the API's own ID of the contact.
//!
//! Two rows can name one contact in different ways, and only reading it tells.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Mutex;

use crate::contact::Assignee;
use crate::plan::Plan;

/// The contacts that rows have turned out to mean.
#[derive(Debug)]
pub(super) struct Claims(Mutex<HashMap<u64, Claim>>);

#[derive(Debug)]
struct Claim {
    row: u32,
    assignee: Assignee,
    /// The row that gives the contact to someone else.
    contested_by: Option<(u32, Assignee)>,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The contact is this row's.
    Ours,
    /// This row makes the same change.
    Duplicate { row: u32 },
    /// This row gives the contact to someone else.
    Conflict { row: u32, theirs: Assignee },
}

impl Claims {
    /// Begins with the contacts that earlier runs settled.
    pub(super) fn of(plan: &Plan) -> Claims {
        let settled = plan.settled_contacts().map(|(id, row, assignee)| {
            (
                id,
                Claim {
                    row,
                    assignee: assignee.clone(),
                    contested_by: None,
                },
            )
        });
        Claims(Mutex::new(settled.collect()))
    }

    /// Claims a contact for a row; the first row to claim it keeps it.
    pub(super) fn claim(&self, id: u64, row: u32, assignee: &Assignee) -> Verdict {
        let mut claims = self.0.lock().expect("no claim panics");
        match claims.entry(id) {
            Entry::Vacant(free) => {
                free.insert(Claim {
                    row,
                    assignee: assignee.clone(),
                    contested_by: None,
                });
                Verdict::Ours
            }
            Entry::Occupied(taken) => {
                let claim = taken.into_mut();
                if claim.row == row {
                    match &claim.contested_by {
                        None => Verdict::Ours,
                        Some((row, theirs)) => Verdict::Conflict {
                            row: *row,
                            theirs: theirs.clone(),
                        },
                    }
                } else if claim.assignee == *assignee {
                    Verdict::Duplicate { row: claim.row }
                } else {
                    claim
                        .contested_by
                        .get_or_insert_with(|| (row, assignee.clone()));
                    Verdict::Conflict {
                        row: claim.row,
                        theirs: claim.assignee.clone(),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_keeps_a_contact_until_another_contests_it() {
        let claims = Claims(Mutex::default());
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        assert_eq!(claims.claim(7, 2, &ann), Verdict::Ours);
        assert_eq!(
            claims.claim(7, 2, &ann),
            Verdict::Ours,
            "a retry keeps its contact"
        );
        assert_eq!(claims.claim(7, 3, &ann), Verdict::Duplicate { row: 2 });
        assert_eq!(
            claims.claim(7, 4, &bob),
            Verdict::Conflict {
                row: 2,
                theirs: ann.clone()
            }
        );
        assert_eq!(
            claims.claim(7, 2, &ann),
            Verdict::Conflict {
                row: 4,
                theirs: bob
            }
        );
        assert_eq!(claims.claim(8, 4, &ann), Verdict::Ours);
    }
}
