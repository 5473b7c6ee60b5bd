//! Tells from time to time what a run has sent.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::api::Traffic;
use crate::outcome::{Pace, Waits};

/// Stretches are a thirtieth of the time since the run began, so that short runs are told finely and long ones briefly,
/// but never shorter or longer than this.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(10);
const PARTS: u32 = 30;

/// The stretch of the run that is under way.
#[derive(Debug)]
pub(super) struct Course {
    began: Instant,
    /// When the stretch began, and up to when holds are counted.
    since: Instant,
    counted: Instant,
    held: Duration,
    held_until: Option<std::time::Instant>,
}

impl Course {
    pub(super) fn new(now: Instant) -> Course {
        Course {
            began: now,
            since: now,
            counted: now,
            held: Duration::ZERO,
            held_until: None,
        }
    }

    /// The stretch that ends now, if it has lasted long enough.
    pub(super) fn due(&mut self, now: Instant, waits: &Waits, traffic: &Traffic) -> Option<Pace> {
        self.hold(now, waits);
        let wanted = (now.duration_since(self.began) / PARTS).clamp(SHORTEST, LONGEST);
        (now.duration_since(self.since) >= wanted).then(|| self.end(now, waits, traffic))
    }

    /// The last stretch, if anything was sent in it.
    pub(super) fn last(&mut self, now: Instant, waits: &Waits, traffic: &Traffic) -> Option<Pace> {
        self.hold(now, waits);
        Some(self.end(now, waits, traffic)).filter(|pace| pace.requests() > 0 || pace.held_ms > 0)
    }

    fn hold(&mut self, now: Instant, waits: &Waits) {
        if let Some(until) = self.held_until {
            let end = until.min(now.into_std());
            self.held += end.saturating_duration_since(self.counted.into_std());
        }
        self.counted = now;
        self.held_until = waits.hold.map(|hold| hold.until);
    }

    fn end(&mut self, now: Instant, waits: &Waits, traffic: &Traffic) -> Pace {
        self.since = now;
        let sent = traffic.take();
        let held = std::mem::take(&mut self.held);
        Pace {
            at: Timestamp::now(),
            reads: sent.reads,
            writes: sent.writes,
            throttled: sent.throttled,
            queued: sent.queued,
            waiting: u32::try_from(waits.parked).unwrap_or(u32::MAX),
            held_ms: u32::try_from(held.as_millis()).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Hold, HoldReason};

    fn held(until: Instant) -> Waits {
        let hold = Hold {
            why: HoldReason::Throttled,
            until: until.into_std(),
        };
        Waits {
            parked: 2,
            hold: Some(hold),
            ..Waits::default()
        }
    }

    #[test]
    fn a_stretch_ends_after_a_second_at_first_and_after_ten_in_a_long_run() {
        let began = Instant::now();
        let (mut course, traffic, waits) =
            (Course::new(began), Traffic::default(), Waits::default());
        let mut stretches = 0;
        for tenth in 0..=12_000 {
            let now = began + Duration::from_millis(100) * tenth;
            if course.due(now, &waits, &traffic).is_some() {
                stretches += 1;
            }
            if tenth == 300 {
                assert_eq!(stretches, 30);
            }
        }
        assert!((150..300).contains(&stretches), "{stretches}");
    }

    #[test]
    fn a_hold_counts_for_as_long_as_it_lasted() {
        let began = Instant::now();
        let after = |ms| began + Duration::from_millis(ms);
        let (mut course, traffic) = (Course::new(began), Traffic::default());
        assert_eq!(course.due(after(200), &held(after(700)), &traffic), None);
        assert_eq!(course.due(after(400), &held(after(900)), &traffic), None);
        let pace = course
            .due(after(1500), &Waits::default(), &traffic)
            .expect("a stretch");
        assert_eq!(pace.held_ms, 700);
        let pace = course.due(after(2600), &held(after(9000)), &traffic);
        assert_eq!(pace.map(|pace| (pace.held_ms, pace.waiting)), Some((0, 2)));
        let pace = course.last(after(2700), &Waits::default(), &traffic);
        assert_eq!(pace.map(|pace| pace.held_ms), Some(100));
    }
}
