//! Contacts one by one, many at a time.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::api::{Class, Contact, Failure, Operation, Whose, path_of};
use crate::contact::{Assignee, Identifier};
use crate::workspace::{Contacts, Told};

use super::asker::{Asker, Unanswered};
use super::lists::{self, card};
use super::{Error, Step};

/// Reads under way at the same time: enough that the pacer is never kept waiting.
const AT_ONCE: usize = 128;
/// So many lists of single users may stand in the place of the whole one.
const LISTS: usize = 2;
/// One list of a single user for so many contacts: each may waste a page.
const FOR_A_LIST: usize = 990;

/// Finds out who has these contacts now. `told` is who has them as the sheet says, most first: a hint for where to look.
///
/// # Errors
/// If going on is pointless. A contact that could not be read is told in the result.
pub async fn contacts(
    asker: &Arc<Asker>,
    wanted: Vec<Identifier>,
    told: &[Assignee],
    mut on: impl FnMut(Step),
) -> Result<Contacts, Error> {
    let mut contacts = Contacts::default();
    let wanted: HashSet<Identifier> = wanted.into_iter().collect();
    if wanted.is_empty() {
        return Ok(contacts);
    }
    contacts.as_of = Some(Timestamp::now());
    let holders: Vec<Whose> = told.iter().filter_map(whose).collect();
    let few = holders.len() == told.len() && told.len() <= LISTS.max(wanted.len() / FOR_A_LIST);
    let holders = if few { &holders[..] } else { &[] };
    lists::look(asker, &wanted, holders, &mut contacts, &mut on).await?;
    let mut left: Vec<Identifier> = wanted
        .iter()
        .filter(|identifier| !contacts.knows(identifier))
        .cloned()
        .collect();
    left.sort_unstable();
    one_by_one(asker, left, wanted.len(), &mut contacts, &mut on).await?;
    Ok(contacts)
}

fn whose(holder: &Assignee) -> Option<Whose> {
    match holder {
        Assignee::User(id) => Some(Whose::Of(*id)),
        Assignee::Nobody => Some(Whose::Nobodys),
        // The list is filtered by ID alone.
        Assignee::Email(_) => None,
    }
}

type Answer = (Identifier, Result<Contact, Unanswered>);

async fn one_by_one(
    asker: &Arc<Asker>,
    left: Vec<Identifier>,
    wanted: usize,
    into: &mut Contacts,
    on: &mut impl FnMut(Step),
) -> Result<(), Error> {
    let mut done = wanted - left.len();
    let left: Arc<[Identifier]> = left.into();
    let next = Arc::new(AtomicUsize::new(0));
    let (sender, mut answers) = mpsc::channel::<Answer>(AT_ONCE);
    // Dropped with this function, which ends what is still under way.
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE.min(left.len()) {
        let (asker, left, next, sender) = (
            Arc::clone(asker),
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
                into.found(identifier, card(contact), Told::Read);
            }
            Err(Unanswered::Over(err)) => return Err(err),
            Err(Unanswered::Refused(failure)) if failure.class == Class::NotServed => {
                return Err(Error::NoReads(failure.message));
            }
            Err(Unanswered::Refused(failure)) if is_missing(&failure) => {
                into.missing(identifier, failure.message);
            }
            Err(Unanswered::Refused(failure) | Unanswered::Failed(failure)) => {
                into.unread(identifier, failure.message);
            }
        }
        done += 1;
        on(Step::Read { done, wanted });
    }
    Ok(())
}

/// Whether the workspace says that there is no such contact.
fn is_missing(failure: &Failure) -> bool {
    failure.http == Some(404)
}
