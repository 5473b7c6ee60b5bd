//! `--when-done`: a command that is run once a run has ended, stopped, or waits for somebody.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::platform;
use crate::refusal::ExitStatus;

use super::screen::tell;

/// How a run has ended, for a program.
fn outcome(status: ExitStatus) -> &'static str {
    match status {
        ExitStatus::Done => "done",
        ExitStatus::RowsOpen => "rows-left",
        ExitStatus::CouldNotStart => "not-started",
        ExitStatus::StoppedEarly | ExitStatus::Interrupted | ExitStatus::Terminated => "stopped",
    }
}

/// Runs the command without a shell, with the outcome in its environment: no contact is in it, and no token. What it says
/// goes to standard error; how it ends changes nothing about the run.
pub(super) fn run(command: &str, status: ExitStatus, results: Option<&Path>) {
    let words = platform::words(command).filter(|words| !words.is_empty());
    let Some((program, args)) = words.as_deref().and_then(<[String]>::split_first) else {
        tell("`--when-done` is no command that can be read; look for a missing quote");
        return;
    };
    let mut child = Command::new(program);
    child
        .args(args)
        .env("REASSIGN_OUTCOME", outcome(status))
        .env("REASSIGN_EXIT_CODE", status.code().to_string())
        .env(
            "REASSIGN_RESULTS",
            results.map_or(OsStr::new(""), Path::as_os_str),
        )
        .env_remove("REASSIGN_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    match child.status() {
        Ok(ended) if ended.success() => {}
        Ok(ended) => tell(format!("the command of `--when-done` has failed: {ended}")),
        Err(err) => tell(format!("the command of `--when-done` cannot be run: {err}")),
    }
}
