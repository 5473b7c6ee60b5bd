//! `plan` shows what would change, and sends nothing.

use std::collections::BTreeSet;
use std::net::TcpListener;

use sha2::{Digest, Sha256};

use super::choices::shell;
use super::{RESULTS, SHEET, agrees, apply, command_after, users};
use crate::support::{Ended, Sandbox, TOKEN, Workdir};

/// An address where nobody listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!(
        "http://{}/v1",
        listener.local_addr().expect("its own address")
    )
}

fn plan(dir: &Workdir, address: &str, more: &[&str]) -> Ended {
    let args = ["plan", SHEET, "--base-url", address];
    dir.run(args.iter().chain(more))
}

/// The plan's ID as it is shown.
#[track_caller]
fn id(ended: &Ended) -> String {
    let text = ended.stdout();
    let id = text
        .split_once("Plan ")
        .and_then(|(_, rest)| rest.split_once(','))
        .map(|(id, _)| id.to_owned());
    let id = id.unwrap_or_else(|| panic!("no ID in\n{ended}"));
    assert!(
        id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "`{id}` in\n{ended}"
    );
    id
}

#[test]
fn a_plan_needs_neither_token_nor_server_and_leaves_nothing_behind() {
    let dir = Workdir::with_sample(SHEET);
    let shown = Ended::of(&mut dir.command(["plan", SHEET, "--base-url", &nowhere()]))
        .exits(1)
        .says("66 rows")
        .says("give 47 contacts to new owners")
        .says("and leave 4 without an owner")
        .says("only the sheet was checked.")
        .says("two of them may be one person")
        .says("15 rows will not be processed.")
        .says("will not be processed")
        .says("rows 29, 30: ")
        .says("rows 50 and 51, rows 53 and 54: these rows give the same contact to different users")
        .says("(no owner)")
        .does_not_say("Time:");
    let text = shown.stdout();
    let sentences = text.lines().filter(|line| line.starts_with("  row "));
    assert_eq!(sentences.count(), 3, "three real rows in\n{shown}");
    assert_eq!(dir.files(), [SHEET]);
}

#[test]
fn a_plan_neither_reads_nor_writes_contacts() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let address = listener.local_addr().expect("its own address");
    let dir = Workdir::with_sample(SHEET);
    let mut command = dir.command(["plan", SHEET, "--base-url", &format!("http://{address}/v1")]);
    let ended = Ended::of(command.env("REASSIGN_TOKEN", TOKEN)).exits(1);
    let knock = listener.accept().map(|(_, from)| from);
    assert_eq!(
        knock.map_err(|err| err.kind()),
        Err(std::io::ErrorKind::WouldBlock),
        "somebody called during\n{ended}"
    );
}

#[test]
fn the_plan_has_the_same_id_every_time_and_another_one_elsewhere() {
    let (dir, address) = (Workdir::with_sample(SHEET), nowhere());
    let first = id(&plan(&dir, &address, &[]));
    assert_eq!(id(&plan(&dir, &address, &["-o", "saved.csv"])), first);
    assert_eq!(
        id(&plan(&dir, &format!("{address}/"), &[])),
        first,
        "a slash at the end says nothing"
    );
    assert_ne!(id(&plan(&dir, &nowhere(), &[])), first);
    assert_ne!(
        id(&plan(&dir, &address, &["--bare-digits", "id"])),
        first,
        "two more changes"
    );
}

#[test]
fn the_plans_id_is_the_hash_that_the_guide_describes() {
    let (dir, address) = (Workdir::with_sample(SHEET), nowhere());
    let shown = id(&plan(&dir, &address, &["-o", "saved.csv"]));
    let mut text = format!("reassign-plan 1\n{address}\n");
    let saved = dir.results("saved.csv");
    for row in saved
        .rows
        .iter()
        .filter(|row| row.get("status") == "planned")
    {
        text += &format!("{}\t{}\n", row.get("contact"), row.get("assignee"));
    }
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(shown, hex);
}

#[test]
fn the_command_at_the_end_of_a_plan_works() {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    let ended = plan(&dir, &sandbox.url, &["--bare-digits", "id"]).exits(1);
    let command = command_after(
        &ended,
        "To apply it now; the rows that have to be corrected are not processed, and can follow later:",
    );
    let more = format!("{command} --yes --rate 1000/s");
    shell(&dir, &more).exits(1);
    let results = dir.results(RESULTS);
    assert_eq!(results.row(29).get("status"), "assigned");
    assert_eq!(results.count("assigned"), 42);
}

#[test]
fn a_saved_plan_sends_exactly_the_planned_rows() {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    let before = sandbox.record();
    let ended = plan(&dir, &sandbox.url, &["-o", "saved.csv"]).exits(1);
    assert_eq!(sandbox.record(), before, "planning sends nothing\n{ended}");
    let planned: BTreeSet<u32> = dir
        .results("saved.csv")
        .rows
        .iter()
        .filter(|row| row.get("status") == "planned")
        .map(|row| row.row())
        .collect();
    assert_eq!(planned.len(), 51);
    assert_eq!(
        id(&dir.run(["plan", "saved.csv", "--base-url", &sandbox.url])),
        id(&ended),
        "a saved plan is the same plan"
    );

    apply(&dir, "saved.csv", &sandbox).exits(1);
    let results = dir.results("saved.csv");
    assert_eq!(results.count("planned"), 0);
    agrees(&results, &before, &sandbox.record());
    for row in &results.rows {
        let tried = ["assigned", "unassigned", "unchanged", "failed"].contains(&row.get("status"));
        assert_eq!(tried, planned.contains(&row.row()), "{row:?}");
    }
}

#[test]
fn a_sheet_alone_and_a_dry_run_are_plans() {
    let (dir, address) = (Workdir::with_sample(SHEET), nowhere());
    let planned = plan(&dir, &address, &[]).exits(1);
    let alone = dir.run([SHEET, "--base-url", &address]).exits(1);
    let dry = dir.run(["apply", SHEET, "--base-url", &address, "--dry-run"]);
    let dry = dry.exits(1);
    for other in [alone, dry] {
        assert_eq!(other.stdout(), planned.stdout());
        assert_eq!(other.stderr(), planned.stderr());
    }
    assert_eq!(dir.files(), [SHEET]);
}

#[test]
fn a_plan_without_faults_ends_with_0() {
    let dir = Workdir::with("clean.csv", "email,assignee\nlina.ng@example.com,107\n");
    dir.run(["plan", "clean.csv", "--sandbox"])
        .exits(0)
        .says("give 1 contact to a new owner")
        .says("row 2: email:lina.ng@example.com → user 107");
}

#[test]
fn plan_counts_what_each_assignee_receives() {
    let dir = Workdir::with_sample(SHEET);
    let address = nowhere();
    plan(&dir, &address, &["-o", "saved.csv"]).exits(1);
    let saved = dir.results("saved.csv");
    let json = plan(&dir, &address, &["--json"]).exits(1).stdout();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let told = json["balance"]["users"].as_array().expect("a list");
    for user in users().into_iter().flat_map(|(id, email)| [id, email]) {
        let receives = saved
            .rows
            .iter()
            .filter(|row| row.get("status") == "planned")
            .filter(|row| row.get("assignee").eq_ignore_ascii_case(&user));
        let count = receives.count();
        if count > 0 {
            let found = told.iter().find(|told| told["assignee"] == user.as_str());
            let found = found.map(|told| told["receives"].clone());
            assert_eq!(found, Some(count.into()), "{user} in\n{json:#}");
        }
    }
}
