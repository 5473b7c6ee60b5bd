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
    Attempts, Caller, Class, Contact, Holder, NoTurn, Operation, Over, Sent as Reached, Then,
    Trouble, Turn, path_of,
};
use crate::contact::{Assignee, Identifier};
use crate::outcome::{Met, Outcome, Sent, Status};
use crate::plan::{Change, Expected, Plan};

use super::claims::{Claims, Verdict};
use super::clock::Moment;
use super::{End, Options, Reads};

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
    /// Since when the API answers 449, and how long to wait next.
    queued: Option<(Instant, Duration)>,
    /// Writes sent, over all runs.
    sent: u32,
    previous: Option<Assignee>,
    /// Who has the contact, as it was read last.
    holder: Option<Assignee>,
    contact_id: Option<u64>,
    /// When the contact was read, if nothing has been written since.
    compared: Option<Moment>,
    /// Whether the outcome was told by reading.
    pub(super) seen: bool,
    in_doubt: bool,
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
    /// It means the same contact as another row, which wants something else.
    Conflict {
        outcome: Outcome,
        /// The other row.
        with: u32,
        /// What is to be said there.
        theirs: String,
    },
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
            queued: None,
            sent: row.attempts,
            previous: row.previous.cloned(),
            holder: None,
            contact_id: None,
            compared: None,
            seen: false,
            in_doubt: row.in_doubt,
        }
    }

    fn outcome(&self, row: u32, status: Status, error: Option<String>) -> Outcome {
        Outcome {
            row,
            status,
            previous: self.previous.clone(),
            error,
            http: self.attempts.http,
            contact_id: self.contact_id,
            attempts: self.sent,
            at: Timestamp::now(),
        }
    }

    /// The outcome if the run ends now.
    pub(super) fn unfinished(&self, row: u32) -> Outcome {
        let ended = |said: &String| {
            format!("the run ended before it could be tried again; the last answer was: {said}")
        };
        let status = if self.queued.is_some() {
            Status::Busy
        } else {
            Status::NotAttempted
        };
        self.outcome(row, status, self.attempts.said.as_ref().map(ended))
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
                .filter(|read| clock.since(*read) <= FRESH);
            let read = match fresh {
                Some(read) => read,
                None if reads => {
                    self.compare(job, change).await?;
                    clock.moment()
                }
                None => clock.moment(),
            };
            if !self.may_write.load(Ordering::Relaxed) {
                job.compared = Some(read);
                return Break(Box::new(Next::Held));
            }
            let pacer = self.caller.pacer(Operation::Write);
            let turn = pacer.forecast(pacer.waiting() + 1);
            if turn > Instant::now() + ANNOUNCED_AHEAD {
                job.compared = Some(read);
                return Break(Box::new(Next::Later(turn - TAKEN_UP_BEFORE)));
            }
            self.announce(job, change).await?;
            let deadline = Instant::now() + FRESH.saturating_sub(clock.since(read));
            let turn = self
                .turn(Operation::Write, job, change, reads.then_some(deadline))
                .await?;
            // While the computer slept, no timer went on.
            let Some(turn) = turn.filter(|_| !reads || clock.since(read) <= FRESH) else {
                continue;
            };
            if let Some(id) = job.contact_id {
                // Another row may have turned out to mean this contact while this one waited for its turn.
                self.claim(job, change, id)?;
            }
            self.writing.fetch_add(1, Ordering::Relaxed);
            let next = self.write(job, change, turn, read).await;
            self.writing.fetch_sub(1, Ordering::Relaxed);
            return Break(Box::new(next));
        }
    }

    async fn write(
        &self,
        job: &mut Job,
        change: &Change<'_>,
        turn: Turn<'_>,
        read: Moment,
    ) -> Next {
        let target = job.contact(change);
        job.sent += 1;
        let request = self.caller.client().set_assignee(&target, change.assignee);
        match self.caller.send(turn, &mut job.attempts, request).await {
            Ok(id) => self.written(job, change, id),
            Err(trouble) => {
                match trouble.failure.class {
                    // What was not carried out leaves what was read as it was.
                    Class::Throttled { .. } | Class::Paused { .. } => {
                        job.sent -= 1;
                        job.compared = Some(read);
                    }
                    Class::Lost { sent: Reached::No } => job.sent -= 1,
                    Class::Transient | Class::Lost { .. } | Class::Queued => job.in_doubt = true,
                    Class::NotServed | Class::Unauthorized | Class::Refused => {}
                }
                self.troubled(job, change, trouble)
            }
        }
    }

    /// Reads a contact and compares it with what the row wants; goes on if it has to be written.
    async fn compare(&self, job: &mut Job, change: &Change<'_>) -> Step<()> {
        let contact = self.read(job, change).await?;
        job.contact_id = Some(contact.id);
        job.met = met(&contact.holder);
        job.compared_now = Some(Wanted::LeftAlone);
        self.claim(job, change, contact.id)?;
        let holder = contact.holder.to_assignee();
        if contact.holder.is(change.assignee) {
            let status = if job.in_doubt {
                done(change.assignee)
            } else {
                Status::Unchanged
            };
            if !job.in_doubt {
                job.previous = job.previous.take().or(holder);
            }
            job.seen = true;
            return settled(job.outcome(change.row, status, None));
        }
        let seen = job.previous.as_ref().filter(|_| job.in_doubt);
        let expected = seen.map(Expected::Seen).or(change.expected);
        if let Some(error) = expected.and_then(|expected| drift(expected, &contact.holder)) {
            return settled(job.outcome(change.row, Status::Drifted, Some(error)));
        }
        if job.sent == 0 {
            job.previous = holder.clone();
        }
        job.holder = holder;
        job.compared_now = Some(Wanted::Written);
        Continue(())
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
            Err(trouble) => Break(Box::new(self.troubled(job, change, trouble))),
        }
    }

    /// What comes next for a row whose request failed.
    fn troubled(&self, job: &mut Job, change: &Change<'_>, trouble: Trouble) -> Next {
        let Trouble { then, failure } = trouble;
        if failure.class != Class::Queued {
            job.queued = None;
        }
        let message = failure.message;
        match then {
            Then::Again(at) => Next::Later(at),
            Then::Queued => self.park(job, change, message),
            Then::Refused => Next::Settled(job.outcome(change.row, Status::Failed, Some(message))),
            Then::UsedUp(tries) => {
                let error = format!("{message}; tried {tries} times");
                Next::Settled(job.outcome(change.row, Status::Failed, Some(error)))
            }
            Then::Over(over) => Next::End(over.into(), job.unfinished(change.row)),
        }
    }

    /// Sets a row aside whose contact the API has in its queue.
    fn park(&self, job: &mut Job, change: &Change<'_>, message: String) -> Next {
        let now = Instant::now();
        let (since, wait) = job.queued.unwrap_or((now, self.options.queue_wait));
        if now + wait > since + self.options.queue_patience {
            let waited = (now - since).as_secs();
            let error = format!("{message}; it was tried for {waited} seconds; run again later");
            return Next::Settled(job.outcome(change.row, Status::Busy, Some(error)));
        }
        job.queued = Some((since, wait * 2));
        Next::Later(now + wait)
    }

    /// Takes in a write that the API has accepted.
    fn written(&self, job: &mut Job, change: &Change<'_>, id: u64) -> Next {
        if let Some(read) = job.contact_id.filter(|read| *read != id) {
            let error = format!(
                "the API answered for another contact: id:{id} instead of id:{read}; look at both"
            );
            return Next::Settled(job.outcome(change.row, Status::Failed, Some(error)));
        }
        job.contact_id = Some(id);
        match self.claim(job, change, id) {
            Break(next) => *next,
            Continue(()) => Next::Settled(job.outcome(change.row, done(change.assignee), None)),
        }
    }

    /// Makes sure that no other row means this contact.
    fn claim(&self, job: &Job, change: &Change<'_>, id: u64) -> Step<()> {
        match self.claims.claim(id, change.row, change.assignee) {
            Verdict::Ours => Continue(()),
            Verdict::Duplicate { row } => {
                let error = format!(
                    "the same change as row {row}, which names this contact in another way (id:{id})"
                );
                settled(job.outcome(change.row, Status::Duplicate, Some(error)))
            }
            Verdict::Conflict { row, theirs } => {
                let say = |row: u32, assignee: &Assignee| {
                    format!(
                        "row {row} names this contact in another way (id:{id}) and {}; write `skip` into \
                         `reassign_decision` of the row that is wrong",
                        match assignee {
                            Assignee::Nobody => "unassigns it".to_owned(),
                            assignee => format!("gives it to `{assignee}`"),
                        }
                    )
                };
                Break(Box::new(Next::Conflict {
                    outcome: job.outcome(change.row, Status::Conflict, Some(say(row, &theirs))),
                    with: row,
                    theirs: say(change.row, change.assignee),
                }))
            }
        }
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

/// What is wrong if somebody else has the contact than must have it for the write to be sent.
fn drift(expected: Expected<'_>, holder: &Holder) -> Option<String> {
    let (Expected::Seen(assignee) | Expected::Told(assignee)) = expected;
    if holder.is(assignee) {
        return None;
    }
    let (now, then) = (describe(holder), had(assignee));
    let what = match expected {
        Expected::Seen(_) => {
            format!("somebody else moved this contact: it is {now}, no longer {then}")
        }
        Expected::Told(_) => format!("the sheet says that this contact is {then}, and it is {now}"),
    };
    Some(format!(
        "{what}; write `move` into `reassign_decision` to send it all the same"
    ))
}

fn had(assignee: &Assignee) -> String {
    match assignee {
        Assignee::Nobody => "with nobody".to_owned(),
        assignee => format!("with `{assignee}`"),
    }
}

fn describe(holder: &Holder) -> String {
    match holder {
        Holder::Nobody => "with nobody".to_owned(),
        Holder::User { id, email, name } => {
            let id = id.map(|id| id.to_string());
            format!(
                "with `{}`",
                email.as_deref().or(id.as_deref()).unwrap_or(name)
            )
        }
    }
}
