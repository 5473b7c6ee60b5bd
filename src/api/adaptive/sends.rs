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
    accepted: VecDeque<Instant>,
    refused: VecDeque<Instant>,
}

impl Sends {
    /// Those of all of these.
    pub(super) fn of_all(of: &[&Sends]) -> Sends {
        let sorted = |times: fn(&Sends) -> &VecDeque<Instant>| {
            let mut all: Vec<Instant> = of
                .iter()
                .flat_map(|sends| times(sends).iter().copied())
                .collect();
            all.sort_unstable();
            all.into()
        };
        Sends {
            accepted: sorted(|sends| &sends.accepted),
            refused: sorted(|sends| &sends.refused),
        }
    }

    /// Notes a request that leaves at `at`, not before the one noted last.
    pub(super) fn push(&mut self, at: Instant) {
        if self.accepted.len() == ACCEPTED {
            self.accepted.pop_front();
        }
        self.accepted.push_back(at);
    }

    /// Notes that a request was refused that left at `at`.
    pub(super) fn refuse(&mut self, at: Instant) {
        self.forget(at);
        if self.refused.len() == REFUSED {
            self.refused.pop_front();
        }
        let place = self.refused.partition_point(|other| *other <= at);
        self.refused.insert(place, at);
    }

    /// Takes a request out that says nothing about the rate; nothing if it is no longer remembered.
    pub(super) fn forget(&mut self, at: Instant) {
        let place = self.up_to(at).checked_sub(1);
        if let Some(place) = place.filter(|place| self.accepted[*place] == at) {
            self.accepted.remove(place);
        }
    }

    /// The most that were accepted within `window` of each other and left after `since`.
    pub(super) fn most_within(&self, window: Duration, since: Instant) -> usize {
        let from = self.up_to(since);
        let counts =
            (from..self.accepted.len()).map(|place| self.within(window, self.accepted[place]));
        counts.max().unwrap_or_default()
    }

    /// How many were accepted in `window` up to and with `at`.
    pub(super) fn within(&self, window: Duration, at: Instant) -> usize {
        let to = self.up_to(at);
        let from = at.checked_sub(window).map_or(0, |since| self.up_to(since));
        to.saturating_sub(from)
    }

    /// When the last one up to and with `at` left.
    pub(super) fn last_up_to(&self, at: Instant) -> Option<Instant> {
        self.accepted.get(self.up_to(at).checked_sub(1)?).copied()
    }

    /// When the `count`th last one left.
    pub(super) fn nth_last(&self, count: usize) -> Option<Instant> {
        let place = self.accepted.len().checked_sub(count)?;
        self.accepted.get(place).copied()
    }

    /// The refusals that left after `since`, but for the last ones if nothing was accepted since.
    pub(super) fn refusals(&self, since: Instant) -> Vec<Refusals> {
        let mut all: Vec<Refusals> = Vec::new();
        let mut accepted = None;
        for at in self.refused.iter().copied().filter(|at| *at > since) {
            let next = self.up_to(at);
            match all.last_mut() {
                Some(same) if accepted == Some(next) => same.last = at,
                _ => all.push(Refusals {
                    first: at,
                    last: at,
                }),
            }
            accepted = Some(next);
        }
        if accepted == Some(self.accepted.len()) {
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
        self.accepted.partition_point(|left| *left <= at)
    }
}
