//! Pages of lists: what is asked for, and what is understood of what comes back.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::Contact;
use super::redact::Redactor;
use super::wire::{number, parse, text};
use crate::workspace::User;

/// Which contacts a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// All.
    Everybodys,
    /// Those of the user with this ID.
    Of(u64),
    /// Those that nobody has.
    Nobodys,
}

/// Where a page begins: taken from the page before, and never made up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(String);

impl Cursor {
    /// As it stands in the address, decoded.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What could be understood of it.
    pub items: Vec<T>,
    /// How many items made no sense; what is known of them has to be read in another way.
    pub unreadable: usize,
    /// Where the next page begins; `None` at the end. A server may lead in circles: a cursor that was used before is
    /// the end, too.
    pub next: Option<Cursor>,
}

/// A user as the workspace lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaceUser {
    /// ID, email and name, as far as they are given; ID or email always are.
    pub user: User,
    /// `owner`, `manager`, `agent`, or another word; blank if not given.
    pub role: String,
    /// The name of the user's team; blank without one.
    pub team: String,
}

impl<T> Page<T> {
    /// The page with each item as `change` leaves it.
    pub(super) fn map(self, change: impl Fn(T) -> T) -> Page<T> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            ..self
        }
    }
}

impl SpaceUser {
    /// The user without the token in its texts, should a server put it there. An email that holds it is none.
    pub(super) fn without(mut self, redactor: &Redactor) -> SpaceUser {
        let cut = |text: &mut String| *text = redactor.without_in_data(text);
        self.user.names.iter_mut().for_each(cut);
        cut(&mut self.role);
        cut(&mut self.team);
        self.user.email = self
            .user
            .email
            .filter(|email| redactor.without_in_data(email.as_str()) == email.as_str());
        self
    }
}

/// The body that asks for a list of contacts. All three members are needed, and the ID is a string here.
pub(super) fn query(whose: Whose) -> String {
    let conditions = match whose {
        Whose::Everybodys => Vec::new(),
        Whose::Of(id) => vec![assignee_is(&json!(id.to_string()))],
        Whose::Nobodys => vec![assignee_is(&Value::Null)],
    };
    json!({ "search": "", "timezone": "UTC", "filter": { "$and": conditions } }).to_string()
}

fn assignee_is(user: &Value) -> Value {
    json!({ "category": "contactField", "field": "assigneeUserId", "operator": "isEqualTo", "value": user })
}

/// Reads a page; otherwise says what the contract promises and is missing.
pub(super) fn page<T>(
    body: &[u8],
    item: impl Fn(&Value) -> Option<T>,
) -> Result<Page<T>, &'static str> {
    let value = parse(body).ok_or("a page of a list")?;
    let items = value
        .get("items")
        .and_then(Value::as_array)
        .ok_or("the `items` of a list")?;
    let read: Vec<T> = items.iter().filter_map(item).collect();
    Ok(Page {
        unreadable: items.len() - read.len(),
        items: read,
        next: next(&value),
    })
}

/// The `cursorId` of the next page's address, whatever else is right or wrong with that address.
fn next(page: &Value) -> Option<Cursor> {
    let address = page.get("pagination")?.get("next")?.as_str()?;
    let (_, query) = address.split_once('?')?;
    let query = query.split('#').next()?;
    let cursor = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("cursorId="))?;
    let cursor = percent_decode_str(cursor).decode_utf8().ok()?;
    (!cursor.is_empty()).then(|| Cursor(cursor.into_owned()))
}

pub(super) fn contact(item: &Value) -> Option<Contact> {
    Contact::from_value(item).ok()
}

pub(super) fn user(item: &Value) -> Option<SpaceUser> {
    let item: &Map<String, Value> = item.as_object()?;
    let word = |value: Option<&Value>| text(value).unwrap_or_default();
    let id = number(item.get("id"));
    let email = text(item.get("email")).and_then(|email| email.parse().ok());
    if id.is_none() && email.is_none() {
        return None;
    }
    let name = [item.get("firstName"), item.get("lastName")].map(word);
    let name = name.join(" ").trim().to_owned();
    Some(SpaceUser {
        user: User {
            is_unlisted: false,
            id,
            email,
            names: Some(name)
                .filter(|name| !name.is_empty())
                .into_iter()
                .collect(),
        },
        role: word(item.get("role")),
        team: word(item.get("team").and_then(|team| team.get("name"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(pagination: &str) -> Option<String> {
        let body = format!(r#"{{"items":[],"pagination":{pagination}}}"#);
        let page = page(body.as_bytes(), contact).expect("a page");
        page.next.map(|cursor| cursor.as_str().to_owned())
    }

    #[test]
    fn the_cursor_is_taken_out_of_an_address_that_need_not_be_right() {
        for (next, expected) in [
            (
                r#""https://api.aelyst.ai/v1/contact/list?limit=1&cursorId=90001""#,
                Some("90001"),
            ),
            (
                r#""https://api.aelyst.ai/space/user?cursorId=412&limit=2""#,
                Some("412"),
            ),
            (r#""/space/user?limit=2&cursorId=-411#top""#, Some("-411")),
            (r#""?cursorId=a%2Bb""#, Some("a+b")),
            (
                r#""https://api.aelyst.ai/v1/contact/list?limit=1&cursorId=""#,
                None,
            ),
            (r#""https://api.aelyst.ai/v1/contact/list?limit=1""#, None),
            (r#""cursorId=5""#, None),
            (r#""""#, None),
            ("null", None),
            ("7", None),
        ] {
            let pagination = format!(r#"{{"next":{next}}}"#);
            assert_eq!(cursor(&pagination).as_deref(), expected, "{next}");
        }
        for nothing in ["null", "{}", "[]", "7"] {
            assert_eq!(cursor(nothing), None, "{nothing}");
        }
        let without = page(br#"{"items":[]}"#, contact).expect("a page");
        assert_eq!(without.next, None);
    }

    #[test]
    fn the_token_in_a_users_texts_is_cut_out() {
        let redactor = Redactor::of(&"a-token-of-some-length".into());
        let body = br#"{"items":[{"id":7,"firstName":"Ann","lastName":"a-token-of-some-length","email":"a-token-of-some-length@x.com","role":"a-token-of-some-length"}]}"#;
        let page = page(body, user)
            .expect("a page")
            .map(|user| user.without(&redactor));
        assert_eq!(page.items[0].user.email, None);
        assert!(!format!("{page:?}").contains("a-token"), "{page:?}");
    }

    #[test]
    fn an_item_that_makes_no_sense_is_counted_and_the_others_are_kept() {
        let body = br#"{"items":[{"id":"7","assignee":null},{"firstName":"no ID"},7,{"id":8,"assignee":3}]}"#;
        let page = page(body, contact).expect("a page");
        let ids: Vec<u64> = page.items.iter().map(|contact| contact.id).collect();
        assert_eq!((ids, page.unreadable), (vec![7], 3));
    }

    #[test]
    fn what_is_no_page_is_told() {
        for body in ["", "[]", r#"{"items":null}"#, r#"{"items":{}}"#, "<html>"] {
            assert!(page(body.as_bytes(), contact).is_err(), "{body}");
        }
    }

    #[test]
    fn a_user_is_read_as_far_as_it_is_given() {
        let read = |item: &str| user(&serde_json::from_str(item).expect("JSON"));
        let kim = read(
            r#"{"id":411,"firstName":"Kim","lastName":"Tester","email":"kim@example.com","role":"agent",
                "team":{"id":7,"name":"North"},"restrictions":null}"#,
        )
        .expect("a user");
        assert_eq!(kim.user.to_string(), "Kim Tester <kim@example.com>");
        assert_eq!(
            (kim.user.id, kim.role.as_str(), kim.team.as_str()),
            (Some(411), "agent", "North")
        );
        let bare = read(r#"{"id":"12","team":null,"lastName":null}"#).expect("a user");
        assert_eq!(
            (bare.user.id, bare.user.names.len(), bare.team.as_str()),
            (Some(12), 0, "")
        );
        assert_eq!(read(r#"{"firstName":"Nobody"}"#), None);
    }

    #[test]
    fn a_query_has_all_three_members_and_the_id_as_a_string() {
        assert_eq!(
            query(Whose::Everybodys),
            r#"{"filter":{"$and":[]},"search":"","timezone":"UTC"}"#
        );
        assert!(query(Whose::Of(411)).contains(r#""value":"411""#));
        assert!(query(Whose::Nobodys).contains(r#""value":null"#));
    }
}
