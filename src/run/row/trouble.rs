//! What comes next for a row whose request failed.

use tokio::time::Instant;

use crate::api::{Class, FailedRequest, Operation, Over, Retry};
use crate::outcome::{Reason, Status};
use crate::plan::Change;
use crate::run::End;

use super::job::{Job, Stage, Unknown};
use super::{Next, Shared};

impl Shared {
    /// What comes next for a row whose request failed.
    pub(super) fn troubled(
        &self,
        job: &mut Job,
        change: &Change<'_>,
        asked: Operation,
        trouble: FailedRequest,
    ) -> Next {
        let FailedRequest { retry, failure } = trouble;
        if failure.class != Class::Queued {
            job.queued = None;
        }
        let message: Box<str> = failure.message.into();
        let failed = |job: &Job, reason| {
            let status = match job.unknown {
                Unknown::NoAnswer => Status::Unknown,
                Unknown::No | Unknown::AfterError => Status::Failed,
            };
            Next::Settled(job.outcome(change.row, status, Some(reason)))
        };
        match retry {
            Retry::At(at) if matches!(job.stage, Stage::SetAside(_)) => {
                Next::Later(Self::taken_up_for(at))
            }
            Retry::At(at) => Next::Later(at),
            Retry::InMinutes => self.park(job, change, message),
            Retry::Refused => {
                if let Class::OtherContact { id } = failure.class {
                    let reason = Reason::OtherContact {
                        asked: job.target(asked, change),
                        answered: id,
                    };
                    return Next::Settled(job.outcome(change.row, Status::Failed, Some(reason)));
                }
                let reason = match (asked, failure.http) {
                    (_, http) if is_accepted(http) => Reason::UnreadableAnswer { message },
                    (Operation::Read, Some(404)) if failure.class == Class::Refused => {
                        let contact = change.contact.clone();
                        Reason::NoSuchContact { contact }
                    }
                    _ => Reason::Refused { message },
                };
                failed(job, reason)
            }
            Retry::UsedUp(attempts) => failed(job, Reason::AttemptsUsedUp { message, attempts }),
            Retry::Over(over) => Next::End(over.into(), job.unfinished(change.row)),
        }
    }

    /// Sets a row aside whose contact the API has in its queue.
    fn park(&self, job: &mut Job, change: &Change<'_>, message: Box<str>) -> Next {
        let now = Instant::now();
        let (since, wait) = job.queued.unwrap_or((now, self.options.queue_wait));
        if now + wait > since + self.options.queue_patience {
            let seconds = (now - since).as_secs();
            let reason = Reason::InQueue { message, seconds };
            return Next::Settled(job.outcome(change.row, Status::Busy, Some(reason)));
        }
        job.queued = Some((since, wait * 2));
        Next::Later(now + wait)
    }
}

impl From<Over> for End {
    fn from(over: Over) -> End {
        match over {
            Over::TokenRefused(why) => End::TokenRefused(why),
            Over::Unreachable(why) => End::Unreachable(why),
            Over::NoReads(why) => End::NoReads(why),
            Over::Gone(why) => End::GaveUp(why),
            Over::LongPause(pause) => End::LongPause(pause),
            Over::OnlyRefusals(why, lasted) => End::OnlyRefusals(why, lasted),
        }
    }
}

/// Whether the API has accepted a request although its answer cannot be read.
fn is_accepted(http: Option<u16>) -> bool {
    http.is_some_and(|http| (200..300).contains(&http))
}
