//! The requests that left lately, and which of them were refused.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many requests are remembered.
const REMEMBERED: usize = 100_000;

/// Requests in the order they left, the latest [`REMEMBERED`] of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Sends {
    sends: VecDeque<Send>,
    /// The number of the first that is remembered.
    first: u64,
}

#[derive(Clone, Copy, Debug)]
struct Send {
    at: Instant,
    refused: bool,
}

impl Sends {
    /// Notes a request that leaves at `at`, not before the one noted last, and gives its number.
    pub(super) fn push(&mut self, at: Instant) -> u64 {
        if self.sends.len() == REMEMBERED {
            self.sends.pop_front();
            self.first += 1;
        }
        let number = self.first + self.sends.len() as u64;
        self.sends.push_back(Send { at, refused: false });
        number
    }

    /// Notes that a request was refused; nothing if it is no longer remembered.
    pub(super) fn refuse(&mut self, number: u64) {
        let place = number
            .checked_sub(self.first)
            .and_then(|place| usize::try_from(place).ok());
        if let Some(send) = place.and_then(|place| self.sends.get_mut(place)) {
            send.refused = true;
        }
    }

    /// How many were accepted in `window` up to and with `at`, as far as is known.
    pub(super) fn accepted_within(&self, window: Duration, at: Instant) -> usize {
        let since = at.checked_sub(window);
        let from = self
            .sends
            .partition_point(|send| since.is_some_and(|since| send.at <= since));
        let to = self.sends.partition_point(|send| send.at <= at);
        self.sends
            .range(from..to)
            .filter(|send| !send.refused)
            .count()
    }

    /// When the last one up to and with `at` left that was accepted, as far as is known.
    pub(super) fn last_accepted(&self, at: Instant) -> Option<Instant> {
        let accepted = self
            .sends
            .iter()
            .rev()
            .find(|send| !send.refused && send.at <= at);
        accepted.map(|send| send.at)
    }
}
