//! `reassign plan`: reads and checks, shows what would change, sends nothing.

use std::path::{Path, PathBuf};

use crate::cli::{ApplyArgs, PlanArgs};
use crate::file_clashes::OutputFiles;
use crate::outcome::Todo;
use crate::results::{self, Former, JobFolder, Lock, default_path, journal};
use crate::terminal::{Screen, streams};

use super::command_line::Program;
use super::json;
use super::prepare::{Prepared, Request, Unassigning, prepare};
use super::provenance;
use super::report;
use super::result_rows::{RecordedRows, Work};
use super::right_column::RightColumn;
use super::screen::{self, tell};
use super::session::{Access, SessionOptions};
use super::show as text;
use super::summary_sheet::{SummaryFacts, page};
use super::user_sources::ByName;
use crate::job::{self, Doing};
use crate::refusal::{ExitStatus, Refusal, Refusals, WayOut};

impl From<ApplyArgs> for PlanArgs {
    fn from(args: ApplyArgs) -> PlanArgs {
        let ApplyArgs {
            sheet,
            reading,
            workspace,
            job,
            rate,
            timeout,
            give_up_after,
            json,
            report,
            settings,
            save_recipe,
            ..
        } = args;
        PlanArgs {
            sheet,
            reading,
            workspace,
            out: None,
            job,
            rate,
            timeout,
            give_up_after,
            json,
            report,
            settings,
            save_recipe,
        }
    }
}

pub(super) fn run(program: &Program, args: &PlanArgs) -> anyhow::Result<ExitStatus> {
    // A plan goes into a file of its own, and says nothing about where results will be. What comes from standard input
    // has no name that they could have.
    let is_piped = args.sheet == Path::new("-");
    let results = args.out.as_deref().filter(|_| is_piped);
    show(program, args, results.map(default_path))
}

/// `reassign apply --dry-run`: what the same command would send without it. Writes nothing.
pub(super) fn dry_run(program: &Program, args: ApplyArgs) -> anyhow::Result<ExitStatus> {
    let results = args.out.clone();
    show(program, &args.into(), results)
}

/// Shows the plan for results in a place, and saves it where that was asked for.
fn show(
    program: &Program,
    args: &PlanArgs,
    results: Option<PathBuf>,
) -> anyhow::Result<ExitStatus> {
    let options = SessionOptions::of_lookups(args.rate, args.timeout, args.give_up_after);
    let request = Request {
        program,
        doing: Doing::Plan,
        sheet: &args.sheet,
        reading: &args.reading,
        workspace: &args.workspace,
        out: results,
        set_aside: args.job.set_aside.as_deref(),
        again: args.job.again,
        unassigning: Unassigning::Allowed,
        access: Access::new(&args.workspace, options),
    };
    let mut refusals = Vec::new();
    if let Some(out) = &args.out {
        job::saving(out)?;
    }
    refusals.extend(report::refusal(&args.report));
    let prepared = prepare(&request, &mut refusals)?;
    if let Some(prepared) = &prepared {
        let files = files(&request, args, prepared);
        refusals.extend(files.faults().into_iter().map(Refusal::from));
    }
    let Some(prepared) = prepared.filter(|_| refusals.is_empty()) else {
        return Err(Refusals::new(refusals, Vec::new()).into());
    };
    let rows = prepared.before();
    let work = rows.work();
    let unclear = [Todo::Repair, Todo::Decide]
        .iter()
        .any(|todo| work.of(*todo).total() > 0);
    let next = next(&request, &prepared, args.out.as_deref(), unclear);
    if args.json {
        // Nothing is lost when nobody reads it: the plan can be made again.
        let _ = json::plan(&prepared, rows, args.rate, streams::stdout());
    }
    tell_unplanned(&prepared);
    if let Some(out) = &args.out {
        save(&request, &prepared, out, rows, &work, &next)?;
    }
    report::leave_of_plan(&args.report, &prepared, rows, args.rate)?;
    match args.json {
        true => next.print_err(),
        false => text::plan(&prepared, prepared.pace(args.rate), next).print_out(),
    }
    Ok(if unclear {
        ExitStatus::RowsOpen
    } else {
        ExitStatus::Done
    })
}

/// The files that it reads and writes.
fn files(request: &Request<'_>, args: &PlanArgs, prepared: &Prepared) -> OutputFiles {
    let results = Some(prepared.job.out.as_path());
    let results = results.filter(|out| args.out.as_deref() != Some(out));
    let mut files = prepared.files(request).reads("the results", results);
    if let Some(out) = &args.out {
        files = files.of_job(&JobFolder::of(out));
    }
    files
        .writes("the plan", args.out.as_deref())
        .writes("the report", args.report.report.as_deref())
}

/// Says which rows could be sent and are not in the saved plan.
fn tell_unplanned(prepared: &Prepared) {
    let unplanned = prepared.known.unplanned(&prepared.plan);
    let (is, it) = match unplanned.len() {
        0 => return,
        1 => ("is", "it"),
        _ => ("are", "them"),
    };
    tell(format!(
        "Not in the saved plan {is} {}: `apply` leaves {it} out; `-o FILE` saves a plan with {it}.",
        screen::rows(&unplanned)
    ));
}

/// Saves the plan as results of which nothing is sent yet, with a journal that says which changes its ID stands for.
fn save(
    request: &Request<'_>,
    prepared: &Prepared,
    out: &Path,
    rows: RecordedRows<'_>,
    work: &Work,
    next: &Screen,
) -> anyhow::Result<()> {
    let page = || {
        let about = SummaryFacts {
            what: "Plan",
            workspace: prepared.workspace.name(),
            by: provenance::by(),
            sheet: prepared.job.sheet.path(),
            plan: prepared.id().to_string(),
            ended: "nothing was changed; this shows what would be".to_owned(),
            next: next.texts(),
        };
        page(&about, work.counts_by_guidance())
    };
    let lock = Lock::take(&JobFolder::of(out), &provenance::holder())?;
    // Until now others may have been at work there.
    job::saving(out)?;
    let written = results::write(
        &prepared.job.sheet,
        &prepared.sheet.layout,
        rows.records(),
        &prepared.target(out, Former::Kept, page),
        None,
        |sums| {
            journal::of_a_plan(
                &lock,
                provenance::start(prepared, request, out, None),
                &provenance::changes(prepared),
                Some(sums),
            )
        },
    );
    written.map_err(|err| saved_as_text(out, err))?;
    tell(format!("The plan is in {}", out.display()));
    Ok(())
}

/// What a workbook cannot hold, text can.
fn saved_as_text(out: &Path, err: results::Error) -> anyhow::Error {
    let is_unfit = matches!(err, results::Error::Unfit { .. });
    let err = anyhow::Error::new(err);
    if !is_unfit {
        return err;
    }
    let text = out.with_extension("csv");
    let way = WayOut::again(
        "as text it can be written",
        ["-o".as_ref(), text.as_os_str()],
    );
    Refusals::of(format!("{err:#}"), vec![way]).into()
}

/// The command to go on with; it leaves out what is `unclear`.
fn next(request: &Request<'_>, prepared: &Prepared, saved: Option<&Path>, unclear: bool) -> Screen {
    let mut next = Screen::default();
    let mut changes = prepared.plan.changes();
    if changes.all(|change| change.is_unchanged()) {
        next.say("There is nothing to change.");
        if prepared.who.looked.is_some()
            && let Some(doubt) = RightColumn::at_a_look(prepared)
        {
            next.say(doubt);
        }
        return next;
    }
    let unassigned = prepared.workloads(prepared.plan.len()).unassigned();
    let allowed = match unassigned > 0 && !request.workspace.sandbox {
        true => vec!["--max-unassign".into(), unassigned.to_string().into()],
        false => Vec::new(),
    };
    let command = match saved {
        Some(plan) => {
            let mut args = vec!["apply".into(), plan.as_os_str().to_owned()];
            if let Some(users) = &prepared.sheet.reading.users {
                args.extend(["--users".into(), users.as_os_str().to_owned()]);
            }
            if prepared.who.looked.is_some() && prepared.sheet.by_name == ByName::Yes {
                args.push("--live".into());
            }
            args.extend(request.workspace.typed());
            args.extend(allowed);
            request.program.words(args)
        }
        None => {
            let mut args = vec!["apply".into(), request.sheet.as_os_str().to_owned()];
            args.extend(prepared.options(request));
            if prepared.job.is_apart || request.out.is_some() {
                args.extend(["-o".into(), prepared.job.out.as_os_str().to_owned()]);
            }
            args.extend(allowed);
            request.program.words(args)
        }
    };
    next.say(match unclear {
        false => "To apply it:",
        true => "To apply it now; the rows that have to be corrected are not processed, and can follow later:",
    });
    next.command(command);
    next
}
