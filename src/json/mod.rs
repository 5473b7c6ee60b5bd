//! Plans, runs, users and undo sheets as JSON, for programs: documents, and a line for each event. `docs/json.md` says what
//! they hold.
//!
//! Rows have the names of the results' columns, without `reassign_`. Plans and runs are written as they are made: neither
//! is held in memory. Like other views, this room takes plain values and knows no command.

mod events;
mod plan;
pub(crate) mod rebalance;
mod rows;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::api::SpaceUser;
use crate::outcome::Status;
use crate::refusal::{ExitStatus, Refusals};
use crate::undo::Undo;
use crate::unprintable::Escaped;
use crate::wording::local_time;

pub(crate) use events::{Ending, Events, StartEvent};
pub(crate) use plan::{PlanDocument, Repaired, SheetDocument, write as plan};
pub(crate) use rows::{PlannedRow, ProblemDocument, SeenContact, Subject};

/// The format of documents and events; another number means other names.
const FORMAT: u32 = 1;

/// What every document begins with.
#[derive(Serialize)]
struct Head {
    format: u32,
    tool: &'static str,
    at: String,
}

impl Head {
    fn now() -> Head {
        Head {
            format: FORMAT,
            tool: env!("CARGO_PKG_VERSION"),
            at: local_time(Timestamp::now()),
        }
    }
}

/// A document with its head.
#[derive(Serialize)]
struct Headed<D> {
    #[serde(flatten)]
    head: Head,
    #[serde(flatten)]
    document: D,
}

fn headed<D>(document: D) -> Headed<D> {
    let head = Head::now();
    Headed { head, document }
}

/// Writes a document over many lines, without what would steer a terminal.
fn write(document: impl Serialize, to: impl Write) -> io::Result<()> {
    let mut to = BufWriter::new(to);
    serde_json::to_writer_pretty(Escaped(&mut to), &headed(document))?;
    writeln!(to)?;
    to.flush()
}

/// Why a command did not start, or stopped.
#[derive(Serialize)]
struct Failed<'a> {
    exit: u8,
    reasons: Vec<String>,
    commands: Vec<Instead<'a>>,
}

#[derive(Serialize)]
struct Instead<'a> {
    what: &'a str,
    command: &'a str,
}

/// An error as one line: the exit code, each reason, and the commands that would work.
pub(crate) fn error(err: &anyhow::Error) -> String {
    let refused = err.downcast_ref::<Refusals>();
    let failed = Failed {
        exit: ExitStatus::of(err).code(),
        reasons: match refused {
            Some(refused) => refused.reasons().map(str::to_owned).collect(),
            None => vec![format!("{err:#}")],
        },
        commands: refused
            .into_iter()
            .flat_map(Refusals::ways_out)
            .map(|(what, command)| Instead { what, command })
            .collect(),
    };
    line(&serde_json::json!({ "error": failed }))
}

/// A document on one line, without what would steer a terminal.
fn line(document: &impl Serialize) -> String {
    let mut text = Vec::new();
    match serde_json::to_writer(Escaped(&mut text), document) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(err) => unreachable!("documents are plain data: {err}"),
    }
}

#[derive(Serialize)]
struct Listed<'a> {
    id: Option<u64>,
    name: Option<&'a str>,
    email: Option<String>,
    role: &'a str,
    team: &'a str,
}

/// The users of a workspace as one document.
pub(crate) fn users(workspace: &str, users: &[SpaceUser]) -> String {
    let users: Vec<Listed<'_>> = users
        .iter()
        .map(|listed| Listed {
            id: listed.user.id,
            name: listed.user.names.first().map(String::as_str),
            email: listed.user.email.as_ref().map(ToString::to_string),
            role: &listed.role,
            team: &listed.team,
        })
        .collect();
    line(&headed(
        serde_json::json!({ "workspace": workspace, "users": users }),
    ))
}

/// What an undo sheet gives back, and what it does not, as one document. `sheet` is where it was written.
pub(crate) fn undo(results: &Path, sheet: Option<&Path>, undo: &Undo) -> String {
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let back: Vec<_> = undo
        .back
        .iter()
        .map(|back| {
            serde_json::json!({
                "row": back.row,
                "contact": back.contact.to_string(),
                "from": back.from.to_string(),
                "to": back.to.to_string(),
            })
        })
        .collect();
    let others: Vec<_> = undo
        .answered_by_others
        .iter()
        .map(|(row, contact, id)| {
            serde_json::json!({ "row": row, "contact": contact.to_string(), "answered_by": id })
        })
        .collect();
    line(&headed(serde_json::json!({
        "results": path(results),
        "sheet": sheet.map(path),
        "back": back,
        "unknown": undo.unknown,
        "changed_again": undo.changed_again,
        "as_before": undo.as_before,
        "answered_by_others": others,
    })))
}

/// How many rows have which status.
fn named(counts: impl IntoIterator<Item = (Status, usize)>) -> BTreeMap<&'static str, usize> {
    counts
        .into_iter()
        .map(|(status, count)| (status.name(), count))
        .collect()
}
