//! `reassign apply`, and which files a command works on.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::api::Rate;
use crate::job::Again;
use crate::plan::PlanId;
use crate::run::{OnClosed, Verify};

use super::limits::{ChangeLimit, FailureLimit};
use super::report::LeaveReport;
use super::values::{at_least_one, duration, output_name, time_above_zero, whole_number};
use super::{ReadingArgs, SettingsArgs, WorkspaceArgs};

/// `reassign apply`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[command(after_help = "\
Examples:
  reassign apply team.xlsx --sandbox          Try it, on a practice workspace
  reassign apply team.xlsx --limit 5          Make five changes, then check them
  reassign apply team.results.xlsx            Do the corrected rows
  reassign apply plan.csv --expect 4eb110d10e03   Change only what was approved")]
pub(crate) struct ApplyArgs {
    /// The spreadsheet: CSV, TSV, XLSX, XLSM, XLSB, XLS, ODS, or a results file; `-`: CSV on standard input
    pub sheet: PathBuf,
    /// How the sheet is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// The workspace that is changed.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// The results file [default: the sheet's name with `.results.csv`]
    #[arg(short, long, value_name = "FILE", help_heading = "Output", value_parser = output_name())]
    pub out: Option<PathBuf>,
    /// Which files it works on.
    #[command(flatten)]
    pub job: JobArgs,
    /// Show what would change, and change nothing: the same as `plan`
    #[arg(hide_short_help = true, long, help_heading = "Safety")]
    pub dry_run: bool,
    /// Make the changes without asking
    #[arg(long, short, help_heading = "Safety")]
    pub yes: bool,
    /// Print what happens as JSON, a line for each event, for programs
    #[arg(hide_short_help = true, long, help_heading = "Output")]
    pub json: bool,
    /// Show no progress
    #[arg(hide_short_help = true, long, short, help_heading = "Output")]
    pub quiet: bool,
    /// Requests, of each kind, that may leave in that time (also N/m, N/h) [default: as many as the server takes]
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N/s",
        help_heading = "Pace"
    )]
    pub rate: Option<Rate>,
    /// Rows under way at the same time [default: as many as pace and latency need]
    #[arg(hide_short_help = true, long, value_name = "N", value_parser = at_least_one::<NonZeroUsize>, help_heading = "Pace")]
    pub concurrency: Option<NonZeroUsize>,
    /// How long an answer may take
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "30s", value_parser = time_above_zero, help_heading = "Pace")]
    pub timeout: Duration,
    /// Failed attempts before a row has failed
    #[arg(hide_short_help = true, long, value_name = "N", default_value = "8", value_parser = at_least_one::<NonZeroU32>, help_heading = "Pace")]
    pub max_attempts: NonZeroU32,
    /// First wait of a row whose contact is queued on the server (449); doubled each time
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "1m", value_parser = time_above_zero, help_heading = "Pace")]
    pub queue_wait: Duration,
    /// How long such a row is tried
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "10m", value_parser = duration, help_heading = "Pace")]
    pub queue_patience: Duration,
    /// How long the server may be gone
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "5m", value_parser = duration, help_heading = "Pace")]
    pub give_up_after: Duration,
    /// Only the first N changes, to check them before the rest
    #[arg(long, value_name = "N", value_parser = whole_number::<usize>, help_heading = "Safety")]
    pub limit: Option<usize>,
    /// Stop after so many failed rows one after the other, when half of the first 50 fail, or when half of the first 20
    /// changes that are looked up were not made; `off`: never
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N|off",
        default_value = "25",
        help_heading = "Safety"
    )]
    pub max_failures: FailureLimit,
    /// Refuse to leave more contacts than this without an owner (a number, or a share of the changes like 5%) [default: 0; no limit in the sandbox]
    #[arg(long, value_name = "N|P%", help_heading = "Safety")]
    pub max_unassign: Option<ChangeLimit>,
    /// Refuse to change more contacts than this (a number, or a share of the sheet's rows like 5%)
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N|P%",
        help_heading = "Safety"
    )]
    pub max_changes: Option<ChangeLimit>,
    /// Change nothing if somebody else has moved more contacts than this since the plan or sheet was made (a number, or a
    /// share of the rows that say who has the contact) [default: 5%, and never fewer than 5]
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N|P%",
        help_heading = "Safety"
    )]
    pub max_drift: Option<ChangeLimit>,
    /// Change only what was approved: the plan of this ID, which `plan` shows
    #[arg(long, value_name = "PLAN-ID", help_heading = "Safety")]
    pub expect: Option<PlanId>,
    /// Look up again what was changed [default: sample; off with --blind]
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        value_name = "WHICH",
        help_heading = "Safety"
    )]
    pub check: Option<Verify>,
    /// Continue although nothing shows that this is the workspace of the runs before
    #[arg(hide_short_help = true, long, help_heading = "Safety")]
    pub same_workspace: bool,
    /// What becomes of contacts whose conversation is closed: a change there may be accepted and not be made
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        value_name = "HOW",
        default_value = "send",
        help_heading = "Safety"
    )]
    pub closed: OnClosed,
    /// Write without reading first: who had each contact stays unknown, and nothing can be put back
    #[arg(hide_short_help = true, long, help_heading = "Safety")]
    pub blind: bool,
    /// A remark for the journal
    #[arg(
        hide_short_help = true,
        long,
        value_name = "TEXT",
        help_heading = "Output"
    )]
    pub note: Option<String>,
    /// Run this command once the run has ended, stopped, or waits for somebody: without a shell, with REASSIGN_OUTCOME
    /// (`done`, `rows-left`, `stopped` or `not-started`), REASSIGN_EXIT_CODE and REASSIGN_RESULTS in its environment
    #[arg(
        hide_short_help = true,
        long,
        value_name = "COMMAND",
        help_heading = "Output"
    )]
    pub when_done: Option<String>,
    /// The page to leave.
    #[command(flatten)]
    pub report: LeaveReport,
    /// Settings that are kept in a file.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Keep the columns, safety and outputs of this command in the file of settings, under this name, once it has worked
    #[arg(
        hide_short_help = true,
        long,
        value_name = "NAME",
        help_heading = "Settings"
    )]
    pub save_recipe: Option<String>,
}

/// Which of several files a command works on.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct JobArgs {
    /// Give up what was edited in this results file: the other one, text or workbook, is read
    #[arg(
        hide_short_help = true,
        long,
        value_name = "FILE",
        help_heading = "Output"
    )]
    pub set_aside: Option<PathBuf>,
    /// Do finished rows again, too: as if `again` stood in `reassign_decision` of each
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        value_name = "all",
        help_heading = "Safety"
    )]
    pub again: Option<Again>,
}
