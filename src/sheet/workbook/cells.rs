//! Values of a workbook become text, and cells become rows.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use calamine::{Data, DataRef, ExcelDateTime};

use super::super::batch::{Batch, CellKind, Entry, Flaw};
use super::super::{MAX_CELLS, MAX_COLUMNS, MAX_ROW_BYTES};
use super::hidden::HiddenRows;
use super::{Failure, Message};

/// How many rows a sheet of a workbook has at most.
const MAX_WORKBOOK_ROWS: u32 = 1 << 20;

/// How many bytes of text a sheet may hold: a short text that is kept once can stand in any number of cells.
const MAX_SHEET_TEXT: u64 = 1 << 30;

/// From here on a number may have lost digits: a workbook keeps 15.
const LONG_NUMBER: f64 = 1e15;

/// The first day after the last one a workbook knows, 9999-12-31, counted from 1900.
const LAST_DAY: f64 = 2_958_466.0;

/// A value, whatever type the engine keeps it in.
pub(super) enum Value<'a> {
    Empty,
    Text(&'a str),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Date(ExcelDateTime),
    /// A date or a span of time that is ISO 8601 already.
    IsoDate(&'a str),
    Error(String),
    /// A formula without a result, with its text.
    Formula(&'a str),
}

impl<'a> From<&'a DataRef<'_>> for Value<'a> {
    fn from(data: &'a DataRef<'_>) -> Value<'a> {
        match data {
            DataRef::Empty => Value::Empty,
            DataRef::String(text) => Value::Text(text),
            DataRef::SharedString(text) => Value::Text(text),
            DataRef::Int(number) => Value::Integer(*number),
            DataRef::Float(number) => Value::Number(*number),
            DataRef::Bool(boolean) => Value::Boolean(*boolean),
            DataRef::DateTime(date) => Value::Date(*date),
            DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Value::IsoDate(text),
            DataRef::Error(error) => Value::Error(error.to_string()),
        }
    }
}

impl<'a> From<&'a Data> for Value<'a> {
    fn from(data: &'a Data) -> Value<'a> {
        match data {
            Data::Empty => Value::Empty,
            Data::String(text) => Value::Text(text),
            Data::Int(number) => Value::Integer(*number),
            Data::Float(number) => Value::Number(*number),
            Data::Bool(boolean) => Value::Boolean(*boolean),
            Data::DateTime(date) => Value::Date(*date),
            Data::DateTimeIso(text) | Data::DurationIso(text) => Value::IsoDate(text),
            Data::Error(error) => Value::Error(error.to_string()),
        }
    }
}

impl Value<'_> {
    /// Whether there is nothing to be seen, not even that something is missing.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Value::Empty | Value::Text(""))
    }

    /// Adds its text to `out` and tells what it was.
    fn write(&self, out: &mut String) -> CellKind {
        match self {
            Value::Empty => CellKind::Text,
            Value::Text(text) => {
                out.push_str(text);
                CellKind::Text
            }
            Value::Integer(number) => {
                push(out, format_args!("{number}"));
                if number.unsigned_abs() >= LONG_NUMBER as u64 {
                    CellKind::LongNumber
                } else {
                    CellKind::Number
                }
            }
            Value::Number(number) => write_number(*number, out),
            Value::Boolean(true) => {
                out.push_str("TRUE");
                CellKind::Boolean
            }
            Value::Boolean(false) => {
                out.push_str("FALSE");
                CellKind::Boolean
            }
            Value::Date(date) => {
                write_date(date, out);
                CellKind::Date
            }
            Value::IsoDate(text) => {
                out.push_str(text);
                CellKind::Date
            }
            Value::Error(text) => {
                out.push_str(text);
                CellKind::Error
            }
            Value::Formula(text) => {
                if !text.starts_with('=') {
                    out.push('=');
                }
                out.push_str(text);
                CellKind::Formula
            }
        }
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string does not fail.
    let _ = out.write_fmt(text);
}

/// Whole numbers without a point, others in the shortest form that reads back the same.
fn write_number(number: f64, out: &mut String) -> CellKind {
    let size = number.abs();
    if !number.is_finite() {
        push(out, format_args!("{number}"));
        return CellKind::Error;
    }
    if number == 0.0 {
        out.push('0'); // never `-0`
    } else if (1e-6..1e21).contains(&size) {
        push(out, format_args!("{number}"));
    } else {
        push(out, format_args!("{number:e}"));
    }
    if size >= LONG_NUMBER {
        CellKind::LongNumber
    } else {
        CellKind::Number
    }
}

/// ISO 8601 as far as the value reaches: a day, a time of day, or both; spans of time as hours, minutes, seconds.
fn write_date(date: &ExcelDateTime, out: &mut String) {
    let value = date.as_f64();
    if date.is_duration() && value.abs() < LAST_DAY {
        let seconds = (value.abs() * 86_400.0).round() as u64;
        let sign = if value < 0.0 { "-" } else { "" };
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        return push(
            out,
            format_args!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
        );
    }
    if !(0.0..LAST_DAY).contains(&value) {
        // No such day: spreadsheet programs show `####`. The number says more.
        write_number(value, out);
        return;
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    if value >= 1.0 {
        push(out, format_args!("{year:04}-{month:02}-{day:02}"));
    }
    if value < 1.0 || (hour, minute, second) != (0, 0, 0) {
        let separator = if value >= 1.0 { "T" } else { "" };
        push(
            out,
            format_args!("{separator}{hour:02}:{minute:02}:{second:02}"),
        );
    }
}

/// Gathers cells, row by row from left to right, into batches.
pub(super) struct Rows<'s> {
    batch: Batch,
    /// The row being gathered, counted from 0.
    row: Option<u32>,
    /// Where that row's cells begin in the batch.
    first: usize,
    /// Where its text begins there.
    start: usize,
    cells: u64,
    /// How much text there was in the rows before.
    text: u64,
    /// Whether the row being gathered has more text than a row may have.
    too_long: bool,
    hidden: HiddenRows,
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
            first: 0,
            start: 0,
            cells: 0,
            text: 0,
            too_long: false,
            hidden: HiddenRows::default(),
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

    /// Tells that rows are hidden, counted from 0, before their cells and after those of the rows above.
    pub(super) fn hide(&mut self, rows: RangeInclusive<u32>) -> Result<(), Failure> {
        self.hidden.add(rows)
    }

    /// Adds a cell; `row` and `column` are counted from 0. Blank ones leave no trace.
    pub(super) fn cell(
        &mut self,
        (row, column): (u32, u32),
        value: &Value<'_>,
    ) -> Result<(), Stop> {
        if value.is_blank() {
            return Ok(());
        }
        let column = column as usize;
        if row >= MAX_WORKBOOK_ROWS || column >= MAX_COLUMNS {
            return Err(Failure::Damaged(
                "it has a cell outside of what a sheet can hold".to_owned(),
            )
            .into());
        }
        if self.row != Some(row) {
            if self.row.is_some_and(|current| current > row) {
                return Err(Failure::Damaged("its rows are out of order".to_owned()).into());
            }
            self.end_row()?;
            self.row = Some(row);
        }
        let present = self.batch.ends.len() - self.first;
        if column < present {
            return Err(Failure::Damaged(format!(
                "the cells of its row {} are out of order",
                row + 1
            ))
            .into());
        }
        self.cells += (column + 1 - present) as u64;
        if self.cells > MAX_CELLS {
            return Err(Failure::TooLarge(format!("{MAX_CELLS} cells")).into());
        }
        if self.too_long {
            return Ok(());
        }
        let end = self.batch.text.len() as u32;
        self.batch.ends.resize(self.first + column, end);
        self.batch.kinds.resize(self.first + column, CellKind::Text);
        let kind = value.write(&mut self.batch.text);
        self.batch.ends.push(self.batch.text.len() as u32);
        self.batch.kinds.push(kind);
        self.too_long = self.batch.text.len() - self.start > MAX_ROW_BYTES;
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        let Some(row) = self.row.take() else {
            return Ok(());
        };
        let index = self.batch.rows.len() as u32;
        if std::mem::take(&mut self.too_long) {
            // As with text, such a row is named, and not given.
            self.batch.text.truncate(self.start);
            self.batch.ends.truncate(self.first);
            self.batch.kinds.truncate(self.first);
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
        self.hand_over()
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    use super::*;

    fn text(value: Value<'_>) -> (String, CellKind) {
        let mut out = String::new();
        let kind = value.write(&mut out);
        (out, kind)
    }

    #[test]
    fn a_whole_number_has_no_point_and_others_keep_theirs() {
        let number = |number| text(Value::Number(number)).0;
        assert_eq!(number(12.0), "12");
        assert_eq!(number(12.5), "12.5");
        assert_eq!(number(-3.0), "-3");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(60_123_456_701.0), "60123456701");
        assert_eq!(number(0.1), "0.1");
        assert_eq!(number(1e300), "1e300");
    }

    #[test]
    fn a_number_of_sixteen_digits_is_told_from_one_of_fifteen() {
        assert_eq!(
            text(Value::Number(999_999_999_999_999.0)),
            ("999999999999999".into(), CellKind::Number)
        );
        assert_eq!(
            text(Value::Number(1e15)),
            ("1000000000000000".into(), CellKind::LongNumber)
        );
        assert_eq!(
            text(Value::Integer(1_000_000_000_000_000)).1,
            CellKind::LongNumber
        );
    }

    #[test]
    fn a_date_is_as_long_as_it_needs_to_be() {
        let date = |value, kind| text(Value::Date(ExcelDateTime::new(value, kind, false))).0;
        assert_eq!(date(45_473.0, DateTime), "2024-06-30");
        assert_eq!(date(45_473.75, DateTime), "2024-06-30T18:00:00");
        assert_eq!(date(0.5, DateTime), "12:00:00");
        assert_eq!(date(1.5, TimeDelta), "36:00:00");
        assert_eq!(date(60_123_456_701.0, DateTime), "60123456701");
    }

    #[test]
    fn a_date_counts_from_1904_where_the_workbook_does() {
        assert_eq!(
            text(Value::Date(ExcelDateTime::new(44_011.0, DateTime, true))).0,
            "2024-06-30"
        );
    }

    fn gather(cells: &[((u32, u32), &str)]) -> Result<Vec<Batch>, Stop> {
        let mut batches = Vec::new();
        let mut sink = |message| {
            if let Message::Batch(batch) = message {
                batches.push(batch);
            }
            true
        };
        let mut rows = Rows::new(&mut sink);
        for (place, value) in cells {
            rows.cell(*place, &Value::Text(value))?;
        }
        rows.finish()?;
        Ok(batches)
    }

    #[test]
    fn rows_keep_the_numbers_of_the_workbook() {
        let Ok(batches) = gather(&[((2, 1), "a"), ((2, 3), ""), ((9, 0), "b")]) else {
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
        assert!(matches!(
            gather(&[((1, 0), "a"), ((0, 0), "b")]),
            Err(Stop::Failed(Failure::Damaged(_)))
        ));
        assert!(matches!(
            gather(&[((0, 1), "a"), ((0, 0), "b")]),
            Err(Stop::Failed(Failure::Damaged(_)))
        ));
        assert!(matches!(
            gather(&[((0, 1), "a"), ((0, 1), "b")]),
            Err(Stop::Failed(Failure::Damaged(_)))
        ));
        assert!(matches!(
            gather(&[((1 << 20, 0), "a")]),
            Err(Stop::Failed(Failure::Damaged(_)))
        ));
    }
}
