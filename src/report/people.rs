//! Who is who: one user may be named by ID in one row and by email in another.

use std::collections::HashMap;

use crate::contact::Assignee;
use crate::outcome::Met;
use crate::workspace::Users;

/// The users that names are known of.
#[derive(Clone, Debug, Default)]
pub struct People {
    known: Vec<Person>,
    by_id: HashMap<u64, usize>,
    by_email: HashMap<String, usize>,
    /// How many users have a name.
    named: HashMap<String, usize>,
}

#[derive(Clone, Debug, Default)]
struct Person {
    id: Option<u64>,
    email: Option<String>,
    name: Option<String>,
}

/// Somebody who has contacts, or nobody. The same user is the same key however named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    /// One whose names are known, by place.
    Known(usize),
    /// One of whom only this is known.
    Only(&'a Assignee),
    Nobody,
}

impl People {
    /// Takes in the users of lists.
    pub fn extend<'a>(&mut self, lists: impl IntoIterator<Item = &'a Users>) {
        for user in lists.into_iter().flat_map(Users::iter) {
            self.add(
                user.id,
                user.email.as_ref().map(|email| email.as_str()),
                user.names.first().map(String::as_str),
            );
        }
    }

    /// Takes in the users whom a run met.
    pub fn add_all_met(&mut self, all: &[Met]) {
        for met in all {
            self.add(met.id, met.email.as_deref(), Some(&met.name));
        }
    }

    fn add(&mut self, id: Option<u64>, email: Option<&str>, name: Option<&str>) {
        let email = email.filter(|email| email.contains('@'));
        let by_email = email.and_then(|email| self.by_email.get(&email.to_ascii_lowercase()));
        let place = match id.and_then(|id| self.by_id.get(&id)).or(by_email) {
            Some(place) => *place,
            None => {
                self.known.push(Person::default());
                self.known.len() - 1
            }
        };
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

    /// Who an assignee is.
    pub(super) fn key<'a>(&self, assignee: &'a Assignee) -> Key<'a> {
        let place = match assignee {
            Assignee::Nobody => return Key::Nobody,
            Assignee::User(id) => self.by_id.get(id),
            Assignee::Email(email) => self.by_email.get(&email.as_str().to_ascii_lowercase()),
        };
        place.map_or(Key::Only(assignee), |place| Key::Known(*place))
    }

    /// What a user is called, and what tells them apart from others of that name.
    pub(super) fn names(&self, key: Key<'_>) -> (String, Option<String>) {
        match key {
            Key::Nobody => ("Nobody".to_owned(), Some("unassigned".to_owned())),
            Key::Only(Assignee::User(id)) => (format!("User {id}"), None),
            Key::Only(assignee) => (assignee.to_string(), None),
            Key::Known(place) => {
                let Person { id, email, name } = &self.known[place];
                let id = || id.map(|id| format!("User {id}"));
                match (name, email) {
                    (Some(name), Some(email)) => (name.clone(), Some(email.clone())),
                    (Some(name), None) => (name.clone(), id()),
                    (None, Some(email)) => (email.clone(), None),
                    (None, None) => (id().unwrap_or_default(), None),
                }
            }
        }
    }

    /// What an assignee is called in a cell of the table: the name alone, unless several users have it.
    pub(super) fn label(&self, assignee: &Assignee) -> String {
        match self.names(self.key(assignee)) {
            (name, Some(more)) if self.named.get(&name).is_some_and(|users| *users > 1) => {
                format!("{name} ({more})")
            }
            (name, _) => name,
        }
    }

    /// Every email and name that is known.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let known = self.known.iter();
        known
            .flat_map(|person| [&person.email, &person.name].into_iter().flatten())
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_and_an_email_are_one_user_once_both_were_met() {
        let mut people = People::default();
        let (by_id, by_email): (Assignee, Assignee) = (
            Assignee::User(7),
            "Ann@example.com".parse().expect("an email"),
        );
        assert_ne!(people.key(&by_id), people.key(&by_email));
        let met = |email: Option<&str>, name: &str| Met {
            id: Some(7),
            email: email.map(str::to_owned),
            name: name.to_owned(),
        };
        people.add_all_met(&[met(Some("ann@EXAMPLE.com"), " "), met(None, "Ann Lee")]);
        assert_eq!(people.key(&by_id), people.key(&by_email));
        assert_eq!(people.label(&by_id), "Ann Lee");
        people.add_all_met(&[Met {
            id: Some(9),
            email: None,
            name: "Ann Lee".to_owned(),
        }]);
        assert_eq!(people.label(&by_id), "Ann Lee (ann@EXAMPLE.com)");
        assert_eq!(people.label(&Assignee::User(8)), "User 8");
    }
}
