//! Rows, runs and users become one HTML page that needs no network and tells nothing that was to be hidden.
//!
//! Pure: a [`Report`] is plain data, and [`page`] writes it to whatever takes bytes; so does [`spread_page`] with a
//! [`LoadReport`], which is about everybody's load and knows no contact. Where the rows come from, who the users are and where
//! the page goes is left to the commands.

mod charts;
mod course;
mod escape;
mod page;
mod problems;
mod spread;
mod status_look;
mod table;

use jiff::Timestamp;

use crate::outcome::{Status, Tally, Todo};
use crate::plan::Forecast;
use crate::results::{Record, journal::Run};
use crate::workspace::{CountedContacts, Handover, Held, LookupSummary, People, Workloads};

pub(crate) use page::{MARK, page, spread_page};
pub(crate) use spread::{LoadReport, LoadTransfer, UserShare};

/// What a report is made from.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// What the rows tell of.
    pub kind: ReportKind,
    /// When it was made.
    pub made: Timestamp,
    /// The file that was read: its name, without the folders.
    pub file: String,
    /// The workspace, as results name it.
    pub workspace: String,
    /// What a look at the workspace showed before anything was sent, where there was one.
    pub looked: Option<LookupSummary>,
    /// What sending would do, of a plan that was just made; else it is read from the rows.
    pub forecast: Option<Forecast>,
    /// The plan's ID, if it is known.
    pub plan: Option<String>,
    /// The rows of the sheet, in its order.
    pub rows: Vec<ReportRow>,
    /// The names of the sheet's own columns.
    pub own: Vec<String>,
    /// The runs that the journal tells of, in their order.
    pub runs: Vec<Run>,
    /// Who is who.
    pub people: People,
    /// What it says about single rows.
    pub detail: Detail,
}

/// What the rows of a report tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportKind {
    /// Nothing was sent yet.
    Plan,
    /// A run was at work.
    Results,
}

/// What a report says about single rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Figures, users, reasons and row numbers; no contact, and nothing of the sheet.
    #[default]
    None,
    /// Everything.
    Full,
}

/// A row of the sheet.
#[derive(Clone, Debug)]
pub(crate) struct ReportRow {
    /// What our columns say.
    pub record: Record,
    /// What is left to do about it; a duplicate does as its row does.
    pub todo: Todo,
    /// The cells of the sheet's own columns.
    pub own: Vec<String>,
}

impl Report {
    /// What a plan's rows would do, or what the settled ones have done.
    fn forecast(&self) -> Forecast {
        if let Some(forecast) = &self.forecast {
            return forecast.clone();
        }
        let counts = |status: Status| match status {
            Status::Assigned | Status::Unassigned | Status::Unchanged => {
                self.kind == ReportKind::Results
            }
            Status::Planned => self.kind == ReportKind::Plan,
            _ => false,
        };
        let rows = self.rows.iter().map(|row| &row.record);
        let moves: Vec<Handover<'_>> = rows
            .filter(|record| counts(record.status))
            .filter_map(|record| {
                let to = record.assignee.as_ref()?;
                let unchanged = (record.status == Status::Unchanged).then_some(to);
                let from = record.owner_before().or(unchanged);
                Some(Handover { from, to })
            })
            .collect();
        let mut by: Vec<_> = moves.iter().filter_map(|moved| moved.from).collect();
        by.sort_unstable();
        let by: Vec<_> = by
            .chunk_by(|a, b| a == b)
            .map(|same| (same[0].clone(), same.len()))
            .collect();
        let held = Held {
            counted: match by.is_empty() {
                true => CountedContacts::Nothing,
                false => CountedContacts::Sheet,
            },
            by,
            users: Vec::new(),
        };
        let done_before = match self.kind {
            ReportKind::Plan => self.count(|status| {
                matches!(
                    status,
                    Status::Assigned | Status::Unassigned | Status::Unchanged
                )
            }),
            ReportKind::Results => 0,
        };
        let sent = self.count(|status| status == Status::Planned);
        Forecast {
            loads: Workloads::new(moves, &held, &self.people),
            done_before,
            not_sent: self.rows.len() - sent - done_before,
            later: 0,
            unassigning: Vec::new(),
        }
    }

    /// Whether it is about a practice workspace, where nothing reaches anybody.
    fn is_trial(&self) -> bool {
        self.workspace == crate::workspace::SANDBOX
    }

    fn count(&self, of: impl Fn(Status) -> bool) -> usize {
        let rows = self.rows.iter();
        rows.filter(|row| of(row.record.status)).count()
    }

    /// How many rows have which status.
    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for row in &self.rows {
            tally.add(row.record.status);
        }
        tally
    }

    /// How many rows are left with this to do.
    fn left(&self, todo: Todo) -> usize {
        self.rows.iter().filter(|row| row.todo == todo).count()
    }
}

#[cfg(test)]
mod tests;
