//! Who has which contacts: the rows of a sheet, read as a load.
//!
//! Contact and holder are read as everywhere; beside them a weight, a group, a mark that pins, a day and a status. What
//! makes the load of somebody unknown is a fault, of which all are gathered; a contact that cannot be read is none: its
//! row counts, and stays. Spreading the load is left to [`rebalance`](crate::rebalance).

mod cells;
mod columns;

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use crate::contact::{Assignee, Identifier, Repair};
use crate::sheet::{self, Batch, Row, Sheet};
use crate::workspace::NoUser;

use super::ahead::each_batch;
use super::reader::{Gist, OnHidden, Reader};
use crate::outcome::Reason;

use super::{AssigneeKey, Assignees, Columns, Problem, excerpt};

pub use cells::{MILLIONTHS, days};
pub(crate) use cells::{amount, filled};
pub use columns::{LoadChoice, LoadColumnError, LoadColumns, find_load_columns};

/// What is done about conversations that are closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnClosed {
    /// They are neither counted nor moved.
    #[default]
    LeaveOut,
    /// They are rows like others.
    Include,
}

/// Whether a day of the last activity has to be readable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBadDay {
    /// It is as if it were not known, and counted.
    #[default]
    Count,
    /// It is a fault.
    Fault,
}

/// How a load is read.
#[derive(Clone, Copy, Debug)]
pub struct LoadReader<'a> {
    /// How contacts and holders are read.
    pub reader: Reader<'a>,
    /// What is done about closed conversations.
    pub closed: OnClosed,
    /// Whether days have to be readable.
    pub days: OnBadDay,
}

/// A row that counts.
#[derive(Clone, Debug)]
pub struct LoadRow {
    /// Its number.
    pub row: u32,
    /// The contact; `None` if it cannot be read.
    pub contact: Option<Identifier>,
    /// Who has it; `None`: nobody.
    pub holder: Option<AssigneeKey>,
    /// How much load it is, in millionths.
    pub weight: u64,
    /// The group's place in [`Load::groups`]; `None`: the cell is blank, or there is no such column.
    pub group: Option<usize>,
    /// The day of the last activity, counted from 1970-01-01.
    pub active: Option<i32>,
    /// Whether it stays where it is.
    pub is_pinned: bool,
}

/// A load, read.
#[derive(Debug, Default)]
pub struct Load {
    /// The rows that count, in the sheet's order.
    pub rows: Vec<LoadRow>,
    /// Who has contacts.
    pub holders: Assignees,
    /// The groups, as they are first written.
    pub groups: Vec<String>,
    /// How often each status stands there, and whether it means that the conversation is closed.
    pub statuses: BTreeMap<String, (usize, bool)>,
    /// How many contacts each user keeps because they are closed.
    pub closed: HashMap<Assignee, usize>,
    /// Totals and remarks below the data.
    pub footers: usize,
    /// Rows that the workbook hides.
    pub hidden: Vec<u32>,
    /// Rows whose contact cannot be read, by what is wrong.
    pub unreadable: BTreeMap<String, Vec<u32>>,
    /// Rows whose day of the last activity cannot be read.
    pub bad_days: Vec<u32>,
    /// Rows without a weight, which count 1.
    pub without_weight: usize,
    /// Holders whose names nobody among the users has, with their rows.
    pub strangers: BTreeMap<String, Vec<u32>>,
    /// What else stands in the way, with its rows.
    pub faults: BTreeMap<String, Vec<u32>>,
    /// How many cells needed which repair.
    pub repairs: HashMap<Repair, usize>,
}

/// What one row says.
struct Said {
    row: u32,
    contact: Result<Identifier, Problem>,
    repairs: Vec<Repair>,
    holder: Option<Assignee>,
    beside: Beside,
}

/// What a row says beside contact and holder.
struct Beside {
    weight: Option<u64>,
    group: Option<Box<str>>,
    active: Result<Option<i32>, ()>,
    is_pinned: bool,
    status: Option<Box<str>>,
    is_closed: bool,
}

enum Part {
    Counts(Box<Said>),
    Fault(u32, String),
    Stranger(u32, Box<str>),
    Footer,
    Hidden(u32),
}

/// Reads every row of a load.
///
/// # Errors
/// If the file cannot be read. What is wrong with rows is in [`Load::faults`].
pub fn read_load(
    sheet: &Sheet,
    columns: &Columns,
    more: &LoadColumns,
    reader: &LoadReader<'_>,
) -> Result<Load, sheet::Error> {
    let mut load = Load::default();
    let mut groups = HashMap::new();
    let read = |batch: &Batch| -> Vec<Vec<Part>> {
        let rows = (0..batch.len()).into_par_iter().with_min_len(256);
        rows.map(|index| reader.row(&batch.row(index), columns, more))
            .collect()
    };
    each_batch(sheet, read, |_, parts| {
        for part in parts.into_iter().flatten() {
            load.add(part, reader, &mut groups);
        }
    })?;
    Ok(load)
}

impl LoadReader<'_> {
    /// What a row says; nothing for the header, what stands above it, and blank rows.
    fn row(&self, row: &Row<'_>, columns: &Columns, more: &LoadColumns) -> Vec<Part> {
        let Some(gist) = self.reader.gist(row, columns) else {
            return Vec::new();
        };
        let number = row.number();
        let mut parts = Vec::new();
        if row.is_hidden() {
            parts.push(Part::Hidden(number));
            if self.reader.hidden == OnHidden::Skip {
                return parts;
            }
        }
        let (contact, holder) = match gist {
            Gist::NoRow => return vec![Part::Footer],
            Gist::OtherOrder => {
                let why = "these are the names of the columns, in another order; move the cells below them under the names of the header";
                return vec![Part::Fault(number, why.to_owned())];
            }
            Gist::Unusable(problem) => return vec![Part::Fault(number, problem.group(columns))],
            Gist::Row { contact, current } => (contact, current),
        };
        let mut faults = Vec::new();
        let beside = self.beside(row, columns, more, &mut faults);
        let mut stranger = None;
        let holder = holder.unwrap_or_else(|problem| {
            match problem.reason {
                Reason::User(NoUser::NoSuchName { .. }) => stranger = Some(problem.found),
                _ => faults.push(problem.sentence(columns)),
            }
            None
        });
        // What does not count does not stand in the way either.
        if beside.is_closed && self.closed == OnClosed::LeaveOut {
            faults.clear();
            stranger = None;
        }
        let (contact, repairs) = match contact {
            Ok(read) => (Ok(read.value), read.repairs.iter().collect()),
            Err(problem) => (Err(problem), Vec::new()),
        };
        parts.extend(stranger.map(|name| Part::Stranger(number, name)));
        if faults.is_empty() {
            parts.push(Part::Counts(Box::new(Said {
                row: number,
                contact,
                repairs,
                holder: holder.map(|read| read.value),
                beside,
            })));
        }
        parts.extend(faults.into_iter().map(|fault| Part::Fault(number, fault)));
        parts
    }

    fn beside(
        &self,
        row: &Row<'_>,
        columns: &Columns,
        more: &LoadColumns,
        faults: &mut Vec<String>,
    ) -> Beside {
        let mut fault = |column: usize, cell: &str, why: &str| {
            let (name, found) = (columns.name(column), excerpt(cell));
            faults.push(format!("column `{name}`, `{found}`: {why}"));
        };
        let cell = |column: Option<usize>| {
            let column = column?;
            Some((column, filled(row.cell(column))?))
        };
        let status = cell(more.status).map(|(_, status)| status);
        let weight = more.weight.and_then(|column| {
            let (cell, kind) = (row.cell(column), row.kind(column));
            amount(cell, kind).unwrap_or_else(|why| {
                fault(column, cell, &why.to_string());
                None
            })
        });
        let is_pinned = cell(more.pinned).is_some_and(|(column, cell)| {
            cells::yes_or_no(cell).unwrap_or_else(|| {
                fault(column, cell, "this is neither yes nor no; write `yes` to pin the contact, or leave the cell blank");
                false
            })
        });
        let active = match cell(more.active) {
            None => Ok(None),
            Some((column, cell)) => match (cells::day(cell), self.days) {
                (Some(day), _) => Ok(Some(day)),
                (None, OnBadDay::Count) => Err(()),
                (None, OnBadDay::Fault) => {
                    fault(
                        column,
                        cell,
                        "this is not a day that can mean only one; write it like 2024-06-30",
                    );
                    Err(())
                }
            },
        };
        Beside {
            weight,
            group: cell(more.group).map(|(_, group)| group.into()),
            active,
            is_pinned,
            status: status.map(Into::into),
            is_closed: status.is_some_and(cells::is_closed),
        }
    }
}

impl Load {
    fn add(&mut self, part: Part, reader: &LoadReader<'_>, groups: &mut HashMap<String, usize>) {
        let said = match part {
            Part::Counts(said) => *said,
            Part::Fault(row, why) => return self.faults.entry(why).or_default().push(row),
            Part::Stranger(row, name) => {
                return self.strangers.entry(name.into()).or_default().push(row);
            }
            Part::Footer => {
                self.footers += 1;
                return;
            }
            Part::Hidden(row) => return self.hidden.push(row),
        };
        let beside = said.beside;
        if let Some(status) = beside.status {
            let known = self.statuses.entry(status.into());
            known.or_insert((0, beside.is_closed)).0 += 1;
        }
        if beside.is_closed && reader.closed == OnClosed::LeaveOut {
            let holder = said.holder.unwrap_or(Assignee::Nobody);
            *self.closed.entry(holder).or_default() += 1;
            return;
        }
        for repair in said.repairs {
            *self.repairs.entry(repair).or_default() += 1;
        }
        if beside.active.is_err() {
            self.bad_days.push(said.row);
        }
        if beside.weight.is_none() {
            self.without_weight += 1;
        }
        let group = beside.group.map(|group| {
            *groups.entry(plain(&group)).or_insert_with(|| {
                self.groups.push(group.into());
                self.groups.len() - 1
            })
        });
        let holder = said.holder.filter(|holder| *holder != Assignee::Nobody);
        self.rows.push(LoadRow {
            row: said.row,
            holder: holder.map(|holder| self.holders.key(holder)),
            weight: beside.weight.unwrap_or(MILLIONTHS),
            group,
            active: beside.active.unwrap_or_default(),
            is_pinned: beside.is_pinned,
            contact: match said.contact {
                Ok(contact) => Some(contact),
                Err(problem) => {
                    let why = problem.reason.to_string();
                    self.unreadable.entry(why).or_default().push(said.row);
                    None
                }
            },
        });
    }
}

/// A group's name as it is compared: without case and without spaces that do not count.
pub fn plain(group: &str) -> String {
    let words: Vec<&str> = group.split_whitespace().collect();
    words.join(" ").to_lowercase()
}
