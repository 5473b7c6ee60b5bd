//! The token, cut out of what a server says, in whatever form it is said.
//!
//! A server, or something before it, may repeat the request in its error: as it was, percent-encoded, in base64, or a
//! part of it. Any piece that is long enough to be recognized goes.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// What stands where the token was.
const REDACTED: &str = "(redacted)";

/// Shorter tokens stand in ordinary words too often to be cut out of them, and are not secrets.
const SHORTEST_SECRET: usize = 4;

/// A piece of the token of this many characters is recognized; a shorter token only as a whole.
const PIECE: usize = 8;

/// A token of this many characters stands in no text by chance.
const LONG_TOKEN: usize = 16;

/// What is encoded where letters, digits and a few marks are left as they are.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

const BASE64: [&[u8; 64]; 2] = [
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
];

/// What recognizes a token, made once for all that a server says.
#[derive(Clone)]
pub(super) struct Redactor {
    words: Arc<Pieces>,
    data: Arc<Pieces>,
}

/// Everything by which the token is recognized, in lower case, by length.
type Pieces = BTreeMap<usize, HashSet<Vec<u8>>>;

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// Who has a contact must not be mistaken, so from data a token of fewer than 16 characters goes as a whole only,
    /// and one of fewer than 8, which may well stand in somebody's email, not at all.
    pub(super) fn of(token: &SecretString) -> Redactor {
        let token = token.expose_secret();
        let words = Arc::new(pieces(token, PIECE));
        let data = match token.len() {
            length if length < PIECE => Arc::default(),
            length if length < LONG_TOKEN => Arc::new(pieces(token, usize::MAX)),
            _ => Arc::clone(&words),
        };
        Redactor { words, data }
    }

    /// `text` without the token or a piece of it: as it is, percent-encoded, with escaped slashes, or in base64 wherever
    /// it stands in what was encoded. Upper and lower case are the same here, as they are in the name of a host.
    pub(super) fn without(&self, text: &str) -> String {
        cut(text, &self.words)
    }

    /// Data without the token, should a server put it there.
    pub(super) fn without_in_data(&self, text: &str) -> String {
        cut(text, &self.data)
    }
}

fn cut(text: &str, pieces: &Pieces) -> String {
    let lower = text.to_ascii_lowercase();
    let lower = lower.as_bytes();
    let mut secret = vec![false; lower.len()];
    for (length, pieces) in pieces {
        for (at, window) in lower.windows(*length).enumerate() {
            if pieces.contains(window) {
                secret[at..at + length].fill(true);
            }
        }
    }
    // A piece is ASCII, so what is cut out begins and ends between characters.
    let mut shown = String::with_capacity(text.len());
    let mut cut = false;
    for (at, char) in text.char_indices() {
        if !secret[at] {
            shown.push(char);
        } else if !cut {
            shown.push_str(REDACTED);
        }
        cut = secret[at];
    }
    shown
}

/// The token's pieces of this length, or the whole of what is shorter.
fn pieces(token: &str, piece: usize) -> Pieces {
    let mut pieces = Pieces::new();
    if token.len() < SHORTEST_SECRET {
        return pieces;
    }
    for mut form in forms(token) {
        form.make_ascii_lowercase();
        let length = form.len().min(piece);
        if length >= SHORTEST_SECRET {
            let windows = form.windows(length).map(<[u8]>::to_vec);
            pieces.entry(length).or_default().extend(windows);
        }
    }
    pieces
}

fn forms(token: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![
        token.as_bytes().to_vec(),
        token.replace('/', "\\/").into_bytes(),
    ];
    for set in [NON_ALPHANUMERIC, COMPONENT] {
        forms.push(utf8_percent_encode(token, set).to_string().into_bytes());
    }
    for alphabet in BASE64 {
        // What stands before the token decides at which of its bits a character of base64 begins.
        forms.extend([0, 2, 4].map(|bit| base64(token.as_bytes(), bit, alphabet)));
    }
    forms
}

/// The characters of base64 that `bytes` alone decides, if the first of them begins at bit `first`.
fn base64(bytes: &[u8], first: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let bit = |at: usize| usize::from(bytes[at / 8] >> (7 - at % 8) & 1);
    (first..)
        .step_by(6)
        .take_while(|start| start + 6 <= bytes.len() * 8)
        .map(|start| alphabet[(start..start + 6).fold(0, |six, at| six << 1 | bit(at))])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "s3cret-token/with+marks=";

    fn cut(text: &str) -> String {
        Redactor::of(&TOKEN.into()).without(text)
    }

    #[test]
    fn a_token_goes_in_every_form_that_servers_and_proxies_repeat_it_in() {
        for text in [
            "s3cret-token/with+marks=",
            "s3cret-token%2Fwith%2Bmarks%3D",
            "s3cret%2dtoken%2fwith%2bmarks%3d",
            r"s3cret-token\/with+marks=",
            "S3CRET-TOKEN/WITH+MARKS=",
            "czNjcmV0LXRva2VuL3dpdGgrbWFya3M9",
        ] {
            let shown = cut(&format!("no {text} here"));
            assert_eq!(shown, "no (redacted) here", "{text}");
        }
    }

    #[test]
    fn a_token_goes_out_of_base64_wherever_it_stands_in_what_was_encoded() {
        for (text, shown) in [
            // `x:` and the token
            ("eDpzM2NyZXQtdG9rZW4vd2l0aCttYXJrcz0=", "eDp(redacted)0="),
            // `Bearer ` and the token
            (
                "QmVhcmVyIHMzY3JldC10b2tlbi93aXRoK21hcmtzPQ==",
                "QmVhcmVyIH(redacted)Q==",
            ),
        ] {
            assert_eq!(cut(text), shown);
        }
    }

    #[test]
    fn a_piece_of_a_token_goes_and_words_beside_it_stay() {
        assert_eq!(
            cut("the token s3cret-to… is unknown"),
            "the token (redacted)… is unknown"
        );
        let words = "the secret token with marks";
        assert_eq!(cut(words), words);
        assert_eq!(cut("é s3cret-token/with+marks= é"), "é (redacted) é");
        assert_eq!(cut(""), "");
    }

    #[test]
    fn a_short_token_goes_as_a_whole_and_a_shorter_one_is_no_secret() {
        let cut = |text: &str, token: &str| Redactor::of(&token.into()).without(text);
        assert_eq!(cut("sandbox, box", "sandbox"), "(redacted), box");
        assert_eq!(cut("c2FuZGJveA==", "sandbox"), "(redacted)A==");
        assert_eq!(cut("an apple", "app"), "an apple");
        assert_eq!(cut("an apple", ""), "an apple");
    }

    #[test]
    fn from_data_a_shorter_token_goes_as_a_whole_and_a_short_one_stays() {
        let cut = |text: &str, token: &str| Redactor::of(&token.into()).without_in_data(text);
        for said in ["abc-token-123", "ABC-TOKEN-123", "YWJjLXRva2VuLTEyMw"] {
            let shown = cut(&format!("Ann {said}"), "abc-token-123");
            assert_eq!(shown.trim_end_matches('w'), "Ann (redacted)", "{said}");
        }
        assert_eq!(cut("a token-12 b", "abc-token-123"), "a token-12 b");
        assert_eq!(cut("ann@sandbox.example", "sandbox"), "ann@sandbox.example");
        assert_eq!(cut("s3cret-to", TOKEN), "(redacted)");
    }

    proptest::proptest! {
        #[test]
        fn no_piece_of_a_token_is_left(
            before in ".{0,20}",
            token in "[!-~]{8,40}",
            after in ".{0,20}",
        ) {
            let redactor = Redactor::of(&token.as_str().into());
            let shown = redactor.without(&format!("{before}{token}{after}"));
            let lower = shown.replace(REDACTED, "\n").to_ascii_lowercase();
            for piece in token.to_ascii_lowercase().as_bytes().windows(PIECE) {
                let left = lower.as_bytes().windows(PIECE).any(|there| there == piece);
                proptest::prop_assert!(!left, "{shown}");
            }
        }
    }
}
