//! A plan as text: what would change, what is left out and why, and how to go on.

mod live;

use jiff::Timestamp;

use crate::api::Rate;
use crate::cli::HiddenArg;
use crate::contact::{self, Assignee};
use crate::mapping::Reading;
use crate::outcome::Reason;
use crate::plan::{Change, Fate};
use crate::results::SUMMARY_SHEET;
use crate::sheet::Source;
use crate::workspace::{User, Users};

use super::prepare::Prepared;
use super::screen::{about, counted, number, rows};
use crate::job::RunKind;

/// How many changes are shown as sentences.
const EXAMPLES: usize = 5;
/// How many assignees are listed one by one.
const ASSIGNEES: usize = 30;
/// How many reasons are listed.
const REASONS: usize = 40;

/// The whole plan.
pub(super) fn plan(prepared: &Prepared, rate: Option<Rate>) -> String {
    let mut text = Text::default();
    text.reading(prepared);
    text.workspace(prepared);
    text.counts(prepared);
    text.left_out(prepared);
    text.tied(prepared);
    text.changed_since(prepared);
    text.settled_elsewhere(prepared);
    text.examples(prepared);
    text.receives(prepared);
    text.load(prepared, rate);
    text.line("");
    let takes = match prepared.plan.len() {
        0 => String::new(),
        changes => format!("Sending that takes {}. ", duration(changes, rate)),
    };
    text.wrapped(&format!(
        "{takes}Plan {}, for the workspace {}.",
        prepared.plan.id(&prepared.workspace.id()),
        prepared.workspace.name()
    ));
    text.0
}

/// What matters of it, before sending.
pub(super) fn brief(prepared: &Prepared, rate: Option<Rate>) -> String {
    let mut text = Text::default();
    text.reading(prepared);
    text.workspace(prepared);
    text.left_out(prepared);
    text.tied(prepared);
    text.changed_since(prepared);
    text.load(prepared, rate);
    text.0
}

/// One line to say yes or no to.
pub(super) fn headline(prepared: &Prepared, sending: usize, rate: Option<Rate>) -> String {
    let (assigned, unassigned) = split(prepared.plan.changes().take(sending));
    let left = prepared
        .plan
        .rows()
        .filter(|(_, fate)| matches!(fate, Fate::Left(_)))
        .count();
    let already_so = prepared.plan.changes().take(sending);
    let already_so = already_so.filter(Change::is_unchanged).count();
    let mut parts = vec![format!("{} assigned", number(assigned))];
    if unassigned > 0 {
        parts.push(format!("{} UNASSIGNED", number(unassigned)));
    }
    if already_so > 0 {
        parts.push(format!("{} already so", number(already_so)));
    }
    if left > 0 {
        parts.push(format!("{} left out", counted(left, "row", "rows")));
    }
    let later = prepared.plan.len() - sending;
    if later > 0 {
        parts.push(format!("{} kept for later by `--limit`", number(later)));
    }
    if sending > 0 {
        parts.push(duration(sending, rate));
    }
    parts.push(prepared.workspace.name().to_owned());
    parts.join(", ")
}

/// How many changes assign, and how many unassign; those that a look at the workspace showed to be so already do
/// neither.
pub(super) fn split<'a>(changes: impl Iterator<Item = Change<'a>>) -> (usize, usize) {
    changes.filter(|change| !change.is_unchanged()).fold(
        (0, 0),
        |(assigned, unassigned), change| match change.assignee {
            Assignee::Nobody => (assigned, unassigned + 1),
            Assignee::User(_) | Assignee::Email(_) => (assigned + 1, unassigned),
        },
    )
}

/// About how long so many changes take.
pub(super) fn duration(changes: usize, rate: Option<Rate>) -> String {
    let kept = rate.unwrap_or(Rate::EXAMPLE);
    let time = about(kept.interval() * u32::try_from(changes).unwrap_or(u32::MAX));
    match rate {
        Some(rate) => format!("{time} at {rate}"),
        None => format!("{time} at {kept} (the pace is found while sending)"),
    }
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    fn reading(&mut self, prepared: &Prepared) {
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
        self.line(format!(
            "{file}: {how}, {header}, {}",
            counted(prepared.plan.rows().len(), "row", "rows")
        ));
        for why in &prepared.job.notes {
            self.line(format!("  {why}"));
        }
        match prepared.job.run {
            RunKind::First | RunKind::Anew => {}
            RunKind::Continues => {
                self.line("  continues the run that was cut short".to_owned() + &since(prepared));
                if prepared.job.instead_of.is_some() {
                    self.line("  the sheet has changed since then");
                }
                let lines = prepared
                    .since
                    .iter()
                    .flat_map(|since| since.lines(&prepared.plan));
                lines.for_each(|line| self.line(format!("  {line}")));
            }
            RunKind::GoesOn => {
                let history = &prepared.job.history;
                if history.planned.is_some() && history.first.is_none() {
                    self.line("  a saved plan");
                } else {
                    self.line("  goes on with what is open".to_owned() + &since(prepared));
                }
                let gone = gone(prepared);
                if gone > 0 {
                    self.line(format!(
                        "  {} that the last run knew stand{} here no more; what was open there stays undone",
                        counted(gone, "row", "rows"),
                        if gone == 1 { "s" } else { "" }
                    ));
                }
            }
        }
        let included = prepared.reading.hidden_rows == Some(HiddenArg::Include);
        if included && !prepared.hidden.is_empty() {
            let count = counted(prepared.hidden.len(), "hidden row", "hidden rows");
            self.line(format!(
                "  {count} read like the others: {}",
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
                self.line(format!("  other sheets, not read: {}", others.join(", ")));
            }
        }
        let columns = &prepared.columns;
        let contact = columns
            .identifiers
            .iter()
            .map(|column| format!("`{}`", columns.name(column.index)));
        self.line(format!(
            "  contact in {}, assignee in `{}`{}",
            contact.collect::<Vec<_>>().join(", else "),
            columns.name(columns.assignee),
            countries(prepared)
        ));
        if let Some(current) = columns.current {
            let rows = prepared.plan.rows();
            let told = rows.filter(|(item, _)| item.current.is_some()).count();
            self.line(format!(
                "  written only while `{}` is right about who has the contact: {} say who",
                columns.name(current),
                counted(told, "row", "rows")
            ));
        }
        let head = prepared.job.sheet.head().ok().flatten();
        let is_hidden = |index: &usize| head.is_some_and(|head| head.hides_column(*index));
        for hidden in columns.in_use().filter(is_hidden) {
            self.line(format!(
                "  `{}` is hidden in the sheet, and is read all the same",
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
            self.line(format!("  columns not used: {}{more}", names.join(", ")));
        }
        if let Some(users) = &prepared.users {
            self.line(format!(
                "  users {}: {}",
                users.source(),
                number(users.len())
            ));
        }
        if !prepared.repairs.is_empty() {
            let repairs = prepared
                .repairs
                .iter()
                .map(|(repair, count)| format!("{} {repair}", number(*count)));
            self.line(format!(
                "  repaired: {}",
                repairs.collect::<Vec<_>>().join(", ")
            ));
        }
        self.phones(prepared);
    }

    fn phones(&mut self, prepared: &Prepared) {
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
            self.line(format!(
                "  phone numbers without a plus sign: {}",
                readings.join(", ")
            ));
        }
        if !prepared.unknown_phones.is_empty() {
            self.line(format!(
                "  worth a look: {} possible, but not known to be in use, {}",
                counted(
                    prepared.unknown_phones.len(),
                    "phone number is",
                    "phone numbers are"
                ),
                rows(&prepared.unknown_phones)
            ));
        }
    }

    fn counts(&mut self, prepared: &Prepared) {
        let plan = &prepared.plan;
        let (assigned, unassigned) = split(plan.changes());
        let kept = plan
            .rows()
            .filter(|(_, fate)| matches!(fate, Fate::Kept(_)))
            .count();
        let left = plan.rows().len() - plan.len() - kept;
        let already_so = plan.changes().filter(Change::is_unchanged).count();
        self.line("");
        for (count, what) in [
            (assigned, "to assign"),
            (unassigned, "to unassign"),
            (
                already_so,
                "unchanged: already so; read again before anything is sent",
            ),
            (kept, "settled earlier, not sent again"),
            (left, "left out"),
        ] {
            if count > 0 || what == "to assign" {
                self.line(format!("{:>8} {what}", number(count)));
            }
        }
    }

    fn left_out(&mut self, prepared: &Prepared) {
        let groups = prepared.plan.left_out(&prepared.columns);
        if groups.is_empty() {
            return;
        }
        self.line("");
        self.line("Left out");
        for group in groups.iter().take(REASONS) {
            self.line(format!(
                "{:>8} {}, {}: {}",
                number(group.rows.len()),
                group.status,
                rows(&group.rows),
                group.reason
            ));
        }
        if groups.len() > REASONS {
            self.line(format!(
                "         and {} more reasons; the results file has them all",
                groups.len() - REASONS
            ));
        }
    }

    fn tied(&mut self, prepared: &Prepared) {
        let tied = prepared.plan.tied();
        if tied.is_empty() {
            return;
        }
        self.line("");
        self.wrapped(&format!(
            "{} may name one contact in two ways and give it to two users. `--live` tells before anything is sent; \
             otherwise the read before each write does, and the row that is read later is left as a conflict, or \
             decides by `--on-conflict`.",
            counted(tied.len(), "pair of rows", "pairs of rows")
        ));
        for (first, second) in tied.iter().take(EXAMPLES) {
            self.line(format!("  rows {first} and {second}"));
        }
        if tied.len() > EXAMPLES {
            self.line(format!("  and {} more", number(tied.len() - EXAMPLES)));
        }
    }

    fn changed_since(&mut self, prepared: &Prepared) {
        let changed: Vec<_> = prepared.plan.changed_since().collect();
        if changed.is_empty() {
            return;
        }
        self.line("");
        self.line(format!(
            "{} settled, and now {} something else, which is not sent (write `again` into `reassign_decision` to send it)",
            counted(changed.len(), "row was", "rows were"),
            if changed.len() == 1 { "says" } else { "say" },
        ));
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
            self.line(format!(
                "  row {} was settled as {}, and now says {says}",
                item.row,
                was.unwrap_or_default()
            ));
        }
        if changed.len() > 10 {
            self.line("  Was only a part of the sheet sorted?");
        }
    }

    fn examples(&mut self, prepared: &Prepared) {
        if prepared.plan.is_empty() {
            return;
        }
        self.line("");
        self.line("For example");
        let changes = prepared.plan.changes();
        for change in changes
            .filter(|change| !change.is_unchanged())
            .take(EXAMPLES)
        {
            let text = sentence(&change, prepared.users.as_ref());
            self.line(format!("  {text}"));
        }
    }

    fn receives(&mut self, prepared: &Prepared) {
        let receives = prepared.plan.receives();
        // Who was looked up is told with what everybody has before and after.
        if receives.is_empty() || prepared.looked.is_some() {
            return;
        }
        self.line("");
        self.line("Contacts that each receives, if they do not have them already");
        for (assignee, count) in receives.iter().take(ASSIGNEES) {
            let who = match assignee {
                Assignee::Nobody => "nobody (unassigned)".to_owned(),
                assignee => match known(assignee, prepared.users.as_ref()) {
                    Some(user) => format!("{assignee} {user}"),
                    None => assignee.to_string(),
                },
            };
            self.line(format!("{:>8} {who}", number(*count)));
        }
        if let Some(more) = receives
            .len()
            .checked_sub(ASSIGNEES)
            .filter(|more| *more > 0)
        {
            self.line(format!("         and {more} more"));
        }
    }
}

/// How many columns that are not used are named: a wide sheet has thousands.
const UNUSED: usize = 40;

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

/// A change as a sentence.
pub(super) fn sentence(change: &Change<'_>, users: Option<&Users>) -> String {
    if change.holder.is_some() {
        return live::sentence(change, users);
    }
    let (row, contact) = (change.row, change.contact);
    match (change.assignee, known(change.assignee, users)) {
        (Assignee::Nobody, _) => format!("row {row}: {contact} is unassigned"),
        (Assignee::User(id), Some(user)) => {
            format!("row {row}: {contact} goes to {user}, user {id}")
        }
        (Assignee::User(id), None) => format!("row {row}: {contact} goes to user {id}"),
        (Assignee::Email(email), _) => format!("row {row}: {contact} goes to {email}"),
    }
}

/// The user behind an ID, if there is more to tell than the ID.
fn known<'a>(assignee: &Assignee, users: Option<&'a Users>) -> Option<&'a User> {
    let user = users?.get(assignee)?;
    (user.email.is_some() || !user.names.is_empty()).then_some(user)
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

fn since(prepared: &Prepared) -> String {
    match &prepared.job.history.last {
        Some(last) if last.at > Timestamp::now() => {
            let at = crate::outcome::local_time(last.at);
            format!(" (begun {at}, by a clock that was ahead of this one)")
        }
        Some(last) => format!(" (begun {})", crate::outcome::local_time(last.at)),
        None => String::new(),
    }
}
