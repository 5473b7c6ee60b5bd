//! What an answer tells about the endpoint's limit.

/// What the headers of an answer tell about the endpoint's limit, as far as they are there and make sense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// `X-RateLimit-Limit`: how many requests are allowed within the server's window, however long that is.
    pub limit: Option<u32>,
    /// `X-RateLimit-Remaining`: how many of them are left.
    pub remaining: Option<u32>,
}

impl Allowance {
    /// Reads both headers: a number, of which only the digits at its beginning count.
    pub(super) fn from_headers(limit: Option<&str>, remaining: Option<&str>) -> Allowance {
        Allowance {
            limit: limit.and_then(number),
            remaining: remaining.and_then(number),
        }
    }
}

/// An answer of the API, with what it tells about the endpoint's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered<T> {
    /// What was asked for.
    pub value: T,
    /// What the answer tells about the limit.
    pub allowance: Allowance,
}

fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_tells_nothing() {
        for (text, read) in [
            ("10", Some(10)),
            (" 0 ", Some(0)),
            ("100, 100;w=60", Some(100)),
            ("4294967295", Some(u32::MAX)),
            ("4294967296", None),
            ("-1", None),
            ("unlimited", None),
            ("", None),
        ] {
            let allowance = Allowance::from_headers(Some(text), Some(text));
            assert_eq!(allowance.limit, read, "{text:?}");
            assert_eq!(allowance.remaining, read, "{text:?}");
        }
        assert_eq!(Allowance::from_headers(None, None), Allowance::default());
    }
}
