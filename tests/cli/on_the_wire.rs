//! Rules about addresses, proxies, redirects and answers, and what a hostile server can make the program show.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::moves::moving;
use crate::server::{Reply, Server};
use crate::support::{Ended, Sandbox, TOKEN, Workdir, at_once};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const JOURNAL: &str = "contacts.reassign/journal";

fn apply(dir: &Workdir, url: &str, more: &[&str]) -> Ended {
    let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", url]);
    Ended::of(at_once(command.args(more)).env("REASSIGN_TOKEN", TOKEN))
}

#[test]
fn an_address_that_is_not_safe_is_refused_before_anything_leaves() {
    let dir = Workdir::with(SHEET, "contact,assignee\nid:10001,102\n");
    for (url, says) in [
        (
            "http://api.example.com/v1",
            "would send the token unencrypted",
        ),
        (
            "http://127.0.0.1.example.com/v1",
            "would send the token unencrypted",
        ),
        (
            "https://kim:pw-8161@api.example.com/v1",
            "has a user name or password in it",
        ),
        (
            "https://api.example.com/v1?key=pw-8161",
            "has a part after `?`",
        ),
        ("https://api.example.com/v1#pw-8161", "has a part after `#`"),
        ("ftp://api.example.com/v1", "begin it with `https://`"),
    ] {
        apply(&dir, url, &[])
            .is_refused(2)
            .says(says)
            .does_not_say("pw-8161");
    }
    assert_eq!(dir.files(), [SHEET]);
}

#[test]
fn no_proxy_stands_between_the_program_and_this_computer() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let heard = Arc::new(AtomicUsize::new(0));
    let hearing = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in proxy.incoming() {
            drop(stream);
            hearing.fetch_add(1, Ordering::SeqCst);
        }
    });
    for host in ["127.0.0.1", "localhost"] {
        let (sandbox, moves, dir) = moving(SHEET, 3);
        let url = sandbox.url.replace("127.0.0.1", host);
        let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", &url]);
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command
                .env(name, &address)
                .env(name.to_lowercase(), &address);
        }
        Ended::of(command.env("REASSIGN_TOKEN", TOKEN)).exits(0);
        moves.are_made(&dir.results(RESULTS), &sandbox);
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0, "the proxy was asked");
}

#[test]
fn a_redirect_is_a_failure_that_names_the_host_and_nothing_arrives_there() {
    let (sandbox, _, dir) = moving(SHEET, 5);
    let elsewhere = Server::noting(&sandbox);
    let target = elsewhere.url.clone();
    let server = Server::before(&sandbox, move |asked| {
        let status = [301, 302, 303, 307, 308][(asked.count - 1) % 5];
        match asked.method.as_str() {
            "GET" => Reply::PassedOn,
            _ => Reply::with(status, &format!("Location: {target}{}", asked.path), ""),
        }
    });
    let ended = apply(&dir, &server.url, &[]).exits(1);
    let results = dir.results(RESULTS);
    assert_eq!(results.count("failed"), 5, "{ended}");
    for row in &results.rows {
        let error = row.get("error");
        assert!(error.contains("sends us on to `127.0.0.1`"), "{error}");
        assert!(row.get("http").starts_with('3'), "{row:?}");
    }
    assert_eq!(elsewhere.exchanges().len(), 0, "{ended}");
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn nothing_is_asked_for_compressed_and_nothing_is_unpacked() {
    let (sandbox, _, dir) = moving(SHEET, 1);
    let server = Server::before(&sandbox, |asked| {
        assert!(
            asked
                .text
                .to_lowercase()
                .contains("\r\naccept-encoding: identity\r\n"),
            "{}",
            asked.text
        );
        // A few bytes that would unpack to a valid answer, were anybody to do it.
        match asked.method.as_str() {
            "GET" => Reply::PassedOn,
            _ => Reply::with(200, "Content-Encoding: gzip", "{\"contactId\":10001}"),
        }
    });
    // Nothing is done here, which reading back would tell.
    apply(&dir, &server.url, &["--check", "off"]).exits(0);
    assert_eq!(dir.results(RESULTS).count("assigned"), 1);
}

/// The address of a server that answers with this beginning, and then with this as long as anybody reads.
fn endless(beginning: &'static str, rest: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || -> std::io::Result<()> {
                let _ = TcpStream::read(&mut stream, &mut [0; 4096])?;
                stream.write_all(beginning.as_bytes())?;
                let rest = rest.repeat(1000);
                loop {
                    stream.write_all(rest.as_bytes())?;
                }
            });
        }
    });
    url
}

#[test]
fn an_answer_without_an_end_costs_no_more_than_a_short_one() {
    for (beginning, rest, says) in [
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "4\r\naaaa\r\n",
            "more than 64 KiB",
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", "aaaa", "more than 64 KiB"),
        ("HTTP/1.1 200 OK\r\n", "X-More: aaaa\r\n", "broke"),
        ("HTTP/1.1 200 OK\r\nX-More: ", "aaaa", "broke"),
        (
            "HTTP/1.1 409 No\r\n\r\n",
            "aaaa",
            "the workspace refused this (409): `aaaa",
        ),
    ] {
        let dir = Workdir::with(SHEET, "contact,assignee\nid:10001,102\n");
        let url = endless(beginning, rest);
        let ended = apply(&dir, &url, &["--max-attempts", "1", "--timeout", "10s"]).exits(1);
        let results = dir.results(RESULTS);
        let error = results.row(2).get("error");
        assert_eq!(results.row(2).get("status"), "failed", "{ended}");
        assert!(error.contains(says), "{error}\n{ended}");
    }
}

/// Escapes that clear a screen and set a title, lines that look like ours, turned and invisible characters.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;title\u{7}one\r\nrow 3: assigned\n,,\u{202e}fdp.exe\u{2066}\u{200b}\u{9b}31m\u{feff}\t\u{0}two";

fn is_harmless(char: char) -> bool {
    !char.is_control() && !"\u{202e}\u{2066}\u{200b}\u{feff}".contains(char)
}

#[track_caller]
fn assert_harmless(place: &str, text: &str) {
    let found = text.chars().find(|char| !is_harmless(*char));
    assert_eq!(found, None, "in {place}: {text:?}");
}

/// All texts in a piece of JSON, as they are once it is read.
fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(several) => several.iter().for_each(|value| texts(value, into)),
        Value::Object(members) => members.values().for_each(|value| texts(value, into)),
        _ => {}
    }
}

#[test]
fn what_a_hostile_server_says_moves_no_cursor_and_makes_no_line() {
    let sandbox = Sandbox::start();
    let sheet = "contact,assignee,current owner\n".to_owned()
        + &(10_001..=10_006)
            .map(|id| {
                format!(
                    "id:{id},ben.carter@example.com,{}\n",
                    if id == 10_006 {
                        "grace.tan@example.com"
                    } else {
                        ""
                    }
                )
            })
            .collect::<String>();
    let dir = Workdir::with(SHEET, sheet);
    let said = serde_json::to_string(HOSTILE).unwrap();
    let server = Server::before(&sandbox, move |asked| {
        let row = (10_001..)
            .zip(0..6)
            .find(|(id, _)| asked.path.contains(&format!(":{id}")));
        let (id, place) = row.expect("a contact of the sheet");
        if asked.method == "GET" {
            let holder = format!(r#"{{"id":9,"email":{said},"firstName":{said}}}"#);
            let holder = if place == 5 { &holder } else { "null" };
            return Reply::body(
                200,
                &format!(r#"{{"id":{id},"firstName":{said},"assignee":{holder}}}"#),
            );
        }
        match place {
            0 => Reply::body(409, &format!(r#"{{"code":409,"message":{said}}}"#)),
            1 => Reply::body(409, &format!("<html>{HOSTILE}</html>")),
            2 => Reply::body(200, HOSTILE),
            3 => Reply::with(302, "Location: https://x\u{1b}[2J\u{202e}.example/", ""),
            _ => Reply::body(503, &format!(r#"{{"errors":[{said},{said}]}}"#)),
        }
    });
    let ended = apply(&dir, &server.url, &["--max-attempts", "1", "--note", "x"]).exits(1);
    for line in ended.stdout().lines().chain(ended.stderr().lines()) {
        assert_harmless("what it says", line);
    }
    let results = dir.results(RESULTS);
    let numbers: Vec<u32> = results.rows.iter().map(|row| row.row()).collect();
    assert_eq!(numbers, [2, 3, 4, 5, 6, 7], "no row was made up\n{ended}");
    let mut quoted = 0;
    for row in &results.rows {
        row.0
            .values()
            .for_each(|cell| assert_harmless("a cell", cell));
        assert_ne!(row.get("status"), "assigned", "{row:?}");
        quoted += usize::from(row.get("error").contains("fdp.exe"));
    }
    assert!(
        quoted >= 4,
        "it was hardly quoted at all, so this showed little: {:?}",
        results.rows
    );
    for line in dir.read(JOURNAL).lines() {
        let mut found = Vec::new();
        texts(
            &serde_json::from_str(line).expect("a line of JSON"),
            &mut found,
        );
        found
            .iter()
            .for_each(|text| assert_harmless("the journal", text));
    }
}
