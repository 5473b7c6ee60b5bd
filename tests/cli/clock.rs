//! The time of day jumps while a run is under way, as it does when the computer sleeps or its clock is set.
//!
//! A library of a few lines, built with the C compiler that builds SQLite, stands before the system's clock; where there
//! is none, these tests say so and show nothing. What the jump does to a single row is shown in `run`.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::process::Command;

use crate::moves::Moves;
use crate::running::{Running, journaled};
use crate::support::{Ended, Sandbox, Workdir};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const JOURNAL: &str = "contacts.reassign/journal";

/// The time of day is `CLOCK_JUMP` seconds off as soon as `CLOCK_FILE`, the run's journal, tells five outcomes: not when
/// this test looks, which a busy machine may let it do only after the run has ended.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int jumped(void) {
    static int outcomes;
    static FILE *journal;
    if (!journal) journal = fopen(getenv("CLOCK_FILE"), "r");
    if (!journal) return 0;
    clearerr(journal);
    char line[65536];
    while (outcomes < 5 && fgets(line, sizeof line, journal)) outcomes += strncmp(line, "{\"outcome\":", 11) == 0;
    return outcomes >= 5;
}

int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*system_clock)(clockid_t, struct timespec *);
    if (!system_clock) system_clock = dlsym(RTLD_NEXT, "clock_gettime");
    int result = system_clock(id, at);
    if (id == CLOCK_REALTIME && jumped()) at->tv_sec += atol(getenv("CLOCK_JUMP"));
    return result;
}
"#;

/// The library, in this folder; `None` without a C compiler.
#[expect(
    clippy::print_stderr,
    reason = "a test that shows nothing has to say so"
)]
fn library(dir: &Workdir) -> Option<PathBuf> {
    dir.write("clock.c", CLOCK);
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o", "clock.so", "clock.c", "-ldl"])
        .current_dir(dir.path(""))
        .output();
    match built {
        Ok(output) if output.status.success() => Some(dir.path("clock.so")),
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(err) => {
            eprintln!("no C compiler, so nothing is shown here: {err}");
            None
        }
    }
}

/// A run under way whose clock then jumps by so many seconds; `None` without a C compiler.
fn jumps(seconds: i64) -> Option<(Workdir, Sandbox, Moves, Ended)> {
    let sandbox = Sandbox::with(["--latency", "30ms"]);
    let moves = Moves::of(&sandbox, 50);
    let dir = Workdir::with(SHEET, moves.sheet());
    let library = library(&dir)?;
    let mut command = dir.applying(SHEET, &sandbox, &["--rate", "20/s"]);
    command
        .env("LD_PRELOAD", library)
        .env("CLOCK_FILE", dir.path(JOURNAL))
        .env("CLOCK_JUMP", seconds.to_string());
    let ended = Running::start(&mut command).ends();
    Some((dir, sandbox, moves, ended))
}

#[test]
fn a_run_notices_that_the_computer_slept_and_goes_on() {
    let Some((dir, sandbox, moves, ended)) = jumps(7200) else {
        return;
    };
    let ended = ended
        .exits(0)
        .says("The computer slept for 2 hours; contacts are read again before they are written.");
    moves.are_made(&dir.results(RESULTS), &sandbox);
    assert_eq!(journaled(&dir, JOURNAL, "slept"), 1, "{ended}");
}

#[test]
fn a_run_whose_clock_is_set_back_goes_on() {
    let Some((dir, sandbox, moves, ended)) = jumps(-7200) else {
        return;
    };
    let ended = ended.exits(0).does_not_say("slept");
    let results = dir.results(RESULTS);
    moves.are_made(&results, &sandbox);
    assert_eq!(journaled(&dir, JOURNAL, "slept"), 0, "{ended}");
    let times: Vec<jiff::Timestamp> = (2..=51)
        .map(|row| results.row(row).get("at").parse().expect("a time"))
        .collect();
    let (before, after) = (times.iter().max(), times.iter().min());
    assert!(
        before
            .zip(after)
            .is_some_and(|(before, after)| before.duration_since(*after).as_mins() > 100),
        "the clock was not set back: {times:?}"
    );
    dir.apply(SHEET, &sandbox, &[])
        .exits(0)
        .says("Nothing to change: every row is finished.");
}
