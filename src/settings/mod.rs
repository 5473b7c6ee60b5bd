//! What somebody does not want to type each time: workspaces and recipes, kept in one file.
//!
//! A setting is an option of the command line under its own name, with underscores (`max_unassign = 5` is
//! `--max-unassign 5`). Settings therefore mean exactly what options mean, and the command line is read with those added
//! that were not given on it. What the options mean is left to [`cli`](crate::cli).

mod error;
mod file;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::platform;

pub(crate) use error::Error;
pub(crate) use file::{FILE_VARIABLE, location, read, save_recipe};

/// A workspace's settings, by name: the option's, without dashes in front and with underscores.
pub(crate) const OF_A_WORKSPACE: [&str; 12] = [
    "base_url",
    "token_file",
    "token_command",
    "ca_file",
    "region",
    "rate",
    "max_unassign",
    "max_changes",
    "max_drift",
    "max_failures",
    "check",
    "closed",
];

/// A recipe's settings. What belongs to a workspace only (address, token) is none of them.
pub(crate) const OF_A_RECIPE: [&str; 25] = [
    "workspace",
    "sheet",
    "header_row",
    "identifier",
    "assignee",
    "current",
    "region",
    "region_column",
    "bare_digits",
    "bare_phones",
    "blank",
    "on_conflict",
    "hidden_rows",
    "users",
    "live",
    "rate",
    "max_unassign",
    "max_changes",
    "max_drift",
    "max_failures",
    "check",
    "closed",
    "out",
    "report",
    "report_rows",
];

/// Named settings: an option's value as it is typed, or `None` for an option without a value.
pub(crate) type OptionValues = BTreeMap<String, Option<String>>;

/// Everything a settings file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Where it was read; it need not exist.
    pub(crate) path: PathBuf,
    /// The workspace that is meant where none is named.
    pub(crate) workspace: Option<String>,
    pub(crate) workspaces: BTreeMap<String, OptionValues>,
    pub(crate) recipes: BTreeMap<String, OptionValues>,
}

/// A setting that counts for a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InForce {
    /// The option's long name, without dashes.
    pub(crate) option: String,
    pub(crate) value: Option<String>,
    /// Where it is from.
    pub(crate) from: SettingSource,
}

/// What of a settings file a setting is from, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SettingSource {
    /// A recipe.
    Recipe(String),
    /// A workspace.
    Workspace(String),
}

impl fmt::Display for SettingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingSource::Recipe(name) => write!(f, "the recipe `{name}`"),
            SettingSource::Workspace(name) => write!(f, "the workspace `{name}`"),
        }
    }
}

impl InForce {
    /// The setting as it is typed.
    pub(crate) fn typed(&self) -> OsString {
        match &self.value {
            Some(value) => format!("--{}={value}", self.option).into(),
            None => format!("--{}", self.option).into(),
        }
    }
}

impl Settings {
    /// What a command uses that names this recipe and this workspace: a recipe's own setting before its workspace's.
    ///
    /// # Errors
    /// If a name is not known.
    pub(crate) fn in_force(
        &self,
        recipe: Option<&str>,
        workspace: Option<&str>,
    ) -> Result<Vec<InForce>, Error> {
        let mut found: Vec<InForce> = Vec::new();
        let mut named = workspace.map(str::to_owned);
        if let Some(name) = recipe {
            let recipe = self.find("recipe", &self.recipes, name)?;
            named = named.or_else(|| self.workspace_of(name));
            let from = SettingSource::Recipe(name.to_owned());
            let options = recipe.iter().filter(|(key, _)| *key != "workspace");
            found.extend(options.map(|(key, value)| InForce {
                option: key.replace('_', "-"),
                value: value.clone(),
                from: from.clone(),
            }));
        }
        if let Some(name) = named.or_else(|| self.workspace.clone()) {
            let from = SettingSource::Workspace(name.clone());
            for (key, value) in self.find("workspace", &self.workspaces, &name)? {
                let option = key.replace('_', "-");
                if found.iter().all(|setting| setting.option != option) {
                    found.push(InForce {
                        option,
                        value: value.clone(),
                        from: from.clone(),
                    });
                }
            }
        }
        Ok(found)
    }

    /// The workspace that a recipe is for, if it says so.
    pub(crate) fn workspace_of(&self, recipe: &str) -> Option<String> {
        self.recipes
            .get(recipe)?
            .get("workspace")
            .cloned()
            .flatten()
    }

    fn find<'a>(
        &self,
        what: &'static str,
        all: &'a BTreeMap<String, OptionValues>,
        name: &str,
    ) -> Result<&'a OptionValues, Error> {
        let path = self.path.display();
        all.get(name).ok_or_else(|| {
            let is_empty = self.workspaces.is_empty() && self.recipes.is_empty();
            Error::Meaningless(match is_empty && !self.path.is_file() {
                true => {
                    let made = made(what, name);
                    format!(
                        "there is no {what} `{name}`, because there is no settings file (it would be `{path}`){made}"
                    )
                }
                false => {
                    let known: Vec<&str> = all.keys().map(String::as_str).collect();
                    let has = match known.as_slice() {
                        [] => "none".to_owned(),
                        known => known.join(", "),
                    };
                    format!("`{path}` has no {what} `{name}` (it has {has})")
                }
            })
        })
    }
}

/// How a recipe comes to be.
fn made(what: &str, name: &str) -> String {
    match what {
        "recipe" => format!(
            "; a recipe is a command with its options under a name: add `--save-recipe {}` to one that works",
            platform::quoted(name.as_ref())
        ),
        _ => String::new(),
    }
}
