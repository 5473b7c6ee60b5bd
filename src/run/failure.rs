//! What to do when a request fails: wait, set the row aside, try again, give the row up, or end the run.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use crate::api::{self, Class, Failure, Pass};
use crate::outcome::Status;
use crate::plan::Change;

use super::row::{Job, Next, Request, Shared};
use super::{End, LONGEST_PAUSE};

impl Shared {
    /// Whether the API asked for a pause; if so, it is held, and no attempt is used up.
    pub(super) fn throttled(
        &self,
        failure: &Failure,
        request: Request,
        pass: Pass,
        job: &mut Job,
        change: &Change<'_>,
    ) -> Result<bool, Box<Next>> {
        let Class::Throttled { retry_after } = failure.class else {
            return Ok(false);
        };
        self.meter.throttled();
        self.answered.store(true, Ordering::Relaxed);
        self.outage.answered();
        job.http = failure.http;
        job.said = Some(failure.message.clone());
        if let Some(pause) = retry_after.filter(|pause| *pause > LONGEST_PAUSE) {
            return Err(Box::new(Next::End(
                End::LongPause(pause),
                job.unfinished(change.row),
            )));
        }
        let otherwise = if retry_after.is_none() {
            job.pause()
        } else {
            Duration::ZERO
        };
        self.pacer(request)
            .refused(pass, retry_after, failure.allowance, otherwise);
        Ok(true)
    }

    /// Tells the pacer of a request that failed for another reason than being one too many.
    pub(super) fn took(&self, failure: &Failure, request: Request, pass: Pass) {
        if failure.http.is_some() {
            self.pacer(request).accepted(pass, failure.allowance);
        }
    }

    /// Decides what comes of a request that failed.
    pub(super) fn failed(
        &self,
        failure: Failure,
        request: Request,
        job: &mut Job,
        change: &Change<'_>,
        started: Instant,
    ) -> Box<Next> {
        let now = Instant::now();
        let Failure {
            http,
            class,
            message,
            ..
        } = failure;
        job.http = http;
        job.said = Some(message.clone());
        job.latencies.push(started.elapsed());
        let first_contact = !self.answered.load(Ordering::Relaxed);
        if http.is_some() {
            self.answered.store(true, Ordering::Relaxed);
        }
        let in_outage = self.outage.until().is_some();
        match class {
            Class::Transient | Class::Lost { .. } => {
                let nobody = matches!(class, Class::Lost { .. }) || http.is_some_and(is_gateway);
                let rows = self.active.load(Ordering::Relaxed);
                self.outage
                    .failed(now, if nobody { rows } else { usize::MAX });
            }
            _ => self.outage.answered(),
        }
        let unsent = matches!(
            class,
            Class::Lost {
                sent: api::Sent::No
            }
        );
        if request == Request::Write {
            if unsent {
                job.sent -= 1;
            } else if matches!(class, Class::Transient | Class::Lost { .. } | Class::Queued) {
                job.in_doubt = true;
            }
        }
        if class != Class::Queued {
            job.queued = None;
        }
        Box::new(match class {
            Class::Throttled { .. } => unreachable!("a pause is no failure"),
            Class::Queued => {
                self.meter.queued();
                self.park(job, change, now, message)
            }
            Class::Unauthorized => {
                Next::End(End::TokenRefused(message), job.unfinished(change.row))
            }
            Class::NotServed
                if request == Request::Read && !self.read_once.load(Ordering::Relaxed) =>
            {
                Next::End(End::NoReads(message), job.unfinished(change.row))
            }
            Class::Refused | Class::NotServed | Class::OtherContact { .. } | Class::Unclear => {
                Next::Settled(job.outcome(change.row, Status::Failed, Some(message)))
            }
            Class::Lost { .. } if unsent && first_contact => {
                Next::End(End::Unreachable(message), job.unfinished(change.row))
            }
            Class::Transient | Class::Lost { .. } => {
                match self.outage.lasts(now) {
                    Some(lasts) if lasts >= self.options.give_up_after => {
                        return Box::new(Next::End(
                            End::GaveUp(message),
                            job.unfinished(change.row),
                        ));
                    }
                    Some(_) if in_outage => return Box::new(Next::Later(now)),
                    _ => job.tries += 1,
                }
                if job.tries >= self.options.max_attempts {
                    let error = format!("{message}; tried {} times", job.tries);
                    Next::Settled(job.outcome(change.row, Status::Failed, Some(error)))
                } else {
                    Next::Later(now + job.pause())
                }
            }
        })
    }

    /// Sets a row aside whose contact the API has in its queue.
    fn park(&self, job: &mut Job, change: &Change<'_>, now: Instant, message: String) -> Next {
        let (since, wait) = job.queued.unwrap_or((now, self.options.queue_wait));
        if now + wait > since + self.options.queue_patience {
            let waited = (now - since).as_secs();
            let error = format!("{message}; it was tried for {waited} seconds; run again later");
            return Next::Settled(job.outcome(change.row, Status::Busy, Some(error)));
        }
        job.queued = Some((since, wait * 2));
        Next::Later(now + wait)
    }
}

/// Whether a server error says that somebody stands there who reaches nobody behind.
fn is_gateway(http: u16) -> bool {
    matches!(http, 502..=504)
}
