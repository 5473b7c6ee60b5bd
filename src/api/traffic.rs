//! What has left, and how long answers took.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a request is taken to need before any was answered.
const UNKNOWN: Duration = Duration::from_millis(500);
/// How many of the last latencies are remembered.
const REMEMBERED: usize = 256;

/// What has left since the last look.
#[derive(Debug, Default)]
pub struct Traffic {
    pub(super) reads: AtomicU32,
    pub(super) writes: AtomicU32,
    pub(super) throttled: AtomicU32,
    pub(super) queued: AtomicU32,
}

/// What has left in some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Contacts and lists that were asked for.
    pub reads: u32,
    /// Assignees that were written.
    pub writes: u32,
    /// Answers that asked for a pause.
    pub throttled: u32,
    /// Answers that put a contact off.
    pub queued: u32,
}

impl Traffic {
    /// What has left since this was called last.
    pub fn take(&self) -> Counts {
        let take = |count: &AtomicU32| count.swap(0, Ordering::Relaxed);
        Counts {
            reads: take(&self.reads),
            writes: take(&self.writes),
            throttled: take(&self.throttled),
            queued: take(&self.queued),
        }
    }
}

/// How long requests took lately.
#[derive(Debug, Default)]
pub(super) struct Latencies(Mutex<Lately>);

#[derive(Debug, Default)]
struct Lately {
    last: Vec<Duration>,
    oldest: usize,
    slow: Option<Duration>,
    noted: usize,
}

impl Latencies {
    /// The time that 95 of 100 requests take at most.
    pub(super) fn slow(&self) -> Duration {
        let lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lately.slow {
            Some(slow) if lately.noted >= 10 => slow,
            slow => UNKNOWN.max(slow.unwrap_or_default()),
        }
    }

    pub(super) fn note(&self, took: Duration) {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lately.last.len() < REMEMBERED {
            lately.last.push(took);
        } else {
            let oldest = lately.oldest;
            lately.last[oldest] = took;
            lately.oldest = (oldest + 1) % REMEMBERED;
        }
        lately.noted += 1;
        // Sorting each time would cost more than the request.
        if lately.noted <= 32 || lately.noted.is_multiple_of(16) {
            let mut sorted = lately.last.clone();
            sorted.sort_unstable();
            lately.slow = sorted.get(sorted.len() * 95 / 100).copied();
        }
    }
}
