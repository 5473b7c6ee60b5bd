//! Mappings become the changes still to make, and the rows that are left out.
//!
//! Pure: no file is read and nothing is sent. `plan` and `apply` decide with this same code.

mod change;
mod id;
mod judge;
mod left_out;
mod live;
mod settled;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::contact::{Assignee, Identifier};
use crate::mapping::{Assignees, Earlier, Item, Mappings, Reading};
use crate::outcome::{Code, Decision, Reason, Status};
use crate::workspace::{Contacts, Handover, Held, People, Workloads};

pub use change::{Change, Expected};
pub use id::PlanId;
pub use left_out::{Group, Left};
pub use live::{Elsewhere, LookUp, wanted};

use judge::{groups, judge, judge_saved, wait_together};
use live::SeenContact;

/// What happens when these rows give the same contact to different users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Neither is sent.
    #[default]
    Error,
    /// The first of them is sent.
    First,
    /// The last of them is sent.
    Last,
}

impl OnConflict {
    /// Which of two rows decides, by their places or numbers; `None`: neither.
    pub(crate) fn decides<Place: Ord>(self, one: Place, other: Place) -> Option<Place> {
        match self {
            OnConflict::Error => None,
            OnConflict::First => Some(one.min(other)),
            OnConflict::Last => Some(one.max(other)),
        }
    }
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFate {
    /// It is sent: the place in [`Plan::changes`].
    Change(u32),
    /// It was settled earlier, and what was written then stands.
    Kept(OwnCells),
    /// It is left out.
    Left(Left),
}

/// Whether a settled row's own cells still say what was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnCells {
    /// They do.
    Same,
    /// They say something else now, which is not sent.
    Changed,
}

/// What is still to be sent, and what is not, row by row.
#[derive(Debug)]
pub struct Plan {
    items: Vec<Item>,
    fates: Vec<RowFate>,
    changes: Vec<u32>,
    assignees: Assignees,
    policy: OnConflict,
    /// What a look at the workspace showed of each row's contact; empty if nobody looked.
    seen: Vec<Option<SeenContact>>,
    elsewhere: Vec<Elsewhere>,
    held: Held,
}

/// What sending will do: the figures that prompt, screens, pages and JSON share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// What becomes of everybody's contacts.
    pub loads: Workloads,
    /// Rows that were settled earlier and are not sent again.
    pub done_before: usize,
    /// Rows that are not sent because something is wrong with them, or by choice.
    pub not_sent: usize,
    /// Changes that a limit keeps for later.
    pub later: usize,
    /// The rows that leave a contact without an owner.
    pub unassigning: Vec<u32>,
}

impl Plan {
    /// Sorts rows into changes to make and rows to leave, judging duplicates and conflicts over all of them.
    pub fn new(mappings: Mappings, policy: OnConflict) -> Plan {
        Plan::of(mappings, policy, None, None)
    }

    /// The same after a look at the workspace: rows that it contradicts are left out, and two names of one contact are
    /// judged as one.
    pub fn live(mappings: Mappings, policy: OnConflict, contacts: &Contacts) -> Plan {
        Plan::of(mappings, policy, Some(contacts), None)
    }

    /// The same of a saved plan, which sends exactly what was planned, whatever stands around it: `planned` are the numbers
    /// of those rows. Only a look can still speak against one of them.
    pub fn saved(
        mappings: Mappings,
        policy: OnConflict,
        contacts: Option<&Contacts>,
        planned: &HashSet<u32>,
    ) -> Plan {
        Plan::of(mappings, policy, contacts, Some(planned))
    }

    fn of(
        mappings: Mappings,
        policy: OnConflict,
        contacts: Option<&Contacts>,
        planned: Option<&HashSet<u32>>,
    ) -> Plan {
        let Mappings {
            items,
            mut assignees,
            ..
        } = mappings;
        let mut fates: Vec<RowFate> = items.iter().map(|item| alone(item, &assignees)).collect();
        let (seen, held) = match contacts {
            Some(contacts) => {
                let seen = live::compare(&items, &mut fates, &mut assignees, contacts);
                (seen, live::held(contacts))
            }
            None => {
                leave_found(&items, &mut fates, |item| live::still(item, &assignees));
                (Vec::new(), Held::default())
            }
        };
        let shared = live::shared(&items, contacts);
        leave_found(&items, &mut fates, |item| {
            live::one_of_several(item, &shared)
        });
        for group in groups(&items, &fates, &assignees, &seen) {
            if wait_together(&group, &items, &mut fates) {
                continue;
            }
            match planned {
                Some(planned) => {
                    let is_planned = |place: usize| planned.contains(&items[place].row);
                    judge_saved(&group, is_planned, policy, &items, &mut fates);
                }
                None => judge(&group, policy, &items, &mut fates),
            }
        }
        if let Some(planned) = planned {
            leave_unplanned(&items, &mut fates, planned);
        }
        let changes = number(&mut fates);
        let elsewhere = contacts.map(|contacts| live::elsewhere(&items, contacts));
        let mut plan = Plan {
            elsewhere: elsewhere.unwrap_or_default(),
            items,
            fates,
            changes,
            assignees,
            policy,
            seen,
            held,
        };
        if contacts.is_some() {
            plan.leave_moved();
        }
        plan
    }

    /// Leaves out what the read before the write would find to have moved. Rows were judged against each other before,
    /// as they are while sending.
    fn leave_moved(&mut self) {
        let mut moved: HashMap<u32, Reason> = HashMap::new();
        for (change, place) in self.changes().zip(&self.changes) {
            if let (Some(expected), Some(holder)) = (change.expected, change.holder)
                && expected.holder() != holder
                && !change.is_unchanged()
            {
                moved.insert(*place, live::moved(expected, holder));
            }
        }
        if moved.is_empty() {
            return;
        }
        self.changes.retain(|place| !moved.contains_key(place));
        for (place, reason) in moved {
            self.fates[place as usize] = RowFate::Left(Left::Moved(Box::new(reason)));
        }
        for (change, place) in (0..).zip(&self.changes) {
            self.fates[*place as usize] = RowFate::Change(change);
        }
    }

    /// Leaves out the changes of all rows but these.
    pub fn leave_out_all_but(&mut self, planned: &HashSet<u32>) {
        leave_unplanned(&self.items, &mut self.fates, planned);
        self.changes = number(&mut self.fates);
    }

    /// The changes that the sheet still asks for, and that are left out because a look at the workspace shows that somebody
    /// else moved the contact.
    pub fn moved(&self) -> impl Iterator<Item = (&Identifier, &Assignee)> {
        let moved = |fate: &RowFate| matches!(fate, RowFate::Left(Left::Moved(_)));
        self.rows()
            .filter(move |(_, fate)| moved(fate))
            .filter_map(|(item, _)| match &item.reading {
                Reading::Mapping { contact, assignee } => {
                    Some((contact, self.assignees.get(*assignee)))
                }
                _ => None,
            })
    }

    /// Every row of the sheet with what becomes of it, in the sheet's order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (&Item, &RowFate)> {
        self.items.iter().zip(&self.fates)
    }

    /// One of them, by its place.
    pub(crate) fn row(&self, place: usize) -> (&Item, &RowFate) {
        (&self.items[place], &self.fates[place])
    }

    /// The rows as they were read, and the assignees in them.
    pub(crate) fn read(&self) -> (&[Item], &Assignees) {
        (&self.items, &self.assignees)
    }

    /// How many writes there are to make.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// How many of them one run makes, from the first on.
    pub fn sending(&self, limit: Option<usize>) -> usize {
        limit.unwrap_or(usize::MAX).min(self.len())
    }

    /// Whether nothing is left to send.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The writes to make, in order of sending.
    pub fn changes(&self) -> impl ExactSizeIterator<Item = Change<'_>> {
        (0..self.changes.len()).map(|place| self.change(place))
    }

    /// The write at this place in the order of sending.
    pub fn change(&self, place: usize) -> Change<'_> {
        let item = &self.items[self.changes[place] as usize];
        let Reading::Mapping { contact, assignee } = &item.reading else {
            unreachable!("only mappings become changes")
        };
        let assignee = self.assignees.get(*assignee);
        // What an earlier run knew of another contact says nothing about this one.
        let earlier = item
            .earlier
            .as_deref()
            .filter(|earlier| earlier.contact.as_ref() == Some(contact));
        let attempts = earlier.map_or(0, |earlier| earlier.attempts);
        let previous = earlier.and_then(|earlier| earlier.previous.as_ref());
        let in_doubt = earlier.is_some_and(is_in_doubt);
        let same_assignee =
            earlier.is_some_and(|earlier| earlier.assignee.as_ref() == Some(assignee));
        let free = matches!(item.decision(), Some(Decision::Move | Decision::Again))
            || (in_doubt && !same_assignee);
        let told = || {
            item.current
                .map(|key| Expected::Told(self.assignees.get(key)))
        };
        let seen = self.seen(self.changes[place]);
        let holder = seen
            .and_then(|seen| seen.holder)
            .map(|key| self.assignees.get(key));
        let expected = earlier.and_then(|earlier| earlier.expected.as_ref());
        Change {
            row: item.row,
            contact,
            contact_id: seen
                .map(|seen| seen.id)
                .or(earlier.and_then(|earlier| earlier.contact_id)),
            assignee,
            previous,
            holder,
            // Who had it before our own write; else the row's own cell, which somebody may have corrected.
            expected: previous
                .map(Expected::Seen)
                .or_else(told)
                .or(expected.or(holder).map(Expected::Seen))
                .filter(|_| !free),
            attempts,
            may_have_written: earlier.is_some_and(Earlier::may_have_written),
            refused_with: earlier
                .filter(|earlier| !earlier.may_have_written())
                .and_then(Earlier::refused_with),
            in_doubt: in_doubt && !free,
        }
    }

    fn seen(&self, item: u32) -> Option<SeenContact> {
        self.seen.get(item as usize).copied().flatten()
    }

    /// What a look at the workspace showed of the contact of a row, by the row's place among all: its ID and who has it.
    pub fn look(&self, place: usize) -> Option<(u64, Option<&Assignee>)> {
        let seen = self.seen.get(place).copied().flatten()?;
        Some((seen.id, seen.holder.map(|key| self.assignees.get(key))))
    }

    /// The rows to be sent whose conversations are closed: their writes may be answered as done and change nothing.
    pub fn closed(&self) -> impl Iterator<Item = u32> {
        let changes = self.changes().zip(&self.changes);
        changes
            .filter(|(change, _)| !change.is_unchanged())
            .filter(|(_, place)| self.seen(**place).is_some_and(|seen| seen.is_closed))
            .map(|(change, _)| change.row)
    }

    /// Who gets the contact of a row, as far as it was readable.
    pub fn assignee(&self, item: &Item) -> Option<&Assignee> {
        let key = match &item.reading {
            Reading::Mapping { assignee, .. } => Some(*assignee),
            Reading::Blank { .. } | Reading::NoRow(_) => None,
            Reading::Rejected(rejection) => rejection.assignee,
        };
        key.map(|key| self.assignees.get(key))
    }

    /// The contact of a row, as far as it was readable.
    pub fn contact<'a>(&self, item: &'a Item) -> Option<&'a Identifier> {
        match &item.reading {
            Reading::Mapping { contact, .. } => Some(contact),
            Reading::Blank { contact } => contact.as_ref(),
            Reading::NoRow(_) => None,
            Reading::Rejected(rejection) => rejection.contact.as_ref(),
        }
    }

    /// The first `count` changes whose contacts are no longer with whom they must be with, as `contacts` tells.
    pub fn moved_since(&self, count: usize, contacts: &Contacts) -> Vec<(u32, Reason)> {
        live::moved_since(self.changes().take(count), contacts)
    }

    /// What the first `count` changes do to everybody's contacts, as far as it is known who has them.
    pub fn workloads(&self, people: &People, count: usize) -> Workloads {
        let moves = self.changes().take(count).map(|change| Handover {
            from: change.owner(),
            to: change.assignee,
        });
        Workloads::new(moves, &self.held, people)
    }

    /// What sending the first `count` changes will do.
    pub fn forecast(&self, people: &People, count: usize) -> Forecast {
        Forecast {
            loads: self.workloads(people, count),
            done_before: self.done_before(),
            not_sent: self.not_sent(),
            later: self.len().saturating_sub(count),
            unassigning: self.unassigning(count),
        }
    }

    /// The rows among the first `count` changes that leave a contact without an owner.
    pub fn unassigning(&self, count: usize) -> Vec<u32> {
        let changes = self.changes().take(count);
        changes
            .filter(|change| *change.assignee == Assignee::Nobody && !change.is_unchanged())
            .map(|change| change.row)
            .collect()
    }

    /// How many rows were settled earlier and are not sent again.
    pub fn done_before(&self) -> usize {
        let kept = self.fates.iter();
        kept.filter(|fate| matches!(fate, RowFate::Kept(_))).count()
    }

    /// How many rows are not sent because something is wrong with them, or by choice.
    pub fn not_sent(&self) -> usize {
        let left = self.fates.iter();
        left.filter(|fate| matches!(fate, RowFate::Left(_))).count()
    }

    /// The users who are shown though they have no contact.
    pub(crate) fn show_users(&mut self, users: impl IntoIterator<Item = Assignee>) {
        self.held.users = users.into_iter().collect();
    }

    /// Pairs of rows to be sent that the sheet's own cells tie to one contact under two names, and that give it to two
    /// users: a row says that the phone number of the one and the email of the other belong together. A name that
    /// stands beside several contacts ties nothing.
    pub fn tied(&self) -> Vec<(u32, u32)> {
        let mut beside: HashMap<&Identifier, Option<&Identifier>> = HashMap::new();
        for item in &self.items {
            let Some(contact) = self.contact(item) else {
                continue;
            };
            for witness in item.witnesses.iter().filter(|witness| *witness != contact) {
                let tie = beside.entry(witness).or_insert(Some(contact));
                if *tie != Some(contact) {
                    *tie = None;
                }
            }
        }
        if beside.is_empty() {
            return Vec::new();
        }
        let by_contact: HashMap<&Identifier, Change<'_>> = self
            .changes()
            .map(|change| (change.contact, change))
            .collect();
        let tied = self.changes().filter_map(|change| {
            let other = by_contact.get((*beside.get(change.contact)?)?)?;
            let rows = (change.row.min(other.row), change.row.max(other.row));
            (other.assignee != change.assignee).then_some(rows)
        });
        tied.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What happens when these rows give the same contact to different users.
    pub fn policy(&self) -> OnConflict {
        self.policy
    }

    /// The plan's ID for a workspace, which is `sandbox` or the address in lower case without a trailing slash.
    pub fn id(&self, workspace: &str) -> PlanId {
        PlanId::of(
            workspace,
            self.changes()
                .map(|change| (change.contact, change.assignee)),
        )
    }
}

/// Leaves out the changes of rows that were not planned when the plan was saved.
fn leave_unplanned(items: &[Item], fates: &mut [RowFate], planned: &HashSet<u32>) {
    for (fate, item) in fates.iter_mut().zip(items) {
        if matches!(fate, RowFate::Change(_)) && !planned.contains(&item.row) {
            // What was settled stays so, whatever was decided about it since.
            *fate = match item.status().is_some_and(Status::is_settled) {
                true => RowFate::Kept(OwnCells::Same),
                false => RowFate::Left(Left::Unplanned),
            };
        }
    }
}

/// Whether a write was sent whose end nobody saw.
fn is_in_doubt(earlier: &Earlier) -> bool {
    if !earlier.may_have_written() {
        return false;
    }
    match earlier.status {
        Status::Unknown => true,
        Status::Busy => earlier.attempts > 0,
        Status::Failed => {
            let gave_up = |code: &Code| matches!(code, Code::AttemptsUsedUp);
            earlier.attempts > 0 && earlier.codes.iter().any(gave_up)
        }
        _ => false,
    }
}

/// Whether another contact has answered for the row's, which has not been changed since.
fn is_of_another_contact(item: &Item) -> bool {
    let Some(earlier) = item.earlier.as_deref() else {
        return false;
    };
    let contact = match &item.reading {
        Reading::Mapping { contact, .. } => Some(contact),
        _ => None,
    };
    earlier.status == Status::Failed
        && earlier.codes.contains(&Code::OtherContact)
        && contact == earlier.contact.as_ref()
        && item.decision() != Some(Decision::Skip)
}

/// What becomes of a row if it is judged alone.
fn alone(item: &Item, assignees: &Assignees) -> RowFate {
    let settled = item.status().is_some_and(Status::is_settled);
    if settled && item.decision() != Some(Decision::Again) {
        return RowFate::Kept(match item.says_something_else(assignees) {
            true => OwnCells::Changed,
            false => OwnCells::Same,
        });
    }
    if is_of_another_contact(item) {
        return RowFate::Left(Left::OtherContact);
    }
    if item.decision() == Some(Decision::Skip) {
        return RowFate::Left(Left::Decided);
    }
    if item.hidden_away {
        return RowFate::Left(Left::Hidden);
    }
    match &item.reading {
        Reading::Rejected(_) => RowFate::Left(Left::Rejected),
        Reading::Blank { .. } => RowFate::Left(Left::Blank),
        Reading::NoRow(no_row) => RowFate::Left(Left::NoRow(*no_row)),
        Reading::Mapping { .. } => match (item.status(), item.decision()) {
            // Its place is filled in when all are known.
            (Some(Status::Drifted), Some(Decision::Move)) => RowFate::Change(0),
            (Some(Status::Undone), Some(Decision::Again)) => RowFate::Change(0),
            (Some(Status::Drifted), _) => RowFate::Left(Left::Drifted),
            (Some(Status::Undone), _) => RowFate::Left(Left::Undone),
            _ => RowFate::Change(0),
        },
    }
}

/// Leaves out rows against which something was found.
fn leave_found(items: &[Item], fates: &mut [RowFate], found: impl Fn(&Item) -> Option<Reason>) {
    for (item, fate) in items.iter().zip(fates) {
        if let (RowFate::Change(_), Some(reason)) = (&*fate, found(item)) {
            *fate = RowFate::Left(Left::Found(Box::new(reason)));
        }
    }
}

/// Gives each change its place; returns the rows that they stand in, by place.
fn number(fates: &mut [RowFate]) -> Vec<u32> {
    let is_change = |fate: &&RowFate| matches!(fate, RowFate::Change(_));
    let mut changes = Vec::with_capacity(fates.iter().filter(is_change).count());
    for (fate, item) in fates.iter_mut().zip(0..) {
        if let RowFate::Change(place) = fate {
            *place = count(&changes);
            changes.push(item);
        }
    }
    changes
}

fn count(changes: &[u32]) -> u32 {
    u32::try_from(changes.len()).expect("a sheet has fewer rows than u32::MAX")
}
