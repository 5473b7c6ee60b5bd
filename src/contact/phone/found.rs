//! What the numbering plans say of digits: the way to the library that holds them.

use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumber, ValidationError};

use super::Phone;
use crate::contact::{Reason, Region};

/// A number that the numbering plans could take apart.
pub(super) struct FoundNumber {
    pub(super) number: PhoneNumber,
    pub(super) phone: Phone,
    /// Whether its form is that of a numbering plan which is no longer in force.
    is_former: bool,
}

/// Numbers by which messaging services still know people, though their country has other ones now: the country code,
/// with what it is followed by, and all digits' count.
const FORMER_PLANS: [(&str, usize); 3] = [("521", 13), ("225", 11), ("229", 11)];

impl FoundNumber {
    /// Reads digits that begin with a country code.
    pub(super) fn international(digits: &str) -> Result<FoundNumber, Reason> {
        let mut text = [0_u8; 32];
        text[0] = b'+';
        let end = digits.len() + 1;
        text.get_mut(1..end)
            .ok_or(Reason::PhoneTooLong)?
            .copy_from_slice(digits.as_bytes());
        FoundNumber::parse(str::from_utf8(&text[..end]).unwrap_or_default(), None)
    }

    /// Digits that begin with a country code, in a form that its numbering plan has given up: as they stand.
    pub(super) fn of_former_plan(digits: &str) -> Option<FoundNumber> {
        let fits =
            |(begin, count): &(&str, usize)| digits.starts_with(begin) && digits.len() == *count;
        FORMER_PLANS.iter().find(|plan| fits(plan))?;
        let number = PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None).ok()?;
        Some(FoundNumber {
            number,
            phone: Phone(digits.parse().ok()?),
            is_former: true,
        })
    }

    /// Reads digits as dialled in `region`.
    pub(super) fn national(digits: &str, region: Region) -> Result<FoundNumber, Reason> {
        FoundNumber::parse(digits, Some(region))
    }

    pub(super) fn parse(text: &str, region: Option<Region>) -> Result<FoundNumber, Reason> {
        let number = PHONE_NUMBER_UTIL
            .parse(text, region.map(Region::code))
            .map_err(|error| match error {
                ParseError::InvalidCountryCode => Reason::UnknownCountryCode,
                ParseError::TooShortAfterIdd | ParseError::TooShortNsn => Reason::PhoneTooShort,
                ParseError::TooLongNsn => Reason::PhoneTooLong,
                // The text is digits only, so this is their number.
                ParseError::NotANumber(_) => Reason::PhoneTooShort,
            })?;
        let phone = e164(&number).ok_or(Reason::PhoneTooLong)?;
        Ok(FoundNumber {
            number,
            phone,
            is_former: false,
        })
    }

    pub(super) fn possible(&self) -> Result<(), Reason> {
        if self.is_withdrawn() {
            return Err(Reason::PhoneTooShort);
        }
        match PHONE_NUMBER_UTIL.is_possible_number_with_reason(&self.number) {
            Ok(_) => Ok(()),
            Err(ValidationError::TooShort) => Err(Reason::PhoneTooShort),
            Err(ValidationError::TooLong) => Err(Reason::PhoneTooLong),
            Err(ValidationError::InvalidLength) => Err(Reason::PhoneLength),
            Err(ValidationError::InvalidCountryCode) => Err(Reason::UnknownCountryCode),
        }
    }

    /// Whether the number has a length that its country has given up since the library's data was made:
    /// Benin's eight digits, to which `01` was added.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.number.country_code == 229 && (22_900_000_000..23_000_000_000).contains(&self.phone.0)
    }

    pub(super) fn is_valid(&self) -> bool {
        !self.is_former && PHONE_NUMBER_UTIL.is_valid_number(&self.number)
    }

    /// The number if it is possible.
    pub(super) fn usable(self) -> Result<FoundNumber, Reason> {
        self.possible().map(|()| self)
    }
}

fn e164(number: &PhoneNumber) -> Option<Phone> {
    let zeros = if number.italian_leading_zero.unwrap_or(false) {
        u32::try_from(number.number_of_leading_zeros.unwrap_or(1)).ok()?
    } else {
        0
    };
    let length = number
        .national_number
        .checked_ilog10()
        .map_or(1, |log| log + 1)
        + zeros;
    let country = u64::try_from(number.country_code).ok()?;
    country
        .checked_mul(10_u64.checked_pow(length)?)?
        .checked_add(number.national_number)
        .map(Phone)
}
