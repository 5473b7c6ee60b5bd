//! Counts, lengths of time and lists of rows as people write them: the same on screens, pages, workbooks and in sentences.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How many parts a load of one contact has.
const MILLIONTHS: u64 = 1_000_000;

/// A moment in local time: `27 November 2026, 06:25`.
pub(crate) fn day_and_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%-d %B %Y, %H:%M")
        .to_string()
}

/// A moment as the results file shows it: RFC 3339, local time with offset, whole seconds.
pub(crate) fn local_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// `1 row`, `12,345 rows`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// Which contacts the workspace may not change, and why: those of these rows, whose conversations are closed.
pub(crate) fn closed_conversations(of: &[u32]) -> String {
    let its = if of.len() == 1 { "its" } else { "their" };
    format!(
        "{} ({}); the workspace may keep {its} old owner.",
        counted(
            of.len(),
            "contact has a closed conversation",
            "contacts have closed conversations"
        ),
        rows(of)
    )
}

/// The same, and what can be done about it beforehand.
pub(crate) fn closed_conversations_to_open(of: &[u32]) -> String {
    let it = if of.len() == 1 { "it" } else { "them" };
    format!(
        "{} Reopen {it} there first, or leave {it} out with `--closed skip`.",
        closed_conversations(of)
    )
}

/// A number with a comma between thousands.
pub(crate) fn number(count: usize) -> String {
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
pub(crate) fn amount(millionths: u64) -> String {
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
pub(crate) fn decimal(value: f64) -> String {
    amount((value * 10.0).round() as u64 * (MILLIONTHS / 10))
}

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// With every fourth one a day longer.
const YEAR: u64 = 365 * DAY + 6 * HOUR;

/// A time as people say it: `about 20 seconds`, `about 2 minutes`, `about 1 hour 7 minutes`, `about 3 days`, and beyond two
/// years `about 4 years`.
pub(crate) fn about(time: Duration) -> String {
    let minutes = |count: u64| counted_u64(count, "minute", "minutes");
    match time.as_secs_f64().round() as u64 {
        seconds @ 0..=90 => format!("about {}", counted_u64(seconds.max(1), "second", "seconds")),
        seconds @ 91..=5400 => format!("about {}", minutes(seconds.div_ceil(60))),
        seconds if seconds >= 2 * YEAR => {
            format!("about {}", counted_u64(seconds / YEAR, "year", "years"))
        }
        seconds if seconds >= 2 * DAY => {
            format!("about {}", counted_u64(seconds / DAY, "day", "days"))
        }
        seconds => {
            let hours = counted_u64(seconds / HOUR, "hour", "hours");
            match seconds % HOUR / 60 {
                0 => format!("about {hours}"),
                rest => format!("about {hours} {}", minutes(rest)),
            }
        }
    }
}

fn counted_u64(count: u64, one: &str, many: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), one, many)
}

/// A length of time: `4 s`, `2 min 5 s`, `1 h 3 min`.
pub(crate) fn lasting(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0 => "less than 1 s".to_owned(),
        1..=59 => format!("{whole} s"),
        60..=3599 if whole.is_multiple_of(60) => format!("{} min", whole / 60),
        60..=3599 => format!("{} min {} s", whole / 60, whole % 60),
        _ if whole < 2 * DAY => format!("{} h {} min", whole / HOUR, whole % HOUR / 60),
        _ => format!("{} d {} h", whole / DAY, whole % DAY / HOUR),
    }
}

/// The first of some row numbers: `rows 3, 5, 8 and 12 more`.
pub(crate) fn rows(rows: &[u32]) -> String {
    const SHOWN: usize = 8;
    let list = rows
        .iter()
        .take(SHOWN)
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let word = if rows.len() == 1 { "row" } else { "rows" };
    match rows.len().saturating_sub(SHOWN) {
        0 => format!("{word} {list}"),
        more => format!("{word} {list} and {} more", number(more)),
    }
}

/// Rows that belong together: `rows 50 and 51, rows 3, 5 and 8`.
pub(crate) fn together(sets: &[Vec<u32>]) -> String {
    const SHOWN: usize = 4;
    let one = |set: &Vec<u32>| match set.as_slice() {
        [.., last] if set.len() <= 8 && set.len() > 1 => {
            let first: Vec<String> = set[..set.len() - 1].iter().map(u32::to_string).collect();
            format!("rows {} and {last}", first.join(", "))
        }
        set => rows(set),
    };
    let shown: Vec<String> = sets.iter().take(SHOWN).map(one).collect();
    let more: usize = sets.iter().skip(SHOWN).map(Vec::len).sum();
    match more {
        0 => shown.join(", "),
        more => format!(
            "{} and {}",
            shown.join(", "),
            counted(more, "more row", "more rows")
        ),
    }
}

/// `Ann, Ben and 3 more`: as many names as a sentence can hold.
pub(crate) fn listed<T: AsRef<str>>(all: &[T]) -> String {
    const NAMED: usize = 8;
    let named: Vec<&str> = all.iter().take(NAMED).map(AsRef::as_ref).collect();
    match all.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {} more", named.join(", "), number(more)),
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

    #[test]
    fn numbers_and_times_read_as_people_write_them() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(number),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(counted(1, "row", "rows"), "1 row");
        let about = |seconds| about(Duration::from_secs_f64(seconds));
        assert_eq!(
            [
                0.2,
                20.1,
                91.0,
                4000.0,
                8000.0,
                172_799.0,
                172_800.0,
                63_000_000.0,
                1e9
            ]
            .map(about),
            [
                "about 1 second",
                "about 20 seconds",
                "about 2 minutes",
                "about 67 minutes",
                "about 2 hours 13 minutes",
                "about 47 hours 59 minutes",
                "about 2 days",
                "about 729 days",
                "about 31 years"
            ]
        );
        assert_eq!(
            [4.0, 125.0, 3780.0, 172_799.0, 180_000.0].map(lasting),
            ["4 s", "2 min 5 s", "1 h 3 min", "47 h 59 min", "2 d 2 h"]
        );
        assert_eq!(rows(&[3]), "row 3");
        assert_eq!(
            together(&[vec![50, 51], vec![3, 5, 8], vec![9]]),
            "rows 50 and 51, rows 3, 5 and 8, row 9"
        );
        assert_eq!(
            together(&vec![vec![1, 2]; 6]),
            "rows 1 and 2, rows 1 and 2, rows 1 and 2, rows 1 and 2 and 4 more rows"
        );
        assert_eq!(
            rows(&(1..=10).collect::<Vec<_>>()),
            "rows 1, 2, 3, 4, 5, 6, 7, 8 and 2 more"
        );
    }
}
