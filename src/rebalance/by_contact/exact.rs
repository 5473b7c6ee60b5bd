//! Every way to give out a few contacts, without looking at those that cannot be better than one already known.

use super::{EQUAL, Placement, PlacementProblem, Score};

/// How many ways are looked at before it is given up.
const WAYS: usize = 200_000;
/// With more contacts than this it is not tried.
const CONTACTS: usize = 64;

/// Makes a spread the best there is. `false` if there are too many ways to know: it is then at least as good as before.
pub(in crate::rebalance) fn best(problem: &PlacementProblem<'_>, spread: &mut Placement) -> bool {
    if problem.contacts.len() > CONTACTS {
        return false;
    }
    // The heaviest first, and contacts that are alike one after the other.
    let mut order: Vec<usize> = (0..problem.contacts.len()).collect();
    let key = |place: usize| {
        let contact = &problem.contacts[place];
        (contact.group, contact.home, contact.item.weight)
    };
    order.sort_by_key(|place| (std::cmp::Reverse(key(*place).2), key(*place)));
    let is_like_the_one_before =
        |index: usize| index > 0 && key(order[index]) == key(order[index - 1]);
    let mut left = vec![0.0; order.len() + 1];
    let mut must_move = vec![0; order.len() + 1];
    for (index, place) in order.iter().enumerate().rev() {
        left[index] = left[index + 1] + problem.contacts[*place].item.weight as f64;
        let must = problem.limit.is_none() && problem.must_leave(&problem.contacts[*place]);
        must_move[index] = must_move[index + 1] + usize::from(must);
    }
    let known = problem.of(spread);
    let mut search = Search {
        problem,
        is_like: (0..order.len()).map(is_like_the_one_before).collect(),
        now: Placement {
            at: problem
                .contacts
                .iter()
                .map(|contact| contact.home)
                .collect(),
            ..problem.nothing()
        },
        best: known,
        found: None,
        ways: 0,
        order,
        left,
        must_move,
    };
    let is_complete = search.from(0, 0);
    if let Some(at) = search.found.take() {
        *spread = problem.spread(at);
    }
    is_complete
}

struct Search<'a> {
    problem: &'a PlacementProblem<'a>,
    order: Vec<usize>,
    /// Whether a contact is like the one before it; it then goes to no earlier place.
    is_like: Vec<bool>,
    /// The load of the contacts from here on.
    left: Vec<f64>,
    /// How many of them have to move.
    must_move: Vec<usize>,
    now: Placement,
    best: Score,
    found: Option<Vec<usize>>,
    ways: usize,
}

impl Search<'_> {
    /// Tries every place for the contact at this index, and so on. `false` if it was given up.
    fn from(&mut self, index: usize, stranded: usize) -> bool {
        self.ways += 1;
        if self.ways > WAYS {
            return false;
        }
        let bound = self.bound(index, stranded);
        if !is_less(&bound, &self.best) {
            return true;
        }
        let Some(place) = self.order.get(index).copied() else {
            (self.best, self.found) = (bound, Some(self.now.at.clone()));
            return true;
        };
        let problem = self.problem;
        let contact = &problem.contacts[place];
        let mut places: Vec<usize> = problem.places(place).collect();
        if !places.contains(&contact.home) {
            places.push(contact.home); // nobody may have room
        }
        let mut skipped = self.is_like[index].then(|| self.now.at[self.order[index - 1]]);
        for to in places {
            if skipped.is_some_and(|before| before != to) {
                continue;
            }
            skipped = None;
            let is_moved = to != contact.home;
            self.now.at[place] = to;
            self.now.loads[to] += contact.item.weight;
            self.now.received[to] += usize::from(is_moved);
            self.now.moves += usize::from(is_moved);
            let fits =
                problem.limit.is_none_or(|limit| self.now.moves <= limit) && self.is_allowed(to);
            let is_stranded = !is_moved && problem.must_leave(contact);
            let goes_on = !fits || self.from(index + 1, stranded + usize::from(is_stranded));
            self.now.loads[to] -= contact.item.weight;
            self.now.received[to] -= usize::from(is_moved);
            self.now.moves -= usize::from(is_moved);
            if !goes_on {
                return false;
            }
        }
        true
    }

    /// Whether nobody has received beyond their maximum; more may come, and nothing leaves.
    fn is_allowed(&self, node: usize) -> bool {
        let (user, leaving) = self.problem.nodes(node);
        user.is_none_or(|user| {
            let load = self.now.loads[user] + leaving.map_or(0, |node| self.now.loads[node]);
            self.problem.is_allowed(user, load, self.now.received[user])
        })
    }

    /// A score that nothing from here on is better than.
    fn bound(&self, index: usize, stranded: usize) -> Score {
        let problem = self.problem;
        let (mut beyond, mut floor) = (0.0, Vec::with_capacity(self.now.loads.len()));
        let is_last = index == self.order.len();
        for (user, load) in self.now.loads.iter().enumerate() {
            let load = *load as f64;
            let Some(bounds) = problem.bounds.get(user) else {
                floor.push(load);
                continue;
            };
            floor.push(load - bounds.fair.to_f64());
            let over = (load - bounds.high as f64).max(0.0);
            let under = (bounds.low as f64 - load).max(0.0);
            beyond += over * over + if is_last { under * under } else { 0.0 };
        }
        let moves = self.now.moves + self.must_move[index];
        let far = nearest(&mut floor, self.left[index]);
        problem.score(stranded, beyond, moves, far)
    }
}

/// The least sum of squares of distances that only grow, by so much together.
fn nearest(distances: &mut [f64], mut left: f64) -> f64 {
    distances.sort_unstable_by(f64::total_cmp);
    let mut level = distances.first().copied().unwrap_or(0.0);
    let mut raised = 0;
    for (index, distance) in distances.iter().enumerate() {
        let needed = (distance - level) * index as f64;
        if needed >= left {
            break;
        }
        left -= needed;
        (level, raised) = (*distance, index + 1);
    }
    if raised > 0 {
        level += left / raised as f64;
    }
    let square = |distance: f64| distance * distance;
    let others = distances[raised..].iter().copied().map(square);
    raised as f64 * square(level) + others.sum::<f64>()
}

impl PlacementProblem<'_> {
    fn of(&self, spread: &Placement) -> Score {
        let mut score = self.score(self.stranded(spread), 0.0, spread.moves, 0.0);
        for (user, load) in spread.loads.iter().enumerate() {
            let part = self.part(user, *load);
            score
                .iter_mut()
                .zip(part)
                .for_each(|(sum, part)| *sum += part);
        }
        score
    }
}

/// Whether one score is less than another, by more than sums of fractions are off.
fn is_less(one: &Score, other: &Score) -> bool {
    let differ = |(one, other): &(&f64, &f64)| (*one - *other).abs() > EQUAL * (1.0 + other.abs());
    let decides = one.iter().zip(other).find(differ);
    decides.is_some_and(|(one, other)| one < other)
}
