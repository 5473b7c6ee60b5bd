//! How long `reassign apply` takes for 200 rows at 10 requests a second, beside the ideal of 20 seconds; and how much of
//! what the server allows it uses when it has to find the pace by itself.
//!
//! `cargo bench --bench pace`, or only the second part with `-- found`, or how much processor time a request takes with
//! `-- processor`. Each latency is run twice: straight against the sandbox, for the time, and through a server that notes
//! what the sandbox answers, for the requests that came too early.

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

/// How long the pace may take to be found.
const LEARNING: Duration = Duration::from_secs(10);

fn main() {
    let asked = |word: &str| std::env::args().any(|arg| arg == word);
    if asked("processor") {
        return processor();
    }
    if !asked("found") {
        kept();
    }
    println!(
        "no `--rate`: rows for 40 s; from 10 s on, what was used of what is allowed, and the share of 429s"
    );
    println!(
        "{:>7} {:>8} {:>8} {:>7} {:>8} {:>8} {:>8}",
        "limit", "latency", "policy", "headers", "reads %", "writes %", "429s %"
    );
    for (limit, latency, policy, headers) in [
        (50, "80ms", "fixed", "on-429"),
        (10, "300ms", "sliding", "always"),
        (10, "80ms", "token", "never"),
        (50, "1000ms", "sliding", "never"),
        (200, "80ms", "leaky", "on-429"),
        (200, "300ms", "sliding", "never"),
    ] {
        found(limit, latency, policy, headers);
    }
}

/// Applies without a rate, through a server that notes what the sandbox answers.
fn found(limit: u32, latency: &str, policy: &str, headers: &str) {
    let rows = limit as usize * 40;
    let people = Workdir::with("contacts.csv", contacts(rows));
    let contacts = people.path("contacts.csv").display().to_string();
    let rate = format!("{limit}/s");
    let sandbox = Sandbox::with([
        "--rate-limit",
        &rate,
        "--latency",
        latency,
        "--policy",
        policy,
        "--headers",
        headers,
        "--contacts",
        &contacts,
    ]);
    let server = Server::noting(&sandbox);
    let moves = Moves::of(&sandbox, rows);
    let dir = Workdir::with("contacts.csv", moves.sheet());
    let mut command = dir.command(["apply", "contacts.csv", "--yes"]);
    command
        .args(["--base-url", &server.url])
        .env("REASSIGN_TOKEN", TOKEN);
    Ended::of(&mut command).exits(0);
    moves.are_made(&dir.results("contacts.results.csv"), &sandbox);
    let exchanges = server.exchanges();
    let from = exchanges[0].at + LEARNING;
    let used = |method: &str| {
        let accepted: Vec<Instant> = exchanges
            .iter()
            .filter(|exchange| exchange.method == method && exchange.status == Some(200))
            .map(|exchange| exchange.at)
            .filter(|at| *at >= from)
            .collect();
        let lasted = accepted[accepted.len() - 1] - from;
        100.0 * accepted.len() as f64 / (lasted.as_secs_f64() * f64::from(limit))
    };
    let late: Vec<_> = exchanges
        .iter()
        .filter(|exchange| exchange.at >= from)
        .collect();
    let refused = late.iter().filter(|late| late.status == Some(429)).count();
    println!(
        "{rate:>7} {latency:>8} {policy:>8} {headers:>7} {:>8.1} {:>8.1} {:>8.2}",
        used("GET"),
        used("POST"),
        100.0 * refused as f64 / late.len() as f64
    );
}

/// How much processor time a request takes, reading and planning the sheet and writing the results included.
fn processor() {
    const ROWS: usize = 6_000;
    let people = Workdir::with("contacts.csv", contacts(ROWS));
    let contacts = people.path("contacts.csv").display().to_string();
    let options = [
        "--rate-limit",
        "5000/s",
        "--latency",
        "20ms",
        "--contacts",
        &contacts,
    ];
    println!("{ROWS} rows, no limit, 20 ms, the server a process of its own");
    for _ in 0..3 {
        let sandbox = Sandbox::with(options);
        let server = Server::noting(&sandbox);
        let moves = Moves::of(&sandbox, ROWS);
        let dir = Workdir::with("contacts.csv", moves.sheet());
        let mut command = dir.command(["apply", "contacts.csv", "--yes"]);
        command
            .args(["--base-url", &server.url])
            .env("REASSIGN_TOKEN", TOKEN);
        let before = time_of_ended_processes();
        Ended::of(&mut command).exits(0);
        let taken = time_of_ended_processes() - before;
        let requests = server.exchanges().len();
        println!(
            "{requests} requests, {:.2} s of processor time, {:.3} ms each",
            taken.as_secs_f64(),
            taken.as_secs_f64() * 1000.0 / requests as f64
        );
    }
}

/// The processor time of the processes that this one has started and that have ended, as Linux tells it.
fn time_of_ended_processes() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux tells a process's times");
    let after_name = stat.rsplit(')').next().expect("a name in brackets");
    let ticks = |place: usize| -> u64 {
        let field = after_name.split_whitespace().nth(place);
        field
            .and_then(|field| field.parse().ok())
            .expect("a number of ticks")
    };
    // cutime and cstime, in hundredths of a second (proc(5)).
    Duration::from_millis(10 * (ticks(13) + ticks(14)))
}

fn contacts(count: usize) -> String {
    (1..=count).fold("id,email\n".to_owned(), |sheet, id| {
        sheet + &format!("{id},person{id}@example.com\n")
    })
}

fn kept() {
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
