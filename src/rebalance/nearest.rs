//! The nearest to fair for contacts that all weigh the same: how much everybody has of each group, improved until
//! nothing could be better.
//!
//! Distance is the sum of the squares of everybody's distance from the fair share. What has to leave somebody (or nobody)
//! counts apart from what may stay with them, and its fair share is 0.
//!
//! A change is a cycle: load leaves a user, goes through a group to another user, and perhaps on from there. Costs are
//! convex, so a spread that no cycle improves is the best there is. Large steps come first, then smaller ones.
//!
//! For a limited number of moves, each move gets a price. The distance that so many moves can reach is a convex curve
//! over their number; its corners are found by setting the price to the slope between two known corners.

use super::flow::Planned;
use super::targets::{Ratio, Serving};
use super::{UserIndex, signed};

/// Fractions of a unit are told apart to this part, where no common denominator is smaller.
const FINE: i128 = 1 << 20;

/// Two aims, the first of which decides; the second only between equals.
type Cost = (i128, i128);

/// What a step of distance costs, and what a move costs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Price {
    far: Cost,
    moving: Cost,
}

impl Price {
    /// The nearest first, then the fewest moves.
    pub(super) const NEAREST: Price = Price {
        far: (1, 0),
        moving: (0, 1),
    };
    /// The fewest moves first, then the nearest.
    pub(super) const FEWEST: Price = Price {
        far: (0, 1),
        moving: (1, 0),
    };
}

/// Somebody who has something of a group, or may get it.
#[derive(Clone, Debug)]
struct Member {
    node: usize,
    /// What they have of it to begin with.
    held: i64,
    has: i64,
    may_receive: bool,
}

impl Member {
    fn moved(&self, has: i64) -> i64 {
        (has - self.held).max(0)
    }
}

/// How much everybody has of each group. The nodes are the users, then those whom something has to leave.
#[derive(Clone, Debug)]
pub(super) struct Holdings {
    groups: Vec<Vec<Member>>,
    /// Whom something has to leave.
    leaving: Vec<Option<UserIndex>>,
    loads: Vec<i64>,
    /// The least and the most that each node may end with.
    bounds: Vec<(i64, i64)>,
    /// Fair shares, in parts of `scale`.
    fair: Vec<i128>,
    scale: i128,
}

/// What has to leave, by who has it: `(group, holder, load)`.
pub(super) type Homeless = (usize, Option<UserIndex>, u64);

impl Holdings {
    /// Everybody as they are. `held` is what each member has of each group, and may give.
    pub(super) fn new(
        serving: &Serving,
        held: &[Vec<u64>],
        homeless: &[Homeless],
        fair: &[Ratio],
    ) -> Holdings {
        let users = fair.len();
        let mut leaving: Vec<Option<UserIndex>> =
            homeless.iter().map(|(_, holder, _)| *holder).collect();
        leaving.sort_unstable();
        leaving.dedup();
        let mut loads: Vec<i64> = serving.fixed.iter().map(|load| signed(*load)).collect();
        loads.resize(users + leaving.len(), 0);
        let mut groups: Vec<Vec<Member>> = Vec::with_capacity(held.len());
        for (members, held) in serving.members.iter().zip(held) {
            let member = |(node, held): (&UserIndex, &u64)| {
                loads[*node] += signed(*held);
                Member {
                    node: *node,
                    held: signed(*held),
                    has: signed(*held),
                    may_receive: true,
                }
            };
            groups.push(members.iter().zip(held).map(member).collect());
        }
        for (group, holder, load) in homeless {
            let place = leaving.binary_search(holder);
            let node = users + place.unwrap_or_else(|place| place);
            loads[node] += signed(*load);
            groups[*group].push(Member {
                node,
                held: signed(*load),
                has: signed(*load),
                may_receive: false,
            });
        }
        let most = serving.most.iter().copied();
        let bounds = most.chain(leaving.iter().map(|_| None)).zip(&loads);
        let bounds = bounds.map(|(most, load)| (0, most.map_or(i64::MAX, signed).max(*load)));
        let scale = Ratio::common_denominator(fair).filter(|scale| *scale <= FINE);
        let scale = scale.unwrap_or(FINE);
        let fair = fair.iter().map(|fair| fair.scaled(scale));
        Holdings {
            bounds: bounds.collect(),
            fair: fair.chain(leaving.iter().map(|_| 0)).collect(),
            groups,
            leaving,
            loads,
            scale,
        }
    }

    /// As a plan says; its members are the first of each group.
    pub(super) fn follow(&mut self, planned: &Planned) {
        for (members, more) in self.groups.iter_mut().zip(&planned.more) {
            for (place, member) in members.iter_mut().enumerate() {
                let has = match more.get(place) {
                    Some(more) => member.held + more,
                    None => 0, // it has to leave
                };
                self.loads[member.node] += has - member.has;
                member.has = has;
            }
        }
    }

    /// Nobody ends outside of these loads, and nobody takes back what has to leave.
    pub(super) fn keep_within(&mut self, bounds: impl Iterator<Item = (u64, u64)>) {
        for ((bounds, load), (low, high)) in self.bounds.iter_mut().zip(&self.loads).zip(bounds) {
            *bounds = (signed(low).min(*load), signed(high).max(*load));
        }
        for member in self.groups.iter_mut().flatten() {
            if !member.may_receive {
                member.held = 0;
            }
        }
    }

    /// The same as a plan.
    pub(super) fn planned(&self, serving: &Serving) -> Planned {
        let more = self.groups.iter().zip(&serving.members);
        let more = more.map(|(all, members)| {
            let members = all.iter().take(members.len());
            members.map(|member| member.has - member.held).collect()
        });
        Planned {
            more: more.collect(),
            ends: self.loads[..self.loads.len() - self.leaving.len()]
                .iter()
                .map(|load| load.unsigned_abs())
                .collect(),
            moved: self.moves().unsigned_abs(),
        }
    }

    fn moves(&self) -> i64 {
        let members = self.groups.iter().flatten();
        members.map(|member| member.moved(member.has)).sum()
    }

    /// The sum of squares, up to a constant factor and a constant.
    fn distance(&self) -> i128 {
        let each = self.loads.iter().zip(&self.fair);
        each.map(|(load, fair)| {
            let load = i128::from(*load);
            load * (self.scale * load - 2 * fair)
        })
        .sum()
    }

    /// Improves this until nothing could be better at this price.
    pub(super) fn settle(&mut self, price: Price) {
        let largest = self.loads.iter().copied().max().unwrap_or(0).max(1);
        let mut step = 1 << largest.ilog2();
        while step > 0 {
            while self.improve(price, step, |_, _| true) {}
            step /= 2;
        }
    }

    /// The nearest that is possible with so many moves. `self` holds nothing moved, `nearest` the nearest of all.
    ///
    /// Where one contact may have to go through several users before it helps, a few moves may be left unused.
    pub(super) fn limited(
        mut self,
        mut nearest: Holdings,
        most: usize,
        serving: &Serving,
    ) -> Holdings {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        loop {
            let few = self.clone().between(nearest, most);
            let beyond = few.beyond(serving);
            if beyond.is_empty() {
                return few;
            }
            // So few moves do not bring them below their maximum: then they must not receive anything either.
            for member in self.groups.iter_mut().flatten() {
                member.may_receive &= !beyond.contains(&member.node);
            }
            nearest = self.clone();
            nearest.settle(Price::NEAREST);
        }
    }

    fn between(self, nearest: Holdings, most: i64) -> Holdings {
        let (mut few, mut many) = (self, nearest);
        loop {
            if many.moves() <= most {
                return many;
            }
            let moves = i128::from(many.moves() - few.moves());
            let gain = few.distance() - many.distance();
            let at = |moving| Price {
                far: (moves, 0),
                moving: (gain, moving),
            };
            let mut corner = many.clone();
            corner.settle(at(1));
            if corner.moves() <= few.moves() || corner.moves() >= many.moves() {
                // Nothing lies below the line between the two; what is on it costs the same for each move.
                let way = at(-1);
                while few.improve(way, 1, |before, made| before + made <= most) {}
                return few;
            }
            match corner.moves() <= most {
                true => few = corner,
                false => many = corner,
            }
        }
    }

    /// Those who receive something and end above their maximum.
    fn beyond(&self, serving: &Serving) -> Vec<UserIndex> {
        let members = self.groups.iter().flatten();
        let beyond = members.filter(|member| {
            let most = serving.most.get(member.node).copied().flatten();
            member.has > member.held
                && most.is_some_and(|most| self.load(member.node) > signed(most))
        });
        beyond.map(|member| member.node).collect()
    }

    /// All that a user has.
    fn load(&self, user: UserIndex) -> i64 {
        let users = self.loads.len() - self.leaving.len();
        let leaving = self.leaving.binary_search(&Some(user));
        self.loads[user] + leaving.map_or(0, |place| self.loads[users + place])
    }

    /// What has not left whom it has to leave.
    pub(super) fn left(&self) -> impl Iterator<Item = Homeless> {
        let users = self.loads.len() - self.leaving.len();
        let groups = self.groups.iter().enumerate();
        groups.flat_map(move |(group, members)| {
            let left = members.iter().filter(move |member| member.node >= users);
            left.map(move |member| {
                let holder = self.leaving[member.node - users];
                (group, holder, member.has.unsigned_abs())
            })
        })
    }

    /// Takes a step along cycles that improve it, if there are any. `allowed` is asked with the moves so far and those
    /// that a cycle adds.
    fn improve(&mut self, price: Price, step: i64, allowed: impl Fn(i64, i64) -> bool) -> bool {
        let (nodes, groups) = (self.loads.len(), self.groups.len());
        let ground = nodes + groups;
        let arcs = self.arcs(price, step);
        let mut costs: Vec<Cost> = vec![(0, 0); ground + 1];
        let mut by: Vec<Option<usize>> = vec![None; ground + 1];
        for _ in 0..=ground + 1 {
            let mut is_better = false;
            for (place, arc) in arcs.iter().enumerate() {
                let from = costs[arc.from];
                let cost = (from.0 + arc.cost.0, from.1 + arc.cost.1);
                if cost < costs[arc.to] {
                    (costs[arc.to], by[arc.to]) = (cost, Some(place));
                    is_better = true;
                }
            }
            if !is_better {
                return false;
            }
            let cycles = cycles(&arcs, &by);
            let mut has_changed = false;
            for cycle in &cycles {
                let made: i64 = cycle.iter().map(|place| arcs[*place].moves).sum();
                if allowed(self.moves(), made) {
                    cycle.iter().for_each(|place| self.take(&arcs[*place]));
                    has_changed = true;
                }
            }
            if !cycles.is_empty() {
                return has_changed;
            }
        }
        false
    }

    fn arcs(&self, price: Price, step: i64) -> Vec<Arc> {
        let nodes = self.loads.len();
        let ground = nodes + self.groups.len();
        let mut arcs = Vec::new();
        for (group, members) in self.groups.iter().enumerate() {
            for (place, member) in members.iter().enumerate() {
                let mut arc = |from, to, has| {
                    let moves = member.moved(has) - member.moved(member.has);
                    let cost = i128::from(moves);
                    arcs.push(Arc {
                        from,
                        to,
                        cost: (price.moving.0 * cost, price.moving.1 * cost),
                        moves,
                        what: What::Has(group, place, has - member.has),
                    });
                };
                if member.has >= step {
                    arc(member.node, nodes + group, member.has - step);
                }
                if member.may_receive || member.has + step <= member.held {
                    arc(nodes + group, member.node, member.has + step);
                }
            }
        }
        for (node, (load, (low, high))) in self.loads.iter().zip(&self.bounds).enumerate() {
            let mut arc = |from, to, more: i64| {
                let (load, more_load) = (i128::from(*load), i128::from(more));
                let far = more_load
                    * (2 * (self.scale * load - self.fair[node]) + self.scale * more_load);
                arcs.push(Arc {
                    from,
                    to,
                    cost: (price.far.0 * far, price.far.1 * far),
                    moves: 0,
                    what: What::Load(node, more),
                });
            };
            if load - step >= *low {
                arc(ground, node, -step);
            }
            if *load <= high - step {
                arc(node, ground, step);
            }
        }
        arcs
    }

    fn take(&mut self, arc: &Arc) {
        match arc.what {
            What::Has(group, place, more) => self.groups[group][place].has += more,
            What::Load(node, more) => self.loads[node] += more,
        }
    }
}

/// A step that is possible.
struct Arc {
    from: usize,
    to: usize,
    cost: Cost,
    moves: i64,
    what: What,
}

enum What {
    Has(usize, usize, i64),
    Load(usize, i64),
}

/// The cycles among the last arcs to each node; no two of them share a node.
fn cycles(arcs: &[Arc], by: &[Option<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut seen = vec![UNSEEN; by.len()];
    let mut cycles = Vec::new();
    for start in 0..by.len() {
        let mut node = start;
        while seen[node] == UNSEEN {
            seen[node] = start;
            match by[node] {
                Some(place) => node = arcs[place].from,
                None => break,
            }
        }
        if seen[node] != start || by[node].is_none() {
            continue;
        }
        // The walk came back to where it had been: unless it ended there, this is a cycle.
        let (first, mut cycle) = (node, Vec::new());
        while let Some(place) = by[node] {
            cycle.push(place);
            node = arcs[place].from;
            if node == first {
                cycles.push(cycle);
                break;
            }
        }
    }
    cycles
}
