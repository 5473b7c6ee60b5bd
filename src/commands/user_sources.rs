//! Who the users are: from a sheet, from the workspace itself, or both.

use std::path::Path;

use crate::api::SpaceUser;
use crate::lookup;
use crate::people::users::{self, Error as UsersError};
use crate::sheet::{ErrorKind, Sheet};
use crate::workspace::{Clash, Entry, List, User, Users};

use super::screen::counted;
use super::session::Workspace;
use crate::job::worksheet::reading_apart;
use crate::refusal::Refusal;

/// Whether users were named by their names, so that reading the same cells again needs to know the users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByName {
    Yes,
    No,
}

/// How many faults of a users' sheet are told.
const FAULTS: usize = 10;

/// The users in the sheet that is named, if one is; `None` if that cannot be used.
pub(super) fn in_sheet(path: Option<&Path>, refusals: &mut Vec<Refusal>) -> Option<Option<Users>> {
    let listed = path.map(listed).transpose();
    listed.map_err(|wrong| refusals.extend(wrong)).ok()
}

/// The users in a sheet; if it cannot be used, everything that is wrong with it.
pub(super) fn listed(path: &Path) -> Result<Users, Vec<Refusal>> {
    let shown = path.display();
    let one = |why: String| vec![Refusal::new(format!("the users' sheet: {why}"))];
    let sheet = Sheet::open(path, &reading_apart()).map_err(|err| match &err.kind {
        ErrorKind::SeveralSheets(found) => one(format!(
            "`{shown}` has several sheets ({}); save the users as a file of their own",
            found.join(", ")
        )),
        _ => one(err.to_string()),
    })?;
    users::read(&sheet, shown.to_string()).map_err(|err| match err {
        UsersError::Rows(faults) => {
            let mut all: Vec<_> = faults
                .iter()
                .take(FAULTS)
                .map(|fault| Refusal::new(format!("`{shown}`, {fault}")))
                .collect();
            if let Some(more) = faults.len().checked_sub(FAULTS + 1) {
                let more = counted(more + 1, "more row", "more rows");
                all.push(Refusal::new(format!(
                    "`{shown}`: {more} make no sense either"
                )));
            }
            all
        }
        UsersError::Sheet(err) => one(err.to_string()),
        err => one(format!("`{shown}`: {err}")),
    })
}

/// The users of the workspace, and besides what a sheet of them knows: more names, or users that are not listed.
pub(super) fn together(
    listed: &[SpaceUser],
    workspace: &Workspace,
    sheet: Option<&Users>,
) -> Result<Users, Refusal> {
    let entries = |users: Vec<User>| -> Vec<Entry> {
        let numbered = (1..).zip(users);
        numbered.map(|(row, user)| Entry { row, user }).collect()
    };
    let list = || List::Workspace(workspace.name().into());
    let there: Vec<User> = listed.iter().map(|listed| listed.user.clone()).collect();
    let live = Users::new(list(), entries(there.clone())).map_err(|clashes| {
        let err = lookup::Error::Contradiction(clashes.first().map(clash).unwrap_or_default());
        Refusal::new(err.to_string())
    })?;
    let Some(sheet) = sheet else {
        return Ok(live);
    };
    let knows = |user: &User| {
        user.assignee()
            .is_some_and(|assignee| live.get(&assignee).is_some())
    };
    let from_sheet = sheet.iter().map(|user| User {
        is_unlisted: !knows(user),
        ..user.clone()
    });
    let both = there.into_iter().chain(from_sheet).collect();
    Users::new(list(), entries(both)).map_err(|clashes| {
        let clash = clashes.first().map(clash).unwrap_or_default();
        Refusal::new(format!(
            "the users {} contradict the workspace: {clash}; correct the sheet, or leave out `--users`",
            sheet.source()
        ))
    })
}

fn clash(clash: &Clash) -> String {
    match clash {
        Clash::TwoEmails { id, email, .. } => format!("user {id} has the email {email} there"),
        Clash::TwoIds { email, id, .. } => format!("{email} is the email of user {id} there"),
    }
}
