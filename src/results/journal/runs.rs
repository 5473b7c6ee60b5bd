//! Every run that a journal tells of, for those who want to know how things came about.

use std::collections::HashMap;
use std::path::Path;

use crate::outcome::{Met, Pace, Status, Tally};

use super::{EndLine, Error, Line, Start, each_line};

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// How it began.
    pub start: Start,
    /// Its course, stretch by stretch; empty in journals that do not tell it.
    pub course: Vec<Pace>,
    /// How many writes were announced and not withdrawn.
    pub sent: usize,
    /// What became of the rows that it took up.
    pub tally: Tally,
    /// The users it met.
    pub users: Vec<Met>,
    /// How long the computer slept meanwhile, in seconds.
    pub slept: u64,
    /// How it ended; `None` if it was cut short, or is still at work.
    pub end: Option<EndLine>,
}

/// The runs of a journal, in their order; none if there is no journal.
///
/// # Errors
/// If it cannot be read, a line before the last is damaged, or it has another format.
pub(crate) fn runs(path: &Path) -> Result<Vec<Run>, Error> {
    let mut runs: Vec<Run> = Vec::new();
    let mut statuses: HashMap<u32, Status> = HashMap::new();
    let mut announced: HashMap<u32, u32> = HashMap::new();
    each_line(path, |line| {
        if let Line::Start(start) = line {
            statuses.clear();
            announced.clear();
            runs.push(Run {
                start: *start,
                course: Vec::new(),
                sent: 0,
                tally: Tally::default(),
                users: Vec::new(),
                slept: 0,
                end: None,
            });
            return;
        }
        // A journal begins with a start; what stood before one would belong to no run.
        let Some(run) = runs.last_mut() else { return };
        match line {
            // The same attempt, announced anew, has not left before.
            Line::Sent(sent) => {
                if announced.insert(sent.row, sent.attempts) != Some(sent.attempts) {
                    run.sent += 1;
                }
            }
            Line::Withdrawn(withdrawn) => {
                if announced.remove(&withdrawn.row) == Some(withdrawn.attempts) {
                    run.sent -= 1;
                }
            }
            Line::Outcome(outcome) => {
                if let Some(former) = statuses.insert(outcome.row, outcome.status) {
                    run.tally.remove(former);
                }
                run.tally.add(outcome.status);
            }
            Line::Pace(pace) => run.course.push(pace),
            Line::User(user) => run.users.push(user),
            Line::End(end) => run.end = Some(end),
            Line::Slept(slept) => run.slept += slept.seconds,
            Line::Start(_)
            | Line::Renumbered(_)
            | Line::Planned(_)
            | Line::Changes { .. }
            | Line::Rows(_)
            | Line::Verified(_)
            | Line::Undone { .. }
            | Line::Redone { .. }
            | Line::Writing { .. } => {}
        }
    })?;
    Ok(runs)
}
