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
                    )
                    .until(7200),
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
}
