//! Where the files of one job stand: what people open beside the sheet, everything else in one folder.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::files::{self, File};
use crate::platform::{self, FileId};
use crate::sheet::{folder, sync_folder};

/// The name of a journal in its folder.
const JOURNAL: &str = "journal";

/// The results of a sheet: `team.xlsx` becomes `team.results.csv`, a `.tsv` stays one.
pub(crate) fn default_path(sheet: &Path) -> PathBuf {
    sheet.with_extension(format!("results.{}", text_extension(sheet)))
}

/// The results of a trial of a sheet: `team.xlsx` becomes `team.trial.results.csv`.
pub(crate) fn trial_path(sheet: &Path) -> PathBuf {
    sheet.with_extension(format!("trial.results.{}", text_extension(sheet)))
}

fn text_extension(sheet: &Path) -> &'static str {
    if has_extension(sheet, &["tsv"]) {
        "tsv"
    } else {
        "csv"
    }
}

/// The folder of one job: its journal, its lock and the earlier states of its results.
///
/// `team.reassign` for `team.results.csv` (and for `team.results.xlsx`), `out.reassign` for `out.csv`. It is made with the
/// first command that writes, and is for its owner alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobFolder {
    path: PathBuf,
    results: PathBuf,
}

impl JobFolder {
    /// The folder of these results, whether as text or as a workbook.
    pub(crate) fn of(results: &Path) -> JobFolder {
        let mut name = OsString::from(stem(results));
        name.push(".reassign");
        JobFolder {
            path: results.with_file_name(name),
            results: results.to_owned(),
        }
    }

    /// The journals of all jobs whose results stand in the same folder as this file.
    pub(crate) fn journals_beside(file: &Path) -> Vec<PathBuf> {
        // A folder that cannot be listed has none that could be read.
        let entries = fs::read_dir(folder(file)).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| has_extension(path, &["reassign"]))
            .map(|path| path.join(JOURNAL))
            .filter(|journal| journal.is_file())
            .collect()
    }

    /// Whether both are the same folder.
    pub(crate) fn is_of(&self, results: &Path) -> bool {
        self.path == JobFolder::of(results).path
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The results that it belongs to.
    pub(crate) fn results(&self) -> &Path {
        &self.results
    }

    /// What happened, line by line. A journal that version 0.1.0 left beside the results is read there until the next
    /// command that writes has moved it here.
    pub(crate) fn journal(&self) -> PathBuf {
        let journal = self.path.join(JOURNAL);
        match self.former_journal() {
            Some(former) if !journal.exists() => former,
            _ => journal,
        }
    }

    /// Held by the command that is at work on the job.
    pub(crate) fn lock(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// The folder that holds the states before.
    pub(crate) fn earlier(&self) -> PathBuf {
        self.path.join("earlier")
    }

    /// Where a file's state before may be kept: `earlier/team.results.1.csv` and so on.
    pub(super) fn earlier_states(&self, of: &Path) -> impl Iterator<Item = PathBuf> + use<> {
        let name = Path::new(of.file_name().unwrap_or_default()).to_owned();
        let folder = self.earlier();
        (1..).map(move |number: u32| folder.join(marked(&name, &number.to_string())))
    }

    /// Notes that a file with this SHA-256 is about to take its place there, so that it can be told from one that somebody
    /// has edited.
    ///
    /// # Errors
    /// If that cannot be written.
    pub(crate) fn note_written(&self, file: &Path, sha256: &str) -> io::Result<()> {
        let options = &mut OpenOptions::new();
        let mut notes = open_plain(&self.written(), options.create(true).append(true))?;
        let name = file.file_name().unwrap_or_default();
        writeln!(notes, "{sha256}  {}", name.to_string_lossy().escape_debug())?;
        notes.sync_all()?;
        sync_folder(&self.written());
        Ok(())
    }

    /// Whether a file with this SHA-256 was ever noted.
    ///
    /// # Errors
    /// If the notes cannot be read.
    pub(crate) fn has_written(&self, sha256: &str) -> io::Result<bool> {
        let mut notes = String::new();
        match open_plain(&self.written(), OpenOptions::new().read(true)) {
            Ok(mut file) => file.read_to_string(&mut notes)?,
            Err(err) if err.kind() == io::ErrorKind::NotFound => 0,
            Err(err) => return Err(err),
        };
        Ok(notes
            .lines()
            .any(|line| line.split(' ').next() == Some(sha256)))
    }

    fn written(&self) -> PathBuf {
        self.path.join("written")
    }

    /// Makes the folder, if it is not there.
    pub(super) fn make(&self) -> io::Result<()> {
        make_private(&self.path)
    }

    /// Moves a journal of version 0.1.0 into the folder.
    pub(super) fn adopt(&self) -> io::Result<()> {
        let (journal, current) = (self.journal(), self.path.join(JOURNAL));
        if journal != current {
            files::rename(&journal, &current)?;
            sync_folder(&current);
            sync_folder(&journal);
        }
        Ok(())
    }

    /// Takes the folder away if nothing is in it.
    pub(super) fn tidy(&self) {
        // A folder that holds something stays; that is what makes this fail.
        let _ = files::remove_folder(&self.path);
    }

    fn former_journal(&self) -> Option<PathBuf> {
        let named = |results: &Path| with_suffix(results, ".journal");
        let texts = ["csv", "tsv"].map(|extension| self.results.with_extension(extension));
        std::iter::once(named(&self.results))
            .chain(texts.iter().map(|text| named(text)))
            .find(|journal| journal.is_file())
    }
}

/// Makes a folder for its owner alone, if it is not there; a link to one is refused.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    platform::for_owner_alone(&mut builder);
    match files::make_folder(path, &builder) {
        Ok(()) => {
            sync_folder(path);
            Ok(())
        }
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {
            match fs::symlink_metadata(path)?.is_dir() {
                true => Ok(()),
                false => Err(io::Error::other(format!(
                    "`{}` is no folder; move it away",
                    path.display()
                ))),
            }
        }
        Err(err) => Err(err),
    }
}

/// Opens one of our own files, for its owner alone if it is new: never what a link points to, never a pipe or a device.
pub(super) fn open_plain(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    platform::flags_of_plain_file(options);
    let no_file = || {
        let path = path.display();
        io::Error::other(format!("`{path}` is no plain file; move it away"))
    };
    let file = files::open(path, options).map_err(|err| {
        let is_link = fs::symlink_metadata(path).is_ok_and(|there| !there.is_file());
        if is_link { no_file() } else { err }
    })?;
    match file.metadata()?.is_file() && !fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink())
    {
        true => Ok(file),
        false => Err(no_file()),
    }
}

/// Names for results that cannot take their place: `x.results.new.csv`, `x.results.new-2.csv`, and so on. They look like no
/// earlier state.
pub(super) fn out_of_place(results: &Path) -> impl Iterator<Item = PathBuf> + '_ {
    (1..).map(move |number: u32| match number {
        1 => marked(results, "new"),
        _ => marked(results, &format!("new-{number}")),
    })
}

/// Whether an open file is the one that stands at this path; an error if that cannot be found out.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match FileId::exactly_at(path) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(false),
        there => Ok(there? == FileId::of(file)?),
    }
}

/// The name without what tells results from sheets, and one kind of file from another.
fn stem(results: &Path) -> &OsStr {
    let name = Path::new(results.file_name().unwrap_or_default());
    let stem = match has_extension(name, &["csv", "tsv", "txt", "xlsx"]) {
        true => Path::new(name.file_stem().unwrap_or_default()),
        false => name,
    };
    match has_extension(stem, &["results"]) {
        true => stem.file_stem().unwrap_or_default(),
        false => stem.as_os_str(),
    }
}

fn has_extension(path: &Path, of: &[&str]) -> bool {
    path.extension().is_some_and(|extension| {
        of.iter()
            .any(|wanted| extension.eq_ignore_ascii_case(wanted))
    })
}

/// The name with a word before its extension.
fn marked(results: &Path, word: &str) -> PathBuf {
    match results.extension() {
        Some(extension) => {
            let mut marked = OsString::from(word);
            marked.push(".");
            marked.push(extension);
            results.with_extension(marked)
        }
        None => with_suffix(results, &format!(".{word}")),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
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
            trial_path(Path::new("a/team.xlsx")),
            Path::new("a/team.trial.results.csv")
        );
    }

    #[test]
    fn a_job_has_one_folder_named_after_its_results() {
        let folder = |results: &str| JobFolder::of(Path::new(results)).path().to_owned();
        for (results, expected) in [
            ("a/team.results.csv", "a/team.reassign"),
            ("team.results.xlsx", "team.reassign"),
            ("team.results.TSV", "team.reassign"),
            ("team.trial.results.csv", "team.trial.reassign"),
            ("out.csv", "out.reassign"),
            ("out", "out.reassign"),
            ("team.2024.csv", "team.2024.reassign"),
            ("team.2024", "team.2024.reassign"),
        ] {
            assert_eq!(folder(results), Path::new(expected), "{results}");
        }
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
        let results = Path::new("a/x.results.csv");
        let states = JobFolder::of(results).earlier_states(results);
        assert_eq!(
            states.take(2).collect::<Vec<_>>(),
            [
                Path::new("a/x.reassign/earlier/x.results.1.csv"),
                Path::new("a/x.reassign/earlier/x.results.2.csv")
            ]
        );
    }

    #[test]
    fn what_was_written_is_known_by_its_sum() {
        let dir = tempfile::tempdir().expect("a folder");
        let job = JobFolder::of(&dir.path().join("moves.csv"));
        assert!(!job.has_written("ab").expect("no notes yet"));
        job.make().expect("a folder");
        for sum in ["ab", "cd"] {
            job.note_written(Path::new("x/moves.csv"), sum)
                .expect("noted");
        }
        let known = ["ab", "cd", "a"].map(|sum| job.has_written(sum).expect("readable"));
        assert_eq!(known, [true, true, false]);
    }

    #[test]
    fn a_journal_of_the_first_version_is_found_and_moved_into_the_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        let beside = dir.path().join("x.results.csv.journal");
        fs::write(&beside, "lines").expect("a file");
        let folder = JobFolder::of(&dir.path().join("x.results.xlsx"));
        assert_eq!(folder.journal(), beside);
        folder
            .make()
            .and_then(|()| folder.adopt())
            .expect("it is moved");
        assert_eq!(folder.journal(), dir.path().join("x.reassign/journal"));
        assert_eq!(
            fs::read_to_string(folder.journal()).expect("it is there"),
            "lines"
        );
        assert!(!beside.exists());
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_files_are_for_their_owner_and_never_what_a_link_points_to() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().expect("a folder");
        let folder = JobFolder::of(&dir.path().join("x.csv"));
        folder.make().expect("a new folder");
        folder.make().expect("it is there");
        let mode = |path: &Path| {
            fs::metadata(path)
                .expect("it is there")
                .permissions()
                .mode()
        };
        assert_eq!(mode(folder.path()) & 0o777, 0o700);
        let mut options = OpenOptions::new();
        let options = options.create(true).append(true);
        open_plain(&folder.lock(), options).expect("a new file");
        assert_eq!(mode(&folder.lock()) & 0o777, 0o600);

        let target = dir.path().join("precious");
        fs::write(&target, "mine").expect("a file");
        symlink(&target, folder.journal()).expect("a link");
        let err = open_plain(&folder.journal(), options).expect_err("a link");
        assert!(err.to_string().contains("no plain file"), "{err}");
        assert!(open_plain(folder.path(), OpenOptions::new().read(true)).is_err());

        let linked = JobFolder::of(&dir.path().join("y.csv"));
        symlink(folder.path(), linked.path()).expect("a link");
        assert!(linked.make().is_err());
    }
}
