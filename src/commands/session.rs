//! A connection to a workspace. It is opened once and passed on from the look to the run, so that the token is asked for
//! once and what the look has learned of the API's limits is kept.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Runtime;

use crate::api::{Caller, Client, Connection, Patience, Rate, SpaceUser};
use crate::cli::WorkspaceArgs;
use crate::contact::{Assignee, Identifier};
use crate::mapping::Mappings;
use crate::plan::{self, LookUp};
use crate::progress::{Looking, Show};
use crate::sandbox::Rehearsal;
use crate::survey::{self, Asker};
use crate::workspace::{Card, Contacts};

use super::sandbox::Embedded;
use super::token;
use super::workspace::Workspace;
use crate::refusal::{Refusal, Refused};

/// How the workspace is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// The pace of each kind of request; `None`: it is found.
    pub(super) rate: Option<Rate>,
    /// How long an answer may take.
    pub(super) timeout: Duration,
    /// How long a question is asked again.
    pub(super) patience: Patience,
    /// How progress is shown.
    pub(super) show: Show,
}

/// An open connection.
pub(super) struct Session {
    runtime: Runtime,
    asker: Asker,
    show: Show,
    target: Target,
}

/// What is spoken to.
enum Target {
    Remote,
    /// A sandbox in this process; it ends with the session.
    Sandbox(Embedded),
}

/// What a look has shown, for the screen.
#[derive(Debug)]
pub(super) struct Looked {
    /// The users that the workspace lists.
    pub(super) users: Vec<SpaceUser>,
    pub(super) contacts: Contacts,
    /// For whoever goes on in the same workspace.
    pub(super) session: Option<Session>,
}

impl Session {
    /// Connects, asking for the token if need be. A sandbox that knows none of the contacts of `rehearsal` is made from
    /// it.
    pub(super) fn open(
        workspace: &Workspace,
        args: &WorkspaceArgs,
        manner: &Manner,
        rehearsal: Option<Rehearsal>,
    ) -> anyhow::Result<Session> {
        let runtime = Runtime::new().context("cannot speak to the workspace")?;
        let (target, connection) = match workspace {
            Workspace::At(address) => {
                let token = token::find(args).map_err(Refused::from)?;
                let connection = Connection {
                    address: address.clone(),
                    token: token.get().map_err(Refused::from)?,
                    timeout: manner.timeout,
                    ca_file: args.ca_file.clone(),
                };
                (Target::Remote, connection)
            }
            Workspace::Sandbox => {
                let sandbox = Embedded::start(args.sandbox_db.clone(), rehearsal);
                let sandbox = runtime.block_on(sandbox)?;
                let connection = Connection {
                    address: sandbox.address.clone(),
                    token: sandbox.token.clone(),
                    timeout: manner.timeout,
                    ca_file: None,
                };
                (Target::Sandbox(sandbox), connection)
            }
        };
        let _inside = runtime.enter();
        let client = Client::new(&connection)?;
        let asker = Asker::new(client, manner.rate, manner.patience);
        drop(_inside);
        Ok(Session {
            runtime,
            asker,
            show: manner.show,
            target,
        })
    }

    /// Who asks the API.
    pub(super) fn caller(&self) -> Arc<Caller> {
        Arc::clone(self.asker.caller())
    }

    /// Does something that needs the connection.
    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// What a sandbox is about, where that is not the sample workspace.
    pub(super) fn introduction(&self) -> Option<String> {
        match &self.target {
            Target::Remote => None,
            Target::Sandbox(sandbox) => sandbox.introduction(),
        }
    }

    /// The users that the workspace lists.
    pub(super) fn users(&self) -> anyhow::Result<Vec<SpaceUser>> {
        let mut looking = Looking::new(self.show);
        let users = self.runtime.block_on(survey::users(&self.asker, |step| {
            looking.show(step);
        }));
        looking.finish();
        Ok(users.map_err(refused)?)
    }

    /// Every contact of the workspace.
    pub(super) fn everything(&self) -> anyhow::Result<Vec<Card>> {
        let mut looking = Looking::new(self.show);
        let cards = self
            .runtime
            .block_on(survey::everything(&self.asker, |step| {
                looking.show(step);
            }));
        looking.finish();
        Ok(cards.map_err(refused)?)
    }

    /// Who has the contacts of these rows.
    pub(super) fn contacts(&self, mappings: &Mappings, rows: LookUp) -> anyhow::Result<Contacts> {
        let (wanted, told) = plan::wanted(mappings, rows);
        self.who_has(wanted, &told)
    }

    /// Who has these contacts. `told` is who has them as the sheet says, most first: a hint for where to look.
    pub(super) fn who_has(
        &self,
        wanted: Vec<Identifier>,
        told: &[Assignee],
    ) -> anyhow::Result<Contacts> {
        let mut looking = Looking::new(self.show);
        let contacts = self
            .runtime
            .block_on(survey::contacts(&self.asker, wanted, told, |step| {
                looking.show(step);
            }));
        looking.finish();
        Ok(contacts.map_err(refused)?)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("asker", &self.asker)
            .finish_non_exhaustive()
    }
}

/// Without the workspace there is nothing to compare with, and nothing was sent.
fn refused(err: survey::Error) -> Refused {
    Refused::from(Refusal::new(format!("{err}; nothing was sent")))
}
