//! What is left to do, reason by reason.

use std::io::{self, Write};

use crate::report::escape::{Quoting, Text};
use crate::report::mask::Mask;
use crate::report::problems::{Group, Problems};
use crate::report::words::{self, counted, number};
use crate::report::{Detail, Report};

/// How many reasons are told one by one.
const GROUPS: usize = 60;
/// How many rows of each are named.
const ROWS: usize = 12;

pub(super) fn write(
    report: &Report,
    mask: &Mask,
    problems: &Problems,
    to: &mut impl Write,
) -> io::Result<()> {
    if problems.groups.is_empty() {
        return Ok(());
    }
    to.write_all(b"<section id=\"problems\" aria-labelledby=\"problems-title\"><h2 id=\"problems-title\">What is left, and what to do about it</h2>\n")?;
    let open: Vec<(usize, &Group)> = groups(problems, |group| group.is_open(report.kind));
    let done: Vec<(usize, &Group)> = groups(problems, |group| !group.is_open(report.kind));
    if open.is_empty() {
        to.write_all(b"<p>Nothing is left to do.</p>")?;
    }
    list(report, mask, &open, to)?;
    if !done.is_empty() {
        let rows = done.iter().map(|(_, group)| group.rows.len()).sum();
        write!(
            to,
            "<details><summary>{} left out by choice, or said twice</summary>",
            counted(rows, "row was", "rows were")
        )?;
        list(report, mask, &done, to)?;
        to.write_all(b"</details>")?;
    }
    writeln!(to, "</section>")
}

fn groups(problems: &Problems, of: impl Fn(&Group) -> bool) -> Vec<(usize, &Group)> {
    let groups = problems.groups.iter().enumerate();
    groups.filter(|(_, group)| of(group)).collect()
}

fn list(
    report: &Report,
    mask: &Mask,
    groups: &[(usize, &Group)],
    to: &mut impl Write,
) -> io::Result<()> {
    to.write_all(b"<ul class=\"problems\">\n")?;
    for (place, group) in groups.iter().take(GROUPS) {
        write!(
            to,
            "<li class=\"{tone}\"><p class=\"count\"><span class=\"chip {tone}\">{}</span> {}</p><p class=\"reason\"><bdi>{}</bdi></p>",
            words::title(group.status),
            counted(group.rows.len(), "row", "rows"),
            Quoting(&capital(group.reason)),
            tone = words::tone(group.status),
        )?;
        if group.is_open(report.kind) {
            write!(
                to,
                "<p class=\"advice\">{}</p>",
                Quoting(group.guidance.text())
            )?;
        }
        if report.detail != Detail::None {
            named(report, mask, *place, group, to)?;
        }
        to.write_all(b"</li>\n")?;
    }
    to.write_all(b"</ul>\n")?;
    if groups.len() > GROUPS {
        write!(
            to,
            "<p>And {} more reasons; the results file has them all.</p>",
            number(groups.len() - GROUPS)
        )?;
    }
    Ok(())
}

/// The first rows of a group, by number and contact.
fn named(
    report: &Report,
    mask: &Mask,
    place: usize,
    group: &Group,
    to: &mut impl Write,
) -> io::Result<()> {
    to.write_all(b"<p class=\"named\">")?;
    for row in group.rows.iter().take(ROWS) {
        let record = &report.rows[*row].record;
        let contact = record.contact.as_ref().map(|contact| mask.contact(contact));
        write!(
            to,
            "<span>row {} <bdi>{}</bdi></span> ",
            record.row,
            Text(&contact.unwrap_or_default())
        )?;
    }
    if group.rows.len() > ROWS {
        write!(
            to,
            "<span>and {} more</span> ",
            number(group.rows.len() - ROWS)
        )?;
    }
    write!(
        to,
        "<button type=\"button\" class=\"show\" data-group=\"{place}\" hidden>Show in the table</button></p>"
    )
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}
