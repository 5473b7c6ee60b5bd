//! What is to be shared and among whom, and what everybody has in the end.

use std::collections::BTreeMap;

use super::targets::{Ratio, Serving};
use super::{
    Error, Fairness, Least, LoadUser, Move, MoveReason, RebalanceOptions, RebalanceScope,
    Rebalanced, Share, Stays, Tolerance, UserIndex, WeighedContact, choose, staying, unit,
};

/// What is to be shared, and among whom; loads in parts that all weights are multiples of.
pub(super) struct Task<'a> {
    contacts: &'a [WeighedContact],
    users: &'a [LoadUser],
    options: &'a RebalanceOptions,
    pub(super) unit: u64,
    pub(super) serving: Serving,
    /// What each group has to share.
    pub(super) pools: Vec<choose::Pool>,
    /// What everybody has.
    shares: Vec<Share>,
    /// What users keep in any case, where only what others give away is shared.
    own: Vec<u64>,
    unassigned: u64,
    stays: BTreeMap<Stays, usize>,
    /// Whether all contacts that may move weigh the same.
    pub(super) is_equal: bool,
}

/// What everybody has in the end.
pub(super) struct FinalLoads {
    moves: Vec<Move>,
    pub(super) shares: Vec<Share>,
    unassigned: u64,
}

impl<'a> Task<'a> {
    pub(super) fn new(
        contacts: &'a [WeighedContact],
        users: &'a [LoadUser],
        groups: usize,
        options: &'a RebalanceOptions,
    ) -> Task<'a> {
        let members = members(users, groups, options);
        let pools = members.iter().map(|members| choose::Pool::new(members));
        let mut task = Task {
            contacts,
            users,
            options,
            unit: unit(contacts),
            pools: pools.collect(),
            serving: Serving {
                members,
                supply: vec![0; groups],
                capacity: users.iter().map(|user| user.capacity).collect(),
                fixed: vec![0; users.len()],
                most: Vec::new(),
            },
            shares: vec![Share::default(); users.len()],
            own: vec![0; users.len()],
            unassigned: 0,
            stays: BTreeMap::new(),
            is_equal: true,
        };
        for (index, contact) in contacts.iter().enumerate() {
            task.take(index, contact);
        }
        let limits = users.iter().zip(&task.serving.fixed);
        task.serving.most = limits
            .map(|(user, fixed)| user.maximum.map(|most| (most / task.unit).max(*fixed)))
            .collect();
        task
    }

    fn take(&mut self, index: usize, contact: &WeighedContact) {
        let weight = contact.weight / self.unit;
        match contact.holder {
            Some(holder) => self.shares[holder].before += weight,
            None => self.unassigned += weight,
        }
        let group = contact.group.ok_or(Stays::NoGroup);
        match group.and_then(|group| staying(contact, self.options).map_or(Ok(group), Err)) {
            Ok(group) => {
                self.is_equal &= weight == 1;
                self.serving.supply[group] += weight;
                let item = choose::MovableContact::new(index, contact.active, weight);
                self.pools[group].add(contact.holder, item);
            }
            Err(why) => {
                *self.stays.entry(why).or_default() += 1;
                match (contact.holder, &self.options.scope) {
                    (Some(holder), RebalanceScope::Handover(_)) => self.own[holder] += weight,
                    (Some(holder), _) => self.serving.fixed[holder] += weight,
                    (None, _) => {}
                }
            }
        }
    }

    /// Whether each group that has something to share has somebody who serves it.
    pub(super) fn can_be_served(&self) -> Result<(), Error> {
        let mut groups = self.pools.iter().zip(&self.serving.members).enumerate();
        let is_stuck = |(pool, members): (&choose::Pool, &Vec<UserIndex>)| {
            pool.len() > 0 && members.is_empty()
        };
        match groups.find(|(_, group)| is_stuck(*group)) {
            None => Ok(()),
            Some((group, (pool, _))) => Err(Error::NobodyServes {
                group,
                contacts: pool.len(),
            }),
        }
    }

    /// What everybody has after these moves.
    pub(super) fn ends(&self, moves: Vec<(usize, UserIndex)>) -> FinalLoads {
        let mut shares = self.shares.clone();
        for share in &mut shares {
            share.after = share.before;
        }
        let mut unassigned = self.unassigned;
        let mut made: Vec<Move> = Vec::with_capacity(moves.len());
        for (contact, to) in moves {
            let WeighedContact { holder, weight, .. } = self.contacts[contact];
            let weight = weight / self.unit;
            shares[to].after += weight;
            shares[to].receives += 1;
            match holder {
                None => unassigned -= weight,
                Some(holder) => {
                    shares[holder].after -= weight;
                    shares[holder].gives += 1;
                }
            }
            let why = self.why(contact);
            made.push(Move { contact, to, why });
        }
        made.sort_by_key(|made| made.contact);
        FinalLoads {
            moves: made,
            shares,
            unassigned,
        }
    }

    /// Why a contact moves.
    fn why(&self, contact: usize) -> MoveReason {
        let WeighedContact { holder, group, .. } = self.contacts[contact];
        let Some(holder) = holder else {
            return MoveReason::Unassigned;
        };
        let serves = group.is_some_and(|group| self.users[holder].groups.contains(&group));
        match (gives_all(holder, self.users, self.options), serves) {
            (true, _) => MoveReason::GivesAll,
            (false, false) => MoveReason::OtherGroup,
            (false, true) => MoveReason::Fuller,
        }
    }

    /// The result, in the weights that were given.
    pub(super) fn told(
        self,
        ends: FinalLoads,
        fair: &[Ratio],
        unplaced: usize,
        is_limited: bool,
        least: Least,
    ) -> Rebalanced {
        let unit = self.unit;
        let mut shares = ends.shares;
        for ((share, target), own) in shares.iter_mut().zip(fair).zip(&self.own) {
            share.target = (target.to_f64() + *own as f64) * unit as f64;
            share.before *= unit;
            share.after *= unit;
        }
        let is_near = shares.iter().all(|share| {
            let tolerance = match self.options.tolerance {
                Tolerance::Load(load) => load as f64,
                Tolerance::Millionths(part) => share.target * f64::from(part) / 1e6,
            };
            (share.after as f64 - share.target).abs() <= tolerance + 1e-6 * unit as f64
        });
        let fairness = |load: fn(&Share) -> u64| {
            let users = self.users.iter().enumerate().zip(&shares);
            Fairness::new(users.map(|((index, user), share)| {
                let works = user.capacity > 0 && !gives_all(index, self.users, self.options);
                (load(share), share.target, works.then_some(user.capacity))
            }))
        };
        Rebalanced {
            moves: ends.moves,
            unassigned: (self.unassigned * unit, ends.unassigned * unit),
            stays: self.stays,
            unplaced,
            is_limited,
            is_near,
            least,
            fairness_before: fairness(|share| share.before),
            fairness_after: fairness(|share| share.after),
            shares,
        }
    }
}

/// Whether a user gives everything away.
fn gives_all(user: UserIndex, users: &[LoadUser], options: &RebalanceOptions) -> bool {
    match &options.scope {
        RebalanceScope::From(from) | RebalanceScope::Handover(from) => from.contains(&user),
        RebalanceScope::All | RebalanceScope::Unassigned => users[user].capacity == 0,
    }
}

/// Who may receive what is of each group.
fn members(users: &[LoadUser], groups: usize, options: &RebalanceOptions) -> Vec<Vec<UserIndex>> {
    let mut members = vec![Vec::new(); groups];
    for (index, user) in users.iter().enumerate() {
        if user.capacity > 0 && !gives_all(index, users, options) {
            for group in &user.groups {
                if members[*group].last() != Some(&index) {
                    members[*group].push(index);
                }
            }
        }
    }
    members
}
