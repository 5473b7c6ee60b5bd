//! What a lookup came to, for screens, pages and programs.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::wording::local_time;

/// What a lookup of the workspace showed, and what the plan means for those who work there.
#[derive(Clone, Debug, Serialize)]
pub struct LookupSummary {
    /// The workspace's host; `sandbox` for the one inside the program.
    #[serde(skip)]
    pub host: String,
    /// How many users the workspace lists; pending invitations are not among them.
    pub users: usize,
    /// The owners by name and email.
    pub owners: Vec<String>,
    /// When the workspace was asked first who has the contacts; `None` if no row had to be asked about.
    #[serde(serialize_with = "moment")]
    pub as_of: Option<Timestamp>,
    /// How many contacts the list told, which lags behind.
    pub listed: usize,
    /// How many contacts were read one by one.
    pub read: usize,
    /// What could not be found out, and why, in sentences.
    pub gaps: Vec<String>,
    /// The rows to be sent whose conversations are closed.
    #[serde(rename = "closed_rows")]
    pub closed: Vec<u32>,
    /// How many notifications the changes come to: one for each contact that a user receives.
    pub notifications: usize,
    /// How many users are notified.
    pub notified: usize,
    /// About how long sending all of it takes, if anything has shown it.
    #[serde(
        rename = "seconds",
        serialize_with = "seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub lasts: Option<Duration>,
}

fn moment<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    at.map(local_time).serialize(to)
}

fn seconds<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64()).serialize(to)
}
