//! A look at the workspace before anything is sent: who works there, and who has the contacts of a sheet.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use secrecy::SecretString;
use tokio::runtime::Runtime;

use crate::api::{Client, Patience, Rate, SpaceUser};
use crate::cli::WorkspaceArgs;
use crate::contact::{Assignee, Identifier};
use crate::mapping::Mappings;
use crate::plan::{self, LookUp};
use crate::progress::{Looking, Show};
use crate::sandbox::Rehearsal;
use crate::survey::{self, Asker};
use crate::workspace::{Card, Contacts};

use super::connect::connect;
use super::runtime::runtime;
use super::sandbox::Embedded;
use super::token;
use super::workspace::Workspace;
use crate::refusal::{Refusal, Refused};

/// How the workspace is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glance {
    /// The pace of each kind of request; `None`: it is found.
    pub(super) rate: Option<Rate>,
    /// How long an answer may take.
    pub(super) timeout: Duration,
    /// How long the API may be gone.
    pub(super) give_up_after: Duration,
    /// How progress is shown.
    pub(super) show: Show,
}

/// A connection to look through.
pub(super) struct Look {
    runtime: Runtime,
    asker: Arc<Asker>,
    show: Show,
    /// For whoever connects again, so that nobody is asked twice.
    pub(super) token: Option<SecretString>,
    embedded: Option<Embedded>,
    /// How many questions were asked, and how long that took.
    asked: Cell<(usize, Duration)>,
}

/// What a look has shown, for the screen.
#[derive(Debug)]
pub(super) struct Looked {
    /// The users that the workspace lists.
    pub(super) users: Vec<SpaceUser>,
    pub(super) contacts: Contacts,
    /// Questions answered a second, where there were enough to tell.
    pub(super) pace: Option<f64>,
    /// For whoever connects again, so that nobody is asked twice.
    pub(super) token: Option<SecretString>,
}

impl Look {
    /// Connects, asking for the token if need be.
    pub(super) fn begin(
        workspace: &Workspace,
        args: &WorkspaceArgs,
        glance: &Glance,
        rehearsal: Option<Rehearsal>,
    ) -> anyhow::Result<Look> {
        let token = if args.sandbox {
            None
        } else {
            let found = token::find(args).map_err(Refused::from)?;
            Some(found.get().map_err(Refused::from)?)
        };
        let runtime = runtime().context("cannot look at the workspace")?;
        let (embedded, asker) = runtime.block_on(async {
            let (embedded, connection) =
                connect(workspace, args, glance.timeout, token.clone(), rehearsal).await?;
            let patience = Patience {
                give_up_after: glance.give_up_after,
                ..Patience::default()
            };
            let asker = Asker::new(Client::new(&connection)?, glance.rate, patience);
            anyhow::Ok((embedded, Arc::new(asker)))
        })?;
        Ok(Look {
            runtime,
            asker,
            show: glance.show,
            token,
            embedded,
            asked: Cell::default(),
        })
    }

    /// What a sandbox is about, where that is not the sample workspace.
    pub(super) fn introduction(&self) -> Option<String> {
        self.embedded.as_ref().and_then(Embedded::introduction)
    }

    /// How many questions about contacts were answered a second; `None` if there were too few to tell.
    pub(super) fn pace(&self) -> Option<f64> {
        const ENOUGH: (usize, Duration) = (5, Duration::from_secs(1));
        let (requests, time) = self.asked.get();
        (requests >= ENOUGH.0 && time >= ENOUGH.1).then(|| requests as f64 / time.as_secs_f64())
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
        let began = Instant::now();
        let contacts = self
            .runtime
            .block_on(survey::contacts(&self.asker, wanted, told, |step| {
                looking.show(step);
            }));
        looking.finish();
        let contacts = contacts.map_err(refused)?;
        let (requests, time) = self.asked.get();
        self.asked
            .set((requests + contacts.requests, time + began.elapsed()));
        Ok(contacts)
    }
}

/// Without the workspace there is nothing to compare with, and nothing was sent.
fn refused(err: survey::Error) -> Refused {
    Refused::from(Refusal::new(format!("{err}; nothing was sent")))
}
