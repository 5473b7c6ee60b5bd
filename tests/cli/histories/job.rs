//! One job: a workspace, a sheet, the folder they are in, and what is known of them besides what the program says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use super::model::{Accepted, FIRST, Files, Form, Table, USERS, email};
use crate::support::{Ended, Random, Sandbox, TOKEN, Workdir, answered};

const CONTACTS: u64 = 30;

/// A row of the sheet.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) contact: String,
    pub(super) assignee: String,
}

pub(super) struct Job {
    pub(super) random: Random,
    pub(super) dir: Workdir,
    pub(super) sandbox: Sandbox,
    database: rusqlite::Connection,
    /// What has happened so far, for whoever reads a failure.
    pub(super) told: Vec<String>,
    /// The sheet's name, without its ending.
    pub(super) stem: String,
    /// How the sheet is stored.
    form: Form,
    pub(super) rows: Vec<Row>,
    /// Who had each contact at first.
    pub(super) at_first: BTreeMap<u64, u64>,
    /// Contacts that somebody else has moved.
    pub(super) moved: BTreeSet<u64>,
    /// Where the writes that somebody else made stand in the record.
    foreign: BTreeSet<usize>,
    /// Every results file that a real run has written, the last one last.
    pub(super) results: Vec<String>,
    /// Whether a run was killed or faults are on, so that a write may be repeated.
    pub(super) in_doubt: bool,
    pub(super) is_faulty: bool,
}

impl Job {
    pub(super) fn new(seed: u64) -> Job {
        let mut random = Random(seed);
        let dir = Workdir::new();
        let at_first: BTreeMap<u64, u64> = (0..CONTACTS)
            .map(|place| (FIRST + place, USERS[random.below(USERS.len())].0))
            .collect();
        let mut workspace = "id,email,phone,assignee\n".to_owned();
        for (id, holder) in &at_first {
            let holder = email(*holder);
            writeln!(
                workspace,
                "{id},c{id}@example.com,+6012{:07},{holder}",
                id - FIRST
            )
            .expect("a string");
        }
        dir.write("workspace-of-the-test.csv", workspace);
        let path = |name: &str| dir.path(name).to_str().expect("UTF-8").to_owned();
        let database = path("workspace-of-the-test.db");
        let is_faulty = random.one_in(3);
        let faults = if is_faulty {
            "500=0.03,lost=0.04,449=0.02"
        } else {
            "500=0"
        };
        let sandbox = Sandbox::with([
            "--contacts",
            &path("workspace-of-the-test.csv"),
            "--database",
            &database,
            "--latency",
            "4ms",
            "--fault",
            faults,
            "--seed",
            &seed.to_string(),
        ]);
        let mut rows: Vec<Row> = (0..CONTACTS)
            .filter(|_| !random.one_in(5))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|place| row(&mut random, FIRST + place))
            .collect();
        if random.one_in(2) {
            rows.push(Row {
                contact: String::new(),
                assignee: "101".to_owned(),
            });
        }
        if random.one_in(2) {
            let again = row(&mut random, FIRST + 3);
            rows.push(again);
        }
        let job = Job {
            random,
            database: rusqlite::Connection::open(&database).expect("the sandbox's database"),
            dir,
            sandbox,
            told: vec![format!("faults: {faults}")],
            stem: "team".to_owned(),
            form: match seed % 2 {
                0 => Form::Workbook,
                _ => Form::Text(b','),
            },
            rows,
            at_first,
            moved: BTreeSet::new(),
            foreign: BTreeSet::new(),
            results: Vec::new(),
            in_doubt: false,
            is_faulty,
        };
        job.write_sheet();
        job
    }

    pub(super) fn sheet(&self) -> String {
        format!("{}.{}", self.stem, self.ending())
    }

    pub(super) fn results_of_sheet(&self) -> String {
        format!("{}.results.{}", self.stem, self.ending())
    }

    pub(super) fn ending(&self) -> &'static str {
        match self.form {
            Form::Workbook => "xlsx",
            Form::Text(_) => "csv",
        }
    }

    pub(super) fn write_sheet(&self) {
        let rows = self.rows.iter().enumerate().map(|(place, row)| {
            let note = format!("note {place}");
            vec![row.contact.clone(), row.assignee.clone(), note]
        });
        let table = Table {
            header: ["contact", "assignee", "note"].map(str::to_owned).to_vec(),
            rows: rows.collect(),
            form: self.form,
        };
        self.dir.write(&self.sheet(), table.write());
    }

    pub(super) fn any_row(&mut self) -> Row {
        let id = self.any_contact();
        row(&mut self.random, id)
    }

    pub(super) fn any_contact(&mut self) -> u64 {
        FIRST + self.random.below(CONTACTS as usize) as u64
    }

    /// Every write that the workspace has accepted, in order.
    pub(super) fn record(&self) -> Vec<Accepted> {
        let mut statement = self
            .database
            .prepare_cached("SELECT contact_id, previous, assignee FROM writes ORDER BY seq")
            .expect("the table of writes");
        let number = |value: Option<i64>| value.unwrap_or(0).cast_unsigned();
        let writes = statement.query_map([], |write| {
            Ok(Accepted {
                contact: number(write.get(0)?),
                previous: number(write.get(1)?),
                assignee: number(write.get(2)?),
            })
        });
        let writes = writes.expect("writes").map(|write| write.expect("a write"));
        writes.collect()
    }

    /// The writes of the program, from a place in the record on.
    pub(super) fn ours(&self, from: usize) -> Vec<Accepted> {
        let writes = self.record().into_iter().enumerate().skip(from);
        writes
            .filter(|(place, _)| !self.foreign.contains(place))
            .map(|(_, write)| write)
            .collect()
    }

    /// Who has each contact now.
    pub(super) fn holders(&self) -> BTreeMap<u64, u64> {
        let mut holders = self.at_first.clone();
        for write in self.record() {
            holders.insert(write.contact, write.assignee);
        }
        holders
    }

    /// Somebody else moves a contact in the workspace.
    pub(super) fn other_hands(&mut self) {
        let (contact, user) = (self.any_contact(), USERS[1 + self.random.below(4)].0);
        let before = self.record().len();
        // A faulty sandbox may refuse it, and then nobody has moved anything, or do it without a word.
        answered(
            self.sandbox.authority(),
            "POST",
            &format!("/v1/contact/id:{contact}/conversation/assignee"),
            &[],
            &format!("{{\"assignee\":{user}}}"),
        );
        let since = self.record().split_off(before);
        self.foreign.extend(before..before + since.len());
        self.moved.extend(since.iter().map(|write| write.contact));
        self.told
            .push(format!("others move {contact} to {user}: {}", since.len()));
    }

    /// Every file of the folder and its folders but the test's own, by name below the folder.
    pub(super) fn files(&self) -> Files {
        let mut files = Files::new();
        let mut folders: Vec<PathBuf> = vec![self.dir.path("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.strip_prefix(self.dir.path("")).expect("below it");
                let name = name.to_str().expect("UTF-8").to_owned();
                if name.contains("of-the-test") {
                    continue;
                }
                match path.is_dir() {
                    true => folders.push(path),
                    false => {
                        files.insert(name, fs::read(&path).expect("a file"));
                    }
                }
            }
        }
        files
    }

    /// A command of the program against the real workspace.
    pub(super) fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.dir.command(args);
        if matches!(args[0], "apply" | "plan" | "rebalance") && !args.contains(&"--sandbox") {
            command.args(["--base-url", &self.sandbox.url]);
        }
        command.env("REASSIGN_TOKEN", TOKEN);
        command
    }

    /// Fails, telling the whole history.
    #[track_caller]
    pub(super) fn fail(&self, why: &str) -> ! {
        let told = self.told.join("\n  ");
        let files: Vec<String> = self.files().into_keys().collect();
        panic!("{why}\n  {told}\nfiles: {}", files.join(" "));
    }

    #[track_caller]
    pub(super) fn holds(&self, is_so: bool, why: impl FnOnce() -> String) {
        if !is_so {
            self.fail(&why());
        }
    }

    /// Adds what came of a command to the history.
    pub(super) fn note(&mut self, ended: &Ended) {
        let text = ended.to_string();
        let home = self.dir.path("").display().to_string();
        let short = text.replace(&home, "");
        self.told.push(short.replace('\n', "\n    "));
    }
}

/// A row that gives this contact to somebody, each named in one of the usual ways.
fn row(random: &mut Random, id: u64) -> Row {
    let contact = match random.below(3) {
        0 => format!("id:{id}"),
        1 => format!("c{id}@example.com"),
        _ => format!("phone:+6012{:07}", id - FIRST),
    };
    let assignee = match (USERS[random.below(USERS.len())], random.below(2)) {
        ((0, _), _) => "unassign".to_owned(),
        ((id, _), 0) => id.to_string(),
        ((_, email), _) => email.to_owned(),
    };
    Row { contact, assignee }
}
