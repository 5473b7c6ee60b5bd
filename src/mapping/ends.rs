//! What stands below the data: remarks parted from it, and a total that neither a word nor the file names.

use crate::outcome::Reason;
use crate::sheet::Batch;

use super::Columns;
use super::fingerprint::{Fingerprints, Side};
use super::footer::{Lone, NoRow, Text};
use super::reader::{Part, RowRead};
use super::row_kind::Figures;

/// The texts that stand alone in the last rows, parted from the data by a blank row.
#[derive(Default)]
pub(super) struct Below {
    before: Option<u32>,
    places: Vec<usize>,
    /// Whether one of them can be nothing but a remark: then they all are, as reports leave several.
    is_prose: bool,
}

impl Below {
    pub(super) fn add(&mut self, place: usize, read: &RowRead) {
        let is_apart = match (self.before, read.row) {
            (Some(before), Some(row)) => row > before + 1,
            _ => false,
        };
        self.before = read.row;
        let is_remark = read.part == Part::NoRow(NoRow::Footer);
        match read.lone {
            Some(Lone { is, .. }) if is != Text::Other && (is_apart || !self.places.is_empty()) => {
                self.places.push(place);
                self.is_prose |= is_remark || is == Text::Prose;
            }
            _ if is_remark => {}
            _ => {
                *self = Below {
                    before: self.before,
                    ..Below::default()
                }
            }
        }
    }

    pub(super) fn remarks(self) -> Vec<usize> {
        match self.is_prose {
            true => self.places,
            false => Vec::new(),
        }
    }
}

/// What tells a total from the last row of data where neither a word nor the file says which it is.
#[derive(Default)]
pub(super) struct Ends {
    rows: usize,
    /// How many rows have a formula for contact or assignee.
    computed: usize,
    /// How often rows do not follow one another.
    gaps: usize,
    before: Option<u32>,
    /// The sum of what stands for the contacts of all rows before, as far as these are numbers.
    sum: u64,
    /// A row behind the last one of data that says how many there are.
    count: Option<usize>,
    /// The last row, if it could be a total: its place, and what stands in its cells.
    last: Option<(usize, Fingerprints)>,
}

impl Ends {
    /// A row that is none of the data, and no gap in them either.
    pub(super) fn pass(&mut self, place: usize, read: &RowRead) {
        self.before = read.row;
        if read.lone.is_some_and(|lone| lone.number == Some(self.rows)) {
            self.count = Some(place);
        }
    }

    pub(super) fn add(&mut self, place: usize, read: &RowRead, batch: &Batch, columns: &Columns) {
        let is_apart = match (self.before, read.row) {
            (Some(before), Some(row)) => row > before + 1,
            _ => false,
        };
        let Figures {
            is_computed,
            could_be_sums,
            number,
        } = read.figures;
        // What a table's totals row leaves where a format does not know of it: a count or a sum, and nothing else.
        let adds_up = could_be_sums
            && number.is_some_and(|number| number == self.rows as u64 || number == self.sum);
        self.sum = self.sum.saturating_add(number.unwrap_or(0));
        self.rows += 1;
        self.count = None;
        self.computed += usize::from(is_computed);
        self.gaps += usize::from(is_apart);
        self.before = read.row;
        // A row that alone has a formula, or that alone stands apart and holds numbers only.
        let alone = is_computed && self.computed == 1;
        let apart = is_apart && self.gaps == 1 && could_be_sums;
        let mut rows = batch.rows();
        let row = (alone || apart || adds_up)
            .then(|| rows.find(|row| Some(row.number()) == read.row))
            .flatten();
        self.last = row.map(|row| {
            let problems = [(Side::Row, None, Reason::Total.code())].into_iter();
            (place, Fingerprints::of(problems, &row, columns))
        });
    }

    /// The last row, if everything speaks for a total.
    pub(super) fn total(self) -> Option<(usize, Fingerprints)> {
        self.last.filter(|_| self.rows > 2)
    }

    /// The row below that says how many there are, where chance would hardly have it so.
    pub(super) fn count(&self) -> Option<usize> {
        self.count.filter(|_| self.rows > 2)
    }
}
