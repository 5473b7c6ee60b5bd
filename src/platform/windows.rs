//! Windows.
//!
//! What it does not do: a job's folder is as private as the folder it is made in (a user's own folders are private), who can
//! read a token file is not looked at, and a name is not forced to disk (NTFS keeps a journal of names of its own).
#![expect(
    unsafe_code,
    reason = "job objects and locks on a part of a file have no safe interface"
)]

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsHandle, AsRawHandle};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use tempfile::NamedTempFile;
use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close,
    ctrl_logoff, ctrl_shutdown,
};
use winapi_util::HandleRef;
use winapi_util::file::information;
use windows_sys::Win32::Foundation::ERROR_LOCK_VIOLATION;
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, LOCKFILE_EXCLUSIVE_LOCK,
    LOCKFILE_FAIL_IMMEDIATELY, LockFileEx,
};
use windows_sys::Win32::System::IO::OVERLAPPED;
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION,
    JOB_OBJECT_LIMIT_PROCESS_MEMORY, JOB_OBJECT_LIMIT_PROCESS_TIME,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation,
    SetInformationJobObject,
};
use windows_sys::Win32::System::Threading::GetCurrentProcess;

pub(crate) use super::windows_words::{one_line, quoted, words};
use super::{Limits, StopRequest};

/// Which file it is, whatever it is called: its volume, and its number there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileId(u64, u64);

impl FileId {
    fn opened(path: &Path, flags: u32) -> io::Result<FileId> {
        // Folders can be opened only with this flag, and what is to be known of either needs no right to read it.
        let flags = FILE_FLAG_BACKUP_SEMANTICS | flags;
        let options = &mut OpenOptions::new();
        let file = options.access_mode(0).custom_flags(flags).open(path)?;
        FileId::of(&file)
    }

    /// The file or folder at this path, or what a link there points to.
    pub(crate) fn at(path: &Path) -> io::Result<FileId> {
        FileId::opened(path, 0)
    }

    /// What is at this path itself, be it a link.
    pub(crate) fn exactly_at(path: &Path) -> io::Result<FileId> {
        FileId::opened(path, FILE_FLAG_OPEN_REPARSE_POINT)
    }

    /// An open file.
    pub(crate) fn of(file: &File) -> io::Result<FileId> {
        let known = information(HandleRef::from_file(file))?;
        Ok(FileId(known.volume_serial_number(), known.file_index()))
    }
}

/// Why no file can have this name here, or would be another one under it.
pub(crate) fn name_fault(name: &OsStr) -> Option<&'static str> {
    const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
    let name = name.to_string_lossy().to_lowercase();
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let is_port = ["com", "lpt"].iter().any(|port| {
        let number = stem
            .strip_prefix(port)
            .map(|rest| rest.chars().collect::<Vec<_>>());
        number.is_some_and(|digits| matches!(digits[..], ['1'..='9' | '¹' | '²' | '³']))
    });
    match () {
        () if DEVICES.contains(&stem) || is_port => Some("a device"),
        // What stands behind a colon would be hidden in the file whose name stands before it.
        () if name.contains(|char: char| "<>:\"|?*".contains(char) || char < ' ') => {
            Some("no name that a file can have in Windows")
        }
        () if name.ends_with(['.', ' ']) => {
            Some("a name that Windows would shorten, because it ends in a dot or a space")
        }
        () => None,
    }
}

/// A new folder is as private as the one it stands in.
pub(crate) fn for_owner_alone(_: &mut DirBuilder) {}

/// A file is opened without following a link.
pub(crate) fn flags_of_plain_file(options: &mut OpenOptions) {
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
}

/// A file can be read by those who can read what else is in its folder.
pub(crate) fn allow_like(
    _: &Path,
    builder: &mut tempfile::Builder<'_, '_>,
    make: impl FnOnce(&mut tempfile::Builder<'_, '_>) -> io::Result<NamedTempFile>,
) -> io::Result<NamedTempFile> {
    make(builder)
}

/// Who can read a file is not looked at.
pub(crate) fn exposed(_: &File, _: &Path) -> Option<String> {
    None
}

/// Makes an open file this long; one that can only be appended to has to be opened once more for that.
pub(crate) fn cut(_: &File, path: &Path, length: u64) -> io::Result<()> {
    let options = &mut OpenOptions::new();
    let options = options
        .write(true)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options.open(path)?.set_len(length)
}

/// Takes a lock that ends with the process; the file can be read all the same.
pub(crate) fn try_lock(file: &File) -> Result<(), TryLockError> {
    lock(file, LOCKFILE_EXCLUSIVE_LOCK)
}

/// The same, where several may hold it.
pub(crate) fn try_lock_shared(file: &File) -> Result<(), TryLockError> {
    lock(file, 0)
}

/// Locks a byte far behind the end of the file: what is locked here, nobody else can read.
fn lock(file: &File, kind: u32) -> Result<(), TryLockError> {
    let mut place = OVERLAPPED::default();
    place.Anonymous.Anonymous.OffsetHigh = 1 << 30;
    // SAFETY: the handle is that of an open file, and the call does not wait, so that `place` outlives it.
    let locked = unsafe {
        LockFileEx(
            file.as_raw_handle(),
            kind | LOCKFILE_FAIL_IMMEDIATELY,
            0,
            1,
            0,
            &raw mut place,
        )
    };
    match locked {
        0 => {
            let err = io::Error::last_os_error();
            Err(match err.raw_os_error().map(i32::cast_unsigned) {
                Some(ERROR_LOCK_VIOLATION) => TryLockError::WouldBlock,
                _ => TryLockError::Error(err),
            })
        }
        _ => Ok(()),
    }
}

/// Has a file on disk when this returns.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.sync_all()
}

/// Nothing can be asked of a folder.
pub(crate) fn sync_folder(_: &Path) {}

/// Bounds what this process may use, by a job object. Wine takes the bounds and does not keep them.
pub(crate) fn limit_this_process(limits: Limits) -> io::Result<()> {
    let mut info = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    let basic = &mut info.BasicLimitInformation;
    basic.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY
        | JOB_OBJECT_LIMIT_PROCESS_TIME
        | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
    // In units of 100 ns.
    basic.PerProcessUserTimeLimit = limits.processor_seconds.cast_signed() * 10_000_000;
    info.ProcessMemoryLimit = usize::try_from(limits.memory).unwrap_or(usize::MAX);
    let size = u32::try_from(size_of_val(&info)).unwrap_or_default();
    // SAFETY: no pointer is kept by the calls; `info` has the layout and the size that this class of information has. The
    // job's handle is left open on purpose: it lives as long as this process.
    let is_limited = unsafe {
        let job = CreateJobObjectW(std::ptr::null(), std::ptr::null());
        !job.is_null()
            && SetInformationJobObject(
                job,
                JobObjectExtendedLimitInformation,
                (&raw const info).cast(),
                size,
            ) != 0
            && AssignProcessToJobObject(job, GetCurrentProcess()) != 0
    };
    match is_limited {
        true => Ok(()),
        false => Err(io::Error::last_os_error()),
    }
}

/// What the system needs of the environment to start a process: where it is itself.
pub(crate) fn essential_environment() -> impl Iterator<Item = (String, OsString)> {
    let known = |name: &str| Some((name.to_owned(), std::env::var_os(name)?));
    ["SystemRoot", "SystemDrive"].into_iter().filter_map(known)
}

/// How a process was ended that did not end itself: `code 0xC0000409`.
pub(crate) fn how_it_crashed(status: ExitStatus) -> Option<String> {
    let code = status.code().filter(|code| *code < 0)?;
    Some(format!("code {code:#X}"))
}

/// The program as it runs.
pub(crate) fn running_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// A full disk is an error of the write.
pub(crate) fn outlive_full_files() -> io::Result<()> {
    Ok(())
}

/// Hears when somebody wants the program to stop.
#[derive(Debug)]
pub(crate) struct StopRequests {
    interrupt: CtrlC,
    pause: CtrlBreak,
    close: CtrlClose,
    logoff: CtrlLogoff,
    shutdown: CtrlShutdown,
}

impl StopRequests {
    /// From here on such a request does not end the program by itself; where a window is closed, the session ends or the
    /// computer is shut down, Windows ends it some seconds later all the same.
    pub(crate) fn listen() -> io::Result<StopRequests> {
        Ok(StopRequests {
            interrupt: ctrl_c()?,
            pause: ctrl_break()?,
            close: ctrl_close()?,
            logoff: ctrl_logoff()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Option<StopRequest> {
        tokio::select! {
            Some(()) = self.interrupt.recv() => Some(StopRequest::Interrupt),
            Some(()) = self.pause.recv() => Some(StopRequest::Interrupt),
            Some(()) = self.close.recv() => Some(StopRequest::Terminate),
            Some(()) = self.logoff.recv() => Some(StopRequest::Terminate),
            Some(()) = self.shutdown.recv() => Some(StopRequest::Terminate),
            else => None,
        }
    }
}

/// How many columns the terminal behind this has.
pub(crate) fn columns(to: &impl AsHandle) -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(to)?;
    Some(usize::from(width.0))
}
