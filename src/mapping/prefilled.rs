//! Rows without contact and assignee that hold only what somebody filled in for rows to come: a checkbox, a row number,
//! the same word in each of them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::contact::Assignee;
use crate::sheet::{CellKind, Origin, Row};
use crate::vocabulary::is_truth;

use super::Columns;

/// What else stands in a row that names neither contact nor assignee.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefilled {
    /// Its number in the sheet.
    row: u32,
    /// Whether somebody is named in it, be it who gets a contact that is not there.
    names_somebody: bool,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    column: usize,
    /// Stands for the cell's text.
    hash: u64,
    /// The number that it is, if it is one.
    number: Option<u64>,
}

impl Prefilled {
    /// What stands in a row that names no contact in any column that could.
    pub(super) fn of(row: &Row<'_>, columns: &Columns) -> Option<Prefilled> {
        let contacts = columns.identifiers.iter().chain(&columns.witnesses);
        let mut contacts = contacts.map(|column| column.index);
        let mut people = [columns.assignee].into_iter().chain(columns.current);
        let is_blank = |index: usize| {
            let cell = columns.own_text(row, index);
            let is_hidden_zero = row.kind(index) == CellKind::Unshown && cell == "0";
            is_hidden_zero
                || (matches!(row.kind(index), CellKind::Text)
                    && (cell.trim().is_empty()
                        || Assignee::read(&cell).is_err_and(|reason| reason.is_blank())))
        };
        // A formula that was never computed would name somebody for a contact that is not there.
        let is_computed = |index: usize| row.kind(index) == CellKind::Formula;
        if row.flaw().is_some() || !contacts.all(is_blank) {
            return None;
        }
        let names_somebody = !people.all(|index| is_blank(index) || is_computed(index));
        let typed = row.filled().filter(|index| {
            let cell = row.cell(*index).trim();
            let is_box = row.kind(*index) == CellKind::Boolean
                || is_truth(cell)
                || matches!(cell, "☐" | "☑" | "☒");
            let is_own = row.origin(*index) == Origin::Typed && !row.is_filled(*index);
            !is_blank(*index) && !is_box && is_own && !is_computed(*index)
        });
        Some(Prefilled {
            row: row.number(),
            names_somebody,
            cells: typed.map(|column| Cell::of(row, column)).collect(),
        })
    }

    /// Whether the row by itself leaves no doubt.
    pub(super) fn is_certain(&self) -> bool {
        self.cells.is_empty() && !self.names_somebody
    }
}

impl Cell {
    fn of(row: &Row<'_>, column: usize) -> Cell {
        let cell = row.cell(column).trim();
        let mut hasher = DefaultHasher::new();
        cell.hash(&mut hasher);
        Cell {
            column,
            hash: hasher.finish(),
            number: cell.parse().ok(),
        }
    }
}

/// What stands in the first rows of data beside contact and assignee: the same in each of them, or numbers that count on.
#[derive(Default)]
pub(super) struct Usual {
    columns: HashMap<usize, Column>,
}

impl Usual {
    /// More rows than these show nothing new.
    const ROWS: usize = 200;
    /// In fewer rows than these, the same word says nothing.
    const SAME: usize = 3;

    pub(super) fn of<'a>(rows: impl Iterator<Item = Row<'a>>, columns: &Columns) -> Usual {
        let mut usual = Usual::default();
        let is_data = |row: &Row<'_>| {
            let mut contacts = columns.identifiers.iter();
            contacts.any(|column| !row.cell(column.index).trim().is_empty())
        };
        for row in rows.filter(is_data).take(Usual::ROWS) {
            for column in row.filled() {
                usual.add(row.number(), &Cell::of(&row, column));
            }
        }
        usual
    }

    fn add(&mut self, row: u32, cell: &Cell) {
        let column = self.columns.entry(cell.column);
        let column = column.or_insert_with(|| Column::new(row, cell));
        column.add(row, cell);
    }

    /// Whether a cell goes on with what stands above it.
    fn holds(&self, row: u32, cell: &Cell) -> bool {
        self.columns.get(&cell.column).is_some_and(|column| {
            let is_same = column.is_same && column.cells >= Usual::SAME;
            (is_same && column.first.hash == cell.hash)
                || (column.counts && offset(row, cell) == column.offset)
        })
    }
}

/// So many rows below the data that name the same user and no contact were filled in ahead; fewer may have lost their
/// contacts.
const FILLED_IN: usize = 10;

/// Which of these rows are no rows, by their places: those in which every cell stands the same in all the others that
/// have one there, or counts on from row to row, or goes on with the data above. Those that name somebody must be many, and below all of the data.
pub(super) fn no_rows(
    open: &[(usize, Prefilled)],
    usual: &Usual,
    last_of_data: Option<usize>,
) -> impl Iterator<Item = usize> {
    let is_below = move |place: usize| last_of_data.is_none_or(|last| place > last);
    let filled_in = open
        .iter()
        .filter(|(place, row)| row.names_somebody && is_below(*place));
    let are_many = filled_in.count() >= FILLED_IN;
    let mut all = Usual::default();
    for (_, row) in open {
        for cell in &row.cells {
            all.add(row.row, cell);
        }
    }
    open.iter()
        .filter(move |(place, row)| {
            let mut cells = row.cells.iter();
            (!row.names_somebody || (are_many && is_below(*place)))
                && cells.all(|cell| {
                    let column = all.columns.get(&cell.column);
                    column.is_some_and(Column::is_prefilled) || usual.holds(row.row, cell)
                })
        })
        .map(|(place, _)| *place)
}

/// What is known of a column in the rows without contact and assignee.
struct Column {
    cells: usize,
    first: Cell,
    /// How far the first number is behind the number of its row.
    offset: Option<i64>,
    is_same: bool,
    counts: bool,
}

impl Column {
    fn new(row: u32, cell: &Cell) -> Column {
        Column {
            cells: 0,
            first: *cell,
            offset: offset(row, cell),
            is_same: true,
            counts: true,
        }
    }

    fn add(&mut self, row: u32, cell: &Cell) {
        self.cells += 1;
        self.is_same &= cell.hash == self.first.hash;
        self.counts &= self.offset.is_some() && offset(row, cell) == self.offset;
    }

    fn is_prefilled(&self) -> bool {
        self.cells > 1 && (self.is_same || self.counts)
    }
}

fn offset(row: u32, cell: &Cell) -> Option<i64> {
    let number = i64::try_from(cell.number?).ok()?;
    Some(i64::from(row) - number)
}
