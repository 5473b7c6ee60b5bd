//! What a plan knows of the rows that earlier runs settled.

use crate::contact::{Assignee, Identifier};
use crate::mapping::Item;
use crate::outcome::{Code, Outcome, Status};

use super::{Elsewhere, OwnCells, Plan, RowFate};

impl Plan {
    /// Settled rows whose own cells now say something else.
    pub fn changed_since(&self) -> impl Iterator<Item = &Item> {
        self.rows()
            .filter(|(_, fate)| **fate == RowFate::Kept(OwnCells::Changed))
            .map(|(item, _)| item)
    }

    /// Settled rows whose contacts have other owners now, as a look at the workspace shows.
    pub fn settled_elsewhere(&self) -> &[Elsewhere] {
        &self.elsewhere
    }

    /// The contacts that earlier runs settled and whose API ID they learned, with the row, its contact and its assignee.
    pub fn settled_contacts(&self) -> impl Iterator<Item = (u64, u32, &Identifier, &Assignee)> {
        self.rows()
            .filter(|(_, fate)| matches!(fate, RowFate::Kept(_)))
            .filter_map(|(item, _)| {
                let earlier = item
                    .earlier
                    .as_deref()
                    .filter(|earlier| earlier.status != Status::Skipped)
                    .filter(|earlier| !earlier.codes.contains(&Code::Replaced))?;
                let assignee = earlier.assignee.as_ref()?;
                Some((
                    earlier.contact_id?,
                    item.row,
                    earlier.contact.as_ref()?,
                    assignee,
                ))
            })
    }

    /// What became of a row that was settled earlier.
    pub(crate) fn settled_outcome(&self, row: u32) -> Option<Outcome> {
        let is_kept =
            |(item, fate): &(&Item, &RowFate)| item.row == row && matches!(fate, RowFate::Kept(_));
        let (item, _) = self.rows().find(is_kept)?;
        let earlier = item.earlier.as_deref()?;
        Some(Outcome {
            row,
            status: earlier.status,
            previous: earlier.previous.clone(),
            reason: None,
            http: earlier.http,
            contact_id: earlier.contact_id,
            attempts: earlier.attempts,
            at: earlier.at.as_ref()?.parse().ok()?,
        })
    }
}
