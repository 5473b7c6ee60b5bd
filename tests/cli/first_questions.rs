//! What a run that goes on asks before anything is sent: whether the workspace is the one that it wrote to before.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::server::{Asked, Reply, Server};
use crate::support::{Ended, Sandbox, TOKEN, Workdir, at_once};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";

/// A job of which three rows are open, because the workspace has no such contacts.
struct Begun {
    dir: Workdir,
    server: Server,
    sandbox: Sandbox,
}

impl Begun {
    /// The run that comes next is answered as `reply` says.
    fn then(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Begun {
        let sandbox = Sandbox::start();
        let is_begun = Arc::new(AtomicBool::new(false));
        let server = {
            let is_begun = Arc::clone(&is_begun);
            Server::before(&sandbox, move |asked| {
                match is_begun.load(Ordering::Relaxed) {
                    true => reply(asked),
                    false => Reply::PassedOn,
                }
            })
        };
        let rows: String = (10_001..10_011)
            .chain(990_001..990_004)
            .map(|id| format!("id:{id},109\n"))
            .collect();
        let dir = Workdir::with(SHEET, format!("contact,assignee\n{rows}"));
        let begun = Begun {
            dir,
            server,
            sandbox,
        };
        begun.apply(SHEET).exits(1);
        let results = begun.dir.results(RESULTS);
        assert_eq!((results.count("failed"), results.rows.len()), (3, 13));
        is_begun.store(true, Ordering::Relaxed);
        begun
    }

    fn apply(&self, sheet: &str) -> Ended {
        let url = &self.server.url;
        let mut command =
            self.dir
                .command(["apply", sheet, "--yes", "--check", "off", "--base-url", url]);
        Ended::of(at_once(command.env("REASSIGN_TOKEN", TOKEN)))
    }
}

fn is_about_users(path: &str) -> bool {
    path.starts_with("/v1/space/user")
}

#[test]
fn first_questions_do_not_refuse_each_other_for_long_behind_a_gateway_that_answers_a_bare_503() {
    let last = Mutex::new(None::<Instant>);
    // Ten a second, and not one more.
    let begun = Begun::then(move |_| {
        let (mut last, now) = (last.lock().unwrap(), Instant::now());
        match *last {
            Some(last) if now - last < Duration::from_millis(100) => Reply::body(503, ""),
            _ => {
                *last = Some(now);
                Reply::PassedOn
            }
        }
    });
    let before = begun.server.exchanges().len();
    let ended = begun.apply(RESULTS).exits(1);
    let exchanges = begun.server.exchanges().split_off(before);
    let users: Vec<_> = exchanges
        .iter()
        .filter(|exchange| is_about_users(&exchange.path))
        .map(|exchange| exchange.status)
        .collect();
    assert_eq!(users.last(), Some(&Some(200)), "{users:?}\n{ended}");
    assert!(users.len() <= 4, "{users:?}\n{ended}");
}

#[test]
fn a_long_wait_before_a_run_is_told_with_its_reason() {
    let begun = Begun::then(
        |asked| match is_about_users(&asked.path) && asked.times == 1 {
            true => Reply::with(429, "Retry-After: 5", ""),
            false => Reply::PassedOn,
        },
    );
    begun
        .apply(RESULTS)
        .exits(1)
        .says(
            "Waiting to see whether this is the same workspace as before: the API asks for a pause, too many requests (429); \
             next try in ",
        );
}

#[test]
fn a_web_page_in_the_place_of_the_api_shows_nothing_of_the_workspace() {
    let page = "<!DOCTYPE html><html><head><title>Hotel WiFi</title></head><body>Please log in</body></html>";
    let begun = Begun::then(|_| Reply::with(200, "Content-Type: text/html", page));
    let (results, writes) = (begun.dir.read(RESULTS), begun.sandbox.writes());
    begun
        .apply(RESULTS)
        .is_refused(2)
        .says("what answered is a web page and not the API (200): `Hotel WiFi Please log in`")
        .says("nothing was changed")
        .does_not_say("--same-workspace");
    assert_eq!(begun.dir.read(RESULTS), results);
    assert_eq!(begun.sandbox.writes(), writes);
}

#[test]
fn what_is_compressed_does_not_show_that_reads_are_not_served() {
    let begun = Begun::then(|asked| match asked.method.as_str() {
        "GET" => Reply::with(404, "Content-Encoding: gzip", "\u{1f}\u{8b}\u{8}"),
        _ => Reply::PassedOn,
    });
    let writes = begun.sandbox.writes();
    begun
        .apply(RESULTS)
        .is_refused(2)
        .says("the API answered 404, and why cannot be read: it is compressed (gzip), which was not asked for")
        .does_not_say("--blind");
    assert_eq!(begun.sandbox.writes(), writes);
}
