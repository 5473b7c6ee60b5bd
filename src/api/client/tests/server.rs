//! A server that plays scripted answers on a real socket.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::*;

/// What the server does with one connection.
pub(super) enum Play {
    /// Reads the request, writes this, closes.
    Answer(Vec<u8>),
    /// Reads nothing and closes.
    CloseUnread,
    /// Reads the request and closes.
    CloseRead,
    /// Reads the request, writes this, and then nothing more.
    Stall(&'static [u8]),
    /// Writes this without having read anything, and then nothing more.
    Greet(&'static [u8]),
}

/// A server on a port of its own; each connection is played the next scripted part.
pub(super) struct Server {
    pub(super) port: u16,
    pub(super) requests: Receiver<String>,
    /// Dropped with the server, which ends a stalled connection.
    _running: Sender<()>,
}

impl Server {
    pub(super) fn plays(plays: Vec<Play>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, requests) = channel();
        let (running, ended) = channel::<()>();
        thread::spawn(move || {
            for play in plays {
                let Ok((mut stream, _)) = listener.accept() else {
                    return;
                };
                if !matches!(play, Play::CloseUnread | Play::Greet(_)) {
                    let _ = heard.send(request(&mut stream));
                }
                // A client that has seen enough may close first, so writing may fail.
                match play {
                    Play::Answer(bytes) => drop(stream.write_all(&bytes)),
                    Play::CloseUnread | Play::CloseRead => {}
                    Play::Stall(bytes) | Play::Greet(bytes) => {
                        drop(stream.write_all(bytes));
                        let _ = ended.recv();
                    }
                }
            }
        });
        Server {
            port,
            requests,
            _running: running,
        }
    }

    pub(super) fn answers(answer: impl Into<Vec<u8>>) -> Server {
        Server::plays(vec![Play::Answer(answer.into())])
    }

    pub(super) fn client(&self) -> Client {
        self.client_within(Duration::from_secs(20))
    }

    pub(super) fn client_within(&self, timeout: Duration) -> Client {
        let address = format!("http://127.0.0.1:{}/v1", self.port);
        Client::new(&connection(&address, timeout)).unwrap()
    }

    pub(super) fn heard(&self) -> String {
        self.requests.recv().unwrap()
    }
}

/// One request, head and body, as text.
pub(super) fn request(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    let whole = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return false;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        length.is_none_or(|length| length.parse() == Ok(body.len()))
    };
    while !whole(&bytes) && stream.read(&mut byte).unwrap_or(0) == 1 {
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap()
}

pub(super) fn http(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}
