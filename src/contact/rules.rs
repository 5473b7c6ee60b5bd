use std::fmt;
use std::str::FromStr;

use super::email::{self, Letters};
use super::shape::{self, Whole};
use super::{Error, Identifier, Read, Reason, Region, Repairs};
use super::{id, label, lookalike, phone, text};

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

impl Rules {
    /// Reads one cell.
    ///
    /// # Errors
    /// The cell is blank, or does not say beyond doubt which contact is meant.
    pub fn read(&self, cell: &str) -> Result<Read<Identifier>, Reason> {
        let (text, mut repairs) = text::clean(cell)?;
        self.read_clean(&text, &mut repairs)
            .map(|value| Read { value, repairs })
            .map_err(|reason| lookalike::placed(reason, cell))
    }

    fn read_clean(&self, text: &str, repairs: &mut Repairs) -> Result<Identifier, Reason> {
        if let Some((kind, value, how)) = label::split(text) {
            *repairs = repairs.union(how);
            return match kind {
                Kind::Id => keep(id::read(value)?, repairs, Identifier::Id),
                Kind::Email => {
                    let letters = email::letters_behind(how);
                    keep(email::read(value, letters)?, repairs, Identifier::Email)
                }
                Kind::Phone => keep(phone::read(value, self)?, repairs, Identifier::Phone),
            };
        }
        if text.contains('@') {
            let read = email::read(text, Letters::Plain)?;
            return keep(read, repairs, Identifier::Email);
        }
        shape::refuse(text)?;
        let marked = text.starts_with('+') || text.starts_with("(+");
        match self.kind {
            Some(Kind::Phone) => keep(phone::read(text, self)?, repairs, Identifier::Phone),
            _ if marked => keep(phone::read(text, self)?, repairs, Identifier::Phone),
            Some(Kind::Id) => keep(id::read(text)?, repairs, Identifier::Id),
            Some(Kind::Email) => Err(Reason::NotAnEmail),
            // No ID begins with a zero.
            None if text.starts_with('0') && self.bare_digits != Some(BareDigits::Id) => {
                keep(phone::read(text, self)?, repairs, Identifier::Phone)
            }
            None => match shape::whole(text) {
                Some(Ok(Whole::Plain(_) | Whole::WithZeros(_))) => match self.bare_digits {
                    Some(BareDigits::Id) => keep(id::read(text)?, repairs, Identifier::Id),
                    Some(BareDigits::Phone) => {
                        keep(phone::read(text, self)?, repairs, Identifier::Phone)
                    }
                    None => Err(Reason::BareDigits),
                },
                Some(Err(reason)) if reason == Reason::DigitsLost => Err(reason),
                // Digits set apart are no ID.
                _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '(') => {
                    keep(phone::read(text, self)?, repairs, Identifier::Phone)
                }
                _ => Err(Reason::NotAnIdentifier),
            },
        }
    }
}

fn keep<T>(
    read: Read<T>,
    repairs: &mut Repairs,
    wrap: fn(T) -> Identifier,
) -> Result<Identifier, Reason> {
    *repairs = repairs.union(read.repairs);
    Ok(wrap(read.value))
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
            _ => Err(Error::UnknownBareDigits {
                text: text.to_owned(),
            }),
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
            _ => Err(Error::UnknownBarePhones {
                text: text.to_owned(),
            }),
        }
    }
}
