//! Tests that drive the real program over real sockets.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]
#![allow(
    unreachable_pub,
    reason = "a test binary exports nothing, and the tests' own language reads better without `(crate)`"
)]

mod faults;
mod main_job;
mod moves;
mod pace;
mod refusals;
mod running;
mod samples;
mod server;
mod stopping;
mod support;
