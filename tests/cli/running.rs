//! A command that is under way.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use crate::support::{Ended, TOKEN, Workdir, for_shell, wait_until};

/// A command under way; killed with the test. What it says goes to files, so that a test can wait for it.
pub(crate) struct Running {
    child: Child,
    command: String,
    said: [PathBuf; 2],
    _files: tempfile::TempDir,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        let files = tempfile::tempdir().expect("a temporary folder");
        let said = ["stdout", "stderr"].map(|name| files.path().join(name));
        let [stdout, stderr] = said
            .each_ref()
            .map(|path| File::create(path).expect("a file"));
        let child = command
            .stdout(Stdio::from(stdout))
            .stderr(Stdio::from(stderr))
            .spawn()
            .expect("the program can be run");
        Running {
            child,
            command: format!("{command:?}"),
            said,
            _files: files,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has said on standard error so far.
    pub(crate) fn stderr(&self) -> String {
        fs::read_to_string(&self.said[1]).expect("what it said")
    }

    /// Sends it a signal by name, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.id().to_string()])
            .status()
            .expect("`kill` can be run");
        assert!(sent.success(), "kill -{name} of {}", self.command);
    }

    /// Ends it without a warning, as SIGKILL does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a process of our own");
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("its status").is_some()
    }

    /// Waits for its end.
    pub(crate) fn ends(mut self) -> Ended {
        wait_until(&format!("{} ends", self.command), || self.has_ended());
        let [stdout, stderr] = self
            .said
            .each_ref()
            .map(|path| fs::read(path).expect("what it said"));
        let status = self.child.wait().expect("its status");
        Ended::with(
            std::mem::take(&mut self.command),
            Output {
                status,
                stdout,
                stderr,
            },
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many lines of this kind (`sent`, `outcome`, `end`) stand in a journal so far.
pub(crate) fn journaled(dir: &Workdir, journal: &str, kind: &str) -> usize {
    let text = fs::read_to_string(dir.path(journal)).unwrap_or_default();
    let begins = format!("{{\"{kind}\":");
    text.lines()
        .filter(|line| line.starts_with(&begins))
        .count()
}

/// The command that a run has printed last.
#[track_caller]
pub(crate) fn printed(ended: &Ended) -> String {
    let stderr = ended.stderr();
    let line = stderr
        .lines()
        .rfind(|line| line.starts_with("  ") && line.contains(" apply "));
    line.unwrap_or_else(|| panic!("no command in\n{ended}"))
        .trim()
        .to_owned()
}

/// Runs the command that a run has printed last.
#[track_caller]
pub(crate) fn as_printed(dir: &Workdir, ended: &Ended) -> Ended {
    Ended::of(
        Command::new("sh")
            .args(["-c", &for_shell(&printed(ended))])
            .current_dir(dir.path(""))
            .env_remove("REASSIGN_BASE_URL")
            .env("REASSIGN_TOKEN", TOKEN)
            .env("TZ", "UTC")
            .stdin(Stdio::null()),
    )
}
