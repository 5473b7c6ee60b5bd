//! A plan as a screen: what will happen, what to do next, what is not sent and why, and then the details.

mod live;
mod reading;

use crate::contact::Assignee;
use crate::mapping::Columns;
use crate::plan::{Change, Forecast, Plan};
use crate::terminal::{ExpectedPace, LineTone, Screen, forecast, workloads};
use crate::wording::{counted, number, rows, together};
use crate::workspace::People;

use super::prepare::Prepared;

/// How many changes are shown as sentences.
const EXAMPLES: usize = 3;
/// How many reasons are listed.
const REASONS: usize = 12;

/// The whole plan. `next` is what to do now.
pub(super) fn plan(prepared: &Prepared, pace: ExpectedPace, next: Screen) -> Screen {
    let mut screen = Screen::default();
    let forecast = prepared.forecast(prepared.plan.len());
    outlook(
        &forecast,
        prepared.who.looked.is_some(),
        prepared.workspace.is_trial(),
        pace,
        &mut screen,
    );
    screen.say(match prepared.who.looked {
        None => {
            "Nothing has been changed, and only the sheet was checked. `--live` also looks at the workspace; it changes \
             nothing either."
        }
        Some(_) => "Nothing has been changed: the workspace was only looked at.",
    });
    live::closed(&prepared.plan, &mut screen);
    screen.space();
    screen.extend(next);
    not_sent(&prepared.plan, &prepared.sheet.columns, &mut screen);
    tied(&prepared.plan, &mut screen);
    changed_since(&prepared.plan, &mut screen);
    live::settled_elsewhere(&prepared.plan, &prepared.who.people, &mut screen);
    who(&forecast, &mut screen);
    examples(&prepared.plan, &prepared.who.people, &mut screen);
    screen.space();
    reading::reading(prepared, &mut screen);
    screen.detail(format!(
        "Plan {}, for the workspace {}.",
        prepared.id(),
        prepared.workspace.name()
    ));
    screen
}

/// What matters of it, before sending.
pub(super) fn brief(prepared: &Prepared, sending: usize) -> Screen {
    let mut screen = Screen::default();
    reading::reading(prepared, &mut screen);
    not_sent(&prepared.plan, &prepared.sheet.columns, &mut screen);
    tied(&prepared.plan, &mut screen);
    changed_since(&prepared.plan, &mut screen);
    who(&prepared.forecast(sending), &mut screen);
    screen.space();
    screen
}

/// What sending will do, in a few sentences: what one says yes or no to.
pub(super) fn outlook(
    forecast: &Forecast,
    is_live: bool,
    is_trial: bool,
    pace: ExpectedPace,
    screen: &mut Screen,
) {
    let unassigns = forecast.loads.unassigned() > 0;
    let tone = match unassigns {
        true => LineTone::Warning,
        false => LineTone::Heading,
    };
    screen.toned(tone, forecast::sentences(forecast, pace).join(" "));
    if let Some(notified) = forecast::notified(forecast, is_trial) {
        screen.say(notified);
    }
    if let Some(doubt) = forecast::doubt(forecast, is_live) {
        screen.say(doubt);
    }
}

/// The rows that are not sent, by reason.
fn not_sent(plan: &Plan, columns: &Columns, screen: &mut Screen) {
    let groups = plan.left_out(columns);
    if groups.is_empty() {
        return;
    }
    let all: usize = groups.iter().map(|group| group.rows.len()).sum();
    let count = plan.not_sent();
    let twice = match all - count {
        0 => "",
        _ => " (a row with two problems is in both lists)",
    };
    screen.space();
    screen.toned(
        LineTone::Heading,
        format!(
            "{} not be processed{twice}:",
            counted(count, "row will", "rows will")
        ),
    );
    for group in groups.iter().take(REASONS) {
        let which = match group.together.is_empty() {
            true => rows(&group.rows),
            false => together(&group.together),
        };
        screen.item(
            group.rows.len(),
            format!("{}, {which}: {}", group.status.title(), group.reason),
        );
    }
    if let Some(more) = groups.len().checked_sub(REASONS + 1) {
        screen.detail(format!(
            "and {} (all of them in the results)",
            counted(more + 1, "more reason", "more reasons")
        ));
    }
}

/// Pairs of rows that may name one contact in two ways.
fn tied(plan: &Plan, screen: &mut Screen) {
    let tied = plan.tied();
    if tied.is_empty() {
        return;
    }
    screen.space();
    screen.toned(
        LineTone::Warning,
        format!(
            "{} may name one contact in two ways and give it to two users. `--live` tells before anything is changed; \
             otherwise the read before each write does, and the row that is read later is left as a conflict, or \
             decides by `--on-conflict`.",
            counted(tied.len(), "pair of rows", "pairs of rows")
        ),
    );
    for (first, second) in tied.iter().take(EXAMPLES) {
        screen.detail(format!("rows {first} and {second}"));
    }
    if tied.len() > EXAMPLES {
        screen.detail(format!("and {} more", number(tied.len() - EXAMPLES)));
    }
}

/// Rows that are done and say something else now.
fn changed_since(plan: &Plan, screen: &mut Screen) {
    let changed: Vec<_> = plan.changed_since().collect();
    if changed.is_empty() {
        return;
    }
    screen.space();
    screen.toned(
        LineTone::Warning,
        format!(
            "{} done and {} something else now, which will not be done; to do it, write `again` in \
             `reassign_decision`.",
            counted(changed.len(), "row is", "rows are"),
            if changed.len() == 1 { "says" } else { "say" },
        ),
    );
    for item in changed.iter().take(EXAMPLES) {
        let was = item.earlier.as_deref();
        let was = was.and_then(|was| {
            Some(format!(
                "{} for {}",
                was.contact.as_ref()?,
                was.assignee.as_ref()?
            ))
        });
        let says = match (plan.contact(item), plan.assignee(item)) {
            (Some(contact), Some(assignee)) => format!("{contact} for {assignee}"),
            _ => "nothing that can be used".to_owned(),
        };
        screen.detail(format!(
            "row {} was settled as {}, and now says {says}",
            item.row,
            was.unwrap_or_default()
        ));
    }
    if changed.len() > 10 {
        screen.detail("Was only a part of the sheet sorted?");
    }
}

/// Who gives and who receives.
fn who(forecast: &Forecast, screen: &mut Screen) {
    if forecast.loads.moved() == 0 {
        return;
    }
    screen.space();
    let loads = forecast.loads.clone();
    screen.table(move |width| workloads::table(&loads, width));
    if let Some(emptied) = workloads::emptied(&forecast.loads) {
        screen.toned(LineTone::Warning, emptied);
    }
}

fn examples(plan: &Plan, people: &People, screen: &mut Screen) {
    let changes = plan.changes();
    let mut changes = changes.filter(|change| !change.is_unchanged()).peekable();
    if changes.peek().is_none() {
        return;
    }
    screen.space();
    screen.toned(LineTone::Heading, "For example:");
    for change in changes.take(EXAMPLES) {
        screen.detail(sentence(&change, people));
    }
}

/// A change as a sentence: from whom, where that is known, and to whom.
pub(super) fn sentence(change: &Change<'_>, people: &People) -> String {
    let who = |who: &Assignee| match (who, people.name(who)) {
        (Assignee::Nobody, _) => "no owner".to_owned(),
        (who, Some(_)) => people.label(who),
        (who, None) => format!("user {who}"),
    };
    let from = change.owner().map(|owner| format!(", {}", who(owner)));
    format!(
        "row {}: {}{} → {}",
        change.row,
        change.contact,
        from.unwrap_or_default(),
        who(change.assignee)
    )
}
