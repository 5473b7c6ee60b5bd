//! What came of an attempt that did not succeed: its class, and one sentence for an admin.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::de::IgnoredAny;

use super::redact::Redactor;
use super::retry_after::retry_after;
use super::server_message::{self, Complaint};
use super::{Address, Allowance};
use crate::contact::Identifier;
use crate::outcome::Reason;

/// No sentence is longer than this, in characters.
const LONGEST: usize = 300;

/// Why one attempt at a request did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The HTTP status, if an answer began.
    pub http: Option<u16>,
    /// What kind of failure it is; decides what to do next.
    pub class: Class,
    /// One sentence for an admin: at most 300 characters, on one line, without the token.
    pub message: String,
    /// What the answer tells about the endpoint's limit.
    pub allowance: Allowance,
    /// Whether a web page for people answered, and not the API.
    pub is_web_page: bool,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The kinds of failure, by what they ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 429, or 403 that speaks of a rate or a quota: over a limit.
    Throttled {
        /// How long the server asks to wait, however long; `None` if it does not say, or says nonsense.
        retry_after: Option<Duration>,
    },
    /// 503 with `Retry-After`: the server is being looked after, and says until when.
    Paused {
        /// How long the server asks to wait, however long.
        retry_after: Duration,
    },
    /// 449: the contact is in a queue on the server; to be tried again minutes later.
    Queued,
    /// 408, 425 and 5xx, other than 501 and 505: the server answered that it cannot at the moment.
    Transient,
    /// No complete answer: a timeout, or the connection could not be made or broke.
    Lost {
        /// Whether the server can have seen the request.
        sent: Sent,
    },
    /// A read or a list that this server does not serve at all.
    NotServed,
    /// 401, or 403 that speaks of no limit: the token is not accepted.
    Unauthorized,
    /// The server will not do this, or answered something that means nothing; asking again would not help.
    Refused,
    /// The answer is about another contact than was asked for: a write may have changed that one.
    OtherContact {
        /// The contact that answered.
        id: u64,
    },
    /// A write was answered with 2xx, and not which contact was written: whether it was done only a read can tell. Or a
    /// read was answered 404 in bytes that cannot be read: whether the contact or the whole request is not known.
    Unclear,
}

/// Whether a request that got no answer can have reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It certainly was not written.
    No,
    /// It may have been, and may have been carried out.
    Maybe,
}

/// What an attempt asked for, as far as it changes how an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// To read a contact.
    Read,
    /// To assign a contact to a user.
    Assign,
    /// To assign a contact to nobody.
    Unassign,
    /// To list users.
    Users,
    /// To list contacts.
    Contacts,
}

/// An answer that is not a success, as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
    pub(super) date: Option<String>,
    pub(super) location: Option<String>,
    /// How the body is encoded, as its header tells.
    pub(super) encoding: Option<String>,
    pub(super) allowance: Allowance,
    /// The body, or as much of it as was read.
    pub(super) body: Vec<u8>,
}

/// How data compressed by gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

const INVITED: &str =
    "check that the new owner is a user of this workspace, and has accepted the invitation";

impl Failure {
    /// A failure with this sentence, cut to length.
    pub(super) fn new(http: Option<u16>, class: Class, message: &str) -> Failure {
        Failure {
            http,
            class,
            message: server_message::printable(message, LONGEST - 1),
            allowance: Allowance::default(),
            is_web_page: false,
        }
    }

    /// What an answer other than 2xx means.
    pub(super) fn from_answer(
        asked: Asked,
        answer: &Answer,
        address: &Address,
        redactor: &Redactor,
    ) -> Failure {
        let status = answer.status;
        let compressed = answer.compressed();
        let said = server_message::said(&answer.body, redactor)
            .filter(|said| compressed.is_none() && adds(said, status));
        let with = |sentence: String| match (&said, &compressed) {
            (_, Some(how)) => {
                format!("{sentence}; what it says is compressed ({how}), which was not asked for")
            }
            (Some(said), None) => format!("{sentence}: `{said}`"),
            (None, None) => sentence,
        };
        let retry_after = answer
            .retry_after
            .as_deref()
            .and_then(|value| retry_after(value, answer.date.as_deref(), SystemTime::now()));
        let (class, message) = match status {
            429 => (
                Class::Throttled { retry_after },
                with("the API asks for a pause, too many requests (429)".into()),
            ),
            403 if server_message::speaks_of_a_limit(&answer.body) => (
                Class::Throttled { retry_after },
                with("the API asks for a pause, a limit is reached (403)".into()),
            ),
            408 | 425 => (
                Class::Transient,
                with(format!("the API could not take this request at the moment ({status})")),
            ),
            449 => (
                Class::Queued,
                "the API still has this contact in its queue (449); try again in a few minutes"
                    .into(),
            ),
            401 => (
                Class::Unauthorized,
                with("the token was not accepted (401), copy it again from the workspace".into()),
            ),
            403 => (
                Class::Unauthorized,
                with("the token was not accepted or may not do this (403), check it in the workspace".into()),
            ),
            300..400 => (Class::Refused, elsewhere(answer, address, redactor)),
            404 | 405 | 501 if matches!(asked, Asked::Users | Asked::Contacts) => {
                (Class::NotServed, with(not_listed(asked, status)))
            }
            501 | 405 if asked == Asked::Read => (Class::NotServed, not_served(status)),
            404 => match (&compressed, asked, Complaint::from_body(&answer.body)) {
                (Some(how), Asked::Read, _) => (Class::Unclear, not_readable(how)),
                (Some(how), ..) => (Class::Refused, not_readable(how)),
                (None, Asked::Read, None) => (Class::NotServed, not_served(status)),
                (None, _, None) => (
                    Class::Refused,
                    with(format!("`{}` does not know this request (404), is `--base-url` right?", address.authority())),
                ),
                (None, Asked::Assign, Some(complaint)) if !about_contact(&complaint) => (
                    Class::Refused,
                    format!("{}; {INVITED}", with("the workspace has no such contact or user".into())),
                ),
                _ => (Class::Refused, "the workspace has no such contact".into()),
            },
            501 | 505 => (
                Class::Refused,
                with(format!("`{}` does not serve this request ({status}), is `--base-url` right?", address.authority())),
            ),
            500 => (Class::Transient, with("the API had an error of its own (500)".into())),
            506..600 => (Class::Transient, with(format!("the API had an error of its own ({status})"))),
            502..505 => (
                match retry_after.filter(|_| status == 503) {
                    Some(retry_after) => Class::Paused { retry_after },
                    None => Class::Transient,
                },
                with(format!("the API cannot be used at the moment ({status})")),
            ),
            400 | 422 if asked == Asked::Assign => (
                Class::Refused,
                format!("{}; {INVITED}", with("the workspace refused this".into())),
            ),
            _ => (Class::Refused, with(format!("the workspace refused this ({status})"))),
        };
        Failure {
            allowance: answer.allowance,
            ..Failure::new(Some(status), class, &message)
        }
    }

    /// A 2xx that is about the contact with this ID, and not about the one that was asked for.
    pub(super) fn other_contact(answer: &Answer, asked: &Identifier, id: u64) -> Failure {
        let reason = Reason::OtherContact {
            asked: asked.clone(),
            answered: id,
        };
        let message = reason.to_string();
        Failure {
            allowance: answer.allowance,
            ..Failure::new(Some(answer.status), Class::OtherContact { id }, &message)
        }
    }

    /// The same failure in another class.
    pub(super) fn classed(self, class: Class) -> Failure {
        Failure { class, ..self }
    }

    /// A 2xx whose body is not what the contract promises; `wanted` says what should be there.
    pub(super) fn unexpected_body(answer: &Answer, wanted: &str, redactor: &Redactor) -> Failure {
        let status = answer.status;
        let beginning = server_message::beginning(&answer.body, redactor);
        let is_web_page = server_message::is_web_page(&answer.body);
        let message = match (answer.compressed(), beginning) {
            (Some(how), _) => format!(
                "the API answered {status}, and what cannot be read: {}",
                compressed_answer(&how)
            ),
            (None, Some(beginning)) if is_web_page => web_page(status, &beginning),
            (None, Some(beginning)) => {
                format!("the API answered {status} without {wanted}: `{beginning}`")
            }
            (None, None) => {
                format!("the API answered {status} without {wanted}: nothing that can be read")
            }
        };
        Failure {
            allowance: answer.allowance,
            is_web_page,
            ..Failure::new(Some(status), Class::Refused, &message)
        }
    }
}

impl Answer {
    /// How the body is compressed; nothing if it can be read as it is.
    fn compressed(&self) -> Option<String> {
        let told = self.encoding.as_deref().unwrap_or_default().trim();
        let is_gzip = self.body.starts_with(&GZIP);
        let is_plain = told.is_empty() || told.eq_ignore_ascii_case("identity");
        let is_json = || serde_json::from_slice::<IgnoredAny>(&self.body).is_ok();
        if self.body.is_empty() || (is_plain && !is_gzip) || is_json() {
            return None;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-, ".contains(c);
        let name = match told {
            _ if is_plain => "gzip",
            told if told.len() <= 20 && told.chars().all(is_name) => told,
            _ => "in an unknown way",
        };
        Some(name.to_owned())
    }
}

/// What is wrong with an answer that is compressed, and who can help.
fn compressed_answer(how: &str) -> String {
    format!(
        "it is compressed ({how}), which was not asked for; a proxy or gateway before the workspace does that, ask whoever \
         looks after it"
    )
}

/// A 404 of which nobody can tell whether it means the contact or the whole request.
fn not_readable(how: &str) -> String {
    format!(
        "the API answered 404, and why cannot be read: {}",
        compressed_answer(how)
    )
}

/// What answered is not the API.
fn web_page(status: u16, beginning: &str) -> String {
    format!(
        "what answered is a web page and not the API ({status}): `{beginning}`; sign in to this network in a browser, or \
         correct `--base-url`"
    )
}

fn not_served(status: u16) -> String {
    format!(
        "this server does not serve reads of contacts ({status}); is `--base-url` right? if so, `--blind` writes \
         without reading first"
    )
}

fn not_listed(asked: Asked, status: u16) -> String {
    let what = match asked {
        Asked::Users => "users",
        _ => "contacts",
    };
    format!("this server does not list {what} ({status}), is `--base-url` right?")
}

fn elsewhere(answer: &Answer, address: &Address, redactor: &Redactor) -> String {
    let target = answer
        .location
        .as_deref()
        .and_then(|location| address.redirect_host(location))
        .map(|host| redactor.without(&host));
    match target {
        Some(host) => format!(
            "the API sends us on to `{host}` ({}), which is not followed; is `--base-url` right?",
            answer.status
        ),
        None => format!(
            "the API sends us on ({}) without saying where to; is `--base-url` right?",
            answer.status
        ),
    }
}

/// Whether a 404 of the write means the contact: the contract's own sentence does, and one that says nothing else.
fn about_contact(complaint: &Complaint) -> bool {
    let message = complaint.message.to_lowercase();
    !["user", "assignee", "agent", "member"]
        .into_iter()
        .any(|word| message.contains(word))
}

/// Whether the server's words say more than its status does.
fn adds(said: &str, status: u16) -> bool {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphabetic())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let usual = match status {
        400 => ["Validation error", "Bad Request"],
        401 => ["UN_AUTHORIZED", ""],
        403 => ["Forbidden", ""],
        404 => ["Not Found", ""],
        429 => ["Too Many Requests", ""],
        500 => ["Unexpected error occurred", "Internal Server Error"],
        502 => ["Bad Gateway", ""],
        503 => ["Service Unavailable", ""],
        504 => ["Gateway Timeout", ""],
        _ => ["", ""],
    };
    !usual.into_iter().any(|usual| plain(usual) == plain(said))
}

#[cfg(test)]
mod tests;
