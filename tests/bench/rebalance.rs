//! How long `reassign rebalance` takes for 10,000, 100,000 and 1,000,000 contacts of 500 users in 20 groups, and how much
//! memory.
//!
//! `cargo bench --bench rebalance`, or `cargo bench --bench rebalance -- 100000` for another number of contacts.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const USERS: usize = 500;
const GROUPS: usize = 20;
const RUNS: usize = 3;

fn main() {
    let asked = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let sizes = asked.map_or(vec![10_000, 100_000, 1_000_000], |size| vec![size]);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let roster = dir.path().join("roster.csv");
    write_roster(&roster);
    println!("{USERS} users, half of them in two or three of {GROUPS} groups; best of {RUNS}");
    println!(
        "{:>10} {:>22} {:>9} {:>9} {:>9}",
        "contacts", "", "seconds", "peak MB", "moves"
    );
    for size in sizes {
        let sheet = dir.path().join(format!("load-{size}.csv"));
        for (what, weights, options) in [
            ("--tolerance 5%", Weights::Equal, ["--tolerance", "5%"]),
            ("--tolerance 0", Weights::Equal, ["--tolerance", "0"]),
            ("weights, 5%", Weights::Different, ["--tolerance", "5%"]),
        ] {
            write_load(&sheet, size, weights);
            let moves = dir.path().join("moves.csv");
            let runs = (0..RUNS).map(|_| rebalance(&sheet, &roster, &moves, &options));
            let (time, peak) = runs.min().expect("there are runs");
            let made = fs::read_to_string(&moves)
                .expect("the moves")
                .lines()
                .count()
                - 1;
            println!(
                "{size:>10} {what:>22} {:>9.2} {:>9.0} {made:>9}",
                time.as_secs_f64(),
                peak as f64 / 1e3
            );
        }
    }
}

/// Whether contacts are of the same weight.
#[derive(Clone, Copy)]
enum Weights {
    Equal,
    Different,
}

fn write_roster(path: &Path) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    writeln!(file, "user,capacity,teams").expect("written");
    for user in 0..USERS {
        let capacity = ["1", "1", "0.5", "0.75", "1"][user % 5];
        let own = user % GROUPS;
        let teams = match user % 4 {
            0 => format!("Team {own};Team {}", (own + 7) % GROUPS),
            1 => format!(
                "Team {own};Team {};Team {}",
                (own + 3) % GROUPS,
                (own + 11) % GROUPS
            ),
            _ => format!("Team {own}"),
        };
        writeln!(file, "agent{user:03}@example.org,{capacity},{teams}").expect("written");
    }
    file.flush().expect("written");
}

/// An uneven load: some users have many times as much as others, and one contact in eight is with nobody.
fn write_load(path: &Path, size: usize, weights: Weights) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    writeln!(
        file,
        "Customer name,Contact ID,Owner,Team,Weight,Last activity"
    )
    .expect("written");
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below
    };
    for row in 0..size {
        let skewed = random(USERS) * random(USERS) / USERS;
        let team = match random(10) {
            0 => random(GROUPS),
            _ => skewed % GROUPS,
        };
        let owner = match random(8) {
            0 => String::new(),
            _ => format!("agent{skewed:03}@example.org"),
        };
        let weight = match weights {
            Weights::Equal => 1,
            Weights::Different => 1 + random(40) * random(40) / 40,
        };
        let (month, day) = (1 + random(12), 1 + random(28));
        writeln!(
            file,
            "Customer Number {row},{},{owner},Team {team},{weight},2024-{month:02}-{day:02}",
            10_000_000 + row
        )
        .expect("written");
    }
    file.flush().expect("written");
}

/// The program's time, and its peak memory in kB.
fn rebalance(sheet: &Path, roster: &Path, moves: &Path, options: &[&str]) -> (Duration, u64) {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_reassign"))
        .arg("rebalance")
        .arg(sheet)
        .arg("--roster")
        .arg(roster)
        .arg("-o")
        .arg(moves)
        .args(options)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        peak = peak.max(high_water_mark(&status).unwrap_or(0));
        if let Some(ended) = child.try_wait().expect("the program") {
            assert!(ended.success(), "rebalance ended with {ended}");
            return (started.elapsed(), peak);
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// `VmHWM` of a process, in kB; nothing where there is no `/proc`.
fn high_water_mark(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
