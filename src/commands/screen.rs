//! Where commands print: what a program may want on standard output, everything else on standard error.
//!
//! Nothing is lost when nobody reads it: results and journal are on disk, and a closed pipe ends no run. What would steer
//! the terminal does not reach it, wherever it came from.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use crate::refusal::Refusals;
use crate::terminal::Screen;
use crate::terminal::streams;
use crate::unprintable::visible;

pub(super) use crate::wording::{amount, counted, decimal, number, rows};

/// A line on standard output. A reader that has gone away has seen what it wanted; anything else is told.
pub(super) fn say(line: impl Display) {
    match writeln!(streams::stdout(), "{}", visible(&line.to_string())) {
        Err(err) if err.kind() != io::ErrorKind::BrokenPipe => {
            tell(format!("cannot write to standard output: {}", err.kind()));
        }
        _ => {}
    }
}

/// The path of what was written, for whatever reads standard output; on a terminal the sentences name it.
pub(super) fn say_path(path: &Path) {
    if !streams::is_terminal(&io::stdout()) {
        say(path.display());
    }
}

/// An error on standard error: why, and the commands that would work, which stay as they are.
pub(super) fn tell_error(err: &anyhow::Error) {
    let Some(refused) = err.downcast_ref::<Refusals>() else {
        return Screen::of(&format!("error: {err:#}")).print_err();
    };
    let around = err.chain().take_while(|cause| !cause.is::<Refusals>());
    let first: String = around.map(|cause| format!("{cause}: ")).collect();
    let reasons: Vec<&str> = refused.reasons().collect();
    let mut screen = match reasons[..] {
        [why] => Screen::of(&format!("error: {first}{why}")),
        _ => Screen::of(&format!(
            "error: {first}{} problems have to be solved first",
            reasons.len()
        )),
    };
    for why in reasons.iter().filter(|_| reasons.len() > 1) {
        let (why, more) = why.split_once('\n').unwrap_or((why, ""));
        screen.bullet("-", why);
        if !more.is_empty() {
            screen.extend(Screen::of(more));
        }
    }
    for (what, command) in refused.ways_out() {
        screen.say(format!("{what}:"));
        screen.as_it_is(format!("  {command}"));
    }
    screen.print_err();
}

/// Asks on standard error; the answer is typed behind the question.
pub(super) fn ask(question: &str) -> io::Result<()> {
    let mut err = io::stderr();
    write!(err, "{}", visible(question))?;
    err.flush()
}

/// Whether an answer is a yes.
pub(super) fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// Sentences on standard error, wrapped between words; an indented line stays as it is.
pub(super) fn tell(text: impl Display) {
    Screen::of(&text.to_string()).print_err();
}
