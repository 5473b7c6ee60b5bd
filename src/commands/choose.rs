//! Asks on a terminal what only the user can tell, and gives the options that say it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;

use anyhow::Context as _;

use crate::refusal::{Refusal, Refusals, UserAnswer};
use crate::terminal::Screen;
use crate::terminal::streams::can_ask;

use super::screen::{ask, counted, tell};

/// How often an answer that is none is asked for again.
const TRIES: usize = 3;

/// The options that answer all that stands in the way of a command, one question after the other; `None` where nobody can
/// be asked, where answers would not settle it, and where the user does not choose.
pub(super) fn answered(refused: &Refusals) -> anyhow::Result<Option<Vec<OsString>>> {
    let refusals = refused.refusals();
    let is_open = |refusal: &Refusal| !choices(refusal).is_empty();
    if !can_ask() || refusals.is_empty() || !refusals.iter().all(is_open) {
        return Ok(None);
    }
    // Of those about one option, only one is asked.
    let about = |refusal: &'_ Refusal| choices(refusal)[0].options.first().cloned();
    let questions: BTreeSet<Option<OsString>> = refusals.iter().map(about).collect();
    if questions.len() > 1 {
        tell(format!(
            "{} before this can continue:",
            counted(questions.len(), "question", "questions")
        ));
    }
    let mut options = Vec::new();
    for refusal in refusals {
        if !refusal.is_asked_after(&options) {
            continue;
        }
        match chosen(refusal, &options)? {
            Some(answer) => options.extend(answer.options.iter().cloned()),
            None => return Ok(None),
        }
    }
    Ok(Some(options))
}

fn choices(refusal: &Refusal) -> &[UserAnswer] {
    match refusal.answers.as_slice() {
        [] => &refusal.unlikely,
        answers => answers,
    }
}

/// The answer that is chosen; a column that was chosen for something else is no answer.
fn chosen<'a>(refusal: &'a Refusal, before: &[OsString]) -> anyhow::Result<Option<&'a UserAnswer>> {
    let answers = choices(refusal).iter();
    let answers: Vec<&UserAnswer> = answers
        .filter(|answer| !answer.takes_again(before))
        .collect();
    if answers.is_empty() {
        return Ok(None);
    }
    let mut screen = Screen::default();
    screen.say(&refusal.why);
    for (number, answer) in (1..).zip(&answers) {
        screen.bullet(&format!("{number} "), &answer.what);
    }
    screen.print_err();
    for _ in 0..TRIES {
        ask(&match answers.len() {
            1 => "Write 1 for that; Enter alone stops here: ".to_owned(),
            most => format!("Write a number from 1 to {most}; Enter alone stops here: "),
        })
        .context("cannot ask")?;
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        let read = read.context("cannot read the answer")?;
        if read == 0 {
            // The answer's line has not been ended.
            tell("");
            return Ok(None);
        }
        let line = line.trim();
        if line.is_empty() {
            return Ok(None);
        }
        let number: Option<usize> = line.parse().ok();
        let place = number.and_then(|number| number.checked_sub(1));
        if let Some(answer) = place.and_then(|place| answers.get(place)) {
            return Ok(Some(*answer));
        }
    }
    Ok(None)
}
