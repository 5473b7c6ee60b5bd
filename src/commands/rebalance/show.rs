//! What becomes of everybody's load, as text.

use crate::cli::{RebalanceArgs, ToleranceArg};
use crate::mapping::{Columns, LoadColumns, MILLIONTHS};
use crate::rebalance::{self, Least, Rebalanced, Stays};
use crate::sheet::{Sheet, Source};

use super::super::screen::{amount, counted, decimal, number, rows};
use super::input::Input;
use super::source::Origin;

/// How many users are listed one by one.
const USERS: usize = 40;
/// How many statuses are listed.
const STATUSES: usize = 8;
/// How many reasons are listed.
const REASONS: usize = 10;

/// Why a contact stays that should leave.
pub(super) const TOO_HEAVY: &str = "they weigh more than anybody's maximum has room for";

/// Everything, from what was read to the figures.
pub(super) fn text(input: &Input, args: &RebalanceArgs, result: &Rebalanced) -> String {
    let mut lines = reading(input, args);
    lines.extend(stays(input, result));
    lines.push(String::new());
    lines.extend(table(input, result));
    lines.push(String::new());
    lines.extend(figures(args, result));
    lines.join("\n")
}

fn reading(input: &Input, args: &RebalanceArgs) -> Vec<String> {
    let count = counted(input.contacts.len(), "contact", "contacts");
    let (mut lines, more) = match &input.given.origin {
        Origin::Sheet {
            name,
            sheet,
            columns,
            more,
        } => (of_sheet(name, sheet, columns, more, &count), *more),
        Origin::Workspace { name, as_of } => (
            vec![format!(
                "{name}: {count} as of {as_of}; the list lags some seconds behind, and who has a contact is checked again \
                 right before it is written"
            )],
            LoadColumns {
                status: Some(0),
                ..LoadColumns::default()
            },
        ),
    };
    let users = counted(input.given.roster.rows.len(), "user", "users");
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
    lines.push(format!("  roster {}: {users}{away}", args.roster.display()));
    let load = &input.given.load;
    if more.status.is_some() {
        let mut statuses: Vec<_> = load.statuses.iter().collect();
        statuses.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let one = |(status, (count, is_closed)): &(&String, &(usize, bool))| {
            let left = match (is_closed, args.moving.include_closed) {
                (true, false) => " left out",
                _ => "",
            };
            format!(
                "{} `{}`{left}",
                number(*count),
                crate::mapping::excerpt(status)
            )
        };
        let mut told: Vec<String> = statuses.iter().take(STATUSES).map(one).collect();
        if statuses.len() > STATUSES {
            told.push(format!("{} more", statuses.len() - STATUSES));
        }
        if !told.is_empty() {
            lines.push(format!("  status: {}", told.join(", ")));
        }
    }
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
            "  {count} below the data left out: totals, remarks"
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
        format!("who has it in {}", name(columns.assignee)),
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

/// What stays where it is, and why.
fn stays(input: &Input, result: &Rebalanced) -> Vec<String> {
    let mut lines = Vec::new();
    for (why, count) in &result.stays {
        lines.push(format!("{:>8} stay: {}", number(*count), reason(*why)));
    }
    for (why, numbers) in input.given.load.unreadable.iter().take(REASONS) {
        lines.push(format!("         {}: {why}", rows(numbers)));
    }
    if result.unplaced > 0 {
        lines.push(format!("{:>8} stay: {TOO_HEAVY}", number(result.unplaced)));
    }
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
}

/// Why a contact stays where it is.
pub(super) fn reason(why: Stays) -> &'static str {
    match why {
        Stays::Pinned => "pinned",
        Stays::Unreadable => "the contact cannot be read",
        Stays::NoGroup => "of no group",
        Stays::Active => "active too recently",
        Stays::ActivityUnknown => "last activity not known",
        Stays::OutOfScope => "not asked for",
    }
}

/// Everybody's load before and after, those with the most moves first.
fn table(input: &Input, result: &Rebalanced) -> Vec<String> {
    let mut lines = vec![format!(
        "{:>10} {:>10} {:>10} {:>8} {:>8}",
        "before", "after", "fair", "out", "in"
    )];
    let moved = |count: usize, sign: char| match count {
        0 => String::new(),
        count => format!("{sign}{}", number(count)),
    };
    let mut users = input.listed.clone();
    users.sort_by_key(|user| {
        let share = &result.shares[*user];
        std::cmp::Reverse(share.gives + share.receives)
    });
    for user in users.iter().take(USERS) {
        let share = &result.shares[*user];
        lines.push(format!(
            "{:>10} {:>10} {:>10} {:>8} {:>8}  {}",
            amount(share.before),
            amount(share.after),
            decimal(share.target / MILLIONTHS as f64),
            moved(share.gives, '-'),
            moved(share.receives, '+'),
            input.full_name(*user)
        ));
    }
    if users.len() > USERS {
        lines.push(format!("           and {} more", users.len() - USERS));
    }
    let (before, after) = result.unassigned;
    if before > 0 {
        let given: usize = result
            .shares
            .iter()
            .map(|share| share.receives)
            .sum::<usize>()
            - result.shares.iter().map(|share| share.gives).sum::<usize>();
        lines.push(format!(
            "{:>10} {:>10} {:>10} {:>8} {:>8}  nobody",
            amount(before),
            amount(after),
            "",
            moved(given, '-'),
            ""
        ));
    }
    lines
}

/// The same for a sheet of a workbook, and the figures.
pub(super) fn page(input: &Input, args: &RebalanceArgs, result: &Rebalanced) -> Vec<Vec<String>> {
    let header = ["User", "before", "after", "fair", "out", "in"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for user in input.listed.iter().copied() {
        let share = &result.shares[user];
        rows.push(vec![
            input.full_name(user),
            amount(share.before),
            amount(share.after),
            decimal(share.target / MILLIONTHS as f64),
            number(share.gives),
            number(share.receives),
        ]);
    }
    let (before, after) = result.unassigned;
    if before > 0 {
        rows.push(vec!["nobody".to_owned(), amount(before), amount(after)]);
    }
    rows.extend(figures(args, result).into_iter().map(|line| vec![line]));
    rows
}

fn figures(args: &RebalanceArgs, result: &Rebalanced) -> Vec<String> {
    let (before, after) = (result.fairness_before, result.fairness_after);
    let far = |load: f64| decimal(load / MILLIONTHS as f64);
    vec![
        format!(
            "Furthest from fair: {} before, {} after",
            far(before.largest),
            far(after.largest)
        ),
        format!(
            "Gini coefficient: {:.3} before, {:.3} after (0: all have the same)",
            before.gini, after.gini
        ),
        verdict(args, result),
    ]
}

/// How many moves, what they are enough for, and how few could do the same.
pub(super) fn verdict(args: &RebalanceArgs, result: &Rebalanced) -> String {
    let count = result.moves.len();
    let near = match args.moving.tolerance {
        ToleranceArg::Load(0.0) | ToleranceArg::Percent(0.0) => "exactly fair".to_owned(),
        ToleranceArg::Load(load) => format!("within {load} of fair"),
        ToleranceArg::Percent(percent) => format!("within {percent}% of fair"),
    };
    let moves = counted(count, "move", "moves");
    if result.is_limited {
        return match result.least {
            Least::Exactly(least) => format!(
                "{moves}, as `--max-moves` says; {} would bring everybody {near}",
                number(least)
            ),
            Least::AtLeast(_) => format!("{moves}, as `--max-moves` says"),
        };
    }
    let near = match (result.is_near, result.least) {
        (true, _) => near,
        (false, Least::Exactly(_)) => "as near to fair as whole contacts allow".to_owned(),
        (false, Least::AtLeast(_)) => "as near to fair as was found".to_owned(),
    };
    match result.least {
        _ if count == 0 => format!("Nothing to move: everybody who can be is {near}"),
        Least::Exactly(least) => format!(
            "{moves} to bring everybody {near}; the least possible is {}",
            number(least)
        ),
        Least::AtLeast(least) => format!(
            "{moves} to bring everybody {near}; the least possible is {} or more",
            number(least)
        ),
    }
}
