//! A whole workspace, a disk and the time, simulated around the program's own code in one process.
//!
//! A thread that has a [`Process`] runs commands in it: what they change on disk passes by `disk.rs`, what they print goes
//! to `screen.rs`, their runtimes stand still in time until nobody has anything to do, and the server that they reach is
//! the sandbox itself, in the same runtime. Of all changes, requests and answers each is one operation, and something may
//! happen at any of them: the end of the process, a full disk, Ctrl-C, another command.

pub(crate) mod disk;
mod histories;
mod model;
pub(crate) mod screen;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::commands::{self, ExitStatus};
use crate::job::{Doing, JobAction};
use crate::platform::StopRequest;
use crate::sandbox::{self, Sandbox};

use disk::Disk;

/// What asks a simulated run to stop.
pub(crate) type Requests = UnboundedReceiver<StopRequest>;

thread_local! {
    static PROCESS: RefCell<Option<Process>> = const { RefCell::new(None) };
}

/// What happens to a process, and at which of its operations.
enum Fate {
    /// It ends by itself.
    Ends,
    /// It is killed.
    Killed(usize),
    /// From here on nothing more can be stored, up to the second operation.
    Full(usize, usize),
    /// Somebody asks it to stop, and once more at the second operation.
    Stopped(usize, usize, StopRequest),
    /// Meanwhile something else happens, on another thread.
    Meanwhile(usize, Box<dyn FnOnce() -> Option<Ended> + Send>),
}

/// The server that commands reach.
#[derive(Clone)]
struct Server {
    listener: Arc<TcpListener>,
    sandbox: Arc<Sandbox>,
}

/// A command of the program under way.
struct Process {
    server: Server,
    fate: Fate,
    operations: usize,
    is_dead: bool,
    /// What is on disk for certain, where the power may fail.
    disk: Option<Disk>,
    out: Vec<u8>,
    err: Vec<u8>,
    stop: Option<UnboundedSender<StopRequest>>,
    decisions: BTreeSet<(Doing, JobAction)>,
    meanwhile: Option<Ended>,
}

/// How a command ended.
struct Ended {
    /// 137 if it was killed, 101 if it panicked.
    code: u8,
    out: String,
    err: String,
    operations: usize,
    /// Writes that were accepted meanwhile, where somebody counts them.
    writes: usize,
    decisions: BTreeSet<(Doing, JobAction)>,
    /// What ran meanwhile.
    meanwhile: Option<Box<Ended>>,
    disk: Option<Disk>,
}

/// Ends a simulated process.
struct Killed;

/// What may be done.
enum Verdict {
    Go,
    Dead,
    Full,
}

impl Process {
    fn new(server: &Server, fate: Fate, disk: Option<Disk>) -> Process {
        Process {
            server: server.clone(),
            fate,
            operations: 0,
            is_dead: false,
            disk,
            out: Vec::new(),
            err: Vec::new(),
            stop: None,
            decisions: BTreeSet::new(),
            meanwhile: None,
        }
    }

    /// Runs a command.
    fn run(self, args: &[String]) -> Ended {
        PROCESS.set(Some(self));
        let args: Vec<std::ffi::OsString> = std::iter::once("reassign".to_owned())
            .chain(args.iter().cloned())
            .map(Into::into)
            .collect();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            commands::run(args.clone()).unwrap_or_else(|err| {
                commands::tell_error(&err, &args);
                ExitStatus::of(&err)
            })
        }));
        let process = PROCESS.take().expect("it was set above");
        let text = |bytes| String::from_utf8(bytes).expect("only text is printed");
        Ended {
            code: match ended {
                _ if process.is_dead => 137,
                Ok(status) => status.code(),
                Err(_) => 101,
            },
            out: text(process.out),
            err: text(process.err),
            operations: process.operations,
            writes: 0,
            decisions: process.decisions,
            meanwhile: process.meanwhile.map(Box::new),
            disk: process.disk,
        }
    }

    /// One more operation.
    fn operate(&mut self) -> Verdict {
        if self.is_dead {
            return Verdict::Dead;
        }
        self.operations += 1;
        match &self.fate {
            Fate::Killed(at) if self.operations >= *at => {
                self.is_dead = true;
                Verdict::Dead
            }
            Fate::Full(from, to) if (*from..*to).contains(&self.operations) => Verdict::Full,
            Fate::Stopped(first, second, request)
                if [*first, *second].contains(&self.operations) =>
            {
                if let Some(stop) = &self.stop {
                    let _ = stop.send(*request);
                }
                Verdict::Go
            }
            _ => Verdict::Go,
        }
    }
}

/// Does something with this thread's process, if it has one.
fn with<T>(act: impl FnOnce(&mut Process) -> T) -> Option<T> {
    PROCESS.with_borrow_mut(|process| process.as_mut().map(act))
}

/// Whether this thread is simulated.
pub(crate) fn is_on() -> bool {
    with(|_| ()).is_some()
}

/// One operation, with what happens at it.
fn operation() -> Option<Verdict> {
    let due = with(|process| match &process.fate {
        Fate::Meanwhile(at, _) if process.operations + 1 >= *at => {
            std::mem::replace(&mut process.fate, Fate::Ends).into()
        }
        _ => None,
    })?;
    if let Some(Fate::Meanwhile(_, act)) = due {
        let ended = std::thread::spawn(act).join();
        let ended = ended.unwrap_or_else(|panicked| resume_unwind(panicked));
        with(|process| process.meanwhile = ended);
    }
    with(Process::operate)
}

/// A request arrives at the server; whether nobody is there any more to have sent it.
pub(crate) fn request(_: &str) -> bool {
    matches!(operation(), Some(Verdict::Dead))
}

/// An answer leaves the server; whether nobody is there any more to hear it.
pub(crate) fn answer() -> bool {
    matches!(operation(), Some(Verdict::Dead))
}

/// A runtime in which time stands still until nobody has anything to do, with the server in it.
pub(crate) fn runtime() -> Option<io::Result<Runtime>> {
    let server = with(|process| process.server.clone())?;
    Some((|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()?;
        let listener = server.listener.try_clone()?;
        let guard = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener)?;
        runtime.spawn(sandbox::serve(
            listener,
            server.sandbox,
            std::future::pending(),
        ));
        drop(guard);
        Ok(runtime)
    })())
}

/// What asks a run to stop.
pub(crate) fn stop_requests() -> Option<Requests> {
    with(|process| {
        let (stop, requests) = unbounded_channel();
        process.stop = Some(stop);
        requests
    })
}

/// Notes a decision.
pub(crate) fn decided(doing: Doing, decision: JobAction) {
    with(|process| process.decisions.insert((doing, decision)));
}
