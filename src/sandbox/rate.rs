//! How many requests an endpoint accepts, as it is written: `10/s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Error;

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
