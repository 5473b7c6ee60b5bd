//! What the names of columns say: which hold the contact, and which the assignee.
//!
//! Names are compared as words: without case, accents, punctuation or order of spaces, so `E-Mail`, `e_mail` and
//! `email` are one name. A name that is put together from known ones (`New owner's email`, `Teléfono del cliente`,
//! `変更後の担当者`) means what its parts mean together.

mod names;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::contact::Kind;

use names::Names;

/// Names longer than this, in bytes of their words, are remarks and not names.
const LONGEST: usize = 64;
/// How many known names one name is put together from, at most.
const DEEPEST: usize = 5;

/// What a column holds, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// An identifier of the contact; of one kind if the name says so.
    Identifier(Option<Kind>),
    /// Who gets the contact, or has it.
    Assignee(Time),
    /// The same by name, as in `Agent name`: it counts where nothing says more.
    AssigneeName(Time),
    /// `Current`, `From`, `New`, `To` and the like, without saying of what.
    Bare(Time),
    /// The country or region of the contact.
    Region,
}

/// Which of several assignees is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// The name does not say.
    Any,
    /// The one to be.
    New,
    /// The one that is, or was until now.
    Current,
}

/// What a known name says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Contact,
    Kind(Kind),
    Owner,
    User,
    Time(Time),
    /// As [`Word::Time`], but a word that also connects others: it counts at either end of a name only.
    Direction(Time),
    Name,
    Region,
}

impl Names {
    fn words(&self) -> impl Iterator<Item = (&'static str, Word)> {
        let lists = [
            (self.contact, Word::Contact),
            (self.id, Word::Kind(Kind::Id)),
            (self.phone, Word::Kind(Kind::Phone)),
            (self.email, Word::Kind(Kind::Email)),
            (self.owner, Word::Owner),
            (self.user, Word::User),
            (self.new, Word::Time(Time::New)),
            (self.current, Word::Time(Time::Current)),
            (self.from, Word::Direction(Time::Current)),
            (self.to, Word::Direction(Time::New)),
            (self.name, Word::Name),
            (self.region, Word::Region),
        ];
        lists
            .into_iter()
            .flat_map(|(list, word)| list.iter().map(move |name| (*name, word)))
    }
}

static WORDS: LazyLock<HashMap<&str, Word>> =
    LazyLock::new(|| names::ALL.iter().flat_map(|names| names.words()).collect());

static CONNECTING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lists = names::ALL.iter().map(|names| names.connecting);
    lists.flatten().copied().collect()
});

/// The words of a column's name: lower case, without accents and punctuation, one space between words that are written
/// with spaces.
pub(super) fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    let (mut gap, mut last) = (false, ' ');
    for char in name
        .nfkd()
        .filter(|char| !is_combining_mark(*char) || is_voiced(*char))
        .flat_map(char::to_lowercase)
    {
        if char.is_alphanumeric() || is_voiced(char) {
            if gap && !words.is_empty() && !is_unspaced(last) && !is_unspaced(char) {
                words.push(' ');
            }
            words.push(char);
            (gap, last) = (false, char);
        } else {
            gap = true;
        }
    }
    words.nfc().collect()
}

/// The marks that make other syllables of Japanese ones: no accents.
fn is_voiced(char: char) -> bool {
    matches!(char, '\u{3099}' | '\u{309A}')
}

/// Whether a letter belongs to a script that puts no spaces between words.
fn is_unspaced(char: char) -> bool {
    matches!(char, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// What a column of this name holds; `None` for columns that are none of our business.
pub(super) fn role(name: &str) -> Option<Role> {
    if name.len() > 4 * LONGEST {
        return None;
    }
    let words = words(name);
    if words.is_empty() || words.len() > LONGEST {
        return None;
    }
    directed(&words)
        .or_else(|| meaning(&words, DEEPEST))
        .or_else(|| meaning(&self::words(before_remark(name)?), DEEPEST))
}

/// A name with `From` or `To` at one end, or that is nothing else.
fn directed(words: &str) -> Option<Role> {
    let time = |word: &str| match WORDS.get(word) {
        Some(Word::Direction(time)) => Some(*time),
        _ => None,
    };
    if let Some(time) = time(words) {
        return Some(Role::Bare(time));
    }
    parts(words).find_map(|(first, last)| {
        // `Assigned to` says no more than `Assigned`.
        let behind = || {
            time(last).filter(|_| !CONNECTING.contains(last) || time(last) == Some(Time::Current))
        };
        let (time, rest) = match time(first) {
            Some(time) => (time, last),
            None => (behind()?, first),
        };
        (meaning(rest, DEEPEST) == Some(Role::Assignee(Time::Any))).then_some(Role::Assignee(time))
    })
}

/// A name without a remark that says nothing of what the column holds.
fn before_remark(name: &str) -> Option<&str> {
    const REMARKS: [&str; 20] = [
        "required",
        "optional",
        "mandatory",
        "email",
        "id",
        "user id",
        "email or id",
        "id or email",
        "phone",
        "e 164",
        "e164",
        "international",
        "with country code",
        "incl country code",
        "including country code",
        "obligatorio",
        "obligatoire",
        "obrigatorio",
        "pflichtfeld",
        "verplicht",
    ];
    let (before, rest) = name.split_once(['(', '[', '（'])?;
    REMARKS.contains(&words(rest).as_str()).then_some(before)
}

/// What a name means that is put together from at most `deepest` known ones.
fn meaning(words: &str, deepest: usize) -> Option<Role> {
    let deepest = deepest.checked_sub(1)?;
    match WORDS.get(words) {
        Some(Word::Contact) => return Some(Role::Identifier(None)),
        Some(Word::Kind(kind)) => return Some(Role::Identifier(Some(*kind))),
        Some(Word::Owner | Word::User) => return Some(Role::Assignee(Time::Any)),
        Some(Word::Time(time)) => return Some(Role::Bare(*time)),
        Some(Word::Region) => return Some(Role::Region),
        Some(Word::Direction(_) | Word::Name) | None => {}
    }
    let found = parts(words).find_map(|(one, other)| {
        together(one, other, deepest).or_else(|| together(other, one, deepest))
    });
    found.or_else(|| {
        let left: Vec<&str> = words
            .split(' ')
            .filter(|word| !CONNECTING.contains(word))
            .collect();
        let left = left.join(" ");
        (!left.is_empty() && left.len() < words.len())
            .then(|| meaning(&left, deepest))
            .flatten()
    })
}

/// What a known name makes of the rest of a name.
fn together(known: &str, rest: &str, deepest: usize) -> Option<Role> {
    match (WORDS.get(known)?, meaning(rest, deepest)?) {
        (Word::Contact, role @ Role::Identifier(Some(_))) => Some(role),
        // A contact's user may be the contact; a contact's owner is not.
        (Word::Contact, role @ Role::Assignee(_)) if !is_user(rest) => Some(role),
        (Word::Contact, Role::Region) => Some(Role::Region),
        (Word::Time(time), Role::Assignee(Time::Any)) => Some(Role::Assignee(*time)),
        (Word::Name, Role::Assignee(time)) => Some(Role::AssigneeName(time)),
        (Word::Contact, role @ Role::AssigneeName(_)) if !is_user(rest) => Some(role),
        (Word::Time(time), Role::AssigneeName(Time::Any)) => Some(Role::AssigneeName(*time)),
        (Word::Kind(Kind::Id | Kind::Email), role @ Role::Assignee(_)) => Some(role),
        _ => None,
    }
}

fn is_user(rest: &str) -> bool {
    let user = |(known, word): (&&str, &Word)| *word == Word::User && rest.contains(known);
    WORDS.iter().any(user)
}

/// Every way to part a name in two, at a space or between letters of a script without spaces.
fn parts(words: &str) -> impl Iterator<Item = (&str, &str)> {
    let unspaced = |at: usize| {
        let (before, after) = words.split_at(at);
        before.chars().next_back().is_some_and(is_unspaced)
            || after.chars().next().is_some_and(is_unspaced)
    };
    let splits = words
        .char_indices()
        .skip(1)
        .filter(move |(at, char)| *char == ' ' || unspaced(*at));
    splits.map(move |(at, _)| {
        let trim = |char: char| matches!(char, ' ' | 'の' | '的');
        (
            words[..at].trim_matches(trim),
            words[at..].trim_matches(trim),
        )
    })
}

#[cfg(test)]
mod tests;
