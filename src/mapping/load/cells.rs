//! Numbers, days and words in cells.

use jiff::civil::{Date, date};

use crate::contact;
use crate::sheet::CellKind;
use crate::vocabulary::{WordList, name_key};

/// Parts of one: loads and capacities are kept in millionths.
pub const MILLIONTHS: u64 = 1_000_000;
/// The largest number that makes sense as a load or a capacity.
const LARGEST: u64 = 1_000_000_000;

/// Why a cell is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAmount {
    #[error("this is negative; write 0 or more")]
    Negative,
    #[error("this is not a number; write digits, like 12 or 0.5")]
    NotANumber,
    #[error(
        "this could be thousands or a fraction; write the number without a separator for thousands, like 1234 or 1.2340"
    )]
    Unclear,
    #[error("this has more than six decimals; round it")]
    TooFine,
    #[error("this is larger than {LARGEST}; write it in larger units")]
    TooLarge,
}

/// A number that is not negative, in millionths; `None` for a blank cell. Text that could be read in two ways is
/// refused; a number in a workbook leaves no doubt.
pub(crate) fn amount(cell: &str, kind: CellKind) -> Result<Option<u64>, NoAmount> {
    let Some(text) = filled(cell) else {
        return Ok(None);
    };
    let (text, percent) = match text.strip_suffix('%') {
        Some(text) => (text.trim_end(), 100),
        None => (text, 1),
    };
    if let Some(rest) = text.strip_prefix(['-', '−']) {
        return Err(match rest.starts_with(|char: char| char.is_ascii_digit()) {
            true => NoAmount::Negative,
            false => NoAmount::NotANumber,
        });
    }
    let (whole, fraction) = parted(text, kind)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(&whole) || !digits(fraction) {
        return Err(NoAmount::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 6 {
        return Err(NoAmount::TooFine);
    }
    let whole: u64 = whole.parse().map_err(|_| NoAmount::TooLarge)?;
    if whole > LARGEST {
        return Err(NoAmount::TooLarge);
    }
    let fraction: u64 = format!("{fraction:0<6}")
        .parse()
        .map_err(|_| NoAmount::NotANumber)?;
    let millionths = whole * MILLIONTHS + fraction;
    match millionths % percent {
        0 => Ok(Some(millionths / percent)),
        _ => Err(NoAmount::TooFine),
    }
}

/// What stands before and after the decimal separator.
fn parted(text: &str, kind: CellKind) -> Result<(String, &str), NoAmount> {
    let separators: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, char)| matches!(char, '.' | ','))
        .collect();
    let thousands = |whole: &str, separator: char| {
        let mut parts = whole.split(separator);
        let first = parts.next().unwrap_or_default();
        let fits = (1..=3).contains(&first.len()) && parts.all(|part| part.len() == 3);
        fits.then(|| whole.replace(separator, ""))
            .ok_or(NoAmount::NotANumber)
    };
    match separators.as_slice() {
        [] => Ok((text.to_owned(), "")),
        [(at, _)] => {
            let (whole, fraction) = (&text[..*at], &text[at + 1..]);
            let could_be_thousands =
                fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
            match kind {
                CellKind::Number => Ok((whole.to_owned(), fraction)),
                _ if could_be_thousands => Err(NoAmount::Unclear),
                _ => Ok((whole.to_owned(), fraction)),
            }
        }
        [(_, first), .., (at, last)] if first != last => {
            Ok((thousands(&text[..*at], *first)?, &text[at + 1..]))
        }
        [(_, separator), ..] => Ok((thousands(text, *separator)?, "")),
    }
}

/// The text of a cell; `None` if it is blank, or holds what exports write for blank.
pub(crate) fn filled(cell: &str) -> Option<&str> {
    match contact::clean(cell) {
        Err(reason) if reason.is_blank() => None,
        _ => Some(cell.trim()),
    }
}

/// A day, counted from 1970-01-01: ISO 8601 with or without a time, `2024/06/30` or `30.06.2024`. Days and months in
/// another order could mean two things and are not read.
pub(in super::super) fn day(text: &str) -> Option<i32> {
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    let numbers = |separator: char| {
        let mut parts = day.split(separator).map(|part| {
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<i16>().ok().filter(|_| digits)
        });
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(numbers)
    };
    let [year, month, day] = numbers('-')
        .or_else(|| numbers('/'))
        .filter(|[year, ..]| *year > 999)
        .or_else(|| {
            let [day, month, year] = numbers('.')?;
            (year > 999).then_some([year, month, day])
        })?;
    let day = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(days(day))
}

/// The number of a day, counted from 1970-01-01.
pub fn days(day: Date) -> i32 {
    let since = day.duration_since(date(1970, 1, 1));
    i32::try_from(since.as_hours() / 24).unwrap_or(i32::MAX)
}

/// Whether a status says that the conversation is over.
pub(super) fn is_closed(status: &str) -> bool {
    WordList::Closed.has(&name_key(status))
}

/// What a cell of yes or no says; `None` if it says neither.
pub(super) fn yes_or_no(cell: &str) -> Option<bool> {
    const MARKS: [&str; 7] = ["✓", "✔", "✔️", "☑", "☑️", "✅", "📌"];
    let words = name_key(cell);
    if MARKS.contains(&cell.trim()) || WordList::Yes.has(&words) {
        Some(true)
    } else if WordList::No.has(&words) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str) -> Result<Option<u64>, NoAmount> {
        amount(cell, CellKind::Text)
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (cell, millionths) in [
            ("1", 1_000_000),
            (" 0.5 ", 500_000),
            ("0,5", 500_000),
            ("50%", 500_000),
            ("0", 0),
            ("1234", 1_234_000_000),
            ("1,234.50", 1_234_500_000),
            ("1.234,50", 1_234_500_000),
            ("1.2340", 1_234_000),
            ("0.125", 125_000),
            ("1,234,567", 1_234_567_000_000),
        ] {
            assert_eq!(read(cell), Ok(Some(millionths)), "{cell}");
        }
        assert_eq!(amount("1.234", CellKind::Number), Ok(Some(1_234_000)));
        assert_eq!([read(""), read("-"), read("n/a")], [Ok(None); 3]);
    }

    #[test]
    fn what_is_no_amount_says_why() {
        for (cell, why) in [
            ("-1", NoAmount::Negative),
            ("full", NoAmount::NotANumber),
            ("1e3", NoAmount::NotANumber),
            (".5x", NoAmount::NotANumber),
            ("1,2,3", NoAmount::NotANumber),
            ("1.234", NoAmount::Unclear),
            ("1,234", NoAmount::Unclear),
            ("0.1234567", NoAmount::TooFine),
            ("99999999999", NoAmount::TooLarge),
        ] {
            assert_eq!(read(cell), Err(why), "{cell}");
        }
    }

    #[test]
    fn days_that_could_mean_two_are_not_read() {
        let expected = days(date(2024, 6, 30));
        for cell in [
            "2024-06-30",
            "2024-06-30T12:00:00Z",
            "2024-06-30 08:15",
            "2024/06/30",
            "30.06.2024",
        ] {
            assert_eq!(day(cell), Some(expected), "{cell}");
        }
        for cell in [
            "30/06/2024",
            "06/07/2024",
            "2024-13-01",
            "yesterday",
            "24-06-30",
            "",
        ] {
            assert_eq!(day(cell), None, "{cell}");
        }
        assert_eq!(days(date(1970, 1, 2)), 1);
    }

    #[test]
    fn yes_and_no_are_understood_and_nothing_is_taken_for_either() {
        assert_eq!(["X", "Sí", "TRUE", "✓"].map(yes_or_no), [Some(true); 4]);
        assert_eq!(["No", "FALSE", "Não"].map(yes_or_no), [Some(false); 3]);
        assert_eq!(yes_or_no("maybe"), None);
        assert!(is_closed("Closed") && is_closed("fermé") && !is_closed("open"));
    }
}
