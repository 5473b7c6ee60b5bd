//! Every change of a file goes through here: what is made, written, renamed, removed, and had on disk.
//!
//! The product asks the operating system and nobody else. In tests the same calls are also noted down, and may be
//! forbidden or be the last: `test_world/disk.rs`. A lint keeps everybody else from changing files directly.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the room that changes files"
)]

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::platform;

#[cfg(test)]
use crate::test_world::disk::{change, made, write};

/// A change that is about to be made.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "only tests look at what is changed")
)]
#[derive(Clone, Copy, Debug)]
pub(crate) enum FileChange<'a> {
    /// A file is opened, and made if it is not there.
    Open(&'a Path),
    /// A temporary file is made in this folder.
    Temporary,
    /// A file gets this length.
    Cut(&'a fs::File, u64),
    /// A file has to be on disk.
    Sync(&'a fs::File),
    /// The file of this name has to be on disk.
    SyncNamed(&'a Path),
    /// The names of a folder have to be on disk.
    SyncFolder(&'a Path),
    /// A file or folder gets another name.
    Rename(&'a Path, &'a Path),
    /// A file gets this name besides.
    Link(&'a Path),
    /// A file loses its name.
    Remove(&'a Path),
    /// A folder is made.
    MakeFolder(&'a Path),
    /// An empty folder is removed.
    RemoveFolder(&'a Path),
}

#[cfg(not(test))]
fn change<T>(_: FileChange<'_>, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    act()
}

#[cfg(not(test))]
fn write(mut file: &fs::File, bytes: &[u8]) -> io::Result<usize> {
    file.write(bytes)
}

/// A file was made under this name.
#[cfg(not(test))]
fn made(_: &Path) {}

/// An open file.
#[derive(Debug)]
pub(crate) struct File(fs::File);

/// Opens a file, and makes it if `options` say so.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> io::Result<File> {
    change(FileChange::Open(path), || options.open(path)).map(File)
}

impl File {
    pub(crate) fn set_len(&self, length: u64) -> io::Result<()> {
        change(FileChange::Cut(&self.0, length), || self.0.set_len(length))
    }

    /// Makes it this long, also where it can only be appended to; `path` is where it stands.
    pub(crate) fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        let cut = || platform::cut(&self.0, path, length);
        change(FileChange::Cut(&self.0, length), cut)
    }

    pub(crate) fn sync_all(&self) -> io::Result<()> {
        change(FileChange::Sync(&self.0), || self.0.sync_all())
    }

    pub(crate) fn sync_data(&self) -> io::Result<()> {
        change(FileChange::Sync(&self.0), || self.0.sync_data())
    }

    pub(crate) fn try_clone(&self) -> io::Result<File> {
        self.0.try_clone().map(File)
    }
}

/// For all that changes nothing.
impl Deref for File {
    type Target = fs::File;

    fn deref(&self) -> &fs::File {
        &self.0
    }
}

impl Read for File {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Seek for &File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        (&self.0).seek(to)
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Write for &File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write(&self.0, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write(&self.0, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that goes away with this value, unless it gets its name.
#[derive(Debug)]
pub(crate) struct Temporary {
    file: File,
    /// `None` once it has its name.
    path: Option<TempPath>,
}

impl Temporary {
    /// What `make` makes.
    pub(crate) fn new(make: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<Temporary> {
        let (file, mut path) = change(FileChange::Temporary, make)?.into_parts();
        made(&path);
        // It is removed here, like everything else.
        path.disable_cleanup(true);
        Ok(Temporary {
            file: File(file),
            path: Some(path),
        })
    }

    pub(crate) fn as_file(&self) -> &File {
        &self.file
    }

    pub(crate) fn path(&self) -> &Path {
        self.path.as_deref().expect("it has no other name yet")
    }

    /// Gives it this name, in place of what has it.
    pub(crate) fn persist(self, path: &Path) -> io::Result<()> {
        self.named(path, |temporary| temporary.persist(path))
    }

    /// Gives it this name, unless something has it.
    pub(crate) fn persist_noclobber(self, path: &Path) -> io::Result<()> {
        self.named(path, |temporary| temporary.persist_noclobber(path))
    }

    fn named(
        mut self,
        to: &Path,
        rename: impl FnOnce(TempPath) -> Result<(), tempfile::PathPersistError>,
    ) -> io::Result<()> {
        let temporary = self.path.take().expect("it has no other name yet");
        let from = temporary.to_path_buf();
        change(FileChange::Rename(&from, to), || {
            rename(temporary).map_err(|err| err.error)
        })
        .inspect_err(|_| {
            let _ = remove_file(&from);
        })
    }

    /// Leaves it where it is.
    pub(crate) fn keep(mut self) -> io::Result<PathBuf> {
        let path = self.path.take().expect("it has no other name yet");
        path.keep().map_err(|err| err.error)
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // What cannot be removed is left behind, and taken for abandoned later.
            let _ = remove_file(path);
        }
    }
}

pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    change(FileChange::Rename(from, to), || fs::rename(from, to))
}

pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    change(FileChange::Remove(path), || fs::remove_file(path))
}

/// Removes an empty folder.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    change(FileChange::RemoveFolder(path), || fs::remove_dir(path))
}

pub(crate) fn make_folder(path: &Path, builder: &DirBuilder) -> io::Result<()> {
    change(FileChange::MakeFolder(path), || builder.create(path))
}

/// Makes a folder and all above it, if they are not there.
pub(crate) fn make_folders(path: &Path) -> io::Result<()> {
    change(FileChange::MakeFolder(path), || fs::create_dir_all(path))
}

/// Gives the file a second name, or its copy where a file has one name only. The file is on disk then, its name is not.
pub(crate) fn link_or_copy(path: &Path, copy: &Path) -> io::Result<()> {
    change(FileChange::Link(copy), || fs::hard_link(path, copy)).or_else(|_| {
        change(FileChange::Open(copy), || fs::copy(path, copy))?;
        change(FileChange::SyncNamed(copy), || platform::sync_file(copy))
    })
}

/// Has the names of a folder on disk, as far as that can be asked for.
pub(crate) fn sync_folder(folder: &Path) {
    // Where folders cannot be synced, nothing more can be done.
    let _ = change(FileChange::SyncFolder(folder), || {
        platform::sync_folder(folder);
        Ok(())
    });
}
