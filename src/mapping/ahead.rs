//! Reading ahead: the next batches of a sheet are read while one is mapped.

use std::sync::mpsc;
use std::thread;

use crate::sheet::{self, Batch, Sheet};

/// How many batches may wait.
const AHEAD: usize = 2;

/// Hands on every batch of a sheet, in order.
///
/// # Errors
/// If the file cannot be read; the batches before that were handed on.
pub(super) fn each_batch(sheet: &Sheet, mut with: impl FnMut(&Batch)) -> Result<(), sheet::Error> {
    let (sender, receiver) = mpsc::sync_channel::<Result<Batch, sheet::Error>>(AHEAD);
    let batches = sheet.batches()?;
    thread::scope(|scope| {
        scope.spawn(move || {
            for batch in batches {
                if sender.send(batch).is_err() {
                    return; // the other side met an error and has gone
                }
            }
        });
        for batch in receiver {
            with(&batch?);
        }
        Ok(())
    })
}
