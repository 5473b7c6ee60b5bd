//! What the workspace itself says about the rows: who has each contact now, and what speaks against a row.

use std::collections::HashMap;
use std::fmt;

use crate::contact::{Assignee, Identifier};
use crate::mapping::{AssigneeKey, Assignees, Item, Mappings, Reading};
use crate::outcome::{Decision, Status};
use crate::workspace::{Card, Contacts, Found};

use super::{Counts, Fate, Held, Left};

/// What every finding begins with: so that a saved plan can be told to have one.
const BEGINNING: &str = "the workspace ";

/// What stands in the finding that contacts share what the row calls one of them.
const SEVERAL: &str = " contacts with ";

/// What the workspace says against a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It has no such contact.
    Unknown {
        /// As the row calls it.
        contact: Identifier,
    },
    /// It has several contacts of this phone number or email, and a write would take one of them.
    Several {
        /// As the row calls them.
        contact: Identifier,
        /// Their IDs.
        ids: Vec<u64>,
    },
    /// The row calls the contact something else in another column.
    Another {
        /// As the row calls it.
        contact: Identifier,
        /// The contact's name, or a blank.
        name: String,
        /// What the workspace has in the place of what the row says.
        has: Identifier,
        /// What the row says in another column.
        says: Identifier,
    },
    /// An earlier plan found something, and the row is as it was.
    Still {
        /// What it found.
        said: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Unknown { contact } => write!(
                f,
                "{BEGINNING}has no contact `{contact}`; correct it, or create the contact there first"
            ),
            Finding::Several { contact, ids } => {
                let ids: Vec<String> = ids.iter().map(|id| format!("`id:{id}`")).collect();
                write!(
                    f,
                    "{BEGINNING}has {}{SEVERAL}{} `{contact}`; write {}",
                    ids.len(),
                    kind(contact),
                    ids.join(" or ")
                )
            }
            Finding::Another {
                contact,
                name,
                has,
                says,
            } => {
                let name = if name.is_empty() {
                    String::new()
                } else {
                    format!("{name}, ")
                };
                write!(
                    f,
                    "{BEGINNING}says that `{contact}` is {name}`{has}`, and the row says `{says}`; correct the one that \
                     is wrong"
                )
            }
            Finding::Still { said } => f.write_str(said),
        }
    }
}

impl Finding {
    /// The same without what differs from row to row.
    pub(super) fn group(&self) -> String {
        match self {
            Finding::Unknown { .. } => format!(
                "{BEGINNING}has no such contact; correct it, or create the contact there first"
            ),
            Finding::Several { contact, .. } => format!(
                "{BEGINNING}has several contacts with this {}; write the ID of the right one",
                kind(contact)
            ),
            Finding::Another { says, .. } => format!(
                "{BEGINNING}has another {} for this contact than the row; correct the one that is wrong",
                kind(says)
            ),
            Finding::Still { .. } => format!(
                "an earlier plan found that {BEGINNING}contradicts the row; correct it, or look again with `--live`"
            ),
        }
    }
}

fn kind(identifier: &Identifier) -> &'static str {
    match identifier {
        Identifier::Id(_) => "ID",
        Identifier::Email(_) => "email",
        Identifier::Phone(_) => "phone number",
    }
}

/// The contacts of the rows that would be sent, and who has them as the sheet or an earlier look says, most first.
pub fn wanted(mappings: &Mappings) -> (Vec<Identifier>, Vec<Assignee>) {
    let Mappings {
        items, assignees, ..
    } = mappings;
    let mut told: HashMap<&Assignee, usize> = HashMap::new();
    let mut wanted = Vec::new();
    for item in items {
        let Reading::Mapping { contact, .. } = &item.reading else {
            continue;
        };
        // What earlier runs settled has a say in conflicts, by the ID that they learned.
        if !matches!(super::alone(item, assignees), Fate::Change(_)) {
            continue;
        }
        wanted.push(contact.clone());
        let earlier = item
            .earlier
            .as_deref()
            .and_then(|earlier| earlier.previous.as_ref());
        let holder = earlier.or(item.current.map(|key| assignees.get(key)));
        if let Some(holder) = holder {
            *told.entry(holder).or_default() += 1;
        }
    }
    let mut told: Vec<(&Assignee, usize)> = told.into_iter().collect();
    told.sort_unstable_by_key(|(who, count)| (std::cmp::Reverse(*count), *who));
    let told = told.into_iter().map(|(who, _)| who.clone()).collect();
    (wanted, told)
}

/// What was seen of a row's contact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) id: u64,
    /// Who has it; `None` if that is somebody who cannot be named.
    pub(super) holder: Option<AssigneeKey>,
    pub(super) is_closed: bool,
}

/// Holds the rows that would be sent against what the workspace says.
pub(super) fn compare(
    items: &[Item],
    fates: &mut [Fate],
    assignees: &mut Assignees,
    contacts: &Contacts,
) -> Vec<Option<Seen>> {
    let mut seen = vec![None; items.len()];
    for ((item, fate), seen) in items.iter().zip(fates).zip(&mut seen) {
        let Reading::Mapping { contact, assignee } = &item.reading else {
            continue;
        };
        let found = contacts.get(contact);
        if let Found::One(card) = found {
            let holder = holder(item, assignees.get(*assignee), assignees, card);
            *seen = Some(Seen {
                id: card.id,
                holder: holder.map(|holder| assignees.key(holder)),
                is_closed: card.is_closed,
            });
        }
        if let (Fate::Change(_), Some(finding)) = (&*fate, finding(item, contact, &found)) {
            *fate = Fate::Left(Left::Found(Box::new(finding)));
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
    ];
    let mut named = named.into_iter().flatten();
    let by_email = named.find(|named| match named {
        Assignee::Email(email) => card.holder_email.as_ref() == Some(email),
        Assignee::User(_) | Assignee::Nobody => false,
    });
    by_email.or(card.holder.as_ref()).cloned()
}

fn finding(item: &Item, contact: &Identifier, found: &Found<'_>) -> Option<Finding> {
    let contact = contact.clone();
    match found {
        Found::Missing(_) => Some(Finding::Unknown { contact }),
        Found::Several(ids) => Some(Finding::Several {
            contact,
            ids: ids.to_vec(),
        }),
        Found::One(card) => contradiction(item, card).map(|(has, says)| Finding::Another {
            contact,
            name: card.name.clone(),
            has,
            says,
        }),
        Found::Unread(_) | Found::Unasked => None,
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

/// The sentence about a row whose contact is no longer, or not, with whom it must be with.
pub(super) fn moved(expected: super::Expected<'_>, now: &Assignee) -> String {
    let with = |who: &Assignee| match who {
        Assignee::Nobody => "with nobody".to_owned(),
        who => format!("with `{who}`"),
    };
    let (now, then) = (with(now), with(expected.holder()));
    let what = match expected {
        super::Expected::Seen(_) => {
            format!("somebody else moved this contact: it is {now}, no longer {then}")
        }
        super::Expected::Told(_) => {
            format!("the sheet says that this contact is {then}, and it is {now}")
        }
    };
    format!("{what}; write `move` into `reassign_decision` to send it all the same")
}

/// The rows among `changes` whose contact is not with whom it must be with, nor where it goes; with the sentence.
pub(super) fn moved_since<'a>(
    changes: impl Iterator<Item = super::Change<'a>>,
    contacts: &Contacts,
) -> Vec<(u32, String)> {
    let has = |card: &Card, who: &Assignee| match who {
        Assignee::Email(email) => card.holder_email.as_ref() == Some(email),
        Assignee::User(_) | Assignee::Nobody => card.holder.as_ref() == Some(who),
    };
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
pub(super) fn still(item: &Item, assignees: &Assignees) -> Option<Finding> {
    let earlier = item.earlier.as_deref()?;
    let said = earlier
        .error
        .as_ref()
        .filter(|said| earlier.status == Status::Invalid && said.starts_with(BEGINNING))?;
    let is_same = !item.says_something_else(assignees);
    (is_same && item.decision() != Some(Decision::Again))
        .then(|| Finding::Still { said: said.clone() })
}

/// The same, where a look cannot have refuted it: contacts that share a phone number or email show only where all contacts
/// of the workspace are listed.
pub(super) fn unrefuted(
    item: &Item,
    assignees: &Assignees,
    contacts: &Contacts,
) -> Option<Finding> {
    if contacts.everybodys.is_some() {
        return None;
    }
    let shared = |finding: &Finding| match finding {
        Finding::Still { said } => said.contains(SEVERAL),
        _ => false,
    };
    still(item, assignees).filter(shared)
}

/// Who has how many contacts, of all or of those that were asked for.
pub(super) fn held(contacts: &Contacts) -> Held {
    // Somebody who cannot be named is nobody's user.
    match &contacts.everybodys {
        Some(all) => Held {
            counts: Counts::Workspace,
            by: all
                .iter()
                .filter_map(|(who, count)| Some((who.clone()?, *count)))
                .collect(),
        },
        None => Held {
            counts: Counts::Sheet,
            by: contacts
                .held()
                .into_iter()
                .filter_map(|(who, count)| Some((who?.clone(), count)))
                .collect(),
        },
    }
}
