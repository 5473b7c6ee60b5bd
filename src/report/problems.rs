//! Rows that share a reason, and what is to be done about them.

use std::collections::HashMap;

use crate::outcome::{Code, Guidance, Status, Todo, guidance};

use super::{Report, ReportKind, ReportRow};

/// Rows with the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReasonGroup {
    pub(super) status: Status,
    pub(super) guidance: Guidance,
    /// What is wrong, or what became of them, without what tells of one row.
    pub(super) reason: &'static str,
    /// The places of the rows in the report.
    pub(super) rows: Vec<usize>,
}

/// Everything that did not go as the sheet says, by reason.
#[derive(Clone, Debug, Default)]
pub(super) struct Problems {
    /// What somebody has to look at comes first, then what the next run does by itself, then what was left out by choice.
    pub(super) groups: Vec<ReasonGroup>,
    /// The groups that each row belongs to: one for each thing that is wrong with it.
    pub(super) of_row: Vec<Vec<usize>>,
}

impl ReasonGroup {
    /// Whether somebody, or the next run, has something to do about it.
    pub(super) fn is_open(&self, kind: ReportKind) -> bool {
        match self.guidance.todo() {
            Todo::Done => false,
            Todo::RunAgain => kind == ReportKind::Results,
            Todo::Repair | Todo::Decide => true,
        }
    }
}

impl Problems {
    pub(super) fn of(report: &Report) -> Problems {
        let mut places: HashMap<(Status, Option<Code>), usize> = HashMap::new();
        let mut groups: Vec<ReasonGroup> = Vec::new();
        for (row, place) in report.rows.iter().zip(0..) {
            if !is_worth_telling(row) {
                continue;
            }
            let status = row.record.status;
            let codes = row.record.codes.iter().copied().map(Some);
            let none = row.record.codes.is_empty().then_some(None);
            for code in codes.chain(none) {
                let group = *places.entry((status, code)).or_insert_with(|| {
                    groups.push(ReasonGroup {
                        status,
                        guidance: guidance(status, code),
                        reason: code.map_or(status.meaning(), Code::meaning),
                        rows: Vec::new(),
                    });
                    groups.len() - 1
                });
                groups[group].rows.push(place);
            }
        }
        groups.sort_by_key(|group| {
            (
                order(group.guidance.todo()),
                std::cmp::Reverse(group.rows.len()),
            )
        });
        let mut of_row = vec![Vec::new(); report.rows.len()];
        for (place, group) in groups.iter().enumerate() {
            for row in &group.rows {
                of_row[*row].push(place);
            }
        }
        Problems { groups, of_row }
    }
}

fn is_worth_telling(row: &ReportRow) -> bool {
    match row.record.status {
        Status::Planned => false,
        Status::Skipped | Status::Duplicate => true,
        _ => row.todo != Todo::Done,
    }
}

/// What comes first: what somebody has to do.
pub(super) fn order(todo: Todo) -> u8 {
    match todo {
        Todo::Decide => 0,
        Todo::Repair => 1,
        Todo::RunAgain => 2,
        Todo::Done => 3,
    }
}
