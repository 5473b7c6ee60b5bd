//! `reassign config`: which settings count, and where each is from. Changes nothing.

use std::env;

use crate::cli::{ConfigArgs, RecipeToSave};
use crate::settings::{self, InForce};

use super::screen::{say, tell};
use crate::refusal::ExitStatus;

/// Variables that say what a file could say, too; the token itself is never shown.
const VARIABLES: [&str; 2] = ["REASSIGN_BASE_URL", "REASSIGN_WORKSPACE"];

pub(super) fn run(args: &ConfigArgs) -> anyhow::Result<ExitStatus> {
    let (settings, in_force) = args.settings.in_force()?;
    let path = settings.path.display();
    say(match settings.path.exists() {
        true => format!("Settings: {path}"),
        false => format!("Settings: {path} (there is no such file)"),
    });
    let names = |names: Vec<&String>| match names.as_slice() {
        [] => "none".to_owned(),
        names => names
            .iter()
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    };
    say(format!(
        "Workspaces: {}",
        names(settings.workspaces.keys().collect())
    ));
    say(format!(
        "Recipes: {}",
        names(settings.recipes.keys().collect())
    ));
    let variables = VARIABLES
        .into_iter()
        .filter_map(|name| Some((name, env::var(name).ok()?)));
    let mut lines: Vec<String> = variables
        .map(|(name, value)| format!("{name}={value}, from the environment"))
        .collect();
    if env::var_os("REASSIGN_TOKEN").is_some() {
        lines.push("a token, from the environment".to_owned());
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
    say(match lines.is_empty() {
        true => "Nothing is set: every command uses its own defaults.".to_owned(),
        false => format!(
            "These count, unless the command line says otherwise:\n  {}",
            lines.join("\n  ")
        ),
    });
    Ok(ExitStatus::Done)
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
