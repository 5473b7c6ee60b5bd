//! The pace that is found without `--rate`: against every kind of server on virtual time, and once for real.

use std::sync::Mutex;
use std::thread;

use crate::moves::Moves;
use crate::server::{Reply, Server};
use crate::support::{Ended, Sandbox, TOKEN, Workdir};

mod gateways;
mod recoveries;
mod simulation;
mod whole_runs;
mod world;

use simulation::{Cell, HEADERS, LATENCIES, LIMITS, Neighbour, Outcome, POLICIES};

/// All cells of the table.
fn cells(neighbour: Neighbour) -> Vec<Cell> {
    let mut cells = Vec::new();
    for limit in LIMITS {
        for latency in LATENCIES {
            for policy in POLICIES {
                for headers in HEADERS {
                    cells.push(Cell {
                        limit,
                        latency,
                        policy,
                        headers,
                        neighbour,
                    });
                }
            }
        }
    }
    cells
}

/// Those of these cells that miss the goal, from both ends of the list on two threads.
fn missed(cells: Vec<Cell>) -> Vec<(Cell, Outcome)> {
    let cells = Mutex::new(cells);
    let missed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(cell) = cells.lock().unwrap().pop() else {
                        return;
                    };
                    let outcome = cell.run();
                    if !outcome.is_good(cell.neighbour) {
                        missed.lock().unwrap().push((cell, outcome));
                    }
                }
            });
        }
    });
    missed.into_inner().unwrap()
}

#[test]
fn alone_it_sends_nearly_all_that_any_server_allows_and_hardly_anything_is_refused() {
    let missed = missed(cells(Neighbour::Nobody));
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_no_constant_was_chosen_by_is_used_as_well() {
    let others = simulation::others();
    let all = others.len();
    let missed = missed(others);
    // Most of these are limits of one a second, which are used by 96 %.
    assert!(
        missed.len() <= all / 24,
        "{} of {all}: {missed:#?}",
        missed.len()
    );
    let far: Vec<_> = missed
        .iter()
        .filter(|(_, outcome)| outcome.throughput < 0.94 || outcome.refused > 0.0115)
        .collect();
    assert!(far.is_empty(), "{} missed, of which {far:#?}", missed.len());
}

#[test]
fn beside_another_client_it_takes_what_that_leaves() {
    let missed = missed(cells(Neighbour::TakesHalf));
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn any_window_is_found_and_any_change_is_followed() {
    let (mut missed, mut good) = (Vec::new(), 0);
    for course in recoveries::courses() {
        let fared = course.run();
        good += u32::from(fared.is_good(&course));
        if !fared.is_bearable(&course) {
            missed.push(format!("{course:?}: {fared:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(good >= 28, "{good} of 29");
}

#[test]
fn two_clients_share_a_limit_and_the_one_that_is_left_has_it_all() {
    for limit in [10, 50] {
        for policy in POLICIES {
            let (shares, alone) = simulation::shared(limit, policy, 240, 25);
            let told = format!("{limit}/s {policy:?}: {shares:?}, then {alone}");
            assert!(shares.iter().all(|share| *share >= 0.35), "{told}");
            assert!(alone >= 0.95, "{told}");
        }
    }
}

/// Applies `count` changes through a server that notes everything, with no `--rate`.
fn applied(count: usize, sandbox: &Sandbox, server: &Server) -> (Moves, Workdir, Ended) {
    let moves = Moves::of(sandbox, count);
    let dir = Workdir::with("contacts.csv", moves.sheet());
    let mut command = dir.command(["apply", "contacts.csv", "--yes"]);
    command
        .args(["--base-url", &server.url])
        .env("REASSIGN_TOKEN", TOKEN);
    let ended = Ended::of(&mut command);
    (moves, dir, ended)
}

#[test]
fn a_run_without_a_rate_finds_the_pace_and_makes_every_change_once() {
    for (policy, headers) in [
        ("sliding", "always"),
        ("token", "on-429"),
        ("fixed", "never"),
    ] {
        let sandbox = Sandbox::with([
            "--rate-limit",
            "100/s",
            "--policy",
            policy,
            "--headers",
            headers,
            "--latency",
            "20ms",
        ]);
        let server = Server::noting(&sandbox);
        let (moves, dir, ended) = applied(300, &sandbox, &server);
        let ended = ended.exits(0);
        moves.are_made(&dir.results("contacts.results.csv"), &sandbox);
        let writes = server.of("POST");
        let lasted = writes[writes.len() - 1].at - writes[0].at;
        // At 10/s it would be thirty.
        assert!(lasted.as_secs() < 25, "{policy}: {lasted:?}\n{ended}");
        let refused = server.answered(429);
        assert!(refused < 120, "{policy}: {refused} of 600\n{ended}");
        if headers == "always" {
            // What is told need not be tried. On virtual time it is none; here the machine may be late.
            assert!(refused <= 6, "{refused} of 600\n{ended}");
        }
    }
}

#[test]
fn a_pause_of_more_than_an_hour_stops_the_run_and_says_so() {
    for rate in [&["--rate", "50/s"][..], &[]] {
        let sandbox = Sandbox::start();
        let moves = Moves::of(&sandbox, 5);
        let dir = Workdir::with("contacts.csv", moves.sheet());
        let server = Server::before(&sandbox, |asked| {
            if asked.method == "POST" && asked.count > 1 {
                Reply::with(
                    429,
                    "Retry-After: 7200",
                    r#"{"code":429,"message":"later"}"#,
                )
            } else {
                Reply::PassedOn
            }
        });
        let mut command = dir.command(["apply", "contacts.csv", "--yes"]);
        command
            .args(["--base-url", &server.url])
            .args(rate)
            .env("REASSIGN_TOKEN", TOKEN);
        let ended = Ended::of(&mut command)
            .exits(3)
            .says("the API asked for a pause of about 2 h");
        let results = dir.results("contacts.results.csv");
        let of = |status: &str| {
            let rows = results.rows.iter();
            rows.filter(|row| row.get("status") == status).count()
        };
        assert_eq!((of("assigned"), of("not_attempted")), (1, 4), "{ended}");
    }
}
