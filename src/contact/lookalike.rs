//! Letters that are easily taken for others.

use super::Reason;
use super::character::{is_unmistakable, script};

/// The first character of a domain's label that may be taken for another one: a letter of a script like
/// Latin among ASCII letters, or a label made of nothing but letters with an ASCII double.
pub(super) fn in_label(label: &str) -> Option<char> {
    let foreign = |character: &char| {
        !character.is_ascii() && !is_unmistakable(*character) && script(*character) != Some("Latin")
    };
    if let Some(double) = label
        .chars()
        .find(|character| LATIN_DOUBLES.contains(character))
    {
        return Some(double);
    }
    let first = label.chars().find(foreign)?;
    let mixed = label.chars().any(|character| {
        character.is_ascii_alphabetic()
            || (!character.is_ascii()
                && character.is_alphabetic()
                && script(character) != script(first))
    });
    let all_doubles = label
        .chars()
        .all(|character| character.is_ascii() || DOUBLES.contains(character));
    (mixed || all_doubles).then_some(first)
}

/// Counts a look-alike's position in the cell, where it still stands there as it was found.
pub(super) fn placed(reason: Reason, cell: &str) -> Reason {
    let Reason::LookAlike {
        character,
        position,
    } = reason
    else {
        return reason;
    };
    let in_cell = cell
        .chars()
        .position(|other| other == character)
        .and_then(|at| u32::try_from(at + 1).ok());
    Reason::LookAlike {
        character,
        position: in_cell.unwrap_or(position),
    }
}

/// Latin letters outside ASCII without an accent that a reader would see.
const LATIN_DOUBLES: [char; 8] = ['ı', 'ȷ', 'ɑ', 'ɡ', 'ɩ', 'ʟ', 'ǃ', 'ſ'];

/// Cyrillic, Greek and Armenian small letters with the shape of an ASCII letter.
const DOUBLES: &str = "авекмнорстухіјѕԁԛԝһӏгпьνοικυρατγωςօոսացհղյոքւ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_looks_like_another_is_found() {
        for (label, found) in [
            ("exаmple", Some('а')),
            ("раураl", Some('р')),
            ("сосо", Some('с')),
            ("gοοgle", Some('ο')),
            ("ınfo", Some('ı')),
        ] {
            assert_eq!(in_label(label), found, "{label}");
        }
        for label in [
            "example",
            "münchen",
            "пример",
            "δοκιμή",
            "例え",
            "qq公司",
            "xn--mnchen-3ya",
            "рф",
        ] {
            assert_eq!(in_label(label), None, "{label}");
        }
    }
}
