#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;

use proptest::prelude::*;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::advance;

use super::*;

type Passed = Arc<StdMutex<Vec<(usize, Instant)>>>;

fn pacer(rate: &str) -> Arc<Pacer> {
    Arc::new(Pacer::at(rate.parse().unwrap()))
}

/// Callers numbered from `first`, who ask in that order and note when they passed.
async fn queue(
    pacer: &Arc<Pacer>,
    callers: std::ops::Range<usize>,
    passed: &Passed,
) -> Vec<JoinHandle<()>> {
    let mut handles = Vec::new();
    for caller in callers {
        let (pacer, passed) = (Arc::clone(pacer), Arc::clone(passed));
        handles.push(tokio::spawn(async move {
            let _ = pacer.pass(1).await;
            passed.lock().unwrap().push((caller, Instant::now()));
        }));
        yield_now().await;
    }
    handles
}

async fn all(handles: Vec<JoinHandle<()>>) {
    for handle in handles {
        handle.await.unwrap();
    }
}

fn callers(passed: &Passed) -> Vec<usize> {
    passed
        .lock()
        .unwrap()
        .iter()
        .map(|(caller, _)| *caller)
        .collect()
}

/// The fewest time that any `count + 1` requests in a row took.
fn tightest(instants: &[Instant], count: u32) -> Option<Duration> {
    instants
        .windows(count as usize + 1)
        .map(|window| window[window.len() - 1] - window[0])
        .min()
}

#[tokio::test(start_paused = true)]
async fn two_hundred_requests_at_ten_a_second_take_at_most_two_percent_longer_than_ideal() {
    let start = Instant::now();
    let passed = Passed::default();
    all(queue(&pacer("10/s"), 0..200, &passed).await).await;
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(20_280), "{took:?}");
    assert!(took <= Duration::from_secs_f64(20.0 * 1.022), "{took:?}");
    let instants: Vec<Instant> = passed
        .lock()
        .unwrap()
        .iter()
        .map(|(_, instant)| *instant)
        .collect();
    assert!(tightest(&instants, 10).unwrap() > Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn timers_that_wake_seven_milliseconds_late_cost_no_throughput() {
    let (pacer, passed) = (pacer("10/s"), Passed::default());
    let start = Instant::now();
    let handles = queue(&pacer, 0..200, &passed).await;
    // Time moves in steps that are no part of 102 ms, so that every wake-up is up to 7 ms late.
    while !handles.iter().all(JoinHandle::is_finished) {
        advance(Duration::from_millis(7)).await;
        yield_now().await;
    }
    let took = start.elapsed();
    assert!(took <= Duration::from_secs_f64(20.0 * 1.022), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn high_rates_are_reached_although_timers_tick_in_milliseconds() {
    for (rate, requests, ideal) in [("200/s", 1_000, 5.0), ("3000/s", 6_000, 2.0)] {
        let start = Instant::now();
        let pacer = pacer(rate);
        for _ in 0..requests {
            let _ = pacer.pass(1).await;
        }
        let share = start.elapsed().as_secs_f64() / ideal;
        assert!((1.0..1.025).contains(&share), "{rate}: {share}");
    }
}

#[tokio::test(start_paused = true)]
async fn callers_pass_in_the_order_they_asked() {
    let passed = Passed::default();
    all(queue(&pacer("50/s"), 0..40, &passed).await).await;
    assert_eq!(callers(&passed), (0..40).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_gives_up_uses_no_slot_and_blocks_nobody() {
    let (pacer, passed) = (pacer("10/s"), Passed::default());
    let start = Instant::now();
    let handles = queue(&pacer, 0..6, &passed).await;
    // 0 has passed, 1 sleeps at the head of the queue, 3 stands in the middle.
    handles[1].abort();
    handles[3].abort();
    for kept in [0, 2, 4, 5] {
        while !handles[kept].is_finished() {
            advance(Duration::from_millis(1)).await;
        }
    }
    assert_eq!(callers(&passed), [0, 2, 4, 5]);
    let took = start.elapsed();
    assert!(
        took < Duration::from_millis(3 * 102 + 10),
        "three intervals for four requests, not {took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_hold_stops_those_who_wait_already_and_then_keeps_the_rate() {
    let (pacer, passed) = (pacer("10/s"), Passed::default());
    let start = Instant::now();
    let handles = queue(&pacer, 0..3, &passed).await;
    pacer.hold_until(start + Duration::from_secs(5));
    assert_eq!(pacer.held_until(), Some(start + Duration::from_secs(5)));
    all(handles).await;
    let since: Vec<u128> = passed
        .lock()
        .unwrap()
        .iter()
        .map(|(_, instant)| (*instant - start).as_millis())
        .collect();
    assert_eq!(since[0], 0);
    assert!((5_000..5_003).contains(&since[1]), "{since:?}");
    assert!((5_091..5_105).contains(&since[2]), "{since:?}");
    assert_eq!(pacer.held_until(), None);
}

#[tokio::test(start_paused = true)]
async fn a_hold_only_moves_forward() {
    let pacer = pacer("10/s");
    let start = Instant::now();
    pacer.hold_until(start + Duration::from_secs(8));
    pacer.hold_until(start + Duration::from_secs(2));
    assert_eq!(pacer.held_until(), Some(start + Duration::from_secs(8)));
    let waiting = {
        let pacer = Arc::clone(&pacer);
        tokio::spawn(async move {
            let _ = pacer.pass(1).await;
        })
    };
    advance(Duration::from_secs(3)).await;
    pacer.hold_until(start + Duration::from_secs(9));
    waiting.await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(9));
}

#[tokio::test(start_paused = true)]
async fn an_idle_hour_saves_up_no_burst() {
    let pacer = pacer("10/s");
    let _ = pacer.pass(1).await;
    advance(Duration::from_secs(3_600)).await;
    let start = Instant::now();
    for _ in 0..11 {
        let _ = pacer.pass(1).await;
    }
    assert!(start.elapsed() > Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_pace_to_be_found_begins_slowly_and_rises_with_the_answers() {
    let pacer = Pacer::finding();
    let start = Instant::now();
    for _ in 0..4 {
        let _ = pacer.pass(1).await;
    }
    assert!(start.elapsed() >= Duration::from_millis(375));
    let slow = pacer.pace();
    for _ in 0..100 {
        let pass = pacer.pass(1).await;
        pacer.accepted(pass, Allowance::default());
    }
    assert!(pacer.pace() > 10.0 * slow, "{}", pacer.pace());
}

#[tokio::test(start_paused = true)]
async fn a_pace_that_is_found_pauses_as_long_as_the_server_asks_counted_from_when_it_was_asked() {
    let pacer = Pacer::finding();
    let retry_after = Some(Duration::from_secs(3));
    let refuse = |pass| {
        let otherwise = Duration::from_secs(99);
        pacer
            .refused(pass, retry_after, Allowance::default(), otherwise)
            .0
    };
    let first = pacer.pass(1).await;
    let again = refuse(first);
    assert_eq!(again, Instant::now() + Duration::from_secs(3));
    assert_eq!(pacer.held_until(), None, "it may be that path's own fault");
    let second = pacer.pass(2).await;
    let left = Instant::now();
    advance(Duration::from_millis(400)).await;
    refuse(second);
    let until = left + Duration::from_secs(3);
    assert_eq!(pacer.held_until(), Some(until));
    let _ = pacer.pass(1).await;
    let late = Instant::now() - until;
    assert!(late <= Duration::from_millis(2), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_given_rate_pauses_for_its_own_time_if_the_server_says_none() {
    let pacer = pacer("10/s");
    for path in 1..=2 {
        let pass = pacer.pass(path).await;
        pacer.refused(pass, None, Allowance::default(), Duration::from_secs(7));
    }
    assert_eq!(
        pacer.held_until(),
        Some(Instant::now() + Duration::from_secs(7))
    );
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_would_come_too_late_is_not_used_up() {
    let pacer = pacer("1/m");
    let _ = pacer.pass(1).await;
    let next = pacer.forecast(1);
    assert_eq!(next, Instant::now() + Duration::from_millis(61_200));
    let soon = Instant::now() + Duration::from_secs(5);
    assert!(pacer.pass_by(2, soon).await.is_none());
    let _ = pacer.pass(3).await;
    assert!(Instant::now() <= next + Duration::from_millis(2));
}

#[tokio::test(start_paused = true)]
async fn after_a_pause_one_goes_first_and_the_others_once_that_was_accepted() {
    let (pacer, passed) = (pacer("100/s"), Passed::default());
    let first = pacer.pass(1).await;
    let until = pacer.paused(first, Duration::from_secs(10));
    let single = pacer.pass(2).await;
    assert!(Instant::now() >= until);
    let handles = queue(&pacer, 3..6, &passed).await;
    advance(Duration::from_secs(1)).await;
    assert_eq!(callers(&passed), [0; 0]);
    pacer.accepted(single, Allowance::default());
    all(handles).await;
    assert_eq!(callers(&passed), [3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_are_counted_until_they_pass_or_give_up() {
    let (pacer, passed) = (pacer("10/s"), Passed::default());
    let handles = queue(&pacer, 0..4, &passed).await;
    assert_eq!(pacer.waiting(), 3);
    handles[2].abort();
    yield_now().await;
    assert_eq!(pacer.waiting(), 2);
    all(vec![handles.into_iter().next_back().unwrap()]).await;
    assert_eq!(pacer.waiting(), 0);
}

/// How an adversary makes time pass: late, in jumps, with some callers giving up and holds thrown in.
#[derive(Clone, Debug)]
enum Step {
    Advance(Duration),
    Ask(usize),
    GiveUp(usize),
    Hold(Duration),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1_u64..40_000).prop_map(|micros| Step::Advance(Duration::from_micros(micros))),
        2 => (40_u64..1_500).prop_map(|millis| Step::Advance(Duration::from_millis(millis))),
        3 => (1_usize..30).prop_map(Step::Ask),
        1 => (0_usize..100).prop_map(Step::GiveUp),
        1 => (1_u64..300).prop_map(|millis| Step::Hold(Duration::from_millis(millis))),
    ];
    prop::collection::vec(step, 20..300)
}

async fn play(rate: Rate, steps: Vec<Step>) -> Vec<Instant> {
    let (pacer, passed) = (Arc::new(Pacer::at(rate)), Passed::default());
    let mut handles = Vec::new();
    for step in steps {
        match step {
            Step::Advance(time) => advance(time).await,
            Step::Ask(number) => {
                let from = handles.len();
                handles.extend(queue(&pacer, from..from + number, &passed).await);
            }
            Step::GiveUp(caller) => {
                if let Some(handle) = handles.get(caller) {
                    handle.abort();
                }
            }
            Step::Hold(time) => pacer.hold_until(Instant::now() + time),
        }
        yield_now().await;
    }
    let passed = passed.lock().unwrap();
    passed.iter().map(|(_, instant)| *instant).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn no_window_of_the_unit_holds_more_than_the_rate_allows(
        count in prop_oneof![Just(1_u32), Just(2), Just(10), Just(50), Just(200), 1_u32..400],
        steps in steps(),
    ) {
        let rate: Rate = format!("{count}/s").parse().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let instants = runtime.block_on(play(rate, steps));
        if let Some(time) = tightest(&instants, count) {
            prop_assert!(time > Duration::from_secs(1), "{} requests in {time:?}", count + 1);
        }
    }
}
