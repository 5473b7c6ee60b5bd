//! `reassign undo`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

/// `reassign undo`.
#[derive(Debug, Args)]
#[command(after_help = "\
It changes nothing. The undo sheet is applied like any other: a contact is given back only if nobody has moved it since.

Example:
  reassign undo team.results.csv")]
pub(crate) struct UndoArgs {
    /// The results of the run to undo
    pub results: PathBuf,
    /// Undo only this run, counted from 1 [default: all of them]
    #[arg(long, value_name = "N", value_parser = super::values::at_least_one::<NonZeroUsize>)]
    pub run: Option<NonZeroUsize>,
    /// The sheet to write, .csv, .tsv or .xlsx [default: the results' name with `.undo.csv`]
    #[arg(short, long, value_name = "FILE", value_parser = super::values::output_name())]
    pub out: Option<PathBuf>,
    /// Print what is given back as JSON, for programs
    #[arg(long)]
    pub json: bool,
}
