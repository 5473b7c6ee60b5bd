//! Whether a cell still says what was read from it, after a spreadsheet program had the file.

use super::damage::{self, Whole};
use super::phone::Phone;
use super::{Assignee, Identifier, Kind, Rules};
use super::{id, label, text};

/// A national number shorter than this is shared by too many countries to tell one from another.
const SHORTEST_NATIONAL: u64 = 100_000;

/// Whether `cell` still names the contact that was read from it as `stored`.
///
/// A lost plus sign, `.0`, quotes and the number's national form do no harm as long as all digits are there;
/// scientific notation does. Emails agree whatever their case. A blank cell agrees with nothing.
#[must_use]
pub fn agrees(cell: &str, stored: &Identifier) -> bool {
    let Ok((text, _)) = text::clean(cell) else {
        return false;
    };
    let (labelled, value) = match label::split(&text) {
        Some((kind, value, _)) => (Some(kind), value),
        None => (None, &*text),
    };
    match stored {
        Identifier::Id(stored) => {
            matches!(labelled, None | Some(Kind::Id))
                && id::read(value).is_ok_and(|read| read.value == *stored)
        }
        Identifier::Email(_) => Rules::default()
            .read(cell)
            .is_ok_and(|read| read.value == *stored),
        Identifier::Phone(phone) => {
            matches!(labelled, None | Some(Kind::Phone))
                && damage::refuse(value).is_ok()
                && (agrees_in_digits(value, *phone)
                    || Rules::default()
                        .read(cell)
                        .is_ok_and(|read| read.value == *stored))
        }
    }
}

/// Whether `cell` is what scientific notation leaves of the number that was read from it as `stored`.
///
/// The digits that are gone cannot be compared: this says only that nothing speaks against it.
#[must_use]
pub fn agrees_rounded(cell: &str, stored: &Identifier) -> bool {
    let digits = match stored {
        Identifier::Id(id) => *id,
        Identifier::Phone(phone) => phone.digits(),
        Identifier::Email(_) => return false,
    };
    let Ok((text, _)) = text::clean(cell) else {
        return false;
    };
    let text = text.strip_prefix('+').unwrap_or(&text);
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let exponent: Option<u32> = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok();
    let (Some(exponent), 1, true) = (exponent, whole.len(), fraction.len() < 18) else {
        return false;
    };
    let shown: Option<u64> = format!("{whole}{fraction}").parse().ok();
    let gone = exponent.checked_sub(u32::try_from(fraction.len()).unwrap_or(u32::MAX));
    let unit = gone.and_then(|gone| 10_u64.checked_pow(gone));
    match (shown, unit) {
        (Some(shown), Some(unit)) => {
            let (left, rest) = (digits / unit, digits % unit);
            left + u64::from(rest >= unit - rest && unit > 1) == shown
        }
        _ => false,
    }
}

impl Assignee {
    /// Whether `cell` still names the assignee `self` that was read from it; see [`agrees`].
    #[must_use]
    pub fn agrees(&self, cell: &str) -> bool {
        Assignee::read(cell).is_ok_and(|read| read.value == *self)
    }
}

/// Whether the digits are those of the number, or those of its national form; a plus sign rules out the latter.
fn agrees_in_digits(text: &str, phone: Phone) -> bool {
    let plus = text.starts_with('+');
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    let digits = match damage::whole(unsigned) {
        Some(Ok(Whole::Plain(digits) | Whole::WithZeros(digits))) => digits.parse().ok(),
        Some(Err(_)) => None,
        None => set_apart(unsigned),
    };
    digits.is_some_and(|digits: u64| {
        digits == phone.digits()
            || (!plus && digits >= SHORTEST_NATIONAL && digits == phone.national_digits())
    })
}

/// The digits of a number written with what sets them apart in a phone number, without leading zeros.
fn set_apart(text: &str) -> Option<u64> {
    let mut digits: u64 = 0;
    for character in text.chars() {
        match character {
            '0'..='9' => {
                let digit = character.to_digit(10)?;
                digits = digits.checked_mul(10)?.checked_add(u64::from(digit))?;
            }
            ' ' | '-' | '.' | '(' | ')' | '[' | ']' | '/' | '\u{2010}'..='\u{2015}' => {}
            _ => return None,
        }
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Reason;

    fn phone(text: &str) -> Result<Identifier, Reason> {
        text.parse().map(Identifier::Phone)
    }

    #[test]
    fn a_phone_number_agrees_while_all_its_digits_are_there() -> Result<(), Reason> {
        let stored = phone("+60123456789")?;
        for cell in [
            "+60123456789",
            "60123456789",
            "60123456789.0",
            "\"+60123456789\"",
            "'+60123456789",
            "+60 12-345 6789",
            "0060123456789",
            "012-345 6789",
            "0123456789",
            "123456789",
            "123456789.0",
            "phone:+60123456789",
            "tel:+60123456789",
            "+60 (0)12 345 6789",
            "６０１２３４５６７８９",
        ] {
            assert!(agrees(cell, &stored), "{cell}");
        }
        for cell in [
            "",
            "-",
            "6.0123456789E+10",
            "6.01E+10",
            "+123456789",
            "60123456780",
            "601234567890",
            "23456789",
            "456789",
            "id:60123456789",
            "60123456789 x5",
            "60123456789.5",
            "ann@example.com",
            "-60123456789",
            "+60123456789 / 1",
        ] {
            assert!(!agrees(cell, &stored), "{cell}");
        }
        Ok(())
    }

    #[test]
    fn scientific_notation_agrees_with_what_it_may_have_been_rounded_from() -> Result<(), Reason> {
        let stored = phone("+60123456789")?;
        for cell in [
            "6.01E+10",
            "6,01E+10",
            "6.0123E+10",
            "6E+10",
            "6.0123456789E+10",
            "+6.01E+10",
            "6.01235e10",
        ] {
            assert!(agrees_rounded(cell, &stored), "{cell}");
        }
        for cell in [
            "6.02E+10",
            "6.01E+11",
            "6.01E+9",
            "6.012345678E+10",
            "60123456789",
            "60.1E+9",
            "E+10",
            "6.01E",
            "",
        ] {
            assert!(!agrees_rounded(cell, &stored), "{cell}");
        }
        assert!(agrees_rounded(
            "1.23E+12",
            &Identifier::Id(1_229_999_999_999)
        ));
        assert!(agrees_rounded("1E+13", &Identifier::Id(9_999_999_999_999)));
        Ok(())
    }

    #[test]
    fn a_short_national_number_does_not_agree() -> Result<(), Reason> {
        assert!(!agrees("62889", &phone("+24762889")?));
        assert!(agrees("24762889", &phone("+24762889")?));
        Ok(())
    }

    #[test]
    fn an_italian_number_agrees_without_its_zero() -> Result<(), Reason> {
        let stored = phone("+390612345678")?;
        assert!(agrees("0612345678", &stored));
        assert!(agrees("612345678", &stored));
        assert!(!agrees("+39612345678", &stored));
        Ok(())
    }

    #[test]
    fn an_id_agrees_with_all_its_digits() {
        let stored = Identifier::Id(1001);
        for cell in ["1001", "1001.0", "id:1001", "ID: 1001", "\"1001\""] {
            assert!(agrees(cell, &stored), "{cell}");
        }
        for cell in ["1.001E+3", "1002", "+1001", "phone:1001", "01001", ""] {
            assert!(!agrees(cell, &stored), "{cell}");
        }
    }

    #[test]
    fn an_email_agrees_whatever_its_case() -> Result<(), Reason> {
        let stored = Identifier::Email("Ann@example.com".parse()?);
        for cell in [
            "ann@EXAMPLE.com",
            "mailto:ann@example.com",
            "Ann Lee <ann@example.com>",
            "email:ann@example.com",
        ] {
            assert!(agrees(cell, &stored), "{cell}");
        }
        assert!(!agrees("anne@example.com", &stored));
        Ok(())
    }

    #[test]
    fn an_assignee_agrees_with_the_cell_it_came_from() -> Result<(), Reason> {
        assert!(Assignee::User(12).agrees("12.0"));
        assert!(!Assignee::User(1).agrees("TRUE"));
        assert!(Assignee::Nobody.agrees("Unassigned"));
        assert!(!Assignee::Nobody.agrees(""));
        assert!(Assignee::Email("ann@example.com".parse()?).agrees("Ann@Example.com"));
        Ok(())
    }
}
