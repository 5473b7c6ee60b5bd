//! `reassign report`: what happened, as a page for those who have to know; and the pages that plan and apply leave.

mod looked;
mod rows;
mod save;

use std::path::Path;

use jiff::Timestamp;

use crate::api::{Address, Rate};
use crate::cli::{LeaveReport, ReadingArgs, ReportArgs, word};
use crate::file_clashes::OutputFiles;
use crate::outcome::Status;
use crate::report::{Detail, Report, ReportKind, page};
use crate::results::{History, JobFolder, journal};
use crate::workspace::LookupSummary;
use crate::workspace::{People, Users};

use super::command_line::Program;
use super::prepare::Prepared;
use super::result_rows::RecordedRows;
use super::screen::{say, tell};
use super::user_sources;
use crate::refusal::{ExitStatus, Refusal, Refusals};

pub(super) use looked::looked;
pub(super) use save::{save, unwritable};

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<ExitStatus> {
    let out = match &args.out {
        Some(out) => out.clone(),
        None => save::default_path(&args.results),
    };
    let files = OutputFiles::default()
        .reads("the results", args.results.as_path())
        .reads("the users' sheet", args.users.as_deref())
        .of_job(&JobFolder::of(&args.results))
        .writes("the report", out.as_path());
    let faults = files.faults().into_iter().map(Refusal::from);
    if let Some(refusal) = faults.chain(unwritable(&out)).next() {
        return Err(Refusals::from(refusal).into());
    }
    let users = match args.users.as_deref().map(user_sources::listed).transpose() {
        Ok(users) => users,
        Err(refusals) => return Err(Refusals::new(refusals, Vec::new()).into()),
    };
    let report = of_results(&args.results, args.rows, users.as_ref())?;
    if report.kind == ReportKind::Results && report.runs.is_empty() {
        tell(format!(
            "There is no journal `{}`, so the page shows no runs.",
            JobFolder::of(&args.results).journal().display()
        ));
    }
    save(&out, |to| page(&report, to))?;
    say(out.display());
    Ok(ExitStatus::Done)
}

/// What stands in the way of the page that was asked for.
pub(super) fn refusal(leave: &LeaveReport) -> Option<Refusal> {
    leave.report.as_deref().and_then(unwritable)
}

/// Leaves the page that was asked for beside the results of a run. The results are on disk by then, so that a page that
/// cannot be written changes nothing about how the run ended.
pub(super) fn leave_of_results(
    leave: &LeaveReport,
    results: &Path,
    users: Option<&Users>,
    looked: Option<LookupSummary>,
    program: &Program,
) {
    let Some(out) = &leave.report else { return };
    let detail = leave.report_rows.unwrap_or_default();
    let left = of_results(results, detail, users).and_then(|report| {
        let report = Report { looked, ..report };
        save(out, |to| page(&report, to))
    });
    match left {
        Ok(()) => tell(format!("The report is in {}", out.display())),
        Err(err) => {
            let again = program.command([
                "report".as_ref(),
                results.as_os_str(),
                "-o".as_ref(),
                out.as_os_str(),
                "--report-rows".as_ref(),
                word(detail).unwrap_or_default().as_ref(),
            ]);
            tell(format!(
                "error: the report could not be written: {err:#}\nonce that is mended, this writes it:\n  {again}"
            ));
        }
    }
}

/// Leaves the page that was asked for about a plan.
///
/// # Errors
/// If the sheet has changed meanwhile, or the page cannot be written.
pub(super) fn leave_of_plan(
    leave: &LeaveReport,
    prepared: &Prepared,
    rows: RecordedRows<'_>,
    rate: Option<Rate>,
) -> anyhow::Result<()> {
    let Some(out) = &leave.report else {
        return Ok(());
    };
    let detail = leave.report_rows.unwrap_or_default();
    let report = Report {
        kind: ReportKind::Plan,
        made: Timestamp::now(),
        file: name(prepared.job.sheet.path()),
        workspace: prepared.workspace.name().to_owned(),
        looked: looked(prepared, rate),
        forecast: Some(prepared.forecast(prepared.plan.len())),
        plan: Some(prepared.id().to_string()),
        rows: rows::of_plan(prepared, rows, detail)?,
        own: prepared
            .sheet
            .layout
            .own
            .iter()
            .map(|(_, name)| name.clone())
            .collect(),
        runs: Vec::new(),
        people: prepared.who.people.clone(),
        detail,
    };
    save(out, |to| page(&report, to))?;
    tell(format!("The report is in {}", out.display()));
    Ok(())
}

/// The report of a results file, with what the journal beside it tells.
fn of_results(path: &Path, detail: Detail, users: Option<&Users>) -> anyhow::Result<Report> {
    let journal = JobFolder::of(path).journal();
    let history = History::read(&journal)?;
    let runs = journal::runs(&journal)?;
    if !path.exists() && !runs.is_empty() {
        return Err(Refusals::from(Refusal::new(format!(
            "there is no `{}` yet, although its journal shows a run: it is still at work, or was cut short; \
             apply the sheet again to continue, then make the report",
            path.display()
        )))
        .into());
    }
    let results = rows::of_results(path, &history, detail)?;
    let mut people = People::default();
    match users {
        Some(users) => people.add_all(users),
        None => {
            if let Some(users) = users_of_the_run(&history) {
                people.add_all(&users);
            }
        }
    }
    for met in runs.iter().flat_map(|run| &run.users) {
        met.introduce(&mut people);
    }
    let last = runs.last();
    let planned = results
        .rows
        .iter()
        .any(|row| row.record.status == Status::Planned);
    let workspace = match last {
        Some(run) => host(&run.start.workspace),
        None => results
            .rows
            .first()
            .map(|row| row.record.workspace.clone())
            .unwrap_or_default(),
    };
    Ok(Report {
        kind: if runs.is_empty() && planned {
            ReportKind::Plan
        } else {
            ReportKind::Results
        },
        made: Timestamp::now(),
        file: runs
            .first()
            .map_or_else(|| name(path), |run| name(&run.start.sheet)),
        workspace,
        looked: None,
        forecast: None,
        plan: last.map(|run| run.start.plan.clone()),
        rows: results.rows,
        own: results.own,
        runs,
        people,
        detail,
    })
}

/// A workspace as people are shown it, who need not know where its API is.
fn host(workspace: &str) -> String {
    match workspace.parse::<Address>() {
        Ok(address) => address.host().to_owned(),
        Err(_) => workspace.to_owned(),
    }
}

/// The users' sheet that the run was given. Names are a courtesy of the page, so it is made without them too.
fn users_of_the_run(history: &History) -> Option<Users> {
    let options = &history.last.as_ref()?.options;
    let path = ReadingArgs::from_typed(options).ok()?.users?;
    match user_sources::listed(&path) {
        Ok(users) => Some(users),
        Err(refusals) => {
            let why: Vec<&str> = refusals
                .iter()
                .map(|refusal| refusal.why.as_str())
                .collect();
            tell(format!(
                "Users are named as the runs met them: {}",
                why.join("; ")
            ));
            None
        }
    }
}

/// A file without its folders.
pub(super) fn name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}
