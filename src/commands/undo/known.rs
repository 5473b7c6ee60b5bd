//! What was written, from the journal or from the results alone.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::{Context, bail};

use crate::job::worksheet::{self, each_result};
use crate::mapping::Earlier;
use crate::outcome::{Code, Status};
use crate::results::journal::{self, Writes};
use crate::results::{History, JobFolder};
use crate::undo::{Write, WriteAnsweredBy, certainty};
use crate::wording::local_time;

/// What was written, and where it is known from.
pub(super) struct Known {
    pub(super) writes: Vec<Write>,
    /// The runs that the journal tells of; none where only results are left.
    pub(super) runs: Vec<Writes>,
    /// How many writes of each row are told of, whatever came of them.
    pub(super) attempts: HashMap<u32, u32>,
    /// How many of the writes only the results tell of, because no journal covers them.
    pub(super) uncovered: usize,
    /// Rows that an undo has given back already.
    pub(super) undone: HashSet<u32>,
    /// `sandbox`, or the address; only its host where only results are left.
    pub(super) workspace: Option<String>,
}

impl Known {
    /// Results may tell of writes that no journal covers: it was lost, or they began in another file. They come before
    /// what the journal tells.
    pub(super) fn and_what_results_tell(mut self, results: Known) -> Known {
        let (rows, contacts, ids) = (
            self.writes
                .iter()
                .map(|known| known.row)
                .collect::<HashSet<_>>(),
            self.writes
                .iter()
                .map(|known| known.contact.clone())
                .collect::<HashSet<_>>(),
            self.writes
                .iter()
                .filter_map(|known| known.contact_id)
                .collect::<HashSet<_>>(),
        );
        let undone = self.undone.clone();
        let mut all: Vec<Write> = results
            .writes
            .into_iter()
            .filter(|write| {
                // The journal may tell that all that was sent for a row was refused.
                let told = self.attempts.get(&write.row);
                let is_told =
                    told.is_some_and(|told| results.attempts.get(&write.row) <= Some(told));
                let is_covered = is_told
                    || rows.contains(&write.row)
                    || contacts.contains(&write.contact)
                    || write.contact_id.is_some_and(|id| ids.contains(&id));
                !is_covered && !undone.contains(&write.row)
            })
            .map(|write| Write { run: 0, ..write })
            .collect();
        self.uncovered = all.len();
        all.append(&mut self.writes);
        self.writes = all;
        self
    }
}

pub(super) fn from_journal(path: &Path) -> anyhow::Result<Known> {
    let runs = journal::writes(path)?;
    let mut writes = Vec::new();
    let mut attempts: HashMap<u32, u32> = HashMap::new();
    for (run, of) in (1..).zip(&runs) {
        for (row, write) in &of.rows {
            let most = attempts.entry(*row).or_default();
            *most = write.sent.attempts.max(*most);
        }
        let mut sent: Vec<_> = of.rows.values().collect();
        sent.sort_by_key(|write| write.sent.at);
        writes.extend(sent.iter().filter_map(|write| {
            let at = local_time(write.sent.at);
            Write::of(run, &write.sent, write.outcome.as_ref(), at)
        }));
    }
    Ok(Known {
        workspace: runs.last().map(|run| run.start.workspace.clone()),
        writes,
        runs,
        attempts,
        uncovered: 0,
        undone: History::read(path)?.undone,
    })
}

/// Results alone tell the last state of every row, and nothing of single runs.
pub(super) fn from_results(path: &Path, run: Option<NonZeroUsize>) -> anyhow::Result<Known> {
    let shown = path.display();
    let sheet = worksheet::results(path)?;
    if run.is_some() {
        bail!(
            "the journal `{}` is not there, and only it shows which run is which; leave out `--run`, or put it back",
            JobFolder::of(path).journal().display()
        );
    }
    let (mut writes, mut workspace) = (Vec::new(), None);
    let mut attempts = HashMap::new();
    let header = each_result(&sheet, |header, row| {
        let place = || format!("`{shown}`, row {}", row.number());
        let earlier = header.columns.told(row).with_context(place)?;
        let number = header.columns.row_number(row).with_context(place)?;
        if let (Some(earlier), Some(number)) = (earlier, number) {
            workspace = workspace.take().or(earlier.workspace.clone());
            attempts.insert(number, earlier.attempts);
            writes.extend(of_row(number, earlier));
        }
        Ok(())
    })?;
    if header.is_none() {
        bail!(
            "`{shown}` holds no results (no columns `reassign_row`, `reassign_contact`, `reassign_assignee`, \
             `reassign_status`); name the results of the run to take back"
        );
    }
    Ok(Known {
        writes,
        runs: Vec::new(),
        attempts,
        uncovered: 0,
        undone: HashSet::new(),
        workspace,
    })
}

/// What a row of results says about writes; who had a contact is that before the first of them.
fn of_row(row: u32, earlier: Earlier) -> Option<Write> {
    let sent =
        earlier.attempts > 0 || matches!(earlier.status, Status::Assigned | Status::Unassigned);
    let certainty = certainty(Some((earlier.status, earlier.http))).filter(|_| sent)?;
    Some(Write {
        run: 1,
        row,
        contact: earlier.contact?,
        contact_id: earlier.contact_id,
        assignee: earlier.assignee?,
        held: earlier.previous,
        certainty,
        answered: match earlier.codes.contains(&Code::OtherContact) {
            true => WriteAnsweredBy::Another(None),
            false => WriteAnsweredBy::Itself,
        },
        at: earlier.at.unwrap_or_default(),
    })
}
