//! Where the token comes from, and who does not get it: files that others can read, the process that reads workbooks, a
//! trial.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::running::Running;
use crate::secrets::{ROWS, SECRET, SHEET, Traces, traced};
use crate::support::{Ended, Sandbox, TOKEN, Workdir, wait_until};

#[test]
fn a_token_file_that_others_can_read_is_refused_with_the_command_that_closes_it() {
    let (sandbox, dir) = (
        Sandbox::start(),
        Workdir::with(SHEET, "contact,assignee\nid:10001,102\n"),
    );
    let file = "my team's token.txt";
    dir.write(file, format!("Bearer {TOKEN}\n"));
    let apply = || {
        let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", &sandbox.url]);
        Ended::of(command.args(["--token-file", file]))
    };
    for mode in [0o644, 0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(dir.path(file), fs::Permissions::from_mode(mode)).unwrap();
        let ended = apply().is_refused(2).says("others can read the token file");
        assert_eq!(sandbox.writes(), 0, "{mode:o}\n{ended}");
        let stderr = ended.stderr();
        let fix = stderr
            .split('`')
            .find(|part| part.starts_with("chmod"))
            .unwrap_or_else(|| panic!("no fix in\n{ended}"));
        let mended = Ended::of(
            Command::new("sh")
                .args(["-c", fix])
                .current_dir(dir.path("")),
        );
        mended.exits(0);
        let now = fs::metadata(dir.path(file)).unwrap().permissions().mode();
        assert_eq!(now & 0o777, 0o600, "{fix}");
    }
    apply().exits(0);
    assert_eq!(sandbox.writes(), 1);
}

#[test]
fn a_token_file_that_is_no_token_is_refused_in_bounded_time() {
    let (sandbox, dir) = (Sandbox::start(), Workdir::with(SHEET, ROWS));
    dir.write("empty", "\u{feff} \n");
    fs::set_permissions(dir.path("empty"), fs::Permissions::from_mode(0o600)).unwrap();
    for (file, says) in [
        ("/dev/zero", "far too long to be a token"),
        ("absent", "cannot read the token in `absent`"),
        (".", "cannot read the token in `.`"),
        ("empty", "the token file `empty` is empty"),
    ] {
        let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", &sandbox.url]);
        Ended::of(command.args(["--token-file", file]))
            .is_refused(2)
            .says(says);
    }
}

#[test]
fn a_trial_reads_neither_the_token_nor_the_address_that_are_set() {
    let dir = Workdir::with(SHEET, "contact,assignee\nid:10001,ben.carter@example.com\n");
    let mut command = dir.command(["apply", SHEET, "--sandbox"]);
    command
        .env("REASSIGN_TOKEN", SECRET)
        .env(
            "REASSIGN_BASE_URL",
            format!("https://kim:{SECRET}@api.example.invalid/?x"),
        )
        .stdin(Stdio::null());
    let (ended, traces) = traced(&dir, &mut command);
    traces.hold_no_token("a trial");
    ended.exits(0).says("1  done");
}

#[test]
fn a_workbook_is_read_by_a_process_that_knows_nothing_of_the_token() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for row in 0..10_000 {
        let (contact, assignee) = if row == 0 {
            ("contact".to_owned(), "assignee")
        } else {
            (format!("id:{row}"), "12")
        };
        sheet.write(row, 0, contact).unwrap();
        sheet.write(row, 1, assignee).unwrap();
    }
    let dir = Workdir::with("team.xlsx", workbook.save_to_buffer().unwrap());
    let mut command = dir.command(["plan", "team.xlsx"]);
    let run = Running::start(command.env("REASSIGN_TOKEN", SECRET));
    let mut seen = (Vec::new(), Vec::new());
    wait_until("the process that reads the workbook is seen", || {
        for child in children(run.id()) {
            let read = |name: &str| fs::read(format!("/proc/{child}/{name}")).unwrap_or_default();
            // Until it has begun, it shows what its parent shows.
            let (environment, arguments) = (read("environ"), read("cmdline"));
            if String::from_utf8_lossy(&environment).contains("REASSIGN_WORKBOOK_READER=") {
                seen = (environment, arguments);
            }
        }
        !seen.0.is_empty()
    });
    let mut traces = Traces(Vec::new());
    assert_eq!(
        String::from_utf8_lossy(&seen.0),
        "REASSIGN_WORKBOOK_READER=1\0"
    );
    traces.add("its environment", seen.0);
    traces.add("its arguments", seen.1);
    let ended = run.ends().exits(0);
    traces.add("standard output", ended.output.stdout);
    traces.hold_no_token("a workbook");
}

/// The processes that this one has started and that still run.
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("the list of processes");
    let ids = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
        after.split(' ').nth(1) == Some(&parent.to_string())
    })
    .collect()
}
