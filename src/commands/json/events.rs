//! What happens in a run, as a line each.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use crate::outcome::{Event, Hold, HoldReason, Outcome, Status, local_time};
use crate::plan::Fate;
use crate::results::JobFolder;
use crate::visible::{Escaped, lossy};
use crate::workspace::{People, Workloads};

use super::super::prepare::Prepared;
use super::super::records::{Rows, Work, expected};
use super::super::screen::say;
use super::{FORMAT, Row, User, counts};

/// How often the pace is told.
const BETWEEN_PACES: Duration = Duration::from_secs(1);

/// What happens in a run, line by line on standard output. Nobody needs to listen: what is not read is not lost.
pub(in super::super) struct Events {
    /// What each row that is sent says.
    subjects: HashMap<u32, Subject>,
    /// The last status that was told of each of them.
    told: HashMap<u32, Status>,
    changes: usize,
    paced: (Instant, usize),
}

/// What a row says.
struct Subject {
    contact: String,
    assignee: String,
    /// Who must have the contact for the row to be sent.
    expected: Option<String>,
}

/// How a run has ended.
pub(in super::super) struct Ending<'a> {
    pub(in super::super) why: &'a str,
    pub(in super::super) work: &'a Work,
    /// What the run did to everybody's contacts; `None` if there was nothing to send.
    pub(in super::super) loads: Option<&'a Workloads>,
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
        #[serde(serialize_with = "lossy")]
        sheet: &'a Path,
        #[serde(serialize_with = "lossy")]
        results: &'a Path,
        #[serde(serialize_with = "lossy")]
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
        given: usize,
        unassigned: usize,
        notified: usize,
        users: Vec<User>,
        #[serde(serialize_with = "lossy")]
        results: &'a Path,
        #[serde(skip_serializing_if = "Option::is_none")]
        workbook: Option<String>,
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
                HoldReason::Turn => "turn",
            },
            seconds: (left * 10.0).round() / 10.0,
        }
    }
}

fn tell(line: &Line<'_>) {
    let mut text = Vec::new();
    match serde_json::to_writer(Escaped(&mut text), line) {
        Ok(()) => say(String::from_utf8_lossy(&text)),
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
            plan: prepared.id().to_string(),
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
            let subject = Subject {
                contact: change.contact.to_string(),
                assignee: change.assignee.to_string(),
                expected: expected(change).map(ToString::to_string),
            };
            (change.row, subject)
        };
        Events {
            subjects: prepared.plan.changes().map(subject).collect(),
            told: HashMap::new(),
            changes,
            paced: (Instant::now(), 0),
        }
    }

    /// Tells what happened.
    pub(in super::super) fn show(&mut self, events: &[Event], people: &People) {
        for event in events {
            match event {
                Event::Settled(outcome) => self.outcome(outcome, people),
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

    fn outcome(&mut self, outcome: &Outcome, people: &People) {
        let subject = self.subjects.get(&outcome.row);
        self.told.insert(outcome.row, outcome.status);
        tell(&Line::Outcome(Row {
            row: outcome.row,
            contact: subject.map(|subject| subject.contact.clone()),
            assignee: subject.map(|subject| subject.assignee.clone()),
            previous: outcome
                .previous
                .as_ref()
                .map(|previous| previous.to_string()),
            expected: subject
                .filter(|_| !outcome.status.is_settled())
                .and_then(|subject| subject.expected.clone()),
            status: outcome.status,
            reason: outcome
                .reason
                .as_ref()
                .map(|reason| reason.code().to_string()),
            error: outcome
                .reason
                .as_ref()
                .map(|reason| reason.told(people).to_string()),
            decision: None,
            http: outcome.http,
            contact_id: outcome.contact_id,
            attempts: outcome.attempts,
            at: Some(local_time(outcome.at)),
            assignee_name: None,
            seen: None,
        }));
    }

    /// Tells of the rows that were not reached, and how it ended.
    pub(in super::super) fn end(
        mut self,
        outcomes: &[Outcome],
        ending: &Ending<'_>,
        people: &People,
    ) {
        for outcome in outcomes {
            if self.told.get(&outcome.row) != Some(&outcome.status) {
                self.outcome(outcome, people);
            }
        }
        tell(&Line::End {
            why: ending.why,
            at: local_time(Timestamp::now()),
            counts: counts(ending.work),
            open: ending.work.open(),
            given: ending.loads.map_or(0, Workloads::given),
            unassigned: ending.loads.map_or(0, Workloads::unassigned),
            notified: ending.loads.map_or(0, |loads| loads.notified().count()),
            users: ending
                .loads
                .map(|loads| loads.users.iter().map(User::from).collect())
                .unwrap_or_default(),
            results: ending.results,
            workbook: ending
                .workbook
                .map(|path| path.to_string_lossy().into_owned()),
        });
    }
}
