//! Headers that say "who has it" beside "who gets it", as people write them in ten languages.

use super::*;

const LANGUAGES: &str =
    "english spanish portuguese german french italian dutch indonesian chinese japanese";

/// The names that the table lists as `what`.
fn names(what: &str) -> Vec<&'static str> {
    let lines = include_str!("pairs/names.txt").lines();
    let names = lines.filter_map(|line| line.strip_prefix(what)?.strip_prefix(": "));
    let names: Vec<&str> = names.flat_map(|names| names.split(", ")).collect();
    assert!(!names.is_empty(), "{what}");
    names
}

/// Ways in which programs and people write the same name.
fn spellings(name: &str) -> Vec<String> {
    vec![
        name.to_owned(),
        name.to_uppercase(),
        name.to_lowercase().replace(' ', "_"),
        format!(" {} *", name.replace(' ', "  ")),
    ]
}

/// What stands under the two: IDs, where nothing but the names can tell, addresses of the same team, and both forms.
const CELLS: [[(&str, &str); 3]; 4] = [
    [("104", "101"), ("102", "101"), ("104", "103")],
    [
        ("ann@y.org", "bo@y.org"),
        ("bo@y.org", "cy@y.org"),
        ("cy@y.org", "ann@y.org"),
    ],
    [
        ("ann@y.org", "102"),
        ("bo@y.org", "102"),
        ("cy@y.org", "101"),
    ],
    [
        ("102", "ann@y.org"),
        ("103", "ann@y.org"),
        ("101", "bo@y.org"),
    ],
];

#[test]
fn where_contacts_go_is_asked_if_it_is_named_in_another_form_than_who_has_them() {
    for (has, gets) in [
        ("ann@y.org", "103"),
        ("103", "ann@y.org"),
        ("ann@y.org", "Bo Ek"),
        ("Bo Ek", "103"),
    ] {
        for name in ["Owner", "Contact owner", "Agent"] {
            let rows = format!("id:1,{has},{gets}\nid:2,{has},{gets}\n");
            let found = owners(&format!("Contact,{name},To\n{rows}"));
            assert!(
                found.starts_with("ask:"),
                "{name} {has}, To {gets}: {found}"
            );
        }
    }
}

#[test]
fn a_name_that_speaks_of_somebody_is_asked_about_whatever_form_they_are_named_in() {
    let mut wrong = Vec::new();
    let half_known = names("half known").into_iter();
    for (name, cells) in half_known.flat_map(|name| CELLS.map(|cells| (name, cells))) {
        for owner in ["Owner", "Besitzer", "负责人"] {
            let rows = cells.iter().enumerate();
            let rows: String = rows
                .map(|(row, (has, gets))| format!("id:{row},{has},{gets}\n"))
                .collect();
            let found = owners(&format!("Contact,{owner},\"{name}\"\n{rows}"));
            let is_right = found.starts_with("ask:") || found.split(" while ").next() == Some(name);
            if !is_right {
                wrong.push(format!("{owner} | {name} {:?}: {found}", cells[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_pair_of_who_has_it_and_who_gets_it_silently_takes_who_has_it() {
    let (mut wrong, mut asked, mut all) = (Vec::new(), Vec::new(), 0);
    for language in LANGUAGES.split(' ') {
        let [all_has, all_gets] = ["has", "gets"].map(|what| names(&format!("{language} {what}")));
        let pairs = all_has
            .iter()
            .flat_map(|has| all_gets.iter().map(move |gets| (has, gets)));
        for (has, gets) in pairs {
            // Every pair as it is and in other spellings, in turn.
            let turn = all / CELLS.len() % 4;
            for (spelling, cells) in [0, turn, 0, 3 - turn].into_iter().zip(CELLS) {
                let (has, gets) = (&spellings(has)[spelling], &spellings(gets)[spelling]);
                let rows = cells.iter().enumerate();
                let rows: String = rows
                    .map(|(row, (has, gets))| format!("id:{row},{has},{gets}\n"))
                    .collect();
                let found = owners(&format!("Contact,\"{has}\",\"{gets}\"\n{rows}"));
                all += 1;
                if found.starts_with("ask:") {
                    asked.push(format!("{has} | {gets}: {found}"));
                } else if found.split(" while ").next() != Some(gets.as_str()) {
                    wrong.push(format!("{has} | {gets}: {found}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {all} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // A question is right where names leave it open; where most pairs are asked, the names are not understood.
    asked.dedup();
    assert!(
        asked.len() * 20 < all,
        "{} of {all} are asked:\n{}",
        asked.len(),
        asked.join("\n")
    );
}
