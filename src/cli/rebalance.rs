//! `reassign rebalance`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::SettingsArgs;
use super::values::duration;
use super::{ReadingArgs, WorkspaceArgs};
use crate::api::Rate;
use crate::rebalance::Tolerance;

/// `reassign rebalance`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reassign rebalance load.xlsx --roster roster.csv -o moves.csv
  reassign rebalance --live --from ann@… --to ben@…,cy@… -o moves.csv")]
pub(crate) struct RebalanceArgs {
    /// Who has which contacts: CSV, TSV, XLSX, XLSM, XLSB, XLS or ODS; `-`: CSV on standard input; none with `--live`
    pub sheet: Option<PathBuf>,
    /// Who is there: a sheet with user, capacity (1: full time, 0: gives everything away), maximum, groups
    #[arg(long, value_name = "ROSTER", required_unless_present = "to")]
    pub roster: Option<PathBuf>,
    /// Write the moves as a sheet, which `plan` and `apply` take [default: they are only shown]
    #[arg(short, long, value_name = "FILE", value_parser = super::values::output_name())]
    pub out: Option<PathBuf>,
    /// Write a page for the browser that shows everybody's load before and after; it names users and no contact
    #[arg(long, value_name = "FILE", value_parser = super::values::output_name())]
    pub report: Option<PathBuf>,
    /// Settings that are kept in a file.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Print everything as JSON on standard output, and text on standard error
    #[arg(hide_short_help = true, long)]
    pub json: bool,
    /// What moves.
    #[command(flatten)]
    pub moving: MovingArgs,
    /// How the sheet is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Further columns of the sheet.
    #[command(flatten)]
    pub columns: LoadArgs,
    /// Which workspace it is about.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// Requests that may leave in that time (also N/m, N/h), with `--live` [default: as many as the server takes]
    #[arg(hide_short_help = true, long, value_name = "N/s")]
    pub rate: Option<Rate>,
    /// How long an answer may take, with `--live`
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "30s", value_parser = super::values::time_above_zero)]
    pub timeout: Duration,
    /// How long the server may be gone, with `--live`
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub give_up_after: Duration,
}

impl RebalanceArgs {
    /// Whether somebody's contacts are shared out among users who are named, whatever these have.
    pub(crate) fn is_handover(&self) -> bool {
        !self.moving.to.is_empty()
    }

    /// What says who takes contacts, as messages call it.
    pub(crate) fn roster_name(&self) -> String {
        match &self.roster {
            Some(roster) => roster.display().to_string(),
            None => "--to".to_owned(),
        }
    }
}

/// What moves, and how far.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What moves")]
pub(crate) struct MovingArgs {
    /// Only this user's contacts, all of them; give it again for another user (they need not be in the roster)
    #[arg(long, value_name = "USER")]
    pub from: Vec<String>,
    /// Share these contacts out among these users, evenly or by the shares given, as in `ann@…:2,ben@…:1`; needs no roster
    #[arg(
        long,
        value_name = "USER[:SHARE],…",
        value_delimiter = ',',
        requires = "from",
        conflicts_with = "roster"
    )]
    pub to: Vec<ToArg>,
    /// Only contacts that nobody has
    #[arg(long, conflicts_with = "from")]
    pub only_unassigned: bool,
    /// Stop moving once everybody is this near the target, by load or by a share of the target; 0: exactly
    #[arg(long, value_name = "N|P%", default_value = "5%")]
    pub tolerance: ToleranceArg,
    /// No more moves than this: those that count most
    #[arg(long, value_name = "N", value_parser = super::values::whole_number::<usize>)]
    pub max_moves: Option<usize>,
    /// Only contacts whose last activity was this many days ago, or more
    #[arg(hide_short_help = true, long, value_name = "N", value_parser = super::values::whole_number::<u32>)]
    pub idle_days: Option<u32>,
    /// The roster may name groups of which there is no contact
    #[arg(hide_short_help = true, long)]
    pub empty_groups: bool,
    /// Count and move contacts whose status says closed, too
    #[arg(long)]
    pub include_closed: bool,
}

/// The columns that only a load has.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Reading the load")]
pub(crate) struct LoadArgs {
    /// The column of how much load each contact is (`none`: each is 1)
    #[arg(hide_short_help = true, long, value_name = "COLUMN|none")]
    pub weight: Option<String>,
    /// The column of the group whose users may have the contact (`none`: everybody may, whatever the roster says)
    #[arg(hide_short_help = true, long, value_name = "COLUMN|none")]
    pub group: Option<String>,
    /// The column that says whether a contact stays where it is (`none`: there is none)
    #[arg(hide_short_help = true, long, value_name = "COLUMN|none")]
    pub pinned: Option<String>,
    /// The column of the last activity (`none`: there is none)
    #[arg(hide_short_help = true, long, value_name = "COLUMN|none")]
    pub activity: Option<String>,
    /// The column of the conversation's status (`none`: there is none)
    #[arg(hide_short_help = true, long, value_name = "COLUMN|none")]
    pub status: Option<String>,
}

/// Somebody who takes contacts, and which share of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ToArg {
    /// The user, as typed.
    pub user: String,
    /// The share, in millionths.
    pub share: u64,
}

impl FromStr for ToArg {
    type Err = String;

    fn from_str(text: &str) -> Result<ToArg, String> {
        let (user, share) = match text.rsplit_once(':') {
            Some((user, share)) => (user, Some(share)),
            None => (text, None),
        };
        let share = share.map_or(Some(1.0), |share| share.trim().parse().ok());
        let share = share.filter(|share: &f64| (1e-6..=1e6).contains(share));
        let share = share.ok_or("a share is a number above 0, as in `ann@example.com:2`")?;
        match user.trim() {
            "" => Err("a user is missing".to_owned()),
            user => Ok(ToArg {
                user: user.to_owned(),
                share: (share * 1e6).round() as u64,
            }),
        }
    }
}

/// A tolerance as it is typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ToleranceArg {
    /// So much load.
    Load(f64),
    /// So many of a hundred.
    Percent(f64),
}

impl ToleranceArg {
    /// The same, where a load of 1 is so many units.
    pub(crate) fn in_units(self, units: u64) -> Tolerance {
        match self {
            ToleranceArg::Load(load) => Tolerance::Load((load * units as f64).round() as u64),
            ToleranceArg::Percent(percent) => {
                Tolerance::Millionths((percent * 10_000.0).round() as u32)
            }
        }
    }
}

impl FromStr for ToleranceArg {
    type Err = String;

    fn from_str(text: &str) -> Result<ToleranceArg, String> {
        let (number, largest, what): (_, _, fn(f64) -> _) = match text.strip_suffix('%') {
            Some(percent) => (percent.trim(), 100.0, ToleranceArg::Percent),
            None => (text, 1e9, ToleranceArg::Load),
        };
        let number = number.parse::<f64>().ok();
        let number = number.filter(|number| (0.0..=largest).contains(number));
        number
            .map(what)
            .ok_or_else(|| "write a load like 3, or a share of the target like 5%".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_who_takes_contacts_may_have_a_share() {
        let read = |text: &str| text.parse::<ToArg>().map(|to| (to.user, to.share));
        assert_eq!(
            read("ann@example.com"),
            Ok(("ann@example.com".to_owned(), 1_000_000))
        );
        assert_eq!(read("101:0.5"), Ok(("101".to_owned(), 500_000)));
        for text in ["", ":2", "ann:0", "ann:x", "ann:-1", "ann:NaN"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_tolerance_is_a_load_or_a_share() {
        let read = |text: &str| text.parse::<ToleranceArg>().map(|arg| arg.in_units(10));
        assert_eq!(read("3"), Ok(Tolerance::Load(30)));
        assert_eq!(read("2.5%"), Ok(Tolerance::Millionths(25_000)));
        for text in ["", "-1", "101%", "NaN", "x", "inf"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
