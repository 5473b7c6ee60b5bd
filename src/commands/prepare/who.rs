//! Who works in the workspace, and who has the contacts of a sheet.

use crate::api::SpaceUser;
use crate::cli::ReadingArgs;
use crate::job::Doing;
use crate::mapping::{self, Columns, Mappings};
use crate::outcome::Met;
use crate::plan::LookUp;
use crate::refusal::Refusal;
use crate::workspace::{People, Users};

use super::super::known;
use super::super::look::{Look, Looked};
use super::super::rehearsal::rehearsal;
use super::super::screen::tell;
use super::super::workspace::Workspace;
use super::Request;
use super::opened::Opened;
use super::read::reader;

/// Who is who, and who has what, as far as it is known.
#[derive(Debug)]
pub(in super::super) struct Who {
    /// The workspace's users, where a sheet of them was given or the workspace was looked at.
    pub(in super::super) users: Option<Users>,
    /// Who is who, as far as lists of users and earlier runs tell.
    pub(in super::super) people: People,
    /// What a look at the workspace has shown.
    pub(in super::super) looked: Option<Looked>,
}

/// The users that are known before rows are read, and the look that shows more.
pub(super) struct KnownUsers {
    pub(super) users: Option<Users>,
    look: Option<(Look, Vec<SpaceUser>)>,
}

/// The users in the sheet of users, if one was given; nothing if it is refused.
pub(super) fn listed(reading: &ReadingArgs, refusals: &mut Vec<Refusal>) -> Option<Option<Users>> {
    let users = reading.users.as_deref().map(known::listed).transpose();
    users.map_err(|wrong| refusals.extend(wrong)).ok()
}

impl KnownUsers {
    /// Looks at the workspace where that is asked for; nothing if something is refused.
    ///
    /// # Errors
    /// If the workspace cannot be looked at.
    pub(super) fn with_a_look(
        request: &Request<'_>,
        workspace: &Workspace,
        opened: &Opened,
        columns: &Columns,
        users: Option<Users>,
        refusals: &mut Vec<Refusal>,
    ) -> anyhow::Result<Option<KnownUsers>> {
        if !opened.reading.live {
            let look = None;
            return Ok(Some(KnownUsers { users, look }));
        }
        // What is refused anyway is not worth a request.
        if !refusals.is_empty() {
            return Ok(None);
        }
        // A sandbox has to know the sheet before it can be asked who works there.
        let to_try = match workspace {
            Workspace::At(_) => None,
            Workspace::Sandbox => {
                let reader = reader(&opened.job, &opened.reading, columns, users.as_ref());
                let read = mapping::read(&opened.job.sheet, columns, &reader)?;
                Some(rehearsal(&read.items, &read.assignees, users.as_ref()))
            }
        };
        let look = Look::begin(workspace, request.workspace, &request.glance, to_try)?;
        if let Some(introduction) = look.introduction() {
            tell(introduction);
        }
        let listed = look.users()?;
        let users = match known::together(&listed, workspace, users.as_ref()) {
            Ok(users) => users,
            Err(refusal) => {
                refusals.push(refusal);
                return Ok(None);
            }
        };
        Ok(Some(KnownUsers {
            users: Some(users),
            look: Some((look, listed)),
        }))
    }

    /// Looks up who has the contacts of these rows, where nothing is refused, and introduces everybody.
    ///
    /// # Errors
    /// If the workspace cannot be asked.
    pub(super) fn who(
        self,
        doing: Doing,
        mappings: &Mappings,
        met: &[Met],
        refusals: &[Refusal],
    ) -> anyhow::Result<Who> {
        let KnownUsers { users, look } = self;
        let looked = match look.filter(|_| refusals.is_empty()) {
            Some((look, users)) => Some(Looked {
                contacts: look.contacts(mappings, look_up(doing))?,
                pace: look.pace(),
                users,
                token: look.token,
            }),
            None => None,
        };
        let mut people = People::default();
        if let Some(users) = &users {
            people.add_all(users);
        }
        for met in met {
            met.introduce(&mut people);
        }
        Ok(Who {
            users,
            people,
            looked,
        })
    }
}

/// What is settled matters to whoever wants to see how things are, and not to whoever sends the rest.
fn look_up(doing: Doing) -> LookUp {
    match doing {
        Doing::Plan => LookUp::Settled,
        Doing::Apply => LookUp::ToSend,
    }
}
