//! A run against a server on a real socket, with a clock that the test moves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::api::{Client, Connection, Patience, Rate};
use crate::contact::{Assignee, Identifier};
use crate::mapping::{Item, Mappings, Reading, Witnesses};
use crate::outcome::Status;
use crate::plan::OnConflict;

/// Answers each request as `answer` says, by method: status and body.
fn serve(answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // A connection that breaks concerns its client.
            thread::spawn(move || drop(connection(stream, &*answer)));
        }
    });
    port
}

fn connection(mut to: TcpStream, answer: &impl Fn(&str) -> (u16, String)) -> io::Result<()> {
    let mut from = BufReader::new(to.try_clone()?);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        if from.read_line(&mut first)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            from.read_line(&mut line)?;
            if let Some(given) = line.to_lowercase().strip_prefix("content-length: ") {
                length = given.trim().parse().unwrap_or(0);
            }
            if line.trim().is_empty() {
                break;
            }
        }
        from.read_exact(&mut vec![0; length])?;
        let (status, body) = answer(first.split(' ').next().unwrap_or_default());
        let length = body.len();
        write!(
            to,
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}"
        )?;
    }
}

fn plan() -> Arc<Plan> {
    let mut mappings = Mappings::default();
    let assignee = mappings.assignees.key(Assignee::User(7));
    mappings.items.push(Item {
        row: 2,
        reading: Reading::Mapping {
            contact: Identifier::Id(1),
            assignee,
        },
        current: None,
        witnesses: Witnesses::default(),
        earlier: None,
        cells: 0,
        is_merged: false,
        hidden_away: false,
    });
    Arc::new(Plan::new(mappings, OnConflict::Error))
}

/// Runs the plan; `record` sees every event.
async fn run_against(port: u16, clock: Clock, mut record: impl FnMut(&Event)) -> Finished {
    let connection = Connection {
        address: format!("http://127.0.0.1:{port}/v1")
            .parse()
            .expect("an address"),
        token: "token".into(),
        timeout: Duration::from_secs(20),
        ca_file: None,
    };
    let options = Options {
        closed: OnClosed::Send,
        reads: Reads::BeforeEveryWrite,
        concurrency: None,
        max_failures: Some(25),
        queue_wait: Duration::from_secs(60),
        queue_patience: Duration::from_secs(600),
        limit: None,
        max_drift: None,
        verify: Verify::Off,
        clock,
    };
    let client = Client::new(&connection).expect("a client");
    let rate = "100/s".parse::<Rate>().expect("a rate");
    let caller = Arc::new(Caller::new(client, Some(rate), Patience::default()));
    let (_stop, stopped) = watch::channel(Stop::No);
    let before = Standing::default();
    run(plan(), caller, options, before, stopped, |events| {
        events.iter().for_each(&mut record);
        Ok(())
    })
    .await
}

/// The computer's clock, and how many seconds it is set forward.
fn clock() -> (Clock, Arc<AtomicI64>) {
    let ahead = Arc::new(AtomicI64::new(0));
    let by = Arc::clone(&ahead);
    let clock =
        Clock::new(move || Timestamp::now() + SignedDuration::from_secs(by.load(Ordering::SeqCst)));
    (clock, ahead)
}

/// A server where somebody gives the contact to another user after each read, and the methods it has heard.
fn moving_contact() -> (u16, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let port = serve(move |method| {
        let mut log = log.lock().expect("no server panics");
        log.push(method.to_owned());
        let reads = log.iter().filter(|method| *method == "GET").count();
        match method {
            "GET" => (
                200,
                format!(r#"{{"id":1,"assignee":{{"id":{}}}}}"#, 100 + reads),
            ),
            _ => (200, r#"{"contactId":1}"#.to_owned()),
        }
    });
    (port, heard)
}

#[tokio::test]
async fn a_contact_read_before_the_computer_slept_is_read_again_before_it_is_written() {
    let (port, heard) = moving_contact();
    let (clock, ahead) = clock();
    let (mut slept, mut announced) = (Vec::new(), 0);
    let finished = run_against(port, clock, |event| match event {
        // The contact was read, and its write is about to leave.
        Event::Sent(_) => {
            announced += 1;
            if announced == 1 {
                ahead.store(600, Ordering::SeqCst);
            }
        }
        Event::Slept(how_long) => slept.push(how_long.seconds),
        _ => {}
    })
    .await;
    assert_eq!(*heard.lock().expect("a list"), ["GET", "GET", "POST"]);
    let outcome = &finished.outcomes[0];
    assert_eq!(outcome.status, Status::Assigned, "{finished:?}");
    assert_eq!(
        outcome.previous,
        Some(Assignee::User(102)),
        "as it was after the sleep"
    );
    assert!(matches!(slept[..], [599 | 600]), "told once: {slept:?}");
}

#[tokio::test]
async fn a_clock_that_is_set_back_changes_nothing() {
    let (port, heard) = moving_contact();
    let (clock, ahead) = clock();
    let finished = run_against(port, clock, |event| match event {
        Event::Sent(_) => ahead.store(-7200, Ordering::SeqCst),
        Event::Slept(slept) => panic!("{slept:?}"),
        _ => {}
    })
    .await;
    assert_eq!(*heard.lock().expect("a list"), ["GET", "POST"]);
    assert_eq!(
        finished.outcomes[0].status,
        Status::Assigned,
        "{finished:?}"
    );
}

#[tokio::test]
async fn a_token_that_is_refused_after_the_computer_slept_ends_the_run() {
    let (clock, ahead) = clock();
    let asleep = Arc::clone(&ahead);
    let port = serve(move |_| {
        if asleep.load(Ordering::SeqCst) == 0 {
            (200, r#"{"id":1,"assignee":null}"#.to_owned())
        } else {
            (401, r#"{"code":401,"message":"UN_AUTHORIZED"}"#.to_owned())
        }
    });
    let finished = run_against(port, clock, |event| {
        if let Event::Sent(_) = event {
            ahead.store(3600, Ordering::SeqCst);
        }
    })
    .await;
    assert!(matches!(finished.end, End::TokenRefused(_)), "{finished:?}");
    assert_eq!(finished.outcomes[0].status, Status::NotAttempted);
    assert_eq!(finished.outcomes[0].attempts, 0, "nothing was written");
}
