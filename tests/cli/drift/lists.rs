//! Plans so large that lists are asked who has the contacts, instead of each contact.

use crate::server::Server;
use crate::support::{Ended, TOKEN};

use super::*;

const ROWS: u64 = 1200;

fn apply_noting(dir: &Workdir, server: &Server) -> Ended {
    let mut command = dir.command(["apply", SHEET, "--yes", "--base-url", &server.url]);
    command.args(["--rate", "2000/s", "--check", "off"]);
    Ended::of(command.env("REASSIGN_TOKEN", TOKEN))
}

/// Requests in front of the first write, and all writes.
fn exchanged(server: &Server) -> (usize, usize) {
    let exchanges = server.exchanges();
    let is_write = |exchange: &&crate::server::Exchange| {
        exchange.method == "POST" && !exchange.path.contains("/contact/list")
    };
    let first = exchanges.iter().position(|exchange| is_write(&exchange));
    let writes = exchanges.iter().filter(is_write).count();
    (first.unwrap_or(exchanges.len()), writes)
}

#[test]
fn nothing_is_sent_when_the_lists_show_that_too_many_changed_hands() {
    let (sandbox, dir) = setup(ROWS);
    (1..=61).for_each(|id| by_hand(&sandbox, id * 10, GRACE));
    let server = Server::noting(&sandbox);
    let refused = apply_noting(&dir, &server).is_refused(3);
    refused
        .says("First, it is checked who has the contacts now. If more than 60 contacts were moved meanwhile")
        .says("61 of 1,200 rows that say who must have the contact are out of date")
        .says("row 11: the sheet says that this contact has the owner")
        .says("--max-drift 61");
    let (asked, writes) = exchanged(&server);
    assert_eq!(writes, 0);
    assert!(asked < 60, "{asked} requests for {ROWS} contacts");
}

#[test]
fn the_first_write_of_a_large_plan_waits_for_lists_only() {
    let (sandbox, dir) = setup(ROWS);
    (1..=10).for_each(|id| by_hand(&sandbox, id * 10, GRACE));
    let server = Server::noting(&sandbox);
    let ended = apply_noting(&dir, &server).exits(1);
    let (asked, writes) = exchanged(&server);
    assert_eq!(writes, 1190, "{ended}");
    // Some rows are read before the first of them is written.
    assert!(asked < 400, "{asked} requests before the first write");
    assert_eq!(dir.results(RESULTS).count("drifted"), 10);
    assert_eq!(with(&sandbox.record(), BEN), 1190);
}
