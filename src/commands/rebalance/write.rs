//! The moves as a sheet: contact, from, to, reason. `plan` and `apply` take it, with who has each contact now as the
//! condition.

use std::ffi::OsString;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use tempfile::NamedTempFile;

use crate::cli::RebalanceArgs;
use crate::contact::Assignee;
use crate::rebalance::{Move, Rebalanced, Why};
use crate::sheet::{ByteOrderMark, Sheet, TextWriter};

use super::super::prepare::reading_apart;
use super::super::refusal::Refusal;
use super::super::typed::Program;
use super::input::Input;
use super::show::{amount, decimal};

const HEADER: [&str; 4] = ["contact", "from", "to", "reason"];

/// Why moves must not be written there.
pub(super) fn unwritable(out: &Path, args: &RebalanceArgs) -> anyhow::Result<Option<Refusal>> {
    let shown = out.display();
    let extension = out.extension().and_then(|extension| extension.to_str());
    let is_text = extension.is_some_and(|known| ["csv", "tsv"].contains(&&*known.to_lowercase()));
    if !is_text {
        return Ok(Some(Refusal::new(format!(
            "moves are written as `.csv` or `.tsv`, and `{shown}` is named otherwise"
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
    let Ok(sheet) = Sheet::open(out, &reading_apart()) else {
        return Ok(refusal());
    };
    let head = sheet.batches()?.next().transpose()?;
    let first = head.as_ref().and_then(|batch| batch.rows().next());
    let is_ours = first.is_some_and(|row| row.cells().eq(HEADER));
    Ok(if is_ours { None } else { refusal() })
}

/// Writes the moves, in the order of the load.
pub(super) fn moves(out: &Path, input: &Input, result: &Rebalanced) -> anyhow::Result<()> {
    let shown = out.display();
    let cannot = || format!("cannot write `{shown}`");
    let folder = match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let file = NamedTempFile::new_in(folder).with_context(cannot)?;
    let delimiter = match out
        .extension()
        .is_some_and(|known| known.eq_ignore_ascii_case("tsv"))
    {
        true => b'\t',
        false => b',',
    };
    let mut writer = TextWriter::new(BufWriter::new(file), delimiter, ByteOrderMark::Present)
        .with_context(cannot)?;
    writer.row(HEADER).with_context(cannot)?;
    for made in in_order(input, result) {
        let cells = cells(input, result, made);
        writer
            .row(cells.iter().map(String::as_str))
            .with_context(cannot)?;
    }
    let mut buffer = writer.finish().with_context(cannot)?;
    buffer.flush().with_context(cannot)?;
    let file = buffer
        .into_inner()
        .map_err(|err| err.into_error())
        .with_context(cannot)?;
    file.as_file().sync_all().with_context(cannot)?;
    file.persist(out)
        .map_err(|err| err.error)
        .with_context(cannot)?;
    Ok(())
}

/// The moves in the order of the rows they come from.
fn in_order<'a>(input: &Input, result: &'a Rebalanced) -> Vec<&'a Move> {
    let mut moves: Vec<&Move> = result.moves.iter().collect();
    moves.sort_by_key(|made| input.rows[made.contact]);
    moves
}

fn cells(input: &Input, result: &Rebalanced, made: &Move) -> [String; 4] {
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
