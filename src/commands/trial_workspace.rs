//! What of a sheet a sandbox needs to know, so that one's own sheet can be tried.

use crate::contact::{self, Assignee, Identifier};
use crate::mapping::{Assignees, Item, Problem, Reading};
use crate::outcome::Reason;
use crate::outcome::Status;
use crate::sandbox::{TrialContact, TrialUser, TrialWorkspace};
use crate::workspace::{User, Users};

/// The contacts of these rows, who has them as far as the rows say, and the users: those that are listed, and who gets
/// or has a contact.
pub(super) fn trial_workspace(
    items: &[Item],
    assignees: &Assignees,
    users: Option<&Users>,
) -> TrialWorkspace {
    let mut trial = TrialWorkspace::default();
    trial
        .users
        .extend(users.into_iter().flat_map(Users::iter).map(listed));
    for item in items {
        let earlier = item.earlier.as_deref();
        let (contact, assignee) = match &item.reading {
            Reading::Mapping { contact, assignee } => {
                (Some(contact), Some(assignees.get(*assignee)))
            }
            Reading::Blank { contact } => (contact.as_ref(), None),
            Reading::NoRow(_) => (None, None),
            Reading::Rejected(rejection) => {
                trial
                    .users
                    .extend(rejection.problems.iter().filter_map(name));
                let assignee = rejection.assignee.map(|key| assignees.get(key));
                (rejection.contact.as_ref(), assignee)
            }
        };
        let settled = earlier.and_then(|earlier| match earlier.status {
            Status::Assigned | Status::Unassigned | Status::Unchanged => earlier.assignee.as_ref(),
            _ => None,
        });
        let current = item.current.map(|key| assignees.get(key));
        let owner = settled
            .or(current)
            .or(earlier.and_then(|earlier| earlier.previous.as_ref()));
        trial.users.extend(assignee.and_then(called));
        let contact = contact.or(earlier.and_then(|earlier| earlier.contact.as_ref()));
        trial.contacts.extend(contact.map(|contact| {
            let all = [contact].into_iter().chain(item.witnesses.iter());
            TrialContact {
                names: all.map(Identifier::to_string).collect(),
                owner: owner.and_then(called),
            }
        }));
    }
    trial
}

fn listed(user: &User) -> TrialUser {
    TrialUser {
        id: user.id,
        email: user.email.as_ref().map(ToString::to_string),
        name: user.names.first().cloned(),
    }
}

fn called(assignee: &Assignee) -> Option<TrialUser> {
    let user = TrialUser::default();
    match assignee {
        Assignee::User(id) => Some(TrialUser {
            id: Some(*id),
            ..user
        }),
        Assignee::Email(email) => Some(TrialUser {
            email: Some(email.to_string()),
            ..user
        }),
        Assignee::Nobody => None,
    }
}

/// The user whom a cell names by a name that only the workspace could know.
fn name(problem: &Problem) -> Option<TrialUser> {
    let is_name = problem.reason == Reason::Cell(contact::Reason::NotAnAssignee);
    (is_name && !problem.found.ends_with('…')).then(|| TrialUser {
        name: Some(problem.found.to_string()),
        ..TrialUser::default()
    })
}
