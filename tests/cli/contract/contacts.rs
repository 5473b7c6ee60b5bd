//! One contact: how it is addressed, whom it is given to, and what a read says at once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::speak::{Ask, Spoken};
use crate::support::Workdir;

/// A path of a contact with its separators as they are, and percent-encoded in either case.
fn forms(identifier: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([identifier.to_owned()]);
    for (literal, encoded) in [
        (":", ["%3A", "%3a"]),
        ("+", ["%2B", "%2b"]),
        ("@", ["%40", "%40"]),
        ("/", ["%2F", "%2f"]),
        (".", ["%2E", "%2e"]),
    ] {
        for form in forms.clone() {
            forms.extend(encoded.map(|encoded| form.replace(literal, encoded)));
        }
    }
    forms.retain(|form| !form.contains('/')); // which would be another path
    forms
}

#[test]
fn a_contact_is_found_however_its_path_is_written() {
    let dir = Workdir::with(
        "contacts.csv",
        "id,phone,email\n\
         1,+34612345610,Ann.Lee@Example.com\n\
         2,+60121233112,ann+vip@example.com\n\
         3,,annvip@example.org\n\
         4,,a/b@example.com\n\
         5,,jürgen@example.com\n",
    );
    let contacts = dir.path("contacts.csv");
    let spoken = Spoken::with(&["--contacts", contacts.to_str().expect("a path in UTF-8")]);
    let mut written = 0;
    for (id, identifiers) in [
        (
            1,
            &[
                "id:1",
                "phone:+34612345610",
                "email:ann.lee@example.com",
                "email:Ann.Lee@Example.com",
                "email:ANN.LEE@EXAMPLE.COM",
            ][..],
        ),
        (
            2,
            &[
                "id:2",
                "phone:+60121233112",
                "email:ann+vip@example.com",
                "email:Ann+VIP@example.com",
            ],
        ),
        (4, &["email:a/b@example.com", "email:A/B@Example.com"]),
        (
            5,
            &[
                "email:j%C3%BCrgen@example.com",
                "email:J%C3%9CRGEN@EXAMPLE.COM",
            ],
        ),
    ] {
        for form in identifiers.iter().flat_map(|identifier| forms(identifier)) {
            assert_eq!(spoken.read(&form)["id"], id, "{form}");
            assert_eq!(spoken.write(&form, &json!(105)), id, "{form}");
            written += 1;
        }
    }
    assert!(written > 40, "only {written} forms");
    assert_eq!(spoken.sandbox.writes(), written);
    for (form, status) in [
        ("email:ann%20vip@example.com", 400),
        ("phone:%2034612345610", 400),
        ("phone:34612345610", 400),
        ("email:annvip@example.com", 404),
    ] {
        let ask = Ask {
            operation: "getContact",
            parameter: form,
            ..Ask::default()
        };
        spoken.answers(status, ask);
    }
}

#[test]
fn an_assignee_is_named_by_number_text_or_email_and_a_read_shows_it_at_once() {
    let spoken = Spoken::with(&[]);
    for (wanted, id) in [
        (json!(105), json!(105)),
        (json!("106"), json!(106)),
        (json!("elena.garcia@example.com"), json!(105)),
        (json!("Farid.AZIZ@example.com"), json!(106)),
        (Value::Null, Value::Null),
        (Value::Null, Value::Null),
        (json!(101), json!(101)),
    ] {
        assert_eq!(
            spoken.write("phone:+34612345610", &wanted),
            10001,
            "{wanted}"
        );
        let contact = spoken.read("id:10001");
        let held = contact["assignee"].get("id").cloned().unwrap_or_default();
        assert_eq!(held, id, "{wanted}");
        assert_eq!(contact["assignee"].is_null(), wanted.is_null(), "{contact}");
    }
    assert_eq!(spoken.sandbox.record()[&10001].writes, 7);
    assert_eq!(spoken.sandbox.writes(), 7, "no other contact was written");
}

#[test]
fn what_names_no_user_is_refused_and_changes_nothing() {
    let spoken = Spoken::with(&[]);
    let before = spoken.sandbox.record();
    for assignee in [
        "\"\"",
        "\" \"",
        "\"105 \"",
        "\"null\"",
        "\"unassign\"",
        "false",
        "0",
        "-105",
        "105.5",
        "1e99",
        "[105]",
        "{\"id\":105}",
        "999",
        "\"999\"",
        "\"nobody@example.com\"",
        "113",
        "\"mina.park@example.org\"",
        "99999999999999999999",
    ] {
        let body = format!("{{\"assignee\":{assignee}}}");
        let ask = Ask {
            operation: "setConversationAssignee",
            parameter: "id:10001",
            body: &body,
            ..Ask::default()
        };
        spoken.answers(400, ask);
    }
    assert_eq!(spoken.sandbox.record(), before);
}
