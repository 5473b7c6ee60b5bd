//! Slow, broken and too many clients of a sandbox: each costs no more than itself, and nothing it says is repeated.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use crate::sandbox::Heard;
use crate::support::{TOKEN, Workdir, http, wait_until};

/// What a client waits for its answer; only a test that is about to fail waits that long.
const LONG: Duration = Duration::from_secs(20);

fn users(authority: &str) -> String {
    format!("GET /v1/space/user HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {TOKEN}\r\n")
}

#[track_caller]
fn is_served(sandbox: &Heard) {
    let answer = http(sandbox.authority(), "GET", "/v1/space/user", &[], "");
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Everything that comes until the other side closes.
fn rest(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(LONG)).expect("a socket");
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(err) if err.kind() != ErrorKind::ConnectionReset => panic!("not closed: {err}"),
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

#[test]
fn a_header_that_comes_byte_by_byte_is_given_up_and_others_are_served_meanwhile() {
    let sandbox = Heard::start(&["--patience", "300ms"]);
    let mut slow = sandbox.open("");
    slow.set_nonblocking(true).expect("a socket");
    let request = users(sandbox.authority()) + &"X-More: aaaa\r\n".repeat(10_000);
    let (mut bytes, mut answer) = (request.bytes(), Vec::new());
    // A byte every few milliseconds would be a matter of minutes.
    wait_until("the slow client is given up", || {
        let byte = bytes.next().expect("more to send than there is time for");
        let gone = matches!(slow.write(&[byte]), Err(err) if err.kind() != ErrorKind::WouldBlock);
        let mut chunk = [0; 1024];
        match slow.read(&mut chunk) {
            Ok(0) => return true,
            Ok(read) => answer.extend_from_slice(&chunk[..read]),
            Err(err) => return gone || err.kind() == ErrorKind::ConnectionReset,
        }
        gone
    });
    let answer = String::from_utf8_lossy(&answer);
    assert!(!answer.contains("200 OK"), "{answer}");
    is_served(&sandbox);
}

#[test]
fn a_body_that_does_not_come_is_given_up() {
    let sandbox = Heard::start(&["--patience", "200ms"]);
    let head = "POST /v1/contact/id:10001/conversation/assignee HTTP/1.1\r\nContent-Type: application/json\r\n";
    let mut slow = sandbox.open(&format!(
        "{head}Host: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 16\r\n\r\n{{\"assig"
    ));
    let answer = rest(&mut slow);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    let record = http(sandbox.authority(), "GET", "/_sandbox/assignments", &[], "");
    assert!(
        record.body.lines().skip(1).all(|line| line.ends_with(",0")),
        "{record:?}"
    );
}

#[test]
fn a_client_that_asks_and_does_not_read_is_given_up() {
    let sandbox = Heard::start(&["--patience", "200ms"]);
    let ask = format!(
        "GET /_sandbox/assignments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    );
    let mut deaf = sandbox.open("");
    deaf.set_nonblocking(true).expect("a socket");
    let mut sent = 0;
    wait_until("the deaf client is given up", || {
        loop {
            match deaf.write(ask.as_bytes()) {
                Ok(written) => sent += written,
                Err(err) if err.kind() == ErrorKind::WouldBlock => return false,
                Err(_) => return true,
            }
        }
    });
    assert!(
        sent > ask.len() * 100,
        "it was given up before its answers could pile up: {sent}"
    );
    is_served(&sandbox);
}

#[test]
fn an_idle_connection_is_closed_after_a_while() {
    let sandbox = Heard::start(&["--patience", "200ms"]);
    let mut idle = sandbox.open(&(users(sandbox.authority()) + "\r\n"));
    let answer = rest(&mut idle);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[test]
fn requests_that_are_too_large_are_refused() {
    let sandbox = Heard::start(&[]);
    let users = users(sandbox.authority());
    for (what, more) in [
        ("a long line", format!("X-More: {}\r\n", "a".repeat(70_000))),
        ("many lines", "X-More: a\r\n".repeat(101)),
    ] {
        let mut stream = sandbox.open(&users);
        // It may have seen enough before all of it is written.
        let _ = stream
            .write_all(more.as_bytes())
            .and_then(|()| stream.write_all(b"\r\n"));
        let answer = rest(&mut stream);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
            "{what}: {answer}"
        );
    }
    let body = format!(r#"{{"assignee":"{}"}}"#, "a".repeat(64 * 1024));
    let path = "/v1/contact/id:10001/conversation/assignee";
    assert_eq!(
        http(sandbox.authority(), "POST", path, &[], &body).status,
        413
    );
    is_served(&sandbox);
}

#[test]
fn what_is_no_request_or_only_half_of_one_concerns_nobody_else() {
    let sandbox = Heard::start(&["--patience", "1s"]);
    let whole = users(sandbox.authority()) + "\r\n";
    for _ in 0..50 {
        // Half a request, and gone.
        drop(sandbox.open(&whole[..whole.len() / 2]));
        // Gone without having read the answer, which resets the connection.
        drop(sandbox.open(&whole));
    }
    for garbage in [
        "\u{0}\u{1}\u{2}\r\n\r\n",
        "GET\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}",
        "GET / HTTP/9.9\r\n\r\n",
    ] {
        let answer = rest(&mut sandbox.open(garbage));
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{garbage:?}: {answer}"
        );
    }
    let twice = users(sandbox.authority()) + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n";
    let answer = rest(&mut sandbox.open(&twice));
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    is_served(&sandbox);
}

#[test]
fn two_thousand_connections_at_once_are_outlasted() {
    let limit = getrlimit(Resource::Nofile);
    // This process needs that many files too.
    let enough = Rlimit {
        current: limit.maximum.map(|most| most.min(8192)).or(Some(8192)),
        ..limit
    };
    setrlimit(Resource::Nofile, enough).expect("its own limit");
    let sandbox = Heard::start(&["--patience", "500ms"]);
    let connections: Vec<TcpStream> = (0..2_000).map(|_| sandbox.open("GET /v1/")).collect();
    // All of them wait and none is finished, so this one is served only once the first are given up.
    is_served(&sandbox);
    let files = fs::read_dir(format!("/proc/{}/fd", sandbox.child.id()))
        .expect("its files")
        .count();
    assert!(files < 1_024 + 64, "{files} files are open");
    drop(connections);
    is_served(&sandbox);
}

#[test]
fn a_token_is_never_repeated_by_the_sandbox() {
    let mut sandbox = Heard::start(&["--fault", "500=0.5,drop=0.2"]);
    let tokens = [
        format!("Bearer {TOKEN}"),
        "Bearer wr0ng-t0ken".to_owned(),
        "Basic a2ltOndyMG5n".to_owned(),
    ];
    for token in &tokens {
        for path in [
            "/v1/space/user",
            "/v1/contact/id:10001",
            "/nowhere",
            "/_sandbox/assignments",
        ] {
            let mut stream = sandbox.open(&format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {token}\r\n\r\n"
            ));
            let answer = rest(&mut stream);
            assert!(
                !answer.contains(&token["Basic ".len()..]),
                "{path}: {answer}"
            );
        }
    }
    sandbox.says("From another terminal");
    sandbox.signal(Signal::TERM);
    sandbox.ends();
    let mut said = String::new();
    sandbox.stdout.read_to_string(&mut said).expect("text");
    said.extend(sandbox.stderr.iter());
    for word in ["wr0ng", "a2lt", "Authorization", "authorization"] {
        assert!(!said.contains(word), "`{word}` in {said}");
    }
}

#[test]
fn beyond_this_computer_it_serves_the_api_without_the_record_and_says_so() {
    let sandbox = Heard::start(&["--listen", "0.0.0.0"]);
    let port = sandbox
        .authority()
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    let here = format!("127.0.0.1:{port}");
    assert_eq!(http(&here, "GET", "/v1/space/user", &[], "").status, 200);
    let record = http(&here, "GET", "/_sandbox/assignments", &[], "");
    assert_eq!(record.status, 404, "{record:?}");
    let mut said = String::new();
    wait_until("both are told", || {
        said.extend(sandbox.stderr.try_iter());
        said.contains("listens beyond this computer")
            && said.contains(&format!("--base-url http://{here}/v1"))
    });
}

#[test]
fn unless_told_otherwise_it_is_for_this_computer_only() {
    let sandbox = Heard::start(&[]);
    assert!(
        sandbox.authority().starts_with("127.0.0.1:"),
        "{}",
        sandbox.first
    );
    let port: u16 = sandbox
        .authority()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("a port");
    // One address for each line; the fourth field is 0A for a socket that listens.
    let listening = fs::read_to_string("/proc/net/tcp").expect("the sockets of this computer");
    let on_this_port: Vec<&str> = listening
        .lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let listens = fields[3] == "0A" && fields[1].ends_with(&format!(":{port:04X}"));
            listens.then_some(fields[1])
        })
        .collect();
    assert_eq!(on_this_port, [format!("0100007F:{port:04X}")]);
    let another = Heard::start(&["--listen", "127.0.0.2"]);
    let record = http(another.authority(), "GET", "/_sandbox/assignments", &[], "");
    assert_eq!(record.status, 200, "another address of this computer");
    Workdir::new()
        .run(["sandbox", "--listen", "everywhere"])
        .is_refused(2)
        .says("--listen");
}
