//! Cells of a workbook become rows.

use std::ops::RangeInclusive;

use super::super::batch::{Batch, Entry};
use super::super::cell_facts::{Mark, Origin};
use super::super::flaw::Flaw;
use super::super::{MAX_CELLS, MAX_COLUMNS, MAX_ROW_BYTES};
use super::hidden::HiddenRows;
use super::merged::{Merge, Merges};
use super::value::Value;
use super::{Failure, Message};

/// How many rows a sheet of a workbook has at most.
const MAX_WORKBOOK_ROWS: u32 = 1 << 20;

/// How many bytes of text a sheet may hold: a short text that is kept once can stand in any number of cells.
const MAX_SHEET_TEXT: u64 = 1 << 30;

/// Gathers cells, row by row from left to right, into batches.
pub(super) struct Rows<'s> {
    batch: Batch,
    /// The row being gathered, counted from 0.
    row: Option<u32>,
    /// The first row that no row was gathered for, nor passed over.
    next: u32,
    /// Where the row's cells begin in the batch.
    first: usize,
    /// Where its text begins there.
    start: usize,
    cells: u64,
    /// How much text there was in the rows before.
    text: u64,
    /// Whether the row being gathered has more text than a row may have.
    too_long: bool,
    hidden: HiddenRows,
    merges: Merges,
    /// How many of the merged ranges that the row goes through have had their turn.
    merged: usize,
    /// The rows that hold the totals of tables, counted from 0.
    totals: Vec<u32>,
    is_full: fn(&Batch) -> bool,
    sink: &'s mut dyn FnMut(Message) -> bool,
}

/// Why gathering ends early.
pub(super) enum Stop {
    /// Nobody listens any more.
    Unheard,
    /// The workbook cannot be read on.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

impl<'s> Rows<'s> {
    /// Starts with no row; `sink` is given each full batch, and tells whether it still listens.
    pub(super) fn new(sink: &'s mut dyn FnMut(Message) -> bool) -> Rows<'s> {
        Rows {
            batch: Batch::default(),
            row: None,
            next: 0,
            first: 0,
            start: 0,
            cells: 0,
            text: 0,
            too_long: false,
            hidden: HiddenRows::default(),
            merges: Merges::default(),
            merged: 0,
            totals: Vec::new(),
            is_full: Batch::is_full,
            sink,
        }
    }

    /// The same, but hands over each row at once, to learn soon whether there is any.
    pub(super) fn one_by_one(sink: &'s mut dyn FnMut(Message) -> bool) -> Rows<'s> {
        Rows {
            is_full: |batch| !batch.is_empty(),
            ..Rows::new(sink)
        }
    }

    /// Tells of all the rows that are hidden, before the first cell.
    pub(super) fn hidden(&mut self, rows: HiddenRows) {
        self.hidden = rows;
    }

    /// Tells of columns that are hidden, the first and the last of each stretch, before the first row.
    pub(super) fn hide_columns(&mut self, columns: &[(u32, u32)]) {
        if self.batch.hidden_columns.is_empty() {
            self.batch.hidden_columns.extend_from_slice(columns);
        }
    }

    /// Tells that rows are hidden, counted from 0, before their cells and after those of the rows above.
    pub(super) fn hide(&mut self, rows: RangeInclusive<u32>) -> Result<(), Failure> {
        self.hidden.add(rows)
    }

    /// Tells of merged ranges, before the first cells of the rows that they begin in.
    pub(super) fn merge(&mut self, merges: impl IntoIterator<Item = Merge>) -> Result<(), Failure> {
        self.merges.add(merges)
    }

    /// Tells of the rows that hold the totals of tables, counted from 0, before the first cell.
    pub(super) fn totals(&mut self, rows: Vec<u32>) {
        self.totals = rows;
    }

    /// Adds a cell that somebody typed, as far as is known; `row` and `column` are counted from 0. Blank ones leave no
    /// trace.
    pub(super) fn cell(&mut self, place: (u32, u32), value: &Value<'_>) -> Result<(), Stop> {
        self.cell_from(place, value, Origin::Typed)
    }

    /// The same for a cell whose value came about in a way that is known.
    pub(super) fn cell_from(
        &mut self,
        (row, column): (u32, u32),
        value: &Value<'_>,
        origin: Origin,
    ) -> Result<(), Stop> {
        if value.is_blank() {
            return Ok(());
        }
        if row >= MAX_WORKBOOK_ROWS || column as usize >= MAX_COLUMNS {
            return Err(Failure::damaged("it has a cell outside of what a sheet can hold").into());
        }
        if self.row != Some(row) {
            if self.row.is_some_and(|current| current > row) {
                return Err(Failure::damaged("its rows are out of order").into());
            }
            self.end_row()?;
            self.fill_rows(row)?;
            self.begin(row);
        }
        self.fill_to(column)?;
        let active = self.merges.active.get(self.merged);
        if let Some(merge) = active.map(|active| active.merge)
            && merge.columns.0 == column
        {
            if merge.rows.0 < row {
                // Hidden by the value above, or by nothing, which is not what stands here.
                self.fill_to(column + 1)?;
                return self.covered(column);
            }
            let start = self.batch.text.len();
            self.push(column, |text| {
                let mark = Mark::new(value.write(text), origin);
                match merge.is_wide() {
                    true => mark.with(Mark::ACROSS),
                    false => mark,
                }
            })?;
            if let (Some(text), Some(mark)) =
                (self.batch.text.get(start..), self.batch.marks.last())
            {
                let shown = (text.to_owned(), *mark);
                self.merges.active[self.merged].shown = Some(shown);
            }
            self.merged += 1;
            return self.cover(merge);
        }
        let past = &self.merges.active[..self.merged];
        if past.iter().any(|past| past.merge.columns.1 >= column) {
            return self.covered(column);
        }
        if (column as usize) < self.present() {
            let detail = format!("the cells of its row {} are out of order", row + 1);
            return Err(Failure::damaged(detail).into());
        }
        self.push(column, |text| Mark::new(value.write(text), origin))
    }

    /// How many cells the row has so far.
    fn present(&self) -> usize {
        self.batch.ends.len() - self.first
    }

    /// Adds a cell to the row, right of those that it has.
    fn push(&mut self, column: u32, write: impl FnOnce(&mut String) -> Mark) -> Result<(), Stop> {
        let column = column as usize;
        self.cells += (column + 1).saturating_sub(self.present()) as u64;
        if self.cells > MAX_CELLS {
            return Err(Failure::TooLarge(format!("{MAX_CELLS} cells")).into());
        }
        if self.too_long {
            return Ok(());
        }
        let end = self.batch.text.len() as u32;
        self.batch.ends.resize(self.first + column, end);
        self.batch
            .marks
            .resize(self.first + column, Mark::default());
        let mark = write(&mut self.batch.text);
        self.batch.ends.push(self.batch.text.len() as u32);
        self.batch.marks.push(mark);
        self.too_long = self.batch.text.len() - self.start > MAX_ROW_BYTES;
        Ok(())
    }

    /// Adds what merged ranges show that begin further up, left of `column`.
    fn fill_to(&mut self, column: u32) -> Result<(), Stop> {
        while let Some(active) = self.merges.active.get_mut(self.merged)
            && active.merge.columns.0 < column
        {
            let merge = active.merge;
            let shown = active.shown.take();
            if let Some((text, mark)) = &shown
                && merge.columns.0 as usize >= self.present()
            {
                self.push(merge.columns.0, |out| {
                    out.push_str(text);
                    mark.with(Mark::FILLED)
                })?;
                self.cover(merge)?;
            }
            self.merges.active[self.merged].shown = shown;
            self.merged += 1;
        }
        Ok(())
    }

    /// Adds the cells of a merged range right of its first.
    fn cover(&mut self, merge: Merge) -> Result<(), Stop> {
        let last = merge.columns.1.min(MAX_COLUMNS as u32 - 1);
        (merge.columns.0 + 1..=last).try_for_each(|column| self.covered(column))
    }

    /// Adds a covered cell, unless there is one.
    fn covered(&mut self, column: u32) -> Result<(), Stop> {
        if (column as usize) < self.present() {
            return Ok(());
        }
        self.push(column, |text| {
            Mark::new(Value::Covered.write(text), Origin::Typed)
        })
    }

    /// Adds the rows above `end` that have no cells but what merged ranges show in them.
    fn fill_rows(&mut self, end: u32) -> Result<(), Stop> {
        for row in self.next..end {
            self.begin(row);
            if !self.merges.fill() {
                self.row = None;
                break;
            }
            self.end_row()?;
        }
        Ok(())
    }

    fn begin(&mut self, row: u32) {
        self.row = Some(row);
        self.merged = 0;
        self.merges.begin(row);
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        let Some(row) = self.row else {
            return Ok(());
        };
        self.fill_to(u32::MAX)?;
        self.row = None;
        self.next = row + 1;
        let index = self.batch.rows.len() as u32;
        if std::mem::take(&mut self.too_long) {
            // As with text, such a row is named, and not given.
            self.batch.text.truncate(self.start);
            self.batch.ends.truncate(self.first);
            self.batch.marks.truncate(self.first);
            self.batch.flaws.push((index, Flaw::TooLong));
        }
        self.text += (self.batch.text.len() - self.start) as u64;
        if self.text > MAX_SHEET_TEXT {
            let limit = format!("{} MiB of text", MAX_SHEET_TEXT >> 20);
            return Err(Failure::TooLarge(limit).into());
        }
        self.start = self.batch.text.len();
        self.first = self.batch.ends.len();
        if self.hidden.take(row) {
            self.batch.hidden.push(index);
        }
        if self.totals.contains(&row) {
            self.batch.totals.push(index);
        }
        self.batch.rows.push(Entry {
            number: row + 1,
            last: self.first as u32,
        });
        if (self.is_full)(&self.batch) {
            self.hand_over()
        } else {
            Ok(())
        }
    }

    fn hand_over(&mut self) -> Result<(), Stop> {
        let batch = std::mem::take(&mut self.batch);
        (self.first, self.start) = (0, 0);
        if batch.is_empty() || (self.sink)(Message::Batch(batch)) {
            Ok(())
        } else {
            Err(Stop::Unheard)
        }
    }

    /// Hands over what is left.
    pub(super) fn finish(mut self) -> Result<(), Stop> {
        self.end_row()?;
        self.fill_rows(MAX_WORKBOOK_ROWS)?;
        self.hand_over()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::cell_facts::CellKind;
    use super::*;

    /// What is made of these cells and merged ranges.
    fn gather(cells: &[((u32, u32), &str)], merges: &[&str]) -> Result<Vec<Batch>, Stop> {
        let mut batches = Vec::new();
        let mut sink = |message| {
            if let Message::Batch(batch) = message {
                batches.push(batch);
            }
            true
        };
        let mut rows = Rows::new(&mut sink);
        let range = |reference: &&str| Merge::parse(reference).expect("a range");
        rows.merge(merges.iter().map(range))?;
        for (place, value) in cells {
            rows.cell(*place, &Value::Text((*value).into()))?;
        }
        rows.finish()?;
        Ok(batches)
    }

    #[test]
    fn rows_keep_the_numbers_of_the_workbook() {
        let Ok(batches) = gather(&[((2, 1), "a"), ((2, 3), ""), ((9, 0), "b")], &[]) else {
            panic!("rows are in order")
        };
        let rows: Vec<_> = batches[0]
            .rows()
            .map(|row| (row.number(), row.cells().collect::<Vec<_>>()))
            .collect();
        assert_eq!(rows, [(3, vec!["", "a"]), (10, vec!["b"])]);
    }

    #[test]
    fn cells_out_of_order_are_refused_rather_than_mixed_up() {
        for cells in [
            &[((1, 0), "a"), ((0, 0), "b")][..],
            &[((0, 1), "a"), ((0, 0), "b")],
            &[((0, 1), "a"), ((0, 1), "b")],
            &[((1 << 20, 0), "a")],
        ] {
            let gathered = gather(cells, &[]);
            let is_refused = matches!(gathered, Err(Stop::Failed(Failure::Damaged(_))));
            assert!(is_refused, "{cells:?}");
        }
    }

    /// What is read of a sheet of these cells and merged ranges: `^` stands for a filled cell, `<` for a covered one.
    fn seen(cells: &[((u32, u32), &str)], merges: &[&str]) -> Vec<(u32, Vec<String>)> {
        let Ok(batches) = gather(cells, merges) else {
            panic!("the sheet is sound")
        };
        let rows = batches.iter().flat_map(Batch::rows).map(|row| {
            let cell = |(column, cell): (usize, &str)| match row.kind(column) {
                CellKind::Covered => format!("<{cell}"),
                _ if row.is_filled(column) => format!("^{cell}"),
                _ => cell.to_owned(),
            };
            (row.number(), row.cells().enumerate().map(cell).collect())
        });
        rows.collect()
    }

    fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
        (
            number,
            cells.iter().map(|cell| (*cell).to_owned()).collect(),
        )
    }

    #[test]
    fn a_range_merged_downwards_shows_its_value_in_every_row() {
        let read = seen(
            &[
                ((0, 0), "ann"),
                ((0, 1), "12"),
                ((1, 0), "hidden"),
                ((1, 1), "13"),
                ((2, 1), "14"),
                ((3, 0), "bob"),
            ],
            &["A1:A3"],
        );
        let expected = [
            row(1, &["ann", "12"]),
            row(2, &["^ann", "13"]),
            row(3, &["^ann", "14"]),
            row(4, &["bob"]),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn rows_that_have_no_cells_but_merged_ones_are_rows() {
        let read = seen(&[((1, 2), "ann"), ((5, 0), "z")], &["C2:C4", "A6:A7"]);
        let expected = [
            row(2, &["", "", "ann"]),
            row(3, &["", "", "^ann"]),
            row(4, &["", "", "^ann"]),
            row(6, &["z"]),
            row(7, &["^z"]),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_range_merged_across_covers_what_stands_right_of_its_first_cell() {
        let read = seen(
            &[
                ((0, 1), "north"),
                ((0, 2), "hidden"),
                ((0, 4), "x"),
                ((1, 3), "hidden"),
                ((1, 4), "y"),
            ],
            &["B1:D2"],
        );
        let expected = [
            row(1, &["", "north", "<", "<", "x"]),
            row(2, &["", "^north", "<", "<", "y"]),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn what_a_blank_merged_cell_hides_is_not_read() {
        let read = seen(
            &[((0, 1), "a"), ((1, 0), "hidden"), ((1, 1), "b")],
            &["A1:A2"],
        );
        assert_eq!(read, [row(1, &["", "a"]), row(2, &["<", "b"])]);
    }
}
