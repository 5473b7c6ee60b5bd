mod integer_program;
mod laws;

use super::*;

const EXACT: RebalanceOptions = RebalanceOptions {
    scope: RebalanceScope::All,
    tolerance: Tolerance::Load(0),
    max_moves: None,
    idle_since: None,
};

/// So many moves at most.
fn at_most(moves: usize) -> RebalanceOptions {
    RebalanceOptions {
        max_moves: Some(moves),
        ..EXACT
    }
}

#[derive(Clone, Debug)]
struct Instance {
    contacts: Vec<WeighedContact>,
    users: Vec<LoadUser>,
}

impl Instance {
    fn rebalanced(&self, groups: usize, options: &RebalanceOptions) -> Result<Rebalanced, Error> {
        rebalance(&self.contacts, &self.users, groups, options)
    }
}

/// So many random cases, or as many as `PROPTEST_CASES` says.
fn cases(few: u32) -> proptest::test_runner::Config {
    let asked = std::env::var("PROPTEST_CASES").ok();
    proptest::test_runner::Config {
        cases: asked.and_then(|cases| cases.parse().ok()).unwrap_or(few),
        max_global_rejects: 1_000_000,
        max_shrink_iters: 100,
        ..proptest::test_runner::Config::default()
    }
}

fn user(capacity: u64) -> LoadUser {
    LoadUser {
        capacity,
        maximum: None,
        groups: vec![0],
    }
}

fn contact(holder: Option<UserIndex>) -> WeighedContact {
    WeighedContact {
        holder,
        group: Some(0),
        weight: 1,
        active: None,
        mark: Movability::Free,
    }
}

/// So many contacts of each user in turn.
fn held(counts: &[usize]) -> Vec<WeighedContact> {
    let each = counts.iter().enumerate();
    each.flat_map(|(holder, count)| vec![contact(Some(holder)); *count])
        .collect()
}

fn weighing(mut contacts: Vec<WeighedContact>, weights: &[u64]) -> Vec<WeighedContact> {
    for (contact, weight) in contacts.iter_mut().zip(weights) {
        contact.weight = *weight;
    }
    contacts
}

fn after(result: &Rebalanced) -> Vec<u64> {
    result.shares.iter().map(|share| share.after).collect()
}

fn spread(
    contacts: &[WeighedContact],
    users: &[LoadUser],
    options: &RebalanceOptions,
) -> Rebalanced {
    rebalance(contacts, users, 3, options).expect("it can be spread")
}

#[test]
fn shares_are_proportional_to_capacity_and_no_contact_moves_twice() {
    let users = [user(1000), user(500), user(0)];
    let result = spread(&held(&[2, 6, 4]), &users, &EXACT);
    assert_eq!(after(&result), [8, 4, 0]);
    assert_eq!(result.moves.len(), 6);
    assert_eq!(result.least, Least::Exactly(6));
    assert_eq!(result.fairness_before.largest, 6.0);
    assert_eq!(result.fairness_after, Fairness::default());
}

#[test]
fn between_the_two_whole_numbers_around_fair_is_near_enough() {
    let options = RebalanceOptions {
        tolerance: Tolerance::Millionths(50_000),
        ..EXACT
    };
    let users = [user(1), user(1)];
    assert_eq!(spread(&held(&[6, 5]), &users, &options).moves, []);
    let moved = spread(&held(&[7, 4]), &users, &options);
    assert_eq!((moved.moves.len(), after(&moved)), (1, vec![6, 5]));
}

#[test]
fn the_largest_remainder_is_rounded_up_and_of_equal_ones_whoever_has_it_already() {
    // 10 among 3, 3 and 2 eighths: 3.75, 3.75, 2.5.
    let users = [user(3), user(3), user(2)];
    assert_eq!(
        after(&spread(&held(&[10, 0, 0]), &users, &EXACT)),
        [4, 4, 2]
    );
    // 10 among equals: the fourth contact stays where it is.
    let users = [user(1), user(1), user(1)];
    let result = spread(&held(&[3, 3, 4]), &users, &EXACT);
    assert_eq!(result.moves, []);
    let result = spread(&held(&[3, 4, 3]), &users, &EXACT);
    assert_eq!(result.moves, []);
}

#[test]
fn maxima_are_kept_and_the_rest_is_spread_again() {
    let mut users = [user(1), user(1), user(1)];
    users[1].maximum = Some(2);
    assert_eq!(
        after(&spread(&held(&[12, 0, 0]), &users, &EXACT)),
        [5, 2, 5]
    );
    users[0].maximum = Some(4);
    users[2].maximum = Some(5);
    let short = rebalance(&held(&[12, 0, 0]), &users, 3, &EXACT);
    let (groups, load, room) = (vec![0], 12, 11);
    assert_eq!(short, Err(Error::NoRoom { groups, load, room }));
}

#[test]
fn what_is_pinned_stays_and_counts() {
    let mut contacts = held(&[4, 0]);
    for contact in &mut contacts[..3] {
        contact.mark = Movability::Pinned;
    }
    let result = spread(&contacts, &[user(1), user(1)], &EXACT);
    assert_eq!(after(&result), [3, 1]);
    assert_eq!(result.stays, BTreeMap::from([(Stays::Pinned, 3)]));
}

#[test]
fn who_is_busy_in_one_group_gets_less_of_the_other() {
    let serves = |groups: &[GroupIndex]| LoadUser {
        groups: groups.to_vec(),
        ..user(1)
    };
    let users = [serves(&[0]), serves(&[0, 1]), serves(&[1])];
    let mut contacts = vec![contact(None); 9];
    for contact in &mut contacts[..3] {
        contact.group = Some(1);
    }
    let result = spread(&contacts, &users, &EXACT);
    assert_eq!(after(&result), [3, 3, 3]);
    // With three times as much in the first group, the second helps, and the third cannot.
    contacts.extend(vec![contact(None); 6]);
    assert_eq!(after(&spread(&contacts, &users, &EXACT)), [6, 6, 3]);
}

#[test]
fn a_contact_whose_holder_does_not_serve_its_group_goes_to_one_who_does() {
    let mut users = [user(1), user(1)];
    users[0].groups = vec![1];
    let result = spread(&held(&[2, 0]), &users, &EXACT);
    assert_eq!(after(&result), [0, 2]);
    assert!(
        result
            .moves
            .iter()
            .all(|made| made.why == MoveReason::OtherGroup)
    );
}

#[test]
fn a_group_that_nobody_serves_stops_it() {
    let mut contacts = held(&[2]);
    contacts[1].group = Some(2);
    let result = rebalance(&contacts, &[user(1)], 3, &EXACT);
    let (group, contacts) = (2, 1);
    assert_eq!(result, Err(Error::NobodyServes { group, contacts }));
}

#[test]
fn only_those_who_left_give_and_the_emptiest_get_most() {
    let scope = RebalanceScope::From(vec![2]);
    let options = RebalanceOptions { scope, ..EXACT };
    let result = spread(&held(&[9, 3, 5]), &[user(1), user(1), user(1)], &options);
    assert_eq!(after(&result), [9, 8, 0]);
    assert_eq!(result.stays[&Stays::OutOfScope], 12);
}

#[test]
fn only_what_nobody_has_is_given_out() {
    let mut contacts = held(&[5, 1]);
    contacts.extend(vec![contact(None); 3]);
    let scope = RebalanceScope::Unassigned;
    let options = RebalanceOptions { scope, ..EXACT };
    let result = spread(&contacts, &[user(1), user(1)], &options);
    assert_eq!(after(&result), [5, 4]);
    assert_eq!(result.unassigned, (3, 0));
}

#[test]
fn with_tolerance_moving_stops_once_everybody_is_near() {
    let users = [user(1), user(1)];
    let within = |tolerance| RebalanceOptions { tolerance, ..EXACT };
    let result = spread(&held(&[130, 70]), &users, &within(Tolerance::Load(5)));
    assert_eq!(after(&result), [105, 95]);
    let result = spread(
        &held(&[130, 70]),
        &users,
        &within(Tolerance::Millionths(50_000)),
    );
    assert_eq!(after(&result), [105, 95]);
    let result = spread(&held(&[104, 96]), &users, &within(Tolerance::Load(5)));
    assert_eq!(result.moves, []);
}

#[test]
fn with_tolerance_those_furthest_below_are_helped_first() {
    let tolerance = Tolerance::Load(10);
    let options = RebalanceOptions { tolerance, ..EXACT };
    let users = [user(1), user(1), user(1), user(1)];
    let result = spread(&held(&[60, 18, 12, 30]), &users, &options);
    assert_eq!(result.moves.len(), 20);
    assert_eq!(after(&result)[0], 40);
    assert!(after(&result)[2] >= 24, "{:?}", after(&result));
}

#[test]
fn with_few_moves_those_are_made_that_count_most() {
    let options = at_most(3);
    let users = [user(1), user(1), user(1), user(1)];
    let result = spread(&held(&[15, 12, 3, 10]), &users, &options);
    assert_eq!(after(&result), [12, 12, 6, 10]);
}

#[test]
fn one_move_goes_where_it_brings_most() {
    // Fair is 1.25, 2.5 and 1.25: the third user is the furthest below.
    let options = at_most(1);
    let result = spread(&held(&[3, 2, 0]), &[user(1), user(2), user(1)], &options);
    assert_eq!(after(&result), [2, 2, 1]);
}

#[test]
fn who_stands_above_the_maximum_and_does_not_come_below_it_receives_nothing() {
    // The first user serves both groups and may have 5; with one move they still have 6.
    let mut users = [user(1), user(1), user(1)];
    users[0].maximum = Some(5);
    users[0].groups = vec![0, 1];
    users[2].groups = vec![1];
    let mut contacts = held(&[7, 0, 9]);
    contacts[7..]
        .iter_mut()
        .for_each(|contact| contact.group = Some(1));
    for moves in 1..8 {
        let share = spread(&contacts, &users, &at_most(moves)).shares[0].clone();
        assert!(share.after <= 5 || share.receives == 0, "{share:?}");
    }
}

#[test]
fn a_heavy_contact_goes_to_whoever_has_the_room_for_it() {
    // A full-time user gets two contacts, a half-time user one.
    let contacts = weighing(held(&[3, 0, 0]), &[3, 2, 1]);
    let users = [user(0), user(2), user(1)];
    let result = spread(&contacts, &users, &EXACT);
    assert_eq!(after(&result), [0, 4, 2]);
}

#[test]
fn who_was_idle_longest_goes_first() {
    let mut contacts = held(&[6, 0]);
    for (contact, day) in contacts.iter_mut().zip([30, 10, 20, 10, 40]) {
        contact.active = Some(day);
    }
    let users = [user(1), user(1)];
    let chosen = |options: &RebalanceOptions| -> Vec<usize> {
        let result = spread(&contacts, &users, options);
        result.moves.iter().map(|made| made.contact).collect()
    };
    assert_eq!(chosen(&EXACT), [1, 2, 3]);
    let options = RebalanceOptions {
        idle_since: Some(15),
        ..EXACT
    };
    assert_eq!(chosen(&options), [1, 3]);
    let stays = spread(&contacts, &users, &options).stays;
    assert_eq!(stays[&Stays::Active], 3);
    assert_eq!(stays[&Stays::ActivityUnknown], 1);
}

#[test]
fn heavy_contacts_go_where_they_fit() {
    let weights = [50, 30, 20, 10, 10];
    let contacts = weighing(held(&[5, 0]), &weights);
    let result = spread(&contacts, &[user(1), user(1)], &EXACT);
    assert_eq!(after(&result), [60, 60]);
    assert_eq!(result.moves.len(), 2);
    assert_eq!(result.least, Least::Exactly(2));
}
