//! A plan as a screen: what will happen, what to do next, what is not sent and why, and then the details.

mod live;

use jiff::{Timestamp, tz::TimeZone};

use crate::cli::HiddenArg;
use crate::contact::{self, Assignee};
use crate::format::{counted, listed, number, rows};
use crate::mapping::Reading;
use crate::outcome::Reason;
use crate::plan::{Change, Forecast};
use crate::results::SUMMARY_SHEET;
use crate::sheet::Source;
use crate::terminal::{Pace, Screen, Tone, forecast, workloads};
use crate::workspace::People;

use super::prepare::Prepared;
use crate::job::RunKind;

/// How many changes are shown as sentences.
const EXAMPLES: usize = 3;
/// How many reasons are listed.
const REASONS: usize = 12;
/// How many columns that are not used are named: a wide sheet has thousands.
const UNUSED: usize = 12;

/// The whole plan. `next` is what to do now.
pub(super) fn plan(prepared: &Prepared, pace: Pace, next: Screen) -> Screen {
    let mut screen = Screen::default();
    let forecast = prepared.forecast(prepared.plan.len());
    outlook(prepared, &forecast, pace, &mut screen);
    screen.say(match prepared.looked {
        None => {
            "Nothing has been changed, and only the sheet was checked. `--live` also looks at the workspace; it changes \
             nothing either."
        }
        Some(_) => "Nothing has been changed: the workspace was only looked at.",
    });
    live::closed(prepared, &mut screen);
    screen.space();
    screen.extend(next);
    not_sent(prepared, &mut screen);
    tied(prepared, &mut screen);
    changed_since(prepared, &mut screen);
    live::settled_elsewhere(prepared, &mut screen);
    who(&forecast, &mut screen);
    examples(prepared, &mut screen);
    screen.space();
    reading(prepared, &mut screen);
    live::workspace(prepared, &mut screen);
    screen.detail(format!(
        "Plan {}, for the workspace {}.",
        prepared.plan.id(&prepared.workspace.id()),
        prepared.workspace.name()
    ));
    screen
}

/// What matters of it, before sending.
pub(super) fn brief(prepared: &Prepared, sending: usize) -> Screen {
    let mut screen = Screen::default();
    reading(prepared, &mut screen);
    live::workspace(prepared, &mut screen);
    not_sent(prepared, &mut screen);
    tied(prepared, &mut screen);
    changed_since(prepared, &mut screen);
    who(&prepared.forecast(sending), &mut screen);
    screen.space();
    screen
}

/// What sending will do, in a few sentences: what one says yes or no to.
pub(super) fn outlook(prepared: &Prepared, forecast: &Forecast, pace: Pace, screen: &mut Screen) {
    let unassigns = forecast.loads.unassigned() > 0;
    let tone = match unassigns {
        true => Tone::Warning,
        false => Tone::Heading,
    };
    screen.toned(tone, forecast::sentences(forecast, pace).join(" "));
    if let Some(notified) = forecast::notified(forecast) {
        screen.say(notified);
    }
    if let Some(doubt) = forecast::doubt(forecast, prepared.looked.is_some()) {
        screen.say(doubt);
    }
}

/// How the sheet was read.
fn reading(prepared: &Prepared, screen: &mut Screen) {
    let file = prepared.job.sheet.path().display();
    let how = match prepared.job.sheet.source() {
        Source::Workbook { sheet, .. } => format!("sheet `{sheet}`"),
        Source::Text {
            delimiter,
            encoding,
            ..
        } => {
            let cells = match delimiter {
                b'\t' => "cells between tabs".to_owned(),
                delimiter => format!("cells between `{}`", char::from(*delimiter)),
            };
            match encoding.name() {
                "UTF-8" => cells,
                name if prepared.job.sheet.is_encoding_guessed() => {
                    format!("encoding {name} (a guess; `--encoding` decides), {cells}")
                }
                name => format!("encoding {name}, {cells}"),
            }
        }
    };
    let header = match prepared.columns.header_row {
        Some(row) => match prepared.columns.group_row {
            Some(above) => format!("header in rows {above} and {row}"),
            None => format!("header in row {row}"),
        },
        None => "no header, columns by position".to_owned(),
    };
    screen.say(format!(
        "{file}: {how}, {header}, {}",
        counted(prepared.plan.rows().len(), "row", "rows")
    ));
    for why in &prepared.job.notes {
        screen.detail(why.clone());
    }
    run(prepared, screen);
    let included = prepared.reading.hidden_rows == Some(HiddenArg::Include);
    if included && !prepared.hidden.is_empty() {
        let count = counted(prepared.hidden.len(), "hidden row", "hidden rows");
        screen.detail(format!(
            "{count} read like the others: {}",
            rows(&prepared.hidden)
        ));
    }
    if let Source::Workbook { sheet, sheets, .. } = prepared.job.sheet.source()
        && sheets.len() > 1
    {
        let others = sheets.iter().filter(|other| other.name != *sheet);
        let others = others.filter(|other| other.name != SUMMARY_SHEET);
        let others: Vec<String> = others.map(ToString::to_string).collect();
        if !others.is_empty() {
            screen.detail(format!("other sheets, not read: {}", listed(&others)));
        }
    }
    columns(prepared, screen);
    if let Some(users) = prepared
        .users
        .as_ref()
        .filter(|_| prepared.looked.is_none())
    {
        screen.detail(format!("users {}: {}", users.source(), number(users.len())));
    }
    if !prepared.repairs.is_empty() {
        let repairs = prepared
            .repairs
            .iter()
            .map(|(repair, count)| format!("{} {repair}", number(*count)));
        screen.detail(format!(
            "repaired: {}",
            repairs.collect::<Vec<_>>().join(", ")
        ));
    }
    phones(prepared, screen);
}

/// What was done before.
fn run(prepared: &Prepared, screen: &mut Screen) {
    match prepared.job.run {
        RunKind::First | RunKind::Anew => {}
        RunKind::Continues => {
            screen.detail(format!(
                "Continuing the run{}, which was cut short. Finished rows are not sent again.",
                begun(prepared)
            ));
            if prepared.job.instead_of.is_some() {
                screen.detail("the sheet has changed since then");
            }
            let lines = prepared
                .since
                .iter()
                .flat_map(|since| since.lines(&prepared.plan));
            lines.for_each(|line| screen.detail(line));
        }
        RunKind::GoesOn => {
            let history = &prepared.job.history;
            if history.planned.is_some() && history.first.is_none() {
                screen.detail("a saved plan");
            } else {
                screen.detail(format!(
                    "Continuing after the run{}. Finished rows are not sent again.",
                    begun(prepared)
                ));
            }
            let gone = gone(prepared);
            if gone > 0 {
                screen.detail(format!(
                    "{} of the last run {} not in the sheet any more; what was open there was not done",
                    counted(gone, "row", "rows"),
                    if gone == 1 { "is" } else { "are" }
                ));
            }
        }
    }
}

/// Which columns say what.
fn columns(prepared: &Prepared, screen: &mut Screen) {
    let columns = &prepared.columns;
    let contact = columns
        .identifiers
        .iter()
        .map(|column| format!("`{}`", columns.name(column.index)));
    screen.detail(format!(
        "contact in {}, new owner in `{}`{}",
        contact.collect::<Vec<_>>().join(", else "),
        columns.name(columns.assignee),
        countries(prepared)
    ));
    if let Some(current) = columns.current {
        let told = prepared.plan.rows();
        let told = told.filter(|(item, _)| item.current.is_some()).count();
        screen.detail(format!(
            "present owner in `{}`: {} who, and {} sent only while that is so",
            columns.name(current),
            counted(told, "row says", "rows say"),
            if told == 1 { "is" } else { "are" }
        ));
    }
    let head = prepared.job.sheet.head().ok().flatten();
    let is_hidden = |index: &usize| head.is_some_and(|head| head.hides_column(*index));
    for hidden in columns.in_use().filter(is_hidden) {
        screen.detail(format!(
            "`{}` is hidden in the sheet, and is read all the same",
            columns.name(hidden)
        ));
    }
    let unused = columns.unused();
    if !unused.is_empty() {
        let names = unused.iter().take(UNUSED);
        let names: Vec<String> = names
            .map(|index| format!("`{}`", columns.name(*index)))
            .collect();
        let more = match unused.len().saturating_sub(UNUSED) {
            0 => String::new(),
            more => format!(" and {} more", number(more)),
        };
        screen.detail(format!("columns not used: {}{more}", names.join(", ")));
    }
}

fn phones(prepared: &Prepared, screen: &mut Screen) {
    let (international, national) = prepared.bare_phones;
    let refused = prepared
        .plan
        .rows()
        .filter(|(item, _)| is_unclear(&item.reading))
        .count();
    let readings = [
        (international, "read as international"),
        (national, "read as national"),
        (refused, "refused"),
    ];
    let readings = readings.iter().filter(|(count, _)| *count > 0);
    let readings: Vec<_> = readings
        .map(|(count, how)| format!("{} {how}", number(*count)))
        .collect();
    if !readings.is_empty() {
        screen.detail(format!(
            "phone numbers without a plus sign: {}",
            readings.join(", ")
        ));
    }
    if !prepared.unknown_phones.is_empty() {
        screen.detail(format!(
            "worth a look: {} possible, but not known to be in use, {}",
            counted(
                prepared.unknown_phones.len(),
                "phone number is",
                "phone numbers are"
            ),
            rows(&prepared.unknown_phones)
        ));
    }
}

/// The rows that are not sent, by reason.
fn not_sent(prepared: &Prepared, screen: &mut Screen) {
    let groups = prepared.plan.left_out(&prepared.columns);
    if groups.is_empty() {
        return;
    }
    let all: usize = groups.iter().map(|group| group.rows.len()).sum();
    let count = prepared.plan.not_sent();
    let twice = match all - count {
        0 => "",
        _ => " (a row with two problems is in both lists)",
    };
    screen.space();
    screen.toned(
        Tone::Heading,
        format!(
            "{} not be sent{twice}:",
            counted(count, "row will", "rows will")
        ),
    );
    for group in groups.iter().take(REASONS) {
        screen.item(
            group.rows.len(),
            format!(
                "{}, {}: {}",
                group.status.title(),
                rows(&group.rows),
                group.reason
            ),
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
fn tied(prepared: &Prepared, screen: &mut Screen) {
    let tied = prepared.plan.tied();
    if tied.is_empty() {
        return;
    }
    screen.space();
    screen.toned(
        Tone::Warning,
        format!(
            "{} may name one contact in two ways and give it to two users. `--live` tells before anything is sent; \
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
fn changed_since(prepared: &Prepared, screen: &mut Screen) {
    let changed: Vec<_> = prepared.plan.changed_since().collect();
    if changed.is_empty() {
        return;
    }
    screen.space();
    screen.toned(
        Tone::Warning,
        format!(
            "{} done and {} something else now. It is not sent; to send it, write `again` in `reassign_decision`.",
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
        let says = match (prepared.plan.contact(item), prepared.plan.assignee(item)) {
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
        screen.toned(Tone::Warning, emptied);
    }
}

fn examples(prepared: &Prepared, screen: &mut Screen) {
    let changes = prepared.plan.changes();
    let mut changes = changes.filter(|change| !change.is_unchanged()).peekable();
    if changes.peek().is_none() {
        return;
    }
    screen.space();
    screen.toned(Tone::Heading, "For example:");
    for change in changes.take(EXAMPLES) {
        screen.detail(sentence(&change, &prepared.people));
    }
}

/// Which countries phone numbers in national form are of.
fn countries(prepared: &Prepared) -> String {
    let column = prepared.columns.region;
    let column = column.map(|column| format!("`{}`", prepared.columns.name(column)));
    let region = prepared.reading.region.map(|region| region.to_string());
    let both: Vec<String> = column.into_iter().chain(region).collect();
    if both.is_empty() {
        return String::new();
    }
    format!(", phone numbers of {}", both.join(", else "))
}

/// Whether a row is refused because its phone number could be another one with a plus sign.
fn is_unclear(reading: &Reading) -> bool {
    let Reading::Rejected(rejection) = reading else {
        return false;
    };
    rejection
        .problems
        .iter()
        .any(|problem| match &problem.reason {
            Reason::UnknownCountry => true,
            Reason::Cell(reason) => matches!(
                reason,
                contact::Reason::NeedsRegion
                    | contact::Reason::NoPlus
                    | contact::Reason::AmbiguousPhone { .. }
                    | contact::Reason::AmbiguousExitCode { .. }
            ),
            _ => false,
        })
}

/// A change as a sentence: from whom, where that is known, and to whom.
pub(super) fn sentence(change: &Change<'_>, people: &People) -> String {
    let who = |who: &Assignee| match (who, people.name(who)) {
        (Assignee::Nobody, _) => "no owner".to_owned(),
        (who, Some(_)) => people.label(who),
        (who, None) => format!("user {who}"),
    };
    let from = change.owner().map(|owner| format!("{} → ", who(owner)));
    format!(
        "row {}: {}, {}{}",
        change.row,
        change.contact,
        from.unwrap_or_else(|| "→ ".to_owned()),
        who(change.assignee)
    )
}

/// How many rows have been deleted since the last run ended, as far as their number tells.
fn gone(prepared: &Prepared) -> usize {
    let end = prepared.job.history.end.iter();
    let known: usize = end
        .flat_map(|end| &end.counts)
        .map(|(_, count)| count)
        .sum();
    known.saturating_sub(prepared.plan.rows().len())
}

/// When the last run began: ` of 26 November 2026, 11:15`.
fn begun(prepared: &Prepared) -> String {
    let Some(last) = &prepared.job.history.last else {
        return String::new();
    };
    let at = last.at.to_zoned(TimeZone::system());
    let at = at.strftime("%-d %B %Y, %H:%M");
    match last.at > Timestamp::now() {
        true => format!(" of {at} (by a clock that was ahead of this one)"),
        false => format!(" of {at}"),
    }
}
