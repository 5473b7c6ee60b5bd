//! Trying a higher rate from time to time, so that a limit that has risen, or another client that has left, is found.

use std::time::{Duration, Instant};

use super::Window;

/// A trial in vain may cost this share of the requests since the refusal before.
const SPENT: f64 = 0.0094;
/// A higher rate is tried after so many requests and so long without a refusal, or so many pauses that one costs.
const EVERY: u64 = 100;
const AFTER: Duration = Duration::from_secs(8);
const AFTER_PAUSES: u32 = 15;
/// So many requests where the limit is so low that this would take minutes; twice as many after each trial in vain.
const EVERY_SLOW: u64 = 10;
/// After so many times as many where finding the limit has cost more refusals than this, and this share of all requests.
const PATIENTLY: f64 = 1.45;
const MUCH: u64 = 8;
const MUCH_SHARE: f64 = 0.01;
/// How much more the first step asks for, how much steeper each is than the one before, and the steepest.
const FIRST: f64 = 0.04;
const STEEPER: f64 = 2.5;
const STEEPEST: f64 = 0.8;
/// What a window or a bucket may have saved up, as a share of what it allows: so much more shows no higher limit.
const SAVED: f64 = 1.2;
/// Of what the last trial has won this share is kept where more turned out to be saved up.
const KEPT: f64 = 0.2;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trial {
    under_way: Option<UnderWay>,
    /// Accepted requests, all of them and since the last refusal.
    accepted: u64,
    quiet: u64,
    /// How many the last trial in vain has had refused, and whether it is being counted.
    cost: u64,
    counts: bool,
    /// How many trials were in vain.
    in_vain: u32,
    /// The rate before the last trial, if more was kept, and whether that was met again.
    kept: Option<f64>,
    lost: bool,
    /// How many were refused since the limit fell last.
    refused: u64,
}

/// A trial that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnderWay {
    /// The limits that it began from.
    pub(super) rate: Option<f64>,
    pub(super) long: Option<Window>,
    began: Instant,
    /// After how many accepted requests.
    after: u64,
    /// When the present step began, and how much more than the limits it asks for.
    step: (Instant, f64),
}

/// What a refusal says about a trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// It was in vain; this is the rate to go on with.
    Vain(f64),
    /// More was accepted than any bucket saves up: the limit is higher.
    Higher,
}

impl Trial {
    /// Takes in an accepted request.
    pub(super) fn accepted(&mut self) {
        self.accepted += 1;
        self.quiet += 1;
    }

    /// By how much more than the limits is asked for.
    pub(super) fn factor(&self) -> f64 {
        self.under_way.map_or(1.0, |trial| 1.0 + trial.step.1)
    }

    pub(super) fn under_way(&self) -> Option<UnderWay> {
        self.under_way
    }

    /// How long nothing must have been refused before a trial, where a refusal costs a pause and the window is so long.
    pub(super) fn patience(costs: Duration, window: Duration) -> Duration {
        AFTER.max(costs * AFTER_PAUSES).max(window * 2)
    }

    /// Whether so much was accepted since the last refusal that a trial in vain costs little; the first ones come sooner
    /// if the limit `is_slow`.
    pub(super) fn is_affordable(&self, is_slow: bool) -> bool {
        let often = EVERY.max((self.cost as f64 / SPENT) as u64);
        let often = match self.is_costly() {
            true => (often as f64 * PATIENTLY) as u64,
            false => often,
        };
        let first = EVERY_SLOW << self.in_vain.min(u64::BITS / 2);
        self.quiet >= if is_slow { often.min(first) } else { often }
    }

    /// Whether finding the limit has cost much already.
    fn is_costly(&self) -> bool {
        let share = (MUCH_SHARE * self.accepted as f64) as u64;
        self.refused > MUCH.max(share)
    }

    /// Begins a trial; with so many requests `under_way`.
    pub(super) fn begin(
        &mut self,
        at: Instant,
        rate: Option<f64>,
        long: Option<Window>,
        under_way: f64,
    ) {
        // What was kept was not met since.
        self.lost &= self.kept.take().is_none();
        self.under_way = Some(UnderWay {
            rate,
            long,
            began: at,
            after: self.accepted,
            step: (at, self.affordable(FIRST, under_way)),
        });
    }

    /// The factor by which the limits are higher now, if the present step has lasted long enough at `at` without a
    /// refusal; the next one is steeper.
    pub(super) fn step(&mut self, at: Instant, lasts: Duration, under_way: f64) -> Option<f64> {
        let (began, more) = self.under_way?.step;
        if at.saturating_duration_since(began) < lasts {
            return None;
        }
        let next = self.affordable((more * STEEPER).min(STEEPEST), under_way);
        if let Some(trial) = &mut self.under_way {
            trial.step = (at, next);
        }
        Some(1.0 + more)
    }

    /// So much of `more` that what is under way when a first refusal is known is no more than may be spent.
    fn affordable(&self, more: f64, under_way: f64) -> f64 {
        let spent = (SPENT * self.quiet as f64 / 4.0).max(1.0);
        more.min(spent / under_way)
    }

    /// Takes in a refusal; `is_new` unless it left before another one was known.
    pub(super) fn refused(&mut self, is_new: bool) {
        self.quiet = 0;
        self.refused += 1;
        if !is_new {
            self.cost += u64::from(self.counts);
        }
    }

    /// The limit has changed: what was refused before says nothing about the next trial.
    pub(super) fn forget_cost(&mut self) {
        (self.cost, self.counts, self.refused) = (0, false, 0);
    }

    /// Ends a trial, if one is under way.
    pub(super) fn end(&mut self) {
        self.under_way = None;
        self.quiet = 0;
    }

    /// Judges a refusal of what left at `at`, the first after something was accepted, by the limit up to now and how long
    /// its window seems to be; `None` if no trial is under way.
    pub(super) fn judge(&mut self, at: Instant, rate: f64, window: Duration) -> Option<Verdict> {
        self.counts = self.under_way.is_some();
        let trial = self.under_way?;
        self.cost = 1;
        let from = trial.rate?;
        let lasted = at.saturating_duration_since(trial.began).as_secs_f64();
        let accepted = (self.accepted - trial.after) as f64;
        let saved = SAVED * (from * window.as_secs_f64()).max(1.0);
        if accepted - lasted * from > saved {
            return Some(Verdict::Higher);
        }
        self.in_vain += 1;
        self.kept = Some(from.max((accepted - saved) / lasted));
        let share = if self.lost { KEPT } else { 1.0 };
        Some(Verdict::Vain(from + (rate - from).max(0.0) * share))
    }

    /// The rate before the last trial, if what was kept of it is met for the first time: it was what a bucket had saved.
    pub(super) fn is_lost(&mut self) -> Option<f64> {
        let before = self.kept.take()?;
        self.lost = true;
        self.cost += 1;
        Some(before)
    }
}
