//! Tests that drive the real program over real sockets.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]
#![allow(
    unreachable_pub,
    clippy::wrong_self_convention,
    reason = "a test binary exports nothing, and the tests' own language should read like sentences"
)]

mod chaos;
mod clients;
mod clock;
mod columns;
mod completions;
mod contract;
mod controls;
mod crash_states;
mod demo;
mod drift;
mod early;
mod edited;
mod faults;
mod first_questions;
mod guards;
mod guide;
mod histories;
mod hostile;
mod house;
mod identity;
mod json;
mod live;
mod main_job;
mod many;
mod moves;
mod on_the_wire;
mod one_person;
mod only_what_was_meant;
mod outages;
mod outputs;
mod pace;
mod pacing;
mod places;
mod printed;
mod promises;
mod reading;
mod rebalance;
mod refusals;

mod report;
mod round_trip;
mod running;
mod samples;
mod sandbox;
#[cfg(unix)]
mod screens;
mod secrets;
mod sentences;
mod server;
mod settings;
mod sheets;
mod states;
mod still;
mod stopping;
mod support;
mod together;
mod token;
mod trials;
mod trip;
mod undo;
mod users;
mod verifying;
mod windows;
mod words;
mod workbooks;
mod writers;
