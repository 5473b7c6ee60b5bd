//! How whole runs fare against servers of all kinds, on virtual time: `cargo bench --bench runs -- narrow whole`.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "work in progress"
)]
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../cli/pacing/world.rs"]
mod world;
use reassign::sandbox::*;
use std::time::Duration;
use world::Trial;

fn rule(of: impl Into<Vec<Endpoint>>, n: u32, secs: f64) -> Rule {
    Rule::new(of, RateLimit::new(n, Duration::from_secs_f64(secs)))
}
fn main() {
    let which: Vec<String> = std::env::args().skip(1).collect();
    let want = |name: &str| which.iter().any(|w| name.contains(w.as_str()));
    let show = |name: &str, step: f64, trial: Trial| {
        if !want(name) {
            return;
        }
        let t = std::time::Instant::now();
        let told = trial.run();
        println!(
            "{name}: {} [{:.1} s real]",
            told.brief(),
            t.elapsed().as_secs_f64()
        );
        if which.iter().any(|w| w == "course") {
            println!("{}", told.course(step));
        }
        if which.iter().any(|w| w == "refusals") {
            for one in told
                .exchanges
                .iter()
                .filter(|one| matches!(one.status, 429 | 503))
            {
                println!(
                    "  {:.2} {:?} {}",
                    one.at.as_secs_f64(),
                    one.endpoint,
                    one.contact
                );
            }
        }
    };
    show("free", 1.0, Trial::new(Scenario::default(), 4000));
    let mut path = rule([Endpoint::SetAssignee, Endpoint::GetContact], 5, 1.0);
    path.scope = Scope::Path;
    show(
        "path",
        1.0,
        Trial::new(
            Scenario {
                limits: vec![path.clone()],
                ..Scenario::default()
            },
            4000,
        ),
    );
    let hot = OtherClient {
        of: Endpoint::GetContact,
        path: Some("/v1/contact/id:30".into()),
        rate: RateLimit::new(50, Duration::from_secs(1)),
        when: When::once(Duration::ZERO, Duration::from_secs(20)),
    };
    show(
        "hot",
        1.0,
        Trial::new(
            Scenario {
                limits: vec![path.clone()],
                others: vec![hot.clone()],
                ..Scenario::default()
            },
            4000,
        ),
    );
    let mut quiet = path;
    quiet.headers = Headers::Never;
    quiet.refusal.retry_after = RetryAfter::Absent;
    show(
        "quiet-hot",
        1.0,
        Trial::new(
            Scenario {
                limits: vec![quiet],
                others: vec![hot],
                ..Scenario::default()
            },
            4000,
        ),
    );
    for (n, secs) in [(2, 1.0), (30, 60.0), (10, 60.0), (600, 3600.0)] {
        for (h, headers) in [
            ("told", Headers::Always),
            ("429", Headers::On429),
            ("never", Headers::Never),
        ] {
            for ra in [RetryAfter::Whole, RetryAfter::Absent] {
                let mut narrow = rule(Endpoint::WRITES, n, secs);
                narrow.headers = headers;
                narrow.refusal.retry_after = ra;
                let rows = (n as f64 / secs * 1200.0).max(300.0) as u32;
                show(
                    &format!("narrow {n}/{secs} {h} {ra:?}"),
                    20.0,
                    Trial::new(
                        Scenario {
                            limits: vec![narrow],
                            ..Scenario::default()
                        },
                        rows,
                    ),
                );
            }
        }
    }
    for (rows, n) in [(200, 10), (1000, 10), (200, 2)] {
        for lat in [20, 80, 300, 1000] {
            let both = rule([Endpoint::SetAssignee, Endpoint::GetContact], n, 1.0);
            show(
                &format!("whole {rows} {n} {lat}"),
                5.0,
                Trial::new(
                    Scenario {
                        limits: vec![both],
                        ..Scenario::default()
                    },
                    rows,
                )
                .latency(lat),
            );
        }
    }
    let outage = |of: Vec<Endpoint>, which, when, status, retry_after| Outage {
        of,
        which,
        when,
        answer: Breakdown::Answered(ScriptedRefusal {
            status,
            retry_after,
        }),
    };
    let both = || vec![Endpoint::SetAssignee, Endpoint::GetContact];
    let minute = When::once(Duration::from_secs(5), Duration::from_secs(60));
    let with = |outage| Scenario {
        outages: vec![outage],
        limits: vec![rule(both(), 50, 1.0)],
        ..Scenario::default()
    };
    let five = |from: u64| Which::Contacts((from..from + 5).map(|id| format!("id:{id}")).collect());
    show(
        "breaking among",
        5.0,
        Trial::new(
            with(outage(
                both(),
                five(40),
                When::ALWAYS,
                ErrorStatus::InternalError,
                RetryAfter::Absent,
            )),
            100,
        ),
    );
    show(
        "breaking last",
        5.0,
        Trial::new(
            with(outage(
                both(),
                five(96),
                When::ALWAYS,
                ErrorStatus::InternalError,
                RetryAfter::Absent,
            )),
            100,
        ),
    );
    show(
        "breaking gateway",
        5.0,
        Trial::new(
            with(outage(
                both(),
                five(96),
                When::ALWAYS,
                ErrorStatus::BadGateway,
                RetryAfter::Absent,
            )),
            100,
        ),
    );
    show(
        "breaking write",
        5.0,
        Trial::new(
            with(outage(
                vec![Endpoint::SetAssignee],
                five(96),
                When::ALWAYS,
                ErrorStatus::InternalError,
                RetryAfter::Absent,
            )),
            100,
        ),
    );
    show(
        "maintenance RA",
        5.0,
        Trial::new(
            with(outage(
                both(),
                Which::All,
                minute,
                ErrorStatus::Unavailable,
                RetryAfter::Fixed(Duration::from_secs(5)),
            )),
            1000,
        ),
    );
    show(
        "maintenance writes RA",
        5.0,
        Trial::new(
            with(outage(
                vec![Endpoint::SetAssignee],
                Which::All,
                minute,
                ErrorStatus::Unavailable,
                RetryAfter::Whole,
            )),
            1000,
        ),
    );
    show(
        "maintenance none",
        5.0,
        Trial::new(
            with(outage(
                both(),
                Which::All,
                minute,
                ErrorStatus::Unavailable,
                RetryAfter::Absent,
            )),
            1000,
        ),
    );
    show(
        "maintenance writes none",
        5.0,
        Trial::new(
            with(outage(
                vec![Endpoint::SetAssignee],
                Which::All,
                minute,
                ErrorStatus::Unavailable,
                RetryAfter::Absent,
            )),
            1000,
        ),
    );
    show(
        "quota 403",
        5.0,
        Trial::new(
            with(outage(
                both(),
                Which::All,
                minute,
                ErrorStatus::Quota,
                RetryAfter::Whole,
            )),
            1000,
        ),
    );
    show(
        "quota 403 none",
        5.0,
        Trial::new(
            with(outage(
                both(),
                Which::All,
                minute,
                ErrorStatus::Quota,
                RetryAfter::Absent,
            )),
            1000,
        ),
    );
    show(
        "again 408",
        5.0,
        Trial::new(
            with(outage(
                both(),
                Which::EveryNth(5),
                When::ALWAYS,
                ErrorStatus::RequestTimeout,
                RetryAfter::Absent,
            )),
            1000,
        ),
    );
    show(
        "again 425",
        5.0,
        Trial::new(
            with(outage(
                both(),
                Which::EveryNth(5),
                When::ALWAYS,
                ErrorStatus::TooEarly,
                RetryAfter::Absent,
            )),
            1000,
        ),
    );
    show(
        "third RA0",
        5.0,
        Trial::new(
            Scenario {
                outages: vec![outage(
                    both(),
                    Which::EveryNth(3),
                    When::ALWAYS,
                    ErrorStatus::TooManyRequests,
                    RetryAfter::Fixed(Duration::ZERO),
                )],
                ..Scenario::default()
            },
            1000,
        ),
    );
    show("kept 10/m", 60.0, {
        let mut t = Trial::new(Scenario::default(), 60);
        t.rate = Some("10/m");
        t
    });
    show(
        "capacity",
        2.0,
        Trial::new(
            Scenario {
                capacity: Some(Capacity {
                    per_second: 200.0,
                    queue: None,
                }),
                ..Scenario::default()
            },
            3000,
        ),
    );
    for c in [1, 2, 4, 64] {
        show(&format!("concurrency {c}"), 20.0, {
            let mut t = Trial::new(
                Scenario {
                    limits: vec![rule(Endpoint::WRITES, 10, 1.0)],
                    ..Scenario::default()
                },
                600,
            );
            t.concurrency = Some(c);
            t
        });
    }
    show("mostly unchanged", 20.0, {
        let mut t = Trial::new(
            Scenario {
                limits: vec![rule(Endpoint::WRITES, 10, 60.0)],
                ..Scenario::default()
            },
            3000,
        );
        t.unchanged = |row| !row.is_multiple_of(100);
        t
    });
    let long = RetryAfter::Fixed(Duration::from_secs(61));
    let (fixed, sliding) = (Policy::Fixed, Policy::Sliding);
    let (whole, absent) = (RetryAfter::Whole, RetryAfter::Absent);
    for (name, limits, policy, rows) in [
        ("10/s RA61", (10, 1.0, long), fixed, 400),
        ("100/900", (100, 900.0, whole), fixed, 150),
        ("100/120", (100, 120.0, whole), fixed, 300),
        ("300/30", (300, 30.0, absent), fixed, 900),
        ("sliding 300/30", (300, 30.0, whole), sliding, 600),
        ("50/5", (50, 5.0, absent), fixed, 600),
        ("20/2", (20, 2.0, absent), fixed, 600),
        ("20/60", (20, 60.0, absent), fixed, 100),
    ] {
        let mut r = rule(both(), limits.0, limits.1);
        r.policy = policy;
        r.headers = Headers::Never;
        r.refusal.retry_after = limits.2;
        show(
            &format!("window {name}"),
            limits.1,
            Trial::new(
                Scenario {
                    limits: vec![r],
                    ..Scenario::default()
                },
                rows,
            )
            .latency(50),
        );
    }
    // A limit of 10 a second that falls to 3 and rises to 20, at these seconds.
    let rises = |policy, falls, rises, rows| {
        let mut r = rule(both(), 10, 1.0);
        r.policy = policy;
        r.headers = Headers::Never;
        r.refusal.retry_after = absent;
        let rates = [(0, 10), (falls, 3), (rises, 20)].map(|(at, n)| {
            let limit = RateLimit::new(n, Duration::from_secs(1));
            (Duration::from_secs(at), Some(limit))
        });
        r.rates = rates.to_vec();
        let scenario = Scenario {
            limits: vec![r],
            ..Scenario::default()
        };
        Trial::new(scenario, rows)
    };
    show(
        "window rises",
        10.0,
        rises(Policy::default(), 60, 120, 2000).latency(50),
    );
    // Gateways that count reads and writes together.
    for (name, n, window, policy, burst, status, lat) in [
        (
            "bucket of 1, 503",
            10,
            1.0,
            Policy::Token,
            Some(1),
            ErrorStatus::Unavailable,
            20,
        ),
        (
            "bucket of 1, 429",
            10,
            1.0,
            Policy::Token,
            Some(1),
            ErrorStatus::TooManyRequests,
            20,
        ),
        (
            "bucket of 1, 429, far",
            10,
            1.0,
            Policy::Token,
            Some(1),
            ErrorStatus::TooManyRequests,
            200,
        ),
        (
            "bucket of 5, 503",
            10,
            1.0,
            Policy::Token,
            Some(5),
            ErrorStatus::Unavailable,
            20,
        ),
        (
            "bucket of 20, 503",
            10,
            1.0,
            Policy::Token,
            Some(20),
            ErrorStatus::Unavailable,
            20,
        ),
        (
            "queue of 20, 503",
            10,
            1.0,
            Policy::Leaky,
            Some(20),
            ErrorStatus::Unavailable,
            20,
        ),
        (
            "bucket of 1 a second, 503",
            60,
            60.0,
            Policy::Token,
            Some(1),
            ErrorStatus::Unavailable,
            20,
        ),
        (
            "bucket of 10, a minute, 429",
            60,
            60.0,
            Policy::Token,
            Some(10),
            ErrorStatus::TooManyRequests,
            20,
        ),
        (
            "window, 429",
            10,
            1.0,
            Policy::Fixed,
            None,
            ErrorStatus::TooManyRequests,
            20,
        ),
        (
            "sliding, 429",
            10,
            1.0,
            Policy::Sliding,
            None,
            ErrorStatus::TooManyRequests,
            20,
        ),
        (
            "sliding minute, 429",
            60,
            60.0,
            Policy::Sliding,
            None,
            ErrorStatus::TooManyRequests,
            20,
        ),
        (
            "window of a minute, 429",
            60,
            60.0,
            Policy::Fixed,
            None,
            ErrorStatus::TooManyRequests,
            20,
        ),
    ] {
        for headers in [Headers::Never, Headers::Always] {
            let mut r = rule(
                [
                    Endpoint::SetAssignee,
                    Endpoint::GetContact,
                    Endpoint::ListContacts,
                ],
                n,
                window,
            );
            r.scope = Scope::Together;
            r.policy = policy;
            r.burst = burst;
            r.headers = headers;
            r.refusal = ScriptedRefusal {
                status,
                retry_after: match headers {
                    Headers::Always => whole,
                    _ => absent,
                },
            };
            let told = if headers == Headers::Always {
                "told"
            } else {
                "never"
            };
            if status == ErrorStatus::Unavailable && headers == Headers::Always {
                continue;
            }
            let mut trial = Trial::new(
                Scenario {
                    limits: vec![r],
                    ..Scenario::default()
                },
                200,
            )
            .latency(lat);
            trial.until = Duration::from_secs(3600);
            show(&format!("together {name}, {told}"), 5.0, trial);
        }
    }
    // Windows that begin with their first request.
    for (n, window, rows) in [
        (10, 1.0, 400),
        (3, 1.0, 120),
        (50, 1.0, 2000),
        (10, 10.0, 100),
        (60, 60.0, 200),
    ] {
        for again in [whole, absent] {
            let mut r = rule(both(), n, window);
            r.policy = Policy::Opened;
            r.headers = Headers::Never;
            r.refusal.retry_after = again;
            let trial = Trial::new(
                Scenario {
                    limits: vec![r],
                    ..Scenario::default()
                },
                rows,
            );
            show(
                &format!("opened {n}/{window} {again:?}"),
                10.0,
                trial.latency(20),
            );
        }
    }
    show(
        "opened rises",
        5.0,
        rises(Policy::Opened, 20, 50, 800).latency(20),
    );
    for of in [both(), vec![Endpoint::SetAssignee]] {
        let nothing = When::once(Duration::from_secs(5), Duration::from_secs(20));
        let nothing = outage(
            of.clone(),
            Which::All,
            nothing,
            ErrorStatus::TooManyRequests,
            absent,
        );
        let mut r = rule(both(), 10, 1.0);
        r.headers = Headers::Never;
        r.refusal.retry_after = absent;
        let scenario = Scenario {
            limits: vec![r],
            outages: vec![nothing],
            ..Scenario::default()
        };
        show(
            &format!("nothing for {}", of.len()),
            5.0,
            Trial::new(scenario, 200).latency(20),
        );
    }
}
