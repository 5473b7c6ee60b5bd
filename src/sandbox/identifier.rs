//! How a request names a contact and a user.

use serde_json::Value;

use super::error_answer::ErrorAnswer;

/// One contact, as addressed in a path that is percent-decoded already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ContactAddress {
    /// As it came, for the record.
    pub(super) text: String,
    pub(super) key: Key,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// `None`: well-formed, but larger than any ID can be.
    Id(Option<i64>),
    /// In the form that [`fold`] makes.
    Email(String),
    Phone(String),
}

/// The user that a write wants as assignee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WantedAssignee {
    Nobody,
    User(User),
}

/// One user, as named in the body of a write or in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum User {
    /// `None`: well-formed, but larger than any ID can be.
    Id(Option<i64>),
    /// In the form that [`fold`] makes.
    Email(String),
}

/// Emails that differ only in case are the same; SQLite's own comparison knows only ASCII.
pub(super) fn fold(email: &str) -> String {
    email.to_lowercase()
}

pub(super) fn is_email(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    text.rsplit_once('@')
        .is_some_and(|(local, domain)| plain(local) && plain(domain))
}

pub(super) fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(is_digits)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl ContactAddress {
    pub(super) fn parse(text: String) -> Result<ContactAddress, ErrorAnswer> {
        let key = match text.split_once(':') {
            Some(("id", digits)) if is_digits(digits) => Key::Id(digits.parse().ok()),
            Some(("email", email)) if is_email(email) => Key::Email(fold(email)),
            Some(("phone", phone)) if is_phone(phone) => Key::Phone(phone.to_owned()),
            _ => {
                return Err(ErrorAnswer::Validation(
                    "The identifier must be `id:` with digits, `email:` with an address, or `phone:` with a plus \
                     sign and digits."
                        .to_owned(),
                ));
            }
        };
        Ok(ContactAddress { text, key })
    }
}

impl WantedAssignee {
    /// Reads the body of a write. Blank text is refused, not taken for nobody: only null unassigns.
    pub(super) fn parse(body: &Value) -> Result<WantedAssignee, ErrorAnswer> {
        let refuse = |problem: &str| Err(ErrorAnswer::Validation(problem.to_owned()));
        let Some(members) = body.as_object() else {
            return refuse("The body must be a JSON object.");
        };
        match members.get("assignee") {
            None => refuse("`assignee` is missing."),
            Some(Value::Null) => Ok(WantedAssignee::Nobody),
            // Only whole numbers: their text has neither sign, point nor exponent.
            Some(Value::Number(number)) if is_digits(&number.to_string()) => {
                Ok(WantedAssignee::User(User::Id(number.as_i64())))
            }
            Some(Value::String(text)) if is_digits(text) => {
                Ok(WantedAssignee::User(User::Id(text.parse().ok())))
            }
            Some(Value::String(text)) if is_email(text) => {
                Ok(WantedAssignee::User(User::Email(fold(text))))
            }
            Some(_) => refuse("`assignee` must be a user's ID, a user's email, or null."),
        }
    }
}

impl User {
    /// Reads a user's ID from a path.
    pub(super) fn by_id(text: &str) -> Result<User, ErrorAnswer> {
        if is_digits(text) {
            Ok(User::Id(text.parse().ok()))
        } else {
            Err(ErrorAnswer::Validation(
                "The user's ID must be digits.".to_owned(),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(text: &str) -> Option<Key> {
        ContactAddress::parse(text.to_owned())
            .ok()
            .map(|identifier| identifier.key)
    }

    fn wanted(assignee: Value) -> Option<WantedAssignee> {
        WantedAssignee::parse(&json!({ "assignee": assignee })).ok()
    }

    #[test]
    fn the_three_kinds_of_identifier_are_read() {
        assert_eq!(key("id:123"), Some(Key::Id(Some(123))));
        assert_eq!(key("id:9223372036854775807"), Some(Key::Id(Some(i64::MAX))));
        assert_eq!(
            key("email:Ann@Example.COM"),
            Some(Key::Email("ann@example.com".to_owned()))
        );
        assert_eq!(
            key("phone:+60121233112"),
            Some(Key::Phone("+60121233112".to_owned()))
        );
    }

    #[test]
    fn an_id_larger_than_any_is_well_formed() {
        assert_eq!(key("id:99999999999999999999"), Some(Key::Id(None)));
    }

    #[test]
    fn other_texts_are_no_identifiers() {
        for text in [
            "",
            "123",
            "id:",
            "id:x1",
            "id:-1",
            "id: 1",
            "ID:1",
            "id:1.0",
            "email:",
            "email:ann",
            "email:@x.com",
            "email:ann@",
            "email:an n@x.com",
            "phone:60121233112",
            "phone:+",
            "phone:+60 12",
            "phone: 60121233112",
            "name:ann",
        ] {
            assert_eq!(key(text), None, "{text}");
        }
    }

    #[test]
    fn a_user_is_wanted_by_number_text_or_email() {
        assert_eq!(
            wanted(json!(12)),
            Some(WantedAssignee::User(User::Id(Some(12))))
        );
        assert_eq!(
            wanted(json!("12")),
            Some(WantedAssignee::User(User::Id(Some(12))))
        );
        assert_eq!(
            wanted(json!("Kim@X.com")),
            Some(WantedAssignee::User(User::Email("kim@x.com".to_owned())))
        );
        assert_eq!(
            wanted(json!(u64::MAX)),
            Some(WantedAssignee::User(User::Id(None)))
        );
    }

    #[test]
    fn only_null_means_nobody() {
        assert_eq!(wanted(Value::Null), Some(WantedAssignee::Nobody));
        for other in [
            json!(""),
            json!(false),
            json!([]),
            json!({}),
            json!(1.5),
            json!(-1),
            json!("kim"),
            json!(" 12"),
        ] {
            assert_eq!(wanted(other.clone()), None, "{other}");
        }
        assert!(WantedAssignee::parse(&json!({})).is_err());
        assert!(WantedAssignee::parse(&json!([null])).is_err());
    }
}
