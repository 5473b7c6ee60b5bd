//! The one place where values become parts of the page.

use std::fmt;
use std::io::{self, Write};

use crate::unprintable::{self, by_number};

/// Text inside an element or a quoted attribute.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for char in self.0.chars() {
            match char {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                char => match by_number(char) {
                    Some(name) => f.write_str(&name)?,
                    None => f.write_char(char)?,
                },
            }
        }
        Ok(())
    }
}

/// The same with what stands between backticks as code. Where they do not come in pairs, all of it is plain text.
pub(super) struct Quoting<'a>(pub(super) &'a str);

impl fmt::Display for Quoting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.0.split('`').count();
        if parts.is_multiple_of(2) {
            return Text(self.0).fmt(f);
        }
        for (place, part) in self.0.split('`').enumerate() {
            if place.is_multiple_of(2) {
                Text(part).fmt(f)?;
            } else {
                write!(f, "<code>{}</code>", Text(part))?;
            }
        }
        Ok(())
    }
}

/// The same text without characters that would change how others look, for the data of the page.
pub(super) fn visible(text: &str) -> String {
    unprintable::visible(text).into_owned()
}

/// JSON inside a `script` element: nothing in it can end the element or begin a comment. `<`, `>` and `&` stand only in
/// JSON's strings, where their numbers mean the same.
pub(super) struct InScript<W>(pub(super) W);

impl<W: Write> Write for InScript<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(place) = rest
            .iter()
            .position(|byte| matches!(byte, b'<' | b'>' | b'&'))
        {
            self.0.write_all(&rest[..place])?;
            write!(self.0, "\\u{:04x}", rest[place])?;
            rest = &rest[place + 1..];
        }
        self.0.write_all(rest)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unescaped(text: &str) -> String {
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }

    #[test]
    fn what_turns_the_text_around_is_shown_instead() {
        assert_eq!(
            Text("a\u{202e}b\0</td>").to_string(),
            "a‹U+202E›b‹U+0000›&lt;/td&gt;"
        );
        assert_eq!(visible("a\u{2067}b\nc"), "a‹U+2067›b\nc");
    }

    #[test]
    fn what_is_quoted_becomes_code() {
        assert_eq!(
            Quoting("column `a<b`: no").to_string(),
            "column <code>a&lt;b</code>: no"
        );
        assert_eq!(Quoting("a ` b").to_string(), "a ` b");
    }

    proptest! {
        #[test]
        fn escaped_text_holds_no_markup_and_reads_as_it_was_written(text in "\\PC*|[<>&'\"`/a-z ]*") {
            let escaped = Text(&text).to_string();
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            prop_assert_eq!(unescaped(&escaped), visible(&text));
        }

        #[test]
        fn json_in_a_script_cannot_end_it_and_means_the_same(text in "\\PC*|(</script>|<!--|&lt;|[<>\"\\\\a])*") {
            let mut to = Vec::new();
            serde_json::to_writer(InScript(&mut to), &text).expect("a vector takes all");
            prop_assert!(!to.iter().any(|byte| matches!(byte, b'<' | b'>' | b'&')));
            prop_assert_eq!(serde_json::from_slice::<String>(&to).expect("JSON"), text);
        }
    }
}
