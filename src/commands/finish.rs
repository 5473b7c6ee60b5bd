//! After a run: its results take their place, its journal is closed, and the user hears what it came to.
//!
//! Whatever stands in the way, nothing that is known is lost: results that cannot take their place stand beside it, and
//! the journal, which tells the same, is left open, so that the same command goes on from it.

mod undone_elsewhere;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;

use crate::cli::ApplyArgs;
use crate::contact::Assignee;
use crate::job::RealOrTrial;
use crate::json::{Ending, Events};
use crate::outcome::{Outcome, Status};
use crate::results::{self, Former, JobFolder, Journal, Record, ResultsTarget, journal};
use crate::run::{End, Finished};
use crate::sheet::Page;
use crate::workspace::People;

use super::after_run::{edited, summarized, tell_of_the_other, tell_undo};
use super::approved_plan;
use super::prepare::{Prepared, Request};
use super::result_rows::{Outcomes, RecordedRows, Work};
use super::screen::{counted, say, say_path, tell};
use super::show;
use super::signals::Signals;
use super::summary::{self, Summary};
use crate::job::undone::{Undone, undone};
use crate::refusal::{ExitStatus, Refusal, Refusals};

/// How many changes are shown after a run with `--limit`.
const TO_LOOK_AT: usize = 5;

/// A run that has ended.
pub(super) struct Finish<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) args: &'a ApplyArgs,
    pub(super) prepared: &'a Prepared,
    /// Who is who, as far as lists of users and runs tell, this one included.
    pub(super) people: &'a People,
    pub(super) finished: &'a Finished,
    pub(super) journal: Journal,
    /// SHA-256 of everything that earlier runs wrote.
    pub(super) known: &'a HashSet<String>,
}

impl Finish<'_> {
    pub(super) fn finish(
        mut self,
        former: Former,
        events: Option<Events>,
        signals: &Signals,
    ) -> anyhow::Result<ExitStatus> {
        let Finish {
            prepared, finished, ..
        } = self;
        let revised = finished.revised.iter();
        let revised: HashMap<u32, Outcome> = revised
            .map(|outcome| (outcome.row, outcome.clone()))
            .collect();
        let rows = RecordedRows {
            plan: &prepared.plan,
            outcomes: Outcomes::Of {
                changes: &finished.outcomes,
                revised: &revised,
            },
            columns: &prepared.sheet.columns,
            workspace: prepared.workspace.name(),
            people: self.people,
        };
        let work = rows.work();
        // The sheet may be the file that the results replace.
        let undone = self.undone(&rows);
        let unbooked = match self.write(former, &rows, &work) {
            Ok(unbooked) => unbooked,
            Err(err) => {
                let beside = results::write_out_of_place(
                    &prepared.job.sheet,
                    &prepared.sheet.layout,
                    rows.records(),
                    &self.target(former, &work),
                );
                return Err(match beside {
                    Ok(path) => self.out_of_place(&work, err, &path),
                    Err(_) => self.unwritten(err),
                }
                .into());
            }
        };
        let loads = rows.workloads();
        let to_open = match unbooked {
            None => to_open(prepared),
            Some(_) => &prepared.job.out,
        };
        let summary = self.summary(&work, to_open).screen(&loads);
        let ended = ended(&finished.end, &work);
        let told = self.outcomes();
        let why = ended.why.clone();
        let closed = match self.is_recorded() {
            true => self.journal.end(ended),
            false => Ok(()),
        };
        summary.print_err();
        undone_elsewhere::note(undone, &prepared.workspace);
        tell_of_the_other(&unbooked, prepared, to_open);
        tell_undo(self.request.program, to_open, &finished.outcomes, self.args);
        match events {
            None => say_path(&prepared.job.out),
            Some(events) => {
                let workbook = prepared.job.workbook.as_deref();
                let ending = Ending {
                    why: &why,
                    counts: work.counts(),
                    open: work.open(),
                    loads: Some(&loads),
                    results: &prepared.job.out,
                    workbook: workbook.filter(|_| unbooked.is_none()),
                };
                events.end(&told, &ending, self.people);
            }
        }
        let status = status(&finished.end, &work, signals);
        Ok(match closed {
            Ok(()) => status,
            Err(err) => {
                tell(format!(
                    "error: the results are complete, but the last line of the journal could not be written: {err}"
                ));
                match status {
                    ExitStatus::RowsOpen => ExitStatus::StoppedEarly,
                    status => status,
                }
            }
        })
    }

    /// Whether the journal could be written to the end.
    fn is_recorded(&self) -> bool {
        !matches!(self.finished.end, End::Unrecorded(_))
    }

    /// Where the results go, and how.
    fn target(&self, former: Former, work: &Work) -> ResultsTarget {
        let out = &self.prepared.job.out;
        self.prepared.target(out, former, || self.page(work))
    }

    fn page(&self, work: &Work) -> Page {
        let to_open = to_open(self.prepared);
        summarized(self.prepared, work, &self.summary(work, to_open))
    }

    /// Writes the results, and beside them the workbook, if there is to be one. Returned is why that could not be written.
    fn write(
        &mut self,
        former: Former,
        rows: &RecordedRows<'_>,
        work: &Work,
    ) -> Result<Option<results::Error>, results::Error> {
        let Prepared { job, sheet, .. } = self.prepared;
        let target = self.target(former, work);
        // Somebody may have worked in it during the run.
        let workbook = job.workbook.as_ref().map(|path| {
            let former = edited(path, self.known);
            self.prepared.target(path, former, || self.page(work))
        });
        // If the journal can no longer be written, the results are all the more needed.
        let is_recorded = self.is_recorded();
        results::write(
            &job.sheet,
            &sheet.layout,
            rows.records(),
            &target,
            workbook.as_ref(),
            |sums| match is_recorded {
                true => self.journal.writing(sums),
                false => Ok(()),
            },
        )
    }

    /// What rows of an undo sheet have given back before this run.
    fn undone(&self, rows: &RecordedRows<'_>) -> anyhow::Result<Vec<Undone>> {
        let outcomes = self.finished.outcomes.iter();
        let now: HashSet<u32> = outcomes.map(|outcome| outcome.row).collect();
        undone(
            &self.prepared.job.sheet,
            &self.prepared.sheet.columns,
            rows.records(),
            |record| (!now.contains(&record.row)).then(|| self.done_at(record)),
        )
    }

    fn summary<'a>(&'a self, work: &'a Work, results: &'a Path) -> Summary<'a> {
        Summary {
            finished: self.finished,
            work,
            results,
            program: self.request.program,
            sheet: self.request.sheet,
            later: self.later().len(),
            unassigns_later: self.unassigns_later(),
            to_look_at: self.to_look_at(),
            done_before: self.prepared.plan.done_before(),
            approving: approving(self.args, self.prepared, self.request),
            is_trial: self.request.kind() == RealOrTrial::Trial,
        }
    }

    /// Some of the changes that this run has made.
    fn to_look_at(&self) -> Vec<String> {
        let outcomes = self.finished.outcomes.iter();
        let made =
            |outcome: &&Outcome| matches!(outcome.status, Status::Assigned | Status::Unassigned);
        let made: HashSet<u32> = outcomes.filter(made).map(|outcome| outcome.row).collect();
        let changes = self.prepared.plan.changes();
        let made = changes.filter(|change| made.contains(&change.row));
        let made = made.take(TO_LOOK_AT);
        made.map(|change| show::sentence(&change, self.people))
            .collect()
    }

    /// When a run before this one has done a row: to the second, where only the results tell.
    fn done_at(&self, record: &Record) -> Timestamp {
        let known = self.prepared.job.history.outcomes.get(&record.row);
        let told = || record.at.as_ref()?.parse().ok();
        known
            .map(|outcome| outcome.at)
            .or_else(told)
            .unwrap_or(Timestamp::MIN)
    }

    /// The rows that a limit has kept for the next run.
    fn later(&self) -> HashSet<u32> {
        let outcomes = self.finished.outcomes.iter();
        outcomes
            .filter(|outcome| outcome.status == Status::NotAttempted)
            .map(|outcome| outcome.row)
            .collect()
    }

    /// How many changes of the next run take a contact's owner away, where that run has to be told that this is meant.
    fn unassigns_later(&self) -> usize {
        if self.request.kind() == RealOrTrial::Trial || self.finished.end != End::Limit {
            return 0;
        }
        let kept = self.later();
        let changes = self.prepared.plan.changes();
        changes
            .filter(|change| kept.contains(&change.row) && !change.is_unchanged())
            .filter(|change| *change.assignee == Assignee::Nobody)
            .count()
    }

    /// The results stand under another name. The journal stays open, because the next run must not take up what stands
    /// in their place.
    fn out_of_place(&self, work: &Work, err: results::Error, path: &Path) -> Refusals {
        self.summary(work, path).counts().print_err();
        match self.args.json {
            true => tell(path.display()),
            false => say(path.display()),
        }
        let err = anyhow::Error::new(err);
        let (place, beside) = (self.prepared.job.out.display(), path.display());
        let Request { program, sheet, .. } = self.request;
        let text = if matches!(self.finished.end, End::Unrecorded(_)) {
            let from_there = program.continued(sheet, path, &[""; 0]);
            format!(
                "{err:#}\nthe results are in `{beside}` instead; this command continues from there:\n  {from_there}"
            )
        } else {
            let journal = JobFolder::of(&self.prepared.job.out).journal();
            let again = program.again(Vec::new());
            format!(
                "{err:#}\nthe results are in `{beside}` instead, and the journal `{}` says the same; once `{place}` can be written, this command puts them there and continues:\n  {again}",
                journal.display(),
            )
        };
        Refusal::new(text).by_a_guard().into()
    }

    /// There are no results; what happened stands in the journal only.
    fn unwritten(mut self, err: results::Error) -> Refusals {
        let mut lines: Vec<String> = summary::why(&self.finished.end).into_iter().collect();
        lines.push(format!("{:#}", anyhow::Error::new(err)));
        let again = self.request.program.again(Vec::new());
        let journal = JobFolder::of(&self.prepared.job.out).journal();
        let journal = journal.display();
        lines.push(match self.journal.save(&self.outcomes()) {
            Ok(None) => format!(
                "what happened is in the journal `{journal}`; once that is mended, this command continues:\n  {again}"
            ),
            Ok(Some(saved)) => format!(
                "{}; that is saved in `{}`; put it back as `{journal}`, beside the sheet as it was, and this command continues:\n  \
                 {again}",
                self.known(),
                saved.display()
            ),
            Err(err) => format!(
                "the journal `{journal}` is gone and cannot be saved elsewhere ({err}); {}",
                self.known()
            ),
        });
        Refusal::new(lines.join("\n")).by_a_guard().into()
    }

    /// All that has become of rows.
    fn outcomes(&self) -> Vec<Outcome> {
        let Finished {
            outcomes, revised, ..
        } = self.finished;
        outcomes.iter().chain(revised).cloned().collect()
    }

    /// What is known about the rows of this run, in short.
    fn known(&self) -> String {
        let rows = |is: fn(&Outcome) -> bool| {
            let outcomes = self.finished.outcomes.iter();
            let count = outcomes.filter(|outcome| is(outcome)).count();
            counted(count, "row", "rows")
        };
        format!(
            "{} finished, {} sent to the workspace without an answer, {} not tried",
            rows(|outcome| outcome.status.is_settled()),
            rows(|outcome| outcome.status == Status::Unknown),
            rows(|outcome| outcome.status == Status::NotAttempted),
        )
    }
}

/// The results that people open: of a workbook the workbook, unless they have named the text.
pub(super) fn to_open(prepared: &Prepared) -> &Path {
    let text = prepared.job.out.as_path();
    match &prepared.job.workbook {
        Some(workbook) if prepared.job.sheet.path() != text => workbook,
        _ => text,
    }
}

/// The command for the page that has what is left approved, where only approved changes are made.
pub(super) fn approving(
    args: &ApplyArgs,
    prepared: &Prepared,
    request: &Request<'_>,
) -> Option<Vec<String>> {
    args.expect.as_ref()?;
    let page = approved_plan::page_command(prepared, request);
    Some(request.program.words(page))
}

fn ended(end: &End, work: &Work) -> journal::EndLine {
    let why = match (end, summary::why(end)) {
        (End::Limit, _) => "limit reached".to_owned(),
        (_, None) => "done".to_owned(),
        (_, Some(why)) => why,
    };
    journal::EndLine {
        at: Timestamp::now(),
        why,
        counts: work.counts(),
    }
}

fn status(end: &End, work: &Work, signals: &Signals) -> ExitStatus {
    match end {
        _ if work.open() == 0 => ExitStatus::Done,
        End::Stopped => signals.status().unwrap_or(ExitStatus::Interrupted),
        End::Done | End::Limit => ExitStatus::RowsOpen,
        _ => ExitStatus::StoppedEarly,
    }
}
