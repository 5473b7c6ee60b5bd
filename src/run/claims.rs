//! Which row has a contact, by the API's own ID of the contact.
//!
//! Two rows can name one contact in different ways, and only reading it tells. One write of a contact is under way at a
//! time, and what was read while one was under way counts for nothing. What was sent stays sent: a row that comes later
//! is a conflict, or it decides by `--on-conflict` and replaces what was sent.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use crate::contact::{Assignee, Identifier};
use crate::plan::{Change, Left, OnConflict, Plan, RowFate};

/// The contacts that rows have turned out to mean.
#[derive(Debug)]
pub(super) struct Claims {
    policy: OnConflict,
    /// By which row a row counts that has duplicates, where `--on-conflict` decides: the first or last of them all.
    counting: HashMap<u32, u32>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    contacts: HashMap<u64, Claimed>,
    /// How many rows have settled.
    settled: u64,
}

/// A contact that rows have turned out to mean.
#[derive(Debug)]
struct Claimed {
    /// The row that decides as far as is known.
    by: Named,
    /// The row that counts where `--on-conflict` decides: the first or last of those that agree.
    counts: u32,
    /// A row that gives the contact to someone else, found before anything was written.
    contested_by: Option<Named>,
    /// The row whose write may be under way.
    under_way: Option<u32>,
    /// Rows whose change of this contact is done: their write was accepted, or the contact was as they want it.
    done: Vec<Named>,
    /// How many rows had settled when a write of it was last answered, or nothing was left to write.
    touched_at: u64,
}

/// A row, and what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    row: u32,
    contact: Identifier,
    assignee: Assignee,
}

/// Another row about the same contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Other {
    pub(super) row: u32,
    pub(super) contact: Identifier,
    pub(super) assignee: Assignee,
    /// Whether its write has left, or nothing was left to write.
    pub(super) is_done: bool,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The contact is this row's.
    Ours,
    /// The contact is this row's, and another row's write is under way or was when it was read: it has to be read again.
    OursLater,
    /// The other row makes the same change.
    Duplicate(Other),
    /// The other row gives the contact to someone else.
    Conflict(Other),
    /// The other row gives the contact to someone else, and `--on-conflict` says that it decides.
    Overruled(Other),
}

/// When a read of a contact began, in settled rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReadAt(u64);

impl Claims {
    /// Begins with the contacts that earlier runs settled.
    pub(super) fn of(plan: &Plan) -> Claims {
        let mut contacts: HashMap<u64, Claimed> = HashMap::new();
        for (id, row, contact, assignee) in plan.settled_contacts() {
            let by = Named {
                row,
                contact: contact.clone(),
                assignee: assignee.clone(),
            };
            let claimed = contacts
                .entry(id)
                .or_insert_with(|| Claimed::by(by.clone(), row));
            claimed.done.push(by.clone());
            (claimed.by, claimed.counts) = (by, row);
        }
        let counting = counting(plan);
        // A row that another run may have written finds out if it has, whatever rows say the same before it.
        for change in plan.changes().filter(|change| change.in_doubt) {
            let Some(id) = change.contact_id else {
                continue;
            };
            contacts
                .entry(id)
                .or_insert_with(|| Claimed::by(Named::of(&change), counts(&counting, &change)));
        }
        Claims {
            policy: plan.policy(),
            counting,
            state: Mutex::new(State {
                contacts,
                settled: 0,
            }),
        }
    }

    fn counts(&self, change: &Change<'_>) -> u32 {
        counts(&self.counting, change)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no claim panics")
    }

    /// To be asked before a contact is read.
    pub(super) fn now(&self) -> ReadAt {
        ReadAt(self.state().settled)
    }

    /// Claims a contact for a row that began to read it then.
    pub(super) fn claim(&self, id: u64, change: &Change<'_>, read: ReadAt) -> Verdict {
        let counts = self.counts(change);
        let mut state = self.state();
        state
            .of(id, change, counts)
            .claim(self.policy, change, counts, read)
    }

    /// The same for a row that is about to write, or finds that nothing is left to write: from now on nothing stops it.
    pub(super) fn finish(&self, id: u64, change: &Change<'_>, read: ReadAt) -> Verdict {
        let counts = self.counts(change);
        let mut state = self.state();
        let claimed = state.of(id, change, counts);
        let verdict = claimed.claim(self.policy, change, counts, read);
        if verdict == Verdict::Ours {
            claimed.under_way = Some(change.row);
        }
        verdict
    }

    /// A write that was about to leave was not carried out.
    pub(super) fn withdraw(&self, id: u64, row: u32) {
        if let Some(claimed) = self.state().contacts.get_mut(&id) {
            claimed.under_way.take_if(|under_way| *under_way == row);
        }
    }

    /// A row has its outcome; `is_done` if its contact is the assignee's by it. Tells by which rows it was another's
    /// until now.
    pub(super) fn settle(&self, id: Option<u64>, change: &Change<'_>, is_done: bool) -> Vec<u32> {
        let counts = self.counts(change);
        let mut state = self.state();
        state.settled += 1;
        let settled = state.settled;
        let Some(id) = id else {
            return Vec::new();
        };
        // Without reads, the answer to a write is the first to tell which contact it is.
        let claimed = state.of(id, change, counts);
        let under_way = claimed.under_way.take_if(|row| *row == change.row);
        if is_done || under_way.is_some() {
            claimed.touched_at = settled;
        }
        if !is_done {
            return Vec::new();
        }
        let done = std::mem::take(&mut claimed.done);
        let is_other = |done: &Named| done.assignee != *change.assignee;
        let (replaced, stand) = done.into_iter().partition::<Vec<_>, _>(is_other);
        claimed.done = stand;
        claimed.done.push(Named::of(change));
        replaced.iter().map(|done| done.row).collect()
    }

    /// Whether another row's write of the contact may be under way.
    pub(super) fn is_busy(&self, id: u64, row: u32) -> bool {
        let state = self.state();
        let under_way = state
            .contacts
            .get(&id)
            .and_then(|claimed| claimed.under_way);
        under_way.is_some_and(|under_way| under_way != row)
    }

    /// Who has the contact by a row of this sheet.
    pub(super) fn given_to(&self, id: u64) -> Option<Assignee> {
        let state = self.state();
        let done = state.contacts.get(&id)?.done.last()?;
        Some(done.assignee.clone())
    }

    /// Whether what this row has done to the contact is what was done last, and nothing else is under way.
    pub(super) fn is_last(&self, id: u64, row: u32) -> bool {
        let state = self.state();
        state.contacts.get(&id).is_none_or(|claimed| {
            let is_by_row = claimed.done.iter().any(|done| done.row == row);
            (is_by_row || claimed.done.is_empty())
                && claimed.under_way.is_none_or(|under_way| under_way == row)
        })
    }
}

/// By which row this one counts.
fn counts(counting: &HashMap<u32, u32>, change: &Change<'_>) -> u32 {
    counting.get(&change.row).copied().unwrap_or(change.row)
}

/// By which rows those count that have duplicates.
fn counting(plan: &Plan) -> HashMap<u32, u32> {
    let (items, _) = plan.read();
    let mut counting = HashMap::new();
    for (item, fate) in plan.rows() {
        if let RowFate::Left(Left::Duplicate { of }) = fate {
            let row = items[*of].row;
            let counts = counting.entry(row).or_insert(row);
            *counts = plan.policy().decides(*counts, item.row).unwrap_or(*counts);
        }
    }
    counting
}

impl State {
    fn of(&mut self, id: u64, change: &Change<'_>, counts: u32) -> &mut Claimed {
        let contact = self.contacts.entry(id);
        contact.or_insert_with(|| Claimed::by(Named::of(change), counts))
    }
}

impl Claimed {
    fn by(by: Named, counts: u32) -> Claimed {
        Claimed {
            counts,
            by,
            contested_by: None,
            under_way: None,
            done: Vec::new(),
            touched_at: 0,
        }
    }

    fn claim(
        &mut self,
        policy: OnConflict,
        change: &Change<'_>,
        counts: u32,
        read: ReadAt,
    ) -> Verdict {
        let row = Named::of(change);
        // A write that has left is seen through, whoever decides by now.
        if self.under_way == Some(row.row) {
            return Verdict::Ours;
        }
        if self.by.row == row.row {
            return match &self.contested_by {
                Some(other) if !self.is_done() && !change.in_doubt => {
                    Verdict::Conflict(other.told(false))
                }
                _ => self.ours(read),
            };
        }
        let told = self.by.told(self.is_done());
        if self.by.assignee == row.assignee {
            let counts = policy.decides(self.counts, counts);
            self.counts = counts.unwrap_or(self.counts);
            return Verdict::Duplicate(told);
        }
        match policy.decides(self.counts, counts) {
            None => {
                if !told.is_done {
                    self.contested_by.get_or_insert(row);
                }
                Verdict::Conflict(told)
            }
            Some(decides) if decides == counts => {
                (self.by, self.counts) = (row, counts);
                self.ours(read)
            }
            Some(_) => Verdict::Overruled(told),
        }
    }

    /// The contact is that row's which decides; what was read may be older than what another has done.
    fn ours(&self, read: ReadAt) -> Verdict {
        let is_old = self.under_way.is_some() || self.touched_at > read.0;
        match is_old {
            true => Verdict::OursLater,
            false => Verdict::Ours,
        }
    }

    /// Whether the deciding row's write has left, or nothing was left to write.
    fn is_done(&self) -> bool {
        let row = self.by.row;
        self.under_way == Some(row) || self.done.iter().any(|done| done.row == row)
    }
}

impl Named {
    fn of(change: &Change<'_>) -> Named {
        Named {
            row: change.row,
            contact: change.contact.clone(),
            assignee: change.assignee.clone(),
        }
    }

    fn told(&self, is_done: bool) -> Other {
        Other {
            row: self.row,
            contact: self.contact.clone(),
            assignee: self.assignee.clone(),
            is_done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(policy: OnConflict) -> Claims {
        Claims {
            policy,
            counting: HashMap::new(),
            state: Mutex::default(),
        }
    }

    const NO_ROW: [u32; 0] = [];
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
            refused_with: None,
            in_doubt: false,
        }
    }

    fn other(change: &Change<'_>, is_done: bool) -> Other {
        Named::of(change).told(is_done)
    }

    #[test]
    fn the_first_row_keeps_a_contact_until_another_contests_it() {
        let claims = claims(OnConflict::Error);
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        let (two, three, four) = (row(2, &ann), row(3, &ann), row(4, &bob));
        let read = claims.now();
        assert_eq!(claims.claim(7, &two, read), Verdict::Ours);
        assert_eq!(
            claims.claim(7, &two, read),
            Verdict::Ours,
            "a retry keeps its contact"
        );
        let duplicate = Verdict::Duplicate(other(&two, false));
        assert_eq!(claims.claim(7, &three, read), duplicate);
        let conflict = Verdict::Conflict(other(&two, false));
        assert_eq!(claims.claim(7, &four, read), conflict);
        let contested = Verdict::Conflict(other(&four, false));
        assert_eq!(
            claims.finish(7, &two, read),
            contested,
            "it is not written any more"
        );
        assert_eq!(claims.claim(8, &four, read), Verdict::Ours);
    }

    #[test]
    fn what_was_written_stays_and_the_later_row_is_the_conflict() {
        let claims = claims(OnConflict::Error);
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        let (two, four) = (row(2, &ann), row(4, &bob));
        let read = claims.now();
        assert_eq!(claims.finish(7, &two, read), Verdict::Ours);
        assert_eq!(
            claims.claim(7, &four, read),
            Verdict::Conflict(other(&two, true))
        );
        assert_eq!(claims.claim(7, &two, read), Verdict::Ours);
        claims.withdraw(7, 2);
        assert_eq!(
            claims.claim(7, &four, read),
            Verdict::Conflict(other(&two, false))
        );
        assert_eq!(
            claims.claim(7, &two, read),
            Verdict::Conflict(other(&four, false))
        );
    }

    #[test]
    fn on_conflict_decides_for_two_names_before_anything_is_written() {
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        let (two, four) = (row(2, &ann), row(4, &bob));
        let first = claims(OnConflict::First);
        let read = first.now();
        assert_eq!(first.claim(7, &two, read), Verdict::Ours);
        assert_eq!(
            first.claim(7, &four, read),
            Verdict::Overruled(other(&two, false))
        );
        assert_eq!(first.finish(7, &two, read), Verdict::Ours);
        let last = claims(OnConflict::Last);
        assert_eq!(last.claim(7, &two, read), Verdict::Ours);
        assert_eq!(last.claim(7, &four, read), Verdict::Ours);
        assert_eq!(
            last.finish(7, &two, read),
            Verdict::Overruled(other(&four, false))
        );
    }

    #[test]
    fn a_write_under_way_is_seen_through_and_what_was_read_before_its_end_is_read_again() {
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        let (two, four) = (row(2, &ann), row(4, &bob));
        let claims = claims(OnConflict::Last);
        let read = claims.now();
        assert_eq!(claims.finish(7, &two, read), Verdict::Ours);
        assert_eq!(claims.claim(7, &four, read), Verdict::OursLater);
        assert!(claims.is_busy(7, 4) && !claims.is_busy(7, 2));
        assert_eq!(
            claims.claim(7, &two, read),
            Verdict::Ours,
            "as after a lost answer"
        );
        assert_eq!(claims.settle(Some(7), &two, true), NO_ROW);
        assert_eq!(
            claims.finish(7, &four, read),
            Verdict::OursLater,
            "it was read before"
        );
        assert_eq!(claims.finish(7, &four, claims.now()), Verdict::Ours);
        assert!(!claims.is_last(7, 2), "another write is under way");
        assert_eq!(claims.settle(Some(7), &four, true), [2]);
        assert!(claims.is_last(7, 4) && !claims.is_last(7, 2));
    }

    #[test]
    fn each_of_three_names_replaces_the_one_that_was_written_before_it() {
        let [ann, bob, cy] = [1, 2, 3].map(Assignee::User);
        let [two, three, four] = [row(2, &ann), row(3, &bob), row(4, &cy)];
        let claims = claims(OnConflict::Last);
        let finish = |row: &Change<'_>| claims.finish(7, row, claims.now());
        assert_eq!(finish(&two), Verdict::Ours);
        assert_eq!(finish(&three), Verdict::OursLater);
        assert_eq!(claims.settle(Some(7), &two, true), NO_ROW);
        assert_eq!(finish(&three), Verdict::Ours);
        // A third comes while the second is under way.
        assert_eq!(finish(&four), Verdict::OursLater);
        assert_eq!(claims.settle(Some(7), &three, true), [2]);
        assert_eq!(finish(&four), Verdict::Ours);
        assert_eq!(claims.settle(Some(7), &four, true), [3]);
        assert_eq!(claims.given_to(7), Some(cy));
    }

    #[test]
    fn a_write_that_may_have_arrived_makes_what_was_read_before_it_old() {
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        let claims = claims(OnConflict::Last);
        let read = claims.now();
        assert_eq!(claims.finish(7, &row(2, &ann), read), Verdict::Ours);
        assert_eq!(claims.settle(Some(7), &row(2, &ann), false), NO_ROW);
        assert_eq!(claims.finish(7, &row(4, &bob), read), Verdict::OursLater);
        assert_eq!(
            claims.settle(Some(7), &row(4, &bob), true),
            NO_ROW,
            "row 2 is not known to be done"
        );
    }

    #[test]
    fn rows_that_agree_count_together() {
        let claims = claims(OnConflict::Last);
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        let claim = |row: Change<'_>| claims.claim(7, &row, claims.now());
        assert_eq!(claim(row(4, &ann)), Verdict::Ours);
        assert!(matches!(claim(row(9, &ann)), Verdict::Duplicate(_)));
        // The last of those that agree stands below this one.
        assert!(matches!(claim(row(6, &bob)), Verdict::Overruled(_)));
    }

    #[test]
    fn a_row_counts_by_its_duplicates_too() {
        let claims = Claims {
            counting: HashMap::from([(4, 9)]),
            ..claims(OnConflict::Last)
        };
        let (ann, bob) = (Assignee::User(1), Assignee::User(2));
        let claim = |row: Change<'_>| claims.claim(7, &row, claims.now());
        assert_eq!(claim(row(6, &bob)), Verdict::Ours);
        assert_eq!(claim(row(4, &ann)), Verdict::Ours);
        assert!(matches!(claim(row(6, &bob)), Verdict::Overruled(_)));
    }

    #[test]
    fn all_rows_that_agreed_are_replaced_together() {
        let [ann, bob] = [1, 2].map(Assignee::User);
        let [two, three, four] = [row(2, &ann), row(3, &bob), row(4, &ann)];
        let claims = claims(OnConflict::First);
        let finish = |row: &Change<'_>| claims.finish(7, row, claims.now());
        assert_eq!(finish(&four), Verdict::Ours);
        assert_eq!(claims.settle(Some(7), &four, true), NO_ROW);
        // The second takes over, and before it is written the first agrees with what the fourth has done.
        assert_eq!(claims.claim(7, &three, claims.now()), Verdict::Ours);
        assert_eq!(finish(&two), Verdict::Ours);
        assert_eq!(claims.settle(Some(7), &two, true), NO_ROW);
        assert!(claims.is_last(7, 2) && claims.is_last(7, 4));
        assert_eq!(claims.settle(Some(7), &three, true), [4, 2]);
    }
}
