//! What a session looks up before anything is sent: who works in the workspace, and who has the contacts of a sheet.

use std::cell::RefCell;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::api::SpaceUser;
use crate::contact::{Assignee, Identifier};
use crate::lookup::{self, Asker, LookupPurpose, LookupStep};
use crate::mapping::Mappings;
use crate::plan::{self, LookUp};
use crate::progress::Looking;
use crate::refusal::{Refusal, Refusals};
use crate::workspace::{Card, Contacts};

use super::Session;

/// How often it is looked whether a lookup waits for long.
const TICK: Duration = Duration::from_secs(1);

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

    /// Looks something up, and shows how far it is and what it waits for.
    fn looked_up<T>(
        &self,
        wanted: LookupPurpose,
        lookup: impl AsyncFnOnce(&Asker, &dyn Fn(LookupStep)) -> T,
    ) -> T {
        let asker = self.asker();
        let looking = RefCell::new(Looking::new(self.show, wanted));
        let on = |step| looking.borrow_mut().show(step);
        let found = self.block_on(async {
            let mut lookup = pin!(lookup(&asker, &on));
            loop {
                if let Ok(found) = timeout(TICK, lookup.as_mut()).await {
                    return found;
                }
                looking.borrow_mut().wait(&asker.waiting());
            }
        });
        looking.borrow().finish();
        found
    }

    /// The users that the workspace lists.
    pub(in crate::commands) fn users(&self) -> anyhow::Result<Vec<SpaceUser>> {
        self.users_for(LookupPurpose::Users)
    }

    /// The same, to find out something else.
    pub(in crate::commands) fn users_for(
        &self,
        wanted: LookupPurpose,
    ) -> anyhow::Result<Vec<SpaceUser>> {
        let users = self.looked_up(wanted, async |asker, on| lookup::users(asker, on).await);
        Ok(users.map_err(refused)?)
    }

    /// Every contact of the workspace.
    pub(in crate::commands) fn everything(&self) -> anyhow::Result<Vec<Card>> {
        let cards = self.looked_up(LookupPurpose::Everything, async |asker, on| {
            lookup::everything(asker, on).await
        });
        Ok(cards.map_err(refused)?)
    }

    /// Who has the contacts of these rows.
    pub(in crate::commands) fn contacts(
        &self,
        mappings: &Mappings,
        rows: LookUp,
    ) -> anyhow::Result<Contacts> {
        let (wanted, told) = plan::wanted(mappings, rows);
        self.who_has(wanted, &told, LookupPurpose::Owners)
    }

    /// Who has these contacts, and what that is to tell. `told` is who has them as the sheet says, most first: a hint for
    /// where to look.
    pub(in crate::commands) fn who_has(
        &self,
        wanted: Vec<Identifier>,
        told: &[Assignee],
        to_tell: LookupPurpose,
    ) -> anyhow::Result<Contacts> {
        let began = Instant::now();
        let contacts = self.looked_up(to_tell, async |asker, on| {
            lookup::contacts(asker, wanted, told, on).await
        });
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
