//! Which files a command reads and which it writes, and that none it writes is another one of them.
//!
//! Names do not tell files apart: links, folders that are reached two ways, and capital letters that a file system does
//! not heed make one file of two names. Nothing is written here.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use crate::platform::{self, FileId};
use crate::results::JobFolder;
use crate::sheet::folder;

/// The files of one command.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutputFiles {
    read: Vec<Named>,
    written: Vec<Named>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    what: &'static str,
    path: PathBuf,
}

/// Why a command must not write a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OutputFault {
    /// There is no folder to put it in.
    NoFolder {
        what: &'static str,
        path: PathBuf,
        folder: PathBuf,
    },
    /// What is there is no file of its own: a folder, a link, a pipe.
    Special {
        what: &'static str,
        path: PathBuf,
        is: &'static str,
    },
    /// It is what the command reads.
    IsRead {
        what: &'static str,
        path: PathBuf,
        read: &'static str,
    },
    /// It is another file that the command writes.
    IsWritten {
        what: &'static str,
        path: PathBuf,
        also: &'static str,
    },
}

impl OutputFiles {
    /// A file that the command reads, or has at hand: `what` is the name it has in a sentence, `the sheet`.
    #[must_use]
    pub(crate) fn reads<'a>(
        mut self,
        what: &'static str,
        path: impl Into<Option<&'a Path>>,
    ) -> OutputFiles {
        self.read
            .extend(path.into().map(|path| Named::new(what, path)));
        self
    }

    /// What stands in a job's folder.
    #[must_use]
    pub(crate) fn of_job(self, job: &JobFolder) -> OutputFiles {
        self.reads("the job's folder", job.path())
            .reads("the journal", job.journal().as_path())
            .reads("the lock", job.lock().as_path())
    }

    /// A file that the command writes.
    #[must_use]
    pub(crate) fn writes<'a>(
        mut self,
        what: &'static str,
        path: impl Into<Option<&'a Path>>,
    ) -> OutputFiles {
        self.written
            .extend(path.into().map(|path| Named::new(what, path)));
        self
    }

    /// What stands in the way of writing them.
    pub(crate) fn faults(&self) -> Vec<OutputFault> {
        let read: Vec<_> = self.read.iter().map(Named::identity).collect();
        let written: Vec<_> = self.written.iter().map(Named::identity).collect();
        let mut faults = Vec::new();
        for (place, file) in self.written.iter().enumerate() {
            faults.extend(file.special());
            let identity = &written[place];
            let mut others = self.read.iter().zip(&read);
            if let Some((other, _)) = others.find(|(_, other)| is_same(other, identity)) {
                faults.push(OutputFault::IsRead {
                    what: file.what,
                    path: file.path.clone(),
                    read: other.what,
                });
            }
            let mut before = self.written.iter().zip(&written[..place]);
            if let Some((other, _)) = before.find(|(_, other)| is_same(other, identity)) {
                faults.push(OutputFault::IsWritten {
                    what: file.what,
                    path: file.path.clone(),
                    also: other.what,
                });
            }
        }
        faults
    }
}

impl Named {
    fn new(what: &'static str, path: &Path) -> Named {
        Named {
            what,
            path: path.to_owned(),
        }
    }

    /// Which file it is; `None` if that cannot be found out, because its folder is not there or cannot be entered.
    fn identity(&self) -> Option<Identity> {
        match FileId::at(&self.path) {
            Ok(there) => Some(Identity::There(there)),
            Err(_) => {
                let within = FileId::at(folder(&self.path)).ok()?;
                let name = folded(self.path.file_name()?.to_owned());
                Some(Identity::NotYet(within, name))
            }
        }
    }

    /// Why nothing can be written there, whatever else the command does.
    fn special(&self) -> Option<OutputFault> {
        let (what, path) = (self.what, self.path.clone());
        if let Some(is) = path.file_name().and_then(platform::name_fault) {
            return Some(OutputFault::Special { what, path, is });
        }
        let is = match fs::symlink_metadata(&path) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                let folder = folder(&path).to_owned();
                return (!folder.is_dir()).then_some(OutputFault::NoFolder { what, path, folder });
            }
            // The command will say why it cannot be reached.
            Err(_) => return None,
            Ok(there) if there.is_file() => return None,
            Ok(there) if there.is_dir() => "a folder",
            Ok(there) if there.is_symlink() => "a link to another file",
            Ok(_) => "no file, but a pipe or a device",
        };
        Some(OutputFault::Special { what, path, is })
    }
}

/// Which file it is, whatever it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    /// It is there.
    There(FileId),
    /// It is not there yet: the folder it would be in, and a name that capitals and accents do not change.
    NotYet(FileId, OsString),
}

fn is_same(one: &Option<Identity>, other: &Option<Identity>) -> bool {
    one.is_some() && one == other
}

/// A name as file systems compare it that heed neither capitals nor how an accent is written.
fn folded(name: OsString) -> OsString {
    match name.into_string() {
        Ok(name) => name.nfc().collect::<String>().to_lowercase().into(),
        Err(name) => name,
    }
}

impl fmt::Display for OutputFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutputFault::NoFolder { what, path, folder } => write!(
                f,
                "{what} `{}` cannot be written: there is no folder `{}`",
                path.display(),
                folder.display()
            ),
            OutputFault::Special { what, path, is } => write!(
                f,
                "{what} cannot be written as `{}`, which is {is}; name another file",
                path.display()
            ),
            OutputFault::IsRead { what, path, read } => write!(
                f,
                "{what} would be written over {read}: `{}`; name another file for it",
                path.display()
            ),
            OutputFault::IsWritten { what, path, also } => write!(
                f,
                "{what} and {also} would be one file, `{}`; name two files",
                path.display()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(files: OutputFiles) -> Vec<String> {
        files.faults().iter().map(ToString::to_string).collect()
    }

    fn dir() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    #[test]
    fn files_of_their_own_are_written() {
        let dir = dir();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("team.csv"), "a").expect("a file");
        fs::write(at("page.html"), "b").expect("a file");
        let files = OutputFiles::default()
            .reads("the sheet", at("team.csv").as_path())
            .reads("the users' sheet", None)
            .of_job(&JobFolder::of(&at("team.results.csv")))
            .writes("the results", at("team.results.csv").as_path())
            .writes("the report", at("page.html").as_path());
        assert_eq!(faults(files), [""; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_over_what_is_read_by_whatever_name_or_link() {
        let dir = dir();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("team.csv"), "a").expect("a file");
        fs::hard_link(at("team.csv"), at("hard.csv")).expect("a link");
        std::os::unix::fs::symlink(dir.path(), at("round")).expect("a link");
        for name in ["team.csv", "./team.csv", "round/team.csv", "hard.csv"] {
            let files = OutputFiles::default()
                .reads("the sheet", at("team.csv").as_path())
                .writes("the report", at(name).as_path());
            let told = faults(files);
            let expected = format!(
                "the report would be written over the sheet: `{}`; name another file for it",
                at(name).display()
            );
            assert_eq!(told, [expected]);
        }
    }

    #[test]
    fn two_outputs_that_are_not_there_yet_are_one_file_if_only_capitals_or_accents_differ() {
        let dir = dir();
        let at = |name: &str| dir.path().join(name);
        for (one, other) in [
            ("X.html", "x.html"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("a", "./a"),
        ] {
            let files = OutputFiles::default()
                .writes("the plan", at(one).as_path())
                .writes("the report", at(other).as_path());
            let told = faults(files);
            assert!(
                told.len() == 1 && told[0].starts_with("the report and the plan would be one file"),
                "{one} {other}: {told:?}"
            );
        }
        let files = OutputFiles::default()
            .writes("the plan", at("a.csv").as_path())
            .writes("the report", at("b.csv").as_path());
        assert_eq!(faults(files), [""; 0]);
    }

    #[test]
    fn the_files_of_a_job_are_not_written_over_and_neither_is_its_folder_to_be() {
        let dir = dir();
        let job = JobFolder::of(&dir.path().join("team.results.csv"));
        let writing = |path: &Path| {
            let files = OutputFiles::default().of_job(&job);
            faults(files.writes("the report", path))
        };
        assert!(writing(job.path())[0].contains("over the job's folder"));
        fs::create_dir(job.path()).expect("a folder");
        for (path, what) in [(job.journal(), "the journal"), (job.lock(), "the lock")] {
            let told = writing(&path);
            assert!(told[0].contains(&format!("over {what}")), "{told:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn folders_links_pipes_and_places_without_a_folder_are_told_apart() {
        let dir = dir();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "a").expect("a file");
        std::os::unix::fs::symlink(at("file"), at("link")).expect("a link");
        std::os::unix::fs::symlink(at("nothing"), at("dangling")).expect("a link");
        fs::create_dir(at("folder")).expect("a folder");
        let made = std::process::Command::new("mkfifo")
            .arg(at("pipe"))
            .status();
        assert!(made.expect("mkfifo is there").success());
        for (name, says) in [
            ("link", "which is a link to another file"),
            ("dangling", "which is a link to another file"),
            ("folder", "which is a folder"),
            ("pipe", "which is no file, but a pipe or a device"),
            ("no/file", "there is no folder"),
        ] {
            let told = faults(OutputFiles::default().writes("the report", at(name).as_path()));
            assert!(
                told.len() == 1 && told[0].contains(says),
                "{name}: {told:?}"
            );
        }
    }
}
