//! The page about a load: how even it is before and after, who gives and who gets, and what stays.

use std::io::{self, Write};

use crate::format::{amount, counted, decimal, number};
use crate::rebalance::Least;
use crate::report::charts;
use crate::report::escape::{Quoting, Text};
use crate::report::{LoadReport, UserShare};

use super::users::signed;
use super::{MARK, head, time};

/// How many users, or ways, are shown before the others are folded away.
const SHOWN: usize = 40;

const TITLE: &str = "Load of the users";

/// Writes what becomes of everybody's load as one HTML page. It names users, and no contact.
///
/// # Errors
/// If it cannot be written there.
pub(crate) fn spread_page(spread: &LoadReport, to: &mut impl Write) -> io::Result<()> {
    let title = format!("{TITLE}: {}", spread.source);
    write!(
        to,
        "{MARK}\n<html lang=\"en\">{}<body>\n",
        head(&title).into_string()
    )?;
    header(spread, to)?;
    writeln!(to, "<main id=\"main\">")?;
    figures(spread, to)?;
    users(spread, to)?;
    ways(spread, to)?;
    stays(spread, to)?;
    writeln!(
        to,
        "</main>\n<footer><p>This page names users and no contact; the sheet of moves has them. Loads count contacts, or what \
         the sheet's column of weights says.</p><p>Made by reassign {} on this page alone: it loads nothing and sends nothing. \
         Times are those of the computer that made it.</p></footer>\n</body></html>",
        env!("CARGO_PKG_VERSION")
    )
}

fn header(spread: &LoadReport, to: &mut impl Write) -> io::Result<()> {
    write!(
        to,
        "<a class=\"skip\" href=\"#main\">To the report</a>\n<header><p class=\"kind\">{TITLE}</p><h1><bdi>{}</bdi></h1>\n\
         <p class=\"lead\">{}. Nothing has been changed.</p>\n<dl class=\"facts\"><div><dt>Roster</dt><dd><bdi>{}</bdi></dd></div>",
        Text(&spread.source),
        Quoting(&spread.verdict),
        Text(&spread.roster)
    )?;
    if let Some(at) = &spread.as_of {
        write!(
            to,
            "<div><dt>Workspace as of</dt><dd>{}; its list lags some seconds behind</dd></div>",
            Text(at)
        )?;
    }
    write!(
        to,
        "<div><dt>Report made</dt><dd>{}</dd></div></dl>\n<nav aria-label=\"On this page\"><ul>\
         <li><a href=\"#users\">Users</a></li>",
        time(spread.made)
    )?;
    let parts = [
        (!spread.ways.is_empty(), "moves", "Moves"),
        (has_stays(spread), "stays", "What stays"),
    ];
    for (_, id, name) in parts.iter().filter(|(there, ..)| *there) {
        write!(to, "<li><a href=\"#{id}\">{name}</a></li>")?;
    }
    writeln!(to, "</ul></nav></header>")
}

fn figures(spread: &LoadReport, to: &mut impl Write) -> io::Result<()> {
    let least = match spread.least {
        Least::Exactly(least) => number(least),
        Least::AtLeast(least) => format!("{} or more", number(least)),
    };
    let far = |load: f64| decimal(load / 1e6);
    let tiles = [
        ("all", "contacts counted", number(spread.contacts)),
        ("plan", "moves", number(spread.moves)),
        ("calm", "least possible for all that was asked", least),
        (
            "good",
            "largest difference from fair, before → after",
            format!(
                "{} → {}",
                far(spread.before.largest),
                far(spread.after.largest)
            ),
        ),
    ];
    write!(
        to,
        "<section aria-label=\"Figures\"><dl class=\"tiles load\">"
    )?;
    for (tone, name, figure) in tiles {
        write!(
            to,
            "<div class=\"{tone}\"><dt>{name}</dt><dd>{figure}</dd></div>"
        )?;
    }
    writeln!(to, "</dl></section>")
}

/// Everybody's load, those with the most moves first.
fn users(spread: &LoadReport, to: &mut impl Write) -> io::Result<()> {
    let mut order: Vec<&UserShare> = spread.users.iter().collect();
    order.sort_by_key(|load| std::cmp::Reverse(load.share.gives + load.share.receives));
    let most = order
        .iter()
        .map(|load| (load.share.before.max(load.share.after) as f64).max(load.share.target))
        .fold(0.0, f64::max);
    write!(
        to,
        "<section id=\"users\" aria-labelledby=\"users-title\"><h2 id=\"users-title\">Who has how much</h2>\n\
         <p>{} would be notified of every contact received. Fair: {}.</p>\n\
         <p class=\"legend\" aria-hidden=\"true\"><span class=\"key before\"></span>before <span class=\"key after\"></span>\
         after <span class=\"key fair\"></span>fair</p>\n",
        match order.iter().filter(|load| load.share.receives > 0).count() {
            0 => "Nobody".to_owned(),
            count => counted(count, "user", "users"),
        },
        spread.fair
    )?;
    let (first, rest) = order.split_at(order.len().min(SHOWN));
    table(first, most, to)?;
    let (before, after) = spread.unassigned;
    if before > 0 {
        writeln!(
            to,
            "<p>Without an owner: {} before, {} after.</p>",
            amount(before),
            amount(after)
        )?;
    }
    if !rest.is_empty() {
        write!(
            to,
            "<details><summary>{} more</summary>",
            counted(rest.len(), "user", "users")
        )?;
        table(rest, most, to)?;
        to.write_all(b"</details>")?;
    }
    writeln!(to, "</section>")
}

fn table(loads: &[&UserShare], most: f64, to: &mut impl Write) -> io::Result<()> {
    to.write_all(b"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Load by user\"><table class=\"plain users\"><caption class=\"unseen\">Load by user, before and after</caption><thead><tr><th scope=\"col\">User</th>")?;
    for name in ["Before", "After", "Fair", "Gives", "Gets"] {
        write!(to, "<th scope=\"col\" class=\"figure\">{name}</th>")?;
    }
    to.write_all(b"<th class=\"bars\" aria-hidden=\"true\"></th></tr></thead><tbody>\n")?;
    for load in loads {
        let (name, more) = parted(&load.name);
        write!(
            to,
            "<tr><th scope=\"row\"><bdi class=\"name\">{}</bdi>",
            Text(name)
        )?;
        if let Some(more) = more {
            write!(to, "<bdi class=\"more\">{}</bdi>", Text(more))?;
        }
        if load.share.before > 0 && load.share.after == 0 {
            to.write_all(b"<span class=\"more warning\">none left</span>")?;
        }
        writeln!(
            to,
            "</th><td class=\"figure\">{}</td><td class=\"figure strong\">{}</td><td class=\"figure\">{}</td>\
             <td class=\"figure\">{}</td><td class=\"figure\">{}</td><td class=\"bars\" aria-hidden=\"true\">{}</td></tr>",
            amount(load.share.before),
            amount(load.share.after),
            decimal(load.share.target / 1e6),
            signed('−', load.share.gives),
            signed('+', load.share.receives),
            charts::load(
                load.share.before as f64,
                load.share.after as f64,
                load.share.target,
                most
            )
        )?;
    }
    to.write_all(b"</tbody></table></div>\n")
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
fn ways(spread: &LoadReport, to: &mut impl Write) -> io::Result<()> {
    if spread.ways.is_empty() {
        return Ok(());
    }
    let mut order: Vec<_> = spread.ways.iter().collect();
    order.sort_by_key(|way| std::cmp::Reverse(way.count));
    writeln!(
        to,
        "<section id=\"moves\" aria-labelledby=\"moves-title\"><h2 id=\"moves-title\">From whom to whom</h2>"
    )?;
    let (first, rest) = order.split_at(order.len().min(SHOWN));
    for (place, ways) in [first, rest].into_iter().enumerate() {
        if ways.is_empty() {
            continue;
        }
        if place > 0 {
            write!(
                to,
                "<details><summary>{} more</summary>",
                number(ways.len())
            )?;
        }
        to.write_all(b"<table class=\"plain\"><caption class=\"unseen\">Moves by user</caption><thead><tr><th scope=\"col\">From</th><th scope=\"col\">To</th><th scope=\"col\" class=\"figure\">Contacts</th><th scope=\"col\">Why they leave</th></tr></thead><tbody>\n")?;
        for way in ways {
            let from = way.from.map_or("Nobody", |from| label(spread, from));
            writeln!(
                to,
                "<tr><td><bdi>{}</bdi></td><td><bdi>{}</bdi></td><td class=\"figure strong\">{}</td><td>{}</td></tr>",
                Text(from),
                Text(label(spread, way.to)),
                number(way.count),
                Text(way.why)
            )?;
        }
        to.write_all(b"</tbody></table>\n")?;
        if place > 0 {
            to.write_all(b"</details>")?;
        }
    }
    writeln!(to, "</section>")
}

fn has_stays(spread: &LoadReport) -> bool {
    !spread.stays.is_empty() || spread.closed > 0
}

fn stays(spread: &LoadReport, to: &mut impl Write) -> io::Result<()> {
    if !has_stays(spread) {
        return Ok(());
    }
    to.write_all(b"<section id=\"stays\" aria-labelledby=\"stays-title\"><h2 id=\"stays-title\">What stays where it is, whatever the load</h2>\n<table class=\"plain\"><caption class=\"unseen\">Contacts that stay, by reason</caption><thead><tr><th scope=\"col\" class=\"figure\">Contacts</th><th scope=\"col\">Why</th></tr></thead><tbody>\n")?;
    let closed = "closed: neither counted nor moved, unless <code>--include-closed</code>";
    for (count, why) in &spread.stays {
        writeln!(
            to,
            "<tr><td class=\"figure\">{}</td><td>{}</td></tr>",
            number(*count),
            Text(why)
        )?;
    }
    if spread.closed > 0 {
        writeln!(
            to,
            "<tr><td class=\"figure\">{}</td><td>{closed}</td></tr>",
            number(spread.closed)
        )?;
    }
    writeln!(to, "</tbody></table></section>")
}
