//! What an undo gives back, what it does not, and how that is known, on the screen.

use std::path::Path;

use super::super::screen::{counted, number, rows};
use super::known::Known;
use crate::results::journal::{self, Writes};
use crate::terminal::Screen;
use crate::undo::{Undo, certainty};
use crate::wording::day_and_time;
use crate::workspace::SANDBOX;

/// One line for each run: when, by whom, how many writes.
pub(super) fn listed(runs: &[Writes]) -> Vec<String> {
    let lines = (1..).zip(runs).map(|(place, run): (usize, &Writes)| {
        let start = &run.start;
        let ended = match &run.end {
            Some(_) => "",
            None => ", was cut short or is still at work",
        };
        let back = match run.given_back {
            0 => String::new(),
            back => format!(", {} of them given back since", number(back)),
        };
        format!(
            "run {place} of {}, by {} on {}: {}{back}{ended}",
            day_and_time(start.at),
            start.user,
            start.computer,
            counted(
                changed(run) + run.given_back,
                "contact changed",
                "contacts changed"
            )
        )
    });
    lines.collect()
}

/// How many contacts a run has changed, or may have.
fn changed(run: &Writes) -> usize {
    let outcome = |write: &journal::SentWrite| {
        let outcome = write.outcome.as_ref();
        certainty(outcome.map(|outcome| (outcome.status, outcome.http)))
    };
    run.rows
        .values()
        .filter(|write| outcome(write).is_some())
        .count()
}

/// What that is known from.
pub(super) fn sources(results: &Path, known: &Known) -> Screen {
    let mut screen = Screen::default();
    screen.say(match known.runs.len() {
        0 => format!(
            "{}: from the results alone, as the journal (the record of the runs) is not beside them; of a contact that several runs changed, \
             they say who had it before the first",
            results.display()
        ),
        runs => format!("{}: {}", results.display(), counted(runs, "run", "runs")),
    });
    for line in listed(&known.runs) {
        screen.detail(line);
    }
    if known.uncovered > 0 {
        screen.detail(format!(
            "{} by runs that are in no journal: the results say so, and who had them",
            counted(
                known.uncovered,
                "contact was changed",
                "contacts were changed"
            )
        ));
    }
    screen
}

/// What is given back, and what is not and why.
pub(super) fn result(known: &Known, undo: &Undo) -> Screen {
    let mut screen = Screen::default();
    let nobody = undo.unassigned();
    screen.item(undo.back.len(), "to give back to their previous owners");
    if nobody > 0 {
        screen.detail(format!(
            "{} of these had no owner before and will have none again",
            number(nobody)
        ));
    }
    for (left, why) in [
        (
            &undo.unknown,
            "not given back: nobody recorded who had them (`--blind`, or somebody who cannot be named)",
        ),
        (
            &undo.changed_again,
            "not given back: changed again by a later run",
        ),
        (&undo.as_before, "with who had them before already"),
    ] {
        if !left.is_empty() {
            screen.item(left.len(), format!("{why}, {}", rows(left)));
        }
    }
    for (row, contact, answered) in &undo.answered_by_others {
        let by = match answered {
            Some(id) => format!("id:{id}"),
            None => "another contact, which `reassign_error` names".to_owned(),
        };
        screen.detail(format!(
            "not known: row {row} wrote {contact}, and {by} answered; look at both in the workspace"
        ));
    }
    if known.workspace.as_deref() == Some(SANDBOX) && !undo.back.is_empty() {
        screen.say(
            "This was practice, so this sheet is not for your workspace. Only a practice workspace that was kept in a file \
             (`--sandbox-db FILE`) still has these changes: add the same option to the command below.",
        );
    }
    screen
}
