//! What becomes of everybody's load, as plain values for the room that writes JSON.

use std::collections::BTreeMap;

use crate::cli::{RebalanceArgs, ToleranceArg};
use crate::json::rebalance::{
    FairnessDocument, Fewest, FiguresDocument, MoveDocument, Pair, RebalanceDocument,
    ToleranceDocument, UserDocument,
};
use crate::mapping::MILLIONTHS;
use crate::rebalance::{self, Least, Rebalanced, Stays};

use super::input::Input;
use super::write::{cells, in_order};

/// What programs are told.
pub(super) fn document<'a>(
    input: &'a Input,
    args: &RebalanceArgs,
    result: &Rebalanced,
) -> RebalanceDocument<'a> {
    let load = |millionths: u64| millionths as f64 / MILLIONTHS as f64;
    let user = |index: usize| {
        let share = &result.shares[index];
        UserDocument {
            user: input.who[index].to_string(),
            name: input.full_name(index),
            capacity: load(input.users[index].capacity),
            before: load(share.before),
            after: load(share.after),
            fair: share.target / MILLIONTHS as f64,
            gives: share.gives,
            receives: share.receives,
        }
    };
    let mut stays: BTreeMap<&str, usize> = result
        .stays
        .iter()
        .map(|(why, count)| (name(*why), *count))
        .collect();
    if result.unplaced > 0 {
        stays.insert("no_room", result.unplaced);
    }
    let made = |made: &rebalance::Move| {
        let [contact, from, to, reason] = cells(input, result, made);
        MoveDocument {
            contact,
            from,
            to,
            reason,
        }
    };
    RebalanceDocument {
        load: input.given.origin.name(),
        roster: args.roster_name(),
        contacts: input.contacts.len(),
        tolerance: match args.moving.tolerance {
            ToleranceArg::Load(load) => ToleranceDocument::Load(load),
            ToleranceArg::Percent(percent) => ToleranceDocument::Percent(percent),
        },
        users: input.listed.iter().copied().map(user).collect(),
        unassigned: Pair {
            before: load(result.unassigned.0),
            after: load(result.unassigned.1),
        },
        fairness: FairnessDocument {
            before: figures(result.fairness_before),
            after: figures(result.fairness_after),
        },
        stays,
        least: match result.least {
            Least::Exactly(moves) => Fewest {
                moves,
                proven: true,
            },
            Least::AtLeast(moves) => Fewest {
                moves,
                proven: false,
            },
        },
        moves: in_order(input, result).into_iter().map(made).collect(),
    }
}

fn figures(fairness: rebalance::Fairness) -> FiguresDocument {
    FiguresDocument {
        furthest: fairness.largest / MILLIONTHS as f64,
        gini: fairness.gini,
    }
}

fn name(why: Stays) -> &'static str {
    match why {
        Stays::Pinned => "pinned",
        Stays::Unreadable => "unreadable",
        Stays::NoGroup => "no_group",
        Stays::Active => "active",
        Stays::ActivityUnknown => "activity_unknown",
        Stays::OutOfScope | Stays::Held => "not_asked_for",
    }
}
