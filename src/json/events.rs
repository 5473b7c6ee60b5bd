//! What happens in a run, as a line each.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use crate::outcome::{Event, Hold, HoldReason, Outcome, Status};
use crate::results::Record;
use crate::unprintable::lossy;
use crate::wording::local_time;
use crate::workspace::{People, Workload, Workloads};

use super::rows::Subject;
use super::{Headed, headed, named};

/// How often the pace is told.
const BETWEEN_PACES: Duration = Duration::from_secs(1);

/// What happens in a run, line by line on standard output. Nobody needs to listen: what is not read is not lost.
pub(crate) struct Events {
    /// What each row that is sent says.
    subjects: HashMap<u32, Subject>,
    /// The last status that was told of each of them.
    told: HashMap<u32, Status>,
    changes: usize,
    paced: (Instant, usize),
    /// Prints a line for whoever listens.
    print: fn(&str),
}

/// How a run begins.
#[derive(Serialize)]
pub(crate) struct StartEvent<'a> {
    /// The workspace, as journals name it.
    pub(crate) workspace: String,
    /// The plan's ID.
    pub(crate) plan: String,
    #[serde(serialize_with = "lossy")]
    pub(crate) sheet: &'a Path,
    #[serde(serialize_with = "lossy")]
    pub(crate) results: &'a Path,
    #[serde(serialize_with = "lossy")]
    pub(crate) journal: PathBuf,
    /// How many changes will be sent.
    pub(crate) changes: usize,
}

/// How a run has ended.
pub(crate) struct Ending<'a> {
    pub(crate) why: &'a str,
    /// How many rows have which status.
    pub(crate) counts: Vec<(Status, usize)>,
    /// How many rows are open.
    pub(crate) open: usize,
    /// What the run did to everybody's contacts; `None` if there was nothing to send.
    pub(crate) loads: Option<&'a Workloads>,
    pub(crate) results: &'a Path,
    pub(crate) workbook: Option<&'a Path>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Start(Headed<StartEvent<'a>>),
    Outcome(Record),
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
        users: &'a [Workload],
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

impl Events {
    fn tell(&self, line: &Line<'_>) {
        (self.print)(&super::line(line));
    }

    /// Tells that a run begins, what becomes of the rows that are not sent, and notes what the others say.
    pub(crate) fn begin(
        start: StartEvent<'_>,
        left: impl Iterator<Item = Record>,
        sent: impl Iterator<Item = (u32, Subject)>,
        print: fn(&str),
    ) -> Events {
        let events = Events {
            subjects: sent.collect(),
            told: HashMap::new(),
            changes: start.changes,
            paced: (Instant::now(), 0),
            print,
        };
        events.tell(&Line::Start(headed(start)));
        for record in left {
            events.tell(&Line::Outcome(record));
        }
        events
    }

    /// Tells what happened.
    pub(crate) fn show(&mut self, events: &[Event], people: &People) {
        for event in events {
            match event {
                Event::Settled(outcome) => self.outcome(outcome, people),
                Event::Waits(waits) => self.tell(&Line::Waits {
                    parked: waits.parked,
                    hold: waits.hold.map(|hold| Pause::of(hold, Instant::now())),
                }),
                Event::Verified(verified) => self.tell(&Line::Verified {
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
            self.tell(&Line::Pace {
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
        let is_open = !outcome.status.is_settled();
        let expected = subject.and_then(|subject| subject.expected.clone());
        let record = Record {
            contact: subject.map(|subject| subject.contact.clone()),
            assignee: subject.map(|subject| subject.assignee.clone()),
            previous: outcome.previous.clone(),
            expected: expected.filter(|_| is_open),
            contact_id: outcome.contact_id,
            ..Record::new(outcome.row, outcome.status)
        };
        self.tell(&Line::Outcome(record.with(outcome, people)));
    }

    /// Tells of the rows that were not reached, and how it ended.
    pub(crate) fn end(mut self, outcomes: &[Outcome], ending: &Ending<'_>, people: &People) {
        for outcome in outcomes {
            if self.told.get(&outcome.row) != Some(&outcome.status) {
                self.outcome(outcome, people);
            }
        }
        self.tell(&Line::End {
            why: ending.why,
            at: local_time(Timestamp::now()),
            counts: named(ending.counts.iter().copied()),
            open: ending.open,
            given: ending.loads.map_or(0, Workloads::given),
            unassigned: ending.loads.map_or(0, Workloads::unassigned),
            notified: ending.loads.map_or(0, |loads| loads.notified().count()),
            users: ending.loads.map_or(&[], |loads| &loads.users),
            results: ending.results,
            workbook: ending
                .workbook
                .map(|path| path.to_string_lossy().into_owned()),
        });
    }
}
