//! Tests that drive the real program over real sockets.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod faults;
mod moves;
mod pace;
mod refusals;
mod running;
mod samples;
mod server;
mod stopping;
mod support;
