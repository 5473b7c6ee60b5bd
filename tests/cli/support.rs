//! A small language for tests of the real program: a folder, a sandbox, a command, and what came of it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use reassign::sandbox::{Options, RecordPage, Scenario};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// The token of every sandbox in these tests.
pub(crate) const TOKEN: &str = "sandbox";

/// Names another program to test, such as an optimized one.
const ANOTHER: &str = "REASSIGN_TEST_PROGRAM";
/// Set where that is the one for Windows, run under Wine (`.ci/windows`).
const FOR_WINDOWS: &str = "REASSIGN_TEST_FOR_WINDOWS";

/// The program under test.
pub(crate) fn program() -> PathBuf {
    let another = std::env::var_os(ANOTHER);
    another.map_or_else(|| env!("CARGO_BIN_EXE_reassign").into(), PathBuf::from)
}

/// The program for the system on which the tests run.
fn usual_program() -> PathBuf {
    match is_for_windows() {
        true => env!("CARGO_BIN_EXE_reassign").into(),
        false => program(),
    }
}

/// A command line as the tests' shell takes it: the program for Windows is called by the path that it has there.
pub(crate) fn for_shell(line: &str) -> String {
    match line.find("reassign.exe ") {
        Some(at) if is_for_windows() => {
            let program = program();
            format!(
                "{} {}",
                program.display(),
                &line[at + "reassign.exe ".len()..]
            )
        }
        _ => line.to_owned(),
    }
}

/// A path in a folder as the program under test shows it.
pub(crate) fn shown(path: &str) -> String {
    match is_for_windows() {
        true => path.replace('/', "\\"),
        false => path.to_owned(),
    }
}

/// Whether the program under test is the one for Windows.
pub(crate) fn is_for_windows() -> bool {
    std::env::var_os(FOR_WINDOWS).is_some()
}

/// A command of the program that inherits no settings of whoever runs the tests.
pub(crate) fn reassign() -> Command {
    bare(program())
}

fn bare(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    for variable in [
        "REASSIGN_TOKEN",
        "REASSIGN_SANDBOX_TOKEN",
        "REASSIGN_BASE_URL",
        "REASSIGN_WORKSPACE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ] {
        command
            .env_remove(variable)
            .env_remove(variable.to_lowercase());
    }
    command.env("TZ", "UTC").stdin(Stdio::null());
    command.env("REASSIGN_CONFIG", "no settings");
    command
}

/// Settings for commands that are not about the pace: it takes a moment to be found otherwise.
pub(crate) const AT_ONCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/at_once.toml");

/// The same command, at the pace of [`AT_ONCE`] unless it says another one.
pub(crate) fn at_once(command: &mut Command) -> &mut Command {
    command.env("REASSIGN_CONFIG", AT_ONCE)
}

/// A folder that is gone when the test ends.
pub(crate) struct Workdir(tempfile::TempDir);

impl Workdir {
    /// An empty folder.
    pub(crate) fn new() -> Workdir {
        Workdir(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A folder with one file.
    pub(crate) fn with(name: &str, contents: impl AsRef<[u8]>) -> Workdir {
        let dir = Workdir::new();
        dir.write(name, contents);
        dir
    }

    /// A folder with a copy of a sample.
    pub(crate) fn with_sample(name: &str) -> Workdir {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("samples")
            .join(name);
        Workdir::with(
            name,
            fs::read(&sample).unwrap_or_else(|err| panic!("{}: {err}", sample.display())),
        )
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).expect("a file can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|err| panic!("{}: {err}", path.display()))
    }

    /// The names of the files in the folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("the folder");
        let mut names: Vec<_> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    /// The same with what stands in folders, by their paths.
    pub(crate) fn all_files(&self) -> Vec<String> {
        fn gather(folder: &Path, before: &str, names: &mut Vec<String>) {
            // A folder may be gone a moment after it was seen.
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            for entry in entries {
                let name = format!("{before}{}", entry.file_name().to_string_lossy());
                match entry.path().is_dir() {
                    true => gather(&entry.path(), &format!("{name}/"), names),
                    false => names.push(name),
                }
            }
        }
        let mut names = Vec::new();
        gather(self.0.path(), "", &mut names);
        names.sort();
        names
    }

    /// The program with these arguments, in this folder.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = reassign();
        command.current_dir(self.0.path()).args(args);
        command
    }

    /// Runs the program with these arguments, in this folder; no pace is looked for.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ended {
        Ended::of(at_once(&mut self.command(args)))
    }

    /// `reassign apply SHEET --yes` against a sandbox, with more arguments if need be; no pace is looked for.
    pub(crate) fn apply(&self, sheet: &str, sandbox: &Sandbox, more: &[&str]) -> Ended {
        Ended::of(at_once(&mut self.applying(sheet, sandbox, more)))
    }

    /// The same, not started yet.
    pub(crate) fn applying(&self, sheet: &str, sandbox: &Sandbox, more: &[&str]) -> Command {
        let mut command = self.command(["apply", sheet, "--yes", "--base-url", &sandbox.url]);
        command.args(more).env("REASSIGN_TOKEN", TOKEN);
        command
    }

    /// `reassign plan SHEET --live -o plan.csv` against a sandbox.
    pub(crate) fn plan_live(&self, sheet: &str, sandbox: &Sandbox) -> Ended {
        let mut command = self.command(["plan", sheet, "--live", "--base-url", &sandbox.url]);
        command.args(["--rate", "1000/s", "-o", "plan.csv"]);
        Ended::of(command.env("REASSIGN_TOKEN", TOKEN))
    }

    /// A results file, row by row.
    pub(crate) fn results(&self, name: &str) -> Results {
        Results::read(&self.path(name))
    }
}

/// What came of a command; prints all of it when an expectation fails.
pub(crate) struct Ended {
    command: String,
    pub(crate) output: Output,
}

impl Ended {
    pub(crate) fn of(command: &mut Command) -> Ended {
        let output = command.output().expect("the program can be run");
        Ended::with(format!("{command:?}"), output)
    }

    /// What came of a command that was started elsewhere.
    pub(crate) fn with(command: String, output: Output) -> Ended {
        Ended { command, output }
    }

    pub(crate) fn code(&self) -> i32 {
        self.output.status.code().unwrap_or(-1)
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Expects this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Ended {
        assert_eq!(self.code(), code, "the exit code of\n{self}");
        self
    }

    /// Expects this text on standard output or standard error.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Ended {
        assert!(
            self.stdout().contains(text) || self.stderr().contains(text),
            "no `{text}` in\n{self}"
        );
        self
    }

    /// Expects that this text is nowhere.
    #[track_caller]
    pub(crate) fn does_not_say(self, text: &str) -> Ended {
        assert!(
            !self.stdout().contains(text) && !self.stderr().contains(text),
            "`{text}` in\n{self}"
        );
        self
    }

    /// Expects one error, told without a panic.
    #[track_caller]
    pub(crate) fn is_refused(self, code: i32) -> Ended {
        let ended = self.exits(code).does_not_say("panicked");
        assert!(ended.stderr().contains("error: "), "no error in\n{ended}");
        ended
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}\n{}", self.command, self.output.status)?;
        writeln!(
            f,
            "--- stdout\n{}--- stderr\n{}---",
            self.stdout(),
            self.stderr()
        )
    }
}

/// A sandbox; ends with the test.
pub(crate) struct Sandbox {
    runs: Runs,
    /// The API's base address.
    pub(crate) url: String,
}

/// Where a sandbox runs.
enum Runs {
    /// In a process of its own.
    Apart(Child),
    /// In a thread of the test, until this is dropped.
    Here { _stop: oneshot::Sender<()> },
}

impl Sandbox {
    /// The sample workspace behind a server that answers so when much is asked of it, in a thread of the test.
    pub(crate) fn in_scenario(scenario: Scenario, latency: Duration) -> Sandbox {
        let sandbox = reassign::sandbox::Sandbox::open(Options {
            scenario,
            latency,
            record: RecordPage::Served,
            ..Options::new(TOKEN)
        })
        .expect("a sandbox");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            let runtime = Runtime::new().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let stopped = async {
                    stopped.await.ok();
                };
                reassign::sandbox::serve(listener, sandbox, stopped).await
            })
        });
        Sandbox {
            runs: Runs::Here { _stop: stop },
            url,
        }
    }

    /// The sample workspace.
    pub(crate) fn start() -> Sandbox {
        Sandbox::with::<&str>([])
    }

    /// A sandbox with these options. It is what the program under test talks to, not what is tested.
    pub(crate) fn with<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Sandbox {
        Sandbox::served_by(bare(usual_program()), args)
    }

    /// A sandbox of the program under test.
    pub(crate) fn of_the_program() -> Sandbox {
        Sandbox::served_by::<&str>(reassign(), [])
    }

    fn served_by<S: AsRef<OsStr>>(
        mut command: Command,
        args: impl IntoIterator<Item = S>,
    ) -> Sandbox {
        command
            .arg("sandbox")
            .args(args)
            .env("REASSIGN_SANDBOX_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("the sandbox starts");
        let mut url = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut url)
            .expect("an address");
        assert!(
            url.starts_with("http://127.0.0.1:"),
            "{command:?} said {url:?}"
        );
        Sandbox {
            runs: Runs::Apart(child),
            url: url.trim().to_owned(),
        }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn authority(&self) -> &str {
        self.url
            .trim_start_matches("http://")
            .trim_end_matches("/v1")
    }

    /// What really happened: per contact ID who has it (email, or nothing), and how often it was written.
    pub(crate) fn record(&self) -> BTreeMap<u64, Held> {
        let answer = http(self.authority(), "GET", "/_sandbox/assignments", &[], "");
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mut reader = csv::Reader::from_reader(answer.body.as_bytes());
        let columns = reader.headers().expect("a header").clone();
        let at = |name: &str| {
            columns
                .iter()
                .position(|column| column == name)
                .expect("the column")
        };
        let (id, assignee, writes) = (at("contact_id"), at("assignee"), at("writes"));
        reader
            .records()
            .map(|row| {
                let row = row.expect("a row");
                let held = Held {
                    assignee: row[assignee].to_owned(),
                    writes: row[writes].parse().expect("a count"),
                };
                (row[id].parse().expect("an ID"), held)
            })
            .collect()
    }

    /// How many writes it has accepted.
    pub(crate) fn writes(&self) -> u32 {
        self.record().values().map(|held| held.writes).sum()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Runs::Apart(child) = &mut self.runs {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Who has a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// The user's email; empty for nobody.
    pub(crate) assignee: String,
    pub(crate) writes: u32,
}

/// An answer over raw HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// One request, byte for byte as it is given, with the tests' token unless another `Authorization` is among the headers.
pub(crate) fn http(
    authority: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    answered(authority, method, target, headers, body).expect("an answer")
}

/// The same where the answer may be lost on its way.
pub(crate) fn answered(
    authority: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<Answer> {
    let mut stream = TcpStream::connect(authority).expect("the sandbox listens");
    let mut request =
        format!("{method} {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
    {
        request.push_str(&format!("Authorization: Bearer {TOKEN}\r\n"));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        request.push_str(&format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        ));
    }
    request.push_str("\r\n");
    stream
        .write_all(request.as_bytes())
        .and_then(|()| stream.write_all(body.as_bytes()))
        .expect("a request is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8(answer).expect("an answer in UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|code| code.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let mut answer = Answer {
        status: status?,
        headers,
        body: body.to_owned(),
    };
    if answer
        .header("transfer-encoding")
        .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    {
        answer.body = unchunked(body);
    }
    Some(answer)
}

fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, more)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).expect("a chunk's size");
        body.push_str(&more[..size]);
        rest = more[size..]
            .strip_prefix("\r\n")
            .expect("the end of a chunk");
        if size == 0 {
            break;
        }
    }
    body
}

/// A results file.
pub(crate) struct Results {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<ResultRow>,
    path: PathBuf,
}

/// A row of a results file: cells by column name, apostrophes taken off.
#[derive(Clone, Debug)]
pub(crate) struct ResultRow(pub(crate) BTreeMap<String, String>);

impl ResultRow {
    /// One of our columns, without its prefix.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .get(&format!("reassign_{name}"))
            .map_or("", String::as_str)
    }

    pub(crate) fn row(&self) -> u32 {
        self.get("row").parse().expect("a row number")
    }
}

impl Results {
    pub(crate) fn read(path: &Path) -> Results {
        let delimiter = if path.extension().is_some_and(|extension| extension == "tsv") {
            b'\t'
        } else {
            b','
        };
        Results::parted_by(delimiter, path)
    }

    /// A results file whatever parts its cells.
    pub(crate) fn read_any(path: &Path) -> Results {
        let text =
            fs::read_to_string(path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
        let (_, rest) = text
            .split_once("reassign_row")
            .unwrap_or_else(|| panic!("no `reassign_row` in {}", path.display()));
        Results::parted_by(rest.as_bytes()[0], path)
    }

    fn parted_by(delimiter: u8, path: &Path) -> Results {
        let text =
            fs::read_to_string(path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let header: Vec<String> = reader
            .headers()
            .expect("a header")
            .iter()
            .map(str::to_owned)
            .collect();
        // One apostrophe guards the start of a cell, and every place in it after which another delimiter would begin one.
        let plain = |cell: &str| {
            let mut before = Some(',');
            let mut plain = String::with_capacity(cell.len());
            for char in cell.chars() {
                let begins = before.is_some_and(|char| ",;\t|\n\r".contains(char));
                if char != '\'' || !begins {
                    plain.push(char);
                }
                before = Some(char);
            }
            plain
        };
        let rows = reader
            .records()
            .map(|row| {
                let row = row.expect("as many cells as columns");
                ResultRow(header.iter().cloned().zip(row.iter().map(plain)).collect())
            })
            .collect();
        Results {
            header,
            rows,
            path: path.to_owned(),
        }
    }

    /// The row with this number.
    #[track_caller]
    pub(crate) fn row(&self, number: u32) -> &ResultRow {
        let found = self.rows.iter().find(|row| row.row() == number);
        found.unwrap_or_else(|| panic!("no row {number} in {}", self.path.display()))
    }

    /// The status of every row, in order.
    pub(crate) fn statuses(&self) -> Vec<(u32, &str)> {
        self.rows
            .iter()
            .map(|row| (row.row(), row.get("status")))
            .collect()
    }

    /// How many rows have which status.
    pub(crate) fn count(&self, status: &str) -> usize {
        self.rows
            .iter()
            .filter(|row| row.get("status") == status)
            .count()
    }

    /// Writes other text into a cell of the file, as an admin would in a spreadsheet program.
    pub(crate) fn repair(&mut self, row: u32, column: &str, text: &str) {
        let place = self.rows.iter().position(|found| found.row() == row);
        self.repair_at(place.expect("the row"), column, text);
    }

    /// The same in the first row, whatever it is called.
    pub(crate) fn repair_first(&mut self, column: &str, text: &str) {
        self.repair_at(0, column, text);
    }

    fn repair_at(&mut self, place: usize, column: &str, text: &str) {
        self.rows[place]
            .0
            .insert(column.to_owned(), text.to_owned());
        let delimiter = if self
            .path
            .extension()
            .is_some_and(|extension| extension == "tsv")
        {
            b'\t'
        } else {
            b','
        };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .from_path(&self.path)
            .expect("the file");
        writer.write_record(&self.header).expect("the header");
        for row in &self.rows {
            writer
                .write_record(self.header.iter().map(|name| &row.0[name]))
                .expect("a row");
        }
        writer.flush().expect("the file");
    }
}

/// Whether programs started from here ignore that their terminal goes away, as under `nohup`: then they go on, and it is said.
pub(crate) fn outlives_its_terminal() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let is_ignored = ignored.is_some_and(|mask| mask & 1 == 1);
    if is_ignored {
        let mut err = io::stderr();
        let _ = writeln!(err, "skipped: SIGHUP is ignored where these tests run");
    }
    is_ignored
}

/// Copies a program by a process of its own: what is being written cannot be started, and a process that another test starts
/// meanwhile would hold it open for writing, too.
#[cfg(unix)]
pub fn copied(program: impl AsRef<OsStr>, to: &Path) {
    let copied = Command::new("cp").arg(program).arg(to).status();
    assert!(
        copied.is_ok_and(|status| status.success()),
        "a copy of the program"
    );
}

/// Waits until something is so, at most a minute: a busy machine is no fault.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let seconds = 60;
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !holds() {
        assert!(
            Instant::now() < deadline,
            "{what}: not within {seconds} seconds"
        );
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Numbers that nobody foresees; the same seed gives the same ones.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// The seed that a variable gives, to repeat a test that failed; else another one each time.
pub(crate) fn seed(variable: &str) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
        Err(_) => RandomState::new().hash_one(std::process::id()) % 1_000_000,
    }
}

/// A journal with each of its lines changed, and a checksum that is right again.
pub(crate) fn journal_with(journal: &str, change: impl Fn(&str) -> String) -> String {
    let line = |line: &str| {
        let (text, _) = line.rsplit_once(",\"sum\":\"").expect("a checksum");
        let text = change(text);
        let hash = Sha256::digest(format!("{text}}}"));
        let sum: String = hash
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{text},\"sum\":\"{sum}\"}}\n")
    };
    journal.lines().map(line).collect()
}
