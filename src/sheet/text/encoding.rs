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

/// The likeliest encoding of text that is not UTF-8 throughout.
///
/// UTF-8 is still the answer where most characters outside ASCII are whole: then single rows are damaged.
pub(super) fn guess(mut file: impl Read) -> io::Result<&'static Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let (mut whole, mut broken, mut evidence) = (0_usize, 0_usize, 0_usize);
    let mut macintosh = Macintosh::default();
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
        macintosh.feed(&chunk);
        detector.feed(&chunk, false);
    }
    Ok(match detector.guess(None, Utf8Detection::Deny) {
        _ if whole > broken => UTF_8,
        encoding if encoding == WINDOWS_1252 && macintosh.is_likelier() => MACINTOSH,
        encoding => encoding,
    })
}

/// Letters with accents as Macintoshes used to write them and as Windows does, counted between other letters.
#[derive(Default)]
struct Macintosh {
    theirs: usize,
    of_windows: usize,
}

impl Macintosh {
    fn feed(&mut self, piece: &[u8]) {
        for three in piece.windows(3) {
            let is_letter = |byte: u8| byte.is_ascii_alphabetic();
            if !is_letter(three[0]) || !(is_letter(three[2]) || three[2] >= 0x80) {
                continue;
            }
            match three[1] {
                // Quotes and dashes of Windows.
                0x91..=0x94 | 0x96 | 0x97 => {}
                // Letters there and hardly any here; French, German, Spanish and Portuguese need few others.
                0x87..=0x8A | 0x8D..=0x90 | 0x95 | 0x99..=0x9B | 0x9D..=0x9F => self.theirs += 1,
                0xC0..=0xFF => self.of_windows += 1,
                _ => {}
            }
        }
    }

    fn is_likelier(&self) -> bool {
        self.theirs > self.of_windows
    }
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
        assert_eq!(guess(&text[..]).expect("a slice reads"), UTF_8);
    }

    #[test]
    fn western_text_is_guessed_as_windows_1252() {
        let text = b"Nom;T\xE9l\xE9phone\nZo\xEB Lef\xE8vre;+33123456789\nM\xFCller;+4930123456\n";
        assert_eq!(
            guess(&text[..]).expect("a slice reads").name(),
            "windows-1252"
        );
    }

    #[test]
    fn text_of_a_macintosh_is_guessed_by_its_accents() {
        let guessed = |text: &[u8]| guess(text).expect("a slice reads").name();
        let text = b"T\x8El\x8Ephone;Propri\x8Etaire\r+60123456701;101\r";
        assert_eq!(guessed(text), "macintosh");
        assert_eq!(guessed(b"Name\nM\x9Fller\nB\x8Ar\n"), "macintosh");
        assert_eq!(
            guessed(b"Nom\nl\x92\xE9t\xE9\nBen\x92s caf\xE9s\n"),
            "windows-1252"
        );
    }

    #[test]
    fn utf_16_shows_by_its_nul_bytes() {
        assert_eq!(unmarked_utf16(b"p\0h\0o\0n\0e\0"), Some(UTF_16LE));
        assert_eq!(unmarked_utf16(b"\0p\0h\0o\0n\0e"), Some(UTF_16BE));
        assert_eq!(unmarked_utf16(b"phone,owner"), None);
    }
}
