//! Tests that drive the real program over real sockets.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod contract;
mod main_job;
mod samples;
mod sandbox;
mod support;
