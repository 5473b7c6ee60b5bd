//! What is known of rows from before, laid over them as they stand now, and what of it speaks against going on.

use std::collections::HashSet;
use std::mem::discriminant;

use crate::contact::{Assignee, Identifier};
use crate::mapping::{Assignees, Earlier, Item, Mappings, Reading};
use crate::outcome::{Code, Decision, Status};
use crate::plan::Plan;
use crate::refusal::Refusal;
use crate::results::History;
use crate::wording::{counted, local_time, number, rows};
use crate::workspace::Users;

use super::file_names::free;
use super::find::{Job, RunKind};
use super::resume::{Since, catch_up, overlay};

/// What earlier commands knew of the rows.
#[derive(Debug)]
pub(crate) struct KnownRows {
    /// What has become of the run that this one continues.
    pub(crate) since: Option<Since>,
    /// Of how many rows the results do not say what is known of them: an undo was applied, or they are a former state.
    pub(crate) untold: usize,
    /// The rows that were to be sent when the plan was saved; `None` if the sheet is no saved plan.
    pub(crate) planned: Option<HashSet<u32>>,
}

/// Which settled rows are sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Again {
    /// Those that say so.
    #[default]
    Said,
    /// All but those that somebody has left out.
    All,
}

impl KnownRows {
    /// Lays what the job knows over its rows. `here` is how results name the workspace.
    pub(crate) fn laid_over(
        mappings: &mut Mappings,
        job: &mut Job,
        here: &str,
        users: Option<&Users>,
        again: Again,
    ) -> KnownRows {
        // A run that was cut short has told what became of rows, and not which of them were planned.
        let planned = planned(mappings);
        let since = (job.run == RunKind::Continues)
            .then(|| overlay(mappings, &mut job.history, job.what, here, users));
        let latest = std::mem::take(&mut job.latest);
        let caught_up = catch_up(mappings, &latest, &job.history, here, users);
        if !caught_up.is_empty() {
            let say = if caught_up.len() == 1 { "says" } else { "say" };
            job.notes.push(format!(
                "a former state of these results: {} {say} less than the journal, which counts",
                rows(&caught_up)
            ));
        }
        KnownRows {
            since,
            untold: caught_up.len() + undo_and_redo(mappings, &job.history, again),
            planned,
        }
    }

    /// What speaks against going on with these rows in the workspace of this name and address.
    pub(crate) fn faults(
        &self,
        mappings: &Mappings,
        job: &Job,
        (name, address): (&str, &str),
    ) -> Vec<Refusal> {
        let empty = mappings.items.is_empty().then(|| {
            let path = job.sheet.path().display();
            Refusal::new(format!("`{path}` has a header and no rows below it"))
        });
        let another = self.since.as_ref().and_then(|since| another(job, since));
        let elsewhere = elsewhere(mappings, &job.history, name, address);
        [another, empty, elsewhere].into_iter().flatten().collect()
    }

    /// The rows of a plan that were not planned when it was saved.
    pub(crate) fn unplanned(&self, plan: &Plan) -> Vec<u32> {
        let changes = plan.changes().map(|change| change.row);
        match &self.planned {
            Some(planned) => changes.filter(|row| !planned.contains(row)).collect(),
            None => Vec::new(),
        }
    }
}

fn planned(mappings: &Mappings) -> Option<HashSet<u32>> {
    let items = mappings.items.iter();
    let planned = items.filter(|item| item.status() == Some(Status::Planned));
    let planned: Vec<_> = planned.collect();
    // What was edited since was not planned as it is now.
    let as_planned = |item: &&&Item| !is_edited(item, &mappings.assignees);
    let rows = planned.iter().filter(as_planned).map(|item| item.row);
    (!planned.is_empty()).then(|| rows.collect())
}

/// Whether a row names another contact or user than the plan did. Where it names one in another way (an email where the plan
/// has the ID that a look has found), nothing is known against it.
fn is_edited(item: &Item, assignees: &Assignees) -> bool {
    let (Some(earlier), Reading::Mapping { contact, assignee }) = (&item.earlier, &item.reading)
    else {
        return false;
    };
    let is_another_contact =
        |planned: &Identifier| planned != contact && discriminant(planned) == discriminant(contact);
    let assignee = assignees.get(*assignee);
    let is_another_user = |planned: &Assignee| {
        let is_told = discriminant(planned) == discriminant(assignee)
            || [planned, assignee].contains(&&Assignee::Nobody);
        planned != assignee && is_told
    };
    earlier.contact.as_ref().is_some_and(is_another_contact)
        || earlier.assignee.as_ref().is_some_and(is_another_user)
}

/// A run that was cut short goes on with its own sheet, also one that was edited, and not with another one.
fn another(job: &Job, since: &Since) -> Option<Refusal> {
    job.instead_of.as_ref()?;
    let begun = job.history.first.as_ref()?.at;
    // Nothing is known of rows that were sent before journals told what rows said.
    let is_unknown = since.known == 0 && since.settled + since.in_doubt > 0;
    (is_unknown || since.standing * 2 < since.known).then(|| {
        let still = if is_unknown {
            "the journal does not say what its rows said then".to_owned()
        } else {
            let rows = counted(since.known, "row", "rows");
            let standing = number(since.standing);
            format!("of its {rows}, {standing} say here what they said then")
        };
        let free = free(&job.out);
        Refusal::new(format!(
            "`{}` is not the sheet of the run that was cut short (begun {}): {still}; put that sheet back to \
             continue with it, or start over in another file with `-o {}`",
            job.sheet.path().display(),
            local_time(begun),
            free.display(),
        ))
        .fixed_by(["-o".into(), free.into_os_string()])
    })
}

/// Rows that an undo has given back are `undone`, whatever the results say; and with [`Again::All`] every settled row is
/// sent again. Returns of how many rows the results do not say so yet.
fn undo_and_redo(mappings: &mut Mappings, history: &History, again: Again) -> usize {
    let items = mappings.items.iter_mut();
    let known = items.filter_map(|item| Some((item.row, item.earlier.as_deref_mut()?)));
    let mut untold = 0;
    for (row, earlier) in known {
        untold +=
            usize::from(undone(row, earlier, history)) + usize::from(redone(row, earlier, history));
        let is_again = again == Again::All && earlier.decision != Some(Decision::Skip);
        if is_again && is_sent(earlier.status) {
            earlier.decision = Some(Decision::Again);
        }
    }
    untold
}

fn is_sent(status: Status) -> bool {
    matches!(
        status,
        Status::Assigned | Status::Unassigned | Status::Unchanged | Status::Undone
    )
}

fn undone(row: u32, earlier: &mut Earlier, history: &History) -> bool {
    // A write without an answer is given back like others, and so is one of which a former state does not know.
    let is_new = history.undone.contains(&row) && earlier.status != Status::Undone;
    if is_new {
        earlier.status = Status::Undone;
        earlier.codes = vec![Code::Undone];
    }
    is_new
}

fn redone(row: u32, earlier: &mut Earlier, history: &History) -> bool {
    let is_new = earlier.status == Status::Undone && history.redone.contains(&row);
    if is_new {
        earlier.status = match earlier.assignee {
            Some(Assignee::Nobody) => Status::Unassigned,
            Some(_) | None => Status::Assigned,
        };
        earlier.codes.clear();
        earlier.error = None;
    }
    is_new
}

/// Rows that were settled in another workspace must not be mixed with this one's. Rows name its host; the journal knows
/// its whole address.
fn elsewhere(mappings: &Mappings, history: &History, here: &str, id: &str) -> Option<Refusal> {
    let mut settled = mappings
        .items
        .iter()
        .filter_map(|item| Some((item.row, item.earlier.as_deref()?)))
        .filter(|(_, earlier)| earlier.status.is_settled())
        .filter_map(|(row, earlier)| Some((row, earlier.workspace.as_deref()?)))
        .peekable();
    let first = settled.peek().copied();
    let by_host = settled.find(|(_, there)| *there != here);
    let (row, there, here) = match by_host {
        Some((row, there)) => (row, there, here),
        None => {
            let last = history.last.as_ref().filter(|last| last.workspace != id)?;
            (first?.0, last.workspace.as_str(), id)
        }
    };
    Some(Refusal::new(format!(
        "row {row} was settled in the workspace `{there}`, and this command is about `{here}`; results of two workspaces \
         are not mixed"
    )))
}
