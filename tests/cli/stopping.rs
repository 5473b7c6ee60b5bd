//! A run that is stopped in any way loses nothing, and the next one goes on from where it was.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::moves::{Moves, moving};
use crate::running::{Running, as_printed, journaled};
use crate::server::{Reply, Server};
use crate::support::{
    Ended, Sandbox, TOKEN, Workdir, at_once, is_for_windows, outlives_its_terminal, wait_until,
};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const JOURNAL: &str = "contacts.reassign/journal";

/// A sandbox that is slow enough for a run to have a middle, and a sheet for it.
fn slow(latency: &str, count: usize) -> (Sandbox, Moves, Workdir) {
    let sandbox = Sandbox::with(["--latency", latency]);
    let moves = Moves::of(&sandbox, count);
    let dir = Workdir::with(SHEET, moves.sheet());
    (sandbox, moves, dir)
}

fn start(dir: &Workdir, sandbox: &Sandbox, more: &[&str]) -> Running {
    Running::start(&mut dir.applying(SHEET, sandbox, more))
}

fn wait_for(dir: &Workdir, kind: &str, count: usize) {
    wait_until(&format!("{count} lines of `{kind}`"), || {
        journaled(dir, JOURNAL, kind) >= count
    });
}

#[test]
fn an_interrupted_run_prints_the_command_that_continues_it() {
    let (sandbox, moves, dir) = slow("100ms", 60);
    let run = start(&dir, &sandbox, &["--rate", "20/s"]);
    wait_for(&dir, "outcome", 5);
    run.signal("INT");
    let ended = run
        .ends()
        .exits(130)
        .says("what is under way is finished first")
        .says("Stopped as asked.");
    let results = dir.results(RESULTS);
    moves.agree(&results, &sandbox);
    let assigned = results.count("assigned");
    assert!((5..60).contains(&assigned), "{assigned} assigned\n{ended}");
    assert_eq!(
        sandbox.writes() as usize,
        assigned,
        "what was under way was finished\n{ended}"
    );
    assert_eq!(journaled(&dir, JOURNAL, "end"), 1, "{ended}");

    let continued = as_printed(&dir, &ended);
    continued.exits(0).says("Nothing is left to do.");
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn a_run_interrupted_twice_ends_at_once_and_knows_what_was_under_way() {
    let (sandbox, moves, dir) = slow("900ms", 60);
    let run = start(&dir, &sandbox, &["--rate", "50/s"]);
    wait_for(&dir, "sent", 10);
    run.signal("INT");
    wait_until("the first signal is told", || {
        run.stderr().contains("Stopping:")
    });
    run.signal("INT");
    let ended = run.ends().exits(130);
    let results = dir.results(RESULTS);
    moves.agree(&results, &sandbox);
    assert!(
        sandbox.writes() as usize > results.count("assigned"),
        "no write was cut off, so this showed nothing\n{ended}"
    );

    dir.apply(RESULTS, &sandbox, &["--rate", "200/s"]).exits(0);
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn a_row_cut_off_while_it_is_read_again_still_counts_as_written() {
    let (sandbox, moves, dir) = moving(SHEET, 1);
    let mended = Arc::new(AtomicBool::new(false));
    let is_mended = Arc::clone(&mended);
    let server = Server::before(&sandbox, move |asked| {
        match (asked.method.as_str(), asked.times) {
            _ if is_mended.load(Ordering::Relaxed) => Reply::PassedOn,
            ("POST", _) => Reply::Lost,
            (_, 1) => Reply::PassedOn,
            _ => Reply::Silence,
        }
    });
    let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", &server.url]);
    let run = Running::start(at_once(command.env("REASSIGN_TOKEN", TOKEN)));
    wait_until("the contact is read again", || server.of("GET").len() == 2);
    run.signal("INT");
    wait_until("the first signal is told", || {
        run.stderr().contains("Stopping:")
    });
    run.signal("INT");
    run.ends().exits(130);
    let results = dir.results(RESULTS);
    moves.agree(&results, &sandbox);
    assert_eq!(results.row(2).get("status"), "unknown");
    assert_eq!(results.row(2).get("attempts"), "1");

    mended.store(true, Ordering::Relaxed);
    let mut command = dir.command(["apply", RESULTS, "--yes", "--base-url", &server.url]);
    Ended::of(at_once(command.env("REASSIGN_TOKEN", TOKEN))).exits(0);
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn a_run_that_is_asked_to_end_otherwise_ends_the_same_way() {
    for signal in ["TERM", "HUP"] {
        if signal == "HUP" && outlives_its_terminal() {
            continue;
        }
        let (sandbox, moves, dir) = slow("100ms", 40);
        let run = start(&dir, &sandbox, &["--rate", "20/s"]);
        wait_for(&dir, "outcome", 2);
        run.signal(signal);
        let ended = run.ends().exits(143).says("To run again:");
        let results = dir.results(RESULTS);
        moves.agree(&results, &sandbox);
        assert!(results.count("not_attempted") > 0, "{signal}\n{ended}");
    }
}

#[test]
fn a_killed_run_is_continued_from_its_journal_by_the_same_command() {
    let (sandbox, moves, dir) = slow("100ms", 60);
    let run = start(&dir, &sandbox, &["--rate", "20/s"]);
    wait_for(&dir, "outcome", 5);
    run.signal("KILL");
    run.ends();
    assert!(!dir.files().contains(&RESULTS.to_owned()));

    let begun = journal_start(&dir);
    dir.apply(SHEET, &sandbox, &["--rate", "200/s"])
        .exits(0)
        .says(&format!(
            "Continuing the run of {begun}, which was cut short. Finished rows are not done again."
        ));
    moves.are_made(&dir.results(RESULTS), &sandbox);
    dir.apply(SHEET, &sandbox, &[])
        .exits(0)
        .says("Nothing to change: every row is finished.");
}

/// When the first run in the journal began, to the second.
fn journal_start(dir: &Workdir) -> String {
    let journal = dir.read(JOURNAL);
    let (_, at) = journal.split_once("\"at\":\"").expect("a start");
    let at = &at[.."2000-01-01T00:00:00".len()];
    let at: jiff::civil::DateTime = at.parse().expect("a time");
    at.strftime("%-d %B %Y, %H:%M").to_string()
}

#[test]
fn a_second_run_on_the_same_results_is_refused_and_told_who_holds_them() {
    let (sandbox, moves, dir) = slow("100ms", 40);
    let first = start(&dir, &sandbox, &["--rate", "20/s"]);
    wait_for(&dir, "outcome", 1);
    let second = dir.apply(SHEET, &sandbox, &[]).is_refused(2);
    // Windows has numbers of its own for processes.
    let process = match is_for_windows() {
        true => String::new(),
        false => format!("process {}", first.id()),
    };
    second
        .says("another run is at work on")
        .says(&format!("{process}, since "));
    first.ends().exits(0);
    moves.are_made(&dir.results(RESULTS), &sandbox);
    assert_eq!(journaled(&dir, JOURNAL, "start"), 1);
}

#[test]
fn progress_is_a_line_from_time_to_time_unless_it_is_not_wanted() {
    let (sandbox, moves, dir) = slow("0ms", 60);
    let (other_sandbox, _, quiet_dir) = slow("0ms", 60);
    let shown = start(&dir, &sandbox, &["--rate", "10/s"]);
    let quiet = start(&quiet_dir, &other_sandbox, &["--rate", "10/s", "--quiet"]);
    let progress = |ended: &Ended| {
        let stderr = ended.stderr();
        let lines = stderr.lines().filter(|line| {
            line.split_once("/60  ").is_some_and(|(done, _)| {
                !done.is_empty() && done.bytes().all(|byte| byte.is_ascii_digit())
            })
        });
        lines.count()
    };
    let shown = shown.ends().exits(0).does_not_say("\u{1b}");
    assert!(progress(&shown) >= 1, "{shown}");
    let quiet = quiet.ends().exits(0).says("Nothing is left to do.");
    assert_eq!(progress(&quiet), 0, "{quiet}");
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn a_run_that_nobody_listens_to_goes_on() {
    let (sandbox, moves, dir) = slow("10ms", 20);
    let mut command = dir.applying(SHEET, &sandbox, &["--rate", "50/s"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be run");
    drop(child.stdout.take());
    drop(child.stderr.take());
    let status = child.wait().expect("its status");
    assert_eq!(status.code(), Some(0), "{command:?}");
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn a_run_that_was_started_to_outlive_its_terminal_does() {
    let (sandbox, moves, dir) = slow("100ms", 20);
    let plain = dir.applying(SHEET, &sandbox, &["--rate", "20/s"]);
    let mut command = Command::new("nohup");
    command
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(dir.path(""))
        .stdin(Stdio::null());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let run = Running::start(&mut command);
    wait_for(&dir, "outcome", 3);
    run.signal("HUP");
    run.ends().exits(0).says("Nothing is left to do.");
    moves.are_made(&dir.results(RESULTS), &sandbox);
}
