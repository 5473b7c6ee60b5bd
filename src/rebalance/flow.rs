//! How much everybody gives and takes in each group: a min-cost flow.
//!
//! Everybody starts with what they have. A unit of load that moves is a path: from who has too much, through the group
//! it is of, to who takes it; through users of several groups it may take more than one move. What has to move (load
//! that nobody has, of those who give all away, above a maximum) costs less than everything else together, so it
//! moves first; a way past everybody ends the flow where no further move is worth its cost.
//!
//! Costs are one number for two aims, the first of which counts more than any difference in the second: on every cycle
//! of the network, the second changes by less than one step of the first.

use ac_library::MinCostFlowGraph;

use super::UserIndex;
use super::targets::{Ratio, Serving};

/// Fractions of a unit are told apart to this part.
const FINE: i128 = 1 << 20;
/// One step further from the target costs so much more, per doubling of the distance.
const STEP: i128 = 1 << 10;

/// What is optimised first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// The targets, then the number of moves.
    Targets,
    /// The number of moves, then the targets.
    FewMoves,
}

/// Within which loads somebody is near enough, and what would be fair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) low: u64,
    pub(super) high: u64,
    pub(super) fair: Ratio,
}

/// The problem.
#[derive(Debug)]
pub(super) struct Network<'a> {
    pub(super) serving: &'a Serving,
    /// What each member of each group has of it and may give, in the order of the members.
    pub(super) held: Vec<Vec<u64>>,
    /// Within which loads each user is near enough.
    pub(super) bounds: Vec<Bounds>,
}

/// The solution.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// How much more than now each member has of each group in the end; less is below 0.
    pub(super) more: Vec<Vec<i64>>,
    /// The load of each user in the end.
    pub(super) ends: Vec<u64>,
    /// How much load moves.
    pub(super) moved: u64,
}

/// An edge of the network that stands for a member of a group.
struct Membership {
    gives: usize,
    takes: usize,
}

impl Network<'_> {
    /// What each user has if nobody who serves a group gives any of it.
    pub(super) fn kept(&self) -> Vec<u64> {
        let mut kept = self.serving.fixed.clone();
        for (members, held) in self.serving.members.iter().zip(&self.held) {
            for (user, held) in members.iter().zip(held) {
                kept[*user] += held;
            }
        }
        kept
    }

    /// The best plan.
    pub(super) fn solve(&self, first: First) -> Planned {
        let (users, groups) = (self.bounds.len(), self.held.len());
        let (source, sink) = (users + groups, users + groups + 1);
        let nodes = (users + groups + 2) as i128;
        // Every number is even, so that one less is a tie broken in favour of not moving.
        let (far, moving) = match first {
            First::Targets => (4 * nodes, 2),
            First::FewMoves => (2, 8 * FINE),
        };
        let must = 4 * (FINE * far * 4 + nodes * moving);
        // Each path leaves the source once and enters the sink once; this keeps all costs above 0.
        let level = must + FINE * far;
        let mut graph = MinCostFlowGraph::<i128>::new(users + groups + 2);
        let mut all = 0;

        let kept = self.kept();
        for (user, (now, bounds)) in kept.iter().zip(&self.bounds).enumerate() {
            for piece in pieces(*now, bounds, first) {
                let cost = match piece.cost {
                    Cost::Must => -must,
                    Cost::Far(cost) => cost * far,
                };
                let (load, cost) = (i128::from(piece.load), level + cost);
                match piece.way {
                    Way::Less => {
                        all += load;
                        graph.add_edge(source, user, load, cost);
                    }
                    Way::More => {
                        graph.add_edge(user, sink, load, cost);
                    }
                }
            }
        }
        let mut memberships = Vec::with_capacity(groups);
        for (group, (members, held)) in self.serving.members.iter().zip(&self.held).enumerate() {
            let supply = i128::from(self.serving.supply[group]);
            let homeless = supply - held.iter().copied().map(i128::from).sum::<i128>();
            all += homeless;
            graph.add_edge(source, users + group, homeless, level - must);
            let membership = |(user, held): (&UserIndex, &u64)| Membership {
                gives: graph.add_edge(*user, users + group, (*held).into(), moving),
                takes: graph.add_edge(users + group, *user, supply, 0),
            };
            memberships.push(members.iter().zip(held).map(membership).collect::<Vec<_>>());
        }
        graph.add_edge(source, sink, all, 2 * level - 1);
        graph.flow(source, sink, all);

        let mut planned = Planned {
            more: Vec::with_capacity(groups),
            ends: kept,
            moved: 0,
        };
        for (group, memberships) in memberships.iter().enumerate() {
            let members = self.serving.members[group].iter();
            let more = members.zip(memberships).map(|(user, edges)| {
                let flow = |edge| whole(graph.get_edge(edge).flow);
                let more = flow(edges.takes) - flow(edges.gives);
                planned.ends[*user] = planned.ends[*user].saturating_add_signed(more);
                planned.moved += more.max(0).unsigned_abs();
                more
            });
            let more = more.collect();
            planned.more.push(more);
        }
        planned
    }
}

/// A flow is never larger than the load it came from.
fn whole(flow: i128) -> i64 {
    i64::try_from(flow).unwrap_or(i64::MAX)
}

/// A change of somebody's load that costs the same for each unit.
struct Piece {
    way: Way,
    load: u64,
    cost: Cost,
}

#[derive(Clone, Copy)]
enum Way {
    Less,
    More,
}

enum Cost {
    /// This has to happen.
    Must,
    /// How much further from the target it is; nearer is below 0.
    Far(i128),
}

/// Somebody's way from what they have down to the least and up to the most that is near enough.
fn pieces(now: u64, bounds: &Bounds, first: First) -> Vec<Piece> {
    let Bounds { low, high, fair } = *bounds;
    let (down, up) = (fair.floor(), fair.ceil());
    let mut pieces = Vec::new();
    let mut add = |way, from: u64, to: u64, cost| {
        if to > from {
            let load = to - from;
            pieces.push(Piece { way, load, cost });
        }
    };
    add(Way::Less, high.max(low), now, Cost::Must);
    add(Way::More, now, low, Cost::Must);
    // The fraction of the target decides whether rounding up is nearer than rounding down.
    let rounding = FINE - 2 * fair.remainder(FINE);
    let mut slopes = vec![(down, up, rounding / rounding_scale(first))];
    if first == First::FewMoves {
        let (mut near, mut slope) = (0_u64, STEP);
        let furthest = down.saturating_sub(low).max(high.saturating_sub(up));
        while near < furthest {
            let far = 2 * near + 1;
            slopes.push((up.saturating_add(near), up.saturating_add(far), slope));
            slopes.push((down.saturating_sub(far), down.saturating_sub(near), -slope));
            near = far;
            slope += STEP;
        }
    }
    let now = now.clamp(low, high.max(low));
    for (from, to, slope) in slopes {
        let (from, to) = (from.max(low), to.min(high));
        add(Way::More, from.max(now), to, Cost::Far(slope));
        add(Way::Less, from, to.min(now), Cost::Far(-slope));
    }
    pieces
}

/// With tolerance, distances count in larger steps, and a fraction is less than one.
fn rounding_scale(first: First) -> i128 {
    match first {
        First::Targets => 1,
        First::FewMoves => FINE / STEP,
    }
}
