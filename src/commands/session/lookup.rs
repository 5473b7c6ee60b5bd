//! What a session looks up before anything is sent: who works in the workspace, and who has the contacts of a sheet.

use std::time::{Duration, Instant};

use crate::api::SpaceUser;
use crate::contact::{Assignee, Identifier};
use crate::lookup::{self, Asker};
use crate::mapping::Mappings;
use crate::plan::{self, LookUp};
use crate::progress::Looking;
use crate::refusal::{Refusal, Refusals};
use crate::workspace::{Card, Contacts};

use super::Session;

/// What a lookup has shown, for the screen.
#[derive(Debug)]
pub(in crate::commands) struct LiveSnapshot {
    /// The users that the workspace lists.
    pub(in crate::commands) users: Vec<SpaceUser>,
    pub(in crate::commands) contacts: Contacts,
    /// Questions answered a second, where there were enough to tell.
    pub(in crate::commands) pace: Option<f64>,
}

impl Session {
    fn asker(&self) -> Asker {
        Asker::new(self.caller())
    }

    /// How many questions about contacts were answered a second; `None` if there were too few to tell.
    pub(in crate::commands) fn pace(&self) -> Option<f64> {
        const ENOUGH: (usize, Duration) = (5, Duration::from_secs(1));
        let (requests, time) = self.asked.get();
        (requests >= ENOUGH.0 && time >= ENOUGH.1).then(|| requests as f64 / time.as_secs_f64())
    }

    /// The users that the workspace lists.
    pub(in crate::commands) fn users(&self) -> anyhow::Result<Vec<SpaceUser>> {
        let mut looking = Looking::new(self.show);
        let users = self.block_on(lookup::users(&self.asker(), |step| {
            looking.show(step);
        }));
        looking.finish();
        Ok(users.map_err(refused)?)
    }

    /// Every contact of the workspace.
    pub(in crate::commands) fn everything(&self) -> anyhow::Result<Vec<Card>> {
        let mut looking = Looking::new(self.show);
        let cards = self.block_on(lookup::everything(&self.asker(), |step| {
            looking.show(step);
        }));
        looking.finish();
        Ok(cards.map_err(refused)?)
    }

    /// Who has the contacts of these rows.
    pub(in crate::commands) fn contacts(
        &self,
        mappings: &Mappings,
        rows: LookUp,
    ) -> anyhow::Result<Contacts> {
        let (wanted, told) = plan::wanted(mappings, rows);
        self.who_has(wanted, &told)
    }

    /// Who has these contacts. `told` is who has them as the sheet says, most first: a hint for where to look.
    pub(in crate::commands) fn who_has(
        &self,
        wanted: Vec<Identifier>,
        told: &[Assignee],
    ) -> anyhow::Result<Contacts> {
        let mut looking = Looking::new(self.show);
        let began = Instant::now();
        let contacts = self.block_on(lookup::contacts(&self.asker(), wanted, told, |step| {
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
fn refused(err: lookup::Error) -> Refusals {
    Refusals::from(Refusal::new(format!("{err}; nothing was changed")))
}
