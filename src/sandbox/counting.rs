//! How requests are counted against a limit.
//!
//! A counter is driven by the instants it is given and has no clock of its own, so that whoever wants to know how a
//! client fares against it can let hours pass in no time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::RateLimit;

/// How requests are counted against a [`RateLimit`] of N per unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Time is cut into units from the start on, and each accepts N.
    Fixed,
    /// The same, but a unit begins with the first request after the one before has ended. Libraries for web servers count
    /// so.
    Opened,
    /// In no window of the unit, wherever it begins, are more than N accepted.
    #[default]
    Sliding,
    /// Nearly that, from two numbers: what the present unit has counted, and of the unit before it the share that the
    /// window still covers, rounded down. Proxies and gateways count so.
    Weighted,
    /// A bucket of tokens, refilled continuously at N per unit; a request takes one.
    Token,
    /// A queue that lets requests through one by one, evenly, at N per unit. A request waits for its turn, and is
    /// refused when the queue is full.
    Leaky,
}

/// Which requests use up a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// Those that are accepted.
    #[default]
    Accepted,
    /// The refused ones, too, so that a client that does not slow down is never let in again. Buckets and queues have
    /// nothing to take from, and do not.
    All,
}

/// What a limit says about a request that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitAnswer {
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

/// What was accepted, and so what is accepted next.
#[derive(Debug)]
pub struct Limit {
    rate: RateLimit,
    counted: Counted,
    /// How many requests a bucket or a queue holds, if that was chosen.
    burst: Option<u32>,
    state: State,
}

#[derive(Debug)]
enum State {
    Fixed {
        begins: Instant,
        counted: u32,
        /// Whether it begins anew with the first request after its end.
        opens: bool,
    },
    Sliding {
        counted: VecDeque<Instant>,
    },
    Weighted {
        begins: Instant,
        before: u32,
        counted: u32,
    },
    /// Token bucket and leaky bucket are one thing, a level that sinks with time; they differ in its height and in
    /// whether a request waits below it.
    Level {
        /// When the level reaches the ground.
        empty_at: Instant,
        waits: Waits,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    No,
    ForItsTurn,
}

impl Limit {
    /// A limit that has accepted nothing yet; fixed windows begin at `now`. A bucket holds N requests, a queue what
    /// drains in a second (at least one).
    pub fn new(rate: RateLimit, policy: Policy, now: Instant) -> Limit {
        let level = |waits| State::Level {
            empty_at: now,
            waits,
        };
        let state = match policy {
            Policy::Fixed | Policy::Opened => State::Fixed {
                begins: now,
                counted: 0,
                opens: policy == Policy::Opened,
            },
            Policy::Sliding => State::Sliding {
                counted: VecDeque::new(),
            },
            Policy::Weighted => State::Weighted {
                begins: now,
                before: 0,
                counted: 0,
            },
            Policy::Token => level(Waits::No),
            Policy::Leaky => level(Waits::ForItsTurn),
        };
        Limit {
            rate,
            counted: Counted::Accepted,
            burst: None,
            state,
        }
    }

    /// The same, with a bucket or a queue that holds `burst` requests, at least one.
    pub fn with_burst(self, burst: Option<u32>) -> Limit {
        Limit { burst, ..self }
    }

    /// The same, counting these requests.
    pub fn counting(self, counted: Counted) -> Limit {
        Limit { counted, ..self }
    }

    /// The rate that is kept.
    pub fn rate(&self) -> RateLimit {
        self.rate
    }

    /// Keeps another rate from `now` on. What was counted stays counted.
    pub fn change(&mut self, rate: RateLimit, now: Instant) {
        if rate == self.rate {
            return;
        }
        match &mut self.state {
            State::Fixed {
                begins, counted, ..
            }
            | State::Weighted {
                begins, counted, ..
            } if rate.window() != self.rate.window() => {
                *begins = now;
                *counted = 0;
            }
            State::Level { empty_at, waits } => {
                let level = empty_at.saturating_duration_since(now);
                let requests = level.as_secs_f64() / self.rate.one().as_secs_f64();
                let full = rate.one() * height(self.burst, *waits, rate);
                *empty_at = now + rate.one().mul_f64(requests).min(full);
            }
            State::Fixed { .. } | State::Weighted { .. } | State::Sliding { .. } => {}
        }
        self.rate = rate;
    }

    /// Judges a request that arrives at `now`, which is never earlier than the one before.
    pub fn arrive(&mut self, now: Instant) -> LimitAnswer {
        let limit = self.rate.requests();
        let window = self.rate.window();
        let one = self.rate.one();
        let counts_all = self.counted == Counted::All;
        match &mut self.state {
            State::Fixed {
                begins,
                counted,
                opens,
            } => {
                if turn(begins, window, now) > 0 {
                    *counted = 0;
                }
                if *counted == 0 && *opens {
                    *begins = now;
                }
                let full = *counted >= limit;
                if !full || counts_all {
                    *counted = counted.saturating_add(1);
                }
                if full {
                    return LimitAnswer::Refused {
                        retry_after: window.saturating_sub(now.duration_since(*begins)),
                    };
                }
                at_once(limit - *counted)
            }
            State::Sliding { counted } => {
                while counted
                    .front()
                    .is_some_and(|&first| now.duration_since(first) >= window)
                {
                    counted.pop_front();
                }
                let used = counted.len();
                let full = used >= limit as usize;
                if !full || counts_all {
                    counted.push_back(now);
                }
                if full {
                    // One is accepted once all but `limit - 1` of those that count have left the window.
                    let leaves = counted[counted.len() - limit as usize];
                    return LimitAnswer::Refused {
                        retry_after: window.saturating_sub(now.duration_since(leaves)),
                    };
                }
                // Below `limit`, a u32.
                at_once(limit - 1 - u32::try_from(used).unwrap_or(0))
            }
            State::Weighted {
                begins,
                before,
                counted,
            } => {
                match turn(begins, window, now) {
                    0 => {}
                    1 => *before = std::mem::take(counted),
                    _ => (*before, *counted) = (0, 0),
                }
                let passed = now.duration_since(*begins);
                let covered = 1.0 - passed.as_secs_f64() / window.as_secs_f64();
                let still = (f64::from(*before) * covered) as u32;
                let room = limit.saturating_sub(counted.saturating_add(still));
                if room > 0 || counts_all {
                    *counted = counted.saturating_add(1);
                }
                if room == 0 {
                    return LimitAnswer::Refused {
                        retry_after: weighted_wait(limit, *before, *counted, window, passed),
                    };
                }
                at_once(room - 1)
            }
            State::Level { empty_at, waits } => {
                let full = one * height(self.burst, *waits, self.rate);
                let level = empty_at.saturating_duration_since(now);
                let then = level + one;
                if then > full {
                    return LimitAnswer::Refused {
                        retry_after: then - full,
                    };
                }
                *empty_at = now + then;
                let remaining = (full - then).as_nanos() / one.as_nanos();
                LimitAnswer::Accepted {
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

/// Moves the beginning of a window up to `now`, and says by how many windows.
fn turn(begins: &mut Instant, window: Duration, now: Instant) -> u32 {
    let passed = now.duration_since(*begins).as_nanos() / window.as_nanos();
    let passed = u32::try_from(passed).unwrap_or(u32::MAX);
    *begins += window * passed;
    passed
}

/// How long until a weighted window has room for one, `passed` after its present unit began.
fn weighted_wait(
    limit: u32,
    before: u32,
    counted: u32,
    window: Duration,
    passed: Duration,
) -> Duration {
    // When, in a unit that has itself counted `now`, less than what is left of the limit is covered of the one before.
    let room_at = |before: u32, now: u32| {
        let left = limit.checked_sub(now).filter(|left| *left > 0)?;
        let covered = f64::from(left) / f64::from(before.max(1));
        Some(window.mul_f64((1.0 - covered).max(0.0)) + Duration::from_nanos(1))
    };
    let at =
        room_at(before, counted).unwrap_or_else(|| window + room_at(counted, 0).unwrap_or(window));
    at.saturating_sub(passed)
}

fn at_once(remaining: u32) -> LimitAnswer {
    LimitAnswer::Accepted {
        remaining,
        delay: Duration::ZERO,
    }
}

/// How many requests a bucket or a queue holds.
fn height(burst: Option<u32>, waits: Waits, rate: RateLimit) -> u32 {
    let usual = match waits {
        Waits::No => rate.requests(),
        Waits::ForItsTurn => in_a_second(rate),
    };
    burst.unwrap_or(usual).max(1)
}

/// How many requests drain in a second, at least one.
fn in_a_second(rate: RateLimit) -> u32 {
    let requests = f64::from(rate.requests()) / rate.window().as_secs_f64();
    (requests as u32).max(1)
}

#[cfg(test)]
mod tests;
