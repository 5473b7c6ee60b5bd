//! The two lists, page by page.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::api::{Contact, ConversationStatus, Cursor, Holder, Operation, SpaceUser, Whose};
use crate::contact::{Assignee, Identifier};
use crate::workspace::{Card, Contacts, Told};

use super::asker::{Asker, Unanswered};
use super::choice::Choice;
use super::{Error, Step};

/// More pages than any workspace has users.
const MOST_PAGES_OF_USERS: usize = 10_000;

/// All users of the workspace, each once, in the order of the list. Pending invitations are not among them.
///
/// # Errors
/// If the workspace cannot be asked.
pub async fn users(asker: &Asker, mut on: impl FnMut(Step)) -> Result<Vec<SpaceUser>, Error> {
    let mut all: Vec<SpaceUser> = Vec::new();
    let mut ids = HashSet::new();
    let mut pages = Pages::default();
    loop {
        let page = asker
            .ask(Operation::Users, 0, || {
                asker.client().users(pages.cursor.as_ref())
            })
            .await
            .map_err(|unanswered| match unanswered {
                Unanswered::Over(err) => err,
                Unanswered::Refused(failure) | Unanswered::Failed(failure) => {
                    Error::Users(failure.message)
                }
            })?;
        if page.unreadable > 0 {
            return Err(Error::Users(format!(
                "{} of them have neither an ID nor an email",
                page.unreadable
            )));
        }
        for user in page.items {
            if user.user.id.is_none_or(|id| ids.insert(id)) {
                all.push(user);
            }
        }
        on(Step::Users(all.len()));
        if !pages.turn(page.next) {
            return Ok(all);
        }
        if pages.count == MOST_PAGES_OF_USERS {
            return Err(Error::Users(format!(
                "there is no end to it after {MOST_PAGES_OF_USERS} pages"
            )));
        }
    }
}

/// Every contact of the workspace, each once, in the order of the list, which lags behind.
///
/// # Errors
/// If the workspace cannot be asked, or lists a contact that cannot be told from others: a load with a hole would be
/// spread wrongly.
pub async fn everything(asker: &Asker, mut on: impl FnMut(Step)) -> Result<Vec<Card>, Error> {
    let mut all: Vec<Card> = Vec::new();
    let mut ids = HashSet::new();
    let mut pages = Pages::default();
    loop {
        let page = asker
            .ask(Operation::List, 0, || {
                asker
                    .client()
                    .contacts(Whose::Everybodys, pages.cursor.as_ref())
            })
            .await
            .map_err(|unanswered| match unanswered {
                Unanswered::Over(err) => err,
                Unanswered::Refused(failure) | Unanswered::Failed(failure) => {
                    Error::Contacts(failure.message)
                }
            })?;
        if page.unreadable > 0 {
            return Err(Error::Contacts(format!(
                "{} of them have no ID that can be read",
                page.unreadable
            )));
        }
        let cards = page.items.into_iter().map(card);
        all.extend(cards.filter(|card| ids.insert(card.id)));
        on(Step::Everything(all.len()));
        if !pages.turn(page.next) {
            return Ok(all);
        }
    }
}

/// Pages that lead to others, each at most once.
#[derive(Debug, Default)]
struct Pages {
    cursor: Option<Cursor>,
    used: HashSet<Cursor>,
    count: usize,
}

impl Pages {
    /// Goes on to the next page; false at the end, which a page that was read before is, too.
    fn turn(&mut self, next: Option<Cursor>) -> bool {
        self.count += 1;
        match next {
            Some(next) if self.used.insert(next.clone()) => {
                self.cursor = Some(next);
                true
            }
            _ => false,
        }
    }
}

/// How far a list was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// To its end.
    Whole,
    /// As far as it was worth it.
    Partly,
}

/// Looks for the wanted contacts in the list, as long as that is worth it. `told` are those who have many of them, as
/// the sheet says: their own lists come first where they are few.
///
/// A list that cannot be read is no error: the contacts can be read one by one.
pub(super) async fn look(
    asker: &Asker,
    wanted: &HashSet<Identifier>,
    told: &[Whose],
    into: &mut Contacts,
    on: &mut impl FnMut(Step),
) -> Result<(), Error> {
    let mut choice = Choice::new(wanted.len());
    let mut seen = HashMap::new();
    for whose in told.iter().copied().chain([Whose::Everybodys]) {
        let all_found = wanted.iter().all(|identifier| into.knows(identifier));
        if whose == Whose::Everybodys && !told.is_empty() && all_found {
            break;
        }
        let extent = list(asker, whose, wanted, &mut choice, &mut seen, into, on).await?;
        if into.unlisted.is_some() {
            break;
        }
        if whose == Whose::Everybodys && extent == Extent::Whole {
            let mut held: HashMap<Option<Assignee>, usize> = HashMap::new();
            for holder in seen.into_values() {
                *held.entry(holder).or_default() += 1;
            }
            into.everybodys = Some(held);
            break;
        }
        choice.another();
    }
    Ok(())
}

async fn list(
    asker: &Asker,
    whose: Whose,
    wanted: &HashSet<Identifier>,
    choice: &mut Choice,
    seen: &mut HashMap<u64, Option<Assignee>>,
    into: &mut Contacts,
    on: &mut impl FnMut(Step),
) -> Result<Extent, Error> {
    let mut pages = Pages::default();
    let mut extent = Extent::Whole;
    loop {
        if !choice.goes_on() {
            return Ok(Extent::Partly);
        }
        into.as_of.get_or_insert_with(Timestamp::now);
        let page = asker
            .ask(Operation::List, 0, || {
                asker.client().contacts(whose, pages.cursor.as_ref())
            })
            .await;
        into.requests += 1;
        let page = match page {
            Ok(page) => page,
            Err(Unanswered::Over(err)) => return Err(err),
            Err(Unanswered::Refused(failure) | Unanswered::Failed(failure)) => {
                into.unlisted = Some(failure.message);
                return Ok(Extent::Partly);
            }
        };
        if page.unreadable > 0 {
            extent = Extent::Partly;
        }
        let mut found = 0;
        for contact in page.items {
            let card = card(contact);
            // A contact on two pages has moved meanwhile; the first sight of it is kept.
            if seen.contains_key(&card.id) {
                continue;
            }
            seen.insert(card.id, card.holder.clone());
            for identifier in card.identifiers() {
                if wanted.contains(&identifier) {
                    found += usize::from(!into.knows(&identifier));
                    into.found(identifier, card.clone(), Told::Listed);
                }
            }
        }
        choice.page(found);
        into.listed += found;
        on(Step::Listed {
            pages: into.requests,
            found: into.listed,
            wanted: wanted.len(),
        });
        if !pages.turn(page.next) {
            return Ok(extent);
        }
    }
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
