//! Signals that ask a run to stop.

use std::io;

use tokio::sync::watch;

use crate::run::Stop;

use super::ExitStatus;
use super::screen::tell;

/// SIGXFSZ: a file grew beyond what this process may write.
#[cfg(unix)]
const FILE_TOO_LARGE: i32 = 25;

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
        let mut hangup = signal(SignalKind::hangup())?;
        // Once listened to, it no longer ends the program: a file that must not grow is an error like a full disk.
        drop(signal(SignalKind::from_raw(FILE_TOO_LARGE))?);
        let (stop, asked) = watch::channel(Stop::No);
        let (ended, status) = watch::channel(None);
        tokio::spawn(async move {
            loop {
                let with = tokio::select! {
                    Some(()) = interrupt.recv() => ExitStatus::Interrupted,
                    Some(()) = terminate.recv() => ExitStatus::Terminated,
                    Some(()) = hangup.recv() => ExitStatus::Terminated,
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
