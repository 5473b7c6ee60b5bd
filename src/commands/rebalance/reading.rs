//! What was read for a rebalance, and how.

use crate::cli::RebalanceArgs;
use crate::mapping::{Columns, LoadColumns, excerpt};
use crate::rebalance;
use crate::sheet::{Sheet, Source};

use super::super::screen::{amount, counted, number, rows};
use super::input::Input;
use super::source::LoadOrigin;

/// How many statuses are listed.
const STATUSES: usize = 8;

/// The sheet or workspace with its columns, the roster, and what is odd about them; a line each, the first not indented.
pub(super) fn reading(input: &Input, args: &RebalanceArgs) -> Vec<String> {
    let count = counted(input.contacts.len(), "contact", "contacts");
    let (mut lines, more) = match &input.given.origin {
        LoadOrigin::Sheet {
            name,
            sheet,
            columns,
            more,
        } => (of_sheet(name, sheet, columns, more, &count), *more),
        LoadOrigin::Workspace { name, as_of } => (
            vec![format!(
                "{name}: {count} with their owners as they were at {as_of}; each is checked again just before its change"
            )],
            LoadColumns {
                status: Some(0),
                ..LoadColumns::default()
            },
        ),
    };
    let users = counted(input.given.roster.rows.len(), "user", "users");
    if args.is_handover() {
        lines.push(format!("  what `--from` has goes to {users}"));
    }
    let away = input
        .given
        .roster
        .rows
        .iter()
        .filter(|row| row.capacity == 0)
        .count();
    let away = match away {
        0 => String::new(),
        1 => ", 1 of them gives everything away".to_owned(),
        away => format!(", {away} of them give everything away"),
    };
    if !args.is_handover() {
        lines.push(format!("  roster {}: {users}{away}", args.roster_name()));
    }
    if more.status.is_some() {
        lines.extend(statuses(input, args));
    }
    lines.extend(oddities(input, more));
    lines
}

/// How many contacts have which status.
fn statuses(input: &Input, args: &RebalanceArgs) -> Option<String> {
    let mut statuses: Vec<_> = input.given.load.statuses.iter().collect();
    statuses.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    let one = |(status, (count, is_closed)): &(&String, &(usize, bool))| {
        let left = match (is_closed, args.moving.include_closed) {
            (true, false) => " (not moved)",
            _ => "",
        };
        format!("{} `{}`{left}", number(*count), excerpt(status))
    };
    let mut told: Vec<String> = statuses.iter().take(STATUSES).map(one).collect();
    if statuses.len() > STATUSES {
        told.push(format!("{} more", statuses.len() - STATUSES));
    }
    (!told.is_empty()).then(|| format!("  status: {}", told.join(", ")))
}

/// What was read in another way than it stands there, or not at all.
fn oddities(input: &Input, more: LoadColumns) -> Vec<String> {
    let load = &input.given.load;
    let mut lines = Vec::new();
    if more.weight.is_some() && load.without_weight > 0 {
        let count = counted(load.without_weight, "row has", "rows have");
        lines.push(format!("  {count} no weight and count 1"));
    }
    if !load.bad_days.is_empty() {
        lines.push(format!(
            "  the last activity is not a day that can mean only one in {}: as if it were not known; write it like 2024-06-30",
            rows(&load.bad_days)
        ));
    }
    if !input.repeated.is_empty() {
        let (count, are) = (
            counted(input.repeated.len(), "row is", "rows are"),
            rows(&input.repeated),
        );
        lines.push(format!(
            "  {count} about a contact that another row counts: {are}"
        ));
    }
    if load.footers > 0 {
        let count = counted(load.footers, "row", "rows");
        lines.push(format!(
            "  {count} below the data not read as contacts: totals, remarks"
        ));
    }
    if !load.hidden.is_empty() {
        let count = counted(load.hidden.len(), "hidden row", "hidden rows");
        lines.push(format!(
            "  {count}, `--hidden-rows` decided: {}",
            rows(&load.hidden)
        ));
    }
    let mut repairs: Vec<String> = load
        .repairs
        .iter()
        .map(|(repair, count)| format!("{} {repair}", number(*count)))
        .collect();
    repairs.sort();
    if !repairs.is_empty() {
        lines.push(format!("  repaired: {}", repairs.join(", ")));
    }
    lines.extend(rounded_maxima(input));
    if !input.empty_groups.is_empty() {
        let names: Vec<String> = input
            .empty_groups
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        lines.push(format!(
            "  no contact is of the roster's {}",
            names.join(", ")
        ));
    }
    lines
}

/// Maxima that no load comes to, because all weights are multiples of something larger.
fn rounded_maxima(input: &Input) -> Option<String> {
    let unit = rebalance::unit(&input.contacts);
    let rounded = |user: &&usize| {
        let most = input.users[**user].maximum;
        most.is_some_and(|most| most % unit > 0)
    };
    let first = *input.listed.iter().find(rounded)?;
    let most = input.users[first].maximum.unwrap_or_default();
    Some(format!(
        "  every weight is a multiple of {}, so that the maximum of {}, {}, means {}",
        amount(unit),
        input.short_name(first),
        amount(most),
        amount(most - most % unit)
    ))
}

/// What was read of a sheet, and where.
fn of_sheet(
    file: &str,
    sheet: &Sheet,
    columns: &Columns,
    more: &LoadColumns,
    count: &str,
) -> Vec<String> {
    let how = match sheet.source() {
        Source::Workbook { sheet, .. } => format!("sheet `{sheet}`"),
        source @ Source::Text { .. } => source.to_string(),
    };
    let header = match columns.header_row {
        Some(row) => format!("header in row {row}"),
        None => "no header, columns by position".to_owned(),
    };
    let name = |index: usize| format!("`{}`", columns.name(index));
    let contact = columns.identifiers.iter().map(|column| name(column.index));
    let mut parts = vec![
        format!("contact in {}", contact.collect::<Vec<_>>().join(", else ")),
        format!("owner in {}", name(columns.assignee)),
    ];
    let more = [
        ("weight", more.weight),
        ("group", more.group),
        ("pinned", more.pinned),
        ("last activity", more.active),
        ("status", more.status),
    ];
    for (what, column) in more {
        parts.extend(column.map(|column| format!("{what} in {}", name(column))));
    }
    vec![
        format!("{file}: {how}, {header}, {count}"),
        format!("  {}", parts.join(", ")),
    ]
}
