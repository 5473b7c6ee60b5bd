//! What the names of columns say: which hold the contact, and which the assignee.
//!
//! A name is taken apart into words that are known, and means what these mean together: `New owner's email`, `Teléfono del
//! cliente`, `変更後の担当者`. Where a word is not known, what the others say is kept as a hint.

mod pieces;

use crate::contact::Kind;
use crate::vocabulary::{Word, name_key};

use pieces::{Piece, pieces};

/// Names longer than this, in bytes of their words, are remarks and not names.
const LONGEST: usize = 64;

/// What a column holds, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// An identifier of the contact; of one kind if the name says so.
    Identifier(Option<Kind>),
    /// Who gets the contact, or has it.
    Assignee(Time),
    /// The same by name, as in `Agent name`.
    AssigneeName(Time),
    /// `Current`, `From`, `New`, `To` and the like, without saying of what.
    Bare(Time),
    /// The country of the contact.
    Country,
    /// Who has another part in it: who created, approved or supervises.
    OtherPerson,
}

impl Role {
    /// Which kind of identifier it is, if it is one and says so.
    pub(super) fn kind(self) -> Option<Kind> {
        match self {
            Role::Identifier(kind) => kind,
            _ => None,
        }
    }
}

/// Which of several assignees is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// The name does not say.
    Any,
    /// The one to be.
    New,
    /// The one that is, or was until now.
    Current,
}

/// When an assignee counts, where a column's name says so: `Owner 2025`, `Owner Nov`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dated {
    No,
    /// In a part of some year.
    Month,
    Year(u16),
}

/// A column's name, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Title {
    /// What it says; `None` if not all of it is known.
    pub(super) role: Option<Role>,
    /// Whether it speaks of people.
    pub(super) people: People,
    /// Whether it speaks of what is to be.
    pub(super) is_of_new: bool,
    /// Whether it says to whom the contact goes by a preposition: `To`, `Route to`.
    pub(super) is_direction: bool,
    /// How plainly it says that it is about the contact's own owner.
    pub(super) rank: Rank,
    pub(super) dated: Dated,
    /// Who is meant, however they are named: the same for `Owner email` and `Owner ID`.
    pub(super) whom: String,
}

/// What a column's name says of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum People {
    /// Nothing that is known.
    None,
    /// Something about users who look after contacts, or about passing contacts on.
    Topic,
    /// That one of these users stands in it.
    User,
    /// That somebody stands in it, who does what is not known.
    Somebody,
}

impl Title {
    /// Whether it speaks of users who look after contacts, or of passing contacts on.
    pub(super) fn is_of_users(&self) -> bool {
        matches!(self.people, People::Topic | People::User)
    }

    /// Whether it says that somebody stands in it.
    pub(super) fn is_of_somebody(&self) -> bool {
        matches!(self.people, People::User | People::Somebody)
    }
}

/// How plainly a name says that somebody is the contact's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Somebody of a certain trade: `Sales rep`, `Account manager`.
    Keeper,
    /// `Owner`, `Agent`.
    Owner,
    /// `Contact owner`.
    ContactOwner,
    /// `Current owner`.
    Current,
}

/// What a column of this name holds; `None` for columns that are none of our business.
pub(crate) fn role(name: &str) -> Option<Role> {
    title(name).role
}

/// What a column's name says.
pub(super) fn title(name: &str) -> Title {
    if name.len() > 4 * LONGEST {
        return Title::unknown();
    }
    let found = of_key(&name_key(name));
    if found.role.is_some() {
        return found;
    }
    let others = [before_remark(name).map(str::to_owned), parted(name)];
    let mut others = others.into_iter().flatten();
    let understood = others.find_map(|other| {
        let title = of_key(&name_key(&other));
        title.role.is_some().then_some(title)
    });
    understood.unwrap_or(found)
}

fn of_key(key: &str) -> Title {
    if key.is_empty() || key.len() > LONGEST {
        return Title::unknown();
    }
    Title::of(&pieces(key))
}

/// A name without a remark that says nothing of what the column holds.
fn before_remark(name: &str) -> Option<&str> {
    const REMARKS: &str = "required, optional, mandatory, email or id, id or email, phone, e 164, e164, international, with \
                           country code, incl country code, including country code, obligatorio, obligatoire, pflichtfeld";
    let (before, rest) = name.split_once(['(', '[', '（'])?;
    let remark = name_key(rest);
    let mut known = REMARKS.split(", ");
    known.any(|known| known == remark).then_some(before)
}

/// `contactEmail` as `contact Email`, `Owner2` as `Owner 2`.
fn parted(name: &str) -> Option<String> {
    let mut parted = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for char in name.chars() {
        let begins_word = before.is_lowercase() && char.is_uppercase();
        if begins_word || (before.is_alphabetic() && char.is_numeric()) {
            parted.push(' ');
        }
        parted.push(char);
        before = char;
    }
    (parted.len() > name.len()).then_some(parted)
}

impl Title {
    fn unknown() -> Title {
        Title {
            role: None,
            people: People::None,
            is_of_new: false,
            is_direction: false,
            rank: Rank::Keeper,
            dated: Dated::No,
            whom: String::new(),
        }
    }

    fn of(pieces: &[Piece<'_>]) -> Title {
        let has = |word: Word| has(pieces, word);
        let has_any = |words: &[Word]| words.iter().any(|word| has(*word));
        let owner = has_any(&[Word::Owner, Word::Keeper, Word::Heir, Word::Predecessor]);
        let moves = has(Word::Handover);
        let direction = direction(pieces);
        let new = has_any(&[Word::New, Word::Heir]);
        let current = has_any(&[Word::Current, Word::Predecessor]);
        let done_by = has_any(&[Word::By, Word::Other])
            || is_done_by(pieces)
            || (has(Word::Who) && has(Word::Deed));
        // `Covered by`: what somebody does who is named there is not known, and may be what an owner does.
        let does_what = done_by && !has(Word::Other) && !pieces.iter().all(Piece::is_known);
        let is_person =
            owner || (has(Word::User) && !has(Word::Contact)) || (moves && direction.is_some());
        // `Ticket owner` is an owner; a `Ticket ID` is none of the contact's.
        let all_known = pieces.iter().all(Piece::is_known)
            && !has(Word::Deed)
            && (is_person || !has(Word::Case));
        let time = match (new, current) {
            (true, true) => None,
            (true, false) => Some(Time::New),
            (false, true) => Some(Time::Current),
            (false, false) => Some(match direction {
                Some(time) => time,
                None if moves => Time::New,
                None => Time::Any,
            }),
        };
        let role = match time {
            _ if does_what => None,
            _ if done_by && !(has(Word::Other) && new) => Some(Role::OtherPerson),
            Some(time) if all_known && !done_by => understood(pieces, time, is_person),
            _ => None,
        };
        let is_of_users = owner || moves || (has(Word::User) && !has(Word::Contact));
        let people = match done_by {
            true if does_what => People::Somebody,
            true if new && has(Word::Other) => People::Topic,
            true => People::None,
            false if is_person && !has_any(&[Word::Phone, Word::Country]) => People::User,
            false if is_of_users => People::Topic,
            false => People::None,
        };
        Title {
            role,
            people,
            is_of_new: new || moves || direction == Some(Time::New) || is_to_somebody(pieces),
            is_direction: direction == Some(Time::New) || is_to_somebody(pieces),
            rank: match () {
                () if current => Rank::Current,
                () if has(Word::Contact) && has(Word::Owner) => Rank::ContactOwner,
                () if has_any(&[Word::Owner, Word::User]) => Rank::Owner,
                () => Rank::Keeper,
            },
            dated: dated(pieces),
            whom: whom(pieces),
        }
    }
}

fn has(pieces: &[Piece<'_>], word: Word) -> bool {
    pieces.iter().any(|piece| piece.word == Some(word))
}

fn ends_with(pieces: &[Piece<'_>], word: Word) -> bool {
    pieces.last().is_some_and(|piece| piece.word == Some(word))
}

/// What words say together, all of which are known.
fn understood(pieces: &[Piece<'_>], time: Time, is_person: bool) -> Option<Role> {
    let has = |word: Word| has(pieces, word);
    let kinds = [Word::Id, Word::Phone, Word::Email].map(has);
    let phone = has(Word::Phone);
    let kind_count = kinds.iter().filter(|has| **has).count();
    if is_person {
        let is_somebody_elses = phone || has(Word::Country);
        return match (is_somebody_elses, has(Word::Name)) {
            (true, _) => None,
            (false, true) => Some(Role::AssigneeName(time)),
            (false, false) => Some(Role::Assignee(time)),
        };
    }
    let is_dated = pieces.iter().any(Piece::is_number_or_month);
    if has(Word::Contact) || kind_count > 0 {
        let says_more = time != Time::Any || is_dated || has(Word::Name) || has(Word::User);
        return match kinds {
            _ if says_more => None,
            _ if has(Word::Country) => (kind_count == 0).then_some(Role::Country),
            [true, false, false] => Some(Role::Identifier(Some(Kind::Id))),
            [false, true, false] => Some(Role::Identifier(Some(Kind::Phone))),
            [false, false, true] => Some(Role::Identifier(Some(Kind::Email))),
            [true, true, false] => None,
            _ => Some(Role::Identifier(None)),
        };
    }
    match time {
        _ if is_dated || has(Word::Name) => None,
        Time::Any => has(Word::Country).then_some(Role::Country),
        time => (!has(Word::Country)).then_some(Role::Bare(time)),
    }
}

/// `To` and `From` at either end of a name. `Assigned to` says no more than `Assigned`; `Transfer to` does.
fn direction(pieces: &[Piece<'_>]) -> Option<Time> {
    let time = |piece: &Piece<'_>| match piece.word {
        Some(Word::To) => Some(Time::New),
        Some(Word::From) => Some(Time::Current),
        _ => None,
    };
    let moves = has(pieces, Word::Handover);
    let behind = |piece: &Piece<'_>| time(piece).filter(|_| moves || !piece.is_connecting);
    let first = time(pieces.first()?);
    let last = || pieces.last().and_then(behind);
    let within = || moves.then(|| pieces.iter().find_map(time)).flatten();
    first.or_else(last).or_else(within)
}

/// `Angefragt von`, `Inserito da`: somebody did something that is not known here.
fn is_done_by(pieces: &[Piece<'_>]) -> bool {
    let is_deed = |piece: &Piece<'_>| piece.word == Some(Word::Deed) || !piece.is_known();
    ends_with(pieces, Word::From) && pieces.iter().any(is_deed)
}

/// `Route to`, `Weiter an`, `Who gets it`: an unknown word, and one that says that somebody stands in the column.
fn is_to_somebody(pieces: &[Piece<'_>]) -> bool {
    (ends_with(pieces, Word::To) || has(pieces, Word::Who))
        && !has(pieces, Word::Owner)
        && !has(pieces, Word::Deed)
        && pieces.iter().any(|piece| !piece.is_known())
}

fn dated(pieces: &[Piece<'_>]) -> Dated {
    let years = pieces.iter().filter_map(|piece| match piece.number() {
        Some(year @ 1990..=2099) => Some(year),
        _ => None,
    });
    match years.max() {
        Some(year) => Dated::Year(year),
        None if has(pieces, Word::Month) => Dated::Month,
        None => Dated::No,
    }
}

/// What is left of a name without how somebody is named and when; of `Owner` and `Owned by` the same.
fn whom(pieces: &[Piece<'_>]) -> String {
    /// So many letters are alike in what is made of one word.
    const ROOT: usize = 4;
    let how = [Word::Id, Word::Email, Word::Name, Word::Month];
    let has_owner = has(pieces, Word::Owner);
    let is_left = |piece: &&Piece<'_>| {
        let says_how = piece
            .word
            .is_some_and(|word| how.contains(&word) || (word == Word::User && has_owner));
        let is_year = matches!(piece.number(), Some(1990..));
        !says_how && !is_year && (piece.word.is_some() || !piece.is_connecting)
    };
    let left: Vec<&str> = pieces
        .iter()
        .filter(is_left)
        .map(|piece| match piece.word {
            Some(Word::Owner) if piece.text.is_ascii() => &piece.text[..piece.text.len().min(ROOT)],
            _ => piece.text,
        })
        .collect();
    left.join(" ")
}

#[cfg(test)]
mod tests;
