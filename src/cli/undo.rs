//! `reassign undo`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

/// `reassign undo`.
#[derive(Debug, Args)]
#[command(
    after_help = "It sends nothing. The sheet is applied like any other: a contact is given back only while it is still \
                  with whom we gave it."
)]
pub struct UndoArgs {
    /// The results of what is to be taken back
    pub results: PathBuf,
    /// Take back only this run, counted from 1 [default: all of them]
    #[arg(long, value_name = "N")]
    pub run: Option<NonZeroUsize>,
    /// The sheet to write, .csv, .tsv or .xlsx [default: the results' name with `.undo.csv`]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
