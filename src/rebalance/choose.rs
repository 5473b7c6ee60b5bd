//! Which contacts move, and to whom: what the network planned, made of whole contacts.
//!
//! In each group the fullest member gives to the emptiest, and full and empty are measured against the plan. The
//! contact is the heaviest that neither of the two has too much or too little for; where all are too heavy, the
//! lightest, if it still makes the two more even. Contacts that have to leave go the same way, the heaviest first.
//! So the emptiest never gets emptier, and whoever gives no more has no contact lighter than the distance to it: in
//! each group no two members end further apart than the heaviest contact. If all weigh the same, everybody ends
//! exactly as planned.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::flow::{Network, Planned};
use super::targets::Serving;
use super::{UserIndex, WeighedContact, signed};

/// A contact that may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MovableContact {
    /// Those without a day of their last activity come last.
    active: i32,
    contact: u32,
    pub(super) weight: u64,
}

impl MovableContact {
    /// The contact's place in the list of contacts.
    pub(super) fn place(&self) -> usize {
        self.contact as usize
    }

    pub(super) fn new(contact: usize, active: Option<i32>, weight: u64) -> MovableContact {
        MovableContact {
            active: active.unwrap_or(i32::MAX),
            contact: u32::try_from(contact).expect("a sheet has fewer rows than u32::MAX"),
            weight,
        }
    }
}

/// The contacts of one group that may move.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    members: Vec<UserIndex>,
    /// By the place of each member.
    held: Vec<Vec<MovableContact>>,
    /// What has to leave, by who has it; `None`: nobody.
    homeless: BTreeMap<Option<UserIndex>, Vec<MovableContact>>,
}

impl Pool {
    pub(super) fn new(members: &[UserIndex]) -> Pool {
        Pool {
            members: members.to_vec(),
            held: vec![Vec::new(); members.len()],
            homeless: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, holder: Option<UserIndex>, item: MovableContact) {
        let member = holder.and_then(|holder| self.members.binary_search(&holder).ok());
        match member {
            Some(place) => self.held[place].push(item),
            None => self.homeless.entry(holder).or_default().push(item),
        }
    }

    /// Its contacts, with who has them.
    pub(super) fn items(&self) -> impl Iterator<Item = (Option<UserIndex>, MovableContact)> {
        let members = self.members.iter().map(|user| Some(*user)).zip(&self.held);
        let homeless = self.homeless.iter().map(|(holder, items)| (*holder, items));
        let all = members.chain(homeless);
        all.flat_map(|(holder, items)| items.iter().map(move |item| (holder, *item)))
    }

    /// The load that has to leave, by who has it.
    pub(super) fn homeless(&self) -> impl Iterator<Item = (Option<UserIndex>, u64)> {
        let load = |items: &Vec<MovableContact>| items.iter().map(|item| item.weight).sum();
        let homeless = self.homeless.iter();
        homeless.map(move |(holder, items)| (*holder, load(items)))
    }

    /// Of what has to leave this holder, so many contacts stay all the same: those that were active last.
    pub(super) fn keep(&mut self, holder: Option<UserIndex>, count: usize) {
        if let Some(items) = self.homeless.get_mut(&holder) {
            items.sort_unstable();
            items.truncate(items.len().saturating_sub(count));
        }
    }

    /// How many contacts there are.
    pub(super) fn len(&self) -> usize {
        let homeless = self.homeless.values();
        self.held.iter().chain(homeless).map(Vec::len).sum()
    }

    /// The load of each member.
    pub(super) fn held(&self) -> Vec<u64> {
        let load = |items: &Vec<MovableContact>| items.iter().map(|item| item.weight).sum();
        self.held.iter().map(load).collect()
    }
}

/// How many moves may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MoveLimit {
    /// As many as are planned.
    None,
    /// So many: those that count most.
    Moves(usize),
}

/// What was chosen.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Contact and new holder.
    pub(super) moves: Vec<(usize, UserIndex)>,
    /// How many contacts had to leave and found no place.
    pub(super) unplaced: usize,
}

/// Chooses the contacts that move.
pub(super) fn choose(
    pools: &[Pool],
    planned: &Planned,
    mut rooms: Rooms<'_>,
    limit: MoveLimit,
) -> Chosen {
    let mut chosen = Chosen::default();
    let mut groups: Vec<Group<'_>> = pools
        .iter()
        .zip(&planned.more)
        .map(|(pool, more)| Group::new(pool, more))
        .collect();
    let mut order: BinaryHeap<(i64, Reverse<usize>)> = groups
        .iter_mut()
        .enumerate()
        .filter_map(|(place, group)| Some((group.distance()?, Reverse(place))))
        .collect();
    while let Some((_, Reverse(place))) = order.pop() {
        if limit == MoveLimit::Moves(chosen.moves.len()) {
            break;
        }
        let group = &mut groups[place];
        match group.step(&mut rooms) {
            Step::Moved(contact, to) => chosen.moves.push((contact as usize, to)),
            Step::NoPlace => chosen.unplaced += 1,
            Step::Rests => {}
        }
        order.extend(group.distance().map(|far| (far, Reverse(place))));
    }
    chosen
}

/// One group while its contacts are chosen.
struct Group<'a> {
    members: &'a [UserIndex],
    /// How much each member has above the plan; below 0: how much is missing.
    above: Vec<i64>,
    /// The fullest first. What stands there may be out of date, and is then looked at again.
    full: BinaryHeap<(i64, Reverse<usize>)>,
    /// The emptiest first; the same.
    empty: BinaryHeap<Reverse<(i64, usize)>>,
    givers: Vec<Giver>,
}

/// Who has contacts to give.
struct Giver {
    /// The place among the members; `None` for contacts that have to leave.
    member: Option<usize>,
    /// What is left, if all of it has to leave.
    load: i64,
    /// By weight; of the same weight, the one to move first stands last.
    by_weight: BTreeMap<u64, Vec<MovableContact>>,
}

enum Step {
    Moved(u32, UserIndex),
    NoPlace,
    /// Nobody moved; somebody has nothing more to give.
    Rests,
}

impl<'a> Group<'a> {
    fn new(pool: &'a Pool, more: &[i64]) -> Group<'a> {
        let members = pool.held.iter().enumerate();
        let members = members.map(|(place, items)| (Some(place), items));
        let homeless = pool.homeless.values().map(|items| (None, items));
        let mut givers: Vec<Giver> = members
            .filter(|(place, items)| {
                // With equal weights nobody else gives; with others anybody might, once it is too full.
                !items.is_empty() && place.is_some_and(|place| more[place] < 0)
            })
            .chain(homeless)
            .map(|(member, items)| Giver::new(member, items))
            .collect();
        givers.retain(|giver| !giver.by_weight.is_empty());
        let above: Vec<i64> = more.iter().map(|more| -more).collect();
        let mut group = Group {
            members: &pool.members,
            full: BinaryHeap::new(),
            empty: above
                .iter()
                .enumerate()
                .map(|(place, above)| Reverse((*above, place)))
                .collect(),
            above,
            givers,
        };
        group.full = (0..group.givers.len())
            .map(|giver| (group.fullness(giver), Reverse(giver)))
            .collect();
        group
    }

    fn fullness(&self, giver: usize) -> i64 {
        let Giver { member, load, .. } = &self.givers[giver];
        member.map_or(*load, |place| self.above[place])
    }

    /// How far the fullest is from the emptiest; `None` if nobody gives.
    fn distance(&mut self) -> Option<i64> {
        let (full, _) = self.full.peek()?;
        let Reverse((empty, _)) = self.empty.peek()?;
        Some(full - empty)
    }

    /// One contact from the fullest to the emptiest.
    fn step(&mut self, rooms: &mut Rooms<'_>) -> Step {
        let Some((fullness, Reverse(giver))) = self.full.pop() else {
            return Step::Rests;
        };
        if fullness != self.fullness(giver) {
            self.full.push((self.fullness(giver), Reverse(giver)));
            return Step::Rests;
        }
        let mut passed = Vec::new();
        let mut step = Step::Rests;
        while let Some(Reverse((above, place))) = self.empty.pop() {
            if above != self.above[place] {
                continue; // a newer entry stands elsewhere in the heap
            }
            passed.push(place);
            let Some(weight) = self.givers[giver].fitting(fullness, above) else {
                break; // the others are fuller still
            };
            let user = self.members[place];
            if self.givers[giver].member == Some(place) || !rooms.has(user, weight) {
                continue;
            }
            rooms.take(user, weight);
            self.above[place] += signed(weight);
            if let Some(from) = self.givers[giver].member {
                self.above[from] -= signed(weight);
                rooms.give(self.members[from], weight);
                self.empty.push(Reverse((self.above[from], from)));
            }
            if let Some(item) = self.givers[giver].take(weight) {
                step = Step::Moved(item.contact, user);
            }
            break;
        }
        let entries = passed
            .iter()
            .map(|place| Reverse((self.above[*place], *place)));
        self.empty.extend(entries);
        let has_to_leave = self.givers[giver].member.is_none();
        match step {
            Step::Moved(..) => {}
            // The heaviest finds no place; a lighter one may.
            _ if has_to_leave && self.givers[giver].drop_heaviest() => step = Step::NoPlace,
            _ => return step,
        }
        if !self.givers[giver].by_weight.is_empty() {
            self.full.push((self.fullness(giver), Reverse(giver)));
        }
        step
    }
}

impl Giver {
    fn new(member: Option<usize>, items: &[MovableContact]) -> Giver {
        let mut by_weight: BTreeMap<u64, Vec<MovableContact>> = BTreeMap::new();
        let mut load = 0;
        for item in items {
            load += signed(item.weight);
            by_weight.entry(item.weight).or_default().push(*item);
        }
        for same in by_weight.values_mut() {
            same.sort_unstable_by(|one, other| other.cmp(one));
        }
        if member.is_some() {
            by_weight.remove(&0); // no load, no reason to move
        }
        Giver {
            member,
            load,
            by_weight,
        }
    }

    /// The weight of the contact to give to somebody who is this far above the plan.
    fn fitting(&self, fullness: i64, above: i64) -> Option<u64> {
        if self.member.is_none() {
            return self.by_weight.keys().next_back().copied();
        }
        let both = u64::try_from(fullness.min(-above)).unwrap_or(0);
        let fits = self.by_weight.range(..=both).next_back();
        let lightest = || self.by_weight.iter().next();
        let even = |weight: &u64| signed(*weight) < fullness.saturating_sub(above);
        let (weight, _) = fits.or_else(lightest)?;
        Some(*weight).filter(even)
    }

    fn take(&mut self, weight: u64) -> Option<MovableContact> {
        let same = self.by_weight.get_mut(&weight)?;
        let item = same.pop();
        if same.is_empty() {
            self.by_weight.remove(&weight);
        }
        self.load -= signed(weight);
        item
    }

    fn drop_heaviest(&mut self) -> bool {
        let heaviest = self.by_weight.keys().next_back().copied();
        heaviest.and_then(|weight| self.take(weight)).is_some()
    }
}

/// What everybody's maximum leaves room for.
pub(super) struct Rooms<'a> {
    /// `None`: the plan is followed to the end, and keeps the maxima.
    loads: Option<Vec<u64>>,
    most: &'a [Option<u64>],
}

impl<'a> Rooms<'a> {
    /// Nobody is given more than their maximum leaves room for, from these loads on.
    pub(super) fn checked(loads: Vec<u64>, serving: &'a Serving) -> Rooms<'a> {
        Rooms {
            loads: Some(loads),
            most: &serving.most,
        }
    }

    /// All contacts weigh the same: the plan will be followed to the end, and keeps the maxima.
    pub(super) fn planned() -> Rooms<'static> {
        Rooms {
            loads: None,
            most: &[],
        }
    }

    fn has(&self, user: UserIndex, weight: u64) -> bool {
        match (&self.loads, self.most.get(user).copied().flatten()) {
            (Some(loads), Some(most)) => loads[user] + weight <= most,
            _ => true,
        }
    }

    fn take(&mut self, user: UserIndex, weight: u64) {
        if let Some(loads) = &mut self.loads {
            loads[user] += weight;
        }
    }

    fn give(&mut self, user: UserIndex, weight: u64) {
        if let Some(loads) = &mut self.loads {
            loads[user] -= weight;
        }
    }
}

/// The least number of contacts that anybody has to move for nobody to end fuller than here, or than is near enough:
/// those that have to leave, and the heaviest of everybody who has too much.
pub(super) fn least(
    pools: &[Pool],
    contacts: &[WeighedContact],
    unit: u64,
    network: &Network<'_>,
    ends: &[u64],
) -> usize {
    let mut heaviest: BTreeMap<UserIndex, Vec<u64>> = BTreeMap::new();
    let mut least = 0;
    for pool in pools {
        least += pool.homeless.values().map(Vec::len).sum::<usize>();
        for (user, items) in pool.members.iter().zip(&pool.held) {
            let weights = items
                .iter()
                .map(|item| contacts[item.contact as usize].weight / unit);
            heaviest.entry(*user).or_default().extend(weights);
        }
    }
    let kept = network.kept();
    for (user, mut weights) in heaviest {
        let near = network.bounds[user].high.max(ends[user]);
        let mut surplus = kept[user].saturating_sub(near);
        weights.sort_unstable_by(|one, other| other.cmp(one));
        for weight in weights {
            if surplus == 0 {
                break;
            }
            surplus = surplus.saturating_sub(weight);
            least += 1;
        }
    }
    least
}
