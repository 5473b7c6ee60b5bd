//! Bytes become records, one at a time.
//!
//! The csv engine does the splitting. Around it stands what it leaves open: blank lines count as rows, and a quote
//! that nobody closes costs its own row, not the rest of the file.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use memchr::{memchr, memchr2};

use super::super::batch::{Batch, Entry, is_full};
use super::super::flaw::Flaw;
use super::super::{MAX_COLUMNS, MAX_ROW_BYTES};

/// How much room the text of a record is given at first.
const ROOM: usize = 64 << 10;

/// Splits bytes that are UTF-8, or meant to be, into rows.
#[derive(Debug)]
pub(super) struct Records {
    delimiter: u8,
    /// The name of what the bytes were before they became UTF-8, for flaws.
    encoding: &'static str,
    engine: Reader,
    /// Where the engine puts the ends of a record's cells.
    ends: Vec<usize>,
    input: Vec<u8>,
    /// Everything in `input` before this has been handed out.
    position: usize,
    /// Where the next quote stands in `input`, its length if there is none; stale when before `position`.
    quote: usize,
    input_ended: bool,
    /// The rest of the current line belongs to a row already given up.
    skipping_line: bool,
    /// The number of the row handed out last.
    number: u32,
}

/// What came of the attempt to read a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A row was added to the batch.
    Row,
    /// More bytes are needed, or the word that there are none.
    Starved,
    /// There are no more rows.
    End,
}

impl Records {
    /// Starts before the row after `number`.
    pub(super) fn new(delimiter: u8, encoding: &'static str, number: u32) -> Records {
        let mut engine = ReaderBuilder::new().delimiter(delimiter).build();
        renew(&mut engine);
        Records {
            delimiter,
            encoding,
            engine,
            ends: vec![0; 256],
            input: Vec::new(),
            position: 0,
            quote: 0,
            input_ended: false,
            skipping_line: false,
            number,
        }
    }

    /// Adds `bytes` to what is still to be read.
    pub(super) fn feed(&mut self, bytes: Vec<u8>) {
        if self.position == self.input.len() {
            self.input = bytes;
        } else {
            self.input.drain(..self.position);
            self.input.extend_from_slice(&bytes);
        }
        self.position = 0;
        self.quote = 0;
    }

    /// There will be no more bytes: what is left is the last row.
    pub(super) fn end_input(&mut self) {
        self.input_ended = true;
    }

    /// The number of the row handed out last.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// Reads rows into `batch` until it is full or the input is used up.
    pub(super) fn fill(&mut self, batch: &mut Draft) -> Step {
        loop {
            match self.step(batch) {
                Step::Row if !batch.is_full() => {}
                step => return step,
            }
        }
    }

    fn step(&mut self, batch: &mut Draft) -> Step {
        if self.skipping_line && !self.skip_line() {
            return if self.input_ended {
                Step::End
            } else {
                Step::Starved
            };
        }
        let rest = &self.input[self.position..];
        match rest {
            [] if self.input_ended => return Step::End,
            [] => return Step::Starved,
            [b'\r'] if !self.input_ended => return Step::Starved,
            [b'\n', ..] => return self.blank(batch, 1),
            [b'\r', b'\n', ..] => return self.blank(batch, 2),
            [b'\r', ..] => return self.blank(batch, 1),
            _ => {}
        }
        let start = batch.used;
        let Some((read, written, cells)) = self.record(batch) else {
            renew(&mut self.engine);
            if self.input.len() - self.position < MAX_ROW_BYTES {
                return Step::Starved;
            }
            return match self.unclosed(MAX_ROW_BYTES) {
                true => self.line(batch),
                false => self.give_up(batch, Flaw::TooLong),
            };
        };
        let end = self.position + read;
        let cr = self.input[end - 1] == b'\r';
        if cr && end == self.input.len() && !self.input_ended {
            renew(&mut self.engine);
            return Step::Starved; // a line feed may follow, and it belongs to this row
        }
        if self.unclosed(read) {
            renew(&mut self.engine);
            return self.line(batch);
        }
        self.position = end + usize::from(cr && self.input.get(end) == Some(&b'\n'));
        if cells > MAX_COLUMNS {
            return self.push(batch, Some(Flaw::TooManyCells));
        }
        batch
            .ends
            .extend(self.ends[..cells].iter().map(|end| (start + end) as u32));
        batch.used += written;
        self.push(batch, None)
    }

    /// Lets the engine read one record: how many bytes it took, wrote, and how many cells. Nothing if the input, or
    /// what a row may be long, ends before the record does.
    fn record(&mut self, batch: &mut Draft) -> Option<(usize, usize, usize)> {
        let available = &self.input[self.position..];
        let whole = self.input_ended && available.len() <= MAX_ROW_BYTES;
        let window = &available[..available.len().min(MAX_ROW_BYTES)];
        let (mut read, mut written, mut cells) = (0, 0, 0);
        loop {
            let (result, nin, nout, nend) = self.engine.read_record(
                &window[read..],
                &mut batch.text[batch.used + written..],
                &mut self.ends[cells..],
            );
            (read, written, cells) = (read + nin, written + nout, cells + nend);
            match result {
                ReadRecordResult::Record => return Some((read, written, cells)),
                ReadRecordResult::InputEmpty if whole => {} // an empty input, next, ends the record
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return None,
                ReadRecordResult::OutputFull => {
                    batch.text.resize(batch.text.len() + ROOM.max(written), 0);
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            }
        }
    }

    /// Whether the record of the next `length` bytes holds a quote that was never meant to be closed where it is:
    /// one that spans lines and then either runs into the end, or is followed by more text in the same cell.
    fn unclosed(&mut self, length: usize) -> bool {
        if self.quote < self.position {
            let rest = &self.input[self.position..];
            self.quote = self.position + memchr(b'"', rest).unwrap_or(rest.len());
        }
        if self.quote >= self.position + length {
            return false;
        }
        let record = &self.input[self.position..][..length];
        let at_end = self.input_ended && self.position + length == self.input.len();
        let spans_lines = memchr2(b'\n', b'\r', record).is_some_and(|at| at + 1 < length);
        (at_end || spans_lines) && has_unclosed_quote(record, self.delimiter)
    }

    /// Takes the next line as a row as it stands, quotes and all, because the quoting cannot be trusted.
    fn line(&mut self, batch: &mut Draft) -> Step {
        let rest = &self.input[self.position..];
        let window = &rest[..rest.len().min(MAX_ROW_BYTES)];
        let length = match memchr2(b'\n', b'\r', window) {
            Some(length) => length,
            None if self.input_ended && window.len() == rest.len() => window.len(),
            None if window.len() < MAX_ROW_BYTES => return Step::Starved,
            None => return self.give_up(batch, Flaw::TooLong),
        };
        let ending = match rest[length..] {
            [b'\r'] if !self.input_ended => return Step::Starved,
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            [_, ..] => 1,
        };
        let line = &rest[..length];
        if line.split(|byte| *byte == self.delimiter).count() > MAX_COLUMNS {
            self.position += length + ending;
            return self.push(batch, Some(Flaw::TooManyCells));
        }
        for cell in line.split(|byte| *byte == self.delimiter) {
            batch.cell(cell);
        }
        self.position += length + ending;
        self.push(batch, Some(Flaw::UnclosedQuote))
    }

    fn give_up(&mut self, batch: &mut Draft, flaw: Flaw) -> Step {
        self.skipping_line = true;
        self.push(batch, Some(flaw))
    }

    /// Drops the rest of the current line; false if its end is not in sight.
    fn skip_line(&mut self) -> bool {
        let rest = &self.input[self.position..];
        let Some(length) = memchr2(b'\n', b'\r', rest) else {
            self.position = self.input.len();
            return false;
        };
        let ending = match rest[length..] {
            [b'\r'] if !self.input_ended => {
                self.position += length;
                return false;
            }
            [b'\r', b'\n', ..] => 2,
            _ => 1,
        };
        self.position += length + ending;
        self.skipping_line = false;
        true
    }

    fn blank(&mut self, batch: &mut Draft, length: usize) -> Step {
        self.position += length;
        self.push(batch, None)
    }

    fn push(&mut self, batch: &mut Draft, flaw: Option<Flaw>) -> Step {
        // Rows are counted to MAX_ROWS by the caller, batch by batch, far below what this can hold.
        self.number += 1;
        if let Some(flaw) = flaw {
            batch.flaws.push((batch.rows.len() as u32, flaw));
        }
        batch.rows.push(Entry {
            number: self.number,
            last: batch.ends.len() as u32,
        });
        Step::Row
    }

    /// A batch to read rows into.
    pub(super) fn draft(&self, bytes: usize) -> Draft {
        Draft {
            text: vec![0; bytes + ROOM],
            used: 0,
            ends: Vec::new(),
            rows: Vec::new(),
            flaws: Vec::new(),
            encoding: self.encoding,
        }
    }
}

/// Takes the engine back to between two records.
fn renew(engine: &mut Reader) {
    engine.reset();
    // It takes a byte-order mark off the first thing it reads; here, that is not the start of the file.
    let _ = engine.read_record(b"x\n", &mut [0; 8], &mut [0; 8]);
}

/// Whether a quoted cell of `record` spans lines and is not closed, or closed in the middle of a cell.
fn has_unclosed_quote(record: &[u8], delimiter: u8) -> bool {
    let mut rest = record;
    loop {
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            let Some(length) = closing_quote(quoted) else {
                return true;
            };
            let after = quoted[length + 1..].trim_ascii_start();
            let spans_lines = memchr2(b'\n', b'\r', &quoted[..length]).is_some();
            let closed = after.first().is_none_or(|next| *next == delimiter)
                || quoted[length + 1..].trim_ascii().is_empty();
            // A tab is white space, and may be the delimiter.
            let closed = closed || quoted.get(length + 1) == Some(&delimiter);
            if spans_lines && !closed {
                return true;
            }
            rest = &quoted[length + 1..];
        }
        match memchr2(delimiter, b'\n', rest) {
            Some(at) => rest = &rest[at + 1..],
            None => return false,
        }
    }
}

/// Where the quote that closes a cell stands, given the text after the one that opened it.
fn closing_quote(quoted: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr(b'"', &quoted[at..])?;
        if quoted.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// A batch whose text is still bytes.
pub(super) struct Draft {
    text: Vec<u8>,
    /// How much of `text` is used; the rest is room.
    used: usize,
    ends: Vec<u32>,
    rows: Vec<Entry>,
    flaws: Vec<(u32, Flaw)>,
    encoding: &'static str,
}

impl Draft {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        is_full(self.rows.len(), self.used, self.ends.len())
    }

    /// How many bytes its cells take.
    pub(super) fn bytes(&self) -> usize {
        self.used
    }

    fn cell(&mut self, cell: &[u8]) {
        if self.text.len() < self.used + cell.len() {
            self.text.resize(self.used + cell.len() + ROOM, 0);
        }
        self.text[self.used..][..cell.len()].copy_from_slice(cell);
        self.used += cell.len();
        self.ends.push(self.used as u32);
    }

    /// Makes the bytes text, all at once if possible; rows whose bytes are no text get a flaw.
    pub(super) fn finish(mut self) -> Batch {
        self.text.truncate(self.used);
        let nul = memchr(0, &self.text).is_some();
        // A cell boundary inside a character means two broken halves that only look whole side by side.
        let is_whole = |text: &str| {
            let mut ends = self.ends.iter();
            text.is_ascii() || ends.all(|end| text.is_char_boundary(*end as usize))
        };
        let text = match String::from_utf8(self.text) {
            Ok(text) if is_whole(&text) => Ok(text),
            Ok(text) => Err(text.into_bytes()),
            Err(err) => Err(err.into_bytes()),
        };
        let text = text.unwrap_or_else(|bytes| {
            lossy(
                bytes,
                &mut self.ends,
                &self.rows,
                &mut self.flaws,
                self.encoding,
            )
        });
        let mut batch = Batch {
            text,
            ends: self.ends,
            rows: self.rows,
            flaws: self.flaws,
            ..Batch::default()
        };
        if nul {
            let found: Vec<_> = batch
                .rows()
                .enumerate()
                .flat_map(|(index, row)| {
                    let cells = row.cells().enumerate();
                    let damaged = cells.filter(|(_, cell)| cell.contains('\0'));
                    damaged.map(move |(column, _)| (index as u32, Flaw::Nul { column }))
                })
                .collect();
            batch.flaws.extend(found);
        }
        // Stable: of two flaws in a row the one found first stays the first.
        batch.flaws.sort_by_key(|(index, _)| *index);
        batch
    }
}

/// Cell by cell: what decodes stays, what does not becomes `U+FFFD` and a flaw of its row.
fn lossy(
    bytes: Vec<u8>,
    ends: &mut [u32],
    rows: &[Entry],
    flaws: &mut Vec<(u32, Flaw)>,
    encoding: &'static str,
) -> String {
    let mut text = String::with_capacity(bytes.len());
    let (mut start, mut cell) = (0, 0);
    for (index, row) in rows.iter().enumerate() {
        let first = cell;
        while cell < row.last as usize {
            let end = ends[cell] as usize;
            let decoded = String::from_utf8_lossy(&bytes[start..end]);
            if matches!(decoded, std::borrow::Cow::Owned(_)) {
                flaws.push((
                    index as u32,
                    Flaw::Undecodable {
                        column: cell - first,
                        encoding,
                    },
                ));
            }
            text.push_str(&decoded);
            ends[cell] = text.len() as u32;
            start = end;
            cell += 1;
        }
    }
    text
}
