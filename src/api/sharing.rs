//! Whether the server counts what is paced apart on one counter.
//!
//! A request is refused when much was accepted just before. So if one was refused although others of its kind were
//! accepted right after more of that kind, its kind is not all that counts; and if it came after as much of all kinds as
//! hardly ever before, that explains it. Where that shows again and again, all kinds have one counter, and the other way
//! round. Headers tell the same sooner: what the server counts as used is more than was ever sent of this kind, and no
//! more than was sent of all.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::{Allowance, Operation};

/// How many requests are remembered.
const REMEMBERED: usize = 1000;
/// How much came just before is compared over so long, beside the time since the last one.
const WINDOWS: [Duration; 3] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(3),
];
/// What was accepted longer ago than this says nothing of what is allowed now.
const LATELY: Duration = Duration::from_secs(60);
/// A refusal so long after anything of its kind was accepted is explained by no short window.
const SOON: Duration = Duration::from_secs(5);
/// Nothing accepted of a kind for so long is no chance.
const DRY: Duration = Duration::from_secs(1);
/// Of refusals without anything accepted between, one in so long is weighed.
const BETWEEN: Duration = Duration::from_secs(3);
/// So many more refusals have to speak for one counter than against it, and so many against it once there is.
const TOGETHER: i32 = 3;
const APART: i32 = 6;

/// What has left of all kinds, and what that tells of their counters.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    log: VecDeque<Entry>,
    /// How many have left of each kind.
    sent: [u32; 4],
    /// Since when nothing but refusals have come of each kind, and when the last one left that was weighed.
    refusing: [Option<Instant>; 4],
    weighed: [Option<Instant>; 4],
    is_common: bool,
    /// How many refusals speak for the other case.
    score: i32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Instant,
    of: Operation,
    came: Came,
    /// How many had left up to this one, of its kind and of all.
    own: u32,
    all: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Nothing,
    Accepted,
    Refused,
}

impl Sharing {
    /// Notes that a request leaves at `at`.
    pub(super) fn left(&mut self, of: Operation, at: Instant) {
        if self.log.len() == REMEMBERED {
            self.log.pop_front();
        }
        self.sent[of as usize] += 1;
        let place = self.log.partition_point(|entry| entry.at <= at);
        let entry = Entry {
            at,
            of,
            came: Came::Nothing,
            own: self.sent[of as usize],
            all: self.sent.iter().sum(),
        };
        self.log.insert(place, entry);
    }

    /// Takes in that what left at `at` was accepted, and what was told of the limit; tells whether all kinds have one
    /// counter if that has changed.
    pub(super) fn accepted(&mut self, of: Operation, at: Instant, told: Allowance) -> Option<bool> {
        self.refusing[of as usize] = None;
        let entry = self.mark(of, at, Came::Accepted)?;
        let used = told.limit?.saturating_sub(told.remaining?);
        // One or the other may have arrived in another order than it left.
        let is_more = used > entry.own + 1 && used <= entry.all + 1;
        (is_more && !self.is_common)
            .then(|| self.weigh(1))
            .flatten()
    }

    /// The same for what was refused.
    pub(super) fn refused(&mut self, of: Operation, at: Instant) -> Option<bool> {
        self.mark(of, at, Came::Refused);
        let kind = of as usize;
        let is_first = self.refusing[kind].is_none();
        let is_recent = |before| at.saturating_duration_since(before) < BETWEEN;
        if !is_first && self.weighed[kind].is_some_and(is_recent) {
            return None;
        }
        self.weighed[kind] = Some(at);
        let is_own = |entry: &Entry| entry.of == of;
        let own = self.contradicts(at, is_own, is_own);
        // Where nothing of its kind was accepted yet, one counter would have refused the others as well.
        let is_new = self.is_new(of);
        let all = self.contradicts(at, |_| true, |entry| is_new || is_own(entry));
        // What no longer accepts anything of one kind, nor of another, counts them together, as far as that tells: if it
        // is chance, it does not last.
        let is_long = |since: &Instant| at.saturating_duration_since(*since) > DRY;
        let lasts = is_first && self.refusing.iter().flatten().any(is_long);
        let for_common = match (own, all) {
            (clear @ 1.., 0) => clear,
            (0, clear @ 1..) => -clear,
            _ => i32::from(lasts),
        };
        self.refusing[kind].get_or_insert(at);
        match self.is_common {
            true => self.weigh(-for_common),
            false => self.weigh(for_common),
        }
    }

    /// Whether nothing of this kind was accepted yet.
    pub(super) fn is_new(&self, of: Operation) -> bool {
        let mut log = self.log.iter();
        !log.any(|entry| entry.of == of && entry.came == Came::Accepted)
    }

    /// Takes in that somebody refuses in a way that is a gateway's, and gateways have one counter, unless they are seen to
    /// have more.
    pub(super) fn is_gateway(&mut self) -> Option<bool> {
        self.is_common = true;
        self.score = 0;
        Some(true)
    }

    fn mark(&mut self, of: Operation, at: Instant, came: Came) -> Option<Entry> {
        let from = self.log.partition_point(|entry| entry.at < at);
        let mut same = self
            .log
            .range_mut(from..)
            .take_while(|entry| entry.at == at);
        let entry = same.find(|entry| entry.of == of)?;
        entry.came = came;
        Some(*entry)
    }

    fn weigh(&mut self, vote: i32) -> Option<bool> {
        let enough = if self.is_common { APART } else { TOGETHER };
        self.score = (self.score + vote).max(-enough);
        if self.score < enough {
            return None;
        }
        self.score = 0;
        self.is_common = !self.is_common;
        Some(self.is_common)
    }

    /// How clearly it is seen that what came in a short time before, as far as it `counts`, does not explain a refusal at
    /// `at`: something that `compares` with it was accepted after as much, 1, or even half as long after the last one, 2.
    fn contradicts(
        &self,
        at: Instant,
        counts: impl Fn(&Entry) -> bool,
        compares: impl Fn(&Entry) -> bool,
    ) -> i32 {
        let left = self
            .log
            .iter()
            .filter(|entry| counts(entry) && entry.came != Came::Refused);
        let left: Vec<(Instant, bool)> = left
            .map(|entry| (entry.at, compares(entry) && entry.came == Came::Accepted))
            .collect();
        let before = |place: usize, at: Instant| {
            let last = left[place.checked_sub(1)?].0;
            let since = |window| left[..place].partition_point(|(left, _)| *left + window < at);
            Some((at - last, WINDOWS.map(|window| place - since(window))))
        };
        let place = left.partition_point(|(left, _)| *left < at);
        // The first one is within any limit, and what comes long after all others within that of any short window. What
        // comes far later still tells nothing: there is nothing left to compare it with.
        let (gap, counts) = match before(place, at) {
            None => return 1,
            Some((gap, _)) if gap > LATELY => return 0,
            Some((gap, _)) if gap > SOON => return 2,
            Some(before) => before,
        };
        let gaps = left
            .iter()
            .enumerate()
            .filter_map(|(place, (other, compares))| {
                let is_lately = *compares && *other < at && *other + LATELY > at;
                let (gap, more) = before(place, *other).filter(|_| is_lately)?;
                let is_as_much = more.iter().zip(counts).all(|(more, count)| *more >= count);
                is_as_much.then_some(gap)
            });
        match gaps.min() {
            Some(least) if least * 2 <= gap => 2,
            Some(least) if least <= gap => 1,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Operation; 2] = [Operation::Read, Operation::Write];

    /// Reads and writes at any distance; what comes less than 100 ms after another that is counted with it is refused.
    fn told(together: bool) -> Vec<bool> {
        let (mut sharing, start) = (Sharing::default(), Instant::now());
        let (mut now, mut dice, mut told) = (1_000, 1_u64, Vec::new());
        let mut last = [0; 2];
        for _ in 0..400 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            now += 10 + (dice >> 33) % 140;
            let kind = (dice >> 60) as usize % 2;
            let before = match together {
                true => last[0].max(last[1]),
                false => last[kind],
            };
            let at = start + Duration::from_millis(now);
            sharing.left(KINDS[kind], at);
            if now - before >= 100 {
                last[kind] = now;
                told.extend(sharing.accepted(KINDS[kind], at, Allowance::default()));
            } else {
                told.extend(sharing.refused(KINDS[kind], at));
            }
        }
        told
    }

    #[test]
    fn what_is_refused_after_others_of_another_kind_has_one_counter_with_them() {
        assert_eq!(told(true), [true]);
    }

    #[test]
    fn what_is_refused_after_others_of_its_own_kind_has_its_own_counter() {
        assert_eq!(told(false), Vec::<bool>::new());
    }

    #[test]
    fn a_kind_that_a_long_window_keeps_out_while_others_are_accepted_has_no_counter_with_them() {
        let (mut sharing, start) = (Sharing::default(), Instant::now());
        let [read, write] = KINDS;
        let mut told = Vec::new();
        for second in 0..600 {
            let at = start + Duration::from_secs(second);
            let asks = at + Duration::from_millis(900);
            sharing.left(read, at);
            told.extend(sharing.accepted(read, at, Allowance::default()));
            if second < 20 {
                sharing.left(write, asks);
                told.extend(sharing.accepted(write, asks, Allowance::default()));
            } else if second % 5 == 0 {
                sharing.left(write, asks);
                told.extend(sharing.refused(write, asks));
            }
        }
        assert_eq!(told, Vec::<bool>::new());
    }

    #[test]
    fn two_kinds_whose_windows_are_used_up_at_the_same_time_have_no_counter_in_common() {
        let (mut sharing, start) = (Sharing::default(), Instant::now());
        let mut told = Vec::new();
        // Ten a second of each, in windows of two seconds; now and then one more is asked for.
        for window in 0..100 {
            let count = if window % 5 == 4 { 21 } else { 20 };
            for n in 0..count {
                for (of, after) in [(KINDS[0], 0), (KINDS[1], 45)] {
                    let at = start + Duration::from_millis(window * 2000 + n * 95 + after);
                    sharing.left(of, at);
                    told.extend(match n < 20 {
                        true => sharing.accepted(of, at, Allowance::default()),
                        false => sharing.refused(of, at),
                    });
                }
            }
        }
        assert_eq!(told, Vec::<bool>::new());
    }

    #[test]
    fn headers_that_count_more_than_was_sent_of_a_kind_tell_one_counter() {
        let (mut sharing, start) = (Sharing::default(), Instant::now());
        let told = (0..10).find_map(|n: u32| {
            let (kind, at) = (
                KINDS[n as usize % 2],
                start + Duration::from_millis(u64::from(n)),
            );
            sharing.left(kind, at);
            let told = Allowance {
                limit: Some(100),
                remaining: Some(99 - n),
            };
            sharing
                .accepted(kind, at, told)
                .map(|is_common| (n, is_common))
        });
        assert_eq!(told.map(|told| told.1), Some(true));
        assert!(told < Some((8, true)), "{told:?}");
    }

    #[test]
    fn headers_that_count_what_somebody_else_sends_tell_nothing() {
        let (mut sharing, start) = (Sharing::default(), Instant::now());
        for n in 0..50 {
            let (kind, at) = (KINDS[n % 2], start + Duration::from_millis(n as u64));
            sharing.left(kind, at);
            let told = Allowance {
                limit: Some(1000),
                remaining: Some(500),
            };
            assert_eq!(sharing.accepted(kind, at, told), None);
        }
    }
}
