//! Plans and runs as JSON, for programs: a document, and a line for each event. `docs/json.md` says what they hold.
//!
//! Rows have the names of the results' columns, without `reassign_`. Both are written as they are made: neither is held
//! in memory.

mod events;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::api::{Rate, SpaceUser};
use crate::mapping::{Item, Problem, Reading};
use crate::outcome::{Code, Status, local_time};
use crate::plan::{Fate, Plan};
use crate::refusal::{ExitStatus, Refused};
use crate::results::Record;
use crate::sheet;
use crate::undo::Undo;
use crate::visible::{Escaped, lossy};
use crate::workspace::{Counted, Workload, Workloads};

use super::prepare::Prepared;
use super::records::{Rows, Work};
use super::report;

pub(super) use events::{Ending, Events};

/// The format of document and events; another number means other names.
const FORMAT: u32 = 1;

/// Writes a plan as one document.
///
/// # Errors
/// If it cannot be written.
pub(super) fn plan(
    prepared: &Prepared,
    rows: Rows<'_>,
    rate: Option<Rate>,
    to: impl Write,
) -> io::Result<()> {
    let of = |wanted: fn(Status, &Fate) -> bool| {
        Each(move || {
            let chosen = rows.plan.rows().zip(rows.records()).enumerate();
            let chosen = chosen.map(move |(place, ((_, fate), record))| {
                (fate, Seen::row(rows, place, fate, record))
            });
            chosen
                .filter(move |(fate, row)| wanted(row.status, fate))
                .map(|(_, row)| row)
        })
    };
    let document = Document {
        format: FORMAT,
        tool: env!("CARGO_PKG_VERSION"),
        at: local_time(Timestamp::now()),
        workspace: prepared.workspace.id(),
        plan: prepared.id().to_string(),
        sheet: Sheet::of(prepared),
        counts: planned(rows),
        looked: report::looked(prepared, rate).map(|looked| Looked::of(looked, rows.plan)),
        balance: balance(&prepared.workloads(prepared.plan.len())),
        changes: of(|status, fate| status == Status::Planned && !is_kept(fate)),
        unchanged: of(|status, fate| status == Status::Unchanged && !is_kept(fate)),
        rejections: Each(|| rejections(rows)),
        left_out: of(|status, fate| {
            !matches!(
                status,
                Status::Planned | Status::Unchanged | Status::Invalid
            ) && !is_kept(fate)
        }),
        settled: of(|_, fate| is_kept(fate)),
    };
    let mut to = BufWriter::new(to);
    serde_json::to_writer_pretty(Escaped(&mut to), &document)?;
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
pub(super) fn error(err: &anyhow::Error) -> String {
    let refused = err.downcast_ref::<Refused>();
    let failed = Failed {
        exit: ExitStatus::of(err).code(),
        reasons: match refused {
            Some(refused) => refused.reasons().map(str::to_owned).collect(),
            None => vec![format!("{err:#}")],
        },
        commands: refused
            .into_iter()
            .flat_map(Refused::ways_out)
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
pub(super) fn users(workspace: &str, users: &[SpaceUser]) -> String {
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
    line(&serde_json::json!({
        "format": FORMAT,
        "tool": env!("CARGO_PKG_VERSION"),
        "at": local_time(Timestamp::now()),
        "workspace": workspace,
        "users": users,
    }))
}

/// What an undo sheet gives back, and what it does not, as one document. `sheet` is where it was written.
pub(super) fn undo(results: &Path, sheet: Option<&Path>, undo: &Undo) -> String {
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
    line(&serde_json::json!({
        "format": FORMAT,
        "tool": env!("CARGO_PKG_VERSION"),
        "at": local_time(Timestamp::now()),
        "results": path(results),
        "sheet": sheet.map(path),
        "back": back,
        "unknown": undo.unknown,
        "changed_again": undo.changed_again,
        "as_before": undo.as_before,
        "answered_by_others": others,
    }))
}

fn is_kept(fate: &Fate) -> bool {
    matches!(fate, Fate::Kept(_))
}

#[derive(Serialize)]
struct Document<'a, C, U, R, L, S> {
    format: u32,
    tool: &'static str,
    at: String,
    workspace: String,
    plan: String,
    sheet: Sheet<'a>,
    counts: BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    looked: Option<Looked>,
    balance: Load,
    changes: C,
    unchanged: U,
    rejections: R,
    left_out: L,
    settled: S,
}

/// What a look at the workspace showed.
#[derive(Serialize)]
struct Looked {
    users: usize,
    owners: Vec<String>,
    as_of: Option<String>,
    listed: usize,
    read: usize,
    gaps: Vec<String>,
    closed_rows: Vec<u32>,
    /// Settled rows whose contacts have other owners now.
    moved_rows: Vec<u32>,
    notifications: usize,
    notified: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
}

impl Looked {
    fn of(looked: crate::report::Looked, plan: &Plan) -> Looked {
        let elsewhere = plan.settled_elsewhere().iter();
        Looked {
            moved_rows: elsewhere.map(|moved| moved.row).collect(),
            users: looked.users,
            owners: looked.owners,
            as_of: looked.as_of.map(local_time),
            listed: looked.listed,
            read: looked.read,
            gaps: looked.gaps,
            closed_rows: looked.closed,
            notifications: looked.notifications,
            notified: looked.notified,
            seconds: looked.lasts.map(|time| time.as_secs_f64()),
        }
    }
}

/// A list that is made while it is written.
struct Each<F>(F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((self.0)())
    }
}

/// How the sheet was read.
#[derive(Serialize)]
struct Sheet<'a> {
    #[serde(serialize_with = "lossy")]
    path: &'a Path,
    sha256: String,
    read_as: String,
    header_row: Option<u32>,
    contact: Vec<String>,
    assignee: String,
    current: Option<String>,
    region: Option<String>,
    options: Vec<String>,
    repairs: Vec<Repaired<'a>>,
    hidden_rows: &'a [u32],
    #[serde(serialize_with = "lossy")]
    results: &'a Path,
}

#[derive(Serialize)]
struct Repaired<'a> {
    what: &'a str,
    cells: usize,
}

impl<'a> Sheet<'a> {
    fn of(prepared: &'a Prepared) -> Sheet<'a> {
        let columns = &prepared.sheet.columns;
        let name = |index: usize| columns.name(index);
        let source: &sheet::Source = prepared.job.sheet.source();
        Sheet {
            path: prepared.job.sheet.path(),
            sha256: prepared.job.sheet.sha256().to_string(),
            read_as: source.to_string(),
            header_row: columns.header_row,
            contact: columns
                .identifiers
                .iter()
                .map(|column| name(column.index))
                .collect(),
            assignee: name(columns.assignee),
            current: columns.current.map(name),
            region: columns.region.map(name),
            options: prepared.sheet.reading.typed(),
            repairs: prepared
                .sheet
                .repairs
                .iter()
                .map(|(what, cells)| Repaired {
                    what,
                    cells: *cells,
                })
                .collect(),
            hidden_rows: &prepared.sheet.hidden,
            results: &prepared.job.out,
        }
    }
}

/// How many rows have which status; of what would be sent, only what would be written is planned.
fn planned(rows: Rows<'_>) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (place, ((_, fate), record)) in rows.plan.rows().zip(rows.records()).enumerate() {
        let status = Seen::row(rows, place, fate, record).status;
        *counts.entry(status.name()).or_default() += 1;
    }
    counts
}

fn counts(work: &Work) -> BTreeMap<&'static str, usize> {
    let counts = work.counts();
    counts
        .into_iter()
        .map(|(status, count)| (status.name(), count))
        .collect()
}

/// What becomes of everybody's load.
#[derive(Serialize)]
struct Load {
    counted: Option<&'static str>,
    users: Vec<User>,
    nobody: User,
    already_so: usize,
    from_unknown: usize,
    may_be_the_same: bool,
}

#[derive(Serialize)]
struct User {
    assignee: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    gives: usize,
    receives: usize,
    before: Option<usize>,
    after: Option<usize>,
}

impl From<&Workload> for User {
    fn from(load: &Workload) -> User {
        User {
            assignee: load.who.to_string(),
            name: load.name.clone(),
            gives: load.gives,
            receives: load.receives,
            before: load.before,
            after: load.after,
        }
    }
}

fn balance(balance: &Workloads) -> Load {
    Load {
        counted: match balance.counted {
            Counted::Nothing => None,
            Counted::Sheet => Some("sheet"),
            Counted::Workspace => Some("workspace"),
        },
        users: balance.users.iter().map(User::from).collect(),
        nobody: User::from(&balance.nobody),
        already_so: balance.already_so,
        from_unknown: balance.from_unknown,
        may_be_the_same: balance.may_be_the_same,
    }
}

/// What the lookup has seen of a row's contact.
#[derive(Serialize)]
struct Seen {
    contact_id: u64,
    /// Who has it: an assignee; left out if that is somebody who cannot be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_name: Option<String>,
}

impl Seen {
    /// A row with what was seen of its contact. One that has the right owner already is `unchanged`: nothing would be
    /// written.
    fn row(rows: Rows<'_>, place: usize, fate: &Fate, record: Record) -> Row {
        let seen = rows.plan.look(place).map(|(contact_id, owner)| Seen {
            contact_id,
            owner: owner.map(ToString::to_string),
            owner_name: owner.and_then(|owner| rows.people.name(owner)),
        });
        let is_so = match fate {
            Fate::Change(change) => rows.plan.change(*change as usize).is_unchanged(),
            _ => false,
        };
        let assignee = record.assignee.clone();
        let row = Row::of(record);
        Row {
            seen,
            assignee_name: assignee.and_then(|who| rows.people.name(&who)),
            status: if is_so { Status::Unchanged } else { row.status },
            ..row
        }
    }
}

/// A row, named as in the results.
#[derive(Serialize)]
struct Row {
    row: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<u64>,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// The user by name and email, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee_name: Option<String>,
    /// What a lookup has shown of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<Seen>,
}

impl Row {
    fn of(record: Record) -> Row {
        let text = |value: Option<String>| value.filter(|text| !text.is_empty());
        let reason = text(Some(record.reason()));
        Row {
            row: record.row,
            contact: record.contact.map(|contact| contact.to_string()),
            assignee: record.assignee.map(|assignee| assignee.to_string()),
            previous: record.previous.map(|previous| previous.to_string()),
            expected: record.expected.map(|expected| expected.to_string()),
            status: record.status,
            reason,
            error: text(record.error),
            decision: record.decision,
            http: record.http,
            contact_id: record.contact_id,
            attempts: record.attempts,
            at: text(record.at),
            assignee_name: None,
            seen: None,
        }
    }
}

/// A row that cannot be used, with each thing that is wrong with it.
#[derive(Serialize)]
struct Rejected {
    #[serde(flatten)]
    row: Row,
    reasons: Vec<Problematic>,
}

#[derive(Serialize)]
struct Problematic {
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    code: Code,
    reason: String,
}

fn rejections(rows: Rows<'_>) -> impl Iterator<Item = Rejected> {
    let all = rows.plan.rows().zip(rows.records()).enumerate();
    let chosen =
        all.filter(|(_, ((_, fate), record))| record.status == Status::Invalid && !is_kept(fate));
    chosen.map(move |(place, ((item, fate), record))| Rejected {
        row: Seen::row(rows, place, fate, record),
        reasons: reasons(rows, item, fate),
    })
}

/// What is wrong with a row: in its own cells, or by a look at the workspace.
fn reasons(rows: Rows<'_>, item: &Item, fate: &Fate) -> Vec<Problematic> {
    match (&item.reading, fate) {
        (Reading::Rejected(rejection), _) => {
            let problems = rejection.problems.iter();
            let reason = |problem: &Problem| Problematic {
                column: problem.column.map(|column| rows.columns.name(column)),
                code: problem.reason.code(),
                reason: problem.reason.to_string(),
            };
            problems.map(reason).collect()
        }
        (_, Fate::Left(left)) => {
            let codes = rows.plan.codes(item, left).into_iter();
            let reason = |code| Problematic {
                column: None,
                code,
                reason: rows.plan.sentence(item, left, rows.columns, rows.people),
            };
            codes.map(reason).collect()
        }
        _ => Vec::new(),
    }
}
