//! Events become a progress bar, or a line from time to time where nobody could see one move.

use std::collections::HashMap;
use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::outcome::{Event, Hold, HoldReason, Status, Tally, Waits};

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

/// What a run has come to, on screen.
#[derive(Debug)]
pub struct Progress {
    show: Show,
    bar: ProgressBar,
    tally: Tally,
    statuses: HashMap<u32, Status>,
    total: usize,
    waits: Waits,
    began: Instant,
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
            began: now,
            last_line: now,
        }
    }

    /// Shows what happened.
    pub fn show(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Sent(_) => {}
                Event::Settled(outcome) => {
                    if let Some(former) = self.statuses.insert(outcome.row, outcome.status) {
                        self.tally.remove(former);
                    }
                    self.tally.add(outcome.status);
                }
                Event::Waits(waits) => self.waits = *waits,
            }
        }
        match self.show {
            Show::Bar => {
                self.bar.set_position(self.tally.total() as u64);
                self.bar.set_message(self.message());
            }
            Show::Lines if self.last_line.elapsed() >= BETWEEN_LINES => {
                self.last_line = Instant::now();
                // A closed standard error must not end a run that goes well.
                let _ = writeln!(
                    std::io::stderr(),
                    "{}/{}  {}",
                    self.tally.total(),
                    self.total,
                    self.message()
                );
            }
            Show::Lines | Show::Nothing => {}
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
        let seconds = self.began.elapsed().as_secs_f64();
        let done = tally.total();
        if done > 0 && seconds > 0.5 {
            let rate = done as f64 / seconds;
            let left = Duration::from_secs_f64(self.total.saturating_sub(done) as f64 / rate);
            parts.push(format!("{rate:.1}/s"));
            parts.push(format!("{} left", HumanDuration(left)));
        }
        if let Some(hold) = self.waits.hold {
            parts.extend(held(hold, Instant::now()));
        }
        parts.join("  ")
    }
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
