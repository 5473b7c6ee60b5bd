//! Lets requests leave one after the other, never faster than the rate, or at the pace that the server allows.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Add;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, sleep_until, timeout_at};

pub(super) use super::scope::Refused;
use super::scope::Scope;
use super::{AdaptiveRate, Allowance, Counted, Departure, Rate, Reply};

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

/// A pause at least this long is followed by a single request; the others leave once that was accepted.
const LONG_PAUSE: Duration = Duration::from_secs(1);
/// A single request that was not answered for this long is waited for no longer.
const LOST: Duration = Duration::from_secs(30);

/// Lets requests to one endpoint leave one after the other, in the order they asked: never faster than a [`Rate`], or
/// at the pace that is [found](AdaptiveRate) from what the server answers.
///
/// Every attempt passes it, a retry too, and what came of it is told. When the server asks for a pause, everything
/// stops, whoever is waiting already included; what is refused for its own path's sake stops nobody else.
pub struct Pacer {
    pace: Pace,
    /// Held by whoever is next; tokio's mutex hands it on in the order of asking, also past those who gave up.
    turn: Mutex<()>,
    waiting: AtomicUsize,
    state: StdMutex<State>,
    /// Told when an answer may have changed who may pass.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    scope: Scope,
    not_before: Option<Instant>,
    /// How many answers in a row asked for a pause without telling of a rate.
    pauses: u32,
    /// When the last request left.
    last: Option<Instant>,
    single: Single,
}

/// Whether a single request has to show first that a pause is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Single {
    /// No pause came before.
    #[default]
    No,
    /// The next one is that request.
    Next,
    /// It left then.
    Left(Instant),
}

enum Pace {
    Kept(Kept),
    Found(StdMutex<Found>),
}

/// A rate that is found, perhaps together with other pacers.
#[derive(Clone)]
struct Found {
    rate: Arc<StdMutex<AdaptiveRate>>,
    /// By how many it is used in turn.
    by: u32,
}

impl Found {
    fn alone(rate: AdaptiveRate) -> Found {
        let rate = Arc::new(StdMutex::new(rate));
        Found { rate, by: 1 }
    }

    fn rate(&self) -> MutexGuard<'_, AdaptiveRate> {
        locked(&self.rate)
    }
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
pub struct Pass {
    path: u64,
    at: Instant,
    departure: Option<Departure>,
}

impl Pass {
    /// When it was let through.
    pub(super) fn at(&self) -> Instant {
        self.at
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
    pub fn finding() -> Pacer {
        let found = Found::alone(AdaptiveRate::new(Instant::now().into_std()));
        Pacer::with(Pace::Found(StdMutex::new(found)))
    }

    /// From now on these find one pace together, of which `by` make use in turn.
    pub fn find_together(pacers: &[Pacer], by: u32) {
        let found: Vec<Found> = pacers.iter().filter_map(Pacer::found).collect();
        let rates: Vec<_> = found.iter().map(Found::rate).collect();
        let rates: Vec<&AdaptiveRate> = rates.iter().map(|rate| &**rate).collect();
        let together = AdaptiveRate::together(Instant::now().into_std(), &rates);
        let rate = Arc::new(StdMutex::new(together));
        for pacer in pacers {
            let rate = Arc::clone(&rate);
            pacer.finds(Found { rate, by });
        }
    }

    /// From now on these find their paces apart again.
    pub fn find_apart(pacers: &[Pacer]) {
        for pacer in pacers {
            let Some(found) = pacer.found() else { continue };
            let mut rate = AdaptiveRate::new(Instant::now().into_std());
            rate.begin_at(found.rate().pace());
            pacer.finds(Found::alone(rate));
        }
    }

    fn finds(&self, other: Found) {
        if let Pace::Found(found) = &self.pace {
            *locked(found) = other;
            self.changed.notify_one();
        }
    }

    fn found(&self) -> Option<Found> {
        match &self.pace {
            Pace::Kept(_) => None,
            Pace::Found(found) => Some(locked(found).clone()),
        }
    }

    /// From now on the server refuses what is too much without saying that this is why.
    pub(super) fn is_refused_barely(&self) {
        locked(&self.state).scope.is_refused_barely();
    }

    /// The same, for requests that all have one path.
    pub(super) fn of_one_path(self) -> Pacer {
        locked(&self.state).scope = Scope::of_one_path();
        self
    }

    fn with(pace: Pace) -> Pacer {
        Pacer {
            pace,
            turn: Mutex::new(()),
            waiting: AtomicUsize::new(0),
            state: StdMutex::default(),
            changed: Notify::new(),
        }
    }

    /// How many requests a second it lets pass at present.
    pub fn pace(&self) -> f64 {
        match &self.pace {
            Pace::Kept(kept) => 1.0 / kept.rate.interval().as_secs_f64(),
            Pace::Found(found) => {
                let found = locked(found);
                found.rate().pace() / f64::from(found.by)
            }
        }
    }

    /// Whether somebody asked for a rate.
    pub fn is_kept(&self) -> bool {
        matches!(self.pace, Pace::Kept(_))
    }

    /// How many wait to pass.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// When the request that is `place`th from now on may pass, as far as is known; 1 is the next one.
    pub fn forecast(&self, place: usize) -> Instant {
        let now = Instant::now();
        let place = u32::try_from(place.max(1)).unwrap_or(u32::MAX);
        let next = match &self.pace {
            Pace::Kept(kept) => {
                let last = locked(&self.state).last;
                let first = last.map_or(now, |last| last + kept.rate.interval());
                first.max(now) + kept.rate.interval() * (place - 1)
            }
            Pace::Found(found) => {
                let found = locked(found);
                let place = place.saturating_sub(1).saturating_mul(found.by) + 1;
                Instant::from_std(found.rate().forecast(now.into_std(), place))
            }
        };
        next.max(self.held_until().unwrap_or(next))
    }

    /// Waits until the caller may send one request for `path`, a number that stands for it.
    ///
    /// Callers pass in the order in which they asked. Dropping the future gives the place up: it uses up nothing and
    /// those behind move on.
    pub async fn pass(&self, path: u64) -> Pass {
        let _waiting = Counted::among(&self.waiting);
        let _turn = self.turn.lock().await;
        loop {
            // Asked again after every sleep: a hold may have come, or moved forward, meanwhile.
            match self.try_pass(path) {
                Ok(pass) => return pass,
                // Nothing but the time can let one pass, or an answer.
                Err(not_yet) => {
                    let _ = timeout_at(not_yet, self.changed.notified()).await;
                }
            }
        }
    }

    /// The same, unless that is not before `deadline`: then no turn is used up.
    pub async fn pass_by(&self, path: u64, deadline: Instant) -> Option<Pass> {
        tokio::select! {
            biased;
            pass = self.pass(path) => Some(pass),
            () = sleep_until(deadline) => None,
        }
    }

    /// Lets a request pass, or says when it may try again.
    fn try_pass(&self, path: u64) -> Result<Pass, Instant> {
        if let Some(held) = self.held_until() {
            return Err(held);
        }
        let at = Instant::now();
        let mut state = locked(&self.state);
        match state.single {
            Single::Left(left) if at < left + LOST => return Err(left + LOST),
            _ => {}
        }
        let departure = match &self.pace {
            Pace::Kept(kept) => {
                kept.bucket
                    .check_n(kept.cost)
                    .expect("the bucket holds more than one request costs")
                    .map_err(|not_yet| not_yet.earliest_possible().0)?;
                None
            }
            Pace::Found(found) => {
                let found = locked(found);
                let mut rate = found.rate();
                let next = rate.next();
                if next > at.into_std() {
                    return Err(Instant::from_std(next));
                }
                Some(rate.depart(at.into_std()))
            }
        };
        state.last = Some(at);
        state.single = match state.single {
            Single::No => Single::No,
            Single::Next | Single::Left(_) => Single::Left(at),
        };
        Ok(Pass {
            path,
            at,
            departure,
        })
    }

    /// Takes in that the server took a request that had passed, whatever it then did with it.
    pub fn accepted(&self, pass: Pass, allowance: Allowance) {
        let believed = {
            let mut state = locked(&self.state);
            let before = state.scope.counter();
            state.scope.accepted(pass.path, pass.at, allowance);
            state.pauses = 0;
            state.single = Single::No;
            if state.scope.is_freed(before) {
                self.forget();
            }
            match state.scope.tells_of_path(allowance) {
                true => Allowance::default(),
                false => allowance,
            }
        };
        self.learn(pass, &Reply::Accepted(believed));
        self.changed.notify_one();
    }

    /// Takes in that the server refused a request that had passed because it was one too many, and tells when the same
    /// may be asked again, and whose counter it has met.
    ///
    /// Where that is a matter of all requests, everything stops for `retry_after`; if the server does not say how long,
    /// a given rate stops for `otherwise`, and a pace that is found falls.
    pub fn refused(
        &self,
        pass: Pass,
        retry_after: Option<Duration>,
        allowance: Allowance,
        otherwise: Duration,
    ) -> (Instant, Refused) {
        let now = Instant::now();
        let whose = {
            let mut state = locked(&self.state);
            state.pauses = 0;
            let before = state.scope.counter();
            let whose = state.scope.refused(pass.path, pass.at, retry_after);
            if let Single::Left(_) = state.single {
                state.single = Single::Next;
            }
            if state.scope.is_freed(before) {
                self.forget();
            }
            whose
        };
        let again = match (whose, &self.pace) {
            (Refused::Alone, pace) => {
                if let (Pace::Found(found), Some(departure)) = (pace, &pass.departure) {
                    locked(found).rate().disregard(departure);
                }
                now + retry_after.unwrap_or(otherwise)
            }
            (Refused::Together, Pace::Kept(_)) => {
                let until = now + retry_after.unwrap_or(otherwise);
                self.hold_until(until);
                until
            }
            (Refused::Together, Pace::Found(_)) => {
                let reply = Reply::Refused {
                    retry_after,
                    allowance,
                };
                self.learn(pass, &reply);
                self.held_until().unwrap_or(now)
            }
        };
        self.resume_singly(again);
        self.changed.notify_one();
        (again, whose)
    }

    /// Takes in that the server asked for a pause that has nothing to do with how much was sent, and tells until when it
    /// lasts. One pause after the other is longer each time.
    pub fn paused(&self, pass: Pass, retry_after: Duration) -> Instant {
        let mut state = locked(&self.state);
        let until = if state.not_before.is_some_and(|held| held > pass.at) {
            // It had left before the pause began, and says nothing new.
            state.not_before.max(Some(pass.at + retry_after))
        } else {
            let least = Duration::from_secs(1 << state.pauses.min(2));
            state.pauses += 1;
            state
                .not_before
                .max(Some(Instant::now() + retry_after.max(least)))
        };
        state.not_before = until;
        state.single = Single::Next;
        drop(state);
        if let (Pace::Found(found), Some(departure)) = (&self.pace, &pass.departure) {
            locked(found).rate().disregard(departure);
        }
        self.changed.notify_one();
        until.unwrap_or_else(Instant::now)
    }

    /// Takes in that what came of a request that had passed says nothing of how many are allowed.
    pub fn disregarded(&self, pass: Pass) {
        if let (Pace::Found(found), Some(departure)) = (&self.pace, &pass.departure) {
            locked(found).rate().disregard(departure);
        }
        self.lost(pass);
    }

    /// Takes in that a request that had passed was not answered.
    pub fn lost(&self, pass: Pass) {
        let mut state = locked(&self.state);
        if let Single::Left(left) = state.single
            && left == pass.at
        {
            state.single = Single::Next;
        }
        self.changed.notify_one();
    }

    /// After a pause of some length one request goes first.
    fn resume_singly(&self, until: Instant) {
        if self.held_until().is_some_and(|held| held >= until)
            && until.saturating_duration_since(Instant::now()) >= LONG_PAUSE
        {
            locked(&self.state).single = Single::Next;
        }
    }

    fn forget(&self) {
        if let Pace::Found(found) = &self.pace {
            locked(found).rate().forget();
        }
    }

    fn learn(&self, pass: Pass, reply: &Reply) {
        if let (Pace::Found(found), Some(departure)) = (&self.pace, pass.departure) {
            locked(found)
                .rate()
                .arrived(Instant::now().into_std(), &departure, reply);
        }
    }

    /// Lets nothing pass before `instant`, neither those who wait already nor those who come.
    ///
    /// It only moves forward: an earlier instant than the one in force changes nothing.
    pub fn hold_until(&self, instant: Instant) {
        let mut state = locked(&self.state);
        state.not_before = state.not_before.max(Some(instant));
        drop(state);
        self.changed.notify_one();
    }

    /// The instant before which nothing passes, while it lies ahead.
    pub fn held_until(&self) -> Option<Instant> {
        let not_before = locked(&self.state).not_before;
        let found = match &self.pace {
            Pace::Kept(_) => None,
            Pace::Found(found) => locked(found).rate().held_until().map(Instant::from_std),
        };
        not_before
            .max(found)
            .filter(|instant| *instant > Instant::now())
    }
}

fn locked<T>(state: &StdMutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
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
