//! Reassigns contacts to users in bulk, from a spreadsheet.
//!
//! One line per room, in the order data passes through:
//!
//! * `cli`: arguments become plain values.
//! * `settings`: what is kept in a file becomes options that need not be typed.
//! * `commands`: one file per subcommand; wires the rooms together and prints.
//! * `job`: what a command works on, what it may do, and what it will write.
//! * `vocabulary`: the words that sheets are made of, in ten languages.
//! * [`sheet`]: a file becomes rows of text, and rows become a file.
//! * `wording`: counts, times and lists as people write them.
//! * [`contact`]: identifiers of contacts and assignees, as one type each.
//! * [`workspace`]: who works in the workspace, and how a sheet may name them.
//! * [`mapping`]: a row becomes a mapping, or a rejection that says why not.
//! * `people`: sheets that say who works in a workspace, and who is there to take contacts.
//! * [`plan`]: mappings become the changes still to make.
//! * [`api`]: the remote API, one attempt at a time, and how fast attempts may leave.
//! * `rebalance`: who has which contacts becomes the fairest load with the fewest moves.
//! * `lookup`: who works in the workspace, and who has which contact now.
//! * [`mod@run`]: changes become outcomes, as fast as the API allows.
//! * [`outcome`]: what becomes of a row, as plain data, and the columns that tell it.
//! * `results`: outcomes become the results file; its journal survives a crash.
//! * `file_clashes`: which files a command reads and writes, and that none of them is another.
//! * `undo`: what was written becomes what gives it back.
//! * [`progress`]: events become a bar.
//! * `json`: plans, runs and loads as documents for programs.
//! * `report`: rows, runs and users, or everybody's load, become one HTML page.
//! * `terminal`: what commands show, laid out for the width of the screen.
//! * `files`: every change of a file, in one place.
//! * `platform`: what operating systems do differently.
//! * `unprintable`: characters that steer a terminal, shown by their number.
//! * `refusal`: why a command does not start, what would work instead, and how the program ends.
//! * [`sandbox`]: the API itself, on this machine, backed by SQLite.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod api;
mod cli;
mod commands;
pub mod contact;
mod file_clashes;
mod files;
mod job;
mod json;
mod lookup;
pub mod mapping;
pub mod outcome;
mod people;
pub mod plan;
mod platform;
pub mod progress;
mod rebalance;
mod refusal;
mod report;
mod results;
pub mod run;
pub mod sandbox;
mod settings;
pub mod sheet;
mod terminal;
#[cfg(test)]
mod test_world;
mod undo;
mod unprintable;
mod vocabulary;
mod wording;
pub mod workspace;

pub use cli::answer_shell;
pub use commands::{ExitStatus, run, tell_error};
