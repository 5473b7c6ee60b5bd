//! A run through every fault, killed at random moments and continued by the same command until it ends by itself.
//!
//! What the program says about itself (journal, results) is held against what the sandbox did, write by write: the
//! sandbox's database tells which writes it accepted, in which order, and who had the contact before.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::running::Running;
use crate::support::{Ended, Random, ResultRow, Sandbox, Workdir, seed};

const SHEET: &str = "team.csv";
const RESULTS: &str = "team.results.csv";
const JOURNAL: &str = "team.reassign/journal";

/// Rows under way at the same time.
const CONCURRENCY: usize = 16;

/// Users of the sample workspace, by ID; 0 is nobody.
const USERS: [(u64, &str); 4] = [
    (0, ""),
    (101, "aisha.rahman@example.com"),
    (102, "ben.carter@example.com"),
    (107, "grace.tan@example.com"),
];

/// The first contact; it stands in row 2.
const FIRST: u64 = 50_001;

#[test]
fn two_thousand_rows_survive_twenty_kills() {
    chaos(2_000, 20);
}

#[test]
#[ignore = "takes many minutes; docs/reliability.md has the command"]
fn twenty_thousand_rows_survive_two_hundred_kills() {
    chaos(20_000, 200);
}

/// A sheet of so many rows, and what the workspace held before.
struct Job {
    rows: u64,
}

impl Job {
    /// Who has the contact of a row at first, and who is to have it, as places in [`USERS`].
    fn of(row: u64) -> (usize, usize) {
        let before = (row % 4) as usize;
        (before, (before + (row / 4 % 4) as usize) % 4)
    }

    fn workspace(&self) -> String {
        let mut text = "id,email,phone,assignee\n".to_owned();
        for row in 0..self.rows {
            let (id, (before, _)) = (FIRST + row, Job::of(row));
            writeln!(
                text,
                "{id},c{id}@example.com,+6012{:07},{}",
                row, USERS[before].1
            )
            .expect("a string");
        }
        text
    }

    /// Contacts are named in all three ways, users in both.
    fn sheet(&self) -> String {
        let mut text = "contact,assignee\n".to_owned();
        for row in 0..self.rows {
            let (id, (_, after)) = (FIRST + row, Job::of(row));
            let contact = match row % 3 {
                0 => format!("id:{id}"),
                1 => format!("c{id}@example.com"),
                _ => format!("phone:+6012{row:07}"),
            };
            let assignee = match (USERS[after], row % 2) {
                ((0, _), _) => "unassign".to_owned(),
                ((id, _), 0) => id.to_string(),
                ((_, email), _) => email.to_owned(),
            };
            writeln!(text, "{contact},{assignee}").expect("a string");
        }
        text
    }
}

/// What the journal says of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    /// A write was announced, and nothing was said of it since.
    Sent,
    Outcome(String),
}

/// The journal as far as it was read, line by line.
struct Journal {
    path: PathBuf,
    read: u64,
    lines: usize,
    told: HashMap<u64, Told>,
    kinds: BTreeMap<String, usize>,
}

impl Journal {
    /// Takes in the whole lines that were added.
    fn take_in(&mut self) {
        let Ok(mut file) = File::open(&self.path) else {
            return; // killed before it was there
        };
        file.seek(SeekFrom::Start(self.read)).expect("the journal");
        let mut text = Vec::new();
        file.read_to_end(&mut text).expect("the journal");
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if !line.ends_with(b"\n") {
                break; // torn: the next run cuts it off
            }
            self.read += line.len() as u64;
            self.lines += 1;
            let line: Value = serde_json::from_slice(line)
                .unwrap_or_else(|err| panic!("line {} of the journal: {err}", self.lines));
            let (kind, about) = line
                .as_object()
                .and_then(|line| line.iter().find(|(kind, _)| *kind != "sum"))
                .expect("a kind of line");
            *self.kinds.entry(kind.clone()).or_default() += 1;
            let told = match kind.as_str() {
                "sent" => Told::Sent,
                "outcome" => Told::Outcome(about["status"].as_str().expect("a status").to_owned()),
                _ => continue,
            };
            self.told
                .insert(about["row"].as_u64().expect("a row"), told);
        }
    }

    fn rows(&self, wanted: impl Fn(&Told) -> bool) -> HashSet<u64> {
        let found = self.told.iter().filter(|(_, told)| wanted(told));
        found.map(|(row, _)| *row).collect()
    }
}

/// A write that the sandbox accepted.
struct Accepted {
    row: u64,
    previous: u64,
    assignee: u64,
}

/// The sandbox's own record.
struct Record {
    database: rusqlite::Connection,
    read: i64,
}

impl Record {
    fn of(path: &Path) -> Record {
        let database = rusqlite::Connection::open(path).expect("the sandbox's database");
        Record { database, read: 0 }
    }

    /// The writes since the last look, in order.
    fn take_in(&mut self) -> Vec<Accepted> {
        let mut statement = self
            .database
            .prepare_cached(
                "SELECT seq, contact_id, previous, assignee FROM writes WHERE seq > ? ORDER BY seq",
            )
            .expect("the table of writes");
        let writes = statement
            .query_map([self.read], |write| {
                let number = |place| write.get::<_, Option<i64>>(place);
                let user = |place| number(place).map(|id| id.unwrap_or(0).cast_unsigned());
                let row = user(1)? - FIRST + 2;
                Ok((
                    write.get(0)?,
                    Accepted {
                        row,
                        previous: user(2)?,
                        assignee: user(3)?,
                    },
                ))
            })
            .expect("writes");
        let writes: Vec<(i64, Accepted)> = writes.map(|write| write.expect("a write")).collect();
        self.read = writes.last().map_or(self.read, |(seq, _)| *seq);
        writes.into_iter().map(|(_, write)| write).collect()
    }
}

/// What is known between two runs.
#[derive(Default)]
struct Known {
    /// Rows with an outcome in the journal, when the last run was killed.
    settled: HashSet<u64>,
    /// Rows with an announced write and no outcome then.
    in_doubt: HashSet<u64>,
    writes: HashMap<u64, Vec<Accepted>>,
    /// Rows that were written once more because a kill had cut off the first answer.
    again: usize,
}

impl Known {
    /// Holds the writes of one run against what was known before it.
    fn judge(&mut self, writes: Vec<Accepted>) {
        let mut again = HashSet::new();
        for write in writes {
            let row = write.row;
            assert!(
                !self.settled.contains(&row),
                "row {row} was written again although its outcome was in the journal"
            );
            let earlier = self.writes.entry(row).or_default();
            if !earlier.is_empty() {
                assert!(
                    self.in_doubt.contains(&row),
                    "row {row} was written twice, and no kill was the reason"
                );
                again.insert(row);
            }
            earlier.push(write);
        }
        assert!(
            again.len() <= CONCURRENCY,
            "one kill had {} rows written again, and only {CONCURRENCY} were under way: {again:?}",
            again.len()
        );
        self.again += again.len();
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the seed repeats a failed run, and the figures are for the docs"
)]
fn chaos(rows: u64, kills: usize) {
    let seed = seed("CHAOS_SEED");
    println!("{rows} rows, {kills} kills, CHAOS_SEED={seed}");
    let (begun, mut random) = (Instant::now(), Random(seed));
    let (dir, job) = (Workdir::new(), Job { rows });
    dir.write("workspace.csv", job.workspace());
    dir.write(SHEET, job.sheet());
    let (workspace, database) = (dir.path("workspace.csv"), dir.path("workspace.db"));
    let sandbox = Sandbox::with([
        "--contacts",
        workspace.to_str().expect("UTF-8"),
        "--database",
        database.to_str().expect("UTF-8"),
        "--latency",
        "20ms",
        "--fault",
        "449=0.02,500=0.02,drop=0.01,lost=0.02,stall=0.001",
        "--seed",
        &seed.to_string(),
    ]);
    let command = || {
        let concurrency = CONCURRENCY.to_string();
        let options = [
            "--concurrency",
            &concurrency,
            "--rate",
            "1000/s",
            "--timeout",
            "5s",
            "--queue-wait",
            "100ms",
            "--max-unassign",
            "30%",
        ];
        dir.applying(SHEET, &sandbox, &options)
    };
    let mut journal = Journal {
        path: dir.path(JOURNAL),
        read: 0,
        lines: 0,
        told: HashMap::new(),
        kinds: BTreeMap::new(),
    };
    let (mut record, mut known) = (Record::of(&database), Known::default());
    let (mut unseen, mut in_doubt) = (0, 0);
    for kill in 0..kills {
        // Every row that is left has a line at least, and some are left for the last run: so every kill strikes.
        let open = rows as usize - known.settled.len();
        let left = open.saturating_sub(rows as usize / 10);
        let more = random.below(3 * left / (kills - kill) + 2).min(left);
        let ended = killed(Running::start(&mut command()), &journal, more);
        assert_eq!(
            ended.output.status.code(),
            None,
            "killed, and not ended before\n{ended}"
        );
        journal.take_in();
        assert!(
            !dir.files().contains(&RESULTS.to_owned()),
            "no run has ended\n{ended}"
        );
        known.judge(record.take_in());
        known.settled = journal.rows(|told| matches!(told, Told::Outcome(_)));
        known.in_doubt = journal.rows(|told| *told == Told::Sent);
        in_doubt += known.in_doubt.len();
        unseen += known
            .in_doubt
            .iter()
            .filter(|row| known.writes.contains_key(row))
            .count();
    }
    let ended = last(Running::start(&mut command()), &journal).exits(0);
    journal.take_in();
    known.judge(record.take_in());
    assert_eq!(journal.kinds["end"], 1, "{:?}\n{ended}", journal.kinds);

    let results = dir.results(RESULTS);
    assert_eq!(results.rows.len() as u64, rows, "{ended}");
    let holders = sandbox.record();
    for (place, told) in (0..rows).zip(&results.rows) {
        let writes = known.writes.remove(&(place + 2)).unwrap_or_default();
        agree(place, told, &writes);
        assert_eq!(
            holders[&(FIRST + place)].assignee,
            USERS[Job::of(place).1].1,
            "{told:?}"
        );
        assert_eq!(
            holders[&(FIRST + place)].writes as usize,
            writes.len(),
            "{told:?}"
        );
    }
    assert!(
        unseen > 0,
        "no kill cut off the answer to a write, so this showed less than it should"
    );
    println!(
        "{} runs in {} s: {} lines in the journal; at the kills {in_doubt} writes were announced without an outcome, \
         {unseen} of them were done; {} rows were written twice",
        kills + 1,
        begun.elapsed().as_secs(),
        journal.lines,
        known.again,
    );
}

/// Holds a row of the results against the writes that the sandbox accepted for it.
#[track_caller]
fn agree(place: u64, told: &ResultRow, writes: &[Accepted]) {
    assert_eq!(u64::from(told.row()), place + 2, "{told:?}");
    let (before, after) = Job::of(place);
    let user = |id: u64| {
        if id == 0 {
            "unassign".to_owned()
        } else {
            id.to_string()
        }
    };
    let status = match USERS[after].0 {
        _ if before == after => "unchanged",
        0 => "unassigned",
        _ => "assigned",
    };
    assert_eq!(told.get("status"), status, "{told:?}");
    let previous = match before == after {
        true => String::new(), // nothing was written
        false => user(USERS[before].0),
    };
    assert_eq!(told.get("previous"), previous, "{told:?}");
    assert_eq!(
        told.get("contact_id"),
        (FIRST + place).to_string(),
        "{told:?}"
    );
    assert_eq!(told.get("error"), "", "{told:?}");
    let attempts: usize = told.get("attempts").parse().expect("a count");
    assert_eq!(writes.is_empty(), before == after, "{told:?}");
    assert!(
        attempts >= writes.len(),
        "{} writes: {told:?}",
        writes.len()
    );
    if let Some(first) = writes.first() {
        assert_eq!(first.previous, USERS[before].0, "{told:?}");
    }
    for write in writes {
        assert_eq!(write.assignee, USERS[after].0, "{told:?}");
    }
}

/// Waits until the journal has so many more lines, and kills the run then.
fn killed(mut run: Running, journal: &Journal, more: usize) -> Ended {
    let mut lines = 0;
    wait(&run, journal, |added| {
        lines += added.iter().filter(|byte| **byte == b'\n').count();
        lines >= more
    });
    run.kill();
    run.ends()
}

/// Waits for the end of a run that nobody kills.
fn last(run: Running, journal: &Journal) -> Ended {
    wait(&run, journal, |added| {
        added.windows(8).any(|part| part == b"{\"end\":{")
    });
    run.ends()
}

/// Hands on what is added to the journal until that is enough; a journal that stands still ends the test.
#[track_caller]
fn wait(run: &Running, journal: &Journal, mut enough: impl FnMut(&[u8]) -> bool) {
    let (mut read, mut moved) = (journal.read, Instant::now());
    let mut added = Vec::new();
    loop {
        added.clear();
        if let Ok(mut file) = File::open(&journal.path) {
            file.seek(SeekFrom::Start(read)).expect("the journal");
            file.read_to_end(&mut added).expect("the journal");
        }
        if !added.is_empty() {
            (read, moved) = (read + added.len() as u64, Instant::now());
        }
        if enough(&added) {
            return;
        }
        assert!(
            moved.elapsed() < Duration::from_secs(30),
            "nothing was added to the journal for 30 seconds:\n{}",
            run.stderr()
        );
        std::thread::park_timeout(Duration::from_millis(1));
    }
}
