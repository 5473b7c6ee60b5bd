//! Where commands print: what a program may want on standard output, everything else on standard error.
//!
//! Nothing is lost when nobody reads it: results and journal are on disk, and a closed pipe ends no run. What would steer
//! the terminal does not reach it, wherever it came from.

use std::fmt::Display;
use std::io::{self, Write};

use crate::terminal::Screen;
use crate::terminal::streams;
use crate::visible::visible;

pub(super) use crate::format::{amount, counted, decimal, number, rows};

/// A line on standard output. A reader that has gone away has seen what it wanted; anything else is told.
pub(super) fn say(line: impl Display) {
    match writeln!(streams::stdout(), "{}", visible(&line.to_string())) {
        Err(err) if err.kind() != io::ErrorKind::BrokenPipe => {
            tell(format!("cannot write to standard output: {}", err.kind()));
        }
        _ => {}
    }
}

/// An error on standard error: why, and the commands that would work, which stay as they are.
pub(super) fn tell_error(err: &anyhow::Error) {
    Screen::of(&format!("error: {err:#}")).print_err();
}

/// Sentences on standard error, wrapped between words; an indented line stays as it is.
pub(super) fn tell(text: impl Display) {
    Screen::of(&text.to_string()).print_err();
}
