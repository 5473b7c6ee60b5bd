//! The database: its schema, and every statement but those that load it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::Value as Parameter;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params,
};

use super::Error;
use super::identifier::{Key, User};
use super::list::{ListQuery, Slice, SqlCondition};
use super::wire::{Assignee, Contact, Paging, SpaceUser, Team};

/// Marks a file as ours: "rsgn" in ASCII.
const APPLICATION: i64 = 0x7273_676E;

/// The format of the tables below.
const VERSION: i64 = 1;

/// `email_key` is the email in the form in which it is compared. Tags are a JSON array. `previous` and `assignee` of a
/// write are users' IDs, null for nobody; its `time` is RFC 3339 in UTC.
const SCHEMA: &str = "
    CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        team_id INTEGER,
        team TEXT,
        pending INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE contacts (
        id INTEGER PRIMARY KEY,
        first_name TEXT NOT NULL,
        last_name TEXT,
        phone TEXT,
        email TEXT,
        email_key TEXT,
        language TEXT,
        country TEXT,
        status TEXT NOT NULL,
        tags TEXT NOT NULL,
        assignee INTEGER REFERENCES users (id),
        created_at INTEGER,
        writes INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE writes (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        time TEXT NOT NULL,
        contact_id INTEGER NOT NULL REFERENCES contacts (id),
        identifier TEXT NOT NULL,
        previous INTEGER,
        assignee INTEGER
    ) STRICT;";

/// Made after loading: an index grows faster over rows that are there already.
const INDEXES: &str = "
    CREATE INDEX contacts_by_email ON contacts (email_key, id);
    CREATE INDEX contacts_by_phone ON contacts (phone, id);
    CREATE INDEX contacts_by_assignee ON contacts (assignee, id);
    CREATE INDEX writes_by_contact ON writes (contact_id, seq);";

const CONTACT: &str = "c.id, c.first_name, c.last_name, c.phone, c.email, c.language, c.country, c.status, c.tags, \
                       c.created_at, u.id, u.first_name, u.last_name, u.email";
const CONTACTS: &str = "contacts c LEFT JOIN users u ON u.id = c.assignee";
/// The contacts with the assignee that each had before the first write after a moment, which is the first parameter.
const CONTACTS_THEN: &str = "
    (SELECT k.id, k.first_name, k.last_name, k.phone, k.email, k.email_key, k.language, k.country, k.status, k.tags,
            k.created_at, CASE WHEN w.seq IS NULL THEN k.assignee ELSE w.previous END AS assignee
     FROM contacts k LEFT JOIN writes w ON w.seq = (
         SELECT min(later.seq) FROM writes later
         WHERE later.contact_id = k.id AND later.time > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?))
    ) c LEFT JOIN users u ON u.id = c.assignee";
const USER: &str = "u.id, u.first_name, u.last_name, u.email, u.role, u.team_id, u.team";

/// Statements kept ready; the fixed ones are fewer, filtered lists take the rest.
const STATEMENTS: usize = 64;

/// How much a workspace holds, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Whether the workspace was loaded just now.
    pub origin: WorkspaceOrigin,
    /// How many contacts it has.
    pub contacts: u32,
    /// How many users it has, pending ones included.
    pub users: u32,
}

/// Where a workspace comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkspaceOrigin {
    /// It was loaded from CSV just now.
    Loaded,
    /// It was made from a [`TrialWorkspace`](super::TrialWorkspace) just now.
    Trial,
    /// The database file held it already.
    Kept,
}

/// What an accepted write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The contact goes to this user, or to nobody.
    Assigned(Option<i64>),
    /// The contact stays with whom it is.
    None,
}

/// The workspace in its database.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
}

/// One contact, and what happened to it.
#[derive(Debug, serde::Serialize)]
pub(super) struct Assignment {
    contact_id: i64,
    email: Option<String>,
    phone: Option<String>,
    assignee: Option<String>,
    writes: i64,
}

impl Assignment {
    pub(super) const COLUMNS: [&str; 5] = ["contact_id", "email", "phone", "assignee", "writes"];
}

impl Store {
    /// Opens `database`, or one in memory, and has `load` fill it unless it holds a workspace already. Either all of
    /// `load` is kept, or nothing.
    pub(super) fn open(
        database: Option<&Path>,
        load: impl FnOnce(&Transaction<'_>) -> Result<WorkspaceOrigin, Error>,
    ) -> Result<(Store, Contents), Error> {
        let file = database.map_or_else(|| PathBuf::from(":memory:"), Path::to_owned);
        let failed = |source| Error::Database {
            file: file.clone(),
            source,
        };

        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&file, flags).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Looked at before anything is set: setting the journal mode writes to the file, which may be another program's.
        origin(&connection, &file)?;
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(failed)?;
        connection
            .pragma_update(None, "synchronous", "NORMAL")
            .map_err(failed)?;
        connection
            .pragma_update(None, "foreign_keys", true)
            .map_err(failed)?;

        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let mut origin = origin(&transaction, &file)?; // again: another sandbox may have loaded it meanwhile
        if origin == WorkspaceOrigin::Loaded {
            transaction.execute_batch(SCHEMA).map_err(failed)?;
            origin = load(&transaction)?;
            transaction.execute_batch(INDEXES).map_err(failed)?;
            transaction
                .pragma_update(None, "application_id", APPLICATION)
                .map_err(failed)?;
            transaction
                .pragma_update(None, "user_version", VERSION)
                .map_err(failed)?;
        }
        let contents = transaction
            .query_row(
                "SELECT (SELECT count(*) FROM contacts), (SELECT count(*) FROM users)",
                [],
                |row| {
                    Ok(Contents {
                        origin,
                        contacts: row.get(0)?,
                        users: row.get(1)?,
                    })
                },
            )
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok((Store { connection }, contents))
    }

    /// The contact that `key` means: of several, the one with the lowest ID.
    pub(super) fn find_contact(&self, key: &Key) -> rusqlite::Result<Option<i64>> {
        let (statement, parameter): (_, Parameter) = match key {
            Key::Id(None) => return Ok(None),
            Key::Id(Some(id)) => ("SELECT id FROM contacts WHERE id = ?", (*id).into()),
            Key::Email(email) => (
                "SELECT id FROM contacts WHERE email_key = ? ORDER BY id LIMIT 1",
                email.clone().into(),
            ),
            Key::Phone(phone) => (
                "SELECT id FROM contacts WHERE phone = ? ORDER BY id LIMIT 1",
                phone.clone().into(),
            ),
        };
        self.connection
            .prepare_cached(statement)?
            .query_row([parameter], |row| row.get(0))
            .optional()
    }

    pub(super) fn contact(&self, id: i64) -> rusqlite::Result<Contact> {
        let statement = format!("SELECT {CONTACT} FROM {CONTACTS} WHERE c.id = ?");
        self.connection
            .prepare_cached(&statement)?
            .query_row([id], contact)
    }

    /// Contacts as they were `lag` ago, by who had them.
    pub(super) fn contacts(
        &self,
        mut condition: SqlCondition,
        lag: Duration,
        paging: &Paging,
    ) -> rusqlite::Result<Slice<Contact>> {
        let mut from = CONTACTS;
        if !lag.is_zero() {
            from = CONTACTS_THEN;
            let ago = Parameter::Text(format!("-{:.3} seconds", lag.as_secs_f64()));
            condition.parameters.insert(0, ago);
        }
        let condition = &condition;
        let list = ListQuery {
            columns: CONTACT,
            from,
            id: "c.id",
            condition,
            read: contact,
            id_of: |contact| contact.id,
        };
        list.slice(&self.connection, paging)
    }

    /// The user that `user` means, and whether the invitation is still pending.
    pub(super) fn find_user(&self, user: &User) -> rusqlite::Result<Option<(i64, bool)>> {
        let (statement, parameter): (_, Parameter) = match user {
            User::Id(None) => return Ok(None),
            User::Id(Some(id)) => ("SELECT id, pending FROM users WHERE id = ?", (*id).into()),
            User::Email(email) => (
                "SELECT id, pending FROM users WHERE email_key = ?",
                email.clone().into(),
            ),
        };
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.connection
            .prepare_cached(statement)?
            .query_row([parameter], read)
            .optional()
    }

    pub(super) fn user(&self, id: i64) -> rusqlite::Result<SpaceUser> {
        let statement = format!("SELECT {USER} FROM users u WHERE u.id = ?");
        self.connection
            .prepare_cached(&statement)?
            .query_row([id], space_user)
    }

    /// Users who have accepted their invitation.
    pub(super) fn users(&self, paging: &Paging) -> rusqlite::Result<Slice<SpaceUser>> {
        let condition = SqlCondition {
            text: "NOT u.pending".to_owned(),
            parameters: Vec::new(),
        };
        let list = ListQuery {
            columns: USER,
            from: "users u",
            id: "u.id",
            condition: &condition,
            read: space_user,
            id_of: |user| user.id,
        };
        list.slice(&self.connection, paging)
    }

    /// Writes to `contact`, and records that it was `addressed` so.
    pub(super) fn write(
        &mut self,
        contact: i64,
        addressed: &str,
        effect: Effect,
    ) -> rusqlite::Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let assignee = match effect {
            Effect::Assigned(assignee) => assignee,
            Effect::None => transaction
                .prepare_cached("SELECT assignee FROM contacts WHERE id = ?")?
                .query_row([contact], |row| row.get(0))?,
        };
        transaction
            .prepare_cached(
                "INSERT INTO writes (time, contact_id, identifier, previous, assignee)
                 SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), id, ?2, assignee, ?3 FROM contacts WHERE id = ?1",
            )?
            .execute(params![contact, addressed, assignee])?;
        transaction
            .prepare_cached("UPDATE contacts SET assignee = ?2, writes = writes + 1 WHERE id = ?1")?
            .execute(params![contact, assignee])?;
        transaction.commit()
    }

    /// Every write: contact, who had it before, and who got it.
    #[cfg(test)]
    pub(super) fn writes(&self) -> rusqlite::Result<Vec<super::Written>> {
        let statement = "SELECT contact_id, previous, assignee FROM writes ORDER BY seq";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let mut statement = self.connection.prepare_cached(statement)?;
        statement.query_map([], read)?.collect()
    }

    /// All contacts, in order of ID.
    pub(super) fn assignments(&self) -> rusqlite::Result<Vec<Assignment>> {
        let statement = format!(
            "SELECT c.id, c.email, c.phone, u.email, c.writes FROM {CONTACTS} ORDER BY c.id"
        );
        let read = |row: &Row<'_>| {
            Ok(Assignment {
                contact_id: row.get(0)?,
                email: row.get(1)?,
                phone: row.get(2)?,
                assignee: row.get(3)?,
                writes: row.get(4)?,
            })
        };
        self.connection
            .prepare_cached(&statement)?
            .query_map([], read)?
            .collect()
    }
}

/// Whether the database holds a workspace already (`Kept`) or has nothing in it (`Loaded`, once that is done).
fn origin(connection: &Connection, file: &Path) -> Result<WorkspaceOrigin, Error> {
    let number = |statement| {
        connection
            .query_row(statement, [], |row| row.get::<_, i64>(0))
            .map_err(|source| Error::Database {
                file: file.to_owned(),
                source,
            })
    };
    let found = number("PRAGMA user_version")?;
    match number("PRAGMA application_id")? {
        APPLICATION if found == VERSION => Ok(WorkspaceOrigin::Kept),
        APPLICATION => Err(Error::ForeignDatabase(format!(
            "`{}` holds a workspace of format {found}, this version reads format {VERSION}; name a file that does not \
             exist yet",
            file.display()
        ))),
        0 if number("SELECT count(*) FROM sqlite_schema")? == 0 => Ok(WorkspaceOrigin::Loaded),
        _ => Err(Error::ForeignDatabase(format!(
            "`{}` is the database of another program; name a file that does not exist yet",
            file.display()
        ))),
    }
}

fn contact(row: &Row<'_>) -> rusqlite::Result<Contact> {
    let status: String = row.get(7)?;
    let tags: String = row.get(8)?;
    let assignee = match row.get(10)? {
        Some(id) => Some(Assignee {
            id,
            first_name: row.get(11)?,
            last_name: row.get(12)?,
            email: row.get(13)?,
        }),
        None => None,
    };
    Ok(Contact {
        id: row.get(0)?,
        first_name: row.get(1)?,
        last_name: row.get(2)?,
        phone: row.get(3)?,
        email: row.get(4)?,
        language: row.get(5)?,
        profile_pic: None,
        country_code: row.get(6)?,
        custom_fields: Vec::new(),
        is_blocked: status == "blocked",
        status,
        tags: serde_json::from_str(&tags).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                8,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })?,
        assignee,
        lifecycle: None,
        created_at: row.get(9)?,
    })
}

fn space_user(row: &Row<'_>) -> rusqlite::Result<SpaceUser> {
    let team = match row.get(5)? {
        Some(id) => Some(Team {
            id,
            name: row.get(6)?,
        }),
        None => None,
    };
    Ok(SpaceUser {
        id: row.get(0)?,
        first_name: row.get(1)?,
        last_name: row.get(2)?,
        email: row.get(3)?,
        role: row.get(4)?,
        team,
        restrictions: Vec::new(),
    })
}
