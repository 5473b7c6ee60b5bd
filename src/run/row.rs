//! One row: read the contact, compare, write; and what to do when a request fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::api::{Backoff, Client, Contact, Holder, Pacer, Pass};
use crate::contact::{Assignee, Identifier};
use crate::outcome::{Met, Outcome, Reason, Sent, Status};
use crate::plan::{Change, Expected, Plan};

use super::claims::{Claims, Verdict};
use super::clock::Moment;
use super::meter::Meter;
use super::outage::Outage;
use super::{End, Options, Pacers, Reads};

/// What all rows of a run share.
pub(super) struct Shared {
    pub(super) plan: Arc<Plan>,
    pub(super) client: Client,
    pub(super) pacers: Pacers,
    pub(super) options: Options,
    pub(super) claims: Claims,
    pub(super) outage: Outage,
    pub(super) meter: Meter,
    /// How many rows are still to be tried and do not wait in the API's queue.
    pub(super) active: AtomicUsize,
    /// Whether the API has answered anything yet.
    pub(super) answered: AtomicBool,
    /// Whether a contact was read yet.
    pub(super) read_once: AtomicBool,
    /// Whether writes may leave: not before it is known how many contacts were moved by others.
    pub(super) may_write: AtomicBool,
    /// Becomes true when nothing new may be sent.
    pub(super) closing: watch::Sender<bool>,
    pub(super) announce: mpsc::Sender<Announced>,
}

/// A write that waits for its announcement to be recorded.
pub(super) struct Announced {
    pub(super) change: u32,
    pub(super) sent: Sent,
    pub(super) recorded: oneshot::Sender<()>,
}

/// Whether a job goes ahead although the API seems to be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Ordinary,
    Probe,
}

/// A row on its way.
#[derive(Debug)]
pub(super) struct Job {
    /// Its place in the plan's changes.
    pub(super) change: u32,
    pub(super) role: Role,
    /// How long its requests took since the last look.
    pub(super) latencies: Vec<Duration>,
    /// Who had the contact when it was last read.
    pub(super) met: Option<Met>,
    /// Since when the API answers 449, and how long to wait next.
    pub(super) queued: Option<(Instant, Duration)>,
    /// Attempts that failed and were of the row's own making.
    pub(super) tries: u32,
    backoff: Backoff,
    /// Writes sent, over all runs.
    pub(super) sent: u32,
    previous: Option<Assignee>,
    /// Who has the contact, as it was read last.
    holder: Option<Assignee>,
    contact_id: Option<u64>,
    /// When the contact was read, if nothing has been written since.
    compared: Option<Moment>,
    /// Whether the outcome was told by reading.
    pub(super) seen: bool,
    /// Whether a write was sent whose end nobody saw, in this run or before.
    pub(super) in_doubt: bool,
    /// The same, and the contact has not been read since.
    pub(super) unknown: Unknown,
    /// Whether a write was accepted, or may have been.
    pub(super) may_have_written: bool,
    pub(super) http: Option<u16>,
    /// What the last failure said.
    pub(super) said: Option<String>,
}

/// Whether it is unknown if a row's last write was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It is known, or nothing was written.
    #[default]
    No,
    /// The API answered with an error of its own.
    AfterError,
    /// No answer was seen.
    NoAnswer,
}

/// What comes next for a job.
#[derive(Debug)]
pub(super) enum Next {
    /// It has its outcome.
    Settled(Outcome),
    /// It means the same contact as another row, which wants something else.
    Conflict {
        outcome: Outcome,
        /// The other row.
        with: u32,
        /// What is wrong there.
        theirs: Reason,
    },
    /// It is tried again at this instant.
    Later(Instant),
    /// It has to be written, as soon as writes may leave.
    Held,
    /// The whole run ends; the row has this outcome.
    End(End, Outcome),
}

/// How old a read may be, when the write leaves, before it is repeated.
const FRESH: Duration = Duration::from_secs(5);

impl Job {
    pub(super) fn new(change: u32, plan: &Plan) -> Job {
        let row = plan.change(change as usize);
        Job {
            change,
            role: Role::Ordinary,
            latencies: Vec::new(),
            met: None,
            queued: None,
            tries: 0,
            backoff: Backoff::new(u32::MAX, u64::from(row.row)),
            sent: row.attempts,
            previous: row.previous.cloned(),
            holder: None,
            contact_id: None,
            compared: None,
            seen: false,
            in_doubt: row.in_doubt,
            unknown: match row.in_doubt {
                true => Unknown::NoAnswer,
                false => Unknown::No,
            },
            may_have_written: row.may_have_written,
            http: None,
            said: None,
        }
    }

    /// For a contact that was written and is to be read back.
    pub(super) fn reading_back(row: u32, contact_id: u64) -> Job {
        Job {
            change: 0,
            role: Role::Ordinary,
            latencies: Vec::new(),
            met: None,
            queued: None,
            tries: 0,
            backoff: Backoff::new(u32::MAX, u64::from(row)),
            sent: 0,
            previous: None,
            holder: None,
            contact_id: Some(contact_id),
            compared: None,
            seen: false,
            in_doubt: false,
            unknown: Unknown::No,
            may_have_written: false,
            http: None,
            said: None,
        }
    }

    pub(super) fn outcome(&self, row: u32, status: Status, reason: Option<Reason>) -> Outcome {
        Outcome {
            row,
            status,
            previous: self.previous.clone().filter(|_| self.may_have_written),
            reason,
            http: self.http,
            contact_id: self.contact_id,
            attempts: self.sent,
            at: Timestamp::now(),
        }
    }

    /// The outcome if the run ends now.
    pub(super) fn unfinished(&self, row: u32) -> Outcome {
        let last = self.said.as_deref().map(Box::from);
        let (status, reason) = match self.unknown {
            _ if self.queued.is_some() => (Status::Busy, Reason::NotReached { last }),
            Unknown::No => (Status::NotAttempted, Reason::NotReached { last }),
            Unknown::AfterError | Unknown::NoAnswer => (Status::Unknown, Reason::NoAnswer),
        };
        self.outcome(row, status, Some(reason))
    }

    /// How long to wait before the next attempt.
    pub(super) fn pause(&mut self) -> Duration {
        self.backoff.next().unwrap_or_default()
    }

    pub(super) fn is_parked(&self) -> bool {
        self.queued.is_some()
    }
}

/// The two requests that a row makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Read,
    Write,
}

impl Shared {
    /// Takes a job as far as it gets without waiting for anything but pacer and network.
    pub(super) async fn attempt(&self, job: &mut Job) -> Next {
        let change = self.plan.change(job.change as usize);
        match self.row(job, &change).await {
            Ok(outcome) => Next::Settled(outcome),
            Err(next) => *next,
        }
    }

    async fn row(&self, job: &mut Job, change: &Change<'_>) -> Result<Outcome, Box<Next>> {
        let clock = &self.options.clock;
        loop {
            let fresh = job
                .compared
                .take()
                .filter(|read| clock.since(*read) <= FRESH);
            let read = match (self.options.reads, fresh) {
                (Reads::BeforeEveryWrite, None) => match self.compare(job, change).await? {
                    Some(outcome) => return Ok(outcome),
                    None => clock.moment(),
                },
                (Reads::BeforeEveryWrite, Some(read)) => read,
                (Reads::Never, _) => clock.moment(),
            };
            if !self.may_write.load(Ordering::Relaxed) {
                job.compared = Some(read);
                return Err(Box::new(Next::Held));
            }
            let target = match job.contact_id {
                Some(id) => Identifier::Id(id),
                None => change.contact.clone(),
            };
            self.announce(job, change).await?;
            loop {
                let pass = self.gate(job, change, Request::Write).await?;
                let age = clock.since(read);
                if self.options.reads == Reads::BeforeEveryWrite && age > FRESH {
                    break;
                }
                if let Some(id) = job.contact_id {
                    // Another row may have turned out to mean this contact while this one waited for its turn.
                    self.claim(job, change, id)?;
                }
                job.sent += 1;
                self.meter.sent(Request::Write);
                let started = Instant::now();
                match self.client.set_assignee(&target, change.assignee).await {
                    Ok(answer) => {
                        self.answered(job, started);
                        self.pacers.write.accepted(pass, answer.allowance);
                        return self.written(job, change, answer.value);
                    }
                    Err(failure)
                        if self.throttled(&failure, Request::Write, pass, job, change)? =>
                    {
                        job.sent -= 1;
                    }
                    Err(failure) => {
                        self.took(&failure, Request::Write, pass);
                        return Err(self.failed(failure, Request::Write, job, change, started));
                    }
                }
            }
        }
    }

    /// Reads a contact and compares it with what the row wants; `None`: it has to be written.
    async fn compare(
        &self,
        job: &mut Job,
        change: &Change<'_>,
    ) -> Result<Option<Outcome>, Box<Next>> {
        let contact = self.read(job, change).await?;
        job.contact_id = Some(contact.id);
        job.unknown = Unknown::No;
        job.met = met(&contact.holder);
        self.claim(job, change, contact.id)?;
        let holder = contact.holder.to_assignee();
        if contact.holder.is(change.assignee) {
            let status = if job.in_doubt {
                done(change.assignee)
            } else {
                Status::Unchanged
            };
            job.seen = true;
            return Ok(Some(job.outcome(change.row, status, None)));
        }
        let seen = job.previous.as_ref().filter(|_| job.in_doubt);
        let expected = seen.map(Expected::Seen).or(change.expected);
        if let Some(moved) = expected.and_then(|expected| drift(expected, &contact.holder)) {
            return Ok(Some(job.outcome(change.row, Status::Drifted, Some(moved))));
        }
        if !job.may_have_written {
            job.previous = holder.clone();
        }
        job.holder = holder;
        Ok(None)
    }

    pub(super) async fn read(
        &self,
        job: &mut Job,
        change: &Change<'_>,
    ) -> Result<Contact, Box<Next>> {
        let by_id = job.contact_id.map(Identifier::Id);
        loop {
            let pass = self.gate(job, change, Request::Read).await?;
            self.meter.sent(Request::Read);
            let started = Instant::now();
            match self
                .client
                .contact(by_id.as_ref().unwrap_or(change.contact))
                .await
            {
                Ok(answer) => {
                    self.answered(job, started);
                    self.pacers.read.accepted(pass, answer.allowance);
                    self.read_once.store(true, Ordering::Relaxed);
                    return Ok(answer.value);
                }
                Err(failure) if self.throttled(&failure, Request::Read, pass, job, change)? => {}
                Err(failure) => {
                    self.took(&failure, Request::Read, pass);
                    return Err(self.failed(failure, Request::Read, job, change, started));
                }
            }
        }
    }

    /// Takes in a write that the API has accepted.
    fn written(&self, job: &mut Job, change: &Change<'_>, id: u64) -> Result<Outcome, Box<Next>> {
        job.unknown = Unknown::No;
        job.may_have_written = true;
        if let Some(asked) = job.contact_id.filter(|asked| *asked != id) {
            let answered = id;
            let reason = Reason::OtherContact { asked, answered };
            return Ok(job.outcome(change.row, Status::Failed, Some(reason)));
        }
        job.contact_id = Some(id);
        self.claim(job, change, id)?;
        Ok(job.outcome(change.row, done(change.assignee), None))
    }

    /// Makes sure that no other row means this contact.
    fn claim(&self, job: &Job, change: &Change<'_>, id: u64) -> Result<(), Box<Next>> {
        match self.claims.claim(id, change.row, change.assignee) {
            Verdict::Ours => Ok(()),
            Verdict::Duplicate { row } => {
                let reason = Reason::Duplicate {
                    of: row,
                    id: Some(id),
                };
                Err(Box::new(Next::Settled(job.outcome(
                    change.row,
                    Status::Duplicate,
                    Some(reason),
                ))))
            }
            Verdict::Conflict { row, theirs } => {
                let conflict = |with, theirs| Reason::Conflict {
                    with,
                    theirs,
                    id: Some(id),
                };
                let ours = conflict(row, theirs);
                Err(Box::new(Next::Conflict {
                    outcome: job.outcome(change.row, Status::Conflict, Some(ours)),
                    with: row,
                    theirs: conflict(change.row, change.assignee.clone()),
                }))
            }
        }
    }

    /// Tells that a write is about to leave, and waits until that is recorded.
    async fn announce(&self, job: &Job, change: &Change<'_>) -> Result<(), Box<Next>> {
        let sent = Sent {
            row: change.row,
            contact: change.contact.clone(),
            assignee: change.assignee.clone(),
            previous: job.previous.clone(),
            held: job.holder.clone(),
            contact_id: job.contact_id,
            attempts: job.sent + 1,
            at: Timestamp::now(),
        };
        let (recorded, wait) = oneshot::channel();
        let unrecorded = || Box::new(Next::Settled(job.unfinished(change.row)));
        self.announce
            .send(Announced {
                change: job.change,
                sent,
                recorded,
            })
            .await
            .map_err(|_| unrecorded())?;
        wait.await.map_err(|_| unrecorded())
    }

    /// Waits for a request's turn, unless the run is closing.
    async fn gate(
        &self,
        job: &Job,
        change: &Change<'_>,
        request: Request,
    ) -> Result<Pass, Box<Next>> {
        let mut closing = self.closing.subscribe();
        let pass = tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => return Err(Box::new(Next::Settled(job.unfinished(change.row)))),
            pass = self.pacer(request).pass() => pass,
        };
        match self.outage.until() {
            Some(probe) if job.role == Role::Ordinary => Err(Box::new(Next::Later(probe))),
            _ => Ok(pass),
        }
    }

    pub(super) fn pacer(&self, request: Request) -> &Pacer {
        match request {
            Request::Read => &self.pacers.read,
            Request::Write => &self.pacers.write,
        }
    }

    fn answered(&self, job: &mut Job, started: Instant) {
        self.answered.store(true, Ordering::Relaxed);
        self.outage.answered();
        job.latencies.push(started.elapsed());
        job.http = Some(200);
        job.said = None;
    }
}

fn met(holder: &Holder) -> Option<Met> {
    match holder {
        Holder::Nobody => None,
        Holder::User { id, email, name } => Some(Met {
            id: *id,
            email: email.clone(),
            name: name.clone(),
        }),
    }
}

fn done(assignee: &Assignee) -> Status {
    match assignee {
        Assignee::Nobody => Status::Unassigned,
        Assignee::User(_) | Assignee::Email(_) => Status::Assigned,
    }
}

/// What is wrong if somebody else has the contact than must have it for the write to be sent.
fn drift(expected: Expected<'_>, holder: &Holder) -> Option<Reason> {
    if holder.is(expected.holder()) {
        return None;
    }
    Some(expected.moved(match holder {
        Holder::Nobody => None,
        Holder::User { id, email, name } => {
            let id = id.map(|id| id.to_string());
            Some(email.clone().or(id).unwrap_or_else(|| name.clone()))
        }
    }))
}
