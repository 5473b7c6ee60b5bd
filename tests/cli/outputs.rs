//! Nobody listens, or nothing more can be written: the run goes on as long as it can account for itself, and says so.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::moves::moving;
use crate::support::{Ended, TOKEN, Workdir};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";

/// The command, begun by a shell that does this first.
fn after(script: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{script}; exec \"$0\" \"$@\"")])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().expect("a folder"))
        .env("REASSIGN_TOKEN", TOKEN)
        .env_remove("REASSIGN_BASE_URL")
        .stdin(Stdio::null());
    shell
}

#[test]
fn a_reader_that_goes_away_ends_neither_a_plan_nor_a_run() {
    let (sandbox, moves, dir) = moving(SHEET, 20);
    for closed in ["stdout", "stderr"] {
        for mut command in [
            dir.command(["plan", SHEET, "--base-url", &sandbox.url]),
            dir.applying(SHEET, &sandbox, &["--rate", "50/s"]),
        ] {
            let mut child = command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the program can be run");
            match closed {
                "stdout" => drop(child.stdout.take()),
                _ => drop(child.stderr.take()),
            }
            let ended = Ended::with(
                format!("{command:?} without {closed}"),
                child.wait_with_output().expect("its end"),
            );
            ended.exits(0).does_not_say("panicked");
        }
    }
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn a_plan_that_is_read_to_its_first_line_only_ends_well() {
    let rows: String = (0..3_000)
        .map(|row| format!("id:{row},nobody-{row}\n"))
        .collect();
    let dir = Workdir::with(SHEET, format!("contact,assignee\n{rows}"));
    let plan = dir.command(["plan", SHEET, "--sandbox"]);
    let script = "(\"$0\" \"$@\"; echo $? >code) 2>said | head -n 1";
    let ended = Ended::of(
        Command::new("sh")
            .args(["-c", script])
            .arg(plan.get_program())
            .args(plan.get_args())
            .current_dir(dir.path(""))
            .stdin(Stdio::null()),
    );
    assert_eq!(ended.stdout().lines().count(), 1, "{ended}");
    assert_eq!(
        dir.read("code"),
        "1\n",
        "rows are to be repaired\n{}",
        dir.read("said")
    );
    assert!(
        !dir.read("said").contains("panicked"),
        "{}",
        dir.read("said")
    );
}

#[test]
fn a_run_whose_outputs_are_closed_from_the_start_writes_its_results() {
    let (sandbox, moves, dir) = moving(SHEET, 20);
    let apply = dir.applying(SHEET, &sandbox, &["--rate", "50/s"]);
    Ended::of(&mut after("exec <&- >&- 2>&-", &apply)).exits(0);
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn an_output_that_cannot_take_a_line_is_told_where_it_can_be() {
    let (sandbox, moves, dir) = moving(SHEET, 5);
    let full = || {
        Stdio::from(
            File::options()
                .write(true)
                .open("/dev/full")
                .expect("a full device"),
        )
    };
    let mut plan = dir.command(["plan", SHEET, "--base-url", &sandbox.url]);
    let told = "cannot write to standard output: no storage space";
    Ended::of(plan.stdout(full()))
        .does_not_say("panicked")
        .says(told);
    let mut apply = dir.applying(SHEET, &sandbox, &[]);
    Ended::of(apply.stdout(full()))
        .exits(0)
        .does_not_say("panicked")
        .says(told);
    moves.are_made(&dir.results(RESULTS), &sandbox);
    let mut again = dir.applying(SHEET, &sandbox, &[]);
    Ended::of(again.stderr(full())).exits(0);
}

#[test]
fn a_plan_that_does_not_fit_on_the_disk_is_an_error_and_leaves_nothing_behind() {
    let (sandbox, _, dir) = moving(SHEET, 200);
    let plan = dir.command(["plan", SHEET, "-o", "plan.csv", "--base-url", &sandbox.url]);
    Ended::of(&mut after("ulimit -f 4", &plan))
        .is_refused(2)
        .says("`plan.csv`")
        .says("File too large")
        .does_not_say("The plan is in");
    assert_eq!(dir.files(), [SHEET]);
}

/// The plan's own record is larger than the plan, and is what does not fit.
#[test]
fn a_saved_plan_and_its_journal_are_replaced_together_or_not_at_all() {
    let (sandbox, _, dir) = moving(SHEET, 200);
    let plan = || dir.command(["plan", SHEET, "-o", "plan.csv", "--base-url", &sandbox.url]);
    Ended::of(&mut plan()).exits(0);
    // Another plan: the last row is gone.
    let sheet = dir.read(SHEET);
    let rows: Vec<&str> = sheet.lines().collect();
    dir.write(SHEET, rows[..rows.len() - 1].join("\n"));
    let before = |name: &str| std::fs::read(dir.path(name)).expect("a file");
    let (plan_before, journal_before) = (before("plan.csv"), before("plan.reassign/journal"));
    let mut refused = false;
    for blocks in 1..200 {
        let ended = Ended::of(&mut after(&format!("ulimit -f {blocks}"), &plan()));
        if ended.code() == 0 {
            assert!(refused, "nothing was too large\n{ended}");
            assert_ne!(before("plan.csv"), plan_before);
            assert_ne!(before("plan.reassign/journal"), journal_before);
            return;
        }
        refused = true;
        let ended = ended.is_refused(2).says("File too large");
        assert_eq!(before("plan.csv"), plan_before, "{ended}");
        assert_eq!(before("plan.reassign/journal"), journal_before, "{ended}");
    }
    panic!("the plan is not written with any limit");
}
