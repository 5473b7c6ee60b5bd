//! One cell becomes an identifier.

use super::damage::{self, Whole};
use super::email::{self, Letters};
use super::{BareDigits, Identifier, Kind, ReadValue, Reason, Rules};
use super::{id, label, lookalike, phone, text};

impl Rules {
    /// Reads one cell.
    ///
    /// # Errors
    /// The cell is blank, or does not say beyond doubt which contact is meant.
    pub fn read(&self, cell: &str) -> Result<ReadValue<Identifier>, Reason> {
        let (text, repairs) = text::clean(cell)?;
        let read = self.read_clean(&text);
        let read = read.map_err(|reason| lookalike::placed(reason, cell))?;
        Ok(read.after(repairs))
    }

    fn read_clean(&self, text: &str) -> Result<ReadValue<Identifier>, Reason> {
        let id = |text| Ok(id::read(text)?.map(Identifier::Id));
        let email = |text, letters| Ok(email::read(text, letters)?.map(Identifier::Email));
        let phone = |text| Ok(phone::read(text, self)?.map(Identifier::Phone));
        if let Some((kind, value, how)) = label::split(text) {
            let read = match kind {
                Kind::Id => id(value),
                Kind::Email => email(value, email::letters_behind(how)),
                Kind::Phone => phone(value),
            };
            return read.map(|read| read.after(how));
        }
        if text.contains('@') {
            return email(text, Letters::Plain);
        }
        damage::refuse(text)?;
        let marked = text.starts_with('+') || text.starts_with("(+");
        match self.kind {
            Some(Kind::Phone) => phone(text),
            _ if marked => phone(text),
            Some(Kind::Id) => id(text),
            Some(Kind::Email) => Err(Reason::NotAnEmail),
            // No ID begins with a zero.
            None if text.starts_with('0') && self.bare_digits != Some(BareDigits::Id) => {
                phone(text)
            }
            None => match damage::whole(text) {
                Some(Ok(Whole::Plain(_) | Whole::WithZeros(_))) => match self.bare_digits {
                    Some(BareDigits::Id) => id(text),
                    Some(BareDigits::Phone) => phone(text),
                    None => Err(Reason::BareDigits),
                },
                Some(Err(reason)) if reason == Reason::DigitsLost => Err(reason),
                // Digits set apart are no ID.
                _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '(') => phone(text),
                _ => Err(Reason::NotAnIdentifier),
            },
        }
    }
}
