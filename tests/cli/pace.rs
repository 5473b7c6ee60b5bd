//! The pace that was asked for is kept, as the server sees it.

use std::time::{Duration, Instant};

use crate::moves::Moves;
use crate::running::Running;
use crate::server::{Exchange, Server};
use crate::support::{Sandbox, TOKEN, Workdir};

/// A second, less what a busy machine may delay the first of some requests more than the last.
const NEARLY_A_SECOND: Duration = Duration::from_millis(950);

/// The most of these requests that arrived in any window of nearly a second.
fn most_in_a_second(exchanges: &[Exchange]) -> usize {
    let within = |first: &Instant| {
        exchanges
            .iter()
            .filter(|exchange| exchange.at >= *first && exchange.at < *first + NEARLY_A_SECOND)
            .count()
    };
    exchanges
        .iter()
        .map(|exchange| within(&exchange.at))
        .max()
        .unwrap_or(0)
}

#[test]
fn neither_reads_nor_writes_ever_exceed_the_rate() {
    // The limit leaves the same room: a request refused here came a tenth of a second too early.
    let runs = ["80ms", "300ms"].map(|latency| {
        let sandbox = Sandbox::with(["--rate-limit", "11/s", "--latency", latency]);
        let moves = Moves::of(&sandbox, 40);
        let dir = Workdir::with("contacts.csv", moves.sheet());
        let server = Server::noting(&sandbox);
        let mut command = dir.command(["apply", "contacts.csv", "--yes", "--rate", "10/s"]);
        command
            .args(["--base-url", &server.url])
            .env("REASSIGN_TOKEN", TOKEN);
        (Running::start(&mut command), sandbox, moves, dir, server)
    });
    for (run, sandbox, moves, dir, server) in runs {
        let ended = run.ends().exits(0);
        moves.are_made(&dir.results("contacts.results.csv"), &sandbox);
        assert_eq!(server.answered(429), 0, "{ended}");
        // A sample is read back: the first 20, and the 40th if there is time.
        for (method, counts) in [("GET", 60..=61), ("POST", 40..=40)] {
            let requests = server.of(method);
            assert!(counts.contains(&requests.len()), "{method}\n{ended}");
            let most = most_in_a_second(&requests);
            assert!(most <= 10, "{most} of {method} in a second\n{ended}");
        }
    }
}
