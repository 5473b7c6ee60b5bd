//! Whether requests of one kind share a counter, or every path has its own.
//!
//! Both are documented, so the answers decide, at any time and either way. A request to a path that nobody asked for
//! before tells most: if the server counts one use there while we have just sent several requests, the path has a
//! counter of its own. A path that is refused again although others were accepted meanwhile has used up its own counter,
//! unless others were refused that nobody had asked for before; two paths that are refused close to each other have met a
//! common one. A server may have both: then the headers tell of the one that is nearer.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::Allowance;

/// How many of the last answers are remembered.
const REMEMBERED: usize = 20;
/// So many requests of ours within a second would show in a common counter.
const SEVERAL: usize = 3;
/// So many answers in a row that speak for a counter of the path's own, or so many that speak against it, decide.
const ALONE: u32 = 3;
/// Where a limit of a few requests keeps the pace so low that none of ours would show in a common counter, so many first
/// answers in a row that count one use are taken for it; a path that is refused although nobody had asked for it before shows
/// that this was wrong.
const ALONE_AT_LEAST: u32 = 6;
const SHARED: u32 = 2;
/// A path that was refused so often in vain, with others accepted between, has a counter of its own.
const OWN_REFUSALS: u32 = 2;
/// A path that is refused within two minutes of so many others has met a common counter, however many were accepted between.
const OTHERS: usize = 2;
/// So many of the last answers are most of them.
const MOST_OF_THEM: usize = 14;
/// Where a limit is kept, no more than so many of the last answers are refusals. Where more are again and again, so often,
/// it is no limit: how fast we send makes no difference.
const FEW_OF_THEM: usize = 3;
const NO_LIMIT: u32 = 20;
/// A path that was asked for so lately may have met its own counter.
const AGAIN: Duration = Duration::from_secs(5);
/// What was refused longer ago than this says nothing about a refusal now.
const RECENT: Duration = Duration::from_secs(120);

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counter {
    /// Not known yet.
    Unknown,
    /// All requests of the kind.
    Common,
    /// Each path's requests.
    PerPath,
    /// All requests of the kind, and each path's beside.
    Both,
}

/// Whose counter a refusal has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// That of this path: nobody else has to wait.
    Alone,
    /// The common one.
    Together,
}

/// What the answers to one kind of requests tell about what is counted together.
#[derive(Debug)]
pub(super) struct Scope {
    counter: Counter,
    /// Whether there is but one path, so that nothing is counted apart.
    is_one_path: bool,
    paths: HashMap<u64, Seen>,
    /// The last answers.
    last: VecDeque<Answer>,
    /// The last paths that were refused, and when the requests left.
    refused: VecDeque<(u64, Instant)>,
    /// When the last accepted requests left.
    accepted: VecDeque<Instant>,
    alone: u32,
    shared: u32,
    /// How many first answers in a row have counted a single use, and whether that was all that told of counters for each
    /// path; `None`: that was wrong.
    single_uses: Option<u32>,
    is_assumed: bool,
    own_refusals: u32,
    /// Whether what is refused may as well not be there: then it is not seen whose counter it has met.
    is_bare: bool,
    /// How many refusals, one after the other, said to come again at once while neither few nor most were refused.
    at_once: u32,
    /// What a path is allowed, as the headers told last.
    of_path: Option<u32>,
}

/// What came of a request.
#[derive(Clone, Copy, Debug)]
struct Answer {
    path: u64,
    left: Instant,
    accepted: bool,
    /// Whether it was the first for its path, and whether the path had been asked for lately.
    is_first: bool,
    is_again: bool,
}

/// What is known of a path.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    answers: u32,
    /// When the last request left that was refused, and the last one that was accepted.
    refused: Option<Instant>,
    accepted: Option<Instant>,
}

impl Default for Scope {
    fn default() -> Scope {
        Scope {
            counter: Counter::Unknown,
            is_one_path: false,
            paths: HashMap::new(),
            last: VecDeque::new(),
            refused: VecDeque::new(),
            accepted: VecDeque::new(),
            alone: 0,
            shared: 0,
            single_uses: Some(0),
            is_assumed: false,
            own_refusals: 0,
            is_bare: false,
            at_once: 0,
            of_path: None,
        }
    }
}

impl Scope {
    /// Where all requests have one path.
    pub(super) fn of_one_path() -> Scope {
        Scope {
            counter: Counter::Common,
            is_one_path: true,
            ..Scope::default()
        }
    }

    /// From now on refusals do not say that they are a limit's.
    pub(super) fn is_refused_barely(&mut self) {
        self.is_bare = true;
        self.last
            .iter_mut()
            .for_each(|answer| answer.is_again = false);
    }

    /// What is counted together, as far as is known.
    pub(super) fn counter(&self) -> Counter {
        self.counter
    }

    /// Whether what was learned of a limit turns out to be about nothing common, as it was taken for `before`.
    pub(super) fn is_freed(&self, before: Counter) -> bool {
        match self.counter {
            Counter::PerPath => before != Counter::PerPath,
            Counter::Unknown => before != Counter::Unknown,
            Counter::Common | Counter::Both => false,
        }
    }

    /// Whether what an answer tells is about its path, and says nothing about all requests.
    pub(super) fn tells_of_path(&self, allowance: Allowance) -> bool {
        match self.counter {
            Counter::Unknown | Counter::Common => false,
            Counter::PerPath => true,
            Counter::Both => self.of_path.is_none() || allowance.limit == self.of_path,
        }
    }

    /// Takes in that a request that left at `at` was accepted, and what the answer tells of the limit.
    pub(super) fn accepted(&mut self, path: u64, at: Instant, allowance: Allowance) {
        if self.is_one_path {
            return;
        }
        let seen = self.paths.entry(path).or_default();
        let (is_first, is_again) = seen.answer(at);
        seen.accepted = seen.accepted.max(Some(at));
        if let (true, Some(limit), Some(left)) = (is_first, allowance.limit, allowance.remaining) {
            self.weigh(at, limit, limit.saturating_sub(left));
        }
        self.note(Answer {
            path,
            left: at,
            accepted: true,
            is_first,
            is_again,
        });
        self.accepted.push_back(at);
        while self.accepted.len() > REMEMBERED {
            self.accepted.pop_front();
        }
    }

    /// Weighs what the server has counted when a path was asked for the first time.
    fn weigh(&mut self, at: Instant, limit: u32, used: u32) {
        let lately = self
            .accepted
            .iter()
            .filter(|before| at.saturating_duration_since(**before) < Duration::from_secs(1))
            .count();
        match used {
            0 | 1 if lately >= SEVERAL => {
                self.alone += 1;
                self.shared = 0;
                self.of_path = Some(limit);
            }
            0..=2 => {}
            _ => {
                self.shared += 1;
                self.alone = 0;
            }
        }
        let is_single = used <= 1 && limit as usize <= SEVERAL;
        self.single_uses = self
            .single_uses
            .map(|uses| if is_single { uses + 1 } else { 0 });
        if self.counter == Counter::Unknown && self.single_uses >= Some(ALONE_AT_LEAST) {
            self.counter = Counter::PerPath;
            self.of_path = Some(limit);
            self.is_assumed = true;
        }
        self.is_assumed &= self.alone < ALONE;
        // A server that has both tells of the one that is nearer.
        let is_another = self.of_path.is_some_and(|of_path| of_path != limit);
        self.counter = match self.counter {
            Counter::Both => Counter::Both,
            Counter::PerPath if self.shared >= SHARED && is_another => Counter::Both,
            _ if self.alone >= ALONE => Counter::PerPath,
            _ if self.shared >= SHARED => Counter::Common,
            known => known,
        };
    }

    /// Takes in that a request that left at `at` was refused, and tells whose counter it has met.
    pub(super) fn refused(
        &mut self,
        path: u64,
        at: Instant,
        retry_after: Option<Duration>,
    ) -> Refused {
        if self.is_one_path {
            return Refused::Together;
        }
        let seen = self.paths.entry(path).or_default();
        let (is_first, is_again) = seen.answer(at);
        let is_again = is_again && !self.is_bare;
        let before = seen.refused.replace(at);
        let answer = Answer {
            path,
            left: at,
            accepted: false,
            is_first,
            is_again,
        };
        let others = || self.last.iter().filter(|answer| answer.path != path);
        let fresh = others().any(|answer| answer.is_first && !answer.accepted);
        let again = !fresh
            && before.is_some_and(|before| {
                let passed = others()
                    .filter(|other| other.accepted && other.left > before && other.left < at);
                passed.count() >= SEVERAL
            });
        if again {
            self.own_refusals += 1;
            if self.own_refusals >= OWN_REFUSALS && self.counter != Counter::Both {
                self.counter = Counter::PerPath;
            }
            self.note(answer);
            return Refused::Alone;
        }
        let refusals = self.last.iter().filter(|answer| !answer.accepted).count();
        let is_at_once = retry_after == Some(Duration::ZERO);
        self.at_once = match is_at_once && (FEW_OF_THEM + 1..MOST_OF_THEM).contains(&refusals) {
            true => self.at_once + 1,
            false => 0,
        };
        self.counter = match self.counter {
            Counter::Common if self.at_once >= NO_LIMIT => Counter::Unknown,
            Counter::Both if self.at_once >= NO_LIMIT => Counter::PerPath,
            known => known,
        };
        let is_common = match self.counter {
            Counter::Common => true,
            // Come again at once: only if most are refused there is no room.
            _ if is_at_once => refusals >= MOST_OF_THEM,
            // It may have met its own.
            _ if is_again => false,
            _ => {
                let is_recent = |left| at.saturating_duration_since(left) < RECENT;
                let paths = self.refused.iter();
                let paths = paths.filter(|(other, left)| *other != path && is_recent(*left));
                others().any(|other| !other.accepted && !other.is_again && is_recent(other.left))
                    || paths.count() >= OTHERS
            }
        };
        self.note(answer);
        if is_common {
            // Nobody has used up what a path has that is asked for the first time.
            self.counter = match self.counter {
                Counter::Both => Counter::Both,
                Counter::PerPath if is_first && self.is_assumed => Counter::Common,
                Counter::PerPath if is_first => Counter::Both,
                _ => Counter::Common,
            };
            if self.is_assumed {
                (self.is_assumed, self.single_uses) = (false, None);
            }
            self.own_refusals = 0;
            self.alone = 0;
            Refused::Together
        } else {
            Refused::Alone
        }
    }

    fn note(&mut self, answer: Answer) {
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
        }
        if !answer.accepted && !answer.is_again {
            self.refused.retain(|(other, _)| *other != answer.path);
            self.refused.push_back((answer.path, answer.left));
        }
        while self.refused.len() > REMEMBERED {
            self.refused.pop_front();
        }
        self.last.push_back(answer);
    }
}

impl Seen {
    /// Notes an answer to what left at `at`; tells whether it is the first one, and whether the path was asked for lately.
    fn answer(&mut self, at: Instant) -> (bool, bool) {
        self.answers += 1;
        let is_lately = |before: Instant| at.saturating_duration_since(before) < AGAIN;
        (self.answers == 1, self.accepted.is_some_and(is_lately))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(limit: u32, used: u32) -> Allowance {
        Allowance {
            limit: Some(limit),
            remaining: Some(limit - used),
        }
    }

    fn ms(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    fn a_path_that_counts_only_its_own_requests_is_told_by_the_headers() {
        let (mut scope, start) = (Scope::default(), Instant::now());
        (0..10).for_each(|n| scope.accepted(n, ms(start, n * 100), told(5, 1)));
        assert_eq!(scope.counter(), Counter::PerPath);
    }

    #[test]
    fn a_limit_of_a_few_for_each_path_is_told_by_first_answers_that_all_count_one_use() {
        for limit in 1..=3 {
            let (mut scope, start) = (Scope::default(), Instant::now());
            let pace = 1000 / u64::from(limit);
            (0..6).for_each(|n| scope.accepted(n, ms(start, n * pace), told(limit, 1)));
            assert_eq!(scope.counter(), Counter::PerPath, "{limit}");
        }
    }

    #[test]
    fn a_common_limit_of_one_is_known_again_once_new_paths_are_refused() {
        let (mut scope, start) = (Scope::default(), Instant::now());
        (0..6).for_each(|n| scope.accepted(n, ms(start, n * 1000), told(1, 1)));
        assert_eq!(scope.counter(), Counter::PerPath);
        for n in 6..8 {
            scope.refused(n, ms(start, 5000 + n * 10), None);
        }
        assert_eq!(scope.counter(), Counter::Common);
        (8..100).for_each(|n| scope.accepted(n, ms(start, n * 1000), told(1, 1)));
        assert_eq!(scope.counter(), Counter::Common);
    }

    #[test]
    fn paths_that_are_refused_soon_after_they_were_asked_for_have_met_no_common_counter() {
        let (mut scope, start) = (Scope::default(), Instant::now());
        for n in 0..20 {
            scope.accepted(n, ms(start, n * 20), Allowance::default());
            if n > 10 {
                let whose = scope.refused(n - 10, ms(start, n * 20 + 5), None);
                assert_eq!(whose, Refused::Alone, "{n}");
            }
        }
        assert_ne!(scope.counter(), Counter::Common);
    }

    #[test]
    fn a_common_counter_is_told_by_the_headers_and_by_them_alone_again() {
        let (mut scope, start) = (Scope::default(), Instant::now());
        let used = |n: u64| u32::try_from(n % 9 + 1).expect("small");
        (0..10).for_each(|n| scope.accepted(n, ms(start, n * 100), told(10, used(n))));
        assert_eq!(scope.counter(), Counter::Common);
        (10..20).for_each(|n| scope.accepted(n, ms(start, n * 100), told(10, 1)));
        assert_eq!(scope.counter(), Counter::PerPath);
    }

    #[test]
    fn where_paths_and_all_together_have_a_limit_both_are_known() {
        let (mut scope, start) = (Scope::default(), Instant::now());
        for second in 0..10 {
            for n in 0..20 {
                let at = ms(start, second * 1000 + n * 40);
                // The nearer limit is told.
                let told = if n < 17 {
                    told(5, 1)
                } else {
                    told(20, n as u32 + 1)
                };
                scope.accepted(second * 100 + n, at, told);
            }
            for n in 20..22 {
                scope.refused(second * 100 + n, ms(start, second * 1000 + n * 40), None);
            }
            assert_eq!(scope.counter(), Counter::Both, "{second}");
            assert!(scope.tells_of_path(told(5, 1)) && !scope.tells_of_path(told(20, 18)));
        }
    }

    #[test]
    fn a_contact_that_somebody_polls_is_refused_alone_again_and_again() {
        let (mut scope, start) = (Scope::default(), Instant::now());
        for second in 0..20 {
            for n in 0..10 {
                let at = ms(start, second * 1000 + n * 100);
                scope.accepted(100 + second * 10 + n, at, Allowance::default());
            }
            let at = ms(start, second * 1000 + 999);
            assert_eq!(scope.refused(7, at, None), Refused::Alone, "{second}");
        }
        assert_eq!(scope.counter(), Counter::PerPath);
    }

    #[test]
    fn where_a_common_limit_refuses_most_no_path_is_refused_for_its_own_sake() {
        let (mut scope, start) = (Scope::default(), Instant::now());
        let mut waiting = VecDeque::new();
        let mut next = 0;
        let mut alone = 0;
        for second in 0..60 {
            for tenth in 0..10 {
                let at = ms(start, second * 1000 + tenth * 100);
                // Who was refused before asks again in turn with new ones.
                let path = waiting.pop_front().filter(|_| tenth % 2 == 0);
                let path = path.unwrap_or_else(|| {
                    next += 1;
                    next
                });
                if tenth < 3 {
                    scope.accepted(path, at, Allowance::default());
                } else {
                    alone += u32::from(scope.refused(path, at, None) == Refused::Alone);
                    waiting.push_back(path);
                }
            }
        }
        assert_eq!(scope.counter(), Counter::Common);
        assert!(alone <= 5, "{alone} of 420");
    }

    #[test]
    fn two_contacts_refused_close_to_each_other_have_met_a_common_counter() {
        let (mut scope, start) = (Scope::default(), Instant::now());
        let second = Some(Duration::from_secs(1));
        (0..10).for_each(|n| scope.accepted(n, ms(start, n * 100), Allowance::default()));
        assert_eq!(scope.refused(20, ms(start, 1000), second), Refused::Alone);
        assert_eq!(
            scope.refused(21, ms(start, 1010), second),
            Refused::Together
        );
        assert_eq!(
            scope.refused(22, ms(start, 9010), second),
            Refused::Together
        );
    }

    #[test]
    fn a_common_limit_that_accepts_many_between_two_refusals_is_told_by_the_third() {
        let (mut scope, start) = (Scope::default(), Instant::now());
        let told = (0..4).map(|second| {
            for n in 0..50 {
                let at = ms(start, second * 1000 + n * 19);
                scope.accepted(second * 100 + n, at, Allowance::default());
            }
            scope.refused(second * 100 + 99, ms(start, second * 1000 + 990), None)
        });
        use Refused::{Alone, Together};
        let told: Vec<Refused> = told.collect();
        assert_eq!(told, [Alone, Alone, Together, Together]);
    }

    #[test]
    fn what_may_come_again_at_once_is_refused_alone_unless_most_others_are_too() {
        let (mut scope, start) = (Scope::default(), Instant::now());
        let at_once = Some(Duration::ZERO);
        for n in 0..30 {
            let at = ms(start, n * 100);
            if n % 3 == 0 {
                assert_eq!(scope.refused(n, at, at_once), Refused::Alone, "{n}");
            } else {
                scope.accepted(n, at, Allowance::default());
            }
        }
        for n in 0..12 {
            scope.refused(90 + n, ms(start, 9000 + n), at_once);
        }
        assert_eq!(scope.counter(), Counter::Common);
    }
}
