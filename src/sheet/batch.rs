//! Rows, kept by the thousand in one buffer.

use std::borrow::Cow;
use std::fmt;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    pub(super) text: String,
    /// Where each cell ends in `text`; it starts where the one before ends.
    pub(super) ends: Vec<u32>,
    /// What each cell was; empty if all of them were text.
    pub(super) kinds: Vec<CellKind>,
    pub(super) rows: Vec<Entry>,
    /// Indexes into `rows`, ascending, of those that are hidden.
    pub(super) hidden: Vec<u32>,
    /// Indexes into `rows`, ascending, with what is wrong there.
    pub(super) flaws: Vec<(u32, Flaw)>,
}

/// Where a row is found in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its number in the sheet.
    pub(super) number: u32,
    /// The index in `ends` after its last cell.
    pub(super) last: u32,
}

impl Batch {
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
        let cell = self.first + column;
        let start = cell
            .checked_sub(1)
            .map_or(0, |before| self.batch.ends[before] as usize);
        &self.batch.text[start..self.batch.ends[cell] as usize]
    }

    /// The texts of all its cells, from left to right.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let row = *self;
        (0..row.len()).map(move |column| row.cell(column))
    }

    /// All its cells, one after the other: thousands of empty ones cost nothing here.
    fn text(&self) -> &'a str {
        let end = |cells: usize| {
            cells
                .checked_sub(1)
                .map_or(0, |cell| self.batch.ends[cell] as usize)
        };
        &self.batch.text[end(self.first)..end(self.last)]
    }

    /// What the cell in `column`, counted from 0, was in the file.
    pub fn kind(&self, column: usize) -> CellKind {
        if column >= self.len() {
            return CellKind::Text;
        }
        self.batch
            .kinds
            .get(self.first + column)
            .copied()
            .unwrap_or_default()
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
        let hidden = &self.batch.hidden;
        hidden
            .binary_search_by_key(&self.index, |index| *index as usize)
            .is_ok()
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

/// What a cell was before it became text.
///
/// In CSV everything is [`Text`](CellKind::Text); only a workbook knows more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum CellKind {
    /// Text, or nothing.
    #[default]
    Text = 0,
    /// A number with all its digits.
    Number = 1,
    /// A number of 16 digits or more: a workbook keeps 15, the rest is lost.
    LongNumber = 2,
    /// A date, a time or a span of time, given as ISO 8601 text.
    Date = 3,
    /// `TRUE` or `FALSE`.
    Boolean = 4,
    /// An error such as `#N/A`.
    Error = 5,
    /// A formula whose result is not in the file, given as its text (`=A1+1`).
    Formula = 6,
}

impl CellKind {
    /// The kind that is stored as `byte`.
    pub(super) fn from_byte(byte: u8) -> Option<CellKind> {
        use CellKind::*;
        [Text, Number, LongNumber, Date, Boolean, Error, Formula]
            .get(byte as usize)
            .copied()
    }
}

/// What makes a row unusable as it was read.
///
/// Rare, and the fault of the file; that a row has too few or too many cells is for the caller to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The cell in `column` (counted from 0) holds bytes that mean nothing in `encoding`; they stand as `U+FFFD`.
    Undecodable {
        /// The cell's column, counted from 0.
        column: usize,
        /// The encoding's name, such as `UTF-8`.
        encoding: &'static str,
    },
    /// The cell in `column` (counted from 0) holds a NUL character.
    Nul {
        /// The cell's column, counted from 0.
        column: usize,
    },
    /// A quote is opened and not closed; the row is given up to the end of its first line, quotes and all.
    UnclosedQuote,
    /// The row is longer than [`MAX_ROW_BYTES`](super::MAX_ROW_BYTES); its cells are not given.
    TooLong,
    /// The row has more cells than [`MAX_COLUMNS`](super::MAX_COLUMNS); its cells are not given.
    TooManyCells,
}

impl Flaw {
    /// The column of the cell that is damaged, counted from 0, if the others are as they should be.
    pub fn column(&self) -> Option<usize> {
        match self {
            Flaw::Undecodable { column, .. } | Flaw::Nul { column } => Some(*column),
            Flaw::UnclosedQuote | Flaw::TooLong | Flaw::TooManyCells => None,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Undecodable { column, encoding } => write!(
                f,
                "cell {} holds bytes that are not {encoding}; save the sheet as `CSV UTF-8`, or name its encoding with \
                 `--encoding`",
                column + 1
            ),
            Flaw::Nul { column } => {
                write!(f, "cell {} holds a NUL character, so the file is damaged here; type the cell again", column + 1)
            }
            Flaw::UnclosedQuote => {
                f.write_str("a `\"` opens a cell and none closes it; add the closing `\"`, or take the first one out")
            }
            Flaw::TooLong => {
                write!(f, "the row is longer than {} MB; look for a missing line break", super::MAX_ROW_BYTES >> 20)
            }
            Flaw::TooManyCells => {
                write!(f, "the row has more than {} cells; look for a missing line break", super::MAX_COLUMNS)
            }
        }
    }
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
    fn every_kind_survives_its_byte() {
        for byte in 0..=6 {
            assert_eq!(CellKind::from_byte(byte).map(|kind| kind as u8), Some(byte));
        }
        assert_eq!(CellKind::from_byte(7), None);
    }
}
