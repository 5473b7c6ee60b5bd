//! Whether a server that answers 503 means a limit by it.
//!
//! Some gateways refuse what is too much with a bare 503, the same as if nobody were behind them. What is gone answers
//! nothing else for a while; a limit lets some requests through and refuses others, by turns, whatever they ask for, and
//! what it has refused it accepts later.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// So often within so long 503 has to follow on something accepted, each time for another path.
const TURNS: usize = 3;
const WITHIN: Duration = Duration::from_secs(30);
/// If so many paths were accepted after all that were answered 503, no path is broken for its own reasons.
const RECOVERED: usize = 2;
/// So many of the last answers are remembered.
const REMEMBERED: usize = 60;

/// How answers to one kind of request have changed between accepted and 503.
#[derive(Debug, Default)]
pub(super) struct Unavailable {
    /// When something was accepted last, and whether 503 came since.
    accepted: Option<Instant>,
    is_refusing: bool,
    /// Whether that was a contact of which it was known that it can be read.
    was_known: bool,
    /// When 503 has followed on something accepted, and for which path.
    turns: VecDeque<Turn>,
    /// When a path was accepted that had met 503.
    recovered: VecDeque<Instant>,
    is_limit: bool,
    /// The last answers: for which path, and whether it was 503.
    last: VecDeque<(u64, bool)>,
}

/// 503 after something accepted.
#[derive(Clone, Copy, Debug)]
struct Turn {
    at: Instant,
    path: u64,
    /// Whether what was accepted was a contact of which it was known that it can be read.
    after_known: bool,
}

impl Unavailable {
    /// Whether 503 is known to be a limit's.
    pub(super) fn is_limit(&self) -> bool {
        self.is_limit
    }

    /// Whether most other paths have met it lately, and not all.
    pub(super) fn refuses_most(&self, path: u64) -> bool {
        let others = self.last.iter().filter(|(other, _)| *other != path);
        let refused = others.clone().filter(|(_, refused)| *refused).count();
        let all = others.count();
        refused * 2 > all && refused < all
    }

    fn note(&mut self, path: u64, refused: bool) {
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back((path, refused));
    }

    /// Notes that a contact could be read that was read before, to find out whether the API is there.
    pub(super) fn accepted_known(&mut self, now: Instant, path: u64) {
        self.accepted(now, path);
        self.was_known = true;
    }

    /// Notes an answer that was accepted.
    pub(super) fn accepted(&mut self, now: Instant, path: u64) {
        if self.last.contains(&(path, true)) {
            self.recovered.push_back(now);
        }
        self.note(path, false);
        let last = self.accepted.replace(now);
        if self.is_refusing && last.is_some_and(|last| now.duration_since(last) > WITHIN) {
            // It was gone: what it answers from now on is seen anew.
            self.turns.clear();
            self.recovered.clear();
            self.is_limit = false;
        }
        self.is_refusing = false;
        self.was_known = false;
    }

    /// Notes a 503 that says nothing of when to come again, and tells whether it is a limit's.
    pub(super) fn refused(&mut self, now: Instant, path: u64) -> bool {
        self.note(path, true);
        let is_other = self.turns.iter().all(|turn| turn.path != path);
        if !self.is_refusing && self.accepted.is_some() && is_other {
            self.turns.push_back(Turn {
                at: now,
                path,
                after_known: self.was_known,
            });
        }
        self.is_refusing = true;
        let is_recent = |at: Instant| now.duration_since(at) <= WITHIN;
        self.turns.retain(|turn| is_recent(turn.at));
        self.recovered.retain(|at| is_recent(*at));
        // Contacts that always break break also between reads of one that is known to work.
        let turns = match self.recovered.len() < RECOVERED {
            true => self.turns.iter().filter(|turn| !turn.after_known).count(),
            false => self.turns.len(),
        };
        self.is_limit |= turns >= TURNS;
        self.is_limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, second: u64) -> Instant {
        start + Duration::from_secs(second)
    }

    #[test]
    fn what_is_refused_by_turns_has_met_a_limit_and_an_outage_ends_that() {
        let (mut answers, start) = (Unavailable::default(), Instant::now());
        let told: Vec<bool> = (0..5)
            .map(|second| {
                answers.accepted(at(start, second), 9);
                (0..30).all(|n| answers.refused(at(start, second), second * 30 + n))
            })
            .collect();
        assert_eq!(told, [false, false, true, true, true]);
        // It stays known, until nothing was accepted for long.
        answers.accepted(at(start, 20), 9);
        assert!(answers.refused(at(start, 90), 1));
        answers.accepted(at(start, 91), 9);
        assert!(!answers.refused(at(start, 92), 2));
    }

    #[test]
    fn an_outage_and_a_failure_now_and_then_are_no_limit() {
        let (mut answers, start) = (Unavailable::default(), Instant::now());
        answers.accepted(start, 9);
        assert!((0..60).all(|second| !answers.refused(at(start, second), second)));
        let mut answers = Unavailable::default();
        for minute in 0..5 {
            answers.accepted(at(start, minute * 60), 9);
            assert!(!answers.refused(at(start, minute * 60 + 1), minute));
        }
    }

    #[test]
    fn two_paths_that_always_break_among_others_are_no_limit() {
        let (mut answers, start) = (Unavailable::default(), Instant::now());
        for second in 0..100 {
            answers.accepted(at(start, second), 9);
            assert!(!answers.refused(at(start, second), second % 2));
        }
    }
}
