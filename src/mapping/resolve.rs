//! Which of the workspace's users an assignee's cell means.

use std::collections::HashMap;
use std::sync::Arc;

use crate::contact::{self, Assignee, ReadValue};
use crate::workspace::{NameMatch, NoUser, Spelling, User, Users};

use crate::outcome::Reason;

use super::Problem;

/// For how many names that nobody has the nearest is looked for: where there are more, they are not names of users.
const SUGGESTIONS: usize = 1_000;

/// An assignee as it is sent.
pub(crate) struct Resolved {
    pub(crate) read: ReadValue<Assignee>,
    /// How the user's name was written, if the cell holds one.
    pub(crate) named: Option<Spelling>,
}

impl Resolved {
    /// An assignee that needed no repair.
    pub(super) fn plain(value: Assignee) -> Resolved {
        Resolved {
            read: ReadValue::plain(value),
            named: None,
        }
    }
}

/// The user whom a cell names; `own` is what it says without knowing the users.
pub(crate) fn among(
    users: &Users,
    cell: &str,
    own: Result<ReadValue<Assignee>, contact::Reason>,
) -> Result<Resolved, Reason> {
    let (text, cleaned) = contact::clean(cell).map_err(Reason::Cell)?;
    let listed = own.as_ref().ok().and_then(|read| users.get(&read.value));
    let resolved = |user: &User, repairs, named| {
        let value = user
            .assignee()
            .ok_or(Reason::Cell(contact::Reason::NotAnAssignee))?;
        let read = ReadValue { value, repairs };
        Ok(Resolved { read, named })
    };
    // `Ann Lee <dee@example.com>`: who is meant, Ann or Dee?
    if let Some(name) = contact::name_beside(&text)
        && let Some(user) = listed
    {
        match users.named(name) {
            NameMatch::One(other, _) if other != user => return Err(several(&[user, other])),
            NameMatch::Several(others) if !others.contains(&user) => {
                let all: Vec<&User> = std::iter::once(user).chain(others).collect();
                return Err(several(&all));
            }
            _ => {}
        }
    }
    match (own, listed, users.named(&text)) {
        (Ok(read), _, named) if read.value == Assignee::Nobody => match named {
            NameMatch::Nobody => Ok(Resolved { read, named: None }),
            NameMatch::One(user, _) => Err(or_nobody(&[user])),
            NameMatch::Several(users) => Err(or_nobody(&users)),
        },
        (Ok(read), Some(user), NameMatch::Nobody) => resolved(user, read.repairs, None),
        (Ok(read), Some(user), NameMatch::One(same, _)) if same == user => {
            resolved(user, read.repairs, None)
        }
        // An ID may be somebody else's name, too: a number of another system, written down as one.
        (_, Some(user), NameMatch::One(other, _)) => Err(several(&[user, other])),
        (_, Some(user), NameMatch::Several(others)) => {
            let others = others.into_iter().filter(|other| *other != user);
            let all: Vec<&User> = std::iter::once(user).chain(others).collect();
            Err(several(&all))
        }
        (_, None, NameMatch::One(user, spelling)) => resolved(user, cleaned, Some(spelling)),
        (_, None, NameMatch::Several(all)) => Err(several(&all)),
        (Ok(_), None, NameMatch::Nobody) => Err(Reason::User(NoUser::NotListed {
            list: users.source().clone(),
        })),
        (Err(contact::Reason::NotAnAssignee), None, NameMatch::Nobody) => {
            Err(Reason::User(NoUser::NoSuchName {
                list: users.source().clone(),
                nearest: None, // looked for once per name, not once per row
            }))
        }
        (Err(reason), _, NameMatch::Nobody) => Err(Reason::Cell(reason)),
    }
}

/// Makes sure that the workspace lists who was meant, as far as it was asked.
pub(super) fn listed(users: &Users, resolved: Resolved) -> Result<Resolved, Reason> {
    match users.get(&resolved.read.value) {
        Some(user) if user.is_unlisted => Err(Reason::User(NoUser::NotYet {
            who: user.to_string().into(),
            list: users.source().name().into(),
        })),
        _ => Ok(resolved),
    }
}

/// Whether a cell names this user, perhaps among others.
pub(super) fn calls(
    users: &Users,
    assignee: &Assignee,
    cell: &str,
    own: Option<&ReadValue<Assignee>>,
) -> bool {
    let Some(user) = users.get(assignee) else {
        return false;
    };
    if own.and_then(|read| users.get(&read.value)) == Some(user) {
        return true;
    }
    let Ok((text, _)) = contact::clean(cell) else {
        return false;
    };
    match users.named(&text) {
        NameMatch::Nobody => false,
        NameMatch::One(named, _) => named == user,
        NameMatch::Several(several) => several.contains(&user),
    }
}

fn several(users: &[&User]) -> Reason {
    Reason::User(NoUser::Several {
        who: either(users).into(),
    })
}

/// A user's name may be a word that unassigns.
fn or_nobody(users: &[&User]) -> Reason {
    let who = format!("nobody (`unassign`) or {}", either(users)).into();
    Reason::User(NoUser::Several { who })
}

fn either(users: &[&User]) -> String {
    let all = users.iter().map(ToString::to_string);
    all.collect::<Vec<_>>().join(" or ")
}

/// The users whose names are most like those that nobody has, found once per name.
pub(super) struct Suggestions<'a> {
    users: &'a Users,
    nearest: HashMap<Box<str>, Option<Arc<str>>>,
}

impl<'a> Suggestions<'a> {
    pub(super) fn new(users: &'a Users) -> Suggestions<'a> {
        Suggestions {
            users,
            nearest: HashMap::new(),
        }
    }

    /// Completes what is said about a name that nobody has.
    pub(super) fn add(&mut self, problem: &mut Problem) {
        let Reason::User(NoUser::NoSuchName { nearest, .. }) = &mut problem.reason else {
            return;
        };
        if let Some(known) = self.nearest.get(&problem.found) {
            nearest.clone_from(known);
        } else if self.nearest.len() < SUGGESTIONS {
            let users = self.users.nearest(&problem.found);
            let found: Option<Arc<str>> = (!users.is_empty()).then(|| either(&users).into());
            nearest.clone_from(&found);
            self.nearest.insert(problem.found.clone(), found);
        }
    }
}
