//! What commands show on a terminal: lines laid out for its width, in colour where that is wanted.
//!
//! A [`Screen`] is built from sentences, lists, commands and tables, and printed in one go. Into a file or a pipe it goes
//! with one sentence a line, so that programs and `grep` find it whole.

pub(crate) mod balance;
pub(crate) mod forecast;
mod screen;
pub(crate) mod streams;
pub(crate) mod workloads;

pub(crate) use forecast::ExpectedPace;
pub(crate) use screen::{LineTone, Screen, shows_bars, width_of_errors, width_of_output};
