//! Characters that steer a terminal, or change how others look, are shown by their number and never as they are.
//!
//! Names of files, sheets and columns come from anywhere: an escape sequence in one of them could rewrite what stands on
//! the screen, and a character that turns the direction of writing could make one command look like another.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use serde::Serializer;

/// Whether a character steers terminals or changes how others look. Line breaks and tabs do neither.
pub(crate) fn steers(char: char) -> bool {
    matches!(
        char,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    ) || char.is_control() && !matches!(char, '\n' | '\t')
}

/// What stands for such a character: `‹U+202E›`.
pub(crate) fn by_number(char: char) -> Option<String> {
    steers(char).then(|| format!("‹U+{:04X}›", u32::from(char)))
}

/// The text with its number in the place of such a character.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match by_number(char) {
            Some(number) => plain.push_str(&number),
            None => plain.push(char),
        }
    }
    plain.into()
}

/// A path as text, for serde: what is no Unicode in it is U+FFFD.
pub(crate) fn lossy<S: Serializer>(path: &impl AsRef<Path>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&path.as_ref().to_string_lossy())
}

/// JSON on its way to where people may look at it: such a character goes as its escape sequence, which means the same.
#[derive(Debug)]
pub(crate) struct Escaped<W>(pub(crate) W);

impl<W: Write> Write for Escaped<W> {
    /// Text comes in pieces that hold whole characters, as serde_json writes them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(steers) => {
                let mut rest = text;
                while let Some(at) = rest.find(steers) {
                    let (before, after) = rest.split_at(at);
                    let mut chars = after.chars();
                    let char = chars.next().map_or(0, u32::from);
                    write!(self.0, "{before}\\u{char:04x}")?;
                    rest = chars.as_str();
                }
                self.0.write_all(rest.as_bytes())?;
            }
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_by_its_number() {
        assert_eq!(
            visible("a\u{1b}]0;x\u{7}\u{9b}31m\u{202e}b\r\u{7f}"),
            "a‹U+001B›]0;x‹U+0007›‹U+009B›31m‹U+202E›b‹U+000D›‹U+007F›"
        );
        let plain = "äöü\t李\n…";
        assert!(matches!(visible(plain), Cow::Borrowed(same) if same == plain));
    }

    #[test]
    fn json_means_the_same_without_such_characters() {
        let value = serde_json::json!({"a\u{202e}": ["\u{1b}[31m\u{9b}x\u{7f}\"\\é", 1]});
        let mut text = Vec::new();
        serde_json::to_writer_pretty(Escaped(&mut text), &value).expect("a vector takes bytes");
        let text = String::from_utf8(text).expect("UTF-8");
        assert!(!text.contains(steers), "{text:?}");
        assert!(text.contains('é'), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read, value);
    }
}
