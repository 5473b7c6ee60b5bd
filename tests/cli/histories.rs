//! Random histories: sequences of commands, kills, edits, renames and other hands on one job, each step held against
//! what the workspace itself recorded.
//!
//! What must hold after every step stands in `src/test_world/model.rs`, which the histories in one process are held
//! against, too; what can happen stands in `steps.rs`. Every other history is of a workbook. A seed repeats a history:
//! `HISTORY_SEED=17 cargo test --test cli histories -- --nocapture`.

use std::panic::{AssertUnwindSafe, catch_unwind};

mod checks;
mod job;
#[path = "../../src/test_world/model.rs"]
mod model;
mod steps;

use job::Job;

/// How many steps a history has.
const STEPS: usize = 9;

#[test]
fn whatever_was_sent_can_be_found_told_and_undone_after_any_sequence_of_commands() {
    let first = number("HISTORY_SEED").unwrap_or(1);
    let count = number("HISTORIES").unwrap_or(match std::env::var_os("HISTORY_SEED") {
        Some(_) => 1,
        None => 12,
    });
    let mut failed = Vec::new();
    for seed in first..first + count {
        if let Err(why) = catch_unwind(AssertUnwindSafe(|| history(seed))) {
            let why = why
                .downcast_ref::<String>()
                .cloned()
                .unwrap_or_else(|| "it panicked".to_owned());
            // The whole story is for whoever repeats one.
            let why = match count {
                1 => why.as_str(),
                _ => why.lines().next().unwrap_or_default(),
            };
            failed.push(format!("HISTORY_SEED={seed}: {why}"));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {count} histories failed\n\n{}",
        failed.len(),
        failed.join("\n")
    );
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
}

/// One history, and how it ends: everything is settled, then everything is taken back.
fn history(seed: u64) {
    let mut job = Job::new(seed);
    for _ in 0..STEPS {
        job.step();
    }
    job.settle();
    job.take_back();
}
