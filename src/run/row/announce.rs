//! A write is told before it leaves.

use std::ops::ControlFlow::Continue;

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::outcome::Sent;
use crate::plan::Change;

use super::job::Job;
use super::{Shared, Step, settled};

/// A write that waits for its announcement to be recorded.
pub(in crate::run) struct Announced {
    pub(in crate::run) change: u32,
    pub(in crate::run) sent: Sent,
    pub(in crate::run) recorded: oneshot::Sender<()>,
}

impl Shared {
    /// Tells that a write is about to leave, and waits until that is recorded.
    pub(super) async fn announce(&self, job: &Job, change: &Change<'_>) -> Step<()> {
        let sent = Sent {
            row: change.row,
            contact: change.contact.clone(),
            assignee: change.assignee.clone(),
            previous: job.previous.clone(),
            held: job.holder.clone(),
            contact_id: job.contact_id,
            attempts: job.sent + 1,
            at: Timestamp::now(),
        };
        let (recorded, wait) = oneshot::channel();
        let announced = Announced {
            change: job.change,
            sent,
            recorded,
        };
        if self.announce.send(announced).await.is_ok() && wait.await.is_ok() {
            Continue(())
        } else {
            settled(job.unfinished(change.row))
        }
    }
}
