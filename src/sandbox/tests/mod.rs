//! The sandbox over real sockets, asked by a client that shares nothing with it.

mod faults;
mod limits;
mod lists;
mod loading;
mod reads;
mod samples;
mod traps;
mod writes;

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::server::serve_at_most;
use super::{
    Endpoint, Headers, Links, Options, Policy, RecordPage, RetryAfter, Rule, Sandbox, Scenario,
};

const TOKEN: &str = "a-token-for-tests";

/// Longer than anything here takes; only a test that is about to fail waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The sample workspace without limit, latency or faults.
fn options() -> Options {
    Options {
        seed: 1,
        record: RecordPage::Served,
        ..Options::new(TOKEN)
    }
}

/// A limit for each operation.
fn rule(rate: &str) -> Rule {
    Rule::new(Endpoint::ALL, rate.parse().expect("a limit"))
}

/// The sample workspace with this limit.
fn with_rule(rule: Rule) -> Options {
    Options {
        scenario: Scenario {
            limits: vec![rule],
            ..Scenario::default()
        },
        ..options()
    }
}

fn faults(text: &str) -> Options {
    Options {
        faults: text.parse().expect("faults"),
        ..options()
    }
}

/// A directory with files in it, gone at the end of the test.
struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    fn new() -> Files {
        Files {
            dir: tempfile::tempdir().expect("a directory"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        fs::write(self.path(name), content).expect("a file");
        self.path(name)
    }
}

/// A sandbox that is being served; it ends with the test.
struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<io::Result<()>>>,
    runtime: Runtime,
}

impl Running {
    fn start(options: &Options) -> Running {
        Running::with_connections(1024, options)
    }

    fn with_connections(connections: usize, options: &Options) -> Running {
        let sandbox = Sandbox::open(options.clone()).expect("a sandbox");
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let server = runtime.spawn(serve_at_most(connections, listener, sandbox, async {
            stopped.await.ok();
        }));
        Running {
            address,
            stop: Some(stop),
            server: Some(server),
            runtime,
        }
    }

    /// Tells the server to end, and waits until it has.
    fn stop(&mut self) {
        self.stop
            .take()
            .expect("a running server")
            .send(())
            .expect("a server that listens");
        let server = self.server.take().expect("a running server");
        self.runtime
            .block_on(server)
            .expect("a server that ends")
            .expect("a server without an error");
    }

    /// Sends one request and hands over the connection.
    fn open(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
            .write_all(request.as_bytes())
            .expect("a request sent");
        stream
    }

    /// The answer to a request, or `None` when the connection was closed without one.
    fn raw(&self, request: &str) -> Option<Answer> {
        let mut answer = Vec::new();
        match self.open(request).read_to_end(&mut answer) {
            Ok(0) => None,
            Ok(_) => Some(Answer::parse(&answer)),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => None,
            Err(error) => panic!("no answer to {request}: {error}"),
        }
    }

    fn attempt(&self, method: &str, path: &str, body: Option<&str>) -> Option<Answer> {
        self.raw(&request(method, path, body))
    }

    fn get(&self, path: &str) -> Answer {
        self.attempt("GET", path, None).expect("an answer")
    }

    fn post(&self, path: &str, body: &str) -> Answer {
        self.attempt("POST", path, Some(body)).expect("an answer")
    }

    /// Writes an assignee, given as JSON.
    fn assign(&self, identifier: &str, assignee: &str) -> Answer {
        self.post(
            &assignee_path(identifier),
            &format!("{{\"assignee\":{assignee}}}"),
        )
    }

    /// Whether the contact's assignee could be written, answered or not.
    fn try_assign(&self, identifier: &str, assignee: &str) -> Option<Answer> {
        self.attempt(
            "POST",
            &assignee_path(identifier),
            Some(&format!("{{\"assignee\":{assignee}}}")),
        )
    }

    /// Assignee and number of writes of a contact, from the sandbox's own record.
    fn recorded(&self, contact: &str) -> (String, u32) {
        let answer = self.get("/_sandbox/assignments");
        assert_eq!(answer.status, 200);
        let line = answer
            .body
            .lines()
            .find(|line| line.split(',').next() == Some(contact))
            .expect("a contact");
        let cells: Vec<&str> = line.split(',').collect();
        (cells[3].to_owned(), cells[4].parse().expect("a count"))
    }

    fn writes(&self) -> u32 {
        let answer = self.get("/_sandbox/assignments");
        answer
            .body
            .lines()
            .skip(1)
            .map(|line| line.rsplit(',').next().expect("a cell"))
            .fold(0, |sum, writes| {
                sum + writes.parse::<u32>().expect("a count")
            })
    }
}

fn assignee_path(identifier: &str) -> String {
    format!("/v1/contact/{identifier}/conversation/assignee")
}

fn request(method: &str, path: &str, body: Option<&str>) -> String {
    let body = body.unwrap_or_default();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Answer {
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let status = head
            .split(' ')
            .nth(1)
            .expect("a status")
            .parse()
            .expect("a number");
        Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Asserts that this is the contract's error for `status`.
    fn refuses(&self, status: u16, message: &str) {
        let body = self.json();
        assert_eq!(
            (self.status, &body["code"]),
            (status, &Value::from(status)),
            "{self:?}"
        );
        let found = body["message"].as_str().expect("a message");
        assert!(found.starts_with(message), "{found} instead of {message}");
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(2));
    }
}
