//! Reports: their command, and the options of commands that leave one.

use std::path::PathBuf;

use clap::Args;

use crate::report::Detail;

/// `reassign report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The results file of a run, or a saved plan
    pub results: PathBuf,
    /// The page [default: the results file's name with `.report.html`]
    #[arg(short, long, value_name = "FILE", value_parser = super::values::output_name())]
    pub out: Option<PathBuf>,
    /// What the page says about single rows
    #[arg(long = "report-rows", value_name = "HOW", default_value = "none")]
    pub rows: Detail,
    /// The sheet of users whose names the page shows [default: the one of the run]
    #[arg(long, value_name = "SHEET")]
    pub users: Option<PathBuf>,
}

/// The report that a command leaves.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct LeaveReport {
    /// Write a page for the browser that shows what changes, and how it went
    #[arg(long, value_name = "FILE", value_parser = super::values::output_name())]
    pub report: Option<PathBuf>,
    /// What the page says about single rows [default: none]
    #[arg(hide_short_help = true, long, value_name = "HOW", requires = "report")]
    pub report_rows: Option<Detail>,
}
