//! Rows judged against each other: which share a contact, and which of them decides.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use rayon::prelude::*;

use crate::contact::{Assignee, Identifier};
use crate::mapping::{Assignees, Earlier, Item};

use super::left_out::says;
use super::live::SeenContact;
use super::{Left, OnConflict, RowFate};

/// What tells contacts apart: the API's ID where an earlier run learned it, otherwise the identifier.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Id(u64),
    Other(&'a Identifier),
}

/// A row that says who should have a contact.
#[derive(Clone, Copy)]
pub(super) struct Claim<'a> {
    item: usize,
    assignee: &'a Assignee,
}

/// The rows that share a contact, where there is more than one, each group in the sheet's order.
pub(super) fn groups<'a>(
    items: &'a [Item],
    fates: &[RowFate],
    assignees: &'a Assignees,
    seen: &[Option<SeenContact>],
) -> Vec<Vec<Claim<'a>>> {
    let ids: HashMap<&Identifier, u64> = items
        .iter()
        .filter_map(|item| item.earlier.as_deref())
        .filter_map(|earlier| Some((earlier.contact.as_ref()?, earlier.contact_id?)))
        .collect();
    let key_of = |place: usize, contact: &'a Identifier| {
        let seen = seen.get(place).and_then(Option::as_ref);
        match (contact, seen.map(|seen| &seen.id).or(ids.get(contact))) {
            (_, Some(id)) | (Identifier::Id(id), None) => Key::Id(*id),
            (contact, None) => Key::Other(contact),
        }
    };
    let said = |place: usize| says(&items[place], &fates[place], assignees);
    // Sorted by half of their hashes, a million contacts take an eighth of the memory of a table of them.
    let hasher = RandomState::new();
    const NOTHING_SAID: u32 = u32::MAX;
    let hash_of = |place: usize| match said(place) {
        Some((contact, _)) => {
            let hash = hasher.hash_one(key_of(place, contact));
            (hash as u32, place as u32)
        }
        None => (0, NOTHING_SAID),
    };
    // As many as there are rows: then they are collected where they stay, and not once more beside.
    let mut hashes: Vec<(u32, u32)> = (0..items.len()).into_par_iter().map(hash_of).collect();
    hashes.retain(|(_, place)| *place != NOTHING_SAID);
    hashes.par_sort_unstable();
    let mut shared = Vec::new();
    for alike in hashes.chunk_by(|one, other| one.0 == other.0) {
        if alike.len() < 2 {
            continue;
        }
        // Contacts that only have the same hash are told apart.
        let mut claims: Vec<(Key<'_>, Vec<Claim<'_>>)> = Vec::new();
        for (_, place) in alike {
            let place = *place as usize;
            let Some((contact, assignee)) = said(place) else {
                continue;
            };
            let key = key_of(place, contact);
            let claim = Claim {
                item: place,
                assignee,
            };
            match claims.iter_mut().find(|(known, _)| *known == key) {
                Some((_, group)) => group.push(claim),
                None => claims.push((key, vec![claim])),
            }
        }
        shared.extend(claims.into_iter().map(|(_, group)| group));
    }
    shared.retain(|group| group.len() > 1);
    shared.sort_unstable_by_key(|group: &Vec<Claim<'_>>| group[0].item);
    shared
}

/// Where all rows of a group want the same, and one of them waits for the admin's decision, the others wait with it. False
/// if that is not so.
pub(super) fn wait_together(group: &[Claim<'_>], items: &[Item], fates: &mut [RowFate]) -> bool {
    let waits = |claim: &&Claim<'_>| {
        matches!(
            fates[claim.item],
            RowFate::Left(Left::Drifted | Left::Undone | Left::Decided)
        )
    };
    let is_bound = |claim: &Claim<'_>| match fates[claim.item] {
        RowFate::Change(_) => items[claim.item].decision().is_none(),
        RowFate::Kept(_) => false,
        RowFate::Left(_) => true,
    };
    let Some(of) = group.iter().find(waits).map(|claim| claim.item) else {
        return false;
    };
    if !agree(group) || !group.iter().all(is_bound) {
        return false;
    }
    for claim in group {
        if matches!(fates[claim.item], RowFate::Change(_)) {
            fates[claim.item] = RowFate::Left(Left::Duplicate { of });
        }
    }
    true
}

/// Decides between the rows of a saved plan, which sends what was planned, whatever stands around it.
pub(super) fn judge_saved(
    group: &[Claim<'_>],
    is_planned: impl Fn(usize) -> bool,
    policy: OnConflict,
    items: &[Item],
    fates: &mut [RowFate],
) {
    let counts = |claim: &Claim<'_>| match fates[claim.item] {
        RowFate::Change(_) => is_planned(claim.item),
        RowFate::Kept(_) => true,
        RowFate::Left(_) => false,
    };
    let (ours, others): (Vec<Claim<'_>>, Vec<Claim<'_>>) = group.iter().copied().partition(counts);
    if !ours.iter().any(|claim| is_planned(claim.item)) {
        return judge(group, policy, items, fates);
    }
    judge(&ours, policy, items, fates);
    for claim in others {
        let is_sent = |ours: &&Claim<'_>| {
            ours.assignee == claim.assignee && matches!(fates[ours.item], RowFate::Change(_))
        };
        let same = ours.iter().find(is_sent).map(|ours| ours.item);
        if let (Some(of), RowFate::Change(_)) = (same, &fates[claim.item]) {
            fates[claim.item] = RowFate::Left(Left::Duplicate { of });
        }
    }
}

/// Decides between rows that share a contact. What was settled stays settled, and a row that agrees with it is its
/// duplicate. What was undone stays undone until somebody asks for it again, whatever other rows say.
pub(super) fn judge(
    group: &[Claim<'_>],
    policy: OnConflict,
    items: &[Item],
    fates: &mut [RowFate],
) {
    // What somebody leaves out stands against nothing.
    let is_decided =
        |claim: &&Claim<'_>| !matches!(fates[claim.item], RowFate::Left(Left::Decided));
    let group: Vec<Claim<'_>> = group.iter().filter(is_decided).copied().collect();
    if group.is_empty() {
        return;
    }
    let is_kept = |claim: &Claim<'_>| matches!(fates[claim.item], RowFate::Kept(_));
    let settled = group.iter().rfind(|claim| is_kept(claim)).copied();
    let open: Vec<Claim<'_>> = group
        .iter()
        .filter(|claim| !is_kept(claim))
        .copied()
        .collect();
    let chosen = match policy.decides(0, group.len() - 1) {
        // Under another name, a row between them may disagree; then the last of them has to count.
        chosen if agree(&group) => Some(group[chosen.unwrap_or(0)]),
        chosen => chosen.map(|chosen| group[chosen]),
    };
    let Some(chosen) = chosen else {
        for claim in open {
            let other = |other: &&Claim<'_>| other.assignee != claim.assignee;
            let left = match settled {
                Some(settled) if settled.assignee == claim.assignee => {
                    Left::Duplicate { of: settled.item }
                }
                Some(settled) => Left::Conflict { with: settled.item },
                None => Left::Conflict {
                    with: group
                        .iter()
                        .find(other)
                        .expect("the group does not agree")
                        .item,
                },
            };
            leave(&mut fates[claim.item], left);
        }
        return;
    };
    // What may have been written is found out, whatever row says the same before it.
    let may_have_written = |claim: &&Claim<'_>| {
        claim.assignee == chosen.assignee
            && matches!(fates[claim.item], RowFate::Change(_))
            && items[claim.item]
                .earlier
                .as_deref()
                .is_some_and(Earlier::may_have_written)
    };
    let decides = match settled {
        Some(settled) if settled.assignee == chosen.assignee => settled,
        _ => open
            .iter()
            .find(may_have_written)
            .copied()
            .unwrap_or(chosen),
    };
    for claim in open.iter().filter(|claim| claim.item != decides.item) {
        let left = if claim.assignee == decides.assignee {
            Left::Duplicate { of: decides.item }
        } else {
            Left::Overruled { by: decides.item }
        };
        leave(&mut fates[claim.item], left);
    }
}

/// Whether all rows of a group want the same.
fn agree(group: &[Claim<'_>]) -> bool {
    let mut claims = group.iter();
    claims.all(|claim| claim.assignee == group[0].assignee)
}

/// Leaves a row out. What was undone stays so.
fn leave(fate: &mut RowFate, left: Left) {
    if !matches!(fate, RowFate::Left(Left::Undone)) {
        *fate = RowFate::Left(left);
    }
}
