//! How fast rows are done, and how long it takes until all are.
//!
//! Where a server allows so many in a long window, rows are done in bursts, and a pace says little: then it is counted
//! how many further windows it takes. Else the rows of the last seconds tell the pace.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The pace is that of this long; where the last seconds are faster, it still grows, and they count.
const OVER: Duration = Duration::from_secs(10);
const LATELY: Duration = Duration::from_secs(3);
const FASTER: f64 = 1.1;
/// Rows that follow each other after no more than this belong to one burst.
const GAP: Duration = Duration::from_secs(2);
/// How far notes of what is done lie apart.
const BETWEEN_NOTES: Duration = Duration::from_millis(100);
/// A burst with this many times the rows of the one before shows that it does not end there.
const LONGER: f64 = 1.1;

/// What is known of how fast rows are done.
#[derive(Debug)]
pub struct Estimate {
    /// How many rows were done at which instant, over the last seconds.
    notes: VecDeque<(Instant, usize)>,
    /// When the present burst began, and after how many rows.
    began: Option<(Instant, usize)>,
    /// When the last row was done, as far as that was seen.
    last: Option<Instant>,
    cycle: Option<Cycle>,
}

/// From the beginning of one burst to that of the next.
#[derive(Clone, Copy, Debug)]
struct Cycle {
    length: Duration,
    rows: f64,
    /// How long the rows took, without the pause after them.
    burst: Duration,
}

impl Estimate {
    /// Nothing is done yet.
    pub fn new(now: Instant) -> Estimate {
        Estimate {
            notes: VecDeque::from([(now, 0)]),
            began: None,
            last: None,
            cycle: None,
        }
    }

    /// Notes that so many rows were done at `now`.
    pub fn note(&mut self, now: Instant, done: usize) {
        let before = self.done();
        if done > before {
            let (began, first) = *self.began.get_or_insert((now, before));
            if let Some(last) = self.last
                && now.duration_since(last) >= GAP
            {
                self.cycle = Some(Cycle {
                    length: now.duration_since(began),
                    rows: before.saturating_sub(first).max(1) as f64,
                    burst: last.duration_since(began),
                });
                self.began = Some((now, before));
            }
            self.last = Some(now);
        }
        // The last one that is older stays, so that what is left spans the time whole.
        while self
            .notes
            .get(1)
            .is_some_and(|(at, _)| now.duration_since(*at) >= OVER)
        {
            self.notes.pop_front();
        }
        let close = |(at, _): &(Instant, usize)| now.duration_since(*at) < BETWEEN_NOTES;
        if self.notes.len() > 1 && self.notes.iter().nth_back(1).is_some_and(close) {
            self.notes.pop_back();
        }
        self.notes.push_back((now, done));
    }

    /// The API was gone: how long that took says nothing about what comes.
    pub fn forget_pauses(&mut self) {
        (self.began, self.last, self.cycle) = (None, None, None);
    }

    /// Rows a second; `None` as long as it would be a guess.
    pub fn pace(&self) -> Option<f64> {
        if let Some(cycle) = self.cycle() {
            return Some(cycle.rows / cycle.length.as_secs_f64());
        }
        let long = self.over(OVER)?;
        let lately = self.over(LATELY).unwrap_or(0.0);
        Some(if lately > FASTER * long { lately } else { long })
    }

    /// How long it takes at `now` until so many more rows are done; `None` as long as it would be a guess.
    pub fn left(&self, now: Instant, rows: usize) -> Option<Duration> {
        let rows = rows as f64;
        let (Some(cycle), Some((began, first)), Some(last)) = (self.cycle(), self.began, self.last)
        else {
            return Some(Duration::from_secs_f64(rows / self.pace()?));
        };
        let speed = cycle.rows / cycle.burst.as_secs_f64().max(0.5);
        let is_over = now.saturating_duration_since(last) >= GAP;
        let used = self.done().saturating_sub(first) as f64;
        let in_burst = if is_over {
            0.0
        } else {
            (cycle.rows - used).max(0.0)
        };
        if rows <= in_burst {
            return Some(Duration::from_secs_f64(rows / speed));
        }
        let after = rows - in_burst;
        let whole = (after / cycle.rows).ceil() - 1.0;
        let next = (began + cycle.length).saturating_duration_since(now);
        let rest = (after - whole * cycle.rows) / speed;
        Some(next + cycle.length.mul_f64(whole) + Duration::from_secs_f64(rest))
    }

    /// The cycle, unless more was done since than it would allow.
    fn cycle(&self) -> Option<Cycle> {
        let (_, first) = self.began?;
        let used = self.done().saturating_sub(first) as f64;
        self.cycle.filter(|cycle| used <= LONGER * cycle.rows)
    }

    fn done(&self) -> usize {
        self.notes.back().map_or(0, |(_, done)| *done)
    }

    /// Rows a second over the last time.
    fn over(&self, time: Duration) -> Option<f64> {
        let (now, done) = self.notes.back()?;
        let since = |(at, _): &(Instant, usize)| now.duration_since(*at) >= time;
        let first = self.notes.partition_point(since).saturating_sub(1);
        let (began, before) = self.notes.get(first)?;
        let seconds = now.duration_since(*began).as_secs_f64();
        let rows = done.saturating_sub(*before);
        (seconds > 0.5 && rows > 0).then(|| rows as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes ten times a second how many rows are done by then.
    fn noted(seconds: u64, done: impl Fn(f64) -> usize) -> (Estimate, Instant) {
        let start = Instant::now();
        let mut estimate = Estimate::new(start);
        for tenth in 1..=seconds * 10 {
            let after = Duration::from_millis(tenth * 100);
            estimate.note(start + after, done(after.as_secs_f64()));
        }
        (estimate, start + Duration::from_secs(seconds))
    }

    #[track_caller]
    fn is_about(left: Option<Duration>, seconds: f64) {
        let left = left.expect("an estimate").as_secs_f64();
        assert!((left - seconds).abs() <= 0.05 * seconds + 0.5, "{left}");
    }

    #[test]
    fn the_pace_is_that_of_the_last_seconds() {
        let (estimate, now) = noted(30, |after| (10.0 * after) as usize);
        assert_eq!(estimate.pace().map(f64::round), Some(10.0));
        is_about(estimate.left(now, 100), 10.0);
        let faster = |after: f64| (10.0 * after + 40.0 * (after - 30.0).max(0.0)) as usize;
        let (estimate, now) = noted(34, faster);
        assert_eq!(estimate.pace().map(f64::round), Some(50.0));
        is_about(estimate.left(now, 1000), 20.0);
        assert_eq!(Estimate::new(now).left(now, 10), None);
    }

    #[test]
    fn where_rows_come_in_bursts_whole_windows_are_counted() {
        // A hundred rows in the first ten seconds of every two minutes.
        let done = |after: f64| {
            let window = (after / 120.0).floor();
            (window * 100.0 + ((after - window * 120.0) * 10.0).min(100.0)) as usize
        };
        for (at, rows, left) in [
            (125, 150, 115.0 + 10.0),
            (160, 100, 80.0 + 10.0),
            (239, 20, 1.0 + 2.0),
            (245, 20, 2.0),
            (300, 101, 60.0 + 120.0),
        ] {
            let (estimate, now) = noted(at, done);
            is_about(estimate.left(now, rows), left);
        }
    }

    #[test]
    fn a_pause_that_does_not_come_again_is_no_window() {
        let done = |after: f64| (10.0 * (after.min(20.0) + (after - 80.0).max(0.0))) as usize;
        let (estimate, now) = noted(105, done);
        is_about(estimate.left(now, 500), 50.0);
    }
}
