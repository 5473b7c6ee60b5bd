//! Where a page goes, and what it may replace.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

use crate::refusal::Refusal;
use crate::report::MARK;
use crate::sheet::{beside, folder, sync_folder};

/// The page of a results file: `team.results.csv` becomes `team.report.html`.
pub(super) fn default_path(results: &Path) -> PathBuf {
    let stem = results.file_stem().map(PathBuf::from).unwrap_or_default();
    let stem = match stem.extension() {
        Some(extension) if extension == "results" => stem.with_extension(""),
        _ => stem,
    };
    let mut name = stem.into_os_string();
    name.push(".report.html");
    results.with_file_name(name)
}

/// Why a page must not be written there: only an earlier page is replaced.
pub(in crate::commands) fn unwritable(out: &Path) -> Option<Refusal> {
    let shown = out.display();
    let folder = folder(out);
    if !folder.is_dir() {
        return Some(Refusal::new(format!(
            "the report `{shown}` cannot be written: there is no folder `{}`",
            folder.display()
        )));
    }
    let is_page = || {
        let mut begins = vec![0; MARK.len()];
        File::open(out)
            .and_then(|mut file| file.read_exact(&mut begins))
            .is_ok_and(|()| begins == MARK.as_bytes())
    };
    (out.exists() && !is_page()).then(|| {
        Refusal::new(format!(
            "`{shown}` exists and is no report, so it is not replaced; name another file for the report"
        ))
    })
}

/// Writes a page beside its place, then puts it there in one step.
pub(in crate::commands) fn save(
    out: &Path,
    page: impl FnOnce(&mut BufWriter<NamedTempFile>) -> io::Result<()>,
) -> anyhow::Result<()> {
    let failed = || format!("cannot write `{}`", out.display());
    let file = beside(out).with_context(failed)?;
    let mut to = BufWriter::new(file);
    page(&mut to).with_context(failed)?;
    to.flush().with_context(failed)?;
    let file = to.into_inner().with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    file.persist(out).with_context(failed)?;
    sync_folder(out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_after_the_sheet() {
        let name = |results: &str| default_path(Path::new(results));
        assert_eq!(name("a/team.results.csv"), Path::new("a/team.report.html"));
        assert_eq!(name("team.2024.csv"), Path::new("team.2024.report.html"));
        assert_eq!(name("plan.csv"), Path::new("plan.report.html"));
    }

    #[test]
    fn nothing_but_a_page_is_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.html");
        assert!(unwritable(&path).is_none());
        std::fs::write(&path, "<!doctype html>mine").expect("a file");
        let why = unwritable(&path).expect("a refusal").why;
        assert!(why.contains("is no report"), "{why}");
        std::fs::write(&path, format!("{MARK}…")).expect("a file");
        assert!(unwritable(&path).is_none());
        assert!(unwritable(&dir.path().join("no/a.html")).is_some());
        assert!(unwritable(dir.path()).is_some());
    }
}
