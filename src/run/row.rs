//! One row: read the contact, compare, write.

mod announce;
mod holder;
mod job;
mod others;
mod trouble;

use std::convert::Infallible;
use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::api::{
    Caller, Class, Contact, Counted, NoTurn, Operation, Sent as Reached, Turn, path_of,
};
use crate::outcome::{Outcome, Reason, Status};
use crate::plan::{Change, Expected, Plan};

use super::claims::{Claims, ReadAt};
use super::resolved_names::Names;
use super::{End, OnClosed, Options, Reads};
use holder::{done, drift, met};
use job::{AsksBy, Compared, Stage, Unknown};

pub(super) use announce::Announced;
pub(super) use holder::not_applied;
pub(super) use job::{Job, Wanted};

/// What all rows of a run share.
pub(super) struct Shared {
    pub(super) plan: Arc<Plan>,
    pub(super) caller: Arc<Caller>,
    pub(super) options: Options,
    pub(super) claims: Claims,
    pub(super) names: Names,
    /// How many rows have had their turn to write and are not done yet.
    pub(super) writing: AtomicUsize,
    /// How many rows that were set aside have been taken up again and do not wait at the pacer yet.
    pub(super) taken_up: AtomicUsize,
    /// How many wait for their turn to read back what was written.
    pub(super) reading_back: AtomicUsize,
    /// Whether writes may leave: not before it is known how many contacts were moved by others.
    pub(super) may_write: AtomicBool,
    /// Becomes true when nothing new may be sent.
    pub(super) closing: watch::Sender<bool>,
    pub(super) announce: mpsc::Sender<Announced>,
}

/// What comes next for a job.
#[derive(Debug)]
pub(super) enum Next {
    /// It has its outcome.
    Settled(Outcome),
    /// It is tried again at this instant.
    Later(Instant),
    /// It has to be written, as soon as writes may leave.
    Held,
    /// The whole run ends; the row has this outcome.
    End(End, Outcome),
}

/// A step that either goes on with what it has found, or tells what comes next for the job.
type Step<T> = ControlFlow<Box<Next>, T>;

/// How old a read may be, when the write leaves, before it is repeated.
const FRESH: Duration = Duration::from_secs(5);

/// As long as another row's write of its contact is under way, a row looks again after so long.
const UNDER_WAY: Duration = Duration::from_millis(250);

/// A write is not announced as long as its turn is further off than this.
const ANNOUNCED_AHEAD: Duration = Duration::from_secs(2);
/// A row whose turn is far off is taken up again so long before it, and looks so often whether it has come nearer.
const TAKEN_UP_BEFORE: Duration = Duration::from_millis(500);
const LOOKS_AGAIN: Duration = Duration::from_secs(2);

impl Shared {
    /// Takes a job as far as it gets without waiting for anything but its turn and the network.
    pub(super) async fn attempt(&self, job: &mut Job) -> Next {
        let change = self.plan.change(job.change as usize);
        let Break(next) = self.row(job, &change).await;
        *next
    }

    async fn row(&self, job: &mut Job, change: &Change<'_>) -> Step<Infallible> {
        let clock = &self.options.clock;
        let reads = self.options.reads == Reads::BeforeEveryWrite;
        loop {
            let mut taken_up = None;
            if let Stage::SetAside(_) = job.stage {
                if let Some(later) = self.before_turn() {
                    return Break(Box::new(Next::Later(later)));
                }
                taken_up = Some(Counted::among(&self.taken_up));
            }
            let compared = match std::mem::replace(&mut job.stage, Stage::ToRead) {
                Stage::Compared(compared) | Stage::SetAside(Some(compared))
                    if clock.since(compared.at) <= FRESH =>
                {
                    compared
                }
                _ => {
                    let read = self.claims.now();
                    if reads {
                        self.compare(job, change, read).await?;
                    }
                    let at = clock.moment();
                    Compared { at, read }
                }
            };
            if !self.may_write.load(Ordering::Relaxed) {
                job.stage = Stage::Compared(compared);
                return Break(Box::new(Next::Held));
            }
            drop(taken_up.take());
            if let Some(later) = self.before_turn() {
                job.stage = Stage::SetAside(Some(compared));
                return Break(Box::new(Next::Later(later)));
            }
            job.announced = Some(job.sent + 1);
            self.announce(job, change).await?;
            let deadline = Instant::now() + FRESH.saturating_sub(clock.since(compared.at));
            let turn = self
                .turn(Operation::Write, job, change, reads.then_some(deadline))
                .await?;
            // While the computer slept, no timer went on.
            let Some(turn) = turn.filter(|_| !reads || clock.since(compared.at) <= FRESH) else {
                job.stage = Stage::SetAside(None);
                continue;
            };
            if let Some(id) = job.contact_id {
                self.is_one(job, change)?;
                // Another row may have turned out to mean this contact while this one waited for its turn.
                let verdict = self.claims.finish(id, change, compared.read);
                self.judged(job, change, id, verdict)?;
            }
            let _writing = Counted::among(&self.writing);
            let next = self.write(job, change, turn, compared).await;
            return Break(Box::new(next));
        }
    }

    /// When to look again for the turn of a write, if that is far off. It may come sooner than it seems now.
    fn before_turn(&self) -> Option<Instant> {
        let pacer = self.caller.pacer(Operation::Write);
        let ahead = pacer.waiting() + self.taken_up.load(Ordering::Relaxed);
        let turn = pacer.forecast(ahead + 1);
        let now = Instant::now();
        (turn > now + ANNOUNCED_AHEAD).then(|| (turn - TAKEN_UP_BEFORE).min(now + LOOKS_AGAIN))
    }

    /// When a row is taken up again whose write may be asked for again at `turn`: before others are read for that turn.
    fn taken_up_for(turn: Instant) -> Instant {
        match turn.checked_sub(ANNOUNCED_AHEAD) {
            Some(before) if before > Instant::now() => before,
            _ => turn,
        }
    }

    async fn write(
        &self,
        job: &mut Job,
        change: &Change<'_>,
        turn: Turn<'_>,
        compared: Compared,
    ) -> Next {
        let target = job.contact(change);
        job.announced = None;
        job.sent += 1;
        job.refused_before = None;
        let request = self.caller.client().set_assignee(&target, change.assignee);
        match self.caller.send(turn, &mut job.attempts, request).await {
            Ok(id) => self.written(job, change, id),
            Err(trouble) => {
                let class = &trouble.failure.class;
                let is_known = matches!(
                    class,
                    Class::Throttled { .. }
                        | Class::Paused { .. }
                        | Class::Lost { sent: Reached::No }
                        | Class::Refused
                        | Class::Queued
                );
                if let Some(id) = job.contact_id.filter(|_| is_known) {
                    self.claims.withdraw(id, change.row);
                }
                match class {
                    // What was not carried out leaves what was read as it was.
                    Class::Throttled { .. } | Class::Paused { .. } => {
                        job.not_carried_out();
                        job.stage = Stage::SetAside(Some(compared));
                    }
                    Class::Lost { sent: Reached::No } => job.not_carried_out(),
                    Class::Lost { .. } => job.doubt(Unknown::NoAnswer),
                    Class::Transient | Class::Queued => job.doubt(Unknown::AfterError),
                    Class::Unclear => {
                        job.doubt(Unknown::NoAnswer);
                        if self.options.reads == Reads::BeforeEveryWrite {
                            let Break(next) = self.find_out(job, change).await;
                            return *next;
                        }
                    }
                    Class::OtherContact { .. } => job.may_have_written = true,
                    Class::NotServed | Class::Unauthorized | Class::Refused => {}
                }
                self.troubled(job, change, Operation::Write, trouble)
            }
        }
    }

    /// Reads a contact and compares it with what the row wants; goes on if it has to be written.
    async fn compare(&self, job: &mut Job, change: &Change<'_>, read: ReadAt) -> Step<()> {
        let is_busy = |id| self.claims.is_busy(id, change.row);
        if job.contact_id.is_some_and(is_busy) {
            return other_first();
        }
        let contact = self.read(job, change).await?;
        if let Some(shown) = job.contact_id.filter(|shown| *shown != contact.id) {
            let reason = Reason::NameOfAnother {
                name: change.contact.clone(),
                shown,
                answered: contact.id,
            };
            return settled(job.outcome(change.row, Status::Failed, Some(reason)));
        }
        self.names.note(&job.asked(change), &contact);
        self.is_one(job, change)?;
        job.asks_by = AsksBy::Id;
        job.contact_id = Some(contact.id);
        job.unknown = Unknown::No;
        job.met = met(&contact.holder);
        job.conversation = Some(contact.status);
        job.compared_now = Some(Wanted::LeftAlone);
        let verdict = self.claims.claim(contact.id, change, read);
        self.judged(job, change, contact.id, verdict)?;
        let holder = contact.holder.to_assignee();
        if contact.holder.is(change.assignee) {
            let status = if job.in_doubt {
                done(change.assignee)
            } else {
                Status::Unchanged
            };
            job.seen = true;
            let verdict = self.claims.finish(contact.id, change, read);
            self.judged(job, change, contact.id, verdict)?;
            return settled(job.outcome(change.row, status, None));
        }
        let seen = job.previous.as_ref().filter(|_| job.in_doubt);
        let expected = seen.map(Expected::Seen).or(change.expected);
        // What another row of this sheet has written was moved by nobody else.
        let given = self.claims.given_to(contact.id);
        let is_own = given.is_some_and(|assignee| contact.holder.is(&assignee));
        let expected = expected.filter(|_| !is_own);
        if let Some(moved) = expected.and_then(|expected| drift(expected, &contact.holder)) {
            return settled(job.outcome(change.row, Status::Drifted, Some(moved)));
        }
        if job.is_closed() && self.options.closed == OnClosed::Skip {
            return settled(job.outcome(change.row, Status::Skipped, Some(Reason::ClosedLeftOut)));
        }
        if !job.may_have_written {
            job.previous = holder.clone();
        }
        job.holder = holder;
        job.compared_now = Some(Wanted::Written);
        Continue(())
    }

    /// Finds out by reading what a write has done whose answer does not tell it.
    async fn find_out(&self, job: &mut Job, change: &Change<'_>) -> Step<Infallible> {
        let contact = self.read(job, change).await?;
        job.contact_id = Some(contact.id);
        job.unknown = Unknown::No;
        job.met = met(&contact.holder);
        if contact.holder.is(change.assignee) {
            job.seen = true;
            return settled(job.outcome(change.row, done(change.assignee), None));
        }
        let why = not_applied(&contact, job.previous.as_ref());
        settled(job.outcome(change.row, Status::NotApplied, Some(why)))
    }

    /// Makes sure that the row's name means one contact, as far as was seen. What was written is what was meant then.
    fn is_one(&self, job: &mut Job, change: &Change<'_>) -> Step<()> {
        let several = self.names.several(change.contact);
        let Some(several) = several.filter(|_| !job.may_have_written) else {
            return Continue(());
        };
        job.contact_id = None;
        settled(job.outcome(change.row, Status::Invalid, Some(several)))
    }

    async fn read(&self, job: &mut Job, change: &Change<'_>) -> Step<Contact> {
        let contact = job.asked(change);
        let Some(turn) = self.turn(Operation::Read, job, change, None).await? else {
            return Break(Box::new(Next::Later(Instant::now())));
        };
        let request = self.caller.client().contact(&contact);
        match self.caller.send(turn, &mut job.attempts, request).await {
            Ok(contact) => {
                self.caller.note_known(contact.id);
                Continue(contact)
            }
            // The name is in nobody's record any more, or this server finds contacts by ID alone.
            Err(trouble) if trouble.failure.http == Some(404) && job.knows_better(change) => {
                job.asks_by = AsksBy::Id;
                Break(Box::new(Next::Later(Instant::now())))
            }
            Err(trouble) => Break(Box::new(self.troubled(
                job,
                change,
                Operation::Read,
                trouble,
            ))),
        }
    }

    /// Takes in a write that the API has accepted.
    fn written(&self, job: &mut Job, change: &Change<'_>, id: u64) -> Next {
        job.unknown = Unknown::No;
        job.may_have_written = true;
        job.contact_id = Some(id);
        Next::Settled(job.outcome(change.row, done(change.assignee), None))
    }

    /// Waits for a request's turn, unless the run is closing; none if that would come after the deadline.
    async fn turn(
        &self,
        operation: Operation,
        job: &Job,
        change: &Change<'_>,
        deadline: Option<Instant>,
    ) -> Step<Option<Turn<'_>>> {
        let mut closing = self.closing.subscribe();
        let path = path_of(&job.target(operation, change));
        let turn = tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => return settled(job.unfinished(change.row)),
            turn = self.caller.turn(operation, path, deadline) => turn,
        };
        match turn {
            Ok(turn) => Continue(Some(turn)),
            Err(NoTurn::Late) => Continue(None),
            Err(NoTurn::Gone(until)) => Break(Box::new(Next::Later(until))),
        }
    }
}

/// Another row's write of the contact is seen through first; then it is read anew.
fn other_first<T>() -> Step<T> {
    Break(Box::new(Next::Later(Instant::now() + UNDER_WAY)))
}

fn settled<T>(outcome: Outcome) -> Step<T> {
    Break(Box::new(Next::Settled(outcome)))
}
