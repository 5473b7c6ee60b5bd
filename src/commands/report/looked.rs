//! What a look at the workspace showed, as the page tells it.

use crate::api::Rate;
use crate::commands::prepare::Prepared;
use crate::commands::users::owners;
use crate::wording::counted;
use crate::workspace::LookupSummary;

/// The figures that the terminal shows, too; `None` without a look.
pub(in crate::commands) fn looked(
    prepared: &Prepared,
    rate: Option<Rate>,
) -> Option<LookupSummary> {
    let looked = prepared.who.looked.as_ref()?;
    let contacts = &looked.contacts;
    let mut gaps = Vec::new();
    if let Some(why) = &contacts.unlisted {
        gaps.push(format!("The list of contacts cannot be used: {why}."));
    }
    if contacts.as_of.is_some() && contacts.everybodys.is_none() {
        gaps.push(
            "Only these contacts were looked up: whether others have the same phone number or email was not checked."
                .to_owned(),
        );
    }
    if let Some((count, why)) = contacts.failed() {
        gaps.push(format!(
            "{} could not be read, and who has them is not known: {why}.",
            counted(count, "contact", "contacts")
        ));
    }
    let loads = prepared.workloads(prepared.plan.len());
    Some(LookupSummary {
        host: prepared.workspace.name().to_owned(),
        users: looked.users.len(),
        owners: owners(&looked.users),
        as_of: contacts.as_of,
        listed: contacts.listed,
        read: contacts.read,
        gaps,
        closed: prepared.plan.closed().collect(),
        notifications: loads.given(),
        notified: loads.notified().count(),
        lasts: prepared.pace(rate).lasts(loads.moved()),
    })
}
