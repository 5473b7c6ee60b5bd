//! Who works in a workspace, how a sheet may name them, and who has which contact: plain data.
//!
//! Where it comes from is left to others: [`mapping`](crate::mapping) reads users from a sheet, and
//! `lookup` asks the workspace itself.

mod contacts;
mod lookup_summary;
mod people;
mod workload;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::contact::{Assignee, Email, is_invisible};

pub use contacts::{Card, Contacts, Found, KnownBy};
pub use lookup_summary::LookupSummary;
pub use people::People;
pub use workload::{CountedContacts, Handover, Held, Workload, Workloads};

/// What results and journals call the practice workspace.
pub(crate) const SANDBOX: &str = "sandbox";

/// How alike a name must be to one that is asked for, from 0 to 1, before it is worth a question.
const ALIKE: f64 = 0.85;

/// One user: an ID, an email, or both, and every name that is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The workspace's number for the user.
    pub id: Option<u64>,
    /// The user's email address.
    pub email: Option<Email>,
    /// The full name first, if there is one, then what else the user is known as.
    pub names: Vec<String>,
    /// Whether only a sheet knows the user and the workspace does not list it: invited and not there yet, or gone.
    pub is_unlisted: bool,
}

impl User {
    /// How the user is named in a request: by ID, else by email; `None` without either.
    pub fn assignee(&self) -> Option<Assignee> {
        let by_email = || self.email.clone().map(Assignee::Email);
        self.id.map(Assignee::User).or_else(by_email)
    }
}

impl fmt::Display for User {
    /// `Ann Lee <ann@example.com>`, or as much of it as is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.names.first(), &self.email, self.id) {
            (Some(name), Some(email), _) => write!(f, "{name} <{email}>"),
            (Some(name), None, Some(id)) => write!(f, "{name} (user {id})"),
            (Some(name), None, None) => f.write_str(name),
            (None, Some(email), _) => write!(f, "{email}"),
            (None, None, Some(id)) => write!(f, "user {id}"),
            (None, None, None) => f.write_str("a user without a name"),
        }
    }
}

/// A row of a list of users, as it was read.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its row number.
    pub row: u32,
    /// What it says about one user.
    pub user: User,
}

/// Two rows of a list that cannot both be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// One ID with two email addresses.
    TwoEmails {
        /// The later row.
        row: u32,
        /// The ID.
        id: u64,
        /// The email that an earlier row gives.
        email: Email,
    },
    /// One email address with two IDs.
    TwoIds {
        /// The later row.
        row: u32,
        /// The email.
        email: Email,
        /// The ID that an earlier row gives.
        id: u64,
    },
}

/// The users of a workspace, found by ID, by email or by name.
#[derive(Clone, Debug, Default)]
pub struct Users {
    source: List,
    all: Vec<User>,
    by_id: HashMap<u64, usize>,
    by_email: HashMap<Email, usize>,
    by_name: HashMap<String, Vec<usize>>,
    without_accents: HashMap<String, Vec<usize>>,
}

/// Where a list of users comes from, and what messages call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum List {
    /// A sheet, by its name.
    Sheet(Arc<str>),
    /// The workspace itself, by its name. Pending invitations are not in it.
    Workspace(Arc<str>),
}

impl Default for List {
    fn default() -> List {
        List::Sheet("".into())
    }
}

impl List {
    /// The name of the sheet or workspace.
    pub fn name(&self) -> &str {
        let (List::Sheet(name) | List::Workspace(name)) = self;
        name
    }

    fn not_listed(&self) -> String {
        match self {
            List::Sheet(name) => format!(
                "this is not among the users in `{name}`; correct it, or add the user there"
            ),
            List::Workspace(name) => format!(
                "this is not a user of the workspace `{name}`; correct it, or, if this person was invited, wait until the \
                 invitation is accepted"
            ),
        }
    }

    fn no_such_name(&self, nearest: Option<&str>) -> String {
        let (list, otherwise) = match self {
            List::Sheet(name) => (
                format!("no user in `{name}` has this name"),
                "write the user's ID or email, or add the name there under `also known as`",
            ),
            List::Workspace(name) => (
                format!("no user of the workspace `{name}` has this name"),
                "write the user's ID or email; who was invited has to accept first",
            ),
        };
        match nearest {
            Some(nearest) => format!("{list}; did you mean {nearest}?"),
            None => format!("{list}; {otherwise}"),
        }
    }
}

impl fmt::Display for List {
    /// Meant to stand behind `users`: `in users.csv`, `of api.example.com`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            List::Sheet(name) => write!(f, "in {name}"),
            List::Workspace(name) => write!(f, "of {name}"),
        }
    }
}

/// Who is not to be found in a list of users, or not alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NoUser {
    /// An ID or email that no user has.
    #[error("{}", .list.not_listed())]
    NotListed {
        /// The list.
        list: List,
    },
    /// A user whom a sheet knows and the workspace does not list.
    #[error(
        "{who} is not a user of {list} yet; the invitation has to be accepted first; or name another user"
    )]
    NotYet {
        /// The user.
        who: Arc<str>,
        /// The workspace's name.
        list: Arc<str>,
    },
    /// A name that no user has.
    #[error("{}", .list.no_such_name(.nearest.as_deref()))]
    NoSuchName {
        /// The list.
        list: List,
        /// The user who was probably meant, or several.
        nearest: Option<Arc<str>>,
    },
    /// A name that several users have.
    #[error("this can be {who}; write the ID or email of the right one")]
    Several {
        /// Them, with their emails.
        who: Arc<str>,
    },
}

/// Who is meant by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameMatch<'a> {
    /// Nobody has it.
    Nobody,
    /// One user has it.
    One(&'a User, Spelling),
    /// Several users have it, in the order of the list.
    Several(Vec<&'a User>),
}

/// How a name that was found differs from the one in the list, apart from case and spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Spelling {
    /// Not at all.
    Same,
    /// The last name stands first, before a comma.
    LastFirst,
    /// In its accents, or in letters that stand for others.
    OtherAccents,
}

impl fmt::Display for Spelling {
    /// Meant to stand behind a count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Spelling::Same => "with a user's name instead of an ID or email",
            Spelling::LastFirst => "with a user's name as in `Lee, Ann`",
            Spelling::OtherAccents => "with a user's name in other accents: please check",
        })
    }
}

impl Users {
    /// Gathers the rows of a list, of which several may be about one user.
    ///
    /// # Errors
    /// Every two rows that contradict each other.
    pub fn new(source: List, entries: Vec<Entry>) -> Result<Users, Vec<Clash>> {
        let mut users = Users {
            source,
            ..Users::default()
        };
        let mut clashes = Vec::new();
        // A row with an email only may stand above the one that gives its ID, and belongs to the same user.
        let (with_id, others): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| entry.user.id.is_some());
        for entry in with_id.into_iter().chain(others) {
            if let Err(clash) = users.add(entry) {
                clashes.push(clash);
            }
        }
        if clashes.is_empty() {
            users.index();
            Ok(users)
        } else {
            Err(clashes)
        }
    }

    fn add(&mut self, Entry { row, user }: Entry) -> Result<(), Clash> {
        let by_id = user.id.and_then(|id| self.by_id.get(&id).copied());
        let by_email = user
            .email
            .as_ref()
            .and_then(|email| self.by_email.get(email).copied());
        let place = by_id.or(by_email).unwrap_or_else(|| {
            self.all.push(User {
                is_unlisted: user.is_unlisted,
                ..User::default()
            });
            self.all.len() - 1
        });
        let of_email = by_email.and_then(|place| self.all[place].id);
        let known = &mut self.all[place];
        match (user.id, user.email) {
            (Some(id), Some(email)) if of_email.is_some_and(|other| other != id) => {
                let id = of_email.unwrap_or(id);
                return Err(Clash::TwoIds { row, email, id });
            }
            (Some(id), Some(email)) => match &known.email {
                Some(before) if *before != email => {
                    let email = before.clone();
                    return Err(Clash::TwoEmails { row, id, email });
                }
                _ => (known.id, known.email) = (Some(id), Some(email)),
            },
            (Some(id), None) => known.id = Some(id),
            (None, Some(email)) => known.email = Some(email),
            (None, None) => {}
        }
        for name in user.names {
            if !known.names.contains(&name) {
                known.names.push(name);
            }
        }
        if let Some(id) = known.id {
            self.by_id.insert(id, place);
        }
        if let Some(email) = &known.email {
            self.by_email.insert(email.clone(), place);
        }
        Ok(())
    }

    fn index(&mut self) {
        let add = |index: &mut HashMap<String, Vec<usize>>, name: String, place| {
            let places = index.entry(name).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
        };
        for (place, user) in self.all.iter().enumerate() {
            for name in &user.names {
                let names = [Some(plain(name)), turned(name)].into_iter().flatten();
                for name in names.filter(|name| !name.is_empty()) {
                    let without = folded(&name);
                    if !without.is_empty() {
                        add(&mut self.without_accents, without, place);
                    }
                    add(&mut self.by_name, name, place);
                }
            }
        }
    }

    /// Where the list comes from.
    pub fn source(&self) -> &List {
        &self.source
    }

    /// Every user once; those with an ID first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &User> {
        self.all.iter()
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The user that an assignee names; `None` for nobody, and for one who is not in the list.
    pub fn get(&self, assignee: &Assignee) -> Option<&User> {
        let place = match assignee {
            Assignee::User(id) => self.by_id.get(id),
            Assignee::Email(email) => self.by_email.get(email),
            Assignee::Nobody => None,
        };
        place.map(|place| &self.all[*place])
    }

    /// The same assignee as it is sent: by ID, where the list has one.
    pub fn canonical(&self, assignee: Assignee) -> Assignee {
        self.get(&assignee)
            .and_then(User::assignee)
            .unwrap_or(assignee)
    }

    /// Who has this name. Accents count, unless nobody has it with just these.
    pub fn named(&self, name: &str) -> NameMatch<'_> {
        let (straight, turned) = (plain(name), turned(name));
        let names = [
            Some((straight, Spelling::Same)),
            turned.map(|name| (name, Spelling::LastFirst)),
        ];
        let names = names.into_iter().flatten().collect::<Vec<_>>();
        for (name, spelling) in &names {
            if let Some(places) = self.by_name.get(name) {
                return self.meant(places, *spelling);
            }
        }
        let mut alike: Vec<usize> = names
            .iter()
            .filter_map(|(name, _)| self.without_accents.get(&folded(name)))
            .flatten()
            .copied()
            .collect();
        alike.sort_unstable();
        alike.dedup();
        self.meant(&alike, Spelling::OtherAccents)
    }

    fn meant(&self, places: &[usize], spelling: Spelling) -> NameMatch<'_> {
        match places {
            [] => NameMatch::Nobody,
            [place] => NameMatch::One(&self.all[*place], spelling),
            several => NameMatch::Several(several.iter().map(|place| &self.all[*place]).collect()),
        }
    }

    /// The users whose names are most like this one, as far as any is alike; several if they are equally so.
    pub fn nearest(&self, name: &str) -> Vec<&User> {
        let wanted = in_order(&folded(&turned(name).unwrap_or_else(|| plain(name))));
        let mut best = ALIKE;
        let mut places: Vec<usize> = Vec::new();
        for (name, with_it) in &self.without_accents {
            let alike = strsim::jaro_winkler(&wanted, &in_order(name));
            if alike > best {
                best = alike;
                places.clear();
            }
            if alike >= best {
                places.extend(with_it);
            }
        }
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| &self.all[place]).collect()
    }
}

/// A name without what nobody means by it: case, kinds of spaces and signs, characters that cannot be seen.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let visible = name.nfkc().filter(|char| !is_invisible(*char));
    for char in visible.flat_map(char::to_lowercase) {
        match char {
            '\u{2019}' | '\u{2018}' | '\u{2bc}' | '`' | '\u{b4}' => plain.push('\''),
            '\u{2010}'..='\u{2015}' => plain.push('-'),
            char if char.is_whitespace() => {
                if !plain.is_empty() && !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            char => plain.push(char),
        }
    }
    plain.truncate(plain.trim_end().len());
    // A lower-case letter may have come apart from its accent.
    plain.nfkc().collect()
}

/// `ann lee` for `Lee, Ann`; `None` where there is no such comma.
fn turned(name: &str) -> Option<String> {
    let name = plain(name);
    let (last, first) = name.split_once(',')?;
    let (last, first) = (last.trim(), first.trim());
    (!last.is_empty() && !first.is_empty() && !first.contains(','))
        .then(|| format!("{first} {last}"))
}

/// A plain name without accents, and with the usual two letters for those that Latin alphabets add.
fn folded(plain: &str) -> String {
    let mut folded = String::with_capacity(plain.len());
    for char in plain.nfkd().filter(|char| !is_accent(*char)) {
        match char {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            char => folded.push(char),
        }
    }
    folded
}

/// The words of a name in alphabetical order, so that names compare whatever order they are written in.
fn in_order(name: &str) -> String {
    let mut words: Vec<&str> = name
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    words.sort_unstable();
    words.join(" ")
}

/// The accents of Latin, Greek and Cyrillic letters. The marks of other scripts are vowels, which no name does without.
fn is_accent(char: char) -> bool {
    matches!(char, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests;
