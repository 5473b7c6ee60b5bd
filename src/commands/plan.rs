//! `reassign plan`: reads and checks, shows what would change, sends nothing.

use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::Context;

use crate::cli::{ApplyArgs, PlanArgs};
use crate::outcome::Todo;
use crate::progress::Show;
use crate::results::{Former, default_path, journal_path};
use crate::sheet::Sheet;

use super::ExitStatus;
use super::earlier::Standing;
use super::known::ByName;
use super::look::Glance;
use super::prepare::{Prepared, Request, prepare, reading_apart};
use super::records::{Outcomes, Rows};
use super::refusal::{Refusal, Refused, Way};
use super::screen::{say, tell};
use super::show;
use super::typed::Program;

impl From<ApplyArgs> for PlanArgs {
    fn from(args: ApplyArgs) -> PlanArgs {
        let ApplyArgs {
            sheet,
            reading,
            workspace,
            out,
            rate,
            timeout,
            give_up_after,
            ..
        } = args;
        PlanArgs {
            sheet,
            reading,
            workspace,
            out,
            rate,
            timeout,
            give_up_after,
        }
    }
}

pub(super) fn run(program: &Program, args: PlanArgs) -> anyhow::Result<ExitStatus> {
    let request = Request {
        program,
        command: "plan",
        sheet: &args.sheet,
        reading: &args.reading,
        workspace: &args.workspace,
        // A plan goes into a file of its own, and says nothing about where results will be.
        out: (args.sheet == Path::new("-"))
            .then(|| args.out.clone())
            .flatten(),
        glance: Glance {
            rate: args.rate,
            timeout: args.timeout,
            give_up_after: args.give_up_after,
            show: match io::stderr().is_terminal() {
                true => Show::Bar,
                false => Show::Lines,
            },
        },
    };
    let mut refusals = Vec::new();
    if let Some(out) = &args.out {
        refusals.extend(unwritable(out)?);
    }
    let prepared = prepare(&request, &mut refusals)?;
    let Some(prepared) = prepared.filter(|_| refusals.is_empty()) else {
        return Err(request.refused(refusals).into());
    };
    say(show::plan(&prepared, args.rate));
    let rows = Rows {
        plan: &prepared.plan,
        outcomes: Outcomes::Planned,
        columns: &prepared.columns,
        workspace: prepared.workspace.name(),
    };
    if let Some(out) = &args.out {
        let target = prepared.target(out, Former::Kept);
        crate::results::write(
            &prepared.sheet,
            &prepared.layout,
            rows.records(),
            &target,
            |_| Ok(()),
        )?;
        tell(format!("The plan is in {}", out.display()));
    }
    tell(next(&request, &prepared, args.out.as_deref()));
    let work = rows.work();
    let unclear = [Todo::Repair, Todo::Decide]
        .iter()
        .any(|todo| work.of(*todo).total() > 0);
    Ok(if unclear {
        ExitStatus::RowsOpen
    } else {
        ExitStatus::Done
    })
}

/// The command to go on with.
fn next(request: &Request<'_>, prepared: &Prepared, saved: Option<&Path>) -> String {
    if prepared.plan.is_empty() {
        return "There is nothing to send.".to_owned();
    }
    let command = match saved {
        Some(plan) => {
            let mut args = vec!["apply".into(), plan.as_os_str().to_owned()];
            if let Some(users) = &prepared.reading.users {
                args.extend(["--users".into(), users.as_os_str().to_owned()]);
            }
            if prepared.looked.is_some() && prepared.by_name == ByName::Yes {
                args.push("--live".into());
            }
            args.extend(request.workspace.typed());
            request.program.command(args)
        }
        None => {
            let mut args = vec!["apply".into(), request.sheet.as_os_str().to_owned()];
            args.extend(prepared.options(request));
            if prepared.sheet.path() == request.sheet
                && prepared.out != default_path(request.sheet)
                && prepared.standing == Standing::First
            {
                args.extend(["-o".into(), prepared.out.as_os_str().to_owned()]);
            }
            request.program.command(args)
        }
    };
    format!("To apply it:\n  {command}")
}

/// Why a plan must not be written there.
fn unwritable(out: &Path) -> anyhow::Result<Option<Refusal>> {
    if !out.exists() {
        return Ok(None);
    }
    let shown = out.display();
    if journal_path(out).exists() {
        return Ok(Some(Refusal::new(format!(
            "`{shown}` holds the results of a run; write the plan to another file with `-o`"
        ))));
    }
    let sheet = Sheet::open(out, &reading_apart())
        .with_context(|| format!("`{shown}` exists, and is not a plan"))?;
    match super::earlier::has_results(&sheet)? {
        true => Ok(None),
        false => Ok(Some(Refusal::new(format!(
            "`{shown}` exists, and is not a plan; name another file with `-o`"
        )))),
    }
}

impl Request<'_> {
    /// All reasons at once, and the command that would work.
    pub(super) fn refused(&self, refusals: Vec<Refusal>) -> Refused {
        let fixes: Vec<_> = refusals
            .iter()
            .flat_map(|refusal| refusal.fix.iter().cloned())
            .collect();
        let fixable =
            !refusals.is_empty() && refusals.iter().all(|refusal| !refusal.fix.is_empty());
        let way = fixable.then(|| Way {
            what: "this would work",
            command: self.program.again(fixes),
        });
        Refused::new(refusals, way.into_iter().collect())
    }
}
