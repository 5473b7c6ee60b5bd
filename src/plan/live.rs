//! What the workspace itself says about the rows: who has each contact now, and what speaks against a row.

use std::collections::{HashMap, HashSet};

use crate::contact::{Assignee, Identifier};
use crate::mapping::{AssigneeKey, Assignees, Item, Mappings, Reading};
use crate::outcome::{Code, Decision, Difference, Reason, Status};
use crate::workspace::{Card, Contacts, CountedContacts, Found, Held};

use super::{Left, RowFate};

fn kind(identifier: &Identifier) -> &'static str {
    match identifier {
        Identifier::Id(_) => "ID",
        Identifier::Email(_) => "email",
        Identifier::Phone(_) => "phone number",
    }
}

/// Which rows' contacts are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// Those of rows that would be sent, and of settled rows that may show that a name of one of them is shared.
    ToSend,
    /// Those of all rows that were settled earlier, too.
    Settled,
}

/// The contacts of the rows that are looked up, and who has them as the sheet or an earlier look says, most first.
pub fn wanted(mappings: &Mappings, rows: LookUp) -> (Vec<Identifier>, Vec<Assignee>) {
    let Mappings {
        items, assignees, ..
    } = mappings;
    let mut told: HashMap<&Assignee, usize> = HashMap::new();
    let mut wanted = Vec::new();
    // What earlier runs settled has a say in conflicts, by the ID that they learned.
    let is_sent = |item: &&Item| matches!(super::alone(item, assignees), RowFate::Change(_));
    for item in items.iter().filter(is_sent) {
        let Reading::Mapping { contact, .. } = &item.reading else {
            continue;
        };
        wanted.push(contact.clone());
        let earlier = item.earlier.as_deref();
        let earlier =
            earlier.and_then(|earlier| earlier.previous.as_ref().or(earlier.expected.as_ref()));
        let holder = earlier.or(item.current.map(|key| assignees.get(key)));
        if let Some(holder) = holder {
            *told.entry(holder).or_default() += 1;
        }
    }
    // A contact that was named by ID or email may have the phone number by which a row names another one. One that was
    // named by its phone number has that.
    let names: HashSet<&str> = wanted
        .iter()
        .map(kind)
        .filter(|kind| *kind != "ID")
        .collect();
    let may_share = |item: &Item| {
        let named = item
            .earlier
            .as_deref()
            .and_then(|earlier| earlier.contact.as_ref());
        let named = named.map(kind);
        names.iter().any(|name| Some(*name) != named)
    };
    for item in items {
        if let Some((contact, assignee)) = settled(item)
            && (rows == LookUp::Settled || may_share(item))
        {
            wanted.push(contact);
            *told.entry(assignee).or_default() += 1;
        }
    }
    let mut told: Vec<(&Assignee, usize)> = told.into_iter().collect();
    told.sort_unstable_by_key(|(who, count)| (std::cmp::Reverse(*count), *who));
    let told = told.into_iter().map(|(who, _)| who.clone()).collect();
    (wanted, told)
}

/// The contact of a row that an earlier run settled, and who has it since.
fn settled(item: &Item) -> Option<(Identifier, &Assignee)> {
    let earlier = item.earlier.as_deref()?;
    let holds = matches!(
        earlier.status,
        Status::Assigned | Status::Unassigned | Status::Unchanged
    );
    if !holds || item.decision() == Some(Decision::Again) {
        return None;
    }
    let contact = match earlier.contact_id {
        Some(id) => Identifier::Id(id),
        None => earlier.contact.clone()?,
    };
    Some((contact, earlier.assignee.as_ref()?))
}

/// A row that an earlier run settled, and whose contact has another owner now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The row's number in the first sheet.
    pub row: u32,
    /// The contact.
    pub contact: Identifier,
    /// Who got it.
    pub given: Assignee,
    /// Who has it; `None` for somebody who cannot be named.
    pub now: Option<Assignee>,
}

/// The settled rows whose contacts have other owners now, as far as they were looked up.
pub(super) fn elsewhere(items: &[Item], contacts: &Contacts) -> Vec<Elsewhere> {
    let moved = |item: &Item| {
        let (contact, given) = settled(item)?;
        let Found::One(card) = contacts.get(&contact) else {
            return None;
        };
        (!has(card, given)).then(|| Elsewhere {
            row: item.row,
            contact,
            given: given.clone(),
            now: card.holder.clone(),
        })
    };
    items.iter().filter_map(moved).collect()
}

/// Whether this is who has a contact.
fn has(card: &Card, who: &Assignee) -> bool {
    match who {
        Assignee::Email(email) => card.holder_email.as_ref() == Some(email),
        Assignee::User(_) | Assignee::Nobody => card.holder.as_ref() == Some(who),
    }
}

/// What was seen of a row's contact.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeenContact {
    pub(super) id: u64,
    /// Who has it; `None` if that is somebody who cannot be named.
    pub(super) holder: Option<AssigneeKey>,
    pub(super) is_closed: bool,
}

/// Holds the rows that would be sent against what the workspace says.
pub(super) fn compare(
    items: &[Item],
    fates: &mut [RowFate],
    assignees: &mut Assignees,
    contacts: &Contacts,
) -> Vec<Option<SeenContact>> {
    let mut seen = vec![None; items.len()];
    for ((item, fate), seen) in items.iter().zip(fates).zip(&mut seen) {
        let Reading::Mapping { contact, assignee } = &item.reading else {
            continue;
        };
        let found = contacts.get(contact);
        if let Found::One(card) = found {
            let holder = holder(item, assignees.get(*assignee), assignees, card);
            *seen = Some(SeenContact {
                id: card.id,
                holder: holder.map(|holder| assignees.key(holder)),
                is_closed: card.is_closed,
            });
        }
        if let (RowFate::Change(_), Found::Other(answered)) = (&*fate, &found) {
            *fate = RowFate::Left(Left::Answered(Box::new(Reason::OtherContact {
                asked: contact.clone(),
                answered: *answered,
            })));
        }
        if let (RowFate::Change(_), Some(finding)) = (&*fate, finding(item, contact, &found)) {
            *fate = RowFate::Left(Left::Found(Box::new(finding)));
        }
    }
    seen
}

/// Who has a contact, in the words of the row where it names that user by email: the workspace may tell the ID of a user
/// whom it does not list.
fn holder(item: &Item, wanted: &Assignee, assignees: &Assignees, card: &Card) -> Option<Assignee> {
    let earlier = item.earlier.as_deref();
    let named = [
        Some(wanted),
        item.current.map(|key| assignees.get(key)),
        earlier.and_then(|earlier| earlier.previous.as_ref()),
        earlier.and_then(|earlier| earlier.expected.as_ref()),
    ];
    let mut named = named.into_iter().flatten();
    let by_email = named.find(|named| match named {
        Assignee::Email(email) => card.holder_email.as_ref() == Some(email),
        Assignee::User(_) | Assignee::Nobody => false,
    });
    by_email.or(card.holder.as_ref()).cloned()
}

fn finding(item: &Item, contact: &Identifier, found: &Found<'_>) -> Option<Reason> {
    let contact = contact.clone();
    match found {
        Found::Missing(_) => Some(Reason::NoSuchContact { contact }),
        Found::Several(ids) => Some(Reason::SeveralContacts {
            contact,
            ids: (*ids).into(),
        }),
        Found::One(card) => contradiction(item, card).map(|(has, says)| {
            Reason::ContactDiffers(Box::new(Difference {
                contact,
                name: card.name.clone(),
                has,
                says,
            }))
        }),
        Found::Other(_) | Found::Unread(_) | Found::Unasked => None,
    }
}

/// What the workspace has, and what the row says instead. What the workspace has not contradicts nothing, and neither
/// does a second phone number beside the right one.
fn contradiction(item: &Item, card: &Card) -> Option<(Identifier, Identifier)> {
    card.identifiers().find_map(|has| {
        let same_kind = |says: &&Identifier| kind(says) == kind(&has);
        let mut says = item.witnesses.iter().filter(same_kind).peekable();
        let first = (*says.peek()?).clone();
        (!says.any(|says| *says == has)).then_some((has, first))
    })
}

/// Why a row is not sent whose contact is no longer, or not, with whom it must be with.
pub(super) fn moved(expected: super::Expected<'_>, now: &Assignee) -> Reason {
    let now = (*now != Assignee::Nobody).then(|| now.to_string());
    expected.moved(now)
}

/// The rows among `changes` whose contact is not with whom it must be with, nor where it goes.
pub(super) fn moved_since<'a>(
    changes: impl Iterator<Item = super::Change<'a>>,
    contacts: &Contacts,
) -> Vec<(u32, Reason)> {
    let moved = |change: super::Change<'_>| {
        let expected = change.expected.filter(|_| change.is_conditional())?;
        let Found::One(card) = contacts.get(change.contact) else {
            return None; // The read before the write finds out more.
        };
        let now = card.holder.as_ref()?;
        let is_right = has(card, expected.holder()) || has(card, change.assignee);
        (!is_right).then(|| (change.row, moved(expected, now)))
    };
    changes.filter_map(moved).collect()
}

/// What a saved plan found about a row that is still as it was.
pub(super) fn still(item: &Item, assignees: &Assignees) -> Option<Reason> {
    let earlier = item.earlier.as_deref()?;
    let found = |code: &&Code| matches!(code, Code::NoSuchContact | Code::ContactDiffers);
    let code = earlier.codes.iter().find(found)?;
    let stands = earlier.status == Status::Invalid && !item.says_something_else(assignees);
    (stands && item.decision() != Some(Decision::Again))
        .then(|| super::left_out::still(item, *code))
}

/// The phone numbers and emails that several contacts share, as earlier runs and looks have found, and what was said of
/// them. Only a look that listed all contacts of the workspace can refute that.
pub(super) fn shared<'a>(
    items: &'a [Item],
    contacts: Option<&Contacts>,
) -> HashMap<&'a Identifier, &'a str> {
    if contacts.is_some_and(|contacts| contacts.everybodys.is_some()) {
        return HashMap::new();
    }
    let earlier = items.iter().filter_map(|item| item.earlier.as_deref());
    let shared = earlier.filter(|earlier| {
        earlier.status == Status::Invalid && earlier.codes.contains(&Code::SeveralContacts)
    });
    shared
        .filter_map(|earlier| {
            let said = earlier.error.as_deref().unwrap_or_default();
            Some((earlier.contact.as_ref()?, said))
        })
        .collect()
}

/// What is known against a row by the name of its contact, whichever row showed it and whoever gets it.
pub(super) fn one_of_several(item: &Item, shared: &HashMap<&Identifier, &str>) -> Option<Reason> {
    let Reading::Mapping { contact, .. } = &item.reading else {
        return None;
    };
    let said = shared.get(contact)?;
    Some(Reason::Still {
        code: Code::SeveralContacts,
        said: (*said).into(),
    })
}

/// Who has how many contacts, of all or of those that were asked for.
pub(super) fn held(contacts: &Contacts) -> Held {
    // Somebody who cannot be named is nobody's user.
    let (counted, by) = match &contacts.everybodys {
        Some(all) => {
            let by = all.iter().map(|(who, count)| (who.as_ref(), *count));
            (CountedContacts::Workspace, by.collect())
        }
        None => (CountedContacts::Sheet, contacts.held()),
    };
    let named = by.into_iter();
    Held {
        counted,
        by: named
            .filter_map(|(who, count)| Some((who?.clone(), count)))
            .collect(),
        users: Vec::new(),
    }
}
