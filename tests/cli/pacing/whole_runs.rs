//! Whole runs on virtual time, against servers of every kind.

use std::collections::HashSet;
use std::time::Duration;

use reassign::outcome::Status as Outcome;
use reassign::run::{End, Verify};
use reassign::sandbox::{
    Breakdown, Capacity, Endpoint, ErrorStatus, Headers, OtherClient, Outage, Policy, RateLimit,
    RetryAfter, Rule, Scenario, Scope, ScriptedRefusal, When, Which,
};

use super::world::{Told, Trial, limited, outage, rule, secs};

pub(super) const READ: Endpoint = Endpoint::GetContact;
pub(super) const WRITE: Endpoint = Endpoint::SetAssignee;

fn broken(outage: Outage) -> Scenario {
    Scenario {
        outages: vec![outage],
        ..limited(rule([READ, WRITE], 50, 1.0))
    }
}

/// Every row was written, and the run says so.
#[track_caller]
pub(super) fn is_done(told: &Told) {
    assert_eq!(told.end, End::Done, "{}", told.brief());
    assert_eq!(
        told.of(Outcome::Assigned),
        told.statuses.len(),
        "{}\n{}",
        told.brief(),
        told.course(10.0)
    );
}

#[track_caller]
pub(super) fn takes_at_most(told: &Told, seconds: f64) {
    let took = told.took.as_secs_f64();
    assert!(
        took <= seconds,
        "at most {seconds} s: {}\n{}",
        told.brief(),
        told.course(seconds / 20.0)
    );
}

/// No more was refused than a share of all, or a few.
#[track_caller]
pub(super) fn few_are_refused(told: &Told, share: f64, few: usize) {
    let most = ((told.exchanges.len() as f64 * share) as usize).max(few);
    assert!(
        told.refused() <= most,
        "at most {most}: {}\n{}",
        told.brief(),
        told.course(10.0)
    );
}

fn per_path(headers: Headers, retry_after: RetryAfter) -> Rule {
    let mut rule = rule([READ, WRITE], 5, 1.0);
    (rule.scope, rule.headers) = (Scope::Path, headers);
    rule.refusal.retry_after = retry_after;
    rule
}

#[test]
fn a_limit_for_each_path_is_no_limit_for_the_run() {
    let rows = 2_000;
    let free = Trial::new(Scenario::default(), rows).run();
    let told = Trial::new(limited(per_path(Headers::Always, RetryAfter::Whole)), rows).run();
    is_done(&told);
    takes_at_most(&told, 1.2 * free.took.as_secs_f64());
    assert_eq!(told.refused(), 0, "{}", told.brief());
}

#[test]
fn a_limit_of_a_few_requests_for_each_path_is_no_limit_for_the_run_either() {
    let rows = 300;
    for (requests, window) in [(3, 1.0), (2, 1.0), (1, 1.0), (2, 10.0)] {
        for (headers, again) in [
            (Headers::Always, RetryAfter::Whole),
            (Headers::Never, RetryAfter::Absent),
        ] {
            let mut rule = rule([READ, WRITE], requests, window);
            (rule.scope, rule.headers) = (Scope::Path, headers);
            rule.refusal.retry_after = again;
            let told = Trial::new(limited(rule), rows).run();
            is_done(&told);
            // Freely it takes five seconds; what is read back soon after it was read has to wait.
            takes_at_most(&told, 15.0);
        }
    }
}

#[test]
fn a_common_limit_of_one_that_is_told_is_kept_although_each_answer_counts_one_use() {
    let rows = 60;
    let told = Trial::new(limited(rule([READ, WRITE], 1, 1.0)), rows).run();
    is_done(&told);
    takes_at_most(&told, 1.05 * f64::from(rows) + 25.0);
    few_are_refused(&told, 0.01, 15);
}

#[test]
fn a_short_outage_at_the_beginning_holds_nothing_for_longer() {
    for tenth in 6..26 {
        for (lasts, answer) in [
            (1.0, Breakdown::Dropped),
            (8.0, Breakdown::Dropped),
            (
                8.0,
                Breakdown::Answered(ScriptedRefusal {
                    status: ErrorStatus::BadGateway,
                    retry_after: RetryAfter::Absent,
                }),
            ),
        ] {
            let outage = Outage {
                of: vec![READ, WRITE],
                which: Which::All,
                when: When::once(secs(f64::from(tenth) / 10.0), secs(lasts)),
                answer,
            };
            let scenario = Scenario {
                outages: vec![outage],
                ..Scenario::default()
            };
            let told = Trial::new(scenario, 300).latency(60).run();
            is_done(&told);
            takes_at_most(&told, 15.0 + 1.4 * lasts);
        }
    }
}

#[test]
fn a_contact_that_somebody_polls_delays_its_own_row_and_no_other() {
    let rows = 1_500;
    for (headers, again) in [
        (Headers::Always, RetryAfter::Whole),
        (Headers::Never, RetryAfter::Absent),
    ] {
        let scenario = limited(per_path(headers, again));
        let alone = Trial::new(scenario.clone(), rows).run();
        let hot = OtherClient {
            of: READ,
            path: Some("/v1/contact/id:30".to_owned()),
            rate: RateLimit::new(50, secs(1.0)),
            when: When::once(Duration::ZERO, secs(20.0)),
        };
        let others = vec![hot];
        let told = Trial::new(Scenario { others, ..scenario }, rows).run();
        is_done(&told);
        takes_at_most(&told, 23.0);
        let last = |told: &Told| {
            let others = told.settled.iter().filter(|(row, _)| **row != 31);
            others.map(|(_, at)| at.as_secs_f64()).fold(0.0, f64::max)
        };
        let (with, without) = (last(&told), last(&alone));
        assert!(
            with <= 1.1 * without,
            "{with} and {without}: {}",
            told.brief()
        );
    }
}

#[test]
fn writes_that_are_narrower_than_reads_never_starve() {
    for (requests, window, rows) in [(2, 1.0, 300), (30, 60.0, 200), (600, 3600.0, 1200)] {
        for (headers, again) in [
            (Headers::Always, RetryAfter::Whole),
            (Headers::Never, RetryAfter::Whole),
            (Headers::Never, RetryAfter::Absent),
        ] {
            let mut narrow = rule([WRITE], requests, window);
            (narrow.headers, narrow.refusal.retry_after) = (headers, again);
            let told = Trial::new(limited(narrow), rows).run();
            is_done(&told);
            let ideal = f64::from(rows) / f64::from(requests) * window;
            takes_at_most(&told, ideal / 0.97 + 15.0);
            few_are_refused(&told, 0.01, 15);
            // Where nothing tells when a window ends, somebody asks, and whoever asks in vain has read its contact for it.
            let asked = told.count(WRITE, |status| status == 429) as f64;
            let most = 1.1 + asked / f64::from(rows);
            assert!(told.reads_per_row() <= most, "{}", told.brief());
            // Though not more than once in five seconds, and less often the longer it lasts.
            assert!(told.reads_per_row() <= 1.35, "{}", told.brief());
        }
    }
}

#[test]
fn narrow_writes_are_used_whatever_the_concurrency() {
    for concurrency in [1, 2, 4, 64] {
        let mut trial = Trial::new(limited(rule([WRITE], 10, 1.0)), 300);
        trial.concurrency = Some(concurrency);
        let told = trial.run();
        is_done(&told);
        // A read and a write of 80 ms each.
        let rate = (concurrency as f64 / 0.16).min(10.0);
        takes_at_most(&told, 300.0 / (0.97 * rate) + 3.5);
        few_are_refused(&told, 0.01, 15);
    }
}

#[test]
fn contacts_that_need_no_write_do_not_wait_for_narrow_writes() {
    let mut trial = Trial::new(limited(rule([WRITE], 10, 60.0)), 1_500);
    trial.unchanged = |row| !row.is_multiple_of(100);
    let told = trial.run();
    assert_eq!(told.of(Outcome::Unchanged), 1_485, "{}", told.brief());
    takes_at_most(&told, 80.0);
}

#[test]
fn without_a_limit_it_is_fast_within_seconds_and_the_nets_still_catch_early() {
    let told = Trial::new(Scenario::default(), 3_500).run();
    is_done(&told);
    for second in 5..8 {
        let (from, to) = (f64::from(second), f64::from(second + 1));
        assert!(
            told.accepted(WRITE, from, to) >= 400,
            "{}",
            told.course(1.0)
        );
    }
    for operation in [READ, WRITE] {
        let most = (0..100).map(|tenth| {
            let from = f64::from(tenth) / 10.0;
            told.accepted(operation, from, from + 1.0)
        });
        assert!(most.max() <= Some(510), "{}", told.course(1.0));
    }
    let mut written = HashSet::new();
    let mut read_back = 0;
    for exchange in &told.exchanges {
        if exchange.endpoint == WRITE {
            written.insert(exchange.contact);
        } else {
            read_back += usize::from(written.contains(&exchange.contact));
        }
        if written.len() == 65 {
            break;
        }
    }
    assert!(
        read_back >= 20,
        "{read_back} read back before the 65th write"
    );
}

#[test]
fn answers_that_take_now_longer_now_shorter_are_no_queue() {
    let even = Trial::new(Scenario::default(), 2_000).run();
    let mut trial = Trial::new(Scenario::default(), 2_000);
    trial.noise = secs(0.2);
    let told = trial.run();
    is_done(&told);
    takes_at_most(&told, 1.3 * even.took.as_secs_f64() + 1.0);
}

#[test]
fn what_a_server_can_bear_is_found_and_hardly_anything_queues() {
    let capacity = Capacity {
        per_second: 200.0,
        queue: None,
    };
    let scenario = Scenario {
        capacity: Some(capacity),
        ..Scenario::default()
    };
    let told = Trial::new(scenario, 2_000).run();
    is_done(&told);
    let (from, to) = (8.0, 20.0);
    let both = told.accepted(READ, from, to) + told.accepted(WRITE, from, to);
    assert!(
        both as f64 >= 0.95 * 200.0 * (to - from),
        "{}",
        told.course(1.0)
    );
    let mut waited: Vec<Duration> = told.exchanges.iter().map(|one| one.waited).collect();
    waited.sort_unstable();
    let (unloaded, median) = (secs(0.085), waited[waited.len() / 2] + secs(0.08));
    assert!(
        median < unloaded.mul_f64(1.5),
        "{median:?}\n{}",
        told.course(1.0)
    );
}

#[test]
fn from_the_first_to_the_last_request_little_time_is_lost() {
    for latency in [20, 80, 300, 1000] {
        for rows in [200, 1000] {
            let scenario = limited(rule([READ, WRITE], 10, 1.0));
            let told = Trial::new(scenario, rows).latency(latency).run();
            is_done(&told);
            let trips = 5.0 * latency as f64 / 1000.0;
            takes_at_most(&told, 1.05 * f64::from(rows) / 10.0 + 2.0 + trips);
        }
    }
    let slow = [20, 80, 300, 1000].map(|latency| [(200, 2, latency), (1000, 2, latency)]);
    let cells = [(100, 2, 80), (1000, 50, 80)];
    let cells = cells.into_iter().chain(slow.into_iter().flatten());
    for (rows, requests, latency) in cells {
        let scenario = limited(rule([READ, WRITE], requests, 1.0));
        let told = Trial::new(scenario, rows).latency(latency).run();
        is_done(&told);
        let ideal = f64::from(rows) / f64::from(requests);
        let trips = 5.0 * latency as f64 / 1000.0;
        takes_at_most(&told, 1.05 * ideal + 2.0 + trips);
        let lists = told.count(Endpoint::ListContacts, |status| status == 200);
        assert!(lists > 0 || requests > 2, "{}", told.brief());
    }
}

#[test]
fn a_few_contacts_that_always_break_have_failed_after_their_attempts() {
    for (from, of) in [
        (40, &[READ, WRITE][..]),
        (96, &[READ, WRITE]),
        (96, &[WRITE]),
    ] {
        for status in [
            ErrorStatus::InternalError,
            ErrorStatus::BadGateway,
            ErrorStatus::Unavailable,
        ] {
            let five = (from..from + 5).map(|id| format!("id:{id}")).collect();
            let which = Which::Contacts(five);
            let outage = outage(of, which, When::ALWAYS, status, RetryAfter::Absent);
            let told = Trial::new(broken(outage), 100).run();
            assert_eq!(told.end, End::Done, "{}", told.brief());
            assert_eq!(told.of(Outcome::Assigned), 95, "{}", told.brief());
            assert_eq!(told.of(Outcome::Failed), 5, "{:?}", told.statuses);
            takes_at_most(&told, 120.0);
        }
    }
}

#[test]
fn a_minute_of_maintenance_is_waited_for_and_then_every_row_is_settled() {
    let minute = When::once(secs(5.0), secs(60.0));
    for (status, again) in [
        (ErrorStatus::Unavailable, RetryAfter::Fixed(secs(5.0))),
        (ErrorStatus::Unavailable, RetryAfter::Whole),
        (ErrorStatus::Unavailable, RetryAfter::Absent),
        (ErrorStatus::Quota, RetryAfter::Whole),
        (ErrorStatus::Quota, RetryAfter::Absent),
    ] {
        for of in [&[READ, WRITE][..], &[READ], &[WRITE]] {
            let outage = outage(of, Which::All, minute, status, again);
            let told = Trial::new(broken(outage), 600).run();
            is_done(&told);
            takes_at_most(&told, 65.0 + 600.0 / 50.0 + 15.0);
            let answered = told.count(READ, |status| status != 200)
                + told.count(WRITE, |status| status != 200);
            let most = if again == RetryAfter::Absent { 60 } else { 30 };
            assert!(answered < most, "{answered}: {}", told.brief());
        }
    }
}

#[test]
fn a_quota_that_stays_used_up_ends_the_run() {
    let when = When::once(secs(5.0), Duration::from_secs(100_000));
    let outage = outage(
        &[READ, WRITE],
        Which::All,
        when,
        ErrorStatus::Quota,
        RetryAfter::Absent,
    );
    let told = Trial::new(broken(outage), 600).run();
    let End::OnlyRefusals(why, _) = &told.end else {
        panic!("{}", told.brief());
    };
    assert!(why.contains("a limit is reached (403)"), "{why}");
    // What has lasted for ten minutes is asked after every 25 seconds.
    takes_at_most(&told, 5.0 + 600.0 + 25.0);
    let answered = told.exchanges.iter().filter(|one| one.status == 403);
    assert!(answered.count() < 400, "{}", told.brief());
}

#[test]
fn what_may_be_tried_again_is_and_costs_little() {
    for (status, again) in [
        (ErrorStatus::RequestTimeout, RetryAfter::Absent),
        (ErrorStatus::TooEarly, RetryAfter::Absent),
    ] {
        let which = Which::EveryNth(10);
        let outage = outage(&[READ, WRITE], which, When::ALWAYS, status, again);
        let told = Trial::new(broken(outage), 500).run();
        is_done(&told);
        takes_at_most(&told, 30.0);
    }
}

#[test]
fn a_pause_of_no_time_slows_nothing_down() {
    for rows in [800, 1_200, 3_000] {
        let free = Trial::new(Scenario::default(), rows).run();
        let again = RetryAfter::Fixed(Duration::ZERO);
        let status = ErrorStatus::TooManyRequests;
        let third = Which::EveryNth(3);
        let scenario = Scenario {
            outages: vec![outage(&[READ, WRITE], third, When::ALWAYS, status, again)],
            ..Scenario::default()
        };
        let told = Trial::new(scenario, rows).run();
        is_done(&told);
        // Every third request is made once more.
        takes_at_most(&told, 2.0 * free.took.as_secs_f64());
    }
}

#[test]
fn a_given_rate_is_used_for_writes_from_the_first_minute_on() {
    let mut trial = Trial::new(Scenario::default(), 40);
    trial.rate = Some("10/m");
    let told = trial.run();
    is_done(&told);
    for minute in 0..3 {
        let (from, to) = (f64::from(minute) * 60.0, f64::from(minute + 1) * 60.0);
        let written = told.accepted(WRITE, from, to);
        assert!((9..=10).contains(&written), "{}", told.course(60.0));
    }
    assert!(told.verification.left > 0, "{}", told.brief());
}

#[test]
fn where_everything_is_to_be_read_back_it_is_however_long_that_takes() {
    let mut trial = Trial::new(limited(rule([READ, WRITE], 10, 1.0)), 100);
    trial.verify = Verify::All;
    let told = trial.run();
    is_done(&told);
    assert_eq!(told.verification.held, 100, "{}", told.brief());
}

/// Reads and writes alike accept so many in a window, and tell of it or not.
fn windows(requests: u32, window: f64, policy: Policy, again: RetryAfter) -> Scenario {
    let mut rule = rule([READ, WRITE], requests, window);
    (rule.policy, rule.headers) = (policy, Headers::Never);
    rule.refusal.retry_after = again;
    limited(rule)
}

#[test]
fn any_window_is_found_and_used() {
    use Policy::{Fixed, Sliding};
    use RetryAfter::{Absent, Whole};
    // The last numbers are how long it takes at most, in seconds, and how many are refused if that is more than 1 %.
    for (requests, window, policy, again, rows, most, few) in [
        (100, 900.0, Fixed, Whole, 150, 925.0, 15),
        (100, 120.0, Fixed, Whole, 270, 265.0, 15),
        (300, 30.0, Sliding, Whole, 600, 90.0, 15),
        (300, 30.0, Fixed, Absent, 900, 133.0, 15),
        (50, 5.0, Fixed, Absent, 600, 97.0, 15),
        (20, 2.0, Fixed, Absent, 600, 88.0, 15),
        (20, 60.0, Fixed, Absent, 100, 379.0, 15),
    ] {
        let scenario = windows(requests, window, policy, again);
        let told = Trial::new(scenario, rows).latency(50).run();
        is_done(&told);
        takes_at_most(&told, most);
        few_are_refused(&told, 0.01, few);
    }
}

#[test]
fn the_time_left_is_right_once_a_window_has_passed() {
    use RetryAfter::{Absent, Whole};
    let bucket = |requests, again| windows(requests, 1.0, Policy::Token, again);
    let fixed = |requests, window, again| windows(requests, window, Policy::Fixed, again);
    let mut missed = Vec::new();
    // The last numbers are how many rows, how many of them at a time, and from when on it has to be right.
    for (name, scenario, rows, concurrency, from) in [
        ("50 in 10 s", fixed(50, 10.0, Absent), 400, None, 30.0),
        ("60 in 10 s, told", fixed(60, 10.0, Whole), 400, None, 30.0),
        ("100 in 60 s", fixed(100, 60.0, Absent), 700, None, 130.0),
        (
            "100 in 60 s, told",
            fixed(100, 60.0, Whole),
            700,
            None,
            70.0,
        ),
        (
            "100 in 120 s, told",
            fixed(100, 120.0, Whole),
            480,
            None,
            130.0,
        ),
        ("a bucket of 10/s", bucket(10, Absent), 600, None, 15.0),
        ("a bucket of 50/s", bucket(50, Whole), 2_000, None, 12.0),
        ("latency", Scenario::default(), 600, Some(2), 10.0),
        ("no limit", Scenario::default(), 8_000, None, 8.0),
    ] {
        let mut trial = Trial::new(scenario, rows);
        trial.concurrency = concurrency;
        let told = trial.run();
        is_done(&told);
        let end = told.settled.values().max().expect("rows").as_secs_f64();
        let wrong: Vec<String> = told
            .estimates
            .iter()
            .map(|(at, left)| (at.as_secs_f64(), left.as_secs_f64()))
            .filter(|(at, left)| *at >= from && (left - (end - at)).abs() > 0.2 * (end - at) + 2.0)
            .map(|(at, left)| format!("{at:.1}: {left:.1} instead of {:.1}", end - at))
            .collect();
        // It is told several times a second; a few of those may come just before a window turns out otherwise.
        if wrong.len() > told.estimates.len() / 30 {
            missed.push(format!(
                "{name}, {} of {}: {:#?}\n{}\n{}",
                wrong.len(),
                told.estimates.len(),
                &wrong[..wrong.len().min(20)],
                told.brief(),
                told.course(10.0)
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn how_long_a_pause_is_said_to_be_is_no_evidence_of_the_window() {
    for (pause, most) in [(61.0, 40.0), (30.0, 40.0), (5.0, 40.0)] {
        let again = RetryAfter::Fixed(secs(pause));
        let scenario = windows(10, 1.0, Policy::Fixed, again);
        let told = Trial::new(scenario, 300).latency(50).run();
        is_done(&told);
        // Once for reads, and once for writes, and what is not dared after that.
        takes_at_most(&told, 2.0 * pause + most + 25.0);
    }
}

#[test]
fn after_eighty_seconds_of_nothing_but_refusals_it_goes_on_as_before() {
    let nothing = When::once(secs(10.0), secs(80.0));
    let status = ErrorStatus::TooManyRequests;
    let outage = outage(
        &[READ, WRITE],
        Which::All,
        nothing,
        status,
        RetryAfter::Absent,
    );
    let scenario = Scenario {
        outages: vec![outage],
        ..windows(10, 1.0, Policy::Fixed, RetryAfter::Absent)
    };
    let told = Trial::new(scenario, 400).latency(50).run();
    is_done(&told);
    takes_at_most(&told, 140.0);
}

#[test]
fn two_limits_at_once_are_both_kept_and_both_used() {
    for (headers, again) in [
        (Headers::Always, RetryAfter::Whole),
        (Headers::Never, RetryAfter::Whole),
        (Headers::Never, RetryAfter::Absent),
    ] {
        let both = [(10, 1.0), (200, 60.0)].map(|(requests, window)| {
            let mut rule = rule([READ, WRITE], requests, window);
            (rule.headers, rule.refusal.retry_after) = (headers, again);
            rule
        });
        let scenario = Scenario {
            limits: both.to_vec(),
            ..Scenario::default()
        };
        let told = Trial::new(scenario, 700).latency(20).run();
        is_done(&told);
        // Three times 200 a minute, and 120 at ten a second.
        takes_at_most(&told, 180.0 + 12.0 + 12.0);
        few_are_refused(&told, 0.01, 15);
    }
}

#[test]
fn a_limit_for_each_path_beside_one_for_all_is_known_from_that() {
    // The last numbers are how long it takes at most, in seconds, and how many are refused: where nothing tells, all that is
    // under way when a large limit is met for the first time.
    for (headers, again, most, few) in [
        (Headers::Always, RetryAfter::Whole, 70.0, 20),
        (Headers::Never, RetryAfter::Absent, 90.0, 32),
    ] {
        for (requests, window) in [(20, 1.0), (600, 60.0)] {
            let mut all = rule([READ, WRITE], requests, window);
            (all.headers, all.refusal.retry_after) = (headers, again);
            let scenario = Scenario {
                limits: vec![per_path(headers, again), all],
                ..Scenario::default()
            };
            let told = Trial::new(scenario, 1_000).run();
            is_done(&told);
            takes_at_most(&told, most);
            few_are_refused(&told, 0.01, few);
        }
    }
}

#[test]
fn what_refuses_everything_for_a_while_leaves_no_slow_pace_behind() {
    for (requests, rows) in [(10, 200), (50, 1_000)] {
        for (of, from, lasts) in [
            (&[WRITE][..], 0.0, 20.0),
            (&[WRITE], 5.0, 20.0),
            (&[WRITE], 0.0, 60.0),
            (&[READ, WRITE], 3.0, 20.0),
        ] {
            let nothing = When::once(secs(from), secs(lasts));
            let status = ErrorStatus::TooManyRequests;
            let outage = outage(of, Which::All, nothing, status, RetryAfter::Absent);
            let scenario = Scenario {
                outages: vec![outage],
                ..windows(requests, 1.0, Policy::Fixed, RetryAfter::Absent)
            };
            let told = Trial::new(scenario, rows).run();
            is_done(&told);
            takes_at_most(&told, lasts + 20.0 + 25.0);
        }
    }
}

#[test]
fn windows_that_begin_with_their_first_request_are_used_and_followed() {
    let opened = |requests, window, again| windows(requests, window, Policy::Opened, again);
    use RetryAfter::{Absent, Whole};
    // The last number is how long it takes at most, in seconds.
    for (scenario, rows, most) in [
        (opened(10, 1.0, Whole), 400, 50.0),
        (opened(10, 1.0, Absent), 400, 50.0),
        (opened(3, 1.0, Absent), 120, 55.0),
        (opened(10, 10.0, Absent), 100, 120.0),
        (opened(60, 60.0, Absent), 200, 215.0),
    ] {
        let told = Trial::new(scenario, rows).latency(20).run();
        is_done(&told);
        takes_at_most(&told, most);
        few_are_refused(&told, 0.01, 15);
    }
    let mut scenario = opened(10, 1.0, Absent);
    let rate = |requests| Some(RateLimit::new(requests, secs(1.0)));
    scenario.limits[0].rates = vec![
        (secs(0.0), rate(10)),
        (secs(20.0), rate(3)),
        (secs(50.0), rate(20)),
    ];
    let told = Trial::new(scenario, 800).latency(20).run();
    is_done(&told);
    // 72 s, were each change known at once; a hundred requests, three windows and ten seconds until the last one is.
    takes_at_most(&told, 72.0 + 33.0 + 13.0);
    few_are_refused(&told, 0.01, 17);
}

#[test]
fn a_limit_that_falls_and_rises_is_followed() {
    for (headers, again, most) in [
        (Headers::Never, RetryAfter::Absent, 223.0),
        (Headers::Always, RetryAfter::Whole, 209.0),
    ] {
        let mut rule = rule([READ, WRITE], 10, 1.0);
        (rule.headers, rule.refusal.retry_after) = (headers, again);
        let rate = |requests| Some(RateLimit::new(requests, secs(1.0)));
        rule.rates = vec![
            (secs(0.0), rate(10)),
            (secs(60.0), rate(3)),
            (secs(120.0), rate(20)),
        ];
        let told = Trial::new(limited(rule), 2_000).latency(50).run();
        is_done(&told);
        takes_at_most(&told, most);
        few_are_refused(&told, 0.01, 15);
    }
}
