//! What becomes of everybody's load, as text.

use std::collections::BTreeMap;

use crate::cli::{RebalanceArgs, ToleranceArg};
use crate::mapping::MILLIONTHS;
use crate::rebalance::{Least, MoveReason, Rebalanced, Stays};

use super::super::screen::{amount, counted, decimal, number, rows};
use super::input::Input;
use super::reading::reading;
use crate::terminal::balance::{self, BalanceLine};
use crate::terminal::{LineTone, Screen};

/// How many users are listed one by one.
const USERS: usize = 40;
/// How many reasons are listed.
const REASONS: usize = 10;

/// Who has what nobody has.
const NOBODY: &str = "(no owner)";

/// The result, what to do next, everybody's load, and what was read.
pub(super) fn screen(
    input: &Input,
    args: &RebalanceArgs,
    result: &Rebalanced,
    next: Screen,
) -> Screen {
    let mut screen = Screen::default();
    screen.toned(LineTone::Heading, format!("{}.", verdict(args, result)));
    for (user, count) in input.pinned_with_leavers() {
        let warning = format!(
            "{} of {} pinned and not given away; to give them away, clear the cells that pin them.",
            counted(count, "contact", "contacts"),
            match count {
                1 => format!("{} is", input.short_name(user)),
                _ => format!("{} are", input.short_name(user)),
            }
        );
        screen.toned(LineTone::Warning, warning);
    }
    for (user, count) in input.closed_with_leavers() {
        let name = input.short_name(user);
        let closed = match count {
            1 => "1 contact with a closed conversation, which the table does".to_owned(),
            _ => format!(
                "{} contacts with closed conversations, which the table does",
                number(count)
            ),
        };
        let warning = format!(
            "{name} keeps {closed} not count; add `--include-closed` to give such contacts away, too."
        );
        screen.toned(LineTone::Warning, warning);
    }
    screen.space();
    screen.extend(next);
    screen.space();
    screen.extend(causes(result));
    let (lines, more) = table(input, result);
    if let Some(heading) = not_counted(input, args) {
        screen.say(heading);
    }
    screen.table(move |width| balance::table(&lines, more, width));
    screen.extend(stays(input, result));
    screen.space();
    screen.say(fairness(args, result));
    screen.space();
    let mut lines = reading(input, args).into_iter();
    screen.say(lines.next().unwrap_or_default());
    for line in lines {
        screen.detail(line.trim_start());
    }
    screen
}

/// What stays where it is, and why.
fn stays(input: &Input, result: &Rebalanced) -> Screen {
    let mut screen = Screen::default();
    let reasons = reasons(result);
    let unreadable = &input.given.load.unreadable;
    if reasons.is_empty() && unreadable.is_empty() {
        return screen;
    }
    screen.say("");
    screen.say("Contacts that were not to be moved:");
    for (count, why) in reasons {
        screen.item(count, why);
    }
    for (why, numbers) in unreadable.iter().take(REASONS) {
        screen.detail(format!("{}: {why}", rows(numbers)));
    }
    screen
}

/// Why contacts stay where they are, and how many.
pub(super) fn reasons(result: &Rebalanced) -> Vec<(usize, &'static str)> {
    let stays = result.stays.iter();
    let stays = stays.map(|(why, count)| (*count, reason(*why)));
    let heavy = "they weigh more than anybody's maximum has room for";
    let unplaced = (result.unplaced > 0).then_some((result.unplaced, heavy));
    stays.chain(unplaced).collect()
}

/// Why a contact stays where it is.
fn reason(why: Stays) -> &'static str {
    match why {
        Stays::Pinned => "pinned",
        Stays::Unreadable => "the contact cannot be read",
        Stays::NoGroup => "of no group",
        Stays::Active => "active too recently",
        Stays::ActivityUnknown => "last activity not known",
        Stays::OutOfScope => "not with a user whom `--from` names",
        Stays::Held => "somebody has them already",
    }
}

/// Everybody's load before and after, those with the most moves first; and how many are not listed.
fn table(input: &Input, result: &Rebalanced) -> (Vec<BalanceLine>, usize) {
    let moved = |count: usize, sign: char| match count {
        0 => String::new(),
        count => format!("{sign}{}", number(count)),
    };
    let mut users = input.listed.clone();
    users.sort_by_key(|user| {
        let share = &result.shares[*user];
        std::cmp::Reverse(share.gives + share.receives)
    });
    let mut lines: Vec<BalanceLine> = users
        .iter()
        .take(USERS)
        .map(|user| {
            let share = &result.shares[*user];
            BalanceLine {
                name: input.full_name(*user),
                short: input.short_name(*user),
                figures: [
                    amount(share.before),
                    amount(share.after),
                    decimal(share.target / MILLIONTHS as f64),
                    moved(share.gives, '-'),
                    moved(share.receives, '+'),
                ],
            }
        })
        .collect();
    let (before, after) = result.unassigned;
    if before > 0 {
        let received: usize = result.shares.iter().map(|share| share.receives).sum();
        let given: usize = result.shares.iter().map(|share| share.gives).sum();
        lines.push(BalanceLine {
            name: NOBODY.to_owned(),
            short: NOBODY.to_owned(),
            figures: [
                amount(before),
                amount(after),
                String::new(),
                moved(received - given, '-'),
                String::new(),
            ],
        });
    }
    (lines, users.len().saturating_sub(USERS))
}

/// How many contacts the figures leave out, because their conversations are closed.
pub(super) fn left_out(input: &Input, args: &RebalanceArgs) -> usize {
    let statuses = input.given.load.statuses.values();
    let closed = statuses.filter(|(_, is_closed)| *is_closed && !args.moving.include_closed);
    closed.map(|(count, _)| count).sum()
}

/// Which contacts these are.
fn not_counted(input: &Input, args: &RebalanceArgs) -> Option<String> {
    let closed = left_out(input, args);
    (closed > 0).then(|| {
        let closed = counted(
            closed,
            "contact with a closed conversation",
            "contacts with closed conversations",
        );
        format!("Everybody's contacts, without {closed}:")
    })
}

/// The same for a sheet of a workbook, and the figures.
pub(super) fn page(input: &Input, args: &RebalanceArgs, result: &Rebalanced) -> Vec<Vec<String>> {
    let header = ["User", "before", "after", "fair", "gives", "gets"];
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
        rows.push(vec![NOBODY.to_owned(), amount(before), amount(after)]);
    }
    rows.extend([fairness(args, result), verdict(args, result)].map(|line| vec![line]));
    rows
}

/// Why contacts move, where there is more than one reason: it tells why somebody both gives and receives.
fn causes(result: &Rebalanced) -> Screen {
    let mut counts: BTreeMap<MoveReason, usize> = BTreeMap::new();
    for made in &result.moves {
        *counts.entry(made.why).or_default() += 1;
    }
    let mut screen = Screen::default();
    if counts.len() > 1 {
        screen.say("Why contacts move:");
        for (why, count) in counts {
            screen.item(count, cause(why));
        }
        screen.space();
    }
    screen
}

/// Why a contact moves.
fn cause(why: MoveReason) -> &'static str {
    match why {
        MoveReason::Unassigned => "they have no owner",
        MoveReason::GivesAll => "their owner gives everything away",
        MoveReason::OtherGroup => "their owner does not serve their group",
        MoveReason::Fuller => "their owner has more than is fair",
    }
}

/// What fair means here.
pub(super) fn what_is_fair(args: &RebalanceArgs) -> &'static str {
    match args.is_handover() {
        true => "what they have, and their share of what is given away",
        false => "the user's share of the load by capacity, as far as groups and maxima allow",
    }
}

/// The same, and how far from it somebody is.
fn fairness(args: &RebalanceArgs, result: &Rebalanced) -> String {
    let far = |load: f64| decimal(load / MILLIONTHS as f64);
    format!(
        "Fair: {}. Largest difference from fair: {} before, {} after.",
        what_is_fair(args),
        far(result.fairness_before.largest),
        far(result.fairness_after.largest)
    )
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
    if args.is_handover() && !result.is_limited {
        return format!("{moves}, as near to the shares of `--to` as whole contacts allow");
    }
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
