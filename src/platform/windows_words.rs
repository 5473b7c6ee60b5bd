//! A command line as Windows takes it apart. In a file of its own because nothing in it needs Windows, so that its tests run
//! anywhere.

use std::ffi::OsStr;

/// An argument as the command prompt and PowerShell take it. There is no way to write `"`, `%`, `$` and the backtick that
/// both understand; they are left as they are, but for a quote.
pub(crate) fn quoted(arg: &OsStr) -> String {
    let plain = |char: char| char.is_alphanumeric() || r"-_./:\+".contains(char);
    let text = arg.to_string_lossy();
    if !text.is_empty() && text.chars().all(plain) {
        return text.into_owned();
    }
    let mut line = "\"".to_owned();
    let mut backslashes = 0;
    for char in text.chars() {
        // Backslashes mean themselves, except in front of a quote.
        if char == '"' {
            line.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if char == '\\' { backslashes + 1 } else { 0 };
        line.push(char);
    }
    line.extend(std::iter::repeat_n('\\', backslashes));
    line + "\""
}

/// The words of a line, by the rules of Windows' programs: spaces part them, `"` holds them together, and a backslash means
/// itself except in front of `"`. Nothing if a quote is not closed.
pub(crate) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut is_quoted, mut backslashes) = (false, 0_usize);
    for char in line.chars() {
        if char == '\\' {
            backslashes += 1;
            word.get_or_insert_default().push(char);
            continue;
        }
        match char {
            '"' => {
                let word = word.get_or_insert_default();
                // Each two in front of the quote are one.
                word.truncate(word.len() - backslashes.div_ceil(2));
                match backslashes % 2 {
                    0 => is_quoted = !is_quoted,
                    _ => word.push('"'),
                }
            }
            ' ' | '\t' if !is_quoted => words.extend(word.take()),
            char => word.get_or_insert_default().push(char),
        }
        backslashes = 0;
    }
    words.extend(word);
    (!is_quoted).then_some(words)
}

/// These words as one line, which [`words`] takes apart into them.
pub(crate) fn one_line(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quoted(OsStr::new(word))).collect();
    quoted.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_with_backslashes_stay_as_they_are() {
        for (line, expected) in [
            (
                r"C:\Tools\op.exe read op://x/y",
                &[r"C:\Tools\op.exe", "read", "op://x/y"][..],
            ),
            (
                r#""C:\Program Files\op\op.exe" read "a \"b\" c""#,
                &[r"C:\Program Files\op\op.exe", "read", r#"a "b" c"#],
            ),
            (r#""C:\a b\\" it's"#, &[r"C:\a b\", "it's"]),
            (r#"  "" x  "#, &["", "x"]),
            ("", &[]),
        ] {
            assert_eq!(words(line).expect("closed"), expected, "{line}");
        }
        assert_eq!(words(r#"op "read"#), None);
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_taken_apart_into_the_same_words(
            given in prop::collection::vec(r#"[a-z \\"'$%é\t]{0,8}"#, 0..5)
        ) {
            let given: Vec<&str> = given.iter().map(String::as_str).collect();
            prop_assert_eq!(words(&one_line(&given)).expect("closed"), given);
        }
    }
}
