//! Asks the workspace who works in it and who has which contact now. Reads only.
//!
//! Contacts are looked up through the list where that needs fewer requests, else one by one (`choice` says which, and
//! what it may cost at most). The list lags behind, and nothing here is a reason to write: the read right before a
//! write decides. What it means for a sheet is left to [`plan`](crate::plan).

mod asker;
mod choice;
mod lists;
mod reads;
mod single;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::wording::about;

pub(crate) use asker::{Asker, Waiting, WhyWaiting};

pub(crate) use lists::{everything, users};
pub(crate) use reads::contacts;

/// Why the workspace could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    TokenRefused(String),
    #[error("{0}")]
    Unreachable(String),
    #[error("{0}; it was tried for minutes, try again later")]
    Gone(String),
    #[error("the API asks for a pause of {}; try again then", about(*.0))]
    LongPause(Duration),
    #[error("for {minutes} minutes {0}; ask whoever looks after the workspace whether its quota is used up", minutes = .1.as_secs() / 60)]
    OnlyRefusals(String, Duration),
    #[error("cannot list the users: {0}")]
    Users(String),
    #[error("cannot list the contacts: {0}")]
    Contacts(String),
    /// The list of users is not as the contract promises.
    #[error("the list of users contradicts itself: {0}; tell whoever runs the API")]
    Contradiction(String),
    #[error("{0}")]
    NoReads(String),
}

/// What is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupPurpose {
    /// Who works in the workspace.
    Users,
    /// Every contact.
    Everything,
    /// Who has some contacts.
    Owners,
    /// Whether the workspace is the one that the runs before wrote to.
    SameWorkspace,
}

/// What the look at the workspace has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupStep {
    /// So many users are known.
    Users(usize),
    /// So many contacts of the workspace are known.
    Everything(usize),
    /// Pages of the list of contacts, and how many of the wanted contacts were found on them.
    Listed {
        /// Pages read.
        pages: usize,
        /// LookupPurpose contacts found.
        found: usize,
        /// Contacts wanted.
        wanted: usize,
    },
    /// Contacts that are known or were looked for in vain.
    Read {
        /// So many are done.
        done: usize,
        /// Contacts wanted.
        wanted: usize,
    },
}
