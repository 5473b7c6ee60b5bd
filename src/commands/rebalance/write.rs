//! The moves as a sheet: contact, from, to, reason. `plan` and `apply` take it, with who has each contact now as the
//! condition.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::cli::RebalanceArgs;
use crate::contact::Assignee;
use crate::rebalance::{Move, Rebalanced, Why};
use crate::sheet::{Page, Sheet, Table, folder, save, sync_folder};

use super::super::screen::{amount, decimal};
use super::super::typed::Program;
use super::input::Input;
use super::show;
use crate::job::worksheet::reading_apart;
use crate::refusal::Refusal;

const HEADER: [&str; 4] = ["contact", "from", "to", "reason"];

/// Why moves must not be written there.
pub(super) fn unwritable(out: &Path, args: &RebalanceArgs) -> anyhow::Result<Option<Refusal>> {
    let shown = out.display();
    let extension = out.extension().and_then(|extension| extension.to_str());
    let known = |known: &str| ["csv", "tsv", "xlsx"].contains(&&*known.to_lowercase());
    if !extension.is_some_and(known) {
        return Ok(Some(Refusal::new(format!(
            "moves are written as `.xlsx`, `.csv` or `.tsv`, and `{shown}` is named otherwise"
        ))));
    }
    if !out.exists() {
        return Ok(None);
    }
    let same = |path: &Path| match (fs::canonicalize(path), fs::canonicalize(out)) {
        (Ok(path), Ok(out)) => path == out,
        _ => false,
    };
    if args.sheet.as_deref().is_some_and(same) || same(&args.roster) {
        return Ok(Some(Refusal::new(format!(
            "`{shown}` is read here and must not be written over; name another file with `-o`"
        ))));
    }
    let refusal = || {
        Some(Refusal::new(format!(
            "`{shown}` exists, and holds no moves; name another file with `-o`"
        )))
    };
    let Ok(sheets) = Sheet::candidates(out, &reading_apart()) else {
        return Ok(refusal());
    };
    for sheet in sheets {
        let head = sheet.batches()?.next().transpose()?;
        let first = head.as_ref().and_then(|batch| batch.rows().next());
        if first.is_some_and(|row| row.cells().eq(HEADER)) {
            return Ok(None);
        }
    }
    Ok(refusal())
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
    let table = Table {
        name: "Moves",
        header: &HEADER,
        pages: &[page],
    };
    let moves = in_order(input, result);
    let rows = moves.iter().map(|made| cells(input, result, made).to_vec());
    // Whole, or not at all: former moves stand until these are.
    let place = tempfile::Builder::new()
        .prefix(".reassign-")
        .tempdir_in(folder(out))
        .with_context(cannot)?;
    let new = place
        .path()
        .join(out.file_name().unwrap_or(out.as_os_str()));
    save(&new, &table, rows).with_context(cannot)?;
    fs::rename(&new, out).with_context(cannot)?;
    sync_folder(out);
    Ok(())
}

/// The moves in the order of the rows they come from.
pub(super) fn in_order<'a>(input: &Input, result: &'a Rebalanced) -> Vec<&'a Move> {
    let mut moves: Vec<&Move> = result.moves.iter().collect();
    moves.sort_by_key(|made| input.rows[made.contact]);
    moves
}

/// The cells of a move.
pub(super) fn cells(input: &Input, result: &Rebalanced, made: &Move) -> [String; 4] {
    let row = &input.given.load.rows[input.rows[made.contact]];
    let contact = row
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
        Why::Unassigned | Why::Fuller => format!("{}; {to}", load(from)),
        Why::GivesAll => format!("{} gives all away; {to}", input.short_name(from)),
        Why::OtherGroup => {
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
) -> String {
    let shown = out.display();
    if result.moves.is_empty() {
        return format!("There is nothing to move; {shown} holds no rows");
    }
    let mut typed: Vec<OsString> = vec!["plan".into(), out.as_os_str().to_owned()];
    if let Some(users) = &args.reading.users {
        typed.extend(["--users".into(), users.as_os_str().to_owned()]);
    }
    typed.extend(args.workspace.typed());
    format!(
        "The moves are in {shown}\nTo see what they would change:\n  {}",
        program.command(typed)
    )
}
