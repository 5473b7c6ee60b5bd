//! Plan and client become events: every change is read, compared and written, as fast as the API allows.
//!
//! The run emits and never prints or writes; whoever calls it journals and shows. Every request passes its endpoint's
//! pacer, rows that wait for something hold nobody up, and rows to one contact are never under way at the same time.

mod claims;
mod clock;
mod drift_gate;
mod meter;
mod queue;
mod resolved_names;
mod row;
mod schedule;
mod slots;
#[cfg(test)]
mod tests;
mod too_many_failures;
mod verify;

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::api::{Caller, Operation};
use crate::outcome::{Event, Outcome};
use crate::plan::Plan;

pub use clock::Clock;
pub use verify::{Standing, Verification, Verify, Written};

/// Whether a contact is read before it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// Every contact is read right before it is written.
    #[default]
    BeforeEveryWrite,
    /// Nothing is read: who had the contact stays unknown.
    Never,
}

/// What becomes of a contact whose conversation is closed: there a write may be accepted and change nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnClosed {
    /// It is written, and read back.
    #[default]
    Send,
    /// It is left as it is.
    Skip,
}

/// How a run goes about its work.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether contacts are read first.
    pub reads: Reads,
    /// Rows under way at the same time; `None`: as many as pace and latency need.
    pub concurrency: Option<NonZeroUsize>,
    /// Failed rows in a row that stop the run, as do half of the first 50, and half of the first 20 that are read back, if
    /// they were not made; `None`: no failures stop it.
    pub max_failures: Option<u32>,
    /// How long a row is set aside after the first 449; doubled each time.
    pub queue_wait: Duration,
    /// How long a row is tried again after 449 before it is `busy`.
    pub queue_patience: Duration,
    /// Only the first so many changes are made.
    pub limit: Option<usize>,
    /// How many contacts may be with somebody else than their rows say before nothing is sent at all; `None`: any
    /// number.
    pub max_drift: Option<usize>,
    /// Which changes are looked up afterwards.
    pub verify: Verify,
    /// What becomes of contacts whose conversation is closed.
    pub closed: OnClosed,
    /// Tells the time of day.
    pub clock: Clock,
}

/// So many that wait for their turn to write say that writes are what everything waits for.
const WRITES_ARE_SLOWER: usize = 3;

/// How many rows a second get through, as far as it is up to the pacers.
fn pace(caller: &Caller, reads: Reads) -> f64 {
    let (read, write) = (
        caller.pacer(Operation::Read),
        caller.pacer(Operation::Write),
    );
    match reads {
        Reads::Never => write.pace(),
        // A pace of writes that nobody has to wait for was never put to the test.
        Reads::BeforeEveryWrite if write.waiting() < WRITES_ARE_SLOWER => read.pace(),
        Reads::BeforeEveryWrite => read.pace().min(write.pace()),
    }
}

/// What somebody outside asked the run to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Nothing: go on.
    #[default]
    No,
    /// Finish the requests in flight, start nothing new.
    Finish,
    /// End at once.
    Now,
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every change was tried.
    Done,
    /// The limit on the number of changes was reached.
    Limit,
    /// Somebody outside asked for it.
    Stopped,
    /// The API does not accept the token.
    TokenRefused(String),
    /// So many rows failed one after the other.
    TooManyFailures(u32),
    /// So many times another contact answered than was asked for; what was said of the last of them.
    OtherContacts(u32, String),
    /// Half of the first rows failed.
    HalfFailed {
        /// How many failed.
        failed: u32,
        /// Of how many that were tried.
        tried: u32,
        /// What was said of most of those that failed.
        why: String,
        /// Of how many it was said.
        times: u32,
    },
    /// Half of the first writes that were read back were not made although they were accepted.
    NotMade {
        /// How many were not.
        not_made: u32,
        /// Of how many that were read back.
        read_back: u32,
    },
    /// Too many contacts are with somebody else than their rows say; nothing was sent.
    Drifted {
        /// The rows.
        rows: Vec<u32>,
        /// How many rows say who must have their contact.
        of: usize,
    },
    /// The API was gone for too long.
    GaveUp(String),
    /// The API asked for a pause of more than an hour.
    LongPause(Duration),
    /// For so long the API has said nothing but that a limit is reached.
    OnlyRefusals(String, Duration),
    /// The very first connection failed; nothing was sent.
    Unreachable(String),
    /// This API does not serve the read of a contact; nothing was sent.
    NoReads(String),
    /// What happened could no longer be written down.
    Unrecorded(String),
}

/// A run that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Why.
    pub end: End,
    /// Whether a write was announced; if so, nobody can say that nothing was sent.
    pub announced: bool,
    /// What became of each change, in the order of [`Plan::changes`].
    pub outcomes: Vec<Outcome>,
    /// Rows that an earlier run had written, and that turned out not to hold.
    pub revised: Vec<Outcome>,
    /// What came of reading back.
    pub verification: Verification,
}

/// Makes the changes of a plan.
///
/// `record` is called with what happened since the last call, and returns once it is on disk: a write leaves only after
/// the event that announces it was recorded, and a row's slot is held until its outcome was. Every change has an
/// outcome when the run ends, whatever happened. `standing` is what the run that this one continues had written.
pub async fn run(
    plan: Arc<Plan>,
    caller: Arc<Caller>,
    options: Options,
    standing: Standing,
    stop: watch::Receiver<Stop>,
    record: impl FnMut(&[Event]) -> io::Result<()>,
) -> Finished {
    schedule::Schedule::new(plan, caller, options, standing, record)
        .finish(stop)
        .await
}
