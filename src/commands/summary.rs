//! What a run has come to, in words.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::outcome::{Guidance, Outcome, Reason, Status, Tally, Todo};
use crate::run::{End, Finished, Verification, Verify};

use super::command_line::Program;
use super::result_rows::Work;
use crate::terminal::{LineTone, Screen};
use crate::wording::{about, counted, number, rows};
use crate::workspace::Workloads;

/// How many groups of reasons are listed.
const REASONS: usize = 20;
/// The summary of a run.
pub(super) struct Summary<'a> {
    pub(super) finished: &'a Finished,
    pub(super) work: &'a Work,
    pub(super) results: &'a Path,
    pub(super) program: &'a Program,
    /// The sheet, as it was named on the command line.
    pub(super) sheet: &'a Path,
    /// How many changes were kept for later.
    pub(super) later: usize,
    /// How many of the changes that were kept for later leave a contact without an owner, where that has to be allowed.
    pub(super) unassigns_later: usize,
    /// Some of the changes that this run has made, for whoever looks at them before the others are made.
    pub(super) to_look_at: Vec<String>,
    /// How many rows earlier runs have done.
    pub(super) done_before: usize,
    /// The command for the page that has more changes approved, where only approved ones are made.
    pub(super) approving: Option<Vec<String>>,
    /// Whether nobody's contacts were changed.
    pub(super) is_trial: bool,
}

impl Summary<'_> {
    /// What happened, what to do now, and the details; `loads` is what this run did to everybody's contacts.
    pub(super) fn screen(&self, loads: &Workloads) -> Screen {
        let mut screen = Screen::default();
        screen.say("");
        if self.is_trial {
            screen.say("This was practice: nothing was changed in your workspace.");
        }
        screen.toned(
            match self.work.open() {
                0 => LineTone::Good,
                _ => LineTone::Heading,
            },
            done(loads, &self.finished.outcomes),
        );
        screen.extend(self.counts());
        let reasons = self.reasons();
        if !reasons.is_empty() {
            screen.space();
            for (count, text) in reasons {
                screen.item(count, text);
            }
        }
        screen.space();
        if let Some(check) = checked(&self.finished.verification) {
            let is_bad = self.finished.verification.not_applied > 0;
            screen.toned(
                if is_bad {
                    LineTone::Warning
                } else {
                    LineTone::Plain
                },
                check,
            );
        }
        screen.say(format!("Results: {}", self.results.display()));
        screen.extend(self.next());
        screen
    }

    /// Why the run ended, and how many rows are left with what to do.
    pub(super) fn counts(&self) -> Screen {
        let mut screen = Screen::default();
        if let Some(why) = why(&self.finished.end) {
            screen.toned(LineTone::Warning, why);
        }
        if self.done_before > 0 {
            screen.say("All rows, with those that were done earlier:");
        }
        for todo in Todo::ALL {
            let tally = self.work.of(todo);
            if tally.total() > 0 {
                screen.item(tally.total(), format!("{todo}{}", statuses(&tally)));
            }
        }
        screen
    }

    /// What the API said about rows that are still open, grouped.
    fn reasons(&self) -> Vec<(usize, String)> {
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
                let status = status.title();
                (of.len(), format!("{status}, {}: {text}", rows(of)))
            })
            .collect();
        if more > 0 {
            lines.push((more, "more reasons (all of them in the results)".to_owned()));
        }
        lines
    }

    /// Whether rows are left that the same command does.
    fn goes_on_by_itself(&self) -> bool {
        let left = self.work.of(Todo::RunAgain);
        let waiting = match self.finished.end {
            End::Done => left.of(Status::NotAttempted),
            _ => 0, // more may have been left than what was not approved
        };
        left.total() > waiting
    }

    /// What to do now, and the command for it.
    pub(super) fn next(&self) -> Screen {
        let mut next = Screen::default();
        if self.work.open() == 0 {
            next.say("Nothing is left to do.");
            return next;
        }
        let asked = asked(self.work);
        if let Some(page) = self.approving.clone().filter(|_| !self.goes_on_by_itself()) {
            approve_before_the_next_run(&mut next, asked, page);
            return next;
        }
        // What may have changed is known once it is read.
        let mut outcomes = self.finished.outcomes.iter();
        let is_unknown = outcomes.any(|outcome| outcome.status == Status::Unknown);
        let is_blind = |word: &String| word == "--blind";
        let words = |instead: &[&str]| {
            self.program
                .words_continued(self.sheet, self.results, instead)
        };
        let reads_first = is_unknown && words(&[]).iter().any(is_blind);
        let command = |instead: &[&str]| {
            let mut words = words(instead);
            words.retain(|word| !(reads_first && is_blind(word)));
            words
        };
        if self.finished.end == End::Limit {
            if !self.to_look_at.is_empty() {
                next.say(
                    "Check in the workspace whether these contacts are with the right owners:",
                );
                for made in &self.to_look_at {
                    next.detail(made);
                }
            }
            next.say(match self.later {
                1 => "Then this command makes the change that is left:".to_owned(),
                later => format!(
                    "Then this command makes the other {} changes:",
                    number(later)
                ),
            });
        } else if asked.is_empty() && reads_first {
            next.say("To run again, with each contact read before it is changed:");
        } else if asked.is_empty() {
            next.say("To run again:");
        } else {
            before_the_next_run(&mut next, asked, self.goes_on_by_itself());
        }
        let unassigns = self.unassigns_later.to_string();
        next.command(match self.unassigns_later {
            0 => command(&[]),
            _ => command(&["--max-unassign", &unassigns]),
        });
        if failed_too_often(&self.finished.end) {
            next.say("To continue as it is, however many rows fail:");
            next.command(command(&["--max-failures", "off"]));
        }
        next
    }
}

/// What to write into the results file; the command follows. It need not wait for that where `more_is_left`.
pub(super) fn before_the_next_run(
    next: &mut Screen,
    asked: Vec<(usize, &'static str)>,
    more_is_left: bool,
) {
    in_the_results(next, asked);
    next.say(match more_is_left {
        false => "Then run:",
        true => {
            "Then run this; without these corrections it does only the other rows that are left:"
        }
    });
}

/// What to write into the results file, and the page for the approver: nothing more is made before.
pub(super) fn approve_before_the_next_run(
    next: &mut Screen,
    asked: Vec<(usize, &'static str)>,
    page: Vec<String>,
) {
    if !asked.is_empty() {
        in_the_results(next, asked);
    }
    next.say(
        "Then have what is left approved: give the approver the page that this command writes.",
    );
    next.command(page);
}

fn in_the_results(next: &mut Screen, asked: Vec<(usize, &'static str)>) {
    next.say("In the results file:");
    for (count, text) in asked {
        next.detail(format!("{}: {text}", counted(count, "row", "rows")));
    }
}

/// What rows ask of the admin before the next run, in the results file.
pub(super) fn asked(work: &Work) -> Vec<(usize, &'static str)> {
    let mut rows: BTreeMap<Guidance, usize> = BTreeMap::new();
    for ((_, guidance), count) in work.counts_by_guidance() {
        if matches!(guidance.todo(), Todo::Repair | Todo::Decide) {
            *rows.entry(guidance).or_default() += count;
        }
    }
    let line = |(guidance, count): (Guidance, usize)| (count, guidance.text());
    rows.into_iter().map(line).collect()
}

/// What this run has done.
fn done(loads: &Workloads, outcomes: &[Outcome]) -> String {
    let right = |outcome: &&Outcome| outcome.status == Status::Unchanged;
    let right = outcomes.iter().filter(right).count();
    let right = match right {
        0 => String::new(),
        right => format!(
            " {} the right owner already.",
            counted(right, "contact had", "contacts had")
        ),
    };
    let users = counted(loads.notified().count(), "user", "users");
    let users = match loads.may_be_the_same {
        true => format!("up to {users}"),
        false => users,
    };
    let given = counted(loads.given(), "contact was", "contacts were");
    let (was, unassigned) = match loads.unassigned() {
        1 => ("was", 1),
        unassigned => ("were", unassigned),
    };
    let doubtful = doubtful(outcomes);
    let done = match (loads.given(), unassigned) {
        (0, 0) if doubtful.is_empty() => "No contact was changed.".to_owned(),
        (0, 0) => "No contact is known to have changed.".to_owned(),
        (_, 0) => format!("{given} given to {users}."),
        (0, _) => format!(
            "{} left without an owner.",
            counted(unassigned, "contact was", "contacts were")
        ),
        _ => format!(
            "{given} given to {users}, {} {was} left without an owner.",
            number(unassigned)
        ),
    };
    let doubt = match loads.may_be_the_same {
        false => "",
        true => {
            " Some users are known by ID and others by email, so two of them may be one person."
        }
    };
    done + &doubtful + &right + doubt
}

/// How many contacts may have changed without that being known.
fn doubtful(outcomes: &[Outcome]) -> String {
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    let unknown = match count(|outcome| outcome.status == Status::Unknown) {
        0 => String::new(),
        unknown => format!(
            " {} may have changed: whether is not known.",
            counted(unknown, "contact", "contacts")
        ),
    };
    let is_stray = |outcome: &Outcome| {
        outcome.attempts > 0 && matches!(outcome.reason, Some(Reason::OtherContact { .. }))
    };
    match count(is_stray) {
        0 => unknown,
        stray => format!(
            "{unknown} {} answered for another contact, which may have changed instead.",
            counted(stray, "change was", "changes were")
        ),
    }
}

/// How many changes were looked up afterwards, and how many are correct; nothing if there were none.
fn checked(verification: &Verification) -> Option<String> {
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
        let written = counted(*written, "change was", "changes were");
        return Some(format!(
            "No check: {written} not looked up (`--check off`)."
        ));
    }
    let looked = held + not_applied;
    let is_sample =
        *verify == Verify::Sample && looked < *written && *left == 0 && unread.is_empty();
    let what = match is_sample {
        true => "Check of a sample",
        false => "Check",
    };
    let of = format!(
        "{what}: {} of {} {} looked up in the workspace",
        number(looked),
        counted(*written, "change", "changes"),
        if looked == 1 { "was" } else { "were" }
    );
    let mut text = match (looked, not_applied) {
        (0, _) if *left > 0 => {
            return Some(format!(
                "No check: the run ended before any of {} was looked up.",
                counted(*written, "change", "changes")
            ));
        }
        (0, _) => format!("{of}."),
        (1, 0) => format!("{of}; it is correct."),
        (_, 0) => format!("{of}; all {} are correct.", number(looked)),
        (_, bad) => {
            let is = if *held == 1 { "is" } else { "are" };
            let not = if *bad == 1 { "is" } else { "are" };
            format!(
                "{of}; {} {is} correct, {} {not} not.",
                number(*held),
                number(*bad)
            )
        }
    };
    if *left > 0 {
        text += &format!(
            " {} not, because the run ended.",
            match left {
                1 => "1 other was".to_owned(),
                left => format!("The other {} were", number(*left)),
            }
        );
    }
    if !unread.is_empty() {
        let why = why_unread.as_deref().unwrap_or("no answer");
        text += &format!(" Not looked up: {} ({why}).", rows(unread));
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
        .map(|(status, count)| format!("{} {}", number(count), status.title()))
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
        End::NotMade {
            not_made,
            read_back,
        } => {
            format!(
                "Stopped: {not_made} of the first {read_back} changes that were looked up were not made although the API \
                 accepted them; make one of them by hand in the workspace to see why before you run again"
            )
        }
        End::Drifted { rows, of } => {
            format!(
                "Stopped: of {}, {} moved since the plan",
                counted(*of, "contact", "contacts"),
                counted(rows.len(), "was", "were")
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
            "Stopped: {} answered for by another one; look at these contacts in the workspace before you continue. The last \
             of them: {why}",
            counted(*count as usize, "contact was", "contacts were")
        ),
        End::Unreachable(why) | End::NoReads(why) => format!("Stopped: {why}"),
        End::Unrecorded(why) => {
            format!("Stopped: what happens can no longer be written down: {why}")
        }
    })
}
