//! What a lookup of the workspace showed before anything was sent.

use maud::{Markup, html};

use crate::report::Report;
use crate::wording::{about, closed_conversations_to_open, counted, number};
use crate::workspace::LookupSummary;

use super::{quoting, shown, time};

pub(super) fn details(report: &Report, looked: &LookupSummary) -> Markup {
    let owners = match looked.owners.as_slice() {
        [] => "none among the users".to_owned(),
        owners => owners.join(", "),
    };
    html! {
        details #workspace {
            summary { "The workspace before anything was changed" }
            dl .facts {
                div { dt { "Workspace" } dd { (shown(&looked.host)) } }
                div { dt { "Users" } dd { (number(looked.users)) } }
                div { dt { "Account holder" } dd { (shown(&owners)) } }
                @if let Some(at) = looked.as_of {
                    div { dt { "Owners as they were at" } dd { (time(at)) } }
                }
            }
            @if let Some(source) = source(looked) { p { (source) } }
            @if !looked.closed.is_empty() { p { (quoting(&closed_conversations_to_open(&looked.closed))) } }
            @if let Some(time) = looked.lasts { p { "Making the changes takes " (about(time)) "." } }
            @for gap in &looked.gaps { p { (gap_text(report, gap)) } }
            p .quiet { "Pending invitations are not among the users." }
        }
    }
}

/// What could not be found out; what a server said is shown only where contacts are.
fn gap_text(report: &Report, gap: &str) -> Markup {
    match report.detail {
        crate::report::Detail::Full => shown(gap),
        crate::report::Detail::None => html! {
            "Not everything could be found out; the page with all rows says what."
        },
    }
}

/// From where it is known who has the contacts.
fn source(looked: &LookupSummary) -> Option<String> {
    let contacts = |count| counted(count, "contact", "contacts");
    let how = match (looked.listed, looked.read) {
        (0, 0) => return None,
        (0, read) => format!("{} read one by one", contacts(read)),
        (listed, 0) => format!("{} from the list", contacts(listed)),
        (listed, read) => format!(
            "{} from the list, {} read one by one",
            contacts(listed),
            number(read)
        ),
    };
    Some(format!(
        "{how}. Each is checked again just before its change."
    ))
}
