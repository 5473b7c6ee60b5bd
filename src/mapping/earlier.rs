//! What an earlier run wrote into a row: our own columns of a results file, read back; and what all others say, summed up.

use crate::contact::{Assignee, Identifier};
use crate::outcome::{Code, Decision, Guidance, Status, column, guidance};
use crate::sheet::{Guard, Row, unguard};
use std::borrow::Cow;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::fingerprint::{Fingerprints, bare};

/// Where our own columns stand in a results file.
#[derive(Clone, Copy, Debug)]
pub struct EarlierColumns {
    places: [Option<usize>; column::ALL.len()],
    /// Where the first of the cells stands that the first sheet had beyond its header, if there are any.
    surplus: Option<usize>,
}

/// What an earlier run wrote into a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The contact that was read then.
    pub contact: Option<Identifier>,
    /// The assignee that was read then.
    pub assignee: Option<Assignee>,
    /// Who had the contact right before the first write that was accepted, or may have been.
    pub previous: Option<Assignee>,
    /// Who must have the contact for the row to be sent.
    pub expected: Option<Assignee>,
    /// What became of the row.
    pub status: Status,
    /// What was wrong with it.
    pub codes: Vec<Code>,
    /// What was said about it; for people.
    pub error: Option<String>,
    /// What was wrong with it and does not show in its text.
    pub cells: Fingerprints,
    /// What the admin wrote since.
    pub decision: Option<Decision>,
    /// The last HTTP status.
    pub http: Option<u16>,
    /// The API's ID of the contact.
    pub contact_id: Option<u64>,
    /// Writes sent so far.
    pub attempts: u32,
    /// When it was settled, as it is written.
    pub at: Option<String>,
    /// The workspace it was sent to.
    pub workspace: Option<String>,
}

impl Earlier {
    /// What the row asks for.
    pub fn guidance(&self) -> Guidance {
        guidance(self.status, self.codes.first().copied())
    }

    /// Whether a write was accepted, or may have been. A row keeps the answer that refused its last write until it makes
    /// another.
    pub fn may_have_written(&self) -> bool {
        let refused = |code: &Code| matches!(code, Code::Refused | Code::NoSuchContact);
        let was_refused = self.refused_with().is_some()
            || (self.status == Status::Failed && self.codes.iter().any(refused));
        let may_have_been = self.status == Status::Unknown || !was_refused;
        self.previous.is_some() || (self.attempts > 0 && may_have_been)
    }

    /// The HTTP status that says that the last write was not carried out.
    pub fn refused_with(&self) -> Option<u16> {
        let tells_nothing = |http: &u16| matches!(http, 408 | 425 | 429 | 449);
        self.http
            .filter(|http| (400..500).contains(http) && !tells_nothing(http))
            .filter(|_| self.attempts > 0)
    }
}

/// Why our own columns cannot be read in a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} column `{column}` cannot be read: {why}; restore it, or empty the row's cells in all columns named \
     `reassign_…` to treat the row as new",
    what(found)
)]
pub struct Unreadable {
    /// The column's name.
    pub column: &'static str,
    /// What stands there.
    pub found: String,
    /// What is wrong with it.
    pub why: String,
}

fn what(found: &str) -> String {
    match found {
        "" => "the blank cell in".to_owned(),
        found => format!("`{found}` in"),
    }
}

impl EarlierColumns {
    /// Finds our columns in a header; `None` if it is not the header of a results file.
    pub fn find(names: &[String]) -> Option<EarlierColumns> {
        let place = |wanted: &str| names.iter().position(|name| unguard(name).trim() == wanted);
        column::OF_A_RESULTS_FILE
            .iter()
            .all(|wanted| place(wanted).is_some())
            .then(|| EarlierColumns {
                places: column::ALL.map(place),
                surplus: place(column::SURPLUS),
            })
    }

    /// Whether the row still has cells that the first sheet had beyond its header.
    pub(super) fn has_surplus(&self, row: &Row<'_>, names: &[String]) -> bool {
        let Some(first) = self.surplus else {
            return false;
        };
        (first..row.len().min(names.len())).any(|index| {
            unguard(&names[index]).trim() == column::SURPLUS && !row.cell(index).trim().is_empty()
        })
    }

    /// Whether the column at `index` is one of ours.
    pub fn contains(&self, index: usize) -> bool {
        self.places.contains(&Some(index))
    }

    /// Whether the column at `index` holds what was said about each row: it is written anew, and nothing follows from it.
    pub fn is_remark(&self, index: usize) -> bool {
        self.place(column::ERROR) == Some(index)
    }

    /// Where one of our columns stands.
    fn place(&self, name: &str) -> Option<usize> {
        let at = column::ALL.iter().position(|column| *column == name)?;
        self.places[at]
    }

    /// The text of one of our columns in a row.
    pub fn cell<'a>(&self, row: &Row<'a>, name: &str) -> Cow<'a, str> {
        match unguard(self.place(name).map_or("", |index| row.cell(index))) {
            Cow::Borrowed(text) => text.trim().into(),
            Cow::Owned(text) => text.trim().to_owned().into(),
        }
    }

    /// The row's number in the first sheet; `None` where the cell is blank, because the row was added since.
    ///
    /// # Errors
    /// If the cell holds anything but a row number.
    pub fn row_number(&self, row: &Row<'_>) -> Result<Option<u32>, Unreadable> {
        self.read(row, column::ROW, |text| {
            parse_whole(text).map_err(|_| "it is no row number")
        })
    }

    /// What an earlier run wrote; `None` where our columns are blank, because the row is new.
    ///
    /// # Errors
    /// If one of our columns holds something that we would not have written, or nothing where it takes that to tell
    /// whether the row was repaired.
    pub fn earlier(&self, row: &Row<'_>) -> Result<Option<Earlier>, Unreadable> {
        match self.told(row)? {
            Some(told) if told.status == Status::Invalid && told.codes.is_empty() => {
                lost(column::REASON, "it says why the row is `invalid`")
            }
            Some(told)
                if told.cells == Fingerprints::default()
                    && told.codes.iter().any(|code| code.outlasts_text()) =>
            {
                lost(column::CELLS, "it tells whether the row was repaired")
            }
            told => Ok(told),
        }
    }

    /// The same where nobody asks what is wrong with the row, so that this may be lost.
    ///
    /// # Errors
    /// If one of our columns holds something that we would not have written.
    pub fn told(&self, row: &Row<'_>) -> Result<Option<Earlier>, Unreadable> {
        let Some(status) = self.read(row, column::STATUS, str::parse::<Status>)? else {
            // What was found out about a row must not be lost by halves.
            let known = [column::ROW, column::REASON, column::CELLS];
            return match known.iter().all(|name| self.cell(row, name).is_empty()) {
                true => Ok(None),
                false => lost(column::STATUS, "it says what became of the row"),
            };
        };
        let whole = |text: &str| parse_whole::<u64>(text).map_err(|_| "it is no whole number");
        let text = |name| self.read(row, name, str::parse::<String>);
        Ok(Some(Earlier {
            contact: self.read(row, column::CONTACT, str::parse::<Identifier>)?,
            assignee: self.read(row, column::ASSIGNEE, parse_whole::<Assignee>)?,
            previous: self.read(row, column::PREVIOUS, parse_whole::<Assignee>)?,
            expected: self.read(row, column::EXPECTED, parse_whole::<Assignee>)?,
            codes: self.read(row, column::REASON, codes)?.unwrap_or_default(),
            cells: self
                .read(row, column::CELLS, str::parse::<Fingerprints>)?
                .unwrap_or_default(),
            status,
            error: text(column::ERROR)?,
            decision: self.read(row, column::DECISION, str::parse::<Decision>)?,
            http: self
                .read(row, column::HTTP, whole)?
                .and_then(|code| u16::try_from(code).ok()),
            // Only the digits of a long one are gone; what it is needed for can be read again.
            contact_id: match self.read(row, column::CONTACT_ID, whole) {
                Err(_) if is_rounded(&self.cell(row, column::CONTACT_ID)) => None,
                read => read?,
            },
            attempts: self
                .read(row, column::ATTEMPTS, whole)?
                .and_then(|sent| u32::try_from(sent).ok())
                .unwrap_or(0),
            at: text(column::AT)?,
            workspace: text(column::WORKSPACE)?,
        }))
    }

    /// Reads one of our columns with `parse`; `None` if it is blank.
    fn read<T, E: ToString>(
        &self,
        row: &Row<'_>,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Unreadable> {
        match &*self.cell(row, name) {
            "" => Ok(None),
            text => parse(text).map(Some).map_err(|why| {
                // What would fix a cell of the sheet's own does not fix what we have written.
                let why = why.to_string();
                let what = why.split_once("; ").map_or(why.as_str(), |(what, _)| what);
                Unreadable {
                    column: name,
                    found: text.to_owned(),
                    why: what.to_owned(),
                }
            }),
        }
    }
}

/// The cell is blank, and has to say something.
fn lost<T>(column: &'static str, why: &str) -> Result<T, Unreadable> {
    Err(Unreadable {
        column,
        found: String::new(),
        why: why.to_owned(),
    })
}

fn codes(text: &str) -> Result<Vec<Code>, <Code as FromStr>::Err> {
    text.split_whitespace().map(str::parse).collect()
}

/// A number as we write it, or as a spreadsheet program leaves it: `12.0`.
fn parse_whole<T: FromStr>(text: &str) -> Result<T, T::Err> {
    text.strip_suffix(".0").unwrap_or(text).parse()
}

/// Whether a number is in scientific notation.
fn is_rounded(text: &str) -> bool {
    let part = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'+'))
    };
    text.split_once(['e', 'E'])
        .is_some_and(|(mantissa, exponent)| {
            !mantissa.is_empty() && part(mantissa) && part(exponent)
        })
}

/// Ends each cell.
const END: u8 = 0xff;

/// The cells of a row that are the sheet's own, summed up: equal for rows that say the same, also after a spreadsheet
/// program has saved them. Blank cells at the end count for nothing. Journals keep this: the first 53 bits of a SHA-256.
pub fn own_cells(row: &Row<'_>, guard: Guard, ours: Option<&EarlierColumns>) -> u64 {
    let is_own = |place: &usize| ours.is_none_or(|ours| !ours.contains(*place));
    let (mut line, mut next) = (Vec::new(), 0);
    for place in row.filled().filter(is_own) {
        let cell = row.cell(place);
        if cell.trim().is_empty() {
            continue;
        }
        let blank = match ours {
            None => place - next,
            Some(_) => (next..place).filter(is_own).count(),
        };
        // No text of a cell holds this byte, which ends each.
        line.resize(line.len() + blank, END);
        line.extend(bare(&unguard(&guard.off(cell))).as_bytes());
        line.push(END);
        next = place + 1;
    }
    let first = Sha256::digest(&line)[..8].try_into().expect("eight bytes");
    // Programs that keep numbers as floating-point ones lose no digit of these.
    u64::from_be_bytes(first) >> 11
}
