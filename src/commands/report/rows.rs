//! The rows of a report: from a results file, or from a plan that was just made.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;

use crate::commands::prepare::Prepared;
use crate::commands::result_rows::RecordedRows;
use crate::contact::Identifier;
use crate::job::worksheet::{by_itself, each_result, record};
use crate::mapping::Earlier;
use crate::outcome::{Code, Outcome, Reason, Sent, Status, Todo};
use crate::refusal::{Refusal, Refusals};
use crate::report::{Detail, ReportRow};
use crate::results::{History, Record};
use crate::sheet::{self, Sheet};
use crate::wording::local_time;

/// What a results file holds.
pub(super) struct ReportedResults {
    pub(super) rows: Vec<ReportRow>,
    /// The names of the sheet's own columns.
    pub(super) own: Vec<String>,
}

/// Reads a results file, with what a run that was cut short left in the journal only.
pub(super) fn of_results(
    path: &Path,
    history: &History,
    detail: Detail,
) -> anyhow::Result<ReportedResults> {
    for sheet in &by_itself(path)? {
        if let Some(results) = read(sheet, history, detail)? {
            return Ok(results);
        }
    }
    Err(Refusals::from(Refusal::new(format!(
        "`{}` is no results file: it has no columns `reassign_row`, `reassign_contact`, `reassign_assignee` and \
         `reassign_status`; name the file that a run or `reassign plan -o` has written",
        path.display()
    )))
    .into())
}

fn read(
    sheet: &Sheet,
    history: &History,
    detail: Detail,
) -> anyhow::Result<Option<ReportedResults>> {
    let mut rows = Vec::new();
    let header = each_result(sheet, |header, row| {
        let place = || format!("`{}`, row {}", sheet.path().display(), row.number());
        let number = header.columns.row_number(row).with_context(place)?;
        let earlier = header.columns.told(row).with_context(place)?;
        let mut record = recorded(number.unwrap_or(row.number()), earlier);
        if history.is_unfinished() {
            overlay(&mut record, history);
        }
        let own = header.own.iter();
        let cells = own.map(|place| header.guard.off(row.cell(*place)));
        rows.push((record, kept(cells, detail)));
        Ok(())
    })?;
    Ok(header.map(|header| {
        let own = header.own.iter();
        ReportedResults {
            rows: with_todos(rows),
            own: own.map(|place| header.names[*place].clone()).collect(),
        }
    }))
}

/// What a row of a results file says.
fn recorded(row: u32, earlier: Option<Earlier>) -> Record {
    let Some(earlier) = earlier else {
        return Record {
            codes: vec![Code::NewRow],
            error: Some(Reason::NewRow.to_string()),
            ..Record::new(row, Status::NotAttempted)
        };
    };
    record(row, earlier)
}

/// What a run that has not ended did stands in its journal only.
fn overlay(record: &mut Record, history: &History) {
    let row = record.row;
    if let Some(Outcome {
        status,
        previous,
        reason,
        http,
        contact_id,
        attempts,
        at,
        ..
    }) = history.outcomes.get(&row).cloned()
    {
        record.previous = previous.or(record.previous.take());
        record.codes = reason.iter().map(Reason::code).collect();
        record.error = reason.as_ref().map(ToString::to_string);
        (record.status, record.http) = (status, http);
        (record.contact_id, record.attempts) = (contact_id, attempts);
        record.at = Some(local_time(at));
    }
    if let Some(Sent {
        contact,
        assignee,
        previous,
        ..
    }) = history.in_doubt.get(&row).cloned()
    {
        (record.contact, record.assignee, record.previous) =
            (Some(contact), Some(assignee), previous);
        (record.status, record.http) = (Status::Unknown, None);
        record.codes = vec![Code::NoAnswer];
        record.error = Some(Reason::NoAnswer.to_string());
    }
}

/// The rows of a plan, with who has each contact as far as the sheet says so.
pub(super) fn of_plan(
    prepared: &Prepared,
    rows: RecordedRows<'_>,
    detail: Detail,
) -> anyhow::Result<Vec<ReportRow>> {
    let mut own = own_cells(prepared, detail)?.into_iter();
    let records = rows
        .records()
        .map(|record| (record, own.next().unwrap_or_default()));
    Ok(with_todos(records.collect()))
}

/// The cells of the sheet's own columns, row by row: the sheet is read a second time.
fn own_cells(prepared: &Prepared, detail: Detail) -> Result<Vec<Vec<String>>, sheet::Error> {
    let mut all = Vec::new();
    let layout = &prepared.sheet.layout;
    for batch in prepared.job.sheet.batches()? {
        for row in batch?.rows() {
            let above = layout
                .header_row
                .is_some_and(|header| row.number() <= header);
            if above || (row.is_blank() && row.flaw().is_none()) {
                continue;
            }
            let own = layout.own.iter();
            let cells = own.map(|(index, _)| layout.guard.off(row.cell(*index)));
            all.push(kept(cells, detail));
        }
    }
    Ok(all)
}

/// The own cells that a report needs.
fn kept<'a>(cells: impl Iterator<Item = Cow<'a, str>>, detail: Detail) -> Vec<String> {
    match detail {
        Detail::Full => cells.map(Cow::into_owned).collect(),
        Detail::None => Vec::new(),
    }
}

/// What is left to do about each row; a duplicate does as the row with its contact.
fn with_todos(rows: Vec<(Record, Vec<String>)>) -> Vec<ReportRow> {
    let mut by_contact: HashMap<Identifier, Todo> = HashMap::new();
    let mut by_id: HashMap<u64, Todo> = HashMap::new();
    for (record, _) in rows
        .iter()
        .filter(|(record, _)| record.status != Status::Duplicate)
    {
        let todo = record.guidance().todo();
        if let Some(contact) = &record.contact {
            by_contact.insert(contact.clone(), todo);
        }
        if let Some(id) = record.contact_id {
            by_id.insert(id, todo);
        }
    }
    rows.into_iter()
        .map(|(record, own)| {
            let todo = if record.status == Status::Duplicate {
                let by_contact = record
                    .contact
                    .as_ref()
                    .and_then(|contact| by_contact.get(contact));
                let by_id = record.contact_id.and_then(|id| by_id.get(&id));
                by_contact.or(by_id).copied().unwrap_or(Todo::Done)
            } else {
                record.guidance().todo()
            };
            ReportRow { record, todo, own }
        })
        .collect()
}
