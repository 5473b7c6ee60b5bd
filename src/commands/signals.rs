//! Signals: those that ask a run to stop, and the one that means a full disk.

use std::io;

use tokio::sync::watch;

use crate::run::Stop;

use super::screen::tell;
use crate::refusal::ExitStatus;

/// Keeps SIGXFSZ from ending the program: a file that must not grow any more is an error of the write, like a full disk.
///
/// # Errors
/// If the system does not allow to listen for it.
#[cfg(unix)]
pub(super) fn outlive_full_files() -> io::Result<()> {
    use std::sync::{Arc, atomic::AtomicBool};

    // Listened to, it no longer ends the program; that it came is of no interest, for the write tells.
    let came = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, came).map(drop)
}

#[cfg(not(unix))]
pub(super) fn outlive_full_files() -> io::Result<()> {
    Ok(())
}

/// Whether whoever has started the program wants it to outlive a hangup.
#[cfg(target_os = "linux")]
fn is_hangup_ignored() -> bool {
    // A set of bits, that of signal N at N - 1.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    ignored.is_some_and(|bits| bits & (1 << (signal_hook::consts::SIGHUP - 1)) != 0)
}

/// The same where nothing tells it: a process inherits what is ignored, so one that survives its own hangup does.
#[cfg(all(unix, not(target_os = "linux")))]
fn is_hangup_ignored() -> bool {
    let mut shell = std::process::Command::new("/bin/sh");
    let ended = shell.args(["-c", "kill -HUP $$"]).status();
    ended.is_ok_and(|status| status.success())
}

#[cfg(unix)]
async fn received(signal: &mut Option<tokio::signal::unix::Signal>) -> Option<()> {
    match signal {
        Some(signal) => signal.recv().await,
        None => std::future::pending().await,
    }
}

/// Listens for signals as long as it lives.
#[derive(Debug)]
pub(super) struct Signals {
    stop: watch::Receiver<Stop>,
    /// How the program ends if a signal ended the run.
    status: watch::Receiver<Option<ExitStatus>>,
}

impl Signals {
    /// Begins to listen: the first signal asks the run to finish, the second to end at once.
    #[cfg(unix)]
    pub(super) fn listen() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};

        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        // Asked first: whoever is started with `nohup` is to outlive the terminal.
        let mut hangup = match is_hangup_ignored() {
            true => None,
            false => Some(signal(SignalKind::hangup())?),
        };
        let (stop, asked) = watch::channel(Stop::No);
        let (ended, status) = watch::channel(None);
        tokio::spawn(async move {
            loop {
                let with = tokio::select! {
                    Some(()) = interrupt.recv() => ExitStatus::Interrupted,
                    Some(()) = terminate.recv() => ExitStatus::Terminated,
                    Some(()) = received(&mut hangup) => ExitStatus::Terminated,
                    else => return,
                };
                ended.send_if_modified(|status| status.is_none() && status.replace(with).is_none());
                let next = if *stop.borrow() == Stop::No {
                    Stop::Finish
                } else {
                    Stop::Now
                };
                if next == Stop::Finish {
                    tell("Stopping: what is under way is finished first. Again to stop at once.");
                }
                stop.send_replace(next);
            }
        });
        Ok(Signals {
            stop: asked,
            status,
        })
    }

    #[cfg(not(unix))]
    pub(super) fn listen() -> io::Result<Signals> {
        let (stop, asked) = watch::channel(Stop::No);
        let (ended, status) = watch::channel(None);
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                ended.send_replace(Some(ExitStatus::Interrupted));
                let next = if *stop.borrow() == Stop::No {
                    Stop::Finish
                } else {
                    Stop::Now
                };
                stop.send_replace(next);
            }
        });
        Ok(Signals {
            stop: asked,
            status,
        })
    }

    pub(super) fn stop(&self) -> watch::Receiver<Stop> {
        self.stop.clone()
    }

    pub(super) fn status(&self) -> Option<ExitStatus> {
        *self.status.borrow()
    }
}
