//! Events become a progress bar, or a line from time to time where nobody could see one move.

mod looking;

use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::outcome::{Event, Hold, HoldReason, Slept, Status, Tally, Waits};

pub use looking::Looking;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// A bar on standard error.
    Bar,
    /// A line on standard error every few seconds.
    Lines,
    /// Nothing.
    Nothing,
}

/// How often a line is printed where there is no bar.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// The pace that is told is that of this long.
const PACE_OVER: Duration = Duration::from_secs(10);
/// How far notes of the pace lie apart.
const BETWEEN_NOTES: Duration = Duration::from_millis(100);

/// What a run has come to, on screen.
#[derive(Debug)]
pub struct Progress {
    show: Show,
    bar: ProgressBar,
    tally: Tally,
    statuses: HashMap<u32, Status>,
    total: usize,
    waits: Waits,
    pace: Recent,
    last_line: Instant,
}

impl Progress {
    /// Begins to show a run of so many rows.
    pub fn new(total: usize, show: Show) -> Progress {
        let target = match show {
            Show::Bar => ProgressDrawTarget::stderr(),
            Show::Lines | Show::Nothing => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        let template = "{bar:24} {human_pos}/{human_len}  {msg}";
        bar.set_style(
            ProgressStyle::with_template(template)
                .expect("the template is ours")
                .progress_chars("█▉▊▋▌▍▎▏ "),
        );
        if show == Show::Bar {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        let now = Instant::now();
        Progress {
            show,
            bar,
            tally: Tally::default(),
            statuses: HashMap::new(),
            total,
            waits: Waits::default(),
            pace: Recent::new(now),
            last_line: now,
        }
    }

    /// Shows what happened.
    pub fn show(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Sent(_)
                | Event::Withdrawn(_)
                | Event::Verified(_)
                | Event::Pace(_)
                | Event::Met(_) => {}
                Event::Settled(outcome) => {
                    if let Some(former) = self.statuses.insert(outcome.row, outcome.status) {
                        self.tally.remove(former);
                    }
                    self.tally.add(outcome.status);
                }
                Event::Waits(waits) => self.waits = *waits,
                Event::Slept(slept) => self.tell(woken(slept)),
            }
        }
        self.pace.note(Instant::now(), self.tally.total());
        match self.show {
            Show::Bar => {
                self.bar.set_position(self.tally.total() as u64);
                self.bar.set_message(self.message());
            }
            Show::Lines if self.last_line.elapsed() >= BETWEEN_LINES => {
                self.last_line = Instant::now();
                let (done, total) = (self.tally.total(), self.total);
                self.tell(format!("{done}/{total}  {}", self.message()));
            }
            Show::Lines | Show::Nothing => {}
        }
    }

    /// A line for itself.
    fn tell(&self, line: impl AsRef<str>) {
        match self.show {
            Show::Bar => self.bar.println(line),
            Show::Lines => {
                // A closed standard error must not end a run that goes well.
                let _ = writeln!(std::io::stderr(), "{}", line.as_ref());
            }
            Show::Nothing => {}
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn message(&self) -> String {
        let tally = &self.tally;
        let assigned = tally.of(Status::Assigned) + tally.of(Status::Unassigned);
        let failed =
            tally.of(Status::Failed) + tally.of(Status::Busy) + tally.of(Status::NotApplied);
        let mut parts = vec![format!(
            "{assigned} assigned, {} unchanged, {failed} failed",
            tally.of(Status::Unchanged)
        )];
        if self.waits.parked > 0 {
            parts.push(format!("{} waiting", self.waits.parked));
        }
        if let Some((read, of)) = self.waits.survey {
            parts.push(format!("{read} of {of} checked before the first write"));
        }
        if self.waits.unverified > 0 {
            parts.push(format!("{} to read back", self.waits.unverified));
        }
        if let Some(pace) = self.pace.reached() {
            let left = self.total.saturating_sub(tally.total()) as f64 / pace;
            parts.push(format!("{pace:.1}/s"));
            parts.extend(time_left(left));
        }
        if let Some(hold) = self.waits.hold {
            parts.extend(held(hold, Instant::now()));
        }
        parts.join("  ")
    }
}

/// How many rows were done at which instant, over the last seconds.
#[derive(Debug)]
struct Recent(VecDeque<(Instant, usize)>);

impl Recent {
    fn new(now: Instant) -> Recent {
        Recent(VecDeque::from([(now, 0)]))
    }

    fn note(&mut self, now: Instant, done: usize) {
        // The last one that is older stays, so that what is left spans the time whole.
        while self
            .0
            .get(1)
            .is_some_and(|(at, _)| now.duration_since(*at) >= PACE_OVER)
        {
            self.0.pop_front();
        }
        let close = |(at, _): &(Instant, usize)| now.duration_since(*at) < BETWEEN_NOTES;
        if self.0.len() > 1 && self.0.iter().nth_back(1).is_some_and(close) {
            self.0.pop_back();
        }
        self.0.push_back((now, done));
    }

    /// Rows a second; `None` as long as it would be a guess.
    fn reached(&self) -> Option<f64> {
        let ((began, before), (now, done)) = (self.0.front()?, self.0.back()?);
        let seconds = now.duration_since(*began).as_secs_f64();
        let rows = done.saturating_sub(*before);
        (seconds > 0.5 && rows > 0).then(|| rows as f64 / seconds)
    }
}

/// How long it takes still; `None` if that is not worth telling.
fn time_left(seconds: f64) -> Option<String> {
    let left = Duration::from_secs_f64(seconds);
    (left >= Duration::from_secs(1)).then(|| format!("{} left", HumanDuration(left)))
}

/// What is to be known after the computer slept.
fn woken(slept: &Slept) -> String {
    let asleep = HumanDuration(Duration::from_secs(slept.seconds));
    format!("The computer slept for {asleep}; contacts are read again before they are written.")
}

/// What the run waits for; `None` once the pause is over.
fn held(hold: Hold, now: Instant) -> Option<String> {
    let left = hold
        .until
        .checked_duration_since(now)
        .filter(|left| *left > Duration::from_millis(500))?;
    let seconds = left.as_secs_f64().ceil();
    Some(match hold.why {
        HoldReason::Throttled => format!("the API asked for a pause: {seconds} s"),
        HoldReason::Outage => format!("the API does not answer: trying again in {seconds} s"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;

    fn settled(row: u32, status: Status) -> Event {
        Event::Settled(Outcome {
            row,
            status,
            previous: None,
            error: None,
            http: None,
            contact_id: None,
            attempts: 1,
            at: jiff::Timestamp::UNIX_EPOCH,
        })
    }

    #[test]
    fn a_later_outcome_of_a_row_replaces_the_former() {
        let mut progress = Progress::new(3, Show::Nothing);
        progress.show(&[
            settled(2, Status::Assigned),
            settled(3, Status::Failed),
            settled(2, Status::Conflict),
        ]);
        assert_eq!(progress.tally.total(), 2);
        assert!(
            progress
                .message()
                .starts_with("0 assigned, 0 unchanged, 1 failed"),
            "{}",
            progress.message()
        );
    }

    #[test]
    fn the_pace_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let mut pace = Recent::new(start);
        assert_eq!(pace.reached(), None);
        let mut done = 0;
        for tenth in 1..=600 {
            done += if tenth <= 300 { 1 } else { 5 };
            pace.note(start + Duration::from_millis(tenth * 100), done);
            let reached = pace.reached();
            match tenth {
                300 => assert_eq!(reached.map(f64::round), Some(10.0)),
                600 => assert_eq!(reached.map(f64::round), Some(50.0)),
                _ => {}
            }
        }
        assert!(pace.0.len() < 150, "{}", pace.0.len());
    }

    #[test]
    fn no_time_left_is_not_told() {
        assert_eq!(time_left(0.0), None);
        assert_eq!(time_left(0.9), None);
        assert_eq!(time_left(61.0).as_deref(), Some("61 seconds left"));
    }

    #[test]
    fn a_sleep_is_told_in_one_line() {
        let slept = Slept {
            at: jiff::Timestamp::UNIX_EPOCH,
            seconds: 2 * 3600,
        };
        assert_eq!(
            woken(&slept),
            "The computer slept for 2 hours; contacts are read again before they are written."
        );
    }

    #[test]
    fn a_pause_is_told_until_it_is_over() {
        let now = Instant::now();
        let hold = Hold {
            why: HoldReason::Throttled,
            until: now + Duration::from_millis(2500),
        };
        assert_eq!(
            held(hold, now).as_deref(),
            Some("the API asked for a pause: 3 s")
        );
        assert_eq!(held(hold, now + Duration::from_secs(3)), None);
    }
}
