//! What a refusal tells of the limit.

use std::time::{Duration, Instant};

use super::drought::{self, Drought, SAME};
use super::higher_rate::Verdict;
use super::sends::{ENOUGH, Refusals};
use super::{AdaptiveRate, COSTLY, Departure, GUESSED, LEAST, LONG, SHORT, START, Sure, Window};

/// A guess is this much lower than the pace that was refused.
const LESS: f64 = 0.9;
/// Fewer requests in a second than this are too few to go by the pace.
const FEW: f64 = 3.0;
/// A limit that is met again is taken to be this much lower; one far lower is believed when it shows twice in so long.
const STEP_DOWN: f64 = 0.98;
const FALL: f64 = 0.85;
const TWICE_IN: Duration = Duration::from_secs(5);
/// A rate is measured over so long, if there are refusals from then; over less it may be this one or a higher one.
const MEASURED_FOR: Duration = Duration::from_secs(3);
/// While the pace grows, fewer than this share of what was accepted in a second before show that a bucket is empty.
const EMPTIED: f64 = 0.92;
/// A drought of more than this, without a word about how long, is taken for an outage until it comes again.
const OUTAGE: Duration = Duration::from_secs(12);
/// Where answers take longer than this, in seconds, asking one by one would take too long.
const NEAR: f64 = 0.25;
/// Fewer accepted requests than this between two refusals say that the limit is met again and again, not by chance.
const SOON: usize = 100;

impl AdaptiveRate {
    /// Takes in a refusal.
    pub(super) fn refused(
        &mut self,
        now: Instant,
        departure: &Departure,
        retry_after: Option<Duration>,
    ) {
        let at = departure.at;
        self.sends.refuse(at);
        if let Some(wait) = retry_after {
            // The request and the next one take the same way, so the server waits as long between them as we do.
            let until = at.checked_add(wait).unwrap_or(at + LONG[LONG.len() - 1]);
            self.hold_until(until);
        }
        let is_new = self.known.is_none_or(|known| at >= known);
        self.trial.refused(is_new);
        if let Some(drought) = &mut self.drought {
            drought.refuse(at);
        }
        if !is_new {
            return;
        }
        self.known = Some(now);
        self.last_refused = Some(at);
        let asks_again = match &mut self.drought {
            Some(drought) => Some(drought.wait_longer(now)),
            None => {
                self.refused_at = self.pace();
                self.costs = retry_after.unwrap_or_default();
                let accepted = self.sends.within(SHORT[0] + self.blur(), at);
                let last_accepted = self.sends.last_up_to(at);
                let mut drought = self.droughts.begin(at, last_accepted, accepted == 0);
                drought.refuse(at);
                let is_unknown = self.limit.is_none() && self.long.is_none();
                if is_unknown
                    && self.answers_soon()
                    && retry_after.is_none_or(|wait| wait.is_zero())
                {
                    drought.stops_at_once(self.pace() * self.latency.usual());
                }
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

    /// Whether answers come so soon that asking one by one takes little time.
    pub(super) fn answers_soon(&self) -> bool {
        self.latency.usual() < NEAR
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
        self.is_measured = sure != Sure::Guessed;
        match self.trial.judge(at, limit, self.window()) {
            Some(Verdict::Vain(rate)) => self.limit = Some((rate, Sure::Proven)),
            Some(Verdict::Higher) => {
                let guess = self.sends.within(SHORT[0] + self.blur(), at) as f64;
                self.limit = Some((guess.max(limit), Sure::Guessed));
                self.since = at.checked_sub(Duration::from_nanos(1)).unwrap_or(at);
                self.is_measured = false;
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
            let lately = self.sends.rate_up_to(at, self.dry_until, SOON);
            let fell = |(before, same): &(Instant, f64)| {
                let is_soon = at.saturating_duration_since(*before) < TWICE_IN.max(window * 5);
                is_soon && rate.min(*same) + 1.0 >= SAME * rate.max(*same)
            };
            let before = match rate < FALL * limit {
                true => self.fell.replace((at, rate)),
                false => None,
            };
            if let Some((_, same)) = before.filter(fell) {
                self.trial.forget_cost();
                rate.min(same)
            } else if let Some(lately) = lately {
                // It is that at least, because less may have been asked for than was allowed; and it is no more than was
                // accepted just before the refusal.
                let middle = (lately + rate.max(lately)) / 2.0;
                middle.clamp(limit / 2.0, limit)
            } else {
                rate.clamp(STEP_DOWN * limit, limit)
            }
        };
        let most = self.refilled_lately(at).unwrap_or(met);
        self.limit = Some((met.min(most), Sure::Proven));
    }

    /// How many a second were accepted at most between refusals within two seconds before `at`, where only few were and
    /// the server tells nothing.
    fn refilled_lately(&self, at: Instant) -> Option<f64> {
        let refusals = self.sends.refusals(at.checked_sub(SHORT[1])?);
        let [first, _, ..] = refusals.as_slice() else {
            return None;
        };
        let is_few = self.sends.within(at.duration_since(first.last), at) < ENOUGH;
        (is_few && self.told.limit().is_none()).then(|| self.refilled(first.last, at))
    }

    /// How many a second were accepted at most from one refusal to another, however few these are.
    fn refilled(&self, first: Instant, last: Instant) -> f64 {
        let span = last.saturating_duration_since(first);
        (self.sends.within(span, last) + 1) as f64 / span.as_secs_f64()
    }

    /// Something that left at `at` was accepted; if nothing was for a while, that tells how much is.
    pub(super) fn released(&mut self, at: Instant) {
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
            // What was refused meanwhile says nothing of the limit: what was known before does, if that is anything.
            Some((limit, _)) if limit < FEW && self.was_outage(&drought, at) => {
                self.limit = None;
                self.free = START;
            }
            Some(_) if self.was_outage(&drought, at) => {}
            Some(_) => self.weigh(at),
            None => {}
        }
        if let Some(long) = self.droughts.end(&drought, at, self.told.met()) {
            self.uses_at_once(long);
        }
        if drought.was_long(at) {
            self.since = drought.last_refused;
            self.dry_until = Some(drought.last_refused);
        }
    }

    /// Whether nothing but an outage explains that drought, if it was over at `at`.
    fn was_outage(&self, drought: &Drought, at: Instant) -> bool {
        let lasted = at.saturating_duration_since(drought.first_refused);
        drought.was_long(at) && self.costs < COSTLY && lasted > OUTAGE
    }

    /// What was measured without knowing of this window was its average, unless it is far more: then it is another limit.
    pub(super) fn uses_at_once(&mut self, long: Window) {
        self.long = Some(long);
        let most = drought::MORE * long.rate();
        self.limit = self
            .limit
            .filter(|(limit, sure)| *sure == Sure::Proven && *limit > most);
        self.since = self.last_refused.unwrap_or(self.since);
    }

    /// What the refusals since a limit was proven last tell of it.
    fn weigh(&mut self, at: Instant) {
        let refusals = self.sends.refusals(self.since);
        let (Some(first), Some(last)) = (refusals.first(), refusals.last()) else {
            return;
        };
        let second = SHORT[0] + self.blur();
        let within_a_second = |refusals: &Refusals| self.sends.within(second, refusals.last) as f64;
        let lately = within_a_second(last);
        let told = self.told.met().map(f64::from);
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
        let span = last.last.saturating_duration_since(since).max(SHORT[0]);
        let steady = match self.sends.rate_between(since, last.last) {
            // The window ends somewhere between the last refusal and now.
            Some(rate) if at.duration_since(last.first) > SHORT[0] => {
                let least = self.sends.rate_between(since, at).unwrap_or(rate);
                (least * rate).sqrt()
            }
            Some(rate) => rate,
            // Nothing was accepted in the last second, and too few before to tell a rate; but it is not nothing.
            None if lately < 1.0 => {
                (self.sends.within(span, last.last) + 1) as f64 / span.as_secs_f64()
            }
            None => 0.0,
        };
        // What was accepted long ago, at another pace, tells less than what was since.
        let span_from = |other: &Refusals| last.last.duration_since(other.last);
        let is_before = |other: &&Refusals| span_from(other) >= MEASURED_FOR;
        let from = refusals.iter().rev().find(is_before).unwrap_or(first);
        let found = if is_one {
            // What a bucket had saved up is gone: since the first refusal it gives out no more than it gets.
            let is_growing = self.sends.refused_before(first.first).is_none();
            let is_refilled = match is_growing {
                true => refusals.len() > 2 && lately < EMPTIED * within_a_second(first),
                false => refusals.len() > 1,
            };
            let most = match is_refilled {
                true => self.refilled(first.last, last.last),
                false => f64::MAX,
            };
            // All that was accepted within the first second is what a window of a second allows.
            let is_all = last.last.saturating_duration_since(since) < SHORT[0];
            let sure = match is_all && self.costs >= COSTLY {
                true => Sure::Measured,
                false => Sure::Guessed,
            };
            // Next to nothing was accepted yet: the limit may lie anywhere up to the pace that was refused.
            let seen = match is_all && lately < 2.0 {
                true => (lately * self.refused_at).sqrt(),
                false => lately,
            };
            (seen.max(steady).min(most), sure)
        } else if least >= SAME * most {
            // Each time as many as in a second.
            (least, Sure::Measured)
        } else if let Some(rate) = self.sends.rate_between(from.last, last.last) {
            let rate = match span_from(from) < MEASURED_FOR {
                true => (rate + least.max(rate)) / 2.0,
                false => rate,
            };
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
}
