//! What cannot work is refused before anything is sent: one clear line, the right exit code, nothing left behind.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::moves::Moves;
use crate::support::{Ended, Sandbox, TOKEN, Workdir};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const SECRET: &str = "tok-3n-s3cr3t";
const ROWS: &str = "contact,assignee\nid:10001,ben.carter@example.com\n";

/// A port of this computer that nobody listens to stands for a workspace that must not be reached.
const NOWHERE: &str = "http://127.0.0.1:9/v1";

fn applying(dir: &Workdir, sheet: &str, more: &[&str]) -> Command {
    let mut command = dir.command(["apply", sheet, "--yes"]);
    command
        .args(more)
        .env("REASSIGN_TOKEN", SECRET)
        .env("REASSIGN_BASE_URL", NOWHERE);
    command
}

/// Expects an error of one line that says all this, and neither the token nor anything meant for programmers.
#[track_caller]
fn is_one_clear_line(ended: Ended, code: i32, says: &[&str]) {
    let ended = ended.is_refused(code).does_not_say(SECRET);
    let stderr = ended.stderr();
    let at = stderr.find("error: ").unwrap_or(0);
    let error = stderr[at..].trim_end();
    assert_eq!(error.lines().count(), 1, "one line of\n{ended}");
    for text in says {
        assert!(error.contains(text), "no `{text}` in\n{ended}");
    }
    for debug in [
        "Some(",
        "Err(",
        "Os {",
        "kind: ",
        "RUST_BACKTRACE",
        "\\\"",
        "::",
    ] {
        assert!(!error.contains(debug), "`{debug}` in\n{ended}");
    }
    assert!(!error.ends_with('.'), "{ended}");
}

#[test]
fn a_sheet_that_cannot_be_read_is_told_why() {
    let dir = Workdir::with(SHEET, ROWS);
    std::fs::create_dir(dir.path("folder")).unwrap();
    dir.write("empty.csv", "");
    dir.write(
        "corrupt.xlsx",
        b"PK\x03\x04 and then nothing that makes sense",
    );
    dir.write("other.csv", "fruit,colour\napple,red\n");
    let before = dir.files();
    for (sheet, says) in [
        (
            "missing.csv",
            &["there is no file `missing.csv`", "check the path"][..],
        ),
        ("folder", &["`folder` is a folder, not a file"]),
        ("empty.csv", &["`empty.csv` is empty"]),
        ("corrupt.xlsx", &["`corrupt.xlsx` is damaged"]),
    ] {
        for command in ["plan", "apply"] {
            let mut refused = applying(&dir, sheet, &[]);
            if command == "plan" {
                refused = dir.command(["plan", sheet]);
            }
            is_one_clear_line(Ended::of(&mut refused), 2, says);
        }
    }
    assert_eq!(dir.files(), before);
}

#[test]
fn a_sheet_that_others_own_is_told_from_one_that_is_not_there() {
    let dir = Workdir::with(SHEET, ROWS);
    let closed = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(dir.path(SHEET), closed).unwrap();
    if std::fs::read(dir.path(SHEET)).is_ok() {
        return; // nothing is closed to an administrator
    }
    let ended = Ended::of(&mut applying(&dir, SHEET, &[]));
    is_one_clear_line(ended, 2, &["`contacts.csv` may not be read by you"]);
}

#[test]
fn columns_that_do_not_say_what_they_are_are_asked_for_in_a_command_that_would_work() {
    let dir = Workdir::with(
        "owners.csv",
        "email,owner,agent\nann@example.com,ben.carter@example.com,chloe.dubois@example.com\n",
    );
    let ended = Ended::of(&mut applying(&dir, "owners.csv", &[])).is_refused(2);
    let ended = ended
        .says("`owner`, `agent`")
        .says("could all hold the new owner")
        .says("--assignee");
    let stderr = ended.stderr();
    let command = stderr
        .lines()
        .rfind(|line| line.contains(" apply owners.csv "))
        .unwrap_or_else(|| panic!("no command in\n{ended}"))
        .replace(" apply ", " plan ")
        .replace(" --yes", "");
    let shell = Command::new("sh")
        .args(["-c", command.trim()])
        .current_dir(dir.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ended::with(command, shell)
        .exits(0)
        .says("give 1 contact to a new owner");

    dir.write("other.csv", "fruit,colour\napple,red\n");
    Ended::of(&mut applying(&dir, "other.csv", &[]))
        .is_refused(2)
        .says("no column is named like a contact (row 1 names `fruit` (apple), `colour` (red))")
        .says("no column is named like a new owner");
    assert_eq!(dir.files(), ["other.csv", "owners.csv"]);
}

#[test]
fn a_token_is_asked_for_where_it_can_be_put() {
    let dir = Workdir::with(SHEET, ROWS);
    let says = &["REASSIGN_TOKEN", "`--token-file FILE`", "`--sandbox`"];
    for token in [None, Some(""), Some(" \n"), Some("\u{feff}")] {
        let mut command = applying(&dir, SHEET, &[]);
        match token {
            Some(token) => command.env("REASSIGN_TOKEN", token),
            None => command.env_remove("REASSIGN_TOKEN"),
        };
        is_one_clear_line(Ended::of(&mut command), 2, says);
    }
    assert_eq!(dir.files(), [SHEET]);
}

#[test]
fn a_token_file_has_to_be_there_to_be_private_and_to_hold_a_token() {
    let dir = Workdir::with(SHEET, ROWS);
    let with = |name: &str, contents: &str, mode: u32| {
        dir.write(name, contents);
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(dir.path(name), permissions).unwrap();
    };
    with("open.txt", SECRET, 0o644);
    with("empty.txt", "\n", 0o600);
    with("two.txt", "tok-3n-s3cr3t and more\n", 0o600);
    for (file, says) in [
        ("none.txt", &["cannot read the token in `none.txt`"][..]),
        (
            "open.txt",
            &["others can read the token file", "`chmod 600 open.txt`"],
        ),
        ("empty.txt", &["the token file `empty.txt` is empty"]),
        ("two.txt", &["the token has a blank"]),
    ] {
        let mut command = applying(&dir, SHEET, &["--token-file", file]);
        is_one_clear_line(Ended::of(command.env_remove("REASSIGN_TOKEN")), 2, says);
    }
    assert_eq!(
        dir.files(),
        [SHEET, "empty.txt", "open.txt", "two.txt"],
        "nothing is left behind"
    );
}

#[test]
fn an_address_that_would_give_the_token_away_is_refused() {
    let dir = Workdir::with(SHEET, ROWS);
    for (address, says) in [
        (
            "http://api.example.com/v1",
            "would send the token unencrypted",
        ),
        ("https://ann:pa55word@api.example.com/v1", "leave that out"),
        (
            "https://api.example.com/v1?key=pa55word",
            "a part after `?`",
        ),
        ("https://api.example.com/v1#pa55word", "a part after `#`"),
        ("api.example.com/v1", "begin it with `https://`"),
        ("ftp://api.example.com", "begin it with `https://`"),
    ] {
        let given = Ended::of(&mut applying(&dir, SHEET, &["--base-url", address]));
        let given = given.is_refused(2).says(says).does_not_say("panicked");
        let mut command = applying(&dir, SHEET, &[]);
        let set = Ended::of(command.env("REASSIGN_BASE_URL", address));
        is_one_clear_line(
            set.does_not_say("pa55word"),
            2,
            &[says, "REASSIGN_BASE_URL"],
        );
        if address.contains("pa55word") {
            given.does_not_say("pa55word");
        }
    }
    assert_eq!(dir.files(), [SHEET]);
}

#[test]
fn a_server_that_cannot_be_reached_is_named() {
    let dir = Workdir::with(SHEET, ROWS);
    let ended = Ended::of(&mut applying(&dir, SHEET, &[]));
    is_one_clear_line(
        ended,
        2,
        &["cannot reach `127.0.0.1:9`", "nothing was changed"],
    );
    let unknown = ["--base-url", "https://no-such-host.invalid/v1"];
    let ended = Ended::of(&mut applying(&dir, SHEET, &unknown));
    is_one_clear_line(ended, 2, &["`no-such-host.invalid`", "nothing was changed"]);
    assert_eq!(dir.files(), [SHEET]);
}

#[test]
fn results_of_another_sheet_are_left_alone() {
    let dir = Workdir::with(SHEET, ROWS);
    dir.write(RESULTS, "this,is\nsomething,else\n");
    let ended = Ended::of(&mut applying(&dir, SHEET, &[])).is_refused(2);
    ended
        .says("`contacts.results.csv` exists")
        .says("-o contacts-2.results.csv");
    assert_eq!(dir.read(RESULTS), "this,is\nsomething,else\n");
    assert_eq!(dir.files(), [SHEET, RESULTS]);

    let sandbox = Sandbox::start();
    dir.apply(SHEET, &sandbox, &["-o", "mine.csv"]).exits(0);
    let results = dir.read("mine.csv");
    dir.write(SHEET, "contact,assignee\nid:10002,ben.carter@example.com\n");
    dir.apply(SHEET, &sandbox, &["-o", "mine.csv"])
        .is_refused(2)
        .says("`mine.csv` holds results of `contacts.csv` as it was on ")
        .says("continue with what is there:")
        .says("start over in another file:");
    assert_eq!(dir.read("mine.csv"), results);
    assert_eq!(sandbox.writes(), 1);
}

#[test]
fn results_that_cannot_be_put_anywhere_are_told_before_anything_is_sent() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, ROWS);
    for out in ["no/such/folder/out.csv", "/dev/full"] {
        dir.apply(SHEET, &sandbox, &["-o", out])
            .is_refused(2)
            .says(out)
            .does_not_say("Os {");
    }
    assert_eq!(dir.files(), [SHEET]);
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn an_option_that_is_not_known_is_answered_with_one_that_is() {
    let dir = Workdir::with(SHEET, ROWS);
    for (args, says) in [
        (&["apply", SHEET, "--ratee", "5/s"][..], "--rate"),
        (&["apply", SHEET, "--rate", "5"], "write `5/s`"),
        (
            &["apply", SHEET, "--timeout", "soon"],
            "write a time like 30s",
        ),
        (
            &["apply", SHEET, "--timeout", "0s"],
            "write a time above zero, like 30s or 200ms",
        ),
        (
            &["apply", SHEET, "--max-attempts", "0"],
            "write a whole number from 1 on",
        ),
        (
            &["apply", SHEET, "--concurrency", "0"],
            "write a whole number from 1 on",
        ),
        (
            &["undo", SHEET, "--run", "0"],
            "write a whole number from 1 on",
        ),
        (&["apply", SHEET, "--limit", "five"], "write a whole number"),
        (&["apply"], "<SHEET>"),
    ] {
        dir.run(args).is_refused(2).says(says);
    }
    assert_eq!(dir.files(), [SHEET]);
}

/// The program under a limit on the size of files, in blocks of 512 bytes: what a full disk looks like.
fn limited(dir: &Workdir, sandbox: &Sandbox, blocks: u32) -> Ended {
    let apply = dir.applying(SHEET, sandbox, &["--rate", "100/s"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" \"$@\"")])
        .arg(apply.get_program())
        .args(apply.get_args())
        .current_dir(dir.path(""))
        .env("REASSIGN_TOKEN", TOKEN)
        .stdin(Stdio::null());
    Ended::of(&mut command)
}

#[test]
fn a_disk_that_fills_up_stops_the_run_before_anything_is_forgotten() {
    for (blocks, whole) in [(24, true), (9, false)] {
        let sandbox = Sandbox::with(["--latency", "30ms"]);
        let moves = Moves::of(&sandbox, 60);
        let dir = Workdir::with(SHEET, moves.sheet());
        let ended = limited(&dir, &sandbox, blocks)
            .exits(3)
            .says("Stopped: what happens can no longer be written down")
            .does_not_say("panicked")
            .does_not_say("Os {");
        assert!(sandbox.writes() < 60, "{ended}");
        if whole {
            moves.agree(&dir.results(RESULTS), &sandbox);
        } else {
            assert_eq!(
                dir.all_files(),
                [SHEET, "contacts.reassign/journal"],
                "{ended}"
            );
        }

        dir.apply(SHEET, &sandbox, &["--rate", "100/s"]).exits(0);
        moves.are_made(&dir.results(RESULTS), &sandbox);
    }
}

#[test]
fn a_number_below_one_is_refused_in_plain_words() {
    let dir = Workdir::with(SHEET, "contact,assignee\nid:1,2\n");
    for args in [
        ["apply", SHEET, "--concurrency", "0"],
        ["undo", RESULTS, "--run", "0"],
    ] {
        dir.run(args)
            .is_refused(2)
            .says("write a whole number from 1 on");
    }
}
