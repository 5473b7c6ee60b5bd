//! What a run leaves on disk besides the results: the same as a workbook, and how to undo it.

use std::collections::HashSet;
use std::path::Path;

use crate::cli::ApplyArgs;
use crate::outcome::Outcome;
use crate::results::{self, Former};
use crate::run::End;
use crate::sheet::{self, Page};
use crate::terminal::Screen;
use crate::undo::certainty;

use super::command_line::Program;
use super::prepare::Prepared;
use super::provenance;
use super::result_rows::{RecordedRows, Work};
use super::screen::tell;
use super::summary::{self, Summary};
use super::summary_sheet::{SummaryFacts, page};
use crate::refusal::Refusal;

/// What we wrote and nobody has changed since need not be kept.
pub(super) fn edited(path: &Path, known: &HashSet<String>) -> Former {
    match results::sha256(path) {
        Ok(found) if known.contains(&found) => Former::Replaced,
        _ => Former::Kept,
    }
}

/// The sheet that sums a run up.
pub(super) fn summarized(prepared: &Prepared, work: &Work, summary: &Summary<'_>) -> Page {
    let about = SummaryFacts {
        what: "Results",
        workspace: prepared.workspace.name(),
        by: provenance::by(),
        sheet: prepared.job.sheet.path(),
        plan: prepared.id().to_string(),
        ended: summary::why(&summary.finished.end).unwrap_or_else(|| match &summary.finished.end {
            End::Limit => "the limit was reached; the rest was kept for later".to_owned(),
            _ => "every row was tried".to_owned(),
        }),
        next: summary.next().texts(),
    };
    page(&about, work.counts_by_guidance())
}

/// Where the same results are in the other form, or why they are not there as a workbook.
pub(super) fn tell_of_the_other(
    failed: &Option<results::Error>,
    prepared: &Prepared,
    to_open: &Path,
) {
    let (text, workbook) = (&prepared.job.out, &prepared.job.workbook);
    match (failed, workbook) {
        (_, None) => {}
        (None, Some(workbook)) if workbook == to_open => {
            tell(format!("The same as text: {}", text.display()));
        }
        (None, Some(workbook)) => {
            tell(format!("The same as a workbook: {}", workbook.display()));
        }
        (Some(err), Some(_)) => {
            let mut text = err.to_string();
            let mut source = std::error::Error::source(err);
            while let Some(err) = source {
                text.push_str(&format!(": {err}"));
                source = err.source();
            }
            tell(format!(
                "The results could not be written as a workbook: {text}"
            ));
        }
    }
}

/// How to take back what was sent.
pub(super) fn tell_undo(program: &Program, out: &Path, outcomes: &[Outcome], args: &ApplyArgs) {
    let changed = |outcome: &Outcome| certainty(Some((outcome.status, outcome.http))).is_some();
    let mut sent = outcomes.iter().filter(|outcome| outcome.attempts > 0);
    let sent = sent.any(changed);
    if sent && args.blind {
        tell("This cannot be undone: with `--blind` nobody recorded who had the contacts.");
    } else if sent && args.workspace.sandbox && args.workspace.sandbox_db.is_none() {
        tell(
            "There is nothing to undo after practice. For the real change, correct your own sheet and apply it without \
             `--sandbox`; then the command that undoes it is shown here.",
        );
    } else if sent {
        let mut screen = Screen::default();
        screen.say(match args.workspace.sandbox {
            true => "To undo this practice, this writes an undo sheet; then apply that sheet:",
            false => "To undo, this writes an undo sheet; then apply that sheet:",
        });
        screen.command(program.words(["undo".as_ref(), out.as_os_str()]));
        screen.print_err();
    }
}
/// What a workbook cannot hold must be known before anything is sent.
pub(super) fn unheld(
    prepared: &Prepared,
    before: RecordedRows<'_>,
) -> anyhow::Result<Option<Refusal>> {
    if sheet::Form::of(&prepared.job.out) != sheet::Form::Workbook {
        return Ok(None);
    }
    let records = before.records();
    let held = results::fits(
        &prepared.job.sheet,
        &prepared.sheet.layout,
        records,
        &prepared.job.out,
    );
    match held {
        Ok(()) => Ok(None),
        Err(err @ results::Error::Unfit { .. }) => {
            let text = prepared.job.out.with_extension("csv");
            let why = format!("{:#}; text can", anyhow::Error::new(err));
            Ok(Some(
                Refusal::new(why).fixed_by(["-o".into(), text.into_os_string()]),
            ))
        }
        Err(err) => Err(err.into()),
    }
}
