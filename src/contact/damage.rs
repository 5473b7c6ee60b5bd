//! What a spreadsheet program leaves of a value that it took for a number, a date or a truth value.

use super::Reason;

/// Refuses text that is no value of ours whatever its column: a date, a truth value, a number with lost
/// digits, with decimals, below zero or in percent.
pub(super) fn refuse(text: &str) -> Result<(), Reason> {
    if is_digits(text) {
        return Ok(());
    }
    if is_boolean(text) {
        return Err(Reason::Boolean);
    }
    let Some(first) = text.bytes().next() else {
        return Ok(());
    };
    if !first.is_ascii_digit()
        && !matches!(first, b'-' | b'+' | b'.' | b',')
        && !text.starts_with('\u{2212}')
    {
        return Ok(());
    }
    if is_scientific(text) {
        return Err(Reason::DigitsLost);
    }
    if let Some(number) = text.strip_suffix('%')
        && is_number(number.trim_end())
    {
        return Err(Reason::Percent);
    }
    let positive = text.trim_start_matches(['-', '\u{2212}', ' ']);
    if positive.len() < text.len()
        && (is_number(positive) || positive.starts_with(|c: char| c.is_ascii_digit()))
    {
        return Err(Reason::Negative);
    }
    if is_date(text) {
        Err(Reason::Date)
    } else {
        Ok(())
    }
}

/// A whole number as a spreadsheet program may write it, split from a fraction of zeros.
pub(super) enum Whole<'a> {
    /// Digits only.
    Plain(&'a str),
    /// The digits in front of `.0` or `.00`.
    WithZeros(&'a str),
}

/// The digits of a whole number, without `.0` or `.00` behind it.
///
/// `None`: not a number at all. Three zeros are refused, being thousands in half the world, and so are 16
/// digits and more with a fraction, because they passed through a number that holds only 15.
pub(super) fn whole(text: &str) -> Option<Result<Whole<'_>, Reason>> {
    if is_digits(text) {
        return Some(Ok(Whole::Plain(text)));
    }
    let (digits, fraction) = text.split_once('.')?;
    if !is_digits(digits) || !is_digits(fraction) {
        return None;
    }
    Some(match fraction {
        "0" | "00" if digits.len() > 15 => Err(Reason::DigitsLost),
        "0" | "00" => Ok(Whole::WithZeros(digits)),
        _ => Err(Reason::Fraction),
    })
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits with at most one decimal point or comma.
pub(super) fn is_number(text: &str) -> bool {
    let mut parts = text.split(['.', ',']);
    parts.by_ref().take(2).all(is_digits) && parts.next().is_none()
}

fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    is_number(mantissa.trim_start_matches(['+', '-']))
        && is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

fn is_boolean(text: &str) -> bool {
    let mut words = "true false yes no wahr falsch vrai faux verdadero falso vero".split(' ');
    text.len() <= 9 && words.any(|word| text.eq_ignore_ascii_case(word))
}

/// A calendar date in three groups, year first or last, with or without a time behind it.
fn is_date(text: &str) -> bool {
    let day = match text.split_once([' ', 'T']) {
        None => text,
        Some((day, time)) if time.contains(':') => day,
        Some(_) => return false,
    };
    let Some(separator) = day.chars().find(|c| matches!(c, '-' | '/' | '.')) else {
        return false;
    };
    let mut groups = day.split(separator);
    let (Some(first), Some(second), Some(third), None) =
        (groups.next(), groups.next(), groups.next(), groups.next())
    else {
        return false;
    };
    let year = |text: &str| {
        text.len() == 4 && is_digits(text) && (text.starts_with("19") || text.starts_with("20"))
    };
    let within = |text: &str, last: u8| {
        text.len() <= 2
            && is_digits(text)
            && text
                .parse()
                .is_ok_and(|number: u8| (1..=last).contains(&number))
    };
    let month_and_day = |a: &str, b: &str| within(a, 12) && within(b, 31);
    (year(first) && month_and_day(second, third))
        || (year(third) && (month_and_day(first, second) || month_and_day(second, first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_made_of_a_value_is_told_apart() {
        for (text, reason) in [
            ("TRUE", Reason::Boolean),
            ("falsch", Reason::Boolean),
            ("6.01E+10", Reason::DigitsLost),
            ("6,01e10", Reason::DigitsLost),
            ("+6.01E+10", Reason::DigitsLost),
            ("50%", Reason::Percent),
            ("12.5 %", Reason::Percent),
            ("-3", Reason::Negative),
            ("-60123456789", Reason::Negative),
            ("\u{2212}3", Reason::Negative),
            ("2012-03-04 00:00:00", Reason::Date),
            ("2012-03-04", Reason::Date),
            ("2024-06-30T10:00:00", Reason::Date),
            ("04.03.2012", Reason::Date),
            ("3/31/2024", Reason::Date),
        ] {
            assert_eq!(refuse(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn ordinary_values_pass() {
        for text in [
            "12",
            "12.0",
            "+60 12-345 6789",
            "030.12345678",
            "415-555-0132",
            "ann@example.com",
            "20 30 40",
            "e10",
            "12-34-5678",
        ] {
            assert_eq!(refuse(text), Ok(()), "{text}");
        }
    }
}
