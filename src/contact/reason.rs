use serde::{Deserialize, Serialize};

use super::{Phone, character};

/// Why a cell does not say who is meant: one sentence on what is wrong and, behind a `;`, what would fix it.
///
/// The caller adds the row, the column and the text that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "most are what their sentences say")]
pub enum Reason {
    #[error("the cell is blank; fill it in")]
    Blank,
    /// A word that exports write for a blank cell.
    #[error("the cell holds `{0}`, which counts as blank; fill it in")]
    BlankWord(Box<str>),
    /// An error value of a spreadsheet program.
    #[error("the formula in this cell failed; repair it, or type the value")]
    FormulaError,
    #[error("this is a formula, not its result; type the value")]
    Formula,
    /// `TRUE`, `FALSE`, `yes`, `no`.
    #[error("this is a yes or no, which names nobody; write the value itself")]
    Boolean,
    #[error("this is a date; export again, with the column as text")]
    Date,
    /// Scientific notation, or more digits than a spreadsheet's number can hold.
    #[error(
        "the last digits were lost, as happens to long numbers in a spreadsheet; export again, with the column as text"
    )]
    DigitsLost,
    #[error("this is not a whole number; write it without decimals")]
    Fraction,
    #[error("this is a negative number; write it without the minus sign if it belongs here")]
    Negative,
    #[error("this is a percentage; write the value itself")]
    Percent,
    #[error("the cell holds several lines; keep one value in it")]
    SeveralLines,
    #[error("{} does not belong here; remove it", character::named(*.0))]
    Character(char),
    /// A letter that looks like another, or does not fit the letters around it.
    #[error("character {position} is {}, which can be taken for another letter; type the whole address again, or write `email:` in front of it if it is right", character::named(*.character))]
    LookAlike {
        character: char,
        /// Where it stands, counted in characters from 1; in the cell if it stands there as it is.
        position: u32,
    },
    #[error("this is neither a contact ID, an email address nor a phone number; write one of them")]
    NotAnIdentifier,
    /// Bare digits where nothing says what they are.
    #[error(
        "these digits could be a contact ID or a phone number; write `id:` or `phone:+` in front; for all such rows, \
         add `--bare-digits id`, or `--bare-digits phone` with the country (`--region MY`) or `--bare-phones \
         international`"
    )]
    BareDigits,
    /// Not what [`Display`](std::fmt::Display) writes.
    #[error(
        "this is not in the form `id:123`, `email:ann@example.com` or `phone:+60123456789`; write it so"
    )]
    NotCanonical,
    #[error("this is not a contact ID; an ID is written with digits only")]
    NotAnId,
    #[error("there is no ID 0; write the right one")]
    ZeroId,
    #[error("an ID does not begin with 0; write it as the workspace shows it")]
    LeadingZero,
    /// Over 18,446,744,073,709,551,615.
    #[error("this number is too long for an ID; write it as the workspace shows it")]
    IdTooLong,

    #[error("this is not a phone number; write it with its country code, as in `+60123456789`")]
    NotAPhone,
    #[error("a phone number has no letters; write it in digits, without remarks")]
    PhoneLetters,
    /// Digits to dial after the call is answered.
    #[error("the number has an extension; remove it")]
    Extension,
    #[error("the cell holds more than one phone number; keep one of them")]
    SeveralPhones,
    #[error("the plus sign is not in front of the number; write it as in `+60123456789`")]
    MisplacedPlus,
    #[error("the phone number is too short; check its digits")]
    PhoneTooShort,
    #[error("the phone number is too long; check its digits")]
    PhoneTooLong,
    #[error("this country has no phone numbers of so many digits; check them")]
    PhoneLength,
    #[error("the number begins with no known country code; check its first digits")]
    UnknownCountryCode,
    /// A national form, and no region is known.
    #[error(
        "the number is in national form and its country is not known; name the country with `--region`, as in \
         `--region GB`, or write the number with `+` and country code"
    )]
    NeedsRegion,
    /// No plus sign, and nothing that tells whether the number is complete.
    #[error(
        "the number has no plus sign and may lack its country code; name the country with `--region`, as in \
         `--region GB`, or add `--bare-phones international` if every such number begins with a country code"
    )]
    NoPlus,
    /// A number that is possible both internationally and in the region.
    #[error(
        "the number can be {international}, or {national} in national form; say which with `--bare-phones \
         international` or `--bare-phones national`"
    )]
    AmbiguousPhone {
        /// Read as if the plus sign were missing, or `00` stood for it.
        international: Phone,
        /// Read as written in the region.
        national: Phone,
    },
    /// Digits that begin with `00`, which may be a part of a longer exit code.
    #[error(
        "the number can be {one} or {other}, because not only `00` is dialled for the plus sign; write the right one \
         with `+`, or name the country that it is dialled from with `--region`"
    )]
    AmbiguousExitCode {
        /// With the shorter exit code.
        one: Phone,
        /// With the longer one.
        other: Phone,
    },
    /// A zero behind the country code that may or may not be part of the number.
    #[error(
        "the number can be {with_zero} or {without_zero}; write it without `(0)`, in the form that is right"
    )]
    AmbiguousZero {
        with_zero: Phone,
        without_zero: Phone,
    },

    #[error("this is not an email address; write it as in `ann@example.com`")]
    NotAnEmail,
    /// What a messaging service calls a chat by.
    #[error("{}", chat_id(*.number))]
    ChatId {
        /// The phone number in it, if it is one.
        number: Option<Phone>,
    },
    #[error("the cell holds more than one email address; keep one of them")]
    SeveralEmails,
    #[error("an email address has one `@`; remove the others")]
    SeveralAts,
    #[error(
        "there is a space in the email address, or something beside it; keep the address alone"
    )]
    EmailSpace,
    #[error("there is nothing before the `@`; complete the email address")]
    EmailNoLocal,
    /// Nothing, or one word without a dot, after the `@`.
    #[error("the part after the `@` is not complete; write all of it, as in `example.com`")]
    EmailNoDomain,
    #[error(
        "the part before the `@` is in quotes, which the workspace's addresses do not use; write it without"
    )]
    EmailQuoted,
    #[error("a dot is doubled, or at the beginning or the end of a part; remove it")]
    EmailDot,
    #[error("{} is not allowed before the `@`; type the email address as its owner writes it", character::named(*.0))]
    EmailLocalCharacter(char),
    #[error("{} is not allowed after the `@`; correct the email address", character::named(*.0))]
    EmailDomainCharacter(char),
    /// Over 64 bytes before the `@`.
    #[error("the part before the `@` is longer than 64 characters; check it")]
    EmailLocalTooLong,
    /// Over 254 bytes altogether, or a label over 63.
    #[error("the email address is too long; check it")]
    EmailTooLong,
    /// A domain that the rules for internationalized or any domain names forbid.
    #[error("the part after the `@` is not a valid domain name; correct it")]
    EmailDomain,

    #[error(
        "this is neither a user ID nor an email address; write one of them, or name the sheet of users with \
         `--users` if it is a name"
    )]
    NotAnAssignee,
    #[error("a user cannot be named by a phone number; write the user's ID or email address")]
    AssigneePhone,
}

fn chat_id(number: Option<Phone>) -> String {
    match number {
        Some(number) => format!("this is a chat ID and no email address; write its phone number, `{number}`"),
        None => "this is the ID of a chat and no email address; write the contact's phone number, email address or ID"
            .to_owned(),
    }
}

impl Reason {
    /// Whether the cell says nothing: blank, or a word that exports write for blank.
    ///
    /// Neither ever unassigns by itself.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        matches!(self, Reason::Blank | Reason::BlankWord(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_stays_small() {
        assert!(size_of::<Reason>() <= 24, "{} bytes", size_of::<Reason>());
    }
}
