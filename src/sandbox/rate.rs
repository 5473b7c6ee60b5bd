//! How many requests an endpoint accepts: a sliding window.
//!
//! In no window of the unit, wherever it begins, are more than the limit accepted. A fixed window would let a client
//! that sends everything at the turn of the second look well behaved.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Endpoint, Error};

const MOST: u32 = 1_000_000;

/// How many requests each endpoint accepts per second, minute or hour; written `10/s`, `600/m`, `3600/h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    requests: u32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl RateLimit {
    /// The requests accepted in any [`window`](RateLimit::window).
    pub fn requests(self) -> u32 {
        self.requests
    }

    /// The length of the window.
    pub fn window(self) -> Duration {
        Duration::from_secs(match self.unit {
            Unit::Second => 1,
            Unit::Minute => 60,
            Unit::Hour => 3600,
        })
    }
}

impl FromStr for RateLimit {
    type Err = Error;

    fn from_str(text: &str) -> Result<RateLimit, Error> {
        let parse = || {
            let (requests, unit) = text.trim().split_once('/')?;
            let unit = match unit {
                "s" => Unit::Second,
                "m" => Unit::Minute,
                "h" => Unit::Hour,
                _ => return None,
            };
            let requests = requests
                .parse()
                .ok()
                .filter(|requests| (1..=MOST).contains(requests))?;
            Some(RateLimit { requests, unit })
        };
        parse().ok_or_else(|| Error::RateLimit {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Second => 's',
            Unit::Minute => 'm',
            Unit::Hour => 'h',
        };
        write!(f, "{}/{unit}", self.requests)
    }
}

/// One window per endpoint.
#[derive(Debug)]
pub(super) struct Limiter {
    windows: [Mutex<Window>; Endpoint::ALL.len()],
}

/// What an endpoint says about a request that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Go on; `remaining` more would be accepted at this moment.
    Accepted { limit: u32, remaining: u32 },
    /// Too many; one will be accepted once `retry_after` has passed, should no other come before it.
    Refused { limit: u32, retry_after: Duration },
}

impl Limiter {
    pub(super) fn new(limit: RateLimit) -> Limiter {
        Limiter {
            windows: Endpoint::ALL.map(|_| Mutex::new(Window::new(limit))),
        }
    }

    pub(super) fn arrive(&self, endpoint: Endpoint) -> Verdict {
        let mut window = self.windows[endpoint as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The clock is read under the lock, so that arrivals are in order.
        window.arrive(Instant::now())
    }
}

#[derive(Debug)]
struct Window {
    limit: RateLimit,
    accepted: VecDeque<Instant>,
}

impl Window {
    fn new(limit: RateLimit) -> Window {
        Window {
            limit,
            accepted: VecDeque::new(),
        }
    }

    fn arrive(&mut self, now: Instant) -> Verdict {
        let length = self.limit.window();
        let limit = self.limit.requests;
        while self
            .accepted
            .front()
            .is_some_and(|&first| now.duration_since(first) >= length)
        {
            self.accepted.pop_front();
        }
        // The window never holds more than `limit`, a u32.
        let used = u32::try_from(self.accepted.len()).unwrap_or(u32::MAX);
        match self.accepted.front() {
            Some(&first) if used >= limit => Verdict::Refused {
                limit,
                retry_after: length.saturating_sub(now.duration_since(first)),
            },
            _ => {
                self.accepted.push_back(now);
                Verdict::Accepted {
                    limit,
                    remaining: limit - used - 1,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> RateLimit {
        text.parse().expect("a rate limit")
    }

    #[test]
    fn a_rate_limit_reads_as_it_is_written() {
        for (text, requests, seconds) in
            [("10/s", 10, 1), ("600/m", 600, 60), ("3600/h", 3600, 3600)]
        {
            assert_eq!(limit(text).requests(), requests);
            assert_eq!(limit(text).window(), Duration::from_secs(seconds));
            assert_eq!(limit(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_rate_limit_is_refused_with_an_example() {
        for text in [
            "",
            "10",
            "10/",
            "/s",
            "0/s",
            "-1/s",
            "1.5/s",
            "10/d",
            "1000001/s",
            "10/s/s",
            "99999999999/s",
        ] {
            let error = text.parse::<RateLimit>().expect_err(text).to_string();
            assert!(
                error.starts_with(&format!("`{text}` is not a rate limit")),
                "{error}"
            );
            assert!(error.contains("`10/s`"), "{error}");
        }
    }

    #[test]
    fn no_window_of_the_unit_accepts_more_than_the_limit_wherever_it_begins() {
        let mut window = Window::new(limit("5/s"));
        let start = Instant::now();
        let mut accepted = Vec::new();
        for step in 0..4000 {
            let now = start + Duration::from_millis(step * 3 + (step % 7) * 2);
            if matches!(window.arrive(now), Verdict::Accepted { .. }) {
                accepted.push(now);
            }
        }
        for six in accepted.windows(6) {
            assert!(six[5] - six[0] >= Duration::from_secs(1));
        }
        assert!(
            accepted.len() >= 55,
            "twelve seconds of 5/s let only {} through",
            accepted.len()
        );
    }

    #[test]
    fn a_refused_request_learns_when_the_next_is_accepted() {
        let mut window = Window::new(limit("2/s"));
        let start = Instant::now();
        assert_eq!(
            window.arrive(start),
            Verdict::Accepted {
                limit: 2,
                remaining: 1
            }
        );
        let second = start + Duration::from_millis(300);
        assert_eq!(
            window.arrive(second),
            Verdict::Accepted {
                limit: 2,
                remaining: 0
            }
        );
        let third = start + Duration::from_millis(400);
        let retry_after = Duration::from_millis(600);
        assert_eq!(
            window.arrive(third),
            Verdict::Refused {
                limit: 2,
                retry_after
            }
        );
        assert_eq!(
            window.arrive(third + retry_after),
            Verdict::Accepted {
                limit: 2,
                remaining: 0
            }
        );
    }

    #[test]
    fn a_refused_request_uses_nothing_up() {
        let mut window = Window::new(limit("1/m"));
        let start = Instant::now();
        window.arrive(start);
        for second in 1..60 {
            assert!(matches!(
                window.arrive(start + Duration::from_secs(second)),
                Verdict::Refused { .. }
            ));
        }
        assert!(matches!(
            window.arrive(start + Duration::from_secs(60)),
            Verdict::Accepted { .. }
        ));
    }
}
