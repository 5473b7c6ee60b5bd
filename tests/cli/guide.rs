//! The commands of the guide's tasks do what it says, one after the other, on a practice workspace.

use std::fs;
use std::path::Path;

use crate::support::{Ended, Sandbox, TOKEN, Workdir, at_once, program};

/// A task of the guide: its heading, and its commands in order.
struct Task {
    name: String,
    commands: Vec<String>,
}

fn tasks() -> Vec<Task> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide.md");
    let guide = fs::read_to_string(path).expect("the guide");
    let (_, tasks) = guide.split_once("\n## Tasks\n").expect("the tasks");
    let (tasks, _) = tasks.split_once("\n## ").expect("their end");
    tasks
        .split("\n### ")
        .skip(1)
        .map(|task| {
            let (name, text) = task.split_once('\n').expect("a heading");
            let commands = text.lines().filter_map(|line| line.strip_prefix("$ "));
            Task {
                name: name.to_owned(),
                commands: commands.map(str::to_owned).collect(),
            }
        })
        .collect()
}

/// A folder with the samples and the program, as somebody who reads the guide has them.
fn folder() -> Workdir {
    let dir = Workdir::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    fs::create_dir(dir.path("samples")).expect("a folder");
    for entry in fs::read_dir(samples).expect("the samples") {
        let entry = entry.expect("an entry");
        if entry.path().is_file() {
            let to = dir.path("samples").join(entry.file_name());
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
    dir
}

/// The ID that the output of a plan shows.
fn plan_id(ended: &Ended) -> Option<String> {
    let text = format!("{}{}", ended.stdout(), ended.stderr());
    let (_, rest) = text.split_once("Plan ")?;
    Some(rest.get(..12)?.to_owned())
}

#[test]
fn the_commands_of_each_task_work_one_after_the_other() {
    let tasks = tasks();
    assert!(tasks.len() >= 5, "{}", tasks.len());
    for task in tasks {
        let (dir, sandbox) = (folder(), Sandbox::start());
        assert!(!task.commands.is_empty(), "{}", task.name);
        let mut id = None;
        for line in &task.commands {
            let mut words = shlex::split(line).expect("words");
            assert_eq!(words[0], "reassign", "{line}");
            let subcommand = words[1].clone();
            if let (Some(place), Some(id)) = (words.iter().position(|word| word == "--expect"), &id)
            {
                words[place + 1] = format!("Approved {id}");
            }
            let mut command = dir.command(&words[1..]);
            if subcommand == "apply" {
                command.arg("--yes");
            }
            command.env("REASSIGN_TOKEN", TOKEN);
            command.env("REASSIGN_BASE_URL", &sandbox.url);
            let ended = Ended::of(at_once(&mut command));
            let name = &task.name;
            assert!(ended.code() < 2, "{name}: {line}\n{ended}");
            id = plan_id(&ended).filter(|_| subcommand == "plan").or(id);
        }
    }
    assert!(program().exists());
}
