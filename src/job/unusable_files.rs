//! Why a command does not use what stands on disk, in a sentence, and the commands that go on.

use std::error::Error as _;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::refusal::{Refusals, WayOut};
use crate::results::{self, journal::Start};
use crate::wording::local_time;

use super::decide::{Doing, NamedFile, Saving, Why};
use super::file_names::{free, results_of};
use super::files_found::{Disk, DiskQuery, SANDBOX, other_worksheet};

/// What is wrong, in a sentence.
pub(super) fn sentence(disk: &Disk, why: Why) -> String {
    let results = disk.results.display();
    let history = &disk.history;
    let begun = || match history.last.as_ref().or(history.planned.as_ref()) {
        Some(start) => format!(
            "`{}` as it was on {}",
            start.sheet.display(),
            local_time(start.at)
        ),
        None => "a sheet".to_owned(),
    };
    match why {
        Why::AtWork => {
            let holder = disk.holder.clone().unwrap_or_default();
            let path = disk.results.clone();
            results::Error::Locked { path, holder }.to_string()
        }
        Why::Damaged => match &disk.damage {
            Some(err) => match err.source() {
                Some(why) => format!("{err}: {why}"),
                None => err.to_string(),
            },
            None => format!("the journal of `{results}` cannot be read"),
        },
        Why::Foreign => {
            let path = match &disk.workbook {
                Some(workbook) if workbook.exists() && !disk.results.exists() => workbook.display(),
                _ => results,
            };
            format!("`{path}` exists, and holds no results of this sheet")
        }
        Why::Unrecorded => {
            format!(
                "`{results}` exists, and the record of the run that wrote it (`{}`) does not, so it is not certain that it \
                 holds results of this sheet",
                record(disk)
            )
        }
        Why::PlanThere => format!("`{results}` holds a saved plan"),
        Why::Gone => format!(
            "the results `{results}` are gone, and the record of their run (`{}`) says that a run on this sheet ended; \
             put them back",
            record(disk)
        ),
        Why::SheetEdited => format!(
            "`{results}` holds results of {}, and this sheet was edited since",
            begun()
        ),
        Why::SheetAnother => {
            let (is, of) = match other_worksheet(&disk.history, &disk.sheet) {
                Some(then) => (
                    format!(
                        "this is the sheet `{}`",
                        disk.sheet.name().unwrap_or_default()
                    ),
                    format!(" of the sheet `{then}`"),
                ),
                None => ("this sheet is another".to_owned(), String::new()),
            };
            format!("`{results}` holds results{of} of {}, and {is}", begun())
        }
        Why::OtherEdited => {
            let workbook = disk.workbook.as_deref().unwrap_or(&disk.results).display();
            let row = disk
                .differs_in
                .map_or_else(String::new, |row| format!(" (first in row {row})"));
            format!(
                "`{results}` and `{workbook}` do not say the same{row}, because one of them was edited since the last run; \
                 only one can be read"
            )
        }
        Why::OfATrial => format!(
            "`{results}` was made by practice (`--sandbox`), which changed nothing in the workspace"
        ),
        Why::OfARealRun => {
            format!(
                "`{results}` was made by a real run, and practice (`--sandbox`) must not change it"
            )
        }
        Why::OfOtherWorkspace => {
            let there = history.last.as_ref().or(history.planned.as_ref());
            let there = there.map_or("another", |start| start.workspace.as_str());
            match (&history.last, &history.planned) {
                (None, Some(_)) => format!(
                    "the plan `{results}` was made for the workspace {there}, and this command is about {}",
                    disk.here
                ),
                _ => format!(
                    "`{results}` holds results of the workspace {there}, and this command is about {}",
                    disk.here
                ),
            }
        }
        Why::OfOtherResults => shares_a_folder(&disk.out, disk.namesake.as_deref()),
        Why::Taken => format!("`{}` exists, and is left alone", disk.out.display()),
        Why::Unwritable => format!(
            "`{}` holds results and is a workbook of another kind than results are written as; save it as `.xlsx` and apply \
             that",
            disk.sheet.path().display()
        ),
    }
}

/// The sentence, and every way out.
pub(super) fn refused(disk: &Disk, why: Why, asked: &DiskQuery<'_>) -> Refusals {
    let results = disk.results.as_path();
    let workbook = disk.workbook.as_deref().filter(|path| path.exists());
    let is_sheet = matches!(
        disk.state.named,
        NamedFile::Sheet | NamedFile::SheetInWorkbook
    );
    // Of a workbook's results the workbook is read.
    let read = match (disk.state.named, workbook) {
        (NamedFile::SheetInWorkbook | NamedFile::ResultsInWorkbook, Some(workbook)) => workbook,
        (_, Some(workbook)) if !results.exists() => workbook,
        _ => results,
    };
    let go_on = |what: &str| WayOut::on(what, asked.named, read, &[]);
    let start_over = || elsewhere("start over in another file", &free(&disk.out));
    let ways = match why {
        Why::AtWork => Vec::new(),
        Why::Damaged if is_sheet => vec![start_over()],
        Why::Damaged => vec![elsewhere(
            "continue with what the results say, in another file",
            &free(results),
        )],
        Why::OfOtherResults if !is_sheet => {
            let there = disk.namesake.iter();
            let go_on = |there: &PathBuf| {
                let what = format!("continue with `{}`", there.display());
                WayOut::on(what, asked.named, there, &[])
            };
            there.map(go_on).collect()
        }
        Why::Foreign | Why::Gone | Why::OfOtherResults => vec![start_over()],
        Why::Unrecorded => vec![
            go_on("open it; if it holds results of this sheet, continue with what is there"),
            elsewhere(
                "if not, start over in another file (what is right already is not changed again)",
                &free(&disk.out),
            ),
        ],
        Why::SheetAnother if !read.exists() => {
            let sheet = other_worksheet(&disk.history, &disk.sheet).into_iter();
            let options = |sheet| ["--sheet", sheet].map(str::to_owned);
            sheet
                .map(|sheet| WayOut::again("continue the run that was cut short", options(sheet)))
                .chain([start_over()])
                .collect()
        }
        Why::SheetEdited | Why::SheetAnother => {
            vec![go_on("continue with what is there"), start_over()]
        }
        Why::PlanThere => vec![go_on("apply the plan"), start_over()],
        Why::OtherEdited => both(disk, asked),
        Why::OfATrial if is_sheet => vec![start_over()],
        Why::OfATrial => {
            let trial = WayOut::again("continue to practise", ["--sandbox"]);
            let sheet = first_sheet(disk, asked);
            let real = sheet.map(|sheet| {
                WayOut::on("apply the sheet in the workspace", asked.named, &sheet, &[])
            });
            std::iter::once(trial).chain(real).collect()
        }
        Why::OfARealRun if is_sheet => vec![elsewhere(
            "try it in another file",
            &free(&results_of(asked.path, asked.kind)),
        )],
        Why::OfARealRun => {
            let what = "continue the run";
            let real = match &disk.history.last {
                Some(last) => {
                    let there = at(&last.workspace).into_iter().map(OsStr::new);
                    WayOut::on(what, asked.named, read, &there.collect::<Vec<_>>())
                }
                None => WayOut::command(what, ["apply".as_ref(), read.as_os_str()]),
            };
            let sheet = first_sheet(disk, asked);
            let trial =
                sheet.map(|sheet| WayOut::on("practise with the sheet", asked.named, &sheet, &[]));
            std::iter::once(real).chain(trial).collect()
        }
        Why::OfOtherWorkspace => {
            let there = disk.history.last.as_ref().or(disk.history.planned.as_ref());
            let there = there.map(|start| WayOut::again("continue there", at(&start.workspace)));
            there.into_iter().chain(is_sheet.then(start_over)).collect()
        }
        Why::Taken => vec![elsewhere("write another file", &free(&disk.out))],
        Why::Unwritable => vec![elsewhere(
            "continue in another file",
            &free(&asked.path.with_extension("csv")),
        )],
    };
    let changes = asked.doing == Doing::Apply && why != Why::AtWork;
    let nothing = if changes { "; nothing was changed" } else { "" };
    Refusals::of(format!("{}{nothing}", sentence(disk, why)), ways)
}

/// Where what happened to the rows of a job is recorded.
fn record(disk: &Disk) -> String {
    let journal = results::JobFolder::of(&disk.out).journal();
    journal.display().to_string()
}

fn elsewhere(what: &str, out: &Path) -> WayOut {
    WayOut::again(what, ["-o".as_ref(), out.as_os_str()])
}

/// One command for each of two results files: the one that is named is read, the other one is kept aside.
fn both(disk: &Disk, asked: &DiskQuery<'_>) -> Vec<WayOut> {
    let Some(workbook) = disk.workbook.as_deref() else {
        return Vec::new();
    };
    let text = disk.results.as_path();
    [(text, workbook), (workbook, text)]
        .map(|(read, other)| {
            WayOut::on(
                format!("continue with `{}`", read.display()),
                asked.named,
                read,
                &["--set-aside".as_ref(), other.as_os_str()],
            )
        })
        .to_vec()
}

/// The sheet that the job began with, where it still is.
fn first_sheet(disk: &Disk, asked: &DiskQuery<'_>) -> Option<PathBuf> {
    let first = disk.history.first.as_ref()?;
    let sheet = first.sheet.clone();
    (sheet.exists() && sheet != asked.path).then_some(sheet)
}

/// Why a file cannot be the results of a job, or a saved plan, beside another one.
fn shares_a_folder(out: &Path, namesake: Option<&Path>) -> String {
    format!(
        "`{}` would share the folder `{}` with `{}`; give it another name than that",
        out.display(),
        results::JobFolder::of(out).path().display(),
        namesake.unwrap_or(out).display()
    )
}

/// The options that lead to a workspace, as journals name it.
fn at(workspace: &str) -> Vec<&str> {
    match workspace {
        SANDBOX => vec!["--sandbox"],
        address => vec!["--base-url", address],
    }
}

/// Why a plan is not saved in a place.
pub(super) fn unsaved(
    out: &Path,
    why: Saving,
    namesake: Option<&Path>,
    planned: Option<&Start>,
) -> Refusals {
    let shown = out.display();
    let there = planned.map(|start| at(&start.workspace));
    let there = there.into_iter().flatten().map(OsStr::new);
    let another = || {
        WayOut::again(
            "save the plan in another file",
            ["-o".as_ref(), free(out).as_os_str()],
        )
    };
    match why {
        Saving::OfARun => Refusals::of(
            format!(
                "`{shown}` holds the results of a run, or the record of one, which a plan must not replace"
            ),
            vec![another()],
        ),
        Saving::OfOtherResults => Refusals::of(shares_a_folder(out, namesake), vec![another()]),
        Saving::PlanEdited => Refusals::of(
            format!("`{shown}` holds a plan that was edited since it was saved"),
            vec![
                another(),
                WayOut::command(
                    "apply the plan that is there",
                    ["apply".as_ref(), out.as_os_str()].into_iter().chain(there),
                ),
            ],
        ),
        Saving::Foreign | Saving::Write | Saving::Replace => Refusals::of(
            format!("`{shown}` exists, and is not known to be a plan of ours"),
            vec![another()],
        ),
    }
}
