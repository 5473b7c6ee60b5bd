//! A power cut at any moment: the program runs once under strace; from what it wrote, synced and renamed the states are
//! built that a power cut may leave of its files, and from each of them the same command goes on, against a server that
//! knows what it had accepted by then.
//!
//! `CRASH_STATES=all` goes on from every state instead of some, `CRASH_SEED` says which ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use crate::server::{Asked, Reply, Server};
use crate::support::{Ended, Random, Results, Sandbox, Workdir, reassign, seed};

const ROWS: u64 = 40;
const FIRST: u64 = 100_001;
const JOURNAL: &str = "contacts.reassign/journal";
const RESULTS: &str = "contacts.results.csv";

/// How many states of each kind the test goes on from, unless all are wanted.
const OF_EACH_KIND: usize = 6;

/// A workspace for each token: everybody's contacts are with 7 and go to 8.
#[derive(Default)]
struct World {
    moved: BTreeSet<u64>,
    /// When which contact was written.
    heard: Vec<(f64, u64)>,
}

type Worlds = Arc<Mutex<BTreeMap<String, World>>>;

fn serve(sandbox: &Sandbox) -> (Server, Worlds) {
    let worlds = Worlds::default();
    let ours = Arc::clone(&worlds);
    let server = Server::before(sandbox, move |asked: &Asked| {
        let id = asked.path.split(['/', '?']).find_map(|part| {
            let id = part
                .strip_prefix("id:")
                .or_else(|| part.strip_prefix("id%3A"))?;
            id.parse::<u64>().ok()
        });
        let token = asked.text.split("Bearer ").nth(1);
        let token = token.and_then(|rest| rest.split("\r\n").next());
        let (Some(id), Some(token)) = (id, token) else {
            return Reply::error(404, "not here");
        };
        let mut worlds = ours.lock().expect("no server panics");
        let world = worlds.entry(token.to_owned()).or_default();
        if asked.method == "GET" {
            let user = if world.moved.contains(&id) { 8 } else { 7 };
            return Reply::body(
                200,
                &format!(
                    r#"{{"id":{id},"firstName":"A","status":"open","assignee":{{"id":{user},"firstName":"U","email":"u{user}@example.com"}}}}"#
                ),
            );
        }
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .expect("a clock");
        world.moved.insert(id);
        world.heard.push((now.as_secs_f64(), id));
        Reply::body(200, &format!(r#"{{"contactId":{id}}}"#))
    });
    (server, worlds)
}

/// What a run did to its files.
#[derive(Debug)]
enum Op {
    Folder(PathBuf),
    Open {
        path: PathBuf,
        create: bool,
        append: bool,
    },
    Seek(PathBuf, usize),
    Write(PathBuf, Vec<u8>),
    Cut(PathBuf, usize),
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    Remove(PathBuf),
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.split("\\x").skip(1);
    digits
        .map(|digits| u8::from_str_radix(&digits[..2], 16).expect("two digits"))
        .collect()
}

fn path(hex: &str) -> PathBuf {
    String::from_utf8(bytes(hex)).expect("a plain name").into()
}

/// What is between these, one after the other.
fn between(text: &str, open: char, close: char) -> Vec<&str> {
    let parts = text.split(open).skip(1);
    parts
        .filter_map(|part| part.split_once(close).map(|(part, _)| part))
        .collect()
}

/// The operations below a folder in the order in which they took effect, with when that was at the latest.
fn operations(trace: &str, folder: &Path) -> Vec<(f64, Op)> {
    let mut begun: BTreeMap<&str, (f64, &str)> = BTreeMap::new();
    let mut all = Vec::new();
    for line in trace.lines() {
        let mut words = line.splitn(3, ' ').filter(|word| !word.is_empty());
        let (Some(process), Some(rest)) = (
            words.next(),
            line.split_once(' ').map(|(_, rest)| rest.trim()),
        ) else {
            continue;
        };
        let Some((at, call)) = rest.split_once(' ') else {
            continue;
        };
        let at: f64 = at.parse().expect("a time");
        if let Some(first) = call.strip_suffix("<unfinished ...>") {
            begun.insert(process, (at, first));
            continue;
        }
        let (at, call) = match call.split_once(" resumed>") {
            Some((_, last)) => match begun.remove(process) {
                Some((at, first)) => (at, format!("{first}{last}")),
                None => continue,
            },
            None => (at, call.to_owned()),
        };
        let Some((call, result)) = call.rsplit_once(" = ") else {
            continue;
        };
        let took = result
            .rsplit('<')
            .next()
            .and_then(|took| took.strip_suffix('>'));
        let took: f64 = took.and_then(|took| took.parse().ok()).unwrap_or_default();
        let at = at + took;
        if result.starts_with('-') || result.starts_with('?') {
            continue;
        }
        let Some((name, arguments)) = call.split_once('(') else {
            continue;
        };
        let texts: Vec<&str> = arguments.split('"').skip(1).step_by(2).collect();
        let files = between(arguments, '<', '>');
        let given = |place: usize| texts.get(place).map(|text| folder.join(path(text)));
        let file = || files.first().map(|file| path(file));
        let count = || {
            result
                .split([' ', '<'])
                .next()
                .and_then(|count| count.parse::<usize>().ok())
        };
        let op = match name {
            "mkdir" | "mkdirat" => given(0).map(Op::Folder),
            "openat" => between(result, '<', '>').first().map(|file| Op::Open {
                path: path(file),
                create: arguments.contains("O_CREAT"),
                append: arguments.contains("O_APPEND"),
            }),
            "lseek" => file().zip(count()).map(|(file, to)| Op::Seek(file, to)),
            "write" => file().zip(count()).map(|(file, written)| {
                let mut text = bytes(texts[0]);
                text.truncate(written);
                Op::Write(file, text)
            }),
            "ftruncate" => {
                let length = arguments.trim_end_matches(')').rsplit(", ").next();
                file()
                    .zip(length.and_then(|length| length.parse().ok()))
                    .map(|(file, length)| Op::Cut(file, length))
            }
            "fsync" | "fdatasync" => file().map(Op::Sync),
            "rename" | "renameat" | "renameat2" => given(0)
                .zip(given(1))
                .map(|(from, to)| Op::Rename(from, to)),
            "link" | "linkat" => given(0).zip(given(1)).map(|(from, to)| Op::Link(from, to)),
            "unlink" | "unlinkat" | "rmdir" => given(0).map(Op::Remove),
            // Sockets are written to in this way.
            _ => {
                let is_ours = files.iter().any(|file| path(file).starts_with(folder));
                assert!(!is_ours, "{name} is not known here: {line}");
                None
            }
        };
        let is_ours = |path: &PathBuf| path.starts_with(folder);
        all.extend(
            op.filter(|op| match op {
                Op::Folder(path)
                | Op::Open { path, .. }
                | Op::Seek(path, _)
                | Op::Write(path, _)
                | Op::Cut(path, _)
                | Op::Sync(path)
                | Op::Rename(path, _)
                | Op::Link(path, _)
                | Op::Remove(path) => is_ours(path),
            })
            .map(|op| (at, op)),
        );
    }
    all
}

/// What a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Folder,
    File(usize),
}

type Names = BTreeMap<PathBuf, Entry>;
type Files = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// Files as they are, and as they are on the disk.
#[derive(Default)]
struct Disk {
    names: Names,
    /// Names that last where only syncing their folder makes them last, and where syncing the file does, too.
    strict: Names,
    kind: Names,
    contents: Vec<Vec<u8>>,
    synced: Vec<Vec<u8>>,
    at: BTreeMap<usize, usize>,
    appended: BTreeSet<usize>,
    /// The file that was written last, and how much.
    last: Option<(usize, usize)>,
}

impl Disk {
    fn file(&self, path: &Path) -> Option<usize> {
        match self.names.get(path) {
            Some(Entry::File(file)) => Some(*file),
            _ => None,
        }
    }

    fn apply(&mut self, op: &Op) {
        match op {
            Op::Folder(path) => {
                self.names.insert(path.clone(), Entry::Folder);
            }
            Op::Open {
                path,
                create,
                append,
            } => {
                // What was there before is only read.
                if self.file(path).is_none() && !create {
                    return;
                }
                let file = self.file(path).unwrap_or_else(|| {
                    self.contents.push(Vec::new());
                    self.synced.push(Vec::new());
                    let file = self.contents.len() - 1;
                    self.names.insert(path.clone(), Entry::File(file));
                    file
                });
                self.at.insert(file, 0);
                if *append {
                    self.appended.insert(file);
                }
            }
            Op::Seek(path, to) => {
                self.file(path).map(|file| self.at.insert(file, *to));
            }
            Op::Write(path, text) => {
                let Some(file) = self.file(path) else { return };
                let contents = &mut self.contents[file];
                let at = match self.appended.contains(&file) {
                    true => contents.len(),
                    false => self.at[&file],
                };
                contents.resize(contents.len().max(at + text.len()), 0);
                contents[at..at + text.len()].copy_from_slice(text);
                self.at.insert(file, at + text.len());
                self.last = Some((file, text.len()));
            }
            Op::Cut(path, length) => {
                if let Some(file) = self.file(path) {
                    self.contents[file].resize(*length, 0);
                }
            }
            Op::Sync(path) => match self.file(path) {
                Some(file) => {
                    self.synced[file].clone_from(&self.contents[file]);
                    let folders = path.ancestors().skip(1);
                    let with: Vec<PathBuf> = folders
                        .filter(|folder| self.names.contains_key(*folder))
                        .map(Path::to_owned)
                        .collect();
                    self.kind.insert(path.clone(), Entry::File(file));
                    self.kind
                        .extend(with.into_iter().map(|folder| (folder, Entry::Folder)));
                }
                None => {
                    let within = |name: &Path| name.parent() == Some(path);
                    for lasting in [&mut self.strict, &mut self.kind] {
                        lasting.retain(|name, _| !within(name));
                        let now = self.names.iter().filter(|(name, _)| within(name));
                        lasting.extend(now.map(|(name, entry)| (name.clone(), *entry)));
                    }
                }
            },
            Op::Rename(from, to) => {
                if let Some(entry) = self.names.remove(from) {
                    self.names.insert(to.clone(), entry);
                }
            }
            Op::Link(from, to) => {
                if let Some(entry) = self.names.get(from).copied() {
                    self.names.insert(to.clone(), entry);
                }
            }
            Op::Remove(path) => {
                self.names.remove(path);
            }
        }
    }

    /// The files that there are if these names last, with these contents.
    fn files(names: &Names, contents: &[Vec<u8>], folder: &Path) -> Files {
        let lasts = |path: &Path| {
            path.parent() == Some(folder)
                || path
                    .parent()
                    .is_some_and(|parent| names.get(parent) == Some(&Entry::Folder))
        };
        let there = names.iter().filter(|(path, _)| lasts(path));
        there
            .map(|(path, entry)| {
                let path = path.strip_prefix(folder).expect("in the folder").to_owned();
                let text = match entry {
                    Entry::Folder => None,
                    Entry::File(file) => Some(contents[*file].clone()),
                };
                (path, text)
            })
            .collect()
    }

    /// What a power cut may leave now.
    fn states(&self, folder: &Path) -> Vec<(&'static str, Files)> {
        let of = |names, contents: &[Vec<u8>]| Disk::files(names, contents, folder);
        let mut states = vec![
            ("all is kept, as by a kill", of(&self.names, &self.contents)),
            (
                "what was not synced is lost, names are kept",
                of(&self.names, &self.synced),
            ),
            (
                "what was not synced is lost, and its name",
                of(&self.kind, &self.synced),
            ),
            (
                "names last once their folder is synced, and not before",
                of(&self.strict, &self.synced),
            ),
        ];
        if let Some((file, length)) = self.last
            && length > 1
            && self.contents[file].len() >= self.synced[file].len() + length
        {
            let whole = self.contents[file].len() - length;
            let torn = |what: &'static str, change: &dyn Fn(&mut Vec<u8>)| {
                let mut contents = self.contents.clone();
                change(&mut contents[file]);
                (what, of(&self.names, &contents))
            };
            for kept in [1, length / 2, length - 1] {
                states.push(torn("the last write is torn", &|text| {
                    text.truncate(whole + kept);
                }));
            }
            states.push(torn("the last write is zeros", &|text| {
                text[whole..].fill(0);
            }));
        }
        states
    }
}

fn sheet(name: &str) -> Vec<u8> {
    let rows = (FIRST..FIRST + ROWS).map(|id| [id.to_string(), "8".to_owned()]);
    if name.ends_with(".csv") {
        let rows: String = rows.map(|[id, user]| format!("{id},{user}\n")).collect();
        return format!("Contact ID,Assignee\n{rows}").into_bytes();
    }
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let header = ["Contact ID".to_owned(), "Assignee".to_owned()];
    for (row, cells) in (0..).zip(std::iter::once(header).chain(rows)) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

fn applying(name: &str, url: &str) -> Vec<String> {
    [
        "apply",
        name,
        "--yes",
        "--quiet",
        "--rate",
        "2000/s",
        "--base-url",
        url,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Goes on from a state, and says what is wrong then.
fn go_on(
    name: &str,
    (server, worlds): (&Server, &Worlds),
    token: &str,
    files: &Files,
    accepted: &BTreeSet<u64>,
) -> Vec<String> {
    let dir = Workdir::with(name, sheet(name));
    for (path, text) in files {
        let path = dir.path("").join(path);
        match text {
            None => fs::create_dir_all(path).expect("a folder"),
            Some(text) => {
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                fs::write(path, text).expect("a file");
            }
        }
    }
    let journal = files
        .get(Path::new(JOURNAL))
        .cloned()
        .flatten()
        .unwrap_or_default();
    let answered: BTreeSet<u64> = String::from_utf8_lossy(&journal)
        .lines()
        .filter(|line| line.starts_with(r#"{"outcome":"#) && line.ends_with('}'))
        .filter_map(|line| {
            line.split_once(r#""row":"#)?
                .1
                .split([',', '}'])
                .next()?
                .parse::<u64>()
                .ok()
        })
        .map(|row| FIRST + row - 2)
        .collect();
    let world = World {
        moved: accepted.clone(),
        heard: Vec::new(),
    };
    let mut at_hand = worlds.lock().expect("no server panics");
    at_hand.insert(token.to_owned(), world);
    drop(at_hand);
    let mut command = dir.command(applying(name, &server.url));
    let ended = Ended::of(command.env("REASSIGN_TOKEN", token));
    let mut wrong = Vec::new();
    if ended.code() != 0 {
        wrong.push(format!("it does not end well:\n{ended}"));
    }
    let world = worlds.lock().expect("no server panics").remove(token);
    let world = world.expect("it was put there");
    if world.moved.len() as u64 != ROWS {
        wrong.push(format!(
            "{} contacts are moved:\n{ended}",
            world.moved.len()
        ));
    }
    let again: Vec<u64> = world
        .heard
        .iter()
        .map(|(_, id)| *id)
        .filter(|id| answered.contains(id))
        .collect();
    if !again.is_empty() {
        wrong.push(format!(
            "written again after their answer was on disk: {again:?}"
        ));
    }
    if !dir.path(RESULTS).exists() {
        wrong.push("there are no results".to_owned());
        return wrong;
    }
    let results = Results::read(&dir.path(RESULTS));
    let rows: Vec<u32> = results.rows.iter().map(|row| row.row()).collect();
    if !rows.iter().copied().eq(2..2 + ROWS as u32) {
        wrong.push(format!("rows of the results: {rows:?}"));
    }
    for row in &results.rows {
        if !matches!(row.get("status"), "assigned" | "unchanged") {
            wrong.push(format!("row {} is {}", row.row(), row.get("status")));
        }
        if !matches!(row.get("previous"), "7" | "u7@example.com") {
            wrong.push(format!(
                "row {}: its previous owner is told as `{}`",
                row.row(),
                row.get("previous")
            ));
        }
    }
    let undo = dir.run(["undo", RESULTS, "-o", "back.csv"]);
    let back = fs::read_to_string(dir.path("back.csv"))
        .unwrap_or_default()
        .lines()
        .count();
    if back as u64 != ROWS + 1 {
        wrong.push(format!("{back} lines in the undo sheet:\n{undo}"));
    }
    let report = dir.run(["report", RESULTS, "-o", "page.html"]);
    if report.code() != 0 {
        wrong.push(format!("no report:\n{report}"));
    }
    wrong
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what is skipped is said, and the figures are for the docs"
)]
fn survives(name: &str) {
    let is_there = Command::new("strace")
        .arg("-V")
        .output()
        .is_ok_and(|output| output.status.success());
    if !is_there {
        assert!(
            std::env::var_os("REASSIGN_TEST_STRACE").is_none(),
            "strace is not installed"
        );
        eprintln!("SKIPPED: strace is not installed, so no crash states are built");
        return;
    }
    let sandbox = Sandbox::start();
    let dir = Workdir::with(name, sheet(name));
    let (server, worlds) = serve(&sandbox);
    let trace = tempfile::NamedTempFile::new().expect("a file");
    let calls = "trace=openat,lseek,write,ftruncate,fsync,fdatasync,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,\
                 unlink,unlinkat,rmdir,pwrite64,writev,pwritev,copy_file_range,sendfile";
    let mut command = Command::new("strace");
    command
        .args([
            "-f", "-y", "-T", "-ttt", "-xx", "-s", "10000000", "-e", calls, "-o",
        ])
        .arg(trace.path())
        .arg(reassign().get_program())
        .args(applying(name, &server.url))
        .current_dir(dir.path(""))
        .env("REASSIGN_TOKEN", "abc-token-first")
        .env("TZ", "UTC")
        .env_remove("REASSIGN_BASE_URL");
    let first = Ended::of(&mut command).exits(0);
    let first_world = worlds
        .lock()
        .expect("no server panics")
        .remove("abc-token-first");
    let heard = first_world.expect("it was asked").heard;
    assert_eq!(heard.len() as u64, ROWS, "{first}");
    let folder = fs::canonicalize(dir.path("")).expect("the folder");
    let ops = operations(&fs::read_to_string(trace.path()).expect("a trace"), &folder);
    let mut disk = Disk::default();
    let mut states = States::new();
    for (place, (_, op)) in ops.iter().enumerate() {
        disk.apply(op);
        // Until the next operation has taken effect, more writes may have been accepted.
        let until = ops.get(place + 1).map_or(f64::INFINITY, |(at, _)| *at);
        let accepted: BTreeSet<u64> = heard
            .iter()
            .filter(|(at, _)| *at < until)
            .map(|(_, id)| *id)
            .collect();
        for (what, files) in disk.states(&folder) {
            let state = states.entry((files, accepted.clone()));
            state.or_insert((what, place));
        }
    }
    let now = Disk::files(&disk.names, &disk.contents, &folder);
    for (name, text) in &now {
        let there = fs::read(dir.path("").join(name)).ok();
        assert!(
            text.is_none() || there == *text,
            "the trace tells something else about {}",
            name.display()
        );
    }
    let results = now.get(Path::new(RESULTS)).cloned().flatten();
    assert!(
        results.is_some_and(|text| text.len() > 1000),
        "the trace tells of no results: {:?}",
        now.keys()
    );
    let built = states.len();
    let states = some_of(states);
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(((files, accepted), (what, place))) = states.get(number) else {
                        return;
                    };
                    let token = format!("abc-token-{number}");
                    let found = go_on(name, (&server, &worlds), &token, files, accepted);
                    if !found.is_empty() {
                        let names: Vec<_> = files
                            .iter()
                            .map(|(name, text)| (name, text.as_ref().map(Vec::len)))
                            .collect();
                        let found = format!(
                            "{what}, after operation {place} of {}, {} accepted, {names:?}:\n{}",
                            ops.len(),
                            accepted.len(),
                            found.join("\n")
                        );
                        wrong.lock().expect("no thread panics").push(found);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panics");
    println!(
        "{name}: {} operations, {built} states; {} of {} end badly",
        ops.len(),
        wrong.len(),
        states.len(),
    );
    assert!(built > 50, "too few states: {built}");
    assert!(
        wrong.is_empty(),
        "{} of {} states:\n{}",
        wrong.len(),
        states.len(),
        wrong[..wrong.len().min(5)].join("\n\n")
    );
}

/// What is on disk, and which contacts were accepted by then.
type State = (Files, BTreeSet<u64>);
/// What kind of state it is, and after which operation.
type Origin = (&'static str, usize);
type States = BTreeMap<State, Origin>;

/// The states to go on from: some of each kind, unless all are wanted.
#[expect(clippy::print_stdout, reason = "the seed repeats a failed run")]
fn some_of(states: States) -> Vec<(State, Origin)> {
    let mut states: Vec<_> = states.into_iter().collect();
    if std::env::var("CRASH_STATES").is_ok_and(|which| which == "all") {
        return states;
    }
    let seed = seed("CRASH_SEED");
    println!("CRASH_SEED={seed}");
    let mut random = Random(seed);
    states.sort_by_cached_key(|_| random.below(usize::MAX));
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    states.retain(|(_, (what, _))| {
        let taken = taken.entry(what).or_default();
        *taken += 1;
        *taken <= OF_EACH_KIND
    });
    states
}

#[test]
fn a_run_goes_on_from_whatever_a_power_cut_leaves_and_knows_every_previous_owner() {
    survives("contacts.csv");
}

#[test]
fn a_run_over_a_workbook_goes_on_from_whatever_a_power_cut_leaves_and_knows_every_previous_owner() {
    survives("contacts.xlsx");
}
