//! What a server says, made fit for a screen, a file and an admin: plain, short, on one line, without the token.

use std::borrow::Cow;

use serde_json::Value;

use super::redact::Redactor;

/// How much of a server's own words is repeated, in characters.
const QUOTED: usize = 160;

/// `text` on one line of at most `longest` characters: blanks folded, control and direction characters left out; where
/// something was cut off, one more character, `…`, says so.
pub(super) fn printable(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    let mut length = 0;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = !shown.is_empty();
        } else if !invisible(c) {
            if length + usize::from(gap) + 1 > longest {
                shown.push('…');
                return shown;
            }
            if gap {
                shown.push(' ');
                length += 1;
                gap = false;
            }
            shown.push(c);
            length += 1;
        }
    }
    shown
}

/// Characters that show nothing but change what is around them; U+FFFD stands for bytes that were no text.
fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e007f}')
}

/// The `{code, message}` that the contract promises for every answer but 200.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    /// The server's own sentence, unchanged.
    pub(super) message: String,
}

impl Complaint {
    /// Reads the contract's error body: an object whose `code` is a number (or its digits) and whose `message` is text.
    pub(super) fn from_body(body: &[u8]) -> Option<Complaint> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let numbered = match value.get("code")? {
            Value::Number(_) => true,
            Value::String(code) => !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit()),
            _ => false,
        };
        let message = value.get("message")?.as_str()?;
        numbered.then(|| Complaint {
            message: message.to_owned(),
        })
    }
}

/// What the server says in `body`, in printable words, or `None` where it says nothing.
///
/// From JSON it takes the sentence, from anything else the beginning; the token is cut out wherever it stands.
pub(super) fn said(body: &[u8], redactor: &Redactor) -> Option<String> {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(value) => sentence(&value).unwrap_or_else(|| value.to_string()),
        Err(_) => without_tags(&String::from_utf8_lossy(body)).into_owned(),
    };
    quote(&text, redactor)
}

/// Whether what the server says in `body` speaks of a limit on how much may be asked.
pub(super) fn speaks_of_a_limit(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        matches!(
            word,
            "rate" | "quota" | "quotas" | "limit" | "limits" | "throttled" | "throttling"
        )
    })
}

/// Whether `body` is a web page for people.
pub(super) fn is_web_page(body: &[u8]) -> bool {
    let beginning = &body[..body.len().min(1024)];
    let beginning = String::from_utf8_lossy(beginning).to_ascii_lowercase();
    let text = beginning.trim_start_matches('\u{feff}').trim_start();
    text.starts_with("<!doctype html") || (text.starts_with('<') && text.contains("<html"))
}

/// The beginning of `body` as it is, for an answer that should have been something else.
pub(super) fn beginning(body: &[u8], redactor: &Redactor) -> Option<String> {
    quote(&without_tags(&String::from_utf8_lossy(body)), redactor)
}

fn quote(text: &str, redactor: &Redactor) -> Option<String> {
    // Control characters go first: one in the middle of the token would hide it.
    let plain = redactor.without(&printable(text, usize::MAX));
    // A backtick would end the literal that this is shown in.
    let quoted = printable(&plain, QUOTED).replace('`', "'");
    (!quoted.is_empty()).then_some(quoted)
}

/// The sentence in a JSON error, under the names that servers and the software before them use.
fn sentence(value: &Value) -> Option<String> {
    ["message", "error", "detail", "title", "errors"]
        .into_iter()
        .filter_map(|name| value.get(name))
        .find_map(|said| match said {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Array(several) => {
                let texts: Vec<&str> = several.iter().filter_map(Value::as_str).collect();
                (!texts.is_empty()).then(|| texts.join(", "))
            }
            Value::Object(_) => sentence(said),
            _ => None,
        })
}

/// `text` without what looks like HTML tags, and without scripts and styles; other text is returned as it is.
fn without_tags(text: &str) -> Cow<'_, str> {
    if !text.contains('<') || !text.contains('>') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        shown.push_str(before);
        let begins = |name: &str| {
            tag.get(1..=name.len())
                .is_some_and(|there| there.eq_ignore_ascii_case(name))
        };
        let end = if begins("script") {
            "</script>"
        } else if begins("style") {
            "</style>"
        } else if begins("!--") {
            "-->"
        } else if tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
            ">"
        } else {
            shown.push('<');
            rest = &tag[1..];
            continue;
        };
        shown.push(' ');
        // ASCII lower case keeps every byte where it is, so the offset holds in `tag` too.
        match tag.to_ascii_lowercase().find(end) {
            Some(at) => rest = &tag[at + end.len()..],
            None => return Cow::Owned(shown),
        }
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor::of(&"s3cret-token".into())
    }

    #[test]
    fn what_a_server_says_becomes_one_plain_line() {
        for (body, words) in [
            (
                r#"{"code":400,"message":"Validation error."}"#,
                Some("Validation error."),
            ),
            (
                r#"{"status":403,"error":{"message":"no  such\nplan"}}"#,
                Some("no such plan"),
            ),
            (
                r#"{"message":["assignee is odd","code too"],"code":400}"#,
                Some("assignee is odd, code too"),
            ),
            (r#"{"detail":"Not Found"}"#, Some("Not Found")),
            (r#"{"odd":1}"#, Some(r#"{"odd":1}"#)),
            (
                r#"{"message":"\u001b[31mred\u001b[0m\u0007\u202eevil"}"#,
                Some("[31mred[0mevil"),
            ),
            (
                "<!DOCTYPE html><html><head><style>p {color: red}</style><script>if (a < b) {}</script></head>\n<body><h1>403 Forbidden</h1><p>Request blocked.</p></body></html>",
                Some("403 Forbidden Request blocked."),
            ),
            ("1 < 2 and 3 > 2", Some("1 < 2 and 3 > 2")),
            ("upstream `x` gone\r\n\r\n", Some("upstream 'x' gone")),
            ("<html", Some("<html")),
            ("<p>half a <b", Some("half a")),
            ("", None),
            (" \n\t ", None),
            ("<html></html>", None),
            (
                "Bearer s3cret-token is unknown",
                Some("Bearer (redacted) is unknown"),
            ),
            (
                "Bearer s3cret\u{0}-token is unknown",
                Some("Bearer (redacted) is unknown"),
            ),
        ] {
            assert_eq!(
                said(body.as_bytes(), &redactor()).as_deref(),
                words,
                "{body:?}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_leave_nothing_behind() {
        assert_eq!(
            said(b"\x1f\x8b\x08\xff\xfe ok", &redactor()).as_deref(),
            Some("ok")
        );
        assert_eq!(said(&[0xff; 100], &redactor()), None);
    }

    #[test]
    fn long_words_are_cut_and_marked() {
        let words = said("wort ".repeat(1_000).as_bytes(), &redactor()).unwrap_or_default();
        assert!(words.ends_with('…'), "{words}");
        assert!(words.chars().count() <= QUOTED + 1, "{words}");
        assert_eq!(printable("abcdef", 6), "abcdef");
        assert_eq!(printable("abcdefg", 6), "abcdef…");
        assert_eq!(printable("abc defg", 4), "abc…");
        assert_eq!(printable("ééééé", 2), "éé…");
    }

    #[test]
    fn only_the_promised_form_is_a_complaint() {
        for (body, message) in [
            (
                r#"{"code":404,"message":"Contact not found"}"#,
                Some("Contact not found"),
            ),
            (r#"{"code":"404","message":"x","status":"more"}"#, Some("x")),
            (r#"{"code":"NOT_FOUND","message":"x"}"#, None),
            (
                r#"{"statusCode":404,"message":"Cannot GET /v1/contact","error":"Not Found"}"#,
                None,
            ),
            (r#"{"code":404,"message":null}"#, None),
            (r#"{"detail":"Not Found"}"#, None),
            ("404 page not found", None),
            ("<html>", None),
            ("", None),
        ] {
            let read = Complaint::from_body(body.as_bytes()).map(|complaint| complaint.message);
            assert_eq!(read.as_deref(), message, "{body}");
        }
    }
}
