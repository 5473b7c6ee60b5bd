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

/// How many rows may be under way.
#[derive(Debug)]
pub(super) struct Slots {
    fixed: Option<NonZeroUsize>,
    /// Slots beyond what pace and latency need.
    spare: usize,
    count: usize,
}

impl Slots {
    /// Slots for a pace, in requests a second, and the time that a slow request takes; `fixed` if the user has named a
    /// number.
    pub(super) fn new(fixed: Option<NonZeroUsize>, pace: f64, request: Duration) -> Slots {
        let mut slots = Slots {
            fixed,
            spare: 0,
            count: 0,
        };
        slots.learn(pace, request);
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

    /// Takes in the pace by now, in requests a second, and the time that a slow request takes.
    pub(super) fn learn(&mut self, pace: f64, request: Duration) {
        let row = request.as_secs_f64() * 2.0; // a read and a write
        let needed = (1.5 * pace * row).ceil() as usize + AT_THE_PACERS + self.spare;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn slots_follow_pace_and_latency_within_their_bounds() {
        let count = |pace, latency| Slots::new(None, pace, ms(latency)).count();
        assert_eq!(count(10.0, 80), 5);
        assert_eq!(count(10.0, 300), 11);
        assert_eq!(count(200.0, 300), 182);
        assert_eq!(count(200.0, 10_000), MOST);
        assert_eq!(count(0.01, 80), AT_THE_PACERS + 1);
    }

    #[test]
    fn slots_are_added_while_nobody_waits_for_the_pacer_and_taken_back_when_many_do() {
        let mut slots = Slots::new(None, 50.0, ms(80));
        let after = |slots: &mut Slots, waiting| {
            slots.full(waiting);
            slots.learn(50.0, ms(80));
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
        let slots = Slots::new(NonZeroUsize::new(7), 200.0, ms(9000));
        assert_eq!(slots.count(), 7);
    }
}
