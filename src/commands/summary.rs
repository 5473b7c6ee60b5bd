//! What a run has come to, in words.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;

use crate::cli::WorkspaceArgs;
use crate::outcome::{Outcome, Status, Tally, Todo};
use crate::run::End;

use super::screen::{about, counted, number, rows};
use super::typed::Program;

/// How many groups of reasons are listed.
const REASONS: usize = 20;
/// How many changes are shown after a run with `--limit`.
const TO_LOOK_AT: usize = 5;

/// The summary of a run.
pub(super) struct Summary<'a> {
    pub(super) end: &'a End,
    pub(super) tally: &'a Tally,
    pub(super) left: &'a HashMap<Todo, usize>,
    /// The outcomes of this run's changes.
    pub(super) outcomes: &'a [Outcome],
    pub(super) results: &'a Path,
    pub(super) program: &'a Program,
    pub(super) workspace: &'a WorkspaceArgs,
}

impl Summary<'_> {
    pub(super) fn text(&self) -> String {
        let mut lines = Vec::new();
        lines.extend(why(self.end));
        for todo in Todo::ALL {
            let Some(count) = self.left.get(&todo) else {
                continue;
            };
            lines.push(format!(
                "{:>8} {todo}{}",
                number(*count),
                self.statuses(todo)
            ));
        }
        let reasons = self.reasons();
        if !reasons.is_empty() {
            lines.push(String::new());
            lines.extend(reasons);
        }
        lines.push(String::new());
        lines.push(format!("Results: {}", self.results.display()));
        lines.extend(self.next());
        lines.join("\n")
    }

    /// The statuses behind a kind of work: `(41 assigned, 3 unchanged)`.
    fn statuses(&self, todo: Todo) -> String {
        let of = self.tally.iter().filter(|(status, _)| match status {
            Status::Failed => matches!(todo, Todo::Repair | Todo::RunAgain),
            status => status.todo(None) == todo,
        });
        let parts: Vec<_> = of
            .map(|(status, count)| match status {
                Status::Failed => (status, self.failed(todo)),
                _ => (status, count),
            })
            .filter(|(_, count)| *count > 0)
            .map(|(status, count)| format!("{} {status}", number(count)))
            .collect();
        if parts.is_empty() {
            String::new()
        } else {
            format!("  ({})", parts.join(", "))
        }
    }

    fn failed(&self, todo: Todo) -> usize {
        let failed = |outcome: &&Outcome| {
            outcome.status == Status::Failed && outcome.status.todo(outcome.http) == todo
        };
        self.outcomes.iter().filter(failed).count()
    }

    /// What the API said about rows that are still open, grouped.
    fn reasons(&self) -> Vec<String> {
        let mut groups: Vec<(Status, &str, Vec<u32>)> = Vec::new();
        let mut places: HashMap<(Status, &str), usize> = HashMap::new();
        for outcome in self
            .outcomes
            .iter()
            .filter(|outcome| !outcome.status.is_settled())
        {
            let Some(error) = outcome.error.as_deref() else {
                continue;
            };
            let place = *places.entry((outcome.status, error)).or_insert_with(|| {
                groups.push((outcome.status, error, Vec::new()));
                groups.len() - 1
            });
            groups[place].2.push(outcome.row);
        }
        groups.sort_by_key(|(.., rows)| std::cmp::Reverse(rows.len()));
        let more = groups.len().saturating_sub(REASONS);
        let mut lines: Vec<_> = groups
            .iter()
            .take(REASONS)
            .map(|(status, error, of)| {
                format!("{:>8} {status}, {}: {error}", number(of.len()), rows(of))
            })
            .collect();
        if more > 0 {
            lines.push(format!(
                "         and {more} more reasons; the results file has them all"
            ));
        }
        lines
    }

    /// What to do now, and the command for it.
    fn next(&self) -> Vec<String> {
        let count = |todo| self.left.get(&todo).copied().unwrap_or(0);
        let (again, repair, decide) = (
            count(Todo::RunAgain),
            count(Todo::Repair),
            count(Todo::Decide),
        );
        let mut lines = Vec::new();
        if *self.end == End::Limit {
            lines.push("Look at these in the workspace, then go on:".to_owned());
            let sent = self
                .outcomes
                .iter()
                .filter(|outcome| outcome.status.is_settled());
            lines.extend(sent.take(TO_LOOK_AT).map(|outcome| {
                let id = outcome
                    .contact_id
                    .map(|id| format!(", id:{id}"))
                    .unwrap_or_default();
                format!("  row {}{id}: {}", outcome.row, outcome.status)
            }));
        } else if repair + decide > 0 {
            let mut parts = Vec::new();
            if repair > 0 {
                parts.push(format!(
                    "repair the cells of {}",
                    counted(repair, "row", "rows")
                ));
            }
            if decide > 0 {
                parts.push(format!(
                    "decide about {} in the column `reassign_decision`",
                    counted(decide, "row", "rows")
                ));
            }
            lines.push(format!(
                "In that file, {}; `reassign_error` says how. Then run:",
                parts.join(", ")
            ));
        } else if again > 0 {
            lines.push("To go on:".to_owned());
        } else {
            lines.push("Nothing is left to do.".to_owned());
            return lines;
        }
        let mut args: Vec<OsString> = vec!["apply".into(), self.results.into()];
        args.extend(self.workspace.typed());
        lines.push(format!("  {}", self.program.command(args)));
        lines
    }
}

/// Why a run ended before its work was done; nothing if it was.
pub(super) fn why(end: &End) -> Option<String> {
    Some(match end {
        End::Done | End::Limit => return None,
        End::Stopped => "Stopped as asked.".to_owned(),
        End::TokenRefused(why) => format!("Stopped: {why}"),
        End::TooManyFailures(count) => {
            format!(
                "Stopped: {count} rows failed one after the other; if that is right, `--max-failures N` allows more"
            )
        }
        End::GaveUp(why) => format!("Stopped: {why}; it was tried until `--give-up-after`"),
        End::LongPause(pause) => format!("Stopped: the API asked for a pause of {}", about(*pause)),
        End::Unreachable(why) | End::NoReads(why) => why.clone(),
        End::Unrecorded(why) => {
            format!("Stopped: what happens can no longer be written down: {why}")
        }
    })
}
