//! Limits that a plan must not exceed, as a number or a share.

use std::fmt;

/// A limit that a plan must not exceed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ChangeLimit {
    /// So many changes.
    Number(usize),
    /// So many of a hundred changes.
    Percent(f64),
}

impl ChangeLimit {
    /// The largest count of `total` that stays within the limit.
    pub(crate) fn most(self, total: usize) -> usize {
        match self {
            ChangeLimit::Number(most) => most,
            ChangeLimit::Percent(most) => (most * total as f64 / 100.0).floor() as usize,
        }
    }

    /// Whether `count` of `total` changes stay within the limit.
    pub(crate) fn allows(self, count: usize, total: usize) -> bool {
        match self {
            ChangeLimit::Number(most) => count <= most,
            ChangeLimit::Percent(most) => count as f64 * 100.0 <= most * total as f64,
        }
    }
}

impl fmt::Display for ChangeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChangeLimit::Number(most) => write!(f, "{most}"),
            ChangeLimit::Percent(most) => write!(f, "{most} %"),
        }
    }
}

/// How many rows may fail, one after the other, before a run stops; `None`: any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FailureLimit(pub Option<u32>);

impl std::str::FromStr for FailureLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<FailureLimit, String> {
        if text == "off" {
            return Ok(FailureLimit(None));
        }
        match text.parse() {
            Ok(most @ 1..) => Ok(FailureLimit(Some(most))),
            _ => Err("write a number from 1, or `off`".to_owned()),
        }
    }
}

impl std::str::FromStr for ChangeLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<ChangeLimit, String> {
        let wrong = || "write a number, or a share like 5%".to_owned();
        match text.strip_suffix('%') {
            Some(percent) => {
                let percent = percent
                    .trim()
                    .parse()
                    .ok()
                    .filter(|percent| (0.0..=100.0).contains(percent));
                percent.map(ChangeLimit::Percent).ok_or_else(wrong)
            }
            None => text.parse().map(ChangeLimit::Number).map_err(|_| wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_is_a_number_or_a_share() {
        assert!(
            "51".parse::<ChangeLimit>()
                .expect("a number")
                .allows(51, 51)
        );
        assert!(!"5%".parse::<ChangeLimit>().expect("a share").allows(6, 100));
        assert!("5%".parse::<ChangeLimit>().expect("a share").allows(5, 100));
        let most = |guard: &str, total| guard.parse::<ChangeLimit>().expect("a guard").most(total);
        assert_eq!([most("5%", 199), most("5%", 200), most("7", 3)], [9, 10, 7]);
        assert!("-1".parse::<ChangeLimit>().is_err());
        assert!("120%".parse::<ChangeLimit>().is_err());
    }

    #[test]
    fn failures_are_a_number_or_off() {
        assert_eq!("25".parse(), Ok(FailureLimit(Some(25))));
        assert_eq!("off".parse(), Ok(FailureLimit(None)));
        for wrong in ["0", "-1", "many", ""] {
            assert!(wrong.parse::<FailureLimit>().is_err(), "{wrong}");
        }
    }
}
