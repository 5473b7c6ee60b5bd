//! Finds the rate that a server allows from what it answers.
//!
//! A state machine without clock or IO: it is told when a request left and what came of it, and says when the next may
//! leave. It keeps the times of what was accepted and refused. One law does most: *at a refusal the server has accepted
//! as much as it allows; so between two refusals it has accepted what it allows in that time*, whether it counts in
//! windows or has a bucket, and whatever their size. A limit that was measured so is used nearly wholly; one that was
//! only guessed, from a single refusal, with so much room that the next refusal shows whether the guess was right.
//!
//! Windows of ten seconds and more are told by droughts (`drought`), and their limit may be used at once; one of some
//! seconds is taken to be there as long as nothing contradicts it. What headers tell (`told`) need not be found out,
//! queues show in the latency (`queue`), and limits that rise in trials (`trial`).

mod drought;
mod higher_rate;
mod queue;
mod refusals;
mod sends;
mod told;

use std::time::{Duration, Instant};

use super::Allowance;
use drought::{Drought, Droughts};
use higher_rate::Trial;
use queue::Latency;
use sends::Sends;
use told::{News, Told};

/// Requests a second before anything was answered.
const START: f64 = 8.0;
/// The same once the server has told its limit, at most.
const TOLD_START: f64 = 20.0;
/// The rate grows e-fold in 1 s divided by this as long as no limit is met, but no more than e-fold in three answers.
const GROWTH: f64 = 1.2;
const GROWTH_PER_ANSWER: f64 = 0.7;
/// And by no more than this in a second, so that little is under way when a large limit is met.
const STEADILY: f64 = 110.0;
/// No faster, whatever the server takes: speed must not outrun what reading back can catch.
const MOST: f64 = 500.0;
/// And never slower, in requests a second: whether more is accepted is asked as often where nothing is.
const LEAST: f64 = 0.2;
/// How much of a limit is used: once it has not been met for a while, all but the room for requests that arrive closer
/// together than they left; once two refusals have measured it, a little less; where it is a guess, so little that a
/// refusal would show that it is another one, and less where that would cost a long pause.
const ROOM: f64 = 0.98;
const MEASURED: f64 = 0.95;
const GUESSED: f64 = 0.8;
const CAREFUL: f64 = 0.7;
const COSTLY: Duration = Duration::from_secs(5);
/// A guess below this share of the pace that was refused leaves so much open that more is tried at once.
const HALF: f64 = 0.5;
/// A limit below this, in requests a second, rests on so few requests that more is tried soon.
const SLOW: f64 = 0.9;
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
/// What was accepted longer ago tells nothing of what is allowed now.
const LATELY: Duration = Duration::from_secs(60);
/// Where it seems that a long window is nearly used up, or has just opened, no more than this is under way.
const GENTLY: f64 = 1.0;

/// A request that has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
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
    /// Whether the limit is more than what a single refusal has told.
    is_measured: bool,
    costs: Duration,
    last_refused: Option<Instant>,
    /// When something was accepted again after the last refusal.
    released: Option<Instant>,
    /// When the limit seemed to have fallen, and to what.
    fell: Option<(Instant, f64)>,
    drought: Option<Drought>,
    /// When the last request of the last long drought was refused: the wait after it says nothing of the limit.
    dry_until: Option<Instant>,
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
            is_measured: false,
            costs: Duration::ZERO,
            last_refused: None,
            released: None,
            fell: None,
            drought: None,
            dry_until: None,
            droughts: Droughts::default(),
            trial: Trial::default(),
            told: Told::default(),
            latency: Latency::default(),
        }
    }

    /// One rate for requests that were paced apart although the server counts them together.
    pub fn together(now: Instant, of: &[&AdaptiveRate]) -> AdaptiveRate {
        let sends: Vec<&Sends> = of.iter().map(|rate| &rate.sends).collect();
        let sends = Sends::of_all(&sends);
        let lately = now.checked_sub(LATELY).unwrap_or(now);
        let most = sends.most_within(SHORT[1], lately) as f64 / SHORT[1].as_secs_f64();
        let told_limit = of.iter().find_map(|rate| rate.told.limit());
        let is_limited = of
            .iter()
            .any(|rate| rate.limit.is_some() || rate.long.is_some());
        AdaptiveRate {
            free: of.iter().map(|rate| rate.pace()).sum(),
            limit: (is_limited && told_limit.is_none()).then_some((most.max(LEAST), Sure::Guessed)),
            told: Told::of(told_limit),
            not_before: of.iter().filter_map(|rate| rate.not_before).max(),
            known: Some(now),
            latency: of
                .iter()
                .map(|rate| rate.latency)
                .max_by_key(Latency::answers)
                .unwrap_or_default(),
            released: Some(now),
            sends,
            ..AdaptiveRate::new(now)
        }
    }

    /// Nothing is known but that so many requests a second were accepted.
    pub fn begin_at(&mut self, pace: f64) {
        self.free = pace.max(START);
    }

    /// How many requests a second may leave at present, one after the other.
    pub fn pace(&self) -> f64 {
        let mut pace = match self.limit {
            Some((limit, sure)) => {
                let asked = limit * self.trial.factor();
                // A trial asks for no more than the server tells.
                let most = self.told_rate().filter(|told| *told >= limit);
                asked.min(most.unwrap_or(asked)) * self.share(sure)
            }
            None => self.free,
        };
        let gently = GENTLY / self.latency.usual().max(0.01);
        if self.long.is_none() && self.droughts.is_near() {
            pace = pace.min(gently);
        }
        let is_proven = matches!(self.limit, Some((_, Sure::Proven)));
        if self.long.is_none()
            && !is_proven
            && let Some(accepted) = self.droughts.accepted_since_gap()
        {
            // A window that slides opens as it was filled: as fast as the pace grew at first.
            pace = pace.min(grown_after(accepted).max(gently));
        }
        pace.max(LEAST)
    }

    /// The limit that the server tells, in requests a second, if its window is short.
    fn told_rate(&self) -> Option<f64> {
        let told = self.told.window().filter(|told| !told.is_long());
        told.map(Window::rate)
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
        self.sends.push(now);
        Departure {
            at: now,
            paced: due >= earliest,
        }
    }

    /// Takes in that a request was not accepted for reasons that say nothing about the rate.
    pub fn disregard(&mut self, departure: &Departure) {
        self.sends.forget(departure.at);
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
                self.droughts.contradict(&self.sends, departure.at);
                self.trial.accepted();
                let news = self.told.accepted(departure.at, *allowance, &self.sends);
                self.take_in(news);
                if self.drought.is_none() && departure.paced {
                    self.accepted(now, departure.at);
                }
            }
            Reply::Refused {
                retry_after,
                allowance,
            } => {
                let news = self.told.refused(departure.at, *allowance, &self.sends);
                self.take_in(news);
                self.refused(now, departure, *retry_after);
            }
        }
    }

    fn interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.pace())
    }

    /// How long the window seems to be, if its limit is to be used evenly. One that allows far more than the limit is not
    /// what keeps to it.
    fn window(&self) -> Duration {
        let limit = self.limit.map_or(f64::MAX, |(limit, _)| limit);
        let seems = self.droughts.seems();
        let seems = seems.filter(|seems| seems.rate() <= drought::MORE * limit);
        seems.map_or(SHORT[0], |seems| seems.length)
    }

    fn blur(&self) -> Duration {
        BLUR.min(Duration::from_secs_f64(0.25 / self.pace()))
    }

    /// Whether one request at a time finds out if anything is accepted again.
    fn asks_singly(&self) -> bool {
        let is_proven = matches!(self.limit, Some((_, Sure::Proven)));
        self.drought
            .is_some_and(|drought| drought.is_asked_singly(is_proven, self.answers_soon()))
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
                let enough = PROVEN_AFTER
                    .max(Duration::from_secs_f64(2.5 / limit))
                    .max(self.window());
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
        let answers = self.latency.usual().max(0.001);
        let growth = GROWTH.min(GROWTH_PER_ANSWER / answers);
        // Each answer adds the same, so that the rate only grows as fast as answers come.
        let more = growth * (growth * answers.min(1.5)).exp();
        self.free = (self.free + more.min(STEADILY / self.free)).min(MOST);
        if let Some(told) = self.told_rate().filter(|told| self.free >= ROOM * told) {
            self.free = MOST;
            self.prove(told);
        }
    }

    /// Tries a little more once nothing was refused for long enough.
    fn climb(&mut self, at: Instant, limit: f64) {
        let binding = self.long.filter(|long| long.rate() < limit);
        let window = binding.map_or(self.window(), |long| long.length);
        let under_way = self.pace() * self.latency.usual();
        if self.trial.under_way().is_none() {
            let quiet = self.released.or(self.droughts.began());
            let quiet = quiet.map_or(Duration::ZERO, |since| at.saturating_duration_since(since));
            // Between what a single refusal told and the pace that met it the limit may lie anywhere.
            let is_open =
                !self.is_measured && self.costs < COSTLY && limit < HALF * self.refused_at;
            let patience = match is_open {
                true => PROVEN_AFTER.max(window),
                false => Trial::patience(self.costs, window),
            };
            let rate = binding.map_or(limit, Window::rate);
            let is_told = self.told.window().is_some_and(|told| {
                told.is_long() == binding.is_some() && rate >= 0.999 * told.rate()
            });
            if quiet >= patience
                && (is_open || self.trial.is_affordable(binding.is_none() && limit < SLOW))
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
        // What the server tells need not be found by being refused.
        if let Some(told) = self.told_rate()
            && (limit..=limit * factor).contains(&told)
            && binding.is_none()
        {
            self.limit = Some((told, Sure::Proven));
            self.trial.end();
            return;
        }
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

    /// Takes in what an answer tells of the limit.
    fn take_in(&mut self, news: News) {
        match news {
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

/// To what the pace has grown from its start once so many were accepted, if no limit was met.
fn grown_after(accepted: u64) -> f64 {
    let steady = STEADILY / GROWTH;
    let until_steady = (steady - START) / GROWTH;
    let beyond = accepted as f64 - until_steady;
    match beyond > 0.0 {
        true => (steady * steady + 2.0 * STEADILY * beyond).sqrt(),
        false => START + GROWTH * accepted as f64,
    }
}

#[cfg(test)]
mod tests;
