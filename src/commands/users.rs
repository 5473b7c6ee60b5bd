//! `reassign users`: the workspace's users, as a table or a sheet. Reads only.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::Context;
use tempfile::NamedTempFile;
use unicode_width::UnicodeWidthStr;

use crate::api::SpaceUser;
use crate::cli::UsersArgs;
use crate::progress::Show;
use crate::sheet::{ByteOrderMark, TextWriter};

use super::ExitStatus;
use super::look::{Glance, Look};
use super::refusal::{Refusal, Refused};
use super::screen::{counted, say, tell};
use super::typed::Program;
use super::workspace::Workspace;

/// The columns, as `--users` and a roster read them.
const COLUMNS: [&str; 5] = ["id", "name", "email", "role", "team"];

pub(super) fn run(program: &Program, args: UsersArgs) -> anyhow::Result<ExitStatus> {
    let workspace = Workspace::chosen(&args.workspace).map_err(Refused::from)?;
    if let Some(out) = &args.out {
        writable(out).map_err(Refused::from)?;
    }
    let glance = Glance {
        rate: args.rate,
        timeout: args.timeout,
        give_up_after: args.give_up_after,
        show: if io::stderr().is_terminal() {
            Show::Bar
        } else {
            Show::Lines
        },
    };
    let users = Look::begin(&workspace, &args.workspace, &glance)?.users()?;
    tell(headline(&workspace, &users));
    match &args.out {
        None => say(table(&users)),
        Some(out) => {
            write(out, &users)?;
            say(out.display());
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
    let owners: Vec<String> = users
        .iter()
        .filter(|user| user.role.eq_ignore_ascii_case("owner"))
        .map(|user| user.user.to_string())
        .collect();
    let owners = match owners.as_slice() {
        [] => "no owner among them".to_owned(),
        owners => format!("owner {}", owners.join(", ")),
    };
    format!(
        "Workspace {}: {}, {owners}. Pending invitations are not listed.",
        workspace.name(),
        counted(users.len(), "user", "users"),
    )
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

fn table(users: &[SpaceUser]) -> String {
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
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
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
        Some("csv" | "tsv" | "txt") => Ok(()),
        _ => Err(Refusal::new(format!(
            "`{shown}` cannot be written: users are written as text; name a file that ends in `.csv` or `.tsv`"
        ))),
    }
}

/// Writes the sheet beside the place where it belongs, then puts it there in one step.
fn write(out: &Path, users: &[SpaceUser]) -> anyhow::Result<()> {
    let shown = out.display();
    let failed = || format!("cannot write `{shown}`");
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = NamedTempFile::with_prefix_in(".reassign-", folder.unwrap_or(Path::new(".")))
        .with_context(failed)?;
    let delimiter = match out.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("tsv") => b'\t',
        _ => b',',
    };
    lines(file.as_file(), delimiter, users).with_context(failed)?;
    let kept = file.persist_noclobber(out).with_context(failed)?;
    readable(&kept).with_context(failed)
}

fn lines(file: &File, delimiter: u8, users: &[SpaceUser]) -> io::Result<()> {
    // Spreadsheet programs need the mark to read names right.
    let mut writer = TextWriter::new(BufWriter::new(file), delimiter, ByteOrderMark::Present)?;
    writer.row(COLUMNS)?;
    for user in users {
        writer.row(cells(user).iter().map(String::as_str))?;
    }
    writer.finish()?.flush()?;
    file.sync_all()
}

/// A temporary file is for its owner alone; this one is a file like others.
#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> io::Result<()> {
    Ok(())
}
