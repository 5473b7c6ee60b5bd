//! How even a load is, in two figures.

/// How even a load is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fairness {
    /// The largest distance of anybody's load from the target, of those who give everything away, too.
    pub largest: f64,
    /// The Gini coefficient of load per capacity: 0 if it is the same for all, near 1 if one has everything.
    pub gini: f64,
}

impl Fairness {
    /// The figures of users with a load, a target and a capacity each; it is `None` of those who give everything away, and
    /// nobody's is 0.
    pub(super) fn new(users: impl Iterator<Item = (u64, f64, Option<u64>)> + Clone) -> Fairness {
        let far = users
            .clone()
            .map(|(load, target, _)| (load as f64 - target).abs());
        Fairness {
            largest: far.fold(0.0, f64::max),
            gini: gini(
                users
                    .filter_map(|(load, _, capacity)| Some(load as f64 / capacity? as f64))
                    .collect(),
            ),
        }
    }
}

/// The Gini coefficient of some amounts; 0 if there are none, or nothing to share.
pub(crate) fn gini(mut amounts: Vec<f64>) -> f64 {
    amounts.sort_by(f64::total_cmp);
    let count = amounts.len() as f64;
    let sum: f64 = amounts.iter().sum();
    if sum <= 0.0 {
        return 0.0;
    }
    let ranked: f64 = amounts
        .iter()
        .zip(1_u32..)
        .map(|(amount, rank)| amount * f64::from(rank))
        .sum();
    // Sums of fractions may end a hair below.
    (2.0 * ranked / (count * sum) - (count + 1.0) / count).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gini_is_0_for_equals_and_rises_with_what_one_has_alone() {
        assert_eq!(gini(vec![]), 0.0);
        assert_eq!(gini(vec![0.0, 0.0]), 0.0);
        assert!(gini(vec![3.0, 3.0, 3.0]) < 1e-12);
        assert!((gini(vec![0.0, 0.0, 0.0, 8.0]) - 0.75).abs() < 1e-12);
        assert!((gini(vec![1.0, 3.0]) - 0.25).abs() < 1e-12);
    }
}
