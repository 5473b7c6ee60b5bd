//! Who is who: one person may be named by ID in one place and by email in another.
//!
//! Everything that counts or shows users asks here first, so that a person is one person everywhere.

use std::collections::HashMap;

use crate::contact::{Assignee, Email};

use super::Users;

/// The persons who are known by more than one name, from every source there is: lists of users, and the users whom runs
/// have met.
#[derive(Clone, Debug, Default)]
pub struct People {
    known: Vec<Person>,
    by_id: HashMap<u64, usize>,
    by_email: HashMap<String, usize>,
    /// How many persons have a name.
    named: HashMap<String, usize>,
}

#[derive(Clone, Debug, Default)]
struct Person {
    id: Option<u64>,
    email: Option<String>,
    name: Option<String>,
}

impl People {
    /// Takes in a list of users.
    pub fn add_all(&mut self, users: &Users) {
        for user in users.iter() {
            self.add(
                user.id,
                user.email.as_ref().map(Email::as_str),
                user.names.first().map(String::as_str),
            );
        }
    }

    /// Takes in what is known of one person. What was known before wins, but for what it left open.
    pub fn add(&mut self, id: Option<u64>, email: Option<&str>, name: Option<&str>) {
        let email = email.filter(|email| email.contains('@'));
        let by_id = id.and_then(|id| self.by_id.get(&id)).copied();
        let by_email = email.and_then(|email| self.by_email.get(&email.to_ascii_lowercase()));
        let by_email = by_email.copied();
        let place = match by_id.or(by_email) {
            Some(place) => place,
            None if id.is_none() && email.is_none() => return,
            None => {
                self.known.push(Person::default());
                self.known.len() - 1
            }
        };
        if let Some(other) = by_email.filter(|other| *other != place) {
            self.join(place, other);
        }
        let person = &mut self.known[place];
        if let Some(id) = id {
            person.id = person.id.or(Some(id));
            self.by_id.insert(id, place);
        }
        if let Some(email) = email {
            person.email.get_or_insert_with(|| email.to_owned());
            self.by_email.insert(email.to_ascii_lowercase(), place);
        }
        if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty())
            && person.name.is_none()
        {
            person.name = Some(name.to_owned());
            *self.named.entry(name.to_owned()).or_default() += 1;
        }
    }

    /// Two entries turn out to be one person.
    fn join(&mut self, place: usize, other: usize) {
        let gone = std::mem::take(&mut self.known[other]);
        let places = self.by_id.values_mut().chain(self.by_email.values_mut());
        places
            .filter(|found| **found == other)
            .for_each(|found| *found = place);
        let person = &mut self.known[place];
        person.id = person.id.or(gone.id);
        person.email = person.email.take().or(gone.email);
        if let Some(name) = gone.name {
            match &person.name {
                Some(_) => *self.named.entry(name).or_insert(1) -= 1,
                None => person.name = Some(name),
            }
        }
    }

    fn get(&self, who: &Assignee) -> Option<&Person> {
        let place = match who {
            Assignee::Nobody => None,
            Assignee::User(id) => self.by_id.get(id),
            Assignee::Email(email) => self.by_email.get(&email.as_str().to_ascii_lowercase()),
        };
        place.map(|place| &self.known[*place])
    }

    /// The same person under one name, however they were named: by ID where that is known.
    pub fn canonical(&self, who: &Assignee) -> Assignee {
        let Some(person) = self.get(who) else {
            return who.clone();
        };
        let by_email = || person.email.as_ref()?.parse().ok().map(Assignee::Email);
        person
            .id
            .map(Assignee::User)
            .or_else(by_email)
            .unwrap_or_else(|| who.clone())
    }

    /// Name and email as far as they are known, `Ann Lee <ann@example.com>`; `None` if nothing but an ID is, and for
    /// nobody.
    pub fn name(&self, who: &Assignee) -> Option<String> {
        let known = self.get(who);
        let name = known.and_then(|person| person.name.as_ref());
        let email = match who {
            Assignee::Email(email) => Some(email.as_str()),
            _ => known.and_then(|person| person.email.as_deref()),
        };
        match (name, email, who) {
            (Some(name), Some(email), _) => Some(format!("{name} <{email}>")),
            (Some(name), None, Assignee::User(id)) => Some(format!("{name} (user {id})")),
            (None, Some(email), _) => Some(email.to_owned()),
            _ => None,
        }
    }

    /// What a user is called, and what tells them apart from others of that name.
    pub fn names(&self, who: &Assignee) -> (String, Option<String>) {
        let id = |id: u64| format!("User {id}");
        let Some(Person {
            id: number,
            email,
            name,
        }) = self.get(who)
        else {
            return match who {
                Assignee::Nobody => ("Nobody".to_owned(), Some("without an owner".to_owned())),
                Assignee::User(number) => (id(*number), None),
                Assignee::Email(email) => (email.to_string(), None),
            };
        };
        match (name, email) {
            (Some(name), Some(email)) => (name.clone(), Some(email.clone())),
            (Some(name), None) => (name.clone(), number.map(id)),
            (None, Some(email)) => (email.clone(), None),
            (None, None) => (number.map(id).unwrap_or_default(), None),
        }
    }

    /// What somebody is called where there is little space: the name alone, unless several persons have it.
    pub fn label(&self, who: &Assignee) -> String {
        match self.names(who) {
            (name, Some(more)) if self.named.get(&name).is_some_and(|users| *users > 1) => {
                format!("{name} ({more})")
            }
            (name, _) => name,
        }
    }

    /// Whether two of these may be one person without anybody knowing: one is known by ID alone, another by email alone.
    pub fn may_be_the_same<'a>(&self, all: impl IntoIterator<Item = &'a Assignee>) -> bool {
        let (mut by_id, mut by_email) = (false, false);
        for who in all {
            let known = self.get(who);
            match who {
                Assignee::Nobody => {}
                Assignee::User(_) => by_id |= known.is_none_or(|person| person.email.is_none()),
                Assignee::Email(_) => by_email |= known.is_none_or(|person| person.id.is_none()),
            }
        }
        by_id && by_email
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> Assignee {
        Assignee::Email(text.parse().expect("an email"))
    }

    #[test]
    fn an_id_and_an_email_are_one_person_once_both_were_met() {
        let mut people = People::default();
        let (by_id, by_email) = (Assignee::User(7), email("ann@example.com"));
        assert!(people.may_be_the_same([&by_id, &by_email]));
        people.add(Some(7), Some("ann@EXAMPLE.com"), Some(" "));
        people.add(Some(7), None, Some("Ann Lee"));
        assert_eq!(people.canonical(&by_email), by_id);
        assert!(!people.may_be_the_same([&by_id, &by_email]));
        assert_eq!(people.label(&by_id), "Ann Lee");
        people.add(Some(9), None, Some("Ann Lee"));
        assert_eq!(people.label(&by_id), "Ann Lee (ann@EXAMPLE.com)");
        assert_eq!(people.label(&Assignee::User(8)), "User 8");
    }

    #[test]
    fn two_entries_are_joined_by_a_third_that_names_both() {
        let mut people = People::default();
        people.add(Some(7), None, Some("Ann Lee"));
        people.add(None, Some("ann@example.com"), Some("Ann Lee"));
        people.add(Some(7), Some("Ann@example.com"), None);
        assert_eq!(
            people.canonical(&email("ann@example.com")),
            Assignee::User(7)
        );
        assert_eq!(people.label(&Assignee::User(7)), "Ann Lee");
        assert_eq!(
            people.name(&Assignee::User(7)).as_deref(),
            Some("Ann Lee <ann@example.com>")
        );
    }
}
