//! What plans and runs tell programs, as plain values for the room that writes JSON.

use std::io::{self, Write};

use crate::api::Rate;
use crate::json::{
    self, Events, PlannedRow, ProblemDocument, Repaired, SeenContact, SheetDocument, StartEvent,
    Subject,
};
use crate::mapping::{self, Item, Reading};
use crate::outcome::Status;
use crate::plan::{Change, RowFate};
use crate::results::{JobFolder, Record};

use super::prepare::Prepared;
use super::report;
use super::result_rows::{RecordedRows, expected};
use super::screen::say;

/// Writes a plan as one document.
///
/// # Errors
/// If it cannot be written.
pub(super) fn plan(
    prepared: &Prepared,
    rows: RecordedRows<'_>,
    rate: Option<Rate>,
    to: impl Write,
) -> io::Result<()> {
    let elsewhere = rows.plan.settled_elsewhere().iter();
    let plan = json::PlanDocument {
        workspace: prepared.workspace.id(),
        id: prepared.id().to_string(),
        sheet: sheet(prepared),
        lookup: report::looked(prepared, rate),
        moved_rows: elsewhere.map(|moved| moved.row).collect(),
        loads: &prepared.workloads(prepared.plan.len()),
    };
    let planned = || {
        let all = rows.plan.rows().zip(rows.records()).enumerate();
        all.map(move |(place, ((item, fate), record))| row(rows, place, item, fate, record))
    };
    json::plan(plan, planned, to)
}

/// Tells that a run of so many changes begins, and what becomes of the rows that are not sent.
pub(super) fn begin(prepared: &Prepared, before: RecordedRows<'_>, changes: usize) -> Events {
    let start = StartEvent {
        workspace: prepared.workspace.id(),
        plan: prepared.id().to_string(),
        sheet: prepared.job.sheet.path(),
        results: &prepared.job.out,
        journal: JobFolder::of(&prepared.job.out).journal(),
        changes,
    };
    let fates = prepared.plan.rows().map(|(_, fate)| fate);
    let left = fates.zip(before.records());
    let left = left.filter(|(fate, _)| matches!(fate, RowFate::Left(_)));
    let subject = |change: Change<'_>| {
        let subject = Subject {
            contact: change.contact.clone(),
            assignee: change.assignee.clone(),
            expected: expected(change).cloned(),
        };
        (change.row, subject)
    };
    Events::begin(
        start,
        left.map(|(_, record)| record),
        prepared.plan.changes().map(subject),
        |line| say(line),
    )
}

fn sheet(prepared: &Prepared) -> SheetDocument<'_> {
    let columns = &prepared.sheet.columns;
    let name = |index: usize| columns.name(index);
    let contact = columns.identifiers.iter().map(|column| name(column.index));
    let repairs = prepared.sheet.repairs.iter();
    SheetDocument {
        path: prepared.job.sheet.path(),
        sha256: prepared.job.sheet.sha256().to_string(),
        read_as: prepared.job.sheet.source().to_string(),
        header_row: columns.header_row,
        contact: contact.collect(),
        assignee: name(columns.assignee),
        current: columns.current.map(name),
        region: columns.region.map(name),
        options: prepared.sheet.reading.typed(),
        repairs: repairs
            .map(|(what, cells)| Repaired {
                what,
                cells: *cells,
            })
            .collect(),
        hidden_rows: &prepared.sheet.hidden,
        results: &prepared.job.out,
    }
}

fn row(
    rows: RecordedRows<'_>,
    place: usize,
    item: &Item,
    fate: &RowFate,
    record: Record,
) -> PlannedRow {
    let seen = rows
        .plan
        .look(place)
        .map(|(contact_id, owner)| SeenContact {
            contact_id,
            owner: owner.map(ToString::to_string),
            owner_name: owner.and_then(|owner| rows.people.name(owner)),
        });
    let is_right = match fate {
        RowFate::Change(change) => rows.plan.change(*change as usize).is_unchanged(),
        _ => false,
    };
    let is_settled = matches!(fate, RowFate::Kept(_));
    let is_rejected = record.status == Status::Invalid && !is_settled;
    let name = |who| rows.people.name(who);
    PlannedRow {
        is_settled,
        assignee_name: record.assignee.as_ref().and_then(name),
        seen,
        reasons: is_rejected.then(|| problems(rows, item, fate)),
        record: match is_right {
            true => Record {
                status: Status::Unchanged,
                ..record
            },
            false => record,
        },
    }
}

/// What is wrong with a row: in its own cells, or by a look at the workspace.
fn problems(rows: RecordedRows<'_>, item: &Item, fate: &RowFate) -> Vec<ProblemDocument> {
    match (&item.reading, fate) {
        (Reading::Rejected(rejection), _) => {
            let problem = |problem: &mapping::Problem| ProblemDocument {
                column: problem.column.map(|column| rows.columns.name(column)),
                code: problem.reason.code(),
                reason: problem.reason.to_string(),
            };
            rejection.problems.iter().map(problem).collect()
        }
        (_, RowFate::Left(left)) => {
            let problem = |code| ProblemDocument {
                column: None,
                code,
                reason: rows.plan.sentence(item, left, rows.columns, rows.people),
            };
            rows.plan
                .codes(item, left)
                .into_iter()
                .map(problem)
                .collect()
        }
        _ => Vec::new(),
    }
}
