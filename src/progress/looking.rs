//! A look at the workspace as a bar, or a line from time to time where nobody could see one move.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::narrower::Narrower;
use super::{BETWEEN_LINES, Show};
use crate::lookup::{LookupPurpose, LookupStep, Waiting, WhyWaiting};
use crate::terminal::{Screen, streams};
use crate::unprintable::visible;
use crate::wording::{counted, lasting};

/// A wait of so long is told, and told again after so long.
const LONG: Duration = Duration::from_secs(3);
const TOLD_AGAIN: Duration = Duration::from_secs(30);

/// What a look has come to, on screen.
#[derive(Debug)]
pub struct Looking {
    show: Show,
    purpose: LookupPurpose,
    /// After how long without an answer it was told last why.
    told: Option<Duration>,
    bar: ProgressBar,
    narrower: Narrower,
    last_line: Instant,
}

impl Looking {
    /// Begins to show a look.
    pub fn new(show: Show, purpose: LookupPurpose) -> Looking {
        let target = match show {
            Show::Bar => ProgressDrawTarget::stderr(),
            Show::Lines | Show::Nothing => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(
            ProgressStyle::with_template("{bar:16} {wide_msg}")
                .expect("the template is ours")
                .progress_chars("█▉▊▋▌▍▎▏ "),
        );
        Looking {
            show,
            purpose,
            told: None,
            bar,
            narrower: Narrower::default(),
            last_line: Instant::now(),
        }
    }

    /// Shows how far it is.
    pub fn show(&mut self, step: LookupStep) {
        let text = words(step);
        match self.show {
            Show::Bar => {
                if let LookupStep::Listed { found, wanted, .. }
                | LookupStep::Read {
                    done: found,
                    wanted,
                } = step
                {
                    self.bar.set_length(wanted as u64);
                    self.bar.set_position(found as u64);
                }
                self.narrower.clear(&self.bar);
                self.bar.set_message(text);
            }
            Show::Lines if self.last_line.elapsed() >= BETWEEN_LINES => {
                self.last_line = Instant::now();
                // A closed standard error must not end a look that goes well.
                let _ = writeln!(streams::stderr(), "{text}");
            }
            Show::Lines | Show::Nothing => {}
        }
    }

    /// Shows what it waits for, if that takes long. Something is looked up before anything is changed, and who waits for
    /// that without a word does not know for what.
    pub fn wait(&mut self, waiting: &Waiting) {
        if self.told.is_some_and(|told| waiting.lasts < told) {
            self.told = None; // something was answered since
        }
        let again = match waiting.why {
            WhyWaiting::Failed { again, .. } => again,
            WhyWaiting::NoAnswer | WhyWaiting::Turn => Duration::ZERO,
        };
        let is_due = match self.told {
            Some(told) => waiting.lasts - told >= TOLD_AGAIN,
            None => waiting.lasts.max(again) >= LONG,
        };
        if !is_due {
            return;
        }
        self.told = Some(waiting.lasts);
        let text = waits(self.purpose, waiting);
        match self.show {
            Show::Bar => self.bar.suspend(|| Screen::of(text.as_str()).print_err()),
            Show::Lines => {
                // A closed standard error must not end a look that goes well.
                let _ = writeln!(streams::stderr(), "{}", visible(&text));
            }
            Show::Nothing => {}
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// What a lookup waits for, in a sentence.
fn waits(purpose: LookupPurpose, waiting: &Waiting) -> String {
    let what = match purpose {
        LookupPurpose::Users => "for the list of users",
        LookupPurpose::Everything => "for the list of contacts",
        LookupPurpose::Owners => "to see who has the contacts",
        LookupPurpose::SameWorkspace => "to see whether this is the same workspace as before",
    };
    match &waiting.why {
        WhyWaiting::Failed { why, again } if again.is_zero() => format!("Waiting {what}: {why}."),
        WhyWaiting::Failed { why, again } => {
            format!(
                "Waiting {what}: {why}; next try in {}.",
                lasting(again.as_secs_f64().ceil())
            )
        }
        WhyWaiting::NoAnswer => format!(
            "Waiting {what}: no answer for {}.",
            lasting(waiting.lasts.as_secs_f64())
        ),
        WhyWaiting::Turn => format!("Waiting {what}, to keep the rate."),
    }
}

fn words(step: LookupStep) -> String {
    match step {
        LookupStep::Users(count) => format!("{count} users"),
        LookupStep::Everything(count) => format!("{count} contacts"),
        LookupStep::Listed {
            pages,
            found,
            wanted,
        } => format!(
            "{found} of {wanted} contacts found, {} of the list read",
            counted(pages, "page", "pages")
        ),
        LookupStep::Read { done, wanted } => format!("{done} of {wanted} contacts looked up"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_wait_is_told_once_and_again_after_a_while() {
        let mut looking = Looking::new(Show::Nothing, LookupPurpose::Users);
        let mut told = Vec::new();
        for (at, again) in [(0, 2), (2, 0), (3, 0), (20, 13), (33, 0), (1, 57), (2, 56)] {
            let why = WhyWaiting::Failed {
                why: "why".to_owned(),
                again: Duration::from_secs(again),
            };
            let lasts = Duration::from_secs(at);
            looking.wait(&Waiting { lasts, why });
            told.push(looking.told == Some(lasts));
        }
        assert_eq!(told, [false, false, true, false, true, true, false]);
    }

    #[test]
    fn what_is_waited_for_is_told_with_its_reason() {
        let told = |purpose, why| {
            let lasts = Duration::from_secs(4);
            waits(purpose, &Waiting { lasts, why })
        };
        let failed = |again| WhyWaiting::Failed {
            why: "the API asks for a pause, too many requests (429)".to_owned(),
            again: Duration::from_millis(again),
        };
        assert_eq!(
            told(LookupPurpose::SameWorkspace, failed(56_200)),
            "Waiting to see whether this is the same workspace as before: the API asks for a pause, too many requests (429); \
             next try in 57 s."
        );
        assert_eq!(
            told(LookupPurpose::Users, failed(0)),
            "Waiting for the list of users: the API asks for a pause, too many requests (429)."
        );
        assert_eq!(
            told(LookupPurpose::Owners, WhyWaiting::NoAnswer),
            "Waiting to see who has the contacts: no answer for 4 s."
        );
        assert_eq!(
            told(LookupPurpose::Everything, WhyWaiting::Turn),
            "Waiting for the list of contacts, to keep the rate."
        );
    }
}
