//! How often a command opens its sheet.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::{Workdir, program};

const SHEET: &str = "team.csv";

/// How often a command opens the sheet; nothing where no `strace` can tell.
fn opened(dir: &Workdir, args: &[&str]) -> Option<usize> {
    let calls = dir.path("calls");
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-qq", "-e", "trace=open,openat", "-o"])
        .arg(&calls)
        .arg(program())
        .args(args)
        .current_dir(dir.path(""))
        .env_remove("REASSIGN_BASE_URL")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = traced.status().ok()?;
    assert!(matches!(status.code(), Some(0 | 1)), "{args:?}: {status}");
    let calls = fs::read_to_string(&calls).expect("what strace saw");
    let is_of_sheet = |line: &&str| line.contains(" open") && line.contains(&format!("{SHEET}\""));
    Some(calls.lines().filter(is_of_sheet).count())
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn a_plan_opens_a_text_once_and_a_run_once_more_for_its_results() {
    let sheet = "Contact ID,Owner\n10001,101\n10002,102\n";
    let commands: [(&[&str], usize); 2] = [
        (&["plan", SHEET, "--sandbox"], 1),
        (
            &["apply", SHEET, "--sandbox", "--yes", "--rate", "1000/s"],
            2,
        ),
    ];
    for (args, most) in commands {
        let dir = Workdir::with(SHEET, sheet);
        match opened(&dir, args) {
            Some(opened) => assert_eq!(opened, most, "{args:?}"),
            None => eprintln!("left out: no strace to count how often a sheet is opened"),
        }
    }
}
