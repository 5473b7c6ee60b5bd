//! The texts of a workbook: those that its sheets share, and how texts are written in its XML.

use std::io::BufRead;

use quick_xml::events::Event;

use super::super::Failure;
use super::super::package::{Xml, attribute, cut_off, resolved, skip};
use super::super::plain_cell::PlainText;

/// How many bytes of shared texts a workbook may hold.
const MAX_STRINGS: usize = 1 << 30;

/// Texts, one after the other in one.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    /// Where each ends; it starts where the one before ends.
    ends: Vec<u32>,
}

impl Strings {
    /// Ends the text that was added last.
    fn end(&mut self) -> Result<(), Failure> {
        if self.text.len() > MAX_STRINGS {
            let limit = format!("{} MiB of text", MAX_STRINGS >> 20);
            return Err(Failure::TooLarge(limit));
        }
        self.ends.push(self.text.len() as u32);
        Ok(())
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |at| self.ends[at] as usize);
        self.text.get(start..end)
    }
}

pub(super) fn strings_of(mut xml: Xml<impl BufRead>) -> Result<Strings, Failure> {
    let mut strings = Strings::default();
    // Whether the reader stands right behind the end of a text.
    let mut is_behind = false;
    loop {
        while is_behind && let Some((length, plain)) = PlainText::parse(xml.ahead()) {
            let start = strings.text.len();
            strings.text.push_str(plain.text);
            tidy(&mut strings.text, start, plain.keeps_space);
            xml.take(length);
            strings.end()?;
        }
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "si" => {
                rich_text(&mut xml, &mut strings.text)?;
                strings.end()?;
                is_behind = true;
            }
            Event::Eof => return Ok(strings),
            _ => is_behind = false,
        }
    }
}

/// The text within the element whose start was just read: all its runs, but not how they are pronounced.
pub(super) fn rich_text(xml: &mut Xml<impl BufRead>, out: &mut String) -> Result<(), Failure> {
    let mut depth = 0_u32;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => {
                    let keeps_space =
                        attribute(&element, "space").is_some_and(|how| how == "preserve");
                    let start = out.len();
                    plain_text(xml, out)?;
                    tidy(out, start, keeps_space);
                }
                "rPh" => skip(xml)?,
                _ => depth += 1,
            },
            Event::End(_) => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return Ok(()),
            },
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}

/// Takes white space off what was added from `start` on, unless it is kept, and puts characters in place of `_x000D_`.
pub(super) fn tidy(text: &mut String, start: usize, keeps_space: bool) {
    if !keeps_space {
        let white = [' ', '\t', '\r', '\n'];
        let end = text[start..].trim_end_matches(white).len();
        text.truncate(start + end);
        let blank = text[start..].len() - text[start..].trim_start_matches(white).len();
        text.drain(start..start + blank);
    }
    if text[start..].contains("_x") {
        let written_out = written_out(&text[start..]);
        text.truncate(start);
        text.push_str(&written_out);
    }
}

/// The text with each `_x000D_` replaced by the character of that number.
fn written_out(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        units.extend(rest[..at].encode_utf16());
        let escape = rest.get(at + 2..at + 6);
        let unit = escape
            .filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'))
            .and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let length = match unit {
            Some(unit) => {
                units.push(unit);
                7
            }
            None => {
                units.extend("_x".encode_utf16());
                2
            }
        };
        rest = &rest[at + length..];
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

/// The text of the element whose start was just read, which has no others in it.
pub(super) fn plain_text(xml: &mut Xml<impl BufRead>, out: &mut String) -> Result<(), Failure> {
    loop {
        match xml.next()? {
            Event::Text(piece) => out.push_str(&piece.xml10_content()),
            Event::CData(piece) => out.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) => out.push(resolved(&reference)?),
            Event::Start(_) => skip(xml)?,
            Event::End(_) => return Ok(()),
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    proptest! {
        #[test]
        fn shared_texts_read_fast_are_the_same_as_read_with_care(
            texts in proptest::collection::vec(select(vec![
                "<si><t>Ann</t></si>",
                "<si><t> Ann </t></si>",
                "<si><t xml:space=\"preserve\"> Ann </t></si>",
                "<si><t/></si>",
                "<si/>",
                "<si><r><t>A</t></r><r><t>nn</t></r></si>",
                "\n<si><t>a&lt;b _x000D_</t></si>\n",
                "<si><t>x</t><rPh sb=\"0\" eb=\"1\"><t>y</t></rPh></si>",
            ]), 0..8),
            at_hand in 1..100_usize,
        ) {
            let xml = format!("<sst>{}</sst>", texts.concat());
            let read = |at_hand| {
                let strings = strings_of(Xml::new(BufReader::with_capacity(at_hand, xml.as_bytes())));
                strings.map(|strings| (strings.text, strings.ends)).map_err(|err| format!("{err:?}"))
            };
            let careful = read(1);
            prop_assert!(careful.is_ok());
            prop_assert_eq!(&read(1 << 16), &careful);
            prop_assert_eq!(&read(at_hand), &careful);
        }
    }

    #[test]
    fn characters_that_stand_as_numbers_are_written_out() {
        assert_eq!(written_out("a_x000D_b"), "a\rb");
        assert_eq!(written_out("_xD83D__xDE00_"), "\u{1F600}");
        assert_eq!(written_out("_x005F_x000D_"), "_x000D_");
        assert_eq!(written_out("my_xylophone_x"), "my_xylophone_x");
    }
}
