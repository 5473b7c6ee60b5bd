//! Two runs with the same token, each on a sheet of its own.

use crate::moves::Moves;
use crate::running::Running;
use crate::server::Server;
use crate::support::{Sandbox, TOKEN, Workdir};

#[test]
fn two_runs_on_different_sheets_finish_and_keep_to_the_servers_limit_together() {
    let sandbox = Sandbox::with(["--rate-limit", "20/s"]);
    let moves = Moves::of(&sandbox, 160);
    let sheet = moves.sheet();
    let (header, rows) = sheet.split_once('\n').expect("a header");
    let rows: Vec<&str> = rows.lines().collect();
    let (one, other) = rows.split_at(rows.len() / 2);
    let dir = Workdir::with("one.csv", format!("{header}\n{}\n", one.join("\n")));
    dir.write("other.csv", format!("{header}\n{}\n", other.join("\n")));
    let server = Server::noting(&sandbox);
    let start = |sheet| {
        let mut command = dir.command(["apply", sheet, "--yes", "--base-url", &server.url]);
        Running::start(command.env("REASSIGN_TOKEN", TOKEN))
    };
    let (first, second) = (start("one.csv"), start("other.csv"));
    let (first, second) = (first.ends().exits(0), second.ends().exits(0));
    for results in ["one.results.csv", "other.results.csv"] {
        assert_eq!(
            dir.results(results).count("assigned"),
            80,
            "{first}{second}"
        );
    }
    assert_eq!(sandbox.writes(), 160, "each contact was written once");
    let (all, refused) = (server.exchanges().len(), server.answered(429));
    // Each of them may find out by 15.
    assert!(
        refused <= 30,
        "{refused} of {all} requests were one too many\n{first}{second}"
    );
}
