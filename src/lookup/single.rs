//! Contacts one by one, many at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::api::{Class, Contact, ConversationStatus, Failure, Holder, Operation, path_of};
use crate::contact::Identifier;
use crate::workspace::{Card, Contacts, KnownBy};

use super::asker::{Asker, Unanswered};
use super::{Error, LookupStep};

/// Reads under way at the same time: enough that the pacer is never kept waiting.
const AT_ONCE: usize = 128;

type Answer = (Identifier, Result<Contact, Unanswered>);

/// Reads these contacts, and tells how many of all that are `wanted` are done.
pub(super) async fn one_by_one(
    asker: &Asker,
    left: Vec<Identifier>,
    into: &mut Contacts,
    wanted: usize,
    on: &mut impl FnMut(LookupStep),
) -> Result<(), Error> {
    let mut done = into.listed + into.read;
    let left: Arc<[Identifier]> = left.into();
    let next = Arc::new(AtomicUsize::new(0));
    let (sender, mut answers) = mpsc::channel::<Answer>(AT_ONCE);
    // Dropped with this function, which ends what is still under way.
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE.min(left.len()) {
        let (asker, left, next, sender) = (
            asker.clone(),
            Arc::clone(&left),
            Arc::clone(&next),
            sender.clone(),
        );
        workers.spawn(async move {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(identifier) = left.get(place) else {
                    return;
                };
                let answer = asker
                    .ask(Operation::Read, path_of(identifier), || {
                        asker.client().contact(identifier)
                    })
                    .await;
                if let Ok(contact) = &answer {
                    asker.caller.note_known(contact.id);
                }
                if sender.send((identifier.clone(), answer)).await.is_err() {
                    return; // nobody listens any more
                }
            }
        });
    }
    drop(sender);
    while let Some((identifier, answer)) = answers.recv().await {
        into.requests += 1;
        match answer {
            Ok(contact) => {
                into.read += 1;
                into.found(identifier, card(contact), KnownBy::Read);
            }
            Err(Unanswered::Over(err)) => return Err(err),
            Err(Unanswered::Refused(failure)) if failure.class == Class::NotServed => {
                return Err(Error::NoReads(failure.message));
            }
            Err(Unanswered::Refused(Failure {
                class: Class::OtherContact { id },
                ..
            })) => into.other(identifier, id),
            Err(Unanswered::Refused(failure)) if is_missing(&failure) => {
                into.missing(identifier, failure.message);
            }
            Err(Unanswered::Refused(failure) | Unanswered::Failed(failure)) => {
                if failure.is_web_page {
                    into.web_page.get_or_insert_with(|| failure.message.clone());
                }
                into.unread(identifier, failure.message);
            }
        }
        done += 1;
        on(LookupStep::Read { done, wanted });
    }
    Ok(())
}

/// Whether the workspace says that there is no such contact.
fn is_missing(failure: &Failure) -> bool {
    failure.http == Some(404) && failure.class == Class::Refused
}

/// A contact as plain data.
pub(super) fn card(contact: Contact) -> Card {
    let holder_email = match &contact.holder {
        Holder::User {
            email: Some(email), ..
        } => email.parse().ok(),
        Holder::User { .. } | Holder::Nobody => None,
    };
    Card {
        id: contact.id,
        holder_email,
        holder: contact.holder.to_assignee(),
        is_closed: contact.status == ConversationStatus::Closed,
        phone: contact.phone.and_then(|phone| phone.parse().ok()),
        email: contact.email.and_then(|email| email.parse().ok()),
        name: contact.name,
    }
}
