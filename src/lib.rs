//! Reassigns contacts to users in bulk, from a spreadsheet.
//!
//! One line per room, in the order data passes through:
//!
//! * [`sheet`]: a file becomes rows of text, and rows become a file.
//! * [`contact`]: identifiers of contacts and assignees, as one type each.
//! * [`api`]: the remote API, one attempt at a time and never faster than its pace.
//! * [`sandbox`]: the API itself, on this machine, backed by SQLite.

pub mod api;
pub mod contact;
pub mod sandbox;
pub mod sheet;
