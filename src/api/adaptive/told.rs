//! What the headers of answers tell about the limit.

use std::time::{Duration, Instant};

use super::super::Allowance;
use super::sends::Sends;
use super::{LONG, SHORT, Window};

/// How long answers have to agree on a longer window, and how many in a row.
const WITNESSED: Duration = Duration::from_secs(1);
const WITNESSES: u32 = 5;
/// A server that tells that less than this share remains would soon refuse.
const TIGHT: f64 = 0.25;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    limit: Option<u32>,
    /// The one that a refusal told last, and whether answers tell one, too.
    met: Option<u32>,
    is_always: bool,
    /// The window that explains what the server counts; a second as long as no other is known.
    window: Option<Duration>,
    witness: Option<(Duration, Instant, u32)>,
    /// When the server last told that little remained.
    tight: Option<Instant>,
}

/// What an answer has told that is new.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum News {
    Nothing,
    /// The first limit that was told.
    First(u32),
    /// It has changed by this factor.
    Changed(f64),
    /// The window is this one.
    Found(Window),
}

impl Told {
    /// What is known once a limit was told, and not yet of which window.
    pub(super) fn of(limit: Option<u32>) -> Told {
        Told {
            limit,
            ..Told::default()
        }
    }

    /// The limit as it is told.
    pub(super) fn limit(&self) -> Option<u32> {
        self.limit
    }

    /// The limit that was met last, as it is told.
    pub(super) fn met(&self) -> Option<u32> {
        self.met.or(self.limit)
    }

    /// The limit, and the window that it is taken to be for.
    pub(super) fn window(&self) -> Option<Window> {
        self.limit.map(|limit| Window {
            length: self.window.unwrap_or(SHORT[0]),
            count: f64::from(limit),
        })
    }

    /// Whether little remained within so long before `at`.
    pub(super) fn was_tight(&self, at: Instant, within: Duration) -> bool {
        self.tight
            .is_some_and(|tight| at.saturating_duration_since(tight) < within)
    }

    /// Takes in what the refusal of a request tells that left at `at`.
    pub(super) fn refused(&mut self, at: Instant, allowance: Allowance, sends: &Sends) -> News {
        self.met = allowance.limit.filter(|limit| *limit > 0);
        // Of several limits this is the one that was met, and others may be what is told else.
        match self.is_always {
            true => News::Nothing,
            false => self.take_in(at, allowance, sends),
        }
    }

    /// Takes in what the answer to a request tells that was accepted and left at `at`.
    pub(super) fn accepted(&mut self, at: Instant, allowance: Allowance, sends: &Sends) -> News {
        self.is_always |= allowance.limit.is_some();
        self.take_in(at, allowance, sends)
    }

    fn take_in(&mut self, at: Instant, allowance: Allowance, sends: &Sends) -> News {
        let Some(limit) = allowance.limit.filter(|limit| *limit > 0) else {
            return News::Nothing;
        };
        // Of more than before less is left: a server that has several limits tells the one that is nearest.
        let is_another =
            |before| limit > before && allowance.remaining.is_some_and(|left| left < before);
        if self.limit.is_some_and(is_another) {
            return News::Nothing;
        }
        let before = self.limit.replace(limit);
        let found = allowance.remaining.and_then(|remaining| {
            if f64::from(remaining) < TIGHT * f64::from(limit) {
                self.tight = Some(at);
            }
            self.weigh(at, limit.saturating_sub(remaining) as usize, sends)
        });
        match before {
            None => News::First(limit),
            Some(before) if before != limit => News::Changed(f64::from(limit) / f64::from(before)),
            Some(_) => found.map_or(News::Nothing, News::Found),
        }
    }

    /// Looks back further if just that explains what the server counts as used.
    fn weigh(&mut self, at: Instant, used: usize, sends: &Sends) -> Option<Window> {
        let tolerance = 2 + used / 50;
        let present = self.window.unwrap_or(SHORT[0]);
        let explained = (used > sends.within(present, at) * 3 / 2 + tolerance)
            .then(|| {
                SHORT
                    .into_iter()
                    .chain(LONG)
                    .filter(|window| *window > present)
                    .map(|window| (window, sends.within(window, at)))
                    .find(|(_, sent)| sent + tolerance >= used)
                    .filter(|(_, sent)| *sent <= used + tolerance)
            })
            .flatten();
        let Some((window, _)) = explained else {
            self.witness = None;
            return None;
        };
        let (since, count) = match self.witness {
            Some((same, since, count)) if same == window => (since, count + 1),
            _ => (at, 1),
        };
        self.witness = Some((window, since, count));
        if count < WITNESSES || at.saturating_duration_since(since) < WITNESSED {
            return None;
        }
        self.witness = None;
        self.window = Some(window);
        self.window()
    }
}
