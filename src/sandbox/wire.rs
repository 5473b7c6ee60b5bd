//! Bodies as the contract has them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of every answer that is not 200.
#[derive(Debug, Serialize)]
pub(super) struct Error {
    pub(super) code: u16,
    pub(super) message: String,
}

/// The answer to a write: which contact was acted on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Acted {
    pub(super) contact_id: i64,
}

#[derive(Debug, Serialize)]
pub(super) struct Contact {
    pub(super) id: i64,
    #[serde(rename = "firstName")]
    pub(super) first_name: String,
    #[serde(rename = "lastName")]
    pub(super) last_name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) email: Option<String>,
    pub(super) language: Option<String>,
    #[serde(rename = "profilePic")]
    pub(super) profile_pic: Option<String>,
    #[serde(rename = "countryCode")]
    pub(super) country_code: Option<String>,
    pub(super) custom_fields: Vec<Value>,
    pub(super) status: String,
    pub(super) tags: Vec<String>,
    pub(super) assignee: Option<Assignee>,
    pub(super) lifecycle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<i64>,
    #[serde(rename = "isBlocked")]
    pub(super) is_blocked: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assignee {
    pub(super) id: i64,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) email: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpaceUser {
    pub(super) id: i64,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) email: String,
    pub(super) role: String,
    pub(super) team: Option<Team>,
    pub(super) restrictions: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Team {
    pub(super) id: i64,
    pub(super) name: String,
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub(super) struct Page<Item> {
    pub(super) items: Vec<Item>,
    pub(super) pagination: Pagination,
}

/// Full addresses of the pages around this one.
#[derive(Debug, Serialize)]
pub(super) struct Pagination {
    pub(super) next: Option<String>,
    pub(super) previous: Option<String>,
}

/// The query of a list, from the address.
#[derive(Debug, Deserialize)]
pub(super) struct Paging {
    #[serde(default = "Paging::default_limit")]
    pub(super) limit: usize,
    #[serde(rename = "cursorId")]
    pub(super) cursor: Option<i64>,
}

impl Paging {
    fn default_limit() -> usize {
        10
    }
}

/// The body of a contact list. `search`, `timezone` and `filter` all have to be there.
#[derive(Debug, Deserialize)]
pub(super) struct ContactQuery {
    pub(super) search: String,
    #[expect(
        dead_code,
        reason = "has to be there; matters only for timestamps, on which nothing filters here"
    )]
    pub(super) timezone: String,
    pub(super) filter: Filter,
}

#[derive(Debug, Deserialize)]
pub(super) enum Filter {
    #[serde(rename = "$and")]
    And(Vec<Condition>),
    #[serde(rename = "$or")]
    Or(Vec<Condition>),
}

#[derive(Debug, Deserialize)]
pub(super) struct Condition {
    pub(super) category: String,
    pub(super) field: Option<String>,
    pub(super) operator: String,
    pub(super) value: Value,
}
