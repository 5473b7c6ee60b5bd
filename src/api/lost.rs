//! Why an attempt got no complete answer, in words: names, connections, certificates, time.

use std::borrow::Cow;
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

/// Why there is no secure connection, and what would help.
fn certificate(error: &TlsError, host: &str) -> String {
    let why = match error {
        TlsError::InvalidCertificate(bad) => {
            return format!("the certificate of `{host}` {}", not_accepted(bad));
        }
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

const NOT_FOR_SERVERS: &str = "is not for servers (its extended key usage is without serverAuth); the server needs another one";
const UNSAFE_SIGNATURE: &str =
    "is signed in a way that is not safe any more, such as SHA-1; the server needs a new one";

/// What is wrong with a certificate, and what would help.
fn not_accepted(bad: &CertificateError) -> Cow<'static, str> {
    use CertificateError as Bad;
    let why = match bad {
        Bad::UnknownIssuer => {
            "is signed by nobody this computer trusts; if your network inspects connections, give its root certificate \
             with `--ca-file`"
        }
        Bad::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "names no host (it has no subjectAltName); the server needs one that names it"
        }
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
            "is for another host; is the address right?"
        }
        Bad::Expired | Bad::ExpiredContext { .. } => {
            "has expired (or this computer's clock is wrong)"
        }
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            "is not valid yet (or this computer's clock is wrong)"
        }
        Bad::Revoked => "was revoked; the server needs a new one",
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => NOT_FOR_SERVERS,
        Bad::BadEncoding => "is damaged and cannot be read; the server needs a new one",
        Bad::BadSignature => {
            "is not signed by the authority that it names; if that has a new certificate, give it with `--ca-file`"
        }
        Bad::UnsupportedSignatureAlgorithmContext { .. }
        | Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => UNSAFE_SIGNATURE,
        Bad::Other(other) => return not_accepted_otherwise(&other.0.to_string()),
        _ => {
            let name = format!("{bad:?}");
            return not_accepted_otherwise(name.split([' ', '(', '{']).next().unwrap_or_default());
        }
    };
    why.into()
}

/// The same for what is known by the text of its error only, which on some systems is the system's own.
fn not_accepted_otherwise(name: &str) -> Cow<'static, str> {
    match name {
        "CaUsedAsEndEntity" => {
            "is that of a certificate authority (CA:TRUE), as `openssl req -x509` makes it, which no server may use; the \
             server needs one that this authority has signed, and `--ca-file` takes the authority's"
                .into()
        }
        "UnsupportedCertVersion" => {
            "is of an old form (version 1) that names no host; the server needs one of version 3 with a subjectAltName"
                .into()
        }
        "UnsupportedSignatureAlgorithm" | "UnsupportedSignatureAlgorithmForPublicKey" => UNSAFE_SIGNATURE.into(),
        "certificate had invalid extensions" => NOT_FOR_SERVERS.into(),
        name => format!(
            "cannot be accepted ({}); show this to whoever looks after the server",
            printable(name, 120)
        )
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_in_an_admins_words() {
        use CertificateError as Bad;
        let other = |text: &str| Bad::Other(rustls::OtherError(Arc::from(Box::from(text))));
        for (bad, sentence) in [
            (
                other("UnsupportedCertVersion"),
                "the certificate of `h` is of an old form (version 1) that names no host; the server needs one of version 3 \
                 with a subjectAltName",
            ),
            (
                other("UnsupportedSignatureAlgorithm"),
                "the certificate of `h` is signed in a way that is not safe any more, such as SHA-1; the server needs a new one",
            ),
            (
                other("a\u{1b}[2Jb"),
                "the certificate of `h` cannot be accepted (a[2Jb); show this to whoever looks after the server",
            ),
            (
                Bad::Expired,
                "the certificate of `h` has expired (or this computer's clock is wrong)",
            ),
            (
                Bad::NotValidYet,
                "the certificate of `h` is not valid yet (or this computer's clock is wrong)",
            ),
            (
                Bad::Revoked,
                "the certificate of `h` was revoked; the server needs a new one",
            ),
            (
                Bad::BadEncoding,
                "the certificate of `h` is damaged and cannot be read; the server needs a new one",
            ),
            (
                Bad::UnhandledCriticalExtension,
                "the certificate of `h` cannot be accepted (UnhandledCriticalExtension); show this to whoever looks after \
                 the server",
            ),
        ] {
            assert_eq!(certificate(&bad.into(), "h"), sentence);
        }
    }
}
