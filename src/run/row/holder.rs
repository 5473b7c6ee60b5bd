//! What it means for a row who has its contact.

use crate::api::{Contact, ConversationStatus, Holder};
use crate::contact::Assignee;
use crate::outcome::{Met, Reason, Status};
use crate::plan::Expected;

/// Who has the contact, as people know them.
pub(super) fn met(holder: &Holder) -> Option<Met> {
    match holder {
        Holder::Nobody => None,
        Holder::User { id, email, name } => Some(Met {
            id: *id,
            email: email.clone(),
            name: name.clone(),
        }),
    }
}

pub(super) fn done(assignee: &Assignee) -> Status {
    match assignee {
        Assignee::Nobody => Status::Unassigned,
        Assignee::User(_) | Assignee::Email(_) => Status::Assigned,
    }
}

/// What is wrong if somebody else has the contact than must have it for the write to be sent.
pub(super) fn drift(expected: Expected<'_>, holder: &Holder) -> Option<Reason> {
    if holder.is(expected.holder()) {
        return None;
    }
    Some(expected.moved(match holder {
        Holder::Nobody => None,
        Holder::User { id, email, name } => {
            let id = id.map(|id| id.to_string());
            Some(email.clone().or(id).unwrap_or_else(|| name.clone()))
        }
    }))
}

/// Why a write that was answered 200 does not show.
pub(in crate::run) fn not_applied(contact: &Contact, previous: Option<&Assignee>) -> Reason {
    if contact.status == ConversationStatus::Closed {
        return Reason::ConversationClosed;
    }
    let owner = match &contact.holder {
        Holder::Nobody => None,
        holder => Some(named(holder).into()),
    };
    match previous.is_some_and(|previous| contact.holder.is(previous)) {
        true => Reason::NotMade { owner },
        false => Reason::MovedAfterwards { owner },
    }
}

/// A user by name and email, as far as the API tells them.
fn named(holder: &Holder) -> String {
    let Holder::User { id, email, name } = holder else {
        return "nobody".to_owned();
    };
    let id = id.map(|id| id.to_string());
    match (name.as_str(), email.as_ref().or(id.as_ref())) {
        ("", None) => "somebody whom the API does not name".to_owned(),
        ("", Some(key)) => format!("`{key}`"),
        (name, None) => name.to_owned(),
        (name, Some(key)) => format!("{name} (`{key}`)"),
    }
}
