use std::time::Instant;

use crate::sandbox::{self, Breakdown, Capacity, ErrorStatus, Outage, Scope, When, Which};

use super::*;

fn limited(limit: &str) -> Running {
    Running::start(&with_rule(rule(limit)))
}

#[test]
fn over_the_limit_429_says_when_to_come_back() {
    let sandbox = limited("2/h");
    for remaining in ["1", "0"] {
        let answer = sandbox.assign("id:10001", "105");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-ratelimit-limit"), Some("2"));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining));
        assert_eq!(answer.header("retry-after"), None);
    }
    let answer = sandbox.assign("id:10001", "106");
    answer.refuses(429, "Too Many Requests");
    assert_eq!(answer.header("x-ratelimit-limit"), Some("2"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
    let retry_after: f64 = answer
        .header("retry-after")
        .expect("a header")
        .parse()
        .expect("a number");
    assert!((3500.0..=3600.0).contains(&retry_after), "{retry_after}");
    assert_eq!(
        sandbox.recorded("10001"),
        ("elena.garcia@example.com".to_owned(), 2)
    );
}

#[test]
fn headers_tell_of_the_limit_where_they_are_asked_to() {
    let told = |answer: &Answer| {
        ["x-ratelimit-limit", "x-ratelimit-remaining", "retry-after"]
            .map(|name| answer.header(name).is_some())
    };
    for (headers, accepted, refused) in [
        (Headers::Always, [true, true, false], [true; 3]),
        (Headers::On429, [false; 3], [true; 3]),
        (Headers::Never, [false; 3], [false; 3]),
    ] {
        let mut rule = rule("1/h");
        rule.headers = headers;
        if headers == Headers::Never {
            rule.refusal.retry_after = RetryAfter::Absent;
        }
        let sandbox = Running::start(&with_rule(rule));
        let answer = sandbox.get("/v1/contact/id:10001");
        assert_eq!((answer.status, told(&answer)), (200, accepted));
        let answer = sandbox.get("/v1/contact/id:10001");
        assert_eq!((answer.status, told(&answer)), (429, refused));
    }
}

#[test]
fn a_queued_request_is_answered_when_its_turn_has_come() {
    let sandbox = Running::start(&with_rule(Rule {
        policy: Policy::Leaky,
        ..rule("10/s")
    }));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| assert_eq!(sandbox.get("/v1/contact/id:10001").status, 200));
        }
    });
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(400), "{took:?}");
}

#[test]
fn each_endpoint_has_a_limit_of_its_own() {
    let sandbox = limited("1/h");
    let everyone = "{\"search\":\"\",\"timezone\":\"UTC\",\"filter\":{\"$and\":[]}}";
    for status in [200, 429] {
        assert_eq!(sandbox.assign("id:10001", "105").status, status);
        assert_eq!(sandbox.get("/v1/contact/id:10001").status, status);
        assert_eq!(sandbox.post("/v1/contact/list", everyone).status, status);
        assert_eq!(sandbox.get("/v1/space/user").status, status);
        assert_eq!(sandbox.get("/v1/space/user/101").status, status);
    }
}

#[test]
fn a_refused_request_counts_unless_its_token_or_method_is_wrong() {
    let sandbox = limited("2/h");
    let stranger = request("GET", "/v1/contact/id:10001", None).replace(TOKEN, "another");
    assert_eq!(sandbox.raw(&stranger).expect("an answer").status, 401);
    assert_eq!(
        sandbox
            .attempt("DELETE", "/v1/contact/id:10001", None)
            .expect("an answer")
            .status,
        405
    );
    assert_eq!(sandbox.get("/v1/contact/id:1").status, 404);
    assert_eq!(sandbox.get("/v1/contact/nonsense").status, 400);
    assert_eq!(sandbox.get("/v1/contact/id:10001").status, 429);
}

#[test]
fn without_a_limit_no_header_speaks_of_one() {
    let sandbox = Running::start(&options());
    let answer = sandbox.get("/v1/contact/id:10001");
    assert_eq!(
        (
            answer.header("x-ratelimit-limit"),
            answer.header("x-ratelimit-remaining")
        ),
        (None, None)
    );
}

#[test]
fn eight_clients_at_once_are_all_answered_and_no_write_is_missing() {
    let sandbox = Running::start(&options());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for contact in (10_001..=10_300).skip(thread).step_by(8) {
                    let contact = format!("id:{contact}");
                    assert_eq!(sandbox.get(&format!("/v1/contact/{contact}")).status, 200);
                    assert_eq!(sandbox.assign(&contact, "109").status, 200);
                }
            });
        }
    });
    assert_eq!(sandbox.writes(), 300);
}

#[test]
fn beyond_the_most_connections_a_client_waits_until_one_ends() {
    let sandbox = Running::with_connections(1, &options());
    let kept = request("GET", "/v1/space/user", None).replace("Connection: close\r\n", "");
    let mut first = sandbox.open(&kept);
    assert_ne!(first.read(&mut [0; 4096]).expect("an answer"), 0);

    let mut second = sandbox.open(&request("GET", "/v1/space/user/101", None));
    for _ in 0..20 {
        // By the end, a second connection that is served has its answer.
        first.write_all(kept.as_bytes()).expect("a request sent");
        assert_ne!(first.read(&mut [0; 4096]).expect("an answer"), 0);
    }
    second.set_nonblocking(true).expect("a socket");
    let error = second.read(&mut [0]).expect_err("nothing to read yet");
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    second.set_nonblocking(false).expect("a socket");

    drop(first);
    let mut answer = String::new();
    second.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[test]
fn each_path_can_have_a_limit_of_its_own() {
    let sandbox = Running::start(&with_rule(Rule {
        scope: Scope::Path,
        ..rule("1/h")
    }));
    for (status, remaining) in [(200, "0"), (429, "0")] {
        for contact in ["id:10001", "id:10002"] {
            let answer = sandbox.get(&format!("/v1/contact/{contact}"));
            assert_eq!(answer.status, status);
            assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining));
            assert_eq!(sandbox.assign(contact, "105").status, status);
        }
    }
}

#[test]
fn an_outage_answers_drops_or_stalls_instead_of_the_api() {
    let out = |answer| {
        Running::start(&Options {
            scenario: Scenario {
                outages: vec![Outage {
                    of: Endpoint::WRITES.to_vec(),
                    which: Which::All,
                    when: When::ALWAYS,
                    answer,
                }],
                ..Scenario::default()
            },
            ..options()
        })
    };
    for (status, retry_after, message, told) in [
        (
            ErrorStatus::Unavailable,
            RetryAfter::Fixed(Duration::from_secs(7)),
            "Service Unavailable",
            Some("7"),
        ),
        (
            ErrorStatus::Quota,
            RetryAfter::Fixed(Duration::from_millis(600)),
            "Quota exceeded",
            Some("0.600"),
        ),
        (
            ErrorStatus::TooEarly,
            RetryAfter::Fixed(Duration::ZERO),
            "Too Early",
            Some("0"),
        ),
        (
            ErrorStatus::RequestTimeout,
            RetryAfter::Absent,
            "Request Timeout",
            None,
        ),
    ] {
        let sandbox = out(Breakdown::Answered(sandbox::ScriptedRefusal {
            status,
            retry_after,
        }));
        let answer = sandbox.assign("id:10001", "105");
        answer.refuses(status.code(), message);
        assert_eq!(answer.header("retry-after"), told);
        assert_eq!(sandbox.get("/v1/contact/id:10001").status, 200);
        assert_eq!(sandbox.writes(), 0);
    }
    let sandbox = out(Breakdown::Dropped);
    assert!(sandbox.try_assign("id:10001", "105").is_none());
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn beyond_the_capacity_answers_take_longer() {
    let sandbox = Running::start(&Options {
        scenario: Scenario {
            capacity: Some(Capacity {
                per_second: 20.0,
                queue: None,
            }),
            ..Scenario::default()
        },
        ..options()
    });
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| assert_eq!(sandbox.get("/v1/contact/id:10001").status, 200));
        }
    });
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(250), "{took:?}");
}
