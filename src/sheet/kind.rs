//! What a file is, by its content.

use std::io::{BufReader, Read, Seek, SeekFrom};

use zip::ZipArchive;

use super::text::unmarked_utf16;
use super::{ErrorKind, Format};

/// How many bytes at the start are looked at.
const HEAD: usize = 16 << 10;

/// How the type of every OpenDocument file begins.
const OPEN_DOCUMENT: &str = "application/vnd.oasis.opendocument.";

/// How many control characters among [`HEAD`] bytes of text are put up with, as one in this many.
const CONTROL_SHARE: usize = 10;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Workbook(Format),
}

impl Kind {
    /// Looks at the content of `file` and leaves it at its start.
    pub(super) fn of(file: &mut (impl Read + Seek)) -> Result<Kind, ErrorKind> {
        let mut head = Vec::new();
        file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        file.rewind()?;
        let kind = match &head[..] {
            [] => Err(ErrorKind::Empty),
            [b'P', b'K', 3, 4, ..] => of_package(file),
            [b'P', b'K', 5, 6, ..] => Err(ErrorKind::NotASheet("an empty ZIP archive")),
            [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => of_compound(file),
            [9, 0 | 2 | 4, 4 | 6, 0, ..] => {
                Err(ErrorKind::NotASheet("a workbook of Excel 4.0 or older"))
            }
            head if is_flat_spreadsheet(head) => Ok(Kind::Workbook(Format::Fods)),
            head => match of_start(head).or_else(|| of_bytes(head)) {
                Some(found) => Err(ErrorKind::NotASheet(found)),
                None => Ok(Kind::Text),
            },
        }?;
        file.rewind()?;
        Ok(kind)
    }
}

/// What a ZIP archive holds.
fn of_package(file: &mut (impl Read + Seek)) -> Result<Kind, ErrorKind> {
    let mut package = ZipArchive::new(BufReader::new(file)).map_err(|err| {
        ErrorKind::Damaged(match err {
            zip::result::ZipError::Io(err) => err.to_string(),
            _ => "its end is missing or not that of a workbook".to_owned(),
        })
    })?;
    // A name that does not decode is none of those that matter.
    let names: Vec<String> = package
        .file_names()
        .flatten()
        .map(|name| {
            name.replace('\\', "/")
                .trim_start_matches('/')
                .to_lowercase()
        })
        .collect();
    let has = |part: &str| names.iter().any(|name| name == part);
    let has_below = |folder: &str| names.iter().any(|name| name.starts_with(folder));
    Err(ErrorKind::NotASheet(match () {
        () if has("encryptedpackage") => return Err(ErrorKind::Encrypted),
        () if has("xl/workbook.bin") => return Ok(Kind::Workbook(Format::Xlsb)),
        () if has_below("xl/") => return Ok(Kind::Workbook(Format::Xlsx)),
        () if has_below("word/") => "a text document (Word)",
        () if has_below("ppt/") => "a presentation (PowerPoint)",
        () if has_below("index/") || has("index.zip") => "a Numbers, Pages or Keynote document",
        () if has("encrypted-package") => return Err(ErrorKind::Encrypted),
        () if has("content.xml") => match opendocument(&mut package) {
            None => return Ok(Kind::Workbook(Format::Ods)),
            Some(found) => found,
        },
        () if has("[content_types].xml") => return Ok(Kind::Workbook(Format::Xlsx)),
        () => "a ZIP archive without a workbook",
    }))
}

/// What an OpenDocument package is, if it is no spreadsheet; one that does not say is taken for one.
fn opendocument(package: &mut ZipArchive<impl Read + Seek>) -> Option<&'static str> {
    let mut kind = String::new();
    package
        .by_name("mimetype")
        .ok()?
        .take(HEAD as u64)
        .read_to_string(&mut kind)
        .ok()?;
    let kind = kind.trim().strip_prefix(OPEN_DOCUMENT)?;
    match kind {
        kind if kind.starts_with("spreadsheet") => None,
        kind if kind.starts_with("text") => Some("a text document (OpenDocument)"),
        kind if kind.starts_with("presentation") => Some("a presentation (OpenDocument)"),
        _ => Some("an OpenDocument file that is no spreadsheet"),
    }
}

/// What an OLE compound file holds, by the names of its streams.
fn of_compound(file: &mut (impl Read + Seek)) -> Result<Kind, ErrorKind> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(super::MAX_WORKBOOK_BYTES)
        .read_to_end(&mut bytes)?;
    let has = |name: &str| memchr::memmem::find(&bytes, &stream_name(name)).is_some();
    match () {
        () if has("EncryptedPackage") => Err(ErrorKind::Encrypted),
        () if has("Workbook") || has("Book") => Ok(Kind::Workbook(Format::Xls)),
        () if has("WordDocument") => Err(ErrorKind::NotASheet("a text document (Word)")),
        () => Err(ErrorKind::NotASheet("an Office file without a workbook")),
    }
}

/// The name of a stream as a compound file writes it.
pub(super) fn stream_name(name: &str) -> Vec<u8> {
    let units = name.encode_utf16().chain([0]);
    units.flat_map(u16::to_le_bytes).collect()
}

/// Whether `head` starts an OpenDocument spreadsheet that is a single XML file.
fn is_flat_spreadsheet(head: &[u8]) -> bool {
    let kind = format!("{OPEN_DOCUMENT}spreadsheet");
    let start = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    start.trim_ascii_start().starts_with(b"<")
        && memchr::memmem::find(head, kind.as_bytes()).is_some()
}

/// What starts like `head` and is no sheet.
fn of_start(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'%', b'P', b'D', b'F', ..] => Some("a PDF document"),
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] | [b'G', b'I', b'F', b'8', ..] => {
            Some("a picture")
        }
        [0x1F, 0x8B, ..] => Some("a gzip archive"),
        [b'7', b'z', 0xBC, 0xAF, ..] | [b'R', b'a', b'r', b'!', ..] => Some("an archive"),
        [b'{', b'\\', b'r', b't', b'f', ..] => Some("a text document (RTF)"),
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Some("text in UTF-32"),
        head => of_markup(head),
    }
}

/// Whether text that starts with this cell would be taken for something else than text.
pub(super) fn is_mistakable(cell: &str) -> bool {
    cell.starts_with("PK") || of_start(cell.as_bytes()).is_some()
}

/// What kind of markup `head` starts, if it does.
fn of_markup(head: &[u8]) -> Option<&'static str> {
    let text: String = match head {
        [0xFF, 0xFE, rest @ ..] => rest
            .iter()
            .step_by(2)
            .map(|byte| char::from(*byte))
            .collect(),
        [0xFE, 0xFF, rest @ ..] => rest
            .iter()
            .skip(1)
            .step_by(2)
            .map(|byte| char::from(*byte))
            .collect(),
        head => String::from_utf8_lossy(head).into_owned(),
    };
    let text = text
        .trim_start_matches(|char: char| char.is_whitespace() || char == '\u{FEFF}')
        .to_lowercase();
    let starts = |tags: &str| {
        tags.split(' ').any(|tag| {
            text.strip_prefix(tag)
                .is_some_and(|rest| !rest.starts_with(|char: char| char.is_alphanumeric()))
        })
    };
    if starts("<?xml") {
        return Some(match () {
            () if text.contains("urn:schemas-microsoft-com:office:spreadsheet") => {
                "an XML spreadsheet of Excel 2003"
            }
            () if text.contains("<html") => "a web page (HTML)",
            () => "an XML document",
        });
    }
    if text.starts_with("mime-version:") && text.contains("multipart/related") {
        return Some("a web page (MHTML)");
    }
    if starts("<workbook") {
        return Some("an XML spreadsheet of Excel 2003");
    }
    let html = "<!doctype <html <head <body <meta <style <table <div <center <font <!--";
    starts(html).then_some("a web page (HTML)")
}

/// Whether a character of text is one that text does not usually have.
pub(super) fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31 | 127)
}

/// Bytes that no text has, unless it is UTF-16 or says at its start that it is text.
fn of_bytes(head: &[u8]) -> Option<&'static str> {
    let marked = match head {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => true,
        [0xEF, 0xBB, 0xBF, text @ ..] => match std::str::from_utf8(text) {
            Ok(_) => true,
            // A character may be cut off where the look at the file ends.
            Err(err) => err.error_len().is_none(),
        },
        _ => false,
    };
    // Text in UTF-16 that is not Latin has few NUL bytes and anything beside them, but then it has a mark.
    let is_text = marked || unmarked_utf16(head).is_some();
    let controls = head.iter().filter(|byte| is_control(**byte)).count();
    (!is_text && controls > head.len() / CONTROL_SHARE).then_some("not text")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;

    fn kind(content: &[u8]) -> Result<Kind, ErrorKind> {
        Kind::of(&mut Cursor::new(content))
    }

    fn refusal(content: &[u8]) -> String {
        let kind = kind(content).expect_err("this is no sheet");
        kind.at(Path::new("x.xls")).to_string()
    }

    #[test]
    fn a_web_page_named_xls_is_refused_as_one() {
        for page in [
            "<html><table>",
            "\u{FEFF}\n <!DOCTYPE html>",
            "<table border=1>",
            "<?xml version='1.0'?><html xmlns=''>",
        ] {
            assert_eq!(
                refusal(page.as_bytes()),
                "`x.xls` is a web page (HTML), whatever its name says; open it in a spreadsheet program and save it as \
                 `.xlsx` or `CSV UTF-8`"
            );
        }
    }

    #[test]
    fn a_sheet_that_starts_with_an_angle_bracket_is_text() {
        assert_eq!(kind(b"<ann@example.org>,12\n").expect("text"), Kind::Text);
        assert_eq!(kind(b"<tableau>,12\n").expect("text"), Kind::Text);
    }

    #[test]
    fn what_is_no_sheet_is_named() {
        assert!(refusal(b"%PDF-1.7").contains("a PDF document"));
        assert!(refusal(b"\x89PNG\r\n").contains("a picture"));
        assert!(refusal(&[1, 2, 3, 4, 5, 6]).contains("not text"));
        let mut compound = [[0xFF; 8], [0; 8]].concat().repeat(64);
        compound[0] = b'/';
        assert!(refusal(&compound).contains("not text"));
        assert!(refusal(b"PK\x03\x04 and then nothing").contains("damaged"));
        assert!(refusal(b"").contains("is empty"));
    }
}
