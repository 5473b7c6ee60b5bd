//! Looking up in the list of contacts what was written, where single reads have no turn to spare.
//!
//! A page shows up to 99 contacts and has a counter of its own. The list lags behind, so it can only show that a write
//! holds: who has a contact there now had it after our write. What it does not show is read one by one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep_until};

use crate::api::{Attempts, FailedRequest, Operation, Retry, Whose};
use crate::contact::Assignee;
use crate::outcome::{Event, Verified};

use super::super::Verify;
use super::super::row::Shared;
use super::Schedule;

/// So many contacts of one user make a page worth it.
const WORTH_IT: usize = 4;
/// They have waited so long for a turn to be read one by one.
const PATIENCE: Duration = Duration::from_secs(3);
/// Pages that are read of one user's list, at most: where the contacts stand in it is not known.
const PAGES: usize = 3;
/// How soon a list is read again, and how often it may show nothing new: it lags by half a minute.
const AGAIN_AFTER: Duration = Duration::from_secs(3);
const IN_VAIN: u32 = 20;

/// Whether and when a list is read.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Not before then.
    next: Option<Instant>,
    /// How often it has shown nothing new.
    in_vain: u32,
    /// The API refuses to list contacts.
    is_refused: bool,
}

impl Listing {
    fn is_of_no_use(&self) -> bool {
        self.is_refused || self.in_vain >= IN_VAIN
    }
}

/// What a list has shown.
pub(super) struct Listed {
    whose: Assignee,
    /// The contacts that this user has.
    has: HashSet<u64>,
    is_refused: bool,
}

impl Shared {
    /// Reads the first pages of the list of somebody's contacts.
    async fn list(&self, whose: Assignee, filter: Whose) -> Listed {
        let mut listed = Listed {
            whose,
            has: HashSet::new(),
            is_refused: false,
        };
        let (mut cursor, mut pages) = (None, 0);
        let mut attempts = Attempts::new(0);
        while pages < PAGES {
            let Ok(turn) = self.caller.turn(Operation::List, 0, None).await else {
                break;
            };
            let request = self.caller.client().contacts(filter, cursor.as_ref());
            match self.caller.send(turn, &mut attempts, request).await {
                Ok(page) => {
                    let of_theirs = page
                        .items
                        .iter()
                        .filter(|item| item.holder.is(&listed.whose));
                    listed.has.extend(of_theirs.map(|item| item.id));
                    pages += 1;
                    cursor = page.next;
                    if cursor.is_none() {
                        break;
                    }
                }
                Err(FailedRequest {
                    retry: Retry::At(at),
                    ..
                }) => sleep_until(at).await,
                Err(_) => {
                    listed.is_refused = true;
                    break;
                }
            }
        }
        listed
    }
}

impl<R: FnMut(&[Event]) -> std::io::Result<()>> Schedule<R> {
    /// Begins to read a list if that is worth it. Tells when it may be, if it is not yet.
    pub(super) fn start_listing(&mut self, now: Instant) -> Option<Instant> {
        // Where somebody asked for all, or for a rate, each is read as it is then.
        let is_asked = self.readback.shown.verify != Verify::Sample
            || self.shared.caller.pacer(Operation::Read).is_kept();
        if is_asked
            || self.listing.is_of_no_use()
            || !self.listed.is_empty()
            || self.readback.waiting() < WORTH_IT
        {
            return None;
        }
        if let Some(next) = self.listing.next.filter(|next| *next > now) {
            return Some(next);
        }
        let mut wanted: HashMap<Assignee, usize> = HashMap::new();
        let waited = now.checked_sub(PATIENCE)?;
        for due in self.readback.ready(waited).filter(|due| !due.is_doubted()) {
            if let Some(look) = self.written(due.place) {
                *wanted.entry(look.assignee).or_default() += 1;
            }
        }
        let lists = wanted.into_iter().filter_map(|(assignee, count)| {
            let whose = match assignee {
                Assignee::User(id) => Whose::Of(id),
                Assignee::Nobody => Whose::Nobodys,
                // The list is filtered by ID alone.
                Assignee::Email(ref email) => Whose::Of(self.met.iter().find_map(|met| {
                    let same = met.email.as_deref() == Some(email.as_str());
                    met.id.filter(|_| same)
                })?),
            };
            Some((count, assignee, whose))
        });
        let most = lists.max_by_key(|(count, ..)| *count);
        let Some((_, assignee, whose)) = most.filter(|(count, ..)| *count >= WORTH_IT) else {
            return Some(now + PATIENCE / 3);
        };
        let shared = Arc::clone(&self.shared);
        self.listed
            .spawn(async move { shared.list(assignee, whose).await });
        None
    }

    /// Takes in what a list has shown.
    pub(super) fn take_in_list(
        &mut self,
        done: Result<Listed, JoinError>,
        events: &mut Vec<Event>,
    ) {
        let Ok(listed) = done else {
            // Our own mistake; the contacts are read one by one.
            self.listing.is_refused = true;
            return;
        };
        self.listing.is_refused = listed.is_refused;
        let mut shown = HashMap::new();
        let ready = self.readback.ready(Instant::now());
        for due in ready.filter(|due| !due.is_doubted()) {
            if let Some(look) = self.written(due.place)
                && look.assignee == listed.whose
                && listed.has.contains(&look.contact_id)
            {
                shown.insert(due.place, look.row);
            }
        }
        self.listing.in_vain = match shown.is_empty() {
            true => self.listing.in_vain + 1,
            false => 0,
        };
        self.listing.next = Some(Instant::now() + AGAIN_AFTER);
        for mut due in self.readback.take(|due| shown.contains_key(&due.place)) {
            self.readback.done(&mut due);
            self.readback.shown.held += 1;
            self.failures.note_read_back(true);
            events.push(Event::Verified(Verified {
                row: shown[&due.place],
                at: Timestamp::now(),
            }));
        }
    }
}
