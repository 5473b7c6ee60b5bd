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
