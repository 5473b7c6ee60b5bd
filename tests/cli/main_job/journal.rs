//! The journal beside the results: one line per thing that happened, each with a checksum.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{RESULTS, SHEET, apply, repair};
use crate::support::{Sandbox, Workdir};

const JOURNAL: &str = "team-migration.reassign/journal";

/// A line's kind and contents, if its checksum holds: eight hex digits of the SHA-256 of the line without it.
fn checked(line: &str) -> Option<(String, Value)> {
    let (before, sum) = line.strip_suffix("\"}")?.rsplit_once(",\"sum\":\"")?;
    let text = format!("{before}}}");
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let Value::Object(line) = serde_json::from_str(&text).ok()? else {
        return None;
    };
    (hex == sum).then(|| line.into_iter().next()).flatten()
}

/// The lines of the journal by kind; every checksum has to hold.
#[track_caller]
fn lines(dir: &Workdir) -> Vec<(String, Value)> {
    let text = dir.read(JOURNAL);
    assert!(text.ends_with('\n'), "the last line is whole");
    text.lines()
        .map(|line| checked(line).unwrap_or_else(|| panic!("the checksum of {line}")))
        .collect()
}

fn count(lines: &[(String, Value)]) -> BTreeMap<&str, usize> {
    lines.iter().fold(BTreeMap::new(), |mut count, (kind, _)| {
        *count.entry(kind.as_str()).or_default() += 1;
        count
    })
}

/// A folder and a sandbox after the first run on the sample.
fn after_a_run() -> (Workdir, Sandbox) {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    apply(&dir, SHEET, &sandbox).exits(1);
    (dir, sandbox)
}

#[test]
fn two_runs_are_told_one_after_the_other_and_every_checksum_holds() {
    let (dir, sandbox) = after_a_run();
    let first = lines(&dir);
    assert_eq!(first[0].0, "start");
    assert_eq!(first.last().map(|(kind, _)| kind.as_str()), Some("end"));
    let mut counts = count(&first);
    // How many stretches of the course are told depends on how fast this computer is.
    assert!(counts.remove("pace").is_some_and(|told| told >= 1));
    assert!(counts.remove("user").is_some_and(|told| told >= 1));
    // The first 20 of 43, the 40th, and those whose conversations are closed: how many of these are among the first 20
    // depends on the order in which rows are written.
    assert!(
        counts
            .remove("verified")
            .is_some_and(|told| (21..=25).contains(&told))
    );
    // Two rows name a user that the workspace does not have, which only the write tells.
    let expected = [
        ("start", 1),
        ("rows", 1),
        ("sent", 40 + 3 + 2),
        ("outcome", 40 + 3 + 3 + 5),
        ("writing", 1),
        ("end", 1),
    ];
    assert_eq!(counts, BTreeMap::from(expected));

    repair(&dir);
    apply(&dir, RESULTS, &sandbox).exits(0);
    let both = lines(&dir);
    assert_eq!(both[..first.len()], first, "the first run stands as it was");
    let counts = count(&both);
    assert_eq!((counts["start"], counts["end"]), (2, 2));
    assert_eq!(both.last().map(|(kind, _)| kind.as_str()), Some("end"));
    let names: Vec<&Value> = both
        .iter()
        .filter(|(kind, _)| kind == "start")
        .map(|(_, start)| &start["run"])
        .collect();
    assert_ne!(names[0], names[1], "each run has a name of its own");
}

#[test]
fn a_write_is_told_before_its_outcome_with_who_had_the_contact() {
    let (dir, _sandbox) = after_a_run();
    let lines = lines(&dir);
    for (place, (_, outcome)) in lines
        .iter()
        .enumerate()
        .filter(|(_, (kind, outcome))| kind == "outcome" && outcome["status"] == "assigned")
    {
        let sent = lines[..place]
            .iter()
            .find(|(kind, sent)| kind == "sent" && sent["row"] == outcome["row"]);
        let (_, sent) = sent.unwrap_or_else(|| panic!("nothing was sent for {outcome}"));
        assert!(sent["previous"].is_string(), "{sent}");
        assert_eq!(sent["contact_id"], outcome["contact_id"]);
    }
}

#[test]
fn the_journal_holds_the_hash_of_the_results_and_of_the_sheet() {
    let (dir, _sandbox) = after_a_run();
    let lines = lines(&dir);
    let of = |name: &str| {
        let bytes = fs::read(dir.path(name)).expect("a file");
        let hash = Sha256::digest(bytes);
        hash.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let find = |kind: &str| {
        let found = lines.iter().find(|(found, _)| found == kind);
        found.map(|(_, line)| line["sha256"].clone())
    };
    assert_eq!(find("start"), Some(of(SHEET).into()));
    assert_eq!(find("writing"), Some(of(RESULTS).into()));
}

#[test]
fn a_line_that_was_tampered_with_is_refused_by_its_number_and_nothing_is_sent() {
    let (dir, sandbox) = after_a_run();
    repair(&dir);
    let writes = sandbox.writes();
    let text = dir.read(JOURNAL);
    let lines: Vec<&str> = text.lines().collect();
    let is_in_the_middle =
        |place: &usize| *place >= lines.len() / 2 && lines[*place].contains("\"row\":");
    let place = (0..lines.len())
        .find(is_in_the_middle)
        .expect("a line that names a row");
    let tampered = lines[place].replace("\"row\":", "\"row\":1");
    assert_ne!(tampered, lines[place], "the line names a row");
    let tampered = [&lines[..place], &[tampered.as_str()], &lines[place + 1..]].concat();
    dir.write(JOURNAL, tampered.join("\n") + "\n");
    apply(&dir, RESULTS, &sandbox)
        .is_refused(2)
        .says(&format!("line {} of the journal", place + 1))
        .says("damaged");
    assert_eq!(sandbox.writes(), writes);

    dir.write(JOURNAL, text);
    apply(&dir, RESULTS, &sandbox).exits(0);
}

#[test]
fn a_torn_last_line_is_cut_off_and_the_run_goes_on() {
    let (dir, sandbox) = after_a_run();
    repair(&dir);
    let mut text = dir.read(JOURNAL);
    text.push_str("{\"outcome\":{\"row\":3,\"sta");
    dir.write(JOURNAL, text);
    apply(&dir, RESULTS, &sandbox).exits(0);
    assert_eq!(count(&lines(&dir))["start"], 2);
}
