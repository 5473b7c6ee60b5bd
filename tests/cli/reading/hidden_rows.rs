//! Rows that the workbook hides are neither sent nor left out before the user has said which.

use super::{content, fill, ods, ods_row, plan, workbook};
use crate::support::Workdir;

/// Row 3 hidden by hand, row 4 dragged shut, row 5 shown.
fn filtered() -> Workdir {
    let rows = [
        ["email", "assignee"],
        ["ann@example.org", "12"],
        ["bob@example.org", "12"],
        ["cy@example.org", "12"],
        ["dee@example.org", "12"],
    ];
    let book = workbook(&[&|sheet| {
        fill(sheet, &rows)?;
        sheet.set_row_hidden(2)?.set_row_height(3, 0)?;
        Ok(())
    }]);
    Workdir::with("team.xlsx", book)
}

#[test]
fn hidden_rows_stop_the_plan_with_their_count_and_both_ways_out() {
    plan(&filtered(), "team.xlsx", &[])
        .is_refused(2)
        .says("`team.xlsx` hides 2 rows, by hand or by a filter (rows 3, 4)")
        .says("`--hidden-rows include` reads them like the others")
        .says("plan team.xlsx --sandbox --hidden-rows skip");
}

#[test]
fn refusals_of_columns_and_later_hidden_rows_end_in_commands_that_work() {
    let dir = filtered();
    let ended = plan(&dir, "team.xlsx", &["--hidden-rows", "error"]).is_refused(2);
    let text = ended.stderr();
    let commands = text
        .lines()
        .filter(|line| line.contains(" plan team.xlsx "));
    for (command, said) in commands.zip([
        "give 2 contacts to new owners",
        "give 4 contacts to new owners",
    ]) {
        let args: Vec<&str> = command.trim().split(' ').skip(1).collect();
        dir.run(args).exits(0).says(said);
    }
}

#[test]
fn skipped_hidden_rows_stand_in_the_results_as_skipped_with_the_reason() {
    let dir = filtered();
    let ended = plan(
        &dir,
        "team.xlsx",
        &["--hidden-rows", "skip", "-o", "plan.csv"],
    )
    .exits(0);
    ended
        .says("give 2 contacts to new owners")
        .says("skipped, rows 3, 4: the workbook hides the row");
    let results = dir.results("plan.csv");
    assert_eq!(
        results.statuses(),
        [
            (2, "planned"),
            (3, "skipped"),
            (4, "skipped"),
            (5, "planned")
        ]
    );
    let row = results.row(3);
    assert_eq!(row.get("contact"), "email:bob@example.org");
    assert!(row.get("error").contains("`--hidden-rows skip`"), "{row:?}");
}

#[test]
fn included_hidden_rows_are_rows_like_others_and_the_plan_says_so() {
    plan(&filtered(), "team.xlsx", &["--hidden-rows", "include"])
        .exits(0)
        .says("give 4 contacts to new owners")
        .says("2 hidden rows read like the others: rows 3, 4");
}

#[test]
fn blank_hidden_rows_and_hidden_titles_stop_nothing() {
    let book = workbook(&[&|sheet| {
        sheet.write(0, 0, "Handover")?;
        sheet.set_row_hidden(0)?;
        for (row, cells) in [(1, ["email", "assignee"]), (2, ["ann@example.org", "12"])] {
            sheet.write(row, 0, cells[0])?.write(row, 1, cells[1])?;
        }
        sheet.set_row_hidden(5)?;
        Ok(())
    }]);
    let dir = Workdir::with("team.xlsx", book);
    plan(&dir, "team.xlsx", &[])
        .exits(0)
        .says("give 1 contact to a new owner");
}

#[test]
fn apply_sends_no_hidden_row_and_a_rerun_leaves_it_alone() {
    let dir = filtered();
    dir.run(["apply", "team.xlsx", "--sandbox", "--hidden-rows", "skip"]);
    let results = dir.results("team.trial.results.csv");
    assert_eq!(
        (results.row(3).get("status"), results.row(4).get("status")),
        ("skipped", "skipped")
    );
    let again = dir.run(["plan", "team.trial.results.csv", "--sandbox"]);
    again
        .does_not_say("hides")
        .says("4 rows were done earlier and will not be done again.");
    // Whoever wants them after all says so.
    let shown = ["--sandbox", "--hidden-rows", "include"];
    dir.run([&["plan", "team.trial.results.csv"][..], &shown].concat())
        .says("2 rows were done earlier and will not be done again.");
}

#[test]
fn rows_hidden_in_an_open_document_are_told_however_they_are_hidden() {
    let rows = [
        ods_row("", &["email", "assignee"]),
        ods_row(r#"table:visibility="collapse""#, &["a@example.org", "12"]),
        ods_row(
            r#"table:visibility="filter" table:number-rows-repeated="2""#,
            &["b@example.org", "12"],
        ),
        format!(
            r#"<table:table-row-group table:display="false"><table:table-row-group>{}</table:table-row-group>{}</table:table-row-group>"#,
            ods_row("", &["c@example.org", "12"]),
            ods_row("", &["d@example.org", "12"]),
        ),
        ods_row("", &["e@example.org", "12"]),
    ];
    let table = format!(
        r#"<table:table table:name="Team">{}</table:table>"#,
        rows.concat()
    );
    let dir = Workdir::with("team.ods", ods(&content("", &table)));
    plan(&dir, "team.ods", &[]).is_refused(2).says(
        "`team.ods` hides 5 rows, by hand or by a filter (rows 3, 4, 5, 6, 7)"
            .replace("3, 4, 5, 6, 7", "2, 3, 4, 5, 6")
            .as_str(),
    );
}
