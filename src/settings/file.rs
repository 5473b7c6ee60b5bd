//! The settings file: TOML, in the place that the platform has for it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use toml_edit::{DocumentMut, Item, Table, Value};

use crate::files::{self, Temporary};
use crate::platform;

use super::{Error, OF_A_RECIPE, OF_A_WORKSPACE, OptionValues, Settings};

/// The variable that names a settings file.
pub(crate) const FILE_VARIABLE: &str = "REASSIGN_CONFIG";

/// What was probably meant by a key that is not among those of its table.
fn meant(table: &str, key: &str) -> String {
    let key = key.replace('-', "_");
    let here: &[&str] = match table.split('.').next() {
        Some("workspaces") => &OF_A_WORKSPACE,
        Some("recipes") => &OF_A_RECIPE,
        _ => &["workspace", "workspaces", "recipes"],
    };
    if let Some(name) = closest(&key, here) {
        return format!("; is `{name}` meant?");
    }
    if OF_A_WORKSPACE.contains(&&*key) {
        return "; it belongs under a workspace, such as `[workspaces.main]`".to_owned();
    }
    if OF_A_RECIPE.contains(&&*key) {
        return "; it belongs under a recipe, such as `[recipes.monthly]`".to_owned();
    }
    let names: Vec<String> = here.iter().map(|name| format!("`{name}`")).collect();
    format!("; known here: {}", names.join(", "))
}

/// Whether somebody has put a token under this key, whatever they call it.
fn is_of_a_token(key: &str) -> bool {
    let key = key.to_lowercase().replace('-', "_");
    [
        "token",
        "api_token",
        "access_token",
        "bearer_token",
        "api_key",
        "apikey",
        "key",
        "secret",
        "password",
    ]
    .contains(&&*key)
}

/// The settings file: the one that is named, else the variable's, else the platform's place.
pub(crate) fn location(named: Option<&Path>) -> Option<PathBuf> {
    let variable = || std::env::var_os(FILE_VARIABLE).filter(|path| !path.is_empty());
    let standard = || {
        let folder = etcetera::choose_base_strategy().ok()?.config_dir();
        Some(folder.join("reassign").join("config.toml"))
    };
    named
        .map(|path| OsString::from(path.as_os_str()))
        .or_else(variable)
        .map(PathBuf::from)
        .or_else(standard)
}

/// Reads a settings file; one that does not exist says nothing.
///
/// # Errors
/// If it cannot be read, or says what cannot be meant.
pub(crate) fn read(path: &Path) -> Result<Settings, Error> {
    let mut settings = Settings {
        path: path.to_owned(),
        ..Settings::default()
    };
    let Some(document) = document(path)? else {
        return Ok(settings);
    };
    let shape = |table: &str, key: &str, wanted: &str| shape(path, table, key, wanted);
    for (key, item) in document.as_table() {
        match (key, item) {
            ("workspace", Item::Value(Value::String(name))) => {
                settings.workspace = Some(name.value().clone());
            }
            ("workspace", Item::Value(_)) => {
                return Err(shape("", key, "a name, such as `workspace = \"main\"`"));
            }
            ("workspace", _) => {
                return Err(shape(
                    "",
                    key,
                    "a name; the settings of a workspace stand under `[workspaces.NAME]`",
                ));
            }
            ("workspaces" | "recipes", Item::Table(tables)) => {
                for (name, item) in tables {
                    let place = format!("{key}.{name}");
                    let (names, into) = match key {
                        "workspaces" => (&OF_A_WORKSPACE[..], &mut settings.workspaces),
                        _ => (&OF_A_RECIPE[..], &mut settings.recipes),
                    };
                    let Item::Table(table) = item else {
                        let wanted = match key {
                            "workspaces" => "a table of its own: `[workspaces.NAME]`",
                            _ => "a table of its own: `[recipes.NAME]`",
                        };
                        return Err(match is_of_a_token(name) {
                            true => token(path, key),
                            false => shape(key, name, wanted),
                        });
                    };
                    into.insert(name.to_owned(), options(path, &place, table, names)?);
                }
            }
            (key, _) if is_of_a_token(key) => return Err(token(path, "")),
            _ => return Err(unknown(path, "", key)),
        }
    }
    Ok(settings)
}

/// Where a key stands, for a sentence; the table is blank at the top of the file.
fn place(table: &str) -> String {
    match table {
        "" => String::new(),
        table => format!(" in `[{table}]`"),
    }
}

/// A value of another kind, or a table where a value belongs, or the other way round.
fn shape(path: &Path, table: &str, key: &str, wanted: &str) -> Error {
    let (path, place) = (path.display(), place(table));
    Error::Meaningless(format!("`{path}`: `{key}`{place} has to be {wanted}"))
}

fn token(path: &Path, table: &str) -> Error {
    Error::Meaningless(format!(
        "`{}` holds a token{}; a token does not belong in this file: put it into a file that only you can read and write \
         `token_file = \"…\"`, or have a password manager print it with `token_command = [\"…\"]`; then make a new token in \
         the workspace, because this one may have been seen",
        path.display(),
        place(table)
    ))
}

fn unknown(path: &Path, table: &str, key: &str) -> Error {
    let (path, place, meant) = (path.display(), place(table), meant(table, key));
    Error::Meaningless(format!("`{path}`: `{key}` is no setting{place}{meant}"))
}

fn document(path: &Path) -> Result<Option<DocumentMut>, Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(Error::Unreadable {
                path: path.to_owned(),
                source,
            });
        }
    };
    let parsed = text.parse().map_err(|err: toml_edit::TomlError| {
        // The excerpt would show a token that somebody has put there.
        let what = match err.span() {
            Some(span) => {
                let line = text[..span.start.min(text.len())].lines().count().max(1);
                let has_backslash = text.lines().nth(line - 1).is_some_and(|line| line.contains('\\'));
                let hint = match has_backslash {
                    true => "; write what holds a backslash between single quotes: 'C:\\Users\\ann\\token'",
                    false => "",
                };
                let what = err.message().lines().next().unwrap_or_default();
                format!("{what}, in line {line}{hint}")
            }
            None => err.message().to_owned(),
        };
        Error::Meaningless(format!("`{}` is not valid TOML: {what}", path.display()))
    });
    parsed.map(Some)
}

fn options(path: &Path, place: &str, table: &Table, names: &[&str]) -> Result<OptionValues, Error> {
    let wrong = |key| {
        shape(
            path,
            place,
            key,
            "a text, a number, true, or a list of texts",
        )
    };
    let mut options = OptionValues::new();
    for (key, item) in table {
        if !names.contains(&key) {
            return Err(match is_of_a_token(key) {
                true => token(path, place),
                false => unknown(path, place, key),
            });
        }
        let text = match item {
            Item::Value(Value::String(text)) if ["token_file", "ca_file"].contains(&key) => {
                Some(from_the_file(path, text.value()))
            }
            Item::Value(Value::String(text)) => Some(text.value().clone()),
            Item::Value(Value::Integer(number)) => Some(number.value().to_string()),
            Item::Value(Value::Boolean(yes)) if *yes.value() => None,
            Item::Value(Value::Boolean(_)) => continue,
            Item::Value(Value::Array(list)) => {
                let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
                let texts = texts.filter(|texts| !texts.is_empty());
                let texts = texts.ok_or_else(|| wrong(key))?;
                Some(joined(key, &texts))
            }
            _ => return Err(wrong(key)),
        };
        options.insert(key.to_owned(), text);
    }
    Ok(options)
}

/// A file that the settings in `path` name: `~/` is the home folder, and what is relative is so to the settings, because
/// commands are typed in any folder.
fn from_the_file(path: &Path, name: &str) -> String {
    let home = || etcetera::home_dir().ok();
    let named = match name.strip_prefix("~/").or_else(|| name.strip_prefix("~\\")) {
        Some(rest) => home().map(|home| home.join(rest)),
        None => path.parent().map(|folder| folder.join(name)),
    };
    let named = named.as_deref().and_then(Path::to_str);
    named.unwrap_or(name).to_owned()
}

/// A list as its option takes it: words of a command as they are taken apart again, names of columns with commas.
fn joined(key: &str, texts: &[&str]) -> String {
    match key {
        "token_command" => platform::one_line(texts),
        _ => texts.join(","),
    }
}

fn closest(key: &str, names: &[&str]) -> Option<String> {
    let near = names
        .iter()
        .map(|name| (strsim::jaro_winkler(key, name), *name));
    near.filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name.to_owned())
}

/// Writes a recipe into a settings file, and leaves everything else in it as it is.
///
/// # Errors
/// If the file cannot be read or written.
pub(crate) fn save_recipe(path: &Path, name: &str, options: &OptionValues) -> Result<(), Error> {
    let mut document = document(path)?.unwrap_or_default();
    let recipes = document
        .entry("recipes")
        .or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        })
        .as_table_mut()
        .ok_or_else(|| {
            shape(
                path,
                "",
                "recipes",
                "a text, a number, true, or a list of texts",
            )
        })?;
    let mut recipe = Table::new();
    for (key, value) in options {
        let value = match value {
            Some(text) => Value::from(text.as_str()),
            None => Value::from(true),
        };
        recipe.insert(key, Item::Value(value));
    }
    recipes.insert(name, Item::Table(recipe));
    let unwritable = |source| Error::Unwritable {
        path: path.to_owned(),
        source,
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    files::make_folders(folder).map_err(unwritable)?;
    let beside = || tempfile::NamedTempFile::new_in(folder);
    let mut beside = Temporary::new(beside).map_err(unwritable)?;
    beside
        .write_all(document.to_string().as_bytes())
        .and_then(|()| beside.as_file().sync_all())
        .map_err(unwritable)?;
    beside.persist(path).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<Settings, Error> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        fs::write(&path, text).expect("a file");
        read(&path)
    }

    #[test]
    fn a_workspace_and_a_recipe_are_options_under_their_names() {
        let settings = settings(
            "workspace = \"main\"\n[workspaces.main]\nbase_url = \"https://x/v1\"\nmax_unassign = 3\nrate = \"5/s\"\n\
             token_command = [\"pass\", \"show\", \"my token\"]\n[recipes.monthly]\nidentifier = [\"Email\", \"Phone\"]\n\
             live = true\nrate = \"2/s\"\nout = \"moves-{date}.csv\"\n",
        )
        .expect("settings");
        let in_force = settings.in_force(Some("monthly"), None).expect("known");
        let typed: Vec<_> = in_force
            .iter()
            .map(|setting| setting.typed().into_string().expect("text"))
            .collect();
        assert_eq!(
            typed,
            [
                "--identifier=Email,Phone",
                "--live",
                "--out=moves-{date}.csv",
                "--rate=2/s",
                "--base-url=https://x/v1",
                "--max-unassign=3",
                "--token-command=pass show 'my token'",
            ]
        );
    }

    #[test]
    fn a_key_that_is_no_setting_is_refused_with_the_nearest() {
        let err = settings("[workspaces.main]\ntoken_fil = \"x\"\n").expect_err("refused");
        assert!(
            err.to_string().contains(
                "`token_fil` is no setting in `[workspaces.main]`; is `token_file` meant?"
            ),
            "{err}"
        );
        for (text, says) in [
            ("[workspace.main]\n", "stand under `[workspaces.NAME]`"),
            ("workspace = 5\n", "has to be a name"),
            (
                "[workspaces]\nmain = 5\n",
                "`main` in `[workspaces]` has to be a table of its own",
            ),
            ("region = \"MY\"\n", "it belongs under a workspace"),
            (
                "nothing = 1\n",
                "known here: `workspace`, `workspaces`, `recipes`",
            ),
        ] {
            let err = settings(text).expect_err("refused").to_string();
            assert!(err.contains(says), "{err}");
        }
        let err = settings("recipe = 1\n").expect_err("refused");
        assert!(err.to_string().contains("is `recipes` meant?"), "{err}");
    }

    #[test]
    fn a_token_is_refused_and_not_repeated() {
        for text in [
            "token = \"s3cret\"",
            "[workspaces.main]\ntoken = \"s3cret\"",
            "token = s3cret",
            "[workspaces.main]\nAPI-Key = \"s3cret\"",
            "[workspaces]\ntoken = \"s3cret\"",
        ] {
            let err = settings(text).expect_err("refused").to_string();
            assert!(!err.contains("s3cret"), "{err}");
        }
    }

    #[test]
    fn a_recipe_is_written_and_the_rest_of_the_file_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/config.toml");
        let options: OptionValues = [
            ("assignee".to_owned(), Some("New owner".to_owned())),
            ("live".to_owned(), None),
        ]
        .into();
        save_recipe(&path, "monthly", &options).expect("written");
        fs::write(
            &path,
            format!(
                "# mine\nworkspace = \"x\"\n{}",
                fs::read_to_string(&path).expect("a file")
            ),
        )
        .expect("a file");
        save_recipe(&path, "other", &options).expect("written");
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.starts_with("# mine\n"), "{text}");
        let read = read(&path).expect("settings");
        assert_eq!(read.recipes["monthly"], options);
        assert_eq!(read.recipes["other"], options);
    }
}
