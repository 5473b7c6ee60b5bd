//! Whether a server that answers 503 means a limit by it.
//!
//! Some gateways refuse what is too much with a bare 503, the same as if nobody were behind them. What is gone answers
//! nothing else for a while; a limit lets some requests through and refuses others, by turns, whatever they ask for.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// So often within so long 503 has to follow on something accepted, each time for another path.
const TURNS: usize = 3;
const WITHIN: Duration = Duration::from_secs(30);

/// How answers to one kind of request have changed between accepted and 503.
#[derive(Debug, Default)]
pub(super) struct Unavailable {
    /// When something was accepted last, and whether 503 came since.
    accepted: Option<Instant>,
    is_refusing: bool,
    /// When 503 has followed on something accepted, and for which path.
    turns: VecDeque<(Instant, u64)>,
    is_limit: bool,
}

impl Unavailable {
    /// Whether 503 is known to be a limit's.
    pub(super) fn is_limit(&self) -> bool {
        self.is_limit
    }

    /// Notes an answer that was accepted.
    pub(super) fn accepted(&mut self, now: Instant) {
        let last = self.accepted.replace(now);
        if self.is_refusing && last.is_some_and(|last| now.duration_since(last) > WITHIN) {
            // It was gone: what it answers from now on is seen anew.
            (self.turns, self.is_limit) = (VecDeque::new(), false);
        }
        self.is_refusing = false;
    }

    /// Notes a 503 that says nothing of when to come again, and tells whether it is a limit's.
    pub(super) fn refused(&mut self, now: Instant, path: u64) -> bool {
        let is_other = self.turns.iter().all(|(_, other)| *other != path);
        if !self.is_refusing && self.accepted.is_some() && is_other {
            self.turns.push_back((now, path));
        }
        self.is_refusing = true;
        let is_old = |turn: &(Instant, u64)| now.duration_since(turn.0) > WITHIN;
        while self.turns.front().is_some_and(is_old) {
            self.turns.pop_front();
        }
        self.is_limit |= self.turns.len() >= TURNS;
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
                answers.accepted(at(start, second));
                (0..30).all(|n| answers.refused(at(start, second), second * 30 + n))
            })
            .collect();
        assert_eq!(told, [false, false, true, true, true]);
        // It stays known, until nothing was accepted for long.
        answers.accepted(at(start, 20));
        assert!(answers.refused(at(start, 90), 1));
        answers.accepted(at(start, 91));
        assert!(!answers.refused(at(start, 92), 2));
    }

    #[test]
    fn an_outage_and_a_failure_now_and_then_are_no_limit() {
        let (mut answers, start) = (Unavailable::default(), Instant::now());
        answers.accepted(start);
        assert!((0..60).all(|second| !answers.refused(at(start, second), second)));
        let mut answers = Unavailable::default();
        for minute in 0..5 {
            answers.accepted(at(start, minute * 60));
            assert!(!answers.refused(at(start, minute * 60 + 1), minute));
        }
    }

    #[test]
    fn two_paths_that_always_break_among_others_are_no_limit() {
        let (mut answers, start) = (Unavailable::default(), Instant::now());
        for second in 0..100 {
            answers.accepted(at(start, second));
            assert!(!answers.refused(at(start, second), second % 2));
        }
    }
}
