use super::*;

fn user(id: u64, email: &str, names: &[&str]) -> Entry {
    Entry {
        row: u32::try_from(id).expect("a small number") + 1,
        user: User {
            is_unlisted: false,
            id: (id > 0).then_some(id),
            email: (!email.is_empty()).then(|| email.parse().expect("an email")),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        },
    }
}

fn users(entries: Vec<Entry>) -> Users {
    Users::new(List::Sheet("users.csv".into()), entries).expect("no contradiction")
}

fn team() -> Users {
    users(vec![
        user(1, "ann@x.com", &["Ann Lee", "annie"]),
        user(2, "chloe@x.com", &["Chloé Dubois"]),
        user(3, "jose@x.com", &["José Pérez"]),
        user(4, "jose2@x.com", &["Josè Pérez"]),
        user(5, "ann2@x.com", &["Sam Roe"]),
        user(6, "sam2@x.com", &["Sam Roe"]),
        user(7, "oneill@x.com", &["Shay O'Neill-Weiß"]),
        user(8, "kavita@x.com", &["कविता शर्मा"]),
    ])
}

/// The IDs of whoever is meant, and how the name was found.
fn meant(users: &Users, name: &str) -> (Vec<u64>, Option<Spelling>) {
    let id = |user: &User| user.id.expect("an ID");
    match users.named(name) {
        NameMatch::Nobody => (Vec::new(), None),
        NameMatch::One(user, spelling) => (vec![id(user)], Some(spelling)),
        NameMatch::Several(users) => (users.into_iter().map(id).collect(), None),
    }
}

#[test]
fn a_user_is_found_by_every_way_to_write_the_same_name() {
    let team = team();
    for (name, id, spelling) in [
        ("Ann Lee", 1, Spelling::Same),
        (" ANN  lee\u{200b} ", 1, Spelling::Same),
        ("Ａｎｎ\u{a0}Lee", 1, Spelling::Same),
        ("Annie", 1, Spelling::Same),
        ("Lee, Ann", 1, Spelling::LastFirst),
        ("LEE ,ann", 1, Spelling::LastFirst),
        ("Chloe\u{301} Dubois", 2, Spelling::Same),
        ("Chloe Dubois", 2, Spelling::OtherAccents),
        ("Dubois, Chloe", 2, Spelling::OtherAccents),
        ("José Pérez", 3, Spelling::Same),
        ("Josè Pérez", 4, Spelling::Same),
        ("Shay O\u{2019}Neill\u{2010}Weiß", 7, Spelling::Same),
        ("SHAY O'NEILL-WEISS", 7, Spelling::OtherAccents),
    ] {
        assert_eq!(meant(&team, name), (vec![id], Some(spelling)), "{name:?}");
    }
}

#[test]
fn a_name_that_could_mean_two_users_means_neither() {
    let team = team();
    assert_eq!(meant(&team, "Sam Roe"), (vec![5, 6], None));
    assert_eq!(meant(&team, "Jose Perez"), (vec![3, 4], None));
    assert_eq!(meant(&team, "Ann"), (Vec::new(), None));
    assert_eq!(meant(&team, ""), (Vec::new(), None));
    assert_eq!(meant(&team, "Lee, Ann, Dr"), (Vec::new(), None));
    // Another vowel is another name.
    assert_eq!(meant(&team, "कवीता शर्मा"), (Vec::new(), None));
}

#[test]
fn a_list_in_which_last_names_stand_first_is_read_both_ways() {
    let users = users(vec![user(1, "ann@x.com", &["Lee, Ann"])]);
    for name in ["Ann Lee", "Lee, Ann"] {
        assert_eq!(meant(&users, name).0, [1], "{name}");
    }
}

#[test]
fn several_rows_may_be_about_one_user() {
    let by_email = Entry {
        row: 2,
        ..user(0, "ANN@x.com", &["Annie"])
    };
    let users = users(vec![
        by_email,
        user(7, "", &["A. Lee"]),
        user(7, "ann@x.com", &["Ann Lee", "Annie"]),
    ]);
    assert_eq!(users.len(), 1);
    for name in ["Annie", "A. Lee", "Ann Lee"] {
        assert_eq!(meant(&users, name).0, [7], "{name}");
    }
    let email = Assignee::Email("ann@x.com".parse().expect("an email"));
    assert_eq!(users.canonical(email), Assignee::User(7));
    assert_eq!(users.canonical(Assignee::User(8)), Assignee::User(8));
}

#[test]
fn rows_that_contradict_each_other_are_all_told() {
    let entries = vec![
        user(1, "ann@x.com", &[]),
        user(1, "anna@x.com", &[]),
        user(2, "ann@x.com", &[]),
        user(3, "", &["Bo"]),
    ];
    let email: Email = "ann@x.com".parse().expect("an email");
    assert_eq!(
        Users::new(List::default(), entries).map(|users| users.len()),
        Err(vec![
            Clash::TwoEmails {
                row: 2,
                id: 1,
                email: email.clone()
            },
            Clash::TwoIds {
                row: 3,
                email,
                id: 1
            }
        ])
    );
}

#[test]
fn a_name_that_nobody_has_brings_the_nearest_to_mind() {
    let team = team();
    let nearest = |name: &str| {
        let users = team.nearest(name).into_iter().map(ToString::to_string);
        users.collect::<Vec<_>>()
    };
    for name in ["Lee, Anne", "Anne Lee", "Lee Ann", "ann le"] {
        assert_eq!(nearest(name), ["Ann Lee <ann@x.com>"], "{name}");
    }
    assert_eq!(
        nearest("Sam Row"),
        ["Sam Roe <ann2@x.com>", "Sam Roe <sam2@x.com>"]
    );
    assert!(nearest("Zoltan Q").is_empty());
}

#[test]
fn a_name_of_nothing_but_accents_is_not_found_by_another_one() {
    let users = users(vec![user(1, "ann@x.com", &["\u{351}"])]);
    assert_eq!(meant(&users, "\u{351}").0, [1]);
    for name in ["", "\u{301}"] {
        assert_eq!(meant(&users, name), (Vec::new(), None), "{name:?}");
    }
}
