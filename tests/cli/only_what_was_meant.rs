//! Nothing is written over what a command reads, keeps or has not written itself, by whatever name it is called.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::moves::Moves;
use crate::running::{Running, journaled};
use crate::support::{Ended, Sandbox, Workdir, wait_until};

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
        (&["-o", SHEET], "exists, and is not a plan"),
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
    dir.write("x.html", dir.read("x.html").replace("10101", "10102"));
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
        dir.apply(SHEET, &sandbox, &[])
            .is_refused(2)
            .says("it is no plain file; move it away");
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
