//! The lines of a journal: what they hold, and that each is as it was written.

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::job_folder::open_plain;
use super::super::{Error, Sums};
use super::{EndLine, FORMAT, Renumbering, RowAtStart, Start};
use crate::outcome::{Met, Outcome, Pace, Sent, Slept, Verified, Withdrawn};

/// How many rows stand in one line.
pub(super) const ROWS: usize = 500;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Planned(Box<Start>),
    Changes {
        plan: String,
        rows: Vec<RowLine>,
    },
    Start(Box<Start>),
    /// The rows of the run that this one continues have other numbers from here on.
    Renumbered(Renumbering),
    Rows(Vec<RowLine>),
    Sent(Sent),
    Withdrawn(Withdrawn),
    Outcome(Outcome),
    Pace(Pace),
    User(Met),
    Verified(Verified),
    Slept(Slept),
    /// Rows whose contacts an undo has given back.
    Undone {
        rows: Vec<u32>,
        /// The run that was taken back, counted from 1; all of them if none is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<usize>,
    },
    /// The undo of these rows was itself taken back.
    Redone {
        rows: Vec<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<usize>,
    },
    Writing {
        sha256: String,
        /// Of the same results as a workbook.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workbook: Option<String>,
    },
    End(EndLine),
}

impl Line {
    pub(super) fn of_sums(sums: &Sums) -> Line {
        Line::Writing {
            sha256: sums.results.clone(),
            workbook: sums.workbook.clone(),
        }
    }
}

/// What a row says: its number, contact, assignee, and the digest of its own cells, which version 0.1.0 did not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RowLine(
    u32,
    String,
    String,
    #[serde(default, skip_serializing_if = "Option::is_none")] Option<u64>,
);

impl RowLine {
    pub(super) fn of(said: RowAtStart) -> RowLine {
        RowLine(said.row, said.contact, said.assignee, said.cells)
    }

    pub(super) fn said(self) -> (u32, RowAtStart) {
        let RowLine(row, contact, assignee, cells) = self;
        let said = RowAtStart {
            row,
            contact,
            assignee,
            cells,
        };
        (row, said)
    }
}

/// Hands on every whole line, and returns how many bytes they are.
pub(super) fn each_line(path: &Path, mut with: impl FnMut(Line)) -> Result<u64, Error> {
    let file = match open_plain(path, OpenOptions::new().read(true)) {
        Ok(file) => file,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(err) => return Err(Error::io("read", path)(err)),
    };
    let mut reader = BufReader::new(file);
    let (mut text, mut whole, mut damaged) = (Vec::new(), 0, None);
    for line in 1.. {
        text.clear();
        let length = reader
            .read_until(b'\n', &mut text)
            .map_err(Error::io("read", path))?;
        if length == 0 {
            break;
        }
        if let Some(line) = damaged {
            return Err(Error::Damaged {
                path: path.to_owned(),
                line,
            });
        }
        match text.strip_suffix(b"\n").and_then(parse) {
            Some(Line::Start(start) | Line::Planned(start)) if start.format != FORMAT => {
                return Err(Error::Format {
                    path: path.to_owned(),
                    found: start.format,
                    tool: start.tool,
                });
            }
            Some(line) => {
                whole += length as u64;
                with(line);
            }
            None => damaged = Some(line), // torn if nothing follows
        }
    }
    Ok(whole)
}

pub(super) fn sum(text: &[u8]) -> String {
    Sha256::digest(text)
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

const SUM: &str = r#","sum":""#;
const SUM_LENGTH: usize = SUM.len() + 8 + r#""}"#.len();

/// Reads a line without its end; `None` if it is not as it was written.
pub(super) fn parse(line: &[u8]) -> Option<Line> {
    let (before, rest) = line.split_at_checked(line.len().checked_sub(SUM_LENGTH)?)?;
    let found = rest.strip_prefix(SUM.as_bytes())?.strip_suffix(br#""}"#)?;
    let text = [before, b"}"].concat();
    (sum(&text).as_bytes() == found)
        .then(|| serde_json::from_slice(&text).ok())
        .flatten()
}

pub(super) fn print(line: &Line, to: &mut Vec<u8>) -> io::Result<()> {
    let start = to.len();
    serde_json::to_writer(&mut *to, line)?;
    let sum = sum(&to[start..]);
    to.pop();
    to.extend_from_slice(SUM.as_bytes());
    to.extend_from_slice(sum.as_bytes());
    to.extend_from_slice(b"\"}\n");
    Ok(())
}

pub(super) fn print_changes(
    plan: &str,
    changes: &[RowAtStart],
    to: &mut Vec<u8>,
) -> io::Result<()> {
    for some in changes.chunks(ROWS) {
        let rows = some.iter().cloned().map(RowLine::of).collect();
        let plan = plan.to_owned();
        print(&Line::Changes { plan, rows }, to)?;
    }
    Ok(())
}
