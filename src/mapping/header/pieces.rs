//! A name taken apart into the words that are known.

use crate::vocabulary::{Word, WordList, inflected, is_unspaced, word};

/// The most parts that one known phrase is looked for in.
const LONGEST_PHRASE: usize = 10;
/// The shortest words that compounds are made of, in bytes.
const SHORTEST_IN_COMPOUND: usize = 3;

/// What an unknown word costs beside known ones.
const UNKNOWN: usize = 100;

/// A word or phrase within a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// What it says; `None` if it only connects, counts or is not known.
    pub(super) word: Option<Word>,
    pub(super) is_connecting: bool,
}

impl Piece<'_> {
    pub(super) fn is_known(&self) -> bool {
        self.word.is_some() || self.is_connecting || self.number().is_some()
    }

    /// The number that it is.
    pub(super) fn number(&self) -> Option<u16> {
        self.text.parse().ok()
    }

    pub(super) fn is_number_or_month(&self) -> bool {
        self.word == Some(Word::Month) || self.number().is_some()
    }
}

/// Takes a name apart, with as few unknown words and then as few known ones as can be.
pub(super) fn pieces(key: &str) -> Vec<Piece<'_>> {
    let parts = parts(key);
    // The cheapest way to each place between two parts, and where its last piece begins.
    let mut best: Vec<(usize, usize, Vec<Piece<'_>>)> = vec![(0, 0, Vec::new())];
    for end in 1..=parts.len() {
        let from = end.saturating_sub(LONGEST_PHRASE);
        let ways = (from..end).filter_map(|start| {
            let (cost, found) = read(key, &parts[start..end])?;
            Some((best[start].0 + cost, start, found))
        });
        let way = ways.min_by_key(|(cost, start, _)| (*cost, *start));
        best.push(way.unwrap_or((usize::MAX / 2, end - 1, Vec::new())));
    }
    let mut all = Vec::new();
    let mut end = parts.len();
    while end > 0 {
        let (_, start, found) = &best[end];
        all.extend(found.iter().rev().copied());
        end = *start;
    }
    all.reverse();
    all
}

/// The smallest parts of a name: words between spaces, and letters of scripts without spaces.
fn parts(key: &str) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut begun: Option<usize> = None;
    for (at, char) in key.char_indices() {
        if char == ' ' || is_unspaced(char) {
            parts.extend(begun.take().map(|start| (start, at)));
        }
        if is_unspaced(char) {
            parts.push((at, at + char.len_utf8()));
        } else if char != ' ' {
            begun.get_or_insert(at);
        }
    }
    parts.extend(begun.map(|start| (start, key.len())));
    parts
}

/// Some neighbouring parts as one phrase, or a part by itself; with what it costs to read them so.
fn read<'a>(key: &'a str, parts: &[(usize, usize)]) -> Option<(usize, Vec<Piece<'a>>)> {
    let ((start, _), (_, end)) = (*parts.first()?, *parts.last()?);
    let text = &key[start..end];
    let piece = |word| Piece {
        text,
        word,
        is_connecting: WordList::Connecting.has(text),
    };
    if let Some(word) = word(text) {
        return Some((2, vec![piece(Some(word))]));
    }
    if parts.len() > 1 {
        let left: Vec<&str> = text
            .split(' ')
            .filter(|word| !WordList::Connecting.has(word))
            .collect();
        let is_shorter = left.len() > 1 && left.len() < parts.len();
        let word = is_shorter.then(|| word(&left.join(" "))).flatten()?;
        return Some((3, vec![piece(Some(word))]));
    }
    let known = piece(None);
    if known.is_known() {
        return Some((1, vec![known]));
    }
    let word = inflected(text).or_else(|| {
        // Umlauts are also written with an `e`.
        let plain = text
            .replace("ae", "a")
            .replace("oe", "o")
            .replace("ue", "u");
        let differs = plain.len() < text.len();
        differs
            .then(|| word(&plain).or_else(|| inflected(&plain)))
            .flatten()
    });
    Some(match word {
        Some(word) => (3, vec![piece(Some(word))]),
        None => match compound(text) {
            Some(both) => (4, both.to_vec()),
            None => (UNKNOWN, vec![known]),
        },
    })
}

/// `Zielbetreuer`, `contacteigenaar`: two known words written as one, perhaps with a letter or two between them.
fn compound(text: &str) -> Option<[Piece<'_>; 2]> {
    if !text.is_ascii() {
        return None;
    }
    let piece = |text| {
        let found = word(text).or_else(|| inflected(text));
        found
            .filter(|_| text.len() >= SHORTEST_IN_COMPOUND)
            .map(|word| Piece {
                text,
                word: Some(word),
                is_connecting: false,
            })
    };
    let splits = (SHORTEST_IN_COMPOUND..text.len()).rev();
    splits.into_iter().find_map(|at| {
        let first = piece(&text[..at])?;
        let rest = &text[at..];
        let links = ["", "s", "n", "en", "e", "er"];
        let second = links
            .iter()
            .find_map(|link| piece(rest.strip_prefix(link)?))?;
        Some([first, second])
    })
}
