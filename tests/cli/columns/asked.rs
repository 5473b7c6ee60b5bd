//! What only the user can tell is asked on a terminal, and the command goes on with the answer.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;
use crate::reading::workbook;
use crate::support::program;

/// Runs `reassign plan` on a terminal, as `script` makes one, and types these answers.
fn on_a_terminal(dir: &Workdir, sheet: &str, answers: &str) -> Ended {
    let program = program();
    let line = format!("'{}' plan {sheet} --sandbox -o plan.csv", program.display());
    let mut script = Command::new("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .current_dir(dir.path(""))
        .env_remove("REASSIGN_BASE_URL")
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

const RIVALS: &str = "Email,Owner,Account manager\n\
    c1@example.com,ann@example.org,bo@example.org\n\
    c2@example.com,bo@example.org,ann@example.org\n\
    c3@example.com,bo@example.org,bo@example.org\n";

#[test]
fn the_column_is_asked_for_with_its_cells_and_the_plan_goes_on() {
    let dir = Workdir::with("team.csv", RIVALS);
    let ended = on_a_terminal(&dir, "team.csv", "2\n").exits(0);
    assert!(
        ended
            .stdout()
            .contains("2  `Account manager` (bo@example.org, ann@example.org) gives each contact"),
        "{ended}"
    );
    let rows = dir.results("plan.csv");
    assert_eq!(
        read(&rows)[0],
        "2 email:c1@example.com bo@example.org planned"
    );
}

#[test]
fn all_questions_of_a_sheet_are_asked_at_once() {
    let book = workbook(&[&|sheet| {
        for (row, line) in (0..).zip(RIVALS.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write(row, column, cell)?;
            }
        }
        sheet.set_row_hidden(2)?;
        Ok(())
    }]);
    let dir = Workdir::with("team.xlsx", book);
    let ended = on_a_terminal(&dir, "team.xlsx", "1\n2\n").exits(0);
    assert!(
        ended
            .stdout()
            .contains("2 questions before this can continue"),
        "{ended}"
    );
    let rows = dir.results("plan.csv");
    let statuses: Vec<_> = rows
        .statuses()
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(statuses, ["planned"; 3]);
    // Elsewhere, one command for each combination.
    std::fs::remove_file(dir.path("plan.csv")).expect("the plan");
    let ended = dir.run(["plan", "team.xlsx", "--sandbox"]).is_refused(2);
    let commands = ended
        .stderr()
        .lines()
        .filter(|line| line.contains(" plan team.xlsx "))
        .count();
    assert_eq!(commands, 4, "{ended}");
}

#[test]
fn a_column_of_an_unknown_name_can_be_chosen_on_a_terminal_only() {
    let sheet = "Contact ID,Customer,Extension\n10001,L,101\n10002,M,102\n";
    let dir = Workdir::with("team.csv", sheet);
    on_a_terminal(&dir, "team.csv", "7\n3\n").exits(0);
    assert_eq!(read(&dir.results("plan.csv"))[0], "2 id:10001 101 planned");
}

#[test]
fn who_chooses_nothing_gets_the_commands() {
    let dir = Workdir::with("team.csv", RIVALS);
    let ended = on_a_terminal(&dir, "team.csv", "\n").exits(2);
    assert!(
        ended.stdout().contains("--assignee 'Account manager'"),
        "{ended}"
    );
}
