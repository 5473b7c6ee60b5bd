//! The stable names of reasons: what filters and programs go by, and what can be read back from a results file.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::UnknownWord;

macro_rules! codes {
    ($($code:ident $name:literal $meaning:literal)*) => {
        /// What is wrong with a row, or why it was not sent, without what tells of one row only.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $meaning] $code,)*
        }

        impl Code {
            /// Every code, in the order in which documents list them.
            pub const ALL: &[Code] = &[$(Code::$code),*];

            /// The word in `reassign_reason`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Code::$code => $name,)*
                }
            }

            /// What it means, in a sentence that is true of every row with this code.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Code::$code => $meaning,)*
                }
            }
        }
    };
}

codes! {
    // A cell.
    Blank "blank" "the cell is blank"
    BlankWord "blank-word" "the cell holds a word that exports write for a blank cell"
    FormulaFailed "formula-failed" "the formula in the cell failed"
    Formula "formula" "the cell holds the text of a formula, not its result"
    HiddenByFormat "hidden-by-format" "the number format of the cell hides its value, or shows it in a way that is not known"
    CoveredCell "covered-cell" "a merged cell covers the cell"
    FormulaNotComputed "formula-not-computed" "no spreadsheet program has computed the formula in the cell"
    YesOrNo "yes-or-no" "the cell holds a yes or no, which names nobody"
    Date "date" "the cell holds a date"
    DigitsLost "digits-lost" "a spreadsheet program has lost the last digits of a long number"
    Fraction "fraction" "the cell holds a number that is not whole"
    Negative "negative" "the cell holds a negative number"
    Percent "percent" "the cell holds a percentage"
    SeveralLines "several-lines" "the cell holds several lines"
    Character "character" "a character in the cell does not belong there"
    LookAlike "look-alike" "a letter can be taken for another one"
    NotAnIdentifier "not-an-identifier" "the cell holds neither a contact ID, an email address nor a phone number"
    BareDigits "bare-digits" "the digits could be a contact ID or a phone number"
    NotCanonical "not-canonical" "a column of this program holds something else than it had written"
    NotAnId "not-an-id" "the cell holds no contact ID"
    ZeroId "zero-id" "there is no ID 0"
    LeadingZero "leading-zero" "an ID does not begin with 0"
    IdTooLong "id-too-long" "the number is too long for an ID"
    NotAPhone "not-a-phone" "the cell holds no phone number"
    PhoneLetters "phone-letters" "there are letters in the phone number"
    Extension "extension" "the phone number has an extension"
    SeveralPhones "several-phones" "the cell holds more than one phone number"
    MisplacedPlus "misplaced-plus" "the plus sign is not in front of the phone number"
    PhoneTooShort "phone-too-short" "the phone number is too short"
    PhoneTooLong "phone-too-long" "the phone number is too long"
    PhoneLength "phone-length" "the country has no phone numbers of so many digits"
    UnknownCountryCode "unknown-country-code" "the phone number begins with no known country code"
    NeedsRegion "needs-region" "the phone number is in national form, and its country is not known"
    NoPlus "no-plus" "the phone number has no plus sign and may lack its country code"
    AmbiguousPhone "ambiguous-phone" "the phone number can be an international or a national one"
    AmbiguousExitCode "ambiguous-exit-code" "the phone number begins with `00`, which may be a part of a longer exit code"
    AmbiguousZero "ambiguous-zero" "a zero behind the country code may or may not be part of the phone number"
    NotAnEmail "not-an-email" "the cell holds no email address"
    ChatId "chat-id" "the cell holds the ID of a chat, and no email address"
    SeveralEmails "several-emails" "the cell holds more than one email address"
    SeveralAts "several-ats" "the email address has more than one `@`"
    EmailSpace "email-space" "there is a space in the email address, or something beside it"
    EmailNoLocal "email-no-local" "there is nothing before the `@`"
    EmailNoDomain "email-no-domain" "the part after the `@` is not complete"
    EmailQuoted "email-quoted" "the part before the `@` is in quotes"
    EmailDot "email-dot" "a dot is doubled, or at the beginning or the end of a part of the email address"
    EmailCharacter "email-character" "a character is not allowed in an email address"
    EmailTooLong "email-too-long" "the email address is too long"
    EmailDomain "email-domain" "the part after the `@` is not a valid domain name"
    NotAnAssignee "not-an-assignee" "the cell holds neither a user ID nor an email address"
    AssigneePhone "assignee-phone" "a user cannot be named by a phone number"
    UnknownCountry "unknown-country" "the cell beside a phone number in national form holds no known country"
    NotYetUser "not-yet-a-user" "the workspace does not list the user, who has not accepted the invitation yet or is gone"
    NoSuchUser "no-such-user" "no user has this ID or email address"
    NoSuchName "no-such-name" "no user has this name"
    SeveralUsers "several-users" "several users could be meant"

    // A row.
    Undecodable "undecodable" "some bytes of the row mean nothing in the encoding of the sheet"
    NulCharacter "nul-character" "the file is damaged in this row: a cell holds a NUL character"
    UnclosedQuote "unclosed-quote" "a quote opens a cell and none closes it"
    RowTooLong "row-too-long" "the row is too long; a line break may be missing"
    TooManyCells "too-many-cells" "the row has more cells than any spreadsheet; a line break may be missing"
    MoreCells "more-cells" "the row has more cells than the header; a comma may lack its quotes"
    TotalRow "total-row" "the row looks like a total of the rows above"

    // A choice of the user.
    BlankLeftOut "blank-left-out" "the row has no new owner and stays as it is"
    NoData "no-data" "the row is a total or a remark below the data"
    Heading "heading" "the row is a heading in a merged cell"
    HeaderAgain "header-again" "the row is the header once more"
    PrefilledRow "prefilled-row" "the row has neither contact nor new owner, only what was filled in for rows to come"
    HiddenRow "hidden-row" "the workbook hides the row, and `--hidden-rows skip` leaves such rows out"
    SkipDecided "skip-decided" "`reassign_decision` holds `skip`"
    Overruled "overruled" "another row decides about the contact, by `--on-conflict`"

    // Rows among each other, and the plan.
    Duplicate "duplicate" "another row makes the same change"
    Conflict "conflict" "another row gives the contact to another user"
    MergedConflict "merged-conflict" "another row gives the contact to another user, because a merged cell holds the contact of both"
    Replaced "replaced" "the row was done, and then another row gave the contact to another user"
    NotPlanned "not-planned" "the saved plan has no change for this row"
    Undone "undone" "an undo of this row was applied"

    // What the workspace shows.
    NoSuchContact "no-such-contact" "the workspace has no such contact"
    SeveralContacts "several-contacts" "the workspace has several contacts with this phone number or email address"
    ContactDiffers "contact-differs" "another column of the row contradicts what the workspace has for the contact"
    OtherOwner "other-owner" "the contact has another owner than the sheet says"
    MovedSincePlan "moved-since-plan" "the contact has another owner than when the plan was made"

    // What came of sending.
    Refused "refused" "the workspace refused the request"
    OtherContact "other-contact" "the workspace answered for another contact"
    UnreadableAnswer "unreadable-answer" "the answer could not be read"
    AttemptsUsedUp "attempts-used-up" "every attempt failed"
    NoAnswer "no-answer" "the change was sent to the workspace, and no answer was seen"
    InQueue "in-queue" "the workspace still had the contact in its queue"
    ConversationClosed "conversation-closed" "the conversation is closed, where a change is accepted and not made"
    NotMade "not-made" "the change was accepted and not made"
    MovedAfterwards "moved-afterwards" "the change was accepted, and another user has the contact now"
    NotReached "not-reached" "the run ended before the turn of this row"
    NewRow "new-row" "the row was added, and no run has seen it yet"
}

impl Code {
    /// Whether the text of a results file may no longer show it, so that a row must not become right by being read
    /// again: a digest of its cells stands beside it.
    pub const fn outlasts_text(self) -> bool {
        matches!(
            self,
            Code::DigitsLost
                | Code::Date
                | Code::YesOrNo
                | Code::Formula
                | Code::FormulaFailed
                | Code::FormulaNotComputed
                | Code::Undecodable
                | Code::NulCharacter
                | Code::UnclosedQuote
                | Code::RowTooLong
                | Code::TooManyCells
                | Code::HiddenByFormat
                | Code::CoveredCell
                | Code::TotalRow
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Code {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut all = Code::ALL.iter().copied();
        all.find(|code| text.eq_ignore_ascii_case(code.name()))
            .ok_or_else(|| UnknownWord {
                found: text.to_owned(),
                expected: vec!["the reasons that `docs/reasons.md` lists"],
            })
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        name.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_from_its_name_which_no_other_has() {
        for code in Code::ALL {
            assert_eq!(code.name().parse(), Ok(*code));
            let is_kebab = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            assert!(code.name().bytes().all(is_kebab), "{code}");
        }
    }
}
