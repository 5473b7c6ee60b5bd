//! What stands in the way of a run that would do more than was meant.

use std::io::{self, IsTerminal};
use std::path::Path;

use crate::cli::{ApplyArgs, ChangeLimit};
use crate::outcome::{Outcome, Reason, Status};
use crate::plan::{Change, Left, RowFate};
use crate::workspace::{Contacts, People, SANDBOX};

use super::prepare::{Prepared, without_owner};
use super::screen::{counted, number, rows};
use crate::job::RunKind;
use crate::job::undone::{self, UNDO_WORKSPACE};
use crate::refusal::{Refusal, Refusals};

/// The share of contacts that others may have moved, unless the user says otherwise.
const DRIFT: ChangeLimit = ChangeLimit::Percent(5.0);
/// So few that were moved say nothing about a plan; they are left alone one by one.
const FEW: usize = 5;
/// How many of the contacts that others have moved are told one by one.
const EXAMPLES: usize = 5;

/// Without somebody to ask, `--yes` has to say it.
pub(super) fn unasked(args: &ApplyArgs) -> Option<Refusal> {
    let asks = !args.yes && !args.workspace.sandbox;
    let nobody = !io::stdin().is_terminal() || args.sheet == Path::new("-");
    (asks && nobody).then(|| {
        Refusal::new(
            "this is no terminal, so nobody can be asked whether to make the changes; `--yes` makes them without asking",
        )
        .fixed_by(["--yes"])
    })
}

/// All that a plan must not exceed.
pub(super) fn exceeded(prepared: &Prepared, args: &ApplyArgs) -> Vec<Refusal> {
    [
        changing(prepared, args),
        unassigning(prepared, args),
        unchecked(prepared, args),
        seen_to_drift(prepared, args),
        elsewhere(prepared, args),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// An undo sheet gives back what was changed in its own workspace; it may be tried in practice.
///
/// # Errors
/// If the sheet can no longer be read.
pub(super) fn undoes_elsewhere(prepared: &Prepared) -> anyhow::Result<Option<Refusal>> {
    let (job, here) = (&prepared.job, &prepared.workspace);
    if here.is_trial() {
        return Ok(None);
    }
    let names = [here.name(), &here.id()];
    let there = undone::of_another_workspace(&job.sheet, &prepared.sheet.columns, names)?;
    let sheet = job.sheet.path().display();
    Ok(there.map(|there| {
        Refusal::new(match there.as_str() {
            SANDBOX => format!(
                "`{sheet}` gives back what was changed in practice (`--sandbox`), and this command is about {}",
                here.name()
            ),
            there => format!(
                "`{sheet}` gives back what was changed in the workspace {there}, and this command is about {}; choose that \
                 one, or if both are the same, empty the column `{UNDO_WORKSPACE}`",
                here.id()
            ),
        })
    }))
}

/// The changes that are sent.
fn sending<'a>(prepared: &'a Prepared, args: &ApplyArgs) -> impl Iterator<Item = Change<'a>> {
    let count = prepared.plan.sending(args.limit);
    prepared.plan.changes().take(count)
}

/// How many of them say who must have the contact.
fn conditional(prepared: &Prepared, args: &ApplyArgs) -> usize {
    let sending = sending(prepared, args);
    sending.filter(|change| change.is_conditional()).count()
}

/// A sheet may hold more than somebody thought.
fn changing(prepared: &Prepared, args: &ApplyArgs) -> Option<Refusal> {
    let guard = args.max_changes?;
    let all = prepared.plan.rows().len();
    let sending = sending(prepared, args);
    let sending = sending.filter(|change| !change.is_unchanged()).count();
    (!guard.allows(sending, all)).then(|| {
        let contacts = counted(sending, "contact", "contacts");
        let of = match guard {
            ChangeLimit::Number(_) => String::new(),
            ChangeLimit::Percent(_) => format!(" of the {}", counted(all, "row", "rows")),
        };
        Refusal::new(format!(
            "{contacts} would be changed, and `--max-changes` allows {guard}{of}, so nothing was changed; to change so \
             many, add `--max-changes {sending}`"
        ))
        .fixed_by(["--max-changes".to_owned(), sending.to_string()])
        .by_a_guard()
    })
}

/// Unassigning many contacts by mistake is the worst that can happen.
fn unassigning(prepared: &Prepared, args: &ApplyArgs) -> Option<Refusal> {
    let guard = match (args.max_unassign, args.workspace.sandbox) {
        (Some(guard), _) => guard,
        (None, true) => return None,
        (None, false) => ChangeLimit::Number(0),
    };
    let sending = prepared.plan.sending(args.limit);
    let loads = prepared.workloads(sending);
    let (assigned, unassigned) = (loads.given(), loads.unassigned());
    (!guard.allows(unassigned, assigned + unassigned)).then(|| {
        let leave = prepared.plan.unassigning(sending);
        without_owner(unassigned, &leave, None).by_a_guard()
    })
}

/// A condition that only reading can check does not go with writing blindly.
fn unchecked(prepared: &Prepared, args: &ApplyArgs) -> Option<Refusal> {
    if !args.blind {
        return None;
    }
    if prepared.who.looked.is_some() {
        return Some(Refusal::new(
            "`--live` shows who has each contact, which `--blind` then does not check; leave out one of them",
        ));
    }
    if let Some(column) = prepared.sheet.columns.current {
        let name = prepared.sheet.columns.name(column);
        let refusal = Refusal::new(format!(
            "`{name}` says who has each contact now, which `--blind` cannot check; leave out `--blind`, or drop the \
             condition with `--current none`"
        ));
        return Some(refusal.fixed_by(["--current", "none"]));
    }
    let planned = prepared
        .plan
        .changes()
        .filter(|change| change.is_conditional());
    let count = planned.count();
    (count > 0).then(|| {
        let say = if count == 1 { "says" } else { "say" };
        Refusal::new(format!(
            "{} of the plan {say} who must have the contact (`reassign_expected`), which `--blind` cannot check; leave \
             out `--blind`",
            counted(count, "row", "rows")
        ))
    })
}

/// A plan for one workspace says nothing about another.
fn elsewhere(prepared: &Prepared, args: &ApplyArgs) -> Option<Refusal> {
    let planned = prepared.job.history.planned.as_ref()?;
    let (there, here) = (&planned.workspace, prepared.workspace.id());
    let is_new = prepared.job.history.first.is_none();
    (is_new && !args.workspace.sandbox && *there != here).then(|| {
        Refusal::new(format!(
            "the plan was made for the workspace `{there}`, and this command is about `{here}`; make a plan for this \
             one"
        ))
    })
}

/// How many contacts somebody else may have moved before nothing is sent, and how many a run that was cut short has
/// found already.
fn drift(prepared: &Prepared, args: &ApplyArgs) -> (usize, usize) {
    let rows = conditional(prepared, args);
    let found = match prepared.job.run {
        RunKind::Continues => drifted(prepared.job.history.outcomes.values()).count(),
        RunKind::First | RunKind::Anew | RunKind::GoesOn => 0,
    } + seen_moved(prepared);
    let most = match args.max_drift {
        Some(guard) => guard.most(rows + found),
        None => DRIFT.most(rows + found).max(FEW),
    };
    (most, found)
}

fn drifted<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> impl Iterator<Item = &'a Outcome> {
    outcomes.filter(|outcome| outcome.status == Status::Drifted && outcome.attempts == 0)
}

/// How many contacts the look at the workspace has found to be with somebody else than they must be.
fn seen_moved(prepared: &Prepared) -> usize {
    let fates = prepared.plan.rows().map(|(_, fate)| fate);
    let moved = |fate: &&RowFate| matches!(fate, RowFate::Left(Left::Moved(_)));
    fates.filter(moved).count()
}

/// How many contacts may turn out to be moved in this run before nothing is sent. Nothing waits for that if the workspace
/// was looked at a moment ago.
pub(super) fn max_drift(prepared: &Prepared, args: &ApplyArgs) -> Option<usize> {
    let (most, found) = drift(prepared, args);
    prepared
        .who
        .looked
        .is_none()
        .then(|| most.saturating_sub(found))
}

/// Where more contacts than this would have to be read before the first write, lists are asked instead, of up to 99 contacts
/// each. They lag behind a little; the read right before each write does not.
const ONE_BY_ONE: usize = 1000;

/// Whether it takes too long to read the contacts one by one to see if too many were moved.
pub(super) fn is_skimmed(prepared: &Prepared, args: &ApplyArgs) -> bool {
    first_reads(prepared, args) > ONE_BY_ONE
}

/// Sees whether too many contacts were moved, in `contacts`.
pub(super) fn skimmed(
    prepared: &Prepared,
    args: &ApplyArgs,
    contacts: &Contacts,
) -> Result<(), Refusals> {
    let moved = prepared
        .plan
        .moved_since(prepared.plan.sending(args.limit), contacts);
    match max_drift(prepared, args) {
        Some(most) if moved.len() > most => {
            let rows: Vec<u32> = moved.iter().map(|(row, _)| *row).collect();
            let of = conditional(prepared, args);
            let people = &prepared.who.people;
            Err(too_many_drifted(args, &rows, of, &moved, people))
        }
        _ => Ok(()),
    }
}

/// How many contacts are read before the first write leaves.
pub(super) fn first_reads(prepared: &Prepared, args: &ApplyArgs) -> usize {
    if args.blind {
        return 0;
    }
    let rows = conditional(prepared, args);
    max_drift(prepared, args).map_or(0, |most| rows.saturating_sub(most))
}

/// What is found out before the first write.
pub(super) fn check_first(prepared: &Prepared, args: &ApplyArgs) -> String {
    let most = max_drift(prepared, args).unwrap_or_default();
    format!(
        "First, it is checked who has the contacts now. If more than {} moved meanwhile, nothing will be changed; otherwise \
         those that were stay as they are, and the others are changed.",
        counted(most, "contact was", "contacts were"),
    )
}

/// A run that was cut short, or a look at the workspace, has seen too many moved contacts already.
fn seen_to_drift(prepared: &Prepared, args: &ApplyArgs) -> Option<Refusal> {
    let (most, found) = drift(prepared, args);
    let history = &prepared.job.history;
    let mut outcomes = history.outcomes.values();
    let was_sent = !history.in_doubt.is_empty() || outcomes.any(|outcome| outcome.attempts > 0);
    (found > most && !was_sent).then(|| {
        let contacts = counted(found, "contact was", "contacts were");
        let seen = match seen_moved(prepared) {
            0 => "as the run that was cut short has found",
            _ => "as the workspace shows",
        };
        Refusal::new(format!(
            "{contacts} moved since the plan, {seen}; to leave them alone and change the rest: `--max-drift {found}`"
        ))
        .fixed_by(["--max-drift".to_owned(), found.to_string()])
        .by_a_guard()
    })
}

/// The rows whose contacts were moved, and how.
pub(super) fn moves(outcomes: &[Outcome]) -> Vec<(u32, Reason)> {
    drifted(outcomes.iter())
        .filter_map(|outcome| Some((outcome.row, outcome.reason.clone()?)))
        .collect()
}

/// Too many contacts were moved since the plan was made; nothing was sent.
pub(super) fn too_many_drifted(
    args: &ApplyArgs,
    moved: &[u32],
    of: usize,
    moves: &[(u32, Reason)],
    people: &People,
) -> Refusals {
    let allowed = args.max_drift.unwrap_or(DRIFT);
    let count = moved.len();
    let mut lines = vec![format!(
        "{} of {} that say who must have the contact are out of date: the contact was moved since ({}). `--max-drift` allows \
         {allowed}, so nothing was changed; make a new plan, or leave these alone and change the rest with `--max-drift {count}`",
        number(count),
        counted(of, "row", "rows"),
        rows(moved),
    )];
    let examples = moves
        .iter()
        .map(|(row, reason)| format!("  row {row}: {}", reason.what(people)));
    lines.extend(examples.take(EXAMPLES));
    if count > EXAMPLES {
        lines.push(format!("  and {} more", number(count - EXAMPLES)));
    }
    let refusal = Refusal::new(lines.join("\n"))
        .fixed_by(["--max-drift".to_owned(), count.to_string()])
        .by_a_guard();
    refusal.into()
}
