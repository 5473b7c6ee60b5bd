#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;

const NOTHING: Allowance = Allowance {
    limit: None,
    remaining: None,
};

/// Sends one request after the other until `end`, each answered at once by `server`, and tells the last pace.
fn send(
    rate: &mut AdaptiveRate,
    end: Instant,
    mut server: impl FnMut(Instant) -> Reply,
) -> Vec<(Instant, bool)> {
    let mut sent = Vec::new();
    let mut now = rate.next();
    while now < end {
        let departure = rate.depart(now);
        let reply = server(now);
        sent.push((now, matches!(reply, Reply::Accepted(_))));
        rate.arrived(now, &departure, &reply);
        now = rate.next().max(now);
    }
    sent
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A server that accepts `limit` in each fixed window of `window`, and tells what `tells` makes of it.
fn fixed(
    start: Instant,
    window: Duration,
    limit: u32,
    tells: fn(u32, Option<Duration>) -> (Allowance, Option<Duration>),
) -> impl FnMut(Instant) -> Reply {
    let mut counted = (0, 0);
    move |now| {
        let since = now.duration_since(start);
        let place = since.as_nanos() / window.as_nanos();
        if place != counted.0 {
            counted = (place, 0);
        }
        if counted.1 < limit {
            counted.1 += 1;
            Reply::Accepted(tells(limit - counted.1, None).0)
        } else {
            let ends = window * u32::try_from(place + 1).unwrap();
            let (allowance, retry_after) = tells(0, Some(ends - since));
            Reply::Refused {
                retry_after,
                allowance,
            }
        }
    }
}

fn accepted(sent: &[(Instant, bool)], from: Instant) -> usize {
    sent.iter().filter(|(at, ok)| *ok && *at >= from).count()
}

fn refused(sent: &[(Instant, bool)], from: Instant) -> usize {
    sent.iter().filter(|(at, ok)| !*ok && *at >= from).count()
}

#[test]
fn it_begins_with_few_and_asks_for_more_only_as_answers_come() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    let mut left = 0;
    while rate.next() < start + secs(5) {
        let _ = rate.depart(rate.next());
        left += 1;
    }
    assert!(left <= 40, "{left} requests without an answer");
    assert!(rate.limit.is_none());
}

#[test]
fn a_client_with_little_to_send_learns_no_pace_that_was_never_tried() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    for second in 0..600 {
        let now = start + secs(second);
        let departure = rate.depart(now);
        rate.arrived(now, &departure, &Reply::Accepted(NOTHING));
    }
    assert!(rate.pace() <= 9.5, "{}", rate.pace());
}

#[test]
fn a_pause_that_the_server_asks_for_is_kept_and_counts_from_the_refusal() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    let departure = rate.depart(start);
    let reply = Reply::Refused {
        retry_after: Some(secs(30)),
        allowance: NOTHING,
    };
    rate.arrived(start + secs(2), &departure, &reply);
    assert_eq!(rate.next(), start + secs(30));
    assert_eq!(rate.held_until(), Some(start + secs(30)));
}

#[test]
fn a_pause_longer_than_any_clock_is_no_panic() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    let departure = rate.depart(start);
    let reply = Reply::Refused {
        retry_after: Some(Duration::MAX),
        allowance: NOTHING,
    };
    rate.arrived(start, &departure, &reply);
    assert!(rate.next() >= start + secs(3600));
}

#[test]
fn a_limit_that_was_raised_is_found() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    send(
        &mut rate,
        start + secs(60),
        fixed(start, secs(1), 20, |_, _| (NOTHING, None)),
    );
    // A trial may be under way that asks for 4 % more.
    assert!((19.0..=20.9).contains(&rate.pace()), "{}", rate.pace());
    send(
        &mut rate,
        start + secs(240),
        fixed(start, secs(1), 40, |_, _| (NOTHING, None)),
    );
    assert!((38.0..=41.0).contains(&rate.pace()), "{}", rate.pace());
}

#[test]
fn a_limit_that_was_lowered_is_kept_within_seconds() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    send(
        &mut rate,
        start + secs(60),
        fixed(start, secs(1), 100, |_, _| (NOTHING, None)),
    );
    let sent = send(
        &mut rate,
        start + secs(120),
        fixed(start, secs(1), 30, |_, _| (NOTHING, None)),
    );
    let from = start + secs(65);
    assert!(refused(&sent, from) <= 20, "{}", refused(&sent, from));
    assert!(accepted(&sent, from) >= 1_600, "{}", accepted(&sent, from));
}

#[test]
fn a_server_that_takes_everything_is_asked_for_five_hundred_a_second_and_no_more() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    let sent = send(&mut rate, start + secs(10), |_| Reply::Accepted(NOTHING));
    let last = accepted(&sent, start + secs(9));
    assert!((495..=505).contains(&last), "{last}");
    assert!(rate.limit.is_none());
}

/// A minute's window is used up twice before it is known, and wholly from then on.
#[track_caller]
fn finds_the_minute(
    tells: fn(u32, Option<Duration>) -> (Allowance, Option<Duration>),
    most: usize,
) {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    let server = fixed(start, secs(60), 60, tells);
    let sent = send(&mut rate, start + secs(660), server);
    let from = start + secs(120);
    assert!(accepted(&sent, from) >= 520, "{}", accepted(&sent, from));
    assert!(refused(&sent, from) <= most, "{}", refused(&sent, from));
}

#[test]
fn a_window_of_a_minute_is_found_by_the_pauses_it_asks_for() {
    finds_the_minute(|_, retry| (NOTHING, retry), 10);
}

#[test]
fn a_window_of_a_minute_is_found_by_its_silence() {
    finds_the_minute(|_, _| (NOTHING, None), 45);
}

#[test]
fn a_window_of_a_minute_is_found_by_what_the_server_counts() {
    let tells = |remaining, retry| {
        let allowance = Allowance {
            limit: Some(60),
            remaining: Some(remaining),
        };
        (allowance, retry)
    };
    finds_the_minute(tells, 10);
}

#[test]
fn a_long_pause_that_is_asked_for_once_is_no_long_window() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    let mut server = fixed(start, secs(1), 10, |_, _| (NOTHING, None));
    let sent = send(&mut rate, start + secs(120), |now| match server(now) {
        Reply::Refused { allowance, .. } => Reply::Refused {
            retry_after: Some(secs(30)),
            allowance,
        },
        accepted => accepted,
    });
    let from = start + secs(40);
    assert!(accepted(&sent, from) >= 80 * 6, "{}", accepted(&sent, from));
    assert!(refused(&sent, from) <= 1, "{}", refused(&sent, from));
}

#[test]
fn while_nothing_is_accepted_one_request_in_five_seconds_asks() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    send(
        &mut rate,
        start + secs(10),
        fixed(start, secs(1), 10, |_, _| (NOTHING, None)),
    );
    let nothing = |_| Reply::Refused {
        retry_after: None,
        allowance: NOTHING,
    };
    let sent = send(&mut rate, start + secs(90), nothing);
    assert!(refused(&sent, start) <= 24, "{}", refused(&sent, start));
    let far = rate.forecast(start + secs(90), 3);
    assert!(
        far >= start + secs(100),
        "no more than one is to be made ready"
    );
    let server = fixed(start, secs(1), 10, |_, _| (NOTHING, None));
    let sent = send(&mut rate, start + secs(130), server);
    let from = start + secs(100);
    assert!(accepted(&sent, from) >= 285, "{}", accepted(&sent, from));
}

#[test]
fn what_lasts_for_minutes_is_asked_after_rarely_and_just_after_the_usual_windows() {
    for (minutes, most) in [(15, 80), (60, 120)] {
        let start = Instant::now();
        let mut rate = AdaptiveRate::new(start);
        let server = fixed(start, secs(60 * minutes), 100, |_, _| (NOTHING, None));
        let opens = start + secs(60 * minutes);
        let sent = send(&mut rate, opens + secs(2), server);
        assert!(refused(&sent, start) <= most, "{}", refused(&sent, start));
        assert!(accepted(&sent, opens) > 0, "not within two seconds");
    }
}

/// A bucket that is refilled continuously and holds one request.
fn bucket(start: Instant, between: Duration) -> impl FnMut(Instant) -> Reply {
    let mut full_at = start;
    move |now| {
        if now < full_at {
            return Reply::Refused {
                retry_after: Some(full_at - now),
                allowance: NOTHING,
            };
        }
        full_at = now + between;
        Reply::Accepted(NOTHING)
    }
}

#[test]
fn a_limit_that_refuses_every_few_requests_is_measured_over_several_refusals() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    let sent = send(
        &mut rate,
        start + secs(60),
        bucket(start, Duration::from_millis(200)),
    );
    // Fewer were accepted between one refusal and the next than tell a rate.
    let from = start + secs(20);
    assert!(refused(&sent, from) <= 4, "{}", refused(&sent, from));
    assert!(accepted(&sent, from) >= 180, "{}", accepted(&sent, from));
}

#[test]
fn a_trial_asks_for_no_more_than_the_server_tells() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    let told = |remaining, retry| {
        let allowance = Allowance {
            limit: Some(10),
            remaining: Some(remaining),
        };
        (allowance, retry)
    };
    // Somebody else leaves only six of the ten for a minute.
    let mut shared = fixed(start, secs(1), 6, told);
    send(&mut rate, start + secs(60), &mut shared);
    let mut whole = fixed(start, secs(1), 10, told);
    let sent = send(&mut rate, start + secs(240), &mut whole);
    let from = start + secs(120);
    assert_eq!(refused(&sent, from), 0);
    assert!(accepted(&sent, from) >= 1_150, "{}", accepted(&sent, from));
}

#[test]
fn a_window_that_few_fit_into_never_stops_it() {
    let start = Instant::now();
    let mut rate = AdaptiveRate::new(start);
    let sent = send(
        &mut rate,
        start + secs(600),
        fixed(start, secs(60), 10, |_, _| (NOTHING, None)),
    );
    assert!(accepted(&sent, start) >= 85, "{}", accepted(&sent, start));
}
