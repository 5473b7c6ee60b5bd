//! The time of day, and whether the computer slept.
//!
//! While a computer sleeps, the clock that timers go by stands still, and the time of day goes on. What was read before
//! says nothing afterwards, however short a time ago it seems.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::outcome::Slept;

/// How much further the time of day must have come than the timers for the computer to have slept.
const JUMP: Duration = Duration::from_secs(5 * 60);

/// How often that is looked at, at least.
pub(super) const TICK: Duration = Duration::from_secs(2);

/// Tells the time of day.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

/// A moment by both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    wall: Timestamp,
    timer: Instant,
}

impl Clock {
    /// A clock that tells what `now` says.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.0)()
    }

    pub(super) fn moment(&self) -> Moment {
        Moment {
            wall: self.now(),
            timer: Instant::now(),
        }
    }

    /// How long ago a moment was, by the clock that says more.
    pub(super) fn since(&self, moment: Moment) -> Duration {
        passed(moment.wall, self.now()).max(moment.timer.elapsed())
    }
}

impl Default for Clock {
    /// The computer's own.
    fn default() -> Clock {
        Clock::new(Timestamp::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// How long it is from one time of day to another; none if the clock was set back between them.
fn passed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// Looks out for jumps of the time of day.
#[derive(Debug)]
pub(super) struct Asleep {
    wall: Timestamp,
    timer: Instant,
}

impl Asleep {
    pub(super) fn new(wall: Timestamp, timer: Instant) -> Asleep {
        Asleep { wall, timer }
    }

    /// Whether the computer slept since the last look.
    pub(super) fn look(&mut self, wall: Timestamp, timer: Instant) -> Option<Slept> {
        let awake = timer.duration_since(self.timer);
        let asleep = passed(self.wall, wall).saturating_sub(awake);
        *self = Asleep { wall, timer };
        (asleep > JUMP).then_some(Slept {
            at: wall,
            seconds: asleep.as_secs(),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_jump_of_more_than_five_minutes_is_sleep_and_a_clock_set_back_is_none() {
        let (mut wall, mut timer) = (Timestamp::UNIX_EPOCH, Instant::now());
        let mut asleep = Asleep::new(wall, timer);
        let mut look = |by_wall: i64, by_timer: u64| {
            wall += SignedDuration::from_secs(by_wall);
            timer += Duration::from_secs(by_timer);
            asleep.look(wall, timer).map(|slept| slept.seconds)
        };
        assert_eq!(look(2, 2), None);
        assert_eq!(look(302, 2), None);
        assert_eq!(look(303, 2), Some(301));
        assert_eq!(look(2, 2), None, "it is told once");
        assert_eq!(look(-3600, 2), None);
        assert_eq!(look(1000, 1000), None, "a long wait is no sleep");
        assert_eq!(look(8 * 3600, 1), Some(8 * 3600 - 1));
    }

    #[test]
    fn a_moment_is_as_long_ago_as_the_clock_says_that_says_more() {
        let moment = Clock::new(|| Timestamp::UNIX_EPOCH).moment();
        let later = |seconds| {
            let clock =
                Clock::new(move || Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds));
            clock.since(moment)
        };
        assert_eq!(later(600), Duration::from_secs(600));
        assert!(later(-600) < Duration::from_secs(60));
    }
}
