//! What asks a run to stop: Ctrl-C, the system, or the end of the terminal.

use std::io;

use tokio::sync::watch;

use crate::platform::{StopRequest, StopRequests};
use crate::run::Stop;

use super::screen::tell;
use crate::refusal::ExitStatus;

/// Where signals come from.
enum Requests {
    System(StopRequests),
    #[cfg(test)]
    Simulated(crate::test_world::Requests),
}

impl Requests {
    fn listen() -> io::Result<Requests> {
        #[cfg(test)]
        if let Some(requests) = crate::test_world::stop_requests() {
            return Ok(Requests::Simulated(requests));
        }
        StopRequests::listen().map(Requests::System)
    }

    async fn next(&mut self) -> Option<StopRequest> {
        match self {
            Requests::System(requests) => requests.next().await,
            #[cfg(test)]
            Requests::Simulated(requests) => requests.recv().await,
        }
    }
}

/// Listens for signals as long as it lives.
#[derive(Debug)]
pub(super) struct Signals {
    stop: watch::Receiver<Stop>,
    asks: watch::Sender<Stop>,
    /// How the program ends if a signal ended the run.
    status: watch::Receiver<Option<ExitStatus>>,
}

impl Signals {
    /// Begins to listen: the first signal asks the run to finish, the second to end at once.
    pub(super) fn listen() -> io::Result<Signals> {
        let mut requests = Requests::listen()?;
        let (stop, asked) = watch::channel(Stop::No);
        let asks = stop.clone();
        let (ended, status) = watch::channel(None);
        tokio::spawn(async move {
            while let Some(request) = requests.next().await {
                let with = match request {
                    StopRequest::Interrupt => ExitStatus::Interrupted,
                    StopRequest::Terminate => ExitStatus::Terminated,
                };
                ended.send_if_modified(|status| status.is_none() && status.replace(with).is_none());
                let next = if *stop.borrow() == Stop::No {
                    Stop::Finish
                } else {
                    Stop::Now
                };
                if next == Stop::Finish {
                    tell(
                        "Stopping: what is under way is finished first. Press Ctrl-C again to stop at once.",
                    );
                }
                stop.send_replace(next);
            }
        });
        Ok(Signals {
            stop: asked,
            asks,
            status,
        })
    }

    pub(super) fn stop(&self) -> watch::Receiver<Stop> {
        self.stop.clone()
    }

    /// Asks the run to finish, as the first signal does.
    pub(super) fn stop_run(&self) {
        self.asks.send_if_modified(|stop| {
            *stop == Stop::No && std::mem::replace(stop, Stop::Finish) == Stop::No
        });
    }

    pub(super) fn status(&self) -> Option<ExitStatus> {
        *self.status.borrow()
    }
}
