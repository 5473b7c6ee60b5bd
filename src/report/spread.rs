//! A load before and after it is spread: users and figures, and no contact.

use jiff::Timestamp;

use crate::rebalance::{Fairness, Least, Share};

/// What a page about a load is made from. Loads are in millionths: a contact without a weight counts a million.
#[derive(Clone, Debug)]
pub(crate) struct LoadReport {
    /// When the page was made.
    pub made: Timestamp,
    /// Where it was read who has which contacts: the name of a sheet, or of a workspace.
    pub source: String,
    /// The time of day at which the workspace was asked; `None`: a sheet said it.
    pub as_of: Option<String>,
    /// The roster: its name, without the folders.
    pub roster: String,
    /// How many contacts are counted.
    pub contacts: usize,
    /// How many contacts move.
    pub moves: usize,
    /// The least number of moves that does the same.
    pub least: Least,
    /// What the moves come to, in a sentence without its full stop.
    pub verdict: String,
    /// What fair means, without a full stop.
    pub fair: &'static str,
    /// How even the load was.
    pub before: Fairness,
    /// How even it would be.
    pub after: Fairness,
    /// The users, in the order of the roster.
    pub users: Vec<UserShare>,
    /// The load that nobody has, before and after.
    pub unassigned: (u64, u64),
    /// How many contacts stay where they are, and why.
    pub stays: Vec<(usize, &'static str)>,
    /// How many contacts were left out because their conversations are closed.
    pub closed: usize,
    /// The moves, those together that go from one user to another for one reason.
    pub ways: Vec<LoadTransfer>,
}

/// What becomes of one user's load.
#[derive(Clone, Debug)]
pub(crate) struct UserShare {
    /// The user by name and email, as far as they are known.
    pub name: String,
    /// The load before and after.
    pub share: Share,
}

/// Moves from one user to another.
#[derive(Clone, Debug)]
pub(crate) struct LoadTransfer {
    /// The place of the user who has them in [`LoadReport::users`]; `None`: nobody has them.
    pub from: Option<usize>,
    /// The place of the user who gets them.
    pub to: usize,
    /// How many contacts.
    pub count: usize,
    /// Why they leave.
    pub why: &'static str,
}
