//! The token reaches nothing but the server: not the screen, not a file, not another process, whatever goes wrong.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::running::Running;
use crate::server::{Reply, Server};
use crate::support::{Ended, Sandbox, TOKEN, Workdir, wait_until};

const SECRET: &str = "s3cret/t0ken+of=Marks.Zx81~q";

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

const SHEET: &str = "contacts.csv";

/// The second row says who has the contact now, which is not so.
const ROWS: &str = "contact,assignee,current owner\n\
                    id:10001,ben.carter@example.com,\n\
                    id:10002,ben.carter@example.com,grace.tan@example.com\n";

/// Everything that could be read by others while a command ran and afterwards.
struct Traces(Vec<(String, Vec<u8>)>);

impl Traces {
    fn add(&mut self, place: &str, text: impl Into<Vec<u8>>) {
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
    fn hold_no_token(&self, what: &str) {
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
fn traced(dir: &Workdir, command: &mut Command) -> (Ended, Traces) {
    let mut traces = Traces(Vec::new());
    let run = Running::start(command.env("RUST_BACKTRACE", "full"));
    let process = Path::new("/proc").join(run.id().to_string());
    wait_until("the run ends", || {
        if let Ok(arguments) = fs::read(process.join("cmdline")) {
            traces.add("its arguments", arguments);
        }
        for name in dir.files() {
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
    for name in dir.files() {
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
        dir.files()
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
        "it is with `x@(redacted).example`",
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

#[test]
fn a_token_file_that_others_can_read_is_refused_with_the_command_that_closes_it() {
    let (sandbox, dir) = (
        Sandbox::start(),
        Workdir::with(SHEET, "contact,assignee\nid:10001,102\n"),
    );
    let file = "my team's token.txt";
    dir.write(file, format!("Bearer {TOKEN}\n"));
    let apply = || {
        let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", &sandbox.url]);
        Ended::of(command.args(["--token-file", file]))
    };
    for mode in [0o644, 0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(dir.path(file), fs::Permissions::from_mode(mode)).unwrap();
        let ended = apply().is_refused(2).says("others can read the token file");
        assert_eq!(sandbox.writes(), 0, "{mode:o}\n{ended}");
        let stderr = ended.stderr();
        let fix = stderr
            .split('`')
            .find(|part| part.starts_with("chmod"))
            .unwrap_or_else(|| panic!("no fix in\n{ended}"));
        let mended = Ended::of(
            Command::new("sh")
                .args(["-c", fix])
                .current_dir(dir.path("")),
        );
        mended.exits(0);
        let now = fs::metadata(dir.path(file)).unwrap().permissions().mode();
        assert_eq!(now & 0o777, 0o600, "{fix}");
    }
    apply().exits(0);
    assert_eq!(sandbox.writes(), 1);
}

#[test]
fn a_token_file_that_is_no_token_is_refused_in_bounded_time() {
    let (sandbox, dir) = (Sandbox::start(), Workdir::with(SHEET, ROWS));
    dir.write("empty", "\u{feff} \n");
    fs::set_permissions(dir.path("empty"), fs::Permissions::from_mode(0o600)).unwrap();
    for (file, says) in [
        ("/dev/zero", "far too long to be a token"),
        ("absent", "cannot read the token in `absent`"),
        (".", "cannot read the token in `.`"),
        ("empty", "the token file `empty` is empty"),
    ] {
        let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", &sandbox.url]);
        Ended::of(command.args(["--token-file", file]))
            .is_refused(2)
            .says(says);
    }
}

#[test]
fn a_workbook_is_read_by_a_process_that_knows_nothing_of_the_token() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for row in 0..60_000 {
        let (contact, assignee) = if row == 0 {
            ("contact".to_owned(), "assignee")
        } else {
            (format!("id:{row}"), "12")
        };
        sheet.write(row, 0, contact).unwrap();
        sheet.write(row, 1, assignee).unwrap();
    }
    let dir = Workdir::with("team.xlsx", workbook.save_to_buffer().unwrap());
    let mut command = dir.command(["plan", "team.xlsx"]);
    let run = Running::start(command.env("REASSIGN_TOKEN", SECRET));
    let mut seen = (Vec::new(), Vec::new());
    wait_until("the process that reads the workbook is seen", || {
        for child in children(run.id()) {
            let read = |name: &str| fs::read(format!("/proc/{child}/{name}")).unwrap_or_default();
            // Until it has begun, it shows what its parent shows.
            let (environment, arguments) = (read("environ"), read("cmdline"));
            if String::from_utf8_lossy(&environment).contains("REASSIGN_WORKBOOK_READER=") {
                seen = (environment, arguments);
            }
        }
        !seen.0.is_empty()
    });
    let mut traces = Traces(Vec::new());
    assert_eq!(
        String::from_utf8_lossy(&seen.0),
        "REASSIGN_WORKBOOK_READER=1\0"
    );
    traces.add("its environment", seen.0);
    traces.add("its arguments", seen.1);
    let ended = run.ends().exits(0);
    traces.add("standard output", ended.output.stdout.clone());
    traces.hold_no_token("a workbook");
}

/// The processes that this one has started and that still run.
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("the list of processes");
    let ids = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
        after.split(' ').nth(1) == Some(&parent.to_string())
    })
    .collect()
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

#[test]
fn a_trial_reads_neither_the_token_nor_the_address_that_are_set() {
    let dir = Workdir::with(SHEET, "contact,assignee\nid:10001,ben.carter@example.com\n");
    let mut command = dir.command(["apply", SHEET, "--sandbox"]);
    command
        .env("REASSIGN_TOKEN", SECRET)
        .env(
            "REASSIGN_BASE_URL",
            format!("https://kim:{SECRET}@api.example.invalid/?x"),
        )
        .stdin(Stdio::null());
    let (ended, traces) = traced(&dir, &mut command);
    traces.hold_no_token("a trial");
    ended.exits(0).says("1 done");
}
