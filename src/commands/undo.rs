//! `reassign undo`: a mapping sheet that gives contacts back to who had them before. Sends nothing.

mod known;
mod show;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cli::{UndoArgs, WorkspaceArgs};
use crate::contact::Assignee;
use crate::file_clashes::OutputFiles;
use crate::job::text_and_workbook;
use crate::job::undone::{self, UNDO_OF, UNDO_ROW, UNDO_RUN, UNDO_WORKSPACE};
use crate::json;
use crate::mapping::MOVES_HEADER;
use crate::refusal::{ExitStatus, Refusal, Refusals, WayOut};
use crate::results::JobFolder;
use crate::results::journal::Writes;
use crate::sheet::{self, Table};
use crate::terminal::{LineTone, Screen};
use crate::undo::{Back, Runs, Undo, undo};

use super::command_line::Program;
use super::screen::{counted, say, say_path, tell};
use super::session::Workspace;
use known::{Known, from_journal, from_results};
use show::{listed, result, sources};

/// The columns of the sheet: of moves like any others, and which rows they take back, and where.
const HEADER: [&str; 8] = {
    let [contact, from, to, reason] = MOVES_HEADER;
    [
        contact,
        from,
        to,
        reason,
        UNDO_OF,
        UNDO_ROW,
        UNDO_RUN,
        UNDO_WORKSPACE,
    ]
};

pub(super) fn run(program: &Program, args: &UndoArgs) -> anyhow::Result<ExitStatus> {
    let results = text_and_workbook::main_results(&args.results);
    let journal = JobFolder::of(&results).journal();
    // Where that cannot be found out, reading it says why.
    let known = if journal.try_exists().unwrap_or(true) {
        let known = from_journal(&journal)?;
        let told = [&args.results, &results];
        match told.into_iter().find(|path| path.is_file()) {
            Some(path) => known.and_what_results_tell(from_results(path, None)?),
            None => known,
        }
    } else {
        from_results(&args.results, args.run)?
    };
    let runs = match args.run {
        None => Runs::All,
        Some(run) => Runs::Only(chosen(run, &known.runs)?),
    };
    let undo = undo(&known.writes, runs);
    if undo.back.is_empty() {
        tell("There is nothing to give back, and no sheet was written.");
        result(&known, &undo).print_err();
        sources(&args.results, &known).print_err();
        if args.json {
            say(json::undo(&args.results, None, &undo));
        }
        return Ok(status(&undo));
    }
    let out = match &args.out {
        Some(out) if out.exists() => {
            return Err(occupied(args, out).into());
        }
        Some(out) => out.clone(),
        None => free(&results),
    };
    let files = OutputFiles::default()
        .reads("the results", args.results.as_path())
        .reads("the results", results.as_path())
        .of_job(&JobFolder::of(&results))
        .writes("the undo sheet", out.as_path());
    let faults = files.faults();
    if !faults.is_empty() {
        let refusals = faults.into_iter().map(Refusal::from);
        return Err(Refusals::new(refusals.collect(), Vec::new()).into());
    }
    write(&out, &results, args.run, &known, &undo)?;
    let mut next = Screen::default();
    next.toned(
        LineTone::Heading,
        format!(
            "The undo sheet is in {}. Nothing has been changed yet.",
            out.display()
        ),
    );
    next.extend(result(&known, &undo));
    next.say("What somebody has moved since the run will stay as it is.");
    next.say("To give them back:");
    next.command(program.words(applying(&out, &known, &undo)));
    next.space();
    next.extend(sources(&args.results, &known));
    next.print_err();
    match args.json {
        true => say(json::undo(&args.results, Some(&out), &undo)),
        false => say_path(&out),
    }
    Ok(status(&undo))
}

fn status(undo: &Undo) -> ExitStatus {
    match undo.is_partial() {
        true => ExitStatus::RowsOpen,
        false => ExitStatus::Done,
    }
}

/// The run that is meant, if there is one.
fn chosen(run: NonZeroUsize, runs: &[Writes]) -> anyhow::Result<usize> {
    if run.get() > runs.len() {
        bail!(
            "there is no run {run}; the journal has {}:\n{}",
            counted(runs.len(), "run", "runs"),
            listed(runs).join("\n")
        );
    }
    Ok(run.get())
}

fn write(
    out: &Path,
    results: &Path,
    run: Option<NonZeroUsize>,
    known: &Known,
    undo: &Undo,
) -> anyhow::Result<()> {
    let run = run.map_or_else(String::new, |run| run.to_string());
    let of = undone::name_of(results, out);
    let table = Table {
        name: "Undo",
        header: &HEADER,
        pages: &[],
    };
    let line = |back: &Back| {
        // A blank gives nothing back: whoever had nobody is named in a word.
        let from = match &back.from {
            Assignee::Nobody => "nobody".to_owned(),
            from => from.to_string(),
        };
        vec![
            back.contact.to_string(),
            from,
            back.to.to_string(),
            back.reason.clone(),
            of.clone(),
            back.row.to_string(),
            run.clone(),
            known.workspace.clone().unwrap_or_default(),
        ]
    };
    sheet::save(out, &table, undo.back.iter().map(line))
        .with_context(|| format!("cannot write `{}`", out.display()))
}

/// The command that applies the sheet where the writes were made.
fn applying(out: &Path, known: &Known, undo: &Undo) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["apply".into(), out.into()];
    match known.workspace.as_deref() {
        Some("sandbox") => args.push("--sandbox".into()),
        Some(there) if !is_here(there) => {
            let address = match there.contains("://") {
                true => there.to_owned(),
                // Results name the host alone; this is what its address is like.
                false => format!("https://{there}/v1"),
            };
            args.extend(["--base-url".into(), address.into()]);
        }
        _ => {}
    }
    if undo.unassigned() > 0 {
        let count = undo.unassigned().to_string();
        args.extend(["--max-unassign".into(), count.into()]);
    }
    args
}

/// Whether commands go to this workspace, an address or a host, without saying so.
fn is_here(there: &str) -> bool {
    Workspace::chosen(&WorkspaceArgs::default())
        .is_ok_and(|here| here.id() == there || here.name() == there)
}

/// `team.results.csv` is undone in `team.undo.csv`, or the next such name that is free.
fn free(results: &Path) -> PathBuf {
    let name = results
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let stem = match name.find(".results.").or_else(|| name.rfind('.')) {
        Some(dot) => &name[..dot],
        None => &name,
    };
    let is_workbook = text_and_workbook::is_workbook(results);
    let extension = if is_workbook { "xlsx" } else { "csv" };
    let first = results.with_file_name(format!("{stem}.undo.{extension}"));
    let others =
        (2..).map(|number| results.with_file_name(format!("{stem}.undo-{number}.{extension}")));
    std::iter::once(first)
        .chain(others)
        .find(|path: &PathBuf| !path.exists())
        .expect("there are more numbers than files")
}

fn occupied(args: &UndoArgs, out: &Path) -> Refusals {
    let mut command: Vec<OsString> = vec!["undo".into(), args.results.clone().into()];
    if let Some(run) = args.run {
        command.extend(["--run".into(), run.to_string().into()]);
    }
    let way = WayOut::command("write another file", command);
    let why = format!("`{}` exists, and is left alone", out.display());
    Refusals::of(why, vec![way])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_is_called_after_the_results() {
        let free = |path: &str| free(Path::new(path));
        assert_eq!(
            free("/nowhere/team.results.csv"),
            Path::new("/nowhere/team.undo.csv")
        );
        assert_eq!(
            free("/nowhere/out.xlsx"),
            Path::new("/nowhere/out.undo.xlsx")
        );
        assert_eq!(free("/nowhere/out"), Path::new("/nowhere/out.undo.csv"));
    }
}
