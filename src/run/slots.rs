//! How many rows are under way at the same time.
//!
//! Enough that the pacer is never kept waiting: pace times latency, half as much again, and one at either pacer. A row
//! also waits for the disk; so where nobody waits at a pacer although all slots are taken, there is one more.

use std::num::NonZeroUsize;
use std::time::Duration;

/// The most rows under way, whatever the pace.
const MOST: usize = 512;
/// Rows that wait, one for its read and one for its write.
const AT_THE_PACERS: usize = 2;
/// More rows than this at the pacers wait for nothing.
const ENOUGH: usize = 8;
/// What a request is taken to need before any was answered.
const UNKNOWN: Duration = Duration::from_millis(500);
/// How many of the last latencies are remembered.
const REMEMBERED: usize = 256;

/// How many rows may be under way.
#[derive(Debug)]
pub(super) struct Slots {
    fixed: Option<NonZeroUsize>,
    /// Requests a second that the pacer lets pass.
    pace: f64,
    latencies: Vec<Duration>,
    oldest: usize,
    /// Slots beyond what pace and latency need.
    spare: usize,
    count: usize,
}

impl Slots {
    /// Slots for a pace, in requests a second; `fixed` if the user has named a number.
    pub(super) fn new(fixed: Option<NonZeroUsize>, pace: f64) -> Slots {
        let mut slots = Slots {
            fixed,
            pace,
            latencies: Vec::new(),
            oldest: 0,
            spare: 0,
            count: 0,
        };
        slots.learn(&[], pace);
        slots
    }

    /// How many rows may be under way now.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether the user has named a number.
    pub(super) fn is_fixed(&self) -> bool {
        self.fixed.is_some()
    }

    /// Takes in how long requests took, and the pace by now, in requests a second.
    pub(super) fn learn(&mut self, latencies: &[Duration], pace: f64) {
        self.pace = pace;
        for latency in latencies {
            if self.latencies.len() < REMEMBERED {
                self.latencies.push(*latency);
            } else {
                self.latencies[self.oldest] = *latency;
                self.oldest = (self.oldest + 1) % REMEMBERED;
            }
        }
        let row = self.slow_request().as_secs_f64() * 2.0; // a read and a write
        let needed = (1.5 * self.pace * row).ceil() as usize + AT_THE_PACERS + self.spare;
        self.count = self.fixed.map_or(needed.min(MOST), NonZeroUsize::get);
    }

    /// Takes in that all slots were taken while so many of their rows waited at the pacers.
    pub(super) fn full(&mut self, waiting: usize) {
        if waiting == 0 {
            self.spare = (self.spare + 1).min(MOST);
        } else if waiting > ENOUGH {
            self.spare = self.spare.saturating_sub(1);
        }
    }

    /// The latency that 95 of 100 requests stay below.
    fn slow_request(&self) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        match sorted.get(sorted.len() * 95 / 100) {
            Some(latency) if sorted.len() >= 10 => *latency,
            seen => UNKNOWN.max(seen.copied().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_pace_and_latency_within_their_bounds() {
        let count = |pace, latency| {
            let mut slots = Slots::new(None, pace);
            slots.learn(&vec![Duration::from_millis(latency); 20], pace);
            slots.count()
        };
        assert_eq!(count(10.0, 80), 5);
        assert_eq!(count(10.0, 300), 11);
        assert_eq!(count(200.0, 300), 182);
        assert_eq!(count(200.0, 10_000), MOST);
        assert_eq!(count(0.01, 80), AT_THE_PACERS + 1);
    }

    #[test]
    fn slots_grow_with_a_pace_that_is_still_being_found() {
        let mut slots = Slots::new(None, 4.0);
        slots.learn(&[Duration::from_millis(100); 20], 4.0);
        assert_eq!(slots.count(), 4);
        slots.learn(&[], 100.0);
        assert_eq!(slots.count(), 32);
    }

    #[test]
    fn slots_are_added_while_nobody_waits_for_the_pacer_and_taken_back_when_many_do() {
        let mut slots = Slots::new(None, 50.0);
        let after = |slots: &mut Slots, waiting| {
            slots.full(waiting);
            slots.learn(&[Duration::from_millis(80); 20], 50.0);
            slots.count()
        };
        let needed = after(&mut slots, 1);
        assert_eq!(after(&mut slots, 0), needed + 1);
        assert_eq!(after(&mut slots, 0), needed + 2);
        assert_eq!(after(&mut slots, ENOUGH), needed + 2);
        assert_eq!(after(&mut slots, ENOUGH + 1), needed + 1);
    }

    #[test]
    fn a_number_named_by_the_user_stands() {
        let mut slots = Slots::new(NonZeroUsize::new(7), 200.0);
        slots.learn(&[Duration::from_secs(9); 20], 200.0);
        assert_eq!(slots.count(), 7);
    }

    #[test]
    fn only_the_last_latencies_count() {
        let mut slots = Slots::new(None, 100.0);
        slots.learn(&[Duration::from_secs(1); 300], 100.0);
        slots.learn(&[Duration::from_millis(10); 300], 100.0);
        assert_eq!(slots.count(), 5);
    }
}
