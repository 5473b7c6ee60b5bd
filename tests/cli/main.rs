//! Tests that drive the real program over real sockets.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod contract;
mod faults;
mod main_job;
mod moves;
mod pace;
mod refusals;
mod running;
mod samples;
mod sandbox;
mod server;
mod stopping;
mod support;
mod users;
