//! What a status means to somebody who has never seen the program, and what is to be done about it.

use crate::mapping::MILLIONTHS;
use crate::outcome::{Status, Todo};

use super::Kind;

/// How a status is called in a heading.
pub(super) fn title(status: Status) -> &'static str {
    match status {
        Status::Assigned => "Assigned",
        Status::Unassigned => "Unassigned",
        Status::Unchanged => "Already right",
        Status::Duplicate => "Duplicate",
        Status::Skipped => "Left out",
        Status::Planned => "Planned",
        Status::Invalid => "Not usable",
        Status::Conflict => "Contradiction",
        Status::Failed => "Failed",
        Status::Unknown => "Not known",
        Status::Undone => "Undone",
        Status::Busy => "Still busy",
        Status::NotApplied => "Did not hold",
        Status::Drifted => "Moved by somebody else",
        Status::NotAttempted => "Not tried",
    }
}

/// What it means.
pub(super) fn meaning(status: Status) -> &'static str {
    match status {
        Status::Assigned => "The contact was given to the user that the sheet names.",
        Status::Unassigned => "The contact was left with nobody, as the sheet asks.",
        Status::Unchanged => {
            "The contact was already where the sheet wants it; nothing was written."
        }
        Status::Duplicate => "The same change stands on an earlier row, whose fate it shares.",
        Status::Skipped => {
            "Left out by choice: by a decision, an option, or because it is no row of data."
        }
        Status::Planned => "Will be sent when the plan is applied.",
        Status::Invalid => "The row could not be used as it stands; nothing was sent.",
        Status::Conflict => "Another row gives the same contact to somebody else.",
        Status::Failed => "The workspace refused the change, or every attempt failed.",
        Status::Unknown => "The change was sent; whether it was made is not known.",
        Status::Undone => "An undo of this row was applied.",
        Status::Busy => "The workspace was still preparing the contact when patience ran out.",
        Status::NotApplied => "The workspace accepted the change, but it did not hold.",
        Status::Drifted => "Somebody else has moved the contact meanwhile, so it was left alone.",
        Status::NotAttempted => "The run ended before it was this row's turn.",
    }
}

/// What somebody has to do about such a row.
pub(super) fn advice(kind: Kind, status: Status, todo: Todo) -> &'static str {
    match (status, todo) {
        (Status::Invalid, _) if kind == Kind::Plan => {
            "Correct the cell in the sheet, as the sentence says, and plan it again."
        }
        (Status::Conflict, _) if kind == Kind::Plan => {
            "Decide which row is right, take the other one out of the sheet, and plan it again."
        }
        (Status::Invalid, _) => {
            "Correct the cell in the results file, as the sentence says, and apply that file again."
        }
        (Status::Conflict, _) => {
            "Decide which row is right: write skip into reassign_decision of the other one, and apply the file again."
        }
        (Status::NotApplied, _) => {
            "Look at these contacts in the workspace; write again into reassign_decision to send the change once more."
        }
        (Status::Drifted, _) => {
            "Decide who is right: write move into reassign_decision to send the change, or skip to leave the contact."
        }
        (_, Todo::Repair) => {
            "Check contact and user in the workspace, correct the row in the results file, and apply that file again."
        }
        (Status::Busy, _) => "Apply the results file again later; nothing has to be corrected.",
        (Status::Planned, _) => "Apply the plan.",
        (_, Todo::RunAgain) => "Apply the results file again; nothing has to be corrected.",
        (Status::Duplicate, _) => "It is settled together with the row that it repeats.",
        _ => "Nothing.",
    }
}

/// The group of colours that a status belongs to.
pub(super) fn tone(status: Status) -> &'static str {
    match status {
        Status::Assigned => "good",
        Status::Unassigned => "good2",
        Status::Unchanged => "calm",
        Status::Duplicate | Status::Skipped => "quiet",
        Status::Planned => "plan",
        Status::Invalid => "bad",
        Status::Failed | Status::NotApplied => "bad2",
        Status::Conflict | Status::Drifted | Status::Undone => "warn",
        Status::Busy | Status::NotAttempted | Status::Unknown => "wait",
    }
}

/// `1 row`, `12,345 rows`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A number with a comma between thousands.
pub fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A load in millionths, with a comma between thousands and as many decimals as it has.
pub fn amount(millionths: u64) -> String {
    let whole = usize::try_from(millionths / MILLIONTHS).unwrap_or(usize::MAX);
    match millionths % MILLIONTHS {
        0 => number(whole),
        rest => {
            let rest = format!("{rest:06}");
            format!("{}.{}", number(whole), rest.trim_end_matches('0'))
        }
    }
}

/// A number with at most one decimal.
pub fn decimal(value: f64) -> String {
    amount((value * 10.0).round() as u64 * (MILLIONTHS / 10))
}

/// A time as people say it: `20 s`, `about 2 min`, `about 1 h 7 min`.
pub fn about(time: std::time::Duration) -> String {
    match time.as_secs_f64().ceil() as u64 {
        seconds @ 0..=90 => format!("about {} s", seconds.max(1)),
        seconds @ 91..=5400 => format!("about {} min", seconds.div_ceil(60)),
        seconds => format!("about {} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A length of time: `4 s`, `2 min 5 s`, `1 h 3 min`.
pub(super) fn lasting(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0 => "less than 1 s".to_owned(),
        1..=59 => format!("{whole} s"),
        60..=3599 if whole.is_multiple_of(60) => format!("{} min", whole / 60),
        60..=3599 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_written_with_the_decimals_they_have() {
        assert_eq!(
            [1_234_000_000, 500_000, 0].map(amount),
            ["1,234", "0.5", "0"]
        );
        assert_eq!([1.25, 1233.96, 0.04].map(decimal), ["1.3", "1,234", "0"]);
    }
}
