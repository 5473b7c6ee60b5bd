//! The rows that are still to be tried, and in which order their turn comes.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use tokio::time::Instant;

use crate::plan::Plan;

use super::row::Job;

/// Rows that wait for their turn.
#[derive(Debug)]
pub(super) struct Queue {
    /// Rows that are read before anything may be written, and all others, none of which was begun.
    first: VecDeque<u32>,
    fresh: VecDeque<u32>,
    later: BinaryHeap<Reverse<Later>>,
    /// Rows that were held, in their order.
    ready: VecDeque<Box<Job>>,
    /// Rows that have to be written as soon as writes may leave; `None` once they may.
    #[expect(clippy::vec_box, reason = "jobs are handed on in their boxes")]
    held: Option<Vec<Box<Job>>>,
}

/// A job that waits for its time.
#[derive(Debug)]
struct Later {
    at: Instant,
    job: Box<Job>,
}

impl Later {
    fn order(&self) -> (Instant, u32) {
        (self.at, self.job.change)
    }
}

impl PartialEq for Later {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Later {}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Later {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl Queue {
    /// All of these changes, in their order.
    pub(super) fn of(changes: std::ops::Range<u32>) -> Queue {
        Queue {
            first: VecDeque::new(),
            fresh: changes.collect(),
            later: BinaryHeap::new(),
            ready: VecDeque::new(),
            held: None,
        }
    }

    /// The same, but those for which `is_first` holds come first, and nothing may be written before [`Queue::release`].
    pub(super) fn holding(
        changes: std::ops::Range<u32>,
        is_first: impl FnMut(&u32) -> bool,
    ) -> Queue {
        let (first, fresh): (Vec<u32>, Vec<u32>) = changes.partition(is_first);
        Queue {
            first: first.into(),
            fresh: fresh.into(),
            held: Some(Vec::new()),
            ..Queue::of(0..0)
        }
    }

    /// Whether there is a job that could be picked now.
    pub(super) fn has(&self, now: Instant) -> bool {
        self.next_due().is_some_and(|due| due <= now) || self.has_unbegun()
    }

    fn has_unbegun(&self) -> bool {
        !self.ready.is_empty()
            || !self.first.is_empty()
            || (self.held.is_none() && !self.fresh.is_empty())
    }

    /// The next job, if one's time has come, or in any case if it is `to_probe`: an outage's waiting is enough.
    pub(super) fn pick(&mut self, now: Instant, to_probe: bool, plan: &Plan) -> Option<Box<Job>> {
        let is_fresh = self.has_unbegun();
        let due = self
            .later
            .peek()
            .is_some_and(|Reverse(later)| later.at <= now || (to_probe && !is_fresh));
        if due {
            return self.later.pop().map(|Reverse(later)| later.job);
        }
        if let Some(job) = self.ready.pop_front() {
            return Some(job);
        }
        let change = match self.held {
            Some(_) => self.first.pop_front(),
            None => self.first.pop_front().or_else(|| self.fresh.pop_front()),
        };
        change.map(|change| Box::new(Job::new(change, plan)))
    }

    /// Sets a job aside until its time.
    pub(super) fn later(&mut self, at: Instant, job: Box<Job>) {
        self.later.push(Reverse(Later { at, job }));
    }

    /// Sets a job aside until writes may leave.
    pub(super) fn hold(&mut self, job: Box<Job>) {
        match &mut self.held {
            Some(held) => held.push(job),
            None => self.ready.push_back(job),
        }
    }

    /// Writes may leave.
    pub(super) fn release(&mut self) {
        let mut held = self.held.take().unwrap_or_default();
        held.sort_unstable_by_key(|job| job.change);
        self.ready.extend(held);
    }

    /// When the first job is due that waits for its time.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.later.peek().map(|Reverse(later)| later.at)
    }

    /// How many rows there are that do not wait in the API's queue.
    pub(super) fn active(&self) -> usize {
        let held = self.held.as_ref().map_or(0, Vec::len);
        let waiting = held + self.ready.len() + self.later.len() - self.parked();
        self.first.len() + self.fresh.len() + waiting
    }

    /// How many rows wait in the API's queue.
    pub(super) fn parked(&self) -> usize {
        let later = self.later.iter();
        later.filter(|Reverse(later)| later.job.is_parked()).count()
    }

    /// Whether no row is left.
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty()
            && self.fresh.is_empty()
            && self.later.is_empty()
            && self.ready.is_empty()
            && self.held.as_ref().is_none_or(Vec::is_empty)
    }

    /// The jobs that were begun and are not done.
    pub(super) fn into_begun(self) -> impl Iterator<Item = Box<Job>> {
        let later = self.later.into_iter().map(|Reverse(later)| later.job);
        let held = self.held.into_iter().flatten();
        later.chain(self.ready).chain(held)
    }
}
