//! Whether a workspace is the one that the runs before wrote to: every account has the same address, and the token decides.
//!
//! Pure: what is known from before is compared with what the workspace shows now.

use std::collections::HashSet;

use crate::contact::Identifier;
use crate::outcome::Status;
use crate::plan::Plan;
use crate::results::History;
use crate::workspace::{Contacts, Found};

/// How many contacts are looked up.
const CONTACTS: usize = 3;

/// What journal and results know of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Contacts by their IDs, with what the sheet calls them.
    contacts: Vec<(u64, Identifier)>,
    /// Users by their IDs.
    users: HashSet<u64>,
    /// Whether anything was written, or may have been.
    pub(crate) was_written: bool,
}

/// What the workspace is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WorkspaceMatch {
    /// As far as one sees, the same.
    Same,
    /// Another, and why.
    Another(String),
    /// Nothing shows which.
    Unknown,
}

impl Known {
    /// What is known before a run goes on.
    pub(crate) fn of(plan: &Plan, history: &History) -> Known {
        let met: Vec<(u64, Identifier)> = plan
            .rows()
            .filter_map(|(item, _)| item.earlier.as_deref())
            .filter(|earlier| !matches!(earlier.status, Status::Skipped | Status::Planned))
            .filter_map(|earlier| Some((earlier.contact_id?, earlier.contact.clone()?)))
            .collect();
        let was_written = !met.is_empty()
            || !history.in_doubt.is_empty()
            || history
                .outcomes
                .values()
                .any(|outcome| outcome.attempts > 0);
        // The first, one in the middle and the last: a sheet may be sorted by anything.
        let places = [0, met.len() / 2, met.len().saturating_sub(1)];
        let mut contacts: Vec<(u64, Identifier)> = places
            .iter()
            .filter_map(|place| met.get(*place).cloned())
            .collect();
        contacts.dedup();
        contacts.truncate(CONTACTS);
        Known {
            contacts,
            users: history.users.clone(),
            was_written,
        }
    }

    /// The contacts to look up.
    pub(crate) fn wanted(&self) -> Vec<Identifier> {
        self.contacts
            .iter()
            .map(|(id, _)| Identifier::Id(*id))
            .collect()
    }

    /// Whether users are known by their IDs, so that those of the workspace can tell anything.
    pub(crate) fn knows_users(&self) -> bool {
        !self.users.is_empty()
    }

    /// What the workspace is, as far as its contacts and users could be seen.
    pub(crate) fn judge(
        &self,
        contacts: Option<&Contacts>,
        users: Option<&HashSet<u64>>,
    ) -> WorkspaceMatch {
        let seen: Vec<bool> = contacts
            .into_iter()
            .flat_map(|contacts| {
                self.contacts
                    .iter()
                    .map(move |known| is_there(known, contacts))
            })
            .flatten()
            .collect();
        if !seen.is_empty() && !seen.contains(&true) {
            let (id, called) = &self.contacts[0];
            return WorkspaceMatch::Another(format!(
                "contact {id}, {called} in the results, is another one there or none"
            ));
        }
        let users = users.filter(|_| !self.users.is_empty());
        if let Some(now) = users {
            let common = self.users.intersection(now).count();
            if common * 2 < self.users.len() {
                return WorkspaceMatch::Another(format!(
                    "of the {} users that the runs before met, {common} work there",
                    self.users.len()
                ));
            }
        }
        match seen.is_empty() && users.is_none() {
            true => WorkspaceMatch::Unknown,
            false => WorkspaceMatch::Same,
        }
    }
}

/// Whether a contact is the one that the results know; nothing where that cannot be told.
fn is_there((id, called): &(u64, Identifier), contacts: &Contacts) -> Option<bool> {
    match contacts.get(&Identifier::Id(*id)) {
        Found::One(card) => match called {
            Identifier::Id(_) => Some(true),
            Identifier::Email(email) => card.email.as_ref().map(|there| there == email),
            Identifier::Phone(phone) => card.phone.as_ref().map(|there| there == phone),
        },
        Found::Missing(_) | Found::Other(_) => Some(false),
        Found::Several(_) | Found::Unread(_) | Found::Unasked => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Card, KnownBy};

    fn known(contacts: &[(u64, &str)], users: &[u64]) -> Known {
        Known {
            contacts: contacts
                .iter()
                .map(|(id, called)| (*id, called.parse().expect("an identifier")))
                .collect(),
            users: users.iter().copied().collect(),
            was_written: true,
        }
    }

    fn there(cards: &[(u64, &str)], missing: &[u64]) -> Contacts {
        let mut contacts = Contacts::default();
        for (id, email) in cards {
            let card = Card {
                id: *id,
                name: String::new(),
                phone: None,
                email: email.parse().ok(),
                holder: None,
                holder_email: None,
                is_closed: false,
            };
            contacts.found(Identifier::Id(*id), card, KnownBy::Read);
        }
        for id in missing {
            contacts.missing(Identifier::Id(*id), "no such contact".to_owned());
        }
        contacts
    }

    #[test]
    fn contacts_that_are_all_unknown_or_somebody_else_are_another_workspaces() {
        let known = known(&[(1, "email:ann@example.com"), (2, "id:2")], &[]);
        let judge = |contacts: &Contacts| known.judge(Some(contacts), None);
        let another = |verdict| matches!(verdict, WorkspaceMatch::Another(_));
        assert!(another(judge(&there(&[], &[1, 2]))));
        assert!(another(judge(&there(&[(1, "bob@example.com")], &[2]))));
        assert_eq!(
            judge(&there(&[(1, "ann@example.com")], &[2])),
            WorkspaceMatch::Same
        );
        assert_eq!(judge(&there(&[], &[])), WorkspaceMatch::Unknown);
        assert_eq!(known.judge(None, None), WorkspaceMatch::Unknown);
    }

    #[test]
    fn under_half_of_the_users_in_common_is_another_workspace_and_changed_users_are_not() {
        let known = known(&[], &[1, 2, 3, 4]);
        let judge = |users: &[u64]| known.judge(None, Some(&users.iter().copied().collect()));
        assert!(matches!(judge(&[4, 5, 6, 7]), WorkspaceMatch::Another(_)));
        assert_eq!(judge(&[3, 4, 5, 6]), WorkspaceMatch::Same);
    }
}
