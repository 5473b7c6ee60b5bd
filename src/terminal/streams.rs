//! Standard output and standard error, and whether somebody is there to answer.

use std::io::{self, IsTerminal};
#[cfg(not(test))]
use std::io::{StderrLock, StdoutLock};

/// Where what a program may want is printed.
#[cfg(not(test))]
pub(crate) fn stdout() -> StdoutLock<'static> {
    io::stdout().lock()
}

/// Where everything else is printed.
#[cfg(not(test))]
pub(crate) fn stderr() -> StderrLock<'static> {
    io::stderr().lock()
}

#[cfg(test)]
pub(crate) use crate::test_world::screen::{stderr, stdout};

/// Whether somebody can be asked.
pub(crate) fn can_ask() -> bool {
    is_terminal(&io::stdin()) && is_terminal(&io::stderr())
}

/// Whether this is a terminal.
pub(crate) fn is_terminal(stream: &impl IsTerminal) -> bool {
    #[cfg(test)]
    if crate::test_world::is_on() {
        return false;
    }
    stream.is_terminal()
}
