//! A server that goes away and comes back while a run is under way.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use reassign::sandbox::{
    Breakdown, Endpoint, ErrorStatus, Outage, RetryAfter, Scenario, ScriptedRefusal, When, Which,
};

use crate::moves::Moves;
use crate::running::{Running, journaled};
use crate::support::{Sandbox, Workdir, wait_until};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const JOURNAL: &str = "contacts.reassign/journal";

#[test]
fn a_run_outlasts_a_server_that_goes_away_and_comes_back() {
    let dir = Workdir::new();
    let database = dir.path("workspace.db");
    let options = [
        "--database",
        database.to_str().unwrap(),
        "--latency",
        "50ms",
    ];
    let sandbox = Sandbox::with(options);
    let moves = Moves::of(&sandbox, 80);
    dir.write(SHEET, moves.sheet());
    let more = ["--rate", "50/s", "--max-attempts", "2"];
    let run = Running::start(&mut dir.applying(SHEET, &sandbox, &more));
    wait_until("some rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= 10
    });
    let port = sandbox.authority().rsplit(':').next().unwrap().to_owned();
    drop(sandbox); // killed, with requests under way

    // Whoever is at its place now closes every connection, until the run has noticed and waits between its tries.
    let broken = TcpListener::bind(format!("127.0.0.1:{port}")).expect("the port is free");
    broken.set_nonblocking(true).expect("a socket");
    let (mut tried, mut last) = (0, Instant::now());
    wait_until("the run waits", || {
        while broken.accept().is_ok() {
            (tried, last) = (tried + 1, Instant::now());
        }
        tried > 0 && last.elapsed() > Duration::from_millis(400)
    });
    drop(broken);
    let settled = journaled(&dir, JOURNAL, "outcome");
    assert!(settled < 80, "the server was gone only once all was done");

    let sandbox = Sandbox::with(options.iter().copied().chain(["--port", &port]));
    let ended = run.ends().exits(0).says("Nothing is left to do.");
    let results = dir.results(RESULTS);
    moves.are_made(&results, &sandbox);
    assert!(journaled(&dir, JOURNAL, "start") == 1, "one run\n{ended}");
}

#[test]
fn a_maintenance_of_writes_that_says_when_it_ends_is_waited_for() {
    let sandbox = Sandbox::in_scenario(
        Scenario {
            outages: vec![Outage {
                of: Endpoint::WRITES.to_vec(),
                which: Which::All,
                when: When::once(Duration::ZERO, Duration::from_secs(3)),
                answer: Breakdown::Answered(ScriptedRefusal {
                    status: ErrorStatus::Unavailable,
                    retry_after: RetryAfter::Whole,
                }),
            }],
            ..Scenario::default()
        },
        Duration::from_millis(20),
    );
    let moves = Moves::of(&sandbox, 20);
    let dir = Workdir::with(SHEET, moves.sheet());
    dir.apply(SHEET, &sandbox, &[]).exits(0);
    moves.are_made(&dir.results(RESULTS), &sandbox);
}
