//! Who gives and who receives contacts, and what each has before and after: plain figures for screen, page, workbook and
//! JSON alike. A person is one person, however the rows name them.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Serialize, Serializer};

use crate::contact::Assignee;

use super::People;

/// Who gives and receives how many contacts, and what each has before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Workloads {
    /// What [`Workload::before`] and [`Workload::after`] count.
    #[serde(serialize_with = "known")]
    pub counted: CountedContacts,
    /// The users: those who receive most first, then those who give most, then by who they are.
    pub users: Vec<Workload>,
    /// The contacts without an owner: `receives` are those that lose theirs.
    pub nobody: Workload,
    /// How many contacts are already with whom they are to be; they are neither given nor received.
    pub already_so: usize,
    /// How many contacts change hands and nobody knows from whom; they are received, and not given.
    pub from_unknown: usize,
    /// Whether two of the users may be one person, known here by ID and there by email.
    pub may_be_the_same: bool,
}

/// Which contacts are counted before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CountedContacts {
    /// None: it is not known who has them.
    #[default]
    Nothing,
    /// Those of the sheet.
    Sheet,
    /// All of the workspace.
    Workspace,
}

/// What becomes of the contacts of one user, or of those without an owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Workload {
    /// Who: by ID where that is known.
    #[serde(rename = "assignee")]
    pub who: Assignee,
    /// The user's name and email as far as they are known: `Ann Lee <ann@example.com>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name alone, unless several users have it.
    #[serde(skip)]
    pub label: Option<String>,
    /// Contacts that go to somebody else, as far as it is known who has them.
    pub gives: usize,
    /// Contacts that come: each of them is a notification.
    pub receives: usize,
    /// Contacts before; `None` if that is not known.
    pub before: Option<usize>,
    /// Contacts after; `None` if that is not known.
    pub after: Option<usize>,
}

/// Null where nothing is counted.
fn known<S: Serializer>(counted: &CountedContacts, to: S) -> Result<S::Ok, S::Error> {
    Some(counted)
        .filter(|counted| **counted != CountedContacts::Nothing)
        .serialize(to)
}

/// A contact that changes hands.
#[derive(Clone, Copy, Debug)]
pub struct Handover<'a> {
    /// Who has it, if that is known.
    pub from: Option<&'a Assignee>,
    /// Who gets it.
    pub to: &'a Assignee,
}

/// Who has how many contacts before anything is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Which contacts were counted.
    pub counted: CountedContacts,
    /// The owners, [`Assignee::Nobody`] among them, each once.
    pub by: Vec<(Assignee, usize)>,
    /// The users who are shown though they have nothing.
    pub users: Vec<Assignee>,
}

impl Default for Workload {
    fn default() -> Workload {
        Workload::of(Assignee::Nobody)
    }
}

impl Workload {
    fn of(who: Assignee) -> Workload {
        Workload {
            who,
            name: None,
            label: None,
            gives: 0,
            receives: 0,
            before: None,
            after: None,
        }
    }

    /// Whether this user has contacts now and ends with none.
    pub fn is_emptied(&self) -> bool {
        self.before.is_some_and(|before| before > 0) && self.after == Some(0)
    }

    /// Whether any contact comes or goes.
    pub fn changes(&self) -> bool {
        self.gives + self.receives > 0
    }
}

impl Workloads {
    /// Adds up what becomes of everybody's contacts.
    pub fn new<'a>(
        moves: impl IntoIterator<Item = Handover<'a>>,
        held: &Held,
        people: &People,
    ) -> Workloads {
        let mut all: HashMap<Assignee, Workload> = HashMap::new();
        let mut loads = Workloads {
            counted: held.counted,
            ..Workloads::default()
        };
        for Handover { from, to } in moves {
            let (from, to) = (
                from.map(|from| people.canonical(from)),
                people.canonical(to),
            );
            if from.as_ref() == Some(&to) {
                loads.already_so += 1;
                continue;
            }
            match from {
                Some(from) => workload(&mut all, from).gives += 1,
                None => loads.from_unknown += 1,
            }
            workload(&mut all, to).receives += 1;
        }
        if held.counted != CountedContacts::Nothing {
            for (who, count) in &held.by {
                *workload(&mut all, people.canonical(who))
                    .before
                    .get_or_insert(0) += count;
            }
            for who in &held.users {
                workload(&mut all, people.canonical(who));
            }
            for load in all.values_mut() {
                let before = *load.before.get_or_insert(0);
                load.after = Some((before + load.receives).saturating_sub(load.gives));
            }
            loads.nobody.before = Some(0);
            loads.nobody.after = Some(0);
        }
        if let Some(nobody) = all.remove(&Assignee::Nobody) {
            loads.nobody = nobody;
        }
        loads.users = all.into_values().collect();
        for load in &mut loads.users {
            load.name = people.name(&load.who);
            load.label = load.name.is_some().then(|| people.label(&load.who));
        }
        loads
            .users
            .sort_by_cached_key(|load| (Reverse((load.receives, load.gives)), load.who.clone()));
        let changed = loads.users.iter().filter(|load| load.changes());
        loads.may_be_the_same = people.may_be_the_same(changed.map(|load| &load.who));
        loads
    }

    /// How many contacts get another owner.
    pub fn given(&self) -> usize {
        self.users.iter().map(|load| load.receives).sum()
    }

    /// How many contacts lose their owner and get none.
    pub fn unassigned(&self) -> usize {
        self.nobody.receives
    }

    /// How many contacts change hands.
    pub fn moved(&self) -> usize {
        self.given() + self.unassigned()
    }

    /// Who is notified, once for each contact that they receive; most first.
    pub fn notified(&self) -> impl Iterator<Item = &Workload> {
        self.users.iter().filter(|load| load.receives > 0)
    }

    /// Who has contacts now and ends with none.
    pub fn emptied(&self) -> impl Iterator<Item = &Workload> {
        self.users.iter().filter(|load| load.is_emptied())
    }
}

fn workload(all: &mut HashMap<Assignee, Workload>, who: Assignee) -> &mut Workload {
    all.entry(who)
        .or_insert_with_key(|who| Workload::of(who.clone()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANN: Assignee = Assignee::User(1);
    const BOB: Assignee = Assignee::User(2);

    fn workspace(by: &[(Assignee, usize)]) -> Held {
        Held {
            counted: CountedContacts::Workspace,
            by: by.to_vec(),
            users: vec![Assignee::User(3)],
        }
    }

    fn people() -> People {
        let mut people = People::default();
        people.add(Some(1), Some("ann@example.com"), Some("Ann Lee"));
        people.add(Some(2), Some("bob@example.com"), Some("Bob Ray"));
        people.add(Some(3), Some("cyd@example.com"), Some("Cyd Poe"));
        people
    }

    #[test]
    fn each_user_gives_receives_and_ends_with_the_difference() {
        let moves = [
            (Some(&ANN), &BOB),
            (Some(&ANN), &BOB),
            (Some(&Assignee::Nobody), &BOB),
            (Some(&BOB), &Assignee::Nobody),
            (Some(&BOB), &BOB),
        ];
        let moves = moves.map(|(from, to)| Handover { from, to });
        let held = workspace(&[(ANN, 2), (BOB, 5), (Assignee::Nobody, 4)]);
        let loads = Workloads::new(moves, &held, &people());
        let told: Vec<_> = loads
            .users
            .iter()
            .map(|load| {
                (
                    &load.who,
                    load.before,
                    load.gives,
                    load.receives,
                    load.after,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (&BOB, Some(5), 1, 3, Some(7)),
                (&ANN, Some(2), 2, 0, Some(0)),
                (&Assignee::User(3), Some(0), 0, 0, Some(0)),
            ]
        );
        assert_eq!(
            (loads.nobody.before, loads.nobody.after),
            (Some(4), Some(4))
        );
        assert_eq!((loads.already_so, loads.moved()), (1, 4));
        let emptied: Vec<_> = loads
            .emptied()
            .filter_map(|load| load.name.clone())
            .collect();
        assert_eq!(emptied, ["Ann Lee <ann@example.com>"]);
    }

    #[test]
    fn one_user_by_id_and_by_email_is_one() {
        let by_email = Assignee::Email("bob@example.com".parse().expect("an email"));
        let moves = [&BOB, &by_email].map(|to| Handover {
            from: Some(&ANN),
            to,
        });
        let loads = Workloads::new(moves, &Held::default(), &people());
        assert_eq!(loads.notified().count(), 1);
        assert_eq!(loads.users[0].receives, 2);
    }

    #[test]
    fn what_nobody_looked_up_is_unknown_and_not_zero() {
        let loads = Workloads::new(
            [Handover {
                from: None,
                to: &ANN,
            }],
            &Held::default(),
            &People::default(),
        );
        assert_eq!((loads.users[0].before, loads.users[0].after), (None, None));
        assert_eq!(loads.nobody.before, None);
        assert_eq!(loads.from_unknown, 1);
    }

    proptest! {
        #[test]
        fn no_contact_is_lost_between_before_and_after(moves in proptest::collection::vec((0_u64..5, 0_u64..5), 0..60)) {
            let who = |id: u64| if id == 0 { Assignee::Nobody } else { Assignee::User(id) };
            let moves: Vec<_> = moves.into_iter().map(|(from, to)| (who(from), who(to))).collect();
            let mut by: HashMap<Assignee, usize> = HashMap::new();
            for (from, _) in &moves {
                *by.entry(from.clone()).or_default() += 1;
            }
            let held = workspace(&by.into_iter().collect::<Vec<_>>());
            let loads = Workloads::new(moves.iter().map(|(from, to)| Handover { from: Some(from), to }), &held, &People::default());
            let all = || loads.users.iter().chain([&loads.nobody]);
            prop_assert_eq!(all().filter_map(|load| load.before).sum::<usize>(), moves.len());
            prop_assert_eq!(all().filter_map(|load| load.after).sum::<usize>(), moves.len());
            for load in all() {
                let after = moves.iter().filter(|(_, to)| *to == load.who).count();
                prop_assert_eq!(load.after, Some(after));
            }
        }
    }
}
