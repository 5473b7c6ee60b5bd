//! Any text as a cell that names an assignee, alone and among a workspace's users.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reassign::contact::{Assignee, Email};
use reassign::workspace::{Entry, NameMatch, User, Users};

fn users(names: &str, email: Option<Email>) -> Users {
    let entry = |(row, name): (u32, &str)| Entry {
        row,
        user: User {
            id: Some(u64::from(row)),
            email: email.clone().filter(|_| row == 1),
            names: vec![name.to_owned()],
            is_unlisted: false,
        },
    };
    let entries = (1..).zip(names.split(';')).map(entry).collect();
    Users::new(reassign::workspace::List::Sheet("users.csv".into()), entries)
        .expect("every user has another ID, and one an email")
}

fuzz_target!(|data: (&str, &str)| {
    let (cell, names) = data;
    let read = Assignee::read(cell);
    let email = match &read {
        Ok(read) => match &read.value {
            Assignee::Email(email) => Some(email.clone()),
            Assignee::User(_) | Assignee::Nobody => None,
        },
        Err(_) => None,
    };
    let users = users(names, email);
    if let Ok(first) = read {
        let text = first.value.to_string();
        assert_eq!(text.parse().as_ref(), Ok(&first.value), "{text}");
        assert!(first.value.agrees(&text), "{text}");
        assert!(first.value.agrees(cell), "{cell:?}");
        let second = Assignee::read(&text).expect("what was normalized is readable");
        assert_eq!(second.value, first.value);
        assert!(second.repairs.is_empty(), "{text}: {second:?}");
        let sent = users.canonical(first.value);
        assert_eq!(
            users.canonical(sent.clone()),
            sent,
            "one way to name a user"
        );
    }
    // Whoever has a name is found by it.
    for user in users.iter() {
        for name in &user.names {
            match users.named(name) {
                NameMatch::Nobody => assert!(!name.contains(char::is_alphanumeric), "{name:?}"),
                NameMatch::One(found, _) => assert_eq!(found, user),
                NameMatch::Several(found) => assert!(found.contains(&user)),
            }
        }
    }
    let _ = (users.named(cell), users.nearest(cell));
});
