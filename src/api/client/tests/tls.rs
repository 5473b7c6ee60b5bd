//! Encrypted connections: whose certificate is accepted, and what is said otherwise.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::server::{Play, Server, http, request};
use super::*;

fn certificate_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/api/client/certificates")
        .join(name)
}

fn with_ca(address: &str, ca: &str) -> Connection {
    Connection {
        ca_file: Some(certificate_file(ca)),
        ..connection(address, Duration::from_secs(20))
    }
}

/// A TLS server on `host` that answers one request; unless its certificate is another, it is for `localhost` and 127.0.0.1.
fn tls_server(host: &str, certificate: &str) -> u16 {
    let chain = vec![CertificateDer::from_pem_file(certificate_file(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(certificate_file("localhost.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let listener = TcpListener::bind((host, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream: rustls::StreamOwned<_, TcpStream> =
            rustls::StreamOwned::new(connection, stream);
        if request(&mut stream).is_empty() {
            return; // the client did not accept the certificate
        }
        stream
            .write_all(&http(200, "", r#"{"contactId":77}"#))
            .unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    });
    port
}

async fn over_tls(host: &str, ca: &str) -> Result<u64, Failure> {
    showing("localhost.pem", host, ca).await
}

async fn showing(certificate: &str, host: &str, ca: &str) -> Result<u64, Failure> {
    let address = format!("https://{host}:{}/v1", tls_server(host, certificate));
    let client = Client::new(&with_ca(&address, ca)).unwrap();
    let answered = client.set_assignee(&contact(), &Assignee::User(1)).await?;
    Ok(answered.value)
}

#[tokio::test]
async fn a_root_certificate_of_ones_own_is_accepted() {
    assert_eq!(over_tls("localhost", "ca.pem").await, Ok(77));
    assert_eq!(over_tls("127.0.0.1", "ca.pem").await, Ok(77));
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_stops_the_request_before_it_leaves() {
    for (host, ca, sentence) in [
        (
            "localhost",
            "other.pem",
            "is signed by nobody this computer trusts; if your network inspects connections, give its root certificate with `--ca-file`",
        ),
        (
            "127.0.0.2",
            "ca.pem",
            "is for another host; is the address right?",
        ),
    ] {
        // Linux listens on all of 127.0.0.0/8; elsewhere there may be no such address.
        if host == "127.0.0.2" && cfg!(not(target_os = "linux")) {
            continue;
        }
        let failure = over_tls(host, ca).await.unwrap_err();
        assert_eq!(failure.class, Class::Lost { sent: Sent::No }, "{failure}");
        assert!(
            failure
                .message
                .starts_with(&format!("the certificate of `{host}:")),
            "{failure}"
        );
        assert!(failure.message.ends_with(sentence), "{failure}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_named_with_what_would_help() {
    for (certificate, ca, sentence) in [
        (
            "authority_as_server.pem",
            "other.pem",
            "is that of a certificate authority (CA:TRUE), as `openssl req -x509` makes it, which no server may use; the server \
             needs one that this authority has signed, and `--ca-file` takes the authority's",
        ),
        (
            "authority_as_server.pem",
            "authority_as_server.pem",
            "is that of a certificate authority (CA:TRUE), as `openssl req -x509` makes it, which no server may use; the server \
             needs one that this authority has signed, and `--ca-file` takes the authority's",
        ),
        (
            "without_names.pem",
            "without_names.pem",
            "names no host (it has no subjectAltName); the server needs one that names it",
        ),
        (
            "for_clients.pem",
            "for_clients.pem",
            "is not for servers (its extended key usage is without serverAuth); the server needs another one",
        ),
    ] {
        let failure = showing(certificate, "localhost", ca).await.unwrap_err();
        assert_eq!(failure.class, Class::Lost { sent: Sent::No }, "{failure}");
        assert!(failure.message.ends_with(sentence), "{failure}");
    }
}

#[tokio::test]
async fn a_server_without_encryption_is_named_as_that() {
    let server = Server::plays(vec![Play::Greet(b"HTTP/1.1 400 Bad Request\r\n\r\n")]);
    let address = format!("https://127.0.0.1:{}", server.port);
    let client = Client::new(&with_ca(&address, "ca.pem")).unwrap();
    let failure = client.contact(&contact()).await.unwrap_err();
    assert_eq!(failure.class, Class::Lost { sent: Sent::No }, "{failure}");
    assert!(
        failure
            .message
            .starts_with("cannot make a secure connection to"),
        "{failure}"
    );
}

#[test]
fn certificates_that_cannot_be_used_are_refused_before_anything_is_sent() {
    let refused = |file: &str| Client::new(&with_ca("https://localhost", file)).unwrap_err();
    assert!(matches!(refused("missing.pem"), Error::CaFile { .. }));
    assert!(matches!(
        refused("localhost.key"),
        Error::NoCertificate { .. }
    ));
}

#[tokio::test]
async fn a_name_that_does_not_exist_sent_nothing() {
    let mut connection = with_ca("https://nowhere.invalid/v1", "ca.pem");
    connection.timeout = Duration::from_secs(20);
    let client = Client::new(&connection).unwrap();
    let failure = client.contact(&contact()).await.unwrap_err();
    assert_eq!(failure.class, Class::Lost { sent: Sent::No });
    assert!(
        failure.message.contains("`nowhere.invalid`"),
        "{}",
        failure.message
    );
}
