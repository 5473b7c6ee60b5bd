//! `reassign undo`: a mapping sheet that gives contacts back to who had them before. Sends nothing.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cli::{UndoArgs, WorkspaceArgs};
use crate::contact::Assignee;
use crate::mapping::{Earlier, EarlierColumns, HEADER_WITHIN, MOVES_HEADER};
use crate::outcome::{Code, Status, local_time};
use crate::outputs::OutputFiles;
use crate::results::journal::{self, Writes};
use crate::results::{History, JobFolder};
use crate::sheet::{self, Table};
use crate::undo::{Back, Runs, Undo, Write, WriteAnsweredBy, certainty, undo};

use super::screen::{counted, number, rows, say, say_path, tell};
use super::session::Workspace;
use super::typed::Program;
use crate::format::day_and_time;
use crate::job::undone::{self, UNDO_OF, UNDO_ROW, UNDO_RUN, UNDO_WORKSPACE};
use crate::job::{text_and_workbook, worksheet};
use crate::json;
use crate::refusal::{ExitStatus, Refusal, Refusals, WayOut};
use crate::terminal::{LineTone, Screen};
use crate::workspace::SANDBOX;

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

/// What was written, and where it is known from.
struct Known {
    writes: Vec<Write>,
    /// The runs that the journal tells of; none where only results are left.
    runs: Vec<Writes>,
    /// How many writes of each row are told of, whatever came of them.
    attempts: HashMap<u32, u32>,
    /// How many of the writes only the results tell of, because no journal covers them.
    uncovered: usize,
    /// Rows that an undo has given back already.
    undone: HashSet<u32>,
    /// `sandbox`, or the address; only its host where only results are left.
    workspace: Option<String>,
}

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

impl Known {
    /// Results may tell of writes that no journal covers: it was lost, or they began in another file. They come before
    /// what the journal tells.
    fn and_what_results_tell(mut self, results: Known) -> Known {
        let (rows, contacts, ids) = (
            self.writes
                .iter()
                .map(|known| known.row)
                .collect::<HashSet<_>>(),
            self.writes
                .iter()
                .map(|known| known.contact.clone())
                .collect::<HashSet<_>>(),
            self.writes
                .iter()
                .filter_map(|known| known.contact_id)
                .collect::<HashSet<_>>(),
        );
        let undone = self.undone.clone();
        let mut all: Vec<Write> = results
            .writes
            .into_iter()
            .filter(|write| {
                // The journal may tell that all that was sent for a row was refused.
                let told = self.attempts.get(&write.row);
                let is_told =
                    told.is_some_and(|told| results.attempts.get(&write.row) <= Some(told));
                let is_covered = is_told
                    || rows.contains(&write.row)
                    || contacts.contains(&write.contact)
                    || write.contact_id.is_some_and(|id| ids.contains(&id));
                !is_covered && !undone.contains(&write.row)
            })
            .map(|write| Write { run: 0, ..write })
            .collect();
        self.uncovered = all.len();
        all.append(&mut self.writes);
        self.writes = all;
        self
    }
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
    let mut attempts: HashMap<u32, u32> = HashMap::new();
    for (run, of) in (1..).zip(&runs) {
        for (row, write) in &of.rows {
            let most = attempts.entry(*row).or_default();
            *most = write.sent.attempts.max(*most);
        }
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
        attempts,
        uncovered: 0,
        undone: History::read(path)?.undone,
    })
}

/// Results alone tell the last state of every row, and nothing of single runs.
fn from_results(path: &Path, run: Option<NonZeroUsize>) -> anyhow::Result<Known> {
    let shown = path.display();
    let sheet = worksheet::results(path)?;
    if run.is_some() {
        bail!(
            "the journal `{}` is not there, and only it shows which run is which; leave out `--run`, or put it back",
            JobFolder::of(path).journal().display()
        );
    }
    let (mut ours, mut writes, mut workspace) = (None, Vec::new(), None);
    let mut attempts = HashMap::new();
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
            let earlier = columns.told(&row).with_context(place)?;
            let number = columns.row_number(&row).with_context(place)?;
            if let (Some(earlier), Some(number)) = (earlier, number) {
                workspace = workspace.or(earlier.workspace.clone());
                attempts.insert(number, earlier.attempts);
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
        attempts,
        uncovered: 0,
        undone: HashSet::new(),
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
        answered: match earlier.codes.contains(&Code::OtherContact) {
            true => WriteAnsweredBy::Another(None),
            false => WriteAnsweredBy::Itself,
        },
        at: earlier.at.unwrap_or_default(),
    })
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

/// One line for each run: when, by whom, how many writes.
fn listed(runs: &[Writes]) -> Vec<String> {
    let lines = (1..).zip(runs).map(|(place, run): (usize, &Writes)| {
        let start = &run.start;
        let ended = match &run.end {
            Some(_) => "",
            None => ", was cut short or is still at work",
        };
        let back = match run.given_back {
            0 => String::new(),
            back => format!(", {} of them given back since", number(back)),
        };
        format!(
            "run {place} of {}, by {} on {}: {}{back}{ended}",
            day_and_time(start.at),
            start.user,
            start.computer,
            counted(
                changed(run) + run.given_back,
                "contact changed",
                "contacts changed"
            )
        )
    });
    lines.collect()
}

/// How many contacts a run has changed, or may have.
fn changed(run: &Writes) -> usize {
    let outcome = |write: &journal::SentWrite| {
        let outcome = write.outcome.as_ref();
        certainty(outcome.map(|outcome| (outcome.status, outcome.http)))
    };
    run.rows
        .values()
        .filter(|write| outcome(write).is_some())
        .count()
}

/// What that is known from.
fn sources(results: &Path, known: &Known) -> Screen {
    let mut screen = Screen::default();
    screen.say(match known.runs.len() {
        0 => format!(
            "{}: from the results alone, as the journal (the record of the runs) is not beside them; of a contact that several runs changed, \
             they say who had it before the first",
            results.display()
        ),
        runs => format!("{}: {}", results.display(), counted(runs, "run", "runs")),
    });
    for line in listed(&known.runs) {
        screen.detail(line);
    }
    if known.uncovered > 0 {
        screen.detail(format!(
            "{} by runs that are in no journal: the results say so, and who had them",
            counted(
                known.uncovered,
                "contact was changed",
                "contacts were changed"
            )
        ));
    }
    screen
}

/// What is given back, and what is not and why.
fn result(known: &Known, undo: &Undo) -> Screen {
    let mut screen = Screen::default();
    let nobody = undo.unassigned();
    screen.item(undo.back.len(), "to give back to their previous owners");
    if nobody > 0 {
        screen.detail(format!(
            "{} of these had no owner before and will have none again",
            number(nobody)
        ));
    }
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
            screen.item(left.len(), format!("{why}, {}", rows(left)));
        }
    }
    for (row, contact, answered) in &undo.answered_by_others {
        let by = match answered {
            Some(id) => format!("id:{id}"),
            None => "another contact, which `reassign_error` names".to_owned(),
        };
        screen.detail(format!(
            "not known: row {row} wrote {contact}, and {by} answered; look at both in the workspace"
        ));
    }
    if known.workspace.as_deref() == Some(SANDBOX) && !undo.back.is_empty() {
        screen.say(
            "This was practice, so this sheet is not for your workspace. Only a practice workspace that was kept in a file \
             (`--sandbox-db FILE`) still has these changes: add the same option to the command below.",
        );
    }
    screen
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
