//! How the cells of one row are read.

use crate::contact::{self, Assignee, Identifier, Read, Repairs, Rules};
use crate::outcome::Decision;
use crate::sheet::Row;
use crate::workspace::{Spelling, Users};

use super::resolve::{self, Resolved};
use super::{Columns, Earlier, IdentifierColumn, Problem, Reason, Unreadable};

/// What a blank assignee means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBlank {
    /// The row is rejected.
    #[default]
    Error,
    /// The row is left out.
    Skip,
    /// The contact is left with nobody.
    Unassign,
}

/// What becomes of rows that the workbook hides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnHidden {
    /// They are read and counted, for the caller to refuse them.
    #[default]
    Error,
    /// They are rows like others.
    Include,
    /// They are left out.
    Skip,
}

/// How cells are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reader<'a> {
    /// How identifiers are read; the column's own kind is filled in.
    pub rules: Rules,
    /// What a blank assignee means.
    pub blank: OnBlank,
    /// What becomes of rows that the workbook hides.
    pub hidden: OnHidden,
    /// The workspace's users, if they are known: then an assignee may be a name, and must be one of them.
    pub users: Option<&'a Users>,
}

/// What one row came to, before assignees are interned.
pub(super) struct RowRead {
    /// Its number in the first sheet; `None` if it was added to a results file since.
    pub(super) row: Option<u32>,
    pub(super) contact: Result<Read<Identifier>, Problem>,
    pub(super) assignee: Result<Option<Read<Assignee>>, Problem>,
    /// How the assignee's name was written, if it was one.
    pub(super) named: Option<Spelling>,
    pub(super) earlier: Option<Box<Earlier>>,
    pub(super) width: usize,
    pub(super) is_hidden: bool,
}

impl Reader<'_> {
    /// What a row says; `None` for the header, what stands above it, and blank rows.
    pub(super) fn row(
        &self,
        row: &Row<'_>,
        columns: &Columns,
    ) -> Option<Result<RowRead, (u32, Unreadable)>> {
        let number = row.number();
        if columns.header_row.is_some_and(|header| number <= header)
            || (row.is_blank() && row.flaw().is_none())
        {
            return None;
        }
        let (first_row, earlier) = match columns.earlier {
            None => (Some(number), None),
            Some(ours) => match ours
                .row_number(row)
                .and_then(|first| Ok((first, ours.earlier(row)?)))
            {
                Ok((first, earlier)) => (first, earlier.map(|earlier| self.known(earlier))),
                Err(err) => return Some(Err((number, err))),
            },
        };
        let (contact, assignee) = match row.flaw() {
            Some(flaw) => (Err(Problem::of_row(flaw)), Err(Problem::of_row(flaw))),
            None => (
                self.contact(row, columns, earlier.as_ref()),
                self.assignee(row, columns, earlier.as_ref()),
            ),
        };
        let earlier = earlier.map(Box::new);
        let (assignee, named) = match assignee {
            Ok(None) => (Ok(None), None),
            Ok(Some(Resolved { read, named })) => (Ok(Some(read)), named),
            Err(problem) => (Err(problem), None),
        };
        Some(Ok(RowRead {
            row: first_row,
            contact,
            assignee,
            named,
            earlier,
            width: row.len(),
            is_hidden: row.is_hidden(),
        }))
    }

    fn contact(
        &self,
        row: &Row<'_>,
        columns: &Columns,
        earlier: Option<&Earlier>,
    ) -> Result<Read<Identifier>, Problem> {
        let is_filled = |column: &&IdentifierColumn| !row.cell(column.index).trim().is_empty();
        let IdentifierColumn { index, kind } = *columns
            .identifiers
            .iter()
            .find(is_filled)
            .unwrap_or(&columns.identifiers[0]);
        if let Some(problem) = Problem::of_kind(index, row) {
            return Err(problem);
        }
        let cell = columns.own_text(row, index);
        let rules = Rules { kind, ..self.rules };
        let stored = earlier.and_then(|earlier| earlier.contact.as_ref());
        standing(rules.read(cell), stored, |stored| {
            contact::agrees(cell, stored)
        })
        .map_err(|reason| Problem::new(index, cell, reason))
    }

    fn assignee(
        &self,
        row: &Row<'_>,
        columns: &Columns,
        earlier: Option<&Earlier>,
    ) -> Result<Option<Resolved>, Problem> {
        let index = columns.assignee;
        if let Some(problem) = Problem::of_kind(index, row) {
            return Err(problem);
        }
        let cell = columns.own_text(row, index);
        let own = Assignee::read(cell);
        match (&own, self.blank) {
            (Err(reason), OnBlank::Skip) if reason.is_blank() => return Ok(None),
            // Only a cell that is really empty: a word for blank may have been written by an export.
            (Err(contact::Reason::Blank), OnBlank::Unassign) => {
                return Ok(Some(Resolved::plain(Assignee::Nobody)));
            }
            _ => {}
        }
        if let Some(stored) =
            earlier.and_then(|earlier| self.stands(earlier, cell, own.as_ref().ok()))
        {
            return Ok(Some(Resolved::plain(stored.clone())));
        }
        match self.users {
            Some(users) => resolve::among(users, cell, own),
            None => own
                .map(|read| Resolved { read, named: None })
                .map_err(Reason::Cell),
        }
        .map(Some)
        .map_err(|reason| Problem::of_cell(index, cell, reason))
    }

    /// The assignee that was read the first time, as long as the cell still names it.
    fn stands<'a>(
        &self,
        earlier: &'a Earlier,
        cell: &str,
        own: Option<&Read<Assignee>>,
    ) -> Option<&'a Assignee> {
        let stored = earlier.assignee.as_ref()?;
        let Some(users) = self.users else {
            return stored.agrees(cell).then_some(stored);
        };
        // What was settled may name a user who has left since; what is sent must not.
        let settled = earlier.status.is_settled() && earlier.decision != Some(Decision::Again);
        let usable = settled || *stored == Assignee::Nobody || users.get(stored).is_some();
        let agrees = || stored.agrees(cell) || resolve::calls(users, stored, cell, own);
        (usable && agrees()).then_some(stored)
    }

    /// What an earlier run wrote, with its assignee as it is named now that the users are known.
    fn known(&self, mut earlier: Earlier) -> Earlier {
        if let Some(users) = self.users {
            earlier.assignee = earlier.assignee.map(|assignee| users.canonical(assignee));
        }
        earlier
    }
}

/// What was read the first time stands as long as the cell agrees with it; otherwise the cell wins.
fn standing<T: Clone, E>(
    own: Result<Read<T>, E>,
    stored: Option<&T>,
    agrees: impl FnOnce(&T) -> bool,
) -> Result<Read<T>, E> {
    match stored {
        Some(stored) if agrees(stored) => Ok(Read {
            value: stored.clone(),
            repairs: Repairs::default(),
        }),
        _ => own,
    }
}
