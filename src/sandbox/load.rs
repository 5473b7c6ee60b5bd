//! Contacts and users, from CSV into the database.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use rusqlite::{ErrorCode, Transaction, params};

use super::identifier::{fold, is_email, is_phone};
use super::store::{Contents, Store, WorkspaceOrigin};
use super::table::{CsvLine, CsvTable};
use super::{Error, Options};

const CONTACT_COLUMNS: [&str; 11] = [
    "id",
    "first_name",
    "last_name",
    "phone",
    "email",
    "language",
    "country",
    "status",
    "tags",
    "assignee",
    "created_at",
];
const USER_COLUMNS: [&str; 8] = [
    "id",
    "first_name",
    "last_name",
    "email",
    "role",
    "team_id",
    "team",
    "pending",
];

const SAMPLE_CONTACTS: (&str, &str) = (
    "samples/workspace/contacts.csv",
    include_str!("../../samples/workspace/contacts.csv"),
);
const SAMPLE_USERS: (&str, &str) = (
    "samples/workspace/users.csv",
    include_str!("../../samples/workspace/users.csv"),
);

/// As many as the contract allows.
const MOST_TAGS: usize = 10;

/// Opens the database that `options` names, and loads the CSVs unless it holds a workspace already.
pub(super) fn open(options: &Options) -> Result<(Store, Contents), Error> {
    let database = options.database.as_deref();
    Store::open(database, |transaction| {
        let failed = |source| Error::Database {
            file: database.unwrap_or(Path::new(":memory:")).to_owned(),
            source,
        };
        let source = Source::read(options.users.as_deref(), SAMPLE_USERS)?;
        let users = load_users(
            transaction,
            &source.table(&USER_COLUMNS, &["id", "email"])?,
            failed,
        )?;
        let source = Source::read(options.contacts.as_deref(), SAMPLE_CONTACTS)?;
        load_contacts(
            transaction,
            &source.table(&CONTACT_COLUMNS, &["id"])?,
            &users,
            failed,
        )?;
        let is_sample = options.users.is_none() && options.contacts.is_none();
        match &options.trial {
            Some(trial) if is_sample && trial.is_strange_to(transaction).map_err(failed)? => {
                trial.replace(transaction).map_err(failed)?;
                Ok(WorkspaceOrigin::Trial)
            }
            _ => Ok(WorkspaceOrigin::Loaded),
        }
    })
}

/// The bytes of a CSV, and what to call it.
struct Source {
    file: String,
    content: Vec<u8>,
}

impl Source {
    fn read(path: Option<&Path>, sample: (&str, &str)) -> Result<Source, Error> {
        let Some(path) = path else {
            return Ok(Source {
                file: format!("built-in {}", sample.0),
                content: sample.1.into(),
            });
        };
        let file = path.display().to_string();
        match fs::read(path) {
            Ok(content) => Ok(Source { file, content }),
            Err(source) => Err(Error::Read { file, source }),
        }
    }

    fn table(
        &self,
        known: &'static [&'static str],
        required: &[&'static str],
    ) -> Result<CsvTable<'_>, Error> {
        CsvTable::new(&self.file, &self.content, known, required)
    }
}

/// The users by what a contact's `assignee` may hold.
struct Users {
    ids: HashSet<i64>,
    by_email: HashMap<String, i64>,
}

fn load_users(
    transaction: &Transaction<'_>,
    table: &CsvTable<'_>,
    failed: impl Fn(rusqlite::Error) -> Error,
) -> Result<Users, Error> {
    let mut users = Users {
        ids: HashSet::new(),
        by_email: HashMap::new(),
    };
    let mut insert = transaction
        .prepare("INSERT INTO users VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
        .map_err(&failed)?;
    table.for_each(|line| {
        let id = id(&line)?;
        if !users.ids.insert(id) {
            return Err(line.wrong(
                "id",
                format!("`{id}` stands on an earlier line; give each user one line"),
            ));
        }
        let Some(email) = email(&line)? else {
            return Err(line.wrong("email", "blank; every user has an email"));
        };
        if users.by_email.insert(fold(email), id).is_some() {
            return Err(line.wrong(
                "email",
                format!("`{email}` stands on an earlier line; give each user another"),
            ));
        }
        let role = one_of(&line, "role", &["agent", "manager", "owner"])?;
        let team_id = match (line.filled("team_id"), line.filled("team")) {
            (None, None) => None,
            (Some(_), None) => return Err(line.wrong("team", "blank; a team has an ID and a name")),
            (None, Some(_)) => {
                return Err(line.wrong("team_id", "blank; a team has an ID and a name"));
            }
            (Some(_), Some(_)) => Some(positive(&line, "team_id")?),
        };
        let pending = one_of(&line, "pending", &["no", "yes"])? == "yes";
        insert
            .execute(params![
                id,
                line.get("first_name"),
                line.get("last_name"),
                email,
                fold(email),
                role,
                team_id,
                line.filled("team"),
                pending,
            ])
            .map_err(&failed)?;
        Ok(())
    })?;
    Ok(users)
}

fn load_contacts(
    transaction: &Transaction<'_>,
    table: &CsvTable<'_>,
    users: &Users,
    failed: impl Fn(rusqlite::Error) -> Error,
) -> Result<(), Error> {
    let mut insert = transaction
        .prepare(
            "INSERT INTO contacts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0)",
        )
        .map_err(&failed)?;
    table.for_each(|line| {
        let id = id(&line)?;
        let email = email(&line)?;
        let inserted = insert.execute(params![
            id,
            line.get("first_name"),
            line.filled("last_name"),
            phone(&line)?,
            email,
            email.map(fold),
            line.filled("language"),
            line.filled("country"),
            one_of(&line, "status", &["open", "closed", "blocked"])?,
            tags(&line)?,
            assignee(&line, users)?,
            created_at(&line)?,
        ]);
        match inserted {
            Ok(_) => Ok(()),
            // The ID is the only thing here that can break a constraint; all else was checked above.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                Err(line.wrong(
                    "id",
                    format!("`{id}` stands on an earlier line; give each contact one line"),
                ))
            }
            Err(error) => Err(failed(error)),
        }
    })
}

fn id(line: &CsvLine<'_>) -> Result<i64, Error> {
    match line.filled("id") {
        Some(_) => positive(line, "id"),
        None => Err(line.wrong("id", "blank; every line has an ID")),
    }
}

fn positive(line: &CsvLine<'_>, column: &'static str) -> Result<i64, Error> {
    let cell = line.get(column);
    let number = cell.parse().ok().filter(|number| *number >= 1);
    number.ok_or_else(|| {
        line.wrong(
            column,
            format!("`{cell}` is not an ID; write a whole number from 1"),
        )
    })
}

fn email<'a>(line: &'a CsvLine<'_>) -> Result<Option<&'a str>, Error> {
    match line.filled("email") {
        Some(email) if !is_email(email) => Err(line.wrong(
            "email",
            format!("`{email}` is not an email; write one like `ann@example.com`"),
        )),
        email => Ok(email),
    }
}

fn phone<'a>(line: &'a CsvLine<'_>) -> Result<Option<&'a str>, Error> {
    match line.filled("phone") {
        Some(phone) if !is_phone(phone) => Err(line.wrong(
            "phone",
            format!(
                "`{phone}` is not in E.164 form; write a plus sign and digits, like `+60121233112`"
            ),
        )),
        phone => Ok(phone),
    }
}

/// The cell, which has to be one of `words`; the first of them when it is blank.
fn one_of<'a>(
    line: &CsvLine<'_>,
    column: &'static str,
    words: &[&'a str],
) -> Result<&'a str, Error> {
    let cell = line.filled(column).unwrap_or(words[0]);
    words
        .iter()
        .find(|word| **word == cell)
        .copied()
        .ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            line.wrong(
                column,
                format!("unknown `{cell}`; write {}", words.join(" or ")),
            )
        })
}

/// The tags as a JSON array.
fn tags(line: &CsvLine<'_>) -> Result<String, Error> {
    let mut tags: Vec<&str> = Vec::new();
    for tag in line
        .get("tags")
        .split(';')
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
    {
        if tags.contains(&tag) {
            return Err(line.wrong(
                "tags",
                format!("the tag `{tag}` stands there twice; write it once"),
            ));
        }
        tags.push(tag);
    }
    if tags.len() > MOST_TAGS {
        let count = tags.len();
        return Err(line.wrong(
            "tags",
            format!("{count} tags; a contact has at most {MOST_TAGS}"),
        ));
    }
    Ok(serde_json::Value::from(tags).to_string())
}

fn assignee(line: &CsvLine<'_>, users: &Users) -> Result<Option<i64>, Error> {
    let Some(cell) = line.filled("assignee") else {
        return Ok(None);
    };
    let by_id = || cell.parse().ok().filter(|id| users.ids.contains(id));
    let user = users.by_email.get(&fold(cell)).copied().or_else(by_id);
    user.map(Some).ok_or_else(|| {
        line.wrong(
            "assignee",
            format!("no user has the ID or email `{cell}`; give contacts and users that fit"),
        )
    })
}

/// Unix time in seconds.
fn created_at(line: &CsvLine<'_>) -> Result<Option<i64>, Error> {
    let Some(cell) = line.filled("created_at") else {
        return Ok(None);
    };
    let stamp = || {
        cell.parse::<jiff::Timestamp>()
            .ok()
            .map(|stamp| stamp.as_second())
    };
    cell.parse().ok().or_else(stamp).map(Some).ok_or_else(|| {
        line.wrong(
            "created_at",
            format!(
                "`{cell}` is not a time; write one like `2025-01-31T09:00:00Z`, or Unix seconds"
            ),
        )
    })
}
