//! Which file a command really works on: the sheet, or the results of an earlier run on it.

use std::path::{Path, PathBuf};

use crate::mapping::EarlierColumns;
use crate::outcome::local_time;
use crate::results::{History, JobFolder, default_path, journal::Start};
use crate::sheet::{self, Sheet};

use super::columns::choice;
use super::prepare::Request;
use super::refusal::{Refused, Way};
use super::workspace::Workspace;
use super::{pair, worksheet};

/// The file to work on, and what is known about it from before.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) sheet: Sheet,
    pub(super) what: What,
    /// Where results go.
    pub(super) out: PathBuf,
    /// Where they go as a workbook as well.
    pub(super) workbook: Option<PathBuf>,
    /// Why this file is read, if it is not the one that was named.
    pub(super) why: Option<String>,
    pub(super) history: History,
    pub(super) standing: Standing,
    /// SHA-256 of the sheet as the run that was cut short had read it, if it has changed since.
    pub(super) instead_of: Option<String>,
}

/// What the file to work on is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A sheet as somebody made it.
    Sheet,
    /// The results of an earlier command.
    Results,
}

/// How a command stands to earlier runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The first run on this sheet.
    First,
    /// A trial that begins anew, whatever stands there.
    StartsOver,
    /// The last run was cut short; its journal tells what it did.
    Continues,
    /// Goes on with what the results of an earlier run left open.
    GoesOn,
}

/// What stands where the results should go.
enum There {
    /// Nothing.
    Nothing,
    /// A trial in the sandbox, which gives way to whatever comes.
    Trial,
    /// Results of this very sheet in this workspace, or the journal of a run on it that was cut short.
    Ours(Standing),
    /// Something else, which is left alone.
    Foreign(Refused),
}

impl Source {
    /// Finds out which file to work on.
    pub(super) fn find(
        request: &Request<'_>,
        path: &Path,
        workspace: &Workspace,
    ) -> anyhow::Result<Source> {
        let sheet = worksheet::open(request, path, &choice(request.reading))?;
        if has_results(&sheet)? {
            return Source::results(sheet, path, request);
        }
        let out = request.out.clone().unwrap_or_else(|| default_path(path));
        let history = History::read(&JobFolder::of(&out).journal())?;
        let is_workbook = matches!(sheet.source(), sheet::Source::Workbook { .. });
        let workbook = match request.out {
            Some(_) => None,
            None if is_workbook => Some(out.with_extension("xlsx")),
            None => pair::beside(&out, path, &history),
        };
        let new = |sheet, out, workbook, standing| Source {
            sheet,
            what: What::Sheet,
            out,
            workbook,
            why: None,
            history: History::default(),
            standing,
            instead_of: None,
        };
        let there = there(
            request,
            &sheet,
            &out,
            workbook.as_deref(),
            &history,
            workspace,
        )?;
        Ok(match there {
            There::Nothing => new(sheet, out, workbook, Standing::First),
            There::Trial => new(sheet, out, workbook, Standing::StartsOver),
            There::Ours(standing) if exists(&out, workbook.as_deref()) => {
                let chosen = pair::choose(&out, workbook.as_deref(), &out, &history)?;
                Source {
                    sheet: worksheet::results(&chosen.path)?,
                    what: What::Results,
                    out,
                    workbook,
                    why: chosen.why,
                    history,
                    standing,
                    instead_of: None,
                }
            }
            There::Ours(standing) => Source {
                instead_of: history
                    .sheet
                    .clone()
                    .filter(|then| *then != sheet.sha256().to_string()),
                sheet,
                what: What::Sheet,
                out,
                workbook,
                why: None,
                history,
                standing,
            },
            // A plan writes nothing there, and shows the command that does not either.
            There::Foreign(_) if request.command == "plan" => {
                let out = free(&out);
                new(sheet, out, None, Standing::First)
            }
            There::Foreign(refused) => return Err(refused.into()),
        })
    }

    /// A results file goes on from itself, or from the workbook that was changed in its place.
    fn results(sheet: Sheet, path: &Path, request: &Request<'_>) -> anyhow::Result<Source> {
        let results = pair::with_journal(path)?;
        let out = request.out.clone().unwrap_or_else(|| results.clone());
        let is_workbook = matches!(sheet.source(), sheet::Source::Workbook { .. });
        if is_workbook && out == path && !pair::is_workbook(path) {
            return Err(workbook(request, path).into());
        }
        let job = JobFolder::of(&results);
        let is_moved = !job.is_of(&out);
        if out != results && (out.exists() || is_moved && JobFolder::of(&out).journal().exists()) {
            return Err(occupied(request, &out).into());
        }
        let mut history = History::read(&job.journal())?;
        let beside = pair::beside(&results, path, &history);
        let chosen = pair::choose(&results, beside.as_deref(), path, &history)?;
        let sheet = match chosen.path == path {
            true => sheet,
            false => worksheet::results(&chosen.path)?,
        };
        let standing = standing(&history);
        if is_moved {
            history.length = 0; // the results get a journal of their own there
        }
        Ok(Source {
            sheet,
            what: What::Results,
            workbook: beside.filter(|_| out == results),
            out,
            why: chosen.why,
            history,
            standing,
            instead_of: None,
        })
    }
}

/// Whether results stand there, as text or as a workbook.
fn exists(out: &Path, workbook: Option<&Path>) -> bool {
    out.exists() || workbook.is_some_and(Path::exists)
}

fn standing(history: &History) -> Standing {
    if history.is_unfinished() {
        Standing::Continues
    } else {
        Standing::GoesOn
    }
}

fn there(
    request: &Request<'_>,
    sheet: &Sheet,
    out: &Path,
    workbook: Option<&Path>,
    history: &History,
    workspace: &Workspace,
) -> anyhow::Result<There> {
    let is_ours = history
        .written
        .as_ref()
        .is_some_and(|sums| sums.workbook.is_some());
    if let Some(workbook) = workbook.filter(|workbook| workbook.exists() && !is_ours) {
        return Ok(There::Foreign(occupied(request, workbook)));
    }
    let (Some(first), Some(last)) = (&history.first, &history.last) else {
        return Ok(if out.exists() {
            There::Foreign(occupied(request, out))
        } else {
            There::Nothing
        });
    };
    if last.workspace == Workspace::Sandbox.id() {
        return Ok(There::Trial);
    }
    let same_workspace = first.workspace == workspace.id();
    let same_sheet = history.sheet == Some(sheet.sha256().to_string());
    // As long as there are no results, the journal tells row by row what still stands.
    let continues = history.is_unfinished() && !exists(out, workbook);
    if !same_workspace || !(same_sheet || continues) {
        return Ok(There::Foreign(other(request, first, out, workspace)));
    }
    match (exists(out, workbook), standing(history)) {
        (true, _) if out.exists() && !has_results(&worksheet::results(out)?)? => {
            Ok(There::Foreign(occupied(request, out)))
        }
        (true, standing) | (false, standing @ Standing::Continues) => Ok(There::Ours(standing)),
        (false, _) => Ok(There::Foreign(gone(request, out))),
    }
}

/// Whether a sheet is a results file: its header says so.
pub(super) fn has_results(sheet: &Sheet) -> anyhow::Result<bool> {
    let mut batches = sheet.batches()?;
    let Some(batch) = batches.next().transpose()? else {
        return Ok(false);
    };
    Ok(batch
        .rows()
        .take(crate::mapping::HEADER_WITHIN as usize)
        .any(|row| {
            let names: Vec<String> = row.cells().map(str::to_owned).collect();
            EarlierColumns::find(&names).is_some()
        }))
}

/// Something stands where the results should go, and it is not known to be of this sheet.
fn occupied(request: &Request<'_>, out: &Path) -> Refused {
    let why = format!(
        "`{}` exists, and no journal says that it holds results of this sheet",
        out.display()
    );
    Refused::of(why, vec![go_on(request, out), start_over(request, out)])
}

/// The results that stand there are those of another sheet or workspace.
fn other(request: &Request<'_>, first: &Start, out: &Path, workspace: &Workspace) -> Refused {
    let sheet = first.sheet.display();
    let what = if first.workspace == workspace.id() {
        let then = local_time(first.at);
        format!("of `{sheet}` as it was on {then}, and this sheet is another or has changed since")
    } else {
        let (there, here) = (&first.workspace, workspace.id());
        format!("of the workspace {there}, and this command is about {here}")
    };
    let why = format!("`{}` holds results {what}", out.display());
    Refused::of(why, vec![go_on(request, out), start_over(request, out)])
}

/// The results are not where the journal says that they were put.
fn gone(request: &Request<'_>, out: &Path) -> Refused {
    let why = format!(
        "the results `{}` are gone, and their journal says that a run on this sheet ended; put them back",
        out.display()
    );
    Refused::of(why, vec![start_over(request, out)])
}

/// Results go into text or an `.xlsx`, and must not go into a file that says that it is another workbook.
fn workbook(request: &Request<'_>, path: &Path) -> Refused {
    let why = format!(
        "`{}` holds results and is a workbook of another kind than results are written as; save it as `.xlsx` and apply \
         that",
        path.display()
    );
    let way = Way {
        what: "go on in another file".to_owned(),
        command: request.retyped(["-o".as_ref(), free(&path.with_extension("csv")).as_os_str()]),
    };
    Refused::of(why, vec![way])
}

fn go_on(request: &Request<'_>, out: &Path) -> Way {
    Way {
        what: "continue with what is there".to_owned(),
        command: request.program.command(["apply".as_ref(), out.as_os_str()]),
    }
}

fn start_over(request: &Request<'_>, out: &Path) -> Way {
    Way {
        what: "start over in another file".to_owned(),
        command: request.retyped(["-o".as_ref(), free(out).as_os_str()]),
    }
}

/// A name like this one that nothing has yet.
pub(super) fn free(path: &Path) -> PathBuf {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let (stem, rest) = match name.find(".results.").or_else(|| name.rfind('.')) {
        Some(dot) => name.split_at(dot),
        None => (name.as_str(), ""),
    };
    (2..)
        .map(|number| path.with_file_name(format!("{stem}-{number}{rest}")))
        .find(|path| !path.exists() && !JobFolder::of(path).journal().exists())
        .expect("there are more numbers than files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_keeps_what_tells_results_from_sheets() {
        let free = |path: &str| free(Path::new(path));
        assert_eq!(
            free("/nowhere/team.results.csv"),
            Path::new("/nowhere/team-2.results.csv")
        );
        assert_eq!(free("/nowhere/out.csv"), Path::new("/nowhere/out-2.csv"));
        assert_eq!(free("/nowhere/out"), Path::new("/nowhere/out-2"));
    }
}
