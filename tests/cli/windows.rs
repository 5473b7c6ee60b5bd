//! What is so only with the program for Windows, which `.ci/windows` runs under Wine. Elsewhere these tests are skipped, aloud.

use std::fs;
use std::path::Path;

use crate::moves::{Moves, moving};
use crate::running::as_printed;
use crate::support::{Ended, Sandbox, TOKEN, Workdir, is_for_windows};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn is_skipped() -> bool {
    if !is_for_windows() {
        eprintln!("skipped: this is not the program for Windows");
    }
    !is_for_windows()
}

/// The path as Windows has it.
fn with_drive(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

fn set_up(count: usize) -> (Sandbox, Moves, Workdir) {
    let (sandbox, moves, dir) = moving(SHEET, count);
    (sandbox, moves, dir)
}

#[test]
fn paths_with_drive_letters_and_backslashes_name_sheets_and_outputs() {
    if is_skipped() {
        return;
    }
    let (sandbox, moves, dir) = set_up(3);
    fs::create_dir(dir.path("out")).expect("a folder");
    let (sheet, out) = (with_drive(&dir.path(SHEET)), with_drive(&dir.path("out")));
    let (results, page) = (format!("{out}\\moves.csv"), format!("{out}\\page.html"));
    let ended = dir.apply(&sheet, &sandbox, &["-o", &results, "--report", &page]);
    let ended = ended.exits(0);
    assert_eq!(ended.stdout().trim(), results, "{ended}");
    moves.are_made(&dir.results("out/moves.csv"), &sandbox);
    assert!(dir.read("out/page.html").contains("<html"), "{ended}");
    assert!(dir.path("out/moves.reassign/journal").is_file(), "{ended}");
    let elsewhere = Workdir::new();
    elsewhere.run(["undo", &results, "-o", "back.csv"]).exits(0);
    assert!(elsewhere.path("back.csv").is_file());
}

#[test]
fn a_name_in_any_script_and_lines_that_end_in_crlf_are_read_and_written() {
    if is_skipped() {
        return;
    }
    let (sandbox, moves, dir) = set_up(3);
    let name = "Équipe 日本 🙂";
    dir.write(&format!("{name}.csv"), moves.sheet().replace('\n', "\r\n"));
    dir.apply(&format!("{name}.csv"), &sandbox, &[]).exits(0);
    moves.are_made(&dir.results(&format!("{name}.results.csv")), &sandbox);
}

#[test]
fn a_printed_command_is_quoted_as_the_command_prompt_and_powershell_take_it() {
    if is_skipped() {
        return;
    }
    let (sandbox, moves, dir) = set_up(3);
    dir.write("my team's.csv", moves.sheet());
    let ended = dir
        .apply("my team's.csv", &sandbox, &["--limit", "2"])
        .exits(1);
    let ended = ended.says(r#" apply "my team's.results.csv""#);
    as_printed(&dir, &ended).exits(0);
    moves.are_made(&dir.results("my team's.results.csv"), &sandbox);
}

#[test]
fn no_output_is_a_device_a_hidden_stream_or_a_name_that_windows_would_shorten() {
    if is_skipped() {
        return;
    }
    let (sandbox, _, dir) = set_up(3);
    for (name, why) in [
        ("NUL", "which is a device"),
        ("aux.html", "which is a device"),
        ("com1.csv", "which is a device"),
        (
            "contacts.csv:page",
            "no name that a file can have in Windows",
        ),
        ("page.html.", "a name that Windows would shorten"),
        ("what?.html", "no name that a file can have in Windows"),
    ] {
        dir.apply(SHEET, &sandbox, &["--report", name])
            .is_refused(2)
            .says(why);
        dir.apply(SHEET, &sandbox, &["-o", name])
            .is_refused(2)
            .says(why);
    }
    assert_eq!(sandbox.writes(), 0);
    assert_eq!(dir.all_files(), [SHEET]);
}

#[test]
fn an_output_is_known_to_be_the_sheet_by_another_name_case_or_link() {
    if is_skipped() {
        return;
    }
    let (sandbox, moves, dir) = set_up(3);
    fs::hard_link(dir.path(SHEET), dir.path("linked.csv")).expect("a link");
    fs::create_dir(dir.path("folder")).expect("a folder");
    let whole = with_drive(&dir.path(SHEET));
    for name in [
        "CONTACTS.csv",
        ".\\contacts.csv",
        "folder\\..\\Contacts.CSV",
        &whole,
        "linked.csv",
    ] {
        dir.apply(SHEET, &sandbox, &["-o", name]).is_refused(2);
        let ended = dir.apply(SHEET, &sandbox, &["--report", name]);
        ended.is_refused(2).says("would be written over the sheet");
    }
    let both = ["-o", "New.csv", "--report", "new.CSV"];
    dir.apply(SHEET, &sandbox, &both)
        .is_refused(2)
        .says("would be one file");
    assert_eq!(sandbox.writes(), 0);
    assert_eq!(dir.read(SHEET), moves.sheet());
}

#[test]
fn the_sandbox_is_served_by_the_program_for_windows_as_well() {
    if is_skipped() {
        return;
    }
    let sandbox = Sandbox::of_the_program();
    let dir = Workdir::with(SHEET, "Contact,New owner\nlucia.nunez@example.com,102\n");
    dir.apply(SHEET, &sandbox, &[]).exits(0);
    assert_eq!(sandbox.writes(), 1);
}

#[test]
fn who_is_at_work_on_a_job_is_told_to_a_second_command() {
    if is_skipped() {
        return;
    }
    let sandbox = Sandbox::with(["--latency", "300ms"]);
    let dir = Workdir::with(SHEET, Moves::of(&sandbox, 20).sheet());
    let run =
        crate::running::Running::start(&mut dir.applying(SHEET, &sandbox, &["--rate", "5/s"]));
    crate::support::wait_until("it is at work", || {
        crate::running::journaled(&dir, "contacts.reassign/journal", "outcome") > 0
    });
    dir.apply(SHEET, &sandbox, &[]).is_refused(2).says("since");
    run.signal("INT");
    run.ends().exits(130);
    assert!(!dir.path("contacts.reassign/lock").exists());
    dir.apply(RESULTS, &sandbox, &["--rate", "100/s"]).exits(0);
}

#[test]
fn a_token_command_runs_without_a_shell() {
    if is_skipped() {
        return;
    }
    let (sandbox, _, dir) = set_up(1);
    let command = format!("cmd /c echo {TOKEN}");
    let args = [
        "users",
        "--base-url",
        &sandbox.url,
        "--token-command",
        &command,
    ];
    let users = dir.run(args).exits(0);
    users.does_not_say(TOKEN);
    let mut missing = dir.command([
        "users",
        "--base-url",
        &sandbox.url,
        "--token-command",
        "no-such-program",
    ]);
    Ended::of(&mut missing)
        .is_refused(2)
        .says("cannot run the token command");
}

#[test]
fn a_token_command_is_taken_apart_as_windows_does_it_on_the_line_and_in_the_settings() {
    if is_skipped() {
        return;
    }
    let (sandbox, _, dir) = set_up(1);
    let program = "C:\\windows\\system32\\cmd.exe";
    let typed = format!("{program} /c echo {TOKEN}");
    let args = ["users", "--base-url", &sandbox.url, "--token-command"];
    dir.run(args.into_iter().chain([typed.as_str()])).exits(0);
    dir.write(
        "config.toml",
        format!(
            "workspace = 'main'\n[workspaces.main]\nbase_url = '{}'\ntoken_command = ['{program}', '/c', 'echo', '{TOKEN}']\n",
            sandbox.url
        ),
    );
    let mut command = dir.command(["users"]);
    Ended::of(command.env("REASSIGN_CONFIG", "config.toml")).exits(0);
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn the_question_before_a_run_is_asked_and_answered_in_a_console() {
    if is_skipped() {
        return;
    }
    let (sandbox, moves, dir) = set_up(3);
    let args = ["apply", SHEET, "--base-url", &sandbox.url];
    let variables = [("REASSIGN_TOKEN", TOKEN)];
    let screen = crate::screens::asked(&dir, &args, &variables, "n");
    assert!(screen.contains("Nothing was changed."), "{screen}");
    assert_eq!(sandbox.writes(), 0, "{screen}");
    let screen = crate::screens::asked(&dir, &args, &variables, "y");
    assert!(dir.path(RESULTS).is_file(), "{screen}");
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[test]
fn a_recipe_of_the_settings_is_kept_and_used() {
    if is_skipped() {
        return;
    }
    let (sandbox, moves, dir) = set_up(3);
    dir.write("token", TOKEN);
    dir.write(
        "config.toml",
        format!(
            "workspace = 'main'\n[workspaces.main]\nbase_url = '{}'\ntoken_file = 'token'\n",
            sandbox.url
        ),
    );
    let with_settings = |args: &[&str]| {
        let mut command = dir.command(args);
        Ended::of(command.env("REASSIGN_CONFIG", "config.toml")).exits(0)
    };
    let kept = "apply contacts.csv --yes -o moves-{date}.csv --save-recipe monthly";
    with_settings(&kept.split(' ').collect::<Vec<_>>());
    assert!(
        dir.read("config.toml")
            .contains("out = \"moves-{date}.csv\"")
    );
    dir.write("next.csv", moves.sheet());
    with_settings(&["plan", "next.csv", "--recipe", "monthly"]).says(
        r#"apply next.csv --identifier contact --assignee assignee "--out=moves-{date}.csv""#,
    );
    assert_eq!(sandbox.writes(), 3);
}
