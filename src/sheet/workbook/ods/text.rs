//! The text of a cell of an OpenDocument spreadsheet.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};

use super::super::Failure;
use super::super::package::{Xml, attribute, cut_off, resolved, skip};

/// How many bytes of text one cell may hold: a spreadsheet program allows a fraction of that.
const MAX_TEXT: usize = 16 << 20;

/// How often an element stands for itself.
pub(super) fn count(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name)
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(1)
}

/// The text of the cell whose start was just read, one line per paragraph; nothing if it has no paragraph.
pub(super) fn paragraphs(xml: &mut Xml<impl BufRead>) -> Result<Option<String>, Failure> {
    let mut text = String::new();
    let mut paragraphs = 0;
    loop {
        match xml.next()? {
            Event::Start(element) if matches!(element.local_name().as_ref(), "p" | "h") => {
                if paragraphs > 0 {
                    text.push('\n');
                }
                paragraphs += 1;
                paragraph(xml, &mut text)?;
            }
            // Notes, shapes and tables within the cell are no part of what it says.
            Event::Start(_) => skip(xml)?,
            Event::End(_) => return Ok((paragraphs > 0).then_some(text)),
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}

/// The text of the paragraph whose start was just read.
fn paragraph(xml: &mut Xml<impl BufRead>, text: &mut String) -> Result<(), Failure> {
    let mut depth = 0_u32;
    loop {
        if text.len() > MAX_TEXT {
            let limit = format!("{} MiB of text in a cell", MAX_TEXT >> 20);
            return Err(Failure::TooLarge(limit));
        }
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "annotation" | "note" | "frame" | "custom-shape" | "ruby-text" => skip(xml)?,
                name => {
                    match name {
                        "s" => {
                            let spaces = count(&element, "c").min(MAX_TEXT as u32);
                            text.extend((0..spaces).map(|_| ' '));
                        }
                        "tab" => text.push('\t'),
                        "line-break" => text.push('\n'),
                        _ => {}
                    }
                    depth += 1;
                }
            },
            Event::Text(piece) => text.push_str(&spaced(&piece.xml10_content())),
            Event::CData(piece) => text.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) => text.push(resolved(&reference)?),
            Event::End(_) => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return Ok(()),
            },
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}

/// White space as the format counts it: line breaks of an indented file and the spaces after them are one space.
fn spaced(piece: &str) -> String {
    let mut text = String::with_capacity(piece.len());
    let mut gap = false;
    for char in piece.chars() {
        let blank = matches!(char, ' ' | '\t' | '\n' | '\r');
        if !blank {
            text.push(char);
        } else if !gap {
            text.push(' ');
        }
        gap = blank;
    }
    text
}
