//! What may be shown of contacts on a page that is mailed around.
//!
//! Users are colleagues of whoever reads the page and are shown as they are; contacts are customers.

use std::collections::HashSet;

use crate::contact::{Assignee, Identifier};

use super::escape::visible;
use super::{Detail, Report};

/// From so many digits on, a number may be that of somebody.
const TELLING: usize = 5;

/// Knows what may be shown.
pub(super) struct Mask {
    detail: Detail,
    users: HashSet<String>,
}

impl Mask {
    pub(super) fn of(report: &Report) -> Mask {
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

    /// What was said about a whole run or look, which may repeat what a server said.
    pub(super) fn remark(&self, text: &str) -> String {
        if self.detail == Detail::Full {
            return visible(text);
        }
        let mask = |word: &str| {
            let digits = word.chars().filter(|char| char.is_numeric()).count();
            if self.is_user(word) {
                word.to_owned()
            } else if word.contains('@') && word.len() > 1 {
                address(word)
            } else if digits >= TELLING {
                number(word)
            } else {
                word.to_owned()
            }
        };
        visible(&by_words(text, mask))
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
}

/// Hands on each word without the punctuation around it; a phone number with spaces is one word.
fn by_words(text: &str, mut mask: impl FnMut(&str) -> String) -> String {
    let punctuation = |char: char| "`,;:.!?()<>[]{}\"'“”‘’".contains(char);
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
    fn what_a_server_said_keeps_users_and_hides_customers() {
        let report = report(Detail::Masked);
        let mask = Mask::of(&report);
        for (said, masked) in [
            (
                "no contact zoe@customer.org, +60 12-345 6789 (id:10131)",
                "no contact z***@c***.org, *** 789 (*** 31)",
            ),
            (
                "`kim@example.com` answered 503 for 12 rows",
                "`kim@example.com` answered 503 for 12 rows",
            ),
        ] {
            assert_eq!(mask.remark(said), masked);
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
