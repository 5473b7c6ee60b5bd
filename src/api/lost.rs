//! Why an attempt got no complete answer, in words: names, connections, certificates, time.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, Error as TlsError};

use super::server_message::printable;
use super::{Address, Class, Failure, Sent};

/// What `error` means: [`Class::Lost`], with what is known about whether the request was sent.
///
/// `status` is that of the answer, if one began; `timeout` is what the attempt was allowed. Nothing of `error`'s own
/// text is shown, for it holds addresses and the names of types.
pub(super) fn failure(
    error: &reqwest::Error,
    status: Option<u16>,
    address: &Address,
    timeout: Duration,
) -> Failure {
    let host = address.authority();
    // The handshake is part of connecting, and nothing of a request leaves before it is done.
    let sent = if error.is_connect() {
        Sent::No
    } else {
        Sent::Maybe
    };
    let message = if let Some(tls) = cause::<TlsError>(error) {
        certificate(tls, &host)
    } else if error.is_dns() {
        format!("cannot find `{host}`: there is no such name, or no connection to the network")
    } else if error.is_connect() {
        let why = if error.is_timeout() {
            "it does not answer"
        } else {
            io_words(error).unwrap_or("the connection could not be made")
        };
        format!("cannot reach `{host}`: {why}{}", proxy(address))
    } else if error.is_timeout() {
        format!("no answer from `{host}` within {} s", timeout.as_secs_f64())
    } else if status.is_some() {
        format!("the connection to `{host}` broke in the middle of the answer")
    } else {
        match io_words(error) {
            Some(why) => format!("the connection to `{host}` broke before it answered: {why}"),
            None => format!("the connection to `{host}` broke before it answered"),
        }
    };
    Failure::new(status, Class::Lost { sent }, &message)
}

/// The text of the error at the bottom of the chain, printable.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    let last = chain(error).last().unwrap_or(error);
    printable(&last.to_string().to_lowercase(), 200)
}

/// An error and what caused it, outermost first; also what an [`io::Error`] wraps, which is no source of it.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(|io| io.get_ref());
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

fn cause<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

fn io_words(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    chain(error)
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .find_map(|error| match error.kind() {
            ErrorKind::ConnectionRefused => Some("connection refused"),
            ErrorKind::ConnectionReset => Some("connection reset"),
            ErrorKind::ConnectionAborted => Some("connection aborted"),
            ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => Some("connection closed"),
            ErrorKind::HostUnreachable => Some("no route to it"),
            ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
                Some("no connection to the network")
            }
            ErrorKind::TimedOut => Some("it does not answer"),
            ErrorKind::PermissionDenied => Some("this computer does not allow it"),
            ErrorKind::AddrNotAvailable => Some("this computer has no free port left"),
            _ => None,
        })
}

/// A proxy that is set is a likely cause, and nothing else would point to it.
fn proxy(address: &Address) -> String {
    let set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    match names.iter().find(set) {
        Some(name) if !address.is_loopback() => {
            format!(" (`{name}` is set: is that proxy right?)")
        }
        _ => String::new(),
    }
}

fn certificate(error: &TlsError, host: &str) -> String {
    use CertificateError as Bad;
    let why = match error {
        TlsError::InvalidCertificate(Bad::UnknownIssuer) => {
            return format!(
                "the certificate of `{host}` is signed by nobody this computer trusts; if your network inspects \
                 connections, give its root certificate with `--ca-file`"
            );
        }
        TlsError::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            return format!(
                "the certificate of `{host}` is for another host; is the address right?"
            );
        }
        TlsError::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            return format!(
                "the certificate of `{host}` has expired (or this computer's clock is wrong)"
            );
        }
        TlsError::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => {
            return format!(
                "the certificate of `{host}` is not valid yet (or this computer's clock is wrong)"
            );
        }
        TlsError::InvalidCertificate(Bad::Revoked) => "its certificate was revoked",
        TlsError::InvalidCertificate(_) => "its certificate cannot be accepted",
        TlsError::InvalidMessage(_) => {
            "what it sent is not encrypted; is the address's port right?"
        }
        TlsError::AlertReceived(
            AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion,
        )
        | TlsError::PeerIncompatible(_) => "it speaks no version that this program does",
        TlsError::AlertReceived(_) => "it broke off",
        _ => "the handshake failed",
    };
    format!("cannot make a secure connection to `{host}`: {why}")
}
