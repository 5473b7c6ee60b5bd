//! Rows that share a reason, and what is to be done about them.

use std::collections::HashMap;

use crate::outcome::{Status, Todo};

use super::mask::Mask;
use super::{Report, Row, words};

/// Rows with the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) status: Status,
    pub(super) todo: Todo,
    /// What is wrong, without what tells of one row.
    pub(super) reason: String,
    /// The places of the rows in the report.
    pub(super) rows: Vec<usize>,
}

/// Everything that did not go as the sheet says, by reason.
#[derive(Clone, Debug, Default)]
pub(super) struct Problems {
    /// What somebody has to look at comes first, then what the next run does by itself, then what was left out by choice.
    pub(super) groups: Vec<Group>,
    /// The group that each row belongs to.
    pub(super) of_row: Vec<Option<usize>>,
}

impl Problems {
    pub(super) fn of(report: &Report, mask: &Mask<'_>) -> Problems {
        let mut places: HashMap<(Status, Todo, String), usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for (row, place) in report.rows.iter().zip(0..) {
            if !is_worth_telling(row) {
                continue;
            }
            let status = row.record.status;
            let said = row.record.error.as_deref();
            let reason = said.map_or_else(
                || words::meaning(status).to_owned(),
                |said| mask.common(said),
            );
            let group = *places.entry((status, row.todo, reason)).or_insert_with_key(
                |(status, todo, reason)| {
                    groups.push(Group {
                        status: *status,
                        todo: *todo,
                        reason: reason.clone(),
                        rows: Vec::new(),
                    });
                    groups.len() - 1
                },
            );
            groups[group].rows.push(place);
        }
        groups.sort_by_key(|group| (order(group.todo), std::cmp::Reverse(group.rows.len())));
        let mut of_row = vec![None; report.rows.len()];
        for (place, group) in groups.iter().enumerate() {
            for row in &group.rows {
                of_row[*row] = Some(place);
            }
        }
        Problems { groups, of_row }
    }
}

fn is_worth_telling(row: &Row) -> bool {
    match row.record.status {
        Status::Planned => false,
        Status::Skipped | Status::Duplicate => true,
        _ => row.todo != Todo::Done,
    }
}

fn order(todo: Todo) -> u8 {
    match todo {
        Todo::Decide => 0,
        Todo::Repair => 1,
        Todo::RunAgain => 2,
        Todo::Done => 3,
    }
}
