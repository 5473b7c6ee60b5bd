//! The API itself, on this machine, backed by SQLite.
//!
//! A real HTTP/1.1 server over a real database that answers every operation of the contract, so that a reassignment
//! can be tried, tested and measured without an account. It shares nothing with the rest of the crate, not even the
//! shapes of requests and answers: an error of the client cannot be mirrored here and so cancel itself out.
//!
//! What the server does, where the contract leaves the choice open:
//!
//! * The API lives under `/v1`. A request of one of its operations is judged in this order: host, token, limits, path,
//!   body, contact, user, fault. One refused by an earlier step never reaches a later one, so every authorized request
//!   counts towards the rate limit, whatever it is answered.
//! * A body has to say `Content-Type: application/json`, and may have 64 KiB.
//! * [`Scenario`] says which limits there are, how requests are counted against them ([`Scope`], [`Policy`]), and what
//!   is answered beyond them; when the server is out of order, what it can work off, and who else sends requests.
//!   `X-RateLimit-Limit` is the N of N per unit; `X-RateLimit-Remaining` is how many more would be accepted at this
//!   moment. [`Gate`] decides, without a clock of its own.
//! * A write happens when it arrives; the latency passes afterwards, before the answer. A client that gives up
//!   meanwhile has written all the same. Every accepted write is recorded, also one that changes nothing.
//! * A user is named by ID (a number, or digits as text) or by email. A pending user is not listed, not read by ID,
//!   and answers 400 as assignee.
//! * Contacts that share an email or phone: the one with the lowest ID answers. Emails compare without case.
//! * List pages are in order of ID. A positive `cursorId` is the ID after which a page starts, a negative one the ID
//!   before which it ends. `next` and `previous` are null where nothing follows or precedes. [`Links`] says whether
//!   these addresses carry the `/v1`.
//! * A closed or blocked contact can be assigned like an open one, but for those that the fault `closed` closes: there
//!   the write answers 200, is recorded, and changes nothing. Filters of a list see the status that was loaded.
//! * [`Options::list_lag`]: the list of contacts shows who had each contact that long ago, in its filters, too. Reading
//!   one contact is current at once.
//! * Contacts cannot be created, changed or deleted: those methods answer 405, never by accident 200.
//! * Faults strike requests that would otherwise have succeeded: see [`Faults`].
//!
//! `GET /_sandbox/assignments` (same token, neither limited nor delayed) shows what really happened, as CSV:
//! `contact_id,email,phone,assignee,writes`, one line per contact in order of ID, the assignee as email or blank.
//!
//! It accepts 1,024 connections at once, lets further ones wait, and has a patience after which a client that sends or
//! takes nothing is given up. A header may have 64 KiB and 100 lines.
//!
//! Left to others: the command line, choosing a token, and saying where the server listens. It is made for loopback
//! and trusts who holds the token; it bounds what a confused client can cost (sizes, connections, time), no more.

mod body;
mod counting;
mod endpoint;
mod error;
mod error_answer;
mod faults;
mod filter;
mod gate;
mod hangup;
mod hosts;
mod identifier;
mod list;
mod load;
mod made_up_workspace;
mod rate;
mod routes;
mod scenario;
mod server;
mod slow_client;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod wire;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub use self::counting::{Counted, Limit, LimitAnswer, Policy};
pub use self::endpoint::Endpoint;
pub use self::error::Error;
pub use self::faults::Faults;
pub use self::gate::{Gate, GateAnswer, RequestFate, ToldLimit};
pub use self::hosts::Hosts;
pub use self::made_up_workspace::{TrialContact, TrialUser, TrialWorkspace};
pub use self::rate::RateLimit;
pub use self::scenario::{
    Breakdown, Capacity, ErrorStatus, Headers, OtherClient, Outage, RetryAfter, Rule, Scenario,
    Scope, ScriptedRefusal, When, Which,
};
pub use self::server::serve;
pub use self::store::{Contents, WorkspaceOrigin};

use self::faults::{Draws, Fault};
use self::store::Store;

/// What a sandbox serves, and how it behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// A CSV of contacts; without one, the built-in sample.
    ///
    /// Columns, in any order, all but `id` optional: `id`, `first_name`, `last_name`, `phone` (E.164), `email`,
    /// `language`, `country`, `status` (`open`, `closed`, `blocked`; blank is `open`), `tags` (separated by `;`),
    /// `assignee` (a user's ID or email, or blank), `created_at` (RFC 3339 or Unix seconds).
    pub contacts: Option<PathBuf>,
    /// A CSV of users; without one, the built-in sample.
    ///
    /// Columns, in any order, all but `id` and `email` optional: `id`, `first_name`, `last_name`, `email`, `role`
    /// (`agent`, `manager`, `owner`; blank is `agent`), `team_id` and `team` (both or none), `pending` (`yes` or
    /// `no`; blank is `no`).
    pub users: Option<PathBuf>,
    /// The database file; without one, the workspace is gone with the sandbox. A file that already holds a workspace
    /// is kept as it is, and `contacts` and `users` are not read.
    pub database: Option<PathBuf>,
    /// What is to be tried: a workspace that would be the built-in sample has these contacts and users instead, if the
    /// sample has none of the contacts.
    pub trial: Option<TrialWorkspace>,
    /// What `Authorization: Bearer` has to carry.
    pub token: SecretString,
    /// To whom a request may be addressed.
    pub hosts: Hosts,
    /// How it answers when much is asked of it. Its times count from when it is served.
    pub scenario: Scenario,
    /// How long every answer of the API waits before it leaves.
    pub latency: Duration,
    /// Which share of requests goes wrong, and how.
    pub faults: Faults,
    /// How old what the list of contacts shows is.
    pub list_lag: Duration,
    /// How the addresses of further pages look.
    pub links: Links,
    /// Decides, together with the contact and the attempt, which requests go wrong: the same seed, the same faults.
    pub seed: u64,
    /// How long a client may take to send a header, to send a body, and to take an answer; and how long it may idle
    /// between requests.
    pub patience: Duration,
    /// Whether what really happened can be asked for.
    pub record: RecordPage,
}

impl Options {
    /// The sample workspace in memory, for this computer alone, without limits, latency or faults.
    pub fn new(token: impl Into<SecretString>) -> Options {
        Options {
            contacts: None,
            users: None,
            database: None,
            trial: None,
            token: token.into(),
            hosts: Hosts::ThisComputer,
            scenario: Scenario::default(),
            latency: Duration::ZERO,
            faults: Faults::default(),
            list_lag: Duration::ZERO,
            links: Links::default(),
            seed: 0,
            // Longer than the client lets a connection idle.
            patience: Duration::from_secs(30),
            record: RecordPage::Hidden,
        }
    }
}

/// A token that nobody can guess.
pub fn random_token() -> SecretString {
    // Each state has keys of its own, made from what the system has at random.
    let part = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", part(), part()).into()
}

/// Whether `/_sandbox` is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordPage {
    /// It is.
    Served,
    /// It is not: everybody who has the token would see every contact's email and phone at once.
    Hidden,
}

/// How the addresses of further pages look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// They lead to the page.
    #[default]
    Complete,
    /// They lack the version, `/v1`, as in the contract's example, and so lead nowhere: the cursor has to be taken out.
    WithoutVersion,
}

/// A workspace, ready to be served.
#[derive(Debug)]
pub struct Sandbox {
    store: Mutex<Store>,
    options: Options,
    draws: Draws,
    contents: Contents,
}

impl Sandbox {
    /// Opens the database and, unless it already holds a workspace, loads one into it.
    ///
    /// # Errors
    ///
    /// [`Error`] when the token cannot be sent in a header, a CSV cannot be read or makes no sense (naming file, line
    /// and column), or the database cannot be used. A database file that failed to load stays without a workspace.
    pub fn open(mut options: Options) -> Result<Sandbox, Error> {
        let token = options.token.expose_secret();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::Token);
        }
        let (store, contents) = load::open(&options)?;
        options.trial = None; // it is in the database by now
        Ok(Sandbox {
            store: Mutex::new(store),
            draws: Draws::new(options.faults, options.seed),
            options,
            contents,
        })
    }

    /// How much the workspace holds, and whether it was loaded just now.
    pub fn contents(&self) -> Contents {
        self.contents
    }

    /// The database. The guard is never held across an await: every use is a few short statements, so a plain mutex
    /// is quicker than handing the work to another thread.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, endpoint: Endpoint, contact: i64) -> Option<Fault> {
        self.draws.next(endpoint, contact)
    }

    /// The contact as it shows: with its conversation closed, if the faults say so.
    fn shown(&self, mut contact: wire::Contact) -> wire::Contact {
        if self.draws.is_closed(contact.id) {
            "closed".clone_into(&mut contact.status);
        }
        contact
    }

    fn admits(&self, token: &[u8]) -> bool {
        token == self.options.token.expose_secret().as_bytes()
    }
}

/// An accepted write: the contact, who had it before, and who got it.
#[cfg(test)]
pub(crate) type Written = (i64, Option<i64>, Option<i64>);

/// For simulations, which change it between commands and look into it.
#[cfg(test)]
impl Sandbox {
    /// Behaves otherwise from now on.
    pub(crate) fn change(&mut self, scenario: Scenario, faults: Faults, seed: u64) {
        self.options.scenario = scenario;
        self.draws = Draws::new(faults, seed);
    }

    /// Somebody else gives a contact to a user.
    pub(crate) fn assign(&self, contact: i64, user: Option<i64>) {
        let effect = store::Effect::Assigned(user);
        let written = self.store().write(contact, "by others", effect);
        written.expect("a database in memory");
    }

    /// Every write that was accepted.
    pub(crate) fn writes(&self) -> Vec<Written> {
        self.store().writes().expect("a database in memory")
    }
}
