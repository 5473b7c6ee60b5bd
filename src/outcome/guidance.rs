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
        (Status::Assigned | Status::Unassigned | Status::Unchanged | Status::Skipped, _) => {
            Guidance::Nothing
        }
        (Status::Duplicate, _) => Guidance::AsThatRow,
        (Status::Planned, _) => Guidance::Apply,
        (Status::Invalid, _) => Guidance::Repair,
        (Status::Conflict, _) => Guidance::SkipOne,
        (Status::Failed, Some(Code::Refused | Code::NoSuchContact | Code::OtherContact)) => {
            Guidance::CheckWorkspace
        }
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
            Guidance::Repair => "Correct the cells of the row; `reassign_error` says how.",
            Guidance::CheckWorkspace => {
                "Check the contact and the user in the workspace and correct the row."
            }
            Guidance::Reopen => {
                "Open the conversation in the workspace, or write `skip` in `reassign_decision`."
            }
            Guidance::SkipOne => {
                "Of the rows that share a contact, write `skip` in `reassign_decision` in all but the one you want."
            }
            Guidance::MoveOrSkip => {
                "Write `move` in `reassign_decision` to change the contact anyway, or `skip`."
            }
            Guidance::AgainOrSkip => {
                "Write `again` in `reassign_decision` to do the row once more, or `skip`."
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
            Todo::RunAgain => "for the next run",
            Todo::Repair => "to repair",
            Todo::Decide => "to decide",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statuses that a row with this code has.
    fn statuses(code: Code) -> &'static [Status] {
        match code {
            Code::BlankLeftOut
            | Code::NoData
            | Code::Heading
            | Code::HeaderAgain
            | Code::PrefilledRow
            | Code::HiddenRow
            | Code::SkipDecided
            | Code::Overruled => &[Status::Skipped],
            Code::Duplicate => &[Status::Duplicate],
            Code::Conflict | Code::MergedConflict => &[Status::Conflict],
            Code::Replaced => &[Status::Assigned, Status::Unassigned, Status::Unchanged],
            Code::NotPlanned | Code::NewRow => &[Status::NotAttempted],
            Code::Undone => &[Status::Undone],
            Code::NoSuchContact => &[Status::Invalid, Status::Failed],
            Code::OtherOwner | Code::MovedSincePlan => &[Status::Drifted],
            Code::Refused | Code::OtherContact => &[Status::Failed],
            Code::UnreadableAnswer | Code::AttemptsUsedUp => &[Status::Failed, Status::Unknown],
            Code::NoAnswer => &[Status::Unknown],
            Code::InQueue => &[Status::Busy],
            Code::ConversationClosed => &[Status::Skipped, Status::NotApplied],
            Code::NotMade | Code::MovedAfterwards => &[Status::NotApplied],
            Code::NotReached => &[Status::NotAttempted, Status::Busy],
            _ => &[Status::Invalid],
        }
    }

    /// The tables of `docs/reasons.md`.
    fn tables() -> String {
        let mut text =
            String::from("\n| status | means | open | what it asks for |\n|---|---|---|---|\n");
        for status in Status::ALL {
            let guidance = guidance(status, None);
            let open = match guidance {
                Guidance::AsThatRow => "as that row",
                guidance if guidance.todo() == Todo::Done => "",
                _ => "open",
            };
            let (means, asks) = (status.meaning(), guidance.text());
            text += &format!("| `{status}` | {means} | {open} | {asks} |\n");
        }
        text += "\n| reason | status | means | what it asks for |\n|---|---|---|---|\n";
        for code in Code::ALL {
            for status in statuses(*code) {
                let (means, asks) = (code.meaning(), guidance(*status, Some(*code)).text());
                text += &format!("| `{code}` | `{status}` | {means} | {asks} |\n");
            }
        }
        text + "\n"
    }

    #[test]
    fn the_page_of_reasons_is_complete_and_says_what_the_program_does() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reasons.md");
        let page = std::fs::read_to_string(path).expect("the page");
        let (begin, end) = ("<!-- tables -->\n", "<!-- end of tables -->");
        let (before, rest) = page.split_once(begin).expect("where the tables begin");
        let (found, after) = rest.split_once(end).expect("where the tables end");
        let tables = tables();
        if std::env::var_os("UPDATE_REASONS").is_some() {
            let page = [before, begin, &tables, end, after].concat();
            std::fs::write(path, page).expect("the page can be written");
        } else {
            let outdated = tables.lines().find(|line| !found.contains(line));
            assert!(
                found == tables,
                "out of date: {outdated:?}; UPDATE_REASONS=1 writes the tables anew"
            );
        }
    }

    #[test]
    fn nothing_is_asked_of_settled_rows_and_something_of_all_others() {
        for status in Status::ALL {
            let codes = Code::ALL.iter().copied().map(Some);
            for code in codes.chain([None]) {
                let is_done = guidance(status, code).todo() == Todo::Done;
                let settled = status.is_settled() || status == Status::Duplicate;
                assert_eq!(is_done, settled, "{status}, {code:?}");
            }
        }
    }
}
