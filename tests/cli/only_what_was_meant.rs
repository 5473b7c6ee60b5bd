//! Nothing is written over what a command reads, keeps or has not written itself, by whatever name it is called.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::moves::{Moves, moving};
use crate::running::{Running, journaled};
use crate::support::{Ended, Sandbox, Workdir, at_once, wait_until};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const FOLDER: &str = "contacts.reassign";
const JOURNAL: &str = "contacts.reassign/journal";

/// A folder with a sheet and the results of a run on it.
fn after_a_run() -> (Sandbox, Workdir) {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, Moves::of(&sandbox, 3).sheet());
    dir.apply(SHEET, &sandbox, &[]).exits(0);
    (sandbox, dir)
}

/// All files with what they hold.
fn contents(dir: &Workdir) -> Vec<(String, Vec<u8>)> {
    let names = dir.all_files().into_iter();
    names
        .map(|name| (name.clone(), fs::read(dir.path(&name)).expect("a file")))
        .collect()
}

/// Runs a command that must be refused, and expects every file to be as it was.
#[track_caller]
fn leaves_everything(dir: &Workdir, args: &[&str], says: &str) {
    let before = contents(dir);
    let ended = dir.run(args).is_refused(2).says(says);
    assert!(contents(dir) == before, "a file was changed by\n{ended}");
}

#[test]
fn a_report_is_written_over_no_other_file_of_its_job() {
    let (_sandbox, dir) = after_a_run();
    dir.write("users.csv", "id,email\n1,ann@example.com\n");
    for (out, says) in [
        (RESULTS, "the report would be written over the results"),
        (JOURNAL, "the report would be written over the journal"),
        (
            "contacts.reassign/lock",
            "the report would be written over the lock",
        ),
        (FOLDER, "which is a folder"),
        (SHEET, "exists and is no report"),
        (
            "users.csv",
            "the report would be written over the users' sheet",
        ),
    ] {
        leaves_everything(
            &dir,
            &["report", RESULTS, "-o", out, "--users", "users.csv"],
            says,
        );
        leaves_everything(
            &dir,
            &[
                "apply",
                RESULTS,
                "--sandbox",
                "--users",
                "users.csv",
                "--report",
                out,
            ],
            "error: ",
        );
    }
}

#[test]
fn a_plan_and_its_report_are_two_files_and_neither_is_what_is_read() {
    let dir = Workdir::with(SHEET, "contact,assignee\nid:10101,105\n");
    dir.write("users.csv", "id,email\n105,ann@example.com\n");
    let plan = |more: &[&str]| {
        let mut args = vec!["plan", SHEET, "--users", "users.csv"];
        args.extend(more);
        args.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for (more, says) in [
        (
            &["-o", "x.csv", "--report", "x.csv"] as &[&str],
            "the report and the plan would be one file",
        ),
        (
            &["-o", "x.csv", "--report", "./X.CSV"],
            "the report and the plan would be one file",
        ),
        (
            &["-o", SHEET],
            "exists, and is not known to be a plan of ours",
        ),
        (
            &["--report", SHEET],
            "the report would be written over the sheet",
        ),
        (
            &["--report", "users.csv"],
            "the report would be written over the users' sheet",
        ),
        (
            &["-o", "x.csv", "--report", "x.reassign"],
            "the report would be written over the job's folder",
        ),
    ] {
        let args = plan(more);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        leaves_everything(&dir, &args, says);
    }
    dir.run(plan(&["-o", "x.csv", "--report", "x.html"]))
        .exits(0);
    // Once more, in their places: nobody has edited them.
    dir.run(plan(&["-o", "x.csv", "--report", "x.html"]))
        .exits(0);
    dir.write(
        "x.html",
        dir.read("x.html").replace("<title>", "<title>My "),
    );
    leaves_everything(
        &dir,
        &["plan", SHEET, "--report", "x.html"],
        "exists and is no report as reassign wrote it",
    );
}

#[test]
fn moves_are_replaced_only_as_they_were_written() {
    let dir = Workdir::with(
        "load.csv",
        "contact,owner\nid:1,ann@example.com\nid:2,ann@example.com\n",
    );
    dir.write(
        "roster.csv",
        "user,capacity\nann@example.com,1\nben@example.com,1\n",
    );
    let args = [
        "rebalance",
        "load.csv",
        "--roster",
        "roster.csv",
        "-o",
        "moves.csv",
    ];
    dir.run(args).exits(0);
    dir.run(args).exits(0);
    dir.write(
        "moves.csv",
        dir.read("moves.csv") + "id:3,ann@example.com,ben@example.com,mine\r\n",
    );
    leaves_everything(&dir, &args, "does not hold moves as reassign wrote them");
}

#[cfg(unix)]
#[test]
fn links_pipes_and_devices_are_never_written_to() {
    let (sandbox, dir) = after_a_run();
    dir.write("precious", "mine");
    std::os::unix::fs::symlink("precious", dir.path("link.html")).expect("a link");
    let made = Command::new("mkfifo").arg(dir.path("pipe.html")).status();
    assert!(made.expect("mkfifo is there").success());
    for (out, says) in [
        ("link.html", "which is a link to another file"),
        ("pipe.html", "which is no file, but a pipe or a device"),
        ("/dev/null", "which is no file, but a pipe or a device"),
    ] {
        let reporting = Running::start(&mut dir.command(["report", RESULTS, "-o", out]));
        reporting.ends().is_refused(2).says(says);
        dir.apply(SHEET, &sandbox, &["--report", out])
            .is_refused(2)
            .says(says);
    }
    assert_eq!(dir.read("precious"), "mine");
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_a_link_is_refused_and_its_target_is_left_alone() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, Moves::of(&sandbox, 3).sheet());
    dir.write("precious", "mine");
    for name in ["lock", "journal"] {
        fs::create_dir(dir.path(FOLDER)).expect("a folder");
        std::os::unix::fs::symlink("../precious", dir.path(FOLDER).join(name)).expect("a link");
        dir.apply(SHEET, &sandbox, &[]).is_refused(2).says(&format!(
            "`contacts.reassign/{name}` is no plain file; move it away"
        ));
        assert_eq!(dir.read("precious"), "mine");
        fs::remove_dir_all(dir.path(FOLDER)).expect("the folder");
    }
    assert_eq!(sandbox.writes(), 0);
}

#[cfg(unix)]
#[test]
fn what_is_written_is_as_readable_as_the_user_has_it_and_the_jobs_folder_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with(["--latency", "30ms"]);
    let mode = |path: &Path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    for (mask, expected) in [("077", 0o600), ("027", 0o640), ("002", 0o664)] {
        let dir = Workdir::with(SHEET, Moves::of(&sandbox, 20).sheet());
        let apply = dir.applying(
            SHEET,
            &sandbox,
            &["--rate", "100/s", "--report", "page.html"],
        );
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("umask {mask}; exec \"$0\" \"$@\"")])
            .arg(apply.get_program())
            .args(apply.get_args())
            .current_dir(dir.path(""))
            .env("REASSIGN_TOKEN", crate::support::TOKEN);
        let run = Running::start(&mut shell);
        wait_until("the run has begun", || journaled(&dir, JOURNAL, "sent") > 0);
        assert_eq!(mode(&dir.path(FOLDER)), 0o700);
        assert_eq!(mode(&dir.path(JOURNAL)), 0o600);
        assert_eq!(mode(&dir.path("contacts.reassign/lock")), 0o600);
        run.ends().exits(0);
        for name in [RESULTS, "page.html"] {
            assert_eq!(mode(&dir.path(name)), expected, "{name} with umask {mask}");
        }
        // A file that is replaced keeps how readable somebody has made it.
        fs::set_permissions(dir.path("page.html"), fs::Permissions::from_mode(0o604))
            .expect("ours");
        dir.run(["report", RESULTS, "-o", "page.html"]).exits(0);
        assert_eq!(mode(&dir.path("page.html")), 0o604);
    }
}

#[test]
fn what_a_killed_command_left_half_written_is_taken_away_by_the_next() {
    let (_sandbox, dir) = after_a_run();
    dir.write(".reassign-a1B2c3", "contacts of a command that was killed");
    let held = fs::File::open(dir.path(".reassign-a1B2c3")).expect("the file");
    held.lock().expect("as a living command does");
    dir.run(["report", RESULTS]).exits(0);
    assert!(
        dir.path(".reassign-a1B2c3").exists(),
        "somebody is at work on it"
    );
    drop(held);
    Ended::exits(dir.run(["report", RESULTS]), 0);
    assert!(!dir.path(".reassign-a1B2c3").exists());
}

/// The command, begun by a shell that does this first.
fn after(script: &str, command: &Command) -> Command {
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &format!("{script}; exec \"$0\" \"$@\"")])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().expect("a folder"))
        .env("REASSIGN_TOKEN", crate::support::TOKEN)
        .env_remove("REASSIGN_BASE_URL");
    shell
}

#[cfg(unix)]
#[test]
fn a_sheet_whose_name_is_no_unicode_is_planned_and_applied() {
    use std::os::unix::ffi::OsStringExt;
    let sandbox = Sandbox::start();
    let moves = Moves::of(&sandbox, 3);
    let dir = Workdir::new();
    let name = OsString::from_vec(b"caf\xe9.csv".to_vec());
    let results = OsString::from_vec(b"caf\xe9.results.csv".to_vec());
    fs::write(dir.path("").join(&name), moves.sheet()).expect("a file");
    let connected = |command: &str, more: &[&str]| {
        let mut command = dir.command([command]);
        command
            .arg(&name)
            .args(["--base-url", &sandbox.url])
            .args(more);
        command.env("REASSIGN_TOKEN", crate::support::TOKEN);
        Ended::of(&mut command)
    };
    connected("plan", &[])
        .exits(0)
        .says(r"apply $'caf\351.csv'");
    connected("plan", &["--json"])
        .exits(0)
        .does_not_say("panicked");
    connected("apply", &["--yes", "--json"])
        .exits(0)
        .does_not_say("panicked");
    moves.are_made(
        &crate::support::Results::read(&dir.path("").join(&results)),
        &sandbox,
    );
    let mut undo = dir.command(["undo"]);
    Ended::of(undo.arg(&results)).exits(0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_is_replaced_while_it_runs_over_a_workbook_writes_its_results() {
    let sandbox = Sandbox::with(["--latency", "50ms"]);
    let moves = Moves::of(&sandbox, 20);
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, line) in (0..).zip(moves.sheet().lines()) {
        for (column, cell) in (0..).zip(line.split(',')) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    let dir = Workdir::with(
        "contacts.xlsx",
        workbook.save_to_buffer().expect("a workbook"),
    );
    let program = dir.path("reassign");
    crate::support::copied(crate::support::program(), &program);
    let apply = dir.applying("contacts.xlsx", &sandbox, &["--rate", "40/s"]);
    let mut copy = Command::new(&program);
    copy.args(apply.get_args())
        .current_dir(dir.path(""))
        .env("REASSIGN_TOKEN", crate::support::TOKEN)
        .env_remove("REASSIGN_BASE_URL");
    let run = Running::start(&mut copy);
    wait_until("the run has begun", || {
        journaled(&dir, JOURNAL, "outcome") > 0
    });
    dir.write("other", "#!/bin/sh\nexit 9\n");
    fs::rename(dir.path("other"), &program).expect("replaced");
    run.ends().exits(0);
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[cfg(target_os = "linux")]
#[test]
fn a_workbook_is_read_where_less_memory_is_allowed_than_its_reader_would_take_at_most() {
    let dir = Workdir::with_sample("team-migration.xlsx");
    let plan = dir.command(["plan", "team-migration.xlsx", "--sandbox", "--region", "MY"]);
    let free = Ended::of(&mut after(":", &plan));
    for kilobytes in [1_000_000, 700_000] {
        let ended = Ended::of(&mut after(&format!("ulimit -v {kilobytes}"), &plan));
        assert_eq!(
            ended.stdout(),
            free.stdout(),
            "with {kilobytes} kB\n{ended}"
        );
    }
}

/// How long the last line is depends on the time of day, so the limit is tried at several places.
#[test]
fn a_run_whose_journals_last_line_does_not_fit_has_done_its_work_and_says_what_is_missing() {
    let mut told = 0;
    for padding in (0..1024).step_by(48) {
        let (sandbox, moves, dir) = moving(SHEET, 3);
        let note = "x".repeat(padding);
        let apply = dir.applying(SHEET, &sandbox, &["--note", &note]);
        // In blocks of 1,024 bytes; a journal of three rows has about three thousand.
        let blocks = 4;
        let mut apply = after(&format!("ulimit -f {blocks}"), &apply);
        let ended = Ended::of(at_once(&mut apply)).does_not_say("panicked");
        if ended
            .stderr()
            .contains("the last line of the journal could not be written")
        {
            told += 1;
            let ended = ended.exits(0).says("Nothing is left to do.");
            moves.are_made(&dir.results(RESULTS), &sandbox);
            assert!(!dir.read(JOURNAL).ends_with('\n'), "it is torn\n{ended}");
            dir.apply(SHEET, &sandbox, &[]).exits(0);
            assert_eq!(sandbox.writes(), 3);
        }
    }
    assert!(
        told > 0,
        "no limit came between the results and the last line"
    );
}

#[test]
fn what_a_run_announced_and_did_not_send_is_withdrawn() {
    let sandbox = Sandbox::with(["--latency", "30ms"]);
    let moves = Moves::of(&sandbox, 60);
    let dir = Workdir::with(SHEET, moves.sheet());
    let run = Running::start(&mut dir.applying(SHEET, &sandbox, &["--rate", "5/s"]));
    wait_until("some rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= 3
    });
    run.signal("INT");
    let ended = run.ends().exits(130);
    let (sent, withdrawn) = (
        journaled(&dir, JOURNAL, "sent"),
        journaled(&dir, JOURNAL, "withdrawn"),
    );
    assert_eq!(
        sent - withdrawn,
        sandbox.writes() as usize,
        "{sent} announced, {withdrawn} withdrawn\n{ended}"
    );
    moves.agree(&dir.results(RESULTS), &sandbox);
    dir.run(["undo", RESULTS, "-o", "undo.csv"]).exits(0);
    let undone = dir.read("undo.csv").lines().count() - 1;
    assert_eq!(undone, sandbox.writes() as usize);
}

/// What steers a terminal or turns a line around.
fn steers(char: char) -> bool {
    (char.is_control() && !matches!(char, '\n' | '\t'))
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[track_caller]
fn is_harmless(ended: &Ended) {
    let said = ended.stdout() + &ended.stderr();
    assert!(
        !said.contains(steers),
        "{:?}",
        said.split('\n').find(|line| line.contains(steers))
    );
}

#[cfg(unix)]
#[test]
fn names_and_cells_do_not_steer_the_terminal_and_printed_commands_still_work() {
    let sandbox = Sandbox::start();
    let evil = "\u{1b}]0;owned\u{7}\u{202e}x\u{9b}31m";
    let name = format!("team {evil}.csv");
    let results = format!("team {evil}.results.csv");
    let dir = Workdir::new();
    fs::write(
        dir.path("").join(&name),
        format!("Contact{evil},Owner {evil},Who{evil}\nid:10101,105,{evil}\nid:10102,{evil},x\n{evil},106,x\n"),
    )
    .expect("a file");
    let connected = |args: &[&str]| {
        let mut command = dir.command(args);
        command.args(["--base-url", &sandbox.url]);
        command.env("REASSIGN_TOKEN", crate::support::TOKEN);
        Ended::of(&mut command)
    };
    let (contact, owner) = (format!("Contact{evil}"), format!("Owner {evil}"));
    let columns = [
        "--identifier",
        contact.as_str(),
        "--assignee",
        owner.as_str(),
    ];
    for more in [
        &[][..],
        &["--json"],
        &["--sheet", evil],
        &["--region", evil],
        &["--users", evil],
    ] {
        let args = [&["plan", name.as_str()][..], more].concat();
        is_harmless(&connected(&args));
        is_harmless(&connected(&[&args[..], &columns].concat()));
        let args = [&["apply", name.as_str(), "--yes", "--limit", "0"][..], more].concat();
        is_harmless(&connected(&args));
    }
    let planned = connected(&[&["plan", name.as_str()][..], &columns].concat()).exits(1);
    let command = planned
        .stdout()
        .lines()
        .rfind(|line| line.contains(" apply "))
        .expect("a command")
        .to_owned();
    let applied = Ended::of(
        Command::new("bash")
            .args(["-c", &format!("{command} --yes")])
            .current_dir(dir.path(""))
            .env("REASSIGN_TOKEN", crate::support::TOKEN)
            .env("TZ", "UTC"),
    )
    .exits(1);
    is_harmless(&applied);
    for command in ["report", "undo"] {
        is_harmless(&dir.run([command, results.as_str()]));
        is_harmless(&dir.run([command, evil]));
    }
    is_harmless(&connected(&["apply", results.as_str(), "--yes", "--json"]));
}

#[test]
fn no_cell_of_the_results_begins_as_a_formula_whatever_delimiter_reads_it_and_all_come_back_as_they_were()
 {
    let notes = [
        "x;=cmd()",
        "a|+1",
        "b\t@sum",
        "c\n-1",
        "d;'e",
        "=1",
        "'f",
        "g; \"=2\"",
    ];
    let rows: String = notes
        .iter()
        .enumerate()
        .map(|(row, note)| format!("id:{},105,\"{}\"\n", 10101 + row, note.replace('"', "\"\"")))
        .collect();
    let dir = Workdir::with(SHEET, format!("contact,assignee,Note\n{rows}"));
    dir.run(["plan", SHEET, "--sandbox", "-o", "one.csv"])
        .exits(0);
    dir.run(["plan", "one.csv", "--sandbox", "-o", "two.csv"])
        .exits(0);
    dir.run(["plan", "two.csv", "--sandbox", "-o", "back.xlsx"])
        .exits(0);
    assert_eq!(
        dir.read("one.csv"),
        dir.read("two.csv"),
        "no apostrophe is added or lost"
    );
    let text = dir.read("one.csv");
    for delimiter in [',', ';', '\t', '|'] {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter as u8)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        for record in reader.records() {
            for cell in &record.expect("text") {
                assert!(
                    !cell.starts_with(['=', '+', '-', '@']),
                    "{cell:?} with {delimiter:?} in\n{text}"
                );
            }
        }
    }
    let workbook = dir.path("back.xlsx");
    let options = reassign::sheet::Options {
        sheet: Some("Results".to_owned()),
        ..Default::default()
    };
    let sheet = reassign::sheet::Sheet::open(&workbook, &options).expect("a workbook");
    let batches: Vec<_> = sheet
        .batches()
        .expect("rows")
        .map(|batch| batch.expect("rows"))
        .collect();
    let found: Vec<&str> = batches
        .iter()
        .flat_map(|batch| batch.rows())
        .skip(1)
        .map(|row| row.cell(2))
        .collect();
    assert_eq!(found, notes);
}
