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

/// Two columns could be the contacts' new owner, by each of which some contacts would be left without one, a row is hidden,
/// and the contacts are digits.
fn everything_is_open() -> Workdir {
    let rows = [
        "Contact,Owner,Account manager",
        "60123456701,ann@example.org,unassign",
        "60123456702,unassign,ann@example.org",
        "60123456703,bo@example.org,bo@example.org",
        "60123456704,unassign,ann@example.org",
    ];
    let book = workbook(&[&|sheet| {
        for (row, line) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write(row, column, cell)?;
            }
        }
        sheet.set_row_hidden(3)?;
        Ok(())
    }]);
    Workdir::with("team.xlsx", book)
}

#[test]
fn columns_hidden_rows_digits_and_unassignments_are_asked_together() {
    let dir = everything_is_open();
    let sandbox = Sandbox::start();
    let apply = |more: &[&str]| dir.apply("team.xlsx", &sandbox, more);
    apply(&[])
        .is_refused(2)
        .says("5 problems have to be solved first")
        .says("`Owner`, `Account manager` could all hold the new owner")
        .says("hides 1 row")
        .says("the digits of most contacts could be contact IDs or phone numbers")
        .says("with `--assignee Owner`, 2 contacts would be left without an owner")
        .says("with `--assignee 'Account manager'`, 1 contact would be left without an owner");
    // Whatever is answered, nothing else is asked.
    for column in ["Owner", "Account manager"] {
        for rows in ["skip", "include"] {
            let dir = everything_is_open();
            let answers = [
                &[
                    "--assignee",
                    column,
                    "--hidden-rows",
                    rows,
                    "--max-unassign",
                    "2",
                ][..],
                &["--bare-digits", "phone", "--bare-phones", "international"],
            ];
            let ended = dir.apply("team.xlsx", &sandbox, &answers.concat());
            assert!([0, 1].contains(&ended.code()), "{column}, {rows}\n{ended}");
        }
    }
}

#[test]
fn on_a_terminal_one_round_of_questions_is_enough() {
    let dir = everything_is_open();
    let ended = on_a_terminal(&dir, "team.xlsx", "1\n2\n2\n").exits(0);
    assert!(
        ended
            .stdout()
            .contains("3 questions before this can continue"),
        "{ended}"
    );
    let rows = read(&dir.results("plan.csv"));
    assert_eq!(rows[1], "3 phone:+60123456702 unassign planned", "{rows:?}");
}

#[test]
fn digits_of_all_contacts_are_asked_on_a_terminal_and_are_rows_to_repair_elsewhere() {
    let sheet = "Contact,Owner\n60123456701,ann@example.org\n60123456702,bo@example.org\n";
    let dir = Workdir::with("team.csv", sheet);
    on_a_terminal(&dir, "team.csv", "2\n").exits(0);
    assert_eq!(
        read(&dir.results("plan.csv"))[0],
        "2 phone:+60123456701 ann@example.org planned"
    );
    dir.run(["plan", "team.csv", "--sandbox"])
        .exits(1)
        .says("these digits could be a contact ID or a phone number");
}

#[test]
fn a_column_of_an_unknown_name_can_be_chosen_on_a_terminal_only() {
    let sheet = "Contact ID,Customer,Extension\n10001,L,101\n10002,M,102\n";
    let dir = Workdir::with("team.csv", sheet);
    on_a_terminal(&dir, "team.csv", "7\n3\n").exits(0);
    assert_eq!(read(&dir.results("plan.csv"))[0], "2 id:10001 101 planned");
}

#[test]
fn no_command_uses_a_column_for_two_things() {
    let sheet =
        "Case no,Xyz,Abc\n7,ann@example.org,c1@example.com\n8,bo@example.org,c2@example.com\n";
    let dir = Workdir::with("team.csv", sheet);
    let ended = dir.run(["plan", "team.csv", "--sandbox"]).is_refused(2);
    let commands = ended.stderr();
    let commands = commands
        .lines()
        .filter(|line| line.contains(" plan team.csv "));
    let chosen: Vec<&str> = commands
        .filter_map(|line| line.split_once("--identifier "))
        .map(|(_, chosen)| chosen)
        .collect();
    assert_eq!(
        chosen,
        ["Xyz --assignee Abc", "Abc --assignee Xyz"],
        "{ended}"
    );
    on_a_terminal(&dir, "team.csv", "2\n1\n").exits(0);
    assert_eq!(
        read(&dir.results("plan.csv"))[0],
        "2 email:c1@example.com ann@example.org planned"
    );
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
