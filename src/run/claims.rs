//! Which row has a contact, by the API's own ID of the contact.
//!
//! Two rows can name one contact in different ways, and only reading it tells. What was sent stays sent: a row that
//! comes later is a conflict, or it decides by `--on-conflict` and replaces what was sent.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use crate::contact::{Assignee, Identifier};
use crate::plan::{Change, OnConflict, Plan};

/// The contacts that rows have turned out to mean.
#[derive(Debug)]
pub(super) struct Claims {
    policy: OnConflict,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    by_contact: HashMap<u64, Claim>,
    /// Rows whose write another row replaces.
    replaced: HashSet<u32>,
    /// Rows whose write may be under way: what a read shows of their contacts may not hold.
    under_way: HashSet<u32>,
}

/// A row that has a contact.
#[derive(Clone, Debug)]
struct Claim {
    row: u32,
    contact: Identifier,
    assignee: Assignee,
    /// The row that counts where `--on-conflict` decides: the first or last of those that agree.
    counts: u32,
    /// Whether its write has left, or nothing was left to write.
    is_done: bool,
    /// The row that gives the contact to someone else.
    contested_by: Option<Other>,
    /// The row that was done before and is replaced by this one.
    replaces: Option<Other>,
}

/// Another row about the same contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Other {
    pub(super) row: u32,
    pub(super) contact: Identifier,
    pub(super) assignee: Assignee,
    pub(super) is_done: bool,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The contact is this row's, in place of what another row has written.
    Ours { replaces: Option<Other> },
    /// The other row makes the same change.
    Duplicate(Other),
    /// The other row gives the contact to someone else.
    Conflict(Other),
    /// The other row gives the contact to someone else, and `--on-conflict` says that it decides.
    Overruled(Other),
}

impl Claims {
    /// Begins with the contacts that earlier runs settled.
    pub(super) fn of(plan: &Plan) -> Claims {
        let settled = plan.settled_contacts().map(|(id, row, contact, assignee)| {
            let claim = Claim {
                row,
                contact: contact.clone(),
                assignee: assignee.clone(),
                counts: row,
                is_done: true,
                contested_by: None,
                replaces: None,
            };
            (id, claim)
        });
        Claims {
            policy: plan.policy(),
            state: Mutex::new(State {
                by_contact: settled.collect(),
                replaced: HashSet::new(),
                under_way: HashSet::new(),
            }),
        }
    }

    /// Claims a contact for a row.
    pub(super) fn claim(&self, id: u64, change: &Change<'_>) -> Verdict {
        let mut state = self.state.lock().expect("no claim panics");
        let State {
            by_contact,
            replaced,
            ..
        } = &mut *state;
        let Some(claim) = by_contact.get_mut(&id) else {
            by_contact.insert(id, Claim::new(change, None));
            return Verdict::Ours { replaces: None };
        };
        if claim.row == change.row {
            return match &claim.contested_by {
                Some(other) if !claim.is_done => Verdict::Conflict(other.clone()),
                _ => Verdict::Ours {
                    replaces: claim.replaces.clone(),
                },
            };
        }
        if claim.assignee == *change.assignee {
            let counts = self.policy.decides(claim.counts, change.row);
            claim.counts = counts.unwrap_or(claim.counts);
            return Verdict::Duplicate(claim.told());
        }
        match self.policy.decides(claim.counts, change.row) {
            None => {
                if !claim.is_done {
                    let other = Claim::new(change, None).told();
                    claim.contested_by.get_or_insert(other);
                }
                Verdict::Conflict(claim.told())
            }
            Some(row) if row == change.row => {
                // A row that has not written yet hands on what it would have replaced: that may be under way still.
                let replaces = match claim.is_done {
                    true => Some(claim.told()),
                    false => claim.replaces.take(),
                };
                replaced.extend(replaces.as_ref().map(|other| other.row));
                *claim = Claim::new(change, replaces.clone());
                Verdict::Ours { replaces }
            }
            Some(_) => Verdict::Overruled(claim.told()),
        }
    }

    /// The same for a row that is about to write, or finds that nothing is left to write: from now on nothing stops it.
    pub(super) fn finish(&self, id: u64, change: &Change<'_>) -> Verdict {
        let verdict = self.claim(id, change);
        if matches!(verdict, Verdict::Ours { .. }) {
            self.set_done(id, change.row, true);
        }
        verdict
    }

    /// A write that was about to leave was not carried out.
    pub(super) fn withdraw(&self, id: u64, row: u32) {
        self.set_done(id, row, false);
    }

    /// A row has written without having claimed the contact first; what another row had written is replaced.
    pub(super) fn wrote(&self, id: u64, change: &Change<'_>) -> Verdict {
        match self.finish(id, change) {
            Verdict::Conflict(other) | Verdict::Overruled(other) => {
                let mut state = self.state.lock().expect("no claim panics");
                state.replaced.insert(other.row);
                let mut claim = Claim::new(change, Some(other.clone()));
                claim.is_done = true;
                state.by_contact.insert(id, claim);
                Verdict::Ours {
                    replaces: Some(other),
                }
            }
            verdict => verdict,
        }
    }

    /// Whether another row replaces what this one has written.
    pub(super) fn is_replaced(&self, row: u32) -> bool {
        let state = self.state.lock().expect("no claim panics");
        state.replaced.contains(&row)
    }

    /// Whether what this row writes may still arrive.
    pub(super) fn is_under_way(&self, row: u32) -> bool {
        let state = self.state.lock().expect("no claim panics");
        state.under_way.contains(&row)
    }

    /// A row has its outcome: nothing of it is under way any more.
    pub(super) fn settled(&self, row: u32) {
        let mut state = self.state.lock().expect("no claim panics");
        state.under_way.remove(&row);
    }

    fn set_done(&self, id: u64, row: u32, is_done: bool) {
        let mut state = self.state.lock().expect("no claim panics");
        match is_done {
            true => state.under_way.insert(row),
            false => state.under_way.remove(&row),
        };
        let claim = state.by_contact.get_mut(&id);
        if let Some(claim) = claim.filter(|claim| claim.row == row) {
            claim.is_done = is_done;
        }
    }
}

impl Claim {
    fn new(change: &Change<'_>, replaces: Option<Other>) -> Claim {
        Claim {
            row: change.row,
            contact: change.contact.clone(),
            assignee: change.assignee.clone(),
            counts: change.row,
            is_done: false,
            contested_by: None,
            replaces,
        }
    }

    fn told(&self) -> Other {
        Other {
            row: self.row,
            contact: self.contact.clone(),
            assignee: self.assignee.clone(),
            is_done: self.is_done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(policy: OnConflict) -> Claims {
        Claims {
            policy,
            state: Mutex::default(),
        }
    }

    const CONTACT: Identifier = Identifier::Id(7);

    fn row(row: u32, assignee: &Assignee) -> Change<'_> {
        Change {
            row,
            contact: &CONTACT,
            contact_id: None,
            assignee,
            previous: None,
            holder: None,
            expected: None,
            attempts: 0,
            may_have_written: false,
            in_doubt: false,
        }
    }

    fn other(change: &Change<'_>, is_done: bool) -> Other {
        Other {
            is_done,
            ..Claim::new(change, None).told()
        }
    }

    const OURS: Verdict = Verdict::Ours { replaces: None };

    #[test]
    fn the_first_row_keeps_a_contact_until_another_contests_it() {
        let claims = claims(OnConflict::Error);
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        let (two, three, four) = (row(2, &ann), row(3, &ann), row(4, &bob));
        assert_eq!(claims.claim(7, &two), OURS);
        assert_eq!(claims.claim(7, &two), OURS, "a retry keeps its contact");
        let duplicate = Verdict::Duplicate(other(&two, false));
        assert_eq!(claims.claim(7, &three), duplicate);
        assert_eq!(
            claims.claim(7, &four),
            Verdict::Conflict(other(&two, false))
        );
        let contested = Verdict::Conflict(other(&four, false));
        assert_eq!(
            claims.finish(7, &two),
            contested,
            "it is not written any more"
        );
        assert_eq!(claims.claim(8, &four), OURS);
    }

    #[test]
    fn what_was_written_stays_and_the_later_row_is_the_conflict() {
        let claims = claims(OnConflict::Error);
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        let (two, four) = (row(2, &ann), row(4, &bob));
        assert_eq!(claims.finish(7, &two), OURS);
        assert_eq!(claims.claim(7, &four), Verdict::Conflict(other(&two, true)));
        assert_eq!(claims.claim(7, &two), OURS);
        claims.withdraw(7, 2);
        assert_eq!(
            claims.claim(7, &four),
            Verdict::Conflict(other(&two, false))
        );
        assert_eq!(
            claims.claim(7, &two),
            Verdict::Conflict(other(&four, false))
        );
    }

    #[test]
    fn on_conflict_decides_for_two_names_too_and_replaces_what_was_written() {
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        let (two, four) = (row(2, &ann), row(4, &bob));
        let first = claims(OnConflict::First);
        assert_eq!(first.claim(7, &two), OURS);
        assert_eq!(
            first.claim(7, &four),
            Verdict::Overruled(other(&two, false))
        );
        assert_eq!(first.finish(7, &two), OURS);
        let last = claims(OnConflict::Last);
        assert_eq!(last.claim(7, &two), OURS);
        assert_eq!(last.claim(7, &four), OURS);
        assert_eq!(
            last.finish(7, &two),
            Verdict::Overruled(other(&four, false))
        );
        let late = claims(OnConflict::Last);
        assert_eq!(late.finish(7, &two), OURS);
        let replaces = Some(other(&two, true));
        assert_eq!(late.finish(7, &four), Verdict::Ours { replaces });
        assert!(late.is_replaced(2) && !late.is_replaced(4));
    }

    #[test]
    fn rows_that_agree_count_together() {
        let claims = claims(OnConflict::Last);
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        assert_eq!(claims.claim(7, &row(4, &ann)), OURS);
        assert!(matches!(
            claims.claim(7, &row(9, &ann)),
            Verdict::Duplicate(_)
        ));
        // The last of those that agree stands below this one.
        assert!(matches!(
            claims.claim(7, &row(6, &bob)),
            Verdict::Overruled(_)
        ));
    }

    #[test]
    fn a_third_name_waits_for_the_write_that_the_second_would_have_replaced() {
        let [ann, bob, cy] = [1, 2, 3].map(Assignee::User);
        let claims = claims(OnConflict::Last);
        claims.finish(7, &row(2, &ann));
        claims.claim(7, &row(3, &bob));
        let verdict = claims.claim(7, &row(4, &cy));
        let Verdict::Ours {
            replaces: Some(other),
        } = verdict
        else {
            panic!("{verdict:?}")
        };
        assert_eq!(other.row, 2);
        assert!(claims.is_under_way(2));
        claims.settled(2);
        assert!(!claims.is_under_way(2));
    }
}
