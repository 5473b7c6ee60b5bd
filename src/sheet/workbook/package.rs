//! The parts of a workbook that is a ZIP package, read apart from the engine for what the engine does not tell.

use std::borrow::Cow;
use std::io::{BufReader, Cursor, Read, Seek, Write};
use std::sync::Arc;

use quick_xml::escape::unescape;
use quick_xml::events::{BytesRef, BytesStart, Event};
use zip::result::ZipError;
use zip::{ZipArchive, ZipWriter};

use super::super::MAX_UNPACKED_BYTES;
use super::Failure;

/// An open package.
pub(super) struct Package(ZipArchive<Cursor<Arc<[u8]>>>);

impl Package {
    pub(super) fn open(bytes: Arc<[u8]>) -> Result<Package, Failure> {
        ZipArchive::new(Cursor::new(bytes))
            .map(Package)
            .map_err(|_| Failure::damaged("its list of parts cannot be read"))
    }

    /// The name of a part as it is stored; names are compared without case, as spreadsheet programs do.
    pub(super) fn find(&self, wanted: &str) -> Option<String> {
        // A name that does not decode is none of those that matter.
        let names = || self.0.file_names().flatten();
        names()
            .find(|name| *name == wanted)
            .or_else(|| {
                names().find(|name| {
                    let name = name.replace('\\', "/");
                    name.trim_start_matches('/').eq_ignore_ascii_case(wanted)
                })
            })
            .map(Cow::into_owned)
    }

    /// The names of all parts, as they are stored.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.0.file_names().flatten();
        names.map(Cow::into_owned).collect()
    }

    /// Copies the parts that are wanted, as they lie there.
    pub(super) fn copy_to<W: Write + Seek>(
        &mut self,
        out: &mut ZipWriter<W>,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(), ZipError> {
        for index in 0..self.0.len() {
            let part = self.0.by_index_raw(index)?;
            if part.name().is_ok_and(|name| wanted(&name)) {
                out.raw_copy_file(part)?;
            }
        }
        Ok(())
    }

    /// The bytes of a part, unpacked as they are read.
    pub(super) fn part(&mut self, wanted: &str) -> Result<impl Read, Failure> {
        let name = self
            .find(wanted)
            .ok_or_else(|| Failure::damaged(format!("its part `{wanted}` is missing")))?;
        let part = self
            .0
            .by_name(&name)
            .map_err(|_| Failure::damaged(format!("its part `{wanted}` cannot be unpacked")))?;
        Ok(part.take(MAX_UNPACKED_BYTES))
    }

    /// A part as XML.
    pub(super) fn xml(&mut self, wanted: &str) -> Result<Xml<BufReader<impl Read>>, Failure> {
        self.part(wanted)
            .map(|part| Xml::new(BufReader::with_capacity(1 << 16, part)))
    }

    /// Where a part leads; an empty name stands for the package itself.
    pub(super) fn relationships(&mut self, part: &str) -> Result<Vec<Relationship>, Failure> {
        let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
        let list = match folder {
            "" => format!("_rels/{name}.rels"),
            folder => format!("{folder}/_rels/{name}.rels"),
        };
        let mut found = Vec::new();
        if self.find(&list).is_none() {
            return Ok(found);
        }
        let mut xml = self.xml(&list)?;
        while let Some(element) = xml.find("Relationship")? {
            let target = attribute(&element, "Target").unwrap_or_default();
            found.push(Relationship {
                id: attribute(&element, "Id").unwrap_or_default(),
                kind: attribute(&element, "Type").unwrap_or_default(),
                target: below(folder, &target),
            });
        }
        Ok(found)
    }
}

/// How one part of a package leads to another.
pub(super) struct Relationship {
    pub(super) id: String,
    pub(super) kind: String,
    /// The other part's name.
    pub(super) target: String,
}

/// XML, event by event.
pub(super) struct Xml<R> {
    reader: quick_xml::Reader<R>,
    buffer: Vec<u8>,
}

impl<R: std::io::BufRead> Xml<R> {
    pub(super) fn new(input: R) -> Xml<R> {
        let mut reader = quick_xml::Reader::from_reader(input);
        // An element without content then ends like any other.
        reader.config_mut().expand_empty_elements = true;
        Xml {
            reader,
            buffer: Vec::new(),
        }
    }

    /// XML that begins somewhere within elements, all of which it ends.
    pub(super) fn fragment(input: R) -> Xml<R> {
        let mut xml = Xml::new(input);
        xml.reader.config_mut().check_end_names = false;
        xml.reader.config_mut().allow_unmatched_ends = true;
        xml
    }

    /// The bytes that come next, as far as they are at hand: what is taken of them the reader does not see. Only right
    /// behind a tag, and only whole elements may be taken.
    pub(super) fn ahead(&mut self) -> &[u8] {
        self.reader.get_mut().fill_buf().unwrap_or_default()
    }

    /// Takes some of the bytes that come next.
    pub(super) fn take(&mut self, length: usize) {
        self.reader.get_mut().consume(length);
    }

    /// Whether a tag that comes next opens an element that another one ends.
    pub(super) fn opens(&mut self) -> bool {
        let ahead = self.ahead();
        memchr::memchr(b'>', ahead).is_some_and(|end| end > 0 && ahead[end - 1] != b'/')
    }

    /// The next event; [`Event::Eof`] at the end.
    pub(super) fn next(&mut self) -> Result<Event<'_>, Failure> {
        self.buffer.clear();
        self.reader
            .read_event_into(&mut self.buffer)
            .map_err(|_| cut_off())
    }

    /// The start of the next element of this name; nothing if there is none.
    pub(super) fn find(&mut self, name: &str) -> Result<Option<BytesStart<'static>>, Failure> {
        loop {
            match self.next()? {
                Event::Start(element) if element.local_name().as_ref() == name => {
                    return Ok(Some(element.into_owned()));
                }
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
    }
}

/// What is said of XML that ends too early.
pub(super) fn cut_off() -> Failure {
    Failure::damaged("its XML is cut off or not well-formed")
}

/// Goes to the end of the element whose start was just read.
pub(super) fn skip(xml: &mut Xml<impl std::io::BufRead>) -> Result<(), Failure> {
    let mut depth = 0_u32;
    loop {
        match xml.next()? {
            Event::Start(_) => depth += 1,
            Event::End(_) if depth == 0 => return Ok(()),
            Event::End(_) => depth -= 1,
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}

/// The value of an attribute, whatever prefix its name has.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .map(|attribute| text(&attribute.value))
}

/// Text with its character references resolved; as it stands where they make no sense.
pub(super) fn text(raw: &str) -> String {
    unescape(raw).map_or_else(|_| raw.to_owned(), Cow::into_owned)
}

/// What a reference such as `&amp;` stands for; nothing for those that only a document type could explain.
pub(super) fn referenced(reference: &BytesRef<'_>) -> Option<char> {
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}

/// The same, where one that stands for nothing makes a text wrong.
pub(super) fn resolved(reference: &BytesRef<'_>) -> Result<char, Failure> {
    referenced(reference).ok_or_else(|| Failure::damaged("it has a reference to nothing"))
}

/// Whether an attribute says yes.
pub(super) fn is_true(value: Option<String>) -> bool {
    value.is_some_and(|value| matches!(value.trim(), "1" | "true" | "on"))
}

/// The name of the part that `path` leads to from within a folder.
fn below(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = match path.starts_with('/') {
        true => Vec::new(),
        false => folder.split('/').collect(),
    };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn a_part_is_found_from_the_folder_of_the_one_that_leads_to_it() {
        for (folder, path, expected) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            (
                "xl",
                "/xl/worksheets/sheet1.xml",
                "xl/worksheets/sheet1.xml",
            ),
            (
                "xl/worksheets",
                "../tables/table1.xml",
                "xl/tables/table1.xml",
            ),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
        ] {
            assert_eq!(below(folder, path), expected);
        }
    }
}
