//! Whether the API is there at all.
//!
//! When so many requests in a row break or meet a server error, with no other answer between, everything is held; one
//! row probes from time to time, and the first answer lets everybody go on. Where fewer rows are left than that, as many
//! as are left are enough, if nobody was there at all: the last rows must not use up their attempts in an outage.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// Broken connections and server errors in a row that count as an outage.
const STREAK: u32 = 10;
const FIRST_PROBE_AFTER: Duration = Duration::from_millis(500);
const LONGEST_BETWEEN_PROBES: Duration = Duration::from_secs(30);

/// What the last answers tell about the API.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Failures since the last answer, and when the first of them was.
    streak: u32,
    since: Option<Instant>,
    /// When to probe next, and how long to wait after that.
    probe: Option<(Instant, Duration)>,
}

/// Who may send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Everybody.
    Everybody,
    /// One row, to find out.
    Probe,
    /// Nobody yet.
    Nobody,
}

impl Outage {
    /// Notes a request that broke or met a server error; so many in a row tell an outage by themselves.
    pub(super) fn failed(&self, now: Instant, enough: usize) {
        let mut state = self.0.lock().expect("no outage panics");
        state.streak += 1;
        state.since.get_or_insert(now);
        let enough = u32::try_from(enough).unwrap_or(STREAK).clamp(1, STREAK);
        if state.probe.is_none() && state.streak < enough {
            return;
        }
        state.probe = match state.probe {
            None => Some((now + FIRST_PROBE_AFTER, FIRST_PROBE_AFTER)),
            // What was under way when the outage was noticed breaks too, and says nothing new.
            Some(probe) if now < probe.0 => Some(probe),
            Some((_, waited)) => {
                let wait = (waited * 2).min(LONGEST_BETWEEN_PROBES);
                Some((now + wait, wait))
            }
        };
    }

    /// Notes an answer: the API is there.
    pub(super) fn answered(&self) {
        *self.0.lock().expect("no outage panics") = State::default();
    }

    /// Who may send now.
    pub(super) fn turn(&self, now: Instant) -> Turn {
        match self.until() {
            None => Turn::Everybody,
            Some(probe) if now >= probe => Turn::Probe,
            Some(_) => Turn::Nobody,
        }
    }

    /// When the next probe is due; `None` if there is no outage.
    pub(super) fn until(&self) -> Option<Instant> {
        self.0
            .lock()
            .expect("no outage panics")
            .probe
            .map(|(at, _)| at)
    }

    /// How long the API has been gone; `None` if there is no outage.
    pub(super) fn lasts(&self, now: Instant) -> Option<Duration> {
        let state = self.0.lock().expect("no outage panics");
        state.probe.and(state.since).map(|since| now - since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_between_failures_means_that_the_api_is_there() {
        let (outage, now) = (Outage::default(), Instant::now());
        for _ in 0..3 {
            (0..STREAK - 1).for_each(|_| outage.failed(now, usize::MAX));
            outage.answered();
        }
        assert_eq!(outage.turn(now), Turn::Everybody);
    }

    #[test]
    fn as_many_failures_as_rows_are_left_are_enough() {
        let (outage, now) = (Outage::default(), Instant::now());
        outage.failed(now, 2);
        assert_eq!(outage.turn(now), Turn::Everybody);
        outage.failed(now, 2);
        assert_eq!(outage.turn(now), Turn::Nobody);
        outage.answered();
        outage.failed(now, 0);
        assert_eq!(outage.turn(now), Turn::Nobody);
    }

    #[test]
    fn probes_come_at_growing_distances_until_one_is_answered() {
        let (outage, start) = (Outage::default(), Instant::now());
        (0..STREAK + 5).for_each(|_| outage.failed(start, usize::MAX));
        assert_eq!(outage.turn(start), Turn::Nobody);
        let (mut now, mut gaps) = (start, Vec::new());
        for _ in 0..8 {
            let probe = outage.until().expect("an outage");
            gaps.push((probe - now).as_millis());
            now = probe;
            assert_eq!(outage.turn(now), Turn::Probe);
            outage.failed(now, usize::MAX);
        }
        assert_eq!(gaps, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(outage.lasts(now), Some(now - start));
        outage.answered();
        assert_eq!(outage.turn(now), Turn::Everybody);
        assert_eq!(outage.lasts(now), None);
    }
}
