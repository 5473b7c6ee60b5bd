//! The fairest load with the fewest moves: pure.
//!
//! Contacts with their holders and a roster become targets, and targets become moves. Three steps, each in a file:
//!
//! 1. `targets`: what would be everybody's fair share if contacts could be cut into pieces. Load per capacity is
//!    made as even as groups, maxima and what must stay allow: first for those who cannot be relieved of the highest
//!    load per capacity, then for the next, and so on. These shares are unique, so a user of several groups has one
//!    target, whatever the groups are: who is busy in one group gets less of the other.
//! 2. `flow`: how much everybody gives and takes in each group. Contacts that one user holds in one group are alike
//!    here, so the network has as many nodes as users and groups, however many contacts there are. Without tolerance,
//!    first the targets are met, then the fewest moves are made; with tolerance, first the fewest moves that bring
//!    everybody within it, then the nearest to the targets. `nearest` improves this until nothing could be better, and
//!    finds what so many moves can do where their number is limited. Nearest means: the least sum of squared distances.
//! 3. `choose`: which contacts those are. With equal weights exactly as many as the network says. With others, the
//!    heaviest that fit go from the fullest to the emptiest. `whole` then improves that contact by contact, and compares
//!    every way where there are few.
//!
//! Reading sheets, names of users and groups, and everything that is shown is left to others.

mod by_contact;
mod choose;
mod figures;
mod flow;
mod nearest;
mod targets;
mod task;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Rem;

use choose::{Chosen, MoveLimit, Rooms};
use flow::{Bounds, First, Network, Planned};
use nearest::{Holdings, Price};
use targets::{Ratio, Serving};
use task::Task;

pub(crate) use figures::Fairness;

/// A place in the list of users.
pub(crate) type UserIndex = usize;
/// A place in the list of groups.
pub(crate) type GroupIndex = usize;

/// Somebody who has contacts or may get some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LoadUser {
    /// How much of the load is theirs, compared with others; 0: they give everything away.
    pub capacity: u64,
    /// The load that they must not exceed by what they receive.
    pub maximum: Option<u64>,
    /// The groups whose contacts they take.
    pub groups: Vec<GroupIndex>,
}

/// A contact, as far as the load goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WeighedContact {
    /// Who has it; `None`: nobody.
    pub holder: Option<UserIndex>,
    /// The group whose users may have it; `None`: it stays where it is.
    pub group: Option<GroupIndex>,
    /// How much load it is.
    pub weight: u64,
    /// The day of the last activity, counted from any day; `None` if that is not known.
    pub active: Option<i32>,
    /// Whether it may move.
    pub mark: Movability,
}

/// Whether a contact may move, as far as its own row says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Movability {
    /// It may.
    #[default]
    Free,
    /// Somebody pinned it where it is.
    Pinned,
    /// Its row does not say which contact it is, so nothing can be written about it.
    Unreadable,
}

/// Whose contacts may move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum RebalanceScope {
    /// Everybody's, and those that nobody has.
    #[default]
    All,
    /// Those of these users only, who give all of them away.
    From(Vec<UserIndex>),
    /// The same, shared out without regard to what those who take them have: only what moves is made fair.
    Handover(Vec<UserIndex>),
    /// Those that nobody has only.
    Unassigned,
}

/// How near to the target is near enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tolerance {
    /// So much load.
    Load(u64),
    /// A share of the target, in millionths.
    Millionths(u32),
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct RebalanceOptions {
    /// Whose contacts may move.
    pub scope: RebalanceScope,
    /// How near to the target is near enough.
    pub tolerance: Tolerance,
    /// No more moves than this.
    pub max_moves: Option<usize>,
    /// Only contacts whose last activity was on this day or before.
    pub idle_since: Option<i32>,
}

/// Why a contact stays where it is, whatever the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stays {
    /// It is pinned.
    Pinned,
    /// Its row does not say which contact it is.
    Unreadable,
    /// It is of no group, and others are.
    NoGroup,
    /// Its last activity was too recently.
    Active,
    /// Its last activity is not known, and only idle ones are to move.
    ActivityUnknown,
    /// It is with nobody whose contacts may move.
    OutOfScope,
    /// Somebody has it, and only what nobody has is to move.
    Held,
}

/// Why a contact moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum MoveReason {
    /// Nobody has it.
    Unassigned,
    /// Its holder gives everything away.
    GivesAll,
    /// Its holder does not serve its group.
    OtherGroup,
    /// Its holder has more than others.
    Fuller,
}

/// A contact that changes hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    /// Its place in the list of contacts.
    pub contact: usize,
    /// Who gets it.
    pub to: UserIndex,
    /// Why it leaves who has it.
    pub why: MoveReason,
}

/// What becomes of one user's load.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Share {
    /// The load before.
    pub before: u64,
    /// The load after.
    pub after: u64,
    /// The fair load, which may be a fraction.
    pub target: f64,
    /// How many contacts leave.
    pub gives: usize,
    /// How many contacts come.
    pub receives: usize,
}

/// The least number of moves that does the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Least {
    /// This many, proven.
    Exactly(usize),
    /// Not fewer than this; with weights nobody can say more in reasonable time.
    AtLeast(usize),
}

/// What to move, and what becomes of everybody's load.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rebalanced {
    /// The moves, in the order of the contacts.
    pub moves: Vec<Move>,
    /// Every user's load, in the order of the users.
    pub shares: Vec<Share>,
    /// The load that nobody has, before and after.
    pub unassigned: (u64, u64),
    /// How many contacts stay where they are, and why.
    pub stays: BTreeMap<Stays, usize>,
    /// How many contacts should leave their holder and found nobody whose maximum has room for their weight.
    pub unplaced: usize,
    /// Whether a limit for the moves left some of them out.
    pub is_limited: bool,
    /// Whether everybody ends within the tolerance. `false` where whole contacts do not allow that, too.
    pub is_near: bool,
    /// The least number of moves that does the same.
    pub least: Least,
    /// How even the load was.
    pub fairness_before: Fairness,
    /// How even it is now.
    pub fairness_after: Fairness,
}

/// Why the load cannot be spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// A group has contacts that may move, and no user who takes them.
    NobodyServes {
        /// The group.
        group: GroupIndex,
        /// How many contacts.
        contacts: usize,
    },
    /// The maxima leave too little room.
    NoRoom {
        /// The groups whose contacts do not fit.
        groups: Vec<GroupIndex>,
        /// Their load.
        load: u64,
        /// What those who serve them have room for.
        room: u64,
    },
}

/// The largest load that every weight is a multiple of. What a maximum is above such a multiple is never used.
pub(crate) fn unit(contacts: &[WeighedContact]) -> u64 {
    let weights = contacts.iter().map(|contact| contact.weight);
    weights.fold(0, gcd).max(1)
}

/// Spreads the load. `groups` is how many groups there are. Of contacts that are alike, those move first that are idle
/// longest, then those that stand first: callers sort by what identifies a contact, so that the same contacts in
/// another order move alike.
///
/// # Errors
/// If it is impossible whatever moves.
///
/// # Panics
/// If a contact or a user names a user or group that is not there.
pub(crate) fn rebalance(
    contacts: &[WeighedContact],
    users: &[LoadUser],
    groups: usize,
    options: &RebalanceOptions,
) -> Result<Rebalanced, Error> {
    let task = Task::new(contacts, users, groups, options);
    task.can_be_served()?;
    let (serving, pools, unit) = (&task.serving, &task.pools, task.unit);
    let fair = targets::fair(serving).map_err(|short| Error::NoRoom {
        groups: short.groups,
        load: short.load * unit,
        room: short.room * unit,
    })?;
    let network = Network {
        serving,
        held: pools.iter().map(choose::Pool::held).collect(),
        bounds: bounds(&fair, serving, options.tolerance, unit),
    };
    let first = match options.tolerance {
        Tolerance::Load(0) | Tolerance::Millionths(0) => First::Targets,
        Tolerance::Load(_) | Tolerance::Millionths(_) => First::FewMoves,
    };
    let planned = network.solve(first);
    let plan = match task.is_equal {
        true => of_equal_weight(&network, pools, &fair, first, planned, options.max_moves),
        false => of_any_weight(&network, pools, first, &planned, options.max_moves),
    };
    let ends = task.ends(plan.chosen.moves);
    let least = plan.least.unwrap_or_else(|| {
        let after: Vec<u64> = ends.shares.iter().map(|share| share.after).collect();
        Least::AtLeast(choose::least(pools, contacts, unit, &network, &after))
    });
    Ok(task.told(ends, &fair, plan.chosen.unplaced, plan.is_limited, least))
}

/// What moves.
struct Plan {
    chosen: Chosen,
    /// The least number of moves without a limit, where it is known.
    least: Option<Least>,
    /// Whether there would be more moves without a limit.
    is_limited: bool,
}

/// Which contacts move, if all weigh the same: the plan to the end, or as far as so many moves go.
fn of_equal_weight(
    network: &Network<'_>,
    pools: &[choose::Pool],
    fair: &[Ratio],
    first: First,
    planned: Planned,
    most: Option<usize>,
) -> Plan {
    let homeless = pools.iter().enumerate().flat_map(|(group, pool)| {
        let loads = pool.homeless();
        loads.map(move |(holder, load)| (group, holder, load))
    });
    let homeless: Vec<nearest::Homeless> = homeless.collect();
    let as_it_is = Holdings::new(network.serving, &network.held, &homeless, fair);
    let mut spread = as_it_is.clone();
    spread.follow(&planned);
    let mut best = spread.clone();
    let bounds = network.bounds.iter();
    best.keep_within(bounds.map(|bounds| (bounds.low, bounds.high)));
    best.settle(match first {
        First::Targets => Price::NEAREST,
        First::FewMoves => Price::FEWEST,
    });
    let planned = best.planned(network.serving);
    let all = usize::try_from(planned.moved).unwrap_or(usize::MAX);
    let least = Some(Least::Exactly(all));
    let Some(most) = most.filter(|most| *most < all) else {
        return Plan {
            chosen: choose::choose(pools, &planned, Rooms::planned(), MoveLimit::None),
            least,
            is_limited: false,
        };
    };
    spread.settle(Price::NEAREST);
    let few = as_it_is.limited(spread, most, network.serving);
    let mut leaving = pools.to_vec();
    for (group, holder, load) in few.left() {
        leaving[group].keep(holder, usize::try_from(load).unwrap_or(usize::MAX));
    }
    let planned = few.planned(network.serving);
    let chosen = choose::choose(&leaving, &planned, Rooms::planned(), MoveLimit::None);
    Plan {
        chosen: improved(network, pools, first, chosen, Some(most)).0,
        least,
        is_limited: true,
    }
}

/// Which contacts move, if some weigh more than others.
fn of_any_weight(
    network: &Network<'_>,
    pools: &[choose::Pool],
    first: First,
    planned: &Planned,
    most: Option<usize>,
) -> Plan {
    let mut loads = network.kept();
    for (holder, load) in pools.iter().flat_map(choose::Pool::homeless) {
        holder.into_iter().for_each(|holder| loads[holder] += load);
    }
    let whole = |limit: Option<usize>| {
        let rooms = Rooms::checked(loads.clone(), network.serving);
        let moves = limit.map_or(MoveLimit::None, MoveLimit::Moves);
        let chosen = choose::choose(pools, planned, rooms, moves);
        improved(network, pools, first, chosen, limit)
    };
    let (all, is_best) = whole(None);
    match most {
        Some(most) if most < all.moves.len() => Plan {
            chosen: whole(Some(most)).0,
            least: None,
            is_limited: true,
        },
        _ => Plan {
            least: is_best.then_some(Least::Exactly(all.moves.len())),
            chosen: all,
            is_limited: false,
        },
    }
}

/// What was chosen, improved contact by contact; and whether it is known to be the best there is.
fn improved(
    network: &Network<'_>,
    pools: &[choose::Pool],
    first: First,
    chosen: Chosen,
    limit: Option<usize>,
) -> (Chosen, bool) {
    let problem = by_contact::PlacementProblem::new(network, pools, first, limit);
    let to: BTreeMap<usize, UserIndex> = chosen.moves.into_iter().collect();
    let at = problem.contacts.iter().map(|contact| {
        let to = to.get(&contact.item.place());
        to.copied().unwrap_or(contact.home)
    });
    let mut spread = problem.spread(at.collect());
    problem.improve(&mut spread);
    let is_best = by_contact::best(&problem, &mut spread);
    if !is_best {
        // What was found before it was given up may be improved once more.
        problem.improve(&mut spread);
    }
    let chosen = Chosen {
        moves: problem.moves(&spread),
        unplaced: match limit {
            None => problem.stranded(&spread),
            Some(_) => 0,
        },
    };
    (chosen, is_best)
}

/// Why a contact of a group does not move, if it does not.
fn staying(contact: &WeighedContact, options: &RebalanceOptions) -> Option<Stays> {
    match contact.mark {
        Movability::Pinned => return Some(Stays::Pinned),
        Movability::Unreadable => return Some(Stays::Unreadable),
        Movability::Free => {}
    }
    match (&options.scope, contact.holder) {
        (RebalanceScope::All, _) | (RebalanceScope::Unassigned, None) => {}
        (RebalanceScope::Unassigned, Some(_)) => return Some(Stays::Held),
        (RebalanceScope::From(from) | RebalanceScope::Handover(from), holder) => {
            if !holder.is_some_and(|holder| from.contains(&holder)) {
                return Some(Stays::OutOfScope);
            }
        }
    }
    match (options.idle_since, contact.active) {
        (Some(_), None) => Some(Stays::ActivityUnknown),
        (Some(since), Some(active)) if active > since => Some(Stays::Active),
        _ => None,
    }
}

/// The loads with which everybody is near enough.
fn bounds(fair: &[Ratio], serving: &Serving, tolerance: Tolerance, unit: u64) -> Vec<Bounds> {
    let bounds = |(user, fair): (usize, &Ratio)| {
        let (down, up) = (fair.floor(), fair.ceil());
        let (low, high) = match tolerance {
            Tolerance::Load(load) => {
                let (load, unit) = (i128::from(load), i128::from(unit));
                (fair.plus(-load, unit).ceil(), fair.plus(load, unit).floor())
            }
            Tolerance::Millionths(share) => {
                let part = |share: i128| fair.times(1_000_000 + share, 1_000_000);
                (
                    part(-i128::from(share)).ceil(),
                    part(i128::from(share)).floor(),
                )
            }
        };
        let most = serving.most[user].unwrap_or(u64::MAX);
        Bounds {
            low: low.min(down).max(serving.fixed[user]),
            high: high.max(up).min(most),
            fair: *fair,
        }
    };
    fair.iter().enumerate().map(bounds).collect()
}

fn gcd<T: Copy + Default + PartialEq + Rem<Output = T>>(one: T, other: T) -> T {
    match other == T::default() {
        true => one,
        false => gcd(other, one % other),
    }
}

/// Loads are far below the half of what fits.
fn signed(load: u64) -> i64 {
    i64::try_from(load).unwrap_or(i64::MAX)
}
