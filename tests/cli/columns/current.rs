//! Who has a contact now is a condition for writing it.

use super::*;

/// Lina with whom she is, Zoe with somebody else.
fn sheet(sandbox: &Sandbox, header: &str) -> String {
    let record = sandbox.record();
    let (lina, zoe) = (&record[&LINA].assignee, &record[&ZOE].assignee);
    let has = |who: &str| {
        if who.is_empty() {
            "unassign".to_owned()
        } else {
            who.to_owned()
        }
    };
    let other = if zoe == "daniel.lim@example.com" {
        "101"
    } else {
        "daniel.lim@example.com"
    };
    format!(
        "{header}\nlina.ng@example.com,{},grace.tan@example.com\nzoe.moreau@example.org,{other},grace.tan@example.com\n",
        has(lina)
    )
}

#[test]
fn a_contact_that_somebody_else_has_is_not_written() {
    for header in [
        "Email,Current owner,New owner",
        "Email,From,To",
        "Email,Old,New",
        "Email,Previous agent,Next agent",
        "E-Mail,Bisheriger Betreuer,Neuer Betreuer",
        "邮箱,原负责人,新负责人",
        "メール,変更前,変更後",
        "Email,Previous owner,Owner",
    ] {
        let sandbox = Sandbox::start();
        let dir = Workdir::with(SHEET, sheet(&sandbox, header));
        let before = sandbox.record();
        let ended = apply(&dir, SHEET, &sandbox, &[]).exits(1);
        let results = dir.results(RESULTS);
        assert_eq!(results.row(2).get("status"), "assigned", "{ended}");
        assert_eq!(results.row(3).get("status"), "drifted", "{ended}");
        let error = results.row(3).get("error");
        let zoe = &before[&ZOE].assignee;
        let now = if zoe.is_empty() { "no owner" } else { zoe };
        assert!(
            error.contains(now) && error.contains("the sheet says"),
            "{error}"
        );
        let after = sandbox.record();
        assert_eq!(after[&LINA], held("grace.tan@example.com", 1));
        assert_eq!(after[&ZOE], before[&ZOE]);
    }
}

#[test]
fn move_sends_it_all_the_same() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(&sandbox, "Email,From,To"));
    apply(&dir, SHEET, &sandbox, &[]).exits(1);
    apply(&dir, RESULTS, &sandbox, &[]).exits(1);
    assert_eq!(sandbox.writes(), 1, "a rerun alone changes nothing");
    dir.results(RESULTS).repair(3, "reassign_decision", "move");
    apply(&dir, RESULTS, &sandbox, &[]).exits(0);
    assert_eq!(sandbox.record()[&ZOE], held("grace.tan@example.com", 1));
}

#[test]
fn a_blank_cell_is_no_condition_and_an_unreadable_one_rejects_its_row() {
    let rows = "lina.ng@example.com,,105\nzoe.moreau@example.org,Grace Tan,105\ndeepa.iyer@example.net,n/a,105\n";
    let dir = Workdir::with(SHEET, format!("Email,Current owner,New owner\n{rows}"));
    let sandbox = Sandbox::start();
    apply(&dir, SHEET, &sandbox, &[])
        .exits(1)
        .says("`Current owner`");
    let results = dir.results(RESULTS);
    assert_eq!(
        results.statuses(),
        [(2, "assigned"), (3, "invalid"), (4, "assigned")]
    );
    let zoe = results.row(3);
    assert!(
        zoe.get("error")
            .contains("column `Current owner`, `Grace Tan`"),
        "{}",
        zoe.get("error")
    );
    assert_eq!(
        (zoe.get("contact"), zoe.get("assignee")),
        ("email:zoe.moreau@example.org", "105")
    );
}

#[test]
fn with_a_list_of_users_it_may_be_a_name_or_somebody_who_has_left() {
    let users =
        "id,email,name\n101,kim@example.com,Kim Park\n105,grace.tan@example.com,Grace Tan\n";
    let dir = Workdir::with("users.csv", users);
    dir.write(
        SHEET,
        "Email,Current owner,New owner\na@example.com,\"Park, Kim\",Grace Tan\nb@example.com,77,105\nc@example.com,Lee Kim,105\n",
    );
    let args = [
        "plan",
        SHEET,
        "--sandbox",
        "--users",
        "users.csv",
        "-o",
        "plan.csv",
    ];
    let ended = dir.run(args).exits(1).says("2 rows say who");
    let rows = dir.results("plan.csv");
    let statuses: Vec<_> = rows
        .statuses()
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(statuses, ["planned", "planned", "invalid"], "{ended}");
    assert!(
        rows.row(4)
            .get("error")
            .starts_with("column `Current owner`, `Lee Kim`")
    );
}

#[test]
fn writing_blindly_cannot_check_it() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, sheet(&sandbox, "Email,From,To"));
    let refused = apply(&dir, SHEET, &sandbox, &["--blind"]).is_refused(2);
    let refused = refused
        .says("`From` says who has each contact now")
        .says("--current none");
    assert_eq!(sandbox.writes(), 0, "{refused}");
    apply(&dir, SHEET, &sandbox, &["--blind", "--current", "none"]).exits(0);
    assert_eq!(sandbox.writes(), 2);
}

#[test]
fn a_contact_that_is_where_it_should_be_is_settled_by_reading() {
    let sandbox = Sandbox::start();
    let lina = sandbox.record()[&LINA].assignee.clone();
    let lina = if lina.is_empty() {
        "unassign".to_owned()
    } else {
        lina
    };
    let dir = Workdir::with(
        SHEET,
        format!("Email,From,To\nlina.ng@example.com,101,{lina}\n"),
    );
    apply(&dir, SHEET, &sandbox, &[]).exits(0);
    assert_eq!(dir.results(RESULTS).row(2).get("status"), "unchanged");
}

#[test]
fn the_column_that_says_where_contacts_go_wins_and_the_other_is_the_condition() {
    for (header, wins) in [
        ("Email,Owner,New owner", "New owner"),
        ("Email,Owner,Reassign to", "Reassign to"),
        ("Email,From,To", "To"),
        ("E-Mail,Betreuer,Nachfolger", "Nachfolger"),
        ("邮箱,负责人,移交给", "移交给"),
    ] {
        let (ended, rows) = plan(
            &format!("{header}\nann@example.com,1,2\nbo@example.com,1,\n"),
            &[],
        );
        let ended = ended
            .says(&format!("new owner in `{wins}`"))
            .says("2 rows say who");
        assert_eq!(
            read(&rows)[0],
            "2 email:ann@example.com 2 planned",
            "{ended}"
        );
    }
    // Further columns of owners are not used, and named.
    let (ended, rows) = plan("Email,From,To,Assignee\nann@example.com,1,2,3\n", &[]);
    ended
        .says("new owner in `To`")
        .says("present owner in `From`");
    assert_eq!(read(&rows), ["2 email:ann@example.com 2 planned"]);
}

#[test]
fn other_names_for_two_assignees_are_refused_with_both_names() {
    for (header, named) in [
        ("Email,Owner,Agent", "`Owner`, `Agent`"),
        ("Email,New owner,New agent", "`New owner`, `New agent`"),
    ] {
        refused(&format!("{header}\nann@example.com,1,2\n"), &[])
            .says(&format!("{named} could all hold the new owner"))
            .says("--assignee");
    }
    refused(
        "Email,Current owner,Old agent,New owner\nann@example.com,1,2,3\n",
        &[],
    )
    .says("`Current owner`, `Old agent` could all hold who has each contact now")
    .says("--current 'Current owner'");
    // A date in `From` beside a column that says what it is.
    let (_, rows) = plan("Email,From,Assignee\nann@example.com,2024-05-01,3\n", &[]);
    assert_eq!(read(&rows), ["2 email:ann@example.com 3 planned"]);
}
