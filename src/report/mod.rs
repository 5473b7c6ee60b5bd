//! Rows, runs and users become one HTML page that needs no network and tells nothing that was to be hidden.
//!
//! Pure: a [`Report`] is plain data, and [`page`] writes it to whatever takes bytes; so does [`spread_page`] with a
//! [`Spread`], which is about everybody's load and knows no contact. Where the rows come from, who the users are and where
//! the page goes is left to the commands.

mod balance;
mod charts;
mod course;
mod escape;
mod mask;
mod page;
mod people;
mod problems;
mod spread;
mod table;
mod words;

use std::time::Duration;

use jiff::Timestamp;

use crate::outcome::{Tally, Todo};
use crate::results::{Record, journal::Run};

pub use page::{MARK, page, spread_page};
pub use people::People;
pub use spread::{Load, Spread, Way};
pub use words::{about, amount, counted, decimal, number};

/// What a report is made from.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the rows tell of.
    pub kind: Kind,
    /// When it was made.
    pub made: Timestamp,
    /// The file that was read: its name, without the folders.
    pub file: String,
    /// The workspace, as results name it.
    pub workspace: String,
    /// What a look at the workspace showed before anything was sent, where there was one.
    pub looked: Option<Looked>,
    /// The plan's ID, if it is known.
    pub plan: Option<String>,
    /// The rows of the sheet, in its order.
    pub rows: Vec<Row>,
    /// The names of the sheet's own columns.
    pub own: Vec<String>,
    /// The runs that the journal tells of, in their order.
    pub runs: Vec<Run>,
    /// Who is who.
    pub people: People,
    /// What it says about single rows.
    pub detail: Detail,
}

/// What a look at the workspace showed, and what the plan means for those who work there.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The workspace's host; `sandbox` for the one inside the program.
    pub host: String,
    /// How many users the workspace lists; pending invitations are not among them.
    pub users: usize,
    /// The owners by name and email.
    pub owners: Vec<String>,
    /// When the workspace was asked first who has the contacts; `None` if no row had to be asked about.
    pub as_of: Option<Timestamp>,
    /// How many contacts the list told, which lags behind.
    pub listed: usize,
    /// How many contacts were read one by one.
    pub read: usize,
    /// What could not be found out, and why, in sentences.
    pub gaps: Vec<String>,
    /// The rows to be sent whose conversations are closed.
    pub closed: Vec<u32>,
    /// How many notifications the changes come to: one for each contact that a user receives.
    pub notifications: usize,
    /// How many users are notified.
    pub notified: usize,
    /// About how long sending all of it takes.
    pub lasts: Duration,
}

/// What the rows of a report tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing was sent yet.
    Plan,
    /// A run was at work.
    Results,
}

/// What a report says about single rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Contacts are masked, and the sheet's own columns left out.
    #[default]
    Masked,
    /// Everything.
    Full,
    /// Nothing: there are no rows, and nothing names one.
    None,
}

/// A row of the sheet.
#[derive(Clone, Debug)]
pub struct Row {
    /// What our columns say.
    pub record: Record,
    /// What is left to do about it; a duplicate does as its row does.
    pub todo: Todo,
    /// The cells of the sheet's own columns.
    pub own: Vec<String>,
}

impl Report {
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
