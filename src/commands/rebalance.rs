//! `reassign rebalance`: who has which contacts, and a roster, become a sheet of moves. Sends nothing.

mod document;
mod input;
mod page;
mod reading;
mod show;
mod source;
mod write;

use std::path::Path;

use crate::cli::RebalanceArgs;
use crate::json;
use crate::mapping::Wanted;
use crate::rebalance;
use crate::results::JobFolder;
use crate::terminal::streams;

use super::columns::wanted;
use super::command_line::Program;
use super::prepare::{Request, Unassigning};
use super::report;
use super::session::{self, Access, SessionOptions};
use crate::job::Doing;
use crate::refusal::{ExitStatus, Refusal};
use crate::terminal::Screen;

use input::Input;

pub(super) fn run(program: &Program, args: RebalanceArgs) -> anyhow::Result<ExitStatus> {
    let options = SessionOptions::of_lookups(args.rate, args.timeout, args.give_up_after);
    let request = Request {
        program,
        doing: Doing::Plan,
        set_aside: None,
        again: None,
        unassigning: Unassigning::Allowed,
        sheet: args.sheet.as_deref().unwrap_or(Path::new("")),
        reading: &args.reading,
        workspace: &args.workspace,
        out: args.out.clone(),
        access: Access::new(&args.workspace, options),
    };
    let mut refusals = unusable(&args);
    if let Some(out) = &args.out {
        refusals.extend(write::unwritable(out)?);
    }
    refusals.extend(args.report.as_deref().and_then(report::unwritable));
    let mut files = session::files(&args.workspace)
        .reads("the sheet", args.sheet.as_deref())
        .reads("the roster", args.roster.as_deref())
        .reads("the users' sheet", args.reading.users.as_deref());
    if let Some(out) = &args.out {
        files = files.of_job(&JobFolder::of(out));
    }
    let files = files
        .writes("the moves", args.out.as_deref())
        .writes("the report", args.report.as_deref());
    refusals.extend(files.faults().into_iter().map(Refusal::from));
    if !refusals.is_empty() {
        return Err(request.refused(refusals).into());
    }
    let given = match &args.sheet {
        Some(_) => source::of_sheet(&request, &args, &mut refusals)?,
        None => source::of_workspace(&request, &args, &mut refusals)?,
    };
    let input = given.map(|given| Input::new(&args, given, &mut refusals));
    let Some(input) = input.filter(|_| refusals.is_empty()) else {
        return Err(request.refused(refusals).into());
    };
    let options = input.options(&args);
    let result = rebalance::rebalance(&input.contacts, &input.users, input.groups.len(), &options)
        .map_err(|err| request.refused(vec![input.impossible(&err)]))?;
    let next = match &args.out {
        Some(out) => {
            write::moves(out, &args, &input, &result)?;
            write::next(program, out, &args, &result)
        }
        None => {
            let mut next = Screen::default();
            if !result.moves.is_empty() {
                next.say("To write these moves as a sheet, add `-o FILE`.");
            }
            next
        }
    };
    page::leave(&args, &input, &result)?;
    let screen = show::screen(&input, &args, &result, next);
    if args.json {
        screen.print_err();
        // A closed pipe loses nothing: the moves are written all the same.
        let told = document::document(&input, &args, &result);
        let _ = json::rebalance::write(&told, streams::stdout());
    } else {
        screen.print_out();
    }
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
    match (&args.sheet, args.reading.live) {
        (None, false) => refuse(
            "name the sheet that says who has which contacts, or add `--live` to ask the workspace",
        ),
        (Some(_), true) => refuse(
            "`--live` asks the workspace who has what, and a sheet says it, too; give only one of them",
        ),
        _ => {}
    }
    if args.reading.live && args.moving.idle_days.is_some() {
        refuse(
            "`--idle-days` needs the last activity, which the workspace's list does not show; give a sheet that does",
        );
    }
    let columns = &args.columns;
    let columns = [
        ("--weight", &columns.weight),
        ("--group", &columns.group),
        ("--pinned", &columns.pinned),
        ("--activity", &columns.activity),
        ("--status", &columns.status),
    ];
    for (option, column) in columns {
        if args.reading.live && matches!(wanted(column.as_ref()), Wanted::Column(_)) {
            refuse(&format!(
                "`{option}` names a column of a sheet, and with `--live` there is none"
            ));
        }
    }
    if args.sheet.as_deref() == Some(Path::new("-")) && args.out.is_none() {
        refuse("standard input can be read once, and the moves would be lost; add `-o FILE`");
    }
    refusals
}
