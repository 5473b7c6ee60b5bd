//! What becomes of everybody's load as one document.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

/// What is told of a rebalancing.
#[derive(Serialize)]
pub(crate) struct RebalanceDocument<'a> {
    pub(crate) load: &'a str,
    pub(crate) roster: String,
    pub(crate) contacts: usize,
    pub(crate) tolerance: ToleranceDocument,
    pub(crate) users: Vec<UserDocument>,
    pub(crate) unassigned: Pair,
    pub(crate) fairness: FairnessDocument,
    pub(crate) stays: BTreeMap<&'static str, usize>,
    pub(crate) least: Fewest,
    pub(crate) moves: Vec<MoveDocument>,
}

/// How near to fair is near enough.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ToleranceDocument {
    Load(f64),
    Percent(f64),
}

/// One user's load.
#[derive(Serialize)]
pub(crate) struct UserDocument {
    pub(crate) user: String,
    pub(crate) name: String,
    pub(crate) capacity: f64,
    pub(crate) before: f64,
    pub(crate) after: f64,
    pub(crate) fair: f64,
    pub(crate) gives: usize,
    pub(crate) receives: usize,
}

/// A load before and after.
#[derive(Serialize)]
pub(crate) struct Pair {
    pub(crate) before: f64,
    pub(crate) after: f64,
}

/// How even the load is.
#[derive(Serialize)]
pub(crate) struct FairnessDocument {
    pub(crate) before: FiguresDocument,
    pub(crate) after: FiguresDocument,
}

/// The figures of that.
#[derive(Serialize)]
pub(crate) struct FiguresDocument {
    pub(crate) furthest: f64,
    pub(crate) gini: f64,
}

/// The least number of moves that does the same.
#[derive(Serialize)]
pub(crate) struct Fewest {
    pub(crate) moves: usize,
    pub(crate) proven: bool,
}

/// One move.
#[derive(Serialize)]
pub(crate) struct MoveDocument {
    pub(crate) contact: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) reason: String,
}

/// Writes the document.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write(document: &RebalanceDocument<'_>, to: impl Write) -> io::Result<()> {
    super::write(document, to)
}
