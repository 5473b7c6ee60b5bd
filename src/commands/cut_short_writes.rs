//! What a run that was cut short had written, for the one that goes on with it to read back.

use std::collections::HashMap;

use crate::outcome::Status;
use crate::plan::RowFate;
use crate::run::{Standing, Written};

use super::prepare::Prepared;
use crate::job::RunKind;

/// The writes that the run before had made, if it was cut short. A row that is not in the sheet any more is left out.
pub(super) fn standing(prepared: &Prepared) -> Standing {
    let history = &prepared.job.history;
    if prepared.job.run != RunKind::Continues {
        return Standing::default();
    }
    let kept: HashMap<u32, _> = prepared
        .plan
        .rows()
        .filter(|(_, fate)| matches!(fate, RowFate::Kept(_)))
        .filter_map(|(item, _)| Some((item.row, item.earlier.as_deref()?.assignee.as_ref()?)))
        .collect();
    let mut written: Vec<Written> = history
        .outcomes
        .values()
        .filter(|outcome| matches!(outcome.status, Status::Assigned | Status::Unassigned))
        .filter_map(|outcome| {
            Some(Written {
                contact_id: outcome.contact_id?,
                assignee: (*kept.get(&outcome.row)?).clone(),
                verified: history.verified.contains(&outcome.row),
                outcome: outcome.clone(),
            })
        })
        .collect();
    written.sort_by_key(|written| (written.outcome.at, written.outcome.row));
    let not_applied = |status| status == Status::NotApplied;
    Standing {
        written,
        not_applied: history
            .outcomes
            .values()
            .filter(|outcome| not_applied(outcome.status))
            .count(),
    }
}
