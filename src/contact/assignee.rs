use std::fmt;
use std::str::FromStr;

use super::email::{self, Letters};
use super::{Email, Kind, ReadValue, Reason, Repairs};
use super::{damage, id, label, lookalike, text};

/// Who shall have a contact.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Assignee {
    /// The user with this ID, at least 1.
    User(u64),
    /// The user with this email address.
    Email(Email),
    /// Nobody: the contact is unassigned.
    Nobody,
}

impl Assignee {
    /// Reads one cell. Nothing but a word that says so unassigns.
    ///
    /// # Errors
    /// The cell is blank, or names neither a user's ID nor an email address.
    pub fn read(cell: &str) -> Result<ReadValue<Assignee>, Reason> {
        let (text, repairs) = text::clean(cell)?;
        let read = read_clean(&text).map_err(|reason| lookalike::placed(reason, cell))?;
        Ok(read.after(repairs))
    }
}

fn read_clean(text: &str) -> Result<ReadValue<Assignee>, Reason> {
    if ["unassign", "unassigned", "nobody"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
    {
        return Ok(ReadValue::plain(Assignee::Nobody));
    }
    let (labelled, value, repairs) = match label::split(text) {
        Some((kind, value, repairs)) => (Some(kind), value, repairs),
        None => (None, text, Repairs::NONE),
    };
    let read = match labelled {
        Some(Kind::Phone) => return Err(Reason::AssigneePhone),
        Some(Kind::Id) => user(value)?,
        Some(Kind::Email) => by_email(value, email::letters_behind(repairs))?,
        None if value.contains('@') => by_email(value, Letters::Plain)?,
        None => user(value)?,
    };
    Ok(read.after(repairs))
}

fn by_email(text: &str, letters: Letters) -> Result<ReadValue<Assignee>, Reason> {
    Ok(email::read(text, letters)?.map(Assignee::Email))
}

fn user(text: &str) -> Result<ReadValue<Assignee>, Reason> {
    damage::refuse(text)?;
    if text.contains(['\n', '\r']) {
        return Err(Reason::SeveralLines);
    }
    if text.starts_with('+') && text[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Reason::AssigneePhone);
    }
    match id::read(text) {
        Ok(read) => Ok(read.map(Assignee::User)),
        Err(Reason::NotAnId) if damage::is_number(text) => Err(Reason::Fraction),
        Err(Reason::NotAnId) => Err(Reason::NotAnAssignee),
        Err(reason) => Err(reason),
    }
}

impl fmt::Display for Assignee {
    /// `12`, `ann@example.com` or `unassign`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Assignee::User(id) => write!(f, "{id}"),
            Assignee::Email(email) => write!(f, "{email}"),
            Assignee::Nobody => f.write_str("unassign"),
        }
    }
}

impl FromStr for Assignee {
    type Err = Reason;

    /// Reads exactly what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Assignee, Reason> {
        match text {
            "unassign" => Ok(Assignee::Nobody),
            _ if text.contains('@') => text.parse().map(Assignee::Email),
            _ => match id::strict(text) {
                Err(Reason::NotAnId) => Err(Reason::NotAnAssignee),
                read => read.map(Assignee::User),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Repair;

    fn read(cell: &str) -> Result<String, Reason> {
        Assignee::read(cell).map(|read| read.value.to_string())
    }

    #[test]
    fn a_user_is_named_by_id_or_email() {
        for (cell, assignee) in [
            ("12", "12"),
            ("12.0", "12"),
            ("12.00", "12"),
            (" 34 ", "34"),
            ("\u{a0}34\u{a0}", "34"),
            ("１２", "12"),
            ("id:12", "12"),
            ("18446744073709551615", "18446744073709551615"),
            ("siti@example.org", "siti@example.org"),
            ("Siti@Example.ORG", "Siti@example.org"),
            ("agent\u{200b}@example.com", "agent@example.com"),
            ("Ann Lee <ann@example.com>", "ann@example.com"),
            ("mailto:ann@example.com", "ann@example.com"),
        ] {
            assert_eq!(read(cell).as_deref(), Ok(assignee), "{cell:?}");
        }
    }

    #[test]
    fn a_contact_is_unassigned_by_a_word_that_says_so_and_nothing_else() {
        for cell in ["unassign", "Unassigned", "NOBODY", " \"nobody\" "] {
            assert_eq!(
                Assignee::read(cell).map(|read| read.value),
                Ok(Assignee::Nobody),
                "{cell:?}"
            );
        }
        for cell in [
            "",
            " ",
            "-",
            "null",
            "None",
            "nil",
            "n/a",
            "#N/A",
            "0",
            "false",
            "no one",
            "(blank)",
            "unassign me",
            "id:",
            "email:",
            "phone:",
        ] {
            assert!(Assignee::read(cell).is_err(), "{cell:?}");
        }
    }

    #[test]
    fn what_names_no_user_is_refused() {
        for (cell, reason) in [
            ("0", Reason::ZeroId),
            ("0.0", Reason::ZeroId),
            ("012", Reason::LeadingZero),
            ("12.5", Reason::Fraction),
            ("12,5", Reason::Fraction),
            ("12.000", Reason::Fraction),
            ("-3", Reason::Negative),
            ("50%", Reason::Percent),
            ("TRUE", Reason::Boolean),
            ("true", Reason::Boolean),
            ("2024-06-30 00:00:00", Reason::Date),
            ("1.2E+3", Reason::DigitsLost),
            ("1234567890123456.0", Reason::DigitsLost),
            ("18446744073709551616", Reason::IdTooLong),
            ("#N/A", Reason::FormulaError),
            ("=10+2", Reason::Formula),
            ("Ann Lee", Reason::NotAnAssignee),
            ("(12)", Reason::NotAnAssignee),
            ("12 13", Reason::NotAnAssignee),
            ("12\n13", Reason::SeveralLines),
            ("+60123456789", Reason::AssigneePhone),
            ("phone:+60123456789", Reason::AssigneePhone),
            ("agent\n@example.com", Reason::SeveralLines),
            (
                "аgent@example.com",
                Reason::LookAlike {
                    character: 'а',
                    position: 1,
                },
            ),
        ] {
            assert_eq!(read(cell), Err(reason), "{cell:?}");
        }
    }

    #[test]
    fn a_decimal_zero_is_recorded() {
        let read = Assignee::read("12.0").map(|read| read.repairs.iter().collect());
        assert_eq!(read, Ok(vec![Repair::DecimalZero]));
    }
}
