//! What the names of columns say: which hold the contact, and which the assignee.
//!
//! Names are compared as words: without case, accents, punctuation or order of spaces, so `E-Mail`, `e_mail` and
//! `email` are one name.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::contact::Kind;

/// What a column holds, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// An identifier of the contact; of one kind if the name says so.
    Identifier(Option<Kind>),
    /// Who gets the contact.
    Assignee,
}

const CONTACT: &[&str] = &[
    "contact",
    "contact identifier",
    "customer",
    "customer contact",
    "client",
    "identifier",
    "lead",
    "recipient",
];
const CONTACT_ID: &[&str] = &[
    "contact id",
    "contactid",
    "contact no",
    "contact number id",
    "customer id",
    "client id",
    "lead id",
    "id",
];
const PHONE: &[&str] = &[
    "phone",
    "phone number",
    "phone no",
    "phonenumber",
    "contact phone",
    "contact phone number",
    "customer phone",
    "mobile",
    "mobile number",
    "mobile no",
    "mobile phone",
    "mobile phone number",
    "cell",
    "cell phone",
    "cellphone",
    "cell number",
    "tel",
    "tel no",
    "telephone",
    "telephone number",
    "whatsapp",
    "whatsapp number",
    "whatsapp no",
    "whatsapp phone",
    "msisdn",
];
const EMAIL: &[&str] = &[
    "email",
    "e mail",
    "mail",
    "email address",
    "e mail address",
    "emailaddress",
    "contact email",
    "contact email address",
    "customer email",
    "client email",
    "primary email",
    "mail address",
];
const ASSIGNEE: &[&str] = &[
    "assignee",
    "assignee id",
    "assignee email",
    "assignee user id",
    "assigned",
    "assigned to",
    "assign to",
    "assigned user",
    "assigned agent",
    "owner",
    "owner id",
    "owner email",
    "contact owner",
    "record owner",
    "new owner",
    "new assignee",
    "new agent",
    "agent",
    "agent id",
    "agent email",
    "user",
    "user id",
    "userid",
    "user email",
    "responsible",
    "account manager",
    "account owner",
    "sales rep",
    "rep",
    "handler",
];

/// The words of a column's name: lower case, without accents and punctuation, one space between words.
pub(super) fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    let mut gap = false;
    for char in name
        .nfkd()
        .filter(|char| !is_combining_mark(*char))
        .flat_map(char::to_lowercase)
    {
        if char.is_alphanumeric() {
            if gap && !words.is_empty() {
                words.push(' ');
            }
            words.push(char);
            gap = false;
        } else {
            gap = true;
        }
    }
    words
}

/// What a column of this name holds; `None` for columns that are none of our business.
pub(super) fn role(name: &str) -> Option<Role> {
    let words = words(name);
    let is_one_of = |names: &[&str]| names.contains(&words.as_str());
    if is_one_of(CONTACT) {
        Some(Role::Identifier(None))
    } else if is_one_of(CONTACT_ID) {
        Some(Role::Identifier(Some(Kind::Id)))
    } else if is_one_of(PHONE) {
        Some(Role::Identifier(Some(Kind::Phone)))
    } else if is_one_of(EMAIL) {
        Some(Role::Identifier(Some(Kind::Email)))
    } else if is_one_of(ASSIGNEE) {
        Some(Role::Assignee)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_their_words() {
        for name in ["E-Mail", " e_mail ", "É-mail", "E  MAIL"] {
            assert_eq!(words(name), "e mail", "{name:?}");
            assert_eq!(
                role(name),
                Some(Role::Identifier(Some(Kind::Email))),
                "{name:?}"
            );
        }
        assert_eq!(words("Contact\r\nphone"), "contact phone");
        assert_eq!(words("***"), "");
    }

    #[test]
    fn usual_names_have_a_role_and_others_have_none() {
        assert_eq!(role("Contact"), Some(Role::Identifier(None)));
        assert_eq!(role("Contact ID"), Some(Role::Identifier(Some(Kind::Id))));
        assert_eq!(
            role("Mobile No."),
            Some(Role::Identifier(Some(Kind::Phone)))
        );
        assert_eq!(role("Assigned to"), Some(Role::Assignee));
        assert_eq!(role("Name"), None);
        assert_eq!(role("reassign_contact"), None);
        assert_eq!(role(""), None);
    }

    #[test]
    fn every_name_in_the_lists_is_written_as_it_is_compared() {
        for name in [CONTACT, CONTACT_ID, PHONE, EMAIL, ASSIGNEE].concat() {
            assert_eq!(words(name), name);
        }
    }
}
