//! Which writes are read back, when, and what that has shown so far.
//!
//! A 200 is no proof: on a closed conversation the API answers it and changes nothing. A sample is read back, and all
//! that was written as soon as one of the sample does not hold.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use tokio::time::Instant;

use crate::contact::Assignee;
use crate::outcome::Outcome;

use super::row::Job;

/// Which writes are read back.
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

/// How much longer a write that does not show may take to settle before that counts.
const LONGER: u32 = 3;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Its request, if that was begun.
    pub(super) job: Option<Box<Job>>,
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
    settle: Duration,
    pub(super) before: Vec<Written>,
    due: BinaryHeap<Reverse<Due>>,
    passed_over: Vec<Place>,
    pub(super) shown: Verification,
}

impl Readback {
    /// Begins with what an earlier run had written.
    pub(super) fn new(
        verify: Verify,
        settle: Duration,
        before: Standing,
        now: Instant,
    ) -> Readback {
        let mut readback = Readback {
            settle,
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
                readback.shown.written += 1;
                readback.shown.held += 1;
            } else {
                // It has settled long ago.
                readback.accepted(Place::Before(place), now);
            }
        }
        readback
    }

    /// Takes in that a write was accepted.
    pub(super) fn accepted(&mut self, place: Place, at: Instant) {
        self.shown.written += 1;
        let number = self.shown.written;
        let at = match place {
            Place::Change(_) => at + self.settle,
            Place::Before(_) => at,
        };
        match self.shown.verify {
            Verify::Off => {}
            Verify::Sample if number > FIRST && !number.is_multiple_of(EVERY) => {
                self.passed_over.push(place);
            }
            Verify::Sample | Verify::All => self.put(Due {
                at,
                place,
                early: number <= FIRST,
                again: false,
                job: None,
            }),
        }
    }

    /// Takes in that a write was found to hold by a read that was made anyway.
    pub(super) fn seen(&mut self) {
        self.shown.written += 1;
        self.shown.held += 1;
    }

    /// A write that does not show may only need more time.
    pub(super) fn look_again(&mut self, due: Due, now: Instant) {
        let at = now + self.settle * LONGER;
        self.put(Due {
            at,
            again: true,
            ..due
        });
    }

    /// Its request has to wait.
    pub(super) fn put_off(&mut self, due: Due, at: Instant) {
        self.put(Due { at, ..due });
    }

    fn put(&mut self, due: Due) {
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
                // The last of them may not have settled yet.
                let at = now + self.settle;
                self.put(Due {
                    at,
                    place,
                    early: false,
                    again: false,
                    job: None,
                });
            }
        }
    }

    /// The next write whose time has come.
    pub(super) fn pick(&mut self, now: Instant, wanted: Wanted) -> Option<Due> {
        let Reverse(next) = self.due.peek()?;
        let is_wanted = next.at <= now && (wanted == Wanted::Any || next.early);
        if is_wanted {
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

/// Which writes may be read back now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One of the first, although that keeps a row waiting for its read.
    Early,
    /// Any: nobody waits for a read.
    Any,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_secs(1);

    fn readback(verify: Verify, now: Instant) -> Readback {
        Readback::new(verify, SETTLE, Standing::default(), now)
    }

    /// The changes that are read back once their time has come.
    fn due(readback: &mut Readback, now: Instant) -> Vec<u32> {
        let next = std::iter::from_fn(|| readback.pick(now, Wanted::Any));
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
        (0..100).for_each(|place| readback.accepted(Place::Change(place), now));
        assert_eq!(due(&mut readback, now), [0; 0], "nothing has settled yet");
        let sample: Vec<u32> = (1..=20).chain([40, 60, 80, 100]).collect();
        assert_eq!(due(&mut readback, now + SETTLE), sample);
    }

    #[test]
    fn one_that_does_not_hold_has_all_of_them_read_back() {
        let now = Instant::now();
        let mut readback = readback(Verify::Sample, now);
        (0..50).for_each(|place| readback.accepted(Place::Change(place), now));
        let later = now + SETTLE;
        assert_eq!(due(&mut readback, later).len(), 21);
        readback.does_not_hold(later);
        readback.accepted(Place::Change(50), later);
        let rest: Vec<u32> = (21..=39).chain(41..=51).collect();
        assert_eq!(due(&mut readback, later + SETTLE), rest);
        readback.does_not_hold(later);
        assert_eq!(due(&mut readback, later + SETTLE), [0; 0], "once is enough");
    }

    #[test]
    fn none_is_read_back_where_that_is_off() {
        let now = Instant::now();
        let mut readback = readback(Verify::Off, now);
        readback.accepted(Place::Change(0), now);
        assert_eq!(due(&mut readback, now + SETTLE), [0; 0]);
    }
}
