//! One question to the API until it is answered or given up: whose turn it is, what a failure asks for, and whether the
//! API is there at all.
//!
//! Everybody who asks passes here, so that an attempt is paced, counted and judged in the same way whoever makes it.
//! What is asked, and what an answer means for a row, is decided by whoever asks.

mod retries;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::outage::{self, Outage, Side};
use super::sharing::Sharing;
use super::traffic::{Latencies, Traffic};
use super::unavailable::Unavailable;
use super::{Allowance, Answered, Class, Client, Failure, Operation, Pacer, Pass, Rate};
use crate::contact::Identifier;

pub use retries::{Attempts, FailedRequest, LONGEST_PAUSE, Over, Patience, Retry};

/// Where all operations have one counter, reads and writes use it in turn.
const TAKE_TURNS: u32 = 2;
/// What leaves after a read that has shown that the API is there keeps so much distance to it at most, unless it is
/// refused again and again.
const FURTHEST: Duration = Duration::from_secs(2);
/// That distance is doubled so often at most.
const DOUBLED: u32 = 3;

/// Asks the API: in turn, again where that makes sense, and not while it is gone.
#[derive(Debug)]
pub struct Caller {
    client: Client,
    pacers: [Pacer; 4],
    patience: Patience,
    outage: Outage,
    traffic: Traffic,
    latencies: Latencies,
    /// Since when nothing but refusals have come, for each operation.
    refusing: Mutex<[Option<Instant>; 4]>,
    /// Whether all operations have one counter.
    sharing: Mutex<Sharing>,
    /// What bare answers of 503 mean, for each operation.
    unavailable: Mutex<[Unavailable; 4]>,
    /// Whether the API has answered anything yet.
    answered: AtomicBool,
    /// How often the API turned out to be there since a read or list was accepted.
    was_there: AtomicU32,
    /// The ID of a contact that could be read; 0 for none.
    known: AtomicU64,
    /// How many questions there are that could still fail.
    left: AtomicUsize,
}

/// A request that may leave now. One that does not leave has used up its turn.
#[derive(Debug)]
#[must_use = "a turn is for a request"]
pub struct Turn<'a> {
    caller: &'a Caller,
    operation: Operation,
    about: u64,
    pass: Option<Pass>,
    /// Whether this request is the one that finds out if an outage is over, while no other may leave.
    in_outage: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.caller.pacer(self.operation).lost(pass);
        }
    }
}

/// Why there is no turn now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTurn {
    /// It would come too late.
    Late,
    /// The API is gone; somebody asks at this instant whether it is back.
    Gone(Instant),
}

/// A number that stands for the path of a contact.
pub fn path_of(contact: &Identifier) -> u64 {
    let mut hasher = DefaultHasher::new();
    contact.hash(&mut hasher);
    hasher.finish()
}

impl Caller {
    /// Asks through `client`, at a given rate or at the pace that is found for each operation.
    ///
    /// Must be made inside a Tokio runtime whose time is enabled.
    pub fn new(client: Client, rate: Option<Rate>, patience: Patience) -> Caller {
        let pacer = || rate.map_or_else(Pacer::finding, Pacer::at);
        Caller {
            client,
            pacers: [
                pacer().of_one_path(),
                pacer().of_one_path(),
                pacer(),
                pacer(),
            ],
            patience,
            outage: Outage::default(),
            traffic: Traffic::default(),
            latencies: Latencies::default(),
            refusing: Mutex::default(),
            sharing: Mutex::default(),
            unavailable: Mutex::default(),
            answered: false.into(),
            was_there: 0.into(),
            known: 0.into(),
            left: usize::MAX.into(),
        }
    }

    /// What speaks to the API, for a request that has a turn.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The pacer of an operation.
    pub fn pacer(&self, operation: Operation) -> &Pacer {
        &self.pacers[operation as usize]
    }

    /// What has left since it was looked at last.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Tells how many questions there are that could still fail.
    pub fn note_left(&self, left: usize) {
        self.left.store(left, Ordering::Relaxed);
    }

    /// Until when nobody asks because the API is gone; `None` if it is there.
    pub fn gone_until(&self, operation: Operation) -> Option<Instant> {
        let reads = self.outage.until(Side::Reads);
        match operation.side() {
            Side::Reads => reads,
            Side::Writes => reads.max(self.outage.until(Side::Writes)),
        }
    }

    /// The time that 95 of 100 requests take at most.
    pub fn slow_request(&self) -> Duration {
        self.latencies.slow()
    }

    /// Waits until one request may leave, for the path that `about` stands for; without a `deadline` as long as it
    /// takes.
    ///
    /// # Errors
    /// If the turn would come after the deadline, or the API is gone. No turn was used up then.
    pub async fn turn(
        &self,
        operation: Operation,
        about: u64,
        deadline: Option<Instant>,
    ) -> Result<Turn<'_>, NoTurn> {
        let in_outage = self.find_out(operation).await?;
        if in_outage {
            self.keep_distance(operation.side()).await;
        }
        let pacer = self.pacer(operation);
        let pass = match deadline {
            Some(deadline) => pacer.pass_by(about, deadline).await.ok_or(NoTurn::Late)?,
            None => pacer.pass(about).await,
        };
        let turn = Turn {
            caller: self,
            operation,
            about,
            pass: Some(pass),
            in_outage,
        };
        // It may have gone while this one waited.
        match self.outage.until(operation.side()) {
            Some(until) if !in_outage => Err(NoTurn::Gone(until)),
            _ => Ok(turn),
        }
    }

    /// What asks whether writes are taken again does not follow close on the read before it: where both have one counter
    /// that holds a single request, it would be refused for ever.
    async fn keep_distance(&self, side: Side) {
        let lasts = self.outage.lasts(side, Instant::now());
        if let (Side::Writes, Some(lasts)) = (side, lasts) {
            sleep((lasts / 4).min(FURTHEST)).await;
        }
    }

    /// What follows close on the read that has shown that the API is there, after that had seemed gone for so long, would be
    /// refused again where a limit that is told by a bare 503 holds a single request: by that read alone. Each time that
    /// happens, the distance is doubled. Where many are left, others leave meanwhile anyway.
    async fn keep_distance_to_read(&self, lasts: Duration) {
        if self.left.load(Ordering::Relaxed) > 1 {
            return;
        }
        let again = self.was_there.fetch_add(1, Ordering::Relaxed);
        sleep((lasts / 2).min(FURTHEST) * (1 << again.min(DOUBLED))).await;
    }

    /// Whether the API seems to be gone and this request is the one that finds out.
    async fn find_out(&self, operation: Operation) -> Result<bool, NoTurn> {
        for side in [Side::Reads, operation.side()] {
            match self.outage.turn(side, Instant::now()) {
                outage::Turn::Everybody => {}
                outage::Turn::Wait(at) => return Err(NoTurn::Gone(at)),
                outage::Turn::Probe => {
                    let known = self.known.load(Ordering::Relaxed);
                    if side == Side::Writes || known == 0 || !self.can_read(known).await {
                        return Ok(true);
                    }
                    // The API is there: what fails does so for its own reasons.
                    let lasts = self.outage.lasts(Side::Reads, Instant::now());
                    self.outage.answered(Side::Reads);
                    self.keep_distance_to_read(lasts.unwrap_or_default()).await;
                }
            }
        }
        Ok(false)
    }

    /// Whether a contact that could be read before still can.
    async fn can_read(&self, id: u64) -> bool {
        self.traffic.reads.fetch_add(1, Ordering::Relaxed);
        let contact = Identifier::Id(id);
        match self.client.contact(&contact).await {
            Ok(_) => {
                let mut unavailable = self.unavailable();
                unavailable[Operation::Read as usize]
                    .accepted_known(Instant::now(), path_of(&contact));
                true
            }
            Err(failure) => !matches!(failure.class, Class::Transient | Class::Lost { .. }),
        }
    }

    /// Sends a request whose turn it is.
    ///
    /// # Errors
    /// What came of it, and what is to be done about it. What the write of a failed attempt may have done is told by the
    /// failure's class.
    pub async fn send<T>(
        &self,
        mut turn: Turn<'_>,
        attempts: &mut Attempts,
        request: impl Future<Output = Result<Answered<T>, Failure>>,
    ) -> Result<T, FailedRequest> {
        let sent = match turn.operation.side() {
            Side::Reads => &self.traffic.reads,
            Side::Writes => &self.traffic.writes,
        };
        sent.fetch_add(1, Ordering::Relaxed);
        let pass = turn.pass.expect("a turn is used once");
        self.sharing().left(turn.operation, pass.at());
        let started = Instant::now();
        let result = request.await;
        self.latencies.note(started.elapsed());
        turn.pass = None;
        match result {
            Ok(answer) => {
                self.answered.store(true, Ordering::Relaxed);
                self.outage.answered(turn.operation.side());
                self.note_refusal(turn.operation, None);
                if turn.operation.side() == Side::Reads {
                    self.was_there.store(0, Ordering::Relaxed);
                }
                let now = Instant::now();
                self.unavailable()[turn.operation as usize].accepted(now, turn.about);
                self.accepted(turn.operation, pass, answer.allowance);
                attempts.http = Some(200);
                attempts.said = None;
                attempts.alone = 0;
                Ok(answer.value)
            }
            Err(failure) => {
                attempts.http = failure.http;
                attempts.said = Some(failure.message.clone());
                let retry = self.judge(&turn, pass, attempts, &failure);
                Err(FailedRequest { retry, failure })
            }
        }
    }

    /// Remembers a contact that could be read.
    pub fn note_known(&self, id: u64) {
        let _ = self
            .known
            .compare_exchange(0, id, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Notes a refusal, or an answer that is none, and tells for how long nothing but refusals have come.
    fn note_refusal(&self, operation: Operation, refused: Option<Instant>) -> Duration {
        let mut refusing = self.refusing.lock().unwrap_or_else(PoisonError::into_inner);
        let since = &mut refusing[operation as usize];
        *since = refused.map(|now| since.unwrap_or(now));
        match (refused, *since) {
            (Some(now), Some(since)) => now.duration_since(since),
            _ => Duration::ZERO,
        }
    }

    fn sharing(&self) -> MutexGuard<'_, Sharing> {
        self.sharing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accepted(&self, operation: Operation, pass: Pass, told: Allowance) {
        self.pacer(operation).accepted(pass, told);
        let is_common = self.sharing().accepted(operation, pass.at(), told);
        self.find_paces(is_common);
    }

    /// Finds one pace for all operations, or one for each, if it has turned out how they are counted.
    fn find_paces(&self, is_common: Option<bool>) {
        match is_common {
            Some(true) => Pacer::find_together(&self.pacers, TAKE_TURNS),
            Some(false) => Pacer::find_apart(&self.pacers),
            None => {}
        }
    }

    fn unavailable(&self) -> MutexGuard<'_, [Unavailable; 4]> {
        self.unavailable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
