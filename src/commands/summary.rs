//! What a run has come to, in words.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::outcome::{Guidance, Outcome, Reason, Status, Tally, Todo};
use crate::run::{End, Finished, Verification, Verify};

use super::records::Work;
use super::screen::{about, counted, number, rows};
use super::typed::Program;

/// How many groups of reasons are listed.
const REASONS: usize = 20;
/// How many changes are shown after a run with `--limit`.
const TO_LOOK_AT: usize = 5;

/// The summary of a run.
pub(super) struct Summary<'a> {
    pub(super) finished: &'a Finished,
    pub(super) work: &'a Work,
    pub(super) results: &'a Path,
    pub(super) program: &'a Program,
    /// The sheet, as it was named on the command line.
    pub(super) sheet: &'a Path,
}

impl Summary<'_> {
    pub(super) fn text(&self) -> String {
        let mut lines = vec![self.counts()];
        let reasons = self.reasons();
        if !reasons.is_empty() {
            lines.push(String::new());
            lines.extend(reasons);
        }
        lines.push(String::new());
        lines.extend(verified(&self.finished.verification));
        lines.push(format!("Results: {}", self.results.display()));
        lines.extend(self.next());
        lines.join("\n")
    }

    /// Why the run ended, and how many rows are left with what to do.
    pub(super) fn counts(&self) -> String {
        let mut lines = Vec::new();
        lines.extend(why(&self.finished.end));
        for todo in Todo::ALL {
            let tally = self.work.of(todo);
            if tally.total() > 0 {
                lines.push(format!(
                    "{:>8} {todo}{}",
                    number(tally.total()),
                    statuses(&tally)
                ));
            }
        }
        lines.join("\n")
    }

    /// What the API said about rows that are still open, grouped.
    fn reasons(&self) -> Vec<String> {
        let mut groups: Vec<(Status, String, Vec<u32>)> = Vec::new();
        let mut places: HashMap<(Status, String), usize> = HashMap::new();
        for outcome in self
            .finished
            .outcomes
            .iter()
            .chain(&self.finished.revised)
            .filter(|outcome| !outcome.status.is_settled())
        {
            // Of rows that nobody touched there is nothing to say.
            let (Some(reason), false) = (&outcome.reason, is_untouched(outcome)) else {
                continue;
            };
            let text = reason.of_many();
            let place = *places
                .entry((outcome.status, text.clone()))
                .or_insert_with(|| {
                    groups.push((outcome.status, text, Vec::new()));
                    groups.len() - 1
                });
            groups[place].2.push(outcome.row);
        }
        groups.sort_by_key(|(.., rows)| std::cmp::Reverse(rows.len()));
        let more = groups.len().saturating_sub(REASONS);
        let mut lines: Vec<_> = groups
            .iter()
            .take(REASONS)
            .map(|(status, text, of)| {
                format!("{:>8} {status}, {}: {text}", number(of.len()), rows(of))
            })
            .collect();
        if more > 0 {
            lines.push(format!(
                "         and {more} more reasons; the results file has them all"
            ));
        }
        lines
    }

    /// What rows ask of the admin before the next run, in the results file.
    fn asked(&self) -> Vec<String> {
        let mut rows: BTreeMap<Guidance, usize> = BTreeMap::new();
        for ((_, guidance), count) in self.work.counts_by_guidance() {
            if matches!(guidance.todo(), Todo::Repair | Todo::Decide) {
                *rows.entry(guidance).or_default() += count;
            }
        }
        let line = |(guidance, count): (Guidance, usize)| {
            format!("  {}: {}", counted(count, "row", "rows"), guidance.text())
        };
        rows.into_iter().map(line).collect()
    }

    /// What to do now, and the command for it.
    pub(super) fn next(&self) -> Vec<String> {
        if self.work.open() == 0 {
            return vec!["Nothing is left to do.".to_owned()];
        }
        let asked = self.asked();
        let mut lines = Vec::new();
        if self.finished.end == End::Limit {
            lines.push("Look at these in the workspace, then go on:".to_owned());
            let sent = self
                .finished
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
        } else if asked.is_empty() {
            lines.push("To run again:".to_owned());
        } else {
            lines.push("In the results file:".to_owned());
            lines.extend(asked);
            lines.push("Then run:".to_owned());
        }
        let command = |instead: &[&str]| {
            let command = self.program.continued(self.sheet, self.results, instead);
            format!("  {command}")
        };
        lines.push(command(&[]));
        if failed_too_often(&self.finished.end) {
            lines.push("To go on as it is, however many rows fail:".to_owned());
            lines.push(command(&["--max-failures", "off"]));
        }
        lines
    }
}

/// How many writes were read back, and how many hold; nothing if there were none.
fn verified(verification: &Verification) -> Option<String> {
    let Verification {
        verify,
        written,
        held,
        not_applied,
        unread,
        why_unread,
        left,
    } = verification;
    if *written == 0 {
        return None;
    }
    if *verify == Verify::Off {
        let written = counted(*written, "write", "writes");
        return Some(format!("Verified: nothing (`--verify off`, {written})"));
    }
    let looked = held + not_applied;
    let mut text = format!(
        "Verified: {} of {} read back, ",
        number(looked),
        counted(*written, "write", "writes")
    );
    text += &match (looked, not_applied) {
        (0, _) => "so nothing is proven".to_owned(),
        (1, 0) => "it holds".to_owned(),
        (_, 0) => format!("all {} hold", number(looked)),
        (_, bad) => {
            let holds = if *held == 1 { "holds" } else { "hold" };
            let do_not = if *bad == 1 { "does not" } else { "do not" };
            format!("{} {holds}, {} {do_not}", number(*held), number(*bad))
        }
    };
    if *left > 0 {
        text += &format!(
            "; {} more were not checked before the run ended",
            number(*left)
        );
    }
    if !unread.is_empty() {
        let why = why_unread.as_deref().unwrap_or("no answer");
        text += &format!("; {} could not be: {why}", rows(unread));
    }
    Some(text)
}

/// Whether the run ended because rows failed that are likely to fail again.
fn failed_too_often(end: &End) -> bool {
    matches!(end, End::TooManyFailures(_) | End::HalfFailed { .. })
}

/// The statuses behind a kind of work: `  (41 assigned, 3 unchanged)`.
fn statuses(tally: &Tally) -> String {
    let parts: Vec<_> = tally
        .iter()
        .map(|(status, count)| format!("{} {status}", number(count)))
        .collect();
    format!("  ({})", parts.join(", "))
}

fn is_untouched(outcome: &Outcome) -> bool {
    matches!(outcome.reason, Some(Reason::NotReached { last: None }))
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
        End::HalfFailed {
            failed,
            tried,
            why,
            times,
        } => {
            format!(
                "Stopped: {failed} of the first {tried} rows failed, most often ({times}) with: {why}"
            )
        }
        End::Drifted { rows, of } => {
            format!(
                "Stopped: {} of {} are out of date",
                number(rows.len()),
                counted(*of, "row", "rows")
            )
        }
        End::GaveUp(why) => format!("Stopped: {why}; it was tried until `--give-up-after`"),
        End::LongPause(pause) => format!("Stopped: the API asked for a pause of {}", about(*pause)),
        End::OnlyRefusals(why, lasted) => format!(
            "Stopped: for {} {why}; nothing else was answered, ask whoever looks after the workspace whether its quota is \
             used up",
            about(*lasted)
        ),
        End::OtherContacts(count, why) => format!(
            "Stopped: {} was answered for by another one; look at these contacts in the workspace before you go on. The \
             last of them: {why}",
            counted(*count as usize, "contact", "contacts")
        ),
        End::Unreachable(why) | End::NoReads(why) => format!("Stopped: {why}"),
        End::Unrecorded(why) => {
            format!("Stopped: what happens can no longer be written down: {why}")
        }
    })
}
