//! What phone numbers and emails mean, as far as this run has seen.
//!
//! Several contacts may share one, and a request that names it takes one of them. Which one was meant nobody but the
//! admin knows, so a row whose name has turned out to be shared is not written.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use crate::api::Contact;
use crate::contact::Identifier;
use crate::outcome::Reason;
use crate::plan::Plan;

/// The IDs of the contacts that were seen under a name.
type Ids = Vec<u64>;

/// The names of the contacts that were read. Nothing is kept where all rows name their contacts by ID, or all by phone
/// number, or all by email: there no read can show what another row's name means.
#[derive(Debug)]
pub(super) struct Names(Option<Mutex<HashMap<Identifier, Ids>>>);

impl Names {
    pub(super) fn of(plan: &Plan) -> Names {
        let kind = |contact: &Identifier| std::mem::discriminant(contact);
        let mut kinds = plan.changes().map(|change| kind(change.contact));
        let first = kinds.next();
        let mixed = kinds.any(|kind| Some(kind) != first);
        Names(mixed.then(Mutex::default))
    }

    fn seen(&self) -> Option<MutexGuard<'_, HashMap<Identifier, Ids>>> {
        let names = self.0.as_ref()?;
        Some(names.lock().expect("nothing that notes a name panics"))
    }

    /// Notes a contact that answered when it was asked for under this name.
    pub(super) fn note(&self, asked: &Identifier, contact: &Contact) {
        let Some(mut seen) = self.seen() else { return };
        let names = std::iter::once(asked.clone()).chain(contact.names());
        for name in names.filter(|name| !matches!(name, Identifier::Id(_))) {
            let ids = seen.entry(name).or_default();
            if let Err(place) = ids.binary_search(&contact.id) {
                ids.insert(place, contact.id);
            }
        }
    }

    /// Why a row is not written that names its contact so, if several contacts were seen under that name.
    pub(super) fn several(&self, contact: &Identifier) -> Option<Reason> {
        let seen = self.seen()?;
        let ids = seen.get(contact).filter(|ids| ids.len() > 1)?;
        Some(Reason::SeveralContacts {
            contact: contact.clone(),
            ids: ids.as_slice().into(),
        })
    }
}
