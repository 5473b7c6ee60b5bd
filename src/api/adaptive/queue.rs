//! How long answers take, and whether that is because requests queue on the server.
//!
//! This goes by the queue and not by errors, as TCP Vegas and the gradient limiters do, so that a server that never
//! refuses is not driven into long answers.

use std::time::{Duration, Instant};

/// Answers that take so much longer than usual on an unloaded server say that requests queue; below the second share,
/// more may be asked.
const QUEUES: f64 = 1.25;
const FLOWS: f64 = 1.1;
/// So many answers make what is usual.
const AVERAGED: u64 = 32;
/// While there is a queue, so much of what is answered leaves; once it is gone, a little more each time.
const CUT: f64 = 0.92;
const CLIMB: f64 = 1.04;
/// If so many cuts have made answers no shorter than this, it was no queue.
const CUTS: u32 = 5;
const SHORTER: f64 = 0.85;
/// Requests a second below which latency says nothing: a single request may be slow.
const LEAST: f64 = 20.0;
/// The rate is judged at most that often: what left before says nothing about it.
const BETWEEN: f64 = 0.2;

/// How long answers take, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Latency {
    /// The least that was usual lately, and what is usual now.
    unloaded: f64,
    usual: f64,
    answers: u64,
    /// When the rate was last adapted, and after how many answers.
    adapted: Option<(Instant, u64)>,
    /// What was usual when requests were first seen to queue, and how often less was sent since.
    queued: Option<f64>,
    cuts: u32,
}

impl Latency {
    /// Takes in how long an answer took.
    pub(super) fn note(&mut self, took: Duration) {
        let took = took.as_secs_f64();
        self.answers += 1;
        let share = 1.0 / (self.answers.min(AVERAGED) as f64);
        self.usual += (took - self.usual) * share;
        // What was least is forgotten slowly, so that a slower way is learned, too.
        self.unloaded = match self.answers < AVERAGED {
            true => self.usual,
            false => (self.unloaded * 1.0005).min(self.usual),
        };
    }

    /// How many answers it was learned from.
    pub(super) fn answers(&self) -> u64 {
        self.answers
    }

    /// What is usual, in seconds.
    pub(super) fn usual(&self) -> f64 {
        self.usual
    }

    /// Whether the rate goes by the latency rather than growing freely.
    pub(super) fn adapts(&self, rate: f64) -> bool {
        rate >= LEAST && (self.adapted.is_some() || self.usual > QUEUES * self.unloaded + 0.004)
    }

    /// The rate by which hardly anything queues, if it has to change: an answer came at `now` to what left at `left`.
    pub(super) fn adapt(&mut self, now: Instant, left: Instant, rate: f64) -> Option<f64> {
        let (since, before) = *self.adapted.get_or_insert((now, self.answers));
        let passed = now.saturating_duration_since(since).as_secs_f64();
        if left < since || passed < self.usual.max(BETWEEN) {
            return None;
        }
        let answered = (self.answers - before) as f64 / passed;
        self.adapted = Some((now, self.answers));
        if self.usual > QUEUES * self.unloaded {
            let first = *self.queued.get_or_insert(self.usual);
            self.cuts += 1;
            if self.cuts > CUTS && self.usual > SHORTER * first {
                // Less was sent, and answers take as long: they do so anyway.
                self.unloaded = self.usual;
                (self.queued, self.cuts) = (None, 0);
                return None;
            }
            return Some((CUT * answered).min(rate));
        }
        if self.usual < FLOWS * self.unloaded + 0.002 {
            (self.queued, self.cuts) = (None, 0);
            return Some(rate * CLIMB);
        }
        None
    }
}
