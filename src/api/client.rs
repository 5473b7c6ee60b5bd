//! One attempt at one request.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap,
    HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Certificate, Response, redirect, retry};
use secrecy::{ExposeSecret, SecretString};

use super::failure::{Answer, Asked};
use super::redact::Redactor;
use super::{Address, Allowance, Answered, Class, Contact, Error, Failure, lost, path, wire};
use crate::contact::{Assignee, Identifier};

/// No more is read than this of an answer about one contact, or of a page.
const LARGEST_ANSWER: usize = 64 * 1024;
const LARGEST_PAGE: usize = 8 * 1024 * 1024;

/// An idle connection is given up before servers commonly do so: a write that meets a closing connection would be lost
/// in the one way that leaves its fate unknown.
const IDLE: Duration = Duration::from_secs(10);

/// Connecting gets at most this long, and at most half of the time for the whole attempt: so what runs out of time
/// while connecting is known not to have been sent.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

const USER_AGENT: &str = concat!("reassign/", env!("CARGO_PKG_VERSION"));

/// What it takes to speak to the API.
#[derive(Clone)]
pub struct Connection {
    /// The API's base address.
    pub address: Address,
    /// The workspace's access token, bare: without `Bearer`.
    pub token: SecretString,
    /// How long one attempt may take, from connecting to the end of the answer.
    pub timeout: Duration,
    /// A PEM file with root certificates to accept beside those of this computer.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("address", &self.address.to_string())
            .field("token", &"(redacted)")
            .field("timeout", &self.timeout)
            .field("ca_file", &self.ca_file)
            .finish()
    }
}

/// Speaks to the API: each call is one attempt, neither paced nor repeated.
///
/// It follows no redirects, decompresses nothing, and uses no proxy to reach this computer; to other hosts it uses the
/// one that `HTTPS_PROXY` or `ALL_PROXY` names. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: Address,
    redactor: Redactor,
    timeout: Duration,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("address", &self.address.to_string())
            .field("token", &"(redacted)")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for `connection`. Connects to nothing yet.
    ///
    /// # Errors
    /// [`Error::Token`] for a token that cannot be one, [`Error::CaFile`] and [`Error::NoCertificate`] for certificates
    /// that cannot be read, [`Error::Tls`] if this computer has none and none are given.
    pub fn new(connection: &Connection) -> Result<Client, Error> {
        let Connection {
            address,
            token,
            timeout,
            ca_file,
        } = connection;
        // An error says that a provider is installed already, which is all that is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, bearer(token)?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        // Without it a server may compress as it likes.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let loopback = |ip: IpAddr| SocketAddr::new(ip, 0);
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .http1_only()
            .timeout(*timeout)
            .connect_timeout((*timeout / 2).min(LONGEST_CONNECT))
            .pool_idle_timeout(IDLE)
            .resolve_to_addrs(
                "localhost",
                &[
                    loopback(Ipv4Addr::LOCALHOST.into()),
                    loopback(Ipv6Addr::LOCALHOST.into()),
                ],
            );
        if address.is_loopback() {
            builder = builder.no_proxy();
        }
        builder = match ca_file {
            Some(path) => builder.tls_certs_merge(certificates(path)?),
            // No certificate is looked at, so a computer without any will do.
            None if !address.is_https() => builder.tls_certs_only([]),
            None => builder,
        };
        let http = builder.build().map_err(|error| Error::Tls {
            problem: lost::innermost(&error),
        })?;
        Ok(Client {
            http,
            address: address.clone(),
            redactor: Redactor::of(token),
            timeout: *timeout,
        })
    }

    /// Reads `contact`: who has it now. The answer is about that contact, as far as it can be told.
    ///
    /// # Errors
    /// What came of the attempt otherwise; [`Class::NotServed`] only comes from here.
    pub async fn contact(&self, contact: &Identifier) -> Result<Answered<Contact>, Failure> {
        let asked = Asked::Read;
        let url = self.address.join(&path::path(asked, contact));
        let answer = self.attempt(asked, self.http.get(url)).await?;
        let value =
            Contact::from_body(&answer.body).map_err(|wanted| self.unexpected(&answer, wanted))?;
        let value = value.without(&self.redactor);
        if !value.may_be(contact) {
            return Err(Failure::other_contact(&answer, contact, value.id));
        }
        let allowance = answer.allowance;
        Ok(Answered { value, allowance })
    }

    /// Assigns `contact` to `assignee`, and returns the ID of the contact that was acted on: the one that `contact`
    /// names, if it is named by ID.
    ///
    /// # Errors
    /// What came of the attempt otherwise. After [`Sent::Maybe`](super::Sent::Maybe), [`Class::Transient`] and
    /// [`Class::Unclear`] the contact may be assigned all the same: only a read tells.
    pub async fn set_assignee(
        &self,
        contact: &Identifier,
        assignee: &Assignee,
    ) -> Result<Answered<u64>, Failure> {
        let asked = match assignee {
            Assignee::Nobody => Asked::Unassign,
            Assignee::User(_) | Assignee::Email(_) => Asked::Assign,
        };
        let url = self.address.join(&path::path(asked, contact));
        let request = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(wire::assignment(assignee));
        let answer = self.attempt(asked, request).await?;
        let value = wire::contact_id(&answer.body).ok_or_else(|| {
            self.unexpected(&answer, "a contact ID")
                .classed(Class::Unclear)
        })?;
        if matches!(contact, Identifier::Id(id) if *id != value) {
            return Err(Failure::other_contact(&answer, contact, value));
        }
        let allowance = answer.allowance;
        Ok(Answered { value, allowance })
    }

    /// Sends `request` and reads its answer, which is a 2xx.
    async fn attempt(
        &self,
        asked: Asked,
        request: reqwest::RequestBuilder,
    ) -> Result<Answer, Failure> {
        let response = request
            .send()
            .await
            .map_err(|error| lost::failure(&error, None, &self.address, self.timeout))?;
        let mut answer = head(&response);
        let largest = match asked {
            Asked::Read | Asked::Assign | Asked::Unassign => LARGEST_ANSWER,
            Asked::Users | Asked::Contacts => LARGEST_PAGE,
        };
        let read = body(response, &mut answer.body, largest).await;
        if !(200..300).contains(&answer.status) {
            // The status has said it all; whether its words came in full does not matter.
            return Err(Failure::from_answer(
                asked,
                &answer,
                &self.address,
                &self.redactor,
            ));
        }
        match read {
            Ok(Whole::Yes) => Ok(answer),
            Ok(Whole::TooLong) => Err(Failure::new(
                Some(answer.status),
                match asked {
                    Asked::Assign | Asked::Unassign => Class::Unclear,
                    Asked::Read | Asked::Users | Asked::Contacts => Class::Refused,
                },
                &format!(
                    "the API answered {} with more than {} KiB, far more than an answer has",
                    answer.status,
                    largest / 1024
                ),
            )),
            Err(error) => Err(lost::failure(
                &error,
                Some(answer.status),
                &self.address,
                self.timeout,
            )),
        }
    }

    fn unexpected(&self, answer: &Answer, wanted: &str) -> Failure {
        Failure::unexpected_body(answer, wanted, &self.redactor)
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, Error> {
    let token = token.expose_secret();
    if token.is_empty() {
        return Err(Error::Token {
            problem: "is empty",
        });
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::Token {
            problem: "has a blank or a character in it that no token has",
        });
    }
    let mut value =
        HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::Token {
            problem: "has a character in it that no token has",
        })?;
    value.set_sensitive(true);
    Ok(value)
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, Error> {
    let pem = std::fs::read(path).map_err(|source| Error::CaFile {
        path: path.to_owned(),
        source,
    })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Error::NoCertificate {
            path: path.to_owned(),
        }),
    }
}

fn head(response: &Response) -> Answer {
    let header = |name: HeaderName| {
        let value = response.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Answer {
        status: response.status().as_u16(),
        retry_after: header(RETRY_AFTER),
        date: header(DATE),
        location: header(LOCATION),
        encoding: header(CONTENT_ENCODING),
        allowance: Allowance::from_headers(header(LIMIT).as_deref(), header(REMAINING).as_deref()),
        body: Vec::new(),
    }
}

/// Whether a body was read to its end.
enum Whole {
    Yes,
    TooLong,
}

/// Reads the body into `into`, as far as it comes and no further than `largest`.
async fn body(
    mut response: Response,
    into: &mut Vec<u8>,
    largest: usize,
) -> Result<Whole, reqwest::Error> {
    while let Some(chunk) = response.chunk().await? {
        let room = largest - into.len();
        if chunk.len() > room {
            into.extend_from_slice(&chunk[..room]);
            return Ok(Whole::TooLong);
        }
        into.extend_from_slice(&chunk);
    }
    Ok(Whole::Yes)
}

mod lists;
#[cfg(test)]
mod tests;

pub use lists::PAGE;
