//! What the files of a job are called.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::results::{JobFolder, default_path, trial_path};

use super::decide::RealOrTrial;

/// The part of a name that tells results from sheets.
const RESULTS: &str = ".results.";
/// What the name of a job's folder ends in.
const FOLDER: &str = ".reassign";

/// Where the results of a sheet go, unless the user names a place.
pub(crate) fn results_of(sheet: &Path, kind: RealOrTrial) -> PathBuf {
    match kind {
        RealOrTrial::Real => default_path(sheet),
        RealOrTrial::Trial => trial_path(sheet),
    }
}

/// The results of other sheets that had the same name, newest first: those with a date in their name.
pub(crate) fn dated(results: &Path) -> Vec<PathBuf> {
    let (stem, rest) = parts(results);
    let folder = match results.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(Date, u32, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            // A run that was cut short has a folder and no results yet.
            let word = name
                .strip_prefix(&stem)?
                .strip_prefix('.')?
                .strip_suffix(&rest)
                .or_else(|| {
                    name.strip_prefix(&stem)?
                        .strip_prefix('.')?
                        .strip_suffix(FOLDER)
                })?;
            let (date, number) = date_of(word)?;
            Some((
                date,
                number,
                results.with_file_name(format!("{stem}.{word}{rest}")),
            ))
        })
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().rev().map(|(_, _, path)| path).collect()
}

/// The results of a sheet that began on this day, where those of another one have the plain name.
pub(crate) fn with_date(results: &Path, today: Date) -> PathBuf {
    let plain = with_word(results, &today.to_string());
    let others = (2..).map(|number| with_word(results, &format!("{today}-{number}")));
    std::iter::once(plain)
        .chain(others)
        .find(|path| is_free(path))
        .expect("there are more numbers than files")
}

/// `2026-11-26` or `2026-11-26-2`.
fn date_of(word: &str) -> Option<(Date, u32)> {
    let date = word.get(..10)?.parse().ok()?;
    match word.get(10..)? {
        "" => Some((date, 1)),
        number => Some((date, number.strip_prefix('-')?.parse().ok()?)),
    }
}

/// A name like this one that nothing has yet.
pub(crate) fn free(path: &Path) -> PathBuf {
    let (stem, rest) = parts(path);
    (2..)
        .map(|number| path.with_file_name(format!("{stem}-{number}{rest}")))
        .find(|path| is_free(path))
        .expect("there are more numbers than files")
}

/// Whether there are neither results of this name nor a record of them.
pub(crate) fn is_free(path: &Path) -> bool {
    !path.exists() && !JobFolder::of(path).journal().exists()
}

/// The name with a word in front of what tells results from sheets.
fn with_word(path: &Path, word: &str) -> PathBuf {
    let (stem, rest) = parts(path);
    path.with_file_name(format!("{stem}.{word}{rest}"))
}

/// `team` and `.results.csv`.
fn parts(path: &Path) -> (String, String) {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    match name.find(RESULTS).or_else(|| name.rfind('.')) {
        Some(dot) => {
            let (stem, rest) = name.split_at(dot);
            (stem.to_owned(), rest.to_owned())
        }
        None => (name, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_keeps_what_tells_results_from_sheets() {
        let free = |path: &str| free(Path::new(path));
        assert_eq!(
            free("/nowhere/team.results.csv"),
            Path::new("/nowhere/team-2.results.csv")
        );
        assert_eq!(free("/nowhere/out.csv"), Path::new("/nowhere/out-2.csv"));
        assert_eq!(free("/nowhere/out"), Path::new("/nowhere/out-2"));
    }

    #[test]
    fn a_trial_and_a_new_month_have_results_of_their_own() {
        let sheet = Path::new("/nowhere/team.xlsx");
        assert_eq!(
            results_of(sheet, RealOrTrial::Trial),
            Path::new("/nowhere/team.trial.results.csv")
        );
        let real = results_of(sheet, RealOrTrial::Real);
        assert_eq!(real, Path::new("/nowhere/team.results.csv"));
        let today = jiff::civil::date(2026, 11, 26);
        assert_eq!(
            with_date(&real, today),
            Path::new("/nowhere/team.2026-11-26.results.csv")
        );
    }

    #[test]
    fn results_with_a_date_are_found_newest_first() {
        let dir = tempfile::tempdir().expect("a folder");
        let names = [
            "team.results.csv",
            "team.2026-10-30.results.csv",
            "team.2026-11-26.results.csv",
            "team.2026-11-26-2.results.csv",
            "team.trial.results.csv",
            "team.2026-11-26.results.xlsx",
            "teams.2026-11-27.results.csv",
        ];
        for name in names {
            fs::write(dir.path().join(name), "").expect("a file");
        }
        let found = dated(&dir.path().join("team.results.csv"));
        let expected = [names[3], names[2], names[1]].map(|name| dir.path().join(name));
        assert_eq!(found, expected);
    }
}
