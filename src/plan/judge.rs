//! Rows judged against each other: which share a contact, and which of them decides.

use std::collections::{BTreeMap, HashMap};

use crate::contact::{Assignee, Identifier};
use crate::mapping::{Assignees, Item};

use super::left::says;
use super::live::Seen;
use super::{Fate, Left, OnConflict};

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
    fates: &[Fate],
    assignees: &'a Assignees,
    seen: &[Option<Seen>],
) -> Vec<Vec<Claim<'a>>> {
    let ids: HashMap<&Identifier, u64> = items
        .iter()
        .filter_map(|item| item.earlier.as_deref())
        .filter_map(|earlier| Some((earlier.contact.as_ref()?, earlier.contact_id?)))
        .collect();
    let mut first: HashMap<Key<'_>, Claim<'_>> = HashMap::with_capacity(items.len());
    let mut shared: BTreeMap<usize, Vec<Claim<'_>>> = BTreeMap::new();
    for (place, (item, fate)) in items.iter().zip(fates).enumerate() {
        let Some((contact, assignee)) = says(item, fate, assignees) else {
            continue;
        };
        let id = seen
            .get(place)
            .and_then(Option::as_ref)
            .map(|seen| &seen.id);
        let key = match (contact, id.or(ids.get(contact))) {
            (_, Some(id)) | (Identifier::Id(id), None) => Key::Id(*id),
            (contact, None) => Key::Other(contact),
        };
        let claim = Claim {
            item: place,
            assignee,
        };
        let earliest = *first.entry(key).or_insert(claim);
        if earliest.item != place {
            shared
                .entry(earliest.item)
                .or_insert_with(|| vec![earliest])
                .push(claim);
        }
    }
    shared.into_values().collect()
}

/// Decides between the rows of a saved plan, which sends what was planned, whatever stands around it.
pub(super) fn judge_saved(
    group: &[Claim<'_>],
    is_planned: impl Fn(usize) -> bool,
    policy: OnConflict,
    fates: &mut [Fate],
) {
    let counts = |claim: &Claim<'_>| match fates[claim.item] {
        Fate::Change(_) => is_planned(claim.item),
        Fate::Kept(_) => true,
        Fate::Left(_) => false,
    };
    let (ours, others): (Vec<Claim<'_>>, Vec<Claim<'_>>) = group.iter().copied().partition(counts);
    if !ours.iter().any(|claim| is_planned(claim.item)) {
        return judge(group, policy, fates);
    }
    judge(&ours, policy, fates);
    for claim in others {
        let is_sent = |ours: &&Claim<'_>| {
            ours.assignee == claim.assignee && matches!(fates[ours.item], Fate::Change(_))
        };
        let same = ours.iter().find(is_sent).map(|ours| ours.item);
        if let (Some(of), Fate::Change(_)) = (same, &fates[claim.item]) {
            fates[claim.item] = Fate::Left(Left::Duplicate { of });
        }
    }
}

/// Decides between rows that share a contact. What was settled stays settled, and a row that agrees with it is its
/// duplicate.
pub(super) fn judge(group: &[Claim<'_>], policy: OnConflict, fates: &mut [Fate]) {
    let is_kept = |claim: &Claim<'_>| matches!(fates[claim.item], Fate::Kept(_));
    let settled = group.iter().rfind(|claim| is_kept(claim)).copied();
    let open: Vec<Claim<'_>> = group
        .iter()
        .filter(|claim| !is_kept(claim))
        .copied()
        .collect();
    let agree = group
        .iter()
        .all(|claim| claim.assignee == group[0].assignee);
    let chosen = match policy.decides(0, group.len() - 1) {
        // Under another name, a row between them may disagree; then the last of them has to count.
        chosen if agree => Some(group[chosen.unwrap_or(0)]),
        chosen => chosen.map(|chosen| group[chosen]),
    };
    let Some(chosen) = chosen else {
        for claim in open {
            let other = |other: &&Claim<'_>| other.assignee != claim.assignee;
            fates[claim.item] = Fate::Left(match settled {
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
            });
        }
        return;
    };
    let decides = match settled {
        Some(settled) if settled.assignee == chosen.assignee => settled,
        _ => chosen,
    };
    for claim in open.iter().filter(|claim| claim.item != decides.item) {
        fates[claim.item] = Fate::Left(if claim.assignee == decides.assignee {
            Left::Duplicate { of: decides.item }
        } else {
            Left::Overruled { by: decides.item }
        });
    }
}
