//! `reassign apply`: plans, asks, sends, and writes down what happened.

mod send;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::api::Patience;
use crate::cli::ApplyArgs;
use crate::plan::PlanId;
use crate::progress::Show;
use crate::results::journal::RowAtStart;
use crate::results::{JobFolder, Lock};
use crate::sandbox::TrialWorkspace;
use crate::terminal::{Screen, shows_bars};
use crate::workspace::Contacts;

use super::after_run::unheld;
use super::approved_plan;
use super::command_line::Program;
use super::confirm::{agreed, outlook};
use super::finish::{approving, to_open};
use super::guards;
use super::json;
use super::prepare::{Prepared, Request, Unassigning, prepare};
use super::provenance;
use super::report;
use super::screen::{self, counted, say_path, tell};
use super::session::{Access, Session, SessionOptions, Workspace};
use super::show;
use super::summary;
use super::trial_workspace::trial_workspace;
use crate::job::evidence::{Known, WorkspaceMatch};
use crate::job::{Doing, RealOrTrial, RunKind};
use crate::json::Ending;
use crate::lookup::LookupPurpose;
use crate::refusal::{ExitStatus, Refusal, Refusals, WayOut};
use send::Apply;

/// Applies; `results` is where they will be, once that is known.
pub(super) fn run(
    program: &Program,
    args: ApplyArgs,
    results: &mut Option<PathBuf>,
) -> anyhow::Result<ExitStatus> {
    let options = SessionOptions {
        rate: args.rate,
        timeout: args.timeout,
        patience: Patience {
            max_attempts: args.max_attempts.get(),
            give_up_after: args.give_up_after,
        },
        show: show_progress(&args),
    };
    let request = Request {
        program,
        doing: Doing::Apply,
        set_aside: args.job.set_aside.as_deref(),
        again: args.job.again,
        unassigning: match args.max_unassign.is_none() && !args.workspace.sandbox {
            true => Unassigning::Asked,
            false => Unassigning::Allowed,
        },
        sheet: &args.sheet,
        reading: &args.reading,
        workspace: &args.workspace,
        out: args.out.clone(),
        access: Access::new(&args.workspace, options),
    };
    let Accepted { prepared, approved } = accepted(&request, &args)?;
    *results = Some(prepared.job.out.clone());
    // Whoever holds it is at work right now, and what was read a moment ago says nothing.
    let lock = Lock::take(&JobFolder::of(&prepared.job.out), &provenance::holder())?;
    let sending = prepared.plan.sending(args.limit);
    if !args.quiet {
        show::brief(&prepared, sending).print_err();
    }
    if sending == 0 && has_nothing_to_tell(&prepared) {
        let status = nothing_to_send(&request, &prepared, &args);
        report::leave_of_results(
            &args.report,
            &prepared.job.out,
            prepared.who.users.as_ref(),
            report::looked(&prepared, args.rate),
            program,
        );
        return Ok(status);
    }
    if let Some(made) = approved_plan::made(&prepared, Timestamp::now()) {
        tell(made);
    }
    let first_reads = guards::first_reads(&prepared, &args);
    let is_skimmed = guards::is_skimmed(&prepared, &args);
    if first_reads > 0 {
        tell(guards::check_first(&prepared, &args));
    }
    let forecast = prepared.forecast(sending);
    let outlook = outlook(&prepared, &args, &forecast, prepared.pace(args.rate));
    if args.yes || args.workspace.sandbox || sending == 0 {
        outlook.print_err();
    } else if !agreed(&prepared, &forecast, outlook)? {
        tell("Nothing was changed.");
        return Ok(ExitStatus::StoppedEarly);
    }
    see_workspace(&request, &prepared, &args, sending)?;
    let session = || {
        request
            .access
            .session(&prepared.workspace, || to_try(&prepared))
    };
    let max_drift = if is_skimmed {
        guards::skimmed(&prepared, &args, &skim(session()?, &prepared)?)?;
        None
    } else {
        guards::max_drift(&prepared, &args)
    };
    let session = session()?;
    let (out, users) = (prepared.job.out.clone(), prepared.who.users.clone());
    let looked = report::looked(&prepared, args.rate);
    let apply = Apply {
        request: &request,
        args: &args,
        max_drift,
        approved: approved.filter(|(id, _)| !approved_plan::is_written_down(&prepared, id)),
        prepared,
        lock: &lock,
    };
    let status = session.block_on(apply.send(session, sending))?;
    report::leave_of_results(&args.report, &out, users.as_ref(), looked, program);
    drop(lock);
    Ok(status)
}

/// A command that nothing is to be said against.
struct Accepted<'a> {
    prepared: Prepared,
    /// The plan that was approved, and its changes.
    approved: Option<(&'a PlanId, Vec<RowAtStart>)>,
}

/// Reads and plans, and sees whether anything is to be said against it: all reasons at once.
///
/// # Errors
/// If the command is refused, or the sheet or the workspace cannot be read.
fn accepted<'a>(request: &Request<'_>, args: &'a ApplyArgs) -> anyhow::Result<Accepted<'a>> {
    let mut refusals = Vec::new();
    refusals.extend(request.access.find_token().err());
    refusals.extend(guards::unasked(args));
    refusals.extend(report::refusal(&args.report));
    let mut approved = None;
    let mut ways = Vec::new();
    let mut prepared = prepare(request, &mut refusals)?;
    if let Some(prepared) = &mut prepared {
        let job = &prepared.job;
        let files = prepared
            .files(request)
            .writes("the results", job.out.as_path())
            .writes("the results as a workbook", job.workbook.as_deref())
            .writes("the report", args.report.report.as_deref());
        refusals.extend(files.faults().into_iter().map(Refusal::from));
        if let Some(id) = &args.expect {
            match approved_plan::approval(prepared, request, id) {
                Ok(approval) => {
                    hold_back(prepared, request, &approval.waiting);
                    approved = Some((id, approval.changes));
                }
                Err(refused) => {
                    let (why, out) = refused.into_parts();
                    refusals.extend(why);
                    ways.extend(out);
                }
            }
        }
        refusals.extend(guards::undoes_elsewhere(prepared)?);
        refusals.extend(guards::exceeded(prepared, args));
        refusals.extend(unheld(prepared, prepared.before())?);
    }
    match prepared.filter(|_| refusals.is_empty()) {
        Some(prepared) => Ok(Accepted { prepared, approved }),
        None => Err(Refusals::new(refusals, ways).into()),
    }
}

/// What a sandbox has to know of the sheet.
fn to_try(prepared: &Prepared) -> Option<TrialWorkspace> {
    let (items, assignees) = prepared.plan.read();
    match prepared.workspace {
        Workspace::Sandbox => Some(trial_workspace(
            items,
            assignees,
            prepared.who.users.as_ref(),
        )),
        Workspace::At(_) => None,
    }
}

/// Sees whether the workspace is the one that the runs before wrote to.
///
/// # Errors
/// If it is another one, or nothing shows which it is and `--same-workspace` does not say so.
fn see_workspace(
    request: &Request<'_>,
    prepared: &Prepared,
    args: &ApplyArgs,
    sending: usize,
) -> anyhow::Result<()> {
    let goes_on = matches!(prepared.job.run, RunKind::Continues | RunKind::GoesOn);
    let is_asked = goes_on && sending > 0 && !args.same_workspace;
    let known = Known::of(&prepared.plan, &prepared.job.history);
    if !is_asked || request.kind() == RealOrTrial::Trial || !known.was_written {
        return Ok(());
    }
    let mut unread = None;
    let verdict = match args.blind {
        true => WorkspaceMatch::Unknown,
        false => {
            let session = request.access.session(&prepared.workspace, || None)?;
            // What cannot be asked here cannot be asked by the run either, which then says so.
            let to_tell = LookupPurpose::SameWorkspace;
            let Ok(contacts) = session.who_has(known.wanted(), &[], to_tell) else {
                return Ok(());
            };
            if let Some(page) = contacts.web_page {
                return Err(Refusals::of(
                    format!(
                        "it cannot be seen whether this is the workspace that the runs before wrote to: {page}; nothing was \
                         changed"
                    ),
                    Vec::new(),
                )
                .into());
            }
            unread = contacts.failed().map(|(_, why)| format!(": {why}"));
            let users = match known.knows_users() {
                true => session.users_for(to_tell).ok(),
                false => None,
            };
            let users =
                users.map(|users| users.iter().filter_map(|listed| listed.user.id).collect());
            known.judge(Some(&contacts), users.as_ref())
        }
    };
    let why = match verdict {
        WorkspaceMatch::Same => return Ok(()),
        WorkspaceMatch::Another(why) => format!(
            "this is another workspace than the one that the runs before wrote to: {why}; use the token of that one"
        ),
        WorkspaceMatch::Unknown => format!(
            "nothing shows that this is the workspace that the runs before wrote to{}",
            unread.unwrap_or_default()
        ),
    };
    let way = WayOut::again("if you are sure that it is the same", ["--same-workspace"]);
    Err(Refusals::of(format!("{why}; nothing was changed"), vec![way]).into())
}

/// Who has the contacts of rows that say who must have them.
fn skim(session: &Session, prepared: &Prepared) -> anyhow::Result<Contacts> {
    let changes = prepared.plan.changes();
    let conditional = changes.filter(|change| change.is_conditional());
    session.who_has(
        conditional.map(|change| change.contact.clone()).collect(),
        &[],
        LookupPurpose::Owners,
    )
}

/// Leaves rows out that were not approved, and says how to have them approved.
fn hold_back(prepared: &mut Prepared, request: &Request<'_>, waiting: &[u32]) {
    if waiting.is_empty() {
        return;
    }
    let held: HashSet<u32> = waiting.iter().copied().collect();
    let changes = prepared.plan.changes().map(|change| change.row);
    let sent = changes.filter(|row| !held.contains(row)).collect();
    let page = request
        .program
        .command(approved_plan::page_command(prepared, request));
    Arc::get_mut(&mut prepared.plan)
        .expect("nothing is under way yet that shares it")
        .leave_out_all_but(&sent);
    let (was, wait) = match waiting.len() {
        1 => ("was", "waits"),
        _ => ("were", "wait"),
    };
    tell(format!(
        "{} {was} not part of the approved plan and {wait}. To have them approved, give the approver the page that this command writes:\n  \
         {page}",
        screen::rows(waiting)
    ));
}

/// Whether a run that sends nothing has nothing to write down, either.
fn has_nothing_to_tell(prepared: &Prepared) -> bool {
    !matches!(prepared.job.run, RunKind::First | RunKind::Continues)
        && prepared.known.untold == 0
        && is_told(prepared)
}

/// Whether the results already say what is true of every row. A decision, or a cell that is wrong in another way now,
/// changes that even if nothing can be sent.
fn is_told(prepared: &Prepared) -> bool {
    let told = prepared.plan.rows().map(|(item, _)| &item.earlier);
    told.zip(prepared.before().records()).all(|(told, record)| {
        told.as_deref().is_some_and(|told| {
            told.status == record.status
                && told.codes == record.codes
                && told.error == record.error
                && (&told.contact, &told.assignee) == (&record.contact, &record.assignee)
        })
    })
}

/// Every row is settled, or waits for somebody.
fn nothing_to_send(request: &Request<'_>, prepared: &Prepared, args: &ApplyArgs) -> ExitStatus {
    let work = prepared.before().work();
    let open = work.open();
    if args.json {
        let ending = Ending {
            why: "nothing to send",
            counts: work.counts(),
            open: work.open(),
            loads: None,
            results: &prepared.job.out,
            workbook: prepared.job.workbook.as_deref(),
        };
        json::begin(prepared, prepared.before(), 0).end(&[], &ending, &prepared.who.people);
    } else {
        say_path(&prepared.job.out);
    }
    if open == 0 {
        tell("Nothing to change: every row is finished.");
        ExitStatus::Done
    } else {
        let asked = summary::asked(&work);
        let wait = match asked.is_empty() && args.expect.is_some() {
            true => counted(open, "row waits", "rows wait") + " for another approval",
            false => counted(open, "row has", "rows have") + " to be repaired or decided first",
        };
        tell(format!("Nothing to change: {wait}."));
        let mut next = Screen::default();
        let out = to_open(prepared);
        next.say(format!("Results: {}", out.display()));
        match approving(args, prepared, request) {
            Some(page) => summary::approve_before_the_next_run(&mut next, asked, page),
            None => {
                summary::before_the_next_run(&mut next, asked, false);
                let program = request.program;
                next.command(program.words_continued(request.sheet, out, &[""; 0]));
            }
        }
        next.print_err();
        ExitStatus::RowsOpen
    }
}

fn show_progress(args: &ApplyArgs) -> Show {
    match (args.quiet, shows_bars()) {
        (true, _) => Show::Nothing,
        (false, true) => Show::Bar,
        (false, false) => Show::Lines,
    }
}
