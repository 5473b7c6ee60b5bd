//! One question until it is answered: asked again as long as that makes sense.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::api::{
    Answered, Attempts, Caller, Client, FailedRequest, Failure, NoTurn, Operation, Over, Retry,
};

use super::Error;

/// What asks the API, and waits as it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(super) caller: Arc<Caller>,
    open: Arc<Mutex<OpenQuestions>>,
}

/// What has no answer yet.
#[derive(Debug)]
struct OpenQuestions {
    /// When the last question was answered, or the first one was asked.
    since: Instant,
    /// How many wait for an answer.
    under_way: usize,
    /// What failed and is asked again: why, and when.
    failed: HashMap<u64, (String, Instant)>,
}

/// What a lookup waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// For how long there has been no answer.
    pub lasts: Duration,
    /// Why.
    pub why: WhyWaiting,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyWaiting {
    /// A question failed.
    Failed {
        /// In a sentence.
        why: String,
        /// When it is asked again.
        again: Duration,
    },
    /// The API takes its time.
    NoAnswer,
    /// The turn of the next question has not come.
    Turn,
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
    /// Asks through `caller`.
    pub(crate) fn new(caller: &Arc<Caller>) -> Asker {
        // Each question is needed, so one that is not answered is enough to ask whether the API is there.
        caller.note_left(1);
        Asker {
            caller: Arc::clone(caller),
            open: Arc::new(Mutex::new(OpenQuestions {
                since: Instant::now(),
                under_way: 0,
                failed: HashMap::new(),
            })),
        }
    }

    /// What keeps questions from being answered.
    pub(crate) fn waiting(&self) -> Waiting {
        let (open, now) = (self.open(), Instant::now());
        let next = open.failed.values().min_by_key(|(_, again)| *again);
        let why = match next {
            Some((why, again)) => WhyWaiting::Failed {
                why: why.clone(),
                again: again.saturating_duration_since(now),
            },
            None if open.under_way > 0 => WhyWaiting::NoAnswer,
            None => WhyWaiting::Turn,
        };
        Waiting {
            lasts: now.duration_since(open.since),
            why,
        }
    }

    fn open(&self) -> MutexGuard<'_, OpenQuestions> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until what failed is asked again.
    async fn wait(&self, about: u64, why: String, again: Instant) {
        self.open().failed.insert(about, (why, again));
        sleep_until(again).await;
    }

    /// Notes that a question is settled, one way or the other.
    fn note_settled(&self, about: u64) {
        let mut open = self.open();
        open.failed.remove(&about);
        open.since = Instant::now();
    }

    pub(super) fn client(&self) -> &Client {
        self.caller.client()
    }

    /// Makes attempts until one is answered. `about` stands for the path that is asked for.
    pub(super) async fn ask<T, A>(
        &self,
        operation: Operation,
        about: u64,
        attempt: impl Fn() -> A,
    ) -> Result<T, Unanswered>
    where
        A: Future<Output = Result<Answered<T>, Failure>>,
    {
        let answer = self.asked_again(operation, about, attempt).await;
        self.note_settled(about);
        answer
    }

    async fn asked_again<T, A>(
        &self,
        operation: Operation,
        about: u64,
        attempt: impl Fn() -> A,
    ) -> Result<T, Unanswered>
    where
        A: Future<Output = Result<Answered<T>, Failure>>,
    {
        let mut attempts = Attempts::new(about);
        loop {
            let turn = match self.caller.turn(operation, about, None).await {
                Ok(turn) => turn,
                Err(NoTurn::Gone(until)) => {
                    let said = attempts.said.clone();
                    let why = said.unwrap_or_else(|| "the API does not answer".to_owned());
                    self.wait(about, why, until).await;
                    continue;
                }
                Err(NoTurn::Late) => continue,
            };
            self.open().under_way += 1;
            let sent = self.caller.send(turn, &mut attempts, attempt()).await;
            self.open().under_way -= 1;
            let trouble = match sent {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            let FailedRequest { retry, failure } = trouble;
            match retry {
                Retry::At(at) => self.wait(about, failure.message, at).await,
                Retry::InMinutes if self.caller.tries_again(&mut attempts) => {
                    let again = Instant::now() + attempts.pause();
                    self.wait(about, failure.message, again).await;
                }
                Retry::InMinutes => return Err(Unanswered::Failed(failure)),
                Retry::Refused => return Err(Unanswered::Refused(failure)),
                Retry::UsedUp(_) => return Err(Unanswered::Failed(failure)),
                Retry::Over(over) => return Err(Unanswered::Over(over.into())),
            }
        }
    }
}

impl From<Over> for Error {
    fn from(over: Over) -> Error {
        match over {
            Over::TokenRefused(why) => Error::TokenRefused(why),
            Over::Unreachable(why) => Error::Unreachable(why),
            Over::NoReads(why) => Error::NoReads(why),
            Over::Gone(why) => Error::Gone(why),
            Over::LongPause(pause) => Error::LongPause(pause),
            Over::OnlyRefusals(why, lasted) => Error::OnlyRefusals(why, lasted),
        }
    }
}
