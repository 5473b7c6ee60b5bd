//! What happens in a run, as a line each.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use crate::outcome::{Event, Hold, HoldReason, Outcome, Status, local_time};
use crate::plan::Fate;
use crate::results::JobFolder;

use super::super::prepare::Prepared;
use super::super::records::{Rows, Work};
use super::super::screen::say;
use super::{FORMAT, Row, counts};

/// How often the pace is told.
const BETWEEN_PACES: Duration = Duration::from_secs(1);

/// What happens in a run, line by line on standard output. Nobody needs to listen: what is not read is not lost.
pub(in super::super) struct Events {
    /// Contact and assignee of each row that is sent.
    subjects: HashMap<u32, (String, String)>,
    /// The last status that was told of each of them.
    told: HashMap<u32, Status>,
    changes: usize,
    paced: (Instant, usize),
}

/// How a run has ended.
pub(in super::super) struct Ending<'a> {
    pub(in super::super) why: &'a str,
    pub(in super::super) work: &'a Work,
    pub(in super::super) results: &'a Path,
    pub(in super::super) workbook: Option<&'a Path>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Start {
        format: u32,
        tool: &'static str,
        at: String,
        workspace: String,
        plan: String,
        sheet: &'a Path,
        results: &'a Path,
        journal: PathBuf,
        changes: usize,
    },
    Outcome(Row),
    Verified {
        row: u32,
        at: String,
    },
    Waits {
        parked: usize,
        hold: Option<Pause>,
    },
    Pace {
        done: usize,
        changes: usize,
        per_second: f64,
    },
    End {
        why: &'a str,
        at: String,
        counts: BTreeMap<&'static str, usize>,
        open: usize,
        results: &'a Path,
        #[serde(skip_serializing_if = "Option::is_none")]
        workbook: Option<&'a Path>,
    },
}

/// A pause of the whole run.
#[derive(Serialize)]
struct Pause {
    why: &'static str,
    seconds: f64,
}

impl Pause {
    fn of(hold: Hold, now: Instant) -> Pause {
        let left = hold.until.saturating_duration_since(now).as_secs_f64();
        Pause {
            why: match hold.why {
                HoldReason::Throttled => "throttled",
                HoldReason::Outage => "outage",
            },
            seconds: (left * 10.0).round() / 10.0,
        }
    }
}

fn tell(line: &Line<'_>) {
    match serde_json::to_string(line) {
        Ok(text) => say(text),
        Err(err) => unreachable!("lines are plain data: {err}"),
    }
}

impl Events {
    /// Tells that a run of so many changes begins, and what becomes of the rows that are left out.
    pub(in super::super) fn begin(prepared: &Prepared, before: Rows<'_>, changes: usize) -> Events {
        tell(&Line::Start {
            format: FORMAT,
            tool: env!("CARGO_PKG_VERSION"),
            at: local_time(Timestamp::now()),
            workspace: prepared.workspace.id(),
            plan: prepared.plan.id(&prepared.workspace.id()).to_string(),
            sheet: prepared.job.sheet.path(),
            results: &prepared.job.out,
            journal: JobFolder::of(&prepared.job.out).journal(),
            changes,
        });
        let fates = prepared.plan.rows().map(|(_, fate)| fate);
        for (fate, record) in fates.zip(before.records()) {
            if matches!(fate, Fate::Left(_)) {
                tell(&Line::Outcome(Row::of(record)));
            }
        }
        let subject = |change: crate::plan::Change<'_>| {
            let (contact, assignee) = (change.contact.to_string(), change.assignee.to_string());
            (change.row, (contact, assignee))
        };
        Events {
            subjects: prepared.plan.changes().map(subject).collect(),
            told: HashMap::new(),
            changes,
            paced: (Instant::now(), 0),
        }
    }

    /// Tells what happened.
    pub(in super::super) fn show(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Settled(outcome) => self.outcome(outcome),
                Event::Waits(waits) => tell(&Line::Waits {
                    parked: waits.parked,
                    hold: waits.hold.map(|hold| Pause::of(hold, Instant::now())),
                }),
                Event::Verified(verified) => tell(&Line::Verified {
                    row: verified.row,
                    at: local_time(verified.at),
                }),
                Event::Sent(_)
                | Event::Withdrawn(_)
                | Event::Slept(_)
                | Event::Pace(_)
                | Event::Met(_) => {}
            }
        }
        let (since, before) = self.paced;
        let done = self.told.len();
        let time = since.elapsed();
        if time >= BETWEEN_PACES && done > before {
            let pace = (done - before) as f64 / time.as_secs_f64();
            tell(&Line::Pace {
                done,
                changes: self.changes,
                per_second: (pace * 10.0).round() / 10.0,
            });
            self.paced = (Instant::now(), done);
        }
    }

    fn outcome(&mut self, outcome: &Outcome) {
        let subject = self.subjects.get(&outcome.row);
        self.told.insert(outcome.row, outcome.status);
        tell(&Line::Outcome(Row {
            row: outcome.row,
            contact: subject.map(|(contact, _)| contact.clone()),
            assignee: subject.map(|(_, assignee)| assignee.clone()),
            previous: outcome
                .previous
                .as_ref()
                .map(|previous| previous.to_string()),
            status: outcome.status,
            error: outcome.error.clone(),
            decision: None,
            http: outcome.http,
            contact_id: outcome.contact_id,
            attempts: outcome.attempts,
            at: Some(local_time(outcome.at)),
        }));
    }

    /// Tells of the rows that were not reached, and how it ended.
    pub(in super::super) fn end(mut self, outcomes: &[Outcome], ending: &Ending<'_>) {
        for outcome in outcomes {
            if self.told.get(&outcome.row) != Some(&outcome.status) {
                self.outcome(outcome);
            }
        }
        tell(&Line::End {
            why: ending.why,
            at: local_time(Timestamp::now()),
            counts: counts(ending.work),
            open: ending.work.open(),
            results: ending.results,
            workbook: ending.workbook,
        });
    }
}
