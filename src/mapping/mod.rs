//! A row becomes a mapping, or a rejection that says why not.
//!
//! Rows are read in parallel with rayon and come out in the sheet's order. Judging rows against each other
//! (duplicates, conflicts, what is settled) is left to [`plan`](crate::plan).

mod ahead;
mod assignees;
mod columns;
mod columns_revised;
mod country;
mod earlier;
mod ends;
mod fingerprint;
mod footer;
mod header;
mod item;
mod load;
mod prefilled;
mod reader;
mod rejection;
pub(crate) mod resolve;
mod row_kind;
mod row_question;

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use crate::contact::{Assignee, Identifier, ReadValue, Repair};
use crate::outcome::{Code, Decision, Reason, Status};
use crate::sheet::{self, Batch, Sheet};
use crate::workspace::Spelling;

use ahead::each_batch;
use columns_revised::Late;
use ends::{Below, Ends};
use prefilled::Usual;
use reader::{Assigned, Contact, Part, RowRead, named_before};
use resolve::Suggestions;

pub use assignees::{AssigneeKey, Assignees};
pub use columns::{
    About, Choice, Column as FoundColumn, Columns, Error as ColumnError, HEADER_WITHIN,
    IdentifierColumn, MOVES_HEADER, Names, Offer, Question, Seeks, Wanted, find as find_columns,
    instead as columns_instead,
};
pub use earlier::{Earlier, EarlierColumns, Unreadable, own_cells};
pub use fingerprint::Fingerprints;
pub use footer::NoRow;
pub(crate) use header::{Role, role};
pub use item::{Item, Reading, Witnesses};
pub use load::{
    Load, LoadChoice, LoadColumnError, LoadColumns, LoadReader, LoadRow, MILLIONTHS, OnBadDay,
    OnClosed, days, find_load_columns, plain as plain_group, read_load,
};
pub(crate) use load::{amount, filled};
pub use reader::{OnBlank, OnHidden, Overlong, Reader};
pub use rejection::{Problem, Rejection, excerpt};
pub use row_question::RowQuestion;

/// A sheet, read.
#[derive(Debug, Default)]
pub struct Mappings {
    /// Its rows, in the sheet's order: every one below the header with a cell that is not blank.
    pub items: Vec<Item>,
    /// The assignees in them.
    pub assignees: Assignees,
    /// The widest row, in cells up to the last one that is not blank; the header counts too.
    pub width: usize,
    /// The rows that the workbook hides and that no earlier run settled, whatever becomes of them.
    pub hidden: Vec<u32>,
    /// How many cells needed which repair.
    pub repairs: HashMap<Repair, usize>,
    /// The rows whose phone number is possible, but none that is known to be in use.
    pub unknown_phones: Vec<u32>,
    /// How many assignees were named by a name, and how it was written.
    pub named: HashMap<Spelling, usize>,
    /// Rows that tell of columns what the first rows did not.
    pub late: Batch,
}

/// Why a sheet cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    Sheet(#[from] sheet::Error),
    /// Our own columns were changed into something that we cannot read back.
    #[error("{}", unreadable(.0))]
    Unreadable(Vec<(u32, Unreadable)>),
    /// The columns are named again further down, in another order.
    #[error(
        "row {row} names the columns again, in another order; move the cells below it under the names in row {header}, and \
         delete row {row}"
    )]
    OtherOrder {
        /// The row.
        row: u32,
        /// The header's.
        header: u32,
    },
    /// Two rows claim to be the same row of the first sheet.
    #[error("`reassign_row` {row} is in two rows; clear it in the one that was added")]
    SameRow {
        /// The number.
        row: u32,
    },
}

fn unreadable(rows: &[(u32, Unreadable)]) -> String {
    let shown = rows
        .iter()
        .take(5)
        .map(|(row, why)| format!("row {row}: {why}"))
        .collect::<Vec<_>>()
        .join("\n  ");
    match rows.len().saturating_sub(5) {
        0 => shown,
        more => format!("{shown}\n  and {more} more rows"),
    }
}

/// Reads every row of a sheet.
///
/// # Errors
/// If the file cannot be read, or our own columns in it cannot be read back.
pub fn read(sheet: &Sheet, columns: &Columns, reader: &Reader<'_>) -> Result<Mappings, Error> {
    let mut mappings = Mappings {
        width: columns.last_named().map_or(0, |last| last + 1),
        ..Mappings::default()
    };
    let mut bad = Vec::new();
    let mut suggestions = reader.users.map(Suggestions::new);
    let mut open = Vec::new();
    let mut ends = Ends::default();
    let mut below = Below::default();
    let mut last_of_data = None;
    let mut other_order = None;
    let mut late = Late::below(sheet.head()?, columns);
    let read = |batch: &Batch| -> Vec<Result<RowRead, (u32, Unreadable)>> {
        let rows = (0..batch.len()).into_par_iter().with_min_len(256);
        rows.filter_map(|index| reader.row(&batch.row(index), columns).transpose())
            .collect()
    };
    each_batch(sheet, read, |batch, rows| {
        late.add(batch);
        for row in rows {
            match row {
                Ok(mut row) => {
                    if let (Err(problem), Some(suggestions)) = (&mut row.assignee, &mut suggestions)
                    {
                        suggestions.add(problem);
                    }
                    let place = mappings.items.len();
                    below.add(place, &row);
                    match std::mem::replace(&mut row.part, Part::Data) {
                        Part::Open(prefilled) => {
                            open.push((place, prefilled));
                            ends.pass(place, &row);
                        }
                        Part::OtherOrder => other_order = other_order.or(row.row),
                        Part::NoRow(no_row) => {
                            row.part = Part::NoRow(no_row);
                            ends.pass(place, &row);
                        }
                        Part::Data => {
                            last_of_data = Some(place);
                            if row.earlier.is_none() {
                                ends.add(place, &row, batch, columns);
                            }
                        }
                    }
                    mappings.push(row, reader.hidden);
                }
                Err(err) => bad.push(err),
            }
        }
    })?;
    if !bad.is_empty() {
        return Err(Error::Unreadable(bad));
    }
    if let (Some(row), Some(header)) = (other_order, columns.header_row) {
        return Err(Error::OtherOrder { row, header });
    }
    mappings.late = late.rows();
    if !open.is_empty() {
        let head = sheet.head()?;
        let data = head.into_iter().flat_map(Batch::rows);
        let data = data.filter(|row| {
            columns
                .header_row
                .is_none_or(|header| row.number() > header)
        });
        let usual = Usual::of(data, columns);
        for place in prefilled::no_rows(&open, &usual, last_of_data) {
            mappings.items[place].reading = Reading::NoRow(NoRow::Prefilled);
        }
    }
    for place in below.remarks().into_iter().chain(ends.count()) {
        mappings.items[place].reading = Reading::NoRow(NoRow::Footer);
    }
    if let Some((place, cells)) = ends.total() {
        mappings.doubt(place, cells);
    }
    mappings.number_new_rows()?;
    Ok(mappings)
}

impl Mappings {
    fn push(&mut self, read: RowRead, on_hidden: OnHidden) {
        self.width = self.width.max(read.width);
        self.count(&read);
        let settled = read
            .earlier
            .as_ref()
            .is_some_and(|earlier| earlier.status.is_settled());
        if read.is_hidden && !settled {
            self.hidden.extend(read.row);
        }
        let (reading, current) = match read.part {
            Part::NoRow(no_row) => (Reading::NoRow(no_row), None),
            Part::Data | Part::Open(_) | Part::OtherOrder => {
                let sides = (read.contact, read.assignee, read.current);
                self.reading(sides, read.earlier.as_deref(), read.cells)
            }
        };
        self.items.push(Item {
            // A blank `reassign_row` stands for a row that was added since; it gets its number when all are known.
            row: read.row.unwrap_or(NEW),
            reading,
            current,
            witnesses: read.witnesses,
            cells: read.own_cells,
            is_merged: read.is_merged,
            earlier: read.earlier.map(|earlier| shown_again(earlier, on_hidden)),
            hidden_away: read.is_hidden && on_hidden == OnHidden::Skip,
        });
    }

    /// Counts what had to be repaired, and what is worth a look.
    fn count(&mut self, read: &RowRead) {
        let of_contact = read.contact.iter().flat_map(|read| read.repairs.iter());
        let assignees = read.assignee.iter().flatten();
        for repair in of_contact.chain(assignees.flat_map(|read| read.repairs.iter())) {
            *self.repairs.entry(repair).or_default() += 1;
        }
        if let Some(spelling) = read.named {
            *self.named.entry(spelling).or_default() += 1;
        }
        let is_unknown = |read: &ReadValue<Identifier>| {
            let mut repairs = read.repairs.iter();
            repairs.any(|repair| repair == Repair::NotValid)
        };
        if read.contact.as_ref().is_ok_and(is_unknown) {
            self.unknown_phones.extend(read.row);
        }
    }

    /// What a row of data says, and who it says has the contact.
    fn reading(
        &mut self,
        (contact, assignee, current): (Contact, Assigned, Assigned),
        earlier: Option<&Earlier>,
        cells: Fingerprints,
    ) -> (Reading, Option<AssigneeKey>) {
        let mut problems = Vec::new();
        let mut intern = |read: ReadValue<Assignee>| self.assignees.key(read.value);
        let contact = contact.map_err(|problem| problems.push(problem)).ok();
        let assignee = assignee.map_err(|problem| problems.push(problem)).ok();
        let assignee = assignee.map(|found| found.map(&mut intern));
        let current = current.map_err(|problem| problems.push(problem)).ok();
        let current = current.flatten().map(&mut intern);
        problems.dedup(); // a flaw of the whole row is reported once
        let contact = contact.map(|read| read.value);
        let reading = match (contact, assignee) {
            (contact @ Some(_), Some(None)) if problems.is_empty() => Reading::Blank { contact },
            // Nothing is to be done, so nothing has to be repaired first. What its text does not show would be forgotten.
            (contact, Some(None)) if earlier.is_none() && cells.is_empty() => {
                Reading::Blank { contact }
            }
            (Some(contact), Some(Some(assignee))) if problems.is_empty() => {
                Reading::Mapping { contact, assignee }
            }
            (contact, assignee) => Reading::Rejected(Box::new(Rejection {
                contact,
                // An open row whose cell was emptied keeps whom it has named, so that the next run knows, too.
                assignee: assignee.flatten().or_else(|| {
                    let open = earlier.filter(|earlier| !earlier.status.is_settled());
                    let mut codes = problems.iter().map(|problem| problem.reason.code());
                    let is_emptied = codes.any(|code| code == Code::Blank);
                    let named = named_before(open).filter(|_| is_emptied)?;
                    Some(self.assignees.key(named.clone()))
                }),
                problems: problems.into(),
                cells,
            })),
        };
        (reading, current)
    }

    /// Takes a row for a total: what could be read of it is not sent, and what could not is no row.
    fn doubt(&mut self, place: usize, cells: Fingerprints) {
        let item = &mut self.items[place];
        item.reading = match item.reading {
            Reading::Rejected(_) => Reading::NoRow(NoRow::Footer),
            _ => Reading::Rejected(Box::new(Rejection {
                contact: None,
                assignee: None,
                problems: [Problem::of_row(Reason::Total)].into(),
                cells,
            })),
        };
        item.current = None;
    }

    /// Rows that were added to a results file go on behind the highest number.
    fn number_new_rows(&mut self) -> Result<(), Error> {
        let mut next = self.items.iter().map(|item| item.row).max().unwrap_or(0) + 1;
        let in_order = self.items.windows(2).all(|pair| pair[0].row < pair[1].row);
        let mut seen = HashSet::new();
        for item in &mut self.items {
            if item.row == NEW {
                item.row = next;
                next += 1;
            } else if !in_order && !seen.insert(item.row) {
                return Err(Error::SameRow { row: item.row });
            }
        }
        Ok(())
    }
}

/// Hidden rows that an earlier run has left out are open again, if they are to be rows like others now.
fn shown_again(mut earlier: Box<Earlier>, on_hidden: OnHidden) -> Box<Earlier> {
    let was_hidden = earlier.status == Status::Skipped && earlier.codes.contains(&Code::HiddenRow);
    if was_hidden && on_hidden == OnHidden::Include && earlier.decision.is_none() {
        earlier.decision = Some(Decision::Again);
    }
    earlier
}

const NEW: u32 = 0;
