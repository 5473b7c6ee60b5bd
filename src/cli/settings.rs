//! Settings of a file become arguments, where the command line does not say otherwise.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, CommandFactory};

use crate::settings::{self, Error, InForce, OptionValues, SettingSource, Settings};

use super::workspace::AddedBySettings;
use super::{Cli, completions};

/// Which settings count.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsArgs {
    /// The file of settings [default: the variable REASSIGN_CONFIG, or the usual place, which `reassign config` shows]
    #[arg(hide_short_help = true, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The workspace of that file [default: the variable REASSIGN_WORKSPACE, or the file's `workspace`]
    #[arg(
        hide_short_help = true,
        long = "workspace",
        id = "settings_workspace",
        value_name = "NAME",
        add = completions::workspaces()
    )]
    pub workspace: Option<String>,
    /// The recipe of that file: columns, safety and outputs under a name
    #[arg(hide_short_help = true, long, value_name = "NAME", add = completions::recipes())]
    pub recipe: Option<String>,
}

impl SettingsArgs {
    /// What is in the file, and what of it counts here.
    ///
    /// # Errors
    /// If the file cannot be used, or does not know what is named.
    pub(crate) fn in_force(&self) -> Result<(Settings, Vec<InForce>), Error> {
        let Some(path) = settings::location(self.config.as_deref()) else {
            return Ok(Default::default());
        };
        let settings = settings::read(&path)?;
        let variable = || std::env::var("REASSIGN_WORKSPACE").ok();
        let workspace = self.workspace.clone().or_else(variable);
        let workspace = workspace.filter(|name| !name.is_empty());
        let in_force = settings.in_force(self.recipe.as_deref(), workspace.as_deref())?;
        Ok((settings, in_force))
    }
}

/// What belongs to a real workspace only, and the variable that says it before a file does.
const OF_REAL_WORKSPACES: [(&str, Option<&str>); 4] = [
    ("base-url", Some("REASSIGN_BASE_URL")),
    ("token-file", Some("REASSIGN_TOKEN")),
    ("token-command", Some("REASSIGN_TOKEN")),
    ("ca-file", None),
];

/// What settings add to these arguments: the arguments with it, and its names.
pub(super) fn added(
    args: &[OsString],
    matches: &ArgMatches,
) -> Result<(Vec<OsString>, AddedBySettings), Error> {
    let mut args = args.to_vec();
    let mut added = AddedBySettings::default();
    let Some((name, given)) = matches.subcommand() else {
        return Ok((args, added));
    };
    let root = Cli::command();
    let Some(command) = root.find_subcommand(name) else {
        return Ok((args, added));
    };
    if !takes(command, "recipe") || !takes(command, "sandbox") {
        return Ok((args, added));
    }
    let text = |id| given.get_one::<String>(id).cloned();
    let wanted = SettingsArgs {
        config: given.get_one::<PathBuf>("config").cloned(),
        workspace: text("settings_workspace"),
        recipe: text("recipe"),
    };
    let is_trial = given.get_flag("sandbox");
    let is_given = |option: &str| {
        let id = command
            .get_arguments()
            .find(|arg| arg.get_long() == Some(option));
        id.is_some_and(|arg| {
            given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
        })
    };
    let counts = |setting: &InForce| {
        let option = setting.option.as_str();
        let of_real = OF_REAL_WORKSPACES.iter().find(|(name, _)| *name == option);
        let is_decided = of_real.is_some_and(|(_, variable)| {
            let is_set = variable.is_some_and(|name| std::env::var_os(name).is_some());
            is_trial || is_set
        });
        let has_token =
            option.starts_with("token-") && (is_given("token-file") || is_given("token-command"));
        counts_for(command, setting) && !is_given(option) && !is_decided && !has_token
    };
    let (settings, in_force) = wanted.in_force()?;
    let counting: Vec<&InForce> = in_force.iter().filter(|setting| counts(setting)).collect();
    // In front of everything behind a `--`.
    args.splice(2..2, counting.iter().map(|setting| setting.typed()));
    let names = counting.iter().map(|setting| setting.option.clone());
    added.options.extend(names);
    if let Some(file) = wanted.config {
        added.chosen_by.extend(["--config".into(), file.into()]);
    }
    let of_recipe = || settings.workspace_of(wanted.recipe.as_deref()?);
    if let Some(name) = wanted.workspace.clone().or_else(of_recipe) {
        added.chosen_by.extend(["--workspace".into(), name.into()]);
    }
    // A plan is followed by `apply`, for which alone a recipe may say more. `--max-unassign` is told there anyway.
    let is_for_apply = |setting: &&InForce| {
        let option = setting.option.as_str();
        let apply = root.find_subcommand("apply");
        matches!(setting.from, SettingSource::Recipe(_))
            && option != "max-unassign"
            && name == "plan"
            && !counts_for(command, setting)
            && apply.is_some_and(|apply| takes(apply, option))
    };
    let for_apply = in_force.iter().filter(is_for_apply);
    added.chosen_by.extend(for_apply.map(InForce::typed));
    Ok((args, added))
}

/// Whether a command knows an option, and means by it what settings mean.
fn counts_for(command: &Command, setting: &InForce) -> bool {
    let option = setting.option.as_str();
    takes(command, option) && !is_of_results(command.get_name(), option)
}

/// A recipe says where results go, and a plan none: plans are saved where that is asked for on the line.
fn is_of_results(command: &str, option: &str) -> bool {
    command == "plan" && option == "out"
}

fn takes(command: &Command, option: &str) -> bool {
    command
        .get_arguments()
        .any(|arg| arg.get_long() == Some(option))
}

/// A recipe that is kept once its command has worked.
#[derive(Clone, Debug)]
pub(crate) struct RecipeToSave {
    /// Its name.
    pub name: String,
    /// The settings file.
    pub file: PathBuf,
    /// The options of the command, as they were typed.
    pub(crate) options: OptionValues,
}

/// The recipe that a command line asks to keep.
pub(super) fn to_save(matches: &ArgMatches) -> Option<RecipeToSave> {
    let (command, given) = matches.subcommand()?;
    let name = given.try_get_one::<String>("save_recipe").ok()??.clone();
    let config = given.get_one::<PathBuf>("config");
    Some(RecipeToSave {
        name,
        file: settings::location(config.map(PathBuf::as_path))?,
        options: typed_options(command, given),
    })
}

/// The options of a command line that a recipe keeps, as they were typed.
fn typed_options(name: &str, given: &ArgMatches) -> OptionValues {
    let mut options = OptionValues::new();
    let root = Cli::command();
    let Some(command) = root.find_subcommand(name) else {
        return options;
    };
    for arg in command.get_arguments() {
        let (Some(long), id) = (arg.get_long(), arg.get_id().as_str()) else {
            continue;
        };
        let key = long.replace('-', "_");
        let is_typed = given.value_source(id) == Some(ValueSource::CommandLine);
        let is_kept = settings::OF_A_RECIPE.contains(&key.as_str()) && !is_of_results(name, long);
        if !is_typed || !is_kept {
            continue;
        }
        let values: Vec<String> = given
            .get_raw(id)
            .into_iter()
            .flatten()
            .map(|value| value.to_string_lossy().into_owned())
            .collect();
        let value = arg.get_action().takes_values().then(|| values.join(","));
        options.insert(key, value);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_an_option_of_apply() {
        let root = Cli::command();
        let apply = root.find_subcommand("apply").expect("a command");
        let names = settings::OF_A_WORKSPACE
            .iter()
            .chain(&settings::OF_A_RECIPE);
        for name in names {
            assert!(takes(apply, &name.replace('_', "-")), "{name}");
        }
    }
}
