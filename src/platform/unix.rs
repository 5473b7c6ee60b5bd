//! Linux, macOS and other systems of that kind.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, atomic::AtomicBool};

use rustix::fs::OFlags;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::NamedTempFile;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::unprintable::steers;

use super::{Limits, StopRequest};

/// Which file it is, whatever it is called: its file system, and its number in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileId(u64, u64);

impl FileId {
    fn of_metadata(there: &fs::Metadata) -> FileId {
        FileId(there.dev(), there.ino())
    }

    /// The file or folder at this path, or what a link there points to.
    pub(crate) fn at(path: &Path) -> io::Result<FileId> {
        fs::metadata(path).map(|there| FileId::of_metadata(&there))
    }

    /// What is at this path itself, be it a link.
    pub(crate) fn exactly_at(path: &Path) -> io::Result<FileId> {
        fs::symlink_metadata(path).map(|there| FileId::of_metadata(&there))
    }

    /// An open file.
    pub(crate) fn of(file: &File) -> io::Result<FileId> {
        file.metadata().map(|there| FileId::of_metadata(&there))
    }
}

/// Why no file can have this name here; the file system says it itself.
pub(crate) fn name_fault(_: &OsStr) -> Option<&'static str> {
    None
}

/// A new folder gets these permissions: for its owner alone.
pub(crate) fn for_owner_alone(builder: &mut DirBuilder) {
    builder.mode(0o700);
}

/// A file is opened for its owner alone if it is new, and without following a link or waiting for a pipe.
pub(crate) fn flags_of_plain_file(options: &mut OpenOptions) {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.mode(0o600).custom_flags(flags.bits().cast_signed());
}

/// Lets those read and write what `make` makes who may do that with `former`, or with any new file if there is none.
pub(crate) fn allow_like(
    former: &Path,
    builder: &mut tempfile::Builder<'_, '_>,
    make: impl FnOnce(&mut tempfile::Builder<'_, '_>) -> io::Result<NamedTempFile>,
) -> io::Result<NamedTempFile> {
    let former = fs::metadata(former).map(|former| former.permissions().mode() & 0o777);
    // The user's mask takes from this what it takes from every new file.
    builder.permissions(Permissions::from_mode(*former.as_ref().unwrap_or(&0o666)));
    let file = make(builder)?;
    if let Ok(mode) = former {
        // Failing to widen access loses nothing: the owner can read the file.
        let _ = file.as_file().set_permissions(Permissions::from_mode(mode));
    }
    Ok(file)
}

/// Whether others than the owner can read a file or write to it, and the command that ends that.
pub(crate) fn exposed(file: &File, path: &Path) -> Option<String> {
    // What cannot be learned about it shows on reading.
    let there = file.metadata().ok()?;
    let is_exposed = there.is_file() && there.permissions().mode() & 0o077 != 0;
    is_exposed.then(|| format!("chmod 600 {}", quoted(path.as_os_str())))
}

/// Makes an open file this long; `path` is where it stands.
pub(crate) fn cut(file: &File, _: &Path, length: u64) -> io::Result<()> {
    file.set_len(length)
}

/// Takes a lock that ends with the process; the file can be read all the same.
pub(crate) fn try_lock(file: &File) -> Result<(), TryLockError> {
    file.try_lock()
}

/// The same, where several may hold it.
pub(crate) fn try_lock_shared(file: &File) -> Result<(), TryLockError> {
    file.try_lock_shared()
}

/// Has a file on disk when this returns.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// A new name survives a power cut only when its folder is on disk. Where folders cannot be synced, nothing is done.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Bounds what this process may use; where the user or the system allows less, that stays. macOS takes the bound on memory
/// and does not keep it.
pub(crate) fn limit_this_process(limits: Limits) -> io::Result<()> {
    limit(Resource::As, limits.memory)?;
    limit(Resource::Cpu, limits.processor_seconds)?;
    limit(Resource::Core, 0)
}

fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let allowed = getrlimit(resource).maximum;
    let most = Some(allowed.map_or(most, |allowed| allowed.min(most)));
    let limit = Rlimit {
        current: most,
        maximum: most,
    };
    Ok(setrlimit(resource, limit)?)
}

/// What the system needs of the environment to start a process: nothing.
pub(crate) fn essential_environment() -> impl Iterator<Item = (String, std::ffi::OsString)> {
    std::iter::empty()
}

/// How a process was ended that did not end itself: `signal 6`.
pub(crate) fn how_it_crashed(status: ExitStatus) -> Option<String> {
    status.signal().map(|signal| format!("signal {signal}"))
}

/// The program as it runs, even if another version has taken its place meanwhile (where there is `/proc`).
pub(crate) fn running_program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    match running.exists() {
        true => Ok(running.to_owned()),
        false => std::env::current_exe(),
    }
}

/// Keeps SIGXFSZ from ending the program: a file that must not grow any more is an error of the write, like a full disk.
pub(crate) fn outlive_full_files() -> io::Result<()> {
    // Listened to, it no longer ends the program; that it came is of no interest, for the write tells.
    let came = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, came).map(drop)
}

/// Hears when somebody wants the program to stop.
#[derive(Debug)]
pub(crate) struct StopRequests {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
}

impl StopRequests {
    /// From here on such a request does not end the program by itself.
    pub(crate) fn listen() -> io::Result<StopRequests> {
        Ok(StopRequests {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            // Whoever is started with `nohup` is to outlive the terminal.
            hangup: match is_hangup_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Option<StopRequest> {
        let hangup = async {
            match &mut self.hangup {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(()) = self.interrupt.recv() => Some(StopRequest::Interrupt),
            Some(()) = self.terminate.recv() => Some(StopRequest::Terminate),
            Some(()) = hangup => Some(StopRequest::Terminate),
            else => None,
        }
    }
}

/// Whether whoever has started the program wants it to outlive a hangup.
#[cfg(target_os = "linux")]
fn is_hangup_ignored() -> bool {
    // A set of bits, that of signal N at N - 1.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    ignored.is_some_and(|bits| bits & (1 << (signal_hook::consts::SIGHUP - 1)) != 0)
}

/// The same where nothing tells it: a process inherits what is ignored, so one that survives its own hangup does.
#[cfg(not(target_os = "linux"))]
fn is_hangup_ignored() -> bool {
    let mut shell = std::process::Command::new("/bin/sh");
    let ended = shell.args(["-c", "kill -HUP $$"]).status();
    ended.is_ok_and(|status| status.success())
}

/// The words of a command that is run without a shell, parted as one would. Nothing if a quote is not closed.
pub(crate) fn words(line: &str) -> Option<Vec<String>> {
    shlex::split(line)
}

/// These words as one line, which [`words`] takes apart into them.
pub(crate) fn one_line(words: &[&str]) -> String {
    // No program can be given what cannot be quoted (NUL), so that this will not be run.
    shlex::try_join(words.iter().copied()).unwrap_or_else(|_| words.join(" "))
}

/// How many columns the terminal behind this has.
pub(crate) fn columns(to: &impl AsFd) -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(to)?;
    Some(usize::from(width.0))
}

/// An argument as a shell takes it: a POSIX one, or where it holds what must not reach a terminal or is no Unicode, one
/// that knows `$'…'` (bash, zsh, ksh).
pub(crate) fn quoted(arg: &OsStr) -> String {
    let plain = |char: char| char.is_alphanumeric() || "-_./:=@%+,~".contains(char);
    match arg.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(plain) && !text.starts_with('~') => {
            text.to_owned()
        }
        Some(text) if !text.contains(steers) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => in_dollars(arg.as_encoded_bytes()),
    }
}

/// What is plain as it is, and every byte of all else as three octal digits.
fn in_dollars(bytes: &[u8]) -> String {
    let mut line = "$'".to_owned();
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '\\' => line.push_str(r"\\"),
                '\'' => line.push_str(r"\'"),
                char if steers(char) || char.is_control() => {
                    octal(char.encode_utf8(&mut [0; 4]).as_bytes(), &mut line);
                }
                char => line.push(char),
            }
        }
        octal(chunk.invalid(), &mut line);
    }
    line + "'"
}

fn octal(bytes: &[u8], line: &mut String) {
    line.extend(bytes.iter().map(|byte| format!("\\{byte:03o}")));
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    use super::*;

    #[test]
    fn what_steers_a_terminal_or_is_no_unicode_is_quoted_so_that_bash_reads_it_back() {
        for bytes in [
            b"a\x1b]0;x\x07'b\\0\n".as_slice(),
            "a\u{202e}vsc.x 7".as_bytes(),
            b"caf\xe9.csv",
            "plain 'text' \u{9b}".as_bytes(),
        ] {
            let line = quoted(OsStr::from_bytes(bytes));
            assert!(!line.contains(steers), "{line:?}");
            let shell = std::process::Command::new("bash")
                .args(["-c", &format!("printf %s {line}")])
                .output()
                .expect("bash is there");
            assert_eq!(
                OsString::from_vec(shell.stdout),
                OsStr::from_bytes(bytes),
                "{line}"
            );
        }
        assert_eq!(quoted(OsStr::from_bytes(b"caf\xe9.csv")), r"$'caf\351.csv'");
    }

    #[test]
    fn a_process_that_was_ended_is_told_from_one_that_ended() {
        assert_eq!(
            how_it_crashed(ExitStatus::from_raw(6)).as_deref(),
            Some("signal 6")
        );
        assert_eq!(how_it_crashed(ExitStatus::from_raw(101 << 8)), None);
    }
}
