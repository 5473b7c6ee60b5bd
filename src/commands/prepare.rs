//! From the arguments to a plan: what `plan` and `apply` have in common.
//!
//! Each stage is a plain value: the file to work on ([`opened`]), how its rows were read ([`read`]), what is known of them
//! from before ([`KnownRows`]), who is who and has what ([`seen`]), and the plan.

mod open_questions;
mod opened;
mod read;
mod seen;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::api::Rate;
use crate::cli::{ReadingArgs, WorkspaceArgs};
use crate::file_clashes::OutputFiles;
use crate::files::Temporary;
use crate::job::worksheet::reading_apart;
use crate::job::{Again, Doing, Job, KnownRows, RealOrTrial, What};
use crate::mapping::Mappings;
use crate::plan::{Forecast, Plan, PlanId};
use crate::refusal::{Refusal, Refusals};
use crate::results::{Former, JobFolder, ResultsForm, ResultsTarget};
use crate::sheet::{self, ByteOrderMark, Plain};
use crate::terminal::ExpectedPace;
use crate::terminal::streams::can_ask;
use crate::workspace::Workloads;

use super::command_line::Program;
use super::result_rows::{Outcomes, RecordedRows};
use super::session::{self, Access, Workspace};

use open_questions::open_digits;
use opened::Opened;
use seen::Seen;

pub(super) use open_questions::{Unassigning, unseen, without_owner};
pub(super) use opened::spool;
pub(super) use read::ReadSheet;
pub(super) use seen::Who;

/// What was asked for.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) program: &'a Program,
    pub(super) doing: Doing,
    pub(super) sheet: &'a Path,
    pub(super) reading: &'a ReadingArgs,
    pub(super) workspace: &'a WorkspaceArgs,
    pub(super) out: Option<PathBuf>,
    /// The results file whose edits are given up.
    pub(super) set_aside: Option<&'a Path>,
    /// Which settled rows are sent again.
    pub(super) again: Option<Again>,
    /// Whether contacts may be left without an owner.
    pub(super) unassigning: Unassigning,
    /// The way to the workspace, where that is asked for.
    pub(super) access: Access<'a>,
}

/// Everything that was found out without sending anything.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) workspace: Workspace,
    /// What is worked on, and what is known from before.
    pub(super) job: Job,
    /// How it was read.
    pub(super) sheet: ReadSheet,
    pub(super) known: KnownRows,
    pub(super) who: Who,
    /// Shared with the rows under way.
    pub(super) plan: Arc<Plan>,
    /// Standard input, while it is needed.
    _spool: Option<Temporary>,
}

impl Request<'_> {
    pub(super) fn sheet_options(&self) -> sheet::Options {
        sheet_options(self.reading)
    }

    /// Whether this is about the sandbox.
    pub(super) fn kind(&self) -> RealOrTrial {
        match self.workspace.sandbox {
            true => RealOrTrial::Trial,
            false => RealOrTrial::Real,
        }
    }

    /// All reasons at once.
    pub(super) fn refused(&self, refusals: Vec<Refusal>) -> Refusals {
        Refusals::new(refusals, Vec::new())
    }
}

/// How the sheet's file is opened.
pub(super) fn sheet_options(reading: &ReadingArgs) -> sheet::Options {
    sheet::Options {
        sheet: reading.worksheet.clone(),
        delimiter: reading.delimiter,
        encoding: reading.encoding,
        ..reading_apart()
    }
}

/// Reads the sheet and decides about every row. What stands in the way goes to `refusals`; without columns there is no
/// plan.
pub(super) fn prepare(
    request: &Request<'_>,
    refusals: &mut Vec<Refusal>,
) -> anyhow::Result<Option<Prepared>> {
    let chosen = Workspace::chosen(request.workspace);
    let Ok(workspace) = chosen.map_err(|refusal| refusals.push(refusal)) else {
        return Ok(None);
    };
    let Some(mut opened) = Opened::by(request, &workspace, refusals)? else {
        return Ok(None);
    };
    let Some(mut seen) = Seen::before_any_row(request, &workspace, &mut opened, refusals)? else {
        return Ok(None);
    };
    let mut mappings = seen.rows(&opened, refusals)?;
    let Opened {
        mut job,
        reading,
        spool,
    } = opened;
    let known = {
        let (users, again) = (seen.users.as_ref(), request.again.unwrap_or_default());
        KnownRows::laid_over(&mut mappings, &mut job, workspace.name(), users, again)
    };
    let here = (workspace.name(), workspace.id());
    refusals.extend(known.faults(&mappings, &job, (here.0, &here.1)));
    let sheet = ReadSheet::of(reading, seen.columns.clone(), &job, &mut mappings);
    refusals.extend(unseen(&sheet.hidden, job.sheet.path(), &sheet.reading));
    // By themselves they are rows to repair where nobody can be asked.
    if can_ask() || !refusals.is_empty() {
        refusals.extend(open_digits(&mappings.items, &sheet.reading));
    }
    let who = seen.who(request.doing, &mappings, &job.history.met, refusals)?;
    let plan = plan(request.doing, mappings, &sheet.reading, &known, &who);
    Ok(Some(Prepared {
        workspace,
        job,
        sheet,
        known,
        who,
        plan: Arc::new(plan),
        _spool: spool,
    }))
}

/// The changes still to make.
fn plan(
    doing: Doing,
    mappings: Mappings,
    reading: &ReadingArgs,
    known: &KnownRows,
    who: &Who,
) -> Plan {
    let policy = reading.on_conflict.unwrap_or_default();
    let contacts = who.looked.as_ref().map(|looked| &looked.contacts);
    let mut plan = match (&known.planned, contacts) {
        (Some(planned), contacts) if doing == Doing::Apply => {
            Plan::saved(mappings, policy, contacts, planned)
        }
        (_, Some(contacts)) => Plan::live(mappings, policy, contacts),
        (_, None) => Plan::new(mappings, policy),
    };
    if let Some(looked) = &who.looked {
        let users = looked.users.iter();
        plan.show_users(users.filter_map(|listed| listed.user.assignee()));
    }
    plan
}

impl Prepared {
    /// The plan's ID.
    pub(super) fn id(&self) -> PlanId {
        self.plan.id(&self.workspace.id())
    }

    /// The rows as they stand before anything is sent.
    pub(super) fn before(&self) -> RecordedRows<'_> {
        RecordedRows {
            plan: &self.plan,
            outcomes: Outcomes::Planned,
            columns: &self.sheet.columns,
            workspace: self.workspace.name(),
            people: &self.who.people,
        }
    }

    /// How results are written to a file of this name; a workbook has a sheet that sums them up.
    pub(super) fn target(
        &self,
        path: &Path,
        former: Former,
        page: impl FnOnce() -> sheet::Page,
    ) -> ResultsTarget {
        let form = match (sheet::Form::of(path), self.job.sheet.source()) {
            (sheet::Form::Workbook, _) => ResultsForm::Workbook(page()),
            (
                sheet::Form::Text { .. },
                sheet::Source::Text {
                    delimiter, plain, ..
                },
            ) => ResultsForm::Text {
                delimiter: *delimiter,
                mark: match plain {
                    Plain::Yes => ByteOrderMark::Absent,
                    Plain::No => ByteOrderMark::Present,
                },
            },
            (sheet::Form::Text { delimiter, mark }, sheet::Source::Workbook { .. }) => {
                ResultsForm::Text { delimiter, mark }
            }
        };
        ResultsTarget {
            path: path.to_owned(),
            form,
            former,
        }
    }

    /// The options that lead to the same plan again.
    pub(super) fn options(&self, request: &Request<'_>) -> Vec<OsString> {
        let mut typed: Vec<OsString> = request
            .reading
            .typed()
            .into_iter()
            .map(Into::into)
            .collect();
        typed.extend(request.workspace.typed());
        typed
    }

    /// What sending the first `count` changes will do.
    pub(super) fn forecast(&self, count: usize) -> Forecast {
        self.plan.forecast(&self.who.people, count)
    }

    /// What these changes do to everybody's contacts.
    pub(super) fn workloads(&self, count: usize) -> Workloads {
        self.plan.workloads(&self.who.people, count)
    }

    /// How fast changes go, as far as anything has shown it.
    pub(super) fn pace(&self, rate: Option<Rate>) -> ExpectedPace {
        let just_now = self.who.looked.as_ref().and_then(|looked| looked.pace);
        let last = self.job.history.pace();
        match (rate, last, just_now) {
            (Some(rate), ..) => ExpectedPace::AtMost(rate),
            (None, Some(pace), _) => ExpectedPace::LastRun(pace),
            (None, None, Some(pace)) => ExpectedPace::JustNow(pace),
            (None, None, None) => ExpectedPace::Unknown,
        }
    }

    /// What the command reads. The results that it goes on with are what it writes.
    pub(super) fn files(&self, request: &Request<'_>) -> OutputFiles {
        let job = &self.job;
        let is_written = |path: &&Path| {
            job.what == What::Results
                && (*path == job.out || job.workbook.as_deref() == Some(*path))
        };
        let sheets = [request.sheet, job.sheet.path()];
        let mut files = session::files(request.workspace)
            .reads("the users' sheet", self.sheet.reading.users.as_deref())
            .of_job(&JobFolder::of(&job.out));
        for sheet in sheets.into_iter().filter(|path| !is_written(path)) {
            files = files.reads("the sheet", sheet);
        }
        files
    }
}
