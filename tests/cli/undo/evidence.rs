//! An undo sheet names rows by number; what was sent says whether these are still the rows that it is about.

use super::*;

/// Contacts of the sandbox that are given to a user who has none of them.
fn team(ids: &[u64]) -> String {
    let rows = ids.iter().map(|id| format!("id:{id},104\n"));
    format!("contact,assignee\n{}", rows.collect::<String>())
}

fn statuses(dir: &Workdir) -> Vec<String> {
    let rows = dir.results(RESULTS).rows;
    rows.iter()
        .map(|row| row.get("status").to_owned())
        .collect()
}

/// The first contacts that user 104 does not have.
fn others(sandbox: &Sandbox, count: usize) -> Vec<u64> {
    let holders = holders(sandbox).into_iter();
    let others = holders.filter(|(_, owner)| owner != "daniel.mueller@example.com");
    others.map(|(id, _)| id).take(count).collect()
}

/// A sheet that has been applied.
struct Job {
    sandbox: Sandbox,
    dir: Workdir,
    /// Contacts that user 104 did not have; the first of them are in the sheet.
    ids: Vec<u64>,
    /// Who had which contact before.
    before: BTreeMap<u64, String>,
}

impl Job {
    /// So many contacts are found, and so many of them given to user 104.
    fn applied(found: usize, given: usize) -> Job {
        let sandbox = Sandbox::start();
        let ids = others(&sandbox, found);
        let dir = Workdir::with(SHEET, team(&ids[..given]));
        let before = holders(&sandbox);
        apply(&dir, SHEET, &sandbox).exits(0);
        Job {
            sandbox,
            dir,
            ids,
            before,
        }
    }
}

#[test]
fn what_was_done_again_in_the_middle_of_an_undo_is_not_undone() {
    let Job {
        sandbox,
        dir,
        before,
        ..
    } = Job::applied(4, 4);
    dir.run(["undo", RESULTS]).exits(0);
    dir.apply(UNDO, &sandbox, &["--limit", "2"]).exits(1);
    assert_eq!(statuses(&dir), ["undone", "undone", "assigned", "assigned"]);
    dir.apply(RESULTS, &sandbox, &["--again", "all"]).exits(0);
    apply(&dir, UNDO, &sandbox)
        .exits(0)
        .says("2 rows of `team.results.csv` are undone now");
    assert_eq!(statuses(&dir), ["assigned", "assigned", "undone", "undone"]);
    // The two that have been done again are still there to be given back.
    dir.run(["undo", RESULTS, "-o", "back.csv"]).exits(0);
    apply(&dir, "back.csv", &sandbox).exits(0);
    assert_eq!(holders(&sandbox), before);
}

#[test]
fn an_undo_says_nothing_of_another_sheet_that_has_the_name_of_the_first_now() {
    let Job {
        sandbox, dir, ids, ..
    } = Job::applied(6, 3);
    dir.run(["undo", RESULTS]).exits(0);
    fs::create_dir(dir.path("october")).expect("a folder");
    for name in [RESULTS, "team.reassign"] {
        fs::rename(dir.path(name), dir.path("october").join(name)).expect("moved");
    }
    dir.write(SHEET, team(&ids[3..]));
    apply(&dir, SHEET, &sandbox).exits(0);
    apply(&dir, UNDO, &sandbox)
        .exits(0)
        .says("`team.results.csv` is about other contacts now, and stays as it is");
    assert_eq!(statuses(&dir), ["assigned"; 3]);
    dir.run(["undo", RESULTS, "-o", "back.csv"])
        .exits(0)
        .says("3  to give back");
}

#[test]
fn a_row_of_an_undo_sheet_with_another_contact_undoes_nothing() {
    let Job {
        sandbox,
        dir,
        ids,
        before,
    } = Job::applied(4, 3);
    dir.run(["undo", RESULTS]).exits(0);
    let sheet = dir.read(UNDO);
    let row = sheet.lines().nth(2).expect("a row");
    let from = &before[&ids[3]];
    let edited = format!("id:{},{from},101,,{RESULTS},3,", ids[3]);
    dir.write(UNDO, sheet.replace(row, &edited));
    apply(&dir, UNDO, &sandbox)
        .exits(0)
        .says("2 rows of `team.results.csv` are undone now");
    assert_eq!(statuses(&dir), ["undone", "assigned", "undone"]);
    dir.run(["undo", RESULTS, "-o", "back.csv"])
        .exits(0)
        .says("1  to give back");
}

#[test]
fn the_undo_of_an_early_run_says_nothing_of_a_row_that_was_put_in_place_of_its_own() {
    let Job {
        sandbox, dir, ids, ..
    } = Job::applied(3, 2);
    let results = dir.read(RESULTS);
    let kept: Vec<&str> = results.lines().take(2).collect();
    let blank = ",".repeat(kept[0].matches(',').count() - 1);
    dir.write(
        RESULTS,
        format!("{}\nid:{},104{blank}\n", kept.join("\n"), ids[2]),
    );
    apply(&dir, RESULTS, &sandbox).exits(0);
    dir.run(["undo", RESULTS, "--run", "1"]).exits(0);
    apply(&dir, UNDO, &sandbox).exits(0);
    assert_eq!(statuses(&dir), ["undone", "assigned"]);
}

#[test]
fn the_undo_of_a_run_takes_back_all_that_it_did_to_a_contact() {
    let sheet = "contact,assignee\nid:7,104\nann@example.org,101\n+60121233112,103\n";
    let dir = Workdir::with(SHEET, sheet);
    let contact =
        "id,phone,email,assignee\n7,+60121233112,ann@example.org,ben.carter@example.com\n";
    dir.write("contacts.csv", contact);
    let contacts = dir.path("contacts.csv");
    let sandbox = Sandbox::with(["--contacts", contacts.to_str().expect("a path")]);
    let before = holders(&sandbox);
    let last = ["--on-conflict", "last"];
    dir.apply(SHEET, &sandbox, &[&last[..], &["--limit", "1"]].concat())
        .exits(1);
    let between = holders(&sandbox);
    dir.apply(SHEET, &sandbox, &last).exits(0);
    dir.run(["undo", RESULTS, "--run", "2"]).exits(0);
    apply(&dir, UNDO, &sandbox).exits(0);
    assert_eq!(holders(&sandbox), between);
    dir.run(["undo", RESULTS, "-o", "back.csv"]).exits(0);
    apply(&dir, "back.csv", &sandbox).exits(0);
    assert_eq!(holders(&sandbox), before);
}
