//! The fair share of everybody: load per capacity as even as groups, maxima and what must stay allow.
//!
//! Shares are fractions, and exact: whoever has the same capacity in the same situation has the same share to the last
//! digit, so that ties are ties.
//!
//! One load per capacity for all would be fairest. Where groups do not allow it, a cut through the network of groups
//! and users shows the groups that are too large for those who serve them; these users share these groups among
//! themselves, the others share the rest, and both are looked at again. This ends after as many cuts as there are
//! groups, at the shares whose squares per capacity have the least sum.

use std::cmp::Ordering;

use ac_library::MfGraph;

use super::{GroupIndex, UserIndex, gcd};

/// Who may take how much of what.
#[derive(Clone, Debug)]
pub(super) struct Serving {
    /// Those who take contacts of each group, in the order of the users.
    pub(super) members: Vec<Vec<UserIndex>>,
    /// The load of each group that may move, whoever has it.
    pub(super) supply: Vec<u64>,
    pub(super) capacity: Vec<u64>,
    /// The load of each user that stays.
    pub(super) fixed: Vec<u64>,
    /// The load that each user must not exceed; never less than what stays.
    pub(super) most: Vec<Option<u64>>,
}

impl Serving {
    pub(super) fn serves(&self, user: UserIndex, group: GroupIndex) -> bool {
        self.members[group].binary_search(&user).is_ok()
    }
}

/// What the maxima leave too little room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shortage {
    pub(super) groups: Vec<GroupIndex>,
    pub(super) load: u64,
    pub(super) room: u64,
}

/// A fraction that is not negative.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio {
    over: i128,
    under: i128,
}

impl Ratio {
    pub(super) fn new(over: i128, under: i128) -> Ratio {
        Ratio { over, under }
    }

    pub(super) fn whole(number: u64) -> Ratio {
        Ratio::new(number.into(), 1)
    }

    /// The sum with another fraction, which may be negative; 0 if that would be less.
    pub(super) fn plus(self, over: i128, under: i128) -> Ratio {
        Ratio::new(
            (self.over * under + over * self.under).max(0),
            self.under * under,
        )
    }

    /// The product with a fraction; 0 if that is less.
    pub(super) fn times(self, over: i128, under: i128) -> Ratio {
        Ratio::new((self.over * over).max(0), self.under * under)
    }

    pub(super) fn floor(self) -> u64 {
        u64::try_from(self.over / self.under).unwrap_or(u64::MAX)
    }

    pub(super) fn ceil(self) -> u64 {
        u64::try_from((self.over + self.under - 1) / self.under).unwrap_or(u64::MAX)
    }

    /// What is left above [`floor`](Ratio::floor), in parts of `scale`.
    pub(super) fn remainder(self, scale: i128) -> i128 {
        (self.over % self.under) * scale / self.under
    }

    /// How many parts of `scale` it is, rounded.
    pub(super) fn scaled(self, scale: i128) -> i128 {
        (2 * self.over * scale + self.under) / (2 * self.under)
    }

    /// The least number of which all these are whole parts; `None` if it is beyond all use.
    pub(super) fn common_denominator(all: &[Ratio]) -> Option<i128> {
        all.iter().try_fold(1_i128, |scale, ratio| {
            let under = ratio.under / gcd(ratio.over, ratio.under);
            (scale / gcd(scale, under)).checked_mul(under)
        })
    }

    pub(super) fn to_f64(self) -> f64 {
        self.over as f64 / self.under as f64
    }

    fn cmp(&self, other: &Ratio) -> Ordering {
        (self.over * other.under).cmp(&(other.over * self.under))
    }
}

/// The fair share of every user, what stays included.
///
/// # Errors
/// If the maxima leave too little room.
pub(super) fn fair(serving: &Serving) -> Result<Vec<Ratio>, Shortage> {
    room(serving)?;
    let mut shares: Vec<Ratio> = serving
        .fixed
        .iter()
        .map(|load| Ratio::whole(*load))
        .collect();
    let everybody = Part {
        users: (0..serving.capacity.len())
            .filter(|user| {
                let takes = |members: &Vec<UserIndex>| members.binary_search(user).is_ok();
                serving.members.iter().any(takes)
            })
            .collect(),
        groups: (0..serving.supply.len())
            .filter(|group| serving.supply[*group] > 0)
            .collect(),
    };
    let mut parts = vec![everybody];
    while let Some(part) = parts.pop() {
        if part.groups.is_empty() {
            continue; // nothing is left to take
        }
        let even = part.even(serving);
        match part.overloaded(serving, &even) {
            None => {
                for (user, share) in part.users.iter().zip(even.shares) {
                    shares[*user] = share;
                }
            }
            Some((inner, outer)) => parts.extend([inner, outer]),
        }
    }
    Ok(shares)
}

/// Users who share groups among themselves.
struct Part {
    users: Vec<UserIndex>,
    groups: Vec<GroupIndex>,
}

/// What one load per capacity gives each user of a part.
struct Even {
    shares: Vec<Ratio>,
    /// A whole multiple of what stands under each share.
    under: i128,
}

impl Part {
    /// One load per capacity for all, whatever the groups; less for those at their maximum, more for those with whom
    /// more than that stays.
    fn even(&self, serving: &Serving) -> Even {
        let load: u64 = self.groups.iter().map(|group| serving.supply[*group]).sum();
        let stays = |user: UserIndex| i128::from(serving.fixed[user]);
        let capacity = |user: UserIndex| i128::from(serving.capacity[user]);
        // Where somebody begins to take more, and where somebody is full, by load per capacity.
        let mut turns: Vec<(Ratio, UserIndex, Turn)> = Vec::new();
        for user in self.users.iter().copied() {
            turns.push((Ratio::new(stays(user), capacity(user)), user, Turn::Begins));
            if let Some(most) = serving.most[user] {
                turns.push((Ratio::new(most.into(), capacity(user)), user, Turn::IsFull));
            }
        }
        turns.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        // At a level L, those who take have `taking * L - standing` above what stays with them; that has to be `left`.
        let mut left = i128::from(load);
        let (mut taking, mut standing) = (0_i128, 0_i128);
        let mut level = Ratio::whole(0);
        for (at, user, turn) in turns {
            if taking > 0 && taking * at.over - standing * at.under >= left * at.under {
                break;
            }
            match turn {
                Turn::Begins => {
                    taking += capacity(user);
                    standing += stays(user);
                }
                Turn::IsFull => {
                    taking -= capacity(user);
                    standing -= stays(user);
                    left -= i128::from(serving.most[user].unwrap_or_default()) - stays(user);
                }
            }
            level = at;
        }
        if taking > 0 {
            level = Ratio::new(left + standing, taking);
        }
        let share = |user: UserIndex| {
            let share = Ratio::new(capacity(user) * level.over, level.under);
            let least = Ratio::whole(serving.fixed[user]);
            match serving.most[user].map(Ratio::whole) {
                _ if share.cmp(&least).is_le() => least,
                Some(most) if share.cmp(&most).is_ge() => most,
                _ => share,
            }
        };
        Even {
            shares: self.users.iter().copied().map(share).collect(),
            under: level.under,
        }
    }

    /// The groups that are too large for these shares of those who serve them, with these users; and the rest.
    fn overloaded(&self, serving: &Serving, even: &Even) -> Option<(Part, Part)> {
        let under = even.under;
        let room = self.users.iter().zip(&even.shares).map(|(user, share)| {
            share.over * (under / share.under) - i128::from(serving.fixed[*user]) * under
        });
        let supply = |group: GroupIndex| i128::from(serving.supply[group]) * under;
        let cut = Cut::new(self, serving, room, supply)?;
        let part = |side: Side| Part {
            users: cut.users(self, side),
            groups: cut.groups(self, side),
        };
        Some((part(Side::Overloaded), part(Side::Rest)))
    }
}

#[derive(Clone, Copy)]
enum Turn {
    Begins,
    IsFull,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Overloaded,
    Rest,
}

/// Whether the maxima have room for everything.
fn room(serving: &Serving) -> Result<(), Shortage> {
    let all = Part {
        users: (0..serving.capacity.len()).collect(),
        groups: (0..serving.supply.len()).collect(),
    };
    let total: u64 = serving.supply.iter().sum();
    let room = |user: &UserIndex| match serving.most[*user] {
        Some(most) => most - serving.fixed[*user],
        None => total,
    };
    let rooms = all.users.iter().map(|user| room(user).into());
    let supply = |group: GroupIndex| i128::from(serving.supply[group]);
    let Some(cut) = Cut::new(&all, serving, rooms, supply) else {
        return Ok(());
    };
    let groups = cut.groups(&all, Side::Overloaded);
    Err(Shortage {
        load: groups.iter().map(|group| serving.supply[*group]).sum(),
        room: cut.users(&all, Side::Overloaded).iter().map(room).sum(),
        groups,
    })
}

/// The groups that do not fit, and those who serve them.
struct Cut {
    reached: Vec<bool>,
}

impl Cut {
    /// `None` if everything fits.
    fn new(
        part: &Part,
        serving: &Serving,
        room: impl Iterator<Item = i128>,
        supply: impl Fn(GroupIndex) -> i128,
    ) -> Option<Cut> {
        let (users, groups) = (part.users.len(), part.groups.len());
        let (source, sink) = (users + groups, users + groups + 1);
        let mut graph = MfGraph::<i128>::new(users + groups + 2);
        let mut places = vec![None; serving.capacity.len()];
        for (place, room) in room.enumerate() {
            places[part.users[place]] = Some(place);
            graph.add_edge(place, sink, room);
        }
        let mut all = 0;
        for (place, group) in part.groups.iter().enumerate() {
            let supply = supply(*group);
            all += supply;
            graph.add_edge(source, users + place, supply);
            for user in serving.members[*group]
                .iter()
                .filter_map(|user| places[*user])
            {
                graph.add_edge(users + place, user, supply);
            }
        }
        (graph.flow(source, sink) < all).then(|| Cut {
            reached: graph.min_cut(source),
        })
    }

    fn users(&self, part: &Part, side: Side) -> Vec<UserIndex> {
        self.of(&part.users, 0, side)
    }

    fn groups(&self, part: &Part, side: Side) -> Vec<GroupIndex> {
        self.of(&part.groups, part.users.len(), side)
    }

    fn of(&self, all: &[usize], first: usize, side: Side) -> Vec<usize> {
        let wanted = side == Side::Overloaded;
        let places = all.iter().zip(&self.reached[first..]);
        places
            .filter(|(_, reached)| **reached == wanted)
            .map(|(index, _)| *index)
            .collect()
    }
}
