//! Where the first contacts already have the owner that the column names, it may be the wrong column.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;
use crate::support::{TOKEN, program};

const OTHER: [&str; 2] = ["aisha.rahman@example.com", "ben.carter@example.com"];

/// Who has these contacts now, and beside that somebody else for each.
fn sheet(sandbox: &Sandbox, count: usize) -> String {
    let owned = sandbox.record().into_iter();
    let owned = owned.filter(|(_, held)| !held.assignee.is_empty());
    let rows = owned.take(count).map(|(id, held)| {
        let other = OTHER.into_iter().find(|other| *other != held.assignee);
        format!("{id},{},{}\n", held.assignee, other.unwrap_or_default())
    });
    format!(
        "Contact ID,Owner,Account manager\n{}",
        rows.collect::<String>()
    )
}

const SAID: &str = "The first 20 contacts already have the owner that `Owner` names";

#[test]
fn a_run_that_nobody_watches_says_so_once_and_goes_on() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(&sandbox, 45));
    let ended = apply(&dir, SHEET, &sandbox, &["--assignee", "Owner"])
        .exits(0)
        .says(SAID)
        .says("If another column says who gets them: `--assignee 'Account manager'`.");
    assert_eq!(
        ended.stderr().matches("already have the owner").count(),
        1,
        "{ended}"
    );
    assert_eq!(sandbox.writes(), 0);
    // What was found to be right once is no surprise the next time.
    apply(&dir, SHEET, &sandbox, &["--assignee", "Owner"])
        .exits(0)
        .does_not_say("already have the owner");
}

#[test]
fn a_column_that_says_where_contacts_go_is_in_no_doubt() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(&sandbox, 45));
    apply(&dir, SHEET, &sandbox, &["--assignee", "Account manager"])
        .exits(0)
        .does_not_say("already have the owner");
    assert_eq!(sandbox.writes(), 45);
}

#[test]
fn on_a_terminal_it_is_asked_and_the_other_column_is_taken() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(&sandbox, 45));
    let ended = on_a_terminal(&dir, &sandbox, "y\nn\n1\ny\n").exits(0);
    assert!(
        ended
            .stdout()
            .contains("Does `Owner` say who gets the contacts?"),
        "{ended}"
    );
    assert_eq!(sandbox.writes(), 45, "{ended}");
    assert_eq!(dir.results(RESULTS).count("assigned"), 45, "{ended}");
}

#[test]
fn who_says_that_it_is_right_goes_on() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(&sandbox, 45));
    on_a_terminal(&dir, &sandbox, "y\ny\n").exits(0);
    assert_eq!(dir.results(RESULTS).count("unchanged"), 45);
}

#[test]
fn who_says_that_it_is_wrong_and_chooses_none_has_sent_nothing_and_left_nothing() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(&sandbox, 45));
    let ended = on_a_terminal(&dir, &sandbox, "y\nn\n\n").exits(3);
    assert!(ended.stdout().contains("nothing was changed"), "{ended}");
    assert!(!dir.path(RESULTS).exists(), "{ended}");
    assert!(!dir.path("team.reassign/journal").exists(), "{ended}");
}

/// Applies by `Owner` on a terminal, as `script` makes one, and types these answers.
fn on_a_terminal(dir: &Workdir, sandbox: &Sandbox, answers: &str) -> Ended {
    let line = format!(
        "'{}' apply {SHEET} --assignee Owner --rate 1000/s --base-url {}",
        program().display(),
        sandbox.url
    );
    let mut script = Command::new("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .current_dir(dir.path(""))
        .env("REASSIGN_TOKEN", TOKEN)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = script.spawn().expect("`script` of util-linux");
    let mut stdin = running.stdin.take().expect("a pipe");
    stdin.write_all(answers.as_bytes()).expect("typed");
    let ended = running.wait_with_output().expect("an end");
    drop(stdin);
    Ended::with(line, ended)
}
