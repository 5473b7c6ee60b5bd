//! A disk that may lose its power: what is on it for certain, and what may be.
//!
//! What a file holds is certain once it was synced, a name once its folder was. Of everything else a power cut may leave
//! any part: of what was written since, the first so many writes and a piece of the next, or zeros in its place; of the
//! names that were given, taken and changed since, any of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use crate::files::FileChange;
use crate::platform::FileId;

use super::histories::Random;
use super::{Killed, Verdict, operation, with};

/// A change is made, if the process lives and there is room.
pub(crate) fn change<T>(
    change: FileChange<'_>,
    act: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    // To open what is there changes nothing.
    if let FileChange::Open(path) = change
        && path.symlink_metadata().is_ok()
    {
        return act();
    }
    match operation() {
        None => return act(),
        Some(Verdict::Go) => {}
        Some(Verdict::Dead) => return Err(die()),
        Some(Verdict::Full) if needs_room(change) => return Err(full()),
        Some(Verdict::Full) => {}
    }
    let done = act()?;
    with(|process| {
        if let Some(disk) = &mut process.disk {
            disk.note(change);
        }
    });
    Ok(done)
}

/// Bytes are written, or some of them.
pub(crate) fn write(mut file: &fs::File, bytes: &[u8]) -> io::Result<usize> {
    let verdict = operation();
    match verdict {
        None => return file.write(bytes),
        Some(Verdict::Go) => {}
        // What does not fit or is cut off by the end of the process may be there in part.
        Some(Verdict::Dead) if std::thread::panicking() => return Err(die()),
        Some(Verdict::Dead | Verdict::Full) => {
            let part = with(|process| process.operations % (bytes.len() + 1)).unwrap_or_default();
            let is_first = with(|process| match process.fate {
                super::Fate::Full(from, _) => process.operations == from,
                super::Fate::Killed(at) => process.operations == at,
                _ => false,
            });
            if is_first == Some(true) && part > 0 {
                file.write_all(&bytes[..part])?;
                note_write(file, &bytes[..part])?;
                if matches!(verdict, Some(Verdict::Full)) {
                    return Ok(part);
                }
            }
            return Err(match verdict {
                Some(Verdict::Full) => full(),
                _ => die(),
            });
        }
    }
    let length = file.write(bytes)?;
    note_write(file, &bytes[..length])?;
    Ok(length)
}

fn note_write(mut file: &fs::File, bytes: &[u8]) -> io::Result<()> {
    let end = io::Seek::stream_position(&mut file)?;
    let at = usize::try_from(end).expect("small") - bytes.len();
    with(|process| {
        if let Some(disk) = &mut process.disk {
            disk.edited(file, Edit::Write(at, bytes.to_owned()));
        }
    });
    Ok(())
}

/// A file was made under this name.
pub(crate) fn made(path: &Path) {
    with(|process| {
        if let Some(disk) = &mut process.disk {
            disk.note(FileChange::Open(path));
        }
    });
}

fn needs_room(change: FileChange<'_>) -> bool {
    matches!(
        change,
        FileChange::Open(_)
            | FileChange::Temporary
            | FileChange::Link(_)
            | FileChange::MakeFolder(_)
    )
}

fn full() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

/// Ends the process, unless it is ending: then nothing more comes of what it does.
fn die() -> io::Error {
    if !std::thread::panicking() {
        resume_unwind(Box::new(Killed));
    }
    io::Error::other("the process has ended")
}

/// What is on disk for certain, and what was done since.
pub(super) struct Disk {
    root: PathBuf,
    files: Vec<File>,
    names: BTreeMap<PathBuf, Entry>,
    /// What became of names since.
    renamed: Vec<Renaming>,
}

struct File {
    /// `None` once another file has its number.
    id: Option<FileId>,
    certain: Vec<u8>,
    since: Vec<Edit>,
}

enum Edit {
    Write(usize, Vec<u8>),
    Cut(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Folder,
    /// Where it stands among the files.
    File(usize),
}

enum Renaming {
    Added(PathBuf, Entry),
    Removed(PathBuf),
    Renamed(PathBuf, PathBuf, Entry),
}

impl Disk {
    /// All that is in a folder now, for certain.
    pub(super) fn of(root: &Path) -> Disk {
        let mut disk = Disk {
            root: root.to_owned(),
            files: Vec::new(),
            names: BTreeMap::new(),
            renamed: Vec::new(),
        };
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    disk.names.insert(path.clone(), Entry::Folder);
                    folders.push(path);
                } else {
                    let file = disk.file(FileId::exactly_at(&path).expect("a file"), || {
                        fs::read(&path).expect("a file")
                    });
                    disk.names.insert(path, Entry::File(file));
                }
            }
        }
        disk
    }

    fn file(&mut self, id: FileId, certain: impl FnOnce() -> Vec<u8>) -> usize {
        let known = self
            .files
            .iter()
            .position(|file| file.id.as_ref() == Some(&id));
        known.unwrap_or_else(|| {
            self.files.push(File {
                id: Some(id),
                certain: certain(),
                since: Vec::new(),
            });
            self.files.len() - 1
        })
    }

    /// Which file has this name now.
    fn at(&mut self, path: &Path) -> Option<usize> {
        let id = FileId::exactly_at(path).ok()?;
        path.starts_with(&self.root)
            .then(|| self.file(id, Vec::new))
    }

    fn edited(&mut self, file: &fs::File, edit: Edit) {
        let id = FileId::of(file).expect("an open file");
        let file = self.file(id, Vec::new);
        self.files[file].since.push(edit);
    }

    fn note(&mut self, change: FileChange<'_>) {
        match change {
            FileChange::Temporary => {}
            FileChange::Open(path) => {
                // A number may be given again once its file is gone.
                if let Ok(id) = FileId::exactly_at(path) {
                    let former = self.files.iter_mut();
                    former
                        .filter(|file| file.id.as_ref() == Some(&id))
                        .for_each(|file| file.id = None);
                }
                if let Some(file) = self.at(path) {
                    self.renamed
                        .push(Renaming::Added(path.to_owned(), Entry::File(file)));
                }
            }
            FileChange::Cut(file, length) => {
                let length = usize::try_from(length).expect("small");
                self.edited(file, Edit::Cut(length));
            }
            FileChange::Sync(file) => {
                let id = FileId::of(file).expect("an open file");
                let file = self.file(id, Vec::new);
                self.files[file].settle();
            }
            FileChange::SyncNamed(path) => {
                if let Some(file) = self.at(path) {
                    self.files[file].settle();
                }
            }
            FileChange::SyncFolder(folder) => {
                let (done, rest) = std::mem::take(&mut self.renamed)
                    .into_iter()
                    .partition(|renaming: &Renaming| renaming.path().parent() == Some(folder));
                self.renamed = rest;
                let done: Vec<Renaming> = done;
                done.iter().for_each(|one| one.apply(&mut self.names));
            }
            FileChange::Rename(from, to) => {
                if let Some(file) = self.at(to) {
                    self.renamed.push(Renaming::Renamed(
                        from.to_owned(),
                        to.to_owned(),
                        Entry::File(file),
                    ));
                }
            }
            FileChange::Link(to) => {
                if let Some(file) = self.at(to) {
                    self.renamed
                        .push(Renaming::Added(to.to_owned(), Entry::File(file)));
                }
            }
            FileChange::Remove(path) | FileChange::RemoveFolder(path) => {
                self.renamed.push(Renaming::Removed(path.to_owned()));
            }
            FileChange::MakeFolder(path) => {
                self.renamed
                    .push(Renaming::Added(path.to_owned(), Entry::Folder));
            }
        }
    }

    /// Leaves in the folder what a power cut may leave, and says what became of it.
    pub(super) fn lose_power(mut self, random: &mut Random) -> String {
        // Now and then everything was written in time, or nothing but what had to be.
        let luck = random.below(4);
        let mut told = Vec::new();
        for renaming in std::mem::take(&mut self.renamed) {
            let is_kept = match luck {
                0 => true,
                1 => false,
                _ => random.one_in(2),
            };
            if is_kept {
                renaming.apply(&mut self.names);
            } else {
                told.push(renaming.to_string());
            }
        }
        fs::remove_dir_all(&self.root).expect("a folder");
        fs::create_dir(&self.root).expect("a folder");
        let left: Vec<Vec<u8>> = self
            .files
            .iter()
            .map(|file| file.left(luck, random))
            .collect();
        for (path, entry) in &self.names {
            // A folder that was lost has taken with it what was in it.
            if !path.parent().is_some_and(Path::is_dir) {
                continue;
            }
            match entry {
                Entry::Folder => fs::create_dir(path).expect("a folder"),
                Entry::File(file) => fs::write(path, &left[*file]).expect("a file"),
            }
        }
        format!("the power fails; lost: {}", told.join(", "))
    }
}

impl File {
    fn settle(&mut self) {
        for edit in std::mem::take(&mut self.since) {
            edit.apply(&mut self.certain);
        }
    }

    fn left(&self, luck: usize, random: &mut Random) -> Vec<u8> {
        let mut left = self.certain.clone();
        let kept = match luck {
            0 => self.since.len(),
            1 => 0,
            _ => random.below(self.since.len() + 1),
        };
        self.since[..kept]
            .iter()
            .for_each(|edit| edit.apply(&mut left));
        if let Some(Edit::Write(at, bytes)) = self.since.get(kept).filter(|_| luck > 1) {
            match random.below(3) {
                0 => {}
                1 => Edit::Write(*at, bytes[..random.below(bytes.len() + 1)].to_owned())
                    .apply(&mut left),
                _ => Edit::Write(*at, vec![0; bytes.len()]).apply(&mut left),
            }
        }
        left
    }
}

impl Edit {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Edit::Cut(length) => to.resize(*length, 0),
            Edit::Write(at, bytes) => {
                to.resize(to.len().max(at + bytes.len()), 0);
                to[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }
}

impl Renaming {
    /// The name whose folder has to be synced.
    fn path(&self) -> &Path {
        match self {
            Renaming::Added(path, _) | Renaming::Removed(path) | Renaming::Renamed(_, path, _) => {
                path
            }
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, Entry>) {
        match self {
            Renaming::Added(path, entry) => {
                names.insert(path.clone(), *entry);
            }
            Renaming::Removed(path) => {
                names.remove(path);
            }
            Renaming::Renamed(from, to, entry) => {
                names.remove(from);
                names.insert(to.clone(), *entry);
            }
        }
    }
}

impl std::fmt::Display for Renaming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |path: &Path| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        match self {
            Renaming::Added(path, _) => write!(f, "new {}", name(path)),
            Renaming::Removed(path) => write!(f, "removed {}", name(path)),
            Renaming::Renamed(from, to, _) => write!(f, "{} as {}", name(from), name(to)),
        }
    }
}
