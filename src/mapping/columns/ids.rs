//! IDs that stand beside phone numbers or emails: a few rows with all that they call their contact, to be compared with the
//! workspace.

use std::collections::HashSet;

use crate::contact::{Identifier, Kind, Rules};
use crate::sheet::Row;

use super::super::header::{Role, role};
use super::question::{About, Question};

/// So many contacts are compared.
const COMPARED: usize = 3;

impl Question {
    /// Contacts by ID, with the phone number and email that stand beside it, where it is asked whose the IDs are.
    pub fn ids_beside(&self, head: &[Row<'_>], rules: Rules) -> Vec<(u64, Vec<Identifier>)> {
        let (About::IdBeside, [ids, direct]) = (self.about, self.offers.as_slice()) else {
            return Vec::new();
        };
        let read = |row: &Row<'_>, place: usize, kind| {
            let rules = Rules { kind, ..rules };
            rules.read(row.cell(place)).ok().map(|read| read.value)
        };
        let of_row = |row: &Row<'_>| {
            let Some(Identifier::Id(id)) = read(row, *ids.places.first()?, Some(Kind::Id)) else {
                return None;
            };
            let beside = direct.places.iter().zip(&direct.columns);
            let beside = beside
                .filter_map(|(place, name)| read(row, *place, role(name).and_then(Role::kind)));
            let beside: Vec<Identifier> = beside.collect();
            (!beside.is_empty()).then_some((id, beside))
        };
        let below = head
            .iter()
            .filter(|row| self.row.is_none_or(|header| row.number() > header));
        let mut seen = HashSet::new();
        let mut all: Vec<_> = below.filter_map(of_row).collect();
        all.retain(|(id, _)| seen.insert(*id));
        // The first, one in the middle and the last: a sheet may be sorted by anything.
        let (middle, last) = (all.len() / 2, all.len().saturating_sub(1));
        let mut place = 0..;
        all.retain(|_| {
            place
                .next()
                .is_some_and(|place| place == 0 || place == middle || place == last)
        });
        all.truncate(COMPARED);
        all
    }
}
