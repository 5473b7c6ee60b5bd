//! What a plan does to the load of each user: plain figures for the screen, documents and pages.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::contact::Assignee;
use crate::workspace::Users;

/// Who gives and receives how many contacts, and what each has before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// What [`Share::before`] and [`Share::after`] count.
    pub counts: Counts,
    /// The users: those who receive most first, then those who give most, then by who they are.
    pub users: Vec<Share>,
    /// The contacts that nobody has: `receives` are those that become unassigned.
    pub nobody: Share,
    /// How many contacts are given to whom they are with already; they are neither given nor received.
    pub already_so: usize,
    /// How many contacts change hands and nobody knows from whom; they are received, and not given.
    pub from_unknown: usize,
}

/// Which contacts are counted before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counts {
    /// None: it is not known who has them.
    #[default]
    Nothing,
    /// Those of the sheet.
    Sheet,
    /// All of the workspace.
    Workspace,
}

/// What becomes of the load of one user, or of the contacts that nobody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Who.
    pub who: Assignee,
    /// The user's name and email as far as they are known: `Ann Lee <ann@example.com>`.
    pub name: Option<String>,
    /// Contacts that go to somebody else, as far as it is known who has them.
    pub gives: usize,
    /// Contacts that come: each of them is a notification.
    pub receives: usize,
    /// Contacts before; `None` if that is not known.
    pub before: Option<usize>,
    /// Contacts after; `None` if that is not known.
    pub after: Option<usize>,
}

/// A contact that is to change hands.
#[derive(Clone, Copy, Debug)]
pub struct Move<'a> {
    /// Who has it, if that is known.
    pub from: Option<&'a Assignee>,
    /// Who gets it.
    pub to: &'a Assignee,
}

/// Who has how many contacts before anything is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Which contacts were counted.
    pub counts: Counts,
    /// The holders, [`Assignee::Nobody`] among them, each once.
    pub by: Vec<(Assignee, usize)>,
}

impl Default for Share {
    fn default() -> Share {
        Share::of(Assignee::Nobody)
    }
}

impl Share {
    fn of(who: Assignee) -> Share {
        Share {
            who,
            name: None,
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
}

impl Balance {
    /// Adds up what becomes of everybody's load. Users are told by ID where `users` knows it, and all of them are
    /// listed if it is known who has the contacts of the whole workspace.
    pub fn new<'a>(
        moves: impl IntoIterator<Item = Move<'a>>,
        held: &Held,
        users: Option<&Users>,
    ) -> Balance {
        let canonical = |who: &Assignee| match users {
            Some(users) => users.canonical(who.clone()),
            None => who.clone(),
        };
        let mut shares: HashMap<Assignee, Share> = HashMap::new();
        let mut balance = Balance {
            counts: held.counts,
            ..Balance::default()
        };
        for Move { from, to } in moves {
            let (from, to) = (from.map(canonical), canonical(to));
            if from.as_ref() == Some(&to) {
                balance.already_so += 1;
                continue;
            }
            match from {
                Some(from) => share(&mut shares, from).gives += 1,
                None => balance.from_unknown += 1,
            }
            share(&mut shares, to).receives += 1;
        }
        if held.counts != Counts::Nothing {
            for (who, count) in &held.by {
                *share(&mut shares, canonical(who)).before.get_or_insert(0) += count;
            }
            if let (Some(users), Counts::Workspace) = (users, held.counts) {
                for who in users.iter().filter_map(|user| user.assignee()) {
                    share(&mut shares, who);
                }
            }
            for share in shares.values_mut() {
                let before = *share.before.get_or_insert(0);
                share.after = Some((before + share.receives).saturating_sub(share.gives));
            }
            balance.nobody.before = Some(0);
            balance.nobody.after = Some(0);
        }
        if let Some(nobody) = shares.remove(&Assignee::Nobody) {
            balance.nobody = nobody;
        }
        balance.users = shares.into_values().collect();
        for share in &mut balance.users {
            let user = users.and_then(|users| users.get(&share.who));
            let known = user.filter(|user| user.email.is_some() || !user.names.is_empty());
            share.name = known.map(ToString::to_string);
        }
        balance.users.sort_by_cached_key(|share| {
            (Reverse((share.receives, share.gives)), share.who.clone())
        });
        balance
    }

    /// How many contacts change hands.
    pub fn moved(&self) -> usize {
        self.nobody.receives + self.users.iter().map(|share| share.receives).sum::<usize>()
    }

    /// Who is notified, and how often: everybody who receives contacts, most first.
    pub fn notified(&self) -> impl Iterator<Item = &Share> {
        self.users.iter().filter(|share| share.receives > 0)
    }

    /// Who has contacts now and ends with none.
    pub fn emptied(&self) -> impl Iterator<Item = &Share> {
        self.users.iter().filter(|share| share.is_emptied())
    }
}

fn share(shares: &mut HashMap<Assignee, Share>, who: Assignee) -> &mut Share {
    shares
        .entry(who)
        .or_insert_with_key(|who| Share::of(who.clone()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workspace::{Entry, List, User};

    const ANN: Assignee = Assignee::User(1);
    const BOB: Assignee = Assignee::User(2);

    fn workspace(by: &[(Assignee, usize)]) -> Held {
        Held {
            counts: Counts::Workspace,
            by: by.to_vec(),
        }
    }

    fn users() -> Users {
        let user = |row, id, name: &str, email: &str| Entry {
            row,
            user: User {
                is_unlisted: false,
                id: Some(id),
                email: email.parse().ok(),
                names: vec![name.to_owned()],
            },
        };
        let all = vec![
            user(1, 1, "Ann Lee", "ann@example.com"),
            user(2, 2, "Bob Ray", "bob@example.com"),
            user(3, 3, "Cyd Poe", "cyd@example.com"),
        ];
        Users::new(List::Sheet("users".into()), all).expect("users")
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
        let moves = moves.map(|(from, to)| Move { from, to });
        let held = workspace(&[(ANN, 2), (BOB, 5), (Assignee::Nobody, 4)]);
        let balance = Balance::new(moves, &held, Some(&users()));
        let told: Vec<_> = balance
            .users
            .iter()
            .map(|share| {
                (
                    &share.who,
                    share.before,
                    share.gives,
                    share.receives,
                    share.after,
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
            (balance.nobody.before, balance.nobody.after),
            (Some(4), Some(4))
        );
        assert_eq!((balance.already_so, balance.moved()), (1, 4));
        let emptied: Vec<_> = balance
            .emptied()
            .filter_map(|share| share.name.clone())
            .collect();
        assert_eq!(emptied, ["Ann Lee <ann@example.com>"]);
    }

    #[test]
    fn one_user_by_id_and_by_email_is_one() {
        let by_email = Assignee::Email("bob@example.com".parse().expect("an email"));
        let moves = [&BOB, &by_email].map(|to| Move {
            from: Some(&ANN),
            to,
        });
        let balance = Balance::new(moves, &Held::default(), Some(&users()));
        assert_eq!(balance.notified().count(), 1);
        assert_eq!(balance.users[0].receives, 2);
    }

    #[test]
    fn what_nobody_looked_up_is_unknown_and_not_zero() {
        let balance = Balance::new(
            [Move {
                from: None,
                to: &ANN,
            }],
            &Held::default(),
            None,
        );
        assert_eq!(
            (balance.users[0].before, balance.users[0].after),
            (None, None)
        );
        assert_eq!(balance.nobody.before, None);
        assert_eq!(balance.from_unknown, 1);
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
            let balance = Balance::new(moves.iter().map(|(from, to)| Move { from: Some(from), to }), &held, None);
            let all = || balance.users.iter().chain([&balance.nobody]);
            prop_assert_eq!(all().filter_map(|share| share.before).sum::<usize>(), moves.len());
            prop_assert_eq!(all().filter_map(|share| share.after).sum::<usize>(), moves.len());
            for share in all() {
                let after = moves.iter().filter(|(_, to)| *to == share.who).count();
                prop_assert_eq!(share.after, Some(after));
            }
        }
    }
}
