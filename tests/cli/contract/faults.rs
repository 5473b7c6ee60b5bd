//! What goes wrong on purpose: whether the write was done, and what the wire shows.

use std::time::{Duration, Instant};

use serde_json::json;

use super::answers::GOOD;
use super::speak::{Ask, Spoken, json_of};
use crate::support::wait_until;

const WRITE: Ask<'static> = GOOD[0];
const READ: Ask<'static> = GOOD[1];

/// Who has the contact that is written to, and how often it was written.
fn recorded(spoken: &Spoken) -> (String, u32) {
    let held = spoken.sandbox.record()[&10001].clone();
    (held.assignee, held.writes)
}

#[test]
fn a_lost_answer_leaves_the_write_done() {
    let spoken = Spoken::with(&["--fault", "lost=1"]);
    spoken.is_left_without_an_answer(WRITE);
    assert_eq!(
        recorded(&spoken),
        ("elena.garcia@example.com".to_owned(), 1)
    );
    let contact = json_of(&spoken.answers(200, READ));
    assert_eq!(contact["assignee"]["id"], 105);
}

#[test]
fn a_dropped_request_does_nothing() {
    let spoken = Spoken::with(&["--fault", "drop=1"]);
    let before = recorded(&spoken);
    spoken.is_left_without_an_answer(WRITE);
    spoken.is_left_without_an_answer(READ);
    assert_eq!(recorded(&spoken), before);
}

#[test]
fn a_queued_or_failed_write_does_nothing_and_lists_go_on() {
    for (fault, status) in [("449=1", 449), ("500=1", 500)] {
        let spoken = Spoken::with(&["--fault", fault]);
        let before = recorded(&spoken);
        spoken.answers(status, WRITE);
        spoken.answers(status, WRITE);
        assert_eq!(recorded(&spoken), before);
        for ask in &GOOD[2..] {
            spoken.answers(200, *ask);
        }
    }
}

#[test]
fn whoever_waits_as_long_as_a_refusal_says_is_let_in_and_nobody_is_before() {
    let spoken = Spoken::with(&["--rate-limit", "2/s"]);
    let mut refused = None;
    wait_until("two requests within a second, and a third", || {
        let asked = Instant::now();
        let answer = spoken.ask(READ);
        let waiting = answer.header("retry-after").map(str::to_owned);
        refused = waiting.map(|seconds| (asked, seconds.parse::<f64>().expect("a number")));
        refused.is_some()
    });
    let (asked, seconds) = refused.expect("a refusal");
    assert!((0.0..=1.0).contains(&seconds), "{seconds}");
    // A request that is refused uses nothing up, so asking again and again does not put the moment off.
    wait_until("a request that is let in", || {
        spoken.ask(READ).status == 200
    });
    let least = Duration::from_secs_f64(seconds) - Duration::from_millis(1); // it is rounded up
    assert!(
        asked.elapsed() >= least,
        "let in after {:?}, not {seconds} s",
        asked.elapsed()
    );
}

#[test]
fn an_answer_waits_for_the_latency_and_the_write_does_not() {
    let spoken = Spoken::with(&["--latency", "300ms"]);
    let asked = Instant::now();
    assert_eq!(spoken.write("id:10001", &json!(105)), 10001);
    assert!(
        asked.elapsed() >= Duration::from_millis(300),
        "{:?}",
        asked.elapsed()
    );

    let slow = Spoken::with(&["--latency", "10m"]);
    let stream = slow.start(WRITE);
    wait_until("a write whose answer is ten minutes away", || {
        slow.sandbox.writes() == 1
    });
    drop(stream);
}
