//! The page for whoever has to approve or to know: the outcome first, four figures, who gives and who receives, what is
//! left and who does what, and everything else folded below.
//!
//! `maud` writes the markup: a value enters it as text, and only what was made by `maud` or by this room enters as
//! markup.

mod lookup;
mod problems;
mod runs;
mod spread;
mod users;

use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::outcome::{Status, Todo};
use crate::plan::Forecast;
use crate::wording::{counted, number};

use super::charts::{BarPart, parted_bar};
use super::escape::{Quoting, visible};
use super::problems::Problems;
use super::status_look;
use super::table::RowsTable;
use super::{Detail, Report, ReportKind};

pub(crate) use spread::spread_page;

/// How a report begins, so that one can be told from other files.
pub(crate) const MARK: &str = "<!doctype html><!-- report of reassign -->";

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes a report as one HTML page.
///
/// # Errors
/// If it cannot be written there.
pub(crate) fn page(report: &Report, to: &mut impl Write) -> io::Result<()> {
    let problems = Problems::of(report);
    let forecast = report.forecast();
    let has_rows = report.detail == Detail::Full;
    let outcome = outcome(report, &forecast);
    let title = match report.detail {
        Detail::Full => format!("{}: {}", kind(report), report.file),
        Detail::None => kind(report).to_owned(),
    };
    write!(
        to,
        "{MARK}\n<html lang=\"en\">{}<body>",
        head(&title).into_string()
    )?;
    let before = html! {
        a .skip href="#main" { "To the report" }
        header {
            p .kind { (kind(report)) }
            h1 { (outcome) }
            (facts(report))
        }
    };
    writeln!(to, "{}\n<main id=\"main\">", before.into_string())?;
    let parts = html! {
        (figures(report, &forecast))
        (approval(report))
        (users::section(report, &forecast.loads))
        (problems::section(report, &problems))
    };
    to.write_all(parts.into_string().as_bytes())?;
    writeln!(
        to,
        "<section id=\"details\" aria-labelledby=\"details-title\"><h2 id=\"details-title\">Details</h2>"
    )?;
    let details = html! {
        (statuses(report))
        @if let Some(looked) = &report.looked { (lookup::details(report, looked)) }
        (runs::details(report))
    };
    to.write_all(details.into_string().as_bytes())?;
    if has_rows {
        to.write_all(b"<details id=\"all-rows\" open><summary>All rows</summary>\n")?;
        RowsTable::new(report, &problems).write(to)?;
        to.write_all(b"</details>\n")?;
    }
    writeln!(to, "</section>\n</main>\n{}", footer(report).into_string())?;
    if has_rows {
        writeln!(to, "<script>{}</script>", newlines(SCRIPT))?;
    }
    writeln!(to, "</body></html>")
}

/// Text from anywhere, without characters that would change how others look.
fn shown(text: &str) -> Markup {
    html! { bdi { (visible(text)) } }
}

/// A sentence of ours, in which what stands between backticks is code.
fn quoting(text: &str) -> Markup {
    PreEscaped(Quoting(text).to_string())
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

/// What the page may load: nothing. It allows one script and one style, by their hashes.
fn head(title: &str) -> Markup {
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    );
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            meta name="robots" content="noindex";
            link rel="icon" href="data:,";
            title { (visible(title)) }
            style { (PreEscaped(newlines(STYLE))) }
        }
    }
}

fn kind(report: &Report) -> &'static str {
    match report.kind {
        ReportKind::Plan => "Plan of reassignments",
        ReportKind::Results => "Report of reassignments",
    }
}

/// What it comes to, in one sentence.
fn outcome(report: &Report, forecast: &Forecast) -> String {
    let (given, unassigned) = (forecast.loads.given(), forecast.loads.unassigned());
    let contacts = counted(given, "contact", "contacts");
    match report.kind {
        ReportKind::Plan => match (given, unassigned) {
            (0, 0) => "This plan would change nothing.".to_owned(),
            (_, 0) => format!("{contacts} would get a new owner."),
            (0, _) => format!(
                "{} would be left without an owner.",
                counted(unassigned, "contact", "contacts")
            ),
            _ => format!(
                "{contacts} would get a new owner, and {} would be left without one.",
                number(unassigned)
            ),
        },
        ReportKind::Results => {
            let open = report.rows.len() - report.left(Todo::Done);
            let done = match (given, unassigned) {
                (0, 0) => "No contact was changed".to_owned(),
                (_, 0) => format!(
                    "{} a new owner",
                    counted(given, "contact has", "contacts have")
                ),
                (0, _) => format!(
                    "{} no owner now",
                    counted(unassigned, "contact has", "contacts have")
                ),
                _ => format!(
                    "{} a new owner and {} no owner now",
                    counted(given, "contact has", "contacts have"),
                    counted(unassigned, "has", "have")
                ),
            };
            match open {
                0 => format!("{done}; nothing is left to do."),
                open => format!(
                    "{done}; {} left to do.",
                    counted(open, "row is", "rows are")
                ),
            }
        }
    }
}

fn facts(report: &Report) -> Markup {
    html! {
        dl .facts {
            div { dt { "Workspace" } dd { (shown(&report.workspace)) } }
            @if report.detail == Detail::Full {
                div { dt { "Sheet" } dd { (shown(&report.file)) } }
            }
            div { dt { "Rows in the sheet" } dd { (number(report.rows.len())) } }
            @if let Some(run) = report.runs.last() {
                div { dt { "Last run" } dd { (time(run.start.at)) } }
            }
            div { dt { "Page made" } dd { (time(report.made)) } }
        }
        @if report.kind == ReportKind::Plan {
            p .lead { "Nothing has been changed yet." }
        } @else if report.is_trial() {
            p .lead { "This was practice: nothing was changed in your workspace, and nobody was notified." }
        }
    }
}

/// The four figures that matter.
fn figures(report: &Report, forecast: &Forecast) -> Markup {
    let loads = &forecast.loads;
    let notified = loads.notified().count();
    let open = report.rows.len() - report.left(Todo::Done);
    let users = match (report.kind, report.is_trial(), loads.may_be_the_same) {
        (ReportKind::Plan, false, false) => "users will be notified",
        (ReportKind::Plan, false, true) => "users, at most, will be notified",
        (ReportKind::Results, false, false) => "users were notified",
        (ReportKind::Results, false, true) => "users, at most, were notified",
        (_, true, false) => "users would be notified",
        (_, true, true) => "users, at most, would be notified",
    };
    let tiles = match report.kind {
        ReportKind::Plan => [
            ("contacts get a new owner", loads.given(), "plan"),
            ("contacts lose their owner", loads.unassigned(), "warn"),
            (users, notified, "calm"),
            ("rows will not be processed", forecast.not_sent, "bad"),
        ],
        ReportKind::Results => [
            ("contacts have a new owner", loads.given(), "good"),
            ("contacts have no owner now", loads.unassigned(), "warn"),
            (users, notified, "calm"),
            ("rows are left to do", open, "bad"),
        ],
    };
    html! {
        section aria-label="Figures" {
            dl .tiles {
                @for (name, count, tone) in tiles {
                    div class=(if count == 0 { "none" } else { tone }) {
                        dt { (name) }
                        dd { (number(count)) }
                    }
                }
            }
        }
    }
}

/// How an approver answers who has no program to open a plan with.
fn approval(report: &Report) -> Markup {
    let plan = report
        .plan
        .as_ref()
        .filter(|_| report.kind == ReportKind::Plan);
    html! {
        @if let Some(plan) = plan {
            section #approval aria-labelledby="approval-title" {
                h2 #approval-title { "To approve this" }
                p { "Send back this sentence: " strong .sentence { "Approved " (visible(plan)) } }
                p .quiet {
                    "The number is of exactly these changes. If the sheet or the plan changes, it does not fit any more, \
                     and nothing is changed."
                }
            }
        }
    }
}

/// How many rows have which status, and what that means.
fn statuses(report: &Report) -> Markup {
    let already = match report.kind {
        ReportKind::Plan => report.forecast().loads.already_so,
        ReportKind::Results => 0,
    };
    let meaning = |status: Status| match status {
        Status::Planned if already > 0 => format!(
            "{} Of these, {} the right owner already, and nothing will be written.",
            status.meaning(),
            counted(already, "contact has", "contacts have")
        ),
        status => status.meaning().to_owned(),
    };
    let tally = report.tally();
    let parts: Vec<BarPart> = tally
        .iter()
        .map(|(status, count)| BarPart {
            tone: status_look::tone(status),
            name: status_look::title(status),
            count,
        })
        .collect();
    html! {
        details {
            summary { "What became of each row" }
            (PreEscaped(parted_bar("statuses-chart", "Rows by status", &parts)))
            div .wide tabindex="0" role="region" aria-label="Rows by status" {
                table .plain #statuses {
                    caption .unseen { "Rows by status" }
                    thead { tr {
                        th scope="col" { "Status" }
                        th scope="col" .figure { "Rows" }
                        th scope="col" { "What it means" }
                    } }
                    tbody {
                        @for (status, count) in tally.iter() {
                            tr {
                                th scope="row" { (chip(status)) }
                                td .figure { (number(count)) }
                                td { (meaning(status)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn chip(status: Status) -> Markup {
    html! { span class={ "chip " (status_look::tone(status)) } { (status_look::title(status)) } }
}

fn footer(report: &Report) -> Markup {
    html! {
        footer {
            p {
                @match report.detail {
                    Detail::Full => {
                        "This page shows contacts and all columns of the sheet. Send it only to those who may see them."
                    }
                    Detail::None => {
                        "This page shows figures, users, reasons and row numbers. It shows no contact."
                    }
                }
            }
            p {
                "Made by reassign " (env!("CARGO_PKG_VERSION"))
                ". The page loads nothing and sends nothing. Times are those of the computer that made it."
            }
        }
    }
}

/// A moment as people write it, in local time with its zone.
fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%-d %B %Y, %H:%M %Z")
        .to_string()
}
