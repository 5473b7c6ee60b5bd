//! Which writes are read back, when, and what that has shown so far.
//!
//! A 200 is no proof: on a closed conversation the API answers it and changes nothing. A sample is read back, and all
//! that was written as soon as one of the sample does not hold.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use tokio::time::Instant;

use crate::api::Attempts;
use crate::contact::Assignee;
use crate::outcome::Outcome;

/// Which changes are looked up afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// None.
    Off,
    /// The first 20 and every 20th; all of them as soon as one does not hold.
    #[default]
    Sample,
    /// All of them.
    All,
}

/// The first so many writes are read back, and then every so many.
const FIRST: usize = 20;
const EVERY: usize = 20;

/// A write that does not show gets this long to settle before it is read again, which then counts.
const SETTLES: Duration = Duration::from_secs(3);
/// If so many had to be put off, a contact's own counter may not allow a second read so soon: then each is read back so long
/// after its write.
const PUT_OFF: u32 = 3;
const NOT_SO_SOON: Duration = Duration::from_millis(1100);
/// So many writes may leave before the first [`FIRST`] were read back.
const UNPROVEN: usize = 64;
/// After the last write, the first ones get so long to be read back, and the others of the sample a part of the run's
/// time, but no more than that and no less than a moment.
const AFTERWARDS: Duration = Duration::from_secs(5);
const PART_OF_THE_RUN: f64 = 0.02;
const MOMENT: Duration = Duration::from_millis(500);

/// How it is decided whether a write is read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picked {
    /// As the sample has it.
    BySample,
    /// It is, unless nothing is: the conversation was closed, where a write may change nothing.
    Always,
}

/// What the run that this one continues had written.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The writes that were accepted and have not turned out not to hold, in the order in which they were.
    pub written: Vec<Written>,
    /// How many have turned out not to hold.
    pub not_applied: usize,
}

/// A write of an earlier run that was accepted.
#[derive(Clone, Debug)]
pub struct Written {
    /// What became of the row.
    pub outcome: Outcome,
    /// The API's ID of the contact.
    pub contact_id: u64,
    /// Who got it.
    pub assignee: Assignee,
    /// Whether it was read back, and held.
    pub verified: bool,
}

/// What reading back has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Which writes are read back by now.
    pub verify: Verify,
    /// Writes that were accepted, those of the run that this one continues included.
    pub written: usize,
    /// How many were read back and hold.
    pub held: usize,
    /// How many were read back and do not.
    pub not_applied: usize,
    /// Rows whose contact could not be read back.
    pub unread: Vec<u32>,
    /// What was said of the first of them.
    pub why_unread: Option<String>,
    /// How many were still to be read back when the run ended.
    pub left: usize,
}

/// A write, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    /// Among the plan's changes.
    Change(u32),
    /// Among what an earlier run had written.
    Before(usize),
}

/// A write that is to be read back.
#[derive(Debug)]
pub(super) struct Due {
    at: Instant,
    pub(super) place: Place,
    /// Whether it is one of the first, which tell early if something is wrong with all of them.
    pub(super) early: bool,
    /// Whether it did not show when it was read back before.
    pub(super) again: bool,
    /// Whether its conversation was closed, so that it is read back however long that takes.
    closed: bool,
    /// What its requests have been through.
    pub(super) attempts: Attempts,
}

impl Due {
    fn new(at: Instant, place: Place, early: bool) -> Due {
        let seed = match place {
            Place::Change(change) => u64::from(change),
            Place::Before(place) => place as u64,
        };
        Due {
            at,
            place,
            early,
            again: false,
            closed: false,
            attempts: Attempts::new(seed),
        }
    }
}

impl Due {
    /// Whether there is reason to think that it does not hold.
    pub(super) fn is_doubted(&self) -> bool {
        self.again || self.closed
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.place) == (other.at, other.place)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.place).cmp(&(other.at, other.place))
    }
}

/// What is to be read back, and what that has shown.
#[derive(Debug)]
pub(super) struct Readback {
    /// How many were read back, and how many of the first are still to be, as soon as there is a turn.
    proven: usize,
    awaited: usize,
    /// How many had to be put off.
    put_off: u32,
    /// How many did not show and are to be read once more.
    doubted: usize,
    /// How many closed conversations are still to be read back.
    closed: usize,
    pub(super) before: Vec<Written>,
    due: BinaryHeap<Reverse<Due>>,
    passed_over: Vec<Place>,
    pub(super) shown: Verification,
}

impl Readback {
    /// Begins with what an earlier run had written.
    pub(super) fn new(verify: Verify, before: Standing, now: Instant) -> Readback {
        let mut readback = Readback {
            proven: before.not_applied,
            awaited: 0,
            put_off: 0,
            doubted: 0,
            closed: 0,
            before: before.written,
            due: BinaryHeap::new(),
            passed_over: Vec::new(),
            shown: Verification {
                verify,
                written: before.not_applied,
                not_applied: before.not_applied,
                ..Verification::default()
            },
        };
        if before.not_applied > 0 {
            readback.all(now);
        }
        for place in 0..readback.before.len() {
            if readback.before[place].verified {
                readback.seen();
            } else {
                // It has settled long ago.
                readback.accepted(Place::Before(place), now, Picked::BySample);
            }
        }
        readback
    }

    /// Takes in that a write was accepted.
    pub(super) fn accepted(&mut self, place: Place, at: Instant, which: Picked) {
        self.shown.written += 1;
        let number = self.shown.written;
        let early = self.proven + self.awaited < FIRST;
        match self.shown.verify {
            Verify::Off => {}
            Verify::Sample
                if which == Picked::BySample && !early && !number.is_multiple_of(EVERY) =>
            {
                self.passed_over.push(place);
            }
            Verify::Sample | Verify::All => {
                let closed = which == Picked::Always;
                self.closed += usize::from(closed);
                let at = match self.put_off >= PUT_OFF {
                    true => at + NOT_SO_SOON,
                    false => at,
                };
                self.put(Due {
                    closed,
                    ..Due::new(at, place, early)
                });
            }
        }
    }

    /// Takes in that a write was found to hold by a read that was made anyway.
    pub(super) fn seen(&mut self) {
        self.shown.written += 1;
        self.shown.held += 1;
        self.proven += 1;
    }

    /// A write that does not show may only need more time.
    pub(super) fn look_again(&mut self, due: Due, now: Instant) {
        let at = now + SETTLES;
        self.doubted += 1;
        self.replace(Due { again: true, ..due }, at);
    }

    /// Its request has to wait. If it is one of the first, another one is read back in its place, so that nobody waits.
    pub(super) fn put_off(&mut self, due: Due, at: Instant) {
        self.put_off += 1;
        self.replace(due, at);
    }

    fn replace(&mut self, due: Due, at: Instant) {
        if due.early {
            self.awaited -= 1;
            if let Some(place) = self.passed_over.pop() {
                self.put(Due::new(at.min(due.at), place, true));
            }
        }
        self.put(Due {
            at,
            early: false,
            ..due
        });
    }

    /// Takes in that a write was read back, or cannot be.
    pub(super) fn done(&mut self, due: &mut Due) {
        self.proven += 1;
        self.awaited -= usize::from(due.early);
        self.doubted -= usize::from(due.again);
        self.closed -= usize::from(due.closed);
        (due.early, due.closed) = (false, false);
    }

    /// Whether so many more writes may leave: not too many before the first were read back.
    pub(super) fn allows(&self, more: usize) -> bool {
        self.shown.verify == Verify::Off
            || self.proven >= FIRST
            || self.shown.written + more < UNPROVEN
    }

    /// Until when there is time to read back what was written, if the last write was done at `last` of a run that began
    /// at `began`; without a bound where somebody asked for all, or something may not hold, as where conversations are
    /// closed.
    pub(super) fn ends(&self, began: Instant, last: Instant) -> Option<Instant> {
        if self.shown.verify != Verify::Sample || self.doubted > 0 || self.closed > 0 {
            return None;
        }
        let part = last.duration_since(began).mul_f64(PART_OF_THE_RUN);
        let are_first = self.due.iter().any(|Reverse(due)| due.early) || self.proven < FIRST;
        let time = match are_first {
            true => AFTERWARDS,
            false => part.clamp(MOMENT, AFTERWARDS),
        };
        Some(last + time)
    }

    fn put(&mut self, due: Due) {
        self.awaited += usize::from(due.early);
        self.due.push(Reverse(due));
    }

    /// Takes in that a write does not hold: from now on all are read back, those that were passed over included.
    pub(super) fn does_not_hold(&mut self, now: Instant) {
        self.shown.not_applied += 1;
        self.all(now);
    }

    fn all(&mut self, now: Instant) {
        if self.shown.verify == Verify::Sample {
            self.shown.verify = Verify::All;
            for place in std::mem::take(&mut self.passed_over) {
                self.put(Due::new(now, place, false));
            }
        }
    }

    /// The writes whose time has come.
    pub(super) fn ready(&self, now: Instant) -> impl Iterator<Item = &Due> {
        let due = self.due.iter().map(|Reverse(due)| due);
        due.filter(move |due| due.at <= now)
    }

    /// Takes out the writes for which this holds.
    pub(super) fn take(&mut self, holds: impl Fn(&Due) -> bool) -> Vec<Due> {
        let due = std::mem::take(&mut self.due).into_iter();
        let (found, rest): (Vec<_>, Vec<_>) = due.partition(|Reverse(due)| holds(due));
        self.due = rest.into();
        found.into_iter().map(|Reverse(due)| due).collect()
    }

    /// The next write whose time has come.
    pub(super) fn pick(&mut self, now: Instant) -> Option<Due> {
        let Reverse(next) = self.due.peek()?;
        if next.at <= now {
            self.due.pop().map(|Reverse(due)| due)
        } else {
            None
        }
    }

    /// When the next one's time comes, if that lies ahead.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        let next = self.due.peek().map(|Reverse(due)| due.at);
        next.filter(|at| *at > now)
    }

    /// How many wait to be read back.
    pub(super) fn waiting(&self) -> usize {
        self.due.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readback(verify: Verify, now: Instant) -> Readback {
        Readback::new(verify, Standing::default(), now)
    }

    /// The changes that are read back once their time has come.
    fn due(readback: &mut Readback, now: Instant) -> Vec<u32> {
        let next = std::iter::from_fn(|| {
            let mut due = readback.pick(now)?;
            readback.done(&mut due);
            Some(due)
        });
        next.map(|due| match due.place {
            Place::Change(place) => place + 1,
            Place::Before(place) => panic!("nothing was written before, and {place} is due"),
        })
        .collect()
    }

    #[test]
    fn a_sample_is_the_first_twenty_and_every_twentieth() {
        let now = Instant::now();
        let mut readback = readback(Verify::Sample, now);
        (0..100).for_each(|place| readback.accepted(Place::Change(place), now, Picked::BySample));
        let sample: Vec<u32> = (1..=20).chain([40, 60, 80, 100]).collect();
        assert_eq!(due(&mut readback, now), sample);
    }

    #[test]
    fn one_that_does_not_hold_has_all_of_them_read_back() {
        let now = Instant::now();
        let mut readback = readback(Verify::Sample, now);
        (0..50).for_each(|place| readback.accepted(Place::Change(place), now, Picked::BySample));
        assert_eq!(due(&mut readback, now).len(), 21);
        readback.does_not_hold(now);
        readback.accepted(Place::Change(50), now, Picked::BySample);
        let rest: Vec<u32> = (21..=39).chain(41..=51).collect();
        assert_eq!(due(&mut readback, now), rest);
        readback.does_not_hold(now);
        assert_eq!(due(&mut readback, now), [0; 0], "once is enough");
    }

    #[test]
    fn none_is_read_back_where_that_is_off() {
        let now = Instant::now();
        let mut readback = readback(Verify::Off, now);
        readback.accepted(Place::Change(0), now, Picked::BySample);
        assert_eq!(due(&mut readback, now), [0; 0]);
        assert!(readback.allows(1_000));
    }

    #[test]
    fn no_more_than_sixty_four_writes_leave_before_the_first_twenty_were_read_back() {
        let now = Instant::now();
        let mut readback = readback(Verify::Sample, now);
        (0..60).for_each(|place| readback.accepted(Place::Change(place), now, Picked::BySample));
        assert!(readback.allows(3) && !readback.allows(4));
        assert_eq!(due(&mut readback, now).len(), 22);
        assert!(readback.allows(1_000));
    }

    #[test]
    fn where_one_of_the_first_has_to_wait_and_no_other_was_written_the_next_one_takes_its_place() {
        let now = Instant::now();
        let mut readback = readback(Verify::Sample, now);
        (0..20).for_each(|place| readback.accepted(Place::Change(place), now, Picked::BySample));
        let put_off = readback.pick(now).expect("the first one");
        readback.put_off(put_off, now + Duration::from_secs(60));
        (20..64).for_each(|place| readback.accepted(Place::Change(place), now, Picked::BySample));
        assert!(!readback.allows(0));
        let read: Vec<u32> = (2..=21).chain([40, 60]).collect();
        assert_eq!(due(&mut readback, now), read);
        assert!(readback.allows(1_000));
    }

    /// What may happen to what was written.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Accepted(Picked),
        Seen,
        Read,
        PutOff,
        LooksAgain,
        DoesNotHold,
        Later,
    }

    proptest::proptest! {
        #[test]
        fn as_long_as_no_more_may_be_written_something_is_to_be_read_back(
            all in proptest::bool::ANY,
            steps in proptest::collection::vec(
                proptest::prop_oneof![
                    6 => proptest::strategy::Just(Step::Accepted(Picked::BySample)),
                    1 => proptest::strategy::Just(Step::Accepted(Picked::Always)),
                    1 => proptest::strategy::Just(Step::Seen),
                    2 => proptest::strategy::Just(Step::Read),
                    3 => proptest::strategy::Just(Step::PutOff),
                    1 => proptest::strategy::Just(Step::LooksAgain),
                    1 => proptest::strategy::Just(Step::Later),
                    1 => proptest::strategy::Just(Step::DoesNotHold),
                ],
                0..300,
            ),
        ) {
            let mut now = Instant::now();
            let verify = if all { Verify::All } else { Verify::Sample };
            let mut readback = readback(verify, now);
            let mut place = 0;
            for step in steps {
                match step {
                    Step::Accepted(which) if readback.allows(0) => {
                        readback.accepted(Place::Change(place), now, which);
                        place += 1;
                    }
                    Step::Accepted(_) => {}
                    Step::Seen => readback.seen(),
                    Step::Read => {
                        readback.pick(now).iter_mut().for_each(|due| readback.done(due));
                    }
                    Step::PutOff => {
                        let picked = readback.pick(now);
                        picked.into_iter().for_each(|due| readback.put_off(due, now + SETTLES));
                    }
                    Step::LooksAgain => {
                        if let Some(mut due) = readback.pick(now) {
                            match due.again {
                                true => readback.done(&mut due),
                                false => readback.look_again(due, now),
                            }
                        }
                    }
                    Step::DoesNotHold => readback.does_not_hold(now),
                    Step::Later => now += SETTLES,
                }
                let is_stuck = !readback.allows(0) && readback.waiting() == 0;
                proptest::prop_assert!(!is_stuck, "{step:?}: {readback:?}");
            }
            due(&mut readback, now + SETTLES);
            proptest::prop_assert!(readback.allows(1_000) || readback.shown.written < FIRST, "{readback:?}");
        }
    }

    #[test]
    fn after_the_last_write_the_sample_gets_a_part_of_the_time_and_everything_as_long_as_it_takes()
    {
        let (began, minute) = (Instant::now(), Duration::from_secs(60));
        let last = began + minute;
        let mut readback = readback(Verify::Sample, began);
        (0..40).for_each(|place| readback.accepted(Place::Change(place), began, Picked::BySample));
        assert_eq!(readback.ends(began, last), Some(last + AFTERWARDS));
        due(&mut readback, began);
        assert_eq!(
            readback.ends(began, last),
            Some(last + minute.mul_f64(0.02))
        );
        readback.does_not_hold(last);
        assert_eq!(readback.ends(began, last), None);
    }
}
