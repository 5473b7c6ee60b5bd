//! What runs have written becomes what gives every contact back to who had it before.
//!
//! Pure: the writes come from a journal or from results, and what comes out is a mapping sheet like any other. That a
//! contact is given back only while it is still with whom we gave it is left to the run that applies it.

use std::collections::{BTreeMap, HashMap};

use crate::contact::{Assignee, Identifier};
use crate::outcome::{Outcome, Reason, Sent, Status};

/// A write that may have changed a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    /// The run that sent it, counted from 1.
    pub run: usize,
    /// The row's number in the first sheet.
    pub row: u32,
    /// The contact as the row names it.
    pub contact: Identifier,
    /// The API's ID of the contact, if known.
    pub contact_id: Option<u64>,
    /// Who got it.
    pub assignee: Assignee,
    /// Who had it right before; `None` if that was not read, or is somebody who cannot be named.
    pub held: Option<Assignee>,
    /// Whether it was done.
    pub certainty: Certainty,
    /// Which contact answered.
    pub answered: WriteAnsweredBy,
    /// When, as people read it.
    pub at: String,
}

/// Whether a write changed its contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// The API accepted it.
    Done,
    /// Nobody saw how it ended.
    InDoubt,
}

/// Which contact answered a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteAnsweredBy {
    /// The one that was written, or none.
    Itself,
    /// Another one, by its ID where that is known: it may be the one that was changed.
    Another(Option<u64>),
}

/// Which runs are undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// All of them: back to before the first.
    All,
    /// Only this one, counted from 1.
    Only(usize),
}

/// A row of the mapping sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Back {
    /// The contact, by its ID where that is known.
    pub contact: Identifier,
    /// Who must have it: to whom we gave it.
    pub from: Assignee,
    /// Who gets it: who had it before.
    pub to: Assignee,
    /// What was done to it, in words.
    pub reason: String,
    /// The row that did it last.
    pub row: u32,
}

/// What gives contacts back, and what cannot be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Undo {
    /// Contacts to give back, by row.
    pub back: Vec<Back>,
    /// Rows of contacts of which nobody knows who had them.
    pub unknown: Vec<u32>,
    /// Rows of contacts that another one answered for, with the contact and the ID of the one that answered: which of them
    /// was changed is not known.
    pub answered_by_others: Vec<(u32, Identifier, Option<u64>)>,
    /// Rows of contacts that a later run has changed again, when only one run is undone.
    pub changed_again: Vec<u32>,
    /// Rows of contacts that were given to others and back again.
    pub as_before: Vec<u32>,
}

impl Undo {
    /// How many contacts are left with nobody.
    pub(crate) fn unassigned(&self) -> usize {
        let nobody = self.back.iter().filter(|back| back.to == Assignee::Nobody);
        nobody.count()
    }

    /// Whether some contacts that were changed are not given back.
    pub(crate) fn is_partial(&self) -> bool {
        !self.unknown.is_empty()
            || !self.changed_again.is_empty()
            || !self.answered_by_others.is_empty()
    }
}

/// Whether a write that was announced has changed its contact; `None` if it has not.
///
/// A run that announces a write may still find that somebody has moved the contact, and send nothing.
pub(crate) fn certainty(outcome: Option<(Status, Option<u16>)>) -> Option<Certainty> {
    let Some((status, http)) = outcome else {
        return Some(Certainty::InDoubt);
    };
    match (status, http) {
        (Status::Assigned | Status::Unassigned, _) | (Status::Conflict, Some(200)) => {
            Some(Certainty::Done)
        }
        (Status::Failed, Some(449)) => Some(Certainty::InDoubt),
        (Status::Failed, Some(400..=499)) => None,
        (
            Status::Failed
            | Status::Unknown
            | Status::Busy
            | Status::NotAttempted
            | Status::NotApplied,
            _,
        ) => Some(Certainty::InDoubt),
        (
            Status::Unchanged
            | Status::Duplicate
            | Status::Skipped
            | Status::Planned
            | Status::Invalid
            | Status::Conflict
            | Status::Undone
            | Status::Drifted,
            _,
        ) => None,
    }
}

impl Write {
    /// A write of a journal; `None` if it has not changed anything.
    pub(crate) fn of(
        run: usize,
        sent: &Sent,
        outcome: Option<&Outcome>,
        at: String,
    ) -> Option<Write> {
        let certainty = certainty(outcome.map(|outcome| (outcome.status, outcome.http)))?;
        Some(Write {
            run,
            row: sent.row,
            contact: sent.contact.clone(),
            contact_id: sent
                .contact_id
                .or(outcome.and_then(|outcome| outcome.contact_id)),
            assignee: sent.assignee.clone(),
            held: sent.held.clone().or_else(|| sent.previous.clone()),
            certainty,
            answered: match outcome.and_then(|outcome| outcome.reason.as_ref()) {
                Some(Reason::OtherContact { answered, .. }) => {
                    WriteAnsweredBy::Another(Some(*answered))
                }
                _ => WriteAnsweredBy::Itself,
            },
            at,
        })
    }

    /// The contact, by its ID where that is known: an email or a phone may be another contact's by now.
    fn key(&self) -> Identifier {
        let by_id = self.contact_id.map(Identifier::Id);
        by_id.unwrap_or_else(|| self.contact.clone())
    }
}

/// Turns writes, in the order in which they were sent, around.
pub(crate) fn undo(writes: &[Write], runs: Runs) -> Undo {
    let ids: HashMap<&Identifier, u64> = writes
        .iter()
        .filter_map(|write| Some((&write.contact, write.contact_id?)))
        .collect();
    let mut contacts: BTreeMap<String, Vec<&Write>> = BTreeMap::new();
    for write in writes {
        // A blind write that broke off knows no ID, and another one to the same contact may.
        let known = ids.get(&write.contact).copied().map(Identifier::Id);
        let key = match write.contact_id {
            Some(_) => write.key(),
            None => known.unwrap_or_else(|| write.key()),
        };
        contacts.entry(key.to_string()).or_default().push(write);
    }
    let mut undo = Undo::default();
    for of_one in contacts.values() {
        let chosen: Vec<&Write> = of_one
            .iter()
            .copied()
            .filter(|write| match runs {
                Runs::All => true,
                Runs::Only(run) => write.run == run,
            })
            .collect();
        let (Some(first), Some(last)) = (chosen.first(), chosen.last()) else {
            continue;
        };
        let again = |write: &&Write| matches!(runs, Runs::Only(run) if write.run > run);
        if of_one.iter().any(again) {
            undo.changed_again.push(last.row);
            continue;
        }
        let other = chosen.iter().find_map(|write| match write.answered {
            WriteAnsweredBy::Another(id) => Some((write.row, write.key(), id)),
            WriteAnsweredBy::Itself => None,
        });
        if let Some(other) = other {
            undo.answered_by_others.push(other);
            continue;
        }
        match &first.held {
            None => undo.unknown.push(last.row),
            Some(to) if *to == last.assignee => undo.as_before.push(last.row),
            Some(to) => {
                let with_id = chosen.iter().find(|write| write.contact_id.is_some());
                undo.back.push(Back {
                    contact: with_id.unwrap_or(last).key(),
                    from: last.assignee.clone(),
                    to: to.clone(),
                    reason: reason(last),
                    row: last.row,
                });
            }
        }
    }
    undo.back.sort_by_key(|back| back.row);
    undo.answered_by_others.sort_by_key(|(row, ..)| *row);
    for rows in [
        &mut undo.unknown,
        &mut undo.changed_again,
        &mut undo.as_before,
    ] {
        rows.sort_unstable();
    }
    undo
}

fn reason(last: &Write) -> String {
    let what = match (&last.assignee, last.certainty) {
        (Assignee::Nobody, Certainty::Done) => "was unassigned".to_owned(),
        (assignee, Certainty::Done) => format!("was given to {assignee}"),
        (Assignee::Nobody, Certainty::InDoubt) => "may have been unassigned".to_owned(),
        (assignee, Certainty::InDoubt) => format!("may have been given to {assignee}"),
    };
    format!("row {}, {}: {what}, {}", last.row, last.contact, last.at)
}

#[cfg(test)]
mod tests;
