//! Random histories: sequences of commands, deaths, edits, renames and other hands on one job, each step held against
//! `model.rs`.
//!
//! `HISTORY_SEED=17 cargo test --lib simulation` repeats one, `HISTORY_STEPS=200000` makes so many steps. A history that
//! fails is made shorter as long as it fails, and told.

mod commands;
mod people;
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::job::{Doing, JobAction};
use crate::platform::StopRequest;
use crate::sandbox::{Options, Sandbox, Scenario};

use super::disk::Disk;
use super::model::{
    self, Accepted, Excuses, FIRST, Files, Form, Held, May, Said, Table, USERS, check, email,
};
use super::{Ended, Fate, Process, Server};
use script::{number, play, script, shrink};

/// How many steps a history has, before everything is settled and taken back.
const STEPS: usize = 10;
const CONTACTS: u64 = 12;
const TOKEN: &str = "a-token-of-the-simulation";

/// Numbers that are the same each time.
pub(super) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(super) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// A row of the sheet.
#[derive(Clone)]
struct Row {
    contact: String,
    assignee: String,
}

/// A job in its workspace, and what is known of it besides what the program says.
struct History {
    folder: tempfile::TempDir,
    server: Server,
    random: Random,
    told: Vec<String>,
    /// The sheet's name, without its ending.
    stem: String,
    rows: Vec<Row>,
    at_first: BTreeMap<u64, u64>,
    /// Contacts that somebody else has moved, or that were written without being read.
    moved: BTreeSet<u64>,
    blind: BTreeSet<u64>,
    /// Where the writes that somebody else made stand in the record.
    foreign: BTreeSet<usize>,
    /// Every results file that a real run has written, the last one last.
    results: Vec<String>,
    /// The ID of the plan that was saved last.
    plan: Option<String>,
    excuses: Excuses,
    /// A journal or results were deleted or left behind, so that not everything can be known.
    evidence_is_gone: bool,
    is_faulty: bool,
    /// Results have lost columns, and what was in them.
    lost_columns: bool,
    decisions: BTreeSet<(Doing, JobAction)>,
    steps: usize,
}

/// What may happen to a command.
enum Mishap {
    None,
    Killed,
    PowerCut,
    Full,
    Stopped,
    OtherHands,
    Second,
}

impl History {
    fn new(seed: u64) -> History {
        let mut random = Random(seed);
        let memory = Path::new("/dev/shm");
        let builder = &mut tempfile::Builder::new();
        let builder = builder.prefix("reassign-history-");
        let folder = match memory.is_dir() {
            true => builder.tempdir_in(memory),
            false => builder.tempdir(),
        };
        let folder = folder.expect("a folder");
        let at_first: BTreeMap<u64, u64> = (0..CONTACTS)
            .map(|place| (FIRST + place, USERS[random.below(USERS.len())].0))
            .collect();
        let mut workspace = "id,email,phone,assignee\n".to_owned();
        for (id, owner) in &at_first {
            let (owner, number) = (email(*owner), id - FIRST);
            writeln!(workspace, "{id},c{id}@example.com,+6012{number:07},{owner}").expect("text");
        }
        let contacts = folder.path().join("workspace.csv");
        fs::write(&contacts, workspace).expect("a file");
        let token = folder.path().join("token");
        fs::write(&token, TOKEN).expect("a file");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::Permissions::from_mode(0o600);
            fs::set_permissions(&token, mode).expect("ours");
        }
        fs::create_dir(folder.path().join("job")).expect("a folder");
        let sandbox = Sandbox::open(Options {
            contacts: Some(contacts),
            latency: Duration::from_millis(4),
            seed,
            ..Options::new(TOKEN)
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let mut rows: Vec<Row> = Vec::new();
        for place in 0..CONTACTS {
            if !random.one_in(4) {
                rows.push(row(&mut random, FIRST + place));
            }
        }
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
        let history = History {
            folder,
            server: Server {
                listener: Arc::new(listener),
                sandbox: Arc::new(sandbox.expect("a workspace")),
            },
            random,
            told: Vec::new(),
            stem: "team".to_owned(),
            rows,
            at_first,
            moved: BTreeSet::new(),
            blind: BTreeSet::new(),
            foreign: BTreeSet::new(),
            results: Vec::new(),
            plan: None,
            excuses: Excuses::default(),
            evidence_is_gone: false,
            is_faulty: false,
            lost_columns: false,
            decisions: BTreeSet::new(),
            steps: 0,
        };
        history.write_sheet();
        history
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("job")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home().join(name)
    }

    fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    fn sheet(&self) -> String {
        format!("{}.csv", self.stem)
    }

    fn results_of_sheet(&self) -> String {
        format!("{}.results.csv", self.stem)
    }

    fn write_sheet(&self) {
        let mut text = "contact,assignee,note\n".to_owned();
        for (place, row) in self.rows.iter().enumerate() {
            writeln!(text, "{},{},note {place}", row.contact, row.assignee).expect("text");
        }
        fs::write(self.path(&self.sheet()), text).expect("a file");
    }

    fn any_contact(&mut self) -> u64 {
        FIRST + self.random.below(CONTACTS as usize) as u64
    }

    /// Every write that the workspace has accepted, in order.
    fn record(&self) -> Vec<Accepted> {
        let number = |user: Option<i64>| user.unwrap_or(0).cast_unsigned();
        let writes = self.server.sandbox.writes().into_iter();
        writes
            .map(|(contact, previous, assignee)| Accepted {
                contact: contact.cast_unsigned(),
                previous: number(previous),
                assignee: number(assignee),
            })
            .collect()
    }

    /// The writes of the program, from a place in the record on.
    fn ours(&self, from: usize) -> Vec<Accepted> {
        let writes = self.record().into_iter().enumerate().skip(from);
        writes
            .filter(|(place, _)| !self.foreign.contains(place))
            .map(|(_, write)| write)
            .collect()
    }

    fn owners(&self) -> BTreeMap<u64, u64> {
        let mut owners = self.at_first.clone();
        owners.extend(
            self.record()
                .iter()
                .map(|write| (write.contact, write.assignee)),
        );
        owners
    }

    /// Every file of the job, by its name below the folder.
    fn files(&self) -> Files {
        let (home, mut files) = (self.home(), Files::new());
        let mut folders = vec![home.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&home).expect("below it");
                    let name = name.to_str().expect("UTF-8").to_owned();
                    files.insert(name, fs::read(&path).expect("a file"));
                }
            }
        }
        files
    }

    /// The arguments of a command, with files in the job's folder and what it takes to reach the workspace.
    fn args(&self, words: &[&str]) -> Vec<String> {
        let mut args: Vec<String> = Vec::new();
        let mut is_file = false;
        for (place, word) in words.iter().enumerate() {
            is_file |= place == 1;
            match is_file {
                true => args.push(self.path(word).display().to_string()),
                false => args.push((*word).to_owned()),
            }
            is_file = matches!(*word, "-o" | "--set-aside" | "--report");
        }
        if !matches!(words[0], "undo" | "report") {
            let other = |name: &str| self.folder.path().join(name).display().to_string();
            args.extend(["--config".to_owned(), other("no-settings.toml")]);
            if words.contains(&"--base-url") {
                args.extend(["--token-file".to_owned(), other("token")]);
            } else if !words.contains(&"--sandbox") {
                let port = self.server.listener.local_addr().expect("a socket").port();
                args.extend([
                    "--base-url".to_owned(),
                    format!("http://127.0.0.1:{port}/v1"),
                ]);
                args.extend(["--token-file".to_owned(), other("token")]);
            }
        }
        args
    }

    /// Runs a command, and holds what it did against what it may do.
    fn run(&mut self, words: &[&str], may: &May, mishap: Mishap) -> Result<Ended, String> {
        let args = self.args(words);
        self.run_args(args, may, mishap)
    }

    fn run_args(&mut self, args: Vec<String>, may: &May, mishap: Mishap) -> Result<Ended, String> {
        self.steps += 1;
        let (before, written) = (self.files(), self.record().len());
        // Many things happen early; others only after a hundred operations.
        let most = [4, 20, 60, 160][self.random.below(4)];
        let at = 1 + self.random.below(most);
        let later = at + 1 + self.random.below(80);
        let moved = Arc::new(Mutex::new(Vec::new()));
        let mut excuses = self.excuses;
        let (fate, what) = match mishap {
            Mishap::None => (Fate::Ends, String::new()),
            Mishap::Killed => (Fate::Killed(at), format!("killed at {at}: ")),
            Mishap::PowerCut => (Fate::Killed(at), format!("power cut at {at}: ")),
            Mishap::Full => {
                excuses.may_lack_results = true;
                let until = if self.random.one_in(2) {
                    usize::MAX
                } else {
                    later
                };
                (
                    Fate::Full(at, until),
                    format!("disk full from {at} to {until}: "),
                )
            }
            Mishap::Stopped => {
                let again = if self.random.one_in(3) { later } else { 0 };
                let request = match self.random.one_in(4) {
                    true => StopRequest::Terminate,
                    false => StopRequest::Interrupt,
                };
                (
                    Fate::Stopped(at, again, request),
                    format!("{request:?} at {at}, {again}: "),
                )
            }
            Mishap::OtherHands => {
                let (contact, user) = (self.any_contact(), USERS[1 + self.random.below(4)].0);
                let (sandbox, moved) = (Arc::clone(&self.server.sandbox), Arc::clone(&moved));
                let act = move || {
                    moved
                        .lock()
                        .expect("unbroken")
                        .push((sandbox.writes().len(), contact));
                    sandbox.assign(contact.cast_signed(), Some(user.cast_signed()));
                    None
                };
                (
                    Fate::Meanwhile(at, Box::new(act)),
                    format!("others move {contact} to {user} at {at}: "),
                )
            }
            Mishap::Second => {
                let (server, args) = (self.server.clone(), args.clone());
                excuses.may_lack_results = true;
                let act = move || {
                    let before = server.sandbox.writes().len();
                    let mut ended = Process::new(&server, Fate::Ends, None).run(&args);
                    ended.writes = server.sandbox.writes().len() - before;
                    Some(ended)
                };
                (
                    Fate::Meanwhile(at, Box::new(act)),
                    format!("the same once more at {at}: "),
                )
            }
        };
        let disk = matches!(mishap, Mishap::PowerCut).then(|| Disk::of(&self.home()));
        let mut ended = Process::new(&self.server, fate, disk).run(&args);
        let lost = ended
            .disk
            .take()
            .map(|disk| disk.lose_power(&mut self.random));
        for (place, contact) in moved.lock().expect("unbroken").drain(..) {
            excuses.may_repeat = true;
            self.foreign.insert(place);
            self.moved.insert(contact);
        }
        self.decisions.append(&mut ended.decisions);
        let told = self.tell(&args, &what, &ended);
        self.told.push(told);
        self.told.extend(lost.clone());
        if let Some(second) = &mut ended.meanwhile {
            self.decisions.append(&mut second.decisions);
            let said = format!("{}{}", second.out, second.err);
            let told = self.tell(&args, "meanwhile: ", second);
            self.told.push(told);
            if second.code == 101 || (second.code == 2 && second.writes > 0) {
                return Err(format!(
                    "the second one ended with {} after {} writes: {said}",
                    second.code, second.writes
                ));
            }
        }
        let (after, new) = (self.files(), self.ours(written));
        excuses.is_again = args.iter().any(|arg| arg == "--again");
        if args.iter().any(|arg| arg == "--blind") {
            excuses.is_blind = true;
            self.blind.extend(new.iter().map(|write| write.contact));
        }
        let text = [ended.out.as_str(), ended.err.as_str()].concat();
        let said = Said {
            code: ended.code,
            text: &text,
        };
        // New results of another sheet have the date in their names.
        let printed = ended.out.lines().find_map(|line| {
            let name = Path::new(line).strip_prefix(self.home()).ok()?.to_str()?;
            name.ends_with(".results.csv").then(|| name.to_owned())
        });
        let may = &match (may, printed) {
            (May::Send { read, .. }, Some(results)) => May::Send {
                read: read.clone(),
                results,
            },
            (may, _) => may.clone(),
        };
        // Nobody else is at work, and nobody has taken the journal away.
        let is_false = [
            "is gone and cannot",
            "by another program",
            "was deleted, moved",
        ]
        .into_iter()
        .find(|lie| ended.meanwhile.is_none() && text.contains(lie));
        if let Some(lie) = is_false {
            return Err(format!("it says of the journal that it {lie}"));
        }
        // What was printed before a second one sent something was true.
        let is_overtaken = ended.meanwhile.is_some() && ended.code == 2;
        match lost {
            _ if is_overtaken => {}
            // Files may be as they were, but for what was sent.
            Some(_) => {
                excuses.may_repeat = true;
                survives(&before, &after, &new, may, excuses)?;
            }
            None => check(&before, &after, &new, may, &said, excuses)?,
        }
        if let May::Send { results, .. } = may {
            let job = results
                .trim_end_matches(".csv")
                .trim_end_matches(".results");
            let journal = after.get(&format!("{job}.reassign/journal"));
            let is_run = journal.is_some_and(|journal| model::is_of_a_run(journal));
            let is_new = !self.results.contains(results);
            if is_run && self.exists(results) && (is_new || !new.is_empty()) {
                self.results.retain(|known| known != results);
                self.results.push(results.clone());
            }
            self.excuses.may_repeat =
                !matches!(ended.code, 0 | 1) || ended.meanwhile.is_some() || self.is_faulty;
            let ours = self.ours(0);
            if let Some(bytes) = after.get(results).filter(|_| !self.evidence_is_gone) {
                let excused = self.blind.union(&self.moved).copied().collect();
                model::results_are_true(bytes, &ours, &excused, self.lost_columns)?;
            }
        }
        Ok(ended)
    }

    fn tell(&self, args: &[String], what: &str, ended: &Ended) -> String {
        let home = format!("{}/", self.home().display());
        let outside = format!("{}/", self.folder.path().display());
        let short = |text: &str| text.replace(&home, "").replace(&outside, "");
        let mut told = format!(
            "{what}{} -> {} ({} operations)",
            short(&args.join(" ")),
            ended.code,
            ended.operations
        );
        for line in short(&ended.out).lines().chain(short(&ended.err).lines()) {
            write!(told, "\n    {line}").expect("text");
        }
        told
    }

    // What can happen.

    fn step(&mut self, kind: usize) -> Held {
        let commands = self.steps;
        let held = self.happen(kind);
        // An edit is a step, too.
        self.steps += usize::from(self.steps == commands);
        held
    }

    fn happen(&mut self, kind: usize) -> Held {
        match kind {
            0 => self.show(&["plan"], &[]),
            1 => self.show(&["plan"], &["-o", "plan.csv"]),
            2 => {
                let results = self.results_of_sheet();
                self.show(&["plan"], &["-o", &results])
            }
            3 => self.show(&["plan"], &["--live"]),
            4 => self.show(&["apply"], &["--dry-run"]),
            5 => {
                let results = self.results_of_sheet();
                self.show(&["apply"], &["--dry-run", "-o", &results])
            }
            6 => self.trial(),
            7 => self.apply(&[], Mishap::None),
            8 => self.apply(&["--limit", "3"], Mishap::None),
            9 => self.apply(&["--blind"], Mishap::None),
            10 => self.apply(&["--on-conflict", "last"], Mishap::None),
            11 => self.apply(&["--live"], Mishap::None),
            12..15 => self.apply(&[], Mishap::Killed),
            15..18 => self.apply(&[], Mishap::PowerCut),
            18..20 => self.apply(&[], Mishap::Full),
            20..22 => self.apply(&[], Mishap::Stopped),
            22 => self.apply(&[], Mishap::OtherHands),
            23 => self.apply(&[], Mishap::Second),
            24 => self.apply_results(Mishap::None),
            25 => self.apply_results(Mishap::Killed),
            26 => self.apply_results(Mishap::PowerCut),
            27 => self.apply_plan(),
            28 => {
                let results = self.results_of_sheet();
                match self.exists(&results) {
                    true => self.undo_of(&results, true)?,
                    false => return Ok(()),
                }
                self.undone_before_others(&results);
                Ok(())
            }
            29 => self.report(),
            30 => self.decide(),
            31 => self.empty_errors(),
            32 => self.edit_sheet(),
            33 => self.other_hands(),
            34 => self.rename(),
            35 => self.faults(),
            36 => self.apply(&["--again", "all"], Mishap::None),
            37 => self.reorder_results(),
            38 => self.through_a_spreadsheet(),
            39 => self.lose_a_column(),
            40 => self.damaged_for_a_while(),
            41 => self.away_for_a_while(),
            42 => self.foreign_for_a_while(),
            43 => self.refused(),
            44 => self.copy_without_folder(),
            45 => self.elsewhere(),
            46 => self.trial_again(),
            47 => self.delete(),
            48 => self.by_other_names(),
            _ => self.plan_as_results(),
        }
    }

    /// How many kinds of steps there are.
    const KINDS: usize = 50;

    // How it ends.
}

/// What a power cut leaves of a journal begins with what was there before.
fn survives(before: &Files, after: &Files, new: &[Accepted], may: &May, excuses: Excuses) -> Held {
    model::journals_only_grow(before, after)?;
    match may {
        May::Send { read, results } => model::sends(before, after, new, read, results, excuses),
        May::Make(outputs) => {
            let lost = before.iter().find(|(name, then)| {
                !model::may_go(name, then, outputs) && after.get(*name) != Some(*then)
            });
            match lost {
                Some((name, _)) => Err(format!(
                    "`{name}` did not survive a command that only shows"
                )),
                None => Ok(()),
            }
        }
    }
}

/// Whether a run asks to be run again.
fn says_again(ended: &Ended) -> bool {
    ended.err.contains("run again") || ended.err.contains("Run the same command")
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

/// How many steps are made, unless their number is given: the same histories on every machine.
const STEPS_IN_ALL: usize = 2_000;

#[test]
fn whatever_was_sent_can_be_found_told_and_undone_whatever_happens_at_any_operation() {
    let seed = number("HISTORY_SEED");
    let wanted = number("HISTORY_STEPS").map_or(STEPS_IN_ALL, |steps| steps as usize);
    let next = AtomicU64::new(number("HISTORY_FROM").unwrap_or(1));
    let (steps, histories, began) = (AtomicUsize::new(0), AtomicUsize::new(0), Instant::now());
    let (failures, decisions) = (Mutex::new(BTreeMap::new()), Mutex::new(BTreeSet::new()));
    let is_enough = || match seed {
        Some(_) => histories.load(Ordering::Relaxed) > 0,
        None => steps.load(Ordering::Relaxed) >= wanted,
    };
    let most = number("HISTORY_FAILURES").unwrap_or(1) as usize;
    let work = || {
        while !is_enough() && failures.lock().expect("unbroken").len() < most {
            let seed = seed.unwrap_or_else(|| next.fetch_add(1, Ordering::Relaxed));
            let script = script(seed);
            let played = play(seed, &script);
            steps.fetch_add(played.history.steps, Ordering::Relaxed);
            histories.fetch_add(1, Ordering::Relaxed);
            let reached = &played.history.decisions;
            decisions
                .lock()
                .expect("unbroken")
                .extend(reached.iter().copied());
            if played.held.is_err() {
                let short = shrink(seed, script, played);
                let why = short.held.expect_err("it failed");
                let told = short.history.told.join("\n  ");
                let files: Vec<String> = short.history.files().into_keys().collect();
                let story = format!(
                    "HISTORY_SEED={seed}: {why}\n  {told}\nfiles: {}",
                    files.join(" ")
                );
                failures.lock().expect("unbroken").insert(seed, story);
            }
        }
    };
    let threads = if seed.is_some() {
        1
    } else {
        number("HISTORY_THREADS").unwrap_or(2)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .for_each(|worker| worker.join().expect("a story, not a panic"));
    });
    let failures = failures.into_inner().expect("unbroken");
    let stories: Vec<String> = failures.into_values().collect();
    let all = crate::job::decisions_about_text();
    let reached = decisions.into_inner().expect("unbroken");
    let unreached: Vec<_> = all.difference(&reached).collect();
    let figures = format!(
        "{} histories, {} steps in {:.0} s; {} of {} decisions, without {unreached:?}",
        histories.into_inner(),
        steps.into_inner(),
        began.elapsed().as_secs_f64(),
        all.intersection(&reached).count(),
        all.len(),
    );
    std::io::Write::write_all(&mut std::io::stderr(), (figures + "\n").as_bytes())
        .expect("somebody reads");
    assert!(stories.is_empty(), "{}", stories.join("\n\n"));
    // Over so many steps everything happens that can.
    if wanted >= 20_000 {
        let unreached: Vec<String> = unreached.iter().map(|one| format!("{one:?}")).collect();
        assert!(
            unreached
                .iter()
                .all(|one| UNREACHABLE.contains(&one.as_str())),
            "never decided: {unreached:?}"
        );
    }
}

/// What no command can come to where nobody has a workbook: results that are named are there, and a plan has no place for
/// results of its own.
const UNREACHABLE: [&str; 4] = [
    "(Plan, GoOn(Named))",
    "(Apply, GoOn(Named))",
    "(Plan, Refuse(OfOtherResults))",
    "(Plan, Refuse(Taken))",
];

#[test]
fn a_full_disk_is_not_told_as_a_journal_that_somebody_has_changed() {
    let mut stopped = 0;
    for seed in 0..20 {
        let mut history = History::new(seed);
        let held = history.apply(&[], Mishap::Full);
        let told = history.told.join("\n");
        assert_eq!(held, Ok(()), "{told}");
        stopped += usize::from(told.contains("can no longer be written down"));
    }
    assert!(stopped > 0, "the disk was never full during a run");
}

#[test]
fn a_plan_that_was_killed_leaves_nothing_that_the_next_one_does_not_take_away() {
    let history = History::new(1);
    let args = history.args(&["plan", &history.sheet(), "-o", "plan.csv"]);
    for at in 1.. {
        let killed = Process::new(&history.server, Fate::Killed(at), None).run(&args);
        let again = Process::new(&history.server, Fate::Ends, None).run(&args);
        assert!(matches!(again.code, 0 | 1), "killed at {at}: {}", again.err);
        // An empty one may be somebody else's who has only just begun.
        let files = history
            .files()
            .into_iter()
            .filter(|(_, bytes)| !bytes.is_empty());
        let names: Vec<String> = files.map(|(name, _)| name).collect();
        let is_left = |name: &&String| name.contains(".tmp") || name.contains(".reassign-");
        assert_eq!(
            names.iter().find(is_left),
            None,
            "killed at {at}: {names:?}"
        );
        if killed.code != 137 {
            assert!(at > 10, "a plan is saved in {at} operations");
            return;
        }
    }
}
