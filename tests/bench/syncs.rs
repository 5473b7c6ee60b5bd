//! What it costs that announcements and outcomes are on the disk before the run goes on: `reassign apply` in a folder on the
//! disk, beside the same in a folder in memory, where syncing does nothing.
//!
//! `cargo bench --bench syncs`. The system's folder for temporary files has to be on a disk; `/dev/shm` is the memory.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::wrong_self_convention,
    reason = "the tests' language has more words than are needed here, and reads as it does there"
)]
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../cli/support.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use support::{Ended, Sandbox, TOKEN, Workdir, reassign};

/// How many runs each figure is the best of.
const RUNS: usize = 3;
const MEMORY: &str = "/dev/shm";

fn main() {
    if !Path::new(MEMORY).is_dir() {
        println!("there is no {MEMORY}, and nothing to compare with");
        return;
    }
    println!(
        "| pace | rows | ideal | in memory | on the disk | ratio |\n|---|---|---|---|---|---|"
    );
    for (rate, rows) in [(10, 100), (400, 4_000)] {
        let contacts = (1..=rows).map(|id| format!("{id},person{id}@example.com\n"));
        let contacts = format!("id,email\n{}", contacts.collect::<String>());
        let people = Workdir::with("contacts.csv", contacts);
        let users = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/workspace/users.csv");
        let file = people.path("contacts.csv");
        let file = file.to_str().expect("a path");
        let options = ["--contacts", file, "--users", users, "--latency", "20ms"];
        let sandbox = Sandbox::with(options);
        let (mut memory, mut disk) = (Duration::MAX, Duration::MAX);
        for run in 0..RUNS {
            // Every row has to be written each time.
            let (one, other) = (101 + 2 * run, 102 + 2 * run);
            memory = memory.min(apply(Path::new(MEMORY), &sandbox, rate, rows, one));
            disk = disk.min(apply(&std::env::temp_dir(), &sandbox, rate, rows, other));
        }
        println!(
            "| {rate}/s | {rows} | {:.2} s | {:.2} s | {:.2} s | {:.3} |",
            rows as f64 / f64::from(rate),
            memory.as_secs_f64(),
            disk.as_secs_f64(),
            disk.as_secs_f64() / memory.as_secs_f64()
        );
    }
}

/// From the start of the program to its end, in a folder there.
fn apply(folder: &Path, sandbox: &Sandbox, rate: u32, rows: usize, user: usize) -> Duration {
    let dir = tempfile::tempdir_in(folder).expect("a folder");
    let sheet = (1..=rows).map(|id| format!("id:{id},{user}\n"));
    let sheet = format!("contact,assignee\n{}", sheet.collect::<String>());
    fs::write(dir.path().join("s.csv"), sheet).expect("a sheet");
    let rate = format!("{rate}/s");
    let args = ["apply", "s.csv", "--yes", "--quiet", "--check", "off"];
    let mut command = reassign();
    command
        .args(args)
        .args(["--rate", &rate, "--base-url", &sandbox.url])
        .current_dir(dir.path())
        .env("REASSIGN_TOKEN", TOKEN);
    let before = sandbox.writes();
    let began = Instant::now();
    let ended = Ended::of(&mut command);
    let taken = began.elapsed();
    let ended = ended.exits(0);
    assert_eq!(sandbox.writes() - before, rows as u32, "{ended}");
    taken
}
