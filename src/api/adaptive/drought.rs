//! Times in which nothing is accepted: an outage, or a long window that is used up.
//!
//! If a drought begins after as many requests as the one before, or as the server tells as its limit, it is a window: it
//! lasts from the first of these requests to the end of the drought.

use std::ops::{RangeFrom, RangeInclusive};
use std::time::{Duration, Instant};

use super::sends::Sends;
use super::{LONG, Window};

/// Nothing accepted for longer than this is a drought that no short window explains.
const LONG_DROUGHT: Duration = Duration::from_millis(5500);
/// Nothing accepted for longer than this is no window of a second; perhaps one of up to half a minute, if it was asked so
/// often that its least length is this share of the most.
const GAP: Duration = Duration::from_millis(1200);
const SEEMS_AT_MOST: Duration = Duration::from_secs(30);
const ASKED: f64 = 0.3;
/// If so much more than its count was accepted, it was no window.
pub(super) const MORE: f64 = 1.4;
/// More refusals than this in a row are no chance.
const MANY: u32 = 4;
/// How soon it is asked again while nothing is accepted; each time after so much longer, more where no limit was met before.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const NOTHING_WAIT: Duration = Duration::from_millis(250);
const LONGER: u32 = 2;
const LONGER_AT_FIRST: u32 = 4;
/// The same where more than so many were under way when a limit was met for the first time: they have all cost a refusal.
const MANY_UNDER_WAY: f64 = 8.0;
const WAIT_AFTER_MANY: Duration = Duration::from_millis(400);
/// The same where as many were accepted as before the last drought, so that it is the same again.
const KNOWN_WAIT: Duration = Duration::from_secs(4);
/// The same where a longer window seems to be there, as a share of it.
const PART: f64 = 0.05;
/// And not before this share of the time that the last short drought lasted.
const USUALLY: f64 = 0.4;
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// What has lasted for minutes is asked after less often: after this share of the time that it has lasted.
const PART_OF_DROUGHT: f64 = 1.0 / 25.0;
/// And so long after one of the usual windows of minutes would have opened.
const USUAL: RangeFrom<Duration> = Duration::from_secs(300)..;
const AFTER_WINDOW: Duration = Duration::from_secs(1);
/// Counts that differ by no more than this are the same.
pub(super) const SAME: f64 = 0.88;
/// From this share of what was accepted before the drought before, and up to that, another one may be near.
const NEAR: RangeInclusive<f64> = 0.95..=1.05;
/// So often the same count tells a window, however long the server asked to wait.
const REPEATED: u32 = 2;
/// A window may begin and end by so much earlier than was seen.
const SLACK: Duration = Duration::from_millis(500);

/// Nothing was accepted since a refusal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drought {
    /// When the last request left that was accepted, and when the first and last that were refused.
    last_accepted: Option<Instant>,
    /// When the first one left that was accepted after the long drought before.
    began: Option<Instant>,
    pub(super) first_refused: Instant,
    pub(super) last_refused: Instant,
    wait: Duration,
    /// How long to wait at least before it is asked again for the first time.
    usual: Duration,
    /// How many were accepted since the long drought before.
    accepted: u64,
    /// Whether no limit was met before.
    is_first: bool,
    /// How many were refused.
    refused: u32,
}

impl Drought {
    /// How long to wait at first, if it is known that more than the last answers are refused.
    pub(super) fn first_wait(&self) -> Option<Duration> {
        let known = (self.wait > FIRST_WAIT).then_some(self.wait * 2);
        known.max(Some(self.usual).filter(|usual| !usual.is_zero()))
    }

    /// Nothing is known of the limit: what leaves at the same pace is refused, too, as is what is under way.
    pub(super) fn stops_at_once(&mut self, under_way: f64) {
        self.is_first = true;
        let wait = match under_way > MANY_UNDER_WAY {
            true => WAIT_AFTER_MANY,
            false => FIRST_WAIT,
        };
        self.usual = self.usual.max(wait);
    }

    /// How long to wait after one more refusal, from `now` on.
    pub(super) fn wait_longer(&mut self, now: Instant) -> Duration {
        let times = match self.is_first {
            true => LONGER_AT_FIRST,
            false => LONGER,
        };
        let lasted = self.last_refused.duration_since(self.first_refused);
        let longest = lasted.mul_f64(PART_OF_DROUGHT).max(LONGEST_WAIT);
        self.wait = (self.wait.max(self.usual / 2) * times).min(longest);
        let next = self.began.and_then(|began| {
            let windows = LONG.into_iter().filter(|window| USUAL.contains(window));
            let mut opens = windows.map(|window| began + window + AFTER_WINDOW);
            opens.find(|opens| *opens > now)
        });
        next.map_or(self.wait, |next| self.wait.min(next - now))
    }

    /// Takes in that what left at `at` was refused.
    pub(super) fn refuse(&mut self, at: Instant) {
        self.last_refused = self.last_refused.max(at);
        self.refused += 1;
    }

    /// Whether one request at a time asks if anything is accepted again: where a limit is proven, so much is accepted,
    /// though not all at once; unless many were refused, and answers come so soon (`is_near`) that asking costs little.
    pub(super) fn is_asked_singly(&self, is_proven: bool, is_near: bool) -> bool {
        self.is_first
            || is_near && self.refused > MANY
            || self.wait > if is_proven { NOTHING_WAIT } else { FIRST_WAIT }
    }

    /// Whether no short window explains it, if it was over at `at`.
    pub(super) fn was_long(&self, at: Instant) -> bool {
        let since = |last| at.saturating_duration_since(last) >= LONG_DROUGHT;
        self.last_accepted.is_none_or(since)
    }
}

/// What was accepted between long droughts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Droughts {
    /// When the first request left since the last one.
    began: Option<Instant>,
    accepted: u64,
    began_before: Option<Instant>,
    /// How many were accepted between the two before.
    before: Option<u64>,
    /// How often as many were accepted as before the drought before.
    repeated: u32,
    /// Refusals that began and ended within that time.
    short: u32,
    /// How long the last of these lasted.
    lasted: Duration,
    gaps: Gaps,
}

/// What was accepted between times in which nothing was for longer than a second explains.
#[derive(Clone, Copy, Debug, Default)]
struct Gaps {
    /// When the first request left since the last one, and how many did.
    opened: Option<(Instant, u64)>,
    /// Whether there was one.
    any: bool,
    /// The window that explains it best.
    seems: Option<Window>,
}

impl Gaps {
    /// Takes in that nothing was accepted from the refusals of `drought` until `at`.
    fn note(&mut self, drought: &Drought, at: Instant) {
        if at.saturating_duration_since(drought.first_refused) <= GAP {
            return;
        }
        let Some((opened, count)) = self.opened.replace((at, 0)) else {
            return;
        };
        self.any = true;
        let since = |end: Instant| end.saturating_duration_since(opened).as_secs_f64();
        let (least, most) = (since(drought.last_refused), since(at));
        let length = Duration::from_secs_f64((least * most).sqrt());
        let is_told = length < SEEMS_AT_MOST && least > ASKED * most;
        self.seems = is_told.then_some(Window {
            length,
            count: count as f64,
        });
    }
}

impl Droughts {
    /// Takes in an accepted request that left at `at`.
    pub(super) fn accepted(&mut self, at: Instant) {
        self.began.get_or_insert(at);
        self.accepted += 1;
        self.gaps.opened.get_or_insert((at, 0)).1 += 1;
    }

    /// When the first request left since the last long drought.
    pub(super) fn began(&self) -> Option<Instant> {
        self.began
    }

    /// When the first request left since the long drought before the last one.
    pub(super) fn began_before(&self) -> Option<Instant> {
        self.began_before.or(self.began)
    }

    /// Whether as many were accepted as when nothing more was accepted before.
    pub(super) fn is_near(&self) -> bool {
        self.before.is_some_and(|before| {
            let share = self.accepted as f64 / before as f64;
            NEAR.contains(&share)
        })
    }

    /// Begins a drought with the refusal of a request that left at `at`; `is_empty` if nothing was accepted lately.
    pub(super) fn begin(
        &mut self,
        at: Instant,
        last_accepted: Option<Instant>,
        is_empty: bool,
    ) -> Drought {
        let wait = match is_empty {
            _ if self.is_near() => KNOWN_WAIT,
            true => NOTHING_WAIT,
            false => FIRST_WAIT,
        };
        let seems = self.seems().map_or(Duration::ZERO, |seems| seems.length);
        Drought {
            last_accepted,
            began: self.began,
            first_refused: at,
            last_refused: at,
            wait: wait.max(seems.mul_f64(PART)),
            usual: self.lasted.mul_f64(USUALLY),
            accepted: self.accepted,
            is_first: false,
            refused: 0,
        }
    }

    /// A window of some seconds that seems to be there.
    pub(super) fn seems(&self) -> Option<Window> {
        self.gaps.seems
    }

    /// How many were accepted since nothing was for longer than a second explains, if that was so.
    pub(super) fn accepted_since_gap(&self) -> Option<u64> {
        let opened = self.gaps.opened.filter(|_| self.gaps.any);
        opened.map(|(_, count)| count)
    }

    /// Drops the window that seems to be there if more is accepted within it, up to `at`.
    pub(super) fn contradict(&mut self, sends: &Sends, at: Instant) {
        let more = |seems: Window| sends.within(seems.length, at) as f64 > MORE * seems.count;
        self.gaps.seems = self.gaps.seems.filter(|seems| !more(*seems));
    }

    /// Ends a drought with a request that left at `at` and was accepted, and tells the window that explains it.
    pub(super) fn end(
        &mut self,
        drought: &Drought,
        at: Instant,
        told: Option<u32>,
    ) -> Option<Window> {
        self.gaps.note(drought, at);
        if !drought.was_long(at) {
            self.short += 1;
            self.lasted = at.saturating_duration_since(drought.first_refused);
            return None;
        }
        let run = std::mem::take(self);
        self.gaps = run.gaps;
        let last = drought.last_accepted?;
        self.before = Some(drought.accepted);
        self.began_before = run.began;
        let same = |other: u64| {
            let least = other.min(drought.accepted) as f64;
            let most = other.max(drought.accepted) as f64;
            least >= SAME * most - 0.5
        };
        if run.before.is_some_and(same) {
            self.repeated = run.repeated + 1;
        }
        let is_told = told.map(u64::from).is_some_and(same);
        let is_known = run.before.is_some_and(same) || is_told;
        // Where the server named a long pause, how long that was is no evidence.
        let is_measured = drought.last_refused.saturating_duration_since(last) > LONG_DROUGHT;
        let is_sure = is_measured || is_told || run.short > 2 || self.repeated >= REPEATED;
        if !is_known || drought.accepted == 0 || !is_sure {
            return None;
        }
        let began = run.began.unwrap_or(last);
        let at_most = at.saturating_duration_since(began);
        let at_least = match is_measured {
            true => drought.last_refused.saturating_duration_since(began),
            false => at_most.mul_f64(0.95),
        };
        let known = LONG
            .into_iter()
            .find(|window| *window + SLACK >= at_least && *window <= at_most + SLACK);
        let count = run
            .before
            .map_or(drought.accepted, |before| before.min(drought.accepted));
        Some(Window {
            length: known.unwrap_or(at_most),
            count: count as f64,
        })
    }
}
