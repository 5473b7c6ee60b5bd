//! One run at a time on one results file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::path::is_at;
use super::{Error, lock_path};

/// Held while a run is at work on a results file; the operating system lets go of it if the run dies.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock of a results file; `holder` says who holds it from now on, since when, on which computer.
    ///
    /// # Errors
    /// If another run holds it, or the file cannot be made.
    pub fn take(results: &Path, holder: &str) -> Result<Lock, Error> {
        let path = lock_path(results);
        loop {
            let mut file = OpenOptions::new()
                .create(true)
                .read(true)
                .write(true)
                .truncate(false)
                .open(&path)
                .map_err(|source| Error::Place {
                    path: results.to_owned(),
                    source,
                })?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    // The name of the holder only helps; without it the answer is the same.
                    let _ = file.read_to_string(&mut holder);
                    return Err(Error::Locked {
                        path: results.to_owned(),
                        holder: holder.trim().to_owned(),
                    });
                }
                Err(TryLockError::Error(err)) => return Err(Error::io("lock", &path)(err)),
            }
            // Whoever held it before may have taken the file away between our opening and locking it.
            if !is_at(&file, &path) {
                continue;
            }
            file.set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| writeln!(file, "{holder}"))
                .map_err(Error::io("write", &path))?;
            return Ok(Lock { file, path });
        }
    }
}

impl Lock {
    /// Who holds the lock of a results file now; nothing is made or changed.
    ///
    /// # Errors
    /// If the lock is there and cannot be read.
    pub fn holder(results: &Path) -> Result<Option<String>, Error> {
        let path = lock_path(results);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(Error::io("read", &path)(err)),
        };
        match file.try_lock_shared() {
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
        // What is left behind when this fails is an empty promise, not a lock: the next run can take it.
        let _ = std::fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_refused_and_told_who_holds_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let results = dir.path().join("x.results.csv");
        let lock = Lock::take(&results, "ann on desk-7 since 10:02").expect("free");
        let err = Lock::take(&results, "bob").expect_err("held");
        assert!(
            err.to_string().contains("ann on desk-7 since 10:02"),
            "{err}"
        );
        drop(lock);
        assert!(!lock_path(&results).exists());
        Lock::take(&results, "bob").expect("free again");
    }
}
