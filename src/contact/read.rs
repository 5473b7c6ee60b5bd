//! One cell becomes an identifier.

use super::email::{self, Letters};
use super::shape::{self, Whole};
use super::{BareDigits, Identifier, Kind, ReadValue, Reason, Repairs, Rules};
use super::{id, label, lookalike, phone, text};

impl Rules {
    /// Reads one cell.
    ///
    /// # Errors
    /// The cell is blank, or does not say beyond doubt which contact is meant.
    pub fn read(&self, cell: &str) -> Result<ReadValue<Identifier>, Reason> {
        let (text, mut repairs) = text::clean(cell)?;
        self.read_clean(&text, &mut repairs)
            .map(|value| ReadValue { value, repairs })
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
    read: ReadValue<T>,
    repairs: &mut Repairs,
    wrap: fn(T) -> Identifier,
) -> Result<Identifier, Reason> {
    *repairs = repairs.union(read.repairs);
    Ok(wrap(read.value))
}
