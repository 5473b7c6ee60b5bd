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

use crate::api::Rate;
use crate::mapping::{Item, Problem, Reading};
use crate::outcome::{Code, Status, local_time};
use crate::plan::{Counts, Fate, Share};
use crate::results::Record;
use crate::sheet;
use crate::visible::{Escaped, lossy};

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
    work: &Work,
    rate: Option<Rate>,
    to: impl Write,
) -> io::Result<()> {
    let of = |wanted: fn(Status, &Fate) -> bool| {
        Each(move || {
            let fates = prepared.plan.rows().map(|(_, fate)| fate);
            let all = fates.zip(rows.records());
            let chosen = all.filter(move |(fate, record)| wanted(record.status, fate));
            chosen.map(|(_, record)| Row::of(record))
        })
    };
    let document = Document {
        format: FORMAT,
        tool: env!("CARGO_PKG_VERSION"),
        at: local_time(Timestamp::now()),
        workspace: prepared.workspace.id(),
        plan: prepared.plan.id(&prepared.workspace.id()).to_string(),
        sheet: Sheet::of(prepared),
        counts: counts(work),
        looked: report::looked(prepared, rate).map(|looked| Looked::of(looked, prepared)),
        balance: balance(prepared),
        changes: of(|status, fate| status == Status::Planned && !is_kept(fate)),
        rejections: Each(|| rejections(prepared, rows)),
        left_out: of(|status, fate| {
            !matches!(status, Status::Planned | Status::Invalid) && !is_kept(fate)
        }),
        settled: of(|_, fate| is_kept(fate)),
    };
    let mut to = BufWriter::new(to);
    serde_json::to_writer_pretty(Escaped(&mut to), &document)?;
    writeln!(to)?;
    to.flush()
}

fn is_kept(fate: &Fate) -> bool {
    matches!(fate, Fate::Kept(_))
}

#[derive(Serialize)]
struct Document<'a, C, R, L, S> {
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
    seconds: f64,
}

impl Looked {
    fn of(looked: crate::report::Looked, prepared: &Prepared) -> Looked {
        let elsewhere = prepared.plan.settled_elsewhere().iter();
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
            seconds: looked.lasts.as_secs_f64(),
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
        let columns = &prepared.columns;
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
            options: prepared.reading.typed(),
            repairs: prepared
                .repairs
                .iter()
                .map(|(what, cells)| Repaired {
                    what,
                    cells: *cells,
                })
                .collect(),
            hidden_rows: &prepared.hidden,
            results: &prepared.job.out,
        }
    }
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

impl From<&Share> for User {
    fn from(share: &Share) -> User {
        User {
            assignee: share.who.to_string(),
            name: share.name.clone(),
            gives: share.gives,
            receives: share.receives,
            before: share.before,
            after: share.after,
        }
    }
}

fn balance(prepared: &Prepared) -> Load {
    let balance = prepared.plan.balance(prepared.users.as_ref());
    Load {
        counted: match balance.counts {
            Counts::Nothing => None,
            Counts::Sheet => Some("sheet"),
            Counts::Workspace => Some("workspace"),
        },
        users: balance.users.iter().map(User::from).collect(),
        nobody: User::from(&balance.nobody),
        already_so: balance.already_so,
        from_unknown: balance.from_unknown,
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

fn rejections<'a>(prepared: &'a Prepared, rows: Rows<'a>) -> impl Iterator<Item = Rejected> + 'a {
    let all = prepared.plan.rows().zip(rows.records());
    let chosen =
        all.filter(|((_, fate), record)| record.status == Status::Invalid && !is_kept(fate));
    chosen.map(|((item, fate), record)| Rejected {
        row: Row::of(record),
        reasons: reasons(prepared, item, fate),
    })
}

/// What is wrong with a row: in its own cells, or by a look at the workspace.
fn reasons(prepared: &Prepared, item: &Item, fate: &Fate) -> Vec<Problematic> {
    match (&item.reading, fate) {
        (Reading::Rejected(rejection), _) => {
            let problems = rejection.problems.iter();
            let reason = |problem: &Problem| Problematic {
                column: problem.column.map(|column| prepared.columns.name(column)),
                code: problem.reason.code(),
                reason: problem.reason.to_string(),
            };
            problems.map(reason).collect()
        }
        (_, Fate::Left(left)) => {
            let codes = prepared.plan.codes(item, left).into_iter();
            let reason = |code| Problematic {
                column: None,
                code,
                reason: prepared.plan.sentence(item, left, &prepared.columns),
            };
            codes.map(reason).collect()
        }
        _ => Vec::new(),
    }
}
