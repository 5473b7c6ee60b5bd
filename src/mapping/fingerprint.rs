//! What was wrong with a cell or row when it was first read, and does not show in the text of a results file: it is still
//! wrong until the text has become another.
//!
//! The results keep, for each such side of a row, what was found and a digest of the text. Nothing follows from the words
//! of a sentence.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::outcome::{Code, Reason};
use crate::sheet::Row;

use super::Columns;

/// Which cells of a row were meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The cell with the contact.
    Contact,
    /// The cell with the assignee.
    Assignee,
    /// The cell with who has the contact now.
    Current,
    /// All cells of the sheet's own.
    Row,
}

impl Side {
    const ALL: [Side; 4] = [Side::Contact, Side::Assignee, Side::Current, Side::Row];

    const fn name(self) -> &'static str {
        match self {
            Side::Contact => "contact",
            Side::Assignee => "assignee",
            Side::Current => "current",
            Side::Row => "row",
        }
    }
}

/// What `reassign_cells` holds: for each side that is rejected for something its text does not show, what was found and a
/// digest of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints(Box<[Fingerprint]>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fingerprint {
    side: Side,
    code: Code,
    digest: Box<str>,
}

/// A cell that is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not what was written there")]
pub struct NoFingerprint;

impl Fingerprints {
    /// Those of the sides that were rejected for something that their text does not show.
    ///
    /// Each comes with its column, nothing where it is about the whole row.
    pub(super) fn of(
        problems: impl Iterator<Item = (Side, Option<usize>, Code)>,
        row: &Row<'_>,
        columns: &Columns,
    ) -> Fingerprints {
        let mut all: Vec<Fingerprint> = Vec::new();
        for (side, column, code) in problems.filter(|(_, _, code)| code.outlasts_text()) {
            let (side, digest) = match column {
                Some(column) => (side, of_cell(&columns.lasting_text(row, column))),
                None => (Side::Row, of_row(row, columns)),
            };
            if all.iter().all(|known| known.side != side) {
                all.push(Fingerprint { side, code, digest });
            }
        }
        Fingerprints(all.into())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was found in this cell, if it still is what it was.
    pub(super) fn of_same_cell(&self, side: Side, text: &str) -> Option<Code> {
        let known = self.0.iter().find(|known| known.side == side)?;
        (known.digest == of_cell(text)).then_some(known.code)
    }

    /// What was found in the row as a whole, if it still is what it was.
    pub(super) fn of_same_row(&self, row: &Row<'_>, columns: &Columns) -> Option<Code> {
        let known = self.0.iter().find(|known| known.side == Side::Row)?;
        (known.digest == of_row(row, columns)).then_some(known.code)
    }
}

impl fmt::Display for Fingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Fingerprint { side, code, digest }) in self.0.iter().enumerate() {
            let between = if place > 0 { " " } else { "" };
            write!(f, "{between}{}:{code}:{digest}", side.name())?;
        }
        Ok(())
    }
}

impl FromStr for Fingerprints {
    type Err = NoFingerprint;

    fn from_str(text: &str) -> Result<Fingerprints, NoFingerprint> {
        let one = |text: &str| {
            let mut parts = text.split(':');
            let name = parts.next()?;
            let side = Side::ALL.into_iter().find(|side| side.name() == name)?;
            let (code, digest) = (parts.next()?.parse().ok()?, parts.next()?.into());
            parts
                .next()
                .is_none()
                .then_some(Fingerprint { side, code, digest })
        };
        let all = text.split_whitespace().map(one);
        all.collect::<Option<_>>()
            .map(Fingerprints)
            .ok_or(NoFingerprint)
    }
}

fn of_cell(text: &str) -> Box<str> {
    letters(Sha256::new().chain_update(bare(text).as_bytes()))
}

fn of_row(row: &Row<'_>, columns: &Columns) -> Box<str> {
    let is_own = |index: &usize| columns.earlier.is_none_or(|ours| !ours.contains(*index));
    let own = (0..row.len()).filter(is_own);
    let cells = own.map(|index| bare(&columns.lasting_text(row, index)).into_owned());
    let mut cells: Vec<String> = cells.collect();
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    let mut hash = Sha256::new();
    for cell in cells {
        hash.update(cell.as_bytes());
        hash.update([0]);
    }
    letters(hash)
}

/// A cell's text without what spreadsheet programs add or take: a plus sign, `.0`, quotes around it, and a question mark
/// for what could not be decoded.
pub(super) fn bare(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let quoted = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let text = quoted.unwrap_or(text);
    let text = text.strip_prefix('+').unwrap_or(text);
    let text = text.strip_suffix(".0").unwrap_or(text);
    match text.contains(char::REPLACEMENT_CHARACTER) {
        true => text.replace(char::REPLACEMENT_CHARACTER, "?").into(),
        false => text.into(),
    }
}

/// Ten letters, which no spreadsheet program takes for a number.
fn letters(hash: Sha256) -> Box<str> {
    let hash = hash.finalize();
    let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles
        .take(10)
        .map(|nibble| char::from(b'a' + nibble))
        .collect::<String>()
        .into()
}

/// What an earlier command found, and nobody has repaired.
pub(super) fn still(code: Code, said: Option<&str>) -> Reason {
    Reason::Still {
        code,
        said: said.unwrap_or_default().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_read_back_from_their_text() {
        let one = |side, code| Fingerprint {
            side,
            code,
            digest: of_cell("x"),
        };
        let both = Fingerprints(
            [
                one(Side::Contact, Code::DigitsLost),
                one(Side::Assignee, Code::Date),
            ]
            .into(),
        );
        assert_eq!(both.to_string().parse(), Ok(both));
        assert_eq!("".parse(), Ok(Fingerprints::default()));
        for text in [
            "12",
            "contact:digits-lost",
            "contact:nothing:abc",
            "a:b:c:d",
        ] {
            assert_eq!(text.parse::<Fingerprints>(), Err(NoFingerprint), "{text}");
        }
    }

    #[test]
    fn a_digest_outlives_a_spreadsheet_program() {
        for (written, saved) in [
            ("+60123", "60123"),
            ("12", "12.0"),
            ("Zo\u{fffd}", "Zo?"),
            (" a ", "a"),
            ("\"a\"", "a"),
        ] {
            assert_eq!(of_cell(written), of_cell(saved), "{written}");
        }
        assert_ne!(
            of_cell("\"Zoe"),
            of_cell("Zoe"),
            "a quote that was taken out"
        );
        assert!(of_cell("1").bytes().all(|byte| byte.is_ascii_lowercase()));
    }
}
