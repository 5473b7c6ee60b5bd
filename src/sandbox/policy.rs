//! How an endpoint decides which requests are too many.
//!
//! Each policy is driven by the instants it is given and has no clock of its own, so that whoever wants to know how a
//! client fares against it can let hours pass in no time.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Endpoint, RateLimit};

/// How an endpoint counts requests against its [`RateLimit`] of N per unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Time is cut into units from the start on, and each accepts N.
    Fixed,
    /// In no window of the unit, wherever it begins, are more than N accepted.
    #[default]
    Sliding,
    /// A bucket of N tokens, refilled continuously at N per unit; a request takes one.
    Token,
    /// A queue that lets requests through one by one, evenly, at N per unit. A request waits for its turn; the queue
    /// holds what drains in a second (at least one), and beyond that requests are refused.
    Leaky,
}

/// Which answers tell about the limit: in `X-RateLimit-Limit`, `X-RateLimit-Remaining` and, over it, `Retry-After`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Headers {
    /// All of them.
    #[default]
    Always,
    /// Those that refuse a request for being too many.
    On429,
    /// None; not even `Retry-After` is sent.
    Never,
}

/// What an endpoint says about a request that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on, after this `delay`; `remaining` more would be accepted at this moment.
    Accepted {
        /// How many more would be accepted if they came at this moment.
        remaining: u32,
        /// How long the request waits for its turn; zero for every policy but [`Policy::Leaky`].
        delay: Duration,
    },
    /// Too many.
    Refused {
        /// One will be accepted once this has passed, should no other come before it.
        retry_after: Duration,
    },
}

/// What one endpoint has accepted, and so what it accepts next.
#[derive(Debug)]
pub struct Limit {
    rate: RateLimit,
    state: State,
}

#[derive(Debug)]
enum State {
    Fixed {
        begins: Instant,
        accepted: u32,
    },
    Sliding {
        accepted: VecDeque<Instant>,
    },
    /// Token bucket and leaky bucket are one thing, a level that sinks with time; they differ in its height and in
    /// whether a request waits below it.
    Level {
        /// When the level reaches the ground.
        empty_at: Instant,
        /// How many requests the level may hold.
        height: u32,
        waits: Waits,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    No,
    ForItsTurn,
}

impl Limit {
    /// A limit that has accepted nothing yet; fixed windows begin at `now`.
    pub fn new(rate: RateLimit, policy: Policy, now: Instant) -> Limit {
        let level = |height, waits| State::Level {
            empty_at: now,
            height,
            waits,
        };
        let state = match policy {
            Policy::Fixed => State::Fixed {
                begins: now,
                accepted: 0,
            },
            Policy::Sliding => State::Sliding {
                accepted: VecDeque::new(),
            },
            Policy::Token => level(rate.requests(), Waits::No),
            Policy::Leaky => level(in_a_second(rate), Waits::ForItsTurn),
        };
        Limit { rate, state }
    }

    /// The rate that is kept.
    pub fn rate(&self) -> RateLimit {
        self.rate
    }

    /// Judges a request that arrives at `now`, which is never earlier than the one before.
    pub fn arrive(&mut self, now: Instant) -> Verdict {
        let limit = self.rate.requests();
        let window = self.rate.window();
        match &mut self.state {
            State::Fixed { begins, accepted } => {
                let passed = now.duration_since(*begins).as_nanos() / window.as_nanos();
                if let Ok(passed @ 1..) = u32::try_from(passed) {
                    *begins += window * passed;
                    *accepted = 0;
                }
                if *accepted == limit {
                    return Verdict::Refused {
                        retry_after: window.saturating_sub(now.duration_since(*begins)),
                    };
                }
                *accepted += 1;
                at_once(limit - *accepted)
            }
            State::Sliding { accepted } => {
                while accepted
                    .front()
                    .is_some_and(|&first| now.duration_since(first) >= window)
                {
                    accepted.pop_front();
                }
                // The window never holds more than `limit`, a u32.
                let used = u32::try_from(accepted.len()).unwrap_or(u32::MAX);
                match accepted.front() {
                    Some(&first) if used >= limit => Verdict::Refused {
                        retry_after: window.saturating_sub(now.duration_since(first)),
                    },
                    _ => {
                        accepted.push_back(now);
                        at_once(limit - used - 1)
                    }
                }
            }
            State::Level {
                empty_at,
                height,
                waits,
            } => {
                let one = window / limit;
                let full = one * *height;
                let level = empty_at.saturating_duration_since(now);
                let then = level + one;
                if then > full {
                    return Verdict::Refused {
                        retry_after: then - full,
                    };
                }
                *empty_at = now + then;
                let remaining = (full - then).as_nanos() / one.as_nanos();
                Verdict::Accepted {
                    remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
                    delay: match waits {
                        Waits::No => Duration::ZERO,
                        Waits::ForItsTurn => level,
                    },
                }
            }
        }
    }
}

fn at_once(remaining: u32) -> Verdict {
    Verdict::Accepted {
        remaining,
        delay: Duration::ZERO,
    }
}

/// How many requests drain in a second, at least one.
fn in_a_second(rate: RateLimit) -> u32 {
    let seconds = u32::try_from(rate.window().as_secs()).unwrap_or(u32::MAX);
    (rate.requests() / seconds).max(1)
}

/// One limit per endpoint, and who is told of it.
#[derive(Debug)]
pub(super) struct Limiter {
    limits: [Mutex<Limit>; Endpoint::ALL.len()],
    pub(super) headers: Headers,
    /// What `X-RateLimit-Limit` says.
    pub(super) requests: u32,
}

impl Limiter {
    pub(super) fn new(rate: RateLimit, policy: Policy, headers: Headers) -> Limiter {
        let now = Instant::now();
        Limiter {
            limits: Endpoint::ALL.map(|_| Mutex::new(Limit::new(rate, policy, now))),
            headers,
            requests: rate.requests(),
        }
    }

    pub(super) fn arrive(&self, endpoint: Endpoint) -> Verdict {
        let mut limit = self.limits[endpoint as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The clock is read under the lock, so that arrivals are in order.
        limit.arrive(Instant::now())
    }
}

#[cfg(test)]
mod tests;
