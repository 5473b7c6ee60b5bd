//! Rows further down that tell of a column what the first rows do not: whom it names where it was blank, or named the same
//! people as the owner's.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::sheet::{Batch, Row};

use super::columns::Columns;
use super::header::{Role, title};

/// More rows than these tell nothing new.
const MOST: usize = 4_096;

/// What is looked for while all rows are read.
pub(super) struct Late {
    columns: Vec<usize>,
    assignee: usize,
    hasher: RandomState,
    /// Hashes of a column with what stands in it and in the assignee's.
    seen: HashSet<u64>,
    rows: Batch,
    /// The first rows end here.
    head: u32,
}

impl Late {
    /// What the first rows show of columns that are not used for what could be theirs.
    pub(super) fn below(head: Option<&Batch>, columns: &Columns) -> Late {
        let rows: Vec<Row<'_>> = head.into_iter().flat_map(Batch::rows).collect();
        let header = columns.header_row.unwrap_or_default();
        let below = rows.partition_point(|row| row.number() <= header);
        let is_blank = |index: usize| {
            let mut below = rows[below..].iter();
            below.all(|row| row.cell(index).trim().is_empty())
        };
        let is_told = |index: usize| {
            let title = title(columns.names.get(index).map_or("", String::as_str));
            (title.is_of_users() || title.is_of_somebody() || title.is_of_new)
                && title.role != Some(Role::OtherPerson)
        };
        let watched = columns.unused().into_iter().chain(columns.current);
        let mut late = Late {
            columns: match columns.earlier {
                // What was decided about results stands.
                Some(_) => Vec::new(),
                None => watched
                    .filter(|index| is_blank(*index) || is_told(*index))
                    .collect(),
            },
            assignee: columns.assignee,
            hasher: RandomState::new(),
            seen: HashSet::new(),
            rows: Batch::default(),
            head: rows.last().map_or(0, Row::number),
        };
        for row in &rows[below..] {
            late.is_new(row);
        }
        late
    }

    /// Takes in some rows.
    pub(super) fn add(&mut self, batch: &Batch) {
        if self.columns.is_empty() {
            return;
        }
        for row in batch.rows() {
            if row.number() <= self.head {
                continue;
            }
            if self.rows.len() == MOST {
                self.columns.clear();
                return;
            }
            if self.is_new(&row) {
                self.rows.keep(&row);
            }
        }
    }

    /// Whether somebody stands in one of the columns beside whom they did not stand before.
    fn is_new(&mut self, row: &Row<'_>) -> bool {
        let mut is_new = false;
        for column in &self.columns {
            let cell = row.cell(*column).trim();
            if !cell.is_empty() {
                let key = (column, cell, row.cell(self.assignee).trim());
                is_new |= self.seen.insert(self.hasher.hash_one(key));
            }
        }
        is_new
    }

    /// The rows that tell something new.
    pub(super) fn rows(self) -> Batch {
        self.rows
    }
}
