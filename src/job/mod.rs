//! What a command works on, what it may do, and what it will write.
//!
//! [`disk`] reads what stands on disk into one plain value, [`decide`] says what follows from it, and [`refused`] says
//! why nothing does. Reading rows and sending them is left to others.

mod decide;
mod disk;
mod place;
mod refused;
pub(crate) mod text_and_workbook;
pub(crate) mod worksheet;

pub(crate) use decide::{Doing, Kind};
pub(crate) use disk::{Asked, Job, RunKind, What, saving};
pub(crate) use place::free;
