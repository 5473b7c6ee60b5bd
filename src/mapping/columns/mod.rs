//! Which columns of a sheet hold what, and where its header stands.

mod contacts;
mod error;
mod evidence;
mod ids;
mod named;
mod names;
mod owners;
mod position;
mod question;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::contact::{Kind, Rules};
use crate::sheet::{Guard, Row};
use crate::workspace::Users;

use super::earlier::EarlierColumns;
use super::header::role;

pub use error::Error;
pub use question::{About, Column, HEADER_WITHIN, Offer, Question};

use evidence::Evidence;
use named::{Header, Search, are_moves, by_name, names_both};
use names::{joined, texts};
use position::{by_cells, by_position};

pub(super) use position::position as column_at;

/// The first columns of a sheet of moves, as `rebalance` and `undo` write it. Whatever stands beside them is not ours.
pub const MOVES_HEADER: [&str; 4] = ["contact", "from", "to", "reason"];

/// Whom the assignee's column is to name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seeks {
    /// Who gets each contact.
    #[default]
    New,
    /// Who has each contact now.
    Holder,
}

/// What the user said about the columns; what is left out is found by name.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Whom the assignee's column is to name.
    pub seeks: Seeks,
    /// Names of the identifier columns, in order of preference.
    pub identifiers: Vec<String>,
    /// Name of the assignee column.
    pub assignee: Option<String>,
    /// The column of who has each contact now.
    pub current: Wanted,
    /// The column of each contact's country.
    pub region: Wanted,
    /// Row number of the header; 0: there is none.
    pub header_row: Option<u32>,
    /// How cells are read, where only they can tell what a column holds.
    pub rules: Rules,
    /// Whether the names are certain, letter by letter.
    pub names: Names,
}

/// Whether the names of columns are known, letter by letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// They are.
    #[default]
    Certain,
    /// They were read in an encoding that is only likely.
    Guessed,
}

/// A column that a sheet need not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// The one found by its name, if there is one.
    #[default]
    Found,
    /// None, whatever names there are.
    Nothing,
    /// The one of this name.
    Column(String),
}

/// A column that identifies the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentifierColumn {
    /// Where it stands; the first column is 0.
    pub index: usize,
    /// What its name says that it holds.
    pub kind: Option<Kind>,
}

/// Where the header stands and which columns hold what.
#[derive(Clone, Debug)]
pub struct Columns {
    /// The header's row number, the lower one of two; `None` if the sheet has no header.
    pub header_row: Option<u32>,
    /// The row number of the groups above the names, where the header has two rows.
    pub group_row: Option<u32>,
    /// The names in the header as they are written, groups in front; empty without a header.
    pub names: Vec<String>,
    /// The identifier columns, in order of preference: the first that is not blank in a row is used.
    pub identifiers: Vec<IdentifierColumn>,
    /// Further columns with a phone number or an email of the contact, which a contact that was read must not
    /// contradict.
    pub witnesses: Vec<IdentifierColumn>,
    /// The assignee's column.
    pub assignee: usize,
    /// Whether a blank cell there says that the contact stays where it is: others say where they go.
    pub blank_stays: bool,
    /// The column of who has each contact now: a condition for the write.
    pub current: Option<usize>,
    /// The column of each contact's country, where its phone number is dialled in national form.
    pub region: Option<usize>,
    /// Our own columns, if the sheet is a results file.
    pub earlier: Option<EarlierColumns>,
    /// Whether the sheet's own cells carry the guard of a results file.
    pub guard: Guard,
}

/// Finds the header among the first rows of a sheet, and the columns in it. Who works in the workspace tells more about
/// them, where it is known.
///
/// The header is the first row, or the first two, in which both an identifier and an assignee are recognized. Where no
/// name at all is known, cells tell: a sheet without a header can be read if they leave no doubt. Otherwise the errors
/// say what the likeliest header lacks.
///
/// # Errors
/// Everything that stands in the way, not only the first.
pub fn find(
    head: &[Row<'_>],
    choice: &Choice,
    users: Option<&Users>,
) -> Result<Columns, Vec<Error>> {
    let under = |header: Header| {
        let below = head.partition_point(|row| row.number() <= header.row);
        let rows = &head[below..];
        by_name(header, Evidence { rows, users }, choice)
    };
    match choice.header_row {
        Some(0) => by_position(head, choice),
        Some(wanted) => {
            let is_wanted = |row: &Row<'_>| row.number() == wanted && !row.is_blank();
            let place = head.iter().position(is_wanted);
            let place = place.ok_or_else(|| vec![Error::NoSuchHeader { row: wanted }])?;
            let two = two_rows(head, place);
            under(two.unwrap_or_else(|| one_row(&head[place])))
        }
        None => {
            let within = |row: &&Row<'_>| !row.is_blank() && row.number() <= HEADER_WITHIN;
            let first = head.iter().find(|row| !row.is_blank());
            let first = first.ok_or_else(|| vec![Error::Empty])?;
            let is_told = !choice.identifiers.is_empty() || choice.assignee.is_some();
            for (place, row) in head.iter().enumerate().filter(|(_, row)| within(row)) {
                let two = two_rows(head, place).filter(|header| names_both(&header.names));
                let header = two.unwrap_or_else(|| one_row(row));
                let is_ours = EarlierColumns::find(&header.names).is_some();
                if is_ours || names_both(&header.names) {
                    return under(header);
                }
                if is_told && let Ok(found) = under(header) {
                    return Ok(found);
                }
            }
            if let Some(err) = rows_as_cells(head) {
                return Err(vec![err]);
            }
            match best_header(head) {
                Some(best) => under(one_row(best)),
                None => {
                    let cells = (!is_told).then(|| by_cells(head, choice)).flatten();
                    cells.unwrap_or_else(|| under(one_row(first)))
                }
            }
        }
    }
}

/// The columns that could say who gets the contacts instead of the one in use.
pub fn instead(
    head: &[Row<'_>],
    columns: &Columns,
    choice: &Choice,
    users: Option<&Users>,
) -> Vec<Offer> {
    let row = columns.header_row.unwrap_or_default();
    let below = head.partition_point(|above| above.number() <= row);
    let rows = &head[below..];
    let unused = columns.unused();
    let search = Search::of(&columns.names, row, Evidence { rows, users }, choice);
    let mut others = search.instead_of(columns.assignee);
    others.retain(|other| unused.contains(&other.index));
    search.question(About::Assignee, &others).offers
}

fn one_row(row: &Row<'_>) -> Header {
    Header {
        group_row: None,
        row: row.number(),
        names: texts(row),
    }
}

fn two_rows(head: &[Row<'_>], place: usize) -> Option<Header> {
    let (groups, below) = (&head[place], head.get(place + 1)?);
    Some(Header {
        group_row: Some(groups.number()),
        row: below.number(),
        names: joined(groups, below)?,
    })
}

/// The row whose names say most, for an error about what it lacks.
fn best_header<'a, 'b>(head: &'a [Row<'b>]) -> Option<&'a Row<'b>> {
    let known = |row: &Row<'_>| row.cells().filter(|name| role(name).is_some()).count();
    head.iter()
        .filter(|row| row.number() <= HEADER_WITHIN && known(row) > 0)
        .max_by_key(|row| (known(row), u32::MAX - row.number()))
}

/// Whether whole rows stand in cells of the first column, as where a text was quoted once more: the names in one of them,
/// parted, are those of contact and assignee.
fn rows_as_cells(head: &[Row<'_>]) -> Option<Error> {
    let is_near = |row: &&Row<'_>| row.number() <= HEADER_WITHIN && row.len() == 1;
    let mut lines = head.iter().filter(is_near).map(|row| row.cell(0));
    lines.find_map(|line| {
        let parted = |delimiter: &char| {
            let names: Vec<String> = line.split(*delimiter).map(str::to_owned).collect();
            names_both(&names)
        };
        let delimiter = [',', ';', '\t', '|'].into_iter().find(parted)?;
        Some(Error::RowsAsCells {
            line: line.to_owned(),
            delimiter,
        })
    })
}

#[cfg(test)]
impl Columns {
    /// Columns of these names below a header, the second of which says who gets the contacts.
    pub(crate) fn named(names: &[&str]) -> Columns {
        Columns {
            header_row: Some(1),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..position::unnamed(&[], 1)
        }
    }
}

impl Columns {
    /// A cell of the sheet's own, without the guard that results files put in front.
    pub(super) fn own_text<'a>(&self, row: &Row<'a>, index: usize) -> Cow<'a, str> {
        self.guard.off(row.cell(index))
    }

    /// The same, in a form that still shows in a results file that its value was lost.
    pub(super) fn lasting_text<'a>(&self, row: &Row<'a>, index: usize) -> Cow<'a, str> {
        match row.lasting_text(index) {
            Cow::Borrowed(text) => self.guard.off(text),
            lost => lost,
        }
    }

    /// The columns of the contact and, last, of the assignee.
    pub(super) fn contact_and_assignee(&self) -> impl Iterator<Item = usize> {
        let identifiers = self.identifiers.iter().map(|column| column.index);
        identifiers.chain([self.assignee])
    }

    /// The columns in use: of contact, assignee, present owner and country.
    pub(crate) fn in_use(&self) -> impl Iterator<Item = usize> {
        let both = self.contact_and_assignee();
        both.chain(self.current).chain(self.region)
    }

    /// The same, unless one column would have two meanings.
    fn each_once(self) -> Result<Columns, Vec<Error>> {
        let mut all: Vec<usize> = self.in_use().collect();
        all.sort_unstable();
        match all.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(twice) => Err(vec![Error::SameColumn {
                name: self.name(twice[0]),
            }]),
            None => Ok(self),
        }
    }

    /// Whether this is a sheet of moves, as `rebalance` and `undo` write it.
    pub(crate) fn are_moves(&self) -> bool {
        are_moves(&self.names)
    }

    /// Whether the same is read from the same columns.
    pub(crate) fn are_used_alike(&self, others: &Columns) -> bool {
        self.in_use().eq(others.in_use())
            && (self.assignee, self.current, self.region, self.blank_stays)
                == (
                    others.assignee,
                    others.current,
                    others.region,
                    others.blank_stays,
                )
    }

    /// The columns of the header that nothing is read from.
    pub fn unused(&self) -> Vec<usize> {
        let is_used = |index: usize| {
            self.in_use().any(|used| used == index)
                || self.earlier.is_some_and(|ours| ours.contains(index))
        };
        let named = self.names.iter().enumerate();
        let named = named.filter(|(index, name)| !name.trim().is_empty() && !is_used(*index));
        named.map(|(index, _)| index).collect()
    }

    /// The first column of the header that has a name; the first one without a header.
    pub(super) fn first_named(&self) -> usize {
        let named = self.names.iter().position(|name| !name.trim().is_empty());
        named.unwrap_or(0)
    }

    /// The last column of the header that has a name.
    pub(crate) fn last_named(&self) -> Option<usize> {
        self.names.iter().rposition(|name| !name.trim().is_empty())
    }

    /// How a column is called in messages: its name, or its number where there is no header.
    pub fn name(&self, index: usize) -> String {
        match self
            .names
            .get(index)
            .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        {
            Some(name) if !name.is_empty() => name,
            _ => (index + 1).to_string(),
        }
    }
}
