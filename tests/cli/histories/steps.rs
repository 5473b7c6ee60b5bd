//! What can happen to a job, and how a history ends.

use std::fs;

use super::job::Job;
use super::model::{May, Table, USERS};
use crate::running::Running;
use crate::support::{Ended, wait_until};

/// Options with which nothing waits longer than it has to, and no guard stops a run.
const FAST: [&str; 14] = [
    "--yes",
    "--rate",
    "1000/s",
    "--timeout",
    "5s",
    "--queue-wait",
    "50ms",
    "--max-unassign",
    "100%",
    "--max-failures",
    "off",
    "--max-drift",
    "100%",
    "--quiet",
];

impl Job {
    /// One of the things that can happen.
    pub(super) fn step(&mut self) {
        match self.random.below(26) {
            0 => self.show(&["plan"], &[]),
            1 => self.show(&["plan"], &["-o", "plan.csv"]),
            2 => {
                let results = self.results_of_sheet();
                self.show(&["plan"], &["-o", &results]);
            }
            3 => self.show(&["plan"], &["--live"]),
            4 => self.show(&["apply"], &["--dry-run"]),
            5 => {
                let results = self.results_of_sheet();
                self.show(&["apply"], &["--dry-run", "-o", &results]);
            }
            6 => self.trial(),
            7..10 => self.apply(&[]),
            10 => self.apply(&["--limit", "5"]),
            11..15 => self.apply_killed(),
            15 => self.apply_interrupted(),
            16 => self.apply_results(),
            17 => self.two_at_once(),
            18 => self.undo_and_apply(),
            19 => self.report(),
            20 => self.edit_results(),
            21 => self.empty_errors(),
            22 => self.edit_sheet(),
            23 => self.other_hands(),
            24 => self.rename(),
            _ => self.fill_the_disk(),
        }
    }

    fn show(&mut self, command: &[&str], more: &[&str]) {
        let sheet = self.sheet();
        let args = [command, &[sheet.as_str()], more].concat();
        // A plan may replace a plan, and nothing else.
        let ended = self.run(&args, &May::Make(vec!["plan.".to_owned()]));
        self.holds(matches!(ended.code(), 0..=3), || {
            "an odd exit code".to_owned()
        });
        if !self.results.contains(&self.results_of_sheet())
            && self.dir.path(&self.results_of_sheet()).exists()
        {
            // It holds a plan, made under the name of results before there were any.
            fs::remove_file(self.dir.path(&self.results_of_sheet())).expect("a plan");
            let _ = fs::remove_dir_all(self.dir.path(&format!("{}.reassign", self.stem)));
            let _ = fs::remove_file(
                self.dir
                    .path(&format!("{}.journal", self.results_of_sheet())),
            );
            self.told.push("that plan is deleted".to_owned());
        }
    }

    fn trial(&mut self) {
        let (sheet, trial) = (self.sheet(), format!("{}.trial.", self.stem));
        let args = ["apply", &sheet, "--sandbox", "--rate", "1000/s", "--quiet"];
        self.run(&args, &May::Make(vec![trial]));
    }

    fn may_send(&self, read: &str) -> May {
        May::Send {
            read: vec![read.to_owned()],
            results: self.results_of_sheet(),
        }
    }

    fn apply(&mut self, more: &[&str]) {
        let sheet = self.sheet();
        let args = [&["apply", sheet.as_str()][..], &FAST, more].concat();
        let may = self.may_send(&sheet);
        let ended = self.run(&args, &may);
        let ended = self.unless_refused(ended, &may);
        if matches!(ended.code(), 0 | 1) {
            self.in_doubt = false;
        }
    }

    /// What is refused prints what works: that is run, and the same refusal must not come back.
    fn unless_refused(&mut self, ended: Ended, may: &May) -> Ended {
        if ended.code() != 2 {
            return ended;
        }
        let stderr = ended.stderr();
        let ways: Vec<&str> = stderr
            .lines()
            .filter(|line| line.starts_with("  ") && line.contains(" apply "))
            .filter(|line| !line.contains(" -o "))
            .map(str::trim)
            .collect();
        if ways.is_empty() {
            return ended;
        }
        let way = ways[self.random.below(ways.len())].to_owned();
        let why = stderr.lines().next().unwrap_or_default().to_owned();
        let May::Send { results, .. } = may else {
            return ended;
        };
        // What is read may be another file than the one that was refused.
        let may = May::Send {
            read: way
                .split(' ')
                .nth(2)
                .into_iter()
                .map(str::to_owned)
                .collect(),
            results: results.clone(),
        };
        let again = self.run_printed(&way, &may);
        self.holds(
            again.stderr().lines().next() != Some(&why) || again.code() != 2,
            || format!("the printed command is refused in its turn: {way}"),
        );
        again
    }

    fn apply_killed(&mut self) {
        let sheet = self.sheet();
        let args = [&["apply", sheet.as_str()][..], &FAST].concat();
        let may = self.may_send(&sheet);
        let more = self.random.below(16);
        self.observed(&may, |job| {
            let target = job.record().len() + more;
            let mut run = Running::start(job.command(&args).arg("--concurrency").arg("4"));
            let id = run.id();
            wait_until("so many writes, or the end", || {
                job.record().len() >= target || is_over(id)
            });
            run.kill();
            run.ends()
        });
        self.in_doubt = true;
    }

    fn apply_interrupted(&mut self) {
        let sheet = self.sheet();
        let args = [&["apply", sheet.as_str()][..], &FAST].concat();
        let may = self.may_send(&sheet);
        let more = 1 + self.random.below(10);
        self.observed(&may, |job| {
            let target = job.record().len() + more;
            let run = Running::start(job.command(&args).arg("--concurrency").arg("2"));
            let id = run.id();
            wait_until("so many writes, or the end", || {
                job.record().len() >= target || is_over(id)
            });
            if !is_over(id) {
                run.signal("INT");
            }
            run.ends()
        });
    }

    fn apply_results(&mut self) {
        let results = self.results_of_sheet();
        if !self.dir.path(&results).exists() {
            return;
        }
        let args = [&["apply", results.as_str()][..], &FAST].concat();
        let may = self.may_send(&results);
        let ended = self.run(&args, &may);
        if matches!(ended.code(), 0 | 1) {
            self.in_doubt = false;
        }
    }

    /// Of two runs at once one is refused, or they come one after the other.
    fn two_at_once(&mut self) {
        let sheet = self.sheet();
        let args = [&["apply", sheet.as_str()][..], &FAST].concat();
        let plan = ["plan", &sheet, "-o", "plan.csv"];
        let may = self.may_send(&sheet);
        let mut told = String::new();
        self.observed(&may, |job| {
            let run = Running::start(job.command(&args).arg("--concurrency").arg("2"));
            let target = job.record().len() + 1;
            let id = run.id();
            wait_until("a write, or the end", || {
                job.record().len() >= target || is_over(id)
            });
            let second = Ended::of(&mut job.command(&args));
            let shown = Ended::of(&mut job.command(&plan));
            told = format!("meanwhile: {second}\n{shown}");
            run.ends()
        });
        self.told.push(told);
    }

    fn undo_and_apply(&mut self) {
        let results = self.results_of_sheet();
        if !self.dir.path(&results).exists() {
            return;
        }
        self.undo_of(&results);
    }

    /// Takes back what these results tell, and applies the undo.
    fn undo_of(&mut self, results: &str) -> Option<Ended> {
        let name = format!("undo-{}", self.told.len());
        let sheet = format!("{name}.csv");
        let ended = self.run(&["undo", results, "-o", &sheet], &May::Make(Vec::new()));
        self.holds(matches!(ended.code(), 0 | 1), || {
            "an odd exit code".to_owned()
        });
        if !self.dir.path(&sheet).exists() {
            return None;
        }
        let args = [&["apply", sheet.as_str()][..], &FAST].concat();
        let may = May::Send {
            read: vec![sheet.clone()],
            results: format!("{name}.results.csv"),
        };
        let mut last = self.run(&args, &may);
        for _ in 0..5 {
            if matches!(last.code(), 0 | 1) && !says_again(&last) {
                break;
            }
            last = self.run(&args, &may);
        }
        Some(last)
    }

    fn report(&mut self) {
        let results = self.results_of_sheet();
        if self.dir.path(&results).exists() {
            let ended = self.run(
                &["report", &results, "-o", "page.html"],
                &May::Make(vec!["page.html".to_owned()]),
            );
            self.holds(ended.code() == 0, || "no report".to_owned());
        }
    }

    fn edit_results(&mut self) {
        let name = self.results_of_sheet();
        let Ok(bytes) = fs::read(self.dir.path(&name)) else {
            return;
        };
        let mut table = Table::read(&bytes);
        if table.rows.is_empty() {
            return;
        }
        let row = self.random.below(table.rows.len());
        let (column, text) = match self.random.below(4) {
            0 => ("reassign_decision", "skip".to_owned()),
            1 => ("reassign_decision", "again".to_owned()),
            2 => ("reassign_decision", "move".to_owned()),
            _ => ("assignee", USERS[1 + self.random.below(4)].0.to_string()),
        };
        let place = table.place(column).expect("a column of results");
        table.rows[row][place].clone_from(&text);
        self.dir.write(&name, table.write());
        self.told
            .push(format!("line {} of {name}: {column} = {text}", row + 2));
    }

    fn empty_errors(&mut self) {
        let name = self.results_of_sheet();
        let Ok(bytes) = fs::read(self.dir.path(&name)) else {
            return;
        };
        let mut table = Table::read(&bytes);
        let place = table.place("reassign_error").expect("a column of results");
        table.rows.iter_mut().for_each(|row| row[place].clear());
        self.dir.write(&name, table.write());
        self.told.push(format!("errors of {name} are emptied"));
    }

    fn edit_sheet(&mut self) {
        let place = self.random.below(self.rows.len());
        match self.random.below(4) {
            0 => self.rows[place].assignee = USERS[1 + self.random.below(4)].0.to_string(),
            1 => {
                let row = self.any_row();
                self.rows.insert(place, row);
            }
            2 => {
                let row = self.any_row();
                self.rows.push(row);
            }
            _ if self.rows.len() > 10 => {
                self.rows.remove(place);
            }
            _ => {}
        }
        self.write_sheet();
        self.told
            .push(format!("the sheet is edited near row {}", place + 2));
    }

    /// The sheet, its results and all that belongs to it get another name.
    fn rename(&mut self) {
        let old = self.stem.clone();
        self.stem = match old.as_str() {
            "team" => "handover".to_owned(),
            _ => "team".to_owned(),
        };
        let names: Vec<String> = self.dir.files();
        if names
            .iter()
            .any(|name| name.starts_with(&format!("{}.", self.stem)))
        {
            self.stem = old;
            return;
        }
        let rename = |name: &str| name.replacen(&old, &self.stem, 1);
        for name in names
            .iter()
            .filter(|name| name.starts_with(&format!("{old}.")))
        {
            fs::rename(self.dir.path(name), self.dir.path(&rename(name))).expect("a file");
        }
        self.results = self
            .results
            .iter()
            .map(|name| match name.starts_with(&format!("{old}.")) {
                true => rename(name),
                false => name.clone(),
            })
            .collect();
        self.told.push(format!("{old} is renamed to {}", self.stem));
    }

    /// A run that can write no file beyond a small size.
    fn fill_the_disk(&mut self) {
        let sheet = self.sheet();
        let blocks = 4 + self.random.below(40);
        let line = format!(
            "ulimit -f {blocks}; exec {} apply {sheet} --base-url {} {}",
            crate::support::program().display(),
            self.sandbox.url,
            FAST.join(" ")
        );
        let may = self.may_send(&sheet);
        let before = self.record().len();
        let ended = self.run_full(&line, &may);
        if self.record().len() > before && !matches!(ended.code(), 0 | 1) {
            self.in_doubt = true;
        }
    }

    /// Like any other run, but that its results may be missing or beside their place.
    fn run_full(&mut self, line: &str, may: &May) -> Ended {
        let May::Send { read, .. } = may else {
            unreachable!("it sends")
        };
        // Only what holds whatever the disk does: journals grow, announcements precede writes.
        let may = May::Send {
            read: read.clone(),
            results: self.results_of_sheet(),
        };
        let mut command = self.in_shell("bash", line);
        self.observed_on_a_full_disk(&may, |_| Ended::of(&mut command))
    }

    /// The history ends: whatever was left open is run until only people can go on.
    pub(super) fn settle(&mut self) {
        self.told.push("--- settling".to_owned());
        let results = self.results_of_sheet();
        for _ in 0..8 {
            let read = match self.dir.path(&results).exists() {
                true => results.clone(),
                false => self.sheet(),
            };
            let args = [&["apply", read.as_str()][..], &FAST].concat();
            let may = self.may_send(&read);
            let ended = self.run(&args, &may);
            let ended = self.unless_refused(ended, &may);
            if matches!(ended.code(), 0 | 1) {
                self.in_doubt = false;
                if !says_again(&ended) && self.left_to_run(&results) == 0 {
                    return;
                }
            }
        }
        if !self.dir.path(&results).exists() {
            self.fail("it does not settle: there are no results");
        }
        if !self.is_faulty {
            self.fail("it does not settle");
        }
    }

    /// How many rows ask for nothing but another run.
    fn left_to_run(&self, results: &str) -> usize {
        let bytes = fs::read(self.dir.path(results));
        bytes.map_or(0, |bytes| Table::read(&bytes).to_run())
    }

    /// Everything is taken back, the last results first; then everybody has what they had, but where others moved it.
    pub(super) fn take_back(&mut self) {
        self.told.push("--- taking back".to_owned());
        for results in self.results.clone().into_iter().rev() {
            if self.dir.path(&results).exists() && !results.starts_with("undo-") {
                self.undo_of(&results);
            }
        }
        let holders = self.holders();
        let missing: Vec<String> = self
            .at_first
            .iter()
            .filter(|(id, _)| !self.moved.contains(id))
            .filter(|(id, first)| holders[id] != **first)
            .map(|(id, first)| format!("{id} was with {first} and is with {}", holders[id]))
            .collect();
        self.holds(missing.is_empty(), || {
            format!("not given back: {}", missing.join(", "))
        });
    }
}

/// Whether a process has ended and only waits to be asked for its status.
fn is_over(id: u32) -> bool {
    match fs::read_to_string(format!("/proc/{id}/stat")) {
        Ok(stat) => stat
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) => true,
    }
}

/// Whether a run asks to be run again.
fn says_again(ended: &Ended) -> bool {
    ended.stderr().contains("run again") || ended.stderr().contains("Run the same command")
}
