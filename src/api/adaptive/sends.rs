//! What has left, and what of it was accepted or refused.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::SHORT;

/// How many are remembered: more than the largest limit of a long window.
const ACCEPTED: usize = 100_000;
const REFUSED: usize = 1_000;
/// Between two refusals as many have to be accepted as tell a rate to within a tenth.
pub(super) const ENOUGH: usize = 10;

/// Requests that follow each other and were all refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusals {
    pub(super) first: Instant,
    pub(super) last: Instant,
}

/// Requests in the order they left. Those whose answer is not known yet count as accepted.
#[derive(Clone, Debug, Default)]
pub(super) struct Sends {
    accepted: VecDeque<(u64, Instant)>,
    refused: VecDeque<Instant>,
    next: u64,
}

impl Sends {
    /// Notes a request that leaves at `at`, not before the one noted last, and gives its number.
    pub(super) fn push(&mut self, at: Instant) -> u64 {
        if self.accepted.len() == ACCEPTED {
            self.accepted.pop_front();
        }
        self.next += 1;
        self.accepted.push_back((self.next, at));
        self.next
    }

    /// Notes that a request was refused.
    pub(super) fn refuse(&mut self, number: u64, at: Instant) {
        self.forget(number);
        if self.refused.len() == REFUSED {
            self.refused.pop_front();
        }
        let place = self.refused.partition_point(|other| *other <= at);
        self.refused.insert(place, at);
    }

    /// Takes a request out that says nothing about the rate; nothing if it is no longer remembered.
    pub(super) fn forget(&mut self, number: u64) {
        let place = self.accepted.binary_search_by_key(&number, |one| one.0);
        if let Ok(place) = place {
            self.accepted.remove(place);
        }
    }

    /// How many were accepted in `window` up to and with `at`.
    pub(super) fn within(&self, window: Duration, at: Instant) -> usize {
        let to = self.up_to(at);
        let from = at.checked_sub(window).map_or(0, |since| self.up_to(since));
        to.saturating_sub(from)
    }

    /// When the last one up to and with `at` left.
    pub(super) fn last_up_to(&self, at: Instant) -> Option<Instant> {
        Some(self.accepted.get(self.up_to(at).checked_sub(1)?)?.1)
    }

    /// When the `count`th last one left.
    pub(super) fn nth_last(&self, count: usize) -> Option<Instant> {
        let place = self.accepted.len().checked_sub(count)?;
        Some(self.accepted.get(place)?.1)
    }

    /// The refusals that left after `since`, but for the last ones if nothing was accepted since.
    pub(super) fn refusals(&self, since: Instant) -> Vec<Refusals> {
        let mut all: Vec<Refusals> = Vec::new();
        let mut accepted = None;
        for at in self.refused.iter().copied().filter(|at| *at > since) {
            let next = self.accepted.get(self.up_to(at));
            let next = next.map(|(number, _)| *number);
            match all.last_mut() {
                Some(same) if accepted == Some(next) => same.last = at,
                _ => all.push(Refusals {
                    first: at,
                    last: at,
                }),
            }
            accepted = Some(next);
        }
        if accepted == Some(None) {
            all.pop();
        }
        all
    }

    /// How many a second were accepted from one refusal to another, if that is enough to tell.
    ///
    /// At both the server had accepted as much as it allows, so between them it has accepted what it allows in that
    /// time, whatever its window, and however much it lets one save up.
    pub(super) fn rate_between(&self, first: Instant, last: Instant) -> Option<f64> {
        let span = last.saturating_duration_since(first);
        let accepted = self.within(span, last);
        (accepted >= ENOUGH).then(|| accepted as f64 / span.as_secs_f64())
    }

    /// How many a second were accepted up to a refusal at `at` since the last one before which tells a rate, if fewer than
    /// `soon`; what was refused up to `since` tells nothing. Where every few requests are refused, that is not the refusal just before.
    pub(super) fn rate_up_to(
        &self,
        at: Instant,
        since: Option<Instant>,
        soon: usize,
    ) -> Option<f64> {
        let before = self.refused.partition_point(|other| *other < at);
        let earlier = self.refused.range(..before).rev();
        earlier
            .map(|first| (self.within(at.duration_since(*first), at), *first))
            .take_while(|(accepted, first)| *accepted < soon && Some(*first) > since)
            .find(|(accepted, first)| *accepted >= ENOUGH && at.duration_since(*first) >= SHORT[0])
            .and_then(|(_, first)| self.rate_between(first, at))
    }

    /// The refusal before that of a request that left at `at`.
    pub(super) fn refused_before(&self, at: Instant) -> Option<Instant> {
        let place = self.refused.partition_point(|other| *other < at);
        self.refused.get(place.checked_sub(1)?).copied()
    }

    /// How many left up to and with `at`.
    fn up_to(&self, at: Instant) -> usize {
        self.accepted.partition_point(|(_, left)| *left <= at)
    }
}
