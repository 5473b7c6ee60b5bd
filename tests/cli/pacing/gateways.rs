//! Whole runs on virtual time behind gateways, which count everything together and refuse without a word.

use reassign::sandbox::{
    Endpoint, ErrorStatus, Headers, Policy, RetryAfter, Rule, Scope, ScriptedRefusal,
};

use super::whole_runs::{READ, WRITE, few_are_refused, is_done, takes_at_most};
use super::world::{Trial, limited, rule};

const LIST: Endpoint = Endpoint::ListContacts;

fn refusing(mut rule: Rule, status: ErrorStatus, headers: Headers) -> Rule {
    rule.headers = headers;
    rule.refusal = ScriptedRefusal {
        status,
        retry_after: match headers {
            Headers::Never => RetryAfter::Absent,
            Headers::Always | Headers::On429 => RetryAfter::Whole,
        },
    };
    rule
}

#[test]
fn a_limit_that_is_told_by_a_bare_503_is_kept_all_the_same() {
    for policy in [Policy::Fixed, Policy::Token] {
        let mut rule = rule([READ, WRITE], 20, 1.0);
        (rule.policy, rule.headers) = (policy, Headers::Never);
        rule.refusal = ScriptedRefusal {
            status: ErrorStatus::Unavailable,
            retry_after: RetryAfter::Absent,
        };
        let told = Trial::new(limited(rule), 600).latency(50).run();
        is_done(&told);
        takes_at_most(&told, 600.0 / (0.95 * 20.0) + 11.0);
        let refused = told.exchanges.iter().filter(|one| one.status == 503);
        let refused = refused.count();
        assert!(
            refused <= 70,
            "{refused}: {}\n{}",
            told.brief(),
            told.course(1.0)
        );
    }
}

/// Reads, writes and lists have one counter.
fn one_counter(requests: u32, window: f64, policy: Policy, burst: Option<u32>) -> Rule {
    let mut rule = rule([READ, WRITE, LIST], requests, window);
    (rule.scope, rule.policy, rule.burst) = (Scope::Together, policy, burst);
    rule
}

#[test]
fn one_counter_for_reads_and_writes_is_found_and_used() {
    use ErrorStatus::{TooManyRequests, Unavailable};
    use Headers::{Always, Never};
    use Policy::{Fixed, Leaky, Sliding, Token};
    let rows = 200;
    let mut missed = Vec::new();
    // The last number is how long it takes beside two requests a row and those that look up a sample, in seconds.
    let cells = [
        (10, 1.0, Token, Some(1), Unavailable, Never, 20, 25.0),
        (10, 1.0, Token, Some(1), TooManyRequests, Never, 20, 25.0),
        (10, 1.0, Token, Some(1), TooManyRequests, Always, 20, 8.0),
        (10, 1.0, Token, Some(1), TooManyRequests, Never, 200, 38.0),
        (10, 1.0, Token, Some(5), Unavailable, Never, 20, 10.0),
        (10, 1.0, Leaky, Some(20), Unavailable, Never, 20, 10.0),
        (60, 60.0, Token, Some(1), Unavailable, Never, 20, 40.0),
        (60, 60.0, Token, Some(10), TooManyRequests, Never, 20, 40.0),
        (10, 1.0, Fixed, None, TooManyRequests, Never, 20, 10.0),
        (10, 1.0, Sliding, None, TooManyRequests, Always, 20, 5.0),
        (60, 60.0, Sliding, None, TooManyRequests, Never, 20, 15.0),
        (60, 60.0, Fixed, None, TooManyRequests, Always, 20, 10.0),
    ];
    for (requests, window, policy, burst, status, headers, latency, more) in cells {
        let name = format!(
            "{requests} in {window} s, {policy:?} {burst:?}, {status:?} {headers:?}, {latency} ms"
        );
        let rule = refusing(
            one_counter(requests, window, policy, burst),
            status,
            headers,
        );
        let told = Trial::new(limited(rule), rows).latency(latency).run();
        is_done(&told);
        let requests_made = f64::from(2 * rows + rows / 10);
        let most = requests_made * window / f64::from(requests) + more;
        if told.took.as_secs_f64() > most {
            missed.push(format!(
                "{name}: at most {most} s: {}\n{}",
                told.brief(),
                told.course(10.0)
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn one_counter_that_tells_its_limit_hardly_refuses_anything() {
    let rule = one_counter(10, 1.0, Policy::Sliding, None);
    let rule = refusing(rule, ErrorStatus::TooManyRequests, Headers::Always);
    let told = Trial::new(limited(rule), 200).latency(20).run();
    is_done(&told);
    takes_at_most(&told, 50.0);
    few_are_refused(&told, 0.01, 3);
}
