//! How long to wait before trying again what failed.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// The waits between the attempts at one request: each drawn from zero to a bound that doubles from 0.5 s to 30 s.
///
/// Drawing from the whole range (full jitter) spreads requests that failed together over time, so that they do not
/// come back together. It ends when the attempts are used up.
#[derive(Clone, Debug)]
pub struct Backoff {
    left: u32,
    bound: Duration,
    state: u64,
}

impl Backoff {
    /// The waits for `attempts` attempts at one request: one wait fewer than attempts, none for 0 or 1.
    ///
    /// The same `seed` gives the same waits; different requests want different seeds. What may be tried without end
    /// passes `u32::MAX`.
    pub fn new(attempts: u32, seed: u64) -> Backoff {
        Backoff {
            left: attempts.saturating_sub(1),
            bound: FIRST,
            state: seed,
        }
    }

    /// The next number of splitmix64, which is small, seedable, and good enough to spread waits.
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.state;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        drawn ^ (drawn >> 31)
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        // 53 bits are what an f64 holds exactly, so the share is in 0.0..1.0.
        let share = (self.draw() >> 11) as f64 / (1_u64 << 53) as f64;
        let wait = self.bound.mul_f64(share);
        self.bound = (self.bound * 2).min(LONGEST);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_wait_between_two_attempts() {
        for (attempts, waits) in [(0, 0), (1, 0), (2, 1), (8, 7)] {
            assert_eq!(Backoff::new(attempts, 1).count(), waits);
        }
    }

    #[test]
    fn waits_stay_below_a_bound_that_doubles_to_half_a_minute() {
        let bounds = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0];
        for seed in 0..500 {
            for (wait, bound) in Backoff::new(9, seed).zip(bounds) {
                assert!(wait.as_secs_f64() < bound, "{wait:?} of {bound} s");
            }
        }
    }

    #[test]
    fn waits_fill_the_whole_range() {
        let firsts: Vec<f64> = (0..2_000)
            .filter_map(|seed| Backoff::new(2, seed).next())
            .map(|wait| wait.as_secs_f64() / 0.5)
            .collect();
        for tenth in 0..10 {
            let range = f64::from(tenth) / 10.0..f64::from(tenth + 1) / 10.0;
            let share = firsts.iter().filter(|wait| range.contains(wait)).count();
            assert!(
                (120..280).contains(&share),
                "{share} of 2000 waits in {range:?}"
            );
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_waits() {
        assert!(Backoff::new(8, 7).eq(Backoff::new(8, 7)));
        assert!(!Backoff::new(8, 7).eq(Backoff::new(8, 8)));
    }
}
