//! Which row goes next, and when: slots, rows that wait for their time, and the end of a run.

mod listing;
mod readback;

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::sync::{Arc, atomic};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};

use crate::api::{Caller, Operation};
use crate::outcome::{
    Event, Hold, HoldReason, Met, Outcome, Reason, Sent, Status, Verified, Waits, Withdrawn,
};
use crate::plan::Plan;

use super::claims::Claims;
use super::clock::{Asleep, TICK};
use super::drift_gate::{DriftGate, DriftVerdict};
use super::meter::Course;
use super::queue::Queue;
use super::resolved_names::Names;
use super::row::{Announced, Job, Next, Shared, Wanted};
use super::slots::Slots;
use super::too_many_failures::FailureWatch;
use super::verify::{Due, Picked, Place, Readback};
use super::{End, Finished, Options, Reads, Standing, Stop, Verification, pace};

use listing::{Listed, Listing};
use readback::{Seen, is_written};

/// How many announcements may wait to be recorded.
const ANNOUNCEMENTS: usize = 1024;

/// Rows are read at the earliest this much before the turn of their write, or two turns if that is less; beside what
/// reading takes.
const READ_AHEAD: Duration = Duration::from_secs(1);
/// At this many rows a second what happens within so long is recorded together: each record waits for the disk.
const FAST: f64 = 250.0;
const GATHERED: Duration = Duration::from_millis(10);
/// As long as so many rows are under way beside each other.
const OTHERS: usize = 10;
/// What of the time that recording took is still counted on the next time.
const RECORDING_FADES: f64 = 0.98;
/// A row meets the recording of others when it begins, when its write is announced, and then its own.
const RECORDINGS: u32 = 3;
/// Of so many contacts that were read last it counts how many have to be written.
const COUNTED: usize = 64;
/// Where fewer than this share have to be written, what is read in vain costs less than waiting.
const FEW: f64 = 0.1;

/// A run under way.
pub(super) struct Schedule<R> {
    shared: Arc<Shared>,
    announced: mpsc::Receiver<Announced>,
    slots: Slots,
    queue: Queue,
    /// How many changes are to be made.
    count: usize,
    /// As long as it is not certain that writes may leave.
    drift_gate: Option<DriftGate>,
    running: JoinSet<(Box<Job>, Next)>,
    /// What is being read back.
    looking: JoinSet<(Due, Seen)>,
    /// The list of contacts in which it is looked up what holds.
    listing: Listing,
    listed: JoinSet<Listed>,
    readback: Readback,
    /// When the run began, and when the last row was done.
    began: Instant,
    last: Instant,
    /// Whether the contacts that were read last had to be written.
    wanted: VecDeque<Wanted>,
    /// Rows of an earlier run that turned out not to hold.
    revised: Vec<Outcome>,
    /// What is under way, with its outcome if the run ends at once.
    under_way: HashMap<u32, Outcome>,
    /// What became of each change, and which change is which row.
    outcomes: HashMap<u32, Outcome>,
    /// Whether a write was announced.
    announced_any: bool,
    /// How long it takes at most, by what was seen lately, until what happened is on disk.
    recording: Duration,
    failures: FailureWatch,
    asleep: Asleep,
    waits: Waits,
    /// When it was last told what the run waits for.
    shown: Instant,
    course: Course,
    met: HashSet<Met>,
    ending: Option<End>,
    /// Why no more rows are begun, although what was written is still read back.
    begins_no_more: Option<End>,
    record: R,
}

impl<R: FnMut(&[Event]) -> io::Result<()>> Schedule<R> {
    pub(super) fn new(
        plan: Arc<Plan>,
        caller: Arc<Caller>,
        options: Options,
        standing: Standing,
        record: R,
    ) -> Schedule<R> {
        let (announce, announced) = mpsc::channel(ANNOUNCEMENTS);
        // What a look has sent is no part of the run.
        caller.traffic().take();
        let count = plan.sending(options.limit);
        let failures = FailureWatch::of(count, options.max_failures);
        let asleep = Asleep::new(options.clock.now(), Instant::now());
        let changes = 0..u32::try_from(count).expect("a sheet has fewer rows than u32::MAX");
        let is_conditional = |change: &u32| plan.change(*change as usize).is_conditional();
        let drift_gate = match options.reads {
            Reads::BeforeEveryWrite => {
                let rows = changes.clone().filter(is_conditional).count();
                DriftGate::of(rows, options.max_drift)
            }
            Reads::Never => None,
        };
        let queue = match drift_gate {
            Some(_) => Queue::holding(changes, is_conditional),
            None => Queue::of(changes),
        };
        Schedule {
            slots: Slots::new(
                options.concurrency,
                pace(&caller, options.reads),
                caller.slow_request(),
            ),
            readback: Readback::new(options.verify, standing, Instant::now()),
            began: Instant::now(),
            last: Instant::now(),
            wanted: VecDeque::new(),
            shared: Arc::new(Shared {
                claims: Claims::of(&plan),
                names: Names::of(&plan),
                writing: 0.into(),
                taken_up: 0.into(),
                reading_back: 0.into(),
                may_write: drift_gate.is_none().into(),
                closing: watch::Sender::new(false),
                plan,
                caller,
                options,
                announce,
            }),
            announced,
            queue,
            count,
            drift_gate,
            running: JoinSet::new(),
            looking: JoinSet::new(),
            listing: Listing::default(),
            listed: JoinSet::new(),
            revised: Vec::new(),
            under_way: HashMap::new(),
            outcomes: HashMap::new(),
            announced_any: false,
            recording: Duration::ZERO,
            failures,
            asleep,
            waits: Waits::default(),
            shown: Instant::now(),
            course: Course::new(Instant::now()),
            met: HashSet::new(),
            ending: None,
            begins_no_more: None,
            record,
        }
    }

    pub(super) async fn finish(mut self, mut stop: watch::Receiver<Stop>) -> Finished {
        loop {
            self.shared.caller.note_left(self.active());
            let wake = [self.start(), self.start_readbacks()];
            if self.is_done() {
                break;
            }
            let wake = wake.into_iter().flatten().min();
            let (mut events, mut writes) = (Vec::new(), Vec::new());
            tokio::select! {
                biased;
                Ok(()) = stop.changed() => {
                    self.end(End::Stopped);
                    if *stop.borrow_and_update() == Stop::Now {
                        break;
                    }
                }
                Some(done) = self.running.join_next(), if !self.running.is_empty() => self.take_in(done, &mut events),
                Some(done) = self.looking.join_next(), if !self.looking.is_empty() => self.take_in_readback(done, &mut events),
                Some(done) = self.listed.join_next(), if !self.listed.is_empty() => self.take_in_list(done, &mut events),
                Some(write) = self.announced.recv() => writes.push(write),
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
                () = sleep(TICK) => {}
            }
            if self.is_fast() {
                sleep(GATHERED).await;
            }
            let clock = &self.shared.options.clock;
            events.extend(
                self.asleep
                    .look(clock.now(), Instant::now())
                    .map(Event::Slept),
            );
            while let Some(done) = self.running.try_join_next() {
                self.take_in(done, &mut events);
            }
            while let Some(done) = self.looking.try_join_next() {
                self.take_in_readback(done, &mut events);
            }
            while let Ok(write) = self.announced.try_recv() {
                writes.push(write);
            }
            self.record(events, writes);
        }
        self.close()
    }

    /// Whether rows follow each other so fast that each has others beside it, and more may be under way while they wait.
    fn is_fast(&self) -> bool {
        let Shared {
            caller, options, ..
        } = &*self.shared;
        let has_others = self.running.len() >= OTHERS;
        has_others && !self.slots.is_fixed() && pace(caller, options.reads) >= FAST
    }

    fn is_done(&self) -> bool {
        if self.has_rows_left() && self.ending.is_none() || !self.running.is_empty() {
            return false;
        }
        let time_is_up = self
            .readbacks_end()
            .is_some_and(|end| end <= Instant::now());
        time_is_up
            || self.looking.is_empty() && (self.ending.is_some() || self.readback.waiting() == 0)
    }

    /// Whether there are rows that are still to be begun.
    fn has_rows_left(&self) -> bool {
        !self.queue.is_empty() && self.begins_no_more.is_none()
    }

    /// Starts as many jobs as there are slots for and writes can use; those whose time has come go first. Tells when
    /// there may be more to start although nothing has happened, if that is known.
    fn start(&mut self) -> Option<Instant> {
        loop {
            let now = Instant::now();
            if self.ending.is_some() || !self.has_rows_left() || !self.has_slot() {
                return None;
            }
            let to_probe = match self.shared.caller.gone_until(self.needed()) {
                None => false,
                Some(_) if !self.running.is_empty() || !self.looking.is_empty() => return None,
                Some(until) if until > now => return Some(until),
                Some(_) => true,
            };
            if !to_probe && !self.queue.has(now) {
                return self.queue.next_due();
            }
            if !to_probe && let Some(begin) = self.begins(now).filter(|begin| *begin > now) {
                return Some(begin);
            }
            if !self.readback.allows(self.running.len()) {
                return None;
            }
            let mut job = self.queue.pick(now, to_probe, &self.shared.plan)?;
            let row = self.shared.plan.change(job.change as usize).row;
            self.under_way.insert(job.change, job.unfinished(row));
            let shared = Arc::clone(&self.shared);
            self.running.spawn(async move {
                let next = shared.attempt(&mut job).await;
                (job, next)
            });
        }
    }

    /// What must be there for a row to get on.
    fn needed(&self) -> Operation {
        match self.shared.may_write.load(atomic::Ordering::Relaxed) {
            true => Operation::Write,
            false => Operation::Read,
        }
    }

    /// When one more row may begin, so that its write finds its turn while what was read is fresh; `None`: at once.
    fn begins(&self, now: Instant) -> Option<Instant> {
        if self.needed() == Operation::Read {
            return None;
        }
        let written = self.written_share();
        if written < FEW {
            return None;
        }
        let Shared {
            caller, writing, ..
        } = &*self.shared;
        let pacer = caller.pacer(Operation::Write);
        let ahead = self.running.len()
            - writing
                .load(atomic::Ordering::Relaxed)
                .min(self.running.len());
        let turn = pacer.forecast((ahead as f64 * written).ceil() as usize + 1);
        let two_turns = Duration::from_secs_f64(2.0 / pacer.pace());
        let lead = caller.slow_request().mul_f64(1.5)
            + two_turns.min(READ_AHEAD)
            + self.recording * RECORDINGS;
        Some(turn.checked_sub(lead).unwrap_or(now))
    }

    /// How many of the contacts that are read have to be written.
    fn written_share(&self) -> f64 {
        if self.wanted.len() < COUNTED {
            return 1.0;
        }
        let written = self
            .wanted
            .iter()
            .filter(|wanted| **wanted == Wanted::Written);
        written.count() as f64 / COUNTED as f64
    }

    /// What is read back takes no slot from rows, unless the user has named a number.
    fn has_slot(&self) -> bool {
        let looking = match self.slots.is_fixed() {
            true => self.looking.len(),
            false => 0,
        };
        self.running.len() + looking < self.slots.count()
    }

    /// How many rows are still to be tried and do not wait in the API's queue; once there are none, how many are to be
    /// read back.
    fn active(&self) -> usize {
        let rows = match self.has_rows_left() {
            true => self.running.len() + self.queue.active(),
            false => self.running.len(),
        };
        match rows {
            0 => self.looking.len() + self.readback.waiting(),
            rows => rows,
        }
    }

    /// Takes in what came of a job.
    fn take_in(&mut self, done: Result<(Box<Job>, Next), JoinError>, events: &mut Vec<Event>) {
        let Ok((mut job, next)) = done else {
            // Our own mistake. The row stays under way, so that it is told as a write whose end nobody saw.
            self.end(End::Unrecorded(
                "reassign met a fault of its own while a row was under way".to_owned(),
            ));
            return;
        };
        let caller = &self.shared.caller;
        // The one that is done no longer counts as running.
        if self.running.len() + 1 >= self.slots.count() {
            let waiting = |operation| caller.pacer(operation).waiting();
            self.slots
                .full(waiting(Operation::Read) + waiting(Operation::Write));
        }
        let pace = pace(caller, self.shared.options.reads);
        self.slots.learn(pace, caller.slow_request());
        if let Some(wanted) = job.compared_now.take() {
            if self.wanted.len() == COUNTED {
                self.wanted.pop_front();
            }
            self.wanted.push_back(wanted);
        }
        self.last = Instant::now();
        events.extend(job.announced.take().map(|attempts| {
            Event::Withdrawn(Withdrawn {
                row: self.shared.plan.change(job.change as usize).row,
                attempts,
                at: Timestamp::now(),
            })
        }));
        if let Some(met) = job.met.take()
            && self.met.insert(met.clone())
        {
            events.push(Event::Met(met));
        }
        self.under_way.remove(&job.change);
        self.note_drift(job.change, &next);
        match next {
            Next::Settled(outcome) => {
                let (is_written, row) = (is_written(outcome.status), outcome.row);
                self.settle(job.change, outcome, events);
                if is_written && job.seen {
                    self.readback.seen();
                    let at = Timestamp::now();
                    events.push(Event::Verified(Verified { row, at }));
                } else if is_written {
                    let place = Place::Change(job.change);
                    let which = match job.is_closed() {
                        true => Picked::Always,
                        false => Picked::BySample,
                    };
                    self.readback.accepted(place, Instant::now(), which);
                }
            }
            Next::Later(at) => self.queue.later(at, job),
            Next::Held => self.queue.hold(job),
            Next::End(end, outcome) => {
                self.settle(job.change, outcome, events);
                self.end(end);
            }
        }
    }

    /// Finds out whether writes may leave, from what came of reading a row that says who must have its contact.
    fn note_drift(&mut self, change: u32, next: &Next) {
        let conditional = self.shared.plan.change(change as usize).is_conditional();
        let Some(gate) = self.drift_gate.as_mut().filter(|_| conditional) else {
            return;
        };
        let moved = match next {
            Next::Later(_) | Next::End(..) => return,
            Next::Settled(outcome) if outcome.status == Status::Drifted => Some(outcome.row),
            Next::Settled(_) | Next::Held => None,
        };
        match gate.note(moved) {
            DriftVerdict::Open => {}
            DriftVerdict::Fine => {
                self.drift_gate = None;
                self.shared.may_write.store(true, atomic::Ordering::Relaxed);
                self.queue.release();
            }
            DriftVerdict::TooMany => {
                let end = self.drift_gate.take().map(DriftGate::end);
                end.into_iter().for_each(|end| self.end(end));
            }
        }
    }

    /// Tells of a row that was done and whose contact another row has written since, by `--on-conflict`.
    fn replaced(&mut self, row: u32, by: u32, events: &mut Vec<Event>) {
        let plan = Arc::clone(&self.shared.plan);
        let by = plan.change(by as usize);
        let reason = Some(Reason::Replaced {
            by: by.row,
            now: by.assignee.clone(),
        });
        let mut outcomes = self.outcomes.values_mut();
        if let Some(outcome) = outcomes.find(|outcome| outcome.row == row) {
            if is_done(outcome.status) {
                outcome.reason = reason;
                events.push(Event::Settled(outcome.clone()));
            }
        } else if let Some(outcome) = plan.settled_outcome(row) {
            let outcome = Outcome { reason, ..outcome };
            events.push(Event::Settled(outcome.clone()));
            self.revised.push(outcome);
        }
    }

    fn settle(&mut self, change: u32, outcome: Outcome, events: &mut Vec<Event>) {
        let is_written = is_written(outcome.status);
        let row = self.shared.plan.change(change as usize);
        let claims = &self.shared.claims;
        let before = claims.settle(outcome.contact_id, &row, is_done(outcome.status));
        if let Some(end) = self.failures.note(&outcome) {
            self.end(end);
        }
        self.outcomes.insert(change, outcome.clone());
        events.push(Event::Settled(outcome));
        for before in before.into_iter().filter(|_| is_written) {
            self.replaced(before, change, events);
        }
    }

    fn end(&mut self, end: End) {
        self.ending.get_or_insert(end);
        self.shared.closing.send_replace(true);
    }

    /// Has everything recorded that happened, then lets the announced writes leave.
    fn record(&mut self, mut events: Vec<Event>, writes: Vec<Announced>) {
        for write in &writes {
            if let Some(outcome) = self.under_way.get_mut(&write.change) {
                cut_off(outcome, &write.sent);
            }
            events.push(Event::Sent(write.sent.clone()));
            self.announced_any = true;
        }
        let waits = self.waits();
        let is_due = waits.hold.is_some() && self.shown.elapsed() >= TICK;
        if waits != self.waits || is_due {
            self.shown = Instant::now();
            self.waits = waits;
            events.push(Event::Waits(waits));
        }
        let pace = self
            .course
            .due(Instant::now(), &waits, self.shared.caller.traffic());
        events.extend(pace.map(Event::Pace));
        if events.is_empty() || matches!(self.ending, Some(End::Unrecorded(_))) {
            return;
        }
        let began = Instant::now();
        let recorded = (self.record)(&events);
        self.recording = began.elapsed().max(self.recording.mul_f64(RECORDING_FADES));
        match recorded {
            Ok(()) => writes.into_iter().for_each(|write| {
                // Nobody waits any more if the run was stopped meanwhile; the row then counts as in doubt.
                let _ = write.recorded.send(());
            }),
            Err(err) => {
                self.ending = Some(End::Unrecorded(err.to_string()));
                self.shared.closing.send_replace(true);
            }
        }
    }

    fn waits(&self) -> Waits {
        let hold = |why| {
            move |until: Instant| Hold {
                why,
                until: until.into_std(),
            }
        };
        let caller = &self.shared.caller;
        let held = |operation| caller.pacer(operation).held_until();
        let throttled = held(Operation::Read)
            .max(held(Operation::Write))
            .map(hold(HoldReason::Throttled));
        let now = Instant::now();
        let turn = Some(caller.pacer(Operation::Write).forecast(1))
            .filter(|turn| *turn > now + TICK && !self.queue.is_empty())
            .map(hold(HoldReason::Turn));
        Waits {
            parked: self.queue.parked(),
            owners_checked: self.drift_gate.as_ref().map(DriftGate::progress),
            unverified: self.readback.waiting() + self.looking.len(),
            hold: caller
                .gone_until(self.needed())
                .map(hold(HoldReason::Outage))
                .or(throttled)
                .or(turn),
        }
    }

    /// Gives every change its outcome.
    fn close(mut self) -> Finished {
        let end = self.ending.take().or(self.begins_no_more.take());
        let mut end = end.unwrap_or(match self.count < self.shared.plan.len() {
            true => End::Limit,
            false => End::Done,
        });
        let mut events = Vec::new();
        let pace = self
            .course
            .last(Instant::now(), &self.waits, self.shared.caller.traffic());
        events.extend(pace.map(Event::Pace));
        let queue = std::mem::replace(&mut self.queue, Queue::of(0..0));
        for job in queue.into_begun() {
            let outcome = job.unfinished(self.shared.plan.change(job.change as usize).row);
            self.settle(job.change, outcome, &mut events);
        }
        if !events.is_empty()
            && !matches!(end, End::Unrecorded(_))
            && let Err(err) = (self.record)(&events)
        {
            end = End::Unrecorded(err.to_string());
        }
        let plan = Arc::clone(&self.shared.plan);
        let outcomes = (0..).zip(plan.changes()).map(|(place, change)| {
            if let Some(outcome) = self.outcomes.remove(&place) {
                return outcome;
            }
            self.under_way.remove(&place).unwrap_or_else(|| Outcome {
                row: change.row,
                status: match change.in_doubt {
                    true => Status::Unknown,
                    false => Status::NotAttempted,
                },
                previous: change.previous.cloned(),
                reason: Some(Reason::NotReached { last: None }),
                http: change.refused_with,
                contact_id: None,
                attempts: change.attempts,
                at: Timestamp::now(),
            })
        });
        let outcomes = outcomes.collect();
        let left = self.readback.waiting() + self.looking.len();
        Finished {
            end,
            announced: self.announced_any,
            outcomes,
            revised: self.revised,
            verification: Verification {
                left,
                ..self.readback.shown
            },
        }
    }
}

/// Whether a row's contact is its assignee's by what is known of it.
fn is_done(status: Status) -> bool {
    is_written(status) || status == Status::Unchanged
}

/// What is true of a row if the run ends while this write is under way.
fn cut_off(outcome: &mut Outcome, sent: &Sent) {
    outcome.status = Status::Unknown;
    outcome.previous = sent.previous.clone();
    outcome.reason = Some(Reason::NoAnswer);
    outcome.http = None;
    outcome.contact_id = sent.contact_id;
    outcome.attempts = sent.attempts;
}
