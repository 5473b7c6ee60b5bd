//! Whether what would be sent is what somebody has approved, and where the plan comes from.
//!
//! A plan's ID stands for its changes, one by one. Which changes those were is known from the journal of a saved plan, or
//! of a run that was started with the ID, as long as it stands beside the sheet; a list counts only if the ID can be
//! computed from it.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::plan::PlanId;
use crate::results::journal::RowAtStart;
use crate::results::{History, JobFolder};
use crate::wording::day_and_time;

use super::prepare::{Prepared, Request};
use super::provenance;
use super::screen::{counted, number};
use crate::job::What;
use crate::refusal::{Refusal, Refusals, WayOut};

/// How many rows are named that differ from what was approved.
const DIFFERENCES: usize = 20;

/// The changes that were approved.
struct Approved {
    changes: Vec<RowAtStart>,
    /// Whether it is the plan that these very results began with: then some of it may be done.
    is_ours: bool,
}

/// What may be sent under an approval.
pub(super) struct Approval {
    /// The changes that were approved.
    pub(super) changes: Vec<RowAtStart>,
    /// The rows that would be sent now and were not approved, because they were repaired or added since: they wait.
    pub(super) waiting: Vec<u32>,
}

/// The changes that were approved, where what would be sent is that, or a part of it, or nothing at all; otherwise why it
/// is not. Of a run that began under this approval the rest is approved, whatever was repaired beside it.
pub(super) fn approval(
    prepared: &Prepared,
    request: &Request<'_>,
    expected: &PlanId,
) -> Result<Approval, Refusals> {
    let id = prepared.id();
    let whole = |changes| Approval {
        changes,
        waiting: Vec::new(),
    };
    if id == *expected || prepared.plan.is_empty() {
        return Ok(whole(provenance::changes(prepared)));
    }
    let what = format!("the plan {expected} was approved");
    let changes = counted(prepared.plan.len(), "change", "changes");
    let why = match approved(prepared, request, expected) {
        Some(approved) => {
            let differ = differences(prepared, &approved);
            if differ.is_empty() {
                return Ok(whole(approved.changes));
            }
            if approved.is_ours {
                return Ok(Approval {
                    waiting: unapproved(prepared, &approved),
                    changes: approved.changes,
                });
            }
            let listed = differ.iter().take(DIFFERENCES);
            let mut lines: Vec<String> = listed.map(|line| format!("  {line}")).collect();
            if differ.len() > DIFFERENCES {
                lines.push(format!("  and {} more", number(differ.len() - DIFFERENCES)));
            }
            format!(
                "{what}, with {}, but this is the plan {id} with {changes}, so nothing was changed; what differs:\n{}",
                counted(approved.changes.len(), "change", "changes"),
                lines.join("\n"),
            )
        }
        None => format!(
            "{what}, but this is the plan {id} with {changes}, so nothing was changed; to see which changes differ, save the plan \
             with `reassign plan -o FILE` before it is approved, and keep it beside the sheet"
        ),
    };
    let refusal = Refusal::new(why).by_a_guard();
    let way = WayOut::command(
        "to have this plan approved, give the approver the page that this command writes",
        page_command(prepared, request),
    );
    Err(Refusals::new(vec![refusal], vec![way]))
}

/// The rows whose changes were not approved.
fn unapproved(prepared: &Prepared, approved: &Approved) -> Vec<u32> {
    let approved: HashSet<(&str, &str)> = approved
        .changes
        .iter()
        .map(|said| (said.contact.as_str(), said.assignee.as_str()))
        .collect();
    let changes = prepared.plan.changes().filter(|change| {
        let (contact, assignee) = (change.contact.to_string(), change.assignee.to_string());
        !approved.contains(&(contact.as_str(), assignee.as_str()))
    });
    changes.map(|change| change.row).collect()
}

/// The command that writes the page which somebody needs who approves a plan.
pub(super) fn page_command(prepared: &Prepared, request: &Request<'_>) -> Vec<OsString> {
    let sheet = match prepared.job.what {
        What::Sheet => request.sheet,
        What::Results => prepared.job.sheet.path(),
    };
    let page = (1..)
        .map(|number: u32| match number {
            1 => sheet.with_extension("plan.html"),
            _ => sheet.with_extension(format!("plan-{number}.html")),
        })
        .find(|page| !page.exists())
        .expect("there are more numbers than files");
    let mut args = vec!["plan".into(), sheet.as_os_str().to_owned()];
    args.extend(prepared.options(request));
    args.extend(["--report".into(), page.into_os_string()]);
    args
}

/// Whether the journal that a run adds to tells already which changes were approved.
pub(super) fn is_written_down(prepared: &Prepared, expected: &PlanId) -> bool {
    let history = &prepared.job.history;
    history.length > 0 && history.changes.contains_key(&expected.to_string())
}

fn approved(prepared: &Prepared, request: &Request<'_>, expected: &PlanId) -> Option<Approved> {
    let id = expected.to_string();
    let list = |history: &History| {
        let named = history.changes.iter().find(|(plan, _)| **plan == id);
        let changes = named.map(|(_, changes)| changes)?;
        let pairs = changes
            .iter()
            .map(|said| (said.contact.as_str(), said.assignee.as_str()));
        let workspace = prepared.workspace.id();
        (PlanId::of(&workspace, pairs) == *expected).then(|| changes.clone())
    };
    if let Some(changes) = list(&prepared.job.history) {
        return Some(Approved {
            changes,
            is_ours: prepared.job.history.first.is_some(),
        });
    }
    let mut journals: Vec<PathBuf> = [request.sheet, prepared.job.out.as_path()]
        .into_iter()
        .flat_map(JobFolder::journals_beside)
        .collect();
    journals.sort();
    journals.dedup();
    // One that cannot be read is of no help, and is not what this command is about.
    let mut histories = journals.iter().filter_map(|path| History::read(path).ok());
    let changes = histories.find_map(|history| list(&history))?;
    Some(Approved {
        changes,
        is_ours: false,
    })
}

/// Each difference between what was approved and what would be sent, in the order of the rows. The order of sending is
/// none.
fn differences(prepared: &Prepared, approved: &Approved) -> Vec<String> {
    let then: HashMap<&str, &RowAtStart> = approved
        .changes
        .iter()
        .map(|said| (said.contact.as_str(), said))
        .collect();
    let mut differ: Vec<(u32, String)> = Vec::new();
    let mut now = HashSet::new();
    for change in prepared.plan.changes() {
        let contact = change.contact.to_string();
        let (row, assignee) = (change.row, change.assignee.to_string());
        match then.get(contact.as_str()) {
            Some(said) if said.assignee == assignee => {}
            Some(said) => differ.push((
                row,
                format!(
                    "row {row}: {contact} goes to {assignee}; approved was {}",
                    said.assignee
                ),
            )),
            None => differ.push((
                row,
                format!("row {row}: {contact} goes to {assignee}, which was not approved"),
            )),
        }
        now.insert(contact);
    }
    // What was begun may be done by now, or wait for somebody.
    if !approved.is_ours {
        // Without a look it is the read before the write that leaves these out, under the same approval.
        let moved: HashSet<(String, String)> = prepared
            .plan
            .moved()
            .map(|(contact, assignee)| (contact.to_string(), assignee.to_string()))
            .collect();
        let missing = approved.changes.iter().filter(|said| {
            !now.contains(&said.contact)
                && !moved.contains(&(said.contact.clone(), said.assignee.clone()))
        });
        differ.extend(missing.map(|said| {
            let RowAtStart {
                row,
                contact,
                assignee,
                ..
            } = said;
            (
                *row,
                format!(
                    "row {row} as it was: {contact} was approved to go to {assignee}, and is not done"
                ),
            )
        }));
    }
    differ.sort();
    differ.into_iter().map(|(_, line)| line).collect()
}

/// Who has made the plan that is applied, and when; nothing if it is not a saved one.
pub(super) fn made(prepared: &Prepared, now: Timestamp) -> Option<String> {
    let planned = prepared.job.history.planned.as_ref()?;
    let id = prepared.id();
    let left = if planned.plan == id.to_string() {
        String::new()
    } else {
        format!("; what is left of it is plan {id}")
    };
    Some(format!(
        "Plan {} was made {} by {} on {} ({}){left}.",
        planned.plan,
        ago(now.as_second() - planned.at.as_second()),
        planned.user,
        planned.computer,
        day_and_time(planned.at),
    ))
}

/// How long ago that was, in seconds, as people say it.
fn ago(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..=59 => return "just now".to_owned(),
        60..=3599 => (seconds / 60, "minute"),
        3600..=86_399 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{s} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_a_plan_is_told_as_people_say_it() {
        let told = [-5, 59, 60, 7199, 86_399, 86_400, 200_000].map(ago);
        assert_eq!(
            told,
            [
                "just now",
                "just now",
                "1 minute ago",
                "1 hour ago",
                "23 hours ago",
                "1 day ago",
                "2 days ago"
            ]
        );
    }
}
