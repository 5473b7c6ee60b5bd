//! `reassign config`: which settings count, and where each is from. Changes nothing.

use std::env;
use std::path::Path;

use crate::cli::{ConfigArgs, ReadingArgs, RecipeToSave};
use crate::job::worksheet;
use crate::mapping;
use crate::settings::{self, InForce, OptionValues, SettingSource};
use crate::sheet::Batch;

use super::columns::choice;
use super::prepare::sheet_options;
use super::screen::tell;
use crate::refusal::ExitStatus;
use crate::terminal::Screen;

/// Variables that say what a file could say, too; the token itself is never shown.
const VARIABLES: [&str; 2] = ["REASSIGN_BASE_URL", "REASSIGN_WORKSPACE"];

pub(super) fn run(args: &ConfigArgs) -> anyhow::Result<ExitStatus> {
    let (settings, in_force) = args.settings.in_force()?;
    let path = settings.path.display();
    let mut screen = Screen::default();
    screen.say(match (settings.path.is_file(), settings.path.exists()) {
        (true, _) => format!("Settings file: {path}"),
        (false, true) => format!("Settings file: none (`{path}` is not a file)"),
        (false, false) => format!("Settings file: none, and none is needed (it would be {path})"),
    });
    let names = |names: Vec<&String>| match names.as_slice() {
        [] => "none".to_owned(),
        names => names
            .iter()
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    };
    screen.say(format!(
        "Workspaces in it: {}",
        names(settings.workspaces.keys().collect())
    ));
    screen.say(format!(
        "Recipes in it: {}",
        names(settings.recipes.keys().collect())
    ));
    let variables = VARIABLES
        .into_iter()
        .filter_map(|name| Some((name, env::var(name).ok()?)));
    let mut lines: Vec<String> = variables
        .map(|(name, value)| format!("{value}, in the variable `{name}`"))
        .collect();
    if env::var_os("REASSIGN_TOKEN").is_some() {
        lines.push("a token, in the variable `REASSIGN_TOKEN`".to_owned());
    }
    lines.extend(in_force.iter().map(
        |InForce {
             option,
             value,
             from,
         }| match value {
            Some(value) => format!("--{option} {value}, from {from}"),
            None => format!("--{option}, from {from}"),
        },
    ));
    let is_chosen = |InForce { from, .. }: &InForce| matches!(from, SettingSource::Workspace(_));
    if let Some(name) = settings.workspaces.keys().next()
        && !in_force.iter().any(is_chosen)
        && settings.workspace.is_none()
        && args.settings.workspace.is_none()
        && env::var_os("REASSIGN_WORKSPACE").is_none()
    {
        screen.say(format!(
            "No workspace is chosen: write `workspace = \"{name}\"` at the top of the file, or add `--workspace {name}`."
        ));
    }
    screen.say(match lines.is_empty() {
        true => "Nothing is set: every command uses its own defaults.",
        false => "In force, unless the command line says otherwise:",
    });
    lines.into_iter().for_each(|line| screen.detail(line));
    screen.print_out();
    Ok(ExitStatus::Done)
}

/// The columns that were recognized in a sheet, as options: next month's sheet has to have the same ones. A name that no
/// option can hold is left out.
pub(super) fn recognized(path: &Path, reading: &ReadingArgs) -> anyhow::Result<OptionValues> {
    let mut options = OptionValues::new();
    if path == Path::new("-") {
        return Ok(options); // it can be read only once
    }
    let choice = choice(reading);
    let sheet = worksheet::open(path, &sheet_options(reading), &choice)?;
    let head = sheet.head()?;
    let rows: Vec<_> = head.into_iter().flat_map(Batch::rows).collect();
    let Ok(found) = mapping::find_columns(&rows, &choice, None) else {
        return Ok(options); // only the workspace's users told which they are
    };
    let name = |index: usize| {
        let name = found.names.get(index)?;
        let is_one = found.names.iter().filter(|other| *other == name).count() == 1;
        (is_one && !name.trim().is_empty() && !name.contains(',')).then(|| name.clone())
    };
    let identifiers: Option<Vec<String>> = found
        .identifiers
        .iter()
        .map(|column| name(column.index))
        .collect();
    let columns = [
        ("identifier", identifiers.map(|names| names.join(","))),
        ("assignee", name(found.assignee)),
        ("current", found.current.and_then(name)),
        ("region_column", found.region.and_then(name)),
    ];
    options.extend(
        columns
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), Some(value?)))),
    );
    Ok(options)
}

/// Keeps the recipe of a command that has worked.
pub(super) fn save(recipe: &RecipeToSave) -> anyhow::Result<()> {
    settings::save_recipe(&recipe.file, &recipe.name, &recipe.options)?;
    tell(format!(
        "The recipe `{}` is in {}; next time: --recipe {}",
        recipe.name,
        recipe.file.display(),
        recipe.name
    ));
    Ok(())
}
