//! Reading back what was written, beside the run.
//!
//! Reads before writes have precedence: what is read back takes the turns at the pacer that no row waits for, or those
//! that are of no use to rows because all wait for their writes. Only the first of a run do not stand back, because they
//! tell early if something is wrong with all of them.

use std::sync::Arc;

use tokio::task::JoinError;
use tokio::time::Instant;

use jiff::Timestamp;

use crate::api::{Contact, ConversationStatus, Holder};
use crate::contact::{Assignee, Identifier};
use crate::outcome::{Event, Outcome, Reason, Status, Verified};
use crate::plan::Change;

use super::super::outage::Turn;
use super::super::row::{Job, Next, Role, Shared};
use super::super::verify::{Due, Place, Wanted};
use super::super::{End, WRITES_ARE_SLOWER};
use super::Schedule;

/// What reading back has shown.
pub(super) enum Seen {
    /// The write holds.
    Holds,
    /// It does not.
    Not {
        why: Reason,
        /// Whether another look may show something else.
        certain: bool,
    },
    /// The contact cannot be read, and why.
    Unread(Option<String>),
    /// It has to wait until then.
    Later(Instant),
    /// The whole run ends.
    End(End),
}

impl Shared {
    /// Reads back what a row has written.
    async fn look(&self, job: &mut Job, look: &Look) -> Seen {
        let contact = Identifier::Id(look.contact_id);
        let change = Change {
            row: look.row,
            contact: &contact,
            assignee: &look.assignee,
            previous: None,
            expected: None,
            holder: None,
            attempts: 0,
            may_have_written: false,
            in_doubt: false,
        };
        match self.read(job, &change).await {
            Ok(contact) if contact.holder.is(&look.assignee) => Seen::Holds,
            Ok(contact) => Seen::Not {
                why: not_applied(&contact, look.previous.as_ref()),
                certain: contact.status == ConversationStatus::Closed,
            },
            Err(next) => match *next {
                Next::Later(at) => Seen::Later(at),
                // Something was written, so this is no reason to say that nothing was.
                Next::End(End::NoReads(why) | End::Unreachable(why), _) => Seen::Unread(Some(why)),
                Next::End(end, _) => Seen::End(end),
                Next::Settled(outcome) | Next::Conflict { outcome, .. } => {
                    Seen::Unread(outcome.reason.map(|reason| reason.to_string()))
                }
                Next::Held => Seen::Unread(None),
            },
        }
    }
}

/// What there is to know of a write that is read back.
struct Look {
    row: u32,
    contact_id: u64,
    assignee: Assignee,
    previous: Option<Assignee>,
}

impl<R: FnMut(&[Event]) -> std::io::Result<()>> Schedule<R> {
    /// Begins to read back what may be read back now.
    pub(super) fn look(&mut self) {
        while self.ending.is_none() && self.may_look() {
            let now = Instant::now();
            let role = match self.shared.outage.turn(now) {
                Turn::Everybody => Role::Ordinary,
                // As long as there are rows, they find out.
                Turn::Probe
                    if self.queue.is_empty()
                        && self.running.is_empty()
                        && self.looking.is_empty() =>
                {
                    Role::Probe
                }
                Turn::Probe | Turn::Nobody => return,
            };
            let Some(mut due) = self.readback.pick(now, self.wanted()) else {
                return;
            };
            let Some(look) = self.written(due.place) else {
                continue;
            };
            let job = due
                .job
                .take()
                .unwrap_or_else(|| Box::new(Job::reading_back(look.row, look.contact_id)));
            let mut job = job;
            job.role = role;
            let shared = Arc::clone(&self.shared);
            self.looking.spawn(async move {
                let seen = shared.look(&mut job, &look).await;
                due.job = Some(job);
                (due, seen)
            });
        }
    }

    fn may_look(&self) -> bool {
        let rows = match self.slots.is_fixed() {
            true => self.running.len(),
            false => 0,
        };
        rows + self.looking.len() < self.slots.count()
    }

    fn wanted(&self) -> Wanted {
        let pacers = &self.shared.pacers;
        let idle = pacers.read.waiting() == 0 || pacers.write.waiting() >= WRITES_ARE_SLOWER;
        let no_rows = self.queue.is_empty() && self.running.is_empty();
        if idle || no_rows {
            Wanted::Any
        } else {
            Wanted::Early
        }
    }

    /// What was written there; `None` if it was contradicted meanwhile.
    fn written(&self, place: Place) -> Option<Look> {
        let (outcome, assignee) = match place {
            Place::Change(change) => {
                let assignee = self.shared.plan.change(change as usize).assignee;
                (self.outcomes.get(&change)?, assignee)
            }
            Place::Before(place) => {
                let written = &self.readback.before[place];
                (&written.outcome, &written.assignee)
            }
        };
        let contact_id = match place {
            Place::Change(_) => outcome.contact_id?,
            Place::Before(place) => self.readback.before[place].contact_id,
        };
        is_written(outcome.status).then(|| Look {
            row: outcome.row,
            contact_id,
            assignee: assignee.clone(),
            previous: outcome.previous.clone(),
        })
    }

    /// Takes in what reading back has shown.
    pub(super) fn take_in_look(
        &mut self,
        done: Result<(Due, Seen), JoinError>,
        events: &mut Vec<Event>,
    ) {
        let Ok((due, seen)) = done else {
            self.end(End::Unrecorded(
                "reassign met a fault of its own while a contact was read back".to_owned(),
            ));
            return;
        };
        let Some(look) = self.written(due.place) else {
            return;
        };
        let now = Instant::now();
        match seen {
            Seen::Holds => {
                self.readback.shown.held += 1;
                events.push(Event::Verified(Verified {
                    row: look.row,
                    at: Timestamp::now(),
                }));
            }
            Seen::Not { certain: false, .. } if !due.again => self.readback.look_again(due, now),
            Seen::Not { why, .. } => {
                self.readback.does_not_hold(now);
                self.not_applied(due.place, why, events);
            }
            // What was given up because the run is ending is no fault of the contact.
            Seen::Unread(_) if self.ending.is_some() => self.readback.put_off(due, now),
            Seen::Unread(why) => {
                let shown = &mut self.readback.shown;
                shown.unread.push(look.row);
                shown.why_unread = shown.why_unread.take().or(why);
            }
            Seen::Later(at) => self.readback.put_off(due, at),
            Seen::End(end) => {
                self.readback.put_off(due, now);
                self.end(end);
            }
        }
    }

    fn not_applied(&mut self, place: Place, why: Reason, events: &mut Vec<Event>) {
        let corrected = |outcome: &Outcome| Outcome {
            status: Status::NotApplied,
            reason: Some(why),
            http: Some(200),
            at: Timestamp::now(),
            ..outcome.clone()
        };
        match place {
            Place::Change(change) => {
                if let Some(outcome) = self.outcomes.get_mut(&change) {
                    *outcome = corrected(outcome);
                    events.push(Event::Settled(outcome.clone()));
                }
            }
            Place::Before(place) => {
                let outcome = corrected(&self.readback.before[place].outcome);
                events.push(Event::Settled(outcome.clone()));
                self.revised.push(outcome);
            }
        }
    }
}

pub(super) fn is_written(status: Status) -> bool {
    matches!(status, Status::Assigned | Status::Unassigned)
}

/// Why a write that was answered 200 does not show.
fn not_applied(contact: &Contact, previous: Option<&Assignee>) -> Reason {
    if contact.status == ConversationStatus::Closed {
        return Reason::ConversationClosed;
    }
    let owner = match &contact.holder {
        Holder::Nobody => None,
        holder => Some(named(holder).into()),
    };
    match previous.is_some_and(|previous| contact.holder.is(previous)) {
        true => Reason::NotMade { owner },
        false => Reason::MovedAfterwards { owner },
    }
}

/// A user by name and email, as far as the API tells them.
fn named(holder: &Holder) -> String {
    let Holder::User { id, email, name } = holder else {
        return "nobody".to_owned();
    };
    let id = id.map(|id| id.to_string());
    match (name.as_str(), email.as_ref().or(id.as_ref())) {
        ("", None) => "somebody whom the API does not name".to_owned(),
        ("", Some(key)) => format!("`{key}`"),
        (name, None) => name.to_owned(),
        (name, Some(key)) => format!("{name} (`{key}`)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(holder: Holder, status: ConversationStatus) -> Contact {
        Contact {
            id: 1,
            name: String::new(),
            holder,
            status,
            phone: None,
            email: None,
        }
    }

    fn bob() -> Holder {
        Holder::User {
            id: Some(7),
            email: Some("bob@example.com".to_owned()),
            name: "Bob Lim".to_owned(),
        }
    }

    #[test]
    fn a_write_that_does_not_show_is_told_by_its_cause() {
        use ConversationStatus::{Closed, Open};
        let said = |holder, status, previous: Option<u64>| {
            not_applied(
                &contact(holder, status),
                previous.map(Assignee::User).as_ref(),
            )
            .to_string()
        };
        assert!(said(bob(), Closed, Some(7)).contains("the conversation is closed"));
        let now = said(bob(), Open, Some(8));
        assert!(
            now.contains("Bob Lim (`bob@example.com`) has this contact now"),
            "{now}"
        );
        assert!(now.contains("`move`"), "{now}");
        let still = said(bob(), Open, Some(7));
        assert!(
            still.contains("still has this contact; run again"),
            "{still}"
        );
        let nobody = said(Holder::Nobody, Open, None);
        assert!(nobody.contains("nobody has this contact now"), "{nobody}");
    }
}
