//! What operating systems do differently: the only room that names one.
//!
//! Both files offer the same functions. What a system cannot do is said at the function that lacks it, and nowhere is it
//! taken for done.

#![allow(
    clippy::disallowed_methods,
    reason = "`files` asks the system through this room"
)]

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
#[cfg(any(windows, test))]
mod windows_words;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub(crate) use system::{
    FileId, StopRequests, allow_like, columns, cut, essential_environment, exposed,
    flags_of_plain_file, for_owner_alone, how_it_crashed, limit_this_process, name_fault, one_line,
    outlive_full_files, quoted, running_program, sync_file, sync_folder, try_lock, try_lock_shared,
    words,
};

/// What somebody asks of a program that is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopRequest {
    /// Ctrl-C.
    Interrupt,
    /// The terminal or the session ends, or the system wants the process to end.
    Terminate,
}

/// What a process may use, from when it is told on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Memory, in bytes.
    pub(crate) memory: u64,
    /// Processor time, in seconds.
    pub(crate) processor_seconds: u64,
}
