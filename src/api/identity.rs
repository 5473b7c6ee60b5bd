//! Whether an answer is about the contact that was asked for.
//!
//! Contacts are merged, long IDs are rounded on their way, and servers in trouble mix up answers. What a server may fold
//! into one, such as the two ways to write a Mexican mobile number or capitals in an email, is the same; a field that is
//! absent, masked or makes no sense proves nothing.

use unicode_normalization::UnicodeNormalization;

use super::{Contact, wire};
use crate::contact::{Assignee, Email, Identifier, Phone};

/// Fewer digits than this are too few to recognize a phone number by its end.
const FEWEST: usize = 7;

/// Countries whose numbers are written with and without some digits behind the country code.
///
/// Mexican and Argentinian mobiles have an extra digit in international form only, and Brazilian mobiles got a ninth
/// digit that older records lack.
const EXTRA: [(&str, &str, usize); 3] = [("52", "1", 0), ("54", "9", 0), ("55", "9", 2)];

impl Contact {
    /// Whether this may be the contact that `asked` names.
    pub(super) fn may_be(&self, asked: &Identifier) -> bool {
        match asked {
            Identifier::Id(id) => *id == self.id,
            Identifier::Phone(phone) => self
                .phone
                .as_deref()
                .is_none_or(|found| is_same_phone(phone, found)),
            Identifier::Email(email) => self
                .email
                .as_deref()
                .is_none_or(|found| is_same_email(email, found)),
        }
    }
}

/// Whether a phone number as a server writes it may be this one.
fn is_same_phone(asked: &Phone, found: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-./()\u{a0}".contains(c);
    let found: String = found.nfkc().collect();
    if !found.chars().all(is_part) {
        return true; // masked, or with words in it
    }
    let is_international = found.trim_start().starts_with(['+', '(']);
    let digits: String = found.chars().filter(char::is_ascii_digit).collect();
    let asked = asked.to_string();
    let asked = asked.trim_start_matches('+');
    let found = match digits.strip_prefix("00") {
        Some(digits) => digits,
        None => &digits,
    };
    if found.is_empty() || folded(asked) == folded(found) {
        return true;
    }
    // In national form, with or without its trunk prefix.
    let national = found.trim_start_matches('0');
    !is_international && national.len() >= FEWEST && asked.ends_with(national)
}

/// Digits without those that only some write.
fn folded(digits: &str) -> String {
    for (country, extra, after) in EXTRA {
        let Some(rest) = digits.strip_prefix(country) else {
            continue;
        };
        if let Some((area, rest)) = rest.split_at_checked(after)
            && let Some(rest) = rest.strip_prefix(extra)
            && rest.len() >= FEWEST
        {
            return format!("{country}{area}{rest}");
        }
    }
    digits.to_owned()
}

/// Whether an email as a server writes it may be this one.
fn is_same_email(asked: &Email, found: &str) -> bool {
    if found.contains('*') || !found.contains('@') {
        return true; // masked, or none at all
    }
    let plain = |text: &str| text.nfkc().collect::<String>().to_lowercase();
    let found = match wire::address(found) {
        Some(Assignee::Email(found)) => plain(found.as_str()),
        _ => plain(found.trim()),
    };
    plain(asked.as_str()) == found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ConversationStatus, Holder};

    fn contact(id: u64, phone: Option<&str>, email: Option<&str>) -> Contact {
        Contact {
            id,
            name: String::new(),
            holder: Holder::Nobody,
            status: ConversationStatus::Open,
            phone: phone.map(str::to_owned),
            email: email.map(str::to_owned),
        }
    }

    fn asked(text: &str) -> Identifier {
        text.parse().expect("an identifier")
    }

    #[test]
    fn an_id_is_the_same_in_all_its_digits() {
        let is = |name: &str, id| contact(id, None, None).may_be(&asked(name));
        assert!(is("id:9007199254740993", 9_007_199_254_740_993));
        assert!(!is("id:9007199254740993", 9_007_199_254_740_992));
        assert!(!is("id:5", 9));
    }

    #[test]
    fn a_phone_number_is_the_same_however_it_is_written() {
        let is = |name: &str, found: &str| contact(1, Some(found), None).may_be(&asked(name));
        for (name, found) in [
            ("phone:+60121233112", "+60121233112"),
            ("phone:+60121233112", "60121233112"),
            ("phone:+60121233112", "+60 12-123 3112"),
            ("phone:+60121233112", "0060121233112"),
            ("phone:+60121233112", "012-123 3112"),
            ("phone:+60121233112", "12-123 3112"),
            ("phone:+5215512345678", "+525512345678"),
            ("phone:+525512345678", "+5215512345678"),
            ("phone:+5491123456789", "+541123456789"),
            ("phone:+5511987654321", "+551187654321"),
            ("phone:+60121233112", "+6012***3112"),
            ("phone:+60121233112", "hidden"),
            ("phone:+60121233112", ""),
        ] {
            assert!(is(name, found), "{name} {found}");
        }
        for (name, found) in [
            ("phone:+60121233112", "+60121233113"),
            ("phone:+60121233112", "+65121233112"),
            ("phone:+60121233112", "013-123 3112"),
            ("phone:+60121233112", "+12123311"),
            ("phone:+60121233112", "3112"),
            ("phone:+5215512345678", "+525512345679"),
        ] {
            assert!(!is(name, found), "{name} {found}");
        }
        assert!(contact(1, None, Some("x@example.com")).may_be(&asked("phone:+60121233112")));
    }

    #[test]
    fn an_email_is_the_same_without_case_and_in_either_form_of_its_domain() {
        let is = |name: &str, found: &str| contact(1, None, Some(found)).may_be(&asked(name));
        for (name, found) in [
            ("email:ann@example.com", "Ann@Example.COM"),
            ("email:ann@example.com", " ann@example.com "),
            ("email:jo@xn--mnchen-3ya.example", "JO@München.example"),
            ("email:ann@example.com", "a***@example.com"),
            ("email:ann@example.com", "(hidden)"),
        ] {
            assert!(is(name, found), "{name} {found}");
        }
        for (name, found) in [
            ("email:ann@example.com", "anne@example.com"),
            ("email:ann@example.com", "ann@example.org"),
        ] {
            assert!(!is(name, found), "{name} {found}");
        }
        assert!(contact(1, Some("+60121233112"), None).may_be(&asked("email:ann@example.com")));
    }
}
