//! The words that sheets are made of in ten languages: names of columns, totals, remarks, words for blank, countries.
//!
//! One file a language (`languages/*.txt`). A line holds a key and words as [`name_key`] writes them; `word~` stands for
//! the word with up to three more letters. The keys:
//!
//! | key | words for |
//! |---|---|
//! | `contact`, `id`, `phone`, `email` | a contact, and how one is named |
//! | `owner`, `keeper`, `user` | who looks after a contact; the same in a certain trade or rank; any user |
//! | `case` | what a contact is talked with in, and what users may be in charge of instead |
//! | `name`, `country` | a person's name; a country |
//! | `new`, `current` | what tells the owner to be from the one that is or was |
//! | `from`, `to` | prepositions that do the same |
//! | `handover` | passing a contact on |
//! | `heir`, `predecessor` | who gets a contact, who had it, in one word |
//! | `by`, `other` | who did something with a contact, or has another part in it |
//! | `who` | the question for a person |
//! | `deed` | what somebody did, if a word of `by` stands beside it |
//! | `month` | parts of a year |
//! | `connecting` | words that only connect others |
//! | `total`, `remark` | rows below the data; without spaces, and the first word |
//! | `row`, `count` | what totals count; that they count |
//! | `blank` | what exports write into a blank cell, in lower case |
//! | `truth`, `answer` | what spreadsheets write for true and false; what people write for yes and no |
//! | `nation` | a country's name, or its code of three letters, and its ISO code; `tests/data/countries.js` adds the names that Unicode's CLDR knows |
//! | `weight`, `group`, `pinned`, `active`, `status` | names of columns of a load: how much it is, who may have it, whether it stays, its last activity, whether it is open |
//! | `capacity`, `maximum`, `groups` | names of columns of a roster: what a user can take on, must not exceed, and serves |
//! | `closed`; `yes`, `no` | a status that says that a conversation is over; whether a contact is pinned |
//! | `user-id`, `user-email`, `first-name`, `last-name`, `full-name`, `alias` | names of columns of a sheet of users |

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::str::Split;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

const LANGUAGES: [&str; 10] = [
    include_str!("languages/english.txt"),
    include_str!("languages/spanish.txt"),
    include_str!("languages/portuguese.txt"),
    include_str!("languages/german.txt"),
    include_str!("languages/french.txt"),
    include_str!("languages/italian.txt"),
    include_str!("languages/dutch.txt"),
    include_str!("languages/indonesian.txt"),
    include_str!("languages/chinese.txt"),
    include_str!("languages/japanese.txt"),
];

/// How many letters a word may have behind its stem.
const ENDING: usize = 3;

/// What a word says in the name of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Word {
    Contact,
    Id,
    Phone,
    Email,
    Owner,
    Keeper,
    User,
    Case,
    Name,
    Country,
    New,
    Current,
    From,
    To,
    Handover,
    Heir,
    Predecessor,
    By,
    Other,
    Who,
    Deed,
    Month,
}

/// Words that are looked for by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WordList {
    Connecting,
    Total,
    Remark,
    Row,
    Count,
    Blank,
    Truth,
    Answer,
    Weight,
    Group,
    Groups,
    Pinned,
    Active,
    Status,
    Capacity,
    Maximum,
    Closed,
    Yes,
    No,
    UserId,
    UserEmail,
    FirstName,
    LastName,
    FullName,
    Alias,
}

impl WordList {
    /// Whether a text is in this list, written as [`name_key`] does.
    pub(crate) fn has(self, text: &str) -> bool {
        VOCABULARY.lists.contains(&(self, text))
    }
}

#[derive(Default)]
struct Vocabulary {
    words: HashMap<&'static str, Word>,
    stems: HashMap<&'static str, Word>,
    lists: HashSet<(WordList, &'static str)>,
    nations: HashMap<&'static str, &'static str>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut vocabulary = Vocabulary::default();
    for (key, words) in LANGUAGES.into_iter().flat_map(lines) {
        vocabulary.add(key, words);
    }
    vocabulary
});

/// Every line of a language's file: its key, and its words.
fn lines(file: &'static str) -> impl Iterator<Item = (&'static str, Split<'static, &'static str>)> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let (key, words) = line.split_once(": ").unwrap_or((line, ""));
        (key, words.split(", "))
    })
}

/// What a key stands for, if it is one of these.
fn of_key<T: DeserializeOwned>(key: &str) -> Option<T> {
    let key: StrDeserializer<'_, Error> = key.into_deserializer();
    T::deserialize(key).ok()
}

impl Vocabulary {
    fn add(&mut self, key: &str, words: Split<'static, &'static str>) {
        if key == "nation" {
            self.nations
                .extend(words.filter_map(|text| text.split_once('=')));
        } else if let Some(list) = of_key(key) {
            self.lists.extend(words.map(|text| (list, text)));
        } else if let Some(word) = of_key(key) {
            for text in words {
                match text.strip_suffix('~') {
                    Some(stem) => self.stems.insert(stem, word),
                    None => self.words.insert(text, word),
                };
            }
        }
    }
}

/// What a word or phrase says in the name of a column, written as [`name_key`] does.
pub(crate) fn word(text: &str) -> Option<Word> {
    VOCABULARY.words.get(text).copied()
}

/// The same of one word whose ending is not in the lists.
pub(crate) fn inflected(text: &str) -> Option<Word> {
    let ends = text.char_indices().rev().map(|(at, _)| at);
    let ends = std::iter::once(text.len()).chain(ends).take(ENDING + 1);
    ends.filter(|end| *end > 0)
        .find_map(|end| VOCABULARY.stems.get(&text[..end]).copied())
}

/// The word for a blank cell that this is, in lower case.
pub(crate) fn blank_word(text: &str) -> Option<Cow<'_, str>> {
    /// In bytes.
    const LONGEST: usize = 24;
    // None of them begins so, and most cells do.
    if text.len() > LONGEST
        || text.starts_with(|first: char| first.is_ascii_digit() || first == '+')
    {
        return None;
    }
    let word = match text.chars().any(char::is_uppercase) {
        true => Cow::from(text.to_lowercase()),
        false => text.into(),
    };
    Some(word).filter(|word| WordList::Blank.has(word))
}

/// Whether this is what a spreadsheet program writes for true or false, in any case.
pub(crate) fn is_truth(text: &str) -> bool {
    /// In bytes.
    const LONGEST: usize = 12;
    text.len() <= LONGEST && WordList::Truth.has(&text.to_lowercase())
}

/// Whether this says yes or no, in any case.
pub(crate) fn is_answer(text: &str) -> bool {
    is_truth(text) || WordList::Answer.has(&name_key(text))
}

/// The ISO code of the country of this name, written as [`name_key`] does.
pub(crate) fn nation(name: &str) -> Option<&'static str> {
    VOCABULARY.nations.get(name).copied()
}

/// The words of a column's name: lower case, without accents and punctuation, one space between words that are written
/// with spaces.
pub(crate) fn name_key(name: &str) -> String {
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
pub(crate) fn is_unspaced(char: char) -> bool {
    matches!(char, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = LANGUAGES.into_iter().flat_map(lines);
        lines.flat_map(|(key, words)| words.map(move |word| (key, word)))
    }

    #[test]
    fn every_line_has_a_key_that_is_known() {
        for (key, word) in all() {
            let is_known = of_key::<Word>(key).is_some() || of_key::<WordList>(key).is_some();
            assert!(is_known || key == "nation", "{key}: {word}");
            assert!(!word.is_empty(), "{key}");
        }
    }

    #[test]
    fn every_word_is_written_as_it_is_compared() {
        for (key, word) in all().filter(|(key, _)| *key != "blank") {
            let text = word.split('=').next().unwrap_or_default();
            let text = text.strip_suffix('~').unwrap_or(text);
            assert_eq!(name_key(text), text, "{key}");
        }
        for (_, word) in all().filter(|(key, _)| *key == "blank") {
            assert_eq!(word.to_lowercase(), word);
            assert_eq!(blank_word(word).as_deref(), Some(word));
        }
    }

    #[test]
    fn no_word_means_two_things() {
        let mut known = HashMap::new();
        for (key, word) in all().filter(|(key, _)| of_key::<Word>(key).is_some()) {
            assert_eq!(*known.entry(word).or_insert(key), key, "{word}");
        }
    }

    #[test]
    fn no_name_means_two_countries() {
        let mut known = HashMap::new();
        for (_, nation) in all().filter(|(key, _)| *key == "nation") {
            let (name, code) = nation.split_once('=').expect("a name and a code");
            assert_eq!(*known.entry(name).or_insert(code), code, "{name}");
        }
    }

    #[test]
    fn names_are_compared_by_their_words() {
        for name in ["E-Mail", " e_mail ", "É-mail", "E  MAIL"] {
            assert_eq!(name_key(name), "e mail", "{name:?}");
        }
        assert_eq!(name_key("Contact\r\nphone"), "contact phone");
        assert_eq!(name_key("***"), "");
        assert_eq!(name_key("ﾒｰﾙ アドレス"), "メールアドレス");
        assert_eq!(name_key("担当者 ID"), "担当者id");
    }

    #[test]
    fn a_stem_stands_for_its_endings() {
        for word in ["neu", "neue", "neuer", "neues"] {
            assert_eq!(inflected(word), Some(Word::New), "{word}");
        }
        assert_eq!(inflected("neutrale"), None);
    }
}
