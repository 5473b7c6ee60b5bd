//! Values of a workbook become text.

use std::borrow::Cow;
use std::fmt::Write as _;

use calamine::{DataType, ExcelDateTime, ExcelDateTimeType};

use super::super::cell_facts::CellKind;
use super::shown::{Format, LONG_NUMBER, Seen};

/// The first day after the last one a workbook knows, 9999-12-31, counted from 1900.
const LAST_DAY: f64 = 2_958_466.0;

/// Stands for a formula whose text is not to be had, because the workbook keeps it once for many cells, say.
pub(super) const HIDDEN_FORMULA: &str = "=…";

/// A value, whatever type the engine keeps it in.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Empty,
    /// A text, or what a format makes of a number or a text.
    Text(Cow<'a, str>),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Date(ExcelDateTime),
    /// A date or a span of time that is ISO 8601 already.
    IsoDate(Cow<'a, str>),
    Error(Cow<'a, str>),
    /// A formula without a result, with its text.
    Formula(Cow<'a, str>),
    /// What a format does not show, as it is stored.
    Unshown(Cow<'a, str>),
    /// A cell that a merged range covers, whatever it holds.
    Covered,
}

impl<'a> Value<'a> {
    /// What the engine holds in a cell.
    pub(super) fn of(data: &'a impl DataType) -> Value<'a> {
        let iso = || data.get_datetime_iso().or(data.get_duration_iso());
        let error = || data.get_error().map(|error| error.to_string().into());
        let text = data.get_string().map(|text| Value::Text(text.into()));
        text.or_else(|| data.get_float().map(Value::Number))
            .or_else(|| data.get_int().map(Value::Integer))
            .or_else(|| data.get_bool().map(Value::Boolean))
            .or_else(|| data.get_datetime().map(Value::Date))
            .or_else(|| iso().map(|text| Value::IsoDate(text.into())))
            .or_else(|| error().map(Value::Error))
            .unwrap_or(Value::Empty)
    }

    /// What is seen of a text in a format.
    pub(super) fn shown_text(text: impl Into<Cow<'a, str>>, format: &Format) -> Value<'a> {
        let text = text.into();
        match format.text(&text) {
            Seen::Stored => Value::Text(text),
            Seen::Unknown => Value::Unshown(text),
            Seen::Text(shown) => Value::Text(shown.into()),
        }
    }

    /// What is seen of a number in a format.
    pub(super) fn shown_number(number: f64, format: &Format, days_from_1904: bool) -> Value<'a> {
        let date = |kind| Value::Date(ExcelDateTime::new(number, kind, days_from_1904));
        match format {
            Format::Plain => Value::Number(number),
            Format::Date => date(ExcelDateTimeType::DateTime),
            Format::Duration => date(ExcelDateTimeType::TimeDelta),
            Format::Adding(_) | Format::Unknown => {
                let mut stored = String::new();
                write_number(number, &mut stored);
                match format.number(number, &stored) {
                    Seen::Stored => Value::Number(number),
                    Seen::Unknown => Value::Unshown(stored.into()),
                    Seen::Text(shown) => Value::Text(shown.into()),
                }
            }
        }
    }

    /// Whether there is nothing to be seen, not even that something is missing.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Value::Empty => true,
            Value::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    /// Adds its text to `out` and tells what it was.
    pub(super) fn write(&self, out: &mut String) -> CellKind {
        let (text, kind) = match self {
            Value::Empty => ("", CellKind::Text),
            Value::Covered => ("", CellKind::Covered),
            Value::Text(text) => (&**text, CellKind::Text),
            Value::Boolean(true) => ("TRUE", CellKind::Boolean),
            Value::Boolean(false) => ("FALSE", CellKind::Boolean),
            Value::IsoDate(text) => (&**text, CellKind::Date),
            Value::Error(text) => (&**text, CellKind::Error),
            Value::Unshown(text) => (&**text, CellKind::Unshown),
            Value::Formula(text) => {
                if !text.starts_with('=') {
                    out.push('=');
                }
                (&**text, CellKind::Formula)
            }
            Value::Number(number) => return write_number(*number, out),
            Value::Integer(number) => {
                push(out, format_args!("{number}"));
                return match number.unsigned_abs() >= LONG_NUMBER as u64 {
                    true => CellKind::LongNumber,
                    false => CellKind::Number,
                };
            }
            Value::Date(date) => {
                write_date(date, out);
                return CellKind::Date;
            }
        };
        out.push_str(text);
        kind
    }
}

/// Whether this is how a spreadsheet program shows an error.
pub(super) fn is_error(text: &str) -> bool {
    (text.starts_with('#') && text.ends_with(['!', '?', 'A'])) || text.starts_with("Err:")
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string does not fail.
    let _ = out.write_fmt(text);
}

/// Whole numbers without a point, others in the shortest form that reads back the same.
pub(super) fn write_number(number: f64, out: &mut String) -> CellKind {
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

#[cfg(test)]
mod tests {
    use super::ExcelDateTimeType::{DateTime, TimeDelta};
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
}
