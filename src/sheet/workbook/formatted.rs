//! What is seen of a value in its number format.

use calamine::{ExcelDateTime, ExcelDateTimeType};

use super::shown::{Format, Seen};
use super::value::{Value, write_number};

/// What is seen of a text in a format.
pub(super) fn shown_text<'a>(text: &'a str, format: &Format, stored: &'a mut String) -> Value<'a> {
    match format.text(text) {
        Seen::Stored => Value::Text(text),
        Seen::Unknown => Value::Unshown(text),
        Seen::Text(shown) => {
            *stored = shown;
            Value::Shown(stored)
        }
    }
}

/// What is seen of a number in a format.
pub(super) fn shown_number<'a>(
    number: f64,
    format: &Format,
    days_from_1904: bool,
    stored: &'a mut String,
) -> Value<'a> {
    let date = |kind| Value::Date(ExcelDateTime::new(number, kind, days_from_1904));
    match format {
        Format::Plain => Value::Number(number),
        Format::Date => date(ExcelDateTimeType::DateTime),
        Format::Duration => date(ExcelDateTimeType::TimeDelta),
        Format::Adding(_) | Format::Unknown => {
            stored.clear();
            write_number(number, stored);
            match format.number(number, stored) {
                Seen::Stored => Value::Number(number),
                Seen::Unknown => Value::Unshown(stored),
                Seen::Text(shown) => {
                    *stored = shown;
                    Value::Shown(stored)
                }
            }
        }
    }
}
