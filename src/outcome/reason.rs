//! What is wrong with a row, or why it was not sent: data until the moment it is shown.
//!
//! Nothing is ever decided by the words of a sentence. Whoever has to decide looks at the reason or at its [`Code`];
//! whoever shows it makes the sentence in `reason/sentence.rs`.

mod name;
mod sentence;

use serde::{Deserialize, Serialize};

use crate::contact::{self, Assignee, Identifier};
use crate::workspace::NoUser;

use super::Code;

/// What is wrong with a row, or why it was not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The text of a cell says nothing that can be used.
    Cell(contact::Reason),
    /// A number in a workbook with more digits than it keeps.
    LongNumber,
    /// A date in a workbook.
    Date,
    /// `TRUE` or `FALSE` in a workbook.
    Boolean,
    /// A formula in a workbook that failed.
    FailedFormula,
    /// A formula in a workbook that no spreadsheet program has computed.
    UncomputedFormula,
    /// The cell's number format hides its value, or shows it in a way that is not known.
    HiddenByFormat,
    /// A merged cell covers the cell.
    CoveredCell,
    /// The country of a phone number in national form is not known.
    UnknownCountry,
    /// The assignee is not one of the workspace's users, or not one alone.
    User(NoUser),

    /// A cell holds bytes that mean nothing in the sheet's encoding.
    Undecodable {
        /// The cell, counted from 1.
        cell: u32,
        /// The encoding's name, such as `UTF-8`.
        encoding: Box<str>,
    },
    /// A cell holds a NUL character.
    NulCharacter {
        /// The cell, counted from 1.
        cell: u32,
    },
    /// A quote is opened and not closed.
    UnclosedQuote,
    /// The row is too long to be read.
    RowTooLong {
        /// The longest that is read, in MB.
        megabytes: u32,
    },
    /// The row has too many cells to be read.
    TooManyCells {
        /// The most that are read.
        most: u32,
    },
    /// The row has more cells than the header.
    MoreCells,
    /// The row says `Total` and numbers, all of which could be read.
    Total,
    /// An earlier command found it in what the row was read from, and the row has not been repaired since.
    Still {
        /// What was found.
        code: Code,
        /// The sentence of that time, for people.
        said: Box<str>,
    },

    /// Its assignee is blank, and such rows are left out.
    BlankLeftOut,
    /// A total or a remark below the data.
    NoData,
    /// It is a heading in a merged cell.
    Heading,
    /// It is the header, once more.
    HeaderAgain,
    /// It has neither contact nor assignee, only what was filled in for rows to come.
    PrefilledRow,
    /// The workbook hides it, and such rows are left out.
    HiddenRow,
    /// The admin wrote `skip`.
    SkipDecided,
    /// Another row decides about the contact, by `--on-conflict`.
    Overruled {
        /// The other row.
        by: u32,
    },
    /// The same change stands on another row.
    Duplicate {
        /// The other row.
        of: u32,
        /// The API's ID of the contact, if the other row names it in another way.
        id: Option<u64>,
    },
    /// Another row gives the contact to somebody else, because its cell is merged over both.
    MergedConflict {
        /// The other row.
        with: u32,
    },
    /// Another row gives the contact to someone else.
    Conflict {
        /// The other row.
        with: u32,
        /// To whom.
        theirs: Assignee,
        /// The API's ID of the contact, if the other row names it in another way.
        id: Option<u64>,
    },
    /// Another row gives the contact to someone else, and is done.
    ConflictWithDone {
        /// The other row.
        with: u32,
        /// To whom.
        theirs: Assignee,
        /// The API's ID of the contact, if the other row names it in another way.
        id: Option<u64>,
        /// Whether this row stands below the other one.
        is_later: bool,
    },
    /// It was written, and another row has written the contact since.
    Replaced {
        /// The other row.
        by: u32,
        /// Who has the contact since.
        now: Assignee,
    },
    /// The sheet is a saved plan, and the row was not planned to be sent.
    NotPlanned,
    /// An undo of this row was applied.
    Undone,

    /// The workspace has no such contact.
    NoSuchContact {
        /// As the row calls it.
        contact: Identifier,
    },
    /// The workspace has several contacts of this phone number or email, and a write would take one of them.
    SeveralContacts {
        /// As the row calls them.
        contact: Identifier,
        /// Their IDs.
        ids: Box<[u64]>,
    },
    /// The row calls the contact something else in another column.
    ContactDiffers(Box<Difference>),
    /// The contact has another owner than the sheet says.
    OtherOwner(Box<Moved>),
    /// The contact has another owner than when the plan was made, or than we have seen or left it with.
    MovedSincePlan(Box<Moved>),

    /// The API refused the request.
    Refused {
        /// What it said, as a sentence.
        message: Box<str>,
    },
    /// The API answered for another contact.
    OtherContact {
        /// The contact that was asked for.
        asked: Identifier,
        /// The API's ID of the contact in the answer.
        answered: u64,
    },
    /// The API answers for another contact under the row's name than the workspace showed before.
    NameOfAnother {
        /// What the row calls its contact.
        name: Identifier,
        /// The ID of the contact that was shown.
        shown: u64,
        /// The ID of the contact in the answer.
        answered: u64,
    },
    /// The API accepted the request, and its answer says nothing that can be understood.
    UnreadableAnswer {
        /// What it said, as a sentence.
        message: Box<str>,
    },
    /// Every attempt failed.
    AttemptsUsedUp {
        /// What the last answer said, or why there was none.
        message: Box<str>,
        /// How many attempts there were.
        attempts: u32,
    },
    /// A write was sent, and the run ended before its answer came.
    NoAnswer,
    /// The API still had the contact in its queue.
    InQueue {
        /// What it said.
        message: Box<str>,
        /// How long it was tried, in seconds.
        seconds: u64,
    },
    /// A write was accepted and changed nothing, because the conversation is closed.
    ConversationClosed,
    /// The conversation is closed, and the user has chosen to leave such contacts as they are.
    ClosedLeftOut,
    /// A write was accepted, and the contact is still with whom it was.
    NotMade {
        /// Who has it; `None` for nobody.
        owner: Option<Box<str>>,
    },
    /// A write was accepted, and somebody else has the contact now.
    MovedAfterwards {
        /// Who has it; `None` for nobody.
        owner: Option<Box<str>>,
    },
    /// The run ended before the row's turn, or before it could be tried again.
    NotReached {
        /// What the last answer said, if the row was tried.
        last: Option<Box<str>>,
    },
    /// The row was added to the results, and no run has seen it yet.
    NewRow,
}

/// What the workspace and a row say about one contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// As the row calls it.
    pub contact: Identifier,
    /// The contact's name, or a blank.
    pub name: String,
    /// What the workspace has in the place of what the row says.
    pub has: Identifier,
    /// What the row says in another column.
    pub says: Identifier,
}

/// Who has a contact, and who was to have it for the row to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Who has it now; `None` for nobody.
    pub now: Option<String>,
    /// Who was to have it.
    pub then: Assignee,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_stays_small_because_every_row_may_have_one() {
        assert!(size_of::<Reason>() <= 48, "{} bytes", size_of::<Reason>());
    }

    #[test]
    fn a_reason_reads_back_from_json_with_all_its_fields() {
        for reason in [
            Reason::Cell(contact::Reason::BlankWord("n/a".into())),
            Reason::Conflict {
                with: 7,
                theirs: Assignee::Nobody,
                id: Some(10_131),
            },
            Reason::MovedSincePlan(Box::new(Moved {
                now: Some("kim@example.com".to_owned()),
                then: Assignee::User(102),
            })),
            Reason::NotReached { last: None },
        ] {
            let json = serde_json::to_string(&reason).expect("a reason is plain data");
            assert_eq!(serde_json::from_str::<Reason>(&json).ok(), Some(reason));
        }
    }
}
