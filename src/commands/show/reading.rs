//! How the sheet was read, and what was done before.

use jiff::Timestamp;

use crate::contact;
use crate::job::RunKind;
use crate::mapping::{Columns, OnHidden, Reading, Role, role};
use crate::outcome::Reason;
use crate::plan::Plan;
use crate::results::{History, SUMMARY_SHEET};
use crate::sheet::{Sheet, Source};
use crate::terminal::Screen;
use crate::wording::{counted, day_and_time, listed, number, rows};

use super::super::prepare::{Prepared, ReadSheet};
use super::live;

/// How many columns that are not used are named: a wide sheet has thousands.
const UNUSED: usize = 12;

/// How the sheet was read.
pub(super) fn reading(prepared: &Prepared, screen: &mut Screen) {
    let Prepared {
        job,
        sheet,
        who,
        plan,
        ..
    } = prepared;
    screen.say(format!(
        "{}: {}, {}, {}",
        job.sheet.path().display(),
        cells(&job.sheet),
        header(&sheet.columns),
        counted(plan.rows().len(), "row", "rows")
    ));
    for why in &job.notes {
        screen.detail(why.clone());
    }
    run(prepared, screen);
    let included = sheet.reading.hidden_rows == Some(OnHidden::Include);
    if included && !sheet.hidden.is_empty() {
        let count = counted(sheet.hidden.len(), "hidden row", "hidden rows");
        let hidden = rows(&sheet.hidden);
        screen.detail(format!("{count} read like the others: {hidden}"));
    }
    other_sheets(job.sheet.source(), screen);
    columns(prepared, screen);
    if let (Some(users), None) = (&who.users, &who.looked) {
        screen.detail(format!("users {}: {}", users.source(), number(users.len())));
    }
    if !sheet.repairs.is_empty() {
        let repairs = sheet.repairs.iter();
        let repairs = repairs.map(|(repair, count)| format!("{} {repair}", number(*count)));
        let repairs: Vec<String> = repairs.collect();
        screen.detail(format!("repaired: {}", repairs.join(", ")));
    }
    phones(sheet, plan, screen);
    if let Some(looked) = &who.looked {
        live::workspace(&prepared.workspace, looked, screen);
    }
}

fn cells(sheet: &Sheet) -> String {
    let (delimiter, encoding) = match sheet.source() {
        Source::Workbook { sheet, .. } => return format!("sheet `{sheet}`"),
        Source::Text {
            delimiter,
            encoding,
            ..
        } => (delimiter, encoding.name()),
    };
    let cells = match delimiter {
        b'\t' => "cells between tabs".to_owned(),
        delimiter => format!("cells between `{}`", char::from(*delimiter)),
    };
    match encoding {
        "UTF-8" => cells,
        name if sheet.is_encoding_guessed() => {
            format!("encoding {name} (a guess; `--encoding` decides), {cells}")
        }
        name => format!("encoding {name}, {cells}"),
    }
}

fn header(columns: &Columns) -> String {
    match (columns.group_row, columns.header_row) {
        (Some(above), Some(row)) => format!("header in rows {above} and {row}"),
        (None, Some(row)) => format!("header in row {row}"),
        (_, None) => "no header, columns by position".to_owned(),
    }
}

fn other_sheets(source: &Source, screen: &mut Screen) {
    let Source::Workbook { sheet, sheets, .. } = source else {
        return;
    };
    let others = sheets.iter().filter(|other| other.name != *sheet);
    let others = others.filter(|other| other.name != SUMMARY_SHEET);
    let others: Vec<String> = others.map(ToString::to_string).collect();
    if !others.is_empty() {
        screen.detail(format!("other sheets, not read: {}", listed(&others)));
    }
}

/// What was done before.
fn run(prepared: &Prepared, screen: &mut Screen) {
    match prepared.job.run {
        RunKind::First | RunKind::Anew => {}
        RunKind::Continues => {
            screen.detail(format!(
                "Continuing the run{}, which was cut short. Finished rows are not done again.",
                begun(&prepared.job.history)
            ));
            if prepared.job.instead_of.is_some() {
                screen.detail("the sheet has changed since then");
            }
            let lines = prepared
                .known
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
                    "These are the results of the run{}; what is corrected in this file counts. Finished rows are not done \
                     again.",
                    begun(&prepared.job.history)
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
    let columns = &prepared.sheet.columns;
    let contact = columns
        .identifiers
        .iter()
        .map(|column| format!("`{}`", columns.name(column.index)));
    screen.detail(format!(
        "contact in {}, new owner in `{}`{}",
        contact.collect::<Vec<_>>().join(", else "),
        columns.name(columns.assignee),
        countries(&prepared.sheet)
    ));
    if let Some(current) = columns.current {
        let told = prepared.plan.rows();
        let told = told.filter(|(item, _)| item.current.is_some()).count();
        screen.detail(format!(
            "present owner in `{}`: {} who, and {} done only while the owner is the same",
            columns.name(current),
            counted(told, "row says", "rows say"),
            if told == 1 { "is" } else { "are" }
        ));
    }
    let head = prepared.job.sheet.head().ok().flatten();
    let is_hidden = |index: &usize| head.is_some_and(|head| head.hides_column(*index));
    for hidden in columns.in_use().filter(is_hidden) {
        screen.detail(format!(
            "`{}` is hidden in the sheet, and is read anyway",
            columns.name(hidden)
        ));
    }
    let unused = columns.unused();
    if let (Some(region), None) = (prepared.sheet.reading.region, columns.region) {
        let is_country = |index: &&usize| role(&columns.name(**index)) == Some(Role::Country);
        if let Some(country) = unused.iter().find(is_country) {
            screen.detail(format!(
                "`{}` is not read, because `--region {region}` is for all rows; to read it, name it with `--region-column`",
                columns.name(*country)
            ));
        }
    }
    if !unused.is_empty() {
        let names = unused.iter().take(UNUSED);
        let names: Vec<String> = names
            .map(|index| format!("`{}`", columns.name(*index)))
            .collect();
        let more = match unused.len().saturating_sub(UNUSED) {
            0 => String::new(),
            more => format!(" and {} more", number(more)),
        };
        screen.detail(format!(
            "other columns, kept as they are: {}{more}",
            names.join(", ")
        ));
    }
}

fn phones(sheet: &ReadSheet, plan: &Plan, screen: &mut Screen) {
    let (international, national) = sheet.bare_phones;
    let refused = plan
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
    if !sheet.unknown_phones.is_empty() {
        screen.detail(format!(
            "please check: {} possible, but not known to be in use, {}",
            counted(
                sheet.unknown_phones.len(),
                "phone number is",
                "phone numbers are"
            ),
            rows(&sheet.unknown_phones)
        ));
    }
}

/// Which countries phone numbers in national form are of.
fn countries(sheet: &ReadSheet) -> String {
    let column = sheet.columns.region;
    let column = column.map(|column| format!("`{}`", sheet.columns.name(column)));
    let region = sheet.reading.region.map(|region| region.to_string());
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
fn begun(history: &History) -> String {
    let Some(last) = &history.last else {
        return String::new();
    };
    let at = day_and_time(last.at);
    match last.at > Timestamp::now() {
        true => format!(" of {at} (by a clock that was ahead of this one)"),
        false => format!(" of {at}"),
    }
}
