//! The moves as a sheet: contact, from, to, reason, then the sheet's own columns. `plan` and `apply` take it, with who has each contact now as the
//! condition.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::Path;

use anyhow::Context;

use crate::cli::RebalanceArgs;
use crate::contact::Assignee;
use crate::mapping::{LoadRow, MOVES_HEADER};
use crate::rebalance::{Move, MoveReason, Rebalanced};
use crate::results::{JobFolder, Lock, sha256};
use crate::sheet::{Page, Table, draft, sync_folder};
use crate::terminal::Screen;

use super::super::command_line::Program;
use super::super::provenance;
use super::super::screen::{amount, decimal};
use super::input::Input;
use super::show;
use super::source::LoadOrigin;
use crate::refusal::Refusal;

/// Why moves must not be written there.
pub(super) fn unwritable(out: &Path) -> anyhow::Result<Option<Refusal>> {
    let shown = out.display();
    let extension = out.extension().and_then(|extension| extension.to_str());
    let known = |known: &str| ["csv", "tsv", "xlsx"].contains(&&*known.to_lowercase());
    if !extension.is_some_and(known) {
        return Ok(Some(Refusal::new(format!(
            "moves are written as `.xlsx`, `.csv` or `.tsv`, and `{shown}` is named otherwise"
        ))));
    }
    let job = JobFolder::of(out);
    let is_ours = || -> anyhow::Result<bool> { Ok(job.has_written(&sha256(out)?)?) };
    if !out.is_file() || is_ours().with_context(|| format!("cannot read `{shown}`"))? {
        return Ok(None);
    }
    Ok(Some(Refusal::new(format!(
        "`{shown}` exists, and does not hold moves as reassign wrote them; name another file with `-o`"
    ))))
}

/// Writes the moves, in the order of the load, in place of former ones. A workbook has everybody's load besides.
pub(super) fn moves(
    out: &Path,
    args: &RebalanceArgs,
    input: &Input,
    result: &Rebalanced,
) -> anyhow::Result<()> {
    let cannot = || format!("cannot write `{}`", out.display());
    let page = Page {
        name: "Load".to_owned(),
        rows: show::page(input, args, result),
    };
    let moves = in_order(input, result);
    let (names, mut own) = own_cells(input, &moves).with_context(cannot)?;
    let names = names.iter().map(String::as_str);
    let header: Vec<&str> = MOVES_HEADER.into_iter().chain(names).collect();
    let table = Table {
        name: "Moves",
        header: &header,
        pages: &[page],
    };
    let rows = moves.iter().map(|made| {
        let own = own.remove(&row_of(input, made).row).unwrap_or_default();
        let mut cells = cells(input, result, made).to_vec();
        cells.extend(own);
        cells.resize(header.len(), String::new());
        cells
    });
    let lock = Lock::take(&JobFolder::of(out), &provenance::holder())?;
    let file = draft(out, &table, rows).with_context(cannot)?;
    let sum = sha256(file.path()).with_context(cannot)?;
    lock.job().note_written(out, &sum).with_context(cannot)?;
    file.persist(out).with_context(cannot)?;
    sync_folder(out);
    Ok(())
}

/// Cells by the number of their row.
type OwnCells = HashMap<u32, Vec<String>>;

/// The names of the sheet's own columns, and their cells in the rows of these moves.
fn own_cells(input: &Input, moves: &[&Move]) -> anyhow::Result<(Vec<String>, OwnCells)> {
    let LoadOrigin::Sheet { sheet, columns, .. } = &input.given.origin else {
        return Ok(Default::default());
    };
    let names: Vec<String> = (0..columns.names.len())
        .map(|index| columns.name(index))
        .collect();
    let rows: HashSet<u32> = moves.iter().map(|made| row_of(input, made).row).collect();
    let mut own = HashMap::with_capacity(rows.len());
    for batch in sheet.batches()? {
        for row in batch?.rows().filter(|row| rows.contains(&row.number())) {
            let cells = row.cells().take(names.len()).map(str::to_owned);
            own.insert(row.number(), cells.collect());
        }
    }
    Ok((names, own))
}

fn row_of<'a>(input: &'a Input, made: &Move) -> &'a LoadRow {
    &input.given.load.rows[input.rows[made.contact]]
}

/// The moves in the order of the rows they come from.
pub(super) fn in_order<'a>(input: &Input, result: &'a Rebalanced) -> Vec<&'a Move> {
    let mut moves: Vec<&Move> = result.moves.iter().collect();
    moves.sort_by_key(|made| input.rows[made.contact]);
    moves
}

/// The cells of a move.
pub(super) fn cells(input: &Input, result: &Rebalanced, made: &Move) -> [String; 4] {
    let contact = row_of(input, made)
        .contact
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let holder = input.contacts[made.contact].holder;
    let from = holder.map_or(Assignee::Nobody, |holder| input.who[holder].clone());
    let to = input.who[made.to].to_string();
    [contact, from.to_string(), to, reason(input, result, made)]
}

/// Why a contact moves, in one sentence.
fn reason(input: &Input, result: &Rebalanced, made: &Move) -> String {
    let load = |user: usize| {
        let share = &result.shares[user];
        let (has, fair) = (amount(share.before), decimal(share.target / 1e6));
        format!("{} has {has}, fair is {fair}", input.short_name(user))
    };
    let to = load(made.to);
    let contact = input.contacts[made.contact];
    let Some(from) = contact.holder else {
        return format!("nobody has it; {to}");
    };
    match made.why {
        MoveReason::Unassigned | MoveReason::Fuller => format!("{}; {to}", load(from)),
        MoveReason::GivesAll => format!("{} gives all away; {to}", input.short_name(from)),
        MoveReason::OtherGroup => {
            let group = contact.group.map_or("", |group| &input.groups[group]);
            format!("{} does not serve `{group}`; {to}", input.short_name(from))
        }
    }
}

/// Where the moves are, and the command to go on with.
pub(super) fn next(
    program: &Program,
    out: &Path,
    args: &RebalanceArgs,
    result: &Rebalanced,
) -> Screen {
    let mut screen = Screen::default();
    let shown = out.display();
    if result.moves.is_empty() {
        screen.say(format!("There is nothing to move; {shown} holds no rows."));
        return screen;
    }
    let mut typed: Vec<OsString> = vec!["plan".into(), out.as_os_str().to_owned()];
    if let Some(users) = &args.reading.users {
        typed.extend(["--users".into(), users.as_os_str().to_owned()]);
    }
    typed.extend(args.workspace.typed());
    screen.say(format!(
        "Nothing has been changed in the workspace. The moves are in {shown}"
    ));
    screen.say("To see what they would change:");
    screen.command(program.words(typed));
    screen
}
