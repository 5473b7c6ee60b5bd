//! The found pace against a model of a server, on time that passes as fast as it can be reckoned.
//!
//! The policies are the sandbox's own; what is modelled is the way there and back, a client that always has something
//! to send, and, if wanted, another client beside it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use reassign::api::{AdaptiveRate, Allowance, Departure, Reply};
use reassign::sandbox::{Headers, Limit, LimitAnswer, Policy};

pub const LIMITS: [u32; 4] = [2, 10, 50, 200];
pub const LATENCIES: [u64; 4] = [20, 80, 300, 1000];
pub const POLICIES: [Policy; 4] = [Policy::Fixed, Policy::Sliding, Policy::Token, Policy::Leaky];
/// Limits and latencies that no constant was chosen by, which show whether what holds for the others is a law: drawn when
/// the constants stood, and to be drawn anew when one is changed by looking at them.
pub const OTHERS: [([u32; 4], [u64; 4]); 3] = [
    ([6, 11, 40, 160], [15, 70, 180, 600]),
    ([8, 18, 60, 90], [35, 55, 250, 800]),
    ([1, 9, 35, 150], [50, 120, 350, 850]),
];
pub const ALL_POLICIES: [Policy; 5] = [
    Policy::Fixed,
    Policy::Sliding,
    Policy::Weighted,
    Policy::Token,
    Policy::Leaky,
];
pub const HEADERS: [Headers; 3] = [Headers::Always, Headers::On429, Headers::Never];

/// From here on it counts.
const LEARNING: Duration = Duration::from_secs(10);
/// The requests under way, at most: half of the rows that the program has under way, because each of them makes two.
const CONCURRENCY: usize = 256;
/// Requests differ by up to this in how long they take to the server.
const JITTER: u64 = 2_000_000;

/// Who else uses the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbour {
    Nobody,
    /// A client that sends at half of the limit, evenly, whatever it is answered.
    TakesHalf,
}

/// A server, and the way to it.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Requests in a second.
    pub limit: u32,
    /// There and back, in milliseconds.
    pub latency: u64,
    pub policy: Policy,
    pub headers: Headers,
    pub neighbour: Neighbour,
}

/// How a run fared, from the tenth second on.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// What was accepted, of what could have been.
    pub throughput: f64,
    /// What was refused, of what was sent.
    pub refused: f64,
}

impl Outcome {
    /// Whether this reaches the goal.
    pub fn is_good(&self, neighbour: Neighbour) -> bool {
        match neighbour {
            Neighbour::Nobody => self.throughput >= 0.97 && self.refused <= 0.01,
            Neighbour::TakesHalf => self.throughput >= 0.90 && self.refused <= 0.03,
        }
    }
}

/// All cells of [`OTHERS`], alone.
pub fn others() -> Vec<Cell> {
    let mut cells = Vec::new();
    for (limits, latencies) in OTHERS {
        for (limit, latency) in limits
            .into_iter()
            .flat_map(|limit| latencies.map(|ms| (limit, ms)))
        {
            for policy in ALL_POLICIES {
                cells.extend(HEADERS.map(|headers| Cell {
                    limit,
                    latency,
                    policy,
                    headers,
                    neighbour: Neighbour::Nobody,
                }));
            }
        }
    }
    cells
}

impl Cell {
    /// Sends for ten seconds and then for as long as 1,000 rows take, at least a minute.
    pub fn run(self) -> Outcome {
        let start = Instant::now();
        let counted = Duration::from_secs_f64((1000.0 / f64::from(self.limit)).max(60.0));
        let from = start + LEARNING;
        let to = from + counted;
        let rate = format!("{}/s", self.limit).parse().unwrap();
        let mut world = World {
            cell: self,
            server: Limit::new(rate, self.policy, start),
            events: BinaryHeap::new(),
            sequence: 0,
            dice: u64::from(self.limit) * 7919 + self.latency,
        };
        let mut pace = AdaptiveRate::new(start);
        let (mut in_flight, mut accepted, mut refused) = (0, 0_u32, 0_u32);
        if self.neighbour == Neighbour::TakesHalf {
            world.at(start + world.between_neighbours() / 3, Event::Neighbour);
        }
        let mut now = start;
        while now < to {
            let due = (in_flight < CONCURRENCY).then(|| pace.next().max(now));
            let Some(event) = world.next_before(due) else {
                now = due.expect("something happens");
                let departure = pace.depart(now);
                let arrives = now + Duration::from_millis(self.latency) / 2 + world.jitter();
                world.at(arrives, Event::Arrival(departure));
                in_flight += 1;
                continue;
            };
            now = event.0;
            match event.1 {
                Event::Neighbour => {
                    world.server.arrive(now);
                    world.at(now + world.between_neighbours(), Event::Neighbour);
                }
                Event::Arrival(departure) => {
                    let verdict = world.server.arrive(now);
                    let counts = now >= from && now < to;
                    match verdict {
                        LimitAnswer::Accepted { .. } => accepted += u32::from(counts),
                        LimitAnswer::Refused { .. } => refused += u32::from(counts),
                    }
                    let (reply, delay) = self.reply(verdict);
                    let back = now + delay + Duration::from_millis(self.latency) / 2;
                    world.at(back, Event::Answer(departure, reply));
                }
                Event::Answer(departure, reply) => {
                    in_flight -= 1;
                    pace.arrived(now, &departure, &reply);
                }
            }
        }
        let share = match self.neighbour {
            Neighbour::Nobody => 1.0,
            Neighbour::TakesHalf => 0.5,
        };
        let allowed = f64::from(self.limit) * share * counted.as_secs_f64();
        Outcome {
            throughput: f64::from(accepted) / allowed,
            refused: f64::from(refused) / f64::from((accepted + refused).max(1)),
        }
    }

    fn reply(self, verdict: LimitAnswer) -> (Reply, Duration) {
        let allowance = |remaining| Allowance {
            limit: Some(self.limit),
            remaining: Some(remaining),
        };
        match verdict {
            LimitAnswer::Accepted { remaining, delay } => match self.headers {
                Headers::Always => (Reply::Accepted(allowance(remaining)), delay),
                Headers::On429 | Headers::Never => (Reply::Accepted(Allowance::default()), delay),
            },
            LimitAnswer::Refused { retry_after } => {
                let reply = match self.headers {
                    Headers::Always | Headers::On429 => Reply::Refused {
                        retry_after: Some(retry_after),
                        allowance: allowance(0),
                    },
                    Headers::Never => Reply::Refused {
                        retry_after: None,
                        allowance: Allowance::default(),
                    },
                };
                (reply, Duration::ZERO)
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Neighbour,
    Arrival(Departure),
    Answer(Departure, Reply),
}

/// An event, ordered by when it happens and then by when it was foreseen.
struct Foreseen(Instant, u64, Event);

impl PartialEq for Foreseen {
    fn eq(&self, other: &Foreseen) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}

impl Eq for Foreseen {}

impl PartialOrd for Foreseen {
    fn partial_cmp(&self, other: &Foreseen) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Foreseen {
    fn cmp(&self, other: &Foreseen) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

struct World {
    cell: Cell,
    server: Limit,
    events: BinaryHeap<Reverse<Foreseen>>,
    sequence: u64,
    dice: u64,
}

impl World {
    fn at(&mut self, instant: Instant, event: Event) {
        self.sequence += 1;
        self.events
            .push(Reverse(Foreseen(instant, self.sequence, event)));
    }

    /// The next event, unless something else is due before it.
    fn next_before(&mut self, due: Option<Instant>) -> Option<(Instant, Event)> {
        let first = self.events.peek().map(|Reverse(event)| event.0);
        match (first, due) {
            (Some(first), Some(due)) if first > due => None,
            (None, _) => None,
            _ => self.events.pop().map(|Reverse(event)| (event.0, event.2)),
        }
    }

    fn between_neighbours(&self) -> Duration {
        Duration::from_secs(2) / self.cell.limit
    }

    fn jitter(&mut self) -> Duration {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_nanos((self.dice >> 33) % JITTER)
    }
}

/// How two clients fare that share a limit, the second of which leaves at half time: what each has of all that was
/// accepted while both were there, and what the first uses of the limit from so long after that on.
pub fn shared(limit: u32, policy: Policy, seconds: u64, after: u64) -> ([f64; 2], f64) {
    let start = Instant::now();
    let (half, to) = (
        start + Duration::from_secs(seconds / 2),
        start + Duration::from_secs(seconds),
    );
    let rate = format!("{limit}/s").parse().unwrap();
    let mut server = Limit::new(rate, policy, start);
    let mut clients = [AdaptiveRate::new(start), AdaptiveRate::new(start)];
    let mut answers: Vec<(Instant, usize, Departure, Reply)> = Vec::new();
    let (mut together, mut alone) = ([0_u32; 2], 0_u32);
    let latency = Duration::from_millis(80);
    let mut now = start;
    while now < to {
        let there = if now < half { 2 } else { 1 };
        let sends = (0..there).map(|client| (clients[client].next().max(now), client));
        let (sent, client) = sends.min().unwrap();
        let answered = answers.iter().map(|answer| answer.0).min();
        if let Some(at) = answered.filter(|at| *at <= sent) {
            now = at;
            let place = answers.iter().position(|answer| answer.0 == at).unwrap();
            let (_, client, departure, reply) = answers.swap_remove(place);
            clients[client].arrived(now, &departure, &reply);
            continue;
        }
        now = sent;
        let departure = clients[client].depart(now);
        let reply = match server.arrive(now) {
            LimitAnswer::Accepted { .. } => {
                if now < half {
                    together[client] += u32::from(now > start + LEARNING);
                } else if now >= half + Duration::from_secs(after) {
                    alone += 1;
                }
                Reply::Accepted(Allowance::default())
            }
            LimitAnswer::Refused { .. } => Reply::Refused {
                retry_after: None,
                allowance: Allowance::default(),
            },
        };
        answers.push((now + latency, client, departure, reply));
    }
    let all = f64::from(together[0] + together[1]);
    let counted = seconds - seconds / 2 - after;
    (
        together.map(|one| f64::from(one) / all),
        f64::from(alone) / (f64::from(limit) * counted as f64),
    )
}
