//! The page about a load: how even it is before and after, who gives and who gets, and what stays.

use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};

use crate::rebalance::Least;
use crate::report::charts;
use crate::report::escape::visible;
use crate::report::{LoadReport, LoadTransfer, UserShare};
use crate::wording::{amount, counted, decimal, number};

use super::users::signed;
use super::{MARK, head, quoting, shown, time};

/// How many users, or ways, are shown before the others are folded away.
const SHOWN: usize = 40;

const TITLE: &str = "Load of the users";

/// Writes what becomes of everybody's load as one HTML page. It names users, and no contact.
///
/// # Errors
/// If it cannot be written there.
pub(crate) fn spread_page(spread: &LoadReport, to: &mut impl Write) -> io::Result<()> {
    let page = html! {
        (head(&format!("{TITLE}: {}", spread.source)))
        body {
            a .skip href="#main" { "To the report" }
            (header(spread))
            main #main {
                (figures(spread))
                (users(spread))
                (ways(spread))
                (stays(spread))
            }
            footer {
                p {
                    "This page names users and no contact; the sheet of moves has them. Loads count contacts, or what the \
                     sheet's column of weights says."
                }
                p {
                    "Made by reassign " (env!("CARGO_PKG_VERSION")) " on this page alone: it loads nothing and sends \
                     nothing. Times are those of the computer that made it."
                }
            }
        }
    };
    writeln!(
        to,
        "{MARK}\n<html lang=\"en\">{}</html>",
        page.into_string()
    )
}

fn header(spread: &LoadReport) -> Markup {
    html! {
        header {
            p .kind { (TITLE) }
            h1 { (shown(&spread.source)) }
            p .lead { (quoting(&spread.verdict)) ". Nothing has been changed." }
            dl .facts {
                div { dt { "Roster" } dd { (shown(&spread.roster)) } }
                @if let Some(at) = &spread.as_of {
                    div { dt { "Workspace as of" } dd { (visible(at)) "; its list lags some seconds behind" } }
                }
                div { dt { "Report made" } dd { (time(spread.made)) } }
            }
            nav aria-label="On this page" {
                ul {
                    li { a href="#users" { "Users" } }
                    @if !spread.ways.is_empty() { li { a href="#moves" { "Moves" } } }
                    @if has_stays(spread) { li { a href="#stays" { "What stays" } } }
                }
            }
        }
    }
}

fn figures(spread: &LoadReport) -> Markup {
    let least = match spread.least {
        Least::Exactly(least) => number(least),
        Least::AtLeast(least) => format!("{} or more", number(least)),
    };
    let far = |load: f64| decimal(load / 1e6);
    let (before, after) = (far(spread.before.largest), far(spread.after.largest));
    let tiles = [
        ("all", "contacts counted", number(spread.contacts)),
        ("plan", "moves", number(spread.moves)),
        ("calm", "least possible for all that was asked", least),
        (
            "good",
            "largest difference from fair, before → after",
            format!("{before} → {after}"),
        ),
    ];
    html! {
        section aria-label="Figures" {
            dl .tiles .load {
                @for (tone, name, figure) in tiles {
                    div class=(tone) { dt { (name) } dd { (figure) } }
                }
            }
        }
    }
}

/// Everybody's load, those with the most moves first.
fn users(spread: &LoadReport) -> Markup {
    let mut order: Vec<&UserShare> = spread.users.iter().collect();
    order.sort_by_key(|load| std::cmp::Reverse(load.share.gives + load.share.receives));
    let most = order
        .iter()
        .map(|load| (load.share.before.max(load.share.after) as f64).max(load.share.target))
        .fold(0.0, f64::max);
    let notified = match order.iter().filter(|load| load.share.receives > 0).count() {
        0 => "Nobody".to_owned(),
        count => counted(count, "user", "users"),
    };
    let (first, rest) = order.split_at(order.len().min(SHOWN));
    let (before, after) = spread.unassigned;
    html! {
        section #users aria-labelledby="users-title" {
            h2 #users-title { "Who has how much" }
            p { (notified) " would be notified of every contact received. Fair: " (spread.fair) "." }
            p .legend aria-hidden="true" {
                span .key .before {} "before " span .key .after {} "after " span .key .fair {} "fair"
            }
            (table(first, most))
            @if before > 0 {
                p { "Without an owner: " (amount(before)) " before, " (amount(after)) " after." }
            }
            @if !rest.is_empty() {
                details {
                    summary { (counted(rest.len(), "user", "users")) " more" }
                    (table(rest, most))
                }
            }
        }
    }
}

fn table(loads: &[&UserShare], most: f64) -> Markup {
    html! {
        div .wide tabindex="0" role="region" aria-label="Load by user" {
            table .plain .users {
                caption .unseen { "Load by user, before and after" }
                thead { tr {
                    th scope="col" { "User" }
                    @for name in ["Before", "After", "Fair", "Gives", "Gets"] {
                        th scope="col" .figure { (name) }
                    }
                    th .bars aria-hidden="true" {}
                } }
                tbody { @for load in loads { (row(load, most)) } }
            }
        }
    }
}

fn row(load: &UserShare, most: f64) -> Markup {
    let share = &load.share;
    let (name, more) = parted(&load.name);
    let (before, after) = (share.before as f64, share.after as f64);
    html! {
        tr {
            th scope="row" {
                bdi .name { (visible(name)) }
                @if let Some(more) = more { bdi .more { (visible(more)) } }
                @if share.before > 0 && share.after == 0 { span .more .warning { "none left" } }
            }
            td .figure { (amount(share.before)) }
            td .figure .strong { (amount(share.after)) }
            td .figure { (decimal(share.target / 1e6)) }
            td .figure { (signed('−', share.gives)) }
            td .figure { (signed('+', share.receives)) }
            td .bars aria-hidden="true" { (PreEscaped(charts::load(before, after, share.target, most))) }
        }
    }
}

/// Name and email of `Ann Lee <ann@example.com>`.
fn parted(name: &str) -> (&str, Option<&str>) {
    let parts = name
        .strip_suffix('>')
        .and_then(|name| name.rsplit_once(" <"));
    match parts {
        Some((name, email)) => (name, Some(email)),
        None => (name, None),
    }
}

/// A user by name alone, unless others are called the same.
fn label(spread: &LoadReport, user: usize) -> &str {
    let full = &spread.users[user].name;
    let name = parted(full).0;
    let same = spread
        .users
        .iter()
        .filter(|load| parted(&load.name).0 == name);
    if same.count() > 1 { full } else { name }
}

/// The moves, most first.
fn ways(spread: &LoadReport) -> Markup {
    if spread.ways.is_empty() {
        return html! {};
    }
    let mut order: Vec<_> = spread.ways.iter().collect();
    order.sort_by_key(|way| std::cmp::Reverse(way.count));
    let (first, rest) = order.split_at(order.len().min(SHOWN));
    let table = |ways: &[&LoadTransfer]| {
        html! {
            table .plain {
                caption .unseen { "Moves by user" }
                thead { tr {
                    th scope="col" { "From" }
                    th scope="col" { "To" }
                    th scope="col" .figure { "Contacts" }
                    th scope="col" { "Why they leave" }
                } }
                tbody {
                    @for way in ways {
                        tr {
                            td { (shown(way.from.map_or("Nobody", |from| label(spread, from)))) }
                            td { (shown(label(spread, way.to))) }
                            td .figure .strong { (number(way.count)) }
                            td { (way.why) }
                        }
                    }
                }
            }
        }
    };
    html! {
        section #moves aria-labelledby="moves-title" {
            h2 #moves-title { "From whom to whom" }
            (table(first))
            @if !rest.is_empty() {
                details {
                    summary { (number(rest.len())) " more" }
                    (table(rest))
                }
            }
        }
    }
}

fn has_stays(spread: &LoadReport) -> bool {
    !spread.stays.is_empty() || spread.closed > 0
}

fn stays(spread: &LoadReport) -> Markup {
    html! {
        @if has_stays(spread) {
            section #stays aria-labelledby="stays-title" {
                h2 #stays-title { "What stays where it is, whatever the load" }
                table .plain {
                    caption .unseen { "Contacts that stay, by reason" }
                    thead { tr { th scope="col" .figure { "Contacts" } th scope="col" { "Why" } } }
                    tbody {
                        @for (count, why) in &spread.stays {
                            tr { td .figure { (number(*count)) } td { (why) } }
                        }
                        @if spread.closed > 0 {
                            tr {
                                td .figure { (number(spread.closed)) }
                                td { "closed: neither counted nor moved, unless " code { "--include-closed" } }
                            }
                        }
                    }
                }
            }
        }
    }
}
