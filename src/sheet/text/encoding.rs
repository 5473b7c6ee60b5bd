//! Which encoding a text file is in, and bytes of any encoding into UTF-8.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Decoder, DecoderResult, Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

use super::{CHUNK, read_chunk};

/// How many bytes the guess among legacy encodings is based on, at most.
const MAX_EVIDENCE: usize = 4 << 20;

/// Stands in the decoded bytes where a byte did not decode: never part of UTF-8, so it is found again.
const UNDECODABLE: u8 = 0xFF;

/// The encoding that a byte-order mark at the start of `head` announces, and the mark's length.
pub(super) fn byte_order_mark(head: &[u8]) -> Option<(&'static Encoding, usize)> {
    Encoding::for_bom(head)
}

/// UTF-16 without a mark: every other byte of `head` is NUL, as in Latin text.
pub(in crate::sheet) fn unmarked_utf16(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    let nul = |offset: usize| {
        head.iter()
            .skip(offset)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    match (nul(0), nul(1)) {
        (even, odd) if pairs > 1 && odd * 2 > pairs && even * 8 < pairs => Some(UTF_16LE),
        (even, odd) if pairs > 1 && even * 2 > pairs && odd * 8 < pairs => Some(UTF_16BE),
        _ => None,
    }
}

/// Tells, piece by piece, whether bytes are UTF-8.
#[derive(Default)]
pub(super) struct Utf8Check {
    /// The start of a character that the next piece ends.
    pending: Vec<u8>,
    broken: bool,
}

impl Utf8Check {
    /// Looks at the next piece.
    pub(super) fn feed(&mut self, piece: &[u8]) {
        if self.broken {
            return;
        }
        let mut piece = piece;
        while !self.pending.is_empty() && !piece.is_empty() {
            self.pending.push(piece[0]);
            piece = &piece[1..];
            match std::str::from_utf8(&self.pending) {
                Ok(_) => self.pending.clear(),
                Err(err) if err.error_len().is_some() => return self.broken = true,
                Err(_) => {}
            }
        }
        if let Err(err) = std::str::from_utf8(piece) {
            match err.error_len() {
                Some(_) => self.broken = true,
                None => self.pending.extend_from_slice(&piece[err.valid_up_to()..]),
            }
        }
    }

    /// Whether everything seen is UTF-8; a character cut off at the end is not.
    pub(super) fn holds(&self) -> bool {
        !self.broken && self.pending.is_empty()
    }
}

/// What text that is not UTF-8 throughout is likely to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// An encoding that can be read.
    Encoding(&'static Encoding),
    /// One of the code pages of DOS, which cannot.
    Dos,
}

/// The likeliest encoding of text that is not UTF-8 throughout.
///
/// UTF-8 is still the answer where most characters outside ASCII are whole: then single rows are damaged.
pub(super) fn guess(mut file: impl Read) -> io::Result<Guess> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let (mut whole, mut broken, mut evidence) = (0_usize, 0_usize, 0_usize);
    let mut accents = Accents::default();
    loop {
        let chunk = read_chunk(&mut file, CHUNK)?;
        if chunk.is_empty() || evidence >= MAX_EVIDENCE {
            detector.feed(b"", true);
            break;
        }
        if chunk.is_ascii() {
            continue;
        }
        for piece in chunk.utf8_chunks() {
            whole += piece
                .valid()
                .chars()
                .filter(|char| !char.is_ascii())
                .count();
            broken += usize::from(!piece.invalid().is_empty());
        }
        evidence += chunk.len();
        accents.feed(&chunk);
        detector.feed(&chunk, false);
    }
    let guess = detector.guess(None, Utf8Detection::Deny);
    Ok(if whole > broken {
        Guess::Encoding(UTF_8)
    } else {
        accents.likeliest(guess)
    })
}

/// Whether an encoding of one byte a letter is one of Latin letters.
fn is_latin(encoding: &'static Encoding) -> bool {
    let letters = (0xC0..=0xFF_u8).map(|byte| letter(encoding, byte));
    encoding.is_single_byte() && letters.flatten().filter(|char| *char < '\u{250}').count() > 32
}

/// The letter that a byte stands for, if it is one.
fn letter(encoding: &'static Encoding, byte: u8) -> Option<char> {
    let bytes = [byte];
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes)?;
    text.chars().next().filter(|char| char.is_alphabetic())
}

/// The letters of the code pages 437, 850 and 858 of DOS, from 0x80 on.
const DOS: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ";

/// The same, from 0xA0 on.
const DOS_ACUTE: &str = "áíóúñÑ";

/// How many letters with accents stand where letters of their case do, read as one encoding or another.
#[derive(Default)]
struct Accents {
    /// All that is not ASCII.
    bytes: usize,
    windows: usize,
    macintosh: usize,
    dos: usize,
}

impl Accents {
    fn feed(&mut self, piece: &[u8]) {
        self.bytes += piece.iter().filter(|byte| !byte.is_ascii()).count();
        for three in piece.windows(3) {
            let byte = three[1];
            // Two of these are the apostrophe and dashes of Windows, which stand between letters, too.
            if byte < 0x80
                || !three[0].is_ascii_alphabetic()
                || matches!(byte, 0x91 | 0x92 | 0x96 | 0x97)
            {
                continue;
            }
            let is_upper = match three[2] {
                next if next.is_ascii_alphabetic() => next.is_ascii_uppercase(),
                // The end of a word, or another letter with an accent; a blank between words is none.
                next if next >= 0x80 || (byte != 0xA0 && is_end(next)) => {
                    three[0].is_ascii_uppercase()
                }
                _ => continue,
            };
            let fits = |char: Option<char>| {
                usize::from(char.is_some_and(|char| char.is_uppercase() == is_upper))
            };
            self.windows += fits(letter(WINDOWS_1252, byte));
            self.macintosh += fits(letter(MACINTOSH, byte));
            let dos = match byte {
                0xA0.. => DOS_ACUTE.chars().nth(usize::from(byte - 0xA0)),
                _ => DOS.chars().nth(usize::from(byte - 0x80)),
            };
            self.dos += fits(dos);
        }
    }

    /// A draw is won by what was guessed.
    fn likeliest(&self, guess: &'static Encoding) -> Guess {
        let is_dos = self.dos > self.windows.max(self.macintosh);
        // Few accents can be taken for another script, whose letters would hardly all stand alone among Latin ones.
        if is_dos && (is_latin(guess) || (self.dos > 1 && self.dos * 10 >= self.bytes * 9)) {
            Guess::Dos
        } else if !is_latin(guess) {
            Guess::Encoding(guess)
        } else if self.macintosh > self.windows {
            Guess::Encoding(MACINTOSH)
        } else {
            Guess::Encoding(guess)
        }
    }
}

/// Whether a word ends where this byte follows.
fn is_end(byte: u8) -> bool {
    matches!(
        byte,
        b'\r' | b'\n' | b'\t' | b';' | b',' | b' ' | b'"' | b'|'
    )
}

/// Turns bytes of any encoding into UTF-8, piece by piece.
pub(super) enum Decode {
    /// They are UTF-8, or meant to be, already.
    Utf8,
    /// They are something else.
    Other(Box<Decoder>),
}

impl Decode {
    /// A decoder for `encoding`, to start after the byte-order mark.
    pub(super) fn new(encoding: &'static Encoding) -> Decode {
        if encoding == UTF_8 {
            return Decode::Utf8;
        }
        Decode::Other(Box::new(encoding.new_decoder_without_bom_handling()))
    }

    /// Decodes the next piece; `last` once it is the end. What does not decode becomes a byte that is no UTF-8.
    pub(super) fn piece(&mut self, bytes: Vec<u8>, last: Last) -> Vec<u8> {
        let Decode::Other(decoder) = self else {
            return bytes;
        };
        let mut decoded = Vec::with_capacity(bytes.len() + bytes.len() / 2 + 16);
        let mut rest = &bytes[..];
        loop {
            let used = decoded.len();
            decoded.resize(used + rest.len() + rest.len() / 2 + 16, 0);
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(
                rest,
                &mut decoded[used..],
                last == Last::Yes,
            );
            decoded.truncate(used + written);
            rest = &rest[read..];
            match result {
                DecoderResult::InputEmpty => return decoded,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => decoded.push(UNDECODABLE),
            }
        }
    }
}

/// Whether a piece is the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    /// Nothing follows.
    Yes,
    /// More may follow.
    No,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(text: &[u8]) -> &'static str {
        match guess(text).expect("a slice reads") {
            Guess::Encoding(encoding) => encoding.name(),
            Guess::Dos => "DOS",
        }
    }

    fn is_utf8(pieces: &[&[u8]]) -> bool {
        let mut check = Utf8Check::default();
        pieces.iter().for_each(|piece| check.feed(piece));
        check.holds()
    }

    #[test]
    fn a_character_cut_in_two_by_a_piece_is_whole() {
        assert!(is_utf8(&[b"a\xF0", b"\x9F", b"\x99\x82b"]));
        assert!(!is_utf8(&[b"a\xF0", b"\x9F"]));
        assert!(!is_utf8(&[b"a\xE9", b"b"]));
    }

    #[test]
    fn one_broken_character_among_many_whole_ones_leaves_it_utf_8() {
        let mut text = "Zoë, Müller, Lefèvre\n".repeat(5).into_bytes();
        text.extend(b"\xE9\n");
        assert_eq!(guessed(&text), "UTF-8");
    }

    #[test]
    fn western_text_is_guessed_as_windows_1252() {
        let text = b"Nom;T\xE9l\xE9phone\nZo\xEB Lef\xE8vre;+33123456789\nM\xFCller;+4930123456\n";
        assert_eq!(guessed(text), "windows-1252");
    }

    #[test]
    fn text_of_a_macintosh_is_guessed_by_its_accents() {
        let text = b"T\x8El\x8Ephone;Propri\x8Etaire\r+60123456701;101\r";
        assert_eq!(guessed(text), "macintosh");
        assert_eq!(guessed(b"Name\nM\x9Fller\nB\x8Ar\n"), "macintosh");
        assert_eq!(
            guessed(b"Nom\nl\x92\xE9t\xE9\nBen\x92s caf\xE9s\n"),
            "windows-1252"
        );
    }

    #[test]
    fn text_of_dos_is_guessed_by_its_accents() {
        for text in [
            &b"T\x82l\x82phone;Propri\x82taire\n1;2\n"[..],
            b"Telefon;Zust\x84ndig;Name\n1;2;J\x81rgen M\x81ller\n",
            b"Tel\x82fono;Nombre\n1;Se\xA4or Mu\xA4oz\n2;Jos\x82 D\xA1az\n",
        ] {
            assert_eq!(guessed(text), "DOS");
        }
    }

    #[test]
    fn utf_16_shows_by_its_nul_bytes() {
        assert_eq!(unmarked_utf16(b"p\0h\0o\0n\0e\0"), Some(UTF_16LE));
        assert_eq!(unmarked_utf16(b"\0p\0h\0o\0n\0e"), Some(UTF_16BE));
        assert_eq!(unmarked_utf16(b"phone,owner"), None);
    }
}
