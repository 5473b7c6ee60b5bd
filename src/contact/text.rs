//! The text of a cell, rid of what no reader of the sheet can see or mean.

use std::borrow::Cow;

use icu_properties::props::DefaultIgnorableCodePoint;
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed};
use unicode_normalization::{UnicodeNormalization, is_nfkc};

use crate::vocabulary::blank_word;

use super::{Reason, Repair, Repairs};

/// The cell's text after the repairs that suit every kind of value, and which those were.
///
/// A clean ASCII cell is borrowed.
///
/// # Errors
/// The cell is blank, holds a word for blank, or a formula or its error.
pub fn clean(cell: &str) -> Result<(Cow<'_, str>, Repairs), Reason> {
    let mut repairs = Repairs::NONE;
    let visible = visible(cell, &mut repairs)?;
    let bare = match visible {
        Cow::Borrowed(text) => Cow::Borrowed(unwrapped(text, &mut repairs)),
        Cow::Owned(text) => {
            let inner = unwrapped(&text, &mut repairs);
            Cow::Owned(if inner.len() == text.len() {
                text
            } else {
                inner.to_owned()
            })
        }
    };
    match bare.as_bytes() {
        [] => return Err(Reason::Blank),
        [b'#', letter, ..] if letter.is_ascii_alphabetic() => return Err(Reason::FormulaError),
        [b'=', ..] => return Err(Reason::Formula),
        _ => {}
    }
    if let Some(word) = blank_word(&bare) {
        return Err(Reason::BlankWord(word.into()));
    }
    Ok((bare, repairs))
}

/// Drops what cannot be seen and turns compatibility forms into the plain ones.
fn visible<'a>(cell: &'a str, repairs: &mut Repairs) -> Result<Cow<'a, str>, Reason> {
    if cell.is_ascii() {
        return Ok(Cow::Borrowed(cell));
    }
    let mut text = String::with_capacity(cell.len());
    for character in cell.chars() {
        match character {
            _ if character.is_ascii() => text.push(character),
            _ if is_invisible(character) => repairs.insert(Repair::Invisible),
            _ if character.is_whitespace() => {
                repairs.insert(Repair::Spaces);
                let line_break = matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}');
                text.push(if line_break { '\n' } else { ' ' });
            }
            // A superscript or circled digit is a footnote mark or a number of its own, not one more digit.
            _ if is_numeral_mark(character) => return Err(Reason::Character(character)),
            '\u{2795}' => {
                repairs.insert(Repair::FullWidth);
                text.push('+');
            }
            '\u{3002}' => {
                repairs.insert(Repair::FullWidth);
                text.push('.');
            }
            _ => match decimal_digit(character) {
                Some(digit) => {
                    repairs.insert(Repair::OtherDigits);
                    text.push(char::from(b'0' + digit));
                }
                None => text.push(character),
            },
        }
    }
    if !is_nfkc(&text) {
        repairs.insert(Repair::FullWidth);
        text = text.nfkc().collect();
    }
    Ok(Cow::Owned(text))
}

/// The text within white space, quotes and brackets.
fn unwrapped<'a>(cell: &'a str, repairs: &mut Repairs) -> &'a str {
    let mut text = cell;
    loop {
        let trimmed = text.trim();
        if trimmed.len() < text.len() {
            repairs.insert(Repair::Spaces);
        }
        text = trimmed;
        // `="…"` is how a CSV keeps a spreadsheet program from making a number of a value.
        let inner = match text.strip_prefix('=') {
            Some(quoted) if quoted.starts_with('"') => within_pair(quoted),
            _ => within_pair(text).or_else(|| text.strip_prefix('\'')),
        };
        let Some(inner) = inner else { return text };
        repairs.insert(Repair::Quotes);
        text = inner;
    }
}

const PAIRS: [(char, char); 15] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('\u{201C}', '\u{201D}'),
    ('\u{201E}', '\u{201C}'),
    ('\u{201D}', '\u{201D}'),
    ('\u{2018}', '\u{2019}'),
    ('\u{201A}', '\u{2018}'),
    ('\u{AB}', '\u{BB}'),
    ('\u{BB}', '\u{AB}'),
    ('<', '>'),
    ('[', ']'),
    ('{', '}'),
    ('(', ')'),
    ('\u{300C}', '\u{300D}'),
];

/// What stands within a pair that encloses the whole text and does not occur inside it.
fn within_pair(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    if first.is_ascii_alphanumeric() || first == '+' {
        return None;
    }
    PAIRS
        .iter()
        .filter(|(open, _)| *open == first)
        .find_map(|&(open, close)| {
            let inner = text.strip_prefix(open)?.strip_suffix(close)?;
            // In parentheses, a number is below zero to a bookkeeper.
            let bookkept = open == '(' && inner.starts_with(|c: char| c.is_ascii_digit());
            (!inner.contains([open, close]) && !bookkept).then_some(inner)
        })
}

/// Whether a character is there without being seen: what Unicode says is not shown by default, and marks of annotations.
pub(crate) fn is_invisible(character: char) -> bool {
    const IGNORABLE: CodePointSetDataBorrowed<'static> =
        CodePointSetData::new::<DefaultIgnorableCodePoint>();
    !character.is_ascii()
        && (IGNORABLE.contains(character) || matches!(character, '\u{FFF9}'..='\u{FFFB}'))
}

fn is_numeral_mark(character: char) -> bool {
    matches!(u32::from(character),
        0xB2 | 0xB3 | 0xB9 | 0xBC..=0xBE | 0x2070 | 0x2074..=0x2079 | 0x2080..=0x2089 | 0x2150..=0x218F
        | 0x2460..=0x249B | 0x24EA..=0x24FF | 0x2776..=0x2793 | 0x3220..=0x325F | 0x3280..=0x32BF
        | 0x1F100..=0x1F10C)
}

/// The value of a decimal digit outside ASCII.
fn decimal_digit(character: char) -> Option<u8> {
    /// The zeros of the scripts whose ten digits follow one another; Unicode's general category Nd.
    const ZEROS: [u32; 46] = [
        0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6,
        0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
        0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0,
        0xFF10, 0x104A0, 0x11066, 0x11136, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E950,
        0x1FBF0,
    ];
    let code = u32::from(character);
    let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= code)].last()?;
    u8::try_from(code - zero).ok().filter(|digit| *digit < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(cell: &str) -> Result<(String, Vec<Repair>), Reason> {
        clean(cell).map(|(text, repairs)| (text.into_owned(), repairs.iter().collect()))
    }

    #[test]
    fn a_clean_cell_is_borrowed() {
        assert!(matches!(
            clean("+60123456789"),
            Ok((Cow::Borrowed("+60123456789"), Repairs::NONE))
        ));
    }

    #[test]
    fn what_cannot_be_seen_or_meant_is_taken_off() {
        for (cell, text, repairs) in [
            (" 12 ", "12", &[Repair::Spaces][..]),
            ("\u{a0}34\u{a0}", "34", &[Repair::Spaces]),
            ("\u{202a}+60\u{202c}", "+60", &[Repair::Invisible]),
            ("\u{feff}12", "12", &[Repair::Invisible]),
            ("6\u{ad}0", "60", &[Repair::Invisible]),
            ("＋６０", "+60", &[Repair::FullWidth, Repair::OtherDigits]),
            ("٦٠", "60", &[Repair::OtherDigits]),
            ("\u{2795}60", "+60", &[Repair::FullWidth]),
            ("Ａgent＠x．com", "Agent@x.com", &[Repair::FullWidth]),
            ("\"12\"", "12", &[Repair::Quotes]),
            ("'12", "12", &[Repair::Quotes]),
            ("=\"0012\"", "0012", &[Repair::Quotes]),
            ("“ [12] ”", "12", &[Repair::Spaces, Repair::Quotes]),
            ("(+60)123", "(+60)123", &[]),
            ("(12)", "(12)", &[]),
        ] {
            assert_eq!(
                cleaned(cell),
                Ok((text.to_owned(), repairs.to_vec())),
                "{cell:?}"
            );
        }
    }

    #[test]
    fn a_blank_cell_and_a_word_for_blank_are_told() {
        for cell in ["", "  ", "\u{a0}", "\u{3000}", "\u{200b}", "\"\"", "' '"] {
            assert_eq!(cleaned(cell), Err(Reason::Blank), "{cell:?}");
        }
        for (cell, word) in [
            ("-", "-"),
            ("NULL", "null"),
            ("None", "none"),
            ("N/A", "n/a"),
            ("(blank)", "blank"),
            ("—", "—"),
        ] {
            assert_eq!(
                cleaned(cell),
                Err(Reason::BlankWord(word.into())),
                "{cell:?}"
            );
        }
    }

    #[test]
    fn a_formula_and_its_error_are_no_value() {
        for cell in ["#N/A", "#REF!", "#DIV/0!", "#NAME?"] {
            assert_eq!(cleaned(cell), Err(Reason::FormulaError), "{cell:?}");
        }
        assert_eq!(cleaned("=10+2"), Err(Reason::Formula));
        assert_eq!(cleaned("=\"+6019\"&\"8765432\""), Err(Reason::Formula));
    }

    #[test]
    fn a_footnote_mark_is_not_one_more_digit() {
        assert_eq!(cleaned("12¹"), Err(Reason::Character('¹')));
        assert_eq!(cleaned("①"), Err(Reason::Character('①')));
    }
}
