use super::*;
use crate::mapping::Columns;
use crate::workspace::{Card, KnownBy, People};

fn card(id: u64, holder: Assignee) -> Card {
    Card {
        id,
        name: "Bob Ray".to_owned(),
        phone: None,
        email: None,
        holder: Some(holder),
        holder_email: None,
        is_closed: false,
    }
}

fn user(id: u64) -> Assignee {
    Assignee::User(id)
}

fn name(text: &str) -> Identifier {
    text.parse().expect("a contact")
}

/// A workspace in which these names mean these contacts.
fn workspace(found: &[(&str, Card)]) -> Contacts {
    let mut contacts = Contacts::default();
    for (text, card) in found {
        contacts.found(name(text), card.clone(), KnownBy::Listed);
    }
    contacts
}

fn live(rows: &[&str], contacts: &Contacts) -> Plan {
    Plan::live(sheet(rows), OnConflict::Error, contacts)
}

fn sentences(plan: &Plan) -> Vec<String> {
    let columns = Columns::named(&["Contact", "Owner"]);
    plan.rows()
        .filter_map(|(item, fate)| match fate {
            RowFate::Left(left) => Some(plan.sentence(item, left, &columns, &People::default())),
            _ => None,
        })
        .collect()
}

#[test]
fn the_plan_says_who_has_each_contact_and_what_is_so_already() {
    let contacts = workspace(&[("id:1", card(1, user(5))), ("id:2", card(2, user(7)))]);
    let plan = live(&["id:1 7", "id:2 7"], &contacts);
    let told: Vec<_> = plan
        .changes()
        .map(|change| {
            (
                change.holder.cloned(),
                change.is_unchanged(),
                change.expected,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some(user(5)), false, Some(Expected::Seen(&user(5)))),
            (Some(user(7)), true, Some(Expected::Seen(&user(7)))),
        ],
        "what is so already is read again, for the look may be old"
    );
    let loads = plan.workloads(&People::default(), plan.len());
    assert_eq!((loads.already_so, loads.moved()), (1, 1));
    assert_eq!(
        (&loads.users[0].who, loads.users[0].receives),
        (&user(7), 1)
    );
}

#[test]
fn one_contact_under_two_names_is_found_before_sending() {
    let one = card(1, user(5));
    let contacts = workspace(&[("id:1", one.clone()), ("email:a@x.org", one)]);
    assert_eq!(
        fates(&live(&["id:1 7", "email:a@x.org 7"], &contacts)),
        ["send", "as 2"]
    );
    assert_eq!(
        fates(&live(&["id:1 7", "email:a@x.org 8"], &contacts)),
        ["against 3", "against 2"]
    );
}

#[test]
fn what_the_workspace_does_not_have_or_has_twice_is_rejected() {
    let mut contacts = workspace(&[
        ("phone:+60121233112", card(57, user(5))),
        ("phone:+60121233112", card(11, user(5))),
    ]);
    contacts.missing(name("id:3"), "the workspace has no such contact".to_owned());
    let plan = live(&["phone:+60121233112 7", "id:3 7"], &contacts);
    assert_eq!(fates(&plan), ["invalid", "invalid"]);
    assert_eq!(
        sentences(&plan),
        [
            "the workspace has 2 contacts with phone number `phone:+60121233112`; write `id:11` or `id:57`",
            "the workspace has no contact `id:3`; correct it, or create the contact there first",
        ]
    );
}

#[test]
fn a_row_that_calls_the_contact_something_else_in_another_column_is_rejected() {
    let bob = Card {
        phone: "+60121233112".parse().ok(),
        ..card(501, user(5))
    };
    let contacts = workspace(&[("id:501", bob)]);
    let fates_with = |witnesses: &[&str]| {
        let mut mappings = sheet(&["id:501 7"]);
        mappings.items[0].witnesses = witnesses.iter().map(|text| name(text)).collect();
        let plan = Plan::live(mappings, OnConflict::Error, &contacts);
        (fates(&plan).remove(0), sentences(&plan).pop())
    };
    let (fate, sentence) = fates_with(&["id:501", "phone:+6581234567"]);
    assert_eq!(fate, "invalid");
    assert_eq!(
        sentence.as_deref(),
        Some(
            "the workspace says that `id:501` is Bob Ray, `phone:+60121233112`, and the row says `phone:+6581234567`; \
             correct the one that is wrong"
        )
    );
    for agrees in [
        &["id:501", "phone:+60121233112"][..],
        &["phone:+6581234567", "phone:+60121233112"],
        &["email:bob@example.com"], // of which the workspace knows nothing
        &[],
    ] {
        assert_eq!(fates_with(agrees), ("send".to_owned(), None), "{agrees:?}");
    }
}

#[test]
fn a_contact_that_is_no_longer_with_whom_the_row_says_is_left_alone() {
    let contacts = workspace(&[("id:1", card(1, user(5))), ("id:2", card(2, user(6)))]);
    let mut mappings = sheet(&["id:1 7", "id:2 7"]);
    for item in &mut mappings.items {
        item.current = Some(mappings.assignees.key(user(6)));
    }
    let plan = Plan::live(mappings, OnConflict::Error, &contacts);
    assert_eq!(fates(&plan), ["drifted", "send"]);
    assert_eq!(plan.change(0).row, 3, "the places of changes follow");
    assert_eq!(
        plan.rows().nth(1).map(|(_, fate)| fate.clone()),
        Some(RowFate::Change(0))
    );
    assert_eq!(
        sentences(&plan),
        [
            "the sheet says that this contact has the owner `6`; in the workspace it has the owner `5`; write `move` into `reassign_decision` to change it anyway"
        ]
    );
}

#[test]
fn a_user_who_is_not_listed_is_the_same_by_id_and_by_email() {
    let gone = Card {
        holder_email: "gone@example.com".parse().ok(),
        ..card(1, user(5))
    };
    let contacts = workspace(&[("id:1", gone.clone()), ("id:2", Card { id: 2, ..gone })]);
    let mut mappings = sheet(&["id:1 7", "id:2 Gone@example.com"]);
    let by_email = "gone@example.com".parse().expect("an assignee");
    mappings.items[0].current = Some(mappings.assignees.key(by_email));
    let plan = Plan::live(mappings, OnConflict::Error, &contacts);
    assert_eq!(fates(&plan), ["send", "send"]);
    let unchanged: Vec<_> = plan.changes().map(|change| change.is_unchanged()).collect();
    assert_eq!(unchanged, [false, true]);
}

#[test]
fn what_a_saved_plan_found_stands_until_the_row_is_changed_or_somebody_looks_again() {
    let found = "the workspace has 2 contacts with phone number `phone:+60121233112`; write `id:11` or `id:57`";
    let saved = |row: &str| {
        sheet_after(&[row], |earlier| {
            earlier.codes = vec![Code::SeveralContacts];
            earlier.error = Some(found.to_owned());
        })
    };
    let same = "phone:+60121233112 7 invalid phone:+60121233112 7";
    let plan = Plan::new(saved(same), OnConflict::Error);
    assert_eq!(
        (fates(&plan), sentences(&plan)),
        (vec!["invalid".to_owned()], vec![found.to_owned()])
    );
    let corrected = saved("id:11 7 invalid phone:+60121233112 7");
    assert_eq!(fates(&Plan::new(corrected, OnConflict::Error)), ["send"]);
    // Read one by one, the first of them is all that shows.
    let mut contacts = workspace(&[("phone:+60121233112", card(11, user(5)))]);
    let plan = Plan::live(saved(same), OnConflict::Error, &contacts);
    assert_eq!(sentences(&plan), [found]);
    let without_sentence = |rows: &[&str]| {
        let several = |earlier: &mut Earlier| earlier.codes = vec![Code::SeveralContacts];
        fates(&Plan::new(sheet_after(rows, several), OnConflict::Error))
    };
    assert_eq!(
        without_sentence(&[same]),
        ["invalid"],
        "whatever is said about it"
    );
    // Another row that calls its contact so means one of several, too.
    assert_eq!(
        without_sentence(&[same, "phone:+60121233112 8"]),
        ["invalid", "invalid"]
    );
    contacts.everybodys = Some(HashMap::new());
    let plan = Plan::live(saved(same), OnConflict::Error, &contacts);
    assert_eq!(fates(&plan), ["send"]);
}

#[test]
fn whatever_a_saved_plan_found_stands_until_its_cells_are_changed_or_a_look_finds_otherwise() {
    let bob = Card {
        phone: "+60121233112".parse().ok(),
        ..card(501, user(5))
    };
    let contacts = workspace(&[("id:501", bob)]);
    for code in [Code::NoSuchContact, Code::ContactDiffers] {
        let saved = |row: &str| {
            sheet_after(&[row], |earlier| {
                earlier.codes = vec![code];
                earlier.error = Some("as it was found".to_owned());
            })
        };
        let same = "id:501 7 invalid id:501 7";
        let corrected = "id:501 7 invalid id:510 7";
        let plan = |row| fates(&Plan::new(saved(row), OnConflict::Error));
        assert_eq!(plan(same), ["invalid"], "{code:?}");
        assert_eq!(plan(corrected), ["send"], "{code:?}");
        let looked = Plan::live(saved(same), OnConflict::Error, &contacts);
        assert_eq!(fates(&looked), ["send"], "{code:?}");
    }
}

#[test]
fn emails_are_looked_at_as_phone_numbers_are() {
    let contacts = workspace(&[
        ("email:a@x.org", card(57, user(5))),
        ("email:a@x.org", card(11, user(5))),
    ]);
    assert_eq!(
        sentences(&live(&["email:a@x.org 7"], &contacts)),
        ["the workspace has 2 contacts with email `email:a@x.org`; write `id:11` or `id:57`"]
    );
    let bob = Card {
        email: "bob@x.org".parse().ok(),
        ..card(501, user(5))
    };
    let contacts = workspace(&[("id:501", bob)]);
    for (witness, fate) in [("email:b@x.org", "invalid"), ("email:Bob@x.org", "send")] {
        let mut mappings = sheet(&["id:501 7"]);
        mappings.items[0].witnesses = [name(witness)].into_iter().collect();
        let plan = Plan::live(mappings, OnConflict::Error, &contacts);
        assert_eq!(fates(&plan), [fate], "{witness}");
    }
}

#[test]
fn closed_conversations_are_pointed_out_where_something_would_be_written() {
    let closed = |id, holder| Card {
        is_closed: true,
        ..card(id, user(holder))
    };
    let contacts = workspace(&[
        ("id:1", closed(1, 5)),
        ("id:2", closed(2, 7)),
        ("id:3", card(3, user(5))),
    ]);
    let plan = live(&["id:1 7", "id:2 7", "id:3 7"], &contacts);
    assert_eq!(plan.closed().collect::<Vec<_>>(), [2]);
}
