//! What a lookup of the workspace adds to a plan's screen.

use jiff::tz::TimeZone;

use crate::contact::Assignee;
use crate::plan::Plan;
use crate::terminal::{LineTone, Screen};
use crate::wording::{closed_conversations_to_open, counted, number, rows};
use crate::workspace::People;

use super::super::session::{LiveSnapshot, Workspace};
use super::super::users::headline;
use super::EXAMPLES;

/// What the workspace has shown.
pub(super) fn workspace(workspace: &Workspace, looked: &LiveSnapshot, screen: &mut Screen) {
    let contacts = &looked.contacts;
    screen.detail(format!("{}.", headline(workspace, &looked.users)));
    let Some(as_of) = contacts.as_of else {
        return;
    };
    let as_of = as_of.to_zoned(TimeZone::system());
    let how = match (contacts.listed, contacts.read) {
        (0, read) => format!("{} read one by one", counted(read, "contact", "contacts")),
        (listed, 0) => format!("{} from the list", counted(listed, "contact", "contacts")),
        (listed, read) => format!(
            "{} from the list, {} read one by one",
            counted(listed, "contact", "contacts"),
            number(read)
        ),
    };
    screen.detail(format!(
        "Owners as they were at {} ({how}, {}). Each is checked again just before its change.",
        as_of.strftime("%H:%M"),
        counted(contacts.requests, "request", "requests")
    ));
    if let Some(why) = &contacts.unlisted {
        screen.detail(format!("The list of contacts cannot be used: {why}."));
    }
    if contacts.everybodys.is_none() {
        screen.detail(
            "Only these contacts were looked up: whether others have the same phone number or email was not checked.",
        );
    }
    if let Some((count, why)) = contacts.failed() {
        screen.toned(
            LineTone::Warning,
            format!(
                "{} could not be read, so the owner is not known: {why}.",
                counted(count, "contact", "contacts")
            ),
        );
    }
}

/// The contacts that the workspace may not change.
pub(super) fn closed(plan: &Plan, screen: &mut Screen) {
    let closed: Vec<u32> = plan.closed().collect();
    if !closed.is_empty() {
        screen.toned(LineTone::Warning, closed_conversations_to_open(&closed));
    }
}

/// Settled rows that do not hold any more.
pub(super) fn settled_elsewhere(plan: &Plan, people: &People, screen: &mut Screen) {
    let moved = plan.settled_elsewhere();
    if moved.is_empty() {
        return;
    }
    screen.space();
    let one = moved.len() == 1;
    screen.toned(
        LineTone::Warning,
        format!(
            "{} done earlier, and {} another owner now. {} left as {}; to do {} again, write `again` in \
             `reassign_decision`.",
            counted(moved.len(), "row was", "rows were"),
            if one { "its contact has" } else { "their contacts have" },
            if one { "It is" } else { "They are" },
            if one { "it is" } else { "they are" },
            if one { "the row" } else { "the rows" },
        ),
    );
    let who = |who: &Assignee| match who {
        Assignee::Nobody => "no owner".to_owned(),
        who => people.name(who).unwrap_or_else(|| format!("user {who}")),
    };
    for moved in moved.iter().take(EXAMPLES) {
        let now = moved.now.as_ref();
        let now = now.map_or_else(|| "somebody who cannot be named".to_owned(), who);
        screen.detail(format!(
            "row {}: {} was given to {}, and has {now} now",
            moved.row,
            moved.contact,
            who(&moved.given)
        ));
    }
    if moved.len() > EXAMPLES {
        let all: Vec<u32> = moved.iter().map(|moved| moved.row).collect();
        screen.detail(format!("all of them: {}", rows(&all)));
    }
}
