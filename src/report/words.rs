//! What statuses, figures and times are called.

use crate::mapping::MILLIONTHS;
use crate::outcome::Status;

/// How a status is called in a heading.
pub(super) fn title(status: Status) -> &'static str {
    match status {
        Status::Assigned => "Assigned",
        Status::Unassigned => "Unassigned",
        Status::Unchanged => "Already right",
        Status::Duplicate => "Duplicate",
        Status::Skipped => "Left out",
        Status::Planned => "Planned",
        Status::Invalid => "Not usable",
        Status::Conflict => "Contradiction",
        Status::Failed => "Failed",
        Status::Unknown => "Not known",
        Status::Undone => "Undone",
        Status::Busy => "Still busy",
        Status::NotApplied => "Did not hold",
        Status::Drifted => "Moved by somebody else",
        Status::NotAttempted => "Not tried",
    }
}

/// The group of colours that a status belongs to.
pub(super) fn tone(status: Status) -> &'static str {
    match status {
        Status::Assigned => "good",
        Status::Unassigned => "good2",
        Status::Unchanged => "calm",
        Status::Duplicate | Status::Skipped => "quiet",
        Status::Planned => "plan",
        Status::Invalid => "bad",
        Status::Failed | Status::NotApplied => "bad2",
        Status::Conflict | Status::Drifted | Status::Undone => "warn",
        Status::Busy | Status::NotAttempted | Status::Unknown => "wait",
    }
}

/// `1 row`, `12,345 rows`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A number with a comma between thousands.
pub fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A load in millionths, with a comma between thousands and as many decimals as it has.
pub fn amount(millionths: u64) -> String {
    let whole = usize::try_from(millionths / MILLIONTHS).unwrap_or(usize::MAX);
    match millionths % MILLIONTHS {
        0 => number(whole),
        rest => {
            let rest = format!("{rest:06}");
            format!("{}.{}", number(whole), rest.trim_end_matches('0'))
        }
    }
}

/// A number with at most one decimal.
pub fn decimal(value: f64) -> String {
    amount((value * 10.0).round() as u64 * (MILLIONTHS / 10))
}

/// A time as people say it: `20 s`, `about 2 min`, `about 1 h 7 min`.
pub fn about(time: std::time::Duration) -> String {
    match time.as_secs_f64().ceil() as u64 {
        seconds @ 0..=90 => format!("about {} s", seconds.max(1)),
        seconds @ 91..=5400 => format!("about {} min", seconds.div_ceil(60)),
        seconds => format!("about {} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A length of time: `4 s`, `2 min 5 s`, `1 h 3 min`.
pub(super) fn lasting(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0 => "less than 1 s".to_owned(),
        1..=59 => format!("{whole} s"),
        60..=3599 if whole.is_multiple_of(60) => format!("{} min", whole / 60),
        60..=3599 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_written_with_the_decimals_they_have() {
        assert_eq!(
            [1_234_000_000, 500_000, 0].map(amount),
            ["1,234", "0.5", "0"]
        );
        assert_eq!([1.25, 1233.96, 0.04].map(decimal), ["1.3", "1,234", "0"]);
    }
}
