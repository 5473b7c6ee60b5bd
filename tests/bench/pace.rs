//! How long `reassign apply` takes for 200 rows at 10 requests a second, beside the ideal of 20 seconds.
//!
//! `cargo bench --bench pace`. Each latency is run twice: straight against the sandbox, for the time, and through a
//! server that notes what the sandbox answers, for the requests that came too early.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::wrong_self_convention,
    reason = "the tests' language has more words than are needed here, and reads as it does there"
)]
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../cli/moves.rs"]
mod moves;
#[path = "../cli/server.rs"]
mod server;
#[path = "../cli/support.rs"]
mod support;

use std::time::{Duration, Instant};

use moves::Moves;
use server::Server;
use support::{Ended, Sandbox, TOKEN, Workdir};

const ROWS: usize = 200;
const IDEAL: Duration = Duration::from_secs(20);

fn main() {
    println!("{ROWS} rows, `--rate 10/s`, the sandbox's limit 10/s for reads and for writes");
    println!(
        "{:>8} {:>20} {:>9} {:>7} {:>7} {:>7} {:>5}",
        "latency", "", "seconds", "ratio", "reads", "writes", "429s"
    );
    for latency in ["80ms", "300ms"] {
        let sandbox = sandbox(latency);
        let taken = apply(&sandbox, &sandbox.url);
        line(
            latency,
            "straight",
            taken,
            ["-", "-", "-"].map(str::to_owned),
        );

        let sandbox = self::sandbox(latency);
        let server = Server::noting(&sandbox);
        let taken = apply(&sandbox, &server.url);
        let counts = [
            server.of("GET").len(),
            server.of("POST").len(),
            server.answered(429),
        ];
        line(
            latency,
            "through a server",
            taken,
            counts.map(|count| count.to_string()),
        );
    }
}

fn sandbox(latency: &str) -> Sandbox {
    Sandbox::with(["--rate-limit", "10/s", "--latency", latency])
}

/// From the start of the program to its end.
fn apply(sandbox: &Sandbox, url: &str) -> Duration {
    let moves = Moves::of(sandbox, ROWS);
    let dir = Workdir::with("contacts.csv", moves.sheet());
    let mut command = dir.command(["apply", "contacts.csv", "--yes", "--rate", "10/s"]);
    command
        .args(["--base-url", url])
        .env("REASSIGN_TOKEN", TOKEN);
    let began = Instant::now();
    let ended = Ended::of(&mut command);
    let taken = began.elapsed();
    ended.exits(0);
    moves.are_made(&dir.results("contacts.results.csv"), sandbox);
    taken
}

fn line(latency: &str, how: &str, taken: Duration, [reads, writes, early]: [String; 3]) {
    let seconds = taken.as_secs_f64();
    let ratio = seconds / IDEAL.as_secs_f64();
    println!(
        "{latency:>8} {how:>20} {seconds:>9.2} {ratio:>7.3} {reads:>7} {writes:>7} {early:>5}"
    );
}
