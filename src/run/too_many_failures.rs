//! Whether rows fail in a way that says that something is wrong with all of them.
//!
//! A wrong column, a wrong workspace, users who were never invited: what is wrong with the first rows is mostly wrong
//! with the rest. So a run stops when too many rows fail one after the other, and when half of the first ones do, or half of
//! the first that are read back were not made.

use std::collections::HashMap;

use crate::outcome::{Code, Outcome, Reason, Status};

use super::End;

/// How many rows a run is judged by, and how many of them may not fail.
const FIRST: u32 = 50;
const HALF: u32 = FIRST / 2;

/// The same of writes that were read back.
const FIRST_READ_BACK: u32 = 20;

/// So many answers about another contact, among the first rows or one after the other, stop a run.
const OTHERS: u32 = 3;

/// The failures of a run so far.
#[derive(Debug)]
pub(super) struct FailureWatch {
    /// Failed rows in a row that stop the run; `None`: no failures stop it.
    most_in_a_row: Option<u32>,
    in_a_row: u32,
    /// How many rows were tried, and how often another contact answered, all in all and one after the other.
    judged_rows: u32,
    others: u32,
    others_in_a_row: u32,
    /// Whether there are enough rows to judge a run by the first of them.
    judged: bool,
    /// How many rows were tried, as long as they are among the first, and why those failed that did, with the words about
    /// the first of each kind.
    tried: u32,
    reasons: HashMap<Code, (u32, String)>,
    /// How many writes were read back, as long as they are among the first, and how many of them were not made.
    read_back: u32,
    not_made: u32,
}

impl FailureWatch {
    /// For a run of so many rows.
    pub(super) fn of(rows: usize, most_in_a_row: Option<u32>) -> FailureWatch {
        FailureWatch {
            most_in_a_row,
            in_a_row: 0,
            judged_rows: 0,
            others: 0,
            others_in_a_row: 0,
            judged: rows >= FIRST as usize,
            tried: 0,
            reasons: HashMap::new(),
            read_back: 0,
            not_made: 0,
        }
    }

    /// Takes in whether a write that was accepted was made; tells if the run had better end.
    pub(super) fn note_read_back(&mut self, is_made: bool) -> Option<End> {
        self.most_in_a_row?;
        if self.read_back == FIRST_READ_BACK {
            return None;
        }
        self.read_back += 1;
        self.not_made += u32::from(!is_made);
        (self.not_made >= FIRST_READ_BACK / 2).then_some(End::NotMade {
            not_made: self.not_made,
            read_back: self.read_back,
        })
    }

    /// Takes in that another contact answered than was asked for, if that is so: not many have to, for something to be
    /// wrong with all of them.
    pub(super) fn note_other_contact(&mut self, outcome: &Outcome) -> Option<End> {
        let reason = outcome.reason.as_ref();
        let reason = reason.filter(|reason| reason.code() == Code::OtherContact)?;
        self.others += 1;
        self.others_in_a_row += 1;
        let among_the_first = self.judged_rows <= FIRST && self.others >= OTHERS;
        (among_the_first || self.others_in_a_row >= OTHERS)
            .then(|| End::OtherContacts(self.others, reason.to_string()))
    }

    /// Takes in what became of a row; tells if the run had better end.
    pub(super) fn note(&mut self, outcome: &Outcome) -> Option<End> {
        if was_tried(outcome.status) {
            self.judged_rows += 1;
            if let Some(end) = self.note_other_contact(outcome) {
                return Some(end);
            }
            if outcome.status != Status::Failed {
                self.others_in_a_row = 0;
            }
        }
        let is_unclear = |reason: &Reason| reason.code() == Code::UnreadableAnswer;
        let failed = match outcome.status {
            Status::Failed => true,
            // An answer that cannot be read says nothing about the rows.
            Status::Unknown => !outcome.reason.as_ref().is_some_and(is_unclear),
            _ => false,
        };
        self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
        let most = self.most_in_a_row?;
        if self.judged && self.tried < FIRST && was_tried(outcome.status) {
            self.tried += 1;
            if let Some(reason) = outcome.reason.as_ref().filter(|_| failed) {
                let first = || (0, reason.of_many());
                self.reasons.entry(reason.code()).or_insert_with(first).0 += 1;
            }
            let failures = self.reasons.values().map(|(times, _)| times).sum();
            if failed && failures >= HALF {
                return Some(self.half(failures));
            }
        }
        (self.in_a_row >= most).then_some(End::TooManyFailures(self.in_a_row))
    }

    fn half(&self, failed: u32) -> End {
        let most = self.reasons.values().max();
        let (times, why) = most.cloned().unwrap_or_default();
        End::HalfFailed {
            failed,
            tried: self.tried,
            why,
            times,
        }
    }
}

/// Whether the API has decided about a row, or every attempt was in vain.
fn was_tried(status: Status) -> bool {
    match status {
        Status::Assigned
        | Status::Unassigned
        | Status::Unchanged
        | Status::Failed
        | Status::Unknown
        | Status::NotApplied
        | Status::Drifted => true,
        Status::Duplicate
        | Status::Skipped
        | Status::Planned
        | Status::Invalid
        | Status::Conflict
        | Status::Undone
        | Status::Busy
        | Status::NotAttempted => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::contact::Identifier;

    fn outcome(status: Status, reason: Option<Reason>) -> Outcome {
        Outcome {
            row: 2,
            status,
            previous: None,
            reason,
            http: None,
            contact_id: None,
            attempts: 1,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn no_contact() -> Reason {
        let contact = Identifier::Id(7);
        Reason::NoSuchContact { contact }
    }

    fn refused() -> Reason {
        let message = "no such user".into();
        Reason::Refused { message }
    }

    /// The end that the first rows lead to, and after how many: `f` and `g` fail for different reasons, `a` goes well.
    fn end(rows: usize, most: Option<u32>, first: &str) -> Option<(usize, End)> {
        let mut failures = FailureWatch::of(rows, most);
        first.chars().enumerate().find_map(|(place, row)| {
            let outcome = match row {
                'f' => outcome(Status::Failed, Some(no_contact())),
                'g' => outcome(Status::Failed, Some(refused())),
                'b' => outcome(Status::Busy, None),
                _ => outcome(Status::Assigned, None),
            };
            Some((place + 1, failures.note(&outcome)?))
        })
    }

    #[test]
    fn half_of_the_first_rows_end_a_run_with_the_most_frequent_reason() {
        let half = |tried| End::HalfFailed {
            failed: 25,
            tried,
            why: no_contact().of_many(),
            times: 20,
        };
        let first = "gaf".repeat(5) + &"fa".repeat(15);
        assert_eq!(end(50, Some(30), &first), Some((44, half(44))));
        let last = "ga".repeat(5) + &"af".repeat(20);
        assert_eq!(end(50, Some(30), &last), Some((50, half(50))));
        let queued = "b".repeat(30) + &last;
        assert_eq!(end(80, Some(30), &queued), Some((80, half(50))));
    }

    #[test]
    fn fewer_than_half_do_not_nor_do_later_rows_or_a_run_of_fewer() {
        let fewer = "fa".repeat(24) + "aa";
        assert_eq!(end(500, Some(30), &(fewer + &"fa".repeat(50))), None);
        assert_eq!(end(49, Some(30), &"fa".repeat(24)), None);
        assert_eq!(end(49, Some(60), &"f".repeat(49)), None);
    }

    #[test]
    fn failures_one_after_the_other_end_a_run_unless_none_do() {
        let row = "fffafffffa";
        assert_eq!(end(10, Some(5), row), Some((9, End::TooManyFailures(5))));
        assert_eq!(end(10, Some(6), row), None);
        assert_eq!(end(500, None, &"f".repeat(500)), None);
    }

    #[test]
    fn three_answers_for_other_contacts_end_a_run_among_the_first_or_one_after_the_other() {
        let other = || Reason::OtherContact {
            asked: Identifier::Id(1),
            answered: 2,
        };
        let end = |rows: String| {
            let mut failures = FailureWatch::of(500, None);
            rows.chars().enumerate().find_map(|(place, row)| {
                let outcome = match row {
                    'o' => outcome(Status::Failed, Some(other())),
                    _ => outcome(Status::Assigned, None),
                };
                failures.note(&outcome).map(|_| place + 1)
            })
        };
        assert_eq!(end("a".repeat(20) + "oaoao"), Some(25));
        assert_eq!(end("a".repeat(60) + "oaoaoaoa"), None);
        assert_eq!(end("a".repeat(60) + "oaooo"), Some(65));
    }

    #[test]
    fn half_of_the_first_that_are_read_back_end_a_run_if_they_were_not_made() {
        let end = |most, looks: &str| {
            let mut failures = FailureWatch::of(500, most);
            let mut looks = looks.chars().enumerate();
            looks.find_map(|(place, look)| Some((place + 1, failures.note_read_back(look == 'm')?)))
        };
        let half = |read_back| End::NotMade {
            not_made: 10,
            read_back,
        };
        let by_turns = "mn".repeat(10);
        assert_eq!(end(Some(25), &by_turns), Some((20, half(20))));
        assert_eq!(end(Some(25), &"n".repeat(20)), Some((10, half(10))));
        assert_eq!(end(None, &by_turns), None);
        let fewer = "mn".repeat(9) + "mm" + &"n".repeat(100);
        assert_eq!(end(Some(25), &fewer), None);
    }

    #[test]
    fn an_answer_that_cannot_be_read_stops_nothing() {
        let unclear = || Reason::UnreadableAnswer {
            message: "the API answered 204".into(),
        };
        let mut failures = FailureWatch::of(100, Some(5));
        let mut notes = (0..100).map(|_| failures.note(&outcome(Status::Unknown, Some(unclear()))));
        assert!(notes.all(|end| end.is_none()));
    }
}
