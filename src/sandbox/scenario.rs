//! How a server answers when much is asked of it: limits, outages, what it can bear, and who else asks.
//!
//! Plain data. [`Gate`](super::Gate) decides by it. A person who starts a sandbox needs one limit and no more; the rest
//! is for tests, which find out how a client fares against all the servers that there may be.

use std::time::Duration;

use super::{Counted, Endpoint, Policy, RateLimit};

/// How a server answers when much is asked of it. Without any of it, everything is accepted at once.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// A request needs room in each limit that is about it; the first one that has none answers, and those after it do
    /// not count the request.
    pub limits: Vec<Rule>,
    /// Asked before the limits, which do not count what is answered here. The first one that strikes answers.
    pub outages: Vec<Outage>,
    /// What the server can work off.
    pub capacity: Option<Capacity>,
    /// Who else sends requests, whatever they are answered.
    pub others: Vec<OtherClient>,
}

/// A limit: which requests it is about, how they are counted, and what is answered.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The operations that it is about.
    pub of: Vec<Endpoint>,
    /// What has a counter of its own.
    pub scope: Scope,
    /// How requests are counted.
    pub policy: Policy,
    /// How many requests a bucket or a queue holds; without one, N for a bucket and what drains in a second for a queue.
    pub burst: Option<u32>,
    /// Which requests are counted.
    pub counted: Counted,
    /// From when on, since the server began, which rate is kept; `None` is no limit. Sorted by time; before the first
    /// there is no limit.
    pub rates: Vec<(Duration, Option<RateLimit>)>,
    /// Which answers tell about the limit.
    pub headers: Headers,
    /// What too many requests are answered.
    pub refusal: ScriptedRefusal,
}

impl Rule {
    /// A sliding window for each of these operations, told by every answer, and refusing with 429 and `Retry-After`.
    pub fn new(of: impl Into<Vec<Endpoint>>, rate: RateLimit) -> Rule {
        Rule {
            of: of.into(),
            scope: Scope::default(),
            policy: Policy::default(),
            burst: None,
            counted: Counted::default(),
            rates: vec![(Duration::ZERO, Some(rate))],
            headers: Headers::default(),
            refusal: ScriptedRefusal {
                status: ErrorStatus::TooManyRequests,
                retry_after: RetryAfter::Exact,
            },
        }
    }
}

/// What has a counter of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Each operation.
    #[default]
    Endpoint,
    /// Each operation with each path, path parameters included.
    Path,
    /// All operations of the rule have one counter.
    Together,
}

/// Which answers tell about the limit, in `X-RateLimit-Limit` and `X-RateLimit-Remaining`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Headers {
    /// All of them.
    #[default]
    Always,
    /// Those that refuse a request for being too many.
    On429,
    /// None.
    Never,
}

/// What a request that is not handled is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptedRefusal {
    /// Its status.
    pub status: ErrorStatus,
    /// Its `Retry-After`.
    pub retry_after: RetryAfter,
}

/// How `Retry-After` tells the time until a request may be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// To a millisecond, as a fraction of a second.
    Exact,
    /// In whole seconds, rounded up.
    Whole,
    /// Always so, true or not. Zero is one of the things that are seen.
    Fixed(Duration),
    /// Not at all.
    Absent,
}

impl RetryAfter {
    /// What is told of a wait that is known, to the digits that are sent.
    pub(super) fn tell(self, wait: Duration) -> Option<Duration> {
        let whole = |unit: Duration| {
            let units = wait.as_nanos().div_ceil(unit.as_nanos());
            unit * u32::try_from(units).unwrap_or(u32::MAX)
        };
        match self {
            RetryAfter::Exact => Some(whole(Duration::from_millis(1))),
            RetryAfter::Whole => Some(whole(Duration::from_secs(1))),
            RetryAfter::Fixed(told) => Some(told),
            RetryAfter::Absent => None,
        }
    }
}

/// The status of an answer to a request that was not handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorStatus {
    /// 403, with a message that speaks of a quota.
    Quota,
    /// 408.
    RequestTimeout,
    /// 425.
    TooEarly,
    /// 429.
    TooManyRequests,
    /// 449.
    Queued,
    /// 500.
    InternalError,
    /// 502.
    BadGateway,
    /// 503.
    Unavailable,
    /// 504.
    GatewayTimeout,
}

impl ErrorStatus {
    /// As a number.
    pub fn code(self) -> u16 {
        match self {
            ErrorStatus::Quota => 403,
            ErrorStatus::RequestTimeout => 408,
            ErrorStatus::TooEarly => 425,
            ErrorStatus::TooManyRequests => 429,
            ErrorStatus::Queued => 449,
            ErrorStatus::InternalError => 500,
            ErrorStatus::BadGateway => 502,
            ErrorStatus::Unavailable => 503,
            ErrorStatus::GatewayTimeout => 504,
        }
    }

    /// What the body says.
    pub(super) fn message(self) -> &'static str {
        match self {
            ErrorStatus::Quota => {
                "Quota exceeded for this workspace. Slow down and try again later."
            }
            ErrorStatus::RequestTimeout => "Request Timeout",
            ErrorStatus::TooEarly => "Too Early",
            ErrorStatus::TooManyRequests => "Too Many Requests",
            ErrorStatus::Queued => {
                "Your request cannot be processed at the moment as it is currently in queue. Please try again in a few \
                 minutes."
            }
            ErrorStatus::InternalError => "Unexpected error occurred",
            ErrorStatus::BadGateway => "Bad Gateway",
            ErrorStatus::Unavailable => "Service Unavailable",
            ErrorStatus::GatewayTimeout => "Gateway Timeout",
        }
    }
}

/// Requests that are not handled, for a time.
#[derive(Clone, Debug)]
pub struct Outage {
    /// The operations that it is about.
    pub of: Vec<Endpoint>,
    /// Which of their requests.
    pub which: Which,
    /// When.
    pub when: When,
    /// What is answered. `Retry-After`, where exact or whole, tells when the outage ends.
    pub answer: Breakdown,
}

/// Which requests an outage strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Each Nth, from 1.
    EveryNth(u32),
    /// Those about these contacts, as their identifiers stand in the path (`id:10001`).
    Contacts(Vec<String>),
}

/// A time since the server began, once or again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// When it begins for the first time.
    pub from: Duration,
    /// How long it lasts.
    pub lasts: Duration,
    /// After how long, from beginning to beginning, it comes again.
    pub every: Option<Duration>,
}

impl When {
    /// From the beginning, without an end.
    pub const ALWAYS: When = When {
        from: Duration::ZERO,
        lasts: Duration::MAX,
        every: None,
    };

    /// Once.
    pub fn once(from: Duration, lasts: Duration) -> When {
        When {
            from,
            lasts,
            every: None,
        }
    }

    /// How long it still lasts, if it is that time.
    pub(super) fn left(self, elapsed: Duration) -> Option<Duration> {
        let since = elapsed.checked_sub(self.from)?;
        let phase = match self.every {
            Some(every) if !every.is_zero() => {
                let nanos = since.as_nanos() % every.as_nanos();
                // Shorter than `every`, of which half a thousand years would fit.
                Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
            _ => since,
        };
        self.lasts.checked_sub(phase).filter(|left| !left.is_zero())
    }
}

/// What becomes of a request that is not handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakdown {
    /// It is answered so.
    Answered(ScriptedRefusal),
    /// Its connection is closed.
    Dropped,
    /// Nothing comes, until the client gives up.
    Stalled,
}

/// What the server can work off, one request after the other, of all operations together. Requests beyond it wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// Requests in a second.
    pub per_second: f64,
    /// How long the queue may get, in requests; one more is answered 503. Without one, any length.
    pub queue: Option<u32>,
}

/// Another client, which sends evenly and does not care for the answers.
#[derive(Clone, Debug)]
pub struct OtherClient {
    /// What it asks for.
    pub of: Endpoint,
    /// The path that it asks for again and again; without one, each request has a path that nobody else asks for.
    pub path: Option<String>,
    /// How much it sends.
    pub rate: RateLimit,
    /// When it sends.
    pub when: When,
}
