//! Whether the API is there at all.
//!
//! Reads and writes count apart. When requests for so many contacts in a row break or meet a server error, with no
//! success between, their kind is held; one request probes from time to time, and the first answer lets everybody go on.
//! Where fewer are left than that, as many as are left are enough: the last ones must not use up their attempts in an
//! outage. But a few contacts can also break by themselves. So where a contact is known that could be read before, the
//! probe is to read that one: if it is answered, the API is there, and what breaks does so for its own reasons.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Contacts in a row whose requests break that count as an outage.
const STREAK: usize = 10;
/// Probes lie apart by as long as the outage has lasted, at first, and later by a part of that, within these bounds: so nobody
/// waits much longer than the outage lasts.
const PART: f64 = 1.0 / 3.0;
const FREQUENT: Duration = Duration::from_secs(2);
const BETWEEN_PROBES: RangeInclusive<Duration> =
    Duration::from_millis(500)..=Duration::from_secs(10);

/// What an outage is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Reads,
    Writes,
}

/// What the last answers tell about the API.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<[State; 2]>);

#[derive(Debug, Default)]
struct State {
    /// What failed since the last success, and when the first of it did.
    failing: HashSet<u64>,
    since: Option<Instant>,
    /// When to probe next.
    probe: Option<Instant>,
}

/// Who may send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Everybody.
    Everybody,
    /// This one, to find out; nobody else.
    Probe,
    /// Nobody before this instant.
    Wait(Instant),
}

impl Outage {
    /// Notes a request for `what` that broke or met a server error. `left` is how many there are that could fail.
    pub(super) fn failed(&self, side: Side, what: u64, now: Instant, left: usize) {
        let mut states = self.states();
        let state = &mut states[side as usize];
        state.failing.insert(what);
        state.since.get_or_insert(now);
        if state.probe.is_none() && state.failing.len() < left.clamp(1, STREAK) {
            return;
        }
        // What was under way when the outage was noticed breaks too, and says nothing new.
        state.probe.get_or_insert(now + *BETWEEN_PROBES.start());
    }

    /// Notes an answer: this side of the API is there.
    pub(super) fn answered(&self, side: Side) {
        self.states()[side as usize] = State::default();
    }

    /// Who may send now. Whoever is told to probe has taken that turn: the next one comes later.
    pub(super) fn turn(&self, side: Side, now: Instant) -> Turn {
        let mut states = self.states();
        let state = &mut states[side as usize];
        match (state.probe, state.since) {
            (Some(at), _) if now < at => Turn::Wait(at),
            (Some(_), Some(since)) => {
                let (least, most) = BETWEEN_PROBES.into_inner();
                let lasted = now - since;
                let wait = lasted.min(lasted.mul_f64(PART).max(FREQUENT));
                state.probe = Some(now + wait.clamp(least, most));
                Turn::Probe
            }
            _ => Turn::Everybody,
        }
    }

    /// When the next probe is due; `None` if there is no outage.
    pub(super) fn until(&self, side: Side) -> Option<Instant> {
        self.states()[side as usize].probe
    }

    /// How long the API has been gone; `None` if there is no outage.
    pub(super) fn lasts(&self, side: Side, now: Instant) -> Option<Duration> {
        let states = self.states();
        let state = &states[side as usize];
        state.probe.and(state.since).map(|since| now - since)
    }

    fn states(&self) -> MutexGuard<'_, [State; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_between_failures_means_that_the_api_is_there() {
        let (outage, now) = (Outage::default(), Instant::now());
        for _ in 0..3 {
            (0..9).for_each(|n| outage.failed(Side::Reads, n, now, usize::MAX));
            outage.answered(Side::Reads);
        }
        assert_eq!(outage.turn(Side::Reads, now), Turn::Everybody);
    }

    #[test]
    fn a_few_contacts_that_fail_again_and_again_are_no_outage() {
        let (outage, now) = (Outage::default(), Instant::now());
        (0..100).for_each(|n| outage.failed(Side::Writes, n % 5, now, usize::MAX));
        assert_eq!(outage.until(Side::Writes), None);
    }

    #[test]
    fn as_many_as_are_left_are_enough() {
        let (outage, now) = (Outage::default(), Instant::now());
        outage.failed(Side::Writes, 1, now, 2);
        assert_eq!(outage.turn(Side::Writes, now), Turn::Everybody);
        outage.failed(Side::Writes, 2, now, 2);
        assert!(matches!(outage.turn(Side::Writes, now), Turn::Wait(_)));
        assert_eq!(outage.turn(Side::Reads, now), Turn::Everybody);
    }

    #[test]
    fn probes_come_at_growing_distances_until_one_is_answered() {
        let (outage, start) = (Outage::default(), Instant::now());
        (0..15).for_each(|n| outage.failed(Side::Reads, n, start, usize::MAX));
        let (mut now, mut gaps) = (start, Vec::new());
        for _ in 0..20 {
            let probe = outage.until(Side::Reads).expect("an outage");
            gaps.push((probe - now).as_millis());
            now = probe;
            assert_eq!(outage.turn(Side::Reads, now), Turn::Probe);
            assert!(matches!(outage.turn(Side::Reads, now), Turn::Wait(_)));
            outage.failed(Side::Reads, 99, now, usize::MAX);
        }
        assert_eq!(gaps[..6], [500, 500, 1000, 2000, 2000, 2000]);
        assert_eq!(gaps[gaps.len() - 1], 10_000);
        // Whenever it ends after some seconds, that is noticed before half of the time has passed again.
        let mut lasted = 0;
        for gap in gaps {
            assert!(lasted < 4000 || gap <= lasted / 2, "{gap} after {lasted}");
            lasted += gap;
        }
        assert_eq!(outage.lasts(Side::Reads, now), Some(now - start));
        outage.answered(Side::Reads);
        assert_eq!(outage.lasts(Side::Reads, now), None);
    }
}
