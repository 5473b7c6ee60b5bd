//! A run that was cut short stands in its journal only: what it did is laid over the rows as they stand now.
//!
//! Sheet or results may have been edited since. A row that says what it said keeps its outcome; one that was settled
//! and says something else keeps it too, and is told; one that was open is taken as it stands.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::contact::{Assignee, Identifier};
use crate::mapping::{AssigneeKey, Assignees, Earlier, Fingerprints, Item, Mappings, Reading};
use crate::outcome::{Code, Decision, Outcome, Reason, Sent, Status};
use crate::plan::{Plan, RowFate};
use crate::results::History;
use crate::results::journal::{Latest, Renumbering, RowAtStart};
use crate::wording::{counted, local_time, number, rows};
use crate::workspace::Users;

use super::What;
use super::matching::renumbering;

/// What has become of a run that was cut short, and of its rows since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Since {
    /// How many of its rows are settled.
    pub(crate) settled: usize,
    /// How many were sent without an answer.
    pub(crate) in_doubt: usize,
    /// How many rows it knew, and how many of them still say the same.
    pub(crate) known: usize,
    pub(crate) standing: usize,
    /// Open rows that say something else now.
    pub(crate) changed: Vec<u32>,
    /// Rows that were sent without an answer for another contact than they name now.
    pub(crate) left_in_doubt: Vec<Sent>,
    /// Rows that are there no more, and those of them that were settled or sent.
    pub(crate) gone: Vec<u32>,
    pub(crate) gone_after_sending: Vec<u32>,
    /// Rows that were not there.
    pub(crate) added: Vec<u32>,
    /// Which numbers its rows have now, if they have others or some are there no more.
    pub(crate) renumbering: Option<Renumbering>,
}

/// How many rows are told one by one.
const EXAMPLES: usize = 5;

impl Since {
    /// What the user has to know of it before it goes on.
    pub(crate) fn lines(&self, plan: &Plan) -> Vec<String> {
        let settled = counted(self.settled, "row", "rows");
        let mut lines = vec![match self.in_doubt {
            0 => format!("done by then: {settled} finished"),
            sent => format!(
                "done by then: {settled} finished, {} sent to the workspace without an answer, looked up first",
                number(sent)
            ),
        }];
        let settled = plan.changed_since().map(|item| item.row);
        let mut changed: Vec<u32> = settled.chain(self.changed.iter().copied()).collect();
        changed.sort_unstable();
        if !changed.is_empty() {
            let say = if changed.len() == 1 { "says" } else { "say" };
            lines.push(format!(
                "{} {say} something else now; open rows are read as they are now, finished rows are not done again",
                rows(&changed)
            ));
        }
        lines.extend(self.left_in_doubt.iter().take(EXAMPLES).map(|sent| {
            let Sent {
                row,
                contact,
                assignee,
                ..
            } = sent;
            format!(
                "row {row} had {contact} for {assignee}, which was sent to the workspace without an answer; it names another \
                 contact now, so check {contact} in the workspace"
            )
        }));
        if !self.added.is_empty() {
            let are = if self.added.len() == 1 { "is" } else { "are" };
            lines.push(format!("{} {are} new", rows(&self.added)));
        }
        if !self.gone.is_empty() {
            let are = if self.gone.len() == 1 { "is" } else { "are" };
            let sent = match self.gone_after_sending.as_slice() {
                [] => String::new(),
                sent => format!("; the journal says what became of {}", rows(sent)),
            };
            lines.push(format!(
                "{} {are} not in the sheet any more{sent}",
                rows(&self.gone)
            ));
        }
        lines
    }
}

/// How the rows of a run compare with what they said when it began.
struct Overlay<'a> {
    history: &'a History,
    workspace: &'a str,
    users: Option<&'a Users>,
    assignees: &'a Assignees,
    since: Since,
}

/// Which numbers the rows of a sheet have now, if somebody has edited it since the run that was cut short began.
fn renumbered(mappings: &Mappings, history: &History) -> Option<Renumbering> {
    let items = mappings.items.iter();
    let now: Vec<RowAtStart> = items.map(|item| said(item, &mappings.assignees)).collect();
    renumbering(&history.said, &now, |row| is_sent(history, row))
}

/// Whether a row was settled by that run, or sent without an answer.
fn is_sent(history: &History, row: u32) -> bool {
    let outcome = history.outcomes.get(&row);
    history.in_doubt.contains_key(&row)
        || outcome.is_some_and(|outcome| outcome.status.is_settled())
}

/// Lays what a run that was cut short did over the rows. Where they are those of a sheet, they may have other numbers now.
pub(crate) fn overlay(
    mappings: &mut Mappings,
    history: &mut History,
    what: What,
    workspace: &str,
    users: Option<&Users>,
) -> Since {
    let renumbering = match what {
        What::Sheet => renumbered(mappings, history),
        What::Results => None, // these tell the numbers themselves
    };
    let there: HashSet<u32> = mappings.items.iter().map(|item| item.row).collect();
    let is_there = |row: &u32| match &renumbering {
        Some(renumbering) => renumbering.now(*row).is_some(),
        None => there.contains(row),
    };
    let mut gone: Vec<u32> = history.said.keys().copied().collect();
    gone.retain(|row| !is_there(row));
    gone.sort_unstable();
    let outcomes = history.outcomes.values();
    let sent = gone.iter().filter(|row| is_sent(history, **row));
    let since = Since {
        settled: outcomes
            .filter(|outcome| outcome.status.is_settled())
            .count(),
        in_doubt: history.in_doubt.len(),
        known: history.said.len(),
        gone_after_sending: sent.copied().collect(),
        gone,
        renumbering,
        ..Since::default()
    };
    if let Some(renumbering) = &since.renumbering {
        history.renumber(renumbering);
    }
    let mut overlay = Overlay {
        history,
        workspace,
        users,
        assignees: &mappings.assignees,
        since,
    };
    for item in &mut mappings.items {
        overlay.lay(item);
    }
    overlay.since
}

/// Lays what the journal knows over rows that say less: their results are a former state, which somebody has put back or
/// kept open. Returns the rows that this is so of.
pub(crate) fn catch_up(
    mappings: &mut Mappings,
    latest: &HashMap<u32, Latest>,
    history: &History,
    workspace: &str,
    users: Option<&Users>,
) -> Vec<u32> {
    let overlay = Overlay {
        history,
        workspace,
        users,
        assignees: &mappings.assignees,
        since: Since::default(),
    };
    let mut rows = Vec::new();
    for item in &mut mappings.items {
        let (
            Some(earlier),
            Some(Latest {
                outcome,
                said: then,
            }),
        ) = (item.earlier.as_deref(), latest.get(&item.row))
        else {
            continue;
        };
        let is_open = !earlier.status.is_settled() && earlier.status != Status::Undone;
        // Results that tell when this was settled knew of it: the row was judged anew since, as somebody asks for, or had
        // asked for when it was rejected.
        let is_known = || {
            let at: Option<Timestamp> = earlier.at.as_ref().and_then(|at| at.parse().ok());
            let is_rejected = matches!(earlier.status, Status::Invalid | Status::Conflict);
            (earlier.decision == Some(Decision::Again) || is_rejected)
                && at.is_some_and(|at| at.as_second() >= outcome.at.as_second())
        };
        let is_newer = outcome.attempts > earlier.attempts
            || (is_open
                && outcome.status.is_settled()
                && outcome.attempts == earlier.attempts
                && !is_known());
        // What was open is judged by what the row says now.
        if is_newer && (outcome.status.is_settled() || is_about(item, &then.contact)) {
            let now = said(item, overlay.assignees);
            let is_same = then.contact == now.contact
                && (then.assignee == now.assignee
                    || overlay.is_known_as(&then.assignee, &now.assignee));
            overlay.settle(item, outcome, Some(then).filter(|_| !is_same));
            rows.push(item.row);
        }
    }
    rows
}

impl Overlay<'_> {
    fn lay(&mut self, item: &mut Item) {
        let now = said(item, self.assignees);
        let then = self.history.said.get(&item.row);
        let (same_contact, same_assignee) = match then {
            Some(then) => (
                then.contact == now.contact,
                then.assignee == now.assignee || self.is_known_as(&then.assignee, &now.assignee),
            ),
            None => (true, true),
        };
        let is_same = same_contact && same_assignee;
        if then.is_some() && is_same {
            self.since.standing += 1;
        }
        if then.is_none() && item.earlier.is_none() && !self.history.said.is_empty() {
            self.since.added.push(item.row);
        }
        if let Some(sent) = self.history.in_doubt.get(&item.row) {
            if contact(item) != Some(&sent.contact) {
                self.since.left_in_doubt.push(sent.clone());
            } else if !is_same {
                self.since.changed.push(item.row);
            }
            self.doubt(item, sent);
            return;
        }
        let outcome = self.history.outcomes.get(&item.row);
        let is_settled = outcome.is_some_and(|outcome| outcome.status.is_settled());
        if !is_same && !is_settled {
            self.since.changed.push(item.row);
        }
        // What became of another contact says nothing about this one, unless it is settled.
        if let Some(outcome) = outcome.filter(|_| is_settled || same_contact) {
            self.settle(item, outcome, then.filter(|_| !is_same));
        }
    }

    /// Whether an assignee is the one that now stands there under another name.
    fn is_known_as(&self, then: &str, now: &str) -> bool {
        let then = then.parse().map(|then| self.known(then));
        then.is_ok_and(|then: Assignee| then.to_string() == now)
    }

    fn known(&self, assignee: Assignee) -> Assignee {
        match self.users {
            Some(users) => users.canonical(assignee),
            None => assignee,
        }
    }

    /// The row has its outcome; `then` is what it said, if it says something else now.
    fn settle(&self, item: &mut Item, outcome: &Outcome, then: Option<&RowAtStart>) {
        let mut earlier = self.before(item);
        if let Some(then) = then {
            earlier.contact = then.contact.parse().ok();
            let assignee = then.assignee.parse().ok();
            earlier.assignee = assignee.map(|assignee| self.known(assignee));
        }
        earlier.previous = outcome.previous.clone().or(earlier.previous);
        earlier.status = outcome.status;
        earlier.codes = outcome.reason.iter().map(Reason::code).collect();
        earlier.error = outcome.reason.as_ref().map(ToString::to_string);
        earlier.http = outcome.http;
        earlier.contact_id = outcome.contact_id;
        earlier.attempts = outcome.attempts;
        earlier.at = Some(local_time(outcome.at));
        if outcome.status.is_settled() {
            // A decision is heeded once.
            let skip = |decision: &Decision| *decision == Decision::Skip;
            earlier.decision = earlier.decision.filter(skip);
        }
        item.earlier = Some(Box::new(earlier));
    }

    /// The row was sent, and nobody saw the answer.
    fn doubt(&self, item: &mut Item, sent: &Sent) {
        let earlier = Earlier {
            previous: sent.previous.clone(),
            attempts: sent.attempts,
            contact_id: sent.contact_id,
            contact: Some(sent.contact.clone()),
            assignee: Some(self.known(sent.assignee.clone())),
            status: Status::Unknown,
            codes: vec![Code::NoAnswer],
            error: Some(Reason::NoAnswer.to_string()),
            decision: None,
            ..self.before(item)
        };
        item.earlier = Some(Box::new(earlier));
    }

    /// What is known of a row from before that run.
    fn before(&self, item: &mut Item) -> Earlier {
        let before = item.earlier.take();
        let decision = before.as_ref().and_then(|before| before.decision);
        Earlier {
            contact: contact(item).cloned(),
            assignee: assignee(item).map(|key| self.assignees.get(key).clone()),
            expected: before.as_ref().and_then(|before| before.expected.clone()),
            previous: before.and_then(|before| before.previous),
            status: Status::NotAttempted,
            codes: Vec::new(),
            error: None,
            cells: Fingerprints::default(),
            decision,
            http: None,
            contact_id: None,
            attempts: 0,
            at: None,
            workspace: Some(self.workspace.to_owned()),
        }
    }
}

/// Whether a row is about this contact.
fn is_about(item: &Item, then: &str) -> bool {
    contact(item).is_some_and(|contact| contact.to_string() == then)
}

fn contact(item: &Item) -> Option<&Identifier> {
    match &item.reading {
        Reading::Mapping { contact, .. } => Some(contact),
        Reading::Blank { contact } => contact.as_ref(),
        Reading::NoRow(_) => None,
        Reading::Rejected(rejection) => rejection.contact.as_ref(),
    }
}

fn assignee(item: &Item) -> Option<AssigneeKey> {
    match &item.reading {
        Reading::Mapping { assignee, .. } => Some(*assignee),
        Reading::Blank { .. } | Reading::NoRow(_) => None,
        Reading::Rejected(rejection) => rejection.assignee,
    }
}

fn said(item: &Item, assignees: &Assignees) -> RowAtStart {
    let text = |value: Option<String>| value.unwrap_or_default();
    RowAtStart {
        row: item.row,
        contact: text(contact(item).map(ToString::to_string)),
        assignee: text(assignee(item).map(|key| assignees.get(key).to_string())),
        cells: Some(item.cells),
    }
}

/// What the open rows of a plan say.
pub(crate) fn open(plan: &Plan) -> impl Iterator<Item = RowAtStart> {
    let open = plan
        .rows()
        .filter(|(_, fate)| !matches!(fate, RowFate::Kept(_)));
    open.map(|(item, _)| {
        let text = |value: Option<String>| value.unwrap_or_default();
        RowAtStart {
            row: item.row,
            contact: text(plan.contact(item).map(ToString::to_string)),
            assignee: text(plan.assignee(item).map(ToString::to_string)),
            cells: Some(item.cells),
        }
    })
}
