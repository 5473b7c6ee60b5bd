//! The two lists, page by page.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::api::{Contact, Cursor, Operation, SpaceUser, Whose};
use crate::contact::{Assignee, Identifier};
use crate::workspace::{Card, Contacts, KnownBy};

use super::asker::{Asker, Unanswered};
use super::choice::{LookupChoice, TRIED};
use super::single::{card, one_by_one};
use super::{Error, LookupStep};

/// More pages than any workspace has users: at 99 a page, nearly a hundred thousand.
const MOST_PAGES_OF_USERS: usize = 1_000;

/// More pages than a list of contacts may have: at 99 a page, nearly five million.
const MOST_PAGES: usize = 50_000;

/// So many pages one after the other that show nothing new are no list that ends.
const MOST_PAGES_IN_VAIN: usize = 50;

/// All users of the workspace, each once, in the order of the list. Pending invitations are not among them.
pub(crate) async fn users(
    asker: &Asker,
    mut on: impl FnMut(LookupStep),
) -> Result<Vec<SpaceUser>, Error> {
    let mut all: Vec<SpaceUser> = Vec::new();
    let mut ids = HashSet::new();
    let mut pages = Pages::at_most(MOST_PAGES_OF_USERS);
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
        let known = all.len();
        for user in page.items {
            if user.user.id.is_none_or(|id| ids.insert(id)) {
                all.push(user);
            }
        }
        on(LookupStep::Users(all.len()));
        if !pages
            .turn(page.next, all.len() > known)
            .map_err(|endless| Error::Users(endless.to_string()))?
        {
            return Ok(all);
        }
    }
}

/// Every contact of the workspace, each once, in the order of the list, which lags behind.
///
/// # Errors
/// If the workspace cannot be asked, or lists a contact that cannot be told from others: a load with a hole would be
/// spread wrongly.
pub(crate) async fn everything(
    asker: &Asker,
    mut on: impl FnMut(LookupStep),
) -> Result<Vec<Card>, Error> {
    let mut all: Vec<Card> = Vec::new();
    let mut ids = HashSet::new();
    let mut pages = Pages::at_most(MOST_PAGES);
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
        let known = all.len();
        let cards = page.items.into_iter().map(card);
        all.extend(cards.filter(|card| ids.insert(card.id)));
        on(LookupStep::Everything(all.len()));
        if !pages
            .turn(page.next, all.len() > known)
            .map_err(|endless| Error::Contacts(endless.to_string()))?
        {
            return Ok(all);
        }
    }
}

/// Pages that lead to others, each at most once.
#[derive(Debug, Default)]
struct Pages {
    most: usize,
    cursor: Option<Cursor>,
    used: HashSet<Cursor>,
    count: usize,
    /// How many pages one after the other have shown nothing new.
    in_vain: usize,
}

/// A list without an end.
#[derive(Debug, thiserror::Error)]
#[error("there is no end to the list after {pages} pages; tell whoever runs the API")]
struct Endless {
    pages: usize,
}

impl Pages {
    fn at_most(most: usize) -> Pages {
        Pages {
            most,
            ..Pages::default()
        }
    }

    /// Goes on to the next page; false at the end, which a page that was read before is, too.
    fn turn(&mut self, next: Option<Cursor>, is_new: bool) -> Result<bool, Endless> {
        self.count += 1;
        self.in_vain = if is_new { 0 } else { self.in_vain + 1 };
        match next {
            Some(next) if self.used.insert(next.clone()) => {
                if self.count == self.most || self.in_vain == MOST_PAGES_IN_VAIN {
                    return Err(Endless { pages: self.count });
                }
                self.cursor = Some(next);
                Ok(true)
            }
            _ => Ok(false),
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
    on: &mut impl FnMut(LookupStep),
) -> Result<(), Error> {
    let mut search = ListSearch {
        asker,
        wanted,
        choice: LookupChoice::new(wanted.len()),
        seen: HashMap::new(),
        into,
        on,
    };
    for whose in told.iter().copied().chain([Whose::Everybodys]) {
        let all_found = wanted
            .iter()
            .all(|identifier| search.into.knows(identifier));
        if whose == Whose::Everybodys && !told.is_empty() && all_found {
            break;
        }
        let extent = search.list(whose).await?;
        if search.into.unlisted.is_some() {
            break;
        }
        if whose == Whose::Everybodys && extent == Extent::Whole {
            let mut held: HashMap<Option<Assignee>, usize> = HashMap::new();
            for holder in search.seen.into_values() {
                *held.entry(holder).or_default() += 1;
            }
            search.into.everybodys = Some(held);
            break;
        }
        search.choice.another();
    }
    Ok(())
}

/// The search for the wanted contacts in lists.
struct ListSearch<'a, On> {
    asker: &'a Asker,
    wanted: &'a HashSet<Identifier>,
    choice: LookupChoice,
    /// Who has each contact that was listed.
    seen: HashMap<u64, Option<Assignee>>,
    into: &'a mut Contacts,
    on: &'a mut On,
}

impl<On: FnMut(LookupStep)> ListSearch<'_, On> {
    async fn list(&mut self, whose: Whose) -> Result<Extent, Error> {
        let mut pages = Pages::at_most(MOST_PAGES);
        let mut extent = Extent::Whole;
        let (mut took, mut each) = (Duration::ZERO, None);
        while self.choice.goes_on() {
            self.into.as_of.get_or_insert_with(Timestamp::now);
            let asked = Instant::now();
            let client = self.asker.client();
            let ask = || client.contacts(whose, pages.cursor.as_ref());
            let page = self.asker.ask(Operation::List, 0, ask).await;
            took += asked.elapsed();
            self.into.requests += 1;
            let page = match page {
                Ok(page) => page,
                Err(Unanswered::Over(err)) => return Err(err),
                Err(Unanswered::Refused(failure) | Unanswered::Failed(failure)) => {
                    self.into.unlisted = Some(failure.message);
                    return Ok(Extent::Partly);
                }
            };
            if page.unreadable > 0 {
                extent = Extent::Partly;
            }
            let known = self.seen.len();
            self.take(page.items);
            match pages.turn(page.next, self.seen.len() > known) {
                Ok(true) if self.choice.is_thin() => {
                    let page = took / u32::try_from(pages.count).unwrap_or(u32::MAX);
                    let each = match each {
                        Some(each) => each,
                        None => *each.insert(self.read_some().await?),
                    };
                    if self.choice.is_slower(page, each) {
                        return Ok(Extent::Partly);
                    }
                }
                Ok(true) => {}
                Ok(false) => return Ok(extent),
                Err(endless) => {
                    self.into.unlisted = Some(endless.to_string());
                    break;
                }
            }
        }
        Ok(Extent::Partly)
    }

    /// Takes in the contacts of a page. One on two pages has moved meanwhile; the first sight of it is kept.
    fn take(&mut self, contacts: Vec<Contact>) {
        let mut found = 0;
        for card in contacts.into_iter().map(card) {
            if self.seen.contains_key(&card.id) {
                continue;
            }
            self.seen.insert(card.id, card.holder.clone());
            for identifier in card.identifiers() {
                if self.wanted.contains(&identifier) {
                    found += usize::from(!self.into.knows(&identifier));
                    self.into.found(identifier, card.clone(), KnownBy::Listed);
                }
            }
        }
        self.choice.page(found);
        self.into.listed += found;
        (self.on)(LookupStep::Listed {
            pages: self.into.requests,
            found: self.into.listed,
            wanted: self.wanted.len(),
        });
    }

    /// How long reading a contact by itself takes, found out by reading some of those that are wanted.
    async fn read_some(&mut self) -> Result<Duration, Error> {
        let wanted = self.wanted.iter();
        let unknown = wanted.filter(|identifier| !self.into.knows(identifier));
        let some = unknown.take(TRIED).cloned().collect();
        one_by_one(self.asker, some, self.into, self.wanted.len(), self.on).await?;
        let pace = self.asker.caller.pacer(Operation::Read).pace();
        Ok(Duration::from_secs_f64(1.0 / pace))
    }
}
