//! What the styles of an OpenDocument spreadsheet say: which sheets are shown, and what formats do to numbers.

use std::collections::HashMap;
use std::io::BufRead;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};

use super::super::Failure;
use super::super::package::{Xml, attribute, cut_off, referenced, skip};
use super::super::shown::Format;

/// How many styles may stand behind one another.
const DEEPEST: usize = 16;

/// How many digits a format may ask for.
const MAX_DIGITS: usize = 64;

/// Whether a sheet is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Display {
    Shown,
    None,
}

/// The styles of a document.
#[derive(Default)]
pub(super) struct Styles {
    tables: HashMap<String, Display>,
    cells: HashMap<String, CellStyle>,
    /// Number formats as spreadsheet programs with other files write them, by the names of their styles.
    codes: HashMap<String, String>,
    formats: HashMap<String, Rc<Format>>,
}

#[derive(Default)]
pub(super) struct CellStyle {
    parent: Option<String>,
    code: Option<String>,
}

impl Styles {
    /// Reads all the styles of a part.
    pub(super) fn read(&mut self, mut xml: Xml<impl BufRead>) -> Result<(), Failure> {
        loop {
            let style = match xml.next()? {
                Event::Start(element) => Style::of(&element),
                Event::Eof => return Ok(()),
                _ => continue,
            };
            if let Some(style) = style {
                self.take(style, &mut xml)?;
            }
        }
    }

    /// Adds the style whose start was just read.
    pub(super) fn take(
        &mut self,
        style: Style,
        xml: &mut Xml<impl BufRead>,
    ) -> Result<(), Failure> {
        match style {
            Style::Cell { name, style } => {
                self.cells.insert(name, style);
                skip(xml)
            }
            Style::Table { name } => {
                let mut depth = 0_u32;
                loop {
                    match xml.next()? {
                        Event::Start(element) => {
                            depth += 1;
                            let display = attribute(&element, "display");
                            if element.local_name().as_ref() == "table-properties"
                                && display.is_some_and(|display| display == "false")
                            {
                                self.tables.insert(name.clone(), Display::None);
                            }
                        }
                        Event::End(_) if depth == 0 => return Ok(()),
                        Event::End(_) => depth -= 1,
                        Event::Eof => return Err(cut_off()),
                        _ => {}
                    }
                }
            }
            Style::Number { name } => {
                let code = self.code(xml)?;
                self.codes.insert(name, code);
                Ok(())
            }
        }
    }

    /// Whether a sheet of this style is shown.
    pub(super) fn display(&self, style: Option<&String>) -> Display {
        let display = style.and_then(|style| self.tables.get(style));
        display.copied().unwrap_or(Display::Shown)
    }

    /// What the format of a cell of this style does.
    pub(super) fn format(&mut self, style: &str) -> Rc<Format> {
        if let Some(format) = self.formats.get(style) {
            return format.clone();
        }
        let mut behind = self.cells.get(style);
        let mut code = None;
        for _ in 0..DEEPEST {
            let Some(cell) = behind else { break };
            code = cell.code.as_ref().and_then(|code| self.codes.get(code));
            if code.is_some() {
                break;
            }
            let parent = cell.parent.as_ref();
            behind = parent.and_then(|parent| self.cells.get(parent));
        }
        let format = Rc::new(code.map_or(Format::Plain, |code| Format::parse(code)));
        self.formats.insert(style.to_owned(), format.clone());
        format
    }

    /// The number format whose start was just read, as other files write it.
    fn code(&self, xml: &mut Xml<impl BufRead>) -> Result<String, Failure> {
        let mut code = String::new();
        let mut conditions = Vec::new();
        loop {
            let piece = match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "text" => Piece::Text,
                    "number" => Piece::Digits(Digits::of(&element)),
                    "scientific-number" => Piece::Code("0.00E+00"),
                    "fraction" => Piece::Code("# ?/?"),
                    "currency-symbol" => Piece::Code("[$¤]"),
                    "text-content" => Piece::Code("@"),
                    "fill-character" => Piece::Fill,
                    "map" => {
                        let condition = attribute(&element, "condition").unwrap_or_default();
                        let applied = attribute(&element, "apply-style-name");
                        let other = applied.and_then(|name| self.codes.get(&name));
                        let condition = condition.replace("value()", "").replace(' ', "");
                        let condition = condition.replace("!=", "<>");
                        if let Some(other) = other {
                            // What applies a condition of its own is too much for this.
                            let other = other.split(';').next_back().unwrap_or_default();
                            conditions.push(format!("[{condition}]{other}"));
                        }
                        Piece::Code("")
                    }
                    _ => Piece::Code(""),
                },
                Event::End(_) => {
                    conditions.push(code);
                    return Ok(conditions.join(";"));
                }
                Event::Eof => return Err(cut_off()),
                _ => continue,
            };
            match piece {
                Piece::Code(piece) => {
                    code.push_str(piece);
                    skip(xml)?;
                }
                Piece::Text => quote(&text_of(xml)?, &mut code),
                Piece::Fill => {
                    let fill = text_of(xml)?;
                    code.push('*');
                    code.push(fill.chars().next().unwrap_or(' '));
                }
                Piece::Digits(mut digits) => {
                    digits.embed(xml)?;
                    digits.write(&mut code);
                }
            }
        }
    }
}

/// A style that matters, whose content is still to be read.
pub(super) enum Style {
    Table { name: String },
    Cell { name: String, style: CellStyle },
    Number { name: String },
}

impl Style {
    /// What an element starts, if it is a style that matters.
    pub(super) fn of(element: &BytesStart<'_>) -> Option<Style> {
        let name = || attribute(element, "name");
        match element.local_name().as_ref() {
            "style" => match attribute(element, "family").as_deref() {
                Some("table") => Some(Style::Table { name: name()? }),
                Some("table-cell") => Some(Style::Cell {
                    name: name()?,
                    style: CellStyle {
                        parent: attribute(element, "parent-style-name"),
                        code: attribute(element, "data-style-name"),
                    },
                }),
                _ => None,
            },
            "number-style" | "text-style" => Some(Style::Number { name: name()? }),
            _ => None,
        }
    }
}

enum Piece {
    Code(&'static str),
    Text,
    Fill,
    Digits(Digits),
}

/// The digits of a number format, and what stands between them.
struct Digits {
    least: usize,
    decimals: usize,
    grouping: bool,
    scaled: bool,
    /// Texts between digits, with how many digits follow each.
    embedded: Vec<(usize, String)>,
}

impl Digits {
    fn of(element: &BytesStart<'_>) -> Digits {
        let number = |name| {
            let value = attribute(element, name);
            let value = value.and_then(|value| value.trim().parse::<usize>().ok());
            value.unwrap_or(0).min(MAX_DIGITS)
        };
        let is = |name, wanted: &str| attribute(element, name).is_some_and(|value| value == wanted);
        Digits {
            least: number("min-integer-digits"),
            decimals: number("decimal-places"),
            grouping: is("grouping", "true"),
            scaled: attribute(element, "display-factor").is_some_and(|factor| factor != "1"),
            embedded: Vec::new(),
        }
    }

    /// Reads the texts within.
    fn embed(&mut self, xml: &mut Xml<impl BufRead>) -> Result<(), Failure> {
        loop {
            let position = match xml.next()? {
                Event::Start(element) => {
                    let position = attribute(&element, "position");
                    position.and_then(|position| position.trim().parse().ok())
                }
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(cut_off()),
                _ => continue,
            };
            let text = text_of(xml)?;
            self.embedded
                .extend(position.map(|position| (position, text)));
        }
    }

    fn write(&self, code: &mut String) {
        let furthest = self.embedded.iter().map(|(position, _)| *position).max();
        let width = self.least.max(furthest.unwrap_or(0).min(MAX_DIGITS)).max(1);
        if self.grouping {
            code.push_str("#,##");
        }
        for left in (1..=width).rev() {
            let texts = self.embedded.iter();
            for (_, text) in texts.filter(|(position, _)| *position == left) {
                quote(text, code);
            }
            code.push(if left <= self.least { '0' } else { '#' });
        }
        if self.scaled {
            code.push(',');
        }
        if self.decimals > 0 {
            code.push('.');
            code.extend(std::iter::repeat_n('0', self.decimals));
        }
    }
}

/// Adds a text that stands for itself.
fn quote(text: &str, code: &mut String) {
    for (index, piece) in text.split('"').enumerate() {
        if index > 0 {
            code.push_str("\\\"");
        }
        if !piece.is_empty() {
            code.push('"');
            code.push_str(piece);
            code.push('"');
        }
    }
}

/// The text of the element whose start was just read.
fn text_of(xml: &mut Xml<impl BufRead>) -> Result<String, Failure> {
    let mut text = String::new();
    loop {
        match xml.next()? {
            Event::Text(piece) => text.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) => text.extend(referenced(&reference)),
            Event::Start(_) => skip(xml)?,
            Event::End(_) => return Ok(text),
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(xml: &str) -> String {
        let xml =
            format!(r#"<s><number:number-style style:name="N1">{xml}</number:number-style></s>"#);
        let mut styles = Styles::default();
        let read = styles.read(Xml::new(xml.as_bytes()));
        assert!(read.is_ok());
        styles.codes["N1"].clone()
    }

    #[test]
    fn a_number_style_becomes_a_format_as_other_files_write_it() {
        for (xml, expected) in [
            (
                r#"<number:text>+62 </number:text><number:number number:min-integer-digits="1"/>"#,
                r#""+62 "0"#,
            ),
            (r#"<number:number number:min-integer-digits="5"/>"#, "00000"),
            (
                r#"<number:number number:min-integer-digits="1" number:decimal-places="2" number:grouping="true"/>"#,
                "#,##0.00",
            ),
            (
                r#"<number:text>(</number:text><number:number number:min-integer-digits="10">
                <number:embedded-text number:position="7">) </number:embedded-text>
                <number:embedded-text number:position="4">-</number:embedded-text></number:number>"#,
                r#""("000") "000"-"0000"#,
            ),
            (r#"<number:number number:min-integer-digits="0"/>"#, "#"),
        ] {
            assert_eq!(code(xml), expected);
        }
    }
}
