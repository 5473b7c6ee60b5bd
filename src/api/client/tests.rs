//! Against real sockets: a server that plays scripted answers, byte for byte.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::net::TcpListener;
use std::time::Instant;

use super::super::{ConversationStatus, Holder, Sent, Whose};
use super::*;

mod server;
mod tls;

use server::{Play, Server, http};

const TOKEN: &str = "s3cret-token";
/// A contact that whatever answers without a phone number may be.
fn contact() -> Identifier {
    "phone:+60121233112".parse().unwrap()
}

fn connection(address: &str, timeout: Duration) -> Connection {
    Connection {
        address: address.parse().unwrap(),
        token: TOKEN.into(),
        timeout,
        ca_file: None,
    }
}

async fn read(server: &Server) -> Result<Contact, Failure> {
    let answered = server.client().contact(&contact()).await?;
    Ok(answered.value)
}

async fn write(server: &Server) -> Result<u64, Failure> {
    let answered = server
        .client()
        .set_assignee(&contact(), &Assignee::User(411))
        .await?;
    Ok(answered.value)
}

#[tokio::test]
async fn a_contact_is_read() {
    let server = Server::answers(http(
        200,
        "content-type: application/json\r\n",
        r#"{"id":123,"firstName":"Robin","status":"open","assignee":{"id":411,"firstName":"Kim"}}"#,
    ));
    let contact = read(&server).await.unwrap();
    assert_eq!(contact.id, 123);
    assert!(contact.holder.is(&Assignee::User(411)));
    assert_eq!(contact.status, ConversationStatus::Open);
    let heard = server.heard().to_lowercase();
    assert!(
        heard.starts_with("get /v1/contact/phone:%2b60121233112 http/1.1\r\n"),
        "{heard}"
    );
    assert!(
        heard.contains("\r\nauthorization: bearer s3cret-token\r\n"),
        "{heard}"
    );
    assert!(
        heard.contains("\r\naccept: application/json\r\n"),
        "{heard}"
    );
    assert!(heard.contains("\r\nuser-agent: reassign/"), "{heard}");
    assert!(
        heard.contains("\r\naccept-encoding: identity\r\n"),
        "{heard}"
    );
}

#[tokio::test]
async fn an_assignee_is_written_in_the_form_of_the_contract() {
    let email = Assignee::Email("Kim@example.com".parse().unwrap());
    for (assignee, body) in [
        (Assignee::User(411), r#"{"assignee":411}"#),
        (email, r#"{"assignee":"Kim@example.com"}"#),
        (Assignee::Nobody, r#"{"assignee":null}"#),
    ] {
        let server = Server::answers(http(200, "", r#"{"contactId":90001}"#));
        let contact = Identifier::Email("ann+1@example.com".parse().unwrap());
        let id = server.client().set_assignee(&contact, &assignee).await;
        assert_eq!(id.map(|answered| answered.value), Ok(90001));
        let heard = server.heard();
        assert!(
            heard.starts_with(
                "POST /v1/contact/email:ann%2B1@example.com/conversation/assignee HTTP/1.1\r\n"
            ),
            "{heard}"
        );
        assert!(
            heard.contains("content-type: application/json\r\n"),
            "{heard}"
        );
        assert!(heard.ends_with(&format!("\r\n\r\n{body}")), "{heard}");
    }
}

#[tokio::test]
async fn chunked_answers_are_put_together() {
    let server = Server::answers(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n\
         8\r\n{\"contac\r\na\r\ntId\":90001\r\n1\r\n}\r\n0\r\n\r\n",
    );
    assert_eq!(write(&server).await, Ok(90001));
}

#[tokio::test]
async fn a_429_tells_how_long_to_wait_in_every_form() {
    let day =
        "retry-after: Wed, 01 Jan 2025 12:00:07 GMT\r\ndate: Wed, 01 Jan 2025 12:00:00 GMT\r\n";
    for (headers, wait) in [
        ("", None),
        ("retry-after: 3\r\n", Some(Duration::from_secs(3))),
        ("Retry-After: 0.5\r\n", Some(Duration::from_millis(500))),
        ("retry-after: 0\r\n", Some(Duration::ZERO)),
        ("retry-after: 7200\r\n", Some(Duration::from_secs(7_200))),
        ("retry-after: -1\r\n", None),
        ("retry-after: a while\r\n", None),
        (day, Some(Duration::from_secs(7))),
    ] {
        let server = Server::answers(http(
            429,
            headers,
            r#"{"code":429,"message":"Too Many Requests"}"#,
        ));
        let failure = write(&server).await.unwrap_err();
        assert_eq!(
            failure.class,
            Class::Throttled { retry_after: wait },
            "{headers:?}"
        );
        assert_eq!(failure.http, Some(429));
    }
}

#[tokio::test]
async fn statuses_reach_their_classes_over_the_wire() {
    let html = "<html><body><h1>403 Forbidden</h1></body></html>";
    for (status, body, class) in [
        (449, r#"{"code":449,"message":"in queue"}"#, Class::Queued),
        (
            500,
            r#"{"code":500,"message":"Unexpected error occurred"}"#,
            Class::Transient,
        ),
        (403, html, Class::Unauthorized),
        (
            404,
            r#"{"code":404,"message":"Contact not found"}"#,
            Class::Refused,
        ),
    ] {
        let server = Server::answers(http(status, "", body));
        let failure = write(&server).await.unwrap_err();
        assert_eq!((failure.http, failure.class), (Some(status), class));
    }
    let server = Server::answers(http(404, "content-type: text/html\r\n", html));
    assert_eq!(read(&server).await.unwrap_err().class, Class::NotServed);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::answers(http(200, "", r#"{"contactId":1}"#));
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: http://127.0.0.1:{}/v1\r\n", elsewhere.port);
        let server = Server::answers(http(status, &location, ""));
        let failure = write(&server).await.unwrap_err();
        assert_eq!(
            (failure.http, failure.class),
            (Some(status), Class::Refused)
        );
        assert!(
            failure.message.contains("`127.0.0.1`"),
            "{}",
            failure.message
        );
    }
    assert!(
        elsewhere.requests.try_recv().is_err(),
        "nothing arrived there"
    );
}

#[tokio::test]
async fn no_more_than_64_kib_of_an_answer_are_read() {
    let fits = format!(
        r#"{{"contactId":1,"more":"{}"}}"#,
        "x".repeat(64 * 1024 - 25)
    );
    assert_eq!(fits.len(), 64 * 1024);
    assert_eq!(write(&Server::answers(http(200, "", &fits))).await, Ok(1));

    let failure = write(&Server::answers(http(200, "", &format!("{fits} "))))
        .await
        .unwrap_err();
    assert_eq!((failure.http, failure.class), (Some(200), Class::Unclear));
    assert_eq!(
        failure.message,
        "the API answered 200 with more than 64 KiB, far more than an answer has"
    );

    let failure = write(&Server::answers(http(503, "", &"x".repeat(1 << 20))))
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::Transient);
}

#[tokio::test]
async fn an_answer_about_another_contact_is_told_whoever_asked() {
    let asked = Identifier::Id(9_007_199_254_740_993);
    let other = Class::OtherContact { id: 4711 };
    let server = Server::answers(http(200, "", r#"{"id":4711,"assignee":null}"#));
    let failure = server.client().contact(&asked).await.unwrap_err();
    assert_eq!(failure.class, other);
    let server = Server::answers(http(200, "", r#"{"contactId":4711}"#));
    let client = server.client();
    let answered = client.set_assignee(&asked, &Assignee::Nobody).await;
    assert_eq!(answered.unwrap_err().class, other);
}

#[tokio::test]
async fn nothing_is_decompressed() {
    let server = Server::answers(http(
        200,
        "content-encoding: gzip\r\n",
        r#"{"contactId":5}"#,
    ));
    assert_eq!(write(&server).await, Ok(5));
}

#[tokio::test]
async fn a_compressed_answer_is_named_and_not_quoted() {
    let compressed = |status: u16, headers: &str| {
        let mut answer = http(status, headers, "..............");
        let body = answer.len() - 14;
        answer[body..body + 4].copy_from_slice(b"\x1f\x8b\x08\xff");
        Server::answers(answer)
    };
    let told = "it is compressed (gzip), which was not asked for; a proxy or gateway before the workspace does that, ask \
                whoever looks after it";
    for headers in ["content-encoding: gzip\r\n", ""] {
        let failure = write(&compressed(200, headers)).await.unwrap_err();
        assert_eq!((failure.http, failure.class), (Some(200), Class::Unclear));
        assert_eq!(
            failure.message,
            format!("the API answered 200, and what cannot be read: {told}")
        );
        // Whether the contact is not there or the whole request is not known cannot be told.
        let failure = read(&compressed(404, headers)).await.unwrap_err();
        assert_eq!((failure.http, failure.class), (Some(404), Class::Unclear));
        assert_eq!(
            failure.message,
            format!("the API answered 404, and why cannot be read: {told}")
        );
        let failure = read(&compressed(500, headers)).await.unwrap_err();
        assert_eq!(failure.class, Class::Transient);
        assert_eq!(
            failure.message,
            "the API had an error of its own (500); what it says is compressed (gzip), which was not asked for"
        );
    }
    let hostile = compressed(200, "content-encoding: \u{1b}[2J`evil`\r\n");
    let failure = read(&hostile).await.unwrap_err();
    assert!(!failure.message.contains("evil"), "{failure}");
}

#[tokio::test]
async fn a_web_page_is_no_answer_of_the_api() {
    let page = "<!DOCTYPE html><html><head><title>Hotel</title></head><body>Please log in, s3cret-token</body></html>";
    let failure = read(&Server::answers(http(200, "", page)))
        .await
        .unwrap_err();
    assert_eq!((failure.http, failure.class), (Some(200), Class::Refused));
    assert_eq!(
        failure.message,
        "what answered is a web page and not the API (200): `Hotel Please log in, (redacted)`; sign in to this network in \
         a browser, or correct `--base-url`"
    );
    let page = page.replace("Hotel", &"long ".repeat(500));
    let failure = write(&Server::answers(http(200, "", &page)))
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::Unclear);
    assert!(failure.message.ends_with("`--base-url`"), "{failure}");
}

#[tokio::test]
async fn a_200_that_is_not_the_contracts_is_refused_with_its_beginning() {
    let server = Server::answers(http(200, "", "<p>Please log in, s3cret-token</p>"));
    let failure = write(&server).await.unwrap_err();
    assert_eq!((failure.http, failure.class), (Some(200), Class::Unclear));
    assert_eq!(
        failure.message,
        "the API answered 200 without a contact ID: `Please log in, (redacted)`"
    );

    let server = Server::answers(http(200, "", r#"{"id":1,"assignee":"kim"}"#));
    let failure = read(&server).await.unwrap_err();
    assert_eq!(
        failure.message,
        r#"the API answered 200 without an assignee that makes sense: `{"id":1,"assignee":"kim"}`"#
    );
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_leaves_the_writes_fate_open() {
    for play in [Play::CloseUnread, Play::CloseRead] {
        let server = Server::plays(vec![play]);
        let failure = write(&server).await.unwrap_err();
        assert_eq!(failure.class, Class::Lost { sent: Sent::Maybe });
        assert_eq!(failure.http, None);
        let host = format!(
            "the connection to `127.0.0.1:{}` broke before it answered",
            server.port
        );
        assert!(failure.message.starts_with(&host), "{}", failure.message);
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_lost_unless_its_status_says_all() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"contactId\"";
    let failure = write(&Server::answers(half)).await.unwrap_err();
    assert_eq!(failure.class, Class::Lost { sent: Sent::Maybe });
    assert!(
        failure
            .message
            .ends_with("broke in the middle of the answer"),
        "{}",
        failure.message
    );

    let half = "HTTP/1.1 429 Slow Down\r\nretry-after: 2\r\ncontent-length: 20\r\n\r\n{";
    let failure = write(&Server::answers(half)).await.unwrap_err();
    let wait = Some(Duration::from_secs(2));
    assert_eq!(failure.class, Class::Throttled { retry_after: wait });
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_lost_without_technical_words() {
    let failure = write(&Server::answers("SSH-2.0-OpenSSH_9.6\r\n"))
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::Lost { sent: Sent::Maybe });
    assert!(!failure.message.contains("Parse"), "{}", failure.message);
}

#[tokio::test]
async fn a_stalled_server_costs_no_more_than_the_timeout() {
    for (bytes, http) in [
        (&b""[..], None),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{", Some(200)),
    ] {
        let server = Server::plays(vec![Play::Stall(bytes)]);
        let start = Instant::now();
        let client = server.client_within(Duration::from_millis(300));
        let failure = client
            .set_assignee(&contact(), &Assignee::Nobody)
            .await
            .unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(5));
        assert_eq!(failure.class, Class::Lost { sent: Sent::Maybe });
        assert_eq!(failure.http, http);
        let sentence = format!("no answer from `127.0.0.1:{}` within 0.3 s", server.port);
        assert_eq!(failure.message, sentence);
    }
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let address = format!("http://127.0.0.1:{port}");
    let client = Client::new(&connection(&address, Duration::from_secs(20))).unwrap();
    let failure = client.contact(&contact()).await.unwrap_err();
    assert_eq!(failure.class, Class::Lost { sent: Sent::No });
    assert_eq!(
        failure.message,
        format!("cannot reach `127.0.0.1:{port}`: connection refused")
    );
}

#[tokio::test]
async fn what_an_answer_tells_about_the_limit_comes_with_it_and_with_a_failure() {
    let told = "X-RateLimit-Limit: 10\r\nx-ratelimit-remaining: 7\r\n";
    let allowance = Allowance {
        limit: Some(10),
        remaining: Some(7),
    };
    let server = Server::answers(http(200, told, r#"{"contactId":5}"#));
    let client = server.client();
    let answered = client.set_assignee(&contact(), &Assignee::Nobody).await;
    assert_eq!(answered.unwrap().allowance, allowance);
    for (status, body) in [(429, "{}"), (404, "{}"), (200, "nonsense")] {
        let server = Server::answers(http(status, told, body));
        let failure = write(&server).await.unwrap_err();
        assert_eq!(failure.allowance, allowance, "{status}");
    }
}

#[tokio::test]
async fn localhost_is_this_computer_whatever_the_resolver_says() {
    let server = Server::answers(http(200, "", r#"{"contactId":5}"#));
    let address = format!("http://localhost:{}/v1", server.port);
    let client = Client::new(&connection(&address, Duration::from_secs(20))).unwrap();
    let id = client.set_assignee(&contact(), &Assignee::Nobody).await;
    assert_eq!(id.map(|answered| answered.value), Ok(5));
}

#[tokio::test]
async fn an_attempt_is_one_request() {
    let server = Server::plays(vec![
        Play::CloseRead,
        Play::Answer(http(200, "", r#"{"contactId":5}"#)),
    ]);
    assert!(write(&server).await.is_err());
    server.heard();
    assert!(
        server.requests.try_recv().is_err(),
        "nothing was sent again"
    );
}

#[test]
fn a_token_that_cannot_be_one_is_refused_and_not_repeated() {
    for (token, sentence) in [
        (
            "",
            "the token is empty; copy it again from where the workspace shows it",
        ),
        (
            "s3cret token",
            "the token has a blank or a character in it that no token has; copy it again from where the workspace shows it",
        ),
        (
            "s3cret\ntoken",
            "the token has a blank or a character in it that no token has; copy it again from where the workspace shows it",
        ),
        (
            "s3crét",
            "the token has a blank or a character in it that no token has; copy it again from where the workspace shows it",
        ),
    ] {
        let mut connection = connection("http://localhost", Duration::from_secs(1));
        connection.token = token.into();
        assert_eq!(Client::new(&connection).unwrap_err().to_string(), sentence);
    }
}

#[test]
fn debug_output_shows_no_token() {
    let connection = connection("http://localhost:1", Duration::from_secs(1));
    let client = Client::new(&connection).unwrap();
    for text in [format!("{connection:?}"), format!("{client:?}")] {
        assert!(text.contains("(redacted)"), "{text}");
        assert!(!text.contains(TOKEN), "{text}");
    }
}

#[tokio::test]
async fn a_holder_read_is_the_assignee_that_gives_it_back() {
    let body = r#"{"id":1,"assignee":{"id":null,"email":null,"firstName":null,"lastName":null}}"#;
    let contact = read(&Server::answers(http(200, "", body))).await.unwrap();
    assert_eq!(contact.holder, Holder::Nobody);
    assert_eq!(contact.holder.to_assignee(), Some(Assignee::Nobody));
}

#[tokio::test]
async fn a_page_is_asked_for_with_limit_and_cursor_in_the_address_and_the_query_in_the_body() {
    let first = r#"{"items":[{"id":7}],"pagination":{"next":"https://api.aelyst.ai/contact/list?limit=1&cursorId=7"}}"#;
    let server = Server::plays(vec![
        Play::Answer(http(200, "", first)),
        Play::Answer(http(200, "", r#"{"items":[]}"#)),
        Play::Answer(http(200, "", r#"{"items":[{"id":1}]}"#)),
    ]);
    let client = server.client();
    let page = client.contacts(Whose::Of(411), None).await.unwrap().value;
    assert_eq!((page.items.len(), page.items[0].id), (1, 7));
    let cursor = page.next.unwrap();
    let last = client.contacts(Whose::Nobodys, Some(&cursor)).await;
    assert_eq!(last.unwrap().value.next, None);
    client.users(None).await.unwrap();
    let (first, second, users) = (server.heard(), server.heard(), server.heard());
    assert!(
        first.starts_with("POST /v1/contact/list?limit=99 HTTP/1.1\r\n"),
        "{first}"
    );
    assert!(
        first.ends_with(&crate::api::page::query(Whose::Of(411))),
        "{first}"
    );
    assert!(
        second.starts_with("POST /v1/contact/list?limit=99&cursorId=7 "),
        "{second}"
    );
    assert!(users.starts_with("GET /v1/space/user?limit=99 "), "{users}");
}

#[tokio::test]
async fn a_page_may_be_far_longer_than_a_contact_and_not_endless() {
    let padded =
        |length: usize| format!(r#"{{"items":[{{"id":7}}],"x":"{}"}}"#, "x".repeat(length));
    let server = Server::plays(vec![
        Play::Answer(http(200, "", &padded(1024 * 1024))),
        Play::Answer(http(200, "", &padded(LARGEST_PAGE))),
    ]);
    let client = server.client();
    let page = client.contacts(Whose::Everybodys, None).await.unwrap();
    assert_eq!(page.value.items.len(), 1);
    let failure = client.users(None).await.unwrap_err();
    assert!(failure.message.contains("more than 8192 KiB"), "{failure}");
}

#[tokio::test]
async fn a_server_that_has_no_lists_says_so() {
    let answer = || Play::Answer(http(404, "", r#"{"code":404,"message":"Not found"}"#));
    let server = Server::plays(vec![answer(), answer()]);
    let client = server.client();
    let failure = client.users(None).await.unwrap_err();
    assert_eq!(failure.class, Class::NotServed);
    assert!(
        failure
            .message
            .starts_with("this server does not list users (404)"),
        "{failure}"
    );
    let failure = client.contacts(Whose::Everybodys, None).await.unwrap_err();
    assert!(
        failure
            .message
            .starts_with("this server does not list contacts (404)"),
        "{failure}"
    );
}
