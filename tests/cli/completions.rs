//! Completions, asked for through a real bash, and the manual pages.

use std::fs;
use std::process::Command;

use crate::support::{Ended, Workdir, program};

/// What bash offers for the last of these words, one a line.
fn offered(dir: &Workdir, words: &[&str]) -> Vec<String> {
    let script = dir.run(["completions", "bash"]).exits(0);
    dir.write("completions.bash", script.stdout());
    let program = program();
    let folder = program.parent().expect("a folder").display();
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let (count, last) = (words.len() - 1, quoted.last().expect("a word").clone());
    let asked = format!(
        "export REASSIGN_CONFIG=config.toml; PATH={folder}:$PATH; . ./completions.bash; COMP_WORDS=({}); COMP_CWORD={count}; COMP_TYPE=9; \\
         _clap_complete_reassign reassign {last}; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" ")
    )
    .replace("\\\n         ", "");
    let mut bash = Command::new("bash");
    let ended = Ended::of(bash.args(["-c", &asked]).current_dir(dir.path("")));
    let ended = ended.exits(0);
    ended
        .stdout()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn bash_completes_commands_options_files_workspaces_recipes_and_sheets_and_columns_of_the_sheet_on_the_line()
 {
    if Command::new("bash").arg("--version").output().is_err() {
        eprintln!("skipped: there is no bash");
        return;
    }
    let dir = Workdir::with_sample("team-migration.xlsx");
    assert_eq!(offered(&dir, &["reassign", "app"]), ["apply"]);
    assert!(
        offered(&dir, &["reassign", "apply", "--max-un"]).contains(&"--max-unassign".to_owned())
    );
    assert_eq!(
        offered(&dir, &["reassign", "apply", "tea"]),
        ["team-migration.xlsx"]
    );
    let sheet = ["reassign", "apply", "team-migration.xlsx"];
    assert_eq!(
        offered(&dir, &[&sheet[..], &["--sheet", ""]].concat()),
        ["Handover"]
    );
    let columns = offered(&dir, &[&sheet[..], &["--assignee", ""]].concat());
    assert_eq!(columns, ["Name", "Contact", "New\\ owner", "Reason"]);
    assert_eq!(
        offered(&dir, &[&sheet[..], &["--assignee", "New\\ o"]].concat()),
        ["New\\ owner"]
    );
    dir.write(
        "config.toml",
        "[workspaces.north]\nrate = \"5/s\"\n[workspaces.south]\n[recipes.monthly]\nlive = true\n",
    );
    assert_eq!(
        offered(&dir, &["reassign", "users", "--workspace", ""]),
        ["north", "south"]
    );
    assert_eq!(
        offered(&dir, &[&sheet[..], &["--recipe", "mo"]].concat()),
        ["monthly"]
    );
}

#[test]
fn every_shell_gets_a_script() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let ended = Workdir::new().run(["completions", shell]).exits(0);
        assert!(ended.stdout().contains("reassign"), "{ended}");
    }
}

#[test]
fn the_manual_page_of_each_command_says_what_each_of_its_options_does() {
    let dir = Workdir::new();
    dir.run(["manual", "."]).exits(0);
    // What `--help` says of every command, made from the same source.
    let options = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/options.md");
    let options = fs::read_to_string(options).expect("the page of options");
    let mut pages = Vec::new();
    for section in options.split("\n## reassign ").skip(1) {
        let (command, section) = section.split_once('\n').expect("a name");
        let page = dir.read(&format!("reassign-{command}.1"));
        let page = page.replace("\\-", "-").replace("\\*(Aq", "'");
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        for row in rows {
            let (option, does) = row[3..].split_once("` | ").expect("two cells");
            let name = option.split_once(' ').map_or(option, |(name, _)| name);
            let said = does
                .split(['(', '[', '|', '\\', '…'])
                .next()
                .unwrap_or_default();
            assert!(page.contains(name), "no `{name}` in {page}");
            assert!(page.contains(said.trim()), "no `{said}` in {page}");
        }
        pages.push(format!("reassign-{command}.1"));
    }
    let whole = dir.read("reassign.1").replace("\\-", "-");
    for page in &pages {
        let named = page.replace(".1", "(1)");
        assert!(whole.contains(&named), "no `{named}` in {whole}");
    }
    assert!(
        whole.contains("reassign apply team.xlsx --limit 5"),
        "{whole}"
    );
    pages.push("reassign.1".to_owned());
    pages.sort();
    assert_eq!(dir.files(), pages);
}
