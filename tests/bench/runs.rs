//! How whole runs fare against servers of all kinds, on virtual time, as a table in Markdown.
//!
//! `cargo bench --bench runs`, or only those whose names hold one of some words: `cargo bench --bench runs -- narrow two`.
//! `course` shows what was accepted in each step of time, too.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "the world reads as it does among the tests, which hold it to more"
)]
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::time::Duration;

use reassign::sandbox::{
    Capacity, Endpoint, ErrorStatus, Headers, OtherClient, Policy, RateLimit, RetryAfter, Rule,
    Scenario, Scope, ScriptedRefusal, When, Which,
};

#[path = "../cli/pacing/world.rs"]
mod world;

use world::{Trial, outage, rule, secs};

const READ: Endpoint = Endpoint::GetContact;
const WRITE: Endpoint = Endpoint::SetAssignee;
const LIST: Endpoint = Endpoint::ListContacts;
const BOTH: [Endpoint; 2] = [READ, WRITE];
const ABSENT: RetryAfter = RetryAfter::Absent;
const WHOLE: RetryAfter = RetryAfter::Whole;

/// Runs by their names.
type Runs = Vec<(String, Trial)>;

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let (course, words): (Vec<_>, Vec<_>) = words.into_iter().partition(|word| word == "course");
    let families = [
        paths, narrow, whole, breaking, outages, windows, changes, several, together, opened,
    ];
    let all = families.into_iter().flat_map(|family| family());
    println!("| server | rows | took | of 429 | at most | of 503 | reads a row | checked |");
    println!("|---|---|---|---|---|---|---|---|");
    for (name, trial) in all {
        if !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        let told = trial.run();
        let unavailable = told.exchanges.iter().filter(|one| one.status == 503);
        let at_most = (told.exchanges.len() / 100).max(15);
        let mark = if told.refused() > at_most { " !" } else { "" };
        println!(
            "| {name} | {} | {:.1} s | {}{mark} | {at_most} | {} | {:.2} | {} |",
            trial.rows,
            told.took.as_secs_f64(),
            told.refused(),
            unavailable.count(),
            told.reads_per_row(),
            told.verification.held,
        );
        if !course.is_empty() {
            println!("{}", told.course(told.took.as_secs_f64() / 20.0));
        }
    }
}

/// The same, which tells nothing but what a refusal says of when to come again.
fn silent(of: impl Into<Vec<Endpoint>>, requests: u32, window: f64, again: RetryAfter) -> Rule {
    let mut rule = rule(of, requests, window);
    (rule.headers, rule.refusal.retry_after) = (Headers::Never, again);
    rule
}

fn limited(limits: impl Into<Vec<Rule>>, rows: u32) -> Trial {
    let limits = limits.into();
    let scenario = Scenario {
        limits,
        ..Scenario::default()
    };
    Trial::new(scenario, rows)
}

fn named(name: impl Into<String>, trial: Trial) -> (String, Trial) {
    (name.into(), trial)
}

/// No limit, one for each path, and a path that somebody else polls for 20 s.
fn paths() -> Runs {
    let per_path = |rule: Rule| Rule {
        scope: Scope::Path,
        ..rule
    };
    let told = per_path(rule(BOTH, 5, 1.0));
    let never = per_path(silent(BOTH, 5, 1.0, ABSENT));
    let hot = |limit: &Rule| {
        let mut trial = limited([limit.clone()], 4000);
        trial.scenario.others = vec![OtherClient {
            of: READ,
            path: Some("/v1/contact/id:30".into()),
            rate: RateLimit::new(50, secs(1.0)),
            when: When::once(Duration::ZERO, secs(20.0)),
        }];
        trial
    };
    let of_a_few = |requests, headers, again| {
        let mut rule = per_path(rule(BOTH, requests, 1.0));
        (rule.headers, rule.refusal.retry_after) = (headers, again);
        limited([rule], 300)
    };
    let mut bearing = limited([], 3000);
    bearing.scenario.capacity = Some(Capacity {
        per_second: 200.0,
        queue: None,
    });
    vec![
        named("free", limited([], 4000)),
        named("free, bears 200/s", bearing),
        named("path 5/s, told", limited([told.clone()], 4000)),
        named("path 2/s, told", of_a_few(2, Headers::Always, WHOLE)),
        named("path 1/s, told", of_a_few(1, Headers::Always, WHOLE)),
        named("path 1/s, never", of_a_few(1, Headers::Never, ABSENT)),
        named("path 5/s, told, one polled", hot(&told)),
        named("path 5/s, never, one polled", hot(&never)),
    ]
}

/// Writes that are narrower than reads.
fn narrow() -> Runs {
    let mut runs = Runs::new();
    for (requests, window) in [(2, 1.0), (30, 60.0), (10, 60.0), (600, 3600.0)] {
        let rows = (f64::from(requests) / window * 1200.0) as u32;
        let rows = rows.max(requests * 2).max(300);
        let told = rule([WRITE], requests, window);
        let pauses = silent([WRITE], requests, window, WHOLE);
        let never = silent([WRITE], requests, window, ABSENT);
        for (says, rule) in [("told", told), ("pauses", pauses), ("never", never)] {
            let name = format!("narrow {requests} in {window} s, {says}");
            runs.push(named(name, limited([rule], rows)));
        }
    }
    for concurrency in [1, 2, 4, 64] {
        let mut trial = limited([rule([WRITE], 10, 1.0)], 600);
        trial.concurrency = Some(concurrency);
        runs.push(named(
            format!("narrow 10/s, concurrency {concurrency}"),
            trial,
        ));
    }
    let mut unchanged = limited([rule([WRITE], 10, 60.0)], 3000);
    unchanged.unchanged = |row| !row.is_multiple_of(100);
    runs.push(named("narrow 10 in 60 s, 30 rows to write", unchanged));
    let mut kept = limited([], 60);
    kept.rate = Some("10/m");
    runs.push(named("free, --rate 10/m", kept));
    runs
}

/// From the first to the last request.
fn whole() -> Runs {
    let mut runs = Runs::new();
    for (rows, requests) in [(200, 10), (1000, 10), (200, 2), (1000, 2)] {
        for latency in [20, 80, 300, 1000] {
            let name = format!("whole {requests}/s, {latency} ms");
            let trial = limited([rule(BOTH, requests, 1.0)], rows);
            runs.push(named(name, trial.latency(latency)));
        }
    }
    runs
}

/// A few contacts that always break.
fn breaking() -> Runs {
    let run = |name: &str, from: u64, of: &[Endpoint], status| {
        let five = Which::Contacts((from..from + 5).map(|id| format!("id:{id}")).collect());
        let mut trial = limited([rule(BOTH, 50, 1.0)], 100);
        trial.scenario.outages = vec![outage(of, five, When::ALWAYS, status, ABSENT)];
        named(name, trial)
    };
    vec![
        run(
            "breaking, 5 among 100",
            40,
            &BOTH,
            ErrorStatus::InternalError,
        ),
        run(
            "breaking, the last 5",
            96,
            &BOTH,
            ErrorStatus::InternalError,
        ),
        run("breaking, a gateway's", 96, &BOTH, ErrorStatus::BadGateway),
        run(
            "breaking, writes only",
            96,
            &[WRITE],
            ErrorStatus::InternalError,
        ),
    ]
}

/// Outages, quotas, and what may be tried again.
fn outages() -> Runs {
    use ErrorStatus::{Quota, RequestTimeout, TooEarly, TooManyRequests, Unavailable};
    let minute = When::once(secs(5.0), secs(60.0));
    let five = RetryAfter::Fixed(secs(5.0));
    let at_once = RetryAfter::Fixed(Duration::ZERO);
    let always = When::ALWAYS;
    let every = Which::EveryNth;
    let cells = [
        (
            "maintenance of 60 s, told",
            &BOTH[..],
            Which::All,
            minute,
            Unavailable,
            five,
        ),
        (
            "maintenance of 60 s, never",
            &BOTH,
            Which::All,
            minute,
            Unavailable,
            ABSENT,
        ),
        (
            "maintenance of 60 s, writes, told",
            &[WRITE],
            Which::All,
            minute,
            Unavailable,
            WHOLE,
        ),
        (
            "maintenance of 60 s, writes, never",
            &[WRITE],
            Which::All,
            minute,
            Unavailable,
            ABSENT,
        ),
        (
            "quota of 60 s as 403, told",
            &BOTH,
            Which::All,
            minute,
            Quota,
            WHOLE,
        ),
        (
            "quota of 60 s as 403, never",
            &BOTH,
            Which::All,
            minute,
            Quota,
            ABSENT,
        ),
        (
            "every 5th 408",
            &BOTH,
            every(5),
            always,
            RequestTimeout,
            ABSENT,
        ),
        ("every 5th 425", &BOTH, every(5), always, TooEarly, ABSENT),
        (
            "every 3rd 429, Retry-After 0",
            &BOTH,
            every(3),
            always,
            TooManyRequests,
            at_once,
        ),
    ];
    let mut runs: Runs = cells
        .into_iter()
        .map(|(name, of, which, when, status, again)| {
            let limits = match status {
                TooManyRequests => vec![],
                _ => vec![rule(BOTH, 50, 1.0)],
            };
            let mut trial = limited(limits, 1000);
            trial.scenario.outages = vec![outage(of, which, when, status, again)];
            named(name, trial)
        })
        .collect();
    for (name, of, from, lasts) in [
        ("reads and writes", &BOTH[..], 3.0, 20.0),
        ("writes", &[WRITE], 5.0, 20.0),
        ("writes from the first on", &[WRITE], 0.0, 20.0),
        ("writes from the first on", &[WRITE], 0.0, 60.0),
    ] {
        let when = When::once(secs(from), secs(lasts));
        let mut trial = limited([silent(BOTH, 10, 1.0, ABSENT)], 200);
        trial.scenario.outages = vec![outage(of, Which::All, when, TooManyRequests, ABSENT)];
        runs.push(named(
            format!("nothing but 429 for {lasts} s, {name}"),
            trial,
        ));
    }
    runs
}

/// Windows of any length, and pauses that mislead.
fn windows() -> Runs {
    use Policy::{Fixed, Sliding};
    let long = RetryAfter::Fixed(secs(61.0));
    let cells = [
        ("10/s, pauses of 61 s", 10, 1.0, Fixed, long, 400),
        ("100 in 900 s, pauses", 100, 900.0, Fixed, WHOLE, 150),
        ("100 in 120 s, pauses", 100, 120.0, Fixed, WHOLE, 300),
        ("300 in 30 s, never", 300, 30.0, Fixed, ABSENT, 900),
        (
            "300 in 30 s, sliding, pauses",
            300,
            30.0,
            Sliding,
            WHOLE,
            600,
        ),
        ("50 in 5 s, never", 50, 5.0, Fixed, ABSENT, 600),
        ("20 in 2 s, never", 20, 2.0, Fixed, ABSENT, 600),
        ("20 in 60 s, never", 20, 60.0, Fixed, ABSENT, 100),
    ];
    cells
        .into_iter()
        .map(|(name, requests, window, policy, again, rows)| {
            let mut rule = silent(BOTH, requests, window, again);
            rule.policy = policy;
            named(format!("window {name}"), limited([rule], rows).latency(50))
        })
        .collect()
}

/// A limit of 10 a second that falls to 3 and rises to 20.
fn changes() -> Runs {
    let run = |name: &str, policy, falls, rises, rows| {
        let mut rule = silent(BOTH, 10, 1.0, ABSENT);
        rule.policy = policy;
        let rates = [(0.0, 10), (falls, 3), (rises, 20)];
        let rates = rates.map(|(at, count)| (secs(at), Some(RateLimit::new(count, secs(1.0)))));
        rule.rates = rates.to_vec();
        named(name, limited([rule], rows))
    };
    vec![
        run("changes 10, 3, 20/s", Policy::default(), 60.0, 120.0, 2000),
        run(
            "changes 10, 3, 20/s, opened",
            Policy::Opened,
            20.0,
            50.0,
            800,
        ),
    ]
}

/// Several limits at once.
fn several() -> Runs {
    let mut runs = Runs::new();
    for (says, headers, again) in [
        ("told", Headers::Always, WHOLE),
        ("pauses", Headers::Never, WHOLE),
        ("never", Headers::Never, ABSENT),
    ] {
        let limit = |requests, window, scope| {
            let mut rule = rule(BOTH, requests, window);
            (rule.headers, rule.refusal.retry_after) = (headers, again);
            (rule.policy, rule.scope) = (Policy::Fixed, scope);
            rule
        };
        let (each, path) = (Scope::Endpoint, Scope::Path);
        for (name, rows, limits) in [
            (
                "10/s and 200 in 60 s",
                700,
                [limit(10, 1.0, each), limit(200, 60.0, each)],
            ),
            (
                "100/s and 500 in 60 s",
                1000,
                [limit(100, 1.0, each), limit(500, 60.0, each)],
            ),
            (
                "path 5/s and all 20/s",
                1000,
                [limit(5, 1.0, path), limit(20, 1.0, each)],
            ),
            (
                "path 5/s and all 600 in 60 s",
                1000,
                [limit(5, 1.0, path), limit(600, 60.0, each)],
            ),
        ] {
            runs.push(named(format!("two: {name}, {says}"), limited(limits, rows)));
        }
    }
    runs
}

/// Gateways that count reads, writes and lists on one counter.
fn together() -> Runs {
    use ErrorStatus::{TooManyRequests, Unavailable};
    use Policy::{Fixed, Leaky, Sliding, Token};
    let cells = [
        ("bucket of 1", 10, 1.0, Token, Some(1), Unavailable, 20),
        ("bucket of 1", 10, 1.0, Token, Some(1), TooManyRequests, 20),
        ("bucket of 1", 10, 1.0, Token, Some(1), TooManyRequests, 200),
        ("bucket of 5", 10, 1.0, Token, Some(5), Unavailable, 20),
        ("bucket of 20", 10, 1.0, Token, Some(20), Unavailable, 20),
        ("queue of 20", 10, 1.0, Leaky, Some(20), Unavailable, 20),
        ("window", 10, 1.0, Fixed, None, TooManyRequests, 20),
        ("sliding", 10, 1.0, Sliding, None, TooManyRequests, 20),
        ("bucket of 1", 60, 60.0, Token, Some(1), Unavailable, 20),
        (
            "bucket of 10",
            60,
            60.0,
            Token,
            Some(10),
            TooManyRequests,
            20,
        ),
        ("window", 60, 60.0, Fixed, None, TooManyRequests, 20),
        ("sliding", 60, 60.0, Sliding, None, TooManyRequests, 20),
    ];
    let mut runs = Runs::new();
    for (name, requests, window, policy, burst, status, latency) in cells {
        for (says, headers, again) in [
            ("never", Headers::Never, ABSENT),
            ("told", Headers::Always, WHOLE),
        ] {
            if status == Unavailable && headers == Headers::Always {
                continue;
            }
            let mut rule = rule([READ, WRITE, LIST], requests, window);
            (rule.scope, rule.policy, rule.burst) = (Scope::Together, policy, burst);
            rule.headers = headers;
            rule.refusal = ScriptedRefusal {
                status,
                retry_after: again,
            };
            let mut trial = limited([rule], 200).latency(latency);
            trial.until = secs(3600.0);
            let name = format!(
                "together {requests} in {window} s, {name}, {}, {latency} ms, {says}",
                status.code()
            );
            runs.push(named(name, trial));
        }
    }
    runs
}

/// Windows that begin with their first request.
fn opened() -> Runs {
    let mut runs = Runs::new();
    for (requests, window, rows) in [
        (10, 1.0, 400),
        (3, 1.0, 120),
        (50, 1.0, 2000),
        (10, 10.0, 100),
        (60, 60.0, 200),
    ] {
        for (says, again) in [("pauses", WHOLE), ("never", ABSENT)] {
            let mut rule = silent(BOTH, requests, window, again);
            rule.policy = Policy::Opened;
            let name = format!("opened {requests} in {window} s, {says}");
            runs.push(named(name, limited([rule], rows).latency(20)));
        }
    }
    runs
}
