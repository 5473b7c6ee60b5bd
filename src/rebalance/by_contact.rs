//! Whole contacts: who has which, how good that is, and what would be better.
//!
//! With weights, and with a limit for the moves where users serve several groups, the network is only a guide: its load
//! has to be made of whole contacts. What it led to is improved here, one contact or one exchange of two contacts at a
//! time, until none of these changes is better; where there are few contacts, every way to give them out is compared.

mod exact;

use std::collections::BTreeMap;

use super::UserIndex;
use super::choose::{MovableContact, Pool};
use super::flow::{Bounds, First, Network};
use super::targets::Serving;

pub(super) use exact::best;

/// How many changes are tried at most; what is found by then is kept.
const TRIES: usize = 4_000_000;
/// Scores closer than this part of what they are made of are equal.
const EQUAL: f64 = 1e-9;

/// A contact that may move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Movable {
    pub(super) item: MovableContact,
    pub(super) group: usize,
    /// The node that has it.
    pub(super) home: usize,
}

/// What is asked for. The nodes are the users, then those whom something has to leave: that counts apart from what may
/// stay with them, and its fair share is 0.
pub(super) struct PlacementProblem<'a> {
    pub(super) serving: &'a Serving,
    pub(super) bounds: &'a [Bounds],
    pub(super) first: First,
    /// With a limit, contacts that should leave may stay, and the nearest is what counts.
    pub(super) limit: Option<usize>,
    pub(super) contacts: Vec<Movable>,
    /// Whom something has to leave.
    leaving: Vec<Option<UserIndex>>,
}

/// How good it is: less is better, the first number that differs decides.
type Score = [f64; 4];

/// Who has which contact, by place in [`PlacementProblem::contacts`].
#[derive(Clone, Debug)]
pub(super) struct Placement {
    pub(super) at: Vec<usize>,
    loads: Vec<u64>,
    /// How many contacts each user has received.
    received: Vec<usize>,
    moves: usize,
}

impl<'a> PlacementProblem<'a> {
    pub(super) fn new(
        network: &'a Network<'_>,
        pools: &[Pool],
        first: First,
        limit: Option<usize>,
    ) -> PlacementProblem<'a> {
        let users = network.bounds.len();
        let homeless = pools.iter().flat_map(Pool::homeless);
        let mut leaving: Vec<Option<UserIndex>> = homeless.map(|(holder, _)| holder).collect();
        leaving.sort_unstable();
        leaving.dedup();
        let mut contacts = Vec::new();
        for (group, pool) in pools.iter().enumerate() {
            contacts.extend(pool.items().map(|(holder, item)| {
                let serves = holder.filter(|user| network.serving.serves(*user, group));
                let place = || leaving.binary_search(&holder).unwrap_or_else(|place| place);
                Movable {
                    item,
                    group,
                    home: serves.unwrap_or_else(|| users + place()),
                }
            }));
        }
        PlacementProblem {
            serving: network.serving,
            bounds: &network.bounds,
            first,
            limit,
            contacts,
            leaving,
        }
    }

    /// Nothing given out yet.
    fn nothing(&self) -> Placement {
        let fixed = self.serving.fixed.iter().copied();
        let loads: Vec<u64> = fixed.chain(self.leaving.iter().map(|_| 0)).collect();
        Placement {
            received: vec![0; loads.len()],
            loads,
            moves: 0,
            at: Vec::new(),
        }
    }

    /// Whether a contact has to leave where it is.
    fn must_leave(&self, contact: &Movable) -> bool {
        contact.home >= self.bounds.len()
    }

    /// The user of a node, and the node of what has to leave that user.
    fn nodes(&self, node: usize) -> (Option<UserIndex>, Option<usize>) {
        let users = self.bounds.len();
        let user = match node.checked_sub(users) {
            Some(place) => self.leaving[place],
            None => Some(node),
        };
        let place = self.leaving.binary_search(&user).ok();
        (user, place.map(|place| users + place))
    }

    /// Everybody's load while `at` says who has which contact.
    pub(super) fn spread(&self, at: Vec<usize>) -> Placement {
        let mut spread = Placement {
            at,
            ..self.nothing()
        };
        for (contact, at) in self.contacts.iter().zip(&spread.at) {
            spread.loads[*at] += contact.item.weight;
            if *at != contact.home {
                spread.received[*at] += 1;
                spread.moves += 1;
            }
        }
        spread
    }

    /// What one user's load adds to the score.
    fn part(&self, user: usize, load: u64) -> Score {
        let square = |distance: f64| distance * distance;
        let Some(bounds) = self.bounds.get(user) else {
            let far = square(load as f64);
            return self.score(0, far, 0, far);
        };
        let far = square(load as f64 - bounds.fair.to_f64());
        let beyond = match load {
            load if load > bounds.high => load - bounds.high,
            load => bounds.low.saturating_sub(load),
        };
        self.score(0, square(beyond as f64), 0, far)
    }

    fn score(&self, stranded: usize, beyond: f64, moves: usize, far: f64) -> Score {
        let (stranded, moves) = (stranded as f64, moves as f64);
        match (self.limit, self.first) {
            (Some(_), _) => [0.0, far, moves, 0.0],
            (None, First::Targets) => [stranded, far, moves, 0.0],
            (None, First::FewMoves) => [stranded, beyond, moves, far],
        }
    }

    /// Whether a user may end so: with so much, what has to leave included, and so many contacts received.
    fn is_allowed(&self, user: UserIndex, load: u64, received: usize) -> bool {
        received == 0 || self.serving.most[user].is_none_or(|most| load <= most)
    }

    fn own(&self, place: usize, at: usize) -> (bool, bool) {
        let contact = &self.contacts[place];
        let is_moved = at != contact.home;
        (is_moved, !is_moved && self.must_leave(contact))
    }

    /// Where a contact may be.
    fn places(&self, place: usize) -> impl Iterator<Item = usize> {
        let contact = &self.contacts[place];
        let members = &self.serving.members[contact.group];
        let stays = !self.must_leave(contact) || self.limit.is_some();
        let home = stays.then_some(contact.home);
        home.into_iter().chain(
            members
                .iter()
                .copied()
                .filter(move |user| *user != contact.home),
        )
    }

    fn may_be(&self, place: usize, at: usize) -> bool {
        let contact = &self.contacts[place];
        if at == contact.home {
            return !self.must_leave(contact) || self.limit.is_some();
        }
        self.serving.serves(at, contact.group)
    }

    /// Whether these contacts, put there, make it better; then they are.
    fn change(&self, spread: &mut Placement, changes: &[(usize, usize)]) -> bool {
        let mut users: [Option<(usize, u64, usize)>; 4] = [None; 4];
        let mut count = 0;
        let (mut moves, mut stranded) = (0_i32, 0_i32);
        for (place, to) in changes {
            let from = spread.at[*place];
            let (was_moved, was_stranded) = self.own(*place, from);
            let (is_moved, is_stranded) = self.own(*place, *to);
            moves += i32::from(is_moved) - i32::from(was_moved);
            stranded += i32::from(is_stranded) - i32::from(was_stranded);
            let weight = self.contacts[*place].item.weight;
            for user in [from, *to] {
                let is_known = |known: &Option<(usize, u64, usize)>| {
                    known.is_some_and(|(known, ..)| known == user)
                };
                let index = users.iter().position(is_known).unwrap_or(count);
                count = count.max(index + 1);
                let (_, load, received) =
                    users[index].get_or_insert((user, spread.loads[user], spread.received[user]));
                if user == from {
                    *load -= weight;
                    *received -= usize::from(was_moved);
                } else {
                    *load += weight;
                    *received += usize::from(is_moved);
                }
            }
        }
        let all = i64::try_from(spread.moves).unwrap_or(i64::MAX) + i64::from(moves);
        if self
            .limit
            .is_some_and(|limit| moves > 0 && all > limit as i64)
        {
            return false;
        }
        let mut gain = self.score(0, 0.0, 0, 0.0);
        let mut size = [0.0_f64; 4];
        for (user, load, _) in users.iter().flatten() {
            let now = |node: usize| {
                let changed = users
                    .iter()
                    .flatten()
                    .find(|(changed, ..)| *changed == node);
                changed.map_or(
                    (spread.loads[node], spread.received[node]),
                    |(_, load, received)| (*load, *received),
                )
            };
            if let (Some(owner), leaving) = self.nodes(*user) {
                let (load, received) = now(owner);
                let leaving = leaving.map_or(0, |node| now(node).0);
                if !self.is_allowed(owner, load + leaving, received) {
                    return false;
                }
            }
            let (before, after) = (
                self.part(*user, spread.loads[*user]),
                self.part(*user, *load),
            );
            for index in 0..4 {
                gain[index] += after[index] - before[index];
                size[index] += after[index] + before[index];
            }
        }
        // Both are small whole numbers, which add up exactly.
        let own = self.score(
            stranded.unsigned_abs() as usize,
            0.0,
            moves.unsigned_abs() as usize,
            0.0,
        );
        let signs = self.score(1, 0.0, 1, 0.0);
        for index in 0..4 {
            if signs[index] > 0.0 {
                let sign = if index == 0 { stranded } else { moves };
                gain[index] += own[index] * f64::from(sign.signum());
                size[index] += 1.0;
            }
        }
        let decides = (0..4).find(|index| gain[*index].abs() > EQUAL * (1.0 + size[*index]));
        if decides.is_none_or(|index| gain[index] > 0.0) {
            return false;
        }
        for (user, load, received) in users.into_iter().flatten() {
            (spread.loads[user], spread.received[user]) = (load, received);
        }
        for (place, to) in changes {
            spread.at[*place] = *to;
        }
        spread.moves = usize::try_from(all).unwrap_or_default();
        true
    }

    /// Improves a spread until no other place for one contact, and no exchange of two, is better.
    pub(super) fn improve(&self, spread: &mut Placement) {
        let mut tries = 0;
        loop {
            // What has moved comes first: there a change costs no further move.
            let mut order: Vec<usize> = (0..self.contacts.len()).collect();
            order.sort_by_key(|place| spread.at[*place] == self.contacts[*place].home);
            let mut is_better = false;
            for place in order.iter().copied() {
                for to in self.places(place) {
                    tries += 1;
                    if to != spread.at[place] {
                        is_better |= self.change(spread, &[(place, to)]);
                    }
                }
                if tries > TRIES {
                    return;
                }
            }
            if is_better {
                continue;
            }
            for (index, one) in order.iter().copied().enumerate() {
                for other in order[index + 1..].iter().copied() {
                    let (from, to) = (spread.at[one], spread.at[other]);
                    tries += 1;
                    if from != to && self.may_be(one, to) && self.may_be(other, from) {
                        is_better |= self.change(spread, &[(one, to), (other, from)]);
                    }
                }
                if tries > TRIES {
                    return;
                }
            }
            if !is_better {
                return;
            }
        }
    }

    /// The moves of a spread: contact and new holder. Of contacts that are alike those move first that are idle longest.
    pub(super) fn moves(&self, spread: &Placement) -> Vec<(usize, UserIndex)> {
        let mut alike: BTreeMap<_, (Vec<MovableContact>, Vec<UserIndex>)> = BTreeMap::new();
        for (contact, at) in self.contacts.iter().zip(&spread.at) {
            let key = (contact.group, contact.home, contact.item.weight);
            let (items, to) = alike.entry(key).or_default();
            items.push(contact.item);
            if *at != contact.home {
                to.push(*at);
            }
        }
        let mut moves = Vec::with_capacity(spread.moves);
        for (mut items, mut to) in alike.into_values() {
            items.sort_unstable();
            to.sort_unstable();
            moves.extend(items.iter().map(MovableContact::place).zip(to));
        }
        moves
    }

    /// How many contacts should have left and did not.
    pub(super) fn stranded(&self, spread: &Placement) -> usize {
        let stranded = self.contacts.iter().zip(&spread.at);
        stranded
            .filter(|(contact, at)| self.must_leave(contact) && **at == contact.home)
            .count()
    }
}
