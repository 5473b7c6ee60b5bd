//! Finds the rate that a server allows from what it answers.
//!
//! A state machine without clock or IO: it is told when a request left and what came of it, and says when the next may
//! leave. It keeps the times of what was accepted and refused. One law does most: *at a refusal the server has accepted
//! as much as it allows; so between two refusals it has accepted what it allows in that time*, whether it counts in
//! windows or has a bucket, and whatever their size. A limit that was measured so is used nearly wholly; one that was
//! only guessed, from a single refusal, with so much room that the next refusal shows whether the guess was right.
//!
//! Windows of ten seconds and more are told by droughts (`drought`), and their limit may be used at once. What headers
//! tell (`told`) need not be found out, queues show in the latency (`queue`), and limits that rise in trials (`trial`).

mod drought;
mod queue;
mod sends;
mod told;
mod trial;

use std::time::{Duration, Instant};

use super::Allowance;
use drought::{Drought, Droughts};
use queue::Latency;
use sends::{Refusals, Sends};
use told::{News, Told};
use trial::{Trial, Verdict};

/// Requests a second before anything was answered.
const START: f64 = 4.0;
/// The same once the server has told its limit, at most.
const TOLD_START: f64 = 20.0;
/// The rate grows e-fold in 1 s divided by this as long as no limit is met, but no more than e-fold in three answers.
const GROWTH: f64 = 1.2;
const GROWTH_PER_ANSWER: f64 = 0.7;
/// No faster, whatever the server takes: speed must not outrun what reading back can catch.
const MOST: f64 = 500.0;
/// And never slower, in requests a second.
const LEAST: f64 = 1.0 / 3600.0;
/// How much of a limit is used: once it has not been met for a while, all but the room for requests that arrive closer
/// together than they left; once two refusals have measured it, a little less; where it is a guess, so little that a
/// refusal would show that it is another one, and less where that would cost a long pause.
const ROOM: f64 = 0.98;
const MEASURED: f64 = 0.95;
const GUESSED: f64 = 0.8;
const CAREFUL: f64 = 0.7;
const COSTLY: Duration = Duration::from_secs(5);
/// A guess is this much lower than the pace that was refused.
const LESS: f64 = 0.9;
const FEW: f64 = 3.0;
/// Counts that differ by no more than this are the same.
const SAME: f64 = 0.88;
/// A limit that was not met for so long, and as many requests as it allows in that time, is proven.
const PROVEN_AFTER: Duration = Duration::from_secs(3);
/// How late a request may leave without pushing back those after it.
const SURPLUS: Duration = Duration::from_millis(10);
/// The windows within which requests are spread evenly.
const SHORT: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];
/// The windows whose whole limit may be used at once.
const LONG: [Duration; 11] = [
    Duration::from_secs(10),
    Duration::from_secs(15),
    Duration::from_secs(20),
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
    Duration::from_secs(600),
    Duration::from_secs(900),
    Duration::from_secs(1800),
    Duration::from_secs(3600),
];
/// Requests that left this much before a window, or a quarter of the distance between two if that is less, may have
/// arrived within it.
const BLUR: Duration = Duration::from_millis(25);
/// A limit that is met again is taken to be this much lower; one far lower is believed when it shows twice in so long.
const STEP_DOWN: f64 = 0.98;
const SOON: usize = 100;
const FALL: f64 = 0.85;
const TWICE_IN: Duration = Duration::from_secs(5);
/// Where it seems that a long window is nearly used up, no more than this is under way.
const GENTLY: f64 = 2.0;

/// A request that has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    number: u64,
    at: Instant,
    /// Whether it left because the rate let it, not because nobody asked earlier.
    paced: bool,
}

impl Departure {
    /// When it left.
    pub fn at(&self) -> Instant {
        self.at
    }
}

/// What came of a request, as far as the rate is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The server took it, whatever it then did with it.
    Accepted(Allowance),
    /// Too many: 429.
    Refused {
        /// How long to wait, counted from when the server refused it.
        retry_after: Option<Duration>,
        /// What the server told about its limit.
        allowance: Allowance,
    },
}

/// So many accepted requests in any window of so long.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Window {
    length: Duration,
    count: f64,
}

impl Window {
    fn rate(self) -> f64 {
        self.count / self.length.as_secs_f64()
    }

    fn is_long(self) -> bool {
        self.length >= LONG[0]
    }
}

/// How sure a limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sure {
    /// From a single refusal.
    Guessed,
    /// By what was accepted between two.
    Measured,
    /// It has not been met for a while, or the server tells it.
    Proven,
}

/// The rate of one operation, found from its answers.
#[derive(Clone, Debug)]
pub struct AdaptiveRate {
    /// Requests a second as long as no limit is known, and how fast the allowance of a long window is used.
    free: f64,
    /// The limit by which requests are spread, in requests a second.
    limit: Option<(f64, Sure)>,
    /// A limit of a longer window, which may be used up at once.
    long: Option<Window>,
    sends: Sends,
    next: Instant,
    not_before: Option<Instant>,
    /// What left before this says nothing new when it is refused: another refusal was not known yet.
    known: Option<Instant>,
    /// Refusals after this are evidence of the limit.
    since: Instant,
    /// The pace at which something was refused last, and how long the server then asked to wait.
    refused_at: f64,
    costs: Duration,
    last_refused: Option<Instant>,
    /// When something was accepted again after the last refusal.
    released: Option<Instant>,
    /// When the limit seemed to have fallen.
    fell: Option<Instant>,
    drought: Option<Drought>,
    droughts: Droughts,
    trial: Trial,
    told: Told,
    latency: Latency,
}

impl AdaptiveRate {
    /// Knows nothing yet; the first request may leave at `now`.
    pub fn new(now: Instant) -> AdaptiveRate {
        AdaptiveRate {
            free: START,
            limit: None,
            long: None,
            sends: Sends::default(),
            next: now,
            not_before: None,
            known: None,
            since: now,
            refused_at: f64::MAX,
            costs: Duration::ZERO,
            last_refused: None,
            released: None,
            fell: None,
            drought: None,
            droughts: Droughts::default(),
            trial: Trial::default(),
            told: Told::default(),
            latency: Latency::default(),
        }
    }

    /// How many requests a second may leave at present, one after the other.
    pub fn pace(&self) -> f64 {
        let mut pace = match self.limit {
            Some((limit, sure)) => limit * self.share(sure) * self.trial.factor(),
            None => self.free,
        };
        if self.long.is_none() && self.droughts.is_near() {
            pace = pace.min(GENTLY / self.latency.usual().max(0.01));
        }
        pace.max(LEAST)
    }

    /// How much of a limit is used.
    fn share(&self, sure: Sure) -> f64 {
        match sure {
            Sure::Proven => ROOM,
            Sure::Measured => MEASURED,
            Sure::Guessed if self.costs >= COSTLY => CAREFUL,
            Sure::Guessed => GUESSED,
        }
    }

    /// When the next request may leave; an instant that has passed means at once.
    pub fn next(&self) -> Instant {
        let next = self.next.max(self.not_before.unwrap_or(self.next));
        let room = self.long.and_then(|long| {
            let count = (long.count * self.trial.factor()).ceil().max(1.0) as usize;
            Some(self.sends.nth_last(count)? + long.length + self.blur())
        });
        next.max(room.unwrap_or(next))
    }

    /// When the request may leave that is `place`th from now on; 1 is the next one.
    pub fn forecast(&self, now: Instant, place: u32) -> Instant {
        let next = self.next().max(now);
        let between = match self.asks_singly() {
            true => drought::LONGEST_WAIT,
            false => self.interval(),
        };
        let even = next + between * place.saturating_sub(1);
        let Some(long) = self.long else {
            return even;
        };
        let count = long.count.max(1.0) as usize;
        match count
            .checked_sub(place as usize - 1)
            .filter(|left| *left > 0)
        {
            // As many of the last ones as are left beside those that come before.
            Some(left) => self
                .sends
                .nth_last(left)
                .map_or(even, |last| even.max(last + long.length)),
            None => even + long.length,
        }
    }

    /// The instant before which nothing leaves because the server asked for a pause, or accepts nothing.
    pub fn held_until(&self) -> Option<Instant> {
        self.not_before
    }

    /// Notes that a request leaves at `now`, which is not before [`next`](AdaptiveRate::next).
    pub fn depart(&mut self, now: Instant) -> Departure {
        let due = self.next();
        let earliest = now.checked_sub(SURPLUS).unwrap_or(now);
        self.next = due.max(earliest) + self.interval();
        if self.asks_singly() {
            let answer = Duration::from_secs_f64(self.latency.usual() * 1.2);
            self.next = self.next.max(now + answer);
        }
        Departure {
            number: self.sends.push(now),
            at: now,
            paced: due >= earliest,
        }
    }

    /// Takes in that a request was not accepted for reasons that say nothing about the rate.
    pub fn disregard(&mut self, departure: &Departure) {
        self.sends.forget(departure.number);
    }

    /// What was told of a limit turned out not to be about all requests: the rate is found anew, from where it stands.
    pub fn forget(&mut self) {
        self.free = self.pace().max(START);
        (self.limit, self.long) = (None, None);
        self.told = Told::default();
        self.drought = None;
        self.trial.end();
    }

    /// Takes in what came of a request at `now`. A request without any answer is not told.
    pub fn arrived(&mut self, now: Instant, departure: &Departure, reply: &Reply) {
        match reply {
            Reply::Accepted(allowance) => {
                let took = now.saturating_duration_since(departure.at);
                self.latency.note(took);
                self.released(departure.at);
                self.droughts.accepted(departure.at);
                self.trial.accepted();
                self.take_in(departure.at, *allowance);
                if self.drought.is_none() && departure.paced {
                    self.accepted(now, departure.at);
                }
            }
            Reply::Refused {
                retry_after,
                allowance,
            } => {
                self.take_in(departure.at, *allowance);
                self.refused(now, departure, *retry_after);
            }
        }
    }

    fn interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.pace())
    }

    fn blur(&self) -> Duration {
        BLUR.min(Duration::from_secs_f64(0.25 / self.pace()))
    }

    /// Whether one request at a time finds out if anything is accepted again.
    fn asks_singly(&self) -> bool {
        let is_proven = matches!(self.limit, Some((_, Sure::Proven)));
        self.drought
            .is_some_and(|drought| drought.is_asked_singly(is_proven))
    }

    /// What was accepted that left at `at`, at the pace that is found.
    fn accepted(&mut self, now: Instant, at: Instant) {
        match self.limit {
            None => self.grow(now, at),
            Some((limit, Sure::Proven)) => self.climb(at, limit),
            Some((limit, sure)) => {
                let quiet = self
                    .released
                    .map(|since| at.saturating_duration_since(since));
                let enough = PROVEN_AFTER.max(Duration::from_secs_f64(2.5 / limit));
                if quiet.is_some_and(|quiet| quiet > enough) {
                    // What is known to be accepted is worth more than what would cost another pause.
                    let share = match self.costs >= COSTLY {
                        true => self.share(sure) / ROOM,
                        false => 1.0,
                    };
                    self.prove(limit * share);
                }
            }
        }
    }

    fn prove(&mut self, limit: f64) {
        self.limit = Some((limit, Sure::Proven));
        self.since = self.last_refused.unwrap_or(self.since);
    }

    /// The rate grows with each answer as long as nothing stands against it.
    fn grow(&mut self, now: Instant, at: Instant) {
        if self.latency.adapts(self.free) {
            let free = self.latency.adapt(now, at, self.free);
            self.free = free.unwrap_or(self.free).clamp(START, MOST);
            return;
        }
        let told = self.told.window().filter(|told| !told.is_long());
        let answers = self.latency.usual().max(0.001);
        let growth = GROWTH.min(GROWTH_PER_ANSWER / answers);
        // Each answer adds the same, so that the rate only grows as fast as answers come.
        self.free = (self.free + growth * (growth * answers.min(1.5)).exp()).min(MOST);
        if let Some(told) = told.filter(|told| self.free >= ROOM * told.rate()) {
            self.free = MOST;
            self.prove(told.rate());
        }
    }

    /// Tries a little more once nothing was refused for long enough.
    fn climb(&mut self, at: Instant, limit: f64) {
        let binding = self.long.filter(|long| long.rate() < limit);
        let window = binding.map_or(SHORT[0], |long| long.length);
        let under_way = self.pace() * self.latency.usual();
        if self.trial.under_way().is_none() {
            let quiet = self.released.or(self.droughts.began());
            let quiet = quiet.map_or(Duration::ZERO, |since| at.saturating_duration_since(since));
            let patience = Trial::patience(self.costs, window);
            let rate = binding.map_or(limit, Window::rate);
            let is_told = self.told.window().is_some_and(|told| {
                told.is_long() == binding.is_some() && rate >= 0.999 * told.rate()
            });
            if quiet >= patience
                && self.trial.is_affordable()
                && !is_told
                && !self.told.was_tight(at, patience)
            {
                self.trial.begin(at, Some(limit), self.long, under_way);
            }
            return;
        }
        let lasts = window * 3 / 2 + Duration::from_secs_f64(self.latency.usual());
        let Some(factor) = self.trial.step(at, lasts, under_way) else {
            return;
        };
        self.limit = Some((limit * factor, Sure::Proven));
        if let Some(long) = &mut self.long {
            long.count *= factor;
            let began_at = self.trial.under_way().and_then(|trial| trial.long);
            if began_at.is_some_and(|began| long.count > 2.0 * began.count) {
                // Far more is accepted in that window: it was none.
                self.long = None;
            }
        }
        if limit * factor >= MOST {
            self.limit = None;
            self.free = MOST;
            self.trial.end();
        }
    }

    fn refused(&mut self, now: Instant, departure: &Departure, retry_after: Option<Duration>) {
        let at = departure.at;
        self.sends.refuse(departure.number, at);
        if let Some(wait) = retry_after {
            // The request and the next one take the same way, so the server waits as long between them as we do.
            let until = at.checked_add(wait).unwrap_or(at + LONG[LONG.len() - 1]);
            self.hold_until(until);
        }
        let is_new = self.known.is_none_or(|known| at >= known);
        self.trial.refused(is_new);
        if let Some(drought) = &mut self.drought {
            drought.last_refused = drought.last_refused.max(at);
        }
        if !is_new {
            return;
        }
        self.known = Some(now);
        self.last_refused = Some(at);
        let asks_again = match &mut self.drought {
            Some(drought) => Some(drought.wait_longer()),
            None => {
                self.refused_at = self.pace();
                self.costs = retry_after.unwrap_or_default();
                let accepted = self.sends.within(SHORT[0] + self.blur(), at);
                let last_accepted = self.sends.last_up_to(at);
                let drought = self.droughts.begin(at, last_accepted, accepted == 0);
                self.drought = Some(drought);
                self.first_refused(at);
                drought.first_wait()
            }
        };
        if retry_after.is_none_or(|wait| wait.is_zero())
            && let Some(wait) = asks_again
        {
            self.hold_until(now + wait);
        }
        self.trial.end();
    }

    fn hold_until(&mut self, instant: Instant) {
        self.not_before = self.not_before.max(Some(instant));
    }

    /// The first refusal after something was accepted, of a request that left at `at`.
    fn first_refused(&mut self, at: Instant) {
        if let Some(long) = &mut self.long {
            let within = self.sends.within(long.length, at) as f64;
            if within >= FALL * long.count {
                // It is met: by a trial, or because it is a little lower.
                let before = self.trial.under_way().and_then(|trial| trial.long);
                long.count = before.map_or(within.min(long.count).max(1.0), |long| long.count);
                let room = self.sends.nth_last(long.count as usize);
                let until = room.map(|first| first + long.length);
                self.not_before = self.not_before.max(until.map(|until| until + self.blur()));
                return;
            }
        }
        let Some((limit, sure)) = self.limit else {
            let guess = self.sends.within(SHORT[0] + self.blur(), at).max(1);
            self.limit = Some((guess as f64, Sure::Guessed));
            return;
        };
        match self.trial.judge(at, limit) {
            Some(Verdict::Vain(rate)) => self.limit = Some((rate, Sure::Proven)),
            Some(Verdict::Higher) => {
                let guess = self.sends.within(SHORT[0] + self.blur(), at) as f64;
                self.limit = Some((guess.max(limit), Sure::Guessed));
                self.since = at.checked_sub(Duration::from_nanos(1)).unwrap_or(at);
            }
            None if sure == Sure::Proven => self.meet(at, limit),
            None => {}
        }
    }

    /// A proven limit is met: by chance, because somebody else sends too, or because it is lower now.
    fn meet(&mut self, at: Instant, limit: f64) {
        let met = if let Some(before) = self.trial.is_lost() {
            let since = self.sends.refused_before(at);
            let rate = since.and_then(|since| self.sends.rate_between(since, at));
            rate.unwrap_or(before).clamp(before.min(limit), limit)
        } else {
            let window = Duration::from_secs_f64((2.0 / limit).ceil());
            let within = self.sends.within(window + self.blur(), at) as f64;
            let rate = within / window.as_secs_f64();
            let soon = self
                .sends
                .refused_before(at)
                .filter(|before| self.sends.within(at.duration_since(*before), at) < SOON);
            let lately = soon.and_then(|before| self.sends.rate_between(before, at));
            let fell = |before| at.saturating_duration_since(before) < TWICE_IN.max(window * 5);
            if let Some(rate) = lately {
                rate.clamp(limit / 2.0, limit)
            } else if rate >= FALL * limit {
                rate.clamp(STEP_DOWN * limit, limit)
            } else if self.fell.replace(at).is_some_and(fell) {
                rate
            } else {
                STEP_DOWN * limit
            }
        };
        self.limit = Some((met, Sure::Proven));
    }

    /// Something that left at `at` was accepted; if nothing was for a while, that tells how much is.
    fn released(&mut self, at: Instant) {
        let over = self.drought.filter(|drought| at > drought.first_refused);
        let Some(drought) = over else {
            return;
        };
        self.drought = None;
        self.released = Some(at);
        self.not_before = self.not_before.filter(|until| *until > at);
        match self.limit {
            Some((limit, Sure::Proven)) => {
                let rate = self
                    .sends
                    .rate_between(drought.first_refused, drought.last_refused);
                let met = rate.map_or(limit, |rate| rate.clamp(limit / 2.0, limit));
                self.limit = Some((met, Sure::Proven));
            }
            Some(_) => self.weigh(),
            None => {}
        }
        if let Some(long) = self.droughts.end(&drought, at, self.told.limit()) {
            self.uses_at_once(long);
        }
        if drought.was_long(at) {
            self.since = drought.last_refused;
        }
    }

    /// What was measured without knowing of this window was its average.
    fn uses_at_once(&mut self, long: Window) {
        self.long = Some(long);
        self.limit = None;
        self.since = self.last_refused.unwrap_or(self.since);
    }

    /// What the refusals since a limit was proven last tell of it.
    fn weigh(&mut self) {
        let refusals = self.sends.refusals(self.since);
        let (Some(first), Some(last)) = (refusals.first(), refusals.last()) else {
            return;
        };
        let second = SHORT[0] + self.blur();
        let within_a_second = |refusals: &Refusals| self.sends.within(second, refusals.last) as f64;
        let lately = within_a_second(last);
        let told = self.told.limit().map(f64::from);
        if let Some(told) = told.filter(|told| lately >= 0.95 * told && lately <= 1.5 * told) {
            // It is the number that the server tells.
            self.free = self.free.max(told);
            self.prove(told);
            return;
        }
        // What was refused within a second has met the same.
        let is_one = last.last.duration_since(first.last) < SHORT[0];
        let apart = |refusals: &&Refusals| last.last.duration_since(refusals.last) >= SHORT[0];
        let others = refusals.iter().filter(apart).map(within_a_second);
        let least = others.clone().fold(lately, f64::min);
        let most = others.fold(lately, f64::max);
        // That much is accepted in the long run at least.
        let since = self.droughts.began_before().unwrap_or(last.last);
        let steady = self.sends.rate_between(since, last.last).unwrap_or(0.0);
        let found = if is_one {
            (lately.max(steady), Sure::Guessed)
        } else if least >= SAME * most {
            // Each time as many as in a second.
            (least, Sure::Measured)
        } else if let Some(rate) = self.sends.rate_between(first.last, last.last) {
            (rate, Sure::Measured)
        } else {
            // At the same pace as then it would be refused again.
            let less = match lately < FEW {
                true => lately,
                false => lately.min(LESS * self.refused_at / GUESSED),
            };
            (less.max(steady), Sure::Guessed)
        };
        self.free = self.free.max(found.0);
        self.limit = Some((found.0.max(LEAST), found.1));
    }

    /// Takes in what an answer tells of the limit.
    fn take_in(&mut self, at: Instant, allowance: Allowance) {
        match self.told.take_in(at, allowance, &self.sends) {
            News::Nothing => {}
            News::First(limit) if self.limit.is_none() => {
                // Half of it is allowed, however long the window.
                self.free = self.free.max((f64::from(limit) / 2.0).min(TOLD_START));
            }
            News::First(_) => {}
            News::Changed(factor) => {
                // What was found out by it is found out again.
                if let Some((limit, _)) = &mut self.limit {
                    *limit *= factor;
                }
                if let Some(long) = &mut self.long {
                    long.count = (long.count * factor).max(1.0);
                }
                self.trial.end();
            }
            News::Found(window) if window.is_long() => self.uses_at_once(window),
            News::Found(window) => self.prove(window.rate()),
        }
    }
}

#[cfg(test)]
mod tests;
