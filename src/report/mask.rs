//! What may be shown of contacts on a page that is mailed around.
//!
//! Users are colleagues of whoever reads the page and are shown as they are; contacts are customers.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::contact::{Assignee, Identifier};
use crate::outcome::column;

use super::escape::visible;
use super::{Detail, Report};

/// From so many digits on, a number may be that of somebody.
const TELLING: usize = 5;

/// Quoted in our own sentences, and nobody's.
const OURS: [&str; 20] = [
    "***",
    "skip",
    "again",
    "move",
    "id",
    "email",
    "also known as",
    "unassign",
    "id:123",
    "email:ann@example.com",
    "phone:+60123456789",
    "+60123456789",
    "ann@example.com",
    "example.com",
    "(0)",
    "MY",
    "n/a",
    "CSV UTF-8",
    "Total",
    "...",
];

/// How much of a sentence is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// What sentences about other rows say too.
    WhatIsCommon,
    /// That, users, and enough of contacts to tell them apart.
    Traces,
}

/// Knows what may be shown.
pub(super) struct Mask<'a> {
    detail: Detail,
    columns: HashSet<&'a str>,
    users: HashSet<String>,
}

impl<'a> Mask<'a> {
    pub(super) fn of(report: &'a Report) -> Mask<'a> {
        let mut users: HashSet<String> = report.people.texts().map(str::to_lowercase).collect();
        for row in &report.rows {
            for assignee in [row.record.assignee.as_ref(), row.record.owner_before()] {
                if let Some(Assignee::Email(email)) = assignee {
                    users.insert(email.as_str().to_lowercase());
                }
            }
        }
        Mask {
            detail: report.detail,
            columns: report.own.iter().map(String::as_str).collect(),
            users,
        }
    }

    /// A contact as the page shows it.
    pub(super) fn contact(&self, contact: &Identifier) -> String {
        match (self.detail, contact) {
            (Detail::Full, contact) => contact.to_string(),
            (Detail::None, _) => String::new(),
            (Detail::Masked, Identifier::Id(id)) => format!("id:{}", number(&id.to_string())),
            (Detail::Masked, Identifier::Email(email)) => address(email.as_str()),
            (Detail::Masked, Identifier::Phone(phone)) => {
                let (code, digits) = (phone.country_code(), phone.digits().to_string());
                let rest = digits.strip_prefix(&code.to_string()).unwrap_or(&digits);
                format!("+{code} {}", number(rest))
            }
        }
    }

    /// The sentence about a row whose own cells are these.
    pub(super) fn sentence(&self, sentence: &str, own: &[String]) -> String {
        match self.detail {
            Detail::Full => visible(sentence),
            Detail::None => self.common(sentence, own),
            Detail::Masked => visible(&self.quoted(&paired(sentence, own), Keep::Traces)),
        }
    }

    /// What the sentence about a row has in common with those of other rows: nothing in it tells of one row.
    pub(super) fn common(&self, sentence: &str, own: &[String]) -> String {
        visible(&self.quoted(&paired(sentence, own), Keep::WhatIsCommon))
    }

    /// What somebody typed, a remark or a command: addresses and phone numbers are masked.
    pub(super) fn typed(&self, text: &str) -> String {
        if self.detail == Detail::Full {
            return visible(text);
        }
        let mask = |word: &str| {
            let digits = word.chars().filter(char::is_ascii_digit).count();
            if word.contains('@') && !word.contains("://") && !self.is_user(word) {
                address(word)
            } else if word.contains('+') && digits >= TELLING {
                number(word)
            } else {
                word.to_owned()
            }
        };
        visible(&by_words(text, mask))
    }

    fn is_user(&self, text: &str) -> bool {
        self.users.contains(&text.to_lowercase())
    }

    fn quoted(&self, sentence: &str, keep: Keep) -> String {
        let mut parts = Vec::new();
        for (place, part) in sentence.split('`').enumerate() {
            parts.push(if place.is_multiple_of(2) {
                self.prose(part, keep)
            } else {
                self.literal(part, keep)
            });
        }
        parts.join("`")
    }

    /// What stands between backticks.
    fn literal(&self, text: &str, keep: Keep) -> String {
        let ours = text.chars().count() <= 1
            || OURS.contains(&text)
            || column::ALL.contains(&text)
            || self.columns.contains(text)
            || is_option(text);
        match keep {
            _ if ours => text.to_owned(),
            Keep::Traces if self.is_user(text) => text.to_owned(),
            Keep::Traces => value(text),
            Keep::WhatIsCommon => "…".to_owned(),
        }
    }

    fn prose(&self, text: &str, keep: Keep) -> String {
        let mut after_row = false;
        let masked = by_words(text, |word| {
            let digits = word.chars().filter(|char| char.is_numeric()).count();
            let is_row = std::mem::replace(&mut after_row, word == "row" || word == "rows");
            match keep {
                Keep::WhatIsCommon if is_row && digits > 0 => "…".to_owned(),
                Keep::WhatIsCommon if word.contains('@') && word.len() > 1 => "…".to_owned(),
                Keep::WhatIsCommon if word.starts_with("id:") => "id:…".to_owned(),
                Keep::WhatIsCommon if digits >= TELLING => "…".to_owned(),
                Keep::Traces if self.is_user(word) => word.to_owned(),
                Keep::Traces if word.contains('@') && word.len() > 1 => address(word),
                Keep::Traces if digits >= TELLING => value(word),
                _ => word.to_owned(),
            }
        });
        if keep == Keep::WhatIsCommon {
            masked.replace("… …", "…")
        } else {
            masked
        }
    }
}

/// A sentence in which backticks come in pairs. A backtick in one of the row's cells, which sentences quote as they are or
/// shortened, would make the rest of the cell look like our own words; then all from the first one to the last one goes,
/// and what follows too if one has no other.
fn paired<'a>(sentence: &'a str, own: &[String]) -> Cow<'a, str> {
    let (Some(first), Some(last)) = (sentence.find('`'), sentence.rfind('`')) else {
        return sentence.into();
    };
    let is_paired = sentence.matches('`').count().is_multiple_of(2);
    if is_paired && !own.iter().any(|cell| cell.contains('`')) {
        return sentence.into();
    }
    let before = &sentence[..first];
    let after = if is_paired { &sentence[last + 1..] } else { "" };
    format!("{before}`***`{after}").into()
}

/// Hands on each word without the punctuation around it; a phone number with spaces is one word.
fn by_words(text: &str, mut mask: impl FnMut(&str) -> String) -> String {
    let punctuation = |char: char| ",;:.!?()<>[]{}\"'“”‘’".contains(char);
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let begins = rest
            .find(|char: char| !char.is_whitespace() && !punctuation(char))
            .unwrap_or(rest.len());
        done.push_str(&rest[..begins]);
        rest = &rest[begins..];
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word = spaced_number(rest).unwrap_or(word);
        let core = rest[..word].trim_end_matches(punctuation).len();
        if core > 0 {
            done.push_str(&mask(&rest[..core]));
        }
        done.push_str(&rest[core..word]);
        rest = &rest[word..];
    }
    done
}

/// How long a number with spaces in it is, if the text begins with one.
fn spaced_number(text: &str) -> Option<usize> {
    let part = |char: char| char.is_numeric() || " -().+/\u{a0}".contains(char);
    let end = text.find(|char| !part(char)).unwrap_or(text.len());
    let number = text[..end].trim_end_matches(|char: char| !char.is_numeric());
    let digits = number.chars().filter(|char| char.is_numeric()).count();
    let ends = text[number.len()..]
        .chars()
        .next()
        .is_none_or(|next| !next.is_alphanumeric() && next != '@');
    (digits > TELLING && ends).then_some(number.len())
}

/// `--region GB`, `--bare-digits id`.
fn is_option(text: &str) -> bool {
    let Some(option) = text.strip_prefix("--") else {
        return false;
    };
    let (name, value) = option.split_once(' ').unwrap_or((option, ""));
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && value.len() <= 13
        && value.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// A trace of what stood in a cell.
fn value(text: &str) -> String {
    let digits = text.chars().filter(|char| char.is_numeric()).count();
    if text.contains('@') {
        address(text)
    } else if digits >= TELLING {
        number(text)
    } else {
        let words: Vec<String> = text
            .split_whitespace()
            .take(3)
            .filter_map(|word| word.chars().next())
            .map(|first| format!("{first}***"))
            .collect();
        words.join(" ")
    }
}

/// `a***@d***.com`.
fn address(text: &str) -> String {
    let (local, domain) = text.rsplit_once('@').unwrap_or((text, ""));
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    let end = domain
        .rsplit_once('.')
        .map(|(_, end)| end)
        .filter(|end| end.len() <= 6 && end.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .map(|end| format!(".{end}"))
        .unwrap_or_default();
    format!("{}***@{}***{end}", first(local), first(domain))
}

/// The last digits, fewer of a short number.
fn number(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(|char| char.is_numeric()).collect();
    let kept = match digits.len() {
        0..=4 => 0,
        5..=7 => 2,
        _ => 3,
    };
    let last: String = digits[digits.len() - kept..].iter().collect();
    format!("***{}{last}", if kept > 0 { " " } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn contacts_keep_a_trace() {
        let report = report(Detail::Masked);
        let mask = Mask::of(&report);
        let masked = |text: &str| mask.contact(&text.parse().expect("a contact"));
        assert_eq!(masked("phone:+60121233112"), "+60 *** 112");
        assert_eq!(masked("phone:+14155550133"), "+1 *** 133");
        assert_eq!(masked("email:ann.lee@mail.example.com"), "a***@m***.com");
        assert_eq!(masked("id:10131"), "id:*** 31");
        assert_eq!(masked("id:57"), "id:***");
    }

    #[test]
    fn a_sentence_keeps_columns_options_and_users_and_hides_customers() {
        let report = report(Detail::Masked);
        let mask = Mask::of(&report);
        for (sentence, masked, common) in [
            (
                "column `Phone`, `012-345 6789`: the number is in national form; name the country with `--region`, as in `--region GB`",
                "column `Phone`, `*** 789`: the number is in national form; name the country with `--region`, as in `--region GB`",
                "column `Phone`, `…`: the number is in national form; name the country with `--region`, as in `--region GB`",
            ),
            (
                "row 12 gives this contact to `kim@example.com`; write `skip` into `reassign_decision`",
                "row 12 gives this contact to `kim@example.com`; write `skip` into `reassign_decision`",
                "row … gives this contact to `…`; write `skip` into `reassign_decision`",
            ),
            (
                "no contact zoe@customer.org, +60 12-345 6789 (id:10131)",
                "no contact z***@c***.org, *** 789 (*** 31)",
                "no contact …, … (id:…)",
            ),
            (
                "column `Contact`, `Zoe Quinn`: this is neither",
                "column `Contact`, `Z*** Q***`: this is neither",
                "column `Contact`, `…`: this is neither",
            ),
        ] {
            assert_eq!(mask.sentence(sentence, &[]), masked);
            assert_eq!(mask.common(sentence, &[]), common);
        }
    }

    #[test]
    fn a_cell_with_backticks_in_it_hides_no_less() {
        let report = report(Detail::Masked);
        let mask = Mask::of(&report);
        let cell = format!("x` Zoe Quinn `{}", "y".repeat(90));
        let said = format!("column `Contact`, `{}…`: this is neither", &cell[..60]);
        let unpaired = "column `Contact`, `x` Zoe `Quinn: this is neither";
        for (said, own) in [(said.as_str(), vec![cell]), (unpaired, Vec::new())] {
            for masked in [mask.sentence(said, &own), mask.common(said, &own)] {
                assert!(!masked.contains("Quinn"), "{masked}");
                assert!(masked.starts_with("column `***`"), "{masked}");
            }
        }
    }

    #[test]
    fn what_somebody_typed_keeps_file_names() {
        let report = report(Detail::Masked);
        let mask = Mask::of(&report);
        assert_eq!(
            mask.typed(
                "reassign apply team-2026-06-30.csv --note 'ask zoe@customer.org +60121233112'"
            ),
            "reassign apply team-2026-06-30.csv --note 'ask z***@c***.org *** 112'"
        );
    }
}
