//! A workspace made from what somebody wants to try, where the sample one has none of it.

use std::collections::{HashMap, HashSet};

use rusqlite::{Transaction, params};

use super::identifier::{ContactAddress, Key, fold};

/// What somebody wants to try: contacts, who has them, and users.
#[derive(Clone, Debug, Default)]
pub struct TrialWorkspace {
    /// The contacts, the same one perhaps several times; the first time counts.
    pub contacts: Vec<TrialContact>,
    /// The users, the same one perhaps several times, and not necessarily all who have a contact.
    pub users: Vec<TrialUser>,
}

/// A contact that somebody wants to try.
#[derive(Clone, Debug, Default)]
pub struct TrialContact {
    /// What it is called in requests: `id:123`, `email:ann@example.com`, `phone:+60121233112`. One of a kind counts.
    pub names: Vec<String>,
    /// Who has it.
    pub owner: Option<TrialUser>,
}

/// A user as somebody knows them: by ID, email or name.
#[derive(Clone, Debug, Default)]
pub struct TrialUser {
    /// The ID.
    pub id: Option<u64>,
    /// The email.
    pub email: Option<String>,
    /// The full name.
    pub name: Option<String>,
}

impl TrialWorkspace {
    /// Whether the workspace has none of the contacts, which are some.
    pub(super) fn is_strange_to(&self, transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
        let mut known = HashSet::new();
        let mut statement = transaction.prepare("SELECT id, phone, email_key FROM contacts")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            known.insert(Key::Id(Some(row.get(0)?)));
            known.extend(row.get::<_, Option<String>>(1)?.map(Key::Phone));
            known.extend(row.get::<_, Option<String>>(2)?.map(Key::Email));
        }
        let mut names = self.contacts.iter().flat_map(TrialContact::keys);
        Ok(!self.contacts.is_empty() && !names.any(|key| known.contains(&key)))
    }

    /// Replaces the workspace by one that has these contacts and users.
    pub(super) fn replace(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        transaction.execute_batch("DELETE FROM contacts; DELETE FROM users;")?;
        let mut users = People::default();
        for user in &self.users {
            users.place(user);
        }
        let owners: Vec<Option<usize>> = self
            .contacts
            .iter()
            .map(|contact| contact.owner.as_ref().map(|owner| users.place(owner)))
            .collect();
        let users = users.insert(transaction)?;
        self.insert(transaction, &owners, &users)
    }

    fn insert(
        &self,
        transaction: &Transaction<'_>,
        owners: &[Option<usize>],
        users: &[i64],
    ) -> rusqlite::Result<()> {
        let given: HashSet<i64> = self
            .contacts
            .iter()
            .flat_map(TrialContact::keys)
            .filter_map(|key| match key {
                Key::Id(id) => id,
                Key::Email(_) | Key::Phone(_) => None,
            })
            .collect();
        let mut free = (1..).filter(|id| !given.contains(id));
        let mut seen = HashSet::new();
        let mut insert = transaction.prepare(
            "INSERT INTO contacts (id, first_name, phone, email, email_key, status, tags, assignee)
             VALUES (?1, '', ?2, ?3, ?4, 'open', '[]', ?5)",
        )?;
        for (contact, owner) in self.contacts.iter().zip(owners) {
            let mut keys = contact.keys().peekable();
            let Some(first) = keys.peek() else { continue };
            if !seen.insert(first.clone()) {
                continue;
            }
            let (mut id, mut phone, mut email) = (None, None, None);
            for key in keys {
                match key {
                    Key::Id(digits) => id = id.or(digits),
                    Key::Phone(number) => phone = phone.or(Some(number)),
                    Key::Email(address) => email = email.or(Some(address)),
                }
            }
            let Some(id) = id.or_else(|| free.next()) else {
                continue;
            };
            // The address as it was written, unless it only differs in case.
            let written = contact.names.iter().find_map(|name| {
                let address = name.strip_prefix("email:")?;
                (Some(fold(address)) == email).then_some(address)
            });
            let owner = owner.map(|place| users[place]);
            insert.execute(params![id, phone, written, email, owner])?;
        }
        Ok(())
    }
}

impl TrialContact {
    fn keys(&self) -> impl Iterator<Item = Key> {
        self.names.iter().filter_map(|name| {
            // What no request can name needs no contact.
            let key = ContactAddress::parse(name.clone()).ok()?.key;
            (key != Key::Id(None)).then_some(key)
        })
    }
}

/// Users, each of them once.
#[derive(Default)]
struct People {
    all: Vec<TrialUser>,
    by_id: HashMap<u64, usize>,
    by_email: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
}

impl People {
    /// The place of a user, new or known. Who is known learns what is new about them.
    fn place(&mut self, user: &TrialUser) -> usize {
        let email = user.email.as_deref().map(fold);
        let by_id = user.id.and_then(|id| self.by_id.get(&id));
        let by_email = email.as_ref().and_then(|email| self.by_email.get(email));
        // A name alone may be any of those who have it; with more than that, it is somebody.
        let by_name = match (user.id, &email, &user.name) {
            (None, None, Some(name)) => self.by_name.get(&fold(name)),
            _ => None,
        };
        let known = by_id.or(by_email).or(by_name).copied();
        let place = known.unwrap_or_else(|| {
            self.all.push(TrialUser::default());
            self.all.len() - 1
        });
        let here = &mut self.all[place];
        here.id = here.id.or(user.id);
        here.email = here.email.take().or_else(|| user.email.clone());
        here.name = here.name.take().or_else(|| user.name.clone());
        if let Some(id) = user.id {
            self.by_id.entry(id).or_insert(place);
        }
        if let Some(email) = email {
            self.by_email.entry(email).or_insert(place);
        }
        if let Some(name) = &user.name {
            self.by_name.entry(fold(name)).or_insert(place);
        }
        place
    }

    /// Inserts all of them, giving an ID and an email to who has none; the IDs in their order.
    fn insert(self, transaction: &Transaction<'_>) -> rusqlite::Result<Vec<i64>> {
        let own = |user: &TrialUser| user.id.and_then(|id| i64::try_from(id).ok());
        let given: HashSet<i64> = self.all.iter().filter_map(own).collect();
        let mut free = (101..).filter(|id| !given.contains(id));
        let mut taken: HashSet<String> = HashSet::new();
        let mut insert = transaction.prepare(
            "INSERT INTO users (id, first_name, last_name, email, email_key, role, pending)
             VALUES (?1, ?2, ?3, ?4, ?5, 'agent', 0)",
        )?;
        let mut ids = Vec::with_capacity(self.all.len());
        for user in &self.all {
            let id = own(user).or_else(|| free.next()).unwrap_or(i64::MAX);
            let email = match &user.email {
                Some(email) if !taken.contains(&fold(email)) => email.clone(),
                _ => format!("user-{id}@sandbox.invalid"),
            };
            taken.insert(fold(&email));
            let name = user.name.as_deref().unwrap_or_default();
            let (first, last) = name.split_once(' ').unwrap_or((name, ""));
            insert.execute(params![id, first, last, email, fold(&email)])?;
            ids.push(id);
        }
        Ok(ids)
    }
}
