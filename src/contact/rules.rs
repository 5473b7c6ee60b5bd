//! What the digits of a column are, where a cell does not say it itself.

use std::fmt;
use std::str::FromStr;

use super::{Error, Region};

/// The kinds of identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The workspace's own number for the contact.
    Id,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
}

/// What digits without any mark are, where the column does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BareDigits {
    /// Contact IDs.
    Id,
    /// Phone numbers.
    Phone,
}

/// How phone numbers without plus sign are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BarePhones {
    /// They begin with a country code. One that begins with a trunk zero is read nationally all the same,
    /// since no country code does.
    International,
    /// As dialled in the region, which may include its international prefix.
    National,
}

/// How the cells of a column are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What the column's header says it holds; `None`: it does not say.
    pub kind: Option<Kind>,
    /// Where numbers in national form belong.
    pub region: Option<Region>,
    /// What bare digits are if `kind` is `None`; without it they are refused.
    pub bare_digits: Option<BareDigits>,
    /// How numbers without plus are written; without it, those that can be two numbers are refused, and all
    /// of them where no region is known.
    pub bare_phones: Option<BarePhones>,
}

impl fmt::Display for BareDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BareDigits::Id => "id",
            BareDigits::Phone => "phone",
        })
    }
}

impl FromStr for BareDigits {
    type Err = Error;

    fn from_str(text: &str) -> Result<BareDigits, Error> {
        match text.to_ascii_lowercase().as_str() {
            "id" => Ok(BareDigits::Id),
            "phone" => Ok(BareDigits::Phone),
            _ => Err(Error::UnknownBareDigits(text.to_owned())),
        }
    }
}

impl fmt::Display for BarePhones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BarePhones::International => "international",
            BarePhones::National => "national",
        })
    }
}

impl FromStr for BarePhones {
    type Err = Error;

    fn from_str(text: &str) -> Result<BarePhones, Error> {
        match text.to_ascii_lowercase().as_str() {
            "international" => Ok(BarePhones::International),
            "national" => Ok(BarePhones::National),
            _ => Err(Error::UnknownBarePhones(text.to_owned())),
        }
    }
}
