//! One row: read the contact, compare, write.

use std::convert::Infallible;
use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::api::{
    Attempts, Caller, Class, Contact, ConversationStatus, Holder, NoTurn, Operation, Over,
    Sent as Reached, Then, Trouble, Turn, path_of,
};
use crate::contact::{Assignee, Identifier};
use crate::outcome::{Met, Outcome, Reason, Sent, Status};
use crate::plan::{Change, Expected, Plan};

use super::claims::{Claims, Other, ReadAt, Verdict};
use super::clock::Moment;
use super::{End, OnClosed, Options, Reads};

/// What all rows of a run share.
pub(super) struct Shared {
    pub(super) plan: Arc<Plan>,
    pub(super) caller: Arc<Caller>,
    pub(super) options: Options,
    pub(super) claims: Claims,
    /// How many rows have had their turn to write and are not done yet.
    pub(super) writing: AtomicUsize,
    /// How many wait for their turn to read back what was written.
    pub(super) reading_back: AtomicUsize,
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

/// A row on its way.
#[derive(Debug)]
pub(super) struct Job {
    /// Its place in the plan's changes.
    pub(super) change: u32,
    /// What its requests have been through.
    pub(super) attempts: Attempts,
    /// Who had the contact when it was last read.
    pub(super) met: Option<Met>,
    /// Whether the contact was read since the job was started last, and has to be written.
    pub(super) compared_now: Option<Wanted>,
    /// Which write was announced and has not left, or was not carried out.
    pub(super) announced: Option<u32>,
    /// Since when the API answers 449, and how long to wait next.
    queued: Option<(Instant, Duration)>,
    /// Writes sent, over all runs.
    sent: u32,
    previous: Option<Assignee>,
    /// Who has the contact, as it was read last.
    holder: Option<Assignee>,
    contact_id: Option<u64>,
    /// When the contact was read, if nothing has been written since.
    compared: Option<Compared>,
    /// Whether the outcome was told by reading.
    pub(super) seen: bool,
    /// The state of the conversation as it was read last: where it is closed, a write may be accepted and change nothing.
    conversation: Option<ConversationStatus>,
    /// Whether a write was sent whose end nobody saw, in this run or before.
    in_doubt: bool,
    /// The same, and the contact has not been read since.
    unknown: Unknown,
    /// Whether a write was accepted, or may have been.
    may_have_written: bool,
}

/// When a contact was read and compared with what its row wants.
#[derive(Clone, Copy, Debug)]
struct Compared {
    at: Moment,
    read: ReadAt,
}

/// Whether it is unknown if a row's last write was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Unknown {
    /// It is known, or nothing was written.
    #[default]
    No,
    /// The API answered with an error of its own.
    AfterError,
    /// No answer was seen, or none that can be read.
    NoAnswer,
}

/// Whether a contact that was read has to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Written,
    LeftAlone,
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
/// A row whose turn is far off is taken up again so long before it.
const TAKEN_UP_BEFORE: Duration = Duration::from_millis(500);

impl Job {
    pub(super) fn new(change: u32, plan: &Plan) -> Job {
        let row = plan.change(change as usize);
        Job {
            change,
            attempts: Attempts::new(u64::from(row.row)),
            met: None,
            compared_now: None,
            announced: None,
            queued: None,
            sent: row.attempts,
            previous: row.previous.cloned(),
            holder: None,
            contact_id: row.contact_id,
            compared: None,
            seen: false,
            conversation: None,
            in_doubt: row.in_doubt,
            unknown: match row.in_doubt {
                true => Unknown::NoAnswer,
                false => Unknown::No,
            },
            may_have_written: row.may_have_written,
        }
    }

    fn outcome(&self, row: u32, status: Status, reason: Option<Reason>) -> Outcome {
        Outcome {
            row,
            status,
            previous: self.previous.clone().filter(|_| self.may_have_written),
            reason,
            http: self.attempts.http,
            contact_id: self.contact_id,
            attempts: self.sent,
            at: Timestamp::now(),
        }
    }

    /// The write that was sent last has changed nothing.
    fn not_carried_out(&mut self) {
        self.announced = Some(self.sent);
        self.sent -= 1;
    }

    /// The outcome if the run ends now.
    pub(super) fn unfinished(&self, row: u32) -> Outcome {
        let last = self.attempts.said.as_deref().map(Box::from);
        let (status, reason) = match self.unknown {
            _ if self.queued.is_some() => (Status::Busy, Reason::NotReached { last }),
            Unknown::No => (Status::NotAttempted, Reason::NotReached { last }),
            Unknown::AfterError | Unknown::NoAnswer => (Status::Unknown, Reason::NoAnswer),
        };
        self.outcome(row, status, Some(reason))
    }

    /// Takes in that a write may have been done.
    fn doubt(&mut self, unknown: Unknown) {
        self.unknown = unknown;
        (self.in_doubt, self.may_have_written) = (true, true);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.conversation == Some(ConversationStatus::Closed)
    }

    pub(super) fn is_parked(&self) -> bool {
        self.queued.is_some()
    }

    /// The contact as it is named best by now.
    fn contact(&self, change: &Change<'_>) -> Identifier {
        match self.contact_id {
            Some(id) => Identifier::Id(id),
            None => change.contact.clone(),
        }
    }
}

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
            let fresh = job
                .compared
                .take()
                .filter(|compared| clock.since(compared.at) <= FRESH);
            let compared = match fresh {
                Some(compared) => compared,
                None => {
                    let read = self.claims.now();
                    if reads {
                        self.compare(job, change, read).await?;
                    }
                    let at = clock.moment();
                    Compared { at, read }
                }
            };
            if !self.may_write.load(Ordering::Relaxed) {
                job.compared = Some(compared);
                return Break(Box::new(Next::Held));
            }
            let pacer = self.caller.pacer(Operation::Write);
            let turn = pacer.forecast(pacer.waiting() + 1);
            if turn > Instant::now() + ANNOUNCED_AHEAD {
                job.compared = Some(compared);
                return Break(Box::new(Next::Later(turn - TAKEN_UP_BEFORE)));
            }
            job.announced = Some(job.sent + 1);
            self.announce(job, change).await?;
            let deadline = Instant::now() + FRESH.saturating_sub(clock.since(compared.at));
            let turn = self
                .turn(Operation::Write, job, change, reads.then_some(deadline))
                .await?;
            // While the computer slept, no timer went on.
            let Some(turn) = turn.filter(|_| !reads || clock.since(compared.at) <= FRESH) else {
                continue;
            };
            if let Some(id) = job.contact_id {
                // Another row may have turned out to mean this contact while this one waited for its turn.
                let verdict = self.claims.finish(id, change, compared.read);
                self.judged(job, change, id, verdict)?;
            }
            self.writing.fetch_add(1, Ordering::Relaxed);
            let next = self.write(job, change, turn, compared).await;
            self.writing.fetch_sub(1, Ordering::Relaxed);
            return Break(Box::new(next));
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
                        job.compared = Some(compared);
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
        if let Some(asked) = job.contact_id.filter(|asked| *asked != contact.id) {
            let reason = Reason::OtherContact {
                asked: Identifier::Id(asked),
                answered: contact.id,
            };
            return settled(job.outcome(change.row, Status::Failed, Some(reason)));
        }
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

    async fn read(&self, job: &mut Job, change: &Change<'_>) -> Step<Contact> {
        let contact = job.contact(change);
        let Some(turn) = self.turn(Operation::Read, job, change, None).await? else {
            return Break(Box::new(Next::Later(Instant::now())));
        };
        let request = self.caller.client().contact(&contact);
        match self.caller.send(turn, &mut job.attempts, request).await {
            Ok(contact) => {
                self.caller.note_known(contact.id);
                Continue(contact)
            }
            Err(trouble) => Break(Box::new(self.troubled(
                job,
                change,
                Operation::Read,
                trouble,
            ))),
        }
    }

    /// What comes next for a row whose request failed.
    fn troubled(
        &self,
        job: &mut Job,
        change: &Change<'_>,
        asked: Operation,
        trouble: Trouble,
    ) -> Next {
        let Trouble { then, failure } = trouble;
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
        match then {
            Then::Again(at) => Next::Later(at),
            Then::Queued => self.park(job, change, message),
            Then::Refused => {
                if let Class::OtherContact { id } = failure.class {
                    let reason = Reason::OtherContact {
                        asked: job.contact(change),
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
            Then::UsedUp(attempts) => failed(job, Reason::AttemptsUsedUp { message, attempts }),
            Then::Over(over) => Next::End(over.into(), job.unfinished(change.row)),
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

    /// Takes in a write that the API has accepted.
    fn written(&self, job: &mut Job, change: &Change<'_>, id: u64) -> Next {
        job.unknown = Unknown::No;
        job.may_have_written = true;
        job.contact_id = Some(id);
        Next::Settled(job.outcome(change.row, done(change.assignee), None))
    }

    /// Makes sure that no other row means this contact, or that this one decides.
    fn judged(&self, job: &Job, change: &Change<'_>, id: u64, verdict: Verdict) -> Step<()> {
        let named = |other: &Other| Some(id).filter(|_| other.contact != *change.contact);
        let (status, reason) = match verdict {
            Verdict::Ours => return Continue(()),
            Verdict::OursLater => return other_first(),
            Verdict::Duplicate(other) => {
                let (of, id) = (other.row, named(&other));
                (Status::Duplicate, Reason::Duplicate { of, id })
            }
            Verdict::Conflict(other) if other.is_done => {
                let id = named(&other);
                let (with, theirs) = (other.row, other.assignee);
                let is_later = with < change.row;
                let reason = Reason::ConflictWithDone {
                    with,
                    theirs,
                    id,
                    is_later,
                };
                (Status::Conflict, reason)
            }
            Verdict::Conflict(other) => {
                let id = named(&other);
                let (with, theirs) = (other.row, other.assignee);
                (Status::Conflict, Reason::Conflict { with, theirs, id })
            }
            Verdict::Overruled(other) => (Status::Skipped, Reason::Overruled { by: other.row }),
        };
        settled(job.outcome(change.row, status, Some(reason)))
    }

    /// Tells that a write is about to leave, and waits until that is recorded.
    async fn announce(&self, job: &Job, change: &Change<'_>) -> Step<()> {
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
        let announced = Announced {
            change: job.change,
            sent,
            recorded,
        };
        if self.announce.send(announced).await.is_ok() && wait.await.is_ok() {
            Continue(())
        } else {
            settled(job.unfinished(change.row))
        }
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
        let path = path_of(&job.contact(change));
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

/// Whether the API has accepted a request although its answer cannot be read.
fn is_accepted(http: Option<u16>) -> bool {
    http.is_some_and(|http| (200..300).contains(&http))
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

/// Why a write that was answered 200 does not show.
pub(super) fn not_applied(contact: &Contact, previous: Option<&Assignee>) -> Reason {
    if contact.status == ConversationStatus::Closed {
        return Reason::ConversationClosed;
    }
    let owner = match &contact.holder {
        Holder::Nobody => None,
        holder => Some(named(holder).into()),
    };
    match previous.is_some_and(|previous| contact.holder.is(previous)) {
        true => Reason::NotMade { owner },
        false => Reason::MovedAfterwards { owner },
    }
}

/// A user by name and email, as far as the API tells them.
fn named(holder: &Holder) -> String {
    let Holder::User { id, email, name } = holder else {
        return "nobody".to_owned();
    };
    let id = id.map(|id| id.to_string());
    match (name.as_str(), email.as_ref().or(id.as_ref())) {
        ("", None) => "somebody whom the API does not name".to_owned(),
        ("", Some(key)) => format!("`{key}`"),
        (name, None) => name.to_owned(),
        (name, Some(key)) => format!("{name} (`{key}`)"),
    }
}
