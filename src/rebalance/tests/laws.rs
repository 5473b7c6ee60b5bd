//! Laws, on instances small enough to try everything.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
struct Instance {
    contacts: Vec<Contact>,
    users: Vec<User>,
}

const GROUPS: usize = 2;

fn instances(weights: std::ops::RangeInclusive<u64>) -> impl Strategy<Value = Instance> {
    let groups = prop_oneof![
        4 => Just(vec![0, 1]), 3 => Just(vec![0]), 3 => Just(vec![1]), 1 => Just(vec![])
    ];
    let maximum = prop_oneof![2 => Just(None), 1 => (0_u64..7).prop_map(Some)];
    let user = (0_u64..4, maximum, groups).prop_map(|(capacity, maximum, groups)| User {
        capacity,
        maximum,
        groups,
    });
    proptest::collection::vec(user, 1..=4).prop_flat_map(move |users| {
        let holder = prop_oneof![6 => (0..users.len()).prop_map(Some), 1 => Just(None)];
        let group = prop_oneof![8 => (0..GROUPS).prop_map(Some), 1 => Just(None)];
        let mark = prop_oneof![6 => Just(Mark::Free), 1 => Just(Mark::Pinned)];
        let contact =
            (holder, group, weights.clone(), mark).prop_map(|(holder, group, weight, mark)| {
                Contact {
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
        let may = |contact: &&Contact| contact.mark == Mark::Free && contact.group.is_some();
        let load = |is: &dyn Fn(&&Contact) -> bool| -> u64 {
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

    /// Every way to give the contacts that may move to somebody who serves their group within the maxima: how many
    /// change hands, and everybody's load.
    fn ways(&self) -> Vec<(usize, Vec<u64>)> {
        let serving = self.serving();
        let mut ways = vec![(0, serving.fixed.clone())];
        for contact in &self.contacts {
            let Some(group) = contact.group.filter(|_| contact.mark == Mark::Free) else {
                continue;
            };
            let mut longer = Vec::new();
            for (moves, loads) in &ways {
                for user in &serving.members[group] {
                    let mut loads = loads.clone();
                    loads[*user] += contact.weight;
                    if serving.most[*user].is_none_or(|most| loads[*user] <= most) {
                        let moved = usize::from(contact.holder != Some(*user));
                        longer.push((moves + moved, loads));
                    }
                }
            }
            ways = longer;
        }
        ways
    }
}

/// How far rounded loads are from the fair ones; `None` if they are not the fair ones, rounded.
fn rounding(fair: &[Ratio], loads: &[u64]) -> Option<i128> {
    const PARTS: i128 = 27_720;
    let far = fair.iter().zip(loads).map(|(fair, load)| {
        let above = i128::from(*load - fair.floor().min(*load));
        let remainder = fair.remainder(PARTS);
        let fits = (fair.floor()..=fair.ceil()).contains(load);
        fits.then_some(above * (PARTS - remainder) + (1 - above) * remainder)
    });
    far.sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_number_of_moves_is_the_least_for_the_targets(instance in instances(1..=1)) {
        let ways = instance.ways();
        let result = rebalance(&instance.contacts, &instance.users, GROUPS, &EXACT);
        let Ok(result) = result else {
            prop_assert!(ways.is_empty(), "refused, and yet possible: {:?}", ways[0]);
            return Ok(());
        };
        let fair = targets::fair(&instance.serving()).expect("possible");
        let best = ways
            .iter()
            .filter_map(|(moves, loads)| Some((rounding(&fair, loads)?, *moves)))
            .min();
        let ours = (rounding(&fair, &after(&result)).expect("the targets, rounded"), result.moves.len());
        prop_assert_eq!(Some(ours), best);
        prop_assert_eq!(result.least, Least::Exactly(ours.1));
    }

    #[test]
    fn the_number_of_moves_is_the_least_within_a_tolerance(instance in instances(1..=1), tolerance in 1_u64..3) {
        let options = Options { tolerance: Tolerance::Load(tolerance), ..EXACT };
        let Ok(result) = rebalance(&instance.contacts, &instance.users, GROUPS, &options) else {
            return Ok(());
        };
        let serving = instance.serving();
        let fair = targets::fair(&serving).expect("possible");
        let bounds = bounds(&fair, &serving, options.tolerance, 1);
        let is_near = |loads: &[u64]| {
            bounds.iter().zip(loads).all(|(bounds, load)| (bounds.low..=bounds.high).contains(load))
        };
        let ways = instance.ways();
        let best = ways.iter().filter(|(_, loads)| is_near(loads)).map(|(moves, _)| *moves).min();
        prop_assert!(is_near(&after(&result)));
        prop_assert_eq!(Some(result.moves.len()), best);
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
    fn with_weights_nobody_ends_further_from_the_target_than_the_heaviest_contact_per_group(instance in instances(0..=9)) {
        let mut instance = instance;
        for user in &mut instance.users {
            user.maximum = None;
        }
        let Ok(result) = rebalance(&instance.contacts, &instance.users, GROUPS, &EXACT) else { return Ok(()) };
        let heaviest = instance.contacts.iter().map(|contact| contact.weight).max().unwrap_or(0);
        for (share, user) in result.shares.iter().zip(&instance.users) {
            let most = heaviest * user.groups.len().max(1) as u64;
            prop_assert!((share.after as f64 - share.target).abs() < most as f64 + 1.0, "{:?}", result.shares);
        }
        let Least::AtLeast(least) = result.least else { return Ok(()) };
        prop_assert!(least <= result.moves.len(), "{} {:?}", least, result);
        let heavy = |loads: &[u64]| loads.iter().zip(&result.shares).all(|(load, share)| {
            *load as f64 <= (share.after as f64).max(share.target.ceil())
        });
        let best = instance.ways().into_iter().filter(|(_, loads)| heavy(loads)).map(|(moves, _)| moves).min();
        prop_assert!(best.is_none_or(|best| least <= best), "{} {:?}", least, best);
    }

    #[test]
    fn with_maxima_nobody_receives_beyond_them(instance in instances(0..=9)) {
        let Ok(result) = rebalance(&instance.contacts, &instance.users, GROUPS, &EXACT) else { return Ok(()) };
        for (share, user) in result.shares.iter().zip(&instance.users) {
            let most = user.maximum.unwrap_or(u64::MAX).max(share.before);
            prop_assert!(share.after <= most || share.receives == 0, "{:?}", result);
        }
    }

    #[test]
    fn so_many_moves_bring_the_load_as_near_as_so_many_can(instance in instances(1..=1), most in 0_usize..6) {
        let mut instance = instance;
        for user in &mut instance.users {
            (user.groups, user.maximum) = (vec![0], None);
        }
        for contact in &mut instance.contacts {
            contact.group = contact.group.map(|_| 0);
        }
        let options = Options { max_moves: Some(most), ..EXACT };
        let Ok(result) = rebalance(&instance.contacts, &instance.users, GROUPS, &options) else { return Ok(()) };
        let Ok(whole) = rebalance(&instance.contacts, &instance.users, GROUPS, &EXACT) else { return Ok(()) };
        prop_assert!(result.moves.len() <= most);
        prop_assert_eq!(result.moves.len(), most.min(whole.moves.len()));
        let serves = |contact: &Contact| contact.mark == Mark::Free && contact.group.is_some();
        let far = |to: &[Option<UserIndex>]| -> i64 {
            let mut loads = vec![0_i64; instance.users.len() + 1];
            for (contact, holder) in instance.contacts.iter().zip(to) {
                // What nobody has counts like the load of somebody who should have none.
                let place = holder.unwrap_or(instance.users.len());
                if serves(contact) || holder.is_some() {
                    loads[place] += 1;
                }
            }
            let targets = whole.shares.iter().map(|share| share.after).chain([0]);
            loads.iter().zip(targets).map(|(load, target)| (load - target as i64).pow(2)).sum()
        };
        let mut ways: Vec<(usize, Vec<Option<UserIndex>>)> = vec![(0, Vec::new())];
        for contact in &instance.contacts {
            let mut longer = Vec::new();
            for (moves, to) in &ways {
                let members = (0..instance.users.len()).filter(|user| instance.users[*user].capacity > 0);
                let others = members.map(Some).filter(|user| *user != contact.holder);
                for next in [contact.holder].into_iter().chain(others.filter(|_| serves(contact))) {
                    let moved = moves + usize::from(next != contact.holder);
                    if moved <= most {
                        longer.push((moved, [to.as_slice(), &[next]].concat()));
                    }
                }
            }
            ways = longer;
        }
        let best = ways.iter().map(|(_, to)| far(to)).min();
        let mut ours: Vec<Option<UserIndex>> = instance.contacts.iter().map(|contact| contact.holder).collect();
        for made in &result.moves {
            ours[made.contact] = Some(made.to);
        }
        prop_assert_eq!(Some(far(&ours)), best);
    }

    #[test]
    fn a_second_time_nothing_moves(instance in instances(1..=1), tolerance in 0_u64..2) {
        let options = Options { tolerance: Tolerance::Load(tolerance), ..EXACT };
        let Ok(result) = rebalance(&instance.contacts, &instance.users, GROUPS, &options) else { return Ok(()) };
        let mut contacts = instance.contacts.clone();
        for made in &result.moves {
            contacts[made.contact].holder = Some(made.to);
        }
        let again = rebalance(&contacts, &instance.users, GROUPS, &options).expect("as possible as before");
        prop_assert_eq!(again.moves, vec![]);
    }
}
