use super::*;

fn read(asked: Asked, status: u16, body: &str) -> Failure {
    let answer = Answer {
        status,
        body: body.as_bytes().to_vec(),
        ..Answer::default()
    };
    from(asked, &answer)
}

fn from(asked: Asked, answer: &Answer) -> Failure {
    let address: Address = "https://api.example.com/v1".parse().expect("an address");
    Failure::from_answer(
        asked,
        answer,
        &address,
        &Redactor::of(&"s3cret-token".into()),
    )
}

fn error(code: u16, message: &str) -> String {
    format!(r#"{{"code":{code},"message":"{message}"}}"#)
}

#[test]
fn a_server_that_is_being_looked_after_says_until_when() {
    let answer = |status| Answer {
        status,
        retry_after: Some("30".to_owned()),
        ..Answer::default()
    };
    let retry_after = Duration::from_secs(30);
    assert_eq!(
        from(Asked::Read, &answer(503)).class,
        Class::Paused { retry_after }
    );
    assert_eq!(from(Asked::Read, &answer(502)).class, Class::Transient);
}

#[test]
fn every_status_has_a_class_and_a_sentence() {
    use Asked::{Assign, Read, Unassign};
    use Class::{NotServed, Queued, Refused, Transient, Unauthorized};
    let throttled = Class::Throttled { retry_after: None };
    let cases: &[(Asked, u16, String, Class, &str)] = &[
        (
            Assign,
            400,
            error(400, "Validation error."),
            Refused,
            "the workspace refused this; check that the new owner is a user of this workspace, and has accepted the invitation",
        ),
        (
            Assign,
            400,
            error(400, "assignee is not valid"),
            Refused,
            "the workspace refused this: `assignee is not valid`; check that the new owner is a user of this workspace, and has accepted the invitation",
        ),
        (
            Unassign,
            400,
            error(400, "cannot unassign"),
            Refused,
            "the workspace refused this (400): `cannot unassign`",
        ),
        (
            Read,
            400,
            error(400, "Validation error."),
            Refused,
            "the workspace refused this (400)",
        ),
        (
            Assign,
            401,
            error(401, "UN_AUTHORIZED"),
            Unauthorized,
            "the token was not accepted (401), copy it again from the workspace",
        ),
        (
            Read,
            401,
            r#"{"code":401,"message":"Token expired","status":"error"}"#.into(),
            Unauthorized,
            "the token was not accepted (401), copy it again from the workspace: `Token expired`",
        ),
        (
            Read,
            403,
            "<html><head><title>403 Forbidden</title></head><body>Blocked</body></html>".into(),
            Unauthorized,
            "the token was not accepted or may not do this (403), check it in the workspace: `403 Forbidden Blocked`",
        ),
        (
            Read,
            404,
            error(404, "Contact not found"),
            Refused,
            "the workspace has no such contact",
        ),
        (
            Assign,
            404,
            error(404, "Contact not found"),
            Refused,
            "the workspace has no such contact",
        ),
        (
            Unassign,
            404,
            error(404, "User gone"),
            Refused,
            "the workspace has no such contact",
        ),
        (
            Assign,
            404,
            error(404, "User not found"),
            Refused,
            "the workspace has no such contact or user: `User not found`; check that the new owner is a user of this workspace, and has accepted the invitation",
        ),
        (
            Assign,
            404,
            "<html>nothing here</html>".into(),
            Refused,
            "`api.example.com` does not know this request (404), is `--base-url` right?: `nothing here`",
        ),
        (
            Read,
            404,
            "404 page not found".into(),
            NotServed,
            "this server does not serve reads of contacts (404); is `--base-url` right? if so, `--blind` writes without reading first",
        ),
        (
            Read,
            404,
            r#"{"statusCode":404,"message":"Cannot GET /v1/contact/id:1","error":"Not Found"}"#
                .into(),
            NotServed,
            "this server does not serve reads of contacts (404); is `--base-url` right? if so, `--blind` writes without reading first",
        ),
        (
            Read,
            404,
            String::new(),
            NotServed,
            "this server does not serve reads of contacts (404); is `--base-url` right? if so, `--blind` writes without reading first",
        ),
        (
            Read,
            405,
            error(405, "Method not allowed"),
            NotServed,
            "this server does not serve reads of contacts (405); is `--base-url` right? if so, `--blind` writes without reading first",
        ),
        (
            Read,
            501,
            String::new(),
            NotServed,
            "this server does not serve reads of contacts (501); is `--base-url` right? if so, `--blind` writes without reading first",
        ),
        (
            Assign,
            501,
            String::new(),
            Refused,
            "`api.example.com` does not serve this request (501), is `--base-url` right?",
        ),
        (
            Read,
            505,
            String::new(),
            Refused,
            "`api.example.com` does not serve this request (505), is `--base-url` right?",
        ),
        (
            Assign,
            405,
            String::new(),
            Refused,
            "the workspace refused this (405)",
        ),
        (
            Assign,
            409,
            error(409, "in use"),
            Refused,
            "the workspace refused this (409): `in use`",
        ),
        (
            Read,
            408,
            String::new(),
            Transient,
            "the API could not take this request at the moment (408)",
        ),
        (
            Assign,
            429,
            error(429, "Too Many Requests"),
            throttled,
            "the API asks for a pause, too many requests (429)",
        ),
        (
            Assign,
            449,
            error(449, "Your request cannot be processed at the moment"),
            Queued,
            "the API still has this contact in its queue (449); try again in a few minutes",
        ),
        (
            Read,
            500,
            error(500, "Unexpected error occurred"),
            Transient,
            "the API had an error of its own (500)",
        ),
        (
            Read,
            500,
            error(500, "database is away"),
            Transient,
            "the API had an error of its own (500): `database is away`",
        ),
        (
            Read,
            502,
            "<center>nginx</center>".into(),
            Transient,
            "the API cannot be used at the moment (502): `nginx`",
        ),
        (
            Read,
            503,
            String::new(),
            Transient,
            "the API cannot be used at the moment (503)",
        ),
        (
            Read,
            425,
            String::new(),
            Transient,
            "the API could not take this request at the moment (425)",
        ),
        (
            Assign,
            403,
            error(403, "Quota exceeded for this workspace"),
            throttled,
            "the API asks for a pause, a limit is reached (403): `Quota exceeded for this workspace`",
        ),
        (
            Read,
            504,
            String::new(),
            Transient,
            "the API cannot be used at the moment (504)",
        ),
        (
            Read,
            520,
            String::new(),
            Transient,
            "the API had an error of its own (520)",
        ),
        (
            Read,
            599,
            String::new(),
            Transient,
            "the API had an error of its own (599)",
        ),
        (
            Read,
            304,
            String::new(),
            Refused,
            "the API sends us on (304) without saying where to; is `--base-url` right?",
        ),
        (
            Read,
            600,
            String::new(),
            Refused,
            "the workspace refused this (600)",
        ),
        (
            Read,
            999,
            String::new(),
            Refused,
            "the workspace refused this (999)",
        ),
    ];
    for (asked, status, body, class, sentence) in cases {
        let failure = read(*asked, *status, body);
        assert_eq!(failure.message, *sentence);
        assert_eq!(failure.class, *class, "{asked:?} {status} {body}");
        assert_eq!(failure.http, Some(*status));
    }
}

#[test]
fn a_pause_asked_for_by_429_is_kept_as_asked() {
    for (header, wait) in [
        ("2", Some(Duration::from_secs(2))),
        ("0.4", Some(Duration::from_millis(400))),
        (
            "Wed, 01 Jan 2025 12:00:07 GMT",
            Some(Duration::from_secs(7)),
        ),
        ("31536000", Some(Duration::from_secs(31_536_000))),
        ("-3", None),
    ] {
        let answer = Answer {
            status: 429,
            retry_after: Some(header.to_owned()),
            date: Some("Wed, 01 Jan 2025 12:00:00 GMT".to_owned()),
            ..Answer::default()
        };
        let class = from(Asked::Assign, &answer).class;
        assert_eq!(class, Class::Throttled { retry_after: wait }, "{header}");
    }
}

#[test]
fn a_redirect_names_the_host_it_would_lead_to() {
    let answer = Answer {
        status: 302,
        location: Some("https://login.example.org/?from=api".to_owned()),
        ..Answer::default()
    };
    let failure = from(Asked::Assign, &answer);
    assert_eq!(failure.class, Class::Refused);
    assert_eq!(
        failure.message,
        "the API sends us on to `login.example.org` (302), which is not followed; is `--base-url` right?"
    );
}

#[test]
fn a_sentence_is_short_plain_and_without_the_token() {
    for status in [200_u16, 302, 400, 401, 403, 404, 409, 429, 500, 503] {
        let body = format!(
            "{{\"code\":1,\"message\":\"user s3cret-token\\u001b[2J {}\"}}",
            "long ".repeat(500)
        );
        let answer = Answer {
            status,
            location: Some(format!("https://{}.example/", "a".repeat(900))),
            body: body.clone().into_bytes(),
            ..Answer::default()
        };
        let failure = from(Asked::Assign, &answer);
        let unexpected = without_a_contact_id(status, body.as_bytes());
        for message in [failure.message, unexpected.message] {
            assert!(message.chars().count() <= LONGEST, "{message}");
            assert!(!message.contains("s3cret"), "{message}");
            assert!(!message.contains(char::is_control), "{message}");
        }
    }
}

fn without_a_contact_id(status: u16, body: &[u8]) -> Failure {
    let answer = Answer {
        status,
        body: body.to_vec(),
        ..Answer::default()
    };
    Failure::unexpected_body(
        &answer,
        "a contact ID",
        &Redactor::of(&"s3cret-token".into()),
    )
}

#[test]
fn a_success_with_another_body_is_refused_with_its_beginning() {
    let failure = without_a_contact_id(200, br#"{"ok":true}"#);
    assert_eq!(failure.class, Class::Refused);
    assert_eq!(failure.http, Some(200));
    assert_eq!(
        failure.message,
        "the API answered 200 without a contact ID: `{\"ok\":true}`"
    );
    let failure = without_a_contact_id(204, b"");
    assert_eq!(
        failure.message,
        "the API answered 204 without a contact ID: nothing that can be read"
    );
}
