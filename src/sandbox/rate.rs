//! How many requests are accepted in how much time, as it is written: `10/s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Error;

const MOST: u32 = 1_000_000;

/// How many requests are accepted in any window of some length; written `10/s`, `600/m`, `3600/h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    requests: u32,
    window: Duration,
}

impl RateLimit {
    /// A limit with any window; at least one request is accepted, and a window lasts at least a millisecond.
    pub fn new(requests: u32, window: Duration) -> RateLimit {
        RateLimit {
            requests: requests.clamp(1, MOST),
            window: window.max(Duration::from_millis(1)),
        }
    }

    /// The requests accepted in any [`window`](RateLimit::window).
    pub fn requests(self) -> u32 {
        self.requests
    }

    /// The length of the window.
    pub fn window(self) -> Duration {
        self.window
    }

    /// The time in which one request is accepted, were they spread evenly.
    pub(super) fn one(self) -> Duration {
        self.window / self.requests
    }
}

impl FromStr for RateLimit {
    type Err = Error;

    fn from_str(text: &str) -> Result<RateLimit, Error> {
        let parse = || {
            let (requests, seconds) = text.trim().split_once('/')?;
            let seconds = match seconds {
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                _ => return None,
            };
            let requests = requests
                .parse()
                .ok()
                .filter(|requests| (1..=MOST).contains(requests))?;
            Some(RateLimit::new(requests, Duration::from_secs(seconds)))
        };
        parse().ok_or_else(|| {
            Error::Option(format!(
                "`{text}` is not a rate limit; write a number of requests from 1 to 1000000 per `s`, `m` or `h`, such as \
                 `10/s`"
            ))
        })
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.window.as_secs(), self.window.subsec_nanos()) {
            (1, 0) => write!(f, "{}/s", self.requests),
            (60, 0) => write!(f, "{}/m", self.requests),
            (3600, 0) => write!(f, "{}/h", self.requests),
            _ => write!(f, "{} per {} s", self.requests, self.window.as_secs_f64()),
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
}
