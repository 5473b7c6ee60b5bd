//! Whether to go on with the list of contacts, or to read the rest one by one.
//!
//! How many contacts a workspace has is not known in advance, so neither is how many pages its list has. But every page
//! shows how many of the wanted contacts are on it, and each of them saves a read. With `n` wanted contacts, `p` pages
//! and `f` contacts found on them, reading the rest one by one comes to `p + n - f` requests in all: a page with one
//! wanted contact or more has paid for itself. So the list is read as long as what was paid in vain, `p - f`, stays
//! within a tenth of `n`:
//!
//! * It never takes more than 1.1 times the requests of reading one by one.
//! * A list of no more pages than a tenth of `n` is read to its end, whatever is on it.
//! * A longer one that is shorter than `n` pages has more than one wanted contact on the average page. If these are
//!   spread over the list as chance has it, it is read to its end, too. Only if they all stand at its end, and it is
//!   long, is it given up though it would have been better; then the first point still holds.
//!
//! That counts requests. Pages come one after the other and single reads many at a time, and each has a counter of its
//! own; so where pages show little, some contacts are read one by one to see how fast that goes, and the list is only
//! read on as long as a page takes less time than reading what it shows.

use std::time::Duration;

/// So few contacts are read one by one, which shows them as they are now.
const FEW: usize = 10;
/// Fewer wanted contacts on a page than this are little, if so many are wanted.
const LITTLE: usize = 20;
const MANY: usize = 300;
/// After so many pages it is known how much they show.
const ENOUGH: usize = 3;
/// So many contacts are read one by one to see how fast that goes.
pub(super) const TRIED: usize = 60;

/// Requests so far, and what they were good for.
#[derive(Clone, Debug, Default)]
pub(super) struct LookupChoice {
    wanted: usize,
    /// Pages in vain that earlier lists have cost.
    lost: usize,
    pages: usize,
    found: usize,
}

impl LookupChoice {
    /// For so many contacts that are wanted.
    pub(super) fn new(wanted: usize) -> LookupChoice {
        LookupChoice {
            wanted,
            ..LookupChoice::default()
        }
    }

    /// Whether one more page is worth it.
    pub(super) fn goes_on(&self) -> bool {
        let in_vain = self.lost + (self.pages + 1).saturating_sub(self.found);
        self.wanted >= FEW && in_vain * 10 <= self.wanted
    }

    /// Whether pages show so little that reading one by one may be faster.
    pub(super) fn is_thin(&self) -> bool {
        self.wanted >= MANY && self.pages >= ENOUGH && self.found < LITTLE * self.pages
    }

    /// Whether what a page shows is read one by one in less time than a page takes.
    pub(super) fn is_slower(&self, page: Duration, read: Duration) -> bool {
        let shown = self.found as f64 / self.pages.max(1) as f64;
        page > read.mul_f64(shown)
    }

    /// Takes in a page, and how many of the wanted contacts it showed for the first time.
    pub(super) fn page(&mut self, found: usize) {
        self.pages += 1;
        self.found += found;
    }

    /// Begins another list: what this one found in plenty is no reason to waste pages there.
    pub(super) fn another(&mut self) {
        self.lost += self.pages.saturating_sub(self.found);
        (self.pages, self.found) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: usize = 99;

    /// How many requests it takes to find the wanted contacts at these places of a list.
    fn requests(total: usize, wanted: &[bool]) -> usize {
        let count = wanted.iter().filter(|wanted| **wanted).count();
        let mut choice = LookupChoice::new(count);
        let (mut left, mut pages) = (count, 0);
        for page in wanted.chunks(PAGE) {
            if !choice.goes_on() {
                return pages + left;
            }
            let found = page.iter().filter(|wanted| **wanted).count();
            choice.page(found);
            left -= found;
            pages += 1;
        }
        assert_eq!((left, pages), (0, total.div_ceil(PAGE)));
        pages
    }

    /// Places of `wanted` contacts among `total`, spread as chance has it.
    fn spread(total: usize, wanted: usize, seed: u64) -> Vec<bool> {
        let mut state = seed;
        let mut left = wanted;
        (0..total)
            .map(|place| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let point = (state >> 33) as f64 / (1_u64 << 31) as f64;
                let is_wanted = point * ((total - place) as f64) < left as f64;
                left -= usize::from(is_wanted);
                is_wanted
            })
            .collect()
    }

    #[test]
    fn ten_thousand_contacts_take_at_most_a_tenth_more_than_the_better_way() {
        for total in [
            10_000, 20_000, 50_000, 99_000, 200_000, 500_000, 900_000, 1_000_000, 1_100_000,
            2_000_000,
        ] {
            for seed in 0..2 {
                let wanted = spread(total, 10_000, seed);
                let better = total.div_ceil(PAGE).min(10_000);
                let took = requests(total, &wanted);
                assert!(
                    took * 10 <= better * 11,
                    "{took} requests instead of {better} for 10,000 of {total}"
                );
            }
        }
    }

    #[test]
    fn a_few_contacts_are_read_one_by_one() {
        assert!(!LookupChoice::new(FEW - 1).goes_on());
        assert!(LookupChoice::new(FEW).goes_on());
    }

    #[test]
    fn what_one_list_found_does_not_pay_for_pages_of_another() {
        let mut choice = LookupChoice::new(100);
        for _ in 0..50 {
            choice.page(2);
        }
        choice.another();
        let mut pages = 0;
        while choice.goes_on() {
            choice.page(0);
            pages += 1;
        }
        assert_eq!(pages, 10);
    }

    #[test]
    fn pages_that_show_little_are_read_on_only_if_single_reads_take_longer() {
        let mut choice = LookupChoice::new(4_000);
        (0..3).for_each(|_| choice.page(4));
        assert!(choice.is_thin());
        let ms = Duration::from_millis;
        assert!(choice.is_slower(ms(80), ms(2)));
        assert!(
            !choice.is_slower(ms(200), ms(200)),
            "both have the same limit"
        );
        (0..3).for_each(|_| choice.page(60));
        assert!(!choice.is_thin());
    }

    proptest! {
        #[test]
        fn wherever_they_stand_it_is_at_most_a_tenth_more_than_one_by_one(
            places in proptest::collection::vec(proptest::bool::weighted(0.3), 0..5_000),
            gap in 0_usize..20_000,
        ) {
            let mut wanted = vec![false; gap];
            wanted.extend(places);
            let count = wanted.iter().filter(|wanted| **wanted).count();
            prop_assert!(requests(wanted.len(), &wanted) * 10 <= count * 11);
        }
    }
}
