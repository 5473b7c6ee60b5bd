//! What is found out before any row is read: the columns, and who works in the workspace. Then who has the contacts.

use crate::api::SpaceUser;
use crate::job::{Doing, What, worksheet};
use crate::mapping::{self, ColumnError, Columns, Mappings, Seeks};
use crate::outcome::Met;
use crate::plan::LookUp;
use crate::refusal::{Refusal, Refusals};
use crate::sheet::Batch;
use crate::workspace::{People, Users};

use super::super::columns::{by_ids, choice, columns, refusals as column_refusals, rules};
use super::super::session::{LiveSnapshot, Session, Workspace};
use super::super::trial_workspace::trial_workspace;
use super::super::user_sources;
use super::Request;
use super::open_questions::beside_columns;
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
    pub(in super::super) looked: Option<LiveSnapshot>,
}

/// What was found out before any row is read.
pub(super) struct Seen<'a> {
    pub(super) columns: Columns,
    pub(super) users: Option<Users>,
    /// The workspace, where it was connected to, and the users that it lists.
    live: Option<(&'a Session, Vec<SpaceUser>)>,
}

type Found = Result<Columns, Vec<ColumnError>>;

impl<'a> Seen<'a> {
    /// Finds out the columns, and who works in the workspace, which tells more about columns where it is asked before
    /// anything is sent. Nothing if something is refused.
    ///
    /// # Errors
    /// If the sheet cannot be read, or the workspace cannot be looked at.
    pub(super) fn before_any_row(
        request: &'a Request<'_>,
        workspace: &Workspace,
        opened: &mut Opened,
        refusals: &mut Vec<Refusal>,
    ) -> anyhow::Result<Option<Seen<'a>>> {
        let Some(users) = user_sources::in_sheet(opened.reading.users.as_deref(), refusals) else {
            return Ok(None);
        };
        let mut finding = Finding {
            request,
            workspace,
            opened,
            users,
            live: None,
            refusals,
        };
        let Some(found) = finding.with_the_workspace()? else {
            return Ok(None);
        };
        let Some(columns) = finding.settled(found)? else {
            return Ok(None);
        };
        if !finding.with_a_sandbox(&columns)? {
            return Ok(None);
        }
        Ok(Some(Seen {
            columns,
            users: finding.users,
            live: finding.live,
        }))
    }

    /// Reads the rows. Rows far below may say other columns than the first ones did; then these are read.
    ///
    /// # Errors
    /// If the sheet cannot be read.
    pub(super) fn rows(
        &mut self,
        opened: &Opened,
        refusals: &mut Vec<Refusal>,
    ) -> anyhow::Result<Mappings> {
        let mut mappings = self.read(opened)?;
        let late = std::mem::take(&mut mappings.late);
        if late.is_empty() {
            return Ok(mappings);
        }
        match found(opened, self.users.as_ref(), Some(&late))? {
            Ok(found) if found.are_used_alike(&self.columns) => Ok(mappings),
            Ok(found) => {
                self.columns = Columns {
                    guard: self.columns.guard,
                    ..found
                };
                Ok(self.read(opened)?)
            }
            Err(errors) => {
                refusals.extend(column_refusals(&opened.job.sheet, &errors, Seeks::New));
                Ok(mappings)
            }
        }
    }

    fn read(&self, opened: &Opened) -> Result<Mappings, mapping::Error> {
        let Opened { job, reading, .. } = opened;
        let reader = reader(job, reading, &self.columns, self.users.as_ref());
        mapping::read(&job.sheet, &self.columns, &reader)
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
        let looked = match self.live.filter(|_| refusals.is_empty()) {
            Some((session, users)) => Some(LiveSnapshot {
                contacts: session.contacts(mappings, look_up(doing))?,
                pace: session.pace(),
                users,
            }),
            None => None,
        };
        let mut people = People::default();
        if let Some(users) = &self.users {
            people.add_all(users);
        }
        for met in met {
            met.introduce(&mut people);
        }
        Ok(Who {
            users: self.users,
            people,
            looked,
        })
    }
}

/// All that is settled matters only to whoever wants to see how things are.
fn look_up(doing: Doing) -> LookUp {
    match doing {
        Doing::Plan => LookUp::Settled,
        Doing::Apply => LookUp::ToSend,
    }
}

fn found(opened: &Opened, users: Option<&Users>, late: Option<&Batch>) -> anyhow::Result<Found> {
    columns(&opened.job.sheet, &choice(&opened.reading), users, late)
}

/// Columns and workspace, while they are found out.
struct Finding<'a, 'f> {
    request: &'a Request<'a>,
    workspace: &'f Workspace,
    opened: &'f mut Opened,
    users: Option<Users>,
    live: Option<(&'a Session, Vec<SpaceUser>)>,
    refusals: &'f mut Vec<Refusal>,
}

impl<'a> Finding<'a, '_> {
    /// The columns, by what the workspace tells where it is looked at; nothing if something is refused.
    fn with_the_workspace(&mut self) -> anyhow::Result<Option<Found>> {
        let columns = found(self.opened, self.users.as_ref(), None)?;
        // What is refused anyway is not worth a request.
        let is_open = |err: &ColumnError| matches!(err, ColumnError::Open(_));
        let may_be_fine = match &columns {
            Ok(_) => true,
            Err(errors) => errors.iter().all(is_open),
        };
        let is_asked = self.opened.reading.live && matches!(self.workspace, Workspace::At(_));
        if !is_asked || !may_be_fine || !self.refusals.is_empty() {
            return Ok(Some(columns));
        }
        let session = match self.request.access.session(self.workspace, || None) {
            Ok(session) => session,
            // All reasons at once.
            Err(err) => match (err.downcast::<Refusals>(), &columns) {
                (Ok(refused), Err(_)) => {
                    self.refusals.extend(refused.into_parts().0);
                    return Ok(Some(columns));
                }
                (Ok(refused), Ok(_)) => return Err(refused.into()),
                (Err(err), _) => return Err(err),
            },
        };
        if !self.introduced_by(session)? {
            return Ok(None);
        }
        let columns = found(self.opened, self.users.as_ref(), None)?;
        let (Err(errors), Some((session, _))) = (&columns, &self.live) else {
            return Ok(Some(columns));
        };
        let rules = rules(&self.opened.reading);
        let Some((identifiers, note)) = by_ids(&self.opened.job.sheet, errors, rules, session)?
        else {
            return Ok(Some(columns));
        };
        self.opened.reading.identifier = identifiers;
        self.opened.job.notes.push(note);
        found(self.opened, self.users.as_ref(), None).map(Some)
    }

    /// Takes in the users that the workspace lists; not if those of the sheet contradict them.
    fn introduced_by(&mut self, session: &'a Session) -> anyhow::Result<bool> {
        let listed = session.users()?;
        match user_sources::together(&listed, self.workspace, self.users.as_ref()) {
            Ok(users) => self.users = Some(users),
            Err(refusal) => {
                self.refusals.push(refusal);
                return Ok(false);
            }
        }
        self.live = Some((session, listed));
        Ok(true)
    }

    /// The columns; nothing if it has to be asked which they are.
    fn settled(&mut self, found: Found) -> anyhow::Result<Option<Columns>> {
        let Opened { job, reading, .. } = &*self.opened;
        match found {
            Ok(mut columns) => {
                if job.what == What::Results {
                    columns.guard = worksheet::guard(&job.sheet);
                }
                Ok(Some(columns))
            }
            Err(errors) => {
                let refused = column_refusals(&job.sheet, &errors, Seeks::New);
                self.refusals.extend(refused);
                // All questions at once: what will be asked about rows shows without knowing the columns.
                let unassigning = self.request.unassigning;
                let users = self.users.as_ref();
                let further = beside_columns(&job.sheet, &errors, reading, users, unassigning)?;
                self.refusals.extend(further);
                Ok(None)
            }
        }
    }

    /// A sandbox has to know the sheet before it can be asked who works there.
    fn with_a_sandbox(&mut self, columns: &Columns) -> anyhow::Result<bool> {
        let Opened { job, reading, .. } = &*self.opened;
        if !reading.live || self.live.is_some() {
            return Ok(true);
        }
        if !self.refusals.is_empty() {
            return Ok(false);
        }
        let users = self.users.as_ref();
        let read = mapping::read(&job.sheet, columns, &reader(job, reading, columns, users))?;
        let to_try = trial_workspace(&read.items, &read.assignees, users);
        let access = &self.request.access;
        let session = access.session(self.workspace, || Some(to_try))?;
        self.introduced_by(session)
    }
}
