//! What a workspace says about the contacts of a sheet.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::contact::{Assignee, Email, Identifier, Phone};

/// A contact as the workspace has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The workspace's number for it.
    pub id: u64,
    /// First and last name; may be blank.
    pub name: String,
    /// Its phone number, if it has one that makes sense.
    pub phone: Option<Phone>,
    /// Its email, if it has one that makes sense.
    pub email: Option<Email>,
    /// Who has it, by ID where the workspace tells it; `None` if that is somebody who cannot be named.
    pub holder: Option<Assignee>,
    /// The email of who has it, if the workspace tells it: a sheet may name a user so who is not listed any more.
    pub holder_email: Option<Email>,
    /// Whether its conversation is closed: then a write may be answered as done and change nothing.
    pub is_closed: bool,
}

/// How a contact became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// By the list, which lags behind.
    Listed,
    /// By a read of its own.
    Read,
}

/// What became of the search for a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// This is it.
    One(&'a Card),
    /// Several contacts have this phone number or email: their IDs, lowest first.
    Several(&'a [u64]),
    /// The workspace says that it has no such contact; in its words.
    Missing(&'a str),
    /// Another contact answers for it: its ID.
    Other(u64),
    /// It could not be found out, and why.
    Unread(&'a str),
    /// Nobody asked.
    Unasked,
}

/// What a workspace says about the contacts of a sheet.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    cards: HashMap<u64, Card>,
    /// The contacts behind what the sheet calls them; several in order of ID.
    ids: HashMap<Identifier, Vec<u64>>,
    missing: HashMap<Identifier, String>,
    others: HashMap<Identifier, u64>,
    unread: HashMap<Identifier, String>,
    /// When the workspace was asked first: nothing here is newer than what it showed from then on.
    pub as_of: Option<Timestamp>,
    /// How many of the contacts the list told; it lags behind.
    pub listed: usize,
    /// How many were read one by one.
    pub read: usize,
    /// Who has how many contacts of the whole workspace, where all of them were listed.
    pub everybodys: Option<HashMap<Option<Assignee>, usize>>,
    /// Why the list could not be used, if it was tried and could not.
    pub unlisted: Option<String>,
    /// What was answered by a web page instead of the API, if that has happened.
    pub web_page: Option<String>,
    /// How many requests all of that took, users not counted.
    pub requests: usize,
}

impl Card {
    /// Whether this is what an identifier names.
    pub fn is(&self, identifier: &Identifier) -> bool {
        match identifier {
            Identifier::Id(id) => *id == self.id,
            Identifier::Email(email) => self.email.as_ref() == Some(email),
            Identifier::Phone(phone) => self.phone.as_ref() == Some(phone),
        }
    }

    /// All that it can be called by.
    pub fn identifiers(&self) -> impl Iterator<Item = Identifier> {
        let phone = self.phone.map(Identifier::Phone);
        let email = self.email.clone().map(Identifier::Email);
        [Some(Identifier::Id(self.id)), phone, email]
            .into_iter()
            .flatten()
    }
}

impl Contacts {
    /// Notes that `identifier` means this contact, perhaps among others. What was read is newer than what was listed.
    pub fn found(&mut self, identifier: Identifier, card: Card, told: KnownBy) {
        let id = card.id;
        let ids = self.ids.entry(identifier).or_default();
        if let Err(place) = ids.binary_search(&id) {
            ids.insert(place, id);
        }
        match told {
            KnownBy::Read => {
                self.cards.insert(id, card);
            }
            KnownBy::Listed => {
                self.cards.entry(id).or_insert(card);
            }
        }
    }

    /// Notes the names that contacts turn out to share: one that was asked for under another name may have the phone
    /// number or email for which another one answered.
    pub fn share_names(&mut self) {
        for card in self.cards.values() {
            for name in card.identifiers() {
                if let Some(ids) = self.ids.get_mut(&name)
                    && let Err(place) = ids.binary_search(&card.id)
                {
                    ids.insert(place, card.id);
                }
            }
        }
    }

    /// Notes that there is no such contact, in the workspace's words.
    pub fn missing(&mut self, identifier: Identifier, why: String) {
        self.missing.insert(identifier, why);
    }

    /// Notes that the contact with this ID answers for another one.
    pub fn other(&mut self, identifier: Identifier, answered: u64) {
        self.others.insert(identifier, answered);
    }

    /// Notes that it could not be found out what this means.
    pub fn unread(&mut self, identifier: Identifier, why: String) {
        self.unread.insert(identifier, why);
    }

    /// What `identifier` means.
    pub fn get(&self, identifier: &Identifier) -> Found<'_> {
        if let Some(ids) = self.ids.get(identifier) {
            return match ids.as_slice() {
                [id] => Found::One(&self.cards[id]),
                several => Found::Several(several),
            };
        }
        if let Some(why) = self.missing.get(identifier) {
            return Found::Missing(why);
        }
        if let Some(answered) = self.others.get(identifier) {
            return Found::Other(*answered);
        }
        match self.unread.get(identifier) {
            Some(why) => Found::Unread(why),
            None => Found::Unasked,
        }
    }

    /// Whether anything is known of what `identifier` means.
    pub fn knows(&self, identifier: &Identifier) -> bool {
        self.ids.contains_key(identifier)
    }

    /// How many contacts could not be found out about, and why the first of them could not.
    pub fn failed(&self) -> Option<(usize, &str)> {
        let first = self.unread.values().min()?;
        Some((self.unread.len(), first))
    }

    /// Who has how many of the contacts that were found, each counted once.
    pub fn held(&self) -> HashMap<Option<&Assignee>, usize> {
        let asked: HashSet<u64> = self.ids.values().flatten().copied().collect();
        let mut held = HashMap::new();
        for card in asked.iter().filter_map(|id| self.cards.get(id)) {
            *held.entry(card.holder.as_ref()).or_default() += 1;
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(id: u64, holder: u64) -> Card {
        Card {
            id,
            name: String::new(),
            phone: "+60121233112".parse().ok(),
            email: None,
            holder: Some(Assignee::User(holder)),
            holder_email: None,
            is_closed: false,
        }
    }

    #[test]
    fn two_contacts_with_one_phone_number_are_several() {
        let phone: Identifier = "phone:+60121233112".parse().expect("a phone number");
        let mut contacts = Contacts::default();
        contacts.found(phone.clone(), card(57, 1), KnownBy::Listed);
        assert_eq!(contacts.get(&phone), Found::One(&card(57, 1)));
        contacts.found(phone.clone(), card(11, 1), KnownBy::Listed);
        contacts.found(phone.clone(), card(57, 1), KnownBy::Listed);
        assert_eq!(contacts.get(&phone), Found::Several(&[11, 57]));
    }

    #[test]
    fn a_contact_that_was_asked_for_by_id_shares_its_number_with_one_that_answered_for_that() {
        let phone: Identifier = "phone:+60121233112".parse().expect("a phone number");
        let mut contacts = Contacts::default();
        contacts.found(phone.clone(), card(11, 1), KnownBy::Read);
        contacts.found(Identifier::Id(57), card(57, 1), KnownBy::Read);
        assert_eq!(contacts.get(&phone), Found::One(&card(11, 1)));
        contacts.share_names();
        assert_eq!(contacts.get(&phone), Found::Several(&[11, 57]));
        assert_eq!(contacts.get(&Identifier::Id(57)), Found::One(&card(57, 1)));
    }

    #[test]
    fn what_was_read_is_newer_than_what_was_listed() {
        let id = Identifier::Id(57);
        let mut contacts = Contacts::default();
        contacts.found(id.clone(), card(57, 1), KnownBy::Read);
        contacts.found(id.clone(), card(57, 2), KnownBy::Listed);
        assert_eq!(contacts.get(&id), Found::One(&card(57, 1)));
        contacts.found(id.clone(), card(57, 3), KnownBy::Read);
        assert_eq!(contacts.get(&id), Found::One(&card(57, 3)));
    }
}
