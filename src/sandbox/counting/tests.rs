use super::*;

const POLICIES: [Policy; 6] = [
    Policy::Fixed,
    Policy::Opened,
    Policy::Sliding,
    Policy::Weighted,
    Policy::Token,
    Policy::Leaky,
];

/// A limit, and the instant from which the milliseconds of a test count.
fn begun(rate: &str, policy: Policy) -> (Limit, Instant) {
    let start = Instant::now();
    let rate = rate.parse().expect("a rate limit");
    (Limit::new(rate, policy, start), start)
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn accepts(limit: &mut Limit, now: Instant) -> bool {
    matches!(limit.arrive(now), LimitAnswer::Accepted { .. })
}

/// Arrivals at uneven distances of about 4 ms, for twelve seconds.
fn flood(limit: &mut Limit, start: Instant) -> Vec<Instant> {
    (0..3000)
        .map(|step| start + ms(step * 4 + (step % 7) * 2 % 3))
        .filter(|now| accepts(limit, *now))
        .collect()
}

#[test]
fn under_a_flood_every_policy_accepts_its_rate_and_no_more_than_one_unit_on_top() {
    for policy in POLICIES {
        let (mut limit, start) = begun("5/s", policy);
        let accepted = flood(&mut limit, start).len();
        assert!((59..=65).contains(&accepted), "{policy:?}: {accepted}");
    }
}

#[test]
fn no_sliding_window_accepts_more_than_the_limit_wherever_it_begins() {
    let (mut limit, start) = begun("5/s", Policy::Sliding);
    for six in flood(&mut limit, start).windows(6) {
        assert!(six[5] - six[0] >= Duration::from_secs(1));
    }
}

#[test]
fn a_fixed_window_accepts_the_limit_on_either_side_of_its_turn() {
    let (mut limit, start) = begun("3/s", Policy::Fixed);
    for at in [900, 950, 999, 1000, 1001, 1002] {
        assert!(accepts(&mut limit, start + ms(at)), "{at}");
    }
    assert_eq!(
        limit.arrive(start + ms(1100)),
        LimitAnswer::Refused {
            retry_after: ms(900)
        }
    );
    assert_eq!(limit.arrive(start + ms(7500)), at_once(2));
    assert_eq!(limit.arrive(start + ms(7999)), at_once(1));
    assert_eq!(limit.arrive(start + ms(8000)), at_once(2));
}

#[test]
fn a_window_that_is_opened_by_a_request_ends_a_unit_after_that() {
    let (mut limit, start) = begun("2/s", Policy::Opened);
    let accepted =
        [0, 900, 950, 1000, 1700, 1999, 2100, 5000].map(|at| accepts(&mut limit, start + ms(at)));
    assert_eq!(accepted, [true, true, false, true, true, false, true, true]);
}

#[test]
fn a_bucket_gives_what_it_saved_at_once_and_then_one_by_one() {
    let (mut limit, start) = begun("4/s", Policy::Token);
    let start = start + Duration::from_secs(60);
    for remaining in [3, 2, 1, 0] {
        assert_eq!(limit.arrive(start), at_once(remaining));
    }
    let refused = |milliseconds| LimitAnswer::Refused {
        retry_after: ms(milliseconds),
    };
    assert_eq!(limit.arrive(start), refused(250));
    assert_eq!(limit.arrive(start + ms(200)), refused(50));
    assert_eq!(limit.arrive(start + ms(250)), at_once(0));
    assert_eq!(limit.arrive(start + ms(800)), at_once(1));
}

#[test]
fn a_queue_lets_requests_through_one_by_one_and_refuses_what_it_cannot_hold() {
    let (mut limit, start) = begun("4/s", Policy::Leaky);
    for (remaining, wait) in [(3, 0), (2, 250), (1, 500), (0, 750)] {
        let delay = ms(wait);
        assert_eq!(
            limit.arrive(start),
            LimitAnswer::Accepted { remaining, delay }
        );
    }
    let retry_after = ms(250);
    assert_eq!(limit.arrive(start), LimitAnswer::Refused { retry_after });
    assert_eq!(
        limit.arrive(start + ms(250)),
        LimitAnswer::Accepted {
            remaining: 0,
            delay: ms(750)
        }
    );
}

#[test]
fn a_slow_queue_holds_one_request() {
    let (mut limit, start) = begun("10/m", Policy::Leaky);
    assert_eq!(limit.arrive(start), at_once(0));
    assert!(!accepts(&mut limit, start + ms(5999)));
    assert_eq!(limit.arrive(start + ms(6000)), at_once(0));
}

#[test]
fn a_refused_request_is_accepted_when_it_was_told_to_come_back_and_not_before() {
    for policy in POLICIES {
        let (mut limit, start) = begun("2/s", policy);
        let mut now = start + ms(300);
        let retry_after = loop {
            match limit.arrive(now) {
                LimitAnswer::Accepted { .. } => now += ms(10),
                LimitAnswer::Refused { retry_after } => break retry_after,
            }
        };
        // Shares of a window are reckoned in floating point.
        let then = now + retry_after + Duration::from_nanos(10);
        let early = now + retry_after - Duration::from_nanos(10);
        assert!(!accepts(&mut limit, early), "{policy:?}");
        assert!(accepts(&mut limit, then), "{policy:?}");
    }
}

#[test]
fn a_refused_request_uses_nothing_up() {
    for policy in POLICIES {
        let (mut limit, start) = begun("1/m", policy);
        assert!(accepts(&mut limit, start));
        for second in 1..60 {
            let now = start + Duration::from_secs(second);
            assert!(!accepts(&mut limit, now), "{policy:?} {second}");
        }
        // A weighted window lets go of the last request a window later.
        let now = start + Duration::from_secs(if policy == Policy::Weighted { 120 } else { 60 });
        assert!(accepts(&mut limit, now), "{policy:?}");
    }
}

#[test]
fn any_window_is_kept() {
    for (requests, milliseconds) in [(100, 900_000), (20, 2_000), (3, 500)] {
        let window = ms(milliseconds);
        for policy in POLICIES {
            let start = Instant::now();
            let mut limit = Limit::new(RateLimit::new(requests, window), policy, start);
            let step = window / 997;
            let accepted = (0..997 * 10)
                .filter(|n| accepts(&mut limit, start + step * *n))
                .count();
            let beyond = requests.max(in_a_second(limit.rate())) as usize;
            let requests = requests as usize;
            let most = requests * 10 + beyond + 1;
            assert!(
                (requests * 9..=most).contains(&accepted),
                "{requests} per {window:?}, {policy:?}: {accepted}"
            );
        }
    }
}
