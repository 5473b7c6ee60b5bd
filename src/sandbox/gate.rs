//! May this request pass now, and what is it answered otherwise?

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::scenario::{
    Breakdown, Capacity, ErrorStatus, Headers, Rule, Scenario, Scope, ScriptedRefusal, Which,
};
use super::{Endpoint, Limit, LimitAnswer, OtherClient, Outage, RateLimit, RetryAfter};

/// Decides, by a [`Scenario`], what becomes of each request.
///
/// It is driven by the instants it is given and has no clock of its own: the server asks it in real time, and whoever
/// wants to know how a client fares against such a server can let hours pass in no time.
#[derive(Debug)]
pub struct Gate {
    began: Instant,
    rules: Vec<Counters>,
    outages: Vec<(Outage, u32)>,
    capacity: Option<Queue>,
    others: Vec<Sending>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateAnswer {
    /// How long the request waits before that happens.
    pub delay: Duration,
    /// What happens.
    pub fate: RequestFate,
    /// What the answer tells of the limit.
    pub told: Option<ToldLimit>,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFate {
    /// It is handled.
    Handled,
    /// It is not handled, but answered so.
    Refused {
        /// The status.
        status: ErrorStatus,
        /// What `Retry-After` says.
        retry_after: Option<Duration>,
    },
    /// Its connection is closed.
    Dropped,
    /// Nothing comes.
    Stalled,
}

/// What an answer tells of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldLimit {
    /// `X-RateLimit-Limit`: the N of N per unit.
    pub limit: u32,
    /// `X-RateLimit-Remaining`: how many more would be accepted at this moment.
    pub remaining: u32,
}

/// A rule, and what it has counted.
#[derive(Debug)]
struct Counters {
    rule: Rule,
    began: Instant,
    limits: HashMap<(Option<Endpoint>, Option<String>), Limit>,
}

/// What waits for a capacity.
#[derive(Debug)]
struct Queue {
    capacity: Capacity,
    /// When all that has arrived will be worked off.
    free_at: Instant,
}

/// Another client, and when it sends next.
#[derive(Debug)]
struct Sending {
    client: OtherClient,
    next: Instant,
}

impl Gate {
    /// A gate that nothing has passed yet; the scenario's times count from `began`.
    pub fn new(scenario: Scenario, began: Instant) -> Gate {
        let counters = |rule| Counters {
            rule,
            began,
            limits: HashMap::new(),
        };
        Gate {
            began,
            rules: scenario.limits.into_iter().map(counters).collect(),
            outages: scenario
                .outages
                .into_iter()
                .map(|outage| (outage, 0))
                .collect(),
            capacity: scenario.capacity.map(|capacity| Queue {
                capacity,
                free_at: began,
            }),
            others: scenario
                .others
                .into_iter()
                .map(|client| Sending {
                    next: began + client.when.from,
                    client,
                })
                .collect(),
        }
    }

    /// Judges a request for this path, without query, that arrives at `now`, which is never earlier than the one before.
    pub fn arrive(&mut self, now: Instant, endpoint: Endpoint, path: &str) -> GateAnswer {
        self.let_others_send(now);
        self.judge(now, endpoint, Some(path))
    }

    /// What the other clients have sent up to `now`, in the order of time.
    fn let_others_send(&mut self, now: Instant) {
        let due = |others: &[Sending]| {
            let due = (0..others.len()).filter(|place| others[*place].next <= now);
            due.min_by_key(|place| others[*place].next)
        };
        while let Some(place) = due(&self.others) {
            let other = &mut self.others[place];
            let at = other.next;
            other.next += other.client.rate.one().max(Duration::from_nanos(1));
            let when = other.client.when;
            let sends = when.left(at.duration_since(self.began)).is_some();
            let (endpoint, path) = (other.client.of, other.client.path.clone());
            if sends {
                self.judge(at, endpoint, path.as_deref());
            } else if when.every.is_none() {
                self.others.swap_remove(place);
            }
        }
    }

    /// Judges a request; one without a path has a path of its own.
    fn judge(&mut self, now: Instant, endpoint: Endpoint, path: Option<&str>) -> GateAnswer {
        let elapsed = now.duration_since(self.began);
        for (outage, count) in &mut self.outages {
            if let Some(fate) = strike(outage, count, elapsed, endpoint, path) {
                return GateAnswer {
                    delay: Duration::ZERO,
                    fate,
                    told: None,
                };
            }
        }
        let mut delay = Duration::ZERO;
        let mut told: Option<ToldLimit> = None;
        for counters in &mut self.rules {
            let Some((rate, verdict)) = counters.arrive(now, elapsed, endpoint, path) else {
                continue;
            };
            let Rule {
                headers, refusal, ..
            } = counters.rule;
            match verdict {
                LimitAnswer::Accepted {
                    remaining,
                    delay: waits,
                } => {
                    delay = delay.max(waits);
                    let tighter = told.is_none_or(|told| remaining < told.remaining);
                    if headers == Headers::Always && tighter {
                        told = Some(ToldLimit {
                            limit: rate.requests(),
                            remaining,
                        });
                    }
                }
                LimitAnswer::Refused { retry_after } => {
                    return GateAnswer {
                        delay: Duration::ZERO,
                        fate: refused(refusal, retry_after),
                        told: (headers != Headers::Never).then_some(ToldLimit {
                            limit: rate.requests(),
                            remaining: 0,
                        }),
                    };
                }
            }
        }
        match self.capacity.as_mut().map(|queue| queue.join(now)) {
            None => {}
            Some(Some(wait)) => delay += wait,
            Some(None) => {
                let full = ScriptedRefusal {
                    status: ErrorStatus::Unavailable,
                    retry_after: RetryAfter::Absent,
                };
                return GateAnswer {
                    delay: Duration::ZERO,
                    fate: refused(full, Duration::ZERO),
                    told,
                };
            }
        }
        GateAnswer {
            delay,
            fate: RequestFate::Handled,
            told,
        }
    }
}

fn refused(refusal: ScriptedRefusal, wait: Duration) -> RequestFate {
    RequestFate::Refused {
        status: refusal.status,
        retry_after: refusal.retry_after.tell(wait),
    }
}

/// What an outage does to a request, if anything.
fn strike(
    outage: &Outage,
    count: &mut u32,
    elapsed: Duration,
    endpoint: Endpoint,
    path: Option<&str>,
) -> Option<RequestFate> {
    let left = outage.when.left(elapsed)?;
    if !outage.of.contains(&endpoint) {
        return None;
    }
    let strikes = match &outage.which {
        Which::All => true,
        Which::EveryNth(n) => {
            *count += 1;
            count.is_multiple_of((*n).max(1))
        }
        Which::Contacts(contacts) => path.is_some_and(|path| {
            let mut segments = path.split('/');
            segments.any(|segment| contacts.iter().any(|contact| contact == segment))
        }),
    };
    strikes.then(|| match outage.answer {
        Breakdown::Answered(refusal) => refused(refusal, left),
        Breakdown::Dropped => RequestFate::Dropped,
        Breakdown::Stalled => RequestFate::Stalled,
    })
}

impl Counters {
    /// What the rule says about a request, if it is about it at all, and by which rate.
    fn arrive(
        &mut self,
        now: Instant,
        elapsed: Duration,
        endpoint: Endpoint,
        path: Option<&str>,
    ) -> Option<(RateLimit, LimitAnswer)> {
        let rule = &self.rule;
        if !rule.of.contains(&endpoint) {
            return None;
        }
        let begun = rule.rates.iter().take_while(|(from, _)| *from <= elapsed);
        let rate = begun.last().and_then(|(_, rate)| *rate)?;
        let key = match rule.scope {
            Scope::Endpoint => (Some(endpoint), None),
            Scope::Together => (None, None),
            // A path that nobody asks for again needs no counter.
            Scope::Path => (Some(endpoint), Some(path?.to_owned())),
        };
        let limit = self.limits.entry(key).or_insert_with(|| {
            // A path's first request begins its windows; those of an operation have run from the start.
            let begins = match rule.scope {
                Scope::Path => now,
                Scope::Endpoint | Scope::Together => self.began,
            };
            Limit::new(rate, rule.policy, begins)
                .with_burst(rule.burst)
                .counting(rule.counted)
        });
        limit.change(rate, now);
        Some((rate, limit.arrive(now)))
    }
}

impl Queue {
    /// How long a request that arrives at `now` waits until it is worked off; `None` if the queue is full.
    fn join(&mut self, now: Instant) -> Option<Duration> {
        let one = Duration::from_secs_f64(1.0 / self.capacity.per_second);
        let waits = self.free_at.saturating_duration_since(now);
        if self.capacity.queue.is_some_and(|queue| waits > one * queue) {
            return None;
        }
        self.free_at = self.free_at.max(now) + one;
        Some(waits + one)
    }
}

#[cfg(test)]
mod tests;
