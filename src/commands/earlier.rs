//! Which file a command really works on: the sheet, or the results of an earlier run on it.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::mapping::EarlierColumns;
use crate::outcome::local_time;
use crate::results::{History, default_path, journal::Start, journal_path};
use crate::sheet::{self, Sheet};

use super::prepare::{Request, choice, reading_apart};
use super::refusal::{Refused, Way};
use super::worksheet;
use super::workspace::Workspace;

/// The file to work on, and what is known about it from before.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) sheet: Sheet,
    pub(super) what: What,
    /// Where results go.
    pub(super) out: PathBuf,
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
        let is_results = has_results(&sheet)?;
        let out = match &request.out {
            Some(out) => out.clone(),
            None if is_results => path.to_owned(),
            None => default_path(path),
        };
        if is_results {
            return Source::results(sheet, path, out, request);
        }
        let history = History::read(&journal_path(&out))?;
        let new = |sheet, out, standing| Source {
            sheet,
            what: What::Sheet,
            out,
            history: History::default(),
            standing,
            instead_of: None,
        };
        Ok(match there(request, &sheet, &out, &history, workspace)? {
            There::Nothing => new(sheet, out, Standing::First),
            There::Trial => new(sheet, out, Standing::StartsOver),
            There::Ours(standing) if out.exists() => Source {
                sheet: open_results(&out)?,
                what: What::Results,
                out,
                history,
                standing,
                instead_of: None,
            },
            There::Ours(standing) => Source {
                instead_of: history
                    .sheet
                    .clone()
                    .filter(|then| *then != sheet.sha256().to_string()),
                sheet,
                what: What::Sheet,
                out,
                history,
                standing,
            },
            // A plan writes nothing there, and shows the command that does not either.
            There::Foreign(_) if request.command == "plan" => {
                let out = free(&out);
                new(sheet, out, Standing::First)
            }
            There::Foreign(refused) => return Err(refused.into()),
        })
    }

    /// A results file goes on from itself.
    fn results(
        sheet: Sheet,
        path: &Path,
        out: PathBuf,
        request: &Request<'_>,
    ) -> anyhow::Result<Source> {
        if out == path && matches!(sheet.source(), sheet::Source::Workbook { .. }) {
            return Err(workbook(request, path).into());
        }
        if out != path && (out.exists() || journal_path(&out).exists()) {
            return Err(occupied(request, &out).into());
        }
        let mut history = History::read(&journal_path(path))?;
        let standing = standing(&history);
        if out != path {
            history.length = 0; // the results get a journal of their own there
        }
        Ok(Source {
            sheet,
            what: What::Results,
            out,
            history,
            standing,
            instead_of: None,
        })
    }
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
    history: &History,
    workspace: &Workspace,
) -> anyhow::Result<There> {
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
    let continues = history.is_unfinished() && !out.exists();
    if !same_workspace || !(same_sheet || continues) {
        return Ok(There::Foreign(other(request, first, out, workspace)));
    }
    match (out.exists(), standing(history)) {
        (true, _) if !has_results(&open_results(out)?)? => {
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

fn open_results(path: &Path) -> anyhow::Result<Sheet> {
    Sheet::open(path, &reading_apart()).with_context(|| format!("the results `{}`", path.display()))
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
        "the results `{}` are gone, and the journal beside them says that a run on this sheet ended; put them back",
        out.display()
    );
    Refused::of(why, vec![start_over(request, out)])
}

/// Results are text, and must not go into a file that says that it is a workbook.
fn workbook(request: &Request<'_>, path: &Path) -> Refused {
    let why = format!(
        "`{}` holds results and is a workbook, and results are kept as text; save it as CSV in the place of the results \
         it came from, and apply those",
        path.display()
    );
    let way = Way {
        what: "go on in another file",
        command: request.retyped(["-o".as_ref(), free(&path.with_extension("csv")).as_os_str()]),
    };
    Refused::of(why, vec![way])
}

fn go_on(request: &Request<'_>, out: &Path) -> Way {
    Way {
        what: "continue with what is there",
        command: request.program.command(["apply".as_ref(), out.as_os_str()]),
    }
}

fn start_over(request: &Request<'_>, out: &Path) -> Way {
    Way {
        what: "start over in another file",
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
        .find(|path| !path.exists() && !journal_path(path).exists())
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
