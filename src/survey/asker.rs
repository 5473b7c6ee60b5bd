//! One question until it is answered: paced, and asked again as long as that makes sense.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::api::{Answered, Backoff, Class, Client, Failure, Pacer, Rate, Sent};

use super::{Error, LONGEST_PAUSE};

/// How questions are asked.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The pace of each kind of request; `None`: it is found.
    pub rate: Option<Rate>,
    /// Attempts at one question while others are answered.
    pub max_attempts: u32,
    /// How long the API may be gone.
    pub give_up_after: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            rate: None,
            max_attempts: 8,
            give_up_after: Duration::from_secs(300),
        }
    }
}

/// What asks the API, and waits as it asks for. Each endpoint has its own limit, and so its own pacer.
#[derive(Debug)]
pub struct Asker {
    pub(super) client: Client,
    pub(super) users: Pacer,
    pub(super) lists: Pacer,
    pub(super) reads: Pacer,
    options: Options,
    /// When the API last answered anything but an error of its own; `None`: never yet.
    answered: Mutex<Option<Instant>>,
    began: Instant,
}

/// Why a question has no answer, though others may have.
#[derive(Clone, Debug)]
pub(super) enum Unanswered {
    /// The API refuses this one.
    Refused(Failure),
    /// Every attempt failed, while others were answered.
    Failed(Failure),
    /// Going on is pointless.
    Over(Error),
}

impl Asker {
    /// Asks through `client`. Must be made inside a Tokio runtime whose time is enabled.
    pub fn new(client: Client, options: Options) -> Asker {
        let pacer = || options.rate.map_or_else(Pacer::learning, Pacer::at);
        Asker {
            client,
            users: pacer(),
            lists: pacer(),
            reads: pacer(),
            options,
            answered: Mutex::default(),
            began: Instant::now(),
        }
    }

    /// Makes attempts until one is answered. `seed` tells the waits of different questions apart.
    pub(super) async fn ask<T, A>(
        &self,
        pacer: &Pacer,
        seed: u64,
        attempt: impl Fn() -> A,
    ) -> Result<T, Unanswered>
    where
        A: Future<Output = Result<Answered<T>, Failure>>,
    {
        let mut backoff = Backoff::new(u32::MAX, seed);
        let mut tries = 0;
        let begun = Instant::now();
        loop {
            let pass = pacer.pass().await;
            let failure = match attempt().await {
                Ok(answer) => {
                    pacer.accepted(pass, answer.allowance);
                    self.heard();
                    return Ok(answer.value);
                }
                Err(failure) => failure,
            };
            if let Class::Throttled { retry_after } = failure.class {
                if let Some(pause) = retry_after.filter(|pause| *pause > LONGEST_PAUSE) {
                    return Err(Unanswered::Over(Error::LongPause(pause)));
                }
                self.heard();
                let otherwise = match retry_after {
                    None => backoff.next().unwrap_or_default(),
                    Some(_) => Duration::ZERO,
                };
                pacer.refused(pass, retry_after, failure.allowance, otherwise);
                continue;
            }
            if failure.http.is_some() {
                pacer.accepted(pass, failure.allowance);
            }
            match failure.class {
                Class::Throttled { .. } => unreachable!("a pause is no failure"),
                Class::Unauthorized => {
                    return Err(Unanswered::Over(Error::TokenRefused(failure.message)));
                }
                Class::Refused | Class::NotServed | Class::OtherContact { .. } | Class::Unclear => {
                    self.heard();
                    return Err(Unanswered::Refused(failure));
                }
                Class::Lost { sent: Sent::No } if self.last_heard().is_none() => {
                    return Err(Unanswered::Over(Error::Unreachable(failure.message)));
                }
                Class::Queued => self.heard(),
                Class::Transient | Class::Lost { .. } => {
                    let since = self.last_heard().unwrap_or(self.began);
                    if since.elapsed() >= self.options.give_up_after {
                        return Err(Unanswered::Over(Error::Gone(failure.message)));
                    }
                }
            }
            tries += 1;
            // As long as nobody is answered, it is the API's fault and not this question's.
            let others = self.last_heard().is_some_and(|heard| heard > begun);
            if tries >= self.options.max_attempts && others {
                return Err(Unanswered::Failed(failure));
            }
            sleep(backoff.next().unwrap_or_default()).await;
        }
    }

    fn heard(&self) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn last_heard(&self) -> Option<Instant> {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
