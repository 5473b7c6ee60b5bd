//! A roster: who is there, how much each can take on, and whom they serve.

use std::collections::HashMap;

use crate::contact::Assignee;
use crate::mapping::{Problem, Role, amount, excerpt, filled, plain_group, resolve, role};
use crate::sheet::{self, Row, Sheet};
use crate::vocabulary::{WordList, name_key};
use crate::workspace::Users;

use super::users::named;
use super::{RowFault, TwoColumns, all, below_header, name_of, take};

/// A roster, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roster {
    pub rows: Vec<RosterRow>,
    /// Whether groups are named at all.
    pub has_groups: bool,
}

/// Whether a roster's groups count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Groups {
    /// Contacts of a group go to those who serve it.
    Counted,
    /// Everybody may have every contact.
    Ignored,
}

/// One user of a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RosterRow {
    pub row: u32,
    /// Who it is, as requests name them.
    pub user: Assignee,
    /// How much they can take on, in millionths; 0: they give everything away.
    pub capacity: u64,
    /// The load that they must not exceed, in millionths.
    pub maximum: Option<u64>,
    /// The groups that they serve, as they are written.
    pub groups: Vec<String>,
}

/// Why a roster cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Sheet(#[from] sheet::Error),
    /// There is no column of users, or none of capacities.
    #[error("no column is named {missing} (found: {}); name one so", .found.join(", "))]
    NoColumn {
        /// What such a column is called.
        missing: &'static str,
        found: Vec<String>,
    },
    #[error(transparent)]
    TwoColumns(#[from] TwoColumns),
    #[error("there is nobody below the header; write a row for each user, with their capacity")]
    Empty,
    #[error(
        "everybody has the capacity 0, so nobody could take a contact; write 1 for whoever works full time"
    )]
    NobodyTakes,
    /// Rows that make no sense: all of them, in the sheet's order.
    #[error("{}", all(.0))]
    Rows(Vec<RowFault>),
}

/// Where what stands; the first column is 0.
#[derive(Clone, Debug, Default)]
struct Columns {
    names: Vec<String>,
    id: Option<usize>,
    email: Option<usize>,
    /// Somebody, without saying how they are named.
    user: Option<usize>,
    name: Option<usize>,
    capacity: Option<usize>,
    maximum: Option<usize>,
    groups: Option<usize>,
}

/// Reads a roster. With `users`, a user may be named by name, and has to be one of them.
///
/// # Errors
/// If the file cannot be read, lacks a column, or has rows that make no sense.
pub(crate) fn read(sheet: &Sheet, users: Option<&Users>, groups: Groups) -> Result<Roster, Error> {
    let mut first_names: Option<Columns> = None;
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let header = |row: &Row<'_>| -> Result<Option<Columns>, Error> {
        let found = Columns::find(row, groups)?;
        if found.capacity.is_some() && found.who().is_some() {
            return Ok(Some(found));
        }
        first_names.get_or_insert(found);
        Ok(None)
    };
    let columns = below_header(sheet, header, |columns, row| {
        match columns.row(row, users) {
            Ok(read) => rows.push(read),
            Err(wrong) => faults.extend(wrong),
        }
    })?;
    let Some(columns) = columns else {
        let found = first_names.unwrap_or_default();
        let missing = match found.who() {
            Some(_) => "`capacity`",
            None => "like a user (`id`, `email` or `user`)",
        };
        let found = found.names;
        return Err(Error::NoColumn { missing, found });
    };
    faults.extend(twice(&rows, users));
    let has_groups = rows.iter().any(|row| !row.groups.is_empty());
    if let (true, Some(groups)) = (has_groups, columns.groups) {
        // Who takes nothing needs no group; whoever else has none would lose everything.
        let without = rows
            .iter()
            .filter(|row| row.groups.is_empty() && row.capacity > 0);
        faults.extend(without.map(|row| RowFault {
            row: row.row,
            column: Some(columns.name(groups)),
            why: "this is blank, and others have groups; write the groups whose contacts they take, with `;` between, or \
                  add `--group none` if everybody may have every contact"
                .to_owned(),
        }));
    }
    faults.sort_by_key(|fault| fault.row);
    match rows.as_slice() {
        _ if !faults.is_empty() => Err(Error::Rows(faults)),
        [] => Err(Error::Empty),
        rows if rows.iter().all(|row| row.capacity == 0) => Err(Error::NobodyTakes),
        _ => Ok(Roster { rows, has_groups }),
    }
}

/// Users who stand in several rows.
fn twice(rows: &[RosterRow], users: Option<&Users>) -> Vec<RowFault> {
    let mut seen: HashMap<&Assignee, u32> = HashMap::new();
    let mut faults = Vec::new();
    for row in rows {
        if let Some(first) = seen.insert(&row.user, row.row) {
            let user = users.and_then(|users| users.get(&row.user));
            let who = user.map_or_else(|| row.user.to_string(), ToString::to_string);
            faults.push(RowFault {
                row: row.row,
                column: None,
                why: format!("{who} is in row {first} already; keep one of the two rows"),
            });
        }
    }
    faults
}

impl Columns {
    fn find(row: &Row<'_>, groups: Groups) -> Result<Columns, Error> {
        let mut columns = Columns {
            names: named(row),
            ..Columns::default()
        };
        for (index, name) in row.cells().enumerate() {
            let words = name_key(name);
            let is_one_of = |list: WordList| list.has(&words);
            let (place, what) = if is_one_of(WordList::UserId) {
                (&mut columns.id, "user's ID")
            } else if is_one_of(WordList::UserEmail) {
                (&mut columns.email, "user's email")
            } else if is_one_of(WordList::Capacity) {
                (&mut columns.capacity, "capacity")
            } else if is_one_of(WordList::Maximum) {
                (&mut columns.maximum, "maximum")
            } else if groups == Groups::Counted
                && (is_one_of(WordList::Group) || is_one_of(WordList::Groups))
            {
                (&mut columns.groups, "groups")
            } else if matches!(role(name), Some(Role::Assignee(_))) {
                (&mut columns.user, "user")
            } else if is_one_of(WordList::FullName)
                || matches!(role(name), Some(Role::AssigneeName(_)))
            {
                (&mut columns.name, "user's name")
            } else {
                continue;
            };
            take(place, what, index)?;
        }
        // Names by place, for messages about cells.
        if columns.capacity.is_some() && columns.who().is_some() {
            columns.names = row.cells().map(excerpt).collect();
        }
        Ok(columns)
    }

    /// Where it says who is meant, the surest first.
    fn who(&self) -> Option<usize> {
        self.id.or(self.email).or(self.user).or(self.name)
    }

    fn name(&self, index: usize) -> String {
        name_of(&self.names, index)
    }

    fn row(&self, row: &Row<'_>, users: Option<&Users>) -> Result<RosterRow, Vec<RowFault>> {
        let mut faults = Vec::new();
        let mut fault = |column: Option<usize>, why: String| {
            faults.push(RowFault {
                row: row.number(),
                column: column.map(|index| self.name(index)),
                why,
            });
        };
        if let Some(flaw) = row.flaw() {
            fault(None, flaw.to_string());
            return Err(faults);
        }
        let places = [self.id, self.email, self.user, self.name];
        let is_filled = |index: &usize| filled(row.cell(*index)).is_some();
        let who = places.into_iter().flatten().find(is_filled);
        let who = who.or(self.who()).unwrap_or_default();
        let user = user(row, who, users)
            .map_err(|why| fault(Some(who), why))
            .ok();
        let mut number = |column: Option<usize>| {
            let column = column?;
            let cell = row.cell(column);
            amount(cell, row.kind(column)).unwrap_or_else(|why| {
                fault(Some(column), format!("`{}`: {why}", excerpt(cell)));
                None
            })
        };
        let maximum = number(self.maximum);
        let capacity = number(self.capacity);
        let column = self.capacity.unwrap_or_default();
        if capacity.is_none() && filled(row.cell(column)).is_none() {
            fault(
                Some(column),
                "this is blank; write 1 for full time, 0.5 for half, 0 for somebody who gives everything away".to_owned(),
            );
        }
        let groups = self.groups.and_then(|column| filled(row.cell(column)));
        let mut groups: Vec<String> = groups
            .unwrap_or_default()
            .split([';', '\n'])
            .map(|group| group.trim().to_owned())
            .filter(|group| !group.is_empty())
            .collect();
        groups.sort_by_key(|group| plain_group(group));
        groups.dedup_by_key(|group| plain_group(group));
        match (user, capacity) {
            (Some(user), Some(capacity)) if faults.is_empty() => Ok(RosterRow {
                row: row.number(),
                user,
                capacity,
                maximum,
                groups,
            }),
            _ => Err(faults),
        }
    }
}

/// The user in a cell.
fn user(row: &Row<'_>, column: usize, users: Option<&Users>) -> Result<Assignee, String> {
    if let Some(problem) = Problem::of_kind(column, row) {
        return Err(problem.reason.to_string());
    }
    let cell = row.cell(column);
    let wrong = |reason: &dyn std::fmt::Display| match filled(cell) {
        Some(_) => format!("`{}`: {reason}", excerpt(cell)),
        None => "this is blank; write who is meant, or remove the row".to_owned(),
    };
    let own = Assignee::read(cell);
    let read = match users {
        None => own.map_err(|reason| wrong(&reason))?,
        Some(users) => {
            resolve::among(users, cell, own)
                .map_err(|reason| wrong(&reason))?
                .read
        }
    };
    match read.value {
        Assignee::Nobody => Err(wrong(&"this names nobody; write a user, or remove the row")),
        user => Ok(user),
    }
}
