//! Lets requests leave one after the other, never faster than the rate, or at the pace that the server allows.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Add;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use super::{Allowance, Departure, Learned, Rate, Reply};

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

/// Lets requests to one endpoint leave one after the other, in the order they asked: never faster than a [`Rate`], or
/// at the pace that is [`Learned`] from what the server answers.
///
/// Every attempt passes it, a retry too, and what came of it is told. When the server asks for a pause, everything
/// stops, whoever is waiting already included.
pub struct Pacer {
    pace: Pace,
    /// Held by whoever is next; tokio's mutex hands it on in the order of asking, also past those who gave up.
    turn: Mutex<()>,
    waiting: AtomicUsize,
    not_before: StdMutex<Option<Instant>>,
}

enum Pace {
    Kept(Kept),
    Learned(Box<StdMutex<Learned>>),
}

/// A rate that somebody asked for.
struct Kept {
    rate: Rate,
    cost: NonZeroU32,
    bucket: Bucket,
}

/// A request that was let through; to be handed back with what came of it.
#[derive(Clone, Copy, Debug)]
#[must_use = "a pacer learns from what came of a request"]
pub struct Pass(Option<Departure>);

/// Somebody who waits to pass, counted as long as they do.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(count: &'a AtomicUsize) -> Waiting<'a> {
        count.fetch_add(1, Ordering::Relaxed);
        Waiting(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
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
        Pacer::with(Pace::Kept(Kept {
            rate,
            cost,
            bucket: RateLimiter::direct_with_clock(quota, TokioClock),
        }))
    }

    /// A pacer that finds the server's pace by itself.
    ///
    /// The first request passes at once. Must be used inside a Tokio runtime whose time is enabled.
    pub fn learning() -> Pacer {
        let learned = Learned::new(Instant::now().into_std());
        Pacer::with(Pace::Learned(Box::new(StdMutex::new(learned))))
    }

    fn with(pace: Pace) -> Pacer {
        Pacer {
            pace,
            turn: Mutex::new(()),
            waiting: AtomicUsize::new(0),
            not_before: StdMutex::new(None),
        }
    }

    /// How many requests a second it lets pass at present.
    pub fn pace(&self) -> f64 {
        match &self.pace {
            Pace::Kept(kept) => 1.0 / kept.rate.interval().as_secs_f64(),
            Pace::Learned(learned) => locked(learned).pace(),
        }
    }

    /// How many wait to pass.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits until the caller may send one request.
    ///
    /// Callers pass in the order in which they asked. Dropping the future gives the place up: it uses up nothing and
    /// those behind move on.
    pub async fn pass(&self) -> Pass {
        let _waiting = Waiting::among(&self.waiting);
        let _turn = self.turn.lock().await;
        loop {
            // Asked again after every sleep: a hold may have come, or moved forward, meanwhile.
            if let Some(held) = self.held_until() {
                sleep_until(held).await;
                continue;
            }
            match self.try_pass() {
                Ok(pass) => return pass,
                Err(not_yet) => sleep_until(not_yet).await,
            }
        }
    }

    /// Lets a request pass, or says when it may try again.
    fn try_pass(&self) -> Result<Pass, Instant> {
        match &self.pace {
            Pace::Kept(kept) => kept
                .bucket
                .check_n(kept.cost)
                .expect("the bucket holds more than one request costs")
                .map(|()| Pass(None))
                .map_err(|not_yet| not_yet.earliest_possible().0),
            Pace::Learned(learned) => {
                let mut learned = locked(learned);
                let now = Instant::now().into_std();
                let next = learned.next();
                if next > now {
                    return Err(Instant::from_std(next));
                }
                Ok(Pass(Some(learned.depart(now))))
            }
        }
    }

    /// Takes in that the server took a request that had passed, whatever it then did with it.
    pub fn accepted(&self, pass: Pass, allowance: Allowance) {
        self.learn(pass, &Reply::Accepted(allowance));
    }

    /// Takes in that the server refused a request that had passed because it was one too many.
    ///
    /// Everything stops for `retry_after`. If the server does not say how long, a given rate stops for `otherwise`,
    /// and a learned pace falls.
    pub fn refused(
        &self,
        pass: Pass,
        retry_after: Option<Duration>,
        allowance: Allowance,
        otherwise: Duration,
    ) {
        match &self.pace {
            Pace::Kept(_) => self.hold_until(Instant::now() + retry_after.unwrap_or(otherwise)),
            Pace::Learned(_) => self.learn(
                pass,
                &Reply::Refused {
                    retry_after,
                    allowance,
                },
            ),
        }
    }

    fn learn(&self, pass: Pass, reply: &Reply) {
        if let (Pace::Learned(learned), Some(departure)) = (&self.pace, pass.0) {
            locked(learned).arrived(Instant::now().into_std(), &departure, reply);
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
        let not_before = *self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let learned = match &self.pace {
            Pace::Kept(_) => None,
            Pace::Learned(learned) => locked(learned).held_until().map(Instant::from_std),
        };
        not_before
            .max(learned)
            .filter(|instant| *instant > Instant::now())
    }
}

fn locked(learned: &StdMutex<Learned>) -> MutexGuard<'_, Learned> {
    learned.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Pacer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pacer")
            .field("pace", &self.pace())
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
