//! One question until it is answered: asked again as long as that makes sense.

use std::sync::Arc;

use tokio::time::{sleep, sleep_until};

use crate::api::{
    Answered, Attempts, Caller, Client, FailedRequest, Failure, NoTurn, Operation, Over, Retry,
};

use super::Error;

/// What asks the API, and waits as it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(super) caller: Arc<Caller>,
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
        }
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
        let mut attempts = Attempts::new(about);
        loop {
            let turn = match self.caller.turn(operation, about, None).await {
                Ok(turn) => turn,
                Err(NoTurn::Gone(until)) => {
                    sleep_until(until).await;
                    continue;
                }
                Err(NoTurn::Late) => continue,
            };
            let trouble = match self.caller.send(turn, &mut attempts, attempt()).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            let FailedRequest { retry, failure } = trouble;
            match retry {
                Retry::At(at) => sleep_until(at).await,
                Retry::InMinutes if self.caller.tries_again(&mut attempts) => {
                    sleep(attempts.pause()).await;
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
