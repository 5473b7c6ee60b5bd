//! The token reaches nothing but the server: not the screen, not a file, not another process, whatever goes wrong.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::running::Running;
use crate::server::{Reply, Server};
use crate::support::{Ended, Sandbox, Workdir, wait_until};

pub(crate) const SECRET: &str = "s3cret/t0ken+of=Marks.Zx81~q";

/// What servers and proxies make of it when they repeat a request.
const SAID: [&str; 8] = [
    SECRET,
    "s3cret%2Ft0ken%2Bof%3DMarks.Zx81~q",
    "s3cret%2ft0ken%2bof%3dMarks%2eZx81%7eq",
    // In base64: alone, in URLs, after `Bearer `, after `user:`.
    "czNjcmV0L3Qwa2VuK29mPU1hcmtzLlp4ODF+cQ==",
    "czNjcmV0L3Qwa2VuK29mPU1hcmtzLlp4ODF-cQ==",
    "QmVhcmVyIHMzY3JldC90MGtlbitvZj1NYXJrcy5aeDgxfnE=",
    "dXNlcjpzM2NyZXQvdDBrZW4rb2Y9TWFya3MuWng4MX5x",
    // Cut off by whoever repeated it.
    "s3cret/t0ken+of",
];

pub(crate) const SHEET: &str = "contacts.csv";

/// The second row says who has the contact now, which is not so.
pub(crate) const ROWS: &str = "contact,assignee,current owner\n\
                    id:10001,ben.carter@example.com,\n\
                    id:10002,ben.carter@example.com,grace.tan@example.com\n";

/// Everything that could be read by others while a command ran and afterwards.
pub(crate) struct Traces(pub(crate) Vec<(String, Vec<u8>)>);

impl Traces {
    pub(crate) fn add(&mut self, place: &str, text: impl Into<Vec<u8>>) {
        let text = text.into();
        if !self
            .0
            .iter()
            .any(|known| known.0 == place && known.1 == text)
        {
            self.0.push((place.to_owned(), text));
        }
    }

    /// Expects the token in none of them, in no form, and no piece of it.
    #[track_caller]
    pub(crate) fn hold_no_token(&self, what: &str) {
        for (place, text) in &self.0 {
            let text = String::from_utf8_lossy(text);
            let lower = text.to_lowercase();
            for form in SAID {
                for piece in form.trim_end_matches('=').as_bytes().chunks_exact(11) {
                    let piece = std::str::from_utf8(piece).unwrap().to_lowercase();
                    // The beginnings of these hold the word before the token.
                    if ["qmvhcmvyihm", "dxnlcjpzm2n"].contains(&piece.as_str()) {
                        continue;
                    }
                    assert!(
                        !lower.contains(&piece),
                        "{what}: `{piece}` of the token in {place}:\n{text}"
                    );
                }
            }
        }
    }
}

/// Runs a command to its end and gathers what it leaves behind.
pub(crate) fn traced(dir: &Workdir, command: &mut Command) -> (Ended, Traces) {
    let mut traces = Traces(Vec::new());
    let run = Running::start(command.env("RUST_BACKTRACE", "full"));
    let process = Path::new("/proc").join(run.id().to_string());
    wait_until("the run ends", || {
        if let Ok(arguments) = fs::read(process.join("cmdline")) {
            traces.add("its arguments", arguments);
        }
        for name in dir.all_files() {
            // Some, such as the lock, are gone a moment later.
            if let Ok(text) = fs::read(dir.path(&name)) {
                traces.add(&name, text);
            }
        }
        let state = fs::read_to_string(process.join("stat")).unwrap_or_default();
        state.is_empty() || state.contains(") Z ")
    });
    let ended = run.ends();
    traces.add("standard output", ended.output.stdout.clone());
    traces.add("standard error", ended.output.stderr.clone());
    for name in dir.all_files() {
        traces.add(&name, fs::read(dir.path(&name)).unwrap());
    }
    (ended, traces)
}

fn applying(dir: &Workdir, url: &str) -> Command {
    let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", url]);
    command
        .args([
            "--max-attempts",
            "2",
            "--timeout",
            "2s",
            "--give-up-after",
            "200ms",
        ])
        .args(["--queue-wait", "50ms", "--queue-patience", "100ms"])
        .env("REASSIGN_TOKEN", SECRET);
    command
}

/// Applies the sheet to a server, expects no trace of the token and this in what is told.
#[track_caller]
fn leaves_no_trace(what: &str, url: &str, says: &str, settings: &[(&str, &str)]) {
    let dir = Workdir::with(SHEET, ROWS);
    let (ended, traces) = traced(&dir, applying(&dir, url).envs(settings.iter().copied()));
    traces.hold_no_token(what);
    let told = traces
        .0
        .iter()
        .any(|(_, text)| String::from_utf8_lossy(text).contains(says));
    assert!(
        told,
        "{what}: no `{says}` in any of {:?}\n{ended}",
        dir.all_files()
    );
    assert!(!ended.stderr().contains("panicked"), "{what}\n{ended}");
    assert_ne!(ended.code(), 0, "{what}\n{ended}");
}

/// Everything that a server might repeat.
fn repeated() -> String {
    SAID.join(" and ")
}

#[test]
fn a_server_that_repeats_the_token_is_quoted_without_it() {
    let sandbox = Sandbox::start();
    let contact = |id: &str, assignee: &str| {
        Reply::body(200, &format!(r#"{{"id":{id},"assignee":{assignee}}}"#))
    };
    let id = |path: &str| {
        path.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()[1..6]
            .to_owned()
    };
    type Answer = Box<dyn Fn(&str) -> Reply + Send + Sync>;
    let cases: Vec<(&str, &str, Answer)> = vec![
        (
            "401",
            "(redacted)",
            Box::new(|_| Reply::error(401, &repeated())),
        ),
        (
            "403 in HTML",
            "(redacted)",
            Box::new(|_| Reply::body(403, &format!("<html><h1>{}</h1></html>", repeated()))),
        ),
        (
            "a body of no form",
            "(redacted)",
            Box::new(|_| Reply::body(200, &repeated())),
        ),
        (
            "400",
            "(redacted)",
            Box::new(|_| Reply::error(400, &repeated())),
        ),
        (
            "500",
            "(redacted)",
            Box::new(|_| Reply::error(500, &repeated())),
        ),
        (
            "449",
            "in its queue (449)",
            Box::new(|_| Reply::error(449, &repeated())),
        ),
        (
            "a pause of a day",
            "pause",
            Box::new(|_| Reply::with(429, "Retry-After: 86400", &repeated())),
        ),
        (
            "a redirect",
            "which is not followed",
            Box::new(|_| {
                let to = format!("Location: https://login.example.org/{SECRET}?token={SECRET}");
                Reply::with(302, &to, &repeated())
            }),
        ),
        (
            "a redirect to a host named like it",
            "sends us on to `t0ken.of.(redacted).q.example`",
            Box::new(|_| Reply::with(302, "Location: https://t0ken.of.Marks.Zx81.q.example", "")),
        ),
        (
            "the request, word for word",
            "authorization: Bearer (redacted)",
            Box::new(|text| {
                let said = |line: &&str| line.to_lowercase().starts_with("authorization");
                Reply::body(422, text.lines().find(said).unwrap_or_default())
            }),
        ),
    ];
    // All at once, for most of the time is spent waiting.
    thread::scope(|scope| {
        for (what, says, answer) in cases {
            let server = Server::before(&sandbox, move |asked| match asked.method.as_str() {
                "GET" if what != "a body of no form" => contact(&id(&asked.path), "null"),
                _ => answer(&asked.text),
            });
            scope.spawn(move || leaves_no_trace(what, &server.url, says, &[]));
        }
    });
    let server = Server::before(&sandbox, move |asked| {
        let assignee = format!(r#"{{"id":9,"email":"x@{SECRET}.example","firstName":"{SECRET}"}}"#);
        contact(&id(&asked.path), &assignee)
    });
    leaves_no_trace(
        "who has a contact",
        &server.url,
        "x@(redacted).example",
        &[],
    );
}

#[test]
fn nothing_that_breaks_on_the_way_shows_the_token() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let nobody = format!("http://127.0.0.1:{free}/v1");
    leaves_no_trace("nobody listens", &nobody, "connection refused", &[]);

    let garbage = plays(|_| format!("{SECRET} 200 {SECRET}\r\n\r\n{}", repeated()).into_bytes());
    let url = format!("http://127.0.0.1:{garbage}/v1");
    leaves_no_trace(
        "an answer that is not HTTP",
        &url,
        "broke before it answered",
        &[],
    );

    let reason =
        plays(|_| format!("HTTP/1.1 418 {SECRET}\r\nX-Token: {SECRET}\r\n\r\n").into_bytes());
    let url = format!("http://127.0.0.1:{reason}/v1");
    leaves_no_trace("a status line with the token", &url, "418", &[]);

    let url = "https://api.example.invalid/v1";
    let proxy = format!("http://127.0.0.1:{free}");
    leaves_no_trace(
        "a proxy that is not there",
        url,
        "`HTTPS_PROXY` is set",
        &[("HTTPS_PROXY", &proxy)],
    );

    let heard = Arc::new(Mutex::new(String::new()));
    let hearing = Arc::clone(&heard);
    let proxy = plays(move |request| {
        hearing.lock().unwrap().push_str(request);
        let said = repeated();
        format!(
            "HTTP/1.1 407 {SECRET}\r\nProxy-Authenticate: Basic realm=\"{SECRET}\"\r\ncontent-length: {}\r\n\r\n{said}",
            said.len()
        )
        .into_bytes()
    });
    let proxy = format!("http://127.0.0.1:{proxy}");
    leaves_no_trace(
        "a proxy that wants a password",
        url,
        "`HTTPS_PROXY` is set",
        &[("HTTPS_PROXY", &proxy)],
    );
    let heard = heard.lock().unwrap();
    assert!(
        heard.starts_with("CONNECT api.example.invalid:443 "),
        "{heard}"
    );
    assert!(
        !heard.contains(SECRET),
        "a proxy was told the token: {heard}"
    );
}

#[test]
fn a_certificate_that_cannot_be_trusted_is_refused_before_the_token_leaves() {
    let heard = Arc::new(Mutex::new(String::new()));
    let url = encrypted(&heard);
    leaves_no_trace(
        "a certificate of nobody's",
        &url,
        "signed by nobody this computer trusts",
        &[],
    );
    assert_eq!(*heard.lock().unwrap(), "");

    // The same server, trusted, hears the token: so the silence before meant something.
    let dir = Workdir::with(SHEET, ROWS);
    let mut command = applying(&dir, &url);
    command.arg("--ca-file").arg(certificate("ca.pem"));
    let (ended, traces) = traced(&dir, &mut command);
    traces.hold_no_token("an encrypted answer");
    assert!(heard.lock().unwrap().contains(SECRET), "{ended}");
    assert!(ended.stderr().contains("(redacted)"), "{ended}");
}

#[test]
fn a_token_that_is_refused_at_the_start_is_not_repeated() {
    let dir = Workdir::with(SHEET, ROWS);
    let sandbox = Sandbox::start();
    for token in [
        format!("{SECRET} {SECRET}"),
        format!("{SECRET}\n{SECRET}"),
        format!("{SECRET}é"),
    ] {
        let mut command = applying(&dir, &sandbox.url);
        let (ended, traces) = traced(&dir, command.env("REASSIGN_TOKEN", token));
        traces.hold_no_token("a token that is none");
        ended.is_refused(2).says("copy it again");
    }
    let with_secrets = format!("https://kim:{SECRET}@api.example.invalid/v1");
    let (ended, traces) = traced(
        &dir,
        applying(&dir, "").env("REASSIGN_BASE_URL", &with_secrets),
    );
    traces.hold_no_token("an address with a password");
    ended.is_refused(2);
}

/// A server that answers whatever is asked with these bytes, and closes.
fn plays(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let asked = head(&mut stream);
            // A client that has seen enough may be gone.
            let _ = stream.write_all(&answer(&asked));
        }
    });
    port
}

/// A request up to the end of its header.
fn head(stream: &mut impl Read) -> String {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        bytes.push(byte[0]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn certificate(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/api/client/certificates")
        .join(name)
}

/// The address of an encrypted server that repeats what it hears in a 403.
fn encrypted(heard: &Arc<Mutex<String>>) -> String {
    let chain = vec![CertificateDer::from_pem_file(certificate("localhost.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(certificate("localhost.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let (config, heard) = (Arc::new(config), Arc::clone(heard));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream: rustls::StreamOwned<_, TcpStream> =
                rustls::StreamOwned::new(connection, stream);
            let asked = head(&mut stream);
            heard.lock().unwrap().push_str(&asked);
            let mut answer = format!("HTTP/1.1 403 No\r\ncontent-length: {}\r\n\r\n", asked.len());
            write!(answer, "{asked}").unwrap();
            // A client that does not accept the certificate is gone already.
            let _ = stream
                .write_all(answer.as_bytes())
                .and_then(|()| stream.flush());
        }
    });
    format!("https://localhost:{port}/v1")
}
