//! Cells and texts in the form in which nearly all are written, read without an XML reader: it takes most of the time.
//!
//! Whatever is in any other form, or not whole in the bytes at hand, is left to the XML reader.

use memchr::{memchr, memchr2};

/// A cell without a formula, as it stands in the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlainCell<'a> {
    /// How many bytes it takes, white space in front of it included.
    pub(super) length: usize,
    pub(super) place: &'a str,
    pub(super) style: &'a str,
    /// Its type, if it says which.
    pub(super) kind: Option<&'a str>,
    pub(super) value: PlainValue<'a>,
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlainValue<'a> {
    Nothing,
    /// What stands in `v`.
    Stored(&'a str),
    /// A text that stands in the cell.
    Inline(PlainText<'a>),
}

/// A text in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlainText<'a> {
    pub(super) text: &'a str,
    pub(super) keeps_space: bool,
}

impl<'a> PlainCell<'a> {
    /// The cell that these bytes begin with.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<PlainCell<'a>> {
        let mut scan = Scan::new(bytes);
        scan.expect(b"<c ")?;
        let (mut place, mut style, mut kind) = (None, "", None);
        let is_empty = loop {
            scan.skip_space();
            match scan.rest {
                [b'/', b'>', ..] => break true,
                [b'>', ..] => break false,
                _ => {}
            }
            let (name, value) = scan.attribute()?;
            match name {
                b"r" => place = Some(value),
                b"s" => style = value,
                b"t" => kind = Some(value),
                _ => {}
            }
        };
        let value = if is_empty {
            scan.expect(b"/>")?;
            PlainValue::Nothing
        } else {
            scan.expect(b">")?;
            let value = if scan.expect(b"<v>").is_some() {
                let text = scan.text()?;
                scan.expect(b"</v>")?;
                PlainValue::Stored(text)
            } else if scan.expect(b"<is>").is_some() {
                let text = scan.run()?;
                scan.expect(b"</is>")?;
                PlainValue::Inline(text)
            } else {
                PlainValue::Nothing
            };
            scan.expect(b"</c>")?;
            value
        };
        Some(PlainCell {
            length: bytes.len() - scan.rest.len(),
            place: place?,
            style,
            kind,
            value,
        })
    }
}

impl<'a> PlainText<'a> {
    /// The shared text that these bytes begin with, and how many bytes it takes.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<(usize, PlainText<'a>)> {
        let mut scan = Scan::new(bytes);
        scan.expect(b"<si>")?;
        let text = scan.run()?;
        scan.expect(b"</si>")?;
        Some((bytes.len() - scan.rest.len(), text))
    }
}

/// What is left of the bytes.
struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    /// Begins at the first tag.
    fn new(bytes: &'a [u8]) -> Scan<'a> {
        let mut scan = Scan { rest: bytes };
        scan.skip_space();
        scan
    }

    fn skip_space(&mut self) {
        while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn expect(&mut self, wanted: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(wanted)?;
        Some(())
    }

    /// An attribute whose value needs nothing put in place of anything.
    fn attribute(&mut self) -> Option<(&'a [u8], &'a str)> {
        let equals = self.rest.iter().take(24).position(|byte| *byte == b'=')?;
        let (name, rest) = self.rest.split_at(equals);
        let value = rest.strip_prefix(b"=\"")?;
        let end = value.iter().take(64).position(|byte| *byte == b'"')?;
        let (value, rest) = value.split_at(end);
        self.rest = &rest[1..];
        let is_plain = name.iter().all(u8::is_ascii_alphabetic)
            && value
                .iter()
                .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'&' | b'<'));
        Some((name, is_plain.then(|| str::from_utf8(value).ok())??))
    }

    /// A text up to the next tag, in which every byte stands for itself.
    fn text(&mut self) -> Option<&'a str> {
        let end = memchr2(b'<', b'&', self.rest)?;
        let (text, rest) = self.rest.split_at(end);
        if rest[0] == b'&' || memchr(b'\r', text).is_some() {
            return None;
        }
        self.rest = rest;
        str::from_utf8(text).ok()
    }

    /// A text in one run.
    fn run(&mut self) -> Option<PlainText<'a>> {
        let keeps_space = match self.expect(b"<t>") {
            Some(()) => false,
            None => {
                self.expect(b"<t xml:space=\"preserve\">")?;
                true
            }
        };
        let text = self.text()?;
        self.expect(b"</t>")?;
        Some(PlainText { text, keeps_space })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_in_the_usual_forms_are_read() {
        let cell = |text: &'static str| PlainCell::parse(text.as_bytes());
        let read = cell("\n  <c r=\"B7\" s=\"12\" t=\"s\"><v>5</v></c><c").expect("a cell");
        assert_eq!((read.place, read.style, read.kind), ("B7", "12", Some("s")));
        assert_eq!((read.value, read.length), (PlainValue::Stored("5"), 38));
        let inline = cell("<c r=\"A1\" t=\"inlineStr\"><is><t>Ann</t></is></c>").expect("a cell");
        let text = PlainText {
            text: "Ann",
            keeps_space: false,
        };
        assert_eq!(inline.value, PlainValue::Inline(text));
        for empty in [
            "<c r=\"A1\"/>",
            "<c r=\"A1\" s=\"1\" />",
            "<c r=\"A1\"></c>",
        ] {
            assert_eq!(
                cell(empty).map(|cell| cell.value),
                Some(PlainValue::Nothing)
            );
        }
    }

    #[test]
    fn what_is_in_another_form_or_cut_off_is_left_alone() {
        for text in [
            "<c r=\"A1\"><f>1+1</f><v>2</v></c>",
            "<c r=\"A1\"><v>a&amp;b</v></c>",
            "<c r=\"A1\"><v>a\rb</v></c>",
            "<c r=\"A1\"><v><![CDATA[1]]></v></c>",
            "<c r='A1'><v>1</v></c>",
            "<c r=\"A&#49;\"><v>1</v></c>",
            "<c><v>1</v></c>",
            "<x:c r=\"A1\"><x:v>1</x:v></x:c>",
            "<cell r=\"A1\"/>",
            "<c r=\"A1\" t=\"inlineStr\"><is><r><t>a</t></r></is></c>",
        ] {
            assert_eq!(PlainCell::parse(text.as_bytes()), None, "{text}");
        }
        let whole = "<c r=\"A1\" t=\"s\"><v>12</v></c>";
        for end in 0..whole.len() {
            assert_eq!(PlainCell::parse(&whole.as_bytes()[..end]), None, "{end}");
        }
    }
}
