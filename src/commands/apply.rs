//! `reassign apply`: plans, asks, sends, and writes down what happened.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::runtime::Runtime;

use crate::api::{Client, Pacer};
use crate::cli::{ApplyArgs, Guard};
use crate::contact::Assignee;
use crate::outcome::local_time;
use crate::progress::{Progress, Show};
use crate::results::{Former, History, Journal, Lock, journal, journal_path};
use crate::run::{self, End, Finished, Pacers, Reads};

use super::ExitStatus;
use super::connect::connect;
use super::continued;
use super::earlier::Standing;
use super::finish::Finish;
use super::json::{Ending, Events};
use super::left::{edited, unheld};
use super::look::Glance;
use super::prepare::{Prepared, Request, prepare};
use super::records::{Outcomes, Rows};
use super::refusal::{Refusal, Refused};
use super::report;
use super::screen::{counted, say, tell};
use super::show;
use super::signals::Signals;
use super::token;
use super::typed::Program;

pub(super) fn run(program: &Program, args: ApplyArgs) -> anyhow::Result<ExitStatus> {
    let request = Request {
        program,
        command: "apply",
        sheet: &args.sheet,
        reading: &args.reading,
        workspace: &args.workspace,
        out: args.out.clone(),
        glance: Glance {
            rate: args.rate,
            timeout: args.timeout,
            give_up_after: args.give_up_after,
            show: show_progress(&args),
        },
    };
    let mut refusals = Vec::new();
    let token = if args.workspace.sandbox {
        None
    } else {
        token::find(args.workspace.token_file.as_deref())
            .map_err(|refusal| refusals.push(refusal))
            .ok()
    };
    refusals.extend(unasked(&args));
    refusals.extend(report::refusal(&args.report));
    let prepared = prepare(&request, &mut refusals)?;
    if let Some(prepared) = &prepared {
        refusals.extend(unassigning(prepared, &args));
        refusals.extend(unchecked(prepared, &args));
        refusals.extend(unheld(prepared, before(prepared))?);
    }
    let Some(prepared) = prepared.filter(|_| refusals.is_empty()) else {
        return Err(request.refused(refusals).into());
    };
    // Whoever holds it is at work right now, and what was read a moment ago says nothing.
    let lock = Lock::take(&prepared.out, &holder())?;
    let sending = sending(&prepared, &args);
    if !args.quiet {
        tell(show::brief(&prepared, args.rate));
    }
    if sending == 0
        && prepared.standing != Standing::First
        && prepared.standing != Standing::Continues
        && is_told(&prepared)
    {
        let status = nothing_to_send(&prepared, &args);
        report::leave_of_results(
            &args.report,
            &prepared.out,
            prepared.users.as_ref(),
            program,
        );
        return Ok(status);
    }
    let headline = show::headline(&prepared, sending, args.rate);
    if args.yes || args.workspace.sandbox || sending == 0 {
        tell(headline);
    } else if !agreed(&prepared, &args, &headline, sending)? {
        tell("Nothing was sent.");
        return Ok(ExitStatus::StoppedEarly);
    }
    let asked = prepared
        .looked
        .as_ref()
        .and_then(|looked| looked.token.clone());
    let token = match asked {
        Some(token) => Some(token),
        None => token
            .map(token::Found::get)
            .transpose()
            .map_err(Refused::from)?,
    };
    let (out, users) = (prepared.out.clone(), prepared.users.clone());
    let apply = Apply {
        request: &request,
        args: &args,
        prepared,
    };
    let status = Runtime::new()?.block_on(apply.send(token, sending))?;
    report::leave_of_results(&args.report, &out, users.as_ref(), program);
    drop(lock);
    Ok(status)
}

/// Without somebody to ask, `--yes` has to say it.
fn unasked(args: &ApplyArgs) -> Option<Refusal> {
    let asks = !args.yes && !args.workspace.sandbox;
    let nobody = !io::stdin().is_terminal() || args.sheet == Path::new("-");
    (asks && nobody).then(|| {
        Refusal::new(
            "nobody can be asked before sending, because this is no terminal; say it with `--yes`",
        )
        .fixed_by(["--yes"])
    })
}

/// How many changes this run makes.
fn sending(prepared: &Prepared, args: &ApplyArgs) -> usize {
    args.limit.unwrap_or(usize::MAX).min(prepared.plan.len())
}

/// Unassigning many contacts by mistake is the worst that can happen.
fn unassigning(prepared: &Prepared, args: &ApplyArgs) -> Option<Refusal> {
    let guard = match (args.max_unassign, args.workspace.sandbox) {
        (Some(guard), _) => guard,
        (None, true) => return None,
        (None, false) => Guard::Number(0),
    };
    let (assigned, unassigned) = show::split(prepared.plan.changes().take(sending(prepared, args)));
    (!guard.allows(unassigned, assigned + unassigned)).then(|| {
        let count = counted(unassigned, "contact", "contacts");
        Refusal::new(format!("{count} would be left with nobody; if that is meant, say so with `--max-unassign {unassigned}`"))
            .fixed_by(["--max-unassign".to_owned(), unassigned.to_string()])
            .by_a_guard()
    })
}

/// A condition that only reading can check does not go with writing blindly.
fn unchecked(prepared: &Prepared, args: &ApplyArgs) -> Option<Refusal> {
    if args.blind && prepared.looked.is_some() {
        return Some(Refusal::new(
            "`--live` shows who has each contact, which `--blind` then does not check; leave out one of them",
        ));
    }
    let column = prepared.columns.current.filter(|_| args.blind)?;
    let name = prepared.columns.name(column);
    Some(
        Refusal::new(format!(
            "`{name}` says who has each contact now, which `--blind` cannot check; leave out `--blind`, or drop the \
             condition with `--current none`"
        ))
        .fixed_by(["--current", "none"]),
    )
}

/// The rows as they stand before anything is sent.
fn before(prepared: &Prepared) -> Rows<'_> {
    Rows {
        plan: &prepared.plan,
        outcomes: Outcomes::Planned,
        columns: &prepared.columns,
        workspace: prepared.workspace.name(),
    }
}

/// Whether the results already say what is true of every row. A decision, or a cell that is wrong in another way now,
/// changes that even if nothing can be sent.
fn is_told(prepared: &Prepared) -> bool {
    let told = prepared.plan.rows().map(|(item, _)| &item.earlier);
    told.zip(before(prepared).records()).all(|(told, record)| {
        told.as_deref()
            .is_some_and(|told| told.status == record.status && told.error == record.error)
    })
}

/// Every row is settled, or waits for somebody.
fn nothing_to_send(prepared: &Prepared, args: &ApplyArgs) -> ExitStatus {
    let work = before(prepared).work();
    let open = work.open();
    if args.json {
        let ending = Ending {
            why: "nothing to send",
            work: &work,
            results: &prepared.out,
            workbook: prepared.workbook.as_deref(),
        };
        Events::begin(prepared, before(prepared), 0).end(&[], &ending);
    } else {
        say(prepared.out.display());
    }
    if open == 0 {
        tell("Nothing to send: every row is settled.");
        ExitStatus::Done
    } else {
        tell(format!(
            "Nothing to send: {} to be repaired or decided first.",
            counted(open, "row has", "rows have")
        ));
        ExitStatus::RowsOpen
    }
}

/// Asks, with what matters.
fn agreed(
    prepared: &Prepared,
    args: &ApplyArgs,
    headline: &str,
    sending: usize,
) -> anyhow::Result<bool> {
    let mut receives: Vec<_> = prepared.plan.receives();
    receives.retain(|(assignee, _)| **assignee != Assignee::Nobody);
    if sending == prepared.plan.len() && !receives.is_empty() {
        let most: Vec<_> = receives
            .iter()
            .take(5)
            .map(|(assignee, count)| format!("{assignee}: {count}"))
            .collect();
        let more = receives.len().saturating_sub(5);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        tell(format!(
            "Assignees are notified ({}{more}).",
            most.join(", ")
        ));
    } else {
        tell("Assignees are notified.");
    }
    tell("Workflows of the workspace may write to customers. Neither can be recalled.");
    if args.blind {
        tell("With `--blind` nobody records who had the contacts: there is no way back.");
    }
    let mut err = io::stderr();
    write!(err, "{headline}. Apply? [y/N] ")
        .and_then(|()| err.flush())
        .context("cannot ask")?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Who is at work here, since when, on which computer.
fn holder() -> String {
    let (user, computer) = whoami_here();
    format!(
        "{user} on {computer}, process {}, since {}",
        std::process::id(),
        local_time(Timestamp::now())
    )
}

/// Who is at work here, on which computer.
pub(super) fn by() -> String {
    let (user, computer) = whoami_here();
    format!("{user} on {computer}")
}

fn whoami_here() -> (String, String) {
    let unknown = |_| "unknown".to_owned();
    (
        whoami::username().unwrap_or_else(unknown),
        whoami::hostname().unwrap_or_else(unknown),
    )
}

/// A name that no other run has: 16 hex digits.
pub(super) fn random_name() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

struct Apply<'a> {
    request: &'a Request<'a>,
    args: &'a ApplyArgs,
    prepared: Prepared,
}

impl Apply<'_> {
    async fn send(self, token: Option<SecretString>, sending: usize) -> anyhow::Result<ExitStatus> {
        let Apply {
            request,
            args,
            prepared,
        } = self;
        let signals = Signals::listen()?;
        let (_embedded, connection) =
            connect(&prepared.workspace, &args.workspace, args.timeout, token).await?;
        let client = Client::new(&connection)?;
        let journal_path = journal_path(&prepared.out);
        let (former, known) = match prepared.standing {
            Standing::StartsOver => begin_over(&prepared, &journal_path)?,
            _ => (Former::Kept, prepared.history.known.clone()),
        };
        let mut journal = Journal::begin(
            &journal_path,
            &prepared.history,
            start(&prepared, request, args),
        )?;
        if let Err(err) = journal.rows(continued::open(&prepared.plan)) {
            // What stands in the way of the journal stands in the way of this, too; what is left of it is torn off.
            let _ = journal.take_back();
            let path = journal_path.display();
            return Err(err).context(format!("cannot write `{path}`, so nothing was sent"));
        }
        let mut progress = Progress::new(sending, show_progress(args));
        let mut events_as_json = args
            .json
            .then(|| Events::begin(&prepared, before(&prepared), sending));
        let plan = Arc::clone(&prepared.plan);
        let pacers = Pacers {
            read: pacer(args),
            write: pacer(args),
        };
        let Finished { end, outcomes } = run::run(
            plan,
            client,
            pacers,
            options(args),
            signals.stop(),
            |events| {
                journal.record(events)?;
                progress.show(events);
                if let Some(json) = &mut events_as_json {
                    json.show(events);
                }
                Ok(())
            },
        )
        .await;
        progress.finish();
        if let End::Unreachable(why) | End::NoReads(why) = &end {
            journal
                .take_back()
                .context("nothing was sent, but the journal cannot be put back as it was")?;
            let hint = if matches!(end, End::NoReads(_)) {
                "; nothing was sent. `--blind` writes without reading: who had each contact stays unknown then"
            } else {
                "; nothing was sent"
            };
            return Err(Refused::from(Refusal::new(format!("{why}{hint}"))).into());
        }
        Finish {
            request,
            args,
            prepared: &prepared,
            end: &end,
            outcomes: &outcomes,
            journal,
            known: &known,
        }
        .finish(former, events_as_json, &signals)
    }
}

fn pacer(args: &ApplyArgs) -> Pacer {
    args.rate.map_or_else(Pacer::learning, Pacer::at)
}

fn options(args: &ApplyArgs) -> run::Options {
    run::Options {
        reads: if args.blind {
            Reads::Never
        } else {
            Reads::BeforeEveryWrite
        },
        concurrency: args.concurrency,
        max_attempts: args.max_attempts,
        max_failures: args.max_failures.0,
        queue_wait: args.queue_wait,
        queue_patience: args.queue_patience,
        give_up_after: args.give_up_after,
        limit: args.limit,
        clock: run::Clock::default(),
    }
}

fn show_progress(args: &ApplyArgs) -> Show {
    match (args.quiet, io::stderr().is_terminal()) {
        (true, _) => Show::Nothing,
        (false, true) => Show::Bar,
        (false, false) => Show::Lines,
    }
}

fn start(prepared: &Prepared, request: &Request<'_>, args: &ApplyArgs) -> journal::Start {
    let (user, computer) = whoami_here();
    journal::Start {
        format: journal::FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        run: random_name(),
        at: Timestamp::now(),
        user,
        computer,
        workspace: prepared.workspace.id(),
        sheet: request.sheet.to_owned(),
        sha256: prepared.sheet.sha256().to_string(),
        options: prepared.reading.typed(),
        command: Some(request.program.again(Vec::new())),
        plan: prepared.plan.id(&prepared.workspace.id()).to_string(),
        note: args.note.clone(),
        instead_of: prepared.instead_of.clone(),
    }
}

/// A trial gives way: what only we wrote is replaced, what somebody edited since is kept under a numbered name.
fn begin_over(prepared: &Prepared, journal: &Path) -> anyhow::Result<(Former, HashSet<String>)> {
    let known = History::read(journal)?.known;
    fs::remove_file(journal).with_context(|| format!("cannot remove `{}`", journal.display()))?;
    let former = match prepared.out.exists() {
        true => edited(&prepared.out, &known),
        false => Former::Kept,
    };
    Ok((former, known))
}
