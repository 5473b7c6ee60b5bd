//! How the cells of one row are read.

use crate::contact::{self, Assignee, Identifier, ReadValue, Rules};
use crate::outcome::{Decision, Reason, Todo};
use crate::sheet::{Flaw, Row};
use crate::workspace::{NoUser, Spelling, Users};

use super::country::{self, Country};
use super::fingerprint::{Fingerprints, Side, still};
use super::footer::{Lone, NoRow, lone};
use super::prefilled::Prefilled;
use super::rejection::of_flaw;
use super::resolve::{self, Resolved};
use super::row_kind::{Figures, Judged, has_more, judged, names_elsewhere};
use super::{Columns, Earlier, IdentifierColumn, Problem, Unreadable, Witnesses, own_cells};

/// What a blank cell of the new owner means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBlank {
    /// The row is rejected.
    #[default]
    Error,
    /// The row is not sent.
    Skip,
    /// The contact is left with nobody.
    Unassign,
}

/// What becomes of a row with more cells than the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlong {
    /// It is rejected: in text, a delimiter that should stand in quotes has moved its cells.
    #[default]
    Rejected,
    /// It is read: in a workbook, and in what was one, cells stay where they are.
    Read,
}

/// What becomes of rows that the workbook hides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnHidden {
    /// They are read and counted, for the caller to refuse them.
    #[default]
    Error,
    /// They are rows like others.
    Include,
    /// They are not sent.
    Skip,
}

/// How cells are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reader<'a> {
    /// How identifiers are read; the column's own kind is filled in.
    pub rules: Rules,
    /// What a blank cell of the new owner means.
    pub blank: OnBlank,
    /// What becomes of a row with more cells than the header.
    pub overlong: Overlong,
    /// What becomes of rows that the workbook hides.
    pub hidden: OnHidden,
    /// The workspace's users, if they are known: then an assignee may be a name, and must be one of them.
    pub users: Option<&'a Users>,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A row like the others.
    Data,
    /// None.
    NoRow(NoRow),
    /// The names of the columns, elsewhere than they stand in the header: what is below is not where it should be.
    OtherOrder,
    /// One without contact and assignee; whether it is none, its other cells tell, all such rows together.
    Open(Prefilled),
}

pub(super) type Contact = Result<ReadValue<Identifier>, Problem>;

pub(super) type Assigned = Result<Option<ReadValue<Assignee>>, Problem>;

/// What one row came to, before assignees are interned.
pub(super) struct RowRead {
    /// Its number in the first sheet; `None` if it was added to a results file since.
    pub(super) row: Option<u32>,
    pub(super) part: Part,
    pub(super) contact: Contact,
    pub(super) assignee: Assigned,
    /// Who the row says has the contact now.
    pub(super) current: Assigned,
    /// How the assignee's name was written, if it was one.
    pub(super) named: Option<Spelling>,
    /// What else the row says the contact is.
    pub(super) witnesses: Witnesses,
    /// Whether the contact is shown by a merged cell that begins further up.
    pub(super) is_merged: bool,
    pub(super) figures: Figures,
    /// The text that is all there is in a row that cannot be used.
    pub(super) lone: Option<Lone>,
    pub(super) earlier: Option<Box<Earlier>>,
    /// What is wrong with it and does not show in its text.
    pub(super) cells: Fingerprints,
    /// Its own cells, summed up.
    pub(super) own_cells: u64,
    pub(super) width: usize,
    pub(super) is_hidden: bool,
}

/// What a row says about a contact and who has it, without anybody who gets it.
pub(super) enum Gist {
    /// No row of data.
    NoRow,
    /// The names of the columns, elsewhere than they stand in the header.
    OtherOrder,
    /// The row as a whole cannot be used.
    Unusable(Problem),
    /// A row like the others.
    Row { contact: Contact, current: Assigned },
}

impl Reader<'_> {
    /// What a row of a sheet that is no results file says about a contact and who has it; `None` for the header, what
    /// stands above it, and blank rows.
    pub(super) fn gist(&self, row: &Row<'_>, columns: &Columns) -> Option<Gist> {
        let number = row.number();
        if columns.header_row.is_some_and(|header| number <= header) {
            return None;
        }
        if let Some(flaw) = row.flaw() {
            return Some(Gist::Unusable(Problem::of_row(of_flaw(flaw))));
        }
        if row.is_blank() {
            return None;
        }
        let contact = self.contact(row, columns, None);
        let current = self.current(row, columns, None);
        let in_doubt = contact.is_err() || current.is_err();
        let is_open = || Prefilled::of(row, columns).is_some_and(|open| open.is_certain());
        Some(match judged(row, columns, contact.is_err(), in_doubt) {
            Judged::NoRow(_) => Gist::NoRow,
            Judged::Total => Gist::Unusable(Problem::of_row(Reason::Total)),
            Judged::Data if self.overlong == Overlong::Rejected && has_more(row, columns) => {
                Gist::Unusable(Problem::of_row(Reason::MoreCells))
            }
            Judged::Data if in_doubt && names_elsewhere(row, columns) => Gist::OtherOrder,
            Judged::Data if in_doubt && is_open() => Gist::NoRow,
            Judged::Data => Gist::Row { contact, current },
        })
    }

    /// What a row says; `None` for the header, what stands above it, and blank rows.
    pub(super) fn row(
        &self,
        row: &Row<'_>,
        columns: &Columns,
    ) -> Result<Option<RowRead>, (u32, Unreadable)> {
        let number = row.number();
        if columns.header_row.is_some_and(|header| number <= header)
            || (row.is_blank() && row.flaw().is_none())
        {
            return Ok(None);
        }
        let known = self.known_before(row, columns);
        let (first_row, earlier) = known.map_err(|err| (number, err))?;
        let mut contact = self.contact(row, columns, earlier.as_ref());
        let mut assignee = self.assignee(row, columns, earlier.as_ref());
        let mut current = self.current(row, columns, earlier.as_ref());
        let no_contact = contact.is_err();
        let in_doubt = no_contact || assignee.is_err();
        let mut part = Part::Data;
        let flaw = flaw_that_matters(row, columns);
        let wrong = match judged(row, columns, no_contact, in_doubt) {
            _ if flaw.is_some() => flaw.map(of_flaw),
            Judged::Total => Some(Reason::Total),
            Judged::NoRow(no_row) => {
                part = Part::NoRow(no_row);
                None
            }
            Judged::Data if self.has_too_many_cells(row, columns) => {
                assignee = Err(Problem::of_row(Reason::MoreCells));
                None
            }
            Judged::Data => earlier.as_ref().and_then(|earlier| {
                let code = earlier.cells.of_same_row(row, columns)?;
                Some(still(code, earlier.error.as_deref()))
            }),
        };
        if let Some(why) = wrong {
            let problem = Problem::of_row(why);
            (contact, assignee, current) = (Err(problem.clone()), Err(problem), Ok(None));
        }
        let cells = fingerprints(&contact, &assignee, &current, row, columns);
        if part == Part::Data && in_doubt && names_elsewhere(row, columns) {
            part = Part::OtherOrder;
        }
        if part == Part::Data
            && in_doubt
            && earlier.is_none()
            && let Some(open) = Prefilled::of(row, columns)
        {
            part = Part::Open(open);
        }
        let (assignee, named) = match assignee {
            Ok(None) => (Ok(None), None),
            Ok(Some(Resolved { read, named })) => (Ok(Some(read)), named),
            Err(problem) => (Err(problem), None),
        };
        let mut identifiers = columns.identifiers.iter();
        Ok(Some(RowRead {
            row: first_row,
            part,
            figures: Figures::of(row, columns, contact.is_ok()),
            contact,
            assignee,
            current,
            named,
            witnesses: self.witnesses(row, columns),
            is_merged: identifiers.any(|column| row.is_filled(column.index)),
            lone: no_contact.then(|| lone(row, columns)).flatten(),
            earlier: earlier.map(Box::new),
            cells,
            own_cells: own_cells(row, columns.guard, columns.earlier.as_ref()),
            width: filled(row),
            is_hidden: row.is_hidden(),
        }))
    }

    /// Whether a row has cells that no name stands above.
    fn has_too_many_cells(&self, row: &Row<'_>, columns: &Columns) -> bool {
        let ours = columns.earlier;
        (self.overlong == Overlong::Rejected && has_more(row, columns))
            || ours.is_some_and(|ours| ours.has_surplus(row, &columns.names))
    }

    /// Which row of the first sheet this is, and what an earlier run wrote into it; the row as it stands where it is no row
    /// of a results file.
    fn known_before(
        &self,
        row: &Row<'_>,
        columns: &Columns,
    ) -> Result<(Option<u32>, Option<Earlier>), Unreadable> {
        let Some(ours) = columns.earlier else {
            return Ok((Some(row.number()), None));
        };
        let first = ours.row_number(row)?;
        let earlier = ours.earlier(row)?;
        Ok((first, earlier.map(|earlier| self.known(earlier))))
    }

    fn contact(&self, row: &Row<'_>, columns: &Columns, earlier: Option<&Earlier>) -> Contact {
        let is_filled = |column: &&IdentifierColumn| !row.cell(column.index).trim().is_empty();
        let IdentifierColumn { index, kind } = *columns
            .identifiers
            .iter()
            .find(is_filled)
            .unwrap_or(&columns.identifiers[0]);
        if let Some(problem) = Problem::of_kind(index, row) {
            return Err(problem);
        }
        let cell = &*columns.own_text(row, index);
        if let Some(problem) = unrepaired(earlier, Side::Contact, index, cell) {
            return Err(problem);
        }
        let stored = earlier.and_then(|earlier| earlier.contact.as_ref());
        let own = self.identifier(row, columns, IdentifierColumn { index, kind });
        let untouched = earlier.is_some_and(|earlier| earlier.guidance().todo() != Todo::Repair);
        standing(own, stored, |stored| {
            contact::agrees(cell, stored)
                // In a row that nobody had to repair, a spreadsheet program has done this.
                || (untouched && contact::agrees_rounded(cell, stored))
        })
    }

    fn identifier(
        &self,
        row: &Row<'_>,
        columns: &Columns,
        IdentifierColumn { index, kind }: IdentifierColumn,
    ) -> Contact {
        let rules = Rules { kind, ..self.rules };
        let cell = &*columns.own_text(row, index);
        match columns.region {
            None => rules
                .read(cell)
                .map_err(|reason| Problem::of_cell(index, cell, Reason::Cell(reason))),
            Some(region) => in_region(rules, index, cell, region, &columns.own_text(row, region)),
        }
    }

    /// What all columns that name the contact say, as far as they can be read, where there are several.
    fn witnesses(&self, row: &Row<'_>, columns: &Columns) -> Witnesses {
        if columns.identifiers.len() + columns.witnesses.len() < 2 {
            return Witnesses::default();
        }
        let all = columns.identifiers.iter().chain(&columns.witnesses);
        all.filter(|column| !row.cell(column.index).trim().is_empty())
            .filter(|column| Problem::of_kind(column.index, row).is_none())
            .filter_map(|column| self.identifier(row, columns, *column).ok())
            .map(|read| read.value)
            .collect()
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
        let cell = &*columns.own_text(row, index);
        if let Some(problem) = unrepaired(earlier, Side::Assignee, index, cell) {
            return Err(problem);
        }
        let own = Assignee::read(cell);
        match (&own, self.blank) {
            (Err(reason), OnBlank::Skip) if reason.is_blank() => return Ok(None),
            // Only a cell that is really empty: a word for blank may have been written by an export.
            (Err(contact::Reason::Blank), OnBlank::Unassign) if named_before(earlier).is_none() => {
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
            Some(users) => {
                resolve::among(users, cell, own).and_then(|read| resolve::listed(users, read))
            }
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
        own: Option<&ReadValue<Assignee>>,
    ) -> Option<&'a Assignee> {
        let stored = earlier.assignee.as_ref()?;
        let Some(users) = self.users else {
            return stored.agrees(cell).then_some(stored);
        };
        // What was settled may name a user who has left since; what is sent must not.
        let settled = earlier.status.is_settled() && earlier.decision != Some(Decision::Again);
        let usable = settled
            || *stored == Assignee::Nobody
            || users.get(stored).is_some_and(|user| !user.is_unlisted);
        let agrees = || stored.agrees(cell) || resolve::calls(users, stored, cell, own);
        (usable && agrees()).then_some(stored)
    }

    /// Who the row says has the contact now; a blank cell does not say.
    fn current(&self, row: &Row<'_>, columns: &Columns, earlier: Option<&Earlier>) -> Assigned {
        let Some(index) = columns.current else {
            return Ok(None);
        };
        if let Some(problem) = Problem::of_kind(index, row) {
            return Err(problem);
        }
        let cell = &*columns.own_text(row, index);
        if let Some(problem) = unrepaired(earlier, Side::Current, index, cell) {
            return Err(problem);
        }
        let own = Assignee::read(cell);
        if own.as_ref().is_err_and(contact::Reason::is_blank) {
            return Ok(None);
        }
        match (own, self.users) {
            (own, None) => own.map_err(Reason::Cell),
            (own, Some(users)) => match (resolve::among(users, cell, own.clone()), own) {
                // Who has a contact now may be no user any more; who gets it must be.
                (Err(Reason::User(NoUser::NotListed { .. })), Ok(read)) => Ok(read),
                (resolved, _) => resolved.map(|resolved| resolved.read),
            },
        }
        .map(Some)
        .map_err(|reason| Problem::of_cell(index, cell, reason))
    }

    /// What an earlier run wrote, with its assignee as it is named now that the users are known.
    fn known(&self, mut earlier: Earlier) -> Earlier {
        if let Some(users) = self.users {
            earlier.assignee = earlier.assignee.map(|assignee| users.canonical(assignee));
        }
        earlier
    }
}

/// The first flaw of a row that is not only in a cell that nothing follows from.
fn flaw_that_matters<'a>(row: &Row<'a>, columns: &Columns) -> Option<&'a Flaw> {
    row.flaws()
        .find(|flaw| match (columns.earlier, flaw.column()) {
            (Some(ours), Some(column)) => !ours.is_remark(column),
            _ => true,
        })
}

/// What is wrong on each side and does not show in its text.
fn fingerprints(
    contact: &Contact,
    assignee: &Result<Option<Resolved>, Problem>,
    current: &Assigned,
    row: &Row<'_>,
    columns: &Columns,
) -> Fingerprints {
    let sides = [
        (Side::Contact, contact.as_ref().err()),
        (Side::Assignee, assignee.as_ref().err()),
        (Side::Current, current.as_ref().err()),
    ];
    let problems = sides.into_iter().filter_map(|(side, problem)| {
        let problem = problem?;
        Some((side, problem.column, problem.reason.code()))
    });
    Fingerprints::of(problems, row, columns)
}

/// What an earlier command found in a cell, if that is still what it was and its text does not show it.
fn unrepaired(earlier: Option<&Earlier>, side: Side, index: usize, cell: &str) -> Option<Problem> {
    let earlier = earlier?;
    let code = earlier.cells.of_same_cell(side, cell)?;
    let reason = still(code, earlier.error.as_deref());
    Some(Problem::of_cell(index, cell, reason))
}

/// Reads a contact whose row names a country, which wins over the one for all rows.
fn in_region(rules: Rules, index: usize, cell: &str, column: usize, country: &str) -> Contact {
    let (rules, known) = match country::read(country) {
        Country::Blank => (rules, true),
        Country::Known(region) => {
            let region = Some(region);
            (Rules { region, ..rules }, true)
        }
        Country::Unknown => {
            let region = None;
            (Rules { region, ..rules }, false)
        }
    };
    rules.read(cell).map_err(|reason| match reason {
        contact::Reason::NeedsRegion | contact::Reason::NoPlus if !known => {
            Problem::of_cell(column, country, Reason::UnknownCountry)
        }
        reason => Problem::of_cell(index, cell, Reason::Cell(reason)),
    })
}

/// Whom a row has named before: if its cell was emptied since, that does not say that nobody is meant.
pub(super) fn named_before(earlier: Option<&Earlier>) -> Option<&Assignee> {
    let stored = earlier.and_then(|earlier| earlier.assignee.as_ref());
    stored.filter(|stored| **stored != Assignee::Nobody)
}

/// How many cells a row has up to the last one that is not blank.
fn filled(row: &Row<'_>) -> usize {
    let mut width = row.len();
    while width > 0 && row.cell(width - 1).trim().is_empty() {
        width -= 1;
    }
    width
}

/// What was read the first time stands as long as the cell agrees with it; otherwise the cell wins.
fn standing<T: Clone, E>(
    own: Result<ReadValue<T>, E>,
    stored: Option<&T>,
    agrees: impl FnOnce(&T) -> bool,
) -> Result<ReadValue<T>, E> {
    match stored {
        Some(stored) if agrees(stored) => Ok(ReadValue::plain(stored.clone())),
        _ => own,
    }
}
