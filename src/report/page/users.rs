//! Who gives and who receives.

use maud::{Markup, PreEscaped, html};

use crate::contact::Assignee;
use crate::report::charts::before_and_after;
use crate::report::escape::visible;
use crate::report::{Report, ReportKind};
use crate::wording::{counted, number};
use crate::workspace::{CountedContacts, Workload, Workloads};

/// How many users are shown before the others are folded away.
const SHOWN: usize = 12;

pub(super) fn section(report: &Report, loads: &Workloads) -> Markup {
    let changing = loads.users.iter().filter(|load| load.changes());
    let nobody = Some(&loads.nobody).filter(|load| load.changes());
    let all: Vec<&Workload> = changing.chain(nobody).collect();
    if all.is_empty() {
        return html! {};
    }
    let compares = loads.counted != CountedContacts::Nothing;
    let wide = |load: &&Workload| load.before.max(load.after).unwrap_or_default();
    let table = Table {
        report,
        compares,
        gives: compares || all.iter().any(|load| load.gives > 0),
        is_whole: loads.counted == CountedContacts::Workspace,
        most: all.iter().map(wide).max().unwrap_or_default(),
    };
    // One more takes no more room than the line that would say so.
    let shown = match all.len() {
        all if all <= SHOWN + 1 => all,
        _ => SHOWN,
    };
    let (first, rest) = all.split_at(shown);
    html! {
        section #users aria-labelledby="users-title" {
            h2 #users-title { "Who gives and who receives" }
            p { (about(report, loads)) }
            (table.markup(first))
            @if !rest.is_empty() {
                details {
                    summary { "and " (counted(rest.len(), "more user", "more users")) }
                    (table.markup(rest))
                }
            }
        }
    }
}

struct Table<'a> {
    report: &'a Report,
    compares: bool,
    /// Whether it is known of somebody that contacts are taken away.
    gives: bool,
    /// Whether all contacts of the workspace are counted, so that none left is none at all.
    is_whole: bool,
    most: usize,
}

impl Table<'_> {
    fn markup(&self, loads: &[&Workload]) -> Markup {
        let (before, after) = match self.report.kind {
            ReportKind::Plan => ("Now", "Planned"),
            ReportKind::Results => ("Before", "After"),
        };
        html! {
            table .plain .users {
                caption .unseen { "Contacts by user, before and after" }
                thead { tr {
                    th scope="col" { "User" }
                    th scope="col" .figure { "Gets" }
                    @if self.gives { th scope="col" .figure { "Gives" } }
                    @if self.compares {
                        th scope="col" .figure { (before) }
                        th scope="col" .figure { (after) }
                        th .bars aria-hidden="true" {}
                    }
                } }
                tbody { @for load in loads { (self.row(load)) } }
            }
        }
    }

    fn row(&self, load: &Workload) -> Markup {
        let (name, more) = self.report.people.names(&load.who);
        let (before, after) = (
            load.before.unwrap_or_default(),
            load.after.unwrap_or_default(),
        );
        html! {
            tr {
                th scope="row" {
                    bdi .name { (visible(&name)) }
                    @if let Some(more) = more { bdi .more { (visible(&more)) } }
                    @if self.is_whole && load.is_emptied() && load.who != Assignee::Nobody {
                        span .more .warning { "none left" }
                    }
                }
                td .figure { (signed('+', load.receives)) }
                @if self.gives { td .figure { (signed('−', load.gives)) } }
                @if self.compares {
                    td .figure { (number(before)) }
                    td .figure .strong { (number(after)) }
                    td .bars aria-hidden="true" {
                        (PreEscaped(before_and_after(Some(before), after, self.most)))
                    }
                }
            }
        }
    }
}

pub(super) fn signed(sign: char, count: usize) -> String {
    if count == 0 {
        "0".to_owned()
    } else {
        format!("{sign}{}", number(count))
    }
}

/// What is counted, and who is notified.
fn about(report: &Report, loads: &Workloads) -> String {
    let mut text = String::new();
    let notified = loads.notified().count();
    if notified > 0 {
        let users = match (report.kind, report.is_trial()) {
            (_, true) => counted(notified, "user would be", "users would be"),
            (ReportKind::Plan, false) => counted(notified, "user will be", "users will be"),
            (ReportKind::Results, false) => counted(notified, "user was", "users were"),
        };
        let times = match loads.given() {
            1 => "once".to_owned(),
            times => format!("{} times in total (once per contact)", number(times)),
        };
        let up_to = if loads.may_be_the_same { "Up to " } else { "" };
        text.push_str(&format!("{up_to}{users} notified, {times}. "));
    }
    text.push_str(match (loads.counted, report.kind) {
        (CountedContacts::Workspace, _) => "All contacts of the workspace are counted.",
        (CountedContacts::Sheet, ReportKind::Plan) => {
            "Only contacts of the sheet are counted; what users have besides is not known here."
        }
        (CountedContacts::Sheet, ReportKind::Results) => {
            "Only contacts that are done are counted; what users have besides is not known here."
        }
        (CountedContacts::Nothing, _) => "Who has these contacts now is not known here.",
    });
    if loads.from_unknown > 0 && loads.counted != CountedContacts::Nothing {
        text.push_str(&format!(
            " The owner before is not known of {}.",
            counted(loads.from_unknown, "contact", "contacts")
        ));
    }
    if loads.may_be_the_same {
        text.push_str(
            " Some users are known by ID and others by email, so two of them may be one person.",
        );
    }
    text
}
