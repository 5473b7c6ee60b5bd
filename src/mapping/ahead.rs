//! Working ahead: the next batches of a sheet are read and mapped while one is taken in.

use std::sync::mpsc;
use std::thread;

use crate::sheet::{self, Batch, Sheet};

/// Maps every batch of a sheet and hands it on, in order.
///
/// One thread reads, the next maps, and the caller's takes in: what has to be done row after row does not keep those
/// waiting that work on many rows at once. No more than four batches are in memory.
///
/// # Errors
/// If the file cannot be read; the batches before that were handed on.
pub(super) fn each_batch<T: Send>(
    sheet: &Sheet,
    map: impl Fn(&Batch) -> T + Send,
    mut with: impl FnMut(&Batch, T),
) -> Result<(), sheet::Error> {
    let (read, to_map) = mpsc::sync_channel::<Result<Batch, sheet::Error>>(1);
    let (mapped, to_take) = mpsc::sync_channel::<Result<(Batch, T), sheet::Error>>(0);
    let batches = sheet.batches()?;
    // A thread whose other side met an error and has gone, goes as well.
    thread::scope(|scope| {
        scope.spawn(move || {
            for batch in batches {
                if read.send(batch).is_err() {
                    return;
                }
            }
        });
        scope.spawn(move || {
            for batch in to_map {
                let both = batch.map(|batch| {
                    let rows = map(&batch);
                    (batch, rows)
                });
                if mapped.send(both).is_err() {
                    return;
                }
            }
        });
        for both in to_take {
            let (batch, rows) = both?;
            with(&batch, rows);
        }
        Ok(())
    })
}
