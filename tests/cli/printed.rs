//! What the program prints as a command works as it stands: every one is run through a shell, in a copy of the folder where it
//! was printed. It may be refused for another reason, with a command that settles that; the same reason never comes back.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Ended, Sandbox, TOKEN, Workdir, at_once, program};
use crate::workbooks::workbook;

/// How many commands in a row may be refused, each for a reason of its own.
const LONGEST: usize = 4;

/// What was done in a folder, command by command.
struct Story {
    name: &'static str,
    dir: Workdir,
    sandbox: Sandbox,
    /// The commands that were printed, and what had printed them.
    printed: Vec<(String, String)>,
}

impl Story {
    fn begin(name: &'static str, sheet: &str, contents: impl AsRef<[u8]>) -> Story {
        Story {
            name,
            dir: Workdir::with(sheet, contents),
            sandbox: Sandbox::start(),
            printed: Vec::new(),
        }
    }

    /// Runs a command; what talks to the workspace talks to the sandbox.
    fn run(&mut self, args: &[&str]) -> Ended {
        let mut command = self.dir.command(args);
        let is_remote = matches!(args[0], "apply" | "plan" | "users" | "rebalance");
        if is_remote && !args.contains(&"--sandbox") {
            command.args(["--base-url", &self.sandbox.url]);
        }
        let ended = Ended::of(at_once(&mut command).env("REASSIGN_TOKEN", TOKEN));
        let commands = commands_in(&ended).into_iter();
        self.printed
            .extend(commands.map(|command| (command, ended.to_string())));
        ended
    }

    /// The same for a sheet that is applied.
    fn apply(&mut self, sheet: &str, more: &[&str]) -> Ended {
        self.run(&[&["apply", sheet, "--yes", "--rate", "1000/s"], more].concat())
    }

    /// Somebody writes a file; what was printed before was about the folder as it was.
    fn write(&mut self, name: &str, contents: impl AsRef<[u8]>) {
        self.dir.write(name, contents);
        self.printed.clear();
    }

    /// Somebody removes a file or a folder.
    fn remove(&mut self, name: &str) {
        let path = self.dir.path(name);
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(path),
            false => fs::remove_file(path),
        };
        removed.expect("it is there");
        self.printed.clear();
    }

    /// Runs everything that was printed, and returns how much that was.
    #[track_caller]
    fn ends(self, at_least: usize) -> usize {
        assert!(
            self.printed.len() >= at_least,
            "{}: {} commands were printed",
            self.name,
            self.printed.len()
        );
        for (command, printed_by) in &self.printed {
            let dir = copy(&self.dir);
            if let Err(why) = follow(&dir, command, &mut Vec::new()) {
                panic!("{}: {why}\n=== it was printed by\n{printed_by}", self.name);
            }
        }
        self.printed.len()
    }
}

/// The commands that a command prints.
fn commands_in(ended: &Ended) -> Vec<String> {
    let program = program().display().to_string();
    let all = format!("{}\n{}", ended.stdout(), ended.stderr());
    let mut commands: Vec<String> = Vec::new();
    for line in all.lines() {
        if let Some(place) = line.find(&program) {
            let command = &line[place..];
            let command = match line[..place].ends_with('`') {
                true => command.split('`').next().unwrap_or_default(),
                false => command,
            };
            if !commands.iter().any(|known| known == command) {
                commands.push(command.to_owned());
            }
        }
    }
    commands
}

fn copy(dir: &Workdir) -> Workdir {
    fn into(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).expect("a folder").flatten() {
            let to = to.join(entry.file_name());
            match entry.path().is_dir() {
                true => {
                    fs::create_dir(&to).expect("a folder");
                    into(&entry.path(), &to);
                }
                false => _ = fs::copy(entry.path(), &to).expect("a copy"),
            }
        }
    }
    let copy = Workdir::new();
    into(&dir.path(""), &copy.path(""));
    copy
}

/// Runs a command through a shell, and what it prints if it is refused.
fn follow(dir: &Workdir, command: &str, reasons: &mut Vec<String>) -> Result<(), String> {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .current_dir(dir.path(""))
        .env_remove("REASSIGN_BASE_URL")
        .env("REASSIGN_TOKEN", TOKEN)
        .env("TZ", "UTC")
        .stdin(Stdio::null());
    let ended = Ended::of(at_once(&mut shell));
    if matches!(ended.code(), 0 | 1) {
        return Ok(());
    }
    let stderr = ended.stderr();
    let mut why = stderr
        .lines()
        .filter_map(|line| line.split_once("error: "))
        .map(|(_, why)| why.to_owned())
        .collect::<Vec<_>>();
    if why.iter().any(|why| reasons.contains(why)) {
        return Err(format!("the same reason comes back:\n{ended}"));
    }
    reasons.append(&mut why);
    let next = commands_in(&ended);
    match next.first() {
        Some(_) if reasons.len() > LONGEST => Err(format!("it never ends:\n{ended}")),
        Some(next) => follow(dir, next, reasons),
        None => Err(format!("it is refused, with no way out:\n{ended}")),
    }
}

/// Rows that give the sample's contacts from this one on to a user.
fn rows(first: u64, count: u64, user: &str) -> String {
    let rows = (first..first + count).map(|id| format!("id:{id},{user}\n"));
    format!("contact,assignee\n{}", rows.collect::<String>())
}

const SHEET: &str = "s.csv";

#[test]
fn what_plans_runs_and_undos_print_works() {
    let mut story = Story::begin(
        "a plan",
        SHEET,
        rows(10_001, 3, "101") + "id:10004,unassign\n",
    );
    story.run(&["plan", SHEET]);
    story.run(&["plan", SHEET, "--live"]);
    story.run(&["plan", SHEET, "-o", "plan.csv"]);
    story.run(&["plan", "plan.csv"]);
    story.run(&["plan", SHEET, "--sandbox"]);
    story.run(&["apply", SHEET, "--sandbox"]);
    story.apply(SHEET, &[]).is_refused(3);
    story.apply(SHEET, &["--max-unassign", "1", "--limit", "2"]);
    story.apply(SHEET, &["--max-unassign", "1"]).exits(0);
    story.run(&["undo", "s.results.csv"]).exits(0);
    story.run(&["apply", SHEET, "--sandbox"]);
    story.ends(10);

    // Names that a shell would take apart, or for options.
    for sheet in [
        "month 11; $(touch pwned) 'x' \"y\".csv",
        "-s.csv",
        "März & Söhne!.csv",
    ] {
        let named = format!("./{sheet}");
        let mut story = Story::begin("a strange name", sheet, rows(10_001, 4, "101"));
        story.run(&["plan", &named]);
        story.run(&["plan", &named, "-o", "a plan.csv"]);
        story.apply(&named, &["--limit", "2"]);
        let results = named.replace(".csv", ".results.csv");
        story.run(&["undo", &results]).exits(0);
        let dir = copy(&story.dir);
        story.ends(4);
        assert!(!dir.path("pwned").exists());
    }

    let mut story = Story::begin(
        "rows to repair and to decide",
        SHEET,
        rows(10_001, 2, "101") + "id:10001,102\nid:10009,\n12,103\nid:999999,101\n",
    );
    story.run(&["plan", SHEET]);
    story.apply(SHEET, &[]).exits(1);
    story.apply("s.results.csv", &[]).exits(1);
    story.ends(2);
}

#[test]
fn what_is_printed_where_something_else_stands_on_disk_works() {
    let first = rows(10_001, 6, "101");
    let second = rows(10_021, 6, "102");
    let fast: &[&str] = &["--limit", "3"];

    let mut story = Story::begin("an edited sheet", SHEET, &first);
    story.apply(SHEET, fast).exits(1);
    story.write(SHEET, first.clone() + "id:10007,101\n");
    story.apply(SHEET, &[]).is_refused(2);
    story.run(&["plan", SHEET]).exits(0);
    story.ends(3);

    let mut story = Story::begin("another sheet", SHEET, &first);
    story.apply(SHEET, fast).exits(1);
    story.write(SHEET, &second);
    story.apply(SHEET, &[]).is_refused(2);
    story.run(&["plan", SHEET]).exits(0);
    story.ends(3);

    let mut story = Story::begin("results that are gone", SHEET, &first);
    story.apply(SHEET, fast).exits(1);
    story.remove("s.results.csv");
    story.apply(SHEET, &[]).is_refused(2);
    story.ends(1);

    let mut story = Story::begin("results without a journal", SHEET, &first);
    story.apply(SHEET, fast).exits(1);
    story.remove("s.reassign");
    story.apply(SHEET, &[]).is_refused(2);
    story.ends(2);

    let mut story = Story::begin("a saved plan", SHEET, &first);
    story.run(&["plan", SHEET, "-o", "plan.csv"]).exits(0);
    story.apply(SHEET, &["-o", "plan.csv"]).is_refused(2);
    story.write("plan.csv", story.dir.read("plan.csv").replace("101", "102"));
    story.run(&["plan", SHEET, "-o", "plan.csv"]).is_refused(2);
    story.run(&["plan", SHEET, "-o", SHEET]).is_refused(2);
    story.ends(3);

    let mut story = Story::begin("something else", SHEET, &first);
    story.write("s.results.csv", "a,b\n1,2\n");
    story.apply(SHEET, &[]).is_refused(2);
    story.ends(1);

    let mut story = Story::begin("a place that is taken", SHEET, &first);
    story.apply(SHEET, fast).exits(1);
    story.write("taken.csv", "mine");
    story
        .apply("s.results.csv", &["-o", "taken.csv"])
        .is_refused(2);
    story.apply(SHEET, &["-o", "taken.tsv"]);
    story
        .run(&["undo", "s.results.csv", "-o", "taken.csv"])
        .is_refused(2);
    story.ends(3);

    let mut story = Story::begin("trials and real runs", SHEET, &first);
    story.apply(SHEET, fast).exits(1);
    story.run(&["apply", SHEET, "--sandbox", "--limit", "2"]);
    story.apply("s.trial.results.csv", &[]).is_refused(2);
    story
        .run(&["apply", "s.results.csv", "--sandbox"])
        .is_refused(2);
    story.ends(5);

    let mut story = Story::begin("a damaged journal", SHEET, &first);
    story.apply(SHEET, fast).exits(1);
    let journal = story
        .dir
        .read("s.reassign/journal")
        .replacen("start", "stray", 1);
    story.write("s.reassign/journal", journal);
    story.apply(SHEET, &[]).is_refused(2);
    story.apply("s.results.csv", &[]).is_refused(2);
    story.ends(2);

    let cells: Vec<Vec<String>> = first
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    let cells: Vec<Vec<&str>> = cells
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    let cells: Vec<&[&str]> = cells.iter().map(Vec::as_slice).collect();
    let mut story = Story::begin("text and workbook that differ", "s.xlsx", workbook(&cells));
    story.apply("s.xlsx", fast).exits(1);
    let mut results = story.dir.results("s.results.csv");
    results.repair(7, "reassign_decision", "skip");
    story.printed.clear();
    story.apply("s.xlsx", &[]).is_refused(2);
    story.ends(2);
}

#[test]
fn what_guards_and_readers_print_works() {
    let first = rows(10_001, 6, "101");
    let mut story = Story::begin("guards", SHEET, first.clone() + "id:10007,unassign\n");
    story.apply(SHEET, &["--max-changes", "3"]).is_refused(3);
    story.run(&["apply", SHEET]).is_refused(2);
    story.run(&["plan", SHEET, "-o", "plan.csv"]).exits(0);
    story
        .apply("plan.csv", &["--expect", "0123456789ab"])
        .is_refused(3);
    story.ends(3);

    let mut story = Story::begin("an approved plan", SHEET, &first);
    let plan = story.run(&["plan", SHEET, "-o", "plan.csv"]).exits(0);
    let text = plan.stdout();
    let id = text
        .split("Plan ")
        .nth(1)
        .and_then(|rest| rest.split([',', ' ']).next());
    let id = id.expect("the plan's ID").to_owned();
    story
        .apply("plan.csv", &["--expect", &id, "--limit", "3"])
        .exits(1);
    story.apply(SHEET, &["--expect", &id]);
    story.ends(3);

    for (name, at_least, sheet) in [
        (
            "no column for users",
            0,
            "contact,name,remark\nid:10001,Ann,x\nid:10002,Bob,y\n",
        ),
        (
            "two columns for users",
            1,
            "contact,assignee,owner\nid:10001,101,102\nid:10002,101,102\n",
        ),
        (
            "phone numbers without a country",
            1,
            "phone,assignee\n6581234500,101\n91234567,101\n",
        ),
        (
            "digits that mean two things",
            1,
            "contact,assignee\n10001,101\n10002,101\n",
        ),
        ("no header", 1, "id:10001,101\nid:10002,102\n"),
    ] {
        let mut story = Story::begin(name, SHEET, sheet);
        story.run(&["plan", SHEET]);
        story.apply(SHEET, &[]);
        story.ends(at_least);
    }
}
