//! What a row asks for, by its status and reason: one table for the screen, the results workbook, the page, JSON and the
//! documentation.

use std::fmt;

use super::{Code, Status};

/// What a row asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guidance {
    /// Nothing.
    Nothing,
    /// What the row asks for that it repeats.
    AsThatRow,
    /// To apply the plan.
    Apply,
    /// To run the command again.
    RunAgain,
    /// To run the command again in a few minutes.
    RunLater,
    /// To correct its cells.
    Repair,
    /// To find out what is wrong with contact or user in the workspace.
    CheckWorkspace,
    /// To open the conversation.
    Reopen,
    /// To say which of two rows is wrong.
    SkipOne,
    /// To say whether it is sent although somebody moved the contact.
    MoveOrSkip,
    /// To say whether it is sent once more.
    AgainOrSkip,
}

/// What a row of this status asks for, if this is why it has it.
pub const fn guidance(status: Status, code: Option<Code>) -> Guidance {
    match (status, code) {
        (
            Status::Assigned | Status::Unassigned | Status::Unchanged | Status::Skipped,
            _,
        ) => Guidance::Nothing,
        (Status::Duplicate, _) => Guidance::AsThatRow,
        (Status::Planned, _) => Guidance::Apply,
        (Status::Invalid, _) => Guidance::Repair,
        (Status::Conflict, _) => Guidance::SkipOne,
        (
            Status::Failed,
            Some(Code::Refused | Code::NoSuchContact | Code::OtherContact),
        ) => Guidance::CheckWorkspace,
        (Status::Failed | Status::Unknown | Status::NotAttempted, _) => Guidance::RunAgain,
        (Status::Undone, _) => Guidance::AgainOrSkip,
        (Status::Busy, _) => Guidance::RunLater,
        (Status::NotApplied, Some(Code::ConversationClosed)) => Guidance::Reopen,
        (Status::NotApplied, Some(Code::MovedAfterwards)) => Guidance::MoveOrSkip,
        (Status::NotApplied, _) => Guidance::RunAgain,
        (Status::Drifted, _) => Guidance::MoveOrSkip,
    }
}

impl Guidance {
    /// Every kind of guidance, in the order in which summaries list them.
    pub const ALL: [Guidance; 11] = [
        Guidance::Nothing,
        Guidance::AsThatRow,
        Guidance::Apply,
        Guidance::RunAgain,
        Guidance::RunLater,
        Guidance::Repair,
        Guidance::CheckWorkspace,
        Guidance::Reopen,
        Guidance::SkipOne,
        Guidance::MoveOrSkip,
        Guidance::AgainOrSkip,
    ];

    /// In one sentence, for whoever has to do it before the command is run again.
    pub const fn text(self) -> &'static str {
        match self {
            Guidance::Nothing => "Nothing.",
            Guidance::AsThatRow => "The same as the row that it repeats.",
            Guidance::Apply => "Apply the plan.",
            Guidance::RunAgain => "Run again.",
            Guidance::RunLater => "Run again in a few minutes.",
            Guidance::Repair => {
                "Correct the cells of the row; `reassign_error` says how."
            }
            Guidance::CheckWorkspace => {
                "Check the contact and the user in the workspace and correct the row."
            }
            Guidance::Reopen => {
                "Open the conversation in the workspace, or write `skip` in `reassign_decision`."
            }
            Guidance::SkipOne => {
                "Write `skip` in `reassign_decision` in the rows that you do not want."
            }
            Guidance::MoveOrSkip => {
                "Write `move` in `reassign_decision` to send the row all the same, or `skip`."
            }
            Guidance::AgainOrSkip => {
                "Write `again` in `reassign_decision` to send the row once more, or `skip`."
            }
        }
    }

    /// Who has to do it.
    pub const fn todo(self) -> Todo {
        match self {
            Guidance::Nothing | Guidance::AsThatRow => Todo::Done,
            Guidance::Apply | Guidance::RunAgain | Guidance::RunLater => Todo::RunAgain,
            Guidance::Repair | Guidance::CheckWorkspace | Guidance::Reopen => Todo::Repair,
            Guidance::SkipOne | Guidance::MoveOrSkip | Guidance::AgainOrSkip => Todo::Decide,
        }
    }
}

/// What is left to do about a row. A duplicate does as its row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Todo {
    /// Nothing.
    Done,
    /// Running again may settle it.
    RunAgain,
    /// A cell, or the address book behind it, has to be repaired first.
    Repair,
    /// Somebody has to say what should happen.
    Decide,
}

impl Todo {
    /// Every kind of work left, in the order in which summaries list them.
    pub const ALL: [Todo; 4] = [Todo::Done, Todo::RunAgain, Todo::Repair, Todo::Decide];
}

impl fmt::Display for Todo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Todo::Done => "done",
            Todo::RunAgain => "run again",
            Todo::Repair => "to repair",
            Todo::Decide => "to decide",
        })
    }
}

