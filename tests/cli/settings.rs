//! Settings: workspaces and recipes in a file, what counts before what, and tokens from a password manager.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Ended, Sandbox, TOKEN, Workdir};

const SHEET: &str = "Email,Owner\nlucia.nunez@example.com,102\nravi.nair@example.org,102\n";

/// A program that prints something, as a password manager would.
fn manager(dir: &Workdir, script: &str) -> String {
    dir.write("manager", format!("#!/bin/sh\n{script}\n"));
    let path = dir.path("manager");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a script");
    path.display().to_string()
}

/// A folder with a sheet and settings whose workspace `main` is this sandbox, its token from a password manager.
fn set_up(sandbox: &Sandbox, more: &str) -> Workdir {
    let dir = Workdir::with("team.csv", SHEET);
    let manager = manager(&dir, &format!("echo {TOKEN}; echo something else"));
    dir.write(
        "config.toml",
        format!(
            "workspace = \"main\"\n[workspaces.main]\nbase_url = \"{}\"\ntoken_command = [\"{manager}\", \"show\"]\n{more}",
            sandbox.url
        ),
    );
    dir
}

fn run(dir: &Workdir, args: &[&str]) -> Ended {
    Ended::of(
        dir.command(args)
            .env("REASSIGN_CONFIG", "config.toml")
            .env_remove("REASSIGN_WORKSPACE"),
    )
}

#[test]
fn a_run_needs_no_option_once_its_workspace_is_in_the_settings() {
    let sandbox = Sandbox::start();
    let dir = set_up(&sandbox, "");
    run(&dir, &["apply", "team.csv", "--yes"]).exits(0);
    assert_eq!(sandbox.writes(), 2);
}

#[test]
fn what_a_password_manager_prints_is_shown_nowhere_and_its_failure_is_told() {
    let sandbox = Sandbox::start();
    let dir = set_up(&sandbox, "");
    let scripts = [
        ("echo s3cret-word; exit 4", "did not succeed"),
        ("echo", "printed no token"),
    ];
    for (script, why) in scripts {
        manager(&dir, script);
        run(&dir, &["users"])
            .is_refused(2)
            .says(why)
            .does_not_say("s3cret-word");
    }
    let token = manager(&dir, "echo s3cret-word");
    let args = ["apply", "team.csv", "--yes", "--token-command", &token];
    run(&dir, &args).does_not_say("s3cret-word");
    for file in dir.files() {
        let path = dir.path(&file);
        if file != "manager" && path.is_file() {
            let bytes = fs::read(path).expect("a file");
            assert!(
                !String::from_utf8_lossy(&bytes).contains("s3cret-word"),
                "{file}"
            );
        }
    }
}

/// The token commands of the reference, each a line of a settings file.
fn documented_token_commands() -> Vec<String> {
    let reference = include_str!("../../docs/reference.md");
    let settings = &reference[reference.find("## Settings").expect("settings")..];
    let block = settings.split("```toml").nth(2).expect("a second block");
    let block = block.split("```").next().unwrap_or_default();
    block.trim().lines().map(str::to_owned).collect()
}

#[test]
fn the_token_command_for_each_systems_keychain_is_run_as_the_reference_has_it() {
    let sandbox = Sandbox::start();
    let mut programs = Vec::new();
    for line in documented_token_commands() {
        let words: toml_edit::DocumentMut = line.parse().expect("TOML");
        let words: Vec<String> = words["token_command"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|word| word.as_str().expect("text").to_owned())
            .collect();
        let dir = Workdir::with("team.csv", SHEET);
        // Notes the words it is given, one a line, and prints the token as such programs do: with a line end, with that of
        // Windows, or with none.
        let end = match words[0].as_str() {
            "secret-tool" => "",
            "powershell" => "\\r\\n",
            _ => "\\n",
        };
        let script = format!(
            "printf '%s\\n' \"$@\" > '{}'; printf '{TOKEN}{end}'",
            dir.path("words").display()
        );
        fs::create_dir(dir.path("bin")).expect("a folder");
        let program = manager(&dir, &script);
        fs::rename(program, dir.path("bin").join(&words[0])).expect("a program of that name");
        let path = format!("{}:/usr/bin:/bin", dir.path("bin").display());
        dir.write(
            "config.toml",
            format!(
                "workspace = \"main\"\n[workspaces.main]\nbase_url = \"{}\"\n{line}\n",
                sandbox.url
            ),
        );
        let mut command = dir.command(["users"]);
        let command = command.env("REASSIGN_CONFIG", "config.toml");
        Ended::of(command.env("PATH", path))
            .exits(0)
            .does_not_say(TOKEN);
        let given: Vec<String> = dir.read("words").lines().map(str::to_owned).collect();
        assert_eq!(given, words[1..], "{line}");
        programs.push(words[0].clone());
    }
    assert_eq!(
        programs,
        ["secret-tool", "security", "powershell", "pass", "op", "bw"]
    );
}

#[test]
fn the_password_manager_is_asked_once_for_each_command_however_often_the_workspace_is_asked() {
    let sandbox = Sandbox::start();
    let dir = set_up(&sandbox, "");
    let asked = dir.path("asked");
    let script = format!("echo once >> '{}'; echo {TOKEN}", asked.display());
    manager(&dir, &script);
    for (args, count) in [
        (&["plan", "team.csv", "--live"][..], 1),
        // Users, contacts, and then the run.
        (&["apply", "team.csv", "--live", "--yes"], 2),
        // The workspace is recognized first.
        (&["apply", "team.results.csv", "--again", "all", "--yes"], 3),
    ] {
        run(&dir, args).exits(0);
        let said = fs::read_to_string(&asked).expect("it was asked");
        assert_eq!(said.lines().count(), count, "{args:?}");
    }
}

#[test]
fn options_count_before_the_environment_and_that_before_the_file() {
    let sandbox = Sandbox::start();
    let dir = set_up(
        &sandbox,
        "rate = \"7/s\"\nmax_unassign = 3\n[workspaces.gone]\nbase_url = \"http://127.0.0.1:9/v1\"\n",
    );
    let shown = run(&dir, &["config"]).exits(0);
    let shown = shown.says("--rate 7/s, from the workspace `main`");
    shown.says(&format!("--base-url {}", sandbox.url));
    run(&dir, &["config", "--workspace", "gone"])
        .exits(0)
        .says("from the workspace `gone`");
    run(&dir, &["users"]).exits(0);
    run(&dir, &["users", "--workspace", "gone"]).is_refused(2);
    let by_variable = |args: &[&str], variable: &str, value: &str| {
        let mut command = dir.command(args);
        Ended::of(
            command
                .env("REASSIGN_CONFIG", "config.toml")
                .env(variable, value),
        )
    };
    by_variable(&["users"], "REASSIGN_WORKSPACE", "gone").is_refused(2);
    by_variable(&["users"], "REASSIGN_BASE_URL", "http://127.0.0.1:9/v1").is_refused(2);
    by_variable(
        &["users", "--base-url", &sandbox.url],
        "REASSIGN_BASE_URL",
        "http://127.0.0.1:9/v1",
    )
    .exits(0);
}

#[test]
fn a_token_file_of_the_settings_is_found_from_any_folder_beside_them_or_at_home() {
    let sandbox = Sandbox::start();
    let home = Workdir::with("token", TOKEN);
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(home.path("token"), private).expect("a private file");
    for named in ["token", "~/token"] {
        home.write(
            "config.toml",
            format!(
                "[workspaces.main]\nbase_url = \"{}\"\ntoken_file = \"{named}\"\n",
                sandbox.url
            ),
        );
        let elsewhere = Workdir::new();
        let mut users = elsewhere.command(["users", "--workspace", "main"]);
        users.env("REASSIGN_CONFIG", home.path("config.toml"));
        Ended::of(users.env("HOME", home.path(""))).exits(0);
        let mut shown = elsewhere.command(["config"]);
        shown.env("REASSIGN_CONFIG", home.path("config.toml"));
        Ended::of(&mut shown)
            .exits(0)
            .says("write `workspace = \"main\"` at the top of the file, or add `--workspace main`");
    }
}

#[test]
fn a_trial_reads_neither_address_nor_token_from_the_settings() {
    let sandbox = Sandbox::start();
    let dir = set_up(&sandbox, "");
    manager(&dir, "echo asked > asked; echo x");
    run(&dir, &["plan", "team.csv", "--sandbox", "--live"]);
    assert!(!dir.path("asked").exists());
}

#[test]
fn a_file_that_cannot_be_meant_is_refused_with_what_would_be() {
    let sandbox = Sandbox::start();
    for (more, why) in [
        (
            "tokn_file = \"x\"\n",
            "`tokn_file` is no setting in `[workspaces.main]`; is `token_file` meant?",
        ),
        (
            "token = \"s3cret-word\"\n",
            "a token does not belong in this file",
        ),
        (
            "Api-Token = \"s3cret-word\"\n",
            "a token does not belong in this file",
        ),
        (
            "assignee = \"Owner\"\n",
            "it belongs under a recipe, such as `[recipes.monthly]`",
        ),
        (
            "ca_file = \"C:\\Users\\ann\\ca.pem\"\n",
            "write what holds a backslash between single quotes",
        ),
        ("max_unassign = \"many\"\n", "`reassign config` shows them"),
        ("[recipe.x]\n", "is `recipes` meant?"),
        ("= 1\n", "is not valid TOML"),
    ] {
        let dir = set_up(&sandbox, more);
        run(&dir, &["plan", "team.csv", "--max-unassign-nothing"]).exits(2);
        run(&dir, &["apply", "team.csv", "--yes"])
            .is_refused(2)
            .says(why)
            .does_not_say("s3cret-word");
    }
    let dir = set_up(&sandbox, "");
    let ended = run(&dir, &["plan", "team.csv", "--workspace", "mian"]).is_refused(2);
    ended.says("has no workspace `mian` (it has main)");
    fs::remove_file(dir.path("config.toml")).expect("the settings");
    run(&dir, &["plan", "team.csv", "--recipe", "monthly"])
        .is_refused(2)
        .says("there is no recipe `monthly`, because there is no settings file");
    run(&dir, &["config"])
        .exits(0)
        .says("Settings file: none, and none is needed (it would be ");
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn twelve_months_run_in_one_folder_with_one_command_each() {
    let sandbox = Sandbox::start();
    let dir = set_up(&sandbox, "rate = \"1000/s\"\n");
    let users = [102, 103];
    for month in 1..=12_usize {
        let (user, sheet) = (users[month % 2], format!("month-{month}.csv"));
        dir.write(
            &sheet,
            format!("Customer,Notes,Goes to\nlucia.nunez@example.com,x,{user}\nravi.nair@example.org,y,{user}\n"),
        );
        let first = [
            "apply",
            &sheet,
            "--yes",
            "--identifier",
            "Customer",
            "--assignee",
            "Goes to",
            "--save-recipe",
            "monthly",
        ];
        let later = ["apply", &sheet, "--yes", "--recipe", "monthly"];
        let ended = match month {
            1 => run(&dir, &first).exits(0).says("--recipe monthly"),
            _ => run(&dir, &later).exits(0),
        };
        assert_eq!(sandbox.writes() as usize, 2 * month, "{ended}");
    }
    dir.write(
        "month-13.csv",
        "Customer,Notes,Owner\nlucia.nunez@example.com,x,102\n",
    );
    let ended = run(
        &dir,
        &["apply", "month-13.csv", "--yes", "--recipe", "monthly"],
    )
    .is_refused(2);
    ended.says("Goes to");
    assert_eq!(sandbox.writes(), 24);
}

#[test]
fn a_recipe_keeps_the_columns_that_were_recognized_and_refuses_a_header_that_has_lost_one() {
    let sandbox = Sandbox::start();
    let dir = set_up(&sandbox, "");
    run(
        &dir,
        &["apply", "team.csv", "--yes", "--save-recipe", "monthly"],
    )
    .exits(0)
    .says("--recipe monthly");
    let kept = dir.read("config.toml");
    assert!(
        kept.contains("assignee = \"Owner\"\nidentifier = \"Email\"\n"),
        "{kept}"
    );

    // Columns may move and be joined by others, even such that would be recognized, too.
    dir.write(
        "second.csv",
        "New owner,Owner,Email\n103,103,lucia.nunez@example.com\n",
    );
    run(
        &dir,
        &["apply", "second.csv", "--yes", "--recipe", "monthly"],
    )
    .exits(0);
    assert_eq!(sandbox.writes(), 3);

    // Without it, this header would be recognized by itself.
    dir.write("third.csv", "Email,Assignee\nlucia.nunez@example.com,102\n");
    let refused = run(
        &dir,
        &["apply", "third.csv", "--yes", "--recipe", "monthly"],
    );
    refused.is_refused(2).says(
        "with the recipe `monthly`: `third.csv`: no column is named `Owner` (found: `Email`, `Assignee`)",
    );
    assert_eq!(sandbox.writes(), 3);
}

#[test]
fn the_date_in_an_outputs_name_is_that_of_the_run_and_stays_open_in_the_recipe() {
    let sandbox = Sandbox::start();
    let dir = set_up(&sandbox, "");
    let first = [
        "apply",
        "team.csv",
        "--yes",
        "-o",
        "moves-{date}.csv",
        "--report=page-{date}.html",
        "--save-recipe",
        "monthly",
    ];
    let before = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    run(&dir, &first).exits(0);
    let kept = dir.read("config.toml");
    assert!(kept.contains("out = \"moves-{date}.csv\"\n"), "{kept}");
    assert!(kept.contains("report = \"page-{date}.html\"\n"), "{kept}");
    run(&dir, &["config", "--recipe", "monthly"])
        .exits(0)
        .says("--out moves-{date}.csv, from the recipe `monthly`");
    dir.write("next.csv", SHEET.replace("102", "103"));
    let mut of_another_day = dir.command(["apply", "next.csv", "--yes", "--recipe", "monthly"]);
    of_another_day
        .env("REASSIGN_CONFIG", "config.toml")
        .env("TZ", "UTC-24");
    Ended::of(&mut of_another_day).exits(0);
    assert_eq!(sandbox.writes(), 4);
    let names = dir.files();
    let named = |begin: &str, end: &str| {
        let of_it = names
            .iter()
            .filter_map(|name| name.strip_prefix(begin)?.strip_suffix(end));
        of_it
            .map(|date| date.parse().expect("a date"))
            .collect::<Vec<jiff::civil::Date>>()
    };
    for dates in [named("moves-", ".csv"), named("page-", ".html")] {
        assert_eq!(dates.len(), 2, "{names:?}");
        assert!(dates[0] >= before && dates[1] > dates[0], "{dates:?}");
    }
}

#[test]
fn a_printed_command_names_what_has_chosen_the_settings_and_leaves_the_rest_to_them() {
    let sandbox = Sandbox::start();
    let more =
        "[recipes.monthly]\nworkspace = \"main\"\nmax_changes = 1\nout = \"moves-{date}.csv\"\n";
    let dir = set_up(&sandbox, more);
    for (args, says) in [
        (&["plan", "team.csv"][..], "apply team.csv\n"),
        (
            &["plan", "team.csv", "--workspace", "main"],
            "apply team.csv --workspace main\n",
        ),
        (
            &[
                "plan",
                "team.csv",
                "--config",
                "config.toml",
                "-o",
                "plan.csv",
            ],
            "apply plan.csv --config config.toml\n",
        ),
        (
            &["plan", "team.csv", "--recipe", "monthly"],
            "apply team.csv --workspace main --max-changes=1 '--out=moves-{date}.csv'\n",
        ),
        (
            &["plan", "team.csv", "--base-url", &sandbox.url],
            &format!("apply team.csv --base-url {}\n", sandbox.url),
        ),
    ] {
        run(&dir, args).exits(0).says(says);
    }
    let guarded = [
        "apply",
        "team.csv",
        "--workspace",
        "main",
        "--max-changes=1",
        "--yes",
    ];
    run(&dir, &guarded).is_refused(3);
    run(&dir, &["apply", "team.csv", "--yes"]).exits(0);
    assert_eq!(sandbox.writes(), 2);
}
