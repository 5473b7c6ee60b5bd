//! The page as a whole: what it may load (nothing), its headline, and its parts in order.

mod looked;
mod problems;
mod runs;
mod spread;
mod users;

use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

use crate::contact::Assignee;
use crate::outcome::{Status, Todo};

use super::balance::Balance;
use super::charts::{Part, parted_bar};
use super::escape::Text;
use super::mask::Mask;
use super::problems::Problems;
use super::table::Table;
use super::words::{self, counted, number};
use super::{Detail, Kind, Report};

pub use spread::spread_page;

/// How a report begins, so that one can be told from other files.
pub const MARK: &str = "<!doctype html><!-- report of reassign -->";

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes a report as one HTML page.
///
/// # Errors
/// If it cannot be written there.
pub fn page(report: &Report, to: &mut impl Write) -> io::Result<()> {
    let mask = Mask::of(report);
    let problems = Problems::of(report);
    let balance = Balance::of(report);
    let has_rows = report.detail != Detail::None;
    head(title(report), &report.file, to)?;
    header(report, &balance, &problems, to)?;
    writeln!(to, "<main id=\"main\">")?;
    figures(report, to)?;
    if let Some(looked) = &report.looked {
        looked::write(report, looked, &mask, to)?;
    }
    statuses(report, to)?;
    users::write(report, &balance, to)?;
    problems::write(report, &mask, &problems, to)?;
    runs::write(report, &mask, to)?;
    if has_rows {
        Table::new(report, &mask, &problems).write(to)?;
    }
    writeln!(to, "</main>")?;
    footer(report, to)?;
    if has_rows {
        writeln!(to, "<script>{}</script>", newlines(SCRIPT))?;
    }
    writeln!(to, "</body></html>")
}

/// A checkout may have other line ends, and the parser turns them into these before anything is hashed.
fn newlines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn hash(text: &str) -> String {
    format!(
        "'sha256-{}'",
        BASE64_STANDARD.encode(Sha256::digest(newlines(text)))
    )
}

fn head(title: &str, file: &str, to: &mut impl Write) -> io::Result<()> {
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    );
    write!(
        to,
        "{MARK}\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"robots\" content=\"noindex\"><link rel=\"icon\" href=\"data:,\">\n\
         <title>{}: {}</title>\n<style>{}</style></head>\n<body>\n",
        title,
        Text(file),
        newlines(STYLE)
    )
}

fn title(report: &Report) -> &'static str {
    match report.kind {
        Kind::Plan => "Plan of reassignments",
        Kind::Results => "Report of reassignments",
    }
}

fn header(
    report: &Report,
    balance: &Balance<'_>,
    problems: &Problems,
    to: &mut impl Write,
) -> io::Result<()> {
    write!(
        to,
        "<a class=\"skip\" href=\"#main\">To the report</a>\n<header><p class=\"kind\">{}</p><h1><bdi>{}</bdi></h1>\n\
         <p class=\"lead\">{}</p>\n<dl class=\"facts\"><div><dt>Workspace</dt><dd><bdi>{}</bdi></dd></div>",
        title(report),
        Text(&report.file),
        lead(report),
        Text(&report.workspace)
    )?;
    if let Some(plan) = &report.plan {
        write!(
            to,
            "<div><dt>Plan</dt><dd><code>{}</code></dd></div>",
            Text(plan)
        )?;
    }
    if let Some(run) = report.runs.last() {
        let by = format!("{} on {}", run.start.user, run.start.computer);
        write!(
            to,
            "<div><dt>Last run</dt><dd>{} by <bdi>{}</bdi></dd></div>",
            time(run.start.at),
            Text(&by)
        )?;
    }
    write!(
        to,
        "<div><dt>Report made</dt><dd>{}</dd></div></dl>\n<nav aria-label=\"On this page\"><ul>\
         ",
        time(report.made)
    )?;
    let parts = [
        (report.looked.is_some(), "workspace", "Workspace"),
        (true, "statuses", "Statuses"),
        (balance.contacts > 0, "users", "Users"),
        (!problems.groups.is_empty(), "problems", "What is left"),
        (!report.runs.is_empty(), "runs", "Runs"),
        (report.detail != Detail::None, "rows", "All rows"),
    ];
    for (_, id, name) in parts.iter().filter(|(there, ..)| *there) {
        write!(to, "<li><a href=\"#{id}\">{name}</a></li>")?;
    }
    writeln!(to, "</ul></nav></header>")
}

/// What it comes to, in one sentence or two.
fn lead(report: &Report) -> String {
    let rows = report.rows.len();
    let left: Vec<String> = [
        (Todo::Repair, "to be corrected"),
        (Todo::Decide, "to be decided about"),
        (Todo::RunAgain, "left for the next run"),
    ]
    .into_iter()
    .filter(|(todo, _)| report.kind == Kind::Results || *todo != Todo::RunAgain)
    .map(|(todo, what)| (report.left(todo), what))
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{} {what}", number(count)))
    .collect();
    let left = left.join(", ");
    match report.kind {
        Kind::Plan => {
            let Planned {
                assigned,
                unassigned,
                already_so,
            } = planned(report);
            let mut text = format!(
                "{} would get a new user",
                counted(assigned, "contact", "contacts")
            );
            if unassigned > 0 {
                text.push_str(&format!(
                    ", {} would be left with nobody",
                    number(unassigned)
                ));
            }
            if already_so > 0 {
                text.push_str(&format!(
                    ", {} so already",
                    counted(already_so, "is", "are")
                ));
            }
            text.push_str(". Nothing has been sent.");
            if !left.is_empty() {
                text.push_str(&format!(
                    " Not part of it, of {} in the sheet: {left}.",
                    counted(rows, "row", "rows")
                ));
            }
            text
        }
        Kind::Results if rows == 0 => "The sheet has no rows.".to_owned(),
        Kind::Results if left.is_empty() => {
            format!("Every one of {} is done.", counted(rows, "row", "rows"))
        }
        Kind::Results => format!(
            "{} of {} done; {left}.",
            number(report.left(Todo::Done)),
            counted(rows, "row is", "rows are")
        ),
    }
}

/// What planned rows come to.
#[derive(Default)]
struct Planned {
    assigned: usize,
    unassigned: usize,
    /// A look at the workspace showed that they are so already.
    already_so: usize,
}

fn planned(report: &Report) -> Planned {
    let key = |assignee| report.people.key(assignee);
    let mut planned = Planned::default();
    for row in &report.rows {
        let record = &row.record;
        if record.status != Status::Planned {
            continue;
        }
        let (from, to) = (record.owner_before(), record.assignee.as_ref());
        // What a sheet says about who has a contact is a condition, and no knowledge.
        if report.looked.is_some() && from.is_some() && from.map(key) == to.map(key) {
            planned.already_so += 1;
        } else if to == Some(&Assignee::Nobody) {
            planned.unassigned += 1;
        } else {
            planned.assigned += 1;
        }
    }
    planned
}

/// The figures that matter most, large.
fn figures(report: &Report, to: &mut impl Write) -> io::Result<()> {
    let tally = report.tally();
    let of = |status| tally.of(status);
    let left_out = of(Status::Skipped) + of(Status::Duplicate);
    let settled = of(Status::Assigned) + of(Status::Unassigned) + of(Status::Unchanged);
    let open = report.rows.len() - report.left(Todo::Done);
    let tiles = match report.kind {
        Kind::Plan => {
            let Planned {
                assigned,
                unassigned,
                already_so,
            } = planned(report);
            let unusable = report.left(Todo::Repair) + report.left(Todo::Decide);
            vec![
                ("to assign", assigned, "plan"),
                ("to unassign", unassigned, "plan"),
                match &report.looked {
                    Some(_) => (
                        "already so, or settled earlier",
                        already_so + settled,
                        "calm",
                    ),
                    None => ("settled earlier", settled, "calm"),
                },
                ("left out", left_out, "quiet"),
                ("to repair or decide", unusable, "bad"),
            ]
        }
        Kind::Results => vec![
            ("assigned", of(Status::Assigned), "good"),
            ("unassigned", of(Status::Unassigned), "good2"),
            ("already right", of(Status::Unchanged), "calm"),
            ("left out", left_out, "quiet"),
            ("open", open, "bad"),
        ],
    };
    write!(
        to,
        "<section aria-label=\"Figures\"><dl class=\"tiles\"><div class=\"all\"><dt>rows in the sheet</dt><dd>{}</dd></div>",
        number(report.rows.len())
    )?;
    for (name, count, tone) in tiles {
        let tone = if count == 0 { "none" } else { tone };
        write!(
            to,
            "<div class=\"{tone}\"><dt>{name}</dt><dd>{}</dd></div>",
            number(count)
        )?;
    }
    writeln!(to, "</dl></section>")
}

/// How many rows have which status, and what that means.
fn statuses(report: &Report, to: &mut impl Write) -> io::Result<()> {
    let tally = report.tally();
    let parts: Vec<Part> = tally
        .iter()
        .map(|(status, count)| Part {
            tone: words::tone(status),
            name: words::title(status).to_owned(),
            count,
        })
        .collect();
    write!(
        to,
        "<section id=\"statuses\" aria-labelledby=\"statuses-title\"><h2 id=\"statuses-title\">What became of the rows</h2>\n{}\n\
         <table class=\"plain\"><caption class=\"unseen\">Rows by status</caption><thead><tr><th scope=\"col\">Status</th>\
         <th scope=\"col\" class=\"figure\">Rows</th><th scope=\"col\" class=\"figure\">Share</th><th scope=\"col\">What it means</th>\
         </tr></thead><tbody>\n",
        parted_bar("statuses-chart", "Rows by status", &parts)
    )?;
    for (status, count) in tally.iter() {
        writeln!(
            to,
            "<tr><th scope=\"row\"><span class=\"chip {}\">{}</span></th><td class=\"figure\">{}</td>\
             <td class=\"figure\">{}</td><td>{}</td></tr>",
            words::tone(status),
            words::title(status),
            number(count),
            percent(count, tally.total()),
            status.meaning()
        )?;
    }
    writeln!(to, "</tbody></table></section>")
}

fn percent(count: usize, of: usize) -> String {
    let share = 100.0 * count as f64 / of.max(1) as f64;
    match share {
        _ if count == of => "100 %".to_owned(),
        share if share < 0.1 => "&lt; 0.1 %".to_owned(),
        share if share < 10.0 => format!("{share:.1} %"),
        share => format!("{:.0} %", share.min(99.0)),
    }
}

fn footer(report: &Report, to: &mut impl Write) -> io::Result<()> {
    let privacy = match report.detail {
        Detail::Masked => {
            "Contacts are masked and other columns of the sheet are left out; users are shown as they are. \
             <code>--report-rows full</code> shows everything, <code>--report-rows none</code> no rows at all."
        }
        Detail::Full => {
            "This report shows contacts and all columns of the sheet in full. Mail it only to those who may see them."
        }
        Detail::None => "This report names no contact and no row.",
    };
    writeln!(
        to,
        "<footer><p>{privacy}</p><p>Made by reassign {} on this page alone: it loads nothing and sends nothing. Times are those \
         of the computer that made it.</p></footer>",
        env!("CARGO_PKG_VERSION")
    )
}

/// A moment as people write it, in local time.
fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%-d %B %Y, %H:%M:%S")
        .to_string()
}
