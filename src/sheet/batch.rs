//! Rows, kept by the thousand in one buffer.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};

use super::cell_facts::{CellKind, Mark, Origin};
use super::flaw::Flaw;

/// How many rows a batch holds at most.
pub const MAX_BATCH_ROWS: usize = 4_096;

/// How many bytes of text a batch holds before it is handed over; one last row may exceed it.
pub const MAX_BATCH_BYTES: usize = 4 << 20;

/// How many cells a batch holds before it is handed over; one last row may exceed it.
pub const MAX_BATCH_CELLS: usize = 1 << 20;

/// Some thousands of rows in the order of the sheet.
///
/// All cells stand one after the other in a single string, so that a batch costs a handful of allocations whatever
/// it holds, and can be shared among threads that each take some of its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub(super) text: String,
    /// Where each cell ends in `text`; it starts where the one before ends.
    pub(super) ends: Vec<u32>,
    /// What each cell was; empty if all of them were plain text.
    pub(super) marks: Vec<Mark>,
    pub(super) rows: Vec<Entry>,
    /// Indexes into `rows`, ascending, of those that are hidden.
    pub(super) hidden: Vec<u32>,
    /// Indexes into `rows`, ascending, of those that the workbook itself says hold the totals of a table.
    pub(super) totals: Vec<u32>,
    /// The first and the last of columns that are hidden, counted from 0; told by the first batch of a sheet.
    pub(super) hidden_columns: Vec<(u32, u32)>,
    /// Indexes into `rows`, ascending, with what is wrong there.
    #[serde(with = "too_long")]
    pub(super) flaws: Vec<(u32, Flaw)>,
}

/// Flaws as they come from another process: a row of a workbook can only be too long.
mod too_long {
    use super::{Deserialize, Flaw, Serialize};

    pub(super) fn serialize<S: serde::Serializer>(
        flaws: &[(u32, Flaw)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let rows: Vec<u32> = flaws.iter().map(|(row, _)| *row).collect();
        rows.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(u32, Flaw)>, D::Error> {
        let rows = Vec::<u32>::deserialize(deserializer)?;
        Ok(rows.into_iter().map(|row| (row, Flaw::TooLong)).collect())
    }
}

/// Where a row is found in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Its number in the sheet.
    pub(super) number: u32,
    /// The index in `ends` after its last cell.
    pub(super) last: u32,
}

impl Batch {
    /// Whether the sheet hides a column; only its first batch knows.
    pub(crate) fn hides_column(&self, index: usize) -> bool {
        let holds =
            |(first, last): &(u32, u32)| (*first as usize..=*last as usize).contains(&index);
        self.hidden_columns.iter().any(holds)
    }

    /// How many rows it holds.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row at `index`, counted from 0 within this batch.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Batch::len).
    pub fn row(&self, index: usize) -> Row<'_> {
        let last = self.rows[index].last as usize;
        let first = index
            .checked_sub(1)
            .map_or(0, |before| self.rows[before].last as usize);
        Row {
            batch: self,
            index,
            first,
            last,
        }
    }

    /// All rows, in the order of the sheet.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.len()).map(|index| self.row(index))
    }

    /// The text of some neighbouring cells.
    fn text_of(&self, cells: Range<usize>) -> &str {
        let end = |cells: usize| {
            cells
                .checked_sub(1)
                .map_or(0, |last| self.ends[last] as usize)
        };
        &self.text[end(cells.start)..end(cells.end)]
    }

    /// Whether its lists fit one another, for a batch that came from another process.
    pub(super) fn is_sound(&self) -> bool {
        let are_rows = |indexes: &[u32]| {
            let last = indexes.last();
            indexes.is_sorted_by(|one, next| one < next)
                && last.is_none_or(|last| (*last as usize) < self.rows.len())
        };
        let flawed: Vec<u32> = self.flaws.iter().map(|(row, _)| *row).collect();
        self.ends.is_sorted()
            && self
                .ends
                .iter()
                .all(|end| self.text.is_char_boundary(*end as usize))
            && (self.marks.is_empty() || self.marks.len() == self.ends.len())
            && self.rows.is_sorted_by_key(|row| row.last)
            && self.rows.last().map_or(0, |row| row.last as usize) == self.ends.len()
            && are_rows(&self.hidden)
            && are_rows(&self.totals)
            && are_rows(&flawed)
    }

    /// Keeps the text of a row of another batch.
    pub(crate) fn keep(&mut self, row: &Row<'_>) {
        for cell in row.cells() {
            self.text.push_str(cell);
            let end = u32::try_from(self.text.len()).expect("a few thousand rows");
            self.ends.push(end);
        }
        self.rows.push(Entry {
            number: row.number(),
            last: u32::try_from(self.ends.len()).expect("a few thousand rows"),
        });
    }

    /// Whether it is time to hand this batch over.
    pub(super) fn is_full(&self) -> bool {
        is_full(self.rows.len(), self.text.len(), self.ends.len())
    }
}

/// Whether a batch of this size is handed over.
pub(super) fn is_full(rows: usize, bytes: usize, cells: usize) -> bool {
    rows >= MAX_BATCH_ROWS || bytes >= MAX_BATCH_BYTES || cells >= MAX_BATCH_CELLS
}

/// One row of a [`Batch`].
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    batch: &'a Batch,
    index: usize,
    first: usize,
    last: usize,
}

impl<'a> Row<'a> {
    /// Its number as a spreadsheet program shows it: the first row of the sheet is 1, blank rows count, a cell with
    /// line breaks does not.
    pub fn number(&self) -> u32 {
        self.batch.rows[self.index].number
    }

    /// How many cells it has. In a workbook: up to the last one that holds something.
    pub fn len(&self) -> usize {
        self.last - self.first
    }

    /// Whether it has no cell at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of the cell in `column`, counted from 0; nothing where the row has no such cell.
    pub fn cell(&self, column: usize) -> &'a str {
        if column >= self.len() {
            return "";
        }
        self.batch
            .text_of(self.first + column..self.first + column + 1)
    }

    /// The texts of all its cells, from left to right.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let row = *self;
        (0..row.len()).map(move |column| row.cell(column))
    }

    /// The columns, counted from 0, of the cells that hold text or were something else than text in the file.
    pub fn filled(&self) -> impl Iterator<Item = usize> + use<'a> {
        let row = *self;
        (0..row.len()).filter(move |column| {
            !row.cell(*column).is_empty() || row.mark(*column) != Mark::default()
        })
    }

    /// All its cells, one after the other: thousands of empty ones cost nothing here.
    fn text(&self) -> &'a str {
        self.batch.text_of(self.first..self.last)
    }

    /// What the cell in `column`, counted from 0, was in the file.
    pub fn kind(&self, column: usize) -> CellKind {
        self.mark(column).kind()
    }

    /// How the cell in `column`, counted from 0, came by what it holds.
    pub fn origin(&self, column: usize) -> Origin {
        self.mark(column).origin()
    }

    /// Whether the cell in `column`, counted from 0, shows the value of a cell above, with which it is merged.
    pub fn is_filled(&self, column: usize) -> bool {
        self.mark(column).has(Mark::FILLED)
    }

    /// The columns, counted from 0, that a merged range covers from left to right, as they stand in this row.
    pub fn across(&self) -> impl Iterator<Item = RangeInclusive<usize>> {
        let row = *self;
        let starts = (0..row.marks().len()).filter(move |at| row.mark(*at).has(Mark::ACROSS));
        starts.map(move |start| {
            let covered = row.marks()[start + 1..].iter();
            let covered = covered.take_while(|mark| mark.kind() == CellKind::Covered);
            start..=start + covered.count()
        })
    }

    /// Whether the workbook itself says that this row holds the totals of a table.
    pub fn is_total(&self) -> bool {
        contains(&self.batch.totals, self.index)
    }

    fn marks(&self) -> &'a [Mark] {
        let marks = &self.batch.marks;
        marks.get(self.first..self.last).unwrap_or_default()
    }

    fn mark(&self, column: usize) -> Mark {
        self.marks().get(column).copied().unwrap_or_default()
    }

    /// The text of the cell in `column`, in a form from which every later reading finds that its value was lost, if it
    /// was: a number with more digits than a workbook keeps in scientific notation, a date never as bare digits.
    pub fn lasting_text(&self, column: usize) -> Cow<'a, str> {
        let cell = self.cell(column);
        let is_bare = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
        match (self.kind(column), cell.parse::<f64>()) {
            (CellKind::LongNumber, Ok(number)) => format!("{number:E}").replace('E', "E+").into(),
            (CellKind::Date, _) if is_bare => format!("date:{cell}").into(),
            _ => cell.into(),
        }
    }

    /// Whether nothing in it is visible as text: no cells, or only white space. A row with a flaw is not blank.
    pub fn is_blank(&self) -> bool {
        self.flaw().is_none() && self.text().trim().is_empty()
    }

    /// Whether the workbook hides it: by hand, or by a filter that leaves it out. Text hides nothing.
    pub fn is_hidden(&self) -> bool {
        contains(&self.batch.hidden, self.index)
    }

    /// What makes this row unusable as it was read, if anything does: the first thing.
    pub fn flaw(&self) -> Option<&'a Flaw> {
        self.flaws().next()
    }

    /// All that makes this row unusable as it was read, as it was found.
    pub fn flaws(&self) -> impl Iterator<Item = &'a Flaw> + use<'a> {
        let flaws = &self.batch.flaws;
        let index = self.index;
        let first = flaws.partition_point(|(row, _)| (*row as usize) < index);
        let of_the_row = flaws[first..]
            .iter()
            .take_while(move |(row, _)| *row as usize == index);
        of_the_row.map(|(_, flaw)| flaw)
    }
}

/// Whether a row is among those of an ascending list.
fn contains(rows: &[u32], index: usize) -> bool {
    rows.binary_search_by_key(&index, |row| *row as usize)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_can_be_shared_among_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Batch>();
        shared::<Row<'_>>();
    }

    #[test]
    fn a_cell_that_is_not_there_is_empty_text() {
        let batch = Batch {
            text: "ab".into(),
            ends: vec![1, 2],
            rows: vec![Entry { number: 7, last: 2 }],
            ..Batch::default()
        };
        let row = batch.row(0);
        assert_eq!((row.cell(0), row.cell(1), row.cell(2)), ("a", "b", ""));
        assert_eq!(
            (row.number(), row.len(), row.kind(9)),
            (7, 2, CellKind::Text)
        );
    }

    #[test]
    fn a_merged_range_goes_as_far_as_cells_are_covered() {
        let text = Mark::default();
        let covered = Mark::new(CellKind::Covered, Origin::Typed);
        let batch = Batch {
            text: "ab".into(),
            ends: vec![1, 1, 1, 2],
            marks: vec![text.with(Mark::ACROSS), covered, covered, text],
            rows: vec![Entry { number: 7, last: 4 }],
            ..Batch::default()
        };
        assert_eq!(batch.row(0).across().collect::<Vec<_>>(), [0..=2]);
    }
}
