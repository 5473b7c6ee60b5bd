//! Whether a failed request is tried again, and when.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::{Caller, Turn};
use crate::api::outage::Side;
use crate::api::pacer::{Pacer, Refused};
use crate::api::unavailable::Unavailable;
use crate::api::{Backoff, Class, Failure, Operation, Pass, Sent};

/// The longest pause that is slept through when the API asks for one.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Nothing but refusals of an operation for this long is more than any window explains. Where it is told as 403 and no
/// pause, it may be for ever.
const ONLY_REFUSALS: Duration = Duration::from_secs(70 * 60);
const ONLY_403: Duration = Duration::from_secs(10 * 60);
/// Whoever was refused for its own path's sake asks again after this long at most, if the server does not say when.
const OWN_REFUSAL: Duration = Duration::from_secs(2);

/// A question that met 503 more often than this, one after the other, has met no limit.
const FEW_503: u32 = 3;

/// How long a question is asked again.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Attempts at one question while others are answered.
    pub max_attempts: u32,
    /// How long the API may be gone.
    pub give_up_after: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            max_attempts: 8,
            give_up_after: Duration::from_secs(300),
        }
    }
}

/// What one question has been through so far.
#[derive(Clone, Debug)]
pub struct Attempts {
    /// Failed attempts that count towards [`Patience`]'s limit.
    pub failed: u32,
    backoff: Backoff,
    /// How often the question was refused for its own path's sake, one after the other.
    pub(super) alone: u32,
    /// The status of the last answer.
    pub http: Option<u16>,
    /// What the last failure said.
    pub said: Option<String>,
}

impl Attempts {
    /// None yet. `seed` tells the waits of different questions apart.
    pub fn new(seed: u64) -> Attempts {
        Attempts {
            failed: 0,
            backoff: Backoff::new(u32::MAX, seed),
            alone: 0,
            http: None,
            said: None,
        }
    }

    /// How long to wait before the next attempt.
    pub fn pause(&mut self) -> Duration {
        self.backoff.next().unwrap_or_default()
    }
}

/// Why a request has no answer that is of use, and what is to be done.
#[derive(Clone, Debug)]
pub struct FailedRequest {
    /// Whether it is tried again.
    pub retry: Retry,
    /// What came of the request.
    pub failure: Failure,
}

/// Whether a request that failed is tried again, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retry {
    /// To ask again at this instant.
    At(Instant),
    /// To ask again in minutes: the API has the contact in its queue.
    InMinutes,
    /// To give this question up: the API refuses it.
    Refused,
    /// To give this question up: so many attempts have failed while others were answered.
    UsedUp(u32),
    /// To end everything.
    Over(Over),
}

/// Why going on is pointless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// The token is not accepted.
    TokenRefused(String),
    /// The first connection failed.
    Unreachable(String),
    /// This API does not serve the read of a contact.
    NoReads(String),
    /// The API was gone for too long.
    Gone(String),
    /// The API asks for a pause that is longer than [`LONGEST_PAUSE`].
    LongPause(Duration),
    /// For so long the API has said nothing but that a limit is reached.
    OnlyRefusals(String, Duration),
}

impl Caller {
    /// Counts a failed attempt, and tells whether there may be another.
    pub fn tries_again(&self, attempts: &mut Attempts) -> bool {
        attempts.failed += 1;
        attempts.failed < self.patience.max_attempts
    }

    /// What a failure means, as far as the answers before it show. Who refuses one kind of requests by a bare 503 refuses
    /// the others in no other way. A question that meets it again and again has met no limit, unless most others do, too.
    fn class(&self, turn: &Turn<'_>, attempts: &Attempts, failure: &Failure) -> Class {
        if failure.class != Class::Transient || failure.http != Some(503) {
            return failure.class;
        }
        let mut all = self.unavailable();
        let own = turn.operation as usize;
        let was_limit = all.iter().any(Unavailable::is_limit);
        let is_limit = all[own].refused(Instant::now(), turn.about) || was_limit;
        if is_limit && !was_limit {
            let is_common = self.sharing().is_gateway();
            self.find_paces(is_common);
            self.pacers.iter().for_each(Pacer::is_refused_barely);
        }
        match is_limit && (attempts.alone < FEW_503 || all[own].refuses_most(turn.about)) {
            true => Class::Throttled { retry_after: None },
            false => failure.class,
        }
    }

    /// Decides what is to be done about a request that failed.
    pub(super) fn judge(
        &self,
        turn: &Turn<'_>,
        pass: Pass,
        attempts: &mut Attempts,
        failure: &Failure,
    ) -> Retry {
        let (now, side) = (Instant::now(), turn.operation.side());
        let pacer = self.pacer(turn.operation);
        let message = || failure.message.clone();
        let first_contact = !self.answered.load(Ordering::Relaxed);
        if failure.http.is_some() {
            self.answered.store(true, Ordering::Relaxed);
        }
        let class = self.class(turn, attempts, failure);
        let is_refusal = matches!(class, Class::Throttled { .. } | Class::Paused { .. });
        let lasts = self.note_refusal(turn.operation, is_refusal.then_some(now));
        let most = match failure.http {
            Some(403) => ONLY_403,
            _ => ONLY_REFUSALS,
        };
        if lasts >= most {
            return Retry::Over(Over::OnlyRefusals(message(), lasts));
        }
        match class {
            Class::Throttled { .. } | Class::Paused { .. } => {}
            // Whether that was one too many is not known yet.
            _ if failure.http == Some(503) => pacer.disregarded(pass),
            _ if failure.http.is_some() => self.accepted(turn.operation, pass, failure.allowance),
            _ => pacer.lost(pass),
        }
        match class {
            Class::Throttled { retry_after } => {
                self.traffic.throttled.fetch_add(1, Ordering::Relaxed);
                self.outage.answered(side);
                if let Some(pause) = retry_after.filter(|pause| *pause > LONGEST_PAUSE) {
                    return Retry::Over(Over::LongPause(pause));
                }
                let otherwise = Duration::from_millis(500 << attempts.alone.min(2));
                attempts.alone += 1;
                let otherwise = otherwise.min(OWN_REFUSAL);
                let (again, whose) = pacer.refused(pass, retry_after, failure.allowance, otherwise);
                if whose == Refused::Together || self.sharing().is_new(turn.operation) {
                    let is_common = self.sharing().refused(turn.operation, pass.at());
                    self.find_paces(is_common);
                }
                Retry::At(again)
            }
            Class::Paused { retry_after } if retry_after > LONGEST_PAUSE => {
                Retry::Over(Over::LongPause(retry_after))
            }
            Class::Paused { retry_after } => {
                self.traffic.throttled.fetch_add(1, Ordering::Relaxed);
                self.outage.answered(side);
                Retry::At(pacer.paused(pass, retry_after))
            }
            Class::Queued => {
                self.traffic.queued.fetch_add(1, Ordering::Relaxed);
                self.outage.answered(side);
                Retry::InMinutes
            }
            Class::Unauthorized => Retry::Over(Over::TokenRefused(message())),
            Class::NotServed
                if turn.operation == Operation::Read && self.known.load(Ordering::Relaxed) == 0 =>
            {
                Retry::Over(Over::NoReads(message()))
            }
            Class::Refused | Class::NotServed | Class::OtherContact { .. } | Class::Unclear => {
                self.outage.answered(side);
                Retry::Refused
            }
            Class::Lost { sent: Sent::No } if first_contact => {
                Retry::Over(Over::Unreachable(message()))
            }
            Class::Transient | Class::Lost { .. } => {
                self.broken(turn, attempts, failure, now, first_contact)
            }
        }
    }

    /// A request that broke, or met an error of the server's own.
    fn broken(
        &self,
        turn: &Turn<'_>,
        attempts: &mut Attempts,
        failure: &Failure,
        now: Instant,
        first_contact: bool,
    ) -> Retry {
        let side = turn.operation.side();
        let was_gone = self.outage.until(side).is_some();
        let nobody = matches!(failure.class, Class::Lost { .. })
            || failure.http.is_some_and(is_gateway)
            || first_contact;
        let left = match (side, self.known.load(Ordering::Relaxed) != 0) {
            // Each of them is read before it is written again, which tells whether the API is there.
            (Side::Writes, true) => usize::MAX,
            // Another contact can be asked whether it is.
            (Side::Reads, true) => self.left.load(Ordering::Relaxed),
            (_, false) if nobody => self.left.load(Ordering::Relaxed),
            (_, false) => usize::MAX,
        };
        self.outage.failed(side, turn.about, now, left);
        match self.outage.lasts(side, now) {
            Some(lasts) if lasts >= self.patience.give_up_after => {
                Retry::Over(Over::Gone(failure.message.clone()))
            }
            Some(_) if was_gone || turn.in_outage => {
                Retry::At(self.outage.until(side).unwrap_or(now))
            }
            _ if self.tries_again(attempts) => Retry::At(now + attempts.pause()),
            _ => Retry::UsedUp(attempts.failed),
        }
    }
}

/// Whether a server error says that somebody stands there who reaches nobody behind.
fn is_gateway(http: u16) -> bool {
    matches!(http, 502..=504)
}
