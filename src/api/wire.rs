//! Bodies as they travel: what is sent, and what is understood of what comes back.

use serde_json::{Value, json};

use super::redact::Redactor;
use super::server_message::printable;
use crate::contact::{Assignee, Identifier};

/// The longest text that is kept, in characters; no email or phone number is longer.
const LONGEST: usize = 320;

/// A contact as the API has it at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The API's own ID of the contact.
    pub id: u64,
    /// First and last name, as far as they are given; may be empty.
    pub name: String,
    /// Who has it.
    pub holder: Holder,
    /// Whether its conversation is open.
    pub status: ConversationStatus,
    /// Its phone number as the API writes it, if it has one.
    pub phone: Option<String>,
    /// Its email as the API writes it, if it has one.
    pub email: Option<String>,
}

impl Contact {
    /// Its phone number and its email, as far as they make sense.
    pub fn names(&self) -> impl Iterator<Item = Identifier> {
        let phone = self.phone.as_deref().and_then(|phone| phone.parse().ok());
        let email = self.email.as_deref().and_then(|email| email.parse().ok());
        let names = [phone.map(Identifier::Phone), email.map(Identifier::Email)];
        names.into_iter().flatten()
    }
}

/// The state of a contact's conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationStatus {
    /// Open.
    Open,
    /// Closed: a write may be answered 200 and change nothing.
    Closed,
    /// Blocked, not given, or a state that is not known here.
    Other,
}

/// Who has a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody.
    Nobody,
    /// A user, or what the workspace treats as one; the API need not tell all of these.
    User {
        /// The user's ID.
        id: Option<u64>,
        /// The user's email as the API writes it.
        email: Option<String>,
        /// First and last name; may be empty.
        name: String,
    },
}

impl Holder {
    /// Whether `wanted` has the contact: an ID is compared by ID, an email without case.
    ///
    /// Where the API does not tell what would have to be compared, it is `false`.
    pub fn is(&self, wanted: &Assignee) -> bool {
        match (self, wanted) {
            (Holder::Nobody, Assignee::Nobody) => true,
            (Holder::User { id, .. }, Assignee::User(wanted)) => *id == Some(*wanted),
            (
                Holder::User {
                    email: Some(email), ..
                },
                Assignee::Email(_),
            ) => address(email).as_ref() == Some(wanted),
            _ => false,
        }
    }

    /// The assignee that would give the contact back to who has it: the user's ID if known, else the email.
    ///
    /// `None` if the API told neither, or an email that cannot be one: then somebody has it who cannot be named.
    pub fn to_assignee(&self) -> Option<Assignee> {
        match self {
            Holder::Nobody => Some(Assignee::Nobody),
            Holder::User { id: Some(id), .. } => Some(Assignee::User(*id)),
            Holder::User { email, .. } => address(email.as_ref()?),
        }
    }
}

/// The assignee with the email that the API writes as `email`, if it can be one.
pub(super) fn address(email: &str) -> Option<Assignee> {
    match Assignee::read(email) {
        Ok(read) if matches!(read.value, Assignee::Email(_)) => Some(read.value),
        _ => None,
    }
}

/// The body of the write: a user's ID as a number, an email as a string, nobody as null.
pub(super) fn assignment(assignee: &Assignee) -> String {
    let assignee = match assignee {
        Assignee::User(id) => json!(id),
        Assignee::Email(email) => json!(email.as_str()),
        Assignee::Nobody => Value::Null,
    };
    json!({ "assignee": assignee }).to_string()
}

/// The `contactId` in the answer to the write.
pub(super) fn contact_id(body: &[u8]) -> Option<u64> {
    number(parse(body)?.get("contactId"))
}

impl Contact {
    /// Reads the answer to a read; otherwise says what the contract promises and is missing.
    ///
    /// Only the ID and the assignee must make sense, for the run decides by them; anything else may be missing, null
    /// or of another kind.
    pub(super) fn from_body(body: &[u8]) -> Result<Contact, &'static str> {
        Contact::from_value(&parse(body).ok_or("a contact")?)
    }

    /// The same of a contact among others.
    pub(super) fn from_value(value: &Value) -> Result<Contact, &'static str> {
        let contact = value.as_object().ok_or("a contact")?;
        Ok(Contact {
            id: number(contact.get("id")).ok_or("a contact's ID")?,
            name: name(value),
            holder: holder(contact.get("assignee")).ok_or("an assignee that makes sense")?,
            status: match contact.get("status").and_then(Value::as_str) {
                Some("open") => ConversationStatus::Open,
                Some("closed") => ConversationStatus::Closed,
                _ => ConversationStatus::Other,
            },
            phone: text(contact.get("phone")),
            email: text(contact.get("email")),
        })
    }

    /// The contact without the token in its texts, should a server put it there.
    pub(super) fn without(mut self, redactor: &Redactor) -> Contact {
        let cut = |text: &mut String| *text = redactor.without_in_data(text);
        cut(&mut self.name);
        self.phone.as_mut().map(cut);
        self.email.as_mut().map(cut);
        if let Holder::User { email, name, .. } = &mut self.holder {
            cut(name);
            email.as_mut().map(cut);
        }
        self
    }
}

pub(super) fn parse(body: &[u8]) -> Option<Value> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).ok()
}

/// Nobody is null, absent, or an object whose members are all null; what is no object means nothing.
fn holder(assignee: Option<&Value>) -> Option<Holder> {
    let user = match assignee {
        None | Some(Value::Null) => return Some(Holder::Nobody),
        Some(Value::Object(user)) => user,
        Some(_) => return None,
    };
    let blank = |value: &Value| value.is_null() || value.as_str().is_some_and(str::is_empty);
    if user.values().all(blank) {
        return Some(Holder::Nobody);
    }
    Some(Holder::User {
        id: number(user.get("id")),
        email: text(user.get("email")),
        name: assignee.map(name).unwrap_or_default(),
    })
}

/// An ID: a whole number above zero, or a string of nothing but its digits.
pub(super) fn number(value: Option<&Value>) -> Option<u64> {
    let number = match value? {
        Value::Number(number) => number.as_u64()?,
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()?
        }
        _ => return None,
    };
    (number > 0).then_some(number)
}

pub(super) fn text(value: Option<&Value>) -> Option<String> {
    let text = printable(value?.as_str()?, LONGEST);
    (!text.is_empty()).then_some(text)
}

fn name(value: &Value) -> String {
    ["firstName", "lastName"]
        .into_iter()
        .filter_map(|part| text(value.get(part)))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;

    fn email(text: &str) -> Assignee {
        Assignee::Email(text.parse().unwrap())
    }

    fn kim() -> Holder {
        Holder::User {
            id: Some(411),
            email: Some("kim.tester@example.com".into()),
            name: "Kim Tester".into(),
        }
    }

    fn held_by(assignee: &str) -> Result<Holder, &'static str> {
        let body = format!(r#"{{"id":1,"firstName":"Robin","assignee":{assignee}}}"#);
        Contact::from_body(body.as_bytes()).map(|contact| contact.holder)
    }

    #[test]
    fn an_id_goes_as_a_number_an_email_as_text_and_nobody_as_null() {
        assert_eq!(assignment(&Assignee::User(12)), r#"{"assignee":12}"#);
        assert_eq!(
            assignment(&Assignee::User(u64::MAX)),
            r#"{"assignee":18446744073709551615}"#
        );
        assert_eq!(
            assignment(&email("ann@example.com")),
            r#"{"assignee":"ann@example.com"}"#
        );
        assert_eq!(assignment(&Assignee::Nobody), r#"{"assignee":null}"#);
    }

    #[test]
    fn a_contact_is_read_as_the_contract_shows_it() {
        let body = br#"{"id":90001,"firstName":"Robin","lastName":"Sample","phone":"+12025550143",
            "email":"robin.sample@example.com","language":"en","custom_fields":[{"name":"Region","value":"north"}],
            "status":"open","tags":["renewal"],"lifecycle":null,"created_at":1735689600,"isBlocked":false,
            "assignee":{"id":411,"firstName":"Kim","lastName":"Tester","email":"kim.tester@example.com"}}"#;
        assert_eq!(
            Contact::from_body(body),
            Ok(Contact {
                id: 90001,
                name: "Robin Sample".into(),
                holder: kim(),
                status: ConversationStatus::Open,
                phone: Some("+12025550143".into()),
                email: Some("robin.sample@example.com".into()),
            })
        );
    }

    #[test]
    fn a_contact_survives_what_the_contract_leaves_open() {
        for (body, id, name, status) in [
            (r#"{"id":1}"#, 1, "", ConversationStatus::Other),
            ("\u{feff}{\"id\":1}", 1, "", ConversationStatus::Other),
            (
                r#"{"id":"00000000009007199254740993","firstName":null,"lastName":"Lee"}"#,
                9_007_199_254_740_993,
                "Lee",
                ConversationStatus::Other,
            ),
            (
                r#"{"id":18446744073709551615,"firstName":7,"status":null,"phone":12}"#,
                u64::MAX,
                "",
                ConversationStatus::Other,
            ),
            (
                r#"{"id":1,"firstName":"A\u001b[2J\nB","status":"closed","new":{"x":[1]}}"#,
                1,
                "A[2J B",
                ConversationStatus::Closed,
            ),
            (
                r#"{"id":1,"status":"snoozed"}"#,
                1,
                "",
                ConversationStatus::Other,
            ),
        ] {
            let contact = Contact::from_body(body.as_bytes()).unwrap();
            assert_eq!(
                (contact.id, contact.name.as_str(), contact.status),
                (id, name, status),
                "{body}"
            );
        }
    }

    #[test]
    fn nobody_has_a_contact_whose_assignee_is_null_absent_or_an_object_of_nulls() {
        for assignee in [
            "null",
            "{}",
            r#"{"id":null,"firstName":null,"lastName":"","email":null}"#,
        ] {
            assert_eq!(held_by(assignee), Ok(Holder::Nobody), "{assignee}");
        }
        assert_eq!(
            Contact::from_body(br#"{"id":1}"#).map(|contact| contact.holder),
            Ok(Holder::Nobody)
        );
    }

    #[test]
    fn somebody_has_a_contact_even_if_the_api_hardly_says_who() {
        for (assignee, id, email, name) in [
            (r#"{"id":"411","email":null}"#, Some(411), None, ""),
            (r#"{"id":"agent-7","firstName":"Bot"}"#, None, None, "Bot"),
            (r#"{"id":-1}"#, None, None, ""),
            (r#"{"id":0}"#, None, None, ""),
            (
                r#"{"id":null,"email":"Kim@Example.com","lastName":"K"}"#,
                None,
                Some("Kim@Example.com"),
                "K",
            ),
            (r#"{"kind":"ai"}"#, None, None, ""),
        ] {
            let user = Holder::User {
                id,
                email: email.map(str::to_owned),
                name: name.to_owned(),
            };
            assert_eq!(held_by(assignee), Ok(user), "{assignee}");
        }
    }

    #[test]
    fn a_body_that_leaves_in_doubt_which_contact_or_who_has_it_is_none() {
        for (body, missing) in [
            ("", "a contact"),
            ("<html></html>", "a contact"),
            ("[]", "a contact"),
            ("null", "a contact"),
            (r#"{"id":1"#, "a contact"),
            (r#"{"firstName":"Robin"}"#, "a contact's ID"),
            (r#"{"id":-1}"#, "a contact's ID"),
            (r#"{"id":0}"#, "a contact's ID"),
            (r#"{"id":1.5}"#, "a contact's ID"),
            (r#"{"id":"+1"}"#, "a contact's ID"),
            (r#"{"id":""}"#, "a contact's ID"),
            (
                r#"{"id":1,"assignee":"kim"}"#,
                "an assignee that makes sense",
            ),
            (
                r#"{"id":1,"assignee":false}"#,
                "an assignee that makes sense",
            ),
            (r#"{"id":1,"assignee":[]}"#, "an assignee that makes sense"),
        ] {
            assert_eq!(Contact::from_body(body.as_bytes()), Err(missing), "{body}");
        }
        let deep = format!(
            r#"{{"id":1,"assignee":{}{}}}"#,
            "[".repeat(20_000),
            "]".repeat(20_000)
        );
        assert_eq!(Contact::from_body(deep.as_bytes()), Err("a contact"));
    }

    #[test]
    fn the_answer_to_a_write_names_the_contact() {
        for (body, id) in [
            (r#"{"contactId":1}"#, Some(1)),
            (
                r#"{"contactId":"123456789","more":true}"#,
                Some(123_456_789),
            ),
            (r#"{"contactId":null}"#, None),
            (r#"{"contactid":1}"#, None),
            (r#"{"code":200,"message":"ok"}"#, None),
            ("ok", None),
            ("", None),
        ] {
            assert_eq!(contact_id(body.as_bytes()), id, "{body}");
        }
    }

    #[test]
    fn a_holder_is_compared_by_what_was_asked_for() {
        let user = |email: &str| Holder::User {
            id: None,
            email: Some(email.into()),
            name: String::new(),
        };
        let unknown = Holder::User {
            id: None,
            email: None,
            name: "Bot".into(),
        };
        for (holder, wanted, same) in [
            (kim(), Assignee::User(411), true),
            (kim(), Assignee::User(412), false),
            (kim(), email("KIM.Tester@example.com"), true),
            (kim(), email("sam@example.com"), false),
            (
                user("Jo@MÜNCHEN.example"),
                email("jo@xn--mnchen-3ya.example"),
                true,
            ),
            (user("no email"), email("no@example.com"), false),
            (user("12"), Assignee::User(12), false),
            (kim(), Assignee::Nobody, false),
            (Holder::Nobody, Assignee::Nobody, true),
            (Holder::Nobody, Assignee::User(411), false),
            (unknown.clone(), Assignee::User(411), false),
            (unknown.clone(), email("kim@example.com"), false),
            (unknown, Assignee::Nobody, false),
        ] {
            assert_eq!(holder.is(&wanted), same, "{holder:?} is {wanted}");
        }
    }

    #[test]
    fn a_holder_is_given_back_by_id_or_else_by_email() {
        let user = |id, email: Option<&str>| Holder::User {
            id,
            email: email.map(str::to_owned),
            name: String::new(),
        };
        assert_eq!(kim().to_assignee(), Some(Assignee::User(411)));
        assert_eq!(Holder::Nobody.to_assignee(), Some(Assignee::Nobody));
        assert_eq!(
            user(None, Some("kim@example.com")).to_assignee(),
            Some(email("kim@example.com"))
        );
        assert_eq!(
            user(None, Some("Kim@EXAMPLE.com")).to_assignee(),
            Some(email("Kim@example.com"))
        );
        assert_eq!(user(None, Some("no email")).to_assignee(), None);
        assert_eq!(user(None, None).to_assignee(), None);
    }
}
