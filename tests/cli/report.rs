//! Reports: what they tell, what they keep to themselves, and what they never replace.

mod browser;
mod looked;
mod opened;

use std::fs;
use std::io::Write;

use crate::support::{Sandbox, TOKEN, Workdir};

const SHEET: &str = "team-migration.xlsx";
const RESULTS: &str = "team-migration.results.csv";
const JOURNAL: &str = "team-migration.reassign/journal";
const APPLY: [&str; 4] = ["--rate", "1000/s", "--max-unassign", "4"];
const MARK: &str = "<!doctype html><!-- report of reassign -->";

/// Tells why a test looks at nothing, also where the output of tests that pass is not shown.
fn tell(why: &str) {
    let _ = writeln!(std::io::stderr(), "{why}");
}

/// A folder after a run on the sample that left a page.
fn after_a_run() -> Workdir {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    let note = [
        "--note",
        "asked for by ann@customer.org",
        "--report",
        "page.html",
        "--report-rows",
        "full",
    ];
    let more: Vec<&str> = APPLY.into_iter().chain(note).collect();
    dir.apply(SHEET, &sandbox, &more)
        .exits(1)
        .says("The report is in page.html");
    dir
}

/// What identifies the contacts of some results: emails, and the digits of phone numbers.
fn identifiers(dir: &Workdir, results: &str) -> Vec<String> {
    let results = dir.results(results);
    let known = results.rows.iter().map(|row| row.get("contact"));
    let mut all: Vec<String> = known
        .filter_map(|contact| contact.split_once(':'))
        .filter(|(kind, _)| *kind != "id")
        .map(|(_, value)| value.to_owned())
        .collect();
    all.sort();
    all.dedup();
    assert!(all.len() > 30, "{all:?}");
    all
}

#[test]
fn a_run_leaves_a_page_that_tells_who_did_what_and_how_it_went() {
    let dir = after_a_run();
    let page = dir.read("page.html");
    assert!(page.starts_with(MARK));
    let results = dir.results(RESULTS);
    let count = |status: &str| {
        results
            .rows
            .iter()
            .filter(|row| row.get("status") == status)
            .count()
    };
    for (name, status) in [
        ("contacts have a new owner", "assigned"),
        ("contacts have no owner now", "unassigned"),
    ] {
        let figure = format!("<dt>{name}</dt><dd>{}</dd>", count(status));
        assert!(page.contains(&figure), "no {figure}");
    }
    // Users whom the run met are called by name, wherever an ID or an email stands for them.
    assert!(page.contains("Farid Aziz"));
    assert!(
        page.contains("apply team-migration.xlsx --yes"),
        "the command"
    );
    assert!(page.contains("contacts read and"), "the course of the run");
    assert!(page.contains("127.0.0.1"), "the workspace");
    assert!(!page.contains(TOKEN), "the token");
}

#[test]
fn users_that_a_look_at_the_workspace_has_listed_have_names_in_a_report_that_is_made_later() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with("a.csv", "Contact,Owner\nid:10001,103\n");
    dir.apply("a.csv", &sandbox, &["--live"]).exits(0);
    dir.run(["report", "a.results.csv", "-o", "page.html"])
        .exits(0);
    let page = dir.read("page.html");
    assert!(
        page.contains("Chloé Dubois") && !page.contains("User 103"),
        "{page}"
    );
}

#[test]
fn who_gets_it_may_read_it_because_it_shows_no_contact_unless_asked_for() {
    let dir = after_a_run();
    let full = dir.read("page.html");
    let emails_and_phones = identifiers(&dir, RESULTS);
    for identifier in &emails_and_phones {
        assert!(full.contains(identifier.as_str()), "{identifier}");
    }
    for of_the_sheet in ["Farid leaves in June", "ann@customer.org", SHEET] {
        assert!(full.contains(of_the_sheet), "{of_the_sheet}");
    }
    dir.run(["report", RESULTS, "-o", "none.html"]).exits(0);
    let none = dir.read("none.html");
    for identifier in &emails_and_phones {
        assert!(!none.contains(identifier.as_str()), "{identifier}");
    }
    for of_the_sheet in ["Farid leaves in June", "customer.org", "<script"] {
        assert!(!none.contains(of_the_sheet), "{of_the_sheet}");
    }
    assert!(none.contains("What is left, and who does what"));
    assert!(none.contains("(rows 17, 41)"), "rows are named by number");
}

#[test]
fn the_page_is_named_after_the_sheet_and_replaces_an_earlier_one() {
    let dir = after_a_run();
    let name = "team-migration.report.html";
    let ended = dir.run(["report", RESULTS]).exits(0);
    assert_eq!(ended.stdout(), format!("{name}\n"));
    let first = fs::metadata(dir.path(name))
        .expect("the page")
        .modified()
        .expect("a time");
    dir.run(["report", RESULTS]).exits(0);
    let second = fs::metadata(dir.path(name))
        .expect("the page")
        .modified()
        .expect("a time");
    assert_ne!(first, second);
}

#[test]
fn a_file_that_is_no_report_is_not_replaced_and_nothing_is_sent_before_that_is_known() {
    let (dir, sandbox) = (Workdir::with_sample(SHEET), Sandbox::start());
    dir.write("mine.html", "<html>mine</html>");
    dir.apply(
        SHEET,
        &sandbox,
        &["--report", "mine.html", "--max-unassign", "4"],
    )
    .is_refused(2)
    .says("`mine.html` exists and is no report");
    assert_eq!(sandbox.writes(), 0);
    assert_eq!(dir.read("mine.html"), "<html>mine</html>");
    dir.apply(
        SHEET,
        &sandbox,
        &["--report", "none/page.html", "--max-unassign", "4"],
    )
    .is_refused(2)
    .says("there is no folder `none`");
}

#[test]
fn a_plan_leaves_a_page_too_with_the_id_that_the_terminal_shows() {
    let dir = Workdir::with(
        "a.csv",
        "Contact,Old owner,New owner\nid:10001,102,103\nid:10002,104,unassign\nx,1,2\n",
    );
    let ended = dir
        .run([
            "plan",
            "a.csv",
            "--report",
            "plan.html",
            "--report-rows",
            "full",
        ])
        .exits(1);
    let page = dir.read("plan.html");
    let stdout = ended.stdout();
    let id = stdout
        .split_once("Plan ")
        .expect("an ID")
        .1
        .split_once(',')
        .expect("its end")
        .0;
    assert!(page.contains(&format!("Approved {id}")), "{id}");
    let outcome = "<h1>1 contact would get a new owner, and 1 would be left without one.</h1>";
    assert!(page.contains(outcome), "{page}");
    assert!(page.contains("Nothing has been changed yet."), "{page}");
    assert!(page.contains("User 104") && page.contains("id:10001"));
    assert_eq!(dir.files(), ["a.csv", "plan.html"]);

    dir.run(["plan", "a.csv", "-o", "plan.csv"]).exits(1);
    dir.run(["report", "plan.csv", "-o", "saved.html"]).exits(0);
    assert!(
        dir.read("saved.html")
            .contains("Nothing has been changed yet.")
    );
}

#[test]
fn a_run_that_was_cut_short_is_told_from_its_journal() {
    let dir = after_a_run();
    let journal = dir.read(JOURNAL);
    let kept = |line: &&str| !line.starts_with("{\"end\"") && !line.starts_with("{\"writing\"");
    let cut: Vec<&str> = journal.lines().filter(kept).collect();
    let before = dir.read(RESULTS);
    let stale = before.replace(",assigned,", ",planned,");
    assert_ne!(before, stale);
    dir.write(RESULTS, stale);
    dir.write(JOURNAL, cut.join("\n") + "\n");
    dir.run(["report", RESULTS]).exits(0);
    let page = dir.read("team-migration.report.html");
    assert!(page.contains("It has not ended"), "{page}");
    let assigned = dir.read("page.html");
    let figure = assigned
        .split_once("<dt>contacts have a new owner</dt><dd>")
        .expect("a figure")
        .1;
    let figure = figure.split_once("</dd>").expect("its end").0;
    assert!(
        page.contains(&format!(
            "<dt>contacts have a new owner</dt><dd>{figure}</dd>"
        )),
        "{figure}"
    );

    fs::remove_file(dir.path(RESULTS)).expect("the results");
    dir.run(["report", RESULTS])
        .is_refused(2)
        .says("apply the sheet again to continue");
}

#[test]
fn what_is_no_results_file_is_refused() {
    let dir = Workdir::with_sample(SHEET);
    dir.run(["report", SHEET])
        .is_refused(2)
        .says("is no results file");
    dir.run(["report", "nowhere.csv"]).is_refused(2);
    assert_eq!(dir.files(), [SHEET]);
}
