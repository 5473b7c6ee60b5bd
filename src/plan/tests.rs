mod live;

use super::*;
use crate::mapping::{Mappings, Witnesses};

/// Rows from `contact assignee [status was-contact was-assignee [decision]]`; the first is row 2.
fn sheet(rows: &[&str]) -> Mappings {
    let mut mappings = Mappings::default();
    for (row, text) in (2..).zip(rows) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let assignee: Assignee = words[1].parse().expect("an assignee");
        let reading = Reading::Mapping {
            contact: words[0].parse().expect("a contact"),
            assignee: mappings.assignees.key(assignee),
        };
        let earlier = words.get(2).map(|status| {
            Box::new(Earlier {
                contact: words.get(3).map(|word| word.parse().expect("a contact")),
                assignee: words.get(4).map(|word| word.parse().expect("an assignee")),
                previous: None,
                expected: None,
                status: status.parse().expect("a status"),
                codes: Vec::new(),
                error: None,
                cells: Default::default(),
                decision: words.get(5).map(|word| word.parse().expect("a decision")),
                http: None,
                contact_id: None,
                attempts: 0,
                at: None,
                workspace: None,
            })
        });
        mappings.items.push(Item {
            row,
            reading,
            current: None,
            witnesses: Witnesses::default(),
            earlier,
            cells: 0,
            is_merged: false,
            hidden_away: false,
        });
    }
    mappings
}

/// The same, where an earlier run left something else in the first of them.
fn sheet_after(rows: &[&str], left: impl FnOnce(&mut Earlier)) -> Mappings {
    let mut mappings = sheet(rows);
    left(mappings.items[0].earlier.as_mut().expect("what was left"));
    mappings
}

/// What becomes of each row, in a word and the row it has to do with.
fn fates(plan: &Plan) -> Vec<String> {
    let row = |place: &usize| plan.items[*place].row;
    plan.rows()
        .map(|(_, fate)| match fate {
            RowFate::Change(_) => "send".to_owned(),
            RowFate::Kept(OwnCells::Same) => "keep".to_owned(),
            RowFate::Kept(OwnCells::Changed) => "keep, changed".to_owned(),
            RowFate::Left(Left::Duplicate { of }) => format!("as {}", row(of)),
            RowFate::Left(Left::Conflict { with }) => format!("against {}", row(with)),
            RowFate::Left(Left::Overruled { by }) => format!("not {}", row(by)),
            RowFate::Left(left) => left.status().to_string(),
        })
        .collect()
}

fn planned(rows: &[&str], policy: OnConflict) -> Vec<String> {
    fates(&Plan::new(sheet(rows), policy))
}

#[test]
fn the_same_change_is_sent_once() {
    let rows = [
        "id:1 7",
        "id:2 7",
        "id:1 7",
        "email:A@x.org 7",
        "email:a@x.org 7",
    ];
    assert_eq!(
        planned(&rows, OnConflict::Error),
        ["send", "send", "as 2", "send", "as 5"]
    );
}

#[test]
fn a_contact_given_to_two_users_is_sent_to_neither_unless_a_policy_decides() {
    let rows = ["id:1 7", "id:1 8", "id:1 7", "id:3 unassign", "id:3 8"];
    assert_eq!(
        planned(&rows, OnConflict::Error),
        [
            "against 3",
            "against 2",
            "against 3",
            "against 6",
            "against 5"
        ]
    );
    assert_eq!(
        planned(&rows, OnConflict::First),
        ["send", "not 2", "as 2", "send", "not 5"]
    );
    assert_eq!(
        planned(&rows, OnConflict::Last),
        ["as 4", "not 4", "send", "not 6", "send"]
    );
}

#[test]
fn a_settled_row_is_neither_sent_again_nor_forgotten() {
    let rows = [
        "id:1 7 assigned id:1 7",
        "id:2 8 assigned id:2 7",
        "id:1 7",
        "id:1 9",
        "id:4 7",
    ];
    assert_eq!(
        planned(&rows, OnConflict::Error),
        ["keep", "keep, changed", "as 2", "against 2", "send"]
    );
    assert_eq!(
        planned(&rows[..3], OnConflict::Error),
        ["keep", "keep, changed", "as 2"]
    );
}

#[test]
fn decisions_of_the_admin_are_heeded() {
    let rows = [
        "id:1 7 assigned id:1 7 again",
        "id:2 7 failed id:2 7 skip",
        "id:3 7 drifted id:3 7",
        "id:4 7 drifted id:4 7 move",
        "id:5 7 conflict id:5 7 skip",
        "id:5 8 conflict id:5 8",
    ];
    assert_eq!(
        planned(&rows, OnConflict::Error),
        ["send", "skipped", "drifted", "send", "skipped", "send"]
    );
}

#[test]
fn two_names_of_one_contact_are_told_apart_only_until_its_id_is_known() {
    let rows = ["phone:+60123456789 7 failed phone:+60123456789 7", "id:5 8"];
    assert_eq!(planned(&rows, OnConflict::Error), ["send", "send"]);
    let known = sheet_after(&rows, |earlier| earlier.contact_id = Some(5));
    assert_eq!(
        fates(&Plan::new(known, OnConflict::Error)),
        ["against 3", "against 2"]
    );
}

#[test]
fn a_write_whose_end_nobody_saw_is_in_doubt_unless_the_row_says_something_else_now() {
    let in_doubt = |row: &str, code: Option<Code>| {
        let mappings = sheet_after(&[row], |earlier| {
            earlier.attempts = 1;
            earlier.codes = code.into_iter().collect();
            earlier.previous = Some(Assignee::Nobody);
        });
        let plan = Plan::new(mappings, OnConflict::Error);
        let change = plan.change(0);
        (change.in_doubt, change.expected.is_some())
    };
    let used_up = Some(Code::AttemptsUsedUp);
    assert_eq!(in_doubt("id:1 7 failed id:1 7", used_up), (true, true));
    assert_eq!(in_doubt("id:1 7 unknown id:1 7", None), (true, true));
    assert_eq!(
        in_doubt("id:1 7 failed id:1 7", Some(Code::Refused)),
        (false, true)
    );
    assert_eq!(
        in_doubt("id:1 8 failed id:1 7", used_up),
        (false, false),
        "another assignee"
    );
    assert_eq!(
        in_doubt("id:2 7 failed id:1 7", used_up),
        (false, false),
        "another contact"
    );
}

#[test]
fn a_write_that_was_refused_leaves_the_condition_of_the_row_as_it_was() {
    let mappings = sheet_after(&["id:1 7 failed id:1 7"], |earlier| {
        earlier.attempts = 1;
        earlier.codes = vec![Code::Refused];
        earlier.expected = Some(Assignee::User(5));
    });
    let plan = Plan::new(mappings, OnConflict::Error);
    let change = plan.change(0);
    assert_eq!(
        change.expected,
        Some(Expected::Seen(&Assignee::User(5))),
        "from the live plan"
    );
    assert!(change.is_conditional() && !change.may_have_written);
}

#[test]
fn an_undone_row_is_sent_only_if_somebody_says_so() {
    let rows = [
        "id:1 7 undone id:1 7",
        "id:2 7 undone id:2 7 again",
        "id:3 7 undone id:3 7 skip",
    ];
    let plan = Plan::new(sheet(&rows), OnConflict::Error);
    assert_eq!(fates(&plan), ["undone", "send", "skipped"]);
    // A row whose change was a later row's waits with that.
    for status in ["undone", "drifted"] {
        let waiting = format!("id:1 7 {status} id:1 7");
        let duplicate = "id:1 7 duplicate id:1 7";
        let plan = |rows: &[&str]| planned(rows, OnConflict::Last);
        assert_eq!(plan(&[duplicate, &waiting]), ["as 3", status]);
        assert_eq!(plan(&[&waiting, duplicate]), [status, "as 2"]);
        let again = "id:1 7 duplicate id:1 7 again";
        assert_eq!(planned(&[again, &waiting], OnConflict::Error)[0], "send");
    }
    assert_eq!(plan.change(0).expected, None);
}

#[test]
fn an_undone_row_stays_undone_whatever_other_rows_say() {
    let rows = ["id:1 7 undone id:1 7", "id:1 8 conflict id:1 8"];
    assert_eq!(planned(&rows, OnConflict::Error), ["undone", "against 2"]);
    assert_eq!(planned(&rows, OnConflict::First), ["undone", "not 2"]);
    assert_eq!(planned(&rows, OnConflict::Last), ["undone", "send"]);
}

#[test]
fn who_leaves_out_what_was_given_back_leaves_out_its_duplicates() {
    let beside = |other| {
        let rows = ["id:1 7 undone id:1 7 skip", other];
        let given_back = |earlier: &mut Earlier| earlier.previous = Some(Assignee::User(5));
        fates(&Plan::new(
            sheet_after(&rows, given_back),
            OnConflict::Error,
        ))
    };
    assert_eq!(beside("id:1 7 duplicate id:1 7"), ["skipped", "as 2"]);
    // Another change of the contact is another matter.
    assert_eq!(beside("id:1 8 conflict id:1 8"), ["skipped", "send"]);
}

#[test]
fn the_id_says_what_is_sent_where_in_which_order() {
    let plan = |rows: &[&str]| Plan::new(sheet(rows), OnConflict::Error);
    let id = |rows: &[&str], workspace| plan(rows).id(workspace).to_string();
    let rows = ["id:1 7", "email:a@x.org unassign"];
    // printf 'reassign-plan 1\nsandbox\nid:1\t7\nemail:a@x.org\tunassign\n' | sha256sum | head -c 12
    assert_eq!(id(&rows, "sandbox"), "ed793170d317");
    assert_eq!(
        id(&["id:1 7", "email:a@x.org unassign", "id:1 7"], "sandbox"),
        id(&rows, "sandbox")
    );
    assert_ne!(
        id(&rows, "sandbox"),
        id(&rows, "https://api.example.org/v1")
    );
    assert_ne!(
        id(&["email:a@x.org unassign", "id:1 7"], "sandbox"),
        id(&rows, "sandbox")
    );
}

#[test]
fn a_saved_plan_has_no_changes_but_those_that_were_planned() {
    let rows = [
        "id:1 7 planned id:1 7",
        "id:2 7 invalid",
        "id:3 7 planned id:3 7",
        "id:4 7 assigned id:4 8 again",
        "id:5 7",
        "id:1 7 duplicate id:1 7",
    ];
    let all = Plan::new(sheet(&rows), OnConflict::Error);
    assert_eq!(all.len(), 5);
    let saved = |rows: &[&str], policy, planned: &[u32]| {
        let planned = planned.iter().copied().collect();
        Plan::saved(sheet(rows), policy, None, &planned)
    };
    let plan = saved(&rows, OnConflict::Error, &[2, 4]);
    assert_eq!(
        fates(&plan),
        [
            "send",
            "not_attempted",
            "send",
            "keep",
            "not_attempted",
            "as 2"
        ]
    );
    let sent: Vec<u32> = plan.changes().map(|change| change.row).collect();
    assert_eq!(sent, [2, 4]);
    let alone = Plan::new(
        sheet(&[rows[0], "id:9 x@y.zz skipped", rows[2]]),
        OnConflict::Error,
    );
    assert_eq!(
        plan.id("sandbox"),
        alone.id("sandbox"),
        "the ID of what was saved"
    );
    // Whatever decided when it was saved: what was planned is sent.
    let last = [
        "id:1 7 duplicate id:1 7",
        "id:1 8 skipped id:1 8",
        "id:1 7 planned id:1 7",
    ];
    for policy in [OnConflict::Error, OnConflict::First, OnConflict::Last] {
        let plan = saved(&last, policy, &[4]);
        assert_eq!(fates(&plan), ["as 4", "keep", "send"], "{policy:?}");
    }
    let repaired = ["id:1 7 planned id:1 7", "id:1 8 invalid"];
    let plan = saved(&repaired, OnConflict::Error, &[2]);
    assert_eq!(fates(&plan), ["send", "not_attempted"]);
}

#[test]
fn a_plan_id_is_read_in_either_case_and_nothing_else_is_one() {
    let id: PlanId = "AB12cd34EF56".parse().expect("an ID");
    assert_eq!(id.to_string(), "ab12cd34ef56");
    for wrong in ["", "ab12cd34ef5", "ab12cd34ef567", "ab12cd34ef5g"] {
        assert!(wrong.parse::<PlanId>().is_err(), "{wrong}");
    }
}

#[test]
fn rows_that_the_sheet_itself_ties_to_one_contact_are_told_where_they_disagree() {
    let tied = |rows: &[(&str, &str)]| {
        let mut mappings = sheet(&rows.iter().map(|(row, _)| *row).collect::<Vec<_>>());
        for (item, (_, beside)) in mappings.items.iter_mut().zip(rows) {
            item.witnesses = beside
                .split_whitespace()
                .map(|text| text.parse().expect("an identifier"))
                .collect();
        }
        Plan::new(mappings, OnConflict::Error).tied()
    };
    let (bob, cy) = ("email:bob@example.com", "email:cy@example.com");
    let phone = "phone:+60121233112 7";
    assert_eq!(
        tied(&[(phone, bob), ("email:bob@example.com 8", "")]),
        [(2, 3)]
    );
    assert_eq!(tied(&[(phone, bob), ("email:bob@example.com 7", "")]), []);
    assert_eq!(tied(&[(phone, bob), ("email:cy@example.com 8", cy)]), []);
    // An office's address stands beside many.
    let office = [
        (phone, bob),
        ("id:5 7", bob),
        ("email:bob@example.com 8", ""),
    ];
    assert_eq!(tied(&office), []);
}
