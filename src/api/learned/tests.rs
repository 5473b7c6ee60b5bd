#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;

const NOTHING: Allowance = Allowance {
    limit: None,
    remaining: None,
};

/// Sends one request after the other until `end`, each answered at once by `server`, and tells the last pace.
fn send(
    learned: &mut Learned,
    end: Instant,
    mut server: impl FnMut(Instant) -> Reply,
) -> Vec<(Instant, bool)> {
    let mut sent = Vec::new();
    let mut now = learned.next();
    while now < end {
        let departure = learned.depart(now);
        let reply = server(now);
        sent.push((now, matches!(reply, Reply::Accepted(_))));
        learned.arrived(now, &departure, &reply);
        now = learned.next().max(now);
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
    let mut learned = Learned::new(start);
    let mut left = 0;
    while learned.next() < start + secs(5) {
        let _ = learned.depart(learned.next());
        left += 1;
    }
    assert!(left <= 20, "{left} requests without an answer");
    assert_eq!(learned.ceiling(), None);
}

#[test]
fn a_server_that_takes_everything_is_asked_for_ever_more() {
    let start = Instant::now();
    let mut learned = Learned::new(start);
    send(&mut learned, start + secs(8), |_| Reply::Accepted(NOTHING));
    assert!(learned.pace() > 1_000.0, "{}", learned.pace());
    assert_eq!(learned.ceiling(), None);
}

#[test]
fn a_client_with_little_to_send_learns_no_pace_that_was_never_tried() {
    let start = Instant::now();
    let mut learned = Learned::new(start);
    for second in 0..600 {
        let now = start + secs(second);
        let departure = learned.depart(now);
        learned.arrived(now, &departure, &Reply::Accepted(NOTHING));
    }
    assert!(learned.pace() <= 5.0, "{}", learned.pace());
}

#[test]
fn a_pause_that_the_server_asks_for_is_kept_and_counts_from_the_refusal() {
    let start = Instant::now();
    let mut learned = Learned::new(start);
    let departure = learned.depart(start);
    let reply = Reply::Refused {
        retry_after: Some(secs(30)),
        allowance: NOTHING,
    };
    learned.arrived(start + secs(2), &departure, &reply);
    assert_eq!(learned.next(), start + secs(30));
    assert_eq!(learned.held_until(), Some(start + secs(30)));
}

#[test]
fn a_pause_longer_than_any_clock_is_no_panic() {
    let start = Instant::now();
    let mut learned = Learned::new(start);
    let departure = learned.depart(start);
    let reply = Reply::Refused {
        retry_after: Some(Duration::MAX),
        allowance: NOTHING,
    };
    learned.arrived(start, &departure, &reply);
    assert!(learned.next() >= start + secs(3600));
}

#[test]
fn a_window_of_a_minute_is_recognised_by_the_pause_it_asks_for() {
    let start = Instant::now();
    let mut learned = Learned::new(start);
    let server = fixed(start, secs(60), 600, |_, retry| (NOTHING, retry));
    let sent = send(&mut learned, start + secs(660), server);
    let from = start + secs(60);
    let (accepted, refused) = (accepted(&sent, from), refused(&sent, from));
    assert!(accepted >= 5_820, "{accepted} of 6000");
    assert!(refused <= 60, "{refused}");
}

#[test]
fn a_window_of_a_minute_is_recognised_by_what_the_server_counts() {
    let start = Instant::now();
    let mut learned = Learned::new(start);
    let server = fixed(start, secs(60), 600, |remaining, retry| {
        let allowance = Allowance {
            limit: Some(600),
            remaining: Some(remaining),
        };
        (allowance, retry)
    });
    let sent = send(&mut learned, start + secs(660), server);
    let from = start + secs(60);
    assert!(accepted(&sent, from) >= 5_820, "{}", accepted(&sent, from));
    assert!(refused(&sent, start) <= 5, "{}", refused(&sent, start));
    let later = sent.windows(2).filter(|two| two[0].0 >= from);
    let longest = later.map(|two| two[1].0 - two[0].0).max();
    assert!(longest < Some(secs(2)), "silent for {longest:?}");
}

#[test]
fn a_window_of_a_minute_that_nothing_tells_of_is_recognised_by_its_silence() {
    let start = Instant::now();
    let mut learned = Learned::new(start);
    let server = fixed(start, secs(60), 600, |_, _| (NOTHING, None));
    let sent = send(&mut learned, start + secs(720), server);
    let from = start + secs(120);
    assert!(accepted(&sent, from) >= 5_400, "{}", accepted(&sent, from));
    assert!(
        refused(&sent, from) <= 240,
        "{} of 6000",
        refused(&sent, from)
    );
}

#[test]
fn a_limit_that_was_raised_is_found() {
    let start = Instant::now();
    let mut learned = Learned::new(start);
    send(
        &mut learned,
        start + secs(60),
        fixed(start, secs(1), 20, |_, _| (NOTHING, None)),
    );
    assert!(
        (19.0..=20.5).contains(&learned.pace()),
        "{}",
        learned.pace()
    );
    send(
        &mut learned,
        start + secs(240),
        fixed(start, secs(1), 40, |_, _| (NOTHING, None)),
    );
    assert!(
        (38.0..=41.0).contains(&learned.pace()),
        "{}",
        learned.pace()
    );
}

#[test]
fn a_limit_that_was_lowered_is_kept_within_seconds() {
    let start = Instant::now();
    let mut learned = Learned::new(start);
    send(
        &mut learned,
        start + secs(60),
        fixed(start, secs(1), 100, |_, _| (NOTHING, None)),
    );
    let sent = send(
        &mut learned,
        start + secs(120),
        fixed(start, secs(1), 30, |_, _| (NOTHING, None)),
    );
    let from = start + secs(65);
    assert!(refused(&sent, from) <= 20, "{}", refused(&sent, from));
    assert!(accepted(&sent, from) >= 1_600, "{}", accepted(&sent, from));
}
