use super::super::{Contents, Error, WorkspaceOrigin};
use super::*;

fn error(options: &Options) -> String {
    Sandbox::open(options.clone())
        .expect_err("an error")
        .to_string()
}

fn error_in_contacts(content: &str) -> String {
    let files = Files::new();
    let contacts = files.write("c.csv", content);
    error(&Options {
        contacts: Some(contacts.clone()),
        ..options()
    })
    .replace(&contacts.display().to_string(), "c.csv")
}

fn error_in_users(content: &str) -> String {
    let files = Files::new();
    let users = files.write("u.csv", content);
    let contacts = Some(files.write("c.csv", "id\n1\n"));
    let options = Options {
        contacts,
        users: Some(users.clone()),
        ..options()
    };
    error(&options).replace(&users.display().to_string(), "u.csv")
}

#[test]
fn a_contact_that_makes_no_sense_is_named_by_line_and_column() {
    for (content, says) in [
        (
            "id,email\n1,\n,x@y.z\n",
            "`c.csv`, line 3, column `id`: blank",
        ),
        ("id\nx\n", "`c.csv`, line 2, column `id`: `x` is not an ID"),
        ("id\n0\n", "`c.csv`, line 2, column `id`: `0` is not an ID"),
        (
            "id\n9223372036854775808\n",
            "`c.csv`, line 2, column `id`: `9223372036854775808` is not an ID",
        ),
        (
            "id\n7\n8\n7\n",
            "`c.csv`, line 4, column `id`: `7` stands on an earlier line",
        ),
        (
            "id,email\n1,ann\n",
            "`c.csv`, line 2, column `email`: `ann` is not an email",
        ),
        (
            "id,phone\n1,012 345\n",
            "`c.csv`, line 2, column `phone`: `012 345` is not in E.164 form",
        ),
        (
            "id,status\n1,done\n",
            "`c.csv`, line 2, column `status`: unknown `done`; write `open` or `closed`",
        ),
        (
            "id,tags\n1,a;b;a\n",
            "`c.csv`, line 2, column `tags`: the tag `a` stands there twice",
        ),
        (
            "id,tags\n1,a;b;c;d;e;f;g;h;i;j;k\n",
            "`c.csv`, line 2, column `tags`: 11 tags",
        ),
        (
            "id,assignee\n1,999\n",
            "`c.csv`, line 2, column `assignee`: no user has the ID or email `999`",
        ),
        (
            "id,created_at\n1,yesterday\n",
            "`c.csv`, line 2, column `created_at`: `yesterday` is not a time",
        ),
        ("email\nx@y.z\n", "`c.csv` has no column `id`"),
    ] {
        let error = error_in_contacts(content);
        assert!(error.starts_with(says), "{error}");
    }
}

#[test]
fn a_user_that_makes_no_sense_is_named_by_line_and_column() {
    for (content, says) in [
        (
            "id,email\n1,\n",
            "`u.csv`, line 2, column `email`: blank; every user has an email",
        ),
        (
            "id,email\n1,a@x.y\n1,b@x.y\n",
            "`u.csv`, line 3, column `id`: `1` stands on an earlier line",
        ),
        (
            "id,email\n1,a@x.y\n2,A@x.y\n",
            "`u.csv`, line 3, column `email`: `A@x.y` stands on an earlier line",
        ),
        (
            "id,email,role\n1,a@x.y,boss\n",
            "`u.csv`, line 2, column `role`: unknown `boss`",
        ),
        (
            "id,email,pending\n1,a@x.y,perhaps\n",
            "`u.csv`, line 2, column `pending`: unknown `perhaps`",
        ),
        (
            "id,email,teem\n1,a@x.y,4\n",
            "`u.csv` has an unknown column `teem`",
        ),
        (
            "id,email,team_id,team\n1,a@x.y,4,\n",
            "`u.csv`, line 2, column `team`: blank",
        ),
        (
            "id,email,team_id,team\n1,a@x.y,,North\n",
            "`u.csv`, line 2, column `team_id`: blank",
        ),
        ("id\n1\n", "`u.csv` has no column `email`"),
    ] {
        let error = error_in_users(content);
        assert!(error.starts_with(says), "{error}");
    }
}

#[test]
fn own_users_do_not_fit_the_sample_contacts_and_the_error_says_so() {
    let files = Files::new();
    let users = Some(files.write("users.csv", "id,email\n1,ann@x.com\n"));
    let error = error(&Options { users, ..options() });
    assert!(
        error.starts_with("`built-in samples/workspace/contacts.csv`, line 2, column `assignee`"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_not_there_is_named_with_the_cause() {
    let contacts = Some(PathBuf::from("nowhere/contacts.csv"));
    let error = Sandbox::open(Options {
        contacts,
        ..options()
    })
    .expect_err("an error");
    assert_eq!(error.to_string(), "cannot read `nowhere/contacts.csv`");
    assert!(
        matches!(error, Error::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    );
}

#[test]
fn a_token_that_no_header_can_carry_is_refused() {
    for token in ["", "two words", "line\nbreak", "schlüssel"] {
        let error = error(&Options {
            token: token.into(),
            ..options()
        });
        assert_eq!(
            error,
            "the sandbox's token must be one or more visible ASCII characters without spaces"
        );
    }
}

#[test]
fn the_token_is_not_shown_when_options_or_a_sandbox_are_printed() {
    let options = options();
    let sandbox = Sandbox::open(options.clone()).expect("a sandbox");
    assert!(!format!("{options:?} {sandbox:?}").contains(TOKEN));
}

#[test]
fn a_database_that_holds_a_workspace_is_kept_and_not_loaded_again() {
    let files = Files::new();
    let database = Some(files.path("workspace.db"));
    let contacts = Some(files.write("contacts.csv", "id,email\n7,kim@x.com\n"));
    let options = Options {
        contacts,
        database,
        ..options()
    };

    let sandbox = Sandbox::open(options.clone()).expect("a sandbox");
    assert_eq!(
        sandbox.contents(),
        Contents {
            origin: WorkspaceOrigin::Loaded,
            contacts: 1,
            users: 13
        }
    );
    drop(sandbox);

    let mut first = Running::start(&options);
    first.assign("id:7", "105");
    first.stop();

    files.write("contacts.csv", "this would not load");
    let sandbox = Sandbox::open(options.clone()).expect("a sandbox");
    assert_eq!(
        sandbox.contents(),
        Contents {
            origin: WorkspaceOrigin::Kept,
            contacts: 1,
            users: 13
        }
    );
    drop(sandbox);
    assert_eq!(
        Running::start(&options).recorded("7"),
        ("elena.garcia@example.com".to_owned(), 1)
    );
}

#[test]
fn a_load_that_failed_leaves_no_workspace_behind() {
    let files = Files::new();
    let contacts = Some(files.write("contacts.csv", "id\n1\n2\nx\n"));
    let options = Options {
        contacts,
        database: Some(files.path("workspace.db")),
        ..options()
    };
    Sandbox::open(options.clone()).expect_err("an error");
    files.write("contacts.csv", "id\n1\n");
    let contents = Sandbox::open(options).expect("a sandbox").contents();
    assert_eq!(
        contents,
        Contents {
            origin: WorkspaceOrigin::Loaded,
            contacts: 1,
            users: 13
        }
    );
}

#[test]
fn the_database_of_another_program_is_refused_and_left_as_it_is() {
    let files = Files::new();
    let database = files.path("theirs.db");
    let connection = rusqlite::Connection::open(&database).expect("a database");
    connection
        .execute_batch("CREATE TABLE precious (id INTEGER)")
        .expect("a table");
    drop(connection);
    let before = fs::read(&database).expect("a file");

    let says = error(&Options {
        database: Some(database.clone()),
        ..options()
    });
    assert!(
        says.contains("is the database of another program"),
        "{says}"
    );
    assert_eq!(fs::read(&database).expect("a file"), before);

    let text = files.write("notes.txt", &"not a database at all ".repeat(100));
    let says = error(&Options {
        database: Some(text.clone()),
        ..options()
    });
    assert_eq!(
        says,
        format!("cannot use the database `{}`", text.display())
    );
}

#[test]
fn a_workspace_of_another_format_is_refused() {
    let files = Files::new();
    let database = files.path("workspace.db");
    let options = Options {
        database: Some(database.clone()),
        ..options()
    };
    drop(Sandbox::open(options.clone()).expect("a sandbox"));
    let connection = rusqlite::Connection::open(&database).expect("a database");
    connection
        .pragma_update(None, "user_version", 99)
        .expect("a version");
    drop(connection);
    let error = error(&options);
    assert!(
        error.contains("holds a workspace of format 99, this version reads format 1"),
        "{error}"
    );
}
