//! `reassign undo`: a mapping sheet that gives contacts back to who had them before. Sends nothing.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cli::{UndoArgs, WorkspaceArgs};
use crate::contact::Assignee;
use crate::mapping::{Earlier, EarlierColumns, HEADER_WITHIN};
use crate::outcome::{Status, local_time};
use crate::results::JobFolder;
use crate::results::journal::{self, Writes};
use crate::sheet::{self, Table};
use crate::undo::{Back, Runs, Undo, Write, certainty, undo};

use super::screen::{counted, number, rows, say, tell};
use super::typed::Program;
use super::workspace::Workspace;
use crate::job::{text_and_workbook, worksheet};
use crate::refusal::{ExitStatus, Refused, Way};

/// The columns of the sheet; `from` and `to` are recognized as who has it now and who gets it.
const HEADER: [&str; 4] = ["contact", "from", "to", "reason"];

/// What was written, and where it is known from.
struct Known {
    writes: Vec<Write>,
    /// The runs that the journal tells of; none where only results are left.
    runs: Vec<Writes>,
    /// `sandbox`, or the address; only its host where only results are left.
    workspace: Option<String>,
}

pub(super) fn run(program: &Program, args: &UndoArgs) -> anyhow::Result<ExitStatus> {
    let results = text_and_workbook::main_results(&args.results);
    let journal = JobFolder::of(&results).journal();
    let known = if journal.exists() {
        from_journal(&journal)?
    } else {
        from_results(&args.results, args.run)?
    };
    let runs = match args.run {
        None => Runs::All,
        Some(run) => Runs::Only(chosen(run, &known.runs)?),
    };
    let undo = undo(&known.writes, runs);
    tell(told(&args.results, &known, &undo));
    if undo.back.is_empty() {
        tell("There is nothing to give back, and no sheet was written.");
        return Ok(status(&undo));
    }
    let out = match &args.out {
        Some(out) if out.exists() => {
            return Err(occupied(args, out).into());
        }
        Some(out) => out.clone(),
        None => free(&results),
    };
    write(&out, &undo)?;
    tell(format!(
        "To give them back:\n  {}",
        program.command(applying(&out, &known, &undo))
    ));
    say(out.display());
    Ok(status(&undo))
}

fn status(undo: &Undo) -> ExitStatus {
    match undo.is_partial() {
        true => ExitStatus::RowsOpen,
        false => ExitStatus::Done,
    }
}

fn from_journal(path: &Path) -> anyhow::Result<Known> {
    let runs = journal::writes(path)?;
    let mut writes = Vec::new();
    for (run, of) in (1..).zip(&runs) {
        let mut sent: Vec<_> = of.rows.values().collect();
        sent.sort_by_key(|write| write.sent.at);
        writes.extend(sent.iter().filter_map(|write| {
            let at = local_time(write.sent.at);
            Write::of(run, &write.sent, write.outcome.as_ref(), at)
        }));
    }
    Ok(Known {
        workspace: runs.last().map(|run| run.start.workspace.clone()),
        writes,
        runs,
    })
}

/// Results alone tell the last state of every row, and nothing of single runs.
fn from_results(path: &Path, run: Option<NonZeroUsize>) -> anyhow::Result<Known> {
    let shown = path.display();
    let sheet = worksheet::results(path)?;
    if run.is_some() {
        bail!(
            "the journal `{}` is not there, and only it tells one run from another; leave out `--run`, or put it back",
            JobFolder::of(path).journal().display()
        );
    }
    let (mut ours, mut writes, mut workspace) = (None, Vec::new(), None);
    for batch in sheet.batches()? {
        let batch = batch?;
        for row in batch.rows() {
            let Some(columns) = &ours else {
                let names: Vec<String> = row.cells().map(str::to_owned).collect();
                ours = EarlierColumns::find(&names);
                if ours.is_none() && row.number() >= HEADER_WITHIN {
                    break;
                }
                continue;
            };
            let place = || format!("`{shown}`, row {}", row.number());
            let earlier = columns.earlier(&row).with_context(place)?;
            let number = columns.row_number(&row).with_context(place)?;
            if let (Some(earlier), Some(number)) = (earlier, number) {
                workspace = workspace.or(earlier.workspace.clone());
                writes.extend(of_row(number, earlier));
            }
        }
        if ours.is_none() {
            bail!(
                "`{shown}` holds no results (no columns `reassign_row`, `reassign_contact`, `reassign_assignee`, \
                 `reassign_status`); name the results of the run to take back"
            );
        }
    }
    Ok(Known {
        writes,
        runs: Vec::new(),
        workspace,
    })
}

/// What a row of results says about writes; who had a contact is that before the first of them.
fn of_row(row: u32, earlier: Earlier) -> Option<Write> {
    let sent =
        earlier.attempts > 0 || matches!(earlier.status, Status::Assigned | Status::Unassigned);
    let certainty = certainty(Some((earlier.status, earlier.http))).filter(|_| sent)?;
    Some(Write {
        run: 1,
        row,
        contact: earlier.contact?,
        contact_id: earlier.contact_id,
        assignee: earlier.assignee?,
        held: earlier.previous,
        certainty,
        at: earlier.at.unwrap_or_default(),
    })
}

/// The run that is meant, if there is one.
fn chosen(run: NonZeroUsize, runs: &[Writes]) -> anyhow::Result<usize> {
    if run.get() > runs.len() {
        bail!(
            "there is no run {run}; the journal tells of {}:\n{}",
            counted(runs.len(), "run", "runs"),
            listed(runs)
        );
    }
    Ok(run.get())
}

/// One line for each run: when, by whom, how many writes.
fn listed(runs: &[Writes]) -> String {
    let lines = (1..).zip(runs).map(|(place, run): (usize, &Writes)| {
        let start = &run.start;
        let ended = match &run.end {
            Some(_) => "",
            None => ", was cut short or is still at work",
        };
        format!(
            "  run {place}, {}, {} on {}: {} sent{ended}",
            local_time(start.at),
            start.user,
            start.computer,
            counted(run.rows.len(), "write", "writes")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What is given back, and what is not and why.
fn told(results: &Path, known: &Known, undo: &Undo) -> String {
    let mut lines = vec![match known.runs.len() {
        0 => format!(
            "{}: from the results alone, as the journal is not beside them; of a contact that several runs changed, they \
             tell who had it before the first",
            results.display()
        ),
        runs => format!("{}: {}", results.display(), counted(runs, "run", "runs")),
    }];
    if !known.runs.is_empty() {
        lines.push(listed(&known.runs));
    }
    let nobody = undo.unassigned();
    let to = match nobody {
        0 => String::new(),
        nobody => format!(", {} of them to nobody", number(nobody)),
    };
    lines.push(format!(
        "{:>8} to give back{to}; what somebody has moved since will be left alone",
        number(undo.back.len())
    ));
    for (left, why) in [
        (
            &undo.unknown,
            "not given back: nobody recorded who had them (`--blind`, or somebody who cannot be named)",
        ),
        (
            &undo.changed_again,
            "not given back: changed again by a later run",
        ),
        (&undo.as_before, "with who had them before already"),
    ] {
        if !left.is_empty() {
            lines.push(format!("{:>8} {why}, {}", number(left.len()), rows(left)));
        }
    }
    if known.workspace.as_deref() == Some("sandbox") && !undo.back.is_empty() {
        lines.push(
            "The workspace was a sandbox: it is there no more, unless it was kept with `--sandbox-db FILE`; then add that"
                .to_owned(),
        );
    }
    lines.join("\n")
}

fn write(out: &Path, undo: &Undo) -> anyhow::Result<()> {
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

fn occupied(args: &UndoArgs, out: &Path) -> Refused {
    let mut command: Vec<OsString> = vec!["undo".into(), args.results.clone().into()];
    if let Some(run) = args.run {
        command.extend(["--run".into(), run.to_string().into()]);
    }
    let way = Way::command("write another file", command);
    let why = format!("`{}` exists, and is left alone", out.display());
    Refused::of(why, vec![way])
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
