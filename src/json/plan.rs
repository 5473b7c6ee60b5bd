//! A plan as one document.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::{Serialize, Serializer};

use crate::outcome::Status;
use crate::unprintable::lossy;
use crate::workspace::{LookupSummary, Workloads};

use super::named;
use super::rows::PlannedRow;

/// What a plan's document says besides its rows.
pub(crate) struct PlanDocument<'a> {
    /// The workspace, as journals name it.
    pub(crate) workspace: String,
    /// The plan's ID.
    pub(crate) id: String,
    /// How the sheet was read.
    pub(crate) sheet: SheetDocument<'a>,
    /// What a lookup showed, where there was one.
    pub(crate) lookup: Option<LookupSummary>,
    /// Settled rows whose contacts have other owners now.
    pub(crate) moved_rows: Vec<u32>,
    /// What becomes of everybody's contacts.
    pub(crate) loads: &'a Workloads,
}

#[derive(Serialize)]
struct Document<'a, C, U, R, L, S> {
    workspace: String,
    plan: String,
    sheet: SheetDocument<'a>,
    counts: BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    looked: Option<Looked>,
    balance: &'a Workloads,
    changes: C,
    unchanged: U,
    rejections: R,
    left_out: L,
    settled: S,
}

/// What a look at the workspace showed.
#[derive(Serialize)]
struct Looked {
    #[serde(flatten)]
    looked: LookupSummary,
    /// Settled rows whose contacts have other owners now.
    moved_rows: Vec<u32>,
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
pub(crate) struct SheetDocument<'a> {
    #[serde(serialize_with = "lossy")]
    pub(crate) path: &'a Path,
    pub(crate) sha256: String,
    pub(crate) read_as: String,
    pub(crate) header_row: Option<u32>,
    pub(crate) contact: Vec<String>,
    pub(crate) assignee: String,
    pub(crate) current: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) options: Vec<String>,
    pub(crate) repairs: Vec<Repaired<'a>>,
    pub(crate) hidden_rows: &'a [u32],
    #[serde(serialize_with = "lossy")]
    pub(crate) results: &'a Path,
}

/// How many cells needed which repair.
#[derive(Serialize)]
pub(crate) struct Repaired<'a> {
    pub(crate) what: &'a str,
    pub(crate) cells: usize,
}

/// Writes a plan as one document. The rows are gone through once for each of its lists.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write<I: Iterator<Item = PlannedRow>>(
    plan: PlanDocument<'_>,
    rows: impl Fn() -> I + Copy,
    to: impl Write,
) -> io::Result<()> {
    let of = |wanted: fn(Status, bool) -> bool| {
        Each(move || rows().filter(move |row| wanted(row.record.status, row.is_settled)))
    };
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    for row in rows() {
        *counts.entry(row.record.status).or_default() += 1;
    }
    let document = Document {
        workspace: plan.workspace,
        plan: plan.id,
        sheet: plan.sheet,
        counts: named(counts),
        looked: plan.lookup.map(|looked| Looked {
            looked,
            moved_rows: plan.moved_rows,
        }),
        balance: plan.loads,
        changes: of(|status, is_settled| status == Status::Planned && !is_settled),
        unchanged: of(|status, is_settled| status == Status::Unchanged && !is_settled),
        rejections: of(|status, is_settled| status == Status::Invalid && !is_settled),
        left_out: of(|status, is_settled| {
            !matches!(
                status,
                Status::Planned | Status::Unchanged | Status::Invalid
            ) && !is_settled
        }),
        settled: of(|_, is_settled| is_settled),
    };
    super::write(document, to)
}
