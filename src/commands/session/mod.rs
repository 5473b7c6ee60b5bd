//! The workspace for one command: it is connected to once, by whoever needs it first, and everybody after that asks
//! through the same client and pacers. So the token is found once, and what a lookup learned of the pace is known to the
//! run.

mod lookup;
mod target;
mod token;

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use secrecy::SecretString;
use tokio::runtime::Runtime;

use crate::api::{Caller, Client, Connection, Patience, Rate};
use crate::cli::WorkspaceArgs;
use crate::progress::Show;
use crate::refusal::{Refusal, Refusals};
use crate::sandbox::TrialWorkspace;
use crate::terminal::shows_bars;

use super::runtime;
use super::sandbox::TrialServer;
use super::screen::tell;
use token::TokenSource;

pub(super) use lookup::LiveSnapshot;
pub(super) use target::{Workspace, files};

/// How the workspace is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionOptions {
    /// The pace of each kind of request; `None`: it is found.
    pub(super) rate: Option<Rate>,
    /// How long an answer may take.
    pub(super) timeout: Duration,
    /// How long a question is asked again, and how long the API may be gone.
    pub(super) patience: Patience,
    /// How progress is shown.
    pub(super) show: Show,
}

impl SessionOptions {
    /// For a command that only looks something up, and shows how far it is where anybody can see that.
    pub(super) fn of_lookups(
        rate: Option<Rate>,
        timeout: Duration,
        give_up_after: Duration,
    ) -> SessionOptions {
        let patience = Patience {
            give_up_after,
            ..Patience::default()
        };
        SessionOptions {
            rate,
            timeout,
            patience,
            show: if shows_bars() { Show::Bar } else { Show::Lines },
        }
    }
}

/// The way to a workspace, which is taken once it is needed.
pub(super) struct Access<'a> {
    args: &'a WorkspaceArgs,
    options: SessionOptions,
    token: OnceCell<TokenSource>,
    session: OnceCell<Session>,
}

/// A connection, and what was learned through it.
pub(super) struct Session {
    // It ends before what it runs on.
    _embedded: Option<TrialServer>,
    runtime: Runtime,
    caller: Arc<Caller>,
    show: Show,
    /// How many questions about contacts were asked, and how long that took.
    asked: Cell<(usize, Duration)>,
}

impl Access<'_> {
    pub(super) fn new(args: &WorkspaceArgs, options: SessionOptions) -> Access<'_> {
        Access {
            args,
            options,
            token: OnceCell::new(),
            session: OnceCell::new(),
        }
    }

    /// Sees whether a token is to be had, without asking anybody for it yet. A sandbox needs none.
    pub(super) fn find_token(&self) -> Result<(), Refusal> {
        if !self.args.sandbox && self.token.get().is_none() {
            let _ = self.token.set(token::find(self.args)?);
        }
        Ok(())
    }

    /// The connection; it is made if there is none yet, and somebody may be asked for the token. A sandbox that knows
    /// none of the contacts of `trial` is made from it.
    pub(super) fn session(
        &self,
        workspace: &Workspace,
        trial: impl FnOnce() -> Option<TrialWorkspace>,
    ) -> anyhow::Result<&Session> {
        if let Some(session) = self.session.get() {
            return Ok(session);
        }
        let session = self.open(workspace, trial)?;
        Ok(self.session.get_or_init(|| session))
    }

    fn open(
        &self,
        workspace: &Workspace,
        trial: impl FnOnce() -> Option<TrialWorkspace>,
    ) -> anyhow::Result<Session> {
        let SessionOptions {
            rate,
            timeout,
            patience,
            show,
        } = self.options;
        let runtime = match workspace {
            Workspace::Sandbox => runtime::for_a_server(),
            Workspace::At(_) => runtime::for_a_client(),
        }
        .context("cannot connect to the workspace")?;
        let (embedded, connection) = match workspace {
            Workspace::Sandbox => {
                let server = TrialServer::start(self.args.sandbox_db.clone(), trial());
                let server = runtime.block_on(server)?;
                server.introduction().into_iter().for_each(tell);
                let connection = Connection {
                    address: server.address.clone(),
                    token: server.token.clone(),
                    timeout,
                    ca_file: None,
                };
                (Some(server), connection)
            }
            Workspace::At(address) => {
                let connection = Connection {
                    address: address.clone(),
                    token: self.token().map_err(Refusals::from)?,
                    timeout,
                    ca_file: self.args.ca_file.clone(),
                };
                (None, connection)
            }
        };
        let caller = runtime.block_on(async {
            let client = Client::new(&connection)?;
            anyhow::Ok(Caller::new(client, rate, patience))
        })?;
        Ok(Session {
            _embedded: embedded,
            caller: Arc::new(caller),
            runtime,
            show,
            asked: Cell::default(),
        })
    }

    fn token(&self) -> Result<SecretString, Refusal> {
        self.find_token()?;
        let found = self.token.get().expect("it was found right now");
        let token = found.get()?;
        Ok(token)
    }
}

impl fmt::Debug for Access<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Who asks, and at what pace.
    pub(super) fn caller(&self) -> &Arc<Caller> {
        &self.caller
    }

    /// Waits for what goes on in the session.
    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_command_connects_once_whoever_asks_first() {
        let args = WorkspaceArgs {
            sandbox: true,
            ..WorkspaceArgs::default()
        };
        let options = SessionOptions {
            rate: None,
            timeout: Duration::from_secs(30),
            patience: Patience::default(),
            show: Show::Nothing,
        };
        let access = Access::new(&args, options);
        let made = Cell::new(0);
        let mut callers = Vec::new();
        for _ in 0..2 {
            let trial = || {
                made.set(made.get() + 1);
                None
            };
            let session = access
                .session(&Workspace::Sandbox, trial)
                .expect("a sandbox");
            assert!(!session.users().expect("the sample's users").is_empty());
            callers.push(Arc::clone(session.caller()));
        }
        assert!(Arc::ptr_eq(&callers[0], &callers[1]));
        assert_eq!(made.get(), 1);
    }
}
