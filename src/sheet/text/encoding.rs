//! Which encoding a text file is in, and bytes of any encoding into UTF-8.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Decoder, DecoderResult, Encoding, IBM866, ISO_8859_2, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE,
    WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1254, X_MAC_CYRILLIC,
};

use super::{CHUNK, read_chunk};

/// How many bytes the guess among legacy encodings is based on, at most.
const MAX_EVIDENCE: usize = 4 << 20;

/// Stands in the decoded bytes where a byte did not decode: never part of UTF-8, so it is found again.
const UNDECODABLE: u8 = 0xFF;

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
    /// One that cannot, and what it is called.
    Unread(&'static str),
}

/// The likeliest encoding of text that is not UTF-8 throughout.
///
/// UTF-8 is still the answer where most characters outside ASCII are whole: then single rows are damaged.
pub(super) fn guess(mut file: impl Read) -> io::Result<Guess> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let (mut whole, mut broken, mut evidence) = (0_usize, 0_usize, 0_usize);
    let mut accents = Accents::new();
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
    let letters = letters(encoding);
    let latin = letters.iter().flatten().filter(|char| **char < '\u{250}');
    encoding.is_single_byte() && latin.count() > 32
}

/// The letters that bytes from 0x80 on stand for, where they are some.
type Letters = [Option<char>; 128];

fn letters(encoding: &'static Encoding) -> Letters {
    std::array::from_fn(|at| {
        let bytes = [0x80 + u8::try_from(at).unwrap_or_default()];
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes)?;
        text.chars().next().filter(|char| is_cased(*char))
    })
}

/// Ligatures are on a Macintosh's keyboard, and hardly ever typed.
fn is_cased(char: char) -> bool {
    (char.is_lowercase() || char.is_uppercase()) && char < '\u{FB00}'
}

/// Encodings that cannot be read: their letters from 0x80 on, and what they are called.
const UNREAD: [(&str, &str); 3] = [
    (
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø Ø ƒáíóúñÑ               ÁÂÀ              ãÃ        ðÐÊËÈıÍÎÏ     Ì ÓßÔÒõÕµþÞÚÛÙýÝ",
        "DOS (code page 437 or 850)",
    ),
    (
        "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ čáíóúĄąŽžĘę źČş       ÁÂĚŞ    Żż       Ăă        đĐĎËďŇÍÎě    ŢŮ \
         ÓßÔŃńňŠšŔÚŕŰýÝţ            űŘř",
        "DOS (code page 852)",
    ),
    (
        "ÄĀāÉĄÖÜáąČäčĆćéŹźĎíďĒēĖóėôöõúĚěü  Ę    ß   ę  ģĮįĪ  īĶ  łĻļĽľĹĺŅņŃ  ńŇ     ňŐÕőŌ        ōŔŕŘ  řŖŗŠ  \
         šŚśÁŤťÍŽžŪÓÔūŮÚůŰűŲųÝýķŻŁżĢ",
        "an old Macintosh (Central European)",
    ),
];

/// What is told apart by the case of letters, which stand beside letters of their own case: these that can be read, and then
/// those that cannot.
const READ: [&Encoding; 7] = [
    WINDOWS_1252,
    WINDOWS_1250,
    ISO_8859_2,
    WINDOWS_1254,
    WINDOWS_1251,
    MACINTOSH,
    X_MAC_CYRILLIC,
];

/// How many letters outside ASCII stand where letters of their case do, read as one encoding or another.
struct Accents {
    /// All that is not ASCII.
    bytes: usize,
    candidates: Vec<(Letters, usize)>,
}

impl Accents {
    fn new() -> Accents {
        let unread = UNREAD.iter().map(|(table, _)| {
            let mut table = table
                .chars()
                .map(|char| Some(char).filter(|char| is_cased(*char)));
            std::array::from_fn(|_| table.next().flatten())
        });
        let all = READ.iter().map(|encoding| letters(encoding)).chain(unread);
        Accents {
            bytes: 0,
            candidates: all.map(|letters| (letters, 0)).collect(),
        }
    }

    fn feed(&mut self, piece: &[u8]) {
        self.bytes += piece.iter().filter(|byte| !byte.is_ascii()).count();
        for three in piece.windows(3) {
            let &[before, byte, next] = three else {
                continue;
            };
            // Two of these are the apostrophe and dashes of Windows, which stand between letters, too.
            if byte < 0x80 || matches!(byte, 0x91 | 0x92 | 0x96 | 0x97) {
                continue;
            }
            for (letters, fits) in &mut self.candidates {
                let letter = |byte: u8| match byte {
                    0x80.. => letters[usize::from(byte - 0x80)],
                    _ => Some(char::from(byte)).filter(char::is_ascii_alphabetic),
                };
                let Some(char) = letter(byte) else { continue };
                let is_fit = match (letter(before), letter(next)) {
                    (Some(_), Some(next)) => next.is_uppercase() == char.is_uppercase(),
                    (None, Some(next)) => char.is_uppercase() || next.is_lowercase(),
                    // The end of a word; a blank between words is no letter.
                    (Some(before), None) => {
                        (next >= 0x80 || (byte != 0xA0 && is_end(next)))
                            && before.is_uppercase() == char.is_uppercase()
                    }
                    (None, None) => false,
                };
                *fits += usize::from(is_fit);
            }
        }
    }

    fn fits(&self, encoding: &'static Encoding) -> usize {
        let place = READ.iter().position(|read| *read == encoding);
        place.map_or(0, |place| self.candidates[place].1)
    }

    /// A draw is won by what was guessed.
    fn likeliest(&self, guess: &'static Encoding) -> Guess {
        let (read, unread) = self.candidates.split_at(READ.len());
        let most_read = read.iter().map(|(_, fits)| *fits).max().unwrap_or_default();
        let unread = unread.iter().zip(UNREAD).rev();
        let (most_unread, what) = unread
            .map(|((_, fits), (_, what))| (*fits, what))
            .max_by_key(|(fits, _)| *fits)
            .unwrap_or_default();
        // Few accents can be taken for another script, whose letters would hardly all stand alone among Latin ones.
        let are_nearly_all = |fits: usize| fits > 1 && fits * 10 >= self.bytes * 9;
        let cyrillic = self.fits(X_MAC_CYRILLIC);
        // What letters without case, or those of another alphabet, fit is not counted here.
        let is_counted = READ.contains(&guess) || guess == IBM866;
        let windows = [WINDOWS_1252, WINDOWS_1250, ISO_8859_2, WINDOWS_1254];
        let windows = windows.iter().map(|encoding| self.fits(encoding)).max();
        if most_unread > most_read && (is_latin(guess) || are_nearly_all(most_unread)) {
            Guess::Unread(what)
        } else if is_counted
            && cyrillic > self.fits(guess)
            && cyrillic == most_read
            && are_nearly_all(cyrillic)
        {
            Guess::Encoding(X_MAC_CYRILLIC)
        } else if is_latin(guess) && windows.is_some_and(|windows| self.fits(MACINTOSH) > windows) {
            Guess::Encoding(MACINTOSH)
        } else {
            Guess::Encoding(guess)
        }
    }
}

/// Whether a word ends where this byte follows.
fn is_end(byte: u8) -> bool {
    b"\r\n\t;, \"|".contains(&byte)
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

impl Last {
    pub(super) fn when(nothing_follows: bool) -> Last {
        match nothing_follows {
            true => Last::Yes,
            false => Last::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(text: &[u8]) -> &'static str {
        match guess(text).expect("a slice reads") {
            Guess::Encoding(encoding) => encoding.name(),
            Guess::Unread(what) => what,
        }
    }

    #[test]
    fn the_letters_that_are_written_here_are_those_of_their_code_pages() {
        let pages = include_str!("../../../tests/data/code_pages.txt");
        let page = |wanted: &str| -> Vec<Option<char>> {
            let line = pages
                .lines()
                .find_map(|line| line.strip_prefix(wanted)?.strip_prefix(' '));
            let letters: Vec<char> = line.expect("a code page").chars().collect();
            assert_eq!(letters.len(), 128, "{wanted}");
            // The signs of ordinals count as letters, but stand behind numbers.
            let is_letter = |char: &char| is_cased(*char) && !matches!(char, 'ª' | 'º');
            letters
                .into_iter()
                .map(|char| Some(char).filter(is_letter))
                .collect()
        };
        for (what, name) in [
            ("DOS (code page 437 or 850)", "cp850"),
            ("DOS (code page 852)", "cp852"),
            ("an old Macintosh (Central European)", "mac_latin2"),
        ] {
            let (table, _) = UNREAD
                .into_iter()
                .find(|(_, called)| *called == what)
                .expect("a table");
            let written = table
                .chars()
                .map(|char| Some(char).filter(|char| is_cased(*char)));
            let mut written: Vec<Option<char>> = written.collect();
            written.resize(128, None);
            assert_eq!(written, page(name), "{what}");
        }
        // Where code page 437 has a Latin letter, 850 has the same.
        for (other, one) in page("cp437").into_iter().zip(page("cp850")) {
            let is_latin = other.is_some_and(|char| char < '\u{250}' && char != 'ƒ');
            assert!(!is_latin || other == one, "{other:?} {one:?}");
        }
    }

    #[test]
    fn letters_of_other_alphabets_are_left_to_the_detector() {
        use encoding_rs::{WINDOWS_1253, WINDOWS_1255};
        for (text, encoding) in [
            ("Phone;Name\n1;דוד כהן\n2;שרה לוי\n", WINDOWS_1255),
            ("Phone;Name\n1;Γιώργος Παπαδόπουλος\n", WINDOWS_1253),
            ("Telefon;Ad\n1;Şükrü Işık\n2;İbrahim Güneş\n", WINDOWS_1254),
            (
                "Telefon;Nazwa\n1;Świętosława Gęś\n2;Łukasz Żółć\n",
                ISO_8859_2,
            ),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            let Guess::Encoding(found) = guess(&bytes[..]).expect("a slice reads") else {
                panic!("{text}");
            };
            let (read, _) = found.decode_without_bom_handling(&bytes);
            assert_eq!(read, text, "{}", found.name());
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
            assert_eq!(guessed(text), "DOS (code page 437 or 850)");
        }
    }

    #[test]
    fn what_letters_of_one_byte_are_shows_by_their_case() {
        let cases: [(&[u8], &str); 20] = [
            (b"Jm\x82no;Vlastn\xA1k\n1;Ji\xFD\xA1 Dvo\xFD\xA0k\n2;Zden\xD8k N\xD8mec\n", "DOS (code page 852)"),
            (b"Imi\xA9;W\x88a\x98ciciel\n1;\x9Dukasz \xBD\xA2\x88\x86\n2;Wa\x88\xA9sa Gra\xBEyna\n", "DOS (code page 852)"),
            (b"N\x82v;Felel\x8Bs\n1;Gy\x8Bz\x8B Sz\xFBcs\n2;\xB5gnes T\xA2th\n", "DOS (code page 852)"),
            (b"Imi\xAB;W\xB8a\xE6ciciel\n1;\xFCukasz \xFB\x97\xB8\x8D\n2;Wa\xB8\xABsa Gra\xFDyna\n", "an old Macintosh (Central European)"),
            (b"Jm\x8Eno;Vlastn\x92k\n1;Ji\xDE\x92 Dvo\xDE\x87k\n2;Zden\x9Ek N\x9Emec\n", "an old Macintosh (Central European)"),
            (b"\x88\xEC\xDF;\x8E\xF2\xE2\xE5\xF2\xF1\xF2\xE2\xE5\xED\xED\xFB\xE9\n1;\x88\xE2\xE0\xED \x8F\xE5\xF2\xF0\xEE\xE2\n2;\x8C\xE0\xF0\xE8\xDF \x91\xEC\xE8\xF0\xED\xEE\xE2\xE0\n", "x-mac-cyrillic"),
            (b"\x88\xAC\xEF;\x8E\xE2\xA2\xA5\xE2\xE1\xE2\xA2\xA5\xAD\xAD\xEB\xA9\n1;\x88\xA2\xA0\xAD \x8F\xA5\xE2\xE0\xAE\xA2\n2;\x8C\xA0\xE0\xA8\xEF \x91\xAC\xA8\xE0\xAD\xAE\xA2\xA0\n", "IBM866"),
            (b"\xE9\xCD\xD1;\xEF\xD4\xD7\xC5\xD4\xD3\xD4\xD7\xC5\xCE\xCE\xD9\xCA\n1;\xE9\xD7\xC1\xCE \xF0\xC5\xD4\xD2\xCF\xD7\n2;\xED\xC1\xD2\xC9\xD1 \xF3\xCD\xC9\xD2\xCE\xCF\xD7\xC1\n", "KOI8-U"),
            (b"\xC8\xEC\xFF;\xCE\xF2\xE2\xE5\xF2\xF1\xF2\xE2\xE5\xED\xED\xFB\xE9\n1;\xC8\xE2\xE0\xED \xCF\xE5\xF2\xF0\xEE\xE2\n2;\xCC\xE0\xF0\xE8\xFF \xD1\xEC\xE8\xF0\xED\xEE\xE2\xE0\n", "windows-1251"),
            (b"\xD2\xC5\xCB\xC5\xD4\xCE\xCD;\xCE\xD2\xC2\xC5\xD2\xD1\xD2\xC2\xC5\xCD\xCD\xDB\xC9\n1;\xC8\xC2\xC0\xCD \xCF\xC5\xD2\xD0\xCE\xC2\n", "windows-1251"),
            (b"Imi\xEA;W\xB3a\x9Cciciel\n1;\xA3ukasz \xAF\xF3\xB3\xE6\n2;Wa\xB3\xEAsa Gra\xBFyna\n", "windows-1250"),
            (b"Jm\xE9no;Vlastn\xEDk\n1;Ji\xF8\xED Dvo\xF8\xE1k\n2;Zden\xECk N\xECmec\n", "windows-1250"),
            (b"N\xE9v;Felel\xF5s\n1;Gy\xF5z\xF5 Sz\xFBcs\n2;\xC1gnes T\xF3th\n", "windows-1250"),
            (b"\xCF\xED\xEF\xEC\xE1;\xD5\xF0\xE5\xFD\xE8\xF5\xED\xEF\xF2\n1;\xC3\xE9\xFE\xF1\xE3\xEF\xF2 \xD0\xE1\xF0\xE1\xE4\xFC\xF0\xEF\xF5\xEB\xEF\xF2\n", "windows-1253"),
            (b"Ad;Sorumlu\n1;Ay\xFEe Y\xFDlmaz\n2;\xC7a\xF0r\xFD \xDEahin\n", "windows-1254"),
            (b"Nom;T\xE9l\xE9phone;Propri\xE9taire\n\xC9ric Lef\xE8vre;1;2\nZo\xEB No\xEBl;1;2\n", "windows-1252"),
            (b"Nome;Respons\xE1vel\nJo\xE3o Gon\xE7alves;1\n", "windows-1252"),
            (b"Nome;Respons\x87vel\nJo\x8Bo Gon\x8Dalves;1\n", "macintosh"),
            (b"Nome;Respons\xA0vel\nJo\xC6o Gon\x87alves;1\n", "DOS (code page 437 or 850)"),
            (b"STRA\xDFE;ZUST\xC4NDIG\nJ\xDCRGEN M\xDCLLER;1\n", "windows-1252"),
        ];
        let wrong: Vec<_> = cases
            .into_iter()
            .map(|(text, right)| (String::from_utf8_lossy(text), guessed(text), right))
            .filter(|(_, guessed, right)| guessed != right)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn utf_16_shows_by_its_nul_bytes() {
        assert_eq!(unmarked_utf16(b"p\0h\0o\0n\0e\0"), Some(UTF_16LE));
        assert_eq!(unmarked_utf16(b"\0p\0h\0o\0n\0e"), Some(UTF_16BE));
        assert_eq!(unmarked_utf16(b"phone,owner"), None);
    }
}
