//! Windows of any length, pauses that mislead, and limits that change, against the found pace alone, on time that passes
//! as fast as it can be reckoned.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use reassign::api::{AdaptiveRate, Allowance, Departure, Reply};
use reassign::sandbox::{Limit, LimitAnswer, Policy, RateLimit};

/// There and back.
const LATENCY: Duration = Duration::from_millis(50);
/// Requests differ by up to this in how long they take to the server.
const JITTER: u64 = 2_000_000;

/// What a refusal says about when to come again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Again {
    /// When the limit has room, in whole seconds.
    Whole,
    /// That, whatever the limit does.
    Seconds(f64),
    Never,
}

/// A server whose limit has some window, and may change; and how much is to be sent.
#[derive(Clone, Debug)]
pub struct Course {
    pub name: &'static str,
    pub policy: Policy,
    /// How many a bucket holds.
    pub burst: Option<u32>,
    pub window: f64,
    /// From when on how many are accepted in a window.
    pub limits: Vec<(f64, u32)>,
    pub again: Again,
    /// Whether every answer tells limit and remaining.
    pub told: bool,
    /// From when to when everything is refused.
    pub nothing: Option<(f64, f64)>,
    /// Up to when another client takes half of the limit.
    pub other: Option<f64>,
    pub rows: u32,
    /// How long that takes whoever knows the server, in seconds, and how long it may take.
    pub ideal: f64,
    pub most: f64,
}

/// How it went.
#[derive(Clone, Copy, Debug)]
pub struct Fared {
    /// When the last was accepted, in seconds.
    pub took: f64,
    pub sent: u32,
    /// Requests refused, without one for each five seconds in which nothing was accepted.
    pub refused: u32,
}

impl Fared {
    /// Whether this reaches the goal.
    pub fn is_good(&self, course: &Course) -> bool {
        self.took <= course.most && self.refused <= (self.sent / 100).max(15)
    }

    /// Whether it is back in time, and no more was refused than what was under way when a limit was met for the first
    /// times.
    pub fn is_bearable(&self, course: &Course) -> bool {
        self.took <= course.most && self.refused <= (self.sent / 80).max(15)
    }
}

fn limited(name: &'static str, requests: u32, window: f64, rows: u32) -> Course {
    Course {
        name,
        policy: Policy::Fixed,
        burst: None,
        window,
        limits: vec![(0.0, requests)],
        again: Again::Never,
        told: false,
        nothing: None,
        other: None,
        rows,
        ideal: f64::from(rows) / f64::from(requests) * window,
        most: 0.0,
    }
}

/// All of them. Where nothing is told, a window is found within three windows or fifteen refusals; a change is followed
/// within 100 requests, three windows and ten seconds.
pub fn courses() -> Vec<Course> {
    let whole = |course| Course {
        again: Again::Whole,
        ..course
    };
    let pause = |course, seconds| Course {
        again: Again::Seconds(seconds),
        ..course
    };
    let sliding = |course| Course {
        policy: Policy::Sliding,
        ..course
    };
    let changes = |course, limits: &[(f64, u32)]| Course {
        limits: limits.to_vec(),
        ..course
    };
    let mut all = vec![
        whole(limited("100 in 15 min", 100, 900.0, 150)),
        whole(limited("100 in 2 min", 100, 120.0, 300)),
        sliding(whole(limited("100 in 2 min, sliding", 100, 120.0, 300))),
        pause(limited("10/s, `Retry-After: 61`", 10, 1.0, 400), 61.0),
        pause(limited("10/s, `Retry-After: 30`", 10, 1.0, 300), 30.0),
        pause(limited("10/s, `Retry-After: 5`", 10, 1.0, 400), 5.0),
        Course {
            nothing: Some((10.0, 90.0)),
            ideal: 120.0,
            ..limited("10/s, nothing for 80 s", 10, 1.0, 400)
        },
        limited("300 in 30 s", 300, 30.0, 900),
        sliding(limited("300 in 30 s, sliding", 300, 30.0, 900)),
        sliding(whole(limited(
            "300 in 30 s, sliding, pauses",
            300,
            30.0,
            900,
        ))),
        limited("50 in 5 s", 50, 5.0, 600),
        sliding(limited("50 in 5 s, sliding", 50, 5.0, 600)),
        limited("20 in 2 s", 20, 2.0, 600),
        limited("5 in 0.5 s", 5, 0.5, 600),
        limited("20 a minute", 20, 60.0, 100),
        sliding(limited("20 a minute, sliding", 20, 60.0, 100)),
        whole(limited("10 a minute, pauses", 10, 60.0, 100)),
        whole(limited("60 in 10 s, pauses", 60, 10.0, 400)),
        whole(limited("30 a minute, pauses", 30, 60.0, 300)),
        limited("600 an hour", 600, 3600.0, 1800),
        changes(
            limited("10, 3, 20/s", 10, 1.0, 2000),
            &[(0.0, 10), (60.0, 3), (120.0, 20)],
        ),
        Course {
            told: true,
            ..whole(changes(
                limited("10, 3, 20/s, told", 10, 1.0, 2000),
                &[(0.0, 10), (60.0, 3), (120.0, 20)],
            ))
        },
        sliding(changes(
            limited("50, 10, 100/s, sliding", 50, 1.0, 5000),
            &[(0.0, 50), (30.0, 10), (60.0, 100)],
        )),
        Course {
            policy: Policy::Token,
            ..changes(
                limited("50, 10, 100/s, bucket", 50, 1.0, 5000),
                &[(0.0, 50), (30.0, 10), (60.0, 100)],
            )
        },
        Course {
            other: Some(120.0),
            ideal: 160.0,
            ..limited("10/s, another leaves after 120 s", 10, 1.0, 1000)
        },
        Course {
            policy: Policy::Token,
            burst: Some(1),
            ..limited("10/s, bucket of 1", 10, 1.0, 1000)
        },
        Course {
            policy: Policy::Token,
            burst: Some(21),
            ..limited("10/s, bucket of 21", 10, 1.0, 1000)
        },
        Course {
            policy: Policy::Leaky,
            burst: Some(21),
            ..limited("10/s, queue of 21", 10, 1.0, 1000)
        },
        Course {
            policy: Policy::Token,
            burst: Some(1),
            ..limited("60 a minute, bucket of 1", 60, 60.0, 300)
        },
    ];
    for course in &mut all {
        let (_, last) = course.limits[course.limits.len() - 1];
        match course.name {
            "100 in 15 min" => course.ideal = 900.0,
            "100 in 2 min" | "100 in 2 min, sliding" => course.ideal = 240.0,
            "10, 3, 20/s" | "10, 3, 20/s, told" => course.ideal = 181.0,
            "50, 10, 100/s, sliding" | "50, 10, 100/s, bucket" => course.ideal = 92.0,
            _ => {}
        }
        // What was lost until the limit was found, or found again.
        let rate = f64::from(last) / course.window;
        let found = match (course.told, course.again) {
            (true, _) => 10.0 + course.window,
            (_, Again::Seconds(pause)) => pause + 10.0,
            (_, Again::Whole) => 10.0,
            _ if course.window >= 10.0 => 10.0 + course.window,
            _ => (100.0 / rate).min(20.0) + 3.0 * course.window + 10.0,
        };
        course.most = course.ideal / 0.97 + found * (course.limits.len().max(2) - 1) as f64;
    }
    all
}

impl Course {
    /// Sends until so many were accepted, as fast as the pace allows.
    pub fn run(&self) -> Fared {
        self.steps(|_, _| {})
    }

    /// The same, telling of each request when it arrived and whether it was accepted.
    pub fn steps(&self, mut on: impl FnMut(f64, bool)) -> Fared {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs_f64(seconds);
        let since = |at: Instant| at.duration_since(start).as_secs_f64();
        let rate = |requests| RateLimit::new(requests, Duration::from_secs_f64(self.window));
        let mut server =
            Limit::new(rate(self.limits[0].1), self.policy, start).with_burst(self.burst);
        let mut pace = AdaptiveRate::new(start);
        let mut others = start;
        let mut answers: VecDeque<(Instant, Departure, Reply)> = VecDeque::new();
        let (mut accepted, mut refused, mut sent, mut free) = (0, 0_u32, 0, 0_u32);
        let (mut now, mut last, mut last_arrival) = (start, start, start);
        let mut dice = u64::from(self.rows);
        while accepted < self.rows && since(now) < self.most * 4.0 + 100.0 {
            let due = pace.next().max(now);
            if let Some((at, ..)) = answers.front()
                && *at <= due
            {
                let (at, departure, reply) = answers.pop_front().unwrap();
                now = at;
                pace.arrived(now, &departure, &reply);
                continue;
            }
            now = due;
            let departure = pace.depart(now);
            sent += 1;
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let jitter = Duration::from_nanos((dice >> 33) % JITTER);
            let arrives = last_arrival.max(now + LATENCY / 2 + jitter);
            last_arrival = arrives;
            let limit = self
                .limits
                .iter()
                .take_while(|(from, _)| after(*from) <= arrives)
                .last();
            let requests = limit.map_or(1, |(_, requests)| *requests);
            server.change(rate(requests), arrives);
            if let Some(until) = self.other {
                while others <= arrives && others < after(until) {
                    server.arrive(others);
                    others += Duration::from_secs_f64(2.0 * self.window / f64::from(requests));
                }
            }
            let closed = self
                .nothing
                .filter(|(from, to)| (*from..*to).contains(&since(arrives)));
            let verdict = match closed {
                Some(_) => LimitAnswer::Refused {
                    retry_after: Duration::from_secs(1),
                },
                None => server.arrive(arrives),
            };
            let allowance = |remaining| match self.told {
                true => Allowance {
                    limit: Some(requests),
                    remaining: Some(remaining),
                },
                false => Allowance::default(),
            };
            on(
                since(arrives),
                matches!(verdict, LimitAnswer::Accepted { .. }),
            );
            let (reply, waits) = match verdict {
                LimitAnswer::Accepted { remaining, delay } => {
                    free += (since(arrives) - since(last)) as u32 / 5;
                    last = arrives;
                    accepted += 1;
                    (Reply::Accepted(allowance(remaining)), delay)
                }
                LimitAnswer::Refused { retry_after } => {
                    refused += 1;
                    let retry_after = match self.again {
                        Again::Whole => {
                            Some(Duration::from_secs(retry_after.as_secs_f64().ceil() as u64))
                        }
                        Again::Seconds(seconds) => Some(Duration::from_secs_f64(seconds)),
                        Again::Never => None,
                    };
                    (
                        Reply::Refused {
                            retry_after,
                            allowance: allowance(0),
                        },
                        Duration::ZERO,
                    )
                }
            };
            let back = arrives + waits + LATENCY / 2;
            let place = answers.partition_point(|(at, ..)| *at <= back);
            answers.insert(place, (back, departure, reply));
        }
        Fared {
            took: since(last),
            sent,
            refused: refused.saturating_sub(free),
        }
    }
}
