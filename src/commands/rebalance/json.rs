//! What becomes of everybody's load as one JSON document, for programs. `docs/json.md` says what it holds.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::{RebalanceArgs, ToleranceArg};
use crate::mapping::MILLIONTHS;
use crate::outcome::local_time;
use crate::rebalance::{self, Least, Rebalanced, Stays};

use super::input::Input;
use super::write::{cells, in_order};

/// The format of the document; another number means other names.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    tool: &'static str,
    at: String,
    load: &'a str,
    roster: String,
    contacts: usize,
    tolerance: Tolerance,
    users: Vec<User>,
    unassigned: Pair,
    fairness: Fairness,
    stays: BTreeMap<&'static str, usize>,
    least: Fewest,
    moves: Vec<Move>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Tolerance {
    Load(f64),
    Percent(f64),
}

#[derive(Serialize)]
struct User {
    user: String,
    name: String,
    capacity: f64,
    before: f64,
    after: f64,
    fair: f64,
    gives: usize,
    receives: usize,
}

#[derive(Serialize)]
struct Pair {
    before: f64,
    after: f64,
}

#[derive(Serialize)]
struct Fairness {
    before: Figures,
    after: Figures,
}

#[derive(Serialize)]
struct Figures {
    furthest: f64,
    gini: f64,
}

impl From<rebalance::Fairness> for Figures {
    fn from(fairness: rebalance::Fairness) -> Figures {
        Figures {
            furthest: fairness.largest / MILLIONTHS as f64,
            gini: fairness.gini,
        }
    }
}

#[derive(Serialize)]
struct Fewest {
    moves: usize,
    proven: bool,
}

#[derive(Serialize)]
struct Move {
    contact: String,
    from: String,
    to: String,
    reason: String,
}

/// Writes the document.
///
/// # Errors
/// If it cannot be written.
pub(super) fn document(
    input: &Input,
    args: &RebalanceArgs,
    result: &Rebalanced,
    to: impl Write,
) -> io::Result<()> {
    let load = |millionths: u64| millionths as f64 / MILLIONTHS as f64;
    let user = |index: usize| {
        let share = &result.shares[index];
        User {
            user: input.who[index].to_string(),
            name: input.full_name(index),
            capacity: load(input.users[index].capacity),
            before: load(share.before),
            after: load(share.after),
            fair: share.target / MILLIONTHS as f64,
            gives: share.gives,
            receives: share.receives,
        }
    };
    let mut stays: BTreeMap<&str, usize> = result
        .stays
        .iter()
        .map(|(why, count)| (name(*why), *count))
        .collect();
    if result.unplaced > 0 {
        stays.insert("no_room", result.unplaced);
    }
    let made = |made: &rebalance::Move| {
        let [contact, from, to, reason] = cells(input, result, made);
        Move {
            contact,
            from,
            to,
            reason,
        }
    };
    let document = Document {
        format: FORMAT,
        tool: env!("CARGO_PKG_VERSION"),
        at: local_time(Timestamp::now()),
        load: input.given.origin.name(),
        roster: args.roster.display().to_string(),
        contacts: input.contacts.len(),
        tolerance: match args.moving.tolerance {
            ToleranceArg::Load(load) => Tolerance::Load(load),
            ToleranceArg::Percent(percent) => Tolerance::Percent(percent),
        },
        users: input.listed.iter().copied().map(user).collect(),
        unassigned: Pair {
            before: load(result.unassigned.0),
            after: load(result.unassigned.1),
        },
        fairness: Fairness {
            before: result.fairness_before.into(),
            after: result.fairness_after.into(),
        },
        stays,
        least: match result.least {
            Least::Exactly(moves) => Fewest {
                moves,
                proven: true,
            },
            Least::AtLeast(moves) => Fewest {
                moves,
                proven: false,
            },
        },
        moves: in_order(input, result).into_iter().map(made).collect(),
    };
    let mut to = BufWriter::new(to);
    serde_json::to_writer_pretty(&mut to, &document)?;
    writeln!(to)?;
    to.flush()
}

fn name(why: Stays) -> &'static str {
    match why {
        Stays::Pinned => "pinned",
        Stays::Unreadable => "unreadable",
        Stays::NoGroup => "no_group",
        Stays::Active => "active",
        Stays::ActivityUnknown => "activity_unknown",
        Stays::OutOfScope => "not_asked_for",
    }
}
