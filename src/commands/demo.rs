//! `reassign demo`: the first minute. Puts the sample sheet into a folder, then runs the very commands that it shows.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;
use serde_json::Value;

use crate::cli::DemoArgs;
use crate::files;
use crate::platform;
use crate::refusal::{ExitStatus, Refusal, Refusals};
use crate::settings::FILE_VARIABLE;
use crate::terminal::Screen;

use super::command_line::Program;
use super::screen::counted;

/// The sample sheet, and what it is called.
const SHEET: &[u8] = include_bytes!("../../samples/team-migration.xlsx");
const NAME: &str = "team-migration.xlsx";

pub(super) fn run(program: &Program, args: &DemoArgs) -> anyhow::Result<ExitStatus> {
    let folder = &args.folder;
    put_sheet(folder).map_err(Refusals::from)?;
    let sheet = folder.join(NAME);
    let plan = ["plan".as_ref(), sheet.as_os_str(), "--sandbox".as_ref()];
    let planned = said_by(&plan)?;
    let planned = planned.first().context("the plan is empty")?;
    let rows = |list: &str| planned[list].as_array().map_or(0, Vec::len);
    let (changes, left) = (rows("changes"), rows("rejections") + rows("left_out"));
    let unassigned = planned["changes"].as_array().into_iter().flatten();
    let unassigned = unassigned
        .filter(|row| row["assignee"] == "unassign")
        .count();
    say(format!(
        "The sample sheet is `{}`: {}; its column `New owner` says who gets each contact.",
        sheet.display(),
        counted(changes + left + rows("settled"), "row", "rows"),
    ));
    say(format!("1. Previewed by: {}", program.command(plan)));
    detail(format!(
        "This will give {} to new owners and leave {} without an owner. {} will not be processed.",
        counted(changes - unassigned, "contact", "contacts"),
        unassigned,
        counted(left, "row", "rows"),
    ));
    let apply = ["apply".as_ref(), sheet.as_os_str(), "--sandbox".as_ref()];
    say(format!(
        "2. Applied, for practice, by: {}",
        program.command(apply)
    ));
    let applied = said_by(&apply)?;
    let ended = applied.last().filter(|line| line["event"] == "end");
    let ended = ended.context("the run did not come to its end")?;
    let count = |status: &str| ended["counts"][status].as_u64().unwrap_or_default();
    detail(format!(
        "Done: {} assigned, {} unassigned, {} unchanged, {}. {} to repair or decide.",
        count("assigned"),
        count("unassigned"),
        count("unchanged"),
        counted(
            usize::try_from(count("duplicate"))?,
            "duplicate",
            "duplicates"
        ),
        counted(
            usize::try_from(ended["open"].as_u64().unwrap_or_default())?,
            "row",
            "rows"
        ),
    ));
    let results = ended["workbook"].as_str().or(ended["results"].as_str());
    say(format!(
        "3. Results: open `{}`; `reassign_error` says what to do about each row.",
        results.context("the run names no results")?
    ));
    say("Next, with your own sheet, still for practice (nothing is changed in your workspace):");
    detail(program.command(["apply", "YOUR-SHEET.xlsx", "--sandbox"]));
    Ok(ExitStatus::Done)
}

fn say(text: impl Into<String>) {
    let mut screen = Screen::default();
    screen.say(text);
    screen.print_out();
}

fn detail(text: impl Into<String>) {
    let mut screen = Screen::default();
    screen.detail(text);
    screen.print_out();
}

/// Puts the sample sheet into the folder, and makes that if need be. What somebody has there under that name stays.
fn put_sheet(folder: &Path) -> Result<(), Refusal> {
    let path = folder.join(NAME);
    let failed = |err: io::Error| {
        Refusal::new(format!(
            "cannot write the sample sheet `{}`: {err}",
            path.display()
        ))
    };
    files::make_folders(folder).map_err(failed)?;
    match files::open(&path, OpenOptions::new().write(true).create_new(true)) {
        Ok(mut file) => file.write_all(SHEET).map_err(failed),
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {
            match fs::read(&path).is_ok_and(|there| there == SHEET) {
                true => Ok(()),
                false => Err(Refusal::new(format!(
                    "there is another file `{}`; name an empty folder: `reassign demo FOLDER`",
                    path.display()
                ))),
            }
        }
        Err(err) => Err(failed(err)),
    }
}

/// Runs this program, without anybody's settings, and reads the JSON that it prints: one document, or a line for each
/// event.
fn said_by(command: &[&OsStr]) -> anyhow::Result<Vec<Value>> {
    let shown = command.join(OsStr::new(" "));
    let shown = shown.display();
    let program = platform::running_program().context("the program cannot find itself")?;
    let ended = Command::new(program)
        .args(command)
        .arg("--json")
        .env(FILE_VARIABLE, "no settings")
        .env_remove("REASSIGN_WORKSPACE")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run `reassign {shown}`"))?;
    // 1: some rows are to be repaired, which the sample is there to show.
    if !matches!(ended.status.code(), Some(0 | 1)) {
        let why = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        anyhow::bail!("`reassign {shown}` did not succeed: {why}");
    }
    let said = serde_json::Deserializer::from_slice(&ended.stdout).into_iter::<Value>();
    said.collect::<Result<_, _>>()
        .with_context(|| format!("cannot read what `reassign {shown}` printed"))
}
