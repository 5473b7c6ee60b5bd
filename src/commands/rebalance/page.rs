//! The page about everybody's load, which names users and no contact.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use crate::cli::RebalanceArgs;
use crate::rebalance::{MoveReason, Rebalanced};
use crate::report::{LoadReport, LoadTransfer, UserShare, spread_page};

use super::super::report;
use super::super::screen::tell;
use super::input::Input;
use super::show;
use super::source::LoadOrigin;

/// Leaves the page that was asked for.
pub(super) fn leave(
    args: &RebalanceArgs,
    input: &Input,
    result: &Rebalanced,
) -> anyhow::Result<()> {
    let Some(out) = &args.report else {
        return Ok(());
    };
    let spread = spread(args, input, result);
    report::save(out, |to| spread_page(&spread, to))?;
    tell(format!("The report is in {}", out.display()));
    Ok(())
}

fn spread(args: &RebalanceArgs, input: &Input, result: &Rebalanced) -> LoadReport {
    let (source, as_of) = match &input.given.origin {
        LoadOrigin::Sheet { name, .. } => (report::name(Path::new(name)), None),
        LoadOrigin::Workspace { name, as_of } => (name.clone(), Some(as_of.clone())),
    };
    let users = input.listed.iter().map(|user| UserShare {
        name: input.full_name(*user),
        share: result.shares[*user].clone(),
    });
    LoadReport {
        made: Timestamp::now(),
        source,
        as_of,
        roster: match &args.roster {
            Some(roster) => report::name(roster),
            None => args.roster_name(),
        },
        contacts: input.contacts.len(),
        moves: result.moves.len(),
        least: result.least,
        verdict: show::verdict(args, result),
        fair: show::what_is_fair(args),
        before: result.fairness_before,
        after: result.fairness_after,
        users: users.collect(),
        unassigned: result.unassigned,
        stays: show::reasons(result),
        closed: show::left_out(input, args),
        ways: ways(input, result),
    }
}

/// The moves by from whom, to whom and why.
fn ways(input: &Input, result: &Rebalanced) -> Vec<LoadTransfer> {
    // The page knows users by their place in its list.
    let mut places = vec![0; input.users.len()];
    for (place, user) in input.listed.iter().enumerate() {
        places[*user] = place;
    }
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for made in &result.moves {
        let holder = input.contacts[made.contact].holder;
        let from = holder.map(|holder| places[holder]);
        *counts.entry((from, places[made.to], made.why)).or_default() += 1;
    }
    let ways = counts
        .into_iter()
        .map(|((from, to, why), count)| LoadTransfer {
            from,
            to,
            count,
            why: match why {
                MoveReason::Unassigned => "nobody has them",
                MoveReason::GivesAll => "gives everything away",
                MoveReason::OtherGroup => "does not serve their group",
                MoveReason::Fuller => "has more than others",
            },
        });
    ways.collect()
}
