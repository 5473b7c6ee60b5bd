//! Who has these contacts now: from the list as long as that is worth it, and one by one.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::api::Whose;
use crate::contact::{Assignee, Identifier};
use crate::workspace::Contacts;

use super::asker::Asker;
use super::lists;
use super::single::one_by_one;
use super::{Error, LookupStep};

/// So many lists of single users may stand in the place of the whole one.
const LISTS: usize = 2;
/// One list of a single user for so many contacts: each may waste a page.
const FOR_A_LIST: usize = 990;

/// Finds out who has these contacts now. `told` is who has them as the sheet says, most first: a hint for where to look.
///
/// # Errors
/// If going on is pointless. A contact that could not be read is told in the result.
pub(crate) async fn contacts(
    asker: &Asker,
    wanted: Vec<Identifier>,
    told: &[Assignee],
    mut on: impl FnMut(LookupStep),
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
    one_by_one(asker, left, &mut contacts, wanted.len(), &mut on).await?;
    contacts.share_names();
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
