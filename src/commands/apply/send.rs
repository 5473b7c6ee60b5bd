//! What is planned is sent: the journal is begun, the run is shown while it goes on, and what it came to is handed on.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};

use crate::cli::ApplyArgs;
use crate::files;
use crate::job::{RunKind, resume};
use crate::outcome::{Event, Met};
use crate::plan::PlanId;
use crate::progress::Progress;
use crate::refusal::{ExitStatus, Refusal, Refusals};
use crate::results::journal::RowAtStart;
use crate::results::{Former, History, Journal, Lock};
use crate::run::{self, End, Finished, Reads, Verify};
use crate::workspace::{People, Users};

use super::super::after_run::edited;
use super::super::cut_short_writes::standing;
use super::super::finish::Finish;
use super::super::prepare::{Prepared, Request};
use super::super::right_column::{Doubt, RightColumn};
use super::super::session::{Session, Workspace};
use super::super::signals::Signals;
use super::super::{guards, json, provenance};
use super::show_progress;

pub(super) struct Apply<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) args: &'a ApplyArgs,
    /// How many contacts may turn out to be moved before nothing is sent, if that is still to be found out.
    pub(super) max_drift: Option<usize>,
    /// What was approved, if that is still to be written down.
    pub(super) approved: Option<(&'a PlanId, Vec<RowAtStart>)>,
    pub(super) prepared: Prepared,
    pub(super) lock: &'a Lock,
}

impl Apply<'_> {
    pub(super) async fn send(
        self,
        session: &Session,
        sending: usize,
    ) -> anyhow::Result<ExitStatus> {
        let Apply {
            request,
            args,
            max_drift,
            approved,
            prepared,
            lock,
        } = self;
        let signals = Signals::listen()?;
        let (former, known) = match prepared.job.run {
            RunKind::Anew => begin_over(&prepared, &lock.job().journal())?,
            _ => (Former::Kept, prepared.job.history.known.clone()),
        };
        let mut journal = begin_journal(lock, request, args, &prepared, approved)?;
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

/// The journal of the run, with all that it has to tell before anything is sent.
fn begin_journal(
    lock: &Lock,
    request: &Request<'_>,
    args: &ApplyArgs,
    prepared: &Prepared,
    approved: Option<(&PlanId, Vec<RowAtStart>)>,
) -> anyhow::Result<Journal> {
    let mut journal = Journal::begin(
        lock,
        &prepared.job.history,
        provenance::start(prepared, request, &prepared.job.out, args.note.clone()),
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
        .and_then(|()| journal.record(&named(prepared)));
    if let Err(err) = written {
        // What stands in the way of the journal stands in the way of this, too; what is left of it is torn off.
        let _ = journal.take_back();
        let path = lock.job().journal();
        let path = path.display();
        return Err(err).context(format!("cannot write `{path}`, so nothing was changed"));
    }
    Ok(journal)
}

/// Why nothing was sent, if that is how a run has ended; then it is as if it had never begun.
fn unsent(args: &ApplyArgs, finished: &Finished, people: &People) -> Option<Refusals> {
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
        closed: args.closed,
        verify: match (args.check, args.blind) {
            (Some(verify), _) => verify,
            // Where contacts cannot be read before, they can hardly be read afterwards.
            (None, true) => Verify::Off,
            (None, false) => Verify::Sample,
        },
        clock: run::Clock::default(),
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
