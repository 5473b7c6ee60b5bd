//! Rows judged against each other: which share a contact, and which of them decides.

use std::collections::{BTreeMap, HashMap};

use crate::contact::{Assignee, Identifier};
use crate::mapping::{Assignees, Item, Reading};
use crate::outcome::Status;

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

/// Which contact a row gives to whom; `None` if it has no say.
pub(super) fn says<'a>(
    item: &'a Item,
    fate: &Fate,
    assignees: &'a Assignees,
) -> Option<(&'a Identifier, &'a Assignee)> {
    match (fate, &item.reading, item.earlier.as_deref()) {
        (Fate::Kept(_), _, Some(earlier)) if earlier.status != Status::Skipped => {
            Some((earlier.contact.as_ref()?, earlier.assignee.as_ref()?))
        }
        (
            Fate::Change(_) | Fate::Left(Left::Drifted | Left::Undone),
            Reading::Mapping { contact, assignee },
            _,
        ) => Some((contact, assignees.get(*assignee))),
        _ => None,
    }
}

/// The same for a saved plan, which sends what was planned, whatever stands around it.
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

/// Decides between rows that share a contact.
pub(super) fn judge(group: &[Claim<'_>], policy: OnConflict, fates: &mut [Fate]) {
    let kept: Vec<bool> = group
        .iter()
        .map(|claim| matches!(fates[claim.item], Fate::Kept(_)))
        .collect();
    let agree = group
        .iter()
        .all(|claim| claim.assignee == group[0].assignee);
    let deciding = match policy.decides(0, group.len() - 1) {
        // Under another name, a row between them may disagree; then the last of them has to count.
        last if agree => {
            let kept = kept.iter().position(|kept| *kept);
            kept.or(last).unwrap_or(0)
        }
        Some(deciding) => deciding,
        None => {
            for (claim, _) in group.iter().zip(&kept).filter(|(_, kept)| !**kept) {
                let other = group.iter().find(|other| other.assignee != claim.assignee);
                let with = other.expect("the group does not agree").item;
                fates[claim.item] = Fate::Left(Left::Conflict { with });
            }
            return;
        }
    };
    let decides = group[deciding];
    for (claim, _) in group
        .iter()
        .zip(&kept)
        .filter(|(claim, kept)| !**kept && claim.item != decides.item)
    {
        fates[claim.item] = Fate::Left(if claim.assignee == decides.assignee {
            Left::Duplicate { of: decides.item }
        } else {
            Left::Overruled { by: decides.item }
        });
    }
}
