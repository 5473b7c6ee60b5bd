//! What is left to do and who does it: one card for each kind of work, with one instruction.

use std::collections::{BTreeMap, HashMap};

use maud::{Markup, html};

use crate::contact::Identifier;
use crate::outcome::{Guidance, Status};
use crate::report::problems::{Problems, ReasonGroup, order};
use crate::report::{Detail, Report};
use crate::wording::{counted, number, rows, together};

use super::{quoting, shown};

/// How many reasons a card tells one by one.
const REASONS: usize = 8;
/// How many rows of each are named with their contacts.
const ROWS: usize = 12;

pub(super) fn section(report: &Report, problems: &Problems) -> Markup {
    let mut cards: BTreeMap<(u8, Guidance), Vec<(usize, &ReasonGroup)>> = BTreeMap::new();
    let mut by_choice: Vec<(usize, &ReasonGroup)> = Vec::new();
    for (place, group) in problems.groups.iter().enumerate() {
        match group.is_open(report.kind) {
            true => cards
                .entry((order(group.guidance.todo()), group.guidance))
                .or_default()
                .push((place, group)),
            false => by_choice.push((place, group)),
        }
    }
    if cards.is_empty() && by_choice.is_empty() {
        return html! {};
    }
    let skipped: usize = by_choice.iter().map(|(_, group)| group.rows.len()).sum();
    html! {
        section #problems aria-labelledby="problems-title" {
            h2 #problems-title { "What is left, and who does what" }
            @if cards.is_empty() { p { "Nothing is left to do." } }
            ul .problems {
                @for ((_, guidance), groups) in &cards { (card(report, *guidance, groups)) }
            }
            @if !by_choice.is_empty() {
                details {
                    summary { (counted(skipped, "row was", "rows were")) " skipped by choice, or listed twice" }
                    ul .reasons { @for (place, group) in &by_choice { (reason(report, *place, group)) } }
                }
            }
        }
    }
}

/// Who does it, for a heading.
fn who(guidance: Guidance) -> (&'static str, &'static str) {
    match guidance {
        Guidance::Repair => ("bad", "To correct in the sheet"),
        Guidance::CheckWorkspace | Guidance::Reopen => ("bad2", "To check in the workspace"),
        Guidance::SkipOne | Guidance::MoveOrSkip | Guidance::AgainOrSkip => ("warn", "To decide"),
        Guidance::Apply | Guidance::RunAgain | Guidance::RunLater => {
            ("wait", "Done by running again")
        }
        Guidance::Nothing | Guidance::AsThatRow => ("quiet", "Nothing to do"),
    }
}

fn card(report: &Report, guidance: Guidance, groups: &[(usize, &ReasonGroup)]) -> Markup {
    let (tone, who) = who(guidance);
    let mut all: Vec<usize> = groups
        .iter()
        .flat_map(|(_, group)| &group.rows)
        .copied()
        .collect();
    all.sort_unstable();
    all.dedup();
    html! {
        li class=(tone) {
            h3 { (who) ": " (counted(all.len(), "row", "rows")) }
            p .advice { (quoting(guidance.text())) }
            ul .reasons {
                @for (place, group) in groups.iter().take(REASONS) { (reason(report, *place, group)) }
            }
            @if let Some(more) = groups.len().checked_sub(REASONS + 1) {
                p .quiet { "and " (counted(more + 1, "more reason", "more reasons")) " (all of them in the results)" }
            }
        }
    }
}

fn reason(report: &Report, place: usize, group: &ReasonGroup) -> Markup {
    let which = match group.status {
        Status::Conflict => together(&same_contact(report, group)),
        _ => {
            let numbers = group.rows.iter().map(|row| report.rows[*row].record.row);
            rows(&numbers.collect::<Vec<_>>())
        }
    };
    html! {
        li {
            span .reason { (quoting(&capital(group.reason))) } " "
            span .count { "(" (which) ")" }
            @if report.detail == Detail::Full { (named(report, place, group)) }
        }
    }
}

/// The numbers of rows that are about one contact, in the order of the first of each.
fn same_contact(report: &Report, group: &ReasonGroup) -> Vec<Vec<u32>> {
    let mut places: HashMap<&Identifier, usize> = HashMap::new();
    let mut sets: Vec<Vec<u32>> = Vec::new();
    for row in &group.rows {
        let record = &report.rows[*row].record;
        let place = match &record.contact {
            Some(contact) => *places.entry(contact).or_insert(sets.len()),
            None => sets.len(),
        };
        match sets.get_mut(place) {
            Some(set) => set.push(record.row),
            None => sets.push(vec![record.row]),
        }
    }
    sets
}

/// The first contacts of a group.
fn named(report: &Report, place: usize, group: &ReasonGroup) -> Markup {
    html! {
        p .named {
            @for row in group.rows.iter().take(ROWS) {
                @let record = &report.rows[*row].record;
                @if let Some(contact) = &record.contact {
                    span { "row " (record.row) " " (shown(&contact.to_string())) } " "
                }
            }
            @if group.rows.len() > ROWS { span { "and " (number(group.rows.len() - ROWS)) " more" } " " }
            button type="button" .show data-group=(place) hidden { "Show in the table" }
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}
