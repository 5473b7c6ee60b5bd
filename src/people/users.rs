//! A sheet of users becomes [`Users`]: columns by name, several rows and several names per user.

use crate::contact::{Assignee, Email, Reason};
use crate::mapping::{Problem, excerpt};
use crate::sheet::{self, Row, Sheet};
use crate::vocabulary::{WordList, name_key};
use crate::workspace::{Clash, Entry, List, User, Users};

use super::{RowFault, TwoColumns, all, below_header, name_of, take};

/// How many names of columns a message repeats.
const NAMES: usize = 12;

/// Why a sheet of users cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Sheet(#[from] sheet::Error),
    #[error("no column is named `id` or `email` (found: {}); name one so", .found.join(", "))]
    NoColumns {
        /// The names in the first row that has any.
        found: Vec<String>,
    },
    #[error(transparent)]
    TwoColumns(#[from] TwoColumns),
    #[error("there are no users below the header; export the sheet again")]
    NoUsers,
    /// Rows that make no sense, or contradict each other: all of them, in the sheet's order.
    #[error("{}", all(.0))]
    Rows(Vec<RowFault>),
}

/// Where what stands; the first column is 0.
#[derive(Clone, Debug, Default)]
struct Columns {
    names: Vec<String>,
    id: Option<usize>,
    email: Option<usize>,
    first: Option<usize>,
    last: Option<usize>,
    /// Full names and display names; a user may have several.
    full: Vec<usize>,
    aliases: Vec<usize>,
}

/// Reads the users in a sheet. Messages call it `source`.
///
/// # Errors
/// If the file cannot be read, has no usable columns, or has rows that make no sense or contradict each other: a list
/// with a hole might give somebody's contacts to another user of the same name.
pub(crate) fn read(sheet: &Sheet, source: String) -> Result<Users, Error> {
    let mut first_names: Option<Vec<String>> = None;
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    let header = |row: &Row<'_>| -> Result<Option<Columns>, Error> {
        first_names.get_or_insert_with(|| named(row));
        Columns::find(row)
    };
    let columns = below_header(sheet, header, |columns, row| match columns.entry(row) {
        Ok(entry) => entries.push(entry),
        Err(wrong) => faults.extend(wrong),
    })?;
    let Some(columns) = columns else {
        let found = first_names.unwrap_or_default();
        return Err(Error::NoColumns { found });
    };
    if entries.is_empty() && faults.is_empty() {
        return Err(Error::NoUsers);
    }
    match Users::new(List::Sheet(source.into()), entries) {
        Ok(users) if faults.is_empty() => Ok(users),
        Ok(_) => Err(Error::Rows(faults)),
        Err(clashes) => {
            faults.extend(clashes.into_iter().map(|clash| columns.fault(clash)));
            faults.sort_by_key(|fault| fault.row);
            Err(Error::Rows(faults))
        }
    }
}

pub(super) fn named(row: &Row<'_>) -> Vec<String> {
    let names = row.cells().filter(|name| !name.trim().is_empty());
    names
        .take(NAMES)
        .map(|name| format!("`{}`", excerpt(name)))
        .collect()
}

impl Columns {
    /// The columns in a row, if it is the header.
    fn find(row: &Row<'_>) -> Result<Option<Columns>, Error> {
        let mut columns = Columns {
            names: row.cells().map(excerpt).collect(),
            ..Columns::default()
        };
        for (index, name) in row.cells().enumerate() {
            let words = name_key(name);
            let is_one_of = |list: WordList| list.has(&words);
            let (place, what) = if is_one_of(WordList::UserId) {
                (&mut columns.id, "ID")
            } else if is_one_of(WordList::UserEmail) {
                (&mut columns.email, "email")
            } else if is_one_of(WordList::FirstName) {
                (&mut columns.first, "first name")
            } else if is_one_of(WordList::LastName) {
                (&mut columns.last, "last name")
            } else {
                if is_one_of(WordList::FullName) {
                    columns.full.push(index);
                } else if is_one_of(WordList::Alias) {
                    columns.aliases.push(index);
                }
                continue;
            };
            take(place, what, index)?;
        }
        // `Name` beside `Surname` is the first one only.
        if columns.last.is_some() && columns.first.is_none() && columns.full.len() == 1 {
            columns.first = columns.full.pop();
        }
        Ok((columns.id.is_some() || columns.email.is_some()).then_some(columns))
    }

    fn entry(&self, row: &Row<'_>) -> Result<Entry, Vec<RowFault>> {
        let fault = |column: Option<usize>, why: String| RowFault {
            row: row.number(),
            column: column.map(|index| self.name(index)),
            why,
        };
        if let Some(flaw) = row.flaw() {
            return Err(vec![fault(None, flaw.to_string())]);
        }
        let mut faults = Vec::new();
        for index in self.used() {
            if let Some(problem) = Problem::of_kind(index, row) {
                faults.push(fault(Some(index), problem.reason.to_string()));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut wrong = |column, why| faults.push(fault(column, why));
        let id = self.id.and_then(|index| {
            let read = id(row.cell(index));
            read.map_err(|why| wrong(Some(index), why)).ok()?
        });
        let email = self.email.and_then(|index| {
            let read = email(row.cell(index));
            read.map_err(|why| wrong(Some(index), why.to_string()))
                .ok()?
        });
        if faults.is_empty() && id.is_none() && email.is_none() {
            let why = "there is neither an ID nor an email; fill one in, or remove the row";
            faults.push(fault(None, why.to_owned()));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Entry {
            row: row.number(),
            user: User {
                id,
                email,
                names: self.names_of(row),
                is_unlisted: false,
            },
        })
    }

    fn used(&self) -> impl Iterator<Item = usize> {
        let single = [self.id, self.email, self.first, self.last];
        let several = self.full.iter().chain(&self.aliases).copied();
        single.into_iter().flatten().chain(several)
    }

    /// The full name of a row, then its other names, each once.
    fn names_of(&self, row: &Row<'_>) -> Vec<String> {
        let cell = |index: &usize| row.cell(*index);
        let parts = [self.first, self.last];
        let parts: Vec<&str> = parts
            .iter()
            .flatten()
            .map(cell)
            .filter(|cell| is_name(cell))
            .collect();
        let full = self.full.iter().map(cell);
        let aliases = self
            .aliases
            .iter()
            .map(cell)
            .flat_map(|cell| cell.split([';', '\n']));
        let mut names: Vec<String> = Vec::new();
        for name in std::iter::once(&*parts.join(" "))
            .chain(full)
            .chain(aliases)
        {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            if is_name(&name) && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn name(&self, index: usize) -> String {
        name_of(&self.names, index)
    }

    fn fault(&self, clash: Clash) -> RowFault {
        let (row, column, why) = match clash {
            Clash::TwoEmails { row, id, email } => (
                row,
                self.email,
                format!("user {id} has the email {email} in another row; correct one of them"),
            ),
            Clash::TwoIds { row, email, id } => (
                row,
                self.id,
                format!("{email} is the email of user {id} in another row; correct one of them"),
            ),
        };
        RowFault {
            row,
            column: column.map(|index| self.name(index)),
            why,
        }
    }
}

/// Whether a cell holds a name, and not one of the signs that exports write for blank.
fn is_name(cell: &str) -> bool {
    // Words for blank are names of people, too.
    let is_sign = |word: &str| !word.chars().all(char::is_alphabetic);
    match crate::contact::clean(cell) {
        Ok(_) => true,
        Err(Reason::BlankWord(word)) => !is_sign(&word),
        Err(_) => false,
    }
}

fn id(cell: &str) -> Result<Option<u64>, String> {
    match Assignee::read(cell) {
        Ok(read) => match read.value {
            Assignee::User(id) => Ok(Some(id)),
            Assignee::Email(_) | Assignee::Nobody => Err(NOT_AN_ID.to_owned()),
        },
        Err(reason) if reason.is_blank() => Ok(None),
        Err(Reason::NotAnAssignee) => Err(NOT_AN_ID.to_owned()),
        Err(reason) => Err(reason.to_string()),
    }
}

const NOT_AN_ID: &str = "this is not a user ID; an ID is written with digits only";

fn email(cell: &str) -> Result<Option<Email>, Reason> {
    match Assignee::read(cell) {
        Ok(read) => match read.value {
            Assignee::Email(email) => Ok(Some(email)),
            Assignee::User(_) | Assignee::Nobody => Err(Reason::NotAnEmail),
        },
        Err(reason) if reason.is_blank() => Ok(None),
        Err(Reason::NotAnAssignee) => Err(Reason::NotAnEmail),
        Err(reason) => Err(reason),
    }
}

#[cfg(test)]
mod tests;
