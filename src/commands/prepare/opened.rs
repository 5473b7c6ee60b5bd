//! The file that a command works on, and the options that its rows are read by.

use std::env;
use std::io;
use std::path::Path;

use anyhow::Context;

use crate::cli::ReadingArgs;
use crate::files::Temporary;
use crate::job::{DiskQuery, Job, What};
use crate::refusal::Refusal;
use crate::sheet;

use super::super::columns::choice;
use super::super::layout::named_by_us;
use super::super::session::Workspace;
use super::Request;

/// The file to work on.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) job: Job,
    /// The options of this command, and those of the first run where this one says nothing.
    pub(super) reading: ReadingArgs,
    /// Standard input, while it is needed.
    pub(super) spool: Option<Temporary>,
}

impl Opened {
    /// Finds out which file a command works on; nothing if it is refused.
    ///
    /// # Errors
    /// If the file cannot be read, or what stands on disk speaks against the command.
    pub(super) fn by(
        request: &Request<'_>,
        workspace: &Workspace,
        refusals: &mut Vec<Refusal>,
    ) -> anyhow::Result<Option<Opened>> {
        let spool = (request.sheet == Path::new("-")).then(spool).transpose()?;
        if spool.is_some() && request.out.is_none() {
            refusals.push(Refusal::new(
                "standard input has no name to call the results after; add `-o FILE`",
            ));
            return Ok(None);
        }
        let job = Job::find(&DiskQuery {
            doing: request.doing,
            kind: request.kind(),
            named: request.sheet,
            path: spool.as_ref().map_or(request.sheet, |spool| spool.path()),
            out: request.out.as_deref(),
            set_aside: request.set_aside,
            options: &request.sheet_options(),
            choice: &choice(request.reading),
            workspace: &workspace.id(),
        })?;
        Ok(Some(Opened {
            reading: with_those_of_the_first_run(request.reading, &job)?,
            job,
            spool,
        }))
    }
}

fn with_those_of_the_first_run(now: &ReadingArgs, job: &Job) -> anyhow::Result<ReadingArgs> {
    let earlier = match job.history.first.as_ref().or(job.history.planned.as_ref()) {
        Some(first) => ReadingArgs::from_typed(&first.options).map_err(anyhow::Error::msg)?,
        None => ReadingArgs::default(),
    };
    let header_row = earlier.header_row;
    let mut reading = now.clone().or_earlier(earlier);
    match job.what {
        What::Sheet => reading.header_row = reading.header_row.or(header_row),
        What::Results => {
            // Where the first sheet's cells stand says nothing about the results, whose columns we have named.
            reading.header_row = None;
            reading.hidden_rows = now.hidden_rows;
            if header_row == Some(0) {
                named_by_us(&mut reading, now);
            }
        }
    }
    Ok(reading)
}
/// Standard input can be read once, and a sheet is read twice.
pub(in super::super) fn spool() -> anyhow::Result<Temporary> {
    let folder = &env::temp_dir();
    let make = |builder: &mut tempfile::Builder<'_, '_>| builder.suffix(".csv").tempfile_in(folder);
    let mut file = sheet::temporary(folder, make).context("cannot keep standard input")?;
    io::copy(&mut io::stdin().lock(), &mut file).context("cannot read standard input")?;
    Ok(file)
}
