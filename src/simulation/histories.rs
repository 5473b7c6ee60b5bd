//! Random histories: sequences of commands, deaths, edits, renames and other hands on one job, each step held against
//! `model.rs`.
//!
//! `HISTORY_SEED=17 cargo test --lib simulation` repeats one, `HISTORY_STEPS=200000` makes so many steps. A history that
//! fails is made shorter as long as it fails, and told.

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
use crate::sandbox::{Faults, Hosts, Links, Options, RecordPage, Sandbox, Scenario};

use super::disk::Disk;
use super::model::{
    self, Accepted, Excuses, FIRST, Files, Form, Held, May, Said, Table, USERS, check, email,
};
use super::{Ended, Fate, Process, Server};

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
        let sandbox = Sandbox::open(&Options {
            contacts: Some(contacts),
            users: None,
            database: None,
            trial: None,
            token: TOKEN.into(),
            hosts: Hosts::ThisComputer,
            scenario: Scenario::default(),
            latency: Duration::from_millis(4),
            faults: Faults::default(),
            list_lag: Duration::ZERO,
            links: Links::default(),
            seed,
            patience: Duration::from_secs(30),
            record: RecordPage::Hidden,
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

    fn show(&mut self, command: &[&str], more: &[&str]) -> Held {
        let sheet = self.sheet();
        let words = [command, &[sheet.as_str()], more].concat();
        let mishap = match self.random.below(8) {
            0 => Mishap::Killed,
            1 => Mishap::PowerCut,
            2 => Mishap::Full,
            _ => Mishap::None,
        };
        let mut outputs = Vec::new();
        if !self.results.iter().any(|name| name == "plan.csv") {
            outputs.push("plan.".to_owned());
        }
        let ended = self.run(&words, &May::Make(outputs), mishap)?;
        if !matches!(ended.code, 0..=3 | 137) {
            return Err("an odd exit code".to_owned());
        }
        if more.contains(&"plan.csv")
            && let Some((_, rest)) = ended.err.split_once("  Plan ")
        {
            self.plan = rest.split(',').next().map(str::to_owned);
        }
        let results = self.results_of_sheet();
        if !self.results.contains(&results) && self.exists(&results) {
            // It holds a plan, made under the name of results before there were any.
            fs::remove_file(self.path(&results)).expect("a plan");
            let _ = fs::remove_dir_all(self.path(&format!("{}.reassign", self.stem)));
            self.told.push("that plan is deleted".to_owned());
        }
        Ok(())
    }

    fn trial(&mut self) -> Held {
        let (sheet, trial) = (self.sheet(), format!("{}.trial.", self.stem));
        let words = ["apply", &sheet, "--sandbox", "--quiet"];
        let mishap = match self.random.below(4) {
            0 => Mishap::Killed,
            1 => Mishap::PowerCut,
            _ => Mishap::None,
        };
        self.run(&words, &May::Make(vec![trial]), mishap).map(drop)
    }

    fn may_send(&self, read: &str, results: &str) -> May {
        May::Send {
            read: vec![read.to_owned()],
            results: results.to_owned(),
        }
    }

    /// How a run is called: nothing stops it but what happens to it.
    fn calm(&mut self, words: &[&str]) -> Vec<String> {
        const CALM: [&str; 11] = [
            "--yes",
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
        ];
        let mut words: Vec<String> = words
            .iter()
            .copied()
            .chain(CALM)
            .map(str::to_owned)
            .collect();
        if self.random.one_in(2) {
            words.extend(["--rate", "1000/s"].map(str::to_owned));
        }
        if self.random.one_in(2) {
            words.push("--quiet".to_owned());
        }
        words
    }

    fn send(&mut self, words: &[&str], may: &May, mishap: Mishap) -> Result<Ended, String> {
        let words = self.calm(words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.run(&words, may, mishap)
    }

    fn apply(&mut self, more: &[&str], mishap: Mishap) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        let words = [&["apply", sheet.as_str()][..], more].concat();
        let may = self.may_send(&sheet, &results);
        let ended = self.send(&words, &may, mishap)?;
        self.unless_refused(ended, &may).map(drop)
    }

    /// What is refused prints what works: that is run, and the same refusal must not come back.
    fn unless_refused(&mut self, ended: Ended, may: &May) -> Result<Ended, String> {
        if ended.code != 2 {
            return Ok(ended);
        }
        let ways: Vec<&str> = ended
            .err
            .lines()
            .filter(|line| line.starts_with("  ") && line.contains(" apply "))
            .filter(|line| !line.contains(" -o "))
            .map(str::trim)
            .collect();
        if ways.is_empty() {
            return Ok(ended);
        }
        let way = ways[self.random.below(ways.len())];
        let words = shlex::split(way).ok_or_else(|| format!("this cannot be typed: {way}"))?;
        // What is read may be another file than the one that was refused.
        let read = Path::new(&words[2]).strip_prefix(self.home());
        let read = read.map_err(|_| format!("this is no file of the job: {way}"))?;
        let May::Send { results, .. } = may else {
            return Ok(ended);
        };
        let may = self.may_send(read.to_str().expect("UTF-8"), results);
        let again = self.run_args(words[1..].to_vec(), &may, Mishap::None)?;
        if again.code == 2 && again.err.lines().next() == ended.err.lines().next() {
            return Err(format!("the printed command is refused in its turn: {way}"));
        }
        Ok(again)
    }

    fn apply_results(&mut self, mishap: Mishap) -> Held {
        let results = self.results_of_sheet();
        if !self.exists(&results) {
            return Ok(());
        }
        let may = self.may_send(&results, &results);
        self.send(&["apply", &results], &may, mishap).map(drop)
    }

    fn apply_plan(&mut self) -> Held {
        if !self.exists("plan.csv") {
            return Ok(());
        }
        let may = self.may_send("plan.csv", "plan.csv");
        let id = self.plan.clone().filter(|_| self.random.one_in(2));
        let mishap = match self.random.below(4) {
            0 => Mishap::Killed,
            1 => Mishap::PowerCut,
            _ => Mishap::None,
        };
        match id {
            Some(id) => self.send(&["apply", "plan.csv", "--expect", &id], &may, mishap),
            None => self.send(&["apply", "plan.csv"], &may, mishap),
        }
        .map(drop)
    }

    /// Takes back what these results tell, and applies the undo.
    fn undo_of(&mut self, results: &str, may_fail: bool) -> Held {
        let name = format!("undo-{}", self.told.len());
        let sheet = format!("{name}.csv");
        let ended = self.run(
            &["undo", results, "-o", &sheet],
            &May::Make(Vec::new()),
            Mishap::None,
        )?;
        if !matches!(ended.code, 0 | 1) {
            return Err("an odd exit code".to_owned());
        }
        if !self.exists(&sheet) {
            return Ok(());
        }
        let results = format!("{name}.results.csv");
        let may = self.may_send(&sheet, &results);
        let mishap = match self.random.below(6) {
            0 if may_fail => Mishap::Killed,
            1 if may_fail => Mishap::PowerCut,
            _ => Mishap::None,
        };
        let mut last = self.send(&["apply", &sheet], &may, mishap)?;
        for _ in 0..5 {
            if matches!(last.code, 0 | 1) && !says_again(&last) {
                break;
            }
            last = self.send(&["apply", &sheet], &may, Mishap::None)?;
        }
        Ok(())
    }

    /// What others wrote later than these results goes back to what these gave, and not to what there was at first.
    fn undone_before_others(&mut self, results: &str) {
        let mut runs = self.results.iter().rev();
        let last = runs.find(|name| !name.starts_with("undo-"));
        if last.is_some_and(|last| last != results) {
            let bytes = fs::read(self.path(results)).expect("results");
            let table = Table::read(&bytes);
            let contacts = table.rows.iter().map(|row| table.cell(row, "contact"));
            self.moved.extend(contacts.filter_map(model::contact));
        }
    }

    fn report(&mut self) -> Held {
        let results = self.results_of_sheet();
        if !self.exists(&results) {
            return Ok(());
        }
        let may = May::Make(vec!["page.html".to_owned()]);
        let ended = self.run(&["report", &results, "-o", "page.html"], &may, Mishap::None)?;
        match ended.code {
            0 => Ok(()),
            _ => Err("no report".to_owned()),
        }
    }

    /// Changes the results as somebody does who has them open.
    fn edit_results(&mut self, edit: impl FnOnce(&mut Table, &mut Random) -> String) {
        let name = self.results_of_sheet();
        let Ok(bytes) = fs::read(self.path(&name)) else {
            return;
        };
        let mut table = Table::read(&bytes);
        if table.rows.is_empty() || table.place("reassign_row").is_none() {
            return;
        }
        let told = edit(&mut table, &mut self.random);
        fs::write(self.path(&name), table.write()).expect("a file");
        self.told.push(format!("{name}: {told}"));
    }

    fn decide(&mut self) -> Held {
        self.edit_results(|table, random| {
            let row = random.below(table.rows.len());
            let (column, text) = match random.below(4) {
                0 => ("reassign_decision", "skip"),
                1 => ("reassign_decision", "again"),
                2 => ("reassign_decision", "move"),
                _ => ("assignee", ["101", "102", "103"][random.below(3)]),
            };
            if let Some(place) = table.place(column) {
                text.clone_into(&mut table.rows[row][place]);
            }
            format!("line {}: {column} = {text}", row + 2)
        });
        Ok(())
    }

    fn empty_errors(&mut self) -> Held {
        self.edit_results(|table, _| {
            if let Some(place) = table.place("reassign_error") {
                table.rows.iter_mut().for_each(|row| row[place].clear());
            }
            "errors are emptied".to_owned()
        });
        Ok(())
    }

    fn reorder_results(&mut self) -> Held {
        self.edit_results(|table, random| {
            let (one, other) = (
                random.below(table.rows.len()),
                random.below(table.rows.len()),
            );
            table.rows.swap(one, other);
            format!("lines {} and {} change places", one + 2, other + 2)
        });
        Ok(())
    }

    /// What a spreadsheet program makes of it: other delimiters, a mark in front, other line ends.
    fn through_a_spreadsheet(&mut self) -> Held {
        let name = self.results_of_sheet();
        self.edit_results(|table, random| {
            table.form = Form::Text(if random.one_in(2) { b';' } else { b',' });
            "saved by a spreadsheet program".to_owned()
        });
        if let Ok(text) = fs::read_to_string(self.path(&name)) {
            let text = text
                .trim_start_matches('\u{feff}')
                .replace("\r\n", "\n")
                .replace('\n', "\r\n");
            fs::write(self.path(&name), format!("\u{feff}{text}")).expect("a file");
        }
        Ok(())
    }

    fn lose_a_column(&mut self) -> Held {
        self.lost_columns = true;
        self.edit_results(|table, random| {
            // Without these it is no results file any more.
            const KEPT: [&str; 7] = [
                "contact",
                "assignee",
                "to",
                "reassign_row",
                "reassign_contact",
                "reassign_assignee",
                "reassign_status",
            ];
            let place = random.below(table.header.len());
            if KEPT.contains(&table.header[place].as_str()) {
                return "nothing is lost".to_owned();
            }
            table
                .rows
                .iter_mut()
                .for_each(|row| drop(row.remove(place)));
            format!("without {}", table.header.remove(place))
        });
        Ok(())
    }

    /// Runs some commands while something is as it should not be. They may do nothing.
    fn meanwhile(&mut self, commands: &[&[&str]]) -> Held {
        for words in commands {
            let ended = match words[0] {
                "apply" => self.send(words, &May::Make(Vec::new()), Mishap::None)?,
                _ => self.run(words, &May::Make(Vec::new()), Mishap::None)?,
            };
            if !matches!(ended.code, 0..=3) {
                return Err("an odd exit code".to_owned());
            }
        }
        Ok(())
    }

    /// A line of the journal is not as it was written, and later it is again.
    fn damaged_for_a_while(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        let journal = self.path(&format!("{}.reassign/journal", self.stem));
        let Ok(whole) = fs::read(&journal) else {
            return Ok(());
        };
        if self.has_dated() {
            return Ok(());
        }
        let Some(end) = whole.iter().position(|byte| *byte == b'\n') else {
            return Ok(());
        };
        if end + 1 == whole.len() {
            return Ok(()); // a torn last line is no damage
        }
        let mut damaged = whole.clone();
        damaged[self.random.below(end)] ^= 1;
        fs::write(&journal, damaged).expect("a file");
        self.told.push("the journal is damaged".to_owned());
        self.meanwhile(&[&["apply", &sheet], &["plan", &sheet]])?;
        if self.exists(&results) {
            self.meanwhile(&[
                &["apply", &results],
                &["plan", &results],
                &["undo", &results, "-o", "no.csv"],
            ])?;
        }
        let _ = fs::remove_file(self.path("no.csv"));
        fs::write(&journal, whole).expect("a file");
        self.told.push("the journal is whole again".to_owned());
        Ok(())
    }

    /// Results, or the folder of their job, are not there, and later they are again.
    fn away_for_a_while(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        let journal = fs::read(self.path(&format!("{}.reassign/journal", self.stem)));
        // Otherwise what is there was not made by a run, or is not even there.
        if !journal.is_ok_and(|journal| model::is_of_a_run(&journal)) || !self.exists(&results) {
            return Ok(());
        }
        let name = match self.random.below(2) {
            0 => results.clone(),
            _ => format!("{}.reassign", self.stem),
        };
        let away = self.folder.path().join("away");
        fs::rename(self.path(&name), &away).expect("there");
        self.told.push(format!("{name} is away"));
        let commands: &[&[&str]] = match name == results {
            // A run that was cut short is continued without its results.
            true => &[&["plan", &sheet]],
            false => &[&["apply", &sheet], &["plan", &sheet]],
        };
        self.meanwhile(commands)?;
        let _ = fs::remove_dir_all(self.path(&name));
        fs::rename(&away, self.path(&name)).expect("there");
        self.told.push(format!("{name} is back"));
        Ok(())
    }

    /// Whether the sheet has results with a date in their name, which are its own from then on.
    fn has_dated(&self) -> bool {
        let begins = format!("{}.20", self.stem);
        self.files().keys().any(|name| name.starts_with(&begins))
    }

    /// Something else stands where results go.
    fn foreign_for_a_while(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        if self.has_dated() {
            return Ok(());
        }
        let path = self.path(&results);
        let there = fs::read(&path).ok();
        fs::write(&path, "name,birthday\nAnn,1 May\n").expect("a file");
        self.told.push(format!("{results} is something else"));
        self.meanwhile(&[&["apply", &sheet], &["plan", &sheet]])?;
        match there {
            Some(bytes) => fs::write(&path, bytes).expect("a file"),
            None => fs::remove_file(&path).expect("a file"),
        }
        self.told.push(format!("{results} is what it was"));
        Ok(())
    }

    /// What must be refused, whatever else is there.
    fn refused(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        let trial = format!("{}.trial.results.csv", self.stem);
        let tsv = format!("{}.results.tsv", self.stem);
        if self.results.contains(&results) && self.exists(&results) {
            self.meanwhile(&[
                &["apply", &results, "--sandbox"],
                &["plan", &results, "--sandbox"],
                &["apply", &results, "-o", &sheet],
            ])?;
            self.meanwhile(&[
                &["apply", &sheet, "-o", &tsv],
                &["plan", &sheet, "-o", &tsv],
            ])?;
            // The same server by another name is another workspace.
            let port = self.server.listener.local_addr().expect("a socket").port();
            let other = format!("http://localhost:{port}/v1");
            for command in ["apply", "plan"] {
                for file in [&sheet, &results] {
                    let mut words = vec![command, file.as_str(), "--base-url", other.as_str()];
                    if command == "apply" {
                        words.push("--yes");
                    }
                    self.run(&words, &May::Make(Vec::new()), Mishap::None)?;
                }
            }
        }
        if self.exists(&trial) {
            self.meanwhile(&[
                &["apply", &trial],
                &["plan", &trial],
                &["plan", &sheet, "--sandbox"],
            ])?;
        }
        Ok(())
    }

    /// The same sheet and results with other endings, and trials and real runs where the others' results are.
    fn by_other_names(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        if !self.results.contains(&results) || !self.exists(&results) || self.has_dated() {
            return Ok(());
        }
        let (sheet_tsv, results_tsv) = (
            format!("{}.tsv", self.stem),
            format!("{}.results.tsv", self.stem),
        );
        fs::copy(self.path(&sheet), self.path(&sheet_tsv)).expect("a copy");
        self.meanwhile(&[&["plan", &sheet_tsv], &["apply", &sheet_tsv]])?;
        fs::remove_file(self.path(&sheet_tsv)).expect("the copy");
        fs::copy(self.path(&results), self.path(&results_tsv)).expect("a copy");
        self.meanwhile(&[&["plan", &results_tsv]])?;
        // Only the journal tells whose the folder is.
        if self.exists(&format!("{}.reassign/journal", self.stem)) {
            self.meanwhile(&[&["apply", &results_tsv]])?;
        }
        fs::remove_file(self.path(&results_tsv)).expect("the copy");
        self.meanwhile(&[
            &["plan", &sheet, "--sandbox", "-o", &results],
            &["apply", &sheet, "--sandbox", "-o", &results],
            &["apply", &sheet, "--sandbox", "--dry-run", "-o", &results],
        ])?;
        // A trial may write where it is told to, and a real run must not go on with that.
        let tried = May::Make(vec!["tried.trial.".to_owned()]);
        self.run(
            &[
                "apply",
                &sheet,
                "--sandbox",
                "--quiet",
                "-o",
                "tried.trial.csv",
            ],
            &tried,
            Mishap::None,
        )?;
        self.meanwhile(&[
            &["plan", &sheet, "-o", "tried.trial.csv"],
            &["apply", &sheet, "-o", "tried.trial.csv"],
            &["apply", &sheet, "--dry-run", "-o", "tried.trial.csv"],
        ])
    }

    /// Results go on their way without the folder of their job.
    fn copy_without_folder(&mut self) -> Held {
        let results = self.results_of_sheet();
        if !self.results.contains(&results)
            || !self.exists(&results)
            || self.exists("copy.results.csv")
        {
            return Ok(());
        }
        fs::copy(self.path(&results), self.path("copy.results.csv")).expect("a copy");
        self.told
            .push(format!("{results} is copied without its folder"));
        let may = self.may_send("copy.results.csv", "copy.results.csv");
        let mishap = match self.random.below(3) {
            0 => Mishap::Killed,
            1 => Mishap::PowerCut,
            _ => Mishap::None,
        };
        self.run(
            &["plan", "copy.results.csv"],
            &May::Make(Vec::new()),
            Mishap::None,
        )?;
        self.send(
            &["apply", "copy.results.csv", "--same-workspace"],
            &may,
            mishap,
        )
        .map(drop)
    }

    /// The next state of results goes to another file.
    fn elsewhere(&mut self) -> Held {
        let results = self.results_of_sheet();
        if !self.exists(&results) {
            return Ok(());
        }
        let may = self.may_send(&results, "second.csv");
        self.send(&["apply", &results, "-o", "second.csv"], &may, Mishap::None)
            .map(drop)
    }

    /// A trial goes on, or a saved plan is tried.
    fn trial_again(&mut self) -> Held {
        let trial = format!("{}.trial.results.csv", self.stem);
        let may = May::Make(vec![
            format!("{}.trial.", self.stem),
            "plan.trial.".to_owned(),
        ]);
        for name in [trial.as_str(), "plan.csv"] {
            if self.exists(name) && !self.results.iter().any(|known| known == name) {
                self.run(&["plan", name, "--sandbox"], &may, Mishap::None)?;
                self.run(
                    &["apply", name, "--sandbox", "--quiet"],
                    &may,
                    Mishap::Killed,
                )?;
                self.run(&["apply", name, "--sandbox", "--quiet"], &may, Mishap::None)?;
            }
        }
        Ok(())
    }

    /// Somebody throws something away.
    fn delete(&mut self) -> Held {
        let results = self.results_of_sheet();
        if !self.random.one_in(3) {
            return Ok(());
        }
        self.evidence_is_gone = true;
        self.excuses.may_repeat = true;
        if self.random.one_in(2) {
            let _ = fs::remove_file(self.path(&results));
            self.told.push(format!("{results} is deleted"));
        } else {
            let _ = fs::remove_dir_all(self.path(&format!("{}.reassign", self.stem)));
            self.told.push("the job's folder is deleted".to_owned());
        }
        Ok(())
    }

    /// A plan is saved where results would go, and the sheet is applied.
    fn plan_as_results(&mut self) -> Held {
        let (sheet, results) = (self.sheet(), self.results_of_sheet());
        if self.exists(&results) || self.exists(&format!("{}.reassign", self.stem)) {
            return Ok(());
        }
        self.run(
            &["plan", &sheet, "-o", &results],
            &May::Make(Vec::new()),
            Mishap::None,
        )?;
        self.meanwhile(&[&["apply", &sheet], &["plan", &sheet]])?;
        let _ = fs::remove_file(self.path(&results));
        self.told.push("that plan is deleted".to_owned());
        // Its record is left, and a run takes its place.
        self.apply(&[], Mishap::None)
    }

    fn edit_sheet(&mut self) -> Held {
        let place = self.random.below(self.rows.len());
        let id = self.any_contact();
        let new = row(&mut self.random, id);
        match self.random.below(4) {
            0 => self.rows[place].assignee = new.assignee,
            1 => self.rows.insert(place, new),
            2 => self.rows.push(new),
            _ if self.rows.len() > 5 => drop(self.rows.remove(place)),
            _ => {}
        }
        self.write_sheet();
        self.told
            .push(format!("the sheet is edited near row {}", place + 2));
        Ok(())
    }

    fn other_hands(&mut self) -> Held {
        let (contact, user) = (self.any_contact(), USERS[1 + self.random.below(4)].0);
        self.foreign.insert(self.record().len());
        self.moved.insert(contact);
        let sandbox = &self.server.sandbox;
        sandbox.assign(contact.cast_signed(), Some(user.cast_signed()));
        self.told.push(format!("others move {contact} to {user}"));
        Ok(())
    }

    /// The server behaves otherwise from now on.
    fn faults(&mut self) -> Held {
        let (text, is_faulty) = match self.random.below(3) {
            0 => ("500=0", false),
            1 => ("500=0.1,lost=0.1,449=0.1", true),
            _ => ("drop=0.1,stall=0.1,lost=0.1", true),
        };
        let seed = self.random.next();
        self.change_server(text, seed);
        self.excuses.may_repeat |= is_faulty;
        self.is_faulty = is_faulty;
        self.told.push(format!("faults: {text}"));
        Ok(())
    }

    fn change_server(&mut self, faults: &str, seed: u64) {
        let faults = faults.parse().expect("faults");
        let sandbox = Arc::get_mut(&mut self.server.sandbox).expect("no command is at work");
        sandbox.change(Scenario::default(), faults, seed);
    }

    /// The sheet, its results and all that belongs to it get another name.
    fn rename(&mut self) -> Held {
        let old = self.stem.clone();
        let new = if old == "team" { "handover" } else { "team" };
        let names: Vec<String> = fs::read_dir(self.home())
            .expect("a folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .collect();
        if names
            .iter()
            .any(|name| name.starts_with(&format!("{new}.")))
        {
            return Ok(());
        }
        let begins = format!("{old}.");
        for name in names.iter().filter(|name| name.starts_with(&begins)) {
            let to = name.replacen(&old, new, 1);
            fs::rename(self.path(name), self.path(&to)).expect("a file");
        }
        for name in self
            .results
            .iter_mut()
            .filter(|name| name.starts_with(&begins))
        {
            *name = name.replacen(&old, new, 1);
        }
        new.clone_into(&mut self.stem);
        self.told.push(format!("{old} is renamed to {new}"));
        Ok(())
    }

    // How it ends.

    /// Whatever was left open is run until only people can go on.
    fn settle(&mut self) -> Held {
        self.told.push("--- settling".to_owned());
        self.change_server("500=0", 0);
        self.is_faulty = false;
        let results = self.results_of_sheet();
        for _ in 0..8 {
            let read = match self.exists(&results) {
                true => results.clone(),
                false => self.sheet(),
            };
            let may = self.may_send(&read, &results);
            let ended = self.send(&["apply", &read], &may, Mishap::None)?;
            let ended = self.unless_refused(ended, &may)?;
            self.make_rows_new(&ended);
            if matches!(ended.code, 0 | 1) {
                self.excuses.may_repeat = false;
                let left = fs::read(self.path(&results)).map(|bytes| Table::read(&bytes).to_run());
                if !says_again(&ended) && left.unwrap_or_default() == 0 {
                    return Ok(());
                }
            } else if self.evidence_is_gone {
                return Ok(()); // it says so, and somebody has to choose
            }
        }
        Err("it does not settle".to_owned())
    }

    /// Follows the advice of a refusal: rows whose reason was lost are treated as new ones.
    fn make_rows_new(&mut self, ended: &Ended) {
        if !ended.err.contains("to treat the row as new") {
            return;
        }
        let place = ended.err.split_once("row ").map(|(_, rest)| rest);
        let number = place
            .and_then(|rest| rest.split(':').next())
            .unwrap_or_default();
        self.edit_results(|table, _| {
            let ours: Vec<usize> = (0..table.header.len())
                .filter(|place| table.header[*place].starts_with("reassign_"))
                .collect();
            // As a spreadsheet program counts them, whatever number the row had at first.
            let row = number
                .parse::<usize>()
                .ok()
                .and_then(|row| row.checked_sub(2));
            if let Some(row) = row.and_then(|place| table.rows.get_mut(place)) {
                ours.iter().for_each(|place| row[*place].clear());
            }
            format!("row {number} is to be a new one")
        });
    }

    /// Everything is taken back, the last results first; then everybody has what they had, but where others moved it.
    fn take_back(&mut self) -> Held {
        self.told.push("--- taking back".to_owned());
        for results in self.results.clone().into_iter().rev() {
            if self.exists(&results) && !results.starts_with("undo-") {
                self.undo_of(&results, false)?;
            }
        }
        if self.evidence_is_gone {
            return Ok(());
        }
        let owners = self.owners();
        let missing: Vec<String> = self
            .at_first
            .iter()
            .filter(|(id, _)| !self.moved.contains(id) && !self.blind.contains(id))
            .filter(|(id, first)| owners[id] != **first)
            .map(|(id, first)| format!("{id} was with {first} and is with {}", owners[id]))
            .collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(format!("not given back: {}", missing.join(", "))),
        }
    }
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

/// What a history does: a kind and the dice of each step.
type Script = Vec<(usize, u64)>;

fn script(seed: u64) -> Script {
    let mut random = Random(seed ^ 0x5EED);
    (0..STEPS)
        .map(|_| (random.below(History::KINDS), random.next()))
        .collect()
}

/// How a history went.
struct Played {
    history: History,
    held: Held,
}

fn play(seed: u64, script: &Script) -> Played {
    let mut history = History::new(seed);
    let mut held = Ok(());
    for (kind, dice) in script {
        history.random = Random(*dice);
        held = history.step(*kind);
        if held.is_err() {
            return Played { history, held };
        }
    }
    history.random = Random(seed);
    if held.is_ok() {
        held = history.settle();
    }
    if held.is_ok() {
        held = history.take_back();
    }
    Played { history, held }
}

/// Leaves out steps as long as it fails.
fn shrink(seed: u64, mut script: Script, mut failed: Played) -> Played {
    let mut place = script.len();
    while place > 0 {
        place -= 1;
        let mut shorter = script.clone();
        shorter.remove(place);
        let played = play(seed, &shorter);
        if played.held.is_err() {
            (script, failed) = (shorter, played);
        }
    }
    failed
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
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
