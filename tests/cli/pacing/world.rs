//! A whole run against a server on a real socket, on time that passes as fast as it can be reckoned.
//!
//! The run, its pacers and the client are the program's own, and so are the sandbox's decisions. Client and server live
//! in one runtime whose clock stands still while anybody has something to do, and else jumps to when the next thing
//! happens.

use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use reassign::api::{Caller, Client, Connection, Patience};
use reassign::contact::{Assignee, Identifier};
use reassign::mapping::{Item, Mappings, Reading, Witnesses};
use reassign::outcome::{Event, Status};
use reassign::plan::{OnConflict, Plan};
use reassign::progress::Estimate;
use reassign::run::{self, Clock, End, Options, Reads, Standing, Stop, Verification, Verify};
use reassign::sandbox::{
    Breakdown, Endpoint, ErrorStatus, Gate, Outage, RateLimit, RequestFate, RetryAfter, Rule,
    Scenario, ScriptedRefusal, When, Which,
};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// Who has every contact at first, and who is to get it.
const BEFORE: u64 = 1;
const AFTER: u64 = 7;
/// How long the list takes to show what was written.
const LAG: Duration = Duration::from_secs(25);

/// So many seconds.
pub fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// Each of these operations accepts so many requests in any window of so many seconds.
pub fn rule(of: impl Into<Vec<Endpoint>>, requests: u32, window: f64) -> Rule {
    Rule::new(of, RateLimit::new(requests, secs(window)))
}

/// A server with this limit, and nothing else.
pub fn limited(rule: Rule) -> Scenario {
    Scenario {
        limits: vec![rule],
        ..Scenario::default()
    }
}

/// These operations answer so to these requests at these times.
pub fn outage(
    of: &[Endpoint],
    which: Which,
    when: When,
    status: ErrorStatus,
    again: RetryAfter,
) -> Outage {
    Outage {
        of: of.to_vec(),
        which,
        when,
        answer: Breakdown::Answered(ScriptedRefusal {
            status,
            retry_after: again,
        }),
    }
}

/// A run to be made.
#[derive(Clone, Debug)]
pub struct Trial {
    pub scenario: Scenario,
    /// There and back.
    pub latency: Duration,
    /// By up to how much longer each request takes, as chance has it.
    pub noise: Duration,
    pub rows: u32,
    pub concurrency: Option<usize>,
    pub rate: Option<&'static str>,
    pub verify: Verify,
    /// When the run is stopped if it has not ended.
    pub until: Duration,
    /// Which rows' contacts are already where they should be: those for whose number this holds.
    pub unchanged: fn(u32) -> bool,
}

impl Trial {
    pub fn new(scenario: Scenario, rows: u32) -> Trial {
        Trial {
            scenario,
            latency: Duration::from_millis(80),
            noise: Duration::from_millis(2),
            rows,
            concurrency: None,
            rate: None,
            verify: Verify::Sample,
            until: Duration::from_secs(4 * 3600),
            unchanged: |_| false,
        }
    }

    pub fn latency(self, ms: u64) -> Trial {
        let latency = Duration::from_millis(ms);
        Trial { latency, ..self }
    }
}

/// A request as the server saw it.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// When it arrived, since the run began.
    pub at: Duration,
    pub endpoint: Endpoint,
    pub contact: u64,
    /// What it was answered; 0 for nothing.
    pub status: u16,
    /// How long it waited on the server.
    pub waited: Duration,
}

/// How a run went.
#[derive(Debug)]
pub struct Told {
    pub end: End,
    pub took: Duration,
    pub exchanges: Vec<Exchange>,
    pub statuses: BTreeMap<u32, Status>,
    pub verification: Verification,
    /// When each row was settled for the first time.
    pub settled: BTreeMap<u32, Duration>,
    /// How long it would take still as the screen told it, and when.
    pub estimates: Vec<(Duration, Duration)>,
    /// How much processor time each request took, of client and server together.
    pub cpu: Duration,
}

impl Told {
    pub fn count(&self, endpoint: Endpoint, status: impl Fn(u16) -> bool) -> usize {
        let of = self.exchanges.iter();
        of.filter(|exchange| exchange.endpoint == endpoint && status(exchange.status))
            .count()
    }

    /// How many were accepted in this time.
    pub fn accepted(&self, endpoint: Endpoint, from: f64, to: f64) -> usize {
        let (from, to) = (Duration::from_secs_f64(from), Duration::from_secs_f64(to));
        let of = self.exchanges.iter();
        of.filter(|exchange| {
            exchange.endpoint == endpoint
                && exchange.status == 200
                && exchange.at >= from
                && exchange.at < to
        })
        .count()
    }

    /// How many were refused, without one for each five seconds in which nothing of the same operation was accepted:
    /// somebody has to ask whether anything is.
    pub fn refused(&self) -> usize {
        let endpoints: HashSet<_> = self.exchanges.iter().map(|one| one.endpoint).collect();
        let of = endpoints.into_iter().map(|endpoint| {
            let (mut refused, mut last) = (0_usize, Duration::ZERO);
            let mut asked = 0;
            for one in self.exchanges.iter().filter(|one| one.endpoint == endpoint) {
                match one.status {
                    429 => asked += 1,
                    200 => {
                        let free = (one.at.saturating_sub(last).as_secs() / 5) as usize;
                        refused += asked - free.min(asked);
                        (last, asked) = (one.at, 0);
                    }
                    _ => {}
                }
            }
            refused + asked
        });
        of.sum()
    }

    pub fn refused_share(&self) -> f64 {
        self.refused() as f64 / self.exchanges.len() as f64
    }

    /// How often each row's contact was read before it was written.
    pub fn reads_per_row(&self) -> f64 {
        let mut written = HashSet::new();
        let mut reads = 0;
        for one in self.exchanges.iter().filter(|one| one.status == 200) {
            match one.endpoint {
                Endpoint::SetAssignee => _ = written.insert(one.contact),
                Endpoint::GetContact if !written.contains(&one.contact) => reads += 1,
                _ => {}
            }
        }
        f64::from(reads) / self.statuses.len() as f64
    }

    pub fn of(&self, status: Status) -> usize {
        self.statuses.values().filter(|of| **of == status).count()
    }

    /// In a line.
    pub fn brief(&self) -> String {
        let written = self.count(Endpoint::SetAssignee, |status| status == 200);
        format!(
            "{:.1} s, {written} writes, {} requests, {} of 429 ({:.2} %), {:.3} reads a row, {:?}, {} verified, {} left, {} us",
            self.took.as_secs_f64(),
            self.exchanges.len(),
            self.refused(),
            100.0 * self.refused_share(),
            self.reads_per_row(),
            self.end,
            self.verification.held,
            self.verification.left,
            self.cpu.as_micros() / self.exchanges.len().max(1) as u128,
        )
    }

    /// What was accepted, second by second or in longer steps.
    pub fn course(&self, step: f64) -> String {
        let end = self.took.as_secs_f64();
        let steps = (end / step).ceil() as usize;
        let each = (0..steps).map(|n| {
            let (from, to) = (n as f64 * step, (n + 1) as f64 * step);
            let refused = self.exchanges.iter().filter(|exchange| {
                let at = exchange.at.as_secs_f64();
                exchange.status != 200 && at >= from && at < to
            });
            format!(
                "{from:>6.1}: r {:>4} w {:>4} x {:>3}\n",
                self.accepted(Endpoint::GetContact, from, to),
                self.accepted(Endpoint::SetAssignee, from, to),
                refused.count()
            )
        });
        each.collect()
    }
}

struct World {
    gate: Mutex<Gate>,
    holders: Mutex<Vec<u64>>,
    /// When each contact was written for the first time.
    written: Mutex<Vec<Option<Instant>>>,
    exchanges: Mutex<Vec<Exchange>>,
    began: Instant,
    latency: Duration,
    noise: Duration,
    dice: Mutex<u64>,
}

impl Trial {
    /// Makes the run.
    pub fn run(&self) -> Told {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(self.play())
    }

    async fn play(&self) -> Told {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cpu = cpu_time();
        let began = Instant::now();
        let holders = (0..=self.rows).map(|row| match (self.unchanged)(row) {
            true => AFTER,
            false => BEFORE,
        });
        let world = Arc::new(World {
            gate: Mutex::new(Gate::new(self.scenario.clone(), began.into_std())),
            holders: Mutex::new(holders.collect()),
            written: Mutex::new(vec![None; self.rows as usize + 1]),
            exchanges: Mutex::default(),
            began,
            latency: self.latency,
            noise: self.noise,
            dice: Mutex::new(u64::from(self.rows)),
        });
        let serving = Arc::clone(&world);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let world = Arc::clone(&serving);
                tokio::spawn(async move { world.connection(stream).await });
            }
        });
        let connection = Connection {
            address: format!("http://127.0.0.1:{port}/v1").parse().unwrap(),
            token: "token".into(),
            timeout: Duration::from_secs(30),
            ca_file: None,
        };
        let client = Client::new(&connection).unwrap();
        let rate = self.rate.map(|rate| rate.parse().unwrap());
        let caller = Arc::new(Caller::new(client, rate, Patience::default()));
        let (stop, stopped) = watch::channel(Stop::No);
        let horizon = self.until;
        let timer = tokio::spawn(async move {
            sleep(horizon).await;
            stop.send_replace(Stop::Now);
            sleep(Duration::MAX / 4).await;
        });
        let mut settled = BTreeMap::new();
        let mut estimate = Estimate::new(began.into_std());
        let mut estimates = Vec::new();
        let finished = run::run(
            Arc::new(self.plan()),
            caller,
            self.options(),
            Standing::default(),
            stopped,
            |events| {
                for event in events {
                    if let Event::Settled(outcome) = event {
                        settled.entry(outcome.row).or_insert(began.elapsed());
                    }
                }
                let now = Instant::now().into_std();
                estimate.note(now, settled.len());
                let left = estimate.left(now, self.rows as usize - settled.len());
                estimates.extend(left.map(|left| (began.elapsed(), left)));
                Ok(())
            },
        )
        .await;
        timer.abort();
        let exchanges = std::mem::take(&mut *world.exchanges.lock().unwrap());
        Told {
            end: finished.end,
            took: began.elapsed(),
            exchanges,
            statuses: finished
                .outcomes
                .iter()
                .map(|outcome| (outcome.row, outcome.status))
                .collect(),
            verification: finished.verification,
            settled,
            estimates,
            cpu: cpu_time() - cpu,
        }
    }

    fn plan(&self) -> Plan {
        let mut mappings = Mappings::default();
        let assignee = mappings.assignees.key(Assignee::User(AFTER));
        mappings.items = (1..=self.rows)
            .map(|row| Item {
                row: row + 1,
                reading: Reading::Mapping {
                    contact: Identifier::Id(u64::from(row)),
                    assignee,
                },
                current: None,
                witnesses: Witnesses::default(),
                earlier: None,
                cells: 0,
                is_merged: false,
                hidden_away: false,
            })
            .collect();
        Plan::new(mappings, OnConflict::Error)
    }

    fn options(&self) -> Options {
        // The time of day stands still, so that only the run's own clock counts.
        let noon = Timestamp::UNIX_EPOCH;
        Options {
            closed: run::OnClosed::Send,
            reads: Reads::BeforeEveryWrite,
            concurrency: self.concurrency.and_then(NonZeroUsize::new),
            max_failures: Some(25),
            queue_wait: Duration::from_secs(60),
            queue_patience: Duration::from_secs(600),
            limit: None,
            max_drift: None,
            verify: self.verify,
            clock: Clock::new(move || noon),
        }
    }
}

impl World {
    /// Answers the requests of a connection, one after the other.
    async fn connection(&self, stream: TcpStream) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let (from, mut to) = stream.into_split();
        let mut from = BufReader::new(from);
        loop {
            let mut line = String::new();
            if from.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let mut parts = line.split(' ');
            let is_write = parts.next()? == "POST";
            let path = parts.next()?.to_owned();
            let mut length = 0;
            loop {
                line.clear();
                from.read_line(&mut line).await.ok()?;
                let header = line.trim().to_ascii_lowercase();
                if header.is_empty() {
                    break;
                }
                if let Some(given) = header.strip_prefix("content-length:") {
                    length = given.trim().parse().ok()?;
                }
            }
            let mut body = vec![0; length];
            from.read_exact(&mut body).await.ok()?;
            let (path, query) = path.split_once('?').unwrap_or((&path, ""));
            let contact = path.strip_prefix("/v1/contact/id:");
            let contact: u64 = contact
                .and_then(|rest| rest.split('/').next()?.parse().ok())
                .unwrap_or_default();
            sleep(self.latency / 2 + self.jitter()).await;
            let endpoint = match (path, is_write) {
                ("/v1/contact/list", _) => Endpoint::ListContacts,
                (_, true) => Endpoint::SetAssignee,
                (_, false) => Endpoint::GetContact,
            };
            let now = Instant::now();
            let answer = self
                .gate
                .lock()
                .unwrap()
                .arrive(now.into_std(), endpoint, path);
            let (status, told) = match answer.fate {
                RequestFate::Handled if endpoint == Endpoint::ListContacts => {
                    (200, self.list(query))
                }
                RequestFate::Handled => (200, self.handle(is_write, contact)),
                RequestFate::Refused { status, .. } => (status.code(), refusal(status.code())),
                RequestFate::Dropped | RequestFate::Stalled => (0, String::new()),
            };
            self.exchanges.lock().unwrap().push(Exchange {
                at: now - self.began,
                endpoint,
                contact,
                status,
                waited: answer.delay,
            });
            match answer.fate {
                RequestFate::Dropped => return None,
                RequestFate::Stalled => sleep(Duration::from_secs(3600)).await,
                RequestFate::Handled | RequestFate::Refused { .. } => {}
            }
            sleep(answer.delay + self.latency / 2).await;
            let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", told.len());
            if let Some(told) = answer.told {
                head += &format!(
                    "x-ratelimit-limit: {}\r\nx-ratelimit-remaining: {}\r\n",
                    told.limit, told.remaining
                );
            }
            if let RequestFate::Refused {
                retry_after: Some(wait),
                ..
            } = answer.fate
            {
                head += &format!("retry-after: {}\r\n", wait.as_secs_f64());
            }
            to.write_all(format!("{head}\r\n{told}").as_bytes())
                .await
                .ok()?;
        }
    }

    fn handle(&self, is_write: bool, contact: u64) -> String {
        let mut holders = self.holders.lock().unwrap();
        let holder = &mut holders[contact as usize];
        if is_write {
            *holder = AFTER;
            self.written.lock().unwrap()[contact as usize].get_or_insert_with(Instant::now);
            return format!(r#"{{"contactId":{contact}}}"#);
        }
        described(contact, *holder)
    }

    /// A page of the contacts that are written, by their IDs; the list lags behind.
    fn list(&self, query: &str) -> String {
        let after = query
            .split("cursorId=")
            .nth(1)
            .and_then(|id| id.parse().ok());
        let after: usize = after.unwrap_or_default();
        let written = self.written.lock().unwrap();
        let now = Instant::now();
        let shown = (after + 1..written.len())
            .filter(|id| written[*id].is_some_and(|at: Instant| now - at >= LAG))
            .take(99);
        let items: Vec<String> = shown
            .clone()
            .map(|id| described(id as u64, AFTER))
            .collect();
        let next = shown.last().map_or("null".to_owned(), |id| {
            format!(r#""https://localhost/contact/list?cursorId={id}""#)
        });
        let items = items.join(",");
        format!(r#"{{"items":[{items}],"pagination":{{"next":{next}}}}}"#)
    }

    fn jitter(&self) -> Duration {
        let mut dice = self.dice.lock().unwrap();
        *dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.noise
            .mul_f64((*dice >> 33) as f64 / (1_u64 << 31) as f64)
    }
}

fn described(contact: u64, holder: u64) -> String {
    format!(r#"{{"id":{contact},"status":"open","assignee":{{"id":{holder}}}}}"#)
}

fn refusal(code: u16) -> String {
    let message = match code {
        403 => "Quota exceeded for this workspace",
        _ => "not now",
    };
    format!(r#"{{"code":{code},"message":"{message}"}}"#)
}

/// The processor time that this process has used.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok());
    let ticks = ticks(11).unwrap_or(0) + ticks(12).unwrap_or(0);
    Duration::from_millis(ticks * 10)
}
