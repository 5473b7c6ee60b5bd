//! `reassign apply`: plans, asks, sends, and writes down what happened.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::Timestamp;

use crate::api::Patience;
use crate::cli::ApplyArgs;
use crate::files;
use crate::outcome::{Event, Met};
use crate::plan::PlanId;
use crate::progress::{Progress, Show};
use crate::results::journal::Said;
use crate::results::{Former, History, JobFolder, Journal, Lock};
use crate::run::{self, End, Finished, Reads, Verify};
use crate::sandbox::Rehearsal;
use crate::terminal::shows_bars;
use crate::workspace::{Contacts, People, Users};

use super::after_run::{edited, unheld};
use super::approval;
use super::confirm::{agreed, outlook};
use super::finish::{Finish, to_open};
use super::guards;
use super::json;
use super::prepare::{Prepared, Request, prepare};
use super::provenance;
use super::rehearsal::rehearsal;
use super::report;
use super::right_column::{Doubt, RightColumn};
use super::screen::{self, counted, say_path, tell};
use super::session::{Access, Session, SessionOptions, Workspace};
use super::show;
use super::signals::Signals;
use super::summary::{self, Next};
use super::typed::Program;
use super::written::standing;
use crate::job::evidence::{Known, Verdict};
use crate::job::{Doing, Kind, RunKind, resume};
use crate::json::Ending;
use crate::refusal::{ExitStatus, Refusal, Refused, Way};

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
            max_attempts: args.max_attempts,
            give_up_after: args.give_up_after,
        },
        show: show_progress(&args),
    };
    let request = Request {
        program,
        doing: Doing::Apply,
        set_aside: args.job.set_aside.as_deref(),
        again: args.job.again,
        sheet: &args.sheet,
        reading: &args.reading,
        workspace: &args.workspace,
        out: args.out.clone(),
        access: Access::new(&args.workspace, options),
    };
    let mut refusals = Vec::new();
    refusals.extend(request.access.find_token().err());
    refusals.extend(guards::unasked(&args));
    refusals.extend(report::refusal(&args.report));
    let mut approved = None;
    let mut ways = Vec::new();
    let mut prepared = prepare(&request, &mut refusals)?;
    if let Some(prepared) = &mut prepared {
        let files = prepared
            .files(&request)
            .writes("the results", prepared.job.out.as_path())
            .writes(
                "the results as a workbook",
                prepared.job.workbook.as_deref(),
            )
            .writes("the report", args.report.report.as_deref());
        refusals.extend(files.faults().into_iter().map(Refusal::from));
        if let Some(id) = &args.expect {
            match approval::approval(prepared, &request, id) {
                Ok(approval) => {
                    hold_back(prepared, &request, &approval.waiting);
                    approved = Some((id, approval.changes));
                }
                Err(refused) => {
                    let (why, out) = refused.into_parts();
                    refusals.extend(why);
                    ways.extend(out);
                }
            }
        }
        refusals.extend(guards::exceeded(prepared, &args));
        refusals.extend(unheld(prepared, prepared.before())?);
    }
    let Some(prepared) = prepared.filter(|_| refusals.is_empty()) else {
        return Err(Refused::new(refusals, ways).into());
    };
    *results = Some(prepared.job.out.clone());
    // Whoever holds it is at work right now, and what was read a moment ago says nothing.
    let lock = Lock::take(&JobFolder::of(&prepared.job.out), &provenance::holder())?;
    let sending = prepared.plan.sending(args.limit);
    if !args.quiet {
        show::brief(&prepared, sending).print_err();
    }
    if sending == 0
        && prepared.job.run != RunKind::First
        && prepared.job.run != RunKind::Continues
        && prepared.known.untold == 0
        && is_told(&prepared)
    {
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
    if let Some(made) = approval::made(&prepared, Timestamp::now()) {
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
    let session = || {
        request
            .access
            .session(&prepared.workspace, || to_try(&prepared))
    };
    see_workspace(&request, &prepared, &args, sending)?;
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
        approved: approved.filter(|(id, _)| !approval::is_written_down(&prepared, id)),
        prepared,
        lock: &lock,
    };
    let status = session.block_on(apply.send(session, sending))?;
    report::leave_of_results(&args.report, &out, users.as_ref(), looked, program);
    drop(lock);
    Ok(status)
}

/// What a sandbox has to know of the sheet.
fn to_try(prepared: &Prepared) -> Option<Rehearsal> {
    let (items, assignees) = prepared.plan.read();
    match prepared.workspace {
        Workspace::Sandbox => Some(rehearsal(items, assignees, prepared.who.users.as_ref())),
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
    if !is_asked || request.kind() == Kind::Trial || !known.was_written {
        return Ok(());
    }
    let verdict = match args.blind {
        true => Verdict::Unknown,
        false => {
            let session = request.access.session(&prepared.workspace, || None)?;
            // What cannot be asked here cannot be asked by the run either, which then says so.
            let Ok(contacts) = session.who_has(known.wanted(), &[]) else {
                return Ok(());
            };
            let users = session.users().ok();
            let users =
                users.map(|users| users.iter().filter_map(|listed| listed.user.id).collect());
            known.judge(Some(&contacts), users.as_ref())
        }
    };
    let why = match verdict {
        Verdict::Same => return Ok(()),
        Verdict::Another(why) => format!(
            "this is another workspace than the one that the runs before wrote to: {why}; use the token of that one"
        ),
        Verdict::Unknown => {
            "nothing shows that this is the workspace that the runs before wrote to".to_owned()
        }
    };
    let way = Way::again("if you are sure that it is the same", ["--same-workspace"]);
    Err(Refused::of(format!("{why}; nothing was changed"), vec![way]).into())
}

/// Who has the contacts of rows that say who must have them.
fn skim(session: &Session, prepared: &Prepared) -> anyhow::Result<Contacts> {
    let changes = prepared.plan.changes();
    let conditional = changes.filter(|change| change.is_conditional());
    session.who_has(
        conditional.map(|change| change.contact.clone()).collect(),
        &[],
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
        .command(approval::page_command(prepared, request));
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
        tell(format!(
            "Nothing to change: {} to be repaired or decided first.",
            counted(open, "row has", "rows have")
        ));
        let mut next = Next::default();
        let out = to_open(prepared);
        next.say(format!("Results: {}", out.display()));
        next.before_the_next_run(summary::asked(&work));
        let again = request
            .program
            .words_continued(request.sheet, out, &[""; 0]);
        next.command(again);
        next.screen().print_err();
        ExitStatus::RowsOpen
    }
}

struct Apply<'a> {
    request: &'a Request<'a>,
    args: &'a ApplyArgs,
    /// How many contacts may turn out to be moved before nothing is sent, if that is still to be found out.
    max_drift: Option<usize>,
    /// What was approved, if that is still to be written down.
    approved: Option<(&'a PlanId, Vec<Said>)>,
    prepared: Prepared,
    lock: &'a Lock,
}

impl Apply<'_> {
    async fn send(self, session: &Session, sending: usize) -> anyhow::Result<ExitStatus> {
        let Apply {
            request,
            args,
            max_drift,
            approved,
            prepared,
            lock,
        } = self;
        let signals = Signals::listen()?;
        let journal_path = lock.job().journal();
        let (former, known) = match prepared.job.run {
            RunKind::Anew => begin_over(&prepared, &journal_path)?,
            _ => (Former::Kept, prepared.job.history.known.clone()),
        };
        let mut journal = Journal::begin(
            lock,
            &prepared.job.history,
            provenance::start(&prepared, request, &prepared.job.out, args.note.clone()),
        )?;
        let since = prepared.known.since.as_ref();
        let renumbering = since.and_then(|since| since.renumbering.as_ref());
        let written = renumbering
            .map_or(Ok(()), |renumbering| journal.renumbered(renumbering))
            .and_then(|()| journal.rows(resume::open(&prepared.plan)))
            .and_then(|()| match approved {
                Some((plan, changes)) => journal.changes(&plan.to_string(), &changes),
                None => Ok(()),
            })
            .and_then(|()| journal.record(&named(&prepared)));
        if let Err(err) = written {
            // What stands in the way of the journal stands in the way of this, too; what is left of it is torn off.
            let _ = journal.take_back();
            let path = journal_path.display();
            return Err(err).context(format!("cannot write `{path}`, so nothing was changed"));
        }
        let mut progress = Progress::new(sending, show_progress(args));
        let mut people = prepared.who.people.clone();
        let mut events_as_json = args
            .json
            .then(|| json::begin(&prepared, prepared.before(), sending));
        let mut column = RightColumn::of(&prepared, args, sending);
        let mut is_wrong_column = false;
        let plan = Arc::clone(&prepared.plan);
        let finished = run::run(
            plan,
            Arc::clone(session.caller()),
            options(max_drift, args),
            standing(&prepared),
            signals.stop(),
            |events| {
                journal.record(events)?;
                for event in events {
                    if let Event::Met(met) = event {
                        met.introduce(&mut people);
                    }
                }
                progress.show(events);
                match column.see(events) {
                    Doubt::None => {}
                    Doubt::Said(said) => progress.tell(said),
                    // Nothing leaves as long as nobody has answered.
                    Doubt::Asked(said) => {
                        is_wrong_column = !progress.aside(|| column.ask(&said, &signals))?;
                    }
                }
                if let Some(json) = &mut events_as_json {
                    json.show(events, &people);
                }
                Ok(())
            },
        )
        .await;
        progress.finish();
        let refused = match is_wrong_column && !finished.announced {
            true => Some(column.refusal().into()),
            false => unsent(args, &finished, &people),
        };
        if let Some(refused) = refused {
            journal
                .take_back()
                .context("nothing was changed, but the journal cannot be put back as it was")?;
            return Err(refused.into());
        }
        Finish {
            request,
            args,
            prepared: &prepared,
            people: &people,
            finished: &finished,
            journal,
            known: &known,
        }
        .finish(former, events_as_json, &signals)
    }
}

/// Why nothing was sent, if that is how a run has ended; then it is as if it had never begun.
fn unsent(args: &ApplyArgs, finished: &Finished, people: &People) -> Option<Refused> {
    if finished.announced {
        return None; // what was announced may have been sent
    }
    let blind = "`--blind` writes without reading: who had each contact stays unknown then";
    let why = match &finished.end {
        End::Unreachable(why) => format!("{why}; nothing was changed"),
        End::NoReads(why) => format!("{why}; nothing was changed. {blind}"),
        End::Drifted { rows, of } => {
            let moves = guards::moves(&finished.outcomes);
            return Some(guards::too_many_drifted(args, rows, *of, &moves, people));
        }
        _ => return None,
    };
    Some(Refusal::new(why).into())
}

fn options(max_drift: Option<usize>, args: &ApplyArgs) -> run::Options {
    run::Options {
        reads: if args.blind {
            Reads::Never
        } else {
            Reads::BeforeEveryWrite
        },
        concurrency: args.concurrency,
        max_failures: args.max_failures.0,
        queue_wait: args.queue_wait,
        queue_patience: args.queue_patience,
        limit: args.limit,
        max_drift,
        closed: args.closed.into(),
        verify: match (args.check, args.blind) {
            (Some(verify), _) => verify.into(),
            // Where contacts cannot be read before, they can hardly be read afterwards.
            (None, true) => Verify::Off,
            (None, false) => Verify::Sample,
        },
        clock: run::Clock::default(),
    }
}

fn show_progress(args: &ApplyArgs) -> Show {
    match (args.quiet, shows_bars()) {
        (true, _) => Show::Nothing,
        (false, true) => Show::Bar,
        (false, false) => Show::Lines,
    }
}

/// The users that are known by name, for whoever reads the journal later.
fn named(prepared: &Prepared) -> Vec<Event> {
    let users = prepared.who.users.iter().flat_map(Users::iter);
    let met = users.map(|user| Met {
        id: user.id,
        email: user.email.as_ref().map(ToString::to_string),
        name: user.names.first().cloned().unwrap_or_default(),
    });
    met.map(Event::Met).collect()
}

/// A trial gives way: what only we wrote is replaced, what somebody edited since is kept under a numbered name.
fn begin_over(prepared: &Prepared, journal: &Path) -> anyhow::Result<(Former, HashSet<String>)> {
    let history = History::read(journal)?;
    let runs = [&history.first, &history.last];
    let mut runs = runs.into_iter().flatten();
    if runs.any(|run| run.workspace != Workspace::Sandbox.id()) {
        // Decided long before; the record of a real run must not be lost whatever is wrong there.
        bail!("the journal `{}` is of a real run", journal.display());
    }
    let known = history.known;
    match files::remove_file(journal) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => {
            return Err(err).with_context(|| format!("cannot remove `{}`", journal.display()));
        }
        _ => {}
    }
    let former = match prepared.job.out.exists() {
        true => edited(&prepared.job.out, &known),
        false => Former::Kept,
    };
    Ok((former, known))
}
