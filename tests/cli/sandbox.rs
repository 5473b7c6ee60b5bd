//! `reassign sandbox` on the command line: what it says, what it refuses, what it keeps, how it ends.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Sandbox, TOKEN, Workdir, http, outlives_its_terminal, reassign, wait_until};

/// A sandbox whose words are listened to.
pub(crate) struct Heard {
    pub(crate) child: Child,
    pub(crate) stdout: BufReader<ChildStdout>,
    /// Lines of standard error, which a thread reads, so that waiting for one has a deadline.
    pub(crate) stderr: Receiver<String>,
    pub(crate) first: String,
}

impl Heard {
    pub(crate) fn start(args: &[&str]) -> Heard {
        Heard::of(reassign().env("REASSIGN_SANDBOX_TOKEN", TOKEN), args)
    }

    fn of(command: &mut Command, args: &[&str]) -> Heard {
        let mut child = command
            .arg("sandbox")
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let mut heard = Heard {
            stdout: BufReader::new(child.stdout.take().expect("a pipe")),
            stderr: lines(child.stderr.take().expect("a pipe")),
            child,
            first: String::new(),
        };
        heard
            .stdout
            .read_line(&mut heard.first)
            .expect("a first line");
        heard
    }

    pub(crate) fn authority(&self) -> &str {
        self.first
            .trim_end()
            .trim_start_matches("http://")
            .trim_end_matches("/v1")
    }

    /// Opens a connection and writes this, which may be nothing.
    pub(crate) fn open(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.authority()).expect("the sandbox listens");
        stream.write_all(request.as_bytes()).expect("bytes sent");
        stream
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a signal sent");
    }

    /// Waits until a line of standard error has this text.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str) {
        let mut said = Vec::new();
        wait_until(&format!("`{text}` on standard error"), || {
            said.extend(self.stderr.try_iter());
            said.iter().any(|line: &String| line.contains(text))
        });
    }

    #[track_caller]
    pub(crate) fn ends(&mut self) -> ExitStatus {
        let mut ended = None;
        wait_until("the end of the sandbox", || {
            ended = self.child.try_wait().expect("a process of our own");
            ended.is_some()
        });
        ended.expect("an exit status")
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stderr: ChildStderr) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(stderr).lines().map_while(Result::ok);
        lines.map(|line| send.send(line)).all(|sent| sent.is_ok())
    });
    receive
}

fn write_request(authority: &str) -> String {
    let body = r#"{"assignee":105}"#;
    format!(
        "POST /v1/contact/id:10001/conversation/assignee HTTP/1.1\r\nHost: {authority}\r\n\
         Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn the_address_alone_stands_on_standard_output_and_is_served() {
    let mut sandbox = Heard::start(&[]);
    let port = sandbox
        .first
        .strip_prefix("http://127.0.0.1:")
        .and_then(|rest| rest.strip_suffix("/v1\n"))
        .and_then(|port| port.parse::<u16>().ok());
    assert!(port.is_some_and(|port| port > 0), "{:?}", sandbox.first);
    let answer = http(sandbox.authority(), "GET", "/v1/space/user", &[], "");
    assert_eq!(answer.status, 200, "{answer:?}");
    let command = format!(
        "REASSIGN_TOKEN=\"$REASSIGN_SANDBOX_TOKEN\" reassign apply SHEET --base-url {}",
        sandbox.first.trim_end()
    );
    sandbox.says(&command);
    sandbox.signal(Signal::TERM);
    sandbox.ends();
    let mut rest = String::new();
    sandbox.stdout.read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "");
}

#[test]
fn its_token_is_new_each_time_and_printed_unless_it_was_given() {
    let token = || {
        let sandbox = Heard::of(&mut reassign(), &[]);
        let mut said = Vec::new();
        wait_until("the token", || {
            said.extend(sandbox.stderr.try_iter());
            said.iter()
                .any(|line: &String| line.contains("REASSIGN_TOKEN="))
        });
        let said = said.join("\n");
        let rest = said.split_once("The token is `").expect("a token").1;
        let token = rest.split_once('`').expect("its end").0.to_owned();
        assert!(said.contains(&format!("REASSIGN_TOKEN={token} reassign apply")));
        let answered = |token: &str| {
            let bearer = format!("Bearer {token}");
            let headers = [("Authorization", bearer.as_str())];
            http(sandbox.authority(), "GET", "/v1/space/user", &headers, "").status
        };
        assert_eq!((answered(&token), answered("sandbox")), (200, 401));
        token
    };
    let (one, another) = (token(), token());
    assert_ne!(one, another);
    assert_eq!(one.len(), 32);

    let mut sandbox = Heard::of(
        reassign().env("REASSIGN_SANDBOX_TOKEN", "g1ven-by-hand"),
        &[],
    );
    sandbox.says("The token is the one in REASSIGN_SANDBOX_TOKEN");
    sandbox.signal(Signal::TERM);
    sandbox.ends();
    let mut said = String::new();
    sandbox.stdout.read_to_string(&mut said).expect("text");
    said.extend(sandbox.stderr.iter());
    assert!(!said.contains("g1ven"), "{said}");
}

#[test]
fn what_is_addressed_to_another_name_is_refused_whatever_it_asks_for() {
    let sandbox = Heard::start(&[]);
    let port = sandbox.authority().rsplit(':').next().expect("a port");
    let asked = |host: &str, path: &str| {
        let mut stream = sandbox.open(&format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        ));
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer[9..12].to_owned()
    };
    for path in [
        "/v1/space/user",
        "/v1/contact/id:10001",
        "/_sandbox/assignments",
    ] {
        assert_eq!(
            asked(&format!("attacker.example:{port}"), path),
            "421",
            "{path}"
        );
        assert_eq!(asked(&format!("localhost:{port}"), path), "200", "{path}");
    }
    assert_eq!(asked("attacker.example", "/nowhere"), "421");
    let open = Heard::start(&["--listen", "0.0.0.0"]);
    let port = open
        .authority()
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    let here = format!("127.0.0.1:{port}");
    let mut stream = TcpStream::connect(&here).expect("the sandbox listens");
    let request = format!(
        "GET /v1/space/user HTTP/1.1\r\nHost: desk-12:{port}\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("bytes sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn it_ends_on_a_signal_although_requests_and_connections_are_open() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 143)] {
        if signal == Signal::HUP && outlives_its_terminal() {
            continue;
        }
        let mut sandbox = Heard::start(&["--fault", "stall=1"]);
        let mut stalled = sandbox.open(&write_request(sandbox.authority()));
        let idle = sandbox.open("");
        let halfway = sandbox.open("POST /v1/contact/list HTTP/1.1\r\nHost:");
        sandbox.signal(signal);
        assert_eq!(sandbox.ends().code(), Some(code), "{signal:?}");
        let mut answer = Vec::new();
        let closed = stalled.read_to_end(&mut answer);
        assert!(answer.is_empty(), "{closed:?}: {answer:?}");
        drop((idle, halfway));
    }
}

#[test]
fn a_second_signal_does_not_wait_for_what_is_under_way() {
    let mut sandbox = Heard::start(&["--latency", "10m"]);
    let _slow = sandbox.open(&write_request(sandbox.authority()));
    wait_until("the write", || {
        let record = http(sandbox.authority(), "GET", "/_sandbox/assignments", &[], "");
        record
            .body
            .lines()
            .any(|line| line.starts_with("10001,") && line.ends_with(",1"))
    });
    sandbox.signal(Signal::INT);
    sandbox.says("again to stop at once");
    sandbox.signal(Signal::TERM);
    assert_eq!(
        sandbox.ends().code(),
        Some(130),
        "the first signal tells why"
    );
}

#[test]
fn a_workspace_that_makes_no_sense_is_refused_in_one_line_that_says_where() {
    let dir = Workdir::new();
    dir.write("empty.csv", "");
    dir.write("phone.csv", "id,phone\n1,+60121233112\n2,0121233112\n");
    dir.write("column.csv", "id,phnoe\n1,+60121233112\n");
    dir.write("no-id.csv", "email\nann@example.com\n");
    dir.write(
        "twice.csv",
        "id,email\n1,ann@example.com\n1,bob@example.com\n",
    );
    dir.write("latin.csv", b"id,first_name\n1,Ren\xe9\n");
    dir.write("ragged.csv", "id,email\n1,ann@example.com,x\n");
    dir.write("assignee.csv", "id,assignee\n1,nobody@example.com\n");
    dir.write("users.csv", "id,email\n1,kim\n");
    fs::create_dir(dir.path("folder.csv")).expect("a folder");
    for (option, file, says) in [
        ("--contacts", "empty.csv", "no column `id`"),
        (
            "--contacts",
            "phone.csv",
            "line 3, column `phone`: `0121233112`",
        ),
        ("--contacts", "column.csv", "unknown column `phnoe`"),
        ("--contacts", "no-id.csv", "no column `id` (found: `email`)"),
        ("--contacts", "twice.csv", "line 3, column `id`"),
        ("--contacts", "latin.csv", "line 2: not UTF-8"),
        (
            "--contacts",
            "ragged.csv",
            "line 2: 3 cells where the header has 2",
        ),
        (
            "--contacts",
            "assignee.csv",
            "line 2, column `assignee`: no user",
        ),
        ("--contacts", "absent.csv", "No such file"),
        ("--contacts", "folder.csv", "directory"),
        (
            "--users",
            "users.csv",
            "line 2, column `email`: `kim` is not an email",
        ),
        ("--users", "empty.csv", "no column `id`"),
        ("--users", "absent.csv", "No such file"),
    ] {
        let ended = dir.run(["sandbox", option, file]).is_refused(2).says(says);
        let stderr = ended.stderr();
        assert_eq!(stderr.lines().count(), 1, "more than one line in\n{ended}");
        assert!(
            stderr.contains(&format!("`{file}`")),
            "the file is not named in\n{ended}"
        );
        assert_eq!(ended.stdout(), "", "{ended}");
    }
}

#[test]
fn options_that_make_no_sense_are_refused_with_what_would_work() {
    let dir = Workdir::new();
    for (option, value, says) in [
        ("--rate-limit", "0/s", "such as `10/s`"),
        ("--rate-limit", "fast", "such as `10/s`"),
        ("--latency", "80", "200ms"),
        ("--fault", "", "such as `500=0.01`"),
        ("--fault", "503=0.1", "unknown fault `503`"),
        ("--fault", "500=0.9,449=0.9", "add up to 1.8"),
        ("--seed", "x", "--seed"),
        ("--port", "70000", "--port"),
    ] {
        dir.run(["sandbox", option, value]).is_refused(2).says(says);
    }
}

#[test]
fn a_port_that_is_taken_is_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    Workdir::new()
        .run(["sandbox", "--port", &port])
        .is_refused(2)
        .says(&format!("cannot listen on port {port}"));
}

#[test]
fn a_database_keeps_the_workspace_although_the_sandbox_was_killed() {
    let dir = Workdir::with(
        "contacts.csv",
        "id,email\n7,ann@example.com\n8,bob@example.com\n",
    );
    let database = dir.path("kept.db");
    let contacts = dir.path("contacts.csv");
    let args = ["--database", path(&database), "--contacts", path(&contacts)];
    let first = Sandbox::with(args);
    let body = r#"{"assignee":105}"#;
    let answer = http(
        first.authority(),
        "POST",
        "/v1/contact/id:7/conversation/assignee",
        &[],
        body,
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    let record = first.record();
    drop(first);

    dir.write("contacts.csv", "id,email\n9,eve@example.com\n");
    let mut again = Heard::start(&args);
    again.says("The database holds a workspace already, which is kept; `--contacts` and `--users` were not read");
    drop(again);
    let again = Sandbox::with(["--database", path(&database)]);
    assert_eq!(again.record(), record);
    assert_eq!(record[&7].assignee, "elena.garcia@example.com");
    assert_eq!(again.writes(), 1);
}

#[test]
fn a_file_that_is_no_database_of_ours_is_refused_and_left_as_it_was() {
    let dir = Workdir::with(
        "notes.txt",
        "not a database, and longer than a header of one ".repeat(90),
    );
    let other = rusqlite::Connection::open(dir.path("other.db")).expect("a database");
    other
        .execute_batch("CREATE TABLE contacts (id INTEGER); INSERT INTO contacts VALUES (1);")
        .expect("a table");
    drop(other);
    let files = dir.files();
    for (name, says) in [
        ("notes.txt", "`notes.txt`"),
        ("other.db", "the database of another program"),
    ] {
        let before = fs::read(dir.path(name)).expect("the file");
        let ended = dir
            .run(["sandbox", "--database", name])
            .is_refused(2)
            .says(says);
        assert_eq!(ended.stderr().lines().count(), 1, "{ended}");
        assert_eq!(
            fs::read(dir.path(name)).expect("the file"),
            before,
            "{ended}"
        );
    }
    assert_eq!(dir.files(), files);
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
