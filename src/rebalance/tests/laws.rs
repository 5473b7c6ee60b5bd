//! Laws, on instances small enough to try everything.

use proptest::prelude::*;

use super::*;

const GROUPS: usize = 2;

fn first(tolerance: Tolerance) -> First {
    match tolerance {
        Tolerance::Load(0) => First::Targets,
        _ => First::FewMoves,
    }
}

fn instances(weights: std::ops::RangeInclusive<u64>) -> impl Strategy<Value = Instance> {
    let groups = prop_oneof![
        4 => Just(vec![0, 1]), 3 => Just(vec![0]), 3 => Just(vec![1]), 1 => Just(vec![])
    ];
    let maximum = prop_oneof![2 => Just(None), 1 => (0_u64..7).prop_map(Some)];
    let user = (0_u64..4, maximum, groups).prop_map(|(capacity, maximum, groups)| LoadUser {
        capacity,
        maximum,
        groups,
    });
    proptest::collection::vec(user, 1..=4).prop_flat_map(move |users| {
        let holder = prop_oneof![6 => (0..users.len()).prop_map(Some), 1 => Just(None)];
        let group = prop_oneof![8 => (0..GROUPS).prop_map(Some), 1 => Just(None)];
        let mark = prop_oneof![6 => Just(Movability::Free), 1 => Just(Movability::Pinned)];
        let contact =
            (holder, group, weights.clone(), mark).prop_map(|(holder, group, weight, mark)| {
                WeighedContact {
                    holder,
                    group,
                    weight,
                    active: None,
                    mark,
                }
            });
        let contacts = proptest::collection::vec(contact, 0..=8);
        (contacts, Just(users)).prop_map(|(contacts, users)| Instance { contacts, users })
    })
}

impl Instance {
    fn serving(&self) -> Serving {
        let users = &self.users;
        let may =
            |contact: &&WeighedContact| contact.mark == Movability::Free && contact.group.is_some();
        let load = |is: &dyn Fn(&&WeighedContact) -> bool| -> u64 {
            let counted = self.contacts.iter().filter(is);
            counted.map(|contact| contact.weight).sum()
        };
        let fixed: Vec<u64> = (0..users.len())
            .map(|user| load(&|contact| contact.holder == Some(user) && !may(contact)))
            .collect();
        Serving {
            members: (0..GROUPS)
                .map(|group| {
                    let takes = |user: &UserIndex| {
                        users[*user].capacity > 0 && users[*user].groups.contains(&group)
                    };
                    (0..users.len()).filter(takes).collect()
                })
                .collect(),
            supply: (0..GROUPS)
                .map(|group| load(&|contact| contact.group == Some(group) && may(contact)))
                .collect(),
            capacity: users.iter().map(|user| user.capacity).collect(),
            most: users
                .iter()
                .zip(&fixed)
                .map(|(user, fixed)| user.maximum.map(|most| most.max(*fixed)))
                .collect(),
            fixed,
        }
    }

    /// Every way to give out the contacts that may move, so that nobody receives beyond the maximum: how good the best
    /// is. What has to leave may stay if `limit` says so, or where nobody has room.
    fn best(&self, first: First, tolerance: Tolerance, limit: Option<usize>) -> Option<Score> {
        let serving = self.serving();
        let fair = targets::fair(&serving).ok()?;
        let bounds = bounds(&fair, &serving, tolerance, 1);
        self.best_by(&serving, limit, &|stranded, moves, loads| {
            score(&bounds, first, limit, stranded, moves, loads)
        })
    }

    /// The same, by another measure.
    fn best_by(
        &self,
        serving: &Serving,
        limit: Option<usize>,
        score: &dyn Fn(usize, usize, &[u64]) -> Score,
    ) -> Option<Score> {
        let movable = self.contacts.iter();
        let movable =
            movable.filter(|contact| contact.mark == Movability::Free && contact.group.is_some());
        let mut try_all = TryAll {
            movable: movable.collect(),
            loads: serving
                .fixed
                .iter()
                .copied()
                .chain(vec![0; self.users.len() + 1])
                .collect(),
            received: vec![0; self.users.len()],
            moves: 0,
            stranded: 0,
            limit,
            score,
            serving,
            best: None,
        };
        try_all.from(0);
        try_all.best
    }

    /// The least number of moves after which nobody has more than is near enough to fair, or than `ends`, and nothing is
    /// left that has to leave.
    fn least(&self, tolerance: Tolerance, ends: &[u64]) -> Option<usize> {
        let serving = self.serving();
        let fair = targets::fair(&serving).ok()?;
        let bounds = bounds(&fair, &serving, tolerance, 1);
        let best = self.best_by(&serving, None, &|stranded, moves, loads| {
            let over = bounds.iter().zip(ends).zip(loads);
            let over = over.map(|((bounds, end), load)| load.saturating_sub(bounds.high.max(*end)));
            [stranded as f64, over.sum::<u64>() as f64, moves as f64, 0.0]
        })?;
        (best[0] == 0.0 && best[1] == 0.0).then_some(best[2] as usize)
    }

    /// How good a result is, computed anew from its moves.
    fn score_of(
        &self,
        result: &Rebalanced,
        first: First,
        tolerance: Tolerance,
        limit: Option<usize>,
    ) -> Score {
        let serving = self.serving();
        let fair = targets::fair(&serving).expect("possible");
        let bounds = bounds(&fair, &serving, tolerance, 1);
        let mut at: Vec<Option<UserIndex>> =
            self.contacts.iter().map(|contact| contact.holder).collect();
        for made in &result.moves {
            at[made.contact] = Some(made.to);
        }
        let users = self.users.len();
        let mut loads = vec![0; 2 * users + 1];
        let mut stranded = 0;
        for (contact, at) in self.contacts.iter().zip(&at) {
            let may_move = contact.mark == Movability::Free && contact.group.is_some();
            let serves = |user: UserIndex| serving.serves(user, contact.group.unwrap_or(0));
            let has_to_leave = may_move && !at.is_some_and(serves);
            match at {
                _ if has_to_leave => loads[users + at.unwrap_or(users)] += contact.weight,
                Some(user) => loads[*user] += contact.weight,
                None => {}
            }
            stranded += usize::from(has_to_leave);
        }
        for (user, share) in result.shares.iter().enumerate() {
            assert_eq!(share.after, loads[user] + loads[users + user]);
        }
        score(&bounds, first, limit, stranded, result.moves.len(), &loads)
    }
}

/// Less is better, and the first number that differs decides.
type Score = [f64; 4];

/// How good it is, as the guide says it.
fn score(
    bounds: &[Bounds],
    first: First,
    limit: Option<usize>,
    stranded: usize,
    moves: usize,
    loads: &[u64],
) -> Score {
    let (mut far, mut beyond) = (0.0, 0.0);
    for (user, load) in loads.iter().enumerate() {
        let fair = bounds.get(user).map_or(0.0, |bounds| bounds.fair.to_f64());
        far += (*load as f64 - fair).powi(2);
        if let Some(bounds) = bounds.get(user) {
            let near = (*load).clamp(bounds.low, bounds.high);
            beyond += (load.abs_diff(near) as f64).powi(2);
        }
    }
    match (limit, first) {
        (Some(_), _) => [far, 0.0, 0.0, 0.0],
        (None, First::Targets) => [stranded as f64, far, moves as f64, 0.0],
        (None, First::FewMoves) => [stranded as f64, beyond, moves as f64, far],
    }
}

fn is_equal(one: Score, other: Score) -> bool {
    one.iter()
        .zip(other)
        .all(|(one, other)| (one - other).abs() < 1e-6)
}

fn is_less(one: Score, other: Score) -> bool {
    let differ = one
        .iter()
        .zip(other)
        .find(|(one, other)| (*one - other).abs() >= 1e-6);
    differ.is_some_and(|(one, other)| *one < other)
}

struct TryAll<'a> {
    movable: Vec<&'a WeighedContact>,
    loads: Vec<u64>,
    received: Vec<usize>,
    moves: usize,
    stranded: usize,
    limit: Option<usize>,
    score: &'a dyn Fn(usize, usize, &[u64]) -> Score,
    serving: &'a Serving,
    best: Option<Score>,
}

impl TryAll<'_> {
    fn from(&mut self, index: usize) {
        let Some(contact) = self.movable.get(index).copied() else {
            let users = self.serving.most.iter().enumerate();
            let mut allowed = users.map(|(user, most)| {
                let load = self.loads[user] + self.loads[self.received.len() + user];
                self.received[user] == 0 || most.is_none_or(|most| load <= most)
            });
            if allowed.all(|allowed| allowed) && self.limit.is_none_or(|limit| self.moves <= limit)
            {
                let score = (self.score)(self.stranded, self.moves, &self.loads);
                if self.best.is_none_or(|best| is_less(score, best)) {
                    self.best = Some(score);
                }
            }
            return;
        };
        let users = self.received.len();
        let members = &self.serving.members[contact.group.unwrap_or(0)];
        let serves = contact.holder.filter(|user| members.contains(user));
        let home = serves.unwrap_or(users + contact.holder.unwrap_or(users));
        let others = members.iter().copied().filter(|user| *user != home);
        for to in std::iter::once(home).chain(others) {
            let is_moved = usize::from(to != home);
            let is_stranded = usize::from(to >= users);
            self.loads[to] += contact.weight;
            if to < users {
                self.received[to] += is_moved;
            }
            self.moves += is_moved;
            self.stranded += is_stranded;
            self.from(index + 1);
            self.loads[to] -= contact.weight;
            if to < users {
                self.received[to] -= is_moved;
            }
            self.moves -= is_moved;
            self.stranded -= is_stranded;
        }
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn with_equal_weights_it_is_the_nearest_with_the_fewest_moves_or_the_fewest_moves_within_the_tolerance(
        instance in instances(1..=1), tolerance in 0_u64..3
    ) {
        let tolerance = Tolerance::Load(tolerance);
        let options = RebalanceOptions { tolerance, ..EXACT };
        let first = first(tolerance);
        let best = instance.best(first, tolerance, None);
        let Ok(result) = instance.rebalanced(GROUPS, &options) else {
            prop_assert!(best.is_none_or(|best| best[0] > 0.0), "refused, and yet possible: {best:?}");
            return Ok(());
        };
        let ours = instance.score_of(&result, first, tolerance, None);
        prop_assert!(is_equal(ours, best.expect("possible")), "{ours:?} instead of {best:?}: {result:?}");
        prop_assert_eq!(result.least, Least::Exactly(result.moves.len()));
        prop_assert_eq!(result.unplaced, 0);
    }

    #[test]
    fn with_few_contacts_of_different_weights_it_is_the_best_there_is(
        instance in instances(0..=9), tolerance in 0_u64..3
    ) {
        let tolerance = Tolerance::Load(tolerance);
        let options = RebalanceOptions { tolerance, ..EXACT };
        let first = first(tolerance);
        let Ok(result) = instance.rebalanced(GROUPS, &options) else { return Ok(()) };
        prop_assume!(unit(&instance.contacts) == 1);
        let ours = instance.score_of(&result, first, tolerance, None);
        let best = instance.best(first, tolerance, None).expect("possible");
        prop_assert!(is_equal(ours, best), "{ours:?} instead of {best:?}: {result:?}");
        prop_assert_eq!(result.least, Least::Exactly(result.moves.len()));
    }

    #[test]
    fn no_plan_as_even_has_fewer_moves_than_the_least_that_is_said(
        instance in instances(1..=9), tolerance in 0_u64..3
    ) {
        let tolerance = Tolerance::Load(tolerance);
        let options = RebalanceOptions { tolerance, ..EXACT };
        let Ok(result) = instance.rebalanced(GROUPS, &options) else { return Ok(()) };
        prop_assume!(unit(&instance.contacts) == 1);
        let task = Task::new(&instance.contacts, &instance.users, GROUPS, &options);
        let fair = targets::fair(&task.serving).expect("it was possible");
        let network = Network {
            serving: &task.serving,
            held: task.pools.iter().map(choose::Pool::held).collect(),
            bounds: bounds(&fair, &task.serving, tolerance, 1),
        };
        let ends: Vec<u64> = result.shares.iter().map(|share| share.after).collect();
        let said = choose::least(&task.pools, &instance.contacts, 1, &network, &ends);
        prop_assert!(said <= result.moves.len() + result.unplaced, "{said}: {result:?}");
        if let Some(least) = instance.least(tolerance, &ends) {
            prop_assert!(said <= least, "{said} instead of at most {least}: {result:?}");
        }
    }

    #[test]
    fn so_many_moves_bring_the_load_as_near_as_so_many_can(
        instance in prop_oneof![instances(1..=1), instances(1..=9)], tolerance in 0_u64..3, most in 0_usize..6
    ) {
        let tolerance = Tolerance::Load(tolerance);
        let options = RebalanceOptions { tolerance, max_moves: Some(most), ..EXACT };
        let Ok(result) = instance.rebalanced(GROUPS, &options) else { return Ok(()) };
        let unlimited = RebalanceOptions { max_moves: None, ..options };
        let Ok(all) = instance.rebalanced(GROUPS, &unlimited) else { return Ok(()) };
        prop_assert!(result.moves.len() <= most);
        for (share, user) in result.shares.iter().zip(&instance.users) {
            prop_assert!(share.receives == 0 || user.maximum.is_none_or(|most| share.after <= most), "{result:?}");
        }
        if all.moves.len() <= most {
            prop_assert_eq!(result.moves, all.moves);
            return Ok(());
        }
        prop_assume!(unit(&instance.contacts) == 1);
        let first = first(tolerance);
        let ours = instance.score_of(&result, first, tolerance, Some(most));
        let best = instance.best(first, tolerance, Some(most)).expect("possible");
        prop_assert!(is_equal(ours, best), "{ours:?} instead of {best:?}: {result:?}");
    }

    /// In a base polytope, loads are fairest if nobody could give to somebody with less per capacity: some groups must
    /// stand between the two that leave no choice.
    #[test]
    fn nobody_could_be_relieved_of_more(instance in instances(0..=5)) {
        let serving = instance.serving();
        let Ok(fair) = targets::fair(&serving) else { return Ok(()) };
        let users = 0..instance.users.len();
        let whole: Vec<Ratio> = fair.clone();
        let load = |user: UserIndex| whole[user].to_f64();
        let own = |set: u32| -> f64 {
            (0..GROUPS)
                .filter(|group| serving.members[*group].iter().all(|user| set & (1 << user) != 0))
                .map(|group| serving.supply[group] as f64)
                .sum()
        };
        let taken = |set: u32| -> f64 {
            let users = users.clone().filter(|user| set & (1 << user) != 0);
            users.map(|user| load(user) - serving.fixed[user] as f64).sum()
        };
        let sets = 0_u32..(1 << instance.users.len());
        let everybody = sets.end - 1;
        prop_assert!((taken(everybody) - own(everybody)).abs() < 1e-6, "all is taken, and no more");
        for set in sets.clone() {
            prop_assert!(taken(set) >= own(set) - 1e-6, "groups go to those who serve them");
        }
        for user in users.clone() {
            prop_assert!(load(user) >= serving.fixed[user] as f64);
            prop_assert!(serving.most[user].is_none_or(|most| load(user) <= most as f64 + 1e-9));
        }
        for (full, empty) in users.clone().flat_map(|full| users.clone().map(move |empty| (full, empty))) {
            let per = |user: UserIndex| load(user) / serving.capacity[user] as f64;
            let gives = load(full) > serving.fixed[full] as f64 + 1e-6;
            let is_full = serving.most[empty].is_some_and(|most| load(empty) >= most as f64 - 1e-6);
            if !gives || is_full || serving.capacity[empty] == 0 || per(full) <= per(empty) + 1e-6 {
                continue;
            }
            let parted = sets.clone().any(|set| {
                set & (1 << full) != 0 && set & (1 << empty) == 0 && (taken(set) - own(set)).abs() < 1e-6
            });
            prop_assert!(parted, "{} could give to {}: {:?}", full, empty, fair);
        }
    }

    #[test]
    fn of_contacts_that_are_alike_those_move_that_were_idle_longest(
        instance in prop_oneof![instances(1..=1), instances(1..=3)],
        days in proptest::collection::vec(proptest::option::of(0_i32..4), 8),
        tolerance in 0_u64..3,
        most in proptest::option::of(0_usize..6),
    ) {
        let mut contacts = instance.contacts.clone();
        for (contact, day) in contacts.iter_mut().zip(&days) {
            contact.active = *day;
        }
        let options = RebalanceOptions { tolerance: Tolerance::Load(tolerance), max_moves: most, ..EXACT };
        let Ok(result) = rebalance(&contacts, &instance.users, GROUPS, &options) else { return Ok(()) };
        let moved: Vec<usize> = result.moves.iter().map(|made| made.contact).collect();
        let kind = |place: usize| {
            let contact = &contacts[place];
            (contact.holder, contact.group, contact.weight, contact.mark == Movability::Free)
        };
        let idle = |place: usize| (contacts[place].active.unwrap_or(i32::MAX), place);
        for stays in (0..contacts.len()).filter(|place| !moved.contains(place)) {
            for moves in moved.iter().copied().filter(|moves| kind(*moves) == kind(stays)) {
                prop_assert!(idle(moves) < idle(stays), "{moves} moves and not {stays}: {contacts:?} {result:?}");
            }
        }
    }

    #[test]
    fn a_second_time_nothing_moves(instance in prop_oneof![instances(1..=1), instances(0..=9)], tolerance in 0_u64..3) {
        let options = RebalanceOptions { tolerance: Tolerance::Load(tolerance), ..EXACT };
        let Ok(result) = instance.rebalanced(GROUPS, &options) else { return Ok(()) };
        let mut contacts = instance.contacts.clone();
        for made in &result.moves {
            contacts[made.contact].holder = Some(made.to);
        }
        let again = rebalance(&contacts, &instance.users, GROUPS, &options).expect("as possible as before");
        prop_assert_eq!(again.moves, vec![]);
    }
}
