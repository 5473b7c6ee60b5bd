//! Load and roster become what the load is spread by; everything that stands in the way is told together.

use std::collections::{BTreeMap, HashMap};

use jiff::{ToSpan, Zoned};

use crate::cli::RebalanceArgs;
use crate::contact::{Assignee, Identifier};
use crate::mapping::{self, AssigneeKey, LoadRow, MILLIONTHS, plain_group};
use crate::plan::OnConflict;
use crate::rebalance::{
    self, Error, LoadUser, Movability, RebalanceOptions, RebalanceScope, Tolerance, UserIndex,
    WeighedContact,
};
use crate::workspace::Users;

use super::super::screen::{amount, counted, rows};
use super::source::{self, Given, TOLD};
use crate::refusal::Refusal;

/// Names more alike than this may be the same, misspelled.
const ALIKE: f64 = 0.7;

/// What all weights together must not exceed, in millionths.
const HEAVIEST: u64 = 1_000_000_000_000_000_000;

/// What the load is spread by, and what is to be told about it.
pub(super) struct Input {
    pub(super) given: Given,
    /// In the order of the contacts' identifiers.
    pub(super) contacts: Vec<WeighedContact>,
    /// The place of each contact in [`Load::rows`](crate::mapping::Load::rows).
    pub(super) rows: Vec<usize>,
    pub(super) users: Vec<LoadUser>,
    /// Who the users are: those of the roster and those of `--from`, by ID or email.
    pub(super) who: Vec<Assignee>,
    /// The users as the roster lists them, then the others.
    pub(super) listed: Vec<UserIndex>,
    /// By name.
    pub(super) groups: Vec<String>,
    /// Rows that say the same as an earlier one.
    pub(super) repeated: Vec<u32>,
    /// Groups of the roster without a contact.
    pub(super) empty_groups: Vec<String>,
    /// The users who are to give everything away.
    pub(super) from: Vec<UserIndex>,
}

impl Input {
    /// Puts load and roster together. What stands in the way goes to `refusals`.
    pub(super) fn new(args: &RebalanceArgs, given: Given, refusals: &mut Vec<Refusal>) -> Input {
        let mut input = Input {
            given,
            users: Vec::new(),
            who: Vec::new(),
            listed: Vec::new(),
            groups: Vec::new(),
            contacts: Vec::new(),
            rows: Vec::new(),
            repeated: Vec::new(),
            empty_groups: Vec::new(),
            from: Vec::new(),
        };
        input.gather(args, refusals);
        input
    }

    fn gather(&mut self, args: &RebalanceArgs, refusals: &mut Vec<Refusal>) {
        let group_ids = self.take_groups();
        let mut from = Vec::new();
        for text in &args.moving.from {
            match source::named(text, self.given.known.as_ref()) {
                Ok(user) => from.push(user),
                Err(why) => refusals.push(Refusal::new(format!("`--from {text}`: {why}"))),
            }
        }
        let takes = |user: &Assignee| self.given.roster.rows.iter().any(|row| row.user == *user);
        if let Some(both) = from.iter().find(|user| args.is_handover() && takes(user)) {
            refusals.push(Refusal::new(format!(
                "{} is named by `--from` and by `--to`; leave one of them out",
                name_of(both, self.given.known.as_ref())
            )));
        }
        if !args.moving.empty_groups {
            refusals.extend(self.unknown_groups(args));
        }
        self.take_users(&from, &group_ids);
        let holders = self.holders(args, refusals);
        for user in &self.from {
            if !holders.values().any(|holder| holder == user) {
                let who = self.full_name(*user);
                refusals.push(Refusal::new(format!(
                    "`--from`: {who} has no contacts in `{}`",
                    self.given.origin.name()
                )));
            }
        }
        self.take_contacts(args, &holders, &group_ids, refusals);
    }

    /// The users of the roster and of `--from`, in an order that neither of the two decides.
    fn take_users(&mut self, from: &[Assignee], group_ids: &HashMap<String, usize>) {
        let roster = &self.given.roster;
        let mut users: BTreeMap<Assignee, LoadUser> = BTreeMap::new();
        for row in &roster.rows {
            let groups = match roster.has_groups {
                true => {
                    let ids = row
                        .groups
                        .iter()
                        .map(|group| group_ids[&plain_group(group)]);
                    ids.collect()
                }
                false => vec![0],
            };
            let user = LoadUser {
                capacity: row.capacity,
                maximum: row.maximum,
                groups,
            };
            users.insert(row.user.clone(), user);
        }
        for user in from {
            users.entry(user.clone()).or_default();
        }
        (self.who, self.users) = users.into_iter().unzip();
        let all = roster.rows.iter().map(|row| &row.user).chain(from);
        for place in all.filter_map(|user| self.who.binary_search(user).ok()) {
            if !self.listed.contains(&place) {
                self.listed.push(place);
            }
        }
        let from = from
            .iter()
            .filter_map(|user| self.who.binary_search(user).ok());
        self.from = from.collect();
    }

    /// Groups of sheet and roster by their plain names. Without groups in the roster there is one for all.
    fn take_groups(&mut self) -> HashMap<String, usize> {
        let roster = &self.given.roster;
        if !roster.has_groups {
            self.groups = vec![String::new()];
            return HashMap::new();
        }
        let mut names: BTreeMap<String, &String> = BTreeMap::new();
        for name in &self.given.load.groups {
            names.insert(plain_group(name), name);
        }
        for name in roster.rows.iter().flat_map(|row| &row.groups) {
            names.entry(plain_group(name)).or_insert_with(|| {
                self.empty_groups.push(name.clone());
                name
            });
        }
        self.groups = names.values().map(|name| (*name).clone()).collect();
        names.into_keys().zip(0..).collect()
    }

    /// Groups of the roster that no contact is of: misspelled, or really without one.
    fn unknown_groups(&self, args: &RebalanceArgs) -> Vec<Refusal> {
        let refusal = |name: &String| {
            let load = &self.given.load.groups;
            let alike =
                |other: &&String| strsim::jaro_winkler(&plain_group(name), &plain_group(other));
            let nearest = load
                .iter()
                .max_by(|one, other| alike(one).total_cmp(&alike(other)));
            let hint = match nearest.filter(|nearest| alike(nearest) > ALIKE) {
                Some(nearest) => format!("did you mean `{nearest}`? Otherwise "),
                None => String::new(),
            };
            Refusal::new(format!(
                "`{}`: no contact in `{}` is of the group `{name}`; {hint}`--empty-groups` says that there is none",
                args.roster_name(),
                self.given.origin.name(),
            ))
            .fixed_by(["--empty-groups"])
        };
        self.empty_groups.iter().map(refusal).collect()
    }

    /// Which user each holder is. Whoever is not in the roster is told, with what they hold.
    fn holders(
        &self,
        args: &RebalanceArgs,
        refusals: &mut Vec<Refusal>,
    ) -> BTreeMap<AssigneeKey, UserIndex> {
        let places: HashMap<&Assignee, UserIndex> = self
            .who
            .iter()
            .enumerate()
            .map(|(place, who)| (who, place))
            .collect();
        let mut holders = BTreeMap::new();
        let mut missing: BTreeMap<Assignee, usize> = BTreeMap::new();
        for row in &self.given.load.rows {
            let Some(key) = row.holder else { continue };
            if holders.contains_key(&key) {
                continue;
            }
            let who = self.canonical(self.given.load.holders.get(key));
            match places.get(&who) {
                Some(place) => {
                    holders.insert(key, *place);
                }
                None => *missing.entry(who).or_default() += 1,
            }
        }
        if args.is_handover() {
            return holders; // others keep what they have, whoever they are
        }
        let mut missing: Vec<(Assignee, usize)> = missing.into_iter().collect();
        missing.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let more = missing.len().saturating_sub(TOLD);
        for (who, count) in missing.iter().take(TOLD) {
            refusals.push(Refusal::new(format!(
                "{} has {} in `{}` and is not in `{}`: add them there, with capacity 0 to give all away",
                name_of(who, self.given.known.as_ref()),
                counted(*count, "contact", "contacts"),
                self.given.origin.name(),
                args.roster_name(),
            )));
        }
        if more > 0 {
            refusals.push(Refusal::new(format!(
                "{more} more have contacts and are not in the roster"
            )));
        }
        holders
    }

    fn canonical(&self, who: &Assignee) -> Assignee {
        match &self.given.known {
            Some(users) => users.canonical(who.clone()),
            None => who.clone(),
        }
    }

    /// Contacts in the order of their identifiers, each once.
    fn take_contacts(
        &mut self,
        args: &RebalanceArgs,
        holders: &BTreeMap<AssigneeKey, UserIndex>,
        group_ids: &HashMap<String, usize>,
        refusals: &mut Vec<Refusal>,
    ) {
        let all = &self.given.load.rows;
        let names = self.given.load.groups.iter();
        let groups: Vec<Option<usize>> = names
            .map(|name| group_ids.get(&plain_group(name)).copied())
            .collect();
        let contact = |place: usize| {
            let row = &all[place];
            let holder = row.holder.and_then(|key| holders.get(&key)).copied();
            let group = match self.given.roster.has_groups {
                true => row.group.and_then(|group| groups[group]),
                false => Some(0),
            };
            contact(row, holder, group)
        };
        let counts = |place: &usize| {
            let holder = all[*place].holder;
            !args.is_handover() || holder.is_some_and(|holder| holders.contains_key(&holder))
        };
        let mut order: Vec<usize> = (0..all.len()).filter(counts).collect();
        order.sort_unstable_by_key(|place| (all[*place].contact.as_ref(), *place));
        let same = |one: &usize, other: &usize| {
            all[*one].contact.is_some() && all[*one].contact == all[*other].contact
        };
        let mut sum = 0_u64;
        let mut conflicts: Vec<Conflict<'_>> = Vec::new();
        for several in order.chunk_by(same) {
            let first = several[0];
            let last = several[several.len() - 1];
            let said = contact(first);
            let others = several[1..].iter().map(|place| contact(*place));
            let differ = others.filter_map(|other| differ(&said, &other)).min();
            let counts = match (differ, args.reading.on_conflict) {
                (None, _) | (_, Some(OnConflict::First)) => first,
                (_, Some(OnConflict::Last)) => last,
                (Some(differ), None | Some(OnConflict::Error)) => {
                    if let Some(contact) = &all[first].contact {
                        let rows = several.iter().map(|place| all[*place].row);
                        conflicts.push((contact, differ, rows.collect()));
                    }
                    first
                }
            };
            let others = several.iter().filter(|place| **place != counts);
            self.repeated.extend(others.map(|place| all[*place].row));
            // Whichever row counts, the contact was active when the last of them says.
            let active = several.iter().filter_map(|place| all[*place].active).max();
            let counted = WeighedContact {
                active,
                ..contact(counts)
            };
            sum = sum.saturating_add(counted.weight);
            self.rows.push(counts);
            self.contacts.push(counted);
        }
        self.repeated.sort_unstable();
        if sum > HEAVIEST {
            refusals.push(Refusal::new(format!(
                "`{}`: the weights add up to more than {}; write them in larger units",
                self.given.origin.name(),
                HEAVIEST / MILLIONTHS
            )));
        }
        self.refuse(&conflicts, refusals);
    }

    /// Refuses contacts that stand in rows which do not agree.
    fn refuse(&self, conflicts: &[Conflict<'_>], refusals: &mut Vec<Refusal>) {
        for (contact, differ, numbers) in conflicts.iter().take(TOLD) {
            let what = match differ {
                Differ::Holder => "is with different users",
                Differ::Group => "is of different groups",
                Differ::Weight => "has different weights",
                Differ::Pinned => "is pinned in one and not in the other",
            };
            refusals.push(
                Refusal::new(format!(
                    "`{}`, {}: {contact} {what} there; `--on-conflict first` or `last` decides",
                    self.given.origin.name(),
                    rows(numbers),
                ))
                .fixed_by(["--on-conflict", "last"]),
            );
        }
        if conflicts.len() > TOLD {
            let more = counted(
                conflicts.len() - TOLD,
                "more contact is",
                "more contacts are",
            );
            refusals.push(
                Refusal::new(format!("{more} there in rows that do not agree"))
                    .fixed_by(["--on-conflict", "last"]),
            );
        }
    }

    /// What was asked for.
    pub(super) fn options(&self, args: &RebalanceArgs) -> RebalanceOptions {
        let moving = &args.moving;
        let since = moving.idle_days.map(|days| {
            let today = Zoned::now().date();
            // Before the calendar begins nothing was active.
            let since = today.checked_sub(i64::from(days).days());
            since.map_or(i32::MIN, mapping::days)
        });
        RebalanceOptions {
            scope: match (moving.only_unassigned, self.from.is_empty()) {
                (true, _) => RebalanceScope::Unassigned,
                (false, true) => RebalanceScope::All,
                (false, false) if args.is_handover() => RebalanceScope::Handover(self.from.clone()),
                (false, false) => RebalanceScope::From(self.from.clone()),
            },
            tolerance: match args.is_handover() {
                true => Tolerance::Load(0),
                false => moving.tolerance.in_units(MILLIONTHS),
            },
            max_moves: moving.max_moves,
            idle_since: since,
        }
    }

    /// Why the load cannot be spread.
    pub(super) fn impossible(&self, err: &Error) -> Refusal {
        let group = |group: usize| format!("`{}`", self.groups[group]);
        Refusal::new(match err {
            Error::NobodyServes {
                group: of,
                contacts,
            } if self.given.roster.has_groups => format!(
                "{} of the group {} could move, and nobody in the roster with a capacity serves it; add it to somebody's \
                 groups",
                counted(*contacts, "contact", "contacts"),
                group(*of)
            ),
            Error::NobodyServes { contacts, .. } => format!(
                "{} could move, and nobody in the roster who is left has a capacity",
                counted(*contacts, "contact", "contacts"),
            ),
            Error::NoRoom { groups, load, room } => {
                let of = match self.given.roster.has_groups {
                    true => {
                        let names: Vec<String> = groups.iter().map(|of| group(*of)).collect();
                        format!(" of {}", names.join(", "))
                    }
                    false => String::new(),
                };
                let unit = rebalance::unit(&self.contacts);
                let multiples = match self
                    .users
                    .iter()
                    .any(|user| user.maximum.unwrap_or(0) % unit > 0)
                {
                    true => format!(
                        " (in whole multiples of {}, as all weights are)",
                        amount(unit)
                    ),
                    false => String::new(),
                };
                format!(
                    "the maxima in the roster are too small: a load of {}{of} has to go somewhere, and there is room for \
                     {}{multiples}; raise them by {} in all",
                    amount(*load),
                    amount(*room),
                    amount(load - room),
                )
            }
        })
    }

    /// Users who give everything away, and how many of their contacts are pinned and stay.
    pub(super) fn pinned_with_leavers(&self) -> Vec<(UserIndex, usize)> {
        let mut counts = vec![0; self.users.len()];
        for contact in &self.contacts {
            if let (Movability::Pinned, Some(holder)) = (contact.mark, contact.holder) {
                counts[holder] += 1;
            }
        }
        self.of_leavers(&counts)
    }

    /// How many contacts those keep who are to give all away, because their conversations are closed.
    pub(super) fn closed_with_leavers(&self) -> Vec<(UserIndex, usize)> {
        let mut counts = vec![0; self.users.len()];
        for (holder, count) in &self.given.load.closed {
            if let Ok(place) = self.who.binary_search(&self.canonical(holder)) {
                counts[place] += count;
            }
        }
        self.of_leavers(&counts)
    }

    /// Of a count for each user those of whoever is to give all away, where it is more than 0.
    fn of_leavers(&self, counts: &[usize]) -> Vec<(UserIndex, usize)> {
        let leaves = |user: &UserIndex| match self.from.is_empty() {
            true => self.users[*user].capacity == 0,
            false => self.from.contains(user),
        };
        let listed = self.listed.iter().copied().filter(leaves);
        let counted = listed.map(|user| (user, counts[user]));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// A user with everything that is known: `Ann Lee <ann@example.com>`.
    pub(super) fn full_name(&self, user: UserIndex) -> String {
        name_of(&self.who[user], self.given.known.as_ref())
    }

    /// A user by name, as far as there is one.
    pub(super) fn short_name(&self, user: UserIndex) -> String {
        let known = self
            .given
            .known
            .as_ref()
            .and_then(|users| users.get(&self.who[user]));
        match known.and_then(|user| user.names.first()) {
            Some(name) => name.clone(),
            None => name_of(&self.who[user], None),
        }
    }
}

fn name_of(who: &Assignee, users: Option<&Users>) -> String {
    match (users.and_then(|users| users.get(who)), who) {
        (Some(user), _) => user.to_string(),
        (None, Assignee::User(id)) => format!("user {id}"),
        (None, who) => who.to_string(),
    }
}

/// A contact, how its rows differ, and their numbers.
type Conflict<'a> = (&'a Identifier, Differ, Vec<u32>);

/// In what two rows about one contact do not agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Differ {
    Holder,
    Group,
    Weight,
    Pinned,
}

fn differ(one: &WeighedContact, other: &WeighedContact) -> Option<Differ> {
    let differ = [
        (one.holder != other.holder, Differ::Holder),
        (one.group != other.group, Differ::Group),
        (one.weight != other.weight, Differ::Weight),
        (one.mark != other.mark, Differ::Pinned),
    ];
    let mut differ = differ.into_iter().filter(|(differs, _)| *differs);
    differ.next().map(|(_, what)| what)
}

fn contact(row: &LoadRow, holder: Option<UserIndex>, group: Option<usize>) -> WeighedContact {
    WeighedContact {
        holder,
        group,
        weight: row.weight,
        active: row.active,
        mark: match (&row.contact, row.is_pinned) {
            (None, _) => Movability::Unreadable,
            (Some(_), true) => Movability::Pinned,
            (Some(_), false) => Movability::Free,
        },
    }
}
