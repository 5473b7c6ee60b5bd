//! Finds the pace that a server allows from what it answers.
//!
//! A state machine without clock or IO: it is told when a request left and what came of it, and says when the next may
//! leave. What it learns from most is plain arithmetic: at the instant a request was refused, the server had accepted
//! as many as it allows within its window. So the number of our own requests accepted in the window before a refusal is
//! never below what we may send; the smallest such number seen lately is the ceiling, and the pace stays just below.

mod sends;

use std::time::{Duration, Instant};

use self::sends::Sends;
use super::Allowance;

/// Requests a second before anything was answered.
const START: f64 = 4.0;
/// The pace grows e-fold in 1 s divided by this, until the first ceiling is met.
const GROWTH: f64 = 0.75;
/// Answers that take longer than this, in seconds, slow the growth down.
const SLOW_ANSWER: f64 = 1.5;
/// How much of the ceiling is used. The rest is room for requests that arrive a little closer than they left.
const ROOM: f64 = 0.98;
/// No faster, whatever the server takes.
const MOST: f64 = 10_000.0;
/// How late a request may leave without pushing back those after it.
const SURPLUS: Duration = Duration::from_millis(10);
/// The lengths that windows have.
const WINDOWS: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(3600),
];
/// Requests that left this much before a window, or a quarter of the distance between two if that is less, may have
/// arrived within it.
const BLUR: Duration = Duration::from_millis(25);
const BLUR_IN_REQUESTS: f64 = 0.25;
/// A ceiling that falls below this share of itself is believed at once, else step by step.
const FALL: f64 = 0.85;
/// Fewer accepted requests than this tell the first ceiling only roughly; one more is allowed then.
const FEW: usize = 3;
const STEP_DOWN: f64 = 0.98;
/// How long a ceiling stands before a higher pace is tried: in time, and in requests.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_IN_REQUESTS: f64 = 200.0;
/// Each trial that found nothing doubles that, this often.
const DOUBLINGS: u32 = 5;
/// How much a trial adds each second at first, how soon that doubles, and up to what.
const CLIMB: f64 = 0.005;
const CLIMB_DOUBLES: f64 = 15.0;
const STEEPEST_CLIMB: f64 = 0.05;
/// A trial that has won less than this much has found nothing new.
const WON: f64 = 1.05;
/// A server that tells that less than this share remains would soon refuse.
const TIGHT: f64 = 0.25;
/// How long answers have to agree on a longer window, and how many in a row: for a moment, two counts can be equal by
/// chance.
const WITNESSED: Duration = Duration::from_secs(1);
const WITNESSES: u32 = 5;
/// The first wait when nothing is accepted any more and the server does not say how long; doubled each time.
const DROUGHT: Duration = Duration::from_millis(500);
const LONGEST_DROUGHT: Duration = Duration::from_secs(60);

/// A request that has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    number: u64,
    at: Instant,
    /// Whether it left because the pace let it, not because nobody asked earlier.
    paced: bool,
}

impl Departure {
    /// When it left.
    pub fn at(&self) -> Instant {
        self.at
    }
}

/// What came of a request, as far as the pace is concerned.
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

/// The pace of one endpoint, learned from its answers.
#[derive(Clone, Debug)]
pub struct Learned {
    /// Requests a second.
    pace: f64,
    /// What the server is believed to accept, in requests a second; `None` until it was met.
    ceiling: Option<f64>,
    /// How long the server looks back.
    window: Duration,
    /// When the ceiling was last lowered.
    lowered: Option<Instant>,
    /// When a far lower ceiling last showed.
    fell: Option<Instant>,
    next: Instant,
    not_before: Option<Instant>,
    sends: Sends,
    round_trip: Option<f64>,
    /// The number that the server tells as its limit.
    limit: Option<u32>,
    witnesses: Option<Witnesses>,
    /// When the server last told that little remained.
    tight: Option<Instant>,
    trial: Trial,
    drought: Option<Drought>,
}

/// Answers in a row that speak for a longer window.
#[derive(Clone, Copy, Debug)]
struct Witnesses {
    window: Duration,
    since: Instant,
    count: u32,
}

/// Trying a higher pace from time to time.
#[derive(Clone, Copy, Debug)]
struct Trial {
    quiet_since: Instant,
    /// How many found nothing, one after the other.
    vain: u32,
    /// Since when, and from which ceiling.
    under_way: Option<(Instant, f64)>,
    /// The ceiling from which the last one went up.
    from: f64,
}

/// Nothing is accepted any more.
#[derive(Clone, Copy, Debug)]
struct Drought {
    wait: Duration,
    /// When the last request left that was accepted.
    last_accepted: Option<Instant>,
    /// When the last one left that was refused.
    last_refused: Instant,
}

impl Learned {
    /// Knows nothing yet; the first request may leave at `now`.
    pub fn new(now: Instant) -> Learned {
        Learned {
            pace: START,
            ceiling: None,
            window: WINDOWS[0],
            lowered: None,
            fell: None,
            next: now,
            not_before: None,
            sends: Sends::default(),
            round_trip: None,
            limit: None,
            witnesses: None,
            tight: None,
            trial: Trial {
                quiet_since: now,
                vain: 0,
                under_way: None,
                from: 0.0,
            },
            drought: None,
        }
    }

    /// The pace, in requests a second.
    pub fn pace(&self) -> f64 {
        self.pace
    }

    /// What the server is believed to accept, in requests a second; `None` as long as it took everything.
    pub fn ceiling(&self) -> Option<f64> {
        self.ceiling
    }

    /// When the next request may leave; an instant that has passed means at once.
    pub fn next(&self) -> Instant {
        self.next.max(self.not_before.unwrap_or(self.next))
    }

    /// The instant before which nothing leaves because the server asked for a pause.
    pub fn held_until(&self) -> Option<Instant> {
        self.not_before
    }

    /// When the request may leave that is `place`th from now on; 1 is the next one.
    pub fn forecast(&self, now: Instant, place: u32) -> Instant {
        self.next().max(now) + self.interval() * place.saturating_sub(1)
    }

    /// Takes in that a request was not accepted for reasons that say nothing about the pace.
    pub fn disregard(&mut self, departure: &Departure) {
        self.sends.refuse(departure.number);
    }

    /// What was told of a limit turned out not to be about all requests: the pace is found anew, from where it stands.
    pub fn forget(&mut self) {
        self.ceiling = None;
        self.limit = None;
        self.witnesses = None;
        self.tight = None;
        self.drought = None;
    }

    /// Notes that a request leaves at `now`, which is not before [`next`](Learned::next).
    pub fn depart(&mut self, now: Instant) -> Departure {
        let due = self.next();
        let earliest = now.checked_sub(SURPLUS).unwrap_or(now);
        self.next = due.max(earliest) + self.interval();
        Departure {
            number: self.sends.push(now),
            at: now,
            paced: due >= earliest,
        }
    }

    /// Takes in what came of a request at `now`. A request without any answer is not told.
    pub fn arrived(&mut self, now: Instant, departure: &Departure, reply: &Reply) {
        let took = now.saturating_duration_since(departure.at).as_secs_f64();
        let smooth = |known: f64| known + (took - known) / 8.0;
        self.round_trip = Some(self.round_trip.map_or(took, smooth));
        match reply {
            Reply::Accepted(allowance) => {
                self.rained(departure);
                self.told(departure.at, *allowance);
                if let (Some(limit), Some(remaining)) = (self.limit, allowance.remaining) {
                    self.weigh_window(departure.at, limit.saturating_sub(remaining) as usize);
                }
                self.accepted(departure);
            }
            Reply::Refused {
                retry_after,
                allowance,
            } => {
                self.refused(now, departure, *retry_after);
                self.told(departure.at, *allowance);
            }
        }
    }

    fn interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.pace)
    }

    fn accepted(&mut self, departure: &Departure) {
        if !departure.paced || self.drought.is_some() {
            return;
        }
        match self.ceiling {
            None => {
                let late = self.round_trip.unwrap_or_default().min(SLOW_ANSWER);
                // Each answer adds the same, so that the pace only grows as fast as answers come.
                self.pace = (self.pace + GROWTH * (GROWTH * late).exp()).min(MOST);
                if let Some(told) = self.told_ceiling()
                    && self.pace >= ROOM * told
                {
                    self.settle_at(told);
                }
            }
            Some(ceiling) => self.climb(departure.at, ceiling),
        }
    }

    /// Tries a little more once nothing was refused for long enough.
    fn climb(&mut self, at: Instant, ceiling: f64) {
        let quiet = at.saturating_duration_since(self.trial.quiet_since);
        if quiet < self.patience() {
            return;
        }
        if let Some(told) = self.told_ceiling()
            && ceiling >= told
            && self.is_tight(at)
        {
            self.trial_ends(at);
            self.settle_at(told);
            return;
        }
        let (since, from) = *self.trial.under_way.get_or_insert((at, ceiling));
        let climbed = at.saturating_duration_since(since).as_secs_f64();
        let share = (CLIMB * (climbed / CLIMB_DOUBLES).exp2()).min(STEEPEST_CLIMB);
        if ceiling > WON * from.max(self.trial.from) {
            self.trial.vain = 0;
        }
        self.settle_at((ceiling * (1.0 + share / self.pace)).min(MOST));
    }

    /// How long nothing must have been refused before more is tried.
    fn patience(&self) -> Duration {
        let requests = Duration::from_secs_f64(PATIENCE_IN_REQUESTS / self.pace);
        PATIENCE.max(requests).max(self.window * 2) * 2_u32.pow(self.trial.vain)
    }

    fn trial_ends(&mut self, at: Instant) {
        self.trial.quiet_since = self.trial.quiet_since.max(at);
        if let Some((_, from)) = self.trial.under_way.take() {
            self.trial.from = from;
            self.trial.vain = (self.trial.vain + 1).min(DOUBLINGS);
        }
    }

    fn settle_at(&mut self, ceiling: f64) {
        let least = 0.5 / self.window.as_secs_f64();
        let ceiling = ceiling.clamp(least, MOST);
        self.ceiling = Some(ceiling);
        self.pace = ROOM * ceiling;
    }

    fn refused(&mut self, now: Instant, departure: &Departure, retry_after: Option<Duration>) {
        self.sends.refuse(departure.number);
        let tried_from = self.trial.under_way.map(|(_, from)| from);
        self.trial_ends(departure.at);
        if let Some(wait) = retry_after {
            // The request and the next one take the same way, so the server waits as long between them as we do.
            self.hold_until(after(departure.at, wait));
            let longer = WINDOWS.into_iter().find(|window| *window >= wait);
            if let Some(window) = longer.filter(|window| *window > self.window) {
                self.look_back(window, departure.at);
                return;
            }
        }
        let blur = BLUR.min(Duration::from_secs_f64(BLUR_IN_REQUESTS / self.pace));
        let accepted = self.sends.accepted_within(self.window + blur, departure.at);
        if accepted == 0 {
            if retry_after.is_none() {
                self.dry(now, departure.at);
            }
            return;
        }
        let bound = accepted as f64 / self.window.as_secs_f64();
        let Some(ceiling) = self.ceiling else {
            let one_more = (accepted + 1) as f64 / self.window.as_secs_f64();
            let first = if accepted < FEW { one_more } else { bound };
            self.lower_to(first.min(self.pace), now);
            return;
        };
        let step = STEP_DOWN * ceiling;
        let lowered = match tried_from {
            Some(from) if bound < WON * from => from,
            _ if bound < FALL * ceiling && self.fell_before(departure.at) => bound,
            // It left when only the present pace counted, and was refused all the same.
            None if self
                .lowered
                .is_none_or(|at| departure.at >= at + self.window) =>
            {
                step
            }
            _ => bound.max(step),
        };
        if lowered < ceiling {
            self.lower_to(lowered, now);
        }
    }

    /// Whether a far lower ceiling showed before, a few windows ago at most: once can be chance where few are accepted.
    fn fell_before(&mut self, at: Instant) -> bool {
        let before = self.fell.replace(at);
        before.is_some_and(|before| at.saturating_duration_since(before) < self.window * 5)
    }

    fn lower_to(&mut self, ceiling: f64, now: Instant) {
        self.lowered = Some(now);
        self.settle_at(ceiling);
    }

    /// Waits longer and longer while nothing is accepted.
    fn dry(&mut self, now: Instant, at: Instant) {
        if self.not_before.is_some_and(|instant| instant > at) {
            return; // It left before the wait began, and says nothing new.
        }
        let drought = match self.drought {
            None => Drought {
                wait: DROUGHT,
                last_accepted: self.sends.last_accepted(at),
                last_refused: at,
            },
            Some(drought) => Drought {
                wait: (drought.wait * 2).min(LONGEST_DROUGHT),
                last_refused: at,
                ..drought
            },
        };
        self.drought = Some(drought);
        self.hold_until(now + drought.wait);
    }

    /// Ends a drought; a long one tells how far the server looks back.
    fn rained(&mut self, departure: &Departure) {
        let Some(drought) = self.drought.filter(|_| {
            self.not_before
                .is_none_or(|instant| departure.at >= instant)
        }) else {
            return;
        };
        self.drought = None;
        let Some(last) = drought.last_accepted else {
            return;
        };
        let lasted = drought.last_refused.saturating_duration_since(last);
        let longer = WINDOWS.into_iter().find(|window| *window >= lasted);
        if let Some(window) = longer.filter(|window| *window > self.window) {
            self.look_back(window, last);
        }
    }

    /// The server looks back further than was thought.
    fn look_back(&mut self, window: Duration, at: Instant) {
        self.window = window;
        let accepted = self.sends.accepted_within(window, at).max(1);
        self.settle_at(accepted as f64 / window.as_secs_f64());
    }

    /// Lets nothing leave before `instant`; an earlier instant than the one in force changes nothing.
    fn hold_until(&mut self, instant: Instant) {
        self.not_before = self.not_before.max(Some(instant));
    }

    /// The ceiling that follows from the limit that the server tells.
    fn told_ceiling(&self) -> Option<f64> {
        self.limit
            .map(|limit| f64::from(limit) / self.window.as_secs_f64())
    }

    fn is_tight(&self, at: Instant) -> bool {
        let recent = self.patience();
        self.tight
            .is_some_and(|tight| at.saturating_duration_since(tight) < recent)
    }

    fn told(&mut self, at: Instant, allowance: Allowance) {
        let Some(limit) = allowance.limit.filter(|limit| *limit > 0) else {
            return;
        };
        let before = self.limit.replace(limit);
        if before.is_some_and(|before| before < limit) && self.ceiling.is_some() {
            self.ceiling = None; // Rises again, as it did at first.
        }
        if let (Some(told), Some(ceiling)) = (self.told_ceiling(), self.ceiling)
            && before.is_some_and(|before| before > limit)
        {
            self.settle_at(ceiling.min(told));
        }
        let little = |remaining| f64::from(remaining) < TIGHT * f64::from(limit);
        if allowance.remaining.is_some_and(little) {
            self.tight = Some(at);
        }
    }

    /// Looks back further if just that explains what the server counts as used.
    fn weigh_window(&mut self, at: Instant, used: usize) {
        let tolerance = 2 + used / 50;
        let within = self.sends.accepted_within(self.window, at);
        let explained = if used > within * 3 / 2 + tolerance {
            WINDOWS
                .into_iter()
                .filter(|window| *window > self.window)
                .map(|window| (window, self.sends.accepted_within(window, at)))
                .find(|(_, longer)| longer + tolerance >= used)
                .filter(|(_, longer)| *longer <= used + tolerance)
        } else {
            None
        };
        let Some((window, _)) = explained else {
            self.witnesses = None;
            return;
        };
        let mut witnesses = self
            .witnesses
            .filter(|witnesses| witnesses.window == window)
            .unwrap_or(Witnesses {
                window,
                since: at,
                count: 0,
            });
        witnesses.count += 1;
        self.witnesses = Some(witnesses);
        let lasted = at.saturating_duration_since(witnesses.since);
        if witnesses.count >= WITNESSES && lasted >= WITNESSED {
            self.witnesses = None;
            self.window = window;
            if let Some(told) = self.told_ceiling() {
                self.settle_at(told);
            }
        }
    }
}

/// An instant so much later; a time beyond what the clock can tell counts as the longest window.
fn after(instant: Instant, time: Duration) -> Instant {
    instant
        .checked_add(time)
        .unwrap_or_else(|| instant + WINDOWS[WINDOWS.len() - 1])
}

#[cfg(test)]
mod tests;
