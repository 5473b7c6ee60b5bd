//! What a look at the workspace adds to a plan's text; its lines have at most 100 columns.

use jiff::tz::TimeZone;

use crate::api::Rate;
use crate::contact::Assignee;
use crate::plan::Change;
use crate::workspace::Users;

use super::super::load;
use super::super::prepare::Prepared;
use super::super::screen::{about, counted, number, rows};
use super::super::users::headline;
use super::{EXAMPLES, Text, known};

impl Text {
    /// What a look at the workspace has shown.
    pub(super) fn workspace(&mut self, prepared: &Prepared) {
        let Some(looked) = &prepared.looked else {
            return;
        };
        let contacts = &looked.contacts;
        self.line("");
        self.wrapped(&headline(&prepared.workspace, &looked.users));
        let as_of = contacts.as_of.map(|at| {
            at.to_zoned(TimeZone::system())
                .strftime("%H:%M")
                .to_string()
        });
        let Some(as_of) = as_of else {
            return;
        };
        let how = match (contacts.listed, contacts.read) {
            (0, read) => format!("{} read one by one", counted(read, "contact", "contacts")),
            (listed, 0) => format!(
                "{} from the list, which lags behind",
                counted(listed, "contact", "contacts")
            ),
            (listed, read) => format!(
                "{} from the list, which lags behind, {} read one by one",
                counted(listed, "contact", "contacts"),
                number(read)
            ),
        };
        self.wrapped(&format!(
            "  as of {as_of}: {how}, in {}; the read before each write decides",
            counted(contacts.requests, "request", "requests")
        ));
        if let Some(why) = &contacts.unlisted {
            self.wrapped(&format!("  the list of contacts cannot be used: {why}"));
        }
        if contacts.everybodys.is_none() {
            self.wrapped(
"  not the whole list was read: of two contacts with one phone number or email, one may be unseen");
        }
        if let Some((count, why)) = contacts.failed() {
            self.wrapped(&format!(
                "  {} could not be read, and who has them is not known: {why}",
                counted(count, "contact", "contacts")
            ));
        }
        let closed: Vec<u32> = prepared.plan.closed().collect();
        if !closed.is_empty() {
            self.wrapped(&format!(
                "  {} closed, where the API may answer that it is done and change nothing: {}",
                counted(closed.len(), "conversation is", "conversations are"),
                rows(&closed)
            ));
        }
    }

    /// Settled rows that do not hold any more.
    pub(super) fn settled_elsewhere(&mut self, prepared: &Prepared) {
        let moved = prepared.plan.settled_elsewhere();
        if moved.is_empty() {
            return;
        }
        self.line("");
        let one = moved.len() == 1;
        self.wrapped(&format!(
            "{} settled earlier, and {} another owner now; {} not sent (write `again` into `reassign_decision` to send \
             {})",
            counted(moved.len(), "row was", "rows were"),
            if one { "its contact has" } else { "their contacts have" },
            if one { "it is" } else { "they are" },
            if one { "it" } else { "them" },
        ));
        let who = |assignee: &Assignee| who(assignee, prepared.users.as_ref());
        for moved in moved.iter().take(EXAMPLES) {
            let now = moved
                .now
                .as_ref()
                .map_or_else(|| "somebody who cannot be named".to_owned(), who);
            self.line(format!(
                "  row {}: {} was given to {}, and is with {now}",
                moved.row,
                moved.contact,
                who(&moved.given)
            ));
        }
        if moved.len() > EXAMPLES {
            let all: Vec<u32> = moved.iter().map(|moved| moved.row).collect();
            self.wrapped(&format!("  all of them: {}", rows(&all)));
        }
    }

    pub(super) fn wrapped(&mut self, text: &str) {
        for line in load::wrapped(text) {
            self.line(line);
        }
    }

    /// What everybody has before and after.
    pub(super) fn load(&mut self, prepared: &Prepared, rate: Option<Rate>) {
        let balance = prepared.plan.balance(prepared.users.as_ref());
        let lines = load::lines(&balance, &about(load::lasts(&balance, rate)));
        if !lines.is_empty() {
            self.line("");
        }
        for line in lines {
            self.line(line);
        }
    }
}

/// A change of which it is known who has the contact, as a sentence.
pub(super) fn sentence(change: &Change<'_>, users: Option<&Users>) -> String {
    let from = change.holder.map(|holder| who(holder, users));
    let from = from.unwrap_or_default();
    let to = who(change.assignee, users);
    format!("row {}: {}, {from} → {to}", change.row, change.contact)
}

/// A user, named as well as the program knows.
fn who(assignee: &Assignee, users: Option<&Users>) -> String {
    match known(assignee, users) {
        None => match assignee {
            Assignee::Nobody => "nobody".to_owned(),
            Assignee::User(id) => format!("user {id}"),
            Assignee::Email(email) => email.to_string(),
        },
        Some(user) => {
            let email = || user.email.as_ref().map(ToString::to_string);
            let name = user.names.first().cloned().or_else(email);
            let id = user.id.map(|id| format!(" ({id})")).unwrap_or_default();
            format!("{}{id}", name.unwrap_or_default())
        }
    }
}
