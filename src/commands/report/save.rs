//! Where a page goes, and what it may replace.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::files::Temporary;
use crate::refusal::Refusal;
use crate::report::MARK;
use crate::results::{Hashed, hex};
use crate::sheet::{beside, sync_folder};

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

/// Why a page must not be written there: only a page that stands as it was written is replaced.
pub(in crate::commands) fn unwritable(out: &Path) -> Option<Refusal> {
    let there = fs::symlink_metadata(out).is_ok_and(|there| there.is_file());
    (there && !is_as_written(out).unwrap_or(false)).then(|| {
        Refusal::new(format!(
            "`{}` exists and is no report as reassign wrote it, so it is not replaced; name another file for the report",
            out.display()
        ))
    })
}

/// Before the last line of a page, which tells the SHA-256 of all before it.
const SEAL: &str = "<!-- sha256 ";

/// Whether a file is a page, and nobody has changed it.
fn is_as_written(path: &Path) -> io::Result<bool> {
    let page = fs::read(path)?;
    let Some(sealed) = page
        .windows(SEAL.len())
        .rposition(|at| at == SEAL.as_bytes())
    else {
        return Ok(false);
    };
    let (page, seal) = page.split_at(sealed);
    Ok(page.starts_with(MARK.as_bytes())
        && seal == line(&hex(Sha256::new_with_prefix(page))).as_bytes())
}

fn line(sha256: &str) -> String {
    format!("{SEAL}{sha256} -->\n")
}

/// Writes a page beside its place, then puts it there in one step.
pub(in crate::commands) fn save(
    out: &Path,
    page: impl FnOnce(&mut Hashed<BufWriter<Temporary>>) -> io::Result<()>,
) -> anyhow::Result<()> {
    let failed = || format!("cannot write `{}`", out.display());
    let file = beside(out).with_context(failed)?;
    let mut to = Hashed::new(BufWriter::new(file));
    page(&mut to).with_context(failed)?;
    let (mut to, sha256) = to.finish();
    to.write_all(line(&sha256).as_bytes())
        .with_context(failed)?;
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
    fn nothing_but_a_page_as_it_was_written_is_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.html");
        assert!(unwritable(&path).is_none());
        save(&path, |to| write!(to, "{MARK}…")).expect("a page");
        assert!(unwritable(&path).is_none());
        save(&path, |to| write!(to, "{MARK}other")).expect("in its place");
        let page = fs::read_to_string(&path).expect("the page");
        let mine = "<!doctype html>mine".to_owned();
        for changed in [
            page.replace("other", "mine"),
            page.clone() + " ",
            mine,
            MARK.to_owned(),
        ] {
            fs::write(&path, &changed).expect("a file");
            let why = unwritable(&path)
                .unwrap_or_else(|| panic!("replaces {changed}"))
                .why;
            assert!(why.contains("is no report as reassign wrote it"), "{why}");
        }
    }
}
