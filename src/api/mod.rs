//! The remote API: one attempt at one request, what came of it, and how fast requests may leave.
//!
//! [`Client`] makes an attempt and puts its answer into a [`Class`]; [`Pacer`] says when an attempt may leave,
//! at a given [`Rate`] or at the pace that it has [found](AdaptiveRate);
//! [`Backoff`] says how long to wait before the next. Whether there is a next one, what waits and what stops is decided
//! by [`Caller`]. No other room knows how the API is spoken to.

mod adaptive;
mod address;
mod allowance;
mod backoff;
mod caller;
mod client;
mod counted;
mod failure;
mod identity;
mod lost;
mod operation;
mod outage;
mod pacer;
mod page;
mod path;
mod rate;
mod redact;
mod retry_after;
mod scope;
mod server_message;
mod sharing;
mod traffic;
mod unavailable;
mod wire;

use std::path::PathBuf;

pub use adaptive::{AdaptiveRate, Departure, Reply};
pub use address::Address;
pub use allowance::{Allowance, Answered};
pub use backoff::Backoff;
pub use caller::{
    Attempts, Caller, FailedRequest, LONGEST_PAUSE, NoTurn, Over, Patience, Retry, Turn, path_of,
};
pub use client::{Client, Connection, PAGE};
pub use counted::Counted;
pub use failure::{Class, Failure, Sent};
pub use operation::Operation;
pub use pacer::{Pacer, Pass};
pub use page::{Cursor, Page, SpaceUser, Whose};
pub use rate::Rate;
pub use traffic::{Counts, Traffic};
pub use wire::{Contact, ConversationStatus, Holder};

/// Why the API cannot be spoken to at all: settings that make no sense, found before anything is sent.
///
/// What goes wrong with a single request is a [`Failure`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address has no scheme, or one other than http and https.
    #[error("`{given}` is not an address of the web; begin it with `https://`")]
    Scheme {
        /// The address as given.
        given: String,
    },
    /// The address is plain http to another computer.
    #[error(
        "`{given}` would send the token unencrypted; write `https://` (`http://` is for this computer only)"
    )]
    Insecure {
        /// The address as given.
        given: String,
    },
    /// The address carries a user name or password; it is not repeated here.
    #[error("the address has a user name or password in it (the part before `@`); leave that out")]
    UserInfo,
    /// The address has a query or a fragment, which may hold a secret and is not repeated here.
    #[error("the address has a part after `{mark}`; leave that out")]
    Extra {
        /// `?` or `#`.
        mark: char,
    },
    /// The address cannot be read otherwise.
    #[error("`{given}` is not an address: {problem}; write it like `https://api.example.com/v1`")]
    Malformed {
        /// The address as given.
        given: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A rate that is not like `10/s`.
    #[error("the rate `{given}` {problem}; write `{instead}`")]
    Rate {
        /// The rate as given.
        given: String,
        /// What is wrong with it.
        problem: String,
        /// A rate that would work.
        instead: String,
    },
    /// The token is empty or holds what no token holds; it is not repeated here.
    #[error("the token {problem}; copy it again from where the workspace shows it")]
    Token {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The file with additional certificates cannot be read.
    #[error("cannot read the certificates in `{}`", .path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file with additional certificates holds none.
    #[error("`{}` holds no certificate that can be used; it must be a PEM file with `-----BEGIN CERTIFICATE-----`", .path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// Encrypted connections cannot be set up on this computer.
    #[error(
        "cannot set up encrypted connections: {problem}; install this computer's root certificates (often a package \
         `ca-certificates`) or give some with `--ca-file`"
    )]
    Tls {
        /// What is missing.
        problem: String,
    },
}
