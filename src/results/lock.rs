//! One command at a time on one job.

use std::fs::{OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};

use crate::files::{self, File};
use crate::platform;

use super::job_folder::{is_at, open_plain};
use super::{Error, JobFolder};

/// Held while a command writes to a job; the operating system lets go of it if the command dies.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Open, and locked, until this is dropped.
    file: Option<File>,
    job: JobFolder,
}

impl Lock {
    /// Makes the job's folder and takes its lock; `holder` says who holds it from now on, since when, on which computer.
    ///
    /// # Errors
    /// If another command holds it, or the folder or the file cannot be made.
    pub(crate) fn take(job: &JobFolder, holder: &str) -> Result<Lock, Error> {
        let path = job.lock();
        let place = |source| Error::Place {
            path: job.results().to_owned(),
            source,
        };
        loop {
            job.make().map_err(place)?;
            let options = &mut OpenOptions::new();
            let options = options.create(true).read(true).write(true).truncate(false);
            let mut file = match open_plain(&path, options) {
                // Whoever held it before has just taken the folder away.
                Err(err) if err.kind() == io::ErrorKind::NotFound => continue,
                opened => opened.map_err(place)?,
            };
            match platform::try_lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    // The name of the holder only helps; without it the answer is the same.
                    let _ = file.read_to_string(&mut holder);
                    return Err(Error::Locked {
                        path: job.results().to_owned(),
                        holder: holder.trim().to_owned(),
                    });
                }
                Err(TryLockError::Error(err)) => return Err(Error::io("lock", &path)(err)),
            }
            // Whoever held it before may have taken the file away between our opening and locking it.
            if !is_at(&file, &path).map_err(place)? {
                continue;
            }
            file.set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| writeln!(file, "{holder}"))
                .map_err(Error::io("write", &path))?;
            job.adopt().map_err(Error::io("move", job.journal()))?;
            return Ok(Lock {
                file: Some(file),
                job: job.clone(),
            });
        }
    }

    /// The job.
    pub(crate) fn job(&self) -> &JobFolder {
        &self.job
    }

    /// Who holds the lock of a job now; nothing is made or changed.
    ///
    /// # Errors
    /// If the lock is there and cannot be read.
    pub(crate) fn holder(job: &JobFolder) -> Result<Option<String>, Error> {
        let path = job.lock();
        let mut file = match open_plain(&path, OpenOptions::new().read(true)) {
            Ok(file) => file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(Error::io("read", &path)(err)),
        };
        match platform::try_lock_shared(&file) {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // The name of the holder only helps.
                let _ = file.read_to_string(&mut holder);
                Ok(Some(holder.trim().to_owned()))
            }
            Err(TryLockError::Error(err)) => Err(Error::io("lock", &path)(err)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What is left behind when this fails is an empty promise, not a lock: the next command can take it.
        let _ = files::remove_file(&self.job.lock());
        // Some systems take a file away only once it is closed.
        drop(self.file.take());
        self.job.tidy();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_refused_and_told_who_holds_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let job = JobFolder::of(&dir.path().join("x.results.csv"));
        let lock = Lock::take(&job, "ann on desk-7 since 10:02").expect("free");
        let err = Lock::take(&job, "bob").expect_err("held");
        assert!(
            err.to_string().contains("ann on desk-7 since 10:02"),
            "{err}"
        );
        drop(lock);
        assert!(!job.path().exists(), "nothing was in the folder");
        Lock::take(&job, "bob").expect("free again");
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_a_link_is_refused_and_what_it_points_to_is_left_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let job = JobFolder::of(&dir.path().join("x.results.csv"));
        let precious = dir.path().join("precious");
        std::fs::write(&precious, "mine").expect("a file");
        std::fs::create_dir(job.path()).expect("a folder");
        std::os::unix::fs::symlink(&precious, job.lock()).expect("a link");
        let err = Lock::take(&job, "bob").expect_err("a link");
        let why = std::error::Error::source(&err).expect("a reason");
        assert!(why.to_string().contains("no plain file"), "{err}: {why}");
        assert_eq!(
            std::fs::read_to_string(&precious).expect("it is there"),
            "mine"
        );
    }
}
