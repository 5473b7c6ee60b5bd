//! Phone numbers in E.164, by the numbering plans of Google's libphonenumber.

mod found;
mod number;
mod written;

use std::str::FromStr;

use super::rules::{BarePhones, Rules};
use super::{ReadValue, Reason, Repair, Repairs, damage};
use found::FoundNumber;
use written::WrittenNumber;

pub use number::Phone;

impl FromStr for Phone {
    type Err = Reason;

    /// Reads exactly what [`Display`](std::fmt::Display) writes.
    ///
    /// The numbering plans are not asked again, so what one version wrote another one reads.
    fn from_str(text: &str) -> Result<Phone, Reason> {
        let digits = text.strip_prefix('+').ok_or(Reason::NotCanonical)?;
        match digits.as_bytes() {
            [b'1'..=b'9', rest @ ..] if rest.len() >= 2 && rest.iter().all(u8::is_ascii_digit) => {
                digits.parse().map(Phone).map_err(|_| Reason::PhoneTooLong)
            }
            _ => Err(Reason::NotCanonical),
        }
    }
}

/// Reads a phone number by `rules`; `text` is clean and trimmed, without label.
pub(super) fn read(text: &str, rules: &Rules) -> Result<ReadValue<Phone>, Reason> {
    damage::refuse(text)?;
    let mut repairs = Repairs::NONE;
    let mut bare = text.trim_end_matches([',', ';']);
    if bare.len() < text.len() {
        repairs.insert(Repair::TrailingPunctuation);
    }
    if let Some(number) = written::before_remark(bare) {
        bare = number;
        repairs.insert(Repair::Remark);
    }
    let written = WrittenNumber::scan(bare)?;
    if written.punctuation {
        repairs.insert(Repair::PhonePunctuation);
    }
    if written.decimal_zero {
        repairs.insert(Repair::DecimalZero);
    }
    let found = match written.zero_in_parentheses {
        None => resolve(&written, rules)?,
        Some(position) => {
            repairs.insert(Repair::TrunkZero);
            either(
                resolve(&written, rules),
                resolve(&written.without(position), rules),
            )?
        }
    };
    repairs = repairs.union(how(&written, found.phone));
    if !found.is_valid() {
        repairs.insert(Repair::NotValid);
    }
    Ok(ReadValue {
        value: found.phone,
        repairs,
    })
}

/// The number that the digits stand for, if it is possible and no other one is.
fn resolve(written: &WrittenNumber, rules: &Rules) -> Result<FoundNumber, Reason> {
    let digits = written.digits();
    let international = |digits: &str| {
        let found = FoundNumber::international(digits)?.usable()?;
        if digits_of(found.phone).as_str() == digits {
            Ok(found)
        } else {
            sendable(found)
        }
    };
    let as_it_stands = |digits: &str| {
        FoundNumber::of_former_plan(digits).map_or_else(|| international(digits), Ok)
    };
    if written.plus {
        return as_it_stands(digits);
    }
    let national = |region| FoundNumber::national(digits, region).and_then(FoundNumber::usable);
    if let Some(rest) = digits.strip_prefix("00") {
        return match (rules.bare_phones, rules.region.map(national)) {
            (Some(BarePhones::International), _) => as_it_stands(rest),
            (Some(BarePhones::National), Some(found)) => found.and_then(sendable),
            // Dialled in that country, the exit code is its own.
            (None, Some(Ok(found))) if found.is_valid() => sendable(found),
            (_, Some(_) | None) => dialled(written, international),
        };
    }
    let begins_with_trunk_zero = digits.starts_with('0');
    let Some(region) = rules.region else {
        return match rules.bare_phones {
            Some(BarePhones::National) => Err(Reason::NeedsRegion),
            _ if begins_with_trunk_zero => Err(Reason::NeedsRegion),
            Some(BarePhones::International) => as_it_stands(digits),
            // Too long or too short, whatever the country: no option would help.
            None if digits.len() < 3 => Err(Reason::PhoneTooShort),
            None if digits.len() > 17 => Err(Reason::PhoneTooLong),
            None => Err(Reason::NoPlus),
        };
    };
    let national = || national(region).and_then(sendable);
    match rules.bare_phones {
        Some(BarePhones::National) => national(),
        _ if begins_with_trunk_zero => national(),
        Some(BarePhones::International) => international(digits),
        None => match (international(digits), national()) {
            (Ok(one), Ok(other)) if one.phone == other.phone => Ok(one),
            // The country was named, so its own numbers go before; what is in use elsewhere may be meant all the same.
            (Ok(one), Ok(other)) if one.is_valid() => Err(Reason::AmbiguousPhone {
                international: one.phone,
                national: other.phone,
            }),
            (_, Ok(national)) => Ok(national),
            // A zero that nobody dials there, and then no number that is in use: a guess upon a guess.
            (Ok(one), Err(reason))
                if digits_of(one.phone).as_str() != digits && !one.is_valid() =>
            {
                Err(reason)
            }
            (Ok(one), Err(_)) => Ok(one),
            (Err(_), Err(reason)) => Err(reason),
        },
    }
}

/// What is dialled for the plus sign where it is not `00` and begins with it. `008` and `009` are left out: carriers have
/// them, but nobody who reads `0081` or `0091` takes them for it.
const EXIT_CODES: [&str; 7] = ["00", "001", "0011", "002", "005", "006", "007"];

/// The number behind an exit code, if only one reading is a number in use; a possible one if none is. Where the digits
/// are set apart, a longer code stands by itself; those that begin with `001` may stand together with what follows.
fn dialled(
    written: &WrittenNumber,
    international: impl Fn(&str) -> Result<FoundNumber, Reason>,
) -> Result<FoundNumber, Reason> {
    let digits = written.digits();
    let stands_apart = |code: &&str| {
        let group = written.first_group;
        let is_common = matches!(*code, "001" | "0011");
        let fits = |group: usize| group == code.len() || (is_common && group > code.len());
        *code == "00" || group.is_none_or(fits)
    };
    let codes = EXIT_CODES.into_iter().filter(stands_apart);
    let readings = codes.filter_map(|code| {
        let rest = digits.strip_prefix(code)?;
        international(rest).ok()
    });
    let readings: Vec<FoundNumber> = readings.collect();
    let mut valid: Vec<&FoundNumber> = readings.iter().filter(|found| found.is_valid()).collect();
    valid.dedup_by_key(|found| found.phone);
    match valid.as_slice() {
        [] => international(&digits[2..]),
        [only] => international(digits_of(only.phone).as_str()),
        [one, other, ..] => Err(Reason::AmbiguousExitCode {
            one: one.phone,
            other: other.phone,
        }),
    }
}

/// The number if whoever receives its E.164 form reads the same number from it.
fn sendable(found: FoundNumber) -> Result<FoundNumber, Reason> {
    let again = FoundNumber::international(digits_of(found.phone).as_str())?;
    if again.phone == found.phone {
        Ok(found)
    } else {
        Err(Reason::PhoneLength)
    }
}

/// Decides whether a zero in parentheses is part of the number.
fn either(
    with_zero: Result<FoundNumber, Reason>,
    without_zero: Result<FoundNumber, Reason>,
) -> Result<FoundNumber, Reason> {
    match (with_zero, without_zero) {
        (Ok(one), Ok(other)) if one.phone == other.phone => Ok(one),
        (Ok(one), Ok(other)) => match (one.is_valid(), other.is_valid()) {
            (true, false) => Ok(one),
            (false, true) => Ok(other),
            _ => Err(Reason::AmbiguousZero {
                with_zero: one.phone,
                without_zero: other.phone,
            }),
        },
        (Ok(only), Err(_)) => Ok(only),
        (Err(reason @ Reason::AmbiguousPhone { .. }), _) => Err(reason),
        (Err(_), Ok(only)) => Ok(only),
        (Err(reason), Err(_)) => Err(reason),
    }
}

/// What was inferred to get from the digits to the number.
fn how(written: &WrittenNumber, phone: Phone) -> Repairs {
    let mut repairs = Repairs::NONE;
    let canonical = digits_of(phone);
    let digits = written.digits();
    if digits == canonical.as_str() {
        if !written.plus {
            repairs.insert(Repair::MissingPlus);
        }
    } else if written.plus {
        repairs.insert(Repair::TrunkZero);
    } else if digits.ends_with(canonical.as_str()) {
        repairs.insert(Repair::InternationalPrefix);
    } else {
        repairs.insert(Repair::NationalForm);
    }
    repairs
}

/// The digits of a number, without an allocation.
fn digits_of(phone: Phone) -> Digits {
    let mut digits = Digits {
        text: [b'0'; 20],
        start: 20,
    };
    let mut left = phone.0;
    while left > 0 {
        digits.start -= 1;
        digits.text[digits.start] = b'0' + u8::try_from(left % 10).unwrap_or(0);
        left /= 10;
    }
    digits
}

struct Digits {
    text: [u8; 20],
    start: usize,
}

impl Digits {
    fn as_str(&self) -> &str {
        str::from_utf8(&self.text[self.start..]).unwrap_or_default()
    }
}

#[cfg(test)]
pub(super) mod tests;
