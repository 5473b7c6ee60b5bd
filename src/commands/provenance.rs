//! Who makes a plan or starts a run, where, and from what: how its journal begins.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::Path;

use jiff::Timestamp;

use crate::results::journal::{self, RowAtStart};
use crate::wording::local_time;

use super::prepare::{Prepared, Request};

/// The user, and the computer.
pub(super) fn here() -> (String, String) {
    let unknown = |_| "unknown".to_owned();
    (
        whoami::username().unwrap_or_else(unknown),
        whoami::hostname().unwrap_or_else(unknown),
    )
}

/// Who is at work here, on which computer.
pub(super) fn by() -> String {
    let (user, computer) = here();
    format!("{user} on {computer}")
}

/// Who is at work here right now: since when, in which process.
pub(super) fn holder() -> String {
    format!(
        "{}, process {}, since {}",
        by(),
        std::process::id(),
        local_time(Timestamp::now())
    )
}

/// A name that no other run has: 16 hex digits.
pub(super) fn random_name() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// The beginning of the journal of these results.
pub(super) fn start(
    prepared: &Prepared,
    request: &Request<'_>,
    results: &Path,
    note: Option<String>,
) -> journal::Start {
    let (user, computer) = here();
    journal::Start {
        format: journal::FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        run: random_name(),
        at: Timestamp::now(),
        user,
        computer,
        workspace: prepared.workspace.id(),
        sheet: request.sheet.to_owned(),
        sha256: prepared.job.sheet.sha256().to_string(),
        worksheet: prepared.job.sheet.name().map(str::to_owned),
        options: prepared.sheet.reading.typed(),
        command: Some(request.program.again(Vec::new())),
        plan: prepared.id().to_string(),
        results: results
            .file_name()
            .map(|name| name.to_string_lossy().into_owned().into()),
        note,
        instead_of: prepared.job.instead_of.clone(),
    }
}

/// The changes that a plan's ID stands for.
pub(super) fn changes(prepared: &Prepared) -> Vec<RowAtStart> {
    let changes = prepared.plan.changes().map(|change| RowAtStart {
        row: change.row,
        contact: change.contact.to_string(),
        assignee: change.assignee.to_string(),
        cells: None,
    });
    changes.collect()
}
