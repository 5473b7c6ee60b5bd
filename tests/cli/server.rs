//! A server that stands before a sandbox: it answers some requests itself, passes the others on, and notes them all.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::Sandbox;

/// The server; its threads end with the tests.
pub(crate) struct Server {
    /// The API's base address.
    pub(crate) url: String,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

/// A request, and what it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// When it was heard.
    pub(crate) at: Instant,
    pub(crate) method: String,
    pub(crate) path: String,
    /// `None` if the connection was closed instead, or no answer has come yet.
    pub(crate) status: Option<u16>,
}

/// A request that was just heard.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// How many of this method and path there were, this one included.
    pub(crate) times: usize,
    /// How many of this method there were, this one included.
    pub(crate) count: usize,
    /// The request as it came.
    pub(crate) text: String,
}

/// What a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// What the sandbox answers.
    PassedOn,
    /// This.
    Answer {
        status: u16,
        /// Lines that end in CR LF.
        headers: String,
        body: String,
    },
    /// Nothing, although the sandbox has done it: the connection is closed.
    Lost,
    /// Nothing, until the client goes away.
    Silence,
    /// Nothing: the connection is closed, and the sandbox hears nothing of it.
    Closed,
}

impl Reply {
    /// An error as the contract has it.
    pub(crate) fn error(status: u16, message: &str) -> Reply {
        Reply::body(
            status,
            &format!(r#"{{"code":{status},"message":"{message}"}}"#),
        )
    }

    pub(crate) fn body(status: u16, body: &str) -> Reply {
        Reply::with(status, "", body)
    }

    /// With one more header, `Name: value`.
    pub(crate) fn with(status: u16, header: &str, body: &str) -> Reply {
        let headers = if header.is_empty() {
            String::new()
        } else {
            format!("{header}\r\n")
        };
        Reply::Answer {
            status,
            headers,
            body: body.to_owned(),
        }
    }
}

impl Server {
    /// A server that notes everything and passes everything on.
    pub(crate) fn noting(sandbox: &Sandbox) -> Server {
        Server::before(sandbox, |_| Reply::PassedOn)
    }

    /// A server that answers as `reply` says.
    pub(crate) fn before(
        sandbox: &Sandbox,
        reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let exchanges = Arc::default();
        let serving = Arc::new(Serving {
            sandbox: sandbox.authority().to_owned(),
            ready: Mutex::new(
                (0..READY)
                    .map(|_| {
                        (
                            Instant::now(),
                            connect(sandbox.authority()).expect("a sandbox"),
                        )
                    })
                    .collect(),
            ),
            exchanges: Arc::clone(&exchanges),
            counts: Mutex::default(),
            reply,
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = Arc::clone(&serving);
                // A connection that breaks concerns its client, who sees it.
                thread::spawn(move || drop(serving.connection(stream)));
            }
        });
        Server {
            url: format!("http://{address}/v1"),
            exchanges,
        }
    }

    /// Everything so far, in the order it was heard.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().expect("no server panics").clone()
    }

    /// The requests of a method.
    pub(crate) fn of(&self, method: &str) -> Vec<Exchange> {
        let mut exchanges = self.exchanges();
        exchanges.retain(|exchange| exchange.method == method);
        exchanges
    }

    /// How many requests were answered with this status.
    pub(crate) fn answered(&self, status: u16) -> usize {
        let exchanges = self.exchanges();
        let of = exchanges
            .iter()
            .filter(|exchange| exchange.status == Some(status));
        of.count()
    }
}

/// Connections to the sandbox that are open from the start, so that passing on takes no time to speak of.
const READY: usize = 16;

/// How long a connection to the sandbox is used again: it closes those that idle for longer.
const USABLE: Duration = Duration::from_secs(20);

struct Serving<R> {
    sandbox: String,
    /// Connections to the sandbox, with when they were last used.
    ready: Mutex<Vec<(Instant, TcpStream)>>,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    /// How many there were of each method, and of each method and path.
    counts: Mutex<HashMap<(String, Option<String>), usize>>,
    reply: R,
}

impl<R: Fn(&Asked) -> Reply> Serving<R> {
    fn connection(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        while let Some(request) = message(&mut client)? {
            let head = String::from_utf8_lossy(&request);
            let mut words = head.split(' ');
            let (method, path) = (
                words.next().unwrap_or_default(),
                words.next().unwrap_or_default(),
            );
            let (place, asked) = self.note(method, path, &head);
            let answer = match (self.reply)(&asked) {
                Reply::PassedOn => self.pass_on(&request)?,
                Reply::Lost => {
                    self.pass_on(&request)?;
                    None
                }
                Reply::Closed => None,
                Reply::Silence => {
                    io::copy(&mut client, &mut io::sink())?;
                    None
                }
                Reply::Answer {
                    status,
                    headers,
                    body,
                } => Some(
                    format!(
                        "HTTP/1.1 {status} Whatever\r\n{headers}content-length: {}\r\n\r\n{body}",
                        body.len()
                    )
                    .into_bytes(),
                ),
            };
            let Some(answer) = answer else { break };
            let status = String::from_utf8_lossy(&answer[9..12]).parse().ok();
            self.exchanges.lock().expect("no server panics")[place].status = status;
            client.write_all(&answer)?;
        }
        Ok(())
    }

    fn note(&self, method: &str, path: &str, text: &str) -> (usize, Asked) {
        let mut exchanges = self.exchanges.lock().expect("no server panics");
        exchanges.push(Exchange {
            at: Instant::now(),
            method: method.to_owned(),
            path: path.to_owned(),
            status: None,
        });
        let mut counts = self.counts.lock().expect("no server panics");
        let mut counted = |path: Option<&str>| {
            let count = counts.entry((method.to_owned(), path.map(str::to_owned)));
            let count = count.or_default();
            *count += 1;
            *count
        };
        let asked = Asked {
            count: counted(None),
            times: counted(Some(path)),
            method: method.to_owned(),
            path: path.to_owned(),
            text: text.to_owned(),
        };
        (exchanges.len() - 1, asked)
    }

    /// What the sandbox answers; `None` if it closes the connection instead.
    fn pass_on(&self, request: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let last = self.ready.lock().expect("no server panics").pop();
        let mut stream = match last.filter(|(used, _)| used.elapsed() < USABLE) {
            Some((_, stream)) => stream,
            None => connect(&self.sandbox)?,
        };
        stream.write_all(request)?;
        let answer = message(&mut stream)?;
        if answer.is_some() {
            let mut ready = self.ready.lock().expect("no server panics");
            ready.push((Instant::now(), stream));
        }
        Ok(answer)
    }
}

fn connect(authority: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(authority)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One request or answer, head and body; `None` if the other side has closed the connection.
fn message(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                return Ok(Some(bytes));
            }
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(None),
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}
