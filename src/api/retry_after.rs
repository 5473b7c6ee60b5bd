//! How long a server asks to wait: the `Retry-After` header in each of its forms.

use std::time::{Duration, SystemTime};

/// The wait that a `Retry-After` header asks for.
///
/// It holds seconds, also with a fraction, or an HTTP date; a date counts from the answer's own `Date` header where
/// there is one, so that a wrong clock on either side does no harm, else from `now`. What is negative, past or neither
/// form is `None`, and an absurdly long wait is kept as it is, at most [`Duration::MAX`].
pub(super) fn retry_after(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        let seconds: f64 = value.parse().ok()?;
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let from = date
        .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
        .unwrap_or(now);
    until.duration_since(from).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "Wed, 01 Jan 2025 12:00:00 GMT";

    #[test]
    fn every_form_of_the_header_is_read() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_735_732_790); // ten seconds before noon
        for (value, date, wait) in [
            ("1", None, Some(Duration::from_secs(1))),
            (" 30 ", None, Some(Duration::from_secs(30))),
            ("0", None, Some(Duration::ZERO)),
            ("0.25", None, Some(Duration::from_millis(250))),
            ("1.", None, Some(Duration::from_secs(1))),
            ("86400000", None, Some(Duration::from_secs(86_400_000))),
            ("99999999999999999999999", None, Some(Duration::MAX)),
            (NOON, None, Some(Duration::from_secs(10))),
            (
                NOON,
                Some("Wed, 01 Jan 2025 11:58:00 GMT"),
                Some(Duration::from_secs(120)),
            ),
            (NOON, Some("yesterday"), Some(Duration::from_secs(10))),
            (NOON, Some(NOON), Some(Duration::ZERO)),
            (
                "Wednesday, 01-Jan-25 12:00:00 GMT",
                None,
                Some(Duration::from_secs(10)),
            ),
            (NOON, Some("Wed, 01 Jan 2025 12:00:01 GMT"), None),
            ("", None, None),
            (".", None, None),
            ("1.2.3", None, None),
            ("-1", None, None),
            ("1e3", None, None),
            ("inf", None, None),
            ("NaN", None, None),
            ("5s", None, None),
            ("soon", None, None),
        ] {
            assert_eq!(
                retry_after(value, date, now),
                wait,
                "{value:?} after {date:?}"
            );
        }
    }

    #[test]
    fn a_number_too_long_for_any_clock_is_the_longest_wait() {
        assert_eq!(
            retry_after(&"9".repeat(400), None, SystemTime::UNIX_EPOCH),
            Some(Duration::MAX)
        );
    }
}
