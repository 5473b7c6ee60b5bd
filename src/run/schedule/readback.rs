//! Reading back what was written, beside the run.
//!
//! Reads before writes have precedence: what is read back takes the turns at the pacer that no row wants. Where that is
//! none, no more than some dozens of writes leave until the first were read back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinError;
use tokio::time::Instant;

use crate::api::{
    Attempts, Class, ConversationStatus, FailedRequest, NoTurn, Operation, Over, Retry, path_of,
};
use crate::contact::{Assignee, Identifier};
use crate::outcome::{Event, Outcome, Reason, Status, Verified};

use super::super::End;
use super::super::row::{Shared, not_applied};
use super::super::verify::{Due, Place};
use super::Schedule;

/// How soon it is looked again whether there is a turn to read something back.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

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
    /// Another contact answers.
    Other(Reason),
    /// The contact cannot be read, and why.
    Unread(Option<String>),
    /// It has to wait until then.
    Later(Instant),
    /// The whole run ends.
    End(End),
}

impl Shared {
    /// Reads back what a row has written.
    async fn read_back(&self, attempts: &mut Attempts, look: &Look) -> Seen {
        let contact = Identifier::Id(look.contact_id);
        let mut closing = self.closing.subscribe();
        let turn = tokio::select! {
            biased;
            // The run ends, and nobody counts any more.
            _ = closing.wait_for(|closing| *closing) => return Seen::Unread(None),
            turn = self.caller.turn(Operation::Read, path_of(&contact), None) => turn,
        };
        self.reading_back.fetch_sub(1, Ordering::Relaxed);
        let turn = match turn {
            Ok(turn) => turn,
            Err(NoTurn::Gone(until)) => return Seen::Later(until),
            Err(NoTurn::Late) => return Seen::Later(Instant::now()),
        };
        let request = self.caller.client().contact(&contact);
        match self.caller.send(turn, attempts, request).await {
            Ok(contact) if contact.holder.is(&look.assignee) => Seen::Holds,
            Ok(contact) => Seen::Not {
                why: not_applied(&contact, look.previous.as_ref()),
                certain: contact.status == ConversationStatus::Closed,
            },
            Err(FailedRequest { retry, failure }) => match retry {
                Retry::At(at) => Seen::Later(at),
                // Something was written, so this is no reason to say that nothing was.
                Retry::Over(Over::NoReads(why) | Over::Unreachable(why)) => Seen::Unread(Some(why)),
                Retry::Over(over) => Seen::End(over.into()),
                Retry::InMinutes | Retry::Refused | Retry::UsedUp(_) => match failure.class {
                    Class::OtherContact { id } => Seen::Other(Reason::OtherContact {
                        asked: contact,
                        answered: id,
                    }),
                    _ => Seen::Unread(Some(failure.message)),
                },
            },
        }
    }
}

/// What there is to know of a write that is read back.
pub(super) struct Look {
    pub(super) row: u32,
    pub(super) contact_id: u64,
    pub(super) assignee: Assignee,
    previous: Option<Assignee>,
}

impl<R: FnMut(&[Event]) -> std::io::Result<()>> Schedule<R> {
    /// Begins to read back what may be read back now. Tells when there may be more although nothing has happened, if
    /// that is known.
    pub(super) fn start_readbacks(&mut self) -> Option<Instant> {
        loop {
            let now = Instant::now();
            if self.ending.is_some() || self.readback.waiting() == 0 || !self.has_place() {
                return self.readbacks_end().filter(|_| !self.looking.is_empty());
            }
            let caller = &self.shared.caller;
            let pacer = caller.pacer(Operation::Read);
            let gone = caller
                .gone_until(Operation::Read)
                .filter(|until| *until > now);
            let turn = Some(pacer.forecast(1)).filter(|turn| *turn > Instant::now());
            // Whoever waits for a turn already goes first.
            if let Some(later) = gone.max(turn).or_else(|| {
                let waiting = pacer.waiting() + self.shared.reading_back.load(Ordering::Relaxed);
                (waiting > 0).then(|| pacer.forecast(waiting + 1).max(now + BETWEEN_LOOKS))
            }) {
                let listing = self.start_listing(now);
                let next = self.readbacks_end().into_iter().chain([later]);
                return next.chain(listing).min();
            }
            let Some(mut due) = self.readback.pick(now) else {
                return self.readback.wake(now);
            };
            let Some(look) = self.written(due.place) else {
                self.readback.done(&mut due);
                continue;
            };
            let shared = Arc::clone(&self.shared);
            shared.reading_back.fetch_add(1, Ordering::Relaxed);
            self.looking.spawn(async move {
                let seen = shared.read_back(&mut due.attempts, &look).await;
                (due, seen)
            });
        }
    }

    /// When reading back ends at the latest, once every row is done.
    pub(super) fn readbacks_end(&self) -> Option<Instant> {
        match self.has_rows_left() || !self.running.is_empty() {
            true => None,
            false => self.readback.ends(self.began, self.last),
        }
    }

    fn has_place(&self) -> bool {
        let rows = match self.slots.is_fixed() {
            true => self.running.len(),
            false => 0,
        };
        rows + self.looking.len() < self.slots.count()
    }

    /// What was written there; `None` if another row has replaced it.
    pub(super) fn written(&self, place: Place) -> Option<Look> {
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
        let stands = self.shared.claims.is_last(contact_id, outcome.row);
        (is_written(outcome.status) && stands).then(|| Look {
            row: outcome.row,
            contact_id,
            assignee: assignee.clone(),
            previous: outcome.previous.clone(),
        })
    }

    /// Takes in what reading back has shown.
    pub(super) fn take_in_readback(
        &mut self,
        done: Result<(Due, Seen), JoinError>,
        events: &mut Vec<Event>,
    ) {
        let Ok((mut due, seen)) = done else {
            self.end(End::Unrecorded(
                "reassign met a fault of its own while a contact was read back".to_owned(),
            ));
            return;
        };
        let now = Instant::now();
        let look = self.written(due.place);
        let looks_again = match seen {
            Seen::Later(_) => true,
            Seen::Not { certain, .. } => !certain && !due.again,
            _ => false,
        };
        if look.is_none() || !looks_again {
            self.readback.done(&mut due);
        }
        let Some(look) = look else {
            return;
        };
        match seen {
            Seen::Holds => {
                self.readback.shown.held += 1;
                self.failures.note_read_back(true);
                events.push(Event::Verified(Verified {
                    row: look.row,
                    at: Timestamp::now(),
                }));
            }
            Seen::Not { .. } if looks_again => self.readback.look_again(due, now),
            Seen::Not { why, .. } => {
                self.readback.does_not_hold(now);
                let is_made = !matches!(why, Reason::NotMade { .. });
                if let Some(end) = self.failures.note_read_back(is_made) {
                    // What was written meanwhile must not count as done.
                    self.begins_no_more.get_or_insert(end);
                }
                self.correct(due.place, Status::NotApplied, why, events);
            }
            Seen::Other(why) => {
                self.readback.does_not_hold(now);
                self.correct(due.place, Status::Failed, why, events);
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

    /// Corrects what was said of a row when its write was accepted.
    fn correct(&mut self, place: Place, status: Status, why: Reason, events: &mut Vec<Event>) {
        let corrected = |outcome: &Outcome| Outcome {
            status,
            reason: Some(why),
            http: Some(200),
            at: Timestamp::now(),
            ..outcome.clone()
        };
        match place {
            Place::Change(change) => {
                if let Some(outcome) = self.outcomes.get_mut(&change) {
                    *outcome = corrected(outcome);
                    let outcome = outcome.clone();
                    if let Some(end) = self.failures.note_other_contact(&outcome) {
                        self.end(end);
                    }
                    events.push(Event::Settled(outcome));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Contact, Holder};

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
