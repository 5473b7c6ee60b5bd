//! Events become a progress bar, or a line from time to time where nobody could see one move.

mod estimate;
mod looking;
mod narrower;

use std::collections::HashMap;
use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::outcome::{Event, Hold, HoldReason, Slept, Status, Tally, Waits};
use crate::terminal::{Screen, streams, width_of_errors};
use crate::unprintable::visible;
use crate::wording::number;

pub use estimate::Estimate;
pub use looking::Looking;
use narrower::Narrower;

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

/// The width of the bar itself.
const BAR: usize = 16;
/// What stands between the parts of a line.
const BETWEEN: &str = "  ";

/// How often a line is printed where there is no bar.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// After so long without a row that is done, it is told once why.
const NOTHING_DONE: Duration = Duration::from_secs(30);
/// What a run has come to, on screen.
#[derive(Debug)]
pub struct Progress {
    show: Show,
    bar: ProgressBar,
    narrower: Narrower,
    tally: Tally,
    statuses: HashMap<u32, Status>,
    total: usize,
    waits: Waits,
    estimate: Estimate,
    /// When the last row was done, and whether it was told since why none is.
    done: Instant,
    explained: bool,
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
        let template = format!("{{bar:{BAR}}} {{human_pos}}/{{human_len}}{BETWEEN}{{wide_msg}}");
        bar.set_style(
            ProgressStyle::with_template(&template)
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
            narrower: Narrower::default(),
            tally: Tally::default(),
            statuses: HashMap::new(),
            total,
            waits: Waits::default(),
            estimate: Estimate::new(now),
            done: now,
            explained: false,
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
                    (self.done, self.explained) = (Instant::now(), false);
                }
                Event::Waits(waits) => self.wait(*waits),
                Event::Slept(slept) => self.tell(woken(slept)),
            }
        }
        self.estimate.note(Instant::now(), self.tally.total());
        if !self.explained && self.done.elapsed() >= NOTHING_DONE {
            self.explained = true;
            self.tell(format!(
                "No row was done for {} seconds; {}.",
                self.done.elapsed().as_secs(),
                self.why().unwrap_or_else(|| {
                    let hold = self.waits.hold;
                    hold.map_or("answers are slow", |hold| cause(hold.why))
                        .to_owned()
                })
            ));
        }
        match self.show {
            Show::Bar => {
                self.narrower.clear(&self.bar);
                self.bar.set_position(self.tally.total() as u64);
                let room =
                    width_of_errors().map(|width| width.saturating_sub(self.before_the_message()));
                self.bar.set_message(fitting(&self.parts(), room));
            }
            Show::Lines if self.last_line.elapsed() >= BETWEEN_LINES => {
                self.last_line = Instant::now();
                let (done, total) = (self.tally.total(), self.total);
                self.tell(format!("{done}/{total}  {}", self.parts().join(BETWEEN)));
            }
            Show::Lines | Show::Nothing => {}
        }
    }

    /// Takes in what the run waits for.
    fn wait(&mut self, waits: Waits) {
        if waits
            .hold
            .is_some_and(|hold| hold.why == HoldReason::Outage)
        {
            self.estimate.forget_pauses();
        }
        self.waits = waits;
    }

    /// What keeps rows from being done.
    fn why(&self) -> Option<String> {
        let held = self.waits.hold.and_then(|hold| held(hold, Instant::now()));
        held.or_else(|| {
            let parked = self.waits.parked;
            (parked > 0).then(|| format!("the API has {parked} contacts in its queue"))
        })
    }

    /// Does something else on the screen, without the bar.
    pub fn aside<T>(&self, what: impl FnOnce() -> T) -> T {
        self.bar.suspend(what)
    }

    /// A line for itself.
    pub fn tell(&self, line: impl AsRef<str>) {
        match self.show {
            Show::Bar => self.bar.suspend(|| Screen::of(line.as_ref()).print_err()),
            Show::Lines => {
                // A closed standard error must not end a run that goes well.
                let _ = writeln!(streams::stderr(), "{}", visible(line.as_ref()));
            }
            Show::Nothing => {}
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// How many columns the bar and the counts beside it take.
    fn before_the_message(&self) -> usize {
        let of = |count: usize| number(count).len();
        BAR + 1 + of(self.tally.total()) + 1 + of(self.total) + BETWEEN.len()
    }

    /// What is told beside the bar, the most important first.
    fn parts(&self) -> Vec<String> {
        let tally = &self.tally;
        let assigned = tally.of(Status::Assigned) + tally.of(Status::Unassigned);
        let failed =
            tally.of(Status::Failed) + tally.of(Status::Busy) + tally.of(Status::NotApplied);
        let counts = [
            (tally.of(Status::Unchanged), "right already"),
            (failed, "failed"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let done = counts.fold(
            format!("{} changed", number(assigned)),
            |done, (count, what)| format!("{done}, {} {what}", number(count)),
        );
        let mut parts = vec![done];
        parts.extend(self.waits.hold.and_then(|hold| held(hold, Instant::now())));
        if let Some((read, of)) = self.waits.owners_checked {
            parts.push(format!("{read} of {of} owners checked first"));
        }
        let rows = self.total.saturating_sub(tally.total());
        let left = self.estimate.left(Instant::now(), rows);
        parts.extend(left.and_then(time_left));
        if let Some(pace) = self.estimate.pace() {
            parts.push(format!("{pace:.1}/s"));
        }
        if self.waits.parked > 0 {
            parts.push(format!("{} waiting", self.waits.parked));
        }
        if self.waits.unverified > 0 {
            parts.push(format!("{} to check", self.waits.unverified));
        }
        parts
    }
}

/// As many parts as there is room for, whole ones; the first in any case.
fn fitting(parts: &[String], room: Option<usize>) -> String {
    let mut line = String::new();
    for part in parts {
        let longer = if line.is_empty() {
            part.clone()
        } else {
            format!("{line}{BETWEEN}{part}")
        };
        if !line.is_empty() && room.is_some_and(|room| longer.chars().count() > room) {
            break;
        }
        line = longer;
    }
    line
}

/// How long it takes still; `None` if that is not worth telling.
fn time_left(left: Duration) -> Option<String> {
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
        HoldReason::Turn => format!("next change in {seconds} s, to keep the rate"),
    })
}

/// The same where that is just over.
fn cause(why: HoldReason) -> &'static str {
    match why {
        HoldReason::Throttled => "the API asked for a pause",
        HoldReason::Outage => "the API does not answer",
        HoldReason::Turn => "the next change waits for its turn",
    }
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
            reason: None,
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
        assert_eq!(progress.parts()[0], "0 changed, 1 failed");
    }

    #[test]
    fn a_part_that_does_not_fit_is_left_out_whole() {
        let parts = ["11 changed", "7 seconds left", "5.0/s"].map(str::to_owned);
        assert_eq!(fitting(&parts, None), "11 changed  7 seconds left  5.0/s");
        assert_eq!(
            fitting(&parts, Some(33)),
            "11 changed  7 seconds left  5.0/s"
        );
        assert_eq!(fitting(&parts, Some(32)), "11 changed  7 seconds left");
        assert_eq!(fitting(&parts, Some(5)), "11 changed");
    }

    #[test]
    fn no_time_left_is_not_told() {
        assert_eq!(time_left(Duration::ZERO), None);
        assert_eq!(time_left(Duration::from_millis(900)), None);
        assert_eq!(
            time_left(Duration::from_secs(61)).as_deref(),
            Some("61 seconds left")
        );
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
