//! `reassign rebalance`: who has which contacts, and a roster, become a sheet of moves. Sends nothing.

mod input;
mod show;
mod write;

use std::path::Path;

use crate::cli::RebalanceArgs;
use crate::mapping::{Choice, Seeks};
use crate::rebalance;

use super::ExitStatus;
use super::earlier::has_results;
use super::prepare::{Request, choice, columns, spool};
use super::refusal::Refusal;
use super::screen::{say, tell};
use super::typed::Program;
use super::worksheet;

use input::Input;

pub(super) fn run(program: &Program, args: RebalanceArgs) -> anyhow::Result<ExitStatus> {
    let request = Request {
        program,
        command: "rebalance",
        sheet: &args.sheet,
        reading: &args.reading,
        workspace: &args.workspace,
        out: args.out.clone(),
    };
    let mut refusals = unusable(&args);
    if let Some(out) = &args.out {
        refusals.extend(write::unwritable(out, &args)?);
    }
    if !refusals.is_empty() {
        return Err(request.refused(refusals).into());
    }
    let spool = (args.sheet == Path::new("-")).then(spool).transpose()?;
    let path = spool
        .as_ref()
        .map_or(args.sheet.as_path(), |spool| spool.path());
    let choice = Choice {
        seeks: Seeks::Holder,
        assignee: args.reading.current.clone(),
        ..choice(&args.reading)
    };
    let sheet = worksheet::open(&request, path, &choice)?;
    if has_results(&sheet)? {
        let why = format!(
            "`{}` holds the results of a run, which say what was to change and not who has all the contacts; give the \
             sheet that says who has them, exported anew",
            args.sheet.display()
        );
        return Err(request.refused(vec![Refusal::new(why)]).into());
    }
    let Some(columns) = columns(&sheet, &choice, &mut refusals)? else {
        return Err(request.refused(refusals).into());
    };
    let Some(input) = Input::read(&args, sheet, columns, &mut refusals)? else {
        return Err(request.refused(refusals).into());
    };
    let options = input.options(&args);
    let result = rebalance::rebalance(&input.contacts, &input.users, input.groups.len(), &options)
        .map_err(|err| request.refused(vec![input.impossible(&err)]))?;
    say(show::text(&input, &args, &result));
    let Some(out) = &args.out else {
        if !result.moves.is_empty() {
            tell("To write these moves as a sheet, add `-o FILE`");
        }
        return Ok(ExitStatus::Done);
    };
    write::moves(out, &input, &result)?;
    tell(write::next(program, out, &args, &result));
    Ok(ExitStatus::Done)
}

/// Options of other commands that would mean nothing here, or what they do not say.
fn unusable(args: &RebalanceArgs) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut refuse = |why: &str| refusals.push(Refusal::new(why));
    if args.reading.assignee.is_some() {
        refuse(
            "`--assignee` names who gets each contact, which is found out here; who has it now is named by `--current`",
        );
    }
    if args.reading.current.as_deref() == Some("none") {
        refuse(
            "`--current none` leaves nobody to take contacts from; name the column of who has each contact now",
        );
    }
    if args.reading.blank.is_some() {
        refuse(
            "`--blank` is about who gets each contact; here a blank cell means that nobody has it",
        );
    }
    if args.sheet == Path::new("-") && args.out.is_none() {
        refuse("standard input can be read once, and the moves would be lost; add `-o FILE`");
    }
    refusals
}
