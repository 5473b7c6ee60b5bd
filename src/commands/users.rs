//! `reassign users`: the workspace's users, as a table or a sheet. Reads only.

use std::path::Path;

use anyhow::Context;
use unicode_width::UnicodeWidthStr;

use crate::api::SpaceUser;
use crate::cli::UsersArgs;
use crate::json;
use crate::sheet::{self, Table};

use super::command_line::Program;
use super::screen::{counted, say, tell};
use super::session::{self, Access, SessionOptions, Workspace};
use crate::refusal::{ExitStatus, Refusal, Refusals};
use crate::terminal::{Screen, width_of_output};

/// The columns, as `--users` and a roster read them.
const COLUMNS: [&str; 5] = ["id", "name", "email", "role", "team"];

pub(super) fn run(program: &Program, args: UsersArgs) -> anyhow::Result<ExitStatus> {
    let workspace = Workspace::chosen(&args.workspace).map_err(Refusals::from)?;
    if let Some(out) = &args.out {
        writable(out).map_err(Refusals::from)?;
        let files = session::files(&args.workspace).writes("the users' sheet", out.as_path());
        if let Some(fault) = files.faults().pop() {
            return Err(Refusals::from(Refusal::from(fault)).into());
        }
    }
    let options = SessionOptions::of_lookups(args.rate, args.timeout, args.give_up_after);
    let access = Access::new(&args.workspace, options);
    let users = access.session(&workspace, || None)?.users()?;
    tell(format!(
        "{}. People who have not accepted their invitation yet are not listed.",
        headline(&workspace, &users)
    ));
    match &args.out {
        None if args.json => say(json::users(&workspace.id(), &users)),
        None => screen(&users, width_of_output()).print_out(),
        Some(out) => {
            write(out, &users)?;
            match args.json {
                true => say(json::users(&workspace.id(), &users)),
                false => say(out.display()),
            }
            let command = program.command([
                "plan".as_ref(),
                "SHEET".as_ref(),
                "--users".as_ref(),
                out.as_os_str(),
            ]);
            tell(format!(
                "To plan with these users, SHEET being yours:\n  {command}"
            ));
        }
    }
    Ok(ExitStatus::Done)
}

/// Which workspace it is: `api.example.com: 12 users, owner Ann Lee <ann@example.com>`.
pub(super) fn headline(workspace: &Workspace, users: &[SpaceUser]) -> String {
    let owners = owners(users);
    let owners = match owners.as_slice() {
        [] => "no account holder among them".to_owned(),
        owners => format!("account holder {}", owners.join(", ")),
    };
    format!(
        "Workspace {}: {}, {owners}",
        workspace.name(),
        counted(users.len(), "user", "users"),
    )
}

/// Who owns the workspace, by name and email.
pub(super) fn owners(users: &[SpaceUser]) -> Vec<String> {
    users
        .iter()
        .filter(|user| user.role.eq_ignore_ascii_case("owner"))
        .map(|user| user.user.to_string())
        .collect()
}

fn cells(user: &SpaceUser) -> [String; COLUMNS.len()] {
    [
        user.user.id.map(|id| id.to_string()).unwrap_or_default(),
        user.user.names.first().cloned().unwrap_or_default(),
        user.user
            .email
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        user.role.clone(),
        user.team.clone(),
    ]
}

/// A table, or a list where a table would break inside a word.
fn screen(users: &[SpaceUser], width: Option<usize>) -> Screen {
    let mut screen = Screen::default();
    let table = table(users);
    let widest = table.iter().map(|line| line.width()).max();
    if width >= widest || width.is_none() {
        table.iter().for_each(|line| screen.as_it_is(line));
        return screen;
    }
    for user in users {
        let [id, more @ ..] = cells(user);
        let more: Vec<String> = more.into_iter().filter(|cell| !cell.is_empty()).collect();
        screen.bullet(&id, more.join(", "));
    }
    screen
}

/// A line for the columns and one for each user.
fn table(users: &[SpaceUser]) -> Vec<String> {
    let rows: Vec<[String; COLUMNS.len()]> = std::iter::once(COLUMNS.map(str::to_owned))
        .chain(users.iter().map(cells))
        .collect();
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|index| rows.iter().map(|row| row[index].width()).max().unwrap_or(0))
        .collect();
    let line = |row: &[String; COLUMNS.len()]| {
        let cells = row.iter().zip(&widths);
        let padded = cells.map(|(cell, width)| {
            format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())))
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// What is there might be somebody's work.
fn writable(out: &Path) -> Result<(), Refusal> {
    let shown = out.display();
    if out.exists() {
        return Err(Refusal::new(format!(
            "`{shown}` exists; name another file with `-o`"
        )));
    }
    let extension = out.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_lowercase).as_deref() {
        Some("csv" | "tsv" | "txt" | "xlsx") => Ok(()),
        _ => Err(Refusal::new(format!(
            "`{shown}` cannot be written; name a file that ends in `.csv`, `.tsv` or `.xlsx`"
        ))),
    }
}

fn write(out: &Path, users: &[SpaceUser]) -> anyhow::Result<()> {
    let table = Table {
        name: "users",
        header: &COLUMNS,
        pages: &[],
    };
    sheet::save(out, &table, users.iter().map(|user| cells(user).to_vec()))
        .with_context(|| format!("cannot write `{}`", out.display()))
}
