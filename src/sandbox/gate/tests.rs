use super::*;
use crate::sandbox::{Counted, Policy, When};

const READ: &str = "/v1/contact/id:1";
const WRITE: &str = "/v1/contact/id:1/conversation/assignee";

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn rule(of: impl Into<Vec<Endpoint>>, rate: &str) -> Rule {
    Rule::new(of, rate.parse().expect("a rate limit"))
}

fn limited(limits: impl Into<Vec<Rule>>) -> Scenario {
    Scenario {
        limits: limits.into(),
        ..Scenario::default()
    }
}

/// A gate, and how it is asked by the milliseconds since it began.
struct Asked(Gate, Instant);

impl Asked {
    fn of(scenario: Scenario) -> Asked {
        let began = Instant::now();
        Asked(Gate::new(scenario, began), began)
    }

    fn at(&mut self, milliseconds: u64, endpoint: Endpoint, path: &str) -> GateAnswer {
        self.0.arrive(self.1 + ms(milliseconds), endpoint, path)
    }

    fn read(&mut self, milliseconds: u64) -> GateAnswer {
        self.at(milliseconds, Endpoint::GetContact, READ)
    }

    fn write(&mut self, milliseconds: u64) -> GateAnswer {
        self.at(milliseconds, Endpoint::SetAssignee, WRITE)
    }

    /// How many of the reads at these milliseconds are handled.
    fn handled(&mut self, reads: impl IntoIterator<Item = u64>) -> usize {
        let answers = reads.into_iter().map(|at| self.read(at));
        answers
            .filter(|answer| answer.fate == RequestFate::Handled)
            .count()
    }
}

fn refusal(status: ErrorStatus, retry_after: Option<u64>) -> RequestFate {
    RequestFate::Refused {
        status,
        retry_after: retry_after.map(ms),
    }
}

#[test]
fn without_a_scenario_everything_is_handled_at_once_and_nothing_is_told() {
    let answer = Asked::of(Scenario::default()).read(0);
    let expected = GateAnswer {
        delay: Duration::ZERO,
        fate: RequestFate::Handled,
        told: None,
    };
    assert_eq!(answer, expected);
}

#[test]
fn reads_and_writes_have_limits_apart() {
    let mut gate = Asked::of(limited([
        rule(Endpoint::READS, "3/s"),
        rule(Endpoint::WRITES, "1/m"),
    ]));
    assert_eq!(gate.handled([0, 1, 2, 3]), 3);
    let told = |limit, remaining| Some(ToldLimit { limit, remaining });
    assert_eq!(gate.write(4).told, told(1, 0));
    assert_eq!(
        gate.write(5).fate,
        refusal(ErrorStatus::TooManyRequests, Some(59_999))
    );
    assert_eq!(gate.read(1_000).told, told(3, 0));
    let list = gate.at(1_001, Endpoint::ListContacts, "/v1/contact/list");
    assert_eq!((list.fate, list.told), (RequestFate::Handled, None));
}

#[test]
fn a_scope_says_what_has_a_counter_of_its_own() {
    for (scope, same, another, write) in [
        (Scope::Endpoint, false, false, true),
        (Scope::Path, false, true, true),
        (Scope::Together, false, false, false),
    ] {
        let mut gate = Asked::of(limited([Rule {
            scope,
            ..rule(Endpoint::ALL, "1/m")
        }]));
        let mut handled = |endpoint, path| gate.at(1, endpoint, path).fate == RequestFate::Handled;
        assert!(handled(Endpoint::GetContact, READ));
        let seen = (
            handled(Endpoint::GetContact, READ),
            handled(Endpoint::GetContact, "/v1/contact/id:2"),
            handled(Endpoint::SetAssignee, WRITE),
        );
        assert_eq!(seen, (same, another, write), "{scope:?}");
    }
}

#[test]
fn a_request_needs_room_in_every_limit() {
    let mut gate = Asked::of(limited([
        rule(Endpoint::ALL, "2/s"),
        rule(Endpoint::ALL, "3/m"),
    ]));
    assert_eq!(gate.handled([0, 1, 2]), 2);
    // The tighter one is told.
    let told = gate.read(1_500).told;
    assert_eq!(
        told,
        Some(ToldLimit {
            limit: 3,
            remaining: 0
        })
    );
    assert_eq!(gate.handled([3_000, 59_000]), 0);
    assert_eq!(gate.handled([60_000]), 1);
}

#[test]
fn too_much_is_answered_in_every_form_that_is_seen() {
    for status in [
        ErrorStatus::TooManyRequests,
        ErrorStatus::Quota,
        ErrorStatus::RequestTimeout,
        ErrorStatus::TooEarly,
        ErrorStatus::Unavailable,
    ] {
        for (retry_after, told) in [
            (RetryAfter::Exact, Some(59_250)),
            (RetryAfter::Whole, Some(60_000)),
            (RetryAfter::Fixed(ms(61_000)), Some(61_000)),
            (RetryAfter::Fixed(Duration::ZERO), Some(0)),
            (RetryAfter::Absent, None),
        ] {
            let mut gate = Asked::of(limited([Rule {
                refusal: ScriptedRefusal {
                    status,
                    retry_after,
                },
                ..rule(Endpoint::ALL, "1/m")
            }]));
            assert_eq!(gate.read(0).fate, RequestFate::Handled);
            assert_eq!(gate.read(750).fate, refusal(status, told));
        }
    }
}

#[test]
fn headers_are_told_always_with_a_refusal_or_never() {
    for (headers, accepted, refused) in [
        (Headers::Always, true, true),
        (Headers::On429, false, true),
        (Headers::Never, false, false),
    ] {
        let mut gate = Asked::of(limited([Rule {
            headers,
            ..rule(Endpoint::ALL, "1/s")
        }]));
        let told = [0, 1].map(|at| gate.read(at).told.is_some());
        assert_eq!(told, [accepted, refused], "{headers:?}");
    }
}

#[test]
fn a_limit_changes_with_time_and_may_come_and_go() {
    let rate = |text: &str| Some(text.parse().expect("a rate limit"));
    let seconds = Duration::from_secs;
    for policy in [
        Policy::Fixed,
        Policy::Opened,
        Policy::Sliding,
        Policy::Weighted,
        Policy::Token,
        Policy::Leaky,
    ] {
        let mut gate = Asked::of(limited([Rule {
            policy,
            rates: vec![
                (seconds(10), rate("10/s")),
                (seconds(20), rate("3/s")),
                (seconds(30), rate("20/s")),
                (seconds(40), None),
            ],
            ..rule(Endpoint::ALL, "1/s")
        }]));
        for (from, low, high) in [
            (0, 1_000, 1_000),
            (10, 99, 110),
            (20, 24, 33),
            (30, 190, 225),
            (40, 1_000, 1_000),
        ] {
            let reads = (0..1_000).map(|step| from * 1_000 + step * 10);
            let handled = gate.handled(reads);
            assert!(
                (low..=high).contains(&handled),
                "{policy:?} from {from} s: {handled}"
            );
        }
    }
}

#[test]
fn a_bucket_and_a_queue_hold_what_they_are_said_to() {
    let with = |policy, burst| {
        Asked::of(limited([Rule {
            policy,
            burst: Some(burst),
            ..rule(Endpoint::ALL, "10/s")
        }]))
    };
    assert_eq!(with(Policy::Token, 1).handled([0, 50, 100, 199, 200]), 3);
    assert_eq!(with(Policy::Token, 25).handled([0; 30]), 25);
    let mut queue = with(Policy::Leaky, 3);
    let waits = [0; 4].map(|at| queue.read(at)).map(|answer| answer.delay);
    assert_eq!(waits, [0, 100, 200, 0].map(ms));
    assert_eq!(queue.handled([0, 100]), 1);
}

#[test]
fn where_refused_requests_count_a_client_that_does_not_slow_down_is_never_let_in_again() {
    for (policy, counted, handled) in [
        (Policy::Sliding, Counted::Accepted, 30),
        (Policy::Sliding, Counted::All, 5),
        (Policy::Weighted, Counted::All, 5),
    ] {
        let mut gate = Asked::of(limited([Rule {
            policy,
            counted,
            ..rule(Endpoint::ALL, "5/s")
        }]));
        let seen = gate.handled((0..600).map(|step| step * 10));
        assert_eq!(seen, handled, "{policy:?} {counted:?}");
        // Once it has kept quiet for two windows, it is.
        assert_eq!(gate.handled([9_000]), 1, "{policy:?} {counted:?}");
    }
}

#[test]
fn an_outage_comes_on_schedule_for_the_operations_it_is_about_and_says_when_it_ends() {
    let outage = Outage {
        of: Endpoint::WRITES.to_vec(),
        which: Which::All,
        when: When {
            from: ms(1_000),
            lasts: ms(500),
            every: Some(ms(10_000)),
        },
        answer: Breakdown::Answered(ScriptedRefusal {
            status: ErrorStatus::Unavailable,
            retry_after: RetryAfter::Exact,
        }),
    };
    let mut gate = Asked::of(Scenario {
        outages: vec![outage],
        ..limited([rule(Endpoint::ALL, "1/h")])
    });
    let out = |left| refusal(ErrorStatus::Unavailable, Some(left));
    assert_eq!(gate.write(1_000).fate, out(500));
    assert_eq!(gate.read(1_100).fate, RequestFate::Handled);
    assert_eq!(gate.write(1_400).fate, out(100));
    // What an outage answers counts towards no limit.
    assert_eq!(gate.write(1_500).fate, RequestFate::Handled);
    assert_eq!(gate.write(11_200).fate, out(300));
    assert_eq!(gate.write(21_499).fate, out(1));
}

#[test]
fn some_contacts_or_each_nth_request_break() {
    let breaks = |which, answer| {
        Asked::of(Scenario {
            outages: vec![Outage {
                of: Endpoint::ALL.to_vec(),
                which,
                when: When::ALWAYS,
                answer,
            }],
            ..Scenario::default()
        })
    };
    let mut gate = breaks(Which::Contacts(vec!["id:1".to_owned()]), Breakdown::Dropped);
    assert_eq!(gate.read(0).fate, RequestFate::Dropped);
    assert_eq!(gate.write(0).fate, RequestFate::Dropped);
    let other = gate.at(0, Endpoint::GetContact, "/v1/contact/id:11");
    assert_eq!(other.fate, RequestFate::Handled);
    let mut gate = breaks(Which::EveryNth(3), Breakdown::Stalled);
    let fates: Vec<bool> = (0..6)
        .map(|at| gate.read(at).fate == RequestFate::Stalled)
        .collect();
    assert_eq!(fates, [false, false, true, false, false, true]);
}

#[test]
fn beyond_the_capacity_requests_wait_and_beyond_the_queue_they_are_refused() {
    let with = |queue| {
        Asked::of(Scenario {
            capacity: Some(Capacity {
                per_second: 10.0,
                queue,
            }),
            ..Scenario::default()
        })
    };
    let mut gate = with(None);
    let waits = [0, 0, 50, 1_000].map(|at| gate.read(at).delay);
    assert_eq!(waits, [100, 200, 250, 100].map(ms));
    let mut gate = with(Some(1));
    let fates = [0; 3].map(|at| gate.write(at).fate);
    assert_eq!(
        fates,
        [
            RequestFate::Handled,
            RequestFate::Handled,
            refusal(ErrorStatus::Unavailable, None)
        ]
    );
}

#[test]
fn another_client_takes_its_share_until_it_leaves() {
    let other = OtherClient {
        of: Endpoint::GetContact,
        path: None,
        rate: "5/s".parse().expect("a rate"),
        when: When::once(Duration::ZERO, Duration::from_secs(20)),
    };
    let mut gate = Asked::of(Scenario {
        others: vec![other],
        ..limited([Rule {
            policy: Policy::Fixed,
            ..rule(Endpoint::ALL, "10/s")
        }])
    });
    let mut tens = |from: u64| gate.handled((0..100).map(|step| from + step * 100 + 50));
    let (beside, alone) = (tens(0), tens(20_000));
    // Of each second's fifteen the first ten, of which four are the other client's.
    assert_eq!((beside, alone), (60, 100));
}

#[test]
fn who_polls_one_contact_uses_up_that_path_and_no_other() {
    let other = OtherClient {
        of: Endpoint::GetContact,
        path: Some(READ.to_owned()),
        rate: "50/s".parse().expect("a rate"),
        when: When::once(Duration::ZERO, Duration::from_secs(20)),
    };
    let mut gate = Asked::of(Scenario {
        others: vec![other],
        ..limited([Rule {
            scope: Scope::Path,
            ..rule(Endpoint::ALL, "5/s")
        }])
    });
    assert_eq!(gate.handled((1..100).map(|step| step * 200 - 1)), 0);
    let another = gate.at(19_900, Endpoint::GetContact, "/v1/contact/id:2");
    let told = ToldLimit {
        limit: 5,
        remaining: 4,
    };
    assert_eq!(
        (another.fate, another.told),
        (RequestFate::Handled, Some(told))
    );
    assert_eq!(gate.write(19_900).fate, RequestFate::Handled);
    assert_eq!(gate.handled([21_100]), 1);
}
