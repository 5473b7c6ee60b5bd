use super::*;
use crate::sheet::Options;

fn users(text: &str) -> Result<Users, String> {
    let file = tempfile::NamedTempFile::with_suffix(".csv").expect("a file");
    std::fs::write(file.path(), text).expect("writable");
    let sheet = Sheet::open(file.path(), &Options::default()).expect("a sheet");
    read(&sheet, "users.csv".to_owned()).map_err(|err| err.to_string())
}

/// The users of a sheet, each with all names.
fn found(text: &str) -> Vec<String> {
    let users = users(text).expect("users");
    let all = users
        .iter()
        .map(|user| format!("{user}: {}", user.names.join("|")));
    all.collect()
}

#[test]
fn names_come_from_whatever_columns_there_are() {
    for (text, expected) in [
        (
            "id,first_name,last_name,email,role\n7,Ann,Lee,ann@x.com,agent\n",
            "Ann Lee",
        ),
        (
            "Our team\n\nE-Mail,Full Name\nann@x.com,Ann Lee\n",
            "Ann Lee",
        ),
        ("Name;Surname;Email\nAnn;Lee;ann@x.com\n", "Ann Lee"),
        ("Vorname;Nachname;Email\nMinh;Na;ann@x.com\n", "Minh Na"),
        ("Name,Last name,Email\nAnn,-,ann@x.com\n", "Ann"),
        (
            "Email,Name,Also known as\nann@x.com,Ann Lee,\" Annie ; A. Lee;Ann Lee;\"\nann@x.com,Anna Lee,\n",
            "Ann Lee|Annie|A. Lee|Anna Lee",
        ),
    ] {
        let first = expected.split('|').next().unwrap_or_default();
        assert_eq!(
            found(text),
            [format!("{first} <ann@x.com>: {expected}")],
            "{text}"
        );
    }
    assert_eq!(
        found("id,email\n7,\n8,b@x.com\n"),
        ["user 7: ", "b@x.com: "]
    );
}

#[test]
fn every_row_that_makes_no_sense_is_told_with_its_place() {
    let err = users(
        "id,email,name\n1,ann@x.com,Ann\nx1,b@x,Bo\n,,Cy\n1,dan@x.com,Dan\n2,ann@x.com,Eve\n",
    );
    assert_eq!(
        err.map(|users| users.len()),
        Err([
            "row 3, column `id`: this is not a user ID; an ID is written with digits only",
            "row 3, column `email`: the part after the `@` is not complete; write all of it, as in `example.com`",
            "row 4: there is neither an ID nor an email; fill one in, or remove the row",
            "row 5, column `email`: user 1 has the email ann@x.com in another row; correct one of them",
            "row 6, column `id`: ann@x.com is the email of user 1 in another row; correct one of them",
        ]
        .join("; "))
    );
}

#[test]
fn a_sheet_without_users_is_refused() {
    for (text, why) in [
        (
            "name,team\nAnn,A\n",
            "no column is named `id` or `email` (found: `name`, `team`); name one so",
        ),
        (
            "id,email\n",
            "there are no users below the header; export the sheet again",
        ),
        (
            "email,name,E-mail\na@x.com,A,b@x.com\n",
            "columns 1 and 3 could both hold the email; give one of them another name",
        ),
    ] {
        assert_eq!(
            users(text).map(|users| users.len()),
            Err(why.to_owned()),
            "{text}"
        );
    }
}
