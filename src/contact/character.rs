//! What a character is called, and which script it belongs to.

/// The character as a sentence names it: itself if it can be seen, and what it is.
pub(super) fn named(character: char) -> String {
    let code = u32::from(character);
    match character {
        '\n' | '\r' => "a line break".to_owned(),
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        _ if character.is_control() => format!("a control character (U+{code:04X})"),
        _ if character.is_ascii() => format!("`{character}`"),
        _ => match script(character) {
            Some(script) => format!("`{character}` (U+{code:04X}, {script})"),
            None => format!("`{character}` (U+{code:04X})"),
        },
    }
}

/// The script of a letter outside ASCII, where it is one that contact lists hold.
pub(super) fn script(character: char) -> Option<&'static str> {
    Some(match u32::from(character) {
        0x00AA..=0x024F | 0x0250..=0x02AF | 0x1E00..=0x1EFF | 0x2C60..=0x2C7F | 0xA720..=0xA7FF => {
            "Latin"
        }
        0x0300..=0x036F => "accent",
        0x0370..=0x03FF | 0x1F00..=0x1FFF => "Greek",
        0x0400..=0x052F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => "Cyrillic",
        0x0530..=0x058F => "Armenian",
        0x0590..=0x05FF => "Hebrew",
        0x0600..=0x06FF | 0x0750..=0x077F | 0x08A0..=0x08FF => "Arabic",
        0x0900..=0x097F => "Devanagari",
        0x0980..=0x09FF => "Bengali",
        0x0A80..=0x0AFF => "Gujarati",
        0x0B80..=0x0BFF => "Tamil",
        0x0C00..=0x0C7F => "Telugu",
        0x0E00..=0x0E7F => "Thai",
        0x10A0..=0x10FF => "Georgian",
        0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7AF => "Hangul",
        0x13A0..=0x13FF | 0xAB70..=0xABBF => "Cherokee",
        0x2C80..=0x2CFF => "Coptic",
        0x3040..=0x309F => "Hiragana",
        0x30A0..=0x30FF => "Katakana",
        0x3005..=0x3007
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF
        | 0x20000..=0x3FFFF => "Han",
        0xA4D0..=0xA4FF => "Lisu",
        _ => return None,
    })
}

/// Whether the letter's script shares no shapes with Latin, so that it cannot be taken for an ASCII letter.
pub(super) fn is_unmistakable(character: char) -> bool {
    const SCRIPTS: &str =
        "Hebrew Arabic Devanagari Bengali Gujarati Tamil Telugu Thai Hangul Hiragana Katakana Han";
    let is_other = |script: &str| SCRIPTS.split(' ').any(|other| other == script);
    script(character).is_some_and(is_other) && character.is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_named_with_its_code_and_script() {
        assert_eq!(named('а'), "`а` (U+0430, Cyrillic)");
        assert_eq!(named('x'), "`x`");
        assert_eq!(named('\n'), "a line break");
        assert_eq!(named('\u{7}'), "a control character (U+0007)");
    }
}
