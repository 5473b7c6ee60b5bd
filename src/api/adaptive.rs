//! Finds the rate that a server allows from what it answers.
//!
//! A state machine without clock or IO: it is told when a request left and what came of it, and says when the next may
//! leave. It keeps the times of what was accepted and refused, and what these leave over of a set of hypotheses: that
//! the server accepts so many requests in any window of so long. When a request is refused, the server has accepted as
//! many as it allows; so for the window that the server really has, the number of our own requests in it is the same at
//! every refusal. A window in which that number differs is none. Of those that are left, the one that allows most is
//! taken, with some room as long as it is not proven, and each further refusal is evidence again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Allowance;

/// Requests a second before anything was answered.
const START: f64 = 4.0;
/// The same once the server has told its limit, at most.
const TOLD_START: f64 = 20.0;
/// The rate grows e-fold in 1 s divided by this as long as no limit is met, but no more than e-fold in three answers.
const GROWTH: f64 = 1.2;
const GROWTH_PER_ANSWER: f64 = 0.7;
/// No faster, whatever the server takes: speed must not outrun what reading back can catch.
const MOST: f64 = 500.0;
/// How much of a limit is used: all but the room for requests that arrive closer together than they left, or, as long as
/// it is not proven, so little that a refusal would show that it is another one.
const ROOM: f64 = 0.98;
const UNPROVEN: f64 = 0.8;
/// The same once two refusals agree, and where another refusal would cost a long pause.
const NEARLY: f64 = 0.95;
const CAREFUL: f64 = 0.7;
const COSTLY: Duration = Duration::from_secs(5);
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
/// Counts that differ by no more than this are the same.
const SAME: f64 = 0.88;
/// Fewer accepted requests than this tell the first limit only roughly; one more is allowed then.
const FEW: usize = 3;
/// A limit that is met again is taken to be this much lower; one far lower is believed when it shows twice.
const STEP_DOWN: f64 = 0.98;
const FALL: f64 = 0.85;
const TRUSTED: u32 = 2;
/// Nothing accepted for longer than this is a drought: no short window explains it.
const DROUGHT: Duration = Duration::from_millis(5500);
/// How soon it is asked again while nothing is accepted; doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const NOTHING_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// A higher rate is tried after so many requests and so long without a refusal, and after a multiple of the pause that
/// a refusal costs; no trial is made that would use up this share of requests.
const TRIAL_EVERY: u64 = 100;
const TRIAL_AFTER: Duration = Duration::from_secs(8);
const TRIAL_AFTER_PAUSES: u32 = 15;
const TRIALS_MOST: f64 = 0.003;
const TRIAL_AT_LAST: Duration = Duration::from_secs(40);
/// How much more the first step of a trial asks for, and the steepest.
const TRIAL: f64 = 0.04;
const STEEPER: f64 = 2.5;
const STEEPEST: f64 = 0.8;
/// What a bucket may have saved up, in limits: so much more shows no higher limit.
const SAVED: f64 = 1.2;
const WON: f64 = 0.25;
/// A server that tells that less than this share remains would soon refuse.
const TIGHT: f64 = 0.25;
/// How long answers have to agree on a longer window, and how many in a row.
const WITNESSED: Duration = Duration::from_secs(1);
const WITNESSES: u32 = 5;
/// Answers that take so much longer than usual on an unloaded server say that requests queue; below the second share,
/// more may be asked.
const QUEUES: f64 = 1.25;
const FLOWS: f64 = 1.1;
/// So many answers make what is usual.
const AVERAGED: u64 = 32;
/// Then less leaves than was answered, until the queue is gone, and a little more each time from then on.
const CUT: f64 = 0.92;
const CLIMB: f64 = 1.04;
/// If so many cuts have made answers no shorter than this, it was no queue.
const CUTS: u32 = 5;
const SHORTER: f64 = 0.85;
/// Slower than this, latency says nothing: a single request may be slow.
const LEAST_QUEUED: f64 = 20.0;

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
struct Limit {
    window: Duration,
    count: f64,
}

impl Limit {
    fn rate(self) -> f64 {
        self.count / self.window.as_secs_f64()
    }
}

/// The rate of one operation, found from its answers.
#[derive(Clone, Debug)]
pub struct AdaptiveRate {
    /// Requests a second as long as no limit is known, and how fast the allowance of a long window is used.
    free: f64,
    /// The limit by which requests are spread, and whether it is proven by not having been met for a while.
    short: Option<Limit>,
    proven: bool,
    /// A limit of a longer window, which may be used up at once.
    long: Option<Limit>,
    sends: Sends,
    next: Instant,
    not_before: Option<Instant>,
    /// Up to when requests that left before say nothing new, because a refusal was not known yet.
    known: Option<Instant>,
    /// The counts in [`SHORT`] at the refusals since the last limit was proven.
    evidence: Vec<[usize; SHORT.len()]>,
    last_refused: Option<Instant>,
    /// When something was accepted again after the last refusal.
    released: Option<Instant>,
    fell: Option<Instant>,
    /// How often the limit was met again before many requests were accepted.
    met: u32,
    dry: Option<Dry>,
    run: Run,
    trial: Trial,
    costs: Duration,
    told: Told,
    latency: Latency,
}

/// Nothing was accepted since a refusal.
#[derive(Clone, Copy, Debug)]
struct Dry {
    /// When the last request left that was accepted, and when the last one that was refused.
    last_accepted: Option<Instant>,
    last_refused: Instant,
    /// When the first refusal was known.
    known: Instant,
    wait: Duration,
    /// How many were accepted since the drought before, when the first was refused.
    accepted: u64,
}

/// What was accepted since the last drought.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    began: Option<Instant>,
    accepted: u64,
    /// How many were accepted between the two droughts before.
    before: Option<u64>,
}

/// Trying a higher rate from time to time.
#[derive(Clone, Copy, Debug, Default)]
struct Trial {
    /// What it began from, when, and after how many accepted requests.
    from: Option<(Limit, Instant, u64)>,
    /// When the present step began, and how much more it asks for.
    step: Option<(Instant, f64)>,
    /// Requests since the last refusal.
    quiet: u64,
    sent: u64,
    vain: u64,
    vain_in_a_row: u64,
    /// After how many accepted requests something won was kept, and whether what was kept before was met soon.
    kept: Option<u64>,
    lost: bool,
    accepted: u64,
}

impl Trial {
    /// How much of what a trial has won is kept.
    fn keeps(&self) -> f64 {
        if self.lost { WON } else { 1.0 }
    }
}

/// What the headers tell.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    limit: Option<u32>,
    /// The window that explains what the server counts.
    window: Option<Duration>,
    witness: Option<(Duration, Instant, u32)>,
    /// When the server last told that little remained.
    tight: Option<Instant>,
}

/// How long answers take, in seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Latency {
    /// The least that was usual lately, and what is usual now.
    unloaded: f64,
    usual: f64,
    answers: u64,
    /// When the rate was last adapted to it, and after how many accepted requests.
    adapted: Option<(Instant, u64)>,
    /// What was usual when requests were first seen to queue, and how often less was sent since.
    queued: Option<f64>,
    cuts: u32,
}

impl AdaptiveRate {
    /// Knows nothing yet; the first request may leave at `now`.
    pub fn new(now: Instant) -> AdaptiveRate {
        AdaptiveRate {
            free: START,
            short: None,
            proven: false,
            long: None,
            sends: Sends::default(),
            next: now,
            not_before: None,
            known: None,
            evidence: Vec::new(),
            last_refused: None,
            released: None,
            fell: None,
            met: 0,
            dry: None,
            run: Run::default(),
            trial: Trial::default(),
            costs: Duration::ZERO,
            told: Told::default(),
            latency: Latency::default(),
        }
    }

    /// How many requests a second may leave at present, one after the other.
    pub fn pace(&self) -> f64 {
        let Some(short) = self.short else {
            return self.free;
        };
        let share = match self.proven {
            true if self.is_suspicious() => UNPROVEN,
            true => ROOM,
            false => self.unproven(),
        };
        let more = self.trial.step.map_or(1.0, |(_, more)| 1.0 + more);
        (short.rate() * share * more)
            .min(self.free.max(START))
            .max(1.0 / 3600.0)
    }

    /// How much of a limit is used that is not proven.
    fn unproven(&self) -> f64 {
        match self.evidence.len() {
            // Two refusals at different rates have shown the same limit.
            2.. => NEARLY,
            _ if self.costs >= COSTLY => CAREFUL,
            _ => UNPROVEN,
        }
    }

    /// How many requests a second are accepted in the long run, as far as is known.
    pub fn sustained(&self) -> f64 {
        self.pace().min(self.long.map_or(f64::MAX, Limit::rate))
    }

    /// What the server is believed to accept, in requests a second; `None` as long as it took everything.
    pub fn ceiling(&self) -> Option<f64> {
        let limits = [self.short, self.long].into_iter().flatten();
        limits.map(Limit::rate).reduce(f64::min)
    }

    /// As many were accepted as when nothing more was accepted before: what follows must tell a long window from a
    /// short one.
    fn is_suspicious(&self) -> bool {
        self.long.is_none()
            && self.run.before.is_some_and(|before| {
                let (now, before) = (self.run.accepted as f64, before as f64);
                now >= 0.9 * before && now <= 1.1 * before
            })
    }

    /// When the next request may leave; an instant that has passed means at once.
    pub fn next(&self) -> Instant {
        let next = self.next.max(self.not_before.unwrap_or(self.next));
        let limits = [self.short, self.long].into_iter().flatten();
        let room = limits.filter_map(|limit| {
            let more = match self.trial.step {
                Some((_, more)) => 1.0 + more,
                None => 1.0,
            };
            let count = (limit.count * more).ceil().max(1.0) as usize;
            let blur = match limit.window > SHORT[SHORT.len() - 1] {
                true => self.blur(),
                false => Duration::ZERO,
            };
            Some(self.sends.nth_last(count)? + limit.window + blur)
        });
        room.fold(next, Instant::max)
    }

    /// When the request may leave that is `place`th from now on; 1 is the next one.
    pub fn forecast(&self, now: Instant, place: u32) -> Instant {
        let next = self.next().max(now);
        let between = match self.dry {
            // One at a time finds out whether anything is accepted again.
            Some(dry) if dry.wait > FIRST_WAIT => LONGEST_WAIT,
            _ => self.interval(),
        };
        let even = next + between * place.saturating_sub(1);
        let Some(long) = self.long else {
            return even;
        };
        let count = long.count.max(1.0) as usize;
        let place = place as usize;
        match count.checked_sub(place - 1).filter(|left| *left > 0) {
            // As many of the last ones as are left beside those that come before.
            Some(left) => self
                .sends
                .nth_last(left)
                .map_or(even, |last| even.max(last + long.window)),
            None => even + long.window,
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
        if self.dry.is_some_and(|dry| dry.wait > FIRST_WAIT) {
            // One at a time finds out whether anything is accepted again.
            self.next = self
                .next
                .max(now + Duration::from_secs_f64(self.latency.usual * 1.2));
        }
        self.trial.sent += 1;
        Departure {
            number: self.sends.push(now),
            at: now,
            paced: due >= earliest,
        }
    }

    /// Takes in that a request was not accepted for reasons that say nothing about the rate.
    pub fn disregard(&mut self, departure: &Departure) {
        self.sends.refuse(departure.number);
    }

    /// What was told of a limit turned out not to be about all requests: the rate is found anew, from where it stands.
    pub fn forget(&mut self) {
        self.free = self.pace().max(START);
        (self.short, self.long, self.proven) = (None, None, false);
        self.told = Told::default();
        self.evidence.clear();
        self.dry = None;
        self.trial.step = None;
        self.trial.from = None;
    }

    /// Takes in what came of a request at `now`. A request without any answer is not told.
    pub fn arrived(&mut self, now: Instant, departure: &Departure, reply: &Reply) {
        match reply {
            Reply::Accepted(allowance) => {
                self.latency
                    .note(now.saturating_duration_since(departure.at));
                self.ended(departure);
                self.run.began.get_or_insert(departure.at);
                self.run.accepted += 1;
                self.trial.accepted += 1;
                self.trial.quiet += 1;
                self.take_in(departure.at, *allowance);
                self.accepted(now, departure);
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

    fn accepted(&mut self, now: Instant, departure: &Departure) {
        if self.dry.is_some() || !departure.paced {
            return;
        }
        if self.short.is_none() {
            self.grow(now, departure);
            return;
        }
        let since = |at: Option<Instant>| at.map(|at| departure.at.saturating_duration_since(at));
        let window = self.short.map_or(SHORT[0], |short| short.window);
        if !self.proven {
            let share = self.unproven();
            let quiet = since(self.released);
            if quiet.is_some_and(|quiet| quiet > (window * 5 / 2).max(Duration::from_secs(3))) {
                if let Some(short) = self.short.as_mut().filter(|_| self.costs >= COSTLY) {
                    // What is known to be accepted is worth more than what would cost another pause.
                    short.count *= share / ROOM;
                }
                self.proven = true;
                self.evidence.clear();
            }
            return;
        }
        self.climb(departure.at);
    }

    /// The rate grows with each answer as long as nothing stands against it.
    fn grow(&mut self, now: Instant, departure: &Departure) {
        let most = self.told_limit().map_or(MOST, |told| {
            let window = told.window.max(SHORT[0]);
            if window > SHORT[SHORT.len() - 1] {
                return MOST;
            }
            ROOM * told.count / window.as_secs_f64()
        });
        if self.latency.adapts(self.free) {
            self.adapt(now, departure);
            return;
        }
        let answers = self.latency.usual.max(0.001);
        let growth = GROWTH.min(GROWTH_PER_ANSWER / answers);
        // Each answer adds the same, so that the rate only grows as fast as answers come.
        self.free = (self.free + growth * (growth * answers.min(1.5)).exp()).min(MOST);
        if self.free >= most
            && let Some(told) = self.told_limit()
        {
            self.free = MOST;
            self.short = Some(told);
            self.proven = true;
        }
    }

    /// Keeps what is under way so small that hardly anything queues on the server.
    fn adapt(&mut self, now: Instant, departure: &Departure) {
        let latency = &mut self.latency;
        let (since, accepted) = *latency.adapted.get_or_insert((now, self.trial.accepted));
        let passed = now.saturating_duration_since(since).as_secs_f64();
        // What left before says nothing about the present rate.
        if departure.at < since || passed < latency.usual.max(0.2) {
            return;
        }
        let rate = (self.trial.accepted - accepted) as f64 / passed;
        if latency.usual > QUEUES * latency.unloaded {
            let first = *latency.queued.get_or_insert(latency.usual);
            latency.cuts += 1;
            if latency.cuts > CUTS && latency.usual > SHORTER * first {
                // Less was sent, and answers take as long: they do so anyway.
                latency.unloaded = latency.usual;
                (latency.queued, latency.cuts) = (None, 0);
            } else {
                self.free = (CUT * rate).clamp(START, self.free);
            }
        } else if latency.usual < FLOWS * latency.unloaded + 0.002 {
            (latency.queued, latency.cuts) = (None, 0);
            self.free = (self.free * CLIMB).min(MOST);
        }
        latency.adapted = Some((now, self.trial.accepted));
    }

    /// Tries a little more once nothing was refused for long enough.
    fn climb(&mut self, at: Instant) {
        let Some(binding) = self.binding() else {
            return;
        };
        let window = binding.window;
        let Some((began, more)) = self.trial.step else {
            let quiet = self.released.or(self.run.began);
            let quiet = quiet.map_or(Duration::ZERO, |since| at.saturating_duration_since(since));
            let patience = TRIAL_AFTER
                .max(self.costs * TRIAL_AFTER_PAUSES)
                .max(window * 2);
            let affordable = (quiet >= TRIAL_AT_LAST && self.trial.quiet >= 2 * TRIAL_EVERY)
                || (self.trial.vain + 1) as f64 <= 2.0 + TRIALS_MOST * self.trial.sent as f64;
            let tight = self
                .told
                .tight
                .is_some_and(|tight| at.saturating_duration_since(tight) < patience);
            let is_told = self
                .told_limit()
                .is_some_and(|told| told.window == binding.window && binding.count >= told.count);
            if is_told {
                return;
            }
            let enough = TRIAL_EVERY * (1 + self.trial.vain_in_a_row.min(1));
            if quiet >= patience && self.trial.quiet >= enough && affordable && !tight {
                self.trial.from = Some((binding, at, self.trial.accepted));
                // The later the answers, the more of what is too much is under way when the first is refused.
                self.trial.step = Some((at, TRIAL / (1.0 + 2.0 * self.latency.usual)));
            }
            return;
        };
        let lasts = window.max(SHORT[0]) * 3 / 2 + Duration::from_secs_f64(self.latency.usual);
        if at.saturating_duration_since(began) < lasts {
            return;
        }
        // Nothing was refused: so much is allowed, and the next step is steeper.
        for limit in [&mut self.short, &mut self.long].into_iter().flatten() {
            limit.count *= 1.0 + more;
        }
        if let Some(long) = self.long
            && let Some((from, ..)) = self.trial.from
            && long.count > 2.0 * from.count
        {
            // Far more is accepted in that window: it was none.
            self.long = None;
        }
        self.trial.step = Some((at, (more * STEEPER).min(STEEPEST)));
        if self.short.is_some_and(|short| short.rate() >= MOST) {
            self.short = None;
            self.free = MOST;
            self.end_trial();
        }
    }

    /// The limit that holds requests back most.
    fn binding(&self) -> Option<Limit> {
        match (self.short, self.long) {
            (Some(short), Some(long)) if long.rate() < short.rate() => Some(long),
            (short, long) => short.or(long),
        }
    }

    fn end_trial(&mut self) {
        self.trial.step = None;
        self.trial.from = None;
        self.trial.quiet = 0;
    }

    fn refused(&mut self, now: Instant, departure: &Departure, retry_after: Option<Duration>) {
        let at = departure.at;
        self.sends.refuse(departure.number);
        if let Some(wait) = retry_after {
            // The request and the next one take the same way, so the server waits as long between them as we do.
            let until = at.checked_add(wait).unwrap_or(at + LONG[LONG.len() - 1]);
            self.not_before = self.not_before.max(Some(until));
        }
        let quiet = std::mem::take(&mut self.trial.quiet);
        if self.known.is_some_and(|known| at < known) {
            // It left before the refusal before was known, and says nothing new.
            if let Some(dry) = &mut self.dry {
                dry.last_refused = dry.last_refused.max(at);
            }
            return;
        }
        self.known = Some(now);
        self.last_refused = Some(at);
        if let Some(dry) = &mut self.dry {
            // Still nothing.
            dry.last_refused = at;
            if retry_after.is_none_or(|wait| wait.is_zero()) {
                dry.wait = (dry.wait * 2).min(LONGEST_WAIT);
                self.not_before = self.not_before.max(Some(now + dry.wait));
            }
        } else {
            self.met = if quiet < TRIAL_EVERY { self.met + 1 } else { 0 };
            self.first_refused(now, at, retry_after);
        }
        self.end_trial();
    }

    /// The first refusal after something was accepted.
    fn first_refused(&mut self, now: Instant, at: Instant, retry_after: Option<Duration>) {
        let blur = self.blur();
        let counts = SHORT.map(|window| self.sends.accepted_within(window + blur, at));
        self.dry = Some(Dry {
            last_accepted: self.sends.last_accepted(at),
            last_refused: at,
            known: now,
            wait: if counts[0] == 0 {
                NOTHING_WAIT
            } else {
                FIRST_WAIT
            },
            accepted: self.run.accepted,
        });
        self.costs = retry_after.unwrap_or_default();
        if counts[0] == 0 && retry_after.is_none() {
            self.not_before = self.not_before.max(Some(now + NOTHING_WAIT * 2));
        }
        if let Some(long) = &mut self.long {
            let within = self.sends.accepted_within(long.window, at) as f64;
            if within >= FALL * long.count {
                // It is met: by a trial, or because it is a little lower.
                long.count = match self.trial.from {
                    Some((from, ..)) if from.window == long.window => from.count,
                    _ => within.min(long.count).max(1.0),
                };
                // That tells when there is room again.
                let full = self.sends.nth_last(long.count as usize);
                let room = full.map(|first| first + long.window + blur);
                self.not_before = self.not_before.max(room);
                return;
            }
        }
        if let (Some((from, began, accepted)), Some(short)) = (self.trial.from, self.short)
            && from.window == short.window
        {
            // A bucket gives for a while what it has saved.
            let lasted = at.saturating_duration_since(began).as_secs_f64();
            let more = (self.trial.accepted - accepted) as f64 - lasted * from.rate();
            self.trial.vain += 1;
            self.trial.vain_in_a_row += 1;
            if more <= SAVED * from.count.max(1.0) {
                // What the steps before have won, unless that was the bucket's last time.
                let won = short.count / from.count - 1.0;
                self.trial.kept = Some(self.trial.accepted);
                self.short = Some(Limit {
                    count: from.count * (1.0 + won.max(0.0) * self.trial.keeps()),
                    ..from
                });
            } else {
                self.trial.vain_in_a_row = 0;
                let met = Limit {
                    count: (counts[0] as f64).max(from.count),
                    window: SHORT[0],
                };
                self.short = Some(met);
                self.proven = false;
            }
            return;
        }
        match self.short.filter(|_| self.proven) {
            Some(short) => self.meet(at, short, &counts),
            None => self.weigh(counts),
        }
    }

    /// A proven limit is met: by chance, because somebody else sends too, or because it is lower now.
    fn meet(&mut self, at: Instant, short: Limit, counts: &[usize; SHORT.len()]) {
        if let Some(kept) = self.trial.kept.take() {
            self.trial.lost = self.trial.accepted - kept < 2 * TRIAL_EVERY;
        }
        let place = SHORT.iter().position(|window| *window == short.window);
        let within = counts[place.unwrap_or(0)] as f64;
        let step = STEP_DOWN * short.count;
        let fell = self.fell.is_some_and(|before| {
            at.saturating_duration_since(before) < (short.window * 5).max(Duration::from_secs(5))
        });
        let count = if within < FALL * short.count {
            self.fell = Some(at);
            if fell { within } else { step }
        } else if self.met < TRUSTED {
            within.max(step).min(short.count)
        } else {
            // What was accepted in that window is no measure, so it is another one.
            short.count * (1.0 - (1.0 - STEP_DOWN) * f64::from(self.met.min(5)))
        };
        self.short = Some(Limit {
            count: count.max(1.0),
            ..short
        });
    }

    /// Weighs which window explains all refusals since a limit was proven last; the shortest of these allows most.
    fn weigh(&mut self, counts: [usize; SHORT.len()]) {
        self.evidence.push(counts);
        let told = self.told.limit.map(f64::from);
        if let Some(told) = told.filter(|told| {
            let count = counts[0] as f64;
            count >= 0.95 * told && count <= 1.5 * told
        }) {
            // It is the number that the server tells.
            self.short = Some(Limit {
                window: SHORT[0],
                count: told,
            });
            self.free = self.free.max(told);
            self.proven = true;
            self.evidence.clear();
            return;
        }
        let limit = |evidence: &[[usize; SHORT.len()]]| {
            (0..SHORT.len()).find_map(|place| {
                let all = evidence.iter().map(|counts| counts[place]);
                let (least, most) = (all.clone().min()?, all.max()?);
                let explains = least > 0 && least as f64 >= SAME * most as f64 - 0.5;
                explains.then(|| Limit {
                    window: SHORT[place],
                    count: (least + usize::from(least < FEW && evidence.len() == 1)) as f64,
                })
            })
        };
        let found = limit(&self.evidence).or_else(|| {
            // None explains them all: things have changed, and the last one counts.
            self.evidence.drain(..self.evidence.len() - 1);
            limit(&self.evidence)
        });
        if let Some(found) = found {
            self.free = self.free.max(found.rate());
            self.short = Some(found);
            self.proven = false;
        }
    }

    /// Something is accepted again: a drought that was long tells of a long window, or was an outage.
    fn ended(&mut self, departure: &Departure) {
        let Some(dry) = self.dry.filter(|dry| departure.at >= dry.known) else {
            return;
        };
        self.dry = None;
        self.released = Some(departure.at);
        self.not_before = self.not_before.filter(|until| *until > departure.at);
        let Some(last) = dry.last_accepted else {
            self.run = Run::default();
            return;
        };
        if departure.at.saturating_duration_since(last) < DROUGHT {
            return;
        }
        let began = self.run.began.unwrap_or(last);
        let same = |before: u64| {
            let (least, most) = (
                before.min(dry.accepted) as f64,
                before.max(dry.accepted) as f64,
            );
            least >= SAME * most - 0.5
        };
        let told = self.told.limit.map(u64::from);
        let again = self.run.before.is_some_and(same) || told.is_some_and(same);
        let measured = dry.last_refused.saturating_duration_since(last) > DROUGHT;
        let short_ones_are_out = self.evidence.len() > 2 || measured || told.is_some_and(same);
        if again && short_ones_are_out && dry.accepted > 0 {
            let at_most = departure.at.saturating_duration_since(began);
            let at_least = match measured {
                true => dry.last_refused.saturating_duration_since(began),
                false => at_most.mul_f64(0.95),
            };
            let slack = Duration::from_millis(500);
            let known = LONG
                .into_iter()
                .find(|window| *window + slack >= at_least && *window <= at_most + slack);
            let count = self
                .run
                .before
                .map_or(dry.accepted, |before| before.min(dry.accepted));
            self.long = Some(Limit {
                window: known.unwrap_or(at_most),
                count: count as f64,
            });
            // What was accepted within the long window was accepted at that pace.
            self.proven = true;
            self.evidence.clear();
        }
        self.run = Run {
            began: None,
            accepted: 0,
            before: Some(dry.accepted),
        };
    }

    /// The limit that follows from what the server tells, by the window that explains what it counts.
    fn told_limit(&self) -> Option<Limit> {
        self.told.limit.map(|limit| Limit {
            window: self.told.window.unwrap_or(SHORT[0]),
            count: f64::from(limit),
        })
    }

    /// Takes in what an answer tells of the limit.
    fn take_in(&mut self, at: Instant, allowance: Allowance) {
        let Some(limit) = allowance.limit.filter(|limit| *limit > 0) else {
            return;
        };
        let before = self.told.limit.replace(limit);
        if before.is_none() && self.short.is_none() {
            // Half of it is allowed, however long the window.
            self.free = self.free.max((f64::from(limit) / 2.0).min(TOLD_START));
        }
        if before.is_some_and(|before| before != limit) {
            // It has changed: what was found out by it is found out again.
            let factor = f64::from(limit) / f64::from(before.unwrap_or(limit));
            for known in [&mut self.short, &mut self.long].into_iter().flatten() {
                known.count = (known.count * factor).max(1.0);
            }
            self.end_trial();
        }
        let Some(remaining) = allowance.remaining else {
            return;
        };
        if f64::from(remaining) < TIGHT * f64::from(limit) {
            self.told.tight = Some(at);
        }
        self.weigh_window(at, limit.saturating_sub(remaining) as usize);
    }

    /// Looks back further if just that explains what the server counts as used.
    fn weigh_window(&mut self, at: Instant, used: usize) {
        let tolerance = 2 + used / 50;
        let present = self.told.window.unwrap_or(SHORT[0]);
        let within = self.sends.accepted_within(present, at);
        let explained = if used > within * 3 / 2 + tolerance {
            SHORT
                .into_iter()
                .chain(LONG)
                .filter(|window| *window > present)
                .map(|window| (window, self.sends.accepted_within(window, at)))
                .find(|(_, longer)| longer + tolerance >= used)
                .filter(|(_, longer)| *longer <= used + tolerance)
        } else {
            None
        };
        let Some((window, _)) = explained else {
            self.told.witness = None;
            return;
        };
        let (since, count) = match self.told.witness {
            Some((same, since, count)) if same == window => (since, count + 1),
            _ => (at, 1),
        };
        self.told.witness = Some((window, since, count));
        if count >= WITNESSES && at.saturating_duration_since(since) >= WITNESSED {
            self.told.witness = None;
            self.told.window = Some(window);
            let told = self.told_limit();
            if window > SHORT[SHORT.len() - 1] {
                self.long = told;
                if self
                    .short
                    .is_some_and(|short| Some(short.count) == told.map(|told| told.count))
                {
                    self.short = None;
                }
            } else {
                self.short = told;
                self.proven = true;
            }
        }
    }
}

impl Latency {
    fn note(&mut self, took: Duration) {
        let took = took.as_secs_f64();
        self.answers += 1;
        let share = 1.0 / (self.answers.min(AVERAGED) as f64);
        self.usual += (took - self.usual) * share;
        // What was least is forgotten slowly, so that a slower way is learned, too.
        self.unloaded = match self.answers < AVERAGED {
            true => self.usual,
            false => (self.unloaded * 1.0005).min(self.usual),
        };
    }

    /// Whether the rate goes by the latency rather than growing freely.
    fn adapts(&self, rate: f64) -> bool {
        rate >= LEAST_QUEUED
            && (self.adapted.is_some() || self.usual > QUEUES * self.unloaded + 0.004)
    }
}

/// How many requests are remembered.
const REMEMBERED: usize = 100_000;

/// Requests in the order they left, without those that were refused.
#[derive(Clone, Debug, Default)]
struct Sends {
    taken: VecDeque<(u64, Instant)>,
    next: u64,
}

impl Sends {
    /// Notes a request that leaves at `at`, not before the one noted last, and gives its number.
    fn push(&mut self, at: Instant) -> u64 {
        if self.taken.len() == REMEMBERED {
            self.taken.pop_front();
        }
        self.next += 1;
        self.taken.push_back((self.next, at));
        self.next
    }

    /// Notes that a request was refused; nothing if it is no longer remembered.
    fn refuse(&mut self, number: u64) {
        if let Ok(place) = self
            .taken
            .binary_search_by_key(&number, |(number, _)| *number)
        {
            self.taken.remove(place);
        }
    }

    /// How many were accepted in `window` up to and with `at`, as far as is known.
    fn accepted_within(&self, window: Duration, at: Instant) -> usize {
        let since = at.checked_sub(window);
        let from = self
            .taken
            .partition_point(|(_, left)| since.is_some_and(|since| *left <= since));
        let to = self.taken.partition_point(|(_, left)| *left <= at);
        to.saturating_sub(from)
    }

    /// When the last one up to and with `at` left, as far as is known.
    fn last_accepted(&self, at: Instant) -> Option<Instant> {
        let to = self.taken.partition_point(|(_, left)| *left <= at);
        Some(self.taken.get(to.checked_sub(1)?)?.1)
    }

    /// When the `count`th last one left.
    fn nth_last(&self, count: usize) -> Option<Instant> {
        let place = self.taken.len().checked_sub(count)?;
        Some(self.taken.get(place)?.1)
    }
}

#[cfg(test)]
mod tests;
