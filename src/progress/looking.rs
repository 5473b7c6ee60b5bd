//! A look at the workspace as a bar, or a line from time to time where nobody could see one move.

use std::io::Write;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::narrower::Narrower;
use super::{BETWEEN_LINES, Show};
use crate::lookup::LookupStep;
use crate::terminal::streams;
use crate::wording::counted;

/// What a look has come to, on screen.
#[derive(Debug)]
pub struct Looking {
    show: Show,
    bar: ProgressBar,
    narrower: Narrower,
    last_line: Instant,
}

impl Looking {
    /// Begins to show a look.
    pub fn new(show: Show) -> Looking {
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

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
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
