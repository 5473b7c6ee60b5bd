//! Where results, journal and lock stand.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The results file of a sheet: `team.xlsx` becomes `team.results.csv`, a `.tsv` stays one.
pub fn default_path(sheet: &Path) -> PathBuf {
    let tabs = sheet
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("tsv"));
    sheet.with_extension(if tabs { "results.tsv" } else { "results.csv" })
}

/// The journal of a results file.
pub fn journal_path(results: &Path) -> PathBuf {
    with_suffix(results, ".journal")
}

/// The lock of a results file.
pub fn lock_path(results: &Path) -> PathBuf {
    with_suffix(results, ".lock")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Names for results that cannot take their place: `x.results.new.csv`, `x.results.new-2.csv`, and so on. They look like no
/// earlier state.
pub(super) fn out_of_place(results: &Path) -> impl Iterator<Item = PathBuf> + '_ {
    (1..).map(move |number: u32| match number {
        1 => marked(results, "new"),
        _ => marked(results, &format!("new-{number}")),
    })
}

/// Whether an open file is the one that stands at this path.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), path.metadata()) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
pub(super) fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// The name with a word before its extension.
fn marked(results: &Path, word: &str) -> PathBuf {
    match results.extension() {
        Some(extension) => {
            results.with_extension(format!("{word}.{}", extension.to_string_lossy()))
        }
        None => with_suffix(results, &format!(".{word}")),
    }
}

/// Names for earlier states of a results file: `x.results.1.csv`, `x.results.2.csv`, and so on.
pub(super) fn earlier_states(results: &Path) -> impl Iterator<Item = PathBuf> + '_ {
    (1..).map(move |number: u32| marked(results, &number.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_beside_the_sheet() {
        let name = |sheet: &str| default_path(Path::new(sheet));
        assert_eq!(name("a/team.xlsx"), Path::new("a/team.results.csv"));
        assert_eq!(name("team.TSV"), Path::new("team.results.tsv"));
        assert_eq!(name("team.2024.csv"), Path::new("team.2024.results.csv"));
        assert_eq!(name("team"), Path::new("team.results.csv"));
        assert_eq!(
            journal_path(Path::new("x.results.csv")),
            Path::new("x.results.csv.journal")
        );
    }

    #[test]
    fn results_out_of_place_look_like_no_earlier_state() {
        let names =
            |results: &'static str| out_of_place(Path::new(results)).take(2).collect::<Vec<_>>();
        assert_eq!(
            names("a/x.results.csv"),
            [
                Path::new("a/x.results.new.csv"),
                Path::new("a/x.results.new-2.csv")
            ]
        );
        assert_eq!(names("out"), [Path::new("out.new"), Path::new("out.new-2")]);
    }

    #[test]
    fn earlier_states_are_numbered() {
        let states: Vec<_> = earlier_states(Path::new("a/x.results.csv"))
            .take(2)
            .collect();
        assert_eq!(
            states,
            [
                Path::new("a/x.results.1.csv"),
                Path::new("a/x.results.2.csv")
            ]
        );
    }
}
