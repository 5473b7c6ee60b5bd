//! The one place where the path of a request is built.
//!
//! Without its last part, the path of an assignment is that of creating a contact: nothing else in the program may put
//! such a path together.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::failure::Asked;
use crate::contact::Identifier;

/// The path of the list of users.
pub(super) const USERS: &str = "/space/user";
/// The path of the list of contacts: a read, although its method is POST.
pub(super) const CONTACTS: &str = "/contact/list";

/// What is escaped in an identifier's value: all that is not plain in a path. `@` stays, for every server takes it as it
/// is; `+` goes as `%2B`, because some servers take a bare one for a blank.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');

/// The path, below the base address, that asks for `asked` about `contact`; encoded, with a slash in front.
pub(super) fn path(asked: Asked, contact: &Identifier) -> String {
    let suffix = match asked {
        Asked::Read | Asked::Users | Asked::Contacts => "",
        Asked::Assign | Asked::Unassign => "/conversation/assignee",
    };
    format!("/contact/{}{suffix}", encoded(&contact.to_string()))
}

/// `kind:value` with the value escaped; kind and colon stay as they are.
fn encoded(identifier: &str) -> String {
    match identifier.split_once(':') {
        Some((kind, value)) => format!("{kind}:{}", utf8_percent_encode(value, ESCAPED)),
        None => utf8_percent_encode(identifier, ESCAPED).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_colon_stay_and_the_value_is_escaped() {
        for (identifier, path) in [
            ("id:123", "id:123"),
            ("id:18446744073709551615", "id:18446744073709551615"),
            ("phone:+60121233112", "phone:%2B60121233112"),
            ("email:ann@example.com", "email:ann@example.com"),
            ("email:a+b@example.com", "email:a%2Bb@example.com"),
            ("email:a/b@example.com", "email:a%2Fb@example.com"),
            ("email:a?b#c@example.com", "email:a%3Fb%23c@example.com"),
            ("email:a%2Fb@example.com", "email:a%252Fb@example.com"),
            ("email:\"a b\"@example.com", "email:%22a%20b%22@example.com"),
            ("email:a\\b@example.com", "email:a%5Cb@example.com"),
            ("email:a:b@example.com", "email:a%3Ab@example.com"),
            ("email:rené@example.com", "email:ren%C3%A9@example.com"),
            ("email:..@example.com", "email:..@example.com"),
        ] {
            assert_eq!(encoded(identifier), path);
        }
    }

    #[test]
    fn an_assignment_never_loses_its_suffix() {
        for asked in [Asked::Assign, Asked::Unassign] {
            assert_eq!(
                path(asked, &Identifier::Id(7)),
                "/contact/id:7/conversation/assignee"
            );
        }
        assert_eq!(path(Asked::Read, &Identifier::Id(7)), "/contact/id:7");
    }
}
