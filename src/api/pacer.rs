//! Lets requests leave one after the other, never faster than the rate.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Add;
use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use super::Rate;

/// A cell of the bucket stands for this much time; a request costs as many as fit into its interval. Cells far smaller
/// than a request let the bucket hold a little more than one request without holding two.
const CELL: Duration = Duration::from_micros(1);

/// How late a request may leave without pushing back those after it, in cells. Timers wake late (by up to 1 ms, under
/// load by more), and without this each late wake-up would be lost for good.
///
/// `N + 1` requests span at least `N * interval - SURPLUS`, which is 1.02 units less this; so anything below 2 % of the
/// shortest unit, 20 ms, keeps the promise. Half of it is left for what delays a request on its way.
const SURPLUS: u32 = 10_000;

type Bucket = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Moment>>;

/// Lets requests to one endpoint leave one after the other, in the order they asked, never faster than its [`Rate`].
///
/// Every attempt passes it, a retry too. When the server asks for a pause, [`hold_until`](Pacer::hold_until) stops
/// everything, whoever is waiting already included.
pub struct Pacer {
    rate: Rate,
    cost: NonZeroU32,
    bucket: Bucket,
    /// Held by whoever is next; tokio's mutex hands it on in the order of asking, also past those who gave up.
    turn: Mutex<()>,
    not_before: StdMutex<Option<Instant>>,
}

impl Pacer {
    /// A pacer that lets `rate.count()` requests pass in any window of `rate.unit()`, and never more.
    ///
    /// The first request passes at once. Must be used inside a Tokio runtime whose time is enabled.
    pub fn at(rate: Rate) -> Pacer {
        let cells = rate.interval().as_micros() / CELL.as_micros();
        let cost = u32::try_from(cells)
            .ok()
            .and_then(NonZeroU32::new)
            .expect("an interval is between a microsecond and 1.02 hours");
        let quota = Quota::with_period(CELL)
            .expect("a cell takes time")
            .allow_burst(cost.saturating_add(SURPLUS));
        Pacer {
            rate,
            cost,
            bucket: RateLimiter::direct_with_clock(quota, TokioClock),
            turn: Mutex::new(()),
            not_before: StdMutex::new(None),
        }
    }

    /// The rate that this pacer keeps.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// Waits until the caller may send one request.
    ///
    /// Callers pass in the order in which they asked. Dropping the future gives the place up: it uses up nothing and
    /// those behind move on.
    pub async fn pass(&self) {
        let _turn = self.turn.lock().await;
        loop {
            // Asked again after every sleep: a hold may have come, or moved forward, meanwhile.
            if let Some(held) = self.held_until() {
                sleep_until(held).await;
                continue;
            }
            let answer = self
                .bucket
                .check_n(self.cost)
                .expect("the bucket holds more than one request costs");
            match answer {
                Ok(()) => return,
                Err(not_yet) => sleep_until(not_yet.earliest_possible().0).await,
            }
        }
    }

    /// Lets nothing pass before `instant`, neither those who wait already nor those who come.
    ///
    /// It only moves forward: an earlier instant than the one in force changes nothing.
    pub fn hold_until(&self, instant: Instant) {
        let mut not_before = self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *not_before = (*not_before).max(Some(instant));
    }

    /// The instant before which nothing passes, while it lies ahead.
    pub fn held_until(&self) -> Option<Instant> {
        let not_before = self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        not_before.filter(|instant| *instant > Instant::now())
    }
}

impl fmt::Debug for Pacer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pacer")
            .field("rate", &self.rate)
            .field("held_until", &self.held_until())
            .finish_non_exhaustive()
    }
}

/// Tokio's clock for governor, so that the bucket and the timers that wait for it agree, on paused time too.
#[derive(Clone, Copy, Debug)]
struct TokioClock;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(Instant);

impl Clock for TokioClock {
    type Instant = Moment;

    fn now(&self) -> Moment {
        Moment(Instant::now())
    }
}

impl Reference for Moment {
    fn duration_since(&self, earlier: Moment) -> Nanos {
        self.0.saturating_duration_since(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Moment {
        Moment(self.0.checked_sub(duration.into()).unwrap_or(self.0))
    }
}

impl Add<Nanos> for Moment {
    type Output = Moment;

    fn add(self, duration: Nanos) -> Moment {
        Moment(self.0 + Duration::from(duration))
    }
}

#[cfg(test)]
mod tests;
